/* SPDX-License-Identifier: MIT */
/* remote: a folder (USB stick, share) as the other side.
 *
 * libgit2's own local transport copies everything reachable each time and
 * overwrites a ref that somebody moved meanwhile; so both directions are one
 * function here, copy_objects(), and a ref is moved by compare-and-swap.
 *
 * Order of a push, and what a cut leaves:
 *     tawam.lock taken          nothing
 *     journal of refs written   the journal; the next push clears it
 *     pack written, fsynced     the pack: objects nobody names yet, harmless
 *     refs moved, fsynced       some refs moved; the rest moves next time
 *     journal removed, syncfs   all is on the medium, if it tells the truth
 *     packs read back from it   all is there
 *     packs put together        old ones, new one, or both (remote_stick.c);
 *                               "sent" is said after this and a second look
 */
#include "sync/lost_internal.h"
#include "sync/log_private_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define REF_TRIES 8  /* at a ref that somebody else has locked */
#define REF_PAUSE 60 /* ms between them, growing */

/* The refs the repository at PATH has; fails never on a strange one. */
static int read_heads(remote_heads *heads, git_repository *repository)
{
    gitlog_names names;
    git_oid id;
    int code = gitlog_list(&names, repository, NULL);
    if (code)
        error_add("%s", _("cannot read the refs there"));
    for (size_t i = 0; code == TAWAM_OK && i < names.count; i++) {
        if (!remote_ref_accepted(names.list[i]))
            continue;
        code = gitlog_find_ref(&id, repository, names.list[i]);
        if (code == TAWAM_OK)
            code = remote_heads_add(heads, &id, names.list[i]);
        else if (code == TAWAM_ENOTFOUND) /* a strange one */
            code = TAWAM_OK;
        else
            error_add("%s", _("cannot read the refs there"));
    }
    git_error_clear();
    gitlog_names_free(&names);
    return code;
}

/* ---- copying objects ---- */

typedef struct copy {
    git_repository *to, *from;
    remote_line *line;
    uint64_t *bytes; /* of the line's state, in or out */
    int unwritten;   /* TO's disk failed, whatever can be read of FROM */
    int left_out;    /* heads that FROM shows can't be read there */
    git_indexer *writer;
    git_indexer_progress stats;
} copy;

static int copy_block(void *bytes, size_t length, void *payload)
{
    copy *c = payload;
    *c->bytes += length;
    c->line->state.done = c->stats.indexed_objects;
    remote_line_moved(c->line);
    c->unwritten = git_indexer_append(c->writer, bytes, length, &c->stats) < 0;
    return c->unwritten ? -1 : 0;
}

static int packing(int stage, uint32_t current, uint32_t total, void *payload)
{
    remote_line *line = payload;
    (void)stage;
    (void)current;
    if (total)
        line->state.total = total;
    remote_line_moved(line);
    return 0;
}

static int indexing(const git_indexer_progress *stats, void *payload)
{
    remote_line *line = payload;
    line->state.done = stats->indexed_objects;
    line->state.total = stats->total_objects;
    remote_line_moved(line);
    return 0;
}

/* Leave out of WALK what TO has already: the tips of its refs, as far as FROM
 * knows them. */
static int hide_known(git_revwalk *walk, git_odb *from, git_repository *to)
{
    gitlog_names names;
    git_oid id;
    int code = gitlog_list(&names, to, NULL);
    for (size_t i = 0; i < names.count; i++)
        if (git_reference_name_to_id(&id, to, names.list[i]) == 0 &&
            git_odb_exists(from, &id) && git_revwalk_hide(walk, &id) < 0)
            git_error_clear(); /* a tag of something else than a commit */
    gitlog_names_free(&names);
    return code;
}

/* Push ID's commit on WALK; a tag object, or a piece of a file, into PACK. */
static int want_object(git_revwalk *walk, git_packbuilder *pack,
                       git_repository *from, const git_oid *id)
{
    git_object *object = NULL, *commit = NULL;
    int error = git_object_lookup(&object, from, id, GIT_OBJECT_ANY);
    int piece = error == 0 && git_object_type(object) == GIT_OBJECT_BLOB;
    if (piece || (error == 0 && git_object_type(object) == GIT_OBJECT_TAG))
        error = git_packbuilder_insert(pack, id, NULL);
    if (error == 0 && !piece)
        error = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    if (error == 0 && !piece)
        error = git_revwalk_push(walk, git_object_id(commit));
    git_object_free(commit);
    git_object_free(object);
    return error;
}

