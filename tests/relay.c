/* SPDX-License-Identifier: MIT */
/* relay: a link that fails on purpose, for tests.
 *
 *   relay [options] [-p PORT] HOST COMMAND     stands for ssh: runs COMMAND
 * here relay [options] --connect=HOST:PORT        an ssh ProxyCommand relay
 * [options] --listen=PORT --connect=HOST:PORT   one connection, then ends
 *
 * Up is towards the server. Options:
 *   --cut-up=N --cut-down=N      after N bytes that way the link breaks
 *   --cut-both=N                 after N bytes, both ways summed
 *   --stall-up=N --stall-down=N  after N bytes that way nothing moves any more
 *   --lose-reply=N               after N bytes up nothing comes down; ends when
 *                                the server does, as a broken link
 *   --reset                      a break is sudden: RST, and the server killed
 *   --rate=N                     bytes a second, each way
 *   --delay=MS                   each way: half of the round trip
 *   --once=FILE                  the above only if FILE exists; removes it
 *   --count=FILE                 append "UP DOWN\n" at the end
 *   --pid=FILE                   write "PID PARENT\n" at the start
 *   --old                        GIT_PROTOCOL does not reach the server, as
 *                                with Debian's sshd
 *   --flat                       nor does it reach the client that the server
 *                                knows of depth
 *
 * Bytes pass in the order in which they come; none is read that would pass the
 * cut, so a cut at byte N lets exactly N through. A broken link ends with
 * status 255, as ssh does, once the server has seen its end of it: so a test
 * looks at a server that is done. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NEVER (-1L)
#define QUEUE 65536 /* bytes on their way, as in a socket's buffer */
#define BLOCKS 64
#define BLOCK 4096

typedef struct block {
    char bytes[BLOCK];
    size_t length;
    int64_t due; /* monotonic ms when it arrives */
} block;

typedef struct way {
    int from, to;    /* -1: closed */
    long passed;     /* bytes */
    long cut, stall; /* after so many; NEVER */
    block *blocks;   /* on their way: a ring of BLOCKS */
    int first, count;
    long queued;    /* bytes in it */
    double free_at; /* monotonic ms when the next byte may leave */
    int ended;      /* `from` gave its end */
} way;

typedef struct plan {
    way up, down;
    long cut_both, lose_reply, rate, delay;
    int reset, old, flat;
    const char *connect, *listen, *count, *once, *pid;
} plan;

static int broken;                    /* the link broke */
static volatile sig_atomic_t stopped; /* ssh is done with its ProxyCommand */

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static long number(const char *argument, const char *name)
{
    size_t length = strlen(name);
    return strncmp(argument, name, length) == 0 ? atol(argument + length) : -2;
}

static int read_option(plan *p, const char *argument)
{
    struct {
        const char *name;
        long *value;
    } numbers[] = {
        {"--cut-up=", &p->up.cut},         {"--cut-down=", &p->down.cut},
        {"--stall-up=", &p->up.stall},     {"--stall-down=", &p->down.stall},
        {"--lose-reply=", &p->lose_reply}, {"--rate=", &p->rate},
        {"--delay=", &p->delay},           {"--cut-both=", &p->cut_both},
    };
    struct {
        const char *name;
        const char **value;
    } words[] = {{"--connect=", &p->connect},
                 {"--listen=", &p->listen},
                 {"--count=", &p->count},
                 {"--once=", &p->once},
                 {"--pid=", &p->pid}};
    p->reset |= strcmp(argument, "--reset") == 0;
    p->old |= strcmp(argument, "--old") == 0;
    p->flat |= strcmp(argument, "--flat") == 0;
    if (strcmp(argument, "--reset") == 0 || strcmp(argument, "--old") == 0 ||
        strcmp(argument, "--flat") == 0)
        return 1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        long n = number(argument, numbers[i].name);
        if (n != -2) {
            *numbers[i].value = n;
            return 1;
        }
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i].name);
        if (strncmp(argument, words[i].name, length) == 0) {
            *words[i].value = argument + length;
            return 1;
        }
    }
    return 0;
}

