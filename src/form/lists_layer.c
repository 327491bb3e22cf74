/* SPDX-License-Identifier: MIT */
/* A layer of the twin as an entity list: `name` is the row's uuid, `label` its
 * column of that name, else its caption, then __version, geometry in ODK's
 * spelling, and every column. Rows stand in the order of their fids. */
#include "form/lists_internal.h"
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* ---- values as text ---- */

static int add_point(void *context, const double *points, size_t count,
                     int closed)
{
    buffer *out = context;
    char number[32];
    (void)closed;
    for (size_t i = 0; i < count; i++) {
        buffer_text(out, out->length ? "; " : "");
        text_from_decimal(number, points[2 * i + 1]);
        buffer_format(out, "%s ", number);
        text_from_decimal(number, points[2 * i]);
        buffer_format(out, "%s 0 0", number);
    }
    return 1; /* of several lines or rings, the first */
}

/* A GeoPackage geometry as "lat lon 0 0; …". */
static void call_place(sqlite3_context *c, int count, sqlite3_value **values)
{
    const void *blob = sqlite3_value_blob(values[0]);
    size_t length = (size_t)sqlite3_value_bytes(values[0]);
    double point[2];
    buffer text = {0};
    (void)count;
    if (!blob)
        return;
    if (geometry_point(&point[0], &point[1], blob, length) == TAWAM_OK)
        add_point(&text, point, 1, 0);
    else if (geometry_paths(blob, length, add_point, &text) < 0)
        buffer_clear(&text);
    error_clear();
    sqlite3_result_text(c, text.data ? (char *)text.data : "", (int)text.length,
                        SQLITE_TRANSIENT);
    buffer_free(&text);
}

/* A number as XPath writes it. */
static void call_decimal(sqlite3_context *c, int count, sqlite3_value **values)
{
    const char *text = "";
    arena *memory = NULL;
    (void)count;
    if (sqlite3_value_type(values[0]) != SQLITE_FLOAT) {
        sqlite3_result_value(c, values[0]);
        return;
    }
    if (arena_new(&memory) == TAWAM_OK &&
        xpath_number_text(&text, sqlite3_value_double(values[0]), memory) ==
            TAWAM_OK)
        sqlite3_result_text(c, text, -1, SQLITE_TRANSIENT);
    else
        sqlite3_result_error_nomem(c);
    arena_free(memory);
}

static int add_functions(struct sqlite3 *database)
{
    static const list_function all[] = {{"tawam_place", 1, call_place},
                                        {"tawam_decimal", 1, call_decimal}};
    return list_add_functions(database, all, sizeof all / sizeof *all);
}

/* ---- columns ---- */

static int add_column(list_table *t, const char *name, const char *column,
                      twin_type type)
{
    buffer stored = {0}, text = {0};
    list_kind kind =
        type == TWIN_INTEGER ? LIST_INTEGER
        : type == TWIN_TEXT || type == TWIN_DATE || type == TWIN_DATETIME
            ? LIST_TEXT
            : LIST_OTHER;
    int code;
    twin_quote(&stored, column);
    buffer_format(&text,
                  type == TWIN_DECIMAL ? "tawam_decimal(%s)"
                  : type == TWIN_BOOLEAN
                      ? "CASE %s WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
                  : type == TWIN_GEOMETRY ? "tawam_place(%s)"
                  : type == TWIN_INTEGER  ? "CAST(%s AS TEXT)"
                  : type == TWIN_BLOB     ? "hex(%s)"
                                          : "%s",
                  stored.data ? (char *)stored.data : "");
    code = buffer_check(&stored);
    if (code == TAWAM_OK)
        code = buffer_check(&text);
    if (code == TAWAM_OK)
        code = list_table_column(
            t, name, (char *)text.data,
            kind == LIST_OTHER ? NULL : (char *)stored.data, kind);
    if (code == TAWAM_OK) /* an outline is long, and seldom named */
        t->columns[t->column_count - 1].is_late = type == TWIN_GEOMETRY;
    buffer_free(&stored);
    buffer_free(&text);
    return code;
}

/* Without a column `label`: what a row is called elsewhere (twin_row_caption),
 * the best column that has something. */
