/* SPDX-License-Identifier: MIT */
/* One row's operation applied: the registers of merge_internal.h.
 *
 *             insert                     delete that saw every write
 *   unknown ──────────▶ alive ◀──────────────────────────▶ gone
 *      │ update first     a write no delete has seen        (values aside)
 *      ▼ (its insert was refused)
 *     aside ──────insert──▶ alive
 *
 * A row is loaded whole (its tawam_row, tawam_cell and tawam_delete entries),
 * changed in memory, and what changed is written back.
 */
#include "sync/merge_row_internal.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* ---- causality of one row ---- */

/* 1 if the working commit has seen COMMIT. */
static int seen(row_state *r, int64_t commit)
{
    commit_place place;
    int code;
    if (commit == r->w->place.number || r->w->local)
        return 1;
    code = merge_place(&place, r->m, commit);
    if (TEETH(LAST_BY_CLOCK) && !code)
        return place.logical <= r->w->place.logical;
    return code ? code : vector_covers(&r->w->seen, &place);
}

/* 1 if delete D has seen COMMIT. */
static int delete_saw(row_state *r, int64_t d, int64_t commit)
{
    return d == r->w->place.number ? seen(r, commit)
                                   : merge_covers(r->m, d, commit);
}

/* 1 if some standing delete has seen the write COMMIT. */
static int write_deleted(row_state *r, int64_t commit)
{
    size_t i;
    int result = 0;
    for (i = 0; result == 0 && i < r->delete_count; i++)
        if (r->deletes[i].status != REMOVED)
            result = delete_saw(r, r->deletes[i].commit, commit);
    return result;
}

/* Is there a write to the row that no delete has seen? */
static int decide_alive(row_state *r)
{
    size_t i;
    int deleted;
    r->alive = 0;
    if (!r->made || (TEETH(DELETE_WINS) && r->delete_count))
        return TAWAM_OK;
    if (r->origin) {
        deleted = write_deleted(r, r->origin);
        if (deleted <= 0) {
            r->alive = deleted == 0;
            return deleted;
        }
    }
    for (i = 0; i < r->entry_count; i++) {
        if (r->entries[i].status == REMOVED)
            continue;
        deleted = write_deleted(r, r->entries[i].commit);
        if (deleted <= 0) {
            r->alive = deleted == 0;
            return deleted;
        }
    }
    return TAWAM_OK;
}

/* ---- operations ---- */

/* A cell whose value still stands in the table as the origin wrote it gets an
 * entry of its own, because it is about to have company or to leave. */
static int make_origin_explicit(row_state *r, int column,
                                const twin_value *value)
{
    size_t i;
    if (!r->origin || value->kind == TWIN_KIND_NULL)
        return TAWAM_OK;
    for (i = 0; i < r->entry_count; i++)
        if (r->entries[i].column == column)
            return TAWAM_OK;
    return row_add_entry(r, column, r->origin, value, ADDED);
}

static const twin_value *table_value(row_state *r, int column)
{
    static const twin_value none;
    size_t i;
    for (i = 0; i < r->layer->column_count; i++)
        if (r->table[i].column == column)
            return &r->table[i].value;
    return &none;
}

static int origin_concurrent(row_state *r)
{
    int result;
    if (!r->origin || !r->was_alive || TEETH(CONCURRENT_ORIGIN))
        return 0;
    result = seen(r, r->origin);
    return result < 0 ? result : !result;
}

static int drop_seen_entries(row_state *r, int column)
{
    size_t i;
    for (i = 0; i < r->entry_count; i++) {
        entry *e = &r->entries[i];
        int result;
        if (e->column != column || e->status == REMOVED)
            continue;
        result = seen(r, e->commit);
        if (result < 0)
            return result;
        if (result)
            e->status = REMOVED;
    }
    return TAWAM_OK;
}

static int write_cell(row_state *r, int column, const twin_value *value)
{
    int code = column ? origin_concurrent(r) : 0;
    if (code > 0) {
        code = row_read_table(r);
        if (!code)
            code = make_origin_explicit(r, column, table_value(r, column));
    }
    if (!code)
        code = drop_seen_entries(r, column);
    if (!code)
        code = row_add_entry(r, column, r->w->place.number, value, ADDED);
    return code;
}

static int drop_seen_deletes(row_state *r)
{
    size_t i;
    for (i = 0; i < r->delete_count; i++) {
        int result = seen(r, r->deletes[i].commit);
        if (result < 0)
            return result;
        if (result)
            r->deletes[i].status = REMOVED;
    }
    return TAWAM_OK;
}

static int apply_write(row_state *r, changeset_operation operation,
                       const merge_cell *cells, size_t count)
{
    size_t i;
    int code = drop_seen_deletes(r);
    if (operation == CHANGESET_INSERT)
        r->made = 1;
    /* an update's cells stand for it, if it has any */
    if (!code && (operation != CHANGESET_UPDATE || !count) &&
        !TEETH(NO_ROW_ENTRY))
        code = write_cell(r, 0, NULL);
    for (i = 0; !code && i < count; i++)
        code = write_cell(r, cells[i].column, &cells[i].value);
    return code ? code : decide_alive(r);
}

/* The values of a row that leaves its table are kept. BEFORE: what they were,
 * when the table no longer has it. */
