/* SPDX-License-Identifier: MIT */
/* remote: the refs of the other side, what we follow them with, and the plan
 * of a push.
 *
 * Invariants:
 *  1. Only refs/heads/main, refs/heads/device/NAME, refs/heads/files/... and
 *     refs/tags/... of a remote exist for us, and of these only what the job
 *     asks for; names are git-valid before they are used.
 *  2. refs/remotes/NAME/ shows what the remote showed last, for every ref
 *     whose object is here. Our own heads are never touched.
 *  3. A push is planned from ids that were looked at: nothing but a new ref or
 *     a fast-forward is ever sent.
 */
#include "sync/remote_ahead_internal.h"
#include "sync/log_private_internal.h"
#include "sync/teeth_internal.h"
#include <stdlib.h>
#include <string.h>

#define MAIN_NAME "refs/heads/main"
#define DEVICE_PREFIX "refs/heads/device/"
#define FILES_PREFIX "refs/heads/files/"
#define TAG_PREFIX "refs/tags/"
#define FILES_NAME_MOST 120
#define DEVICE_NAME_MOST 48
#define TAG_NAME_MOST 200

/* ---- heads ---- */

static int is_device_name(const char *name)
{
    size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789._-");
    return length >= 1 && length <= DEVICE_NAME_MOST && !name[length];
}

/* Folders allowed: git itself has refused "..", "//" and the like. */
static int is_files_name(const char *name)
{
    size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789._-/");
    return length >= 1 && length <= FILES_NAME_MOST && !name[length];
}

int remote_ref_accepted(const char *name)
{
    int valid = 0;
    if (git_reference_name_is_valid(&valid, name) < 0 || !valid)
        return 0;
    if (strcmp(name, MAIN_NAME) == 0)
        return 1;
    if (strncmp(name, DEVICE_PREFIX, strlen(DEVICE_PREFIX)) == 0)
        return is_device_name(name + strlen(DEVICE_PREFIX));
    if (strncmp(name, FILES_PREFIX, strlen(FILES_PREFIX)) == 0)
        return is_files_name(name + strlen(FILES_PREFIX));
    return strncmp(name, TAG_PREFIX, strlen(TAG_PREFIX)) == 0 &&
           strlen(name) <= strlen(TAG_PREFIX) + TAG_NAME_MOST &&
           text_valid(name, strlen(name));
}

int remote_ref_wanted(const char *wanted, const char *name)
{
    const char *line = wanted ? wanted : REMOTE_WANTED_BY_SYNC;
    while (*line) {
        size_t length = strcspn(line, "\n");
        if (length && strncmp(line, name, length) == 0 &&
            (line[length - 1] == '/' || !name[length]))
            return 1;
        line += length + (line[length] == '\n');
    }
    return 0;
}

int remote_wanted_id(git_oid *id, const char **wanted)
{
    while (*wanted && **wanted) {
        const char *line = *wanted;
        size_t length = strcspn(line, "\n");
        *wanted += length + (line[length] == '\n');
        if (length == GIT_OID_HEXSZ && git_oid_fromstrn(id, line, length) == 0)
            return 1;
    }
    return 0;
}

int remote_wanted_ids(git_oid **ids, size_t *count, const char *wanted)
{
    git_oid *list = NULL, id;
    size_t capacity = 0, used = 0;
    while (wanted && remote_wanted_id(&id, &wanted)) {
        if (memory_reserve((void **)&list, &capacity, used + 1, sizeof *list) <
            0) {
            free(list);
            return TAWAM_EMEMORY;
        }
        list[used++] = id;
    }
    *ids = list;
    *count = used;
    return TAWAM_OK;
}

static int add_head(remote_head **list, size_t *count, size_t *capacity,
                    const git_oid *id, const char *name)
{
    if (*count >= REMOTE_HEADS_LIMIT)
        return error_set(TAWAM_EREFUSED,
                         _("the remote shows more than %d branches and tags"),
                         REMOTE_HEADS_LIMIT);
    if (memory_reserve((void **)list, capacity, *count + 1, sizeof **list) < 0)
        return TAWAM_EMEMORY;
    char *copy = memory_string(name);
    if (!copy)
        return TAWAM_EMEMORY;
    (*list)[(*count)++] = (remote_head){*id, copy, 0};
    return TAWAM_OK;
}

int remote_heads_add(remote_heads *heads, const git_oid *id, const char *name)
{
    size_t prefix = strlen(AHEAD_PREFIX);
    if (heads->keep_ahead && strncmp(name, AHEAD_PREFIX, prefix) == 0 &&
        strspn(name + prefix, "0123456789abcdef") == strlen(name + prefix))
        return add_head(&heads->ahead, &heads->ahead_count,
                        &heads->ahead_capacity, id, name);
    if (!remote_ref_accepted(name) || !remote_ref_wanted(heads->wanted, name))
        return TAWAM_OK;
    return add_head(&heads->list, &heads->count, &heads->capacity, id, name);
}

