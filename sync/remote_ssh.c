/* SPDX-License-Identifier: MIT */
/* remote: a fetch by SSH, in as many requests as the link needs.
 *
 *     connect, read refs; enter the tips (missing.c)
 *       |<---------------------------------------------+
 *     nothing missing? --yes--> keep, follow, done      |
 *       | no                                           |
 *     request   what, and how much (below)             | came whole, or the
 *       |                                              | connection was used
 *     pack/ (incoming.c), look again ------------------+ up: connect anew
 *       |
 *       +--cut--> salvage, TAWAM_EUNREACHABLE; the next try begins with
 *                 what pack/ has
 *
 * What is asked for:
 *     link free, nothing here yet   the tips, all below what both have
 *     a budget, or a rest           by commit id: so many generations from an
 *                                   absent one; partial ones by themselves, or
 *                                   with a budget what they lack, by its id
 *     ids not allowed there         generations from the tip, deeper each time
 * main comes first, since a dictionary in it may be needed to read the rest.
 *
 * Invariants:
 *  1. The remote is offered only commits that it showed itself, now or when
 *     we met last: never our own unsent ones, however many.
 *  2. refs/remotes/ moves when nothing below the new place is missing.
 *  3. Each request brings something new, or the fetch ends.
 */
#include "sync/incoming_internal.h"
#include "sync/link_internal.h"
#include "sync/missing_internal.h"
#include "sync/protocol_internal.h"
#include <stdlib.h>
#include <string.h>

#define WANTS_MOST 4000 /* ids a request */
#define HAVES_MOST 512
#define DEPTH_MOST 1000
#define COMMIT_GUESS 16384 /* bytes of one, before any was seen */
#define OBJECT_GUESS 8192
#define REQUEST_BYTES 600 /* what asking costs, more or less */

typedef struct fetch {
    const remote_job *job;
    git_repository *local;
    remote_line *line;
    remote_heads heads;
    protocol p;
    missing *missing;
    incoming *incoming;
    int asked;                      /* on this connection, something was */
    int by_object;                  /* the request is for single objects */
    uint64_t budget;                /* bytes a connection; 0: no bound */
    uint64_t pack_bytes;            /* received in this call */
    uint64_t pack_commits;          /* whole commits they brought */
    uint64_t object_bytes, objects; /* of requests for single objects */
    git_oid wants[WANTS_MOST];
    git_oid haves[HAVES_MOST];
} fetch;

/* ---- connections ---- */

static int is_main(const remote_head *head)
{
    return strcmp(head->name, "refs/heads/main") == 0;
}

/* Enter what is wanted: main, then the other refs, then single commits. */
static int enter_tips(fetch *f)
{
    const char *wanted = f->job->wanted;
    git_oid id;
    int code = TAWAM_OK;
    for (int others = 0; others < 2; others++)
        for (size_t i = 0; code == TAWAM_OK && i < f->heads.count; i++)
            if (is_main(&f->heads.list[i]) != others)
                code = missing_add(f->missing, &f->heads.list[i].id);
    while (code == TAWAM_OK && remote_wanted_id(&id, &wanted))
        code = missing_add(f->missing, &id);
    return code;
}

static int connect_again(fetch *f)
{
    if (f->p.stream)
        link_carried(f->job->gitdir, protocol_moved(&f->p));
    protocol_close(&f->p);
    link_memory link;
    link_read(&link, f->job->gitdir);
    f->budget = link_budget(&link);
    f->asked = 0;
    int code = protocol_open(&f->p, &f->heads, f->job, f->line, 1);
    if (code == TAWAM_OK)
        code = enter_tips(f);
    return code;
}

/* Bytes that this connection may still move; UINT64_MAX: as many as come. */
static uint64_t room(const fetch *f)
{
    uint64_t moved = protocol_moved(&f->p) + REQUEST_BYTES;
    if (!f->budget)
        return UINT64_MAX;
    return f->budget > moved ? f->budget - moved : 0;
}

/* Bytes of a commit with its files, by what has come so far. */
static uint64_t commit_size(const fetch *f)
{
    return f->pack_commits ? f->pack_bytes / f->pack_commits + 1 : COMMIT_GUESS;
}

/* ---- what both have ---- */

