/* SPDX-License-Identifier: MIT */
/* renumber: rows that another program added get ids and uuids of ours before
 * they are recorded. QGIS and ogr2ogr give a row the next number after the
 * greatest, which two offline laptops would both give.
 *
 * Invariants:
 *  1. A row that was recorded once keeps its id for ever; only rows that are
 *     pending, did not exist and were not drawn here move.
 *  2. A reference to a moved row can only stand in a cell written since, so
 *     only pending rows are searched for them.
 */
#include "twin/twin_internal.h"

typedef struct move {
    int64_t old, now;
} move;

typedef struct move_list {
    int layer;   /* id */
    move *moves; /* ordered by old */
    size_t count, capacity;
} move_list;

/* ---- which rows ---- */

static int draw_moves(move_list *out, twin *t, const twin_layer *layer)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "SELECT fid FROM main.tawam_pending_row WHERE"
                            " layer = ?1 AND existed = 0 AND drawn = 0"
                            " ORDER BY fid",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, out->layer);
    while ((code = twin_step(t, statement)) > 0) {
        code = memory_reserve((void **)&out->moves, &out->capacity,
                              out->count + 1, sizeof *out->moves);
        if (code != TAWAM_OK)
            break;
        move *m = &out->moves[out->count];
        m->old = sqlite3_column_int64(statement, 0);
        code = twin_draw_row(&m->now, t, layer);
        if (code != TAWAM_OK)
            break;
        out->count++;
    }
    twin_release(statement);
    return code;
}

/* ---- moving ---- */

static int move_one(twin *t, sqlite3_stmt *rows, int layer, const move *m)
{
    sqlite3_stmt *pending = NULL;
    sqlite3_bind_int64(rows, 1, m->now);
    sqlite3_bind_int64(rows, 2, m->old);
    int code = sql_finish(t, rows);
    if (code == TAWAM_OK)
        code = twin_prepare(&pending, t,
                            "UPDATE main.tawam_pending_row SET fid = ?1,"
                            " drawn = 1 WHERE layer = ?3 AND fid = ?2",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int64(pending, 1, m->now);
    sqlite3_bind_int64(pending, 2, m->old);
    sqlite3_bind_int(pending, 3, layer);
    return sql_finish(t, pending);
}

static int move_rows(twin *t, const twin_layer *layer, const move_list *list)
{
    sqlite3_stmt *rows = NULL;
    buffer sql = {0};
    buffer_text(&sql, "UPDATE main.");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " SET fid = ?1 WHERE fid = ?2");
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(&rows, t, (const char *)sql.data, 0);
    for (size_t i = 0; code == TAWAM_OK && i < list->count; i++)
        code = move_one(t, rows, layer->id, &list->moves[i]);
    sqlite3_finalize(rows);
    buffer_free(&sql);
    return code;
}

/* ---- references ---- */

static int compare_moves(const void *a, const void *b)
{
    int64_t x = ((const move *)a)->old, y = ((const move *)b)->old;
    return (x > y) - (x < y);
}

static const move *find_move(const move_list *list, int64_t old)
{
    move key = {.old = old};
    return bsearch(&key, list->moves, list->count, sizeof key, compare_moves);
}

/* Pending rows of LAYER whose COLUMN was written since the last record. */
static int write_search(buffer *sql, const twin_layer *layer,
                        const twin_column *column)
{
    buffer_text(sql, "SELECT l.fid, l.");
    twin_quote(sql, column->name);
    buffer_text(sql, " FROM main.tawam_pending_row p JOIN main.");
    twin_quote(sql, layer->name);
    buffer_format(sql, " l ON l.fid = p.fid WHERE p.layer = %d AND typeof(l.",
                  layer->id);
    twin_quote(sql, column->name);
    buffer_format(sql,
                  ") = 'integer' AND (p.existed = 0 OR EXISTS (SELECT 1 FROM"
                  " main.tawam_pending_cell c WHERE c.layer = %d AND"
                  " c.fid = p.fid AND c.column = %d))",
                  layer->id, column->id);
    return buffer_check(sql);
}

/* The rows to change are gathered first: a walk must not see its own writes.
 * In FOUND, `old` is the row and `now` its new reference. */
static int gather_references(move_list *found, twin *t, const char *sql,
                             const move_list *moved)
{
    sqlite3_stmt *search = NULL;
    int code = twin_prepare(&search, t, sql, 0);
    while (code == TAWAM_OK && (code = twin_step(t, search)) > 0) {
        const move *m = find_move(moved, sqlite3_column_int64(search, 1));
        code = TAWAM_OK;
        if (!m)
            continue;
        code = memory_reserve((void **)&found->moves, &found->capacity,
                              found->count + 1, sizeof *found->moves);
        if (code == TAWAM_OK)
            found->moves[found->count++] =
                (move){.old = sqlite3_column_int64(search, 0), .now = m->now};
    }
    sqlite3_finalize(search);
    return code;
}

