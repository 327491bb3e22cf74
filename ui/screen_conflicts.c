/* SPDX-License-Identifier: MIT */
/* screen_conflicts: the list of answers that contradict each other, and one of
 * them, to be settled: take a value by its number, type another, keep or
 * delete the row. What is settled is an edit like any other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/listing.h"
#include "work/workflow.h"

#define LISTED_MAX 5000

enum { TAG_VALUE = 1, TAG_TAKE };

/* ---- words ---- */

static const char *kind_label(sync_conflict_kind kind)
{
    switch (kind) {
    case SYNC_CONFLICT_VALUES:
        return _("different values");
    case SYNC_CONFLICT_DELETE:
        return _("deleted and changed");
    case SYNC_CONFLICT_REFERENCE:
        return _("refers to a row that is gone");
    case SYNC_CONFLICT_DOUBLE:
        return _("two rows with one uuid");
    }
    return "";
}

/* "Household › Ali › phone" */
static void where_text(buffer *out, const screen *s, const sync_conflict *c)
{
    twin *t = s->ui->territory->twin;
    const char *language = s->ui->language;
    char *caption = NULL;
    if (!c->layer)
        return;
    buffer_text(out, twin_label(t, c->layer->name, "", "", language));
    twin_row_caption(&caption, t, c->layer, c->fid);
    buffer_format(out, " › %s", caption ? caption : "");
    if (c->column)
        buffer_format(
            out, " › %s",
            twin_label(t, c->layer->name, c->column->name, "", language));
    free(caption);
}

/* One value as a person sees it. */
static void value_text(buffer *out, const screen *s, const sync_conflict *c,
                       const sync_conflict_value *value)
{
    fields *all = NULL;
    size_t before = out->length;
    if (value->is_delete) {
        buffer_text(out, _("the row is deleted"));
        return;
    }
    if (!c->column || !c->layer) {
        buffer_text(out, _("the row is kept"));
        return;
    }
    int column = c->column->id;
    if (fields_load(&all, s->ui->territory->twin, c->layer->name,
                    s->ui->language) == TAWAM_OK) {
        const field *f = fields_by_column(all, column);
        if (f)
            field_text(out, f, &value->value);
    }
    fields_free(all);
    if (out->length == before)
        buffer_text(out, _("(empty)"));
}

/* ---- the list ---- */

typedef struct conflicts_state {
    listing listing;
    char (*ids)[17]; /* of each line */
    size_t count, capacity;
    screen *screen; /* while reading */
} conflicts_state;

/* Listed at most LISTED_MAX: a screen of more helps nobody. */
static int add_conflict(void *context, const sync_conflict *c)
{
    conflicts_state *state = context;
    buffer line = {0};
    if (state->count >= LISTED_MAX)
        return 1;
    int error = memory_reserve((void **)&state->ids, &state->capacity,
                               state->count + 1, sizeof *state->ids);
    if (error < 0)
        return error;
    /* The id first: the words below may read the catalogue again. */
    memcpy(state->ids[state->count], c->id, sizeof c->id);
    where_text(&line, state->screen, c);
    buffer_format(&line, "  (%s)", kind_label(c->kind));
    error = listing_add(&state->listing, buffer_take(&line), 0, ROLE_NORMAL);
    if (error == TAWAM_OK)
        state->count++;
    return error;
}

static int conflicts_read(screen *s)
{
    conflicts_state *state = s->state;
    listing_clear(&state->listing);
    state->count = 0;
    state->screen = s;
    if (!s->ui->territory->sync)
        return TAWAM_OK;
    int error = sync_conflicts(s->ui->territory->sync, add_conflict, state);
    return error < 0 ? error : TAWAM_OK;
}

static int conflicts_open(screen *s, const screen_target *target)
{
    (void)target;
    return conflicts_read(s);
}

/* Someone else may have settled one, or a sync brought more. */
static void conflicts_changed(screen *s)
{
    if (conflicts_read(s) < 0)
        ui_say_error(s->ui);
}

static void conflicts_draw(screen *s, grid *g, area a)
{
    conflicts_state *state = s->state;
    if (!state->count) {
        cell_text(g, a.y + 1, a.x + 2, a.width - 3,
                  _("No conflict: nobody contradicts anybody."), ALIGN_LEFT,
                  ROLE_GOOD);
        grid_cursor(g, a.y + 1, a.x);
        return;
    }
    for (size_t i = 0; i < state->listing.count; i++)
        state->listing.lines[i].role = (int64_t)i == state->listing.list.cursor
                                           ? ROLE_CURSOR
                                           : ROLE_NORMAL;
    listing_draw(&state->listing, g, a);
}

static int conflicts_act(screen *s, const screen_call *call, request *out)
{
    conflicts_state *state = s->state;
    size_t at = (size_t)state->listing.list.cursor;
    if (call->action->id == ACTION_OPEN) {
        if (at < state->count) {
            request_open(out, ACTION_ON_CONFLICT, NULL, 0);
            copy_text(out->target.id, sizeof out->target.id, state->ids[at]);
        }
        return SCREEN_HANDLED;
    }
    return listing_act(&state->listing, s->ui, call, out);
}

