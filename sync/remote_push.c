/* SPDX-License-Identifier: MIT */
/* remote: a push by HTTPS, and what is known when it is cut:
 *
 *     connect, read refs        nothing was sent
 *     compare (remote_refs.c)   refused ones are left out here
 *     outcome := UNKNOWN        from here on the remote may have it
 *     upload, report            the report may be lost on its way
 *     connect again, read refs  SENT only if they show our commit; also tried
 *                               when the upload was cut
 */
#include "sync/remote_connection_internal.h"
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define PUSH_TRIES 4   /* at refs that another pusher has locked */
#define PUSH_PAUSE 150 /* ms, growing */

/* The refspecs of what the plan has found pushable; *partial is set when some
 * are only a slice. */
static int make_specs(git_strarray *specs, int *partial,
                      const remote_connection *c, git_repository *local,
                      const remote_push_plan *plan)
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
static int upload(int *partial, remote_connection *c, git_repository *local,
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
            code = remote_connection_error(c, error, _("the sending was cut"));
    }
    for (size_t i = 0; i < specs.count; i++)
        free(specs.strings[i]);
    free(specs.strings);
    return code;
}

/* One dialogue of sending. *sent: something was; *partial: more is to come. */
static int push_once(int *sent, int *partial, const remote_job *job,
                     git_repository *local, remote_push_plan *plan,
                     remote_line *line)
{
    remote_connection c;
    remote_heads heads = {.wanted = REMOTE_WANT_ALL};
    int code = remote_connection_open(&c, &heads, job, local,
                                      GIT_DIRECTION_PUSH, line);
    size_t pushable = 0;
    *sent = *partial = 0;
    if (code == TAWAM_OK)
        code = remote_plan_compare(&pushable, plan, local, &heads);
    if (code == TAWAM_OK && pushable) {
        remote_line_stage(line, SYNC_PUSHING);
        *sent = 1;
        code = upload(partial, &c, local, plan);
    } else if (code == TAWAM_OK) {
        code = remote_heads_track(local, job->name, &heads);
    }
    remote_connection_close(&c);
    remote_heads_clear(&heads);
    return code;
}

/* Read the remote's refs with a new connection, taking what is newer than
 * ours there, so that it can be told whether it contains ours. */
static int look_again(const remote_job *job, git_repository *local,
                      remote_push_plan *plan, remote_line *line)
{
    remote_connection c;
    remote_heads heads = {.wanted = REMOTE_WANT_ALL};
    remote_line_stage(line, SYNC_CHECKING);
    int code = remote_connection_open(&c, &heads, job, local,
                                      GIT_DIRECTION_FETCH, line);
    if (code != TAWAM_OK)
        goto cleanup;
    code = remote_plan_confirm(plan, local, &heads);
    if (code == TAWAM_OK && !plan->updates[0].confirmed &&
        !plan->updates[0].reason &&
        remote_heads_find(&heads, plan->updates[0].destination)) {
        code = remote_download(&c, &heads);
        if (remote_plan_confirm(plan, local, &heads) < 0 && code == TAWAM_OK)
            code = error_code();
    }
    if (code == TAWAM_OK)
        code = remote_heads_track(local, job->name, &heads);
cleanup:
    remote_connection_close(&c);
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
        if (remote_plan_was_locked(plan) && ++tries < PUSH_TRIES)
            poll(NULL, 0, PUSH_PAUSE * tries);
        else if (!partial || was_refused(plan))
            return TAWAM_OK;
    }
}

int remote_http_push(const remote_job *job, git_repository *local,
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
