/* SPDX-License-Identifier: MIT */
/* files: the pieces of a step as one pack (gitformat-pack(5)), since 128 loose
 * objects would be 128 flushes. Whole blobs only. It lies in .out.git until
 * the remote has shown that it has the step, and then goes: the bytes are in
 * the folder anyway. */
#include "sync/files_internal.h"
#include "sync/log_private_internal.h"

#include <dirent.h>
#include <mbedtls/sha1.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#if MBEDTLS_VERSION_MAJOR >= 3
#define mbedtls_sha1_ret mbedtls_sha1
#endif

#define HEAD_SIZE 12
#define SHA1_SIZE 20
#define BLOB 3 /* the type, in a pack */

/* Type and length: four bits of it, then seven a byte, low first. */
static void add_head(buffer *out, size_t length)
{
    uint8_t byte = (uint8_t)(BLOB << 4 | (length & 15));
    length >>= 4;
    while (length) {
        buffer_byte(out, byte | 0x80);
        byte = (uint8_t)(length & 0x7f);
        length >>= 7;
    }
    buffer_byte(out, byte);
}

int files_pack_add(files_pack *pack, const void *bytes, size_t length)
{
    uLongf packed = compressBound((uLong)length);
    uint8_t *space = memory_new(packed);
    if (!space)
        return TAWAM_EMEMORY;
    if (!pack->bytes.length)
        buffer_bytes(&pack->bytes, "PACK\0\0\0\2\0\0\0\0", HEAD_SIZE);
    add_head(&pack->bytes, length);
    if (compress(space, &packed, bytes, (uLong)length) == Z_OK)
        buffer_bytes(&pack->bytes, space, packed);
    else
        pack->bytes.failed = 1;
    free(space);
    pack->count++;
    return buffer_check(&pack->bytes);
}

/* The count is known now; the sum of all before it ends a pack. */
static void complete(files_pack *pack)
{
    uint8_t sum[SHA1_SIZE], *count = pack->bytes.data + HEAD_SIZE - 4;
    for (int i = 0; i < 4; i++)
        count[i] = (uint8_t)(pack->count >> (24 - 8 * i));
    if (mbedtls_sha1_ret(pack->bytes.data, pack->bytes.length, sum))
        pack->bytes.failed = 1;
    buffer_bytes(&pack->bytes, sum, sizeof sum);
}

int files_pack_store(files_pack *pack, git_repository *repository)
{
    git_indexer *writer = NULL;
    git_indexer_progress stats = {0};
    int error = 0, code = TAWAM_OK;
    if (pack->count && !pack->bytes.failed)
        complete(pack);
    code = buffer_check(&pack->bytes);
    if (!code && pack->count) {
        if ((error = gitlog_new_pack(&writer, repository, NULL, NULL)) == 0 &&
            (error = git_indexer_append(writer, pack->bytes.data,
                                        pack->bytes.length, &stats)) == 0)
            error = git_indexer_commit(writer, &stats);
        if (error < 0)
            code = gitlog_error(TAWAM_EENVIRONMENT,
                                _("preparing attachments to be sent"));
    }
    git_indexer_free(writer);
    buffer_free(&pack->bytes);
    pack->count = 0;
    return code;
}

void files_pack_wipe(const char *repository_path)
{
    char *folder = file_join(repository_path, "objects/pack");
    DIR *list = folder ? opendir(folder) : NULL;
    struct dirent *e;
    while (list && (e = readdir(list))) {
        char *path = e->d_name[0] == '.' ? NULL : file_join(folder, e->d_name);
        if (path)
            unlink(path);
        free(path);
    }
    if (list)
        closedir(list);
    free(folder);
}
