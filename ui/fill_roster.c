/* SPDX-License-Identifier: MIT */
/* fill_roster: a repeat as a table: a row an instance, a column a question.
 * What is typed goes into the cell of the cursor; Enter hands it in and goes on
 * to the next cell, the next row. Nested repeats are filled on their own pages.
 *
 *        Prénom       Âge     Sexe
 *    1   Ali          41      homme
 *  > 2   Fatima       3_      ·
 *
 *   Âge en années révolues *            the question of the cell, whole
 */
#include <stdlib.h>
#include <string.h>
#include "ui/fill_roster_internal.h"

#define LEAST_COLUMN 6
#define MOST_COLUMN 16

/* ---- reading ---- */

void fill_roster_free(fill_view *v)
{
    if (v->roster)
        arena_free(v->roster->memory);
    free(v->roster);
    v->roster = NULL;
}

/* What follows "PREFIX[n]/" in PATH; NULL: it is not below such an instance,
 * or in a repeat within. */
static const char *key_of(const char *path, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(path, prefix, length) != 0 || path[length] != '[')
        return NULL;
    const char *key = strchr(path + length, ']');
    return key && key[1] == '/' && !strchr(key + 2, '[') ? key + 2 : NULL;
}

static size_t find_column(const struct fill_roster *r, const char *key)
{
    size_t at = 0;
    while (at < r->columns && strcmp(r->keys[at], key) != 0)
        at++;
    return at;
}

/* In the order of the form: a row need not have them all. */
static int add_column(struct fill_roster *r, const char *key, const char *label,
                      size_t place)
{
    char *own_key = arena_string(r->memory, key);
    char *own_label = arena_string(r->memory, label);
    size_t at = r->columns;
    if (!own_key || !own_label)
        return TAWAM_EMEMORY;
    for (; at > 0 && r->places[at - 1] > place; at--) {
        r->keys[at] = r->keys[at - 1];
        r->labels[at] = r->labels[at - 1];
        r->places[at] = r->places[at - 1];
        r->widths[at] = r->widths[at - 1];
    }
    r->keys[at] = own_key;
    r->labels[at] = own_label;
    r->places[at] = place;
    r->widths[at] = text_width(label);
    r->columns++;
    return TAWAM_OK;
}

/* Rows and columns there are; LINES is the outline of F. */
static int find_columns(struct fill_roster *r, fill *f, const fill_line *lines,
                        size_t count, const char *prefix)
{
    size_t length = strlen(prefix);
    int error = TAWAM_OK;
    r->rows = r->columns = 0;
    r->keys = arena_alloc(r->memory, (count + 1) * sizeof *r->keys);
    r->labels = arena_alloc(r->memory, (count + 1) * sizeof *r->labels);
    r->places = arena_alloc(r->memory, (count + 1) * sizeof *r->places);
    r->widths = arena_alloc(r->memory, (count + 1) * sizeof *r->widths);
    if (!r->keys || !r->labels || !r->places || !r->widths)
        return TAWAM_EMEMORY;
    for (size_t i = 0; error == TAWAM_OK && i < count; i++) {
        const fill_line *l = &lines[i];
        const char *key = key_of(l->path, prefix);
        r->rows += l->kind == FILL_LINE_INSTANCE &&
                   strncmp(l->path, prefix, length) == 0 &&
                   l->path[length] == '[' && !strchr(l->path + length, '/');
        if (l->kind != FILL_LINE_QUESTION || !key || !l->number ||
            find_column(r, key) < r->columns)
            continue;
        form_node *node = record_find(fill_record(f), l->path);
        error =
            add_column(r, key, l->label, node ? node->item->number : SIZE_MAX);
    }
    return error;
}

static void fit_width(int *width, const char *text)
{
    int one = text_width(text);
    *width = one > *width ? one : *width;
    *width = *width < LEAST_COLUMN  ? LEAST_COLUMN
             : *width > MOST_COLUMN ? MOST_COLUMN
                                    : *width;
}

static int fill_cells(struct fill_roster *r, const fill_line *lines,
                      size_t count, const char *prefix)
{
    size_t row = 0, seen = 0, length = strlen(prefix);
    r->cells =
        arena_alloc(r->memory, (r->rows * r->columns + 1) * sizeof *r->cells);
    r->states = arena_alloc(r->memory, (r->rows + 1) * sizeof *r->states);
    if (!r->cells || !r->states)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < count; i++) {
        const fill_line *l = &lines[i];
        const char *key = key_of(l->path, prefix);
        if (l->kind == FILL_LINE_INSTANCE && !strchr(l->path + length, '/') &&
            strncmp(l->path, prefix, length) == 0 && l->path[length] == '[') {
            row = seen++;
            r->states[row] = l->state;
        }
        size_t column = key ? find_column(r, key) : r->columns;
        if (l->kind != FILL_LINE_QUESTION || column >= r->columns || !seen)
            continue;
        roster_cell *c = &r->cells[row * r->columns + column];
        c->path = arena_string(r->memory, l->path);
        c->echo = arena_string(r->memory, l->echo);
        c->state = l->state;
        if (!c->path || !c->echo)
            return TAWAM_EMEMORY;
        fit_width(&r->widths[column], l->echo);
    }
    return TAWAM_OK;
}

