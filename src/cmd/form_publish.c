/* SPDX-License-Identifier: MIT */
/* tawam form publish: a form into main. */
#include "cmd/form_internal.h"
#include "work/forms.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void json_report(buffer *out, const work_form_published *p,
                        const form_messages *m, int code)
{
    json_writer w = {.out = out};
    json_write_object(&w);
    json_write_key(&w, "published");
    json_write_boolean(&w, code == TAWAM_OK);
    if (code == TAWAM_OK) {
        json_write_pair(&w, "id", p->id);
        json_write_pair(&w, "version", p->version);
        json_write_pair(&w, "title", p->title);
        json_write_key(&w, "already");
        json_write_boolean(&w, p->already);
        json_write_pair_integer(&w, "attachments", (int64_t)p->attachments);
        json_write_pair_integer(&w, "bytes", p->bytes);
        json_write_pair(&w, "commit", p->commit);
    } else
        json_write_pair(&w, "message", error_message());
    cmd_form_json_messages(&w, "errors", m, 0);
    json_write_end(&w);
    cmd_form_json_messages(&w, "warnings", m, 1);
    json_write_end(&w);
    json_write_end(&w);
}

static void say_report(buffer *out, const work_form_published *p)
{
    char bytes[32];
    cmd_safe(out, *p->title ? p->title : p->id);
    buffer_text(out, " (");
    cmd_safe(out, p->id);
    buffer_text(out, _(", version "));
    cmd_safe(out, *p->version ? p->version : "-");
    buffer_text(out, "): ");
    if (p->already) {
        buffer_text(out, _("published already, just so.\n"));
        return;
    }
    text_from_bytes(bytes, (uint64_t)p->bytes);
    buffer_format(out, _("published, %s"), bytes);
    if (p->attachments)
        buffer_format(out,
                      ngettext(" with %zu attachment", " with %zu attachments",
                               p->attachments),
                      p->attachments);
    buffer_text(out, _(". It travels at the next sync.\n"));
}

/* The messages go to standard error, as all that is no answer does. */
static void say_messages(const form_messages *m)
{
    buffer out = {0};
    cmd_form_say_messages(&out, m);
    if (buffer_check(&out) == TAWAM_OK && out.length)
        fwrite(out.data, 1, out.length, stderr);
    buffer_free(&out);
}

/* With the words that were said. */
static int answer_no(void)
{
    char *words = memory_string(error_message());
    error_set(TAWAM_ENO, "%s", words ? words : _("the form is not published"));
    free(words);
    return TAWAM_ENO;
}

int cmd_form_publish(const verb_arguments *a)
{
    work_form_published done = {0};
    work_form_options o = {verb_word(a, 1), verb_value(a, "attach")};
    form_messages *m = NULL;
    territory *t = NULL;
    buffer out = {0};
    int code = form_messages_new(&m), printed;
    if (code == TAWAM_OK)
        code = cmd_open(&t, a, 1);
    if (code == TAWAM_OK) {
        code = work_form_publish(&done, m, t, &o);
        if (cmd_json(a)) {
            json_report(&out, &done, m, code);
            printed = cmd_flush_json(&out);
        } else {
            say_messages(m);
            if (code == TAWAM_OK && !cmd_quiet(a))
                say_report(&out, &done);
            printed = cmd_say(&out);
        }
        code = code == TAWAM_OK ? printed : code;
    }
    /* A form with errors, or a file that is none, is an answer: no; check says
     * the same of it. */
    if (code == TAWAM_EUSAGE && m->errors)
        code = error_set(TAWAM_ENO, _("the form is not published"));
    else if (code == TAWAM_EUSAGE && t)
        code = answer_no();
    buffer_free(&out);
    work_form_published_clear(&done);
    territory_close(t);
    form_messages_free(m);
    return code;
}
