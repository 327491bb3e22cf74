/* SPDX-License-Identifier: MIT */
/* tawam commit: record what was changed, without network. */
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"message", 'm', "TEXT", VERB_TEXT,
     N_("what was done; else a summary is made")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_COMMIT = {
    .name = "commit",
    .forms = "[-m TEXT]",
    .summary = N_("record what was changed, without network"),
    .help = N_("Makes one commit of all changes since the last one (several "
               "when they are many). sync does this by itself."),
    .options = OPTIONS,
    .least = 0,
    .most = 0,
    .run = run};

static int report(const char *id, const changeset_counts *counts,
                  const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int code;

    if (cmd_json(a)) {
        json_write_object(&w);
        json_write_pair(&w, "recorded", id[0] ? id : NULL);
        cmd_json_counts(&w, counts);
        json_write_end(&w);
        code = cmd_flush_json(&out);
    } else if (cmd_quiet(a)) {
        code = TAWAM_OK;
    } else if (id[0] == 0) {
        buffer_text(&out, _("Nothing to record.\n"));
        code = cmd_say(&out);
    } else {
        buffer_format(&out, _("Recorded %.10s: "), id);
        cmd_say_counts(&out, counts);
        buffer_text(&out, ".\n");
        code = cmd_say(&out);
    }
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    char id[SYNC_ID_SIZE] = "";
    changeset_counts counts = {0};
    int code = cmd_open(&t, a, 1);

    if (code == TAWAM_OK)
        code = sync_record(id, &counts, t->sync, verb_value(a, "message"));
    if (code == TAWAM_OK)
        code = report(id, &counts, a);
    territory_close(t);
    return code;
}
