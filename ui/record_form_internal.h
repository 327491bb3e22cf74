/* SPDX-License-Identifier: MIT */
/* record_form: the form whose records stand in a layer. */
#ifndef TAWAM_UI_RECORD_FORM_INTERNAL_H
#define TAWAM_UI_RECORD_FORM_INTERNAL_H

#include "ui/screen.h"

/* Its id into OUT (SIZE bytes); TAWAM_ENOTFOUND says that no form on the shelf
 * makes rows of LAYER. */
int record_form_find(char *out, size_t size, twin *t, const char *layer);
/* Ask for the record FID in its form ID; where ID is "" say that the row is
 * none. Returns SCREEN_HANDLED. */
int record_form_open(request *out, ui_context *ui, const char *id, int64_t fid);

#endif
