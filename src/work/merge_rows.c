/* SPDX-License-Identifier: MIT */
/* merge_rows: two rows that stand for one thing become one. Everything happens
 * in one transaction of ordinary, captured edits. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "work/workflow.h"

/* ---- filling the row that stays ---- */

typedef struct differ {
    void (*call)(void *context, const twin_column *column,
                 const twin_value *kept, const twin_value *lost);
    void *context;
} differ;

/* Copy what KEPT lacks from GONE, and count and tell where both differ. The
 * uuid stays each row's own. */
static int fill(work_merge_result *out, territory *t, const twin_layer *layer,
                int64_t kept, int64_t gone, const differ *differs)
{
    arena *memory = NULL;
    twin_cell *mine = NULL, *other = NULL, *filled = NULL;
    size_t count = 0, changed = 0;
    int code = arena_new(&memory);

    if (code == TAWAM_OK)
        code = twin_row_read(&mine, t->twin, layer, kept, memory);
    if (code == TAWAM_OK)
        code = twin_row_read(&other, t->twin, layer, gone, memory);
    if (code == TAWAM_OK &&
        (filled = arena_alloc(memory, (layer->column_count + 1) *
                                          sizeof *filled)) == NULL)
        code = TAWAM_EMEMORY;
    for (size_t i = 0; code == TAWAM_OK && i < layer->column_count; i++) {
        const twin_column *column = &layer->columns[i];
        if (strcmp(column->name, "uuid") == 0 ||
            other[i].value.kind == TWIN_KIND_NULL ||
            twin_value_equal(&mine[i].value, &other[i].value))
            continue;
        if (mine[i].value.kind == TWIN_KIND_NULL) {
            filled[count++] = other[i];
            continue;
        }
        out->differing++;
        if (differs->call != NULL)
            differs->call(differs->context, column, &mine[i].value,
                          &other[i].value);
    }
    if (code == TAWAM_OK && count > 0)
        code = twin_row_update(&changed, t->twin, layer, kept, filled, count);
    out->filled = (int64_t)changed;
    arena_free(memory);
    return code;
}

/* ---- moving what names the other row ---- */

/* The fids of the rows of TABLE whose COLUMN is VALUE. *fids: caller frees. */
static int rows_with(int64_t **fids, size_t *count, territory *t,
                     const char *table_name, const char *column,
                     const twin_value *value)
{
    buffer sql = {0};
    sqlite3_stmt *statement = NULL;
    size_t capacity = 0;
    int code;
    int step = 0;

    buffer_text(&sql, "SELECT fid FROM ");
    twin_quote(&sql, table_name);
    buffer_text(&sql, " WHERE ");
    twin_quote(&sql, column);
    buffer_text(&sql, " = ?1");
    code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(&statement, t->twin, (const char *)sql.data, 0);
    if (code == TAWAM_OK)
        code = twin_value_bind(statement, 1, value);
    while (code == TAWAM_OK && (step = twin_step(t->twin, statement)) == 1) {
        code =
            memory_reserve((void **)fids, &capacity, *count + 1, sizeof **fids);
        if (code == TAWAM_OK)
            (*fids)[(*count)++] = sqlite3_column_int64(statement, 0);
    }
    if (code == TAWAM_OK && step < 0)
        code = step;
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return code;
}

/* Every cell of COLUMN that holds FROM gets TO. */
static int move_references(int64_t *moved, territory *t, int layer_id,
                           const char *column_name, const twin_value *from,
                           const twin_value *to)
{
    const twin_layer *layer = twin_layer_by_id(t->twin, layer_id);
    const twin_column *column = NULL;
    int64_t *fids = NULL;
    size_t count = 0;
    int code;

    if (layer == NULL ||
        twin_column_find(&column, layer, column_name) != TAWAM_OK) {
        error_clear();
        return TAWAM_OK;
    }
    code = rows_with(&fids, &count, t, layer->name, column->name, from);
    for (size_t i = 0; i < count && code == TAWAM_OK; i++) {
        twin_cell cell = {column->id, *to};
        size_t changed = 0;
        code = twin_row_update(&changed, t->twin, layer, fids[i], &cell, 1);
        *moved += (int64_t)changed;
    }
    free(fids);
    return code;
}

/* The uuid of a row as a value from MEMORY; NULL kind when it has none. */
static int uuid_of(twin_value *out, territory *t, const twin_layer *layer,
                   int64_t fid, arena *memory)
{
    twin_cell *cells = NULL;
    int code = twin_row_read(&cells, t->twin, layer, fid, memory);

    for (size_t i = 0; code == TAWAM_OK && i < layer->column_count; i++)
        if (strcmp(layer->columns[i].name, "uuid") == 0)
            *out = cells[i].value;
    return code;
}

/* In every layer, columns LAYER_fid and LAYER_uuid that name GONE shall
 * name KEPT. */
static int move_all(work_merge_result *out, territory *t,
                    const twin_layer *layer, int64_t kept, int64_t gone)
{
    char *by_fid = memory_format("%s_fid", layer->name);
    char by_uuid[TWIN_NAME_MAX + 1];
    twin_value old_fid = {.kind = TWIN_KIND_INTEGER, .integer = gone};
    twin_value new_fid = {.kind = TWIN_KIND_INTEGER, .integer = kept};
    twin_value old_uuid = {0}, new_uuid = {0};
    arena *memory = NULL;
    size_t layers = twin_layer_count(t->twin);
    int code = by_fid ? arena_new(&memory) : TAWAM_EMEMORY;

    twin_reference_name(by_uuid, layer->name);
    if (code == TAWAM_OK)
        code = uuid_of(&old_uuid, t, layer, gone, memory);
    if (code == TAWAM_OK)
        code = uuid_of(&new_uuid, t, layer, kept, memory);
    for (size_t i = 0; i < layers && code == TAWAM_OK; i++) {
        int id = twin_layer_at(t->twin, i)->id;
        code = move_references(&out->references, t, id, by_fid, &old_fid,
                               &new_fid);
        if (code == TAWAM_OK && old_uuid.kind == TWIN_KIND_TEXT)
            code = move_references(&out->references, t, id, by_uuid, &old_uuid,
                                   &new_uuid);
    }
    arena_free(memory);
    free(by_fid);
    return code;
}

int work_merge_rows(work_merge_result *out, territory *t,
                    const twin_layer *layer, int64_t kept, int64_t gone,
                    void (*differs)(void *context, const twin_column *column,
                                    const twin_value *kept,
                                    const twin_value *lost),
                    void *context)
{
    differ d = {differs, context};
    work_merge_result result = {0};
    int id = layer->id;
    int code;

    if (kept == gone)
        return error_set(TAWAM_EUSAGE, _("both name the same row"));
    code = twin_begin(t->twin);
    if (code != TAWAM_OK)
        return code;
    layer = twin_layer_by_id(t->twin, id);
    code = layer ? fill(&result, t, layer, kept, gone, &d)
                 : error_set(TAWAM_ENOTFOUND, _("the layer is gone"));
    if (code == TAWAM_OK)
        code = move_all(&result, t, layer, kept, gone);
    if (code == TAWAM_OK)
        code = twin_row_delete(t->twin, layer, gone);
    if (code == TAWAM_OK)
        code = twin_commit(t->twin);
    else
        twin_rollback(t->twin);
    if (code == TAWAM_OK)
        *out = result;
    return code;
}