static int add_label(list_table *t, const twin_layer *layer)
{
    static const char *const words[] = {"name",  "nom",   "libelle", "libellé",
                                        "title", "titre", "اسم",     "code"};
    const twin_column *label = twin_column_named(layer, "label");
    buffer text = {0};
    int code;
    if (label)
        return add_column(t, "label", label->name, label->type);
    buffer_text(&text, "coalesce(");
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        for (size_t i = 0; i < layer->column_count; i++) {
            const twin_column *c = &layer->columns[i];
            size_t length = strlen(words[w]);
            if (c->type != TWIN_GEOMETRY && c->type != TWIN_BLOB &&
                strncasecmp(c->name, words[w], length) == 0 &&
                (!c->name[length] || c->name[length] == '_')) {
                buffer_text(&text, "nullif(CAST(");
                twin_quote(&text, c->name);
                buffer_text(&text, " AS TEXT), ''), ");
            }
        }
    buffer_text(&text, "substr(uuid, 1, 8), '')");
    code = buffer_check(&text);
    if (code == TAWAM_OK)
        code =
            list_table_column(t, "label", (char *)text.data, NULL, LIST_OTHER);
    buffer_free(&text);
    return code;
}

static int add_columns(list_table *t, const twin_layer *layer)
{
    static const char *const ours[] = {"name", "label", "__version",
                                       "geometry"};
    int code = add_column(t, "name", "uuid", TWIN_TEXT);
    if (code == TAWAM_OK)
        code = add_label(t, layer);
    if (code == TAWAM_OK)
        code = list_add_version(t, layer);
    if (code == TAWAM_OK && twin_column_named(layer, "geom"))
        code = add_column(t, "geometry", "geom", TWIN_GEOMETRY);
    for (size_t i = 0; code == TAWAM_OK && i < layer->column_count; i++) {
        const twin_column *c = &layer->columns[i];
        int is_ours = c->type == TWIN_GEOMETRY;
        for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
            is_ours = is_ours || strcmp(ours[k], c->name) == 0;
        if (!is_ours || strcmp(c->name, "geometry") == 0)
            code = add_column(t, c->name, c->name, c->type);
    }
    return code;
}

/* ---- opening ---- */

/* Of its columns; and of how many others have, which __version asks for. */
static int64_t stamp_of(twin *t, const twin_layer *layer)
{
    uint64_t hash = LIST_HASH;
    for (size_t i = 0; i < twin_layer_count(t); i++)
        hash = hash * 31 + twin_layer_at(t, i)->column_count;
    for (size_t i = 0; i < layer->column_count; i++)
        hash = list_hash(list_hash(hash, layer->columns[i].name),
                         twin_type_name(layer->columns[i].type));
    return (int64_t)hash;
}

int list_layer_changed(const list_table *t)
{
    const twin_layer *layer = NULL;
    int changed = twin_layer_find(&layer, t->layer_of, t->layer) != TAWAM_OK ||
                  stamp_of(t->layer_of, layer) != t->layer_stamp;
    error_clear();
    return changed;
}

int list_layer_open(list_table **out, twin *replica, const char *name)
{
    const twin_layer *layer = NULL;
    list_table *t = NULL;
    buffer from = {0};
    int code = twin_layer_find(&layer, replica, name);
    if (code == TAWAM_ENOTFOUND)
        error_clear();
    if (code != TAWAM_OK)
        return code;
    twin_quote(&from, layer->name);
    code = buffer_check(&from);
    if (code == TAWAM_OK)
        code = add_functions(twin_database(replica));
    if (code == TAWAM_OK)
        code = list_table_new(&t, twin_database(replica), (char *)from.data,
                              "fid");
    buffer_free(&from);
    if (code == TAWAM_OK) {
        t->layer_of = replica;
        t->layer = arena_string(t->memory, layer->name);
        t->layer_stamp = stamp_of(replica, layer);
        t->row_count = twin_row_count(replica, layer);
        code = t->layer ? add_columns(t, layer) : TAWAM_EMEMORY;
    }
    if (code == TAWAM_OK)
        *out = t;
    else
        list_table_free(t);
    return code;
}
