/* SPDX-License-Identifier: MIT */
/* GeoPackage geometries as coordinates, and back to the very same bytes.
 *
 * Only the form that tawam itself writes is known here (twin.h, "geometry"):
 * little-endian, EPSG:4326, no envelope on a point, an XY envelope on all else
 * that holds exactly the coordinates' bounds, WKB types 1 to 7. A blob of any
 * other form, or with a coordinate that does not fit the lane's exponent, is
 * left to the lane to tell as bytes.
 *
 * walk_geometry goes through WKB in one of three ways: checking a blob, coding
 * it (writing), or making it from the coder (reading).
 */
#include <math.h>
#include <string.h>
#include "sync/changeset_internal.h"

#define HEADER_BYTES 8    /* 'GP' version flags srs */
#define ENVELOPE_BYTES 32 /* min x, max x, min y, max y */
#define SHAPE_DEPTH 8

static const char HEADERS[2][HEADER_BYTES] = {
    {'G', 'P', 0, 1, (char)0xe6, 0x10, 0, 0}, /* little-endian: a point */
    {'G', 'P', 0, 3, (char)0xe6, 0x10, 0, 0}, /* with an XY envelope */
};
static const char POINT_WKB[5] = {1, 1, 0, 0, 0};

static uint64_t load64(const char *bytes)
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | (uint8_t)bytes[i];
    return value;
}

/* The eight bytes of VALUE, little-endian. */
static void store64(char out[8], double value)
{
    uint64_t bits = 0;

    memcpy(&bits, &value, 8);
    for (int i = 0; i < 8; i++)
        out[i] = (char)(bits >> (8 * i));
}

int shape_point(double xy[2], const char *bytes, size_t length)
{
    if (length != POINT_BYTES || memcmp(bytes, HEADERS[0], HEADER_BYTES) != 0 ||
        memcmp(bytes + HEADER_BYTES, POINT_WKB, 5) != 0)
        return 0;
    for (int i = 0; i < 2; i++) {
        uint64_t bits = load64(bytes + 13 + 8 * i);
        memcpy(&xy[i], &bits, 8);
    }
    return 1;
}

void shape_print_point(char out[POINT_BYTES], const double xy[2])
{
    memcpy(out, HEADERS[0], HEADER_BYTES);
    memcpy(out + HEADER_BYTES, POINT_WKB, 5);
    store64(out + 13, xy[0]);
    store64(out + 21, xy[1]);
}

/* ---- the walk ---- */

typedef struct walk {
    codec *x; /* NULL: only checking */
    shape_models *models;
    unsigned exponent; /* of coordinates */
    const char *in;    /* checking, writing: the blob */
    size_t length, at;
    buffer *out;      /* reading: the blob so far */
    double bounds[4]; /* min x, max x, min y, max y */
    int bad;          /* not the form known here, or a fault */
} walk;

static int is_reading(const walk *w)
{
    return w->x && w->x->coder.reading;
}

/* Four bytes, little-endian, from the blob or into it. */
static uint32_t walk_u32(walk *w, uint32_t value)
{
    uint8_t bytes[4];

    if (is_reading(w)) {
        for (int i = 0; i < 4; i++)
            bytes[i] = (uint8_t)(value >> (8 * i));
        buffer_bytes(w->out, bytes, 4);
        return value;
    }
    if (w->length - w->at < 4) {
        w->bad = 1;
        return 0;
    }
    value = 0;
    for (int i = 3; i >= 0; i--)
        value = value << 8 | (uint8_t)w->in[w->at + (size_t)i];
    w->at += 4;
    return value;
}

/* A count of parts that take at least EACH bytes of the blob. */
static uint32_t walk_count(walk *w, size_t each)
{
    uint64_t count = 0;

    if (!is_reading(w)) {
        count = walk_u32(w, 0);
        if (count > (w->length - w->at) / each)
            w->bad = 1;
    }
    if (w->bad)
        return 0;
    if (w->x) {
        count = coder_number(&w->x->coder, &w->models->count, count);
        if (codec_grow(w->x, (size_t)count, each) < 0 ||
            codec_take(w->x, (size_t)count * each) < 0) {
            w->bad = 1;
            return 0;
        }
    }
    if (is_reading(w))
        walk_u32(w, (uint32_t)count);
    return (uint32_t)count;
}

