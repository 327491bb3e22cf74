/* SPDX-License-Identifier: MIT */
/* Strings: through the coder letter by letter in small files, or as plain
 * bytes for zstd in large ones.
 *
 * A letter's bits are predicted from the 0 to 5 letters before: one chance
 * each, and a mix of them whose weights learn which orders can be trusted. No
 * general packer does as well on a few hundred bytes, since it must first tell
 * its tables; for megabytes zstd is as good and a hundred times faster.
 *
 * Invariants: only integers, no shifts of negative numbers, so the mix is the
 * same on every machine; the reader bounds letters by LETTERS_MOST.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

#define ORDERS 6     /* predicted from 0 .. 5 letters */
#define SLOT_BITS 16 /* models an order */
#define WEIGHT_ONE 65536
#define BIAS ORDERS /* the mixer's constant input */

/* 4096 / (1 + e^-x), x from -8 to 8 in halves. */
static const int16_t SQUASH[33] = {
    1,    2,    4,    6,    10,   17,   27,   45,   74,   120,  194,
    311,  488,  747,  1102, 1546, 2048, 2550, 2994, 3349, 3608, 3785,
    3902, 3976, 4022, 4051, 4069, 4079, 4086, 4090, 4092, 4094, 4095};

struct letters {
    int16_t stretch[4096];                   /* inverse of squash */
    int32_t weights[ORDERS + 1][ORDERS + 1]; /* by orders that know a bit */
    uint64_t history;                        /* the last eight letters */
    uint32_t hashes[ORDERS];    /* of the letters before, and kind */
    bit_model *at[ORDERS];      /* the models of the bit at hand */
    int32_t inputs[ORDERS + 1]; /* their stretched chances */
    bit_model slots[ORDERS][1 << SLOT_BITS];
};

/* What every writer and reader has seen before the first letter. */
static const char KNOWN[] =
    "household\0water_point\0street_light\0uuid\0geom\0code\0name\0name_fr\0"
    "name_ar\0commune_code\0douar_code\0head_name\0phone\0persons\0children\0"
    "birth_year\0visited_on\0recorded_at\0status\0remark\0type\0owner\0"
    "water_source\0distance_km\0electricity\0internet\0";

/* x in 1/256, -2047 to 2047, to a chance of 1 to 4095 in 4096. */
static int32_t squash(int32_t x)
{
    uint32_t place = 0, part = 0;

    if (x < -2047)
        x = -2047;
    if (x > 2047)
        x = 2047;
    place = (uint32_t)(x + 2048) >> 7;
    part = (uint32_t)(x + 2048) & 127;
    return (int32_t)(((uint32_t)SQUASH[place] * (128 - part) +
                      (uint32_t)SQUASH[place + 1] * part + 64) >>
                     7);
}

static void fill_stretch(letters *l)
{
    int32_t next = 0;

    for (int32_t x = -2047; x <= 2047; x++)
        for (int32_t chance = squash(x); next <= chance; next++)
            l->stretch[next] = (int16_t)x;
    while (next < 4096)
        l->stretch[next++] = 2047;
}

int letters_new(letters **out)
{
    letters *l = memory_new(sizeof *l);
    coder teacher;

    if (!l)
        return TAWAM_EMEMORY;
    fill_stretch(l);
    for (int i = 0; i <= ORDERS; i++)
        for (int j = 0; j < ORDERS; j++)
            l->weights[i][j] = WEIGHT_ONE * 3 / 10;
    coder_write(&teacher, NULL);
    for (size_t i = 0; i + 1 < sizeof KNOWN; i++)
        letters_code(l, &teacher, STRING_NAME, (uint8_t)KNOWN[i]);
    *out = l;
    return TAWAM_OK;
}

void letters_free(letters *l)
{
    free(l);
}

static void find_hashes(letters *l, int kind)
{
    for (unsigned i = 0; i < ORDERS; i++) {
        uint64_t context =
            i ? l->history << (64 - 8 * i) >> (64 - 8 * i) : (uint64_t)kind;
        uint64_t mixed = (context + 1) * 0x9e3779b97f4a7c15ull + i;
        l->hashes[i] = (uint32_t)((mixed * 0xbf58476d1ce4e5b9ull) >> 32);
    }
}

/* The chance that the next bit is 1, from 1 to 4095; *set is the weights'. */
static int32_t predict(letters *l, uint32_t node, int32_t **set)
{
    int64_t sum = 0;
    unsigned knowing = 0, seen = 0;

    for (unsigned i = 0; i < ORDERS; i++) {
        uint32_t slot = (l->hashes[i] + node * 0x9e3779b1u) * 0x85ebca6bu;
        l->at[i] = &l->slots[i][slot >> (32 - SLOT_BITS)];
        l->inputs[i] = l->stretch[bit_chance(*l->at[i], &seen) >> 10];
        knowing += seen > 0;
    }
    l->inputs[BIAS] = 256;
    *set = l->weights[knowing];
    for (unsigned i = 0; i <= ORDERS; i++)
        sum += (int64_t)(*set)[i] * l->inputs[i];
    sum /= WEIGHT_ONE;
    if (sum > 2047)
        sum = 2047;
    if (sum < -2047)
        sum = -2047;
    return squash((int32_t)sum);
}

