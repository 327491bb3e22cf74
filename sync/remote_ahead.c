/* SPDX-License-Identifier: MIT */
/* ahead: see the header. */
#include "sync/remote_ahead_internal.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define ID_DIGITS 16
#define ENTRY_BYTES 64 /* of a tree, for one file */
#define DEPTH_MOST 32

void ahead_files_clear(ahead_files *files)
{
    free(files->ids);
    free(files->sizes);
    memset(files, 0, sizeof *files);
}

/* ---- what is new in a commit ---- */

/* Bytes of object ID in a pack, as if it were no delta. */
static int packed_size(uint64_t *out, git_odb *odb, const git_oid *id)
{
    git_odb_object *object = NULL;
    if (git_odb_read(&object, odb, id) < 0)
        return remote_git_error(_("cannot read what is to be sent"));
    size_t length = git_odb_object_size(object);
    uLongf packed = compressBound(length);
    uint8_t *bytes = memory_new(packed + 1);
    int code = bytes ? TAWAM_OK : TAWAM_EMEMORY;
    if (bytes &&
        compress(bytes, &packed, git_odb_object_data(object), length) != Z_OK)
        code = error_memory();
    *out = packed + ENTRY_BYTES;
    free(bytes);
    git_odb_object_free(object);
    return code;
}

typedef struct search {
    ahead_files *files;
    uint64_t *bytes;
    git_repository *local;
    git_odb *odb;
    const git_tree *sent; /* NULL: nothing is */
} search;

static int is_listed(const search *s, const git_oid *id)
{
    char name[GIT_OID_HEXSZ + 1];
    git_oid_tostr(name, sizeof name, id);
    if (s->sent && git_tree_entry_byname(s->sent, name))
        return 1;
    for (size_t i = 0; i < s->files->count; i++)
        if (git_oid_equal(&s->files->ids[i], id))
            return 1;
    return 0;
}

static int add_file(search *s, const git_oid *id)
{
    ahead_files *f = s->files;
    uint64_t size = 0;
    if (is_listed(s, id))
        return TAWAM_OK;
    int code = packed_size(&size, s->odb, id);
    if (code == TAWAM_OK)
        code = memory_reserve((void **)&f->ids, &f->capacity, f->count + 1,
                              sizeof *f->ids);
    if (code == TAWAM_OK)
        code = memory_reserve((void **)&f->sizes, &f->size_capacity,
                              f->count + 1, sizeof *f->sizes);
    if (code != TAWAM_OK)
        return code;
    f->ids[f->count] = *id;
    f->sizes[f->count++] = size;
    f->largest = size > f->largest ? size : f->largest;
    *s->bytes += size;
    return TAWAM_OK;
}

static int add_tree(search *s, const git_oid *id, const git_tree *before,
                    int depth);

/* ENTRY, which is another or none in the tree BEFORE. */
static int add_entry(search *s, const git_tree_entry *entry,
                     const git_tree_entry *former, int depth)
{
    const git_oid *id = git_tree_entry_id(entry);
    git_tree *before = NULL;
    if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB)
        return add_file(s, id);
    if (git_tree_entry_type(entry) != GIT_OBJECT_TREE)
        return TAWAM_OK;
    if (former && git_tree_entry_type(former) == GIT_OBJECT_TREE &&
        git_tree_lookup(&before, s->local, git_tree_entry_id(former)) < 0)
        git_error_clear();
    int code = add_tree(s, id, before, depth + 1);
    git_tree_free(before);
    return code;
}

static int add_tree(search *s, const git_oid *id, const git_tree *before,
                    int depth)
{
    git_tree *tree = NULL;
    int code = TAWAM_OK;
    if (depth > DEPTH_MOST || git_tree_lookup(&tree, s->local, id) < 0)
        return remote_git_error(_("cannot read what is to be sent"));
    for (size_t i = 0; code == TAWAM_OK && i < git_tree_entrycount(tree); i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
        const git_tree_entry *former =
            before ? git_tree_entry_byname(before, git_tree_entry_name(entry))
                   : NULL;
        *s->bytes += ENTRY_BYTES;
        if (!former ||
            !git_oid_equal(git_tree_entry_id(former), git_tree_entry_id(entry)))
            code = add_entry(s, entry, former, depth);
    }
    git_tree_free(tree);
    return code;
}

