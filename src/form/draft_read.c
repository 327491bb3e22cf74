/* SPDX-License-Identifier: MIT */
/* A draft's rows become a record again. */
#include "form/draft_internal.h"
#include <stdlib.h>
#include <string.h>

/* tawam_draft_path as items of the form, sorted by id. */
typedef struct path_item {
    int64_t id;
    form_item *item; /* NULL: the form has no such path */
} path_item;

typedef struct path_list {
    path_item *list;
    size_t count, capacity;
} path_list;

static int read_paths(path_list *paths, draft *d)
{
    sqlite3_stmt *read = NULL;
    int code = twin_prepare(
        &read, d->t, "SELECT id, path FROM main.tawam_draft_path ORDER BY id",
        1);
    while (code == TAWAM_OK && (code = twin_step(d->t, read)) > 0) {
        path_item one = {
            sqlite3_column_int64(read, 0),
            form_find(d->f, (const char *)sqlite3_column_text(read, 1))};
        code = memory_reserve((void **)&paths->list, &paths->capacity,
                              paths->count + 1, sizeof *paths->list);
        if (code != TAWAM_OK)
            break;
        paths->list[paths->count++] = one;
        if (one.item)
            d->paths[one.item->number] = one.id;
    }
    twin_release(read);
    return code;
}

static int compare_id(const void *key, const void *element)
{
    int64_t id = *(const int64_t *)key;
    const path_item *p = element;
    return (id > p->id) - (id < p->id);
}

static form_item *item_of(const path_list *paths, int64_t id)
{
    const path_item *found = paths->count
                                 ? bsearch(&id, paths->list, paths->count,
                                           sizeof *paths->list, compare_id)
                                 : NULL;
    return found ? found->item : NULL;
}

static form_node *instance_node(const draft *d, int64_t number)
{
    return number >= 0 && (size_t)number < d->instance_count
               ? d->instances[number].node
               : NULL;
}

static int no_place(const draft *d)
{
    return error_set(TAWAM_EDAMAGED,
                     _("draft %lld holds something that its form has no place "
                       "for; it is kept, and 'tawam form drafts --export' "
                       "shows it"),
                     (long long)d->id);
}

/* ---- instances ---- */

/* The instance of ITEM below PARENT that comes after POSITION; NULL. */
static form_node *after_position(const draft *d, const form_node *parent,
                                 const form_item *item, uint32_t position)
{
    form_node *n = parent->last, *after = NULL;
    for (; n; n = n->previous) {
        if (n->item != item)
            continue;
        if (d->instances[n->number].position < position)
            break;
        after = n;
    }
    return after;
}

/* Number, path, parent, position, fid. */
static int read_instance(draft *d, const path_list *paths, sqlite3_stmt *read)
{
    int64_t number = sqlite3_column_int64(read, 0);
    form_item *item = item_of(paths, sqlite3_column_int64(read, 1));
    form_node *around = instance_node(d, sqlite3_column_int64(read, 2));
    uint32_t position = (uint32_t)sqlite3_column_int64(read, 3);
    form_node *parent, *node = NULL;
    int code;
    parent = item && around ? record_near(around, item->parent) : NULL;
    if (!parent || !item->is_repeat || number <= 0 || number > UINT32_MAX / 2)
        return no_place(d);
    code = record_put_repeat(&node, d->r, parent, item,
                             after_position(d, parent, item, position));
    if (code == TAWAM_OK)
        code = draft_number(d, node, (uint32_t)number);
    if (code == TAWAM_OK) {
        d->instances[number].position = position;
        d->instances[number].fid = sqlite3_column_int64(read, 4);
        if (position > d->last_position)
            d->last_position = position;
    }
    return code;
}

static int read_instances(draft *d, const path_list *paths)
{
    sqlite3_stmt *read = NULL;
    int code = draft_sql(&read, d->t, d->id,
                         "SELECT number, path, parent, position, fid"
                         " FROM main.tawam_draft_instance WHERE draft = ?1"
                         " ORDER BY number");
    while (code == TAWAM_OK && (code = twin_step(d->t, read)) > 0)
        code = read_instance(d, paths, read);
    twin_release(read);
    return code;
}

/* ---- values ---- */

static int read_values(draft *d, const path_list *paths)
{
    sqlite3_stmt *read = NULL;
    int code = draft_sql(&read, d->t, d->id,
                         "SELECT instance, path, value"
                         " FROM main.tawam_draft_value WHERE draft = ?1");
    while (code == TAWAM_OK && (code = twin_step(d->t, read)) > 0) {
        form_node *around = instance_node(d, sqlite3_column_int64(read, 0));
        const form_item *item = item_of(paths, sqlite3_column_int64(read, 1));
        form_node *node = around && item ? record_near(around, item) : NULL;
        code = node && !node->first
                   ? record_put(d->r, node,
                                (const char *)sqlite3_column_text(read, 2))
                   : no_place(d);
    }
    twin_release(read);
    return code;
}

int draft_read(draft *d)
{
    path_list paths = {0};
    int code = read_paths(&paths, d);
    if (code == TAWAM_OK)
        code = read_instances(d, &paths);
    if (code == TAWAM_OK)
        code = read_values(d, &paths);
    free(paths.list);
    return code;
}
