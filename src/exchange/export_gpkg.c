/* SPDX-License-Identifier: MIT */
/* export_gpkg: one layer as a GeoPackage 1.3.1 of its own, without anything of
 * ours in it: fid, uuid, the columns, geometry with its R-tree, and the names
 * a person reads (schema extension).
 *
 *  1. It is made under a temporary name without a journal: it is whole when
 *     it is renamed, or it is deleted.
 *  2. The R-tree is filled here, then its triggers are added, so that no ST_*
 *     function is needed while writing.
 *
 * Source: OGC 12-128r18, annexes C (tables) and F.3 (R-tree).
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "exchange/exchange_internal.h"

typedef struct gpkg_file {
    sqlite3 *database;
    const twin_layer *layer;
    sqlite3_stmt *insert, *index; /* a row; its box in the R-tree */
    size_t geometry;              /* position of geom, or SIZE_MAX */
    double bounds[4];             /* of all: min x, min y, max x, max y */
    int has_bounds;
} gpkg_file;

static const char CORE[] =
    "PRAGMA application_id = 1196444487; PRAGMA user_version = 10301;"
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL,"
    " srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,"
    " organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,"
    " description TEXT);"
    "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY,"
    " data_type TEXT NOT NULL, identifier TEXT UNIQUE,"
    " description TEXT DEFAULT '', last_change DATETIME NOT NULL"
    "  DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),"
    " min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,"
    " CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id)"
    "  REFERENCES gpkg_spatial_ref_sys(srs_id));"
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL,"
    " column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,"
    " srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,"
    " CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),"
    " CONSTRAINT uk_gc_table_name UNIQUE (table_name),"
    " CONSTRAINT fk_gc_tn FOREIGN KEY (table_name)"
    "  REFERENCES gpkg_contents(table_name),"
    " CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id)"
    "  REFERENCES gpkg_spatial_ref_sys (srs_id));"
    "CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT,"
    " extension_name TEXT NOT NULL, definition TEXT NOT NULL,"
    " scope TEXT NOT NULL, CONSTRAINT ge_tce"
    "  UNIQUE (table_name, column_name, extension_name));"
    "INSERT INTO gpkg_spatial_ref_sys VALUES"
    " ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),"
    " ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL),"
    " ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS[\"WGS 84\","
    "DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,"
    "AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],"
    "PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],"
    "UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],"
    "AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST],"
    "AUTHORITY[\"EPSG\",\"4326\"]]',"
    " 'longitude and latitude in decimal degrees');";

/* Message from the new file's own connection. */
static int fault(const gpkg_file *g)
{
    int code = sqlite3_errcode(g->database);
    return error_set(code == SQLITE_FULL    ? TAWAM_EFULL
                     : code == SQLITE_NOMEM ? TAWAM_EMEMORY
                                            : TAWAM_EENVIRONMENT,
                     _("cannot write the GeoPackage: %s"),
                     sqlite3_errmsg(g->database));
}

/* Run the SQL that the buffer holds, and empty it. */
static int run(const gpkg_file *g, buffer *sql)
{
    int result = buffer_check(sql);
    if (result == TAWAM_OK && sqlite3_exec(g->database, (char *)sql->data, NULL,
                                           NULL, NULL) != SQLITE_OK)
        result = fault(g);
    buffer_clear(sql);
    return result;
}

/* Append a literal, quoted for SQL. */
static void literal(buffer *sql, const char *text)
{
    char *quoted = sqlite3_mprintf("%Q", text);
    if (quoted)
        buffer_text(sql, quoted);
    else
        sql->failed = 1;
    sqlite3_free(quoted);
}

static const char *sql_type(twin_type type)
{
    static const char *const names[] = {
        [TWIN_BOOLEAN] = "BOOLEAN",   [TWIN_INTEGER] = "INTEGER",
        [TWIN_DECIMAL] = "DOUBLE",    [TWIN_DATE] = "DATE",
        [TWIN_DATETIME] = "DATETIME", [TWIN_TEXT] = "TEXT",
        [TWIN_BLOB] = "BLOB",
    };
    return names[type];
}

