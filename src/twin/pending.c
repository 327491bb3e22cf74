/* SPDX-License-Identifier: MIT */
/* pending: what is to be recorded next, read from what the triggers kept.
 *
 * A row in tawam_pending_row means, by `existed` and whether it is there now:
 *
 *            there now                        gone
 *   0        inserted (every column)          nothing (dropped unseen)
 *   1        updated where before <> now,     deleted (every before)
 *            affirmed, or nothing
 *
 * Reading one layer is a walk along three ordered lists by fid: the pending
 * rows joined with the table, the cells kept, the affirmed.
 *
 * Invariant: twin_pending_count, twin_pending_each and pending_purge share the
 * walk, so they agree on what counts for nothing.
 */
#include "twin/twin_internal.h"

typedef struct walk {
    twin *t;
    const twin_layer *layer;
    sqlite3_stmt *rows, *cells, *affirms;
    int more_cells, more_affirms; /* 1: the statement stands on a row */
    twin_pending_cell *list;      /* of the present row; one a column */
    char *kept;                   /* one a column: 1, a before was kept */
    arena *memory;                /* the befores of the present row */
} walk;

/* ---- the three statements ---- */

/* fid, existed, is it there, then the columns. */
static int prepare_rows(walk *w, int only_existing)
{
    buffer sql = {0};
    buffer_text(&sql, "SELECT p.fid, p.existed, l.fid IS NOT NULL");
    for (size_t i = 0; i < w->layer->column_count; i++) {
        buffer_text(&sql, ", l.");
        twin_quote(&sql, w->layer->columns[i].name);
    }
    buffer_text(&sql, " FROM main.tawam_pending_row p LEFT JOIN main.");
    twin_quote(&sql, w->layer->name);
    buffer_format(&sql,
                  " l ON l.fid = p.fid WHERE p.layer = %d%s ORDER BY p.fid",
                  w->layer->id, only_existing ? " AND p.existed = 1" : "");
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(&w->rows, w->t, (const char *)sql.data, 0);
    buffer_free(&sql);
    return code;
}

static int prepare_list(sqlite3_stmt **out, walk *w, const char *sql)
{
    int code = twin_prepare(out, w->t, sql, 0);
    if (code == TAWAM_OK)
        sqlite3_bind_int(*out, 1, w->layer->id);
    return code;
}

static int walk_open(walk *w, twin *t, const twin_layer *layer,
                     int only_existing)
{
    *w = (walk){.t = t, .layer = layer};
    int code = arena_new(&w->memory);
    w->list = memory_array(layer->column_count, sizeof *w->list);
    w->kept = memory_array(layer->column_count, 1);
    if (code == TAWAM_OK && (!w->list || !w->kept))
        code = error_memory();
    if (code == TAWAM_OK)
        code = prepare_rows(w, only_existing);
    if (code == TAWAM_OK)
        code = prepare_list(&w->cells, w,
                            "SELECT fid, column, before FROM"
                            " main.tawam_pending_cell WHERE layer = ?1"
                            " ORDER BY fid, column");
    if (code == TAWAM_OK)
        code = prepare_list(&w->affirms, w,
                            "SELECT fid, column FROM"
                            " main.tawam_pending_affirm WHERE layer = ?1"
                            " ORDER BY fid, column");
    if (code == TAWAM_OK)
        code = w->more_cells = twin_step(t, w->cells);
    if (code >= 0)
        code = w->more_affirms = twin_step(t, w->affirms);
    return code < 0 ? code : TAWAM_OK;
}

static void walk_close(walk *w)
{
    sqlite3_finalize(w->rows);
    sqlite3_finalize(w->cells);
    sqlite3_finalize(w->affirms);
    arena_free(w->memory);
    free(w->list);
    free(w->kept);
}

/* ---- one row ---- */

/* The place of a column id in the layer's order, or -1. */
static int place_of(const twin_layer *layer, int column)
{
    for (size_t i = 0; i < layer->column_count; i++)
        if (layer->columns[i].id == column)
            return (int)i;
    return -1;
}

