/* SPDX-License-Identifier: MIT */
/* What the writer chooses for a column: by which method its values are told,
 * which cells that leaves over, and what the column depends on. Only the size
 * hangs on these choices, never what is read back; they follow from the values
 * alone, so that the same changes give the same bytes.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

/* Columns before this one that are tried as what it depends on. */
#define BESIDE_TRIED 32

lane_class lane_class_of(const twin_value *value)
{
    switch (value->kind) {
    case TWIN_KIND_INTEGER:
        return CLASS_INTEGER;
    case TWIN_KIND_REAL:
        return CLASS_REAL;
    case TWIN_KIND_TEXT:
        return CLASS_TEXT;
    case TWIN_KIND_BYTES:
        return CLASS_BYTES;
    default:
        return CLASS_NULL;
    }
}

/* ---- methods ---- */

static void plan_reals(lane *l)
{
    needs n = needs_of(l, TWIN_KIND_REAL);

    l->exponent = best_exponent(&n);
    l->method = LANE_DECIMAL;
}

/* Dates, datetimes or uuids, if three quarters of the texts are such. */
static void plan_texts(lane *l)
{
    size_t texts = 0, dates = 0, datetimes = 0, uuids = 0;
    int64_t number = 0;
    uint8_t bytes[16];

    for (size_t i = 0; i < l->count; i++) {
        const twin_value *value = lane_value(l, i);
        if (value->kind != TWIN_KIND_TEXT)
            continue;
        texts++;
        dates += date_scan(&number, value->bytes, value->length) != 0;
        datetimes += datetime_scan(&number, value->bytes, value->length) != 0;
        uuids += uuid_scan(bytes, value->bytes, value->length) != 0;
    }
    if (dates * 4 >= texts * 3)
        l->method = LANE_DATE;
    else if (datetimes * 4 >= texts * 3)
        l->method = LANE_DATETIME;
    else if (uuids * 4 >= texts * 3)
        l->method = LANE_UUID;
    else
        l->method = LANE_TEXT;
}

/* Points, geometries of any type, or bytes: by what most blobs are. */
static void plan_bytes(lane *l)
{
    needs n = needs_of(l, TWIN_KIND_BYTES);

    l->exponent = best_exponent(&n);
    l->method = n.points == n.total ? LANE_POINT : LANE_SHAPE;
    if (needs_fitting(&n, l->exponent) * 2 < n.total) {
        l->exponent = 0;
        l->method = LANE_BYTES;
    }
}

static void plan_method(lane *l)
{
    size_t kinds[TWIN_KIND_BYTES + 1] = {0};
    twin_kind most = TWIN_KIND_INTEGER;

    for (size_t i = 0; i < l->count; i++)
        kinds[lane_value(l, i)->kind]++;
    for (twin_kind k = TWIN_KIND_REAL; k <= TWIN_KIND_BYTES; k++)
        if (kinds[k] > kinds[most])
            most = k;
    l->method = LANE_NONE;
    if (kinds[most] == 0)
        return;
    if (most == TWIN_KIND_INTEGER)
        l->method = LANE_INTEGER;
    else if (most == TWIN_KIND_REAL)
        plan_reals(l);
    else if (most == TWIN_KIND_TEXT)
        plan_texts(l);
    else
        plan_bytes(l);
}

/* ---- regular or not ---- */

/* The numbers that a cell is to L's method: 1, or 0 if it does not fit. */
static int numbers_of(const lane *l, const twin_value *value, int64_t *first,
                      int64_t *second)
{
    uint8_t bytes[16];
    double xy[2];

    switch (l->method) {
    case LANE_INTEGER:
        *first = value->integer;
        return value->kind == TWIN_KIND_INTEGER;
    case LANE_DECIMAL:
        return value->kind == TWIN_KIND_REAL &&
               decimal_scale(first, value->real, l->exponent);
    case LANE_REAL:
        return value->kind == TWIN_KIND_REAL;
    case LANE_DATE:
        return value->kind == TWIN_KIND_TEXT &&
               date_scan(first, value->bytes, value->length);
    case LANE_DATETIME:
        return value->kind == TWIN_KIND_TEXT &&
               datetime_scan(first, value->bytes, value->length);
    case LANE_UUID:
        return value->kind == TWIN_KIND_TEXT &&
               uuid_scan(bytes, value->bytes, value->length);
    case LANE_WORDS:
    case LANE_TEXT:
        return value->kind == TWIN_KIND_TEXT &&
               !memchr(value->bytes, '\0', value->length);
    case LANE_BYTES:
        *first = (int64_t)value->length;
        return value->kind == TWIN_KIND_BYTES;
    case LANE_POINT:
        return value->kind == TWIN_KIND_BYTES &&
               shape_point(xy, value->bytes, value->length) &&
               decimal_scale(first, xy[0], l->exponent) &&
               decimal_scale(second, xy[1], l->exponent);
    case LANE_SHAPE:
        return value->kind == TWIN_KIND_BYTES &&
               shape_fits(value->bytes, value->length, l->exponent);
    default:
        return 0;
    }
}

