/* SPDX-License-Identifier: MIT */
/* gpkg: the rows by which GeoPackage readers know a layer, and its R-tree.
 * Source: OGC 12-128r18 §1.1.3, §2.1.5, annex F.3. */
#include "twin/twin_internal.h"

/* One statement with the layer's name as ?1 and two texts as ?2, ?3. */
static int run_named(twin *t, const char *sql, const char *layer,
                     const char *second, const char *third)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t, sql, 1);
    if (code != TAWAM_OK)
        return code;
    int bound = sqlite3_bind_parameter_count(statement);
    sqlite3_bind_text(statement, 1, layer, -1, SQLITE_STATIC);
    if (bound > 1)
        sqlite3_bind_text(statement, 2, second, -1, SQLITE_STATIC);
    if (bound > 2)
        sqlite3_bind_text(statement, 3, third, -1, SQLITE_STATIC);
    return sql_finish(t, statement);
}

static int register_contents(twin *t, const char *layer, int features)
{
    int code = run_named(
        t,
        "INSERT INTO main.gpkg_contents (table_name, data_type, identifier)"
        " SELECT ?1, 'attributes', ?1 WHERE NOT EXISTS (SELECT 1 FROM"
        " main.gpkg_contents WHERE table_name = ?1)",
        layer, NULL, NULL);
    if (code == TAWAM_OK)
        code = run_named(t,
                         "UPDATE main.gpkg_contents SET data_type = ?2,"
                         " srs_id = CASE ?2 WHEN 'features' THEN 4326 END,"
                         " min_x = NULL, min_y = NULL, max_x = NULL,"
                         " max_y = NULL WHERE table_name = ?1",
                         layer, features ? "features" : "attributes", NULL);
    return code;
}

static int register_geometry(twin *t, const twin_layer *layer)
{
    int code = run_named(t,
                         "DELETE FROM main.gpkg_geometry_columns"
                         " WHERE table_name = ?1 COLLATE NOCASE",
                         layer->name, NULL, NULL);
    if (code != TAWAM_OK || layer->geometry == TWIN_NO_GEOMETRY)
        return code;
    return run_named(t,
                     "INSERT INTO main.gpkg_geometry_columns"
                     " VALUES (?1, 'geom', ?2, 4326, 0, 0)",
                     layer->name, twin_geometry_name(layer->geometry), NULL);
}

/* GDAL may keep a count of features in a table of its own; once we rebuild a
 * table its triggers are gone and the count would be wrong. */
static int forget_ogr_count(twin *t, const char *layer)
{
    int64_t there = 0;
    int code = sql_integer(&there, t, 0,
                           "SELECT count(*) FROM main.sqlite_schema WHERE"
                           " name = 'gpkg_ogr_contents'");
    if (code != TAWAM_OK || !there)
        return code;
    return run_named(t,
                     "DELETE FROM main.gpkg_ogr_contents"
                     " WHERE table_name = ?1 COLLATE NOCASE",
                     layer, NULL, NULL);
}

int gpkg_register(twin *t, const twin_layer *layer)
{
    int features = layer->geometry != TWIN_NO_GEOMETRY;
    int code = register_contents(t, layer->name, features);
    if (code == TAWAM_OK)
        code = register_geometry(t, layer);
    return code;
}

static char *rtree_table(const char *layer)
{
    return memory_format("rtree_%s_geom", layer);
}

int gpkg_has_rtree(twin *t, const char *layer)
{
    sqlite3_stmt *statement = NULL;
    char *tree = rtree_table(layer);
    if (!tree)
        return error_memory();
    int code = twin_prepare(&statement, t,
                            "SELECT 1 FROM main.sqlite_schema WHERE"
                            " type = 'table' AND name = ?1 COLLATE NOCASE AND"
                            " EXISTS (SELECT 1 FROM main.gpkg_extensions WHERE"
                            "  table_name = ?2 COLLATE NOCASE AND"
                            "  extension_name = 'gpkg_rtree_index')",
                            1);
    if (code == TAWAM_OK) {
        sqlite3_bind_text(statement, 1, tree, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, layer, -1, SQLITE_STATIC);
        code = twin_step(t, statement);
        twin_release(statement);
    }
    free(tree);
    return code;
}

