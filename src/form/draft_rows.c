/* SPDX-License-Identifier: MIT */
/* A draft's rows in memory, without its form: what a form takes up, and an
 * export writes. */
#include "form/draft_internal.h"
#include <stdlib.h>
#include <string.h>

void draft_rows_free(draft_rows *rows)
{
    arena_free(rows->memory);
    free(rows->instances);
    free(rows->values);
    *rows = (draft_rows){0};
}

static const char *text_of(draft_rows *rows, sqlite3_stmt *read, int column)
{
    const char *text = (const char *)sqlite3_column_text(read, column);
    return arena_string(rows->memory, text ? text : "");
}

static int load_instances(draft_rows *rows, twin *t, int64_t id)
{
    sqlite3_stmt *read = NULL;
    size_t capacity = 0;
    int code = draft_sql(&read, t, id,
                         "SELECT i.number, p.path, i.parent, i.position, i.fid"
                         " FROM main.tawam_draft_instance i"
                         " JOIN main.tawam_draft_path p ON p.id = i.path"
                         " WHERE i.draft = ?1 ORDER BY i.number");
    while (code == TAWAM_OK && (code = twin_step(t, read)) > 0) {
        draft_row_instance one = {.number = sqlite3_column_int64(read, 0),
                                  .path = text_of(rows, read, 1),
                                  .parent = sqlite3_column_int64(read, 2),
                                  .position =
                                      (uint32_t)sqlite3_column_int64(read, 3),
                                  .fid = sqlite3_column_int64(read, 4)};
        code =
            memory_reserve((void **)&rows->instances, &capacity,
                           rows->instance_count + 1, sizeof *rows->instances);
        if (code == TAWAM_OK && !one.path)
            code = TAWAM_EMEMORY;
        if (code == TAWAM_OK)
            rows->instances[rows->instance_count++] = one;
    }
    twin_release(read);
    return code;
}

static int load_values(draft_rows *rows, twin *t, int64_t id)
{
    sqlite3_stmt *read = NULL;
    size_t capacity = 0;
    int code = draft_sql(&read, t, id,
                         "SELECT v.instance, p.path, v.value, v.asked"
                         " FROM main.tawam_draft_value v"
                         " JOIN main.tawam_draft_path p ON p.id = v.path"
                         " WHERE v.draft = ?1 ORDER BY v.instance, v.path");
    while (code == TAWAM_OK && (code = twin_step(t, read)) > 0) {
        draft_row_value one = {.instance = sqlite3_column_int64(read, 0),
                               .path = text_of(rows, read, 1),
                               .value = text_of(rows, read, 2),
                               .is_given = sqlite3_column_int(read, 3)};
        code = memory_reserve((void **)&rows->values, &capacity,
                              rows->value_count + 1, sizeof *rows->values);
        if (code == TAWAM_OK && (!one.path || !one.value))
            code = TAWAM_EMEMORY;
        if (code == TAWAM_OK)
            rows->values[rows->value_count++] = one;
    }
    twin_release(read);
    return code;
}

int draft_rows_load(draft_rows *out, twin *t, int64_t id)
{
    draft_rows rows = {0};
    int code = arena_new(&rows.memory);
    if (code == TAWAM_OK)
        code = load_instances(&rows, t, id);
    if (code == TAWAM_OK)
        code = load_values(&rows, t, id);
    if (code == TAWAM_OK)
        *out = rows;
    else
        draft_rows_free(&rows);
    return code;
}

static int compare_number(const void *key, const void *element)
{
    int64_t number = *(const int64_t *)key;
    const draft_row_instance *i = element;
    return (number > i->number) - (number < i->number);
}

draft_row_instance *draft_rows_instance(const draft_rows *rows, int64_t number)
{
    return rows->instance_count
               ? bsearch(&number, rows->instances, rows->instance_count,
                         sizeof *rows->instances, compare_number)
               : NULL;
}

/* How many of its like come before it, from 1. */
static size_t ordinal(const draft_rows *rows, const draft_row_instance *one)
{
    size_t before = 1;
    for (size_t i = 0; i < rows->instance_count; i++) {
        const draft_row_instance *other = &rows->instances[i];
        before += other->parent == one->parent &&
                  other->position < one->position &&
                  strcmp(other->path, one->path) == 0;
    }
    return before;
}

void draft_rows_path(buffer *out, const draft_rows *rows, int64_t instance,
                     const char *path)
{
    const draft_row_instance *around[64];
    size_t count = 0, used = 0;
    const draft_row_instance *i = draft_rows_instance(rows, instance);
    for (; i && count < 64; i = draft_rows_instance(rows, i->parent))
        around[count++] = i;
    while (count--) {
        i = around[count];
        if (strlen(i->path) < used || strlen(i->path) > strlen(path))
            continue;
        buffer_format(out, "%s[%zu]", i->path + used, ordinal(rows, i));
        used = strlen(i->path);
    }
    buffer_text(out, path + used);
}
