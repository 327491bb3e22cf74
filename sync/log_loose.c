/* SPDX-License-Identifier: MIT */
/* Loose objects and pack indexes, looked at by us before libgit2 reads them: of
 * our own log, and of a folder (stick, share) that we meet.
 *
 * libgit2 1.5.1 goes round for ever in a loose object that was cut off, and
 * writes past its memory in one whose header names too few bytes (both seen in
 * tests/work_damage.c). So its backend for loose objects stands behind this
 * one, which refuses what does not inflate to just what its header says; that
 * the bytes are those of the name, libgit2 checks itself. A pack's index with
 * a wrong number in it makes it read outside the pack: its sum is checked when
 * the log is opened.
 */
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

#include <dirent.h>
#include <errno.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <mbedtls/sha1.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#if MBEDTLS_VERSION_MAJOR >= 3
#define mbedtls_sha1_ret mbedtls_sha1 /* the same under its new name */
#endif

#define LOOSE_LIMIT ((size_t)1 << 30) /* bytes of one file; ours are small */

typedef struct guard {
    git_odb_backend parent;
    git_odb_backend *real; /* owned */
    char *folder;          /* …/objects */
} guard;

static guard *of(git_odb_backend *backend)
{
    return (guard *)backend;
}

/* Length of "TYPE SIZE" with its NUL, and SIZE; 0 if it is none. */
static size_t read_head(uint64_t *size, const uint8_t *bytes, size_t length)
{
    const uint8_t *end = memchr(bytes, 0, length);
    const char *blank = end ? strchr((const char *)bytes, ' ') : NULL;
    char *after = NULL;
    if (!blank || blank[1] < '0' || blank[1] > '9')
        return 0;
    *size = strtoull(blank + 1, &after, 10);
    return after == (const char *)end ? (size_t)(end - bytes) + 1 : 0;
}

/* 1 if FILE inflates to what its header says and ends there, 0 if not,
 * negative without memory. */
static int inflates(const buffer *file)
{
    uint8_t piece[16384];
    z_stream z = {.next_in = file->data, .avail_in = (uInt)file->length};
    uint64_t size = 0, total = 0;
    size_t head = 0;
    int result = inflateInit(&z);
    if (result == Z_MEM_ERROR)
        return error_memory();
    while (result == Z_OK) {
        size_t got;
        z.next_out = piece;
        z.avail_out = sizeof piece;
        result = inflate(&z, Z_NO_FLUSH);
        got = sizeof piece - z.avail_out;
        if (!total && !(head = read_head(&size, piece, got)))
            result = Z_DATA_ERROR;
        total += got;
        if (result == Z_OK && (!got || total > head + size))
            result = Z_DATA_ERROR;
    }
    inflateEnd(&z);
    if (result == Z_MEM_ERROR)
        return error_memory();
    return result == Z_STREAM_END && z.avail_in == 0 && total == head + size;
}

/* Our failure CODE in libgit2's words, from which gitlog_code() gets it back;
 * TAWAM_EDAMAGED: what the file holds is no object. */
static int refuse_object(int code)
{
    if (code == TAWAM_EMEMORY)
        git_error_set_oom();
    else if (code == TAWAM_EDAMAGED)
        git_error_set_str(GIT_ERROR_ODB,
                          "the file of a loose object is damaged");
    else
        git_error_set_str(GIT_ERROR_OS, error_message());
    error_clear();
    return GIT_ERROR;
}

/* The file at PATH is an object's: TAWAM_OK, TAWAM_EDAMAGED, or why it can't be
 * read. One that is gone went into a pack just now. */
static int check_file(const char *path)
{
    buffer file = {0};
    int code = file_read(&file, path, LOOSE_LIMIT), sound;
    if (code == TAWAM_EUSAGE) /* longer than any object */
        code = TAWAM_EDAMAGED;
    if (code && !file_exists(path))
        code = TAWAM_OK;
    else if (!code) {
        sound = file.length ? inflates(&file) : 0;
        code = sound < 0 ? sound : sound ? TAWAM_OK : TAWAM_EDAMAGED;
    }
    buffer_free(&file);
    return code;
}

