/* SPDX-License-Identifier: MIT */
/* Reading the history: the log, what a commit changed, what differs between
 * two versions, what happened to a row.
 *
 * "Before" is where the writer stood: its vector, itself left out (sides.c).
 */
#include "sync/sides_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- commits ---- */

void sync_commit_from(sync_commit *out, const gitlog_commit *commit, int state,
                      const char *reason)
{
    memset(out, 0, sizeof *out);
    memcpy(out->id, commit->id, sizeof out->id);
    out->device = commit->device;
    out->sequence = commit->sequence;
    out->author = commit->author;
    out->time = commit->time;
    out->logical = commit->logical;
    out->zone_minutes = commit->zone_minutes;
    out->message = out->summary = commit->message;
    out->published = commit->published;
    out->version = commit->version;
    out->state = state;
    out->reason = reason;
    out->counts = commit->counts;
}

/* The summary is the first line: cut there, in a copy that CALL borrows. */
static int call_commit(const gitlog_commit *commit, int state,
                       const char *reason,
                       int (*call)(void *context, const sync_commit *commit),
                       void *context)
{
    sync_commit c;
    char *summary =
        memory_string_length(commit->message, strcspn(commit->message, "\n"));
    int code = TAWAM_EMEMORY;
    if (summary) {
        sync_commit_from(&c, commit, state, reason);
        c.summary = summary;
        code = call(context, &c);
    }
    free(summary);
    return code;
}

/* State and reason (in REASON, 512 bytes) of an applied commit; 3 waiting. */
static int commit_state(char *reason, sync_desk *s, const char *id)
{
    sqlite3_stmt *statement = NULL;
    int state = 3;
    reason[0] = 0;
    if (twin_prepare(&statement, s->t,
                     "SELECT state, reason FROM tawam_commit WHERE id=?", 1))
        return state;
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    if (twin_step(s->t, statement) == 1) {
        state = sqlite3_column_int(statement, 0);
        snprintf(reason, 512, "%s",
                 (const char *)sqlite3_column_text(statement, 1));
    }
    twin_release(statement);
    return state;
}

int sync_read_commit(sync_desk *s, const char *id,
                     int (*call)(void *context, const sync_commit *commit),
                     void *context)
{
    gitlog_commit *commit = NULL;
    char reason[512];
    int code = gitlog_read(&commit, s->log, id);
    if (!code)
        code = call_commit(commit, commit_state(reason, s, id), reason, call,
                           context);
    gitlog_commit_free(commit);
    return code;
}

int sync_log(sync_desk *s,
             int (*call)(void *context, const sync_commit *commit),
             void *context)
{
    return sync_log_from(s, 0, call, context);
}

/* A page of the log, and where it ends: CALL may change the table. */
typedef struct log_page {
    char ids[256][SYNC_ID_SIZE];
    size_t count;
    int64_t logical, number; /* of the last one */
} log_page;

/* The commits after P's last, without the SKIP newest of them. */
static int next_page(log_page *p, sync_desk *s, size_t skip)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, s->t,
                            "SELECT id, logical, number FROM tawam_commit"
                            " WHERE (logical, number) < (?1, ?2)"
                            " ORDER BY logical DESC, number DESC"
                            " LIMIT 256 OFFSET ?3",
                            0);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, p->logical);
    sqlite3_bind_int64(statement, 2, p->number);
    sqlite3_bind_int64(statement, 3, (int64_t)skip);
    p->count = 0;
    while (p->count < 256 && (code = twin_step(s->t, statement)) == 1) {
        snprintf(p->ids[p->count++], SYNC_ID_SIZE, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
        p->logical = sqlite3_column_int64(statement, 1);
        p->number = sqlite3_column_int64(statement, 2);
    }
    sqlite3_finalize(statement);
    return code < 0 ? code : TAWAM_OK;
}

int sync_log_from(sync_desk *s, size_t skip,
                  int (*call)(void *context, const sync_commit *commit),
                  void *context)
{
    log_page p = {.logical = INT64_MAX, .number = INT64_MAX};
    int code = next_page(&p, s, skip);
    while (!code && p.count) {
        size_t i;
        for (i = 0; !code && i < p.count; i++)
            code = sync_read_commit(s, p.ids[i], call, context);
        if (!code)
            code = next_page(&p, s, 0);
    }
    return code < 0 ? code : TAWAM_OK;
}

/* ---- show ---- */

static int add_rows(row_filter *filter, const changeset *changes)
{
    size_t i, k;
    int code = TAWAM_OK;
    for (i = 0; i < changes->layer_count; i++)
        for (k = 0; !code && k < changes->layers[i].row_count; k++)
            code = row_filter_add(filter, changes->layers[i].name,
                                  changes->layers[i].rows[k].fid);
    return code;
}

static int tell_changes(sides *x, const changeset *changes)
{
    size_t i, k;
    int code = TAWAM_OK;
    for (i = 0; i < changes->layer_count; i++)
        for (k = 0; !code && k < changes->layers[i].row_count; k++)
            code = sides_tell(x, changes->layers[i].name,
                              changes->layers[i].rows[k].fid, 1);
    return code;
}

/* A commit as its writer saw it: what it had seen, without it and with it. */
static void sides_of_commit(sides *x, const vector *seen, int64_t number)
{
    x->before = (version_part){seen, number};
    x->after = (version_part){seen, 0};
}

