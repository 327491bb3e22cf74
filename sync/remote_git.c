/* SPDX-License-Identifier: MIT */
/* remote: SSH and HTTPS by libgit2's smart protocol, and the child's entry.
 *
 * A push, and what is known when it is cut:
 *     connect, read refs        nothing was sent
 *     compare (remote_refs.c)   refused ones are left out here
 *     outcome := UNKNOWN        from here on the remote may have it
 *     upload, report            the report may be lost on its way
 *     connect again, read refs  SENT only if they show our commit; also tried
 *                               when the upload was cut
 */
#include "sync/remote_internal.h"
#include "sync/ssh_internal.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "sync/credentials_internal.h"

#define PUSH_TRIES 4   /* at refs that another pusher has locked */
#define PUSH_PAUSE 150 /* ms, growing */

/* ---- errors -----------------------------------------------------------------
 */

static int code_of(const git_error *error)
{
    const char *text = error && error->message ? error->message : "";
    if (strstr(text, strerror(ENOSPC)) || strstr(text, strerror(EDQUOT)))
        return TAWAM_EFULL;
    switch (error ? error->klass : GIT_ERROR_NONE) {
    case GIT_ERROR_NET:
        /* an ERR packet: the server's own word */
        return strstr(text, "remote error") ? TAWAM_EREFUSED
                                            : TAWAM_EUNREACHABLE;
    case GIT_ERROR_SSL:
    case GIT_ERROR_SSH:
        return TAWAM_EUNREACHABLE;
    case GIT_ERROR_HTTP:
        return strstr(text, "status code: 4") ? TAWAM_EREFUSED
                                              : TAWAM_EUNREACHABLE;
    case GIT_ERROR_OS:
        return strstr(text, "failed to connect") ? TAWAM_EUNREACHABLE
                                                 : TAWAM_EENVIRONMENT;
    case GIT_ERROR_NOMEMORY:
        return TAWAM_EMEMORY;
    case GIT_ERROR_ZLIB:
    case GIT_ERROR_OBJECT:
    case GIT_ERROR_INDEXER:
    case GIT_ERROR_SHA:
        return TAWAM_EDAMAGED;
    default:
        return TAWAM_EENVIRONMENT;
    }
}

int remote_git_error(const char *what)
{
    const git_error *error = git_error_last();
    const char *words =
        error && error->message ? error->message : _("unknown reason");
    char *safe = text_safe(words, strlen(words), 0);
    int code = error_set(code_of(error), "%s: %s", what, safe ? safe : "");
    free(safe);
    return code;
}

/* ---- one connection
 * ------------------------------------------------------------ */

typedef struct connection {
    ssh_session ssh; /* first: see ssh_use() */
    const remote_job *job;
    remote_line *line;
    git_remote *remote;
    git_remote_callbacks callbacks;
    credentials credentials;
    uint64_t in_before, out_before; /* HTTPS: before this connection */
    remote_push_plan *plan;         /* during an upload */
    int failed;                     /* 1: a callback had no memory */
} connection;

static int on_words(const char *text, int length, void *payload)
{
    connection *c = payload;
    remote_line_words(c->line, text, length > 0 ? (size_t)length : 0);
    return 0;
}

static int on_received(const git_indexer_progress *stats, void *payload)
{
    connection *c = payload;
    c->line->state.done = stats->indexed_objects;
    c->line->state.total = stats->total_objects;
    if (c->job->place.kind == REMOTE_HTTP)
        c->line->state.bytes_in = c->in_before + stats->received_bytes;
    remote_line_moved(c->line);
    return 0;
}

static int on_packing(int stage, uint32_t current, uint32_t total,
                      void *payload)
{
    connection *c = payload;
    (void)stage;
    (void)current;
    (void)total;
    remote_line_moved(c->line);
    return 0;
}

static int on_sent(unsigned current, unsigned total, size_t bytes,
                   void *payload)
{
    connection *c = payload;
    c->line->state.done = current;
    c->line->state.total = total;
    if (c->job->place.kind == REMOTE_HTTP)
        c->line->state.bytes_out = c->out_before + bytes;
    remote_line_moved(c->line);
    return 0;
}

/* The remote's answer for one ref: STATUS NULL is ok. A hook says why on the
 * side band. */
static int on_report(const char *ref, const char *status, void *payload)
{
    connection *c = payload;
    const char *words = c->line->state.words;
    for (size_t i = 0; status && c->plan && i < c->plan->count; i++) {
        if (strcmp(c->plan->updates[i].destination, ref) != 0)
            continue;
        char *reason = strstr(status, "hook") && *words
                           ? memory_format("%s: %s", status, words)
                           : memory_string(status);
        if (!reason || remote_update_refuse(&c->plan->updates[i], reason) < 0)
            c->failed = 1;
        free(reason);
    }
    return c->failed ? -1 : 0;
}

