/* SPDX-License-Identifier: MIT */
/* Files that mean harm, or that some program broke: each is refused as a
 * whole with a reason, or loses only its wrong rows, within 64 MiB of memory
 * and 2 s of CPU (limits are off under sanitizers), and stores nothing wrong.
 *
 * The small ones stand in tests/hostile/csv and tests/hostile/geojson; the
 * large ones, and GeoPackages, are made here. */
#include <sys/resource.h>
#include <sys/wait.h>
#include "tests/exchange_support.h"

enum { REFUSED = -1 };

typedef struct hostile {
    const char *file;
    int stored, rejected; /* rows; REFUSED: the whole file */
    const char *words;    /* in the message, or in the reasons */
    const char *sentence;
} hostile;

static const hostile FILES[] = {
    {"csv/nul.csv", REFUSED, 0, "is not text: byte 7 is NUL",
     "a NUL byte at its beginning: no text"},
    {"csv/binary.csv", REFUSED, 0, "is not text", "a program renamed to .csv"},
    {"csv/spreadsheet.csv", REFUSED, 0, "spreadsheet",
     "a spreadsheet renamed to .csv"},
    {"csv/compressed.csv", REFUSED, 0, "gunzip", "a compressed file"},
    {"csv/utf32.csv", REFUSED, 0, "UTF-32", "UTF-32 with its mark"},
    {"csv/utf16_no_mark.csv", REFUSED, 0, "byte order mark",
     "UTF-16 without a mark"},
    {"csv/utf16_cut.csv", 1, 1, "not UTF-8",
     "UTF-16 that ends in half a character"},
    {"csv/latin1.csv", 1, 1, "0xEF",
     "letters of another coding: that row alone"},
    {"csv/overlong.csv", 1, 4, "not UTF-8",
     "overlong, surrogate, too high and cut UTF-8"},
    {"csv/quote_each_line.csv", 0, 2000, "quote",
     "a quote opened on every line: read once, not squared"},
    {"csv/open_quote.csv", 2000, 1, "opened and not closed",
     "a quote that would swallow the file"},
    {"csv/quotes_only.csv", 0, 1, "", "ten thousand quotes and nothing else"},
    {"csv/empty.csv", REFUSED, 0, "is empty", "no byte"},
    {"csv/mark_only.csv", REFUSED, 0, "is empty", "a byte order mark alone"},
    {"csv/newlines_only.csv", REFUSED, 0, "is empty", "newlines alone"},
    {"csv/header_empty_name.csv", REFUSED, 0, "column 2 has no name",
     "a column without a name"},
    {"csv/header_doubled.csv", REFUSED, 0, "both called 'NAME'",
     "two columns of one name"},
    {"csv/header_reserved.csv", REFUSED, 0, "column 1, 'gpkg_contents'",
     "a column called like a table of the system"},
    {"csv/header_terminal.csv", REFUSED, 0, "column 2, '\\x1b]0;owned",
     "a name that would drive the terminal, shown harmless"},
    {"csv/header_invalid.csv", REFUSED, 0, "not UTF-8",
     "a name that is no text"},
    {"csv/header_sql.csv", 1, 0, "", "a name that is SQL stays a name"},
    {"csv/header_quote.csv", REFUSED, 0, "a quote stands within a field",
     "broken quotes among the names"},
    {"csv/ragged.csv", 1, 59, "", "rows of every length but the right one"},
    {"csv/nul_later.csv", 2001, 1, "NUL", "a NUL byte far into the file"},
    {"csv/numbers.csv", 1, 2, "is not an integer",
     "numbers beyond 64 bits and beyond a double, forced"},
    {"csv/coordinates.csv", 1, 7, "-180 to 180",
     "places that are nowhere on Earth"},
    {"csv/wkt_nested.csv", 1, 1,
     "wkt: ", "a geometry five thousand collections deep"},
    {"csv/wkt_broken.csv", 1, 5,
     "wkt: ", "infinite, open and trailing geometries"},
    {"csv/terminal.csv", 1, 1, "'\\x1b[2J\\x1b]52;",
     "a value that would drive the terminal, shown harmless"},
    {"csv/web_page.csv", REFUSED, 0, "a web page",
     "an error page saved as .csv"},
    {"geojson/cut.geojson", REFUSED, 0, "the file ends", "cut off"},
    {"geojson/cut_in_string.geojson", REFUSED, 0, "the file ends",
     "cut off within a text"},
    {"geojson/deep.geojson", 1, 1, "nested too deep",
     "twenty thousand brackets in a property"},
    {"geojson/deep_top.geojson", 0, 0, "",
     "fifty thousand brackets beside the features, stepped over"},
    {"geojson/closing.geojson", REFUSED, 0,
     "line 1: ", "more brackets closed than opened"},
    {"geojson/projected.geojson", REFUSED, 0, "EPSG::26191",
     "metres instead of degrees"},
    {"geojson/topology.json", REFUSED, 0, "TopoJSON", "another format"},
    {"geojson/coordinates.geojson", 1, 5,
     "geometry: ", "coordinates that are no numbers, no lists, no type"},
    {"geojson/strings.geojson", 1, 4, "",
     "texts that are no UTF-8, NUL, half a pair"},
    {"geojson/numbers.geojson", 1, 3, "", "numbers too large, and 01"},
    {"geojson/doubled.geojson", 1, 2, "duplicate",
     "a property twice, a geometry twice"},
    {"geojson/escaped_key.geojson", 1, 1, "escapes",
     "a geometry whose name is in escapes"},
    {"geojson/array.geojson", REFUSED, 0, "'{' expected", "an array"},
    {"geojson/collection_nested.geojson", 1, 1, "nested too deep",
     "twenty collections in one another"},
};

