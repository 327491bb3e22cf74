/* SPDX-License-Identifier: MIT */
/* fill_field: answers that are typed in a line or box, and those that take no
 * typing at all (notes, acknowledgements, values that can't be changed). Below
 * the line stands what it is understood as, in words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

#define BOX_ROWS 4 /* of a text of several lines that asks for no number */
#define NUMBER_WIDTH 24

static int is_typed(const fill_question *q)
{
    return !q->readonly && q->kind != FILL_NOTE && q->kind != FILL_ACKNOWLEDGE;
}

/* A date stored as 2026-05-01 is 01/05/2026 as it is typed, a month 05/2026,
 * a year 2026; a time loses its zone, and seconds that are none. */
static void write_moment(char out[40], const fill_question *q)
{
    const char *value = q->value, *clock = strchr(value, 'T');
    int year = 0, month = 0, day = 0, at = 0;
    if (q->kind == FILL_TIME)
        clock = value;
    else if (sscanf(value, "%4d-%2d-%2d", &year, &month, &day) != 3 ||
             (q->kind == FILL_DATETIME && !clock)) {
        copy_text(out, 40, value); /* from elsewhere: as it is */
        return;
    } else
        at = q->detail == FILL_YEAR ? snprintf(out, 40, "%d", year)
             : q->detail == FILL_MONTH
                 ? snprintf(out, 40, "%02d/%d", month, year)
                 : snprintf(out, 40, "%02d/%02d/%d", day, month, year);
    if (q->kind == FILL_DATE)
        return;
    clock += q->kind == FILL_DATETIME;
    snprintf(out + at, 40 - (size_t)at, "%s%.*s", at ? " " : "",
             strncmp(clock + (strlen(clock) > 5 ? 5 : 0), ":00", 3) == 0 ? 5
                                                                         : 8,
             clock);
}

/* The line as it stands for what is stored. */
static const char *stored_line(char room[40], const fill_question *q)
{
    if (!*q->value || (q->kind != FILL_DATE && q->kind != FILL_TIME &&
                       q->kind != FILL_DATETIME))
        return q->value;
    write_moment(room, q);
    return room;
}

/* A text of several lines keeps its lines in the buffer. A number, date or
 * place is rather typed anew than gone on with. */
void fill_field_begin(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    char room[40];
    input_set(&v->typed, is_typed(q) ? stored_line(room, q) : "");
    v->touched = 0;
    v->standing = is_typed(q) && q->kind != FILL_TEXT && q->kind != FILL_FILE;
    buffer_clear(&v->echo);
}

static int acknowledge(fill_view *v, const char *value)
{
    record_outcome outcome = RECORD_OK;
    int error = fill_set(&outcome, v->fill, v->node, value);
    return fill_view_taken(v, error, outcome);
}

int fill_field_is_emptied(const fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    const char *text = input_text(&v->typed);
    return v->touched && !fill_has_choices(q) && is_typed(q) &&
           !text[strspn(text, " \t\n")];
}

fill_result fill_field_accept(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    if (q->kind == FILL_ACKNOWLEDGE && !q->readonly && !*q->value)
        return acknowledge(v, "OK") ? FILL_TAKEN : FILL_STAYS;
    if (!is_typed(q) || !v->touched)
        return FILL_TAKEN;
    int is_line = q->kind == FILL_TRACE || q->kind == FILL_SHAPE;
    const form_node *node = v->node;
    if (!fill_view_enter(v, input_text(&v->typed)))
        return FILL_STAYS;
    /* a line that lacks points waits for the next; Enter alone leaves it */
    q = fill_view_question(v);
    return is_line && q && v->node == node && *q->message ? FILL_STAYS
                                                          : FILL_TAKEN;
}

/* ---- numbers by + and - ---- */

static double number_of(const char *text, double otherwise)
{
    double number = 0;
    return text_decimal(&number, text) == TAWAM_OK ? number : otherwise;
}

/* From what is typed, else from the start of the range. Stored at once. */
fill_result fill_field_step(fill_view *v, int by)
{
    const fill_question *q = fill_view_question(v);
    if (q->readonly || !(q->kind == FILL_RANGE || q->counter))
        return FILL_IGNORED;
    double start = number_of(q->range_start, q->counter ? -1e15 : 1);
    double end = number_of(q->range_end, 1e15);
    double step = number_of(q->range_step, 1);
    /* the first + of a range is its start, of a counter 1 */
    double first = q->kind == FILL_RANGE ? start - (by > 0 ? step : 0) : 0;
    double now = number_of(input_text(&v->typed), first);
    char text[32];
    now += by * step;
    text_from_decimal(text, now < start ? start : now > end ? end : now);
    fill_view_enter(v, text);
    return FILL_STAYS;
}

