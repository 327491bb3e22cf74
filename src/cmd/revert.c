/* SPDX-License-Identifier: MIT */
/* tawam revert: undo a commit by a new one. */
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

const verb CMD_REVERT = {
    .name = "revert",
    .forms = "COMMIT",
    .summary = N_("undo what still stands of a commit"),
    .help = N_("Takes back the cells and rows of COMMIT that nobody changed "
               "since, as a new commit; those that were changed since stay, "
               "and are listed."),
    .least = 1,
    .most = 1,
    .run = run};

static int report(cmd_changes *c, const char *id, int64_t kept)
{
    const verb_arguments *a = c->arguments;
    buffer out = {0};

    if (cmd_json(a)) {
        json_write_end(&c->json);
        json_write_key(&c->json, "commit");
        json_write_string(&c->json, id[0] ? id : NULL);
        json_write_pair_integer(&c->json, "kept", kept);
        json_write_end(&c->json);
        return cmd_flush_json(&c->out);
    }
    int code = cmd_say(&c->out);
    if (id[0] != 0)
        buffer_format(&out, _("Reverted by %.10s."), id);
    else
        buffer_text(&out, _("Nothing of it still stands."));
    if (kept > 0)
        buffer_format(&out,
                      ngettext(" %lld change stays, made again since.",
                               " %lld changes stay, made again since.",
                               (unsigned long)kept),
                      (long long)kept);
    buffer_byte(&out, '\n');
    if (code == TAWAM_OK && !cmd_quiet(a))
        code = cmd_say(&out);
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    cmd_changes c = {0};
    char id[SYNC_ID_SIZE] = "", reverted[SYNC_ID_SIZE] = "";
    int64_t kept = 0;
    int code = cmd_open(&t, a, 1);

    cmd_changes_begin(&c, t, a);
    if (cmd_json(a)) {
        json_write_object(&c.json);
        json_write_key(&c.json, "changes_kept");
        json_write_array(&c.json);
    }
    if (code == TAWAM_OK)
        code = sync_resolve(reverted, t->sync, verb_word(a, 0));
    if (code == TAWAM_OK)
        code = sync_revert(id, &kept, t->sync, reverted, cmd_change, &c);
    if (code == TAWAM_OK)
        code = report(&c, id, kept);
    buffer_free(&c.out);
    territory_close(t);
    return code;
}
