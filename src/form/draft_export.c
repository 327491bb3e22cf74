/* SPDX-License-Identifier: MIT */
/* A draft as XML without its form, which may be gone: from its rows alone. */
#include "form/draft_internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct exporting {
    draft_rows rows;
    form_names *names;
    form_document *document;
    form_node **nodes; /* of instances, by their place in rows */
} exporting;

/* The child NAME (LENGTH bytes) of NODE that came last, or a new one. */
static int step_down(form_node **out, exporting *x, form_node *node,
                     const char *name, size_t length, int again)
{
    const char *kept = form_name(x->names, name, length);
    form_node *c = again ? NULL : node->last;
    if (!kept)
        return TAWAM_EMEMORY;
    while (c && c->name != kept)
        c = c->previous;
    *out = c;
    return c ? TAWAM_OK : form_node_add(out, x->document, node, kept, "");
}

/* The node of PATH below INSTANCE (NULL: the record), whose own path goes
 * before it. NEW 1: the last step is made anew. An attribute's node is that
 * which has it, and *attribute is its name. */
static int reach(form_node **out, const char **attribute, exporting *x,
                 const draft_row_instance *instance, const char *path, int new)
{
    form_node *node = instance ? x->nodes[instance - x->rows.instances]
                               : form_document_top(x->document);
    size_t base = instance ? strlen(instance->path) : 0;
    const char *at = path;
    int code = TAWAM_OK;
    *attribute = NULL;
    if (base && strlen(path) >= base && memcmp(path, instance->path, base) == 0)
        at += base;
    while (code == TAWAM_OK && *at == '/') {
        size_t length = strcspn(++at, "/");
        if (*at == '@') {
            *attribute = at + 1;
            break;
        }
        code = step_down(&node, x, node, at, length, new && !at[length]);
        at += length;
    }
    *out = node;
    return code;
}

static int add_instances(exporting *x)
{
    int code = TAWAM_OK;
    const char *attribute;
    for (size_t i = 0; code == TAWAM_OK && i < x->rows.instance_count; i++) {
        const draft_row_instance *one = &x->rows.instances[i];
        const draft_row_instance *parent =
            draft_rows_instance(&x->rows, one->parent);
        if (parent > one)
            parent = NULL;
        code = reach(&x->nodes[i], &attribute, x, parent, one->path, 1);
    }
    return code;
}

static int add_values(exporting *x)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < x->rows.value_count; i++) {
        const draft_row_value *v = &x->rows.values[i];
        const char *attribute = NULL;
        form_node *node = NULL;
        code = reach(&node, &attribute, x,
                     draft_rows_instance(&x->rows, v->instance), v->path, 0);
        if (code == TAWAM_OK)
            code = attribute ? form_attribute_set(x->document, node, attribute,
                                                  "", v->value)
                             : form_node_set(x->document, node, v->value);
    }
    return code;
}

static void write_node(buffer *out, const form_node *node)
{
    buffer_format(out, "<%s", node->name);
    for (const form_node *a = node->attributes; a; a = a->next) {
        buffer_format(out, " %s=\"", a->name);
        form_write_text(out, a->value, 1);
        buffer_byte(out, '"');
    }
    buffer_byte(out, '>');
    if (!node->first)
        form_write_text(out, node->value, 0);
    for (const form_node *c = node->first; c; c = c->next)
        write_node(out, c);
    buffer_format(out, "</%s>", node->name);
}

static int write_all(buffer *xml, exporting *x, const draft_entry *head)
{
    form_node *root = form_document_root(x->document);
    int code = root ? TAWAM_OK
                    : form_node_add(&root, x->document,
                                    form_document_top(x->document), "data", "");
    if (code == TAWAM_OK)
        code = form_attribute_set(x->document, root, "id", "", head->form);
    if (code == TAWAM_OK)
        code =
            form_attribute_set(x->document, root, "version", "", head->version);
    if (code == TAWAM_OK)
        write_node(xml, root);
    return code == TAWAM_OK ? buffer_check(xml) : code;
}

int draft_export(buffer *xml, twin *t, int64_t id)
{
    exporting x = {0};
    draft_entry head = {0};
    arena *a = NULL;
    int code = arena_new(&a);
    if (code == TAWAM_OK)
        code = draft_find(&head, t, id, a);
    if (code == TAWAM_OK)
        code = draft_rows_load(&x.rows, t, id);
    if (code == TAWAM_OK)
        code = form_names_new(&x.names);
    if (code == TAWAM_OK)
        code = form_document_new(&x.document, x.names);
    if (code == TAWAM_OK) {
        x.nodes = memory_array(x.rows.instance_count + 1, sizeof *x.nodes);
        code = x.nodes ? add_instances(&x) : TAWAM_EMEMORY;
    }
    if (code == TAWAM_OK)
        code = add_values(&x);
    if (code == TAWAM_OK)
        code = write_all(xml, &x, &head);
    form_document_free(x.document);
    form_names_free(x.names);
    draft_rows_free(&x.rows);
    free(x.nodes);
    arena_free(a);
    return code;
}
