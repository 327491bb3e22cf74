/* SPDX-License-Identifier: MIT */
/* The graph of who reads what, and the order of evaluation that follows.
 *
 * An edge leads from an item to a rule that reads it. It has a scope: the
 * lowest item above both of which the rule reads its own instance. A change of
 * member[2]/age asks a rule that reads ../age in member[2] alone, and one that
 * reads sum(../../member/age) in every member. So a rule inside a repeat costs
 * the same whether there are 5 instances or 500.
 *
 * Order: rule A stands before rule B if A can change what B reads: the value
 * of an item (calculate), or whether it and all below it are there (relevant).
 */
#include "form/definition_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- walking an expression ---- */

typedef struct walk {
    form *f;
    size_t trigger;
    const form_item *own; /* the item of the rule: current() */
} walk;

static int walk_expression(walk *w, const expression *x,
                           const form_item *context, const form_item *limit);

/* 1 if A is B or above it; no item is above all. */
static int is_above(const form_item *a, const form_item *b)
{
    return !a || (b && b->number >= a->number && b->number < a->end);
}

static const form_item *higher(const form_item *a, const form_item *b)
{
    return is_above(a, b) ? a : b;
}

static int add_edge(walk *w, form_item *target, const form_item *scope)
{
    int code;
    for (size_t i = 0; i < target->edge_count; i++)
        if (target->edges[i].trigger == w->trigger) {
            target->edges[i].scope = higher(target->edges[i].scope, scope);
            return TAWAM_OK;
        }
    code = memory_reserve((void **)&target->edges, &target->edge_capacity,
                          target->edge_count + 1, sizeof *target->edges);
    if (code == TAWAM_OK)
        target->edges[target->edge_count++] = (form_edge){w->trigger, scope};
    return code;
}

static int add_edge_any(walk *w, const form_item *target,
                        const form_item *scope)
{
    return add_edge(w, (form_item *)(uintptr_t)target, scope);
}

static int walk_all(walk *w, expression *const *list, size_t count,
                    const form_item *context, const form_item *limit)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = walk_expression(w, list[i], context, limit);
    return code;
}

/* The item that one step leads to; for "*" see walk_path. */
static const form_item *step_item(const step *s, const form_item *item)
{
    if (s->axis == AXIS_PARENT)
        return item->parent;
    if (s->axis == AXIS_ATTRIBUTE && s->name) {
        const form_item *c = item->first;
        while (c && !(c->is_attribute && strcmp(c->name + 1, s->name) == 0))
            c = c->next;
        return c;
    }
    return s->axis == AXIS_CHILD && s->name ? form_item_child(item, s->name)
                                            : item;
}

/* Where the steps of a path turn from up to down: above it instances are the
 * rule's own. */
static const form_item *turning(const expression *x, size_t from,
                                const form_item *item)
{
    for (size_t i = from; item && i < x->step_count; i++) {
        if (x->steps[i].axis == AXIS_PARENT)
            item = item->parent;
        else if (x->steps[i].axis != AXIS_SELF)
            break;
    }
    return item;
}

/* Of an absolute path: the lowest item above the rule and the target through
 * which this instance is meant (xpath_path.c: not the last step, and none with
 * a predicate). */
static const form_item *common(const walk *w, const expression *x)
{
    const form_item *item = NULL, *last = NULL;
    for (size_t i = 0; i + 1 < x->step_count; i++) {
        const step *s = &x->steps[i];
        if (s->axis != AXIS_CHILD || !s->name || s->predicate_count)
            break;
        item = item ? form_item_child(item, s->name)
               : strcmp(w->f->root->name, s->name) == 0 ? w->f->root
                                                        : NULL;
        if (!item || !is_above(item, w->own))
            break;
        last = item;
    }
    return last;
}

/* All steps from *ITEM on (NULL: the top); predicates are walked at theirs. An
 * edge for where the path ends. */
static int walk_steps(walk *w, const expression *x, const form_item *item,
                      int from_top, const form_item *scope)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < x->step_count; i++) {
        const step *s = &x->steps[i];
        if (from_top)
            item = s->axis == AXIS_CHILD &&
                           (!s->name || strcmp(w->f->root->name, s->name) == 0)
                       ? w->f->root
                       : NULL;
        else if (item && s->axis == AXIS_CHILD && !s->name) {
            for (form_item *c = item->first; code == TAWAM_OK && c; c = c->next)
                code = add_edge(w, c, scope);
            item = NULL;
        } else if (item)
            item = step_item(s, item);
        from_top = 0;
        if (code == TAWAM_OK)
            code = walk_all(w, s->predicates, s->predicate_count, item, scope);
    }
    return code == TAWAM_OK && item ? add_edge_any(w, item, scope) : code;
}

