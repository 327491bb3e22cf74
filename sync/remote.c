/* SPDX-License-Identifier: MIT */
/* remote: the public calls. Each reads the address, makes one job of it, and
 * has it done in a child (remote_child.c). Nothing here touches git.
 */
#include "sync/remote_internal.h"
#include "sync/link_internal.h"
#include "sync/ssh_internal.h"
#include <poll.h>
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

static char *default_ca_file, *default_ca_folder;

void remote_set_authorities(const char *file, const char *folder)
{
    free(default_ca_file);
    free(default_ca_folder);
    default_ca_file = file && *file ? memory_string(file) : NULL;
    default_ca_folder = folder && *folder ? memory_string(folder) : NULL;
}

static const char *command_of(const remote_options *options)
{
    if (options && options->ssh_command && *options->ssh_command)
        return options->ssh_command;
    return default_ssh_command ? default_ssh_command : "ssh";
}

/* ---- tries ----
 *
 * A child does one try. When the link breaks, what it brought is kept (the
 * log's tawam.incoming, or the remote's refs), the link's memory is told how
 * far it came, and after a pause another child goes on from there.
 *
 *     try --done, refused, damaged ...-------------> result
 *      ^ |
 *      | +--no byte over a session that was open before: the laptop woke up
 *      |    elsewhere, its connection is dead. It is ended; once at once anew
 *      | |
 *      | +--cut or stalled--> never reached, or too many without anything
 *      |                      got through ---------> TAWAM_EUNREACHABLE
 *      +---- pause, doubled each time, with jitter
 *            progress() stops it ------------------> TAWAM_ECANCELLED
 */

#define RETRY_FIRST 1000 /* ms */
#define RETRY_MOST 60000 /* ms */
#define RETRY_TICK 250   /* ms between two calls of progress() */

/* What is to be known of the link next time, after MOVED bytes, BROKE of them
 * on the connection that broke. */
static void learn_link(const remote_job *job, uint64_t moved, uint64_t broke,
                       int code)
{
    if (job->place.kind == REMOTE_SSH) {
        if (code == TAWAM_EUNREACHABLE && broke)
            link_cut(job->gitdir, broke, job->task == REMOTE_PUSH);
    } else if (code == TAWAM_OK) {
        remote_slice_mark(job->gitdir, 1);
    } else if (code == TAWAM_EUNREACHABLE && moved) {
        remote_slice_mark(job->gitdir, 0);
    }
}

/* One try; *kept: whether it got anything through. */
static int try_once(remote_answer *answer, int *kept, const remote_job *job,
                    const sync_options *options)
{
    uint64_t before = answer->traffic.bytes_in + answer->traffic.bytes_out;
    answer->opened = answer->broke = answer->kept = 0;
    int code = remote_run(answer, job, options);
    uint64_t moved =
        answer->traffic.bytes_in + answer->traffic.bytes_out - before;
    char *message = code == TAWAM_OK ? NULL : memory_string(error_message());
    if (job->gitdir && job->place.kind != REMOTE_PATH)
        learn_link(job, moved,
                   answer->broke            ? answer->broke
                   : moved > answer->opened ? moved - answer->opened
                                            : 0,
                   code);
    if (code != TAWAM_OK)
        error_set(code, "%s", message ? message : "");
    free(message);
    *kept = answer->kept > 0;
    return code;
}

/* How long before the Nth try in a row: at random between half and one and a
 * half of the doubled time, so that many devices don't come back at once. */
static int64_t pause_length(const sync_options *options, int n)
{
    int64_t wait = options->retry_ms > 0 ? options->retry_ms : RETRY_FIRST;
    uint32_t chance = 0;
    for (int i = 1; i < n && wait < RETRY_MOST; i++)
        wait *= 2;
    if (wait > RETRY_MOST)
        wait = RETRY_MOST;
    random_bytes(&chance, sizeof chance);
    return wait / 2 + (int64_t)((double)wait * chance / UINT32_MAX);
}

