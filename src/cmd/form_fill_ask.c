/* SPDX-License-Identifier: MIT */
/* Line mode's conversation: a page's questions one by one, what is typed, and
 * where that leads.
 *
 *   page ── its questions one by one ── answer, Enter or > ── next page
 *    ^                                       │ <
 *    └───────────────────────────────────────┘ the question, the page before
 */
#include "cmd/form_fill_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MOST ((size_t)1 << 20) /* bytes of an answer */

/* ---- reading ---- */

static int line_read(line_mode *m)
{
    ssize_t length;
    if (cmd_flush(&m->out) != TAWAM_OK || fflush(stdout) != 0)
        return 0; /* whoever asks through a pipe is to see the question */
    length = getline(&m->line, &m->capacity, stdin);
    if (!m->is_terminal && length >= 0)
        buffer_byte(&m->out, '\n');
    if (length < 0 || (size_t)length > LINE_MOST)
        return 0;
    while (length && strchr("\r\n", m->line[length - 1]))
        m->line[--length] = '\0';
    return strlen(m->line) == (size_t)length; /* no NUL in it */
}

/* ---- which question ---- */

/* Index of the page's question to ask: the one that M->asked names, else the
 * first (going back: the last) that takes an answer; p->count: none does. */
static size_t question_of(const line_mode *m)
{
    const fill_page *p = m->page;
    size_t found = p->count;
    for (size_t i = 0; i < p->count; i++) {
        int takes = p->questions[i].kind != FILL_NOTE;
        if (m->asked && p->questions[i].node == m->asked && takes)
            return i;
        if (!m->asked && takes && (found == p->count || m->backwards))
            found = i;
    }
    if (m->asked) /* it is not asked any more */
        for (size_t i = 0; i < p->count && found == p->count; i++)
            if (p->questions[i].kind != FILL_NOTE)
                found = i;
    return found;
}

/* On (BY 1) or back (-1) from question I of the page. */
static int move(line_mode *m, size_t i, int by)
{
    const fill_page *p = m->page;
    int code;
    m->backwards = by < 0;
    for (size_t n = i + (size_t)by; n < p->count; n += (size_t)by)
        if (p->questions[n].kind != FILL_NOTE) {
            m->asked = p->questions[n].node;
            return TAWAM_OK;
        }
    code = by < 0 ? fill_back(m->fill) : fill_next(m->fill);
    if (code == TAWAM_OK)
        m->asked = NULL;
    return code;
}

/* After an answer the page may have other questions: on from the one that was
 * asked, as they are now. */
static int move_on(line_mode *m)
{
    int code = fill_look(&m->page, m->fill);
    size_t i = 0;
    if (code != TAWAM_OK)
        return code;
    while (i < m->page->count && m->page->questions[i].node != m->asked)
        i++;
    if (i < m->page->count && *m->page->questions[i].value) {
        buffer_text(&m->out, "= ");
        line_say(m, m->page->questions[i].echo);
    }
    if (i < m->page->count && *m->page->questions[i].warning) {
        buffer_text(&m->out, "? ");
        line_say(m, m->page->questions[i].warning);
        return TAWAM_OK; /* Enter keeps it: a second look */
    }
    return i < m->page->count ? move(m, i, 1) : TAWAM_OK;
}

/* ---- pages ---- */

static void prompt(line_mode *m, const char *present)
{
    char *safe = text_safe(present, strlen(present), 0);
    buffer_format(&m->out, *present ? "[%s] > " : "> ", safe ? safe : "");
    free(safe);
}

/* What goes wrong with a word is told, and the question asked again. */
static int told(line_mode *m, int code)
{
    if (code != TAWAM_ENO && code != TAWAM_ENOTFOUND &&
        code != TAWAM_ECANCELLED && code != TAWAM_EENVIRONMENT &&
        code != TAWAM_EUSAGE)
        return code;
    line_say_error(m);
    return TAWAM_OK;
}

static char *unescaped(const char *line, int multiline)
{
    char *copy = memory_string(
        *line == '\\' && line[1] && strchr("<>?:\\", line[1]) ? line + 1
                                                              : line);
    for (char *at = copy; multiline && at && (at = strstr(at, "\\n"));) {
        *at = '\n';
        memmove(at + 1, at + 2, strlen(at + 2) + 1);
    }
    return copy;
}

