/* SPDX-License-Identifier: MIT */
/* Other programs as witnesses: GDAL's validator, ogrinfo and ogr2ogr, Python's
 * json and csv, sqlite3's .import. Each is skipped where it isn't installed. */
#include "tests/exchange_support.h"

/* Run a shell command in the scratch folder; what it printed, static. */
static const char *sh(const desk *d, const char *command, int *status)
{
    static buffer out;
    char chunk[4096];
    char *whole = memory_format("cd '%s' && { %s\n} 2>&1", d->folder, command);
    FILE *pipe = popen(whole, "r");
    size_t got = 0;
    buffer_clear(&out);
    while (pipe && (got = fread(chunk, 1, sizeof chunk, pipe)) > 0)
        buffer_bytes(&out, chunk, got);
    *status = pipe ? pclose(pipe) : -1;
    free(whole);
    while (out.length && out.data[out.length - 1] == '\n')
        out.data[--out.length] = 0;
    return out.data ? (const char *)out.data : "";
}

static int there(const desk *d, const char *command)
{
    int status = 0;
    sh(d, command, &status);
    return status == 0;
}

static void export_all(desk *d, const char *layer)
{
    static const char *const extensions[] = {"", "csv", "geojson", "gpkg"};
    for (int f = EXCHANGE_CSV; f <= EXCHANGE_GPKG; f++) {
        char name[64];
        exchange_export_options o = {
            .format = (exchange_format)f, .layer = layer, .limit = -1};
        snprintf(name, sizeof name, "%s.%s", layer, extensions[f]);
        must(exchange_export(NULL, d->twin, at(d, name), NULL, &o), name);
    }
}

static void gdal_validates(desk *d, const char *layer)
{
    int status = 0;
    char command[200];
    if (!there(d, "/usr/bin/python3 -c 'import osgeo_utils'")) {
        skip("no python3-gdal");
        return;
    }
    snprintf(command, sizeof command,
             "/usr/bin/python3 -m osgeo_utils.samples.validate_gpkg --extra "
             "--warning-as-error '%s.gpkg'",
             layer);
    const char *said = sh(d, command, &status);
    ok(status == 0, "%s: GDAL's validator accepts the GeoPackage: %s", layer,
       said);
}

static void ogr_reads(desk *d)
{
    int status = 0;
    const char *said = NULL;
    if (!there(d, "ogrinfo --version && ogr2ogr --version")) {
        skip("no GDAL programs");
        return;
    }
    said = sh(d, "ogrinfo -so wells.gpkg wells", &status);
    ok(status == 0 && has(said, "Feature Count: 3"), "ogrinfo counts rows");
    ok(has(said, "Geometry: Point"), "knows the geometry");
    ok(has(said, "dry: Integer(Boolean)") && has(said, "dug: Date") &&
           has(said, "depth: Real") && has(said, "n: Integer64"),
       "and the types");
    ok(has(said, "Extent: (-2.5"), "and the extent");
    said = sh(d, "ogrinfo -al -so 'it'\\''s \"odd\".gpkg'", &status);
    ok(status == 0 && has(said, "Feature Count: 2"),
       "a layer whose name has quotes in it");
    said = sh(d, "ogrinfo -so wells.geojson", &status);
    ok(status == 0 && has(said, "wells (Point)"), "ogrinfo reads the GeoJSON");
    sh(d,
       "ogr2ogr -f GPKG theirs.gpkg wells.geojson && "
       "ogr2ogr -f GPKG lines.gpkg wells.gpkg -sql \"SELECT fid, name, "
       "uuid, geom FROM wells\" -nln wells -lco FID=id -lco "
       "GEOMETRY_NAME=shape",
       &status);
    is_int(status, 0, "ogr2ogr copies both");
    sh(d,
       "cp wells.gpkg more.gpkg && ogr2ogr -append more.gpkg "
       "lines.gpkg -nln wells -sql \"SELECT name, shape FROM wells\"",
       &status);
    is_int(status, 0, "and appends to ours, through its R-tree triggers");
    said = sh(d,
              "ogrinfo -q more.gpkg -sql \"SELECT count(*) FROM "
              "rtree_wells_geom\" | grep -c '= 4'",
              &status);
    is_str(said, "1", "which has then an entry a geometry");
    import_path(d, at(d, "lines.gpkg"), "wells", "uuid");
    is_int(d->result.updated, 3, "what ogr2ogr wrote finds our rows: %s%s",
           d->message, rejects_of(d));
    is_int(d->result.cells_changed, 3, "only its new column id differs");
}

