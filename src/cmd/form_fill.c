/* SPDX-License-Identifier: MIT */
/* tawam form fill: an interview line by line, on plain input and output: for
 * screen readers, slow links, dumb terminals, and answers from a file.
 *
 *   page ── its questions one by one ── answer, Enter or > ── next page
 *    ^                                       │ <
 *    └───────────────────────────────────────┘ the question, the page before
 *
 * Whatever is read, the draft has it when the next question is asked; the end
 * of the input leaves it there. */
#include "cmd/form_fill_internal.h"
#include "cmd/form_internal.h"
#include "cmd/terminal.h"
#include "form/draft.h"
#include "form/layout.h"
#include "form/lists.h"
#include "form/shelf.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MOST ((size_t)1 << 20) /* bytes of an answer */

/* ---- reading ---- */

int line_read(line_mode *m)
{
    ssize_t length;
    if (cmd_flush(&m->out) != TAWAM_OK)
        return 0;
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
        line_say(m, _("! an answer is required; > leaves it open"));
        return TAWAM_OK;
    }
    return move(m, i, 1);
}

static int ask(line_mode *m, size_t i)
{
    const fill_question *q = &m->page->questions[i];
    if (m->said == q->node) /* once more: not all of it again */
        line_say(m, q->label);
    else {
        line_say_heading(m, q);
        line_say_question(m, q);
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
    if (is_yes(m->line))
        return told(m, line_command(m, NULL, "finish"));
    words = memory_format("go %s", m->line);
    code = words ? told(m, line_command(m, NULL, words)) : TAWAM_EMEMORY;
    free(words);
    return code;
}

static int interview(line_mode *m)
{
    int code = TAWAM_OK;
    while (code == TAWAM_OK && m->end == FILL_GOES_ON) {
        code = fill_look(&m->page, m->fill);
        if (code != TAWAM_OK)
            break;
        code = m->page->kind == FILL_REPEAT    ? ask_repeat(m)
               : m->page->kind == FILL_CLOSING ? ask_closing(m)
                                               : ask_questions(m);
    }
    return code;
}

/* ---- beginning and end ---- */

static void say_beginning(line_mode *m)
{
    const form *f = fill_form(m->fill);
    line_say(m, f->title && *f->title ? f->title : f->id);
    if (fill_draft(m->fill))
        buffer_format(&m->out, _("draft %lld\n"),
                      (long long)fill_draft(m->fill));
    line_say(m, _("? help, < back, > on, :save leaves"));
}

static void say_end(line_mode *m)
{
    long long number = (long long)fill_draft(m->fill);
    if (m->end == FILL_FINISHED && m->row)
        buffer_format(&m->out, _("finished: row %lld\n"), (long long)m->row);
    else if (m->end == FILL_FINISHED)
        line_say(m, _("finished"));
    else if (m->end == FILL_GONE)
        line_say(m, _("discarded"));
    else if (number)
        buffer_format(&m->out,
                      _("saved as draft %lld; go on with: tawam form fill "
                        "--draft %lld\n"),
                      number, number);
}

/* A new record is in the language of the program's words where the form has
 * that; so is a draft when --lang asks for it. */
static int choose_language(line_mode *m, int is_new)
{
    int code = TAWAM_OK;
    fill_set_fallback(m->fill, terminal_language());
    if (is_new || verb_value(m->arguments, "lang"))
        code = fill_set_language(m->fill, terminal_language());
    if (code == TAWAM_ENOTFOUND) {
        error_clear();
        code = TAWAM_OK;
    }
    return code;
}

static int converse(line_mode *m, int is_new)
{
    int code = choose_language(m, is_new);
    m->is_terminal = isatty(STDIN_FILENO);
    if (code == TAWAM_OK) {
        say_beginning(m);
        code = interview(m);
    }
    if (code == TAWAM_OK && m->end == FILL_LEFT && fill_draft(m->fill) &&
        !fill_is_touched(m->fill)) {
        code = fill_discard(m->fill);
        line_say(m, _("nothing was entered; no draft is kept"));
    } else if (code == TAWAM_OK)
        say_end(m);
    free(m->line);
    if (code == TAWAM_OK)
        return cmd_flush(&m->out);
    buffer_free(&m->out);
    return code;
}

/* ---- a form from a file ---- */

static int write_record(line_mode *m, const char *out)
{
    buffer xml = {0};
    int code = record_write(&xml, fill_record(m->fill));
    if (code == TAWAM_OK)
        code = buffer_check(&xml);
    if (code == TAWAM_OK)
        code = file_write_atomic(out, xml.data, xml.length);
    if (code == TAWAM_OK && m->end == FILL_LEFT) {
        buffer_format(&m->out, _("not finished; what was answered is in %s\n"),
                      out);
        code = cmd_flush(&m->out);
    }
    buffer_free(&xml);
    return code;
}

/* Where FILE's attachments are: --attach, else beside it, or in the folder that
 * it is. Caller frees. */
static char *attachments_of(const verb_arguments *a, const char *file)
{
    const char *told = verb_value(a, "attach"), *slash = strrchr(file, '/');
    if (told || file_is_folder(file))
        return memory_string(told ? told : file);
    return slash ? memory_string_length(file, (size_t)(slash + 1 - file))
                 : memory_string(".");
}

static int fill_file(const verb_arguments *a, const char *file)
{
    const char *out = verb_value(a, "out");
    line_mode m = {.arguments = a};
    form *f = NULL;
    form_messages *messages = NULL;
    form_surroundings *around = NULL;
    char *folder = NULL;
    int code;
    if (!out)
        return error_set(TAWAM_EUSAGE,
                         _("%s is not published: its record goes into a file; "
                           "add --out FILE"),
                         file);
    code = form_messages_new(&messages);
    if (code == TAWAM_OK)
        code = form_file_read(&f, messages, file);
    if (code == TAWAM_OK) {
        folder = attachments_of(a, file);
        code = folder ? form_file_surroundings(&around, folder, NULL)
                      : TAWAM_EMEMORY;
    }
    if (code == TAWAM_OK)
        code =
            fill_new_form(&m.fill, f, form_surroundings_record(around), NULL);
    if (code == TAWAM_OK)
        code = converse(&m, 1);
    if (code == TAWAM_OK && m.end != FILL_GONE)
        code = write_record(&m, out);
    fill_free(m.fill);
    form_surroundings_free(around);
    form_free(f);
    form_messages_free(messages);
    free(folder);
    return code;
}

/* ---- a form of the shelf ---- */

static int list_drafts(territory *t, const verb_arguments *a)
{
    draft_entry *list = NULL;
    size_t count = 0;
    arena *memory = NULL;
    buffer out = {0};
    json_writer w = {.out = &out};
    int code = arena_new(&memory);
    if (code == TAWAM_OK)
        code = draft_list(&list, &count, t->twin, memory);
    if (code == TAWAM_OK && cmd_json(a))
        json_write_array(&w);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        char changed[32];
        clock_format_local(changed, list[i].changed);
        if (cmd_json(a)) {
            json_write_object(&w);
            json_write_pair_integer(&w, "draft", list[i].id);
            json_write_pair(&w, "form", list[i].form);
            json_write_pair(&w, "version", list[i].version);
            json_write_pair(&w, "caption", list[i].caption);
            cmd_json_time(&w, "started", list[i].started);
            cmd_json_time(&w, "changed", list[i].changed);
            json_write_pair_integer(&w, "answers", list[i].answers);
            json_write_end(&w);
            continue;
        }
        buffer_format(&out, "%lld ", (long long)list[i].id);
        cmd_safe(&out, list[i].form);
        buffer_format(&out, ", %s, ", changed);
        buffer_format(&out, _("answers: %lld"), (long long)list[i].answers);
        buffer_text(&out, *list[i].caption ? ": " : "");
        cmd_safe(&out, list[i].caption);
        buffer_byte(&out, '\n');
    }
    if (code == TAWAM_OK && cmd_json(a)) {
        json_write_end(&w);
        code = cmd_flush_json(&out);
    } else if (code == TAWAM_OK)
        code = cmd_flush(&out);
    buffer_free(&out);
    arena_free(memory);
    return code;
}

