/* SPDX-License-Identifier: MIT */
/* parts: rows that are nothing without another. A form's record is a row, and
 * each instance of a repeat in it a row of another layer that names it
 * (form/FORMAT.md). The layers alone tell: `A_b` is of parts of `A` if it has
 * the columns `A_uuid` and `position`, and A is a record's layer (has
 * `form_version`) or of parts itself (has `position`). */
#include "twin/twin_internal.h"

const twin_column *twin_part_of(const twin_layer *layer,
                                const twin_layer *whole)
{
    char name[TWIN_NAME_MAX + 8];
    size_t length = strlen(whole->name);
    snprintf(name, sizeof name, "%.*s", (int)length, layer->name);
    if (strlen(layer->name) <= length + 1 || layer->name[length] != '_' ||
        !text_equal_nocase(name, whole->name) ||
        !twin_column_named(layer, "position") ||
        (!twin_column_named(whole, "form_version") &&
         !twin_column_named(whole, "position")))
        return NULL;
    snprintf(name, sizeof name, "%s_uuid", whole->name);
    return twin_column_named(layer, name);
}

typedef struct walk {
    twin *t;
    twin_part *list;
    size_t count, capacity;
} walk;

static int add(walk *w, int layer, int64_t fid)
{
    int code = memory_reserve((void **)&w->list, &w->capacity, w->count + 1,
                              sizeof *w->list);
    if (code == TAWAM_OK)
        w->list[w->count++] = (twin_part){layer, fid};
    return code;
}

/* Rows of LAYER whose REFERENCE is the uuid of row FID of WHOLE. */
static int add_rows(walk *w, const twin_layer *layer,
                    const twin_column *reference, const twin_layer *whole,
                    int64_t fid)
{
    sqlite3_stmt *find = NULL;
    buffer sql = {0};
    int code;
    buffer_text(&sql, "SELECT fid FROM main.");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " WHERE ");
    twin_quote(&sql, reference->name);
    buffer_text(&sql, " = (SELECT uuid FROM main.");
    twin_quote(&sql, whole->name);
    buffer_text(&sql, " WHERE fid = ?1) ORDER BY position, fid");
    code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(&find, w->t, (const char *)sql.data, 0);
    if (code == TAWAM_OK)
        sqlite3_bind_int64(find, 1, fid);
    while (code == TAWAM_OK && (code = twin_step(w->t, find)) > 0)
        code = add(w, layer->id, sqlite3_column_int64(find, 0));
    sqlite3_finalize(find);
    buffer_free(&sql);
    return code;
}

int twin_row_parts(twin_part **list, size_t *count, twin *t,
                   const twin_layer *layer, int64_t fid)
{
    walk w = {.t = t};
    int code = add(&w, layer->id, fid);
    for (size_t i = 0; code == TAWAM_OK && i < w.count; i++) {
        const twin_layer *whole = twin_layer_by_id(t, w.list[i].layer);
        for (size_t k = 0; code == TAWAM_OK && whole && k < twin_layer_count(t);
             k++) {
            const twin_layer *other = twin_layer_at(t, k);
            const twin_column *reference =
                other == whole ? NULL : twin_part_of(other, whole);
            if (reference)
                code = add_rows(&w, other, reference, whole, w.list[i].fid);
        }
    }
    if (code != TAWAM_OK) {
        free(w.list);
        return code;
    }
    *list = w.list;
    *count = w.count;
    return TAWAM_OK;
}