static int write_pack(copy *c, git_packbuilder *pack)
{
    int error = gitlog_new_pack(&c->writer, c->to, indexing, c->line);
    c->unwritten = error < 0;
    if (error == 0)
        error = git_packbuilder_foreach(pack, copy_block, c);
    if (error == 0) {
        error = git_indexer_commit(c->writer, &c->stats);
        c->unwritten = error < 0;
    }
    git_indexer_free(c->writer);
    c->writer = NULL;
    return error;
}

/* Copy what IDS reach and TO lacks from FROM, as one pack, whole or not at
 * all. */
static int copy_objects(copy *c, const git_oid *const *ids, size_t count)
{
    git_packbuilder *pack = NULL;
    git_revwalk *walk = NULL;
    git_odb *source = NULL;
    int error = 0, code = TAWAM_OK;
    if ((error = git_repository_odb(&source, c->from)) < 0 ||
        (error = git_revwalk_new(&walk, c->from)) < 0 ||
        (error = git_packbuilder_new(&pack, c->from)) < 0)
        goto cleanup;
    git_packbuilder_set_threads(pack, 1);
    git_packbuilder_set_callbacks(pack, packing, c->line);
    for (size_t i = 0; error == 0 && i < count; i++)
        error = want_object(walk, pack, c->from, ids[i]);
    if (error == 0) {
        code = hide_known(walk, source, c->to);
        c->unwritten = code != TAWAM_OK;
    }
    if (error == 0 && code == TAWAM_OK)
        error = git_packbuilder_insert_walk(pack, walk);
    if (error == 0 && code == TAWAM_OK &&
        git_packbuilder_object_count(pack) > 0)
        error = write_pack(c, pack);
cleanup:
    git_packbuilder_free(pack);
    git_revwalk_free(walk);
    git_odb_free(source);
    return error < 0 ? remote_git_error(_("cannot copy the history")) : code;
}

/* ---- list, fetch ---- */

int remote_path_list(const remote_job *job, remote_line *line)
{
    git_repository *theirs = NULL;
    remote_heads heads = {.wanted = job->wanted};
    int code = remote_folder_open(&theirs, job, NULL);
    if (code == TAWAM_OK && theirs)
        code = read_heads(&heads, theirs);
    if (code == TAWAM_OK)
        code = remote_heads_send(&heads, line);
    remote_heads_clear(&heads);
    git_repository_free(theirs);
    return code;
}

/* 1 if CODE, of a copy into the log, ends a fetch, whatever else could still
 * be read there. */
static int ends_fetch(const copy *c, int code)
{
    return (c->unwritten && code == TAWAM_EENVIRONMENT) ||
           code == TAWAM_EFULL || code == TAWAM_EMEMORY ||
           code == TAWAM_ECANCELLED;
}

/* One by one, after something spoiled the whole: what can be read is taken.
 * TAWAM_EDAMAGED, or TAWAM_EENVIRONMENT where their disk did not read, names
 * the last that could not be. */
static int fetch_each(copy *c, const remote_head *const *wanted, size_t count)
{
    int code = TAWAM_OK;
    for (size_t i = 0; i < count && !ends_fetch(c, code); i++) {
        const git_oid *id = &wanted[i]->id;
        int one;
        git_error_clear();
        one = copy_objects(c, &id, 1);
        if (one < 0 && ends_fetch(c, one))
            code = one;
        else if (one < 0)
            code = remote_head_unreadable(one, wanted[i]->name);
    }
    c->left_out = code != TAWAM_OK && !ends_fetch(c, code);
    return code;
}

/* What we have already is not copied, and so not read there: a folder whose
 * refs lead to objects that it has lost would seem sound, and what is sent on
 * top of them would be told to be safe. */
