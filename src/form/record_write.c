/* SPDX-License-Identifier: MIT */
/* A record as XML: the submission (ODK XForms, "Primary instance"). */
#include "form/record_internal.h"
#include <string.h>

/* Prefixes as forms use them; the form's own namespace has none. */
static const char *prefix_of(const char *space)
{
    static const struct {
        const char *space, *prefix;
    } known[] = {{SPACE_OPENROSA, "orx"},
                 {SPACE_JAVAROSA, "jr"},
                 {SPACE_ODK, "odk"},
                 {SPACE_ENTITIES, "entities"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(space, known[i].space) == 0)
            return known[i].prefix;
    return NULL;
}

static void write_name(buffer *out, const form_node *node)
{
    const char *prefix = prefix_of(node->space);
    if (prefix)
        buffer_format(out, "%s:", prefix);
    buffer_text(out, node->name);
}

static void write_attributes(buffer *out, const form_node *node)
{
    for (const form_node *a = node->attributes; a; a = a->next) {
        buffer_byte(out, ' ');
        write_name(out, a);
        buffer_text(out, "=\"");
        form_write_text(out, a->value, 1);
        buffer_byte(out, '"');
    }
}

static void write_begin(buffer *out, const form_node *node, int is_root)
{
    static const char *const spaces[] = {SPACE_OPENROSA, SPACE_JAVAROSA,
                                         SPACE_ODK, SPACE_ENTITIES};
    buffer_byte(out, '<');
    write_name(out, node);
    for (size_t i = 0; is_root && i < sizeof spaces / sizeof *spaces; i++)
        buffer_format(out, " xmlns:%s=\"%s\"", prefix_of(spaces[i]), spaces[i]);
    write_attributes(out, node);
}

static int is_left_out(const form_node *node)
{
    return node->is_hidden || (node->is_text && !*node->value);
}

int record_write(buffer *out, const record *r)
{
    const form_node *root = record_root(r), *n = root;
    while (n) {
        int out_of_it = is_left_out(n) && n != root;
        int enter = !out_of_it && n->first && !(n == root && root->is_hidden);
        const form_node *next = form_node_after(n, root, enter), *up = n;
        if (n->is_text)
            form_write_text(out, n->value, 0);
        else if (!out_of_it) {
            write_begin(out, n, n == root);
            buffer_text(out, enter ? ">" : *n->value ? ">" : "/>");
            if (!enter && *n->value) {
                form_write_text(out, n->value, 0);
                buffer_text(out, "</");
                write_name(out, n);
                buffer_byte(out, '>');
            }
        }
        if (enter) {
            n = next;
            continue;
        }
        while (up != root && (!next || up->parent != next->parent)) {
            up = up->parent;
            buffer_text(out, "</");
            write_name(out, up);
            buffer_byte(out, '>');
        }
        n = next;
    }
    return buffer_check(out);
}
