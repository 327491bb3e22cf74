/* SPDX-License-Identifier: MIT */
/* tawam merge-rows: two doubled rows become one. */
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

const verb CMD_MERGE_ROWS = {
    .name = "merge-rows",
    .forms = "L ROW ROW",
    .summary = N_("make two doubled rows one"),
    .help = N_("Fills the empty cells of the first row from the second, moves "
               "references (columns L_fid and L_uuid of any layer) to the "
               "first, and deletes the second. Where both have a value, the "
               "first's stays, and it is said."),
    .least = 3,
    .most = 3,
    .words = {VERB_LAYER, VERB_TEXT, VERB_TEXT},
    .run = run};

/* Where both rows had a value: text for people or items of a JSON array. */
typedef struct differences {
    const verb_arguments *arguments;
    buffer text;
    buffer items;
    json_writer json;
} differences;

/* A cell where both rows had a value. */
static void on_difference(void *context, const twin_column *column,
                          const twin_value *kept, const twin_value *lost)
{
    differences *d = context;

    if (cmd_json(d->arguments)) {
        json_write_object(&d->json);
        json_write_pair(&d->json, "column", column->name);
        json_write_key(&d->json, "kept");
        cmd_json_value(&d->json, column->type, kept);
        json_write_key(&d->json, "lost");
        cmd_json_value(&d->json, column->type, lost);
        json_write_end(&d->json);
        return;
    }
    cmd_safe(&d->text, column->name);
    buffer_text(&d->text, _(": kept "));
    cmd_say_value(&d->text, column->type, kept);
    buffer_text(&d->text, _(", not "));
    cmd_say_value(&d->text, column->type, lost);
    buffer_byte(&d->text, '\n');
}

static int report(const work_merge_result *r, differences *d, int64_t kept)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int code;

    json_write_end(&d->json);
    if (cmd_json(d->arguments)) {
        json_write_object(&w);
        json_write_key(&w, "fid");
        json_write_fid(&w, kept);
        json_write_pair_integer(&w, "filled", r->filled);
        json_write_pair_integer(&w, "references", r->references);
        json_write_key(&w, "differing");
        json_write_raw(&w, d->items.data ? (const char *)d->items.data : "[]");
        json_write_end(&w);
        buffer_byte(&out, '\n');
    } else if (!cmd_quiet(d->arguments)) {
        if (d->text.data != NULL)
            buffer_bytes(&out, d->text.data, d->text.length);
        buffer_format(&out,
                      _("1 row left: %lld cells filled, %lld references "
                        "moved, %lld cells differed\n"),
                      (long long)r->filled, (long long)r->references,
                      (long long)r->differing);
    }
    code = cmd_say(&out);
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    const twin_layer *layer = NULL;
    differences d = {.arguments = a};
    work_merge_result result = {0};
    int64_t kept = 0, gone = 0;
    int code = cmd_open(&t, a, 1);

    d.json.out = &d.items;
    json_write_array(&d.json);
    if (code == TAWAM_OK)
        code = cmd_layer(&layer, t, a, 0);
    if (code == TAWAM_OK)
        code = cmd_row(&kept, t, layer, a, 1);
    if (code == TAWAM_OK)
        code = cmd_row(&gone, t, layer, a, 2);
    if (code == TAWAM_OK)
        code =
            work_merge_rows(&result, t, layer, kept, gone, on_difference, &d);
    if (code == TAWAM_OK)
        code = report(&result, &d, kept);
    buffer_free(&d.text);
    buffer_free(&d.items);
    territory_close(t);
    return code;
}
