/* SPDX-License-Identifier: MIT */
/* Conflicts: listing them and settling them.
 *
 * What is in conflict stands in tawam_conflict; what the person has decided
 * since is pending, and hides it at once. Two more kinds are found by looking,
 * and stop nothing: rows with one uuid, and references to rows that are gone.
 */
#include "sync/sync_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Conflicts no pending edit or affirm settles already. */
#define OPEN_CONFLICTS                                                         \
    " FROM tawam_conflict c WHERE NOT EXISTS (SELECT 1 FROM"                   \
    " tawam_pending_affirm a WHERE a.layer=c.layer AND a.fid=c.fid AND"        \
    " (a.\"column\"=c.\"column\" OR c.\"column\"=0)) AND NOT EXISTS"           \
    " (SELECT 1 FROM tawam_pending_cell p WHERE p.layer=c.layer AND"           \
    " p.fid=c.fid AND (p.\"column\"=c.\"column\" OR c.\"column\"=0))"

int64_t sync_conflict_count(sync_desk *s)
{
    sqlite3_stmt *statement = NULL;
    int64_t count = 0;
    int code =
        twin_prepare(&statement, s->t, "SELECT count(*)" OPEN_CONFLICTS, 1);
    if (code)
        return code;
    code = twin_step(s->t, statement);
    if (code == 1)
        count = sqlite3_column_int64(statement, 0);
    twin_release(statement);
    return code < 0 ? code : count;
}

/* The id: 16 digits of the SHA-256 of "kind layer fid column", names in lower
 * case, so that every replica gives the same conflict the same id. */
static int conflict_id(char out[17], sync_conflict_kind kind, const char *layer,
                       int64_t fid, const char *column)
{
    char hex[DIGEST_HEX_SIZE];
    uint8_t hash[DIGEST_SIZE];
    char *text = memory_format("%d %s %lld %s", (int)kind, layer,
                               (long long)fid, column);
    digest *d = NULL;
    int code = text ? digest_new(&d) : error_memory();
    memset(out, '0', 16);
    out[16] = 0;
    if (code == TAWAM_OK) {
        text_lower_ascii(text);
        digest_add(d, text, strlen(text));
        digest_finish(d, hash);
        digest_hex(hex, hash);
        memcpy(out, hex, 16);
    }
    free(text);
    return code;
}

/* ---- one conflict ---- */

typedef struct lister {
    sync_desk *s;
    arena *memory;      /* of one conflict */
    const char *wanted; /* an id, or NULL for all */
    int found;
    int (*call)(void *context, const sync_conflict *conflict);
    void *context;
} lister;

static int fill_value(sync_conflict_value *out, lister *l, const standing *from)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, l->s->t,
                            "SELECT id, author, device, time FROM"
                            " tawam_commit WHERE number=?",
                            1);
    if (code)
        return code;
    memset(out, 0, sizeof *out);
    sqlite3_bind_int64(statement, 1, from->commit);
    code = twin_step(l->s->t, statement);
    if (code == 1) {
        snprintf(out->commit, sizeof out->commit, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
        out->author = arena_string(
            l->memory, (const char *)sqlite3_column_text(statement, 1));
        out->device = arena_string(
            l->memory, (const char *)sqlite3_column_text(statement, 2));
        out->time = sqlite3_column_int64(statement, 3);
        out->is_delete = from->is_delete;
        out->value = from->value;
        code = out->author && out->device ? TAWAM_OK : TAWAM_EMEMORY;
    }
    twin_release(statement);
    return code;
}

/* Standing writes that agree are one value, its latest writer named. */
static int already_listed(const sync_conflict_value *values, size_t count,
                          const standing *one)
{
    size_t i;
    for (i = 0; i < count; i++)
        if (!one->is_delete && !values[i].is_delete &&
            twin_value_equal(&values[i].value, &one->value))
            return 1;
    return 0;
}