/* ---- large files, and databases ---- */

static void repeat(FILE *f, const char *what, long times)
{
    for (long i = 0; i < times; i++)
        fputs(what, f);
}

static void blocks(FILE *f, char c, long megabytes)
{
    static char block[1 << 20];
    memset(block, c, sizeof block);
    for (long i = 0; i < megabytes; i++)
        fwrite(block, sizeof block, 1, f);
}

static void many_columns(FILE *f)
{
    for (int i = 0; i < 100000; i++)
        fprintf(f, "%sc%d", i ? "," : "", i);
    fputs("\n", f);
    repeat(f, ",", 99999);
    fputs("\n", f);
}

static void many_fields(FILE *f)
{
    fputs("a,b\n1,2\n", f);
    repeat(f, ",", 4000000);
    fputs("\n3,4\n", f);
}

static void long_field(FILE *f)
{
    fputs("a,b\n1,\"", f);
    blocks(f, 'x', 100);
    fputs("\"\n", f);
}

static void long_line(FILE *f)
{
    fputs("a,b\n1,", f);
    blocks(f, 'x', 100);
}

static void long_record(FILE *f)
{
    fputs("a,b\n1,\"", f);
    repeat(f, "a line within quotes\n", 600000);
    fputs("\"\n", f);
}

static void long_feature(FILE *f)
{
    fputs("{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\","
          "\"properties\":{\"a\":\"",
          f);
    blocks(f, 'x', 100);
    fputs("\"},\"geometry\":null}]}", f);
}

static void many_properties(FILE *f)
{
    fputs("{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\","
          "\"properties\":{",
          f);
    for (int i = 0; i < 100000; i++)
        fprintf(f, "%s\"p%d\":1", i ? "," : "", i);
    fputs("},\"geometry\":null}]}", f);
}

static void many_points(FILE *f)
{
    fputs("{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\","
          "\"properties\":{},\"geometry\":{\"type\":\"LineString\","
          "\"coordinates\":[[0,0]",
          f);
    repeat(f, ",[1.5,2.5]", 1000000);
    fputs("]}}]}", f);
}

