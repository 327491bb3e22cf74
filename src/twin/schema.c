/* SPDX-License-Identifier: MIT */
/* schema: every table of a replica but the layers, as readable SQL.
 *
 * The gpkg_ ones follow OGC 12-128r18, annex C (core), F.9 (schema extension)
 * and F.3 (R-tree, made by layer in gpkg.c). Ours carry no foreign keys: other
 * programs switch foreign keys on. */
#include "twin/twin_internal.h"

static const char GPKG_TABLES[] =
    "CREATE TABLE gpkg_spatial_ref_sys ("
    " srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,"
    " organization TEXT NOT NULL,"
    " organization_coordsys_id INTEGER NOT NULL,"
    " definition TEXT NOT NULL, description TEXT);"
    "CREATE TABLE gpkg_contents ("
    " table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,"
    " identifier TEXT UNIQUE, description TEXT DEFAULT '',"
    " last_change DATETIME NOT NULL"
    "  DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),"
    " min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,"
    " srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id)"
    "  REFERENCES gpkg_spatial_ref_sys(srs_id));"
    "CREATE TABLE gpkg_geometry_columns ("
    " table_name TEXT NOT NULL, column_name TEXT NOT NULL,"
    " geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,"
    " z TINYINT NOT NULL, m TINYINT NOT NULL,"
    " CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),"
    " CONSTRAINT uk_gc_table_name UNIQUE (table_name),"
    " CONSTRAINT fk_gc_tn FOREIGN KEY (table_name)"
    "  REFERENCES gpkg_contents(table_name),"
    " CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id)"
    "  REFERENCES gpkg_spatial_ref_sys (srs_id));"
    "CREATE TABLE gpkg_extensions ("
    " table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,"
    " definition TEXT NOT NULL, scope TEXT NOT NULL,"
    " CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));"
    "CREATE TABLE gpkg_data_columns ("
    " table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,"
    " title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,"
    " CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),"
    " CONSTRAINT gdc_tn UNIQUE (table_name, name));"
    "CREATE TABLE gpkg_data_column_constraints ("
    " constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL,"
    " value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC,"
    " max_is_inclusive BOOLEAN, description TEXT,"
    " CONSTRAINT gdcc_ntv UNIQUE"
    "  (constraint_name, constraint_type, value));";

static const char GPKG_ROWS[] =
    "INSERT INTO gpkg_spatial_ref_sys VALUES"
    " ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined',"
    "  'undefined Cartesian coordinate reference system'),"
    " ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined',"
    "  'undefined geographic coordinate reference system'),"
    " ('WGS 84 geodetic', 4326, 'EPSG', 4326, '"
    "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,"
    "298.257223563,AUTHORITY[\"EPSG\",\"7030\"]],"
    "AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,"
    "AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,"
    "AUTHORITY[\"EPSG\",\"9122\"]],AXIS[\"Latitude\",NORTH],"
    "AXIS[\"Longitude\",EAST],AUTHORITY[\"EPSG\",\"4326\"]]',"
    "  'longitude/latitude coordinates in decimal degrees on the WGS 84"
    " spheroid');"
    "INSERT INTO gpkg_extensions VALUES"
    " ('gpkg_data_columns', NULL, 'gpkg_schema',"
    "  'http://www.geopackage.org/spec121/#extension_schema',"
    "  'read-write'),"
    " ('gpkg_data_column_constraints', NULL, 'gpkg_schema',"
    "  'http://www.geopackage.org/spec121/#extension_schema',"
    "  'read-write');";

/* A cell's `before` has no declared type, so it keeps any value as it was. */
static const char OWN_TABLES[] =
    "CREATE TABLE tawam_setting ("
    " name TEXT NOT NULL PRIMARY KEY, value TEXT) WITHOUT ROWID;"
    /* geometry: a twin_geometry; recorded_geometry NULL: no commit declares
     * the layer; drift 1: capture was broken, rows must be compared */
    "CREATE TABLE tawam_layer ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL, geometry INTEGER NOT NULL,"
    " recorded_geometry INTEGER, drift INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX tawam_layer_name"
    " ON tawam_layer (name COLLATE NOCASE);"
    /* type: a twin_type; recorded_type 0: no commit declares it */
    "CREATE TABLE tawam_column ("
    " layer INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL,"
    " type INTEGER NOT NULL, recorded_type INTEGER NOT NULL DEFAULT 0,"
    " position INTEGER NOT NULL, PRIMARY KEY (layer, id)) WITHOUT ROWID;"
    /* column '' : the layer's own label; choice '' : the column's */
    "CREATE TABLE tawam_label ("
    " layer TEXT NOT NULL COLLATE NOCASE, column TEXT NOT NULL COLLATE NOCASE,"
    " choice TEXT NOT NULL, language TEXT NOT NULL, text TEXT NOT NULL,"
    " position INTEGER NOT NULL,"
    " PRIMARY KEY (layer, column, choice, language)) WITHOUT ROWID;"
    "CREATE INDEX tawam_label_position ON tawam_label (position);"
    /* `column` of `layer` holds fids of `target` */
    "CREATE TABLE tawam_reference ("
    " layer INTEGER NOT NULL, column INTEGER NOT NULL,"
    " target INTEGER NOT NULL, PRIMARY KEY (layer, column)) WITHOUT ROWID;"
    "CREATE TABLE tawam_capture (off INTEGER NOT NULL);"
    "INSERT INTO tawam_capture VALUES (0);"
    "CREATE TABLE tawam_pending_row ("
    " layer INTEGER NOT NULL, fid INTEGER NOT NULL, existed INTEGER NOT NULL,"
    " drawn INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (layer, fid))"
    " WITHOUT ROWID;"
    "CREATE TABLE tawam_pending_cell ("
    " layer INTEGER NOT NULL, fid INTEGER NOT NULL, column INTEGER NOT NULL,"
    " before, PRIMARY KEY (layer, fid, column)) WITHOUT ROWID;"
    "CREATE TABLE tawam_pending_affirm ("
    " layer INTEGER NOT NULL, fid INTEGER NOT NULL, column INTEGER NOT NULL,"
    " PRIMARY KEY (layer, fid, column)) WITHOUT ROWID;";

