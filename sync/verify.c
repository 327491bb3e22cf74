/* SPDX-License-Identifier: MIT */
/* The state hash, and proving a replica against its log.
 *
 * FORMAT.md, "State hash", gives the bytes. What a person has pending is left
 * out: inside a transaction that is rolled back, the pending edits are undone
 * before the tables are read.
 */
#include "sync/sync_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLAY_BATCH 256 /* commits a transaction of the scratch */

/* ---- feeding the digest ---- */

typedef struct hasher {
    digest *d;
    twin *t;
    merge *m;
    arena *memory;
    const twin_layer *layer;
    const twin_column **columns; /* the recorded ones, by lower-case name */
    size_t column_count;
} hasher;

static void add_text(hasher *h, const char *text)
{
    digest_add(h->d, text, strlen(text));
}

static void add_number(hasher *h, uint64_t value)
{
    uint8_t bytes[8];
    int i;
    for (i = 7; i >= 0; i--) {
        bytes[i] = (uint8_t)value;
        value >>= 8;
    }
    digest_add(h->d, bytes, sizeof bytes);
}

static void add_value(hasher *h, const twin_value *value)
{
    uint8_t kind = (uint8_t)value->kind;
    uint64_t bits;
    digest_add(h->d, &kind, 1);
    switch (value->kind) {
    case TWIN_KIND_NULL:
        break;
    case TWIN_KIND_INTEGER:
        add_number(h, (uint64_t)value->integer);
        break;
    case TWIN_KIND_REAL:
        memcpy(&bits, &value->real, sizeof bits);
        add_number(h, bits);
        break;
    case TWIN_KIND_TEXT:
    case TWIN_KIND_BYTES:
        add_number(h, value->length);
        digest_add(h->d, value->bytes, value->length);
        break;
    }
}

static void add_name(hasher *h, const char *what, const char *name, int code)
{
    char lower[TWIN_NAME_MAX + 1], line[160];
    snprintf(lower, sizeof lower, "%s", name);
    text_lower_ascii(lower);
    snprintf(line, sizeof line, "%s %s %d\n", what, lower, code);
    add_text(h, line);
}

/* ---- rows ---- */

static int add_rows(hasher *h)
{
    sqlite3_stmt *statement = NULL;
    buffer sql = {0};
    size_t i;
    int code;
    buffer_text(&sql, "SELECT fid");
    for (i = 0; i < h->column_count; i++) {
        buffer_byte(&sql, ',');
        twin_quote(&sql, h->columns[i]->name);
    }
    buffer_text(&sql, " FROM ");
    twin_quote(&sql, h->layer->name);
    buffer_text(&sql, " ORDER BY fid");
    code = buffer_check(&sql);
    if (!code)
        code = twin_prepare(&statement, h->t, (char *)sql.data, 0);
    buffer_free(&sql);
    while (!code && (code = twin_step(h->t, statement)) == 1) {
        code = TAWAM_OK;
        add_text(h, "row ");
        add_number(h, (uint64_t)sqlite3_column_int64(statement, 0));
        for (i = 0; i < h->column_count; i++) {
            twin_value value = twin_value_column(statement, (int)i + 1);
            add_value(h, &value);
        }
    }
    sqlite3_finalize(statement);
    return code;
}

/* ---- layers ---- */

static int compare_columns(const void *a, const void *b)
{
    const twin_column *const *x = a, *const *y = b;
    return text_compare_nocase((*x)->name, (*y)->name);
}

static int recorded_geometry(int *geometry, hasher *h)
{
    sqlite3_stmt *statement = NULL;
    int code =
        twin_prepare(&statement, h->t,
                     "SELECT recorded_geometry FROM tawam_layer WHERE id=?", 0);
    *geometry = 0;
    if (code)
        return code;
    sqlite3_bind_int(statement, 1, h->layer->id);
    code = twin_step(h->t, statement);
    if (code == 1)
        *geometry = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return code < 0 ? code : TAWAM_OK;
}