/* A coordinate of the blob as an integer; 0 if it can't be one. */
static int64_t blob_coordinate(walk *w)
{
    int64_t whole = 0;
    uint64_t bits = 0;
    double value = 0;

    if (w->length - w->at < 8) {
        w->bad = 1;
        return 0;
    }
    bits = load64(w->in + w->at);
    w->at += 8;
    memcpy(&value, &bits, 8);
    if (!decimal_scale(&whole, value, w->exponent))
        w->bad = 1;
    return whole;
}

/* One coordinate, told by its distance from the one before on its axis. */
static double walk_coordinate(walk *w, int axis)
{
    int64_t whole = is_reading(w) ? 0 : blob_coordinate(w);
    double value = 0;

    if (w->bad)
        return 0;
    if (w->x) {
        uint64_t *before = &w->models->before[axis];
        int64_t step = (int64_t)((uint64_t)whole - *before);
        step = coder_signed(&w->x->coder, &w->models->step[axis], step);
        *before += (uint64_t)step;
        whole = (int64_t)*before;
    }
    value = decimal_unscale(whole, w->exponent);
    if (!isfinite(value))
        w->bad = 1;
    w->bounds[2 * axis] = fmin(value, w->bounds[2 * axis]);
    w->bounds[2 * axis + 1] = fmax(value, w->bounds[2 * axis + 1]);
    return value;
}

static void walk_point(walk *w, char bytes[16])
{
    for (int axis = 0; axis < 2; axis++)
        store64(bytes + 8 * axis, walk_coordinate(w, axis));
    if (is_reading(w))
        buffer_bytes(w->out, bytes, 16);
    if (w->x && w->x->coder.fault)
        w->bad = 1;
}

/* Writing or checking: is the last of COUNT points the first again? */
static unsigned is_closed(const walk *w, uint32_t count)
{
    const char *first = w->in + w->at;

    return memcmp(first, first + 16 * (size_t)(count - 1), 16) == 0;
}

/* Points of a line, or of a ring, whose last is not told if it is the first
 * again. */
static void walk_points(walk *w, int is_ring)
{
    uint32_t count = walk_count(w, 16);
    char first[16] = {0}, point[16] = {0};
    unsigned closed = 0;

    if (is_ring && count > 1 && !w->bad) {
        closed = is_reading(w) ? 0 : is_closed(w, count);
        if (w->x)
            closed = coder_bit(&w->x->coder, &w->models->closed, closed);
    }
    for (uint32_t i = 0; i < count - closed && !w->bad; i++) {
        walk_point(w, point);
        if (i == 0)
            memcpy(first, point, sizeof first);
    }
    if (!closed || w->bad)
        return;
    if (is_reading(w))
        buffer_bytes(w->out, first, sizeof first);
    else
        w->at += sizeof first;
}

/* The byte order (always 1) and the type that begin a geometry. */
static uint32_t walk_type(walk *w, uint32_t parent)
{
    uint32_t type = 0;

    if (!is_reading(w)) {
        if (w->at >= w->length || w->in[w->at++] != 1)
            w->bad = 1;
        type = walk_u32(w, 0);
        if (type < TWIN_POINT || type > TWIN_GEOMETRYCOLLECTION)
            w->bad = 1;
    }
    if (w->bad)
        return 0;
    if (w->x)
        type = coder_tree(&w->x->coder, w->models->type[parent], 3, type);
    if (is_reading(w)) {
        buffer_byte(w->out, 1);
        walk_u32(w, type);
    }
    return type;
}

/* May a geometry of TYPE stand in one of type PARENT (0: in none)? */
static int may_stand_in(uint32_t type, uint32_t parent)
{
    if (type == 0)
        return 0;
    if (parent >= TWIN_MULTIPOINT && parent <= TWIN_MULTIPOLYGON)
        return type == parent - 3;
    return 1;
}