static void close_way(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* How many more bytes may ever pass on W. */
static long left(const plan *p, const way *w)
{
    long most = LONG_MAX;
    if (w->cut != NEVER)
        most = w->cut - w->passed - w->queued;
    if (p->cut_both != NEVER) {
        long both = p->cut_both - p->up.passed - p->up.queued - p->down.passed -
                    p->down.queued;
        most = both < most ? both : most;
    }
    if (w->stall != NEVER && w->stall - w->passed - w->queued < most)
        most = w->stall - w->passed - w->queued;
    return most > 0 ? most : 0;
}

/* 1 if nothing more moves on W, though the link stands. */
static int is_silent(const plan *p, const way *w)
{
    return (w->stall != NEVER && w->passed + w->queued >= w->stall) ||
           (p->up.stall != NEVER && p->up.passed >= p->up.stall) ||
           (p->down.stall != NEVER && p->down.passed >= p->down.stall);
}

/* 1 if the link breaks now: no byte more may pass, and none is on its way. */
static int is_over(const plan *p, const way *w)
{
    return (w->cut != NEVER && w->passed >= w->cut) ||
           (p->cut_both != NEVER &&
            p->up.passed + p->down.passed >= p->cut_both);
}

/* A server's first words, without the ability " shallow ". */
static void flatten(char *text, size_t length)
{
    static const char word[] = " shallow ";
    char *at = memmem(text, length, word, sizeof word - 1);
    if (at)
        at[3] = 'x';
}

/* Take what has come on W into its queue. */
static void take(const plan *p, way *w)
{
    long most = left(p, w);
    block *b = &w->blocks[(w->first + w->count) % BLOCKS];
    double now = (double)now_ms();
    if (most == 0)
        return; /* others are on their way to the cut */
    /* small pieces at a low rate, so that they trickle */
    size_t size = p->rate > 0 && p->rate / 20 + 1 < BLOCK
                      ? (size_t)(p->rate / 20 + 1)
                      : BLOCK;
    if ((long)size > most)
        size = (size_t)most;
    ssize_t n = read(w->from, b->bytes, size);
    if (n <= 0) {
        close_way(&w->from);
        w->ended = 1;
        return;
    }
    if (w == &p->down && p->lose_reply != NEVER &&
        p->up.passed >= p->lose_reply)
        return;
    b->length = (size_t)n;
    if (p->flat && w == &p->down && !w->passed && !w->count)
        flatten(b->bytes, b->length);
    if (w->free_at < now)
        w->free_at = now;
    if (p->rate > 0)
        w->free_at += (double)n * 1000 / (double)p->rate;
    b->due = (int64_t)w->free_at + (p->delay > 0 ? p->delay : 0);
    w->count++;
    w->queued += n;
}

/* Hand over what is due on W. */
static void release(way *w)
{
    while (w->count && w->blocks[w->first].due <= now_ms()) {
        block *b = &w->blocks[w->first];
        for (size_t at = 0; at < b->length && w->to >= 0;) {
            ssize_t n = write(w->to, b->bytes + at, b->length - at);
            if (n > 0)
                at += (size_t)n;
            else if (n < 0 && errno != EINTR)
                close_way(&w->to);
        }
        if (w->to < 0)
            close_way(&w->from);
        else
            w->passed += (long)b->length;
        w->queued -= (long)b->length;
        w->first = (w->first + 1) % BLOCKS;
        w->count--;
    }
    if (w->ended && !w->count)
        close_way(&w->to);
}

static int wants_more(const plan *p, const way *w)
{
    return w->from >= 0 && !is_silent(p, w) && w->count < BLOCKS &&
           w->queued < QUEUE && left(p, w) > 0;
}

/* Milliseconds until something is due; -1: nothing is. */
static int next_due(const plan *p)
{
    int64_t soonest = -1;
    const way *ways[] = {&p->up, &p->down};
    for (int i = 0; i < 2; i++) {
        const way *w = ways[i];
        int64_t due = w->count ? w->blocks[w->first].due - now_ms() : -1;
        if (w->count && due < 0)
            due = 0;
        if (due >= 0 && (soonest < 0 || due < soonest))
            soonest = due;
    }
    return (int)soonest;
}

static void pump(plan *p)
{
    while (!stopped && (p->down.from >= 0 || p->down.count)) {
        release(&p->up);
        release(&p->down);
        if (is_over(p, &p->up) || is_over(p, &p->down)) {
            broken = 1;
            return;
        }
        int up = wants_more(p, &p->up), down = wants_more(p, &p->down);
        struct pollfd fds[3] = {
            {.fd = up ? p->up.from : -1, .events = POLLIN},
            {.fd = down ? p->down.from : -1, .events = POLLIN},
            {.fd = 1, .events = 0}};
        if (poll(fds, 3, next_due(p)) < 0 && errno != EINTR)
            return;
        if (fds[2].revents && !down && !up && !p->up.count && !p->down.count)
            return; /* the stalled side has gone */
        if (down && fds[1].revents)
            take(p, &p->down);
        if (up && fds[0].revents)
            take(p, &p->up);
    }
}

static void open_way(way *w, int from, int to)
{
    w->from = from;
    w->to = to;
    w->blocks = calloc(BLOCKS, sizeof *w->blocks);
    if (!w->blocks)
        exit(2);
}

/* A break as when the cable is pulled: no good-bye to either side. */
static void reset_link(plan *p, pid_t server)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (p->up.to >= 0)
        setsockopt(p->up.to, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (p->down.to >= 0)
        setsockopt(p->down.to, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (server > 0)
        kill(-server, SIGKILL);
}

/* Run COMMAND as the server. */
static pid_t serve(plan *p, const char *command)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        exit(2);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        setpgid(0, 0);
        if (p->old)
            unsetenv("GIT_PROTOCOL");
        signal(SIGPIPE, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    setpgid(pid, pid);
    open_way(&p->up, 0, in[1]);
    open_way(&p->down, out[0], 1);
    return pid;
}

static struct sockaddr_in address_of(const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *colon = strrchr(text, ':');
    address.sin_port = htons((uint16_t)atoi(colon ? colon + 1 : text));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void connect_both(plan *p)
{
    int client_in = 0, client_out = 1;
    struct sockaddr_in address = address_of(p->connect);
    if (p->listen) {
        struct sockaddr_in here = address_of(p->listen);
        int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(s, (struct sockaddr *)&here, sizeof here) < 0 ||
            listen(s, 1) < 0)
            exit(2);
        client_in = accept(s, NULL, NULL);
        client_out = dup(client_in);
        close(s);
    }
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&address, sizeof address) < 0)
        exit(255);
    open_way(&p->up, client_in, server);
    open_way(&p->down, dup(server), client_out);
}

