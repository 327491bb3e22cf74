/* SPDX-License-Identifier: MIT */
/* What tests of interviews share: a form from Markdown, opened, and one step
 * of a person. */
#ifndef TAWAM_TESTS_FILL_SUPPORT_H
#define TAWAM_TESTS_FILL_SUPPORT_H

#include "tests/tap.h"
#include <time.h>
#include "form/audit.h"
#include "form/draft.h"
#include "form/shelf.h"
#include "work/fill.h"
#include <stdlib.h>

static form *f;
static fill *i;
static const fill_page *page;

static void close_form(void)
{
    fill_free(i);
    form_free(f);
    i = NULL;
    f = NULL;
}

static void convert(buffer *xml, const char *markdown)
{
    workbook *w = NULL;
    form_messages *m = NULL;
    if (form_messages_new(&m) ||
        workbook_read_markdown(&w, markdown, strlen(markdown)))
        bail("%s", error_message());
    if (xlsform_convert(xml, m, w, "test"))
        bail("%s", m->count ? m->list[0].text : error_message());
    workbook_free(w);
    form_messages_free(m);
}

static void open_form(const char *markdown)
{
    buffer xml = {0};
    close_form();
    convert(&xml, markdown);
    if (form_read_xform(&f, (char *)xml.data, xml.length) ||
        fill_new_form(&i, f, NULL, NULL))
        bail("%s", error_message());
    buffer_free(&xml);
}

__attribute__((unused)) static const char *here(void)
{
    static char words[256];
    if (fill_look(&page, i))
        bail("%s", error_message());
    if (page->kind == FILL_CLOSING)
        return "closing";
    if (page->kind == FILL_REPEAT)
        snprintf(words, sizeof words, "%s? %zu", page->repeat_label,
                 page->instances);
    else
        snprintf(words, sizeof words, "%s%s", page->questions[0].path,
                 page->is_list ? " list" : "");
    return words;
}

__attribute__((unused)) static const char *next(void)
{
    if (fill_next(i))
        return error_message();
    return here();
}

__attribute__((unused)) static const char *back(void)
{
    if (fill_back(i))
        return error_message();
    return here();
}

/* What a person types at PATH: the value then, or why it was not taken. */
__attribute__((unused)) static const char *type(const char *path,
                                                const char *typed)
{
    record_outcome outcome;
    form_node *node = record_find(fill_record(i), path);
    if (!node)
        bail("no %s", path);
    if (fill_enter(&outcome, i, node, typed))
        bail("%s: %s", path, error_message());
    return outcome == RECORD_OK ? node->value : error_message();
}

/* The question at PATH, on the page which shows it. */
__attribute__((unused)) static const fill_question *at(const char *path)
{
    if (fill_go(i, path) || fill_look(&page, i))
        bail("%s: %s", path, error_message());
    for (size_t n = 0; n < page->count; n++)
        if (strcmp(page->questions[n].path, path) == 0)
            return &page->questions[n];
    bail("%s is not on its page", path);
    return NULL;
}

__attribute__((unused)) static char fill_folder[] = "/tmp/tawam-fill-XXXXXX";

/* A territory (mkdtemp(fill_folder) first) in a fill_folder of its own with the
 * form of MARKDOWN on its shelf. */
__attribute__((unused)) static twin *open_territory(territory *t,
                                                    const char *markdown)
{
    shelf_form s = {0};
    buffer xml = {0};
    char *path = file_join(fill_folder, "t");
    *t = (territory){.directory = path};
    if (twin_create(&t->twin, path))
        bail("%s", error_message());
    open_form(markdown);
    convert(&xml, markdown);
    s = (shelf_form){.id = f->id,
                     .version = f->version,
                     .title = f->title,
                     .source = "",
                     .problem = "",
                     .current = 1};
    if (shelf_put(t->twin, &s, (char *)xml.data, xml.length, NULL, 0))
        bail("%s", error_message());
    buffer_free(&xml);
    close_form();
    return t->twin;
}

__attribute__((unused)) static void open_draft(territory *t, int64_t number)
{
    fill_free(i);
    i = NULL;
    if (number ? fill_open(&i, t, number) : fill_new(&i, t, "test"))
        bail("%s", error_message());
}

/* Friday, 1 May 2026, 13:00 in UTC. */
__attribute__((unused)) static void stop_clock(void)
{
    clock_fix(1777640400000);
    setenv("TZ", "UTC", 1);
    tzset();
}

#endif
