/* SPDX-License-Identifier: MIT */
/* Meeting another repository: record -> fetch -> merge -> push -> check.
 *
 * Each step is durable by itself, so a kill or a cut anywhere is mended by
 * doing it again:
 *   1 recorded   our changes are a commit of our line        record.c
 *   2 fetched    theirs are under refs/remotes/REMOTE/       remote.c
 *   3 merged     in bounded batches, each one transaction that first records
 *                what was edited meanwhile (never claiming to have seen what
 *                it had not)
 *   4 pushed     our line, main, and lines the other side lacks; also where
 *                this machine could not do 3 (no room, a table in the way)
 *   5 checked    "sent" is said when the remote's refs show our commit
 */
#include "sync/files_internal.h"
#include "sync/sync_internal.h"
#include "sync/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_COMMITS 64
#define BATCH_ROWS 20000
#define ASK_MOST 4 /* times a sync asks for missing objects */

void sync_result_clear(sync_result *r)
{
    free(r->why);
    free(r->forms);
    free(r->left_out);
    memset(r, 0, sizeof *r);
}

/* ---- merging ---- */

typedef struct id_list {
    char (*ids)[SYNC_ID_SIZE];
    size_t count, capacity;
    int64_t left_out;
    const char *only; /* of all device lines this one alone, or NULL */
} id_list;

static int is_line_or_main(const char *name, const char *only)
{
    const char *rest = NULL;
    if (strncmp(name, "refs/heads/", 11) == 0)
        rest = name + 11;
    else if (strncmp(name, "refs/remotes/", 13) == 0) {
        rest = strchr(name + 13, '/');
        rest = rest ? rest + 1 : NULL;
    }
    if (!rest)
        return 0;
    if (strcmp(rest, "main") == 0)
        return 1;
    return strncmp(rest, "device/", 7) == 0 &&
           (!only || strcmp(rest + 7, only) == 0);
}

static int collect_head(void *context, const char *name, const char *id)
{
    id_list *list = context;
    int code;
    if (!is_line_or_main(name, list->only))
        return 0;
    code = memory_reserve((void **)&list->ids, &list->capacity, list->count + 1,
                          sizeof *list->ids);
    if (!code)
        snprintf(list->ids[list->count++], SYNC_ID_SIZE, "%s", id);
    return code;
}

static const char **pointers(char (*ids)[SYNC_ID_SIZE], size_t count)
{
    const char **list = memory_array(count + 1, sizeof *list);
    size_t i;
    for (i = 0; list && i < count; i++)
        list[i] = ids[i];
    return list;
}

/* libgit2's walk gives hidden commits too where dates run backwards, as when
 * main is newer than what it was made before: drop those we know. */
static int drop_known(id_list *list, sync_desk *s)
{
    size_t i, kept = 0;
    for (i = 0; i < list->count; i++) {
        int64_t number = merge_number(s->m, list->ids[i]);
        if (number < 0)
            return (int)number;
        if (!number)
            memmove(list->ids[kept++], list->ids[i], SYNC_ID_SIZE);
    }
    list->count = kept;
    return TAWAM_OK;
}

/* Heads that are neither applied nor in the walk: objects are missing. Or an
 * error's code. */
static int64_t count_left_out(const id_list *heads, const id_list *walked,
                              sync_desk *s)
{
    size_t i, k;
    int64_t count = 0;
    for (i = 0; i < heads->count; i++) {
        int64_t number = merge_number(s->m, heads->ids[i]);
        if (number < 0)
            return number;
        if (number)
            continue;
        for (k = walked->count; k > 0; k--)
            if (strcmp(walked->ids[k - 1], heads->ids[i]) == 0)
                break;
        count += k == 0;
    }
    return count;
}

