/* SPDX-License-Identifier: MIT */
/* Opening the log beside a replica, who we are, main's files, and mending
 * what a crash left:
 *
 *   ref of our line      replica's head     done at open
 *   same                 H                  nothing
 *   behind H or missing  H                  the ref is moved to H
 *   ahead of H           H                  a restored copy of the replica: the
 *                                           commits are applied, head moves
 *   neither              H                  a fork: our line gets a new name
 */
#include "sync/sync_internal.h"
#include "sync/remote.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- identity ---- */

int sync_device_name_valid(const char *name)
{
    size_t i, length = strlen(name);
    if (length < 1 || length > 40 || name[0] == '.' || name[0] == '-' ||
        name[length - 1] == '.' || strstr(name, "..") != NULL)
        return 0;
    if (length > 5 && strcmp(name + length - 5, ".lock") == 0)
        return 0;
    for (i = 0; i < length; i++) {
        char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
            return 0;
    }
    return 1;
}

void sync_who(sync_identity *out, sync_desk *s)
{
    out->device = s->device;
    out->author_name = s->author_name;
    out->author_mail = s->author_mail;
}

static int check_who(const sync_identity *who)
{
    if (!sync_device_name_valid(who->device))
        return error_set(TAWAM_EUSAGE,
                         _("'%.60s' can't be a device's name: use 1 to 40 "
                           "letters, digits, . _ or -"),
                         who->device);
    if (!who->author_name || !who->author_name[0] ||
        strpbrk(who->author_name, "<>\n"))
        return error_set(TAWAM_EUSAGE,
                         _("an author needs a name, as in "
                           "\"Amina Berrada <amina@example.org>\""));
    if (who->author_mail && strpbrk(who->author_mail, "<>\n "))
        return error_set(TAWAM_EUSAGE, _("'%.60s' can't be a mail address"),
                         who->author_mail);
    return TAWAM_OK;
}

static int remember_who(sync_desk *s, const sync_identity *who)
{
    char *name = memory_string(who->author_name);
    char *mail = memory_string(who->author_mail ? who->author_mail : "");
    if (!name || !mail) {
        free(name);
        free(mail);
        return TAWAM_EMEMORY;
    }
    free(s->author_name);
    free(s->author_mail);
    s->author_name = name;
    s->author_mail = mail;
    snprintf(s->device, sizeof s->device, "%s", who->device);
    return TAWAM_OK;
}

int sync_set_who(sync_desk *s, const sync_identity *who)
{
    int code = check_who(who);
    if (!code)
        code = twin_begin(s->t);
    if (code)
        return code;
    code = twin_set_setting(s->t, "device", who->device);
    if (!code)
        code = twin_set_setting(s->t, "author_name", who->author_name);
    if (!code)
        code = twin_set_setting(s->t, "author_mail",
                                who->author_mail ? who->author_mail : "");
    if (!code)
        code = twin_commit(s->t);
    else
        twin_rollback(s->t);
    return code ? code : remember_who(s, who);
}

static int is_who(const sync_desk *s, const sync_identity *who)
{
    return s->author_name && strcmp(s->author_name, who->author_name) == 0 &&
           strcmp(s->author_mail, who->author_mail) == 0 &&
           strcmp(s->device, who->device) == 0;
}

int sync_refresh_who(sync_desk *s)
{
    char *device = NULL, *name = NULL, *mail = NULL;
    int code = twin_setting(&device, s->t, "device");
    if (!code)
        code = twin_setting(&name, s->t, "author_name");
    if (!code)
        code = twin_setting(&mail, s->t, "author_mail");
    if (!code) {
        sync_identity who = {device, name, mail};
        if (!is_who(s, &who))
            code = remember_who(s, &who);
    } else if (code == TAWAM_ENOTFOUND) {
        code = error_set(TAWAM_EDAMAGED,
                         _("the replica does not say which device it is"));
    }
    free(device);
    free(name);
    free(mail);
    return code;
}

/* ---- heads and refs ---- */

void sync_own_ref(char out[80], const sync_desk *s)
{
    snprintf(out, 80, DEVICE_REFS "%s", s->device);
}

int sync_head(char id[SYNC_ID_SIZE], sync_desk *s)
{
    char *value = NULL;
    int code = twin_setting(&value, s->t, "head");
    id[0] = 0;
    if (code == TAWAM_ENOTFOUND)
        return TAWAM_OK;
    if (!code)
        snprintf(id, SYNC_ID_SIZE, "%s", value);
    free(value);
    return code;
}

int sync_set_head(sync_desk *s, const char *id)
{
    return twin_set_setting(s->t, "head", id);
}

/* ---- opening ---- */

