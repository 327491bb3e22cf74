/* SPDX-License-Identifier: MIT */
/* Undoing what still stands of a commit, as an ordinary commit.
 *
 * A cell still stands when the commit is its only standing writer; a row's
 * insert, when nobody else wrote to the row; a delete, when the row is gone by
 * it alone. The rest was changed since and stays, and is told to the caller.
 */
#include "sync/sync_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reverter {
    sync_desk *s;
    int64_t number;
    twin *before; /* the rows as the writer found them */
    arena *memory;
    int64_t undone, *kept;
    sync_change_call call;
    void *context;
} reverter;

static int keep(reverter *r, const sync_change *change,
                const sync_change_cell *cell)
{
    sync_change one = *change;
    ++*r->kept;
    if (!r->call)
        return TAWAM_OK;
    if (cell) {
        one.cells = cell;
        one.cell_count = 1;
    }
    return r->call(r->context, &one);
}

/* A count, or an error's code. */
static int64_t one_count(reverter *r, const char *sql, int layer, int64_t fid)
{
    sqlite3_stmt *statement = NULL;
    int64_t count = 0;
    int code = twin_prepare(&statement, r->s->t, sql, 1);
    if (code)
        return code;
    sqlite3_bind_int(statement, 1, layer);
    sqlite3_bind_int64(statement, 2, fid);
    sqlite3_bind_int64(statement, 3, r->number);
    code = twin_step(r->s->t, statement);
    if (code == 1)
        count = sqlite3_column_int64(statement, 0);
    twin_release(statement);
    return code < 0 ? code : count;
}

/* Is there a write to the row that the commit had not seen? (What it had seen
 * is older: a row that came back was made by others before.) */
static int others_wrote(reverter *r, int layer, int64_t fid)
{
    int64_t *commits = NULL;
    size_t count = 0, i;
    int seen = 1;
    int code = merge_touching(&commits, &count, r->s->m, layer, fid);
    for (i = 0; !code && !TEETH(REVERT_OF_OTHERS) && seen == 1 && i < count;
         i++)
        seen = merge_covers(r->s->m, r->number, commits[i]);
    free(commits);
    return code ? code : seen < 0 ? seen : !seen;
}

/* 1 if it alone deleted the row, 0 if not, <0 error. */
static int only_deleted_by_it(reverter *r, int layer, int64_t fid)
{
    int64_t others = one_count(r,
                               "SELECT count(*) FROM tawam_delete WHERE"
                               " layer=?1 AND fid=?2 AND \"commit\"<>?3",
                               layer, fid);
    int64_t own = others ? others
                         : one_count(r,
                                     "SELECT count(*) FROM tawam_delete WHERE"
                                     " layer=?1 AND fid=?2 AND \"commit\"=?3",
                                     layer, fid);
    return own < 0 ? (int)own : !others && own == 1;
}

static int cell_stands(int *stands, reverter *r, const twin_layer *layer,
                       int64_t fid, int column)
{
    standing *list = NULL;
    size_t count = 0;
    int64_t origin = 0;
    int code =
        merge_standing(&list, &count, r->s->m, layer, fid, column, r->memory);
    if (code)
        return code;
    if (!count)
        origin = merge_origin(r->s->m, layer->id, fid);
    *stands = TEETH(REVERT_NEWER) ? 1
              : count             ? count == 1 && list[0].commit == r->number
                                  : origin == r->number;
    free(list);
    return origin < 0 ? (int)origin : TAWAM_OK;
}

static int revert_cell(reverter *r, const sync_change *change,
                       const twin_layer *layer, const sync_change_cell *cell)
{
    const twin_column *column = NULL;
    twin_cell back;
    int stands = 0;
    int code = twin_column_find(&column, layer, cell->column);
    if (!code)
        code = cell_stands(&stands, r, layer, change->fid, column->id);
    if (code)
        return code;
    if (!stands)
        return keep(r, change, cell);
    back = (twin_cell){column->id, cell->before};
    r->undone++;
    return twin_row_update(NULL, r->s->t, layer, change->fid, &back, 1);
}