static int move_aside(row_state *r, const merge_cell *before, size_t count)
{
    size_t i;
    int code = TAWAM_OK;
    if (r->w->local) {
        for (i = 0; !code && i < count; i++)
            code = make_origin_explicit(r, before[i].column, &before[i].value);
        return code;
    }
    code = row_read_table(r);
    for (i = 0; !code && i < r->layer->column_count; i++)
        code = make_origin_explicit(r, r->table[i].column, &r->table[i].value);
    return code;
}

static int apply_delete(row_state *r, const merge_cell *before, size_t count)
{
    int code = drop_seen_deletes(r);
    if (!code)
        code = row_add_delete(r, r->w->place.number, ADDED);
    if (!code)
        code = decide_alive(r);
    if (!code && r->was_alive && !r->alive && !TEETH(ASIDE_LOST))
        code = move_aside(r, before, count);
    return code;
}

static int change_table(row_state *r, const merge_cell *cells, size_t count)
{
    if (r->w->local)
        return TAWAM_OK;
    if (r->alive && !r->was_alive)
        return row_table_insert(r, NULL, 0);
    if (!r->alive && r->was_alive)
        return row_table_delete(r);
    return r->alive ? row_table_update(r, cells, count) : TAWAM_OK;
}

/* ---- public ---- */

/* A row nobody here has heard of: the common case of an import. */
static int insert_fresh(row_state *r, const merge_cell *cells, size_t count)
{
    size_t i;
    int code;
    r->origin = r->w->place.number;
    r->made = r->alive = 1;
    code = r->w->local ? TAWAM_OK : row_table_insert(r, cells, count);
    for (i = 0; !code && i < count; i++)
        if (cells[i].value.kind == TWIN_KIND_NULL && !TEETH(FRESH_NULL)) {
            code = row_add_entry(r, cells[i].column, r->origin, NULL, ADDED);
            if (!code)
                code = row_store_entry(r, &r->entries[r->entry_count - 1]);
        }
    return code ? code : row_store_head(r);
}

int merge_row(merge *m, const working *w, const twin_layer *layer, int64_t fid,
              changeset_operation operation, const merge_cell *cells,
              size_t count, const merge_cell *before, size_t before_count)
{
    row_state r = {.m = m, .w = w, .layer = layer, .fid = fid};
    int code;

    arena_reset(m->memory);
    code = row_load_head(&r);
    if (code)
        return code;
    if (!r.known && operation == CHANGESET_INSERT)
        return insert_fresh(&r, cells, count);
    code = row_load_rest(&r);
    if (code || (TEETH(UPDATE_OF_DELETED) && r.known && !r.alive &&
                 operation == CHANGESET_UPDATE))
        return code;
    code = operation == CHANGESET_DELETE
               ? apply_delete(&r, before, before_count)
               : apply_write(&r, operation, cells, count);
    if (!code)
        code = row_note_former(&r, cells, count, before, before_count);
    if (!code)
        code = change_table(&r, cells, count);
    if (!code)
        code = row_store(&r);
    if (!code)
        code = row_find_conflicts(&r);
    return code;
}

int merge_aside(merge *m, int layer, int64_t fid,
                int (*call)(void *context, int column), void *context)
{
    sqlite3_stmt *s = NULL;
    int code = twin_prepare(&s, m->t,
                            "SELECT DISTINCT \"column\" FROM tawam_cell"
                            " WHERE layer=? AND fid=? AND \"column\">0"
                            " AND value IS NOT NULL ORDER BY 1",
                            0);
    if (code)
        return code;
    sqlite3_bind_int(s, 1, layer);
    sqlite3_bind_int64(s, 2, fid);
    while ((code = twin_step(m->t, s)) == 1) {
        code = call(context, sqlite3_column_int(s, 0));
        if (code)
            break;
    }
    sqlite3_finalize(s);
    return code;
}

static int recheck_row(merge *m, const twin_layer *layer, int64_t fid)
{
    working w = {0};
    row_state r = {.m = m, .w = &w, .layer = layer, .fid = fid};
    int code;
    arena_reset(m->memory);
    code = row_load_head(&r);
    if (!code)
        code = row_load_rest(&r);
    return code ? code : row_find_conflicts(&r);
}

int merge_recheck_layer(merge *m, int layer)
{
    const twin_layer *l = twin_layer_by_id(m->t, layer);
    sqlite3_stmt *s = NULL;
    int64_t *fids = NULL;
    size_t count = 0, capacity = 0, i;
    int code = twin_prepare(&s, m->t,
                            "SELECT DISTINCT fid FROM (SELECT fid FROM"
                            " tawam_cell WHERE layer=?1 GROUP BY fid,"
                            " \"column\" HAVING count(*)>1 UNION ALL"
                            " SELECT fid FROM tawam_conflict WHERE layer=?1)",
                            0);
    if (code)
        return code;
    sqlite3_bind_int(s, 1, TEETH(NO_RECHECK) ? -1 : layer);
    while ((code = twin_step(m->t, s)) == 1) {
        code =
            memory_reserve((void **)&fids, &capacity, count + 1, sizeof *fids);
        if (code)
            break;
        fids[count++] = sqlite3_column_int64(s, 0);
    }
    sqlite3_finalize(s);
    for (i = 0; !code && l && i < count; i++)
        code = recheck_row(m, l, fids[i]);
    free(fids);
    return code;
}
