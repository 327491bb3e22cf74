/* SPDX-License-Identifier: MIT */
/* files: lists of files. */
#include "sync/files_internal.h"

#include <stdlib.h>
#include <string.h>

int files_list_add(files_list *list, const files_key *key)
{
    int code = memory_reserve((void **)&list->keys, &list->capacity,
                              list->count + 1, sizeof *list->keys);
    if (code)
        return code;
    list->keys[list->count++] = *key;
    list->by_hash = 0;
    return TAWAM_OK;
}

static int compare_hash(const void *a, const void *b)
{
    const files_key *x = a, *y = b;
    int order = strcmp(x->hash, y->hash);
    return order ? order : strcmp(x->id, y->id);
}

static int compare_size(const void *a, const void *b)
{
    const files_key *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return compare_hash(a, b);
}

void files_list_by_hash(files_list *list)
{
    size_t kept = 0;
    if (list->count)
        qsort(list->keys, list->count, sizeof *list->keys, compare_hash);
    for (size_t i = 0; i < list->count; i++)
        if (!kept || compare_hash(&list->keys[kept - 1], &list->keys[i]))
            list->keys[kept++] = list->keys[i];
    list->count = kept;
    list->by_hash = 1;
}

void files_list_by_size(files_list *list)
{
    files_list_by_hash(list);
    if (list->count)
        qsort(list->keys, list->count, sizeof *list->keys, compare_size);
    list->by_hash = 0;
}

static int compare_sought(const void *sought, const void *key)
{
    return strcmp(sought, ((const files_key *)key)->hash);
}

int files_list_has(const files_list *list, const char *hash)
{
    return list->count && bsearch(hash, list->keys, list->count,
                                  sizeof *list->keys, compare_sought) != NULL;
}

void files_list_free(files_list *list)
{
    free(list->keys);
    memset(list, 0, sizeof *list);
}

static int add_one(void *context, const files_key *key)
{
    return files_list_add(context, key);
}

int files_list_here(files_list *out, sync_desk *s)
{
    int code = files_folder_each(s, add_one, out);
    files_list_by_hash(out);
    return code;
}
