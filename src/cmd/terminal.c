/* SPDX-License-Identifier: MIT */
/* terminal: see terminal.h. */
#include <ctype.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/base.h"
#include "cmd/terminal.h"

static volatile sig_atomic_t interrupted;

int terminal_is_out(void)
{
    return isatty(STDOUT_FILENO);
}

int terminal_is_error(void)
{
    return isatty(STDERR_FILENO);
}

int terminal_width(void)
{
    struct winsize size = {0};

    if ((ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ||
         ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0) &&
        size.ws_col > 0)
        return size.ws_col;
    return 80;
}

int terminal_can_write(const char *path)
{
    return access(path, W_OK) == 0;
}

static void on_interrupt(int number)
{
    interrupted = 1;
    signal(number, SIG_DFL);
}

void terminal_catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_interrupt};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

int terminal_interrupted(void)
{
    return interrupted;
}

char *terminal_device_name(void)
{
    struct passwd *user = getpwuid(getuid());
    char host[64] = "";
    char *name;

    gethostname(host, sizeof host - 1);
    host[strcspn(host, ".")] = 0;
    name = memory_format("%.18s-%.18s", user ? user->pw_name : "user",
                         host[0] ? host : "host");
    for (char *c = name; c != NULL && *c != 0; c++)
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            *c = '-';
    if (name != NULL && !isalnum((unsigned char)name[0]))
        name[0] = 'd';
    return name;
}

char *terminal_user_name(void)
{
    struct passwd *user = getpwuid(getuid());
    size_t length;

    if (user == NULL)
        return memory_string("user");
    length = user->pw_gecos ? strcspn(user->pw_gecos, ",") : 0;
    if (length > 0)
        return memory_string_length(user->pw_gecos, length);
    return memory_string(user->pw_name);
}

char *terminal_known_replicas(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (state != NULL && state[0] == '/')
        return memory_format("%s/tawam/replicas", state);
    if (home != NULL && home[0] == '/')
        return memory_format("%s/.local/state/tawam/replicas", home);
    return NULL;
}
