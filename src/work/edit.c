/* SPDX-License-Identifier: MIT */
/* edit: a step is a list of transitions, each from one state of a row to
 * another; a state is "no such row" (NULL) or some of its cells. Doing, undoing
 * and redoing are one function, called with the states one way or the other:
 *
 *   set     {name: "Ali"}  -> {name: "Amina"}
 *   add     NULL           -> all cells
 *   delete  all cells      -> NULL
 *   settle  the cell       -> the cell, affirmed
 *
 * The steps stand in an array; those below `done` can be undone, those from
 * `done` on redone. */
#include <stdlib.h>
#include <string.h>
#include "base/base.h"
#include "work/edit.h"

typedef struct transition {
    int layer; /* id */
    int64_t fid;
    const twin_cell *before; /* NULL: there was no row */
    const twin_cell *after;  /* NULL: there is no row any more */
    size_t count;            /* cells in each of them that is not NULL */
    int settles;             /* 1: `after` also affirms COLUMN (0: the row) */
    int column;
} transition;

typedef struct step {
    arena *memory; /* owns all of it */
    transition *rows;
    size_t row_count;
    edit_step what;
} step;

struct edit_stack {
    twin *twin; /* borrowed */
    step steps[EDIT_STEPS];
    size_t count;
    size_t done; /* steps below can be undone */
};

int edit_stack_new(edit_stack **out, twin *t)
{
    edit_stack *e = memory_new(sizeof *e);
    if (!e)
        return TAWAM_EMEMORY;
    e->twin = t;
    *out = e;
    return TAWAM_OK;
}

/* Give up the steps from FIRST on. */
static void drop_from(edit_stack *e, size_t first)
{
    for (size_t i = first; i < e->count; i++)
        arena_free(e->steps[i].memory);
    if (first < e->count)
        e->count = first;
    if (e->done > e->count)
        e->done = e->count;
}

void edit_stack_clear(edit_stack *e)
{
    drop_from(e, 0);
}

void edit_stack_free(edit_stack *e)
{
    if (!e)
        return;
    drop_from(e, 0);
    free(e);
}

size_t edit_undo_count(const edit_stack *e)
{
    return e->done;
}

size_t edit_redo_count(const edit_stack *e)
{
    return e->count - e->done;
}

/* Put STEP (which passes to the stack) on top; what could be redone is gone. */
static void push(edit_stack *e, const step *s)
{
    drop_from(e, e->done);
    if (e->count == EDIT_STEPS) {
        arena_free(e->steps[0].memory);
        memmove(e->steps, e->steps + 1, (EDIT_STEPS - 1) * sizeof *e->steps);
        e->count--;
    }
    e->steps[e->count++] = *s;
    e->done = e->count;
}

static int copy_cells(const twin_cell **out, const twin_cell *cells,
                      size_t count, arena *a)
{
    twin_cell *copy = arena_alloc(a, count * sizeof *copy + 1);
    if (!copy)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < count; i++) {
        copy[i].column = cells[i].column;
        int error = twin_value_copy(&copy[i].value, &cells[i].value, a);
        if (error < 0)
            return error;
    }
    *out = copy;
    return TAWAM_OK;
}

static const twin_cell *cell_of(const twin_cell *cells, size_t count,
                                int column)
{
    for (size_t i = 0; i < count; i++)
        if (cells[i].column == column)
            return &cells[i];
    return NULL;
}

/* TAWAM_ECONFLICT naming the cell and what it holds now. */
static int changed_meanwhile(const twin_layer *layer, const twin_cell *now)
{
    const twin_column *column = twin_column_by_id(layer, now->column);
    buffer value = {0};
    twin_value_text(&value, column ? column->type : TWIN_TEXT, &now->value);
    char *safe =
        text_safe(value.data ? (const char *)value.data : "", value.length, 0);
    int error = error_set(
        TAWAM_ECONFLICT, _("%s was changed meanwhile: now %s"),
        column ? column->name : "?", safe && *safe ? safe : _("(empty)"));
    free(safe);
    buffer_free(&value);
    return error;
}

