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
#include "sync/merge_internal.h"
#include "sync/merge_private_internal.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT, ADDED, REMOVED };

typedef struct entry {
    int column;
    int64_t commit;
    twin_value value; /* in the merge's arena */
    int status;
} entry;

typedef struct row_delete {
    int64_t commit;
    int status;
} row_delete;

typedef struct row_state {
    merge *m;
    const working *w;
    const twin_layer *layer;
    int64_t fid;
    int known, made, alive, was_alive;
    int64_t origin;
    entry *entries; /* in the arena; grown by doubling */
    size_t entry_count, entry_capacity;
    row_delete *deletes;
    size_t delete_count, delete_capacity;
    twin_cell *table; /* the layer's row, read when first asked for */
} row_state;

/* ---- loading --------------------------------------------------------------------- */

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

static int add_entry(row_state *r, int column, int64_t commit,
                     const twin_value *value, int status)
{
    entry *e;
    int code = grow(r, (void **)&r->entries, &r->entry_capacity,
                    r->entry_count, sizeof *r->entries);
    if (code)
        return code;
    e = &r->entries[r->entry_count];
    *e = (entry){column, commit, {0}, status};
    code = value ? twin_value_copy(&e->value, value, r->m->memory) : TAWAM_OK;
    if (!code)
        r->entry_count++;
    return code;
}

static int add_delete(row_state *r, int64_t commit, int status)
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

static int load_head(row_state *r)
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
        r->made = sqlite3_column_int(s, 1);
        r->alive = r->was_alive = sqlite3_column_int(s, 2);
        code = TAWAM_OK;
    }
    twin_release(s);
    return code;
}

static int load_rest(row_state *r)
{
    sqlite3_stmt *s = NULL;
    int code = prepare_row(&s, r,
                           "SELECT \"column\", \"commit\", value"
                           " FROM tawam_cell WHERE layer=? AND fid=?");
    while (!code && (code = twin_step(r->m->t, s)) == 1) {
        twin_value value = twin_value_column(s, 2);
        code = add_entry(r, sqlite3_column_int(s, 0),
                         sqlite3_column_int64(s, 1), &value, KEPT);
    }
    twin_release(s);
    if (code)
        return code;
    code = prepare_row(&s, r,
                       "SELECT \"commit\" FROM tawam_delete"
                       " WHERE layer=? AND fid=?");
    while (!code && (code = twin_step(r->m->t, s)) == 1)
        code = add_delete(r, sqlite3_column_int64(s, 0), KEPT);
    twin_release(s);
    return code;
}

static int read_table(row_state *r)
{
    if (r->table)
        return TAWAM_OK;
    return twin_row_read(&r->table, r->m->t, r->layer, r->fid, r->m->memory);
}

/* ---- causality of one row ------------------------------------------------------------ */

/* 1 if the working commit has seen COMMIT. */
static int seen(row_state *r, int64_t commit)
{
    commit_place place;
    int code;
    if (commit == r->w->place.number || r->w->local)
        return 1;
    code = merge_place(&place, r->m, commit);
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
    if (!r->made)
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

/* ---- operations ------------------------------------------------------------------------ */

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
    return add_entry(r, column, r->origin, value, ADDED);
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
    if (!r->origin || !r->was_alive)
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
        code = read_table(r);
        if (!code)
            code = make_origin_explicit(r, column, table_value(r, column));
    }
    if (!code)
        code = drop_seen_entries(r, column);
    if (!code)
        code = add_entry(r, column, r->w->place.number, value, ADDED);
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
    if (!code && operation != CHANGESET_UPDATE)
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
            code = make_origin_explicit(r, before[i].column,
                                        &before[i].value);
        return code;
    }
    code = read_table(r);
    for (i = 0; !code && i < r->layer->column_count; i++)
        code = make_origin_explicit(r, r->table[i].column,
                                    &r->table[i].value);
    return code;
}

static int apply_delete(row_state *r, const merge_cell *before, size_t count)
{
    int code = drop_seen_deletes(r);
    if (!code)
        code = add_delete(r, r->w->place.number, ADDED);
    if (!code)
        code = decide_alive(r);
    if (!code && r->was_alive && !r->alive)
        code = move_aside(r, before, count);
    return code;
}

/* ---- what is shown -------------------------------------------------------------------- */

/* 1 if commit A is shown before commit B: later logical time, then id. */
static int shown_before(merge *m, int64_t a, int64_t b)
{
    commit_place pa, pb;
    if (merge_place(&pa, m, a) || merge_place(&pb, m, b))
        return 0;
    if (pa.logical != pb.logical)
        return pa.logical > pb.logical;
    return strcmp(pa.id, pb.id) > 0;
}

