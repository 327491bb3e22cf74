/* SPDX-License-Identifier: MIT */
/* tawam cat: a changeset as text; git's textconv. */
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

const verb CMD_CAT = {
    .name = "cat",
    .forms = "FILE|-",
    .summary = N_("print a changeset as text"),
    .help = N_("Prints the changeset in FILE (\"-\": standard input) with one "
               "change a line: + for a new row, ~ a changed one, - a deleted "
               "one, ! one that was affirmed. Works without a replica:\n\n"
               "git show COMMIT:changes.zst | tawam cat -"),
    .least = 1,
    .most = 1,
    .words = {VERB_FILE},
    .run = run};

static int run(const verb_arguments *a)
{
    buffer bytes = {0};
    buffer out = {0};
    changeset *c = NULL;
    int code = file_read(&bytes, verb_word(a, 0), CHANGESET_LIMITS.compressed);

    if (code == TAWAM_OK)
        code = changeset_decode(&c, bytes.data, bytes.length, NULL);
    if (code == TAWAM_OK) {
        changeset_print(&out, c);
        code = cmd_say(&out);
    }
    changeset_free(c);
    buffer_free(&bytes);
    buffer_free(&out);
    return code;
}
