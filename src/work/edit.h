/* SPDX-License-Identifier: MIT */
/* edit: changes that a person makes to rows, with a way back.
 *
 * Each function is one transaction and, when it returns TAWAM_OK, one step of
 * the undo stack. Undoing is an ordinary edit with the opposite effect, so it
 * is captured like any other and an edit put back leaves nothing pending.
 *
 * Invariants:
 *  1. Nothing that someone else wrote meanwhile is overwritten silently: a
 *     value is stored only if the cell still holds what the person saw, and
 *     a step is undone only if its cells still hold what it left. Otherwise
 *     TAWAM_ECONFLICT, nothing changed, and the message says what stands now.
 *  2. The stack holds at most EDIT_STEPS steps; the oldest fall off.
 *  3. Memory only: the stack ends with the program, the edits don't.
 */
#ifndef TAWAM_WORK_EDIT_H
#define TAWAM_WORK_EDIT_H

#include "base/base.h"
#include "twin/twin.h"

#define EDIT_STEPS 200

typedef struct edit_stack edit_stack;

/* T stays the caller's and must outlive the stack. */
int edit_stack_new(edit_stack **out, twin *t);
void edit_stack_free(edit_stack *e);
/* Forget all steps: what was edited has been recorded. */
void edit_stack_clear(edit_stack *e);
size_t edit_undo_count(const edit_stack *e);
size_t edit_redo_count(const edit_stack *e);

/* Store VALUE in a cell that was seen as SEEN. Storing what is there already
 * is TAWAM_OK and no step. TAWAM_ENOTFOUND when the row is gone. */
int edit_set(edit_stack *e, const twin_layer *layer, int64_t fid,
             const twin_column *column, const twin_value *seen,
             const twin_value *value);
/* A new row of COUNT cells; *fid gets its id. */
int edit_add(int64_t *fid, edit_stack *e, const twin_layer *layer,
             const twin_cell *cells, size_t count);
/* Delete COUNT rows as one step, each with its parts: the repeats of a form's
 * record (twin_row_parts). Rows already gone are passed over; *deleted and
 * *parts (may be NULL) get how many of each were there. */
int edit_delete(size_t *deleted, size_t *parts, edit_stack *e,
                const twin_layer *layer, const int64_t *fids, size_t count);

/* SETTLE(CONTEXT) settles the conflict in a cell, or with COLUMN NULL that of
 * the row, inside one transaction, and that is a step: undone, the conflict is
 * listed again. Returns what SETTLE does. */
int edit_settle(edit_stack *e, const twin_layer *layer, int64_t fid,
                const twin_column *column, int (*settle)(void *context),
                void *context);

/* What a step was, for a message. TWIN_AFFIRMED: a conflict was settled. */
typedef struct edit_step {
    twin_change change; /* what the step had done to its rows */
    int layer;          /* id */
    int64_t fid;        /* of its first row */
    int column;         /* id; 0 when the row as a whole */
    size_t rows;
} edit_step;

/* Take back the last step / do it again; *done (may be NULL) says which it
 * was. TAWAM_ENO when there is none. After a TAWAM_ECONFLICT the step stays on
 * the stack: edit_undo_drop() gives it up, to reach the one below. */
int edit_undo(edit_step *done, edit_stack *e);
int edit_redo(edit_step *done, edit_stack *e);
void edit_undo_drop(edit_stack *e);

#endif
