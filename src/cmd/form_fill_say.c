/* SPDX-License-Identifier: MIT */
/* What line mode says: plain lines, no escape sequence, nothing twice. */
#include "cmd/form_fill_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHOICES_AT_ONCE 20 /* more are listed only when asked for */

void line_say(line_mode *m, const char *text)
{
    char *safe = text_safe(text, strlen(text), 1);
    buffer_text(&m->out, safe ? safe : "");
    buffer_byte(&m->out, '\n');
    free(safe);
}

static void say_part(line_mode *m, const char *text)
{
    char *safe = text_safe(text, strlen(text), 0);
    buffer_text(&m->out, safe ? safe : "");
    free(safe);
}

void line_say_error(line_mode *m)
{
    buffer_text(&m->out, "! ");
    line_say(m, error_message());
}

/* ---- a question ---- */

/* Questions of a list are counted on from its first. */
void line_say_heading(line_mode *m, const fill_question *q)
{
    const fill_page *p = m->page;
    size_t number = p->number;
    for (size_t i = 0; i < p->count && p->questions[i].node != q->node; i++)
        number += p->questions[i].kind != FILL_NOTE;
    buffer_byte(&m->out, '\n');
    if (q->kind != FILL_NOTE)
        buffer_format(&m->out, "%zu/%zu%s", number, p->total,
                      *p->heading ? " " : "\n");
    if (*p->heading)
        line_say(m, p->heading);
}

void line_say_choices(line_mode *m, const fill_question *q,
                      const size_t *indexes, size_t count)
{
    int codes = fill_shows_codes(q);
    for (size_t n = 0; n < count; n++) {
        size_t i = indexes ? indexes[n] : n;
        char own[24];
        snprintf(own, sizeof own, "%zu", i + 1);
        buffer_text(&m->out, q->chosen[i] ? " *" : "  ");
        say_part(m, codes ? q->choices[i].value : own);
        buffer_byte(&m->out, ' ');
        line_say(m, q->choices[i].label);
    }
}

static void say_all_choices(line_mode *m, const fill_question *q)
{
    if (q->choice_count <= CHOICES_AT_ONCE)
        line_say_choices(m, q, NULL, q->choice_count);
    else
        buffer_format(&m->out,
                      _("  %zu choices: type letters, or :choices for all\n"),
                      q->choice_count);
}

static void say_kind(line_mode *m, const fill_question *q)
{
    static const char *const words[] = {
        [FILL_MANY] = N_("several answers: 1 3 4; +2 and -3 change them"),
        [FILL_RANK] = N_("all of them, the best first: 3 1 2"),
        [FILL_TRACE] = N_("a point a line; - takes the last one back"),
        [FILL_SHAPE] = N_("a corner a line; - takes the last one back"),
        [FILL_FILE] = N_("the path of a file"),
        [FILL_ACKNOWLEDGE] = N_("yes or no")};
    if (q->kind < sizeof words / sizeof *words && words[q->kind])
        buffer_format(&m->out, "(%s)\n", _(words[q->kind]));
    if (q->kind == FILL_RANGE && *q->range_start && *q->range_end) {
        buffer_text(&m->out, "(");
        say_part(m, q->range_start);
        buffer_text(&m->out, " … ");
        say_part(m, q->range_end);
        if (*q->range_step && strcmp(q->range_step, "1") != 0) {
            buffer_text(&m->out, ", ");
            buffer_format(&m->out, _("in steps of %s"), q->range_step);
        }
        buffer_text(&m->out, ")\n");
    }
}

void line_say_question(line_mode *m, const fill_question *q)
{
    if (*q->group)
        line_say(m, q->group);
    line_say(m, q->label);
    if (*q->hint) {
        buffer_byte(&m->out, '(');
        say_part(m, q->hint);
        buffer_text(&m->out, ")\n");
    }
    if (q->kind == FILL_NOTE) {
        if (*q->value)
            line_say(m, q->echo);
        return;
    }
    if (q->readonly)
        line_say(m, _("(not asked: the form gives it; Enter goes on)"));
    else {
        say_kind(m, q);
        if (q->choice_count)
            say_all_choices(m, q);
    }
    if (*q->note) {
        buffer_format(&m->out, "%s: ", _("note"));
        line_say(m, q->note);
    }
    if (q->flagged)
        line_say(m, _("flagged"));
    if (*q->message) {
        buffer_text(&m->out, "! ");
        line_say(m, q->message);
    } else if (*q->warning) {
        buffer_text(&m->out, "? ");
        line_say(m, q->warning);
    }
}

/* ---- help ---- */

