/* SPDX-License-Identifier: MIT */
/* tawam delete: a row goes. */
#include "cmd/cmd.h"
#include "work/edit.h"

static int run(const verb_arguments *a);

const verb CMD_DELETE = {
    .name = "delete",
    .forms = "L ROW",
    .summary = N_("delete a row"),
    .help = N_("Deletes the row of layer L, and of a form's record the rows "
               "of its repeats. It stays in the history: revert of the commit "
               "that deleted it brings it back."),
    .least = 2,
    .most = 2,
    .words = {VERB_LAYER, VERB_TEXT},
    .run = run};

static int report(int64_t fid, size_t parts, const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int code;

    if (cmd_json(a)) {
        json_write_object(&w);
        json_write_key(&w, "fid");
        json_write_fid(&w, fid);
        json_write_pair_integer(&w, "deleted", 1);
        json_write_pair_integer(&w, "parts", (int64_t)parts);
        json_write_end(&w);
        buffer_byte(&out, '\n');
    } else if (!cmd_quiet(a)) {
        if (parts)
            buffer_format(&out,
                          ngettext("1 row deleted, and %zu row of its "
                                   "repeats\n",
                                   "1 row deleted, and %zu rows of its "
                                   "repeats\n",
                                   parts),
                          parts);
        else
            buffer_text(&out, _("1 row deleted\n"));
    }
    code = cmd_say(&out);
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    const twin_layer *layer = NULL;
    edit_stack *edits = NULL;
    int64_t fid = 0;
    size_t parts = 0;
    int code = cmd_open(&t, a, 1);

    if (code == TAWAM_OK)
        code = cmd_layer(&layer, t, a, 0);
    if (code == TAWAM_OK)
        code = cmd_row(&fid, t, layer, a, 1);
    if (code == TAWAM_OK)
        code = edit_stack_new(&edits, t->twin);
    if (code == TAWAM_OK)
        code = edit_delete(NULL, &parts, edits, layer, &fid, 1);
    if (code == TAWAM_OK)
        code = report(fid, parts, a);
    edit_stack_free(edits);
    territory_close(t);
    return code;
}
