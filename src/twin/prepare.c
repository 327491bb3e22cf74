/* SPDX-License-Identifier: MIT */
/* prepare: everything that must be right before pending changes are recorded
 * or others' are merged: tables, values, ids. Repeating it changes nothing. */
#include "twin/twin_internal.h"

#include <math.h>

/* ---- values of others, as ours would be ----
 * Another program may also have written to a row that tawam added (drawn) and
 * did not record yet: who wrote last is known of none. */

static int has_pending_rows(int64_t *out, twin *t, int layer)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "SELECT 1 FROM main.tawam_pending_row"
                            " WHERE layer = ?1 LIMIT 1",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, layer);
    code = twin_step(t, statement);
    twin_release(statement);
    *out = code > 0;
    return code < 0 ? code : TAWAM_OK;
}

/* UPDATE layer SET c = tawam_convert(c, type) WHERE pending and different */
static int normalize_column(twin *t, const twin_layer *layer,
                            const twin_column *column)
{
    buffer sql = {0}, converted = {0};
    buffer_text(&converted, "tawam_convert(");
    twin_quote(&converted, column->name);
    buffer_format(&converted, ", %d)", (int)column->type);
    int code = buffer_check(&converted);
    const char *call = code == TAWAM_OK ? (const char *)converted.data : "";
    buffer_text(&sql, "UPDATE main.");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " SET ");
    twin_quote(&sql, column->name);
    buffer_format(&sql,
                  " = %s WHERE fid IN (SELECT fid FROM main.tawam_pending_row"
                  " WHERE layer = %d) AND (typeof(",
                  call, layer->id);
    twin_quote(&sql, column->name);
    buffer_format(&sql, ") <> typeof(%s) OR ", call);
    twin_quote(&sql, column->name);
    buffer_format(&sql, " COLLATE BINARY IS NOT %s)", call);
    if (code == TAWAM_OK)
        code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_execute(t, (const char *)sql.data);
    buffer_free(&sql);
    buffer_free(&converted);
    return code;
}

/* Every column of the pending rows. */
static int prepare_pending_rows(sqlite3_stmt **out, twin *t,
                                const twin_layer *layer)
{
    buffer sql = {0};
    buffer_text(&sql, "SELECT p.fid");
    for (size_t i = 0; i < layer->column_count; i++) {
        buffer_text(&sql, ", l.");
        twin_quote(&sql, layer->columns[i].name);
    }
    buffer_text(&sql, " FROM main.tawam_pending_row p JOIN main.");
    twin_quote(&sql, layer->name);
    buffer_format(&sql, " l ON l.fid = p.fid WHERE p.layer = %d", layer->id);
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(out, t, (const char *)sql.data, 0);
    buffer_free(&sql);
    return code;
}

/* What was found in them. */
typedef struct foreign_values {
    uint8_t *wrong; /* by column: 1, some value is not as ours would be */
    twin_geometry geometry; /* the join of the types they hold */
    buffer blob;
} foreign_values;

static int is_as_ours(foreign_values *f, const twin_value *value,
                      twin_type type)
{
    char storage[64];
    twin_value ours = twin_value_convert(value, type, storage);
    twin_geometry geometry = TWIN_NO_GEOMETRY;
    if (type == TWIN_GEOMETRY && ours.kind == TWIN_KIND_BYTES) {
        buffer_clear(&f->blob);
        if (geometry_normalize(&f->blob, ours.bytes, ours.length) == TAWAM_OK) {
            ours.bytes = (const char *)f->blob.data;
            ours.length = f->blob.length;
        }
        if (geometry_type(&geometry, value->bytes, value->length) == TAWAM_OK)
            f->geometry = twin_geometry_join(f->geometry, geometry);
    }
    return twin_value_equal(value, &ours);
}

/* twin_value_column() gives the greatest double for it, and so does every other
 * replica. */
static int is_infinite(sqlite3_stmt *statement, int index)
{
    return sqlite3_column_type(statement, index) == SQLITE_FLOAT &&
           isinf(sqlite3_column_double(statement, index));
}

/* Mostly nothing is found, and an UPDATE of a layer takes as long to compile
 * as some hundred rows to read: its triggers are compiled with it. */
