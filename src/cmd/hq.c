/* SPDX-License-Identifier: MIT */
/* tawam hq init: a repository that plain git serves to everyone. */
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

const verb CMD_HQ = {
    .name = "hq",
    .forms = "init PATH|user@host:PATH",
    .summary = N_("make a bare repository fit to be HQ's"),
    .help = N_("Makes a bare repository at PATH, or takes the one that is "
               "there, and gives it every setting by which a plain git server "
               "can help bad links and power cuts; says of each what it is "
               "for. Said again, it changes nothing. The server needs git and "
               "nothing of tawam.\n\n"
               "For a place on another machine it prints a shell script that "
               "does the same: tawam hq init user@host:hq.git | ssh user@host "
               "sh"),
    .least = 2,
    .most = 2,
    .words = {VERB_TEXT, VERB_FOLDER},
    .run = run};

/* What a git server can't be told. */
static const char *const BEYOND[] = {
    N_("whose line a device may write: whoever may push may push any line "
       "forward (receipt by `tawam` is a later version's)"),
    N_("how much one device may send"), N_("backups: copy the folder")};

typedef struct listing {
    const verb_arguments *arguments;
    buffer out;
    json_writer json;
    int64_t changed;
} listing;

static int on_setting(void *context, const sync_hq_setting *s,
                      const char *before)
{
    listing *l = context;
    int same = s->value == NULL || strcmp(s->value, before) == 0;

    l->changed += !same;
    if (cmd_json(l->arguments)) {
        json_write_object(&l->json);
        json_write_pair(&l->json, "name", s->name);
        json_write_pair(&l->json, "value", s->value);
        json_write_pair(&l->json, "before", before[0] ? before : NULL);
        json_write_pair(&l->json, "why", s->why);
        json_write_end(&l->json);
        return TAWAM_OK;
    }
    buffer_format(&l->out, "%c %s",
                  s->value == NULL ? '!'
                  : same           ? ' '
                                   : '+',
                  s->name);
    if (s->value != NULL)
        buffer_format(&l->out, " = %s", s->value);
    if (!same && before[0] != 0) {
        buffer_text(&l->out, _(" (was "));
        cmd_safe(&l->out, before);
        buffer_byte(&l->out, ')');
    }
    buffer_format(&l->out, "\n      %s\n", s->why);
    return TAWAM_OK;
}

static void begin(listing *l)
{
    l->json.out = &l->out;
    if (!cmd_json(l->arguments))
        return;
    json_write_object(&l->json);
    json_write_key(&l->json, "settings");
    json_write_array(&l->json);
}

static int finish(listing *l, const char *path, int made)
{
    if (cmd_json(l->arguments)) {
        json_write_end(&l->json);
        json_write_pair(&l->json, "path", path);
        json_write_key(&l->json, "made");
        json_write_boolean(&l->json, made);
        json_write_pair_integer(&l->json, "changed", l->changed);
        json_write_end(&l->json);
        return cmd_flush_json(&l->out);
    }
    if (cmd_quiet(l->arguments))
        return TAWAM_OK;
    cmd_safe(&l->out, path);
    buffer_format(&l->out, made ? _(" is made and ready.\n")
                           : l->changed == 0
                               ? _(" is ready: nothing was to be changed.\n")
                               : _(" is ready.\n"));
    buffer_text(&l->out, _("A plain git server can't be told:\n"));
    for (size_t i = 0; i < sizeof BEYOND / sizeof *BEYOND; i++)
        buffer_format(&l->out, "- %s\n", _(BEYOND[i]));
    return cmd_say(&l->out);
}

static int print_script(const char *path)
{
    buffer out = {0};
    int code;

    sync_hq_script(&out, path);
    code = cmd_flush(&out);
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    listing l = {.arguments = a};
    char *path = NULL;
    char *host = NULL;
    char *where = NULL;
    int made = 0;
    int code = strcmp(verb_word(a, 0), "init") == 0
                   ? sync_hq_place(&path, &host, verb_word(a, 1))
                   : error_set(TAWAM_EUSAGE, _("say `tawam hq init PATH`"));

    if (code == TAWAM_OK && host != NULL) {
        code = print_script(path);
    } else if (code == TAWAM_OK) {
        begin(&l);
        code = work_hq_init(&where, &made, path, on_setting, &l);
        if (code == TAWAM_OK)
            code = finish(&l, where, made);
    }
    buffer_free(&l.out);
    free(path);
    free(host);
    free(where);
    return code;
}
