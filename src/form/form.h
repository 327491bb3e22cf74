/* SPDX-License-Identifier: MIT */
/* form: questionnaires. Reads ODK XForms and XLSForms, compiles them, and runs
 * them. So far: XForms (XML) are read and run; XLSForms are not read yet.
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

#endif