/* 0, or a libgit2 error; an object that is not there is for the real one. */
static int check(guard *g, const git_oid *id)
{
    char hex[SYNC_ID_SIZE], *path;
    int code = TAWAM_OK;
    git_oid_tostr(hex, sizeof hex, id);
    path = memory_format("%s/%.2s/%s", g->folder, hex, hex + 2);
    if (!path)
        code = error_memory();
    else if (file_exists(path))
        code = check_file(path);
    free(path);
    return code ? refuse_object(code) : 0;
}

/* ---- libgit2's calls ---- */

static int guard_read(void **out, size_t *length, git_object_t *type,
                      git_odb_backend *b, const git_oid *id)
{
    int result = check(of(b), id);
    return result ? result
                  : of(b)->real->read(out, length, type, of(b)->real, id);
}

static int guard_read_header(size_t *length, git_object_t *type,
                             git_odb_backend *b, const git_oid *id)
{
    int result = check(of(b), id);
    return result ? result
                  : of(b)->real->read_header(length, type, of(b)->real, id);
}

static int guard_exists(git_odb_backend *b, const git_oid *id)
{
    return of(b)->real->exists(of(b)->real, id);
}

static int guard_exists_prefix(git_oid *out, git_odb_backend *b,
                               const git_oid *id, size_t length)
{
    return of(b)->real->exists_prefix(out, of(b)->real, id, length);
}

static int guard_read_prefix(git_oid *whole, void **out, size_t *length,
                             git_object_t *type, git_odb_backend *b,
                             const git_oid *id, size_t digits)
{
    int result = guard_exists_prefix(whole, b, id, digits);
    return result ? result : guard_read(out, length, type, b, whole);
}

static int guard_write(git_odb_backend *b, const git_oid *id, const void *bytes,
                       size_t length, git_object_t type)
{
    return of(b)->real->write(of(b)->real, id, bytes, length, type);
}

static int guard_foreach(git_odb_backend *b, git_odb_foreach_cb call,
                         void *context)
{
    return of(b)->real->foreach (of(b)->real, call, context);
}

static int guard_freshen(git_odb_backend *b, const git_oid *id)
{
    return of(b)->real->freshen(of(b)->real, id);
}

static void guard_free(git_odb_backend *b)
{
    if (of(b)->real)
        of(b)->real->free(of(b)->real);
    free(of(b)->folder);
    free(b);
}

static int guard_new(guard **out, const char *folder)
{
    guard *g = memory_new(sizeof *g);
    if (!g)
        return refuse_object(TAWAM_EMEMORY);
    g->folder = memory_string(folder);
    if (!g->folder)
        refuse_object(TAWAM_EMEMORY);
    if (!g->folder ||
        git_odb_init_backend(&g->parent, GIT_ODB_BACKEND_VERSION) < 0 ||
        git_odb_backend_loose(&g->real, folder, -1, 1, 0, 0) < 0) {
        guard_free(&g->parent);
        return GIT_ERROR;
    }
    g->parent.read = guard_read;
    g->parent.read_header = guard_read_header;
    g->parent.read_prefix = guard_read_prefix;
    g->parent.exists = guard_exists;
    g->parent.exists_prefix = guard_exists_prefix;
    g->parent.write = guard_write;
    g->parent.foreach = guard_foreach;
    g->parent.freshen = guard_freshen;
    g->parent.free = guard_free;
    *out = g;
    return 0;
}

int gitlog_loose_backend(git_odb_backend **out, const char *folder)
{
    guard *g = NULL;
    int result = guard_new(&g, folder);
    if (!result)
        *out = &g->parent;
    return result;
}

/* ---- pack indexes ---- */