/* Read all anew; the cursor stays where it can. */
static int read_roster(fill_view *v)
{
    struct fill_roster *r = v->roster;
    const fill_line *lines = NULL;
    size_t count = 0;
    char *parent = fill_path(v->page->parent);
    char *prefix =
        parent ? memory_format("%s/%s", parent, v->page->repeat->name) : NULL;
    int error = prefix ? fill_outline(&lines, &count, v->fill) : TAWAM_EMEMORY;
    arena_reset(r->memory);
    if (error == TAWAM_OK)
        error = find_columns(r, v->fill, lines, count, prefix);
    if (error == TAWAM_OK)
        error = fill_cells(r, lines, count, prefix);
    free(prefix);
    free(parent);
    if (r->row >= r->rows)
        r->row = r->rows ? r->rows - 1 : 0;
    if (r->column >= r->columns)
        r->column = 0;
    int looked = fill_look(&v->page, v->fill);
    return error < 0 ? error : looked;
}

int fill_roster_open(fill_view *v)
{
    fill_roster_free(v);
    v->roster = memory_new(sizeof *v->roster);
    int error = v->roster ? arena_new(&v->roster->memory) : TAWAM_EMEMORY;
    if (error == TAWAM_OK)
        error = read_roster(v);
    if (error == TAWAM_OK && (!v->roster->rows || !v->roster->columns))
        error = error_set(TAWAM_ENO, _("there is nothing to show as a table"));
    if (error < 0)
        fill_roster_free(v);
    return error;
}

/* ---- the cell ---- */

static roster_cell *cell_here(const fill_view *v)
{
    const struct fill_roster *r = v->roster;
    return &r->cells[r->row * r->columns + r->column];
}

form_node *fill_roster_node(const fill_view *v)
{
    const char *path = cell_here(v)->path;
    return path ? record_find(fill_record(v->fill), path) : NULL;
}

static void clear_typed(fill_view *v)
{
    input_set(&v->typed, "");
    v->touched = 0;
    free(v->refused);
    v->refused = NULL;
}

/* To the next cell that is asked, to the right and then in the row below; the
 * last one stays. */
static void next_cell(fill_view *v, int by)
{
    struct fill_roster *r = v->roster;
    long at = (long)(r->row * r->columns + r->column);
    long last = (long)(r->rows * r->columns) - 1;
    clear_typed(v);
    for (long to = at + by; to >= 0 && to <= last; to += by)
        if (r->cells[to].path) {
            r->row = (size_t)to / r->columns;
            r->column = (size_t)to % r->columns;
            return;
        }
}

static int taken(fill_view *v, int error, record_outcome outcome)
{
    if (error < 0 || outcome != RECORD_OK) {
        fill_view_refuse(v, error_message());
        fill_look(&v->page, v->fill);
        return 0;
    }
    v->changed = 1;
    clear_typed(v);
    if (fill_look(&v->page, v->fill) < 0 || read_roster(v) < 0)
        ui_say_error(v->ui);
    return 1;
}

/* What is typed goes in; 1 if it did or nothing is typed. */
static int hand_in(fill_view *v)
{
    record_outcome outcome = RECORD_OK;
    form_node *node = fill_roster_node(v);
    if (!v->touched || !node)
        return 1;
    int error = fill_enter(&outcome, v->fill, node, input_text(&v->typed));
    return taken(v, error, outcome);
}

/* ---- keys and actions ---- */

static void move_row(fill_view *v, long by)
{
    struct fill_roster *r = v->roster;
    long to = (long)r->row + by, last = (long)r->rows - 1;
    r->row = (size_t)(to < 0 ? 0 : to > last ? last : to);
    clear_typed(v);
}

static void move_column(fill_view *v, int by)
{
    struct fill_roster *r = v->roster;
    long to = (long)r->column + by;
    if (to >= 0 && to < (long)r->columns)
        r->column = (size_t)to;
    clear_typed(v);
}