static void walk_geometry(walk *w, uint32_t parent, int depth)
{
    uint32_t type = walk_type(w, parent), count = 0;
    char point[16];

    if (w->bad || depth > SHAPE_DEPTH || !may_stand_in(type, parent)) {
        w->bad = 1;
        return;
    }
    if (type == TWIN_POINT) {
        walk_point(w, point);
    } else if (type == TWIN_LINESTRING) {
        walk_points(w, 0);
    } else if (type == TWIN_POLYGON) {
        count = walk_count(w, 4);
        for (uint32_t i = 0; i < count && !w->bad; i++)
            walk_points(w, 1);
    } else {
        count = walk_count(w, 9);
        for (uint32_t i = 0; i < count && !w->bad; i++)
            walk_geometry(w, type, depth + 1);
    }
}

/* ---- a whole blob ---- */

static walk walk_of(const twin_value *value, unsigned exponent)
{
    walk w = {.exponent = exponent,
              .in = value->bytes,
              .length = value->length,
              .at = HEADER_BYTES,
              .bounds = {INFINITY, -INFINITY, INFINITY, -INFINITY}};

    if (value->length != POINT_BYTES)
        w.at += ENVELOPE_BYTES;
    return w;
}

static void store_bounds(char out[ENVELOPE_BYTES], const walk *w)
{
    for (int i = 0; i < 4; i++)
        store64(out + 8 * i, w->bounds[i]);
}

int shape_fits(const char *bytes, size_t length, unsigned exponent)
{
    twin_value value = {.bytes = bytes, .length = length};
    int is_point = length == POINT_BYTES;
    char envelope[ENVELOPE_BYTES];
    walk w = walk_of(&value, exponent);

    if (length < POINT_BYTES || w.at > length ||
        memcmp(bytes, HEADERS[!is_point], HEADER_BYTES) != 0)
        return 0;
    walk_geometry(&w, 0, 0);
    if (w.bad || w.at != length || w.bounds[0] > w.bounds[1])
        return 0;
    store_bounds(envelope, &w);
    return is_point ||
           memcmp(envelope, bytes + HEADER_BYTES, ENVELOPE_BYTES) == 0;
}

/* Reading: the WKB in W's output, under its header, becomes VALUE. */
static int keep_blob(const walk *w, twin_value *value)
{
    int is_point = w->out->data[1] == TWIN_POINT;
    size_t before = HEADER_BYTES + (is_point ? 0 : ENVELOPE_BYTES);
    size_t length = before + w->out->length;
    char envelope[ENVELOPE_BYTES];
    char *bytes = arena_alloc(w->x->set->memory, length);

    if (!bytes)
        return TAWAM_EMEMORY;
    store_bounds(envelope, w);
    memcpy(bytes, HEADERS[!is_point], HEADER_BYTES);
    memcpy(bytes + HEADER_BYTES, envelope, before - HEADER_BYTES);
    memcpy(bytes + before, w->out->data, w->out->length);
    *value =
        (twin_value){.kind = TWIN_KIND_BYTES, .bytes = bytes, .length = length};
    return TAWAM_OK;
}

int shape_code(codec *x, shape_models *models, unsigned exponent,
               twin_value *value)
{
    buffer wkb = {0};
    walk w = walk_of(value, exponent);
    int result = TAWAM_OK;

    w.x = x;
    w.models = models;
    w.out = &wkb;
    if (codec_grow(x, 1, HEADER_BYTES + ENVELOPE_BYTES + 21) < 0 ||
        codec_take(x, HEADER_BYTES + ENVELOPE_BYTES + 21) < 0)
        return error_code();
    walk_geometry(&w, 0, 0);
    if (!x->coder.reading)
        return TAWAM_OK;
    if ((result = buffer_check(&wkb)) == TAWAM_OK) {
        if (w.bad || w.bounds[0] > w.bounds[1])
            result = changeset_damaged(_("a geometry is empty or not one"));
        else
            result = keep_blob(&w, value);
    }
    buffer_free(&wkb);
    return result;
}