static void offer(fetch *f, size_t *count, const git_oid *id)
{
    git_odb *odb = NULL;
    for (size_t i = 0; i < *count; i++)
        if (git_oid_equal(&f->haves[i], id))
            return;
    if (*count < HAVES_MOST && git_repository_odb(&odb, f->local) == 0 &&
        git_odb_exists_ext(odb, id, GIT_ODB_LOOKUP_NO_REFRESH) &&
        missing_is_whole(f->missing, id))
        f->haves[(*count)++] = *id;
    git_odb_free(odb);
}

/* Where any remote had the line of HEAD when we met it: this one may have had
 * it there too. */
static void offer_former(fetch *f, size_t *count, const remote_head *head)
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

static size_t collect_haves(fetch *f)
{
    size_t count = 0;
    for (size_t i = 0; i < f->heads.count; i++)
        offer(f, &count, &f->heads.list[i].id);
    for (size_t i = 0; i < f->heads.count; i++)
        if (!missing_is_whole(f->missing, &f->heads.list[i].id))
            offer_former(f, &count, &f->heads.list[i]);
    return count;
}

/* ---- what to ask for ---- */

static uint64_t object_size(const fetch *f)
{
    return f->objects ? f->object_bytes / f->objects + 1 : OBJECT_GUESS;
}

/* Partial ones: whole again, or on a link that breaks only what they lack. */
static void plan_partial(fetch *f, protocol_request *r, size_t most)
{
    uint64_t space = room(f), fit = space / object_size(f);
    r->have_count = 0;
    if (space == UINT64_MAX || !(f->p.abilities & PROTOCOL_ANY_TIP)) {
        r->want_count = missing_partial_ids(f->wants, most, f->missing);
        r->depth = 1;
        return;
    }
    most = fit < 1 ? 1 : fit < WANTS_MOST ? (size_t)fit : WANTS_MOST;
    r->want_count = missing_objects(f->wants, most, f->missing);
    f->by_object = 1;
}

/* By id: absent ones with what is below them, else partial ones. */
static void plan_by_id(fetch *f, protocol_request *r)
{
    uint64_t space = room(f), fit = space / commit_size(f);
    size_t most = fit < 1 ? 1 : fit < WANTS_MOST ? (size_t)fit : WANTS_MOST;
    if (missing_absent(f->missing)) {
        r->want_count = missing_absent_ids(f->wants, most, f->missing);
        if (space != UINT64_MAX) {
            uint64_t depth = most / r->want_count;
            r->depth = depth < DEPTH_MOST ? (unsigned)depth : DEPTH_MOST;
        }
    } else {
        plan_partial(f, r, most);
    }
}

/* By tips only: the first that is not whole, deeper than what has come. */
static int plan_by_tip(fetch *f, protocol_request *r, git_oid **edges)
{
    uint64_t space = room(f), fit = space / commit_size(f);
    int code = TAWAM_OK;
    for (size_t i = 0; i < f->heads.count && r->want_count < WANTS_MOST; i++) {
        if (missing_is_whole(f->missing, &f->heads.list[i].id))
            continue;
        f->wants[r->want_count++] = f->heads.list[i].id;
        if (space != UINT64_MAX)
            break;
    }
    if (space == UINT64_MAX || !r->want_count ||
        !(f->p.abilities & PROTOCOL_SHALLOW) ||
        !(f->p.abilities & PROTOCOL_RELATIVE))
        return TAWAM_OK;
    code = missing_edges(edges, &r->edge_count, f->missing, &f->wants[0]);
    r->edges = *edges;
    r->depth = fit < 1 ? 1 : fit < DEPTH_MOST ? (unsigned)fit : DEPTH_MOST;
    if (r->edge_count && r->have_count < HAVES_MOST)
        f->haves[r->have_count++] = f->wants[0];
    return code;
}

static int plan_request(fetch *f, protocol_request *r, git_oid **edges)
{
    *r = (protocol_request){.wants = f->wants, .haves = f->haves};
    f->by_object = 0;
    r->have_count = collect_haves(f);
    if (f->p.abilities & PROTOCOL_ANY_WANT) {
        plan_by_id(f, r);
        return TAWAM_OK;
    }
    return plan_by_tip(f, r, edges);
}

/* ---- one request ---- */

typedef struct taking {
    fetch *f;
    uint64_t bytes;
} taking;

static int take(void *context, const uint8_t *bytes, size_t length)
{
    taking *t = context;
    t->bytes += length;
    return incoming_take(t->f->incoming, bytes, length);
}