static int add_conflict(hasher *h, int64_t fid, int column)
{
    const twin_column *c = twin_column_by_id(h->layer, column);
    standing *list = NULL;
    size_t count = 0, i;
    int code =
        merge_standing(&list, &count, h->m, h->layer, fid, column, h->memory);
    if (code)
        return code;
    add_name(h, "conflict", c ? c->name : "", 0);
    add_number(h, (uint64_t)fid);
    for (i = 0; i < count; i++) {
        commit_place place;
        code = merge_place(&place, h->m, list[i].commit);
        if (code)
            break;
        add_text(h, place.id);
        add_text(h, list[i].is_delete ? "-" : "+");
        add_value(h, &list[i].value);
    }
    free(list);
    return code;
}

static int add_conflicts(hasher *h)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, h->t,
                            "SELECT fid, \"column\" FROM tawam_conflict"
                            " WHERE layer=?1 ORDER BY fid, (SELECT lower(name)"
                            " FROM tawam_column x WHERE x.layer=?1 AND"
                            " x.id=tawam_conflict.\"column\")",
                            0);
    if (code)
        return code;
    sqlite3_bind_int(statement, 1, h->layer->id);
    while ((code = twin_step(h->t, statement)) == 1) {
        code = add_conflict(h, sqlite3_column_int64(statement, 0),
                            sqlite3_column_int(statement, 1));
        if (code)
            break;
    }
    sqlite3_finalize(statement);
    return code;
}

static int add_layer(hasher *h)
{
    size_t i;
    int geometry, code = recorded_geometry(&geometry, h);
    arena_reset(h->memory);
    h->columns = arena_alloc(h->memory,
                             (h->layer->column_count + 1) * sizeof *h->columns);
    if (code || !h->columns)
        return code ? code : TAWAM_EMEMORY;
    h->column_count = 0;
    for (i = 0; i < h->layer->column_count; i++)
        if (h->layer->columns[i].recorded_type)
            h->columns[h->column_count++] = &h->layer->columns[i];
    qsort(h->columns, h->column_count, sizeof *h->columns, compare_columns);
    add_name(h, "layer", h->layer->name, geometry);
    for (i = 0; i < h->column_count; i++)
        add_name(h, "column", h->columns[i]->name,
                 (int)h->columns[i]->recorded_type);
    code = add_rows(h);
    return code ? code : add_conflicts(h);
}

static int compare_layers(const void *a, const void *b)
{
    const twin_layer *const *x = a, *const *y = b;
    return text_compare_nocase((*x)->name, (*y)->name);
}

static int add_layers(hasher *h)
{
    size_t count = twin_layer_count(h->t), i, used = 0;
    const twin_layer **layers = memory_array(count + 1, sizeof *layers);
    int code = layers ? TAWAM_OK : TAWAM_EMEMORY;
    for (i = 0; layers && i < count; i++) {
        const twin_layer *layer = twin_layer_at(h->t, i);
        if (layer && layer->recorded)
            layers[used++] = layer;
    }
    if (layers)
        qsort(layers, used, sizeof *layers, compare_layers);
    for (i = 0; !code && i < used; i++) {
        h->layer = layers[i];
        code = add_layer(h);
    }
    free(layers);
    return code;
}

int state_hash(char hex[DIGEST_HEX_SIZE], twin *t, merge *m)
{
    hasher h = {.t = t, .m = m};
    uint8_t bytes[DIGEST_SIZE];
    int code = digest_new(&h.d);
    if (!code)
        code = arena_new(&h.memory);
    if (!code) {
        add_text(&h, "tawam state 1\n");
        code = add_layers(&h);
    }
    arena_free(h.memory);
    if (code) {
        digest_free(h.d);
        return code;
    }
    digest_finish(h.d, bytes);
    digest_hex(hex, bytes);
    return TAWAM_OK;
}

/* ---- pending edits undone ---- */

static int run_row(twin *t, buffer *sql, const twin_pending_row *row,
                   int bind_cells)
{
    sqlite3_stmt *statement = NULL;
    size_t i, used = 0;
    int code = buffer_check(sql);
    if (!code)
        code = twin_prepare(&statement, t, (char *)sql->data, 1);
    buffer_free(sql);
    if (code)
        return code;
    for (i = 0; !code && bind_cells && i < row->cell_count; i++)
        code = twin_value_bind(statement, (int)++used, &row->cells[i].before);
    sqlite3_bind_int64(statement, (int)used + 1, row->fid);
    if (!code)
        code = twin_step(t, statement);
    twin_release(statement);
    return code;
}

