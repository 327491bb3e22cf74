/* SPDX-License-Identifier: MIT */
/* tawam add: a new row. */
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

const verb CMD_ADD = {
    .name = "add",
    .forms = "L COLUMN=VALUE …",
    .summary = N_("add a row"),
    .help = N_("Adds a row to layer L and prints its fid alone. Values as "
               "for set."),
    .least = 2,
    .most = -1,
    .words = {VERB_LAYER, VERB_TEXT},
    .run = run};

static int insert(int64_t *fid, territory *t, const verb_arguments *a,
                  arena *memory)
{
    const twin_layer *layer = NULL;
    twin_cell *cells = NULL;
    size_t count = 0;
    int code = cmd_layer(&layer, t, a, 0);

    if (code == TAWAM_OK)
        code = cmd_cells(&cells, &count, layer, a, 1, memory);
    if (code == TAWAM_OK)
        code = twin_row_insert(fid, t->twin, layer, cells, count);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    arena *memory = NULL;
    buffer out = {0};
    json_writer w = {.out = &out};
    int64_t fid = 0;
    int code = cmd_open(&t, a, 1);

    if (code == TAWAM_OK)
        code = arena_new(&memory);
    if (code == TAWAM_OK)
        code = insert(&fid, t, a, memory);
    if (code == TAWAM_OK) {
        if (cmd_json(a)) {
            json_write_object(&w);
            json_write_key(&w, "fid");
            json_write_fid(&w, fid);
            json_write_end(&w);
            buffer_byte(&out, '\n');
        } else {
            buffer_format(&out, "%lld\n", (long long)fid);
        }
        code = cmd_say(&out);
    }
    buffer_free(&out);
    arena_free(memory);
    territory_close(t);
    return code;
}
