/* SPDX-License-Identifier: MIT */
/* remote: the child's entry, and fetch and list by HTTPS. A fetch
 * leaves the log as it was or with everything a ref needs: packs arrive whole,
 * refs follow after them. */
#include "sync/remote_connection_internal.h"
#include <stdlib.h>
#include <string.h>
#include "sync/certificates_internal.h"
#include "sync/log_private_internal.h"
#include "sync/ssh_internal.h"

/* ---- fetch ---- */

/* The Nth of HEADS; main comes before all others, since by it another
 * territory is known. */
static const remote_head *nth_head(const remote_heads *heads, size_t n)
{
    size_t first = 0;
    while (first < heads->count &&
           strcmp(heads->list[first].name, "refs/heads/main") != 0)
        first++;
    if (first == heads->count)
        return &heads->list[n];
    return &heads->list[n == 0 ? first : n <= first ? n - 1 : n];
}

/* The first of HEADS, from *next on, whose object is not here. */
static const remote_head *next_missing(size_t *next, const remote_heads *heads,
                                       git_repository *local)
{
    git_odb *odb = NULL;
    const remote_head *missing = NULL;
    if (git_repository_odb(&odb, local) == 0)
        while (!missing && *next < heads->count) {
            const remote_head *head = nth_head(heads, (*next)++);
            missing = git_odb_exists(odb, &head->id) ? NULL : head;
        }
    git_odb_free(odb);
    return missing;
}

/* Line by line: a connection each, followed as it arrives. C and HEADS are of
 * the first connection. */
static int download_lines(remote_connection *c, const remote_heads *heads,
                          git_repository *local)
{
    const remote_job *job = c->job;
    remote_line *line = c->line;
    const remote_head *head = NULL;
    size_t next = 0;
    int code = TAWAM_OK;
    while (code == TAWAM_OK &&
           (head = next_missing(&next, heads, local)) != NULL) {
        remote_heads again = {.wanted = job->wanted},
                     one = {.list = (remote_head *)head,
                            .count = 1,
                            .capacity = 1,
                            .wanted = job->wanted};
        if (!c->remote)
            code = remote_connection_open(c, &again, job, local,
                                          GIT_DIRECTION_FETCH, line);
        if (code == TAWAM_OK)
            code = remote_download(c, &one);
        remote_connection_close(c);
        remote_heads_clear(&again);
        if (code == TAWAM_OK)
            code = remote_heads_track(local, job->name, heads);
    }
    return code;
}

/* Commits and pieces of files, by their ids. On the first connection where
 * nothing else was asked for on it. */
static int download_ids(remote_connection *c, const remote_job *job,
                        git_repository *local, int used, remote_line *line)
{
    remote_heads again = {.wanted = job->wanted};
    git_oid *ids = NULL;
    size_t count = 0;
    int code = remote_wanted_ids(&ids, &count, job->wanted);
    if (code == TAWAM_OK && count && used) {
        remote_connection_close(c);
        code = remote_connection_open(c, &again, job, local,
                                      GIT_DIRECTION_FETCH, line);
    }
    if (code == TAWAM_OK && count)
        code = remote_download_ids(c, ids, count);
    remote_heads_clear(&again);
    free(ids);
    return code;
}

static int http_fetch(const remote_job *job, git_repository *local,
                      remote_line *line)
{
    remote_connection c;
    remote_heads heads = {.wanted = job->wanted};
    int code = remote_connection_open(&c, &heads, job, local,
                                      GIT_DIRECTION_FETCH, line);
    if (code == TAWAM_OK) {
        remote_line_stage(line, SYNC_FETCHING);
        code = remote_slice_step(job->gitdir)
                   ? download_lines(&c, &heads, local)
                   : remote_download(&c, &heads);
    }
    if (code == TAWAM_OK)
        code = download_ids(&c, job, local, heads.count > 0, line);
    if (code == TAWAM_OK)
        code = remote_heads_track(local, job->name, &heads);
    if (code == TAWAM_OK)
        code = remote_heads_send(&heads, line);
    remote_connection_close(&c);
    remote_heads_clear(&heads);
    return code;
}

static int http_list(const remote_job *job, remote_line *line)
{
    remote_connection c;
    remote_heads heads = {.wanted = job->wanted};
    int code = remote_connection_open(&c, &heads, job, NULL,
                                      GIT_DIRECTION_FETCH, line);
    if (code == TAWAM_OK)
        code = remote_heads_send(&heads, line);
    remote_connection_close(&c);
    remote_heads_clear(&heads);
    return code;
}

int remote_too_large(uint64_t size)
{
    char text[32], *why = memory_string(error_message());
    text_from_bytes(text, size);
    int code = error_set(TAWAM_EUNREACHABLE,
                         _("%s. One file of the history is %s, which has to "
                           "pass in one piece: use a better link, or a stick "
                           "(tawam sync FOLDER)"),
                         why ? why : "", text);
    free(why);
    return code;
}

/* ---- the child's entry ---- */

static int with_repository(const remote_job *job, remote_line *line)
{
    git_repository *local = NULL;
    file_lock *lock = NULL;
    remote_kind kind = job->place.kind;
    int code = remote_lock_gitdir(&lock, job->gitdir, line);
    if (code == TAWAM_OK && git_repository_open_bare(&local, job->gitdir) < 0)
        code = remote_git_error(_("cannot open the log"));
    if (code == TAWAM_OK)
        code = gitlog_guard(local);
    if (code == TAWAM_OK && job->task == REMOTE_FETCH)
        code = kind == REMOTE_PATH ? remote_path_fetch(job, local, line)
               : kind == REMOTE_SSH || job->lost
                   ? remote_ssh_fetch(job, local, line)
                   : http_fetch(job, local, line);
    else if (code == TAWAM_OK)
        code = kind == REMOTE_PATH  ? remote_path_push(job, local, line)
               : kind == REMOTE_SSH ? remote_ssh_push(job, local, line)
                                    : remote_http_push(job, local, line);
    git_repository_free(local);
    file_lock_release(lock);
    return code;
}

int remote_work(const remote_job *job, remote_line *line)
{
    remote_line_stage(line, SYNC_CONNECTING);
    if (job->place.kind == REMOTE_HTTP && certificates_choose(job) < 0)
        return error_code();
    if (job->task != REMOTE_LIST)
        return with_repository(job, line);
    return job->place.kind == REMOTE_PATH  ? remote_path_list(job, line)
           : job->place.kind == REMOTE_SSH ? remote_ssh_list(job, line)
                                           : http_list(job, line);
}
