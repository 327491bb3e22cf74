/* SPDX-License-Identifier: MIT */
/* libFuzzer target of the changeset's reader: `make fuzz`. The input is taken
 * once as a file and once as what is inside the frame, since a mutation rarely
 * leaves a frame whole. What can be read must survive being written. */
#include <stdlib.h>
#include <zstd.h>
#include "tests/changeset_support.h"

/* Small limits: the fuzzer's inputs are. */
static const changeset_limits LIMITS = {.compressed = 1 << 20,
                                        .uncompressed = 4 << 20,
                                        .memory = 32 << 20,
                                        .rows = 100000,
                                        .cells = 200000,
                                        .layers = 100,
                                        .columns = 500};

static void take(const void *bytes, size_t length)
{
    changeset *c = NULL, *again = NULL;
    buffer written = {0}, printed = {0};

    if (changeset_decode(&c, bytes, length, &LIMITS) < 0)
        return;
    changeset_print(&printed, c);
    if (changeset_encode(&written, c) < 0 ||
        changeset_decode(&again, written.data, written.length, NULL) < 0 ||
        !same_changeset(c, again))
        abort();
    buffer_free(&written);
    buffer_free(&printed);
    changeset_free(c);
    changeset_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    size_t room = ZSTD_compressBound(length);
    char *frame = malloc(room);

    take(bytes, length);
    if (frame)
        take(frame, ZSTD_compress(frame, room, bytes, length, 1));
    free(frame);
    return 0;
}
