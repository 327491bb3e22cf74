/* SPDX-License-Identifier: MIT */
/* The coded part as a whole: for each layer its rows, then its columns, one
 * lane each. The same walk writes and reads.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

int codec_take(codec *x, size_t bytes)
{
    if (!x->coder.reading)
        return TAWAM_OK;
    if (bytes > x->memory_limit - x->memory)
        return changeset_damaged(_("it takes more than %zu bytes of memory"),
                                 x->memory_limit);
    x->memory += bytes;
    return TAWAM_OK;
}

int codec_grow(codec *x, size_t count, size_t each)
{
    size_t weight = 0;

    if (__builtin_mul_overflow(count, each, &weight) ||
        __builtin_add_overflow(weight, x->grown, &weight) ||
        weight > x->grown_bound)
        return changeset_damaged(
            _("so small a file may not grow to more than %zu bytes"),
            x->grown_bound);
    x->grown = weight;
    return TAWAM_OK;
}

int codec_open(codec *x, changeset *set)
{
    changeset_models *m = memory_new(sizeof *m);

    if (!m)
        return TAWAM_EMEMORY;
    x->models = m;
    x->set = set;
    if (x->dictionary) {
        memcpy(m, x->dictionary->models, sizeof *m);
        return TAWAM_OK;
    }
    m->layers.width = m->columns.width = 16;
    m->rows.width = m->cells.width = m->base.width = m->step.width = 64;
    m->list.width = m->words.width = 64;
    m->exception.width = m->length.width = m->column.width = 64;
    m->layer.width = 16;
    m->shift.width = m->more.width = 64;
    return TAWAM_OK;
}

void codec_close(codec *x)
{
    letters_free(x->letters);
    x->letters = NULL;
    free(x->models);
    free(x->marks);
    x->models = NULL;
    x->marks = NULL;
}

/* ---- lanes ---- */

/* The layer's cells column by column, rows ascending: *starts has one entry a
 * column and one more. Counting sort. */
static int group_cells(lane_cell **out, size_t **starts,
                       const changeset_layer *layer)
{
    lane_cell *cells = memory_array(layer->cell_count, sizeof *cells);
    size_t *at = memory_array(layer->column_count + 2, sizeof *at);

    if (!cells || !at) {
        free(cells);
        free(at);
        return TAWAM_EMEMORY;
    }
    for (size_t i = 0; i < layer->cell_count; i++)
        at[layer->cells[i].column + 2]++;
    for (size_t i = 2; i < layer->column_count + 2; i++)
        at[i] += at[i - 1];
    for (size_t i = 0; i < layer->row_count; i++) {
        const changeset_row *row = &layer->rows[i];
        for (size_t j = row->first_cell; j < row->first_cell + row->cell_count;
             j++)
            cells[at[layer->cells[j].column + 1]++] =
                (lane_cell){(uint32_t)j, (uint32_t)i};
    }
    *out = cells;
    *starts = at;
    return TAWAM_OK;
}

static int code_lane(codec *x, changeset_layer *layer, uint32_t column,
                     const lane_cell *cells, size_t count)
{
    size_t taken = x->memory;
    lane l = {0};
    int result = lane_open(&l, x, layer, column, cells, count);

    if (result == TAWAM_OK && !x->coder.reading)
        result = lane_plan(&l, x);
    if (result == TAWAM_OK)
        result = lane_code(&l, x);
    if (result == TAWAM_EDAMAGED)
        error_add("%s.%s", layer->name, layer->columns[column].name);
    /* What the lane itself held is free again; what it rebuilt stays, and is
     * bounded by x->grown. */
    lane_close(&l);
    x->memory = taken;
    return result;
}

static int code_lanes(codec *x, changeset_layer *layer)
{
    lane_cell *cells = NULL;
    size_t *starts = NULL;
    size_t taken = x->memory;
    int result = codec_take(x, layer->cell_count * (sizeof *cells + 1));

    if (result < 0 || layer->cell_count == 0)
        return result;
    x->marks = memory_array(layer->cell_count, 1);
    x->marked = memory_array(layer->column_count, 1);
    if (!x->marks || !x->marked || group_cells(&cells, &starts, layer) < 0)
        result = TAWAM_EMEMORY;
    for (uint32_t i = 0; result == TAWAM_OK && i < layer->column_count; i++)
        if (starts[i + 1] > starts[i])
            result = code_lane(x, layer, i, cells + starts[i],
                               starts[i + 1] - starts[i]);
    free(cells);
    free(starts);
    free(x->marks);
    free(x->marked);
    x->marks = x->marked = NULL;
    x->memory = taken;
    return result;
}

int codec_run(codec *x)
{
    int schema = schema_code(x);

    if (schema < 0)
        return schema;
    if (x->keep && layers_keep(x) < 0)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < x->set->layer_count; i++) {
        changeset_layer *layer = &x->set->layers[i];
        int result = x->keep ? layer_keep(x, layer, i) : TAWAM_OK;
        x->known = dictionary_layer(x->dictionary, layer->name);
        if (result == TAWAM_OK)
            result = rows_code(x, layer);
        if (result == TAWAM_OK)
            result = code_lanes(x, layer);
        if (result < 0)
            return result;
    }
    return TAWAM_OK;
}
