/* SPDX-License-Identifier: MIT */
/* screen_row: one row. Its fields, edited in place, and who changed it when:
 * beside the fields from 100 columns on, else in their place (H or Tab). */
#include <stdlib.h>
#include <string.h>
#include "ui/listing.h"
#include "ui/open_file_internal.h"
#include "ui/record_form_internal.h"
#include "ui/row_form.h"
#include "work/files.h"
#include "work/forms.h"

enum { TAG_CHOICE = 1, TAG_DELETE, TAG_ATTACH };
#define WIDE 100

typedef struct row_state {
    row_form form;
    int64_t fid;
    char *caption;
    listing history; /* newest first */
    int history_old; /* 1: to be read again */
    int show_history, in_history;
    char made_by[256]; /* id of the form that it is a record of; "" none */
} row_state;

/* ---- reading ---- */

/* A conflict of the whole row marks all its fields. */
static int mark_conflict(void *context, const sync_conflict *conflict)
{
    row_state *r = context;
    row_form *f = &r->form;
    if (!conflict->layer || conflict->layer->id != f->fields->layer ||
        conflict->fid != r->fid)
        return 0;
    for (size_t i = 0; i < f->fields->count; i++)
        if (!conflict->column ||
            conflict->column->id == f->fields->items[i].column)
            f->flags[i] = '!';
    return 0;
}

/* Beside an attachment stands whether its bytes are here. */
static void mark_files(row_form *f, sync_desk *s)
{
    for (size_t i = 0; i < f->fields->count; i++) {
        files_key key;
        if (files_key_of(&key, &f->values[i]))
            f->notes[i] = files_here(s, &key) ? _("(here: v shows it)")
                                              : _("(not here: v fetches it)");
    }
}

/* Values, caption and marks; TAWAM_ENOTFOUND when someone deleted the row. */
static int row_read(screen *s)
{
    row_state *r = s->state;
    territory *t = s->ui->territory;
    const twin_layer *layer = NULL;
    int error = row_form_read(&r->form, t->twin, r->fid, s->ui->language);
    if (error == TAWAM_OK)
        error = twin_layer_find(&layer, t->twin, r->form.fields->layer_name);
    if (error < 0)
        return error;
    free(r->caption);
    r->caption = NULL;
    buffer caption = {0};
    if (r->form.fields->count)
        field_text(&caption, &r->form.fields->items[0], &r->form.values[0]);
    r->caption = buffer_take(&caption);
    if (t->sync)
        mark_files(&r->form, t->sync);
    if (t->sync && s->ui->status.conflicts)
        sync_conflicts(t->sync, mark_conflict, r);
    return TAWAM_OK;
}

static int row_open(screen *s, const screen_target *target)
{
    row_state *r = s->state;
    r->fid = target->fid;
    r->history_old = 1;
    int error = row_form_open(&r->form, s->ui->territory->twin, target->layer,
                              s->ui->language);
    if (error == TAWAM_OK &&
        record_form_find(r->made_by, sizeof r->made_by, s->ui->territory->twin,
                         target->layer) < 0)
        error_clear();
    return error < 0 ? error : row_read(s);
}

/* The thread's error; of a row that is gone, what happened to it. */
static void say_error(screen *s, int error)
{
    if (error == TAWAM_ENOTFOUND)
        ui_say(s->ui, ROLE_WARNING, "%s",
               _("This row was deleted meanwhile, by someone else; its history "
                 "keeps it"));
    else
        ui_say_error(s->ui);
}

static void row_changed(screen *s)
{
    row_state *r = s->state;
    r->history_old = 1;
    int error = row_read(s);
    if (error < 0)
        say_error(s, error);
}

/* ---- history ---- */

/* F may have another type now than the value had then. */
static void value_text(buffer *out, const row_state *r, const char *column,
                       twin_type type, const twin_value *value)
{
    const field *f = fields_by_name(r->form.fields, column);
    field other = {.type = type};
    size_t before = out->length;
    field_text(out, f && f->type == type ? f : &other, value);
    if (out->length == before)
        buffer_text(out, "·");
}

