/* SPDX-License-Identifier: MIT */
/* remote: slices, for a link that drops.
 *
 * git's protocol starts from nothing when a transfer is cut. After one was,
 * the file tawam.slow in the log says so, and the next transfers go in parts
 * that are each kept as they arrive: a fetch line by line, a push some
 * commits of a line at a time, fewer after each failure.
 *
 *     no file --cut--> 16 --cut--> 4 --cut--> 1      (commits a push)
 *        ^              |          |          |
 *        +---- a transfer that got through ---+
 *
 * Invariant: a slice is a commit of the line's own first parents, so every
 * state that the remote shows on the way is one the line really had.
 */
#include "sync/remote_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK_NAME "tawam.slow"
#define FIRST_STEP 16
#define CHAIN_LIMIT 100000 /* commits of a line looked back */

int remote_slice_step(const char *gitdir)
{
    buffer text = {0};
    char *path = file_join(gitdir, MARK_NAME);
    int step = 0;
    if (path && file_exists(path) && file_read(&text, path, 64) == TAWAM_OK)
        step = atoi(text.data ? (char *)text.data : "");
    buffer_free(&text);
    free(path);
    return step > 0 && step <= FIRST_STEP ? step : 0;
}

void remote_slice_mark(const char *gitdir, int got_through)
{
    char *path = file_join(gitdir, MARK_NAME), text[16];
    int step = remote_slice_step(gitdir);
    if (path && got_through)
        unlink(path);
    if (path && !got_through) {
        step = step == 0 ? FIRST_STEP : step > 4 ? step / 4 : 1;
        int length = snprintf(text, sizeof text, "%d\n", step);
        if (file_write_atomic(path, text, (size_t)length) < 0)
            error_clear(); /* the next one is whole again, no harm */
    }
    free(path);
}

/* The first parents from OURS back to THEIRS (not included), newest first;
 * their number, or -1. Caller frees *chain. */
static long read_chain(git_oid **chain, git_repository *repository,
                       const git_oid *ours, const git_oid *theirs)
{
    git_commit *commit = NULL, *parent = NULL;
    size_t count = 0, capacity = 0;
    int error = git_commit_lookup(&commit, repository, ours);
    *chain = NULL;
    while (error == 0 && count < CHAIN_LIMIT &&
           !git_oid_equal(git_commit_id(commit), theirs)) {
        if (memory_reserve((void **)chain, &capacity, count + 1,
                           sizeof **chain) < 0)
            break;
        (*chain)[count++] = *git_commit_id(commit);
        if (git_commit_parentcount(commit) == 0)
            break;
        error = git_commit_parent(&parent, commit, 0);
        git_commit_free(commit);
        commit = parent;
        parent = NULL;
    }
    git_commit_free(commit);
    git_error_clear();
    return error == 0 && count < CHAIN_LIMIT ? (long)count : -1;
}

char *remote_slice_source(git_repository *repository,
                          const remote_update *update, size_t number, int step)
{
    git_oid *chain = NULL;
    git_reference *made = NULL;
    long count = step > 0 ? read_chain(&chain, repository, &update->ours,
                                       &update->theirs)
                          : 0;
    char *name = NULL;
    if (count > step) {
        name = memory_format(REMOTE_SLICE_PREFIX "%zu", number);
        if (name && git_reference_create(&made, repository, name,
                                         &chain[count - step], 1, NULL) < 0) {
            free(name);
            name = NULL;
        }
    }
    git_reference_free(made);
    free(chain);
    return name;
}

void remote_slice_clear(git_repository *repository)
{
    git_reference_iterator *all = NULL;
    git_reference *ref = NULL;
    if (git_reference_iterator_glob_new(&all, repository,
                                        REMOTE_SLICE_PREFIX "*") == 0)
        while (git_reference_next(&ref, all) == 0) {
            git_reference_delete(ref);
            git_reference_free(ref);
        }
    git_reference_iterator_free(all);
    git_error_clear();
}
