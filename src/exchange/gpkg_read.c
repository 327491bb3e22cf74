/* SPDX-License-Identifier: MIT */
/* gpkg_read: rows of one table of a GeoPackage that another program wrote.
 *
 *  1. The file is opened read-only and never changed; nothing in it is
 *     trusted: no view, no trigger, no function of its schema is run.
 *  2. One transaction holds from the first pass to the end of the second, so
 *     both see the same rows whatever others do meanwhile.
 *  3. Only EPSG:4326 is taken; another SRS is refused with the command that
 *     converts it. Geometry is checked here; twin stores its own form.
 *  4. The table's row id is the place of a wrong row; as a column it is the
 *     file's like any other (fid becomes fid_source).
 *  5. Neither a lack of memory nor a disk that doesn't read is taken for a file
 *     that is wrong, nor for a column or a value that is not there.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "exchange/exchange_internal.h"

enum { HEADER_SIZE = 100, VALUE_MAX = 16 << 20 };

typedef struct gpkg_source {
    source base;
    sqlite3 *database;
    sqlite3_stmt *rows; /* rowid, then the columns */
    char *name, *table;
    uint64_t done, total; /* rows */
    source_cell *cells;
    char reason[EXCHANGE_REASON_SIZE];
} gpkg_source;

/* So it is after a call of SQLite's, or a look at a text that it gave. */
static int lacks_memory(const gpkg_source *s)
{
    return (sqlite3_errcode(s->database) & 0xFF) == SQLITE_NOMEM;
}

static int fault(gpkg_source *s)
{
    if (twin_disk_failed(s->database))
        return error_set(TAWAM_EENVIRONMENT,
                         _("'%s' can't be read as a GeoPackage: %s"), s->name,
                         sqlite3_errstr(SQLITE_IOERR));
    if (lacks_memory(s))
        return error_memory();
    return error_set(TAWAM_EUSAGE, _("'%s' can't be read as a GeoPackage: %s"),
                     s->name, sqlite3_errmsg(s->database));
}

/* ---- opening ---- */

/* Is it one, by its header? *wal gets 1 for a file in write-ahead mode. */
static int check_header(const char *path, int *wal)
{
    unsigned char head[HEADER_SIZE] = {0};
    FILE *file = fopen(path, "rbe");
    size_t length = 0;
    if (!file)
        return error_system(_("open '%s'"), path);
    length = fread(head, 1, sizeof head, file);
    if (ferror(file)) {
        error_system(_("read %s"), path);
        fclose(file);
        return error_code();
    }
    fclose(file);
    if (length < sizeof head || memcmp(head, "SQLite format 3", 16) != 0)
        return error_set(TAWAM_EUSAGE, _("'%s' is not a GeoPackage"), path);
    if (memcmp(head + 68, "GPKG", 4) != 0 &&
        memcmp(head + 68, "GP10", 4) != 0 && memcmp(head + 68, "GP11", 4) != 0)
        return error_set(TAWAM_EUSAGE,
                         _("'%s' is an SQLite file but not a GeoPackage"),
                         path);
    *wal = head[18] == 2;
    return TAWAM_OK;
}

/* The path as a file: URI; '?', '#' and '%' are what a URI takes for its
 * own. A file in write-ahead mode whose log is empty can be read without
 * making one beside it. */
static int make_uri(buffer *uri, const char *path, int wal)
{
    char *log = memory_format("%s-wal", path);
    char *whole = file_absolute(path);
    int result = log && whole ? TAWAM_OK : TAWAM_EMEMORY;
    int64_t size = log && wal ? file_size(log) : 1;
    buffer_text(uri, "file://");
    for (const char *c = whole; c && *c; c++) {
        if (*c == '?' || *c == '#' || *c == '%')
            buffer_format(uri, "%%%02X", (unsigned char)*c);
        else
            buffer_byte(uri, (uint8_t)*c);
    }
    buffer_text(uri, "?mode=ro");
    if (size == 0 || size == TAWAM_ENOTFOUND)
        buffer_text(uri, "&immutable=1");
    else if (size < 0)
        result = (int)size;
    free(log);
    free(whole);
    return result < 0 ? result : buffer_check(uri);
}