static void conflicts_answer(screen *s, const screen_answer *answer,
                             request *out)
{
    conflicts_state *state = s->state;
    (void)out;
    listing_answer(&state->listing, s->ui, answer);
}

static void conflicts_title(screen *s, buffer *out)
{
    (void)s;
    buffer_text(out, action_screen_title(ACTION_ON_CONFLICTS));
}

static void conflicts_close(screen *s)
{
    conflicts_state *state = s->state;
    listing_free(&state->listing);
    free(state->ids);
}

const screen_class screen_conflicts = {
    .id = ACTION_ON_CONFLICTS,
    .state_size = sizeof(conflicts_state),
    .open = conflicts_open,
    .draw = conflicts_draw,
    .act = conflicts_act,
    .answer = conflicts_answer,
    .changed = conflicts_changed,
    .title = conflicts_title,
    .close = conflicts_close,
};

/* ---- one conflict ---- */

typedef struct conflict_state {
    char id[17];
    listing values; /* a line a value, the one shown first */
    char *where;
    char *kind;
    char layer[TWIN_NAME_MAX + 1];
    int64_t fid;
    int column;                /* id; 0: a whole row */
    unsigned char deletes[16]; /* 1: that value is the deletion */
    screen *screen;
    int found;
} conflict_state;

/* Everything is copied out: what the callback is handed ends with it. */
static int read_one(void *context, const sync_conflict *c)
{
    conflict_state *state = context;
    screen *s = state->screen;
    buffer where = {0};
    if (strcmp(c->id, state->id) != 0)
        return 0;
    state->found = 1;
    state->column = c->column ? c->column->id : 0;
    state->fid = c->fid;
    if (c->layer)
        copy_text(state->layer, sizeof state->layer, c->layer->name);
    for (size_t i = 0; i < c->value_count; i++) {
        const sync_conflict_value *value = &c->values[i];
        buffer line = {0};
        char when[32], number[24];
        if (i < sizeof state->deletes)
            state->deletes[i] = (unsigned char)value->is_delete;
        clock_format_local(when, value->time);
        snprintf(number, sizeof number, "%zu", i + 1);
        value_text(&line, s, c, value);
        listing_add_pair(&state->values, number, buffer_take(&line),
                         i ? ROLE_NORMAL : ROLE_PENDING);
        listing_add(&state->values,
                    memory_format("%s  %.*s(%s)%s%s", when,
                                  (int)strcspn(value->author, "<"),
                                  value->author, value->device, i ? "" : ", ",
                                  i ? "" : _("shown now")),
                    3, ROLE_DIM);
    }
    where_text(&where, s, c);
    free(state->where);
    free(state->kind);
    state->where = buffer_take(&where);
    state->kind = memory_string(kind_label(c->kind));
    return 1;
}

/* An id that is not found any more was settled meanwhile, here or elsewhere. */
static int conflict_open(screen *s, const screen_target *target)
{
    conflict_state *state = s->state;
    copy_text(state->id, sizeof state->id, target->id);
    state->screen = s;
    state->values.left_width = 3;
    state->values.left_role = ROLE_KEY;
    int error = sync_conflicts(s->ui->territory->sync, read_one, state);
    if (error < 0)
        return error;
    return state->found ? TAWAM_OK
                        : error_set(TAWAM_ENOTFOUND,
                                    _("this conflict is settled already"));
}

/* Read again what stands there: taking value 2 must mean the second one that
 * is shown. */
static void conflict_changed(screen *s)
{
    conflict_state *state = s->state;
    listing_clear(&state->values);
    state->found = 0;
    if (sync_conflicts(s->ui->territory->sync, read_one, state) < 0)
        ui_say_error(s->ui);
    else if (!state->found)
        ui_say(s->ui, ROLE_WARNING, "%s",
               _("this conflict is settled already"));
}

/* Say how settling went; when well, go back to the list. */
static int settled(screen *s, int error, request *out)
{
    if (error < 0) {
        ui_say_error(s->ui);
        return SCREEN_HANDLED;
    }
    ui_say(s->ui, ROLE_GOOD, "%s", _("Settled; the next sync sends it"));
    ui_status_changed(s->ui);
    out->kind = REQUEST_BACK;
    return SCREEN_HANDLED;
}

/* How to settle it: with VALUE, or for a whole row KEEP, or the Nth value. */
typedef struct settlement {
    sync_desk *log;
    const char *id;
    const twin_value *value;
    int whole, keep;
    size_t nth;
} settlement;

static int do_settle(void *context)
{
    const settlement *x = context;
    return x->value   ? sync_settle_value(x->log, x->id, x->value)
           : x->whole ? sync_settle_row(x->log, x->id, x->keep)
                      : sync_settle_take(x->log, x->id, x->nth);
}

/* A step that `u` takes back, as long as it is not recorded. */
static int settle(screen *s, settlement *x)
{
    conflict_state *state = s->state;
    const twin_layer *layer = NULL;
    int error = twin_layer_find(&layer, s->ui->territory->twin, state->layer);
    x->log = s->ui->territory->sync;
    x->id = state->id;
    if (error < 0)
        return error;
    return edit_settle(s->ui->edits, layer, state->fid,
                       twin_column_by_id(layer, state->column), do_settle, x);
}

