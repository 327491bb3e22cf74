/* SPDX-License-Identifier: MIT */
/* GeoJSON in: features to rows. */
#include "tests/exchange_support.h"

#define FEATURE(properties, geometry)                                          \
    "{\"type\":\"Feature\",\"properties\":" properties                         \
    ",\"geometry\":" geometry "}"
#define COLLECTION(features)                                                   \
    "{\"type\":\"FeatureCollection\",\n\"features\":[" features "]}"

static void features_become_rows(desk *d)
{
    import_text(d, "a.geojson",
                COLLECTION(FEATURE("{\"name\":\"A\",\"n\":1,\"ok\":true,"
                                   "\"code\":\"007\","
                                   "\"day\":\"2024-01-02\",\"x\":[1,{\"y\":"
                                   "null}]}",
                                   "{\"type\":\"Point\",\"coordinates\":[-2.5,"
                                   "34.25]}") ",\n" FEATURE("{\"n\":2.5,\"ok\":"
                                                            "false,\"extra\":"
                                                            "null}",
                                                            "null")),
                "a", NULL);
    is_int(d->code, TAWAM_OK, "a FeatureCollection imports: %s", d->message);
    is_str(notes_of(d),
           "geom → POINT\nname  text\nn  decimal\nok  boolean\ncode  text\n"
           "day  date\nx  text\nextra  text (every value is empty)\n",
           "columns are the union of the properties, types those of JSON");
    is_str(rows(d, "SELECT name, n, ok, code, day, x, extra, ST_MinX(geom) "
                   "FROM a ORDER BY fid"),
           "A|1.0|1|007|2024-01-02|[1,{\"y\":null}]|NULL|-2.5\n"
           "NULL|2.5|0|NULL|NULL|NULL|NULL|NULL",
           "values are stored, what is nested as JSON");
}

static void an_absent_property_is_left_alone(desk *d)
{
    import_text(d, "b.geojson",
                COLLECTION(FEATURE("{\"k\":\"1\",\"v\":5,\"w\":6}", "null")),
                "b", "k");
    import_text(d, "b.geojson",
                COLLECTION(FEATURE("{\"k\":\"1\",\"v\":null}", "null")), "b",
                "k");
    is_str(rows(d, "SELECT k, v, w FROM b"), "1|NULL|6",
           "null is NULL, absent is untouched");
    is_int(d->result.cells_changed, 1, "one cell");
}

static void ids(desk *d)
{
    import_text(d, "c.geojson",
                COLLECTION("{\"type\":\"Feature\",\"id\":"
                           "\"0190a1b2-0000-7000-8000-00000000000b\","
                           "\"properties\":{\"fid\":\"9\"},"
                           "\"geometry\":null}"),
                "c", NULL);
    is_str(rows(d, "SELECT uuid, fid_source FROM c"),
           "0190a1b2-0000-7000-8000-00000000000b|9",
           "an id that is a uuid is ours; fid becomes fid_source");
    import_text(d, "c2.geojson",
                COLLECTION("{\"type\":\"Feature\",\"id\":\"way/1\","
                           "\"properties\":{},\"geometry\":null}"),
                "c2", NULL);
    is_str(rows(d, "SELECT id FROM c2"), "way/1", "another id is a column");
}

static void sequences(desk *d)
{
    import_text(d, "d.geojsonl",
                FEATURE("{\"n\":1}", "null") "\n" FEATURE("{\"n\":2}", "null"),
                "d", NULL);
    is_int(d->result.inserted, 2, "features a line");
    import_text(d, "d2.json", FEATURE("{\"n\":1}", "null"), "d2", NULL);
    is_int(d->result.inserted, 1, "a single feature");
    import_text(d, "d3.json",
                "\x1e" FEATURE("{\"n\":1}", "null") "\n\x1e" FEATURE(
                    "{\"n\":2}", "null") "\n",
                "d3", NULL);
    is_int(d->result.inserted, 2, "RFC 8142 records");
}