static void distrust(sqlite3 *database)
{
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_limit(database, SQLITE_LIMIT_LENGTH, VALUE_MAX);
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_exec(database, "PRAGMA cell_size_check=ON", NULL, NULL, NULL);
    sqlite3_busy_timeout(database, 10000);
}

static int open_database(gpkg_source *s)
{
    buffer uri = {0};
    int wal = 0;
    int result = check_header(s->name, &wal);
    if (result == TAWAM_OK)
        result = make_uri(&uri, s->name, wal);
    if (result == TAWAM_OK &&
        sqlite3_open_v2((const char *)uri.data, &s->database,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                        NULL) != SQLITE_OK)
        result = s->database ? fault(s) : error_memory();
    buffer_free(&uri);
    if (result < 0)
        return result;
    distrust(s->database);
    /* A snapshot for both passes. */
    if (sqlite3_exec(s->database, "BEGIN; SELECT 1 FROM sqlite_schema", NULL,
                     NULL, NULL) != SQLITE_OK)
        return fault(s);
    return TAWAM_OK;
}

static int prepare(gpkg_source *s, sqlite3_stmt **out, const char *sql,
                   const char *parameter)
{
    if (sqlite3_prepare_v2(s->database, sql, -1, out, NULL) != SQLITE_OK)
        return fault(s);
    if (parameter && sqlite3_bind_text(*out, 1, parameter, -1,
                                       SQLITE_TRANSIENT) != SQLITE_OK)
        return fault(s);
    return TAWAM_OK;
}

/* ---- the table ---- */

/* One name of several, the only one into s->table. */
static int add_name(gpkg_source *s, buffer *names, int count, const char *name)
{
    buffer_format(names, "%s'%s'", count > 1 ? ", " : "", name);
    free(s->table);
    s->table = memory_string(name);
    return s->table ? buffer_check(names) : TAWAM_EMEMORY;
}

/* Of COUNT layers, one is what an import takes. */
static int check_one(const gpkg_source *s, int count, const buffer *names)
{
    if (count == 0)
        return error_set(TAWAM_EUSAGE,
                         _("'%s' holds no layer of features or attributes"),
                         s->name);
    if (count > 1)
        return error_set(TAWAM_EUSAGE,
                         _("'%s' holds %d layers, name the one to import: "
                           "%s"),
                         s->name, count, (const char *)names->data);
    return TAWAM_OK;
}

