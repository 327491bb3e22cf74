/* SPDX-License-Identifier: MIT */
/* Rows before and after: of a commit, of all that lies between two versions.
 *
 * Most rows are told from what the replica keeps (row_at.c). When the first one
 * is met that can't be, all such rows are replayed together, restricted to
 * them: once, since a replay decodes whole commits.
 */
#include "sync/sides_internal.h"

#include <string.h>

int sides_open(sides *x, const row_filter *filter)
{
    int code = arena_new(&x->memory);
    x->filter = filter;
    return code ? code : row_at_new(&x->row, x->s);
}

void sides_forget_replays(sides *x)
{
    twin_close(x->replayed[0]);
    twin_close(x->replayed[1]);
    x->replayed[0] = x->replayed[1] = NULL;
    row_filter_free(x->unknown);
    x->unknown = NULL;
}

void sides_close(sides *x)
{
    sides_forget_replays(x);
    row_at_free(x->row);
    arena_free(x->memory);
}

/* ---- replays ---- */

/* *UNKNOWN: one side or the other of the row. */
static int ask(int *unknown, sides *x, const twin_layer *layer, int64_t fid)
{
    const version_part *parts[2] = {&x->before, &x->after};
    const twin_cell *cells;
    int i, code = row_at_load(x->row, layer, fid);
    *unknown = 0;
    for (i = 0; code >= 0 && i < 2; i++) {
        code = row_at_version(&cells, x->row, parts[i]);
        *unknown = *unknown || code == ROW_AT_UNKNOWN;
    }
    return code < 0 ? code : TAWAM_OK;
}

static int add_unknown(void *context, const char *name, int64_t fid)
{
    sides *x = context;
    const twin_layer *layer = NULL;
    int unknown = 0;
    int code = twin_layer_find(&layer, x->s->t, name);
    if (!code)
        code = ask(&unknown, x, layer, fid);
    return code || !unknown ? code : row_filter_add(x->unknown, name, fid);
}

/* 1 if B has seen all that A has. */
static int vector_holds(const vector *b, const vector *a)
{
    size_t i;
    for (i = 0; i < a->count; i++)
        if (vector_position(b, a->entries[i].chain) < a->entries[i].position)
            return 0;
    return 1;
}

/* Mostly what is before is a part of what is after: it is not read twice. */
static int replay_unknown(sides *x)
{
    const version_part *a = &x->before, *b = &x->after;
    int follows = !a->except && !b->except && vector_holds(b->seen, a->seen);
    int code = replay_version(&x->replayed[0], NULL, x->s, a->seen, a->except,
                              x->unknown);
    if (code)
        return code;
    return follows ? replay_from(&x->replayed[1], NULL, x->s, x->replayed[0],
                                 a->seen, b->seen, 0, x->unknown)
                   : replay_version(&x->replayed[1], NULL, x->s, b->seen,
                                    b->except, x->unknown);
}

static int open_replays(sides *x)
{
    int code;
    sides_forget_replays(x);
    code = row_filter_new(&x->unknown);
    if (!code)
        code = row_filter_each(x->filter, add_unknown, x);
    return code ? code : replay_unknown(x);
}

/* ---- one row ---- */

/* CELLS of the layer as it was THEN under the columns of LAYER. */
static int under_columns(twin_cell *out, sides *x, const twin_layer *layer,
                         const twin_layer *then, const twin_cell *cells)
{
    size_t i;
    for (i = 0; i < layer->column_count; i++) {
        const twin_column *c = twin_column_named(then, layer->columns[i].name);
        char *storage = arena_alloc(x->memory, 64);
        if (!storage)
            return TAWAM_EMEMORY;
        out[i].column = layer->columns[i].id;
        if (c)
            out[i].value = twin_value_convert(&cells[c - then->columns].value,
                                              layer->columns[i].type, storage);
    }
    return TAWAM_OK;
}

/* The row in scratch T under LAYER's columns: 1 there, 0 not. */
static int replayed_row(const twin_cell **out, sides *x, twin *t,
                        const twin_layer *layer, int64_t fid)
{
    const twin_layer *then = NULL;
    twin_cell *cells = NULL, *list = NULL;
    int code = twin_layer_find(&then, t, layer->name);
    if (code == TAWAM_ENOTFOUND) {
        error_clear(); /* no commit of that version declares it */
        return 0;
    }
    if (!code)
        code = twin_row_exists(t, then, fid);
    if (code <= 0)
        return code;
    list = arena_alloc(x->memory, (layer->column_count + 1) * sizeof *list);
    code =
        list ? twin_row_read(&cells, t, then, fid, x->memory) : TAWAM_EMEMORY;
    if (!code)
        code = under_columns(list, x, layer, then, cells);
    *out = list;
    return code ? code : 1;
}

static int row_before_and_after(const twin_cell *cells[2], int there[2],
                                sides *x, const twin_layer *layer, int64_t fid)
{
    const version_part *parts[2] = {&x->before, &x->after};
    int i, unknown = x->unknown && row_filter_has(x->unknown, layer->name, fid);
    int code = unknown ? TAWAM_OK : row_at_load(x->row, layer, fid);
    for (i = 0; !code && !unknown && i < 2; i++) {
        there[i] = row_at_version(&cells[i], x->row, parts[i]);
        unknown = there[i] == ROW_AT_UNKNOWN;
        code = there[i] < 0 ? there[i] : TAWAM_OK;
    }
    if (code || !unknown)
        return code;
    if (!x->unknown || !row_filter_has(x->unknown, layer->name, fid))
        code = open_replays(x);
    for (i = 0; !code && i < 2; i++) {
        there[i] = replayed_row(&cells[i], x, x->replayed[i], layer, fid);
        code = there[i] < 0 ? there[i] : TAWAM_OK;
    }
    return code;
}

static int differing_cells(sync_change *change, sides *x,
                           const twin_layer *layer,
                           const twin_cell *const cells[2], const int there[2])
{
    static const twin_value none;
    sync_change_cell *list =
        arena_alloc(x->memory, (layer->column_count + 1) * sizeof *list);
    size_t i, count = 0;
    if (!list)
        return TAWAM_EMEMORY;
    for (i = 0; i < layer->column_count; i++) {
        const twin_value *b = there[0] ? &cells[0][i].value : &none;
        const twin_value *a = there[1] ? &cells[1][i].value : &none;
        if (twin_value_equal(a, b))
            continue;
        list[count++] = (sync_change_cell){layer->columns[i].name,
                                           layer->columns[i].type,
                                           there[0],
                                           there[1],
                                           *b,
                                           *a};
    }
    change->cells = list;
    change->cell_count = count;
    return TAWAM_OK;
}

int sides_tell(sides *x, const char *name, int64_t fid, int affirmed)
{
    const twin_layer *layer = NULL;
    const twin_cell *cells[2] = {NULL, NULL};
    int there[2] = {0, 0};
    sync_change change = {.layer = name, .fid = fid, .commit = x->commit};
    int code = twin_layer_find(&layer, x->s->t, name);

    arena_reset(x->memory);
    if (!code)
        code = row_before_and_after(cells, there, x, layer, fid);
    if (code || (!there[0] && !there[1]))
        return code;
    code = differing_cells(&change, x, layer, cells, there);
    if (code || (there[0] && there[1] && !change.cell_count && !affirmed))
        return code;
    change.operation = !there[0]           ? CHANGESET_INSERT
                       : !there[1]         ? CHANGESET_DELETE
                       : change.cell_count ? CHANGESET_UPDATE
                                           : CHANGESET_AFFIRM;
    return x->call(x->context, &change);
}
