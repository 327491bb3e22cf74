/* SPDX-License-Identifier: MIT */
/* repair: is every commit here that refs and the replica name, and if not, who
 * has it; and refs that lead nowhere.
 *
 * What is missing is asked for at each remote in turn, by itself, into a
 * repository that borrows the log's objects (again_internal.h); where a remote
 * says that it can't give that, for all it has, into an empty one.
 */
#include "sync/again_internal.h"
#include "sync/remote.h"
#include "sync/repair_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMED 10
#define MANY 1000 /* commits: then whole packs are taken */
#define BORROWED                                                               \
    "../../../log.git/objects" /* as seen from again.git/objects               \
                                */

static void say_missing(repair_known *n)
{
    const salvage *old = n->r->old;
    size_t i, k;
    for (i = 0; i < n->missing.count && i < NAMED; i++) {
        const char *id = n->missing.ids[i];
        for (k = 0; k < old->commit_count; k++)
            if (strcmp(old->commits[k].id, id) == 0)
                break;
        if (k < old->commit_count && old->commits[k].device[0])
            repair_say(n->r, SYNC_REPAIR_FOUND,
                       _("commit %.12s (%s, number %lld of its line) is not "
                         "whole here"),
                       id, repair_safe(old->commits[k].device),
                       (long long)old->commits[k].sequence);
        else
            repair_say(n->r, SYNC_REPAIR_FOUND,
                       _("commit %.12s is not whole here"), id);
    }
    if (n->missing.count > NAMED)
        repair_say(n->r, SYNC_REPAIR_FOUND, _("… and %zu more commits"),
                   n->missing.count - NAMED);
}

/* ---- asking ---- */

typedef struct asking {
    repair *r;
    int tried, failed; /* remotes */
    int whole;         /* 1: nothing is missing now */
    char *why;         /* the last failure's words */
    int code;          /* what ends the repair */
} asking;

typedef struct taking {
    const repair *r;
    const char *from, *to; /* folders of packs */
    const char *end;       /* of the names to take */
} taking;

static int take_entry(void *context, const char *name)
{
    const taking *x = context;
    const char *end = strrchr(name, '.');
    char *old, *new;
    int code = TAWAM_OK;
    if (!end || strcmp(end, x->end) != 0)
        return TAWAM_OK;
    old = file_join(x->from, name);
    new = file_join(x->to, name);
    if (!old || !new)
        code = error_memory();
    else
        code = file_exists(new);
    if (code == TAWAM_OK)
        code = repair_second_name(x->r, old, new);
    free(old);
    free(new);
    return code < 0 ? code : TAWAM_OK;
}

int repair_take_packs(repair *r, const char *path)
{
    static const char *const ENDS[] = {".pack", ".idx"}; /* indexes last */
    char *from = file_join(path, "objects/pack");
    char *to = file_join(r->log_path, "objects/pack");
    int code = from && to ? TAWAM_OK : error_memory();
    for (int i = 0; !code && i < 2; i++) {
        taking x = {r, from, to, ENDS[i]};
        code = file_entries(from, take_entry, &x);
        if (code == TAWAM_ENOTFOUND)
            code = TAWAM_OK;
    }
    if (!code)
        code = file_sync_folder(to);
    free(from);
    free(to);
    return code;
}

static void count_traffic(repair *r, const remote_traffic *traffic)
{
    r->out->bytes_in += traffic->bytes_in;
    r->out->bytes_out += traffic->bytes_out;
}

/* What PATH holds of what is missing. */
static int take(int64_t *taken, repair *r, const char *path)
{
    int64_t more = 0, missing = repair_count_missing(r);
    int code = missing < 0 ? (int)missing : TAWAM_OK;
    if (!code && missing > MANY)
        code = repair_take_packs(r, path);
    if (!code)
        code = again_take(&more, r->log, path);
    *taken += more;
    return code;
}

/* CODE ended a fetch into PATH. What came is taken, and CODE stays. */
static int take_after(int64_t *taken, int code, repair *r, const char *path)
{
    char *why = code ? memory_string(error_message()) : NULL;
    int took = take(taken, r, path);
    if (!took && code)
        error_set(code, "%s", why ? why : "");
    free(why);
    return took ? took : code;
}

/* What is missing of what the remote shows, and that alone: the walk from its
 * refs ends at commits that are whole here with all below them. */
