/* SPDX-License-Identifier: MIT */
/* remote: the child process and the parent's watch over it.
 *
 * libgit2 1.5 has no time-out and blocks in read(2), so all of its network
 * work happens in a process that can be killed at any moment.
 *
 *     parent                                child (own session and group)
 *     fork ------------------------------>  closes what it inherited, makes
 *     poll(pipe, wake_fd, tick)             libgit2 anew, remote_work()
 *       <---------------- frames ---------  progress, refs, report, outcome
 *       progress() says stop  -> SIGTERM, SIGKILL to the group, reap
 *       nothing moved so long -> the same
 *       <---------------- END ------------  _exit
 *     reap, always
 *
 * Invariants:
 *  1. When remote_run() returns, the child is reaped and its group is dead.
 *  2. The child ends with the parent: the kernel kills it (PDEATHSIG), and a
 *     write to the pipe fails.
 *  3. The child never touches the parent's descriptors: it closes all but the
 *     pipe before anything else. libgit2 keeps open pack files in a table of
 *     the process; they would be closed ones here, hence the shutdown and new
 *     start of the library.
 *  4. The child leaves by _exit(): the parent's atexit handlers and buffers
 *     are not its own.
 */
#include "sync/remote_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define TICK 150             /* ms between two calls of progress() */
#define STALL_DEFAULT 60000  /* ms */
#define PATIENCE 700         /* ms from SIGTERM to SIGKILL */
#define RATE_WINDOW 2000     /* ms over which the rate is smoothed */
#define ALLOWANCE_STEP 65536 /* bytes that pass within stall_ms at least */
#define ALLOWANCE_MOST (4u << 20)

/* Given by gcc with --coverage: the child's counts would be lost by _exit. */
extern void __gcov_dump(void) __attribute__((weak));

/* ---- child -------------------------------------------------------------- */

static void reset_signals(void)
{
    static const int plain[] = {
        SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGCHLD, SIGALRM, SIGWINCH, SIGTSTP,
        SIGCONT, SIGUSR1, SIGUSR2, SIGSEGV, SIGBUS,  SIGABRT, SIGFPE,   SIGILL};
    sigset_t none;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        signal(plain[i], SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Standard input and output lead nowhere, standard error too when it is the
 * terminal that the screens are drawn on; FD becomes 3, the rest is closed. */
static void keep_only(int fd)
{
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 1);
        if (isatty(2) || fcntl(2, F_GETFD) < 0)
            dup2(null, 2);
    }
    if (fd != 3)
        dup2(fd, 3);
    fcntl(3, F_SETFD, FD_CLOEXEC);
    if (close_range(4, ~0u, 0) == 0)
        return;
    long most = sysconf(_SC_OPEN_MAX);
    for (int i = 4; i < (most > 0 && most < 65536 ? most : 65536); i++)
        close(i);
}

static void restart_libgit2(void)
{
    git_libgit2_init();
    while (git_libgit2_shutdown() > 0) {
    }
    git_libgit2_init();
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
#ifdef HAVE_GIT_PACK_MAX_OBJECT_SIZE /* not in libgit2 1.5.1 as released */
    git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, (size_t)1 << 29);
#endif
    git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, (size_t)1 << 22);
    /* A stick may belong to another user. libgit2 runs no program that a
     * repository's configuration names, so reading one is safe. */
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
}

static void send_end(remote_line *line, int code)
{
    buffer end = {0};
    int32_t number = code;
    buffer_bytes(&end, &number, sizeof number);
    if (code != TAWAM_OK)
        buffer_text(&end, error_message());
    remote_line_flush(line);
    remote_line_frame(line, REMOTE_FRAME_END, end.data, end.length);
    buffer_free(&end);
}

/* The parent says it in words. */
static void end_without_memory(void)
{
    _exit(error_exit_status(TAWAM_EMEMORY));
}

