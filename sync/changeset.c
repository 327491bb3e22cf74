/* SPDX-License-Identifier: MIT */
/* The changeset in memory: made, filled, put in order, counted, freed.
 *
 * Invariants:
 *  1. The array of layers is made once, for LAYERS_MAX, so a layer's address
 *     holds while others are added (until changeset_sort moves them).
 *  2. While filling, an array of COUNT entries has room for the next power of
 *     two (16 at least), so no capacity need be kept beside the public struct.
 *  3. Names and values lie in the arena; the arrays are from malloc.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

const changeset_limits CHANGESET_LIMITS = {
    .compressed = (size_t)16 << 20,
    .uncompressed = (size_t)64 << 20,
    .memory = (size_t)256 << 20,
    .rows = 1000000,
    .cells = 16000000,
    .layers = LAYERS_MAX,
    .columns = 4000,
};

/* What changeset_new really makes. */
typedef struct filling {
    changeset set; /* first: a changeset * is a filling * */
    int closed;    /* 1: made by decode, nothing can be added */
} filling;

int changeset_new(changeset **out)
{
    filling *f = memory_new(sizeof *f);

    if (!f)
        return TAWAM_EMEMORY;
    f->set.layers = memory_array(LAYERS_MAX, sizeof *f->set.layers);
    if (!f->set.layers || arena_new(&f->set.memory) < 0) {
        changeset_free(&f->set);
        return TAWAM_EMEMORY;
    }
    *out = &f->set;
    return TAWAM_OK;
}

void changeset_free(changeset *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->layer_count; i++) {
        free(c->layers[i].columns);
        free(c->layers[i].rows);
        free(c->layers[i].cells);
    }
    free(c->layers);
    arena_free(c->memory);
    free(c);
}

void changeset_close_filling(changeset *c)
{
    ((filling *)c)->closed = 1;
}

/* ---- filling ---- */

/* Room for one entry more after COUNT (invariant 2). */
static int make_room(void **array, size_t count, size_t each)
{
    size_t capacity = 0;

    if (count == 0)
        return memory_reserve(array, &capacity, 16, each);
    if (count < 16 || (count & (count - 1)))
        return TAWAM_OK;
    capacity = count;
    return memory_reserve(array, &capacity, 2 * count, each);
}

static int may_fill(const changeset *c)
{
    if (((const filling *)c)->closed)
        return error_set(TAWAM_EUSAGE,
                         _("a changeset that was read can't be added to"));
    return TAWAM_OK;
}

int changeset_add_layer(changeset_layer **out, changeset *c, const char *name,
                        twin_geometry geometry)
{
    changeset_layer *layer = NULL;

    if (may_fill(c) < 0)
        return TAWAM_EUSAGE;
    for (size_t i = 0; i < c->layer_count && !layer; i++)
        if (text_equal_nocase(c->layers[i].name, name))
            layer = &c->layers[i];
    if (!layer) {
        if (c->layer_count >= LAYERS_MAX)
            return error_set(TAWAM_EUSAGE,
                             _("more than %d layers in one changeset"),
                             LAYERS_MAX);
        layer = &c->layers[c->layer_count];
        *layer = (changeset_layer){.name = arena_string(c->memory, name)};
        if (!layer->name)
            return TAWAM_EMEMORY;
        c->layer_count++;
    }
    if (layer->geometry == TWIN_NO_GEOMETRY)
        layer->geometry = geometry;
    else if (geometry != TWIN_NO_GEOMETRY && geometry != layer->geometry)
        layer->geometry = TWIN_ANY_GEOMETRY;
    *out = layer;
    return TAWAM_OK;
}