/* Wait for the Nth try, telling why and how long. */
static int pause_before(int n, const remote_answer *answer,
                        const sync_options *options)
{
    char *why = memory_string(error_message());
    sync_progress p = {.stage = SYNC_WAITING,
                       .bytes_in = answer->traffic.bytes_in,
                       .bytes_out = answer->traffic.bytes_out,
                       .text = why ? why : "",
                       .retry = n,
                       .retries = options->retries};
    int64_t until = clock_monotonic() + pause_length(options, n);
    int code = TAWAM_OK;
    struct pollfd wake = {.fd = options->wake_fd > 0 ? options->wake_fd : -1,
                          .events = POLLIN};
    while (code == TAWAM_OK && (p.wait_ms = until - clock_monotonic()) > 0) {
        if (options->progress && options->progress(options->context, &p))
            code =
                error_set(TAWAM_ECANCELLED, _("stopped; what arrived is kept"));
        else
            poll(&wake, 1,
                 p.wait_ms < RETRY_TICK ? (int)p.wait_ms : RETRY_TICK);
    }
    free(why);
    return code;
}

/* As try_once, over a session that is alive. One that broke is ended, so that
 * no later sync hangs on it. */
static int try_session(remote_answer *answer, int *kept, remote_job *job,
                       const sync_options *options)
{
    for (int renewed = 0;; renewed = 1) {
        uint64_t before = answer->traffic.bytes_in;
        job->open = ssh_session_is_open(job);
        int code = try_once(answer, kept, job, options);
        int dead = job->open && answer->traffic.bytes_in == before;
        if (code == TAWAM_EUNREACHABLE || (code == TAWAM_ECANCELLED && dead))
            ssh_end_session(job);
        if (code != TAWAM_EUNREACHABLE || !dead || renewed)
            return code;
    }
}

static int try_often(remote_answer *answer, remote_job *job,
                     const sync_options *options)
{
    int kept = 0;
    for (int n = 1;; n++) {
        int code = try_session(answer, &kept, job, options);
        if (kept)
            n = 1;
        if (code != TAWAM_EUNREACHABLE || !options || n > options->retries ||
            job->place.kind == REMOTE_PATH || !answer->traffic.bytes_in)
            return code;
        code = pause_before(n, answer, options);
        if (code != TAWAM_OK)
            return code;
    }
}

/* Do JOB at URL with everything around it. */
static int do_job(remote_answer *answer, remote_job *job, const char *url,
                  const remote_options *options)
{
    char *socket = NULL;
    int code = remote_place_parse(&job->place, url);
    if (code == TAWAM_OK) {
        job->ssh_command = command_of(options);
        job->ca_file = default_ca_file;
        job->ca_folder = default_ca_folder;
        if (job->place.kind == REMOTE_SSH)
            socket = ssh_socket(default_runtime_folder, &job->place);
        job->ssh_socket = socket;
        code = try_often(answer, job, options ? options->sync : NULL);
    }
    remote_place_clear(&job->place);
    free(socket);
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
    else if ((code == TAWAM_EDAMAGED || code == TAWAM_EENVIRONMENT) &&
             answer.refs)
        hand_over(refs, &answer.refs);
    remote_answer_clear(&answer);
    return code;
}

int remote_fetch(char **refs, remote_traffic *traffic, const char *gitdir,
                 const char *name, const char *url,
                 const remote_options *options)
{
    return remote_fetch_some(refs, traffic, gitdir, name, url, NULL, options);
}

int remote_fetch_lost(remote_traffic *traffic, const char *gitdir,
                      const char *url, const char *wanted,
                      const remote_options *options)
{
    remote_answer answer = {0};
    remote_job job = {.task = REMOTE_FETCH,
                      .gitdir = gitdir,
                      .name = "lost",
                      .wanted = wanted,
                      .lost = 1};
    int code = do_job(&answer, &job, url, options);
    *traffic = answer.traffic;
    remote_answer_clear(&answer);
    return code;
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
