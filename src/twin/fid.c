/* SPDX-License-Identifier: MIT */
/* fid: row ids unique everywhere without asking anyone, and the uuid that
 * follows from one.
 *
 * Invariants:
 *  1. A process draws a block at its first insert and never stores it: two
 *     processes, two copies of one disk, two forks never share one.
 *  2. Rows added together get ids that differ by one, so that a changeset
 *     keeps them in almost nothing.
 */
#include "twin/twin_internal.h"
#include <inttypes.h>
#include <unistd.h>

#define FID_COUNTED_BITS 19

/* A block: 63 random bits of which the lower 19 count up from where they
 * were drawn, so that a process which adds one row has drawn all 63. */
static int draw_block(twin *t)
{
    uint64_t bits = 0;
    const uint64_t mask = (UINT64_C(1) << FID_COUNTED_BITS) - 1;
    int code = random_bytes(&bits, sizeof bits);
    if (code != TAWAM_OK)
        return code;
    t->fid_next = bits >> 1;
    t->fid_left = (uint32_t)(mask - (t->fid_next & mask)) + 1;
    t->fid_process = (int)getpid();
    return TAWAM_OK;
}

int twin_draw_fid(int64_t *fid, twin *t, int single)
{
    uint64_t bits = 0;
    while (single && bits == 0) {
        int code = random_bytes(&bits, sizeof bits);
        if (code != TAWAM_OK)
            return code;
        bits >>= 1;
    }
    while (bits == 0) {
        int code = TAWAM_OK;
        if (t->fid_left == 0 || t->fid_process != (int)getpid())
            code = draw_block(t);
        if (code != TAWAM_OK)
            return code;
        bits = t->fid_next++;
        t->fid_left--;
    }
    *fid = (int64_t)bits;
    return TAWAM_OK;
}

int twin_draw_run(int64_t *first, twin *t)
{
    const uint32_t others = TWIN_RUN - 1;
    uint32_t skipped = 0;
    int64_t fid = 0;
    int code = twin_draw_fid(&fid, t, 0);
    while (code == TAWAM_OK) {
        skipped = (uint32_t)(-(uint64_t)fid & others);
        if (t->fid_left >= skipped + others)
            break;
        t->fid_left = 0; /* too few; the next block has them */
        code = twin_draw_fid(&fid, t, 0);
    }
    if (code != TAWAM_OK)
        return code;
    *first = fid + skipped;
    t->fid_next = (uint64_t)*first + TWIN_RUN;
    t->fid_left -= skipped + others;
    return TAWAM_OK;
}

int twin_draw_row(int64_t *fid, twin *t, const twin_layer *layer)
{
    int code = twin_draw_fid(fid, t, 0);
    while (code == TAWAM_OK && *fid % TWIN_RUN == 0 &&
           twin_column_named(layer, "form_version"))
        code = twin_draw_fid(fid, t, 0);
    return code;
}

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64
 * bits that spreads neighbours apart. */
static uint64_t mix(uint64_t z)
{
    z += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* FORMAT.md, "uuid of a fid". All 64 bits of mix(fid) are in it, so two fids
 * never give one uuid. */
void twin_uuid_from_fid(char out[37], int64_t fid)
{
    uint64_t a = mix((uint64_t)fid), b = mix(~(uint64_t)fid);
    uint64_t high = a >> 16 << 16 | UINT64_C(0x8000) | (a >> 4 & 0xFFF);
    uint64_t low =
        UINT64_C(2) << 62 | (a & 0xF) << 58 | (b & ((UINT64_C(1) << 58) - 1));
    snprintf(out, 37, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
             (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFFF),
             (unsigned)(low >> 48), (unsigned long long)(low & 0xFFFFFFFFFFFF));
}

/* The inverse of mix(): x ^= x >> N undone by repeating it, products by the
 * factors' inverses modulo 2^64. */
static uint64_t unmix(uint64_t z)
{
    z ^= z >> 31 ^ z >> 62;
    z *= UINT64_C(0x319642B2D24D8EC3);
    z ^= z >> 27 ^ z >> 54;
    z *= UINT64_C(0x96DE1B173F119089);
    z ^= z >> 30 ^ z >> 60;
    return z - UINT64_C(0x9E3779B97F4A7C15);
}

int twin_fid_from_uuid(int64_t *fid, const char *uuid)
{
    uint64_t part[5] = {0}, a;
    int used = 0;
    char again[37];
    if (sscanf(uuid,
               "%8" SCNx64 "-%4" SCNx64 "-%4" SCNx64 "-%4" SCNx64 "-%12" SCNx64
               "%n",
               &part[0], &part[1], &part[2], &part[3], &part[4], &used) != 5 ||
        used != 36 || uuid[36])
        return 0;
    a = part[0] << 32 | part[1] << 16 | (part[2] & 0xFFF) << 4 |
        (part[3] >> 10 & 0xF);
    a = unmix(a);
    twin_uuid_from_fid(again, (int64_t)a);
    if (a > INT64_MAX || strcmp(again, uuid) != 0)
        return 0;
    *fid = (int64_t)a;
    return 1;
}