/* Whole at once: a reader never sees half of it. */
static void write_pid(const char *path)
{
    char text[64];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int length =
        snprintf(text, sizeof text, "%d %d\n", (int)getpid(), (int)getppid());
    if (fd < 0 || write(fd, text, (size_t)length) != length)
        exit(2);
    close(fd);
}

int main(int argc, char **argv)
{
    plan p = {.up = {.from = -1, .to = -1, .cut = NEVER, .stall = NEVER},
              .down = {.from = -1, .to = -1, .cut = NEVER, .stall = NEVER},
              .cut_both = NEVER,
              .lose_reply = NEVER,
              .rate = NEVER,
              .delay = NEVER};
    int status = 0, at = 1;
    pid_t server = 0;
    while (at < argc && read_option(&p, argv[at]))
        at++;
    if (p.once && unlink(p.once) < 0)
        p.up.cut = p.down.cut = p.up.stall = p.down.stall = p.lose_reply =
            p.cut_both = p.rate = p.delay = NEVER;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, stop);
    signal(SIGTERM, stop);
    if (p.pid)
        write_pid(p.pid);
    if (p.connect)
        connect_both(&p);
    else
        server = serve(&p, argc > at ? argv[argc - 1] : "exit 1");
    pump(&p);
    if (broken && p.reset)
        reset_link(&p, server);
    close_way(&p.up.to);
    close_way(&p.down.from);
    if (p.lose_reply != NEVER)
        broken = 1;
    if (server)
        waitpid(server, &status, 0);
    FILE *count = p.count ? fopen(p.count, "a") : NULL;
    if (count) {
        fprintf(count, "%ld %ld\n", p.up.passed, p.down.passed);
        fclose(count);
    }
    if (broken)
        return 255;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