/* Below a record's audit: why it was changed, where that says it. */
static int add_reasons(row_state *r, const sync_change_cell *changed)
{
    buffer line = {0};
    buffer_format(&line, "%s: ", _("reason"));
    size_t length = line.length;
    int error = *r->made_by ? work_change_reasons(&line, changed) : TAWAM_OK;
    if (error == TAWAM_OK && line.length > length)
        return listing_add(&r->history, buffer_take(&line), 2, ROLE_NORMAL);
    buffer_free(&line);
    return error;
}

/* "label: before → after"; of a new row only what it was given. */
static int add_cell(row_state *r, const sync_change *change, size_t i)
{
    const sync_change_cell *changed = &change->cells[i];
    const field *f = fields_by_name(r->form.fields, changed->column);
    buffer line = {0};
    if (strcmp(changed->column, "uuid") == 0 ||
        (change->operation == CHANGESET_INSERT &&
         changed->after.kind == TWIN_KIND_NULL))
        return 0;
    buffer_format(&line, "%s: ", f ? f->label : changed->column);
    if (changed->has_before && change->operation == CHANGESET_UPDATE) {
        value_text(&line, r, changed->column, changed->type, &changed->before);
        buffer_text(&line, " → ");
    }
    if (changed->has_after)
        value_text(&line, r, changed->column, changed->type, &changed->after);
    return listing_add(&r->history, buffer_take(&line), 2, ROLE_NORMAL);
}

/* One line for who and when, then a line a cell. */
static int add_change(void *context, const sync_change *change)
{
    row_state *r = context;
    const sync_commit *c = change->commit;
    char when[32] = "";
    if (c)
        clock_format_local(when, c->time);
    const char *what = change->operation == CHANGESET_INSERT   ? _("added")
                       : change->operation == CHANGESET_DELETE ? _("deleted")
                       : change->operation == CHANGESET_AFFIRM ? _("affirmed")
                                                               : _("changed");
    int length = c ? (int)strcspn(c->author, "<") : 0;
    int error =
        listing_add(&r->history,
                    memory_format("%s  %s  %.*s(%s)", when, what, length,
                                  c ? c->author : "", c ? c->device : ""),
                    0, ROLE_LABEL);
    for (size_t i = 0; i < change->cell_count && error == TAWAM_OK; i++)
        error = add_cell(r, change, i);
    for (size_t i = 0; i < change->cell_count && error == TAWAM_OK; i++)
        error = add_reasons(r, &change->cells[i]);
    return error;
}

/* Turn the groups around, so that the newest change stands first. */
static void newest_first(listing *l)
{
    listing_line *turned = memory_array(l->count + 1, sizeof *turned);
    size_t to = 0, end = l->count;
    for (size_t i = l->count; turned && i-- > 0;) {
        if (l->lines[i].role != ROLE_LABEL)
            continue;
        memcpy(turned + to, l->lines + i, (end - i) * sizeof *turned);
        to += end - i;
        end = i;
    }
    if (turned && to == l->count)
        memcpy(l->lines, turned, to * sizeof *turned);
    free(turned);
}

/* History is read when it is asked for, not with every row opened. */
static int row_load(screen *s)
{
    row_state *r = s->state;
    const twin_layer *layer = NULL;
    territory *t = s->ui->territory;
    if (!r->history_old || !r->show_history)
        return 0;
    r->history_old = 0;
    listing_clear(&r->history);
    int error = twin_layer_find(&layer, t->twin, r->form.fields->layer_name);
    if (error == TAWAM_OK && t->sync)
        error = sync_history(t->sync, layer, r->fid, add_change, r);
    if (error < 0)
        return error;
    newest_first(&r->history);
    if (!r->history.count)
        listing_add(&r->history, memory_string(_("not recorded yet")), 0,
                    ROLE_DIM);
    return 0;
}

/* ---- editing ---- */

/* Store TEXT in the field under the cursor; TAWAM_ECONFLICT shows what stands
 * there now, which a second try then overwrites knowingly. */
