/* SPDX-License-Identifier: MIT */
/* Rows at two versions, and what differs (sides.c). */
#ifndef TAWAM_SIDES_INTERNAL_H
#define TAWAM_SIDES_INTERNAL_H

#include "sync/row_at_internal.h"

typedef struct sides {
    sync_desk *s; /* set by the caller, as are those up to commit */
    version_part before, after; /* may be changed once replays are forgotten */
    sync_change_call call;
    void *context;
    const sync_commit *commit; /* for the change, or NULL */

    const row_filter *filter; /* borrowed: all rows that may be asked for */
    row_at *row;
    row_filter *unknown; /* rows that only a replay can tell; NULL: none met */
    twin *replayed[2];   /* those rows before and after */
    arena *memory;       /* one row's */
} sides;

/* Values are compared, and told, as the columns' types hold them now: a column
 * that became wider changes no row. */
int sides_open(sides *x, const row_filter *filter);
/* Tell x->call what became of a row, if anything; AFFIRMED: also if nothing. */
int sides_tell(sides *x, const char *layer, int64_t fid, int affirmed);
void sides_forget_replays(sides *x);
void sides_close(sides *x);

#endif
