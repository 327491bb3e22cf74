/* SPDX-License-Identifier: MIT */
/* triggers: change capture, and the R-tree's own, as text.
 *
 * For layer 5 with columns 1…n, capture is:
 *
 *   tawam_5_insert    a row came: pending, existed 0, unless it is pending
 *   tawam_5_delete    a row went: if it had come since, forget it, else keep
 *                     what every column held
 *   tawam_5_change_3  column 3 changed: keep what it held; put back: forget
 *   tawam_5_move      the fid changed: as a delete and an insert
 *   tawam_5_replace   REPLACE INTO is about to overwrite a row, which fires
 *   tawam_5_displace  no delete trigger (likewise UPDATE OR REPLACE of a fid)
 *
 * Invariants:
 *  1. No function of ours stands in them: a plain sqlite3 shell fires them.
 *  2. They insert with SELECT … WHERE NOT EXISTS, never OR IGNORE, which would
 *     obey the outer statement's conflict clause instead.
 *  3. Values are compared by typeof and by bytes: IS NOT alone misses a change
 *     of case under NOCASE, and 1 against 1.0.
 *  4. An UPDATE OF list is not used where the fid may change: it does not see
 *     the fid under its other name, rowid.
 */
#include "twin/twin_internal.h"

#define CAPTURING "(SELECT off FROM tawam_capture) = 0"

typedef struct writer {
    const twin_layer *layer;
    arena *memory;
    trigger_text *list;
    size_t count, capacity;
    buffer sql;
    int code;
} writer;

static void name_of(char out[64], const twin_layer *layer, const char *what)
{
    snprintf(out, 64, "tawam_%d_%s", layer->id, what);
}

/* Starts `CREATE TRIGGER "NAME" WHEN ON layer`. */
static void begin(writer *w, const char *name, const char *event)
{
    buffer_clear(&w->sql);
    buffer_text(&w->sql, "CREATE TRIGGER ");
    twin_quote(&w->sql, name);
    buffer_format(&w->sql, " %s ON ", event);
    twin_quote(&w->sql, w->layer->name);
}

static void finish(writer *w, const char *name, int capture)
{
    buffer_text(&w->sql, " END");
    char *copy_name = arena_string(w->memory, name);
    char *copy_sql = w->sql.failed
                         ? NULL
                         : arena_string(w->memory, (const char *)w->sql.data);
    if (!copy_name || !copy_sql) {
        w->code = error_memory();
        return;
    }
    if (w->code == TAWAM_OK)
        w->code = memory_reserve((void **)&w->list, &w->capacity, w->count + 1,
                                 sizeof *w->list);
    if (w->code == TAWAM_OK)
        w->list[w->count++] = (trigger_text){
            .name = copy_name, .sql = copy_sql, .capture = capture};
}

/* `NAME."column"` for NAME OLD or NEW. */
static void field(writer *w, const char *row, const char *column)
{
    buffer_format(&w->sql, "%s.", row);
    twin_quote(&w->sql, column);
}

static void pending_where(writer *w, const char *which, const char *row)
{
    buffer_format(&w->sql,
                  " FROM tawam_pending_%s WHERE layer = %d AND fid = %s.fid",
                  which, w->layer->id, row);
}

/* A pending row for ROW's fid, if there is none. */
static void note_row(writer *w, const char *row, int existed)
{
    buffer_format(&w->sql,
                  " INSERT INTO tawam_pending_row (layer, fid, existed, drawn)"
                  " SELECT %d, %s.fid, %d, 0 WHERE NOT EXISTS (SELECT 1",
                  w->layer->id, row, existed);
    pending_where(w, "row", row);
    buffer_text(&w->sql, ");");
}

/* What COLUMN held, if the row was there at the last record and nothing is
 * kept yet. */
static void note_cell(writer *w, const twin_column *column)
{
    buffer_format(&w->sql,
                  " INSERT INTO tawam_pending_cell (layer, fid, column, before)"
                  " SELECT %d, OLD.fid, %d, ",
                  w->layer->id, column->id);
    field(w, "OLD", column->name);
    buffer_text(&w->sql, " WHERE EXISTS (SELECT 1");
    pending_where(w, "row", "OLD");
    buffer_text(&w->sql, " AND existed = 1) AND NOT EXISTS (SELECT 1");
    pending_where(w, "cell", "OLD");
    buffer_format(&w->sql, " AND column = %d);", column->id);
}

/* The same of every column. One statement over a list of (column, value), since
 * what a trigger holds is compiled again with each UPDATE that is prepared. The
 * list's first line names its columns: SQLite 3.40 does not number those of a
 * VALUES that holds OLD. */
