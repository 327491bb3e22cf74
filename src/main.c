/* SPDX-License-Identifier: MIT */
/* main: sets up language and signals, finds the verb, turns its code into the
 * exit status. Without a verb it opens the screens. */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd/cmd.h"
#include "cmd/terminal.h"
#include "sync/remote.h"
#include "ui/ui.h"

/* ---- language ---- */

/* --lang of the command line, which is needed before it can be complained
 * about in that language. */
static const char *wanted_language(int count, char *const *words)
{
    for (int i = 1; i < count && strcmp(words[i], "--") != 0; i++) {
        if (strncmp(words[i], "--lang=", 7) == 0)
            return words[i] + 7;
        if (strcmp(words[i], "--lang") == 0 && i + 1 < count)
            return words[i + 1];
    }
    return NULL;
}

/* gettext translates nothing in the locale "C": a language asked for needs any
 * other, with UTF-8. Numbers stay as C writes them: files depend on it. */
static void set_locale(const char *language)
{
    static const char *const OTHERS[] = {"C.UTF-8", "en_US.UTF-8", "C.utf8"};
    const char *locale;

    if (language != NULL)
        setenv("LANGUAGE", language, 1);
    locale = setlocale(LC_ALL, "");
    if (locale == NULL || strcmp(setlocale(LC_MESSAGES, NULL), "C") == 0 ||
        strcmp(setlocale(LC_CTYPE, NULL), "C") == 0)
        for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
            if (setlocale(LC_CTYPE, OTHERS[i]) != NULL) {
                if (language != NULL)
                    setlocale(LC_MESSAGES, OTHERS[i]);
                break;
            }
    setlocale(LC_NUMERIC, "C");
}

/* Translations beside a program that runs from its build folder, else where
 * `make install` put them. */
static void set_translations(void)
{
    char *folder = terminal_program_folder();
    char *beside = folder ? file_join(folder, "locale") : NULL;

    if (beside != NULL && file_is_folder(beside))
        bindtextdomain("tawam", beside);
    else
        bindtextdomain("tawam", TAWAM_PREFIX "/share/locale");
    bind_textdomain_codeset("tawam", "UTF-8");
    textdomain("tawam");
    free(beside);
    free(folder);
}

/* ---- closed from the start ---- */

/* Else the next file that is opened, a pack perhaps, is standard output. The
 * wrong way round, so that reading or writing still fails as on a closed one.
 */
static void hold_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return;
}

/* ---- memory ---- */

static const char *no_memory; /* translated while there is some */

static void end_without_memory(void)
{
    ssize_t ignored = write(STDERR_FILENO, no_memory, strlen(no_memory));
    (void)ignored;
    _exit(error_exit_status(TAWAM_EMEMORY));
}

/* Language, signals, memory, the user's own ssh and authorities. */
static void set_up(int count, char *const *words)
{
    const char *ssh = getenv("GIT_SSH_COMMAND");

    set_locale(wanted_language(count, words));
    set_translations();
    no_memory = _("tawam: not enough memory; what was saved before is whole\n");
    memory_on_exhausted(end_without_memory);
    terminal_keep_pipes();
    if (ssh == NULL || ssh[0] == 0)
        ssh = getenv("GIT_SSH");
    if (ssh != NULL && ssh[0] != 0)
        remote_set_ssh_command(ssh);
    remote_set_runtime_folder(getenv("XDG_RUNTIME_DIR"));
    remote_set_authorities(getenv("GIT_SSL_CAINFO"), getenv("GIT_SSL_CAPATH"));
}

/* ---- the screens ---- */

/* "80x24" -> both; each 20 to 1,000. */
static int read_size(int *width, int *height, const char *text)
{
    char end = 0;

    if (sscanf(text, "%4dx%4d%c", width, height, &end) == 2 && *width >= 20 &&
        *width <= 1000 && *height >= 8 && *height <= 1000)
        return TAWAM_OK;
    return error_set(TAWAM_EUSAGE,
                     _("--size wants COLUMNSxROWS, 80x24 for example"));
}

/* Copy a screen that a script saved to standard output. */
static int print_file(const char *path)
{
    buffer text = {0};
    int code = file_read(&text, path, 1 << 20);

    if (code == TAWAM_OK)
        code = cmd_say(&text);
    buffer_free(&text);
    return code;
}

/* --plain and --size draw in memory, and so does a script whose output is
 * no terminal; without a script the first screen is printed. */
static int open_screens(const verb_arguments *a)
{
    const char *size = verb_value(a, "size");
    char script[32], screen[32] = "";
    char line[64];
    territory *t = NULL;
    ui_options o = {.script = verb_value(a, "script"),
                    .bidi = verb_value(a, "bidi"),
                    .theme = verb_value(a, "theme"),
                    .language = verb_value(a, "lang")};
    int plain = verb_value(a, "plain") != NULL;
    int code = size ? read_size(&o.width, &o.height, size) : TAWAM_OK;

    o.backend =
        plain || size != NULL || (o.script != NULL && !terminal_is_out())
            ? UI_MEMORY
            : UI_CURSES;
    if (code == TAWAM_OK && o.backend == UI_MEMORY && o.script == NULL) {
        code = terminal_text_file(screen, "");
        snprintf(line, sizeof line, ":save-screen %s\n", screen);
        if (code == TAWAM_OK)
            code = terminal_text_file(script, line);
        o.script = script;
    }
    if (code == TAWAM_OK)
        code = cmd_open(&t, a, 0);
    if (code == TAWAM_OK) {
        o.territory = t;
        o.read_only = twin_is_read_only(t->twin);
        code = ui_run(&o);
    }
    if (code == TAWAM_OK && screen[0] != 0)
        code = print_file(screen);
    territory_close(t);
    return code;
}

/* ---- the verb ---- */

static int print_help(const verb_arguments *a)
{
    buffer out = {0};
    int code;

    if (a->verb != NULL)
        verb_help_one(&out, a->verb);
    else
        verb_help_all(&out, a->table);
    code = cmd_say(&out);
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    if (verb_value(a, "help") != NULL)
        return print_help(a);
    if (a->verb == NULL && verb_value(a, "version") != NULL)
        return CMD_VERSION.run(a);
    if (a->verb == NULL)
        return open_screens(a);
    return a->verb->run(a);
}

/* "tawam VERB: message". The message may hold foreign text. */
static void complain(const verb_arguments *a)
{
    const char *message = error_message();
    char *safe = text_safe(message, strlen(message), 1);

    fprintf(stderr, "tawam%s%s: %s\n", a->verb ? " " : "",
            a->verb ? a->verb->name : "",
            safe && safe[0] ? safe : _("it failed and does not say why"));
    free(safe);
}

int main(int count, char **words)
{
    verb_arguments a;
    int code;

    hold_standard_files();
    set_up(count, words);
    code = verb_parse(&a, &CMD_VERBS, count - 1, words + 1);
    if (code == TAWAM_OK)
        code = run(&a);
    if (fflush(stdout) != 0 && code == TAWAM_OK)
        code = error_system(_("write to standard output"));
    if (code != TAWAM_OK && ferror(stdout) && terminal_reader_gone())
        terminal_end_by_pipe();
    if (code != TAWAM_OK)
        complain(&a);
    verb_arguments_clear(&a);
    return error_exit_status(code);
}