static int create_table(gpkg_file *g)
{
    buffer sql = {0};
    int result = TAWAM_OK;
    buffer_text(&sql, CORE);
    buffer_text(&sql, "CREATE TABLE ");
    twin_quote(&sql, g->layer->name);
    buffer_text(&sql, " (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL");
    for (size_t i = 0; i < g->layer->column_count; i++) {
        const twin_column *c = &g->layer->columns[i];
        buffer_text(&sql, ", ");
        twin_quote(&sql, c->name);
        buffer_format(&sql, " %s",
                      c->type == TWIN_GEOMETRY
                          ? twin_geometry_name(g->layer->geometry)
                          : sql_type(c->type));
    }
    buffer_text(&sql, "); INSERT INTO gpkg_contents(table_name, data_type, "
                      "identifier, srs_id) VALUES (");
    literal(&sql, g->layer->name);
    buffer_text(&sql, g->geometry == SIZE_MAX ? ", 'attributes', "
                                              : ", 'features', ");
    literal(&sql, g->layer->name);
    buffer_text(&sql, g->geometry == SIZE_MAX ? ", 0);" : ", 4326);");
    result = run(g, &sql);
    buffer_free(&sql);
    return result;
}

/* The R-tree's table, and what says that there is one. */
static int create_index(gpkg_file *g)
{
    buffer sql = {0};
    char *tree = memory_format("rtree_%s_geom", g->layer->name);
    int result = tree ? TAWAM_OK : TAWAM_EMEMORY;
    if (result == TAWAM_OK) {
        buffer_text(&sql, "INSERT INTO gpkg_geometry_columns VALUES (");
        literal(&sql, g->layer->name);
        buffer_text(&sql, ", 'geom', ");
        literal(&sql, twin_geometry_name(g->layer->geometry));
        buffer_text(&sql, ", 4326, 0, 0); CREATE VIRTUAL TABLE ");
        twin_quote(&sql, tree);
        buffer_text(&sql, " USING rtree(id, minx, maxx, miny, maxy); "
                          "INSERT INTO gpkg_extensions VALUES (");
        literal(&sql, g->layer->name);
        buffer_text(&sql,
                    ", 'geom', 'gpkg_rtree_index', "
                    "'http://www.geopackage.org/spec120/#extension_rtree', "
                    "'write-only');");
        result = run(g, &sql);
    }
    buffer_free(&sql);
    free(tree);
    return result;
}

/* ---- triggers of the R-tree (F.3, as of 1.2.1 to 1.3.1) ---- */

#define BOX                                                                    \
    "VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), "                  \
    "ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); "
#define FILLED "(NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom))"
#define GONE "OLD.geom NOT NULL BEGIN DELETE FROM $R WHERE id = OLD.fid; END;"
#define BARE "(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))"

/* $N: trigger name's start, $T: the table, $R: the R-tree. */
static const char TRIGGER_DELETE[] = "delete\" AFTER DELETE ON $T WHEN " GONE;
static const char *const TRIGGERS[] = {
    "insert\" AFTER INSERT ON $T WHEN " FILLED " BEGIN "
    "INSERT OR REPLACE INTO $R " BOX "END;",
    "update1\" AFTER UPDATE OF geom ON $T WHEN OLD.fid = NEW.fid AND " FILLED
    " BEGIN INSERT OR REPLACE INTO $R " BOX "END;",
    "update2\" AFTER UPDATE OF geom ON $T WHEN OLD.fid = NEW.fid AND " BARE
    " BEGIN DELETE FROM $R WHERE id = OLD.fid; END;",
    "update3\" AFTER UPDATE ON $T WHEN OLD.fid != NEW.fid AND " FILLED
    " BEGIN DELETE FROM $R WHERE id = OLD.fid; "
    "INSERT OR REPLACE INTO $R " BOX "END;",
    "update4\" AFTER UPDATE ON $T WHEN OLD.fid != NEW.fid AND " BARE
    " BEGIN DELETE FROM $R WHERE id IN (OLD.fid, NEW.fid); END;",
    TRIGGER_DELETE,
};

