/* SPDX-License-Identifier: MIT */
/* Row ids, operations, and which cells each row has.
 *
 * Rows stand in one ascending list, whatever their operation: gaps between
 * neighbours cost least that way (log2 of how many rows lie between), and the
 * operation rarely changes along a block of ids. Which cells a row has is told
 * per operation and column: none, all, or some; "some" bit by bit, learned by
 * column, or, where columns are many and cells few, as lists.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

#define OPERATIONS 4
enum { PRESENT_NONE = 0, PRESENT_ALL = 1, PRESENT_SOME = 2 };

/* Bits may cost time for cells that aren't there: so many a cell at most. */
#define BITS_PER_CELL 64
#define BITS_FREE 65536

/* For one operation: the columns every row has, and those some rows have. */
typedef struct kinds {
    uint8_t *kind;   /* by column */
    uint32_t *all;   /* columns of kind `all`, ascending */
    uint32_t *some;  /* likewise */
    uint32_t *place; /* by column: its place in `some` */
    size_t all_count, some_count;
} kinds;

typedef struct presence {
    kinds of[OPERATIONS];
    bit_model *bits;   /* OPERATIONS * columns * 4 */
    uint8_t *before;   /* by place in some: did the last inserted row have it */
    uint32_t *picked;  /* places in `some` of the cells of the row at hand */
    number_model *gap; /* for lists */
    size_t columns;
    int lists;
} presence;

/* ---- ids and operations ---- */

static unsigned gap_width(const changeset_layer *layer)
{
    int64_t before = 0;
    unsigned width = 0;

    for (size_t i = 0; i < layer->row_count; i++) {
        unsigned bits = bit_length((uint64_t)(layer->rows[i].fid - before - 1));
        if (bits > width)
            width = bits;
        before = layer->rows[i].fid;
    }
    return width;
}

static void code_row(codec *x, number_model *gap, bit_model *operations,
                     changeset_row *row, const changeset_row *before)
{
    coder *c = &x->coder;
    uint64_t last = before ? (uint64_t)before->fid : 0;
    unsigned context = before ? before->operation - 1u : 0;
    uint64_t distance = coder_number(c, gap, (uint64_t)row->fid - last - 1);
    uint32_t operation = coder_tree(c, operations + 4 * context, 2,
                                    (uint32_t)row->operation - 1);

    if (!c->reading)
        return;
    if (distance >= (uint64_t)INT64_MAX - last) {
        coder_fault(c, N_("a row's id is out of range"));
        distance = 0;
    }
    row->fid = (int64_t)(last + distance + 1);
    row->operation = (changeset_operation)(operation + 1);
}

static int code_ids(codec *x, changeset_layer *layer)
{
    coder *c = &x->coder;
    number_model *gap = memory_new(sizeof *gap);
    bit_model operations[4 * OPERATIONS] = {0};

    if (!gap)
        return TAWAM_EMEMORY;
    if (x->known)
        memcpy(operations, x->known->operations, sizeof operations);
    gap->width = c->reading ? 0 : gap_width(layer);
    gap->width = coder_tree(c, x->models->width[ROLE_ROWS], 7, gap->width);
    if (gap->width > 63)
        coder_fault(c, N_("a row's id is out of range"));
    for (size_t i = 0; i < layer->row_count && !c->fault; i++)
        code_row(x, gap, operations, &layer->rows[i],
                 i ? &layer->rows[i - 1] : NULL);
    free(gap);
    if (x->kept) {
        models_settle(operations, 4 * OPERATIONS, KNOWN_SEEN);
        memcpy(x->kept->operations, operations, sizeof operations);
    }
    return TAWAM_OK;
}

/* ---- which cells ---- */

static void presence_close(presence *p)
{
    for (int i = 0; i < OPERATIONS; i++) {
        free(p->of[i].kind);
        free(p->of[i].all);
        free(p->of[i].some);
        free(p->of[i].place);
    }
    free(p->bits);
    free(p->before);
    free(p->picked);
    free(p->gap);
}

static int presence_open(presence *p, codec *x, size_t columns)
{
    int complete = 1;

    *p = (presence){.columns = columns};
    if (codec_take(x, columns * (OPERATIONS * (13 + 16) + 5)) < 0)
        return error_code();
    for (int i = 0; i < OPERATIONS; i++) {
        kinds *k = &p->of[i];
        k->kind = memory_array(columns, 1);
        k->all = memory_array(columns, sizeof *k->all);
        k->some = memory_array(columns, sizeof *k->some);
        k->place = memory_array(columns, sizeof *k->place);
        complete = complete && k->kind && k->all && k->some && k->place;
    }
    p->bits = memory_array(columns, OPERATIONS * 4 * sizeof *p->bits);
    p->before = memory_array(columns, 1);
    p->picked = memory_array(columns, sizeof *p->picked);
    p->gap = memory_new(sizeof *p->gap);
    if (complete && p->bits && p->before && p->picked && p->gap)
        return TAWAM_OK;
    presence_close(p);
    *p = (presence){0};
    return TAWAM_EMEMORY;
}

