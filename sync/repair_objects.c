/* SPDX-License-Identifier: MIT */
/* repair: objects of log.git, loose and packed.
 *
 * A pack that is damaged is read through a copy whose head, tail and length are
 * what its index says, so that one wrong byte there hides none of its objects;
 * each that still hashes to its name goes into a new pack. A pack whose index
 * is damaged too gives nothing: where an object ends is not known then.
 *
 *     damaged pack ── copy, patched ── objects that read well
 *          │                                   │ new pack, flushed
 *          └── log.git.damaged-DATE/ <─────────┘ then
 */
#include "sync/repair_internal.h"

#include <errno.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMED 10 /* objects said one by one; then only how many */
#define PACK_LIMIT ((size_t)2 << 30)
#define PACK_HEAD 12 /* "PACK", version 2, number of objects */
#define PACK_TAIL 20 /* SHA-1 of all before it */

/* ---- reading every object of one place ---- */

typedef struct reading {
    repair *r;
    git_odb *odb;
    git_packbuilder *builder; /* what reads well goes here, or NULL */
    git_oid *bad;             /* owned */
    size_t bad_count, bad_capacity;
    int64_t good;
    int code;
} reading;

static int read_one(const git_oid *id, void *context)
{
    reading *x = context;
    int found = gitlog_read_object(NULL, x->odb, id);
    if (found < 0) {
        x->code = found;
        return x->code;
    }
    if (found) {
        x->good++;
        if (x->builder && git_packbuilder_insert(x->builder, id, NULL) < 0)
            x->code = gitlog_error(TAWAM_EENVIRONMENT, _("writing a pack"));
        return x->code;
    }
    x->code = memory_reserve((void **)&x->bad, &x->bad_capacity,
                             x->bad_count + 1, sizeof *x->bad);
    if (!x->code)
        x->bad[x->bad_count++] = *id;
    return x->code;
}

/* Every object of X's place. What is damaged is in X afterwards; an error is
 * the machine's, or the place's own: its list of objects can't be read. */
static int read_all(reading *x)
{
    git_error_clear();
    if (git_odb_foreach(x->odb, read_one, x) < 0 && !x->code)
        return gitlog_error(TAWAM_EDAMAGED, _("reading objects"));
    return x->code;
}

static void reading_end(reading *x)
{
    git_packbuilder_free(x->builder);
    git_odb_free(x->odb);
    free(x->bad);
}

static void say_bad(reading *x, const char *where)
{
    for (size_t i = 0; i < x->bad_count && i < NAMED; i++) {
        char id[SYNC_ID_SIZE];
        git_oid_tostr(id, sizeof id, &x->bad[i]);
        repair_say(x->r, SYNC_REPAIR_FOUND, _("object %.12s in %s is damaged"),
                   id, repair_safe(where));
    }
    if (x->bad_count > NAMED)
        repair_say(x->r, SYNC_REPAIR_FOUND, _("… and %zu more objects"),
                   x->bad_count - NAMED);
}

/* ---- loose objects ---- */

static int remove_bad_loose(reading *x)
{
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i < x->bad_count; i++) {
        char id[SYNC_ID_SIZE], name[64];
        git_oid_tostr(id, sizeof id, &x->bad[i]);
        snprintf(name, sizeof name, "objects/%.2s/%s", id, id + 2);
        code = repair_aside(x->r, name);
    }
    return code;
}

static int mend_loose(repair *r)
{
    reading x = {.r = r};
    git_odb_backend *backend = NULL;
    char *folder = file_join(r->log_path, "objects");
    int code = folder ? TAWAM_OK : error_memory();
    if (!code && (git_odb_new(&x.odb) < 0 ||
                  gitlog_loose_backend(&backend, folder) < 0 ||
                  git_odb_add_backend(x.odb, backend, 1) < 0))
        code = gitlog_error(TAWAM_EENVIRONMENT, folder);
    if (!code)
        code = read_all(&x);
    if (code == TAWAM_EDAMAGED) /* the rest comes from elsewhere */
        code = TAWAM_OK;
    if (!code)
        say_bad(&x, "log.git");
    if (!code && !r->o->check)
        code = remove_bad_loose(&x);
    reading_end(&x);
    free(folder);
    return code;
}

/* ---- packs ---- */

typedef struct pack {
    char name[128]; /* "objects/pack/pack-….": without its ending */
    char *path;     /* of the pack; owned */
    char *index;    /* of its index; owned */
} pack;