const git_oid *remote_heads_find(const remote_heads *heads, const char *name)
{
    for (size_t i = 0; i < heads->count; i++)
        if (strcmp(heads->list[i].name, name) == 0)
            return &heads->list[i].id;
    return NULL;
}

void remote_heads_clear(remote_heads *heads)
{
    for (size_t i = 0; i < heads->count; i++)
        free(heads->list[i].name);
    for (size_t i = 0; i < heads->ahead_count; i++)
        free(heads->ahead[i].name);
    free(heads->list);
    free(heads->ahead);
    memset(heads, 0, sizeof *heads);
}

int remote_heads_send(const remote_heads *heads, remote_line *line)
{
    buffer text = {0};
    for (size_t i = 0; i < heads->count; i++)
        buffer_format(&text, "%s %s\n", git_oid_tostr_s(&heads->list[i].id),
                      heads->list[i].name);
    int code = buffer_check(&text);
    if (code == TAWAM_OK)
        remote_line_frame(line, REMOTE_FRAME_REFS, text.data, text.length);
    buffer_free(&text);
    return code;
}

/* ---- following: refs/remotes/NAME/ ---- */

static int is_tag(const char *name)
{
    return strncmp(name, TAG_PREFIX, strlen(TAG_PREFIX)) == 0;
}

/* Move REF to ID unless it is there. FORCE 0: a ref that exists stays. */
static int set_ref(git_repository *repository, const char *ref,
                   const git_oid *id, int force)
{
    git_oid present;
    git_reference *made = NULL;
    int code = gitlog_find_ref(&present, repository, ref);
    if (code == TAWAM_OK && (!force || git_oid_equal(&present, id)))
        return TAWAM_OK;
    if (code != TAWAM_OK && code != TAWAM_ENOTFOUND)
        return code;
    int error = git_reference_create(&made, repository, ref, id, force, NULL);
    git_reference_free(made);
    return error < 0 ? remote_git_error(_("cannot note what the remote has"))
                     : TAWAM_OK;
}

static int track_head(git_repository *repository, const char *remote,
                      const remote_head *head)
{
    int has = head->withheld ? 0 : gitlog_has_object(repository, &head->id);
    if (has <= 0)
        return has;
    if (is_tag(head->name)) {
        /* A tag that stands in the way of another's folder is left out. */
        if (set_ref(repository, head->name, &head->id, 0) < 0)
            error_clear();
        return TAWAM_OK;
    }
    char *ref = memory_format("refs/remotes/%s/%s", remote,
                              head->name + strlen("refs/heads/"));
    if (!ref)
        return TAWAM_EMEMORY;
    int code = set_ref(repository, ref, &head->id, 1);
    free(ref);
    return code;
}

/* Names below refs/remotes/REMOTE/. */
static int tracked_names(gitlog_names *out, git_repository *repository,
                         const char *remote)
{
    char *glob = memory_format("refs/remotes/%s/*", remote);
    int code = glob ? gitlog_list(out, repository, glob) : error_memory();
    if (code)
        error_add("%s", _("cannot read the refs of the log"));
    free(glob);
    return code;
}

/* Remove what the remote was asked for and no longer shows. */
static int prune(git_repository *repository, const char *remote,
                 const remote_heads *heads)
{
    gitlog_names names = {0};
    size_t skip = strlen("refs/remotes/") + strlen(remote) + 1;
    int code = tracked_names(&names, repository, remote);
    for (size_t i = 0; code == TAWAM_OK && i < names.count; i++) {
        char *theirs = memory_format("refs/heads/%s", names.list[i] + skip);
        if (!theirs)
            code = TAWAM_EMEMORY;
        else if (remote_ref_wanted(heads->wanted, theirs) &&
                 !remote_heads_find(heads, theirs) &&
                 git_reference_remove(repository, names.list[i]) < 0)
            code = remote_git_error(_("cannot forget a line the remote lost"));
        free(theirs);
    }
    gitlog_names_free(&names);
    return code;
}

/* Theirs and our main have no commit in common. Before any ref is written: what
 * a kill then left there, the next merge would take. */
