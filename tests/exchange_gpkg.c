/* SPDX-License-Identifier: MIT */
/* GeoPackages of other programs: read, never changed, never trusted. */
#include <sys/stat.h>
#include "tests/exchange_support.h"

#define SYSTEM                                                                 \
    "PRAGMA application_id = 1196444487; PRAGMA user_version = 10300;"         \
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER "        \
    "PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER,"        \
    " definition TEXT, description TEXT);"                                     \
    "INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'epsg', 4326,"   \
    " '', ''), ('Merchich / Nord Maroc', 26191, 'EPSG', 26191, '', '');"       \
    "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type "      \
    "TEXT, srs_id INTEGER);"                                                   \
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT,"   \
    " geometry_type_name TEXT, srs_id INTEGER, z INTEGER, m INTEGER);"

#define POINTS                                                                 \
    "CREATE TABLE wells (fid INTEGER PRIMARY KEY, shape POINT, name TEXT(20)," \
    " depth REAL, dug DATE, seen DATETIME, dry BOOLEAN, n MEDIUMINT,"          \
    " any);"                                                                   \
    "INSERT INTO gpkg_contents VALUES ('wells', 'features', 4326);"            \
    "INSERT INTO gpkg_geometry_columns VALUES ('wells', 'shape', 'POINT',"     \
    " 4326, 2, 0);"                                                            \
    "INSERT INTO wells VALUES (1, x'47500001E61000000101000000"                \
    "000000000000F03F0000000000000040', 'A', 1.5, '2024-01-02', "              \
    "'2024-01-02T03:04:05Z', 1, 7, 'x');"

/* A big-endian XYZ point with an envelope: 1, 2, 3. */
#define BIG_ENDIAN_Z                                                           \
    "INSERT INTO wells(fid, shape, name) VALUES (2, x'47500002000010E6"        \
    "3FF00000000000003FF000000000000040000000000000004000000000000000"         \
    "00000003E93FF000000000000040000000000000004008000000000000', 'Z');"

static const char *make(desk *d, const char *name, const char *sql)
{
    sqlite3 *database = NULL;
    char *words = NULL;
    const char *path = at(d, name);
    unlink(path);
    sqlite3_open(path, &database);
    if (sqlite3_exec(database, sql, NULL, NULL, &words)) {
        printf("Bail out! %s: %s\n", name, words);
        exit(1);
    }
    sqlite3_close(database);
    return path;
}

static void rows_and_types(desk *d)
{
    const char *path = make(d, "a.gpkg", SYSTEM POINTS BIG_ENDIAN_Z);
    char *before = contents(path);
    struct stat was, is;
    stat(path, &was);
    import_path(d, path, "a", NULL);
    is_int(d->code, TAWAM_OK, "a foreign GeoPackage imports: %s", d->message);
    is_str(notes_of(d),
           "fid  integer, kept as fid_source\nshape → POINT\nname  text\n"
           "depth  decimal\ndug  date\nseen  datetime\ndry  boolean\n"
           "n  integer\nany  text\n",
           "its types are kept, undeclared ones inferred");
    is_str(rows(d, "SELECT fid_source, name, depth, dug, seen, dry, n, \"any\","
                   " ST_MinX(geom), ST_MinY(geom) FROM a ORDER BY fid"),
           "1|A|1.5|2024-01-02|2024-01-02T03:04:05.000Z|1|7|x|1.0|2.0\n"
           "2|Z|NULL|NULL|NULL|NULL|NULL|NULL|1.0|2.0",
           "and its values; Z is dropped");
    is_str(rows(d, "SELECT count(DISTINCT hex(geom)) FROM a"), "1",
           "the same place is the same bytes, however it was written");
    stat(path, &is);
    char *after = contents(path);
    ok(before && after && memcmp(before, after, (size_t)is.st_size) == 0 &&
           was.st_mtim.tv_nsec == is.st_mtim.tv_nsec &&
           was.st_size == is.st_size,
       "the file is not touched");
    ok(!file_exists(at(d, "a.gpkg-wal")) && !file_exists(at(d, "a.gpkg-shm")),
       "and nothing is put beside it");
    free(before);
    free(after);
    import_path(d, path, "a", "fid");
    is_int(d->result.unchanged, 2, "--key fid finds the rows again");
}

static void several_layers(desk *d)
{
    const char *path =
        make(d, "b.gpkg",
             SYSTEM POINTS
             "CREATE TABLE lights (id INTEGER PRIMARY KEY, v);"
             "INSERT INTO lights VALUES (5, 1), (6, 'x');"
             "INSERT INTO gpkg_contents VALUES ('lights', 'attributes', 0);");
    import_path(d, path, "b", NULL);
    is_int(d->code, TAWAM_EUSAGE, "of several layers one must be named");
    ok(has(d->message, "'lights', 'wells'"), "they are listed");
    d->options.source_layer = "LIGHTS";
    import_path(d, path, "b", NULL);
    d->options.source_layer = NULL;
    is_str(rows(d, "SELECT id, v FROM b ORDER BY id"), "5|1\n6|x",
           "the one named imports; its key is not called fid, so is kept");
    d->options.source_layer = "gpkg_contents";
    import_path(d, path, "b", NULL);
    is_int(d->code, TAWAM_EUSAGE, "a table that is no layer is refused");
    d->options.source_layer = NULL;
}

