/* SPDX-License-Identifier: MIT */
/* One row in memory while an operation is applied to it: shared by
 * merge_row.c (the rules), merge_store.c (our tables) and merge_table.c (the
 * layer's). */
#ifndef TAWAM_MERGE_ROW_INTERNAL_H
#define TAWAM_MERGE_ROW_INTERNAL_H

#include "sync/merge_private_internal.h"

enum { KEPT, ADDED, REMOVED };

typedef struct entry {
    int column;
    int64_t commit;
    twin_value value; /* in the merge's arena */
    int status;
} entry;

typedef struct row_delete {
    int64_t commit;
    int status;
} row_delete;

typedef struct row_state {
    merge *m;
    const working *w;
    const twin_layer *layer;
    int64_t fid;
    int known, made, alive;
    int was_made, was_alive; /* as tawam_row has them, where it knows the row */
    int64_t origin;
    entry *entries; /* in the arena; grown by doubling */
    size_t entry_count, entry_capacity;
    row_delete *deletes;
    size_t delete_count, delete_capacity;
    twin_cell *table; /* the layer's row, read when first asked for */
} row_state;

/* ---- former.c: what an operation overwrites ---- */
/* Once it is known whether the row is alive, and before its table changes:
 * what the table shows until then goes into r->m->former. For a local
 * operation BEFORE has the cells that differ (all, for a deletion), else CELLS
 * names the columns that it writes. */
int row_note_former(row_state *r, const merge_cell *cells, size_t count,
                    const merge_cell *before, size_t before_count);

/* ---- merge_store.c: tawam_row, _cell, _delete, _conflict ---- */
int row_add_entry(row_state *r, int column, int64_t commit,
                  const twin_value *value, int status);
int row_add_delete(row_state *r, int64_t commit, int status);
int row_load_head(row_state *r);
int row_load_rest(row_state *r);
int row_store_head(row_state *r);
int row_store_entry(row_state *r, const entry *e);
int row_store(row_state *r); /* all that changed, and the touch */
int row_find_conflicts(row_state *r);

/* ---- merge_table.c: the row in its layer's table ---- */
int row_read_table(row_state *r); /* fills r->table once */
/* The entry of COLUMN that is shown: latest logical time, then id. */
const entry *row_shown_entry(const row_state *r, int column);
/* From CELLS (a first insert) or, when NULL, from the entries (a row that
 * comes back). */
int row_table_insert(row_state *r, const merge_cell *cells, size_t count);
int row_table_delete(row_state *r);
int row_table_update(row_state *r, const merge_cell *cells, size_t count);

#endif
