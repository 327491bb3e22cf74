/* SPDX-License-Identifier: MIT */
/* form_export: a form, or the records of it, as files for other programs. */
#ifndef TAWAM_WORK_FORM_EXPORT_H
#define TAWAM_WORK_FORM_EXPORT_H

#include "form/form.h"
#include "work/territory.h"

/* The form's XForm, appended. VERSION NULL: the current one. */
int work_form_export_xform(buffer *xml, territory *t, const char *id,
                           const char *version);
/* What was published, into FOLDER, which is made: the sheets in CSV (or
 * form.xml) and the attachments. *FILES: how many. */
int work_form_export_sheets(int64_t *files, territory *t, const char *id,
                            const char *version, const char *folder);

/* ---- records ---- */
/* Each record of the form as a submission in ODK's format, FOLDER/UUID.xml
 * (the instanceID's own; what can't stand in a file's name as %XX), in the
 * version of the form that it was made with. */
int work_form_export_submissions(int64_t *records, territory *t, const char *id,
                                 const char *folder);
/* The records as ODK Central's CSV: FOLDER/ID.csv and FOLDER/ID-REPEAT.csv a
 * repeat, questions as group-question, a place in four columns, KEY and
 * PARENT_KEY. Questions of older versions come after those of the current. A
 * file there already is replaced once the new one is whole. */
int work_form_export_csv(int64_t *records, territory *t, const char *id,
                         const char *folder);

#endif