static const char *typing_help(const fill_question *q)
{
    switch (q->kind) {
    case FILL_DATE:
        return q->detail == FILL_YEAR    ? _("a year: 2026, 26")
               : q->detail == FILL_MONTH ? _("a month: 05/2026, mai 2026")
                                         : _("a date: 010526, 1/5/26, 1.5, "
                                             "today, yesterday, -1d, +2w");
    case FILL_TIME:
        return _("a time: 1430, 14:30, now");
    case FILL_DATETIME:
        return _("date and time: 1/5/26 1430, now");
    case FILL_INTEGER:
        return _("a whole number");
    case FILL_DECIMAL:
    case FILL_RANGE:
        return _("a number: 12,5 or 12.5");
    case FILL_POINT:
    case FILL_TRACE:
    case FILL_SHAPE:
        return _("a point: 34.92 -2.32, 34°55'N 2°19'W, the name of a place, "
                 "or :gps");
    case FILL_ONE:
    case FILL_MANY:
    case FILL_RANK:
        return _("the number or code of a choice, or letters of it");
    default:
        return "";
    }
}

void line_say_help(line_mode *m, const fill_question *q)
{
    if (q && *q->guidance)
        line_say(m, q->guidance);
    if (q && *typing_help(q))
        line_say(m, typing_help(q));
    if (q && q->not_known)
        line_say(m, _(":dk does not know"));
    if (q && q->refused)
        line_say(m, _(":rf refuses to answer"));
    line_say(m, _("Enter keeps the answer in brackets and goes on; < back; > "
                  "on, leaving it open\n"
                  ":clear takes the answer away, :ditto the one before, :note "
                  "TEXT, :flag\n"
                  ":go NUMBER, NAME or WORDS; :outline; :open the next open or "
                  "wrong one\n"
                  ":add another instance, :delete this one, :move -1 up, :move "
                  "1 down\n"
                  ":lang ar another language; :gps; :choices LETTERS; :pause\n"
                  ":save leaves, the draft stays; :end to the closing page; "
                  ":finish; :discard\n"
                  "an answer that begins with < > ? or : is typed with \\ "
                  "before it"));
}

/* ---- the whole ---- */

static const char *state_word(fill_state state)
{
    return state == FILL_OPEN    ? _("to be answered")
           : state == FILL_WRONG ? _("wrong answer")
           : state == FILL_DONE  ? _("answered")
                                 : _("no answer");
}

static void say_line(line_mode *m, const fill_line *l)
{
    for (int i = 0; i < l->depth; i++)
        buffer_text(&m->out, "  ");
    if (l->number)
        buffer_format(&m->out, "%zu ", l->number);
    say_part(m, l->label);
    if (*l->echo) {
        buffer_text(&m->out, ": ");
        say_part(m, l->echo);
    }
    if (l->kind == FILL_LINE_QUESTION && !*l->echo)
        buffer_format(&m->out, " (%s)", state_word(l->state));
    else if (l->state == FILL_WRONG || l->kind != FILL_LINE_QUESTION) {
        buffer_format(&m->out, " (%s", state_word(l->state));
        if (l->kind != FILL_LINE_QUESTION && l->open + l->wrong)
            buffer_format(&m->out, " %zu", l->open + l->wrong);
        buffer_byte(&m->out, ')');
    }
    if (l->flagged && l->kind == FILL_LINE_QUESTION)
        buffer_format(&m->out, ", %s", _("flagged"));
    if (*l->note) {
        buffer_text(&m->out, " — ");
        say_part(m, l->note);
    }
    buffer_text(&m->out, l->is_here ? " <\n" : "\n");
}

int line_say_outline(line_mode *m)
{
    const fill_line *lines = NULL;
    size_t count = 0;
    int code = fill_outline(&lines, &count, m->fill);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        say_line(m, &lines[i]);
    return code;
}

int line_say_closing(line_mode *m)
{
    const fill_page *p = m->page;
    const fill_line *lines = NULL;
    size_t count = 0;
    size_t open = p->open, wrong = p->wrong;
    int code;
    buffer_byte(&m->out, '\n');
    line_say(m, _("End of the form"));
    buffer_format(&m->out,
                  _("answered: %zu, required and open: %zu, wrong: %zu, "
                    "without an answer: %zu, flagged: %zu\n"),
                  p->done, open, wrong, p->empty, p->flagged);
    code = open || wrong || p->flagged ? fill_outline(&lines, &count, m->fill)
                                       : TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        if (lines[i].kind == FILL_LINE_QUESTION &&
            (lines[i].state == FILL_OPEN || lines[i].state == FILL_WRONG ||
             lines[i].flagged)) {
            fill_line flat = lines[i];
            flat.depth = 1;
            say_line(m, &flat);
        }
    return code;
}
