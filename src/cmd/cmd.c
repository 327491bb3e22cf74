/* SPDX-License-Identifier: MIT */
/* cmd: what every verb needs: the replica, rows and cells from words, who the
 * user is. */
#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/terminal.h"

/* ---- the replica -------------------------------------------------------- */

/* TWIN_READ_ONLY when the replica in DIRECTORY can only be read. */
static unsigned reading_flags(const char *directory)
{
    char *file = file_join(directory, TWIN_FILE);
    int writable = file != NULL && terminal_can_write(directory) &&
                   terminal_can_write(file);

    free(file);
    return writable ? 0 : TWIN_READ_ONLY;
}

int cmd_open(territory **out, const verb_arguments *a, int writes)
{
    char *known = terminal_known_replicas();
    char *directory = NULL;
    int code = territory_find(&directory, verb_value(a, "directory"),
                              getenv("TAWAM_DIR"), known);

    if (code == TAWAM_OK)
        code = territory_open(out, directory,
                              writes ? 0 : reading_flags(directory));
    free(directory);
    free(known);
    return code;
}

int cmd_layer(const twin_layer **out, territory *t, const verb_arguments *a,
              size_t n)
{
    return twin_layer_find(out, t->twin, verb_word(a, n));
}

int cmd_row(int64_t *fid, territory *t, const twin_layer *layer,
            const verb_arguments *a, size_t n)
{
    return twin_row_find(fid, t->twin, layer, verb_word(a, n));
}

/* One COLUMN=VALUE word. */
static int read_cell(twin_cell *cell, const twin_layer *layer, const char *word,
                     arena *memory)
{
    const char *equals = strchr(word, '=');
    const twin_column *column = NULL;
    char *name = NULL;
    int code;

    if (equals == NULL || equals == word) {
        char *safe = text_safe(word, strlen(word), 0);
        error_set(TAWAM_EUSAGE, _("'%s' is not COLUMN=VALUE"),
                  safe ? safe : "?");
        free(safe);
        return TAWAM_EUSAGE;
    }
    name = memory_string_length(word, (size_t)(equals - word));
    if (name == NULL)
        return TAWAM_EMEMORY;
    code = twin_column_find(&column, layer, name);
    if (code == TAWAM_OK) {
        code = twin_value_parse(&cell->value, column->type, equals + 1, memory);
        if (code != TAWAM_OK)
            code = error_add("%s", column->name);
        cell->column = column->id;
    }
    free(name);
    return code;
}

int cmd_cells(twin_cell **cells, size_t *count, const twin_layer *layer,
              const verb_arguments *a, size_t n, arena *memory)
{
    size_t words = a->word_count > n ? a->word_count - n : 0;
    twin_cell *list = arena_alloc(memory, (words + 1) * sizeof *list);

    if (list == NULL)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < words; i++) {
        int code = read_cell(&list[i], layer, a->words[n + i], memory);
        if (code != TAWAM_OK)
            return code;
        for (size_t before = 0; before < i; before++)
            if (list[before].column == list[i].column)
                return error_set(
                    TAWAM_EUSAGE, _("a column is given twice: %s"),
                    twin_column_by_id(layer, list[i].column)->name);
    }
    *cells = list;
    *count = words;
    return TAWAM_OK;
}

/* ---- who ----------------------------------------------------------------- */

/* Git's own user.name and user.email; NULL where it has none. */
static void git_identity(char **name, char **mail)
{
    git_config *config = NULL;
    git_config *snapshot = NULL;
    const char *value = NULL;

    if (sync_start_git() < 0)
        return;
    if (git_config_open_default(&config) == 0 &&
        git_config_snapshot(&snapshot, config) == 0) {
        if (git_config_get_string(&value, snapshot, "user.name") == 0)
            *name = memory_string(value);
        if (git_config_get_string(&value, snapshot, "user.email") == 0)
            *mail = memory_string(value);
    }
    git_config_free(snapshot);
    git_config_free(config);
}

/* "Name <mail>" or "Name". */
static int split_author(char **name, char **mail, const char *text)
{
    const char *open = strchr(text, '<');
    const char *close = open ? strchr(open, '>') : NULL;
    size_t length = open ? (size_t)(open - text) : strlen(text);

    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (length == 0 || (open != NULL && (close == NULL || close[1] != 0)) ||
        strpbrk(text, "\n\r") != NULL || !text_valid(text, strlen(text)))
        return error_set(TAWAM_EUSAGE,
                         _("--author wants \"Name <mail>\" or a name"));
    *name = memory_string_length(text, length);
    *mail = open ? memory_string_length(open + 1, (size_t)(close - open - 1))
                 : memory_string("");
    return *name && *mail ? TAWAM_OK : TAWAM_EMEMORY;
}

int cmd_author(char **name, char **mail, const verb_arguments *a)
{
    const char *given = verb_value(a, "author");

    if (given != NULL)
        return split_author(name, mail, given);
    git_identity(name, mail);
    if (*name == NULL || (*name)[0] == 0) {
        free(*name);
        *name = terminal_user_name();
    }
    if (*mail == NULL)
        *mail = terminal_user_mail();
    return *name && *mail ? TAWAM_OK : TAWAM_EMEMORY;
}
