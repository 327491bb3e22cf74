/* SPDX-License-Identifier: MIT */
/* backend_curses: the terminal, through ncursesw.
 *
 * Invariants:
 *  1. Nothing is written but from show(): one doupdate() a frame, and only
 *     cells that changed since the last frame are handed to ncurses.
 *  2. Keys are read from a pad, so that reading never draws.
 *  3. However the program ends - return, signal, crash - the terminal is given
 *     back first: the bytes that do it are prepared at the start and written
 *     with write(2), which a signal handler may call. */
#include "ui/backend.h" /* before term.h, whose macros take common words */
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

typedef struct curses_backend {
    backend calls;
    SCREEN *screen;
    WINDOW *keys; /* a pad: reading keys from it draws nothing */
    grid shown;   /* the last frame */
    const theme *theme;
    int color;
    int late_replies;
} curses_backend;

/* What a signal handler needs. It can be handed nothing, so these are the
 * program's only variables of this kind; set while a backend is open. */
static struct {
    volatile sig_atomic_t open, leave;
    pid_t owner; /* a child that sync forks has these handlers as well */
    struct termios saved;
    char bytes[256];
    size_t length;
} restore;

/* Receives the bytes of tputs() one by one. */
static int collect_byte(int byte)
{
    if (restore.length < sizeof restore.bytes)
        restore.bytes[restore.length++] = (char)byte;
    return byte;
}

/* Prepare the bytes that leave the alternate screen with a visible cursor. */
static void prepare_restore(void)
{
    const char *const names[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
    restore.length = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *bytes = tigetstr(names[i]);
        if (bytes && bytes != (const char *)-1)
            tputs(bytes, 1, collect_byte);
    }
}

/* Only what a signal handler may call. */
static void give_back(void)
{
    if (!restore.open)
        return;
    restore.open = 0;
    ssize_t ignored = write(STDOUT_FILENO, restore.bytes, restore.length);
    (void)ignored;
    tcsetattr(STDIN_FILENO, TCSANOW, &restore.saved);
}

/* Die of the signal as if it had never been caught. */
static void die_of(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static void on_crash(int number)
{
    static const char words[] =
        "\r\ntawam crashed; what you had saved is in the replica.\r\n";
    if (getpid() == restore.owner) {
        give_back();
        ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);
        (void)ignored;
    }
    die_of(number);
}

/* Memory ran out where one can't go on without. */
static void on_exhausted(void)
{
    static const char words[] = "\r\ntawam: not enough memory; what you had "
                                "saved is in the replica.\r\n";
    if (getpid() == restore.owner) {
        give_back();
        ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);
        (void)ignored;
    }
    _exit(error_exit_status(TAWAM_EMEMORY));
}

/* The main loop sees the flag when its wait for a key is interrupted, and
 * leaves in order. */
static void on_leave(int number)
{
    if (getpid() == restore.owner)
        restore.leave = number;
    else
        die_of(number);
}

/* SIGWINCH and SIGTSTP stay ncurses' own. */
static void catch_signals(void)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    static const int leaves[] = {SIGHUP, SIGTERM, SIGINT};
    struct sigaction action = {.sa_handler = on_crash};
    memory_on_exhausted(on_exhausted);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        sigaction(crashes[i], &action, NULL);
    action.sa_handler = on_leave; /* without SA_RESTART: poll wakes up */
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
        sigaction(leaves[i], &action, NULL);
}

static void curses_size(backend *b, int *width, int *height)
{
    (void)b;
    *width = COLS;
    *height = LINES;
}

/* Attributes and colour pair of ROLE in the present theme. */
static attr_t attributes_of(const curses_backend *c, role r, short *pair)
{
    const style *s = &c->theme->styles[r];
    attr_t attributes = A_NORMAL;
    if (s->attributes & STYLE_BOLD)
        attributes |= A_BOLD;
    if (s->attributes & STYLE_UNDERLINE)
        attributes |= A_UNDERLINE;
    if (s->attributes & STYLE_REVERSE)
        attributes |= A_REVERSE;
    if (s->attributes & STYLE_DIM)
        attributes |= A_DIM;
    /* Pair 0 for the terminal's own colours: erasing to the end of a line is
     * then enough, instead of blanks. */
    int own = s->foreground < 0 && s->background < 0;
    *pair = c->color && !own ? (short)(r + 1) : 0;
    return attributes;
}

