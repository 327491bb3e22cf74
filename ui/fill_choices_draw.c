/* SPDX-License-Identifier: MIT */
/* fill_choices_draw: the line that is typed, and the list of choices below it,
 * side by side where the form asks for that. */
#include <stdio.h>
#include <string.h>
#include "ui/fill_internal.h"

static int number_width(const fill_question *q)
{
    char number[24];
    int widest = 1;
    size_t last = q->choice_count;
    if (!fill_shows_codes(q)) {
        fill_choice_number(number, q, last ? last - 1 : 0);
        return (int)strlen(number);
    }
    for (size_t i = 0; i < last; i++) {
        int one = (int)strlen(q->choices[i].value);
        widest = one > widest ? one : widest;
    }
    return widest;
}

/* Columns before a label: the cursor's sign, the number, the mark. */
static int lead_width(const fill_question *q)
{
    return 2 + number_width(q) + 1 + 4;
}

/* How many side by side the form asks for: all of a likert, as many as fit for
 * columns without a number. */
static int wanted_per_row(const fill_question *q)
{
    const char *looks =
        q->item && q->item->control ? q->item->control->appearance : "";
    return q->likert || (!q->columns && strstr(looks, "columns"))
               ? (int)q->choice_count
               : q->columns;
}

/* As many as are asked for and fit without a label being cut. */
static int per_row(const fill_question *q, int width)
{
    int wanted = wanted_per_row(q), widest = 1;
    if (wanted <= 1)
        return 1;
    for (size_t i = 0; i < q->choice_count; i++) {
        int one = text_width(q->choices[i].label);
        widest = one > widest ? one : widest;
    }
    int most = width / (lead_width(q) + widest + 1);
    if (wanted > most)
        wanted = most;
    return wanted < 1 ? 1 : wanted;
}

int fill_choices_rows(const fill_view *v, const fill_question *q, int width)
{
    int side_by_side = per_row(q, width);
    (void)v;
    return 1 + ((int)q->choice_count + side_by_side - 1) / side_by_side;
}

static void mark_text(char out[8], const fill_question *q, size_t i)
{
    if (q->kind == FILL_ONE)
        snprintf(out, 8, "(%c)", q->chosen[i] ? 'x' : ' ');
    else if (q->kind == FILL_MANY)
        snprintf(out, 8, "[%c]", q->chosen[i] ? 'x' : ' ');
    else if (q->chosen[i])
        snprintf(out, 8, "%2d.", q->chosen[i]);
    else
        snprintf(out, 8, "  .");
}

static void draw_choice(fill_view *v, const side *s, int y, int x, int width,
                        size_t match_index)
{
    const fill_question *q = fill_view_question(v);
    size_t i = v->matches[match_index];
    int here = v->on_list && (int64_t)match_index == v->list.cursor;
    int numbers = number_width(q);
    char number[24], mark[8];
    role r = here ? ROLE_CURSOR : q->chosen[i] ? ROLE_MARKED : ROLE_NORMAL;
    fill_choice_number(number, q, i);
    mark_text(mark, q, i);
    if (here) {
        side_sign(s, y, x, s->rtl ? '<' : '>', ROLE_CURSOR);
        side_cursor(s, y, x);
    }
    side_number(s, y, x + 2, numbers, number, ROLE_KEY);
    side_text(s, y, x + 2 + numbers + 1, 3, mark,
              q->chosen[i] ? ROLE_MARKED : ROLE_NORMAL);
    side_text(s, y, x + lead_width(q), width - lead_width(q),
              q->choices[i].label, r);
}

/* What can be typed, for one who has not typed yet. */
static const char *how_to(const fill_question *q)
{
    return q->kind == FILL_ONE    ? _("number or letters")
           : q->kind == FILL_MANY ? _("number or letters, Space in or out")
                                  : _("number, Space ranks, - + move");
}

/* What is typed; beside it how many choices that leaves, or what can be typed.
 */
static void draw_typed(fill_view *v, const side *s, int y)
{
    const fill_question *q = fill_view_question(v);
    char count[48] = "";
    int y0 = s->grid->cursor_y, x0 = s->grid->cursor_x;
    int width = s->area.width / 2 > 30 ? 30 : s->area.width / 2;
    int x = 2 + width + 2;
    if (v->match_count != q->choice_count)
        snprintf(count, sizeof count, "%zu/%zu", v->match_count,
                 q->choice_count);
    else if ((int64_t)v->match_count > v->list.height * (int64_t)v->per_row)
        snprintf(count, sizeof count, "%zu", q->choice_count);
    side_input(s, y, 2, width, &v->typed);
    if (v->on_list)
        grid_cursor(s->grid, y0, x0);
    side_text(s, y, x, s->area.width - x, count, ROLE_DIM);
    x += text_width(count) + (*count ? 2 : 0);
    if (!v->typed.text.length &&
        cell_text_width(how_to(q), s->grid->bidi) <= s->area.width - x)
        side_text(s, y, x, s->area.width - x, how_to(q), ROLE_DIM);
}

void fill_choices_draw(fill_view *v, const side *s, int y, int height)
{
    const fill_question *q = fill_view_question(v);
    int rows = height - 1;
    v->per_row = per_row(q, s->area.width);
    int width = s->area.width / v->per_row;
    list lines = {.cursor = v->list.cursor / v->per_row, .top = v->list.top};
    list_fit(&lines, ((int64_t)v->match_count + v->per_row - 1) / v->per_row,
             rows);
    v->list.top = lines.top;
    v->list.height = lines.height;
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < v->per_row; column++) {
            int64_t i = (lines.top + row) * v->per_row + column;
            if (i < (int64_t)v->match_count)
                draw_choice(v, s, y + 1 + row, column * width, width - 1,
                            (size_t)i);
        }
    if (!v->match_count && rows > 0)
        side_text(s, y + 1, 2, s->area.width - 2,
                  q->choice_count ? _("no choice has these letters")
                                  : _("nothing to choose from"),
                  ROLE_DIM);
    draw_typed(v, s, y);
}
