/* SPDX-License-Identifier: MIT */
/* screen_log: the commits, newest first, and what one of them changed. The log
 * is read in portions, the next when the cursor comes near the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/listing.h"

#define PORTION 200
#define CHANGES_MAX 20000 /* lines of one commit; then the rest is counted */

/* ---- the commits ---- */

typedef struct log_state {
    listing listing;
    char (*ids)[SYNC_ID_SIZE]; /* of each line */
    size_t capacity;
    size_t wanted; /* commits to read */
    int complete;
} log_state;

/* Called newest first from the first not listed yet; 1 stops the walk. */
static int add_commit(void *context, const sync_commit *c)
{
    log_state *l = context;
    char left[64], when[32];
    size_t at = l->listing.count;
    if (at == l->wanted)
        return 1;
    int error =
        memory_reserve((void **)&l->ids, &l->capacity, at + 1, sizeof *l->ids);
    if (error < 0)
        return error;
    memcpy(l->ids[at], c->id, sizeof c->id);
    clock_format_local(when, c->time);
    snprintf(left, sizeof left, "%s %.8s", when, c->id);
    const char *state = c->state == 2   ? _("REFUSED ")
                        : c->state == 3 ? _("WAITING ")
                                        : "";
    int name = (int)strcspn(c->author, "<");
    return listing_add_pair(
        &l->listing, left,
        memory_format("%s%.*s(%s): %s", state, name, c->author,
                      c->published ? _("published") : c->device, c->summary),
        c->state == 2   ? ROLE_ERROR
        : c->state == 3 ? ROLE_WARNING
                        : ROLE_NORMAL);
}

static int log_open(screen *s, const screen_target *target)
{
    log_state *l = s->state;
    (void)target;
    l->wanted = PORTION;
    l->listing.left_width = 27;
    l->listing.left_role = ROLE_DIM;
    return TAWAM_OK;
}

static int log_load(screen *s)
{
    log_state *l = s->state;
    if (l->complete || l->listing.count >= l->wanted || !s->ui->territory->sync)
        return 0;
    int error =
        sync_log_from(s->ui->territory->sync, l->listing.count, add_commit, l);
    if (error < 0) {
        l->complete = 1;
        return error;
    }
    l->complete = l->listing.count < l->wanted;
    return 0;
}

/* The cursor stays where it was. */
static void log_changed(screen *s)
{
    log_state *l = s->state;
    listing_clear(&l->listing);
    l->complete = 0;
}

static int log_act(screen *s, const screen_call *call, request *out)
{
    log_state *l = s->state;
    size_t at = (size_t)l->listing.list.cursor;
    if (call->action->id == ACTION_OPEN) {
        if (at < l->listing.count) {
            request_open(out, ACTION_ON_CHANGES, NULL, 0);
            copy_text(out->target.id, sizeof out->target.id, l->ids[at]);
        }
        return SCREEN_HANDLED;
    }
    int handled = listing_act(&l->listing, s->ui, call, out);
    if ((size_t)l->listing.list.cursor + PORTION / 4 > l->wanted)
        l->wanted += PORTION;
    return handled;
}

static void log_answer(screen *s, const screen_answer *answer, request *out)
{
    log_state *l = s->state;
    (void)out;
    listing_answer(&l->listing, s->ui, answer);
}

/* On a narrow screen the date alone stands left. */
static void log_draw(screen *s, grid *g, area a)
{
    log_state *l = s->state;
    l->listing.left_width = a.width >= 70 ? 27 : 12;
    listing_draw(&l->listing, g, a);
    if (!l->listing.count)
        cell_text(g, a.y + 1, a.x + 2, a.width - 3,
                  _("Nothing is recorded yet; s does it"), ALIGN_LEFT,
                  ROLE_NORMAL);
}

static void log_title(screen *s, buffer *out)
{
    (void)s;
    buffer_text(out, action_screen_title(ACTION_ON_LOG));
}

static void log_close(screen *s)
{
    log_state *l = s->state;
    listing_free(&l->listing);
    free(l->ids);
}

const screen_class screen_log = {
    .id = ACTION_ON_LOG,
    .state_size = sizeof(log_state),
    .open = log_open,
    .load = log_load,
    .draw = log_draw,
    .act = log_act,
    .answer = log_answer,
    .changed = log_changed,
    .title = log_title,
    .close = log_close,
};

/* ---- what one changed ---- */

typedef struct changes_state {
    listing listing;
    char id[SYNC_ID_SIZE];
    int loaded;
    int64_t left_out; /* rows beyond CHANGES_MAX */
    screen *screen;
    fields *fields; /* of the layer named last */
} changes_state;

static int add_header(void *context, const sync_commit *c)
{
    changes_state *state = context;
    char when[32];
    clock_format_local(when, c->time);
    listing *l = &state->listing;
    listing_add(l, memory_format("%s", c->id), 0, ROLE_DIM);
    listing_add(l, memory_format("%s  %s (%s)", when, c->author, c->device), 0,
                ROLE_NORMAL);
    listing_add(l, memory_string(c->summary), 0, ROLE_HEADING);
    if (*c->reason)
        listing_add(l, memory_string(c->reason), 0, ROLE_ERROR);
    return listing_add(l, memory_string(""), 0, ROLE_NORMAL);
}