static const struct {
    void (*make)(FILE *f);
    hostile h;
} LARGE[] = {
    {many_columns,
     {"columns.csv", REFUSED, 0, "100000 columns",
      "a hundred thousand columns"}},
    {many_fields,
     {"fields.csv", 2, 1, "4000001 fields", "a row of four million fields"}},
    {long_field,
     {"field.csv", REFUSED, 0, "longer than", "a field of 100 MB in quotes"}},
    {long_line,
     {"line.csv", REFUSED, 0, "longer than",
      "a line of 100 MB without an end"}},
    {long_record,
     {"record.csv", REFUSED, 0, "longer than",
      "a record of 12 MB in many lines"}},
    {long_feature,
     {"feature.geojson", REFUSED, 0, "longer than", "a feature of 100 MB"}},
    {many_properties,
     {"properties.geojson", REFUSED, 0, "1000 columns",
      "a hundred thousand properties"}},
    {many_points,
     {"points.geojson", REFUSED, 0, "longer than",
      "a line of a million points"}},
};

#define CORE                                                                   \
    "PRAGMA application_id = 1196444487; PRAGMA user_version = 10300;"         \
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER "        \
    "PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER);"       \
    "INSERT INTO gpkg_spatial_ref_sys VALUES ('', 4326, 'EPSG', 4326);"        \
    "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);"            \
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT,"   \
    " geometry_type_name TEXT, srs_id INTEGER);"                               \
    "INSERT INTO gpkg_contents VALUES ('t', 'features');"                      \
    "INSERT INTO gpkg_geometry_columns VALUES ('t', 'g', 'GEOMETRY', 4326);"   \
    "CREATE TABLE t (a INTEGER PRIMARY KEY, g, b);"
#define HEAD "47500001E6100000"

static const struct {
    const char *sql;
    hostile h;
} DATABASES[] = {
    {CORE "INSERT INTO t(g) VALUES (x'" HEAD "0102000000FFFFFFFF'), (NULL);",
     {"count.gpkg", 1, 1, "g: ", "a line of four thousand million points"}},
    {CORE "WITH RECURSIVE r(n, h) AS (SELECT 1, '010700000001000000' UNION ALL "
          "SELECT n + 1, h || '010700000001000000' FROM r WHERE n < 2000) "
          "INSERT INTO t(b) SELECT h FROM r WHERE n = 2000; "
          "CREATE TABLE u(x); INSERT INTO u SELECT b FROM t; "
          "DELETE FROM t; INSERT INTO t(g) VALUES (NULL);",
     {"table.gpkg", 1, 0, "", "a table more than the file says"}},
    {CORE "INSERT INTO t(g) VALUES (x'" HEAD
          "010700000001000000010700000001000000010700000001000000010700000001"
          "000000010700000001000000010700000001000000010700000001000000010700"
          "000001000000010700000001000000010700000001000000010700000001000000"
          "'), (NULL);",
     {"nested.gpkg", 1, 1, "g: ", "collections in collections"}},
    {CORE "INSERT INTO t(g) VALUES (x'" HEAD
          "0101000000000000000000F87F000000000000F07F'), (x'" HEAD
          "010100000000000000004069400000000000000000'), (x'4750'), ('x'), "
          "(x'47500001"
          "0000000001010000000000000000000000000000000000F03F'), (NULL);",
     {"points.gpkg", 1, 5,
      "g: ", "points that are NaN, off the Earth, cut, text, of another SRS"}},
    {CORE "INSERT INTO t(b) VALUES (zeroblob(40000000)), (1);",
     {"value.gpkg", REFUSED, 0, "too big", "a value of 40 MB"}},
    {CORE "CREATE TABLE v(a, b AS (hex(zeroblob(10000000 * a))));"
          "DELETE FROM gpkg_contents; INSERT INTO gpkg_contents VALUES ('v', "
          "'attributes'); INSERT INTO v VALUES (1);",
     {"generated.gpkg", 1, 0, "",
      "a column computed by its own schema is not run"}},
    {CORE "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = "
          "'CREATE TABLE t(' WHERE name = 't';",
     {"schema.gpkg", REFUSED, 0, "malformed", "a schema that is no SQL"}},
    {CORE "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = "
          "99999 WHERE name = 't';",
     {"root.gpkg", REFUSED, 0, "", "a table on a page that isn't there"}},
    {CORE "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 1 "
          "WHERE name = 't';",
     {"loop.gpkg", REFUSED, 0, "", "a table that is the schema itself"}},
};

/* ---- one file, in a process of its own ---- */

typedef struct outcome {
    int code, inserted, rejected, layers, terminal;
    long peak; /* kB */
    char words[4096];
} outcome;

