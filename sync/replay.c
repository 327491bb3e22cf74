/* SPDX-License-Identifier: MIT */
/* Versions, and the state at one: the commits it has seen, applied again to a
 * scratch replica, all rows or only some.
 *
 * A version is a vector: the set of commits it has seen, closed under
 * ancestors. Numbers, chains and vectors are taken over from the replica, so a
 * replay asks nothing of git but each commit's changeset.
 */
#include "sync/sync_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void version_clear(version *v)
{
    vector_free(&v->seen);
}

/* ---- from text to commits ---- */

static int resolve_ref(char id[SYNC_ID_SIZE], sync_desk *s, const char *text)
{
    static const char *const forms[] = {"refs/tags/%.100s", "refs/heads/%.100s",
                                        "refs/heads/device/%.100s", "%.100s"};
    char ref[160];
    size_t i;
    int code;
    if (strstr(text, "..") || text[0] == '-')
        return TAWAM_ENOTFOUND;
    for (i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (i == 3 && strncmp(text, "refs/", 5) != 0)
            break;
        snprintf(ref, sizeof ref, forms[i], text);
        code = gitlog_peel(id, s->log, ref);
        if (code != TAWAM_ENOTFOUND)
            return code;
    }
    return TAWAM_ENOTFOUND;
}

/* A device whose line we hold only as a remote's. */
static int resolve_device(char id[SYNC_ID_SIZE], sync_desk *s, const char *text)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, s->t,
                            "SELECT id FROM tawam_commit WHERE device=?"
                            " ORDER BY sequence DESC, logical DESC LIMIT 1",
                            0);
    if (code)
        return code;
    sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    code = twin_step(s->t, statement);
    if (code == 1) {
        snprintf(id, SYNC_ID_SIZE, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
        code = TAWAM_OK;
    } else if (code == 0) {
        code = TAWAM_ENOTFOUND;
    }
    sqlite3_finalize(statement);
    return code;
}

/* A whole day (YYYY-MM-DD) means its end. */
static int resolve_time(int64_t *seconds, const char *text)
{
    int64_t milliseconds;
    if (strlen(text) < 10 || text[4] != '-' || text[7] != '-' ||
        clock_parse(&milliseconds, text)) {
        error_clear();
        return TAWAM_ENOTFOUND;
    }
    *seconds = milliseconds / 1000 + (strlen(text) == 10 ? 86399 : 0);
    return TAWAM_OK;
}

static int resolve_date(char id[SYNC_ID_SIZE], sync_desk *s, const char *text)
{
    sqlite3_stmt *statement = NULL;
    int64_t seconds = 0;
    int code = resolve_time(&seconds, text);
    if (!code)
        code = twin_prepare(&statement, s->t,
                            "SELECT id FROM tawam_commit WHERE time<=?*1000+999"
                            " ORDER BY time DESC, number DESC LIMIT 1",
                            0);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, seconds);
    code = twin_step(s->t, statement);
    if (code == 1) {
        snprintf(id, SYNC_ID_SIZE, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
        code = TAWAM_OK;
    } else if (code == 0) {
        code = error_set(TAWAM_ENOTFOUND, _("nothing was recorded by %s yet"),
                         text);
    }
    sqlite3_finalize(statement);
    return code;
}

static int resolve_head(char id[SYNC_ID_SIZE], sync_desk *s)
{
    char(*heads)[SYNC_ID_SIZE] = NULL;
    size_t count = 0;
    int code = sync_head(id, s);
    if (code || id[0])
        return code;
    code = merge_heads(&heads, &count, s->m);
    if (!code && count)
        memcpy(id, heads[0], SYNC_ID_SIZE);
    else if (!code)
        code = error_set(TAWAM_ENOTFOUND, _("nothing is recorded yet"));
    free(heads);
    return code;
}

/* What the person may have meant: devices and tags that are near. */
static int not_found(sync_desk *s, const char *text)
{
    sqlite3_stmt *statement = NULL;
    const char *names[64];
    char *copies[64];
    size_t count = 0, i;
    const char *near;
    if (twin_prepare(&statement, s->t,
                     /* each device by one look into the index */
                     "WITH RECURSIVE d(name) AS (SELECT min(device) FROM"
                     " tawam_commit WHERE device>'' UNION ALL SELECT (SELECT"
                     " min(device) FROM tawam_commit WHERE device>d.name)"
                     " FROM d WHERE d.name IS NOT NULL) SELECT name FROM d"
                     " WHERE name IS NOT NULL LIMIT 64",
                     0))
        return TAWAM_ENOTFOUND;
    while (count < 64 && twin_step(s->t, statement) == 1) {
        copies[count] =
            memory_string((const char *)sqlite3_column_text(statement, 0));
        if (!copies[count])
            break;
        names[count] = copies[count];
        count++;
    }
    sqlite3_finalize(statement);
    near = text_nearest(text, names, count);
    if (near)
        error_set(TAWAM_ENOTFOUND,
                  _("no commit, version, device or date '%.60s'; nearest: %s"),
                  text, near);
    else
        error_set(
            TAWAM_ENOTFOUND,
            _("no commit, version, device or date '%.60s'; see `tawam log`"),
            text);
    for (i = 0; i < count; i++)
        free(copies[i]);
    return TAWAM_ENOTFOUND;
}

