/* SPDX-License-Identifier: MIT */
/* find: a row by what a command or a person calls it, and what to call it on
 * a screen, where a 19-digit number means nothing. */
#include "twin/twin_internal.h"

static int not_found(const twin_layer *layer, const char *row)
{
    char *safe = text_safe(row, strlen(row), 0);
    int code = error_set(TAWAM_ENOTFOUND,
                         _("layer '%s' has no row '%s' (a fid, a uuid, or "
                           "COLUMN=VALUE)"),
                         layer->name, safe ? safe : "?");
    free(safe);
    return code;
}

/* The only fid where COLUMN is VALUE. */
static int find_by_value(int64_t *fid, twin *t, const twin_layer *layer,
                         const char *column, const twin_value *value,
                         const char *row)
{
    sqlite3_stmt *statement = NULL;
    buffer sql = {0};
    int64_t first = 0, count = 0;
    buffer_text(&sql, "SELECT fid FROM main.");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " WHERE ");
    twin_quote(&sql, column);
    buffer_text(&sql, " IS ?1");
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(&statement, t, (const char *)sql.data, 1);
    if (code == TAWAM_OK)
        code = twin_value_bind(statement, 1, value);
    while (code >= 0 && (code = twin_step(t, statement)) > 0)
        if (count++ == 0)
            first = sqlite3_column_int64(statement, 0);
    twin_release(statement);
    buffer_free(&sql);
    if (code < 0)
        return code;
    if (count == 0)
        return not_found(layer, row);
    if (count > 1)
        return error_set(TAWAM_ENO,
                         _("%lld rows of layer '%s' have that %s; name one "
                           "by its fid or uuid"),
                         (long long)count, layer->name, column);
    *fid = first;
    return TAWAM_OK;
}

static int find_by_column(int64_t *fid, twin *t, const twin_layer *layer,
                          const char *row, const char *equals)
{
    arena *a = NULL;
    twin_value value;
    const twin_column *column = NULL;
    twin_type type = TWIN_INTEGER;
    int code = arena_new(&a);
    char *name = memory_string_length(row, (size_t)(equals - row));
    if (code == TAWAM_OK && !name)
        code = error_memory();
    int by_fid = code == TAWAM_OK && text_equal_nocase(name, "fid");
    if (code == TAWAM_OK && !by_fid) {
        code = twin_column_find(&column, layer, name);
        if (code == TAWAM_OK)
            type = column->type;
    }
    if (code == TAWAM_OK)
        code = twin_value_parse(&value, type, equals + 1, a);
    if (code == TAWAM_OK) {
        char storage[64];
        value = twin_value_convert(&value, type, storage);
        code = find_by_value(fid, t, layer, by_fid ? "fid" : column->name,
                             &value, row);
    }
    free(name);
    arena_free(a);
    return code;
}

int twin_row_find(int64_t *fid, twin *t, const twin_layer *layer,
                  const char *row)
{
    int64_t number = 0;
    const char *equals = strchr(row, '=');
    if (equals)
        return find_by_column(fid, t, layer, row, equals);
    if (*row && strspn(row, "0123456789") == strlen(row) &&
        text_integer(&number, row) == TAWAM_OK) {
        int exists = twin_row_exists(t, layer, number);
        if (exists > 0)
            *fid = number;
        if (exists)
            return exists < 0 ? exists : TAWAM_OK;
    }
    char *uuid = memory_string(row);
    if (!uuid)
        return error_memory();
    /* Ours are lower case; another program's may be as they are. */
    twin_value value = {
        .kind = TWIN_KIND_TEXT, .bytes = row, .length = strlen(row)};
    int code = find_by_value(fid, t, layer, "uuid", &value, row);
    if (code == TAWAM_ENOTFOUND) {
        text_lower_ascii(uuid);
        value.bytes = uuid;
        code = find_by_value(fid, t, layer, "uuid", &value, row);
    }
    free(uuid);
    return code;
}

/* ---- captions ---- */

/* How good a column's name is for a caption: 0 best, -1 no. "name" before
 * "name_fr", both before "nom", all before "code". */
static int caption_rank(const char *column)
{
    static const char *const WORDS[] = {"name",    "nom",     "label",
                                        "libelle", "libellé", "title",
                                        "titre",   "اسم",     "code"};
    const int count = sizeof WORDS / sizeof *WORDS;
    for (int i = 0; i < count; i++) {
        size_t length = strlen(WORDS[i]);
        if (text_equal_nocase(column, WORDS[i]))
            return 2 * i;
        if (strlen(column) > length && column[length] == '_') {
            char head[64];
            if (length < sizeof head) {
                memcpy(head, column, length);
                head[length] = '\0';
                if (text_equal_nocase(head, WORDS[i]))
                    return 2 * i + 1;
            }
        }
    }
    return -1;
}

/* The filled caption column of the best rank, as text; "" if none. */
static int caption_text(buffer *out, const twin_layer *layer,
                        const twin_cell *cells)
{
    int best = -1;
    size_t chosen = 0;
    for (size_t i = 0; i < layer->column_count; i++) {
        const twin_value *value = &cells[i].value;
        int rank = caption_rank(layer->columns[i].name);
        int filled = value->kind != TWIN_KIND_NULL &&
                     (value->kind != TWIN_KIND_TEXT || value->length > 0);
        if (rank >= 0 && filled && (best < 0 || rank < best)) {
            best = rank;
            chosen = i;
        }
    }
    if (best >= 0)
        twin_value_text(out, layer->columns[chosen].type, &cells[chosen].value);
    return best >= 0;
}

int twin_row_caption(char **out, twin *t, const twin_layer *layer, int64_t fid)
{
    arena *a = NULL;
    twin_cell *cells = NULL;
    buffer text = {0};
    int code = arena_new(&a);
    if (code == TAWAM_OK)
        code = twin_row_read(&cells, t, layer, fid, a);
    if (code == TAWAM_OK && !caption_text(&text, layer, cells)) {
        const twin_value *uuid = &cells[0].value;
        if (uuid->kind == TWIN_KIND_TEXT && uuid->length)
            buffer_bytes(&text, uuid->bytes,
                         uuid->length < 8 ? uuid->length : 8);
        else
            buffer_format(&text, "%lld", (long long)fid);
    }
    char *taken = code == TAWAM_OK ? buffer_take(&text) : NULL;
    if (code == TAWAM_OK && !taken)
        code = error_memory();
    if (code == TAWAM_OK)
        *out = taken;
    buffer_free(&text);
    arena_free(a);
    return code;
}
