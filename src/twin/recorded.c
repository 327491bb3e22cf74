/* SPDX-License-Identifier: MIT */
/* recorded: a row as the last record or merge left it, whatever was edited
 * since: what the layer's table holds, with what the triggers kept put back. */
#include "twin/twin_internal.h"

int twin_capture_whole(twin *t, const twin_layer *layer)
{
    int capture = 0, other = 0;
    int code = catalogue_refresh(t);
    layer = code == TAWAM_OK ? twin_layer_by_id(t, layer->id) : NULL;
    if (!layer)
        return code;
    if (t->scratch || entry_of(layer)->drift)
        return 0;
    code = triggers_compare(&capture, &other, t, layer);
    return code != TAWAM_OK ? code : !capture;
}

/* A statement that asks SQL of the row. */
static int ask_of_row(sqlite3_stmt **out, twin *t, const char *sql,
                      const twin_layer *layer, int64_t fid)
{
    int code = twin_prepare(out, t, sql, 1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(*out, 1, layer->id);
    sqlite3_bind_int64(*out, 2, fid);
    return TAWAM_OK;
}

/* What tawam_pending_row says: -1 nothing, else `existed`. */
static int pending_existed(int *out, twin *t, const twin_layer *layer,
                           int64_t fid)
{
    sqlite3_stmt *statement = NULL;
    int code = ask_of_row(&statement, t,
                          "SELECT existed FROM main.tawam_pending_row"
                          " WHERE layer = ?1 AND fid = ?2",
                          layer, fid);
    if (code != TAWAM_OK)
        return code;
    code = twin_step(t, statement);
    *out = code > 0 ? sqlite3_column_int(statement, 0) : -1;
    twin_release(statement);
    return code < 0 ? code : TAWAM_OK;
}

static int put_back(twin_cell *cells, twin *t, const twin_layer *layer,
                    int64_t fid, arena *a)
{
    sqlite3_stmt *statement = NULL;
    int code = ask_of_row(&statement, t,
                          "SELECT column, before FROM main.tawam_pending_cell"
                          " WHERE layer = ?1 AND fid = ?2",
                          layer, fid);
    while (code == TAWAM_OK && (code = twin_step(t, statement)) > 0) {
        int column = sqlite3_column_int(statement, 0);
        twin_value before = twin_value_column(statement, 1);
        code = TAWAM_OK;
        for (size_t i = 0; code == TAWAM_OK && i < layer->column_count; i++)
            if (cells[i].column == column)
                code = twin_value_copy(&cells[i].value, &before, a);
    }
    twin_release(statement);
    return code;
}

int twin_row_recorded(twin_cell **cells, twin *t, const twin_layer *layer,
                      int64_t fid, arena *a)
{
    int existed = -1;
    twin_cell *list = arena_alloc(a, layer->column_count * sizeof *list);
    int code = list ? pending_existed(&existed, t, layer, fid) : error_memory();
    if (code != TAWAM_OK || existed == 0)
        return code;
    code = row_read_into(list, t, layer, fid, a);
    if (code < 0 || (code == 0 && existed < 0))
        return code;
    if (existed > 0)
        code = put_back(list, t, layer, fid, a);
    for (size_t i = 0; i < layer->column_count; i++)
        if (!layer->columns[i].recorded_type)
            list[i].value = (twin_value){.kind = TWIN_KIND_NULL};
    if (code < 0)
        return code;
    *cells = list;
    return 1;
}
