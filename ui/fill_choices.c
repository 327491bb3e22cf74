/* SPDX-License-Identifier: MIT */
/* fill_choices: answers picked from a list: one, several, or put in order.
 *
 * The line above the list holds what is typed. Digits go to the choice of that
 * number; letters leave only the choices that have them. Until a choice was
 * gone to, the cursor stays in that line: Enter then passes without choosing,
 * so that nobody answers by leaning on a key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

int fill_has_choices(const fill_question *q)
{
    return !q->readonly && (q->kind == FILL_ONE || q->kind == FILL_MANY ||
                            q->kind == FILL_RANK);
}

/* ---- numbers ---- */

static void write_number(char out[24], const fill_question *q, size_t i,
                         int codes)
{
    if (codes)
        snprintf(out, 24, "%s", q->choices[i].value);
    else
        snprintf(out, 24, "%zu", i + 1);
}

void fill_choice_number(char out[24], const fill_question *q, size_t i)
{
    write_number(out, q, i, fill_shows_codes(q));
}

/* The choice whose number is TYPED, or -1; *more: another begins with it. */
static long find_number(int *more, const fill_question *q, const char *typed)
{
    int codes = fill_shows_codes(q);
    long found = -1;
    size_t length = strlen(typed);
    *more = 0;
    for (size_t i = 0; i < q->choice_count; i++) {
        char number[24];
        write_number(number, q, i, codes);
        if (strncmp(number, typed, length) != 0)
            continue;
        if (!number[length])
            found = (long)i;
        else
            *more = 1;
    }
    return found;
}

/* 1 if what is typed, FOLDED, is a number (-88 may be a code); *choice and
 * *more as of find_number(). */
static int read_number(long *choice, int *more, const fill_question *q,
                       const char *folded)
{
    const char *digits = folded ? folded + (*folded == '-') : "";
    int is_number = *digits && !digits[strspn(digits, "0123456789")];
    *more = 0;
    *choice = is_number ? find_number(more, q, folded) : -1;
    return is_number;
}

static int read_typed(long *choice, int *more, const fill_view *v)
{
    char *folded = text_fold(input_text(&v->typed));
    int is_number = read_number(choice, more, fill_view_question(v), folded);
    free(folded);
    return is_number;
}

/* ---- the list ---- */

/* Which choice the cursor is on, as an index of Q's choices; -1: none. */
static long chosen_line(const fill_view *v)
{
    size_t at = (size_t)v->list.cursor;
    return v->on_list && at < v->match_count ? (long)v->matches[at] : -1;
}

static void go_to(fill_view *v, size_t choice)
{
    for (size_t i = 0; i < v->match_count; i++)
        if (v->matches[i] == choice) {
            v->list.cursor = (int64_t)i;
            v->on_list = 1;
            return;
        }
}

/* LETTERS "": all. Out of memory there are none. */
static void match(fill_view *v, const fill_question *q, const char *letters)
{
    free(v->matches);
    v->matches = NULL;
    v->match_count = 0;
    v->choice_count = q->choice_count;
    if (fill_match_choices(&v->matches, &v->match_count, q, letters) < 0)
        ui_say_error(v->ui);
}

static void clear_typed(fill_view *v)
{
    input_set(&v->typed, "");
    v->touched = 0;
}

void fill_choices_begin(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    clear_typed(v);
    match(v, q, "");
    v->list.cursor = v->list.top = 0;
    v->on_list = q->kind != FILL_ONE && q->choice_count > 0;
    for (size_t i = q->choice_count; i-- > 0;)
        if (q->chosen[i])
            go_to(v, i);
}

/* ---- choosing ---- */

/* The list is whole again, the cursor on CHOICE. What was typed has found it,
 * and is no longer wanted even when the choice was refused: the next number
 * would be typed behind it. */
static void show_all(fill_view *v, long choice)
{
    const fill_question *q = fill_view_question(v);
    if (!q || !fill_has_choices(q))
        return;
    clear_typed(v);
    match(v, q, "");
    go_to(v, (size_t)choice);
}

/* Of several choices, numbers typed in a row ("134") go in besides those that
 * are in, as one alone does; a number or letters of none are refused. */
