/* SPDX-License-Identifier: MIT */
/* tawam show, diff, history: what changed, by row and cell. */
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"

static int run_show(const verb_arguments *a);
static int run_diff(const verb_arguments *a);
static int run_history(const verb_arguments *a);

const verb CMD_SHOW = {
    .name = "show",
    .forms = "[COMMIT]",
    .summary = N_("print what one commit changed"),
    .help = N_("Prints who recorded the commit, when, and every row and cell "
               "it changed, before and after. Without COMMIT, this device's "
               "last one."),
    .least = 0,
    .most = 1,
    .run = run_show};

const verb CMD_DIFF = {
    .name = "diff",
    .forms = "A..B",
    .summary = N_("print what changed between two versions"),
    .help = N_("Prints every row and cell that differs between version A and "
               "version B, each a commit id or its start, a tag, a device's "
               "name, HEAD or a date. \"A..\" means up to HEAD."),
    .least = 1,
    .most = 1,
    .run = run_diff};

const verb CMD_HISTORY = {
    .name = "history",
    .forms = "L ROW",
    .summary = N_("print the changes of one row, oldest first"),
    .help = N_("Prints who changed the row of layer L, when, on which device, "
               "and each cell before and after. A deleted row is named by its "
               "fid."),
    .least = 2,
    .most = 2,
    .words = {VERB_LAYER, VERB_TEXT},
    .run = run_history};

/* ---- show ---- */

static void say_header(buffer *out, const verb_arguments *a,
                       const sync_commit *c)
{
    char time[32];

    clock_format_local(time, c->time);
    buffer_format(out, "%s%s %s%s\n", cmd_color(a, 'b'), _("commit"), c->id,
                  cmd_color(a, '0'));
    buffer_format(out, "%s ", _("by"));
    cmd_safe(out, c->author);
    if (c->device[0] != 0) {
        buffer_format(out, ", %s ", _("on"));
        cmd_safe(out, c->device);
        buffer_format(out, " %lld", (long long)c->sequence);
    }
    buffer_format(out, ", %s\n\n    ", time);
    cmd_safe(out, c->summary);
    buffer_text(out, "\n\n");
}

/* The commit itself; in JSON its object stays open for the changes. */
static int on_header(void *context, const sync_commit *commit)
{
    cmd_changes *c = context;

    if (cmd_json(c->arguments)) {
        json_write_object(&c->json);
        cmd_json_commit(&c->json, commit);
        json_write_key(&c->json, "changes");
        json_write_array(&c->json);
    } else {
        say_header(&c->out, c->arguments, commit);
    }
    return 0;
}

static int run_show(const verb_arguments *a)
{
    territory *t = NULL;
    cmd_changes c = {0};
    char id[SYNC_ID_SIZE];
    const char *version = verb_word(a, 0) ? verb_word(a, 0) : "HEAD";
    int code = cmd_open(&t, a, 0);

    cmd_changes_begin(&c, t, a);
    if (code == TAWAM_OK)
        code = sync_resolve(id, t->sync, version);
    if (code == TAWAM_OK)
        code = sync_read_commit(t->sync, id, on_header, &c);
    if (code == TAWAM_OK)
        code = sync_show(t->sync, id, cmd_change, &c);
    if (code == TAWAM_OK && cmd_json(a)) {
        json_write_end(&c.json);
        json_write_end(&c.json);
        code = cmd_flush_json(&c.out);
    } else if (code == TAWAM_OK) {
        code = cmd_say(&c.out);
    }
    buffer_free(&c.out);
    territory_close(t);
    return code;
}

/* ---- diff ---- */

/* "A..B" -> both; an empty side is HEAD. Caller frees both. */
static int split_range(char **from, char **to, const char *text)
{
    const char *dots = strstr(text, "..");

    if (dots == NULL || dots == text)
        return error_set(TAWAM_EUSAGE,
                         _("diff wants two versions: tawam diff A..B"));
    *from = memory_string_length(text, (size_t)(dots - text));
    *to = memory_string(dots[2] != 0 ? dots + 2 : "HEAD");
    return *from && *to ? TAWAM_OK : TAWAM_EMEMORY;
}

static int run_diff(const verb_arguments *a)
{
    territory *t = NULL;
    cmd_changes c = {0};
    char *from = NULL, *to = NULL;
    int code = split_range(&from, &to, verb_word(a, 0));

    if (code == TAWAM_OK)
        code = cmd_open(&t, a, 0);
    cmd_changes_begin(&c, t, a);
    if (cmd_json(a))
        json_write_array(&c.json);
    if (code == TAWAM_OK)
        code = sync_diff(t->sync, from, to, cmd_change, &c);
    if (cmd_json(a))
        json_write_end(&c.json);
    if (code == TAWAM_OK)
        code = cmd_json(a) ? cmd_flush_json(&c.out) : cmd_say(&c.out);
    buffer_free(&c.out);
    free(from);
    free(to);
    territory_close(t);
    return code;
}

/* ---- history ---- */

/* The row, also one that is gone when it is named by its fid. */
static int find_row(int64_t *fid, territory *t, const twin_layer *layer,
                    const verb_arguments *a)
{
    int code = cmd_row(fid, t, layer, a, 1);
    char *message = NULL;

    if (code != TAWAM_ENOTFOUND)
        return code;
    message = memory_string(error_message());
    if (text_integer(fid, verb_word(a, 1)) == TAWAM_OK) {
        code = TAWAM_OK;
        error_clear();
    } else if (message != NULL) {
        code = error_set(TAWAM_ENOTFOUND, "%s", message);
    }
    free(message);
    return code;
}

static int run_history(const verb_arguments *a)
{
    territory *t = NULL;
    const twin_layer *layer = NULL;
    cmd_changes c = {0};
    int64_t fid = 0;
    int code = cmd_open(&t, a, 0);

    if (code == TAWAM_OK)
        code = cmd_layer(&layer, t, a, 0);
    if (code == TAWAM_OK)
        code = find_row(&fid, t, layer, a);
    cmd_changes_begin(&c, t, a);
    c.with_commit = 1;
    if (cmd_json(a))
        json_write_array(&c.json);
    if (code == TAWAM_OK)
        code = sync_history(t->sync, layer, fid, cmd_change, &c);
    if (cmd_json(a))
        json_write_end(&c.json);
    if (code == TAWAM_OK && c.count == 0) {
        code = twin_row_exists(t->twin, layer, fid);
        if (!code)
            code =
                error_set(TAWAM_ENOTFOUND, _("no row %lld in %s, now or ever"),
                          (long long)fid, layer->name);
    }
    if (code >= 0)
        code = cmd_json(a) ? cmd_flush_json(&c.out) : cmd_say(&c.out);
    buffer_free(&c.out);
    territory_close(t);
    return code;
}
