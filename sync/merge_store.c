/* SPDX-License-Identifier: MIT */
/* A row's registers loaded from our tables and written back, and the list of
 * what is in conflict. */
#include "sync/merge_row_internal.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* ---- loading ---- */

static int grow(row_state *r, void **array, size_t *capacity, size_t count,
                size_t each)
{
    void *bigger;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    if (count < *capacity)
        return TAWAM_OK;
    bigger = arena_alloc(r->m->memory, wanted * each);
    if (!bigger)
        return TAWAM_EMEMORY;
    if (count)
        memcpy(bigger, *array, count * each);
    *array = bigger;
    *capacity = wanted;
    return TAWAM_OK;
}

int row_add_entry(row_state *r, int column, int64_t commit,
                  const twin_value *value, int status)
{
    entry *e;
    int code = grow(r, (void **)&r->entries, &r->entry_capacity, r->entry_count,
                    sizeof *r->entries);
    if (code)
        return code;
    e = &r->entries[r->entry_count];
    *e = (entry){column, commit, {0}, status};
    code = value ? twin_value_copy(&e->value, value, r->m->memory) : TAWAM_OK;
    if (!code)
        r->entry_count++;
    return code;
}

int row_add_delete(row_state *r, int64_t commit, int status)
{
    int code = grow(r, (void **)&r->deletes, &r->delete_capacity,
                    r->delete_count, sizeof *r->deletes);
    if (!code)
        r->deletes[r->delete_count++] = (row_delete){commit, status};
    return code;
}

static int prepare_row(sqlite3_stmt **out, row_state *r, const char *sql)
{
    int code = twin_prepare(out, r->m->t, sql, 1);
    if (!code) {
        sqlite3_bind_int(*out, 1, r->layer->id);
        sqlite3_bind_int64(*out, 2, r->fid);
    }
    return code;
}

int row_load_head(row_state *r)
{
    sqlite3_stmt *s = NULL;
    int code = prepare_row(&s, r,
                           "SELECT origin, made, alive FROM tawam_row"
                           " WHERE layer=? AND fid=?");
    if (code)
        return code;
    code = twin_step(r->m->t, s);
    if (code == 1) {
        r->known = 1;
        r->origin = sqlite3_column_int64(s, 0);
        r->made = r->was_made = sqlite3_column_int(s, 1);
        r->alive = r->was_alive = sqlite3_column_int(s, 2);
        code = TAWAM_OK;
    }
    twin_release(s);
    return code;
}

int row_load_rest(row_state *r)
{
    sqlite3_stmt *s = NULL;
    int code = prepare_row(&s, r,
                           "SELECT \"column\", \"commit\", value"
                           " FROM tawam_cell WHERE layer=? AND fid=?");
    while (!code && (code = twin_step(r->m->t, s)) == 1) {
        twin_value value = twin_value_column(s, 2);
        code = row_add_entry(r, sqlite3_column_int(s, 0),
                             sqlite3_column_int64(s, 1), &value, KEPT);
    }
    twin_release(s);
    if (code)
        return code;
    code = prepare_row(&s, r,
                       "SELECT \"commit\" FROM tawam_delete"
                       " WHERE layer=? AND fid=?");
    while (!code && (code = twin_step(r->m->t, s)) == 1)
        code = row_add_delete(r, sqlite3_column_int64(s, 0), KEPT);
    twin_release(s);
    return code;
}

/* ---- writing back ---- */

int row_store_head(row_state *r)
{
    sqlite3_stmt *s = NULL;
    int code =
        prepare_row(&s, r,
                    r->known ? "UPDATE tawam_row SET origin=?3, made=?4,"
                               " alive=?5 WHERE layer=?1 AND fid=?2"
                             : "INSERT INTO tawam_row(layer, fid, origin,"
                               " made, alive) VALUES(?1,?2,?3,?4,?5)");
    if (code)
        return code;
    sqlite3_bind_int64(s, 3, r->origin);
    sqlite3_bind_int(s, 4, r->made);
    sqlite3_bind_int(s, 5, r->alive);
    code = twin_step(r->m->t, s);
    twin_release(s);
    return code;
}

