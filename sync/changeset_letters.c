/* SPDX-License-Identifier: MIT */
/* Strings: through the coder letter by letter in small files, or as plain
 * bytes for zstd in large ones.
 *
 * A letter's bits are predicted from the 0 to 4 letters before and from the
 * whole string so far: one chance each, and a mix of them whose weights learn
 * which orders can be trusted. No general packer does as well on a few hundred
 * bytes, since it must first tell its tables; for megabytes zstd is as good and
 * a hundred times faster.
 *
 * Invariants: only integers, no shifts of negative numbers, so the mix is the
 * same on every machine; the reader bounds letters by LETTERS_MOST.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

#define ORDERS 6     /* 0 .. 4 letters before, the string so far */
#define LINE_BITS 13 /* lines an order, each of 16 models: a half letter's */
#define WEIGHT_ONE 65536
#define WEIGHT_MOST (64 * WEIGHT_ONE)
#define BIAS ORDERS /* the mixer's constant input */

/* 4096 / (1 + e^-x), x from -8 to 8 in halves. */
static const int16_t SQUASH[33] = {
    1,    2,    4,    6,    10,   17,   27,   45,   74,   120,  194,
    311,  488,  747,  1102, 1546, 2048, 2550, 2994, 3349, 3608, 3785,
    3902, 3976, 4022, 4051, 4069, 4079, 4086, 4090, 4092, 4094, 4095};

struct letters {
    int16_t stretch[4096];                   /* inverse of squash */
    int16_t squash[4096];                    /* by x + 2047 */
    int32_t weights[ORDERS + 1][ORDERS + 1]; /* by orders that know a bit */
    uint64_t history;                        /* the last eight letters */
    uint64_t string;                         /* hash of those since a NUL */
    uint32_t hashes[ORDERS]; /* of the letters before, and kind */
    const letters *base;     /* lines that are not here yet are its; or NULL */
    uint8_t here[ORDERS][1 << LINE_BITS];
    bit_model lines[ORDERS][1 << LINE_BITS][16];
};

/* What every writer and reader has seen before the first letter. */
static const char KNOWN[] =
    "id\0nom\0name\0name_fr\0name_ar\0name_latin\0phone\0telephone\0address\0"
    "adresse\0type\0date\0start\0end\0status\0statut\0etat\0remark\0remarque\0"
    "persons\0children\0rooms\0owner\0tenant\0birth_year\0visited_on\0"
    "recorded_at\0latitude\0longitude\0population\0households\0area_km2\0"
    "school\0road_segment\0health_centre\0waste_point\0bus_stop\0yes\0no\0"
    "oui\0non\0true\0false\0rural\0urban\0bridge\0facade\0garden\0low\0off\0"
    "ok\0on\0park\0parking\0playground\0road\0sidewalk\0tunnel\0street_light\0"
    "uuid\0code\0commune_code\0douar_code\0circuit\0location_category\0"
    "status\0power_state\0lamp_technology\0power_rating\0illuminance_level\0"
    "lantern_height\0date_last_lamp_change\0date_last_inspection\0"
    "demonstration\0note\0geom\0absent\0association\0borehole\0by_volume\0"
    "commune\0electric_pump\0flat_fee\0free\0gravity\0hand_pump\0improved\0"
    "none\0not_tested\0operator\0present\0protected_spring\0protected_well\0"
    "public_tap\0rope_bucket\0solar_pump\0survey\0tap\0unimproved\0unknown\0"
    "unprotected_spring\0unprotected_well\0water_point\0uuid\0code\0"
    "commune_code\0douar_code\0report_date\0source\0status_id\0water_source\0"
    "water_tech\0facility_type\0management\0install_year\0pay\0"
    "fecal_coliform_presence\0people_served\0distance_paved_road_km\0"
    "demonstration\0note\0geom\0bottled\0charcoal\0completed\0electricity\0"
    "firewood\0fixed_broadband\0flush_septic\0flush_sewer\0gas\0grid\0"
    "mobile_broadband\0municipal_bin\0open\0other\0piped\0pit_no_slab\0"
    "pit_slab\0planned\0rainwater\0satellite\0solar\0surface\0tanker\0"
    "to_check\0truck\0household\0uuid\0code\0commune_code\0douar_code\0"
    "survey_date\0visit_status\0members\0adults\0water_source\0"
    "water_on_premises\0water_round_trip\0water_available\0toilet\0"
    "toilet_shared\0power_source\0cooking_fuel\0waste_disposal\0"
    "internet_access\0internet_type\0internet_users\0mobile_owners\0"
    "demonstration\0note\0geom\0";

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
        l->squash[x + 2047] = (int16_t)squash(x);

    for (int32_t x = -2047; x <= 2047; x++)
        for (int32_t chance = squash(x); next <= chance; next++)
            l->stretch[next] = (int16_t)x;
    while (next < 4096)
        l->stretch[next++] = 2047;
}

/* Letters that have seen KNOWN, made once a process: teaching takes long. */
static _Atomic(letters *) taught;
/* Megabytes that a file used last, for the next one: new memory would have to
 * be cleared by the kernel page by page. */
static _Atomic(letters *) spare;

static int teach(letters **out)
{
    letters *l = memory_new(sizeof *l), *first = NULL;
    coder teacher;

    if (!l)
        return TAWAM_EMEMORY;
    fill_stretch(l);
    memset(l->here, 1, sizeof l->here);
    for (int i = 0; i <= ORDERS; i++)
        for (int j = 0; j < ORDERS; j++)
            l->weights[i][j] = WEIGHT_ONE * 3 / 10;
    coder_write(&teacher, NULL);
    for (size_t i = 0; i + 1 < sizeof KNOWN; i++)
        letters_code(l, &teacher, STRING_NAME, (uint8_t)KNOWN[i]);
    if (!atomic_compare_exchange_strong(&taught, &first, l)) {
        free(l); /* another thread was faster */
        l = first;
    }
    *out = l;
    return TAWAM_OK;
}