static int is_call(const expression *x, const char *name)
{
    return x->kind == EXPRESSION_CALL && strcmp(x->function->name, name) == 0;
}

static int walk_path(walk *w, const expression *x, const form_item *context,
                     const form_item *limit)
{
    const form_item *scope;
    int code;
    if (x->absolute)
        return walk_steps(w, x, NULL, 1, higher(common(w, x), limit));
    if (!x->part_count) {
        scope = context ? turning(x, 0, context) : NULL;
        return walk_steps(w, x, context, 0,
                          context ? higher(scope, limit) : NULL);
    }
    if (is_call(x->parts[0], "current"))
        return walk_steps(w, x, w->own, 0, turning(x, 0, w->own));
    code = walk_expression(w, x->parts[0], context, limit);
    if (code == TAWAM_OK)
        code = walk_all(w, x->filters, x->filter_count, NULL, limit);
    return code == TAWAM_OK ? walk_steps(w, x, NULL, 0, limit) : code;
}

/* Its paths lead through every instance. */
static int walk_indexed_repeat(walk *w, const expression *x,
                               const form_item *context)
{
    return walk_all(w, x->parts, x->part_count, context, w->f->root);
}

static int walk_expression(walk *w, const expression *x,
                           const form_item *context, const form_item *limit)
{
    if (x->kind == EXPRESSION_PATH)
        return walk_path(w, x, context, limit);
    if (is_call(x, "indexed-repeat"))
        return walk_indexed_repeat(w, x, context);
    return walk_all(w, x->parts, x->part_count, context, limit);
}

/* ---- triggers ---- */

static int add_trigger(form *f, form_item *item, form_rule rule, const xpath *x)
{
    int code;
    if (!x)
        return TAWAM_OK;
    code = memory_reserve((void **)&f->triggers, &f->trigger_capacity,
                          f->trigger_count + 1, sizeof *f->triggers);
    if (code == TAWAM_OK)
        f->triggers[f->trigger_count++] = (form_trigger){item, rule, x};
    return code;
}

static int add_triggers(form *f)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < f->item_count; i++) {
        form_item *item = f->items[i];
        code = add_trigger(f, item, FORM_RELEVANT, item->relevant);
        if (code == TAWAM_OK)
            code = add_trigger(f, item, FORM_CALCULATE, item->calculate);
        if (code == TAWAM_OK)
            code = add_trigger(f, item, FORM_READONLY, item->readonly);
        if (code == TAWAM_OK)
            code = add_trigger(f, item, FORM_REQUIRED, item->required);
    }
    return code;
}

static int add_edges(form *f)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < f->trigger_count; i++) {
        walk w = {f, i, f->triggers[i].item};
        code =
            walk_expression(&w, f->triggers[i].expression->root, w.own, w.own);
    }
    return code;
}

/* ---- order ---- */

enum { UNSEEN = 0, OPEN = 1, DONE = 2 };

typedef struct ordering {
    form *f;
    uint8_t *state; /* of each trigger */
    size_t *order;  /* finished ones, last first */
    size_t left;
    struct frame { /* instead of recursion: chains can be long */
        size_t trigger, item, edge;
    } * stack;
    size_t depth;
} ordering;

/* Range of items that a trigger can change. */
static void changed_items(const form_trigger *t, size_t *from, size_t *to)
{
    *from = t->item->number;
    *to = t->rule == FORM_RELEVANT    ? t->item->end
          : t->rule == FORM_CALCULATE ? t->item->number + 1
                                      : t->item->number;
}

static const char *rule_name(form_rule rule)
{
    static const char *const names[] = {"calculate", "relevant", "readonly",
                                        "required"};
    return names[rule];
}

static int cycle_error(const ordering *o, size_t trigger)
{
    buffer text = {0};
    size_t i = o->depth;
    while (i > 0 && o->stack[i - 1].trigger != trigger)
        i--;
    for (i = i ? i - 1 : 0; i < o->depth && text.length < 600; i++) {
        const form_trigger *t = &o->f->triggers[o->stack[i].trigger];
        buffer_format(&text, "%s %s -> ", t->item->path, rule_name(t->rule));
    }
    error_set(TAWAM_EUSAGE,
              _("Cycle detected: these rules depend on each other: %s%s"),
              text.data ? (char *)text.data : "",
              o->f->triggers[trigger].item->path);
    buffer_free(&text);
    return TAWAM_EUSAGE;
}

