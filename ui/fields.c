/* SPDX-License-Identifier: MIT */
/* fields: labels, choices and values of one layer in one language. */
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "sync/files.h"
#include "ui/fields.h"

#define ROWS_MOST 1000 /* of a layer whose rows are shown by name elsewhere */

typedef struct choice_list {
    arena *memory;
    field_choice *items;
    size_t count, capacity;
} choice_list;

/* Called by twin_choices() for each; non-zero stops it. */
static int add_choice(void *context, const char *name, const char *label)
{
    choice_list *list = context;
    size_t needed = list->count + 1;
    if (needed > list->capacity) {
        size_t capacity = needed * 2 + 14;
        field_choice *more = arena_alloc(list->memory, capacity * sizeof *more);
        if (!more)
            return TAWAM_EMEMORY;
        if (list->count)
            memcpy(more, list->items, list->count * sizeof *more);
        list->items = more;
        list->capacity = capacity;
    }
    list->items[list->count].name = arena_string(list->memory, name);
    list->items[list->count].label = arena_string(list->memory, label);
    list->count++;
    return 0;
}

/* How well a column serves as the short name of a row; 0 not at all. */
static int caption_rank(const char *name, twin_type type, const char *language)
{
    static const char *const words[] = {"name",  "nom", "label", "title",
                                        "titre", "اسم", "code"};
    size_t count = sizeof words / sizeof *words;
    if (type != TWIN_TEXT)
        return 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(words[i]);
        if (strncasecmp(name, words[i], length) != 0)
            continue;
        int rank = (int)(2 * (count - i));
        if (!name[length])
            return rank + 2;
        if (name[length] == '_' && language &&
            strncasecmp(name + length + 1, language, 2) == 0)
            return rank + 1 + 20;
        if (name[length] == '_')
            return rank;
    }
    return 0;
}

/* ---- rows of other layers ---- */

/* "commune_code", "household_uuid": points to a row of another layer. */
static int is_reference(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && (strcasecmp(name + length - 5, "_code") == 0 ||
                          strcasecmp(name + length - 5, "_uuid") == 0);
}

/* The column of LAYER that names its rows; "" none does. */
static const char *naming_column(const twin_layer *layer, const char *language)
{
    const char *best = "";
    int best_rank = 0;
    for (size_t i = 0; i < layer->column_count; i++) {
        int rank = caption_rank(layer->columns[i].name, layer->columns[i].type,
                                language);
        if (rank > best_rank &&
            strcasecmp(layer->columns[i].name, "code") != 0) {
            best_rank = rank;
            best = layer->columns[i].name;
        }
    }
    return best;
}

static int compare_rows(const void *a, const void *b)
{
    const field_choice *one = a, *other = b;
    return strcmp(one->name, other->name);
}

static int read_rows(choice_list *rows, twin *t, const char *sql)
{
    sqlite3_stmt *read = NULL;
    int error = twin_prepare(&read, t, sql, 0);
    while (error == TAWAM_OK && (error = twin_step(t, read)) > 0)
        error = add_choice(rows, (const char *)sqlite3_column_text(read, 0),
                           (const char *)sqlite3_column_text(read, 1));
    sqlite3_finalize(read);
    if (error == TAWAM_OK && rows->count > ROWS_MOST)
        rows->count = 0;
    if (rows->count)
        qsort(rows->items, rows->count, sizeof *rows->items, compare_rows);
    return error;
}

