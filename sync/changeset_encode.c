/* SPDX-License-Identifier: MIT */
/* A changeset into the bytes of changes.zst.
 *
 * What is written is held against the bounds of the format, so that no file of
 * ours is refused by a reader.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

/* Contents up to here are packed both with and without a block's end between
 * text and coded part; the smaller one is taken. */
#define PACK_TWICE 65536

static int assemble(buffer *content, size_t *split, const changeset *c,
                    const buffer *text, const buffer *coded)
{
    buffer_text(content, "TC");
    buffer_byte(content, CHANGESET_VERSION);
    buffer_byte(content, 0);
    schema_write(content, c);
    varint_write(content, text->length);
    buffer_bytes(content, text->data, text->length);
    *split = content->length;
    buffer_bytes(content, coded->data, coded->length);
    return buffer_check(content);
}

static int pack_smallest(buffer *out, const buffer *content, size_t split)
{
    buffer other = {0};
    int result = changeset_pack(out, content, split);

    if (result == TAWAM_OK && content->length <= PACK_TWICE) {
        result = changeset_pack(&other, content, 0);
        if (result == TAWAM_OK && other.length < out->length) {
            buffer swap = *out;
            *out = other;
            other = swap;
        }
    }
    buffer_free(&other);
    return result;
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

int changeset_encode(buffer *out, changeset *c)
{
    codec x = {.grown_bound = SIZE_MAX, .limits = &CHANGESET_LIMITS};
    buffer text = {0}, coded = {0}, content = {0}, packed = {0};
    size_t split = 0;
    int result = TAWAM_OK;

    if ((result = changeset_sort(c)) < 0 || (result = codec_open(&x, c)) < 0)
        goto cleanup;
    coder_write(&x.coder, &coded);
    x.text_out = &text;
    for (size_t i = 0; i < c->layer_count; i++)
        codec_grow(&x, c->layers[i].column_count, CHANGESET_COLUMN_WEIGHT);
    if ((result = codec_run(&x)) < 0)
        goto cleanup;
    coder_finish(&x.coder);
    if ((result = buffer_check(&text)) < 0 ||
        (result = buffer_check(&coded)) < 0 ||
        (result = assemble(&content, &split, c, &text, &coded)) < 0 ||
        (result = pack_smallest(&packed, &content, split)) < 0 ||
        (result = check_bounds(&x, content.length, packed.length)) < 0)
        goto cleanup;
    buffer_bytes(out, packed.data, packed.length);
    result = buffer_check(out);
cleanup:
    codec_close(&x);
    buffer_free(&text);
    buffer_free(&coded);
    buffer_free(&content);
    buffer_free(&packed);
    return result;
}
