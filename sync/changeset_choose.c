/* SPDX-License-Identifier: MIT */
/* Which way of a sequence is the cheapest: costs from counts, without coding.
 *
 * The bits that models learn while they code are nearly those of a count of
 * zeros and ones told beforehand, so a way costs one pass over the values and
 * one over the counts. All in integers, in 1/1024 bit, so that every machine
 * chooses alike.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

#define BIT 1024u

/* 1024 * log2(1 + i / 256), rounded. */
static const uint16_t LOG2[257] = {
    0,   6,    11,   17,   23,   29,   34,   40,   45,   51,  57,  62,  68,
    73,  79,   84,   90,   95,   100,  106,  111,  116,  122, 127, 132, 138,
    143, 148,  153,  159,  164,  169,  174,  179,  184,  189, 194, 199, 204,
    209, 214,  219,  224,  229,  234,  239,  244,  249,  254, 259, 264, 268,
    273, 278,  283,  288,  292,  297,  302,  306,  311,  316, 320, 325, 330,
    334, 339,  343,  348,  353,  357,  362,  366,  371,  375, 380, 384, 388,
    393, 397,  402,  406,  411,  415,  419,  424,  428,  432, 436, 441, 445,
    449, 454,  458,  462,  466,  470,  475,  479,  483,  487, 491, 495, 500,
    504, 508,  512,  516,  520,  524,  528,  532,  536,  540, 544, 548, 552,
    556, 560,  564,  568,  572,  576,  580,  584,  587,  591, 595, 599, 603,
    607, 610,  614,  618,  622,  626,  629,  633,  637,  641, 644, 648, 652,
    656, 659,  663,  667,  670,  674,  678,  681,  685,  689, 692, 696, 699,
    703, 707,  710,  714,  717,  721,  724,  728,  731,  735, 738, 742, 745,
    749, 752,  756,  759,  763,  766,  770,  773,  776,  780, 783, 787, 790,
    793, 797,  800,  803,  807,  810,  813,  817,  820,  823, 827, 830, 833,
    837, 840,  843,  846,  850,  853,  856,  859,  863,  866, 869, 872, 875,
    879, 882,  885,  888,  891,  894,  898,  901,  904,  907, 910, 913, 916,
    919, 922,  926,  929,  932,  935,  938,  941,  944,  947, 950, 953, 956,
    959, 962,  965,  968,  971,  974,  977,  980,  983,  986, 989, 992, 995,
    998, 1001, 1004, 1007, 1010, 1012, 1015, 1018, 1021, 1024};

static uint64_t log2_of(uint64_t n) /* n > 0; in 1/1024 */
{
    unsigned whole = bit_length(n) - 1;
    uint64_t rest = whole > 8 ? n >> (whole - 8) : n << (8 - whole);

    return (uint64_t)whole * BIT + LOG2[rest & 255];
}

static uint64_t n_log2_n(uint64_t n)
{
    return n ? n * log2_of(n) : 0;
}

/* What a model costs for so many zeros and ones. */
static uint64_t cost_of_bits(uint64_t zeros, uint64_t ones)
{
    uint64_t n = zeros + ones, entropy = 0;

    if (n == 0)
        return 0;
    if (zeros == 0 || ones == 0)
        return BIT + log2_of(n) / 4;
    entropy = n_log2_n(n) - n_log2_n(zeros) - n_log2_n(ones);
    return entropy + log2_of(n) / 2 + BIT / 2;
}

/* What a tree costs whose symbols occur as COUNTS, 1 << BITS of them, says;
 * COUNTS are used up. */
static uint64_t cost_of_tree(uint32_t *counts, unsigned bits)
{
    uint64_t cost = 0;

    for (size_t size = (size_t)1 << bits; size > 1; size /= 2)
        for (size_t i = 0; i < size / 2; i++) {
            uint32_t a = counts[2 * i], b = counts[2 * i + 1];
            if (a | b)
                cost += cost_of_bits(a, b);
            counts[i] = a + b;
        }
    return cost;
}

/* A number that stands alone in a header. */
static uint64_t cost_of_number(uint64_t value)
{
    return (3 + bit_length(value)) * BIT;
}

