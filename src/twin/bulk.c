/* SPDX-License-Identifier: MIT */
/* bulk: many rows of others written at once. What they come to must be the
 * same on every replica, so for the rest of the transaction no trigger runs on
 * this connection: neither capture's, which is off anyway, nor one that another
 * program has put into this file, which may change rows or refuse them. What
 * GeoPackage's triggers would do to the R-tree is done here, with one statement
 * a layer. (Compiling and running the triggers of a layer also costs more than
 * writing its row.)
 *
 * Invariants:
 *  1. Triggers run again once the transaction has ended, however it ends.
 *  2. A count of rows that GDAL keeps by triggers is forgotten, not left wrong.
 */
#include "twin/twin_internal.h"

static int set_triggers(twin *t, int on)
{
    int result = sqlite3_db_config(t->database, SQLITE_DBCONFIG_ENABLE_TRIGGER,
                                   on, NULL);
    return result == SQLITE_OK ? TAWAM_OK
                               : twin_sql_error(t, _("writing to the replica"));
}

/* GDAL counts anew where its table says NULL. */
static int forget_counts(twin *t)
{
    int64_t counted = 0;
    int code = sql_integer(&counted, t, 0,
                           "SELECT count(*) FROM main.sqlite_schema AS s,"
                           " pragma_table_info('gpkg_ogr_contents') AS c"
                           " WHERE s.name = 'gpkg_ogr_contents' AND"
                           " s.type = 'table' AND c.name = 'feature_count'");
    if (code != TAWAM_OK || !counted)
        return code;
    return twin_execute(t, "UPDATE main.gpkg_ogr_contents"
                           " SET feature_count = NULL"
                           " WHERE feature_count IS NOT NULL");
}

int twin_bulk_begin(twin *t)
{
    if (!t->capture_off)
        return error_set(TAWAM_EUSAGE, "bulk with capture on");
    if (t->scratch || t->bulk)
        return TAWAM_OK;
    int code = set_triggers(t, 0);
    t->bulk = code == TAWAM_OK;
    return code == TAWAM_OK ? forget_counts(t) : code;
}

void bulk_end(twin *t)
{
    if (!t->bulk)
        return;
    t->bulk = 0;
    set_triggers(t, 1);
}

int twin_hindering_indexes(char **names, twin *t)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(
        &statement, t,
        "SELECT group_concat(s.name, ', ') FROM main.sqlite_schema AS s"
        " WHERE s.type = 'index' AND"
        " s.tbl_name COLLATE NOCASE IN (SELECT name FROM main.tawam_layer) AND"
        " s.name NOT LIKE 'tawam~_%' ESCAPE '~' AND"
        " (s.sql LIKE 'create unique%' OR s.sql LIKE '%where%' OR EXISTS"
        "  (SELECT 1 FROM pragma_index_xinfo(s.name) AS x WHERE x.cid = -2 OR"
        "   x.coll COLLATE NOCASE NOT IN ('binary', 'nocase', 'rtrim')))",
        0);
    if (code == TAWAM_OK)
        code = twin_step(t, statement);
    if (code > 0 && sqlite3_column_type(statement, 0) == SQLITE_NULL) {
        code = 0;
    } else if (code > 0) {
        *names = memory_string((const char *)sqlite3_column_text(statement, 0));
        code = *names ? 1 : error_memory();
    }
    sqlite3_finalize(statement);
    return code;
}

/* HEAD "rtree_LAYER_geom" TAIL, from the cache. */
static int prepare_rtree(sqlite3_stmt **out, twin *t, const twin_layer *layer,
                         const char *head, const char *tail)
{
    char tree[TWIN_NAME_MAX + 12];
    buffer sql = {0};
    snprintf(tree, sizeof tree, "rtree_%s_geom", layer->name);
    buffer_text(&sql, head);
    twin_quote(&sql, tree);
    buffer_text(&sql, tail);
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(out, t, (const char *)sql.data, 1);
    buffer_free(&sql);
    return code;
}

int twin_rtree_put(twin *t, const twin_layer *layer, int64_t fid,
                   const twin_value *geometry)
{
    static const int ORDER[4] = {0, 2, 1, 3}; /* minx, maxx, miny, maxy */
    sqlite3_stmt *statement = NULL;
    double box[4];
    int filled;
    if (!t->bulk || layer->geometry == TWIN_NO_GEOMETRY)
        return TAWAM_OK;
    filled =
        geometry && geometry->kind == TWIN_KIND_BYTES &&
        geometry_bounds(box, geometry->bytes, geometry->length) == TAWAM_OK;
    if (geometry && !filled)
        error_clear(); /* empty, or none: not in the tree */
    int code = filled ? prepare_rtree(&statement, t, layer,
                                      "INSERT OR REPLACE INTO main.",
                                      " VALUES (?, ?, ?, ?, ?)")
                      : prepare_rtree(&statement, t, layer, "DELETE FROM main.",
                                      " WHERE id = ?");
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int64(statement, 1, fid);
    for (int i = 0; filled && i < 4; i++)
        sqlite3_bind_double(statement, i + 2, box[ORDER[i]]);
    return sql_finish(t, statement);
}