static void append_columns(buffer *sql, const twin_pending_row *row,
                           const char *after_each)
{
    size_t i;
    for (i = 0; i < row->cell_count; i++) {
        const twin_column *c =
            twin_column_by_id(row->layer, row->cells[i].column);
        if (i)
            buffer_byte(sql, ',');
        twin_quote(sql, c->name);
        buffer_text(sql, after_each);
    }
}

static int undo_row(void *context, const twin_pending_row *row)
{
    twin *t = context;
    buffer sql = {0};
    size_t i;
    if (row->change == TWIN_INSERTED) {
        buffer_text(&sql, "DELETE FROM ");
        twin_quote(&sql, row->layer->name);
        buffer_text(&sql, " WHERE fid=?");
        return run_row(t, &sql, row, 0);
    }
    if (!row->cell_count)
        return TAWAM_OK;
    if (row->change == TWIN_DELETED) {
        buffer_text(&sql, "INSERT INTO ");
        twin_quote(&sql, row->layer->name);
        buffer_text(&sql, "(");
        append_columns(&sql, row, "");
        buffer_text(&sql, ",fid) VALUES(");
        for (i = 0; i < row->cell_count; i++)
            buffer_text(&sql, "?,");
        buffer_text(&sql, "?)");
        return run_row(t, &sql, row, 1);
    }
    buffer_text(&sql, "UPDATE ");
    twin_quote(&sql, row->layer->name);
    buffer_text(&sql, " SET ");
    append_columns(&sql, row, "=?");
    buffer_text(&sql, " WHERE fid=?");
    return run_row(t, &sql, row, 1);
}

/* Has a recorded column a wider type now, that no commit says yet? */
static int widening_pending(twin *t)
{
    size_t i, k, count = twin_layer_count(t);
    for (i = 0; i < count; i++) {
        const twin_layer *layer = twin_layer_at(t, i);
        for (k = 0; k < layer->column_count; k++)
            if (layer->columns[k].recorded_type &&
                layer->columns[k].recorded_type != layer->columns[k].type)
                return 1;
    }
    return 0;
}

/* The table holds its values as the wider type already, which can't be undone
 * there: the log is asked. */
static int hash_of_log(char hex[DIGEST_HEX_SIZE], sync_desk *s)
{
    vector seen = {0};
    twin *scratch = NULL;
    merge *m = NULL;
    int code = merge_present(&seen, s->m);
    if (!code)
        code = replay_version(&scratch, &m, s, &seen, 0, NULL);
    if (!code)
        code = state_hash(hex, scratch, m);
    merge_free(m);
    twin_close(scratch);
    vector_free(&seen);
    return code;
}

static int hash_without_pending(char hex[DIGEST_HEX_SIZE], sync_desk *s)
{
    int code = twin_capture_off(s->t);
    if (!code)
        code = twin_pending_each(s->t, undo_row, s->t);
    return code ? code : state_hash(hex, s->t, s->m);
}

int sync_state_hash(char hex[DIGEST_HEX_SIZE], sync_desk *s)
{
    twin_pending_counts counts = {0};
    int code = twin_pending_count(s->t, &counts);
    if (code)
        return code;
    if (widening_pending(s->t))
        return hash_of_log(hex, s);
    if (!counts.inserted && !counts.updated && !counts.deleted)
        return state_hash(hex, s->t, s->m);
    code = twin_begin(s->t);
    if (code)
        return code;
    code = hash_without_pending(hex, s);
    twin_rollback(s->t);
    return code;
}

/* ---- verify ---- */

typedef struct verifier {
    sync_desk *s;
    const sync_options *options;
    sync_verification *out;
    twin *scratch;
    merge *m;
    char (*ids)[SYNC_ID_SIZE];
    size_t count;
} verifier;

static int tell(const verifier *v, size_t done)
{
    sync_progress p = {
        .stage = SYNC_MERGING, .done = done, .total = v->count, .text = ""};
    if (v->options && v->options->progress &&
        v->options->progress(v->options->context, &p))
        return error_set(TAWAM_ECANCELLED, _("stopped"));
    return TAWAM_OK;
}

