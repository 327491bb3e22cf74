/* SPDX-License-Identifier: MIT */
/* rows_draw: a layer's rows as a table.
 *
 *   column 0   > on the row with the cursor
 *   column 1   ! conflict, * marked, + changed and not yet recorded
 *   column 2   the caption, which stays when one goes right; then the others
 *
 * Only the cell in focus is shown as such, not the whole row: so a step down
 * costs a few dozen bytes. */
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include "ui/rows_internal.h"

#define GAP 2
#define LABEL_MAX 16 /* a heading alone makes a column no wider */
#define FOCUS 16

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

/* The row's cells in the order of the fields. */
static int read_row(const twin_value **values, rows_state *r, twin *t,
                    int64_t fid)
{
    const twin_layer *layer = NULL;
    twin_cell *cells = NULL;
    arena_reset(r->memory);
    int error = twin_layer_find(&layer, t, r->fields->layer_name);
    if (error == TAWAM_OK)
        error = twin_row_read(&cells, t, layer, fid, r->memory);
    if (error < 0)
        return error;
    twin_value *out =
        arena_alloc(r->memory, r->fields->count * sizeof *out + 1);
    if (!out)
        return TAWAM_EMEMORY;
    for (size_t f = 0; f < r->fields->count; f++)
        for (size_t c = 0; c < layer->column_count; c++)
            if (cells[c].column == r->fields->items[f].column)
                out[f] = cells[c].value;
    *values = out;
    return TAWAM_OK;
}

/* Once a layer, by its first rows: widths that followed the scrolling would
 * make columns jump and cost a whole screen of bytes. */
int rows_measure(rows_state *r, twin *t)
{
    size_t count = r->fields->table_count;
    const twin_value *values = NULL;
    int64_t rows = rows_view_count(r->view);
    int *wanted = memory_array(count + 1, sizeof *wanted);
    int *widths = memory_array(count + 1, sizeof *widths);
    if (!wanted || !widths) {
        free(wanted);
        free(widths);
        return TAWAM_EMEMORY;
    }
    for (size_t f = 0; f < count; f++)
        wanted[f] =
            min_int(text_width(r->fields->items[f].label) + 2, LABEL_MAX);
    for (int64_t i = 0; i < rows && i < SAMPLE_ROWS; i++) {
        if (read_row(&values, r, t, rows_view_fid(r->view, i)) < 0)
            continue;
        for (size_t f = 0; f < count; f++) {
            buffer text = {0};
            field_text(&text, &r->fields->items[f], &values[f]);
            int width = text.data ? text_width((char *)text.data) : 0;
            if (width > wanted[f])
                wanted[f] = min_int(width, COLUMN_MAX);
            buffer_free(&text);
        }
    }
    free(r->wanted);
    free(r->widths);
    r->wanted = wanted;
    r->widths = widths;
    return TAWAM_OK;
}

/* Share the width with the caption and the fields from `first` on. */
static void share_from(rows_state *r, int width)
{
    size_t count = r->fields->table_count, shown = 0;
    int wanted[256], given[256];
    if (r->first < 1)
        r->first = 1;
    wanted[shown++] = r->wanted[0];
    for (size_t f = r->first; f < count && shown < 256; f++)
        wanted[shown++] = r->wanted[f];
    columns_fit(given, wanted, shown, width, GAP);
    memset(r->widths, 0, count * sizeof *r->widths);
    r->widths[0] = given[0];
    for (size_t i = 1; i < shown; i++)
        r->widths[r->first + i - 1] = given[i];
}

/* `first` moves no further than it must. */
void rows_share(rows_state *r, int width)
{
    if (!r->wanted || !r->fields->table_count)
        return;
    if (r->focus && r->focus < r->first)
        r->first = r->focus;
    share_from(r, width);
    while (r->focus && !r->widths[r->focus] && r->first < r->focus) {
        r->first++;
        share_from(r, width);
    }
}

/* Codes are text and stand left; only quantities stand right. */
static int is_number(const field *f)
{
    return !f->choice_count &&
           (f->type == TWIN_INTEGER || f->type == TWIN_DECIMAL);
}

/* The column sorted by has an arrow at its right end. */
static void draw_headings(rows_state *r, grid *g, int y, int x)
{
    for (size_t f = 0; f < r->fields->table_count; f++) {
        const field *one = &r->fields->items[f];
        int width = r->widths[f];
        if (!width)
            continue;
        int sorted = r->sort_column == one->column;
        if (sorted) {
            uint32_t sign = r->descending ? 0x2193 : 0x2191;
            grid_put(g, y, x + width - 1, &sign, 1, 1, ROLE_HEADING);
        }
        cell_text(g, y, x, width - sorted, one->label,
                  is_number(one) ? ALIGN_RIGHT : ALIGN_START, ROLE_HEADING);
        x += width + GAP;
    }
}

/* 1 if a cell is kept with another value than the row has now: one that was
 * put back is nothing to be sent. */
