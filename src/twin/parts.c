/* SPDX-License-Identifier: MIT */
/* parts: rows that are nothing without another. A form's record is a row, and
 * each instance of a repeat in it a row of another layer that names it
 * (form/FORMAT.md). The layers alone tell: `A_b` is of parts of `A` if it has
 * the columns `A_uuid` and `position`, and A is a record's layer (has
 * `form_version`) or of parts itself (has `position`). Either name may have
 * been shortened. */
#include "twin/twin_internal.h"

/* ---- names ---- */

#define SHORT_END 9 /* bytes: `_` and eight digits of a hash */

static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

void twin_name_shorten(char out[TWIN_NAME_MAX + 1], const char *text)
{
    size_t cut = TWIN_NAME_MAX - SHORT_END;
    if (strlen(text) <= TWIN_NAME_MAX) {
        snprintf(out, TWIN_NAME_MAX + 1, "%s", text);
        return;
    }
    while (cut && ((unsigned char)text[cut] & 0xC0) == 0x80)
        cut--;
    snprintf(out, TWIN_NAME_MAX + 1, "%.*s_%08x", (int)cut, text,
             (unsigned)hash_of(text));
}

void twin_reference_name(char out[TWIN_NAME_MAX + 1], const char *layer)
{
    char whole[TWIN_NAME_MAX + 8];
    snprintf(whole, sizeof whole, "%.*s_uuid", TWIN_NAME_MAX, layer);
    twin_name_shorten(out, whole);
}

/* How many bytes of NAME are as they were before it was shortened; its length
 * where it looks as if it was not. */
static size_t stem_of(const char *name)
{
    size_t length = strlen(name);
    const char *end = name + length - SHORT_END;
    if (length < TWIN_NAME_MAX - 3 || *end != '_' ||
        strspn(end + 1, "0123456789abcdef") != SHORT_END - 1)
        return length;
    return length - SHORT_END;
}

/* NAME begins with WHOLE and `_`, as far as it was not cut. */
static int is_named_after(const char *name, const char *whole)
{
    size_t length = strlen(whole), stem = stem_of(name);
    char start[TWIN_NAME_MAX + 1], wanted[TWIN_NAME_MAX + 2];
    size_t compared = stem < length + 1 ? stem : length + 1;
    if (stem == strlen(name) && stem <= length + 1)
        return 0;
    snprintf(start, sizeof start, "%.*s", (int)compared, name);
    snprintf(wanted, sizeof wanted, "%s_", whole);
    wanted[compared] = '\0';
    return text_equal_nocase(start, wanted);
}

const twin_column *twin_part_of(const twin_layer *layer,
                                const twin_layer *whole)
{
    char name[TWIN_NAME_MAX + 1];
    if (!is_named_after(layer->name, whole->name) ||
        !twin_column_named(layer, "position") ||
        (!twin_column_named(whole, "form_version") &&
         !twin_column_named(whole, "position")))
        return NULL;
    twin_reference_name(name, whole->name);
    return twin_column_named(layer, name);
}

/* ---- rows ---- */

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
