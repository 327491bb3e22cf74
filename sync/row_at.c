/* SPDX-License-Identifier: MIT */
/* A row as it stood at a version, without reading the log: the recorded row of
 * now, and back over the touches that the version has not seen, newest first,
 * what each overwrote.
 *
 * This is exact where the touches that the version has seen are the first ones
 * applied here: the state of a row is a function of the commits that touched
 * it, so it was just that when the last of them had been applied. Where
 * somebody else's touch that the version lacks was applied before one it has,
 * where something was not kept (former.c), or where the table can't be trusted
 * (another program took the capture's triggers away), the answer is "unknown".
 */
#include "sync/row_at_internal.h"

#include <sqlite3.h>
#include <stdlib.h>

typedef struct touch {
    int64_t commit;     /* number */
    const void *before; /* in the arena; NULL: not kept */
    size_t length;
} touch;

struct row_at {
    sync_desk *s;
    arena *memory; /* the loaded row */
    const twin_layer *layer;
    int checked_layer; /* id for which `trusted` was asked, or 0 */
    int trusted;
    int known;      /* 0: nothing can be said of the row */
    int there;      /* as recorded now */
    twin_cell *now; /* the recorded cells, all NULL where it is not there */
    int64_t origin;
    touch *touches; /* latest first; grown by doubling */
    size_t count, capacity;
    twin_cell *cells; /* the answer being made, in the arena */
};

int row_at_new(row_at **out, sync_desk *s)
{
    row_at *r = memory_new(sizeof *r);
    int code = r ? arena_new(&r->memory) : TAWAM_EMEMORY;
    if (code) {
        free(r);
        return code;
    }
    r->s = s;
    *out = r;
    return TAWAM_OK;
}

void row_at_free(row_at *r)
{
    if (!r)
        return;
    arena_free(r->memory);
    free(r->touches);
    free(r);
}

/* ---- loading ---- */

static int add_touch(row_at *r, sqlite3_stmt *statement)
{
    touch *t;
    int code = memory_reserve((void **)&r->touches, &r->capacity, r->count + 1,
                              sizeof *r->touches);
    if (code)
        return code;
    t = &r->touches[r->count++];
    *t = (touch){.commit = sqlite3_column_int64(statement, 0)};
    if (sqlite3_column_type(statement, 1) == SQLITE_NULL)
        return TAWAM_OK;
    t->length = (size_t)sqlite3_column_bytes(statement, 1);
    t->before = t->length
                    ? arena_copy(r->memory, sqlite3_column_blob(statement, 1),
                                 t->length)
                    : "";
    return t->before ? TAWAM_OK : TAWAM_EMEMORY;
}

static int load_touches(row_at *r, int64_t fid)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, r->s->t,
                            merge_keeps_former(r->s->m)
                                ? "SELECT \"commit\", before FROM tawam_touch"
                                  " WHERE layer=? AND fid=?"
                                  " ORDER BY \"commit\" DESC"
                                : "SELECT \"commit\", NULL FROM tawam_touch"
                                  " WHERE layer=? AND fid=?"
                                  " ORDER BY \"commit\" DESC",
                            1);
    r->count = 0;
    if (code)
        return code;
    sqlite3_bind_int(statement, 1, r->layer->id);
    sqlite3_bind_int64(statement, 2, fid);
    while ((code = twin_step(r->s->t, statement)) == 1) {
        code = add_touch(r, statement);
        if (code)
            break;
    }
    twin_release(statement);
    return code;
}

static int load_now(row_at *r, int64_t fid)
{
    size_t size = (r->layer->column_count + 1) * sizeof *r->now, i;
    int code;
    r->now = NULL;
    code = twin_row_recorded(&r->now, r->s->t, r->layer, fid, r->memory);
    r->there = code == 1;
    if (code == 0) {
        r->now = arena_alloc(r->memory, size);
        code = r->now ? TAWAM_OK : TAWAM_EMEMORY;
        for (i = 0; !code && i < r->layer->column_count; i++)
            r->now[i].column = r->layer->columns[i].id;
    }
    return code < 0 ? code : TAWAM_OK;
}