/* What the cells of F stand for, where F names a layer that is not large. */
static int fill_rows(field *f, twin *t, const char *language, arena *a)
{
    size_t length = strlen(f->name);
    char name[TWIN_NAME_MAX + 1];
    const char *key = f->name + (length > 4 ? length - 4 : 0);
    const twin_layer *layer = NULL;
    choice_list rows = {.memory = a};
    buffer sql = {0};
    if (f->type != TWIN_TEXT || f->choice_count || !is_reference(f->name) ||
        length - 5 > TWIN_NAME_MAX)
        return TAWAM_OK;
    snprintf(name, sizeof name, "%.*s", (int)length - 5, f->name);
    int error = twin_layer_find(&layer, t, name);
    if (error == TAWAM_ENOTFOUND)
        error_clear();
    if (error != TAWAM_OK || !twin_column_named(layer, key) ||
        !*naming_column(layer, language))
        return error == TAWAM_ENOTFOUND ? TAWAM_OK : error;
    buffer_text(&sql, "SELECT ");
    twin_quote(&sql, key);
    buffer_text(&sql, ", ");
    twin_quote(&sql, naming_column(layer, language));
    buffer_text(&sql, " FROM main.");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " WHERE ");
    twin_quote(&sql, key);
    buffer_text(&sql, " > '' AND ");
    twin_quote(&sql, naming_column(layer, language));
    buffer_format(&sql, " > '' LIMIT %d", ROWS_MOST + 1);
    error = buffer_check(&sql);
    if (error == TAWAM_OK)
        error = read_rows(&rows, t, (const char *)sql.data);
    buffer_free(&sql);
    f->rows = rows.items;
    f->row_count = rows.count;
    return error;
}

/* What a record has besides answers (src/form/FORMAT.md), and the metadata that
 * nobody is asked for, by their usual names. */