static _Noreturn void child_main(const remote_job *job, int fd, pid_t parent)
{
    setsid(); /* own group; ssh cannot ask over the screens */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    keep_only(fd);
    reset_signals();
    memory_on_exhausted(end_without_memory);
    restart_libgit2();
    error_clear();
    remote_line line = {.fd = 3};
    send_end(&line, remote_work(job, &line));
    if (__gcov_dump)
        __gcov_dump();
    _exit(0);
}

/* ---- parent ------------------------------------------------------------- */

typedef struct watch {
    pid_t pid;
    int fd; /* the pipe's end; not blocking */
    const sync_options *options;
    const remote_job *job;
    remote_answer *answer;
    remote_traffic before; /* of earlier tries */
    buffer in;             /* bytes of frames not yet whole */
    remote_state state;    /* as last told */
    int64_t moved;         /* monotonic ms when something last moved */
    int64_t rate_time;     /* of the last measure */
    uint64_t rate_bytes;   /* then */
    double rate;           /* bytes a second, smoothed */
    int starved;           /* no memory for some of the answer */
    int ended;             /* the END frame came */
    int code;              /* its code */
    char *message;         /* its words */
    int wake_tired;        /* wake_fd stayed readable: leave it out once */
} watch;

static int start_child(watch *w, const remote_job *job)
{
    int ends[2] = {-1, -1};
    sigset_t all, before;
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_system(_("make a pipe"));
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    w->pid = fork();
    if (w->pid == 0) {
        close(ends[0]);
        child_main(job, ends[1], parent);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (w->pid < 0) {
        close(ends[0]);
        return error_system(_("start a process for the transfer"));
    }
    w->fd = ends[0];
    fcntl(w->fd, F_SETFL, O_NONBLOCK);
    return TAWAM_OK;
}

static void take_state(watch *w, const uint8_t *bytes, size_t length)
{
    if (length != sizeof w->state)
        return;
    uint64_t before = w->state.activity;
    memcpy(&w->state, bytes, length);
    w->state.words[REMOTE_WORDS_SIZE - 1] = '\0';
    w->answer->traffic.bytes_in = w->before.bytes_in + w->state.bytes_in;
    w->answer->traffic.bytes_out = w->before.bytes_out + w->state.bytes_out;
    w->answer->traffic.no_ids |= w->state.no_ids;
    w->answer->opened = w->state.opened;
    w->answer->broke = w->state.broke;
    w->answer->kept = w->state.kept;
    if (w->state.activity != before)
        w->moved = clock_monotonic();
}

static void take_text(watch *w, char **out, const uint8_t *bytes, size_t length)
{
    free(*out);
    *out = memory_string_length((const char *)bytes, length);
    if (!*out)
        w->starved = 1;
}

static void take_end(watch *w, const uint8_t *bytes, size_t length)
{
    int32_t code = TAWAM_EENVIRONMENT;
    if (length >= sizeof code) {
        memcpy(&code, bytes, sizeof code);
        take_text(w, &w->message, bytes + sizeof code, length - sizeof code);
    }
    w->code = code;
    w->ended = 1;
}

static void take_frame(watch *w, int kind, const uint8_t *bytes, size_t length)
{
    if (kind == REMOTE_FRAME_PROGRESS)
        take_state(w, bytes, length);
    else if (kind == REMOTE_FRAME_REFS)
        take_text(w, &w->answer->refs, bytes, length);
    else if (kind == REMOTE_FRAME_REPORT)
        take_text(w, &w->answer->report, bytes, length);
    else if (kind == REMOTE_FRAME_OUTCOME && length == 1 && *bytes <= 3)
        w->answer->outcome = (sync_sent)*bytes;
    else if (kind == REMOTE_FRAME_END)
        take_end(w, bytes, length);
}

/* Take every whole frame from what was read. */
static void take_frames(watch *w)
{
    size_t at = 0;
    while (w->in.length - at >= 5) {
        uint32_t length = 0;
        memcpy(&length, w->in.data + at + 1, sizeof length);
        if (length > REMOTE_FRAME_LIMIT || w->in.length - at - 5 < length)
            break;
        take_frame(w, w->in.data[at], w->in.data + at + 5, length);
        at += 5 + (size_t)length;
    }
    if (at) {
        memmove(w->in.data, w->in.data + at, w->in.length - at);
        w->in.length -= at;
    }
}

/* Read what is there. 0 at the pipe's end. */
static int read_frames(watch *w)
{
    uint8_t block[16384];
    ssize_t n = 0;
    while ((n = read(w->fd, block, sizeof block)) > 0) {
        buffer_bytes(&w->in, block, (size_t)n);
        take_frames(w);
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void measure_rate(watch *w)
{
    int64_t now = clock_monotonic(), passed = now - w->rate_time;
    uint64_t bytes = w->state.bytes_in + w->state.bytes_out;
    if (passed < 200)
        return;
    /* what was written and never left is taken back: no rate below nothing */
    uint64_t more = bytes > w->rate_bytes ? bytes - w->rate_bytes : 0;
    double latest = (double)more * 1000 / (double)passed;
    double share = passed >= RATE_WINDOW ? 1 : (double)passed / RATE_WINDOW;
    w->rate += (latest - w->rate) * share;
    w->rate_time = now;
    w->rate_bytes = bytes;
}

/* Tell the caller how far it is; non-zero: stop. */
static int tell(watch *w)
{
    if (!w->options || !w->options->progress)
        return 0;
    sync_progress p = {
        .stage = w->state.stage ? (sync_stage)w->state.stage : SYNC_CONNECTING,
        .done = w->state.done,
        .total = w->state.total,
        .bytes_in = w->before.bytes_in + w->state.bytes_in,
        .bytes_out = w->before.bytes_out + w->state.bytes_out,
        .rate = w->rate,
        .text = w->state.words,
    };
    return w->options->progress(w->options->context, &p);
}

/* Wait for frames, the wake descriptor or a tick. Returns whether the pipe
 * may have something. */
static int wait_tick(watch *w)
{
    int wake = w->options ? w->options->wake_fd : 0;
    struct pollfd fds[2] = {{.fd = w->fd, .events = POLLIN},
                            {.fd = wake, .events = POLLIN}};
    int count = wake > 0 && !w->wake_tired ? 2 : 1;
    int ready = poll(fds, (nfds_t)count, TICK);
    /* Who asked to be woken reads the descriptor in progress(); one that
     * stays readable must not make this loop spin. */
    w->wake_tired =
        count == 2 && ready > 0 && fds[1].revents && !fds[0].revents;
    return ready > 0 && fds[0].revents;
}

/* How long silence is allowed now. What was written may still lie in ssh's
 * and the kernel's buffers (megabytes of them) while the link crawls, and
 * nothing of that can be seen from here; so each 64 KiB gets its own time. A
 * session that was open before answers soon, or never. */
static int64_t patience(const watch *w)
{
    int64_t stall = w->options && w->options->stall_ms > 0
                        ? w->options->stall_ms
                        : STALL_DEFAULT;
    if (w->job->open && !w->state.bytes_in)
        return stall / 3;
    uint64_t out = w->state.bytes_out < ALLOWANCE_MOST ? w->state.bytes_out
                                                       : ALLOWANCE_MOST;
    return stall + stall * (int64_t)(out / 1024) / (ALLOWANCE_STEP / 1024);
}

static int stalled(const watch *w)
{
    return !w->state.waiting && clock_monotonic() - w->moved > patience(w);
}

/* The child is gone without being reaped? Reports within WAIT ms. */
static int child_gone(const watch *w, int64_t wait)
{
    int64_t until = clock_monotonic() + wait;
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)w->pid, &info, WEXITED | WNOWAIT | WNOHANG) < 0)
            return errno != EINTR;
        if (info.si_pid)
            return 1;
        if (clock_monotonic() >= until)
            return 0;
        poll(NULL, 0, 5);
    }
}

