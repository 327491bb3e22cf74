/* SPDX-License-Identifier: MIT */
/* The files of two commits of main, merged: three ways, since they parted.
 *
 * Neither person is there to ask, so nothing may be in conflict at the end:
 * settings and labels are lines that name what they are about, and the last of
 * two such lines counts, so both are kept; of a file that is no such list the
 * later one is taken. What was not taken stays in the history. */
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

#include <string.h>

static int tree_of(git_tree **out, gitlog *log, const char *id)
{
    git_commit *commit = NULL;
    git_oid oid;
    int code = gitlog_oid(&oid, id);
    if (!code && (git_commit_lookup(&commit, log->repository, &oid) < 0 ||
                  git_commit_tree(out, commit) < 0))
        code = gitlog_error(TAWAM_EDAMAGED, id);
    git_commit_free(commit);
    return code;
}

/* Where they parted; *OUT stays NULL if they have nothing in common. */
static int parting_tree(git_tree **out, gitlog *log, const char *a,
                        const char *b)
{
    git_oid one, two, base;
    int code = gitlog_oid(&one, a), result;
    if (!code)
        code = gitlog_oid(&two, b);
    if (code)
        return code;
    result = git_merge_base(&base, log->repository, &one, &two);
    if (result == GIT_ENOTFOUND)
        return TAWAM_OK;
    return result < 0 ? gitlog_error(TAWAM_EDAMAGED, a)
                      : tree_of(out, log, git_oid_tostr_s(&base));
}

/* 1 if PATH's lines each say what they are about. A form's sheets don't: two
 * forms mixed are none. */
static int is_list_of_lines(const char *path)
{
    size_t length = strlen(path);
    if (strncmp(path, "forms/", 6) == 0)
        return 0;
    return (length > 5 && strcmp(path + length - 5, ".conf") == 0) ||
           (length > 4 && strcmp(path + length - 4, ".csv") == 0);
}

/* Both changed PATH, in different places or in the same. */
static int merge_lines(git_index *index, gitlog *log,
                       const git_index_entry *base,
                       const git_index_entry *earlier,
                       const git_index_entry *later)
{
    git_merge_file_options options;
    git_merge_file_result merged = {0};
    git_index_entry entry = *later;
    int code = TAWAM_OK;
    git_merge_file_options_init(&options, GIT_MERGE_FILE_OPTIONS_VERSION);
    options.favor = GIT_MERGE_FILE_FAVOR_UNION;
    if (git_merge_file_from_index(&merged, log->repository, base, earlier,
                                  later, &options) < 0 ||
        git_blob_create_from_buffer(&entry.id, log->repository, merged.ptr,
                                    merged.len) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, later->path);
    entry.flags &= (uint16_t)~GIT_INDEX_ENTRY_STAGEMASK;
    if (!code && git_index_add(index, &entry) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, entry.path);
    git_merge_file_result_free(&merged);
    return code;
}

/* LATER's file, or, where that has none, EARLIER's. */
static int take_later(git_index *index, const git_index_entry *earlier,
                      const git_index_entry *later)
{
    git_index_entry entry = *(later ? later : earlier);
    entry.flags &= (uint16_t)~GIT_INDEX_ENTRY_STAGEMASK;
    return git_index_add(index, &entry) < 0
               ? gitlog_error(TAWAM_EENVIRONMENT, entry.path)
               : TAWAM_OK;
}

static int resolve_one(git_index *index, gitlog *log,
                       const git_index_entry *base,
                       const git_index_entry *earlier,
                       const git_index_entry *later)
{
    const git_index_entry *any = later ? later : earlier ? earlier : base;
    char *path = memory_string(any->path);
    int code = path ? TAWAM_OK : TAWAM_EMEMORY;
    if (!code && earlier && later && is_list_of_lines(path))
        code = merge_lines(index, log, base, earlier, later);
    else if (!code && (earlier || later))
        code = take_later(index, earlier, later);
    if (!code && git_index_conflict_remove(index, path) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, path);
    free(path);
    return code;
}

/* Settles the first conflict there is, until there is none: settling one
 * changes what an iterator stands on. */
static int resolve_all(git_index *index, gitlog *log)
{
    int code = TAWAM_OK;
    while (!code && git_index_has_conflicts(index)) {
        git_index_conflict_iterator *iterator = NULL;
        const git_index_entry *base, *earlier, *later;
        if (git_index_conflict_iterator_new(&iterator, index) < 0 ||
            git_index_conflict_next(&base, &earlier, &later, iterator) < 0)
            code = gitlog_error(TAWAM_EENVIRONMENT, _("joining main"));
        else
            code = resolve_one(index, log, base, earlier, later);
        git_index_conflict_iterator_free(iterator);
    }
    return code;
}

int gitlog_write_join(char id[SYNC_ID_SIZE], gitlog *log, const char *earlier,
                      const char *later, const gitlog_new *commit)
{
    git_tree *base = NULL, *first = NULL, *second = NULL;
    git_index *index = NULL;
    git_merge_options options;
    git_oid tree;
    int code = parting_tree(&base, log, earlier, later);

    git_merge_options_init(&options, GIT_MERGE_OPTIONS_VERSION);
    options.flags = 0; /* a file renamed is a file removed and one added */
    if (!code)
        code = tree_of(&first, log, earlier);
    if (!code)
        code = tree_of(&second, log, later);
    if (!code && git_merge_trees(&index, log->repository, base, first, second,
                                 &options) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, _("joining main"));
    if (!code)
        code = resolve_all(index, log);
    if (!code && git_index_write_tree_to(&tree, index, log->repository) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, _("joining main"));
    git_index_free(index);
    git_tree_free(base);
    git_tree_free(first);
    git_tree_free(second);
    return code ? code : gitlog_write_commit(id, log, &tree, commit);
}
