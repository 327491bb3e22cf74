/* SPDX-License-Identifier: MIT */
/* repair: is every commit here that refs and the replica name, and if not, who
 * has it; and refs that lead nowhere.
 *
 * Tips are what refs and the replica name. From them the history is walked by
 * parents, here and not by libgit2's walk, which stops at the first hole. What
 * is missing is asked for at each remote in turn: everything it has goes into
 * an empty repository, of which what is missing here is taken.
 */
#include "sync/remote.h"
#include "sync/repair_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMED 10
#define MANY 1000 /* commits: then whole packs are taken */

/* ---- a set of ids ---- */

typedef struct id_set {
    char (*ids)[SYNC_ID_SIZE]; /* in order of coming */
    size_t count, capacity;
    size_t *slots; /* index + 1 */
    size_t slot_count;
} id_set;

static void id_set_free(id_set *s)
{
    free(s->ids);
    free(s->slots);
}

static size_t slot_of(const id_set *s, const char *id)
{
    size_t at = 0;
    for (int i = 0; i < 15; i++)
        at = at * 31 + (size_t)id[i];
    at &= s->slot_count - 1;
    while (s->slots[at] && strcmp(s->ids[s->slots[at] - 1], id) != 0)
        at = (at + 1) & (s->slot_count - 1);
    return at;
}

static int id_set_grow(id_set *s)
{
    size_t wanted = s->slot_count ? s->slot_count * 2 : 1024, i;
    size_t *slots = memory_array(wanted, sizeof *slots);
    if (!slots)
        return error_memory();
    free(s->slots);
    s->slots = slots;
    s->slot_count = wanted;
    for (i = 0; i < s->count; i++)
        s->slots[slot_of(s, s->ids[i])] = i + 1;
    return TAWAM_OK;
}

/* 1 if it is new there, 0 not, negative without memory. */
static int id_set_add(id_set *s, const char *id)
{
    size_t at;
    int code = TAWAM_OK;
    if (s->count * 2 >= s->slot_count)
        code = id_set_grow(s);
    if (code)
        return code;
    at = slot_of(s, id);
    if (s->slots[at])
        return 0;
    code = memory_reserve((void **)&s->ids, &s->capacity, s->count + 1,
                          sizeof *s->ids);
    if (code)
        return code;
    snprintf(s->ids[s->count], SYNC_ID_SIZE, "%s", id);
    s->slots[at] = ++s->count;
    return 1;
}

/* ---- is a commit whole ---- */

static int tree_whole(git_repository *repository, git_odb *odb,
                      const git_oid *id, int depth)
{
    git_tree *tree = NULL;
    size_t i, count;
    int whole = depth < 32 && git_tree_lookup(&tree, repository, id) == 0;
    count = whole ? git_tree_entrycount(tree) : 0;
    for (i = 0; whole && i < count; i++) {
        const git_tree_entry *e = git_tree_entry_byindex(tree, i);
        if (git_tree_entry_type(e) == GIT_OBJECT_TREE)
            whole =
                tree_whole(repository, odb, git_tree_entry_id(e), depth + 1);
        else if (git_tree_entry_type(e) == GIT_OBJECT_BLOB)
            whole = git_odb_exists(odb, git_tree_entry_id(e));
    }
    git_tree_free(tree);
    return whole;
}

int repair_whole(gitlog *log, const char *id)
{
    git_commit *commit = NULL;
    git_odb *odb = NULL;
    git_oid oid;
    int whole = git_oid_fromstr(&oid, id) == 0 &&
                git_repository_odb(&odb, log->repository) == 0 &&
                git_commit_lookup(&commit, log->repository, &oid) == 0 &&
                tree_whole(log->repository, odb, git_commit_tree_id(commit), 0);
    git_commit_free(commit);
    git_odb_free(odb);
    git_error_clear();
    return whole;
}

/* ---- what is named ---- */

typedef struct naming {
    repair *r;
    id_set all;     /* every commit that is named or an ancestor of one */
    id_set missing; /* of these, the ones that are not whole */
    int code;
} naming;

static int name_ref(void *context, const char *name, const char *id)
{
    naming *n = context;
    char peeled[SYNC_ID_SIZE];
    int code;
    if (gitlog_has(n->r->log, id) &&
        gitlog_peel(peeled, n->r->log, name) == TAWAM_OK)
        id = peeled; /* a tag object */
    else if (strncmp(name, "refs/heads/", 11) != 0)
        return TAWAM_OK; /* a remote's ref comes again by itself */
    code = id_set_add(&n->all, id);
    return code < 0 ? code : TAWAM_OK;
}

static int name_parents(naming *n, const char *id)
{
    gitlog_commit *c = NULL;
    size_t i;
    int code = gitlog_read(&c, n->r->log, id);
    if (code == TAWAM_EMEMORY)
        return code;
    error_clear();
    code = TAWAM_OK;
    for (i = 0; c && code >= 0 && i < c->parent_count; i++)
        code = id_set_add(&n->all, c->parents[i]);
    gitlog_commit_free(c);
    return code < 0 ? code : TAWAM_OK;
}

