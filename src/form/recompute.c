/* SPDX-License-Identifier: MIT */
/* Evaluating what depends on a change, each rule once, by rank.
 *
 *   record_changed        the edges of the node's item: triggers wait, each
 *                         with the node of its scope
 *   record_recompute      the lowest waiting trigger is evaluated on every
 *                         instance below its scopes; what it changes makes
 *                         higher ones wait
 */
#include "form/record_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- waiting ---- */

static int is_within(const form_node *node, const form_node *above)
{
    while (node && node != above)
        node = node->parent;
    return node != NULL;
}

/* Beyond so many a list is not searched through for each that comes: in a long
 * one are instances of one repeat, and what is doubled goes when its turn comes
 * (drop_doubles). */
#define SEARCHED 8

static int is_covered(const scope_list *l, const form_node *node)
{
    size_t from = l->count > SEARCHED ? l->count - SEARCHED : 0;
    for (size_t i = from; i < l->count; i++)
        if (is_within(node, l->nodes[i]))
            return 1;
    return 0;
}

/* Without what is below NODE, which its being there covers. */
static void drop_below(scope_list *l, const form_node *node)
{
    size_t kept = 0;
    if (l->count > SEARCHED && l->nodes[l->count - 1]->item == node->item)
        return; /* beside it, not below */
    for (size_t i = 0; i < l->count; i++)
        if (!is_within(l->nodes[i], node))
            l->nodes[kept++] = l->nodes[i];
    l->count = kept;
}

/* Trigger NUMBER waits below NODE. */
static int wait_at(record *r, size_t number, form_node *node)
{
    scope_list *l = &r->waiting[number];
    int code;
    if (is_covered(l, node))
        return TAWAM_OK;
    drop_below(l, node);
    code = memory_reserve((void **)&l->nodes, &l->capacity, l->count + 1,
                          sizeof *l->nodes);
    if (code != TAWAM_OK)
        return code;
    l->nodes[l->count++] = node;
    r->is_waiting[number / 64] |= (uint64_t)1 << (number % 64);
    if (number < r->first_waiting)
        r->first_waiting = number;
    return TAWAM_OK;
}

typedef struct place {
    const form_node *node;
    size_t at;
} place;

static int by_node(const void *a, const void *b)
{
    const place *x = a, *y = b;
    return x->node != y->node ? (x->node < y->node ? -1 : 1)
                              : (x->at < y->at ? -1 : x->at > y->at);
}

/* Of a node that waits more than once, the first time stays. */
static int drop_doubles(scope_list *l)
{
    place *all;
    size_t kept = 0;
    if (l->count <= SEARCHED)
        return TAWAM_OK;
    all = memory_array(l->count, sizeof *all);
    if (!all)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < l->count; i++)
        all[i] = (place){l->nodes[i], i};
    qsort(all, l->count, sizeof *all, by_node);
    for (size_t i = 1; i < l->count; i++)
        if (all[i].node == all[i - 1].node)
            l->nodes[all[i].at] = NULL;
    for (size_t i = 0; i < l->count; i++)
        if (l->nodes[i])
            l->nodes[kept++] = l->nodes[i];
    l->count = kept;
    free(all);
    return TAWAM_OK;
}

/* The node above NODE (or itself) that is of ITEM; the root when there is none
 * or ITEM is NULL. */
static form_node *scope_node(const record *r, form_node *node,
                             const form_item *item)
{
    form_node *n = node;
    while (n && n->item && n->item != item)
        n = n->parent;
    return n && n->item ? n : record_root(r);
}

static int wait_for(record *r, const form_item *item, form_node *node)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < item->edge_count; i++)
        code = wait_at(r, item->edges[i].trigger,
                       scope_node(r, node, item->edges[i].scope));
    return code;
}

int record_changed(record *r, form_node *node)
{
    return wait_for(r, node->item, node);
}

/* A scope below NODE becomes NODE: all instances there. */
static int wait_for_below(record *r, form_node *node)
{
    const form *f = r->f;
    int code = TAWAM_OK;
    for (size_t n = node->item->number; code == TAWAM_OK && n < node->item->end;
         n++)
        for (size_t i = 0; code == TAWAM_OK && i < f->items[n]->edge_count;
             i++) {
            const form_edge *e = &f->items[n]->edges[i];
            int below = e->scope && e->scope->number > node->item->number &&
                        e->scope->number < node->item->end;
            code = wait_at(r, e->trigger,
                           below ? node : scope_node(r, node, e->scope));
        }
    return code;
}

/* One that reads only its own instance (position(..)) has nothing new after an
 * instance came behind it. */
int record_repeat_changed(record *r, form_node *parent, const form_item *item,
                          int moved)
{
    int code = TAWAM_OK;
    for (size_t n = item->number; code == TAWAM_OK && n < item->end; n++)
        for (size_t i = 0; code == TAWAM_OK && i < r->f->items[n]->edge_count;
             i++) {
            const form_edge *e = &r->f->items[n]->edges[i];
            int own = e->scope && e->scope->number >= item->number &&
                      e->scope->number < item->end;
            if (own && !(moved && n == item->number))
                continue;
            code = wait_at(r, e->trigger,
                           own ? parent : scope_node(r, parent, e->scope));
        }
    return code;
}

