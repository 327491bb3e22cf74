/* SPDX-License-Identifier: MIT */
/* import, private part: one import at work, shared by its driver (import.c)
 * and what becomes of one row (import_row.c). */
#ifndef TAWAM_EXCHANGE_IMPORT_INTERNAL_H
#define TAWAM_EXCHANGE_IMPORT_INTERNAL_H

#include "exchange/exchange_internal.h"

typedef struct import_job {
    twin *twin;
    const exchange_import_options *options;
    source *source;
    inference *inferred; /* one a column of the source */
    size_t inferred_capacity;
    plan plan;
    const twin_layer *layer; /* good until the next begin or declare */
    match *match;            /* NULL: nothing to match by */
    int guard;               /* 1: no key, MATCH only sees doubled uuids */
    rejects rejects;
    int open, declared;              /* a transaction; the layer */
    struct sqlite3_stmt *stored_row; /* the planned columns of one fid */
    arena *row;       /* what one row needs, reset for the next */
    twin_cell *cells; /* of the present row, plan.count + 2 */
    size_t cell_count;
    twin_value fid_source; /* incoming fid of the present row */
    twin_value key;
    buffer point, scratch[2];
    exchange_result now, stored; /* reject_file unused */
    int64_t started;             /* monotonic ms */
} import_job;

/* Prepare matching by the plan's key. In the first transaction. */
int import_open_match(import_job *job);
/* Insert, update, leave or reject ROW. TAWAM_OK when it was rejected. */
int import_row(import_job *job, const source_row *row);
void import_close_rows(import_job *job);
/* Count, report and keep a wrong row; with STRICT an error. */
int import_reject(import_job *job, const source_row *row, const char *column,
                  const char *reason);

#endif
