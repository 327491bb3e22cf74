/* SPDX-License-Identifier: MIT */
/* What the tests of XLSForms share: one in Markdown is converted, and what came
 * of it is in `xml` and `messages` until the next. */
#ifndef TAWAM_TESTS_XLSFORM_SUPPORT_H
#define TAWAM_TESTS_XLSFORM_SUPPORT_H

#include "tests/tap.h"
#include "form/form.h"

static buffer xml;
static form_messages *messages;

/* Converts MARKDOWN; 1 if it was accepted and the XForm can be read too. */
static inline int convert(const char *markdown)
{
    workbook *w = NULL;
    form *f = NULL;
    int code;
    form_messages_free(messages);
    messages = NULL;
    buffer_clear(&xml);
    if (form_messages_new(&messages) ||
        workbook_read_markdown(&w, markdown, strlen(markdown)))
        bail("%s", error_message());
    code = xlsform_convert(&xml, messages, w, "test");
    workbook_free(w);
    if (code == TAWAM_OK)
        code = form_read_xform(&f, (const char *)xml.data, xml.length);
    form_free(f);
    return code == TAWAM_OK;
}

static inline void free_converted(void)
{
    form_messages_free(messages);
    buffer_free(&xml);
}

static inline void has(const char *part, const char *name)
{
    const char *all = xml.data ? (const char *)xml.data : "";
    if (!ok(strstr(all, part) != NULL, "%s", name))
        diag("no %s\n# in %s", part, all);
}

static inline void has_not(const char *part, const char *name)
{
    ok(!strstr(xml.data ? (const char *)xml.data : "", part), "%s", name);
}

static inline void accepted(const char *markdown, const char *name)
{
    if (!ok(convert(markdown), "%s", name))
        diag("%s", error_message());
}

/* Refused with one error at that place, whose words have WORDS. */
static inline void refused(const char *markdown, const char *sheet, size_t row,
                           const char *column, const char *words)
{
    const form_message *m = NULL;
    int taken = convert(markdown);
    for (size_t i = 0; i < messages->count && !m; i++)
        if (!messages->list[i].is_warning)
            m = &messages->list[i];
    if (!ok(!taken && m && strcmp(m->sheet, sheet) == 0 && m->row == row &&
                strcmp(m->column, column) == 0 && strstr(m->text, words),
            "refused: %s, row %zu, %s: %s", sheet, row, column, words))
        diag("got %s, row %zu, %s: %s", m ? m->sheet : "-", m ? m->row : 0,
             m ? m->column : "-", m ? m->text : error_message());
}

/* Converts MARKDOWN with each of its allocations failing once. */
static inline void without_memory(const char *markdown)
{
    int failed = 0, done = 0;
    for (long nth = 1; !done && nth < 20000; nth++) {
        workbook *w = NULL;
        form_messages *m = NULL;
        buffer out = {0};
        memory_fail_at(nth);
        done = !form_messages_new(&m) &&
               !workbook_read_markdown(&w, markdown, strlen(markdown)) &&
               !xlsform_convert(&out, m, w, "t");
        memory_fail_at(0);
        buffer_free(&out);
        form_messages_free(m);
        workbook_free(w);
        failed += !done;
    }
    ok(done && failed > 10, "each of %d allocations failing is an error",
       failed);
}

#endif