static void limit(void)
{
#if !defined(__SANITIZE_ADDRESS__)
    struct rlimit cpu = {2, 2}, memory = {64 << 20, 64 << 20};
    setrlimit(RLIMIT_CPU, &cpu);
    setrlimit(RLIMIT_DATA, &memory);
#endif
}

static void child(int to, const char *path, const char *types)
{
    outcome o = {0};
    struct rusage used;
    desk d;
    desk_open(&d);
    limit();
    d.options.reject_file = at(&d, "rejected");
    d.options.types = types;
    import_path(&d, path, "target", NULL);
    o.code = d.code;
    o.inserted = (int)d.result.inserted;
    o.rejected = (int)d.result.rejected;
    o.layers = (int)twin_layer_count(d.twin);
    snprintf(o.words, sizeof o.words, "%s%.3000s", d.message, rejects_of(&d));
    for (const char *c = o.words; *c; c++)
        if ((unsigned char)*c < ' ' && *c != '\n')
            o.terminal = 1;
    if (twin_check(d.twin) < 0)
        o.code = TAWAM_EDAMAGED;
    getrusage(RUSAGE_SELF, &used);
    o.peak = used.ru_maxrss;
    if (write(to, &o, sizeof o) != sizeof o)
        _exit(1);
    desk_close(&d);
    _exit(0);
}

/* 1 if the child lived to say what came of it. */
static int run(outcome *o, const char *path, const char *types)
{
    int ends[2], status = 0;
    if (pipe(ends) < 0)
        return 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        child(ends[1], path, types);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], o, sizeof *o);
    close(ends[0]);
    waitpid(pid, &status, 0);
    if (got != sizeof *o)
        diag("%s: ended by signal %d", path, WTERMSIG(status));
    return got == sizeof *o;
}

static void check(const hostile *h, const char *path)
{
    outcome o = {0};
    const char *types = strcmp(h->file, "csv/numbers.csv") == 0
                            ? "n=integer,d=decimal"
                        : strcmp(h->file, "csv/terminal.csv") == 0 ? "n=integer"
                                                                   : NULL;
    int lived = run(&o, path, types);
    int right = lived && !o.terminal && strstr(o.words, h->words) != NULL;
    if (h->stored == REFUSED)
        right = right && o.code < 0 && o.code != TAWAM_EMEMORY &&
                o.layers == 0 && o.words[0];
    else
        right = right && o.code == TAWAM_OK && o.inserted == h->stored &&
                o.rejected == h->rejected;
    ok(right, "%s: %s", h->file, h->sentence);
    if (!right)
        diag("code %d, %d stored, %d rejected: %.300s", o.code, o.inserted,
             o.rejected, o.words);
#if !defined(__SANITIZE_ADDRESS__)
    if (lived && o.peak > 64 << 10) {
        ok(0, "%s: at most 64 MiB in memory", h->file);
        diag("%ld kB", o.peak);
    }
#endif
}

int main(void)
{
    const char *folder = getenv("TOP");
    char path[512];
    desk d;
    desk_open(&d);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        snprintf(path, sizeof path, "%s/tests/hostile/%s",
                 folder ? folder : ".", FILES[i].file);
        check(&FILES[i], path);
    }
    for (size_t i = 0; i < sizeof LARGE / sizeof *LARGE; i++) {
        FILE *f = fopen(at(&d, LARGE[i].h.file), "w");
        LARGE[i].make(f);
        fclose(f);
        check(&LARGE[i].h, at(&d, LARGE[i].h.file));
        unlink(at(&d, LARGE[i].h.file));
    }
    for (size_t i = 0; i < sizeof DATABASES / sizeof *DATABASES; i++) {
        sqlite3 *database = NULL;
        sqlite3_open(at(&d, DATABASES[i].h.file), &database);
        sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
        if (sqlite3_exec(database, DATABASES[i].sql, NULL, NULL, NULL))
            diag("%s", sqlite3_errmsg(database));
        sqlite3_close(database);
        check(&DATABASES[i].h, at(&d, DATABASES[i].h.file));
    }
    desk_close(&d);
    return done_testing();
}
