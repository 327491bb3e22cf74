/* SPDX-License-Identifier: MIT */
/* tests/ui_fill.md, a form with every kind of question, on a shelf. */
#ifndef TAWAM_TESTS_UI_FILL_FORM_H
#define TAWAM_TESTS_UI_FILL_FORM_H

#include "form/form.h"
#include "form/shelf.h"
#include "form/workbook.h"
#include "form/xlsform.h"
#include "tests/ui_support.h"

/* Put the form on the shelf, as a sync would. */
static void put_form(territory *t)
{
    const char *top = getenv("TOP");
    char path[256];
    workbook *w = NULL;
    form_messages *m = NULL;
    buffer xml = {0};
    shelf_form f = {.id = "kinds",
                    .version = "1",
                    .title = "Toutes les questions",
                    .source = "",
                    .problem = "",
                    .current = 1};
    snprintf(path, sizeof path, "%s/tests/ui_fill.md", top ? top : ".");
    ui_must(workbook_read(&w, path), "workbook");
    ui_must(form_messages_new(&m), "messages");
    ui_must(xlsform_convert(&xml, m, w, "kinds"), "convert");
    ui_must(shelf_put(t->twin, &f, (char *)xml.data, xml.length, NULL, 0),
            "shelf");
    buffer_free(&xml);
    form_messages_free(m);
    workbook_free(w);
}

#endif
