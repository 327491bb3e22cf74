/* SPDX-License-Identifier: MIT */
/* tawam form fill: an interview line by line, on plain input and output: for
 * screen readers, slow links, dumb terminals, and answers from a file.
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

/* ---- beginning and end ---- */

static void say_beginning(line_mode *m)
{
    const form *f = fill_form(m->fill);
    line_say(m, f->title && *f->title ? f->title : f->id);
    if (fill_draft(m->fill))
        buffer_format(&m->out, _("draft %lld\n"),
                      (long long)fill_draft(m->fill));
    line_say(m, _("? help, < back, > on, :save leaves"));
    if (fill_tells_place(m->fill))
        line_say(m, _("this form's audit records where it is filled, while a "
                      "GPS receiver (gpsd) is on"));
}

static void say_warnings(line_mode *m)
{
    size_t count = 0;
    const char *const *list = fill_warnings(&count, m->fill);
    for (size_t i = 0; i < count; i++)
        line_say(m, list[i]);
}

/* By its name: a row's number of 19 digits tells a person nothing. */
static void say_saved(line_mode *m)
{
    const char *title = fill_form(m->fill)->title;
    const char *name = *m->caption ? m->caption : title ? title : "";
    char *safe = text_safe(name, strlen(name), 0);
    buffer_format(&m->out, _("saved: %s; the next sync sends it\n"),
                  safe ? safe : "");
    free(safe);
}

static void say_end(line_mode *m)
{
    long long number = (long long)fill_draft(m->fill);
    if (m->end == FILL_FINISHED)
        say_warnings(m);
    if (m->end == FILL_FINISHED && m->row)
        say_saved(m);
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

/* The gpsd that --gpsd names is the audit's too. */
static int choose_gpsd(line_mode *m)
{
    fill_gps gps = {0};
    char *host = NULL;
    int code = line_gpsd(&gps, &host, m);
    if (code == TAWAM_OK)
        code = fill_set_gpsd(m->fill, gps.host, gps.port);
    free(host);
    return code;
}

static int converse(line_mode *m, int is_new)
{
    int code = choose_language(m, is_new);
    if (code == TAWAM_OK)
        code = choose_gpsd(m);
    m->is_terminal = isatty(STDIN_FILENO);
    if (code == TAWAM_OK) {
        say_beginning(m);
        code = line_interview(m);
    }
    if (code == TAWAM_OK && m->end == FILL_LEFT && fill_draft(m->fill) &&
        !fill_is_touched(m->fill)) {
        code = fill_discard(m->fill);
        line_say(m, _("nothing was entered; no draft is kept"));
    } else if (code == TAWAM_OK)
        say_end(m);
    free(m->line);
    free(m->caption);
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
        buffer_text(&out, *list[i].caption ? " " : "");
        cmd_safe(&out, list[i].caption);
        buffer_format(&out, ", %s, ", changed);
        buffer_format(&out, _("answers: %lld"), (long long)list[i].answers);
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

/* What a draft's form has no place for any more. */
static int say_aside(void *caller, const char *path, const char *value,
                     const char *version)
{
    line_mode *m = caller;
    char *safe = text_safe(value, strlen(value), 0);
    if (!safe)
        return TAWAM_EMEMORY;
    buffer_format(&m->out,
                  _("! this version has no place for %s (version %s): %s\n"),
                  path, version, safe);
    free(safe);
    return buffer_check(&m->out);
}

/* A draft as XML, also when its form is gone. */
static int write_draft(territory *t, int64_t number, const char *out)
{
    buffer xml = {0};
    int code = draft_export(&xml, t->twin, number);
    if (code == TAWAM_OK)
        code = file_write_atomic(out, xml.data, xml.length);
    buffer_free(&xml);
    return code;
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
    if (code == TAWAM_OK && number && verb_value(a, "out"))
        return write_draft(t, number, verb_value(a, "out"));
    if (code == TAWAM_OK)
        code = number && verb_value(a, "upgrade")
                   ? fill_upgrade(&m.fill, t, number)
               : number ? fill_open(&m.fill, t, number)
               : row    ? edit_row(&m.fill, t, id, row)
                        : fill_new(&m.fill, t, id);
    if (code == TAWAM_OK)
        code = fill_each_aside(m.fill, say_aside, &m);
    if (code == TAWAM_OK)
        code = converse(&m, !number && !fill_is_touched(m.fill));
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
