/* SPDX-License-Identifier: MIT */
/* Fuzzing of geometry: as a GeoPackage blob, as WKT, as GeoJSON. What is taken
 * has a canonical form, which stays the same when it is made again, and which
 * every other reader takes. */
#include <stdlib.h>
#include <string.h>
#include "twin/twin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds)
        abort();
}

static int count_points(void *context, const double *points, size_t count,
                        int closed)
{
    (void)closed;
    for (size_t i = 0; i < 2 * count; i++)
        require(points[i] == points[i]);
    *(size_t *)context += count;
    return 0;
}

/* BLOB is of our own making. */
static void try_canonical(const buffer *blob)
{
    buffer again = {0}, text = {0}, json = {0};
    double bounds[4];
    twin_geometry type = TWIN_NO_GEOMETRY;
    size_t points = 0;
    require(geometry_check(blob->data, blob->length) == TAWAM_OK);
    require(geometry_type(&type, blob->data, blob->length) == TAWAM_OK);
    require(type >= TWIN_POINT && type <= TWIN_GEOMETRYCOLLECTION);
    require(geometry_normalize(&again, blob->data, blob->length) == TAWAM_OK);
    require(again.length == blob->length &&
            memcmp(again.data, blob->data, blob->length) == 0);
    if (geometry_bounds(bounds, blob->data, blob->length) == TAWAM_OK)
        require(bounds[0] <= bounds[2] && bounds[1] <= bounds[3]);
    geometry_paths(blob->data, blob->length, count_points, &points);
    require(geometry_to_wkt(&text, blob->data, blob->length) == TAWAM_OK);
    require(geometry_to_geojson(&json, blob->data, blob->length) == TAWAM_OK);
    buffer_free(&again);
    buffer_free(&text);
    buffer_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = memory_string_length((const char *)data, size);
    buffer out = {0};
    if (geometry_normalize(&out, data, size) == TAWAM_OK)
        try_canonical(&out);
    else
        require(error_message()[0]);
    geometry_check(data, size);
    buffer_free(&out);
    if (text && geometry_from_wkt(&out, text) == TAWAM_OK)
        try_canonical(&out);
    buffer_free(&out);
    if (geometry_from_geojson(&out, (const char *)data, size) == TAWAM_OK)
        try_canonical(&out);
    buffer_free(&out);
    free(text);
    return 0;
}