static int is_of_record(const char *name)
{
    static const char *const names[] = {
        "form_version", "instance_id", "deprecated_id", "audit",    "note",
        "start",        "end",         "today",         "deviceid", "username"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return 1;
    return 0;
}

static int is_record_layer(const twin_column *columns, size_t count)
{
    int found = 0;
    for (size_t i = 0; i < count; i++)
        found += strcasecmp(columns[i].name, "form_version") == 0 ||
                 strcasecmp(columns[i].name, "instance_id") == 0 ||
                 strcasecmp(columns[i].name, "deprecated_id") == 0;
    return found == 3;
}

/* Where a column stands: ordinary, reference, geometry, uuid. In the records of
 * a form the answers come first, a commune's code among them; then what no
 * question shows. */
static int shown_class(const field *f, int of_records)
{
    if (strcmp(f->name, "uuid") == 0)
        return 4;
    if (f->type == TWIN_GEOMETRY)
        return 3;
    if (of_records)
        return is_of_record(f->name) || strcmp(f->name, f->label) == 0 ? 2 : 1;
    return is_reference(f->name) ? 2 : 1;
}

/* The column's name must already be a copy in A: labels and choices read the
 * catalogue, which may move it. */
static int fill_field(field *f, twin *t, const char *layer,
                      const twin_column *column, const char *language, arena *a)
{
    choice_list choices = {.memory = a};
    f->column = column->id;
    f->type = column->type;
    f->name = arena_string(a, column->name);
    int error = twin_choices(t, layer, f->name, language, add_choice, &choices);
    f->label = arena_string(a, twin_label(t, layer, f->name, "", language));
    f->choices = choices.items;
    f->choice_count = choices.count;
    if (error == TAWAM_OK && (!f->name || !f->label))
        error = TAWAM_EMEMORY;
    return error == TAWAM_OK ? fill_rows(f, t, language, a) : error;
}

/* The order on screen, as indexes into ITEMS. */
static void order_fields(size_t *order, const field *items, size_t count,
                         int of_records, const char *language)
{
    size_t best = count, at = 0;
    int best_rank = 0;
    for (size_t i = 0; i < count; i++) {
        int rank = caption_rank(items[i].name, items[i].type, language);
        if (rank > best_rank) {
            best_rank = rank;
            best = i;
        }
    }
    if (best < count)
        order[at++] = best;
    for (int class = 1; class <= 4; class ++)
        for (size_t i = 0; i < count; i++)
            if (i != best && shown_class(&items[i], of_records) == class)
                order[at++] = i;
}

/* The columns' names must be copies: the labels are read one by one from the
 * catalogue, and each may read it again. */
static int fill_fields(field *items, twin *t, const char *layer,
                       const twin_column *columns, size_t count,
                       const char *language, arena *a)
{
    twin_column *copies = arena_alloc(a, count * sizeof *copies + 1);
    int error = copies ? TAWAM_OK : TAWAM_EMEMORY;
    for (size_t i = 0; i < count && error == TAWAM_OK; i++) {
        copies[i] = columns[i];
        copies[i].name = arena_string(a, columns[i].name);
        error = copies[i].name ? TAWAM_OK : TAWAM_EMEMORY;
    }
    for (size_t i = 0; i < count && error == TAWAM_OK; i++)
        error = fill_field(&items[i], t, layer, &copies[i], language, a);
    return error;
}

static int fill(fields *f, twin *t, const twin_layer *layer,
                const char *language)
{
    size_t count = layer->column_count;
    int of_records = is_record_layer(layer->columns, count);
    field *items = arena_alloc(f->memory, count * sizeof *items + 1);
    size_t *order = arena_alloc(f->memory, count * sizeof *order + 1);
    f->items = arena_alloc(f->memory, count * sizeof *f->items + 1);
    f->layer = layer->id;
    f->layer_name = arena_string(f->memory, layer->name);
    if (!items || !order || !f->items || !f->layer_name)
        return TAWAM_EMEMORY;
    int error = fill_fields(items, t, f->layer_name, layer->columns, count,
                            language, f->memory);
    if (error < 0)
        return error;
    order_fields(order, items, count, of_records, language);
    for (size_t i = 0; i < count; i++) {
        f->items[i] = items[order[i]];
        if (shown_class(&f->items[i], of_records) != 4)
            f->table_count = i + 1;
    }
    f->count = count;
    f->layer_label =
        arena_string(f->memory, twin_label(t, f->layer_name, "", "", language));
    return f->layer_label ? TAWAM_OK : TAWAM_EMEMORY;
}

int fields_load(fields **out, twin *t, const char *layer, const char *language)
{
    const twin_layer *found = NULL;
    arena *a = NULL;
    fields *f = NULL;
    int error = twin_layer_find(&found, t, layer);
    if (error < 0 || (error = arena_new(&a)) < 0)
        return error;
    f = memory_new(sizeof *f);
    if (!f) {
        arena_free(a);
        return TAWAM_EMEMORY;
    }
    f->memory = a;
    error = fill(f, t, found, language);
    if (error < 0) {
        fields_free(f);
        return error;
    }
    *out = f;
    return TAWAM_OK;
}

void fields_free(fields *f)
{
    if (!f)
        return;
    arena_free(f->memory);
    free(f);
}

const field *fields_by_column(const fields *f, int column)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].column == column)
            return &f->items[i];
    return NULL;
}

/* The stable name wins over a label in some language that is spelt the same,
 * since it stands first in the comparison. */
const field *fields_by_name(const fields *f, const char *name)
{
    const field *found = NULL;
    char *wanted = text_fold(name);
    for (size_t i = 0; i < f->count && wanted && !found; i++) {
        char *label = text_fold(f->items[i].label);
        if (text_equal_nocase(f->items[i].name, name) ||
            (label && strcmp(label, wanted) == 0))
            found = &f->items[i];
        free(label);
    }
    free(wanted);
    return found;
}

/* The choice or row that CODE stands for; NULL for a value that is none: it is
 * then shown as it is. */
static const field_choice *find_code(const field *f, const char *code)
{
    field_choice key = {code, NULL};
    if (f->row_count)
        return bsearch(&key, f->rows, f->row_count, sizeof *f->rows,
                       compare_rows);
    for (size_t i = 0; i < f->choice_count; i++)
        if (strcmp(f->choices[i].name, code) == 0)
            return &f->choices[i];
    return NULL;
}

int field_is_named(const field *f)
{
    return f->choice_count || f->row_count;
}

