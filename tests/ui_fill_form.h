/* SPDX-License-Identifier: MIT */
/* Forms on a shelf: tests/ui_fill.md has every kind of question,
 * tests/ui_fill_looks.md their appearances. */
#ifndef TAWAM_TESTS_UI_FILL_FORM_H
#define TAWAM_TESTS_UI_FILL_FORM_H

#include "form/form.h"
#include "form/shelf.h"
#include "form/workbook.h"
#include "form/xlsform.h"
#include "tests/ui_support.h"

/* Put tests/FILE on the shelf, as a sync would. */
static void put_form(territory *t, const char *file, const char *id,
                     const char *title)
{
    const char *top = getenv("TOP");
    char path[256];
    workbook *w = NULL;
    form_messages *m = NULL;
    buffer xml = {0};
    shelf_form f = {.id = id,
                    .version = "1",
                    .title = title,
                    .source = "",
                    .problem = "",
                    .current = 1};
    snprintf(path, sizeof path, "%s/tests/%s", top ? top : ".", file);
    ui_must(workbook_read(&w, path), "workbook");
    ui_must(form_messages_new(&m), "messages");
    ui_must(xlsform_convert(&xml, m, w, id), "convert");
    ui_must(shelf_put(t->twin, &f, (char *)xml.data, xml.length, NULL, 0),
            "shelf");
    buffer_free(&xml);
    form_messages_free(m);
    workbook_free(w);
}

#endif