int record_wait_below(record *r, form_node *top)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < r->f->trigger_count; i++) {
        size_t n = r->f->triggers[i].item->number;
        if (n >= top->item->number && n < top->item->end)
            code = wait_at(r, i, top);
    }
    return code;
}

/* ---- evaluating ---- */

static void inherit_below(form_node *node, int hidden)
{
    for (form_node *n = node; n;) {
        int was = n->is_hidden;
        n->is_hidden =
            n == node ? hidden : (n->parent->is_hidden || n->is_irrelevant);
        /* What does not change, changes nothing below. */
        n = form_node_after(n, node, was != n->is_hidden);
    }
}

/* What stands in a read-only group is read-only (XForms 1.1, 6.1.2). */
static void inherit_readonly(form_node *node)
{
    for (form_node *n = node; n;) {
        int was = n->is_readonly;
        n->is_readonly = n->is_locked || (n->parent && n->parent->is_readonly);
        n = form_node_after(n, node, n == node || was != n->is_readonly);
    }
}

void record_inherit(form_node *node)
{
    int hidden =
        node->is_irrelevant || (node->parent && node->parent->is_hidden);
    inherit_below(node, hidden);
    inherit_readonly(node);
}

static int apply_calculate(record *r, form_node *node, const xpath_value *v)
{
    const char *text = "";
    int differs = 0, code = record_convert(&text, r, node->item, v);
    if (code == TAWAM_OK)
        code = record_set(&differs, r, node, text);
    if (code != TAWAM_OK || !differs)
        return code;
    code = record_changed(r, node);
    return code == TAWAM_OK
               ? record_act(r, node->item->changed, FORM_VALUE_CHANGED, node)
               : code;
}

static int apply_relevant(record *r, form_node *node, int relevant)
{
    if (node->is_irrelevant == !relevant)
        return TAWAM_OK;
    node->is_irrelevant = !relevant;
    record_inherit(node);
    return wait_for_below(r, node);
}

static int apply_trigger(record *r, const form_trigger *t, form_node *node)
{
    xpath_value v;
    int code = record_evaluate(&v, r, t->expression, node), truth;
    if (code != TAWAM_OK)
        return error_add("%s", t->item->path);
    if (t->rule == FORM_CALCULATE)
        code = apply_calculate(r, node, &v);
    else {
        truth = xpath_to_boolean(&v, r->memory);
        if (t->rule == FORM_RELEVANT)
            code = apply_relevant(r, node, truth);
        else if (t->rule == FORM_REQUIRED)
            node->is_required = truth != 0;
        else if (node->is_locked != (truth != 0)) {
            node->is_locked = truth != 0;
            inherit_readonly(node);
        }
    }
    record_forget(r);
    return code;
}

/* The item below ABOVE on the way to ITEM, which is further down. */
static const form_item *towards(const form_item *above, const form_item *item)
{
    while (item && item->parent != above)
        item = item->parent;
    return item;
}

/* On every instance of T's item below TOP, or on TOP itself. */
static int apply_below(record *r, const form_trigger *t, form_node *top)
{
    const form_item *element = form_item_element(t->item), *next;
    form_node *found;
    int code = TAWAM_OK;
    if (top->is_attribute)
        return top->item == t->item ? apply_trigger(r, t, top) : TAWAM_OK;
    if (top->item == element) {
        found = form_item_node(t->item, top);
        return found ? apply_trigger(r, t, found) : TAWAM_OK;
    }
    next = towards(top->item, element);
    for (form_node *n = next ? top->first : NULL; code == TAWAM_OK && n;
         n = n->next)
        if (n->item == next) {
            code = apply_below(r, t, n);
            if (form_item_is_single(next))
                break;
        }
    return code;
}

static size_t next_waiting(record *r)
{
    size_t words = r->f->trigger_count / 64 + 1;
    for (size_t w = r->first_waiting / 64; w < words; w++)
        if (r->is_waiting[w])
            return w * 64 + (size_t)__builtin_ctzll(r->is_waiting[w]);
    return SIZE_MAX;
}

int record_recompute(record *r)
{
    int code = TAWAM_OK;
    size_t number;
    r->is_recomputing = 1;
    while (code == TAWAM_OK && (number = next_waiting(r)) != SIZE_MAX) {
        scope_list l = r->waiting[number];
        r->waiting[number] = (scope_list){0};
        r->is_waiting[number / 64] &= ~((uint64_t)1 << (number % 64));
        r->first_waiting = number;
        code = drop_doubles(&l);
        for (size_t i = 0; code == TAWAM_OK && i < l.count; i++)
            code = apply_below(r, &r->f->triggers[number], l.nodes[i]);
        free(l.nodes);
    }
    r->is_recomputing = 0;
    if (code == TAWAM_OK)
        r->first_waiting = r->f->trigger_count;
    return code;
}

/* By rank, so each rule sees what those before it made of the record. What
 * they would make wait has its outcome already or comes later. */
int record_reflect(record *r)
{
    form_node *root = record_root(r);
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < r->f->trigger_count; i++)
        if (r->f->triggers[i].rule != FORM_CALCULATE)
            code = apply_below(r, &r->f->triggers[i], root);
    for (size_t i = 0; i < r->f->trigger_count; i++)
        r->waiting[i].count = 0;
    for (size_t i = 0; i < r->f->trigger_count / 64 + 1; i++)
        r->is_waiting[i] = 0;
    r->first_waiting = r->f->trigger_count;
    return code;
}