/* The link broke. Where most of what it carried was of one object, that is the
 * reason why nothing arrives. */
static int cut_through(const fetch *f)
{
    uint64_t came = 0, size = incoming_cut_object(&came, f->incoming);
    return came * 2 > protocol_moved(&f->p) ? remote_too_large(size)
                                            : TAWAM_EUNREACHABLE;
}

/* What came is counted, whole or not. CODE is how the transfer ended and
 * stays, with its message. */
static int take_in(fetch *f, int code, uint64_t bytes, size_t *objects)
{
    char *message = code == TAWAM_OK ? NULL : memory_string(error_message());
    size_t before = missing_seen(f->missing);
    int taken = incoming_end(objects, f->incoming, code == TAWAM_OK);
    if (taken == TAWAM_OK)
        taken = missing_look_again(f->missing);
    if (taken == TAWAM_OK && f->by_object) {
        f->object_bytes += bytes;
        f->objects += *objects;
    } else if (taken == TAWAM_OK && code == TAWAM_OK) {
        f->pack_bytes += bytes;
        f->pack_commits += missing_seen(f->missing) - before;
    }
    if (code != TAWAM_OK)
        error_set(code, "%s", message ? message : "");
    free(message);
    return code == TAWAM_OK             ? taken
           : code == TAWAM_EUNREACHABLE ? cut_through(f)
                                        : code;
}

/* Of the objects asked for, whether any came. */
static int some_came(const fetch *f, size_t count)
{
    git_odb *odb = NULL;
    int came = 0;
    if (git_repository_odb(&odb, f->local) == 0)
        for (size_t i = 0; !came && i < count; i++)
            came = git_odb_exists_ext(odb, &f->wants[i],
                                      GIT_ODB_LOOKUP_NO_REFRESH);
    git_odb_free(odb);
    return came;
}

/* *moved: whether it brought anything. */
static int request(fetch *f, int *moved)
{
    protocol_request r;
    git_oid *edges = NULL;
    taking t = {f, 0};
    size_t objects = 0;
    size_t before = missing_absent(f->missing) + missing_partial(f->missing);
    size_t seen = missing_seen(f->missing);
    *moved = 0;
    int code = plan_request(f, &r, &edges);
    if (code == TAWAM_OK && r.want_count) {
        f->asked = 1;
        code = protocol_fetch(&f->p, &r, take, &t);
        code = take_in(f, code, t.bytes, &objects);
        *moved =
            missing_seen(f->missing) > seen ||
            missing_absent(f->missing) + missing_partial(f->missing) < before ||
            (f->by_object && some_came(f, r.want_count));
    }
    free(edges);
    return code;
}

/* ---- the whole ---- */

static int is_missing(const fetch *f)
{
    return missing_absent(f->missing) || missing_partial(f->missing);
}

static int used_up(const fetch *f)
{
    uint64_t least = f->by_object ? object_size(f) : commit_size(f);
    return f->p.spent || (f->asked && room(f) < least);
}

/* Requests until nothing is missing or nothing comes any more. */
static int fill(fetch *f)
{
    int code = TAWAM_OK, moved = 1;
    while (code == TAWAM_OK && moved && is_missing(f)) {
        if (used_up(f))
            code = connect_again(f);
        if (code == TAWAM_OK)
            code = request(f, &moved);
    }
    return code;
}

/* One head by itself, on a connection of its own. */
static int fill_one(fetch *f, const remote_head *head)
{
    protocol_request r = {.wants = f->wants, .haves = f->haves};
    taking t = {f, 0};
    size_t objects = 0;
    git_oid wanted = head->id;
    int code = connect_again(f);
    if (code == TAWAM_OK) {
        f->wants[r.want_count++] = wanted;
        r.have_count = collect_haves(f);
        code = protocol_fetch(&f->p, &r, take, &t);
        code = take_in(f, code, t.bytes, &objects);
    }
    return code;
}

/* After the server gave up over one of the heads (objects it has not, or that
 * no git reads): head by head, so that one spoils no other. TAWAM_EDAMAGED
 * names the last that it can't give. */
