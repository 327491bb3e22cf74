/* SPDX-License-Identifier: MIT */
/* Fuzzing of what stands in a replica's and a commit's small formats: trailers
 * of a message, version vectors. */
#include <stdlib.h>
#include <string.h>
#include "sync/log_private_internal.h"
#include "sync/merge_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_message(const uint8_t *data, size_t size)
{
    gitlog_commit c = {.message =
                           memory_string_length((const char *)data, size),
                       .device = memory_string("")};
    if (!c.message || !c.device)
        abort();
    gitlog_read_trailers(&c);
    if (!c.device || (c.device[0] && !sync_device_name_valid(c.device)) ||
        c.sequence < 0 || c.counts.inserted < 0 || c.counts.updated < 0 ||
        c.counts.deleted < 0 || c.counts.affirmed < 0 || c.counts.cells < 0)
        abort();
    free(c.message);
    free(c.device);
}

static void try_vector(const uint8_t *data, size_t size)
{
    vector v = {0}, again = {0};
    buffer out = {0};
    if (vector_decode(&v, data, size) == TAWAM_OK) {
        vector_encode(&out, &v);
        if (vector_decode(&again, out.data ? (void *)out.data : "",
                          out.length) ||
            again.count != v.count ||
            (v.count && memcmp(again.entries, v.entries,
                               v.count * sizeof *v.entries) != 0))
            abort();
    }
    buffer_free(&out);
    vector_free(&v);
    vector_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_message(data, size);
    try_vector(data, size);
    return 0;
}
