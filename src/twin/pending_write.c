/* SPDX-License-Identifier: MIT */
/* pending_write: what is pending, changed by hand: recorded and forgotten,
 * affirmed, noted after a comparison; capture off and on. */
#include "twin/twin_internal.h"

int twin_pending_clear(twin *t)
{
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = gpkg_refresh_contents(t);
    if (code == TAWAM_OK)
        code = twin_execute(
            t, "DELETE FROM main.tawam_pending_row;"
               "DELETE FROM main.tawam_pending_cell;"
               "DELETE FROM main.tawam_pending_affirm;"
               "UPDATE main.tawam_layer SET recorded_geometry = geometry"
               " WHERE recorded_geometry IS NOT geometry;"
               "UPDATE main.tawam_column SET recorded_type = type"
               " WHERE recorded_type <> type");
    t->catalogue_stale = 1;
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}

static const char NOTE_ROW[] =
    "INSERT INTO main.tawam_pending_row (layer, fid, existed, drawn)"
    " SELECT ?1, ?2, 1, 0 WHERE NOT EXISTS (SELECT 1 FROM"
    " main.tawam_pending_row WHERE layer = ?1 AND fid = ?2)";
static const char NOTE_NEW_ROW[] =
    "INSERT INTO main.tawam_pending_row (layer, fid, existed, drawn)"
    " SELECT ?1, ?2, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM"
    " main.tawam_pending_row WHERE layer = ?1 AND fid = ?2)";

static int affirm(twin *t, const twin_layer *layer, int64_t fid, int column)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_row_exists(t, layer, fid);
    if (code < 0)
        return code;
    if (!code)
        return error_set(TAWAM_ENOTFOUND, _("layer '%s' has no row %lld"),
                         layer->name, (long long)fid);
    code = sql_for_row(t, NOTE_ROW, layer->id, fid);
    if (code == TAWAM_OK)
        code = twin_prepare(&statement, t,
                            "INSERT INTO main.tawam_pending_affirm"
                            " SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1"
                            " FROM main.tawam_pending_affirm WHERE layer = ?1"
                            " AND fid = ?2 AND column = ?3)",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, layer->id);
    sqlite3_bind_int64(statement, 2, fid);
    sqlite3_bind_int(statement, 3, column);
    return sql_finish(t, statement);
}

int twin_affirm(twin *t, const twin_layer *layer, int64_t fid, int column)
{
    if (column != 0 && !twin_column_by_id(layer, column))
        return error_set(TAWAM_EUSAGE, _("layer '%s' has no column %d"),
                         layer->name, column);
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = affirm(t, layer, fid, column);
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}

/* A row of which nothing is left leaves the list. */
static const char FORGET_ROW[] =
    "DELETE FROM main.tawam_pending_row WHERE layer = ?1 AND fid = ?2"
    " AND existed = 1 AND NOT EXISTS (SELECT 1 FROM main.tawam_pending_cell"
    " WHERE layer = ?1 AND fid = ?2) AND NOT EXISTS (SELECT 1 FROM"
    " main.tawam_pending_affirm WHERE layer = ?1 AND fid = ?2)";

int pending_forget_equal(twin *t, const twin_layer *layer, int64_t fid)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < layer->column_count; i++) {
        buffer sql = {0};
        const char *name = layer->columns[i].name;
        buffer_format(&sql,
                      "DELETE FROM main.tawam_pending_cell WHERE layer = ?1"
                      " AND fid = ?2 AND column = %d AND EXISTS (SELECT 1 FROM"
                      " main.",
                      layer->columns[i].id);
        twin_quote(&sql, layer->name);
        buffer_text(&sql, " l WHERE l.fid = ?2 AND typeof(before) = typeof(l.");
        twin_quote(&sql, name);
        buffer_text(&sql, ") AND before COLLATE BINARY IS l.");
        twin_quote(&sql, name);
        buffer_byte(&sql, ')');
        code = buffer_check(&sql);
        if (code == TAWAM_OK)
            code = sql_for_row(t, (const char *)sql.data, layer->id, fid);
        buffer_free(&sql);
    }
    return code == TAWAM_OK ? sql_for_row(t, FORGET_ROW, layer->id, fid) : code;
}

