/* SPDX-License-Identifier: MIT */
/* geometry_read: the one decoder of geometry blobs, and what asks it simple
 * things: type, bounds, the point, the paths to draw.
 *
 * Invariants:
 *  1. Every count is checked against the bytes left before it is believed.
 *  2. Nesting ends at GEOMETRY_DEPTH_MAX; recursion is bounded by it.
 *  3. Coordinates are finite, but for the two NaN that mean an empty point.
 */
#include "twin/geometry_internal.h"
#include "twin/twin_internal.h"
#include <math.h>

typedef struct cursor {
    const uint8_t *at, *end;
    const geometry_visitor *visitor;
} cursor;

static size_t left(const cursor *c)
{
    return (size_t)(c->end - c->at);
}

static int broken(const char *why)
{
    return error_set(TAWAM_EUSAGE, _("not a GeoPackage geometry: %s"), why);
}

static uint32_t read_u32(const uint8_t *at, int big_endian)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value |= (uint32_t)at[i] << (big_endian ? 24 - 8 * i : 8 * i);
    return value;
}

static double read_double(const uint8_t *at, int big_endian)
{
    uint64_t bits = 0;
    double value = 0;
    for (int i = 0; i < 8; i++)
        bits |= (uint64_t)at[i] << (big_endian ? 56 - 8 * i : 8 * i);
    memcpy(&value, &bits, sizeof value);
    return value;
}

void run_point(double xy[2], const point_run *run, size_t index)
{
    const uint8_t *at = run->at + index * (size_t)run->dimensions * 8;
    xy[0] = read_double(at, run->big_endian);
    xy[1] = read_double(at + 8, run->big_endian);
}

/* Hands COUNT points at the cursor to the visitor and goes past them. */
static int walk_run(cursor *c, point_run run)
{
    size_t each = (size_t)run.dimensions * 8;
    if (run.count > left(c) / each)
        return broken(_("it ends too early"));
    run.at = c->at;
    c->at += run.count * each;
    for (size_t i = 0; i < run.count; i++) {
        double xy[2];
        run_point(xy, &run, i);
        if (!isfinite(xy[0]) || !isfinite(xy[1]))
            return broken(_("a coordinate is no number"));
    }
    if (!c->visitor->run)
        return TAWAM_OK;
    return c->visitor->run(c->visitor->context, &run);
}

static int visit_begin(const cursor *c, twin_geometry type, uint32_t count,
                       int depth)
{
    if (!c->visitor->begin)
        return TAWAM_OK;
    return c->visitor->begin(c->visitor->context, type, count, depth);
}

static int visit_end(const cursor *c, twin_geometry type, int depth)
{
    if (!c->visitor->end)
        return TAWAM_OK;
    return c->visitor->end(c->visitor->context, type, depth);
}

static int walk_point(cursor *c, point_run run, int depth)
{
    if (left(c) < (size_t)run.dimensions * 8)
        return broken(_("it ends too early"));
    double xy[2];
    run.at = c->at;
    run_point(xy, &run, 0);
    int empty = isnan(xy[0]) && isnan(xy[1]);
    int code = visit_begin(c, TWIN_POINT, empty ? 0 : 1, depth);
    if (code != TAWAM_OK)
        return code;
    run.count = 1;
    if (empty)
        c->at += (size_t)run.dimensions * 8;
    else
        code = walk_run(c, run);
    return code == TAWAM_OK ? visit_end(c, TWIN_POINT, depth) : code;
}

/* A count whose things take at least EACH bytes. */
static int read_count(uint32_t *count, cursor *c, int big_endian, size_t each)
{
    if (left(c) < 4)
        return broken(_("it ends too early"));
    *count = read_u32(c->at, big_endian);
    c->at += 4;
    if (*count > left(c) / each)
        return broken(_("it ends too early"));
    return TAWAM_OK;
}

static int walk_line(cursor *c, point_run run, int depth)
{
    uint32_t count = 0;
    int code =
        read_count(&count, c, run.big_endian, (size_t)run.dimensions * 8);
    if (code == TAWAM_OK)
        code = visit_begin(c, TWIN_LINESTRING, count, depth);
    run.count = count;
    if (code == TAWAM_OK && count)
        code = walk_run(c, run);
    return code == TAWAM_OK ? visit_end(c, TWIN_LINESTRING, depth) : code;
}