int ahead_files_add(ahead_files *files, uint64_t *bytes, git_repository *local,
                    const git_commit *commit, const git_tree *sent)
{
    search s = {files, bytes, local, NULL, sent};
    git_commit *parent = NULL;
    git_tree *before = NULL;
    if (git_repository_odb(&s.odb, local) < 0)
        return remote_git_error(_("cannot open the log"));
    if (git_commit_parent(&parent, commit, 0) < 0 ||
        git_commit_tree(&before, parent) < 0)
        git_error_clear(); /* the first of its line */
    int code = add_tree(&s, git_commit_tree_id(commit), before, 0);
    git_tree_free(before);
    git_commit_free(parent);
    git_odb_free(s.odb);
    return code;
}

/* ---- carriers ---- */

char *ahead_ref(const git_oid *commit)
{
    return memory_format(AHEAD_PREFIX "%.*s", ID_DIGITS,
                         git_oid_tostr_s(commit));
}

const git_oid *ahead_shown(const remote_heads *heads, git_repository *local,
                           const git_oid *commit)
{
    const git_oid *found = NULL;
    git_odb *odb = NULL;
    char *ref = ahead_ref(commit);
    if (ref && git_repository_odb(&odb, local) == 0)
        for (size_t i = 0; i < heads->ahead_count; i++)
            if (strcmp(heads->ahead[i].name, ref) == 0 &&
                git_odb_exists(odb, &heads->ahead[i].id))
                found = &heads->ahead[i].id;
    git_odb_free(odb);
    free(ref);
    return found;
}

int ahead_tree(git_tree **out, git_repository *local, const git_oid *id)
{
    git_commit *commit = NULL;
    int error = git_commit_lookup(&commit, local, id);
    if (error == 0)
        error = git_commit_tree(out, commit);
    git_commit_free(commit);
    return error < 0 ? remote_git_error(_("cannot read what went ahead"))
                     : TAWAM_OK;
}

/* The tree of the next carrier, and in PACK the files that are new in it. */
static int make_tree(git_oid *out, git_packbuilder *pack, git_repository *local,
                     const ahead_files *files, const git_tree *before,
                     uint64_t space)
{
    git_treebuilder *tree = NULL;
    char name[GIT_OID_HEXSZ + 1];
    uint64_t used = 0;
    int error = git_treebuilder_new(&tree, local, before);
    for (size_t i = 0; error == 0 && i < files->count; i++) {
        if (i > 0 && used + files->sizes[i] > space)
            break;
        used += files->sizes[i];
        git_oid_tostr(name, sizeof name, &files->ids[i]);
        error = git_treebuilder_insert(NULL, tree, name, &files->ids[i],
                                       GIT_FILEMODE_BLOB);
        if (error == 0)
            error = git_packbuilder_insert(pack, &files->ids[i], NULL);
    }
    if (error == 0)
        error = git_treebuilder_write(out, tree);
    if (error == 0)
        error = git_packbuilder_insert(pack, out, NULL);
    git_treebuilder_free(tree);
    return error;
}

static int make_commit(git_oid *out, git_repository *local, const git_oid *id,
                       git_commit *before)
{
    git_signature *who = NULL;
    git_tree *tree = NULL;
    const git_commit *parents[] = {before};
    int error = git_signature_new(&who, "tawam", "tawam", 0, 0);
    if (error == 0)
        error = git_tree_lookup(&tree, local, id);
    if (error == 0)
        error = git_commit_create(out, local, NULL, who, who, NULL,
                                  "files sent ahead of a commit\n", tree,
                                  before != NULL, parents);
    git_tree_free(tree);
    git_signature_free(who);
    return error;
}

int ahead_carry(git_oid *carrier, git_packbuilder **out, git_repository *local,
                const ahead_files *files, const git_oid *before, uint64_t space)
{
    git_packbuilder *pack = NULL;
    git_commit *parent = NULL;
    git_tree *sent = NULL;
    git_oid tree;
    int error = git_packbuilder_new(&pack, local);
    if (error == 0 && before)
        error = git_commit_lookup(&parent, local, before);
    if (error == 0 && before)
        error = git_commit_tree(&sent, parent);
    if (error == 0) {
        git_packbuilder_set_threads(pack, 1);
        error = make_tree(&tree, pack, local, files, sent, space);
    }
    if (error == 0)
        error = make_commit(carrier, local, &tree, parent);
    if (error == 0)
        error = git_packbuilder_insert(pack, carrier, NULL);
    git_tree_free(sent);
    git_commit_free(parent);
    if (error == 0)
        *out = pack;
    else
        git_packbuilder_free(pack);
    return error < 0 ? remote_git_error(_("cannot pack the history"))
                     : TAWAM_OK;
}