/* Fills both sets of N. */
static int find_missing(naming *n)
{
    size_t i;
    int code = gitlog_refs(n->r->log, "refs/*", name_ref, n);
    for (i = 0; code >= 0 && i < n->r->old->commit_count; i++)
        code = id_set_add(&n->all, n->r->old->commits[i].id);
    for (i = 0; code >= 0 && i < n->all.count; i++) {
        char id[SYNC_ID_SIZE];
        memcpy(id, n->all.ids[i], sizeof id); /* the set may move */
        if (repair_whole(n->r->log, id))
            code = name_parents(n, id);
        else
            code = id_set_add(&n->missing, id);
    }
    return code < 0 ? code : TAWAM_OK;
}

static void naming_clear(naming *n)
{
    id_set_free(&n->all);
    id_set_free(&n->missing);
    memset(&n->all, 0, sizeof n->all);
    memset(&n->missing, 0, sizeof n->missing);
}

static void say_missing(naming *n)
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
    int tried, reached, whole; /* remotes; whole 1: nothing is missing now */
    char *why;                 /* the last failure's words */
    int code;
} asking;

static int64_t count_missing(repair *r)
{
    naming n = {.r = r};
    int code = find_missing(&n);
    int64_t count = code ? code : (int64_t)n.missing.count;
    naming_clear(&n);
    return count;
}

/* The packs of the repository at PATH become the log's. */
static int take_packs(repair *r, const char *path)
{
    char *from = file_join(path, "objects/pack");
    char *to = file_join(r->log_path, "objects/pack");
    DIR *list = from && to ? opendir(from) : NULL;
    struct dirent *e;
    int code = from && to ? TAWAM_OK : error_memory();
    for (int turn = 0; !code && list && turn < 2; turn++, rewinddir(list))
        while (!code && (e = readdir(list))) { /* indexes last */
            const char *end = strrchr(e->d_name, '.');
            char *old = NULL, *new = NULL;
            if (!end || strcmp(end, turn ? ".idx" : ".pack") != 0)
                continue;
            old = file_join(from, e->d_name);
            new = file_join(to, e->d_name);
            if (!old || !new || (link(old, new) != 0 && errno != EEXIST))
                code = error_system(_("link %s"), old ? old : "");
            free(old);
            free(new);
        }
    if (list)
        closedir(list);
    if (!code)
        code = file_sync_folder(to);
    free(from);
    free(to);
    return code;
}

