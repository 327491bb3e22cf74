/* SPDX-License-Identifier: MIT */
/* ssh: a stream of bytes through a process.
 *
 *     protocol -- write -->  pipe  -->  ssh  -->  git-receive-pack 'folder'
 *              <-- read ---  pipe  <--
 *                            pipe  <--  its standard error: the last 4 KiB
 *
 * Invariants:
 *  1. No read or write here waits on one pipe only: standard error is emptied
 *     meanwhile, so a talkative server cannot block us, and progress that
 *     has been counted is told before any wait.
 *  2. A reader never sees an end of file: the protocol says when it is done,
 *     so one before that is a failure, and ssh's exit status and words say
 *     of what kind.
 *  3. The process is reaped when the stream is closed.
 *
 * By HTTPS there is no process: then all of it is https.c's.
 */
#include "sync/ssh_internal.h"
#include "sync/https_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define WORDS_KEPT 4096   /* of standard error, its end */
#define TOLD_EVERY 200    /* ms a wait lasts before progress is told */
#define END_PATIENCE 3000 /* ms from closing its input to SIGTERM */

struct ssh_stream {
    https_stream *https; /* not NULL: it is this, and nothing of the rest */
    const remote_job *job;
    remote_line *line;
    pid_t pid; /* 0 once reaped */
    int status;
    int to, from, words_fd; /* -1 when closed */
    buffer words;
    uint64_t moved; /* bytes, both ways */
    size_t most;    /* bytes of a read */
};

/* ---- the process ---- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* A session that is shared outlives this transfer: in a process group of its
 * own, since at the end of ours all of it is killed, and the ssh that keeps the
 * session leaves the group while its ProxyCommand does not. */
static _Noreturn void run_ssh(char **arguments, const remote_job *job, int in,
                              int out, int err)
{
    if (job && ssh_shares_session(job))
        setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_DFL);
    setenv("GIT_PROTOCOL", "version=2", 1); /* where the server takes it */
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    execvp(arguments[0], arguments);
    dprintf(2, "tawam: %s: %s\n", arguments[0], strerror(errno));
    _exit(126);
}

static int start_ssh(ssh_stream *s, char **arguments)
{
    int to[2] = {-1, -1}, from[2] = {-1, -1}, words[2] = {-1, -1};
    int code = TAWAM_OK;
    if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0 ||
        pipe2(words, O_CLOEXEC) < 0) {
        code = error_system(_("make a pipe"));
    } else if ((s->pid = fork()) == 0) {
        run_ssh(arguments, s->job, to[0], from[1], words[1]);
    } else if (s->pid < 0) {
        s->pid = 0;
        code = error_system(_("start '%s'"), arguments[0]);
    } else {
        s->to = to[1];
        s->from = from[0];
        s->words_fd = words[0];
        to[1] = from[0] = words[0] = -1;
        fcntl(s->to, F_SETFL, O_NONBLOCK);
        fcntl(s->from, F_SETFL, O_NONBLOCK);
        fcntl(s->words_fd, F_SETFL, O_NONBLOCK);
    }
    for (int i = 0; i < 2; i++) {
        close_fd(&to[i]);
        close_fd(&from[i]);
        close_fd(&words[i]);
    }
    return code;
}

/* Keep the end of what ssh says. */
static void read_words(ssh_stream *s)
{
    char block[1024];
    ssize_t n = 0;
    while (s->words_fd >= 0 &&
           (n = read(s->words_fd, block, sizeof block)) > 0) {
        buffer_bytes(&s->words, block, (size_t)n);
        if (s->words.length > WORDS_KEPT) {
            size_t extra = s->words.length - WORDS_KEPT;
            memmove(s->words.data, s->words.data + extra, WORDS_KEPT);
            s->words.length = WORDS_KEPT;
        }
    }
    if (n == 0)
        close_fd(&s->words_fd);
}

/* Wait for ssh's end WAIT ms at most, emptying its words. 1: reaped. */
static int reap_ssh(ssh_stream *s, int wait)
{
    int64_t until = clock_monotonic() + wait;
    while (s->pid) {
        pid_t pid = waitpid(s->pid, &s->status, WNOHANG);
        if (pid == s->pid || (pid < 0 && errno != EINTR))
            s->pid = 0;
        else if (clock_monotonic() >= until)
            break;
        else
            poll(NULL, 0, 5);
        read_words(s);
    }
    return s->pid == 0;
}

/* ssh ended, or its pipe did: say why. What it never took was not sent. */
static int fail(ssh_stream *s)
{
    int unread = 0;
    if (s->to >= 0 && ioctl(s->to, FIONREAD, &unread) == 0 && unread > 0 &&
        (uint64_t)unread <= s->moved) {
        s->moved -= (uint64_t)unread;
        s->line->state.bytes_out -= (uint64_t)unread;
        remote_line_moved(s->line);
    }
    close_fd(&s->to);
    if (!reap_ssh(s, END_PATIENCE))
        s->status = 0;
    return ssh_failure(s->job, s->status, (const char *)s->words.data,
                       s->words.length);
}

