/* SPDX-License-Identifier: MIT */
/* A commit's changeset put into a replica (rows: merge_row.c).
 *
 * A commit is first checked whole (readable, names allowed, geometry sound),
 * then entered in tawam_commit, then its layers are declared and its rows
 * applied. One that fails half-way is remembered; the caller rolls the batch
 * back and applies it again, and this time the commit is refused. (Not by a
 * savepoint: SQLite's journal of one grows with the batch and is walked at
 * every statement; 100,000 rows took 17 s instead of 2.)
 */
#include "sync/merge_internal.h"
#include "sync/merge_private_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- checking what came from outside ---- */

static int check_columns(const changeset_layer *layer)
{
    size_t i;
    int code = TAWAM_OK;
    for (i = 0; !code && i < layer->column_count; i++) {
        const changeset_column *c = &layer->columns[i];
        int is_geom = text_equal_nocase(c->name, "geom");
        if (is_geom != (c->type == TWIN_GEOMETRY))
            code = error_set(TAWAM_EDAMAGED, _("column %.63s of type %s"),
                             c->name, twin_type_name(c->type));
        else
            code = twin_name_check(c->name, 1);
    }
    return code;
}

static int check_cells(const changeset_layer *layer)
{
    size_t i;
    for (i = 0; i < layer->cell_count; i++) {
        const changeset_cell *cell = &layer->cells[i];
        if (cell->value.kind == TWIN_KIND_NULL ||
            layer->columns[cell->column].type != TWIN_GEOMETRY)
            continue;
        if (cell->value.kind != TWIN_KIND_BYTES ||
            geometry_check(cell->value.bytes, cell->value.length) < 0)
            return error_set(TAWAM_EDAMAGED,
                             _("a geometry of layer %.63s is unreadable"),
                             layer->name);
    }
    return TAWAM_OK;
}

static int check_changeset(const changeset *c)
{
    size_t i;
    int code = TAWAM_OK;
    for (i = 0; !code && i < c->layer_count; i++) {
        code = twin_name_check(c->layers[i].name, 0);
        if (!code)
            code = check_columns(&c->layers[i]);
        if (!code)
            code = check_cells(&c->layers[i]);
    }
    return code;
}

/* ---- layers ---- */

static int declare(merge *m, const changeset_layer *layer)
{
    twin_column_definition *columns =
        memory_array(layer->column_count + 1, sizeof *columns);
    size_t i;
    int code;

    if (!columns)
        return TAWAM_EMEMORY;
    for (i = 0; i < layer->column_count; i++)
        columns[i] = (twin_column_definition){layer->columns[i].name,
                                              layer->columns[i].type};
    code = twin_layer_declare(m->t, layer->name, layer->geometry, columns,
                              layer->column_count);
    free(columns);
    return code;
}

/* Did a type of the layer change that makes values equal or different? */
static int types_widen(const twin_layer *layer, const changeset_layer *with)
{
    size_t i;
    for (i = 0; i < with->column_count; i++) {
        const twin_column *c = NULL;
        if (twin_column_find(&c, layer, with->columns[i].name) == TAWAM_OK &&
            twin_type_join(c->type, with->columns[i].type) != c->type) {
            return 1;
        }
    }
    error_clear();
    return 0;
}

static int declare_layer(merge *m, const changeset_layer *layer)
{
    const twin_layer *present = NULL;
    int widens = 0, id = 0;
    int code = twin_layer_find(&present, m->t, layer->name);

    error_clear();
    if (!code) {
        widens = types_widen(present, layer);
        id = present->id;
    }
    code = declare(m, layer);
    if (!code && widens)
        code = merge_recheck_layer(m, id);
    return code;
}

/* ---- rows ---- */

static int map_columns(int **out, const twin_layer *layer,
                       const changeset_layer *from)
{
    int *map = memory_array(from->column_count + 1, sizeof *map);
    size_t i;
    int code = map ? TAWAM_OK : TAWAM_EMEMORY;
    for (i = 0; !code && i < from->column_count; i++) {
        const twin_column *c = NULL;
        code = twin_column_find(&c, layer, from->columns[i].name);
        if (!code)
            map[i] = c->id;
    }
    if (code)
        free(map);
    else
        *out = map;
    return code;
}

/* A value counts as the type its writer declared holds it, so that a text
 * "05" in an integer column is 5 on every replica, whatever the column became
 * before it came. STORAGE: 64 bytes a cell. */
static void read_cells(merge_cell *cells, char (*storage)[64], const int *map,
                       const changeset_layer *from, const changeset_row *row)
{
    size_t i;
    for (i = 0; i < row->cell_count; i++) {
        const changeset_cell *cell = &from->cells[row->first_cell + i];
        cells[i].column = map[cell->column];
        cells[i].value = twin_value_convert(
            &cell->value, from->columns[cell->column].type, storage[i]);
    }
}

