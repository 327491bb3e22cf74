/* SPDX-License-Identifier: MIT */
/* row_form: the fields of one row, one a line, edited in place. Used by the
 * screens of a row that is there and of one that is not yet.
 *
 * Invariant: while a field is edited, `seen` is the value it was when the edit
 * began (or when a conflict was last shown); saving compares with that. */
#ifndef TAWAM_UI_ROW_FORM_H
#define TAWAM_UI_ROW_FORM_H

#include "ui/screen.h"

typedef struct row_form {
    fields *fields;
    arena *memory;      /* of the values */
    twin_value *values; /* in the order of the fields */
    char *flags;        /* for each field: '!' conflict, '+' pending, ' ' */
    const char **notes; /* for each: a word after the value, or NULL */
    list list;
    int editing;
    input input;
    arena *edit_memory; /* of `seen` */
    twin_value seen;
} row_form;

int row_form_open(row_form *f, twin *t, const char *layer,
                  const char *language);
void row_form_close(row_form *f);
/* Read the values of a row anew (FID 0: all empty). The fields are loaded
 * again too when the layer has other columns or the language changed. */
int row_form_read(row_form *f, twin *t, int64_t fid, const char *language);
const field *row_form_field(const row_form *f); /* under the cursor, or NULL */

/* Begin to edit the field under the cursor; TAWAM_EUSAGE for one that can't
 * be (the uuid). */
int row_form_edit(row_form *f, ui_context *ui);
/* While a field is edited and nothing else is said: what it can hold. */
void row_form_hint(const row_form *f, ui_context *ui);
/* The choices the field is picked from, rather than typed: 1 or 0. */
int row_form_has_choices(const row_form *f);
/* What is seen now in the field under the cursor becomes `seen`. */
int row_form_see(row_form *f);
void row_form_draw(row_form *f, grid *g, area a);

#endif