static void learn(letters *l, int32_t *set, int32_t chance, unsigned bit)
{
    int32_t error = (int32_t)(bit << 12) - chance;

    for (unsigned i = 0; i < ORDERS; i++)
        bit_learn(l->at[i], bit);
    for (unsigned i = 0; i <= ORDERS; i++)
        set[i] += l->inputs[i] * error * 10 / 1024;
}

uint8_t letters_code(letters *l, coder *c, int kind, uint8_t letter)
{
    uint32_t node = 1;

    find_hashes(l, kind);
    for (unsigned i = 8; i-- > 0;) {
        int32_t *set = NULL;
        int32_t chance = predict(l, node, &set);
        unsigned bit =
            coder_chance(c, (uint32_t)chance << 10, letter >> i & 1u);
        learn(l, set, chance, bit);
        node = node << 1 | bit;
    }
    l->history = l->history << 8 | (node & 255);
    return (uint8_t)node;
}

/* ---- strings ---- */

/* Reading: COUNT letters more, in memory and by the format. */
static int allow_letters(codec *x, size_t count)
{
    if (count > LETTERS_MOST - x->lettered)
        return changeset_damaged(_("its strings are longer than %d bytes"),
                                 LETTERS_MOST);
    x->lettered += count;
    return TAWAM_OK;
}

static int read_letters(codec *x, int kind, const char **bytes, size_t *length,
                        size_t most)
{
    buffer text = {0};
    uint8_t letter = 0;
    int result = TAWAM_OK;

    do {
        if ((result = allow_letters(x, 1)) < 0)
            goto cleanup;
        letter = letters_code(x->letters, &x->coder, kind, 0);
        if (x->coder.fault) {
            result = changeset_damaged("%s", _(x->coder.fault));
            goto cleanup;
        }
        buffer_byte(&text, letter);
    } while (letter && text.length <= most);
    if ((result = buffer_check(&text)) < 0 ||
        (result = codec_take(x, text.length)) < 0)
        goto cleanup;
    if (letter)
        result =
            changeset_damaged(_("a string is longer than %zu bytes"), most);
    else if (!(*bytes = arena_copy(x->set->memory, text.data, text.length)))
        result = TAWAM_EMEMORY;
    *length = text.length - 1;
cleanup:
    buffer_free(&text);
    return result;
}

static int lend_string(codec *x, const char **bytes, size_t *length,
                       size_t most)
{
    const char *start = x->text_in + x->text_position;
    const char *end = memchr(start, '\0', x->text_length - x->text_position);

    if (!end)
        return changeset_damaged(_("a string does not end"));
    if ((size_t)(end - start) > most)
        return changeset_damaged(_("a string is longer than %zu bytes"), most);
    *bytes = start;
    *length = (size_t)(end - start);
    x->text_position += *length + 1;
    return TAWAM_OK;
}

static void write_letters(codec *x, int kind, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        letters_code(x->letters, &x->coder, kind, (uint8_t)bytes[i]);
    x->lettered += length;
}

int codec_string(codec *x, int kind, const char **bytes, size_t *length,
                 size_t most)
{
    if (x->coder.reading)
        return x->letters ? read_letters(x, kind, bytes, length, most)
                          : lend_string(x, bytes, length, most);
    if (x->letters) {
        write_letters(x, kind, *bytes, *length);
        write_letters(x, kind, "", 1);
    } else {
        buffer_bytes(x->text_out, *bytes, *length);
        buffer_byte(x->text_out, 0);
    }
    return TAWAM_OK;
}

static int read_bytes(codec *x, int kind, const char **bytes, size_t length)
{
    char *room = NULL;

    if (allow_letters(x, length) < 0 || codec_take(x, length) < 0)
        return error_code();
    room = arena_alloc(x->set->memory, length);
    if (!room)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < length && !x->coder.fault; i++)
        room[i] = (char)letters_code(x->letters, &x->coder, kind, 0);
    *bytes = room;
    return TAWAM_OK;
}

int codec_bytes(codec *x, int kind, const char **bytes, size_t length)
{
    if (x->letters && x->coder.reading)
        return read_bytes(x, kind, bytes, length);
    if (x->letters) {
        write_letters(x, kind, *bytes, length);
    } else if (!x->coder.reading) {
        buffer_bytes(x->text_out, *bytes, length);
    } else {
        if (length > x->text_length - x->text_position)
            return changeset_damaged(_("a text is longer than what is left"));
        *bytes = x->text_in + x->text_position;
        x->text_position += length;
    }
    return TAWAM_OK;
}
