/* SPDX-License-Identifier: MIT */
/* repair: what the old replica holds beyond the log, taken over as edits.
 *
 * Which rows: those the capture noted, those that lost commits wrote; all of
 * them only where the notes can't be read and it is known which commits the
 * replica had applied. Of a row: the cells that were noted; all of them where a
 * lost commit wrote the row or the notes can't be read.
 *
 * Invariant: a cell that differs from the log without a note is damage, never
 * an edit; a row that can't be found is never a deletion, unless the notes hold
 * every one of its cells, as a deletion leaves them.
 */
#include "sync/files_internal.h"
#include "sync/repair_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- layers and labels that only the replica knows ---- */

static int declare_rest(rebuild *b, const salvage_layer *l)
{
    const twin_layer *now = NULL;
    twin_column_definition *columns =
        memory_array(l->count + 1, sizeof *columns);
    size_t count = 0, i;
    int known = twin_layer_find(&now, b->s->t, l->name) == TAWAM_OK, code;
    error_clear();
    if (!columns)
        return error_memory();
    for (i = 0; i < l->count; i++)
        if ((!known || !l->columns[i].recorded_type) &&
            !text_equal_nocase(l->columns[i].name, "geom") &&
            !text_equal_nocase(l->columns[i].name, "uuid"))
            columns[count++] = (twin_column_definition){l->columns[i].name,
                                                        l->columns[i].type};
    code = known && !count
               ? TAWAM_OK
               : twin_layer_declare(b->s->t, l->name,
                                    known ? now->geometry : l->geometry,
                                    columns, count);
    free(columns);
    return code;
}

/* What ends reading S of the old replica: TAWAM_OK for its end or damage. */
static int read_end(rebuild *b, sqlite3_stmt *s, int result)
{
    int code = result == SQLITE_DONE || result == SQLITE_ROW
                   ? TAWAM_OK
                   : salvage_failure(b->r->old->db, result);
    sqlite3_finalize(s);
    return code;
}

/* Prepares SQL on the old replica: *OUT is NULL where damage is in the way. */
static int read_begin(sqlite3_stmt **out, rebuild *b, const char *sql)
{
    int result = sqlite3_prepare_v2(b->r->old->db, sql, -1, out, NULL);
    return result == SQLITE_OK ? TAWAM_OK
                               : salvage_failure(b->r->old->db, result);
}

static int copy_labels(rebuild *b)
{
    sqlite3_stmt *s = NULL;
    int result = SQLITE_DONE, ended;
    int code = read_begin(&s, b,
                          "SELECT layer, column, choice, language, text FROM"
                          " tawam_label ORDER BY layer, column, position");
    if (!s)
        return code;
    while (code != TAWAM_EMEMORY && (result = sqlite3_step(s)) == SQLITE_ROW) {
        const char *t[5];
        int good = 1;
        for (int i = 0; i < 5; i++) {
            t[i] = (const char *)sqlite3_column_text(s, i);
            good = good && t[i] && text_valid(t[i], strlen(t[i]));
        }
        if (good)
            code = twin_set_label(b->s->t, t[0], t[1], t[2], t[3], t[4]);
    }
    ended = read_end(b, s, result);
    if (code == TAWAM_EMEMORY || ended)
        return code == TAWAM_EMEMORY ? code : ended;
    error_clear(); /* main's labels are read again in any case */
    return TAWAM_OK;
}

/* Rows that SQL reads from the old replica, put into the new one by INTO. */
static int copy_table(rebuild *b, const char *sql, const char *into)
{
    sqlite3_stmt *from = NULL, *to = NULL;
    int result = SQLITE_DONE, ended;
    int code = read_begin(&from, b, sql);
    if (!code && from)
        code = twin_prepare(&to, b->s->t, into, 0);
    while (!code && to && (result = sqlite3_step(from)) == SQLITE_ROW) {
        for (int i = 0; !code && i < sqlite3_column_count(from); i++)
            if (sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i)))
                code = twin_sql_error(b->s->t, _("copying a row"));
        if (!code)
            code = twin_step(b->s->t, to);
        sqlite3_reset(to);
    }
    ended = read_end(b, from, result);
    sqlite3_finalize(to);
    return code < 0 ? code : ended;
}

