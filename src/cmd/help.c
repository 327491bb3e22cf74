/* SPDX-License-Identifier: MIT */
/* tawam help, version: what is made from the table. */
#include <git2.h>
#include <stdio.h>
#include <sqlite3.h>
#include <zstd.h>
#include "cmd/cmd.h"

static int run_help(const verb_arguments *a);
static int run_version(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"man", 0, NULL, VERB_TEXT, N_("print the man page (mdoc)")},
    {"bash", 0, NULL, VERB_TEXT, N_("print the completion for bash")},
    {"zsh", 0, NULL, VERB_TEXT, N_("print the completion for zsh")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_HELP = {
    .name = "help",
    .forms = "[VERB]\n--man|--bash|--zsh",
    .summary = N_("say how a verb is used"),
    .help = N_("Prints what tawam VERB --help prints; without a verb, the "
               "list of verbs. The man page and the completions are printed "
               "from the same table."),
    .options = OPTIONS,
    .least = 0,
    .most = 1,
    .words = {VERB_VERB},
    .run = run_help};

const verb CMD_VERSION = {
    .name = "version",
    .forms = "",
    .summary = N_("print the version"),
    .help = N_("Prints the version of tawam; with --json, also of the "
               "formats it writes and the libraries it runs with."),
    .least = 0,
    .most = 0,
    .run = run_version};

static int run_help(const verb_arguments *a)
{
    buffer out = {0};
    const char *name = verb_word(a, 0);
    const verb *v = name ? verb_find(a->table, name) : NULL;
    int code = TAWAM_OK;

    if (verb_value(a, "man") != NULL)
        verb_man(&out, a->table);
    else if (verb_value(a, "bash") != NULL)
        verb_complete_bash(&out, a->table);
    else if (verb_value(a, "zsh") != NULL)
        verb_complete_zsh(&out, a->table);
    else if (v != NULL)
        verb_help_one(&out, v);
    else if (name != NULL)
        code = verb_unknown(a->table, name);
    else
        verb_help_all(&out, a->table);
    if (code == TAWAM_OK)
        code = cmd_say(&out);
    buffer_free(&out);
    return code;
}

static int run_version(const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int major = 0, minor = 0, patch = 0;
    char git[32];
    int code;

    if (cmd_json(a)) {
        git_libgit2_version(&major, &minor, &patch);
        snprintf(git, sizeof git, "%d.%d.%d", major, minor, patch);
        json_write_object(&w);
        json_write_pair(&w, "version", TAWAM_VERSION);
        json_write_pair_integer(&w, "replica_format", TWIN_FORMAT);
        json_write_pair_integer(&w, "changeset_format", CHANGESET_VERSION);
        json_write_pair(&w, "sqlite", sqlite3_libversion());
        json_write_pair(&w, "libgit2", git);
        json_write_pair(&w, "zstd", ZSTD_versionString());
        json_write_end(&w);
        buffer_byte(&out, '\n');
    } else {
        buffer_text(&out, "tawam " TAWAM_VERSION "\n");
    }
    code = cmd_say(&out);
    buffer_free(&out);
    return code;
}
