/* SPDX-License-Identifier: MIT */
/* source: a form as it is published: an XLSForm as its sheets in CSV, whatever
 * kind of workbook it came in; an XForm as form.xml.
 *
 * Invariant: the same sheets have the same bytes, so that two sources can be
 * compared by theirs.
 */
#ifndef TAWAM_FORM_SOURCE_H
#define TAWAM_FORM_SOURCE_H

#include "form/xlsform.h"

#define FORM_SOURCE_XML "form.xml"

typedef struct form_part {
    const char *name; /* "survey.csv", FORM_SOURCE_XML */
    const uint8_t *bytes;
    size_t length;
} form_part;

typedef struct form_source {
    arena *memory; /* of all below */
    form_part *parts;
    size_t count, capacity;
} form_source;

int form_source_new(form_source **out);
void form_source_free(form_source *s);
/* A part more; both are copied. */
int form_source_add(form_source *s, const char *name, const void *bytes,
                    size_t length);
/* The form in the file (or folder) at PATH. */
int form_source_read(form_source **out, const char *path);
/* The XForm of S, appended. ID is the form's where an XLSForm's settings name
 * none. M gets what is wrong, by sheet and row. */
int form_source_xform(buffer *xml, form_messages *m, const form_source *s,
                      const char *id);

#endif