int changeset_add_column(uint32_t *index, changeset *c, changeset_layer *layer,
                         const char *name, twin_type type)
{
    changeset_column *column = NULL;
    size_t count = layer->column_count;

    if (may_fill(c) < 0)
        return TAWAM_EUSAGE;
    for (size_t i = 0; i < count; i++) {
        if (!text_equal_nocase(layer->columns[i].name, name))
            continue;
        if (layer->columns[i].type != type)
            return error_set(TAWAM_EUSAGE, _("column %s.%s has two types"),
                             layer->name, name);
        *index = (uint32_t)i;
        return TAWAM_OK;
    }
    if (make_room((void **)&layer->columns, count, sizeof *column) < 0)
        return TAWAM_EMEMORY;
    column = &layer->columns[count];
    *column = (changeset_column){arena_string(c->memory, name), type};
    if (!column->name)
        return TAWAM_EMEMORY;
    *index = (uint32_t)count;
    layer->column_count++;
    return TAWAM_OK;
}

int changeset_add_row(changeset *c, changeset_layer *layer, int64_t fid,
                      changeset_operation operation)
{
    if (may_fill(c) < 0)
        return TAWAM_EUSAGE;
    if (make_room((void **)&layer->rows, layer->row_count,
                  sizeof *layer->rows) < 0)
        return TAWAM_EMEMORY;
    layer->rows[layer->row_count++] = (changeset_row){
        .fid = fid, .operation = operation, .first_cell = layer->cell_count};
    return TAWAM_OK;
}

int changeset_add_cell(changeset *c, changeset_layer *layer, uint32_t column,
                       const twin_value *value)
{
    changeset_cell *cell = NULL;

    if (may_fill(c) < 0)
        return TAWAM_EUSAGE;
    if (layer->row_count == 0 || column >= layer->column_count)
        return error_set(TAWAM_EUSAGE, _("a cell without a row or column"));
    if (make_room((void **)&layer->cells, layer->cell_count, sizeof *cell) < 0)
        return TAWAM_EMEMORY;
    cell = &layer->cells[layer->cell_count];
    *cell = (changeset_cell){.column = column, .value = {.kind = value->kind}};
    switch (value->kind) {
    case TWIN_KIND_INTEGER:
        cell->value.integer = value->integer;
        break;
    case TWIN_KIND_REAL:
        cell->value.real = value->real;
        break;
    case TWIN_KIND_TEXT:
    case TWIN_KIND_BYTES:
        cell->value.length = value->length;
        cell->value.bytes = arena_copy(
            c->memory, value->length ? value->bytes : "", value->length);
        if (!cell->value.bytes)
            return TAWAM_EMEMORY;
        break;
    case TWIN_KIND_NULL:
        break;
    }
    layer->cell_count++;
    layer->rows[layer->row_count - 1].cell_count++;
    return TAWAM_OK;
}

/* ---- order ---- */