/* Wait until FD can do EVENTS; meanwhile words are read and progress told. */
static void wait_for(ssh_stream *s, int fd, short events)
{
    struct pollfd fds[2] = {{.fd = fd, .events = events},
                            {.fd = s->words_fd, .events = POLLIN}};
    if (poll(fds, 2, s->line->changed ? TOLD_EVERY : -1) == 0)
        remote_line_flush(s->line);
    if (fds[1].revents)
        read_words(s);
}

/* ---- the stream ---- */

int ssh_read(size_t *got, ssh_stream *s, void *bytes, size_t size)
{
    if (s->https)
        return https_read(got, s->https, bytes, size);
    for (;;) {
        ssize_t n = read(s->from, bytes, size < s->most ? size : s->most);
        if (n > 0) {
            s->moved += (uint64_t)n;
            s->line->state.bytes_in += (uint64_t)n;
            remote_line_moved(s->line);
            *got = (size_t)n;
            return TAWAM_OK;
        }
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return fail(s);
        wait_for(s, s->from, POLLIN);
    }
}

int ssh_write(ssh_stream *s, const void *bytes, size_t length)
{
    if (s->https)
        return https_write(s->https, bytes, length);
    const uint8_t *at = bytes;
    while (length) {
        ssize_t n = write(s->to, at, length);
        if (n > 0) {
            s->moved += (uint64_t)n;
            s->line->state.bytes_out += (uint64_t)n;
            remote_line_moved(s->line);
            at += n;
            length -= (size_t)n;
        } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
            return fail(s);
        } else {
            wait_for(s, s->to, POLLOUT);
        }
    }
    return TAWAM_OK;
}

uint64_t ssh_moved(const ssh_stream *s)
{
    return s->https ? https_moved(s->https) : s->moved;
}

void ssh_close(ssh_stream *s)
{
    if (!s)
        return;
    https_close(s->https);
    close_fd(&s->to);
    close_fd(&s->from);
    /* Its end is waited for, a round trip: a signal to it would end the user's
     * ProxyCommand too, and with that the shared session. */
    if (!reap_ssh(s, END_PATIENCE)) {
        kill(s->pid, SIGTERM);
        if (!reap_ssh(s, END_PATIENCE)) {
            kill(s->pid, SIGKILL);
            reap_ssh(s, END_PATIENCE);
        }
    }
    close_fd(&s->words_fd);
    buffer_free(&s->words);
    free(s);
}

static ssh_stand_in *stand_in;

void ssh_stand_in_for_tests(ssh_stand_in *call)
{
    stand_in = call;
}

int ssh_open(ssh_stream **out, const remote_job *job, remote_line *line,
             const char *service)
{
    char **arguments = NULL;
    ssh_stream *s = memory_new(sizeof *s);
    if (!s)
        return TAWAM_EMEMORY;
    s->to = s->from = s->words_fd = -1;
    s->job = job;
    s->line = line;
    s->most = SIZE_MAX;
    int https = job && job->place.kind == REMOTE_HTTP;
    int code = stand_in ? stand_in(&s->from, &s->to, &s->most, service)
               : https  ? https_open(&s->https, job, line)
                        : ssh_arguments(&arguments, job, service);
    if (code == TAWAM_OK && !stand_in && !https)
        code = start_ssh(s, arguments);
    ssh_arguments_free(arguments);
    if (code == TAWAM_OK)
        *out = s;
    else
        ssh_close(s);
    return code;
}

int ssh_session_is_open(const remote_job *job)
{
    return ssh_shares_session(job) && file_exists(job->ssh_socket);
}

void ssh_end_session(const remote_job *job)
{
    char **arguments = NULL;
    ssh_stream s = {.to = -1, .from = -1, .words_fd = -1};
    if (!ssh_session_is_open(job))
        return;
    int code = error_code();
    char *why = memory_string(error_message());
    if (ssh_end_arguments(&arguments, job) == TAWAM_OK && arguments &&
        start_ssh(&s, arguments) == TAWAM_OK && !reap_ssh(&s, END_PATIENCE)) {
        kill(s.pid, SIGKILL);
        reap_ssh(&s, END_PATIENCE);
    }
    unlink(job->ssh_socket); /* one that hangs is left alone */
    close_fd(&s.to);
    close_fd(&s.from);
    close_fd(&s.words_fd);
    buffer_free(&s.words);
    ssh_arguments_free(arguments);
    error_clear();
    if (code != TAWAM_OK)
        error_set(code, "%s", why ? why : "");
    free(why);
}