static int store(screen *s, const char *text)
{
    row_state *r = s->state;
    row_form *f = &r->form;
    twin *t = s->ui->territory->twin;
    const field *one = row_form_field(f);
    const twin_layer *layer = NULL;
    twin_value value = {.kind = TWIN_KIND_NULL};
    arena *a = NULL;
    int error = arena_new(&a);
    if (error == TAWAM_OK)
        error = field_parse(&value, one, text, a);
    if (error == TAWAM_OK)
        error = twin_layer_find(&layer, t, f->fields->layer_name);
    const twin_column *column =
        error == TAWAM_OK ? twin_column_by_id(layer, one->column) : NULL;
    if (column)
        error = edit_set(s->ui->edits, layer, r->fid, column, &f->seen, &value);
    arena_free(a);
    if (error == TAWAM_OK) {
        row_read(s); /* the next key may begin another edit before any frame */
        return error;
    }
    say_error(s, error);
    if (error == TAWAM_ECONFLICT) {
        buffer now = {0};
        row_read(s);
        row_form_see(f);
        field_text(&now, row_form_field(f), &f->seen);
        ui_say(s->ui, ROLE_WARNING,
               _("Changed meanwhile by someone else, now: %s. Enter stores "
                 "yours, Esc keeps it"),
               now.data ? (char *)now.data : _("(empty)"));
        buffer_free(&now);
    }
    return error;
}

/* A value that is refused stays in its box, with the reason below. */
static int row_key(screen *s, int key, request *out)
{
    row_state *r = s->state;
    (void)out;
    input_result how = input_key(&r->form.input, key);
    if (how == INPUT_CANCELLED)
        r->form.editing = 0;
    if (how == INPUT_ACCEPTED &&
        store(s, input_text(&r->form.input)) == TAWAM_OK)
        r->form.editing = 0;
    return SCREEN_HANDLED;
}

static int row_typing(screen *s)
{
    const row_state *r = s->state;
    return r->form.editing;
}

/* `seen` is remembered in both ways, typed or picked. */
static int edit(screen *s, request *out)
{
    row_state *r = s->state;
    row_form *f = &r->form;
    const field *one = row_form_field(f);
    if (!one)
        return SCREEN_HANDLED;
    if (!row_form_has_choices(f)) {
        if (row_form_edit(f, s->ui) < 0)
            ui_say_error(s->ui);
        return SCREEN_HANDLED;
    }
    buffer now = {0};
    row_form_see(f);
    field_edit_text(&now, one, &f->seen);
    request_open(out, ACTION_ON_CHOICES, f->fields->layer_name, r->fid);
    out->target.column = one->column;
    copy_text(out->target.text, sizeof out->target.text,
              now.data ? (char *)now.data : "");
    buffer_free(&now);
    return SCREEN_HANDLED;
}

/* One step of the undo stack; the screen below shows the list again. */
static void delete_row(screen *s, request *out)
{
    row_state *r = s->state;
    const twin_layer *layer = NULL;
    size_t parts = 0;
    int error = twin_layer_find(&layer, s->ui->territory->twin,
                                r->form.fields->layer_name);
    if (error == TAWAM_OK)
        error = edit_delete(NULL, &parts, s->ui->edits, layer, &r->fid, 1);
    if (error < 0) {
        ui_say_error(s->ui);
        return;
    }
    ui_say_deleted(s->ui, 1, parts);
    out->kind = REQUEST_BACK;
}

/* ---- attachments ---- */

/* Shown by the person's own program when it is here, else fetched on a screen
 * of its own. */
static int view(screen *s, request *out)
{
    row_state *r = s->state;
    files_key key;
    char *path = NULL;
    size_t at = (size_t)r->form.list.cursor;
    if (at >= r->form.fields->count || !s->ui->territory->sync ||
        !files_key_of(&key, &r->form.values[at])) {
        ui_say(s->ui, ROLE_WARNING, "%s", _("no attachment in this field"));
        return SCREEN_HANDLED;
    }
    if (files_path(&path, s->ui->territory->sync, &key) != TAWAM_OK) {
        request_open(out, ACTION_ON_SYNC, "", 0);
        files_key_value(out->target.text, &key);
        return SCREEN_HANDLED;
    }
    open_file(s->ui, path);
    free(path);
    return SCREEN_HANDLED;
}

/* The file at PATH becomes this field's. What is recorded of it can't be taken
 * back by `u`, which only knows cells: the cell before can. */