/* ---- numbers ---- */

typedef struct number_counts {
    uint32_t length[128];
    uint32_t top[65][1 << NUMBER_LEARNED]; /* by what follows the first bit */
    uint64_t raw;                          /* bits beyond */
} number_counts;

static void count_number(number_counts *n, uint64_t value)
{
    unsigned length = bit_length(value);

    n->length[length]++;
    if (length > NUMBER_LEARNED + 1) {
        unsigned below = length - 1 - NUMBER_LEARNED;
        n->top[length][value >> below & ((1u << NUMBER_LEARNED) - 1)]++;
        n->raw += below;
    } else if (length > 1) {
        uint64_t rest = value << (NUMBER_LEARNED + 1 - length);
        n->top[length][rest & ((1u << NUMBER_LEARNED) - 1)]++;
    }
}

static uint64_t cost_of_numbers(number_counts *n)
{
    uint64_t cost = n->raw * BIT;

    for (size_t i = 2; i < 65; i++)
        if (n->length[i])
            cost += cost_of_tree(n->top[i], NUMBER_LEARNED);
    return cost + cost_of_tree(n->length, 7);
}

/* ---- symbols ---- */

/* What the symbols of S cost in each of the contexts that MARKS tells (NULL:
 * one); *too_many if there would be more models than values teach. */
static int cost_of_symbols(uint64_t *cost, const sequence *s,
                           const uint16_t *marks)
{
    unsigned bits = sequence_symbol_bits(s);
    size_t size = (size_t)1 << bits, used = 0, contexts = 1;
    uint32_t *row = NULL;
    uint32_t *counts = memory_array(size, sizeof *counts);
    uint16_t *sorted = memory_array(s->count, sizeof *sorted);
    int result = TAWAM_EMEMORY;

    *cost = UINT64_MAX;
    for (size_t i = 0; marks && i < s->count; i++)
        contexts = marks[i] >= contexts ? marks[i] + 1u : contexts;
    row = memory_array(contexts + 1, sizeof *row);
    if (!row || !counts || !sorted)
        goto cleanup;
    result = TAWAM_OK;
    for (size_t i = 0; i < s->count; i++)
        used += row[(marks ? marks[i] : 0) + 1]++ == 0;
    if (used * size > 8 * s->count + 4096)
        goto cleanup;
    /* Symbols side by side that have one context: a counting sort. */
    for (size_t i = 1; marks && i <= contexts; i++)
        row[i] += row[i - 1];
    *cost = 0;
    for (size_t i = 0; i < s->count; i++)
        sorted[marks ? row[marks[i]]++ : i] = s->symbols[i];
    for (size_t i = 0, from = 0; from < s->count; i++) {
        size_t to = marks ? row[i] : s->count;
        if (to == from)
            continue;
        memset(counts, 0, size * sizeof *counts);
        for (; from < to; from++)
            counts[sorted[from]]++;
        *cost += cost_of_tree(counts, bits);
    }
cleanup:
    free(row);
    free(counts);
    free(sorted);
    return result;
}

/* ---- what is known ---- */

/* What a bit costs that had the chance CHANCE / 2^22 (not 0). */
static uint64_t cost_of_chance(uint64_t chance)
{
    return CHANCE_BITS * BIT - log2_of(chance ? chance : 1);
}

static uint64_t cost_of_bit(bit_model m, unsigned bit)
{
    unsigned seen = 0;
    uint32_t chance = bit_chance(m, &seen);

    return cost_of_chance(bit ? chance : CHANCE_TOP - chance);
}

static uint64_t cost_in_tree(const bit_model *tree, unsigned bits,
                             uint32_t symbol)
{
    uint64_t cost = 0;
    uint32_t node = 1;

    for (unsigned i = bits; i-- > 0; node = node << 1 | (symbol >> i & 1))
        cost += cost_of_bit(tree[node], symbol >> i & 1);
    return cost;
}