/* PACK as its index INDEX would have it, in OUT. */
static int patch_pack(buffer *out, const buffer *index, const char *path)
{
    static const uint8_t zero[4096];
    size_t tail = index->length - 40, length;
    int code = file_read(out, path, PACK_LIMIT);
    if (code)
        return code;
    length = out->length;
    while (out->length < PACK_HEAD + PACK_TAIL && !out->failed)
        buffer_bytes(out, zero, PACK_HEAD + PACK_TAIL - out->length);
    if (length >= PACK_TAIL && !out->failed &&
        memcmp(out->data + length - PACK_TAIL, index->data + tail, PACK_TAIL) !=
            0) /* cut, or its sum is hurt: add one */
        buffer_bytes(out, index->data + tail, PACK_TAIL);
    if ((code = buffer_check(out)) != TAWAM_OK)
        return code;
    memcpy(out->data, "PACK\0\0\0\2", 8);
    memcpy(out->data + 8, index->data + 8 + 255 * 4, 4);
    memcpy(out->data + out->length - PACK_TAIL, index->data + tail, PACK_TAIL);
    return TAWAM_OK;
}

/* The patched copy and its index in the temporary folder; *copy: the latter's
 * path. */
static int copy_pack(char **copy, repair *r, const pack *p)
{
    buffer index = {0}, bytes = {0};
    char *to = file_join(r->temp, "pack-salvage.pack");
    char *to_index = file_join(r->temp, "pack-salvage.idx");
    int code = to && to_index ? file_read(&index, p->index, PACK_LIMIT)
                              : error_memory();
    if (!code)
        code = patch_pack(&bytes, &index, p->path);
    if (!code)
        code = file_write_atomic(to, bytes.data, bytes.length);
    if (!code)
        code = file_write_atomic(to_index, index.data, index.length);
    buffer_free(&index);
    buffer_free(&bytes);
    free(to);
    if (code)
        free(to_index);
    else
        *copy = to_index;
    return code;
}

static int try_pack(reading *x, const char *index)
{
    git_odb_backend *backend = NULL;
    git_error_clear();
    git_odb_free(x->odb);
    x->odb = NULL;
    if (git_odb_new(&x->odb) < 0 ||
        git_odb_backend_one_pack(&backend, index) < 0 ||
        git_odb_add_backend(x->odb, backend, 1) < 0)
        return gitlog_error(TAWAM_EDAMAGED, index);
    return TAWAM_OK;
}

/* libgit2 may keep to itself that it could not look at a file: where it calls
 * the pack wrong, we read it, and ask again. */
static int open_pack(reading *x, const char *index)
{
    static const char *const ENDS[] = {"idx", "pack"};
    int length = (int)(strlen(index) - strlen("idx"));
    int code = try_pack(x, index), reads = TAWAM_OK;
    if (code != TAWAM_EDAMAGED)
        return code;
    for (int i = 0; !reads && i < 2; i++) {
        char *path = memory_format("%.*s%s", length, index, ENDS[i]);
        buffer bytes = {0};
        reads = path ? file_read(&bytes, path, PACK_LIMIT) : error_memory();
        buffer_free(&bytes);
        free(path);
    }
    return reads ? reads : try_pack(x, index);
}

/* A builder that reads from X's pack. */
static int open_builder(git_repository **repository, reading *x)
{
    char *path = file_join(x->r->temp, "salvage.git");
    int code = path ? TAWAM_OK : error_memory();
    if (path)
        file_remove_tree(path);
    if (!code && (git_repository_init(repository, path, 1) < 0 ||
                  git_repository_set_odb(*repository, x->odb) < 0 ||
                  git_packbuilder_new(&x->builder, *repository) < 0))
        code = gitlog_error(TAWAM_EENVIRONMENT, path);
    if (!code)
        git_packbuilder_set_threads(x->builder, 1);
    free(path);
    return code;
}

/* The pack written to FROM under the name NAME goes to the log, under another
 * name if the damaged one has the same. The index comes last: a pack without
 * one is none. */
