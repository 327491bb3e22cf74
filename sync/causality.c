/* SPDX-License-Identifier: MIT */
/* The table of applied commits, and the questions asked of it. */
#include "sync/merge_internal.h"
#include "sync/merge_private_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table
 * ---------------------------------------------------------------- */

static const char SCHEMA[] =
    "CREATE TABLE IF NOT EXISTS tawam_commit("
    " number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " chain INTEGER NOT NULL, position INTEGER NOT NULL,"
    " logical INTEGER NOT NULL, vector BLOB NOT NULL,"
    " is_head INTEGER NOT NULL, published INTEGER NOT NULL,"
    " state INTEGER NOT NULL, device TEXT NOT NULL,"
    " sequence INTEGER NOT NULL, author TEXT NOT NULL,"
    " time INTEGER NOT NULL, reason TEXT NOT NULL);"
    "CREATE UNIQUE INDEX IF NOT EXISTS tawam_commit_chain"
    " ON tawam_commit(chain, position);"
    "CREATE INDEX IF NOT EXISTS tawam_commit_head"
    " ON tawam_commit(number) WHERE is_head = 1;"
    "CREATE INDEX IF NOT EXISTS tawam_commit_published"
    " ON tawam_commit(number) WHERE published = 1;"
    "CREATE INDEX IF NOT EXISTS tawam_commit_refused"
    " ON tawam_commit(number) WHERE state = 2;"
    "CREATE INDEX IF NOT EXISTS tawam_commit_device"
    " ON tawam_commit(device, sequence, logical);"
    "CREATE INDEX IF NOT EXISTS tawam_commit_logical"
    " ON tawam_commit(logical, number);"
    "CREATE TABLE IF NOT EXISTS tawam_row("
    " layer INTEGER NOT NULL, fid INTEGER NOT NULL,"
    " origin INTEGER NOT NULL, made INTEGER NOT NULL,"
    " alive INTEGER NOT NULL, PRIMARY KEY(layer, fid)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS tawam_cell("
    " layer INTEGER NOT NULL, fid INTEGER NOT NULL,"
    " \"column\" INTEGER NOT NULL, \"commit\" INTEGER NOT NULL, value,"
    " PRIMARY KEY(layer, fid, \"column\", \"commit\")) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS tawam_delete("
    " layer INTEGER NOT NULL, fid INTEGER NOT NULL,"
    " \"commit\" INTEGER NOT NULL,"
    " PRIMARY KEY(layer, fid, \"commit\")) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS tawam_touch("
    " layer INTEGER NOT NULL, fid INTEGER NOT NULL,"
    " \"commit\" INTEGER NOT NULL, before BLOB,"
    " PRIMARY KEY(layer, fid, \"commit\")) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS tawam_conflict("
    " layer INTEGER NOT NULL, fid INTEGER NOT NULL,"
    " \"column\" INTEGER NOT NULL,"
    " PRIMARY KEY(layer, fid, \"column\")) WITHOUT ROWID;";

const char *merge_tables(void)
{
    return SCHEMA;
}

/* 1 if SQL finds something, 0, <0 error. */
static int finds(twin *t, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t, sql, 0);
    if (!code)
        code = twin_step(t, statement);
    sqlite3_finalize(statement);
    return code;
}

/* What is lacking here: all tables, or a column of a replica made before
 * tawam kept what a commit overwrote; else NULL. */
static int find_lacking(const char **sql, twin *t)
{
    int found = finds(t, "SELECT 1 FROM sqlite_master WHERE type='table'"
                         " AND name='tawam_conflict'");
    *sql = found ? NULL : SCHEMA;
    if (found <= 0)
        return found;
    found = finds(t, "SELECT 1 FROM pragma_table_info('tawam_touch')"
                     " WHERE name='before'");
    if (found == 0)
        *sql = "ALTER TABLE tawam_touch ADD COLUMN before BLOB;";
    return found < 0 ? found : TAWAM_OK;
}

/* Called by SQLite, which must not be used in here. */
static void on_rollback(void *context)
{
    merge *m = context;
    m->rolled_back = !TEETH(ROLLBACK_REMEMBERED);
}

void merge_refresh(merge *m)
{
    if (!m->rolled_back)
        return;
    m->rolled_back = 0;
    merge_forget_statements(m);
}

