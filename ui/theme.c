/* SPDX-License-Identifier: MIT */
/* theme: the tables. Eight colours and the terminal's own are what every
 * terminal has. Foregrounds must be read on black and on white: no blue, no
 * yellow, and cyan not bold, which makes it bright. */
#include <string.h>
#include "ui/theme.h"

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, OWN = -1 };

static const theme themes[] = {
    {"default",
     {[ROLE_NORMAL] = {OWN, OWN, 0},
      [ROLE_TITLE] = {OWN, OWN, STYLE_BOLD},
      [ROLE_STATUS] = {OWN, OWN, 0},
      [ROLE_HEADING] = {CYAN, OWN, STYLE_UNDERLINE},
      [ROLE_CURSOR] = {OWN, OWN, STYLE_REVERSE},
      [ROLE_MARKED] = {MAGENTA, OWN, STYLE_BOLD},
      [ROLE_LABEL] = {CYAN, OWN, 0},
      [ROLE_DIM] = {OWN, OWN, STYLE_DIM},
      [ROLE_KEY] = {OWN, OWN, STYLE_BOLD},
      [ROLE_INPUT] = {OWN, OWN, STYLE_UNDERLINE},
      [ROLE_PENDING] = {MAGENTA, OWN, 0},
      [ROLE_CONFLICT] = {RED, OWN, STYLE_BOLD},
      [ROLE_MATCH] = {GREEN, OWN, STYLE_UNDERLINE},
      [ROLE_GOOD] = {GREEN, OWN, 0},
      [ROLE_WARNING] = {MAGENTA, OWN, STYLE_BOLD},
      [ROLE_ERROR] = {RED, OWN, STYLE_BOLD}}},
    {"mono",
     {[ROLE_NORMAL] = {OWN, OWN, 0},
      [ROLE_TITLE] = {OWN, OWN, STYLE_BOLD},
      [ROLE_STATUS] = {OWN, OWN, 0},
      [ROLE_HEADING] = {OWN, OWN, STYLE_UNDERLINE},
      [ROLE_CURSOR] = {OWN, OWN, STYLE_REVERSE},
      [ROLE_MARKED] = {OWN, OWN, STYLE_BOLD},
      [ROLE_LABEL] = {OWN, OWN, 0},
      [ROLE_DIM] = {OWN, OWN, 0},
      [ROLE_KEY] = {OWN, OWN, STYLE_BOLD},
      [ROLE_INPUT] = {OWN, OWN, STYLE_UNDERLINE},
      [ROLE_PENDING] = {OWN, OWN, STYLE_BOLD},
      [ROLE_CONFLICT] = {OWN, OWN, STYLE_BOLD | STYLE_UNDERLINE},
      [ROLE_MATCH] = {OWN, OWN, STYLE_UNDERLINE},
      [ROLE_GOOD] = {OWN, OWN, STYLE_BOLD},
      [ROLE_WARNING] = {OWN, OWN, STYLE_UNDERLINE},
      [ROLE_ERROR] = {OWN, OWN, STYLE_REVERSE | STYLE_BOLD}}},
    {"sun",
     {[ROLE_NORMAL] = {BLACK, WHITE, 0},
      [ROLE_TITLE] = {WHITE, BLACK, STYLE_BOLD},
      [ROLE_STATUS] = {WHITE, BLACK, STYLE_BOLD},
      [ROLE_HEADING] = {BLACK, WHITE, STYLE_BOLD | STYLE_UNDERLINE},
      [ROLE_CURSOR] = {WHITE, BLACK, STYLE_BOLD},
      [ROLE_MARKED] = {BLACK, WHITE, STYLE_BOLD | STYLE_UNDERLINE},
      [ROLE_LABEL] = {BLACK, WHITE, STYLE_BOLD},
      [ROLE_DIM] = {BLACK, WHITE, 0},
      [ROLE_KEY] = {BLACK, WHITE, STYLE_BOLD | STYLE_UNDERLINE},
      [ROLE_INPUT] = {BLACK, WHITE, STYLE_UNDERLINE},
      [ROLE_PENDING] = {BLACK, WHITE, STYLE_BOLD},
      [ROLE_CONFLICT] = {WHITE, BLACK, STYLE_BOLD | STYLE_UNDERLINE},
      [ROLE_MATCH] = {BLACK, WHITE, STYLE_BOLD | STYLE_UNDERLINE},
      [ROLE_GOOD] = {BLACK, WHITE, STYLE_BOLD},
      [ROLE_WARNING] = {BLACK, WHITE, STYLE_BOLD | STYLE_UNDERLINE},
      [ROLE_ERROR] = {WHITE, BLACK, STYLE_BOLD | STYLE_UNDERLINE}}},
};

const theme *theme_at(size_t index)
{
    return index < sizeof themes / sizeof *themes ? &themes[index] : NULL;
}

const theme *theme_find(const char *name)
{
    for (size_t i = 0; i < sizeof themes / sizeof *themes; i++)
        if (strcmp(themes[i].name, name) == 0)
            return &themes[i];
    return NULL;
}
