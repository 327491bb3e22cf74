/* SPDX-License-Identifier: MIT */
/* fields: labels, choices and values of one layer in one language. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "sync/files.h"
#include "ui/fields.h"

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

/* "commune_code", "household_uuid": points to a row of another layer. */
static int is_reference(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && (strcasecmp(name + length - 5, "_code") == 0 ||
                          strcasecmp(name + length - 5, "_uuid") == 0);
}

/* Where a column stands: caption, ordinary, reference, geometry, uuid. */
static int shown_class(const twin_column *column)
{
    if (strcmp(column->name, "uuid") == 0)
        return 4;
    if (column->type == TWIN_GEOMETRY)
        return 3;
    return is_reference(column->name) ? 2 : 1;
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
    return error;
}

/* The order on screen, as indexes into LAYER's columns. */
static void order_columns(size_t *order, const twin_layer *layer,
                          const char *language)
{
    size_t count = layer->column_count, best = count, at = 0;
    int best_rank = 0;
    for (size_t i = 0; i < count; i++) {
        int rank = caption_rank(layer->columns[i].name, layer->columns[i].type,
                                language);
        if (rank > best_rank) {
            best_rank = rank;
            best = i;
        }
    }
    if (best < count)
        order[at++] = best;
    for (int class = 1; class <= 4; class ++)
        for (size_t i = 0; i < count; i++)
            if (i != best && shown_class(&layer->columns[i]) == class)
                order[at++] = i;
}

/* The labels are read one by one from the catalogue, and each may read it
 * again; so the columns are copied before. */
static int fill(fields *f, twin *t, const twin_layer *layer,
                const char *language)
{
    size_t count = layer->column_count;
    twin_column *columns = arena_alloc(f->memory, count * sizeof *columns + 1);
    size_t *order = arena_alloc(f->memory, count * sizeof *order + 1);
    f->items = arena_alloc(f->memory, count * sizeof *f->items + 1);
    if (!columns || !order || !f->items)
        return TAWAM_EMEMORY;
    order_columns(order, layer, language);
    for (size_t i = 0; i < count; i++) {
        columns[i] = layer->columns[order[i]];
        columns[i].name = arena_string(f->memory, columns[i].name);
        if (!columns[i].name)
            return TAWAM_EMEMORY;
        if (shown_class(&columns[i]) != 4)
            f->table_count = i + 1;
    }
    f->layer = layer->id;
    f->layer_name = arena_string(f->memory, layer->name);
    f->layer_label =
        arena_string(f->memory, twin_label(t, f->layer_name, "", "", language));
    f->count = count;
    int error = f->layer_label ? TAWAM_OK : TAWAM_EMEMORY;
    for (size_t i = 0; i < count && error == TAWAM_OK; i++)
        error = fill_field(&f->items[i], t, f->layer_name, &columns[i],
                           language, f->memory);
    return error;
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

/* NULL for a value that is none of the choices: it is then shown as it is. */
static const char *choice_label(const field *f, const char *name, size_t length)
{
    for (size_t i = 0; i < f->choice_count; i++)
        if (strlen(f->choices[i].name) == length &&
            memcmp(f->choices[i].name, name, length) == 0)
            return f->choices[i].label;
    return NULL;
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

/* A choice's label takes the place of its name, which twin_value_text() had
 * appended. */
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
    if (out->failed || !f->choice_count)
        return;
    const char *label =
        choice_label(f, (const char *)out->data + before, out->length - before);
    if (!label)
        return;
    out->length = before;
    buffer_text(out, label);
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

/* A person types what the screen shows: labels count as their choices. */
int field_parse(twin_value *out, const field *f, const char *text, arena *a)
{
    char *wanted = text_fold(text);
    for (size_t i = 0; i < f->choice_count && wanted; i++) {
        char *label = text_fold(f->choices[i].label);
        int same = label && strcmp(label, wanted) == 0;
        free(label);
        if (!same)
            continue;
        text = f->choices[i].name;
        break;
    }
    free(wanted);
    return twin_value_parse(out, f->type, text, a);
}
