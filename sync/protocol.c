/* SPDX-License-Identifier: MIT */
/* protocol: the beginning of a connection, and its end.
 *
 *     version 0   server: ID REF \0 abilities, ID REF ..., flush
 *     version 2   server: "version 2", abilities, flush
 *                 client: ls-refs with the prefixes wanted;  server: the refs
 *
 * Invariants:
 *  1. Nothing that a server says is kept but ids and names that
 *     remote_heads_add() accepts, REMOTE_HEADS_LIMIT at most, and known
 *     abilities; lines looked at are bounded too.
 *  2. A server of another hash than SHA-1 is refused by name.
 */
#include "sync/protocol_internal.h"
#include <stdlib.h>
#include <string.h>

#define LINES_MOST (2 * REMOTE_HEADS_LIMIT)
#define WORDS_MOST 400

/* ---- abilities ---- */

/* 1 if TEXT, words with blanks between, has WORD. */
static int has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    while ((text = strstr(text, word)) != NULL) {
        if (text[length] == ' ' || !text[length])
            return 1;
        text += length;
    }
    return 0;
}

static int check_hash(const protocol *p, const char *text)
{
    const char *format = strstr(text, "object-format=");
    if (!format || strncmp(format + 14, "sha1", 4) == 0)
        return TAWAM_OK;
    return error_set(TAWAM_EREFUSED,
                     _("%s: the repository there names objects by another "
                       "hash than SHA-1"),
                     p->job->place.host);
}

