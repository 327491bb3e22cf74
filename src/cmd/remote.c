/* SPDX-License-Identifier: MIT */
/* tawam remote: the addresses a replica syncs with. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "sync/remote.h"

static int run(const verb_arguments *a);

const verb CMD_REMOTE = {
    .name = "remote",
    .forms = "[NAME [URL]]",
    .summary = N_("list the remotes, or set one"),
    .help = N_("Without words, lists the remotes and their addresses; with "
               "NAME, prints its address; with URL, sets it (\"\" takes it "
               "away). The remote hq is the one that sync uses."),
    .least = 0,
    .most = 2,
    .words = {VERB_TEXT, VERB_FOLDER},
    .run = run};

/* Every setting remote.NAME.url that is not empty, in order of name. */
static int list(territory *t, const verb_arguments *a)
{
    static const char SQL[] =
        "SELECT substr(name, 8, length(name) - 11), value FROM tawam_setting "
        "WHERE name GLOB 'remote.*.url' AND value <> '' ORDER BY 1";
    buffer out = {0};
    json_writer w = {.out = &out};
    sqlite3_stmt *statement = NULL;
    int step = 0;
    int code = twin_prepare(&statement, t->twin, SQL, 0);

    if (cmd_json(a))
        json_write_object(&w);
    while (code == TAWAM_OK && (step = twin_step(t->twin, statement)) == 1) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        const char *url = (const char *)sqlite3_column_text(statement, 1);
        if (cmd_json(a))
            json_write_pair(&w, name, url);
        else
            buffer_format(&out, "%s\t%s\n", name, url);
    }
    if (code == TAWAM_OK && step < 0)
        code = step;
    if (cmd_json(a))
        json_write_end(&w);
    if (code == TAWAM_OK)
        code = cmd_json(a) ? cmd_flush_json(&out) : cmd_flush(&out);
    sqlite3_finalize(statement);
    buffer_free(&out);
    return code;
}

static int print_one(territory *t, const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    char *url = NULL;
    int code = territory_remote(&url, t, verb_word(a, 0));

    if (code == TAWAM_OK && cmd_json(a)) {
        json_write_object(&w);
        json_write_pair(&w, verb_word(a, 0), url);
        json_write_end(&w);
        code = cmd_flush_json(&out);
    } else if (code == TAWAM_OK) {
        buffer_format(&out, "%s\n", url);
        code = cmd_flush(&out);
    }
    buffer_free(&out);
    free(url);
    return code;
}

/* A path is kept absolute: it is read from other folders later. */
static int set_one(territory *t, const char *name, const char *url)
{
    char *path = NULL;
    char *absolute = NULL;
    int code;

    if (url[0] != 0 && remote_is_path(&path, url)) {
        absolute = file_absolute(path);
        if (absolute == NULL) {
            free(path);
            return TAWAM_EMEMORY;
        }
    }
    code = territory_set_remote(t, name, absolute ? absolute : url);
    free(absolute);
    free(path);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    int code = cmd_open(&t, a, a->word_count > 1);

    if (code == TAWAM_OK) {
        if (a->word_count == 0)
            code = list(t, a);
        else if (a->word_count == 1)
            code = print_one(t, a);
        else
            code = set_one(t, verb_word(a, 0), verb_word(a, 1));
    }
    territory_close(t);
    return code;
}
