/* SPDX-License-Identifier: MIT */
/* Secondary instances of a record, found when an expression first asks:
 *
 *   in the form -> the record finalised last -> the attachment it names ->
 *   the twin's layer of that name, also where the form names no source
 */
#include "form/lists_internal.h"
#include "form/record_internal.h"
#include <stdlib.h>
#include <string.h>

#define LAST_SAVED "jr://instance/last-saved"

static const struct form_instance *declared(const record *r, const char *id)
{
    for (size_t i = 0; i < r->f->instance_count; i++)
        if (strcmp(r->f->instances[i].id, id) == 0)
            return &r->f->instances[i];
    return NULL;
}

static form_node *top_of(struct record_list *l)
{
    return l->view ? &l->view->top : form_document_top(l->document);
}

static int load_last_saved(struct record_list *l, record *r)
{
    buffer xml = {0};
    int code = TAWAM_ENOTFOUND;
    if (r->surroundings.last_saved)
        code =
            r->surroundings.last_saved(&xml, r->surroundings.caller, r->f->id);
    if (code == TAWAM_OK)
        code = form_document_read(&l->document, r->names,
                                  xml.data ? (const char *)xml.data : "",
                                  xml.length);
    buffer_free(&xml);
    return code;
}

static int find_attachment(buffer *out, void *caller, const char *name)
{
    record *r = caller;
    (void)name; /* the end of the source */
    return r->surroundings.attachment(out, r->surroundings.caller, r->source);
}

/* Tables of the record alone, where its surroundings have none. */
static int own_lists(form_lists **out, record *r)
{
    form_lists_source source = {.caller = r, .twin = r->surroundings.twin};
    int code = TAWAM_OK;
    if (r->surroundings.attachment)
        source.file = find_attachment;
    *out = r->surroundings.lists;
    if (!*out && !r->lists)
        code = form_lists_new(&r->lists, &source);
    if (!*out)
        *out = r->lists;
    return code;
}

static int load_list(struct record_list *l, record *r, const char *source)
{
    form_lists *lists = NULL;
    list_table *found = NULL;
    int code = own_lists(&lists, r);
    r->source = source;
    if (code == TAWAM_OK)
        code = list_open(&found, &l->document, lists, r->names, l->id, source);
    if (code == TAWAM_OK && found)
        code = list_view_new(&l->view, r->names, found);
    return code;
}

static int missing(const char *source)
{
    const char *name = strrchr(source, '/');
    char *safe;
    name = name && name[1] ? name + 1 : source;
    safe = text_safe(name, strlen(name), 0);
    error_set(TAWAM_EUSAGE,
              _("the form's attachment %.100s is missing: put it beside the "
                "form and publish it again"),
              safe ? safe : "?");
    free(safe);
    return TAWAM_EUSAGE;
}

/* A long list in the form; one that is no table stays nodes. */
static int load_nodes(struct record_list *l, record *r, form_node *top)
{
    form_lists *lists = NULL;
    list_table *found = NULL;
    int code =
        list_is_table(top->first) ? own_lists(&lists, r) : TAWAM_ENOTFOUND;
    if (code == TAWAM_OK)
        code = list_open_nodes(&found, lists, top->first);
    return code == TAWAM_OK && found ? list_view_new(&l->view, r->names, found)
                                     : TAWAM_ENOTFOUND;
}

static int load(struct record_list *l, record *r,
                const struct form_instance *in)
{
    int code;
    if (in && !in->source)
        return load_nodes(l, r, in->top);
    if (in && strcmp(in->source, LAST_SAVED) == 0)
        return load_last_saved(l, r);
    code = load_list(l, r, in ? in->source : NULL);
    return code == TAWAM_ENOTFOUND && in ? missing(in->source) : code;
}

/* What was found before. A layer that got columns since is looked at anew, once
 * nothing of it is in use. */
static form_node *loaded(record *r, const char *id)
{
    for (size_t i = 0; i < r->loaded_count; i++) {
        struct record_list *l = &r->loaded[i];
        if (strcmp(l->id, id) != 0)
            continue;
        if (!l->view || !l->view->table->layer_of || l->view->is_used ||
            !list_layer_changed(l->view->table))
            return top_of(l);
        list_view_free(l->view);
        *l = r->loaded[--r->loaded_count];
        return NULL;
    }
    return NULL;
}

int record_instance(form_node **top, record *r, const char *id)
{
    const struct form_instance *in = declared(r, id);
    struct record_list l = {0};
    int code;
    *top = in && !in->source && !in->is_long ? in->top : loaded(r, id);
    if (*top)
        return TAWAM_OK;
    code = memory_reserve((void **)&r->loaded, &r->loaded_capacity,
                          r->loaded_count + 1, sizeof *r->loaded);
    l.id = form_name(r->names, id, strlen(id));
    if (code == TAWAM_OK && !l.id)
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = load(&l, r, in);
    if (code == TAWAM_ENOTFOUND && in) { /* no table; nothing saved before */
        *top = in->top;
        return TAWAM_OK;
    }
    if (code == TAWAM_OK) {
        r->loaded[r->loaded_count++] = l;
        *top = top_of(&l);
    }
    return code;
}

void record_forget_lists(record *r)
{
    for (size_t i = 0; i < r->loaded_count; i++)
        if (r->loaded[i].view)
            list_view_forget(r->loaded[i].view);
}

void record_free_lists(record *r)
{
    for (size_t i = 0; i < r->loaded_count; i++) {
        form_document_free(r->loaded[i].document);
        list_view_free(r->loaded[i].view);
    }
    free(r->loaded);
    form_lists_free(r->lists);
}
