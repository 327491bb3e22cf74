/* SPDX-License-Identifier: MIT */
/* remote: a push by SSH, in as many connections as the link needs.
 *
 *     connect, read refs        nothing was sent
 *       |  compare (remote_refs.c): refused ones are left out here
 *       |  choose: all, or as many commits as the budget holds; of one that
 *       |  it does not hold, some files ahead (remote_ahead.c), and again
 *     outcome := UNKNOWN        from here on the remote may have it
 *       |  send the pack, read the report
 *     reported                  its refs moved as the report says
 *       |  more to send: connect again
 *     done
 *
 *     cut after something was sent: connect once more and read the refs. They
 *     say whether only the reply was lost; else the next try goes on from
 *     what they show.
 *
 * Invariants:
 *  1. SYNC_SENT is said when the report names our ref ok, or the refs show our
 *     commit; a server that flushes before it reports (DESIGN 5) has it then.
 *  2. A slice ends at a commit of the line's own first parents, so that every
 *     state which the remote shows on the way is one the line really had.
 */
#include "sync/link_internal.h"
#include "sync/protocol_internal.h"
#include "sync/remote_ahead_internal.h"
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define PUSH_TRIES 4     /* at refs that another pusher has locked */
#define PUSH_PAUSE 150   /* ms, growing */
#define COMMIT_BYTES 320 /* of a pack, for a commit and its tree */
#define REQUEST_BYTES 500

typedef struct push {
    const remote_job *job;
    git_repository *local;
    remote_line *line;
    remote_push_plan plan;
    remote_heads heads;
    uint64_t budget;   /* bytes a connection; 0: no bound */
    int sent;          /* something was, on any connection */
    ahead_files files; /* of the first step chosen, when there is a budget */
    git_oid carrier;   /* the last one sent ahead, if `carried` */
    int carried;
    int no_ahead; /* 1: this server takes none, or does not show them */
    protocol p;
} push;

/* ---- how far this push goes ---- */

/* Leave out of WALK what the remote's refs reach. */
static void hide_theirs(git_revwalk *walk, const push *u)
{
    for (size_t i = 0; i < u->heads.count; i++)
        if (git_revwalk_hide(walk, &u->heads.list[i].id) < 0)
            git_error_clear(); /* not here, or a tag of something else */
    for (size_t i = 0; i < u->heads.ahead_count; i++)
        if (git_revwalk_hide(walk, &u->heads.ahead[i].id) < 0)
            git_error_clear(); /* not ours */
}

/* The first parents of a line. */
typedef struct chain {
    git_oid *ids; /* oldest first */
    size_t count, capacity, next;
} chain;

/* The first parents from UPDATE's commit back to what the remote has. */
static int read_chain(chain *out, git_repository *local,
                      const remote_update *update)
{
    git_commit *commit = NULL;
    git_oid id = update->ours;
    int code = TAWAM_OK;
    while (code == TAWAM_OK && !git_oid_equal(&id, &update->theirs) &&
           git_commit_lookup(&commit, local, &id) == 0) {
        code = memory_reserve((void **)&out->ids, &out->capacity,
                              out->count + 1, sizeof *out->ids);
        if (code == TAWAM_OK)
            out->ids[out->count++] = id;
        const git_oid *parent = git_commit_parent_id(commit, 0);
        int last = parent == NULL;
        if (parent)
            id = *parent;
        git_commit_free(commit);
        commit = NULL;
        if (last)
            break;
    }
    for (size_t i = 0; i < out->count / 2; i++) {
        git_oid kept = out->ids[i];
        out->ids[i] = out->ids[out->count - 1 - i];
        out->ids[out->count - 1 - i] = kept;
    }
    git_error_clear();
    return code;
}

/* 1 if ID is on the chain; then what follows it is looked for next time. A
 * line's first commit follows one of another line, so that the remote may
 * have the beginning of the chain without any of the line. */
static int is_next(chain *c, const git_oid *id)
{
    for (size_t i = c->next; i < c->count; i++)
        if (git_oid_equal(id, &c->ids[i])) {
            c->next = i + 1;
            return 1;
        }
    return 0;
}

