/* SPDX-License-Identifier: MIT */
/* fill_page: the body of the screen on which a form is filled.
 *
 *   Household › member 3 of 7: Fatima                               12/140
 *
 *   How old is she? *                     the question in focus, whole
 *   In years at the last birthday         its hint
 *
 *     34______                            answers
 *     34 ans
 *
 * A list of questions (field-list) is an accordion: the one in focus is drawn
 * like this, each of the others is one row with its answer. In a right-to-left
 * language of the form all is mirrored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

#define ROOMY 14 /* rows of a body with blank lines in it */

const char *fill_state_sign(fill_state state)
{
    return state == FILL_DONE    ? "✓"
           : state == FILL_OPEN  ? "?"
           : state == FILL_WRONG ? "!"
                                 : "·";
}

role fill_state_role(fill_state state)
{
    return state == FILL_DONE    ? ROLE_GOOD
           : state == FILL_OPEN  ? ROLE_WARNING
           : state == FILL_WRONG ? ROLE_ERROR
                                 : ROLE_DIM;
}

/* ---- the question in focus ---- */

int fill_draw_reason(const fill_view *v, const side *s, int y, int height)
{
    const fill_question *q = fill_view_question(v);
    const char *why = v->refused ? v->refused : q ? q->message : "";
    if (!*why || height < 1)
        return 0;
    side_text(s, y, 0, 1, "!", ROLE_ERROR);
    return side_paragraph(s, y, 2, s->area.width - 2, height, why, ROLE_ERROR);
}

/* "What is …? *": a star says that an answer is needed. */
static char *label_text(const fill_question *q)
{
    return memory_format("%s%s", q->label, q->required ? " *" : "");
}

/* Note and flag of the question, where there is one. Caller frees. */
static char *remark_text(const fill_question *q)
{
    if (!*q->note && !q->flagged)
        return NULL;
    return memory_format("%s%s%s", q->flagged ? _("flagged") : "",
                         q->flagged && *q->note ? " · " : "", q->note);
}

/* Rows that stand above the answers when there is room for all. */
static int above_rows(const fill_view *v, const fill_question *q, int width)
{
    char *label = label_text(q), *remark = remark_text(q);
    int rows = side_paragraph_rows(label ? label : "", width, 12) +
               side_paragraph_rows(q->hint, width - 2, 6);
    if (v->more)
        rows += side_paragraph_rows(q->guidance, width - 2, 8);
    if (remark)
        rows++;
    free(label);
    free(remark);
    return rows;
}

static int answer_rows(const fill_view *v, const fill_question *q, int width)
{
    return v->picking            ? 8
           : fill_has_choices(q) ? fill_choices_rows(v, q, width)
                                 : fill_field_rows(v, q, width);
}

/* Label, hint, guidance, remark in HEIGHT rows; returns the rows taken. */
static int draw_above(const fill_view *v, const side *s, int y, int height)
{
    const fill_question *q = fill_view_question(v);
    char *label = label_text(q), *remark = remark_text(q);
    int width = s->area.width, end = y + height, start = y;
    y += side_paragraph(s, y, 0, width, height, label ? label : q->label,
                        ROLE_TITLE);
    y += side_paragraph(s, y, 2, width - 2, end - y, q->hint, ROLE_DIM);
    if (v->more)
        y += side_paragraph(s, y, 2, width - 2, end - y, q->guidance,
                            ROLE_LABEL);
    if (remark && y < end)
        side_text(s, y++, 2, width - 2, remark, ROLE_PENDING);
    free(label);
    free(remark);
    return y - start;
}

/* The answers get what they want, the words above at least three rows. */
static void draw_focus(fill_view *v, const side *s, int y, int height)
{
    const fill_question *q = fill_view_question(v);
    int width = s->area.width, reason = *q->message || v->refused ? 1 : 0;
    int wanted = answer_rows(v, q, width), above = above_rows(v, q, width);
    int blank = height >= above + wanted + reason + 1 && height >= ROOMY / 2;
    int least = above < 3 ? above : 3;
    int room = height - wanted - blank - reason;
    if (above > room)
        above = room > least ? room : least;
    grid_cursor(s->grid, y, s->rtl ? s->area.x + width - 1 : s->area.x);
    y += draw_above(v, s, y, above) + blank;
    int left = height - above - blank - reason;
    if (wanted > left)
        wanted = left;
    if (v->picking)
        fill_places_draw(v, s, y, left);
    else if (fill_has_choices(q))
        fill_choices_draw(v, s, y, wanted);
    else
        fill_field_draw(v, s, y, wanted);
    fill_draw_reason(v, s, y + wanted, height - above - blank - wanted);
}

