/* SPDX-License-Identifier: MIT */
/* A column of integers, coded the cheapest of four ways.
 *
 *   NUMBERS  a size, then bits: counts, measures, anything spread widely
 *   DELTAS   the difference to the value before: sorted or slowly moving
 *   SYMBOLS  a learned tree over 0 .. 2^width-1: ages, ranks, booleans
 *   CODES    the same over the list of values that occur: codes of communes
 *
 * SYMBOLS and CODES may depend on the symbol before, or on that of another
 * column in the same row (the commune tells the province).
 *
 * Arithmetic is on uint64_t and wraps, so that every int64_t can be coded and
 * no hostile base or step overflows.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

/* A plan tries its ways on at most this many values, in CHUNKS pieces. */
#define SAMPLE 16384
#define CHUNKS 4

/* What coding the values needs besides the sequence: freed by close. */
typedef struct body {
    number_model number;
    bit_model *trees; /* contexts of 1 << bits models each */
    unsigned bits;
    uint32_t symbol; /* the one before */
    uint64_t before; /* the number before */
} body;

int sequence_uses_symbols(const sequence *s)
{
    return s->way == SEQUENCE_SYMBOLS || s->way == SEQUENCE_CODES;
}

static unsigned symbol_bits(const sequence *s)
{
    return s->way == SEQUENCE_CODES ? bit_length(s->list_count - 1) : s->width;
}

static size_t context_count(const sequence *s)
{
    if (s->context == CONTEXT_BEFORE)
        return (size_t)1 << (symbol_bits(s) & 31);
    return s->context == CONTEXT_COLUMN ? 256 : 1;
}

int sequence_context_fits(const sequence *s, sequence_context context)
{
    sequence other = *s;

    other.context = context;
    return symbol_bits(s) <= SEQUENCE_SYMBOL_BITS &&
           context_count(&other) << symbol_bits(s) <= SEQUENCE_MODELS;
}

static int body_open(body *b, const sequence *s)
{
    memset(b, 0, sizeof *b);
    b->number.width = s->width;
    if (!sequence_uses_symbols(s))
        return TAWAM_OK;
    b->bits = symbol_bits(s);
    b->trees = memory_array(context_count(s) << b->bits, sizeof *b->trees);
    return b->trees ? TAWAM_OK : TAWAM_EMEMORY;
}

