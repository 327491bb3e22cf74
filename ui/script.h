/* SPDX-License-Identifier: MIT */
/* script: a file of actions in place of a person. The next line runs when
 * nothing is loading any more, so a script needs no pauses. A line is
 *
 *   # a comment, or nothing
 *   :layers              a command, as typed after `:`
 *   <Enter><Down>j       keys: names in < >, letters as they are
 *   type some text       text into whatever is being typed
 *   :save-screen FILE    :save-roles FILE   :resize 60x16   :assert TEXT
 *   :quit                (the end of the file does the same)
 */
#ifndef TAWAM_UI_SCRIPT_H
#define TAWAM_UI_SCRIPT_H

#include "base/base.h"

typedef struct script script;

typedef enum script_kind {
    SCRIPT_END,
    SCRIPT_KEY,    /* number */
    SCRIPT_COMMAND /* text */
} script_kind;

typedef struct script_step {
    script_kind kind;
    int key;
    const char *text; /* borrowed until the next step */
} script_step;

int script_open(script **out, const char *path);
void script_close(script *s);
/* The next step; TAWAM_EUSAGE names a line that is none. */
int script_next(script_step *out, script *s);
int script_line(const script *s); /* of the step given last, from 1 */

#endif