int sync_resolve_name(char id[SYNC_ID_SIZE], sync_desk *s, const char *name)
{
    int code = resolve_ref(id, s, name);
    if (code == TAWAM_ENOTFOUND)
        code = sync_resolve_version(id, s, name);
    return code == TAWAM_ENOTFOUND ? resolve_device(id, s, name) : code;
}

int sync_resolve(char id[SYNC_ID_SIZE], sync_desk *s, const char *text)
{
    int code;
    if (strcmp(text, "HEAD") == 0)
        return resolve_head(id, s);
    code = sync_resolve_name(id, s, text);
    if (code == TAWAM_ENOTFOUND)
        code = gitlog_expand(id, s->log, text);
    if (code == TAWAM_ENOTFOUND) {
        error_clear();
        code = resolve_date(id, s, text);
        if (code == TAWAM_ENOTFOUND && error_code())
            return code;
    }
    return code == TAWAM_ENOTFOUND ? not_found(s, text) : code;
}

/* Everything known by a date: the join of all commits not later. */
static int version_at_date(version *out, sync_desk *s, int64_t seconds)
{
    sqlite3_stmt *statement = NULL;
    vector one = {0};
    int code = twin_prepare(&statement, s->t,
                            "SELECT vector FROM tawam_commit"
                            " WHERE time<=?*1000+999",
                            0);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, seconds);
    while ((code = twin_step(s->t, statement)) == 1) {
        code = vector_decode(&one, sqlite3_column_blob(statement, 0),
                             (size_t)sqlite3_column_bytes(statement, 0));
        if (!code)
            code = vector_join(&out->seen, &one);
        if (code)
            break;
    }
    sqlite3_finalize(statement);
    vector_free(&one);
    if (!code && !out->seen.count)
        code = error_set(TAWAM_ENOTFOUND,
                         _("nothing was recorded by that date yet"));
    return code;
}

int version_resolve(version *out, sync_desk *s, const char *text)
{
    char id[SYNC_ID_SIZE];
    int64_t number, seconds;
    int code;
    memset(out, 0, sizeof *out);
    if (strcmp(text, "HEAD") == 0)
        return merge_present(&out->seen, s->m);
    if (resolve_time(&seconds, text) == TAWAM_OK)
        return version_at_date(out, s, seconds);
    code = sync_resolve(id, s, text);
    if (code)
        return code;
    number = merge_number(s->m, id);
    if (number < 0)
        return (int)number;
    if (!number)
        return error_set(TAWAM_ENOTFOUND,
                         _("commit %s is not part of this replica's state"),
                         id);
    return merge_vector(&out->seen, s->m, number);
}

/* ---- replaying ---- */

int version_each(sync_desk *s, const vector *seen,
                 int (*call)(void *context, int64_t number, const char *id),
                 void *context)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, s->t,
                            "SELECT number, id, chain, position, state,"
                            " published FROM tawam_commit ORDER BY number",
                            0);
    if (code)
        return code;
    while ((code = twin_step(s->t, statement)) == 1) {
        commit_place place = {0};
        place.chain = sqlite3_column_int64(statement, 2);
        place.position = sqlite3_column_int64(statement, 3);
        if (!vector_covers(seen, &place))
            continue;
        code = call(context, sqlite3_column_int64(statement, 0),
                    (const char *)sqlite3_column_text(statement, 1));
        if (code)
            break;
    }
    sqlite3_finalize(statement);
    return code;
}

/* Of one chain, the positions after FIRST up to LAST. */
static int chain_part(sync_desk *s, const vector_entry *last, int64_t first,
                      int (*call)(void *context, int64_t number,
                                  const char *id),
                      void *context)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, s->t,
                            "SELECT number, id FROM tawam_commit WHERE"
                            " chain=? AND position>? AND position<=?"
                            " ORDER BY position",
                            0);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, last->chain);
    sqlite3_bind_int64(statement, 2, first);
    sqlite3_bind_int64(statement, 3, last->position);
    while ((code = twin_step(s->t, statement)) == 1) {
        code = call(context, sqlite3_column_int64(statement, 0),
                    (const char *)sqlite3_column_text(statement, 1));
        if (code)
            break;
    }
    sqlite3_finalize(statement);
    return code;
}