/* For a whole row the Nth value says whether it is kept or deleted. */
static int take(screen *s, const char *number, request *out)
{
    conflict_state *state = s->state;
    int64_t nth = 0;
    if (text_integer(&nth, number) < 0 || nth < 1 ||
        (size_t)nth > state->values.count / 2) {
        ui_say(s->ui, ROLE_WARNING, _("there are values 1 to %zu"),
               state->values.count / 2);
        return SCREEN_HANDLED;
    }
    settlement x = {.whole = !state->column,
                    .keep = nth > 16 || !state->deletes[nth - 1],
                    .nth = (size_t)nth};
    return settled(s, settle(s, &x), out);
}

/* Enter twice in a row must settle nothing: the value under the cursor is
 * named and asked for. */
static int ask_take(screen *s, request *out)
{
    conflict_state *state = s->state;
    size_t at = (size_t)state->values.list.cursor / 2 * 2;
    if (at >= state->values.count)
        return SCREEN_HANDLED;
    return request_confirm(out, TAG_TAKE, _("Settle with this: %s?"),
                           state->values.lines[at].text);
}

/* A value has two lines, and the cursor stands on the first. */
static int move_by_values(screen *s, const screen_call *call, request *out)
{
    conflict_state *state = s->state;
    int64_t *cursor = &state->values.list.cursor, before = *cursor;
    int handled = listing_act(&state->values, s->ui, call, out);
    if (*cursor % 2)
        *cursor +=
            *cursor > before && *cursor + 1 < (int64_t)state->values.count ? 1
                                                                           : -1;
    return handled;
}

static int conflict_act(screen *s, const screen_call *call, request *out)
{
    conflict_state *state = s->state;
    switch (call->action->id) {
    case ACTION_TAKE:
        return *call->argument ? take(s, call->argument, out)
                               : ask_take(s, out);
    case ACTION_OTHER:
        if (state->column)
            return request_prompt(out, TAG_VALUE, _("Another value:"), "", 0);
        ui_say(s->ui, ROLE_WARNING, "%s",
               _("A number keeps or deletes the row"));
        return SCREEN_HANDLED;
    default:
        return move_by_values(s, call, out);
    }
}

/* The value under the cursor, which nothing has moved since it was named. */
static void take_current(screen *s, request *out)
{
    const conflict_state *state = s->state;
    char number[24];
    snprintf(number, sizeof number, "%lld",
             (long long)state->values.list.cursor / 2 + 1);
    take(s, number, out);
}

/* The typed value goes through the same checks as an edit. */
static void settle_typed(screen *s, const screen_answer *answer, request *out)
{
    conflict_state *state = s->state;
    territory *t = s->ui->territory;
    twin_value value = {.kind = TWIN_KIND_NULL};
    fields *all = NULL;
    arena *a = NULL;
    int error = arena_new(&a);
    if (error == TAWAM_OK)
        error = fields_load(&all, t->twin, state->layer, s->ui->language);
    const field *f =
        error == TAWAM_OK ? fields_by_column(all, state->column) : NULL;
    if (f)
        error = field_parse(&value, f, answer->text, a);
    settlement x = {.value = &value};
    if (error == TAWAM_OK && f)
        error = settle(s, &x);
    settled(s, error, out);
    fields_free(all);
    arena_free(a);
}

static void conflict_answer(screen *s, const screen_answer *answer,
                            request *out)
{
    conflict_state *state = s->state;
    if (listing_answer(&state->values, s->ui, answer) ||
        answer->how != INPUT_ACCEPTED)
        return;
    if (answer->tag == TAG_TAKE)
        take_current(s, out);
    else if (answer->tag == TAG_VALUE)
        settle_typed(s, answer, out);
}

static void conflict_draw(screen *s, grid *g, area a)
{
    conflict_state *state = s->state;
    area values = {a.y + 3, a.x, a.height - 3, a.width};
    cell_text(g, a.y, a.x + 2, a.width - 3, state->where, ALIGN_LEFT,
              ROLE_HEADING);
    cell_text(g, a.y + 1, a.x + 2, a.width - 3, state->kind, ALIGN_LEFT,
              ROLE_CONFLICT);
    listing_draw(&state->values, g, values);
}

static void conflict_title(screen *s, buffer *out)
{
    const conflict_state *state = s->state;
    buffer_format(out, "%.8s", state->id);
}

static void conflict_close(screen *s)
{
    conflict_state *state = s->state;
    listing_free(&state->values);
    free(state->where);
    free(state->kind);
}

const screen_class screen_conflict = {
    .id = ACTION_ON_CONFLICT,
    .state_size = sizeof(conflict_state),
    .open = conflict_open,
    .draw = conflict_draw,
    .act = conflict_act,
    .answer = conflict_answer,
    .changed = conflict_changed,
    .title = conflict_title,
    .close = conflict_close,
};
