/* SPDX-License-Identifier: MIT */
/* The plain bytes at the start of a changeset: names of layers and columns,
 * their types, and the varints.
 *
 * A name needs no length: it ends at the byte that tells its type, which is
 * below 0x20 and so can't be part of a name (see FORMAT.md, "Schema").
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

#define LAYER_MARK 0x10 /* + geometry: ends a layer's name */
#define MARK_MAX 0x1f   /* bytes up to here end a name */

void varint_write(buffer *out, uint64_t value)
{
    for (; value > 127; value >>= 7)
        buffer_byte(out, (uint8_t)(value | 128));
    buffer_byte(out, (uint8_t)value);
}

int varint_read(uint64_t *value, const uint8_t *bytes, size_t length,
                size_t *position, const char *what)
{
    uint64_t result = 0;
    size_t at = *position;

    for (unsigned shift = 0; shift < 63; shift += 7) {
        if (at >= length)
            return changeset_damaged(_("it ends within %s"), what);
        uint8_t byte = bytes[at++];
        result |= (uint64_t)(byte & 127) << shift;
        if (byte & 128)
            continue;
        if (byte == 0 && shift > 0)
            break;
        *value = result;
        *position = at;
        return TAWAM_OK;
    }
    return changeset_damaged(_("%s is not written the shortest way"), what);
}

/* ---- names ---- */

/* The reason for which a column may not be, or NULL. */
static const char *column_fault(const changeset_column *column)
{
    int is_geom = text_equal_nocase(column->name, "geom");

    if (column->type < TWIN_BOOLEAN || column->type > TWIN_GEOMETRY)
        return _("a column has an unknown type");
    if (is_geom != (column->type == TWIN_GEOMETRY))
        return _("a geometry stands outside the column geom, or geom is "
                 "something else");
    if (text_equal_nocase(column->name, "uuid") && column->type != TWIN_TEXT)
        return _("the column uuid is not text");
    return NULL;
}

static int check_column(const changeset_layer *layer, size_t index)
{
    const changeset_column *column = &layer->columns[index];
    const char *fault = column_fault(column);

    if (twin_name_check(column->name, 1) < 0)
        return error_add(_("a column of layer %s"), layer->name);
    if (fault)
        return error_set(TAWAM_EUSAGE, "%s: %s.%s", fault, layer->name,
                         column->name);
    return TAWAM_OK;
}

static int compare_columns(const void *a, const void *b)
{
    const changeset_column *x = *(const changeset_column *const *)a;
    const changeset_column *y = *(const changeset_column *const *)b;

    return changeset_name_compare(x->name, y->name);
}

/* Columns whose names differ in case only are one column twice. */
static int find_doubles(const changeset_layer *layer)
{
    const changeset_column **sorted =
        memory_array(layer->column_count, sizeof *sorted);
    int result = TAWAM_OK;

    if (!sorted)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < layer->column_count; i++)
        sorted[i] = &layer->columns[i];
    qsort(sorted, layer->column_count, sizeof *sorted, compare_columns);
    for (size_t i = 1; i < layer->column_count && result == TAWAM_OK; i++)
        if (text_equal_nocase(sorted[i - 1]->name, sorted[i]->name))
            result = error_set(TAWAM_EUSAGE, _("column %s.%s stands twice"),
                               layer->name, sorted[i]->name);
    free(sorted);
    return result;
}

int schema_check(const changeset_layer *layer)
{
    if (twin_name_check(layer->name, 0) < 0)
        return error_add(_("a layer"));
    if (layer->geometry < TWIN_NO_GEOMETRY ||
        layer->geometry > TWIN_ANY_GEOMETRY)
        return error_set(TAWAM_EUSAGE, _("layer %s has an unknown geometry"),
                         layer->name);
    for (size_t i = 0; i < layer->column_count; i++)
        if (check_column(layer, i) < 0)
            return error_code();
    return find_doubles(layer);
}

/* ---- bytes ---- */

void schema_write(buffer *out, const changeset *c)
{
    for (size_t i = 0; i < c->layer_count; i++) {
        const changeset_layer *layer = &c->layers[i];
        buffer_text(out, layer->name);
        buffer_byte(out, (uint8_t)(LAYER_MARK + layer->geometry));
        for (size_t j = 0; j < layer->column_count; j++) {
            buffer_text(out, layer->columns[j].name);
            buffer_byte(out, (uint8_t)layer->columns[j].type);
        }
        buffer_byte(out, 0);
    }
    buffer_byte(out, 0);
}

