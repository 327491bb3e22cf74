/* SPDX-License-Identifier: MIT */
/* A file of main that a bad link could not carry in one piece stands there in
 * several: NAME.parts/0001 …, cut at ends of lines where there are some.
 * put together they are the file, whose sum the manifest has. */
#include "work/forms_internal.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    PIECE_MOST = 12000, /* bytes, as packed */
    DEPTH_MOST = 12     /* halvings */
};

/* Bytes when packed as git does. 0: no memory. */
static size_t packed_size(const char *bytes, size_t length)
{
    uLongf size = compressBound(length);
    uint8_t *packed = memory_new(size);
    int result = packed
                     ? compress(packed, &size, (const uint8_t *)bytes, length)
                     : Z_MEM_ERROR;
    free(packed);
    return result == Z_OK ? size : 0;
}

/* About the middle: behind a line, if one ends in the second half's first
 * half. */
static size_t middle_of(const char *bytes, size_t length)
{
    size_t half = length / 2;
    const char *end = memchr(bytes + half, '\n', length / 4);
    return end ? (size_t)(end - bytes) + 1 : half;
}

static int add(forms_file_list *l, char *path, const char *bytes, size_t length)
{
    int code = path ? memory_reserve((void **)&l->files, &l->capacity,
                                     l->count + 1, sizeof *l->files)
                    : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        l->files[l->count++] = (sync_file){path, bytes, length};
    else
        free(path);
    return code;
}

/* Halve until each piece is small. */
static int add_pieces(forms_file_list *l, size_t *number, const char *path,
                      const char *bytes, size_t length, int depth)
{
    size_t size = packed_size(bytes, length);
    if (!size)
        return error_memory();
    if (size <= PIECE_MOST || depth == DEPTH_MOST)
        return add(l, memory_format("%s" FORMS_PARTS "%04zu", path, ++*number),
                   bytes, length);
    size_t middle = middle_of(bytes, length);
    int code = add_pieces(l, number, path, bytes, middle, depth + 1);
    return code == TAWAM_OK ? add_pieces(l, number, path, bytes + middle,
                                         length - middle, depth + 1)
                            : code;
}

int forms_file_add(forms_file_list *l, char *path, const void *bytes,
                   size_t length)
{
    size_t number = 0;
    if (length <= PIECE_MOST || !path)
        return add(l, path, bytes, length);
    size_t size = packed_size(bytes, length);
    if (size <= PIECE_MOST && size)
        return add(l, path, bytes, length);
    int code =
        size ? add_pieces(l, &number, path, bytes, length, 0) : error_memory();
    free(path);
    return code;
}

void forms_file_list_clear(forms_file_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free((char *)(uintptr_t)l->files[i].path);
    free(l->files);
    memset(l, 0, sizeof *l);
}

int forms_file_read(buffer *out, territory *t, const char *path)
{
    int code = sync_read_main(out, t->sync, path), count = 0;
    if (code != TAWAM_ENOTFOUND)
        return code;
    do {
        buffer bytes = {0};
        char *piece = memory_format("%s" FORMS_PARTS "%04d", path, ++count);
        code = piece ? sync_read_main(&bytes, t->sync, piece) : TAWAM_EMEMORY;
        if (code == TAWAM_OK)
            buffer_bytes(out, bytes.data, bytes.length);
        buffer_free(&bytes);
        free(piece);
    } while (code == TAWAM_OK);
    return code == TAWAM_ENOTFOUND && count > 1 ? buffer_check(out) : code;
}