/* The only table of the GeoPackage into s->table. */
static int choose_table(gpkg_source *s)
{
    sqlite3_stmt *q = NULL;
    buffer names = {0};
    int count = 0, step = 0;
    int result = prepare(s, &q,
                         "SELECT table_name FROM gpkg_contents WHERE "
                         "data_type IN ('features', 'attributes') "
                         "ORDER BY table_name LIMIT 100",
                         NULL);
    while (result == TAWAM_OK && (step = sqlite3_step(q)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(q, 0);
        if (name)
            result = add_name(s, &names, ++count, name);
        else if (lacks_memory(s))
            result = fault(s);
    }
    if (result == TAWAM_OK && step != SQLITE_DONE)
        result = fault(s);
    if (result == TAWAM_OK)
        result = check_one(s, count, &names);
    sqlite3_finalize(q);
    buffer_free(&names);
    return result;
}

/* A plain table, listed in gpkg_contents: a view could run anything. */
static int check_table(gpkg_source *s)
{
    sqlite3_stmt *q = NULL;
    int result = prepare(s, &q,
                         "SELECT m.name FROM sqlite_schema m, gpkg_contents c "
                         "WHERE m.type = 'table' AND lower(m.name) = lower(?1) "
                         "AND lower(c.table_name) = lower(m.name) "
                         "AND m.sql NOT LIKE 'CREATE VIRTUAL%'",
                         s->table);
    int step = result == TAWAM_OK ? sqlite3_step(q) : SQLITE_ROW;
    if (step == SQLITE_DONE)
        result = error_set(TAWAM_EUSAGE,
                           _("'%s' has no table '%s' of features or "
                             "attributes"),
                           s->name, s->table);
    else if (step != SQLITE_ROW)
        result = fault(s);
    sqlite3_finalize(q);
    return result;
}

/* The row of gpkg_geometry_columns that Q stands at. */
static int take_geometry(gpkg_source *s, sqlite3_stmt *q, char **name,
                         twin_geometry *type)
{
    const char *column = (const char *)sqlite3_column_text(q, 0);
    const char *geometry = (const char *)sqlite3_column_text(q, 1);
    const char *organization = (const char *)sqlite3_column_text(q, 2);
    const char *srs = (const char *)sqlite3_column_text(q, 4);
    if (lacks_memory(s))
        return fault(s);
    if (!organization || strcmp(organization, "EPSG") != 0 ||
        sqlite3_column_int(q, 3) != 4326)
        return error_set(TAWAM_EUSAGE,
                         _("the geometry of '%s' is in SRS %d (%s), "
                           "not in EPSG:4326; convert it first: "
                           "ogr2ogr -t_srs EPSG:4326 OUT.gpkg '%s'"),
                         s->table, sqlite3_column_int(q, 5), srs ? srs : "?",
                         s->name);
    if (!geometry || twin_geometry_parse(type, geometry) < 0)
        *type = TWIN_ANY_GEOMETRY;
    error_clear();
    *name = memory_string(column);
    return column && !*name ? TAWAM_EMEMORY : TAWAM_OK;
}

/* Geometry column: *name (owned) and its type; refuses another SRS. */
static int find_geometry(gpkg_source *s, char **name, twin_geometry *type)
{
    sqlite3_stmt *q = NULL;
    int step = SQLITE_DONE;
    int result = prepare(s, &q,
                         "SELECT g.column_name, g.geometry_type_name, "
                         "upper(r.organization), r.organization_coordsys_id, "
                         "r.srs_name, g.srs_id FROM gpkg_geometry_columns g "
                         "LEFT JOIN gpkg_spatial_ref_sys r USING (srs_id) "
                         "WHERE lower(g.table_name) = lower(?1)",
                         s->table);
    if (result < 0 && sqlite3_errcode(s->database) == SQLITE_ERROR) {
        error_clear(); /* one of attributes may lack the table */
        return TAWAM_OK;
    }
    if (result == TAWAM_OK)
        step = sqlite3_step(q);
    if (result == TAWAM_OK && step == SQLITE_ROW)
        result = take_geometry(s, q, name, type);
    else if (result == TAWAM_OK && step != SQLITE_DONE)
        result = fault(s);
    sqlite3_finalize(q);
    return result;
}

/* GeoPackage table 1 (§2.1.1); what is none of them is inferred. */
static twin_type declared_type(const char *declared)
{
    static const struct {
        const char *name;
        twin_type type;
    } known[] = {
        {"BOOLEAN", TWIN_BOOLEAN},   {"TINYINT", TWIN_INTEGER},
        {"SMALLINT", TWIN_INTEGER},  {"MEDIUMINT", TWIN_INTEGER},
        {"INT", TWIN_INTEGER},       {"INTEGER", TWIN_INTEGER},
        {"FLOAT", TWIN_DECIMAL},     {"DOUBLE", TWIN_DECIMAL},
        {"REAL", TWIN_DECIMAL},      {"TEXT", TWIN_TEXT},
        {"BLOB", TWIN_BLOB},         {"DATE", TWIN_DATE},
        {"DATETIME", TWIN_DATETIME},
    };
    size_t length = declared ? strcspn(declared, "( ") : 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == length &&
            sqlite3_strnicmp(known[i].name, declared, (int)length) == 0)
            return known[i].type;
    return 0;
}

