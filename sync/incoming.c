/* SPDX-License-Identifier: MIT */
/* incoming: the folder of what has arrived. incoming_internal.h draws it. */
#include "sync/incoming_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <git2/sys/odb_backend.h>

#define FOLDER "tawam.incoming"
#define PACKS_MOVED 3          /* more are made one */
#define SPACE_LEFT (16u << 20) /* bytes of the disk that stay free */
#define SPACE_EVERY (1u << 20) /* bytes between two looks at it */
#define BLOCK (1u << 16)

struct incoming {
    git_repository *local; /* borrowed */
    remote_line *line;     /* borrowed */
    char *folder, *part, *packs, *log_packs;
    FILE *file; /* part, while it grows; else NULL */
    uint64_t size;
    salvage_cut cut;
};

/* ---- the folder ---- */

static int is_pack(const char *name)
{
    size_t length = strlen(name);
    return strncmp(name, "pack-", 5) == 0 && length > 10 &&
           strcmp(name + length - 5, ".pack") == 0;
}

typedef struct pack_walk {
    incoming *in;
    int (*call)(incoming *in, const char *name);
    int count;
} pack_walk;

static int take_entry(void *context, const char *entry)
{
    pack_walk *w = context;
    char *name;
    int code = TAWAM_OK;
    if (!is_pack(entry))
        return code;
    w->count++;
    if (!w->call)
        return code;
    name = memory_string_length(entry, strlen(entry) - 5);
    code = name ? w->call(w->in, name) : error_memory();
    free(name);
    return code;
}

/* Call CALL with the path of each pack without its ".pack"; how many. */
static int each_pack(incoming *in, int (*call)(incoming *in, const char *name))
{
    pack_walk w = {in, call, 0};
    int code = file_entries(in->packs, take_entry, &w);
    return code != TAWAM_OK && code != TAWAM_ENOTFOUND ? code : w.count;
}

/* Let LOCAL see pack/. */
static int add_alternate(incoming *in)
{
    git_odb *odb = NULL;
    int error = git_repository_odb(&odb, in->local);
    if (error == 0)
        error = git_odb_add_disk_alternate(odb, in->folder);
    git_odb_free(odb);
    return error < 0 ? remote_git_error(_("cannot open what arrived before"))
                     : TAWAM_OK;
}

int incoming_open(incoming **out, git_repository *local, remote_line *line)
{
    const char *gitdir = git_repository_path(local);
    size_t objects = 0;
    incoming *in = memory_new(sizeof *in);
    int code = in ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        in->local = local;
        in->line = line;
        in->folder = file_join(gitdir, FOLDER);
        in->part = file_join(gitdir, FOLDER "/part");
        in->packs = file_join(gitdir, FOLDER "/pack");
        in->log_packs = file_join(gitdir, "objects/pack");
        if (!in->folder || !in->part || !in->packs || !in->log_packs)
            code = error_memory();
    }
    if (code == TAWAM_OK)
        code = file_make_folders(in->packs);
    if (code == TAWAM_OK)
        code = add_alternate(in);
    if (code == TAWAM_OK && file_exists(in->part))
        code = incoming_end(&objects, in, 0);
    if (code == TAWAM_OK)
        *out = in;
    else
        incoming_free(in);
    return code;
}

void incoming_free(incoming *in)
{
    if (!in)
        return;
    if (in->file)
        fclose(in->file);
    /* empty folders go; what holds something stays for the next time */
    if (in->folder && in->packs) {
        rmdir(in->packs);
        rmdir(in->folder);
    }
    free(in->folder);
    free(in->part);
    free(in->packs);
    free(in->log_packs);
    free(in);
}

/* ---- a pack as it comes ---- */

static int check_space(const incoming *in)
{
    struct statvfs fs;
    if (statvfs(in->folder, &fs) < 0 ||
        (uint64_t)fs.f_bavail * fs.f_frsize > SPACE_LEFT)
        return TAWAM_OK;
    return error_set(TAWAM_EFULL,
                     _("the disk is nearly full: what arrived is kept, make "
                       "room and sync again"));
}

int incoming_take(void *context, const uint8_t *bytes, size_t length)
{
    incoming *in = context;
    if (!in->file) {
        in->size = 0;
        in->file = fopen(in->part, "we");
        if (!in->file)
            return error_system(_("write '%s'"), in->part);
    }
    if (in->size % SPACE_EVERY < length && check_space(in) < 0)
        return TAWAM_EFULL;
    if (fwrite(bytes, 1, length, in->file) != length)
        return error_system(_("write '%s'"), in->part);
    in->size += length;
    return TAWAM_OK;
}

