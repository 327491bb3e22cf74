/* SPDX-License-Identifier: MIT */
/* A set of rows, (layer name in lower case, fid), that a restricted replay is
 * about. Open addressing, never shrinks. */
#include "sync/merge_internal.h"
#include "sync/merge_private_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct filter_row {
    const char *layer; /* NULL: empty slot; one of `names` */
    int64_t fid;
} filter_row;

struct row_filter {
    arena *memory;
    char **names; /* distinct layers, lower case */
    size_t name_count, name_capacity;
    filter_row *slots;
    size_t slot_count, used; /* slot_count is a power of two */
};

int row_filter_new(row_filter **out)
{
    row_filter *f = memory_new(sizeof *f);
    int code = f ? arena_new(&f->memory) : TAWAM_EMEMORY;
    if (!code) {
        f->slot_count = 64;
        f->slots = memory_array(f->slot_count, sizeof *f->slots);
        code = f->slots ? TAWAM_OK : TAWAM_EMEMORY;
    }
    if (code) {
        row_filter_free(f);
        return code;
    }
    *out = f;
    return TAWAM_OK;
}

void row_filter_free(row_filter *f)
{
    if (!f)
        return;
    arena_free(f->memory);
    free(f->names);
    free(f->slots);
    free(f);
}

static const char *find_name(const row_filter *f, const char *layer)
{
    size_t i;
    for (i = 0; i < f->name_count; i++)
        if (text_equal_nocase(f->names[i], layer))
            return f->names[i];
    return NULL;
}

static int add_name(const char **out, row_filter *f, const char *layer)
{
    char *copy;
    int code = memory_reserve((void **)&f->names, &f->name_capacity,
                              f->name_count + 1, sizeof *f->names);
    if (code)
        return code;
    copy = arena_string(f->memory, layer);
    if (!copy)
        return TAWAM_EMEMORY;
    text_lower_ascii(copy);
    f->names[f->name_count++] = copy;
    *out = copy;
    return TAWAM_OK;
}

static size_t slot_of(const row_filter *f, const char *name, int64_t fid)
{
    uint64_t h = (uint64_t)fid * 0x9e3779b97f4a7c15u ^ (uintptr_t)name;
    size_t i = (size_t)(h >> 20) & (f->slot_count - 1);
    while (f->slots[i].layer &&
           (f->slots[i].layer != name || f->slots[i].fid != fid))
        i = (i + 1) & (f->slot_count - 1);
    return i;
}

static int grow(row_filter *f)
{
    filter_row *old = f->slots;
    size_t old_count = f->slot_count, i;
    filter_row *bigger = memory_array(old_count * 2, sizeof *bigger);
    if (!bigger)
        return TAWAM_EMEMORY;
    f->slots = bigger;
    f->slot_count = old_count * 2;
    for (i = 0; i < old_count; i++)
        if (old[i].layer)
            f->slots[slot_of(f, old[i].layer, old[i].fid)] = old[i];
    free(old);
    return TAWAM_OK;
}

int row_filter_add(row_filter *f, const char *layer, int64_t fid)
{
    const char *name = find_name(f, layer);
    size_t slot;
    int code = name ? TAWAM_OK : add_name(&name, f, layer);
    if (!code && f->used * 2 >= f->slot_count)
        code = grow(f);
    if (code)
        return code;
    slot = slot_of(f, name, fid);
    if (!f->slots[slot].layer) {
        f->slots[slot] = (filter_row){name, fid};
        f->used++;
    }
    return TAWAM_OK;
}

size_t row_filter_count(const row_filter *f)
{
    return f->used;
}

int row_filter_has(const row_filter *f, const char *layer, int64_t fid)
{
    const char *name = find_name(f, layer);
    return name && f->slots[slot_of(f, name, fid)].layer != NULL;
}

int merge_wants_row(const merge *m, const char *layer, int64_t fid)
{
    return !m->filter || row_filter_has(m->filter, layer, fid);
}

static int compare_rows(const void *a, const void *b)
{
    const filter_row *x = a, *y = b;
    int order = strcmp(x->layer, y->layer);
    if (order)
        return order;
    return (x->fid > y->fid) - (x->fid < y->fid);
}

int row_filter_each(const row_filter *f,
                    int (*call)(void *context, const char *layer, int64_t fid),
                    void *context)
{
    filter_row *rows = memory_array(f->used + 1, sizeof *rows);
    size_t i, count = 0;
    int code = rows ? TAWAM_OK : TAWAM_EMEMORY;
    for (i = 0; rows && i < f->slot_count; i++)
        if (f->slots[i].layer)
            rows[count++] = f->slots[i];
    if (rows)
        qsort(rows, count, sizeof *rows, compare_rows);
    for (i = 0; !code && i < count; i++)
        code = call(context, rows[i].layer, rows[i].fid);
    free(rows);
    return code;
}
