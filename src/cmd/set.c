/* SPDX-License-Identifier: MIT */
/* tawam set: change cells of a row. */
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

const verb CMD_SET = {
    .name = "set",
    .forms = "L ROW COLUMN=VALUE …",
    .summary = N_("change cells of a row"),
    .help = N_("Changes the row of layer L; an empty VALUE empties the cell. "
               "Dates as 2026-11-22 or 22/11/2026, decimals with a point or a "
               "comma, geometry as WKT or \"latitude, longitude\". Setting a "
               "cell that is in conflict to the value shown settles the "
               "conflict."),
    .least = 3,
    .most = -1,
    .words = {VERB_LAYER, VERB_TEXT, VERB_TEXT},
    .run = run};

/* How many cells changed, and how many conflicts were settled by saying again
 * what is shown. */
typedef struct outcome {
    size_t changed;
    size_t affirmed;
} outcome;

/* Affirm every cell of CELLS that holds its value already and is an open
 * conflict. */
static int affirm_same(outcome *o, territory *t, const twin_layer *layer,
                       int64_t fid, const twin_cell *cells, size_t count,
                       arena *memory)
{
    twin_cell *now = NULL;
    int code = twin_row_read(&now, t->twin, layer, fid, memory);

    for (size_t i = 0; i < count && code == TAWAM_OK; i++) {
        const twin_column *column = twin_column_by_id(layer, cells[i].column);
        char storage[64];
        twin_value value =
            twin_value_convert(&cells[i].value, column->type, storage);
        int conflict;
        if (!twin_value_equal(&now[column - layer->columns].value, &value))
            continue;
        conflict = work_in_conflict(t, layer, fid, column);
        if (conflict < 0)
            return conflict;
        if (conflict > 0) {
            code = twin_affirm(t->twin, layer, fid, column->id);
            o->affirmed++;
        }
    }
    return code;
}

/* All in one transaction: what is compared is what is changed. */
static int change(outcome *o, territory *t, const verb_arguments *a,
                  arena *memory, int64_t *fid)
{
    const twin_layer *layer = NULL;
    twin_cell *cells = NULL;
    size_t count = 0;
    int code = twin_begin(t->twin);

    if (code != TAWAM_OK)
        return code;
    code = cmd_layer(&layer, t, a, 0);
    if (code == TAWAM_OK)
        code = cmd_row(fid, t, layer, a, 1);
    if (code == TAWAM_OK)
        code = cmd_cells(&cells, &count, layer, a, 2, memory);
    if (code == TAWAM_OK)
        code = affirm_same(o, t, layer, *fid, cells, count, memory);
    if (code == TAWAM_OK)
        code = twin_row_update(&o->changed, t->twin, layer, *fid, cells, count);
    if (code == TAWAM_OK)
        return twin_commit(t->twin);
    twin_rollback(t->twin);
    return code;
}

static int report(const outcome *o, int64_t fid, const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int code;

    if (cmd_json(a)) {
        json_write_object(&w);
        json_write_key(&w, "fid");
        json_write_fid(&w, fid);
        json_write_pair_integer(&w, "changed", (int64_t)o->changed);
        json_write_pair_integer(&w, "affirmed", (int64_t)o->affirmed);
        json_write_end(&w);
        buffer_byte(&out, '\n');
    } else if (!cmd_quiet(a)) {
        buffer_format(&out,
                      ngettext("%zu cell changed", "%zu cells changed",
                               (unsigned long)o->changed),
                      o->changed);
        if (o->affirmed > 0)
            buffer_format(&out,
                          ngettext(", %zu conflict settled",
                                   ", %zu conflicts settled",
                                   (unsigned long)o->affirmed),
                          o->affirmed);
        buffer_byte(&out, '\n');
    }
    code = cmd_say(&out);
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    arena *memory = NULL;
    outcome o = {0};
    int64_t fid = 0;
    int code = cmd_open(&t, a, 1);

    if (code == TAWAM_OK)
        code = arena_new(&memory);
    if (code == TAWAM_OK)
        code = change(&o, t, a, memory, &fid);
    if (code == TAWAM_OK)
        code = report(&o, fid, a);
    arena_free(memory);
    territory_close(t);
    return code;
}
