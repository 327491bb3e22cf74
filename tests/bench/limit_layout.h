/* SPDX-License-Identifier: MIT */
/* How a person who knows each column's type would lay out changed cells for a
 * general packer: all the ways that limit.h chooses from.
 *
 *   numbers   smallest fixed width, from the least one in steps of what divides
 *             all, or as differences; bytes in order or shuffled (all first
 *             bytes, all second ...)
 *   reals     integers where all are such with some number of decimals, else
 *             4 bytes where that is exact, else 8
 *   texts     lines; codes of a list and the list; codes of words; the digits
 *             as numbers where all have one pattern; days, milliseconds; 16
 *             bytes for a uuid, none for one that follows from its row's id
 *   shapes    types and counts, and the coordinates of each axis as numbers
 *   others    what is not of the column's kind: its kind, and lines
 */
#ifndef TAWAM_TESTS_BENCH_LIMIT_LAYOUT_H
#define TAWAM_TESTS_BENCH_LIMIT_LAYOUT_H

#include <stdlib.h>
#include <string.h>
#include "base/base.h"
#include "sync/changeset_internal.h"

#define LIMIT_WAYS 16 /* layouts of one column */

typedef struct limit_column {
    buffer ways[LIMIT_WAYS];
    int count;
    int choice;   /* 0: always there; else of this choice of layouts */
    size_t least; /* packed, the way that packs best: */
    int best;
} limit_column;

static buffer *limit_way(limit_column *c)
{
    return &c->ways[c->count++];
}

static void limit_put(buffer *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buffer_byte(out, (uint8_t)(value >> (8 * i)));
}

/* ---- numbers ---- */

/* VALUES in as few bytes each as all need, in order and shuffled. */
static void limit_fixed(limit_column *c, const uint64_t *values, size_t count)
{
    buffer *plain = limit_way(c), *shuffled = NULL;
    uint64_t all = 0;
    unsigned bytes = 1;

    for (size_t i = 0; i < count; i++)
        all |= values[i];
    bytes = (bit_length(all) + 7) / 8;
    bytes = bytes ? bytes : 1;
    for (size_t i = 0; i < count; i++)
        limit_put(plain, values[i], bytes);
    if (bytes == 1)
        return;
    shuffled = limit_way(c);
    for (unsigned b = 0; b < bytes; b++)
        for (size_t i = 0; i < count; i++)
            buffer_byte(shuffled, (uint8_t)(values[i] >> (8 * b)));
}

static uint64_t limit_divisor(uint64_t a, uint64_t b)
{
    return b ? limit_divisor(b, a % b) : a;
}

/* The first of ascending numbers, and how much each is more than the least
 * difference. */
static void limit_ascending(limit_column *c, const uint64_t *offsets,
                            size_t count)
{
    uint64_t *u = memory_array(count, sizeof *u), least = UINT64_MAX;

    for (size_t i = 1; i < count; i++) {
        uint64_t step = offsets[i] - offsets[i - 1];
        least = step < least ? step : least;
    }
    u[0] = 0; /* and one number more, the least */
    for (size_t i = 1; i < count; i++)
        u[i] = offsets[i] - offsets[i - 1] - least;
    limit_fixed(c, u, count);
    free(u);
}

static void limit_numbers(limit_column *c, const int64_t *values, size_t count)
{
    uint64_t *u = memory_array(count, sizeof *u), step = 0, before = 0;
    uint64_t *d = memory_array(count, sizeof *d);
    int64_t least = count ? values[0] : 0;
    int ascends = count > 1;

    for (size_t i = 0; i < count; i++)
        least = values[i] < least ? values[i] : least;
    for (size_t i = 0; i < count; i++)
        step = limit_divisor((uint64_t)values[i] - (uint64_t)least, step);
    for (size_t i = 0; i < count; i++) {
        u[i] = ((uint64_t)values[i] - (uint64_t)least) / (step ? step : 1);
        d[i] = zigzag((int64_t)(u[i] - before));
        ascends = ascends && u[i] >= before;
        before = u[i];
    }
    limit_fixed(c, u, count);
    limit_fixed(c, d, count);
    if (ascends)
        limit_ascending(c, u, count);
    free(u);
    free(d);
}

