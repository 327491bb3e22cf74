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
 * with the table: they are made again at the end, where they still can be. (A
 * unique index can't: a layer must hold what was written elsewhere.) (Renaming
 * instead would have SQLite rewrite views and triggers of others, and refuse
 * where one of them is broken.) */
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

/* How the indexes and triggers of other programs were made, each ended by a
 * NUL. */
static int note_others(buffer *out, twin *t, const twin_layer *layer)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(
        &statement, t,
        "SELECT sql FROM main.sqlite_schema WHERE"
        " tbl_name = ?1 COLLATE NOCASE AND type IN ('index', 'trigger') AND"
        " sql IS NOT NULL AND sql NOT LIKE 'create unique%' AND"
        " name NOT LIKE 'tawam~_%' ESCAPE '~' AND"
        " name NOT LIKE 'rtree~_%' ESCAPE '~' ORDER BY rowid",
        1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, layer->name, -1, SQLITE_STATIC);
    while ((code = twin_step(t, statement)) > 0) {
        buffer_text(out, (const char *)sqlite3_column_text(statement, 0));
        buffer_byte(out, 0);
    }
    twin_release(statement);
    return code == TAWAM_OK ? buffer_check(out) : code;
}

/* One that names a column which is no longer there is let go. */
static int make_others(twin *t, const buffer *noted)
{
    for (size_t at = 0; at < noted->length;) {
        const char *sql = (const char *)noted->data + at;
        int made = sqlite3_exec(t->database, sql, NULL, NULL, NULL);
        if (made != SQLITE_OK && made != SQLITE_ERROR)
            return twin_sql_error(t, _("writing to the replica"));
        at += strlen(sql) + 1;
    }
    return TAWAM_OK;
}

int table_rebuild(twin *t, const twin_layer *layer, const char *key,
                  const column_source *sources, int captured)
{
    buffer others = {0};
    int code = note_others(&others, t, layer);
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
        code = make_others(t, &others);
    buffer_free(&others);
    return code;
}
