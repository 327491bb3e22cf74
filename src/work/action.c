/* SPDX-License-Identifier: MIT */
/* action: the table, and looking things up in it. To add something a person
 * can do, add its id, its line here, and one case in the screen that does it;
 * keys, help, hints, commands, completion and man page follow. */
#include <string.h>
#include "base/base.h"
#include "work/action.h"

/* Short names so that a line of the table stays a line. */
enum {
    ALL = ACTION_ON_ALL,
    LISTS = ACTION_ON_HOME | ACTION_ON_LAYERS | ACTION_ON_ROWS |
            ACTION_ON_CHOICES | ACTION_ON_CONFLICTS | ACTION_ON_LOG |
            ACTION_ON_CHANGES | ACTION_ON_FORMS | ACTION_ON_OUTLINE,
    FIELDS = ACTION_ON_ROW | ACTION_ON_ADD,
    FILL = ACTION_ON_FILL,
    SEARCHED = ACTION_ON_LAYERS | ACTION_ON_ROWS | ACTION_ON_CHOICES |
               ACTION_ON_LOG | ACTION_ON_CHANGES | ACTION_ON_CONFLICTS |
               ACTION_ON_HELP | ACTION_ON_FORMS | ACTION_ON_OUTLINE,
    OPENED = LISTS & ~(ACTION_ON_CHANGES | ACTION_ON_CHOICES),
    /* A row that isn't saved yet, a list of choices and a form being filled are
     * left before one goes elsewhere. */
    FREE = ALL & ~(ACTION_ON_ADD | ACTION_ON_CHOICES | ACTION_ON_FILL |
                   ACTION_ON_OUTLINE)
};

