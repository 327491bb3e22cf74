/* SPDX-License-Identifier: MIT */
/* xlsform: an XLSForm (sheets survey, choices, settings, entities) -> the XForm
 * it stands for. What is wrong is told with sheet, row and column, all of it
 * that can be found in one go.
 */
#ifndef TAWAM_FORM_XLSFORM_H
#define TAWAM_FORM_XLSFORM_H

#include "base/base.h"
#include "form/messages.h"
#include "form/workbook.h"

/* The XForm of W appended to XML. NAME is the form's where the settings name
 * none (the file's, without its ending). TAWAM_EUSAGE: M has errors. */
int xlsform_convert(buffer *xml, form_messages *m, const workbook *w,
                    const char *name);

#endif