static int read_abilities(protocol *p, const char *text)
{
    static const struct {
        const char *word;
        unsigned ability;
    } known[] = {
        {"side-band-64k", PROTOCOL_SIDE_BAND},
        {"ofs-delta", PROTOCOL_OFS_DELTA},
        {"allow-reachable-sha1-in-want", PROTOCOL_ANY_WANT},
        {"allow-tip-sha1-in-want", PROTOCOL_ANY_TIP},
        {"shallow", PROTOCOL_SHALLOW},
        {"deepen-relative", PROTOCOL_RELATIVE},
        {"no-progress", PROTOCOL_NO_PROGRESS},
        {"report-status", PROTOCOL_REPORT},
        {"quiet", PROTOCOL_QUIET},
        {"delete-refs", PROTOCOL_DELETE},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (has_word(text, known[i].word))
            p->abilities |= known[i].ability;
    return check_hash(p, text);
}

/* ---- refs ---- */

/* "ID REF", NUL-terminated. */
static int read_ref(protocol *p, remote_heads *heads, const char *text)
{
    git_oid id;
    if (strlen(text) < GIT_OID_HEXSZ + 2 || text[GIT_OID_HEXSZ] != ' ' ||
        git_oid_fromstrn(&id, text, GIT_OID_HEXSZ) < 0)
        return packet_strange(&p->reader);
    return remote_heads_add(heads, &id, text + GIT_OID_HEXSZ + 1);
}

static int too_many(const protocol *p)
{
    return error_set(TAWAM_EREFUSED, _("%s shows more than %d refs"),
                     p->job->place.host, LINES_MOST);
}

/* FIRST is the line read already. */
static int read_refs_0(protocol *p, remote_heads *heads, packet *first)
{
    packet line = *first;
    int code = TAWAM_OK;
    for (size_t count = 0; code == TAWAM_OK && line.kind == PACKET_TEXT;
         count++) {
        char *text = packet_text(&line, &p->reader);
        size_t length = strlen(text);
        if (count == 0 && length < line.length)
            code = read_abilities(p, text + length + 1);
        if (code == TAWAM_OK && count >= LINES_MOST)
            code = too_many(p);
        if (code == TAWAM_OK && !packet_begins(&line, "shallow "))
            code = read_ref(p, heads, text);
        if (code == TAWAM_OK)
            code = packet_read(&line, &p->reader);
    }
    if (code == TAWAM_OK && line.kind != PACKET_FLUSH)
        code = packet_strange(&p->reader);
    return code;
}

static int read_abilities_2(protocol *p)
{
    packet line = {0};
    int code = TAWAM_OK, commands = 0, lines = 0;
    while ((code = packet_read(&line, &p->reader)) == TAWAM_OK &&
           line.kind == PACKET_TEXT && lines++ < 100) {
        const char *text = packet_text(&line, &p->reader);
        commands |= packet_begins(&line, "ls-refs") ? 1 : 0;
        commands |= packet_begins(&line, "fetch") ? 2 : 0;
        if (packet_begins(&line, "fetch=") && strstr(text, "shallow"))
            p->abilities |= PROTOCOL_SHALLOW | PROTOCOL_RELATIVE;
        if ((code = check_hash(p, text)) != TAWAM_OK)
            return code;
    }
    if (code == TAWAM_OK && (line.kind != PACKET_FLUSH || commands != 3))
        code = packet_strange(&p->reader);
    p->abilities |= PROTOCOL_SIDE_BAND | PROTOCOL_OFS_DELTA |
                    PROTOCOL_ANY_WANT | PROTOCOL_ANY_TIP | PROTOCOL_NO_PROGRESS;
    return code;
}

static int ask_refs_2(protocol *p, const char *wanted)
{
    buffer out = {0};
    if (!wanted)
        wanted = REMOTE_WANTED_BY_SYNC;
    packet_add(&out, "command=ls-refs\n");
    packet_add_delimiter(&out);
    while (*wanted) {
        int length = (int)strcspn(wanted, "\n");
        if (strncmp(wanted, "refs/", 5) == 0)
            packet_add(&out, "ref-prefix %.*s\n", length, wanted);
        wanted += length + (wanted[length] == '\n');
    }
    packet_add_flush(&out);
    int code = buffer_check(&out);
    if (code == TAWAM_OK)
        code = ssh_write(p->stream, out.data, out.length);
    buffer_free(&out);
    return code;
}

static int read_refs_2(protocol *p, remote_heads *heads)
{
    packet line = {0};
    size_t count = 0;
    int code = read_abilities_2(p);
    if (code == TAWAM_OK)
        code = ask_refs_2(p, heads->wanted);
    while (code == TAWAM_OK &&
           (code = packet_read(&line, &p->reader)) == TAWAM_OK &&
           line.kind == PACKET_TEXT) {
        char *text = packet_text(&line, &p->reader);
        size_t name = line.length > GIT_OID_HEXSZ + 1 ? GIT_OID_HEXSZ + 1 : 0;
        text[name + strcspn(text + name, " \n")] = '\0';
        if (count++ >= LINES_MOST)
            return too_many(p);
        code = read_ref(p, heads, text);
    }
    if (code == TAWAM_OK && line.kind != PACKET_FLUSH)
        code = packet_strange(&p->reader);
    return code;
}

/* ---- the whole ---- */

int protocol_open(protocol *p, remote_heads *heads, const remote_job *job,
                  remote_line *line, int fetching)
{
    packet first = {0};
    const char *wanted = heads->wanted;
    int keep_ahead = heads->keep_ahead;
    remote_heads_clear(heads);
    heads->wanted = wanted;
    heads->keep_ahead = keep_ahead;
    memset(p, 0, offsetof(protocol, reader));
    p->job = job;
    p->line = line;
    p->fetching = fetching;
    line->state.opened = line->state.bytes_in + line->state.bytes_out;
    int code = ssh_open(&p->stream, job, line, fetching ? SSH_FETCH : SSH_PUSH);
    if (code != TAWAM_OK)
        return code;
    packet_reader_begin(&p->reader, p->stream, job->place.host);
    code = packet_read(&first, &p->reader);
    if (code == TAWAM_OK && packet_begins(&first, "version 1"))
        code = packet_read(&first, &p->reader);
    if (code == TAWAM_OK && first.kind == PACKET_FLUSH) {
        p->spent = 1; /* an old git with an empty repository */
        return TAWAM_OK;
    }
    if (code == TAWAM_OK && packet_begins(&first, "version 2") && fetching) {
        p->version = 2;
        return read_refs_2(p, heads);
    }
    if (code == TAWAM_OK)
        code = read_refs_0(p, heads, &first);
    if (code == TAWAM_OK && !(p->abilities & PROTOCOL_SIDE_BAND))
        code = packet_strange(&p->reader);
    return code;
}

void protocol_close(protocol *p)
{
    if (p->stream && p->version == 0 && !p->spent && p->abilities)
        if (ssh_write(p->stream, "0000", 4) < 0)
            error_clear();
    ssh_close(p->stream);
    p->stream = NULL;
}

uint64_t protocol_moved(const protocol *p)
{
    return p->stream ? ssh_moved(p->stream) : 0;
}

static int fatal_words(const protocol *p, const packet *said)
{
    size_t length = said->length < WORDS_MOST ? said->length : WORDS_MOST;
    char *safe = text_safe((const char *)said->bytes, length, 0);
    int code = error_set(TAWAM_EREFUSED, "%s: %s", p->job->place.host,
                         safe ? safe : "");
    free(safe);
    return code;
}

int protocol_read_band(packet *out, protocol *p)
{
    for (;;) {
        int band = 0;
        int code = packet_read_band(out, &band, &p->reader);
        if (code != TAWAM_OK || out->kind == PACKET_FLUSH || band == 1)
            return code;
        if (band == 3)
            return fatal_words(p, out);
        if (band != 2)
            return packet_strange(&p->reader);
        remote_line_words(p->line, (const char *)out->bytes, out->length);
    }
}
