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

/* What a look that found nothing means: 0, or the machine's failure. */
static int not_whole(void)
{
    return gitlog_code(TAWAM_OK)
               ? gitlog_error(TAWAM_EENVIRONMENT, _("reading an object"))
               : 0;
}

static int tree_whole(git_repository *repository, git_odb *odb,
                      const git_oid *id, int depth)
{
    git_tree *tree = NULL;
    size_t i, count;
    int whole = depth < 32;
    if (whole && git_tree_lookup(&tree, repository, id) < 0)
        whole = not_whole();
    count = whole > 0 ? git_tree_entrycount(tree) : 0;
    for (i = 0; whole > 0 && i < count; i++) {
        const git_tree_entry *e = git_tree_entry_byindex(tree, i);
        if (git_tree_entry_type(e) == GIT_OBJECT_TREE)
            whole =
                tree_whole(repository, odb, git_tree_entry_id(e), depth + 1);
        else if (git_tree_entry_type(e) == GIT_OBJECT_BLOB &&
                 !git_odb_exists(odb, git_tree_entry_id(e)))
            whole = not_whole();
    }
    git_tree_free(tree);
    return whole;
}

int repair_whole(gitlog *log, const char *id)
{
    git_commit *commit = NULL;
    git_odb *odb = NULL;
    git_oid oid;
    int whole = 0;
    if (git_oid_fromstr(&oid, id) < 0)
        return 0;
    for (int turn = 0; turn < 2 && !whole; turn++) { /* absence: looked twice */
        git_error_clear();
        if (git_repository_odb(&odb, log->repository) < 0 ||
            git_commit_lookup(&commit, log->repository, &oid) < 0)
            whole = not_whole();
        else
            whole =
                tree_whole(log->repository, odb, git_commit_tree_id(commit), 0);
        git_commit_free(commit);
        git_odb_free(odb);
        commit = NULL;
        odb = NULL;
    }
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
    int code = gitlog_has(n->r->log, id);
    if (code > 0)
        code = gitlog_peel(peeled, n->r->log, name);
    else if (!code)
        code = TAWAM_ENOTFOUND;
    if (code && code != TAWAM_ENOTFOUND)
        return code;
    if (!code)
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
    if (code && code != TAWAM_ENOTFOUND && code != TAWAM_EDAMAGED)
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
        code = repair_whole(n->r->log, id);
        if (code > 0)
            code = name_parents(n, id);
        else if (!code)
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
    int tried, failed; /* remotes */
    int whole;         /* 1: nothing is missing now */
    char *why;         /* the last failure's words */
    int code;          /* what ends the repair */
} asking;

/* How many, or an error's code. */
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
    if (!code && !list && errno != ENOENT)
        code = error_system(_("read %s"), from);
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
    char *path = file_join(r->temp, "again.git"), *refs = NULL, *why = NULL;
    gitlog *anew = NULL;
    int64_t missing;
    int came, code = path ? TAWAM_OK : error_memory();
    if (path)
        file_remove_tree(path);
    if (!code)
        code = gitlog_create(&anew, path);
    if (!code)
        code = remote_fetch(&refs, NULL, path, "again", url, &wire);
    gitlog_free(anew); /* opened again: to see the packs that came */
    anew = NULL;
    came = code;
    if (!code || code == TAWAM_EDAMAGED) { /* then some of it came */
        why = code ? memory_string(error_message()) : NULL;
        error_clear();
        missing = count_missing(r);
        code = missing < 0 ? (int)missing : gitlog_open(&anew, path);
        if (!code && missing > MANY)
            code = take_packs(r, path);
        if (!code)
            code = gitlog_take_missing(taken, r->log, anew);
    }
    if (!code && came) /* what it did not give, it may have */
        code = error_set(came, "%s", why ? why : "");
    free(why);
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

/* 1 if there is a ref, 0 if not, <0 error. */
static int has_refs(repair *r)
{
    return gitlog_refs(r->log, "refs/*", any_ref, NULL);
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

/* A code of ours, not of the remote's: no other remote helps. */
static int ends_asking(int code)
{
    return code == TAWAM_ECANCELLED || code == TAWAM_EMEMORY ||
           code == TAWAM_EFULL || code == TAWAM_EBUSY || code == TAWAM_ENEWER;
}

static int is_empty(repair *r)
{
    int64_t objects = 0;
    int code = gitlog_check_objects(&objects, r->log);
    if (!code && !objects)
        code = has_refs(r);
    return code < 0 ? code : !code && !objects;
}

/* The remote gave all it has. */
static int answered(asking *a)
{
    int64_t missing = count_missing(a->r);
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
    code = a->code ? fill_empty(a->r, name, url) : ask_one(&taken, a->r, url);
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
    if (!code && r->missing && !r->o->check) {
        int64_t missing = count_missing(r);
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
