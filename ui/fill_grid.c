/* SPDX-License-Identifier: MIT */
/* fill_grid: questions with the same choices as a table: a row a question, a
 * column a choice. A number chooses and goes down a row. */
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

#define LEAST_COLUMN 5
#define MOST_COLUMN 16

/* The question whose choices are the columns; NULL when none has any. */
static const fill_question *heads(const fill_page *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->questions[i].choice_count)
            return &p->questions[i];
    return NULL;
}

/* Columns of a cell; too few say that it can't be a table here. */
static int cell_width(const fill_page *p, int width)
{
    const fill_question *q = heads(p);
    int count = q ? (int)q->choice_count : 0, widest = 0;
    for (int i = 0; i < count; i++) {
        int one = text_width(q->choices[i].label);
        widest = one > widest ? one : widest;
    }
    widest += 4;
    if (widest > MOST_COLUMN)
        widest = MOST_COLUMN;
    if (count && widest > width * 2 / 3 / count)
        widest = width * 2 / 3 / count;
    return count ? widest : 0;
}

int fill_grid_fits(const fill_page *p, int width)
{
    return p->is_grid && cell_width(p, width) >= LEAST_COLUMN;
}

/* ---- keys ---- */

/* Digits are numbers of choices; one that may become longer waits. */
static fill_result digit_key(fill_view *v, int key)
{
    const fill_question *q = fill_view_question(v);
    int by_place = ui_key_by_place(key);
    if (by_place < '0' || by_place > '9')
        return FILL_STAYS;
    fill_result result = fill_choices_key(v, by_place);
    if (result != FILL_STAYS || !v->on_list || q->kind != FILL_ONE)
        return result;
    return q->choice_count < 10 ? fill_choices_accept(v) : FILL_STAYS;
}

fill_result fill_grid_key(fill_view *v, int key)
{
    const fill_question *q = fill_view_question(v);
    if (!fill_has_choices(q) || key == UI_KEY_UP || key == UI_KEY_DOWN ||
        key == UI_KEY_PAGE_UP || key == UI_KEY_PAGE_DOWN)
        return FILL_IGNORED;
    if (key == ' ' || !ui_key_is_letter(key)) {
        v->per_row = (int)q->choice_count;
        if ((key == UI_KEY_LEFT || key == UI_KEY_RIGHT) && !v->on_list) {
            v->on_list = 1;
            v->list.cursor = 0;
            return FILL_STAYS;
        }
        return fill_choices_key(v, key);
    }
    return digit_key(v, key);
}

/* ---- drawing ---- */

static void draw_heads(const fill_view *v, const side *s, int y, int rows,
                       int labels, int width)
{
    const fill_question *q = heads(v->page);
    for (size_t i = 0; i < q->choice_count; i++) {
        char number[24];
        int x = labels + (int)i * width;
        fill_choice_number(number, q, i);
        side_text(s, y, x, width - 1, number, ROLE_KEY);
        side_paragraph(s, y + 1, x, width - 1, rows - 1, q->choices[i].label,
                       ROLE_HEADING);
    }
}

/* The state of a row stands before it as a sign. */
static void draw_row(fill_view *v, const side *s, int y, size_t row, int labels,
                     int width)
{
    const fill_question *q = &v->page->questions[row];
    int here = row == v->at;
    if (here)
        side_sign(s, y, 0, s->rtl ? '<' : '>', ROLE_CURSOR);
    if (q->choice_count)
        side_text(s, y, 1, 1, fill_state_sign(q->state),
                  fill_state_role(q->state));
    side_text(s, y, 3, labels - 4, q->label,
              here              ? ROLE_CURSOR
              : q->choice_count ? ROLE_NORMAL
                                : ROLE_LABEL);
    if (here)
        side_cursor(s, y, 0);
    for (size_t i = 0; i < q->choice_count; i++) {
        int x = labels + (int)i * width;
        int focused = here && v->on_list && v->list.cursor == (int64_t)i;
        char mark[4] = {q->kind == FILL_ONE ? '(' : '[',
                        q->chosen[i] ? 'x' : ' ',
                        q->kind == FILL_ONE ? ')' : ']', '\0'};
        side_text(s, y, x, 3, mark,
                  focused        ? ROLE_CURSOR
                  : q->chosen[i] ? ROLE_MARKED
                                 : ROLE_NORMAL);
        if (focused)
            side_cursor(s, y, x + 1);
    }
}

/* Columns for the labels: what the longest needs, so that the choices stand
 * beside them. */
static int label_width(const fill_page *p, int most)
{
    int widest = 12;
    for (size_t i = 0; i < p->count; i++) {
        int one = text_width(p->questions[i].label) + 6;
        widest = one > widest ? one : widest;
    }
    return widest < most ? widest : most;
}

/* The whole label of the row in focus stands below the table, with why its
 * answer was refused. */
void fill_grid_draw(fill_view *v, const side *s, int y, int height)
{
    int width = cell_width(v->page, s->area.width);
    int labels = label_width(
        v->page, s->area.width - width * (int)heads(v->page)->choice_count);
    int head_rows = height > 8 ? 3 : 2;
    int rows = height - head_rows - 3;
    list lines = {.cursor = (int64_t)v->at};
    const fill_question *q = fill_view_question(v);
    list_fit(&lines, (int64_t)v->page->count, rows);
    draw_heads(v, s, y, head_rows, labels, width);
    for (int i = 0; i < rows && lines.top + i < lines.count; i++)
        draw_row(v, s, y + head_rows + i, (size_t)(lines.top + i), labels,
                 width);
    int used = rows < (int)lines.count ? rows : (int)lines.count;
    y += head_rows + used + (height > 12);
    if (q && text_width(q->label) > labels - 4)
        y += side_paragraph(s, y, 2, s->area.width - 2, 2, q->label, ROLE_DIM);
    if (q)
        fill_draw_reason(v, s, y, 1);
}
