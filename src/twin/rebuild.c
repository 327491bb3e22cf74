/* SPDX-License-Identifier: MIT */
/* rebuild: a layer's table, made and made anew.
 *
 * SQLite cannot change a column's declared type, and a table that another
 * program made has its own idea of the row id. So the rows go aside into a
 * temporary table, converted, and come back into a new one:
 *
 *   temp.tawam_rebuild <- SELECT convert(…) FROM layer
 *   DROP layer;  CREATE layer;  INSERT INTO layer SELECT * FROM rebuild
 *
 * within the caller's transaction. Indexes and triggers of other programs go
 * with the table: they are made again at the end, where they still can be and
 * keep no edit out. (A unique index does: a layer must hold what was written
 * elsewhere.) (Renaming instead would have SQLite rewrite views and triggers of
 * others, and refuse where one of them is broken.) */
#include "twin/twin_internal.h"

static void column_ddl(buffer *sql, const twin_layer *layer,
                       const twin_column *column)
{
    twin_quote(sql, column->name);
    buffer_format(sql, " %s",
                  column->type == TWIN_GEOMETRY
                      ? twin_geometry_name(layer->geometry)
                      : type_declared(column->type));
}

static int run_buffer(twin *t, buffer *sql)
{
    int code = buffer_check(sql);
    if (code == TAWAM_OK)
        code = twin_execute(t, (const char *)sql->data);
    buffer_free(sql);
    return code;
}

int table_create(twin *t, const twin_layer *layer)
{
    buffer sql = {0};
    buffer_text(&sql, "CREATE TABLE main.");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL");
    for (size_t i = 0; i < layer->column_count; i++) {
        buffer_text(&sql, ", ");
        column_ddl(&sql, layer, &layer->columns[i]);
    }
    buffer_format(&sql, "); CREATE INDEX main.tawam_%d_uuid ON ", layer->id);
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " (uuid)");
    return run_buffer(t, &sql);
}

int table_add_column(twin *t, const twin_layer *layer,
                     const twin_column *column)
{
    buffer sql = {0};
    buffer_text(&sql, "ALTER TABLE main.");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " ADD COLUMN ");
    column_ddl(&sql, layer, column);
    return run_buffer(t, &sql);
}

/* The rows of the present table, as they will be, into temp.tawam_rebuild. */
static int set_aside(twin *t, const twin_layer *layer, const char *key,
                     const column_source *sources)
{
    buffer sql = {0};
    buffer_text(&sql, "DROP TABLE IF EXISTS temp.tawam_rebuild;"
                      " CREATE TABLE temp.tawam_rebuild AS SELECT ");
    twin_quote(&sql, key);
    buffer_text(&sql, " AS fid");
    for (size_t i = 0; i < layer->column_count; i++) {
        if (sources[i].from) {
            buffer_text(&sql, ", tawam_convert(");
            twin_quote(&sql, sources[i].from);
            buffer_format(&sql, ", %d) AS c%zu", (int)sources[i].type, i);
        } else {
            buffer_format(&sql, ", NULL AS c%zu", i);
        }
    }
    buffer_text(&sql, " FROM main.");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, "; DROP TABLE main.");
    twin_quote(&sql, layer->name);
    return run_buffer(t, &sql);
}

static int bring_back(twin *t, const twin_layer *layer)
{
    buffer sql = {0};
    buffer_text(&sql, "INSERT INTO main.");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " (fid");
    for (size_t i = 0; i < layer->column_count; i++) {
        buffer_text(&sql, ", ");
        twin_quote(&sql, layer->columns[i].name);
    }
    buffer_text(&sql, ") SELECT * FROM temp.tawam_rebuild ORDER BY fid;"
                      " DROP TABLE temp.tawam_rebuild");
    return run_buffer(t, &sql);
}

/* ---- indexes and triggers of other programs ---- */

typedef struct others {
    buffer made;     /* name and CREATE statement of each, NULs between */
    int was_written; /* the table could be, with them */
} others;

/* As SQLite writes them down. Its file may hold any text instead. */
static int note_others(others *out, twin *t, const twin_layer *layer)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(
        &statement, t,
        "SELECT name, sql FROM main.sqlite_schema WHERE"
        " tbl_name = ?1 COLLATE NOCASE AND"
        " (sql LIKE 'create index %' OR sql LIKE 'create trigger %') AND"
        " name NOT LIKE 'tawam~_%' ESCAPE '~' AND"
        " name NOT LIKE 'rtree~_%' ESCAPE '~' ORDER BY rowid",
        1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, layer->name, -1, SQLITE_STATIC);
    while ((code = twin_step(t, statement)) > 0) {
        for (int i = 0; i < 2; i++) {
            const char *text = (const char *)sqlite3_column_text(statement, i);
            buffer_text(&out->made, text ? text : "");
            buffer_byte(&out->made, 0);
        }
    }
    twin_release(statement);
    return code == TAWAM_OK ? buffer_check(&out->made) : code;
}

