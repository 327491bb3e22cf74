/* SPDX-License-Identifier: MIT */
/* Geometry: text, GeoJSON and blobs there and back; foreign byte orders and
 * heights; broken blobs refused, cut at every byte. */
#include "tests/tap.h"
#include "tests/twin_support.h"

static const char *const SHAPES[] = {
    "POINT (-2.3149 34.9297)",
    "POINT EMPTY",
    "LINESTRING (0 0,1 1,2 0.5)",
    "LINESTRING EMPTY",
    "POLYGON ((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 1))",
    "POLYGON EMPTY",
    "MULTIPOINT ((1 2),(3 4))",
    "MULTILINESTRING ((0 0,1 1),(2 2,3 3,4 4))",
    "MULTIPOLYGON (((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))",
    "GEOMETRYCOLLECTION (POINT (1 2),LINESTRING (0 0,1 1))",
    "GEOMETRYCOLLECTION EMPTY",
    "GEOMETRYCOLLECTION (MULTIPOINT ((1 2)),GEOMETRYCOLLECTION (POINT (3 4)))",
};

static void there_and_back(const char *wkt)
{
    buffer blob = {0}, text = {0}, json = {0}, again = {0}, normal = {0};
    ok_code(geometry_from_wkt(&blob, wkt), "%s is read", wkt);
    geometry_to_wkt(&text, blob.data, blob.length);
    is_str((char *)text.data, wkt, "and written");
    ok(geometry_to_geojson(&json, blob.data, blob.length) == TAWAM_OK &&
           geometry_from_geojson(&again, (char *)json.data, json.length) ==
               TAWAM_OK &&
           again.length == blob.length &&
           memcmp(again.data, blob.data, blob.length) == 0,
       "the same through GeoJSON");
    ok(geometry_normalize(&normal, blob.data, blob.length) == TAWAM_OK &&
           normal.length == blob.length &&
           memcmp(normal.data, blob.data, blob.length) == 0,
       "what we write is canonical");
    int cut = 1;
    for (size_t n = 0; n < blob.length; n++) {
        uint8_t *exact = memory_new(n);
        memcpy(exact, blob.data, n);
        cut &= geometry_check(exact, n) < 0;
        free(exact);
    }
    ok(cut, "cut short at any byte it is refused");
    buffer_free(&blob);
    buffer_free(&text);
    buffer_free(&json);
    buffer_free(&again);
    buffer_free(&normal);
}

static void others_write(void)
{
    /* Big-endian, with Z, envelope of the larger kind. */
    static const uint8_t HIGH[] = {
        'G',  'P', 0, 0x00, 0,    0, 0x10, 0xE6, 0,    0,    0, 0x03, 0xE9,
        0xC0, 0,   0, 0,    0,    0, 0,    0,    0x40, 0x41, 0, 0,    0,
        0,    0,   0, 0x40, 0x59, 0, 0,    0,    0,    0,    0};
    buffer normal = {0}, text = {0};
    ok_code(geometry_normalize(&normal, HIGH, sizeof HIGH),
            "a big-endian point with a height");
    geometry_to_wkt(&text, normal.data, normal.length);
    is_str((char *)text.data, "POINT (-2 34)", "loses the height alone");
    ok(normal.length == 29 &&
           memcmp(normal.data, "GP\0\1\xE6\x10\0\0\1", 9) == 0,
       "and is little-endian");
    buffer_free(&normal);
    buffer_free(&text);
    ok_code(geometry_from_wkt(&normal, "multipoint z (1 2 3, 4 5 6)"),
            "lower case, Z, points without parentheses");
    geometry_to_wkt(&text, normal.data, normal.length);
    is_str((char *)text.data, "MULTIPOINT ((1 2),(4 5))", "are read");
    buffer_free(&normal);
    buffer_free(&text);
}

static void wrong_ones(void)
{
    /* clang-format off */
    static const char *const WRONG[] = {
        "", "POINT", "POINT (1)", "POINT (1 2", "POINT (1 2) x",
        "POINT (nan 2)", "POINT (200 2)", "POINT (2 91)",
        "LINESTRING (1 2)", "POLYGON ((0 0,1 1,0 0))",
        "POLYGON ((0 0,1 0,1 1,5 5))", "CIRCLE (1 2)", "POINT (1,2)"};
    static const char *const JSON[] = {
        "", "{}", "[]", "{\"type\":\"Point\"}",
        "{\"type\":\"Point\",\"coordinates\":[1]}",
        "{\"type\":\"Point\",\"coordinates\":[\"1\",2]}",
        "{\"type\":\"Point\",\"coordinates\":[181,2]}",
        "{\"type\":\"LineString\",\"coordinates\":[[1,2]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[2,2]]]}"};
    /* clang-format on */
    buffer out = {0};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
        ok(geometry_from_wkt(&out, WRONG[i]) == TAWAM_EUSAGE, "'%s': %s",
           WRONG[i], error_message());
    for (size_t i = 0; i < sizeof JSON / sizeof *JSON; i++)
        ok(geometry_from_geojson(&out, JSON[i], strlen(JSON[i])) ==
               TAWAM_EUSAGE,
           "%s", error_message());
    ok(out.length == 0, "nothing was written");
    /* 2^32 - 1 points announced, 200 levels of collections. */
    static const uint8_t MANY[] = {'G', 'P', 0, 1, 0xE6, 0x10, 0,    0,   1,
                                   2,   0,   0, 0, 0xFF, 0xFF, 0xFF, 0xFF};
    ok(geometry_check(MANY, sizeof MANY) == TAWAM_EUSAGE, "a count too large");
    buffer deep = {0};
    buffer_bytes(&deep, "GP\0\1\xE6\x10\0\0", 8);
    for (int i = 0; i < 200; i++)
        buffer_bytes(&deep, "\1\7\0\0\0\1\0\0\0", 9);
    ok(geometry_check(deep.data, deep.length) == TAWAM_EUSAGE,
       "collections too deep");
    buffer_free(&deep);
    buffer_free(&out);
}

static int count_path(void *context, const double *points, size_t count,
                      int closed)
{
    int *sums = context;
    sums[0] += (int)count;
    sums[1] += closed;
    sums[2] += (int)points[0];
    return TAWAM_OK;
}

static void questions(void)
{
    buffer blob = {0};
    double box[4] = {0}, x = 0, y = 0;
    int sums[3] = {0};
    geometry_from_wkt(&blob, SHAPES[8]);
    ok(geometry_bounds(box, blob.data, blob.length) == TAWAM_OK &&
           box[0] == 0 && box[1] == 0 && box[2] == 6 && box[3] == 6,
       "bounds");
    ok(geometry_paths(blob.data, blob.length, count_path, sums) == TAWAM_OK &&
           sums[0] == 8 && sums[1] == 2 && sums[2] == 5,
       "paths to draw");
    ok(geometry_point(&x, &y, blob.data, blob.length) == TAWAM_ENO,
       "no point has a point");
    buffer_clear(&blob);
    geometry_from_point(&blob, -2.5, 34);
    ok(geometry_point(&x, &y, blob.data, blob.length) == TAWAM_OK &&
           x == -2.5 && y == 34,
       "a point");
    buffer_clear(&blob);
    geometry_from_wkt(&blob, "POINT EMPTY");
    ok(geometry_bounds(box, blob.data, blob.length) == TAWAM_ENO,
       "what is empty has no bounds");
    buffer_free(&blob);
}

int main(void)
{
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++)
        there_and_back(SHAPES[i]);
    others_write();
    wrong_ones();
    questions();
    return done_testing();
}