static int enter_more(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    const char *typed = input_text(&v->typed);
    buffer text = {0};
    for (size_t i = 0; typed[i]; i++) {
        int begins = !i || strchr(",; ", typed[i - 1]);
        if (q->kind == FILL_MANY && begins && !strchr("+-,; ", typed[i]))
            buffer_byte(&text, '+');
        buffer_byte(&text, (uint8_t)typed[i]);
    }
    int taken = buffer_check(&text) == TAWAM_OK &&
                fill_view_enter(v, (char *)text.data);
    buffer_free(&text);
    return taken;
}

/* In or out. */
static fill_result toggle(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    record_outcome outcome = RECORD_OK;
    long choice = chosen_line(v);
    if (choice < 0) {
        if (v->typed.text.length && enter_more(v))
            fill_choices_begin(v);
        return FILL_STAYS;
    }
    int error =
        fill_toggle(&outcome, v->fill, q->node, q->choices[choice].value);
    fill_view_taken(v, error, outcome);
    show_all(v, choice);
    return FILL_STAYS;
}

static int is_chosen(const fill_view *v, long choice)
{
    const fill_question *q = fill_view_question(v);
    return choice >= 0 && (size_t)choice < q->choice_count && q->chosen[choice];
}

static fill_result accept_one(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    record_outcome outcome = RECORD_OK;
    long choice = chosen_line(v);
    if (choice >= 0 && is_chosen(v, choice))
        return FILL_TAKEN;
    if (choice < 0)
        return !v->typed.text.length                       ? FILL_TAKEN
               : fill_view_enter(v, input_text(&v->typed)) ? FILL_TAKEN
                                                           : FILL_STAYS;
    int error = fill_set(&outcome, v->fill, q->node, q->choices[choice].value);
    if (fill_view_taken(v, error, outcome))
        return FILL_TAKEN;
    show_all(v, choice);
    return FILL_STAYS;
}

/* Of several, what is typed and found goes in; else what is in stands. */
fill_result fill_choices_accept(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    if (q->kind == FILL_ONE)
        return accept_one(v);
    if (!v->typed.text.length)
        return FILL_TAKEN;
    long choice = chosen_line(v);
    if (choice < 0)
        return enter_more(v) ? FILL_TAKEN : FILL_STAYS;
    if (!is_chosen(v, choice))
        toggle(v);
    return v->refused ? FILL_STAYS : FILL_TAKEN;
}

/* Letters that several choices have are a search; Enter takes the first of
 * them, but whoever leaves by another key has not looked at it. */
int fill_choices_keep(fill_view *v)
{
    const form_node *node = v->node;
    int more, taken;
    long number;
    read_typed(&number, &more, v);
    if (number < 0 && !more && v->match_count > 1)
        return 1;
    taken = fill_choices_accept(v) == FILL_TAKEN;
    if (taken && v->node == node)
        fill_choices_begin(v);
    return taken;
}

/* The ranked choices in their order, the one at the cursor moved by BY. */
fill_result fill_choices_move(fill_view *v, int by)
{
    const fill_question *q = fill_view_question(v);
    record_outcome outcome = RECORD_OK;
    long choice = chosen_line(v);
    if (q->kind != FILL_RANK || !is_chosen(v, choice))
        return FILL_IGNORED;
    int place = q->chosen[choice], other = place + by, most = 0;
    for (size_t i = 0; i < q->choice_count; i++)
        most = q->chosen[i] > most ? q->chosen[i] : most;
    if (other < 1 || other > most)
        return FILL_STAYS;
    buffer value = {0};
    for (int p = 1; p <= most; p++)
        for (size_t i = 0; i < q->choice_count; i++) {
            int wanted = p == place ? other : p == other ? place : p;
            if (q->chosen[i] == wanted)
                buffer_format(&value, "%s%s", value.length ? " " : "",
                              q->choices[i].value);
        }
    int error = buffer_check(&value);
    if (error == TAWAM_OK)
        error = fill_set(&outcome, v->fill, q->node, (char *)value.data);
    fill_view_taken(v, error, outcome);
    buffer_free(&value);
    return FILL_STAYS;
}

/* ---- keys ---- */

/* Go to the number that is typed, which is returned with *more as of
 * find_number(), else keep what has its letters. */
static long read_list(int *more, fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    char *folded = text_fold(input_text(&v->typed));
    long number;
    read_number(&number, more, q, folded);
    v->touched = v->typed.text.length > 0;
    match(v, q, number >= 0 || *more || !folded ? "" : folded);
    free(folded);
    if (number >= 0)
        go_to(v, (size_t)number);
    else
        v->on_list = !*more && v->touched && v->match_count > 0;
    if (number < 0)
        v->list.cursor = v->list.top = 0;
    return number;
}

