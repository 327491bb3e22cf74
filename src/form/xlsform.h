/* SPDX-License-Identifier: MIT */
/* xlsform: an XLSForm (sheets survey, choices, settings, entities) -> the XForm
 * it stands for. What is wrong is told with sheet, row and column, all of it
 * that can be found in one go.
 */
#ifndef TAWAM_FORM_XLSFORM_H
#define TAWAM_FORM_XLSFORM_H

#include "base/base.h"
#include "form/workbook.h"

typedef struct form_message {
    const char *sheet;  /* "" when it is about none */
    size_t row;         /* in the file, 0 none */
    const char *column; /* header as written, "" none */
    const char *text;
    int is_warning;
} form_message;

typedef struct form_messages {
    arena *memory;
    form_message *list;
    size_t count, capacity, errors;
} form_messages;
int form_messages_new(form_messages **out);
void form_messages_free(form_messages *m);
/* One that is of no sheet; made safe for a terminal. */
int form_messages_add(form_messages *m, int is_warning, const char *format,
                      ...) __attribute__((format(printf, 3, 4)));

/* The XForm of W appended to XML. NAME is the form's where the settings name
 * none (the file's, without its ending). TAWAM_EUSAGE: M has errors. */
int xlsform_convert(buffer *xml, form_messages *m, const workbook *w,
                    const char *name);

#endif
