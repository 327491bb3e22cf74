/* SPDX-License-Identifier: MIT */
/* geojson, private part: the scanner that cuts a file into features. */
#ifndef TAWAM_EXCHANGE_GEOJSON_INTERNAL_H
#define TAWAM_EXCHANGE_GEOJSON_INTERNAL_H

#include "exchange/exchange_internal.h"

enum geojson_place {
    GEOJSON_TOP,      /* among the members of the FeatureCollection */
    GEOJSON_FEATURES, /* in its array */
    GEOJSON_SEQUENCE, /* features one after another, or a single one */
    GEOJSON_END
};

typedef struct geojson_scan {
    input in;
    enum geojson_place place, place_at_start;
    int64_t line;         /* of the next byte, from 1 */
    int64_t feature_line; /* where the present feature began; 0 before it */
    int found;            /* "features" was seen */
    int deepest;          /* brackets open at once in the last value */
    buffer feature;       /* the present one, as it came */
    buffer key, member;
} geojson_scan;

/* G zeroed. Takes FD, also when it fails; then close G all the same. */
int geojson_scan_open(geojson_scan *g, int fd, const char *name);
void geojson_scan_close(geojson_scan *g);
int geojson_scan_rewind(geojson_scan *g);
/* 1 with a feature in g->feature, 0 the end, negative: the file is wrong. */
int geojson_scan_next(geojson_scan *g);

/* The value of member KEY of the object TEXT: 1 and its bytes [from, to). A
 * key written with escapes is not found. */
int geojson_find_member(const char *text, size_t length, const char *key,
                        size_t *from, size_t *to);

#endif
