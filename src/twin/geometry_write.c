/* SPDX-License-Identifier: MIT */
/* geometry_write: the one encoder of geometry blobs: little-endian, x and y
 * alone, an envelope on all but points and empty ones. Two geometries that
 * are equal have equal bytes. */
#include "twin/geometry_internal.h"
#include "twin/twin_internal.h"
#include <math.h>

static void put_u32(uint8_t out[4], uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

size_t wkb_begin(buffer *wkb, twin_geometry type)
{
    uint8_t head[5] = {1};
    put_u32(head + 1, (uint32_t)type);
    buffer_bytes(wkb, head, sizeof head);
    size_t place = wkb->length;
    if (type != TWIN_POINT)
        buffer_bytes(wkb, "\0\0\0\0", 4);
    return place;
}

void wkb_count(buffer *wkb, size_t place, uint32_t count)
{
    if (!wkb->failed)
        put_u32(wkb->data + place, count);
}

void wkb_number(buffer *wkb, double value)
{
    uint64_t bits = 0;
    uint8_t bytes[8];
    if (value == 0)
        value = 0; /* no negative zero: equal places, equal bytes */
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(bits >> (8 * i));
    buffer_bytes(wkb, bytes, sizeof bytes);
}

void wkb_empty_point(buffer *wkb)
{
    /* Not wkb_number(NAN): its sign and payload differ among machines. */
    for (int i = 0; i < 2; i++)
        buffer_bytes(wkb, "\0\0\0\0\0\0\xF8\x7F", 8);
}

int geometry_finish(buffer *out, const buffer *wkb)
{
    int code = buffer_check(wkb);
    if (code != TAWAM_OK)
        return code;
    double box[4] = {0};
    int filled = wkb_bounds(box, wkb);
    if (filled < 0)
        return filled;
    int point = wkb->data[1] == TWIN_POINT;
    uint8_t head[8] = {'G', 'P', 0, 1};
    if (!filled)
        head[3] |= 0x10;
    else if (!point)
        head[3] |= 0x02;
    put_u32(head + 4, GEOMETRY_SRS);
    buffer_bytes(out, head, sizeof head);
    if (filled && !point) {
        /* GeoPackage orders an envelope min x, max x, min y, max y. */
        wkb_number(out, box[0]);
        wkb_number(out, box[2]);
        wkb_number(out, box[1]);
        wkb_number(out, box[3]);
    }
    buffer_bytes(out, wkb->data, wkb->length);
    return buffer_check(out);
}

int position_check(double longitude, double latitude)
{
    char number[32];
    if (!(fabs(latitude) <= 90)) {
        text_from_decimal(number, isfinite(latitude) ? latitude : 0);
        return error_set(TAWAM_EUSAGE,
                         _("latitude %s is not between -90 and 90"), number);
    }
    if (!(fabs(longitude) <= 180)) {
        text_from_decimal(number, isfinite(longitude) ? longitude : 0);
        return error_set(TAWAM_EUSAGE,
                         _("longitude %s is not between -180 and 180"), number);
    }
    return TAWAM_OK;
}

int geometry_from_point(buffer *out, double longitude, double latitude)
{
    int code = position_check(longitude, latitude);
    if (code != TAWAM_OK)
        return code;
    buffer wkb = {0};
    wkb_begin(&wkb, TWIN_POINT);
    wkb_number(&wkb, longitude);
    wkb_number(&wkb, latitude);
    code = geometry_finish(out, &wkb);
    buffer_free(&wkb);
    return code;
}

/* ---- the canonical form of someone else's blob --------------------------- */

static int copy_begin(void *context, twin_geometry type, uint32_t count,
                      int depth)
{
    (void)depth;
    size_t place = wkb_begin(context, type);
    if (type != TWIN_POINT)
        wkb_count(context, place, count);
    else if (count == 0)
        wkb_empty_point(context);
    return TAWAM_OK;
}

static int copy_run(void *context, const point_run *run)
{
    if (run->owner == TWIN_POLYGON) {
        uint8_t count[4];
        put_u32(count, (uint32_t)run->count);
        buffer_bytes(context, count, sizeof count);
    }
    for (size_t i = 0; i < run->count; i++) {
        double xy[2];
        run_point(xy, run, i);
        wkb_number(context, xy[0]);
        wkb_number(context, xy[1]);
    }
    return TAWAM_OK;
}

int geometry_normalize(buffer *out, const void *blob, size_t length)
{
    buffer wkb = {0};
    geometry_visitor v = {
        .begin = copy_begin, .run = copy_run, .context = &wkb};
    int code = geometry_walk(blob, length, &v);
    if (code == TAWAM_OK)
        code = geometry_finish(out, &wkb);
    buffer_free(&wkb);
    return code;
}