static const action actions[] = {
    /* finding and editing first: the hints are shown in this order */
    {ACTION_OPEN, "open", "Enter", N_("open"), N_("Open what the cursor is on"),
     NULL, OPENED, ACTION_MOVING, 0},
    {ACTION_CHOOSE, "choose", "Enter", N_("choose"), N_("Take this choice"),
     NULL, ACTION_ON_CHOICES, ACTION_EDITING, ACTION_WRITES},
    {ACTION_EDIT, "edit", "Enter e", N_("edit"), N_("Change this value"), NULL,
     FIELDS, ACTION_EDITING, ACTION_WRITES},
    {ACTION_SAVE, "save", "^S F2", N_("save"), N_("Save the new row"), NULL,
     ACTION_ON_ADD, ACTION_EDITING, ACTION_WRITES},
    {ACTION_TAKE, "take", "Enter 1 2 3 4 5 6 7 8 9", N_("take"),
     N_("Settle the conflict with this value of the list"), "[NUMBER]",
     ACTION_ON_CONFLICT, ACTION_EDITING, ACTION_WRITES},
    {ACTION_OTHER, "other", "e", N_("another value"),
     N_("Settle the conflict with a value that is typed"), NULL,
     ACTION_ON_CONFLICT, ACTION_EDITING, ACTION_WRITES},
    {ACTION_FILTER, "filter", "f", N_("filter"),
     N_("Show only the rows that hold a text, as you type"), "[TEXT]",
     ACTION_ON_ROWS, ACTION_FINDING, 0},
    {ACTION_SEARCH, "search", "/", N_("search"), N_("Go to a text"), "TEXT",
     SEARCHED, ACTION_FINDING, 0},
    {ACTION_SEARCH_NEXT, "search-next", "n", NULL,
     N_("Go to the next place found"), NULL, SEARCHED, ACTION_FINDING, 0},
    {ACTION_SEARCH_PREVIOUS, "search-previous", "N", NULL,
     N_("Go to the place found before"), NULL, SEARCHED, ACTION_FINDING, 0},
    {ACTION_SORT, "sort", "o", N_("sort"),
     N_("Sort by this column; again: the other way; again: not"), "[COLUMN]",
     ACTION_ON_ROWS, ACTION_FINDING, 0},
    {ACTION_GO, "go", "", NULL,
     N_("Go to a row: its number in the list, fid, uuid or COLUMN=VALUE"),
     "ROW", ACTION_ON_ROWS, ACTION_FINDING, ACTION_NEEDS_ARGUMENT},
    {ACTION_NEXT, "next", "Enter", N_("next"),
     N_("Accept the answer and go on; on the last page, save the record"), NULL,
     FILL, ACTION_EDITING, ACTION_WRITES},
    {ACTION_ADD, "add", "a", N_("add"),
     N_("Add a row, a record of this form, or one more member"), NULL,
     ACTION_ON_ROWS | ACTION_ON_FORMS | FILL, ACTION_EDITING, ACTION_WRITES},
    {ACTION_TABLE, "table", "t F12", N_("table"),
     N_("Show the members as a table to type into, or as a list again"), NULL,
     FILL, ACTION_EDITING, 0},
    {ACTION_RECORDS, "records", "r", N_("records"),
     N_("The records that were made with this form"), NULL, ACTION_ON_FORMS,
     ACTION_GOING, 0},
    {ACTION_EDIT_RECORD, "edit-record", "E", N_("form"),
     N_("Open this record in its form again"), NULL,
     ACTION_ON_ROWS | ACTION_ON_ROW, ACTION_EDITING, ACTION_WRITES},
    {ACTION_DELETE, "delete", "d", N_("delete"),
     N_("Delete the marked rows, this one, this draft or this member"), NULL,
     ACTION_ON_ROWS | ACTION_ON_ROW | ACTION_ON_FORMS | FILL, ACTION_EDITING,
     ACTION_WRITES},
    {ACTION_GPS, "gps", "F3", N_("GPS"),
     N_("Take the point from the GPS receiver"), NULL, FILL, ACTION_EDITING,
     ACTION_WRITES},
    {ACTION_PLACE, "place", "F5 ^V", N_("places"),
     N_("Take the point from the list of places"), NULL, FILL, ACTION_EDITING,
     ACTION_WRITES},
    {ACTION_NOT_KNOWN, "not-known", "^Q", N_("not known"),
     N_("The answer is not known, where the form has such an answer"), NULL,
     FILL, ACTION_EDITING, ACTION_WRITES},
    {ACTION_REFUSED, "refused", "^R", N_("refused"),
     N_("The answer was refused, where the form has such an answer"), NULL,
     FILL, ACTION_EDITING, ACTION_WRITES},
    {ACTION_NEW_LINE, "new-line", "^O", N_("new line"),
     N_("A new line in a text of several lines"), NULL, FILL, ACTION_EDITING,
     ACTION_WRITES},
    {ACTION_PREVIOUS, "previous", "BackTab", NULL,
     N_("Back to the question before; Up does it too from the first choice"),
     NULL, FILL, ACTION_MOVING, 0},
    {ACTION_PASS, "pass", "Tab", NULL,
     N_("To the next question, this one left as it is"), NULL, FILL,
     ACTION_MOVING, 0},
    {ACTION_OUTLINE, "outline", "F4 ^T", N_("outline"),
     N_("All questions with what is open and wrong, to go to any"), NULL, FILL,
     ACTION_FINDING, 0},
    {ACTION_FORM_LANGUAGE, "form-language", "F9 ^Y", N_("language"),
     N_("The next language of the form"), "[LANGUAGE]", FILL, ACTION_PROGRAM,
     0},
    {ACTION_FINISH, "finish", "F2 ^S", N_("end"),
     N_("To the last page, which counts what is open and saves the record"),
     NULL, FILL, ACTION_MOVING, 0},
    {ACTION_NOTE, "note", "F8 ^N", N_("note"),
     N_("Write a note about this question"), "[TEXT]", FILL, ACTION_EDITING,
     ACTION_WRITES},
    {ACTION_QUESTION, "question", "F6 ^G", N_("go to"),
     N_("Go to a question by its number, its name or a word of it"), "QUESTION",
     FILL, ACTION_FINDING, 0},
    {ACTION_DITTO, "ditto", "F7 ^P", N_("same"),
     N_("The answer of the record or member before"), NULL, FILL,
     ACTION_EDITING, ACTION_WRITES},
    {ACTION_NEXT_OPEN, "next-open", "F11", NULL,
     N_("To the next question that is open or wrong"), NULL, FILL,
     ACTION_FINDING, 0},
    {ACTION_FLAG, "flag", "^X", NULL,
     N_("Flag this question for the supervisor, or take the flag away"), NULL,
     FILL, ACTION_EDITING, ACTION_WRITES},
    {ACTION_MOVE_UP, "move-up", "-", NULL,
     N_("Move this member or ranked choice up; a counter: one less"), NULL,
     FILL, ACTION_EDITING, ACTION_WRITES},
    {ACTION_MOVE_DOWN, "move-down", "+", NULL,
     N_("Move this member or ranked choice down; a counter: one more"), NULL,
     FILL, ACTION_EDITING, ACTION_WRITES},
    {ACTION_MARK, "mark", "Space", N_("mark"),
     N_("Mark this row, or unmark it"), NULL, ACTION_ON_ROWS, ACTION_EDITING,
     0},
    {ACTION_HISTORY, "history", "H", N_("history"),
     N_("Show who changed this row, or hide it"), NULL, ACTION_ON_ROW,
     ACTION_GOING, 0},
    {ACTION_VIEW, "view", "v", NULL,
     N_("Show the attachment of this field; fetch it if it is not here"), NULL,
     ACTION_ON_ROW, ACTION_GOING, 0},
    {ACTION_ATTACH, "attach", "A", NULL, N_("Attach a file to this field"),
     "[FILE]", ACTION_ON_ROW, ACTION_EDITING, ACTION_WRITES},
    {ACTION_UNDO, "undo", "u", N_("undo"),
     N_("Take back the last edit that is not recorded yet"), NULL, FREE,
     ACTION_EDITING, ACTION_WRITES},
    {ACTION_REDO, "redo", "^R", NULL, N_("Do again what was taken back"), NULL,
     FREE, ACTION_EDITING, ACTION_WRITES},

    {ACTION_UP, "up", "Up k", NULL, N_("Up"), NULL, ALL, ACTION_MOVING, 0},
    {ACTION_DOWN, "down", "Down j", NULL, N_("Down"), NULL, ALL, ACTION_MOVING,
     0},
    {ACTION_PAGE_UP, "page-up", "PageUp ^B", NULL, N_("A page up"), NULL, ALL,
     ACTION_MOVING, 0},
    {ACTION_PAGE_DOWN, "page-down", "PageDown ^F", NULL, N_("A page down"),
     NULL, ALL, ACTION_MOVING, 0},
    {ACTION_FIRST, "first", "Home g", NULL, N_("To the first"), NULL, ALL,
     ACTION_MOVING, 0},
    {ACTION_LAST, "last", "End G", NULL, N_("To the last"), NULL, ALL,
     ACTION_MOVING, 0},
    {ACTION_LEFT, "left", "Left h", NULL, N_("A column to the left"), NULL,
     ACTION_ON_ROWS, ACTION_MOVING, 0},
    {ACTION_RIGHT, "right", "Right l", NULL, N_("A column to the right"), NULL,
     ACTION_ON_ROWS, ACTION_MOVING, 0},
    {ACTION_NEXT_PART, "next-part", "Tab", NULL,
     N_("To the other part of the screen"), NULL,
     ACTION_ON_ROW | ACTION_ON_FORMS, ACTION_MOVING, 0},

    {ACTION_SYNC, "sync", "s F5", N_("sync"),
     N_("Record, send and receive changes"), "[REMOTE]", FREE, ACTION_GOING,
     ACTION_WRITES},
    {ACTION_CONFLICTS, "conflicts", "c", N_("conflicts"),
     N_("Answers that contradict each other"), NULL, FREE, ACTION_GOING, 0},
    {ACTION_LOG, "log", "L", N_("log"), N_("Who changed what, and when"), NULL,
     FREE, ACTION_GOING, 0},
    {ACTION_FORMS, "forms", "F F4", N_("forms"),
     N_("Forms to fill, and records begun"), NULL, FREE, ACTION_GOING, 0},
    {ACTION_HOME, "home", "", NULL, N_("Go to the first screen"), NULL, FREE,
     ACTION_GOING, 0},
    {ACTION_LAYERS, "layers", "F3", NULL, N_("The list of layers"), NULL, FREE,
     ACTION_GOING, 0},
    {ACTION_LAYER, "layer", "", NULL, N_("Open a layer by its name"), "LAYER",
     FREE, ACTION_GOING, ACTION_NEEDS_ARGUMENT},
    {ACTION_RECORD, "record", "", NULL,
     N_("Record what changed as a commit, without network"), "[MESSAGE]", FREE,
     ACTION_GOING, ACTION_WRITES},
    {ACTION_PUBLISH, "publish", "", NULL,
     N_("Make what is here the next version of main"), "[VERSION]", FREE,
     ACTION_GOING, ACTION_WRITES},

    {ACTION_COMMAND, "command", ":", NULL, N_("Type a command"), NULL, ALL,
     ACTION_PROGRAM, 0},
    {ACTION_SET, "set", "", NULL,
     N_("Change a setting: theme, bidi, language, ascii, readonly"),
     "NAME=VALUE", ALL, ACTION_PROGRAM, ACTION_NEEDS_ARGUMENT},
    {ACTION_REDRAW, "redraw", "^L", NULL, N_("Draw the screen anew"), NULL, ALL,
     ACTION_PROGRAM, 0},
    {ACTION_SUSPEND, "suspend", "^Z", NULL,
     N_("Go back to the shell for a while"), NULL, ALL, ACTION_PROGRAM, 0},
    {ACTION_CANCEL, "cancel", "Esc", NULL,
     N_("Cancel what is being typed, the filter or the work under way"), NULL,
     ALL, ACTION_PROGRAM, 0},
    {ACTION_BACK, "back", "q F10", N_("back"),
     N_("Back to the screen before; from the first one, leave"), NULL, ALL,
     ACTION_PROGRAM, 0},
    {ACTION_QUIT, "quit", "Q ^C", NULL, N_("Leave the program"), NULL, ALL,
     ACTION_PROGRAM, 0},
    {ACTION_HELP, "help", "? F1", N_("help"), N_("Help for this screen"), NULL,
     ALL, ACTION_PROGRAM, 0},

    {ACTION_SAVE_SCREEN, "save-screen", "", NULL,
     N_("Write what the screen shows into a file"), "FILE", ALL, ACTION_SCRIPT,
     ACTION_NEEDS_ARGUMENT},
    {ACTION_SAVE_ROLES, "save-roles", "", NULL,
     N_("Write the roles of the cells (a letter each) into a file"), "FILE",
     ALL, ACTION_SCRIPT, ACTION_NEEDS_ARGUMENT},
    {ACTION_RESIZE, "resize", "", NULL,
     N_("Change the size of a screen in memory"), "COLUMNSxROWS", ALL,
     ACTION_SCRIPT, ACTION_NEEDS_ARGUMENT},
    {ACTION_ASSERT, "assert", "", NULL,
     N_("End the script with an error unless the screen shows a text"), "TEXT",
     ALL, ACTION_SCRIPT, ACTION_NEEDS_ARGUMENT},
};

