/* SPDX-License-Identifier: MIT */
/* libFuzzer target of dictionaries: `make fuzz`. The input is two contents,
 * what is inside the frames of a dictionary and of a file that asks for it: two
 * bytes give the length of the first. Whatever the first has taught, the second
 * is read with it or refused, and what was read can be written with it. */
#include <stdlib.h>
#include <zstd.h>
#include "tests/changeset_support.h"

static const changeset_limits LIMITS = {.compressed = 1 << 20,
                                        .uncompressed = 4 << 20,
                                        .memory = 32 << 20,
                                        .rows = 100000,
                                        .cells = 200000,
                                        .layers = 100,
                                        .columns = 500};

static int find(const changeset_dictionary **out, void *context, uint64_t id)
{
    (void)id;
    *out = context;
    return TAWAM_OK;
}

static void take(changeset_dictionary *d, const void *bytes, size_t length)
{
    changeset *c = NULL, *again = NULL;
    buffer written = {0};

    if (changeset_decode_with(&c, bytes, length, &LIMITS, find, d) < 0)
        return;
    if (changeset_encode_with(&written, c, d) < 0 ||
        changeset_decode_with(&again, written.data, written.length, NULL, find,
                              d) < 0 ||
        !same_changeset(c, again))
        abort();
    buffer_free(&written);
    changeset_free(c);
    changeset_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    size_t first = length < 2 ? 0 : (size_t)bytes[0] << 8 | bytes[1];
    size_t room = ZSTD_compressBound(length), size = 0;
    changeset_dictionary *d = NULL;
    char *frame = NULL;

    if (length < 2 || first > length - 2)
        return 0;
    frame = malloc(room);
    size = frame ? ZSTD_compress(frame, room, bytes + 2, first, 1) : 0;
    if (frame && changeset_dictionary_open(&d, frame, size) == TAWAM_OK) {
        size = ZSTD_compress(frame, room, bytes + 2 + first, length - 2 - first,
                             1);
        take(d, frame, size);
    }
    changeset_dictionary_free(d);
    free(frame);
    return 0;
}
