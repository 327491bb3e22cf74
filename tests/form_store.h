/* SPDX-License-Identifier: MIT */
/* What the tests of drafts and records share: forms written as Markdown, a
 * replica in a temporary folder. */
#ifndef TAWAM_TESTS_FORM_STORE_H
#define TAWAM_TESTS_FORM_STORE_H

#include "form/form.h"
#include "form/draft.h"
#include "tests/twin_support.h"

static const char *store_property(void *caller, const char *name)
{
    (void)caller;
    return strcmp(name, "deviceid") == 0   ? "laptop-3"
           : strcmp(name, "username") == 0 ? "Fatima"
                                           : "";
}

__attribute__((unused)) static const record_surroundings STORE_AROUND = {
    .property = store_property};

/* The form of a Markdown workbook; of an XForm when it begins with "<". */
__attribute__((unused)) static form *store_form(const char *text)
{
    form_messages *m = NULL;
    workbook *w = NULL;
    buffer xml = {0};
    form *f = NULL;
    int code = form_messages_new(&m);
    if (*text == '<')
        buffer_text(&xml, text);
    else {
        if (code == TAWAM_OK)
            code = workbook_read_markdown(&w, text, strlen(text));
        if (code == TAWAM_OK)
            code = xlsform_convert(&xml, m, w, "test");
        for (size_t i = 0; code != TAWAM_OK && m && i < m->count; i++)
            diag("%s %zu %s: %s", m->list[i].sheet, m->list[i].row,
                 m->list[i].column, m->list[i].text);
    }
    if (code == TAWAM_OK)
        code = form_read_xform(&f, (const char *)xml.data, xml.length);
    if (code != TAWAM_OK)
        bail("the form: %s", error_message());
    buffer_free(&xml);
    workbook_free(w);
    form_messages_free(m);
    return f;
}

/* A draft of F in T. */
__attribute__((unused)) static draft *store_draft(twin *t, const form *f)
{
    draft *d = NULL;
    if (draft_new(&d, t, f, &STORE_AROUND))
        bail("%s", error_message());
    return d;
}

/* All of R but what says which form it is, hidden values too, as text. */
__attribute__((unused)) static void store_dump(buffer *out, const record *r)
{
    form_node *root = record_root(r);
    for (form_node *n = root; n; n = form_node_after(n, root, 1)) {
        int depth = 0;
        for (form_node *up = n->parent; up; up = up->parent)
            depth++;
        buffer_format(out, "%*s%s=%s%s%s%s\n", depth, "", n->name, n->value,
                      n->is_hidden ? " hidden" : "",
                      n->is_required ? " required" : "",
                      n->is_readonly ? " readonly" : "");
        for (form_node *a = n->attributes; a; a = a->next)
            buffer_format(out, "%*s@%s=%s\n", depth, "", a->name, a->value);
    }
}

__attribute__((unused)) static void store_say(draft *d, const char *path,
                                              const char *value)
{
    record_outcome outcome = RECORD_OK;
    form_node *node = record_find(draft_record(d), path);
    if (!node || draft_answer(&outcome, d, node, value) || outcome)
        bail("%s = %s: %s", path, value, error_message());
}

typedef struct store_answer {
    const char *path, *value;
} store_answer;

/* Answers up to the one without a path. */
__attribute__((unused)) static void store_say_all(draft *d,
                                                  const store_answer *list)
{
    for (; list->path; list++)
        store_say(d, list->path, list->value);
}

__attribute__((unused)) static form_node *
store_add(draft *d, const char *parent, const char *name)
{
    form_node *node = NULL, *above = record_find(draft_record(d), parent);
    form_item *item = above ? form_item_child(above->item, name) : NULL;
    if (!item || draft_add_repeat(&node, d, above, item))
        bail("%s/%s: %s", parent, name, error_message());
    return node;
}

/* The first NAME below PARENT, made where the form makes none. */
__attribute__((unused)) static void store_first(draft *d, const char *parent,
                                                const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s[1]", parent, name);
    if (!record_find(draft_record(d), path))
        store_add(d, parent, name);
}

__attribute__((unused)) static const char *store_value(const record *r,
                                                       const char *path)
{
    const form_node *node = record_find(r, path);
    return !node ? "(not there)" : node->is_hidden ? "(hidden)" : node->value;
}

#endif