static uint64_t cost_in_numbers(const number_model *m, uint64_t value)
{
    unsigned length = bit_length(value), left = length ? length - 1 : 0;
    uint64_t cost = cost_in_tree(m->length, 7, length);
    uint32_t node = 1;

    for (int i = 0; i < NUMBER_LEARNED && left; i++) {
        unsigned bit = value >> --left & 1;
        cost += cost_of_bit(m->top[length][node], bit);
        node = node << 1 | bit;
    }
    return cost + left * BIT;
}

/* What S, as known, costs by models that learn no more; symbols are told. */
static uint64_t cost_as_known(const sequence *s)
{
    const sequence_known *k = s->known;
    uint64_t cost = BIT, before = 0, context = 0;

    if (s->way == SEQUENCE_CODES)
        cost += (s->list_count - k->list_count) * 20 * BIT;
    else
        cost += cost_of_number(zigzag(s->shift));
    for (size_t i = 0; i < s->count; i++) {
        uint64_t u = ((uint64_t)s->values[i] - (uint64_t)s->base) / s->step;
        if (s->way == SEQUENCE_NUMBERS) {
            cost += cost_in_numbers(k->number, u);
        } else if (s->way == SEQUENCE_DELTAS) {
            cost += cost_in_numbers(k->number, zigzag((int64_t)(u - before)));
            before = u;
        } else {
            uint16_t symbol = s->symbols[i];
            if (s->context == CONTEXT_COLUMN)
                context = s->beside[i];
            cost +=
                cost_in_tree(k->trees + (context << k->bits), k->bits, symbol);
            if (s->context == CONTEXT_BEFORE)
                context = symbol;
        }
    }
    return cost;
}

/* ---- values as symbols ---- */

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void find_base(sequence *s)
{
    uint64_t step = 0, largest = 0;

    s->base = s->values[0];
    for (size_t i = 1; i < s->count; i++)
        if (s->values[i] < s->base)
            s->base = s->values[i];
    for (size_t i = 0; i < s->count; i++) {
        uint64_t offset = (uint64_t)s->values[i] - (uint64_t)s->base;
        if (step != 1 && (step == 0 || offset % step))
            step = greatest_divisor(offset, step);
        if (offset > largest)
            largest = offset;
    }
    s->step = step ? step : 1;
    s->width = bit_length(largest / s->step);
}