/* Commits the log has and the replica has not, parents first. */
static int missing_commits(id_list *out, sync_desk *s)
{
    id_list include = {0};
    char(*heads)[SYNC_ID_SIZE] = NULL;
    const char **in = NULL, **hide = NULL;
    char *follow = NULL;
    size_t count = 0;
    int code;

    code = twin_setting(&follow, s->t, "follow");
    if (code && code != TAWAM_ENOTFOUND)
        return code;
    if (!code && strcmp(follow, "published") == 0)
        include.only = s->device; /* a restored copy needs its own */
    code = gitlog_refs(s->log, "refs/*", collect_head, &include);
    if (!code)
        code = merge_heads(&heads, &count, s->m);
    if (!code) {
        in = pointers(include.ids, include.count);
        hide = pointers(heads, count);
        code = in && hide ? gitlog_walk(&out->ids, &out->count, s->log, in,
                                        include.count, hide, count)
                          : TAWAM_EMEMORY;
    }
    if (!code)
        code = drop_known(out, s);
    if (!code)
        out->left_out = count_left_out(&include, out, s);
    if (!code && out->left_out < 0)
        code = (int)out->left_out;
    free(include.ids);
    free(heads);
    free(in);
    free(hide);
    free(follow);
    return code;
}

typedef struct batch {
    sync_desk *s;
    sync_result *result;
    const sync_options *options;
    const id_list *todo;
    size_t next;
    sync_progress progress;
} batch;

static int tell(batch *b)
{
    if (!b->options || !b->options->progress)
        return TAWAM_OK;
    b->progress.stage = SYNC_MERGING;
    b->progress.done = b->next;
    b->progress.total = b->todo->count;
    b->progress.text = "";
    if (b->options->progress(b->options->context, &b->progress))
        return error_set(TAWAM_ECANCELLED,
                         _("stopped; what arrived is kept, sync again to go "
                           "on"));
    return TAWAM_OK;
}

static int64_t rows_of(const changeset_counts *c)
{
    return c->inserted + c->updated + c->deleted + c->affirmed;
}

/* As many commits as one transaction takes. */
static int apply_some(batch *b)
{
    sync_result *r = b->result;
    int64_t rows = rows_of(&r->applied_counts);
    size_t first = b->next;
    while (b->next < b->todo->count && b->next - first < BATCH_COMMITS &&
           rows_of(&r->applied_counts) - rows < BATCH_ROWS) {
        int64_t refused = 0;
        const char *id = b->todo->ids[b->next];
        int64_t number = merge_number(b->s->m, id);
        int done;
        if (number > 0) { /* another process was quicker */
            b->next++;
            continue;
        }
        done = number < 0
                   ? (int)number
                   : merge_apply(b->s->m, id, &r->applied_counts, &refused);
        if (done < 0)
            return done;
        r->commits_refused += refused;
        r->commits_applied += done && !refused;
        r->commits_waiting += !done;
        b->next++;
    }
    return TAWAM_OK;
}

static int apply_batch(batch *b)
{
    sync_desk *s = b->s;
    char id[SYNC_ID_SIZE];
    size_t first = b->next;
    sync_result before = *b->result;
    int code = twin_begin(s->t);
    if (code)
        return code;
    if (!TEETH(PENDING_AFTER))
        code = sync_record_inside(id, NULL, s, NULL);
    if (!code && !TEETH(CAPTURE_ON))
        code = twin_capture_off(s->t);
    if (!code)
        code = twin_bulk_begin(s->t);
    if (!code)
        code = apply_some(b);
    if (!code) {
        code = twin_commit(s->t);
    } else {
        twin_rollback(s->t);
        b->next = first;
        *b->result = before;
    }
    return code ? code : sync_move_ref(s);
}

static int remember_waiting(sync_desk *s, int64_t waiting)
{
    char text[32], *old = NULL;
    int code = twin_setting(&old, s->t, "waiting");
    snprintf(text, sizeof text, "%lld", (long long)waiting);
    if (code == TAWAM_ENOTFOUND || (!code && strcmp(old, text) != 0))
        code = twin_set_setting(s->t, "waiting", text);
    free(old);
    return code;
}