static int walk_polygon(cursor *c, point_run run, int depth)
{
    uint32_t rings = 0;
    int code = read_count(&rings, c, run.big_endian, 4);
    if (code == TAWAM_OK)
        code = visit_begin(c, TWIN_POLYGON, rings, depth);
    for (uint32_t i = 0; code == TAWAM_OK && i < rings; i++) {
        uint32_t count = 0;
        code =
            read_count(&count, c, run.big_endian, (size_t)run.dimensions * 8);
        run.count = count;
        if (code == TAWAM_OK)
            code = walk_run(c, run);
    }
    return code == TAWAM_OK ? visit_end(c, TWIN_POLYGON, depth) : code;
}

static int walk_any(cursor *c, int depth, twin_geometry parent);

/* The smallest member is an empty line: order, type, count. */
static int walk_members(cursor *c, twin_geometry type, int big_endian,
                        int depth)
{
    uint32_t count = 0;
    int code = read_count(&count, c, big_endian, 9);
    if (code == TAWAM_OK)
        code = visit_begin(c, type, count, depth);
    for (uint32_t i = 0; code == TAWAM_OK && i < count; i++)
        code = walk_any(c, depth + 1, type);
    return code == TAWAM_OK ? visit_end(c, type, depth) : code;
}

/* What a collection of type PARENT may hold. */
static int member_allowed(twin_geometry parent, twin_geometry type)
{
    switch (parent) {
    case TWIN_MULTIPOINT:
        return type == TWIN_POINT;
    case TWIN_MULTILINESTRING:
        return type == TWIN_LINESTRING;
    case TWIN_MULTIPOLYGON:
        return type == TWIN_POLYGON;
    default:
        return 1;
    }
}

static int walk_any(cursor *c, int depth, twin_geometry parent)
{
    if (depth > GEOMETRY_DEPTH_MAX)
        return broken(_("collections are nested too deeply"));
    if (left(c) < 5)
        return broken(_("it ends too early"));
    if (*c->at > 1)
        return broken(_("its byte order is neither 0 nor 1"));
    int big_endian = *c->at == 0;
    uint32_t code = read_u32(c->at + 1, big_endian);
    c->at += 5;
    /* ISO WKB: 1000 has Z, 2000 has M, 3000 both. */
    if (code >= 4000 || code % 1000 < 1 || code % 1000 > 7)
        return broken(_("its type is not one of the seven simple ones"));
    twin_geometry type = (twin_geometry)(code % 1000);
    if (!member_allowed(parent, type))
        return broken(_("a collection holds a member of another type"));
    point_run run = {.big_endian = big_endian, .owner = type, .dimensions = 2};
    if (code >= 3000)
        run.dimensions = 4;
    else if (code >= 1000)
        run.dimensions = 3;
    switch (type) {
    case TWIN_POINT:
        return walk_point(c, run, depth);
    case TWIN_LINESTRING:
        return walk_line(c, run, depth);
    case TWIN_POLYGON:
        return walk_polygon(c, run, depth);
    default:
        return walk_members(c, type, big_endian, depth);
    }
}

int geometry_walk_wkb(const void *wkb, size_t length, const geometry_visitor *v)
{
    cursor c = {.at = wkb, .visitor = v};
    c.end = c.at + length;
    int code = walk_any(&c, 0, TWIN_NO_GEOMETRY);
    if (code == TAWAM_OK && c.at != c.end)
        return broken(_("bytes follow its end"));
    return code;
}

int geometry_walk(const void *blob, size_t length, const geometry_visitor *v)
{
    static const size_t ENVELOPES[8] = {0, 32, 48, 48, 64};
    const uint8_t *at = blob;
    if (length < 13 || at[0] != 'G' || at[1] != 'P')
        return broken(_("it does not begin with GP"));
    unsigned flags = at[3], envelope = flags >> 1 & 7;
    if (at[2] != 0 || flags & 0x20 || envelope > 4)
        return broken(_("its version or envelope is unknown"));
    uint32_t srs = read_u32(at + 4, !(flags & 1));
    if (srs != GEOMETRY_SRS && srs != GEOMETRY_SRS_HEIGHT)
        return error_set(TAWAM_EUSAGE,
                         _("this geometry is in reference system %d; only "
                           "EPSG:4326 (longitude, latitude) is stored"),
                         (int)srs);
    size_t start = 8 + ENVELOPES[envelope];
    if (length < start)
        return broken(_("it ends too early"));
    return geometry_walk_wkb(at + start, length - start, v);
}

