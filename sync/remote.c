/* SPDX-License-Identifier: MIT */
/* remote: the public calls. Each reads the address, makes one job of it, and
 * has it done in a child (remote_child.c). Nothing here touches git.
 */
#include "sync/remote_internal.h"
#include "sync/ssh_internal.h"
#include <stdlib.h>
#include <string.h>

static char *default_ssh_command;
static char *default_runtime_folder;

void remote_set_ssh_command(const char *command)
{
    free(default_ssh_command);
    default_ssh_command = command && *command ? memory_string(command) : NULL;
}

void remote_set_runtime_folder(const char *folder)
{
    free(default_runtime_folder);
    default_runtime_folder = folder && *folder ? memory_string(folder) : NULL;
}

static const char *command_of(const remote_options *options)
{
    if (options && options->ssh_command && *options->ssh_command)
        return options->ssh_command;
    return default_ssh_command ? default_ssh_command : "ssh";
}

/* A cut after something had moved makes the next transfer go in slices. */
static void learn_link(const remote_job *job, const remote_answer *answer,
                       int code)
{
    char *message = memory_string(error_message());
    if (code == TAWAM_OK)
        remote_slice_mark(job->gitdir, 1);
    else if (code == TAWAM_EUNREACHABLE && answer->traffic.bytes_in)
        remote_slice_mark(job->gitdir, 0);
    if (code != TAWAM_OK)
        error_set(code, "%s", message ? message : "");
    free(message);
}

/* Do JOB at URL with everything around it. */
static int do_job(remote_answer *answer, remote_job *job, const char *url,
                  const remote_options *options)
{
    char *sockets = NULL;
    int code = remote_place_parse(&job->place, url);
    if (code == TAWAM_OK) {
        job->ssh_command = command_of(options);
        if (job->place.kind == REMOTE_SSH)
            sockets = ssh_socket_folder(default_runtime_folder);
        job->ssh_sockets = sockets;
        code = remote_run(answer, job, options ? options->sync : NULL);
        if (job->gitdir && job->place.kind != REMOTE_PATH)
            learn_link(job, answer, code);
    }
    remote_place_clear(&job->place);
    free(sockets);
    return code;
}

/* Hand TEXT over to OUT if the caller wants it; never NULL when it does. */
static int hand_over(char **out, char **text)
{
    if (!out)
        return TAWAM_OK;
    if (!*text && !(*text = memory_string("")))
        return TAWAM_EMEMORY;
    *out = *text;
    *text = NULL;
    return TAWAM_OK;
}

int remote_fetch_some(char **refs, remote_traffic *traffic, const char *gitdir,
                      const char *name, const char *url, const char *wanted,
                      const remote_options *options)
{
    remote_answer answer = {0};
    remote_job job = {
        .task = REMOTE_FETCH, .gitdir = gitdir, .name = name, .wanted = wanted};
    int code = do_job(&answer, &job, url, options);
    if (traffic)
        *traffic = answer.traffic;
    if (code == TAWAM_OK)
        code = hand_over(refs, &answer.refs);
    remote_answer_clear(&answer);
    return code;
}

int remote_fetch(char **refs, remote_traffic *traffic, const char *gitdir,
                 const char *name, const char *url,
                 const remote_options *options)
{
    return remote_fetch_some(refs, traffic, gitdir, name, url, NULL, options);
}

int remote_push(sync_sent *outcome, char **report, remote_traffic *traffic,
                const char *gitdir, const char *name, const char *url,
                const char *refspecs, const remote_options *options)
{
    remote_answer answer = {0};
    remote_job job = {.task = REMOTE_PUSH,
                      .gitdir = gitdir,
                      .name = name,
                      .refspecs = refspecs};
    int code = do_job(&answer, &job, url, options);
    if (traffic)
        *traffic = answer.traffic;
    if (outcome)
        *outcome = answer.outcome;
    if (code == TAWAM_OK)
        code = hand_over(report, &answer.report);
    remote_answer_clear(&answer);
    return code;
}

int remote_list(char **refs, remote_traffic *traffic, const char *url,
                const remote_options *options)
{
    return remote_list_some(refs, traffic, url, NULL, options);
}

int remote_list_some(char **refs, remote_traffic *traffic, const char *url,
                     const char *wanted, const remote_options *options)
{
    remote_answer answer = {0};
    remote_job job = {.task = REMOTE_LIST, .wanted = wanted};
    int code = do_job(&answer, &job, url, options);
    if (traffic)
        *traffic = answer.traffic;
    if (code == TAWAM_OK)
        code = hand_over(refs, &answer.refs);
    remote_answer_clear(&answer);
    return code;
}
