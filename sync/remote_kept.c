/* SPDX-License-Identifier: MIT */
/* remote: lines that a remote had and has no more.
 *
 *     refs/remotes/+ID/device/NAME   the line NAME as far as a remote showed it
 *                                    once, at commit ID
 *
 * An HQ that comes back from a backup shows less than before. What its lines
 * had beyond that may stand with nobody else: the device that made it can be
 * gone, or can be a copy as old. So a commit is never let go of because a
 * remote moved back; it gets a ref of its own, under which it is sent again
 * like any line that the other side lacks (meet.c).
 *
 * Invariants:
 *  1. The ref is made before refs/remotes/NAME/ moves: there is no moment in
 *     which nothing leads to the commit.
 *  2. It goes when another ref leads to the commit, so a line that was taken
 *     away because main or another line has all of it does not come back.
 *  3. "+" is in no remote's name (sync_device_name_valid()).
 */
#include "sync/log_private_internal.h"
#include "sync/remote_internal.h"

#include <stdlib.h>
#include <string.h>

#define REMOTES "refs/remotes/"
#define LINE_PLACE "/device/"

/* ---- what else leads somewhere ---- */

typedef struct tips {
    git_oid *ids;
    size_t count, capacity;
} tips;

static int add_tip(tips *t, git_repository *repository, const git_oid *id)
{
    int has = gitlog_has_object(repository, id);
    if (has <= 0)
        return has;
    if (memory_reserve((void **)&t->ids, &t->capacity, t->count + 1,
                       sizeof *t->ids) < 0)
        return TAWAM_EMEMORY;
    t->ids[t->count++] = *id;
    return TAWAM_OK;
}

/* main or the line of a device; those of files/ and tags lead to no line. */
static int is_line(const char *name)
{
    size_t length = strlen(name);
    return strstr(name, LINE_PLACE) != NULL ||
           (length > 5 && strcmp(name + length - 5, "/main") == 0);
}

/* The lines of all refs whose names don't begin with EXCEPT. */
static int add_refs(tips *t, git_repository *repository, const char *except)
{
    gitlog_names names = {0};
    int code = gitlog_list(&names, repository, "refs/*");
    for (size_t i = 0; code == TAWAM_OK && i < names.count; i++) {
        git_oid id;
        if (strncmp(names.list[i], except, strlen(except)) == 0 ||
            !is_line(names.list[i]))
            continue;
        code = gitlog_find_ref(&id, repository, names.list[i]);
        if (code == TAWAM_OK)
            code = add_tip(t, repository, &id);
        else if (code == TAWAM_ENOTFOUND)
            code = TAWAM_OK;
    }
    gitlog_names_free(&names);
    return code;
}

/* 1 if one of T leads to ID. Where commits on the way are missing, none does
 * as far as can be told. */
static int is_held(git_repository *repository, const git_oid *id, const tips *t)
{
    git_error_clear();
    int held = git_graph_reachable_from_any(repository, id, t->ids, t->count);
    if (held < 0 && gitlog_code(TAWAM_OK) != TAWAM_OK)
        return remote_git_error(_("cannot look into the log"));
    return held > 0;
}

/* ---- keeping ---- */

/* The head of HEADS that moves REF, which is below PREFIX; *goes: it is to be
 * pruned, or moved to where it does not contain ID. */
static int look_at(int *goes, git_repository *repository, const char *ref,
                   size_t prefix, const git_oid *id, const remote_heads *heads)
{
    char *theirs = memory_format("refs/heads/%s", ref + prefix);
    const git_oid *new = theirs ? remote_heads_find(heads, theirs) : NULL;
    int code = theirs ? TAWAM_OK : TAWAM_EMEMORY;
    *goes = 0;
    if (code == TAWAM_OK && remote_ref_wanted(heads->wanted, theirs)) {
        code = new ? gitlog_has_object(repository, new) : 1;
        *goes = code > 0 && (!new || !git_oid_equal(new, id));
        if (*goes && new) {
            tips one = {(git_oid *)new, 1, 1};
            code = is_held(repository, id, &one);
            *goes = code == 0;
        }
        code = code < 0 ? code : TAWAM_OK;
    }
    free(theirs);
    return code;
}

static int keep(git_repository *repository, const char *line, const git_oid *id)
{
    git_reference *made = NULL;
    char *ref = memory_format(REMOTE_KEPT "%s%s", git_oid_tostr_s(id), line);
    if (!ref)
        return TAWAM_EMEMORY;
    int error = git_reference_create(&made, repository, ref, id, 1, NULL);
    git_reference_free(made);
    free(ref);
    return error < 0 ? remote_git_error(_("cannot keep a line the remote lost"))
                     : TAWAM_OK;
}

/* All that leads somewhere when refs/remotes/NAME/ shows HEADS. */
static int tips_then(tips *t, git_repository *repository, const char *prefix,
                     const remote_heads *heads)
{
    int code = add_refs(t, repository, prefix);
    for (size_t i = 0; code == TAWAM_OK && i < heads->count; i++)
        if (!heads->list[i].withheld && is_line(heads->list[i].name))
            code = add_tip(t, repository, &heads->list[i].id);
    return code;
}

static int keep_if_lost(tips *t, git_repository *repository, const char *ref,
                        const char *prefix, const remote_heads *heads)
{
    git_oid id;
    int goes = 0, code = gitlog_find_ref(&id, repository, ref);
    if (code == TAWAM_OK)
        code = gitlog_has_object(repository, &id);
    if (code <= 0)
        return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
    code = look_at(&goes, repository, ref, strlen(prefix), &id, heads);
    if (code != TAWAM_OK || !goes)
        return code;
    if (t->count == 0)
        code = tips_then(t, repository, prefix, heads);
    if (code == TAWAM_OK)
        code = is_held(repository, &id, t);
    return code == 0 ? keep(repository, strstr(ref, LINE_PLACE), &id)
                     : (code < 0 ? code : TAWAM_OK);
}

int remote_keep_lost(git_repository *repository, const char *name,
                     const remote_heads *heads)
{
    gitlog_names names = {0};
    tips t = {0};
    char *prefix = memory_format(REMOTES "%s/", name);
    char *glob = memory_format(REMOTES "%s/device/*", name);
    int code =
        prefix && glob ? gitlog_list(&names, repository, glob) : TAWAM_EMEMORY;
    for (size_t i = 0; code == TAWAM_OK && i < names.count; i++)
        code = keep_if_lost(&t, repository, names.list[i], prefix, heads);
    gitlog_names_free(&names);
    free(t.ids);
    free(glob);
    free(prefix);
    return code;
}

/* ---- letting go ---- */

static int drop_if_held(git_repository *repository, const char *ref)
{
    tips t = {0};
    git_oid id;
    int code = gitlog_find_ref(&id, repository, ref), held = 0;
    if (code == TAWAM_OK)
        code = add_refs(&t, repository, ref);
    if (code == TAWAM_OK)
        held = is_held(repository, &id, &t);
    if (held > 0 && git_reference_remove(repository, ref) < 0)
        code = remote_git_error(_("cannot forget a line the remote lost"));
    free(t.ids);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : held < 0 ? held : code;
}

int remote_drop_kept(git_repository *repository)
{
    gitlog_names names = {0};
    int code = gitlog_list(&names, repository, REMOTE_KEPT "*");
    for (size_t i = 0; code == TAWAM_OK && i < names.count; i++)
        code = drop_if_held(repository, names.list[i]);
    gitlog_names_free(&names);
    return code;
}
