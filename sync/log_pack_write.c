/* SPDX-License-Identifier: MIT */
/* A pack written object by object (gitformat-pack(5), version 2), through
 * libgit2's indexer. Memory: one object, and some hundred bytes for each. */
#include "sync/log_pack_internal.h"

#include <mbedtls/sha1.h>
#include <mbedtls/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#if MBEDTLS_VERSION_MAJOR >= 3
#define mbedtls_sha1_starts_ret mbedtls_sha1_starts /* the same, renamed */
#define mbedtls_sha1_update_ret mbedtls_sha1_update
#define mbedtls_sha1_finish_ret mbedtls_sha1_finish
#endif

struct pack_stream {
    git_indexer *indexer; /* owned */
    git_indexer_progress progress;
    mbedtls_sha1_context sum; /* of all bytes so far */
    buffer out;               /* one object, deflated */
};

void pack_free(pack_stream *p)
{
    if (!p)
        return;
    git_indexer_free(p->indexer);
    mbedtls_sha1_free(&p->sum);
    buffer_free(&p->out);
    free(p);
}

static int failed(void)
{
    return gitlog_error(TAWAM_EENVIRONMENT, _("writing a pack to log.git"));
}

/* What stands in p->out goes to the indexer. */
static int emit(pack_stream *p)
{
    int code = buffer_check(&p->out);
    if (!code &&
        (mbedtls_sha1_update_ret(&p->sum, p->out.data, p->out.length) != 0 ||
         git_indexer_append(p->indexer, p->out.data, p->out.length,
                            &p->progress) < 0))
        code = failed();
    buffer_clear(&p->out);
    return code;
}

static void put_be32(buffer *out, size_t value)
{
    int shift;
    for (shift = 24; shift >= 0; shift -= 8)
        buffer_byte(out, (uint8_t)(value >> shift));
}

int pack_begin(pack_stream **out, gitlog *log, size_t count)
{
    pack_stream *p = memory_new(sizeof *p);
    char *folder = file_join(log->path, "objects/pack");
    int code = p && folder && count <= UINT32_MAX ? TAWAM_OK : error_memory();

    if (p)
        mbedtls_sha1_init(&p->sum);
    if (!code)
        code = file_make_folders(folder);
    if (!code && (mbedtls_sha1_starts_ret(&p->sum) != 0 ||
                  git_indexer_new(&p->indexer, folder, 0, NULL, NULL) < 0))
        code = failed();
    if (!code) {
        buffer_bytes(&p->out, "PACK\0\0\0\2", 8);
        put_be32(&p->out, count);
        code = emit(p);
    }
    free(folder);
    if (code) {
        pack_free(p);
        return code;
    }
    *out = p;
    return TAWAM_OK;
}

/* Type and length: 3 and 4 bits, then 7 a byte, low ones first. */
static void put_head(buffer *out, git_object_t type, size_t length)
{
    size_t byte = (size_t)type << 4 | (length & 15);
    length >>= 4;
    while (length) {
        buffer_byte(out, (uint8_t)(byte | 128));
        byte = length & 127;
        length >>= 7;
    }
    buffer_byte(out, (uint8_t)byte);
}

static void put_deflated(buffer *out, const void *bytes, size_t length)
{
    uint8_t piece[16384];
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)bytes,
                  .avail_in = (uInt)length};
    int result = deflateInit(&z, Z_DEFAULT_COMPRESSION);
    if (result != Z_OK) {
        out->failed = 1;
        return;
    }
    while (result == Z_OK) {
        z.next_out = piece;
        z.avail_out = sizeof piece;
        result = deflate(&z, Z_FINISH);
        buffer_bytes(out, piece, sizeof piece - z.avail_out);
    }
    if (result != Z_STREAM_END)
        out->failed = 1;
    deflateEnd(&z);
}

int pack_add(pack_stream *p, git_object_t type, const void *bytes,
             size_t length)
{
    if (length > UINT32_MAX)
        return error_set(TAWAM_EUSAGE, "an object of %zu bytes", length);
    put_head(&p->out, type, length);
    put_deflated(&p->out, bytes, length);
    return emit(p);
}

int pack_finish(char name[SYNC_ID_SIZE], pack_stream *p)
{
    uint8_t sum[20];
    int code = mbedtls_sha1_finish_ret(&p->sum, sum) == 0 ? TAWAM_OK : failed();
    if (!code &&
        (git_indexer_append(p->indexer, sum, sizeof sum, &p->progress) < 0 ||
         git_indexer_commit(p->indexer, &p->progress) < 0))
        code = failed();
    if (!code)
        snprintf(name, SYNC_ID_SIZE, "%s", git_indexer_name(p->indexer));
    pack_free(p);
    return code;
}
