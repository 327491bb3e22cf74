/* SPDX-License-Identifier: MIT */
/* tawam log: the commits, newest first. */
#include <string.h>
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"limit", 'n', "NUMBER", VERB_TEXT, N_("so many commits at most")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_LOG = {
    .name = "log",
    .forms = "[-n NUMBER]",
    .summary = N_("list the commits, newest first"),
    .help = N_("Lists who recorded what, when, on which device. A commit "
               "marked refused contributes nothing, and it is said why; one "
               "marked waiting lacks others that have not come."),
    .options = OPTIONS,
    .least = 0,
    .most = 0,
    .run = run};

/* The walk. */
typedef struct walk {
    const verb_arguments *arguments;
    buffer out;
    json_writer json;
    int64_t left; /* commits still to print; negative: all */
} walk;

enum { WALK_ENOUGH = 1, FLUSH_BYTES = 1 << 16 };

/* Nothing for a commit that is applied, as nearly all are. */
static void say_state(buffer *out, const verb_arguments *a,
                      const sync_commit *c)
{
    if (c->state == 1 || c->state == 0)
        return;
    buffer_format(out, "    %s%s%s", cmd_color(a, 'r'),
                  c->state == 2 ? _("refused") : _("waiting"),
                  cmd_color(a, '0'));
    if (c->reason != NULL && c->reason[0] != 0) {
        buffer_text(out, ": ");
        cmd_safe(out, c->reason);
    }
    buffer_byte(out, '\n');
}

static void say_commit(buffer *out, const verb_arguments *a,
                       const sync_commit *c)
{
    char time[32];

    clock_format_local(time, c->time);
    buffer_format(out, "%s%.10s%s  %s  ", cmd_color(a, 'b'), c->id,
                  cmd_color(a, '0'), time);
    if (c->published) {
        buffer_text(out, "main");
        if (c->version[0] != 0) {
            buffer_byte(out, ' ');
            cmd_safe(out, c->version);
        }
    } else {
        cmd_safe(out, c->device);
        buffer_format(out, " %lld", (long long)c->sequence);
    }
    buffer_text(out, "  ");
    cmd_safe(out, c->author);
    buffer_text(out, "\n    ");
    cmd_safe(out, c->summary);
    buffer_byte(out, '\n');
    say_state(out, a, c);
}

static int on_commit(void *context, const sync_commit *commit)
{
    walk *w = context;
    int code = TAWAM_OK;

    if (w->left == 0)
        return WALK_ENOUGH;
    w->left -= w->left > 0;
    if (cmd_json(w->arguments)) {
        json_write_object(&w->json);
        cmd_json_commit(&w->json, commit);
        json_write_end(&w->json);
    } else {
        say_commit(&w->out, w->arguments, commit);
    }
    if (w->out.length > FLUSH_BYTES)
        code = cmd_json(w->arguments) ? cmd_flush(&w->out) : cmd_say(&w->out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    walk w = {.arguments = a};
    int code = verb_number(&w.left, a, "limit", -1, 0);

    w.json.out = &w.out;
    if (code == TAWAM_OK)
        code = cmd_open(&t, a, 0);
    if (code == TAWAM_OK) {
        if (cmd_json(a))
            json_write_array(&w.json);
        code = sync_log(t->sync, on_commit, &w);
        code = code > 0 ? TAWAM_OK : code;
        if (cmd_json(a))
            json_write_end(&w.json);
    }
    if (code == TAWAM_OK)
        code = cmd_json(a) ? cmd_flush_json(&w.out) : cmd_say(&w.out);
    buffer_free(&w.out);
    territory_close(t);
    return code;
}
