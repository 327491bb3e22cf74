/* SPDX-License-Identifier: MIT */
/* workbook: a table of sheets, whatever file they came from: .xlsx, a folder of
 * CSV files, Markdown.
 *
 * Invariants:
 *  1. A cell is text, trimmed; a number that is whole has no point; a true or
 *     false cell is TRUE or FALSE. "" is an empty one.
 *  2. The first row that has anything is the header. Rows keep the numbers
 *     they have in their file, so that a message can name them.
 *  3. A sheet ends after 60 empty rows, a row after 20 empty cells in the
 *     header (XLSForm's own rule), and nothing is larger than LIMITS.
 */
#ifndef TAWAM_FORM_WORKBOOK_H
#define TAWAM_FORM_WORKBOOK_H

#include "base/base.h"

#define WORKBOOK_FILE_MOST ((size_t)64 << 20) /* bytes */
#define WORKBOOK_CELLS_MOST 4000000           /* of all sheets */
#define WORKBOOK_COLUMNS_MOST 2000
#define WORKBOOK_SHEETS_MOST 200

typedef struct workbook_row {
    size_t number;      /* in the file, from 1 */
    const char **cells; /* as many as the sheet has columns */
} workbook_row;

typedef struct workbook_sheet {
    const char *name;
    const char **headers; /* trimmed, as written */
    size_t column_count;
    workbook_row *rows; /* without those that are empty */
    size_t row_count, row_capacity;
    size_t number; /* of the row read last */
} workbook_sheet;

typedef struct workbook {
    arena *memory;
    workbook_sheet *sheets;
    size_t sheet_count, sheet_capacity;
    size_t cell_count;
} workbook;

/* By the file's kind: a folder (survey.csv, choices.csv …), .xlsx, .md, .csv.
 * TAWAM_EUSAGE says what is wrong and where; .xls is refused with what to do.
 */
int workbook_read(workbook **out, const char *path);
int workbook_read_markdown(workbook **out, const char *text, size_t length);
int workbook_read_xlsx(workbook **out, const char *path);
/* A sheet more of W: CSV, as a file NAME.csv of a folder would be read. */
int workbook_read_csv(workbook *w, const char *name, const char *text,
                      size_t length);
/* S as CSV: read again it has the same cells; rows that are empty are gone. */
void workbook_write_csv(buffer *out, const workbook_sheet *s);
void workbook_free(workbook *w);
/* The sheet of that name, letters' case aside; NULL. */
const workbook_sheet *workbook_find(const workbook *w, const char *name);

/* ---- for the readers ---- */
int workbook_new(workbook **out);
int workbook_add_sheet(workbook_sheet **out, workbook *w, const char *name);
/* The next row of the sheet, COUNT cells of untrimmed text (NULL: empty);
 * NUMBER is its number in the file. */
int workbook_add_row(workbook *w, workbook_sheet *s, size_t number,
                     const char *const *cells, size_t count);

#endif
