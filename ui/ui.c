/* SPDX-License-Identifier: MIT */
/* ui: starting, the main loop, leaving.
 *
 *   look (did the replica change?) -> load a slice -> draw -> wait for a key
 *
 * While something loads, keys are looked at between slices and a frame is
 * drawn four times a second at most; keys that wait are all done before the
 * next frame. When nothing loads, nothing is drawn until a key comes or another
 * process has changed the replica. */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/shell_internal.h"

#define FRAME_MS 250
#define POLL_MS 5000
#define REST_MS 1000  /* without a key: typing has paused */
#define BUSY_MS 10000 /* with keys all the time */
#define KEYS_A_FRAME 64

/* ---- the loop ---- */

/* Two looks: the top screen's, and the status in the first row. Both cost a
 * PRAGMA when nothing has changed. */
void shell_look(shell *sh)
{
    territory *t = sh->ui.territory;
    int64_t counter = twin_change_counter(t->twin);
    screen *s = shell_top(sh);
    if (s->seen != counter) {
        if (s->class->changed)
            s->class->changed(s);
        s->seen = counter;
        sh->changed = 1;
    }
    if (!sh->status_old && sh->status_counter == counter)
        return;
    sync_status now = {0};
    int error = t->sync ? sync_get_status(&now, t->sync)
                        : twin_pending_count(t->twin, &now.pending);
    if (error == TAWAM_OK)
        sh->ui.status = now;
    if (error == TAWAM_OK && t->sync)
        files_glance(&sh->ui.files, t->sync, "hq");
    sh->status_old = 0;
    sh->status_counter = counter;
    sh->changed = 1;
}

/* An error of loading is a message, not the end. */
static int load(shell *sh)
{
    screen *s = shell_top(sh);
    int more = s->class->load ? s->class->load(s) : 0;
    if (more < 0) {
        ui_say_error(&sh->ui);
        sh->changed = 1;
    }
    return more > 0;
}

/* The end of a script leaves the program. */
static void script_do(shell *sh)
{
    script_step step = {0};
    int error = script_next(&step, sh->script);
    if (error < 0) {
        sh->error = error;
        sh->done = 1;
        return;
    }
    switch (step.kind) {
    case SCRIPT_END:
        sh->done = 1;
        break;
    case SCRIPT_KEY:
        shell_key(sh, step.key);
        break;
    case SCRIPT_COMMAND:
        /* What a saved or asserted screen says must stay on it. */
        if (strncmp(step.text, "save-", 5) != 0 &&
            strncmp(step.text, "assert", 6) != 0)
            sh->ui.message[0] = '\0';
        shell_command(sh, step.text);
        sh->changed = 1;
        break;
    }
}

/* A key, or none within WAIT ms. A screen with rest() hears of it when none
 * has come for a second, or they have come for ten. */
static int wait_for_key(shell *sh, int wait)
{
    screen *s = shell_top(sh);
    int64_t now = clock_monotonic(), left = sh->key_at + REST_MS - now;
    int key = UI_KEY_NONE;
    int rests = sh->busy_since && s->class->rest;
    if (sh->busy_since + BUSY_MS - now < left)
        left = sh->busy_since + BUSY_MS - now;
    if (rests && left < wait) {
        if (left > 0)
            key = sh->backend->key(sh->backend, (int)left);
        if (key != UI_KEY_NONE)
            return key;
        s->class->rest(s);
        sh->busy_since = 0;
        wait -= left > 0 ? (int)left : 0;
    }
    return sh->backend->key(sh->backend, wait);
}

/* The keys that are there, after waiting WAIT ms for the first. */
static void take_keys(shell *sh, int wait)
{
    int key = wait_for_key(sh, wait);
    if (key != UI_KEY_NONE) {
        sh->key_at = clock_monotonic();
        if (!sh->busy_since)
            sh->busy_since = sh->key_at;
    }
    for (int i = 0; key != UI_KEY_NONE && i < KEYS_A_FRAME && !sh->done; i++) {
        shell_key(sh, key);
        sh->changed = 1; /* also where it drew while it worked (ui_breathe) */
        key = i + 1 < KEYS_A_FRAME ? sh->backend->key(sh->backend, 0)
                                   : UI_KEY_NONE;
    }
}

/* With a script the next step waits until nothing loads; with a terminal keys
 * are never waited for while something does. */
static void loop(shell *sh)
{
    int poll = sh->options->poll_ms ? sh->options->poll_ms : POLL_MS;
    int was_loading = 0;
    while (!sh->done) {
        shell_look(sh);
        int loading = load(sh);
        if (sh->status_old) /* by what was loaded: look before drawing */
            continue;
        int due = clock_monotonic() - sh->drawn_at >= FRAME_MS;
        if (sh->changed || (loading && due) || (was_loading && !loading))
            shell_draw(sh);
        was_loading = loading;
        if (loading && sh->script)
            continue;
        if (!loading && sh->options->idle)
            sh->options->idle(sh->options->context);
        if (sh->script)
            script_do(sh);
        else
            take_keys(sh, loading ? 0 : poll);
    }
}