/* REALS as integers with the fewest decimals, else as they are. */
static void limit_reals(limit_column *c, const double *reals, size_t count)
{
    int64_t *numbers = memory_array(count, sizeof *numbers);
    uint64_t *bits = memory_array(count, sizeof *bits);
    int floats = 1;

    for (unsigned e = 0; e <= LANE_EXPONENT; e++) {
        size_t exact = 0;
        while (exact < count && decimal_scale(&numbers[exact], reals[exact], e))
            exact++;
        if (exact < count)
            continue;
        limit_numbers(c, numbers, count);
        break;
    }
    for (size_t i = 0; c->count == 0 && i < count; i++)
        floats = floats && (double)(float)reals[i] == reals[i];
    for (size_t i = 0; i < count; i++) {
        float narrow = (float)reals[i];
        uint32_t four = 0;
        memcpy(&bits[i], &reals[i], 8);
        memcpy(&four, &narrow, 4);
        bits[i] = floats ? four : bits[i];
    }
    if (c->count == 0)
        limit_fixed(c, bits, count);
    free(numbers);
    free(bits);
}

/* ---- texts ---- */

static int limit_compare(const void *a, const void *b)
{
    return word_compare(a, b);
}

/* The list of the distinct TEXTS as lines, and the number of each. */
static void limit_codes(limit_column *c, const twin_value *texts, size_t count)
{
    twin_value *sorted = memory_array(count, sizeof *sorted);
    uint64_t *codes = memory_array(count, sizeof *codes);
    limit_column numbers = {0};
    buffer lines = {0};
    size_t distinct = 0;

    if (count)
        memcpy(sorted, texts, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, limit_compare);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || word_compare(&sorted[distinct - 1], &sorted[i]))
            sorted[distinct++] = sorted[i];
    for (size_t i = 0; i < distinct; i++) {
        buffer_bytes(&lines, sorted[i].bytes, sorted[i].length);
        buffer_byte(&lines, '\n');
    }
    for (size_t i = 0; i < count; i++)
        codes[i] = (uint64_t)((const twin_value *)bsearch(
                                  &texts[i], sorted, distinct, sizeof *sorted,
                                  limit_compare) -
                              sorted);
    limit_fixed(&numbers, codes, count);
    for (int k = 0; k < numbers.count; k++) {
        buffer *way = limit_way(c);
        buffer_bytes(way, lines.data, lines.length);
        buffer_bytes(way, numbers.ways[k].data, numbers.ways[k].length);
        buffer_free(&numbers.ways[k]);
    }
    buffer_free(&lines);
    free(sorted);
    free(codes);
}

/* The same of words, a line's last one with its line end. */
static void limit_words(limit_column *c, const twin_value *texts, size_t count)
{
    twin_value *words = NULL;
    size_t many = 0, room = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < texts[i].length; k++)
            room += texts[i].bytes[k] == ' ';
    words = memory_array(room + count, sizeof *words);
    for (size_t i = 0; i < count; i++) {
        size_t from = 0;
        for (size_t k = 0; k <= texts[i].length; k++) {
            if (k < texts[i].length && texts[i].bytes[k] != ' ')
                continue;
            words[many++] =
                (twin_value){.kind = TWIN_KIND_TEXT,
                             .bytes = texts[i].bytes + from,
                             /* a space tells it from a text's last word */
                             .length = k - from + (k < texts[i].length)};
            from = k + 1;
        }
    }
    if (room)
        limit_codes(c, words, many);
    free(words);
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
static void limit_typed_texts(limit_column *c, const twin_value *texts,
                              size_t count)
{
    int64_t *numbers = memory_array(count, sizeof *numbers);

    for (int type = 0; type < 3; type++) {
        size_t fits = 0;
        for (size_t i = 0; i < count; i++) {
            const twin_value *t = &texts[i];
            fits +=
                (size_t)(type == 0 ? date_scan(&numbers[i], t->bytes, t->length)
                         : type == 1
                             ? datetime_scan(&numbers[i], t->bytes, t->length)
                             : limit_digits(&numbers[i], t, texts));
        }
        if (fits < count)
            continue;
        limit_numbers(c, numbers, count);
        break;
    }
    free(numbers);
}

