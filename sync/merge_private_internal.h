/* SPDX-License-Identifier: MIT */
/* What the merge's own files share. */
#ifndef TAWAM_MERGE_PRIVATE_INTERNAL_H
#define TAWAM_MERGE_PRIVATE_INTERNAL_H

#include "sync/merge_internal.h"
#include "sync/teeth_internal.h"

#define FORMER_MOST 16384 /* bytes of what one commit overwrote in a row */
#define PLACE_CACHE 4096  /* commits, by number */

/* A layer's INSERT with every column, kept from row to row. */
typedef struct layer_statement {
    int layer;
    size_t column_count;
    struct sqlite3_stmt *insert; /* owned */
} layer_statement;

/* A commit that could not be applied: refused when it is tried again. */
typedef struct refusal {
    char id[SYNC_ID_SIZE];
    char *reason; /* owned */
} refusal;

struct merge {
    twin *t;                  /* borrowed */
    gitlog *log;              /* borrowed */
    const row_filter *filter; /* borrowed, may be NULL */
    arena *memory;            /* one row's, reset after it */
    layer_statement *statements;
    size_t statement_count, statement_capacity;
    refusal *refusals;
    size_t refusal_count, refusal_capacity;
    commit_place places[PLACE_CACHE]; /* number 0: empty */
    buffer former;    /* of the row at hand, for tawam_touch (former.c) */
    int keeps_former; /* 0: an old replica, opened read-only */
    int rolled_back;  /* 1: what is remembered may have been undone */
};

/* After a rollback, whoever made it: forget numbers and statements of it. */
void merge_refresh(merge *m);

#endif