static int answer(line_mode *m, const fill_question *q)
{
    record_outcome outcome = RECORD_OK;
    int is_line = q->kind == FILL_TRACE || q->kind == FILL_SHAPE;
    char *typed = unescaped(m->line, q->multiline);
    int code = typed ? TAWAM_OK : TAWAM_EMEMORY;
    m->asked = q->node;
    if (code == TAWAM_OK)
        code = fill_enter(&outcome, m->fill, q->node, typed);
    free(typed);
    if (code != TAWAM_OK)
        return told(m, code);
    if (outcome != RECORD_OK) {
        line_say_error(m);
        return TAWAM_OK;
    }
    return is_line ? TAWAM_OK : move_on(m);
}

/* Enter: the present answer is kept. */
static int keep(line_mode *m, const fill_question *q, size_t i)
{
    if (q->state == FILL_OPEN) {
        if (*q->needed) {
            buffer_text(&m->out, "! ");
            line_say(m, q->needed);
        }
        line_say(m, *q->needed
                        ? _("> leaves it open")
                        : _("! an answer is required; > leaves it open"));
        return TAWAM_OK;
    }
    return move(m, i, 1);
}

static int ask(line_mode *m, size_t i)
{
    const fill_question *q = &m->page->questions[i];
    if (m->said == q->node) { /* once more: not all of it again */
        line_say(m, q->label);
        if (*q->message) { /* taken, and not right as it stands */
            buffer_text(&m->out, "! ");
            line_say(m, q->message);
        }
    } else {
        line_say_heading(m, q);
        line_say_question(m, q);
    }
    if (m->said != q->node && fill_typed_for(m->fill, q->node)) {
        buffer_text(&m->out, _("half typed, not yet an answer: "));
        line_say(m, fill_typed_for(m->fill, q->node));
    }
    m->said = q->node;
    prompt(m, *q->echo ? q->echo : q->value);
    if (!line_read(m)) {
        m->end = FILL_LEFT;
        return TAWAM_OK;
    }
    m->asked = q->node;
    if (strcmp(m->line, "<") == 0)
        return told(m, move(m, i, -1));
    if (strcmp(m->line, ">") == 0)
        return told(m, move(m, i, 1));
    if (strcmp(m->line, "?") == 0) {
        line_say_help(m, q);
        return TAWAM_OK;
    }
    if (*m->line == ':')
        return told(m, line_command(m, q, m->line + 1));
    if (!m->line[strspn(m->line, " \t")])
        return keep(m, q, i);
    return answer(m, q);
}

/* Notes before question I (or all) are read out on the way forward. */
static int say_notes(line_mode *m, size_t i)
{
    const fill_page *p = m->page;
    size_t from = i < p->count ? i : p->count;
    while (from > 0 && p->questions[from - 1].kind == FILL_NOTE)
        from--;
    for (; from < i && from < p->count; from++) {
        if (i == p->count || from == 0)
            line_say_heading(m, &p->questions[from]);
        line_say_question(m, &p->questions[from]);
    }
    return TAWAM_OK;
}

static int pass_note(line_mode *m)
{
    int code;
    if (!m->backwards)
        say_notes(m, m->page->count);
    m->asked = NULL;
    code = m->backwards ? fill_back(m->fill) : fill_next(m->fill);
    if (code == TAWAM_ENO) {
        m->backwards = 0;
        code = TAWAM_OK;
    }
    return code;
}

static int ask_questions(line_mode *m)
{
    size_t i = question_of(m);
    const form_node *before = m->asked;
    if (i == m->page->count)
        return pass_note(m);
    if (!m->backwards && !before)
        say_notes(m, i);
    return ask(m, i);
}

static int is_yes(const char *word)
{
    static const char *const words[] = {"y", "yes", "o", "oui", "نعم", "+"};
    char *folded = text_fold(word);
    int is = 0;
    for (size_t i = 0; folded && i < sizeof words / sizeof *words; i++)
        is |= strcmp(folded, words[i]) == 0;
    free(folded);
    return is;
}

/* What works on every page that is no question; 1: LINE was that. */
static int common(int *code, line_mode *m)
{
    if (!line_read(m)) {
        m->end = FILL_LEFT;
        return 1;
    }
    if (strcmp(m->line, "<") == 0) {
        m->backwards = 1;
        m->asked = NULL;
        *code = told(m, fill_back(m->fill));
    } else if (strcmp(m->line, "?") == 0)
        line_say_help(m, NULL);
    else if (*m->line == ':')
        *code = told(m, line_command(m, NULL, m->line + 1));
    else
        return 0;
    return 1;
}

