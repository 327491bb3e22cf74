/* SPDX-License-Identifier: MIT */
/* terminal: see terminal.h. */
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
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

const char *terminal_language(void)
{
    static char language[12];
    const char *from = getenv("LANGUAGE");
    size_t length;

    if (from == NULL || from[0] == 0)
        from = setlocale(LC_MESSAGES, NULL);
    length = from ? strcspn(from, "_.:@") : 0;
    if (length < 2 || length >= sizeof language)
        return "en";
    memcpy(language, from, length);
    language[length] = 0;
    return strcmp(language, "POSIX") == 0 ? "en" : language;
}

/* ---- pipes, and files that may not grow ---- */

int terminal_reader_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

static void on_signal(int number)
{
    (void)number; /* a handler, since an ignored signal stays so over exec */
}

void terminal_keep_pipes(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset(&action.sa_mask);
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
}

void terminal_end_by_pipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

int terminal_text_file(char path[32], const char *text)
{
    int file = memfd_create("tawam", MFD_CLOEXEC);
    size_t length = strlen(text);

    if (file < 0 || write(file, text, length) != (ssize_t)length ||
        lseek(file, 0, SEEK_SET) != 0)
        return error_system(_("make a file in memory"));
    snprintf(path, 32, "/dev/fd/%d", file);
    return TAWAM_OK;
}

/* ---- interrupting ---- */

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

/* ---- who and where ---- */

char *terminal_program_folder(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    char *slash;

    if (length <= 0)
        return NULL;
    path[length] = 0;
    slash = strrchr(path, '/');
    if (slash == NULL)
        return NULL;
    *slash = 0;
    return memory_string(path);
}

/* Who runs this, from static memory, or NULL. The file is read first: glibc's
 * getpwuid() ends the process by an assertion where it has no memory to load
 * its services. */
static struct passwd *find_user(void)
{
    struct passwd *user = NULL;
    FILE *file;
    errno = 0;
    file = fopen("/etc/passwd", "re");
    while (file != NULL && (user = fgetpwent(file)) != NULL &&
           user->pw_uid != getuid())
        ;
    if (user == NULL && errno == ENOMEM)
        memory_exhausted();
    if (file != NULL)
        fclose(file);
    return user != NULL ? user : getpwuid(getuid());
}

char *terminal_device_name(void)
{
    struct passwd *user = find_user();
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
    struct passwd *user = find_user();
    size_t length;

    if (user == NULL)
        return memory_string("user");
    length = user->pw_gecos ? strcspn(user->pw_gecos, ",") : 0;
    if (length > 0)
        return memory_string_length(user->pw_gecos, length);
    return memory_string(user->pw_name);
}

char *terminal_user_mail(void)
{
    struct passwd *user = find_user();
    char host[128] = "";

    gethostname(host, sizeof host - 1);
    return memory_format("%s@%s", user ? user->pw_name : "user",
                         host[0] ? host : "localhost");
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
