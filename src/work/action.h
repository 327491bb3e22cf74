/* SPDX-License-Identifier: MIT */
/* action: everything a person can do on a screen, as one table. From it come
 * the key bindings, the help screen, the hints in the last row, the `:`
 * commands and their completion, and the man page's list of keys.
 *
 * Invariants (tests/ui_action.c checks them):
 *  1. Names are lower case ASCII with hyphens and stand once in the table.
 *  2. On one screen a key means one thing.
 *  3. What an action is called never depends on the language; its help and
 *     hint are marked with N_() and printed through _().
 */
#ifndef TAWAM_WORK_ACTION_H
#define TAWAM_WORK_ACTION_H

#include <stddef.h>

/* The screens, as bits: an action says on which of them it can be done. */
enum action_screen {
    ACTION_ON_HOME = 1 << 0,
    ACTION_ON_LAYERS = 1 << 1,
    ACTION_ON_ROWS = 1 << 2,
    ACTION_ON_ROW = 1 << 3,     /* one row, its fields and history */
    ACTION_ON_ADD = 1 << 4,     /* the form of a new row */
    ACTION_ON_CHOICES = 1 << 5, /* the list of a column's choices */
    ACTION_ON_SYNC = 1 << 6,
    ACTION_ON_CONFLICTS = 1 << 7,
    ACTION_ON_CONFLICT = 1 << 8,
    ACTION_ON_LOG = 1 << 9,
    ACTION_ON_CHANGES = 1 << 10, /* what one commit changed */
    ACTION_ON_HELP = 1 << 11,
    ACTION_ON_FORMS = 1 << 12,   /* published forms, and drafts */
    ACTION_ON_FILL = 1 << 13,    /* a form being filled */
    ACTION_ON_OUTLINE = 1 << 14, /* all its questions */
    ACTION_ON_ALL = (1 << 15) - 1
};
#define ACTION_SCREENS 15 /* bits in ACTION_ON_ALL */

/* Sections of the help screen and the man page. */
typedef enum action_group {
    ACTION_MOVING,
    ACTION_FINDING,
    ACTION_EDITING,
    ACTION_GOING,   /* to other screens */
    ACTION_PROGRAM, /* settings, leaving */
    ACTION_SCRIPT   /* useful in a script of actions and in bug reports */
} action_group;
#define ACTION_GROUPS 6

typedef enum action_id {
    ACTION_NONE = 0,
    ACTION_UP,
    ACTION_DOWN,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_NEXT_PART,
    ACTION_OPEN,
    ACTION_SEARCH,
    ACTION_SEARCH_NEXT,
    ACTION_SEARCH_PREVIOUS,
    ACTION_FILTER,
    ACTION_SORT,
    ACTION_GO,
    ACTION_MARK,
    ACTION_CHOOSE,
    ACTION_EDIT,
    ACTION_ADD,
    ACTION_SAVE,
    ACTION_DELETE,
    ACTION_UNDO,
    ACTION_REDO,
    ACTION_TAKE,
    ACTION_OTHER,
    ACTION_HISTORY,
    ACTION_VIEW,
    ACTION_ATTACH,
    ACTION_NEXT,
    ACTION_PREVIOUS,
    ACTION_PASS,
    ACTION_FINISH,
    ACTION_OUTLINE,
    ACTION_QUESTION,
    ACTION_NEXT_OPEN,
    ACTION_DITTO,
    ACTION_NOTE,
    ACTION_FLAG,
    ACTION_NOT_KNOWN,
    ACTION_REFUSED,
    ACTION_FORM_LANGUAGE,
    ACTION_GPS,
    ACTION_PLACE,
    ACTION_NEW_LINE,
    ACTION_TABLE,
    ACTION_MOVE_UP,
    ACTION_MOVE_DOWN,
    ACTION_RECORDS,
    ACTION_EDIT_RECORD,
    ACTION_FORMS,
    ACTION_HOME,
    ACTION_LAYERS,
    ACTION_LAYER,
    ACTION_SYNC,
    ACTION_RECORD,
    ACTION_PUBLISH,
    ACTION_CONFLICTS,
    ACTION_LOG,
    ACTION_HELP,
    ACTION_COMMAND,
    ACTION_SET,
    ACTION_REDRAW,
    ACTION_SUSPEND,
    ACTION_CANCEL,
    ACTION_BACK,
    ACTION_QUIT,
    ACTION_SAVE_SCREEN,
    ACTION_SAVE_ROLES,
    ACTION_RESIZE,
    ACTION_ASSERT,
    ACTION_COUNT /* how many there are, ACTION_NONE included */
} action_id;

enum action_flag {
    ACTION_WRITES = 1, /* refused while read-only */
    ACTION_NEEDS_ARGUMENT = 2
};

typedef struct action {
    action_id id;
    const char *name;     /* "page-down": what `:` and scripts say */
    const char *keys;     /* "PageDown ^F": key names, a blank between; "" */
    const char *hint;     /* one word for the last row; NULL: not shown there */
    const char *help;     /* one line */
    const char *argument; /* "COLUMN", "[TEXT]", or NULL when it takes none */
    unsigned screens;     /* bits of action_screen */
    action_group group;
    unsigned flags; /* bits of action_flag */
} action;

/* Every action, in the order in which help and hints show them. */
size_t action_count(void);
const action *action_at(size_t index);
const action *action_by_id(action_id id);

/* By its whole name, or by a start that only one action on SCREENS has ("q"
 * is quit all the same). TAWAM_ENOTFOUND names the nearest. */
int action_find(const action **out, const char *name, unsigned screens);

/* The action that KEY ("PageDown", "q", "^F") means on SCREEN, or NULL. */
const action *action_for_key(const char *key, unsigned screen);

/* The first key of an action, copied into OUT (24 bytes at least); "" when it
 * has none. Returns OUT. */
char *action_first_key(char out[24], const action *a);

const char *action_group_title(action_group group); /* translated */
/* Name of a screen (one bit) in English, "rows", and its translated title. */
const char *action_screen_name(unsigned screen);
const char *action_screen_title(unsigned screen);

#endif