static void kill_child(const watch *w)
{
    kill(-w->pid, SIGTERM);
    kill(w->pid, SIGTERM); /* it may not lead its group yet */
    if (!child_gone(w, PATIENCE))
        kill(w->pid, SIGKILL);
}

/* Wait for its end, sweep its group, reap it. Its status, or -1 if somebody
 * else reaped it. */
static int reap_child(const watch *w)
{
    siginfo_t info = {0};
    int status = -1;
    pid_t pid = 0;
    while (waitid(P_PID, (id_t)w->pid, &info, WEXITED | WNOWAIT) < 0 &&
           errno == EINTR) {
    }
    kill(-w->pid, SIGKILL); /* unreaped, its number cannot be another's */
    while ((pid = waitpid(w->pid, &status, 0)) < 0 && errno == EINTR) {
    }
    return pid == w->pid ? status : -1;
}

static int no_answer(const watch *w)
{
    return error_set(TAWAM_EUNREACHABLE,
                     _("no answer for %d s: the link is down or too slow; "
                       "what arrived is kept, try again"),
                     (int)((clock_monotonic() - w->moved) / 1000));
}

/* What the END frame or the manner of death says. */
static int child_result(const watch *w, int status)
{
    if (w->starved ||
        w->in.failed) /* an answer that is not here is not "nothing" */
        return error_memory();
    if (w->ended && w->code == TAWAM_OK)
        return TAWAM_OK;
    if (w->ended)
        return error_set(w->code, "%s", w->message ? w->message : "");
    if (status >= 0 && WIFSIGNALED(status))
        return error_set(TAWAM_EENVIRONMENT,
                         _("the transfer's process was ended by signal %d "
                           "(%s); nothing is lost, try again"),
                         WTERMSIG(status), strsignal(WTERMSIG(status)));
    if (status >= 0 && WIFEXITED(status) &&
        WEXITSTATUS(status) == error_exit_status(TAWAM_EMEMORY))
        return error_set(TAWAM_EMEMORY,
                         _("not enough memory for the transfer; nothing is "
                           "lost, try again"));
    return error_set(TAWAM_EENVIRONMENT,
                     _("the transfer's process ended early; nothing is lost, "
                       "try again"));
}

