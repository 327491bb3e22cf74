/* SPDX-License-Identifier: MIT */
/* fill_roster_draw: the table of a repeat, as many columns as there is room for
 * around the cursor's, and below it the question of the cell. */
#include <stdio.h>
#include <stdlib.h>
#include "ui/fill_roster_internal.h"

#define ROW_LEAD 7 /* cursor's sign, number, state */

/* The last column that has room when FROM is the first shown. */
static size_t last_column(const struct fill_roster *r, size_t from, int width)
{
    size_t at = from;
    int used = ROW_LEAD + r->widths[from];
    while (at + 1 < r->columns && used + 1 + r->widths[at + 1] <= width)
        used += 1 + r->widths[++at];
    return at;
}

static void draw_cell(fill_view *v, const side *s, int y, int x, int width,
                      const roster_cell *c, int here)
{
    if (here && v->touched)
        side_input(s, y, x, width, &v->typed);
    else
        side_text(s, y, x, width,
                  !c->path   ? "-"
                  : *c->echo ? c->echo
                  : here     ? " "
                             : "·",
                  here                     ? ROLE_CURSOR
                  : c->state == FILL_WRONG ? ROLE_ERROR
                  : !c->path || !*c->echo  ? ROLE_DIM
                                           : ROLE_NORMAL);
    if (here && !v->touched)
        side_cursor(s, y, x);
}

static void draw_row(fill_view *v, const side *s, int y, size_t row,
                     size_t last)
{
    struct fill_roster *r = v->roster;
    char number[24];
    int x = ROW_LEAD;
    snprintf(number, sizeof number, "%zu", row + 1);
    if (row == r->row)
        side_sign(s, y, 0, s->rtl ? '<' : '>', ROLE_CURSOR);
    side_text(s, y, 1, 1, fill_state_sign(r->states[row]),
              fill_state_role(r->states[row]));
    side_number(s, y, 2, 4, number, ROLE_KEY);
    for (size_t i = r->first_column; i <= last && i < r->columns; i++) {
        draw_cell(v, s, y, x, r->widths[i], &r->cells[row * r->columns + i],
                  row == r->row && i == r->column);
        x += r->widths[i] + 1;
    }
}

/* "1 oui  2 non": what can be typed into the cell. Caller frees. */
static char *choices_text(const fill_question *q)
{
    buffer text = {0};
    for (size_t i = 0; i < q->choice_count && i < 40; i++) {
        char number[24];
        fill_choice_number(number, q, i);
        buffer_format(&text, "%s%s %s", i ? "  " : "", number,
                      q->choices[i].label);
    }
    return text.data ? buffer_take(&text) : memory_string("");
}

/* The question of the cell: label, choices or hint, why it was refused. */
static void draw_question(fill_view *v, const side *s, int y, int height)
{
    fill_question q;
    arena *memory = NULL;
    form_node *node = fill_roster_node(v);
    int width = s->area.width, end = y + height;
    if (!node || arena_new(&memory) < 0)
        return;
    if (fill_question_at(&q, v->fill, node, memory) == TAWAM_OK) {
        char *choices = choices_text(&q);
        y += side_paragraph(s, y, 0, width, end - y > 3 ? 2 : 1, q.label,
                            ROLE_TITLE);
        if (v->refused && y < end) {
            side_text(s, y, 0, 1, "!", ROLE_ERROR);
            y += side_paragraph(s, y, 2, width - 2, 1, v->refused, ROLE_ERROR);
        }
        side_paragraph(s, y, 2, width - 2, end - y,
                       choices && *choices ? choices : q.hint, ROLE_DIM);
        free(choices);
    }
    arena_free(memory);
}

/* Signs at the ends say that there are columns beyond. */
static void draw_heads(const struct fill_roster *r, const side *s, int y,
                       size_t last)
{
    int x = ROW_LEAD;
    for (size_t i = r->first_column; i <= last; i++) {
        side_text(s, y, x, r->widths[i], r->labels[i], ROLE_HEADING);
        x += r->widths[i] + 1;
    }
    if (r->first_column > 0)
        side_sign(s, y, ROW_LEAD - 2, s->rtl ? '>' : '<', ROLE_KEY);
    if (last + 1 < r->columns)
        side_sign(s, y, s->area.width - 1, s->rtl ? '<' : '>', ROLE_KEY);
}

void fill_roster_draw(fill_view *v, const side *s, int y, int height)
{
    struct fill_roster *r = v->roster;
    int below = height > 14 ? 5 : 3, width = s->area.width - 2;
    int rows = height - below - 1;
    list lines = {.cursor = (int64_t)r->row, .top = (int64_t)r->first_row};
    list_fit(&lines, (int64_t)r->rows, rows);
    r->first_row = (size_t)lines.top;
    r->height = (size_t)lines.height;
    if (r->first_column > r->column)
        r->first_column = r->column;
    while (last_column(r, r->first_column, width) < r->column)
        r->first_column++;
    size_t last = last_column(r, r->first_column, width);
    draw_heads(r, s, y, last);
    for (int i = 0; i < rows && r->first_row + (size_t)i < r->rows; i++)
        draw_row(v, s, y + 1 + i, r->first_row + (size_t)i, last);
    draw_question(v, s, y + height - below + (below > 3), below - (below > 3));
}