static void plan_classes(lane *l)
{
    l->regular = 0;
    for (size_t i = 0; i < l->count; i++) {
        const twin_value *value = lane_value(l, i);
        int64_t first = 0, second = 0;
        if (!numbers_of(l, value, &first, &second)) {
            l->classes[i] = (uint8_t)lane_class_of(value);
            continue;
        }
        l->classes[i] = CLASS_REGULAR;
        l->first.values[l->regular] = first;
        l->second.values[l->regular] = second;
        l->regular++;
    }
}

/* ---- words ---- */

static int compare_words(const void *a, const void *b)
{
    return word_compare(a, b);
}

/* WORD in the sorted list, or NULL. */
static const twin_value *word_of(const twin_value *list, size_t count,
                                 const twin_value *word)
{
    return count ? bsearch(word, list, count, sizeof *list, compare_words)
                 : NULL;
}

/* The sorted distinct texts of L's regular cells into l->words. */
static int find_words(lane *l)
{
    size_t at = 0, distinct = 0;

    l->words = memory_array(l->regular, sizeof *l->words);
    if (!l->words)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < l->count; i++)
        if (l->classes[i] == CLASS_REGULAR)
            l->words[at++] = *lane_value(l, i);
    qsort(l->words, at, sizeof *l->words, compare_words);
    for (size_t i = 0; i < at; i++)
        if (i == 0 || word_compare(&l->words[i - 1], &l->words[i]) != 0)
            l->words[distinct++] = l->words[i];
    l->word_count = distinct;
    return TAWAM_OK;
}

/* Bits that strings are thought to cost a letter: once, and a repeat found. */
#define LETTER_BITS 3
#define REPEAT_BITS 20

/* What the words cost as a list, and as texts one by one. */
static void measure_words(const lane *l, uint64_t *list, uint64_t *texts)
{
    *list = 0;
    for (size_t i = 0; i < l->word_count; i++)
        *list += LETTER_BITS * (l->words[i].length + 1);
    *texts = *list + REPEAT_BITS * (l->regular - l->word_count);
}

/* L as words: *cost, or as texts if that is less. L's method is set. */
static int plan_words(lane *l, uint64_t *cost)
{
    uint64_t list = 0, texts = 0, codes = 0;
    size_t at = 0;

    if (find_words(l) < 0)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < l->count; i++) {
        if (l->classes[i] != CLASS_REGULAR)
            continue;
        const twin_value *word =
            bsearch(lane_value(l, i), l->words, l->word_count, sizeof *l->words,
                    compare_words);
        l->first.values[at++] = word - l->words;
    }
    l->first.count = l->regular;
    l->first.role = ROLE_WORDS;
    if (sequence_plan(&l->first) < 0 ||
        (l->regular && sequence_measure(&codes, &l->first) < 0))
        return TAWAM_EMEMORY;
    measure_words(l, &list, &texts);
    *cost = list + codes < texts ? list + codes : texts;
    l->method = list + codes < texts ? LANE_WORDS : LANE_TEXT;
    return TAWAM_OK;
}

/* Texts: as templates with fields if that is less than words or as they are.
 * L is a lane planned as texts; the better plan takes its place. */
static int plan_strings(lane *l, codec *x)
{
    uint64_t words = 0, fields = 0, templates = 0;
    lane other = {0};
    int possible = 0;

    if (lane_open(&other, x, l->layer, l->column, l->cells, l->count) < 0 ||
        fields_plan(&other, x, &possible) < 0 || plan_words(l, &words) < 0)
        goto failed;
    other.method = LANE_FIELDS;
    other.first.count = other.regular;
    other.first.role = ROLE_WORDS;
    if (possible && other.regular >= l->regular) {
        if (sequence_plan(&other.first) < 0 ||
            sequence_measure(&templates, &other.first) < 0 ||
            fields_measure(&fields, &other) < 0)
            goto failed;
        if (fields + templates < words) {
            lane swap = *l;
            *l = other;
            other = swap;
        }
    }
    lane_close(&other);
    return TAWAM_OK;
failed:
    lane_close(&other);
    return TAWAM_EMEMORY;
}

