/* SPDX-License-Identifier: MIT */
/* geometry, private part: one reader of well-known binary that calls a
 * visitor, and one writer of it. Everything else (WKT, GeoJSON, bounds,
 * drawing) is a visitor or feeds the writer.
 *
 *   GeoPackage blob = 'G' 'P' 0 flags srs:int32 [envelope] WKB
 *   flags           = 0 0 X Y E E E B   (B little-endian, E envelope, Y empty)
 *
 * Source: OGC 12-128r18 (GeoPackage 1.3.1) §2.1.3; OGC 06-103r4 for WKB.
 */
#ifndef TAWAM_GEOMETRY_INTERNAL_H
#define TAWAM_GEOMETRY_INTERNAL_H

#include "twin/twin.h"

#define GEOMETRY_DEPTH_MAX 8 /* collections in collections */
#define GEOMETRY_SRS 4326
/* The same with a height, which GDAL gives to features that have one. */
#define GEOMETRY_SRS_HEIGHT 4979

/* Points as they stand in the blob. */
typedef struct point_run {
    const uint8_t *at; /* first coordinate of the first point */
    size_t count;
    int dimensions; /* 2 to 4 doubles a point; x and y are the first two */
    int big_endian;
    twin_geometry owner; /* POINT, LINESTRING or (a ring) POLYGON */
} point_run;

/* x, y of the INDEXth point. */
void run_point(double xy[2], const point_run *run, size_t index);

/* Any of the three may be NULL. A value other than TAWAM_OK stops the walk and
 * is returned. COUNT: points, rings or members. DEPTH: 0 for the outermost. */
typedef struct geometry_visitor {
    int (*begin)(void *context, twin_geometry type, uint32_t count, int depth);
    int (*run)(void *context, const point_run *run);
    int (*end)(void *context, twin_geometry type, int depth);
    void *context;
} geometry_visitor;

/* Walk a blob with its header / bare well-known binary. TAWAM_EUSAGE if it is
 * not what the invariants of twin.h ask; then some calls may have been made. */
int geometry_walk(const void *blob, size_t length, const geometry_visitor *v);
int geometry_walk_wkb(const void *wkb, size_t length,
                      const geometry_visitor *v);

/* Writer of little-endian WKB with x and y alone. begin returns where the
 * count stands, for wkb_count to set once it is known. */
size_t wkb_begin(buffer *wkb, twin_geometry type);
void wkb_count(buffer *wkb, size_t place, uint32_t count);
void wkb_number(buffer *wkb, double value);
void wkb_empty_point(buffer *wkb);
/* Header, envelope where one belongs, and WKB, appended to OUT. */
int geometry_finish(buffer *out, const buffer *wkb);

/* TAWAM_EUSAGE for a position that is not on Earth. */
int position_check(double longitude, double latitude);

#endif
