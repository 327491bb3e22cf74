/* SPDX-License-Identifier: MIT */
/* Paths: from a set of nodes, step by step, to another.
 *
 * Invariant: between steps a set is in document order and holds no node twice.
 * All nodes of a set stand equally deep unless a union made it, so parents of
 * neighbours that are one node stand beside each other.
 */
#include "form/definition.h"
#include "form/lists_internal.h"
#include "form/xpath_internal.h"
#include <math.h>
#include <string.h>

/* ---- sets in the arena ---- */

typedef struct node_list {
    form_node **nodes;
    size_t count, capacity;
} node_list;

static int list_add(node_list *l, arena *memory, form_node *node)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? l->capacity * 2 : 4;
        form_node **larger = arena_alloc(memory, capacity * sizeof *larger);
        if (!larger)
            return TAWAM_EMEMORY;
        if (l->count)
            memcpy(larger, l->nodes, l->count * sizeof *larger);
        l->nodes = larger;
        l->capacity = capacity;
    }
    l->nodes[l->count++] = node;
    return TAWAM_OK;
}

static void set_nodes(xpath_value *out, const node_list *l)
{
    *out = (xpath_value){
        .kind = XPATH_NODESET, .nodes = l->nodes, .count = l->count};
}

/* ---- one step ---- */

/* A name without a prefix is of any namespace: forms put their questions into
 * whichever is the default one. */
static int passes(const step *s, const form_node *node)
{
    return !node->is_hidden && !node->is_text &&
           (!s->name || s->name == node->name) &&
           (!s->prefix[0] || node->space[0]);
}

static int take_list(node_list *l, evaluation *e, const step *s,
                     form_node *first)
{
    int code = TAWAM_OK;
    for (form_node *n = first; code == TAWAM_OK && n; n = n->next) {
        while (n && s->name && n->name != s->name)
            n = n->next;
        if (!n)
            break;
        if (passes(s, n))
            code = list_add(l, e->memory, n);
        if (s->name && n->item && form_item_is_single(n->item))
            break;
    }
    return code;
}

static int need_of_row(const form_node *row, const step *s)
{
    return list_row_need(row, s->name, s->name ? strlen(s->name) : 0);
}

static int take_step(node_list *l, evaluation *e, const step *s,
                     form_node *from)
{
    int code =
        from->is_row && s->axis == AXIS_CHILD ? need_of_row(from, s) : TAWAM_OK;
    if (code != TAWAM_OK)
        return code;
    switch (s->axis) {
    case AXIS_CHILD:
        return take_list(l, e, s, from->first);
    case AXIS_ATTRIBUTE:
        return take_list(l, e, s, from->attributes);
    case AXIS_PARENT:
        if (!from->parent || !passes(s, from->parent) ||
            (l->count && l->nodes[l->count - 1] == from->parent))
            return TAWAM_OK;
        return list_add(l, e->memory, from->parent);
    default:
        return passes(s, from) ? list_add(l, e->memory, from) : TAWAM_OK;
    }
}

/* ---- predicates ---- */

int apply_predicate(xpath_value *set, evaluation *e,
                    const expression *predicate)
{
    evaluation inner = *e;
    node_list kept = {0};
    int code = TAWAM_OK;
    inner.size = set->count;
    if (predicate->kind == EXPRESSION_NUMBER) { /* without trying each */
        double at = predicate->number;
        if (at >= 1 && at <= (double)set->count && at == floor(at))
            code = list_add(&kept, e->memory, set->nodes[(size_t)at - 1]);
        set_nodes(set, &kept);
        return code;
    }
    for (size_t i = 0; code == TAWAM_OK && i < set->count; i++) {
        xpath_value v;
        inner.node = set->nodes[i];
        inner.position = i + 1;
        code = evaluate(&v, &inner, predicate);
        if (code == TAWAM_OK &&
            (v.kind == XPATH_NUMBER ? v.number == (double)(i + 1)
                                    : value_boolean(&inner, &v)))
            code = list_add(&kept, e->memory, set->nodes[i]);
    }
    if (code == TAWAM_OK)
        set_nodes(set, &kept);
    return code;
}

/* Predicates count positions among the nodes that one node led to. A list that
 * is a table applies what it can of them itself. */
static int step_from(node_list *all, evaluation *e, const step *s,
                     form_node *from)
{
    node_list here = {0};
    xpath_value set;
    size_t taken = 0;
    int code;
    if (from->is_list && s->axis == AXIS_CHILD)
        code = list_step(&set, &taken, e, s, list_view_of(from));
    else if (!s->predicate_count)
        return take_step(all, e, s, from);
    else {
        code = take_step(&here, e, s, from);
        set_nodes(&set, &here);
    }
    for (size_t i = taken; code == TAWAM_OK && i < s->predicate_count; i++)
        code = apply_predicate(&set, e, s->predicates[i]);
    for (size_t i = 0; code == TAWAM_OK && i < set.count; i++)
        code = list_add(all, e->memory, set.nodes[i]);
    return code;
}

/* ---- this instance of a repeat ---- */

static int is_above(const form_node *above, const form_node *node)
{
    for (; node; node = node->parent)
        if (node == above)
            return 1;
    return 0;
}

