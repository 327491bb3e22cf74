/* SPDX-License-Identifier: MIT */
/* SHA-256 through mbed TLS, whose calls were renamed in version 3, and random
 * bytes from the kernel. */
#include "base/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define sha256_starts mbedtls_sha256_starts_ret
#define sha256_update mbedtls_sha256_update_ret
#define sha256_finish mbedtls_sha256_finish_ret
#else
#define sha256_starts mbedtls_sha256_starts
#define sha256_update mbedtls_sha256_update
#define sha256_finish mbedtls_sha256_finish
#endif

struct digest {
    mbedtls_sha256_context state;
};

int digest_new(digest **out)
{
    digest *d = memory_new(sizeof *d);

    if (!d)
        return TAWAM_EMEMORY;
    mbedtls_sha256_init(&d->state);
    sha256_starts(&d->state, 0); /* 0: SHA-256, not SHA-224; can't fail */
    *out = d;
    return TAWAM_OK;
}

void digest_add(digest *d, const void *bytes, size_t length)
{
    if (length > 0)
        sha256_update(&d->state, bytes, length);
}

void digest_finish(digest *d, uint8_t out[DIGEST_SIZE])
{
    sha256_finish(&d->state, out);
    digest_free(d);
}

void digest_free(digest *d)
{
    if (!d)
        return;
    mbedtls_sha256_free(&d->state);
    free(d);
}

void digest_hex(char out[DIGEST_HEX_SIZE], const uint8_t in[DIGEST_SIZE])
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        out[i * 2] = hex[in[i] >> 4];
        out[i * 2 + 1] = hex[in[i] & 15];
    }
    out[DIGEST_SIZE * 2] = '\0';
}

/* ---- random bytes ---- */

static int seeded;
static uint64_t seed_state;

/* SplitMix64 (Steele, Lea, Flood 2014): one step. */
static uint64_t next_of_seed(void)
{
    uint64_t z = (seed_state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Byte by byte from the low end, the same on every machine. */
static void bytes_of_seed(uint8_t *out, size_t length)
{
    uint64_t word = 0;

    for (size_t i = 0; i < length; i++) {
        if (i % 8 == 0)
            word = next_of_seed();
        out[i] = (uint8_t)word;
        word >>= 8;
    }
}

int random_bytes(void *out, size_t length)
{
    uint8_t *at = out;

    if (seeded) {
        bytes_of_seed(out, length);
        return TAWAM_OK;
    }
    while (length > 0) {
        ssize_t got = getrandom(at, length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_system("%s", _("get random numbers from the kernel"));
        at += got;
        length -= (size_t)got;
    }
    return TAWAM_OK;
}

void random_seed_for_tests(uint64_t seed)
{
    seeded = seed != 0;
    seed_state = seed;
}