/* Everything REMOTE has, into again.git; what is missing here is taken. */
static int ask_one(int64_t *taken, repair *r, const char *url)
{
    remote_options wire = {r->o->meeting, NULL};
    char *path = file_join(r->temp, "again.git"), *refs = NULL;
    gitlog *anew = NULL;
    int code = path ? TAWAM_OK : error_memory();
    if (path)
        file_remove_tree(path);
    if (!code)
        code = gitlog_create(&anew, path);
    if (!code)
        code = remote_fetch(&refs, NULL, path, "again", url, &wire);
    gitlog_free(anew); /* opened again: to see the packs that came */
    anew = NULL;
    if (!code || code == TAWAM_EDAMAGED) {
        error_clear();
        code = gitlog_open(&anew, path);
        if (!code && count_missing(r) > MANY)
            code = take_packs(r, path);
        if (!code)
            code = gitlog_take_missing(taken, r->log, anew);
    }
    gitlog_free(anew);
    if (path)
        file_remove_tree(path);
    free(refs);
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

static int has_refs(repair *r)
{
    return gitlog_refs(r->log, "refs/*", any_ref, NULL) == 1;
}

/* A log that holds nothing yet is filled as a clone's is. */
static int fill_empty(repair *r, const char *name, const char *url)
{
    remote_options wire = {r->o->meeting, NULL};
    char *refs = NULL;
    int code = remote_fetch(&refs, NULL, r->log_path, name, url, &wire);
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

static void ask(asking *a, const char *name, const char *url)
{
    int64_t taken = 0, objects = 0;
    int code;
    if (a->code || a->whole || !*url)
        return;
    a->tried++;
    code = gitlog_check_objects(&objects, a->r->log);
    if (!code)
        code = objects || has_refs(a->r) ? ask_one(&taken, a->r, url)
                                         : fill_empty(a->r, name, url);
    if (code == TAWAM_ECANCELLED || code == TAWAM_EMEMORY ||
        code == TAWAM_EFULL) {
        a->code = code;
        return;
    }
    if (code) {
        free(a->why);
        a->why = memory_string(error_message());
        error_clear();
        return;
    }
    a->reached++;
    if (taken)
        repair_say(a->r, SYNC_REPAIR_DONE, _("%lld objects came from %s"),
                   (long long)taken, repair_safe(url));
    a->whole = count_missing(a->r) == 0;
}

static int ask_setting(void *context, const char *name, const char *value)
{
    size_t length = strlen(name);
    char *remote;
    if (strncmp(name, "remote.", 7) != 0 || length < 12 ||
        strcmp(name + length - 4, ".url") != 0)
        return TAWAM_OK;
    remote = memory_string_length(name + 7, length - 11);
    if (remote && sync_device_name_valid(remote))
        ask(context, remote, value);
    free(remote);
    return TAWAM_OK;
}

/* Every remote known, until nothing is missing. */
static int ask_remotes(repair *r)
{
    asking a = {.r = r};
    int code;
    if (r->o->url)
        ask(&a, "hq", r->o->url);
    salvage_settings(r->old, ask_setting, &a);
    code = a.code;
    if (!code && !a.whole && a.tried && !a.reached)
        code = error_set(TAWAM_EUNREACHABLE,
                         _("what is missing here may be at a remote, and none "
                           "was reached (%s): connect and repeat, or go on "
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
    if (!repair_whole(l->r->log, id) &&
        gitlog_peel((char[SYNC_ID_SIZE]){0}, l->r->log, name) != TAWAM_OK) {
        error_clear();
        buffer_format(&l->names, "%s\n", name);
    }
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

/* main as a remote showed it last, else the newest the replica knows. */
static int mend_main(repair *r)
{
    char id[SYNC_ID_SIZE] = "";
    size_t i = r->old->commit_count;
    int code;
    if (gitlog_ref(id, r->log, MAIN_REF) == TAWAM_OK)
        return TAWAM_OK;
    gitlog_refs(r->log, "refs/remotes/*", first_main, id);
    while (!id[0] && i-- > 0)
        if (r->old->commits[i].published &&
            repair_whole(r->log, r->old->commits[i].id))
            memcpy(id, r->old->commits[i].id, SYNC_ID_SIZE);
    if (!id[0])
        return TAWAM_OK;
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
} scanning;

static int scan_one(const git_oid *oid, void *context)
{
    scanning *s = context;
    gitlog_commit *c = NULL;
    char id[SYNC_ID_SIZE];
    git_oid_tostr(id, sizeof id, oid);
    if (gitlog_read(&c, s->r->log, id) == TAWAM_OK &&
        strcmp(c->device, s->device) == 0 &&
        (c->sequence > s->sequence ||
         (c->sequence == s->sequence && strcmp(id, s->best) > 0)) &&
        repair_whole(s->r->log, id)) {
        s->sequence = c->sequence;
        memcpy(s->best, id, sizeof id);
    }
    gitlog_commit_free(c);
    error_clear();
    return 0;
}

/* Our own line's ref, where it is gone: at the replica's head or the newest
 * commit of the line that is whole. */
static int mend_own(repair *r)
{
    char *device = salvage_setting(r->old, "device");
    char *head = salvage_setting(r->old, "head");
    char ref[80], at[SYNC_ID_SIZE];
    scanning s = {.r = r, .device = device ? device : r->o->device};
    git_odb *odb = NULL;
    int code = TAWAM_OK;
    if (!s.device || !sync_device_name_valid(s.device))
        goto cleanup;
    snprintf(ref, sizeof ref, DEVICE_REFS "%s", s.device);
    if (gitlog_ref(at, r->log, ref) == TAWAM_OK)
        goto cleanup;
    if (head && strlen(head) == 40 && repair_whole(r->log, head))
        memcpy(s.best, head, SYNC_ID_SIZE);
    else if (git_repository_odb(&odb, r->log->repository) == 0)
        git_odb_foreach(odb, scan_one, &s);
    if (!s.best[0])
        goto cleanup;
    repair_say(r, SYNC_REPAIR_FOUND, _("log.git has no %s"), ref);
    if (!r->o->check)
        code = gitlog_set_ref(r->log, ref, s.best);
    if (!code && !r->o->check)
        repair_say(r, SYNC_REPAIR_DONE, _("%s was set to %.12s"), ref, s.best);
cleanup:
    git_odb_free(odb);
    free(device);
    free(head);
    return code;
}

int repair_history(repair *r)
{
    naming n = {.r = r};
    int code = find_missing(&n), unreached = TAWAM_OK;
    char *why = NULL;
    int nothing = !code && !n.all.count;
    if (!code)
        say_missing(&n);
    r->missing = !code && n.missing.count > 0;
    naming_clear(&n);
    if (!code && (r->missing || nothing) && !r->o->offline && !r->o->check)
        unreached = ask_remotes(r);
    if (unreached && unreached != TAWAM_EUNREACHABLE)
        return unreached;
    if (unreached)
        why = memory_string(error_message());
    if (!code && r->missing && !r->o->check)
        r->missing = count_missing(r) != 0;
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