/* TAWAM_OK if the row is in state SEEN (COUNT cells, or NULL for none). */
static int check_state(twin *t, const twin_layer *layer, int64_t fid,
                       const twin_cell *seen, size_t count, arena *a)
{
    int exists = twin_row_exists(t, layer, fid);
    if (exists < 0)
        return exists;
    if (!seen)
        return exists ? error_set(TAWAM_ECONFLICT, _("the row is there again"))
                      : TAWAM_OK;
    if (!exists)
        return error_set(TAWAM_ENOTFOUND,
                         _("the row was deleted meanwhile, by someone else"));
    twin_cell *now = NULL;
    int error = twin_row_read(&now, t, layer, fid, a);
    if (error < 0)
        return error;
    for (size_t i = 0; i < count; i++) {
        const twin_cell *cell =
            cell_of(now, layer->column_count, seen[i].column);
        if (cell && !twin_value_equal(&cell->value, &seen[i].value))
            return changed_meanwhile(layer, cell);
    }
    return TAWAM_OK;
}

/* Bring a row from one state to another, both checked and inside the
 * transaction that is open. */
static int move_row(twin *t, int layer_id, int64_t fid, const twin_cell *from,
                    const twin_cell *to, size_t count, arena *a)
{
    const twin_layer *layer = twin_layer_by_id(t, layer_id);
    if (!layer)
        return error_set(TAWAM_ENOTFOUND, _("the layer is gone"));
    int error = check_state(t, layer, fid, from, count, a);
    if (error < 0)
        return error;
    if (!to)
        return twin_row_delete(t, layer, fid);
    if (!from)
        return twin_row_put_back(t, layer, fid, to, count);
    return twin_row_update(NULL, t, layer, fid, to, count);
}

/* What a settlement affirmed is taken back before the row is, and put there
 * again after it. */
static int move_affirm(twin *t, const transition *row, int back)
{
    const twin_layer *layer = twin_layer_by_id(t, row->layer);
    if (!row->settles || !row->after || !layer)
        return TAWAM_OK;
    if (!back)
        return twin_affirm(t, layer, row->fid, row->column);
    int error = twin_unaffirm(t, layer, row->fid, row->column);
    return error == TAWAM_ENOTFOUND
               ? error_set(TAWAM_ECONFLICT,
                           _("that settlement has been recorded meanwhile"))
               : error;
}