static uint64_t offset_of(const sequence *s, size_t i)
{
    uint64_t offset = (uint64_t)s->values[i] - (uint64_t)s->base;

    return s->step == 1 ? offset : offset / s->step;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

#define SLOTS (4u << SEQUENCE_SYMBOL_BITS)

/* The distinct of COUNT numbers, ascending, if they are MOST at most; else no
 * list. */
static int find_distinct(uint64_t **list, size_t *distinct,
                         const uint64_t *numbers, size_t count, size_t most)
{
    uint32_t *slots = memory_array(SLOTS, sizeof *slots);
    uint64_t *found = memory_array(most, sizeof *found);
    size_t many = 0;

    *list = NULL;
    if (!slots || !found) {
        free(slots);
        free(found);
        return TAWAM_EMEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t at = (numbers[i] * 0x9e3779b97f4a7c15ull) >> 40;
        while (slots[at % SLOTS] && found[slots[at % SLOTS] - 1] != numbers[i])
            at++;
        if (slots[at % SLOTS])
            continue;
        if (many == most) {
            free(slots);
            free(found);
            return TAWAM_OK;
        }
        found[many++] = numbers[i];
        slots[at % SLOTS] = (uint32_t)many;
    }
    free(slots);
    qsort(found, many, sizeof *found, compare_numbers);
    *list = found;
    *distinct = many;
    return TAWAM_OK;
}

/* ---- planning ---- */

/* The sequence while ways are tried; the cheapest so far. */
typedef struct trial {
    sequence best;
    uint64_t cost;
    uint64_t *offsets; /* of the values from base, in steps */
    uint16_t *symbols; /* the best way's, or NULL */
    uint16_t *marks;   /* contexts, while one is tried */
} trial;

/* S costs COST: it may be the best. Takes s->symbols if it is. */
static void offer(trial *t, sequence *s, uint64_t cost)
{
    if (cost >= t->cost)
        return;
    t->cost = cost;
    t->best = *s;
}

static uint64_t header_cost(const sequence *s)
{
    uint64_t cost = 4 * BIT + cost_of_number(zigzag(s->base)) +
                    (s->step > 1 ? cost_of_number(s->step) : 0);

    if (s->way == SEQUENCE_CODES)
        for (size_t i = 1; i < s->list_count; i++)
            cost += (2 + bit_length(s->list[i] - s->list[i - 1])) * BIT;
    return cost;
}

static int try_numbers(trial *t, sequence *s)
{
    number_counts *n = memory_new(sizeof *n), *d = memory_new(sizeof *d);
    uint64_t before = 0;
    unsigned width = 0;

    if (n && d) {
        for (size_t i = 0; i < s->count; i++) {
            uint64_t step = zigzag((int64_t)(t->offsets[i] - before));
            count_number(n, t->offsets[i]);
            count_number(d, step);
            width = bit_length(step) > width ? bit_length(step) : width;
            before = t->offsets[i];
        }
        s->way = SEQUENCE_NUMBERS;
        offer(t, s, header_cost(s) + cost_of_numbers(n));
        sequence deltas = *s;
        deltas.way = SEQUENCE_DELTAS;
        deltas.width = width;
        offer(t, &deltas, header_cost(s) + cost_of_numbers(d));
    }
    free(d);
    if (!n || !d) {
        free(n);
        return TAWAM_EMEMORY;
    }
    free(n);
    return TAWAM_OK;
}

/* Numbers as they are, when a base would cost more than it saves. */
static int try_plain(trial *t, const sequence *s)
{
    number_counts *n = NULL;
    sequence plain = *s;

    if (s->base <= 0)
        return TAWAM_OK;
    n = memory_new(sizeof *n);
    if (!n)
        return TAWAM_EMEMORY;
    plain.way = SEQUENCE_NUMBERS;
    plain.base = 0;
    plain.step = 1;
    plain.width = 0;
    for (size_t i = 0; i < s->count; i++) {
        unsigned bits = bit_length((uint64_t)s->values[i]);
        plain.width = bits > plain.width ? bits : plain.width;
        count_number(n, (uint64_t)s->values[i]);
    }
    offer(t, &plain, header_cost(&plain) + cost_of_numbers(n));
    free(n);
    return TAWAM_OK;
}

/* S, whose symbols are told, without a context and by the symbol before. */
static int try_contexts(trial *t, sequence *s)
{
    uint64_t cost = 0, header = header_cost(s);

    s->context = CONTEXT_NONE;
    if (!sequence_context_fits(s, CONTEXT_NONE))
        return TAWAM_OK;
    if (cost_of_symbols(&cost, s, NULL) < 0)
        return TAWAM_EMEMORY;
    if (cost < UINT64_MAX)
        offer(t, s, header + cost);
    if (!sequence_context_fits(s, CONTEXT_BEFORE))
        return TAWAM_OK;
    for (size_t i = 0; i < s->count; i++)
        t->marks[i] = i ? s->symbols[i - 1] : 0;
    s->context = CONTEXT_BEFORE;
    if (cost_of_symbols(&cost, s, t->marks) < 0)
        return TAWAM_EMEMORY;
    if (cost < UINT64_MAX)
        offer(t, s, header + cost);
    s->context = CONTEXT_NONE;
    return TAWAM_OK;
}

/* Symbols if they are small enough, codes if those that occur are few. */
static int try_symbols(trial *t, sequence *s)
{
    size_t most = s->count / 2 + 1;

    if (s->width <= SEQUENCE_SYMBOL_BITS) {
        s->way = SEQUENCE_SYMBOLS;
        for (size_t i = 0; i < s->count; i++)
            s->symbols[i] = (uint16_t)t->offsets[i];
        if (try_contexts(t, s) < 0)
            return TAWAM_EMEMORY;
    }
    if (most > 1u << SEQUENCE_SYMBOL_BITS)
        most = 1u << SEQUENCE_SYMBOL_BITS;
    if (find_distinct(&s->list, &s->list_count, t->offsets, s->count, most) < 0)
        return TAWAM_EMEMORY;
    s->list_sorted = s->list_count;
    /* Where each value up to the largest occurs, symbols are codes. */
    if (!s->list || (s->width <= SEQUENCE_SYMBOL_BITS &&
                     bit_length(s->list_count - 1) == s->width))
        return TAWAM_OK;
    s->way = SEQUENCE_CODES;
    for (size_t i = 0; i < s->count; i++) {
        uint64_t code = 0;
        sequence_find_code(s, t->offsets[i], &code);
        s->symbols[i] = (uint16_t)code;
    }
    return try_contexts(t, s);
}

/* ---- planning as known ---- */

/* The base with which S can be told as known, and its symbols; 0 if none. */
static int fit_known(sequence *s)
{
    const sequence_known *k = s->known;
    int64_t low = s->base;
    uint64_t gap = 0;

    s->way = k->way;
    s->context = k->context;
    s->step = k->step;
    s->shift = 0;
    if (k->way == SEQUENCE_CODES || low >= k->base) {
        gap = (uint64_t)low - (uint64_t)k->base;
        /* A base of their own where the values have moved far away. */
        if (k->way != SEQUENCE_CODES && gap % k->step == 0 &&
            gap / k->step < (uint64_t)INT64_MAX && s->moves)
            s->shift = (int64_t)(gap / k->step);
    } else {
        gap = (uint64_t)k->base - (uint64_t)low;
        if (gap % k->step || gap / k->step >= (uint64_t)INT64_MAX)
            return 0;
        s->shift = -(int64_t)(gap / k->step);
    }
    s->base = (int64_t)((uint64_t)k->base + (uint64_t)s->shift * k->step);
    for (size_t i = 0; k->step > 1 && i < s->count; i++)
        if (((uint64_t)s->values[i] - (uint64_t)s->base) % k->step)
            return 0;
    return 1;
}

static int known_symbols(sequence *s)
{
    for (size_t i = 0; i < s->count; i++) {
        uint64_t offset = offset_of(s, i);
        if (offset >> s->known->bits)
            return 0;
        s->symbols[i] = (uint16_t)offset;
    }
    return 1;
}

/* The dictionary's list and after it the codes that it has not. */
static int known_codes(sequence *s, const trial *t, int *fits)
{
    const sequence_known *k = s->known;
    uint64_t *missing = NULL, *fresh = t->offsets, code = 0;
    size_t many = 0, distinct = 0, room = ((size_t)1 << k->bits);

    *fits = 0;
    s->list = k->list;
    s->list_count = s->list_sorted = k->list_count;
    for (size_t i = 0; i < s->count; i++)
        if (!sequence_find_code(s, offset_of(s, i), &code))
            fresh[many++] = offset_of(s, i);
    s->list = NULL;
    if (find_distinct(&missing, &distinct, fresh, many, s->count / 2 + 4) < 0)
        return TAWAM_EMEMORY;
    if (!missing || distinct + k->list_count > room) {
        free(missing);
        return TAWAM_OK;
    }
    s->list = memory_array(k->list_count + distinct, sizeof *s->list);
    if (s->list) {
        memcpy(s->list, k->list, k->list_count * sizeof *s->list);
        memcpy(s->list + k->list_count, missing, distinct * sizeof *missing);
        s->list_count = k->list_count + distinct;
        for (size_t i = 0; i < s->count; i++) {
            sequence_find_code(s, offset_of(s, i), &code);
            s->symbols[i] = (uint16_t)code;
        }
        *fits = 1;
    }
    free(missing);
    return s->list ? TAWAM_OK : TAWAM_EMEMORY;
}

/* Is S, whose base is the least of its values, cheaper as known? */
static int try_known(trial *t, const sequence *plain, int moves)
{
    sequence s = *plain;
    int fits = 0;

    s.as_known = 1;
    s.moves = moves;
    s.list = NULL;
    s.symbols = memory_array(s.count, sizeof *s.symbols);
    if (!s.symbols)
        return TAWAM_EMEMORY;
    fits = fit_known(&s);
    if (fits && s.way == SEQUENCE_SYMBOLS)
        fits = known_symbols(&s);
    if (fits && s.way == SEQUENCE_CODES && known_codes(&s, t, &fits) < 0) {
        free(s.symbols);
        return TAWAM_EMEMORY;
    }
    uint64_t cost = fits ? cost_as_known(&s) : UINT64_MAX;
    if (cost < t->cost) {
        if (t->best.as_known)
            sequence_clear(&t->best);
        offer(t, &s, cost);
    } else {
        sequence_clear(&s);
    }
    return TAWAM_OK;
}

/* ---- all ---- */

static int open_trial(trial *t, sequence *s)
{
    *t = (trial){.cost = UINT64_MAX};
    t->offsets = memory_array(s->count, sizeof *t->offsets);
    t->marks = memory_array(s->count, sizeof *t->marks);
    s->symbols = memory_array(s->count, sizeof *s->symbols);
    if (!t->offsets || !t->marks || !s->symbols)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < s->count; i++)
        t->offsets[i] = offset_of(s, i);
    return TAWAM_OK;
}

