/* SPDX-License-Identifier: MIT */
/* Every commit made in a history: its objects and ancestors as git has them.
 * What its writer wrote is told by the model (booked). */
#include "tests/merge/sim.h"
#include "sync/log_private_internal.h"

#include <string.h>

sim_commit sim_commits[SIM_COMMITS];
int sim_commit_count;
sim_write sim_writes[SIM_WRITES];
int sim_write_count;
static int first[SIM_ROWS][SIM_COLUMNS + 2]; /* number + 1; 0 none */

int sim_first_write(int row, int column)
{
    return first[row][column + 2] - 1;
}

void sim_forget_commits(int keep)
{
    if (keep == 0)
        memset(sim_commits, 0, sizeof sim_commits);
    else
        memset(sim_commits + keep, 0,
               (size_t)(SIM_COMMITS - keep) * sizeof *sim_commits);
    sim_commit_count = keep;
    sim_write_count = 0;
    memset(first, 0, sizeof first);
}

int sim_find_commit(const char *id)
{
    int i;
    for (i = sim_commit_count - 1; i >= 0; i--)
        if (strcmp(sim_commits[i].id, id) == 0)
            return i;
    return -1;
}

sim_write *sim_add_write(int commit, int row, int column)
{
    static sim_write spare;
    sim_write *w;
    if (sim_write_count == SIM_WRITES) {
        sim_fail("more than %d writes", SIM_WRITES);
        return &spare;
    }
    w = &sim_writes[sim_write_count++];
    memset(w, 0, sizeof *w);
    w->commit = commit;
    w->row = row;
    w->column = column;
    w->next = sim_first_write(row, column);
    first[row][column + 2] = sim_write_count;
    return w;
}

/* Tree and files of COMMIT; 0 if all are there. */
static int read_files(sim_commit *out, git_commit *commit, git_odb *odb)
{
    git_tree *tree = NULL;
    size_t i, n;
    int missing = 0;
    if (git_commit_tree(&tree, commit) < 0)
        return -1;
    n = git_tree_entrycount(tree);
    for (i = 0; i < n && i < 10; i++) {
        const git_oid *id = git_tree_entry_id(git_tree_entry_byindex(tree, i));
        missing = missing || !git_odb_exists(odb, id);
        git_oid_tostr(out->files[out->file_count++], SYNC_ID_SIZE, id);
    }
    git_oid_tostr(out->files[out->file_count++], SYNC_ID_SIZE,
                  git_commit_tree_id(commit));
    git_oid_tostr(out->files[out->file_count++], SYNC_ID_SIZE,
                  git_commit_id(commit));
    git_tree_free(tree);
    return missing ? -1 : 0;
}

static int read_parents(sim_commit *out, gitlog *log, git_commit *commit)
{
    unsigned i, n = git_commit_parentcount(commit);
    if (n > 32)
        sim_fail("a commit with %u parents", n);
    for (i = 0; i < n && i < 32; i++) {
        char id[SYNC_ID_SIZE];
        int parent;
        git_oid_tostr(id, sizeof id, git_commit_parent_id(commit, i));
        parent = sim_commit_number(log, id);
        if (parent < 0)
            return -1;
        out->parents[out->parent_count++] = parent;
        sim_join(&out->ancestors, &sim_commits[parent].ancestors);
    }
    return 0;
}

static void read_meta(sim_commit *out, git_commit *commit)
{
    const char *device = strstr(git_commit_message(commit), "\nDevice: ");
    out->time = git_commit_author(commit)->when.time;
    out->logical = git_commit_time(commit);
    out->published = device == NULL;
    if (device)
        snprintf(out->device, sizeof out->device, "%.*s",
                 (int)strcspn(device + 9, "\n"), device + 9);
}

int sim_commit_number(gitlog *log, const char *id)
{
    sim_commit new = {0};
    git_commit *commit = NULL;
    git_odb *odb = NULL;
    git_oid oid;
    int number = sim_find_commit(id), code;
    if (number >= 0)
        return number;
    if (git_oid_fromstr(&oid, id) < 0 ||
        git_commit_lookup(&commit, log->repository, &oid) < 0)
        return -1;
    git_repository_odb(&odb, log->repository);
    snprintf(new.id, sizeof new.id, "%s", id);
    code = read_files(&new, commit, odb);
    if (!code)
        code = read_parents(&new, log, commit);
    read_meta(&new, commit);
    git_odb_free(odb);
    git_commit_free(commit);
    if (code || sim_commit_count == SIM_COMMITS) {
        if (!code)
            sim_fail("more than %d commits", SIM_COMMITS);
        return -1;
    }
    number = sim_commit_count++;
    sim_put(&new.ancestors, number);
    sim_commits[number] = new;
    return number;
}
