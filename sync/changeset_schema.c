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

static int code_columns(codec *x, changeset_layer *layer, size_t from)
{
    for (size_t i = from; i < layer->column_count; i++) {
        changeset_column *column = &layer->columns[i];
        int result = code_name(x, &column->name);
        if (result < 0)
            return result;
        column->type = (twin_type)coder_tree(&x->coder, x->models->type, 4,
                                             (uint32_t)column->type);
    }
    return TAWAM_OK;
}

/* ---- as the dictionary has it ---- */

/* Writing: LAYER's columns are some of K's in their order, then others: how
 * many are K's; -1 if they stand otherwise. */
static int in_known_order(const changeset_layer *layer, const layer_known *k)
{
    size_t next = 0, i = 0;

    if (strcmp(layer->name, k->layer->name) != 0)
        return -1;
    for (; i < layer->column_count; i++) {
        const changeset_column *column = &layer->columns[i];
        size_t at = known_column(k, column);
        if (at == SIZE_MAX ||
            strcmp(column->name, k->layer->columns[at].name) != 0)
            break;
        if (at < next)
            return -1;
        next = at + 1;
    }
    for (size_t j = i; j < layer->column_count; j++)
        if (known_column(k, &layer->columns[j]) != SIZE_MAX)
            return -1;
    return (int)i;
}

static int copy_name(codec *x, const char **out, const char *name)
{
    size_t length = strlen(name);

    if (codec_take(x, length) < 0)
        return error_code();
    *out = arena_string(x->set->memory, name);
    return *out ? TAWAM_OK : TAWAM_EMEMORY;
}

/* Which of K's columns LAYER declares; reading: into its first places. */
static int code_declared(codec *x, changeset_layer *layer, const layer_known *k,
                         size_t *declared)
{
    const changeset_layer *from = k->layer;
    size_t at = 0, many = *declared;
    unsigned before = 1;

    if (x->coder.reading &&
        (codec_grow(x, from->column_count, CHANGESET_COLUMN_WEIGHT) < 0 ||
         codec_take(x, from->column_count * sizeof *layer->columns) < 0))
        return error_code();
    if (x->coder.reading)
        layer->columns =
            memory_array(from->column_count, sizeof *layer->columns);
    if (!layer->columns && x->coder.reading)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < from->column_count; i++) {
        unsigned is = !x->coder.reading && at < many &&
                      known_column(k, &layer->columns[at]) == i;
        before = is = coder_bit(&x->coder, &x->models->declared[before], is);
        if (is && x->coder.reading) {
            layer->columns[at].type = from->columns[i].type;
            if (copy_name(x, &layer->columns[at].name, from->columns[i].name) <
                0)
                return error_code();
        }
        at += is;
    }
    *declared = at;
    return TAWAM_OK;
}

/* Which layer of the dictionary this is, if any: *known, and *declared columns
 * of it. */
static int code_which(codec *x, changeset_layer *layer,
                      const layer_known **known, size_t *declared)
{
    const changeset_dictionary *d = x->dictionary;
    uint64_t which = 0;
    int many = -1;

    *known = NULL;
    *declared = 0;
    if (!d)
        return TAWAM_OK;
    if (!x->coder.reading)
        *known = dictionary_layer(d, layer->name);
    if (*known && (many = in_known_order(layer, *known)) >= 0)
        which = (uint64_t)(*known - d->layers) + 1;
    which = coder_number(&x->coder, &x->models->layer, which);
    if (which > d->set->layer_count)
        return changeset_damaged(_("a layer that the dictionary has not"));
    *known = which ? &d->layers[which - 1] : NULL;
    *declared = many > 0 ? (size_t)many : 0;
    if (!which)
        return TAWAM_OK;
    if (x->coder.reading &&
        copy_name(x, &layer->name, (*known)->layer->name) < 0)
        return error_code();
    return code_declared(x, layer, *known, declared);
}

/* Reading: room for COUNT columns after those DECLARED. */
static int open_columns(codec *x, changeset_layer *layer, size_t declared,
                        size_t count)
{
    void *columns = layer->columns;
    size_t capacity = declared;

    if (codec_grow(x, count, CHANGESET_COLUMN_WEIGHT) < 0 ||
        codec_take(x, count * sizeof *layer->columns) < 0)
        return error_code();
    if (!x->coder.reading)
        return TAWAM_OK;
    if (memory_reserve(&columns, &capacity, declared + count + 1,
                       sizeof *layer->columns) < 0)
        return TAWAM_EMEMORY;
    layer->columns = columns;
    memset(layer->columns + declared, 0, count * sizeof *layer->columns);
    layer->column_count = declared + count;
    return TAWAM_OK;
}

static int code_layer(codec *x, changeset_layer *layer)
{
    coder *c = &x->coder;
    const layer_known *known = NULL;
    size_t declared = 0;
    int result = code_which(x, layer, &known, &declared);
    uint64_t count = 0;

    if (result == TAWAM_OK && !known)
        result = code_name(x, &layer->name);
    if (result < 0)
        return result;
    layer->geometry = (twin_geometry)coder_tree(c, x->models->geometry, 4,
                                                (uint32_t)layer->geometry);
    count =
        coder_number(c, &x->models->columns, layer->column_count - declared);
    if (declared > x->limits->columns || count > x->limits->columns - declared)
        return changeset_damaged(_("a layer has more than %zu columns"),
                                 x->limits->columns);
    if ((result = open_columns(x, layer, declared, (size_t)count)) < 0 ||
        (result = code_columns(x, layer, declared)) < 0)
        return result;
    if (!c->reading)
        return TAWAM_OK;
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
