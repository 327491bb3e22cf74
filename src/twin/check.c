/* SPDX-License-Identifier: MIT */
/* check: is the file what a GeoPackage reader and we expect. It compares the
 * file with itself only; that the data are the recorded ones is for sync's
 * verify, which compares them with the log. */
#include "twin/twin_internal.h"
#include <math.h>

static int damaged(const twin *t, const char *what)
{
    return error_set(TAWAM_EDAMAGED, _("the replica in %s is damaged: %s"),
                     t->directory, what);
}

static int check_integrity(twin *t)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t, "PRAGMA main.integrity_check(1)", 0);
    if (code != TAWAM_OK)
        return code;
    code = twin_step(t, statement);
    if (code > 0) {
        const char *word = (const char *)sqlite3_column_text(statement, 0);
        code = word && strcmp(word, "ok") == 0
                   ? TAWAM_OK
                   : damaged(t, word ? word : "integrity_check");
    }
    sqlite3_finalize(statement);
    return code;
}

static int check_number(twin *t, const char *sql, int64_t expected,
                        const char *what)
{
    int64_t found = 0;
    int code = sql_integer(&found, t, 0, sql);
    if (code == TAWAM_OK && found != expected)
        code = damaged(t, what);
    return code;
}

static int check_layer_rows(twin *t, const twin_layer *layer)
{
    int code = gpkg_is_registered(t, layer);
    if (code == 0)
        code = error_set(TAWAM_EDAMAGED,
                         _("layer '%s' is not in GeoPackage's tables as it "
                           "should be; recording the changes mends it"),
                         layer->name);
    return code > 0 ? TAWAM_OK : code;
}

/* Rows whose box is missing, wrong, or of no row. The tree keeps 32-bit
 * floats rounded outwards, hence the inequalities. */
static int write_rtree_sql(buffer *sql, const twin_layer *layer)
{
    char *tree = memory_format("rtree_%s_geom", layer->name);
    if (!tree)
        return error_memory();
    buffer_text(sql, "SELECT (SELECT count(*) FROM main.");
    twin_quote(sql, layer->name);
    buffer_text(sql, " l LEFT JOIN main.");
    twin_quote(sql, tree);
    buffer_text(sql, " r ON r.id = l.fid WHERE l.geom NOT NULL AND NOT"
                     " ST_IsEmpty(l.geom) AND (r.id IS NULL OR"
                     " r.minx > ST_MinX(l.geom) OR r.maxx < ST_MaxX(l.geom) OR"
                     " r.miny > ST_MinY(l.geom) OR r.maxy < ST_MaxY(l.geom) OR"
                     " r.minx < ST_MinX(l.geom) - 1e-4 OR"
                     " r.maxx > ST_MaxX(l.geom) + 1e-4 OR"
                     " r.miny < ST_MinY(l.geom) - 1e-4 OR"
                     " r.maxy > ST_MaxY(l.geom) + 1e-4)) +"
                     " abs((SELECT count(*) FROM main.");
    twin_quote(sql, tree);
    buffer_text(sql, ") - (SELECT count(*) FROM main.");
    twin_quote(sql, layer->name);
    buffer_text(sql, " WHERE geom NOT NULL AND NOT ST_IsEmpty(geom)))");
    free(tree);
    return buffer_check(sql);
}

static int check_rtree(twin *t, const twin_layer *layer)
{
    buffer sql = {0};
    int64_t wrong = 0;
    if (layer->geometry == TWIN_NO_GEOMETRY || t->scratch)
        return TAWAM_OK;
    int code = gpkg_has_rtree(t, layer->name);
    if (code == 0)
        code = error_set(TAWAM_EDAMAGED,
                         _("layer '%s' has no spatial index; recording the "
                           "changes makes it anew"),
                         layer->name);
    if (code > 0)
        code = write_rtree_sql(&sql, layer);
    if (code == TAWAM_OK)
        code = sql_integer(&wrong, t, 0, (const char *)sql.data);
    if (code == TAWAM_OK && wrong)
        code = error_set(TAWAM_EDAMAGED,
                         _("the spatial index of layer '%s' is wrong for %lld "
                           "rows"),
                         layer->name, (long long)wrong);
    buffer_free(&sql);
    return code;
}

int twin_check_file(twin *t)
{
    int code = check_integrity(t);
    if (code == TAWAM_OK)
        code = check_number(t, "PRAGMA main.application_id", TWIN_GPKG_ID,
                            _("its application id is not GPKG"));
    if (code == TAWAM_OK) /* another program may have gone to a later one */
        code = check_number(
            t, "SELECT user_version >= 10200 FROM main.pragma_user_version", 1,
            _("its GeoPackage version is not one"));
    if (code == TAWAM_OK)
        code = check_number(t,
                            "SELECT count(*) FROM main.gpkg_spatial_ref_sys"
                            " WHERE srs_id IN (-1, 0, 4326)",
                            3, _("a reference system is missing"));
    if (code == TAWAM_OK)
        code = check_number(t, "SELECT count(*) FROM main.tawam_capture", 1,
                            _("its capture switch is missing"));
    return code;
}

int twin_check_layers(twin *t)
{
    int code = catalogue_refresh(t);
    const catalogue *c = t->catalogue;
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++) {
        code = check_layer_rows(t, &c->entries[i].layer);
        if (code == TAWAM_OK)
            code = check_rtree(t, &c->entries[i].layer);
    }
    return code;
}

int twin_check(twin *t)
{
    int code = twin_check_file(t);
    return code == TAWAM_OK ? twin_check_layers(t) : code;
}