int version_beyond(sync_desk *s, const vector *v, const vector *other,
                   int (*call)(void *context, int64_t number, const char *id),
                   void *context)
{
    size_t i;
    int code = TAWAM_OK;
    for (i = 0; !code && i < v->count; i++) {
        int64_t had = vector_position(other, v->entries[i].chain);
        if (had < v->entries[i].position)
            code = chain_part(s, &v->entries[i], had, call, context);
    }
    return code;
}

typedef struct replay {
    sync_desk *s;
    merge *m;
    int64_t except;
    int restricted;     /* 1: only commits in `touching` */
    const vector *done; /* these are in it already, or NULL */
    int64_t *touching;  /* numbers; sorted once all are there */
    size_t count, capacity;
} replay;

static int compare_numbers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Commits that touched one row of a filter. */
static int add_touching(void *context, const char *name, int64_t fid)
{
    replay *r = context;
    const twin_layer *layer = NULL;
    int64_t *numbers = NULL;
    size_t count = 0, i;
    int code;
    if (twin_layer_find(&layer, r->s->t, name)) {
        error_clear();
        return TAWAM_OK;
    }
    code = merge_touching(&numbers, &count, r->s->m, layer->id, fid);
    for (i = 0; !code && i < count; i++) {
        if (r->count && r->touching[r->count - 1] == numbers[i])
            continue;
        code = memory_reserve((void **)&r->touching, &r->capacity, r->count + 1,
                              sizeof *r->touching);
        if (!code)
            r->touching[r->count++] = numbers[i];
    }
    free(numbers);
    return code;
}

static int choose_commits(replay *r, const row_filter *filter)
{
    int code;
    if (!filter)
        return TAWAM_OK;
    r->restricted = 1;
    code = row_filter_each(filter, add_touching, r);
    if (!code && r->count)
        qsort(r->touching, r->count, sizeof *r->touching, compare_numbers);
    return code;
}

static int replay_one(void *context, int64_t number, const char *id)
{
    replay *r = context;
    if (number == r->except)
        return TAWAM_OK;
    return merge_apply_as(r->m, id, r->s->m);
}

/* Of the commits that touched the filter's rows, which are few among many,
 * those that SEEN has, in order. */
static int replay_touching(replay *r, const vector *seen)
{
    size_t i;
    int code = TAWAM_OK;
    for (i = 0; !code && i < r->count; i++) {
        commit_place place;
        if (i && r->touching[i] == r->touching[i - 1])
            continue;
        code = merge_place(&place, r->s->m, r->touching[i]);
        if (!code && vector_covers(seen, &place) &&
            !(r->done && vector_covers(r->done, &place)))
            code = replay_one(r, place.number, place.id);
    }
    return code;
}

int replay_version(twin **out, merge **with, sync_desk *s, const vector *seen,
                   int64_t except, const row_filter *filter)
{
    return replay_from(out, with, s, NULL, NULL, seen, except, filter);
}

int replay_from(twin **out, merge **with, sync_desk *s, twin *base,
                const vector *done, const vector *seen, int64_t except,
                const row_filter *filter)
{
    replay r = {.s = s, .except = except, .done = done};
    twin *scratch = NULL;
    int code = twin_open_scratch(&scratch);

    if (!code && base)
        code = twin_copy_scratch(scratch, base);
    if (!code)
        code = choose_commits(&r, filter);
    if (!code)
        code = merge_new(&r.m, scratch, s->log);
    if (!code) {
        merge_set_filter(r.m, filter);
        code = twin_begin(scratch);
    }
    if (!code) {
        code = twin_capture_off(scratch);
        if (!code)
            code = r.restricted ? replay_touching(&r, seen)
                                : version_each(s, seen, replay_one, &r);
        if (!code)
            code = twin_commit(scratch);
        else
            twin_rollback(scratch);
    }
    free(r.touching);
    if (code || !with) {
        merge_free(r.m);
        r.m = NULL;
    }
    if (code) {
        twin_close(scratch);
        return code;
    }
    *out = scratch;
    if (with)
        *with = r.m;
    return TAWAM_OK;
}

int sync_checkout(twin **out, sync_desk *s, const char *text)
{
    version v = {0};
    int code = version_resolve(&v, s, text);
    if (!code)
        code = replay_version(out, NULL, s, &v.seen, 0, NULL);
    version_clear(&v);
    return code;
}

int sync_load_changes(changeset **out, sync_desk *s, const char *id)
{
    return gitlog_load(out, s->log, id);
}

/* ---- drift ---- */