/* The instance of a repeat below FROM in which the context stands and which
 * step S leads to: without a look at the others. NULL: none such. */
static form_node *own_instance(const form_node *from, const evaluation *e,
                               const step *s)
{
    form_node *n = e->c->node;
    while (n && n->parent != from)
        n = n->parent;
    return n && n->is_repeat && s->axis == AXIS_CHILD && passes(s, n) ? n
                                                                      : NULL;
}

/* Of instances of a repeat, the one in which the context stands. */
static void keep_own_instance(node_list *l, const evaluation *e)
{
    const form_node *own = e->c->node;
    for (size_t i = 0; own && i < l->count; i++)
        if (l->nodes[i]->is_repeat && is_above(l->nodes[i], own)) {
            l->nodes[0] = l->nodes[i];
            l->count = 1;
            return;
        }
}

/* ---- a path ---- */

static int begin_path(node_list *l, evaluation *e, const expression *x)
{
    xpath_value start;
    int code;
    if (x->part_count) {
        code = evaluate(&start, e, x->parts[0]);
        if (code == TAWAM_OK && start.kind != XPATH_NODESET)
            return error_set(TAWAM_EUSAGE,
                             _("a path can't begin at a value that is no "
                               "node"));
        for (size_t i = 0; code == TAWAM_OK && i < x->filter_count; i++)
            code = apply_predicate(&start, e, x->filters[i]);
        if (code == TAWAM_OK)
            *l = (node_list){start.nodes, start.count, start.count};
        return code;
    }
    if (x->absolute && !e->c->top)
        return error_set(TAWAM_EUSAGE, _("there is no record here for a path "
                                         "that begins with /"));
    if (!x->absolute && !e->node)
        return error_set(TAWAM_EUSAGE,
                         _("there is no node here for a path to begin at"));
    return list_add(l, e->memory, x->absolute ? e->c->top : e->node);
}

/* The first COUNT steps of X. */
static int walk_path(node_list *out, evaluation *e, const expression *x,
                     size_t count, int whole)
{
    node_list now = {0};
    int code = begin_path(&now, e, x);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        int own = x->absolute && !whole && i + 1 < x->step_count &&
                  !x->steps[i].predicate_count;
        form_node *instance = own && now.count == 1
                                  ? own_instance(now.nodes[0], e, &x->steps[i])
                                  : NULL;
        node_list next = {0};
        if (instance)
            code = list_add(&next, e->memory, instance);
        for (size_t k = 0; code == TAWAM_OK && !instance && k < now.count; k++)
            code = step_from(&next, e, &x->steps[i], now.nodes[k]);
        if (own && !instance)
            keep_own_instance(&next, e);
        now = next;
    }
    *out = now;
    return code;
}

int evaluate_path(xpath_value *out, evaluation *e, const expression *x,
                  int whole)
{
    node_list found = {0};
    int code = walk_path(&found, e, x, x->step_count, whole);
    if (code == TAWAM_OK)
        set_nodes(out, &found);
    return code;
}

static double count_children(const form_node *node, const step *s)
{
    double count = 0;
    for (const form_node *n = node->first; n; n = n->next)
        count += (!s->name || s->name == n->name) && passes(s, n);
    return count;
}

int count_path(double *out, int *done, evaluation *e, const expression *x)
{
    const step *last = x->step_count ? &x->steps[x->step_count - 1] : NULL;
    node_list before = {0};
    int code;
    *done = 0;
    if (x->kind != EXPRESSION_PATH || !last || last->axis != AXIS_CHILD ||
        (last->predicate_count && x->step_count != 2))
        return TAWAM_OK;
    code = walk_path(&before, e, x, x->step_count - 1, 0);
    if (code != TAWAM_OK)
        return code;
    if (before.count == 1 && before.nodes[0]->is_list)
        return list_count(out, done, e, last, list_view_of(before.nodes[0]));
    *done = !last->predicate_count;
    *out = 0;
    for (size_t i = 0; code == TAWAM_OK && *done && i < before.count; i++) {
        if (before.nodes[i]->is_list)
            *done = 0;
        else if (before.nodes[i]->is_row)
            code = need_of_row(before.nodes[i], last);
        *out += count_children(before.nodes[i], last);
    }
    return code;
}

int xpath_pull(int *done, const xpath *x, const xpath_context *c,
               const list_pull *p)
{
    size_t steps = 0;
    evaluation e = {.c = c,
                    .memory = c->memory,
                    .node = c->node,
                    .position = 1,
                    .size = 1,
                    .steps = &steps};
    const expression *path = x->root;
    node_list before = {0};
    int code;
    *done = 0;
    if (p->only && path->kind == EXPRESSION_CALL &&
        strcmp(path->function->name, "randomize") == 0)
        path = path->parts[0];
    if (path->kind != EXPRESSION_PATH || !path->part_count ||
        path->step_count != 2 || path->steps[1].axis != AXIS_CHILD)
        return TAWAM_OK;
    code = walk_path(&before, &e, path, 1, 0);
    if (code == TAWAM_OK && before.count == 1 && before.nodes[0]->is_list)
        code = list_pull_rows(done, &e, &path->steps[1],
                              list_view_of(before.nodes[0]), p);
    return code;
}