static int look_at_pending(foreign_values *f, twin *t, const twin_layer *layer)
{
    sqlite3_stmt *statement = NULL;
    int code = prepare_pending_rows(&statement, t, layer);
    while (code == TAWAM_OK && (code = twin_step(t, statement)) > 0) {
        for (size_t i = 0; i < layer->column_count; i++) {
            twin_value value = twin_value_column(statement, (int)i + 1);
            if (!is_as_ours(f, &value, layer->columns[i].type) ||
                is_infinite(statement, (int)i + 1))
                f->wrong[i] = 1;
        }
        code = buffer_check(&f->blob);
    }
    sqlite3_finalize(statement);
    return code;
}

static int normalize_layer(twin *t, const twin_layer *layer)
{
    foreign_values f = {.geometry = layer->geometry};
    int64_t any = 0;
    int code = has_pending_rows(&any, t, layer->id);
    if (code != TAWAM_OK || !any)
        return code;
    f.wrong = memory_array(layer->column_count, 1);
    code = f.wrong ? look_at_pending(&f, t, layer) : error_memory();
    for (size_t i = 0; code == TAWAM_OK && i < layer->column_count; i++)
        if (f.wrong[i])
            code = normalize_column(t, layer, &layer->columns[i]);
    if (code == TAWAM_OK && layer->geometry != TWIN_NO_GEOMETRY &&
        f.geometry != layer->geometry)
        code = twin_layer_declare(t, layer->name, f.geometry, NULL, 0);
    free(f.wrong);
    buffer_free(&f.blob);
    return code;
}

/* REPLACE INTO without a geometry leaves the old row's box in the R-tree. */
static int mend_rtree(twin *t, const twin_layer *layer)
{
    buffer sql = {0};
    if (layer->geometry == TWIN_NO_GEOMETRY)
        return TAWAM_OK;
    char *tree = memory_format("rtree_%s_geom", layer->name);
    if (!tree)
        return error_memory();
    buffer_text(&sql, "DELETE FROM main.");
    twin_quote(&sql, tree);
    buffer_format(&sql,
                  " WHERE id IN (SELECT p.fid FROM main.tawam_pending_row p"
                  " LEFT JOIN main.");
    twin_quote(&sql, layer->name);
    buffer_format(&sql,
                  " l ON l.fid = p.fid WHERE p.layer = %d AND p.existed = 1"
                  " AND l.geom IS NULL)",
                  layer->id);
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_execute(t, (const char *)sql.data);
    buffer_free(&sql);
    free(tree);
    return code;
}

/* ---- the whole ---- */

static int for_each_layer(twin *t, int (*call)(twin *, const twin_layer *))
{
    int code = catalogue_refresh(t);
    const catalogue *c = t->catalogue;
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++)
        code = call(t, &c->entries[i].layer);
    return code;
}

int prepare_rows_pending(twin *t)
{
    int code = for_each_layer(t, normalize_layer);
    if (code == TAWAM_OK)
        code = for_each_layer(t, mend_rtree);
    if (code == TAWAM_OK)
        code = for_each_layer(t, pending_purge);
    if (code == TAWAM_OK)
        code = renumber_pending(t);
    return code;
}

static int prepare(twin *t)
{
    int code = foreign_tables_adopt(t);
    if (code == TAWAM_OK)
        code = for_each_layer(t, foreign_layer_mend);
    if (code == TAWAM_OK)
        code = prepare_rows_pending(t);
    return code;
}

int twin_pending_prepare(twin *t, int *drifted)
{
    int any = 0;
    if (t->scratch) {
        *drifted = 0;
        return TAWAM_OK;
    }
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = prepare(t);
    if (code == TAWAM_OK)
        code = catalogue_refresh(t);
    for (size_t i = 0; code == TAWAM_OK && i < t->catalogue->count; i++)
        any |= t->catalogue->entries[i].drift;
    if (code != TAWAM_OK) {
        twin_rollback(t);
        return code;
    }
    code = twin_commit(t);
    if (code == TAWAM_OK)
        *drifted = any;
    return code;
}