static uint64_t list_find(const sequence *s, uint64_t wanted)
{
    size_t low = 0, high = s->list_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (s->list[middle] <= wanted)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* One value as its distance from the base in steps; codes and returns it. */
static uint64_t code_offset(coder *c, body *b, const sequence *s, size_t at,
                            uint64_t offset)
{
    uint32_t symbol = 0, context = 0;

    if (s->way == SEQUENCE_NUMBERS)
        return coder_number(c, &b->number, offset);
    if (s->way == SEQUENCE_DELTAS) {
        b->before += (uint64_t)coder_signed(c, &b->number,
                                            (int64_t)(offset - b->before));
        return b->before;
    }
    if (s->context == CONTEXT_BEFORE)
        context = b->symbol;
    else if (s->context == CONTEXT_COLUMN)
        context = s->beside[at];
    if (!c->reading)
        symbol = (uint32_t)(s->way == SEQUENCE_CODES ? list_find(s, offset)
                                                     : offset);
    b->symbol =
        coder_tree(c, b->trees + ((size_t)context << b->bits), b->bits, symbol);
    if (s->way == SEQUENCE_SYMBOLS)
        return b->symbol;
    if (b->symbol >= s->list_count) {
        coder_fault(c, N_("a code stands for nothing"));
        b->symbol = 0;
    }
    return s->list[b->symbol];
}

static uint8_t mark_of(const body *b, const sequence *s)
{
    if (!sequence_uses_symbols(s) || b->symbol >= 255)
        return 0;
    return (uint8_t)(b->symbol + 1);
}

static void code_values(coder *c, body *b, sequence *s, size_t from, size_t to)
{
    for (size_t i = from; i < to && !c->fault; i++) {
        uint64_t offset = 0;
        if (!c->reading)
            offset = ((uint64_t)s->values[i] - (uint64_t)s->base) / s->step;
        offset = code_offset(c, b, s, i, offset);
        if (c->reading)
            s->values[i] = (int64_t)((uint64_t)s->base + offset * s->step);
        if (s->marks)
            s->marks[i] = mark_of(b, s);
    }
}

/* ---- header ---- */

/* The sorted list of CODES: gaps, each at least 1; it begins with 0. */
static int code_list(coder *c, changeset_models *models, sequence *s)
{
    number_model gap = {0};
    uint64_t longest = 0;
    uint64_t count = coder_number(c, &models->list, s->list_count - 1);

    if (c->reading) {
        if (count >= (1u << SEQUENCE_SYMBOL_BITS)) {
            coder_fault(c, N_("a list of codes is too long"));
            count = 0;
        }
        s->list_count = (size_t)count + 1;
        s->list = memory_array(s->list_count, sizeof *s->list);
        if (!s->list)
            return TAWAM_EMEMORY;
    }
    if (!c->reading)
        for (size_t i = 1; i < s->list_count; i++)
            longest |= s->list[i] - s->list[i - 1] - 1;
    gap.width = coder_tree(c, models->width[ROLE_LIST], 7, bit_length(longest));
    for (size_t i = 1; i < s->list_count && !c->fault; i++) {
        uint64_t value = s->list[i] - s->list[i - 1] - 1;
        value = coder_number(c, &gap, value);
        if (c->reading)
            s->list[i] = s->list[i - 1] + value + 1;
        if (s->list[i] <= s->list[i - 1])
            coder_fault(c, N_("a list of codes is out of order"));
    }
    return TAWAM_OK;
}

static void check_header(coder *c, const sequence *s)
{
    if (!sequence_uses_symbols(s))
        return;
    if (s->context > CONTEXT_COLUMN ||
        (s->context == CONTEXT_COLUMN && !s->beside))
        coder_fault(c, N_("a column depends on one that can't be depended on"));
    else if (!sequence_context_fits(s, s->context))
        coder_fault(c, N_("a column has too many symbols"));
}

static int code_header(coder *c, changeset_models *models, sequence *s)
{
    int role = s->role;

    s->way = coder_tree(c, models->way[role], 2, s->way);
    s->base = coder_signed(c, &models->base, s->base);
    s->step = coder_number(c, &models->step, s->step - 1) + 1;
    if (s->step == 0)
        coder_fault(c, N_("a step is too large"));
    if (s->way == SEQUENCE_CODES) {
        if (code_list(c, models, s) < 0)
            return TAWAM_EMEMORY;
    } else {
        s->width = coder_tree(c, models->width[role], 7, s->width);
        if (s->width > 64)
            coder_fault(c, N_("a number has more than 64 bits"));
    }
    if (sequence_uses_symbols(s))
        s->context = coder_tree(c, models->context[role], 2, s->context);
    check_header(c, s);
    return TAWAM_OK;
}

int sequence_code(coder *c, changeset_models *models, sequence *s)
{
    body *b = NULL;
    int result = TAWAM_EMEMORY;

    if (s->count == 0)
        return TAWAM_OK;
    if (code_header(c, models, s) < 0)
        return TAWAM_EMEMORY;
    if (c->fault)
        return changeset_damaged("%s", _(c->fault));
    b = memory_new(sizeof *b);
    if (b && body_open(b, s) == TAWAM_OK) {
        code_values(c, b, s, 0, s->count);
        result = TAWAM_OK;
    }
    if (b)
        free(b->trees);
    free(b);
    if (result == TAWAM_OK && c->fault)
        return changeset_damaged("%s", _(c->fault));
    return result;
}

void sequence_clear(sequence *s)
{
    free(s->list);
    s->list = NULL;
    s->list_count = 0;
}

/* ---- choosing ---- */

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
        step = step == 1 ? 1 : greatest_divisor(offset, step);
        if (offset > largest)
            largest = offset;
    }
    s->step = step ? step : 1;
    s->width = bit_length(largest / s->step);
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* The distinct offsets, if they are few enough for codes; else no list. */
static int find_list(sequence *s)
{
    uint64_t *all = memory_array(s->count, sizeof *all);
    size_t distinct = 0;

    if (!all)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < s->count; i++)
        all[i] = ((uint64_t)s->values[i] - (uint64_t)s->base) / s->step;
    qsort(all, s->count, sizeof *all, compare_numbers);
    for (size_t i = 0; i < s->count; i++)
        if (i == 0 || all[i] != all[i - 1])
            all[distinct++] = all[i];
    if (distinct > (1u << SEQUENCE_SYMBOL_BITS)) {
        free(all);
        return TAWAM_OK;
    }
    s->list = all;
    s->list_count = distinct;
    return TAWAM_OK;
}