static void fill_in(buffer *sql, const char *pattern, const char *layer,
                    const char *tree)
{
    for (const char *c = pattern; *c; c++) {
        if (c[0] == '$') {
            twin_quote(sql, c[1] == 'T' ? layer : tree);
            c++;
        } else {
            buffer_byte(sql, (uint8_t)*c);
        }
    }
}

static int create_triggers(gpkg_file *g)
{
    buffer sql = {0}, name = {0};
    char *tree = memory_format("rtree_%s_geom", g->layer->name);
    int result = tree ? TAWAM_OK : TAWAM_EMEMORY;
    for (size_t i = 0;
         i < sizeof TRIGGERS / sizeof *TRIGGERS && result == TAWAM_OK; i++) {
        /* "rtree_t_geom" opened here, closed by the pattern's first quote. */
        buffer_clear(&name);
        twin_quote(&name, tree);
        buffer_text(&sql, "CREATE TRIGGER ");
        buffer_bytes(&sql, name.data, name.length ? name.length - 1 : 0);
        buffer_byte(&sql, '_');
        fill_in(&sql, TRIGGERS[i], g->layer->name, tree);
        result = name.failed ? error_memory() : run(g, &sql);
    }
    buffer_free(&sql);
    buffer_free(&name);
    free(tree);
    return result;
}

/* ---- rows ---- */

static int prepare(gpkg_file *g)
{
    buffer sql = {0};
    char *tree = memory_format("rtree_%s_geom", g->layer->name);
    int result = tree ? TAWAM_OK : TAWAM_EMEMORY;

    buffer_text(&sql, "INSERT INTO ");
    twin_quote(&sql, g->layer->name);
    buffer_text(&sql, " VALUES (?");
    for (size_t i = 0; i < g->layer->column_count; i++)
        buffer_text(&sql, ", ?");
    buffer_text(&sql, ")");
    if (result == TAWAM_OK)
        result = buffer_check(&sql);
    if (result == TAWAM_OK &&
        sqlite3_prepare_v2(g->database, (char *)sql.data, -1, &g->insert,
                           NULL) != SQLITE_OK)
        result = fault(g);
    buffer_clear(&sql);
    if (result == TAWAM_OK && g->geometry != SIZE_MAX) {
        buffer_text(&sql, "INSERT INTO ");
        twin_quote(&sql, tree);
        buffer_text(&sql, " VALUES (?, ?, ?, ?, ?)");
        result = buffer_check(&sql);
        if (result == TAWAM_OK &&
            sqlite3_prepare_v2(g->database, (char *)sql.data, -1, &g->index,
                               NULL) != SQLITE_OK)
            result = fault(g);
    }
    buffer_free(&sql);
    free(tree);
    return result;
}

static void widen(gpkg_file *g, const double box[4])
{
    for (int i = 0; i < 2; i++) {
        if (!g->has_bounds || box[i] < g->bounds[i])
            g->bounds[i] = box[i];
        if (!g->has_bounds || box[i + 2] > g->bounds[i + 2])
            g->bounds[i + 2] = box[i + 2];
    }
    g->has_bounds = 1;
}

static int index_row(gpkg_file *g, int64_t fid, const twin_value *shape)
{
    double box[4];
    if (shape->kind != TWIN_KIND_BYTES ||
        geometry_bounds(box, shape->bytes, shape->length) < 0) {
        error_clear(); /* NULL or empty: it has no place in the index */
        return TAWAM_OK;
    }
    widen(g, box);
    sqlite3_bind_int64(g->index, 1, fid);
    sqlite3_bind_double(g->index, 2, box[0]);
    sqlite3_bind_double(g->index, 3, box[2]);
    sqlite3_bind_double(g->index, 4, box[1]);
    sqlite3_bind_double(g->index, 5, box[3]);
    sqlite3_step(g->index);
    return sqlite3_reset(g->index) == SQLITE_OK ? TAWAM_OK : fault(g);
}

