/* SPDX-License-Identifier: MIT */
/* git_program: a question to the user's `git`, its answer read whole. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sync/git_program_internal.h"

#define ANSWER_LIMIT 65536 /* bytes */

static void run_git(int in, int out, const char *const words[])
{
    signal(SIGPIPE, SIG_DFL);
    dup2(in, 0);
    dup2(out, 1);
    setenv("GIT_TERMINAL_PROMPT", "0", 1);
    execvp(words[0], (char *const *)words);
    _exit(127);
}

static void write_all(int fd, const buffer *bytes)
{
    size_t at = 0;
    while (at < bytes->length) {
        ssize_t n = write(fd, bytes->data + at, bytes->length - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        at += (size_t)n;
    }
}

static void read_all(int fd, buffer *out)
{
    char block[1024];
    ssize_t n = 0;
    while (
        out->length < ANSWER_LIMIT &&
        ((n = read(fd, block, sizeof block)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            buffer_bytes(out, block, (size_t)n);
    explicit_bzero(block, sizeof block);
}

int git_program(buffer *answer, const buffer *input, const char *const words[])
{
    int to[2] = {-1, -1}, from[2] = {-1, -1}, status = -1;
    buffer ignored = {0};
    if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
        goto cleanup;
    pid_t pid = fork();
    if (pid == 0)
        run_git(to[0], from[1], words);
    close(to[0]);
    close(from[1]);
    to[0] = from[1] = -1;
    if (pid < 0)
        goto cleanup;
    if (input)
        write_all(to[1], input);
    close(to[1]);
    to[1] = -1;
    read_all(from[0], answer ? answer : &ignored);
    buffer_free(&ignored);
    close(from[0]); /* one that says more ends */
    from[0] = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
cleanup:
    for (int i = 0; i < 2; i++) {
        if (to[i] >= 0)
            close(to[i]);
        if (from[i] >= 0)
            close(from[i]);
    }
    return status;
}