/* Hand one cell to ncurses. What it refuses (too many marks) goes without its
 * marks: a letter shown plain is better than a hole. */
static void put_cell(curses_backend *c, int y, int x, const cell *from)
{
    wchar_t text[CELL_POINTS + CELL_FENCES + 1];
    int count = 0;
    short pair = 0;
    cchar_t to;
    for (int i = 0; i < CELL_POINTS && from->points[i]; i++)
        text[count++] = (wchar_t)from->points[i];
    for (int i = 0; i < CELL_FENCES && from->fences[i]; i++)
        text[count++] = (wchar_t)from->fences[i];
    text[count] = L'\0';
    attr_t attributes = attributes_of(c, (role)from->role, &pair);
    if (setcchar(&to, text, attributes, pair, NULL) == ERR) {
        text[1] = L'\0';
        setcchar(&to, text, attributes, pair, NULL);
    }
    mvadd_wch(y, x, &to);
}

/* Cells equal to those of the last frame are not touched, so ncurses has
 * nothing to compare there; it finds the shortest way to send the rest. */
static void curses_show(backend *b, const grid *g, int anew)
{
    curses_backend *c = (curses_backend *)b;
    int same_size = c->shown.cells && c->shown.width == g->width &&
                    c->shown.height == g->height;
    if (!same_size && grid_resize(&c->shown, g->width, g->height) < 0)
        return;
    if (anew)
        clearok(curscr, TRUE);
    for (int y = 0; y < g->height && y < LINES; y++)
        for (int x = 0; x < g->width && x < COLS; x++) {
            const cell *now = grid_at(g, y, x);
            cell *before = grid_at(&c->shown, y, x);
            if (same_size && memcmp(now, before, sizeof *now) == 0)
                continue;
            if (now->width)
                put_cell(c, y, x, now);
            *before = *now;
        }
    move(g->cursor_y, g->cursor_x);
    wnoutrefresh(stdscr);
    doupdate();
}

static void curses_ring(backend *b)
{
    (void)b;
    beep();
}

/* Our key for one of ncurses' KEY_ codes; UI_KEY_NONE for those we don't know,
 * which are then ignored. */
static int special_key(int code)
{
    static const struct {
        int from, to;
    } keys[] = {{KEY_UP, UI_KEY_UP},
                {KEY_DOWN, UI_KEY_DOWN},
                {KEY_LEFT, UI_KEY_LEFT},
                {KEY_RIGHT, UI_KEY_RIGHT},
                {KEY_HOME, UI_KEY_HOME},
                {KEY_END, UI_KEY_END},
                {KEY_PPAGE, UI_KEY_PAGE_UP},
                {KEY_NPAGE, UI_KEY_PAGE_DOWN},
                {KEY_BACKSPACE, UI_KEY_BACKSPACE},
                {KEY_DC, UI_KEY_DELETE},
                {KEY_IC, UI_KEY_INSERT},
                {KEY_BTAB, UI_KEY_BACK_TAB},
                {KEY_ENTER, UI_KEY_ENTER},
                {KEY_RESIZE, UI_KEY_RESIZE}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].from == code)
            return keys[i].to;
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return UI_KEY_F1 + code - KEY_F(1);
    return UI_KEY_NONE;
}

/* After an Esc that may begin a late answer to bidi_detect: swallow it. */
static int swallow_reply(curses_backend *c)
{
    wint_t next = 0;
    wtimeout(c->keys, 0);
    if (wget_wch(c->keys, &next) == ERR)
        return 0;
    if (next != '[' && next != 'P') {
        unget_wch((wchar_t)next);
        return 0;
    }
    int string = next == 'P';
    while (wget_wch(c->keys, &next) != ERR)
        if (string ? next == '\\' : (next >= '@' && next <= '~'))
            break;
    return 1;
}

/* A signal that says leave interrupts the wait and comes back as the end of
 * input, as does a terminal that went away. */
