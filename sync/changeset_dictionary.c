/* SPDX-License-Identifier: MIT */
/* Dictionaries: a sample of changes that writer and reader have learned before
 * the first row of a file.
 *
 * Invariants:
 *  1. A dictionary is a changes.zst that needs none itself, so reading a file
 *     takes at most two files, and what it may cost is bounded by the rules
 *     for files (FORMAT.md, "Bounds") and by LIMITS below.
 *  2. What is learned follows from the bytes alone.
 */
#include <mbedtls/sha1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>
#include "sync/changeset_internal.h"

/* A dictionary is small; so is what it may claim. */
static const changeset_limits LIMITS = {
    .compressed = CHANGESET_DICTIONARY_MOST,
    .uncompressed = (size_t)4 << 20,
    .memory = (size_t)64 << 20,
    .rows = 65536,
    .cells = 1 << 20,
    .layers = LAYERS_MAX,
    .columns = 4000,
};

/* ---- its name ---- */

/* The first 64 bits of the id that git gives a blob of these bytes. */
static uint64_t id_of(const void *bytes, size_t length)
{
    mbedtls_sha1_context sha;
    uint8_t sum[20] = {0};
    char header[32];
    uint64_t id = 0;
    int size = snprintf(header, sizeof header, "blob %zu", length) + 1;

    mbedtls_sha1_init(&sha);
    mbedtls_sha1_starts_ret(&sha);
    mbedtls_sha1_update_ret(&sha, (const uint8_t *)header, (size_t)size);
    mbedtls_sha1_update_ret(&sha, bytes, length);
    mbedtls_sha1_finish_ret(&sha, sum);
    mbedtls_sha1_free(&sha);
    for (int i = 0; i < DICTIONARY_ID_BYTES; i++)
        id = id << 8 | sum[i];
    return id;
}

uint64_t changeset_dictionary_id(const changeset_dictionary *d)
{
    return d->id;
}

size_t changeset_dictionary_memory(const changeset_dictionary *d)
{
    return d->memory;
}

/* The first ROOM bytes of the content, without unpacking the rest; *got: how
 * many there were. */
static int peek(size_t *got, uint8_t *out, size_t room, const void *bytes,
                size_t length)
{
    ZSTD_DStream *z = ZSTD_createDStream();
    ZSTD_inBuffer in = {bytes, length, 0};
    ZSTD_outBuffer to = {out, room, 0};
    size_t left = 1;

    if (z) /* no window of ours is larger, no other is worth its memory */
        ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 23);
    while (z && to.pos < room && left && !ZSTD_isError(left)) {
        size_t before = in.pos, had = to.pos;
        left = ZSTD_decompressStream(z, &to, &in);
        if (in.pos == before && to.pos == had)
            break;
    }
    ZSTD_freeDStream(z);
    *got = to.pos;
    return !z || ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation
               ? error_memory()
               : TAWAM_OK;
}

int changeset_dictionary_needed(uint64_t *id, const void *bytes, size_t length)
{
    uint8_t start[CHANGESET_MAGIC_SIZE + DICTIONARY_ID_BYTES] = {0};
    size_t got = 0;
    uint64_t wanted = 0;

    if (peek(&got, start, sizeof start, bytes, length))
        return TAWAM_EMEMORY;
    if (got < CHANGESET_MAGIC_SIZE || memcmp(start, "TC", 2) != 0)
        return changeset_damaged(_("no changeset is in its zstd frame"));
    if (start[3] & CHANGESET_FLAG_DICTIONARY) {
        if (got < sizeof start)
            return changeset_damaged(_("it ends within the id of a "
                                       "dictionary"));
        for (size_t i = CHANGESET_MAGIC_SIZE; i < sizeof start; i++)
            wanted = wanted << 8 | start[i];
    }
    *id = wanted;
    return TAWAM_OK;
}

/* ---- opening ---- */

static int no_dictionary(const changeset_dictionary **out, void *context,
                         uint64_t id)
{
    (void)out;
    (void)context;
    (void)id;
    return changeset_damaged(_("a dictionary needs another dictionary"));
}