static int indexed(const git_indexer_progress *stats, void *context)
{
    incoming *in = context;
    in->line->state.done = stats->indexed_objects;
    in->line->state.total = stats->total_objects;
    remote_line_moved(in->line);
    return 0;
}

/* Feed FILE to INDEXER; a libgit2 code. */
static int feed(git_indexer *indexer, FILE *file, git_indexer_progress *stats)
{
    uint8_t *block = memory_new(BLOCK);
    size_t n = 0;
    int error = block ? 0 : -1;
    while (error == 0 && (n = fread(block, 1, BLOCK, file)) > 0)
        error = git_indexer_append(indexer, block, n, stats);
    if (error == 0 && ferror(file)) {
        git_error_set_str(GIT_ERROR_OS, strerror(errno));
        error = -1;
    }
    free(block);
    return error;
}

typedef struct counting {
    git_odb *here;
    size_t *fresh;
} counting;

static int count_one(const git_oid *id, void *context)
{
    counting *c = context;
    *c->fresh += !git_odb_exists_ext(c->here, id, GIT_ODB_LOOKUP_NO_REFRESH);
    return 0;
}

/* Of the new pack NAME, which HERE does not see yet, what was not here; a
 * libgit2 code. */
static int count_fresh(size_t *fresh, const incoming *in, git_odb *here,
                       const char *name)
{
    git_odb *one = NULL;
    git_odb_backend *backend = NULL;
    counting c = {here, fresh};
    char *index = memory_format("%s/pack-%s.idx", in->packs, name);
    int error = index ? git_odb_new(&one) : -1;
    if (error == 0)
        error = git_odb_backend_one_pack(&backend, index);
    if (error == 0)
        error = git_odb_add_backend(one, backend, 1);
    if (error == 0)
        error = git_odb_foreach(one, count_one, &c);
    git_odb_free(one);
    free(index);
    return error;
}

/* part, a whole pack, becomes one of pack/. *fresh: objects that are new. */
static int index_part(size_t *fresh, incoming *in)
{
    git_indexer_options options;
    git_indexer_progress stats = {0};
    git_indexer *indexer = NULL;
    git_odb *odb = NULL;
    FILE *file = fopen(in->part, "re");
    git_indexer_options_init(&options, GIT_INDEXER_OPTIONS_VERSION);
    options.progress_cb = indexed;
    options.progress_cb_payload = in;
    if (!file)
        return error_system(_("open '%s'"), in->part);
    int error = git_repository_odb(&odb, in->local);
    if (error == 0)
        error = git_indexer_new(&indexer, in->packs, 0, odb, &options);
    if (error == 0)
        error = feed(indexer, file, &stats);
    if (error == 0)
        error = git_indexer_commit(indexer, &stats);
    if (error == 0)
        error = count_fresh(fresh, in, odb, git_indexer_name(indexer));
    int code =
        error < 0 ? remote_git_error(_("what arrived is damaged")) : TAWAM_OK;
    if (error == 0)
        git_odb_refresh(odb);
    git_indexer_free(indexer);
    git_odb_free(odb);
    fclose(file);
    return code;
}

/* How many objects a whole pack says it has. */
static int promised(size_t *objects, const char *path)
{
    uint8_t head[12] = {0};
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(head, 1, sizeof head, file) : 0;
    int code =
        !file || ferror(file) ? error_system(_("read %s"), path) : TAWAM_OK;
    if (file)
        fclose(file);
    *objects = n < sizeof head ? 0
                               : (size_t)head[8] << 24 | (size_t)head[9] << 16 |
                                     (size_t)head[10] << 8 | head[11];
    return code;
}

int incoming_end(size_t *objects, incoming *in, int whole)
{
    size_t fresh = 0;
    int code = TAWAM_OK;
    *objects = 0;
    if (in->file && fclose(in->file) != 0)
        code = error_system(_("write '%s'"), in->part);
    in->file = NULL;
    if (code != TAWAM_OK || !file_exists(in->part))
        return code;
    if (whole)
        code = promised(objects, in->part);
    else
        code = salvage_pack(objects, &in->cut, in->part);
    if (code == TAWAM_OK && *objects)
        code = index_part(&fresh, in);
    if (code != TAWAM_EENVIRONMENT) /* else it may be read another time */
        unlink(in->part);
    if (code == TAWAM_OK && fresh) {
        in->line->state.kept += fresh;
        remote_line_moved(in->line);
    }
    return code;
}