/* The fields of LAYER, loaded once a layer. NULL when it is not there. */
static const fields *fields_of(changes_state *state, const char *layer)
{
    ui_context *ui = state->screen->ui;
    if (state->fields && strcmp(state->fields->layer_name, layer) == 0)
        return state->fields;
    fields_free(state->fields);
    state->fields = NULL;
    if (fields_load(&state->fields, ui->territory->twin, layer, ui->language) <
        0)
        state->fields = NULL;
    return state->fields;
}

/* F may be NULL or of another type than the value had then: it is shown by its
 * own type. */
static void cell_value(buffer *out, const field *f, twin_type type,
                       const twin_value *value)
{
    field other = {.type = type};
    size_t before = out->length;
    field_text(out, f && f->type == type ? f : &other, value);
    if (out->length == before)
        buffer_text(out, "·");
}

/* Of a new or deleted row only what it held is shown. */
static int add_cell(changes_state *state, const sync_change *change, size_t i)
{
    const sync_change_cell *c = &change->cells[i];
    const fields *all = fields_of(state, change->layer);
    const field *f = all ? fields_by_name(all, c->column) : NULL;
    buffer line = {0};
    if (strcmp(c->column, "uuid") == 0 ||
        (change->operation != CHANGESET_UPDATE &&
         (change->operation == CHANGESET_DELETE ? &c->before : &c->after)
                 ->kind == TWIN_KIND_NULL))
        return TAWAM_OK;
    buffer_format(&line, "%s: ", f ? f->label : c->column);
    if (c->has_before)
        cell_value(&line, f, c->type, &c->before);
    if (c->has_before && c->has_after)
        buffer_text(&line, " → ");
    if (c->has_after)
        cell_value(&line, f, c->type, &c->after);
    return listing_add(&state->listing, buffer_take(&line), 4, ROLE_NORMAL);
}

/* The row by the caption it has in the replica, else by what it had. */
static char *row_name(changes_state *state, const sync_change *change)
{
    const fields *all = fields_of(state, change->layer);
    for (size_t i = 0; all && all->count && i < change->cell_count; i++) {
        const sync_change_cell *c = &change->cells[i];
        const twin_value *value = c->has_after ? &c->after : &c->before;
        buffer text = {0};
        if (strcmp(c->column, all->items[0].name) != 0)
            continue;
        field_text(&text, &all->items[0], value);
        return buffer_take(&text);
    }
    twin *t = state->screen->ui->territory->twin;
    const twin_layer *layer = NULL;
    char *caption = NULL;
    if (twin_layer_find(&layer, t, change->layer) == TAWAM_OK &&
        twin_row_caption(&caption, t, layer, change->fid) == TAWAM_OK)
        return caption;
    return memory_format("%lld", (long long)change->fid);
}

/* Lines end at CHANGES_MAX; the rest is counted. */
static int add_row(void *context, const sync_change *change)
{
    changes_state *state = context;
    static const char signs[] = "?+~-!";
    if (state->listing.count >= CHANGES_MAX) {
        state->left_out++;
        return 0;
    }
    char *name = row_name(state, change);
    const fields *all = fields_of(state, change->layer);
    int error = listing_add(
        &state->listing,
        memory_format("%c %s  %s", signs[change->operation],
                      all ? all->layer_label : change->layer, name ? name : ""),
        0, ROLE_LABEL);
    free(name);
    for (size_t i = 0; i < change->cell_count && error == TAWAM_OK; i++)
        error = add_cell(state, change, i);
    return error;
}

static int changes_open(screen *s, const screen_target *target)
{
    changes_state *state = s->state;
    state->screen = s;
    copy_text(state->id, sizeof state->id, target->id);
    return TAWAM_OK;
}

/* The decoding is one call of sync_show(): a commit is bounded (FORMAT.md). */
static int changes_load(screen *s)
{
    changes_state *state = s->state;
    sync_desk *log = s->ui->territory->sync;
    if (state->loaded || !log)
        return 0;
    state->loaded = 1;
    int error = sync_read_commit(log, state->id, add_header, state);
    if (error >= 0)
        error = sync_show(log, state->id, add_row, state);
    if (state->left_out)
        listing_add(
            &state->listing,
            memory_format(_("rows not shown: %lld; tawam show %.8s has all"),
                          (long long)state->left_out, state->id),
            0, ROLE_WARNING);
    return error < 0 ? error : 0;
}

static void changes_draw(screen *s, grid *g, area a)
{
    changes_state *state = s->state;
    listing_draw(&state->listing, g, a);
}

static int changes_act(screen *s, const screen_call *call, request *out)
{
    changes_state *state = s->state;
    return listing_act(&state->listing, s->ui, call, out);
}

static void changes_answer(screen *s, const screen_answer *answer, request *out)
{
    changes_state *state = s->state;
    (void)out;
    listing_answer(&state->listing, s->ui, answer);
}

static void changes_title(screen *s, buffer *out)
{
    const changes_state *state = s->state;
    buffer_format(out, "%.8s", state->id);
}

static void changes_close(screen *s)
{
    changes_state *state = s->state;
    listing_free(&state->listing);
    fields_free(state->fields);
}

const screen_class screen_changes = {
    .id = ACTION_ON_CHANGES,
    .state_size = sizeof(changes_state),
    .open = changes_open,
    .load = changes_load,
    .draw = changes_draw,
    .act = changes_act,
    .answer = changes_answer,
    .title = changes_title,
    .close = changes_close,
};
