/* SPDX-License-Identifier: MIT */
/* The way through a form: its body walked over the record's nodes, one step a
 * page. Cheap enough to be made again after every answer: a pointer's walk
 * over what the record holds, no rule is evaluated. */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- small questions about elements and nodes ---- */

int fill_has_word(const char *appearance, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = appearance; (at = strstr(at, word)); at += length)
        if ((at == appearance || strchr(" \t\r\n", at[-1])) &&
            (!at[length] || strchr(" \t\r\n(", at[length])))
            return 1;
    return 0;
}

int fill_is_list(const form_element *e)
{
    return fill_has_word(e->appearance, "field-list") ||
           fill_has_word(e->appearance, "table-list");
}

const char *fill_attribute(const form_node *node, const char *name)
{
    const form_node *a = node ? form_attribute(node, name) : NULL;
    return a ? a->value : "";
}

int fill_is_header(const form_item *item)
{
    const form_control *c = item->control;
    return c && (c->kind == FORM_SELECT_ONE || c->kind == FORM_SELECT_MANY) &&
           fill_has_word(c->appearance, "label");
}

static fill_kind kind_of_input(const form_node *node)
{
    static const fill_kind kinds[] = {
        [FORM_TEXT] = FILL_TEXT,         [FORM_INTEGER] = FILL_INTEGER,
        [FORM_DECIMAL] = FILL_DECIMAL,   [FORM_BOOLEAN] = FILL_TEXT,
        [FORM_DATE] = FILL_DATE,         [FORM_TIME] = FILL_TIME,
        [FORM_DATETIME] = FILL_DATETIME, [FORM_GEOPOINT] = FILL_POINT,
        [FORM_GEOTRACE] = FILL_TRACE,    [FORM_GEOSHAPE] = FILL_SHAPE,
        [FORM_BINARY] = FILL_FILE,       [FORM_BARCODE] = FILL_TEXT};
    if (node->is_readonly && node->item->type == FORM_TEXT)
        return FILL_NOTE;
    return kinds[node->item->type];
}

fill_kind fill_kind_of(const form_node *node)
{
    const form_control *c = node->item->control;
    switch (c ? c->kind : FORM_INPUT) {
    case FORM_SELECT_ONE:
        return fill_is_header(node->item) ? FILL_NOTE : FILL_ONE;
    case FORM_SELECT_MANY:
        return fill_is_header(node->item) ? FILL_NOTE : FILL_MANY;
    case FORM_RANK:
        return FILL_RANK;
    case FORM_UPLOAD:
        return FILL_FILE;
    case FORM_TRIGGER:
        return FILL_ACKNOWLEDGE;
    case FORM_RANGE:
        return FILL_RANGE;
    default:
        return kind_of_input(node);
    }
}

size_t fill_instances(const form_node *parent, const form_item *item)
{
    size_t count = 0;
    for (const form_node *n = parent->first; n; n = n->next)
        count += n->item == item;
    return count;
}

size_t fill_position(const form_node *instance)
{
    size_t position = 0;
    for (const form_node *n = instance; n; n = n->previous)
        position += n->item == instance->item;
    return position;
}

form_node *fill_instance_of(const form_node *node)
{
    while (node && !node->is_repeat)
        node = node->parent;
    return (form_node *)(uintptr_t)node;
}

form_node *fill_node_below(form_node *context, const form_item *item)
{
    form_node *n = context;
    while (n && n->item != item) {
        form_node *c = n->first;
        while (c && !(c->item && c->item->number <= item->number &&
                      item->number < c->item->end))
            c = c->next;
        n = c;
    }
    return n;
}

/* ---- the questions of a list ---- */

int fill_list_each(const form_element *e, form_node *node,
                   int (*call)(void *context, const form_element *question,
                               form_node *node, const form_element *group),
                   void *context)
{
    int stop = 0, is_first = 1;
    for (const form_element *c = e->first; c && !stop; c = c->next) {
        form_node *n = fill_node_below(node, c->item);
        if (!n || c->kind == FORM_REPEAT ||
            (c->item && c->item->is_repeat && n != node))
            continue; /* repeats in a list are pages of their own */
        if (c->kind == FORM_GROUP)
            stop = fill_list_each(c, n, call, context);
        else
            stop = call(context, c, n, is_first ? e : NULL);
        is_first = 0;
    }
    return stop;
}

