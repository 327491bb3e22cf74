/* SPDX-License-Identifier: MIT */
/* exchange: files in and out. CSV, GeoJSON, GeoPackage.
 *
 * Invariants:
 *  1. A wrong row never stops the others (unless STRICT), is named by line,
 *     column and reason, and is written as it came to the reject file, which
 *     imports as it is once it is corrected.
 *  2. One transaction a batch (5,000 rows); repeating an import that was cut
 *     off, with the same key, changes only what is still different.
 *  3. Memory does not grow with the file, except GeoJSON's one feature.
 *  4. A file is read twice: what is wrong with it as a whole is found, and the
 *     types are settled, before anything is stored.
 *
 * What a CSV may hold: UTF-8, or UTF-16 with its mark; fields separated by
 * comma, semicolon or tab (the first line decides); LF, CRLF or CR; at most
 * 1,000 columns, 4 MiB a field, 8 MiB a record. An empty field is NULL.
 * Names: `fid` is kept as fid_source (but not where it is the very row's own
 * fid), `uuid` fills ours in new rows, geom/geometry/wkt with WKT in it and
 * lat/latitude/y with lon/lng/long/longitude/x become the geometry. A column
 * that the layer has keeps its type.
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
    const char *key;   /* NULL: every row is new (but for a uuid that is
                          there already: rejected). "fid" finds rows by our
                          fid or by fid_source */
    const char *types; /* "code=text,pop=integer": over what is inferred; a
                          wider type widens an existing column */
    const char *source_layer; /* table of a GeoPackage; NULL: its only one */
    const char *reject_file;  /* written over; NULL: FILE.rejects.csv (of a
                          GeoJSON .rejects.geojson), numbered if there is one,
                          in the replica's folder if not possible beside FILE */
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
 * file as a whole is (no header, key column absent, column doubled ...);
 * TAWAM_ECANCELLED keeps the batches already stored. *OUT is written whatever
 * is returned: it counts what is stored. PATH "-": standard input (CSV only).*/
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
