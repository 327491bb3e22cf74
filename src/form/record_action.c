/* SPDX-License-Identifier: MIT */
/* What happens by itself: preloads, and setvalue on events. */
#include "form/record_internal.h"
#include <string.h>

/* ---- where an action's target is ---- */

static int is_above_item(const form_item *a, const form_item *b)
{
    return b->number >= a->number && b->number < a->end;
}

/* The first node of ITEM below TOP, whose item is above it. */
static form_node *first_below(form_node *top, const form_item *item)
{
    form_node *n = top;
    while (n && n->item != item) {
        form_node *c = n->first;
        while (c && !(c->item && is_above_item(c->item, item)))
            c = c->next;
        n = c;
    }
    return n;
}

form_node *record_near(const form_node *node, const form_item *item)
{
    const form_item *element = form_item_element(item);
    form_node *above = (form_node *)(uintptr_t)node, *found = NULL;
    while (above && above->item && !is_above_item(above->item, element))
        above = above->parent;
    if (above && above->item)
        found = first_below(above, element);
    return found ? form_item_node(item, found) : NULL;
}

/* ---- setvalue ---- */

static int set_target(record *r, const form_action *a, form_node *target)
{
    xpath_value v = {.kind = XPATH_STRING, .text = a->words};
    const char *text = "";
    int differs = 0, code = TAWAM_OK;
    if (a->value)
        code = record_evaluate(&v, r, a->value, target);
    if (code == TAWAM_OK)
        code = record_convert(&text, r, a->target, &v);
    if (code == TAWAM_OK)
        code = record_set(&differs, r, target, text);
    record_forget(r);
    if (code == TAWAM_OK && differs) {
        code = record_changed(r, target);
        /* What this sets off, and the next action of the list, sees the
         * calculates that follow from it (JavaRosa too). */
        if (code == TAWAM_OK && !r->is_recomputing)
            code = record_recompute(r);
        if (code == TAWAM_OK)
            code = record_act(r, target->item->changed, FORM_VALUE_CHANGED,
                              target);
    }
    return code == TAWAM_OK ? code : error_add("%s, setvalue", a->target->path);
}

/* Without a NODE the event is of the whole record: every target. */
static int act_everywhere(record *r, const form_action *a)
{
    form_node *root = record_root(r);
    int code = TAWAM_OK;
    for (form_node *n = root; code == TAWAM_OK && n;
         n = form_node_after(n, root, 1)) {
        form_node *found = n->item ? form_item_node(a->target, n) : NULL;
        if (found)
            code = set_target(r, a, found);
    }
    return code;
}

/* The first that A's place leads to from NODE; NULL: none. */
static int find_place(form_node **out, record *r, const form_action *a,
                      form_node *node)
{
    xpath_value v;
    int code = record_evaluate(&v, r, a->place, node);
    *out = code == TAWAM_OK && v.kind == XPATH_NODESET && v.count &&
                   v.nodes[0]->item == a->target
               ? v.nodes[0]
               : NULL;
    record_forget(r);
    return code == TAWAM_OK ? code : error_add("%s, setvalue", a->target->path);
}

#define ACTING_MOST 50 /* actions that one change sets off, one by another */

int record_act(record *r, const form_action *list, unsigned events,
               form_node *node)
{
    int code = TAWAM_OK;
    if (++r->acting > ACTING_MOST)
        code = error_set(TAWAM_EUSAGE,
                         _("setvalue actions set each other off for ever"));
    for (const form_action *a = list; code == TAWAM_OK && a; a = a->next) {
        form_node *target = NULL;
        if (!(a->events & events))
            continue;
        if (a->place)
            code = find_place(&target, r, a, node ? node : record_root(r));
        else if (node)
            target = record_near(node, a->target);
        else
            code = act_everywhere(r, a);
        if (code == TAWAM_OK && target)
            code = set_target(r, a, target);
    }
    r->acting--;
    return code;
}

/* ---- preloads ---- */

static const char *property(const record *r, const char *name)
{
    const char *text =
        r->surroundings.property
            ? r->surroundings.property(r->surroundings.caller, name)
            : NULL;
    return text ? text : "";
}

/* The expression that stands for a preload; NULL: a property or nothing. */
static const char *preload_expression(const form_item *item)
{
    const char *what = item->preload_parameters ? item->preload_parameters : "";
    if (strcmp(item->preload, "uid") == 0)
        return "concat('uuid:', uuid())";
    if (strcmp(item->preload, "date") == 0)
        return "today()";
    if (strcmp(item->preload, "timestamp") == 0 && strcmp(what, "start") == 0)
        return "now()";
    return NULL;
}

static int preload_node(record *r, form_node *node)
{
    const char *words = preload_expression(node->item), *text = "";
    xpath *x = NULL;
    xpath_value v = {.kind = XPATH_STRING, .text = ""};
    int differs, code = TAWAM_OK;
    if (words)
        code = xpath_compile(&x, r->names, words);
    if (code == TAWAM_OK && x)
        code = record_evaluate(&v, r, x, node);
    if (r->surroundings.instance_id && strcmp(node->item->preload, "uid") == 0)
        v = (xpath_value){.kind = XPATH_STRING,
                          .text = r->surroundings.instance_id};
    else if (strcmp(node->item->preload, "property") == 0)
        v.text = property(r, node->item->preload_parameters
                                 ? node->item->preload_parameters
                                 : "");
    if (code == TAWAM_OK)
        code = record_convert(&text, r, node->item, &v);
    if (code == TAWAM_OK && *text)
        code = record_set(&differs, r, node, text);
    xpath_free(x);
    record_forget(r);
    return code;
}

int record_preload(record *r, form_node *top)
{
    int code = TAWAM_OK;
    for (form_node *n = top; code == TAWAM_OK && n;
         n = form_node_after(n, top, 1))
        if (n->item && n->item->preload)
            code = preload_node(r, n);
    return code;
}