/* ---- dependence ---- */

/* Does the first sequence cost less, knowing another column's symbol? */
static int plan_beside(lane *l, codec *x)
{
    uint64_t best = 0, cost = 0;
    sequence trial = l->first;
    uint32_t tried = 0, chosen = UINT32_MAX;

    if (!sequence_uses_symbols(&l->first) || l->column == 0 || l->as_known ||
        !sequence_context_fits(&l->first, CONTEXT_COLUMN))
        return TAWAM_OK;
    if (sequence_measure(&best, &l->first) < 0)
        return TAWAM_EMEMORY;
    for (uint32_t j = l->column; j-- > 0 && tried < BESIDE_TRIED; tried++) {
        if (!x->marked[j])
            continue;
        l->beside = j;
        lane_gather_beside(l, x);
        trial = l->first;
        trial.context = CONTEXT_COLUMN;
        if (sequence_measure(&cost, &trial) < 0)
            return TAWAM_EMEMORY;
        if (cost + 8 < best) {
            best = cost;
            chosen = j;
        }
    }
    l->first.beside = NULL;
    if (chosen == UINT32_MAX)
        return TAWAM_OK;
    l->is_beside = 1;
    l->beside = chosen;
    l->first.context = CONTEXT_COLUMN;
    return TAWAM_OK;
}

/* Plan the sequences of all methods but those of strings. */
static int plan_sequences(lane *l)
{
    l->first.role = lane_role(l->method);
    l->second.role = ROLE_Y;
    l->first.count = l->regular;
    l->second.count = l->method == LANE_POINT ? l->regular : 0;
    if (l->method == LANE_REAL || l->method == LANE_UUID ||
        l->method == LANE_SHAPE)
        l->first.count = 0;
    if (sequence_plan(&l->first) < 0 || sequence_plan(&l->second) < 0)
        return TAWAM_EMEMORY;
    return TAWAM_OK;
}

/* Reals that are no decimals: by their places, as planned, or where they are
 * of many sizes each as it is (LANE_REAL)? */
static int plan_exact_reals(lane *l)
{
    int64_t *upper = memory_array(l->regular, sizeof *upper);
    sequence s = {.values = upper, .count = l->regular, .role = ROLE_DECIMAL};
    uint64_t plain = 0, places = 0;
    size_t at = 0;
    int result = TAWAM_EMEMORY;

    for (size_t i = 0; upper && i < l->count; i++) {
        uint64_t bits = 0;
        if (l->classes[i] != CLASS_REGULAR)
            continue;
        memcpy(&bits, &lane_value(l, i)->real, 8);
        upper[at++] = (int64_t)(bits >> (64 - REAL_LEARNED));
    }
    if (upper && l->regular && sequence_plan(&s) == TAWAM_OK &&
        sequence_measure(&plain, &s) == TAWAM_OK &&
        sequence_measure(&places, &l->first) == TAWAM_OK)
        result = TAWAM_OK;
    plain += (64 - REAL_LEARNED) * (uint64_t)l->regular;
    if (result == TAWAM_OK && plain < places) {
        sequence_clear(&l->first);
        l->method = LANE_REAL;
        l->exponent = 0;
        plan_classes(l);
        l->first.count = 0;
    }
    sequence_clear(&s);
    free(upper);
    return result;
}

/* ---- as the dictionary has it ---- */

/* Numbers told with the dictionary's exponent take little more than with the
 * one that serves them best. */
static int exponent_serves(const lane *l)
{
    int is_real = l->method == LANE_DECIMAL || l->method == LANE_REAL;
    needs n = {0};
    uint64_t best = 0, known = 0;

    if (!is_real && l->method != LANE_POINT && l->method != LANE_SHAPE)
        return 1;
    n = needs_of(l, is_real ? TWIN_KIND_REAL : TWIN_KIND_BYTES);
    best = cost_of_exponent(&n, best_exponent(&n));
    known = l->method == LANE_REAL ? COST_OF_REAL * n.total
                                   : cost_of_exponent(&n, l->exponent);
    return known <= best + best / 3 + 200 * COST_OF_DECIMAL;
}