/* ---- keys ---- */

/* Byte where the line before (BY -1) or after (1) the cursor begins; -1. */
static long other_line(const fill_view *v, int by)
{
    const char *text = input_text(&v->typed);
    long at = (long)v->typed.cursor;
    if (by > 0) {
        const char *end = strchr(text + at, '\n');
        return end ? (long)(end - text) + 1 : -1;
    }
    while (at > 0 && text[at - 1] != '\n')
        at--;
    if (!at)
        return -1;
    for (at--; at > 0 && text[at - 1] != '\n';)
        at--;
    return at;
}

void fill_field_reread(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    const char *text = input_text(&v->typed);
    char room[40];
    v->touched = strcmp(text, stored_line(room, q)) != 0;
    buffer_clear(&v->echo);
    if (v->touched && fill_preview(&v->echo, v->fill, q, text) < 0)
        buffer_clear(&v->echo);
}

static void typed_changed(fill_view *v)
{
    fill_field_reread(v);
    fill_view_typing(v);
}

void fill_field_type(fill_view *v, const char *text)
{
    input_set(&v->typed, text);
    v->standing = 0;
    typed_changed(v);
}

static fill_result line_key(fill_view *v, int key)
{
    long to = other_line(v, key == UI_KEY_UP ? -1 : 1);
    if (to < 0)
        return FILL_IGNORED;
    v->typed.cursor = (size_t)to;
    return FILL_STAYS;
}

/* Signs that count rather than being typed: in a counter or range, unless a
 * minus may begin the number. */
static int counts(const fill_view *v, const fill_question *q, int key)
{
    int may_be_negative =
        q->counter ? !*q->range_start : number_of(q->range_start, 0) < 0;
    if (key != '+' && key != '-')
        return 0;
    return (q->kind == FILL_RANGE || q->counter) &&
           (key == '+' || v->typed.text.length || !may_be_negative);
}

fill_result fill_field_key(fill_view *v, int key)
{
    const fill_question *q = fill_view_question(v);
    if (q->kind == FILL_ACKNOWLEDGE && key == ' ' && !q->readonly) {
        acknowledge(v, *q->value ? "" : "OK");
        return FILL_STAYS;
    }
    if (!is_typed(q))
        return FILL_IGNORED;
    if (counts(v, q, key))
        return fill_field_step(v, key == '+' ? 1 : -1);
    if (q->multiline && (key == UI_KEY_UP || key == UI_KEY_DOWN))
        return line_key(v, key);
    if (key == UI_KEY_ESCAPE && v->touched) {
        fill_field_begin(v);
        fill_view_reread(v); /* what was refused is gone, and why too */
        return FILL_STAYS;
    }
    if (key == UI_KEY_ENTER || key == UI_KEY_ESCAPE || key == 'C' - '@')
        return FILL_IGNORED;
    if (q->multiline && key == 'O' - '@')
        key = '\n';
    if (v->standing && ui_key_is_letter(key))
        input_set(&v->typed, "");
    v->standing = 0;
    input_result how =
        key == '\n' ? input_type(&v->typed, '\n') : input_key(&v->typed, key);
    if (how == INPUT_CHANGED)
        typed_changed(v);
    return how == INPUT_IGNORED ? FILL_IGNORED : FILL_STAYS;
}

/* ---- drawing ---- */

/* How it can be typed, for one who has not typed yet; "" needs no words. */
static const char *how_to(const fill_question *q)
{
    switch (q->kind) {
    case FILL_DATE:
        return q->detail == FILL_YEAR    ? _("a year: 2026")
               : q->detail == FILL_MONTH ? _("a month: 5/26, 05/2026")
                                         : _("a date: 010526, 1/5/26, today, "
                                             "-1d");
    case FILL_TIME:
        return _("a time: 1430, 14:30, now");
    case FILL_DATETIME:
        return _("a date and a time: 010526 1430, now");
    case FILL_POINT:
        return _("a point: 34.92 -2.32; F3 from the GPS, F5 from the places");
    case FILL_TRACE:
    case FILL_SHAPE:
        return _("points with ; between: 34.92 -2.32; 34.93 -2.31");
    case FILL_FILE:
        return _("the name of a file with its folder");
    default:
        return "";
    }
}

/* What the range allows; "" when the form does not say. Caller frees. */
static char *range_text(const fill_question *q)
{
    if (!*q->range_start || !*q->range_end)
        return NULL;
    return memory_format(_("%s to %s, step %s; + and - count"), q->range_start,
                         q->range_end, *q->range_step ? q->range_step : "1");
}