int sync_wrap(sync_desk **out, twin *t, gitlog *log)
{
    sync_desk *s = memory_new(sizeof *s);
    int code = s ? TAWAM_OK : TAWAM_EMEMORY;
    if (s) {
        s->t = t;
        s->log = log;
        code = merge_new(&s->m, t, log);
    } else {
        gitlog_free(log);
    }
    if (code) {
        sync_free(s);
        return code;
    }
    *out = s;
    return TAWAM_OK;
}

void sync_free(sync_desk *s)
{
    if (!s)
        return;
    merge_free(s->m);
    gitlog_free(s->log);
    free(s->author_name);
    free(s->author_mail);
    free(s);
}

twin *sync_twin(sync_desk *s)
{
    return s->t;
}

int sync_create(sync_desk **out, twin *t, const sync_identity *who)
{
    char *path = NULL;
    gitlog *log = NULL;
    sync_desk *s = NULL;
    int code = check_who(who);

    if (code)
        return code;
    path = file_join(twin_directory(t), SYNC_LOG_FOLDER);
    code = path ? gitlog_create(&log, path) : TAWAM_EMEMORY;
    free(path);
    if (!code)
        code = sync_wrap(&s, t, log);
    if (!code)
        code = sync_set_who(s, who);
    if (code) {
        sync_free(s);
        return code;
    }
    *out = s;
    return TAWAM_OK;
}

/* The first name NAME-2, NAME-3 … that no ref we know has; one of ours that
 * stands at HEAD is what an interrupted fork left, and is taken. */
static int free_name(char out[48], sync_desk *s, const char *head)
{
    char base[37];
    int n, code;
    snprintf(base, sizeof base, "%.36s", s->device);
    for (n = 2; n < 10000; n++) {
        char ref[120], id[SYNC_ID_SIZE];
        snprintf(out, 48, "%s-%d", base, n);
        snprintf(ref, sizeof ref, DEVICE_REFS "%s", out);
        code = gitlog_ref(id, s->log, ref);
        if (code && code != TAWAM_ENOTFOUND)
            return code;
        if (!code && strcmp(id, head) != 0)
            continue;
        snprintf(ref, sizeof ref, "refs/remotes/*/device/%s", out);
        code = sync_any_ref(s, ref);
        if (code <= 0)
            return code;
    }
    return error_set(TAWAM_EENVIRONMENT, _("no free name after %s"), base);
}

static int found_ref(void *context, const char *name, const char *id)
{
    (void)context;
    (void)name;
    (void)id;
    return 1;
}

int sync_any_ref(sync_desk *s, const char *glob)
{
    return gitlog_refs(s->log, glob, found_ref, NULL);
}

int sync_fork(sync_desk *s, const char *other_head)
{
    char name[48], old[80], ref[80], head[SYNC_ID_SIZE];
    int code = sync_head(head, s);

    if (!code)
        code = free_name(name, s, head);
    if (code)
        return code;
    sync_own_ref(old, s);
    snprintf(ref, sizeof ref, DEVICE_REFS "%s", name);
    code = gitlog_set_ref(s->log, ref, head);
    if (!code)
        code = twin_set_setting(s->t, "device", name);
    if (!code && other_head)
        code = gitlog_set_ref(s->log, old, other_head);
    return code ? code : sync_refresh_who(s);
}

/* Whichever of our line's head and OTHER contains the other wins; neither is
 * a fork. *BEHIND gets 1 when OTHER is ahead and not applied yet. */
static int reconcile_inside(int *behind, sync_desk *s, const char *other)
{
    char head[SYNC_ID_SIZE];
    int64_t number;
    int contains, code = sync_refresh_who(s);
    if (!code)
        code = sync_head(head, s);
    if (code || strcmp(head, other) == 0)
        return code;
    if (head[0]) {
        contains = gitlog_contains(s->log, head, other);
        if (contains)
            return contains < 0 ? contains : TAWAM_OK;
        contains = gitlog_contains(s->log, other, head);
        if (contains <= 0)
            return contains < 0            ? contains
                   : TEETH(FORK_UNNOTICED) ? TAWAM_OK
                                           : sync_fork(s, other);
    }
    number = merge_number(s->m, other);
    if (number < 0)
        return (int)number;
    *behind = number == 0;
    return *behind ? TAWAM_OK : sync_set_head(s, other);
}

static int reconcile_once(int *behind, sync_desk *s, const char *other)
{
    int code = twin_begin(s->t);
    if (code)
        return code;
    code = reconcile_inside(behind, s, other);
    if (!code)
        return twin_commit(s->t);
    twin_rollback(s->t);
    return code;
}

/* Merging what OTHER has beyond us first records what is pending, which may
 * make a fork of it: so it is asked again. */