int gpkg_drop_rtree(twin *t, const char *layer)
{
    buffer sql = {0};
    char *tree = rtree_table(layer);
    if (!tree)
        return error_memory();
    buffer_text(&sql, "DROP TABLE IF EXISTS main.");
    twin_quote(&sql, tree);
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_execute(t, (const char *)sql.data);
    if (code == TAWAM_OK)
        code = run_named(t,
                         "DELETE FROM main.gpkg_extensions WHERE"
                         " table_name = ?1 COLLATE NOCASE AND"
                         " extension_name = 'gpkg_rtree_index'",
                         layer, NULL, NULL);
    if (code == TAWAM_OK)
        code = forget_ogr_count(t, layer);
    buffer_free(&sql);
    free(tree);
    return code;
}

static int fill_rtree(twin *t, const char *layer, const char *tree)
{
    buffer sql = {0};
    buffer_text(&sql, "CREATE VIRTUAL TABLE main.");
    twin_quote(&sql, tree);
    buffer_text(&sql, " USING rtree(id, minx, maxx, miny, maxy);"
                      " INSERT INTO main.");
    twin_quote(&sql, tree);
    buffer_text(&sql, " SELECT fid, ST_MinX(geom), ST_MaxX(geom),"
                      " ST_MinY(geom), ST_MaxY(geom) FROM main.");
    twin_quote(&sql, layer);
    buffer_text(&sql, " WHERE geom NOT NULL AND NOT ST_IsEmpty(geom)");
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_execute(t, (const char *)sql.data);
    buffer_free(&sql);
    return code;
}

int gpkg_make_rtree(twin *t, const twin_layer *layer)
{
    if (t->scratch)
        return TAWAM_OK;
    int code = gpkg_drop_rtree(t, layer->name);
    if (code != TAWAM_OK || layer->geometry == TWIN_NO_GEOMETRY)
        return code;
    char *tree = rtree_table(layer->name);
    if (!tree)
        return error_memory();
    code = fill_rtree(t, layer->name, tree);
    free(tree);
    if (code == TAWAM_OK)
        code =
            run_named(t,
                      "INSERT INTO main.gpkg_extensions VALUES (?1, 'geom',"
                      " 'gpkg_rtree_index',"
                      " 'http://www.geopackage.org/spec120/#extension_rtree',"
                      " 'write-only')",
                      layer->name, NULL, NULL);
    return code;
}

int gpkg_refresh_contents(twin *t)
{
    return twin_execute(
        t, "UPDATE main.gpkg_contents SET min_x = NULL, min_y = NULL,"
           " max_x = NULL, max_y = NULL WHERE min_x IS NOT NULL AND"
           " table_name COLLATE NOCASE IN (SELECT name FROM tawam_layer);"
           "UPDATE main.gpkg_contents SET"
           " last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE"
           " table_name COLLATE NOCASE IN (SELECT name FROM tawam_layer"
           " WHERE id IN (SELECT DISTINCT layer FROM tawam_pending_row))");
}

int gpkg_is_registered(twin *t, const twin_layer *layer)
{
    sqlite3_stmt *statement = NULL;
    int geometry = layer->geometry != TWIN_NO_GEOMETRY;
    int code = twin_prepare(
        &statement, t,
        "SELECT (SELECT count(*) FROM main.gpkg_contents WHERE"
        "  table_name = ?1 COLLATE NOCASE AND data_type ="
        "  CASE ?2 WHEN 1 THEN 'features' ELSE 'attributes' END),"
        " (SELECT count(*) FROM main.gpkg_geometry_columns WHERE"
        "  table_name = ?1 COLLATE NOCASE AND column_name = 'geom' AND"
        "  geometry_type_name = ?3 AND srs_id = 4326),"
        " (SELECT count(*) FROM main.sqlite_schema WHERE type = 'table'"
        "  AND name = ?1 COLLATE NOCASE)",
        1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, layer->name, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, geometry);
    sqlite3_bind_text(statement, 3, twin_geometry_name(layer->geometry), -1,
                      SQLITE_STATIC);
    code = twin_step(t, statement);
    int right = code > 0 && sqlite3_column_int(statement, 0) == 1 &&
                sqlite3_column_int(statement, 1) == geometry &&
                sqlite3_column_int(statement, 2) == 1;
    twin_release(statement);
    return code < 0 ? code : right;
}