#define TABLE_LENGTH (sizeof actions / sizeof *actions)

size_t action_count(void)
{
    return TABLE_LENGTH;
}

const action *action_at(size_t index)
{
    return index < TABLE_LENGTH ? &actions[index] : NULL;
}

const action *action_by_id(action_id id)
{
    for (size_t i = 0; i < TABLE_LENGTH; i++)
        if (actions[i].id == id)
            return &actions[i];
    return NULL;
}

/* The one action on SCREENS whose name starts with NAME; NULL if none or
 * several do. */
static const action *find_start(const char *name, unsigned screens)
{
    const action *found = NULL;
    size_t length = strlen(name);
    for (size_t i = 0; i < TABLE_LENGTH; i++) {
        if (!(actions[i].screens & screens) ||
            strncmp(actions[i].name, name, length) != 0)
            continue;
        if (found)
            return NULL;
        found = &actions[i];
    }
    return found;
}

static int not_found(const char *name)
{
    const char *names[TABLE_LENGTH];
    for (size_t i = 0; i < TABLE_LENGTH; i++)
        names[i] = actions[i].name;
    const char *nearest = text_nearest(name, names, TABLE_LENGTH);
    if (nearest)
        return error_set(TAWAM_ENOTFOUND,
                         _("no command '%s'; the nearest is '%s'"), name,
                         nearest);
    return error_set(TAWAM_ENOTFOUND, _("no command '%s'; ? lists them"), name);
}