static int edit_row(fill **out, territory *t, const char *id, const char *row)
{
    const twin_layer *layer = NULL;
    buffer name = {0};
    int64_t fid = 0;
    int code = form_record_layer(&name, id);
    if (code == TAWAM_OK)
        code = twin_layer_find(&layer, t->twin, (char *)name.data);
    if (code == TAWAM_OK)
        code = twin_row_find(&fid, t->twin, layer, row);
    buffer_free(&name);
    return code == TAWAM_OK ? fill_edit(out, t, id, fid) : code;
}

static int fill_draft_of(territory *t, const verb_arguments *a)
{
    const char *id = verb_word(a, 1), *row = verb_value(a, "edit");
    line_mode m = {.arguments = a};
    int64_t number = 0;
    int code = verb_number(&number, a, "draft", 0, 1);
    if (code == TAWAM_OK && !number && !id)
        code =
            error_set(TAWAM_EUSAGE, _("which form? use: tawam form fill FORM"));
    if (code == TAWAM_OK)
        code = number ? fill_open(&m.fill, t, number)
               : row  ? edit_row(&m.fill, t, id, row)
                      : fill_new(&m.fill, t, id);
    if (code == TAWAM_OK)
        code = converse(&m, !number && !row);
    fill_free(m.fill);
    return code;
}

/* 1 if the word means a file and no form of the shelf. */
static int is_file(territory *t, const char *word)
{
    shelf_form found;
    arena *memory = NULL;
    int is = word && file_exists(word);
    if (is && t && arena_new(&memory) == TAWAM_OK)
        is = shelf_find(&found, t->twin, word, NULL, memory) != TAWAM_OK;
    arena_free(memory);
    return is;
}

int cmd_form_fill(const verb_arguments *a)
{
    const char *word = verb_word(a, 1);
    territory *t = NULL;
    int code;
    if (verb_value(a, "out") && word)
        return fill_file(a, word);
    code = cmd_open(&t, a, 1);
    if (is_file(t, word)) {
        error_clear();
        code = fill_file(a, word);
    } else if (code == TAWAM_OK)
        code = verb_value(a, "list") ? list_drafts(t, a) : fill_draft_of(t, a);
    territory_close(t);
    return code;
}
