/* SPDX-License-Identifier: MIT */
/* remote: a fetch by SSH, in as many requests as the link needs.
 *
 *     connect, read refs; enter the tips (missing.c)
 *       |<---------------------------------------------+
 *     nothing missing? --yes--> keep, follow, done      |
 *       | no                                           |
 *     request   what, and how much (remote_ssh_ask.c)  | came whole, or the
 *       |                                              | connection was used
 *     pack/ (incoming.c), look again ------------------+ up: connect anew
 *       |
 *       +--cut--> salvage, TAWAM_EUNREACHABLE; the next try begins with
 *                 what pack/ has
 *
 * What is asked for, and how much: remote_ssh_ask.c.
 *
 * Invariants:
 *  1. The remote is offered only commits that it showed itself, now or when
 *     we met last: never our own unsent ones, however many.
 *  2. refs/remotes/ moves when nothing below the new place is missing.
 *  3. Each request brings something new, or the fetch ends.
 */
#include "sync/link_internal.h"
#include "sync/remote_ssh_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- connections ---- */

static int is_main(const remote_head *head)
{
    return strcmp(head->name, "refs/heads/main") == 0;
}

/* Enter what is wanted: main, then the other refs, then single commits. */
static int enter_tips(ssh_fetch *f)
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

static int connect_again(ssh_fetch *f)
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

/* ---- one request ---- */

typedef struct taking {
    ssh_fetch *f;
    uint64_t bytes;
} taking;

static int take(void *context, const uint8_t *bytes, size_t length)
{
    taking *t = context;
    t->bytes += length;
    return incoming_take(t->f->incoming, bytes, length);
}

/* The link broke, and it was known how little it carries. */
static int commit_too_large(void)
{
    char *why = memory_string(error_message());
    int code = error_set(TAWAM_EUNREACHABLE,
                         _("%s. The server gives nothing by its id, so a "
                           "commit has to pass in one piece: set there `git "
                           "config uploadpack.allowAnySHA1InWant true`, or "
                           "use a better link, or a stick"),
                         why ? why : "");
    free(why);
    return code;
}

/* The link broke. Where most of what it carried was of one object, that is the
 * reason why nothing arrives. */
static int cut_through(const ssh_fetch *f)
{
    if (f->budget && !(f->p.abilities & PROTOCOL_ANY_WANT))
        return commit_too_large();
    uint64_t came = 0, size = incoming_cut_object(&came, f->incoming);
    return came * 2 > protocol_moved(&f->p) ? remote_too_large(size)
                                            : TAWAM_EUNREACHABLE;
}

/* What came is counted, whole or not. CODE is how the transfer ended and
 * stays, with its message. */
static int take_in(ssh_fetch *f, int code, uint64_t bytes, size_t *objects)
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
static int some_came(const ssh_fetch *f, size_t count)
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

/* How much is not here, of commits and lost files. */
static size_t count_missing(ssh_fetch *f)
{
    size_t files = 0;
    for (size_t i = 0; i < f->lost.count; i++)
        files += !f->lost.list[i].here;
    return files + missing_absent(f->missing) + missing_partial(f->missing);
}

/* *moved: whether it brought anything. */
static int request(ssh_fetch *f, int *moved)
{
    protocol_request r;
    git_oid *edges = NULL;
    taking t = {f, 0};
    size_t objects = 0;
    size_t before = count_missing(f);
    size_t seen = missing_seen(f->missing);
    *moved = 0;
    int code = ssh_plan_request(f, &r, &edges);
    if (code == TAWAM_OK && r.want_count) {
        f->asked = 1;
        code = protocol_fetch(&f->p, &r, take, &t);
        code = take_in(f, code, t.bytes, &objects);
        if (code == TAWAM_OK && lost_files_left(&f->lost, f->local) < 0)
            code = error_code();
        *moved = missing_seen(f->missing) > seen || count_missing(f) < before ||
                 (f->by_object && !f->job->lost && some_came(f, r.want_count));
    }
    free(edges);
    return code;
}

/* ---- the whole ---- */

static int is_missing(ssh_fetch *f)
{
    return count_missing(f) > 0;
}

static int used_up(const ssh_fetch *f)
{
    uint64_t least = f->by_object ? ssh_object_size(f) : ssh_commit_size(f);
    return f->p.spent || (f->asked && ssh_room(f) < least);
}

