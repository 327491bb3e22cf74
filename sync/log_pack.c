/* SPDX-License-Identifier: MIT */
/* Packs and loose objects of log.git, and of a folder that is pushed to, put
 * together before they are many.
 *
 * Each fetch leaves a pack, each sync three loose objects, and every look for
 * an object asks all packs: with 2,000 of them a commit took 40 times longer.
 * So from 50 packs, or 600 loose objects, on, the smaller ones become one.
 *
 * By size tiers: packs are left alone from the size on where each is twice as
 * large as the one below (as git's geometric repack does), so what is large is
 * not written again each time, and a byte is rewritten a few times in all.
 *
 *   on disk                          step                if it ends here
 *   P1 … Pn, loose L                 choose, read all    nothing happened
 *   + a temporary file               write_pack          it goes after a day
 *   + pack N, flushed, in place      settle, verify      all is there twice
 *   P1 … Pn, L going one by one      remove              the rest another time
 *   N
 *
 * Invariants:
 *  1. A file is removed only after every object in it was read from pack N and
 *     had the right hash. Nothing is ever dropped: what nobody refers to is
 *     kept as well.
 *  2. A pack or loose object that can't be read whole stays as it is.
 *  3. One process at a time does this (tawam-pack.lock); others may read and
 *     write meanwhile: libgit2 keeps what it has mapped, and looks at the
 *     folder again for what it does not find. A pack with a .keep, and a
 *     folder with git's multi-pack index, are git's affair.
 *  4. In a folder others may be at work, tawam or git, that heed no lock of
 *     ours: pushing, repacking, collecting. What one of them relies on never
 *     goes: a file is removed only by who has its objects in a file of his own
 *     that was finished before, and nobody knows that file but who listed it
 *     when it was finished. Only what belongs to this user goes: a pack of ours
 *     may be closed to who could read his own.
 */
#include "sync/log_pack_internal.h"

#include <errno.h>
#include <git2/odb_backend.h>
#include <git2/sys/odb_backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define PACKS_MAX 50
#define LOOSE_MAX 600
#define SPARE ((int64_t)1 << 20) /* bytes of the disk that stay free */
#define STALE_SECONDS 86400 /* of a temporary file: whoever made it is dead */

typedef struct pack_file {
    char name[SYNC_ID_SIZE]; /* the hash in "pack-HASH.pack" */
    int64_t size;            /* bytes */
} pack_file;

typedef struct repack {
    gitlog *log;
    const gitlog_medium *medium; /* of a folder; NULL: the log's own disk */
    char *folder;                /* …/objects/pack */
    int64_t bytes;               /* of the packs and loose objects chosen */
    pack_file *packs;
    size_t pack_count, pack_capacity;
    git_oid *loose;
    size_t loose_count, loose_capacity;
    git_oid *ids; /* of all objects to be in the new pack, sorted */
    size_t id_count, id_capacity;
    git_odb *source; /* the chosen packs and the loose objects */
} repack;

static void repack_clear(repack *r)
{
    git_odb_free(r->source);
    free(r->folder);
    free(r->packs);
    free(r->loose);
    free(r->ids);
}

/* ---- what is there ---- */

static int add_id(git_oid **list, size_t *count, size_t *capacity,
                  const git_oid *id)
{
    int code =
        memory_reserve((void **)list, capacity, *count + 1, sizeof **list);
    if (!code)
        (*list)[(*count)++] = *id;
    return code;
}

/* What a killed process began and nobody will finish. */
static void remove_stale(const char *path)
{
    struct stat s;
    if (lstat(path, &s) == 0 && S_ISREG(s.st_mode) &&
        time(NULL) - s.st_mtime > STALE_SECONDS)
        unlink(path);
}

typedef int entry_call(repack *r, const char *folder, const char *name);
typedef struct entry_context {
    repack *r;
    const char *folder;
    entry_call *call;
} entry_context;

static int call_entry(void *context, const char *name)
{
    const entry_context *x = context;
    return x->call(x->r, x->folder, name);
}

/* CALL(R, FOLDER, name) for each entry of FOLDER; one that is not there is
 * empty. */
