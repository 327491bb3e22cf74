/* SPDX-License-Identifier: MIT */
/* A terminal for tests: the program in a child on a pseudo-terminal, what it
 * writes shown by libvterm.
 *
 * The program says when it waits for a key (ui_options.idle) by a mark in the
 * stream; nothing sleeps. Bytes are counted without the mark. */
#ifndef TAWAM_TESTS_UI_TERMINAL_H
#define TAWAM_TESTS_UI_TERMINAL_H

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <vterm.h>
#include "tests/ui_support.h"
#include "ui/backend.h"
#include "ui/bidi.h"

#define MARK "\033]777;idle\007"
#define NEVER_MS (1 << 30)
#define END "\033]777;end\007" /* written by us once the program is dead */

typedef struct terminal {
    int fd;    /* ours */
    int other; /* the program's end, which we keep open: nothing is lost */
    int life;  /* a pipe that ends when the program does */
    pid_t child;
    VTerm *vt;
    VTermScreen *screen;
    size_t bytes; /* since the last mark */
    buffer unread;
    buffer all; /* everything ever written, marks left out */
    int gone;
} terminal;

static int crash_at_idle;                    /* of the child */
static int terminal_gpsd_port;               /* likewise; 0: gpsd's own */
static const char *terminal_language = "en"; /* likewise */

UNUSED static void at_idle(void *context)
{
    static int count;
    (void)context;
    if (crash_at_idle && ++count == crash_at_idle)
        raise(SIGSEGV);
    ssize_t ignored = write(STDOUT_FILENO, MARK, sizeof MARK - 1);
    (void)ignored;
}

/* What the child does: never returns. With poll_ms 0 it looks for no changes by
 * others while it waits, so that each mark answers a key, however late we are.
 * It gets no session of its own: the end of a session drops what the terminal
 * has not read yet. */
UNUSED static void be_program(const char *bidi, int poll_ms)
{
    territory *t = NULL;
    setenv("TERM", "xterm-256color", 1);
    unsetenv("SSH_CONNECTION");
    if (territory_open(&t, ui_path("a"), 0) < 0)
        _exit(3);
    ui_options o = {.territory = t,
                    .backend = UI_CURSES,
                    .bidi = bidi,
                    .language = terminal_language,
                    .poll_ms = poll_ms ? poll_ms : NEVER_MS,
                    .gpsd_port = terminal_gpsd_port,
                    .idle = at_idle};
    int error = ui_run(&o);
    territory_close(t);
    _exit(error_exit_status(error));
}

UNUSED static void start(terminal *term, const char *bidi, int poll_ms)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    int life[2];
    *term = (terminal){.fd = -1};
    buffer_text(&term->unread, "");
    if (openpty(&term->fd, &term->other, NULL, NULL, &size) != 0 ||
        pipe(life) != 0 || (term->child = fork()) < 0)
        bail("no pseudo-terminal");
    if (term->child == 0) {
        for (int fd = 0; fd < 3; fd++)
            dup2(term->other, fd);
        close(term->other);
        close(term->fd);
        close(life[0]);
        be_program(bidi, poll_ms);
    }
    close(life[1]);
    term->life = life[0];
    term->vt = vterm_new(24, 80);
    vterm_set_utf8(term->vt, 1);
    term->screen = vterm_obtain_screen(term->vt);
    vterm_screen_enable_altscreen(term->screen, 1);
    vterm_screen_reset(term->screen, 1);
}

/* Wait for bytes; once the program is dead, END is the last of them. */
UNUSED static size_t take_bytes(terminal *term, char *bytes, size_t size)
{
    for (;;) {
        struct pollfd two[] = {{.fd = term->fd, .events = POLLIN},
                               {.fd = term->life, .events = POLLIN}};
        if (poll(two, term->life < 0 ? 1 : 2, -1) < 0)
            bail("poll");
        if (two[0].revents & POLLIN) {
            ssize_t got = read(term->fd, bytes, size);
            if (got <= 0)
                bail("the terminal is gone");
            return (size_t)got;
        }
        if (term->life >= 0 && two[1].revents) {
            close(term->life);
            term->life = -1;
            if (write(term->other, END, sizeof END - 1) < 0)
                bail("write");
        }
    }
}