/* ---- walking ---- */

static int add_step(fill *f, step_kind kind, const form_element *e,
                    form_node *node)
{
    int code = memory_reserve((void **)&f->steps, &f->step_capacity,
                              f->step_count + 1, sizeof *f->steps);
    if (code == TAWAM_OK)
        f->steps[f->step_count++] =
            (fill_step){.kind = kind, .element = e, .node = node};
    return code;
}

static fill_step *last_step(fill *f)
{
    return &f->steps[f->step_count - 1];
}

/* Counts NODE's question into the last step. */
static int count_question(void *context, const form_element *e, form_node *node,
                          const form_element *group)
{
    fill *f = context;
    fill_step *s = last_step(f);
    (void)e;
    (void)group;
    if (node->is_hidden || fill_is_header(node->item))
        return 0;
    s->is_hidden = 0;
    if (fill_kind_of(node) == FILL_NOTE)
        return 0;
    f->total++;
    if (!s->questions++)
        s->number = f->total;
    return 0;
}

static int add_pages(fill *f, step_kind kind, const form_element *e,
                     form_node *node)
{
    int code = add_step(f, kind, e, node);
    if (code != TAWAM_OK)
        return code;
    last_step(f)->is_hidden = 1;
    last_step(f)->number = f->total;
    if (kind == STEP_LIST)
        fill_list_each(e, node, count_question, f);
    else
        count_question(f, e, node, NULL);
    return TAWAM_OK;
}

static int walk(fill *f, const form_element *e, form_node *node,
                int repeats_alone);

static int walk_repeat(fill *f, const form_element *e, form_node *context)
{
    form_node *parent = fill_node_below(context, e->item->parent);
    int relevant = 0, code = TAWAM_OK;
    if (!parent)
        return TAWAM_OK;
    if (e->item->repeat_count)
        code = add_step(f, STEP_COUNT, e, parent);
    for (form_node *n = parent->first; code == TAWAM_OK && n; n = n->next) {
        if (n->item != e->item)
            continue;
        if (fill_is_list(e))
            code = add_pages(f, STEP_LIST, e, n);
        if (code == TAWAM_OK)
            code = walk(f, e, n, fill_is_list(e));
    }
    if (code == TAWAM_OK && fill_may_add(f, e->item))
        code = add_step(f, STEP_REPEAT, e, parent);
    else
        return code;
    if (code == TAWAM_OK)
        code = record_repeat_relevant(&relevant, f->record, parent, e->item);
    if (code == TAWAM_OK) {
        last_step(f)->is_hidden = !relevant;
        last_step(f)->number = f->total;
    }
    return code;
}

static int walk_group(fill *f, const form_element *e, form_node *context,
                      int repeats_alone)
{
    /* <group ref='/data/member'> around <repeat nodeset='/data/member'>: the
     * group is no node, the instances are. */
    form_node *node = e->item->is_repeat && context->item != e->item
                          ? context
                          : fill_node_below(context, e->item);
    int code = TAWAM_OK;
    if (!node)
        return TAWAM_OK;
    if (!repeats_alone && fill_is_list(e)) {
        code = add_pages(f, STEP_LIST, e, node);
        repeats_alone = 1;
    }
    return code == TAWAM_OK ? walk(f, e, node, repeats_alone) : code;
}

static int walk(fill *f, const form_element *e, form_node *node,
                int repeats_alone)
{
    int code = TAWAM_OK;
    for (const form_element *c = e->first; code == TAWAM_OK && c; c = c->next) {
        form_node *n;
        if (c->kind == FORM_GROUP)
            code = walk_group(f, c, node, repeats_alone);
        else if (c->kind == FORM_REPEAT)
            code = walk_repeat(f, c, node);
        else if (!repeats_alone && (n = fill_node_below(node, c->item)))
            code = add_pages(f, STEP_QUESTION, c, n);
    }
    return code;
}