static int check_layer(row_at *r, const twin_layer *layer)
{
    int trusted = 0;
    r->layer = layer;
    if (r->checked_layer == layer->id)
        return TAWAM_OK;
    trusted = twin_capture_whole(r->s->t, layer);
    if (trusted < 0)
        return trusted;
    r->trusted = trusted;
    r->checked_layer = layer->id;
    return TAWAM_OK;
}

/* The statement that finds the row stays open meanwhile: so it is one look,
 * though other processes may commit in between. */
int row_at_load(row_at *r, const twin_layer *layer, int64_t fid)
{
    sqlite3_stmt *statement = NULL;
    int code = check_layer(r, layer);
    r->known = 0;
    arena_reset(r->memory);
    if (code || !r->trusted)
        return code;
    code = twin_prepare(&statement, r->s->t,
                        "SELECT origin FROM tawam_row"
                        " WHERE layer=? AND fid=?",
                        1);
    if (code)
        return code;
    sqlite3_bind_int(statement, 1, layer->id);
    sqlite3_bind_int64(statement, 2, fid);
    code = twin_step(r->s->t, statement);
    if (code == 1) {
        r->origin = sqlite3_column_int64(statement, 0);
        code = load_touches(r, fid);
        if (!code)
            code = load_now(r, fid);
        r->known = !code;
    }
    twin_release(statement);
    return code;
}

/* ---- going back ---- */

static int seen_by(int *seen, row_at *r, const version_part *v, int64_t number)
{
    commit_place place;
    int code = merge_place(&place, r->s->m, number);
    if (!code)
        *seen = number != v->except && vector_covers(v->seen, &place);
    return code;
}

static int put_cell(void *context, int column, const twin_value *value)
{
    row_at *r = context;
    char *storage = NULL;
    size_t i;
    for (i = 0; i < r->layer->column_count; i++) {
        if (r->cells[i].column != column)
            continue;
        storage = arena_alloc(r->memory, 64);
        if (!storage)
            return TAWAM_EMEMORY;
        r->cells[i].value =
            twin_value_convert(value, r->layer->columns[i].type, storage);
    }
    return TAWAM_OK;
}

static void clear_cells(row_at *r)
{
    size_t i;
    for (i = 0; i < r->layer->column_count; i++)
        r->cells[i].value = (twin_value){.kind = TWIN_KIND_NULL};
}

/* The row before T, from the row after it. */
static int undo(row_at *r, const touch *t, int *there)
{
    former_kind kind = FORMER_SAME;
    int code;
    if (!t->before)
        return ROW_AT_UNKNOWN;
    code = former_read(&kind, t->before, t->length, put_cell, r);
    if (code)
        return code == TAWAM_EDAMAGED ? ROW_AT_UNKNOWN : code;
    if (kind == FORMER_ABSENT)
        clear_cells(r);
    if (kind != FORMER_SAME)
        *there = kind == FORMER_CELLS;
    return TAWAM_OK;
}

int row_at_version(const twin_cell **cells, row_at *r, const version_part *v)
{
    int reached = 0; /* 1: what is below was applied before it */
    int there = r->there, code = TAWAM_OK, seen = 0;
    size_t i;
    if (!r->known)
        return ROW_AT_UNKNOWN;
    r->cells = arena_copy(r->memory, r->now,
                          r->layer->column_count * sizeof *r->cells);
    if (!r->cells)
        return TAWAM_EMEMORY;
    for (i = 0; !code && i < r->count; i++) {
        code = seen_by(&seen, r, v, r->touches[i].commit);
        if (!code && !seen)
            code = reached ? ROW_AT_UNKNOWN : undo(r, &r->touches[i], &there);
        reached = reached || seen;
    }
    if (!code && r->origin) {
        code = seen_by(&seen, r, v, r->origin);
        if (!code && !seen) {
            code = reached ? ROW_AT_UNKNOWN : TAWAM_OK;
            there = 0;
        }
    }
    if (!code)
        *cells = r->cells;
    return code ? code : there;
}