static void push(ordering *o, size_t trigger)
{
    struct frame *top = &o->stack[o->depth++];
    size_t to;
    o->state[trigger] = OPEN;
    top->trigger = trigger;
    top->edge = 0;
    changed_items(&o->f->triggers[trigger], &top->item, &to);
}

/* The next trigger that the one on top comes before; 0 when there is none. */
static int next_edge(size_t *trigger, ordering *o)
{
    struct frame *top = &o->stack[o->depth - 1];
    size_t from, to;
    changed_items(&o->f->triggers[top->trigger], &from, &to);
    for (; top->item < to; top->item++, top->edge = 0)
        if (top->edge < o->f->items[top->item]->edge_count) {
            *trigger = o->f->items[top->item]->edges[top->edge++].trigger;
            return 1;
        }
    return 0;
}

static int visit(ordering *o, size_t first)
{
    push(o, first);
    while (o->depth) {
        size_t next;
        if (!next_edge(&next, o)) {
            size_t done = o->stack[--o->depth].trigger;
            o->state[done] = DONE;
            o->order[--o->left] = done;
        } else if (o->state[next] == OPEN)
            return cycle_error(o, next);
        else if (o->state[next] == UNSEEN)
            push(o, next);
    }
    return TAWAM_OK;
}

/* Triggers in their new order; edges name them by it. */
static int renumber(form *f, const size_t *order)
{
    form_trigger *sorted = memory_array(f->trigger_count + 1, sizeof *sorted);
    size_t *ranks = memory_array(f->trigger_count + 1, sizeof *ranks);
    int code = sorted && ranks ? TAWAM_OK : TAWAM_EMEMORY;
    for (size_t i = 0; code == TAWAM_OK && i < f->trigger_count; i++) {
        sorted[i] = f->triggers[order[i]];
        ranks[order[i]] = i;
    }
    for (size_t i = 0; code == TAWAM_OK && i < f->item_count; i++)
        for (size_t k = 0; k < f->items[i]->edge_count; k++)
            f->items[i]->edges[k].trigger =
                ranks[f->items[i]->edges[k].trigger];
    free(ranks);
    if (code != TAWAM_OK) {
        free(sorted);
        return code;
    }
    free(f->triggers);
    f->triggers = sorted;
    f->trigger_capacity = f->trigger_count + 1;
    return TAWAM_OK;
}

static int order_triggers(form *f)
{
    size_t count = f->trigger_count + 1;
    ordering o = {.f = f, .left = f->trigger_count};
    int code;
    o.state = memory_array(count, 1);
    o.order = memory_array(count, sizeof *o.order);
    o.stack = memory_array(count, sizeof *o.stack);
    code = o.state && o.order && o.stack ? TAWAM_OK : TAWAM_EMEMORY;
    /* From the last on: what stands first in the form stays first. */
    for (size_t i = f->trigger_count; code == TAWAM_OK && i-- > 0;)
        if (o.state[i] == UNSEEN)
            code = visit(&o, i);
    if (code == TAWAM_OK)
        code = renumber(f, o.order);
    free(o.state);
    free(o.order);
    free(o.stack);
    return code;
}

/* Rules that change no value can't be part of a longer cycle, but may not read
 * their own item either. */
static int check_own(const form *f)
{
    for (size_t i = 0; i < f->trigger_count; i++) {
        const form_trigger *t = &f->triggers[i];
        for (size_t k = 0; k < t->item->edge_count; k++)
            if (t->item->edges[k].trigger == i &&
                (t->rule == FORM_READONLY || t->rule == FORM_REQUIRED))
                return error_set(TAWAM_EUSAGE,
                                 _("Cycle detected: %s of %s reads its own "
                                   "answer"),
                                 rule_name(t->rule), t->item->path);
    }
    return TAWAM_OK;
}

int form_make_graph(form *f)
{
    int code = add_triggers(f);
    if (code == TAWAM_OK)
        code = add_edges(f);
    if (code == TAWAM_OK)
        code = check_own(f);
    return code == TAWAM_OK ? order_triggers(f) : code;
}
