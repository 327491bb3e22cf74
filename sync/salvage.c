/* SPDX-License-Identifier: MIT */
/* salvage: a pack that was cut, made whole with fewer objects.
 *
 * git's format (gitformat-pack(5)): "PACK", version, number of objects; each
 * object a type and size, for a delta its base, then a zlib stream; SHA-1 of
 * all that. A server writes a delta after its base, so that what stands before
 * the cut needs nothing behind it.
 *
 * A cut while this works leaves a file that it works on again:
 *     objects counted        the file as it was
 *     cut behind the last    } the count says more than is there
 *     count written          } or less than is there
 *     sum written            a whole pack
 */
#include "sync/incoming_internal.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zlib.h>
#include <mbedtls/sha1.h>
#include <mbedtls/version.h>
#if MBEDTLS_VERSION_MAJOR >= 3
#define mbedtls_sha1_ret mbedtls_sha1 /* the same under its new name */
#endif

#define HEADER 12
#define SUM 20
#define OFS_DELTA 6
#define REF_DELTA 7

/* Behind the head of the object at AT: type, *size, base. 0: cut off. */
static size_t skip_head(uint64_t *size, const uint8_t *pack, size_t at,
                        size_t end)
{
    if (at >= end)
        return 0;
    int type = pack[at] >> 4 & 7;
    unsigned shift = 4;
    *size = pack[at] & 15;
    while (at < end && pack[at] & 0x80) {
        at++;
        if (at < end && shift < 57)
            *size |= (uint64_t)(pack[at] & 0x7f) << shift;
        shift += 7;
    }
    at++;
    if (type == OFS_DELTA) {
        while (at < end && pack[at] & 0x80)
            at++;
        at++;
    } else if (type == REF_DELTA) {
        at += GIT_OID_RAWSZ;
    }
    return at < end ? at : 0;
}

/* Behind the zlib stream at AT; 0: cut off, or none. */
static size_t skip_stream(const uint8_t *pack, size_t at, size_t end)
{
    uint8_t away[16384];
    z_stream z = {0};
    int result = Z_OK;
    size_t length = end - at < UINT32_MAX / 2 ? end - at : UINT32_MAX / 2;
    if (inflateInit(&z) != Z_OK)
        return 0;
    z.next_in = (uint8_t *)pack + at;
    z.avail_in = (unsigned)length;
    while (result == Z_OK) {
        z.next_out = away;
        z.avail_out = sizeof away;
        result = inflate(&z, Z_NO_FLUSH);
    }
    at += length - z.avail_in;
    inflateEnd(&z);
    return result == Z_STREAM_END ? at : 0;
}

/* How many objects are whole, where the last of them ends, and what follows. */
static uint32_t count_whole(size_t *end, salvage_cut *cut, const uint8_t *pack,
                            size_t size)
{
    uint32_t promised = 0, whole = 0;
    size_t at = HEADER;
    if (size < HEADER || memcmp(pack, "PACK\0\0\0\2", 8) != 0)
        return 0;
    memcpy(&promised, pack + 8, sizeof promised);
    promised = ntohl(promised);
    for (*end = at; whole < promised; whole++) {
        uint64_t length = 0;
        at = skip_head(&length, pack, at, size);
        cut->size = at ? length : 0;
        if (!at || !(at = skip_stream(pack, at, size)))
            break;
        *end = at;
        cut->size = 0;
    }
    cut->came = cut->size ? size - *end : 0;
    return whole;
}

/* The count, and the sum over the first END bytes, behind them. */
static int finish(int fd, uint8_t *pack, size_t end, uint32_t whole)
{
    uint8_t sum[SUM];
    uint32_t count = htonl(whole);
    memcpy(pack + 8, &count, sizeof count);
    if (mbedtls_sha1_ret(pack, end, sum))
        return error_memory();
    if (ftruncate(fd, (off_t)end) < 0 ||
        pwrite(fd, &count, sizeof count, 8) != sizeof count ||
        pwrite(fd, sum, sizeof sum, (off_t)end) != sizeof sum)
        return error_system(_("write what arrived"));
    return TAWAM_OK;
}

int salvage_pack(size_t *objects, salvage_cut *cut, const char *path)
{
    struct stat st = {0};
    size_t end = 0;
    int code = TAWAM_OK;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    *objects = 0;
    *cut = (salvage_cut){0};
    if (fd < 0 || fstat(fd, &st) < 0)
        code = error_system(_("open '%s'"), path);
    if (code == TAWAM_OK && st.st_size > HEADER) {
        /* private: the count is changed for the sum before it is written */
        size_t size = (size_t)st.st_size;
        void *pack =
            mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
        if (pack == MAP_FAILED) {
            code = error_system(_("read '%s'"), path);
        } else {
            uint32_t whole = count_whole(&end, cut, pack, size);
            if (whole)
                code = finish(fd, pack, end, whole);
            *objects = whole;
            munmap(pack, size);
        }
    }
    if (fd >= 0)
        close(fd);
    return code;
}
