/* SPDX-License-Identifier: MIT */
/* readme: see readme_internal.h. The figures follow from what is recorded
 * alone, so that publishing with nothing new changes no file. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "work/forms.h"
#include "work/readme_internal.h"

#define BEGIN "<!-- figures: tawam publish writes what stands here -->\n"
#define END "<!-- end of figures -->\n"
enum { LAST_COMMITS = 5, NAME_COLUMNS = 60 };

void readme_begin(buffer *out, const char *name)
{
    buffer_format(
        out,
        "# %s\n\n"
        "The digital twin of a territory, kept with tawam.\n\n"
        "- `territory.conf`: its settings. `devices.conf`: who writes to it.\n"
        "- `forms/`: the questionnaires, each version as it was published.\n"
        "- `labels/`: what layers, columns and choices are called.\n"
        "- `dictionary/`: what makes the changesets small; never removed.\n"
        "- The rows are on the branches `device/…`, a changeset a commit:\n"
        "  `git archive COMMIT changes.zst | tar -xO | tawam cat -`.\n\n"
        "A copy to work with: `tawam clone URL FOLDER`.\n",
        name);
}

/* Foreign TEXT in a cell of a table: nothing in it is markup. */
static void cell(buffer *out, const char *text)
{
    char *safe = text_safe(text, strlen(text), 0);
    char *cut = safe ? text_ellipsis(safe, NAME_COLUMNS) : NULL;

    buffer_text(out, "| ");
    for (const char *c = cut ? cut : ""; *c != 0; c++) {
        if (strchr("|<>*_`[]\\", *c) != NULL)
            buffer_byte(out, '\\');
        buffer_byte(out, (uint8_t)*c);
    }
    buffer_byte(out, ' ');
    if (cut == NULL)
        out->failed = 1;
    free(cut);
    free(safe);
}

/* "2026-11-26" of a time. */
static void day_cell(buffer *out, int64_t time)
{
    char text[32];

    clock_format(text, time);
    text[10] = 0;
    cell(out, text);
}

/* ---- the tables ---- */

static int add_layer(buffer *out, territory *t, const twin_layer *layer)
{
    sqlite3_stmt *statement = NULL;
    buffer sql = {0};
    int code;

    buffer_text(&sql, "SELECT count(*) FROM ");
    twin_quote(&sql, layer->name);
    code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(&statement, t->twin, (const char *)sql.data, 0);
    if (code == TAWAM_OK)
        code = twin_step(t->twin, statement);
    if (code == 1) {
        cell(out, layer->name);
        buffer_format(out, "| %lld |\n",
                      (long long)sqlite3_column_int64(statement, 0));
    }
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return code < 0 ? code : TAWAM_OK;
}

static int add_device(void *context, const char *device, int64_t commits,
                      int64_t latest)
{
    buffer *out = context;

    cell(out, device);
    buffer_format(out, "| %lld ", (long long)commits);
    day_cell(out, latest);
    buffer_text(out, "|\n");
    return TAWAM_OK;
}

typedef struct last_commits {
    buffer *out;
    int left;
} last_commits;

static int add_commit(void *context, const sync_commit *commit)
{
    last_commits *x = context;

    if (commit->published || commit->state != 1)
        return 0;
    day_cell(x->out, commit->time);
    cell(x->out, commit->device);
    cell(x->out, commit->summary);
    buffer_text(x->out, "|\n");
    return --x->left == 0;
}

/* Layers stand in order of name: a replica's own order is its affair. */
static int add_layers(buffer *out, territory *t)
{
    size_t count = twin_layer_count(t->twin);
    const twin_layer **layers = memory_array(count + 1, sizeof *layers);
    int code = layers ? TAWAM_OK : TAWAM_EMEMORY;

    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        const twin_layer *layer = twin_layer_at(t->twin, i);
        size_t k = i;
        for (; k > 0 && text_compare(layer->name, layers[k - 1]->name) < 0; k--)
            layers[k] = layers[k - 1];
        layers[k] = layer;
    }
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = add_layer(out, t, layers[i]);
    free(layers);
    return code;
}

/* A form's current version, and others that records are of; nothing at all
 * where there are no forms. Drafts are a desk's own affair. */
static int add_forms(buffer *out, territory *t)
{
    work_form_line *list = NULL;
    size_t count = 0, written = 0;
    arena *memory = NULL;
    int code = arena_new(&memory);

    if (code == TAWAM_OK)
        code = work_forms_list(&list, &count, t, memory);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        if (list[i].state != WORK_FORM_CURRENT && list[i].records == 0)
            continue;
        if (written++ == 0)
            buffer_text(out, "\n| form | version | records |\n"
                             "|---|---|---:|\n");
        cell(out, list[i].id);
        cell(out, *list[i].version ? list[i].version : "-");
        buffer_format(out, "| %lld |\n", (long long)list[i].records);
    }
    arena_free(memory);
    return code;
}

static int add_figures(buffer *out, territory *t)
{
    last_commits last = {out, LAST_COMMITS};
    int code;

    buffer_text(out, BEGIN "\n| layer | rows |\n|---|---:|\n");
    code = add_layers(out, t);
    if (code == TAWAM_OK)
        code = add_forms(out, t);
    buffer_text(out, "\n| device | commits | latest |\n|---|---:|---|\n");
    if (code == TAWAM_OK)
        code = sync_devices(t->sync, add_device, out);
    buffer_text(out, "\n| day | device | last commits |\n|---|---|---|\n");
    if (code == TAWAM_OK)
        code = sync_log(t->sync, add_commit, &last);
    buffer_text(out, "\n" END);
    return code;
}

int readme_figures(buffer *out, territory *t, const char *present)
{
    const char *begin = strstr(present, BEGIN);
    const char *end = begin ? strstr(begin, END) : NULL;
    int code;

    if (end == NULL) {
        size_t length = strlen(present);
        buffer_text(out, present);
        if (length > 0 && present[length - 1] != '\n')
            buffer_byte(out, '\n');
        if (length > 0)
            buffer_byte(out, '\n');
        code = add_figures(out, t);
    } else {
        buffer_bytes(out, present, (size_t)(begin - present));
        code = add_figures(out, t);
        buffer_text(out, end + strlen(END));
    }
    return code == TAWAM_OK ? buffer_check(out) : code;
}