/* The row with its old fid, its values as the columns hold them now. */
static int bring_back(reverter *r, const sync_change *change,
                      const twin_layer *layer)
{
    twin_cell *cells =
        arena_alloc(r->memory, (change->cell_count + 1) * sizeof *cells);
    size_t i;
    int code = cells ? TAWAM_OK : TAWAM_EMEMORY;
    for (i = 0; !code && i < change->cell_count; i++) {
        const twin_column *column = NULL;
        code = twin_column_find(&column, layer, change->cells[i].column);
        if (!code)
            cells[i] = (twin_cell){column->id, change->cells[i].before};
    }
    r->undone++;
    return code ? code
                : twin_row_put_back(r->s->t, layer, change->fid, cells,
                                    change->cell_count);
}

static int revert_change(void *context, const sync_change *change)
{
    reverter *r = context;
    const twin_layer *layer = NULL;
    size_t i;
    int there, code = twin_layer_find(&layer, r->s->t, change->layer);
    if (code)
        return code;
    arena_reset(r->memory);
    there = twin_row_exists(r->s->t, layer, change->fid);
    if (there < 0)
        return there;
    if (change->operation == CHANGESET_DELETE) {
        code = there ? 0 : only_deleted_by_it(r, layer->id, change->fid);
        if (code <= 0)
            return code < 0 ? code : keep(r, change, NULL);
        return bring_back(r, change, layer);
    }
    if (!there)
        return keep(r, change, NULL);
    if (change->operation == CHANGESET_INSERT) {
        code = others_wrote(r, layer->id, change->fid);
        if (code)
            return code < 0 ? code : keep(r, change, NULL);
        r->undone++;
        return twin_row_delete(r->s->t, layer, change->fid);
    }
    for (i = 0; !code && i < change->cell_count; i++)
        code = revert_cell(r, change, layer, &change->cells[i]);
    return code;
}

static char *revert_message(sync_desk *s, const char *id)
{
    gitlog_commit *commit = NULL;
    char *message = NULL;
    if (gitlog_read(&commit, s->log, id) == TAWAM_OK)
        message = memory_format(_("Revert \"%.*s\"\n\nThis undoes commit %s."),
                                (int)strcspn(commit->message, "\n"),
                                commit->message, id);
    gitlog_commit_free(commit);
    return message;
}

static int revert_inside(char new_id[SYNC_ID_SIZE], reverter *r, const char *id)
{
    char *message = NULL;
    int code = sync_record_inside(new_id, NULL, r->s, NULL);
    if (!code)
        code = sync_show(r->s, id, revert_change, r);
    if (!code && !r->undone)
        code = error_set(TAWAM_ENO,
                         _("nothing of commit %s still stands: it was all "
                           "changed since"),
                         id);
    if (code)
        return code;
    message = revert_message(r->s, id);
    code = message ? sync_record_inside(new_id, NULL, r->s, message)
                   : TAWAM_EMEMORY;
    free(message);
    return code;
}

int sync_revert(char new_id[SYNC_ID_SIZE], int64_t *kept, sync_desk *s,
                const char *id, sync_change_call call, void *context)
{
    int64_t count = 0;
    reverter r = {.s = s,
                  .number = merge_number(s->m, id),
                  .kept = &count,
                  .call = call,
                  .context = context};
    int code;

    if (r.number < 0)
        return (int)r.number;
    if (!r.number)
        return error_set(TAWAM_ENOTFOUND,
                         _("commit %s is not part of this replica's state"),
                         id);
    code = arena_new(&r.memory);
    if (!code)
        code = twin_begin(s->t);
    if (!code) {
        code = revert_inside(new_id, &r, id);
        if (!code)
            code = twin_commit(s->t);
        else
            twin_rollback(s->t);
    }
    arena_free(r.memory);
    if (!code)
        code = sync_move_ref(s);
    if (!code && kept)
        *kept = count;
    return code;
}