uint64_t incoming_cut_object(uint64_t *came, const incoming *in)
{
    *came = in->cut.came;
    return in->cut.size;
}

/* ---- into the log ---- */

/* The pack first: git looks for what has an index. */
static int move_pack(incoming *in, const char *name)
{
    static const char *const ends[] = {"pack", "idx"};
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < 2; i++) {
        char *from = memory_format("%s/%s.%s", in->packs, name, ends[i]);
        char *to = memory_format("%s/%s.%s", in->log_packs, name, ends[i]);
        if (!from || !to)
            code = TAWAM_EMEMORY;
        else if (rename(from, to) < 0)
            code = error_system(_("move what arrived into the log"));
        free(from);
        free(to);
    }
    return code;
}

static int add_object(const git_oid *id, void *builder)
{
    return git_packbuilder_insert(builder, id, NULL);
}

/* Many small packs make reading slow: they go into the log as one. */
static int move_as_one(incoming *in)
{
    git_odb *arrived = NULL;
    git_packbuilder *builder = NULL;
    git_odb_backend *backend = NULL;
    int error = git_odb_new(&arrived);
    if (error == 0)
        error = git_odb_backend_pack(&backend, in->folder);
    if (error == 0)
        error = git_odb_add_backend(arrived, backend, 1);
    if (error == 0)
        error = git_packbuilder_new(&builder, in->local);
    if (error == 0) {
        git_packbuilder_set_threads(builder, 1);
        error = git_odb_foreach(arrived, add_object, builder);
    }
    if (error == 0)
        error = git_packbuilder_write(builder, in->log_packs, 0, indexed, in);
    git_packbuilder_free(builder);
    git_odb_free(arrived);
    return error < 0 ? remote_git_error(_("cannot take over what arrived"))
                     : TAWAM_OK;
}

int incoming_keep(incoming *in)
{
    git_odb *odb = NULL;
    int count = each_pack(in, NULL);
    int code = count <= 0            ? count
               : count > PACKS_MOVED ? move_as_one(in)
                                     : each_pack(in, move_pack);
    if (code > 0)
        code = TAWAM_OK;
    if (code == TAWAM_OK && count > 0)
        code = file_sync_folder(in->log_packs);
    if (code != TAWAM_OK)
        return code;
    if (count > PACKS_MOVED)
        file_remove_tree(in->packs);
    if (count > 0 && git_repository_odb(&odb, in->local) == 0) {
        git_odb_refresh(odb);
        git_odb_free(odb);
    }
    return TAWAM_OK;
}

/* Commits below IDS that no ref of the log reaches. */
static int walk_new(git_revwalk *walk, incoming *in, const git_oid *ids,
                    size_t count)
{
    int error = git_revwalk_hide_glob(walk, "*");
    for (size_t i = 0; error == 0 && i < count; i++) {
        git_object *object = NULL, *commit = NULL;
        error = git_object_lookup(&object, in->local, &ids[i], GIT_OBJECT_ANY);
        if (error == 0)
            error = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
        if (error == 0)
            error = git_revwalk_push(walk, git_object_id(commit));
        git_object_free(commit);
        git_object_free(object);
    }
    return error;
}

int incoming_keep_some(incoming *in, const git_oid *ids, size_t count)
{
    git_packbuilder *builder = NULL;
    git_revwalk *walk = NULL;
    int error = count ? git_packbuilder_new(&builder, in->local) : 0;
    if (error == 0 && count) {
        git_packbuilder_set_threads(builder, 1);
        error = git_revwalk_new(&walk, in->local);
    }
    if (error == 0 && count)
        error = walk_new(walk, in, ids, count);
    for (size_t i = 0; error == 0 && i < count; i++)
        error = git_packbuilder_insert(builder, &ids[i], NULL); /* tags too */
    if (error == 0 && count)
        error = git_packbuilder_insert_walk(builder, walk);
    if (error == 0 && count)
        error = git_packbuilder_write(builder, in->log_packs, 0, indexed, in);
    git_revwalk_free(walk);
    git_packbuilder_free(builder);
    return error < 0 ? remote_git_error(_("cannot take over what arrived"))
                     : TAWAM_OK;
}