static int unaffirm(twin *t, int layer, int64_t fid, int column)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "DELETE FROM main.tawam_pending_affirm WHERE"
                            " layer = ?1 AND fid = ?2 AND column = ?3"
                            " RETURNING 1",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, layer);
    sqlite3_bind_int64(statement, 2, fid);
    sqlite3_bind_int(statement, 3, column);
    code = twin_step(t, statement);
    twin_release(statement);
    if (code <= 0)
        return code < 0 ? code : TAWAM_ENOTFOUND;
    return sql_for_row(t, FORGET_ROW, layer, fid);
}

int twin_unaffirm(twin *t, const twin_layer *layer, int64_t fid, int column)
{
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = unaffirm(t, layer->id, fid, column);
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}

/* ---- capture off and on ---- */

int capture_switch(twin *t, int off)
{
    if (t->scratch)
        return TAWAM_OK;
    return twin_execute(t, off ? "UPDATE main.tawam_capture SET off = 1"
                               : "UPDATE main.tawam_capture SET off = 0");
}

int twin_capture_off(twin *t)
{
    if (t->depth == 0)
        return error_set(TAWAM_EUSAGE, "capture off outside a transaction");
    if (t->capture_off)
        return TAWAM_OK;
    int code = capture_switch(t, 1);
    if (code == TAWAM_OK)
        t->capture_off = 1;
    return code;
}

/* ---- what a comparison found ---- */

static int note_before(twin *t, const twin_layer *layer, int64_t fid,
                       const twin_cell *cell)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "INSERT INTO main.tawam_pending_cell"
                            " SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1"
                            " FROM main.tawam_pending_cell WHERE layer = ?1"
                            " AND fid = ?2 AND column = ?3)",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, layer->id);
    sqlite3_bind_int64(statement, 2, fid);
    sqlite3_bind_int(statement, 3, cell->column);
    code = twin_value_bind(statement, 4, &cell->value);
    if (code == TAWAM_OK)
        return sql_finish(t, statement);
    twin_release(statement);
    return code;
}

int twin_pending_note(twin *t, const twin_layer *layer, int64_t fid,
                      int existed, const twin_cell *before, size_t count)
{
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = sql_for_row(t, existed ? NOTE_ROW : NOTE_NEW_ROW, layer->id, fid);
    /* A broken capture may have taken the row for new; what was recorded
     * knows better. */
    if (code == TAWAM_OK && existed)
        code = sql_for_row(t,
                           "UPDATE main.tawam_pending_row SET existed = 1"
                           " WHERE layer = ?1 AND fid = ?2 AND existed = 0",
                           layer->id, fid);
    for (size_t i = 0; code == TAWAM_OK && existed && i < count; i++)
        code = note_before(t, layer, fid, &before[i]);
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}

int twin_drift(int **ids, size_t *count, twin *t, arena *a)
{
    int code = catalogue_refresh(t);
    if (code != TAWAM_OK)
        return code;
    size_t used = 0;
    int *list = arena_alloc(a, (t->catalogue->count + 1) * sizeof *list);
    if (!list)
        return error_memory();
    for (size_t i = 0; i < t->catalogue->count; i++)
        if (t->catalogue->entries[i].drift)
            list[used++] = t->catalogue->entries[i].layer.id;
    *ids = list;
    *count = used;
    return TAWAM_OK;
}

/* The rows a comparison found to be new want ids as any; references between
 * layers are only complete once the last one is compared. */
int twin_drift_done(twin *t, int layer)
{
    int64_t left = 0;
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    t->catalogue_stale = 1;
    code = sql_run(t, "UPDATE main.tawam_layer SET drift = 0 WHERE id = %d",
                   layer);
    if (code == TAWAM_OK)
        code = sql_integer(&left, t, 0,
                           "SELECT count(*) FROM main.tawam_layer WHERE"
                           " drift = 1");
    if (code == TAWAM_OK && left == 0)
        code = prepare_rows_pending(t);
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}
