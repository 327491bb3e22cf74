/* SPDX-License-Identifier: MIT */
/* What goes out comes back: import(export(x)) with --key uuid changes no cell,
 * in each format, whatever the cells hold. */
#include <math.h>
#include "tests/exchange_support.h"

static const char TABLE[] =
    "code,n,share,flag,day,moment,note,wkt\n"
    "0012,1,0.1,yes,2024-02-29,2024-02-29T10:11:12.345Z,plain,POINT (1 2)\n"
    "0013,-7,1e+300,no,,,\"a \"\"quoted\"\", one\nof two lines\",\n"
    "0014,,,,0001-01-01,2024-01-01,  blanks kept  ,"
    "\"POLYGON ((0.1 0.2, 3.3333333333333335 0, 1 1, 0.1 0.2))\"\n"
    "0015,999999999999999,-0.30000000000000,true,,,زكزل «ݣ» 😀,"
    "\"MULTIPOINT ((1 2), (3 4))\"\n"
    "0016,0,123456.789012,,,,=1+1,\"LINESTRING (0 0, -179.9 89.9)\"\n"
    "0017,0,0.5,,,,NULL,\"GEOMETRYCOLLECTION (POINT (1 1), "
    "LINESTRING (0 0, 1 1))\"\n";

static void export_to(desk *d, const char *path, const char *layer,
                      exchange_format format, const char *where)
{
    exchange_export_options o = {
        .format = format, .layer = layer, .where = where, .limit = -1};
    int64_t count = 0;
    must(exchange_export(&count, d->twin, path, NULL, &o), "export");
}

static void round_trip(desk *d, const char *name, exchange_format format)
{
    const char *path = at(d, name);
    twin_pending_counts pending;
    int64_t count = twin_row_count(d->twin, twin_layer_at(d->twin, 0));

    must(twin_begin(d->twin), "begin");
    must(twin_pending_clear(d->twin), "clear");
    must(twin_commit(d->twin), "commit");
    export_to(d, path, "all", format, NULL);
    import_path(d, path, "all", "uuid");
    is_int(d->code, TAWAM_OK, "%s comes back: %s", name, d->message);
    is_str(rejects_of(d), "", "%s: no row is rejected", name);
    is_int(d->result.cells_changed, 0, "%s: no cell changes", name);
    is_int(d->result.unchanged, count, "%s: every row is known", name);
    is_int(d->result.inserted, 0, "%s: none is new", name);
    must(twin_pending_count(d->twin, &pending), "count");
    is_int(pending.inserted + pending.updated + pending.deleted +
               pending.layers,
           0, "%s: nothing is pending", name);
    ok(strstr(rows(d, "SELECT group_concat(name) FROM pragma_table_info('all'"
                      ")"),
              "fid_source") == NULL,
       "%s: our own fid makes no fid_source", name);
}

/* The same file into a new layer: the same values, as far as types go. */
static void copy(desk *d, const char *name)
{
    char layer[32], sql[400];
    snprintf(layer, sizeof layer, "copy_%s", file_extension(name));
    import_path(d, at(d, name), layer, NULL);
    is_int(d->code, TAWAM_OK, "%s into a new layer: %s", name, d->message);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM \"all\" a JOIN %s c USING (uuid) WHERE "
             "a.code = c.code AND a.n IS c.n AND a.note IS c.note AND "
             "a.day IS c.day AND a.moment IS c.moment AND "
             "a.flag IS c.flag AND a.share IS c.share AND "
             "CAST(a.fid AS TEXT) = CAST(c.fid_source AS TEXT) AND "
             "ST_MaxX(a.geom) IS ST_MaxX(c.geom)",
             layer);
    is_int(atoi(rows(d, sql)), atoi(rows(d, "SELECT count(*) FROM \"all\"")),
           "%s: every value is the same there", name);
}

/* What other programs put in: '' beside NULL, bytes, odd text. */
static void odd_values(desk *d)
{
    twin_column_definition more[] = {{"bytes", TWIN_BLOB}};
    must(twin_layer_declare(d->twin, "all", TWIN_NO_GEOMETRY, more, 1),
         "declare");
    must(twin_execute(d->twin, "UPDATE \"all\" SET note = '' "
                               "WHERE code = '0012'"),
         "update");
    must(twin_execute(d->twin, "UPDATE \"all\" SET bytes = x'00FF10' "
                               "WHERE code = '0013'"),
         "update");
    must(twin_execute(d->twin, "UPDATE \"all\" SET note = ' '||char(9)||"
                               "char(13)||char(8238)||'x,;' "
                               "WHERE code = '0014'"),
         "update");
}

static void a_layer_of_attributes(desk *d)
{
    import_text(d, "b.csv", "lat,long_name,v\n1,x,2\n2,y,\n", "plain", NULL);
    for (int f = EXCHANGE_CSV; f <= EXCHANGE_GPKG; f++) {
        static const char *const names[] = {"", "p.csv", "p.geojson", "p.gpkg"};
        export_to(d, at(d, names[f]), "plain", (exchange_format)f, NULL);
        import_path(d, at(d, names[f]), "plain", "uuid");
        is_int(d->result.cells_changed + d->result.inserted +
                   d->result.rejected + (d->result.unchanged != 2),
               0, "%s: a layer without geometry too: %s", names[f], d->message);
    }
}