/* Add the bytes of commit ID that are new to the remote, and its files. */
static int add_commit(push *u, uint64_t *total, const git_oid *id,
                      const git_tree *sent)
{
    git_commit *commit = NULL;
    int code = TAWAM_OK;
    *total += COMMIT_BYTES;
    if (git_commit_lookup(&commit, u->local, id) < 0)
        return remote_git_error(_("cannot read what is to be sent"));
    code = ahead_files_add(&u->files, total, u->local, commit, sent);
    git_commit_free(commit);
    return code;
}

/* The tree of what went ahead of the chain's next commit; NULL: nothing. */
static int read_sent(git_tree **out, push *u, const chain *c)
{
    const git_oid *carrier =
        c->count ? ahead_shown(&u->heads, u->local, &c->ids[0]) : NULL;
    return carrier ? ahead_tree(out, u->local, carrier) : TAWAM_OK;
}

/* Set UPDATE's step: the last commit of its chain that SPACE has room for, or
 * the first. *used grows by what that takes; u->files are those of the first
 * step, and more. */
static int choose_step(push *u, remote_update *update, git_revwalk *walk,
                       uint64_t space, uint64_t *used)
{
    git_tree *sent = NULL;
    chain c = {0};
    git_oid id;
    uint64_t total = 0;
    int code = read_chain(&c, u->local, update), found = 0;
    update->step = update->ours;
    ahead_files_clear(&u->files);
    if (code == TAWAM_OK)
        code = read_sent(&sent, u, &c);
    while (code == TAWAM_OK && c.count && git_revwalk_next(&id, walk) == 0) {
        code = add_commit(u, &total, &id, sent);
        if (code != TAWAM_OK || (found && total > space))
            break;
        if (is_next(&c, &id)) {
            update->step = id;
            *used = total;
            if (total > space)
                break;
            found = 1;
        }
    }
    git_tree_free(sent);
    free(c.ids);
    return code;
}

/* Which updates this push has, and how far each goes. *space, *used: bytes
 * there are for it, and that it takes; both 0 without a budget. */
static int choose(push *u, uint64_t *space_there, uint64_t *bytes_used)
{
    uint64_t moved = protocol_moved(&u->p) + REQUEST_BYTES, used = 0;
    uint64_t space = u->budget > moved ? u->budget - moved : 0;
    int code = TAWAM_OK;
    *space_there = u->budget ? space : 0;
    for (size_t i = 0; code == TAWAM_OK && i < u->plan.count; i++) {
        remote_update *update = &u->plan.updates[i];
        git_revwalk *walk = NULL;
        update->chosen = update->accepted = 0;
        update->step = update->ours;
        if (!update->pushable || (u->budget && used))
            continue;
        update->chosen = 1;
        if (!u->budget)
            continue;
        int error = git_revwalk_new(&walk, u->local);
        if (error == 0)
            error = git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL |
                                                  GIT_SORT_REVERSE);
        if (error == 0)
            error = git_revwalk_push(walk, &update->ours);
        if (error == 0) {
            hide_theirs(walk, u);
            code = choose_step(u, update, walk, space, &used);
        }
        git_error_clear(); /* a tag object goes as it is */
        git_revwalk_free(walk);
    }
    *bytes_used = used;
    return code;
}

/* ---- the pack ---- */

static int packing(int stage, uint32_t current, uint32_t total, void *context)
{
    push *u = context;
    (void)stage;
    (void)current;
    if (total)
        u->line->state.total = total;
    remote_line_moved(u->line);
    return 0;
}

static int add_update(git_packbuilder *builder, git_revwalk *walk,
                      git_repository *local, const git_oid *id)
{
    git_object *object = NULL, *commit = NULL;
    int error = git_object_lookup(&object, local, id, GIT_OBJECT_ANY);
    if (error == 0 && git_object_type(object) == GIT_OBJECT_TAG)
        error = git_packbuilder_insert(builder, id, NULL);
    if (error == 0)
        error = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    if (error == 0)
        error = git_revwalk_push(walk, git_object_id(commit));
    git_object_free(commit);
    git_object_free(object);
    return error;
}