int action_find(const action **out, const char *name, unsigned screens)
{
    if (strcmp(name, "q") == 0 || strcmp(name, "q!") == 0) {
        *out = action_by_id(ACTION_QUIT);
        return TAWAM_OK;
    }
    for (size_t i = 0; i < TABLE_LENGTH; i++) {
        if (strcmp(actions[i].name, name) != 0)
            continue;
        if (!(actions[i].screens & screens))
            return error_set(TAWAM_EUSAGE, _("'%s' can't be done here"), name);
        *out = &actions[i];
        return TAWAM_OK;
    }
    const action *start = *name ? find_start(name, screens) : NULL;
    if (!start)
        return not_found(name);
    *out = start;
    return TAWAM_OK;
}

/* 1 if KEY stands in KEYS, a list with blanks between. */
static int has_key(const char *keys, const char *key)
{
    size_t length = strlen(key);
    while (*keys) {
        size_t word = strcspn(keys, " ");
        if (word == length && memcmp(keys, key, length) == 0)
            return 1;
        keys += word;
        keys += strspn(keys, " ");
    }
    return 0;
}

const action *action_for_key(const char *key, unsigned screen)
{
    if (!*key)
        return NULL;
    for (size_t i = 0; i < TABLE_LENGTH; i++)
        if ((actions[i].screens & screen) && has_key(actions[i].keys, key))
            return &actions[i];
    return NULL;
}