void fill_choices_reread(fill_view *v)
{
    int more;
    read_list(&more, v);
}

static fill_result typed_changed(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    int more;
    long number = read_list(&more, v);
    fill_view_typing(v);
    if (number >= 0 && !more && q->quick && q->kind == FILL_ONE)
        return fill_choices_accept(v);
    return FILL_STAYS;
}

/* Upwards out of the list into the typed line, then out of the question. */
static fill_result move(fill_view *v, int64_t by)
{
    int64_t to = v->list.cursor + by;
    if (!v->on_list) {
        if (by < 0 || !v->match_count)
            return FILL_IGNORED;
        v->on_list = 1;
        v->list.cursor = 0;
        return FILL_STAYS;
    }
    if (to < 0) {
        v->on_list = 0;
        return FILL_STAYS;
    }
    if (to >= (int64_t)v->match_count)
        return by == 1 || v->per_row > 1 ? FILL_IGNORED : FILL_STAYS;
    v->list.cursor = to;
    return FILL_STAYS;
}

/* A page of a list that is longer than the screen; else the key is not ours. */
static fill_result page(fill_view *v, int by)
{
    int64_t step =
        (int64_t)v->per_row * (v->list.height > 1 ? v->list.height - 1 : 1);
    int64_t last = (int64_t)v->match_count - 1;
    int64_t to = v->on_list ? v->list.cursor + by * step : by > 0 ? 0 : -1;
    if ((int64_t)v->match_count <= (int64_t)v->per_row * v->list.height ||
        to < 0 || v->list.cursor == (by > 0 ? last : 0))
        return v->on_list && v->list.cursor > 0 && to < 0
                   ? (v->list.cursor = 0, FILL_STAYS)
                   : FILL_IGNORED;
    v->list.cursor = to > last ? last : to;
    v->on_list = 1;
    return FILL_STAYS;
}

static fill_result arrow_key(fill_view *v, int key)
{
    int forward = fill_is_rtl(v->fill) ? UI_KEY_LEFT : UI_KEY_RIGHT;
    switch (key) {
    case UI_KEY_UP:
        return move(v, -v->per_row);
    case UI_KEY_DOWN:
        return move(v, v->per_row);
    case UI_KEY_LEFT:
    case UI_KEY_RIGHT:
        return v->per_row > 1 ? move(v, key == forward ? 1 : -1) : FILL_STAYS;
    case UI_KEY_PAGE_UP:
        return page(v, -1);
    case UI_KEY_PAGE_DOWN:
        return page(v, 1);
    case UI_KEY_HOME:
    case UI_KEY_END:
        v->on_list = v->match_count > 0;
        v->list.cursor =
            key == UI_KEY_HOME ? 0 : (int64_t)v->match_count - v->on_list;
        return FILL_STAYS;
    default:
        return FILL_IGNORED;
    }
}

/* A number that no choice has, so that the next key begins another. (Of
 * several choices 134 may be 1, 3 and 4.) */
static int leads_nowhere(const fill_view *v)
{
    long choice;
    int more;
    return !v->match_count && read_typed(&choice, &more, v);
}

/* A blank chooses, except among the letters of a list's search. */
fill_result fill_choices_key(fill_view *v, int key)
{
    const fill_question *q = fill_view_question(v);
    fill_result result = arrow_key(v, key);
    if (result != FILL_IGNORED || key == UI_KEY_UP || key == UI_KEY_DOWN)
        return result;
    int empty = !v->typed.text.length;
    if (key == UI_KEY_ESCAPE && !empty) {
        clear_typed(v);
        return typed_changed(v);
    }
    if (key == ' ' && (empty || q->kind != FILL_ONE))
        return toggle(v);
    if (empty && q->kind == FILL_RANK && (key == '+' || key == '-'))
        return fill_choices_move(v, key == '+' ? 1 : -1);
    if (empty && (key == UI_KEY_BACKSPACE || key == UI_KEY_DELETE))
        return FILL_STAYS;
    if (!ui_key_is_letter(key) && key != UI_KEY_BACKSPACE && key != 'U' - '@')
        return FILL_IGNORED;
    if (q->kind == FILL_ONE && ui_key_is_letter(key) && leads_nowhere(v)) {
        clear_typed(v);
        fill_view_typing(v);
    }
    return input_key(&v->typed, key) == INPUT_CHANGED ? typed_changed(v)
                                                      : FILL_STAYS;
}