/* Commit when ERROR is TAWAM_OK, else roll back; returns what counts. */
static int finish(twin *t, int error)
{
    if (error == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return error;
}

/* Remember a step of ROWS that has been done; its memory passes on. */
static void remember(edit_stack *e, arena *memory, transition *rows,
                     size_t count, twin_change change, int column)
{
    step s = {.memory = memory, .rows = rows, .row_count = count};
    s.what = (edit_step){.change = change,
                         .layer = rows[0].layer,
                         .fid = rows[0].fid,
                         .column = column,
                         .rows = count};
    push(e, &s);
}

int edit_set(edit_stack *e, const twin_layer *layer, int64_t fid,
             const twin_column *column, const twin_value *seen,
             const twin_value *value)
{
    arena *a = NULL;
    int error = arena_new(&a);
    if (error < 0)
        return error;
    char storage[64];
    twin_cell before = {column->id, *seen};
    twin_cell after = {column->id,
                       twin_value_convert(value, column->type, storage)};
    int same = twin_value_equal(&before.value, &after.value);
    int layer_id = layer->id, column_id = column->id;
    transition *row = arena_alloc(a, sizeof *row);
    if (!row)
        error = TAWAM_EMEMORY;
    if (error == TAWAM_OK) {
        *row = (transition){.layer = layer_id, .fid = fid, .count = 1};
        error = copy_cells(&row->before, &before, 1, a);
    }
    if (error == TAWAM_OK)
        error = copy_cells(&row->after, &after, 1, a);
    if (error == TAWAM_OK)
        error = twin_begin(e->twin);
    if (error == TAWAM_OK)
        error = finish(e->twin, move_row(e->twin, layer_id, fid, row->before,
                                         row->after, 1, a));
    if (error < 0 || same)
        arena_free(a);
    else
        remember(e, a, row, 1, TWIN_UPDATED, column_id);
    return error;
}

/* Insert inside the open transaction and read back what was stored. */
static int insert_row(transition *row, twin *t, const twin_layer *layer,
                      const twin_cell *cells, size_t count, arena *a)
{
    twin_cell *stored = NULL;
    row->layer = layer->id;
    int error = twin_row_insert(&row->fid, t, layer, cells, count);
    const twin_layer *now = twin_layer_by_id(t, row->layer);
    if (error == TAWAM_OK && now) {
        row->count = now->column_count;
        error = twin_row_read(&stored, t, now, row->fid, a);
    }
    row->after = stored;
    return error;
}

int edit_add(int64_t *fid, edit_stack *e, const twin_layer *layer,
             const twin_cell *cells, size_t count)
{
    arena *a = NULL;
    int error = arena_new(&a);
    if (error < 0)
        return error;
    transition *row = arena_alloc(a, sizeof *row);
    error = row ? twin_begin(e->twin) : TAWAM_EMEMORY;
    if (error == TAWAM_OK)
        error =
            finish(e->twin, insert_row(row, e->twin, layer, cells, count, a));
    if (error < 0) {
        arena_free(a);
        return error;
    }
    *fid = row->fid;
    remember(e, a, row, 1, TWIN_INSERTED, 0);
    return TAWAM_OK;
}

/* Rows that are deleted, as one step. */
typedef struct deletion {
    twin *t;
    arena *memory; /* of what they held */
    transition *rows;
    size_t count, capacity;
    size_t named; /* of them; the others were parts of these */
} deletion;

/* One that is gone already is passed over; *WAS 1: it was there. */
static int delete_row(int *was, deletion *d, int layer_id, int64_t fid)
{
    const twin_layer *layer = twin_layer_by_id(d->t, layer_id);
    twin_cell *cells = NULL;
    int error = layer ? twin_row_exists(d->t, layer, fid) : 0;
    *was = error > 0;
    if (error <= 0)
        return error;
    error = memory_reserve((void **)&d->rows, &d->capacity, d->count + 1,
                           sizeof *d->rows);
    if (error == TAWAM_OK)
        error = twin_row_read(&cells, d->t, layer, fid, d->memory);
    if (error == TAWAM_OK)
        d->rows[d->count++] = (transition){.layer = layer_id,
                                           .fid = fid,
                                           .before = cells,
                                           .count = layer->column_count};
    return error == TAWAM_OK ? twin_row_delete(d->t, layer, fid) : error;
}

/* With what is part of it: the repeats of a form's record. */
static int delete_whole(deletion *d, int layer_id, int64_t fid)
{
    const twin_layer *layer = twin_layer_by_id(d->t, layer_id);
    twin_part *parts = NULL;
    size_t count = 0;
    int error =
        layer ? twin_row_parts(&parts, &count, d->t, layer, fid) : TAWAM_OK;
    for (size_t i = 0; i < count && error == TAWAM_OK; i++) {
        int was = 0;
        error = delete_row(&was, d, parts[i].layer, parts[i].fid);
        if (i == 0)
            d->named += (size_t)was;
        if (i == 0 && !was)
            break;
    }
    free(parts);
    return error;
}

static int delete_rows(deletion *d, const twin_layer *layer,
                       const int64_t *fids, size_t count)
{
    int id = layer->id;
    int error = twin_begin(d->t);
    if (error < 0)
        return error;
    for (size_t i = 0; i < count && error == TAWAM_OK; i++)
        error = delete_whole(d, id, fids[i]);
    return finish(d->t, error);
}

int edit_delete(size_t *deleted, size_t *parts, edit_stack *e,
                const twin_layer *layer, const int64_t *fids, size_t count)
{
    deletion d = {.t = e->twin};
    transition *rows = NULL;
    int error = arena_new(&d.memory);
    if (error == TAWAM_OK)
        error = delete_rows(&d, layer, fids, count);
    if (error == TAWAM_OK && d.count) {
        rows = arena_copy(d.memory, d.rows, d.count * sizeof *rows);
        if (rows)
            remember(e, d.memory, rows, d.count, TWIN_DELETED, 0);
    }
    if (!rows)
        arena_free(d.memory);
    free(d.rows);
    if (error == TAWAM_OK && deleted)
        *deleted = d.named;
    if (error == TAWAM_OK && parts)
        *parts = d.count - d.named;
    return error;
}

/* Bring all rows of S to the state before (BACK 1) or after it, the last row
 * first on the way back. */
static int walk_step(twin *t, const step *s, int back)
{
    arena *a = NULL;
    int error = arena_new(&a);
    if (error < 0)
        return error;
    error = twin_begin(t);
    if (error == TAWAM_OK) {
        for (size_t i = 0; i < s->row_count && error == TAWAM_OK; i++) {
            const transition *row = &s->rows[back ? s->row_count - 1 - i : i];
            if (back)
                error = move_affirm(t, row, 1);
            if (error == TAWAM_OK)
                error = move_row(
                    t, row->layer, row->fid, back ? row->after : row->before,
                    back ? row->before : row->after, row->count, a);
            if (error == TAWAM_OK && !back)
                error = move_affirm(t, row, 0);
        }
        error = finish(t, error);
    }
    arena_free(a);
    return error;
}

/* The cells of a row that a settlement may change: COLUMN's, or none. With
 * WHOLE all of them; NULL where there is no row. */
static int state_of(const twin_cell **out, size_t *count, twin *t,
                    const twin_layer *layer, int64_t fid, int column, int whole,
                    arena *a)
{
    twin_cell *all = NULL;
    int error = twin_row_exists(t, layer, fid);
    *out = NULL;
    if (error <= 0)
        return error;
    error = twin_row_read(&all, t, layer, fid, a);
    if (error < 0)
        return error;
    const twin_cell *one = cell_of(all, layer->column_count, column);
    *count = whole ? layer->column_count : one ? 1 : 0;
    *out = one && !whole ? one : all;
    return TAWAM_OK;
}

/* Inside the transaction: what was, SETTLE, what is. */
static int settle_row(transition *row, twin *t, const twin_layer *layer,
                      int (*settle)(void *context), void *context, arena *a)
{
    const twin_cell *all = NULL;
    size_t count = 0;
    int layer_id = layer->id;
    int error = state_of(&row->before, &row->count, t, layer, row->fid,
                         row->column, 0, a);
    if (error == TAWAM_OK)
        error = state_of(&all, &count, t, layer, row->fid, 0, 1, a);
    if (error == TAWAM_OK)
        error = settle(context);
    if (error < 0)
        return error;
    layer = twin_layer_by_id(t, layer_id);
    error = state_of(&row->after, &row->count, t, layer, row->fid, row->column,
                     0, a);
    if (error == TAWAM_OK && !row->after) { /* it was settled by a delete */
        row->before = all;
        row->count = count;
    }
    return error;
}

int edit_settle(edit_stack *e, const twin_layer *layer, int64_t fid,
                const twin_column *column, int (*settle)(void *context),
                void *context)
{
    arena *a = NULL;
    int column_id = column ? column->id : 0, error = arena_new(&a);
    if (error < 0)
        return error;
    transition *row = arena_alloc(a, sizeof *row);
    if (row)
        *row = (transition){
            .layer = layer->id, .fid = fid, .settles = 1, .column = column_id};
    error = row ? twin_begin(e->twin) : TAWAM_EMEMORY;
    if (error == TAWAM_OK)
        error = finish(e->twin,
                       settle_row(row, e->twin, layer, settle, context, a));
    if (error < 0) {
        arena_free(a);
        return error;
    }
    remember(e, a, row, 1, TWIN_AFFIRMED, column_id);
    return TAWAM_OK;
}

int edit_undo(edit_step *done, edit_stack *e)
{
    if (!e->done)
        return error_set(TAWAM_ENO, _("nothing to undo: what is recorded is "
                                      "taken back with tawam revert"));
    const step *s = &e->steps[e->done - 1];
    int error = walk_step(e->twin, s, 1);
    if (error < 0)
        return error;
    e->done--;
    if (done)
        *done = s->what;
    return TAWAM_OK;
}

int edit_redo(edit_step *done, edit_stack *e)
{
    if (e->done == e->count)
        return error_set(TAWAM_ENO, _("nothing to do again"));
    const step *s = &e->steps[e->done];
    int error = walk_step(e->twin, s, 0);
    if (error < 0)
        return error;
    e->done++;
    if (done)
        *done = s->what;
    return TAWAM_OK;
}

void edit_undo_drop(edit_stack *e)
{
    if (e->done)
        drop_from(e, e->done - 1);
}
