/* SPDX-License-Identifier: MIT */
/* geometry_json: GeoJSON geometry objects (RFC 7946 §3.1), longitude first,
 * both ways. A third coordinate is read and dropped. */
#include "twin/geometry_internal.h"
#include "twin/twin_internal.h"
#include <jansson.h>

static const char *const NAMES[] = {
    [TWIN_POINT] = "Point",
    [TWIN_LINESTRING] = "LineString",
    [TWIN_POLYGON] = "Polygon",
    [TWIN_MULTIPOINT] = "MultiPoint",
    [TWIN_MULTILINESTRING] = "MultiLineString",
    [TWIN_MULTIPOLYGON] = "MultiPolygon",
    [TWIN_GEOMETRYCOLLECTION] = "GeometryCollection",
};

/* ---- out ---------------------------------------------------------------- */

typedef struct geojson_writer {
    buffer *out;
    twin_geometry type[GEOMETRY_DEPTH_MAX + 1];
    int filled[GEOMETRY_DEPTH_MAX + 1]; /* 1: a comma goes before the next */
    uint32_t count;                     /* of the geometry begun last */
    int depth;
} geojson_writer;

static void separate(geojson_writer *w, int depth)
{
    if (w->filled[depth])
        buffer_byte(w->out, ',');
    w->filled[depth] = 1;
}

static int is_object(const geojson_writer *w, int depth)
{
    return depth == 0 || w->type[depth - 1] == TWIN_GEOMETRYCOLLECTION;
}

static int json_begin(void *context, twin_geometry type, uint32_t count,
                      int depth)
{
    geojson_writer *w = context;
    if (depth > 0)
        separate(w, depth - 1);
    if (is_object(w, depth))
        buffer_format(w->out, "{\"type\":\"%s\",\"%s\":", NAMES[type],
                      type == TWIN_GEOMETRYCOLLECTION ? "geometries"
                                                      : "coordinates");
    if (type != TWIN_POINT || count == 0)
        buffer_byte(w->out, '[');
    w->type[depth] = type;
    w->filled[depth] = 0;
    w->count = count;
    w->depth = depth;
    return TAWAM_OK;
}

static int json_run(void *context, const point_run *run)
{
    geojson_writer *w = context;
    int ring = run->owner == TWIN_POLYGON;
    if (ring) {
        separate(w, w->depth);
        buffer_byte(w->out, '[');
    }
    for (size_t i = 0; i < run->count; i++) {
        double xy[2];
        char x[32], y[32];
        run_point(xy, run, i);
        text_from_decimal(x, xy[0]);
        text_from_decimal(y, xy[1]);
        buffer_format(w->out, "%s[%s,%s]", i ? "," : "", x, y);
    }
    if (ring)
        buffer_byte(w->out, ']');
    return TAWAM_OK;
}

static int json_finish(void *context, twin_geometry type, int depth)
{
    geojson_writer *w = context;
    if (type != TWIN_POINT || w->count == 0)
        buffer_byte(w->out, ']');
    if (is_object(w, depth))
        buffer_byte(w->out, '}');
    w->depth = depth - 1;
    return TAWAM_OK;
}

int geometry_to_geojson(buffer *out, const void *blob, size_t length)
{
    geojson_writer w = {.out = out};
    geometry_visitor v = {.begin = json_begin,
                          .run = json_run,
                          .end = json_finish,
                          .context = &w};
    int code = geometry_walk(blob, length, &v);
    return code == TAWAM_OK ? buffer_check(out) : code;
}

/* ---- in ----------------------------------------------------------------- */

static int json_wrong(const char *why)
{
    return error_set(TAWAM_EUSAGE, _("not a GeoJSON geometry: %s"), why);
}

static int put_position(buffer *wkb, const json_t *position)
{
    const json_t *x = json_array_get(position, 0);
    const json_t *y = json_array_get(position, 1);
    if (!json_is_number(x) || !json_is_number(y))
        return json_wrong(_("a position is [longitude, latitude]"));
    double longitude = json_number_value(x), latitude = json_number_value(y);
    wkb_number(wkb, longitude);
    wkb_number(wkb, latitude);
    return position_check(longitude, latitude);
}