static int place_pack(repair *r, const char *from, const char *name)
{
    static const char *const ENDS[] = {"pack", "idx"};
    char to_name[80];
    char *folder = file_join(r->log_path, "objects/pack"), *from_path, *to;
    int code = folder ? TAWAM_OK : error_memory();
    snprintf(to_name, sizeof to_name, "pack-%.40s", name);
    for (int taken = 1, digit = 0; !code && taken && digit < 16; digit++) {
        to = memory_format("%s/%s.pack", folder, to_name);
        taken = to && file_exists(to);
        if (taken)
            to_name[strlen(to_name) - 1] = "0123456789abcdef"[digit];
        free(to);
    }
    for (int i = 0; !code && i < 2; i++) {
        from_path = memory_format("%s/pack-%s.%s", from, name, ENDS[i]);
        to = memory_format("%s/%s.%s", folder, to_name, ENDS[i]);
        if (!from_path || !to)
            code = error_memory();
        else if (rename(from_path, to) != 0)
            code = error_system(_("rename %s"), from_path);
        free(from_path);
        free(to);
    }
    if (!code)
        code = file_sync_folder(folder);
    free(folder);
    return code;
}

/* What reads well of pack P goes into a new one; then P goes aside. */
static int salvage_pack(repair *r, const pack *p)
{
    reading x = {.r = r};
    git_repository *repository = NULL;
    char *copy = NULL, *folder = file_join(r->temp, "packs");
    char name[160];
    int code = folder ? copy_pack(&copy, r, p) : error_memory();
    if (!code) {
        file_remove_tree(folder);
        code = file_make_folders(folder);
    }
    if (!code)
        code = open_pack(&x, copy);
    if (!code)
        code = open_builder(&repository, &x);
    if (!code) {
        code = read_all(&x);
        if (code == TAWAM_EDAMAGED) /* what read well until there is saved */
            code = TAWAM_OK;
    }
    if (!code && x.good &&
        git_packbuilder_write(x.builder, folder, 0, NULL, NULL) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, _("writing a pack"));
    if (!code && x.good)
        code = place_pack(r, folder, git_packbuilder_name(x.builder));
    if (!code)
        say_bad(&x, p->name);
    for (int i = 0; !code && i < 2; i++) {
        snprintf(name, sizeof name, "%s.%s", p->name, i ? "pack" : "idx");
        code = repair_aside(r, name);
    }
    if (!code)
        repair_say(r, SYNC_REPAIR_DONE,
                   _("%lld objects of it were saved into a new pack"),
                   (long long)x.good);
    reading_end(&x);
    git_repository_free(repository);
    free(folder);
    free(copy);
    return code;
}

/* 1 if every object of P can be read as it stands, 0 if not, <0 where that
 * can't be known. */
static int pack_sound(repair *r, const pack *p)
{
    reading x = {.r = r};
    int code = open_pack(&x, p->index), sound;
    if (!code)
        code = read_all(&x);
    sound = !code && !x.bad_count && x.good;
    reading_end(&x);
    if (code && code != TAWAM_EDAMAGED)
        return code;
    error_clear();
    return sound;
}

/* An index made by reading the pack: 0, or why it can't be. */
static int index_pack(char **made, repair *r, const pack *p)
{
    buffer bytes = {0};
    git_indexer *indexer = NULL;
    git_indexer_progress stats = {0};
    char *folder = file_join(r->temp, "index");
    int code = folder ? file_read(&bytes, p->path, PACK_LIMIT) : error_memory();
    git_error_clear();
    if (!code) {
        file_remove_tree(folder);
        code = file_make_folders(folder);
    }
    if (!code &&
        (git_indexer_new(&indexer, folder, 0, NULL, NULL) < 0 ||
         git_indexer_append(indexer, bytes.data, bytes.length, &stats) < 0 ||
         git_indexer_commit(indexer, &stats) < 0))
        code = gitlog_error(TAWAM_EDAMAGED, p->name);
    if (!code) {
        *made =
            memory_format("%s/pack-%s.idx", folder, git_indexer_name(indexer));
        code = *made ? TAWAM_OK : error_memory();
    }
    git_indexer_free(indexer);
    buffer_free(&bytes);
    free(folder);
    return code;
}

static int mend_index(repair *r, const pack *p)
{
    char name[160], *made = NULL;
    buffer bytes = {0};
    int code;
    snprintf(name, sizeof name, "%s.idx", p->name);
    repair_say(r, SYNC_REPAIR_FOUND,
               file_exists(p->index) ? _("log.git/%s is damaged")
                                     : _("log.git/%s is missing"),
               name);
    if (r->o->check)
        return TAWAM_OK;
    code = index_pack(&made, r, p);
    if (!code)
        code = file_read(&bytes, made, PACK_LIMIT);
    if (!code)
        code = repair_aside(r, name);
    if (!code)
        code = file_write_atomic(p->index, bytes.data, bytes.length);
    if (!code)
        repair_say(r, SYNC_REPAIR_DONE,
                   _("log.git/%s was made anew from its pack"), name);
    if (code == TAWAM_EDAMAGED) {
        error_clear();
        repair_say(r, SYNC_REPAIR_FOUND,
                   _("log.git/%s.pack is damaged as well"), p->name);
        code = repair_aside(r, name);
        snprintf(name, sizeof name, "%s.pack", p->name);
        if (!code)
            code = repair_aside(r, name);
    }
    buffer_free(&bytes);
    free(made);
    return code;
}