int merge_new(merge **out, twin *t, gitlog *log)
{
    merge *m = memory_new(sizeof *m);
    int code = m ? TAWAM_OK : TAWAM_EMEMORY;
    const char *sql = NULL;
    if (!code)
        code = find_lacking(&sql, t);
    if (!code && sql && !twin_is_read_only(t)) {
        code = twin_begin(t);
        if (!code) /* another process may have been quicker */
            code = find_lacking(&sql, t);
        if (!code && sql)
            code = twin_execute(t, sql);
        if (!code)
            code = twin_commit(t);
        else
            twin_rollback(t);
    }
    if (!code)
        code = arena_new(&m->memory);
    if (code) {
        free(m);
        return code;
    }
    m->t = t;
    m->log = log;
    m->keeps_former = !sql || !twin_is_read_only(t);
    sqlite3_rollback_hook(twin_database(t), on_rollback, m);
    *out = m;
    return TAWAM_OK;
}

void merge_free(merge *m)
{
    size_t i;
    if (!m)
        return;
    sqlite3_rollback_hook(twin_database(m->t), NULL, NULL);
    merge_forget_statements(m);
    for (i = 0; i < m->refusal_count; i++)
        free(m->refusals[i].reason);
    free(m->refusals);
    buffer_free(&m->former);
    arena_free(m->memory);
    free(m);
}

twin *merge_twin(merge *m)
{
    return m->t;
}

int merge_keeps_former(const merge *m)
{
    return m->keeps_former;
}

void merge_set_filter(merge *m, const row_filter *filter)
{
    m->filter = filter;
}

static int read_place(commit_place *out, merge *m, int64_t number)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, m->t,
                            "SELECT chain, position, logical, id"
                            " FROM tawam_commit WHERE number=?",
                            1);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, number);
    code = twin_step(m->t, statement);
    if (code == 1) {
        out->number = number;
        out->chain = sqlite3_column_int64(statement, 0);
        out->position = sqlite3_column_int64(statement, 1);
        out->logical = sqlite3_column_int64(statement, 2);
        snprintf(out->id, sizeof out->id, "%s",
                 (const char *)sqlite3_column_text(statement, 3));
        code = TAWAM_OK;
    } else if (code == 0) {
        code = error_set(TAWAM_EDAMAGED, _("commit number %lld is missing"),
                         (long long)number);
    }
    twin_release(statement);
    return code;
}

int merge_place(commit_place *out, merge *m, int64_t number)
{
    commit_place *slot = &m->places[(uint64_t)number % PLACE_CACHE];
    merge_refresh(m);
    if (slot->number != number) {
        commit_place read = {0};
        int code = read_place(&read, m, number);
        if (code)
            return code;
        *slot = read;
    }
    *out = *slot;
    return TAWAM_OK;
}

int64_t merge_number(merge *m, const char *id)
{
    sqlite3_stmt *statement = NULL;
    int64_t number = 0;
    int code = twin_prepare(&statement, m->t,
                            "SELECT number FROM tawam_commit WHERE id=?", 1);
    if (code)
        return code;
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    code = twin_step(m->t, statement);
    if (code == 1)
        number = sqlite3_column_int64(statement, 0);
    twin_release(statement);
    return code < 0 ? code : number;
}

int merge_state(merge *m, int64_t number)
{
    sqlite3_stmt *statement = NULL;
    int state = COMMIT_APPLIED;
    int code = twin_prepare(&statement, m->t,
                            "SELECT state FROM tawam_commit WHERE number=?", 1);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, number);
    code = twin_step(m->t, statement);
    if (code == 1)
        state = sqlite3_column_int(statement, 0);
    twin_release(statement);
    return code < 0 ? code : state;
}

int64_t merge_origin(merge *m, int layer, int64_t fid)
{
    sqlite3_stmt *statement = NULL;
    int64_t origin = 0;
    int code =
        twin_prepare(&statement, m->t,
                     "SELECT origin FROM tawam_row WHERE layer=? AND fid=?", 1);
    if (code)
        return code;
    sqlite3_bind_int(statement, 1, layer);
    sqlite3_bind_int64(statement, 2, fid);
    code = twin_step(m->t, statement);
    if (code == 1)
        origin = sqlite3_column_int64(statement, 0);
    twin_release(statement);
    return code < 0 ? code : origin;
}