static const entry *shown_entry(const row_state *r, int column)
{
    const entry *best = NULL;
    size_t i;
    for (i = 0; i < r->entry_count; i++) {
        const entry *e = &r->entries[i];
        if (e->column != column || e->status == REMOVED)
            continue;
        if (!best || shown_before(r->m, e->commit, best->commit))
            best = e;
    }
    return best;
}

/* Convert to the column's type and bind; what it borrows is in the arena. */
static int bind_converted(row_state *r, sqlite3_stmt *s, int index,
                          const twin_column *column, const twin_value *value)
{
    char *storage = arena_alloc(r->m->memory, 64);
    twin_value converted;
    if (!storage)
        return TAWAM_EMEMORY;
    converted = twin_value_convert(value, column->type, storage);
    return twin_value_bind(s, index, &converted);
}

/* ---- the layer's table ------------------------------------------------------------------ */

void merge_forget_statements(merge *m)
{
    size_t i;
    for (i = 0; i < m->statement_count; i++)
        sqlite3_finalize(m->statements[i].insert);
    free(m->statements);
    m->statements = NULL;
    m->statement_count = m->statement_capacity = 0;
    memset(m->places, 0, sizeof m->places);
}

static int prepare_insert(sqlite3_stmt **out, merge *m,
                          const twin_layer *layer)
{
    buffer sql = {0};
    size_t i;
    int code;
    buffer_text(&sql, "INSERT INTO ");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, "(fid");
    for (i = 0; i < layer->column_count; i++) {
        buffer_byte(&sql, ',');
        twin_quote(&sql, layer->columns[i].name);
    }
    buffer_text(&sql, ") VALUES(?");
    for (i = 0; i < layer->column_count; i++)
        buffer_text(&sql, ",?");
    buffer_text(&sql, ")");
    code = buffer_check(&sql);
    if (!code)
        code = twin_prepare(out, m->t, (const char *)sql.data, 0);
    buffer_free(&sql);
    return code;
}

static int insert_statement(sqlite3_stmt **out, merge *m,
                            const twin_layer *layer)
{
    layer_statement *found = NULL;
    size_t i;
    int code = TAWAM_OK;
    for (i = 0; i < m->statement_count; i++)
        if (m->statements[i].layer == layer->id)
            found = &m->statements[i];
    if (!found) {
        code = memory_reserve((void **)&m->statements, &m->statement_capacity,
                              m->statement_count + 1, sizeof *m->statements);
        if (code)
            return code;
        found = &m->statements[m->statement_count++];
        *found = (layer_statement){layer->id, 0, NULL};
    }
    if (!found->insert || found->column_count != layer->column_count) {
        sqlite3_finalize(found->insert);
        found->insert = NULL;
        code = prepare_insert(&found->insert, m, layer);
        found->column_count = layer->column_count;
    }
    *out = found->insert;
    return code;
}

/* The row into its table, from CELLS (a first insert) or, when CELLS is NULL,
 * from the entries (a row that comes back). */
static int table_insert(row_state *r, const merge_cell *cells, size_t count)
{
    sqlite3_stmt *s = NULL;
    size_t i, k;
    int code = insert_statement(&s, r->m, r->layer);
    if (code)
        return code;
    sqlite3_bind_int64(s, 1, r->fid);
    for (i = 0; !code && i < r->layer->column_count; i++) {
        const twin_column *column = &r->layer->columns[i];
        const twin_value *value = NULL;
        if (cells) {
            for (k = 0; k < count; k++)
                if (cells[k].column == column->id)
                    value = &cells[k].value;
        } else {
            const entry *e = shown_entry(r, column->id);
            value = e ? &e->value : NULL;
        }
        if (value)
            code = bind_converted(r, s, (int)i + 2, column, value);
    }
    if (!code)
        code = twin_step(r->m->t, s);
    twin_release(s);
    return code;
}

static int table_delete(row_state *r)
{
    sqlite3_stmt *s = NULL;
    buffer sql = {0};
    int code;
    buffer_text(&sql, "DELETE FROM ");
    twin_quote(&sql, r->layer->name);
    buffer_text(&sql, " WHERE fid=?");
    code = buffer_check(&sql);
    if (!code)
        code = twin_prepare(&s, r->m->t, (const char *)sql.data, 1);
    buffer_free(&sql);
    if (code)
        return code;
    sqlite3_bind_int64(s, 1, r->fid);
    code = twin_step(r->m->t, s);
    twin_release(s);
    return code;
}

static int prepare_update(sqlite3_stmt **out, row_state *r,
                          const merge_cell *cells, size_t count)
{
    buffer sql = {0};
    size_t i;
    int code;
    buffer_text(&sql, "UPDATE ");
    twin_quote(&sql, r->layer->name);
    for (i = 0; i < count; i++) {
        const twin_column *c = twin_column_by_id(r->layer, cells[i].column);
        buffer_text(&sql, i ? "," : " SET ");
        twin_quote(&sql, c->name);
        buffer_text(&sql, "=?");
    }
    buffer_text(&sql, " WHERE fid=?");
    code = buffer_check(&sql);
    if (!code)
        code = twin_prepare(out, r->m->t, (const char *)sql.data, 1);
    buffer_free(&sql);
    return code;
}