/* Which attachments this device added, and where each has been sent. */
static int copy_files(rebuild *b)
{
    sqlite3_stmt *s = NULL;
    int code = read_begin(&s, b, "SELECT 1 FROM tawam_file, tawam_file_at");
    int there = s != NULL;
    sqlite3_finalize(s);
    if (code || !there)
        return code;
    code = files_tables(b->s);
    if (!code)
        code = copy_table(b,
                          "SELECT hash, value, layer, fid, added FROM"
                          " tawam_file",
                          "INSERT OR IGNORE INTO tawam_file"
                          " VALUES(?,?,?,?,?)");
    if (!code)
        code = copy_table(b, "SELECT file, remote, state FROM tawam_file_at",
                          "INSERT OR IGNORE INTO tawam_file_at"
                          " VALUES(?,?,?)");
    return code;
}

/* Records in progress, which no log has: from both ends of each table, should
 * damage stand in between. */
static int copy_drafts(rebuild *b)
{
    static const struct {
        const char *table, *columns, *key, *backwards;
    } tables[] = {
        {"tawam_draft",
         "id, form, version, title, caption, place, language, started,"
         " changed, revision, fid, edits, instance_id, audit",
         "id", "id DESC"},
        {"tawam_draft_path", "id, path", "id", "id DESC"},
        {"tawam_draft_instance", "draft, number, path, parent, position, fid",
         "draft, number", "draft DESC, number DESC"},
        {"tawam_draft_value", "draft, instance, path, asked, value",
         "draft, instance, path", "draft DESC, instance DESC, path DESC"},
        {"tawam_draft_before", "draft, instance, path, value",
         "draft, instance, path", "draft DESC, instance DESC, path DESC"},
        {"tawam_draft_note", "draft, instance, path, flagged, text",
         "draft, instance, path", "draft DESC, instance DESC, path DESC"},
        {"tawam_draft_aside", "draft, version, path, value",
         "draft, version, path", "draft DESC, version DESC, path DESC"},
        {"tawam_draft_typed", "draft, path, text", "draft", "draft DESC"},
        {"tawam_draft_imported", "form, digest, nth, fid", "form, digest, nth",
         "form DESC, digest DESC, nth DESC"}};
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i < 2 * (sizeof tables / sizeof *tables); i++) {
        const char *columns = tables[i / 2].columns;
        char *from = memory_format(
            "SELECT %s FROM %s ORDER BY %s", columns, tables[i / 2].table,
            i % 2 ? tables[i / 2].backwards : tables[i / 2].key);
        buffer into = {0};
        buffer_format(&into, "INSERT OR IGNORE INTO %s (%s) VALUES (?",
                      tables[i / 2].table, columns);
        for (const char *at = columns; (at = strchr(at, ',')); at++)
            buffer_text(&into, ", ?");
        buffer_byte(&into, ')');
        code = from ? buffer_check(&into) : TAWAM_EMEMORY;
        if (!code)
            code = copy_table(b, from, (const char *)into.data);
        buffer_free(&into);
        free(from);
    }
    return code;
}

/* ---- one row ---- */

typedef struct old_row {
    const salvage_layer *from;
    const twin_layer *layer;
    const salvage_row *row;
    sqlite3_stmt *s; /* stands on the row, columns as in FROM; or NULL */
    int unreadable;
    uint8_t *noted;              /* by column id: 1 if it is noted as changed */
    size_t noted_count, columns; /* noted; highest column id */
} old_row;

/* "layer W-0015" for a person: by the fid, the values may be damaged. */
static void say_unsaved(rebuild *b, const old_row *o, const char *column)
{
    b->unsaved++;
    if (b->unsaved > REPAIR_NAMED)
        return;
    if (column)
        repair_say(b->r, SYNC_REPAIR_LOST,
                   _("layer %s, row %lld: the unrecorded value of %s can't be "
                     "read"),
                   o->layer->name, (long long)o->row->fid, repair_safe(column));
    else
        repair_say(b->r, SYNC_REPAIR_LOST,
                   o->row->existed
                       ? _("layer %s, row %lld: its unrecorded change can't be "
                           "read")
                       : _("layer %s, row %lld, added and not recorded, can't "
                           "be read"),
                   o->layer->name, (long long)o->row->fid);
}

