/* SPDX-License-Identifier: MIT */
/* Texts with numbers in them (phone numbers, codes of communes, "HH-0012/7"),
 * told as a few templates and columns of integers.
 *
 * A template is the text with each run of digits replaced by one byte: 1 to 18
 * for a run of just so many digits, leading zeros kept, or 19 for a number
 * without leading zeros. Texts that contain bytes up to 19 themselves, longer
 * runs or more than FIELDS_MOST runs are not told this way.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

#define FIELD_DIGITS 18 /* 10^18 fits in 63 bits */
#define FIELD_FREE 19
#define TEMPLATES_MOST 32
#define TEMPLATE_BYTES 128

typedef struct run {
    size_t start, length;
} run;

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The runs of digits of TEXT; -1 if it can't be told by a template. */
static int find_runs(run runs[FIELDS_MOST], const char *text, size_t length)
{
    int count = 0;

    if (length > TEMPLATE_BYTES)
        return -1;
    for (size_t i = 0; i < length;) {
        size_t start = i;
        if ((unsigned char)text[i] <= FIELD_FREE)
            return -1;
        while (i < length && is_digit(text[i]))
            i++;
        if (i == start) {
            i++;
            continue;
        }
        if (count == FIELDS_MOST || i - start > FIELD_DIGITS)
            return -1;
        runs[count++] = (run){start, i - start};
    }
    return count;
}

static int64_t run_value(const char *text, const run *r)
{
    int64_t value = 0;

    for (size_t i = 0; i < r->length; i++)
        value = value * 10 + (text[r->start + i] - '0');
    return value;
}

/* ---- finding templates ---- */

/* TEXT with CODES in place of its runs, into OUT; returns its length. */
static size_t make_template(char out[TEMPLATE_BYTES], const char *text,
                            size_t length, const run *runs, int count,
                            const uint8_t *codes)
{
    size_t at = 0, from = 0;

    for (int i = 0; i < count; i++) {
        memcpy(out + at, text + from, runs[i].start - from);
        at += runs[i].start - from;
        out[at++] = (char)codes[i];
        from = runs[i].start + runs[i].length;
    }
    memcpy(out + at, text + from, length - from);
    return at + length - from;
}

/* Texts that differ only in their digits, while templates are looked for. */
typedef struct pattern {
    char bytes[TEMPLATE_BYTES]; /* with code FIELD_FREE for every run */
    size_t length;
    int count;
    size_t least[FIELDS_MOST], most[FIELDS_MOST]; /* digits */
    uint8_t codes[FIELDS_MOST];
} pattern;

typedef struct patterns {
    pattern all[TEMPLATES_MOST];
    int count;
} patterns;

static const uint8_t ALL_FREE[FIELDS_MOST] = {
    FIELD_FREE, FIELD_FREE, FIELD_FREE, FIELD_FREE,
    FIELD_FREE, FIELD_FREE, FIELD_FREE, FIELD_FREE};

/* The pattern of TEXT; -1 if it has none, or too many are there already. */
static int find_pattern(patterns *p, const char *text, size_t length,
                        run runs[FIELDS_MOST], int *count, int add)
{
    char bytes[TEMPLATE_BYTES];
    size_t size = 0;

    *count = find_runs(runs, text, length);
    if (*count < 0)
        return -1;
    size = make_template(bytes, text, length, runs, *count, ALL_FREE);
    for (int i = 0; i < p->count; i++)
        if (p->all[i].length == size &&
            memcmp(p->all[i].bytes, bytes, size) == 0)
            return i;
    if (!add || p->count == TEMPLATES_MOST)
        return -1;
    pattern *fresh = &p->all[p->count];
    *fresh = (pattern){.length = size, .count = *count};
    memcpy(fresh->bytes, bytes, size);
    for (int i = 0; i < *count; i++)
        fresh->least[i] = FIELD_DIGITS + 1;
    return p->count++;
}

/* 0 if L's texts have too many patterns, or no digits. */
static int collect(patterns *p, const lane *l)
{
    run runs[FIELDS_MOST];
    int count = 0, any = 0;

    for (size_t i = 0; i < l->count; i++) {
        const twin_value *value = lane_value(l, i);
        if (value->kind != TWIN_KIND_TEXT ||
            find_runs(runs, value->bytes, value->length) < 0)
            continue;
        int at = find_pattern(p, value->bytes, value->length, runs, &count, 1);
        if (at < 0)
            return 0;
        for (int k = 0; k < count; k++) {
            pattern *x = &p->all[at];
            x->least[k] =
                runs[k].length < x->least[k] ? runs[k].length : x->least[k];
            x->most[k] =
                runs[k].length > x->most[k] ? runs[k].length : x->most[k];
            any = 1;
        }
    }
    return any;
}