/* The regular cells' words: the dictionary's, then those it has not, sorted;
 * *fresh how many. */
static int known_words(lane *l, size_t *fresh)
{
    const lane_known *k = l->known;
    size_t many = 0;

    *fresh = 0;
    l->words = memory_array(k->word_count + l->regular, sizeof *l->words);
    if (!l->words)
        return TAWAM_EMEMORY;
    memcpy(l->words, k->words, k->word_count * sizeof *l->words);
    for (size_t i = 0; i < l->count; i++) {
        const twin_value *value = lane_value(l, i);
        if (l->classes[i] == CLASS_REGULAR &&
            !word_of(k->words, k->word_count, value))
            l->words[k->word_count + many++] = *value;
    }
    qsort(l->words + k->word_count, many, sizeof *l->words, compare_words);
    for (size_t i = 0; i < many; i++) {
        twin_value *at = &l->words[k->word_count + i];
        if (i == 0 || word_compare(at - 1, at) != 0)
            l->words[k->word_count + (*fresh)++] = *at;
    }
    l->word_count = k->word_count + *fresh;
    return TAWAM_OK;
}

static void number_known_words(lane *l)
{
    size_t known = l->known->word_count, at = 0;

    for (size_t i = 0; i < l->count; i++) {
        const twin_value *value = lane_value(l, i), *word = NULL;
        if (l->classes[i] != CLASS_REGULAR)
            continue;
        word = word_of(l->words, known, value);
        if (!word)
            word = word_of(l->words + known, l->word_count - known, value);
        l->first.values[at++] = word - l->words;
    }
}

/* *fits: L's values are such as the dictionary's were, and it is planned so. */
static int plan_known(lane *l, codec *x, int *fits)
{
    size_t fresh = 0;

    *fits = 0;
    lane_take_known(l, x);
    if (!exponent_serves(l))
        return TAWAM_OK;
    if (l->method == LANE_FIELDS) {
        if (fields_plan_known(l, x) < 0)
            return error_code();
    } else {
        plan_classes(l);
    }
    if (l->method == LANE_WORDS && known_words(l, &fresh) < 0)
        return TAWAM_EMEMORY;
    if ((l->count - l->regular) * 2 > l->count || fresh * 2 > l->regular + 1)
        return TAWAM_OK;
    if (l->method == LANE_WORDS)
        number_known_words(l);
    l->first.count = l->regular;
    if (l->is_beside)
        lane_gather_beside(l, x);
    if (l->method == LANE_WORDS || l->method == LANE_FIELDS) {
        l->first.role = ROLE_WORDS;
        if (sequence_plan(&l->first) < 0)
            return TAWAM_EMEMORY;
    } else if (l->method == LANE_TEXT) {
        l->first.count = 0;
    } else if (plan_sequences(l) < 0) {
        return TAWAM_EMEMORY;
    }
    *fits = 1;
    return TAWAM_OK;
}

static int plan_fresh(lane *l, codec *x)
{
    int result = TAWAM_OK;

    plan_method(l);
    plan_classes(l);
    result = l->method == LANE_TEXT ? plan_strings(l, x) : plan_sequences(l);
    if (result == TAWAM_OK && l->method == LANE_DECIMAL &&
        l->exponent == EXPONENT_EXACT)
        result = plan_exact_reals(l);
    if (result < 0)
        return result;
    if (l->method == LANE_TEXT)
        l->first.count = 0;
    /* Of points the file has no room to say what they depend on. */
    return l->first.count && l->method != LANE_POINT ? plan_beside(l, x)
                                                     : TAWAM_OK;
}

int lane_plan(lane *l, codec *x)
{
    const lane_known *known = l->known;
    changeset_layer *layer = l->layer;
    uint32_t column = l->column;
    const lane_cell *cells = l->cells;
    size_t count = l->count;
    int fits = 0;

    if (!known)
        return plan_fresh(l, x);
    if (plan_known(l, x, &fits) < 0)
        return error_code();
    if (fits)
        return TAWAM_OK;
    lane_close(l);
    if (lane_open(l, x, layer, column, cells, count) < 0)
        return error_code();
    return plan_fresh(l, x);
}