static int differs(const rows_state *r, sqlite3_stmt *kept,
                   const twin_value *values)
{
    twin_value before = twin_value_column(kept, 2);
    for (size_t f = 0; f < r->fields->count; f++)
        if (r->fields->items[f].column == sqlite3_column_int(kept, 1))
            return !twin_value_equal(&before, &values[f]);
    return 0;
}

/* One indexed look-up a row on screen; the statement is cached. */
static int is_pending(const rows_state *r, twin *t, int64_t fid,
                      const twin_value *values)
{
    sqlite3_stmt *statement = NULL;
    if (twin_prepare(&statement, t,
                     "SELECT existed, column, before FROM tawam_pending_row"
                     " LEFT JOIN tawam_pending_cell USING (layer, fid)"
                     " WHERE layer = ?1 AND fid = ?2",
                     1) < 0)
        return 0;
    sqlite3_bind_int(statement, 1, r->fields->layer);
    sqlite3_bind_int64(statement, 2, fid);
    int found = 0;
    while (!found && twin_step(t, statement) == 1)
        found =
            !sqlite3_column_int(statement, 0) || differs(r, statement, values);
    twin_release(statement);
    return found;
}

/* What the person marked comes first, then what needs care. */
static void draw_flag(rows_state *r, twin *t, grid *g, int y, int x,
                      int64_t fid, const twin_value *values)
{
    uint32_t sign = ' ';
    role look = ROLE_NORMAL;
    if (fid_set_has(&r->marked, fid)) {
        sign = '*';
        look = ROLE_MARKED;
    } else if (fid_set_has(&r->conflicts, fid)) {
        sign = '!';
        look = ROLE_CONFLICT;
    } else if (is_pending(r, t, fid, values)) {
        sign = '+';
        look = ROLE_PENDING;
    }
    if (sign != ' ')
        grid_put(g, y, x, &sign, 1, 1, look);
}

/* The cell in focus is shown by its first FOCUS columns at most: a step down
 * then stays within its budget of bytes, in Arabic too. */
static void show_focus(grid *g, int y, int x, int width, int used, int right)
{
    int shown = min_int(used ? used : 1, FOCUS);
    int start = right ? x + width - shown : x;
    grid_role(g, y, start, shown, ROLE_CURSOR);
    grid_cursor(g, y, right ? start + shown - 1 : start);
}

static void draw_cell(rows_state *r, grid *g, int y, int x, size_t f,
                      const twin_value *value, int focused)
{
    buffer text = {0};
    const field *one = &r->fields->items[f];
    field_text(&text, one, value);
    const char *shown = text.data ? (char *)text.data : "";
    int right =
        is_number(one) || (g->bidi != BIDI_OFF && text_starts_rtl(shown));
    int used = cell_text(g, y, x, r->widths[f], shown,
                         right ? ALIGN_RIGHT : ALIGN_LEFT, ROLE_NORMAL);
    if (focused)
        show_focus(g, y, x, r->widths[f], used, right);
    buffer_free(&text);
}

/* A row may have been deleted since its id was read. */
static void draw_row(rows_state *r, twin *t, grid *g, int y, int x,
                     int64_t index)
{
    const twin_value *values = NULL;
    int64_t fid = rows_view_fid(r->view, index);
    int here = list_mark(&r->list, g, y, x, index);
    int error = read_row(&values, r, t, fid);
    if (error < 0) {
        cell_text(g, y, x + 2, g->width - x - 2,
                  error == TAWAM_ENOTFOUND ? _("(deleted)") : error_message(),
                  ALIGN_LEFT, ROLE_DIM);
        return;
    }
    draw_flag(r, t, g, y, x + 1, fid, values);
    x += 2;
    for (size_t f = 0; f < r->fields->table_count; f++) {
        if (!r->widths[f])
            continue;
        draw_cell(r, g, y, x, f, &values[f], here && f == r->focus);
        x += r->widths[f] + GAP;
    }
}

static void draw_empty(screen *s, grid *g, area a)
{
    const rows_state *r = s->state;
    const char *text = rows_view_busy(r->view) ? _("reading…")
                       : r->filter[0] ? _("No row holds this; Esc shows all")
                                      : _("No row yet: a adds one");
    cell_text(g, a.y + 1, a.x + 2, a.width - 2, text, ALIGN_LEFT, ROLE_NORMAL);
    grid_cursor(g, a.y + 1, a.x);
}

/* Reads the rows on screen and no other. */
void rows_draw(screen *s, grid *g, area a)
{
    rows_state *r = s->state;
    twin *t = s->ui->territory->twin;
    int64_t count = rows_view_count(r->view);
    list_fit(&r->list, count, a.height - 1);
    if (!r->wanted)
        rows_measure(r, t);
    if (!r->wanted || !r->fields->table_count)
        return;
    rows_share(r, a.width - 3);
    draw_headings(r, g, a.y, a.x + 2);
    if (!count)
        draw_empty(s, g, a);
    for (int i = 0; i < a.height - 1 && r->list.top + i < count; i++)
        draw_row(r, t, g, a.y + 1 + i, a.x, r->list.top + i);
}
