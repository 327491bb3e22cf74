/* SPDX-License-Identifier: MIT */
/* ssh: its command line, the folder of its shared sessions, and its errors in
 * our words.
 *
 * Invariant: what comes from outside stands on the command line only as the
 * host (checked by remote_url.c) and inside single quotes.
 */
#include "sync/ssh_internal.h"
#include "base/digest.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* sockaddr_un holds 108 bytes; ssh makes the socket under a name 17 longer
 * and renames it. */
#define SOCKET_PATH_MOST 103
#define SOCKET_NAME 8 /* bytes of a digest, in hexadecimal */
#define SOCKET_NAME_LENGTH (1 + 2 * SOCKET_NAME + 17)
#define WORDS_MOST 400 /* bytes of ssh's words in an error */

/* ---- the command line ---- */

typedef struct words {
    char **list; /* NULL-terminated once finished */
    size_t count, capacity;
    int failed;
} words;

/* Takes WORD over; NULL marks a failure. */
static void add_word(words *w, char *word)
{
    if (!word || memory_reserve((void **)&w->list, &w->capacity, w->count + 2,
                                sizeof *w->list) < 0) {
        free(word);
        w->failed = 1;
        return;
    }
    w->list[w->count++] = word;
    w->list[w->count] = NULL;
}

/* The next character of a word at *at, which moves past it; quotes and
 * backslashes as a shell reads them, nothing expanded. -1 at the word's end.
 * *quote is the open quote, or 0. */
static int next_character(const char **at, char *quote)
{
    for (;; (*at)++) {
        char c = **at;
        if (!c || (!*quote && (c == ' ' || c == '\t')))
            return -1;
        if (c == *quote) {
            *quote = 0;
        } else if (!*quote && (c == '\'' || c == '"')) {
            *quote = c;
        } else {
            if (c == '\\' && *quote != '\'' && (*at)[1])
                c = *++*at;
            (*at)++;
            return (unsigned char)c;
        }
    }
}

/* GIT_SSH_COMMAND is a line for a shell; its words are read, no shell run. */
static void add_command(words *w, const char *command)
{
    for (;;) {
        buffer word = {0};
        char quote = 0;
        int c = 0;
        command += strspn(command, " \t");
        if (!*command)
            return;
        while ((c = next_character(&command, &quote)) >= 0)
            buffer_byte(&word, (uint8_t)c);
        buffer_text(&word, "");
        add_word(w, buffer_take(&word));
    }
}

static void add_option(words *w, char *option)
{
    add_word(w, memory_string("-o"));
    add_word(w, option);
}

/* git's sq_quote: '!' too, which csh expands inside quotes. */
void ssh_quote(buffer *out, const char *path)
{
    buffer_byte(out, '\'');
    for (; *path; path++) {
        if (*path == '\'' || *path == '!')
            buffer_format(out, "'\\%c'", *path);
        else
            buffer_byte(out, (uint8_t)*path);
    }
    buffer_byte(out, '\'');
}

static void add_remote_command(words *w, const char *service, const char *path)
{
    buffer command = {0};
    buffer_format(&command, "%s ", service);
    ssh_quote(&command, path);
    add_word(w, buffer_take(&command));
}

int ssh_shares_session(const remote_job *job)
{
    return job->ssh_socket && strcmp(job->ssh_command, "ssh") == 0;
}

static void add_host(words *w, const remote_place *place)
{
    if (place->port) {
        add_word(w, memory_string("-p"));
        add_word(w, memory_string(place->port));
    }
    add_word(w, place->user ? memory_format("%s@%s", place->user, place->host)
                            : memory_string(place->host));
}

static int finish_words(char ***out, words *w)
{
    if (w->failed) {
        ssh_arguments_free(w->list);
        return error_memory();
    }
    *out = w->list;
    return TAWAM_OK;
}

int ssh_arguments(char ***out, const remote_job *job, const char *service)
{
    words w = {0};
    add_command(&w, job->ssh_command);
    if (!w.count)
        add_word(&w, memory_string("ssh"));
    if (ssh_shares_session(job)) {
        add_option(&w, memory_string("ControlMaster=auto"));
        add_option(&w, memory_format("ControlPath=%s", job->ssh_socket));
        add_option(&w, memory_string("ControlPersist=60"));
    }
    if (!w.failed && strcmp(file_name(w.list[0]), "ssh") == 0) {
        /* what says that we know version 2; a server may take it or not */
        add_option(&w, memory_string("SendEnv=GIT_PROTOCOL"));
        /* lists of refs are letters: 28 bytes a ref instead of 68 */
        add_option(&w, memory_string("Compression=yes"));
    }
    add_host(&w, &job->place);
    add_remote_command(&w, service, job->place.path);
    return finish_words(out, &w);
}

int ssh_end_arguments(char ***out, const remote_job *job)
{
    words w = {0};
    *out = NULL;
    if (!ssh_shares_session(job))
        return TAWAM_OK;
    add_word(&w, memory_string("ssh"));
    add_option(&w, memory_format("ControlPath=%s", job->ssh_socket));
    add_word(&w, memory_string("-O"));
    add_word(&w, memory_string("exit"));
    add_host(&w, &job->place);
    return finish_words(out, &w);
}

void ssh_arguments_free(char **arguments)
{
    for (char **word = arguments; word && *word; word++)
        free(*word);
    free(arguments);
}

/* ---- shared sessions ---- */

