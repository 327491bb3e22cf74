/* SPDX-License-Identifier: MIT */
/* SHA-256, by mbed TLS's libmbedcrypto, which libgit2 loads already. */
#ifndef TAWAM_BASE_DIGEST_H
#define TAWAM_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX_SIZE 65 /* with the final NUL */

typedef struct digest digest;
int digest_new(digest **out);
void digest_add(digest *d, const void *bytes, size_t length);
/* The result; D is freed. */
void digest_finish(digest *d, uint8_t out[DIGEST_SIZE]);
void digest_free(digest *d); /* without a result */
void digest_hex(char out[DIGEST_HEX_SIZE], const uint8_t in[DIGEST_SIZE]);

/* LENGTH bytes that nobody can guess, from getrandom(2). TAWAM_OK always, or
 * TAWAM_EENVIRONMENT. A test may fix the seed: then bytes follow from it. */
int random_bytes(void *out, size_t length);
void random_seed_for_tests(uint64_t seed); /* 0: back to the real ones */

#endif