static void note_all_cells(writer *w, int stored)
{
    const char *row = stored ? "NEW" : "OLD";
    buffer_format(&w->sql,
                  " INSERT INTO tawam_pending_cell (layer, fid, column, before)"
                  " SELECT %d, %s.fid, v.id, v.held FROM (SELECT 0 AS id,"
                  " NULL AS held UNION ALL VALUES ",
                  w->layer->id, row);
    for (size_t i = 0; i < w->layer->column_count; i++) {
        const twin_column *column = &w->layer->columns[i];
        buffer_format(&w->sql, "%s(%d, ", i ? ", " : "", column->id);
        if (stored) {
            buffer_text(&w->sql, "(SELECT ");
            twin_quote(&w->sql, column->name);
            buffer_text(&w->sql, " FROM ");
            twin_quote(&w->sql, w->layer->name);
            buffer_text(&w->sql, " WHERE fid = NEW.fid))");
        } else {
            field(w, "OLD", column->name);
            buffer_text(&w->sql, ")");
        }
    }
    buffer_text(&w->sql, ") v WHERE v.id > 0 AND EXISTS (SELECT 1");
    pending_where(w, "row", row);
    buffer_text(&w->sql, " AND existed = 1) AND NOT EXISTS (SELECT 1");
    pending_where(w, "cell", row);
    buffer_text(&w->sql, " AND column = v.id);");
}

static void body_delete(writer *w)
{
    note_row(w, "OLD", 1);
    note_all_cells(w, 0);
    /* A row that had only come since the last record leaves no trace. */
    static const char *const TABLES[] = {"cell", "affirm"};
    for (int i = 0; i < 2; i++) {
        buffer_text(&w->sql, " DELETE");
        pending_where(w, TABLES[i], "OLD");
        buffer_text(&w->sql, " AND EXISTS (SELECT 1");
        pending_where(w, "row", "OLD");
        buffer_text(&w->sql, " AND existed = 0);");
    }
    buffer_text(&w->sql, " DELETE");
    pending_where(w, "row", "OLD");
    buffer_text(&w->sql, " AND existed = 0;");
}

static void write_insert(writer *w)
{
    char name[64];
    name_of(name, w->layer, "insert");
    begin(w, name, "AFTER INSERT");
    buffer_text(&w->sql, " WHEN " CAPTURING " BEGIN");
    note_row(w, "NEW", 0);
    finish(w, name, 1);
}

static void write_delete(writer *w)
{
    char name[64];
    name_of(name, w->layer, "delete");
    begin(w, name, "AFTER DELETE");
    buffer_text(&w->sql, " WHEN " CAPTURING " BEGIN");
    body_delete(w);
    finish(w, name, 1);
}

static void write_move(writer *w)
{
    char name[64];
    name_of(name, w->layer, "move");
    begin(w, name, "AFTER UPDATE");
    buffer_text(&w->sql, " WHEN OLD.fid <> NEW.fid AND " CAPTURING " BEGIN");
    body_delete(w);
    note_row(w, "NEW", 0);
    finish(w, name, 1);
}

/* The row of NEW.fid is about to vanish without a delete trigger. */
static void write_overwrite(writer *w, const char *what, const char *event,
                            const char *when)
{
    char name[64];
    name_of(name, w->layer, what);
    begin(w, name, event);
    buffer_format(&w->sql, " WHEN %sEXISTS (SELECT 1 FROM ", when);
    twin_quote(&w->sql, w->layer->name);
    buffer_text(&w->sql, " WHERE fid = NEW.fid) AND " CAPTURING " BEGIN");
    note_row(w, "NEW", 1);
    note_all_cells(w, 1);
    finish(w, name, 1);
}

