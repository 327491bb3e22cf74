/* SPDX-License-Identifier: MIT */
/* tawam repair: a damaged replica or history made whole again. */
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/terminal.h"
#include "sync/repair.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"check", 0, NULL, VERB_TEXT, N_("look and say, change nothing")},
    {"offline", 0, NULL, VERB_TEXT,
     N_("ask no remote; what is missing here counts as lost")},
    {"device", 0, "NAME", VERB_TEXT,
     N_("whose line this is, where nothing here says it any more")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_REPAIR = {
    .name = "repair",
    .forms = "[--check] [--offline] [URL|PATH]",
    .summary = N_("make a damaged replica or history whole again"),
    .help = N_(
        "Looks through the replica and every object and ref of the history, "
        "says what is damaged, and mends it: the replica from the history, "
        "with the edits that were not recorded yet as far as they can be "
        "read; missing objects of the history from the remotes, or from the "
        "one that is named; refs from the replica. Commits that are nowhere "
        "any more become edits to record again, from what the replica holds "
        "of them.\n\n"
        "Nothing damaged is overwritten: it is kept as twin.gpkg.damaged-DATE "
        "and log.git.damaged-DATE, to be removed by hand. It can be cut off "
        "at any moment; a repeat goes on.\n\n"
        "Exit status 0 when all is whole, 1 when it is but something could "
        "not be saved, 4 when what is missing may be at a remote that was not "
        "reached, 6 with --check when something is damaged."),
    .options = OPTIONS,
    .least = 0,
    .most = 1,
    .words = {VERB_FOLDER},
    .run = run};

/* What was told, as it comes or as JSON at the end. */
typedef struct telling {
    const verb_arguments *arguments;
    json_writer json;
    buffer items;
} telling;

static const char *word_name(sync_repair_word word)
{
    return word == SYNC_REPAIR_FOUND  ? "found"
           : word == SYNC_REPAIR_DONE ? "done"
                                      : "lost";
}

static const char *word_said(sync_repair_word word)
{
    return word == SYNC_REPAIR_FOUND  ? _("found")
           : word == SYNC_REPAIR_DONE ? _("done")
                                      : _("LOST");
}

static void on_tell(void *context, sync_repair_word word, const char *text)
{
    telling *t = context;
    buffer line = {0};
    if (cmd_json(t->arguments)) {
        json_write_object(&t->json);
        json_write_pair(&t->json, "what", word_name(word));
        json_write_pair(&t->json, "text", text);
        json_write_end(&t->json);
    } else if (!cmd_quiet(t->arguments) || word == SYNC_REPAIR_LOST) {
        buffer_format(&line, "%s: ", word_said(word));
        cmd_safe(&line, text);
        buffer_byte(&line, '\n');
        cmd_say(&line);
    }
    buffer_free(&line);
}

static int print_result(const sync_repair_result *r, telling *t)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int code;
    json_write_end(&t->json);
    if (cmd_json(t->arguments)) {
        json_write_object(&w);
        json_write_pair_integer(&w, "found", r->found);
        json_write_pair_integer(&w, "done", r->done);
        json_write_pair_integer(&w, "lost", r->lost);
        json_write_key(&w, "rebuilt");
        json_write_raw(&w, r->rebuilt ? "true" : "false");
        json_write_pair_integer(&w, "bytes_in", (int64_t)r->bytes_in);
        json_write_pair_integer(&w, "bytes_out", (int64_t)r->bytes_out);
        json_write_key(&w, "said");
        json_write_raw(&w, t->items.data ? (const char *)t->items.data : "[]");
        json_write_end(&w);
        buffer_byte(&out, '\n');
    } else if (!cmd_quiet(t->arguments) && !r->found && !r->lost) {
        buffer_text(&out, _("All well: nothing to repair.\n"));
    }
    code = cmd_say(&out);
    buffer_free(&out);
    return code;
}

/* The exit status as the help says it. */
static int verdict(const sync_repair_result *r, int check)
{
    if (check && r->found)
        return error_set(TAWAM_EDAMAGED,
                         _("%lld faults found, nothing changed: `tawam "
                           "repair` mends them"),
                         (long long)r->found);
    if (r->lost)
        return error_set(TAWAM_ENO,
                         _("all is whole again, but not all could be saved: "
                           "see above"));
    return TAWAM_OK;
}

static int repair_in(const char *directory, const verb_arguments *a)
{
    cmd_progress progress;
    sync_options meeting = {.progress = cmd_sync_progress,
                            .context = &progress};
    telling t = {.arguments = a};
    sync_repair_options o = {.check = verb_value(a, "check") != NULL,
                             .offline = verb_value(a, "offline") != NULL,
                             .device = verb_value(a, "device"),
                             .url = verb_word(a, 0),
                             .meeting = &meeting,
                             .tell = on_tell,
                             .context = &t};
    sync_repair_result r = {0};
    int code;
    t.json.out = &t.items;
    json_write_array(&t.json);
    cmd_progress_begin(&progress, a);
    code = work_repair(&r, directory, &o);
    cmd_progress_end(&progress);
    if (code == TAWAM_OK || cmd_json(a)) {
        char *message = memory_string(error_message());
        int printed = print_result(&r, &t);
        if (code != TAWAM_OK)
            error_set(code, "%s", message ? message : "");
        else
            code = printed;
        free(message);
    }
    buffer_free(&t.items);
    return code == TAWAM_OK ? verdict(&r, o.check) : code;
}

static int run(const verb_arguments *a)
{
    char *known = terminal_known_replicas();
    char *directory = NULL;
    int code = territory_find(&directory, verb_value(a, "directory"),
                              getenv("TAWAM_DIR"), known);
    if (code == TAWAM_OK)
        code = repair_in(directory, a);
    free(directory);
    free(known);
    return code;
}
