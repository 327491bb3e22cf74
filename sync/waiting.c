/* SPDX-License-Identifier: MIT */
/* Commits that wait because objects of theirs are missing or damaged here (a
 * disk, a cut in a bad moment). An ordinary fetch never brings those: refs say
 * that we have them. So the remote is fetched into an empty repository beside
 * the log, once for what it shows, and the missing objects are taken from it.
 */
#include "sync/sync_internal.h"
#include "sync/remote.h"

#include <stdlib.h>
#include <string.h>

#define ASKED "asked_again"

/* 1 if we hold commit ID and could not apply it. */
static int is_waiting(sync_desk *s, const char *id)
{
    int64_t number;
    int has = gitlog_has(s->log, id);
    if (has <= 0)
        return has;
    number = merge_number(s->m, id);
    return number < 0 ? (int)number : !number;
}

/* What the remote shows and we hold but could not apply, as text. */
static int waiting_refs(buffer *out, sync_desk *s, const char *url,
                        const char *refs)
{
    const char *line = refs;
    buffer_text(out, url);
    while (line && strlen(line) > 41) {
        int waits = 0;
        char id[SYNC_ID_SIZE];
        memcpy(id, line, 40);
        id[40] = 0;
        if (strncmp(line + 41, "refs/heads/", 11) == 0)
            waits = is_waiting(s, id);
        if (waits < 0)
            return waits;
        if (waits)
            buffer_format(out, "\n%s", id);
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return buffer_check(out);
}

/* 1 if they have been asked for already. */
static int was_asked(sync_desk *s, const char *waiting)
{
    char *asked = NULL;
    int same = twin_setting(&asked, s->t, ASKED) == TAWAM_OK &&
               strcmp(asked, waiting) == 0;
    free(asked);
    return same;
}

static int fetch_anew(int64_t *taken, sync_result *r, sync_desk *s,
                      const char *remote, const char *url, const char *path,
                      const remote_options *wire)
{
    remote_traffic traffic = {0};
    gitlog *anew = NULL;
    char *refs = NULL;
    int code;
    file_remove_tree(path);
    code = gitlog_create(&anew, path);
    if (!code)
        code = remote_fetch(&refs, &traffic, path, remote, url, wire);
    r->bytes_in += traffic.bytes_in;
    r->bytes_out += traffic.bytes_out;
    if (!code)
        code = gitlog_take_missing(taken, s->log, anew);
    gitlog_free(anew);
    free(refs);
    file_remove_tree(path);
    return code;
}

int sync_ask_again(int64_t *taken, sync_result *r, sync_desk *s,
                   const char *remote, const char *url, const char *refs,
                   const remote_options *wire)
{
    buffer text = {0};
    const char *waiting = NULL;
    char *path = file_join(gitlog_path(s->log), "again.git");
    int code = path ? waiting_refs(&text, s, url, refs) : error_memory();
    *taken = 0;
    waiting = (const char *)text.data;
    if (!code && strchr(waiting, '\n') && !was_asked(s, waiting)) {
        code = fetch_anew(taken, r, s, remote, url, path, wire);
        if (!code)
            code = twin_set_setting(s->t, ASKED, waiting);
    }
    buffer_free(&text);
    free(path);
    return code;
}
