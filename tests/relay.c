/* SPDX-License-Identifier: MIT */
/* relay: a link that fails on purpose, for tests.
 *
 *   relay [options] [-p PORT] HOST COMMAND     stands for ssh: runs COMMAND
 * here relay [options] --connect=HOST:PORT        an ssh ProxyCommand relay
 * [options] --listen=PORT --connect=HOST:PORT   one connection, then ends
 *
 * Up is towards the server. Options:
 *   --cut-up=N --cut-down=N      after N bytes that way the link breaks
 *   --stall-up=N --stall-down=N  after N bytes that way nothing moves any more
 *   --lose-reply=N               after N bytes up nothing comes down; ends when
 *                                the server does, as a broken link
 *   --rate=N                     bytes a second, each way
 *   --delay=MS                   before each block
 *   --once=FILE                  the above only if FILE exists; removes it
 *   --count=FILE                 append "UP DOWN\n" at the end
 *   --pid=FILE                   write "PID PARENT\n" at the start
 *
 * A broken link ends with status 255, as ssh does, once the server has seen
 * its end of it: so a test looks at a server that is done. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEVER (-1L)

typedef struct way {
    int from, to;    /* -1: closed */
    long passed;     /* bytes */
    long cut, stall; /* after so many; NEVER */
} way;

typedef struct plan {
    way up, down;
    long lose_reply, rate, delay;
    const char *connect, *listen, *count, *once, *pid;
} plan;

static int broken; /* the link broke */

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
        {"--delay=", &p->delay},
    };
    struct {
        const char *name;
        const char **value;
    } words[] = {{"--connect=", &p->connect},
                 {"--listen=", &p->listen},
                 {"--count=", &p->count},
                 {"--once=", &p->once},
                 {"--pid=", &p->pid}};
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

/* How many of SIZE may pass now. */
static size_t allowed(const plan *p, const way *w, size_t size)
{
    long limit = w->cut != NEVER ? w->cut : w->stall;
    if (limit != NEVER && w->passed + (long)size > limit)
        size = (size_t)(limit - w->passed);
    if (p->rate > 0 && (long)size > p->rate / 20 + 1)
        size = (size_t)(p->rate / 20 + 1);
    return size;
}

static void write_all(way *w, const char *bytes, size_t length)
{
    while (length) {
        ssize_t n = write(w->to, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            close_way(&w->to);
            close_way(&w->from);
            return;
        }
        w->passed += n;
        bytes += n;
        length -= (size_t)n;
    }
}

static int is_silent(const plan *p, const way *w)
{
    return (w->stall != NEVER && w->passed >= w->stall) ||
           (p->up.stall != NEVER && p->up.passed >= p->up.stall) ||
           (p->down.stall != NEVER && p->down.passed >= p->down.stall);
}

/* Move one block. */
static void pass(const plan *p, way *w)
{
    char block[4096];
    size_t size = allowed(p, w, sizeof block);
    if (p->delay > 0)
        poll(NULL, 0, (int)p->delay);
    if (size == 0) {
        broken = 1;
        return;
    }
    ssize_t n = read(w->from, block, size);
    if (n <= 0) {
        close_way(&w->from);
        close_way(&w->to);
        return;
    }
    if (w == &p->down && p->lose_reply != NEVER &&
        p->up.passed >= p->lose_reply)
        return;
    write_all(w, block, (size_t)n);
    if (p->rate > 0)
        poll(NULL, 0, (int)(n * 1000 / p->rate));
    if (w->cut != NEVER && w->passed >= w->cut)
        broken = 1;
}

static void pump(plan *p)
{
    while (!broken && p->down.from >= 0) {
        int up = p->up.from >= 0 && !is_silent(p, &p->up);
        int down = !is_silent(p, &p->down);
        struct pollfd fds[3] = {
            {.fd = up ? p->up.from : -1, .events = POLLIN},
            {.fd = down ? p->down.from : -1, .events = POLLIN},
            {.fd = 1, .events = 0}};
        if (poll(fds, 3, -1) < 0 && errno != EINTR)
            return;
        if (fds[2].revents && !down && !up)
            return; /* the stalled side has gone */
        if (down && fds[1].revents)
            pass(p, &p->down);
        if (!broken && up && p->up.from >= 0 && fds[0].revents)
            pass(p, &p->up);
    }
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
        signal(SIGPIPE, SIG_DFL);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    p->up = (way){0, in[1], 0, p->up.cut, p->up.stall};
    p->down = (way){out[0], 1, 0, p->down.cut, p->down.stall};
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
    p->up = (way){client_in, server, 0, p->up.cut, p->up.stall};
    p->down = (way){dup(server), client_out, 0, p->down.cut, p->down.stall};
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
    plan p = {.up = {-1, -1, 0, NEVER, NEVER},
              .down = {-1, -1, 0, NEVER, NEVER},
              .lose_reply = NEVER,
              .rate = NEVER,
              .delay = NEVER};
    int status = 0, at = 1;
    pid_t server = 0;
    while (at < argc && read_option(&p, argv[at]))
        at++;
    if (p.once && unlink(p.once) < 0)
        p.up.cut = p.down.cut = p.up.stall = p.down.stall = p.lose_reply =
            p.rate = p.delay = NEVER;
    signal(SIGPIPE, SIG_IGN);
    if (p.pid)
        write_pid(p.pid);
    if (p.connect)
        connect_both(&p);
    else
        server = serve(&p, argc > at ? argv[argc - 1] : "exit 1");
    pump(&p);
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
