/* SPDX-License-Identifier: MIT */
/* A changeset into the bytes of changes.zst.
 *
 * What is written is held against the bounds of the format, so that no file of
 * ours is refused by a reader.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

static int assemble(buffer *content, size_t *split, const codec *x,
                    const buffer *text, const buffer *coded)
{
    buffer_text(content, "TC");
    buffer_byte(content, CHANGESET_VERSION);
    buffer_byte(content, (x->letters ? CHANGESET_FLAG_LETTERS : 0) |
                             (x->dictionary ? CHANGESET_FLAG_DICTIONARY : 0));
    if (x->dictionary)
        for (int i = DICTIONARY_ID_BYTES; i-- > 0;)
            buffer_byte(content, (uint8_t)(x->dictionary->id >> (8 * i)));
    *split = 0;
    if (!x->letters) {
        varint_write(content, text->length);
        buffer_bytes(content, text->data, text->length);
        *split = content->length;
    }
    buffer_bytes(content, coded->data, coded->length);
    return buffer_check(content);
}

static void swap(buffer *a, buffer *b)
{
    buffer c = *a;

    *a = *b;
    *b = c;
}

/* A file that its reader would refuse is not written. */
static int check_bounds(const codec *x, size_t content, size_t file)
{
    if (file > CHANGESET_LIMITS.compressed ||
        content > CHANGESET_LIMITS.uncompressed ||
        content > changeset_content_bound(file) ||
        x->grown > changeset_memory_bound(file) ||
        x->coder.work > changeset_work_bound(file))
        return error_set(TAWAM_EUSAGE,
                         _("too many changes for one file (%zu rows, %zu "
                           "cells, %zu bytes): record them in parts"),
                         x->rows, x->cells, content);
    return TAWAM_OK;
}

/* C, in order, as a file. *strings gets the bytes its strings have; with
 * LETTERED they go through the coder. */
static int encode_one(buffer *out, size_t *strings, changeset *c, int lettered,
                      const changeset_dictionary *d)
{
    codec x = {
        .grown_bound = SIZE_MAX, .limits = &CHANGESET_LIMITS, .dictionary = d};
    buffer text = {0}, coded = {0}, content = {0};
    size_t split = 0;
    int result = codec_open(&x, c);

    if (result == TAWAM_OK && lettered)
        result = letters_new(&x.letters, d ? d->letters : NULL);
    coder_write(&x.coder, &coded);
    x.text_out = &text;
    if (result < 0 || (result = codec_run(&x)) < 0)
        goto cleanup;
    coder_finish(&x.coder);
    *strings = lettered ? x.lettered : text.length;
    if (lettered && x.lettered > LETTERS_MOST)
        goto cleanup; /* the caller tries the other way */
    if ((result = buffer_check(&text)) == TAWAM_OK &&
        (result = buffer_check(&coded)) == TAWAM_OK &&
        (result = assemble(&content, &split, &x, &text, &coded)) == TAWAM_OK &&
        (result = changeset_pack(out, &content, split)) == TAWAM_OK)
        result = check_bounds(&x, content.length, out->length);
cleanup:
    codec_close(&x);
    buffer_free(&text);
    buffer_free(&coded);
    buffer_free(&content);
    return result;
}

/* Letters serve texts; bytes at random, or long ones that come again, are
 * better told as they are. A file is made that way too where letters have
 * saved little of so many bytes. */
#define STRINGS_TO_COMPARE 1024

int changeset_encode_sorted(buffer *out, changeset *c,
                            const changeset_dictionary *d)
{
    buffer plain = {0};
    size_t strings = 0, ignored = 0;
    int result = encode_one(out, &strings, c, 1, d);

    if (result < 0 ||
        (strings <= LETTERS_MOST &&
         (strings < STRINGS_TO_COMPARE || out->length < strings - strings / 8)))
        return result;
    result = encode_one(&plain, &ignored, c, 0, d);
    if (result == TAWAM_OK &&
        (strings > LETTERS_MOST || plain.length < out->length))
        swap(out, &plain);
    buffer_free(&plain);
    return result;
}

static size_t count_rows(const changeset *c)
{
    size_t rows = 0;

    for (size_t i = 0; i < c->layer_count; i++)
        rows += c->layers[i].row_count;
    return rows;
}

/* D knows a layer that rows of C are in. */
static int is_known(const changeset_dictionary *d, const changeset *c)
{
    for (size_t i = 0; i < c->layer_count; i++)
        for (size_t j = 0; j < d->set->layer_count; j++)
            if (c->layers[i].row_count &&
                text_equal_nocase(c->layers[i].name, d->set->layers[j].name))
                return 1;
    return 0;
}

/* With many rows of a layer that D knows, no file without it is smaller: each
 * column leaves D aside where that is less. */
#define ROWS_TO_COMPARE 200

int changeset_encode_with(buffer *out, changeset *c,
                          const changeset_dictionary *d)
{
    buffer alone = {0}, with = {0};
    int result = changeset_sort(c);

    if (result == TAWAM_OK && d)
        result = changeset_encode_sorted(&with, c, d);
    if (result == TAWAM_OK &&
        !(d && count_rows(c) > ROWS_TO_COMPARE && is_known(d, c))) {
        result = changeset_encode_sorted(&alone, c, NULL);
        if (!d || alone.length <= with.length)
            swap(&with, &alone);
    }
    if (result == TAWAM_OK) {
        buffer_bytes(out, with.data, with.length);
        result = buffer_check(out);
    }
    buffer_free(&alone);
    buffer_free(&with);
    return result;
}

int changeset_encode(buffer *out, changeset *c)
{
    return changeset_encode_with(out, c, NULL);
}