static int read_old(old_row *o, rebuild *b)
{
    buffer sql = {0};
    int code, result;
    buffer_text(&sql, "SELECT ");
    for (size_t i = 0; i < o->from->count; i++) {
        buffer_text(&sql, i ? "," : "");
        twin_quote(&sql, o->from->columns[i].name);
    }
    buffer_text(&sql, " FROM ");
    twin_quote(&sql, o->from->name);
    buffer_text(&sql, " WHERE fid=?");
    code = buffer_check(&sql);
    result = code ? SQLITE_NOMEM
                  : sqlite3_prepare_v2(b->r->old->db, (char *)sql.data, -1,
                                       &o->s, NULL);
    buffer_free(&sql);
    if (result == SQLITE_OK) {
        sqlite3_bind_int64(o->s, 1, o->row->fid);
        result = sqlite3_step(o->s);
    }
    if (!code && result != SQLITE_ROW && result != SQLITE_DONE)
        code = salvage_failure(b->r->old->db, result);
    o->unreadable = result != SQLITE_ROW && result != SQLITE_DONE;
    if (result != SQLITE_ROW) {
        sqlite3_finalize(o->s);
        o->s = NULL;
    }
    return code;
}

/* Which columns of the row are noted as changed. */
static int read_noted(old_row *o, rebuild *b)
{
    sqlite3_stmt *s = NULL;
    int code, result = SQLITE_DONE;
    o->columns = 0;
    for (size_t i = 0; i < o->from->count; i++)
        if ((size_t)o->from->columns[i].id > o->columns)
            o->columns = (size_t)o->from->columns[i].id;
    o->noted = arena_alloc(b->memory, o->columns + 1);
    if (!o->noted)
        return error_memory();
    memset(o->noted, 0, o->columns + 1);
    code = read_begin(&s, b,
                      "SELECT column FROM tawam_pending_cell WHERE"
                      " layer=? AND fid=?");
    if (s) {
        sqlite3_bind_int(s, 1, o->row->layer);
        sqlite3_bind_int64(s, 2, o->row->fid);
    }
    while (s && (result = sqlite3_step(s)) == SQLITE_ROW) {
        int id = sqlite3_column_int(s, 0);
        if (id > 0 && (size_t)id <= o->columns && !o->noted[id]) {
            o->noted[id] = 1;
            o->noted_count++;
        }
    }
    return code ? code : read_end(b, s, result);
}

/* 1 if VALUE can stand in a column of TYPE: damage makes what can't. */
static int value_sound(const twin_value *value, twin_type type)
{
    if (value->kind == TWIN_KIND_TEXT)
        return text_valid(value->bytes, value->length);
    if (value->kind == TWIN_KIND_BYTES && type == TWIN_GEOMETRY) {
        int sound = geometry_check(value->bytes, value->length) == TAWAM_OK;
        error_clear();
        return sound;
    }
    return 1;
}

/* The cells of the old row that are to stand in the new one. */
static int collect_cells(twin_cell **cells, size_t *count, rebuild *b,
                         const old_row *o, int all)
{
    twin_cell *list =
        arena_alloc(b->memory, (o->from->count + 1) * sizeof *list);
    size_t used = 0;
    if (!list)
        return error_memory();
    for (size_t i = 0; i < o->from->count; i++) {
        const salvage_column *c = &o->from->columns[i];
        const twin_column *to = NULL;
        twin_value value = twin_value_column(o->s, (int)i);
        if (!all && !o->noted[c->id])
            continue;
        if (twin_column_find(&to, o->layer, c->name) ||
            !value_sound(&value, c->type)) {
            error_clear();
            say_unsaved(b, o, c->name);
            continue;
        }
        list[used].column = to->id;
        if (twin_value_copy(&list[used].value, &value, b->memory))
            return TAWAM_EMEMORY;
        used++;
    }
    *cells = list;
    *count = used;
    return TAWAM_OK;
}