/* The longest number that DELTAS has to code. */
static unsigned delta_width(const sequence *s)
{
    uint64_t before = 0;
    unsigned width = 0;

    for (size_t i = 0; i < s->count; i++) {
        uint64_t offset =
            ((uint64_t)s->values[i] - (uint64_t)s->base) / s->step;
        unsigned bits = bit_length(zigzag((int64_t)(offset - before)));
        if (bits > width)
            width = bits;
        before = offset;
    }
    return width;
}

int sequence_measure(uint64_t *cost, const sequence *s,
                     const changeset_models *models)
{
    changeset_models *copy = NULL;
    body *b = NULL;
    sequence trial = *s;
    coder c;
    uint64_t header = 0;
    size_t chunk = SAMPLE / CHUNKS, tried = 0;
    int result = TAWAM_EMEMORY;

    coder_write(&c, NULL);
    copy = memory_new(sizeof *copy);
    b = memory_new(sizeof *b);
    if (!copy || !b || body_open(b, s) < 0)
        goto cleanup;
    memcpy(copy, models, sizeof *copy);
    if (code_header(&c, copy, &trial) < 0)
        goto cleanup;
    header = coder_cost(&c);
    if (s->count <= SAMPLE) {
        code_values(&c, b, &trial, 0, s->count);
        tried = s->count;
    } else {
        for (size_t i = 0; i < CHUNKS; i++, tried += chunk) {
            size_t from = (s->count - chunk) / (CHUNKS - 1) * i;
            code_values(&c, b, &trial, from, from + chunk);
        }
    }
    *cost = header + (coder_cost(&c) - header) * s->count / tried;
    result = TAWAM_OK;
cleanup:
    if (b)
        free(b->trees);
    free(b);
    free(copy);
    return result;
}

/* Take WAY and CONTEXT if they are cheaper than *best. */
static int try_way(sequence *s, sequence *chosen, uint64_t *best,
                   const changeset_models *models, sequence_way way,
                   sequence_context context)
{
    sequence trial = *s;
    uint64_t cost = 0;

    trial.way = way;
    trial.context = context;
    if (way == SEQUENCE_DELTAS)
        trial.width = delta_width(s);
    if (sequence_uses_symbols(&trial) &&
        !sequence_context_fits(&trial, context))
        return TAWAM_OK;
    if (sequence_measure(&cost, &trial, models) < 0)
        return TAWAM_EMEMORY;
    if (cost < *best) {
        *best = cost;
        *chosen = trial;
    }
    return TAWAM_OK;
}

static int try_symbols(sequence *s, sequence *chosen, uint64_t *best,
                       const changeset_models *models, sequence_way way)
{
    if (try_way(s, chosen, best, models, way, CONTEXT_NONE) < 0 ||
        try_way(s, chosen, best, models, way, CONTEXT_BEFORE) < 0)
        return TAWAM_EMEMORY;
    return TAWAM_OK;
}

/* Numbers as they are, when a base would cost more than it saves. */
static int try_plain(sequence *s, sequence *chosen, uint64_t *best,
                     const changeset_models *models)
{
    sequence plain = *s;
    unsigned width = 0;

    if (s->base < 0)
        return TAWAM_OK;
    for (size_t i = 0; i < s->count; i++)
        if (bit_length((uint64_t)s->values[i]) > width)
            width = bit_length((uint64_t)s->values[i]);
    plain.base = 0;
    plain.step = 1;
    plain.width = width;
    return try_way(&plain, chosen, best, models, SEQUENCE_NUMBERS,
                   CONTEXT_NONE);
}

int sequence_plan(sequence *s, const changeset_models *models)
{
    sequence chosen = {0};
    uint64_t best = UINT64_MAX;

    if (s->count == 0)
        return TAWAM_OK;
    find_base(s);
    if (find_list(s) < 0)
        return TAWAM_EMEMORY;
    if (try_plain(s, &chosen, &best, models) < 0 ||
        try_way(s, &chosen, &best, models, SEQUENCE_NUMBERS, CONTEXT_NONE) <
            0 ||
        try_way(s, &chosen, &best, models, SEQUENCE_DELTAS, CONTEXT_NONE) < 0 ||
        try_symbols(s, &chosen, &best, models, SEQUENCE_SYMBOLS) < 0 ||
        (s->list && s->list_count * 2 <= s->count + 2 &&
         try_symbols(s, &chosen, &best, models, SEQUENCE_CODES) < 0)) {
        sequence_clear(s);
        return TAWAM_EMEMORY;
    }
    *s = chosen;
    return TAWAM_OK;
}