/* Exactly what the chosen updates need and the remote lacks. */
static int build_pack(git_packbuilder **out, push *u)
{
    git_packbuilder *builder = NULL;
    git_revwalk *walk = NULL;
    int error = git_packbuilder_new(&builder, u->local);
    if (error == 0)
        error = git_revwalk_new(&walk, u->local);
    if (error == 0) {
        git_packbuilder_set_threads(builder, 1);
        git_packbuilder_set_callbacks(builder, packing, u);
    }
    for (size_t i = 0; error == 0 && i < u->plan.count; i++)
        if (u->plan.updates[i].chosen)
            error =
                add_update(builder, walk, u->local, &u->plan.updates[i].step);
    if (error == 0) {
        hide_theirs(walk, u);
        error = git_packbuilder_insert_walk(builder, walk);
    }
    git_revwalk_free(walk);
    if (error == 0)
        *out = builder;
    else
        git_packbuilder_free(builder);
    return error < 0 ? remote_git_error(_("cannot pack the history"))
                     : TAWAM_OK;
}

/* ---- one connection ---- */

/* The heads as the report left them, for the log's refs/remotes. */
static int note_heads(push *u)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < u->plan.count; i++) {
        remote_update *update = &u->plan.updates[i];
        if (!update->accepted)
            continue;
        update->confirmed = git_oid_equal(&update->step, &update->ours);
        u->line->state.kept++;
        size_t k = 0;
        while (k < u->heads.count &&
               strcmp(u->heads.list[k].name, update->destination) != 0)
            k++;
        if (k < u->heads.count)
            u->heads.list[k].id = update->step;
        else
            code =
                remote_heads_add(&u->heads, &update->step, update->destination);
    }
    remote_line_moved(u->line);
    return code == TAWAM_OK
               ? remote_heads_track(u->local, u->job->name, &u->heads)
               : code;
}

/* The carriers that the remote shows and that are ours come first in the list;
 * how many. */
static size_t drop_ours(push *u)
{
    size_t count = 0;
    git_odb *odb = NULL;
    if (git_repository_odb(&odb, u->local) < 0)
        return 0;
    for (size_t i = 0; i < u->heads.ahead_count; i++) {
        remote_head head = u->heads.ahead[i];
        if (!git_odb_exists(odb, &head.id))
            continue;
        u->heads.ahead[i] = u->heads.ahead[count];
        u->heads.ahead[count++] = head;
    }
    git_odb_free(odb);
    return count;
}

/* Some files of the step that is too large, under a ref of their own. */
static int send_ahead(push *u, const remote_update *update, uint64_t space)
{
    git_packbuilder *builder = NULL;
    const git_oid *before = ahead_shown(&u->heads, u->local, &update->step);
    remote_update carrier = {.destination = ahead_ref(&update->step),
                             .chosen = 1};
    remote_push_plan plan = {.updates = &carrier, .count = 1};
    int code = carrier.destination ? TAWAM_OK : TAWAM_EMEMORY;
    if (before)
        carrier.theirs = *before;
    if (code == TAWAM_OK)
        code = ahead_carry(&carrier.step, &builder, u->local, &u->files, before,
                           space);
    if (code == TAWAM_OK)
        code = protocol_push(&u->p, &plan, builder);
    if (code == TAWAM_OK && carrier.accepted) {
        u->line->state.kept++;
        remote_line_moved(u->line);
        u->carrier = carrier.step;
        u->carried = 1;
    } else if (code == TAWAM_OK) {
        u->no_ahead = 1;
    }
    git_packbuilder_free(builder);
    free(carrier.reason);
    free(carrier.destination);
    return code;
}

static int send_plan(push *u)
{
    git_packbuilder *builder = NULL;
    int code = build_pack(&builder, u);
    if (code == TAWAM_OK) {
        u->sent = 1;
        u->plan.drops = u->heads.ahead;
        u->plan.drop_count = drop_ours(u);
        remote_line_outcome(u->line, SYNC_UNKNOWN);
        code = protocol_push(&u->p, &u->plan, builder);
    }
    git_packbuilder_free(builder);
    return code == TAWAM_OK ? note_heads(u) : code;
}

static int send_chosen(push *u)
{
    uint64_t space = 0, used = 0;
    int code = choose(u, &space, &used);
    size_t first = 0;
    while (first < u->plan.count && !u->plan.updates[first].chosen)
        first++;
    if (code == TAWAM_OK && used > space && u->files.count > 1 && !u->no_ahead)
        return send_ahead(u, &u->plan.updates[first], space);
    return code == TAWAM_OK ? send_plan(u) : code;
}

/* A carrier that was taken is shown, or no more are sent. */
static void check_carrier(push *u)
{
    int shown = !u->carried;
    for (size_t i = 0; i < u->heads.ahead_count; i++)
        shown |= git_oid_equal(&u->heads.ahead[i].id, &u->carrier);
    u->no_ahead |= !shown;
    u->carried = 0;
}