static void write_change(writer *w, const twin_column *column)
{
    char what[32], name[64];
    snprintf(what, sizeof what, "change_%d", column->id);
    name_of(name, w->layer, what);
    buffer event = {0};
    buffer_text(&event, "AFTER UPDATE OF ");
    twin_quote(&event, column->name);
    if (buffer_check(&event) == TAWAM_OK)
        begin(w, name, (const char *)event.data);
    else
        w->code = TAWAM_EMEMORY;
    buffer_free(&event);
    buffer_text(&w->sql, " WHEN OLD.fid = NEW.fid AND (typeof(");
    field(w, "OLD", column->name);
    buffer_text(&w->sql, ") <> typeof(");
    field(w, "NEW", column->name);
    buffer_text(&w->sql, ") OR ");
    field(w, "OLD", column->name);
    buffer_text(&w->sql, " COLLATE BINARY IS NOT ");
    field(w, "NEW", column->name);
    buffer_text(&w->sql, ") AND " CAPTURING " BEGIN");
    note_row(w, "OLD", 1);
    note_cell(w, column);
    buffer_text(&w->sql, " DELETE");
    pending_where(w, "cell", "OLD");
    buffer_format(&w->sql, " AND column = %d AND typeof(before) = typeof(",
                  column->id);
    field(w, "NEW", column->name);
    buffer_text(&w->sql, ") AND before COLLATE BINARY IS ");
    field(w, "NEW", column->name);
    buffer_text(&w->sql, "; DELETE");
    pending_where(w, "row", "OLD");
    buffer_text(&w->sql, " AND existed = 1 AND NOT EXISTS (SELECT 1");
    pending_where(w, "cell", "OLD");
    buffer_text(&w->sql, ") AND NOT EXISTS (SELECT 1");
    pending_where(w, "affirm", "OLD");
    buffer_text(&w->sql, ");");
    finish(w, name, 1);
}

/* ---- the R-tree's (OGC 12-128r17, annex F.3) ---- */

static void rtree_name(buffer *out, const twin_layer *layer)
{
    buffer_format(out, "rtree_%s_geom", layer->name);
}

#define NEW_FILLED "(NEW.\"geom\" NOTNULL AND NOT ST_IsEmpty(NEW.\"geom\"))"
#define NEW_EMPTY "(NEW.\"geom\" ISNULL OR ST_IsEmpty(NEW.\"geom\"))"

/* BODY: 'P' put NEW, 'D' delete OLD, 'B' delete both. */
static void write_rtree(writer *w, const char *what, const char *event,
                        const char *when, const char *body)
{
    buffer tree = {0}, name = {0};
    rtree_name(&tree, w->layer);
    buffer_format(&name, "rtree_%s_geom_%s", w->layer->name, what);
    if (buffer_check(&tree) != TAWAM_OK || buffer_check(&name) != TAWAM_OK) {
        w->code = TAWAM_EMEMORY;
    } else {
        begin(w, (const char *)name.data, event);
        buffer_format(&w->sql, " WHEN %s BEGIN", when);
        for (; *body; body++) {
            buffer_text(&w->sql, *body == 'P' ? " INSERT OR REPLACE INTO "
                                              : " DELETE FROM ");
            twin_quote(&w->sql, (const char *)tree.data);
            if (*body == 'P')
                buffer_text(&w->sql,
                            " VALUES (NEW.\"fid\","
                            " ST_MinX(NEW.\"geom\"), ST_MaxX(NEW.\"geom\"),"
                            " ST_MinY(NEW.\"geom\"), ST_MaxY(NEW.\"geom\"));");
            else
                buffer_text(&w->sql, *body == 'D' ? " WHERE id = OLD.\"fid\";"
                                                  : " WHERE id IN (OLD.\"fid\","
                                                    " NEW.\"fid\");");
        }
        finish(w, (const char *)name.data, 0);
    }
    buffer_free(&tree);
    buffer_free(&name);
}

static void write_rtree_all(writer *w)
{
    write_rtree(w, "insert", "AFTER INSERT", NEW_FILLED, "P");
    write_rtree(w, "update1", "AFTER UPDATE OF \"geom\"",
                "OLD.\"fid\" = NEW.\"fid\" AND " NEW_FILLED, "P");
    write_rtree(w, "update2", "AFTER UPDATE OF \"geom\"",
                "OLD.\"fid\" = NEW.\"fid\" AND " NEW_EMPTY, "D");
    write_rtree(w, "update3", "AFTER UPDATE",
                "OLD.\"fid\" != NEW.\"fid\" AND " NEW_FILLED, "DP");
    write_rtree(w, "update4", "AFTER UPDATE",
                "OLD.\"fid\" != NEW.\"fid\" AND " NEW_EMPTY, "B");
    write_rtree(w, "delete", "AFTER DELETE", "OLD.\"geom\" NOT NULL", "D");
}

/* ---- as a list, compared, installed ---- */