/* ---- starting ---- */

/* "fr" of LANGUAGE=fr:en, LC_ALL, LC_MESSAGES or LANG; "en" for C and none. */
static void locale_language(char *out, size_t size)
{
    const char *names[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};
    const char *value = NULL;
    for (size_t i = 0; i < 4 && !(value && *value); i++)
        value = getenv(names[i]);
    size_t length = value ? strcspn(value, "_.@:") : 0;
    if (length == 0 || length >= size || strncmp(value, "C", length) == 0 ||
        strncmp(value, "POSIX", length) == 0) {
        value = "en";
        length = 2;
    }
    memcpy(out, value, length);
    out[length] = '\0';
}

/* Asking the terminal must come before ncurses takes it over. */
static int choose_bidi(shell *sh, int *late)
{
    const char *wanted = sh->options->bidi;
    *late = 0;
    if (!wanted || strcmp(wanted, "auto") == 0) {
        sh->bidi = sh->options->backend == UI_CURSES
                       ? bidi_detect(fileno(stdin), getenv("TERM"), late)
                       : BIDI_APP;
        return TAWAM_OK;
    }
    int mode = bidi_mode_parse(wanted);
    if (mode < 0)
        return error_set(TAWAM_EUSAGE,
                         _("--bidi can be auto, app, terminal, off"));
    sh->bidi = (bidi_mode)mode;
    return TAWAM_OK;
}

/* NO_COLOR and SSH_CONNECTION are read here and nowhere else. */
static int open_backend(shell *sh)
{
    const ui_options *o = sh->options;
    const char *no_color = getenv("NO_COLOR");
    const char *ssh = getenv("SSH_CONNECTION");
    curses_options curses = {.escape_delay = ssh && *ssh ? 150 : 25,
                             .no_color = no_color && *no_color};
    int error = choose_bidi(sh, &curses.late_replies);
    if (error < 0)
        return error;
    const char *name = o->theme          ? o->theme
                       : curses.no_color ? "mono"
                                         : "default";
    curses.theme = theme_find(name);
    if (!curses.theme)
        return error_set(TAWAM_EUSAGE, _("--theme can be default, mono, sun"));
    if (o->backend == UI_MEMORY)
        return backend_memory(&sh->backend, o->width ? o->width : 80,
                              o->height ? o->height : 24);
    return backend_curses(&sh->backend, &curses);
}

/* What was opened before an error is closed by stop(). */
static int start(shell *sh)
{
    const ui_options *o = sh->options;
    screen_target target = {.fid = 0};
    sh->ui.shell = sh;
    sh->ui.territory = o->territory;
    sh->ui.gpsd_port = o->gpsd_port;
    sh->ui.read_only = o->read_only || twin_is_read_only(o->territory->twin);
    sh->ascii = o->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    sh->status_old = sh->changed = 1;
    if (o->language)
        copy_text(sh->ui.language, sizeof sh->ui.language, o->language);
    else
        locale_language(sh->ui.language, sizeof sh->ui.language);
    sh->place = territory_name(o->territory);
    int error = edit_stack_new(&sh->ui.edits, o->territory->twin);
    if (error == TAWAM_OK && o->script)
        error = script_open(&sh->script, o->script);
    if (error == TAWAM_OK)
        error = open_backend(sh);
    if (error == TAWAM_OK)
        error = shell_open(sh, ACTION_ON_HOME, &target);
    if (error == TAWAM_OK && o->layer) {
        copy_text(target.layer, sizeof target.layer, o->layer);
        error = shell_open(sh, ACTION_ON_ROWS, &target);
    }
    return error;
}

/* In the opposite order; any part may be missing. */
static void stop(shell *sh)
{
    while (sh->depth > 0)
        shell_close_top(sh);
    if (sh->backend)
        sh->backend->close(sh->backend);
    script_close(sh->script);
    edit_stack_free(sh->ui.edits);
    grid_free(&sh->grid);
    input_free(&sh->prompt.input);
    for (int i = 0; i < sh->history_count; i++)
        free(sh->history[i]);
    free(sh->place);
    free(sh);
}

int ui_run(const ui_options *options)
{
    shell *sh = memory_new(sizeof *sh);
    if (!sh)
        return TAWAM_EMEMORY;
    sh->options = options;
    int error = start(sh);
    if (error == TAWAM_OK) {
        loop(sh);
        error = sh->error;
    }
    stop(sh);
    return error;
}
