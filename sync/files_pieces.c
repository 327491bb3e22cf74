/* SPDX-License-Identifier: MIT */
/* files: a file's pieces. Each is a git blob; the ids of up to 512 of them,
 * 20 bytes each, are a blob again, and so on until one is left, whose id the
 * cell names. So the cell leads to every piece, whatever line brought them,
 * and a piece is asked for by its id alone. */
#include "sync/files_internal.h"

#include <string.h>

size_t files_piece_count(int64_t size)
{
    return (size_t)((size + FILES_PIECE - 1) / FILES_PIECE);
}

size_t files_group_count(int64_t size)
{
    size_t pieces = files_piece_count(size);
    return pieces > 1 ? (pieces + FILES_LIST - 1) / FILES_LIST : 0;
}

size_t files_piece_length(int64_t size, size_t index)
{
    int64_t left = size - (int64_t)index * FILES_PIECE;
    return left < FILES_PIECE ? (size_t)left : FILES_PIECE;
}

int files_blob_id(uint8_t id[FILES_ID], const void *bytes, size_t length)
{
    git_oid oid;
    if (git_odb_hash(&oid, bytes, length, GIT_OBJECT_BLOB) < 0)
        return error_memory();
    memcpy(id, oid.id, FILES_ID);
    return TAWAM_OK;
}

void files_hex(char out[SYNC_ID_SIZE], const uint8_t id[FILES_ID])
{
    git_oid oid;
    memcpy(oid.id, id, FILES_ID);
    git_oid_tostr(out, SYNC_ID_SIZE, &oid);
}

int files_root(uint8_t id[FILES_ID], const buffer *ids)
{
    size_t count = ids->length / FILES_ID;
    buffer upper = {0};
    int code = TAWAM_OK;
    if (count == 1) {
        memcpy(id, ids->data, FILES_ID);
        return TAWAM_OK;
    }
    for (size_t at = 0; !code && at < count; at += FILES_LIST) {
        size_t n = count - at < FILES_LIST ? count - at : FILES_LIST;
        uint8_t list[FILES_ID];
        code = files_blob_id(list, ids->data + at * FILES_ID, n * FILES_ID);
        buffer_bytes(&upper, list, sizeof list);
    }
    if (!code)
        code = buffer_check(&upper);
    if (!code)
        code = files_root(id, &upper);
    buffer_free(&upper);
    return code;
}
