/* SPDX-License-Identifier: MIT */
/* Recording: what is pending in the replica becomes commits of our line.
 *
 *   state on disk                      function
 *   pending in the replica
 *     │ objects written, flushed      record_flush, gitlog_batch_write (those
 *     │                               of several commits as one pack)
 *   objects nobody points at
 *     │ one SQLite transaction:       sync_record_inside, twin_commit
 *     │ registers, pending cleared, head
 *   head in the replica, ref behind
 *     │ ref moved                     sync_move_ref (or, after a crash,
 *   done                                            sync_open)
 */
#include "sync/sync_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A commit's changes.zst aims at so many bytes: git gives whole objects only,
 * and a link that is cut every 30 kB must get one through. */
#define COMMIT_AIM 12000
#define COMMIT_ENOUGH (COMMIT_AIM * 4 / 5)
#define CELLS_A_COMMIT 200000
#define BATCH_BYTES (8u << 20) /* of objects, before they become a pack */
#define SUMMARY_ENOUGH 50 /* bytes of a made summary before it is cut off */

/* Rows of one layer in the commit, for its summary. */
typedef struct layer_tally {
    char name[TWIN_NAME_MAX + 1];
    int64_t inserted, updated, deleted;
} layer_tally;

typedef struct recorder {
    sync_desk *s;
    const char *message;  /* the person's, or NULL */
    changeset *changes;   /* of the commit being filled */
    size_t cells, weight; /* so far; bytes it may come to, roughly */
    size_t check;         /* from this weight on the size is looked at */
    size_t usual;         /* weight of a commit that was full, or 0 */
    buffer encoded;       /* `changes` as a file, if nothing was added */
    const changeset_dictionary *dictionary; /* for the next file, or NULL */
    changeset_dictionary *own; /* the first file of this record, opened */
    working w;
    int open; /* w and changes are in use */
    char (*parents)[SYNC_ID_SIZE];
    size_t parent_count;
    int64_t sequence;
    changeset_layer *layer; /* of `changes`, the one being filled */
    int layer_id;
    uint32_t *columns; /* by column id: index in layer + 1, 0 not there */
    size_t columns_capacity;
    layer_tally *tallies;
    size_t tally_count, tally_capacity;
    changeset_counts total;
    char last[SYNC_ID_SIZE];
} recorder;

/* ---- parents ---- */

static int choose_parents(recorder *r)
{
    gitlog_commit *previous = NULL;
    char own[SYNC_ID_SIZE];
    int code = sync_head(own, r->s);

    if (!code)
        code = sync_choose_parents(&r->parents, &r->parent_count, r->s, own);
    r->sequence = 1;
    if (!code && own[0])
        code = gitlog_read(&previous, r->s->log, own);
    if (previous)
        r->sequence = previous->sequence + 1;
    gitlog_commit_free(previous);
    return code;
}

static int64_t latest_parent(recorder *r)
{
    int64_t latest = INT64_MIN;
    size_t i;
    for (i = 0; i < r->parent_count; i++) {
        commit_place place;
        int64_t number = merge_number(r->s->m, r->parents[i]);
        if (number > 0 && !merge_place(&place, r->s->m, number) &&
            place.logical > latest)
            latest = place.logical;
    }
    return latest;
}

static int begin_commit(recorder *r)
{
    const char **list = memory_array(r->parent_count + 1, sizeof *list);
    int64_t latest = latest_parent(r);
    int64_t logical = TEETH(OWN_CLOCK_ONLY)
                          ? clock_now() / 1000
                          : clock_hybrid_seconds(clock_now(), latest);
    size_t i;
    int code = list ? changeset_new(&r->changes) : TAWAM_EMEMORY;

    for (i = 0; list && i < r->parent_count; i++)
        list[i] = r->parents[i];
    if (!code)
        code = merge_begin_commit(&r->w, r->s->m, list, r->parent_count,
                                  r->s->device, logical);
    free(list);
    r->w.local = 1;
    r->open = code == TAWAM_OK;
    if (!code && !r->last[0]) /* it stands for all commits of this record */
        code = sync_dictionary_for(&r->dictionary, r->s, &r->w.seen);
    r->cells = r->weight = 0;
    r->check = r->usual ? r->usual : COMMIT_ENOUGH;
    r->encoded.length = 0;
    r->layer = NULL;
    r->layer_id = 0;
    r->tally_count = 0;
    return code;
}

/* ---- the message ---- */