int sync_merge(sync_result *result, sync_desk *s, const sync_options *options)
{
    id_list todo = {0};
    batch b = {s, result, options, &todo, 0, {0}};
    int64_t conflicts = sync_conflict_count(s);
    int code = conflicts < 0 ? (int)conflicts : missing_commits(&todo, s);
    if (TEETH(CONFLICT_FORGOTTEN))
        twin_execute(s->t, "DELETE FROM tawam_conflict");

    b.progress.bytes_in = result->bytes_in;
    b.progress.bytes_out = result->bytes_out;
    result->commits_received = (int64_t)todo.count;
    result->commits_waiting += todo.left_out;
    while (!code && b.next < todo.count) {
        code = apply_batch(&b);
        if (code == TAWAM_EREFUSED) /* once a bad commit: again without it */
            code = TAWAM_OK;
        else if (!code)
            code = tell(&b);
    }
    if (!code)
        code = remember_waiting(s, result->commits_waiting);
    result->conflicts_open = sync_conflict_count(s);
    if (result->conflicts_open < 0) {
        code = code ? code : (int)result->conflicts_open;
        result->conflicts_open = 0;
    }
    if (result->conflicts_open > conflicts)
        result->conflicts_new = result->conflicts_open - conflicts;
    free(todo.ids);
    return code;
}

/* ---- what the remote shows ---- */

void sync_listed_ref(char id[SYNC_ID_SIZE], const char *refs, const char *ref)
{
    size_t length = strlen(ref);
    id[0] = 0;
    while (refs && *refs) {
        const char *end = strchr(refs, '\n');
        size_t n = end ? (size_t)(end - refs) : strlen(refs);
        if (n == 41 + length && strncmp(refs + 41, ref, length) == 0) {
            memcpy(id, refs, 40);
            id[40] = 0;
            return;
        }
        refs = end ? end + 1 : NULL;
    }
}

static int drop_ref(void *context, const char *name, const char *id)
{
    (void)id;
    return gitlog_delete_ref(context, name);
}

/* 1 if OURS and main of REMOTE have a commit in common, 0 if not: THEIRS, or
 * where that did not come, the one that was met there before. */
static int is_related(const sync_result *r, sync_desk *s, const char *remote,
                      const char *ours, const char *theirs)
{
    char former[SYNC_ID_SIZE], name[96];
    int has = gitlog_has(s->log, theirs), code;
    if (has)
        return has < 0 ? has : gitlog_related(s->log, ours, theirs);
    snprintf(name, sizeof name, "refs/remotes/%.60s/main", remote);
    code = gitlog_ref(former, s->log, name);
    if (!code)
        return gitlog_related(s->log, ours, former);
    if (code != TAWAM_ENOTFOUND)
        return code;
    return r->left_out ? 0 : gitlog_related(s->log, ours, theirs);
}

/* Both sides have a main without a common commit: another territory. What was
 * fetched of it is forgotten again; so it is where their main was left out and
 * this can't be known. */
static int check_same_territory(const sync_result *r, sync_desk *s,
                                const char *remote, const char *refs)
{
    char ours[SYNC_ID_SIZE], theirs[SYNC_ID_SIZE], glob[96];
    int contains;
    sync_listed_ref(theirs, refs, MAIN_REF);
    contains = theirs[0] ? gitlog_ref(ours, s->log, MAIN_REF) : TAWAM_ENOTFOUND;
    if (contains)
        return contains == TAWAM_ENOTFOUND ? TAWAM_OK : contains;
    contains = is_related(r, s, remote, ours, theirs);
    if (contains)
        return contains < 0 ? contains : TAWAM_OK;
    snprintf(glob, sizeof glob, "refs/remotes/%.60s/*", remote);
    contains = gitlog_refs(s->log, glob, drop_ref, s->log);
    if (contains) /* left there, the next merge would take them */
        return contains;
    if (r->left_out)
        return error_set(r->left_out_code, "%s", r->left_out);
    return error_set(TAWAM_EREFUSED,
                     _("the remote holds another territory: nothing was taken "
                       "or sent"));
}