static int check_held(copy *c, const remote_heads *heads)
{
    int has = 1;
    size_t i = 0;
    while (has > 0 && i < heads->count)
        has = gitlog_has_object(c->from, &heads->list[i++].id);
    if (has)
        return has < 0 ? has : TAWAM_OK;
    c->left_out = 1;
    error_set(TAWAM_EDAMAGED,
              _("its objects are gone. Move the repository away and make it "
                "anew (tawam hq init): at its next sync each device sends all "
                "it has"));
    return remote_head_unreadable(TAWAM_EDAMAGED, heads->list[i - 1].name);
}

/* Copy everything HEADS name and we lack. */
static int fetch_heads(copy *c, const remote_heads *heads)
{
    git_odb *odb = NULL;
    size_t count = 0;
    const git_oid **ids = memory_array(heads->count + 1, sizeof *ids);
    const remote_head **wanted = memory_array(heads->count + 1, sizeof *wanted);
    int code = ids && wanted ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && git_repository_odb(&odb, c->to) < 0)
        code = remote_git_error(_("cannot open the log"));
    for (size_t i = 0; code == TAWAM_OK && i < heads->count; i++) {
        if (git_odb_exists(odb, &heads->list[i].id))
            continue;
        wanted[count] = &heads->list[i];
        ids[count++] = &heads->list[i].id;
    }
    if (code == TAWAM_OK && count)
        code = copy_objects(c, ids, count);
    if (code != TAWAM_OK && count > 0 && !ends_fetch(c, code))
        code = fetch_each(c, wanted, count);
    if (code == TAWAM_OK)
        code = check_held(c, heads);
    git_odb_free(odb);
    free(wanted);
    free(ids);
    return code;
}

/* Follow what arrived and send HEADS, also when CODE says that something did
 * not; that error stays. */
static int follow_readable(int code, const copy *c, const remote_job *job,
                           const remote_heads *heads)
{
    char *message = code == TAWAM_OK ? NULL : memory_string(error_message());
    int followed = remote_heads_track(c->to, job->name, heads);
    if (followed == TAWAM_OK && (code == TAWAM_OK || c->left_out))
        followed = remote_heads_send(heads, c->line);
    if (code != TAWAM_OK && (followed == TAWAM_OK || !c->left_out))
        error_set(code, "%s", message ? message : "");
    else
        code = followed;
    free(message);
    return code;
}

/* Commits and pieces of files asked for by id: all, or none. */
static int fetch_ids(copy *c, const char *wanted)
{
    git_oid *ids = NULL;
    size_t count = 0;
    int code = remote_wanted_ids(&ids, &count, wanted);
    const git_oid **list = memory_array(count + 1, sizeof *list);
    if (!list)
        code = TAWAM_EMEMORY;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        list[i] = &ids[i];
    if (code == TAWAM_OK && count)
        code = copy_objects(c, list, count);
    if (code == TAWAM_EENVIRONMENT && count && /* libgit2's "not found" */
        !c->unwritten && !gitlog_code(TAWAM_OK))
        code = error_set(TAWAM_EREFUSED,
                         _("the remote does not give %.10s (of %zu asked for)"),
                         git_oid_tostr_s(&ids[0]), count);
    free(list);
    free(ids);
    return code;
}

/* What leads to ID onto WALK, but where it is not there, damaged, or a tag of
 * something else. What only did not read is none of these. */
static int walk_from(git_revwalk *walk, git_repository *from, const git_oid *id)
{
    int code = TAWAM_OK, has = 1;
    for (int turn = 0; code == TAWAM_OK && has > 0 && turn < 2; turn++) {
        if (git_revwalk_push(walk, id) == 0)
            return TAWAM_OK;
        code = gitlog_code(TAWAM_OK);
        if (code != TAWAM_OK)
            code = remote_git_error(_("cannot copy the history"));
        else
            has = gitlog_has_object(from, id);
    }
    if (code == TAWAM_OK && has < 0)
        code = has;
    git_error_clear();
    if (code == TAWAM_EDAMAGED)
        error_clear();
    return code == TAWAM_EDAMAGED ? TAWAM_OK : code;
}

