/* SPDX-License-Identifier: MIT */
/* The tree of elements: made, walked, found by name. */
#include "form/xlsform_internal.h"
#include <stdlib.h>
#include <string.h>

element *element_new(xlsform *x, element *parent, element_kind kind,
                     const char *name)
{
    element *e = arena_alloc(x->memory, sizeof *e);
    if (!e) {
        x->failed = 1;
        return NULL;
    }
    e->kind = kind;
    e->name = name;
    e->parent = parent;
    e->relevant = e->required = e->readonly = e->constraint = e->calculation =
        e->default_value = e->trigger = e->choice_filter = e->appearance =
            e->repeat_count = e->save_to = e->list = e->file = "";
    *(parent->last ? &parent->last->next : &parent->first) = e;
    parent->last = e;
    return e;
}

element *element_after(const element *e, const element *top)
{
    if (e->first)
        return e->first;
    while (e != top && !e->next)
        e = e->parent;
    return e == top ? NULL : e->next;
}

const char *element_path(xlsform *x, const element *e)
{
    element *own = (element *)(uintptr_t)e;
    if (!e->path)
        own->path = xlsform_format(
            x, "%s/%s", e->parent ? element_path(x, e->parent) : "", e->name);
    return e->path;
}

static int compare_elements(const void *a, const void *b)
{
    const element *one = *(element *const *)a, *two = *(element *const *)b;
    int order = strcmp(one->name, two->name);
    return order ? order
                 : (one->number > two->number) - (one->number < two->number);
}

/* All but the attached lists, by name, then as they stand. */
static void index_elements(xlsform *x)
{
    size_t count = 0;
    for (element *e = x->root.first; e; e = element_after(e, &x->root))
        count += e->kind != ELEMENT_EXTERNAL;
    x->by_name = arena_alloc(x->memory, (count + 1) * sizeof *x->by_name);
    if (!x->by_name) {
        x->failed = 1;
        return;
    }
    for (element *e = x->root.first; e; e = element_after(e, &x->root))
        if (e->kind != ELEMENT_EXTERNAL) {
            e->number = x->element_count;
            x->by_name[x->element_count++] = e;
        }
    qsort(x->by_name, count, sizeof *x->by_name, compare_elements);
}

element *element_named(xlsform *x, const char *name, size_t *count)
{
    size_t low = 0, high;
    *count = 0;
    if (!x->by_name)
        index_elements(x);
    for (high = x->element_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(x->by_name[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + *count < x->element_count &&
           strcmp(x->by_name[low + *count]->name, name) == 0)
        ++*count;
    return *count ? x->by_name[low] : NULL;
}

const char *element_nearest(xlsform *x, const char *name)
{
    const char **names =
        arena_alloc(x->memory, (x->element_count + 1) * sizeof *names);
    for (size_t i = 0; names && i < x->element_count; i++)
        names[i] = x->by_name[i]->name;
    return names ? text_nearest(name, names, x->element_count) : NULL;
}

element *add_made(xlsform *x, element *parent, const char *type,
                  const char *name)
{
    element *e = element_new(x, parent, ELEMENT_QUESTION, name);
    if (e)
        e->type = question_type_find(type);
    return e;
}

translations one_text(xlsform *x, const char *text)
{
    translation *t = arena_alloc(x->memory, sizeof *t);
    if (!t) {
        x->failed = 1;
        return (translations){0};
    }
    *t = (translation){NULL, text};
    return (translations){t, 1};
}
