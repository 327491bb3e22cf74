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

/* What a row is known by, when nothing else names it: what stands in it. */
typedef struct import_content {
    uint8_t digest[DIGEST_SIZE];
    size_t row;
    int64_t nth; /* among the file's rows of that content, from 1 */
} import_content;

typedef struct import_plan {
    const form *f;
    import_table *tables; /* the records' first, then outer repeats first */
    size_t count;
    size_t instance;          /* 1 + column of instanceIDs; 0: none */
    size_t name;              /* 1 + column that names rows; 0: none */
    import_content *contents; /* of the records' rows */
} import_plan;

/* Read the files that O names and find what their columns are. */
int import_plan_read(import_plan *out, const form *f,
                     const work_form_import_options *o);
void import_plan_clear(import_plan *p);
/* Rows of T that belong to the one with KEY: from *FIRST, *COUNT of them. */
void import_plan_rows(size_t *first, size_t *count, const import_table *t,
                      const char *key);

/* ---- form_import_seen.c ---- */
/* P's contents. */
int import_contents(import_plan *p);
/* Who ROW is: *ID its instanceID, "" none. *FID the record it is already; 0.
 * TAWAM_ENO with words: it has no name. */
int import_identify(char id[42], int64_t *fid, twin *t, const import_plan *p,
                    size_t row);
/* ROW, which has no instanceID, became record FID. */
int import_remember(twin *t, const import_plan *p, size_t row, int64_t fid);

/* ---- form_import_files.c ---- */
/* The files that record FID of F names become attachments, from FOLDER (which
 * ends in '/', or is ""). TELL hears of each that does not, and why. */
int import_media(territory *t, const form *f, int64_t fid, const char *folder,
                 void (*tell)(void *context, const char *words), void *context);

/* What is wrong with a row. */
typedef struct import_fault {
    int is_wrong;
    int is_there;     /* 1: it was a record already */
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
