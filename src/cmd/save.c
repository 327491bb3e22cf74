/* SPDX-License-Identifier: MIT */
/* tawam save: the whole replica as one file. */
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"at", 0, "VERSION", VERB_TEXT,
     N_("as it was then: a commit, a tag or a date")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_SAVE = {
    .name = "save",
    .forms = "FILE [--at VERSION]",
    .summary = N_("write the whole replica to one file"),
    .help = N_("Writes a consistent copy of the replica, a GeoPackage, to "
               "FILE, which must not exist; safe while others work on it."),
    .options = OPTIONS,
    .least = 1,
    .most = 1,
    .words = {VERB_FILE},
    .run = run};

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    buffer out = {0};
    char size[32];
    int code = cmd_open(&t, a, 0);

    if (code == TAWAM_OK)
        code = work_save(t, verb_word(a, 0), verb_value(a, "at"));
    if (code == TAWAM_OK && !cmd_quiet(a) && !cmd_json(a)) {
        int64_t bytes = file_size(verb_word(a, 0));
        text_from_bytes(size, bytes > 0 ? (uint64_t)bytes : 0);
        cmd_safe(&out, verb_word(a, 0));
        buffer_format(&out, ": %s\n", size);
        code = cmd_say(&out);
    }
    buffer_free(&out);
    territory_close(t);
    return code;
}
