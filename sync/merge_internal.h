/* SPDX-License-Identifier: MIT */
/* merge: a commit's changes put into a replica, and who wrote what.
 *
 * The model (FORMAT.md, "Merging"). Each cell is a register: of the commits
 * that wrote it, those that no other of them had seen are *standing*. If their
 * values agree, that is the value; if not, the latest (logical time, then id)
 * is shown and the cell is in conflict. Each row's existence is a register
 * too: writes (insert, update, affirm) against deletes; the row is there while
 * some write to it has been seen by no delete, and in conflict while a delete
 * stands that no later write has seen.
 *
 *   tawam_commit  every commit applied here, numbered in order of application
 *                 (so parents have lower numbers), with its version vector
 *   tawam_row     a row that some commit touched: `origin`, the commit whose
 *                 insert wrote every cell that has no entry in tawam_cell and
 *                 is not NULL; `made`, an insert of it is known; `alive`, it
 *                 stands in its layer's table now
 *   tawam_cell    standing writes of cells that differ from that: (column,
 *                 commit) -> value as written. Column 0: the row itself
 *                 (an insert into a known row, an affirm). A row that is not
 *                 alive has all its values here
 *   tawam_delete  standing deletes: not yet seen by a write to the row
 *   tawam_touch   row -> commits that touched it, besides its origin, each with
 *                 what the layer's table showed of the row before it, so far as
 *                 that differs from after it (former.c)
 *   tawam_conflict  cells (column 0: rows) in conflict now
 *
 * Causality: commits fall into chains (each its predecessor's child); a
 * vector says of each chain how many of its commits had been seen. Chains are
 * this replica's own affair: any division into chains gives the same answers,
 * so a forked device line needs no renumbering anywhere.
 *
 * Invariants:
 *  1. All of it changes only inside a transaction with capture off, in the
 *     same transaction as the tables of the layers.
 *  2. Nothing here depends on the order in which concurrent commits arrived,
 *     except numbers, chains, ids of layers and columns, and column order,
 *     none of which enters the state hash.
 */
#ifndef TAWAM_MERGE_INTERNAL_H
#define TAWAM_MERGE_INTERNAL_H

#include "sync/log_internal.h"

struct sqlite3_stmt;

enum { COMMIT_APPLIED = 1, COMMIT_REFUSED = 2 };

/* ---- causality (causality.c) ---- */
typedef struct vector_entry {
    int64_t chain;
    int64_t position; /* commits of the chain that had been seen, from 1 */
} vector_entry;

typedef struct vector {
    vector_entry *entries; /* sorted by chain */
    size_t count, capacity;
} vector;

void vector_free(vector *v);
int64_t vector_position(const vector *v, int64_t chain); /* 0: none seen */
int vector_raise(vector *v, int64_t chain, int64_t position);
int vector_join(vector *v, const vector *other);
void vector_encode(buffer *out, const vector *v);
int vector_decode(vector *out, const void *bytes, size_t length);

/* What is needed of a commit to compare it with others. */
typedef struct commit_place {
    int64_t number, chain, position, logical;
    char id[SYNC_ID_SIZE];
} commit_place;

typedef struct merge merge;

/* ROW FILTER: rows a restricted replay is about; NULL: all. */
typedef struct row_filter row_filter;

/* A merge works on T (a replica or a scratch) and reads commits from LOG. Both
 * stay the caller's, and T must outlive it; one merge a T. Makes the tables
 * above where they are missing. */
int merge_new(merge **out, twin *t, gitlog *log);
/* SQL that makes them. */
const char *merge_tables(void);
void merge_free(merge *m);
twin *merge_twin(merge *m);
/* Forget statements and places. (After a rollback it happens by itself.) */
void merge_forget_statements(merge *m);
void merge_set_filter(merge *m, const row_filter *filter); /* borrowed */

int merge_place(commit_place *out, merge *m, int64_t number);
/* Local number of commit ID, 0 if not applied here, <0 error. */
int64_t merge_number(merge *m, const char *id);
int merge_vector(vector *out, merge *m, int64_t number);
/* 1 if V has seen the commit at PLACE. */
int vector_covers(const vector *v, const commit_place *place);
/* 1 if commit A has seen commit B (A itself counts), 0 not, <0 error. */
int merge_covers(merge *m, int64_t a, int64_t b);
/* COMMIT_APPLIED or COMMIT_REFUSED, <0 error. */
int merge_state(merge *m, int64_t number);
/* The row's `origin`, 0 if none, <0 error. */
int64_t merge_origin(merge *m, int layer, int64_t fid);
/* Numbers of the commits that touched a row, in order; caller frees. */
int merge_touching(int64_t **numbers, size_t *count, merge *m, int layer,
                   int64_t fid);