static int list_standing(lister *l, sync_conflict *conflict)
{
    standing *list = NULL;
    sync_conflict_value *values;
    size_t count = 0, used = 0, i;
    int code =
        merge_standing(&list, &count, l->s->m, conflict->layer, conflict->fid,
                       conflict->column ? conflict->column->id : 0, l->memory);
    values = code ? NULL : arena_alloc(l->memory, (count + 1) * sizeof *values);
    if (!code && !values)
        code = TAWAM_EMEMORY;
    for (i = 0; !code && i < count; i++) {
        if (already_listed(values, used, &list[i]))
            continue;
        code = fill_value(&values[used++], l, &list[i]);
    }
    conflict->values = values;
    conflict->value_count = used;
    free(list);
    return code;
}

static int list_one(lister *l, int layer, int64_t fid, int column)
{
    sync_conflict conflict = {.fid = fid};
    int code;
    conflict.layer = twin_layer_by_id(l->s->t, layer);
    if (!conflict.layer)
        return TAWAM_OK;
    conflict.column = column ? twin_column_by_id(conflict.layer, column) : NULL;
    conflict.kind = column ? SYNC_CONFLICT_VALUES : SYNC_CONFLICT_DELETE;
    code = conflict_id(conflict.id, conflict.kind, conflict.layer->name, fid,
                       conflict.column ? conflict.column->name : "");
    if (code || (l->wanted && strcmp(l->wanted, conflict.id) != 0))
        return code;
    arena_reset(l->memory);
    code = list_standing(l, &conflict);
    if (code)
        return code;
    l->found = 1;
    return l->call(l->context, &conflict);
}

typedef struct place {
    int layer, column;
    int64_t fid;
} place;

/* The list is read whole first: CALL may settle. */
static int list_open(lister *l)
{
    sqlite3_stmt *statement = NULL;
    place *places = NULL;
    size_t count = 0, capacity = 0, i;
    int code = twin_prepare(&statement, l->s->t,
                            "SELECT c.layer, c.fid, c.\"column\"" OPEN_CONFLICTS
                            " ORDER BY (SELECT lower(name) FROM tawam_layer"
                            " y WHERE y.id=c.layer), c.fid,"
                            " c.\"column\"",
                            0);
    if (code)
        return code;
    while ((code = twin_step(l->s->t, statement)) == 1) {
        code = memory_reserve((void **)&places, &capacity, count + 1,
                              sizeof *places);
        if (code)
            break;
        places[count++] = (place){sqlite3_column_int(statement, 0),
                                  sqlite3_column_int(statement, 2),
                                  sqlite3_column_int64(statement, 1)};
    }
    sqlite3_finalize(statement);
    for (i = 0; !code && i < count; i++)
        code = list_one(l, places[i].layer, places[i].fid, places[i].column);
    free(places);
    return code;
}

/* ---- doubled uuids and broken references ---- */

static int list_harmless(lister *l, sync_conflict_kind kind,
                         const twin_layer *layer, const twin_column *column,
                         int64_t fid, const twin_value *value)
{
    sync_conflict conflict = {
        .kind = kind, .layer = layer, .fid = fid, .column = column};
    sync_conflict_value one = {.author = "", .device = ""};
    int code = conflict_id(conflict.id, kind, layer->name, fid, column->name);
    if (code || (l->wanted && strcmp(l->wanted, conflict.id) != 0))
        return code;
    one.value = *value;
    conflict.values = &one;
    conflict.value_count = 1;
    l->found = 1;
    return l->call(l->context, &conflict);
}

/* SQL gives (fid, value) of rows in doubt. */
static int list_doubtful(lister *l, sync_conflict_kind kind,
                         const twin_layer *layer, const twin_column *column,
                         const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, l->s->t, sql, 0);
    if (code)
        return code;
    while ((code = twin_step(l->s->t, statement)) == 1) {
        twin_value value = twin_value_column(statement, 1);
        code = list_harmless(l, kind, layer, column,
                             sqlite3_column_int64(statement, 0), &value);
        if (code)
            break;
    }
    sqlite3_finalize(statement);
    return code;
}