/* ---- the others of a list ---- */

static const char *other_text(const fill_question *q)
{
    return q->masked && *q->value ? "***" : q->echo;
}

/* Where the answers of a list stand: the middle, or farther out where labels
 * would be cut and the answers leave room. */
static int answers_at(const fill_page *p, int width)
{
    int widest = 0, longest = 0;
    for (size_t i = 0; i < p->count; i++) {
        int answer = text_width(other_text(&p->questions[i]));
        int label = text_width(p->questions[i].label) + 3;
        widest = answer > widest ? answer : widest;
        longest = answer && label > longest ? label : longest;
    }
    int most = width - widest, at = width / 2;
    if (longest > at && most > at)
        at = longest < most ? longest : most;
    return at;
}

static void draw_other(const fill_view *v, const side *s, int y, size_t i)
{
    const fill_question *q = &v->page->questions[i];
    const char *answer = other_text(q);
    int width = s->area.width;
    int at = *answer ? answers_at(v->page, width) : width + 1;
    side_text(s, y, 0, 1, fill_state_sign(q->state), fill_state_role(q->state));
    side_text(s, y, 2, at - 3, q->label,
              q->kind == FILL_NOTE ? ROLE_DIM : ROLE_LABEL);
    side_text(s, y, at, width - at, answer, ROLE_NORMAL);
}

/* The one in focus gets what it wants as long as one row above and below are
 * left for the others. */
static void draw_questions(fill_view *v, const side *s, int y, int height)
{
    const fill_page *p = v->page;
    const fill_question *q = fill_view_question(v);
    int count = (int)p->count, at = (int)v->at, width = s->area.width;
    if (count == 1) {
        draw_focus(v, s, y, height);
        return;
    }
    int wanted = answer_rows(v, q, width) + above_rows(v, q, width) + 2;
    int most = height - (at > 0) - (at + 1 < count);
    int focus = height - (count - 1) >= wanted ? wanted
                : wanted < most                ? wanted
                                               : most;
    int others = height - focus;
    int above = at < others / 2               ? at
                : count - 1 - at < others / 2 ? others - (count - 1 - at)
                                              : others / 2;
    if (above > at)
        above = at;
    for (int i = 0; i < above; i++)
        draw_other(v, s, y++, (size_t)(at - above + i));
    draw_focus(v, s, y, focus);
    y += focus;
    for (int i = at + 1; i < count && i - at <= others - above; i++)
        draw_other(v, s, y++, (size_t)i);
}

/* ---- the whole ---- */

/* Number of the question in focus; notes have none. */
static size_t number_here(const fill_view *v)
{
    size_t number = v->page->number;
    for (size_t i = 0; i < v->at && i < v->page->count; i++)
        number += v->page->questions[i].kind != FILL_NOTE;
    return number;
}

/* Where one is: what is around the question, and its number. */
static void draw_place(const fill_view *v, const side *s, int y)
{
    char number[48] = "";
    const fill_page *p = v->page;
    if (p->kind == FILL_QUESTIONS && p->number && !v->asking)
        snprintf(number, sizeof number, "%zu/%zu", number_here(v), p->total);
    int width = text_width(number);
    const char *heading = v->asking == FILL_ASKS_USER ? v->title
                          : p->kind == FILL_CLOSING   ? _("The end")
                          : *p->heading               ? p->heading
                                                      : v->title;
    side_text(s, y, 0, s->area.width - width - 2, heading, ROLE_HEADING);
    side_text_end(s, y, s->area.width - width, width, number, ROLE_STATUS);
}

/* Nothing to draw when the page could not be made: the reason is the message.
 */
void fill_page_draw(fill_view *v, grid *g, area a)
{
    side s = {g, {a.y, a.x + 1, a.height, a.width - 2}, fill_is_rtl(v->fill)};
    int blank = a.height >= ROOMY, y = a.y + 1 + blank;
    int height = a.height - 1 - blank;
    if (!v->page)
        return;
    draw_place(v, &s, a.y);
    if (v->asking) {
        fill_ask_draw(v, &s, y, height);
        return;
    }
    v->in_grid = v->page->kind == FILL_QUESTIONS &&
                 fill_grid_fits(v->page, s.area.width);
    if (v->roster)
        fill_roster_draw(v, &s, y, height);
    else if (v->page->kind != FILL_QUESTIONS)
        fill_list_draw(v, &s, y, height);
    else if (v->in_grid && !v->picking)
        fill_grid_draw(v, &s, y, height);
    else if (fill_view_question(v))
        draw_questions(v, &s, y, height);
}
