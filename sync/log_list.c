/* SPDX-License-Identifier: MIT */
/* The files of a commit, by name. */
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

#include <string.h>

typedef struct listing {
    int (*call)(void *context, const char *path, const char *id);
    void *context;
    int code;
} listing;

static int on_entry(const char *root, const git_tree_entry *entry,
                    void *context)
{
    listing *l = context;
    char id[SYNC_ID_SIZE];
    char *path;
    if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
        return 0;
    path = memory_format("%s%s", root, git_tree_entry_name(entry));
    git_oid_tostr(id, sizeof id, git_tree_entry_id(entry));
    l->code = path ? l->call(l->context, path, id) : TAWAM_EMEMORY;
    free(path);
    return l->code ? -1 : 0;
}

/* The tree at FOLDER of commit ID. */
static int find_folder(git_tree **out, gitlog *log, const char *id,
                       const char *folder)
{
    git_tree_entry *entry = NULL;
    git_tree *top = NULL;
    git_commit *commit = NULL;
    git_oid oid;
    int code = gitlog_oid(&oid, id);
    git_error_clear();
    if (!code && (git_commit_lookup(&commit, log->repository, &oid) < 0 ||
                  git_commit_tree(&top, commit) < 0))
        code = gitlog_error(TAWAM_EDAMAGED, id);
    if (!code && git_tree_entry_bypath(&entry, top, folder) < 0)
        code = gitlog_absent(folder);
    if (!code && git_tree_entry_type(entry) != GIT_OBJECT_TREE)
        code = TAWAM_ENOTFOUND;
    if (!code &&
        git_tree_lookup(out, log->repository, git_tree_entry_id(entry)) < 0)
        code = gitlog_error(TAWAM_EDAMAGED, folder);
    git_tree_entry_free(entry);
    git_tree_free(top);
    git_commit_free(commit);
    return code;
}

int gitlog_list_files(gitlog *log, const char *id, const char *folder,
                      int (*call)(void *context, const char *path,
                                  const char *blob),
                      void *context)
{
    listing l = {call, context, TAWAM_OK};
    git_tree *tree = NULL;
    int code = find_folder(&tree, log, id, folder);
    if (!code && git_tree_walk(tree, GIT_TREEWALK_PRE, on_entry, &l) < 0 &&
        !l.code)
        code = gitlog_error(TAWAM_EDAMAGED, folder);
    git_tree_free(tree);
    return code ? code : l.code;
}