static int on_credentials(git_credential **out, const char *url,
                          const char *user, unsigned types, void *payload)
{
    connection *c = payload;
    remote_line_flush(c->line);
    return credentials_ask(out, &c->credentials, url, user, types);
}

/* 1 if libgit2 failed without saying why: what it last said is older, or about
 * a setting that is simply not there. */
static int said_nothing(void)
{
    const git_error *error = git_error_last();
    return !error || error->klass == GIT_ERROR_NONE ||
           error->klass == GIT_ERROR_CONFIG;
}

/* The error of the connection, whoever noticed it first. */
static int connection_error(connection *c, int error, const char *what)
{
    if (c->ssh.failure)
        return error_set(c->ssh.failure, "%s", c->ssh.message);
    if (c->credentials.none)
        return error_set(TAWAM_EREFUSED,
                         _("%s wants a name and a password, and git credential "
                           "knows none: set up a helper (git help "
                           "credentials)"),
                         c->job->place.host);
    if (error == GIT_EAUTH || c->credentials.refused)
        return error_set(TAWAM_EREFUSED,
                         _("%s does not accept the name and password that git "
                           "credential gave"),
                         c->job->place.host);
    if (error == GIT_ECERTIFICATE)
        return error_set(TAWAM_EREFUSED,
                         _("the certificate of %s is not valid"),
                         c->job->place.host);
    if (said_nothing())
        return error_set(TAWAM_EREFUSED,
                         _("%s: what %s answers is not git's protocol"), what,
                         c->job->place.host);
    return remote_git_error(what);
}

static void connection_close(connection *c)
{
    if (c->remote)
        git_remote_disconnect(c->remote);
    git_remote_free(c->remote);
    ssh_session_clear(&c->ssh);
    credentials_clear(&c->credentials);
    memset(c, 0, sizeof *c);
}

/* Connect for DIRECTION and read the refs. REPOSITORY NULL: only to list. */
static int connection_open(connection *c, remote_heads *heads,
                           const remote_job *job, git_repository *repository,
                           git_direction direction, remote_line *line)
{
    git_remote_create_options create;
    git_proxy_options proxy;
    const git_remote_head **list = NULL;
    size_t count = 0;
    memset(c, 0, sizeof *c);
    git_remote_init_callbacks(&c->callbacks, GIT_REMOTE_CALLBACKS_VERSION);
    c->job = job;
    c->line = line;
    c->in_before = line->state.bytes_in;
    c->out_before = line->state.bytes_out;
    c->ssh.job = job;
    c->ssh.line = line;
    c->callbacks.payload = c;
    c->callbacks.sideband_progress = on_words;
    c->callbacks.transfer_progress = on_received;
    c->callbacks.pack_progress = on_packing;
    c->callbacks.push_transfer_progress = on_sent;
    c->callbacks.push_update_reference = on_report;
    c->callbacks.credentials = on_credentials;
    if (job->place.kind == REMOTE_SSH)
        ssh_use(&c->callbacks, &c->ssh);
    git_remote_create_options_init(&create, GIT_REMOTE_CREATE_OPTIONS_VERSION);
    git_proxy_options_init(&proxy, GIT_PROXY_OPTIONS_VERSION);
    create.repository = repository;
    create.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF |
                   GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
    proxy.type = GIT_PROXY_AUTO;
    int error =
        git_remote_create_with_opts(&c->remote, job->place.url, &create);
    if (error == 0)
        error = git_remote_connect(c->remote, direction, &c->callbacks, &proxy,
                                   NULL);
    if (error == 0)
        error = git_remote_ls(&list, &count, c->remote);
    if (error < 0)
        return connection_error(c, error, _("cannot reach the remote"));
    credentials_approve(&c->credentials);
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = remote_heads_add(heads, &list[i]->oid, list[i]->name);
    return code;
}

/* ---- fetch
 * --------------------------------------------------------------------- */

/* Download what HEADS[FROM..] name and the repository lacks. */
static int download(connection *c, const remote_heads *heads)
{
    git_fetch_options options;
    git_strarray specs = {0};
    int code = TAWAM_OK;
    if (!heads->count)
        return TAWAM_OK;
    specs.strings = memory_array(heads->count, sizeof *specs.strings);
    for (size_t i = 0; specs.strings && i < heads->count; i++) {
        specs.strings[i] =
            memory_format("+%s:%s", heads->list[i].name, heads->list[i].name);
        if (!specs.strings[i])
            break;
        specs.count++;
    }
    git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
    options.callbacks = c->callbacks;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.proxy_opts.type = GIT_PROXY_AUTO;
    if (specs.count != heads->count) {
        code = error_memory();
    } else {
        int error = git_remote_download(c->remote, &specs, &options);
        if (error < 0)
            code = connection_error(c, error, _("the transfer was cut"));
    }
    for (size_t i = 0; i < specs.count; i++)
        free(specs.strings[i]);
    free(specs.strings);
    return code;
}

