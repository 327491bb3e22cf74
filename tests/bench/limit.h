/* SPDX-License-Identifier: MIT */
/* The limit that changesets are held against: the changed cells and their keys
 * alone, as a person would lay them out who knows each column's type
 * (limit_layout.h), packed by `xz -9e` and zstd --ultra -22, whichever is
 * smaller. Names and types of columns, and any frame, are not counted.
 *
 * Every column is laid out in all ways and the one that packs best is taken,
 * by itself; then all columns that way are also packed together, and the
 * smaller of sum and whole is the limit. Keys are row ids and operations.
 *
 * Which cells a row has is told in one of these ways, inserts and other rows
 * each in the one that packs best; nothing where all rows have the cell:
 *   by column   a byte a row, four rows in a byte, the rows by number
 *   by row      how many cells, then which columns, a byte each
 *   by row      a mask
 */
#ifndef TAWAM_TESTS_BENCH_LIMIT_H
#define TAWAM_TESTS_BENCH_LIMIT_H

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "tests/bench/limit_layout.h"

#define LIMIT_COLUMNS 1200
#define LIMIT_CHOICES 7 /* of layouts of presence; 0: what always is there */

typedef struct limit {
    limit_column columns[LIMIT_COLUMNS];
    int count;
    size_t keys, presence, values; /* packed one by one */
    size_t total;                  /* the limit */
} limit;

static limit_column *limit_next(limit *l, int choice)
{
    limit_column *c = &l->columns[l->count++];

    if (l->count == LIMIT_COLUMNS)
        abort();
    c->choice = choice;
    return c;
}

/* ---- which cells a row has ---- */

/* 0 no cell, 1 a value, 2 NULL. */
static uint8_t limit_has(const changeset_layer *layer, size_t row,
                         uint32_t column)
{
    const changeset_row *r = &layer->rows[row];

    for (uint32_t k = 0; k < r->cell_count; k++) {
        const changeset_cell *cell = &layer->cells[r->first_cell + k];
        if (cell->column == column)
            return cell->value.kind == TWIN_KIND_NULL ? 2 : 1;
    }
    return 0;
}

static void limit_by_column(limit *l, const uint8_t *has, size_t rows)
{
    limit_column *c = limit_next(l, 0);
    buffer *bytes = limit_way(c), *packed = limit_way(c);
    int64_t *places = memory_array(rows, sizeof *places);
    size_t many = 0;

    for (size_t i = 0; i < rows; i++) {
        if (has[i])
            places[many++] = (int64_t)(2 * i + has[i] - 1);
        buffer_byte(bytes, has[i]);
        if (i % 4 == 0)
            buffer_byte(packed, 0);
        packed->data[i / 4] |= (uint8_t)(has[i] << i % 4 * 2);
    }
    limit_numbers(c, places, many);
    free(places);
}

/* HAS: rows times columns, those that vary. Three ways, from CHOICE on. */
static void limit_presence(limit *l, const uint8_t *has, size_t rows,
                           size_t columns, int choice)
{
    limit_column *counts = limit_next(l, choice + 1),
                 *which = limit_next(l, choice + 1);
    uint8_t *column = memory_array(rows, 1);
    uint64_t *bits = memory_array(rows, sizeof *bits);
    buffer *count = limit_way(counts), *list = limit_way(which);

    for (size_t i = 0; i < rows; i++) {
        size_t before = list->length;
        for (size_t k = 0; k < columns; k++) {
            uint8_t one = has[i * columns + k];
            if (one)
                buffer_byte(list, (uint8_t)(2 * k + one - 1));
            bits[i] |= (uint64_t)one << k % 32 * 2;
        }
        buffer_byte(count, (uint8_t)(list->length - before));
    }
    if (columns <= 32)
        limit_fixed(limit_next(l, choice + 2), bits, rows);
    for (size_t k = 0; k < columns; k++) {
        for (size_t i = 0; i < rows; i++)
            column[i] = has[i * columns + k];
        limit_by_column(l, column, rows);
        l->columns[l->count - 1].choice = choice;
    }
    free(column);
    free(bits);
}

/* Presence of the rows that are INSERTS, or of those that are not. */
static void limit_presences(limit *l, const changeset_layer *layer, int inserts)
{
    size_t rows = 0, varying = 0;
    uint32_t *columns = memory_array(layer->column_count, sizeof *columns);
    uint8_t *has = NULL;
    size_t *those = memory_array(layer->row_count, sizeof *those);

    for (size_t i = 0; i < layer->row_count; i++) {
        changeset_operation o = layer->rows[i].operation;
        if (o != CHANGESET_DELETE && (o == CHANGESET_INSERT) == inserts)
            those[rows++] = i;
    }
    for (uint32_t k = 0; k < layer->column_count; k++)
        for (size_t i = 1; i < rows; i++)
            if (limit_has(layer, those[i], k) !=
                limit_has(layer, those[0], k)) {
                columns[varying++] = k;
                break;
            }
    has = memory_array(rows * varying, 1);
    for (size_t i = 0; i < rows * varying; i++)
        has[i] = limit_has(layer, those[i / varying], columns[i % varying]);
    if (varying)
        limit_presence(l, has, rows, varying, inserts ? 1 : 4);
    free(has);
    free(those);
    free(columns);
}