static int check_shown(sync_desk *s, const char *id, int64_t number)
{
    char reason[512];
    char *safe;
    if (number < 0)
        return (int)number;
    if (!number)
        return error_set(TAWAM_ENOTFOUND,
                         _("commit %s is not part of this replica's state"),
                         id);
    if (commit_state(reason, s, id) != COMMIT_REFUSED)
        return TAWAM_OK;
    safe = text_safe(reason, strlen(reason), 0);
    error_set(TAWAM_EDAMAGED, _("commit %s was refused: %s"), id,
              safe ? safe : "");
    free(safe);
    return TAWAM_EDAMAGED;
}

int sync_show(sync_desk *s, const char *id, sync_change_call call,
              void *context)
{
    sides x = {.s = s, .call = call, .context = context};
    vector seen = {0};
    row_filter *filter = NULL;
    changeset *changes = NULL;
    gitlog_commit *commit = NULL;
    int64_t number = merge_number(s->m, id);
    int code = check_shown(s, id, number);

    if (!code)
        code = gitlog_read(&commit, s->log, id);
    if (code || commit->published) {
        gitlog_commit_free(commit);
        return code;
    }
    code = sync_load_changes(&changes, s, id);
    if (!code)
        code = row_filter_new(&filter);
    if (!code)
        code = add_rows(filter, changes);
    if (!code)
        code = merge_vector(&seen, s->m, number);
    sides_of_commit(&x, &seen, number);
    if (!code)
        code = sides_open(&x, filter);
    if (!code)
        code = tell_changes(&x, changes);
    sides_close(&x);
    vector_free(&seen);
    row_filter_free(filter);
    changeset_free(changes);
    gitlog_commit_free(commit);
    return code;
}

/* ---- diff ---- */

typedef struct diff_rows {
    sync_desk *s;
    row_filter *filter;
} diff_rows;

static int collect_rows(void *context, int64_t number, const char *id)
{
    diff_rows *d = context;
    changeset *changes = NULL;
    char reason[512];
    gitlog_commit *commit = NULL;
    int code = TAWAM_OK;

    (void)number;
    if (commit_state(reason, d->s, id) == COMMIT_REFUSED)
        return code;
    code = gitlog_read(&commit, d->s->log, id);
    if (!code && !commit->published)
        code = sync_load_changes(&changes, d->s, id);
    if (!code && changes)
        code = add_rows(d->filter, changes);
    changeset_free(changes);
    gitlog_commit_free(commit);
    return code;
}

static int rows_between(row_filter *filter, sync_desk *s, const version *a,
                        const version *b)
{
    diff_rows d = {s, filter};
    int code = version_beyond(s, &b->seen, &a->seen, collect_rows, &d);
    return code ? code
                : version_beyond(s, &a->seen, &b->seen, collect_rows, &d);
}

static int tell_row(void *context, const char *layer, int64_t fid)
{
    return sides_tell(context, layer, fid, 0);
}

int sync_diff(sync_desk *s, const char *from, const char *to,
              sync_change_call call, void *context)
{
    version a = {0}, b = {0};
    sides x = {.s = s,
               .before = {&a.seen, 0},
               .after = {&b.seen, 0},
               .call = call,
               .context = context};
    row_filter *filter = NULL;
    int code = version_resolve(&a, s, from);

    if (!code)
        code = version_resolve(&b, s, to);
    if (!code)
        code = row_filter_new(&filter);
    if (!code)
        code = rows_between(filter, s, &a, &b);
    if (!code)
        code = sides_open(&x, filter);
    if (!code)
        code = row_filter_each(filter, tell_row, &x);
    sides_close(&x);
    row_filter_free(filter);
    version_clear(&a);
    version_clear(&b);
    return code;
}

/* ---- one row's history ---- */

/* What commit NUMBER did to the row, as its writer saw it. */
static int tell_history(sides *x, const char *layer, int64_t fid,
                        int64_t number)
{
    commit_place place;
    gitlog_commit *commit = NULL;
    sync_commit c;
    vector seen = {0};
    char *summary = NULL;
    int code = merge_place(&place, x->s->m, number);

    if (!code)
        code = gitlog_read(&commit, x->s->log, place.id);
    if (code)
        return code;
    sync_commit_from(&c, commit, COMMIT_APPLIED, "");
    summary =
        memory_string_length(commit->message, strcspn(commit->message, "\n"));
    c.summary = summary ? summary : "";
    x->commit = &c;
    code = merge_vector(&seen, x->s->m, number);
    sides_of_commit(x, &seen, number);
    if (!code)
        code = sides_tell(x, layer, fid, 1);
    sides_forget_replays(x);
    vector_free(&seen);
    free(summary);
    gitlog_commit_free(commit);
    return code;
}

int sync_history(sync_desk *s, const twin_layer *layer, int64_t fid,
                 sync_change_call call, void *context)
{
    sides x = {.s = s, .call = call, .context = context};
    row_filter *filter = NULL;
    int64_t *commits = NULL;
    size_t count = 0, i;
    char name[TWIN_NAME_MAX + 1];
    int code;

    snprintf(name, sizeof name, "%s", layer->name);
    code = merge_touching(&commits, &count, s->m, layer->id, fid);
    if (!code)
        code = row_filter_new(&filter);
    if (!code)
        code = row_filter_add(filter, name, fid);
    if (!code)
        code = sides_open(&x, filter);
    for (i = 0; !code && i < count; i++)
        code = tell_history(&x, name, fid, commits[i]);
    sides_close(&x);
    row_filter_free(filter);
    free(commits);
    return code;
}