/* Until the pipe's end, or a reason to stop: that reason's code. */
static int watch_child(watch *w)
{
    for (;;) {
        int open = !wait_tick(w) || read_frames(w);
        measure_rate(w);
        if (!open || w->ended)
            return TAWAM_OK;
        if (tell(w))
            return error_set(TAWAM_ECANCELLED,
                             _("stopped; what arrived is kept"));
        if (stalled(w))
            return no_answer(w);
    }
}

static remote_stand_in *stand_in;

void remote_stand_in_for_tests(remote_stand_in *call)
{
    stand_in = call;
}

int remote_run(remote_answer *answer, const remote_job *job,
               const sync_options *options)
{
    watch w = {.fd = -1,
               .options = options,
               .job = job,
               .answer = answer,
               .before = answer->traffic};
    int code = stand_in ? TAWAM_OK : start_child(&w, job);
    if (stand_in)
        return stand_in(answer, job);
    if (code != TAWAM_OK)
        return code;
    w.moved = w.rate_time = clock_monotonic();
    code = watch_child(&w);
    if (code != TAWAM_OK) {
        kill_child(&w);
        read_frames(&w);
    }
    int status = reap_child(&w);
    if (code == TAWAM_OK)
        code = child_result(&w, status);
    close(w.fd);
    buffer_free(&w.in);
    free(w.message);
    return code;
}

void remote_answer_clear(remote_answer *answer)
{
    free(answer->refs);
    free(answer->report);
    memset(answer, 0, sizeof *answer);
}