static int put_run(buffer *wkb, size_t place, const json_t *list, size_t least)
{
    size_t count = json_array_size(list);
    if (count < least)
        return json_wrong(_("a line has two positions or more, a ring four"));
    for (size_t i = 0; i < count; i++) {
        int code = put_position(wkb, json_array_get(list, i));
        if (code != TAWAM_OK)
            return code;
    }
    wkb_count(wkb, place, (uint32_t)count);
    return TAWAM_OK;
}

static int put_ring(buffer *wkb, const json_t *ring)
{
    size_t place = wkb->length;
    buffer_bytes(wkb, "\0\0\0\0", 4);
    int code = put_run(wkb, place, ring, 4);
    if (code != TAWAM_OK || wkb->failed)
        return code;
    const uint8_t *first = wkb->data + place + 4;
    if (memcmp(first, wkb->data + wkb->length - 16, 16) != 0)
        return json_wrong(_("a ring must end at the position it began with"));
    return TAWAM_OK;
}

static int put_geometry(buffer *wkb, const json_t *object, int depth);
static int put_coordinates(buffer *wkb, twin_geometry type, const json_t *list,
                           int depth);

static int put_member(buffer *wkb, twin_geometry type, const json_t *member,
                      int depth)
{
    switch (type) {
    case TWIN_POLYGON:
        return put_ring(wkb, member);
    case TWIN_MULTIPOINT:
        return put_coordinates(wkb, TWIN_POINT, member, depth + 1);
    case TWIN_MULTILINESTRING:
        return put_coordinates(wkb, TWIN_LINESTRING, member, depth + 1);
    case TWIN_MULTIPOLYGON:
        return put_coordinates(wkb, TWIN_POLYGON, member, depth + 1);
    default:
        return put_geometry(wkb, member, depth + 1);
    }
}

static int put_coordinates(buffer *wkb, twin_geometry type, const json_t *list,
                           int depth)
{
    if (!json_is_array(list))
        return json_wrong(_("its coordinates are missing"));
    size_t place = wkb_begin(wkb, type), count = json_array_size(list);
    if (type == TWIN_POINT && count == 0) {
        wkb_empty_point(wkb);
        return TAWAM_OK;
    }
    if (type == TWIN_POINT)
        return put_position(wkb, list);
    if (type == TWIN_LINESTRING)
        return put_run(wkb, place, list, count ? 2 : 0);
    for (size_t i = 0; i < count; i++) {
        int code = put_member(wkb, type, json_array_get(list, i), depth);
        if (code != TAWAM_OK)
            return code;
    }
    wkb_count(wkb, place, (uint32_t)count);
    return TAWAM_OK;
}

static int put_geometry(buffer *wkb, const json_t *object, int depth)
{
    const char *name = json_string_value(json_object_get(object, "type"));
    if (depth > GEOMETRY_DEPTH_MAX)
        return json_wrong(_("collections are nested too deeply"));
    if (!name)
        return json_wrong(_("it has no type"));
    for (int i = TWIN_POINT; i <= TWIN_GEOMETRYCOLLECTION; i++) {
        if (strcmp(NAMES[i], name) != 0)
            continue;
        int collection = i == TWIN_GEOMETRYCOLLECTION;
        return put_coordinates(
            wkb, (twin_geometry)i,
            json_object_get(object, collection ? "geometries" : "coordinates"),
            depth);
    }
    return json_wrong(_("its type is not one of RFC 7946"));
}

int geometry_from_geojson(buffer *out, const char *json, size_t length)
{
    buffer wkb = {0};
    json_error_t why;
    json_t *root = json_loadb(json, length, 0, &why);
    int code = root ? put_geometry(&wkb, root, 0) : json_wrong(why.text);
    if (code == TAWAM_OK)
        code = geometry_finish(out, &wkb);
    json_decref(root);
    buffer_free(&wkb);
    return code;
}
