/* SPDX-License-Identifier: MIT */
/* remote: what a fetch by SSH asks for, and what it offers.
 *
 * What is asked for:
 *     link free, nothing here yet   the tips, all below what both have
 *     a budget, or a rest           by commit id: so many generations from an
 *                                   absent one; partial ones by themselves, or
 *                                   with a budget what they lack, by its id
 *     ids not allowed there         generations from the tip, deeper each time
 *     what was lost (lost.c)        files by id, or the commits they are in;
 *                                   commits 1, 2, 4 … generations from an
 *                                   absent one; the tips, down to what is
 *                                   applied, where ids are not allowed
 * main comes first, since a dictionary in it may be needed to read the rest.
 */
#include "sync/remote_ssh_internal.h"
#include <stdlib.h>
#include <string.h>

#define COMMIT_GUESS 16384 /* bytes of one, before any was seen */
#define OBJECT_GUESS 8192
#define REQUEST_BYTES 600 /* what asking costs, more or less */
#define DEPTH_MOST 1000

/* ---- how much ---- */

/* Bytes that this connection may still move; UINT64_MAX: as many as come. */
uint64_t ssh_room(const ssh_fetch *f)
{
    uint64_t moved = protocol_moved(&f->p) + REQUEST_BYTES;
    if (!f->budget)
        return UINT64_MAX;
    return f->budget > moved ? f->budget - moved : 0;
}

/* Bytes of a commit with its files, by what has come so far. */
uint64_t ssh_commit_size(const ssh_fetch *f)
{
    return f->pack_commits ? f->pack_bytes / f->pack_commits + 1 : COMMIT_GUESS;
}

/* ---- what both have ---- */

static void offer(ssh_fetch *f, size_t *count, const git_oid *id)
{
    git_odb *odb = NULL;
    for (size_t i = 0; i < *count; i++)
        if (git_oid_equal(&f->haves[i], id))
            return;
    if (*count < SSH_HAVES_MOST && git_repository_odb(&odb, f->local) == 0 &&
        git_odb_exists_ext(odb, id, GIT_ODB_LOOKUP_NO_REFRESH) &&
        missing_is_whole(f->missing, id))
        f->haves[(*count)++] = *id;
    git_odb_free(odb);
}

/* Where any remote had the line of HEAD when we met it: this one may have had
 * it there too. */
static void offer_former(ssh_fetch *f, size_t *count, const remote_head *head)
{
    git_reference_iterator *all = NULL;
    const char *name = NULL;
    git_oid id;
    if (strncmp(head->name, "refs/heads/", 11) != 0)
        return;
    char *glob = memory_format("refs/remotes/*/%s", head->name + 11);
    if (glob && git_reference_iterator_glob_new(&all, f->local, glob) == 0)
        while (git_reference_next_name(&name, all) == 0)
            if (git_reference_name_to_id(&id, f->local, name) == 0)
                offer(f, count, &id);
    git_reference_iterator_free(all);
    free(glob);
}

/* Of what was lost, nothing is below what the replica has applied. */
static size_t applied_haves(ssh_fetch *f)
{
    git_reference_iterator *all = NULL;
    const char *name = NULL;
    size_t count = 0;
    git_oid id;
    if (git_reference_iterator_glob_new(&all, f->local, REMOTE_APPLIED "*") ==
        0)
        while (count < SSH_HAVES_MOST &&
               git_reference_next_name(&name, all) == 0)
            if (git_reference_name_to_id(&id, f->local, name) == 0)
                f->haves[count++] = id;
    git_reference_iterator_free(all);
    return count;
}

size_t ssh_collect_haves(ssh_fetch *f)
{
    size_t count = 0;
    if (f->job->lost)
        return applied_haves(f);
    for (size_t i = 0; i < f->heads.count; i++)
        offer(f, &count, &f->heads.list[i].id);
    for (size_t i = 0; i < f->heads.count; i++)
        if (!missing_is_whole(f->missing, &f->heads.list[i].id))
            offer_former(f, &count, &f->heads.list[i]);
    return count;
}

/* ---- what to ask for ---- */

uint64_t ssh_object_size(const ssh_fetch *f)
{
    return f->objects ? f->object_bytes / f->objects + 1 : OBJECT_GUESS;
}

