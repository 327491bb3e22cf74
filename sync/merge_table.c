/* SPDX-License-Identifier: MIT */
/* A row in its layer's table: what is shown of its registers. */
#include "sync/merge_row_internal.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

int row_read_table(row_state *r)
{
    if (r->table)
        return TAWAM_OK;
    return twin_row_read(&r->table, r->m->t, r->layer, r->fid, r->m->memory);
}

/* ---- what is shown ---- */

/* 1 if commit A is shown before commit B: later logical time, then id. */
static int shown_before(merge *m, int64_t a, int64_t b)
{
    commit_place pa, pb;
    if (merge_place(&pa, m, a) || merge_place(&pb, m, b))
        return 0;
    if (pa.logical != pb.logical)
        return pa.logical > pb.logical;
    if (TEETH(UNSTABLE_SORT))
        return a > b;
    return strcmp(pa.id, pb.id) > 0;
}

const entry *row_shown_entry(const row_state *r, int column)
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

/* ---- the layer's table ---- */

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

static int prepare_insert(sqlite3_stmt **out, merge *m, const twin_layer *layer)
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
    merge_refresh(m);
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

/* Where triggers don't, the R-tree is kept here. */
static int put_box(row_state *r, const twin_value *geometry)
{
    return twin_rtree_put(r->m->t, r->layer, r->fid, geometry);
}

/* The row into its table, from CELLS (a first insert) or, when CELLS is NULL,
 * from the entries (a row that comes back). */
int row_table_insert(row_state *r, const merge_cell *cells, size_t count)
{
    const twin_value *geometry = NULL;
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
            const entry *e = row_shown_entry(r, column->id);
            value = e ? &e->value : NULL;
        }
        if (value)
            code = bind_converted(r, s, (int)i + 2, column, value);
        if (value && value->kind == TWIN_KIND_BYTES &&
            column->type == TWIN_GEOMETRY)
            geometry = value;
    }
    if (!code)
        code = twin_step(r->m->t, s);
    twin_release(s);
    return code || !geometry || TEETH(STALE_RTREE) ? code
                                                   : put_box(r, geometry);
}

int row_table_delete(row_state *r)
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
    return code ? code : put_box(r, NULL);
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
        code = twin_prepare_update(out, r->m->t, (const char *)sql.data);
    buffer_free(&sql);
    return code;
}

int row_table_update(row_state *r, const merge_cell *cells, size_t count)
{
    static const twin_value none;
    const twin_value *geometry = NULL;
    sqlite3_stmt *s = NULL;
    size_t i;
    int code;
    if (!count)
        return TAWAM_OK;
    code = prepare_update(&s, r, cells, count);
    if (code)
        return code;
    for (i = 0; !code && i < count; i++) {
        const entry *e = row_shown_entry(r, cells[i].column);
        const twin_column *c = twin_column_by_id(r->layer, cells[i].column);
        const twin_value *value = e ? &e->value : &none;
        code = bind_converted(r, s, (int)i + 1, c, value);
        if (c->type == TWIN_GEOMETRY)
            geometry = value;
    }
    sqlite3_bind_int64(s, (int)count + 1, r->fid);
    if (!code)
        code = twin_step(r->m->t, s);
    twin_release(s);
    return code || !geometry ? code : put_box(r, geometry);
}