typedef struct drift {
    sync_desk *s;
    twin *recorded;
    const twin_layer *now, *then;
    arena *memory;
} drift;

static int cells_now(twin_cell **cells, drift *d, int64_t fid)
{
    return twin_row_read(cells, d->s->t, d->now, fid, d->memory);
}

/* The recorded row's cells under the present layer's column ids. */
static int cells_then(twin_cell **cells, drift *d, int64_t fid)
{
    size_t i;
    int code = twin_row_read(cells, d->recorded, d->then, fid, d->memory);
    for (i = 0; !code && i < d->then->column_count; i++) {
        const twin_column *c = NULL;
        code = twin_column_find(&c, d->now, d->then->columns[i].name);
        if (!code)
            (*cells)[i].column = c->id;
    }
    return code;
}

static const twin_value *value_of(const twin_cell *cells, size_t count,
                                  int column)
{
    static const twin_value none;
    size_t i;
    for (i = 0; i < count; i++)
        if (cells[i].column == column)
            return &cells[i].value;
    return &none;
}

static int compare_row(drift *d, int64_t fid)
{
    twin_cell *now = NULL, *then = NULL, *differ;
    size_t i, count = 0;
    int code;
    arena_reset(d->memory);
    code = cells_now(&now, d, fid);
    if (!code)
        code = cells_then(&then, d, fid);
    if (code)
        return code;
    differ =
        arena_alloc(d->memory, (d->now->column_count + 1) * sizeof *differ);
    if (!differ)
        return TAWAM_EMEMORY;
    for (i = 0; i < d->now->column_count; i++) {
        const twin_value *before =
            value_of(then, d->then->column_count, now[i].column);
        if (!twin_value_equal(&now[i].value, before))
            differ[count++] = (twin_cell){now[i].column, *before};
    }
    return count ? twin_pending_note(d->s->t, d->now, fid, 1, differ, count)
                 : TAWAM_OK;
}

static int missing_row(drift *d, int64_t fid)
{
    twin_cell *then = NULL;
    int code;
    arena_reset(d->memory);
    code = cells_then(&then, d, fid);
    return code ? code
                : twin_pending_note(d->s->t, d->now, fid, 1, then,
                                    d->then->column_count);
}

/* CALL for every fid of LAYER in T. */
static int each_fid(twin *t, const twin_layer *layer, drift *d,
                    int (*call)(drift *d, int64_t fid))
{
    sqlite3_stmt *statement = NULL;
    buffer sql = {0};
    int code;
    buffer_text(&sql, "SELECT fid FROM ");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " ORDER BY fid");
    code = buffer_check(&sql);
    if (!code)
        code = twin_prepare(&statement, t, (char *)sql.data, 0);
    buffer_free(&sql);
    while (!code && (code = twin_step(t, statement)) == 1)
        code = call(d, sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
    return code;
}

static int check_now(drift *d, int64_t fid)
{
    int exists = d->then ? twin_row_exists(d->recorded, d->then, fid) : 0;
    if (exists)
        return exists < 0 ? exists : compare_row(d, fid);
    return twin_pending_note(d->s->t, d->now, fid, 0, NULL, 0);
}

static int check_then(drift *d, int64_t fid)
{
    int exists = twin_row_exists(d->s->t, d->now, fid);
    return exists < 0 ? exists : exists ? TAWAM_OK : missing_row(d, fid);
}

static int compare_layer(drift *d, int id)
{
    int code;
    d->now = twin_layer_by_id(d->s->t, id);
    d->then = NULL;
    if (!d->now)
        return TAWAM_OK;
    if (twin_layer_find(&d->then, d->recorded, d->now->name))
        error_clear();
    code = each_fid(d->s->t, d->now, d, check_now);
    if (!code && d->then)
        code = each_fid(d->recorded, d->then, d, check_then);
    return code ? code : twin_drift_done(d->s->t, id);
}

int sync_compare_drift(sync_desk *s)
{
    drift d = {.s = s};
    arena *ids_memory = NULL;
    vector seen = {0};
    int *ids = NULL;
    size_t count = 0, i;
    int code = arena_new(&d.memory);

    if (!code)
        code = arena_new(&ids_memory);
    if (!code)
        code = twin_drift(&ids, &count, s->t, ids_memory);
    if (!code && count)
        code = merge_present(&seen, s->m);
    if (!code && count)
        code = replay_version(&d.recorded, NULL, s, &seen, 0, NULL);
    for (i = 0; !code && i < count; i++)
        code = compare_layer(&d, ids[i]);
    vector_free(&seen);
    twin_close(d.recorded);
    arena_free(d.memory);
    arena_free(ids_memory);
    return code;
}
