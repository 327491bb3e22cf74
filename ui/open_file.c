/* SPDX-License-Identifier: MIT */
/* open_file: the program runs as a grandchild of its own session, without our
 * terminal, so that it outlives us and writes nothing over the screen. Whether
 * it could be started comes back through a pipe that exec closes. */
#include "ui/open_file_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

/* The grandchild: NAME with PATH, or its errno into the pipe. */
static void run(const char *name, const char *path, int report)
{
    char *words[] = {(char *)name, (char *)path, NULL};
    int null = open("/dev/null", O_RDWR), reason;
    setsid();
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
    }
    execvp(name, words);
    reason = errno;
    if (write(report, &reason, sizeof reason) < 0)
        _exit(126);
    _exit(127);
}

/* 0, or the errno of what failed. */
static int start(const char *name, const char *path)
{
    int pipes[2], reason = 0;
    pid_t child;
    if (pipe2(pipes, O_CLOEXEC) < 0)
        return errno;
    child = fork();
    if (child == 0) {
        if (fork() == 0)
            run(name, path, pipes[1]);
        _exit(0);
    }
    close(pipes[1]);
    if (child < 0)
        reason = errno;
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    if (child > 0 && read(pipes[0], &reason, sizeof reason) <= 0)
        reason = 0;
    close(pipes[0]);
    return reason;
}

void open_file(ui_context *ui, const char *path)
{
    const char *name = is_set("TAWAM_OPEN") ? getenv("TAWAM_OPEN")
                       : is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
                           ? "xdg-open"
                           : NULL;
    if (name && start(name, path) == 0)
        ui_say(ui, ROLE_GOOD, _("Shown by %s"), name);
    else
        ui_say(ui, ROLE_NORMAL, _("It is here: %s"), path);
}