#define LATER_COUNT 9 /* tables in LATER_TABLES */
/* Tables that came after replicas were made: each is made where it is missing.
 * Local: no commit and no state hash has them. */
static const char LATER_TABLES[] =
    /* A record in progress (form/draft.h). revision: changes written; fid:
     * the row it becomes; edits 1: that row is there; instance_id: what an
     * edited one gets, NULL: the fid's */
    "CREATE TABLE IF NOT EXISTS tawam_draft ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, form TEXT NOT NULL,"
    " version TEXT NOT NULL, title TEXT NOT NULL, caption TEXT,"
    " place TEXT, language TEXT, started INTEGER NOT NULL,"
    " changed INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 0,"
    " fid INTEGER NOT NULL,"
    " edits INTEGER NOT NULL DEFAULT 0, instance_id TEXT, audit BLOB);"
    /* Items' paths, once for all drafts. */
    "CREATE TABLE IF NOT EXISTS tawam_draft_path ("
    " id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);"
    /* Instances of repeats. parent 0: the record itself; position: the order
     * among those of one path and parent; fid: the row it was read from */
    "CREATE TABLE IF NOT EXISTS tawam_draft_instance ("
    " draft INTEGER NOT NULL, number INTEGER NOT NULL, path INTEGER NOT NULL,"
    " parent INTEGER NOT NULL, position INTEGER NOT NULL, fid INTEGER,"
    " PRIMARY KEY (draft, number)) WITHOUT ROWID;"
    /* Values that are not empty; asked 1: an answer */
    "CREATE TABLE IF NOT EXISTS tawam_draft_value ("
    " draft INTEGER NOT NULL, instance INTEGER NOT NULL,"
    " path INTEGER NOT NULL, asked INTEGER NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (draft, instance, path)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS tawam_draft_note ("
    " draft INTEGER NOT NULL, instance INTEGER NOT NULL,"
    " path INTEGER NOT NULL, flagged INTEGER NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (draft, instance, path)) WITHOUT ROWID;"
    /* What a draft that edits a row began with: its values, and with path 0
     * the fid and path of each instance's row, of instance 0 the row's note.
     */
    "CREATE TABLE IF NOT EXISTS tawam_draft_before ("
    " draft INTEGER NOT NULL, instance INTEGER NOT NULL,"
    " path INTEGER NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (draft, instance, path)) WITHOUT ROWID;"
    /* What an upgrade of the form left no place for. */
    "CREATE TABLE IF NOT EXISTS tawam_draft_aside ("
    " draft INTEGER NOT NULL, version TEXT NOT NULL, path TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY (draft, version, path)) WITHOUT ROWID;"
    /* The line that is being typed, no answer yet. path: as a person writes it,
     * with the numbers of instances */
    "CREATE TABLE IF NOT EXISTS tawam_draft_typed ("
    " draft INTEGER PRIMARY KEY, path TEXT NOT NULL, text TEXT NOT NULL);"
    /* Rows of files that became records: digest of what stands in one, nth
     * among those that have it (work/form_import_seen.c) */
    "CREATE TABLE IF NOT EXISTS tawam_draft_imported ("
    " form TEXT NOT NULL, digest BLOB NOT NULL, nth INTEGER NOT NULL,"
    " fid INTEGER NOT NULL, PRIMARY KEY (form, digest, nth)) WITHOUT ROWID;";

int schema_complete(twin *t)
{
    int64_t there = 0;
    int code = sql_integer(&there, t, 0,
                           "SELECT count(*) FROM main.sqlite_schema WHERE"
                           " type = 'table' AND name GLOB 'tawam_draft*'");
    if (code != TAWAM_OK || there == LATER_COUNT)
        return code;
    code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = twin_execute(t, LATER_TABLES);
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}

const char *const *twin_tables(void)
{
    static const char *const ALL[] = {GPKG_TABLES, OWN_TABLES, LATER_TABLES,
                                      NULL};
    return ALL;
}

int schema_create(twin *t)
{
    int code = twin_execute(t, GPKG_TABLES);
    if (code == TAWAM_OK)
        code = twin_execute(t, GPKG_ROWS);
    if (code == TAWAM_OK)
        code = twin_execute(t, OWN_TABLES);
    if (code == TAWAM_OK)
        code = twin_execute(t, LATER_TABLES);
    if (code == TAWAM_OK)
        code = sql_run(t, "INSERT INTO tawam_setting VALUES ('format', '%d')",
                       TWIN_FORMAT);
    return code;
}