static int apply_rows(merge *m, const working *w, const changeset_layer *from)
{
    const twin_layer *layer = NULL;
    size_t room = from->column_count + 1, i;
    merge_cell *cells = memory_array(room, sizeof *cells);
    char(*storage)[64] = memory_array(room, sizeof *storage);
    int *map = NULL;
    int code = cells && storage ? twin_layer_find(&layer, m->t, from->name)
                                : TAWAM_EMEMORY;
    if (!code)
        code = map_columns(&map, layer, from);
    for (i = 0; !code && i < from->row_count; i++) {
        const changeset_row *row = &from->rows[i];
        if (!merge_wants_row(m, from->name, row->fid))
            continue;
        read_cells(cells, storage, map, from, row);
        code = merge_row(m, w, layer, row->fid, row->operation, cells,
                         row->cell_count, NULL, 0);
    }
    free(cells);
    free(storage);
    free(map);
    return code;
}

int merge_changeset(merge *m, const working *w, const changeset *changes)
{
    size_t i;
    int code = TAWAM_OK;
    if (TEETH(UNKNOWN_COLUMN))
        teeth_drop_unknown(changes, m->t);
    for (i = 0; !code && i < changes->layer_count; i++)
        code = declare_layer(m, &changes->layers[i]);
    for (i = 0; !code && i < changes->layer_count; i++)
        if (changes->layers[i].row_count)
            code = apply_rows(m, w, &changes->layers[i]);
    return code;
}

/* ---- commits ---- */

static int load_changes(changeset **out, merge *m, const char *id)
{
    int code = gitlog_load(out, m->log, id);

    if (!code && (code = check_changeset(*out)) != TAWAM_OK) {
        changeset_free(*out);
        *out = NULL;
    }
    return code;
}

int merge_can_read(merge *m, const char *id)
{
    changeset *changes = NULL;
    int code = load_changes(&changes, m, id);
    changeset_free(changes);
    if (code == TAWAM_EMEMORY || code == TAWAM_EENVIRONMENT)
        return code;
    error_clear();
    return code == TAWAM_OK;
}

/* Why commit ID was refused by an attempt to apply it, or NULL. */
static const char *remembered_refusal(const merge *m, const char *id)
{
    size_t i;
    for (i = 0; i < m->refusal_count; i++)
        if (strcmp(m->refusals[i].id, id) == 0)
            return m->refusals[i].reason;
    return NULL;
}

static int remember_refusal(merge *m, const char *id)
{
    char *reason = memory_string(error_message());
    int code = reason
                   ? memory_reserve((void **)&m->refusals, &m->refusal_capacity,
                                    m->refusal_count + 1, sizeof *m->refusals)
                   : TAWAM_EMEMORY;
    if (code) {
        free(reason);
        return code;
    }
    snprintf(m->refusals[m->refusal_count].id, SYNC_ID_SIZE, "%s", id);
    m->refusals[m->refusal_count++].reason = reason;
    return error_set(TAWAM_EREFUSED, "%s", reason);
}

/* The commit is to blame, or what another program has put beside the layers:
 * then it waits, for what is refused stays so. */
static int refuse_or_wait(merge *m, const char *id)
{
    char *indexes = NULL, *why = memory_string(error_message());
    int code = why ? twin_hindering_indexes(&indexes, m->t) : TAWAM_EMEMORY;
    if (code > 0)
        code = error_set(TAWAM_EENVIRONMENT,
                         _("%s (an index of another program may be in the "
                           "way; drop it first: %s)"),
                         why, indexes);
    else if (!code)
        code = remember_refusal(m, id);
    free(indexes);
    free(why);
    return code;
}

static int refuse(merge *m, const working *w, const gitlog_commit *commit,
                  const char *reason, int64_t *refused)
{
    if (refused)
        ++*refused;
    return merge_enter_commit(m, w, commit, COMMIT_REFUSED, reason);
}

static int enter_and_apply(merge *m, const working *w,
                           const gitlog_commit *commit,
                           const changeset *changes)
{
    int code = merge_enter_commit(m, w, commit, COMMIT_APPLIED, "");
    if (!code && TEETH(WATERMARK_AHEAD))
        teeth_commit_between(m->t);
    if (!code && changes)
        code = merge_changeset(m, w, changes);
    return code;
}

static void add_counts(changeset_counts *sum, const changeset *changes)
{
    changeset_counts one = {0};
    changeset_count(&one, changes);
    sum->inserted += one.inserted;
    sum->updated += one.updated;
    sum->deleted += one.deleted;
    sum->affirmed += one.affirmed;
    sum->cells += one.cells;
}

