/* SPDX-License-Identifier: MIT */
/* The limit that changesets are held against: the changed cells and their keys
 * alone, as a person would lay them out who knows each column's type, packed
 * by `xz -9e` and zstd --ultra -22, whichever is smaller.
 *
 * Every column is laid out in all the ways below and the one that packs best
 * is taken, by itself; then all columns that way are also packed together, and
 * the smaller of sum and whole is the limit. Keys are row ids as deltas, not
 * texts; a uuid that follows from its row's id is not laid out at all.
 *
 *   numbers  smallest fixed width, as they are or as deltas, bytes in order or
 *            shuffled (all first bytes, all second ...)
 *   texts    lines; codes of a list and the list; the digits as numbers where
 *            all texts have one pattern; days for dates; 16 bytes for uuids
 *   points   two columns of scaled integers
 */
#ifndef TAWAM_TESTS_BENCH_LIMIT_H
#define TAWAM_TESTS_BENCH_LIMIT_H

#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "base/base.h"
#include "sync/changeset_internal.h"

#define LIMIT_WAYS 6 /* layouts of one column */
#define LIMIT_COLUMNS 64

typedef struct limit_column {
    buffer ways[LIMIT_WAYS];
    int count;
    size_t best[LIMIT_WAYS]; /* packed */
} limit_column;

typedef struct limit {
    limit_column columns[LIMIT_COLUMNS];
    int count;
    size_t keys, cells, total; /* packed bytes; total: the limit */
} limit;

/* ---- layouts ---- */

static buffer *limit_way(limit_column *c)
{
    return &c->ways[c->count++];
}

static void limit_put(buffer *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buffer_byte(out, (uint8_t)(value >> (8 * i)));
}

/* VALUES in as few bytes each as all need, in order and shuffled. */
static void limit_fixed(limit_column *c, const uint64_t *values, size_t count)
{
    buffer *plain = limit_way(c), *shuffled = limit_way(c);
    uint64_t all = 0;
    unsigned bytes = 1;

    for (size_t i = 0; i < count; i++)
        all |= values[i];
    bytes = (bit_length(all) + 7) / 8;
    bytes = bytes ? bytes : 1;
    for (size_t i = 0; i < count; i++)
        limit_put(plain, values[i], bytes);
    for (unsigned b = 0; b < bytes; b++)
        for (size_t i = 0; i < count; i++)
            buffer_byte(shuffled, (uint8_t)(values[i] >> (8 * b)));
}

static uint64_t limit_divisor(uint64_t a, uint64_t b)
{
    return b ? limit_divisor(b, a % b) : a;
}

static void limit_numbers(limit_column *c, const int64_t *values, size_t count)
{
    uint64_t *u = memory_array(count, sizeof *u), step = 0;
    int64_t least = count ? values[0] : 0, before = 0;

    for (size_t i = 0; i < count; i++)
        least = values[i] < least ? values[i] : least;
    for (size_t i = 0; i < count; i++)
        step = limit_divisor((uint64_t)values[i] - (uint64_t)least, step);
    for (size_t i = 0; i < count; i++)
        u[i] = ((uint64_t)values[i] - (uint64_t)least) / (step ? step : 1);
    limit_fixed(c, u, count);
    for (size_t i = 0; i < count; i++) {
        u[i] = zigzag((values[i] - before) / (int64_t)(step ? step : 1));
        before = values[i];
    }
    limit_fixed(c, u, count);
    free(u);
}

static int limit_compare(const void *a, const void *b)
{
    return word_compare(*(const twin_value *const *)a,
                        *(const twin_value *const *)b);
}

/* Lines; and codes, with the list of texts in order. */
static void limit_texts(limit_column *c, const twin_value **texts, size_t count)
{
    const twin_value **sorted = memory_array(count, sizeof *sorted);
    buffer *lines = limit_way(c), *codes = limit_way(c);
    size_t distinct = 0;

    for (size_t i = 0; i < count; i++) {
        sorted[i] = texts[i];
        buffer_bytes(lines, texts[i]->bytes, texts[i]->length);
        buffer_byte(lines, '\n');
    }
    qsort(sorted, count, sizeof *sorted, limit_compare);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || word_compare(sorted[distinct - 1], sorted[i]))
            sorted[distinct++] = sorted[i];
    for (size_t i = 0; i < distinct; i++) {
        buffer_bytes(codes, sorted[i]->bytes, sorted[i]->length);
        buffer_byte(codes, '\n');
    }
    for (size_t i = 0; i < count; i++) {
        const twin_value **at =
            bsearch(&texts[i], sorted, distinct, sizeof *sorted, limit_compare);
        limit_put(codes, (uint64_t)(at - sorted),
                  (bit_length(distinct) + 7) / 8);
    }
    free(sorted);
}

