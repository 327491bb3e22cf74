/* SPDX-License-Identifier: MIT */
/* What the tests of lists share: a form with secondary instances of every
 * kind, a record of it among the files of one folder, and what it answers. */
#ifndef TAWAM_TESTS_LISTS_SUPPORT_H
#define TAWAM_TESTS_LISTS_SUPPORT_H

#include "tests/twin_support.h"
#include "form/form.h"
#include "form/shelf.h"
#include "form/record_internal.h"

#define MUST(call)                                                             \
    do {                                                                       \
        if ((call) != TAWAM_OK)                                                \
            bail("%s: %s", #call, error_message());                            \
    } while (0)

static const char FORM[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' "
    "xmlns:h='http://www.w3.org/1999/xhtml' "
    "xmlns:jr='http://openrosa.org/javarosa'><h:head><model>"
    "<instance><data id='f'><q/><s/><n/><pick/><again/></data></instance>"
    "<instance id='csv' src='jr://file-csv/rows.csv'/>"
    "<instance id='semi' src='jr://file-csv/semi.csv'/>"
    "<instance id='json' src='jr://file/rows.geojson'/>"
    "<instance id='xml' src='jr://file/rows.xml'/>"
    "<instance id='places' src='jr://file/places.geojson'/>"
    "<instance id='bad' src='jr://file-csv/bad.csv'/>"
    "<instance id='gone' src='jr://file-csv/gone.csv'/>"
    "<instance id='water_point' src='jr://file-csv/water_point.csv'/>"
    "<instance id='__last-saved' src='jr://instance/last-saved'><data/>"
    "</instance>"
    "<bind nodeset='/data/n' type='int'/>"
    "</model></h:head><h:body>"
    "<select1 ref='/data/pick'><itemset nodeset=\"instance('csv')/root/item"
    "[a = current()/../q]\"><value ref='name'/><label ref='b'/></itemset>"
    "</select1></h:body></h:html>";

static char *folder;
static form *f;
static record *r;
static form_surroundings *around;
static twin *t;

static inline void put(const char *name, const char *text)
{
    char *path = file_join(folder, name);
    MUST(file_write_atomic(path, text, strlen(text)));
    free(path);
}

static inline void open_record(void)
{
    record_free(r);
    form_surroundings_free(around);
    r = NULL;
    around = NULL;
    if (!f)
        MUST(form_read_xform(&f, FORM, strlen(FORM)));
    MUST(form_file_surroundings(&around, folder, t));
    MUST(record_new(&r, f, form_surroundings_record(around)));
}

/* Texts of the nodes that WORDS lead to, or its value, with "|" between;
 * in one static place of two. */
static inline const char *ask(const char *words)
{
    static char *kept[2];
    static int turn;
    buffer out = {0};
    xpath_value v;
    xpath *x = NULL;
    const char *text = "";
    int code = xpath_compile(&x, f->names, words);
    if (code == TAWAM_OK)
        code = record_evaluate(&v, r, x, record_find(r, "/data/pick"));
    if (code == TAWAM_OK && v.kind == XPATH_NODESET)
        for (size_t i = 0; i < v.count; i++) {
            buffer_text(&out, i ? "|" : "");
            buffer_text(&out, node_value(v.nodes[i], r->memory));
        }
    else if (code == TAWAM_OK) {
        code = xpath_to_text(&text, &v, r->memory);
        buffer_text(&out, text);
    }
    if (code != TAWAM_OK)
        buffer_format(&out, "error: %s", error_message());
    record_forget(r);
    xpath_free(x);
    buffer_text(&out, "");
    turn = !turn;
    free(kept[turn]);
    kept[turn] = out.data ? buffer_take(&out) : memory_string("");
    return kept[turn];
}

static inline void answer(const char *path, const char *text)
{
    record_outcome outcome;
    MUST(record_answer(&outcome, r, record_find(r, path), text));
}

static inline int is_list(const char *id)
{
    form_node *top = NULL;
    MUST(record_instance(&top, r, id));
    return top->first->is_list;
}

static inline void lists_begin(const char *name)
{
    folder = scratch_folder(name);
    MUST(file_make_folders(folder));
}

static inline void lists_end(void)
{
    record_free(r);
    form_surroundings_free(around);
    form_free(f);
    twin_close(t);
    remove_folder(folder);
}

#endif
