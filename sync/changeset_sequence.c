/* SPDX-License-Identifier: MIT */
/* A column of integers, coded in one of four ways.
 *
 *   NUMBERS  a size, then bits: counts, measures, anything spread widely
 *   DELTAS   the difference to the value before: sorted or slowly moving
 *   SYMBOLS  a learned tree over 0 .. 2^width-1: ages, ranks, booleans
 *   CODES    the same over the list of values that occur: codes of communes
 *
 * SYMBOLS and CODES may depend on the symbol before, or on that of another
 * column in the same row (the commune tells the province). All may begin with
 * what a dictionary has learned of the same column.
 *
 * Arithmetic is on uint64_t and wraps, so that every int64_t can be coded and
 * no hostile base or step overflows.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

/* What coding the values needs besides the sequence: freed by close. */
typedef struct body {
    number_model number;
    bit_model *trees; /* contexts of 1 << bits models each */
    bit_model *plain; /* keeping: the same without contexts */
    unsigned bits;
    uint32_t symbol; /* the one before */
    uint64_t before; /* the number before */
} body;

int sequence_uses_symbols(const sequence *s)
{
    return s->way == SEQUENCE_SYMBOLS || s->way == SEQUENCE_CODES;
}

unsigned sequence_symbol_bits(const sequence *s)
{
    if (s->as_known)
        return s->known->bits;
    return s->way == SEQUENCE_CODES ? bit_length(s->list_count - 1) : s->width;
}

size_t sequence_contexts(const sequence *s)
{
    if (s->context == CONTEXT_BEFORE)
        return (size_t)1 << (sequence_symbol_bits(s) & 31);
    return s->context == CONTEXT_COLUMN ? 256 : 1;
}

int sequence_context_fits(const sequence *s, sequence_context context)
{
    sequence other = *s;
    unsigned bits = sequence_symbol_bits(s);

    other.context = context;
    return bits <= SEQUENCE_SYMBOL_BITS &&
           sequence_contexts(&other) << bits <= SEQUENCE_MODELS;
}

static int body_open(body *b, const sequence *s)
{
    size_t models = 0;

    memset(b, 0, sizeof *b);
    b->number.width = s->width;
    if (s->as_known && !sequence_uses_symbols(s))
        b->number = *s->known->number;
    if (!sequence_uses_symbols(s))
        return TAWAM_OK;
    b->bits = sequence_symbol_bits(s);
    models = sequence_contexts(s) << b->bits;
    b->trees = memory_array(models, sizeof *b->trees);
    if (b->trees && s->as_known)
        memcpy(b->trees, s->known->trees, models * sizeof *b->trees);
    if (b->trees && s->keep)
        b->plain = memory_array((size_t)1 << b->bits, sizeof *b->plain);
    return b->trees && (b->plain || !s->keep) ? TAWAM_OK : TAWAM_EMEMORY;
}

static void body_close(body *b)
{
    if (b) {
        free(b->trees);
        free(b->plain);
    }
    free(b);
}

static int find_in(const uint64_t *list, size_t count, uint64_t wanted,
                   uint64_t *place)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    *place = low;
    return low < count && list[low] == wanted;
}

int sequence_find_code(const sequence *s, uint64_t offset, uint64_t *code)
{
    if (find_in(s->list, s->list_sorted, offset, code))
        return 1;
    if (!find_in(s->list + s->list_sorted, s->list_count - s->list_sorted,
                 offset, code))
        return 0;
    *code += s->list_sorted;
    return 1;
}