/* Partial ones: whole again, or on a link that breaks only what they lack. */
static void plan_partial(ssh_fetch *f, protocol_request *r, size_t most)
{
    uint64_t space = ssh_room(f), fit = space / ssh_object_size(f);
    r->have_count = 0;
    if ((space == UINT64_MAX && !f->job->lost) ||
        !(f->p.abilities & PROTOCOL_ANY_TIP)) {
        r->want_count = missing_partial_ids(f->wants, most, f->missing);
        r->depth = 1;
        return;
    }
    most = fit < 1 ? 1 : fit < SSH_WANTS_MOST ? (size_t)fit : SSH_WANTS_MOST;
    r->want_count = missing_objects(f->wants, most, f->missing);
    f->by_object = 1;
}

/* By id: absent ones with what is below them, else partial ones. */
static void plan_by_id(ssh_fetch *f, protocol_request *r)
{
    uint64_t space = ssh_room(f), fit = space / ssh_commit_size(f);
    size_t most = fit < 1                ? 1
                  : fit < SSH_WANTS_MOST ? (size_t)fit
                                         : SSH_WANTS_MOST;
    if (missing_absent(f->missing)) {
        r->want_count = missing_absent_ids(f->wants, most, f->missing);
        if (space != UINT64_MAX) {
            uint64_t depth = most / r->want_count;
            r->depth = depth < DEPTH_MOST ? (unsigned)depth : DEPTH_MOST;
        } else if (f->job->lost) {
            f->reach = f->reach ? f->reach * 2 : 1;
            r->depth = f->reach = f->reach < DEPTH_MOST ? f->reach : DEPTH_MOST;
        }
    } else {
        plan_partial(f, r, most);
    }
}

/* By tips only: the first that is not whole, deeper than what has come. */
static int plan_by_tip(ssh_fetch *f, protocol_request *r, git_oid **edges)
{
    uint64_t space = ssh_room(f), fit = space / ssh_commit_size(f);
    int code = TAWAM_OK;
    for (size_t i = 0; i < f->heads.count && r->want_count < SSH_WANTS_MOST;
         i++) {
        if (missing_is_whole(f->missing, &f->heads.list[i].id))
            continue;
        f->wants[r->want_count++] = f->heads.list[i].id;
        if (space != UINT64_MAX)
            break;
    }
    f->line->state.no_ids |= f->job->lost && r->want_count;
    if (space == UINT64_MAX || !r->want_count ||
        !(f->p.abilities & PROTOCOL_SHALLOW) ||
        !(f->p.abilities & PROTOCOL_RELATIVE))
        return TAWAM_OK;
    code = missing_edges(edges, &r->edge_count, f->missing, &f->wants[0]);
    r->edges = *edges;
    r->depth = fit < 1 ? 1 : fit < DEPTH_MOST ? (unsigned)fit : DEPTH_MOST;
    if (r->edge_count && r->have_count < SSH_HAVES_MOST)
        f->haves[r->have_count++] = f->wants[0];
    return code;
}

/* Lost files: nothing is offered, since the server leaves out what stands in
 * an offered commit, be it asked for or not. Where it gives no files by id,
 * the commit they are in, or the tip whose history that is in. 1 if there is
 * something to ask for. */
static int plan_lost(ssh_fetch *f, protocol_request *r)
{
    unsigned may = f->p.abilities;
    for (size_t i = 0; i < f->lost.count && r->want_count < SSH_WANTS_MOST;
         i++) {
        const lost_file *file = &f->lost.list[i];
        const git_oid *tip = remote_heads_find(&f->heads, file->ref);
        if (file->here)
            continue;
        if (may & PROTOCOL_ANY_WANT && may & PROTOCOL_ANY_TIP) {
            f->wants[r->want_count++] = file->id;
        } else if (may & PROTOCOL_ANY_WANT && may & PROTOCOL_SHALLOW) {
            f->wants[r->want_count++] = file->commit;
            r->depth = 1;
        } else if (tip && may & PROTOCOL_SHALLOW) {
            f->wants[r->want_count++] = *tip;
            r->depth = file->depth;
            break;
        }
    }
    return r->want_count > 0;
}

int ssh_plan_request(ssh_fetch *f, protocol_request *r, git_oid **edges)
{
    *r = (protocol_request){.wants = f->wants, .haves = f->haves};
    f->by_object = 0;
    if (plan_lost(f, r))
        return TAWAM_OK;
    r->have_count = ssh_collect_haves(f);
    if (f->p.abilities & PROTOCOL_ANY_WANT) {
        plan_by_id(f, r);
        return TAWAM_OK;
    }
    return plan_by_tip(f, r, edges);
}