static void wrong_features(desk *d)
{
    char *rejected = NULL;
    import_text(
        d, "e.geojson",
        COLLECTION(
            FEATURE(
                "{\"n\":1}",
                "{\"type\":\"Point\",\"coordinates\":["
                "1]}") ",\n" FEATURE("{\"n\":2,\"n\":3}",
                                     "null") ",\n" FEATURE("[]",
                                                           "null") ",\n{"
                                                                   "\"type\":"
                                                                   "\"Point\","
                                                                   "\"coordinat"
                                                                   "es\":[0,0]}"
                                                                   ",\n{"
                                                                   "\"type\":"
                                                                   "\"Feature\""
                                                                   ","
                                                                   "\"propertie"
                                                                   "s\":{\"n\":"
                                                                   "tru},"
                                                                   "\"geometry"
                                                                   "\":null}"
                                                                   ","
                                                                   "\n" FEATURE("{\"n\":99999999999999999999}", "null") ",\n" FEATURE(
                                                                       "{\"n\":"
                                                                       "7}",
                                                                       "{\"type"
                                                                       "\":"
                                                                       "\"Point"
                                                                       "\","
                                                                       "\"coord"
                                                                       "ina"
                                                                       "tes\":["
                                                                       "200,0]"
                                                                       "}") ","
                                                                            "\n" FEATURE(
                                                                                "{\"n\":8}",
                                                                                "null")),
        "e", NULL);
    is_int(d->code, TAWAM_OK, "wrong features don't stop the rest");
    is_int(d->result.rejected, 7, "seven are rejected");
    is_str(rows(d, "SELECT n FROM e"), "8", "the right one is stored");
    ok(has(rejects_of(d), "2 geometry: "), "named by line: geometry");
    ok(has(rejects_of(d), "3 -: duplicate object key"), "a doubled property");
    ok(has(rejects_of(d), "5 -: not of type Feature"), "no feature");
    rejected = contents(d->result.reject_file);
    ok(has(rejected, "{\"type\":\"FeatureCollection\",\"features\":[\n"
                     "{\"type\":\"Feature\",\"properties\":{\"n\":1}"),
       "the reject file is a FeatureCollection");
    ok(has(d->result.reject_file, ".rejects.geojson"), "by its name too");
    free(rejected);
}

static void refused_files(desk *d)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"{\"type\":\"FeatureCollection\",\"features\":[{\"type\":", "ends"},
        {"[1,2]", "'{' expected"},
        {"{\"type\":\"Topology\",\"objects\":{}}", "TopoJSON"},
        {"{\"type\":\"FeatureCollection\"}", "no \"features\""},
        {"{\"type\":\"Polygon\",\"coordinates\":[]}", "of type \"Polygon\""},
        {"{\"features\":[],\"crs\":{\"type\":\"name\",\"properties\":{\"name\""
         ":\"urn:ogc:def:crs:EPSG::26191\"}}}",
         "ogr2ogr -t_srs"},
        {"{\"features\":[]} x", "the end of the file expected"},
        {"{\"features\":[],\"features\":[]}", "stands twice"},
        {"", "'{'"},
        {"{\"features\":[{\"type\":\"Feature\",\"properties\":{\"a\":1,"
         "\"A\":2}}]}",
         "both called 'A'"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        import_text(d, "f.geojson", bad[i].text, "f", NULL);
        is_int(d->code, TAWAM_EUSAGE, "file %zu is refused", i);
        ok(has(d->message, bad[i].words), "saying '%s'", bad[i].words);
    }
    is_int(atoi(rows(d, "SELECT count(*) FROM tawam_layer WHERE name='f'")), 0,
           "and nothing is stored");
}

static void geometries(desk *d)
{
    import_text(
        d, "g.geojson",
        COLLECTION(FEATURE(
            "{\"n\":1}",
            "{\"type\":\"Polygon\",\"coordinates\":"
            "[[[0,0],[1,0],[1,1],[0,0]]]}") "," FEATURE("{\"n\":2}",
                                                        "{\"coordinates\":[[[["
                                                        "0,0],[1,0],[1,1],"
                                                        "[0,0]]]],\"type\":"
                                                        "\"MultiPolygon\"}")),
        "g", NULL);
    ok(has(notes_of(d), "geom → GEOMETRY\n"),
       "polygons and multipolygons join");
    is_int(d->result.inserted, 2, "both are stored: %s", rejects_of(d));
    import_text(d, "g2.geojson",
                COLLECTION(FEATURE("{\"n\":1}",
                                   "{\"type\":\"LineString\",\"coordinates\":"
                                   "[[0,0],[1,1]]}")),
                "g2", NULL);
    import_text(
        d, "g2.geojson",
        COLLECTION(FEATURE("{\"n\":2}", "{\"type\":\"Point\",\"coordinates\":"
                                        "[0,0]}")),
        "g2", NULL);
    is_int(d->result.inserted, 1, "another geometry type widens the layer");
    is_str(rows(d, "SELECT geometry_type_name FROM gpkg_geometry_columns "
                   "WHERE table_name = 'g2'"),
           "GEOMETRY", "to GEOMETRY");
}

int main(void)
{
    desk d;
    desk_open(&d);
    features_become_rows(&d);
    an_absent_property_is_left_alone(&d);
    ids(&d);
    sequences(&d);
    wrong_features(&d);
    refused_files(&d);
    geometries(&d);
    desk_close(&d);
    return done_testing();
}