/* ---- a column's values ---- */

typedef struct limit_cells {
    twin_value *values, *others; /* of the commonest kind, and the rest */
    int64_t *fids;
    size_t count, other_count;
    uint8_t *classes; /* of all, in order */
} limit_cells;

static void limit_collect(limit_cells *cells, const changeset_layer *layer,
                          uint32_t column)
{
    size_t kinds[TWIN_KIND_BYTES + 1] = {0}, all = 0;
    twin_kind most = TWIN_KIND_INTEGER;

    *cells = (limit_cells){0};
    cells->values = memory_array(layer->row_count, sizeof *cells->values);
    cells->others = memory_array(layer->row_count, sizeof *cells->others);
    cells->fids = memory_array(layer->row_count, sizeof *cells->fids);
    cells->classes = memory_array(layer->row_count, 1);
    for (size_t i = 0; i < layer->cell_count; i++)
        if (layer->cells[i].column == column)
            kinds[layer->cells[i].value.kind]++;
    for (twin_kind k = TWIN_KIND_INTEGER; k <= TWIN_KIND_BYTES; k++)
        if (k != TWIN_KIND_NULL && kinds[k] > kinds[most])
            most = k;
    for (size_t i = 0; i < layer->row_count; i++)
        for (uint32_t k = 0; k < layer->rows[i].cell_count; k++) {
            const changeset_cell *cell =
                &layer->cells[layer->rows[i].first_cell + k];
            if (cell->column != column || cell->value.kind == TWIN_KIND_NULL)
                continue;
            cells->classes[all++] = (uint8_t)cell->value.kind;
            if (cell->value.kind != most) {
                cells->others[cells->other_count++] = cell->value;
                continue;
            }
            cells->fids[cells->count] = layer->rows[i].fid;
            cells->values[cells->count++] = cell->value;
        }
}

static void limit_others(limit *l, const limit_cells *cells)
{
    limit_column *classes = limit_next(l, 0), *lines = limit_next(l, 0);
    buffer *kinds = limit_way(classes), *out = limit_way(lines);

    buffer_bytes(kinds, cells->classes, cells->count + cells->other_count);
    for (size_t i = 0; i < cells->other_count; i++) {
        const twin_value *v = &cells->others[i];
        if (v->kind == TWIN_KIND_INTEGER)
            buffer_format(out, "%lld", (long long)v->integer);
        else if (v->kind == TWIN_KIND_REAL)
            buffer_format(out, "%.15g", v->real);
        else
            buffer_bytes(out, v->bytes, v->length);
        buffer_byte(out, '\n');
    }
}

static void limit_values(limit *l, const changeset_layer *layer,
                         uint32_t column)
{
    limit_cells cells;
    limit_column shapes[3] = {0};
    int64_t *numbers = memory_array(layer->row_count, sizeof *numbers);
    double *reals = memory_array(layer->row_count, sizeof *reals);

    limit_collect(&cells, layer, column);
    for (size_t i = 0; i < cells.count; i++) {
        numbers[i] = cells.values[i].integer;
        reals[i] = cells.values[i].real;
    }
    if (cells.other_count)
        limit_others(l, &cells);
    switch (cells.count ? cells.values[0].kind : TWIN_KIND_NULL) {
    case TWIN_KIND_INTEGER:
        limit_numbers(limit_next(l, 0), numbers, cells.count);
        break;
    case TWIN_KIND_REAL:
        limit_reals(limit_next(l, 0), reals, cells.count);
        break;
    case TWIN_KIND_TEXT:
        limit_texts(limit_next(l, 0), cells.values, cells.fids, cells.count);
        break;
    case TWIN_KIND_BYTES:
        limit_shapes(shapes, cells.values, cells.count);
        for (int i = 0; i < 3; i++)
            *limit_next(l, 0) = shapes[i];
        break;
    case TWIN_KIND_NULL:
        break;
    }
    free(cells.values);
    free(cells.others);
    free(cells.fids);
    free(cells.classes);
    free(numbers);
    free(reals);
}

static void limit_keys(limit *l, const changeset_layer *layer)
{
    limit_column *ids = limit_next(l, 0), *operations = limit_next(l, 0);
    int64_t *fids = memory_array(layer->row_count, sizeof *fids);
    buffer *bytes = limit_way(operations);
    int vary = 0;

    for (size_t i = 0; i < layer->row_count; i++) {
        fids[i] = layer->rows[i].fid;
        vary |= layer->rows[i].operation != layer->rows[0].operation;
    }
    for (size_t i = 0; vary && i < layer->row_count; i++)
        buffer_byte(bytes, (uint8_t)layer->rows[i].operation);
    limit_numbers(ids, fids, layer->row_count);
    free(fids);
}

/* ---- packing ---- */

