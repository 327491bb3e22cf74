/* SPDX-License-Identifier: MIT */
/* form_import: finished records from files.
 *
 *   a CSV of answers --each row typed into a new record--> rules asked,
 *       calculates and entities done --> a row of the record's layer
 *
 * A CSV's header names questions: by name, by group/name, or by group-name as
 * ODK Central writes it; a geopoint also in four columns (place-Latitude …).
 * Columns of calculated questions, and those Central adds, are passed over.
 * Repeats come from a CSV of their own, whose rows name the one they belong to.
 *
 * Invariants:
 *  1. A row becomes a record whole, or nothing of it is kept and it is named.
 *  2. What a person could not have typed is refused: a choice that is none, a
 *     question that is not asked there, a value against its constraint.
 *  3. After a kill some rows are records, each whole; none is half.
 *  4. A row is a record once, however often its file is imported: by its
 *     instanceID (a column KEY or instanceID), by the column that the options
 *     name, else by what stands in it, as far as this replica imported it.
 */
#ifndef TAWAM_WORK_FORM_IMPORT_H
#define TAWAM_WORK_FORM_IMPORT_H

#include "form/form.h"
#include "work/territory.h"

typedef struct work_form_import_options {
    const char *form;           /* id; its current version */
    const char *file;           /* CSV */
    const char *const *repeats; /* "NAME=FILE": repeat NAME's rows */
    size_t repeat_count;
    /* Where wrong rows go; NULL: FILE.rejects.csv. What belongs to them in a
     * repeat's file goes to that file's name with the same ending. */
    const char *rejects;
    /* The column whose value is a row's name wherever it is imported; NULL:
     * none. AGAIN 1: rows that are records already are imported once more. */
    const char *key;
    int again;
    /* Each wrong row of FILE; COLUMN "" for the whole row. */
    void (*wrong)(void *context, size_t row, const char *column,
                  const char *reason);
    void *context;
} work_form_import_options;

typedef struct work_form_import_result {
    int64_t rows, records, wrong;
    int64_t already; /* were records before */
    char *rejects;   /* the file made, or NULL; caller frees */
} work_form_import_result;

/* TAWAM_EUSAGE: the header or a repeat's file is not as it should be; then
 * nothing was done. Wrong rows are no error. */
int work_form_import(work_form_import_result *out, territory *t,
                     const work_form_import_options *options);

/* ---- submissions in ODK's XML ---- */
typedef struct work_form_submissions {
    const char *form; /* id */
    const char *const *files;
    size_t count;
    /* What a file had that was not taken, or why it was none. */
    void (*tell)(void *context, const char *file, const char *words);
    void *context;
} work_form_submissions;
/* Each becomes a record, once, of the version it names (submission.h). A file
 * that can't is told and counted, and does not stop the others. */
int work_form_import_submissions(work_form_import_result *out, territory *t,
                                 const work_form_submissions *options);

#endif