/* Writing: none, all or some, for each operation and column. */
static int find_kinds(presence *p, const changeset_layer *layer)
{
    size_t *cells = memory_array(p->columns, OPERATIONS * sizeof *cells);
    size_t rows[OPERATIONS] = {0};

    if (!cells)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < layer->row_count; i++) {
        const changeset_row *row = &layer->rows[i];
        size_t *of = cells + (row->operation - 1u) * p->columns;
        rows[row->operation - 1]++;
        for (uint32_t j = 0; j < row->cell_count; j++)
            of[layer->cells[row->first_cell + j].column]++;
    }
    for (size_t o = 0; o < OPERATIONS; o++)
        for (size_t i = 0; i < p->columns; i++) {
            size_t count = cells[o * p->columns + i];
            p->of[o].kind[i] = count == 0         ? PRESENT_NONE
                               : count == rows[o] ? PRESENT_ALL
                                                  : PRESENT_SOME;
        }
    free(cells);
    return TAWAM_OK;
}

static void code_kinds_of(codec *x, kinds *k, bit_model *models, size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        k->kind[i] = (uint8_t)coder_tree(&x->coder, models, 2, k->kind[i]);
        if (k->kind[i] == PRESENT_ALL) {
            k->all[k->all_count++] = (uint32_t)i;
        } else if (k->kind[i] == PRESENT_SOME) {
            k->place[i] = (uint32_t)k->some_count;
            k->some[k->some_count++] = (uint32_t)i;
        } else if (k->kind[i] != PRESENT_NONE) {
            coder_fault(&x->coder, N_("unknown kind of presence"));
        }
    }
}

/* For the operations that occur and may have cells. */
static void code_kinds(codec *x, presence *p, const changeset_layer *layer)
{
    int occurs[OPERATIONS + 1] = {0};

    for (size_t i = 0; i < layer->row_count; i++)
        occurs[layer->rows[i].operation] = 1;
    occurs[CHANGESET_DELETE] = 0;
    for (int o = CHANGESET_INSERT; o <= CHANGESET_AFFIRM; o++)
        if (occurs[o])
            code_kinds_of(x, &p->of[o - 1], x->models->presence[o - 1],
                          p->columns);
}

static size_t most_some(const presence *p)
{
    size_t most = 0;

    for (int i = 0; i < OPERATIONS; i++)
        if (p->of[i].some_count > most)
            most = p->of[i].some_count;
    return most;
}

static int bits_allowed(const presence *p, const changeset_layer *layer)
{
    return (uint64_t)most_some(p) * layer->row_count <=
           (uint64_t)BITS_PER_CELL * layer->cell_count + BITS_FREE;
}

/* The row's COUNT picked places, bit by bit. An inserted row resembles the one
 * before; an update has a usual number of cells. Returns the count. */
static size_t code_bits(codec *x, presence *p, changeset_operation operation,
                        size_t count)
{
    coder *c = &x->coder;
    const kinds *k = &p->of[operation - 1];
    bit_model *bits = p->bits + (operation - 1u) * p->columns * 4;
    size_t picked = 0;

    for (size_t i = 0; i < k->some_count && !c->fault; i++) {
        unsigned present = picked < count && p->picked[picked] == i;
        size_t context = operation == CHANGESET_INSERT ? p->before[i]
                         : picked < 3                  ? picked
                                                       : 3;
        present = coder_bit(c, &bits[4 * k->some[i] + context], present);
        if (operation == CHANGESET_INSERT)
            p->before[i] = (uint8_t)present;
        if (present)
            p->picked[picked++] = (uint32_t)i;
    }
    return picked;
}

/* The same as a count and gaps. */
static size_t code_list(codec *x, presence *p, changeset_operation operation,
                        size_t count)
{
    coder *c = &x->coder;
    const kinds *k = &p->of[operation - 1];
    uint64_t next = 0;

    count = (size_t)coder_number(c, p->gap, count);
    for (size_t i = 0; i < count && !c->fault; i++) {
        next += coder_number(c, p->gap, p->picked[i] - next);
        if (next >= k->some_count) {
            coder_fault(c, N_("a column's number is out of range"));
            return 0;
        }
        p->picked[i] = (uint32_t)next++;
    }
    return c->fault ? 0 : count; /* what was not read is not picked */
}

/* Writing: the places of the row's cells that not all rows have. */
static size_t pick(presence *p, const changeset_layer *layer,
                   const changeset_row *row)
{
    const kinds *k = &p->of[row->operation - 1];
    size_t count = 0;

    for (uint32_t i = 0; i < row->cell_count; i++) {
        uint32_t column = layer->cells[row->first_cell + i].column;
        if (k->kind[column] == PRESENT_SOME)
            p->picked[count++] = k->place[column];
    }
    return count;
}