/* ---- simple questions --------------------------------------------------- */

int geometry_check(const void *blob, size_t length)
{
    geometry_visitor nothing = {0};
    return geometry_walk(blob, length, &nothing);
}

static int note_type(void *context, twin_geometry type, uint32_t count,
                     int depth)
{
    (void)count;
    if (depth == 0)
        *(twin_geometry *)context = type;
    return TAWAM_OK;
}

int geometry_type(twin_geometry *out, const void *blob, size_t length)
{
    twin_geometry type = TWIN_NO_GEOMETRY;
    geometry_visitor v = {.begin = note_type, .context = &type};
    int code = geometry_walk(blob, length, &v);
    if (code == TAWAM_OK)
        *out = type;
    return code;
}

typedef struct extent {
    double box[4];
    int filled;
} extent;

static int widen_extent(void *context, const point_run *run)
{
    extent *e = context;
    for (size_t i = 0; i < run->count; i++) {
        double xy[2];
        run_point(xy, run, i);
        for (int k = 0; k < 2; k++) {
            if (!e->filled || xy[k] < e->box[k])
                e->box[k] = xy[k];
            if (!e->filled || xy[k] > e->box[k + 2])
                e->box[k + 2] = xy[k];
        }
        e->filled = 1;
    }
    return TAWAM_OK;
}

int geometry_bounds(double bounds[4], const void *blob, size_t length)
{
    extent e = {0};
    geometry_visitor v = {.run = widen_extent, .context = &e};
    int code = geometry_walk(blob, length, &v);
    if (code != TAWAM_OK)
        return code;
    if (!e.filled)
        return error_set(TAWAM_ENO, _("this geometry is empty"));
    memcpy(bounds, e.box, sizeof e.box);
    return TAWAM_OK;
}

int wkb_bounds(double bounds[4], const buffer *wkb)
{
    extent e = {0};
    geometry_visitor v = {.run = widen_extent, .context = &e};
    int code = geometry_walk_wkb(wkb->data, wkb->length, &v);
    if (code == TAWAM_OK && e.filled)
        memcpy(bounds, e.box, sizeof e.box);
    if (code != TAWAM_OK)
        return code;
    return e.filled;
}

int geometry_point(double *longitude, double *latitude, const void *blob,
                   size_t length)
{
    twin_geometry type = TWIN_NO_GEOMETRY;
    double box[4] = {0};
    int code = geometry_type(&type, blob, length);
    if (code == TAWAM_OK && type != TWIN_POINT)
        code = error_set(TAWAM_ENO, _("this geometry is no point"));
    if (code == TAWAM_OK)
        code = geometry_bounds(box, blob, length);
    if (code != TAWAM_OK)
        return code;
    *longitude = box[0];
    *latitude = box[1];
    return TAWAM_OK;
}

/* ---- paths -------------------------------------------------------------- */

typedef struct path_caller {
    int (*call)(void *context, const double *points, size_t count, int closed);
    void *context;
    double *points;
    size_t capacity; /* in doubles */
} path_caller;

static int give_path(void *context, const point_run *run)
{
    path_caller *p = context;
    int code = memory_reserve((void **)&p->points, &p->capacity, run->count * 2,
                              sizeof *p->points);
    if (code != TAWAM_OK)
        return code;
    for (size_t i = 0; i < run->count; i++)
        run_point(p->points + 2 * i, run, i);
    return p->call(p->context, p->points, run->count,
                   run->owner == TWIN_POLYGON);
}

int geometry_paths(const void *blob, size_t length,
                   int (*call)(void *context, const double *points,
                               size_t count, int closed),
                   void *context)
{
    path_caller p = {.call = call, .context = context};
    geometry_visitor v = {.run = give_path, .context = &p};
    int code = geometry_walk(blob, length, &v);
    free(p.points);
    return code;
}