int changeset_dictionary_open(changeset_dictionary **out, const void *bytes,
                              size_t length)
{
    codec x = {.limits = &LIMITS};
    changeset_dictionary *d = memory_new(sizeof *d);
    int result = d ? TAWAM_OK : TAWAM_EMEMORY;

    x.keep = d;
    if (result == TAWAM_OK)
        result = changeset_decode_open(&x, &d->set, bytes, length,
                                       no_dictionary, NULL);
    if (result == TAWAM_OK) {
        d->id = id_of(bytes, length);
        d->memory += sizeof *d + x.memory;
        d->letters = x.letters;
        if (d->letters)
            letters_complete(d->letters);
        d->models = x.models;
        changeset_models_settle(d->models, KNOWN_SEEN);
        x.letters = NULL;
        x.models = NULL;
        *out = d;
        d = NULL;
    }
    codec_close(&x);
    changeset_dictionary_free(d);
    return result;
}

void changeset_dictionary_free(changeset_dictionary *d)
{
    if (!d)
        return;
    for (size_t i = 0; d->layers && i < d->layer_count; i++) {
        layer_known *k = &d->layers[i];
        for (size_t j = 0; k->lanes && j < k->column_count; j++)
            lane_known_clear(&k->lanes[j]);
        free(k->lanes);
        free(k->bits);
    }
    free(d->layers);
    changeset_free(d->set);
    letters_free(d->letters);
    free(d->models);
    free(d);
}

/* ---- training ---- */

/* Rows are taken in runs of so many, that neighbours stay beside each other. */
#define RUN 8

/* Rows of all samples in one order that mixes them, the same for everyone. */
typedef struct pick {
    uint64_t order;
    const changeset_layer *layer;
    const changeset_row *row;
    size_t sample;
} pick;

static uint64_t mixed(uint64_t a, uint64_t b)
{
    uint64_t z = a * 0x9e3779b97f4a7c15ull + b;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    return (z ^ (z >> 27)) * 0x94d049bb133111ebull;
}

static int compare_picks(const void *a, const void *b)
{
    const pick *x = a, *y = b;

    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->sample != y->sample)
        return x->sample < y->sample ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* The order in which they stand in their samples. */
static int compare_places(const void *a, const void *b)
{
    const pick *x = a, *y = b;

    if (x->sample != y->sample)
        return x->sample < y->sample ? -1 : 1;
    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int gather(pick **out, size_t *count, const changeset *const *samples,
                  size_t sample_count)
{
    pick *all = NULL;
    size_t total = 0, at = 0;

    for (size_t i = 0; i < sample_count; i++)
        for (size_t j = 0; j < samples[i]->layer_count; j++)
            total += samples[i]->layers[j].row_count;
    all = memory_array(total, sizeof *all);
    if (!all)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < sample_count; i++)
        for (size_t j = 0; j < samples[i]->layer_count; j++) {
            const changeset_layer *layer = &samples[i]->layers[j];
            for (size_t k = 0; k < layer->row_count; k++)
                all[at++] = (pick){mixed(k / RUN, i * LAYERS_MAX + j), layer,
                                   &layer->rows[k], i};
        }
    qsort(all, total, sizeof *all, compare_picks);
    *out = all;
    *count = total;
    return TAWAM_OK;
}

/* All layers and columns of SAMPLES; of two types of a column, the last. */
static int add_schema(changeset *c, const changeset *const *samples,
                      size_t count)
{
    for (size_t i = count; i-- > 0;)
        for (size_t j = 0; j < samples[i]->layer_count; j++) {
            const changeset_layer *from = &samples[i]->layers[j];
            changeset_layer *layer = NULL;
            uint32_t index = 0;
            if (changeset_add_layer(&layer, c, from->name, from->geometry) < 0)
                return error_code();
            for (size_t k = 0; k < from->column_count; k++)
                if (changeset_add_column(&index, c, layer,
                                         from->columns[k].name,
                                         from->columns[k].type) < 0 &&
                    error_code() != TAWAM_EUSAGE)
                    return error_code();
        }
    return TAWAM_OK;
}