/* Reading: the row's cells, from what all rows have and the COUNT picked. */
static void place(codec *x, const presence *p, changeset_layer *layer,
                  changeset_row *row, size_t count)
{
    const kinds *k = &p->of[row->operation - 1];
    size_t all = 0, some = 0, at = row->first_cell;

    if (k->all_count + count > layer->cell_count - at) {
        coder_fault(&x->coder, N_("rows have more cells than were announced"));
        return;
    }
    while (all < k->all_count || some < count) {
        uint32_t a = all < k->all_count ? k->all[all] : UINT32_MAX;
        uint32_t b = some < count ? k->some[p->picked[some]] : UINT32_MAX;
        layer->cells[at++].column = a < b ? a : b;
        all += a < b;
        some += a > b;
    }
    row->cell_count = (uint32_t)(at - row->first_cell);
}

/* Bits go on where the dictionary's left off. */
static void take_known(codec *x, presence *p, const changeset_layer *layer)
{
    size_t all = x->known->layer->column_count;

    for (size_t i = 0; i < layer->column_count; i++) {
        size_t from = known_column(x->known, &layer->columns[i]);
        for (size_t o = 0; from != SIZE_MAX && o < OPERATIONS; o++)
            memcpy(&p->bits[4 * (o * p->columns + i)],
                   &x->known->bits[4 * (o * all + from)], 4 * sizeof *p->bits);
    }
}

static void keep_bits(codec *x, const presence *p)
{
    size_t count = p->columns * OPERATIONS * 4;

    memcpy(x->kept->bits, p->bits, count * sizeof *p->bits);
    models_settle(x->kept->bits, count, KNOWN_SEEN);
}

static void code_cells(codec *x, presence *p, changeset_layer *layer)
{
    coder *c = &x->coder;
    size_t at = 0;

    p->lists = c->reading ? 0 : !bits_allowed(p, layer);
    p->lists = (int)coder_bit(c, &x->models->lists, (unsigned)p->lists);
    if (!p->lists && !bits_allowed(p, layer))
        coder_fault(c, N_("bits tell of too many cells that are not there"));
    p->gap->width = bit_length(most_some(p));
    for (size_t i = 0; i < layer->row_count && !c->fault; i++) {
        changeset_row *row = &layer->rows[i];
        size_t count = c->reading ? 0 : pick(p, layer, row);
        count = p->lists ? code_list(x, p, row->operation, count)
                         : code_bits(x, p, row->operation, count);
        if (c->reading) {
            row->first_cell = at;
            place(x, p, layer, row, count);
        }
        at += row->cell_count;
    }
    if (c->reading && !c->fault && at != layer->cell_count)
        coder_fault(c, N_("rows have fewer cells than were announced"));
}

/* ---- all ---- */

/* Numbers of rows and cells; reading: checked, then room for them. */
static int code_counts(codec *x, changeset_layer *layer)
{
    coder *c = &x->coder;
    uint64_t rows = coder_number(c, &x->models->rows, layer->row_count);
    uint64_t cells = coder_number(c, &x->models->cells, layer->cell_count);

    if (rows > x->limits->rows - x->rows)
        return changeset_damaged(_("it has more than %zu rows"),
                                 x->limits->rows);
    if (cells > x->limits->cells - x->cells)
        return changeset_damaged(_("it has more than %zu cells"),
                                 x->limits->cells);
    if (rows == 0 && cells > 0)
        return changeset_damaged(_("cells belong to no row"));
    if (codec_grow(x, (size_t)rows, CHANGESET_ROW_WEIGHT) < 0 ||
        codec_grow(x, (size_t)cells, CHANGESET_CELL_WEIGHT) < 0)
        return error_code();
    x->rows += (size_t)rows;
    x->cells += (size_t)cells;
    if (!c->reading)
        return TAWAM_OK;
    if (codec_take(x, (size_t)rows * sizeof *layer->rows) < 0 ||
        codec_take(x, (size_t)cells * sizeof *layer->cells) < 0)
        return error_code();
    layer->rows = memory_array((size_t)rows, sizeof *layer->rows);
    layer->cells = memory_array((size_t)cells, sizeof *layer->cells);
    if (!layer->rows || !layer->cells)
        return TAWAM_EMEMORY;
    layer->row_count = (size_t)rows;
    layer->cell_count = (size_t)cells;
    return TAWAM_OK;
}

int rows_code(codec *x, changeset_layer *layer)
{
    presence p = {0};
    size_t taken = 0;
    int result = TAWAM_OK;

    if ((result = code_counts(x, layer)) < 0 || layer->row_count == 0)
        return result;
    if ((result = code_ids(x, layer)) < 0)
        return result;
    taken = x->memory;
    if ((result = presence_open(&p, x, layer->column_count)) < 0)
        return result;
    if (!x->coder.reading && (result = find_kinds(&p, layer)) < 0)
        goto cleanup;
    code_kinds(x, &p, layer);
    if (x->known)
        take_known(x, &p, layer);
    code_cells(x, &p, layer);
    if (x->kept)
        keep_bits(x, &p);
    if (x->coder.fault)
        result = changeset_damaged("%s: %s", layer->name, _(x->coder.fault));
cleanup:
    presence_close(&p);
    x->memory = taken;
    return result;
}
