/* SPDX-License-Identifier: MIT */
/* ssh: libgit2's smart subtransport over a process.
 *
 *     libgit2  -- write -->  pipe  -->  ssh  -->  git-receive-pack 'folder'
 *              <-- read ---  pipe  <--
 *                            pipe  <--  its standard error: the last 4 KiB
 *
 * Invariants:
 *  1. No read or write here waits on one pipe only: standard error is emptied
 *     meanwhile, so a talkative server cannot block us, and progress that
 *     has been counted is told before any wait.
 *  2. libgit2 never sees an end of file: the protocol says when it is done,
 *     so one before that is a failure, and ssh's exit status and words say
 *     of what kind (ssh_session.failure).
 *  3. The process is reaped when the stream is freed.
 */
#include "sync/ssh_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define WORDS_KEPT 4096   /* of standard error, its end */
#define TOLD_EVERY 200    /* ms a wait lasts before progress is told */
#define END_PATIENCE 3000 /* ms from closing its input to SIGTERM */

typedef struct ssh_stream {
    git_smart_subtransport_stream base; /* first: libgit2 sees this */
    struct ssh_transport *owner;
    pid_t pid; /* 0 once reaped */
    int status;
    int to, from, words_fd; /* -1 when closed */
    buffer words;
} ssh_stream;

typedef struct ssh_transport {
    git_smart_subtransport base; /* first */
    ssh_session *session;
    ssh_stream *stream; /* the one open; NULL */
} ssh_transport;

/* ---- the process ---- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static _Noreturn void run_ssh(char **arguments, int in, int out, int err)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_DFL);
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
        run_ssh(arguments, to[0], from[1], words[1]);
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

/* ssh ended, or its pipe did: say why, once. Returns -1 for libgit2. */
static int fail(ssh_stream *s)
{
    ssh_session *session = s->owner->session;
    if (!session->failure) {
        close_fd(&s->to);
        if (!reap_ssh(s, END_PATIENCE))
            s->status = 0;
        session->failure =
            ssh_failure(session->job, s->status, (const char *)s->words.data,
                        s->words.length);
        session->message = memory_string(error_message());
    }
    git_error_set_str(GIT_ERROR_NET, session->message ? session->message : "");
    return -1;
}

/* Wait until FD can do EVENTS; meanwhile words are read and progress told. */
static void wait_for(ssh_stream *s, int fd, short events)
{
    remote_line *line = s->owner->session->line;
    struct pollfd fds[2] = {{.fd = fd, .events = events},
                            {.fd = s->words_fd, .events = POLLIN}};
    if (poll(fds, 2, line->changed ? TOLD_EVERY : -1) == 0)
        remote_line_flush(line);
    if (fds[1].revents)
        read_words(s);
}

/* ---- libgit2's stream ---- */

static int stream_read(git_smart_subtransport_stream *base, char *bytes,
                       size_t size, size_t *got)
{
    ssh_stream *s = (ssh_stream *)base;
    *got = 0;
    for (;;) {
        ssize_t n = read(s->from, bytes, size);
        if (n > 0) {
            remote_line *line = s->owner->session->line;
            line->state.bytes_in += (uint64_t)n;
            remote_line_moved(line);
            *got = (size_t)n;
            return 0;
        }
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return fail(s);
        wait_for(s, s->from, POLLIN);
    }
}

static int stream_write(git_smart_subtransport_stream *base, const char *bytes,
                        size_t length)
{
    ssh_stream *s = (ssh_stream *)base;
    remote_line *line = s->owner->session->line;
    while (length) {
        ssize_t n = write(s->to, bytes, length);
        if (n > 0) {
            line->state.bytes_out += (uint64_t)n;
            remote_line_moved(line);
            bytes += n;
            length -= (size_t)n;
        } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
            return fail(s);
        } else {
            wait_for(s, s->to, POLLOUT);
        }
    }
    return 0;
}

static void stream_free(git_smart_subtransport_stream *base)
{
    ssh_stream *s = (ssh_stream *)base;
    close_fd(&s->to);
    close_fd(&s->from);
    if (!reap_ssh(s, END_PATIENCE)) {
        kill(s->pid, SIGTERM);
        if (!reap_ssh(s, END_PATIENCE)) {
            kill(s->pid, SIGKILL);
            reap_ssh(s, END_PATIENCE);
        }
    }
    close_fd(&s->words_fd);
    buffer_free(&s->words);
    if (s->owner->stream == s)
        s->owner->stream = NULL;
    free(s);
}

static int stream_open(ssh_transport *t, const char *service)
{
    char **arguments = NULL;
    ssh_stream *s = memory_new(sizeof *s);
    if (!s)
        return TAWAM_EMEMORY;
    s->to = s->from = s->words_fd = -1;
    s->owner = t;
    s->base.subtransport = &t->base;
    s->base.read = stream_read;
    s->base.write = stream_write;
    s->base.free = stream_free;
    int code = ssh_arguments(&arguments, t->session->job, service);
    if (code == TAWAM_OK)
        code = start_ssh(s, arguments);
    ssh_arguments_free(arguments);
    if (code != TAWAM_OK) {
        t->session->failure = code;
        t->session->message = memory_string(error_message());
        git_error_set_str(GIT_ERROR_NET, error_message());
        stream_free(&s->base);
        return code;
    }
    t->stream = s;
    return TAWAM_OK;
}

/* ---- libgit2's subtransport ---- */

static int transport_action(git_smart_subtransport_stream **out,
                            git_smart_subtransport *base, const char *url,
                            git_smart_service_t action)
{
    ssh_transport *t = (ssh_transport *)base;
    (void)url; /* the job's place says it, checked */
    int fetch =
        action == GIT_SERVICE_UPLOADPACK_LS || action == GIT_SERVICE_UPLOADPACK;
    if (!t->stream &&
        stream_open(t, fetch ? "git-upload-pack" : "git-receive-pack") < 0)
        return -1;
    *out = &t->stream->base;
    return 0;
}

static int transport_close(git_smart_subtransport *base)
{
    ssh_transport *t = (ssh_transport *)base;
    if (t->stream)
        stream_free(&t->stream->base);
    return 0;
}

static void transport_free(git_smart_subtransport *base)
{
    transport_close(base);
    free(base);
}

static int transport_new(git_smart_subtransport **out, git_transport *owner,
                         void *payload)
{
    ssh_transport *t = memory_new(sizeof *t);
    (void)owner;
    if (!t)
        return -1;
    t->session = payload;
    t->base.action = transport_action;
    t->base.close = transport_close;
    t->base.free = transport_free;
    *out = &t->base;
    return 0;
}

static int make_transport(git_transport **out, git_remote *owner, void *payload)
{
    /* The payload is that of all callbacks, whose first field is the session
     * (ssh_use() says so). */
    ssh_session *session = payload;
    return git_transport_smart(out, owner, &session->definition);
}

void ssh_use(git_remote_callbacks *callbacks, ssh_session *session)
{
    session->definition.callback = transport_new;
    session->definition.rpc = 0;
    session->definition.param = session;
    callbacks->transport = make_transport;
}

void ssh_session_clear(ssh_session *session)
{
    free(session->message);
    memset(session, 0, sizeof *session);
}