/* 1 if all TEXTS are uuids: 16 bytes each, but nothing if each follows from
 * its row's id. */
static int limit_uuids(limit_column *c, const twin_value *texts,
                       const int64_t *fids, size_t count)
{
    buffer bytes = {0};
    char derived[37];
    uint8_t uuid[16];
    size_t same = 0, scanned = 0;

    for (size_t i = 0; i < count; i++) {
        if (!uuid_scan(uuid, texts[i].bytes, texts[i].length))
            break;
        scanned++;
        twin_uuid_from_fid(derived, fids[i]);
        same += memcmp(derived, texts[i].bytes, 36) == 0;
        buffer_bytes(&bytes, uuid, 16);
    }
    if (same == count)
        buffer_clear(&bytes);
    if (scanned < count)
        buffer_free(&bytes);
    else
        *limit_way(c) = bytes;
    return scanned == count;
}

static void limit_texts(limit_column *c, const twin_value *texts,
                        const int64_t *fids, size_t count)
{
    buffer *lines = NULL;

    if (limit_uuids(c, texts, fids, count))
        return;
    lines = limit_way(c);
    for (size_t i = 0; i < count; i++) {
        buffer_bytes(lines, texts[i].bytes, texts[i].length);
        buffer_byte(lines, '\n');
    }
    limit_codes(c, texts, count);
    limit_words(c, texts, count);
    limit_typed_texts(c, texts, count);
}

/* ---- shapes ---- */

typedef struct limit_shape {
    buffer types; /* and counts, as they stand */
    double *axes[2];
    size_t count, room;
} limit_shape;

static uint32_t limit_word(const char *bytes)
{
    uint32_t word = 0;

    memcpy(&word, bytes, 4);
    return word;
}

static void limit_coordinate(limit_shape *s, const char *bytes)
{
    if (s->count == s->room) {
        s->room = 2 * s->room + 64;
        for (int axis = 0; axis < 2; axis++)
            s->axes[axis] =
                realloc(s->axes[axis], s->room * sizeof *s->axes[axis]);
    }
    for (int axis = 0; axis < 2; axis++)
        memcpy(&s->axes[axis][s->count], bytes + 8 * axis, 8);
    s->count++;
}

/* A little-endian WKB geometry at BYTES; returns what follows it. */
static const char *limit_geometry(limit_shape *s, const char *bytes)
{
    uint32_t type = limit_word(bytes + 1), count = 1;

    buffer_byte(&s->types, (uint8_t)type);
    bytes += 5;
    if (type != 1) {
        count = limit_word(bytes);
        bytes += 4;
        limit_put(&s->types, count, 2);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t points = 1;
        if (type > 3) {
            bytes = limit_geometry(s, bytes);
            continue;
        }
        if (type == 3) {
            points = limit_word(bytes);
            bytes += 4;
            limit_put(&s->types, points, 2);
        }
        for (uint32_t k = 0; k < points; k++, bytes += 16)
            limit_coordinate(s, bytes);
    }
    return bytes;
}

/* COLUMNS gets three: types and counts, x, y. Envelopes follow from those. */
static void limit_shapes(limit_column columns[3], const twin_value *shapes,
                         size_t count)
{
    limit_shape s = {0};

    for (size_t i = 0; i < count; i++)
        limit_geometry(&s, shapes[i].bytes + (shapes[i].bytes[3] & 2 ? 40 : 8));
    *limit_way(&columns[0]) = s.types;
    for (int axis = 0; axis < 2; axis++) {
        limit_reals(&columns[1 + axis], s.axes[axis], s.count);
        free(s.axes[axis]);
    }
}

#endif