int sync_reconcile_line(sync_desk *s, const char *other)
{
    int behind = 0;
    int code = reconcile_once(&behind, s, other);
    if (!code && behind) {
        sync_result result = {0};
        code = sync_merge(&result, s, NULL);
        sync_result_clear(&result);
        if (!code)
            code = reconcile_once(&behind, s, other);
    }
    return code;
}

/* The ref is to be where the head in the replica is, which the log may have
 * lost. */
static int check_head(sync_desk *s)
{
    char head[SYNC_ID_SIZE];
    int has, code = sync_head(head, s);
    if (code || !head[0])
        return code;
    has = gitlog_has(s->log, head);
    if (has)
        return has < 0 ? has : TAWAM_OK;
    return error_set(TAWAM_EDAMAGED,
                     _("the last commit of this device, %.12s, is not in "
                       "log.git"),
                     head);
}

static int recover(sync_desk *s)
{
    char ref[80], at[SYNC_ID_SIZE];
    int code;

    if (twin_is_read_only(s->t))
        return TAWAM_OK;
    sync_own_ref(ref, s);
    code = gitlog_ref(at, s->log, ref);
    if (!code)
        code = sync_reconcile_line(s, at);
    if (!code || code == TAWAM_ENOTFOUND)
        code = check_head(s);
    if (code)
        return code;
    s->unmoved = 1;
    return sync_move_ref(s);
}

int sync_open(sync_desk **out, twin *t)
{
    char *path = file_join(twin_directory(t), SYNC_LOG_FOLDER);
    gitlog *log = NULL;
    sync_desk *s = NULL;
    int code = path ? gitlog_open(&log, path) : TAWAM_EMEMORY;

    free(path);
    if (!code)
        code = sync_wrap(&s, t, log);
    if (!code)
        code = sync_refresh_who(s);
    if (!code)
        code = recover(s);
    if (code) {
        sync_free(s);
        return code;
    }
    *out = s;
    return TAWAM_OK;
}

/* ---- status ---- */

/* What SQL counts; 0 where it gives no row. */
static int count_of(int64_t *out, sync_desk *s, const char *sql,
                    const char *text)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, s->t, sql, 0);
    *out = 0;
    if (code)
        return code;
    if (text)
        sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    code = twin_step(s->t, statement);
    if (code == 1)
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code < 0 ? code : TAWAM_OK;
}

/* The setting, "" where there is none. Caller frees. */
static int setting_text(char **out, sync_desk *s, const char *name)
{
    int code = twin_setting(out, s->t, name);
    if (code != TAWAM_ENOTFOUND)
        return code;
    *out = memory_string("");
    return *out ? TAWAM_OK : error_memory();
}

static int setting_number(int64_t *out, sync_desk *s, const char *name)
{
    char *value = NULL;
    int code = setting_text(&value, s, name);
    *out = 0;
    if (!code && *value)
        text_integer(out, value);
    free(value);
    return code;
}

static int unsent(int64_t *out, sync_desk *s, const char *head)
{
    static const char sequence[] =
        "SELECT sequence FROM tawam_commit WHERE id=?";
    char *sent = NULL;
    int64_t ours = 0, theirs = 0;
    int code = count_of(&ours, s, sequence, head);
    if (!code)
        code = setting_text(&sent, s, "sent_head");
    if (!code)
        code = count_of(&theirs, s, sequence, sent);
    free(sent);
    *out = ours > theirs ? ours - theirs : 0;
    return code;
}

int sync_get_status(sync_status *out, sync_desk *s)
{
    sync_status status = {0};
    char *remote = NULL;
    int code = twin_pending_count(s->t, &status.pending);
    if (!code)
        code = sync_head(status.head, s);
    if (!code)
        code = unsent(&status.commits_unsent, s, status.head);
    if (!code)
        code = setting_number(&status.last_sync, s, "last_sync");
    if (!code)
        code = setting_text(&remote, s, "last_remote");
    if (!code)
        snprintf(status.last_remote, sizeof status.last_remote, "%s", remote);
    free(remote);
    if (!code)
        code = count_of(&status.commits, s, "SELECT count(*) FROM tawam_commit",
                        NULL);
    if (!code)
        code =
            count_of(&status.refused, s,
                     "SELECT count(*) FROM tawam_commit WHERE state=2", NULL);
    if (!code)
        code = setting_number(&status.waiting, s, "waiting");
    if (!code) {
        status.conflicts = sync_conflict_count(s);
        code = status.conflicts < 0 ? (int)status.conflicts : TAWAM_OK;
    }
    if (!code)
        code = sync_readable_again(&status.readable_again, s);
    if (code)
        return code;
    *out = status;
    return TAWAM_OK;
}