static int ask_lost(int64_t *taken, repair *r, const char *url,
                    const char *path)
{
    remote_options wire = {r->o->meeting, NULL};
    remote_traffic traffic = {0};
    repair_known known = {.r = r};
    repair_ids sound = {0};
    int code = repair_find_missing(&known);
    if (!code)
        code = repair_sound_heads(&sound, &known);
    if (!code)
        code = again_make(path, BORROWED, sound.ids, sound.count);
    repair_known_clear(&known);
    repair_ids_clear(&sound);
    if (code)
        return code;
    code = remote_fetch_lost(&traffic, path, url, REMOTE_WANTED_BY_SYNC, &wire);
    count_traffic(r, &traffic);
    if (traffic.no_ids)
        repair_say(r, SYNC_REPAIR_DONE,
                   _("%s gives nothing by its id, so all since the oldest "
                     "damage was fetched (there, git config "
                     "uploadpack.allowAnySHA1InWant true would spare that)"),
                   repair_safe(url));
    if (again_part(path) < 0)
        return error_code();
    return take_after(taken, code, r, path);
}

/* Everything the remote has. */
static int ask_all(int64_t *taken, repair *r, const char *url, const char *path)
{
    remote_options wire = {r->o->meeting, NULL};
    remote_traffic traffic = {0};
    char *refs = NULL;
    int code = again_make(path, BORROWED, NULL, 0);
    if (!code)
        code = again_part(path);
    if (!code)
        code = remote_fetch(&refs, &traffic, path, "again", url, &wire);
    count_traffic(r, &traffic);
    if (!code || code == TAWAM_EDAMAGED || refs) /* then some of it came */
        code = take_after(taken, code, r, path);
    free(refs);
    return code;
}

/* A code of ours, not of the remote's: no other remote helps. */
static int ends_asking(int code)
{
    return code == TAWAM_ECANCELLED || code == TAWAM_EMEMORY ||
           code == TAWAM_EFULL || code == TAWAM_EBUSY || code == TAWAM_ENEWER;
}

/* 1 if after CODE of ask_lost() something is missing that the remote may have
 * all the same: it is asked for all, and tells what it can't give. */
static int ask_for_all(int code, repair *r)
{
    int64_t missing;
    if (!code || code == TAWAM_EUNREACHABLE || ends_asking(code))
        return 0;
    missing = repair_count_missing(r);
    return missing < 0 ? (int)missing : missing > 0;
}

static int ask_one(int64_t *taken, repair *r, const char *url)
{
    char *path = file_join(r->temp, "again.git");
    int code = path ? ask_lost(taken, r, url, path) : error_memory();
    int all = path ? ask_for_all(code, r) : 0;
    if (all < 0)
        code = all;
    else if (all)
        code = ask_all(taken, r, url, path);
    else if (code != TAWAM_EUNREACHABLE && !ends_asking(code))
        code = TAWAM_OK; /* nothing is missing any more */
    if (path)
        file_remove_tree(path);
    free(path);
    return code;
}

static int any_ref(void *context, const char *name, const char *id)
{
    (void)context;
    (void)name;
    (void)id;
    return 1;
}

/* 1 if there is a ref, 0 if not, <0 error. */
static int has_refs(repair *r)
{
    return gitlog_refs(r->log, "refs/*", any_ref, NULL);
}

/* A log that holds nothing yet is filled as a clone's is. */
static int fill_empty(repair *r, const char *name, const char *url)
{
    remote_options wire = {r->o->meeting, NULL};
    remote_traffic traffic = {0};
    char *refs = NULL;
    int code = remote_fetch(&refs, &traffic, r->log_path, name, url, &wire);
    count_traffic(r, &traffic);
    free(refs);
    if (!code) {
        gitlog_free(r->log);
        r->log = NULL;
        code = gitlog_open(&r->log, r->log_path);
    }
    if (!code)
        repair_say(r, SYNC_REPAIR_DONE, _("the history was fetched from %s"),
                   repair_safe(url));
    return code;
}

static int is_empty(repair *r)
{
    int64_t objects = 0;
    int code = gitlog_check_objects(&objects, r->log);
    if (!code && !objects)
        code = has_refs(r);
    return code < 0 ? code : !code && !objects;
}

/* An empty folder says nothing of what is missing: it may be where a stick
 * belongs that is not plugged in. */
static int check_plugged_in(const char *url)
{
    char *path = NULL;
    int code = TAWAM_OK;
    if (remote_is_path(&path, url) > 0 && file_empty_folder(path) > 0)
        code = error_set(TAWAM_EUNREACHABLE,
                         _("'%s' held a repository and is empty now: is the "
                           "stick plugged in? (to start anew there: git init "
                           "--bare)"),
                         path);
    free(path);
    return code;
}

/* The remote gave all it has. */
static int answered(asking *a)
{
    int64_t missing = repair_count_missing(a->r);
    a->whole = missing == 0;
    return missing < 0 ? (int)missing : TAWAM_OK;
}