/* 1 if STATEMENT stands on an entry of FID; goes past those before it. */
static int advance_to(walk *w, sqlite3_stmt *statement, int *more, int64_t fid)
{
    while (*more > 0 && sqlite3_column_int64(statement, 0) < fid)
        *more = twin_step(w->t, statement);
    return *more > 0 && sqlite3_column_int64(statement, 0) == fid;
}

static int take_befores(walk *w, int64_t fid)
{
    int code = TAWAM_OK;
    while (advance_to(w, w->cells, &w->more_cells, fid)) {
        int place = place_of(w->layer, sqlite3_column_int(w->cells, 1));
        if (place >= 0) {
            twin_value before = twin_value_column(w->cells, 2);
            code = twin_value_copy(&w->list[place].before, &before, w->memory);
            w->kept[place] = 1;
        }
        if (code != TAWAM_OK)
            return code;
        w->more_cells = twin_step(w->t, w->cells);
    }
    return w->more_cells < 0 ? w->more_cells : TAWAM_OK;
}

static int take_affirms(walk *w, int64_t fid, int *row_affirmed)
{
    while (advance_to(w, w->affirms, &w->more_affirms, fid)) {
        int column = sqlite3_column_int(w->affirms, 1);
        int place = place_of(w->layer, column);
        if (column == 0)
            *row_affirmed = 1;
        if (place >= 0)
            w->list[place].affirmed = 1;
        w->more_affirms = twin_step(w->t, w->affirms);
    }
    return w->more_affirms < 0 ? w->more_affirms : TAWAM_OK;
}

static void clear_row(walk *w)
{
    arena_reset(w->memory);
    memset(w->kept, 0, w->layer->column_count);
    for (size_t i = 0; i < w->layer->column_count; i++)
        w->list[i] = (twin_pending_cell){.column = w->layer->columns[i].id};
}

/* Keeps of w->list the cells that count for an updated row; returns how many
 * of them differ. */
static size_t keep_changed(walk *w, size_t *count)
{
    size_t used = 0, changed = 0;
    for (size_t i = 0; i < w->layer->column_count; i++) {
        twin_pending_cell cell = w->list[i];
        int differs = w->kept[i] && !twin_value_equal(&cell.before, &cell.now);
        if (!w->kept[i])
            cell.before = cell.now;
        if (differs || cell.affirmed)
            w->list[used++] = cell;
        changed += (size_t)differs;
    }
    *count = used;
    return changed;
}

/* Fills ROW from where the statements stand; row->change 0 if it counts for
 * nothing. */
static int read_row(walk *w, twin_pending_row *row)
{
    int existed = sqlite3_column_int(w->rows, 1);
    int there = sqlite3_column_int(w->rows, 2);
    *row = (twin_pending_row){.layer = w->layer,
                              .fid = sqlite3_column_int64(w->rows, 0),
                              .cells = w->list,
                              .cell_count = w->layer->column_count};
    clear_row(w);
    int code = take_befores(w, row->fid);
    if (code == TAWAM_OK)
        code = take_affirms(w, row->fid, &row->affirmed);
    if (code != TAWAM_OK)
        return code;
    for (size_t i = 0; there && i < w->layer->column_count; i++)
        w->list[i].now = twin_value_column(w->rows, (int)i + 3);
    if (!existed) {
        row->change = there ? TWIN_INSERTED : 0;
    } else if (!there) {
        row->change = TWIN_DELETED;
        row->affirmed = 0;
        for (size_t i = 0; i < w->layer->column_count; i++)
            w->list[i].affirmed = 0;
    } else if (keep_changed(w, &row->cell_count) > 0) {
        row->change = TWIN_UPDATED;
    } else if (row->cell_count || row->affirmed) {
        row->change = TWIN_AFFIRMED;
    }
    return TAWAM_OK;
}

/* CALL for each pending row of LAYER, those that count for nothing too
 * (change 0) where EMPTY is 1. */
static int walk_layer(twin *t, const twin_layer *layer, int only_existing,
                      int empty,
                      int (*call)(void *context, const twin_pending_row *row),
                      void *context)
{
    walk w;
    int code = walk_open(&w, t, layer, only_existing);
    while (code == TAWAM_OK) {
        twin_pending_row row;
        int more = twin_step(t, w.rows);
        if (more <= 0) {
            code = more;
            break;
        }
        code = read_row(&w, &row);
        if (code == TAWAM_OK && (row.change || empty))
            code = call(context, &row);
    }
    walk_close(&w);
    return code;
}