static int apply_or_refuse(merge *m, const working *w,
                           const gitlog_commit *commit,
                           changeset_counts *counts, int64_t *refused)
{
    changeset *changes = NULL;
    const char *why = remembered_refusal(m, commit->id);
    int code;

    if (why) {
        code = refuse(m, w, commit, why, refused);
        return code ? code : 1;
    }
    code = commit->published ? TAWAM_OK : load_changes(&changes, m, commit->id);
    if (code == TAWAM_ENOTFOUND) {
        error_clear();
        return 0;
    }
    if (code == TAWAM_EDAMAGED || code == TAWAM_ENEWER ||
        code == TAWAM_EUSAGE) {
        char *reason = memory_string(error_message());
        int newer = code == TAWAM_ENEWER;
        code = reason ? refuse(m, w, commit, reason, refused) : TAWAM_EMEMORY;
        if (!code && newer)
            code = merge_note_newer(m, commit->id);
        free(reason);
        return code ? code : 1;
    }
    if (!code)
        code = enter_and_apply(m, w, commit, changes);
    if (!code && changes && counts)
        add_counts(counts, changes);
    changeset_free(changes);
    /* damage found now is the replica's; a value or name is the commit's */
    if (code == TAWAM_EUSAGE && !TEETH(HALF_REFUSED))
        return refuse_or_wait(m, commit->id);
    return code && !TEETH(HALF_REFUSED) ? code : 1;
}

static int parents_applied(merge *m, const gitlog_commit *commit)
{
    size_t i;
    for (i = 0; i < commit->parent_count; i++) {
        int64_t number = merge_number(m, commit->parents[i]);
        if (number <= 0)
            return (int)number;
    }
    return 1;
}

static const char **parent_list(const gitlog_commit *commit)
{
    const char **list = memory_array(commit->parent_count + 1, sizeof *list);
    size_t i;
    for (i = 0; list && i < commit->parent_count; i++)
        list[i] = commit->parents[i];
    return list;
}

int merge_apply(merge *m, const char *id, changeset_counts *counts,
                int64_t *refused)
{
    gitlog_commit *commit = NULL;
    const char **parents = NULL;
    working w = {0};
    int code = gitlog_read(&commit, m->log, id);

    /* what is no commit of ours (thousands of parents, an author no git
     * reads) stops nobody else's */
    if (code == TAWAM_ENOTFOUND || code == TAWAM_EDAMAGED) {
        error_clear();
        return 0;
    }
    if (code)
        return code;
    code = parents_applied(m, commit);
    if (code <= 0) {
        gitlog_commit_free(commit);
        return code;
    }
    parents = parent_list(commit);
    code = parents ? merge_begin_commit(&w, m, parents, commit->parent_count,
                                        commit->device, commit->logical)
                   : TAWAM_EMEMORY;
    snprintf(w.place.id, sizeof w.place.id, "%s", id);
    if (!code)
        code = apply_or_refuse(m, &w, commit, counts, refused);
    free(parents);
    working_clear(&w);
    gitlog_commit_free(commit);
    return code;
}

int merge_apply_as(merge *m, const char *id, merge *from)
{
    gitlog_commit *commit = NULL;
    changeset *changes = NULL;
    working w = {0};
    int64_t number = merge_number(from, id);
    int code = number < 0 ? (int)number
               : number   ? merge_place(&w.place, from, number)
                          : error_set(TAWAM_ENOTFOUND,
                                      _("commit %s is not applied here"), id);
    if (!code)
        code = merge_vector(&w.seen, from, number);
    if (!code)
        code = gitlog_read(&commit, m->log, id);
    if (!code && !commit->published) {
        int state = merge_state(from, number);
        code = state < 0                 ? state
               : state == COMMIT_REFUSED ? TAWAM_OK
                                         : load_changes(&changes, m, id);
    }
    if (!code)
        code = enter_and_apply(m, &w, commit, changes);
    changeset_free(changes);
    gitlog_commit_free(commit);
    working_clear(&w);
    return code;
}

/* ---- standing writes ---- */

static int shown_first(merge *m, const standing *a, const standing *b)
{
    commit_place pa, pb;
    if (a->is_delete != b->is_delete)
        return b->is_delete ? -1 : 1;
    if (merge_place(&pa, m, a->commit) || merge_place(&pb, m, b->commit))
        return 0;
    if (pa.logical != pb.logical)
        return pa.logical > pb.logical ? -1 : 1;
    return -strcmp(pa.id, pb.id);
}