static int table_update(row_state *r, const merge_cell *cells, size_t count)
{
    static const twin_value none;
    sqlite3_stmt *s = NULL;
    size_t i;
    int code;
    if (!count)
        return TAWAM_OK;
    code = prepare_update(&s, r, cells, count);
    if (code)
        return code;
    for (i = 0; !code && i < count; i++) {
        const entry *e = shown_entry(r, cells[i].column);
        code = bind_converted(r, s, (int)i + 1,
                              twin_column_by_id(r->layer, cells[i].column),
                              e ? &e->value : &none);
    }
    sqlite3_bind_int64(s, (int)count + 1, r->fid);
    if (!code)
        code = twin_step(r->m->t, s);
    twin_release(s);
    return code;
}

static int change_table(row_state *r, const merge_cell *cells, size_t count)
{
    if (r->w->local)
        return TAWAM_OK;
    if (r->alive && !r->was_alive)
        return table_insert(r, NULL, 0);
    if (!r->alive && r->was_alive)
        return table_delete(r);
    return r->alive ? table_update(r, cells, count) : TAWAM_OK;
}

/* ---- writing back ------------------------------------------------------------------------ */

static int store_head(row_state *r)
{
    sqlite3_stmt *s = NULL;
    int code = prepare_row(&s, r,
                           r->known
                               ? "UPDATE tawam_row SET origin=?3, made=?4,"
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

static int store_entry(row_state *r, const entry *e)
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

static int store(row_state *r)
{
    size_t i;
    int pass, code = store_head(r);
    for (pass = REMOVED; !code && pass >= ADDED; pass--)
        for (i = 0; !code && i < r->entry_count; i++)
            if (r->entries[i].status == pass)
                code = store_entry(r, &r->entries[i]);
    for (i = 0; !code && i < r->delete_count; i++) {
        if (r->deletes[i].status == ADDED)
            code = store_commit(r, "INSERT INTO tawam_delete VALUES(?,?,?)",
                                r->deletes[i].commit);
        else if (r->deletes[i].status == REMOVED)
            code = store_commit(r,
                                "DELETE FROM tawam_delete WHERE layer=?"
                                " AND fid=? AND \"commit\"=?",
                                r->deletes[i].commit);
    }
    if (!code)
        code = store_commit(r, "INSERT INTO tawam_touch VALUES(?,?,?)",
                            r->w->place.number);
    return code;
}

/* ---- conflicts ------------------------------------------------------------------------------ */

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
        if (!twin_value_equal(&a, &b))
            return 1;
    }
    return 0;
}

static int list_conflict(row_state *r, int column)
{
    return store_commit(r, "INSERT INTO tawam_conflict VALUES(?,?,?)", column);
}

static int find_conflicts(row_state *r)
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

/* ---- public ---------------------------------------------------------------------------------- */

/* A row nobody here has heard of: the common case of an import. */
static int insert_fresh(row_state *r, const merge_cell *cells, size_t count)
{
    size_t i;
    int code;
    r->origin = r->w->place.number;
    r->made = r->alive = 1;
    code = r->w->local ? TAWAM_OK : table_insert(r, cells, count);
    for (i = 0; !code && i < count; i++)
        if (cells[i].value.kind == TWIN_KIND_NULL) {
            code = add_entry(r, cells[i].column, r->origin, NULL, ADDED);
            if (!code)
                code = store_entry(r, &r->entries[r->entry_count - 1]);
        }
    return code ? code : store_head(r);
}

int merge_row(merge *m, const working *w, const twin_layer *layer, int64_t fid,
              changeset_operation operation, const merge_cell *cells,
              size_t count, const merge_cell *before, size_t before_count)
{
    row_state r = {.m = m, .w = w, .layer = layer, .fid = fid};
    int code;

    arena_reset(m->memory);
    code = load_head(&r);
    if (code)
        return code;
    if (!r.known && operation == CHANGESET_INSERT)
        return insert_fresh(&r, cells, count);
    code = load_rest(&r);
    if (code)
        return code;
    code = operation == CHANGESET_DELETE
               ? apply_delete(&r, before, before_count)
               : apply_write(&r, operation, cells, count);
    if (!code)
        code = change_table(&r, cells, count);
    if (!code)
        code = store(&r);
    if (!code)
        code = find_conflicts(&r);
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
    code = load_head(&r);
    if (!code)
        code = load_rest(&r);
    return code ? code : find_conflicts(&r);
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
    sqlite3_bind_int(s, 1, layer);
    while ((code = twin_step(m->t, s)) == 1) {
        code = memory_reserve((void **)&fids, &capacity, count + 1,
                              sizeof *fids);
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