static int each_entry(repack *r, const char *folder, entry_call *call)
{
    entry_context x = {r, folder, call};
    int code = file_entries(folder, call_entry, &x);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

static char *pack_path(const repack *r, const char *name, const char *ending)
{
    return memory_format("%s/pack-%s.%s", r->folder, name, ending);
}

static int has_file(const repack *r, const char *name, const char *ending)
{
    char *path = pack_path(r, name, ending);
    int found = path && file_exists(path);
    free(path);
    return found;
}

/* The size of the file at PATH; -1 where it is not there or not ours to take
 * away. */
static int64_t own_size(const repack *r, const char *path)
{
    struct stat s;
    if (lstat(path, &s) != 0 || !S_ISREG(s.st_mode) ||
        (r->medium && s.st_uid != geteuid()))
        return -1;
    return s.st_size;
}

static int is_kept(const repack *r, const char *name)
{
    return has_file(r, name, "keep") || has_file(r, name, "promisor") ||
           has_file(r, name, "mtimes");
}

static int note_pack(repack *r, const char *folder, const char *name)
{
    pack_file p = {{0}, 0};
    char *path = file_join(folder, name);
    int code = path ? TAWAM_OK : error_memory();
    if (!code && strncmp(name, "pack_git2_", 10) == 0)
        remove_stale(path);
    if (!code && strlen(name) == 50 && strncmp(name, "pack-", 5) == 0 &&
        strcmp(name + 45, ".pack") == 0) {
        memcpy(p.name, name + 5, 40);
        p.size = own_size(r, path);
        if (p.size >= 0 && has_file(r, p.name, "idx") && !is_kept(r, p.name)) {
            code = memory_reserve((void **)&r->packs, &r->pack_capacity,
                                  r->pack_count + 1, sizeof *r->packs);
            if (!code)
                r->packs[r->pack_count++] = p;
        }
    }
    free(path);
    return code;
}

static int note_loose(repack *r, const char *folder, const char *name)
{
    char hex[SYNC_ID_SIZE], *path = NULL;
    git_oid id;
    if (strncmp(name, "tmp_object_git2_", 16) == 0 &&
        (path = file_join(folder, name)))
        remove_stale(path);
    free(path);
    if (strlen(name) != 38)
        return TAWAM_OK;
    snprintf(hex, sizeof hex, "%.2s%s", folder + strlen(folder) - 2, name);
    if (git_oid_fromstr(&id, hex) < 0)
        return TAWAM_OK;
    if (!(path = file_join(folder, name)))
        return error_memory();
    int64_t size = own_size(r, path);
    free(path);
    r->bytes += size < 0 ? 0 : size;
    return size < 0
               ? TAWAM_OK
               : add_id(&r->loose, &r->loose_count, &r->loose_capacity, &id);
}

/* Folders 00 to ff, of which a young log has few. */
static int note_folder(repack *r, const char *objects, const char *name)
{
    char *folder;
    int code;
    if (strlen(name) != 2 || strspn(name, "0123456789abcdef") != 2)
        return TAWAM_OK;
    folder = file_join(objects, name);
    code = folder ? each_entry(r, folder, note_loose) : error_memory();
    free(folder);
    return code;
}

static int look(repack *r)
{
    char *objects = file_join(r->log->path, "objects");
    int code = objects ? each_entry(r, r->folder, note_pack) : error_memory();
    if (!code)
        code = each_entry(r, objects, note_folder);
    free(objects);
    return code;
}

/* ---- which ones ---- */

static int by_size(const void *a, const void *b)
{
    const pack_file *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Keeps of the packs those to be put together. */
static void choose(repack *r)
{
    size_t split = r->pack_count, i;
    int64_t total = 0;
    if (!split)
        return;
    qsort(r->packs, r->pack_count, sizeof *r->packs, by_size);
    for (i = r->pack_count - 1; i > 0; i--)
        if (r->packs[i].size < 2 * r->packs[i - 1].size)
            break;
    split = i ? i + 1 : 0;
    for (i = 0; i < split; i++)
        total += r->packs[i].size;
    while (split < r->pack_count && r->packs[split].size < 2 * total)
        total += r->packs[split++].size;
    r->pack_count = split;
    r->bytes += total;
}

/* ---- reading ---- */

static void moved(const repack *r)
{
    if (r->medium)
        r->medium->moved(r->medium->context);
}

static int readable(const repack *r, git_odb *odb, const git_oid *id)
{
    git_odb_object *object = NULL;
    int found = git_odb_read(&object, odb, id) == 0;
    git_odb_object_free(object);
    moved(r);
    return found;
}

static int collect_id(const git_oid *id, void *context)
{
    repack *r = context;
    return add_id(&r->ids, &r->id_count, &r->id_capacity, id);
}

/* An object database of this one pack. */
static int open_pack(git_odb **out, const repack *r, const char *name)
{
    git_odb_backend *backend = NULL;
    git_odb *odb = NULL;
    char *path = pack_path(r, name, "idx");
    int code = path ? gitlog_check_index(path) : error_memory();
    if (!code &&
        (git_odb_new(&odb) < 0 || git_odb_backend_one_pack(&backend, path) < 0))
        code = gitlog_error(TAWAM_EDAMAGED, path);
    if (!code && git_odb_add_backend(odb, backend, 1) < 0) {
        backend->free(backend);
        code = gitlog_error(TAWAM_EDAMAGED, path);
    }
    free(path);
    if (code)
        git_odb_free(odb);
    else
        *out = odb;
    return code;
}

/* Ids of a pack's objects, if every one can be read; else R->ids is as it was
 * and the result TAWAM_EDAMAGED. */
static int take_pack(repack *r, const char *name)
{
    git_odb *odb = NULL;
    size_t first = r->id_count, i;
    int code = open_pack(&odb, r, name);
    if (!code && git_odb_foreach(odb, collect_id, r) < 0)
        code = gitlog_error(TAWAM_EDAMAGED, name);
    for (i = first; !code && i < r->id_count; i++)
        if (!readable(r, odb, &r->ids[i]))
            code = gitlog_error(TAWAM_EDAMAGED, name);
    git_odb_free(odb);
    if (code)
        r->id_count = first;
    return code;
}

static int by_id(const void *a, const void *b)
{
    return git_oid_cmp(a, b);
}

static void sort_ids(repack *r)
{
    size_t i, kept = 0;
    qsort(r->ids, r->id_count, sizeof *r->ids, by_id);
    for (i = 0; i < r->id_count; i++)
        if (!kept || git_oid_cmp(&r->ids[kept - 1], &r->ids[i]) != 0)
            r->ids[kept++] = r->ids[i];
    r->id_count = kept;
}

/* All that can be read goes into R->ids; the rest leaves the lists. */
static int take_sources(repack *r)
{
    size_t i, kept = 0;
    int code = TAWAM_OK;
    for (i = 0; !code && i < r->pack_count; i++) {
        code = take_pack(r, r->packs[i].name);
        if (!code)
            r->packs[kept++] = r->packs[i];
        if (code == TAWAM_EDAMAGED)
            code = TAWAM_OK;
    }
    r->pack_count = kept;
    for (i = kept = 0; !code && i < r->loose_count; i++) {
        if (!readable(r, r->source, &r->loose[i]))
            continue;
        code = collect_id(&r->loose[i], r);
        r->loose[kept++] = r->loose[i];
    }
    r->loose_count = kept;
    error_clear();
    sort_ids(r);
    return code;
}

/* ---- writing, verifying, removing ---- */

static int write_pack(char name[SYNC_ID_SIZE], repack *r)
{
    pack_stream *p = NULL;
    size_t i;
    int code = pack_begin(&p, r->log, r->id_count);
    for (i = 0; !code && i < r->id_count; i++) {
        git_odb_object *object = NULL;
        if (git_odb_read(&object, r->source, &r->ids[i]) < 0)
            code = gitlog_error(TAWAM_EDAMAGED, r->log->path);
        else
            code = pack_add(p, git_odb_object_type(object),
                            git_odb_object_data(object),
                            git_odb_object_size(object));
        git_odb_object_free(object);
        moved(r);
    }
    if (!code)
        return pack_finish(name, p);
    pack_free(p);
    return code;
}

static int verify_pack(const repack *r, const char *name)
{
    git_odb *odb = NULL;
    size_t i;
    int code = open_pack(&odb, r, name);
    for (i = 0; !code && i < r->id_count; i++)
        if (!readable(r, odb, &r->ids[i]))
            code = gitlog_error(TAWAM_EDAMAGED, name);
    git_odb_free(odb);
    return code;
}

/* The index goes last: a pack without one would be in nobody's list, and stay
 * for ever. */
static void remove_pack(const repack *r, const char *name)
{
    static const char *const endings[] = {"pack", "rev", "bitmap", "idx"};
    size_t i;
    for (i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *path = pack_path(r, name, endings[i]);
        if (path)
            unlink(path);
        free(path);
    }
}

static void remove_sources(const repack *r, const char *except)
{
    char hex[SYNC_ID_SIZE];
    size_t i;
    for (i = 0; i < r->pack_count; i++)
        if (strcmp(r->packs[i].name, except) != 0)
            remove_pack(r, r->packs[i].name);
    for (i = 0; i < r->loose_count; i++) {
        char *path;
        git_oid_tostr(hex, sizeof hex, &r->loose[i]);
        path = memory_format("%s/objects/%.2s/%s", r->log->path, hex, hex + 2);
        if (path)
            unlink(path);
        free(path);
    }
}

/* Room for all of it once more, and some to spare. */
static int has_room(const repack *r)
{
    struct statvfs fs;
    return statvfs(r->folder, &fs) < 0 ||
           (int64_t)fs.f_bavail * (int64_t)fs.f_frsize > r->bytes + SPARE;
}

/* *DONE: files went. */
static int repack_all(int *done, repack *r)
{
    char name[SYNC_ID_SIZE];
    int code;
    choose(r);
    if (!has_room(r))
        return TAWAM_OK;
    code = take_sources(r);
    if (code || !r->id_count || r->pack_count + r->loose_count < 2)
        return code;
    code = write_pack(name, r);
    if (!code && r->medium)
        code = r->medium->settle(r->medium->context, r->folder, name);
    if (!code)
        code = verify_pack(r, name);
    if (!code) {
        remove_sources(r, name);
        *done = 1;
    }
    return code;
}

static int repack_locked(int *done, gitlog *log, const gitlog_medium *medium)
{
    repack r = {.log = log,
                .medium = medium,
                .folder = file_join(log->path, "objects/pack")};
    char *index = file_join(log->path, "objects/pack/multi-pack-index");
    char *running = file_join(log->path, "gc.pid"); /* git is at it */
    int code = r.folder && index && running ? look(&r) : error_memory();
    if (!code && git_repository_odb(&r.source, log->repository) < 0)
        code = gitlog_error(TAWAM_EDAMAGED, log->path);
    if (!code && !file_exists(index) && !(medium && file_exists(running)) &&
        (r.pack_count >= PACKS_MAX || r.loose_count >= LOOSE_MAX))
        code = repack_all(done, &r);
    free(running);
    free(index);
    repack_clear(&r);
    return code;
}

int gitlog_consolidate_folder(int *done, git_repository *repository,
                              const gitlog_medium *medium)
{
    gitlog there = {.repository = repository};
    int code = TAWAM_OK;
    *done = 0;
    there.path = memory_string(git_repository_commondir(repository));
    code = there.path ? repack_locked(done, &there, medium) : error_memory();
    free(there.path);
    return code;
}

int gitlog_consolidate(gitlog *log)
{
    file_lock *lock = NULL;
    char *path = file_join(log->path, "tawam-pack.lock");
    int done = 0;
    int code = path ? file_lock_take(&lock, path, 0) : error_memory();
    free(path);
    if (code == TAWAM_EBUSY) { /* another process is at it */
        error_clear();
        return TAWAM_OK;
    }
    if (!code)
        code = repack_locked(&done, log, NULL);
    file_lock_release(lock);
    return code;
}