static int curses_key(backend *b, int wait)
{
    curses_backend *c = (curses_backend *)b;
    wint_t letter = 0;
    if (restore.leave)
        return UI_KEY_END_OF_INPUT;
    wtimeout(c->keys, wait);
    errno = 0;
    int kind = wget_wch(c->keys, &letter);
    if (restore.leave)
        return UI_KEY_END_OF_INPUT;
    if (kind == KEY_CODE_YES)
        return special_key((int)letter);
    if (kind == ERR) {
        /* Nothing in time, or the terminal is gone. */
        struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
        int gone = poll(&in, 1, 0) > 0 &&
                   (in.revents & (POLLHUP | POLLERR | POLLNVAL));
        return gone || (wait < 0 && errno != EINTR) ? UI_KEY_END_OF_INPUT
                                                    : UI_KEY_NONE;
    }
    if (letter == '\n')
        return UI_KEY_ENTER;
    if (letter == 127 || letter == 8)
        return UI_KEY_BACKSPACE;
    if (letter == UI_KEY_ESCAPE && c->late_replies && swallow_reply(c))
        return UI_KEY_NONE;
    return (int)letter;
}

/* Pairs are numbered role + 1. Forgetting the last frame makes the next one
 * whole. */
static void curses_theme(backend *b, const theme *t)
{
    curses_backend *c = (curses_backend *)b;
    c->theme = t;
    for (int r = 0; c->color && r < ROLE_COUNT; r++)
        init_pair((short)(r + 1), t->styles[r].foreground,
                  t->styles[r].background);
    grid_free(&c->shown);
}

/* Ctrl-Z is read as a key (raw mode), so the stop is raised by hand; after
 * SIGCONT everything is drawn anew. */
static void curses_suspend(backend *b)
{
    curses_backend *c = (curses_backend *)b;
    def_prog_mode();
    endwin();
    raise(SIGTSTP);
    reset_prog_mode();
    grid_free(&c->shown);
    clearok(curscr, TRUE);
}

static int curses_resize(backend *b, int width, int height)
{
    (void)b;
    (void)width;
    (void)height;
    return error_set(TAWAM_EUSAGE, _("the terminal decides its own size"));
}

/* Also for a backend that is only half open. */
static void curses_close(backend *b)
{
    curses_backend *c = (curses_backend *)b;
    if (!c)
        return;
    if (c->keys)
        delwin(c->keys);
    if (c->screen) {
        endwin();
        delscreen(c->screen);
    }
    restore.open = 0;
    grid_free(&c->shown);
    free(c);
}

/* Modes of a full-screen program: keys at once and unechoed, Ctrl-C as a key,
 * long jumps by the terminal's own scrolling. */
static int set_modes(curses_backend *c, const curses_options *options)
{
    raw();
    noecho();
    nonl();
    idlok(stdscr, TRUE);
    if (!getenv("ESCDELAY"))
        set_escdelay(options->escape_delay);
    c->color = !options->no_color && has_colors() && start_color() == OK;
    if (c->color)
        use_default_colors();
    c->keys = newpad(1, 1);
    if (!c->keys)
        return error_memory();
    keypad(c->keys, TRUE);
    return TAWAM_OK;
}

int backend_curses(backend **out, const curses_options *options)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
        tcgetattr(STDIN_FILENO, &restore.saved) != 0)
        return error_set(TAWAM_EENVIRONMENT,
                         _("the screens need a terminal; for programs there "
                           "are the verbs, see tawam help"));
    curses_backend *c = memory_new(sizeof *c);
    if (!c)
        return TAWAM_EMEMORY;
    c->calls = (backend){.size = curses_size,
                         .show = curses_show,
                         .ring = curses_ring,
                         .key = curses_key,
                         .theme = curses_theme,
                         .suspend = curses_suspend,
                         .resize = curses_resize,
                         .close = curses_close};
    c->late_replies = options->late_replies;
    c->screen = newterm(NULL, stdout, stdin);
    if (!c->screen) {
        free(c);
        return error_set(TAWAM_EENVIRONMENT,
                         _("unknown kind of terminal (TERM=%s); try "
                           "TERM=xterm or TERM=vt100"),
                         getenv("TERM") ? getenv("TERM") : "");
    }
    if (!tigetstr("cup")) {
        curses_close(&c->calls);
        return error_set(TAWAM_EENVIRONMENT,
                         _("this terminal can't place its cursor (TERM=%s); "
                           "tawam --plain prints the first screen"),
                         getenv("TERM") ? getenv("TERM") : "");
    }
    prepare_restore();
    restore.leave = 0;
    restore.owner = getpid();
    restore.open = 1;
    catch_signals();
    int error = set_modes(c, options);
    if (error < 0) {
        curses_close(&c->calls);
        return error;
    }
    curses_theme(&c->calls, options->theme);
    *out = &c->calls;
    return TAWAM_OK;
}
