/* SPDX-License-Identifier: MIT */
/* row_form: reading, editing and drawing the fields of one row. */
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include "ui/row_form.h"

int row_form_open(row_form *f, twin *t, const char *layer, const char *language)
{
    int error = fields_load(&f->fields, t, layer, language);
    if (error == TAWAM_OK)
        error = arena_new(&f->memory);
    if (error == TAWAM_OK)
        error = arena_new(&f->edit_memory);
    return error;
}

void row_form_close(row_form *f)
{
    fields_free(f->fields);
    arena_free(f->memory);
    arena_free(f->edit_memory);
    input_free(&f->input);
}

/* '+' for each field whose value is not recorded yet; one put back is. */
static int read_pending(row_form *f, twin *t, int64_t fid)
{
    sqlite3_stmt *statement = NULL;
    int error =
        twin_prepare(&statement, t,
                     "SELECT column, before FROM tawam_pending_cell WHERE "
                     "layer = ?1 AND fid = ?2",
                     1);
    int row = 0;
    if (error < 0)
        return error;
    sqlite3_bind_int(statement, 1, f->fields->layer);
    sqlite3_bind_int64(statement, 2, fid);
    while ((row = twin_step(t, statement)) == 1) {
        twin_value before = twin_value_column(statement, 1);
        for (size_t i = 0; i < f->fields->count; i++)
            if (f->fields->items[i].column ==
                    sqlite3_column_int(statement, 0) &&
                !twin_value_equal(&before, &f->values[i]))
                f->flags[i] = '+';
    }
    twin_release(statement);
    return row;
}

/* FLAGS start blank; read_pending() marks what is not recorded. */
static int read_values(row_form *f, twin *t, int64_t fid)
{
    const twin_layer *layer = NULL;
    twin_cell *cells = NULL;
    int error = twin_layer_find(&layer, t, f->fields->layer_name);
    if (error == TAWAM_OK)
        error = twin_row_read(&cells, t, layer, fid, f->memory);
    for (size_t i = 0; error == TAWAM_OK && i < f->fields->count; i++)
        for (size_t c = 0; c < layer->column_count; c++)
            if (cells[c].column == f->fields->items[i].column)
                f->values[i] = cells[c].value;
    return error < 0 ? error : read_pending(f, t, fid);
}

/* The fields are loaded anew each time: the layer may have been widened by a
 * sync, the language changed by :set. */
int row_form_read(row_form *f, twin *t, int64_t fid, const char *language)
{
    fields *fresh = NULL;
    int error = fields_load(&fresh, t, f->fields->layer_name, language);
    if (error < 0)
        return error;
    fields_free(f->fields);
    f->fields = fresh;
    arena_reset(f->memory);
    f->values = arena_alloc(f->memory, fresh->count * sizeof *f->values + 1);
    f->flags = arena_alloc(f->memory, fresh->count + 1);
    f->notes = arena_alloc(f->memory, fresh->count * sizeof *f->notes + 1);
    if (!f->values || !f->flags || !f->notes)
        return TAWAM_EMEMORY;
    memset(f->flags, ' ', fresh->count);
    f->list.count = (int64_t)fresh->count;
    return fid ? read_values(f, t, fid) : TAWAM_OK;
}

const field *row_form_field(const row_form *f)
{
    size_t at = (size_t)f->list.cursor;
    return at < f->fields->count ? &f->fields->items[at] : NULL;
}

int row_form_has_choices(const row_form *f)
{
    const field *one = row_form_field(f);
    return one && (one->choice_count || one->type == TWIN_BOOLEAN);
}

int row_form_see(row_form *f)
{
    arena_reset(f->edit_memory);
    return twin_value_copy(&f->seen, &f->values[f->list.cursor],
                           f->edit_memory);
}

void row_form_hint(const row_form *f, ui_context *ui)
{
    const field *one = row_form_field(f);
    if (f->editing && one && !ui->message[0])
        ui_say(ui, ROLE_NORMAL, "%s: %s", one->label, field_type_label(one));
}

/* The text to edit is the stored value, not its label or rounded form, so that
 * accepting it unchanged changes nothing. */
int row_form_edit(row_form *f, ui_context *ui)
{
    const field *one = row_form_field(f);
    buffer text = {0};
    if (!one)
        return TAWAM_OK;
    if (strcmp(one->name, "uuid") == 0 || one->type == TWIN_BLOB)
        return error_set(TAWAM_EUSAGE, _("%s can't be changed here"),
                         one->label);
    int error = row_form_see(f);
    if (error < 0)
        return error;
    field_edit_text(&text, one, &f->values[f->list.cursor]);
    input_set(&f->input, text.data ? (char *)text.data : "");
    buffer_free(&text);
    f->editing = 1;
    row_form_hint(f, ui);
    return TAWAM_OK;
}

/* Columns for the labels: what the longest needs, at most two fifths. */
static int label_width(const row_form *f, int width)
{
    int widest = 0;
    for (size_t i = 0; i < f->fields->count; i++) {
        int one = text_width(f->fields->items[i].label);
        if (one > widest)
            widest = one;
    }
    return widest > width * 2 / 5 ? width * 2 / 5 : widest;
}

/* An empty value shows a dot, to be told from a blank one. */
static void draw_value(row_form *f, grid *g, int y, int x, int width, size_t i,
                       int here)
{
    buffer text = {0};
    const field *one = &f->fields->items[i];
    role r = here                          ? ROLE_CURSOR
             : f->flags[i] == '!'          ? ROLE_CONFLICT
             : f->flags[i] == '+'          ? ROLE_PENDING
             : i >= f->fields->table_count ? ROLE_DIM
                                           : ROLE_NORMAL;
    field_text(&text, one, &f->values[i]);
    if (f->notes && f->notes[i])
        buffer_format(&text, "  %s", f->notes[i]);
    if (text.data && text.length)
        cell_text(g, y, x, width, (char *)text.data, ALIGN_LEFT, r);
    else
        cell_text(g, y, x, width, here ? " " : "·", ALIGN_LEFT,
                  here ? ROLE_CURSOR : ROLE_DIM);
    buffer_free(&text);
}

/* The field being edited is the only one that is drawn as an input; the grid's
 * cursor is in it, else on the field in focus. */
void row_form_draw(row_form *f, grid *g, area a)
{
    int labels = label_width(f, a.width);
    int x = a.x + 2 + labels + 2, width = a.x + a.width - x - 1;
    list_fit(&f->list, (int64_t)f->fields->count, a.height);
    for (int row = 0; row < a.height && f->list.top + row < f->list.count;
         row++) {
        size_t i = (size_t)(f->list.top + row);
        int y = a.y + row;
        int here = list_mark(&f->list, g, y, a.x, (int64_t)i);
        if (f->flags[i] != ' ')
            grid_put(g, y, a.x + 1, &(uint32_t){(uint32_t)f->flags[i]}, 1, 1,
                     f->flags[i] == '!' ? ROLE_CONFLICT : ROLE_PENDING);
        cell_text(g, y, a.x + 2, labels, f->fields->items[i].label, ALIGN_START,
                  ROLE_LABEL);
        if (here && f->editing)
            input_draw(&f->input, g, y, x, width);
        else
            draw_value(f, g, y, x, width, i, here);
        if (here && !f->editing)
            grid_cursor(g, y, x);
    }
}