static void refused(desk *d)
{
    static const struct {
        const char *sql, *words;
    } bad[] = {
        {SYSTEM POINTS "UPDATE gpkg_geometry_columns SET srs_id = 26191;",
         "SRS 26191 (Merchich / Nord Maroc), not in EPSG:4326; convert it "
         "first: ogr2ogr"},
        {SYSTEM POINTS "UPDATE gpkg_geometry_columns SET srs_id = -1;",
         "SRS -1"},
        {SYSTEM, "holds no layer"},
        {"CREATE TABLE t(a);", "not a GeoPackage"},
        {SYSTEM "CREATE VIEW v AS SELECT 1 AS fid; INSERT INTO gpkg_contents "
                "VALUES ('v', 'attributes', 0);",
         "no table 'v'"},
        {SYSTEM "CREATE VIRTUAL TABLE v USING rtree(id, a, b); INSERT INTO "
                "gpkg_contents VALUES ('v', 'attributes', 0);",
         "no table 'v'"},
        {"PRAGMA application_id = 1196444487; CREATE TABLE t(a);",
         "can't be read as a GeoPackage: no such table"},
        {SYSTEM "CREATE TABLE t(a, tawam_x); INSERT INTO gpkg_contents VALUES "
                "('t', 'attributes', 0);",
         "tawam_x"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        import_path(d, make(d, "c.gpkg", bad[i].sql), "c", NULL);
        is_int(d->code, TAWAM_EUSAGE, "file %zu is refused", i);
        ok(has(d->message, bad[i].words), "saying '%s'", bad[i].words);
    }
    import_text(d, "d.gpkg", "no SQLite at all", "c", NULL);
    is_int(d->code, TAWAM_EUSAGE, "other bytes are refused: %s", d->message);
    import_path(d, at(d, "absent.gpkg"), "c", NULL);
    is_int(d->code, TAWAM_EENVIRONMENT, "an absent file is: %s", d->message);
}

static void wrong_rows(desk *d)
{
    import_path(
        d,
        make(d, "e.gpkg",
             SYSTEM POINTS
             "INSERT INTO wells(fid, name, shape) VALUES (3, 'B', x'4750');"
             "INSERT INTO wells(fid, name, n) VALUES (4, 'C', 'many');"
             "INSERT INTO wells(fid, name, dug) VALUES (5, 'D', 'soon');"
             "INSERT INTO wells(fid, name) VALUES (6, CAST(x'FF41' AS TEXT));"
             "INSERT INTO wells(fid, name, dry) VALUES (7, 'F', 2);"
             "INSERT INTO wells(fid, name, shape) VALUES (8, 'G', 'POINT');"),
        "e", NULL);
    is_int(d->code, TAWAM_OK, "wrong rows don't stop it: %s", d->message);
    is_int(d->result.inserted, 1, "the right one is there");
    ok(has(rejects_of(d), "3 shape: "), "a broken geometry");
    ok(has(rejects_of(d), "4 n: 'many' is not an integer\n"),
       "text in a number column");
    ok(has(rejects_of(d), "5 dug: 'soon' is not a date, YYYY-MM-DD\n"),
       "no date");
    ok(has(rejects_of(d), "6 name: not UTF-8\n"), "no UTF-8");
    ok(has(rejects_of(d), "7 dry: '2' is neither yes nor no\n"),
       "2 as boolean");
    ok(has(rejects_of(d), "8 shape: not a geometry\n"), "text as geometry");
    char *kept = contents(d->result.reject_file);
    ok(has(kept, "fid,shape,name"), "kept as CSV with the names");
    ok(has(kept, "3,4750,B,"), "bytes as hexadecimal");
    free(kept);
}

static void write_ahead(desk *d)
{
    sqlite3 *writer = NULL;
    const char *path =
        make(d, "f.gpkg", SYSTEM POINTS "PRAGMA journal_mode = WAL;");
    import_path(d, path, "f", NULL);
    is_int(d->result.inserted, 1, "a file left in WAL mode imports: %s",
           d->message);
    sqlite3_open(path, &writer);
    sqlite3_exec(writer,
                 "INSERT INTO wells(fid, name) VALUES (9, 'in the log')", NULL,
                 NULL, NULL);
    import_path(d, path, "f", "fid");
    is_int(d->result.inserted, 1,
           "rows that are only in the write-ahead log are seen: %s",
           d->message);
    sqlite3_close(writer);
}

static void damaged(desk *d)
{
    const char *path = make(d, "g.gpkg", SYSTEM POINTS);
    char *bytes = contents(path);
    int64_t size = file_size(path);
    for (int64_t i = 4096; bytes && i < size; i++)
        bytes[i] = (char)(bytes[i] ^ 0x5A);
    put(d, "g.gpkg", bytes, (size_t)size);
    free(bytes);
    import_path(d, path, "g", NULL);
    ok(d->code == TAWAM_EUSAGE || d->code == TAWAM_EDAMAGED,
       "a damaged one is refused: %s", d->message);
    put(d, "h.gpkg", "SQLite format 3", 16);
    import_path(d, at(d, "h.gpkg"), "g", NULL);
    is_int(d->code, TAWAM_EUSAGE, "one cut short too: %s", d->message);
}

int main(void)
{
    desk d;
    desk_open(&d);
    rows_and_types(&d);
    several_layers(&d);
    refused(&d);
    wrong_rows(&d);
    write_ahead(&d);
    damaged(&d);
    desk_close(&d);
    return done_testing();
}