/* What the report called ok must be in the refs that the next connection
 * shows; else this would never end. */
static int check_moved(const push *u)
{
    for (size_t i = 0; i < u->plan.count; i++) {
        const remote_update *update = &u->plan.updates[i];
        const git_oid *theirs =
            remote_heads_find(&u->heads, update->destination);
        if (!update->accepted ||
            (theirs && git_oid_equal(theirs, &update->step)))
            continue;
        if (!theirs ||
            git_graph_descendant_of(u->local, theirs, &update->step) == 0)
            return error_set(TAWAM_EREFUSED,
                             _("%s said that it took %s, and does not show it"),
                             u->job->place.host, update->destination);
    }
    return TAWAM_OK;
}

/* One dialogue. *more: it was a slice, or was in another pusher's way. */
static int push_once(push *u, int *more, int *tries)
{
    size_t pushable = 0;
    int code = protocol_open(&u->p, &u->heads, u->job, u->line, 0);
    *more = 0;
    if (code == TAWAM_OK) {
        check_carrier(u);
        code = check_moved(u);
    }
    if (code == TAWAM_OK)
        code = remote_plan_compare(&pushable, &u->plan, u->local, &u->heads);
    if (code == TAWAM_OK && pushable) {
        remote_line_stage(u->line, SYNC_PUSHING);
        code = send_chosen(u);
        if (code == TAWAM_OK)
            link_carried(u->job->gitdir, protocol_moved(&u->p));
    } else if (code == TAWAM_OK) {
        code = remote_heads_track(u->local, u->job->name, &u->heads);
    }
    protocol_close(&u->p);
    int refused = 0;
    for (size_t i = 0; code == TAWAM_OK && i < u->plan.count; i++) {
        const remote_update *update = &u->plan.updates[i];
        refused |= update->chosen && update->reason != NULL;
        *more |= update->pushable && !update->confirmed && !update->reason;
    }
    if (refused)
        *more = remote_plan_was_locked(&u->plan) && ++*tries < PUSH_TRIES;
    if (refused && *more)
        poll(NULL, 0, PUSH_PAUSE * *tries);
    return code;
}

/* CODE ended the sending. If the remote's refs show our commit all the same,
 * only the reply was lost. */
static int after_cut(push *u, int code)
{
    char *message = memory_string(error_message());
    size_t pushable = 0;
    u->line->state.broke = u->line->state.bytes_in + u->line->state.bytes_out -
                           u->line->state.opened;
    remote_line_stage(u->line, SYNC_CHECKING);
    int looked = protocol_open(&u->p, &u->heads, u->job, u->line, 0);
    if (looked == TAWAM_OK)
        looked = remote_plan_compare(&pushable, &u->plan, u->local, &u->heads);
    if (looked == TAWAM_OK)
        looked = remote_heads_track(u->local, u->job->name, &u->heads);
    protocol_close(&u->p);
    if (looked == TAWAM_OK && u->plan.updates[0].confirmed)
        code = TAWAM_OK;
    else
        error_set(code, "%s", message ? message : "");
    free(message);
    return code;
}

int remote_ssh_push(const remote_job *job, git_repository *local,
                    remote_line *line)
{
    link_memory link;
    int more = 1, tries = 0;
    push *u = memory_new(sizeof *u);
    int code = u ? TAWAM_OK : TAWAM_EMEMORY;
    if (code != TAWAM_OK)
        return code;
    u->job = job;
    u->local = local;
    u->line = line;
    u->heads.wanted = REMOTE_WANT_ALL;
    u->heads.keep_ahead = 1;
    code = remote_plan_make(&u->plan, local, job->refspecs);
    while (code == TAWAM_OK && more) {
        link_read(&link, job->gitdir);
        u->budget = link_budget(&link);
        code = push_once(u, &more, &tries);
    }
    if (code == TAWAM_EUNREACHABLE && u->sent)
        code = after_cut(u, code);
    if (code == TAWAM_EUNREACHABLE && u->budget && u->files.largest > u->budget)
        code = remote_too_large(u->files.largest);
    if (code == TAWAM_OK)
        code = remote_plan_send(&u->plan, line);
    remote_plan_clear(&u->plan);
    remote_heads_clear(&u->heads);
    ahead_files_clear(&u->files);
    free(u);
    return code;
}