static layer_tally *tally(recorder *r, const char *layer)
{
    if (r->tally_count &&
        strcmp(r->tallies[r->tally_count - 1].name, layer) == 0)
        return &r->tallies[r->tally_count - 1];
    if (memory_reserve((void **)&r->tallies, &r->tally_capacity,
                       r->tally_count + 1, sizeof *r->tallies))
        return NULL;
    memset(&r->tallies[r->tally_count], 0, sizeof *r->tallies);
    snprintf(r->tallies[r->tally_count].name, TWIN_NAME_MAX + 1, "%s", layer);
    return &r->tallies[r->tally_count++];
}

static void append_count(buffer *out, int64_t count, const char *word,
                         int *first)
{
    if (!count)
        return;
    buffer_format(out, "%s%lld %s", *first ? " " : ", ", (long long)count,
                  word);
    *first = 0;
}

/* "household 3 added, 2 changed; water_point 1 deleted" */
static void append_summary(buffer *out, const recorder *r)
{
    size_t i;
    for (i = 0; i < r->tally_count; i++) {
        const layer_tally *one = &r->tallies[i];
        int first = 1;
        if (out->length > SUMMARY_ENOUGH) {
            buffer_text(out, "; …");
            return;
        }
        buffer_format(out, "%s%s", i ? "; " : "", one->name);
        append_count(out, one->inserted, _("added"), &first);
        append_count(out, one->updated, _("changed"), &first);
        append_count(out, one->deleted, _("deleted"), &first);
        if (first)
            buffer_format(out, " %s", _("settled"));
    }
    if (!r->tally_count)
        buffer_text(out, _("layers declared"));
}

static char *write_message(const recorder *r, const changeset_counts *c)
{
    buffer out = {0};
    if (r->message && r->message[0]) {
        size_t length = strlen(r->message);
        while (length && r->message[length - 1] == '\n')
            length--;
        buffer_bytes(&out, r->message, length);
    } else {
        append_summary(&out, r);
    }
    buffer_format(&out, "\n\nDevice: %s\nSequence: %lld\n", r->s->device,
                  (long long)r->sequence);
    buffer_format(&out, "Changes: +%lld ~%lld -%lld !%lld =%lld\n",
                  (long long)c->inserted, (long long)c->updated,
                  (long long)c->deleted, (long long)c->affirmed,
                  (long long)c->cells);
    return buffer_take(&out);
}

/* ---- cutting
 * ------------------------------------------------------------------------
 *
 * What a file comes to is known only when it is made, and rows can't be taken
 * back from a commit. So cells are weighed roughly as they come; where a file
 * may be full it is made, and either it is (and is what gets written) or the
 * weight that will fill it follows from it. After the first commit one making
 * a commit is enough.
 */

static size_t weight_of(const twin_value *value)
{
    switch (value->kind) {
    case TWIN_KIND_TEXT:
        return 1 + value->length / 4;
    case TWIN_KIND_BYTES:
        return value->length < 64 ? 5 : value->length;
    default:
        return 1;
    }
}

/* Columns as the layer's table has them, whichever was changed first. */
static int order_columns(recorder *r, changeset_layer *layer)
{
    const twin_layer *here = NULL;
    uint32_t *rank = memory_array(layer->column_count, sizeof *rank);
    size_t i, j;
    int code =
        rank ? twin_layer_find(&here, r->s->t, layer->name) : TAWAM_EMEMORY;

    for (i = 0; !code && i < layer->column_count; i++) {
        rank[i] = (uint32_t)(i + (1u << 16)); /* not there: after the others */
        for (j = 0; j < here->column_count; j++)
            if (text_equal_nocase(here->columns[j].name,
                                  layer->columns[i].name))
                rank[i] = (uint32_t)j;
    }
    if (!code)
        code = changeset_order_columns(layer, rank);
    free(rank);
    return code;
}

/* r->changes as a file, unless that was done already. Layers move. */
static int encode(recorder *r)
{
    size_t i;
    int code = TAWAM_OK;

    if (r->encoded.length)
        return TAWAM_OK;
    for (i = 0; !code && i < r->changes->layer_count; i++)
        code = order_columns(r, &r->changes->layers[i]);
    if (!code)
        code = changeset_encode_with(&r->encoded, r->changes, r->dictionary);
    if (code)
        r->encoded.length = 0;
    r->layer = NULL;
    r->layer_id = 0;
    return code;
}

/* Many may come, and the first, made alone, can teach the others. That is
 * better than a dictionary that saves less than a tenth of it. */
