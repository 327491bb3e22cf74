/* SPDX-License-Identifier: MIT */
/* Names of layers and columns and their types; and the varints of the plain
 * bytes that stand before the coded part.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

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

/* ---- through the coder ---- */

static int code_name(codec *x, const char **name)
{
    size_t length = *name ? strlen(*name) : 0;

    return codec_string(x, STRING_NAME, name, &length, TWIN_NAME_MAX);
}

static int code_columns(codec *x, changeset_layer *layer)
{
    for (size_t i = 0; i < layer->column_count; i++) {
        changeset_column *column = &layer->columns[i];
        int result = code_name(x, &column->name);
        if (result < 0)
            return result;
        column->type = (twin_type)coder_tree(&x->coder, x->models->type, 4,
                                             (uint32_t)column->type);
    }
    return TAWAM_OK;
}

static int code_layer(codec *x, changeset_layer *layer)
{
    coder *c = &x->coder;
    int result = code_name(x, &layer->name);
    uint64_t count = 0;

    if (result < 0)
        return result;
    layer->geometry = (twin_geometry)coder_tree(c, x->models->geometry, 4,
                                                (uint32_t)layer->geometry);
    count = coder_number(c, &x->models->columns, layer->column_count);
    if (count > x->limits->columns)
        return changeset_damaged(_("a layer has more than %zu columns"),
                                 x->limits->columns);
    if (codec_grow(x, (size_t)count, CHANGESET_COLUMN_WEIGHT) < 0 ||
        codec_take(x, (size_t)count * sizeof *layer->columns) < 0)
        return error_code();
    if (!c->reading)
        return code_columns(x, layer);
    layer->columns = memory_array((size_t)count, sizeof *layer->columns);
    if (!layer->columns)
        return TAWAM_EMEMORY;
    layer->column_count = (size_t)count;
    if ((result = code_columns(x, layer)) < 0)
        return result;
    if (c->fault)
        return changeset_damaged("%s", _(c->fault));
    if (schema_check(layer) < 0)
        return error_code() == TAWAM_EMEMORY
                   ? TAWAM_EMEMORY
                   : changeset_damaged("%s", error_message());
    return TAWAM_OK;
}

/* Layers stand in order, none twice. */
static int check_order(const changeset *c)
{
    for (size_t i = 1; i < c->layer_count; i++)
        if (changeset_name_compare(c->layers[i - 1].name, c->layers[i].name) >=
                0 ||
            text_equal_nocase(c->layers[i - 1].name, c->layers[i].name))
            return changeset_damaged(
                _("layers are doubled or out of order at %s"),
                c->layers[i].name);
    return TAWAM_OK;
}

int schema_code(codec *x)
{
    uint64_t count =
        coder_number(&x->coder, &x->models->layers, x->set->layer_count);

    if (count > x->limits->layers || count > LAYERS_MAX)
        return changeset_damaged(_("it has more than %zu layers"),
                                 x->limits->layers);
    /* The set is told of each layer first: changeset_free cares for it. */
    for (size_t i = 0; i < count; i++) {
        if (x->coder.reading)
            x->set->layer_count = i + 1;
        int result = code_layer(x, &x->set->layers[i]);
        if (result < 0)
            return result;
    }
    return x->coder.reading ? check_order(x->set) : TAWAM_OK;
}
