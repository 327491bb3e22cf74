/* SPDX-License-Identifier: MIT */
/* Edits and settlements: the program's own calls beside the model's rules. */
#include "tests/merge/act.h"

#include "exchange/exchange.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- edits ---- */

int act_has_row(const sim_replica *r, int row)
{
    return sim_fids[row] && r->view.there[row];
}

static twin_value text_value(int value)
{
    const char *text = sim_value_text(value);
    return (twin_value){.kind = text ? TWIN_KIND_TEXT : TWIN_KIND_NULL,
                        .bytes = text,
                        .length = text ? strlen(text) : 0};
}

sim_value act_typed_value(int value, twin_type type)
{
    twin_value v = text_value(value);
    sim_value own = sim_value_from(&v);
    return sim_value_as(&own, type);
}

void act_add(sim_replica *r, int row, int value)
{
    twin_cell cell = {sim_column_id(r, COLUMN_NAME), text_value(value)};
    twin_value uuid = {.kind = TWIN_KIND_TEXT, .length = 36};
    char text[37];
    int64_t fid = 0;
    if (sim_fids[row] || row >= SIM_NAMED_ROWS)
        return;
    SIM_MUST(edit_add(&fid, r->edits, sim_layer(r), &cell, 1));
    sim_fids[row] = fid;
    twin_uuid_from_fid(text, fid);
    uuid.bytes = text;
    memset(r->view.now[row], 0, sizeof r->view.now[row]);
    r->view.there[row] = 1;
    r->view.now[row][COLUMN_NAME] = sim_value_from(&cell.value);
    r->view.now[row][COLUMN_UUID] = sim_value_from(&uuid);
}

void act_set_one(sim_replica *r, int row, int column, int value)
{
    const twin_column *c = NULL;
    sim_value seen = r->view.now[row][column], new;
    twin_value a = sim_value_view(&seen), b;
    if (!r->view.types[column])
        return;
    new = act_typed_value(value, r->view.types[column]);
    b = sim_value_view(&new);
    SIM_MUST(twin_column_find(&c, sim_layer(r), sim_columns[column]));
    SIM_MUST(edit_set(r->edits, sim_layer(r), sim_fids[row], c, &a, &b));
    r->view.now[row][column] = new;
}

void act_set_some(sim_replica *r, const sim_op *op, int count)
{
    twin_cell cells[3];
    int i, k, used = 0, row = op->a[1];
    for (i = 0; i < count; i++) {
        int column = op->a[2 + 2 * i], value = op->a[3 + 2 * i], doubled = 0;
        for (k = 0; k < i; k++)
            doubled = doubled || op->a[2 + 2 * k] == column;
        if (doubled || !r->view.types[column])
            continue;
        cells[used++] =
            (twin_cell){sim_column_id(r, column), text_value(value)};
        r->view.now[row][column] =
            act_typed_value(value, r->view.types[column]);
    }
    if (used)
        SIM_MUST(twin_row_update(NULL, r->t, sim_layer(r), sim_fids[row], cells,
                                 (size_t)used));
}

void act_set_point(sim_replica *r, int row, int x, int y)
{
    buffer blob = {0};
    twin_cell cell = {sim_column_id(r, COLUMN_GEOM), {0}};
    SIM_MUST(geometry_from_point(&blob, x, y));
    cell.value.kind = TWIN_KIND_BYTES;
    cell.value.bytes = (char *)blob.data;
    cell.value.length = blob.length;
    SIM_MUST(
        twin_row_update(NULL, r->t, sim_layer(r), sim_fids[row], &cell, 1));
    r->view.now[row][COLUMN_GEOM] = sim_value_from(&cell.value);
    buffer_free(&blob);
}

void act_delete_row(sim_replica *r, int row)
{
    size_t gone = 0;
    SIM_MUST(
        edit_delete(&gone, NULL, r->edits, sim_layer(r), &sim_fids[row], 1));
    r->view.there[row] = 0;
}

void act_new_form(sim_replica *r, int column, twin_type type)
{
    twin_column_definition c = {sim_columns[column], type};
    twin_type was = r->view.types[column];
    twin_type now = was ? twin_type_join(was, type) : type;
    int row;
    SIM_MUST(twin_layer_declare(r->t, sim->step % 2 ? "well" : "WELL",
                                TWIN_NO_GEOMETRY, &c, 1));
    if (was == now)
        return;
    r->view.types[column] = now;
    r->view.declared[column] = 1;
    for (row = 0; row < SIM_ROWS; row++)
        r->view.now[row][column] = sim_value_as(&r->view.now[row][column], now);
}

/* A settlement taken back or done again: what is affirmed follows. */
static void undone_settlement(sim_replica *r, const edit_step *step, int redo)
{
    int row = act_row_of(step->fid), column;
    if (!step->column)
        r->view.affirmed_row[row] = (char)(redo && r->view.there[row]);
    for (column = 0; column < SIM_COLUMNS; column++)
        if (step->column && step->column == sim_column_id(r, column))
            r->view.affirmed[row][column] = (char)(redo && r->view.there[row]);
}