static int choose_teacher(recorder *r)
{
    buffer alone = {0};
    int code = changeset_encode(&alone, r->changes);

    if (!code && r->encoded.length * 10 > alone.length * 9) {
        buffer_free(&r->encoded);
        r->encoded = alone;
        r->dictionary = NULL;
    } else {
        buffer_free(&alone);
    }
    return code;
}

/* The commit may be full: *full says whether it is. */
static int look_if_full(int *full, recorder *r)
{
    size_t size;
    int code = encode(r);

    if (code)
        return code;
    size = r->encoded.length;
    *full = size >= COMMIT_ENOUGH || r->cells >= CELLS_A_COMMIT;
    if (*full && r->dictionary && !r->own && !r->usual) {
        code = choose_teacher(r);
        if (code)
            return code;
        size = r->encoded.length;
    }
    r->check = r->weight * COMMIT_AIM / size;
    if (*full)
        r->usual = r->check;
    return TAWAM_OK;
}

/* The first file of many is the dictionary of those that follow it, if it was
 * made without one. */
static int learn_from_first(recorder *r)
{
    uint64_t needed = 0;
    int code = TAWAM_OK;

    if (r->own || r->encoded.length > GITLOG_PIECE) /* then it is no blob */
        return TAWAM_OK;
    code = changeset_dictionary_needed(&needed, r->encoded.data,
                                       r->encoded.length);
    if (code || needed)
        return code;
    code =
        changeset_dictionary_open(&r->own, r->encoded.data, r->encoded.length);
    if (!code)
        r->dictionary = r->own;
    return code;
}

/* ---- writing one commit ---- */

static int write_objects(recorder *r, const char *message)
{
    const char **list = memory_array(r->parent_count + 1, sizeof *list);
    int64_t now = clock_now();
    gitlog_new commit = {
        r->s->author_name,  r->s->author_mail, now,  clock_zone_minutes(now),
        r->w.place.logical, message,           list, r->parent_count};
    size_t i;
    int code = list ? TAWAM_OK : TAWAM_EMEMORY;

    for (i = 0; list && i < r->parent_count; i++)
        list[i] = r->parents[i];
    if (!code)
        code = gitlog_write_changes(r->last, r->s->log, r->encoded.data,
                                    r->encoded.length, &commit);
    free(list);
    return code;
}

static void add_counts(changeset_counts *sum, const changeset_counts *one)
{
    sum->inserted += one->inserted;
    sum->updated += one->updated;
    sum->deleted += one->deleted;
    sum->affirmed += one->affirmed;
    sum->cells += one->cells;
}

static void close_commit(recorder *r)
{
    changeset_free(r->changes);
    r->changes = NULL;
    working_clear(&r->w);
    r->open = 0;
}

static int record_flush(recorder *r)
{
    changeset_counts counts = {0};
    gitlog_commit *written = NULL;
    char *message;
    int code = encode(r);

    if (code)
        return code;
    changeset_count(&counts, r->changes);
    message = write_message(r, &counts);
    code = message ? write_objects(r, message) : TAWAM_EMEMORY;
    free(message);
    if (!code)
        code = gitlog_read(&written, r->s->log, r->last);
    if (!code)
        code = merge_enter_commit(r->s->m, &r->w, written, COMMIT_APPLIED, "");
    gitlog_commit_free(written);
    if (code)
        return code;
    add_counts(&r->total, &counts);
    memcpy(r->parents[0], r->last, SYNC_ID_SIZE);
    r->parent_count = 1;
    r->sequence++;
    close_commit(r);
    return gitlog_batch_bytes(r->s->log) >= BATCH_BYTES
               ? gitlog_batch_write(r->s->log)
               : TAWAM_OK;
}

/* ---- filling ---- */

static int use_layer(recorder *r, const twin_layer *layer)
{
    size_t highest = 0, i;
    int code;
    if (r->layer && r->layer_id == layer->id)
        return TAWAM_OK;
    for (i = 0; i < layer->column_count; i++)
        if ((size_t)layer->columns[i].id > highest)
            highest = (size_t)layer->columns[i].id;
    code = memory_reserve((void **)&r->columns, &r->columns_capacity,
                          highest + 1, sizeof *r->columns);
    if (!code)
        code = changeset_add_layer(&r->layer, r->changes, layer->name,
                                   layer->geometry);
    if (code)
        return code;
    memset(r->columns, 0, r->columns_capacity * sizeof *r->columns);
    for (i = 0; i < r->layer->column_count; i++) {
        const twin_column *c = NULL;
        if (!twin_column_find(&c, layer, r->layer->columns[i].name))
            r->columns[c->id] = (uint32_t)i + 1;
    }
    r->layer_id = layer->id;
    return TAWAM_OK;
}

