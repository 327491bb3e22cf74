/* SPDX-License-Identifier: MIT */
/* tawam publish, versions: the central dataset's versions in main. */
#include "cmd/cmd.h"

static int run_publish(const verb_arguments *a);
static int run_versions(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"version", 0, "NAME", VERB_TEXT,
     N_("what this version is called: at, diff and show take the name")},
    {"message", 'm', "TEXT", VERB_TEXT,
     N_("what is new in it; else a summary is made")},
    {"retrain", 0, NULL, VERB_TEXT,
     N_("take a new dictionary if it saves anything at all")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_PUBLISH = {
    .name = "publish",
    .forms = "[--version NAME] [-m TEXT] [--retrain]",
    .summary = N_("make what is here the next version of main"),
    .help = N_("Records what was changed and makes a commit of main that "
               "holds everything recorded or merged here, with the figures "
               "(rows a layer, devices, last commits) in its README.md. It "
               "travels at the next sync; replicas that follow what is "
               "published then have it.\n\n"
               "A dictionary makes later commits smaller. A new one is made of "
               "recent changes and tried on the newest; it is published if it "
               "saves a twentieth of them and soon more than itself.\n\n"
               "When two desks publish at once, both versions stay, and the "
               "first sync that sees both joins them."),
    .options = OPTIONS,
    .least = 0,
    .most = 0,
    .run = run_publish};

const verb CMD_VERSIONS = {
    .name = "versions",
    .forms = "",
    .summary = N_("list the versions of main, newest first"),
    .help = N_("Lists main's commits: when each was published, by whom, what "
               "it is called. at, diff and show take the name or the commit."),
    .least = 0,
    .most = 0,
    .run = run_versions};

/* ---- publish ---- */

static void json_training(json_writer *w, const sync_training *t)
{
    json_write_pair(w, "dictionary", t->id[0] ? t->id : NULL);
    json_write_pair_integer(w, "dictionary_bytes", (int64_t)t->length);
    json_write_pair_integer(w, "dictionary_tried", t->tried);
    json_write_pair_integer(w, "dictionary_before", t->before);
    json_write_pair_integer(w, "dictionary_after", t->after);
}

/* What a new dictionary saves, or that the present one stays. */
static void say_training(buffer *out, const sync_training *t)
{
    char length[32];

    if (t->id[0] == 0)
        return;
    text_from_bytes(length, t->length);
    buffer_format(out,
                  _("A new dictionary of %s: the last %lld commits would have "
                    "been %lld bytes instead of %lld.\n"),
                  length, (long long)t->tried, (long long)t->after,
                  (long long)t->before);
}

static void json_report(buffer *out, const work_publication *p,
                        const char *version)
{
    json_writer w = {.out = out};

    json_write_object(&w);
    json_write_pair(&w, "published", p->made.id[0] ? p->made.id : NULL);
    json_write_pair(&w, "version", p->made.id[0] ? version : NULL);
    json_write_key(&w, "already");
    json_write_boolean(&w, p->made.already);
    json_write_pair(&w, "recorded", p->recorded[0] ? p->recorded : NULL);
    json_write_pair_integer(&w, "commits", p->made.commits);
    json_write_pair_integer(&w, "devices", p->made.devices);
    json_write_pair_integer(&w, "heads", p->made.heads);
    json_write_pair_integer(&w, "conflicts", p->conflicts);
    json_training(&w, &p->training);
    json_write_end(&w);
}

static void say_report(buffer *out, const work_publication *p,
                       const char *version)
{
    if (p->recorded[0] != 0) {
        buffer_format(out, _("Recorded %.10s: "), p->recorded);
        cmd_say_counts(out, &p->recorded_counts);
        buffer_text(out, ".\n");
    }
    if (p->made.id[0] == 0) {
        buffer_text(out, _("Nothing new to publish.\n"));
        return;
    }
    if (p->made.already) {
        cmd_safe(out, version);
        buffer_format(out, _(" is published already: %.10s.\n"), p->made.id);
        return;
    }
    buffer_format(out, _("Published %.10s"), p->made.id);
    if (version != NULL) {
        buffer_byte(out, ' ');
        cmd_safe(out, version);
    }
    buffer_text(out, ": ");
    buffer_format(out, _("commits: %lld, devices: %lld.\n"),
                  (long long)p->made.commits, (long long)p->made.devices);
    say_training(out, &p->training);
    if (p->conflicts > 0)
        buffer_format(out,
                      ngettext("%lld conflict is open in it.\n",
                               "%lld conflicts are open in it.\n",
                               (unsigned long)p->conflicts),
                      (long long)p->conflicts);
    buffer_text(out, _("It travels at the next sync.\n"));
}

static int run_publish(const verb_arguments *a)
{
    territory *t = NULL;
    work_publication done = {0};
    buffer out = {0};
    const char *version = verb_value(a, "version");
    const work_publish_options o = {version, verb_value(a, "message"),
                                    verb_value(a, "retrain") != NULL};
    int code = cmd_open(&t, a, 1);

    if (code == TAWAM_OK)
        code = work_publish(&done, t, &o);
    if (code == TAWAM_OK && cmd_json(a)) {
        json_report(&out, &done, version);
        code = cmd_flush_json(&out);
    } else if (code == TAWAM_OK && !cmd_quiet(a)) {
        say_report(&out, &done, version);
        code = cmd_say(&out);
    }
    buffer_free(&out);
    territory_close(t);
    return code;
}

/* ---- versions ---- */

typedef struct listing {
    const verb_arguments *arguments;
    buffer out;
    json_writer json;
} listing;

static int on_version(void *context, const sync_commit *c)
{
    listing *l = context;
    char time[32];

    if (cmd_json(l->arguments)) {
        json_write_object(&l->json);
        cmd_json_commit(&l->json, c);
        json_write_end(&l->json);
        return TAWAM_OK;
    }
    clock_format_local(time, c->time);
    buffer_format(&l->out, "%.10s  %s  ", c->id, time);
    cmd_safe(&l->out, c->version[0] ? c->version : "-");
    buffer_text(&l->out, "  ");
    cmd_safe(&l->out, c->summary);
    buffer_byte(&l->out, '\n');
    return TAWAM_OK;
}

static int run_versions(const verb_arguments *a)
{
    territory *t = NULL;
    listing l = {.arguments = a};
    int code = cmd_open(&t, a, 0);

    l.json.out = &l.out;
    if (cmd_json(a))
        json_write_array(&l.json);
    if (code == TAWAM_OK)
        code = sync_versions(t->sync, on_version, &l);
    if (cmd_json(a))
        json_write_end(&l.json);
    if (code == TAWAM_OK)
        code = cmd_json(a) ? cmd_flush_json(&l.out) : cmd_say(&l.out);
    buffer_free(&l.out);
    territory_close(t);
    return code;
}