/* The row comes into the layer under the id it had. */
static int insert_row(rebuild *b, const old_row *o, const twin_cell *cells,
                      size_t count)
{
    twin *t = b->s->t;
    sqlite3_stmt *s = NULL;
    buffer sql = {0};
    int code;
    buffer_text(&sql, "INSERT INTO ");
    twin_quote(&sql, o->layer->name);
    buffer_text(&sql, "(fid");
    for (size_t i = 0; i < count; i++) {
        buffer_byte(&sql, ',');
        twin_quote(&sql, twin_column_by_id(o->layer, cells[i].column)->name);
    }
    buffer_text(&sql, ") VALUES(?");
    for (size_t i = 0; i < count; i++)
        buffer_text(&sql, ",?");
    buffer_byte(&sql, ')');
    code = buffer_check(&sql);
    if (!code)
        code = twin_prepare(&s, t, (char *)sql.data, 0);
    buffer_free(&sql);
    if (!code)
        sqlite3_bind_int64(s, 1, o->row->fid);
    for (size_t i = 0; !code && i < count; i++)
        code = twin_value_bind(s, (int)i + 2, &cells[i].value);
    if (!code)
        code = twin_step(t, s);
    sqlite3_finalize(s);
    s = NULL;
    if (!code && (o->row->drawn || o->row->existed || o->row->lost))
        code = twin_prepare(&s, t,
                            "UPDATE tawam_pending_row SET drawn=1 WHERE"
                            " layer=? AND fid=?",
                            0);
    if (!code && s) {
        sqlite3_bind_int(s, 1, o->layer->id);
        sqlite3_bind_int64(s, 2, o->row->fid);
        code = twin_step(t, s);
    }
    sqlite3_finalize(s);
    return code;
}

/* 1 if the old replica says that commits deleted the row, 0 if not, <0 error.
 */
static int was_deleted(rebuild *b, const salvage_row *row)
{
    sqlite3_stmt *s = NULL;
    int result = SQLITE_DONE;
    int code = read_begin(&s, b,
                          "SELECT 1 FROM tawam_row WHERE layer=? AND fid=?"
                          " AND alive=0");
    if (s) {
        sqlite3_bind_int(s, 1, row->layer);
        sqlite3_bind_int64(s, 2, row->fid);
        result = sqlite3_step(s);
    }
    if (!code)
        code = read_end(b, s, result);
    return code ? code : result == SQLITE_ROW;
}

/* 1 if every cell is noted, but for those of columns that may have been added
 * after the row was deleted: none of these is recorded. */
static int all_noted(const old_row *o)
{
    for (size_t i = 0; i < o->from->count; i++)
        if (o->from->columns[i].recorded_type &&
            !o->noted[o->from->columns[i].id])
            return 0;
    return o->noted_count > 0;
}

/* A row that is gone from the old table: deleted, or only unreadable? A
 * delete has noted what each column held. */
static int restore_gone(rebuild *b, const old_row *o)
{
    int deleted = o->row->pending && o->row->existed && all_noted(o), there;
    if (!deleted && o->row->lost && !o->row->pending && !o->unreadable)
        deleted = was_deleted(b, o->row);
    if (deleted <= 0) {
        if (!deleted && (o->row->pending || o->unreadable))
            say_unsaved(b, o, NULL);
        return deleted;
    }
    there = twin_row_exists(b->s->t, o->layer, o->row->fid);
    if (there <= 0)
        return there;
    b->restored++;
    return twin_row_delete(b->s->t, o->layer, o->row->fid);
}

static int restore_cells(rebuild *b, const old_row *o)
{
    twin_cell *cells = NULL;
    size_t count = 0, changed = 0;
    int there = twin_row_exists(b->s->t, o->layer, o->row->fid);
    int all = !there || o->row->lost || !b->r->old->pending_known;
    int code = there < 0 ? there : collect_cells(&cells, &count, b, o, all);
    if (code)
        return code;
    if (there) {
        code = twin_row_update(&changed, b->s->t, o->layer, o->row->fid, cells,
                               count);
        b->restored += changed > 0;
    } else {
        code = insert_row(b, o, cells, count);
        b->restored++;
    }
    return code;
}