static int use_column(uint32_t *index, recorder *r, const twin_layer *layer,
                      int column)
{
    const twin_column *c;
    int code;
    if (r->columns[column]) {
        *index = r->columns[column] - 1;
        return TAWAM_OK;
    }
    c = twin_column_by_id(layer, column);
    code = changeset_add_column(index, r->changes, r->layer, c->name, c->type);
    if (!code)
        r->columns[column] = *index + 1;
    return code;
}

/* Columns of LAYER that no commit declares yet with their type. Values that
 * differed may agree as a wider type holds them, so conflicts are asked
 * again, as they are where the commit is merged. */
static int declare_columns(recorder *r, const twin_layer *layer)
{
    size_t i;
    int widened = 0, code = TAWAM_OK;
    for (i = 0; !code && i < layer->column_count; i++) {
        const twin_column *c = &layer->columns[i];
        uint32_t index;
        if (c->recorded_type == c->type)
            continue;
        widened = widened || c->recorded_type != 0;
        code = use_layer(r, layer);
        if (!code)
            code = use_column(&index, r, layer, c->id);
    }
    if (!code && widened)
        code = merge_recheck_layer(r->s->m, layer->id);
    return code;
}

static int declare_pending(recorder *r)
{
    size_t i, count = twin_layer_count(r->s->t);
    int code = TAWAM_OK;
    for (i = 0; !code && i < count; i++) {
        const twin_layer *layer = twin_layer_at(r->s->t, i);
        if (!layer->recorded || layer->wider)
            code = use_layer(r, layer);
        if (!code)
            code = declare_columns(r, layer);
    }
    return code;
}

typedef struct row_cells {
    recorder *r;
    const twin_layer *layer;
    merge_cell *cells;
    size_t count, capacity;
    const twin_pending_row *row;
} row_cells;

static int add_cell(row_cells *x, int column, const twin_value *value)
{
    uint32_t index = 0;
    int code = memory_reserve((void **)&x->cells, &x->capacity, x->count + 1,
                              sizeof *x->cells);
    if (!code)
        code = use_column(&index, x->r, x->layer, column);
    if (!code)
        code = changeset_add_cell(x->r->changes, x->r->layer, index, value);
    if (code)
        return code;
    x->cells[x->count++] = (merge_cell){column, *value};
    x->r->cells++;
    x->r->weight += weight_of(value);
    x->r->encoded.length = 0;
    return TAWAM_OK;
}

/* A re-inserted row says NULL where its kept-aside values say otherwise. */
static int add_explicit_null(void *context, int column)
{
    static const twin_value none;
    row_cells *x = context;
    size_t i;
    for (i = 0; i < x->count; i++)
        if (x->cells[i].column == column)
            return TAWAM_OK;
    return add_cell(x, column, &none);
}

static int fill_cells(row_cells *x)
{
    const twin_pending_row *row = x->row;
    size_t i;
    int code = TAWAM_OK;
    for (i = 0; !code && i < row->cell_count; i++) {
        const twin_pending_cell *cell = &row->cells[i];
        if (TEETH(AFFIRM_DROPPED) && cell->affirmed)
            continue;
        if (row->change == TWIN_INSERTED && cell->now.kind == TWIN_KIND_NULL)
            continue;
        code = add_cell(x, cell->column, &cell->now);
    }
    if (!code && row->change == TWIN_INSERTED && !TEETH(NULL_UNSAID))
        code = merge_aside(x->r->s->m, x->layer->id, row->fid,
                           add_explicit_null, x);
    return code;
}

/* What the row's cells held, so far as they differ. */
static int fill_before(merge_cell **before, size_t *count,
                       const twin_pending_row *row)
{
    size_t i;
    *before = memory_array(row->cell_count + 1, sizeof **before);
    if (!*before)
        return TAWAM_EMEMORY;
    for (i = 0; i < row->cell_count; i++)
        if (!twin_value_equal(&row->cells[i].before, &row->cells[i].now))
            (*before)[(*count)++] =
                (merge_cell){row->cells[i].column, row->cells[i].before};
    return TAWAM_OK;
}

