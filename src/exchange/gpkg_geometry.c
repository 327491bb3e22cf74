/* SPDX-License-Identifier: MIT */
/* gpkg_geometry: a geometry blob as another program wrote it, made ours.
 *
 * GeoPackage lets a writer choose byte order, envelope, and Z and M; a replica
 * stores one form only (twin.h), so that the same place is the same bytes. The
 * blob is first checked whole by twin; what is walked here is known to be
 * well-formed, and is still bounded at every step.
 *
 * Source: OGC 12-128r18 §2.1.3 (header), OGC 06-103r4 §8 (WKB), and the ISO
 * numbering of Z and M types (1000, 2000, 3000).
 */
#include <string.h>
#include "exchange/exchange_internal.h"

enum { DEPTH = 9, HEADER = 8, ENVELOPE = 32, SRS = 4326 };

typedef struct walk {
    const uint8_t *at, *end;
    buffer *out;
    double bounds[4]; /* min x, min y, max x, max y */
    int points;       /* 1: at least one that is not empty */
} walk;

static int short_of_bytes(void)
{
    return error_set(TAWAM_EUSAGE, _("the geometry ends too early"));
}

static int read_uint32(walk *w, int big, uint32_t *out)
{
    const uint8_t *b = w->at;
    if (w->end - w->at < 4)
        return short_of_bytes();
    *out = big ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
                     (uint32_t)b[2] << 8 | b[3]
               : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 |
                     (uint32_t)b[1] << 8 | b[0];
    w->at += 4;
    return TAWAM_OK;
}

static double double_at(const uint8_t *b, int big)
{
    uint64_t bits = 0;
    double value = 0;
    for (int i = 0; i < 8; i++)
        bits |= (uint64_t)b[i] << (big ? 56 - 8 * i : 8 * i);
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void put_uint32(buffer *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        buffer_byte(out, (uint8_t)(value >> (8 * i)));
}

static void put_double(buffer *out, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++)
        buffer_byte(out, (uint8_t)(bits >> (8 * i)));
}

static void widen(walk *w, const double xy[2])
{
    if (xy[0] != xy[0]) /* NaN: the WKB of an empty point */
        return;
    for (int i = 0; i < 2; i++) {
        if (!w->points || xy[i] < w->bounds[i])
            w->bounds[i] = xy[i];
        if (!w->points || xy[i] > w->bounds[i + 2])
            w->bounds[i + 2] = xy[i];
    }
    w->points = 1;
}

static int copy_points(walk *w, uint32_t count, int big, int dimensions)
{
    size_t each = (size_t)dimensions * 8;
    if ((size_t)(w->end - w->at) / each < count)
        return short_of_bytes();
    for (uint32_t i = 0; i < count; i++) {
        double xy[2] = {double_at(w->at, big), double_at(w->at + 8, big)};
        widen(w, xy);
        put_double(w->out, xy[0]);
        put_double(w->out, xy[1]);
        w->at += each;
    }
    return TAWAM_OK;
}

static int copy_run(walk *w, int big, int dimensions)
{
    uint32_t count = 0;
    int result = read_uint32(w, big, &count);
    if (result < 0)
        return result;
    put_uint32(w->out, count);
    return copy_points(w, count, big, dimensions);
}

static int copy_wkb(walk *w, int depth)
{
    uint32_t type = 0, count = 0;
    int big = 0, result = TAWAM_OK, dimensions = 2;

    if (depth > DEPTH || w->end - w->at < 1)
        return short_of_bytes();
    big = *w->at++ == 0;
    result = read_uint32(w, big, &type);
    if (result < 0)
        return result;
    dimensions += type / 1000 == 3 ? 2 : type / 1000 != 0;
    type %= 1000;
    buffer_byte(w->out, 1);
    put_uint32(w->out, type);
    if (type == TWIN_POINT)
        return copy_points(w, 1, big, dimensions);
    if (type == TWIN_LINESTRING)
        return copy_run(w, big, dimensions);
    result = read_uint32(w, big, &count);
    if (result == TAWAM_OK)
        put_uint32(w->out, count);
    for (uint32_t i = 0; i < count && result == TAWAM_OK; i++)
        result = type == TWIN_POLYGON ? copy_run(w, big, dimensions)
                                      : copy_wkb(w, depth + 1);
    return result;
}

static void put_header(buffer *out, const walk *w, int is_point)
{
    int envelope = !is_point && w->points;
    buffer_bytes(out, "GP", 2);
    buffer_byte(out, 0);
    buffer_byte(out, (uint8_t)(1 | (envelope ? 2 : 0) | (w->points ? 0 : 16)));
    put_uint32(out, SRS);
    if (envelope) {
        put_double(out, w->bounds[0]);
        put_double(out, w->bounds[2]);
        put_double(out, w->bounds[1]);
        put_double(out, w->bounds[3]);
    }
}

int gpkg_normalize(buffer *out, const void *blob, size_t length)
{
    static const size_t envelopes[] = {0, 32, 48, 48, 64, 0, 0, 0};
    const uint8_t *bytes = blob;
    twin_geometry type = TWIN_NO_GEOMETRY;
    buffer wkb = {0};
    walk w = {.out = &wkb};
    int result = geometry_type(&type, blob, length);

    if (result < 0)
        return result;
    size_t header =
        length < HEADER ? length : HEADER + envelopes[bytes[3] >> 1 & 7];
    if (header > length)
        return short_of_bytes();
    w.at = bytes + header;
    w.end = bytes + length;
    result = copy_wkb(&w, 0);
    if (result == TAWAM_OK) {
        buffer_clear(out);
        put_header(out, &w, type == TWIN_POINT);
        buffer_bytes(out, wkb.data, wkb.length);
        result = wkb.failed ? error_memory() : buffer_check(out);
    }
    buffer_free(&wkb);
    return result;
}
