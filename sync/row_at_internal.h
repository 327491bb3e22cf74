/* SPDX-License-Identifier: MIT */
/* A row as it stood at a version, from what the replica keeps (row_at.c). */
#ifndef TAWAM_ROW_AT_INTERNAL_H
#define TAWAM_ROW_AT_INTERNAL_H

#include "sync/sync_internal.h"

/* What a version is made of: all that SEEN covers but commit EXCEPT (0: none
 * left out). */
typedef struct version_part {
    const vector *seen; /* borrowed */
    int64_t except;
} version_part;

typedef struct row_at row_at;

int row_at_new(row_at **out, sync_desk *s);
void row_at_free(row_at *r);
/* Take up row FID of LAYER: what is recorded of it now and who touched it, in
 * one look at the replica. */
int row_at_load(row_at *r, const twin_layer *layer, int64_t fid);

/* How the loaded row stood at V, values as the columns' types hold them now:
 * 1 it was there, CELLS in the layer's column order, borrowed until the next
 * load; 0 it was not; ROW_AT_UNKNOWN: only a replay can say; <0 error. */
#define ROW_AT_UNKNOWN 2
int row_at_version(const twin_cell **cells, row_at *r, const version_part *v);

#endif