/* What HEADS lead to and the job names, as far as it can't be read here. */
static int fetch_lost(copy *c, const remote_job *job, const remote_heads *heads)
{
    git_packbuilder *pack = NULL;
    git_revwalk *walk = NULL;
    git_odb *source = NULL;
    lost_files files = {0};
    size_t ungiven = 0;
    int code = lost_files_parse(&files, job->wanted);
    if (code == TAWAM_OK && (git_repository_odb(&source, c->from) < 0 ||
                             git_revwalk_new(&walk, c->from) < 0 ||
                             git_packbuilder_new(&pack, c->from) < 0))
        code = remote_git_error(_("cannot copy the history"));
    for (size_t i = 0; code == TAWAM_OK && i < heads->count; i++)
        code = walk_from(walk, c->from, &heads->list[i].id);
    if (code == TAWAM_OK)
        code = hide_known(walk, source, c->to);
    if (code == TAWAM_OK)
        code = lost_collect(&ungiven, pack, c->to, c->from, walk, &files);
    if (code == TAWAM_OK && git_packbuilder_object_count(pack) > 0) {
        git_packbuilder_set_threads(pack, 1);
        if (write_pack(c, pack) < 0)
            code = remote_git_error(_("cannot copy the history"));
    }
    if (code == TAWAM_OK && ungiven)
        code = error_set(TAWAM_EREFUSED,
                         _("the remote does not give what is missing here"));
    git_packbuilder_free(pack);
    git_revwalk_free(walk);
    git_odb_free(source);
    lost_files_clear(&files);
    return code;
}

static int fetch_followed(copy *c, const remote_job *job,
                          const remote_heads *heads)
{
    int code = fetch_heads(c, heads);
    if (code == TAWAM_OK)
        code = fetch_ids(c, job->wanted);
    return follow_readable(code, c, job, heads);
}

int remote_path_fetch(const remote_job *job, git_repository *local,
                      remote_line *line)
{
    remote_heads heads = {.wanted = job->wanted};
    copy c = {.to = local, .line = line, .bytes = &line->state.bytes_in};
    int code = remote_folder_open(&c.from, job, local);
    if (code != TAWAM_OK)
        return code;
    remote_line_stage(line, SYNC_FETCHING);
    if (c.from)
        code = read_heads(&heads, c.from);
    if (code == TAWAM_OK && c.from)
        code = job->lost ? fetch_lost(&c, job, &heads)
                         : fetch_followed(&c, job, &heads);
    else if (code == TAWAM_OK)
        code = remote_heads_send(&heads, line); /* none: an empty folder */
    remote_heads_clear(&heads);
    git_repository_free(c.from);
    return code;
}

/* ---- push ---- */

/* 1 if NAME is checked out in a repository with a work tree. */
static int checked_out(git_repository *theirs, const char *name)
{
    git_reference *head = NULL;
    int same = 0;
    if (!git_repository_is_bare(theirs) &&
        git_reference_lookup(&head, theirs, "HEAD") == 0)
        same = git_reference_type(head) == GIT_REFERENCE_SYMBOLIC &&
               strcmp(git_reference_symbolic_target(head), name) == 0;
    git_reference_free(head);
    return same;
}

/* Move one ref from what we saw to ours, if it is still what we saw. */
static int swap_ref(git_repository *theirs, const remote_update *update)
{
    git_reference *made = NULL;
    /* A zero id of theirs means: only if there is still none. */
    int error =
        git_reference_create_matching(&made, theirs, update->destination,
                                      &update->ours, 1, &update->theirs, NULL);
    git_reference_free(made);
    return error;
}

/* A ref that another pusher has locked is tried again for a while. */
static int move_ref(git_repository *theirs, remote_update *update)
{
    int error = GIT_ELOCKED;
    if (checked_out(theirs, update->destination))
        return remote_update_refuse(update, _("it is checked out there"));
    for (int try = 0; error == GIT_ELOCKED && try < REF_TRIES; try++) {
        if (try)
            poll(NULL, 0, REF_PAUSE * try);
        error = swap_ref(theirs, update);
    }
    if (error == GIT_EEXISTS || error == GIT_EMODIFIED)
        return remote_update_refuse(update, _("somebody else moved it just "
                                              "now: sync again"));
    if (error == GIT_ELOCKED)
        return remote_update_refuse(update, _("it stays locked there: another "
                                              "program writes it, or one died "
                                              "doing so"));
    return error < 0 ? remote_git_error(_("cannot move a ref there"))
                     : TAWAM_OK;
}