/* Requests until nothing is missing or nothing comes any more. */
static int fill(ssh_fetch *f)
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
static int fill_one(ssh_fetch *f, const remote_head *head)
{
    protocol_request r = {.wants = f->wants, .haves = f->haves};
    taking t = {f, 0};
    size_t objects = 0;
    git_oid wanted = head->id;
    int code = connect_again(f);
    if (code == TAWAM_OK) {
        f->wants[r.want_count++] = wanted;
        r.have_count = ssh_collect_haves(f);
        code = protocol_fetch(&f->p, &r, take, &t);
        code = take_in(f, code, t.bytes, &objects);
    }
    return code;
}

/* After the server gave up over one of the heads (objects it has not, or that
 * no git reads): head by head, so that one spoils no other. TAWAM_EDAMAGED
 * names the last that it can't give. */
static int fill_each(ssh_fetch *f)
{
    int code = TAWAM_OK;
    for (size_t i = 0; i < f->heads.count; i++) {
        char *name = memory_string(f->heads.list[i].name);
        int one = name ? TAWAM_OK : error_memory();
        git_error_clear();
        if (one == TAWAM_OK &&
            !missing_is_whole(f->missing, &f->heads.list[i].id))
            one = fill_one(f, &f->heads.list[i]);
        if (one != TAWAM_OK && !remote_error_is_ours(one))
            code = remote_head_unreadable(one, name);
        free(name);
        if (one == TAWAM_EUNREACHABLE && f->p.stream == NULL)
            return one;
        if (one != TAWAM_OK && remote_error_is_ours(one))
            return one;
    }
    return code;
}

/* CODE is of what could not be had, and stays with its words. */
static int follow(ssh_fetch *f);
static int follow_rest(ssh_fetch *f, int code)
{
    char *why = memory_string(error_message());
    int followed = follow(f);
    if (followed == TAWAM_OK)
        error_set(code, "%s", why ? why : "");
    free(why);
    return followed == TAWAM_OK ? code : followed;
}

/* An id that was asked for and did not come. */
static int check_ids(ssh_fetch *f)
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
static int sort_heads(git_oid **ids, size_t *count, ssh_fetch *f)
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
static int follow(ssh_fetch *f)
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

/* CODE is how the asking ended. What came is kept, be it all or not. */
static int keep_lost(ssh_fetch *f, int code)
{
    char *why = code == TAWAM_OK ? NULL : memory_string(error_message());
    int kept = incoming_keep(f->incoming);
    if (code != TAWAM_OK)
        error_set(code, "%s", why ? why : "");
    else if (kept == TAWAM_OK && is_missing(f))
        kept = error_set(f->p.abilities & PROTOCOL_ANY_WANT ? TAWAM_EREFUSED
                                                            : TAWAM_ENO,
                         _("the remote does not give what is missing here"));
    free(why);
    return code == TAWAM_OK ? kept : code;
}

/* The job of F as far as its connection. */
static int begin(ssh_fetch *f)
{
    int code = missing_new(&f->missing, f->local);
    if (code == TAWAM_OK && f->job->lost) {
        missing_read(f->missing);
        code = lost_files_parse(&f->lost, f->job->wanted);
    }
    if (code == TAWAM_OK)
        code = incoming_open(&f->incoming, f->local, f->line);
    if (code == TAWAM_OK && lost_files_left(&f->lost, f->local) < 0)
        code = error_code();
    return code == TAWAM_OK ? connect_again(f) : code;
}

int remote_ssh_fetch(const remote_job *job, git_repository *local,
                     remote_line *line)
{
    ssh_fetch *f = memory_new(sizeof *f);
    int code = f ? TAWAM_OK : TAWAM_EMEMORY;
    if (code != TAWAM_OK)
        return code;
    f->job = job;
    f->local = local;
    f->line = line;
    f->heads.wanted = job->wanted;
    code = begin(f);
    if (code == TAWAM_OK) {
        remote_line_stage(line, SYNC_FETCHING);
        code = fill(f);
        if (code == TAWAM_EREFUSED && !job->wanted)
            code = fill_each(f);
        if (job->lost)
            code = keep_lost(f, code);
        else if (code == TAWAM_OK)
            code = follow(f);
    }
    if (code == TAWAM_EDAMAGED && !job->lost)
        code = follow_rest(f, code);
    if (code == TAWAM_OK)
        link_carried(job->gitdir, protocol_moved(&f->p));
    protocol_close(&f->p);
    incoming_free(f->incoming);
    missing_free(f->missing);
    remote_heads_clear(&f->heads);
    lost_files_clear(&f->lost);
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