static void ask(asking *a, const char *name, const char *url)
{
    int64_t taken = 0;
    int code;
    if (a->code || a->whole || !*url)
        return;
    a->tried++;
    a->code = is_empty(a->r);
    if (a->code < 0)
        return;
    code = check_plugged_in(url);
    if (!code)
        code =
            a->code ? fill_empty(a->r, name, url) : ask_one(&taken, a->r, url);
    a->code = ends_asking(code) || !a->r->log ? code : TAWAM_OK;
    if (taken)
        repair_say(a->r, SYNC_REPAIR_DONE, _("%lld objects came from %s"),
                   (long long)taken, repair_safe(url));
    if (code && !a->code) {
        a->failed++;
        free(a->why);
        a->why = memory_string(error_message());
        error_clear();
    }
    if (!a->code)
        a->code = answered(a);
}

static int ask_setting(void *context, const char *name, const char *value)
{
    size_t length = strlen(name);
    char *remote;
    if (strncmp(name, "remote.", 7) != 0 || length < 12 ||
        strcmp(name + length - 4, ".url") != 0)
        return TAWAM_OK;
    remote = memory_string_length(name + 7, length - 11);
    if (!remote)
        return error_memory();
    if (sync_device_name_valid(remote))
        ask(context, remote, value);
    free(remote);
    return ((asking *)context)->code;
}

/* Every remote known, until nothing is missing. One that was not reached, or
 * failed half-way, may have what is missing: then nothing is given up. */
static int ask_remotes(repair *r)
{
    asking a = {.r = r};
    int code, whole = 0;
    if (r->o->url)
        ask(&a, "hq", r->o->url);
    code = a.code ? a.code : salvage_settings(&whole, r->old, ask_setting, &a);
    if (!code)
        code = a.code;
    if (!code && !a.whole && a.failed)
        code = error_set(TAWAM_EUNREACHABLE,
                         _("what is missing here may be at a remote that was "
                           "not reached (%s): connect and repeat, or go on "
                           "without by --offline"),
                         a.why ? a.why : "");
    free(a.why);
    return code;
}

/* ---- refs ---- */

typedef struct lost_ref {
    repair *r;
    buffer names; /* a line each */
} lost_ref;

static int note_lost(void *context, const char *name, const char *id)
{
    lost_ref *l = context;
    int code = repair_whole(l->r->log, id);
    if (code)
        return code < 0 ? code : TAWAM_OK;
    code = gitlog_peel((char[SYNC_ID_SIZE]){0}, l->r->log, name);
    if (code != TAWAM_ENOTFOUND)
        return code;
    error_clear();
    buffer_format(&l->names, "%s\n", name);
    return TAWAM_OK;
}

/* Refs whose commit is not here: they are set again below or by a sync. */
static int drop_lost_refs(repair *r)
{
    lost_ref l = {.r = r};
    char *rest = NULL, *name;
    int code = gitlog_refs(r->log, "refs/*", note_lost, &l);
    if (!code)
        code = buffer_check(&l.names);
    name = code || !l.names.data ? NULL
                                 : strtok_r((char *)l.names.data, "\n", &rest);
    for (; name && !code; name = strtok_r(NULL, "\n", &rest)) {
        repair_say(r, SYNC_REPAIR_FOUND,
                   _("%s leads to a commit that is not here"),
                   repair_safe(name));
        if (r->o->check)
            continue;
        code = repair_aside(r, name);
        if (!code)
            code = gitlog_delete_ref(r->log, name);
    }
    buffer_free(&l.names);
    return code;
}

static int first_main(void *context, const char *name, const char *id)
{
    size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, "/main") == 0) {
        memcpy(context, id, SYNC_ID_SIZE);
        return 1;
    }
    return 0;
}

/* main as a remote showed it last, else the newest the replica knows; "" if
 * there is neither. */
static int find_main(char id[SYNC_ID_SIZE], repair *r)
{
    size_t i = r->old->commit_count;
    int code = gitlog_refs(r->log, "refs/remotes/*", first_main, id);
    while (code >= 0 && !id[0] && i-- > 0) {
        if (!r->old->commits[i].published)
            continue;
        code = repair_whole(r->log, r->old->commits[i].id);
        if (code > 0)
            memcpy(id, r->old->commits[i].id, SYNC_ID_SIZE);
    }
    return code < 0 ? code : TAWAM_OK;
}

static int mend_main(repair *r)
{
    char id[SYNC_ID_SIZE] = "";
    int code = gitlog_ref(id, r->log, MAIN_REF);
    if (code != TAWAM_ENOTFOUND)
        return code;
    code = find_main(id, r);
    if (code || !id[0])
        return code;
    repair_say(r, SYNC_REPAIR_FOUND, _("log.git has no %s"), MAIN_REF);
    if (r->o->check)
        return TAWAM_OK;
    code = gitlog_set_ref(r->log, MAIN_REF, id);
    if (!code)
        repair_say(r, SYNC_REPAIR_DONE, _("%s was set to %.12s"), MAIN_REF, id);
    return code;
}