/* Six decimals are a tenth of a metre. */
static void degrees_text(buffer *out, double degrees)
{
    char text[32];
    text_from_decimal(text, round(degrees * 1e6) / 1e6);
    buffer_text(out, text);
}

/* Lines and areas can't be read as numbers; their type and size can. */
static void geometry_text(buffer *out, const twin_value *value)
{
    double longitude = 0, latitude = 0;
    twin_geometry type = TWIN_NO_GEOMETRY;
    if (geometry_point(&longitude, &latitude, value->bytes, value->length) ==
        TAWAM_OK) {
        degrees_text(out, latitude);
        buffer_text(out, ", ");
        degrees_text(out, longitude);
    } else if (geometry_type(&type, value->bytes, value->length) == TAWAM_OK)
        buffer_format(out, "%s, %zu B", twin_geometry_name(type),
                      value->length);
    else
        buffer_text(out, "?");
}

/* The label of a choice or row takes the place of its name, which
 * twin_value_text() had appended. */
void field_text(buffer *out, const field *f, const twin_value *value)
{
    size_t before = out->length;
    if (value->kind == TWIN_KIND_NULL)
        return;
    if (f->type == TWIN_GEOMETRY && value->kind == TWIN_KIND_BYTES) {
        geometry_text(out, value);
        return;
    }
    if (f->type == TWIN_BOOLEAN && value->kind == TWIN_KIND_INTEGER) {
        buffer_text(out, value->integer ? _("yes") : _("no"));
        return;
    }
    files_key key;
    if (files_key_of(&key, value)) {
        files_key_say(out, &key);
        return;
    }
    if (f->type == TWIN_BLOB && value->kind == TWIN_KIND_BYTES) {
        buffer_format(out, "%zu B", value->length);
        return;
    }
    twin_value_text(out, f->type, value);
    if (!field_is_named(f))
        return;
    buffer_byte(out, '\0');
    if (out->failed)
        return;
    out->length--;
    const field_choice *found = find_code(f, (const char *)out->data + before);
    if (!found)
        return;
    out->length = before;
    buffer_text(out, found->label);
}

void field_edit_text(buffer *out, const field *f, const twin_value *value)
{
    twin_value_text(out, f->type, value);
}

const char *field_type_label(const field *f)
{
    if (f->choice_count)
        return _("choice");
    switch (f->type) {
    case TWIN_BOOLEAN:
        return _("yes or no");
    case TWIN_INTEGER:
        return _("whole number");
    case TWIN_DECIMAL:
        return _("number");
    case TWIN_DATE:
        return _("date, YYYY-MM-DD");
    case TWIN_DATETIME:
        return _("date and time");
    case TWIN_TEXT:
        return _("text");
    case TWIN_BLOB:
        return _("bytes");
    case TWIN_GEOMETRY:
        return _("place: latitude, longitude, or WKT");
    }
    return "";
}

/* Which of LIST has the label TEXT, *FOUND; how many have it. */
static size_t find_label(const field_choice **found, const field_choice *list,
                         size_t count, const char *text)
{
    char *wanted = text_fold(text);
    size_t same = 0;
    for (size_t i = 0; i < count && wanted; i++) {
        char *label = text_fold(list[i].label);
        if (label && strcmp(label, wanted) == 0 && !same++)
            *found = &list[i];
        free(label);
    }
    free(wanted);
    return same;
}

/* A person types what the screen shows: labels count as what they stand for,
 * but a code is always that code. */
int field_parse(twin_value *out, const field *f, const char *text, arena *a)
{
    const field_choice *found = find_code(f, text);
    size_t same = found ? 1
                  : f->row_count
                      ? find_label(&found, f->rows, f->row_count, text)
                      : find_label(&found, f->choices, f->choice_count, text);
    if (same > 1)
        return error_set(
            TAWAM_EUSAGE,
            _("several are called '%.100s': type its code or uuid"), text);
    return twin_value_parse(out, f->type, found ? found->name : text, a);
}
