/* SPDX-License-Identifier: MIT */
/* tawam cat: a changeset as text; git's textconv. */
#include <stdlib.h>
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

const verb CMD_CAT = {
    .name = "cat",
    .forms = "FILE|-",
    .summary = N_("print a changeset as text"),
    .help = N_("Prints the changeset in FILE (\"-\": standard input) with one "
               "change a line: + for a new row, ~ a changed one, - a deleted "
               "one, ! one that was affirmed. Works without a replica:\n\n"
               "git archive COMMIT changes.zst | tar -xO | tawam cat -\n\n"
               "A changeset written with the territory's dictionary is read "
               "in a repository that has it: the replica's (-C), or the one "
               "in which the command runs, as git tawam-show does."),
    .least = 1,
    .most = 1,
    .words = {VERB_FILE},
    .run = run};

/* Where the dictionary may be: log.git of the replica that was named or holds
 * this folder, git's own repository, this folder. Caller frees; NULL where
 * there is none. */
static char *repository(const verb_arguments *a)
{
    const char *git = getenv("GIT_DIR");
    char *directory = NULL;
    char *path = NULL;

    if (git != NULL && verb_value(a, "directory") == NULL)
        path = memory_string(git);
    else if (territory_find(&directory, verb_value(a, "directory"),
                            getenv("TAWAM_DIR"), NULL) == TAWAM_OK)
        path = file_join(directory, SYNC_LOG_FOLDER);
    else if (file_is_folder("objects") && file_exists("HEAD"))
        path = memory_string(".");
    error_clear();
    free(directory);
    return path;
}

static int read(changeset **out, const buffer *bytes, const verb_arguments *a)
{
    uint64_t id = 0;
    char *path;
    int code = changeset_dictionary_needed(&id, bytes->data, bytes->length);

    if (code != TAWAM_OK || id == 0)
        return changeset_decode(out, bytes->data, bytes->length, NULL);
    path = repository(a);
    code = path ? sync_read_changes(out, bytes->data, bytes->length, path)
                : TAWAM_ENOTFOUND;
    if (code == TAWAM_ENOTFOUND)
        code = error_set(
            TAWAM_ENOTFOUND,
            _("it is written with dictionary %016llx, which main of its "
              "territory holds: name a replica with -C, or run this in one or "
              "in a repository of it"),
            (unsigned long long)id);
    free(path);
    return code;
}

static int run(const verb_arguments *a)
{
    buffer bytes = {0};
    buffer out = {0};
    changeset *c = NULL;
    int code = file_read(&bytes, verb_word(a, 0), CHANGESET_LIMITS.compressed);

    if (code == TAWAM_OK)
        code = read(&c, &bytes, a);
    if (code == TAWAM_OK) {
        changeset_print(&out, c);
        code = cmd_say(&out);
    }
    changeset_free(c);
    buffer_free(&bytes);
    buffer_free(&out);
    return code;
}