static int box_rows(const fill_question *q)
{
    return !q->multiline ? 1 : q->rows > 0 ? q->rows : BOX_ROWS;
}

int fill_field_rows(const fill_view *v, const fill_question *q, int width)
{
    (void)v;
    if (q->kind == FILL_NOTE || q->readonly)
        return side_paragraph_rows(q->echo, width - 2, 8);
    return box_rows(q) + 2;
}

/* Stars, as many as letters; the cursor where it is among them. */
static void draw_masked(const fill_view *v, const side *s, int y, int width)
{
    input stars = {.cursor = 0};
    const char *text = input_text(&v->typed);
    for (size_t at = 0; at < v->typed.text.length; at++) {
        if (at == v->typed.cursor)
            stars.cursor = stars.text.length;
        if ((text[at] & 0xC0) != 0x80)
            buffer_byte(&stars.text, '*');
    }
    if (v->typed.cursor == v->typed.text.length)
        stars.cursor = stars.text.length;
    side_input(s, y, 2, width, &stars);
    input_free(&stars);
}

/* The lines of a text around the one with the cursor, which is the only one
 * that is drawn as an input. */
static void draw_box(const fill_view *v, const side *s, int y, int rows,
                     int width)
{
    const char *text = input_text(&v->typed);
    int here = 0, line = 0;
    for (size_t i = 0; i < v->typed.cursor; i++)
        here += text[i] == '\n';
    int top = here - rows + 1 > 0 ? here - rows + 1 : 0;
    for (size_t start = 0; line < top + rows; line++) {
        size_t length = strcspn(text + start, "\n");
        input part = {.cursor = 0};
        if (line >= top) {
            buffer_bytes(&part.text, text + start, length);
            buffer_text(&part.text, "");
            if (line == here)
                part.cursor = v->typed.cursor - start;
            int at_y = s->grid->cursor_y, at_x = s->grid->cursor_x;
            side_input(s, y + line - top, 2, width, &part);
            if (line != here)
                grid_cursor(s->grid, at_y, at_x);
        }
        input_free(&part);
        start += length + (text[start + length] == '\n');
    }
}

static int field_width(const fill_question *q, int width)
{
    int number = q->kind == FILL_INTEGER || q->kind == FILL_DECIMAL ||
                 q->kind == FILL_RANGE || q->kind == FILL_TIME ||
                 q->kind == FILL_DATE;
    return number && width > NUMBER_WIDTH ? NUMBER_WIDTH : width;
}

/* A box to tick. */
static void draw_acknowledge(const fill_question *q, const side *s, int y)
{
    side_text(s, y, 2, 3, *q->value ? "[x]" : "[ ]",
              *q->value ? ROLE_MARKED : ROLE_NORMAL);
    side_text(s, y, 6, s->area.width - 6, _("read and agreed (Space)"),
              ROLE_NORMAL);
    side_cursor(s, y, 3);
}

/* The echo of what is stored; of what is being typed, once it is understood.
 */
static void draw_below(const fill_view *v, const side *s, int y, int width)
{
    const fill_question *q = fill_view_question(v);
    char *range = q->kind == FILL_RANGE ? range_text(q) : NULL;
    const char *typed = input_text(&v->typed);
    const char *words = v->touched  ? (char *)v->echo.data
                        : q->masked ? ""
                        : *q->echo && strcmp(q->echo, q->value) != 0 ? q->echo
                                                                     : "";
    if (words && *words && strcmp(words, typed) != 0)
        side_paragraph(s, y, 2, width, 2, words, ROLE_GOOD);
    else if (!v->touched || range)
        side_text(s, y, 2, width, range ? range : how_to(q), ROLE_DIM);
    free(range);
}

void fill_field_draw(fill_view *v, const side *s, int y, int height)
{
    const fill_question *q = fill_view_question(v);
    int width = s->area.width - 3, rows = box_rows(q);
    if (height < 1)
        return;
    if (q->kind == FILL_ACKNOWLEDGE && !q->readonly) {
        draw_acknowledge(q, s, y);
        return;
    }
    if (!is_typed(q)) {
        side_paragraph(s, y, 2, width, height, q->echo, ROLE_GOOD);
        side_cursor(s, y, 0);
        return;
    }
    if (rows > height - 1)
        rows = height > 1 ? height - 1 : 1;
    int columns = field_width(q, width);
    if (q->masked)
        draw_masked(v, s, y, columns);
    else if (q->multiline)
        draw_box(v, s, y, rows, columns);
    else
        side_input(s, y, 2, columns, &v->typed);
    if (height > rows)
        draw_below(v, s, y + rows, width);
}