/* ---- where nothing names our line: the commits do ---- */

typedef struct scanning {
    repair *r;
    const char *device;
    char best[SYNC_ID_SIZE];
    int64_t sequence;
    int code;
} scanning;

static int scan_one(const git_oid *oid, void *context)
{
    scanning *s = context;
    gitlog_commit *c = NULL;
    char id[SYNC_ID_SIZE];
    int code;
    git_oid_tostr(id, sizeof id, oid);
    code = gitlog_read(&c, s->r->log, id);
    if (code && code != TAWAM_ENOTFOUND && code != TAWAM_EDAMAGED)
        return s->code = code;
    error_clear(); /* a tree, a file */
    if (c && strcmp(c->device, s->device) == 0 &&
        (c->sequence > s->sequence ||
         (c->sequence == s->sequence && strcmp(id, s->best) > 0))) {
        code = repair_whole(s->r->log, id);
        s->code = code < 0 ? code : TAWAM_OK;
        if (code > 0) {
            s->sequence = c->sequence;
            memcpy(s->best, id, sizeof id);
        }
    }
    gitlog_commit_free(c);
    return s->code;
}

/* The replica's head, or the newest commit of the line that is whole. */
static int find_own(scanning *s, const char *head)
{
    git_odb *odb = NULL;
    int whole = head && strlen(head) == 40 ? repair_whole(s->r->log, head) : 0;
    if (whole > 0)
        memcpy(s->best, head, SYNC_ID_SIZE);
    if (whole)
        return whole < 0 ? whole : TAWAM_OK;
    git_error_clear();
    if (git_repository_odb(&odb, s->r->log->repository) < 0 ||
        (git_odb_foreach(odb, scan_one, s) < 0 && !s->code))
        s->code = gitlog_code(TAWAM_OK)
                      ? gitlog_error(TAWAM_EENVIRONMENT, s->r->log_path)
                      : TAWAM_OK;
    git_odb_free(odb);
    return s->code;
}

/* Our own line's ref, where it is gone, is set anew. */
static int set_own(repair *r, const char *device, const char *head)
{
    char ref[80], at[SYNC_ID_SIZE];
    scanning s = {.r = r, .device = device ? device : r->o->device};
    int code;
    if (!s.device || !sync_device_name_valid(s.device))
        return TAWAM_OK;
    snprintf(ref, sizeof ref, DEVICE_REFS "%s", s.device);
    code = gitlog_ref(at, r->log, ref);
    if (code != TAWAM_ENOTFOUND)
        return code;
    code = find_own(&s, head);
    if (code || !s.best[0])
        return code;
    repair_say(r, SYNC_REPAIR_FOUND, _("log.git has no %s"), ref);
    if (r->o->check)
        return TAWAM_OK;
    code = gitlog_set_ref(r->log, ref, s.best);
    if (!code)
        repair_say(r, SYNC_REPAIR_DONE, _("%s was set to %.12s"), ref, s.best);
    return code;
}

static int mend_own(repair *r)
{
    char *device = NULL, *head = NULL;
    int code = salvage_setting(&device, r->old, "device");
    if (!code)
        code = salvage_setting(&head, r->old, "head");
    if (!code)
        code = set_own(r, device, head);
    free(device);
    free(head);
    return code;
}

int repair_history(repair *r)
{
    repair_known n = {.r = r};
    int code = repair_find_missing(&n), unreached = TAWAM_OK;
    char *why = NULL;
    int nothing = !code && !n.all.count;
    if (!code)
        say_missing(&n);
    r->missing = !code && n.missing.count > 0;
    repair_known_clear(&n);
    if (!code && (r->missing || nothing) && !r->o->offline && !r->o->check)
        unreached = ask_remotes(r);
    if (unreached && unreached != TAWAM_EUNREACHABLE)
        return unreached;
    if (unreached)
        why = memory_string(error_message());
    if (!code && r->missing && !r->o->check) {
        int64_t missing = repair_count_missing(r);
        code = missing < 0 ? (int)missing : TAWAM_OK;
        r->missing = missing != 0;
    }
    if (!code && !unreached)
        code = drop_lost_refs(r);
    if (!code)
        code = mend_main(r);
    if (!code && !unreached)
        code = mend_own(r);
    if (!code && unreached)
        code = error_set(unreached, "%s", why ? why : "");
    free(why);
    return code;
}