static int check_territory(git_repository *repository,
                           const remote_heads *heads)
{
    const git_oid *theirs = remote_heads_find(heads, MAIN_NAME);
    git_oid ours, base;
    int code = theirs ? gitlog_find_ref(&ours, repository, MAIN_NAME)
                      : TAWAM_ENOTFOUND;
    if (code != TAWAM_OK)
        return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
    if (git_oid_equal(&ours, theirs))
        return TAWAM_OK;
    code = gitlog_has_object(repository, theirs);
    if (code <= 0)
        return code;
    git_error_clear();
    if (git_merge_base(&base, repository, &ours, theirs) == GIT_ENOTFOUND &&
        gitlog_no_base())
        return error_set(TAWAM_EREFUSED,
                         _("the remote holds another territory: nothing was "
                           "taken or sent"));
    return gitlog_code(TAWAM_OK)
               ? remote_git_error(_("cannot look into the log"))
               : TAWAM_OK;
}

int remote_heads_track(git_repository *repository, const char *name,
                       const remote_heads *heads)
{
    int code = check_territory(repository, heads);
    if (code == TAWAM_OK && !TEETH(LINE_LET_GO))
        code = remote_keep_lost(repository, name, heads);
    if (code == TAWAM_OK)
        code = prune(repository, name, heads);
    for (size_t i = 0; code == TAWAM_OK && i < heads->count; i++)
        code = track_head(repository, name, &heads->list[i]);
    return code == TAWAM_OK ? remote_drop_kept(repository) : code;
}

int remote_heads_known(git_repository *repository, const char *name)
{
    gitlog_names names = {0};
    int known = tracked_names(&names, repository, name);
    if (known == TAWAM_OK)
        known = names.count > 0;
    gitlog_names_free(&names);
    return known;
}

/* ---- the plan of a push ---- */

static int bad_refspec(const char *text, size_t length)
{
    char *safe = text_safe(text, length, 0);
    int code = error_set(TAWAM_EUSAGE, _("cannot push '%s'"), safe ? safe : "");
    free(safe);
    return code;
}

/* One "SOURCE:DESTINATION". */
static int add_update(remote_push_plan *plan, git_repository *repository,
                      const char *text, size_t length)
{
    const char *colon = memchr(text, ':', length);
    remote_update update = {0};
    if (!colon || colon == text)
        return bad_refspec(text, length);
    update.source = memory_string_length(text, (size_t)(colon - text));
    update.destination =
        memory_string_length(colon + 1, length - (size_t)(colon + 1 - text));
    int code = TAWAM_EMEMORY;
    if (!update.source || !update.destination)
        goto cleanup;
    code = bad_refspec(text, length);
    if (!remote_ref_accepted(update.destination))
        goto cleanup;
    code = gitlog_find_ref(&update.ours, repository, update.source);
    if (code == TAWAM_ENOTFOUND)
        code = remote_git_error(_("cannot find what is to be sent"));
    if (code != TAWAM_OK)
        goto cleanup;
    code = memory_reserve((void **)&plan->updates, &plan->capacity,
                          plan->count + 1, sizeof *plan->updates);
cleanup:
    if (code != TAWAM_OK) {
        free(update.source);
        free(update.destination);
        return code;
    }
    plan->updates[plan->count++] = update;
    error_clear();
    return TAWAM_OK;
}

int remote_plan_make(remote_push_plan *plan, git_repository *repository,
                     const char *refspecs)
{
    int code = TAWAM_OK;
    while (code == TAWAM_OK && refspecs && *refspecs) {
        size_t length = strcspn(refspecs, "\n");
        if (length)
            code = add_update(plan, repository, refspecs, length);
        refspecs += length + (refspecs[length] == '\n');
    }
    if (code == TAWAM_OK && plan->count == 0)
        return error_set(TAWAM_EUSAGE, _("nothing named to push"));
    return code;
}

void remote_plan_clear(remote_push_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        free(plan->updates[i].source);
        free(plan->updates[i].destination);
        free(plan->updates[i].reason);
    }
    free(plan->updates);
    memset(plan, 0, sizeof *plan);
}

int remote_update_refuse(remote_update *update, const char *reason)
{
    free(update->reason);
    update->reason = text_safe(reason, strlen(reason), 0);
    update->pushable = 0;
    return update->reason ? TAWAM_OK : TAWAM_EMEMORY;
}

/* 1 if DESCENDANT, which is here, comes after ANCESTOR, 0 not, <0 error. */
static int comes_after(git_repository *repository, const git_oid *descendant,
                       const git_oid *ancestor)
{
    git_error_clear();
    int after = git_graph_descendant_of(repository, descendant, ancestor);
    return after < 0 && gitlog_code(TAWAM_OK)
               ? remote_git_error(_("cannot look into the log"))
               : after == 1;
}