static changeset_operation operation_of(const twin_pending_row *row)
{
    if (row->change == TWIN_INSERTED)
        return CHANGESET_INSERT;
    if (row->change == TWIN_DELETED)
        return CHANGESET_DELETE;
    return row->affirmed ? CHANGESET_AFFIRM : CHANGESET_UPDATE;
}

static void count_row(layer_tally *one, twin_change change)
{
    one->inserted += change == TWIN_INSERTED;
    one->updated += change == TWIN_UPDATED;
    one->deleted += change == TWIN_DELETED;
}

/* End the commit if it is full. */
static int cut(recorder *r)
{
    int full = 0;
    int code = TAWAM_OK;

    if (r->weight < r->check && r->cells < CELLS_A_COMMIT)
        return TAWAM_OK;
    code = look_if_full(&full, r);
    if (code || !full)
        return code;
    code = record_flush(r);
    return code ? code : learn_from_first(r);
}

static int record_row(void *context, const twin_pending_row *row)
{
    recorder *r = context;
    row_cells x = {.r = r, .layer = row->layer, .row = row};
    merge_cell *before = NULL;
    size_t before_count = 0;
    changeset_operation operation = operation_of(row);
    layer_tally *one;
    int code = r->open ? TAWAM_OK : begin_commit(r);

    if (!code)
        code = use_layer(r, row->layer);
    r->weight++;
    r->encoded.length = 0;
    if (!code)
        code = changeset_add_row(r->changes, r->layer, row->fid, operation);
    if (!code && operation != CHANGESET_INSERT)
        code = fill_before(&before, &before_count, row);
    if (!code && operation != CHANGESET_DELETE)
        code = fill_cells(&x);
    if (!code)
        code = merge_row(r->s->m, &r->w, row->layer, row->fid, operation,
                         x.cells, x.count, before, before_count);
    one = code ? NULL : tally(r, row->layer->name);
    if (one)
        count_row(one, row->change);
    free(before);
    free(x.cells);
    return code ? code : cut(r);
}

/* ---- public ---- */

static int record_all(recorder *r)
{
    int code = choose_parents(r);
    gitlog_batch_begin(r->s->log);
    if (!code)
        code = begin_commit(r);
    if (!code)
        code = declare_pending(r);
    if (!code)
        code = twin_pending_each(r->s->t, record_row, r);
    if (!code && r->open)
        code = record_flush(r);
    if (!code)
        code = gitlog_batch_write(r->s->log);
    gitlog_batch_drop(r->s->log);
    if (!code)
        code = twin_pending_clear(r->s->t);
    if (!code)
        code = sync_set_head(r->s, r->last);
    return code;
}

int sync_record_inside(char id[SYNC_ID_SIZE], changeset_counts *counts,
                       sync_desk *s, const char *message)
{
    recorder r = {.s = s, .message = message};
    int any = 0, drifted = 0;
    int code = sync_refresh_who(s);

    id[0] = 0;
    if (!code)
        code = twin_pending_prepare(s->t, &drifted);
    if (!code && drifted)
        code = sync_compare_drift(s);
    if (!code)
        code = twin_pending_any(&any, s->t);
    if (!code && any) {
        code = record_all(&r);
        if (!code) {
            memcpy(id, r.last, SYNC_ID_SIZE);
            s->unmoved = 1;
            if (TEETH(REF_TOO_EARLY))
                teeth_move_early(s, r.last);
        }
    }
    if (!code && counts)
        *counts = r.total;
    close_commit(&r);
    buffer_free(&r.encoded);
    changeset_dictionary_free(r.own);
    free(r.parents);
    free(r.columns);
    free(r.tallies);
    return code;
}

int sync_move_ref(sync_desk *s)
{
    char ref[80], head[SYNC_ID_SIZE];
    int code;
    if (!s->unmoved || twin_in_transaction(s->t))
        return TAWAM_OK;
    code = sync_head(head, s);
    sync_own_ref(ref, s);
    if (!code && head[0])
        code = gitlog_forward_ref(s->log, ref, head);
    if (!code)
        s->unmoved = 0;
    return code;
}

int sync_record(char id[SYNC_ID_SIZE], changeset_counts *counts, sync_desk *s,
                const char *message)
{
    int code = twin_begin(s->t);
    if (code)
        return code;
    code = sync_record_inside(id, counts, s, message);
    if (!code)
        code = twin_commit(s->t);
    else
        twin_rollback(s->t);
    return code ? code : sync_move_ref(s);
}