static int copy_row(gpkg_file *g, const export_job *job)
{
    int64_t fid = export_fid(job);
    int result = TAWAM_OK;
    sqlite3_bind_int64(g->insert, 1, fid);
    for (size_t i = 0; i < g->layer->column_count && result == TAWAM_OK; i++) {
        twin_value v = export_cell(job, i);
        result = twin_value_bind(g->insert, (int)i + 2, &v);
    }
    if (result < 0)
        return result;
    sqlite3_step(g->insert);
    if (sqlite3_reset(g->insert) != SQLITE_OK)
        return fault(g);
    if (g->geometry == SIZE_MAX)
        return TAWAM_OK;
    twin_value shape = export_cell(job, g->geometry);
    return index_row(g, fid, &shape);
}

/* Extent into gpkg_contents, 17 digits so that it is the same double. */
static int set_bounds(gpkg_file *g)
{
    buffer sql = {0};
    int result = TAWAM_OK;
    if (!g->has_bounds)
        return TAWAM_OK;
    char *update = sqlite3_mprintf(
        "UPDATE gpkg_contents SET min_x = %!.17g, min_y = %!.17g, "
        "max_x = %!.17g, max_y = %!.17g",
        g->bounds[0], g->bounds[1], g->bounds[2], g->bounds[3]);
    buffer_text(&sql, update ? update : "");
    sqlite3_free(update);
    result = run(g, &sql);
    buffer_free(&sql);
    return result;
}

static int copy_rows(gpkg_file *g, export_job *job)
{
    int result = TAWAM_OK;
    while ((result = export_next(job)) == 1) {
        result = copy_row(g, job);
        if (result < 0)
            return result;
    }
    return result;
}

/* ---- the file ---- */

static int open_file(gpkg_file *g, const char *path)
{
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW;
    char *whole = file_absolute(path);
    int result = whole ? TAWAM_OK : TAWAM_EMEMORY;
    if (result == TAWAM_OK &&
        sqlite3_open_v2(whole, &g->database, flags, NULL) != SQLITE_OK)
        result = g->database ? fault(g) : error_memory();
    free(whole);
    if (result == TAWAM_OK &&
        sqlite3_exec(g->database,
                     "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; "
                     "PRAGMA trusted_schema=OFF; BEGIN",
                     NULL, NULL, NULL) != SQLITE_OK)
        result = fault(g);
    return result;
}

static int close_file(gpkg_file *g)
{
    int failed = 0;
    sqlite3_finalize(g->insert);
    sqlite3_finalize(g->index);
    failed = sqlite3_close(g->database) != SQLITE_OK;
    g->database = NULL;
    return failed
               ? error_set(TAWAM_EENVIRONMENT, _("cannot close the GeoPackage"))
               : TAWAM_OK;
}

static int flush(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result = TAWAM_OK;
    if (fd < 0 || fsync(fd) < 0)
        result = error_system(_("flush the GeoPackage to disk"));
    if (fd >= 0)
        close(fd);
    return result;
}

int export_gpkg(export_job *job, const char *temporary)
{
    gpkg_file g = {.layer = job->layer, .geometry = SIZE_MAX};
    size_t last = job->layer->column_count;
    int result = open_file(&g, temporary);

    if (last && job->layer->columns[last - 1].type == TWIN_GEOMETRY)
        g.geometry = last - 1;
    if (result == TAWAM_OK)
        result = create_table(&g);
    if (result == TAWAM_OK && g.geometry != SIZE_MAX)
        result = create_index(&g);
    if (result == TAWAM_OK)
        result = prepare(&g);
    if (result == TAWAM_OK)
        result = copy_rows(&g, job);
    if (result == TAWAM_OK)
        result = set_bounds(&g);
    if (result == TAWAM_OK && g.geometry != SIZE_MAX)
        result = create_triggers(&g);
    if (result == TAWAM_OK &&
        sqlite3_exec(g.database, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        result = fault(&g);
    if (close_file(&g) < 0 && result == TAWAM_OK)
        result = error_code();
    return result == TAWAM_OK ? flush(temporary) : result;
}
