/* SPDX-License-Identifier: MIT */
/* screen_add: the form of a row that is not there yet. Nothing is stored until
 * it is saved; leaving a form with something in it asks first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/row_form.h"

enum { TAG_CHOICE = 1, TAG_LEAVE };

typedef struct add_state {
    row_form form;
    arena *typed; /* of the values that were typed */
    int filled;   /* fields that have a value */
} add_state;

static int add_open(screen *s, const screen_target *target)
{
    add_state *d = s->state;
    twin *t = s->ui->territory->twin;
    int error = row_form_open(&d->form, t, target->layer, s->ui->language);
    if (error == TAWAM_OK)
        error = arena_new(&d->typed);
    if (error == TAWAM_OK)
        error = row_form_read(&d->form, t, 0, s->ui->language);
    return error;
}

static void add_close(screen *s)
{
    add_state *d = s->state;
    row_form_close(&d->form);
    arena_free(d->typed);
}

/* Take TEXT for the field under the cursor; the next one gets the cursor. */
static int take(screen *s, const char *text)
{
    add_state *d = s->state;
    row_form *f = &d->form;
    twin_value value = {.kind = TWIN_KIND_NULL}, kept = value;
    int error = field_parse(&value, row_form_field(f), text, d->typed);
    if (error == TAWAM_OK)
        error = twin_value_copy(&kept, &value, d->typed);
    if (error < 0) {
        ui_say_error(s->ui);
        return error;
    }
    size_t at = (size_t)f->list.cursor;
    d->filled +=
        (kept.kind != TWIN_KIND_NULL) - (f->values[at].kind != TWIN_KIND_NULL);
    f->values[at] = kept;
    list_act(&f->list, ACTION_DOWN);
    return TAWAM_OK;
}

static int add_key(screen *s, int key, request *out)
{
    add_state *d = s->state;
    (void)out;
    input_result how = input_key(&d->form.input, key);
    if (how == INPUT_CANCELLED)
        d->form.editing = 0;
    if (how == INPUT_ACCEPTED &&
        take(s, input_text(&d->form.input)) == TAWAM_OK)
        d->form.editing = 0;
    row_form_hint(&d->form, s->ui);
    return SCREEN_HANDLED;
}

static int add_typing(screen *s)
{
    const add_state *d = s->state;
    return d->form.editing;
}

/* Columns with choices are picked on a screen of their own. */
static int edit(screen *s, request *out)
{
    add_state *d = s->state;
    const field *one = row_form_field(&d->form);
    if (!one)
        return SCREEN_HANDLED;
    if (!row_form_has_choices(&d->form)) {
        if (row_form_edit(&d->form, s->ui) < 0)
            ui_say_error(s->ui);
        return SCREEN_HANDLED;
    }
    request_open(out, ACTION_ON_CHOICES, d->form.fields->layer_name, 0);
    out->target.column = one->column;
    buffer now = {0};
    field_edit_text(&now, one, &d->form.values[d->form.list.cursor]);
    copy_text(out->target.text, sizeof out->target.text,
              now.data ? (char *)now.data : "");
    buffer_free(&now);
    return SCREEN_HANDLED;
}

/* Empty fields are left out: the row then has NULL there. The answer to the
 * screen below is the new row's fid. */
static int save(screen *s, request *out)
{
    add_state *d = s->state;
    fields *f = d->form.fields;
    const twin_layer *layer = NULL;
    int64_t fid = 0;
    size_t count = 0;
    if (!d->filled) {
        ui_say(s->ui, ROLE_WARNING, "%s", _("Nothing is filled in yet"));
        return SCREEN_HANDLED;
    }
    twin_cell *cells = memory_array(f->count + 1, sizeof *cells);
    int error =
        cells ? twin_layer_find(&layer, s->ui->territory->twin, f->layer_name)
              : TAWAM_EMEMORY;
    for (size_t i = 0; error == TAWAM_OK && i < f->count; i++)
        if (d->form.values[i].kind != TWIN_KIND_NULL)
            cells[count++] = (twin_cell){.column = f->items[i].column,
                                         .value = d->form.values[i]};
    if (error == TAWAM_OK)
        error = edit_add(&fid, s->ui->edits, layer, cells, count);
    free(cells);
    if (error < 0) {
        ui_say_error(s->ui);
        return SCREEN_HANDLED;
    }
    ui_say(s->ui, ROLE_GOOD, "%s", _("Added; u takes it back"));
    out->kind = REQUEST_ANSWER;
    snprintf(out->text, sizeof out->text, "%lld", (long long)fid);
    return SCREEN_HANDLED;
}

/* Nothing typed is lost by a slip of the finger. */
static int leave(screen *s, request *out)
{
    const add_state *d = s->state;
    if (d->filled)
        return request_confirm(out, TAG_LEAVE, "%s",
                               _("Leave without saving the new row?"));
    out->kind = REQUEST_BACK;
    return SCREEN_HANDLED;
}

static int add_act(screen *s, const screen_call *call, request *out)
{
    add_state *d = s->state;
    switch (call->action->id) {
    case ACTION_EDIT:
        return edit(s, out);
    case ACTION_SAVE:
        return save(s, out);
    case ACTION_BACK:
    case ACTION_CANCEL:
        return leave(s, out);
    default:
        return list_act(&d->form.list, call->action->id) ? SCREEN_HANDLED
                                                         : SCREEN_IGNORED;
    }
}

/* Either the yes to leaving, or what was picked on the screen of choices. */
static void add_answer(screen *s, const screen_answer *answer, request *out)
{
    if (answer->how != INPUT_ACCEPTED)
        return;
    if (answer->tag == TAG_LEAVE)
        out->kind = REQUEST_BACK;
    else
        take(s, answer->text);
}

static void add_draw(screen *s, grid *g, area a)
{
    add_state *d = s->state;
    row_form_draw(&d->form, g, a);
}

static void add_title(screen *s, buffer *out)
{
    (void)s;
    buffer_text(out, action_screen_title(ACTION_ON_ADD));
}

const screen_class screen_add = {
    .id = ACTION_ON_ADD,
    .state_size = sizeof(add_state),
    .open = add_open,
    .draw = add_draw,
    .act = add_act,
    .typing = add_typing,
    .key = add_key,
    .answer = add_answer,
    .title = add_title,
    .close = add_close,
};
