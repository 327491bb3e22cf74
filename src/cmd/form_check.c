/* SPDX-License-Identifier: MIT */
/* tawam form check | convert: is it a form, and which XForm is it. */
#include "cmd/form_internal.h"
#include "cmd/terminal.h"
#include <stdlib.h>
#include <string.h>

void cmd_form_json_messages(json_writer *w, const char *key,
                            const form_messages *m, int warnings)
{
    json_write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; i < m->count; i++) {
        if (m->list[i].is_warning != warnings)
            continue;
        json_write_object(w);
        json_write_pair(w, "sheet", m->list[i].sheet);
        json_write_pair_integer(w, "row", (int64_t)m->list[i].row);
        json_write_pair(w, "column", m->list[i].column);
        json_write_pair(w, "message", m->list[i].text);
        json_write_end(w);
    }
}

void cmd_form_say_messages(buffer *out, const form_messages *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const form_message *one = &m->list[i];
        buffer_text(out, one->is_warning ? _("warning: ") : _("error: "));
        if (one->row)
            buffer_format(out, _("sheet %s, row %zu, %s: %s"), one->sheet,
                          one->row, one->column, one->text);
        else
            buffer_text(out, one->text);
        buffer_byte(out, '\n');
    }
}

/* An error of the XForm itself, which is of no sheet, is one of the list. */
static void write_outcome(buffer *out, const form_messages *m, int code)
{
    json_writer w = {.out = out};
    json_write_object(&w);
    json_write_key(&w, "accept");
    json_write_boolean(&w, code == TAWAM_OK);
    cmd_form_json_messages(&w, "errors", m, 0);
    if (code != TAWAM_OK && !m->errors) {
        json_write_object(&w);
        json_write_pair(&w, "message", error_message());
        json_write_end(&w);
    }
    json_write_end(&w);
    cmd_form_json_messages(&w, "warnings", m, 1);
    json_write_end(&w);
    json_write_end(&w);
}

/* The same as people read it: where, what, how to mend it. */
static void say_outcome(buffer *out, const form_messages *m, int code)
{
    size_t errors = m->errors, warnings = m->count;
    for (size_t i = 0; i < m->count; i++)
        warnings -= !m->list[i].is_warning;
    cmd_form_say_messages(out, m);
    if (code != TAWAM_OK && !m->errors) {
        errors = 1;
        buffer_format(out, "%s%s\n", _("error: "), error_message());
    }
    if (code == TAWAM_OK && !warnings)
        buffer_text(out, _("Accepted.\n"));
    else if (code == TAWAM_OK)
        buffer_format(out, _("Accepted; warnings: %zu.\n"), warnings);
    else
        buffer_format(out, _("Not accepted; errors: %zu, warnings: %zu.\n"),
                      errors, warnings);
}

static int say_missing(void *context, const char *file)
{
    return form_messages_add(
        context, 1, _("the attachment %.100s is not in the folder"), file);
}

/* With --attach: what the form names and the folder lacks. */
static int check_attachments(form_messages *m, const form *f,
                             const verb_arguments *a)
{
    form_lists_source source = {.folder = verb_value(a, "attach")};
    form_lists *lists = NULL;
    int code = source.folder ? form_lists_new(&lists, &source) : TAWAM_OK;
    if (lists)
        code = form_lists_missing(lists, f, say_missing, m);
    form_lists_free(lists);
    return code;
}

int cmd_form_check(const verb_arguments *a)
{
    form *f = NULL;
    form_messages *m = NULL;
    buffer out = {0};
    int code = form_messages_new(&m), flushed;
    if (code == TAWAM_OK)
        code = form_file_read(&f, m, verb_word(a, 1));
    if (code == TAWAM_OK)
        code = check_attachments(m, f, a);
    if (code == TAWAM_OK || code == TAWAM_EUSAGE) {
        if (cmd_json(a) || !terminal_is_out()) {
            write_outcome(&out, m, code);
            flushed = cmd_flush_json(&out);
        } else {
            say_outcome(&out, m, code);
            flushed = cmd_say(&out);
        }
        code = flushed != TAWAM_OK ? flushed
               : code == TAWAM_OK
                   ? code
                   : error_set(TAWAM_ENO, _("the form is not accepted"));
    }
    buffer_free(&out);
    form_free(f);
    form_messages_free(m);
    return code;
}

int cmd_form_convert(const verb_arguments *a)
{
    const char *to = verb_value(a, "to");
    form_messages *m = NULL;
    buffer xml = {0};
    int code;
    if (to && strcmp(to, "xform") != 0)
        return error_set(TAWAM_EUSAGE, _("--to is xform"));
    code = form_messages_new(&m);
    if (code == TAWAM_OK)
        code = form_file_xform(&xml, m, verb_word(a, 1));
    for (size_t i = 0; m && code == TAWAM_EUSAGE && i < m->count; i++)
        if (!m->list[i].is_warning && !m->list[i].row) {
            code = error_set(TAWAM_ENO, "%s", m->list[i].text);
            break;
        } else if (!m->list[i].is_warning) {
            code = error_set(TAWAM_ENO, _("sheet %s, row %zu, %s: %s"),
                             m->list[i].sheet, m->list[i].row,
                             m->list[i].column, m->list[i].text);
            break;
        }
    if (code == TAWAM_OK)
        code = cmd_flush(&xml);
    buffer_free(&xml);
    form_messages_free(m);
    return code;
}
