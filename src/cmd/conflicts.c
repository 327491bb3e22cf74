/* SPDX-License-Identifier: MIT */
/* tawam conflicts, settle: two answers to one question. */
#include <string.h>
#include "cmd/cmd.h"

static int run_conflicts(const verb_arguments *a);
static int run_settle(const verb_arguments *a);

const verb CMD_CONFLICTS = {
    .name = "conflicts",
    .forms = "",
    .summary = N_("list what was answered differently"),
    .help = N_("Lists the open conflicts: their id (the same on every "
               "replica), the row and column, and each value with who gave "
               "it, when and where, the one shown first. Nothing waits for "
               "them."),
    .least = 0,
    .most = 0,
    .run = run_conflicts};

static const verb_option SETTLE_OPTIONS[] = {
    {"take", 0, "NUMBER", VERB_TEXT, N_("the value listed there; 1 is shown")},
    {"value", 0, "VALUE", VERB_TEXT, N_("another value")},
    {"keep", 0, NULL, VERB_TEXT, N_("the row stays")},
    {"delete", 0, NULL, VERB_TEXT, N_("the row goes")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_SETTLE = {
    .name = "settle",
    .forms = "ID --take NUMBER | --value VALUE | --keep | --delete",
    .summary = N_("settle a conflict"),
    .help = N_("Settles conflict ID (its start is enough) for everybody: by "
               "one of the values listed, by another value, or, where a row "
               "was deleted on one side, by keeping or deleting it. It is "
               "sent with the next sync."),
    .options = SETTLE_OPTIONS,
    .least = 1,
    .most = 1,
    .run = run_settle};

/* ---- listing ---- */

typedef struct listing {
    const verb_arguments *arguments;
    territory *territory;
    buffer out;
    json_writer json;
} listing;

static const char *kind_name(sync_conflict_kind kind)
{
    switch (kind) {
    case SYNC_CONFLICT_DELETE:
        return "delete";
    case SYNC_CONFLICT_REFERENCE:
        return "reference";
    case SYNC_CONFLICT_DOUBLE:
        return "double";
    default:
        return "values";
    }
}

static const char *kind_words(sync_conflict_kind kind)
{
    switch (kind) {
    case SYNC_CONFLICT_DELETE:
        return _("deleted and edited");
    case SYNC_CONFLICT_REFERENCE:
        return _("broken reference");
    case SYNC_CONFLICT_DOUBLE:
        return _("two rows with one uuid");
    default:
        return _("different answers");
    }
}

/* One object a conflict; the first of its values is the one shown. */
static void conflict_json(json_writer *w, const sync_conflict *c)
{
    twin_type type = c->column ? c->column->type : TWIN_TEXT;

    json_write_object(w);
    json_write_pair(w, "id", c->id);
    json_write_pair(w, "layer", c->layer->name);
    json_write_key(w, "fid");
    json_write_fid(w, c->fid);
    json_write_pair(w, "column", c->column ? c->column->name : NULL);
    json_write_pair(w, "kind", kind_name(c->kind));
    json_write_key(w, "values");
    json_write_array(w);
    for (size_t i = 0; i < c->value_count; i++) {
        const sync_conflict_value *v = &c->values[i];
        json_write_object(w);
        json_write_key(w, "value");
        cmd_json_value(w, type, &v->value);
        if (v->is_delete) {
            json_write_key(w, "deleted");
            json_write_boolean(w, 1);
        }
        json_write_pair(w, "author", v->author);
        json_write_pair(w, "device", v->device);
        cmd_json_time(w, "time", v->time);
        json_write_pair(w, "commit", v->commit);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

/* "  2  broken  Amina <a@x>  (field-1)  2026-11-22 20:30" */
static void say_value(buffer *out, const sync_conflict *c, size_t i)
{
    const sync_conflict_value *v = &c->values[i];
    char time[32];

    clock_format_local(time, v->time);
    buffer_format(out, "  %zu  ", i + 1);
    if (v->is_delete)
        buffer_text(out, _("(row deleted)"));
    else if (c->column != NULL)
        cmd_say_value(out, c->column->type, &v->value);
    else
        buffer_text(out, _("(row edited)"));
    buffer_text(out, "  ");
    cmd_safe(out, v->author);
    buffer_text(out, "  (");
    cmd_safe(out, v->device);
    buffer_format(out, ")  %s%s\n", time, i == 0 ? _("  shown") : "");
}

static void say_conflict(listing *l, const sync_conflict *c)
{
    const verb_arguments *a = l->arguments;

    buffer_format(&l->out, "%s%s%s  ", cmd_color(a, 'b'), c->id,
                  cmd_color(a, '0'));
    cmd_safe(&l->out, c->layer->name);
    buffer_byte(&l->out, ' ');
    cmd_say_row(&l->out, l->territory, c->layer->name, c->fid);
    if (c->column != NULL) {
        buffer_text(&l->out, "  ");
        cmd_safe(&l->out, c->column->name);
    }
    buffer_format(&l->out, "  %s\n", kind_words(c->kind));
    for (size_t i = 0; i < c->value_count; i++)
        say_value(&l->out, c, i);
}

static int on_conflict(void *context, const sync_conflict *conflict)
{
    listing *l = context;

    if (cmd_json(l->arguments))
        conflict_json(&l->json, conflict);
    else
        say_conflict(l, conflict);
    return buffer_check(&l->out);
}

static int run_conflicts(const verb_arguments *a)
{
    listing l = {.arguments = a};
    int code = cmd_open(&l.territory, a, 0);

    l.json.out = &l.out;
    if (cmd_json(a))
        json_write_array(&l.json);
    if (code == TAWAM_OK)
        code = sync_conflicts(l.territory->sync, on_conflict, &l);
    if (cmd_json(a))
        json_write_end(&l.json);
    else if (code == TAWAM_OK && l.out.length == 0 && !cmd_quiet(a))
        buffer_text(&l.out, _("No conflicts.\n"));
    if (code == TAWAM_OK)
        code = cmd_json(a) ? cmd_flush_json(&l.out) : cmd_say(&l.out);
    buffer_free(&l.out);
    territory_close(l.territory);
    return code;
}

/* ---- settling ---- */

/* By the one way that was given; ID is whole here. */
static int settle(territory *t, const char *id, const verb_arguments *a)
{
    const char *value = verb_value(a, "value");
    int64_t nth = 0;
    int code = verb_number(&nth, a, "take", 0, 1);

    if (code != TAWAM_OK)
        return code;
    if (nth > 0)
        return sync_settle_take(t->sync, id, (size_t)nth);
    if (value != NULL)
        return work_settle_text(t, id, value);
    return sync_settle_row(t->sync, id, verb_value(a, "keep") != NULL);
}

static int run_settle(const verb_arguments *a)
{
    static const char *const WAYS[] = {"take", "value", "keep", "delete"};
    territory *t = NULL;
    buffer out = {0};
    json_writer w = {.out = &out};
    char id[17];
    int ways = 0;
    int code = TAWAM_OK;

    for (size_t i = 0; i < sizeof WAYS / sizeof *WAYS; i++)
        ways += verb_value(a, WAYS[i]) != NULL;
    if (ways != 1)
        return error_set(TAWAM_EUSAGE,
                         _("settle it one way: --take NUMBER, --value VALUE, "
                           "--keep or --delete"));
    code = cmd_open(&t, a, 1);
    if (code == TAWAM_OK)
        code = work_conflict_find(id, t, verb_word(a, 0));
    if (code == TAWAM_OK)
        code = settle(t, id, a);
    if (code == TAWAM_OK) { /* settled: what is left is only said */
        int64_t left = sync_conflict_count(t->sync);
        left = left < 0 ? 0 : left;
        if (cmd_json(a)) {
            json_write_object(&w);
            json_write_pair(&w, "settled", id);
            json_write_pair_integer(&w, "conflicts_open", left);
            json_write_end(&w);
            buffer_byte(&out, '\n');
        } else if (!cmd_quiet(a)) {
            buffer_format(&out, _("Settled; %lld left.\n"), (long long)left);
        }
        code = cmd_say(&out);
    }
    buffer_free(&out);
    territory_close(t);
    return code;
}