/* The digits of TEXT as one number if the rest of it is as in FIRST. */
static int limit_digits(int64_t *number, const twin_value *text,
                        const twin_value *first)
{
    int digits = 0;

    if (text->length != first->length || text->length == 0)
        return 0;
    *number = 0;
    for (size_t i = 0; i < text->length; i++) {
        char a = text->bytes[i], b = first->bytes[i];
        int is_digit = a >= '0' && a <= '9';
        if (is_digit != (b >= '0' && b <= '9') || (!is_digit && a != b))
            return 0;
        if (is_digit && ++digits <= 18)
            *number = *number * 10 + (a - '0');
    }
    return digits > 0 && digits <= 18;
}

/* Texts that are dates, or have digits in one pattern, as numbers too. */
static void limit_typed_texts(limit_column *c, const twin_value **texts,
                              size_t count)
{
    int64_t *numbers = memory_array(count, sizeof *numbers);
    size_t dates = 0, digits = 0;

    for (size_t i = 0; i < count; i++)
        dates +=
            (size_t)date_scan(&numbers[i], texts[i]->bytes, texts[i]->length);
    for (size_t i = 0; dates < count && i < count; i++)
        digits += (size_t)limit_digits(&numbers[i], texts[i], texts[0]);
    if (dates == count || digits == count)
        limit_numbers(c, numbers, count);
    free(numbers);
}

/* ---- a column ---- */

typedef struct limit_cells {
    const twin_value **values; /* not NULL ones */
    int64_t *fids;
    uint8_t *presence; /* a row: 0 no cell, 1 a value, 2 NULL */
    size_t count, rows;
} limit_cells;

static void limit_collect(limit_cells *cells, const changeset_layer *layer,
                          uint32_t column)
{
    *cells = (limit_cells){0};
    cells->values = memory_array(layer->row_count, sizeof *cells->values);
    cells->fids = memory_array(layer->row_count, sizeof *cells->fids);
    cells->presence = memory_array(layer->row_count, 1);
    for (size_t i = 0; i < layer->row_count; i++) {
        const changeset_row *row = &layer->rows[i];
        if (row->operation == CHANGESET_DELETE)
            continue;
        cells->rows++;
        for (uint32_t k = 0; k < row->cell_count; k++) {
            const changeset_cell *cell = &layer->cells[row->first_cell + k];
            if (cell->column != column)
                continue;
            cells->presence[cells->rows - 1] =
                cell->value.kind == TWIN_KIND_NULL ? 2 : 1;
            if (cell->value.kind == TWIN_KIND_NULL)
                continue;
            cells->fids[cells->count] = row->fid;
            cells->values[cells->count++] = &cell->value;
        }
    }
}

/* Which rows have the cell: a byte each, four in a byte, and rows by number. */
static void limit_presence(limit *l, const limit_cells *cells)
{
    limit_column *c = &l->columns[l->count++];
    buffer *bytes = limit_way(c), *packed = limit_way(c);
    int64_t *places = memory_array(cells->rows, sizeof *places);
    size_t many = 0, varies = 0;

    for (size_t i = 0; i < cells->rows; i++) {
        varies += cells->presence[i] != cells->presence[0];
        if (cells->presence[i])
            places[many++] = (int64_t)(2 * i + cells->presence[i] - 1);
    }
    if (!varies) {
        buffer_byte(bytes, cells->rows ? cells->presence[0] : 0);
        c->count = 1;
    } else {
        for (size_t i = 0; i < cells->rows; i++) {
            buffer_byte(bytes, cells->presence[i]);
            if (i % 4 == 0)
                buffer_byte(packed, 0);
            packed->data[i / 4] |= (uint8_t)(cells->presence[i] << i % 4 * 2);
        }
        limit_numbers(c, places, many);
    }
    free(places);
}

static void limit_uuids(limit *l, const limit_cells *cells)
{
    limit_column *c = &l->columns[l->count++];
    buffer *out = limit_way(c);
    char derived[37];
    uint8_t bytes[16];
    size_t same = 0;

    for (size_t i = 0; i < cells->count; i++) {
        twin_uuid_from_fid(derived, cells->fids[i]);
        same += memcmp(derived, cells->values[i]->bytes, 36) == 0;
        uuid_scan(bytes, cells->values[i]->bytes, 36);
        buffer_bytes(out, bytes, 16);
    }
    if (same == cells->count)
        buffer_clear(out);
}

static void limit_points(limit *l, const limit_cells *cells)
{
    int64_t *numbers = memory_array(cells->count, sizeof *numbers);
    double xy[2];

    for (int axis = 0; axis < 2; axis++) {
        for (size_t i = 0; i < cells->count; i++) {
            shape_point(xy, cells->values[i]->bytes, cells->values[i]->length);
            numbers[i] = (int64_t)(xy[axis] * 1e7 + (xy[axis] < 0 ? -.5 : .5));
        }
        limit_numbers(&l->columns[l->count++], numbers, cells->count);
    }
    free(numbers);
}

