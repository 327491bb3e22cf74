/* SPDX-License-Identifier: MIT */
/* exchange: files in and out. CSV, GeoJSON, GeoPackage.
 *
 * Invariants:
 *  1. A wrong row never stops the others (unless STRICT), is named by line,
 *     column and reason, and is written as it came to the reject file.
 *  2. One transaction a batch (5,000 rows); repeating an import that was cut
 *     off, with the same key, changes only what is still different.
 *  3. Memory does not grow with the file, except GeoJSON's one feature.
 */
#ifndef TAWAM_EXCHANGE_H
#define TAWAM_EXCHANGE_H

#include "base/base.h"
#include "twin/twin.h"

typedef enum exchange_format {
    EXCHANGE_CSV = 1,
    EXCHANGE_GEOJSON = 2,
    EXCHANGE_GPKG = 3
} exchange_format;
int exchange_format_parse(exchange_format *out, const char *name);
/* From the file's name, then its first bytes. */
int exchange_format_of(exchange_format *out, const char *path);

typedef struct exchange_progress {
    uint64_t done, total; /* bytes (CSV, GeoJSON) or rows (GeoPackage) */
    int64_t rows, rejected;
    double rate;      /* rows a second */
    double remaining; /* seconds; negative: not known */
    int scanning;     /* 1: types are being inferred, nothing stored */
} exchange_progress;
typedef int (*exchange_progress_call)(void *context,
                                      const exchange_progress *p);
typedef void (*exchange_reject_call)(void *context, int64_t line,
                                     const char *column, const char *reason);
typedef void (*exchange_note_call)(void *context, const char *text);

typedef struct exchange_import_options {
    const char *layer; /* made if absent */
    const char *key;   /* NULL: every row is new */
    const char *types; /* "code=text,pop=integer": over what is inferred */
    const char *source_layer; /* table of a GeoPackage; NULL: its only one */
    const char *reject_file;  /* NULL: FILE.rejects.csv, made at the first */
    int no_geometry;          /* latitude and longitude stay columns */
    int strict;               /* the first wrong row ends it, nothing stored */
    exchange_progress_call progress;
    exchange_reject_call reject;
    exchange_note_call note; /* "latitude, longitude → point", inferred types:
                                one line a column, "pop_2024  integer" */
    void *context;
} exchange_import_options;

typedef struct exchange_result {
    int64_t read, inserted, updated, unchanged, rejected; /* rows */
    int64_t cells_changed; /* of rows that were there */
    char *reject_file;     /* NULL when none was rejected; caller frees */
} exchange_result;
void exchange_result_clear(exchange_result *r);

/* TAWAM_OK with rejected > 0 when some rows were wrong; TAWAM_EUSAGE when the
 * file as a whole is (no header, key column absent, key doubled ...);
 * TAWAM_ECANCELLED keeps the batches already stored. PATH "-": standard
 * input (CSV only). */
int exchange_import(exchange_result *out, twin *t, const char *path,
                    const exchange_import_options *options);

/* Rows of LAYER (all, or those where the SQL expression WHERE holds, in fid
 * order, LIMIT < 0: all) to FILE; "-" writes to STREAM (CSV, GeoJSON). A file
 * is written beside and renamed: it is whole or absent. CSV: fid first, then
 * the layer's columns, geometry as WKT, UTF-8, LF. GeoJSON: RFC 7946, `id` the
 * uuid, fid a string. *rows may be NULL. */
typedef struct exchange_export_options {
    exchange_format format;
    const char *layer;
    const char *where;
    int64_t limit;
    exchange_progress_call progress;
    void *context;
} exchange_export_options;
int exchange_export(int64_t *rows, twin *t, const char *file, void *stream,
                    const exchange_export_options *options);

#endif