static void sort_standing(merge *m, standing *list, size_t count)
{
    size_t i, k;
    for (i = 1; i < count; i++) {
        standing moved = list[i];
        for (k = i; k > 0 && shown_first(m, &moved, &list[k - 1]) < 0; k--)
            list[k] = list[k - 1];
        list[k] = moved;
    }
}

static int add_standing(standing **list, size_t *count, size_t *capacity,
                        const standing *one)
{
    int code =
        memory_reserve((void **)list, capacity, *count + 1, sizeof **list);
    if (!code)
        (*list)[(*count)++] = *one;
    return code;
}

/* Rows of "SELECT commit, value, is_delete" as standing writes. */
static int collect(standing **list, size_t *count, size_t *capacity, merge *m,
                   const char *sql, const twin_layer *layer, int64_t fid,
                   int column, arena *a)
{
    const twin_column *c = twin_column_by_id(layer, column);
    sqlite3_stmt *s = NULL;
    int code = twin_prepare(&s, m->t, sql, 0);
    if (code)
        return code;
    sqlite3_bind_int(s, 1, layer->id);
    sqlite3_bind_int64(s, 2, fid);
    if (sqlite3_bind_parameter_count(s) > 2)
        sqlite3_bind_int(s, 3, column);
    while ((code = twin_step(m->t, s)) == 1) {
        standing one = {
            column, sqlite3_column_int64(s, 0), sqlite3_column_int(s, 2), {0}};
        twin_value value = twin_value_column(s, 1);
        char storage[64];
        if (c)
            value = twin_value_convert(&value, c->type, storage);
        code = twin_value_copy(&one.value, &value, a);
        if (!code)
            code = add_standing(list, count, capacity, &one);
        if (code)
            break;
    }
    sqlite3_finalize(s);
    return code;
}

/* Keep of COUNT writes only those that no delete among LIST has seen. */
static int drop_deleted_writes(standing *list, size_t *count, merge *m)
{
    size_t i, k, kept = 0;
    for (i = 0; i < *count; i++) {
        int deleted = 0;
        for (k = 0; !deleted && !list[i].is_delete && k < *count; k++)
            if (list[k].is_delete)
                deleted = merge_covers(m, list[k].commit, list[i].commit);
        if (deleted < 0)
            return deleted;
        if (!deleted)
            list[kept++] = list[i];
    }
    *count = kept;
    return TAWAM_OK;
}

/* 1 if one of LIST is a write that has seen write I. */
static int write_seen(const standing *list, size_t count, size_t i, merge *m)
{
    size_t k;
    int seen = 0;
    for (k = 0; !seen && k < count; k++)
        if (k != i && !list[k].is_delete && list[k].commit != list[i].commit)
            seen = merge_covers(m, list[k].commit, list[i].commit);
    return seen;
}

/* Which of the writes a row had are still told apart depends on the order of
 * arrival; those that no other has seen always are, and the latest of them is
 * kept. (By time alone it would be the same, but for commits at the end of
 * time, whose logical times are equal.) LIST is sorted, writes first. */
static int keep_latest_write(standing *list, size_t *count, merge *m)
{
    size_t i, kept = 0;
    int found = 0, seen;
    for (i = 0; i < *count; i++) {
        seen = found;
        if (!list[i].is_delete && !found) {
            seen = write_seen(list, *count, i, m);
            if (seen < 0)
                return seen;
            found = !seen;
        }
        if (list[i].is_delete || !seen)
            list[kept++] = list[i];
    }
    *count = kept;
    return TAWAM_OK;
}

int merge_standing(standing **out, size_t *count, merge *m,
                   const twin_layer *layer, int64_t fid, int column, arena *a)
{
    standing *list = NULL;
    size_t used = 0, capacity = 0;
    int code;

    if (column) {
        code = collect(&list, &used, &capacity, m,
                       "SELECT \"commit\", value, 0 FROM tawam_cell"
                       " WHERE layer=? AND fid=? AND \"column\"=?",
                       layer, fid, column, a);
    } else {
        code = collect(&list, &used, &capacity, m,
                       "SELECT origin, NULL, 0 FROM tawam_row WHERE layer=?1"
                       " AND fid=?2 AND origin<>0 UNION SELECT \"commit\","
                       " NULL, 0 FROM tawam_cell WHERE layer=?1 AND fid=?2"
                       " UNION ALL SELECT \"commit\", NULL, 1 FROM"
                       " tawam_delete WHERE layer=?1 AND fid=?2",
                       layer, fid, 0, a);
        if (!code)
            code = drop_deleted_writes(list, &used, m);
    }
    if (code) {
        free(list);
        return code;
    }
    sort_standing(m, list, used);
    if (!column)
        code = keep_latest_write(list, &used, m);
    if (code) {
        free(list);
        return code;
    }
    *out = list;
    *count = used;
    return TAWAM_OK;
}
