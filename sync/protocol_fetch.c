/* SPDX-License-Identifier: MIT */
/* protocol: one request for objects.
 *
 *     version 0   wants, edges, depth, flush     client
 *                 haves, done                    client, without waiting
 *                 shallow lines, flush           server, if a depth was given
 *                 NAK, or ACKs                   server
 *                 the pack, in a side band
 *     version 2   command=fetch, the same, flush client
 *                 shallow-info                   server, likewise
 *                 packfile, in a side band
 *
 * There is no dialogue about what is common: the caller offers only what the
 * remote itself showed, now or when we met last, so a few haves say it all,
 * and they go up in one breath.
 */
#include "sync/protocol_internal.h"
#include <stdlib.h>
#include <string.h>

#define SHALLOW_MOST 100000 /* lines about the depth */

static void add_ids(buffer *out, const char *word, const git_oid *ids,
                    size_t count)
{
    for (size_t i = 0; i < count; i++)
        packet_add(out, "%s %s\n", word, git_oid_tostr_s(&ids[i]));
}

static void add_depth(buffer *out, const protocol *p, const protocol_request *r)
{
    add_ids(out, "shallow", r->edges, r->edge_count);
    if (r->depth)
        packet_add(out, "deepen %u\n", r->depth);
    if (r->depth && r->edge_count && p->version == 2)
        packet_add(out, "deepen-relative\n");
}

static void write_request_0(buffer *out, const protocol *p,
                            const protocol_request *r)
{
    int relative = r->depth && r->edge_count;
    packet_add(out, "want %s side-band-64k%s%s%s agent=tawam\n",
               git_oid_tostr_s(&r->wants[0]),
               p->abilities & PROTOCOL_OFS_DELTA ? " ofs-delta" : "",
               p->abilities & PROTOCOL_NO_PROGRESS ? " no-progress" : "",
               relative ? " deepen-relative" : "");
    add_ids(out, "want", r->wants + 1, r->want_count - 1);
    add_depth(out, p, r);
    packet_add_flush(out);
    add_ids(out, "have", r->haves, r->have_count);
    packet_add(out, "done\n");
}

static void write_request_2(buffer *out, const protocol *p,
                            const protocol_request *r)
{
    packet_add(out, "command=fetch");
    packet_add_delimiter(out);
    packet_add(out, "ofs-delta");
    packet_add(out, "no-progress");
    add_ids(out, "want", r->wants, r->want_count);
    add_depth(out, p, r);
    add_ids(out, "have", r->haves, r->have_count);
    packet_add(out, "done\n");
    packet_add_flush(out);
}

/* Lines about where the depth ends; we find that out ourselves. */
static int skip_shallow(protocol *p, packet_kind last)
{
    packet line = {0};
    size_t count = 0;
    int code = TAWAM_OK;
    while ((code = packet_read(&line, &p->reader)) == TAWAM_OK &&
           line.kind == PACKET_TEXT && count++ < SHALLOW_MOST)
        if (!packet_begins(&line, "shallow ") &&
            !packet_begins(&line, "unshallow "))
            return packet_strange(&p->reader);
    return code == TAWAM_OK && line.kind != last ? packet_strange(&p->reader)
                                                 : code;
}

/* Further ACKs: git says one for each have until two are not parent and child.
 * What follows begins with a band's number. */
static int skip_acks(protocol *p, size_t most)
{
    packet line = {0};
    uint8_t first = 0;
    int code = packet_peek(&first, &p->reader);
    while (code == TAWAM_OK && first == 'A' && most--) {
        code = packet_read_text(&line, &p->reader);
        if (code == TAWAM_OK && !packet_begins(&line, "ACK "))
            code = packet_strange(&p->reader);
        if (code == TAWAM_OK)
            code = packet_peek(&first, &p->reader);
    }
    return code;
}

static int read_answer_0(protocol *p, const protocol_request *r)
{
    packet line = {0};
    int code = r->depth ? skip_shallow(p, PACKET_FLUSH) : TAWAM_OK;
    if (code == TAWAM_OK)
        code = packet_read_text(&line, &p->reader);
    if (code == TAWAM_OK && !packet_begins(&line, "NAK") &&
        !packet_begins(&line, "ACK "))
        code = packet_strange(&p->reader);
    return code == TAWAM_OK && packet_begins(&line, "ACK ")
               ? skip_acks(p, r->have_count)
               : code;
}

static int read_answer_2(protocol *p)
{
    packet line = {0};
    int code = packet_read_text(&line, &p->reader);
    if (code == TAWAM_OK && packet_begins(&line, "shallow-info")) {
        code = skip_shallow(p, PACKET_DELIMITER);
        if (code == TAWAM_OK)
            code = packet_read_text(&line, &p->reader);
    }
    if (code == TAWAM_OK && !packet_begins(&line, "packfile"))
        code = packet_strange(&p->reader);
    return code;
}

int protocol_fetch(protocol *p, const protocol_request *r, protocol_take take,
                   void *context)
{
    buffer out = {0};
    packet band = {0};
    if (p->version == 2)
        write_request_2(&out, p, r);
    else
        write_request_0(&out, p, r);
    int code = buffer_check(&out);
    if (code == TAWAM_OK)
        code = ssh_write(p->stream, out.data, out.length);
    buffer_free(&out);
    p->spent = p->version != 2;
    if (code == TAWAM_OK)
        code = p->version == 2 ? read_answer_2(p) : read_answer_0(p, r);
    while (code == TAWAM_OK &&
           (code = protocol_read_band(&band, p)) == TAWAM_OK &&
           band.kind != PACKET_FLUSH)
        code = take(context, band.bytes, band.length);
    if (code != TAWAM_OK)
        p->spent = 1;
    return code;
}