char *action_first_key(char out[24], const action *a)
{
    size_t length = strcspn(a->keys, " ");
    if (length > 23)
        length = 23;
    memcpy(out, a->keys, length);
    out[length] = '\0';
    return out;
}

const char *action_group_title(action_group group)
{
    static const char *const titles[ACTION_GROUPS] = {
        N_("Moving"),        N_("Finding"), N_("Editing"),
        N_("Other screens"), N_("Program"), N_("In scripts")};
    return (unsigned)group < ACTION_GROUPS ? _(titles[group]) : "";
}

static const struct {
    const char *name, *title;
} screens[ACTION_SCREENS] = {
    {"home", N_("Home")},         {"layers", N_("Layers")},
    {"rows", N_("Rows")},         {"row", N_("Row")},
    {"add", N_("New row")},       {"choices", N_("Choices")},
    {"sync", N_("Sync")},         {"conflicts", N_("Conflicts")},
    {"conflict", N_("Conflict")}, {"log", N_("Log")},
    {"changes", N_("Changes")},   {"help", N_("Help")},
    {"forms", N_("Forms")},       {"fill", N_("Record in progress")},
    {"outline", N_("Outline")},
};

static unsigned screen_index(unsigned screen)
{
    unsigned index = 0;
    while (index + 1 < ACTION_SCREENS && !(screen & (1u << index)))
        index++;
    return index;
}

const char *action_screen_name(unsigned screen)
{
    return screens[screen_index(screen)].name;
}

const char *action_screen_title(unsigned screen)
{
    return _(screens[screen_index(screen)].title);
}
