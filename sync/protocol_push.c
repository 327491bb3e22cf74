/* SPDX-License-Identifier: MIT */
/* protocol: one push.
 *
 *     OLD NEW REF \0 abilities, OLD NEW REF ..., flush      client
 *     the pack                                              client
 *     in a side band: "unpack ok", "ok REF" or "ng REF why", flush
 *
 * The report is the server's word that its refs are moved; a push without it
 * may have been taken or not.
 */
#include "sync/protocol_internal.h"
#include <stdlib.h>
#include <string.h>

#define REPORT_MOST (1u << 20) /* bytes of a report */

typedef struct upload {
    protocol *p;
    git_packbuilder *builder;
    int code; /* of the first failure */
} upload;

static int send_block(void *bytes, size_t length, void *context)
{
    upload *u = context;
    u->p->line->state.done = git_packbuilder_written(u->builder);
    u->p->line->state.total = git_packbuilder_object_count(u->builder);
    u->code = ssh_write(u->p->stream, bytes, length);
    return u->code;
}

static int send_commands(protocol *p, const remote_push_plan *plan)
{
    buffer out = {0};
    char old[GIT_OID_HEXSZ + 1], new[GIT_OID_HEXSZ + 1];
    int first = 1;
    for (size_t i = 0; i < plan->count; i++) {
        const remote_update *u = &plan->updates[i];
        if (!u->chosen)
            continue;
        git_oid_tostr(old, sizeof old, &u->theirs);
        git_oid_tostr(new, sizeof new, &u->step);
        if (first)
            packet_add(&out,
                       "%s %s %s%c report-status side-band-64k%s "
                       "agent=tawam",
                       old, new, u->destination, 0,
                       p->abilities & PROTOCOL_QUIET ? " quiet" : "");
        else
            packet_add(&out, "%s %s %s", old, new, u->destination);
        first = 0;
    }
    for (size_t i = 0; i < plan->drop_count && p->abilities & PROTOCOL_DELETE;
         i++)
        packet_add(&out, "%s %040d %s", git_oid_tostr_s(&plan->drops[i].id), 0,
                   plan->drops[i].name);
    packet_add_flush(&out);
    int code = buffer_check(&out);
    if (code == TAWAM_OK)
        code = ssh_write(p->stream, out.data, out.length);
    buffer_free(&out);
    return code;
}

/* ---- the report ---- */

static remote_update *find_update(remote_push_plan *plan, const char *ref)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->updates[i].chosen &&
            strcmp(plan->updates[i].destination, ref) == 0)
            return &plan->updates[i];
    return NULL;
}

/* No stands, whatever else the report says. */
static int refuse(protocol *p, remote_update *update, const char *why)
{
    char *reason = remote_refusal(why, p->line->state.words);
    int code = reason ? remote_update_refuse(update, reason) : TAWAM_EMEMORY;
    free(reason);
    update->accepted = 0;
    return code;
}

/* "unpack WORDS": anything but ok is said of every ref. */
static int take_unpack(protocol *p, remote_push_plan *plan, const char *words)
{
    int code = TAWAM_OK;
    if (strcmp(words, "ok") == 0)
        return TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < plan->count; i++)
        if (plan->updates[i].chosen)
            code = refuse(p, &plan->updates[i], words);
    return code;
}

static int take_line(protocol *p, remote_push_plan *plan, char *text)
{
    if (strncmp(text, "unpack ", 7) == 0)
        return take_unpack(p, plan, text + 7);
    int taken = strncmp(text, "ok ", 3) == 0;
    if (!taken && strncmp(text, "ng ", 3) != 0)
        return TAWAM_OK; /* option lines of a later version */
    char *why = strchr(text + 3, ' ');
    if (why)
        *why++ = '\0';
    remote_update *update = find_update(plan, text + 3);
    if (!update)
        return TAWAM_OK;
    if (!taken)
        return update->reason ? TAWAM_OK : refuse(p, update, why ? why : "?");
    update->accepted = update->reason == NULL;
    return TAWAM_OK;
}

/* The report is pkt-lines again, within the band. */
static int take_report(protocol *p, remote_push_plan *plan, buffer *report)
{
    size_t at = 0;
    int code = TAWAM_OK;
    while (code == TAWAM_OK && report->length - at >= 4) {
        char digits[5] = {0}, *end = NULL;
        memcpy(digits, report->data + at, 4);
        size_t length = (size_t)strtoul(digits, &end, 16);
        if (*end || (length && length < 4) || length > report->length - at)
            return packet_strange(&p->reader);
        if (!length)
            return TAWAM_OK;
        char *line =
            memory_string_length((char *)report->data + at + 4, length - 4);
        if (!line)
            return TAWAM_EMEMORY;
        line[strcspn(line, "\n")] = '\0';
        code = take_line(p, plan, line);
        free(line);
        at += length;
    }
    return code;
}

/* Each ref that was sent has its ok or its no. */
static int check_answers(const protocol *p, const remote_push_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const remote_update *u = &plan->updates[i];
        if (u->chosen && !u->accepted && !u->reason)
            return error_set(TAWAM_EREFUSED,
                             _("%s does not say whether it took %s"),
                             p->job->place.host, u->destination);
    }
    return TAWAM_OK;
}

static int read_report(protocol *p, remote_push_plan *plan)
{
    buffer report = {0};
    packet band = {0};
    int code = TAWAM_OK;
    while ((code = protocol_read_band(&band, p)) == TAWAM_OK &&
           band.kind != PACKET_FLUSH && report.length < REPORT_MOST)
        buffer_bytes(&report, band.bytes, band.length);
    if (code == TAWAM_OK)
        code = buffer_check(&report);
    if (code == TAWAM_OK)
        code = take_report(p, plan, &report);
    if (code == TAWAM_OK)
        code = check_answers(p, plan);
    buffer_free(&report);
    return code;
}

int protocol_push(protocol *p, remote_push_plan *plan, git_packbuilder *builder)
{
    upload u = {p, builder, TAWAM_OK};
    if (!(p->abilities & PROTOCOL_REPORT))
        return packet_strange(&p->reader);
    int code = send_commands(p, plan);
    p->spent = 1;
    if (code == TAWAM_OK &&
        git_packbuilder_foreach(builder, send_block, &u) < 0)
        code = u.code ? u.code : remote_git_error(_("cannot send the history"));
    if (code == TAWAM_OK) {
        p->line->state.done = p->line->state.total;
        remote_line_moved(p->line);
        code = read_report(p, plan);
    }
    return code;
}