/* main of the remote, where it goes beyond ours, becomes ours. */
static int follow_main(sync_desk *s, const char *refs)
{
    char ours[SYNC_ID_SIZE] = "", theirs[SYNC_ID_SIZE];
    int contains, has;
    sync_listed_ref(theirs, refs, MAIN_REF);
    has = theirs[0] ? gitlog_has(s->log, theirs) : 0;
    if (has <= 0)
        return has;
    contains = gitlog_ref(ours, s->log, MAIN_REF);
    if (!contains)
        contains = gitlog_contains(s->log, theirs, ours);
    else if (contains == TAWAM_ENOTFOUND)
        contains = 1;
    if (contains < 0)
        return contains;
    return contains && strcmp(ours, theirs) != 0
               ? gitlog_set_ref(s->log, MAIN_REF, theirs)
               : TAWAM_OK;
}

/* ---- the whole ---- */

static int fetch_lines(char **refs, sync_result *r, sync_desk *s,
                       const char *remote, const char *url,
                       const remote_options *options)
{
    remote_traffic traffic = {0};
    int code =
        remote_fetch(refs, &traffic, gitlog_path(s->log), remote, url, options);
    r->bytes_in += traffic.bytes_in;
    r->bytes_out += traffic.bytes_out;
    if ((code == TAWAM_EDAMAGED || code == TAWAM_EENVIRONMENT) && *refs) {
        r->left_out = memory_string(error_message()); /* the rest came */
        r->left_out_code = code;
        error_clear();
        code = r->left_out ? TAWAM_OK : error_memory();
    }
    if (!code)
        code = check_same_territory(r, s, remote, *refs);
    if (!code)
        code = follow_main(s, *refs);
    return code;
}

static int note_line(void *context, const char *name, const char *id)
{
    (void)name;
    buffer_format(context, "%s\n", id);
    return buffer_check(context);
}

/* 1 if a line of REFS leads to ID, or ID is not here to be looked for. */
static int still_shown(sync_desk *s, const char *refs, const char *id)
{
    int has;
    if (strstr(refs, id))
        return 1;
    has = gitlog_has(s->log, id);
    return has > 0 ? sync_shown(s, refs, id) : has ? has : 1;
}

/* BEFORE, a line each, its lines were at these commits. Where it shows nothing
 * that leads to one of them, it may lack files too that it was known to have.
 */
static int look_back(sync_result *r, sync_desk *s, const char *remote,
                     const char *refs, const char *before)
{
    int shown = 1;
    for (; shown > 0 && *before; before += SYNC_ID_SIZE) {
        char id[SYNC_ID_SIZE];
        snprintf(id, sizeof id, "%.40s", before);
        shown = still_shown(s, refs, id);
    }
    r->moved_back = shown == 0;
    if (shown)
        return shown < 0 ? shown : TAWAM_OK;
    return files_forget_at(s, remote);
}

static int fetch(char **refs, sync_result *r, sync_desk *s, const char *remote,
                 const char *url, const remote_options *options)
{
    buffer before = {0};
    char glob[96];
    int code;
    snprintf(glob, sizeof glob, "refs/remotes/%.60s/device/*", remote);
    buffer_text(&before, "");
    code = gitlog_refs(s->log, glob, note_line, &before);
    if (!code)
        code = fetch_lines(refs, r, s, remote, url, options);
    if (!code)
        code = look_back(r, s, remote, *refs, (char *)before.data);
    buffer_free(&before);
    return code;
}

/* Our own line as the remote shows it: behind, ahead (we are a restored copy)
 * or forked. */