static void python_parses(desk *d)
{
    int status = 0;
    if (!there(d, "python3 --version")) {
        skip("no python3");
        return;
    }
    const char *said =
        sh(d,
           "python3 - <<'END'\n"
           "import json, csv\n"
           "j = json.load(open('wells.geojson', encoding='utf-8'))\n"
           "c = list(csv.DictReader(open('wells.csv', encoding='utf-8',"
           " newline='')))\n"
           "assert j['type'] == 'FeatureCollection'\n"
           "for f, r in zip(j['features'], c):\n"
           "    p = f['properties']\n"
           "    assert f['type'] == 'Feature' and f['id'] == r['uuid']\n"
           "    assert isinstance(p['fid'], str) and p['fid'] == r['fid']\n"
           "    assert (p['name'] or '') == r['name'], (p, r)\n"
           "    assert r['dry'] in ('', '0', '1')\n"
           "    assert p['depth'] is None or repr(p['depth']) == r['depth']"
           " or p['depth'] == float(r['depth'])\n"
           "print(len(j['features']), len(c), c[1]['name'])\n"
           "END",
           &status);
    is_int(status, 0, "Python's json and csv agree on every cell");
    is_str(said, "3 3 B \"quoted\", عين", "and on the text: %s", said);
}

static void sqlite_agrees(desk *d)
{
    int status = 0;
    if (!there(d, "sqlite3 --version")) {
        skip("no sqlite3");
        return;
    }
    buffer many = {0};
    buffer_text(&many, "a,b\r\n");
    for (int i = 0; i < 3000; i++)
        buffer_format(&many, "%d,\"x%s%d\"\r\n", i, i % 3 ? "" : "\n\"\",", i);
    import_path(d, put(d, "many.csv", many.data, many.length), "many", NULL);
    buffer_free(&many);
    const char *said = sh(d,
                          "sqlite3 :memory: '.mode csv' "
                          "'.import many.csv t' 'SELECT count(*), "
                          "sum(length(b)) FROM t' | tr , '|'",
                          &status);
    is_str(rows(d, "SELECT count(*), sum(length(b)) FROM many"), said,
           "sqlite3 .import counts as many rows and letters");
}

int main(void)
{
    desk d;
    desk_open(&d);
    import_text(&d, "w.csv",
                "name,lat,lon,depth,dug,seen,dry,n,empty\n"
                "A,34.9,-2.5,1.5,2024-01-02,2024-01-02T03:04:05Z,yes,7,\n"
                "\"B \"\"quoted\"\", عين\",34.8,-2.25,0.1,,,no,"
                "999999999999999,\n"
                "C,,,,,,,,\n",
                "wells", NULL);
    is_int(d.result.inserted, 3, "rows to begin with: %s", d.message);
    import_text(&d, "p.csv", "code,v\n01,1\n", "plain", NULL);
    import_text(&d, "o.csv",
                "name,wkt\nx,\"MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))\"\n"
                "y,POINT EMPTY\n",
                "it's \"odd\"", NULL);
    export_all(&d, "wells");
    export_all(&d, "plain");
    export_all(&d, "it's \"odd\"");
    gdal_validates(&d, "wells");
    gdal_validates(&d, "plain");
    sqlite_agrees(&d);
    python_parses(&d);
    ogr_reads(&d);
    desk_close(&d);
    return done_testing();
}