static int list_doubles(lister *l, const twin_layer *layer)
{
    const twin_column *uuid = NULL;
    buffer sql = {0};
    int code = twin_column_find(&uuid, layer, "uuid");
    if (code) {
        error_clear();
        return TAWAM_OK;
    }
    buffer_text(&sql, "SELECT fid, uuid FROM ");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " WHERE uuid IN (SELECT uuid FROM ");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " WHERE uuid IS NOT NULL GROUP BY uuid HAVING"
                      " count(*)>1) ORDER BY uuid, fid");
    code = buffer_check(&sql);
    if (!code)
        code = list_doubtful(l, SYNC_CONFLICT_DOUBLE, layer, uuid,
                             (char *)sql.data);
    buffer_free(&sql);
    return code;
}

/* The layer whose rows LAYER's are parts of by COLUMN, whose name was
 * shortened; NULL. */
static const twin_layer *whole_by(const char **key, const lister *l,
                                  const twin_layer *layer,
                                  const twin_column *column)
{
    *key = "uuid";
    for (size_t i = 0; i < twin_layer_count(l->s->t); i++)
        if (twin_part_of(layer, twin_layer_at(l->s->t, i)) == column)
            return twin_layer_at(l->s->t, i);
    return NULL;
}

/* The layer that COLUMN of LAYER refers to, and by which column *KEY; NULL.
 * TARGET_fid does, and TARGET_uuid where the row is a part of that one. */
static const twin_layer *target_of(const char **key, lister *l,
                                   const twin_layer *layer,
                                   const twin_column *column)
{
    const char *last = strrchr(column->name, '_');
    const twin_layer *target = NULL;
    char name[TWIN_NAME_MAX + 1];
    int by_fid = last && text_equal_nocase(last, "_fid");
    int by_uuid = last && text_equal_nocase(last, "_uuid");
    if (!by_fid && !by_uuid && strlen(column->name) > TWIN_NAME_MAX - 4)
        return whole_by(key, l, layer, column);
    if ((!by_fid && !by_uuid) || last == column->name)
        return NULL;
    snprintf(name, sizeof name, "%.*s", (int)(last - column->name),
             column->name);
    if (twin_layer_find(&target, l->s->t, name)) {
        error_clear();
        return NULL;
    }
    *key = by_fid ? "fid" : "uuid";
    return by_fid || twin_part_of(layer, target) == column ? target : NULL;
}

static int list_broken(lister *l, const twin_layer *layer,
                       const twin_column *column)
{
    const char *key = "fid";
    const twin_layer *target = target_of(&key, l, layer, column);
    buffer sql = {0};
    int code;
    if (!target)
        return TAWAM_OK;
    buffer_text(&sql, "SELECT fid, ");
    twin_quote(&sql, column->name);
    buffer_text(&sql, " AS target FROM ");
    twin_quote(&sql, layer->name);
    buffer_format(&sql, " AS part WHERE target IS NOT NULL AND NOT EXISTS"
                        " (SELECT 1 FROM ");
    twin_quote(&sql, target->name);
    buffer_format(&sql, " AS whole WHERE whole.%s = part.", key);
    twin_quote(&sql, column->name);
    buffer_text(&sql, ") ORDER BY fid");
    code = buffer_check(&sql);
    if (!code)
        code = list_doubtful(l, SYNC_CONFLICT_REFERENCE, layer, column,
                             (char *)sql.data);
    buffer_free(&sql);
    return code;
}

static int list_looked_for(lister *l)
{
    size_t i, k;
    int code = TAWAM_OK;
    for (i = 0; !code && i < twin_layer_count(l->s->t); i++) {
        const twin_layer *layer = twin_layer_at(l->s->t, i);
        code = list_doubles(l, layer);
        for (k = 0; !code && k < layer->column_count; k++)
            code = list_broken(l, layer, &layer->columns[k]);
    }
    return code;
}

