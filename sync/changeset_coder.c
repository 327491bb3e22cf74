/* SPDX-License-Identifier: MIT */
/* The range coder: a binary arithmetic coder without carries, whose models
 * learn each bit's chance as they go.
 *
 * Invariants:
 *  1. After each bit, low and high differ in their first byte (bytes they
 *     share have been shifted out), so low < high and every bit is codable
 *     whatever its model says.
 *  2. Only integers: the same bits give the same bytes everywhere.
 *  3. Bytes and bits are one to one: coder_finish() refuses, when reading,
 *     any ending that writing would not have made. Bytes past the end read as
 *     zero, but shifting further than the input is long is a fault at once,
 *     so a short input can't feed a long loop.
 */
#include <string.h>
#include "sync/changeset_internal.h"

void coder_write(coder *c, buffer *out)
{
    *c = (coder){.high = UINT32_MAX, .out = out, .work_bound = UINT64_MAX};
}

static uint8_t byte_at(const coder *c, uint64_t position)
{
    return position < c->length ? c->in[position] : 0;
}

void coder_read(coder *c, const uint8_t *in, size_t length, uint64_t work)
{
    *c = (coder){.reading = 1,
                 .high = UINT32_MAX,
                 .in = in,
                 .length = length,
                 .work_bound = work};
    for (uint64_t i = 0; i < 4; i++)
        c->code = c->code << 8 | byte_at(c, i);
}

void coder_fault(coder *c, const char *what)
{
    if (!c->fault)
        c->fault = what;
}

void coder_shift(coder *c)
{
    do {
        if (c->reading) {
            c->code = c->code << 8 | byte_at(c, c->shifted + 4);
            if (c->shifted >= c->length)
                coder_fault(c, N_("the coded part ends too early"));
        } else if (c->out) {
            buffer_byte(c->out, (uint8_t)(c->high >> 24));
        }
        c->shifted++;
        c->low <<= 8;
        c->high = c->high << 8 | 255;
    } while (!((c->low ^ c->high) >> 24));
}

void coder_overworked(coder *c)
{
    coder_fault(c, N_("it codes more than a file of its size may"));
}

/* How far a bit moves the chance, in 1/65536, by how many came before: the
 * first 2/3, the next 2/5, 2/7 ... Floor of 131072 / (2n + 3). */
#define R1(n) (131072u / (2 * (n) + 3))
#define R4(n) R1(n), R1((n) + 1), R1((n) + 2), R1((n) + 3)
#define R16(n) R4(n), R4((n) + 4), R4((n) + 8), R4((n) + 12)
#define R64(n) R16(n), R16((n) + 16), R16((n) + 32), R16((n) + 48)
const uint16_t BIT_RATES[512] = {R64(0),   R64(64),  R64(128), R64(192),
                                 R64(256), R64(320), R64(384), R64(448)};

unsigned coder_bit(coder *c, bit_model *m, unsigned bit)
{
    unsigned seen = 0;

    bit = coder_chance(c, bit_chance(*m, &seen), bit);
    bit_learn(m, bit);
    return bit;
}

uint64_t coder_raw(coder *c, unsigned bits, uint64_t value)
{
    uint64_t result = 0;

    while (bits-- && !c->fault)
        result = result << 1 |
                 coder_chance(c, CHANCE_TOP / 2, (unsigned)(value >> bits & 1));
    return result;
}

uint32_t coder_tree(coder *c, bit_model *tree, unsigned bits, uint32_t symbol)
{
    uint32_t node = 1;

    for (unsigned i = bits; i-- > 0;)
        node = node << 1 | coder_bit(c, &tree[node], symbol >> i & 1);
    return node - (1u << bits);
}

void tree_learn(bit_model *tree, unsigned bits, uint32_t symbol)
{
    uint32_t node = 1;

    for (unsigned i = bits; i-- > 0; node = node << 1 | (symbol >> i & 1))
        bit_learn(&tree[node], symbol >> i & 1);
}

void models_settle(bit_model *models, size_t count, unsigned most)
{
    for (size_t i = 0; i < count; i++)
        if ((models[i] & SEEN_MASK) > most)
            models[i] = (models[i] & ~SEEN_MASK) | most;
}

void number_settle(number_model *m, unsigned most)
{
    models_settle(m->length, 128, most);
    models_settle(m->top[0], sizeof m->top / sizeof m->top[0][0], most);
}

unsigned bit_length(uint64_t value)
{
    return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

uint64_t coder_number(coder *c, number_model *m, uint64_t value)
{
    unsigned length =
        coder_tree(c, m->length, bit_length(m->width), bit_length(value));
    uint32_t node = 1;
    uint64_t result = 1;
    unsigned left = length ? length - 1 : 0;

    if (length > m->width || length > 64) {
        coder_fault(c, N_("a number is longer than its column says"));
        return 0;
    }
    if (length == 0)
        return 0;
    for (int i = 0; i < NUMBER_LEARNED && left; i++) {
        unsigned bit = coder_bit(c, &m->top[length][node],
                                 (unsigned)(value >> --left & 1));
        node = node << 1 | bit;
        result = result << 1 | bit;
    }
    if (!left)
        return result;
    uint64_t mask = (1ull << left) - 1;
    return result << left | coder_raw(c, left, value & mask);
}

uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

int64_t unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

int64_t coder_signed(coder *c, number_model *m, int64_t value)
{
    return unzigzag(coder_number(c, m, zigzag(value)));
}

uint64_t coder_cost(const coder *c)
{
    uint64_t left = (uint64_t)c->high - c->low + 1;

    return 8 * c->shifted + (33 - bit_length(left));
}

/* The fewest bytes that, followed by zeros, lie between low and high: their
 * number; *value has them in its upper end. */
static int ending(uint32_t *value, uint32_t low, uint32_t high)
{
    for (int bytes = 0; bytes < 4; bytes++) {
        uint32_t below = UINT32_MAX >> (8 * bytes);
        uint64_t candidate = ((uint64_t)low + below) & ~(uint64_t)below;

        if (bytes == 0)
            candidate = 0;
        if (candidate >= low && candidate <= high) {
            *value = (uint32_t)candidate;
            return bytes;
        }
    }
    *value = low;
    return 4;
}

int coder_finish(coder *c)
{
    uint32_t value = 0;
    int bytes = ending(&value, c->low, c->high);

    if (!c->reading) {
        for (int i = 0; c->out && i < bytes; i++)
            buffer_byte(c->out, (uint8_t)(value >> (24 - 8 * i)));
        return TAWAM_OK;
    }
    if (!c->fault && c->shifted + (uint64_t)bytes != c->length)
        coder_fault(c, N_("bytes are left after the coded part"));
    if (!c->fault && c->code != value)
        coder_fault(c, N_("the coded part ends in another way than written"));
    if (c->fault)
        return changeset_damaged("%s", _(c->fault));
    return TAWAM_OK;
}
