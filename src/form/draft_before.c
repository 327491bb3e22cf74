/* SPDX-License-Identifier: MIT */
/* What a draft that edits a row began with. */
#include "form/draft_internal.h"
#include <stdlib.h>
#include <string.h>

void draft_before_free(draft_before *b)
{
    arena_free(b->memory);
    free(b->list);
    free(b->known);
    *b = (draft_before){0};
}

/* "FID PATH" of an instance's row. */
static int add_known(draft_before *b, const form *f, const char *value,
                     size_t *capacity)
{
    const char *path = strchr(value, ' ');
    int code = memory_reserve((void **)&b->known, capacity, b->known_count + 1,
                              sizeof *b->known);
    if (code == TAWAM_OK)
        b->known[b->known_count++] = (store_row){
            strtoll(value, NULL, 10), path ? form_find(f, path + 1) : NULL};
    return code;
}

static int add_one(draft_before *b, const form *f, sqlite3_stmt *read,
                   size_t *capacity, size_t *known_capacity)
{
    const char *value = (const char *)sqlite3_column_text(read, 2);
    draft_before_value one = {sqlite3_column_int64(read, 0),
                              sqlite3_column_int64(read, 1),
                              arena_string(b->memory, value ? value : "")};
    int code = memory_reserve((void **)&b->list, capacity, b->count + 1,
                              sizeof *b->list);
    if (code == TAWAM_OK && !one.value)
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK && one.instance && !one.path)
        code = add_known(b, f, one.value, known_capacity);
    if (code == TAWAM_OK)
        b->list[b->count++] = one;
    return code;
}

int draft_before_load(draft_before *out, draft *d)
{
    draft_before b = {0};
    sqlite3_stmt *read = NULL;
    size_t capacity = 0, known_capacity = 0;
    int code = arena_new(&b.memory);
    if (code == TAWAM_OK)
        code = draft_sql(&read, d->t, d->id,
                         "SELECT instance, path, value"
                         " FROM main.tawam_draft_before WHERE draft = ?1"
                         " ORDER BY instance, path");
    while (code == TAWAM_OK && (code = twin_step(d->t, read)) > 0)
        code = add_one(&b, d->f, read, &capacity, &known_capacity);
    twin_release(read);
    if (code != TAWAM_OK) {
        draft_before_free(&b);
        return code;
    }
    *out = b;
    return TAWAM_OK;
}

static int compare_place(const void *key, const void *element)
{
    const draft_before_value *a = key, *b = element;
    int order = (a->instance > b->instance) - (a->instance < b->instance);
    return order ? order : (a->path > b->path) - (a->path < b->path);
}

const char *draft_before_find(const draft_before *b, int64_t instance,
                              int64_t path)
{
    draft_before_value key = {instance, path, NULL};
    const draft_before_value *found =
        b->count
            ? bsearch(&key, b->list, b->count, sizeof *b->list, compare_place)
            : NULL;
    return found ? found->value : NULL;
}

int draft_before_node(const char **before, const draft_before *b, draft *d,
                      const form_node *node)
{
    int64_t path = 0, instance = draft_instance_of(node);
    int code = draft_path_id(&path, d, node->item);
    *before = NULL;
    if (code != TAWAM_OK || (instance && !draft_before_find(b, instance, 0)))
        return code;
    *before = draft_before_find(b, instance, path);
    if (!*before) /* only what is not as the form has it is kept */
        *before = node->is_attribute ? node->item->node->value : "";
    return code;
}

/* ---- was anything changed? ---- */

typedef struct comparing {
    draft *d;
    draft_before before;
    size_t instances; /* of repeats, met so far */
    int is_changed;
} comparing;

/* An instance that was not there, or stands behind one that was after it. */
static void compare_instance(comparing *c, const form_node *node)
{
    const form_node *previous = node->previous;
    while (previous && previous->item != node->item)
        previous = previous->previous;
    c->instances++;
    if (!draft_before_find(&c->before, node->number, 0) ||
        (previous && previous->number > node->number))
        c->is_changed = 1;
}

static int compare(comparing *c, const form_node *node)
{
    const char *before = NULL;
    int code = TAWAM_OK;
    if (node->is_repeat)
        compare_instance(c, node);
    if (node->item && node->item->control && !node->first &&
        !node->is_readonly && !c->is_changed) {
        code = draft_before_node(&before, &c->before, c->d, node);
        c->is_changed |= before && strcmp(before, node->value) != 0;
    }
    for (const form_node *n = node->first;
         code == TAWAM_OK && n && !c->is_changed; n = n->next)
        if (!n->is_text)
            code = compare(c, n);
    return code;
}

int draft_is_changed(int *is, draft *d)
{
    comparing c = {.d = d};
    int code = d->edits ? draft_before_load(&c.before, d) : TAWAM_OK;
    *is = 0;
    if (code == TAWAM_OK && d->edits)
        code = compare(&c, record_root(d->r));
    if (code == TAWAM_OK)
        *is = c.is_changed || c.instances < c.before.known_count;
    draft_before_free(&c.before);
    return code;
}
