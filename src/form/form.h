/* SPDX-License-Identifier: MIT */
/* form: questionnaires. Reads ODK XForms and XLSForms, compiles them, and runs
 * them. XForms (XML) and XLSForms (.xlsx,
 * a folder of CSV files, Markdown) are read; the latter become XForms first.
 *
 * Invariants:
 *  1. Nothing here prints, and nothing reads a file that it was not given.
 *  2. XML from outside is read without entities, without a DOCTYPE and without
 *     the network, within FORM_XML_MOST bytes and FORM_DEPTH_MOST levels.
 *  3. An expression that compiled can be evaluated on any document: what is
 *     wrong then is an error with a message, never a crash.
 *
 * Sources: XPath 1.0 (W3C, 1999); ODK XForms specification; where engines
 * differ, xpath.h says which way ours goes.
 */
#ifndef TAWAM_FORM_H
#define TAWAM_FORM_H

#include "base/base.h"
#include "form/document.h"
#include "form/xpath.h"
#include "form/definition.h"
#include "form/record.h"
#include "form/lists.h"
#include "form/workbook.h"
#include "form/xlsform.h"
#include "form/shelf.h"
#include "form/source.h"

/* What a form in PATH is called that doesn't say: "dir/household.xlsx" ->
 * "household"; of a folder its name. Caller frees. */
char *form_file_name(const char *path);
/* The XForm of the form in the file (or folder) PATH, whatever its kind,
 * appended. M gets what is wrong with an XLSForm, by sheet and row. */
int form_file_xform(buffer *xml, form_messages *m, const char *path);
/* That form, compiled. */
int form_file_read(form **out, form_messages *m, const char *path);

#endif