static size_t limit_zstd(const buffer *b)
{
    size_t room = ZSTD_compressBound(b->length), size = 0;
    void *out = malloc(room);

    size = ZSTD_compress(out, room, b->data, b->length, 22);
    free(out);
    return size;
}

static size_t limit_file_size(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0 ? (size_t)s.st_size : SIZE_MAX;
}

/* All layouts through one xz: FOLDER/COLUMN-WAY becomes FOLDER/COLUMN-WAY.x.
 * Its window need not be larger than what it packs. */
static int limit_xz(limit *l, const char *folder)
{
    char path[256];
    size_t longest = 0;

    for (int i = 0; i < l->count; i++)
        for (int k = 0; k < l->columns[i].count; k++) {
            const buffer *b = &l->columns[i].ways[k];
            longest = b->length > longest ? b->length : longest;
            snprintf(path, sizeof path, "%s/%d-%d", folder, i, k);
            if (file_write_atomic(path, b->data, b->length) < 0)
                return -1;
        }
    snprintf(path, sizeof path,
             "find %s -type f -print0 | xargs -0 xz --format=raw --suffix=.x "
             "--lzma2=preset=9e,dict=%s",
             folder, longest < 1000000 ? "1MiB" : "64MiB");
    return system(path) == 0 ? 0 : -1;
}

static void limit_measure(limit *l, const char *folder)
{
    char path[256];

    for (int i = 0; i < l->count; i++) {
        limit_column *c = &l->columns[i];
        c->least = SIZE_MAX;
        for (int k = 0; k < c->count; k++) {
            size_t zstd = limit_zstd(&c->ways[k]), size = 0;
            snprintf(path, sizeof path, "%s/%d-%d.x", folder, i, k);
            size = limit_file_size(path);
            size = c->ways[k].length == 0 ? 0 : size < zstd ? size : zstd;
            if (size < c->least) {
                c->least = size;
                c->best = k;
            }
        }
    }
}

/* Of three choices from CHOICE on, the one with the least bytes. */
static int limit_least(const limit *l, int choice)
{
    size_t sums[3] = {0}, there[3] = {0};
    int best = 0;

    for (int i = 0; i < l->count; i++)
        for (int k = 0; k < 3; k++)
            if (l->columns[i].choice == choice + k) {
                sums[k] += l->columns[i].least;
                there[k]++;
            }
    for (int k = 1; k < 3; k++)
        if (there[k] && sums[k] < sums[best])
            best = k;
    return choice + best;
}

static void limit_choose(limit *l, buffer *whole)
{
    int inserts = limit_least(l, 1), others = limit_least(l, 4);

    for (int i = 0; i < l->count; i++) {
        const limit_column *c = &l->columns[i];
        if (c->choice && c->choice != inserts && c->choice != others)
            continue;
        buffer_bytes(whole, c->ways[c->best].data, c->ways[c->best].length);
        l->total += c->least;
        if (c->choice)
            l->presence += c->least;
    }
}

static void limit_free(limit *l)
{
    for (int i = 0; i < LIMIT_COLUMNS; i++)
        for (int k = 0; k < LIMIT_WAYS; k++)
            buffer_free(&l->columns[i].ways[k]);
    l->count = 0;
}

/* All of it as one, if that is less. */
static int limit_whole(limit *l, const char *folder, buffer *whole)
{
    limit_free(l);
    memset(&l->columns[0], 0, sizeof l->columns[0]);
    l->columns[0].ways[0] = *whole;
    l->columns[0].count = l->count = 1;
    *whole = (buffer){0};
    file_remove_tree(folder);
    if (mkdir(folder, 0700) < 0 || limit_xz(l, folder) < 0)
        return -1;
    limit_measure(l, folder);
    if (l->columns[0].least < l->total)
        l->total = l->columns[0].least;
    return 0;
}

/* The limit for C, sorted. -1 if there is no xz. */
__attribute__((unused)) static int limit_of(limit *l, const changeset *c)
{
    char folder[] = "/tmp/tawam-limit-XXXXXX";
    buffer whole = {0};
    int result = -1, keys = 0;

    memset(l, 0, sizeof *l);
    for (size_t i = 0; i < c->layer_count; i++)
        limit_keys(l, &c->layers[i]);
    keys = l->count;
    for (size_t i = 0; i < c->layer_count; i++) {
        limit_presences(l, &c->layers[i], 1);
        limit_presences(l, &c->layers[i], 0);
        for (uint32_t k = 0; k < c->layers[i].column_count; k++)
            limit_values(l, &c->layers[i], k);
    }
    if (mkdtemp(folder) && limit_xz(l, folder) == 0) {
        limit_measure(l, folder);
        for (int i = 0; i < keys; i++)
            l->keys += l->columns[i].least;
        limit_choose(l, &whole);
        l->values = l->total - l->keys - l->presence;
        result = limit_whole(l, folder, &whole);
    }
    file_remove_tree(folder);
    limit_free(l);
    buffer_free(&whole);
    return result;
}

#endif