static int compare_patterns(const void *a, const void *b)
{
    const pattern *x = a, *y = b;
    twin_value v = {.bytes = x->bytes, .length = x->length};
    twin_value w = {.bytes = y->bytes, .length = y->length};

    return word_compare(&v, &w);
}

/* A run is fixed where all are equally long. Then the templates in order. */
static int settle(lane *l, patterns *p)
{
    char *bytes = memory_array((size_t)p->count, TEMPLATE_BYTES);

    l->words = memory_array((size_t)p->count, sizeof *l->words);
    l->template_bytes = bytes;
    if (!bytes || !l->words)
        return TAWAM_EMEMORY;
    qsort(p->all, (size_t)p->count, sizeof *p->all, compare_patterns);
    for (int i = 0; i < p->count; i++, bytes += TEMPLATE_BYTES) {
        pattern *x = &p->all[i];
        int field = 0;
        memcpy(bytes, x->bytes, x->length);
        for (size_t j = 0; j < x->length; j++) {
            if (bytes[j] != FIELD_FREE)
                continue;
            x->codes[field] = x->least[field] == x->most[field]
                                  ? (uint8_t)x->most[field]
                                  : FIELD_FREE;
            bytes[j] = (char)x->codes[field++];
        }
        l->words[i] = (twin_value){.bytes = bytes, .length = x->length};
    }
    l->word_count = (size_t)p->count;
    return TAWAM_OK;
}

/* ---- fields as sequences ---- */

static int count_fields(const twin_value *template)
{
    int count = 0;

    for (size_t i = 0; i < template->length; i++)
        count += (unsigned char)template->bytes[i] <= FIELD_FREE;
    return count;
}

/* Room for the fields of all templates; first.values tells how many cells
 * each has. */
static int open_fields(lane *l, codec *x)
{
    size_t *cells = memory_array(l->word_count, sizeof *cells), numbers = 0;
    int64_t *room = NULL;

    if (!cells)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < l->regular; i++)
        cells[l->first.values[i]]++;
    for (size_t i = 0; i < l->word_count; i++)
        numbers += cells[i] * (size_t)count_fields(&l->words[i]);
    l->fields = memory_array(l->word_count, FIELDS_MOST * sizeof *l->fields);
    if (codec_take(x, numbers * sizeof *room) == TAWAM_OK)
        room = l->field_numbers = memory_array(numbers, sizeof *room);
    if (l->keep) {
        l->keep->word_count = l->word_count;
        l->keep->fields =
            memory_array(l->word_count, FIELDS_MOST * sizeof *l->keep->fields);
    }
    for (size_t i = 0; room && l->fields && i < l->word_count; i++)
        for (int k = 0; k < count_fields(&l->words[i]); k++) {
            size_t field = i * FIELDS_MOST + (size_t)k;
            l->fields[field] = (sequence){
                .values = room,
                .count = cells[i],
                .role = ROLE_FIELD,
                .known = l->as_known ? &l->known->fields[field] : NULL,
                .keep = l->keep && l->keep->fields ? &l->keep->fields[field]
                                                   : NULL};
            room += cells[i];
        }
    free(cells);
    if (!room || !l->fields || (l->keep && !l->keep->fields))
        return error_code();
    return TAWAM_OK;
}

void fields_close(lane *l)
{
    for (size_t i = 0; l->fields && i < l->word_count * FIELDS_MOST; i++)
        sequence_clear(&l->fields[i]);
    free(l->fields);
    free(l->field_numbers);
    free(l->template_bytes);
}

/* A cell fits its pattern if no free run has leading zeros, and a fixed one
 * its length. */
static int cell_fits(const pattern *p, const char *text, const run *runs)
{
    for (int i = 0; i < p->count; i++) {
        if (p->codes[i] != FIELD_FREE && runs[i].length != p->codes[i])
            return 0;
        if (p->codes[i] == FIELD_FREE && runs[i].length > 1 &&
            text[runs[i].start] == '0')
            return 0;
    }
    return 1;
}