/* Read until WORD has come (it is left out of what the terminal sees), or the
 * program has ended. What came after WORD waits for the next call. */
UNUSED static void read_until(terminal *term, const char *word)
{
    char bytes[4096];
    buffer *seen = &term->unread;
    char *found = NULL;
    size_t skipped = strlen(word);
    for (;;) {
        found = memmem(seen->data, seen->length, word, strlen(word));
        if (found)
            break;
        found = memmem(seen->data, seen->length, END, sizeof END - 1);
        skipped = sizeof END - 1;
        term->gone = found != NULL;
        if (found)
            break;
        skipped = strlen(word);
        buffer_bytes(seen, bytes, take_bytes(term, bytes, sizeof bytes));
    }
    size_t length = (size_t)(found - (char *)seen->data);
    vterm_input_write(term->vt, (char *)seen->data, length);
    buffer_bytes(&term->all, seen->data, length);
    term->bytes = length;
    seen->length -= length + skipped;
    memmove(seen->data, found + skipped, seen->length);
}

UNUSED static void press(terminal *term, const char *keys)
{
    if (write(term->fd, keys, strlen(keys)) < 0)
        diag("the program is gone");
    read_until(term, MARK);
}

/* Without a session the kernel tells nobody, so we do. */
UNUSED static void resize(terminal *term, unsigned short width,
                          unsigned short height)
{
    struct winsize size = {.ws_row = height, .ws_col = width};
    ioctl(term->fd, TIOCSWINSZ, &size);
    vterm_set_size(term->vt, height, width);
    kill(term->child, SIGWINCH);
    read_until(term, MARK);
}

UNUSED static int finish(terminal *term)
{
    int status = 0;
    while (!term->gone)
        read_until(term, MARK);
    waitpid(term->child, &status, 0);
    close(term->fd);
    close(term->other);
    buffer_free(&term->unread);
    vterm_free(term->vt);
    return status;
}

/* Screen of the terminal as text, trailing blanks cut, as grid_text does; the
 * fences are left out. */
UNUSED static char *screen_text(terminal *term)
{
    buffer out = {0};
    int rows = 0, columns = 0;
    vterm_get_size(term->vt, &rows, &columns);
    for (int y = 0; y < rows; y++) {
        size_t end = out.length;
        for (int x = 0; x < columns; x++) {
            VTermScreenCell c;
            vterm_screen_get_cell(term->screen, (VTermPos){y, x}, &c);
            if (!c.chars[0])
                c.chars[0] = ' ';
            for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && c.chars[i]; i++) {
                char bytes[4];
                int fence = c.chars[i] == 0x200E ||
                            (c.chars[i] >= 0x202A && c.chars[i] <= 0x202E);
                if (!fence && c.chars[i] != (uint32_t)-1)
                    buffer_bytes(&out, bytes, text_encode(bytes, c.chars[i]));
            }
            if (c.chars[0] != ' ')
                end = out.length;
        }
        out.length = end;
        buffer_byte(&out, '\n');
    }
    return buffer_take(&out);
}

UNUSED static void shows(terminal *term, const char *text, const char *what)
{
    char *shown = screen_text(term);
    if (!ok(strstr(shown, text) != NULL, "%s: '%s' is shown", what, text))
        diag("\n%s", shown);
    free(shown);
}

/* Rows of SQL in the replica that the program may have open. */
UNUSED static int64_t count(const char *sql)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *read = NULL;
    int64_t rows = 0;
    if (sqlite3_open_v2(ui_path("a/twin.gpkg"), &database, SQLITE_OPEN_READONLY,
                        NULL) ||
        sqlite3_busy_timeout(database, 60000) ||
        sqlite3_prepare_v2(database, sql, -1, &read, NULL) ||
        sqlite3_step(read) != SQLITE_ROW)
        bail("%s", sqlite3_errmsg(database));
    rows = sqlite3_column_int64(read, 0);
    sqlite3_finalize(read);
    sqlite3_close(database);
    return rows;
}

UNUSED static void budget(const terminal *term, size_t limit, const char *what)
{
    ok(term->bytes <= limit, "%s: %zu bytes, at most %zu", what, term->bytes,
       limit);
}

#endif