static int meet_own_line(sync_result *r, sync_desk *s, const char *refs)
{
    char own[80], there[SYNC_ID_SIZE], device[48];
    int code;
    sync_own_ref(own, s);
    sync_listed_ref(there, refs, own);
    code = there[0] ? gitlog_has(s->log, there) : 0;
    if (code <= 0)
        return code;
    snprintf(device, sizeof device, "%s", s->device);
    code = sync_reconcile_line(s, there);
    if (!code && strcmp(device, s->device) != 0)
        snprintf(r->renamed_to, sizeof r->renamed_to, "%s", s->device);
    s->unmoved = 1;
    return code ? code : sync_move_ref(s);
}

/* URL: NULL where what came is not merged, so that only what is sent counts. */
static int remember_meeting(sync_result *r, sync_desk *s, const char *url)
{
    char now[32];
    int code = r->head[0] ? TAWAM_OK : sync_head(r->head, s);
    if (code || (r->sent != SYNC_SENT && r->sent != SYNC_NOTHING_TO_SEND))
        return code;
    snprintf(now, sizeof now, "%lld", (long long)clock_now());
    code = twin_begin(s->t);
    if (code)
        return code;
    if (url)
        code = twin_set_setting(s->t, "last_sync", now);
    if (!code && url)
        code = twin_set_setting(s->t, "last_remote", url);
    if (!code && r->head[0])
        code = twin_set_setting(s->t, "sent_head", r->head);
    if (code)
        twin_rollback(s->t);
    else
        code = twin_commit(s->t);
    return code;
}

/* A remote that is damaged in part gives what is readable: that is merged
 * before the fault is reported, and nothing is sent to it. */
static int merge_readable(sync_result *r, sync_desk *s,
                          const sync_options *options)
{
    char *said = memory_string(error_message());
    int code = sync_merge(r, s, options);
    if (!code)
        code = error_set(TAWAM_EDAMAGED, "%s", said ? said : "");
    free(said);
    return code;
}

/* Merge; what waits for missing objects is asked for, and merged too. A commit
 * that came may need a dictionary that is missing as well. */
static int merge_whole(sync_result *r, sync_desk *s, const char *remote,
                       const char *url, const char *refs,
                       const sync_options *options, const remote_options *wire)
{
    int64_t taken = 1;
    int code = sync_merge(r, s, options);
    for (int turn = 0; turn < ASK_MOST && !code && taken; turn++) {
        if (!r->commits_waiting || !refs)
            return TAWAM_OK;
        code = sync_ask_again(&taken, r, s, remote, url, refs, wire);
        if (code || !taken)
            return code;
        r->commits_waiting = 0;
        code = sync_merge(r, s, options);
    }
    return code;
}

/* main as the remote shows it, where neither has seen the other's: two desks
 * published at once. */
static int meet_main(sync_result *r, sync_desk *s, const char *refs)
{
    char theirs[SYNC_ID_SIZE];
    sync_listed_ref(theirs, refs, MAIN_REF);
    return theirs[0] ? sync_join_main(r->joined, s, theirs) : TAWAM_OK;
}

/* What can't be merged for a reason of this machine's (no room, a table where a
 * layer comes, another program at work) holds back nothing that was recorded
 * here: it is sent. CODE stays, with words that say so. */
static int send_unmerged(sync_result *r, sync_desk *s, const char *remote,
                         const char *url, const char *refs,
                         const remote_options *wire, int code)
{
    char *said, *unsent = NULL;
    int sent;
    if (code != TAWAM_EENVIRONMENT && code != TAWAM_EFULL &&
        code != TAWAM_EBUSY)
        return code;
    said = memory_string(error_message());
    sent = sync_send(r, s, remote, url, refs, wire);
    if (sent || (r->sent == SYNC_REFUSED && r->why))
        unsent = memory_string(sent ? error_message() : r->why);
    if (!sent)
        remember_meeting(r, s, NULL); /* else the next sync finds it there */
    if (!sent && r->sent == SYNC_SENT && said)
        error_set(code,
                  _("what was recorded here is sent, but what came is not "
                    "merged: %s"),
                  said);
    else if (said && unsent && *unsent)
        error_set(code, _("%s (what was recorded here is not sent either: %s)"),
                  said, unsent);
    else if (said)
        error_set(code, "%s", said);
    free(said);
    free(unsent);
    return code;
}