/* An index ends in the SHA-1 of all before it. */
int gitlog_check_index(const char *path)
{
    buffer file = {0};
    uint8_t sum[20];
    int code = file_read(&file, path, LOOSE_LIMIT);
    if (!code && (file.length < 1072 ||
                  mbedtls_sha1_ret(file.data, file.length - 20, sum) ||
                  memcmp(sum, file.data + file.length - 20, sizeof sum) != 0))
        code = error_set(TAWAM_EDAMAGED, _("%.200s is damaged"), path);
    buffer_free(&file);
    return code;
}

/* libgit2 believes an index and reads where it says, outside the pack too. */
static int check_indexes(const char *objects)
{
    char *folder = file_join(objects, "pack");
    DIR *list = folder ? opendir(folder) : NULL;
    struct dirent *e;
    int code = folder ? TAWAM_OK : error_memory();
    if (!code && !list && errno != ENOENT && errno != ENOTDIR)
        code = error_system(_("read %s"), folder);
    while (!code && list && (e = readdir(list))) {
        char *path;
        if (strcmp(file_extension(e->d_name), ".idx") != 0 &&
            strcmp(file_extension(e->d_name), "idx") != 0)
            continue;
        path = file_join(folder, e->d_name);
        code = path ? gitlog_check_index(path) : error_memory();
        free(path);
    }
    if (list)
        closedir(list);
    free(folder);
    return code;
}

/* ---- object folders, and those they borrow from ---- */

#define BORROW_DEPTH 5 /* as git's own limit */

/* Objects in FOLDER, loose ones behind the guard. BORROWED 1: libgit2 writes
 * into none of those. */
static int add_backends(git_odb *odb, const char *folder, int borrowed)
{
    git_odb_backend *packs = NULL;
    guard *g = NULL;
    int (*add)(git_odb *, git_odb_backend *, int) =
        borrowed ? git_odb_add_alternate : git_odb_add_backend;
    int result = guard_new(&g, folder);
    if (!result && (result = add(odb, &g->parent, 1)) < 0)
        guard_free(&g->parent);
    if (!result)
        result = git_odb_backend_pack(&packs, folder);
    if (!result && (result = add(odb, packs, 2)) < 0)
        packs->free(packs);
    return result < 0 ? gitlog_error(TAWAM_EDAMAGED, folder) : TAWAM_OK;
}

static int add_folder(git_odb *odb, const char *folder, int depth);

/* LINE of FOLDER's info/alternates: another folder of objects, absolute or
 * seen from this one. One that is not there is passed over, as git does. */
static int add_borrowed(git_odb *odb, const char *folder, const char *line,
                        int depth)
{
    char *path = *line == '/' ? memory_string(line) : file_join(folder, line);
    int code = path ? TAWAM_OK : error_memory();
    if (!code && file_is_folder(path))
        code = add_folder(odb, path, depth + 1);
    free(path);
    return code;
}

static int add_folder(git_odb *odb, const char *folder, int depth)
{
    buffer names = {0};
    char *list = file_join(folder, "info/alternates"), *rest = NULL;
    int code = list ? check_indexes(folder) : error_memory();
    if (!code)
        code = add_backends(odb, folder, depth > 0);
    if (!code && depth < BORROW_DEPTH && file_exists(list))
        code = file_read(&names, list, 65536);
    if (!code && names.data)
        for (char *line = strtok_r((char *)names.data, "\n", &rest);
             line && !code; line = strtok_r(NULL, "\n", &rest))
            if (*line != '#')
                code = add_borrowed(odb, folder, line, depth);
    buffer_free(&names);
    free(list);
    return code;
}

int gitlog_guard(git_repository *repository)
{
    char *folder = file_join(git_repository_commondir(repository), "objects");
    git_odb *odb = NULL;
    int code = folder ? TAWAM_OK : error_memory();
    if (!code && git_odb_new(&odb) < 0)
        code = gitlog_error(TAWAM_EMEMORY, folder);
    if (!code)
        code = add_folder(odb, folder, 0);
    if (!code && git_repository_set_odb(repository, odb) < 0)
        code = gitlog_error(TAWAM_EDAMAGED, folder);
    git_odb_free(odb);
    free(folder);
    return code;
}