/* ---- reading ---- */

int twin_pending_each(twin *t,
                      int (*call)(void *context, const twin_pending_row *row),
                      void *context)
{
    int code = catalogue_refresh(t);
    /* The callback may have the catalogue read again; this one stays whole. */
    const catalogue *c = t->catalogue;
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++)
        code = walk_layer(t, &c->entries[i].layer, 0, 0, call, context);
    return code;
}

static int count_row(void *context, const twin_pending_row *row)
{
    twin_pending_counts *counts = context;
    switch (row->change) {
    case TWIN_INSERTED:
        counts->inserted++;
        break;
    case TWIN_UPDATED:
        counts->updated++;
        break;
    case TWIN_DELETED:
        counts->deleted++;
        break;
    case TWIN_AFFIRMED:
        counts->affirmed++;
        break;
    }
    return TAWAM_OK;
}

static int is_widened(const layer_entry *e)
{
    if (e->recorded_geometry != (int)e->layer.geometry)
        return 1;
    for (size_t i = 0; i < e->layer.column_count; i++)
        if (e->layer.columns[i].type != e->layer.columns[i].recorded_type)
            return 1;
    return 0;
}

/* Layers with pending rows that were there before: the others need no walk. */
static int has_existing(int64_t *out, twin *t, int layer)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "SELECT 1 FROM main.tawam_pending_row"
                            " WHERE layer = ?1 AND existed = 1 LIMIT 1",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, layer);
    code = twin_step(t, statement);
    twin_release(statement);
    *out = code > 0;
    return code < 0 ? code : TAWAM_OK;
}

int twin_pending_count(twin *t, twin_pending_counts *out)
{
    twin_pending_counts counts = {0};
    int code = catalogue_refresh(t);
    if (code == TAWAM_OK)
        code = sql_integer(&counts.inserted, t, 0,
                           "SELECT count(*) FROM main.tawam_pending_row"
                           " WHERE existed = 0");
    const catalogue *c = t->catalogue;
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++) {
        int64_t existing = 0;
        counts.layers += is_widened(&c->entries[i]);
        code = has_existing(&existing, t, c->entries[i].layer.id);
        if (code == TAWAM_OK && existing)
            code =
                walk_layer(t, &c->entries[i].layer, 1, 0, count_row, &counts);
    }
    if (code == TAWAM_OK)
        *out = counts;
    return code;
}

int twin_pending_any(int *any, twin *t)
{
    int64_t rows = 0;
    int code = catalogue_refresh(t);
    if (code == TAWAM_OK)
        code = sql_integer(&rows, t, 0,
                           "SELECT 1 FROM main.tawam_pending_row LIMIT 1");
    if (code != TAWAM_OK)
        return code;
    *any = rows != 0;
    for (size_t i = 0; i < t->catalogue->count; i++)
        *any |= is_widened(&t->catalogue->entries[i]);
    return TAWAM_OK;
}

/* ---- writing ---- */

typedef struct fid_list {
    int64_t *fids;
    size_t count, capacity;
} fid_list;

static int note_empty(void *context, const twin_pending_row *row)
{
    fid_list *list = context;
    if (row->change)
        return TAWAM_OK;
    int code = memory_reserve((void **)&list->fids, &list->capacity,
                              list->count + 1, sizeof *list->fids);
    if (code == TAWAM_OK)
        list->fids[list->count++] = row->fid;
    return code;
}

int pending_purge(twin *t, const twin_layer *layer)
{
    fid_list list = {0};
    int code = walk_layer(t, layer, 0, 1, note_empty, &list);
    for (size_t i = 0; code == TAWAM_OK && i < list.count; i++) {
        code = sql_for_row(t,
                           "DELETE FROM main.tawam_pending_cell"
                           " WHERE layer = ?1 AND fid = ?2",
                           layer->id, list.fids[i]);
        if (code == TAWAM_OK)
            code = sql_for_row(t,
                               "DELETE FROM main.tawam_pending_row"
                               " WHERE layer = ?1 AND fid = ?2",
                               layer->id, list.fids[i]);
    }
    free(list.fids);
    return code;
}