/* ---- standing ---- */

static int is_same(const fill_step *a, const fill_step *b)
{
    return a->kind == b->kind && a->element == b->element && a->node == b->node;
}

/* Where it stood, or, when that is gone, the last page before that is left. */
static void find_again(fill *f)
{
    size_t i = f->at < f->step_count && is_same(&f->steps[f->at], &f->here)
                   ? f->at
                   : 0;
    while (i < f->step_count && !is_same(&f->steps[i], &f->here))
        i++;
    if (i == f->step_count)
        i = f->at < f->step_count ? f->at : f->step_count - 1;
    f->at = i;
    f->here = f->steps[i];
}

int fill_steps(fill *f)
{
    int code = TAWAM_OK;
    if (!f->is_stale)
        return TAWAM_OK;
    f->step_count = 0;
    f->total = 0;
    code = walk(f, f->form->body, record_root(f->record), 0);
    if (code == TAWAM_OK)
        code = add_step(f, STEP_CLOSING, NULL, NULL);
    if (code != TAWAM_OK)
        return code;
    last_step(f)->number = f->total;
    f->is_stale = 0;
    find_again(f);
    return TAWAM_OK;
}

void fill_touch(fill *f)
{
    f->is_stale = 1;
    f->is_looked = 0;
}

/* 1 if a person has answered nothing in INSTANCE: what is there came with it.
 */
static int is_untouched(const form_node *instance)
{
    for (const form_node *n = instance; n; n = form_node_after(n, instance, 1))
        if (n->item && n->item->control && *n->value &&
            strcmp(n->value, n->item->node->value) != 0)
            return 0;
    return 1;
}

static form_node *last_instance(const form_node *parent, const form_item *item)
{
    form_node *n = parent->last;
    while (n && n->item != item)
        n = n->previous;
    return n;
}

int fill_ensure_count(size_t *changed, fill *f, const fill_step *s)
{
    const form_item *item = s->element->item;
    size_t have = fill_instances(s->node, item);
    form_node *last;
    long wanted = -1;
    int code = TAWAM_OK;
    *changed = 0;
    if (s->node->is_hidden)
        return TAWAM_OK;
    code = record_repeat_count(&wanted, f->record, s->node, item);
    while (code == TAWAM_OK && wanted >= 0 && (long)have > wanted &&
           (last = last_instance(s->node, item)) && is_untouched(last)) {
        code = fill_store_remove(f, last);
        fill_touch(f);
        have--;
        ++*changed;
    }
    for (; code == TAWAM_OK && (long)have < wanted; have++, ++*changed) {
        form_node *node = NULL;
        code = fill_store_add(&node, f, s->node, item);
    }
    if (*changed)
        fill_touch(f);
    return code;
}

/* ---- the questions ---- */

typedef struct refs_made {
    fill_ref *list;
    size_t count, capacity, step, number;
} refs_made;

static int add_ref(void *context, const form_element *e, form_node *node,
                   const form_element *group)
{
    refs_made *m = context;
    int code;
    (void)group;
    if (node->is_hidden || fill_is_header(node->item))
        return TAWAM_OK;
    code = memory_reserve((void **)&m->list, &m->capacity, m->count + 1,
                          sizeof *m->list);
    if (code == TAWAM_OK)
        m->list[m->count++] = (fill_ref){
            m->step, fill_kind_of(node) == FILL_NOTE ? 0 : ++m->number, e,
            node};
    return code;
}

int fill_refs(fill_ref **list, size_t *count, fill *f)
{
    refs_made m = {0};
    int code = fill_steps(f);
    for (size_t i = 0; code == TAWAM_OK && i < f->step_count; i++) {
        const fill_step *s = &f->steps[i];
        m.step = i;
        if (s->kind == STEP_QUESTION)
            code = add_ref(&m, s->element, s->node, NULL);
        else if (s->kind == STEP_LIST)
            code = fill_list_each(s->element, s->node, add_ref, &m);
    }
    if (code != TAWAM_OK) {
        free(m.list);
        return code;
    }
    *list = m.list;
    *count = m.count;
    return TAWAM_OK;
}