/* Symbols as the chosen way has them: those tried last may be others. */
static void set_symbols(sequence *s, const trial *t)
{
    for (size_t i = 0; i < s->count; i++) {
        uint64_t code = t->offsets[i];
        if (s->way == SEQUENCE_CODES)
            sequence_find_code(s, t->offsets[i], &code);
        s->symbols[i] = (uint16_t)code;
    }
}

int sequence_plan(sequence *s)
{
    sequence plain = {0};
    trial t = {0};
    int result = TAWAM_EMEMORY;

    if (s->count == 0)
        return TAWAM_OK;
    find_base(s);
    plain = *s;
    if (open_trial(&t, s) < 0 || try_numbers(&t, s) < 0 ||
        try_plain(&t, s) < 0 || try_symbols(&t, s) < 0)
        goto cleanup;
    /* The list and symbols belong to whichever plan is chosen. */
    t.best.list = s->list;
    t.best.list_count = t.best.list_sorted = s->list_count;
    t.best.symbols = s->symbols;
    if (t.best.way == SEQUENCE_SYMBOLS)
        set_symbols(&t.best, &t);
    *s = t.best;
    if (s->known && s->known->is_there &&
        (try_known(&t, &plain, 0) < 0 || try_known(&t, &plain, 1) < 0))
        goto cleanup;
    if (t.best.as_known) {
        sequence_clear(s);
        *s = t.best;
    }
    result = TAWAM_OK;
cleanup:
    if (result < 0 && t.best.as_known)
        sequence_clear(&t.best);
    if (result < 0)
        sequence_clear(s);
    free(t.offsets);
    free(t.marks);
    return result;
}

