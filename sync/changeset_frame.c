/* SPDX-License-Identifier: MIT */
/* One zstd frame around the content, and how much a file may grow to.
 *
 * Invariants:
 *  1. A frame tells its content's size, has no checksum (git's hash guards
 *     it) and no dictionary; nothing precedes or follows it.
 *  2. Nothing is allocated before the size it claims has been held against
 *     the caller's limit and changeset_content_bound().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>
#include "sync/changeset_internal.h"

/* Measured (FORMAT.md, "Level"): 19 with a long search, on whatever machine. */
#define LEVEL 19
#define WINDOW_LOG 23 /* 8 MiB: what the reader of a stream must hold */

size_t changeset_content_bound(size_t length)
{
    return ((size_t)16 << 20) + 1024 * length;
}

size_t changeset_memory_bound(size_t length)
{
    return ((size_t)32 << 20) + 4096 * length;
}

uint64_t changeset_work_bound(size_t length)
{
    return ((uint64_t)64 << 20) + 4096 * (uint64_t)length;
}

int changeset_damaged(const char *format, ...)
{
    va_list arguments;
    char *reason = NULL;
    int written = 0;

    va_start(arguments, format);
    written = vasprintf(&reason, format, arguments);
    va_end(arguments);
    if (written < 0)
        return error_memory();
    error_set(TAWAM_EDAMAGED, _("damaged changeset: %s"), reason);
    free(reason);
    return TAWAM_EDAMAGED;
}

/* ---- out ---- */

/* Feed BYTES with DIRECTIVE until all is taken (and for an end, flushed). */
static size_t feed(ZSTD_CCtx *z, buffer *out, const void *bytes, size_t length,
                   ZSTD_EndDirective directive)
{
    ZSTD_inBuffer in = {bytes, length, 0};
    uint8_t block[16384];
    size_t left = 0;

    do {
        ZSTD_outBuffer to = {block, sizeof block, 0};
        left = ZSTD_compressStream2(z, &to, &in, directive);
        if (ZSTD_isError(left))
            return left;
        buffer_bytes(out, block, to.pos);
    } while (left || in.pos < in.size);
    return 0;
}

/* Coded bits can't be packed any more: any level stores them as they are. */
static int set_up(ZSTD_CCtx *z, size_t size, int has_text)
{
    return ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel,
                                               has_text ? LEVEL : 1)) ||
           ZSTD_isError(
               ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, WINDOW_LOG)) ||
           ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 0)) ||
           ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(z, size));
}

int changeset_pack(buffer *out, const buffer *content, size_t split)
{
    ZSTD_CCtx *z = ZSTD_createCCtx();
    size_t failed = 0;

    if (!z)
        return error_memory();
    failed = (size_t)set_up(z, content->length, split > 0);
    if (!failed && split > 0 && split < content->length)
        failed = feed(z, out, content->data, split, ZSTD_e_flush);
    else
        split = 0;
    if (!failed)
        failed = feed(z, out, content->data + split, content->length - split,
                      ZSTD_e_end);
    ZSTD_freeCCtx(z);
    if (failed)
        return error_memory();
    return buffer_check(out);
}

/* ---- in ---- */

/* The size that the one frame in BYTES claims; everything else is refused. */
static int claimed_size(size_t *size, const void *bytes, size_t length)
{
    unsigned long long claimed = ZSTD_getFrameContentSize(bytes, length);
    size_t frame = 0;
    uint32_t magic = 0;

    if (length >= 4)
        memcpy(&magic, bytes, 4);
    if (length < 4 || memcmp(bytes, "\x28\xb5\x2f\xfd", 4) != 0)
        return changeset_damaged(_("it does not begin with a zstd frame"));
    if (claimed == ZSTD_CONTENTSIZE_ERROR)
        return changeset_damaged(_("its zstd header is broken"));
    if (claimed == ZSTD_CONTENTSIZE_UNKNOWN)
        return changeset_damaged(_("its zstd frame tells no size"));
    if (ZSTD_getDictID_fromFrame(bytes, length) != 0)
        return error_set(TAWAM_ENEWER,
                         _("the changeset needs a dictionary, which this "
                           "version of tawam does not know; a newer one does"));
    frame = ZSTD_findFrameCompressedSize(bytes, length);
    if (ZSTD_isError(frame))
        return changeset_damaged(_("its zstd frame is cut or broken"));
    if (frame != length)
        return changeset_damaged(_("%zu bytes follow its zstd frame"),
                                 length - frame);
    if (claimed > SIZE_MAX)
        claimed = SIZE_MAX;
    *size = (size_t)claimed;
    return TAWAM_OK;
}

int changeset_unpack(buffer *out, const void *bytes, size_t length,
                     size_t limit)
{
    size_t size = 0, got = 0;
    uint8_t *room = NULL;

    if (claimed_size(&size, bytes, length) < 0)
        return error_code();
    if (size > limit)
        return changeset_damaged(_("it claims %zu bytes; %zu are allowed"),
                                 size, limit);
    if (size > changeset_content_bound(length))
        return changeset_damaged(_("its %zu bytes claim to hold %zu: a bomb"),
                                 length, size);
    room = memory_new(size + 1);
    if (!room)
        return TAWAM_EMEMORY;
    got = ZSTD_decompress(room, size, bytes, length);
    if (ZSTD_isError(got) || got != size) {
        free(room);
        if (ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation)
            return error_memory();
        return changeset_damaged(_("its zstd frame can't be read: %s"),
                                 ZSTD_isError(got) ? ZSTD_getErrorName(got)
                                                   : _("wrong size"));
    }
    free(out->data);
    *out = (buffer){.data = room, .length = size, .capacity = size + 1};
    return TAWAM_OK;
}