/* 1 if THEIRS is OURS or contains it, 0 not, <0 error. */
static int contains(git_repository *repository, const git_oid *theirs,
                    const git_oid *ours)
{
    if (git_oid_equal(theirs, ours))
        return 1;
    int has = gitlog_has_object(repository, theirs);
    return has > 0 ? comes_after(repository, theirs, ours) : has;
}

/* UPDATE is not contained in THEIRS: may it go there? */
static int compare_heads(remote_update *update, git_repository *repository,
                         const git_oid *theirs)
{
    int has = gitlog_has_object(repository, theirs), after = 0;
    if (has > 0 && !is_tag(update->destination))
        after = comes_after(repository, &update->ours, theirs);
    if (has < 0 || after < 0) /* nothing is sent that was not looked at */
        return has < 0 ? has : after;
    if (is_tag(update->destination))
        return remote_update_refuse(update,
                                    _("the tag is there already and names "
                                      "another version"));
    if (!has)
        return remote_update_refuse(update, _("the remote has newer commits "
                                              "there: sync again"));
    if (!after)
        return remote_update_refuse(update,
                                    _("the remote has other commits there; "
                                      "nothing of theirs is overwritten"));
    return TAWAM_OK;
}

static int compare_update(remote_update *update, git_repository *repository,
                          const git_oid *theirs)
{
    int confirmed = theirs ? contains(repository, theirs, &update->ours) : 0;
    free(update->reason);
    update->reason = NULL;
    update->theirs = theirs ? *theirs : (git_oid){{0}};
    update->confirmed = confirmed > 0;
    update->pushable = confirmed == 0;
    if (!theirs || confirmed)
        return confirmed < 0 ? confirmed : TAWAM_OK;
    return compare_heads(update, repository, theirs);
}

int remote_plan_compare(size_t *pushable, remote_push_plan *plan,
                        git_repository *repository, const remote_heads *heads)
{
    int code = TAWAM_OK;
    *pushable = 0;
    for (size_t i = 0; code == TAWAM_OK && i < plan->count; i++) {
        remote_update *update = &plan->updates[i];
        code = compare_update(update, repository,
                              remote_heads_find(heads, update->destination));
        *pushable += (size_t)update->pushable;
    }
    return code;
}

int remote_plan_confirm(remote_push_plan *plan, git_repository *repository,
                        const remote_heads *heads)
{
    int there = 0;
    for (size_t i = 0; there >= 0 && i < plan->count; i++) {
        remote_update *update = &plan->updates[i];
        const git_oid *theirs = remote_heads_find(heads, update->destination);
        there = theirs ? contains(repository, theirs, &update->ours) : 0;
        update->confirmed = there > 0;
    }
    return there < 0 ? there : TAWAM_OK;
}

int remote_plan_was_locked(const remote_push_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const char *reason = plan->updates[i].reason;
        if (reason &&
            (strstr(reason, "lock") || strstr(reason, "failed to update ref")))
            return 1;
    }
    return 0;
}

int remote_plan_send(const remote_push_plan *plan, remote_line *line)
{
    buffer report = {0};
    const remote_update *first = &plan->updates[0];
    sync_sent outcome = first->confirmed ? SYNC_SENT
                        : first->reason  ? SYNC_REFUSED
                                         : SYNC_UNKNOWN;
    for (size_t i = 0; i < plan->count; i++) {
        const remote_update *update = &plan->updates[i];
        if (update->confirmed)
            buffer_format(&report, "ok %s\n", update->destination);
        else
            buffer_format(&report, "ng %s %s\n", update->destination,
                          update->reason ? update->reason
                                         : _("the reply was lost"));
    }
    int code = buffer_check(&report);
    if (code == TAWAM_OK) {
        remote_line_frame(line, REMOTE_FRAME_REPORT, report.data,
                          report.length);
        remote_line_outcome(line, outcome);
    }
    buffer_free(&report);
    return code;
}

int remote_error_is_ours(int code)
{
    const git_error *e = git_error_last();
    if (code == TAWAM_EENVIRONMENT)
        return !e || e->klass == GIT_ERROR_NONE ||
               gitlog_code(TAWAM_OK) == TAWAM_EENVIRONMENT;
    return code == TAWAM_EFULL || code == TAWAM_EMEMORY ||
           code == TAWAM_ECANCELLED;
}

int remote_head_unreadable(int code, const char *name)
{
    char *why = memory_string(error_message());
    char *safe = text_safe(name, strlen(name), 0);
    if (!remote_error_is_ours(code))
        code = TAWAM_EDAMAGED;
    error_set(code, _("%s cannot be read there: %s"), safe ? safe : "?",
              why ? why : "");
    free(safe);
    free(why);
    return code;
}