/* Vector of all that is applied here. */
int merge_present(vector *out, merge *m);
/* Ids that SQL over tawam_commit gives, in its order; caller frees. */
int merge_ids(char (**ids)[SYNC_ID_SIZE], size_t *count, merge *m,
              const char *sql);
/* Commits applied here that no other one applied has as ancestor: ids, caller
 * frees the array. */
int merge_heads(char (**ids)[SYNC_ID_SIZE], size_t *count, merge *m);

/* ---- applying (merge.c) ---- */
/* The commit being applied or recorded. */
typedef struct working {
    commit_place place;
    vector seen; /* includes itself */
    int local;   /* 1: the layer's table already holds the new values */
} working;
void working_clear(working *w);

/* Place a commit with these PARENTS (all applied) after what is applied;
 * DEVICE "" for main. Writes nothing yet. */
int merge_begin_commit(working *out, merge *m, const char *const *parents,
                       size_t parent_count, const char *device,
                       int64_t logical);
/* Enter it into tawam_commit under its ID; heads are moved. */
int merge_enter_commit(merge *m, const working *w, const gitlog_commit *commit,
                       int state, const char *reason);

/* Apply commit ID inside the caller's transaction, capture off. Parents must
 * be applied. A commit that can't be read or is not allowed is entered as
 * refused. 1: applied or refused now; 0: it waits (objects missing); <0 error.
 * TAWAM_EREFUSED: it failed half-way; roll back and do
 * the batch again: now it is refused. COUNTS (may be NULL) is added to;
 * *refused likewise. */
int merge_apply(merge *m, const char *id, changeset_counts *counts,
                int64_t *refused);
/* The same for a scratch that follows FROM, whose numbers, chains and vectors
 * it takes over (so FROM must have applied it). */
int merge_apply_as(merge *m, const char *id, merge *from);
/* 1 if commit ID's changeset can be read and is allowed, 0 not, <0 error. */
int merge_can_read(merge *m, const char *id);
/* Remember in the setting REFUSED_NEWER that ID was refused as of a newer
 * format (refused.c). */
int merge_note_newer(merge *m, const char *id);
#define REFUSED_NEWER "refused_newer"
/* Apply a changeset that is in memory under W. */
int merge_changeset(merge *m, const working *w, const changeset *changes);

/* ---- rows (merge_row.c) ---- */
typedef struct merge_cell {
    int column; /* local id, never 0 */
    twin_value value;
} merge_cell;
/* One row's operation under W. For a local one BEFORE are the values that its
 * columns held: those that changed, for a delete all. */
int merge_row(merge *m, const working *w, const twin_layer *layer, int64_t fid,
              changeset_operation operation, const merge_cell *cells,
              size_t count, const merge_cell *before, size_t before_count);
/* 1 if tawam_touch has `before`. */
int merge_keeps_former(const merge *m);
/* BYTES, a `before` of tawam_touch: CALL for each cell that held something
 * else, its value borrowed from BYTES. TAWAM_EDAMAGED, without a message, for
 * other bytes. */
typedef enum former_kind {
    FORMER_SAME = 0,   /* the row was as it is afterwards */
    FORMER_ABSENT = 1, /* it was not in its table */
    FORMER_CELLS = 2   /* it was, with these cells; where it is not afterwards,
                          all others were NULL */
} former_kind;
int former_read(former_kind *kind, const void *bytes, size_t length,
                int (*call)(void *context, int column, const twin_value *value),
                void *context);

/* Columns with values kept aside for a row that is not there (gone): CALL. */
int merge_aside(merge *m, int layer, int64_t fid,
                int (*call)(void *context, int column), void *context);
/* After types were joined: which cells of LAYER are in conflict is asked
 * again. */
int merge_recheck_layer(merge *m, int layer);

/* Standing writes of a cell (column 0: the row's deletes and, as the one
 * written value, its latest write), the shown one first. */
typedef struct standing {
    int column;
    int64_t commit;
    int is_delete;
    twin_value value; /* converted to the column's type */
} standing;
int merge_standing(standing **out, size_t *count, merge *m,
                   const twin_layer *layer, int64_t fid, int column, arena *a);

/* 1 if the row is one the filter is about. */
int merge_wants_row(const merge *m, const char *layer, int64_t fid);
int row_filter_new(row_filter **out);
void row_filter_free(row_filter *f);
int row_filter_add(row_filter *f, const char *layer, int64_t fid);
size_t row_filter_count(const row_filter *f);
int row_filter_has(const row_filter *f, const char *layer, int64_t fid);
/* In order of layer name, then fid. */
int row_filter_each(const row_filter *f,
                    int (*call)(void *context, const char *layer, int64_t fid),
                    void *context);

#endif