/* 1 if SQL's first statement can be compiled, 0 if it names what is not there.
 */
static int compiles(twin *t, const buffer *sql)
{
    sqlite3_stmt *statement = NULL;
    int code = buffer_check(sql);
    if (code != TAWAM_OK)
        return code;
    int result = sqlite3_prepare_v2(t->database, (const char *)sql->data, -1,
                                    &statement, NULL);
    sqlite3_finalize(statement);
    if (result == SQLITE_OK)
        return 1;
    return (result & 0xFF) == SQLITE_ERROR
               ? 0
               : twin_sql_error(t, _("writing to the replica"));
}

/* 1 if all that runs when a row of LAYER comes, changes (KEY or a column of
 * SOURCES; without them, as the layer has them) or goes is there, 0 if not. */
static int can_be_written(twin *t, const twin_layer *layer, const char *key,
                          const column_source *sources)
{
    static const char *const HEADS[] = {"INSERT INTO main.",
                                        "DELETE FROM main.", "UPDATE main."};
    int can = 1;
    if (t->bulk) /* triggers are compiled only where they run */
        sqlite3_db_config(t->database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
    for (int k = 0; can > 0 && k < 3; k++) {
        buffer sql = {0};
        buffer_text(&sql, HEADS[k]);
        twin_quote(&sql, layer->name);
        buffer_text(&sql, k == 0 ? " DEFAULT VALUES" : k == 2 ? " SET " : "");
        for (size_t i = 0; k == 2 && i <= layer->column_count; i++) {
            const char *name = i == 0    ? key
                               : sources ? sources[i - 1].from
                                         : layer->columns[i - 1].name;
            if (!name)
                continue;
            buffer_text(&sql, i ? ", " : "");
            twin_quote(&sql, name);
            buffer_text(&sql, " = NULL");
        }
        can = compiles(t, &sql);
        buffer_free(&sql);
    }
    if (t->bulk)
        sqlite3_db_config(t->database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    return can;
}

/* The first statement of SQL and no other. One that names a column which is no
 * longer there, or what this program has not, is let go. */
static int make_one(int *made, twin *t, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(t->database, sql, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    *made = result == SQLITE_DONE;
    int code = *made || (result & 0xFF) == SQLITE_ERROR
                   ? TAWAM_OK
                   : twin_sql_error(t, _("writing to the replica"));
    sqlite3_finalize(statement);
    return code;
}

static int drop_trigger(twin *t, const char *name)
{
    buffer sql = {0};
    buffer_text(&sql, "DROP TRIGGER IF EXISTS main.");
    twin_quote(&sql, name);
    return run_buffer(t, &sql);
}

/* SQLite looks into a trigger only when it is to run: one whose columns have
 * other names now would keep every edit out, and is let go too. */
static int make_others(twin *t, const twin_layer *layer, const others *noted)
{
    int code = TAWAM_OK, made = 0;
    for (size_t at = 0; code == TAWAM_OK && at < noted->made.length;) {
        const char *name = (const char *)noted->made.data + at;
        const char *sql = name + strlen(name) + 1;
        at += strlen(name) + strlen(sql) + 2;
        code = make_one(&made, t, sql);
        if (code != TAWAM_OK || !made || !noted->was_written ||
            sqlite3_strnicmp(sql, "create t", 8) != 0)
            continue;
        int can = can_be_written(t, layer, "fid", NULL);
        code = can < 0 ? can : can ? TAWAM_OK : drop_trigger(t, name);
    }
    return code;
}

int table_rebuild(twin *t, const twin_layer *layer, const char *key,
                  const column_source *sources, int captured)
{
    others noted = {0};
    int code = note_others(&noted, t, layer);
    if (code == TAWAM_OK && noted.made.length) {
        noted.was_written = can_be_written(t, layer, key, sources);
        code = noted.was_written < 0 ? noted.was_written : TAWAM_OK;
    }
    if (code == TAWAM_OK)
        code = set_aside(t, layer, key, sources);
    if (code == TAWAM_OK)
        code = table_create(t, layer);
    if (code == TAWAM_OK && !captured)
        code = bring_back(t, layer);
    if (code == TAWAM_OK)
        code = gpkg_make_rtree(t, layer);
    if (code == TAWAM_OK)
        code = triggers_install(t, layer);
    if (code == TAWAM_OK && captured)
        code = bring_back(t, layer);
    if (code == TAWAM_OK)
        code = gpkg_register(t, layer);
    if (code == TAWAM_OK)
        code = make_others(t, layer, &noted);
    buffer_free(&noted.made);
    return code;
}