int triggers_wanted(trigger_text **out, size_t *count, const twin_layer *layer,
                    arena *a)
{
    writer w = {.layer = layer, .memory = a};
    write_insert(&w);
    write_delete(&w);
    write_move(&w);
    write_overwrite(&w, "replace", "BEFORE INSERT", "");
    write_overwrite(&w, "displace", "BEFORE UPDATE", "OLD.fid <> NEW.fid AND ");
    for (size_t i = 0; i < layer->column_count; i++)
        write_change(&w, &layer->columns[i]);
    if (layer->geometry != TWIN_NO_GEOMETRY)
        write_rtree_all(&w);
    trigger_text *list = NULL;
    if (w.code == TAWAM_OK)
        list = arena_copy(a, w.list, w.count * sizeof *w.list);
    if (w.code == TAWAM_OK && !list)
        w.code = error_memory();
    if (w.code == TAWAM_OK) {
        *out = list;
        *count = w.count;
    }
    buffer_free(&w.sql);
    free(w.list);
    return w.code;
}

static int drop_one(twin *t, const char *name)
{
    buffer sql = {0};
    buffer_text(&sql, "DROP TRIGGER IF EXISTS main.");
    twin_quote(&sql, name);
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_execute(t, (const char *)sql.data);
    buffer_free(&sql);
    return code;
}

static const char FIND_TRIGGERS[] =
    "SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger'"
    " AND tbl_name = ?1 COLLATE NOCASE AND"
    " (name LIKE 'tawam\\_%' ESCAPE '\\' OR name LIKE 'rtree\\_%' ESCAPE '\\')";

/* Names of the triggers of ours, or of an R-tree, that the table has now. */
static int names_present(char ***names, size_t *count, twin *t,
                         const char *layer, arena *a)
{
    sqlite3_stmt *statement = NULL;
    char **list = NULL;
    size_t used = 0, capacity = 0;
    int code = twin_prepare(&statement, t, FIND_TRIGGERS, 1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, layer, -1, SQLITE_STATIC);
    while ((code = twin_step(t, statement)) > 0) {
        code =
            memory_reserve((void **)&list, &capacity, used + 1, sizeof *list);
        if (code != TAWAM_OK)
            break;
        list[used] =
            arena_string(a, (const char *)sqlite3_column_text(statement, 0));
        if (!list[used++]) {
            code = error_memory();
            break;
        }
    }
    twin_release(statement);
    if (code == TAWAM_OK && used) {
        *names = arena_copy(a, list, used * sizeof *list);
        code = *names ? TAWAM_OK : error_memory();
    }
    if (code == TAWAM_OK)
        *count = used;
    free(list);
    return code;
}

int triggers_install(twin *t, const twin_layer *layer)
{
    arena *a = NULL;
    trigger_text *list = NULL;
    char **present = NULL;
    size_t count = 0, old = 0;
    if (t->scratch)
        return TAWAM_OK;
    int code = arena_new(&a);
    if (code == TAWAM_OK)
        code = names_present(&present, &old, t, layer->name, a);
    for (size_t i = 0; code == TAWAM_OK && i < old; i++)
        code = drop_one(t, present[i]);
    if (code == TAWAM_OK)
        code = triggers_wanted(&list, &count, layer, a);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = twin_execute(t, list[i].sql);
    arena_free(a);
    return code;
}

static const trigger_text *find_wanted(const trigger_text *list, size_t count,
                                       const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal_nocase(list[i].name, name))
            return &list[i];
    return NULL;
}

/* Compares each trigger present with LIST; SEEN counts the equal ones. */
static int compare_present(size_t seen[2], int *stray, twin *t,
                           const twin_layer *layer, const trigger_text *list,
                           size_t count)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t, FIND_TRIGGERS, 1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, layer->name, -1, SQLITE_STATIC);
    while ((code = twin_step(t, statement)) > 0) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        const char *sql = (const char *)sqlite3_column_text(statement, 1);
        const trigger_text *wanted =
            name ? find_wanted(list, count, name) : NULL;
        if (wanted && sql && strcmp(wanted->sql, sql) == 0)
            seen[wanted->capture]++;
        else if (!wanted)
            *stray = 1;
    }
    twin_release(statement);
    return code;
}

int triggers_compare(int *capture, int *other, twin *t, const twin_layer *layer)
{
    arena *a = NULL;
    trigger_text *list = NULL;
    size_t count = 0, seen[2] = {0}, wanted[2] = {0};
    int stray = 0;
    int code = arena_new(&a);
    if (code == TAWAM_OK)
        code = triggers_wanted(&list, &count, layer, a);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        wanted[list[i].capture]++;
    if (code == TAWAM_OK)
        code = compare_present(seen, &stray, t, layer, list, count);
    if (code == TAWAM_OK) {
        *capture = seen[1] != wanted[1];
        *other = stray || seen[0] != wanted[0];
    }
    arena_free(a);
    return code;
}
