/* SPDX-License-Identifier: MIT */
/* tawam verify: is everything what it should be? */
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"hash", 0, NULL, VERB_TEXT,
     N_("print the state hash alone; equal where the commits are the same")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_VERIFY = {
    .name = "verify",
    .forms = "[--hash]",
    .summary = N_("replay the history and compare"),
    .help = N_("Replays the history into an empty replica and compares the "
               "state, checks the GeoPackage and every object of the history, "
               "and names the commits that were refused; then hashes the "
               "attachments that are here. Changes not yet recorded are left "
               "out. Exit status 6 when something is damaged, 1 when another "
               "program's changes have to be recorded first."),
    .options = OPTIONS,
    .least = 0,
    .most = 0,
    .run = run};

/* The refused commits, in both forms. */
typedef struct refusals {
    buffer text;
    buffer items;
    json_writer json;
} refusals;

/* Kept in both forms; report() prints one. */
static int on_refused(void *context, const sync_commit *c)
{
    refusals *r = context;

    json_write_object(&r->json);
    json_write_pair(&r->json, "id", c->id);
    json_write_pair(&r->json, "device", c->device);
    json_write_pair(&r->json, "reason", c->reason);
    json_write_end(&r->json);
    buffer_format(&r->text, _("Refused commit %.10s of "), c->id);
    cmd_safe(&r->text, c->device);
    buffer_text(&r->text, ": ");
    cmd_safe(&r->text, c->reason);
    buffer_byte(&r->text, '\n');
    return 0;
}

/* Attachments whose bytes are not what their names say. */
typedef struct spoilt {
    buffer names;
    int64_t checked, wrong;
} spoilt;

static int on_spoilt(void *context, const char *name, const char *what)
{
    spoilt *s = context;

    if (s->names.length < 600)
        buffer_format(&s->names, "%s%.40s… %s", s->names.length ? "; " : "",
                      name, what);
    return 0;
}

static int check_files(spoilt *s, territory *t)
{
    int code = files_verify(&s->checked, &s->wrong, t->sync, on_spoilt, s);

    if (code == TAWAM_OK && s->wrong > 0)
        code = error_set(TAWAM_EDAMAGED,
                         _("%lld attachments are not what they were: %s. "
                           "Remove them from the folder attachments; files "
                           "get brings them from hq"),
                         (long long)s->wrong,
                         s->names.data ? (char *)s->names.data : "");
    return code;
}

static int report(const sync_verification *v, refusals *r, const spoilt *s,
                  const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int code;

    json_write_end(&r->json);
    if (cmd_json(a)) {
        json_write_object(&w);
        json_write_pair(&w, "hash", v->hash);
        json_write_pair(&w, "replayed", v->replayed);
        json_write_pair_integer(&w, "commits", v->commits);
        json_write_pair_integer(&w, "objects", v->objects);
        json_write_pair_integer(&w, "attachments", s->checked);
        json_write_key(&w, "refused");
        json_write_raw(&w, r->items.data ? (const char *)r->items.data : "[]");
        json_write_end(&w);
        buffer_byte(&out, '\n');
    } else if (verb_value(a, "hash") != NULL) {
        buffer_format(&out, "%s\n", v->hash);
    } else if (!cmd_quiet(a)) {
        if (r->text.data != NULL)
            buffer_bytes(&out, r->text.data, r->text.length);
        buffer_format(&out,
                      _("All well: %lld commits replayed, %lld objects "
                        "checked, %lld refused.\nstate %s\n"),
                      (long long)v->commits, (long long)v->objects,
                      (long long)v->refused, v->hash);
        if (s->checked > 0)
            buffer_format(&out, _("attachments checked: %lld\n"),
                          (long long)s->checked);
    }
    code = cmd_say(&out);
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    sync_verification v = {0};
    refusals r = {0};
    spoilt s = {0};
    cmd_progress progress;
    sync_options meeting = {.progress = cmd_sync_progress,
                            .context = &progress};
    int code = cmd_open(&t, a, 0);

    r.json.out = &r.items;
    json_write_array(&r.json);
    if (code == TAWAM_OK) {
        cmd_progress_begin(&progress, a);
        code = sync_verify(&v, t->sync, &meeting, on_refused, &r);
        cmd_progress_end(&progress);
    }
    if (code == TAWAM_EDAMAGED && !strstr(error_message(), "tawam repair"))
        code =
            error_set(code, _("%s (`tawam repair` mends it)"), error_message());
    if (code == TAWAM_OK && verb_value(a, "hash") == NULL)
        code = check_files(&s, t);
    if (code == TAWAM_OK)
        code = report(&v, &r, &s, a);
    buffer_free(&s.names);
    buffer_free(&r.text);
    buffer_free(&r.items);
    territory_close(t);
    return code;
}