static int list_all(lister *l)
{
    int code = arena_new(&l->memory);
    if (!code)
        code = list_open(l);
    if (!code)
        code = list_looked_for(l);
    arena_free(l->memory);
    return code;
}

int sync_conflicts(sync_desk *s,
                   int (*call)(void *context, const sync_conflict *conflict),
                   void *context)
{
    lister l = {.s = s, .call = call, .context = context};
    int code = list_all(&l);
    return code < 0 ? code : TAWAM_OK;
}

/* ---- settling ---- */

typedef struct settlement {
    sync_desk *s;
    enum { TAKE, VALUE, KEEP, DELETE } how;
    size_t nth;
    const twin_value *value;
} settlement;

/* An affirm is always written, so that it supersedes even when the value is
 * the shown one. */
static int put_value(settlement *x, const sync_conflict *c,
                     const twin_value *value)
{
    twin_cell cell = {c->column->id, *value};
    const twin_layer *layer = c->layer;
    int column = c->column->id, id = layer->id;
    int code = twin_row_update(NULL, x->s->t, layer, c->fid, &cell, 1);
    layer = twin_layer_by_id(x->s->t, id);
    return code ? code : twin_affirm(x->s->t, layer, c->fid, column);
}

static int settle_row(settlement *x, const sync_conflict *c, int keep)
{
    return keep ? twin_affirm(x->s->t, c->layer, c->fid, 0)
                : twin_row_delete(x->s->t, c->layer, c->fid);
}

static int settle_found(void *context, const sync_conflict *c)
{
    settlement *x = context;
    if (c->kind == SYNC_CONFLICT_DOUBLE)
        return error_set(TAWAM_EUSAGE,
                         _("two rows with one uuid: join them with "
                           "`tawam merge-rows %s ROW ROW`"),
                         c->layer->name);
    if (c->kind == SYNC_CONFLICT_REFERENCE)
        return error_set(TAWAM_EUSAGE,
                         _("a broken reference: set %s of that row to a row "
                           "that is there, or delete it"),
                         c->column->name);
    if (x->how == TAKE && (x->nth < 1 || x->nth > c->value_count))
        return error_set(TAWAM_EUSAGE, _("take 1 to %zu, not %zu"),
                         c->value_count, x->nth);
    if (!c->column) {
        if (x->how == VALUE)
            return error_set(TAWAM_EUSAGE,
                             _("a deleted row is kept or deleted: use --keep "
                               "or --delete"));
        return settle_row(x, c,
                          x->how == TAKE ? !c->values[x->nth - 1].is_delete
                                         : x->how == KEEP);
    }
    if (x->how == DELETE)
        return settle_row(x, c, 0);
    if (x->how == KEEP)
        return put_value(x, c, &c->values[0].value);
    return put_value(x, c,
                     x->how == VALUE ? x->value : &c->values[x->nth - 1].value);
}

static int settle(settlement *x, const char *id)
{
    lister l = {.s = x->s, .wanted = id, .call = settle_found, .context = x};
    int code = twin_begin(x->s->t);
    if (code)
        return code;
    code = list_all(&l);
    if (!code && !l.found)
        code =
            error_set(TAWAM_ENOTFOUND,
                      _("no open conflict '%.32s'; see `tawam conflicts`"), id);
    if (!code)
        return twin_commit(x->s->t);
    twin_rollback(x->s->t);
    return code;
}

int sync_settle_take(sync_desk *s, const char *id, size_t nth)
{
    settlement x = {s, TAKE, nth, NULL};
    return settle(&x, id);
}

int sync_settle_value(sync_desk *s, const char *id, const twin_value *value)
{
    settlement x = {s, VALUE, 0, value};
    return settle(&x, id);
}

int sync_settle_row(sync_desk *s, const char *id, int keep)
{
    settlement x = {s, keep ? KEEP : DELETE, 0, NULL};
    return settle(&x, id);
}
