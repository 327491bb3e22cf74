/* SPDX-License-Identifier: MIT */
/* "Household > member 3 of 7: Fatima": where in the form a page is. */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- what an instance is called ---- */

/* The first answer of E's questions below NODE, in words. */
static int first_answer(const char **out, fill *f, const form_element *e,
                        form_node *node, const form_node * not, arena *memory)
{
    int code = TAWAM_OK;
    for (const form_element *c = e->first; code == TAWAM_OK && c && !**out;
         c = c->next) {
        form_node *n = fill_node_below(node, c->item);
        fill_question q;
        if (!n || n->is_hidden || c->kind == FORM_REPEAT)
            continue;
        if (c->kind == FORM_GROUP)
            code = first_answer(out, f, c, n, not, memory);
        else if (n != not &&*n->value && fill_kind_of(n) != FILL_NOTE &&
                 fill_kind_of(n) != FILL_FILE) {
            code = fill_question_read(&q, f, n, c, memory);
            if (code == TAWAM_OK)
                *out = q.masked ? "" : q.echo;
        } else if (n == not )
            break;
    }
    return code;
}

int fill_instance_name(const char **out, fill *f, const form_element *repeat,
                       form_node *instance, const form_node * not,
                       arena *memory)
{
    *out = "";
    return first_answer(out, f, repeat, instance, not, memory);
}

/* ---- the path of labels ---- */

static int write_part(buffer *out, fill *f, const form_element *e,
                      form_node *node, const form_node *page, arena *memory)
{
    const char *label = "", *name = "";
    form_node *instance;
    int code;
    /* The group that pyxform puts around a repeat has the repeat's label. */
    if (e->kind == FORM_GROUP && e->item->is_repeat)
        return TAWAM_OK;
    code = fill_group_label(&label, f, e, node, memory);
    if (code != TAWAM_OK || !*label)
        return code;
    if (out->length)
        buffer_text(out, " > ");
    buffer_text(out, label);
    instance = fill_instance_of(node);
    if (e->kind != FORM_REPEAT || !instance || instance->item != e->item)
        return TAWAM_OK;
    code = fill_instance_name(&name, f, e, instance, page, memory);
    /* after the repeat's label, which is in the form's language too */
    static const char *const of[] = {[FILL_EN] = " %zu of %zu",
                                     [FILL_FR] = " %zu sur %zu",
                                     [FILL_AR] = " %zu من %zu"};
    buffer_format(out, of[fill_tongue_of(f)], fill_position(instance),
                  fill_instances(instance->parent, e->item));
    if (code == TAWAM_OK && *name)
        buffer_format(out, fill_tongue_of(f) == FILL_FR ? " : %s" : ": %s",
                      name);
    return code;
}

/* The node of E's item above NODE, or the nearest above that is in its
 * instances. */
static form_node *node_above(form_node *node, const form_item *item)
{
    form_node *n = node;
    while (n && n->item && n->item != item)
        n = n->parent;
    return n && n->item ? n : node;
}

static int write_parts(buffer *out, fill *f, const form_element *e,
                       form_node *node, const form_node *page, arena *memory)
{
    int code = e->parent ? write_parts(out, f, e->parent, node, page, memory)
                         : TAWAM_OK;
    return code == TAWAM_OK && e->kind != FORM_QUESTION && e->parent
               ? write_part(out, f, e, node_above(node, e->item), page, memory)
               : code;
}

int fill_heading(const char **out, fill *f, const form_element *e,
                 form_node *node, arena *memory)
{
    buffer all = {0};
    /* The page after the instances is of the repeat, not of one of them. */
    int is_repeat_page = e->kind == FORM_REPEAT && node->item != e->item;
    int code = write_parts(&all, f, is_repeat_page ? e->parent : e, node, node,
                           memory);
    if (code == TAWAM_OK)
        code = buffer_check(&all);
    if (code == TAWAM_OK) {
        *out = arena_copy(memory, all.data ? (char *)all.data : "",
                          all.length + 1);
        code = *out ? TAWAM_OK : TAWAM_EMEMORY;
    }
    buffer_free(&all);
    return code;
}
