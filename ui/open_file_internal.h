/* SPDX-License-Identifier: MIT */
/* open_file: a file shown by the person's own program. */
#ifndef TAWAM_UI_OPEN_FILE_INTERNAL_H
#define TAWAM_UI_OPEN_FILE_INTERNAL_H

#include "ui/screen.h"

/* Start $TAWAM_OPEN PATH, else xdg-open PATH where there is a display, and go
 * on without waiting for it; no shell is in between, and PATH is absolute.
 * Where nothing can show it (a plain SSH session), say where it is. */
void open_file(ui_context *ui, const char *path);

#endif
