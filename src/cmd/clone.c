/* SPDX-License-Identifier: MIT */
/* tawam clone: a replica of a territory that is somewhere else. */
#include <stdlib.h>
#include "cmd/cmd.h"
#include "cmd/terminal.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"device", 0, "NAME", VERB_TEXT,
     N_("name of this device's line; else user-host, with a number if the "
        "remote has that one")},
    {"author", 0, "\"NAME <MAIL>\"", VERB_TEXT,
     N_("who works here; else as git knows you")},
    CMD_LINK_OPTIONS,
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_CLONE = {
    .name = "clone",
    .forms = "URL DIR [--device NAME] [--author \"NAME <MAIL>\"]",
    .summary = N_("make a replica of a territory"),
    .help = N_("Fetches the history from URL (a path, ssh://, user@host:path "
               "or https://) and makes a replica of it in DIR. When it is cut "
               "off, what arrived stays in DIR.part and the same command goes "
               "on from there."),
    .options = OPTIONS,
    .least = 2,
    .most = 2,
    .words = {VERB_FOLDER, VERB_FOLDER},
    .run = run};

static int report(territory *t, const sync_result *r, const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    sync_identity who;
    int code;

    sync_who(&who, t->sync);
    if (cmd_json(a)) {
        json_write_object(&w);
        json_write_pair(&w, "directory", t->directory);
        json_write_pair(&w, "device", who.device);
        cmd_json_result(&w, r);
        json_write_end(&w);
        code = cmd_flush_json(&out);
    } else {
        if (!cmd_quiet(a)) {
            buffer_text(&out, _("New replica in "));
            cmd_safe(&out, t->directory);
            buffer_format(&out, _(", device %s: %lld commits.\n"), who.device,
                          (long long)r->commits_received);
            if (r->forms != NULL)
                buffer_text(&out, r->forms);
        }
        code = cmd_say(&out);
    }
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    char *name = NULL, *mail = NULL;
    char *device = terminal_device_name();
    char *known = terminal_known_replicas();
    territory *t = NULL;
    sync_result result = {0};
    cmd_progress progress;
    sync_options meeting = {.progress = cmd_sync_progress,
                            .context = &progress};
    int code = device ? cmd_author(&name, &mail, a) : TAWAM_EMEMORY;

    if (code == TAWAM_OK)
        code = cmd_link_options(&meeting, a);
    work_link_settings(&meeting, NULL);

    cmd_progress_begin(&progress, a);
    if (code == TAWAM_OK) {
        work_new o = {.directory = verb_word(a, 1),
                      .device = verb_value(a, "device"),
                      .device_else = device,
                      .author_name = name,
                      .author_mail = mail,
                      .remote = verb_word(a, 0)};
        code = work_clone(&t, &result, &o, &meeting);
    }
    cmd_progress_end(&progress);
    if (code == TAWAM_OK) {
        if (known != NULL)
            work_remember(known, t->directory); /* only a convenience */
        code = report(t, &result, a);
    }
    territory_close(t);
    sync_result_clear(&result);
    free(known);
    free(device);
    free(name);
    free(mail);
    return code;
}