static int replay_batch(verifier *v, size_t first, size_t last)
{
    int64_t refused = v->out->refused;
    size_t i;
    int code = twin_begin(v->scratch);
    if (code)
        return code;
    code = twin_capture_off(v->scratch);
    for (i = first; !code && i < last; i++) {
        int done = merge_apply(v->m, v->ids[i], NULL, &v->out->refused);
        if (done < 0)
            code = done;
        else if (!done)
            code = error_set(TAWAM_EDAMAGED,
                             _("commit %s is in the replica but not whole in "
                               "log.git"),
                             v->ids[i]);
    }
    if (!code)
        return twin_commit(v->scratch);
    twin_rollback(v->scratch);
    v->out->refused = refused;
    return code == TAWAM_EREFUSED ? replay_batch(v, first, last) : code;
}

/* Commits in the order in which they were applied here, so that the replay's
 * tables can be compared number by number. */
static int list_applied(verifier *v)
{
    sqlite3_stmt *statement = NULL;
    size_t capacity = 0;
    int has,
        code = twin_prepare(&statement, v->s->t,
                            "SELECT id FROM tawam_commit ORDER BY number", 0);
    if (code)
        return code;
    while ((code = twin_step(v->s->t, statement)) == 1) {
        const char *id = (const char *)sqlite3_column_text(statement, 0);
        code = memory_reserve((void **)&v->ids, &capacity, v->count + 1,
                              sizeof *v->ids);
        has = !code && id ? gitlog_has(v->s->log, id) : 0;
        if (!code && has < 0)
            code = has;
        else if (!code && !has)
            code = error_set(TAWAM_EDAMAGED, _("commit %.40s is missing"),
                             id ? id : "");
        if (code)
            break;
        snprintf(v->ids[v->count++], SYNC_ID_SIZE, "%s", id);
    }
    sqlite3_finalize(statement);
    return code;
}

static int replay_log(verifier *v)
{
    size_t first;
    int code = list_applied(v);
    if (!code)
        code = twin_open_scratch(&v->scratch);
    if (!code)
        code = merge_new(&v->m, v->scratch, v->s->log);
    for (first = 0; !code && first < v->count; first += REPLAY_BATCH) {
        size_t last = first + REPLAY_BATCH;
        code = replay_batch(v, first, last < v->count ? last : v->count);
        if (!code)
            code = tell(v, first);
    }
    v->out->commits = (int64_t)v->count;
    if (!code)
        code = state_hash(v->out->replayed, v->scratch, v->m);
    return code;
}

/* Every ref leads to an object; the replica's head is applied; where a commit
 * of main is applied, there is a main. */
static int check_refs(sync_desk *s)
{
    char head[SYNC_ID_SIZE], id[SYNC_ID_SIZE];
    int64_t number;
    int code = gitlog_check_refs(s->log);
    if (!code)
        code = sync_head(head, s);
    number = !code && head[0] ? merge_number(s->m, head) : 1;
    if (!code && number < 0)
        code = (int)number;
    else if (!code && !number)
        code = error_set(TAWAM_EDAMAGED,
                         _("our last commit %.40s is not part of the replica"),
                         head);
    if (!code)
        code = gitlog_ref(id, s->log, MAIN_REF);
    if (code == TAWAM_ENOTFOUND) {
        sqlite3_stmt *statement = NULL;
        code = twin_prepare(&statement, s->t,
                            "SELECT 1 FROM tawam_commit WHERE published=1", 0);
        if (!code && (code = twin_step(s->t, statement)) == 1)
            code = error_set(TAWAM_EDAMAGED, _("the log has lost its main"));
        sqlite3_finalize(statement);
    }
    return code;
}