static void parts_of_a_layer(desk *d)
{
    exchange_export_options o = {
        .format = EXCHANGE_CSV, .layer = "ALL", .limit = 2};
    char *text = NULL;
    int64_t count = 0;
    is_int(exchange_export(&count, d->twin, at(d, "q.csv"), NULL, &o), TAWAM_OK,
           "limit");
    is_int(count, 2, "two rows");
    o.limit = -1;
    o.where = "n > 0 -- those";
    is_int(exchange_export(&count, d->twin, at(d, "q.csv"), NULL, &o), TAWAM_OK,
           "where, with a comment: %s", error_message());
    is_int(count, 2, "two rows have n > 0");
    o.where = "n > ";
    ok(exchange_export(&count, d->twin, at(d, "r.csv"), NULL, &o) < 0,
       "wrong SQL is refused: %s", error_message());
    ok(!file_exists(at(d, "r.csv")), "and leaves no file");
    o.where = "1) ; DROP TABLE \"all\"; SELECT (1";
    ok(exchange_export(&count, d->twin, at(d, "r.csv"), NULL, &o) < 0,
       "two statements are refused");
    o.where = "fid IN (SELECT writefile('/tmp/x', 'y'))";
    ok(exchange_export(&count, d->twin, at(d, "r.csv"), NULL, &o) < 0,
       "a function that writes is refused");
    o.where = NULL;
    o.layer = "al";
    ok(exchange_export(&count, d->twin, at(d, "r.csv"), NULL, &o) ==
           TAWAM_ENOTFOUND,
       "an unknown layer is: %s", error_message());
    o.layer = "all";
    o.format = EXCHANGE_GPKG;
    is_int(exchange_export(&count, d->twin, "-", stdout, &o), TAWAM_EUSAGE,
           "a GeoPackage can't go to a stream");
    is_int(exchange_export(&count, d->twin, "/nowhere/x.gpkg", NULL, &o),
           TAWAM_EENVIRONMENT, "a folder that is not there: %s",
           error_message());
    is_int(exchange_export(&count, d->twin, d->folder, NULL, &o), TAWAM_EUSAGE,
           "a folder is no file: %s", error_message());
    text = contents(at(d, "q.csv"));
    ok(text && strncmp(text, "fid,uuid,code,n,", 16) == 0,
       "fid and uuid come first");
    free(text);
}

static int stop(void *context, const exchange_progress *p)
{
    (void)context;
    (void)p;
    return 1;
}

static void a_stop_leaves_the_old_file(desk *d)
{
    static const char *const names[] = {"s.csv", "s.geojson", "s.gpkg"};
    for (int i = 0; i < 3; i++) {
        exchange_export_options o = {.format = (exchange_format)(i + 1),
                                     .layer = "all",
                                     .limit = -1,
                                     .progress = stop};
        const char *path = put(d, names[i], "old", 3);
        int64_t count = 0;
        is_int(exchange_export(&count, d->twin, path, NULL, &o),
               TAWAM_ECANCELLED, "%s: an export can be stopped", names[i]);
        char *text = contents(path);
        is_str(text, "old", "%s: the file there before is untouched", names[i]);
        free(text);
    }
    char *command = memory_format("ls -A '%s' | grep tawam-", d->folder);
    ok(system(command) != 0, "no temporary file stays");
    free(command);
}

/* `tawam at VERSION export` works on a replica in memory. */
static void a_scratch_replica(desk *d)
{
    twin *scratch = NULL;
    exchange_import_options in = {.layer = "s"};
    exchange_export_options out = {
        .format = EXCHANGE_GPKG, .layer = "s", .limit = -1};
    exchange_result result = {0};
    int64_t count = 0;
    must(twin_open_scratch(&scratch), "scratch");
    error_clear();
    const char *path = put(d, "scratch.csv", "a,lat,lon\n1,2,3\n", 16);
    is_int(exchange_import(&result, scratch, path, &in), TAWAM_OK,
           "imports into a replica in memory: %s", error_message());
    is_int(exchange_export(&count, scratch, at(d, "s.gpkg"), NULL, &out),
           TAWAM_OK, "and exports from it: %s", error_message());
    is_int(count, 1, "the row");
    exchange_result_clear(&result);
    twin_close(scratch);
}

static void an_error_on_the_way(desk *d)
{
    exchange_export_options o = {.format = EXCHANGE_CSV,
                                 .layer = "all",
                                 .where = "abs(n - 7 - 9223372036854775801)",
                                 .limit = -1};
    int code = exchange_export(NULL, d->twin, at(d, "e.csv"), NULL, &o);
    ok(code < 0 && has(error_message(), "overflow"),
       "an error in the middle of the rows is said: %s", error_message());
    ok(!file_exists(at(d, "e.csv")), "and leaves no file");
}

int main(void)
{
    desk d;
    desk_open(&d);
    import_text(&d, "a.csv", TABLE, "all", NULL);
    is_int(d.result.inserted, 6, "the table imports: %s%s", d.message,
           rejects_of(&d));
    round_trip(&d, "x.csv", EXCHANGE_CSV);
    round_trip(&d, "x.geojson", EXCHANGE_GEOJSON);
    round_trip(&d, "x.gpkg", EXCHANGE_GPKG);
    copy(&d, "x.csv");
    copy(&d, "x.geojson");
    copy(&d, "x.gpkg");
    odd_values(&d);
    round_trip(&d, "y.csv", EXCHANGE_CSV);
    round_trip(&d, "y.geojson", EXCHANGE_GEOJSON);
    round_trip(&d, "y.gpkg", EXCHANGE_GPKG);
    a_layer_of_attributes(&d);
    parts_of_a_layer(&d);
    a_stop_leaves_the_old_file(&d);
    a_scratch_replica(&d);
    an_error_on_the_way(&d);
    desk_close(&d);
    return done_testing();
}
