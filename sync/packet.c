/* SPDX-License-Identifier: MIT */
/* packet: pkt-lines read from a stream and written into a buffer.
 *
 * Invariant: a length is checked before anything is read for it; no more than
 * one pkt-line is ever held.
 */
#include "sync/packet_internal.h"
#include <stdlib.h>
#include <string.h>

#define WORDS_MOST 400 /* bytes of a server's words in an error */

void packet_reader_begin(packet_reader *r, ssh_stream *stream, const char *host)
{
    r->stream = stream;
    r->host = host;
    r->begin = r->end = r->nul = r->left = 0;
}

int packet_strange(const packet_reader *r)
{
    return error_set(TAWAM_EREFUSED, _("what %s answers is not git's protocol"),
                     r->host);
}

/* Make NEEDED bytes (at most PACKET_MOST) stand at begin. */
static int fill(packet_reader *r, size_t needed)
{
    if (r->begin + needed > PACKET_MOST) {
        memmove(r->block, r->block + r->begin, r->end - r->begin);
        r->end -= r->begin;
        r->begin = 0;
    }
    while (r->end - r->begin < needed) {
        size_t got = 0;
        int code =
            ssh_read(&got, r->stream, r->block + r->end, PACKET_MOST - r->end);
        if (code != TAWAM_OK)
            return code;
        r->end += got;
    }
    return TAWAM_OK;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits at begin; -1 when they are none. */
static long read_length(const packet_reader *r)
{
    long length = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = hex_value(r->block[r->begin + i]);
        if (digit < 0)
            return -1;
        length = length * 16 + digit;
    }
    return length;
}

static int server_said_no(const packet_reader *r, const packet *p)
{
    size_t length = p->length - 4;
    char *safe = text_safe((const char *)p->bytes + 4,
                           length < WORDS_MOST ? length : WORDS_MOST, 0);
    int code = error_set(TAWAM_EREFUSED, "%s: %s", r->host, safe ? safe : "");
    free(safe);
    return code;
}

static void lift_nul(packet_reader *r)
{
    if (r->nul)
        r->block[r->nul] = r->under;
    r->nul = 0;
}

int packet_read(packet *out, packet_reader *r)
{
    lift_nul(r);
    int code = fill(r, 4);
    if (code != TAWAM_OK)
        return code;
    long length = read_length(r);
    if (length < 0 || length == 3 || length > PACKET_MOST)
        return packet_strange(r);
    if (length > 4 && (code = fill(r, (size_t)length)) != TAWAM_OK)
        return code;
    out->kind =
        length >= 4 ? PACKET_TEXT : (packet_kind)(length + PACKET_FLUSH);
    out->bytes = r->block + r->begin + 4;
    out->length = length > 4 ? (size_t)length - 4 : 0;
    r->begin += length > 4 ? (size_t)length : 4;
    r->nul = r->begin; /* never 0 */
    r->under = r->block[r->nul];
    r->block[r->nul] = '\0';
    return packet_begins(out, "ERR ") ? server_said_no(r, out) : TAWAM_OK;
}

int packet_peek(uint8_t *first, packet_reader *r)
{
    lift_nul(r);
    int code = fill(r, 4);
    *first = 0;
    if (code == TAWAM_OK && read_length(r) > 4)
        code = fill(r, 5);
    if (code == TAWAM_OK && read_length(r) > 4)
        *first = r->block[r->begin + 4];
    return code;
}

/* Hand over LENGTH bytes that stand at begin. */
static void give(packet *out, packet_reader *r, size_t length)
{
    *out = (packet){PACKET_TEXT, r->block + r->begin, length};
    r->begin += length;
}

/* The head of a band's pkt-line: *length of its words, or FLUSH. */
static int read_band_head(packet *out, int *band, size_t *length,
                          packet_reader *r)
{
    int code = fill(r, 4);
    if (code != TAWAM_OK)
        return code;
    long size = read_length(r);
    out->kind = size ? PACKET_TEXT : PACKET_FLUSH;
    if (size && (size < 5 || size > PACKET_MOST))
        return packet_strange(r);
    if (size && (code = fill(r, 5)) != TAWAM_OK)
        return code;
    *band = size ? r->block[r->begin + 4] : 0;
    *length = size ? (size_t)size - 5 : 0;
    r->begin += size ? 5 : 4;
    return TAWAM_OK;
}

int packet_read_band(packet *out, int *band, packet_reader *r)
{
    size_t length = r->left;
    lift_nul(r);
    *band = 1;
    if (!length) {
        int code = read_band_head(out, band, &length, r);
        if (code != TAWAM_OK || out->kind == PACKET_FLUSH)
            return code;
    }
    int code = length ? fill(r, *band == 1 ? 1 : length) : TAWAM_OK;
    if (code != TAWAM_OK)
        return code;
    size_t there = r->end - r->begin;
    give(out, r, there < length ? there : length);
    r->left = length - out->length;
    return TAWAM_OK;
}

int packet_read_text(packet *out, packet_reader *r)
{
    int code = packet_read(out, r);
    if (code == TAWAM_OK && out->kind != PACKET_TEXT)
        code = packet_strange(r);
    if (code == TAWAM_OK)
        packet_text(out, r);
    return code;
}

char *packet_text(packet *p, packet_reader *r)
{
    uint8_t *bytes = r->block + (p->bytes - r->block);
    if (p->length && bytes[p->length - 1] == '\n')
        bytes[--p->length] = '\0';
    return (char *)bytes;
}

int packet_begins(const packet *p, const char *word)
{
    size_t length = strlen(word);
    return p->kind == PACKET_TEXT && p->length >= length &&
           memcmp(p->bytes, word, length) == 0;
}

void packet_add(buffer *out, const char *format, ...)
{
    buffer line = {0};
    va_list arguments;
    va_start(arguments, format);
    buffer_vformat(&line, format, arguments);
    va_end(arguments);
    if (line.failed)
        out->failed = 1;
    buffer_format(out, "%04zx", line.length + 4);
    buffer_bytes(out, line.data, line.length);
    buffer_free(&line);
}

void packet_add_flush(buffer *out)
{
    buffer_text(out, "0000");
}

void packet_add_delimiter(buffer *out)
{
    buffer_text(out, "0001");
}