/* Classes, template and fields of each cell. */
static int fill_fields(lane *l, codec *x, patterns *p)
{
    size_t used[TEMPLATES_MOST] = {0};
    run runs[FIELDS_MOST];
    int count = 0;

    l->regular = 0;
    for (size_t i = 0; i < l->count; i++) {
        const twin_value *value = lane_value(l, i);
        int at =
            value->kind != TWIN_KIND_TEXT
                ? -1
                : find_pattern(p, value->bytes, value->length, runs, &count, 0);
        int fits = at >= 0 && cell_fits(&p->all[at], value->bytes, runs);
        l->classes[i] = (uint8_t)(fits ? CLASS_REGULAR : lane_class_of(value));
        if (fits)
            l->first.values[l->regular++] = at;
    }
    if (open_fields(l, x) < 0)
        return error_code();
    for (size_t i = 0; i < l->count; i++) {
        const twin_value *value = lane_value(l, i);
        if (l->classes[i] != CLASS_REGULAR)
            continue;
        int at = find_pattern(p, value->bytes, value->length, runs, &count, 0);
        for (int k = 0; k < count; k++)
            l->fields[(size_t)at * FIELDS_MOST + (size_t)k].values[used[at]] =
                run_value(value->bytes, &runs[k]);
        used[at]++;
    }
    return TAWAM_OK;
}

int fields_plan(lane *l, codec *x, int *possible)
{
    patterns *p = memory_new(sizeof *p);
    int result = TAWAM_OK;

    *possible = 0;
    if (!p)
        return TAWAM_EMEMORY;
    if (!collect(p, l))
        goto cleanup;
    if ((result = settle(l, p)) < 0 || (result = fill_fields(l, x, p)) < 0)
        goto cleanup;
    for (size_t i = 0; i < l->word_count * FIELDS_MOST; i++)
        if ((result = sequence_plan(&l->fields[i])) < 0)
            goto cleanup;
    *possible = 1;
cleanup:
    free(p);
    return result;
}

/* Those of the dictionary. */
static int take_templates(lane *l)
{
    l->words = memory_array(l->known->word_count, sizeof *l->words);
    if (!l->words)
        return TAWAM_EMEMORY;
    memcpy(l->words, l->known->words, l->known->word_count * sizeof *l->words);
    l->word_count = l->known->word_count;
    return TAWAM_OK;
}

/* The dictionary's templates as patterns. */
static int take_patterns(lane *l, patterns *p)
{
    if (l->known->word_count > TEMPLATES_MOST || take_templates(l) < 0)
        return error_code();
    for (size_t i = 0; i < l->word_count; i++) {
        const twin_value *word = &l->words[i];
        pattern *x = &p->all[p->count++];
        *x = (pattern){.length = word->length};
        for (size_t j = 0; j < word->length; j++) {
            x->bytes[j] = word->bytes[j];
            if ((unsigned char)x->bytes[j] > FIELD_FREE)
                continue;
            x->codes[x->count++] = (uint8_t)x->bytes[j];
            x->bytes[j] = FIELD_FREE;
        }
    }
    return TAWAM_OK;
}

int fields_plan_known(lane *l, codec *x)
{
    patterns *p = memory_new(sizeof *p);
    int result = p ? take_patterns(l, p) : TAWAM_EMEMORY;

    if (result == TAWAM_OK)
        result = fill_fields(l, x, p);
    for (size_t i = 0; result == TAWAM_OK && i < l->word_count * FIELDS_MOST;
         i++)
        result = sequence_plan(&l->fields[i]);
    free(p);
    return result;
}

int fields_measure(uint64_t *cost, const lane *l)
{
    uint64_t part = 0;

    *cost = 0;
    for (size_t i = 0; i < l->word_count; i++)
        *cost += 5 * l->words[i].length;
    for (size_t i = 0; i < l->word_count * FIELDS_MOST; i++) {
        if (l->fields[i].count == 0)
            continue;
        if (sequence_measure(&part, &l->fields[i]) < 0)
            return TAWAM_EMEMORY;
        *cost += part;
    }
    return TAWAM_OK;
}

/* ---- through the coder ---- */