static int mend_pack(repair *r, const pack *p)
{
    int code, sound, index = file_exists(p->index);
    if (!file_exists(p->path)) { /* an index alone says nothing */
        char name[160];
        snprintf(name, sizeof name, "%s.idx", p->name);
        repair_say(r, SYNC_REPAIR_FOUND, _("log.git/%s.pack is missing"),
                   p->name);
        return r->o->check ? TAWAM_OK : repair_aside(r, name);
    }
    code = index < 0   ? index
           : index > 0 ? gitlog_check_index(p->index)
                       : TAWAM_EDAMAGED;
    if (code == TAWAM_EDAMAGED) {
        error_clear();
        return mend_index(r, p);
    }
    sound = code ? code : pack_sound(r, p);
    if (sound)
        return sound < 0 ? sound : TAWAM_OK;
    repair_say(r, SYNC_REPAIR_FOUND, _("log.git/%s.pack is damaged"), p->name);
    return r->o->check ? TAWAM_OK : salvage_pack(r, p);
}

typedef struct pack_names {
    char **list; /* "pack-…"; owned, as what it holds */
    size_t count, capacity;
} pack_names;

static int add_name(void *context, const char *entry)
{
    pack_names *n = context;
    const char *dot = strrchr(entry, '.');
    size_t length = dot ? (size_t)(dot - entry) : 0;
    int code;
    if (!dot || strncmp(entry, "pack-", 5) != 0 || strlen(entry) > 80 ||
        (strcmp(dot, ".pack") != 0 && strcmp(dot, ".idx") != 0))
        return TAWAM_OK;
    for (size_t i = 0; i < n->count; i++)
        if (strlen(n->list[i]) == length &&
            strncmp(n->list[i], entry, length) == 0)
            return TAWAM_OK;
    code = memory_reserve((void **)&n->list, &n->capacity, n->count + 1,
                          sizeof *n->list);
    if (!code && !(n->list[n->count++] = memory_string_length(entry, length)))
        code = error_memory();
    return code;
}

/* Names of the packs, from either of their files, without doubles. */
static int list_packs(char ***names, size_t *count, const char *folder)
{
    pack_names n = {0};
    int code = file_entries(folder, add_name, &n);
    *names = n.list;
    *count = n.count;
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

static int mend_packs(repair *r)
{
    char *folder = file_join(r->log_path, "objects/pack"), **names = NULL;
    size_t count = 0, i;
    int code = folder ? list_packs(&names, &count, folder) : error_memory();
    for (i = 0; !code && i < count; i++) {
        pack p = {.name = ""};
        snprintf(p.name, sizeof p.name, "objects/pack/%s", names[i]);
        p.path = memory_format("%s/%s.pack", folder, names[i]);
        p.index = memory_format("%s/%s.idx", folder, names[i]);
        code = p.path && p.index ? mend_pack(r, &p) : error_memory();
        free(p.path);
        free(p.index);
    }
    for (i = 0; i < count; i++)
        free(names[i]);
    free(names);
    free(folder);
    return code;
}

/* `git gc` may have made one index of all packs. It goes before theirs,
 * whatever it says, and each pack has its own: a damaged one is not made anew.
 */
static int mend_common_index(repair *r)
{
    static const char NAME[] = "objects/pack/multi-pack-index";
    char *path = file_join(r->log_path, NAME);
    int there = path ? file_exists(path) : error_memory();
    int code = there > 0 ? gitlog_check_index(path) : there;
    free(path);
    if (code != TAWAM_EDAMAGED)
        return code;
    error_clear();
    repair_say(r, SYNC_REPAIR_FOUND, _("log.git/%s is damaged"), NAME);
    return r->o->check ? TAWAM_OK : repair_aside(r, NAME);
}

int repair_objects(repair *r)
{
    int code = mend_common_index(r);
    if (!code)
        code = mend_packs(r);
    return code ? code : mend_loose(r);
}