static int move_references(twin *t, const twin_layer *layer,
                           const twin_column *column, const move_list *moved)
{
    buffer sql = {0};
    move_list found = {0};
    int code = write_search(&sql, layer, column);
    if (code == TAWAM_OK)
        code = gather_references(&found, t, (const char *)sql.data, moved);
    for (size_t i = 0; code == TAWAM_OK && i < found.count; i++) {
        twin_cell cell = {.column = column->id,
                          .value = {.kind = TWIN_KIND_INTEGER,
                                    .integer = found.moves[i].now}};
        code = twin_row_update(NULL, t, layer, found.moves[i].old, &cell, 1);
    }
    free(found.moves);
    buffer_free(&sql);
    return code;
}

static const move_list *moves_of(const move_list *lists, size_t count,
                                 int layer)
{
    for (size_t i = 0; i < count; i++)
        if (lists[i].layer == layer && lists[i].count)
            return &lists[i];
    return NULL;
}

static int move_all_references(twin *t, const move_list *lists, size_t count)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "SELECT layer, column, target"
                            " FROM main.tawam_reference",
                            0);
    while (code == TAWAM_OK && (code = twin_step(t, statement)) > 0) {
        const twin_layer *layer =
            twin_layer_by_id(t, sqlite3_column_int(statement, 0));
        const twin_column *column =
            layer ? twin_column_by_id(layer, sqlite3_column_int(statement, 1))
                  : NULL;
        const move_list *moved =
            moves_of(lists, count, sqlite3_column_int(statement, 2));
        code = TAWAM_OK;
        if (column && moved)
            code = move_references(t, layer, column, moved);
    }
    sqlite3_finalize(statement);
    return code;
}

/* ---- uuids ---- */

/* New rows of LAYER without a uuid, or with one that another row has: of two
 * new ones the lower fid keeps it. */
static int write_uuid_search(buffer *sql, const twin_layer *layer)
{
    buffer_text(sql, "SELECT a.fid FROM main.tawam_pending_row p JOIN main.");
    twin_quote(sql, layer->name);
    buffer_format(sql,
                  " a ON a.fid = p.fid WHERE p.layer = %d AND p.existed = 0"
                  " AND (a.uuid IS NULL OR a.uuid = '' OR EXISTS (SELECT 1"
                  " FROM main.",
                  layer->id);
    twin_quote(sql, layer->name);
    buffer_format(sql,
                  " b WHERE b.uuid = a.uuid AND b.fid <> a.fid AND"
                  " (b.fid < a.fid OR NOT EXISTS (SELECT 1 FROM"
                  " main.tawam_pending_row q WHERE q.layer = %d AND"
                  " q.fid = b.fid AND q.existed = 0))))",
                  layer->id);
    return buffer_check(sql);
}

static int set_uuid(twin *t, const twin_layer *layer, int64_t fid)
{
    char uuid[37];
    twin_uuid_from_fid(uuid, fid);
    twin_cell cell = {
        .column = layer->columns[0].id,
        .value = {.kind = TWIN_KIND_TEXT, .bytes = uuid, .length = 36}};
    return twin_row_update(NULL, t, layer, fid, &cell, 1);
}

static int mend_uuids(twin *t, const twin_layer *layer)
{
    buffer sql = {0};
    sqlite3_stmt *search = NULL;
    move_list found = {0};
    int code = write_uuid_search(&sql, layer);
    if (code == TAWAM_OK)
        code = twin_prepare(&search, t, (const char *)sql.data, 0);
    while (code == TAWAM_OK && (code = twin_step(t, search)) > 0) {
        code = memory_reserve((void **)&found.moves, &found.capacity,
                              found.count + 1, sizeof *found.moves);
        if (code == TAWAM_OK)
            found.moves[found.count++].old = sqlite3_column_int64(search, 0);
    }
    sqlite3_finalize(search);
    for (size_t i = 0; code == TAWAM_OK && i < found.count; i++)
        code = set_uuid(t, layer, found.moves[i].old);
    free(found.moves);
    buffer_free(&sql);
    return code;
}

/* ---- all together ---- */

/* Ids change unseen by capture, which would take it for a delete and an
 * insert; the references to them change as edits do. */
static int move_all_rows(twin *t, const catalogue *c, move_list *lists)
{
    int code = TAWAM_OK;
    size_t total = 0;
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++) {
        lists[i].layer = c->entries[i].layer.id;
        code = draw_moves(&lists[i], t, &c->entries[i].layer);
        total += lists[i].count;
    }
    if (code != TAWAM_OK || total == 0)
        return code;
    code = capture_switch(t, 1);
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++)
        if (lists[i].count)
            code = move_rows(t, &c->entries[i].layer, &lists[i]);
    if (code == TAWAM_OK && !t->capture_off)
        code = capture_switch(t, 0);
    if (code == TAWAM_OK)
        code = move_all_references(t, lists, c->count);
    return code;
}

int renumber_pending(twin *t)
{
    int code = catalogue_refresh(t);
    if (code != TAWAM_OK)
        return code;
    const catalogue *c = t->catalogue;
    move_list *lists = memory_array(c->count + 1, sizeof *lists);
    if (!lists)
        return error_memory();
    code = move_all_rows(t, c, lists);
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++)
        code = mend_uuids(t, &c->entries[i].layer);
    for (size_t i = 0; i < c->count; i++)
        free(lists[i].moves);
    free(lists);
    return code;
}
