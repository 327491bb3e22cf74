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

#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <mbedtls/sha1.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#if MBEDTLS_VERSION_MAJOR >= 3
#define mbedtls_sha1_ret mbedtls_sha1 /* the same under its new name */
#endif

#define INDEX_NAMES 1032 /* where the names begin in a pack's index */
#define LOOSE_LIMIT ((size_t)1 << 30) /* bytes of one file; ours are small */
#define OPEN_MOST 100 /* packs; from 50 on they are put together */

typedef struct guard {
    git_odb_backend parent;
    git_odb_backend *real;  /* owned */
    git_odb_backend *packs; /* of the same folder; the database's, or NULL */
    char *folder;           /* …/objects */
    struct timespec looked; /* at packs that stood so: they are open */
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

/* The first bytes of the file at PATH can be read, or it is gone by now. */
static int touch(const char *path)
{
    uint8_t head[32];
    int fd = open(path, O_RDONLY | O_CLOEXEC), code = TAWAM_OK;
    if (fd < 0 ? errno != ENOENT : read(fd, head, sizeof head) < 0)
        code = error_system(_("read %s"), path);
    if (fd >= 0)
        close(fd);
    return code;
}

/* The first name in the pack's INDEX, of version 2, as all that git and libgit2
 * make: 1, 0 if there is none, or an error. */
static int first_name(git_oid *out, const char *index)
{
    uint8_t name[GIT_OID_RAWSZ];
    int fd = open(index, O_RDONLY | O_CLOEXEC), code = TAWAM_OK;
    ssize_t got = fd < 0 ? -1 : pread(fd, name, sizeof name, INDEX_NAMES);
    if (got < 0 && errno != ENOENT)
        code = error_system(_("read %s"), index);
    if (fd >= 0)
        close(fd);
    if (code || got < (ssize_t)sizeof name)
        return code;
    git_oid_fromraw(out, name);
    return 1;
}

static int touch_pack(const char *index)
{
    char *pack = memory_format("%.*s.pack", (int)strlen(index) - 4, index);
    int code = pack ? touch(index) : error_memory();
    if (!code)
        code = touch(pack);
    free(pack);
    return code;
}

/* 1 if FIRST, which is in a pack there, is to G's packs too. A folder that
 * libgit2 could not look at when it began is one without packs to it. */
static int sees(guard *g, const git_oid *first)
{
    git_odb_backend *packs = g->packs;
    return !packs || packs->exists(packs, first) ||
           (packs->refresh(packs) == 0 && packs->exists(packs, first));
}

/* libgit2 opens the pack of INDEX, and keeps it open for all who know of it;
 * else it can be read, and is damaged. */
static int open_pack(guard *g, const char *index)
{
    git_odb_backend *pack = NULL;
    git_oid first;
    int opened = 0, code = first_name(&first, index);
    for (int turn = 0; turn < 2 && code > 0 && !opened; turn++) {
        if (git_odb_backend_one_pack(&pack, index) < 0)
            continue;
        opened = pack->exists(pack, &first);
        pack->free(pack);
    }
    if (code <= 0)
        return code;
    if (!opened)
        return touch_pack(index);
    if (sees(g, &first))
        return TAWAM_OK;
    errno = EIO; /* what libgit2 met, it does not tell */
    return error_system(_("read %s"), index);
}

typedef struct opening {
    guard *g;
    const char *folder;
    int count;
} opening;

/* The file NAME, if it is a pack's index. */
static int open_named(void *context, const char *name)
{
    opening *o = context;
    char *path = NULL;
    int code;
    if (strcmp(file_extension(name), "idx") != 0)
        return TAWAM_OK;
    path = file_join(o->folder, name);
    code = path ? TAWAM_OK : error_memory();
    if (!code)
        code =
            o->count++ < OPEN_MOST ? open_pack(o->g, path) : touch_pack(path);
    free(path);
    return code;
}

/* An object is in no loose file; libgit2 says the same of one in a pack that it
 * could not look at, or not open. So: all of them, once for each set, and they
 * stay open. */
static int check_packs(guard *g)
{
    struct stat s = {0};
    char *folder = file_join(g->folder, "pack");
    opening o = {g, folder, 0};
    int code = folder ? TAWAM_OK : error_memory();
    if (!code && stat(folder, &s) < 0 && errno != ENOENT)
        code = error_system(_("read %s"), folder);
    if (!code && (s.st_mtim.tv_sec != g->looked.tv_sec ||
                  s.st_mtim.tv_nsec != g->looked.tv_nsec)) {
        if (g->packs)
            g->packs->refresh(g->packs);
        code = file_entries(folder, open_named, &o);
        g->looked = code ? (struct timespec){0} : s.st_mtim;
    }
    free(folder);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

/* 1 if ID has a file, and (WHOLE) an object's; 0 if it has none and each pack
 * can be read; or a libgit2 error. */
static int check(guard *g, const git_oid *id, int whole)
{
    char hex[SYNC_ID_SIZE], *path;
    int code = TAWAM_OK;
    git_oid_tostr(hex, sizeof hex, id);
    path = memory_format("%s/%.2s/%s", g->folder, hex, hex + 2);
    int there = path ? file_exists(path) : error_memory();
    if (there < 0)
        code = there;
    else if (!there)
        code = check_packs(g);
    else if (whole)
        code = check_file(path);
    free(path);
    return code ? refuse_object(code) : there;
}

static int has_beginning(void *context, const char *name)
{
    const char *digits = context;
    return strncmp(name, digits, strlen(digits)) == 0;
}

/* 1 if a file has a name that begins with the first LENGTH digits of ID, as in
 * check(), and negative an error of ours. */
static int check_prefix(guard *g, const git_oid *id, size_t length)
{
    char hex[SYNC_ID_SIZE], *folder;
    int code;
    git_oid_tostr(hex, sizeof hex, id);
    hex[length < sizeof hex ? length : 0] = 0;
    folder = memory_format("%s/%.2s", g->folder, hex);
    code = folder ? file_entries(folder, has_beginning,
                                 hex + (length > 2 ? 2 : length))
                  : error_memory();
    if (code == TAWAM_ENOTFOUND)
        code = TAWAM_OK;
    if (!code)
        code = check_packs(g);
    free(folder);
    return code;
}

/* ---- libgit2's calls ---- */

/* The real one, which may fail without words, and with another's. OUT NULL: no
 * more than the header. */
static int read_real(void **out, size_t *length, git_object_t *type, guard *g,
                     const git_oid *id)
{
    git_error_clear();
    return out ? g->real->read(out, length, type, g->real, id)
               : g->real->read_header(length, type, g->real, id);
}

/* Where the real one fails with a file that was whole, or finds none, its own
 * look may have failed: it is asked again, and then the check is, which tells
 * why. */
static int read_checked(void **out, size_t *length, git_object_t *type,
                        guard *g, const git_oid *id)
{
    int there = check(g, id, 1), result = there;
    for (int turn = 0; there >= 0 && turn < 2; turn++) {
        result = read_real(out, length, type, g, id);
        if (!result || !there)
            return result;
        there = check(g, id, 1);
    }
    return there < 0 ? there : result;
}

static int guard_read(void **out, size_t *length, git_object_t *type,
                      git_odb_backend *b, const git_oid *id)
{
    return read_checked(out, length, type, of(b), id);
}

static int guard_read_header(size_t *length, git_object_t *type,
                             git_odb_backend *b, const git_oid *id)
{
    return read_checked(NULL, length, type, of(b), id);
}

static int guard_exists(git_odb_backend *b, const git_oid *id)
{
    int found = of(b)->real->exists(of(b)->real, id);
    /* Whoever asks looks at libgit2's words. */
    return found || check(of(b), id, 0) != 1
               ? found
               : of(b)->real->exists(of(b)->real, id);
}

static int guard_exists_prefix(git_oid *out, git_odb_backend *b,
                               const git_oid *id, size_t length)
{
    int result = of(b)->real->exists_prefix(out, of(b)->real, id, length);
    if (result == GIT_ENOTFOUND) {
        int there = check_prefix(of(b), id, length);
        if (there)
            result = there < 0 ? refuse_object(there)
                               : of(b)->real->exists_prefix(out, of(b)->real,
                                                            id, length);
    }
    return result;
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
    int code = check_packs(of(b));
    return code ? refuse_object(code)
                : of(b)->real->foreach (of(b)->real, call, context);
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

/* An index, of a pack or of several, ends in the SHA-1 of all before it. */
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

static int check_index(void *context, const char *name)
{
    char *path;
    int code;
    if (strcmp(file_extension(name), "idx") != 0 &&
        strcmp(name, "multi-pack-index") != 0)
        return TAWAM_OK;
    path = file_join(context, name);
    code = path ? gitlog_check_index(path) : error_memory();
    free(path);
    return code;
}

/* libgit2 believes an index and reads where it says, outside the pack too. */
static int check_indexes(const char *objects)
{
    char *folder = file_join(objects, "pack");
    int code =
        folder ? file_entries(folder, check_index, folder) : error_memory();
    free(folder);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

/* ---- object folders, and those they borrow from ---- */

#define BORROW_DEPTH 5 /* as git's own limit */

/* libgit2's packs of G's folder. What fails once may be a failed look. */
static int open_packs(git_odb_backend **out, guard *g)
{
    int code = TAWAM_OK;
    for (int turn = 0; !code && turn < 2; turn++) {
        if (git_odb_backend_pack(out, g->folder) >= 0)
            return TAWAM_OK;
        code = check_packs(g);
    }
    *out = NULL;
    return code ? code : gitlog_error(TAWAM_EDAMAGED, g->folder);
}

/* Objects in FOLDER, loose ones behind the guard. BORROWED 1: libgit2 writes
 * into none of those. */
static int add_backends(git_odb *odb, const char *folder, int borrowed)
{
    git_odb_backend *packs = NULL;
    guard *g = NULL;
    int (*add)(git_odb *, git_odb_backend *, int) =
        borrowed ? git_odb_add_alternate : git_odb_add_backend;
    int result = guard_new(&g, folder), code = TAWAM_OK;
    if (!result && (result = add(odb, &g->parent, 1)) < 0)
        guard_free(&g->parent);
    if (!result)
        code = open_packs(&packs, g);
    if (code)
        return code;
    if (!result) { /* what was opened before is not held */
        g->packs = packs;
        g->looked = (struct timespec){0};
    }
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