/* One value as its distance from the base in steps; codes and returns it. */
static uint64_t code_offset(coder *c, body *b, const sequence *s, size_t at,
                            uint64_t offset)
{
    uint64_t symbol = offset, context = 0;

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
        symbol = s->symbols[at];
    b->symbol = coder_tree(c, b->trees + (context << b->bits), b->bits,
                           (uint32_t)symbol);
    if (b->plain)
        tree_learn(b->plain, b->bits, b->symbol);
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

static void code_values(coder *c, body *b, sequence *s)
{
    for (size_t i = 0; i < s->count && !c->fault; i++) {
        uint64_t offset = 0;
        if (!c->reading && !sequence_uses_symbols(s))
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
        s->list_sorted = s->list_count;
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

/* ---- as the dictionary has it ---- */

/* Entries that the dictionary's list has not, each after the one before. */
static int code_more(coder *c, changeset_models *models, sequence *s)
{
    const sequence_known *k = s->known;
    uint64_t *list = NULL, before = 0;
    uint64_t more = c->reading ? 0 : s->list_count - k->list_count;

    more = coder_number(c, &models->list, more);
    if (more > ((size_t)1 << k->bits) - k->list_count) {
        coder_fault(c, N_("a list of codes is too long"));
        return TAWAM_OK;
    }
    if (c->reading) {
        list = memory_array(k->list_count + (size_t)more, sizeof *list);
        if (!list)
            return TAWAM_EMEMORY;
        memcpy(list, k->list, k->list_count * sizeof *list);
        s->list = list;
        s->list_sorted = k->list_count;
        s->list_count = k->list_count + (size_t)more;
    }
    for (size_t i = k->list_count; i < s->list_count && !c->fault; i++) {
        before += (uint64_t)coder_signed(c, &models->more,
                                         (int64_t)(s->list[i] - before));
        s->list[i] = before;
    }
    return TAWAM_OK;
}

static int code_known_header(coder *c, changeset_models *models, sequence *s)
{
    const sequence_known *k = s->known;

    s->way = k->way;
    s->context = k->context;
    s->step = k->step;
    s->width = 64;
    if (s->way == SEQUENCE_CODES) {
        s->base = k->base;
        return code_more(c, models, s);
    }
    s->shift = coder_signed(c, &models->shift, s->shift);
    s->base = (int64_t)((uint64_t)k->base + (uint64_t)s->shift * k->step);
    return TAWAM_OK;
}

/* ---- keeping ---- */

/* TREE of BITS as it would be with one bit more: symbols stay what they are.
 * A tree without bits has seen as much as its sequence has values. */
static void widen(bit_model *out, const bit_model *tree, unsigned bits,
                  size_t values)
{
    unsigned seen = values < KNOWN_SEEN ? (unsigned)values : KNOWN_SEEN;

    if (bits)
        bit_chance(tree[1], &seen);
    for (unsigned i = 0; i < seen; i++)
        bit_learn(&out[1], 0);
    for (uint32_t node = 1; node < 1u << bits; node++)
        out[node + (1u << (bit_length(node) - 1))] = tree[node];
}

/* Contexts begin with what all together have taught, where they have seen
 * nothing themselves. */
static void fill_unseen(bit_model *trees, size_t contexts, unsigned bits,
                        bit_model *plain)
{
    size_t size = (size_t)1 << bits;

    models_settle(plain, size, KNOWN_GUESSED);
    for (size_t i = 0; i < contexts; i++, trees += size)
        for (size_t node = 1; node < size; node++)
            if (!(trees[node] & SEEN_MASK))
                trees[node] = plain[node];
}

static int keep_trees(sequence *s, const body *b)
{
    sequence_known *k = s->keep;
    sequence wider = *s;
    size_t size = (size_t)1 << b->bits, contexts = sequence_contexts(s);
    bit_model *plain = NULL;

    wider.width = b->bits + 1;
    wider.way = SEQUENCE_SYMBOLS;
    k->bits = b->bits + (unsigned)sequence_context_fits(&wider, s->context);
    wider.width = k->bits;
    k->trees =
        memory_array(sequence_contexts(&wider) << k->bits, sizeof *k->trees);
    plain = memory_array((size_t)1 << k->bits, sizeof *plain);
    if (!k->trees || !plain) {
        free(plain);
        return TAWAM_EMEMORY;
    }
    for (size_t i = 0; i < contexts; i++)
        if (k->bits > b->bits)
            widen(k->trees + (i << k->bits), b->trees + i * size, b->bits, 0);
        else
            memcpy(k->trees + i * size, b->trees + i * size,
                   size * sizeof *plain);
    if (k->bits > b->bits)
        widen(plain, b->plain, b->bits, s->count);
    else
        memcpy(plain, b->plain, size * sizeof *plain);
    models_settle(k->trees, sequence_contexts(&wider) << k->bits, KNOWN_SEEN);
    fill_unseen(k->trees, sequence_contexts(&wider), k->bits, plain);
    free(plain);
    return TAWAM_OK;
}

/* A number model of any width: lengths as a tree of 7 bits. */
static int keep_number(sequence *s, const body *b)
{
    number_model *n = memory_new(sizeof *n);
    bit_model trees[2][128] = {{0}};
    int at = 0;

    if (!n)
        return TAWAM_EMEMORY;
    memcpy(trees[0], b->number.length, sizeof trees[0]);
    for (unsigned bits = bit_length(b->number.width); bits < 7; bits++) {
        memset(trees[!at], 0, sizeof trees[0]);
        widen(trees[!at], trees[at], bits, s->count);
        at = !at;
    }
    memcpy(n->length, trees[at], sizeof n->length);
    memcpy(n->top, b->number.top, sizeof n->top);
    n->width = 64;
    number_settle(n, KNOWN_SEEN);
    s->keep->number = n;
    return TAWAM_OK;
}

static int keep(sequence *s, const body *b)
{
    sequence_known *k = s->keep;

    *k = (sequence_known){.is_there = 1,
                          .way = s->way,
                          .context = s->context,
                          .base = s->base,
                          .step = s->step,
                          .list_count = s->list_count};
    if (s->way == SEQUENCE_CODES) {
        k->list = memory_array(s->list_count, sizeof *k->list);
        if (!k->list)
            return TAWAM_EMEMORY;
        memcpy(k->list, s->list, s->list_count * sizeof *k->list);
    }
    return sequence_uses_symbols(s) ? keep_trees(s, b) : keep_number(s, b);
}

void sequence_known_clear(sequence_known *k)
{
    free(k->list);
    free(k->number);
    free(k->trees);
    *k = (sequence_known){0};
}

size_t sequence_known_size(const sequence_known *k)
{
    sequence s = {.known = k, .as_known = 1, .context = k->context};

    return k->list_count * sizeof *k->list +
           (k->number ? sizeof *k->number : 0) +
           (k->trees ? (sequence_contexts(&s) << k->bits) * sizeof *k->trees
                     : 0);
}

/* ---- all ---- */

int sequence_code(coder *c, changeset_models *models, sequence *s)
{
    body *b = NULL;
    int result = TAWAM_EMEMORY;

    if (s->count == 0)
        return TAWAM_OK;
    if (s->known && s->known->is_there)
        s->as_known =
            (int)coder_bit(c, &models->known[s->role], (unsigned)s->as_known);
    if ((s->as_known ? code_known_header(c, models, s)
                     : code_header(c, models, s)) < 0)
        return TAWAM_EMEMORY;
    if (c->fault)
        return changeset_damaged("%s", _(c->fault));
    b = memory_new(sizeof *b);
    if (b && body_open(b, s) == TAWAM_OK) {
        code_values(c, b, s);
        result = s->keep ? keep(s, b) : TAWAM_OK;
    }
    body_close(b);
    if (result == TAWAM_OK && c->fault)
        return changeset_damaged("%s", _(c->fault));
    return result;
}

void sequence_clear(sequence *s)
{
    free(s->list);
    free(s->symbols);
    s->list = NULL;
    s->symbols = NULL;
    s->list_count = s->list_sorted = 0;
}