int row_store_entry(row_state *r, const entry *e)
{
    sqlite3_stmt *s = NULL;
    int code = prepare_row(
        &s, r,
        e->status == ADDED
            ? "INSERT INTO tawam_cell(layer, fid, \"column\", \"commit\","
              " value) VALUES(?,?,?,?,?)"
            : "DELETE FROM tawam_cell WHERE layer=? AND fid=?"
              " AND \"column\"=? AND \"commit\"=?");
    if (code)
        return code;
    sqlite3_bind_int(s, 3, e->column);
    sqlite3_bind_int64(s, 4, e->commit);
    if (e->status == ADDED)
        code = twin_value_bind(s, 5, &e->value);
    if (!code)
        code = twin_step(r->m->t, s);
    twin_release(s);
    return code;
}

static int store_commit(row_state *r, const char *sql, int64_t commit)
{
    sqlite3_stmt *s = NULL;
    int code = prepare_row(&s, r, sql);
    if (code)
        return code;
    sqlite3_bind_int64(s, 3, commit);
    code = twin_step(r->m->t, s);
    twin_release(s);
    return code;
}

/* That the commit touched the row, and what it overwrote; NULL where that is
 * not kept. */
static int store_touch(row_state *r)
{
    const buffer *former = &r->m->former;
    sqlite3_stmt *s = NULL;
    int code = prepare_row(&s, r, "INSERT INTO tawam_touch VALUES(?,?,?,?)");
    if (code)
        return code;
    sqlite3_bind_int64(s, 3, r->w->place.number);
    if (former->length <= FORMER_MOST && !r->m->filter)
        sqlite3_bind_blob(s, 4, former->length ? (void *)former->data : "",
                          (int)former->length, SQLITE_STATIC);
    code = twin_step(r->m->t, s);
    twin_release(s);
    return code;
}

int row_store(row_state *r)
{
    size_t i;
    int stands = r->known && r->made == r->was_made && r->alive == r->was_alive;
    int pass, code = stands ? TAWAM_OK : row_store_head(r);
    for (pass = REMOVED; !code && pass >= ADDED; pass--)
        for (i = 0; !code && i < r->entry_count; i++)
            if (r->entries[i].status == pass)
                code = row_store_entry(r, &r->entries[i]);
    for (i = 0; !code && i < r->delete_count; i++) {
        if (r->deletes[i].status == ADDED && !TEETH(LOST_TOMBSTONE))
            code = store_commit(r, "INSERT INTO tawam_delete VALUES(?,?,?)",
                                r->deletes[i].commit);
        else if (r->deletes[i].status == REMOVED)
            code = store_commit(r,
                                "DELETE FROM tawam_delete WHERE layer=?"
                                " AND fid=? AND \"commit\"=?",
                                r->deletes[i].commit);
    }
    if (!code && !TEETH(NO_TOUCH))
        code = store_touch(r);
    return code;
}

/* ---- conflicts ---- */

/* 1 if two entries of COLUMN stand with different values. */
static int values_differ(const row_state *r, int column)
{
    const twin_column *c = twin_column_by_id(r->layer, column);
    const entry *first = NULL;
    char storage[2][64];
    size_t i;
    for (i = 0; c && i < r->entry_count; i++) {
        const entry *e = &r->entries[i];
        twin_value a, b;
        if (e->column != column || e->status == REMOVED)
            continue;
        if (!first) {
            first = e;
            continue;
        }
        a = twin_value_convert(&first->value, c->type, storage[0]);
        b = twin_value_convert(&e->value, c->type, storage[1]);
        if (!twin_value_equal(&a, &b) || TEETH(FALSE_CONFLICT))
            return 1;
    }
    return 0;
}

static int list_conflict(row_state *r, int column)
{
    return store_commit(r, "INSERT INTO tawam_conflict VALUES(?,?,?)", column);
}

int row_find_conflicts(row_state *r)
{
    sqlite3_stmt *s = NULL;
    size_t i, standing_deletes = 0;
    int code = prepare_row(&s, r,
                           "DELETE FROM tawam_conflict"
                           " WHERE layer=? AND fid=?");
    if (!code) {
        code = twin_step(r->m->t, s);
        twin_release(s);
    }
    if (code || !r->alive)
        return code;
    for (i = 0; i < r->delete_count; i++)
        standing_deletes += r->deletes[i].status != REMOVED;
    if (standing_deletes)
        code = list_conflict(r, 0);
    for (i = 0; !code && i < r->layer->column_count; i++)
        if (values_differ(r, r->layer->columns[i].id))
            code = list_conflict(r, r->layer->columns[i].id);
    return code;
}