/* 1 if PATH is a folder of ours that nobody else can enter. */
static int is_private(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
           st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

/* A folder of ours with mode 0700 for control sockets, below FOLDER; NULL when
 * there is none that is safe and short enough. Caller frees. */
static char *socket_folder(const char *folder)
{
    char *path = folder ? memory_format("%s/tawam", folder)
                        : memory_format("/tmp/tawam-%ld", (long)geteuid());
    if (path && strlen(path) + SOCKET_NAME_LENGTH <= SOCKET_PATH_MOST &&
        !strpbrk(path, "% \t\"") &&
        (mkdir(path, 0700) == 0 || errno == EEXIST) && is_private(path))
        return path;
    free(path);
    return NULL;
}

/* Named by us and not by ssh's %C, so that it can be looked at from here. */
char *ssh_socket(const char *folder, const remote_place *place)
{
    uint8_t sum[DIGEST_SIZE];
    char hex[DIGEST_HEX_SIZE];
    char *below = socket_folder(folder);
    char *who = memory_format("%s@%s:%s", place->user ? place->user : "",
                              place->host, place->port ? place->port : "");
    char *path = NULL;
    digest *d = NULL;
    if (below && who && digest_new(&d) == TAWAM_OK) {
        digest_add(d, who, strlen(who));
        digest_finish(d, sum);
        digest_hex(hex, sum);
        path = memory_format("%s/%.*s", below, 2 * SOCKET_NAME, hex);
    }
    free(below);
    free(who);
    error_clear();
    return path;
}

/* ---- its errors ---- */

/* The line that says it: the last "fatal:" or "error:", else the last one
 * with anything on it. Safe; caller frees. */
static char *telling_line(const char *text, size_t length)
{
    const char *best = NULL, *last = NULL;
    size_t best_length = 0, last_length = 0;
    for (size_t at = 0; at < length;) {
        const char *line = text + at;
        const char *end = memchr(line, '\n', length - at);
        size_t size = end ? (size_t)(end - line) : length - at;
        at += size + 1;
        while (size && strchr("\r ", line[size - 1]))
            size--;
        if (!size)
            continue;
        last = line;
        last_length = size;
        if (size > 6 && (strncmp(line, "fatal:", 6) == 0 ||
                         strncmp(line, "error:", 6) == 0)) {
            best = line;
            best_length = size;
        }
    }
    if (!best) {
        best = last;
        best_length = last_length;
    }
    if (best_length > WORDS_MOST)
        best_length = WORDS_MOST;
    return text_safe(best ? best : "", best_length, 0);
}

/* What ssh or the server's shell says, what that means, and what can be done.
 * The first whose words stand in the text. */
typedef struct reason {
    const char *words;
    int code; /* 0: as the exit status says */
    const char *meaning;
} reason;

static const reason REASONS[] = {
    {"REMOTE HOST IDENTIFICATION HAS CHANGED", TAWAM_EENVIRONMENT,
     N_("its key is another than the one known here, so nothing was sent: "
        "another machine may answer in its place; ask who runs the server, "
        "and only if its key was changed remove the old one with "
        "`ssh-keygen -R`")},
    {"Host key verification failed", TAWAM_EENVIRONMENT,
     N_("its key is not known here; connect once by hand with ssh to check "
        "it")},
    {"Permission denied (", TAWAM_EREFUSED,
     N_("it does not let you in; load your key with ssh-add, or have who runs "
        "the server admit it")},
    {"dubious ownership", TAWAM_EREFUSED,
     N_("the folder belongs to another user there; set there `git config "
        "--global --add safe.directory` with its path")},
    {"not appear to be a git repository", 0,
     N_("there is no repository in that folder, or you may not read it; was "
        "it moved? `tawam remote` sets the address")},
    {"command not found", 0, N_("git must be installed there")},
    {"Could not resolve hostname", 0,
     N_("its address was not found; is there a network, and is the name "
        "right?")},
    {"Connection refused", 0,
     N_("nothing answers there; is the server on, and the port right?")},
    {"timed out", 0, N_("it does not answer; is there a network?")},
    {"No route to host", 0, N_("there is no way to it; is there a network?")},
    {"is unreachable", 0, N_("there is no way to it; is there a network?")},
    {"Connection reset", 0, N_("the connection broke")},
    {"Connection closed", 0, N_("the connection broke")},
    {"closed by remote host", 0, N_("the connection broke")},
    {"Broken pipe", 0, N_("the connection broke")},
};

static const reason *reason_in(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof REASONS / sizeof *REASONS; i++)
        if (length &&
            memmem(text, length, REASONS[i].words, strlen(REASONS[i].words)))
            return &REASONS[i];
    return NULL;
}

/* LINE without a point at its end: it will stand in brackets. */
static void cut_point(char *line)
{
    size_t length = strlen(line);
    if (length > 1 && line[length - 1] == '.' && line[length - 2] != '.')
        line[length - 1] = '\0';
}

int ssh_failure(const remote_job *job, int status, const char *text,
                size_t length)
{
    char *line = telling_line(text ? text : "", length);
    int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
    int ended = exit_status == 0 || exit_status == 255;
    int code = ended ? TAWAM_EUNREACHABLE : TAWAM_EREFUSED;
    const reason *why = reason_in(text, length);
    if (!line)
        return error_memory();
    if (why && why->code)
        code = why->code;
    if (strncmp(line, "tawam: ", 7) == 0 && exit_status == 126) {
        code = error_set(TAWAM_EENVIRONMENT, _("cannot run %s"), line + 7);
    } else if (why) {
        cut_point(line);
        code = error_set(code, "%s: %s (%s)", job->place.host, _(why->meaning),
                         line);
    } else {
        code = error_set(code, "%s: %s", job->place.host,
                         *line   ? line
                         : ended ? _("the connection ended early")
                                 : _("refused without a word"));
    }
    free(line);
    return code;
}