int letters_new(letters **out, const letters *from)
{
    letters *known = atomic_load(&taught), *l = NULL;

    if (!from && !known && teach(&known) < 0)
        return TAWAM_EMEMORY;
    from = from ? from : known;
    l = atomic_exchange(&spare, NULL);
    if (!l)
        l = memory_new(sizeof *l);
    if (!l)
        return TAWAM_EMEMORY;
    memcpy(l, from, offsetof(letters, here));
    memset(l->here, 0, sizeof l->here);
    l->base = from;
    *out = l;
    return TAWAM_OK;
}

void letters_free(letters *l)
{
    letters *before = l ? atomic_exchange(&spare, l) : NULL;

    free(before);
}

void letters_complete(letters *l)
{
    for (size_t i = 0; i < ORDERS; i++)
        for (size_t j = 0; j < (size_t)1 << LINE_BITS; j++)
            if (!l->here[i][j])
                memcpy(l->lines[i][j], l->base->lines[i][j],
                       sizeof l->lines[i][j]);
    memset(l->here, 1, sizeof l->here);
    l->base = NULL;
}

/* What each order looks at: the kind alone, the last 1 to 4 letters, and the
 * whole string so far. */
static void find_hashes(letters *l, int kind)
{
    for (unsigned i = 0; i < ORDERS; i++) {
        uint64_t context = (uint64_t)kind;
        if (i == ORDERS - 1)
            context = l->string * 4 + (uint64_t)kind;
        else if (i > 0)
            context = l->history << (64 - 8 * i) >> (64 - 8 * i);
        context = (context + 1) * 0x9e3779b97f4a7c15ull + i;
        l->hashes[i] = (uint32_t)((context * 0xbf58476d1ce4e5b9ull) >> 32);
    }
}

/* The chance that the next bit is 1, from 1 to 4095, as NODE's models in LINES
 * have it; *set is the weights', INPUTS what they weigh. */
static inline int32_t predict(letters *l, bit_model *const lines[ORDERS],
                              uint32_t node, int32_t inputs[ORDERS + 1],
                              int32_t **set)
{
    int64_t sum = 0;
    unsigned knowing = 0;

#pragma GCC unroll 8
    for (unsigned i = 0; i < ORDERS; i++) {
        bit_model m = lines[i][node];
        inputs[i] = l->stretch[(m ^ (1u << 31)) >> 20];
        knowing += (m & SEEN_MASK) > 0;
    }
    inputs[BIAS] = 256;
    *set = l->weights[knowing];
#pragma GCC unroll 8
    for (unsigned i = 0; i <= ORDERS; i++)
        sum += (int64_t)(*set)[i] * inputs[i];
    sum /= WEIGHT_ONE;
    if (sum > 2047)
        sum = 2047;
    if (sum < -2047)
        sum = -2047;
    return l->squash[sum + 2047];
}

static inline void learn(bit_model *const lines[ORDERS], uint32_t node,
                         const int32_t inputs[ORDERS + 1], int32_t *set,
                         int32_t chance, unsigned bit)
{
    int32_t error = (int32_t)(bit << 12) - chance;

#pragma GCC unroll 8
    for (unsigned i = 0; i < ORDERS; i++)
        bit_learn(&lines[i][node], bit);
#pragma GCC unroll 8
    for (unsigned i = 0; i <= ORDERS; i++) {
        int32_t weight = set[i] + inputs[i] * error / 1024;
        if (weight <= WEIGHT_MOST && weight >= -WEIGHT_MOST)
            set[i] = weight;
    }
}

/* Half a letter, the upper one (PART 0) or the lower (16 + the upper). Its
 * models lie side by side. */
static unsigned code_half(letters *l, coder *c, unsigned part, unsigned half)
{
    bit_model *lines[ORDERS];
    int32_t inputs[ORDERS + 1], *set = NULL;
    uint32_t node = 1;

    for (unsigned i = 0; i < ORDERS; i++) {
        uint32_t line = (l->hashes[i] + part * 0x9e3779b1u) * 0x85ebca6bu;
        line >>= 32 - LINE_BITS;
        lines[i] = l->lines[i][line];
        if (!l->here[i][line]) {
            l->here[i][line] = 1;
            memcpy(lines[i], l->base->lines[i][line], sizeof l->lines[i][line]);
        }
    }
    for (unsigned i = 4; i-- > 0;) {
        int32_t chance = predict(l, lines, node, inputs, &set);
        unsigned bit = coder_chance(c, (uint32_t)chance << 10, half >> i & 1u);
        learn(lines, node, inputs, set, chance, bit);
        node = node << 1 | bit;
    }
    return node & 15;
}

uint8_t letters_code(letters *l, coder *c, int kind, uint8_t letter)
{
    unsigned upper = 0;

    find_hashes(l, kind);
    upper = code_half(l, c, 0, letter >> 4);
    letter = (uint8_t)(upper << 4 | code_half(l, c, 16 + upper, letter & 15));
    l->history = l->history << 8 | letter;
    l->string = letter ? (l->string + letter + 1) * 0x2545f4914f6cdd1dull : 0;
    return letter;
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
    /* Beyond what letters serve, nothing is kept: count only. */
    for (size_t i = 0; i < length && x->lettered + i <= LETTERS_MOST; i++)
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