int sequence_measure(uint64_t *cost, const sequence *s)
{
    number_counts *n = NULL;
    uint64_t before = 0;

    if (s->as_known) {
        *cost = cost_as_known(s) / BIT;
        return TAWAM_OK;
    }
    if (sequence_uses_symbols(s)) {
        uint16_t *marks = memory_array(s->count, sizeof *marks);
        int result = marks ? TAWAM_OK : TAWAM_EMEMORY;
        for (size_t i = 0; marks && i < s->count; i++)
            marks[i] = s->context == CONTEXT_COLUMN ? s->beside[i]
                       : i                          ? s->symbols[i - 1]
                                                    : 0;
        if (marks)
            result = cost_of_symbols(cost, s,
                                     s->context == CONTEXT_NONE ? NULL : marks);
        free(marks);
        if (result == TAWAM_OK && *cost < UINT64_MAX)
            *cost = (*cost + header_cost(s)) / BIT;
        return result;
    }
    n = memory_new(sizeof *n);
    if (!n)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < s->count; i++) {
        uint64_t u = offset_of(s, i);
        count_number(
            n, s->way == SEQUENCE_DELTAS ? zigzag((int64_t)(u - before)) : u);
        before = u;
    }
    *cost = (header_cost(s) + cost_of_numbers(n)) / BIT;
    free(n);
    return TAWAM_OK;
}
