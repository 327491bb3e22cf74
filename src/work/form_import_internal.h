/* SPDX-License-Identifier: MIT */
/* form_import, private: which column is which question. */
#ifndef TAWAM_WORK_FORM_IMPORT_INTERNAL_H
#define TAWAM_WORK_FORM_IMPORT_INTERNAL_H

#include "form/draft.h"
#include "form/lists.h"
#include "form/shelf.h"
#include "work/form_import.h"

typedef enum import_part {
    IMPORT_WHOLE = 0,
    IMPORT_LATITUDE,
    IMPORT_LONGITUDE,
    IMPORT_ALTITUDE,
    IMPORT_ACCURACY
} import_part;

typedef struct import_column {
    size_t index;    /* in the file; of a place in parts: of its first one */
    size_t parts[5]; /* index + 1 of the part's column; 0 none */
    form_item *item;
} import_column;

typedef struct import_key {
    const char *text; /* of the row around */
    size_t row;
} import_key;

/* One CSV: that of the records, or of a repeat. */
typedef struct import_table {
    const char *file; /* borrowed */
    const char *name; /* its last part, for messages */
    form_item *item;  /* the root, or the repeat */
    workbook *book;
    const workbook_sheet *sheet;
    import_column *columns; /* in the form's order */
    size_t count, capacity;
    struct import_table *parent; /* NULL: the records' */
    size_t key;                  /* column of PARENT that `own_key` names */
    size_t own_key;
    import_key *keys; /* of the rows, sorted */
} import_table;

typedef struct import_plan {
    const form *f;
    import_table *tables; /* the records' first, then outer repeats first */
    size_t count;
} import_plan;

/* Read the files that O names and find what their columns are. */
int import_plan_read(import_plan *out, const form *f,
                     const work_form_import_options *o);
void import_plan_clear(import_plan *p);
/* Rows of T that belong to the one with KEY: from *FIRST, *COUNT of them. */
void import_plan_rows(size_t *first, size_t *count, const import_table *t,
                      const char *key);

/* What is wrong with a row. */
typedef struct import_fault {
    int is_wrong;
    char column[128]; /* "" the whole row */
    char reason[600];
} import_fault;

/* ROW of the records' table into D. A row that is wrong is TAWAM_OK and says
 * so in FAULT; an error is the machine's or the form's. */
int form_import_row(import_fault *fault, draft *d, const import_plan *p,
                    size_t row);
/* FAULT for the node that keeps D from being finished. */
void import_fault_at(import_fault *fault, const import_plan *p,
                     const form_node *node);

#endif
