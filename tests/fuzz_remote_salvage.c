/* SPDX-License-Identifier: MIT */
/* Fuzzing of what is made of a pack that was cut: whatever came, what is left
 * is a pack whose count, sum and objects agree, made of bytes that came; and
 * working on it again, as after a second cut, changes nothing.
 *
 * The input: two bytes, how many bytes of its end are cut away, and the pack.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <mbedtls/sha1.h>
#include <mbedtls/version.h>
#include "sync/incoming_internal.h"
#if MBEDTLS_VERSION_MAJOR >= 3
#define mbedtls_sha1_ret mbedtls_sha1
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEADER 12
#define SUM 20

static char path[64];

static void write_file(const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(path, "we");
    if (!file || fwrite(bytes, 1, length, file) != length || fclose(file))
        abort();
}

static void read_back(buffer *out)
{
    buffer_free(out);
    if (file_read(out, path, 1 << 24) < 0)
        abort();
}

/* PACK is one of OBJECTS objects, and of nothing but what came. */
static void check_pack(const buffer *pack, size_t objects, const uint8_t *came,
                       size_t length)
{
    uint32_t count = 0;
    uint8_t sum[SUM];
    if (pack->length < HEADER + SUM || pack->length - SUM > length)
        abort();
    memcpy(&count, pack->data + 8, sizeof count);
    if (ntohl(count) != objects ||
        mbedtls_sha1_ret(pack->data, pack->length - SUM, sum) ||
        memcmp(pack->data + pack->length - SUM, sum, SUM) != 0 ||
        memcmp(pack->data, came, 8) != 0 ||
        memcmp(pack->data + HEADER, came + HEADER,
               pack->length - SUM - HEADER) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    buffer once = {0}, twice = {0};
    salvage_cut through;
    size_t objects = 0, again = 0;
    if (!*path)
        snprintf(path, sizeof path, "%s/tawam-salvage-%d",
                 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (int)getpid());
    if (size < 2)
        return 0;
    size_t length = size - 2, cut = (data[0] << 8 | data[1]) % (length + 1);
    length -= cut;
    write_file(data + 2, length);
    if (salvage_pack(&objects, &through, path) != TAWAM_OK)
        abort();
    if (through.came > length)
        abort();
    if (objects) {
        read_back(&once);
        check_pack(&once, objects, data + 2, length);
        if (salvage_pack(&again, &through, path) != TAWAM_OK ||
            again != objects)
            abort();
        read_back(&twice);
        if (once.length != twice.length ||
            memcmp(once.data, twice.data, once.length) != 0)
            abort();
    }
    unlink(path);
    buffer_free(&once);
    buffer_free(&twice);
    return 0;
}