/* The first of HEADS, from *next on, whose object is not here. */
static const remote_head *next_missing(size_t *next, const remote_heads *heads,
                                       git_repository *local)
{
    git_odb *odb = NULL;
    const remote_head *missing = NULL;
    if (git_repository_odb(&odb, local) == 0)
        while (!missing && *next < heads->count) {
            const remote_head *head = &heads->list[(*next)++];
            missing = git_odb_exists(odb, &head->id) ? NULL : head;
        }
    git_odb_free(odb);
    return missing;
}

/* Line by line: a connection each, followed as it arrives. C and HEADS are of
 * the first connection. */
static int download_lines(connection *c, const remote_heads *heads,
                          git_repository *local)
{
    const remote_job *job = c->job;
    remote_line *line = c->line;
    const remote_head *head = NULL;
    size_t next = 0;
    int code = TAWAM_OK;
    while (code == TAWAM_OK &&
           (head = next_missing(&next, heads, local)) != NULL) {
        remote_heads again = {0}, one = {(remote_head *)head, 1, 1};
        if (!c->remote)
            code = connection_open(c, &again, job, local, GIT_DIRECTION_FETCH,
                                   line);
        if (code == TAWAM_OK)
            code = download(c, &one);
        connection_close(c);
        remote_heads_clear(&again);
        if (code == TAWAM_OK)
            code = remote_heads_track(local, job->name, heads);
    }
    return code;
}

static int smart_fetch(const remote_job *job, git_repository *local,
                       remote_line *line)
{
    connection c;
    remote_heads heads = {0};
    int code =
        connection_open(&c, &heads, job, local, GIT_DIRECTION_FETCH, line);
    if (code == TAWAM_OK) {
        remote_line_stage(line, SYNC_FETCHING);
        code = remote_slice_step(job->gitdir)
                   ? download_lines(&c, &heads, local)
                   : download(&c, &heads);
    }
    if (code == TAWAM_OK)
        code = remote_heads_track(local, job->name, &heads);
    if (code == TAWAM_OK)
        code = remote_heads_send(&heads, line);
    connection_close(&c);
    remote_heads_clear(&heads);
    return code;
}

static int smart_list(const remote_job *job, remote_line *line)
{
    connection c;
    remote_heads heads = {0};
    int code =
        connection_open(&c, &heads, job, NULL, GIT_DIRECTION_FETCH, line);
    if (code == TAWAM_OK)
        code = remote_heads_send(&heads, line);
    connection_close(&c);
    remote_heads_clear(&heads);
    return code;
}

/* ---- push
 * ------------------------------------------------------------------------- */

/* The refspecs of what the plan has found pushable; *partial is set when some
 * are only a slice. */
static int make_specs(git_strarray *specs, int *partial, const connection *c,
                      git_repository *local, const remote_push_plan *plan)
{
    int step = remote_slice_step(c->job->gitdir);
    specs->strings = memory_array(plan->count, sizeof *specs->strings);
    if (!specs->strings)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < plan->count; i++) {
        const remote_update *update = &plan->updates[i];
        if (!update->pushable)
            continue;
        char *slice = remote_slice_source(local, update, i, step);
        char *spec = memory_format("%s:%s", slice ? slice : update->source,
                                   update->destination);
        *partial |= slice != NULL;
        free(slice);
        if (!spec)
            return TAWAM_EMEMORY;
        specs->strings[specs->count++] = spec;
    }
    return TAWAM_OK;
}

/* Send what the plan has found pushable. */
static int upload(int *partial, connection *c, git_repository *local,
                  remote_push_plan *plan)
{
    git_push_options options;
    git_strarray specs = {0};
    int code = make_specs(&specs, partial, c, local, plan);
    git_push_options_init(&options, GIT_PUSH_OPTIONS_VERSION);
    options.callbacks = c->callbacks;
    options.pb_parallelism = 1;
    options.proxy_opts.type = GIT_PROXY_AUTO;
    c->plan = plan;
    if (code == TAWAM_OK) {
        remote_line_outcome(c->line, SYNC_UNKNOWN);
        int error = git_remote_upload(c->remote, &specs, &options);
        if (error < 0)
            code = connection_error(c, error, _("the sending was cut"));
    }
    for (size_t i = 0; i < specs.count; i++)
        free(specs.strings[i]);
    free(specs.strings);
    return code;
}

/* 1 if the remote refused something because another pusher was at it. */
static int was_locked(const remote_push_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const char *reason = plan->updates[i].reason;
        if (reason &&
            (strstr(reason, "lock") || strstr(reason, "failed to update ref")))
            return 1;
    }
    return 0;
}