static void limit_values(limit *l, const limit_cells *cells)
{
    int64_t *numbers = memory_array(cells->count, sizeof *numbers);
    limit_column *c = &l->columns[l->count++];

    if (cells->count && cells->values[0]->kind == TWIN_KIND_TEXT) {
        limit_texts(c, cells->values, cells->count);
        limit_typed_texts(c, cells->values, cells->count);
    } else {
        for (size_t i = 0; i < cells->count; i++)
            numbers[i] = cells->values[i]->kind == TWIN_KIND_REAL
                             ? (int64_t)(cells->values[i]->real * 10 + .5)
                             : cells->values[i]->integer;
        limit_numbers(c, numbers, cells->count);
    }
    free(numbers);
}

static void limit_keys(limit *l, const changeset_layer *layer)
{
    limit_column *ids = &l->columns[l->count++];
    limit_column *operations = &l->columns[l->count++];
    int64_t *fids = memory_array(layer->row_count, sizeof *fids);
    buffer *bytes = limit_way(operations);

    for (size_t i = 0; i < layer->row_count; i++) {
        fids[i] = layer->rows[i].fid;
        buffer_byte(bytes, (uint8_t)layer->rows[i].operation);
    }
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

/* All layouts through one xz: FOLDER/COLUMN-WAY becomes FOLDER/COLUMN-WAY.x. */
static int limit_xz(limit *l, const char *folder)
{
    char path[256];

    for (int i = 0; i < l->count; i++)
        for (int k = 0; k < l->columns[i].count; k++) {
            const buffer *b = &l->columns[i].ways[k];
            snprintf(path, sizeof path, "%s/%d-%d", folder, i, k);
            if (file_write_atomic(path, b->data, b->length) < 0)
                return -1;
        }
    snprintf(path, sizeof path,
             "xz --format=raw --suffix=.x --lzma2=preset=9e %s/*-*", folder);
    return system(path) == 0 ? 0 : -1;
}

static void limit_choose(limit *l, const char *folder, buffer *whole)
{
    char path[256];

    for (int i = 0; i < l->count; i++) {
        limit_column *c = &l->columns[i];
        size_t best = 0;
        for (int k = 0; k < c->count; k++) {
            size_t zstd = limit_zstd(&c->ways[k]), xz = 0;
            snprintf(path, sizeof path, "%s/%d-%d.x", folder, i, k);
            xz = limit_file_size(path);
            c->best[k] = c->ways[k].length == 0 ? 0 : xz < zstd ? xz : zstd;
            if (c->best[k] < c->best[best])
                best = (size_t)k;
        }
        l->total += c->best[best];
        if (i < 2)
            l->keys += c->best[best];
        else
            l->cells += c->best[best];
        buffer_bytes(whole, c->ways[best].data, c->ways[best].length);
    }
}

/* The limit for C, of one layer, sorted. -1 if there is no xz. */
__attribute__((unused)) static int limit_of(limit *l, const changeset *c)
{
    char folder[] = "/tmp/tawam-limit-XXXXXX";
    const changeset_layer *layer = &c->layers[0];
    buffer whole = {0};
    int result = -1;

    memset(l, 0, sizeof *l);
    limit_keys(l, layer);
    for (uint32_t i = 0; i < layer->column_count; i++) {
        limit_cells cells;
        limit_collect(&cells, layer, i);
        limit_presence(l, &cells);
        if (text_equal_nocase(layer->columns[i].name, "uuid"))
            limit_uuids(l, &cells);
        else if (layer->columns[i].type == TWIN_GEOMETRY)
            limit_points(l, &cells);
        else
            limit_values(l, &cells);
        free(cells.values);
        free(cells.fids);
        free(cells.presence);
    }
    if (!mkdtemp(folder) || limit_xz(l, folder) < 0)
        goto cleanup;
    limit_choose(l, folder, &whole);
    /* And all of it as one. */
    l->columns[0].count = l->count = 1;
    buffer_free(&l->columns[0].ways[0]);
    l->columns[0].ways[0] = whole;
    whole = (buffer){0};
    file_remove_tree(folder);
    if (mkdir(folder, 0700) == 0 && limit_xz(l, folder) == 0) {
        char path[256];
        size_t zstd = limit_zstd(&l->columns[0].ways[0]), xz = 0;
        snprintf(path, sizeof path, "%s/0-0.x", folder);
        xz = limit_file_size(path);
        if (zstd < l->total)
            l->total = zstd;
        if (xz < l->total)
            l->total = xz;
        result = 0;
    }
cleanup:
    file_remove_tree(folder);
    for (int i = 0; i < LIMIT_COLUMNS; i++)
        for (int k = 0; k < LIMIT_WAYS; k++)
            buffer_free(&l->columns[i].ways[k]);
    buffer_free(&whole);
    return result;
}

#endif