static int fill_each(fetch *f)
{
    int code = TAWAM_OK;
    for (size_t i = 0; i < f->heads.count; i++) {
        char *name = memory_string(f->heads.list[i].name);
        int one = name ? TAWAM_OK : error_memory();
        if (one == TAWAM_OK &&
            !missing_is_whole(f->missing, &f->heads.list[i].id))
            one = fill_one(f, &f->heads.list[i]);
        if (one != TAWAM_OK)
            code = remote_head_unreadable(one, name ? name : "");
        free(name);
        if (one == TAWAM_EUNREACHABLE && f->p.stream == NULL)
            return one;
        if (code != TAWAM_OK && code != TAWAM_EDAMAGED)
            break;
    }
    return code;
}

/* CODE is of what could not be had, and stays with its words. */
static int follow(fetch *f);
static int follow_rest(fetch *f, int code)
{
    char *why = memory_string(error_message());
    int followed = follow(f);
    if (followed == TAWAM_OK)
        error_set(code, "%s", why ? why : "");
    free(why);
    return followed == TAWAM_OK ? code : followed;
}

/* An id that was asked for and did not come. */
static int check_ids(fetch *f)
{
    const char *wanted = f->job->wanted;
    git_oid id;
    while (remote_wanted_id(&id, &wanted)) {
        if (missing_is_whole(f->missing, &id))
            continue;
        if (f->p.abilities & PROTOCOL_ANY_WANT)
            return error_set(TAWAM_EREFUSED,
                             _("the remote does not give %.10s"),
                             git_oid_tostr_s(&id));
        return error_set(TAWAM_ENO,
                         _("the server gives nothing by its id (%.10s): set "
                           "there `git config uploadpack.allowAnySHA1InWant "
                           "true`"),
                         git_oid_tostr_s(&id));
    }
    return TAWAM_OK;
}

/* Note which heads are whole, their ids in *ids (caller frees). */
static int sort_heads(git_oid **ids, size_t *count, fetch *f)
{
    *ids = memory_array(f->heads.count + 1, sizeof **ids);
    *count = 0;
    if (!*ids)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < f->heads.count; i++) {
        remote_head *head = &f->heads.list[i];
        head->withheld = !missing_is_whole(f->missing, &head->id);
        if (!head->withheld)
            (*ids)[(*count)++] = head->id;
    }
    return TAWAM_OK;
}

/* The heads below which nothing is missing are followed; what a remote shows
 * without giving it is left where it was. */
static int follow(fetch *f)
{
    git_oid *whole = NULL;
    size_t count = 0;
    int code = check_ids(f);
    if (code == TAWAM_OK)
        code = sort_heads(&whole, &count, f);
    if (code == TAWAM_OK)
        code = is_missing(f) ? incoming_keep_some(f->incoming, whole, count)
                             : incoming_keep(f->incoming);
    if (code == TAWAM_OK)
        code = remote_heads_track(f->local, f->job->name, &f->heads);
    if (code == TAWAM_OK)
        code = remote_heads_send(&f->heads, f->line);
    free(whole);
    return code;
}

int remote_ssh_fetch(const remote_job *job, git_repository *local,
                     remote_line *line)
{
    fetch *f = memory_new(sizeof *f);
    int code = f ? TAWAM_OK : TAWAM_EMEMORY;
    if (code != TAWAM_OK)
        return code;
    f->job = job;
    f->local = local;
    f->line = line;
    f->heads.wanted = job->wanted;
    code = missing_new(&f->missing, local);
    if (code == TAWAM_OK)
        code = incoming_open(&f->incoming, local, line);
    if (code == TAWAM_OK)
        code = connect_again(f);
    if (code == TAWAM_OK) {
        remote_line_stage(line, SYNC_FETCHING);
        code = fill(f);
        if (code == TAWAM_EREFUSED && !job->wanted)
            code = fill_each(f);
    }
    if (code == TAWAM_EDAMAGED)
        code = follow_rest(f, code);
    else if (code == TAWAM_OK)
        code = follow(f);
    if (code == TAWAM_OK)
        link_carried(job->gitdir, protocol_moved(&f->p));
    protocol_close(&f->p);
    incoming_free(f->incoming);
    missing_free(f->missing);
    remote_heads_clear(&f->heads);
    free(f);
    return code;
}

int remote_ssh_list(const remote_job *job, remote_line *line)
{
    protocol *p = memory_new(sizeof *p);
    remote_heads heads = {.wanted = job->wanted};
    int code = p ? protocol_open(p, &heads, job, line, 1) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = remote_heads_send(&heads, line);
    if (p)
        protocol_close(p);
    remote_heads_clear(&heads);
    free(p);
    return code;
}