static int ask_repeat(line_mode *m)
{
    const fill_page *p = m->page;
    int code = TAWAM_OK;
    m->said = NULL;
    buffer_byte(&m->out, '\n');
    if (*p->heading)
        line_say(m, p->heading);
    line_say(m, p->repeat_label);
    buffer_format(&m->out, _("%zu so far. Another one? yes or no\n"),
                  p->instances);
    prompt(m, _("no"));
    if (common(&code, m))
        return code;
    m->backwards = 0;
    m->asked = NULL;
    return told(m,
                is_yes(m->line) ? fill_add(m->fill, NULL) : fill_next(m->fill));
}

static int ask_closing(line_mode *m)
{
    char *words;
    int code = line_say_closing(m);
    m->said = NULL;
    if (code != TAWAM_OK)
        return code;
    line_say(m, m->page->open || m->page->wrong
                    ? _("the number of a question goes there; :save leaves, "
                        "the draft stays")
                    : _("yes finishes it; the number of a question goes "
                        "there; :save leaves, the draft stays"));
    prompt(m, "");
    if (common(&code, m))
        return code;
    if (!*m->line)
        return TAWAM_OK;
    if (strcmp(m->line, ">") == 0)
        return told(m, fill_next(m->fill));
    if (is_yes(m->line))
        return told(m, line_command(m, NULL, "finish"));
    words = memory_format("go %s", m->line);
    code = words ? told(m, line_command(m, NULL, words)) : TAWAM_EMEMORY;
    free(words);
    return code;
}

/* ---- who, why ---- */

/* A line that is an answer; 0: it was something else, and that is done. */
static int read_words(int *code, line_mode *m)
{
    if (!line_read(m)) {
        m->end = FILL_LEFT;
        return 0;
    }
    if (strcmp(m->line, "?") == 0)
        line_say_help(m, NULL);
    else if (*m->line == ':')
        *code = told(m, line_command(m, NULL, m->line + 1));
    else
        return 1;
    return 0;
}

/* Enter is the first that is offered, a number another. */
static int ask_user(line_mode *m)
{
    const char *const *names = NULL;
    size_t count = 0;
    int64_t number = 0;
    int code = fill_users(&names, &count, m->fill);
    if (code != TAWAM_OK)
        return code;
    buffer_byte(&m->out, '\n');
    line_say(m, _("Who fills this form?"));
    for (size_t i = 0; count > 1 && i < count; i++) {
        buffer_format(&m->out, "  %zu ", i + 1);
        line_say(m, names[i]);
    }
    prompt(m, count ? names[0] : "");
    if (!read_words(&code, m))
        return code;
    if (!m->line[strspn(m->line, " \t")] && count)
        number = 1;
    else if (count < 2) /* they have no numbers: a number is a name */
        ;
    else if (text_integer(&number, m->line) != TAWAM_OK)
        error_clear();
    return told(m, fill_set_user(m->fill, number > 0 && number <= (int64_t)count
                                              ? names[number - 1]
                                              : m->line));
}

/* < leaves it, and the record stays a draft. */
static int ask_reason(line_mode *m)
{
    const char *half = fill_half_reason(m->fill);
    int code = TAWAM_OK;
    buffer_byte(&m->out, '\n');
    line_say(m, _("Why is this record changed?"));
    if (half) {
        buffer_text(&m->out, _("half typed, not yet an answer: "));
        line_say(m, half);
    }
    prompt(m, "");
    m->asks_reason = 0;
    if (!read_words(&code, m) || strcmp(m->line, "<") == 0)
        return code;
    code = fill_set_reason(m->fill, m->line);
    m->asks_reason = code == TAWAM_ENO;
    return told(m, code == TAWAM_OK ? line_command(m, NULL, "finish") : code);
}

static int ask_page(line_mode *m)
{
    return fill_asks_user(m->fill)         ? ask_user(m)
           : m->asks_reason                ? ask_reason(m)
           : m->page->kind == FILL_REPEAT  ? ask_repeat(m)
           : m->page->kind == FILL_CLOSING ? ask_closing(m)
                                           : ask_questions(m);
}

int line_interview(line_mode *m)
{
    int code = TAWAM_OK;
    while (code == TAWAM_OK && m->end == FILL_GOES_ON) {
        if (m->is_paused) {
            m->is_paused = 0;
            m->end = line_read(m) ? FILL_GOES_ON : FILL_LEFT;
            continue;
        }
        code = fill_look(&m->page, m->fill);
        if (code == TAWAM_OK)
            code = ask_page(m);
    }
    return code;
}