/* Objects, then refs, under the journal. */
static int send_plan(git_repository *theirs, git_repository *local,
                     remote_push_plan *plan, remote_line *line)
{
    const char *gitdir = git_repository_path(theirs);
    copy c = {.to = theirs,
              .from = local,
              .line = line,
              .bytes = &line->state.bytes_out};
    size_t count = 0;
    const git_oid **ids = memory_array(plan->count, sizeof *ids);
    char *packs = NULL;
    int moving = 0;
    int code = ids ? remote_stick_packs(&packs, gitdir) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = remote_journal_write(gitdir, plan);
    for (size_t i = 0; code == TAWAM_OK && i < plan->count; i++)
        if (plan->updates[i].pushable)
            ids[count++] = &plan->updates[i].ours;
    if (code == TAWAM_OK) {
        remote_line_outcome(line, SYNC_UNKNOWN);
        code = copy_objects(&c, ids, count);
    }
    moving = code == TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < plan->count; i++)
        if (plan->updates[i].pushable)
            code = move_ref(theirs, &plan->updates[i]);
    if (code == TAWAM_OK || !moving) /* else a lock may have stayed */
        remote_journal_remove(gitdir);
    if (code == TAWAM_OK)
        code = remote_stick_flush(gitdir);
    if (code == TAWAM_OK)
        code = remote_stick_reread(gitdir, packs, plan);
    if (code == TAWAM_OK)
        code = remote_stick_consolidate(theirs, line);
    free(packs);
    free(ids);
    return code;
}

/* Look again with new eyes, and note what is there. */
static int check_plan(const remote_job *job, git_repository *local,
                      remote_push_plan *plan, remote_line *line)
{
    git_repository *theirs = NULL;
    remote_heads heads = {.wanted = REMOTE_WANT_ALL};
    remote_line_stage(line, SYNC_CHECKING);
    int code = remote_folder_open_at(&theirs, job->place.path);
    if (code == TAWAM_ENOTFOUND)
        code = remote_git_error(_("cannot read it back"));
    if (code == TAWAM_OK)
        code = read_heads(&heads, theirs);
    if (code == TAWAM_OK)
        code = remote_plan_confirm(plan, local, &heads);
    if (code == TAWAM_OK)
        code = remote_heads_track(local, job->name, &heads);
    if (code == TAWAM_OK)
        code = remote_plan_send(plan, line);
    remote_heads_clear(&heads);
    git_repository_free(theirs);
    return code;
}

int remote_path_push(const remote_job *job, git_repository *local,
                     remote_line *line)
{
    git_repository *theirs = NULL;
    remote_heads heads = {.wanted = REMOTE_WANT_ALL};
    remote_push_plan plan = {0};
    file_lock *lock = NULL;
    size_t pushable = 0;
    int code = remote_plan_make(&plan, local, job->refspecs);
    if (code == TAWAM_OK)
        code = remote_folder_open_or_make(&theirs, job, local, line);
    if (code == TAWAM_OK)
        code = remote_lock_folder(&lock, git_repository_path(theirs), line);
    code = remote_folder_words(code, job->place.path);
    if (code != TAWAM_OK)
        goto cleanup;
    remote_line_stage(line, SYNC_PUSHING);
    if ((code = read_heads(&heads, theirs)) != TAWAM_OK)
        goto cleanup;
    code = remote_plan_compare(&pushable, &plan, local, &heads);
    if (code == TAWAM_OK && pushable) {
        code = send_plan(theirs, local, &plan, line);
        code = remote_folder_words(code, job->place.path);
    }
    if (code == TAWAM_OK)
        code = check_plan(job, local, &plan, line);
cleanup:
    file_lock_release(lock);
    remote_heads_clear(&heads);
    remote_plan_clear(&plan);
    git_repository_free(theirs);
    return code;
}