/* "Settled on the value shown" is noted apart from values. */
static int restore_affirms(rebuild *b, const old_row *o)
{
    sqlite3_stmt *s = NULL;
    int result = SQLITE_DONE, ended;
    int code = read_begin(&s, b,
                          "SELECT column FROM tawam_pending_affirm WHERE"
                          " layer=? AND fid=?");
    if (!s)
        return code;
    sqlite3_bind_int(s, 1, o->row->layer);
    sqlite3_bind_int64(s, 2, o->row->fid);
    while (!code && (result = sqlite3_step(s)) == SQLITE_ROW) {
        int id = sqlite3_column_int(s, 0);
        const twin_column *to = NULL;
        for (size_t i = 0; id && i < o->from->count; i++)
            if (o->from->columns[i].id == id &&
                twin_column_find(&to, o->layer, o->from->columns[i].name))
                error_clear();
        if (!id || to)
            code = twin_affirm(b->s->t, o->layer, o->row->fid, to ? to->id : 0);
    }
    ended = read_end(b, s, result);
    return code ? code : ended;
}

static int restore_row(rebuild *b, const salvage_row *row)
{
    old_row o = {.row = row};
    int code;
    arena_reset(b->memory);
    o.from = salvage_layer_by_id(b->r->old, row->layer);
    if (!o.from || twin_layer_find(&o.layer, b->s->t, o.from->name)) {
        error_clear();
        return TAWAM_OK;
    }
    code = read_old(&o, b);
    if (!code)
        code = read_noted(&o, b);
    if (!code)
        code = o.s ? restore_cells(b, &o) : restore_gone(b, &o);
    if (!code && o.s && row->pending)
        code = restore_affirms(b, &o);
    sqlite3_finalize(o.s);
    /* a value no column takes: the row is named, the others go on */
    if (code == TAWAM_EUSAGE || code == TAWAM_ENOTFOUND) {
        error_clear();
        say_unsaved(b, &o, NULL);
        code = TAWAM_OK;
    }
    return code;
}

/* ---- all edits ---- */

/* Which rows: those noted, those of lost commits, or all of them. */
static int choose_rows(rebuild *b)
{
    salvage *old = b->r->old;
    int code = TAWAM_OK;
    if (!old->db) {
        repair_say(b->r, SYNC_REPAIR_LOST,
                   _("of the old %s nothing can be read: what was edited since "
                     "the last record is gone, unless there is a copy of it"),
                   TWIN_FILE);
        return TAWAM_OK;
    }
    if (b->lost_count)
        code = salvage_add_lost(old, b->lost, b->lost_count);
    if (!code && !old->pending_known && old->commits_known)
        code = salvage_add_all(old);
    if (!code &&
        (!old->layers_known || old->unlisted ||
         (!old->pending_known && !(old->commits_known && old->deleted_known))))
        repair_say(b->r, SYNC_REPAIR_LOST,
                   _("not all that was edited since the last record can be "
                     "told from damage; what could not is in the old file"));
    return code;
}

int repair_rows(rebuild *b)
{
    const salvage *old = b->r->old;
    int code = choose_rows(b);
    if (!code)
        code = twin_begin(b->s->t);
    if (code)
        return code;
    for (size_t i = 0; !code && old->db && i < old->layer_count; i++)
        code = declare_rest(b, &old->layers[i]);
    for (size_t i = 0; !code && old->db && i < old->row_count; i++)
        code = restore_row(b, &old->rows[i]);
    if (!code && old->db)
        code = copy_files(b);
    if (!code && old->db)
        code = copy_drafts(b);
    if (!code && old->db)
        code = copy_labels(b);
    if (!code)
        code = twin_commit(b->s->t);
    else
        twin_rollback(b->s->t);
    if (!code && b->restored)
        repair_say(b->r, SYNC_REPAIR_DONE,
                   _("%lld rows with edits that were not recorded were taken "
                     "over"),
                   (long long)b->restored);
    if (b->unsaved > REPAIR_NAMED)
        repair_say(b->r, SYNC_REPAIR_LOST, _("… and %lld more"),
                   (long long)(b->unsaved - REPAIR_NAMED));
    return code;
}