static int meet(sync_result *r, sync_desk *s, const char *remote,
                const char *url, const sync_options *options)
{
    remote_options wire = {options, NULL};
    char *refs = NULL, *path = NULL;
    int code = TAWAM_OK;
    /* a fresh stick or folder: nothing to fetch, the push will make it */
    int fresh = remote_is_path(&path, url) && file_empty_folder(path) > 0;

    r->read_back = path != NULL; /* taken back where nothing was sent */
    free(path);
    if (!fresh)
        code = fetch(&refs, r, s, remote, url, &wire);
    if (code == TAWAM_EDAMAGED)
        code = merge_readable(r, s, options);
    else if (!code)
        code = meet_own_line(r, s, refs);
    if (!code) {
        code = merge_whole(r, s, remote, url, refs, options, &wire);
        code = send_unmerged(r, s, remote, url, refs, &wire, code);
    }
    if (!code)
        code = meet_main(r, s, refs);
    if (!code)
        code = sync_send(r, s, remote, url, refs, &wire);
    free(refs);
    r->read_back =
        r->read_back && !code && r->sent == SYNC_SENT && !r->left_out;
    if (!code && r->left_out)
        code = error_set(r->left_out_code, _("all but this was done: %s"),
                         r->left_out);
    return code;
}

int sync_run(sync_result *result, sync_desk *s, const char *remote,
             const char *url, const sync_options *options)
{
    int code;
    memset(result, 0, sizeof *result);
    result->sent = SYNC_NOT_SENT;
    code = sync_record(result->recorded, &result->recorded_counts, s, NULL);
    if (!code)
        code = meet(result, s, remote, url, options);
    if (!code)
        code = remember_meeting(result, s, url);
    if (!code) {
        if (gitlog_consolidate(s->log)) /* all is as it was: another time */
            error_clear();
        return TAWAM_OK;
    }
    sync_head(result->head, s);
    return code;
}

int sync_clone(sync_result *result, sync_desk *s, const char *remote,
               const char *url, const sync_options *options)
{
    remote_options wire = {options, NULL};
    char *refs = NULL;
    int code;

    memset(result, 0, sizeof *result);
    code = fetch(&refs, result, s, remote, url, &wire);
    if (!code && refs && !refs[0])
        code = error_set(TAWAM_ENO,
                         _("there is no territory at the remote yet: sync one "
                           "to it first"));
    if (!code)
        code = sync_merge(result, s, options);
    if (!code && result->left_out) /* no replica with less, and no word */
        code = error_set(result->left_out_code, "%s", result->left_out);
    free(refs);
    return code ? code : remember_meeting(result, s, url);
}

int sync_peek(char **names, int *has_main, const char *url,
              const sync_options *options)
{
    remote_options wire = {options, NULL};
    remote_traffic traffic = {0};
    buffer out = {0};
    char *refs = NULL, *line, *save = NULL, *text, id[SYNC_ID_SIZE];
    int code = remote_list(&refs, &traffic, url, &wire);

    if (code)
        return code;
    sync_listed_ref(id, refs, MAIN_REF);
    *has_main = id[0] != 0;
    buffer_text(&out, "");
    for (line = strtok_r(refs, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        const char *at = strlen(line) > 41 ? line + 41 : "";
        if (strncmp(at, DEVICE_REFS, strlen(DEVICE_REFS)) == 0)
            buffer_format(&out, "%s\n", at + strlen(DEVICE_REFS));
    }
    free(refs);
    text = buffer_take(&out);
    if (!text)
        return TAWAM_EMEMORY;
    *names = text;
    return TAWAM_OK;
}