/* One dialogue of sending. *sent: something was; *partial: more is to come. */
static int push_once(int *sent, int *partial, const remote_job *job,
                     git_repository *local, remote_push_plan *plan,
                     remote_line *line)
{
    connection c;
    remote_heads heads = {0};
    int code =
        connection_open(&c, &heads, job, local, GIT_DIRECTION_PUSH, line);
    *sent = *partial = 0;
    if (code == TAWAM_OK && remote_plan_compare(plan, local, &heads) > 0) {
        remote_line_stage(line, SYNC_PUSHING);
        *sent = 1;
        code = upload(partial, &c, local, plan);
    } else if (code == TAWAM_OK) {
        code = remote_heads_track(local, job->name, &heads);
    }
    connection_close(&c);
    remote_heads_clear(&heads);
    return code;
}

/* Read the remote's refs with a new connection, taking what is newer than
 * ours there, so that it can be told whether it contains ours. */
static int look_again(const remote_job *job, git_repository *local,
                      remote_push_plan *plan, remote_line *line)
{
    connection c;
    remote_heads heads = {0};
    remote_line_stage(line, SYNC_CHECKING);
    int code =
        connection_open(&c, &heads, job, local, GIT_DIRECTION_FETCH, line);
    if (code != TAWAM_OK)
        goto cleanup;
    remote_plan_confirm(plan, local, &heads);
    if (!plan->updates[0].confirmed && !plan->updates[0].reason &&
        remote_heads_find(&heads, plan->updates[0].destination)) {
        code = download(&c, &heads);
        remote_plan_confirm(plan, local, &heads);
    }
    if (code == TAWAM_OK)
        code = remote_heads_track(local, job->name, &heads);
cleanup:
    connection_close(&c);
    remote_heads_clear(&heads);
    return code;
}

/* The upload failed with CODE and its message. If the remote's refs show our
 * commit all the same, only the reply was lost. */
static int after_cut(int code, const remote_job *job, git_repository *local,
                     remote_push_plan *plan, remote_line *line)
{
    char *message = memory_string(error_message());
    int looked = look_again(job, local, plan, line);
    if (looked == TAWAM_OK && plan->updates[0].confirmed)
        code = TAWAM_OK;
    else
        error_set(code, "%s", message ? message : "");
    free(message);
    return code;
}

/* 1 if the remote refused any of them. */
static int was_refused(const remote_push_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->updates[i].reason)
            return 1;
    return 0;
}

/* Dialogues until all is sent, or one fails. *sent as of the last. */
static int push_all(int *sent, const remote_job *job, git_repository *local,
                    remote_push_plan *plan, remote_line *line)
{
    int partial = 0, tries = 0;
    for (;;) {
        int code = push_once(sent, &partial, job, local, plan, line);
        if (code != TAWAM_OK)
            return code;
        if (was_locked(plan) && ++tries < PUSH_TRIES)
            poll(NULL, 0, PUSH_PAUSE * tries);
        else if (!partial || was_refused(plan))
            return TAWAM_OK;
    }
}

static int smart_push(const remote_job *job, git_repository *local,
                      remote_line *line)
{
    remote_push_plan plan = {0};
    int sent = 0;
    int code = remote_plan_make(&plan, local, job->refspecs);
    if (code == TAWAM_OK)
        code = push_all(&sent, job, local, &plan, line);
    if (code == TAWAM_OK && sent)
        code = look_again(job, local, &plan, line);
    else if (code != TAWAM_OK && sent)
        code = after_cut(code, job, local, &plan, line);
    if (code == TAWAM_OK)
        code = remote_plan_send(&plan, line);
    remote_slice_clear(local);
    remote_plan_clear(&plan);
    return code;
}

/* ---- the child's entry
 * ---------------------------------------------------------------- */

static int with_repository(const remote_job *job, remote_line *line)
{
    git_repository *local = NULL;
    file_lock *lock = NULL;
    int path = job->place.kind == REMOTE_PATH;
    int code = remote_lock_gitdir(&lock, job->gitdir, line);
    if (code == TAWAM_OK && git_repository_open_bare(&local, job->gitdir) < 0)
        code = remote_git_error(_("cannot open the log"));
    if (code == TAWAM_OK && job->task == REMOTE_FETCH)
        code = path ? remote_path_fetch(job, local, line)
                    : smart_fetch(job, local, line);
    else if (code == TAWAM_OK)
        code = path ? remote_path_push(job, local, line)
                    : smart_push(job, local, line);
    git_repository_free(local);
    file_lock_release(lock);
    return code;
}

int remote_work(const remote_job *job, remote_line *line)
{
    remote_line_stage(line, SYNC_CONNECTING);
    if (job->task != REMOTE_LIST)
        return with_repository(job, line);
    return job->place.kind == REMOTE_PATH ? remote_path_list(job, line)
                                          : smart_list(job, line);
}