int changeset_order_columns(changeset_layer *layer, const uint32_t *rank)
{
    size_t count = layer->column_count;
    uint32_t *place = memory_array(count, sizeof *place);
    changeset_column *ordered = memory_array(count, sizeof *ordered);

    if (!place || !ordered) {
        free(place);
        free(ordered);
        return TAWAM_EMEMORY;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            place[i] += rank[j] < rank[i];
    for (size_t i = 0; i < count; i++)
        ordered[place[i]] = layer->columns[i];
    if (count)
        memcpy(layer->columns, ordered, count * sizeof *ordered);
    for (size_t i = 0; i < layer->cell_count; i++)
        layer->cells[i].column = place[layer->cells[i].column];
    free(place);
    free(ordered);
    return TAWAM_OK;
}

int changeset_name_compare(const char *a, const char *b)
{
    const char *x = a, *y = b;

    for (; *x && *y; x++, y++) {
        unsigned char l =
            (unsigned char)(*x >= 'A' && *x <= 'Z' ? *x + 32 : *x);
        unsigned char r =
            (unsigned char)(*y >= 'A' && *y <= 'Z' ? *y + 32 : *y);
        if (l != r)
            return l < r ? -1 : 1;
    }
    if (*x || *y)
        return *x ? 1 : -1;
    return strcmp(a, b);
}

static int compare_layers(const void *a, const void *b)
{
    return changeset_name_compare(((const changeset_layer *)a)->name,
                                  ((const changeset_layer *)b)->name);
}

static int compare_rows(const void *a, const void *b)
{
    int64_t x = ((const changeset_row *)a)->fid;
    int64_t y = ((const changeset_row *)b)->fid;

    return x < y ? -1 : x > y;
}

static int compare_cells(const void *a, const void *b)
{
    uint32_t x = ((const changeset_cell *)a)->column;
    uint32_t y = ((const changeset_cell *)b)->column;

    return x < y ? -1 : x > y;
}

static int check_row(const changeset_layer *layer, const changeset_row *row)
{
    const changeset_cell *cells = layer->cells + row->first_cell;

    if (row->fid < 1 || row->operation < CHANGESET_INSERT ||
        row->operation > CHANGESET_AFFIRM)
        return error_set(TAWAM_EUSAGE,
                         _("row %lld of %s: no such id or operation"),
                         (long long)row->fid, layer->name);
    if (row->operation == CHANGESET_DELETE && row->cell_count)
        return error_set(TAWAM_EUSAGE,
                         _("row %lld of %s: a deletion has no cells"),
                         (long long)row->fid, layer->name);
    for (uint32_t i = 0; i < row->cell_count; i++) {
        if (i > 0 && cells[i - 1].column == cells[i].column)
            return error_set(TAWAM_EUSAGE,
                             _("row %lld of %s: a cell stands twice"),
                             (long long)row->fid, layer->name);
        if (cells[i].value.kind > TWIN_KIND_BYTES ||
            (cells[i].value.kind == TWIN_KIND_REAL &&
             !isfinite(cells[i].value.real)))
            return error_set(TAWAM_EUSAGE,
                             _("row %lld of %s: not a number that a cell "
                               "can hold"),
                             (long long)row->fid, layer->name);
    }
    return TAWAM_OK;
}

/* Rows by fid, and each row's cells by column, one after the other. */
static int sort_rows(changeset_layer *layer)
{
    changeset_cell *sorted = NULL;
    size_t at = 0;

    if (layer->row_count == 0)
        return TAWAM_OK;
    qsort(layer->rows, layer->row_count, sizeof *layer->rows, compare_rows);
    /* As much room as before, so that filling can go on. */
    for (at = 16; at < layer->cell_count;)
        at *= 2;
    sorted = memory_array(at, sizeof *sorted);
    if (!sorted)
        return TAWAM_EMEMORY;
    at = 0;
    for (size_t i = 0; i < layer->row_count; i++) {
        changeset_row *row = &layer->rows[i];
        if (row->cell_count)
            memcpy(sorted + at, layer->cells + row->first_cell,
                   row->cell_count * sizeof *sorted);
        row->first_cell = at;
        qsort(sorted + at, row->cell_count, sizeof *sorted, compare_cells);
        at += row->cell_count;
    }
    free(layer->cells);
    layer->cells = sorted;
    return TAWAM_OK;
}

int changeset_sort(changeset *c)
{
    qsort(c->layers, c->layer_count, sizeof *c->layers, compare_layers);
    for (size_t i = 0; i < c->layer_count; i++) {
        changeset_layer *layer = &c->layers[i];
        if (schema_check(layer) < 0 || sort_rows(layer) < 0)
            return error_code();
        for (size_t j = 0; j < layer->row_count; j++) {
            if (check_row(layer, &layer->rows[j]) < 0)
                return error_code();
            if (j > 0 && layer->rows[j - 1].fid == layer->rows[j].fid)
                return error_set(TAWAM_EUSAGE, _("row %lld of %s stands twice"),
                                 (long long)layer->rows[j].fid, layer->name);
        }
    }
    return TAWAM_OK;
}

void changeset_count(changeset_counts *out, const changeset *c)
{
    *out = (changeset_counts){0};
    for (size_t i = 0; i < c->layer_count; i++) {
        const changeset_layer *layer = &c->layers[i];
        for (size_t j = 0; j < layer->row_count; j++) {
            changeset_operation operation = layer->rows[j].operation;
            out->inserted += operation == CHANGESET_INSERT;
            out->updated += operation == CHANGESET_UPDATE;
            out->deleted += operation == CHANGESET_DELETE;
            out->affirmed += operation == CHANGESET_AFFIRM;
        }
        out->cells += (int64_t)layer->cell_count;
    }
}