/* Arrows move while nothing is typed, then they move in what is. */
fill_result fill_roster_key(fill_view *v, int key)
{
    int forward = fill_is_rtl(v->fill) ? UI_KEY_LEFT : UI_KEY_RIGHT;
    if (key == UI_KEY_ESCAPE && v->touched) {
        clear_typed(v);
        return FILL_STAYS;
    }
    if ((key == UI_KEY_LEFT || key == UI_KEY_RIGHT) && !v->touched) {
        move_column(v, key == forward ? 1 : -1);
        return FILL_STAYS;
    }
    if (key == UI_KEY_ENTER || key == UI_KEY_ESCAPE || key == 'C' - '@' ||
        !cell_here(v)->path)
        return FILL_IGNORED;
    input_result how = input_key(&v->typed, key);
    if (how == INPUT_CHANGED)
        v->touched = 1;
    return how == INPUT_IGNORED ? FILL_IGNORED : FILL_STAYS;
}

static void give(fill_view *v, action_id id)
{
    record_outcome outcome;
    form_node *node = fill_roster_node(v);
    int error;
    if (!node || !fill_view_give(&error, &outcome, v, node, id))
        return;
    if (error == TAWAM_ENO) {
        ui_say_error(v->ui);
        fill_look(&v->page, v->fill);
    } else if (taken(v, error, outcome))
        next_cell(v, 1);
}

static void close_roster(fill_view *v)
{
    fill_roster_free(v);
    clear_typed(v);
    fill_view_focus(v, 0);
}

/* Headings and answers in the other language; what is typed stays. */
static void switch_language(fill_view *v, const char *name)
{
    fill_switch_language(v, name);
    free(v->refused);
    v->refused = NULL;
    if (read_roster(v) < 0)
        ui_say_error(v->ui);
}

/* 1 for what leads away from this page. */
static int leads_away(action_id id)
{
    return id == ACTION_OUTLINE || id == ACTION_QUESTION ||
           id == ACTION_FINISH || id == ACTION_NEXT_OPEN || id == ACTION_ADD ||
           id == ACTION_DELETE;
}

/* What is done in the cell itself; 0 for other actions. */
static int act_cell(fill_view *v, const screen_call *call)
{
    switch (call->action->id) {
    case ACTION_DITTO:
    case ACTION_NOT_KNOWN:
    case ACTION_REFUSED:
        give(v, call->action->id);
        return 1;
    case ACTION_FORM_LANGUAGE:
        switch_language(v, call->argument);
        return 1;
    case ACTION_GPS:
    case ACTION_PLACE:
        ui_say(v->ui, ROLE_WARNING, "%s",
               _("In a table points are typed; Esc leads to the pages"));
        v->ui->bell = 1;
        return 1;
    default:
        return 0;
    }
}

int fill_roster_act(fill_view *v, const screen_call *call)
{
    action_id id = call->action->id;
    long page = (long)(v->roster->height > 1 ? v->roster->height - 1 : 1);
    if (act_cell(v, call))
        return 1;
    if (leads_away(id)) {
        int stays = !hand_in(v);
        if (!stays)
            close_roster(v);
        return stays;
    }
    if (id != ACTION_NEXT && id != ACTION_PASS && id != ACTION_PREVIOUS &&
        id != ACTION_UP && id != ACTION_DOWN && id != ACTION_PAGE_UP &&
        id != ACTION_PAGE_DOWN && id != ACTION_TABLE && id != ACTION_CANCEL &&
        id != ACTION_BACK)
        return 0;
    if (!hand_in(v))
        return 1;
    if (id == ACTION_NEXT || id == ACTION_PASS || id == ACTION_PREVIOUS)
        next_cell(v, id == ACTION_PREVIOUS ? -1 : 1);
    else if (id == ACTION_UP || id == ACTION_DOWN)
        move_row(v, id == ACTION_UP ? -1 : 1);
    else if (id == ACTION_PAGE_UP || id == ACTION_PAGE_DOWN)
        move_row(v, id == ACTION_PAGE_UP ? -page : page);
    else
        close_roster(v);
    return 1;
}

void fill_roster_resume(fill_view *v)
{
    if (fill_roster_open(v) < 0) {
        error_clear(); /* it has no rows */
        return;
    }
    struct fill_roster *r = v->roster;
    for (size_t i = 0; i < r->rows * r->columns; i++) {
        const char *path = r->cells[i].path;
        form_node *node = path ? record_find(fill_record(v->fill), path) : NULL;
        const char *typed = node ? fill_typed_for(v->fill, node) : NULL;
        if (!typed)
            continue;
        r->row = i / r->columns;
        r->column = i % r->columns;
        input_set(&v->typed, typed);
        v->touched = 1;
        return;
    }
    fill_roster_free(v);
}