/* A uuid teaches nothing, and a random one takes 16 bytes. */
static int add_value(changeset *c, changeset_layer *layer, uint32_t index,
                     const changeset_column *column, const twin_value *value,
                     int64_t fid)
{
    char derived[37];
    twin_value uuid = {.kind = TWIN_KIND_TEXT, .bytes = derived, .length = 36};

    if (!text_equal_nocase(column->name, "uuid"))
        return changeset_add_cell(c, layer, index, value);
    twin_uuid_from_fid(derived, fid);
    return changeset_add_cell(c, layer, index, &uuid);
}

static int add_pick(changeset *c, const pick *p, int64_t fid)
{
    changeset_layer *layer = NULL;
    int result =
        changeset_add_layer(&layer, c, p->layer->name, TWIN_NO_GEOMETRY);

    if (result == TAWAM_OK)
        result = changeset_add_row(c, layer, fid, p->row->operation);
    for (uint32_t i = 0; result == TAWAM_OK && i < p->row->cell_count; i++) {
        const changeset_cell *cell = &p->layer->cells[p->row->first_cell + i];
        const changeset_column *column = &p->layer->columns[cell->column];
        uint32_t index = 0;
        result =
            changeset_add_column(&index, c, layer, column->name, column->type);
        if (result == TAWAM_EUSAGE) { /* of another type since */
            result = TAWAM_OK;
            continue;
        }
        if (result == TAWAM_OK)
            result = add_value(c, layer, index, column, &cell->value, fid);
    }
    return result;
}

/* The first COUNT picks as a file. */
static int try_picks(buffer *out, const changeset *const *samples,
                     size_t sample_count, const pick *picks, size_t count)
{
    changeset *c = NULL;
    pick *chosen = memory_array(count, sizeof *chosen);
    int result = chosen ? changeset_new(&c) : TAWAM_EMEMORY;

    buffer_clear(out);
    if (result == TAWAM_OK) {
        memcpy(chosen, picks, count * sizeof *chosen);
        qsort(chosen, count, sizeof *chosen, compare_places);
        result = add_schema(c, samples, sample_count);
    }
    for (size_t i = 0; result == TAWAM_OK && i < count; i++)
        result = add_pick(c, &chosen[i], (int64_t)i + 1);
    free(chosen);
    if (result == TAWAM_OK)
        result = changeset_encode(out, c);
    changeset_free(c);
    return result;
}

int changeset_dictionary_train(buffer *out, const changeset *const *samples,
                               size_t count, size_t limit)
{
    pick *picks = NULL;
    buffer file = {0}, best = {0};
    size_t low = 0, high = 0, most = CHANGESET_DICTIONARY_MOST;
    int result = gather(&picks, &high, samples, count);

    if (limit < most)
        most = limit;
    if (result == TAWAM_OK)
        result = try_picks(&best, samples, count, picks, 0);
    if (result == TAWAM_OK && best.length > most)
        result = error_set(TAWAM_EUSAGE,
                           _("the names alone take %zu bytes of a dictionary "
                             "of %zu"),
                           best.length, most);
    high = high > LIMITS.rows / 2 ? LIMITS.rows / 2 : high;
    while (result == TAWAM_OK && low < high) {
        size_t middle = low + (high - low + 1) / 2;
        result = try_picks(&file, samples, count, picks, middle);
        if (result == TAWAM_OK && file.length <= most) {
            buffer swap = best;
            best = file;
            file = swap;
            low = middle;
        } else if (result == TAWAM_OK) {
            high = middle - 1;
        }
    }
    if (result == TAWAM_OK) {
        buffer_bytes(out, best.data, best.length);
        result = buffer_check(out);
    }
    free(picks);
    buffer_free(&file);
    buffer_free(&best);
    return result;
}