void act_undo(sim_replica *r, int redo)
{
    edit_step step = {0};
    int code = redo ? edit_redo(&step, r->edits) : edit_undo(&step, r->edits);
    if (code < 0 && code != TAWAM_ENO && code != TAWAM_ECONFLICT &&
        code != TAWAM_ENOTFOUND)
        sim_fail("undo: %s", error_message());
    if (code == TAWAM_ECONFLICT && !redo)
        edit_undo_drop(r->edits);
    act_take_over(r);
    if (!code && step.change == TWIN_AFFIRMED)
        undone_settlement(r, &step, redo);
}

void act_import(sim_replica *r, const sim_op *op)
{
    exchange_import_options options = {.layer = "well", .key = "name"};
    exchange_result result = {0};
    char path[240], rejects[260], text[200];
    const char *v[4];
    int i;
    for (i = 0; i < 4; i++) {
        v[i] = sim_value_text(op->a[1 + i]);
        v[i] = v[i] ? v[i] : "";
    }
    snprintf(path, sizeof path, "%s.csv", r->dir);
    snprintf(rejects, sizeof rejects, "%s.rejects.csv", r->dir);
    snprintf(text, sizeof text, "name,note\n%s,%s\n%s,%s\n", v[0], v[1], v[2],
             v[3]);
    options.reject_file = rejects;
    SIM_MUST(file_write_atomic(path, text, strlen(text)));
    SIM_MUST(exchange_import(&result, r->t, path, &options));
    exchange_result_clear(&result);
    unlink(rejects);
    act_take_over(r);
}

/* ---- settling ---- */

typedef struct chosen {
    int wanted, seen;
    char id[17];
    int row, column; /* -1: the row */
    size_t count;
    sim_value values[2];
    int is_delete[2];
} chosen;

static int choose(void *context, const sync_conflict *c)
{
    chosen *x = context;
    size_t i;
    int column;
    if (c->kind > SYNC_CONFLICT_DELETE || x->seen++ != x->wanted)
        return 0;
    snprintf(x->id, sizeof x->id, "%s", c->id);
    x->row = act_row_of(c->fid);
    x->column = -1;
    for (column = 0; c->column && column < SIM_COLUMNS; column++)
        if (text_equal_nocase(c->column->name, sim_columns[column]))
            x->column = column;
    x->count = c->value_count;
    for (i = 0; i < c->value_count && i < 2; i++) {
        x->values[i] = sim_value_from(&c->values[i].value);
        x->is_delete[i] = c->values[i].is_delete;
    }
    return 0;
}

typedef struct settlement {
    sim_replica *r;
    const char *id;
    int how; /* 0 the first value, 1 the second, 2 VALUE, 3 keep, 4 delete */
    twin_value value;
} settlement;

static int do_settle(void *context)
{
    const settlement *x = context;
    if (x->how < 2)
        return sync_settle_take(x->r->s, x->id, (size_t)x->how + 1);
    if (x->how == 2)
        return sync_settle_value(x->r->s, x->id, &x->value);
    return sync_settle_row(x->r->s, x->id, x->how == 3);
}

/* As a step that can be undone. */
static void settle_as(sim_replica *r, const chosen *x, int how, int value)
{
    settlement s = {r, x->id, how, text_value(value)};
    int column = x->column < 0 ? 0 : sim_column_id(r, x->column);
    const twin_layer *layer = sim_layer(r);
    SIM_MUST(edit_settle(r->edits, layer, sim_fids[x->row],
                         twin_column_by_id(layer, column), do_settle, &s));
}

static void settled_row(sim_replica *r, int row, int keep)
{
    if (keep)
        r->view.affirmed_row[row] = 1;
    else
        r->view.there[row] = 0;
}

static void settled_cell(sim_replica *r, const chosen *x, sim_value value)
{
    r->view.now[x->row][x->column] = value;
    r->view.affirmed[x->row][x->column] = 1;
}

void act_settle(sim_replica *r, const sim_op *op)
{
    chosen x = {.wanted = -1};
    int how = op->a[2];
    SIM_MUST(sync_conflicts(r->s, choose, &x));
    if (!x.seen)
        return;
    x.wanted = abs(op->a[1]) % x.seen;
    x.seen = 0;
    SIM_MUST(sync_conflicts(r->s, choose, &x));
    if (how < 2 && (size_t)how < x.count) {
        settle_as(r, &x, how, 0);
        if (x.column < 0)
            settled_row(r, x.row, !x.is_delete[how]);
        else
            settled_cell(r, &x, x.values[how]);
    } else if (how == 2 && x.column >= 0 && x.column != COLUMN_GEOM) {
        settle_as(r, &x, how, op->a[3]);
        settled_cell(r, &x, act_typed_value(op->a[3], r->view.types[x.column]));
    } else if (how == 3) {
        settle_as(r, &x, how, 0);
        if (x.column < 0)
            settled_row(r, x.row, 1);
        else
            settled_cell(r, &x, x.values[0]);
    } else if (how == 4) {
        settle_as(r, &x, how, 0);
        settled_row(r, x.row, 0);
    }
}
