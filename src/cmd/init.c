/* SPDX-License-Identifier: MIT */
/* tawam init: a new territory. */
#include <stdlib.h>
#include "cmd/cmd.h"
#include "cmd/terminal.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"name", 0, "TEXT", VERB_TEXT,
     N_("name of the territory; else that of the folder")},
    {"device", 0, "NAME", VERB_TEXT,
     N_("name of this device's line; else user-host")},
    {"author", 0, "\"NAME <MAIL>\"", VERB_TEXT,
     N_("who works here; else as git knows you")},
    {"remote", 0, "URL", VERB_TEXT, N_("where to sync with (remote hq)")},
    {"bare-remote", 0, "PATH", VERB_FOLDER,
     N_("make a bare repository there for HQ, and sync with it")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_INIT = {
    .name = "init",
    .forms = "DIR [--name TEXT] [--device NAME] [--author \"NAME <MAIL>\"] "
             "[--remote URL] [--bare-remote PATH]",
    .summary = N_("make a new territory"),
    .help = N_("Makes a replica in DIR, which must be absent or empty, with "
               "its history and the published branch main (the territory's "
               "settings, its devices, a README). Nothing is left behind when "
               "it fails."),
    .options = OPTIONS,
    .least = 1,
    .most = 1,
    .words = {VERB_FOLDER},
    .run = run};

/* Print what was made. */
static int report(territory *t, const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    sync_identity who;
    char *name = territory_name(t);
    int code;

    sync_who(&who, t->sync);
    if (cmd_json(a)) {
        json_write_object(&w);
        json_write_pair(&w, "directory", t->directory);
        json_write_pair(&w, "territory", name);
        json_write_pair(&w, "device", who.device);
        json_write_end(&w);
        code = cmd_flush_json(&out);
    } else {
        if (!cmd_quiet(a)) {
            buffer_text(&out, _("New territory "));
            cmd_safe(&out, name ? name : "");
            buffer_text(&out, _(" in "));
            cmd_safe(&out, t->directory);
            buffer_format(&out, _(", device %s.\n"), who.device);
        }
        code = cmd_say(&out);
    }
    buffer_free(&out);
    free(name);
    return code;
}

static int run(const verb_arguments *a)
{
    char *name = NULL, *mail = NULL;
    char *device = terminal_device_name();
    char *known = terminal_known_replicas();
    territory *t = NULL;
    int code = device ? cmd_author(&name, &mail, a) : TAWAM_EMEMORY;

    if (code == TAWAM_OK) {
        work_new o = {.directory = verb_word(a, 0),
                      .name = verb_value(a, "name"),
                      .device = verb_value(a, "device"),
                      .device_else = device,
                      .author_name = name,
                      .author_mail = mail,
                      .remote = verb_value(a, "remote"),
                      .bare_remote = verb_value(a, "bare-remote")};
        code = work_init(&t, &o);
    }
    if (code == TAWAM_OK) {
        if (known != NULL)
            work_remember(known, t->directory); /* only a convenience */
        code = report(t, a);
    }
    territory_close(t);
    free(known);
    free(device);
    free(name);
    free(mail);
    return code;
}