/* The templates: strings in order, with few enough fields. */
static int code_templates(lane *l, codec *x)
{
    uint64_t count = l->word_count;

    if (l->as_known)
        return x->coder.reading ? take_templates(l) : TAWAM_OK;
    count = coder_number(&x->coder, &x->models->words, count);
    if (x->coder.reading) {
        if (count == 0 || count > TEMPLATES_MOST)
            return changeset_damaged(_("too many templates, or none"));
        l->words = memory_array((size_t)count, sizeof *l->words);
        if (!l->words)
            return TAWAM_EMEMORY;
        l->word_count = (size_t)count;
    }
    for (size_t i = 0; i < l->word_count; i++) {
        twin_value *word = &l->words[i];
        int result = codec_string(x, STRING_WORD, &word->bytes, &word->length,
                                  TEMPLATE_BYTES);
        if (result < 0)
            return result;
        if (count_fields(word) > FIELDS_MOST ||
            (x->coder.reading && i > 0 && word_compare(word - 1, word) == 0))
            return changeset_damaged(_("a template is doubled or too long"));
    }
    return TAWAM_OK;
}

static const int64_t POWERS_OF_TEN[FIELD_DIGITS + 1] = {1,
                                                        10,
                                                        100,
                                                        1000,
                                                        10000,
                                                        100000,
                                                        1000000,
                                                        10000000,
                                                        100000000,
                                                        1000000000,
                                                        10000000000,
                                                        100000000000,
                                                        1000000000000,
                                                        10000000000000,
                                                        100000000000000,
                                                        1000000000000000,
                                                        10000000000000000,
                                                        100000000000000000,
                                                        1000000000000000000};

/* Digits of VALUE under CODE; 0 if it does not fit. */
static size_t digits_of(int64_t value, unsigned code)
{
    size_t digits = 1;

    if (value < 0 || value >= POWERS_OF_TEN[FIELD_DIGITS])
        return 0;
    while (value >= POWERS_OF_TEN[digits])
        digits++;
    if (code == FIELD_FREE)
        return digits;
    return digits <= code ? code : 0;
}

/* The text of TEMPLATE with its fields' values number AT. */
static int rebuild_text(codec *x, twin_value *value, const twin_value *template,
                        const sequence *fields, size_t at)
{
    char text[TEMPLATE_BYTES + FIELDS_MOST * FIELD_DIGITS];
    size_t length = 0;

    for (size_t i = 0; i < template->length; i++) {
        unsigned char byte = (unsigned char)template->bytes[i];
        if (byte > FIELD_FREE) {
            text[length++] = (char)byte;
            continue;
        }
        int64_t number = (fields++)->values[at];
        size_t digits = digits_of(number, byte);
        if (digits == 0)
            return changeset_damaged(_("a number is longer than its field"));
        print_digits(text + length, (int)digits, number);
        length += digits;
    }
    if (codec_grow(x, 1, length) < 0 || codec_take(x, length) < 0)
        return error_code();
    value->kind = TWIN_KIND_TEXT;
    value->length = length;
    value->bytes = arena_copy(x->set->memory, text, length);
    return value->bytes ? TAWAM_OK : TAWAM_EMEMORY;
}

static int rebuild_all(lane *l, codec *x)
{
    size_t used[TEMPLATES_MOST] = {0}, at = 0;
    int result = TAWAM_OK;

    for (size_t i = 0; i < l->count && result == TAWAM_OK; i++) {
        twin_value *value = lane_value(l, i);
        if (l->classes[i] != CLASS_REGULAR)
            continue;
        size_t word = (size_t)l->first.values[at++];
        if (x->coder.reading)
            result = rebuild_text(x, value, &l->words[word],
                                  &l->fields[word * FIELDS_MOST], used[word]++);
        else
            result = codec_grow(x, 1, value->length);
    }
    return result;
}

int fields_code(lane *l, codec *x)
{
    int result = code_templates(l, x);

    if (result < 0 || (result = lane_code_first(l, x)) < 0)
        return result;
    if (x->coder.reading) {
        for (size_t i = 0; i < l->regular; i++)
            if ((uint64_t)l->first.values[i] >= l->word_count)
                return changeset_damaged(_("no such template"));
        if ((result = open_fields(l, x)) < 0)
            return result;
    }
    for (size_t i = 0; i < l->word_count * FIELDS_MOST; i++)
        if ((result = sequence_code(&x->coder, x->models, &l->fields[i])) < 0)
            return result;
    return rebuild_all(l, x);
}
