/* SPDX-License-Identifier: MIT */
/* shell_command: lines typed after `:`, their completion, and :set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/shell_internal.h"

#define CANDIDATES_MAX 128

/* Used by gettext to notice that the language has changed. */
extern int _nl_msg_cat_cntr;

/* A command repeated is remembered once. */
static void remember_command(shell *sh, const char *line)
{
    if (sh->history_count &&
        strcmp(sh->history[sh->history_count - 1], line) == 0)
        return;
    char *copy = memory_string(line);
    if (!copy)
        return;
    if (sh->history_count == HISTORY_MAX) {
        free(sh->history[0]);
        memmove(sh->history, sh->history + 1,
                (HISTORY_MAX - 1) * sizeof *sh->history);
        sh->history_count--;
    }
    sh->history[sh->history_count++] = copy;
}

/* NAME and what follows it. The rest is kept in the shell, since the line is
 * freed before a screen it opens is closed. */
void shell_command(shell *sh, const char *line)
{
    char name[32];
    const action *a = NULL;
    line += strspn(line, " ");
    size_t length = strcspn(line, " ");
    snprintf(name, sizeof name, "%.*s", (int)length, line);
    line += length;
    line += strspn(line, " ");
    copy_text(sh->arguments, sizeof sh->arguments, line);
    char whole[600];
    snprintf(whole, sizeof whole, "%s%s%s", name, *line ? " " : "",
             sh->arguments);
    remember_command(sh, whole);
    if (action_find(&a, name, shell_top(sh)->class->id) < 0) {
        ui_say_error(&sh->ui);
        return;
    }
    shell_act(sh, a, sh->arguments);
}

/* ---- completion ---- */

typedef struct candidates {
    const char *words[CANDIDATES_MAX];
    size_t count;
    const char *start; /* what they must begin with */
} candidates;

static void offer(candidates *c, const char *word)
{
    if (c->count < CANDIDATES_MAX &&
        strncmp(word, c->start, strlen(c->start)) == 0)
        c->words[c->count++] = word;
}

/* Only where what can follow is known. */
static void offer_arguments(candidates *c, shell *sh, const char *command)
{
    static const char *const settings[] = {
        "theme=default", "theme=mono",   "theme=sun",   "bidi=app",
        "bidi=terminal", "bidi=off",     "language=en", "language=fr",
        "language=ar",   "readonly=yes", "readonly=no", "ascii=yes",
        "ascii=no"};
    twin *t = sh->ui.territory->twin;
    if (strcmp(command, "set") == 0)
        for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
            offer(c, settings[i]);
    if (strcmp(command, "layer") == 0)
        for (size_t i = 0; i < twin_layer_count(t); i++)
            offer(c, twin_layer_at(t, i)->name);
}

/* Bytes that all candidates begin with. */
static size_t common_start(const candidates *c)
{
    size_t length = strlen(c->words[0]);
    for (size_t i = 1; i < c->count; i++)
        while (strncmp(c->words[0], c->words[i], length) != 0)
            length--;
    return length;
}

/* The common start of all candidates is filled in; if there are several, they
 * are listed in the last row. */
void shell_complete(shell *sh)
{
    input *line = &sh->prompt.input;
    char command[32];
    candidates c = {.count = 0};
    const char *text = input_text(line);
    size_t length = strcspn(text, " ");
    snprintf(command, sizeof command, "%.*s", (int)length, text);
    c.start = text[length] ? text + length + 1 : text;
    if (text[length])
        offer_arguments(&c, sh, command);
    for (size_t i = 0; !text[length] && i < action_count(); i++)
        if (action_at(i)->screens & shell_top(sh)->class->id)
            offer(&c, action_at(i)->name);
    if (!c.count)
        return;
    char *done = memory_format("%.*s%.*s%s", (int)(c.start - text), text,
                               (int)common_start(&c), c.words[0],
                               c.count == 1 ? " " : "");
    size_t at = 0;
    for (size_t i = 0; c.count > 1 && i < c.count; i++) {
        int wrote = snprintf(sh->candidates + at, sizeof sh->candidates - at,
                             "%s  ", c.words[i]);
        if (wrote < 0 || (at += (size_t)wrote) >= sizeof sh->candidates)
            break;
    }
    if (done)
        input_set(line, done);
    free(done);
}

/* ---- settings ---- */

/* 1 yes, 0 no, -1 neither. */
static int truth(const char *word)
{
    if (strcmp(word, "yes") == 0 || strcmp(word, "1") == 0)
        return 1;
    return strcmp(word, "no") == 0 || strcmp(word, "0") == 0 ? 0 : -1;
}

static int bad_value(const char *name, const char *choices)
{
    return error_set(TAWAM_EUSAGE, _("'%s' can be %s"), name, choices);
}

static int set_theme(shell *sh, const char *value)
{
    const theme *t = theme_find(value);
    if (!t)
        return bad_value("theme", "default, mono, sun");
    sh->backend->theme(sh->backend, t);
    return TAWAM_OK;
}

/* Labels and words: en, fr, ar or whatever has labels in the territory. */
static int set_language(shell *sh, const char *value)
{
    if (!*value || strlen(value) >= sizeof sh->ui.language)
        return bad_value("language", "en, fr, ar");
    copy_text(sh->ui.language, sizeof sh->ui.language, value);
    setenv("LANGUAGE", value, 1);
    _nl_msg_cat_cntr++;
    /* Each screen reads its labels again. */
    for (int i = 0; i < sh->depth; i++)
        sh->stack[i].seen = -1;
    return TAWAM_OK;
}

/* NAME=VALUE or NAME VALUE. For this session: nothing is written to a file. */
int shell_set(shell *sh, const char *assignment)
{
    char name[32];
    size_t length = strcspn(assignment, "= ");
    snprintf(name, sizeof name, "%.*s", (int)length, assignment);
    const char *value = assignment + length;
    value += strspn(value, "= ");
    if (strcmp(name, "theme") == 0)
        return set_theme(sh, value);
    if (strcmp(name, "language") == 0)
        return set_language(sh, value);
    if (strcmp(name, "bidi") == 0) {
        int mode = bidi_mode_parse(value);
        if (mode < 0)
            return bad_value(name, "app, terminal, off");
        sh->bidi = (bidi_mode)mode;
        return TAWAM_OK;
    }
    int yes = truth(value);
    if (strcmp(name, "ascii") != 0 && strcmp(name, "readonly") != 0)
        return error_set(TAWAM_EUSAGE,
                         _("no setting '%s'; there are theme, language, bidi, "
                           "ascii, readonly"),
                         name);
    if (yes < 0)
        return bad_value(name, "yes, no");
    if (strcmp(name, "ascii") == 0)
        sh->ascii = yes;
    else if (yes || (!sh->options->read_only &&
                     !twin_is_read_only(sh->ui.territory->twin)))
        sh->ui.read_only = yes;
    else
        return error_set(TAWAM_EREFUSED, _("the replica was opened read-only"));
    return TAWAM_OK;
}