static void attach(screen *s, const char *path)
{
    row_state *r = s->state;
    const field *one = row_form_field(&r->form);
    files_key key;
    int error =
        one ? work_attach(&key, s->ui->territory, r->form.fields->layer_name,
                          r->fid, one->name, path, 0)
            : TAWAM_OK;
    if (error < 0)
        ui_say_error(s->ui);
    else if (one)
        ui_say(s->ui, ROLE_GOOD, _("Attached %s; s sends it"), key.name);
    row_changed(s);
}

static int ask_file(screen *s, const screen_call *call, request *out)
{
    row_state *r = s->state;
    const field *one = row_form_field(&r->form);
    if (!one)
        return SCREEN_HANDLED;
    if (*call->argument) {
        attach(s, call->argument);
        return SCREEN_HANDLED;
    }
    return request_prompt(out, TAG_ATTACH, _("File to attach"), "", 0);
}

static int row_offers(screen *s, action_id id)
{
    const row_state *r = s->state;
    return id != ACTION_EDIT_RECORD || *r->made_by;
}

/* With the focus in the history, moving and searching are the history's. */
static int row_act(screen *s, const screen_call *call, request *out)
{
    row_state *r = s->state;
    action_id id = call->action->id;
    if (r->in_history &&
        listing_act(&r->history, s->ui, call, out) == SCREEN_HANDLED)
        return SCREEN_HANDLED;
    switch (id) {
    case ACTION_EDIT:
        r->in_history = 0;
        return edit(s, out);
    case ACTION_DELETE:
        return request_confirm(out, TAG_DELETE, _("Delete %s?"),
                               r->caption ? r->caption : "");
    case ACTION_VIEW:
        return view(s, out);
    case ACTION_ATTACH:
        return ask_file(s, call, out);
    case ACTION_EDIT_RECORD:
        return record_form_open(out, s->ui, r->made_by, r->fid);
    case ACTION_HISTORY:
        r->show_history = !r->show_history;
        r->in_history = r->show_history;
        return SCREEN_HANDLED;
    case ACTION_NEXT_PART:
        r->in_history = !r->in_history;
        r->show_history = 1;
        return SCREEN_HANDLED;
    default:
        return list_act(&r->form.list, id) ? SCREEN_HANDLED : SCREEN_IGNORED;
    }
}

static void row_answer(screen *s, const screen_answer *answer, request *out)
{
    if (answer->how != INPUT_ACCEPTED)
        return;
    if (answer->tag == TAG_DELETE)
        delete_row(s, out);
    else if (answer->tag == TAG_ATTACH)
        attach(s, answer->text);
    else
        store(s, answer->text);
}

/* ---- drawing ---- */

/* With the history, two halves from WIDE columns on; the grid's cursor is in
 * the half in focus.
 */
static void row_draw(screen *s, grid *g, area a)
{
    row_state *r = s->state;
    area right = a;
    int wide = a.width >= WIDE && r->show_history;
    if (wide) {
        a.width = a.width / 2;
        right.x = a.width + 1;
        right.width -= right.x;
        for (int y = a.y; y < a.y + a.height; y++)
            grid_put(g, y, a.width, &(uint32_t){0x2502}, 1, 1, ROLE_DIM);
    }
    if (wide || !r->in_history || !r->show_history)
        row_form_draw(&r->form, g, a);
    int y = g->cursor_y, x = g->cursor_x;
    if (!r->show_history || (!wide && !r->in_history))
        return;
    draw_heading(g, right.y, right.x + 2, right.width - 2, _("History"));
    right.y++;
    right.height--;
    listing_draw(&r->history, g, right);
    if (!r->in_history)
        grid_cursor(g, y, x);
}

static void row_title(screen *s, buffer *out)
{
    const row_state *r = s->state;
    if (r->caption && *r->caption)
        buffer_text(out, r->caption);
    else
        buffer_text(out, action_screen_title(ACTION_ON_ROW));
}

static void row_close(screen *s)
{
    row_state *r = s->state;
    row_form_close(&r->form);
    listing_free(&r->history);
    free(r->caption);
}

const screen_class screen_row = {
    .id = ACTION_ON_ROW,
    .state_size = sizeof(row_state),
    .open = row_open,
    .load = row_load,
    .draw = row_draw,
    .act = row_act,
    .offers = row_offers,
    .typing = row_typing,
    .key = row_key,
    .answer = row_answer,
    .changed = row_changed,
    .title = row_title,
    .close = row_close,
};