static int tell_refused(sync_desk *s,
                        int (*call)(void *context, const sync_commit *refused),
                        void *context)
{
    sqlite3_stmt *statement = NULL;
    int code = call ? twin_prepare(&statement, s->t,
                                   "SELECT id FROM tawam_commit"
                                   " WHERE state=2 ORDER BY number",
                                   0)
                    : TAWAM_ENO;
    if (code)
        return call ? code : TAWAM_OK;
    while ((code = twin_step(s->t, statement)) == 1) {
        code = sync_read_commit(
            s, (const char *)sqlite3_column_text(statement, 0), call, context);
        if (code)
            break;
    }
    sqlite3_finalize(statement);
    return code < 0 ? code : TAWAM_OK;
}

/* What an older program refused and this one reads is no damage, but the
 * replica is without it. */
static int check_refused(sync_desk *s)
{
    int64_t again = 0;
    int code = sync_readable_again(&again, s);
    return code || !again
               ? code
               : error_set(TAWAM_ENO,
                           _("%lld commits that an older program refused can "
                             "be read now: `tawam repair` takes them up"),
                           (long long)again);
}

/* What is damage, whatever other programs did. */
static int check_fixed(sync_verification *out, sync_desk *s)
{
    int code = twin_check_file(s->t);
    if (!code)
        code = repair_check_tables(s->t);
    if (!code)
        code = check_refused(s);
    if (!code)
        code = gitlog_check_objects(&out->objects, s->log);
    return code ? code : check_refs(s);
}

/* CODE, or where the layers are not as they should be since another program
 * changed one, that. */
static int judge_layers(sync_desk *s, int code)
{
    const twin_layer *layer = NULL;
    char *why;
    int found;
    if (code != TAWAM_EDAMAGED && code != TAWAM_EUSAGE &&
        code != TAWAM_ENOTFOUND)
        return code;
    why = memory_string(error_message());
    found = uncaptured_layer(&layer, s->t);
    if (found > 0)
        code = error_set(TAWAM_ENO,
                         _("another program changed layer '%s', and what it "
                           "wrote is not noted yet: `tawam commit` takes it "
                           "up, then verify again"),
                         layer->name);
    else
        code = found < 0 ? found : error_set(code, "%s", why ? why : "");
    free(why);
    return code;
}

/* The layers against the log. */
static int check_layers(verifier *v)
{
    sync_verification *out = v->out;
    int code = twin_check_layers(v->s->t);
    if (!code)
        code = sync_state_hash(out->hash, v->s);
    if (!code)
        code = replay_log(v);
    if (!code && strcmp(out->hash, out->replayed) != 0)
        code = error_set(TAWAM_EDAMAGED,
                         _("the replica is not what its log says: %.12s here, "
                           "%.12s from the log"),
                         out->hash, out->replayed);
    return judge_layers(v->s, code);
}

static int verify_once(sync_verification *out, sync_desk *s,
                       const sync_options *options)
{
    verifier v = {.s = s, .options = options, .out = out};
    int code;

    memset(out, 0, sizeof *out);
    code = check_fixed(out, s);
    if (!code)
        code = check_layers(&v);
    if (!code)
        code = compare_merge_tables(s->t, v.scratch);
    /* nobody gave wrong words here: the schema is not what it was */
    if (code == TAWAM_EUSAGE || code == TAWAM_ENOTFOUND)
        code = error_set(TAWAM_EDAMAGED, _("the replica is damaged: %s"),
                         error_message());
    merge_free(v.m);
    twin_close(v.scratch);
    free(v.ids);
    return code;
}

/* A number that changes when another process has changed the replica. */
static int64_t others_changes(twin *t)
{
    sqlite3_stmt *statement = NULL;
    int64_t number = 0;
    if (twin_prepare(&statement, t, "PRAGMA main.data_version", 0))
        return 0;
    if (twin_step(t, statement) == 1)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* What differs because another process changed the replica meanwhile is no
 * damage: then it is looked at again. */
int sync_verify(sync_verification *out, sync_desk *s,
                const sync_options *options,
                int (*call)(void *context, const sync_commit *refused),
                void *context)
{
    int64_t before;
    int tries, code = TAWAM_OK;
    for (tries = 0; tries < 5; tries++) {
        before = others_changes(s->t);
        code = verify_once(out, s, options);
        if (code != TAWAM_EDAMAGED || others_changes(s->t) == before)
            break;
    }
    return code ? code : tell_refused(s, call, context);
}