int merge_touching(int64_t **out, size_t *count, merge *m, int layer,
                   int64_t fid)
{
    sqlite3_stmt *statement = NULL;
    int64_t *list = NULL;
    size_t used = 0, capacity = 0;
    int code = twin_prepare(&statement, m->t,
                            "SELECT origin FROM tawam_row WHERE layer=?1 AND"
                            " fid=?2 AND origin<>0 UNION SELECT \"commit\""
                            " FROM tawam_touch WHERE layer=?1 AND fid=?2"
                            " ORDER BY 1",
                            1);
    if (code)
        return code;
    sqlite3_bind_int(statement, 1, layer);
    sqlite3_bind_int64(statement, 2, fid);
    while ((code = twin_step(m->t, statement)) == 1) {
        code =
            memory_reserve((void **)&list, &capacity, used + 1, sizeof *list);
        if (code)
            break;
        list[used++] = sqlite3_column_int64(statement, 0);
    }
    twin_release(statement);
    *out = list;
    *count = used;
    return code;
}

int merge_vector(vector *out, merge *m, int64_t number)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(
        &statement, m->t, "SELECT vector FROM tawam_commit WHERE number=?", 1);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, number);
    code = twin_step(m->t, statement);
    if (code == 1)
        code = vector_decode(out, sqlite3_column_blob(statement, 0),
                             (size_t)sqlite3_column_bytes(statement, 0));
    else if (code == 0)
        code = error_set(TAWAM_EDAMAGED, _("commit number %lld is missing"),
                         (long long)number);
    twin_release(statement);
    return code;
}

int merge_covers(merge *m, int64_t a, int64_t b)
{
    vector seen = {0};
    commit_place place;
    int code;
    if (a == b)
        return 1;
    if (a < b) /* a number is never lower than an ancestor's */
        return 0;
    code = merge_vector(&seen, m, a);
    if (!code)
        code = merge_place(&place, m, b);
    if (!code)
        code = vector_covers(&seen, &place);
    vector_free(&seen);
    return code;
}

int merge_present(vector *out, merge *m)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, m->t,
                            "SELECT vector FROM tawam_commit"
                            " WHERE is_head=1",
                            0);
    vector one = {0};
    if (code)
        return code;
    while ((code = twin_step(m->t, statement)) == 1) {
        code = vector_decode(&one, sqlite3_column_blob(statement, 0),
                             (size_t)sqlite3_column_bytes(statement, 0));
        if (!code)
            code = vector_join(out, &one);
        if (code)
            break;
    }
    sqlite3_finalize(statement);
    vector_free(&one);
    return code;
}

int merge_ids(char (**ids)[SYNC_ID_SIZE], size_t *count, merge *m,
              const char *sql)
{
    sqlite3_stmt *statement = NULL;
    char(*list)[SYNC_ID_SIZE] = NULL;
    size_t used = 0, capacity = 0;
    int code = twin_prepare(&statement, m->t, sql, 0);
    if (code)
        return code;
    while ((code = twin_step(m->t, statement)) == 1) {
        code =
            memory_reserve((void **)&list, &capacity, used + 1, sizeof *list);
        if (code)
            break;
        snprintf(list[used++], SYNC_ID_SIZE, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    if (code) {
        free(list);
        return code;
    }
    *ids = list;
    *count = used;
    return TAWAM_OK;
}

int merge_heads(char (**ids)[SYNC_ID_SIZE], size_t *count, merge *m)
{
    return merge_ids(ids, count, m,
                     "SELECT id FROM tawam_commit WHERE is_head=1"
                     " ORDER BY +id"); /* + : not by walking all ids */
}

/* ---- placing a new commit
 * -------------------------------------------------------- */

void working_clear(working *w)
{
    vector_free(&w->seen);
    memset(w, 0, sizeof *w);
}

/* The number that SQL's one row holds; 0 where there is none. */
static int one_number(int64_t *out, merge *m, const char *sql, int64_t a,
                      int64_t b, const char *text)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, m->t, sql, 1);
    *out = 0;
    if (code)
        return code;
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_int64(statement, 1, a);
    if (sqlite3_bind_parameter_count(statement) > 1)
        sqlite3_bind_int64(statement, 2, b);
    if (text)
        sqlite3_bind_text(statement, 3, text, -1, SQLITE_STATIC);
    code = twin_step(m->t, statement);
    if (code == 1)
        *out = sqlite3_column_int64(statement, 0);
    twin_release(statement);
    return code < 0 ? code : TAWAM_OK;
}

/* Go on the first parent's chain if the parent is its tip and of the same
 * device, else begin a chain. */