/* A name and the mark that ends it; *length 0 at a closing mark. */
static int read_name(const char **name, size_t *length, uint8_t *mark,
                     const uint8_t *bytes, size_t total, size_t *position)
{
    size_t start = *position, end = start;

    while (end < total && bytes[end] > MARK_MAX)
        if (++end - start > TWIN_NAME_MAX)
            return changeset_damaged(_("a name is longer than %d bytes"),
                                     TWIN_NAME_MAX);
    if (end >= total)
        return changeset_damaged(_("it ends within the names"));
    *name = (const char *)bytes + start;
    *length = end - start;
    *mark = bytes[end];
    *position = end + 1;
    return TAWAM_OK;
}

/* Columns from POSITION up to the layer's closing mark. With OUT NULL they
 * are only counted. */
static int read_columns(codec *x, changeset_column *out, size_t *count,
                        const uint8_t *bytes, size_t total, size_t *position)
{
    const char *name = NULL;
    size_t length = 0;
    uint8_t mark = 0;

    for (*count = 0;; (*count)++) {
        if (read_name(&name, &length, &mark, bytes, total, position) < 0)
            return TAWAM_EDAMAGED;
        if (mark == 0 && length == 0)
            return TAWAM_OK;
        if (mark == 0 || length == 0)
            return changeset_damaged(_("a column lacks a name or a type"));
        if (*count >= x->limits->columns)
            return changeset_damaged(_("a layer has more than %zu columns"),
                                     x->limits->columns);
        if (!out)
            continue;
        if (codec_take(x, length + 1) < 0)
            return error_code();
        char *copy = arena_alloc(x->set->memory, length + 1);
        if (!copy)
            return TAWAM_EMEMORY;
        memcpy(copy, name, length);
        out[*count] = (changeset_column){copy, (twin_type)mark};
    }
}

static int read_layer(codec *x, changeset_layer *layer, const char *name,
                      size_t length, const uint8_t *bytes, size_t total,
                      size_t *position)
{
    size_t again = *position;
    size_t count = 0;
    char *copy = NULL;

    if (read_columns(x, NULL, &count, bytes, total, &again) < 0)
        return error_code();
    if (codec_grow(x, count, CHANGESET_COLUMN_WEIGHT) < 0 ||
        codec_take(x, length + 1 + count * sizeof *layer->columns) < 0)
        return error_code();
    copy = arena_alloc(x->set->memory, length + 1);
    layer->columns = memory_array(count, sizeof *layer->columns);
    if (!copy || !layer->columns)
        return TAWAM_EMEMORY;
    memcpy(copy, name, length);
    layer->name = copy;
    if (read_columns(x, layer->columns, &layer->column_count, bytes, total,
                     position) < 0)
        return error_code();
    if (schema_check(layer) < 0)
        return error_code() == TAWAM_EMEMORY
                   ? TAWAM_EMEMORY
                   : changeset_damaged("%s", error_message());
    return TAWAM_OK;
}

int schema_read(codec *x, const uint8_t *bytes, size_t total, size_t *position)
{
    changeset *set = x->set;
    const char *name = NULL;
    size_t length = 0;
    uint8_t mark = 0;

    for (;;) {
        if (read_name(&name, &length, &mark, bytes, total, position) < 0)
            return TAWAM_EDAMAGED;
        if (mark == 0 && length == 0)
            return TAWAM_OK;
        if (mark < LAYER_MARK || length == 0)
            return changeset_damaged(_("a layer lacks a name"));
        if (set->layer_count >= x->limits->layers ||
            set->layer_count >= LAYERS_MAX)
            return changeset_damaged(_("it has more than %zu layers"),
                                     x->limits->layers);
        changeset_layer *layer = &set->layers[set->layer_count];
        layer->geometry = (twin_geometry)(mark - LAYER_MARK);
        set->layer_count++; /* from here on changeset_free cares for it */
        if (read_layer(x, layer, name, length, bytes, total, position) < 0)
            return error_code();
        if (set->layer_count > 1 &&
            (changeset_name_compare(layer[-1].name, layer->name) >= 0 ||
             text_equal_nocase(layer[-1].name, layer->name)))
            return changeset_damaged(
                _("layers are doubled or out of order at %s"), layer->name);
    }
}
