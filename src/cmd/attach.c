/* SPDX-License-Identifier: MIT */
/* tawam attach: a row names a file. */
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "work/files.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"create", 0, NULL, VERB_TEXT, N_("make the column if it is not there")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_ATTACH = {
    .name = "attach",
    .forms = "L ROW COLUMN=FILE …",
    .summary = N_("attach a file (photo, sound, document) to a row"),
    .help = N_("Copies FILE into the folder attachments beside the replica "
               "and names it in COLUMN of the row. The cell holds the file's "
               "path from the replica's folder, with its size and SHA-256, so "
               "QGIS and other programs find it. It travels after the data, "
               "the smallest first; files says which are where. At most "
               "256 MiB a file."),
    .options = OPTIONS,
    .least = 3,
    .most = -1,
    .words = {VERB_LAYER, VERB_TEXT, VERB_FILE},
    .run = run};

/* COLUMN=FILE in two. Caller frees *column. */
static int split(char **column, const char **file, const char *word)
{
    const char *equals = strchr(word, '=');
    char *safe;

    if (equals != NULL && equals != word && equals[1] != 0) {
        *file = equals + 1;
        *column = memory_string_length(word, (size_t)(equals - word));
        return *column ? TAWAM_OK : TAWAM_EMEMORY;
    }
    safe = text_safe(word, strlen(word), 0);
    error_set(TAWAM_EUSAGE, _("'%s' is not COLUMN=FILE"), safe ? safe : "?");
    free(safe);
    return TAWAM_EUSAGE;
}

static void report(buffer *out, json_writer *w, const verb_arguments *a,
                   const files_key *key)
{
    char value[FILES_VALUE_SIZE];

    if (cmd_json(a)) {
        json_write_object(w);
        json_write_pair(w, "name", key->name);
        json_write_pair_integer(w, "size", key->size);
        json_write_pair(w, "sha256", key->hash);
        json_write_pair(w, "value", files_key_value(value, key));
        json_write_end(w);
    } else if (!cmd_quiet(a)) {
        buffer_text(out, _("Attached "));
        files_key_say(out, key);
        buffer_text(out, ".\n");
    }
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    const twin_layer *layer = NULL;
    buffer out = {0};
    json_writer w = {.out = &out};
    int64_t fid = 0;
    int code = cmd_open(&t, a, 1);
    int printed;

    if (code == TAWAM_OK)
        code = cmd_layer(&layer, t, a, 0);
    if (code == TAWAM_OK)
        code = cmd_row(&fid, t, layer, a, 1);
    if (cmd_json(a))
        json_write_array(&w);
    for (size_t n = 2; code == TAWAM_OK && verb_word(a, n) != NULL; n++) {
        char *column = NULL;
        const char *file = NULL;
        files_key key;
        code = split(&column, &file, verb_word(a, n));
        if (code == TAWAM_OK)
            code = work_attach(&key, t, verb_word(a, 0), fid, column, file,
                               verb_value(a, "create") != NULL);
        if (code == TAWAM_OK)
            report(&out, &w, a, &key);
        free(column);
    }
    printed = cmd_json(a) ? cmd_flush_json(&out) : cmd_say(&out);
    buffer_free(&out);
    territory_close(t);
    return code != TAWAM_OK ? code : printed;
}