static int choose_chain(working *w, merge *m, const char *first_parent,
                        const char *device)
{
    commit_place parent;
    int64_t number = first_parent ? merge_number(m, first_parent) : 0, goes_on;
    int code;
    if (number < 0)
        return (int)number;
    if (number > 0) {
        code = merge_place(&parent, m, number);
        if (!code)
            code = one_number(
                &goes_on, m,
                "SELECT 1 FROM tawam_commit WHERE chain=?1 AND"
                " position=?2 AND device=?3 AND NOT EXISTS (SELECT 1"
                " FROM tawam_commit WHERE chain=?1 AND position=?2+1)",
                parent.chain, parent.position, device);
        if (code)
            return code;
        if (goes_on) {
            w->place.chain = parent.chain;
            w->place.position = parent.position + 1;
            return TAWAM_OK;
        }
    }
    w->place.position = 1;
    return one_number(&w->place.chain, m,
                      "SELECT coalesce(max(chain),0)+1 FROM tawam_commit", 0, 0,
                      NULL);
}

int merge_begin_commit(working *out, merge *m, const char *const *parents,
                       size_t parent_count, const char *device, int64_t logical)
{
    working w = {0};
    vector one = {0};
    size_t i;
    int code = TAWAM_OK;

    for (i = 0; !code && i < parent_count; i++) {
        int64_t number = merge_number(m, parents[i]);
        code = number < 0 ? (int)number
               : number   ? merge_vector(&one, m, number)
                          : error_set(TAWAM_ENOTFOUND,
                                      _("parent commit %s is not applied"),
                                      parents[i]);
        if (!code && !(TEETH(FIRST_PARENT_ONLY) && i))
            code = vector_join(&w.seen, &one);
    }
    vector_free(&one);
    w.place.logical = logical;
    if (!code)
        code = one_number(&w.place.number, m,
                          "SELECT coalesce(max(number),0)+1 FROM tawam_commit",
                          0, 0, NULL);
    if (!code)
        code = choose_chain(&w, m, parent_count ? parents[0] : NULL, device);
    if (!code)
        code = vector_raise(&w.seen, w.place.chain, w.place.position);
    if (code) {
        working_clear(&w);
        return code;
    }
    *out = w;
    return TAWAM_OK;
}

static int clear_heads(merge *m, const gitlog_commit *commit)
{
    size_t i;
    int code = TAWAM_OK;
    for (i = 0; !code && i < commit->parent_count; i++) {
        sqlite3_stmt *statement = NULL;
        code = twin_prepare(&statement, m->t,
                            "UPDATE tawam_commit SET is_head=0"
                            " WHERE id=? AND is_head=1",
                            1);
        if (code)
            break;
        sqlite3_bind_text(statement, 1, commit->parents[i], -1, SQLITE_STATIC);
        code = twin_step(m->t, statement);
        twin_release(statement);
    }
    return code;
}

int merge_enter_commit(merge *m, const working *w, const gitlog_commit *commit,
                       int state, const char *reason)
{
    sqlite3_stmt *s = NULL;
    buffer bytes = {0};
    int code = twin_prepare(
        &s, m->t,
        "INSERT INTO tawam_commit(number, id, chain, position, logical,"
        " vector, is_head, published, state, device, sequence, author, time,"
        " reason) VALUES(?,?,?,?,?,?,1,?,?,?,?,?,?,?)",
        1);
    if (code)
        return code;
    vector_encode(&bytes, &w->seen);
    sqlite3_bind_int64(s, 1, w->place.number);
    sqlite3_bind_text(s, 2, commit->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, w->place.chain);
    sqlite3_bind_int64(s, 4, w->place.position);
    sqlite3_bind_int64(s, 5, commit->logical);
    sqlite3_bind_blob(s, 6, bytes.data, (int)bytes.length, SQLITE_STATIC);
    sqlite3_bind_int(s, 7, commit->published);
    sqlite3_bind_int(s, 8, state);
    sqlite3_bind_text(s, 9, commit->device, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 10, commit->sequence);
    sqlite3_bind_text(s, 11, commit->author, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 12, commit->time);
    sqlite3_bind_text(s, 13, reason, -1, SQLITE_STATIC);
    code = buffer_check(&bytes);
    if (!code)
        code = twin_step(m->t, s);
    twin_release(s);
    buffer_free(&bytes);
    return code ? code : clear_heads(m, commit);
}