static int add_columns(gpkg_source *s, const char *geometry, twin_geometry type)
{
    sqlite3_stmt *q = NULL;
    int step = 0;
    int result = prepare(s, &q, "SELECT name, type FROM pragma_table_info(?1)",
                         s->table);
    while (result == TAWAM_OK && (step = sqlite3_step(q)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(q, 0);
        size_t index = 0;
        const char *type_name = (const char *)sqlite3_column_text(q, 1);
        int is_geometry = geometry && name && text_equal_nocase(name, geometry);
        if (lacks_memory(s)) {
            result = fault(s);
            break;
        }
        if (!name || !text_valid(name, strlen(name))) {
            result =
                error_set(TAWAM_EUSAGE, _("the name of a column is not UTF-8"));
            break;
        }
        result = source_add_column(&s->base, &index, name, strlen(name),
                                   is_geometry ? ROLE_GEOMETRY : ROLE_DATA);
        if (result < 0)
            break;
        s->base.columns[index].type =
            is_geometry ? TWIN_GEOMETRY : declared_type(type_name);
        s->base.columns[index].geometry = is_geometry ? type : TWIN_NO_GEOMETRY;
    }
    if (result == TAWAM_OK && step != SQLITE_DONE)
        result = fault(s);
    sqlite3_finalize(q);
    return result;
}

static int prepare_rows(gpkg_source *s)
{
    buffer sql = {0};
    sqlite3_stmt *count = NULL;
    int result = TAWAM_OK;

    buffer_text(&sql, "SELECT count(*) FROM ");
    twin_quote(&sql, s->table);
    result = buffer_check(&sql);
    if (result == TAWAM_OK)
        result = prepare(s, &count, (const char *)sql.data, NULL);
    if (result == TAWAM_OK && sqlite3_step(count) != SQLITE_ROW)
        result = fault(s);
    if (result == TAWAM_OK)
        s->total = (uint64_t)sqlite3_column_int64(count, 0);
    sqlite3_finalize(count);
    buffer_clear(&sql);
    buffer_text(&sql, "SELECT rowid");
    for (size_t i = 0; i < s->base.column_count; i++) {
        buffer_text(&sql, ", ");
        twin_quote(&sql, s->base.columns[i].name);
    }
    buffer_text(&sql, " FROM ");
    twin_quote(&sql, s->table);
    buffer_text(&sql, " ORDER BY rowid");
    if (result == TAWAM_OK)
        result = buffer_check(&sql);
    if (result == TAWAM_OK)
        result = prepare(s, &s->rows, (const char *)sql.data, NULL);
    buffer_free(&sql);
    return result;
}

/* ---- rows ---- */

/* A blob of ours' kind, in degrees that are on Earth. */
static int check_geometry(const twin_value *v)
{
    double box[4];
    int result = geometry_check(v->bytes, v->length);
    if (result < 0)
        return result;
    if (geometry_bounds(box, v->bytes, v->length) < 0) {
        error_clear(); /* empty */
        return TAWAM_OK;
    }
    if (box[0] < -180 || box[2] > 180 || box[1] < -90 || box[3] > 90)
        return error_set(TAWAM_EUSAGE, _("a coordinate is outside -180 to 180 "
                                         "or -90 to 90 degrees"));
    return TAWAM_OK;
}

static void read_geometry(gpkg_source *s, source_row *row, size_t i)
{
    source_cell *cell = &s->cells[i];
    int is_blob = cell->value.kind == TWIN_KIND_BYTES;
    if (cell->value.kind == TWIN_KIND_NULL)
        return;
    if (is_blob && check_geometry(&cell->value) == TAWAM_OK) {
        cell->type = TWIN_GEOMETRY;
        return;
    }
    snprintf(s->reason, sizeof s->reason, "%s",
             is_blob ? error_message() : _("not a geometry"));
    error_clear();
    row->wrong = s->reason;
    row->column = s->base.columns[i].name;
}

static void read_cell(gpkg_source *s, source_row *row, size_t i)
{
    static const twin_type by_kind[] = {
        [TWIN_KIND_NULL] = 0,
        [TWIN_KIND_INTEGER] = TWIN_INTEGER,
        [TWIN_KIND_REAL] = TWIN_DECIMAL,
        [TWIN_KIND_TEXT] = TWIN_TEXT,
        [TWIN_KIND_BYTES] = TWIN_BLOB,
    };
    source_cell *cell = &s->cells[i];
    cell->absent = 0;
    cell->value = twin_value_column(s->rows, (int)i + 1);
    cell->type = by_kind[cell->value.kind];
    if (s->base.columns[i].role == ROLE_GEOMETRY) {
        read_geometry(s, row, i);
    } else if (cell->value.kind == TWIN_KIND_TEXT &&
               (!text_valid(cell->value.bytes, cell->value.length) ||
                memchr(cell->value.bytes, 0, cell->value.length))) {
        row->wrong = _("not UTF-8");
        row->column = s->base.columns[i].name;
    }
}

static int gpkg_next(source *base, source_row *row)
{
    gpkg_source *s = (gpkg_source *)base;
    int step = sqlite3_step(s->rows);
    if (step == SQLITE_DONE)
        return 0;
    if (step != SQLITE_ROW && !lacks_memory(s) &&
        !twin_disk_failed(s->database))
        return error_set(TAWAM_EDAMAGED, _("'%s' is damaged: %s"), s->name,
                         sqlite3_errmsg(s->database));
    if (step != SQLITE_ROW)
        return fault(s);
    memset(row, 0, sizeof *row);
    row->line = sqlite3_column_int64(s->rows, 0);
    row->cells = s->cells;
    row->count = base->column_count;
    for (size_t i = 0; i < base->column_count && !row->wrong; i++)
        read_cell(s, row, i);
    if (lacks_memory(s))
        return fault(s);
    s->done++;
    return 1;
}

static int gpkg_rewind(source *base)
{
    gpkg_source *s = (gpkg_source *)base;
    sqlite3_reset(s->rows);
    s->done = 0;
    return TAWAM_OK;
}

static void gpkg_progress(const source *base, uint64_t *done, uint64_t *total)
{
    const gpkg_source *s = (const gpkg_source *)base;
    *done = s->done;
    *total = s->total;
}

/* A row that can't be stored, as CSV: what is no text goes as hexadecimal. */
static void gpkg_raw(source *base, buffer *out)
{
    gpkg_source *s = (gpkg_source *)base;
    for (int i = 1; i <= (int)base->column_count; i++) {
        size_t length = (size_t)sqlite3_column_bytes(s->rows, i);
        if (i > 1)
            buffer_byte(out, ',');
        if (sqlite3_column_type(s->rows, i) == SQLITE_BLOB) {
            const uint8_t *bytes = sqlite3_column_blob(s->rows, i);
            for (size_t k = 0; k < length; k++)
                buffer_format(out, "%02X", bytes[k]);
        } else {
            const char *text = (const char *)sqlite3_column_text(s->rows, i);
            length = (size_t)sqlite3_column_bytes(s->rows, i);
            table_csv_field(out, text ? text : "", length);
            out->failed |= lacks_memory(s);
        }
    }
    buffer_byte(out, '\n');
}

static void gpkg_raw_frame(source *base, buffer *out, int place)
{
    if (place != 0)
        return;
    for (size_t i = 0; i < base->column_count; i++) {
        const char *name = base->columns[i].name;
        if (i)
            buffer_byte(out, ',');
        table_csv_field(out, name, strlen(name));
    }
    buffer_byte(out, '\n');
}

static void gpkg_close(source *base)
{
    gpkg_source *s = (gpkg_source *)base;
    sqlite3_finalize(s->rows);
    sqlite3_close(s->database);
    free(s->cells);
    free(s->name);
    free(s->table);
    source_clear(base);
    free(s);
}

static const source_class gpkg_class = {gpkg_next,      gpkg_rewind,
                                        gpkg_progress,  gpkg_raw,
                                        gpkg_raw_frame, gpkg_close};

static int gpkg_start(gpkg_source *s, const char *wanted)
{
    char *geometry = NULL;
    twin_geometry type = TWIN_NO_GEOMETRY;
    int result = open_database(s);
    if (result == TAWAM_OK && wanted) {
        s->table = memory_string(wanted);
        result = s->table ? TAWAM_OK : TAWAM_EMEMORY;
    } else if (result == TAWAM_OK) {
        result = choose_table(s);
    }
    if (result == TAWAM_OK)
        result = check_table(s);
    if (result == TAWAM_OK)
        result = find_geometry(s, &geometry, &type);
    if (result == TAWAM_OK)
        result = add_columns(s, geometry, type);
    if (result == TAWAM_OK)
        result = prepare_rows(s);
    if (result == TAWAM_OK) {
        s->cells = memory_array(s->base.column_count, sizeof *s->cells);
        result = s->cells ? TAWAM_OK : TAWAM_EMEMORY;
    }
    free(geometry);
    return result;
}

int gpkg_source_open(source **out, const char *path, const char *wanted)
{
    gpkg_source *s = memory_new(sizeof *s);
    int result = s ? TAWAM_OK : TAWAM_EMEMORY;
    if (result < 0)
        return result;
    s->base.class = &gpkg_class;
    s->base.reject_suffix = ".rejects.csv";
    s->name = memory_string(path);
    result = s->name ? gpkg_start(s, wanted) : TAWAM_EMEMORY;
    if (result < 0)
        gpkg_close(&s->base);
    else
        *out = &s->base;
    return result;
}
