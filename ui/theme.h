/* SPDX-License-Identifier: MIT */
/* theme: how each role looks. Nothing is said by colour alone, so `mono` shows
 * the same differences with bold, underline and reverse; `sun` does so with
 * strong contrast for a screen outdoors and adds dark-on-light where it can. */
#ifndef TAWAM_UI_THEME_H
#define TAWAM_UI_THEME_H

#include "ui/grid.h"

enum style_attribute {
    STYLE_BOLD = 1,
    STYLE_UNDERLINE = 2,
    STYLE_REVERSE = 4,
    STYLE_DIM = 8
};

/* The eight colours of ANSI, -1 the terminal's own. */
typedef struct style {
    signed char foreground, background;
    unsigned char attributes; /* bits of style_attribute */
} style;

typedef struct theme {
    const char *name; /* "default", "mono", "sun" */
    style styles[ROLE_COUNT];
} theme;

/* NULL when there is none of that name. */
const theme *theme_find(const char *name);
const theme *theme_at(size_t index); /* NULL after the last */

#endif
