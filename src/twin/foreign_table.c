/* SPDX-License-Identifier: MIT */
/* foreign_table: reads a table that any program may have made or changed, and
 * says what each of its columns is to us.
 *
 * Invariant: the names it gives are ones a layer may have, and each stands
 * once: no column of another program is lost for its name. */
#include "twin/twin_internal.h"

static int read_geometry(foreign_table *out, twin *t, arena *a)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "SELECT column_name, geometry_type_name, srs_id"
                            " FROM main.gpkg_geometry_columns"
                            " WHERE table_name = ?1 COLLATE NOCASE",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, out->name, -1, SQLITE_STATIC);
    code = twin_step(t, statement);
    if (code > 0) {
        const char *type = (const char *)sqlite3_column_text(statement, 1);
        out->geometry_column =
            arena_string(a, (const char *)sqlite3_column_text(statement, 0));
        out->srs = sqlite3_column_int(statement, 2);
        /* A curve or a surface: our decoder refuses those, row by row. */
        if (!type || twin_geometry_parse(&out->geometry, type) != TAWAM_OK ||
            out->geometry == TWIN_NO_GEOMETRY)
            out->geometry = TWIN_ANY_GEOMETRY;
        code = out->geometry_column ? TAWAM_OK : error_memory();
    }
    twin_release(statement);
    return code;
}

/* A copy of SQL without what stands in quotes: names and texts of any kind. */
static char *without_quoted(const char *sql)
{
    char *out = memory_new(strlen(sql) + 1);
    size_t used = 0;
    for (; out && *sql; sql++) {
        const char *end = NULL;
        if (*sql == '"' || *sql == '\'' || *sql == '`')
            end = strchr(sql + 1, *sql);
        else if (*sql == '[')
            end = strchr(sql + 1, ']');
        if (end)
            sql = end;
        else
            out[used++] = *sql;
    }
    return out;
}

/* 1 if a table's definition has a rule that a layer must not have. A column
 * that is called so without quotes costs a rebuild, once. */
static int has_rule(const char *sql)
{
    static const char *const RULES[] = {"%check%",   "%references%",
                                        "%unique%",  "%generated%",
                                        "%collate%", "%without%rowid%"};
    char *plain = without_quoted(sql);
    int found = !plain;
    for (size_t i = 0; plain && i < sizeof RULES / sizeof *RULES; i++)
        found |= sqlite3_strlike(RULES[i], plain, 0) == 0;
    free(plain);
    return found;
}

static int read_schema(foreign_table *out, twin *t)
{
    sqlite3_stmt *statement = NULL;
    int code =
        twin_prepare(&statement, t,
                     "SELECT sql, type = 'table' FROM main.sqlite_schema WHERE"
                     " (type = 'table' AND name = ?1 COLLATE NOCASE AND"
                     "  sql NOT LIKE 'create virtual%') OR"
                     " (type = 'index' AND tbl_name = ?1 COLLATE NOCASE AND"
                     "  sql LIKE 'create unique%')",
                     1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, out->name, -1, SQLITE_STATIC);
    while ((code = twin_step(t, statement)) > 0) {
        const char *sql = (const char *)sqlite3_column_text(statement, 0);
        out->exists |= sqlite3_column_int(statement, 1);
        out->strict |= has_rule(sql ? sql : "");
    }
    twin_release(statement);
    return code;
}

/* ---- names ---- */

static int is_taken(const foreign_table *seen, const char *name)
{
    for (size_t i = 0; i < seen->count; i++)
        if (text_equal_nocase(seen->columns[i].to, name))
            return 1;
    return 0;
}

/* A name a layer may have for the column called FROM. */
static char *own_name(const foreign_table *into, const char *from, arena *a)
{
    char name[TWIN_NAME_MAX + 1];
    int reserved =
        text_equal_nocase(from, "fid") || text_equal_nocase(from, "geom");
    if (!reserved && twin_name_check(from, 1) == TAWAM_OK &&
        !is_taken(into, from))
        return arena_string(a, from);
    error_clear();
    for (int i = 1; i < 10000; i++) {
        if (!reserved)
            snprintf(name, sizeof name, "column_%d", i);
        else if (i == 1)
            snprintf(name, sizeof name, "%.4s_source", from);
        else
            snprintf(name, sizeof name, "%.4s_source_%d", from, i);
        if (!is_taken(into, name))
            return arena_string(a, name);
    }
    return NULL;
}

/* ---- columns ---- */

static int is_geometry(const foreign_table *seen, const char *name)
{
    return seen->geometry_column &&
           text_equal_nocase(seen->geometry_column, name);
}

static int add_column(foreign_table *out, size_t *capacity,
                      sqlite3_stmt *statement, arena *a)
{
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    const char *declared = (const char *)sqlite3_column_text(statement, 1);
    foreign_column column = {.from = arena_string(a, name ? name : ""),
                             .type = type_from_declared(declared),
                             .fixed = sqlite3_column_int(statement, 2)};
    if (is_geometry(out, name)) {
        column.to = "geom";
        column.type = TWIN_GEOMETRY;
    } else {
        column.to = own_name(out, name, a);
        if (text_equal_nocase(name, "uuid"))
            column.to = "uuid";
    }
    int code = memory_reserve((void **)&out->columns, capacity, out->count + 1,
                              sizeof *out->columns);
    if (code != TAWAM_OK || !column.from || !column.to)
        return error_memory();
    out->columns[out->count++] = column;
    return TAWAM_OK;
}

/* The only column of an integer primary key is the row id. */
static int read_key(foreign_table *out, twin *t, arena *a)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(
        &statement, t,
        "SELECT min(name) FROM pragma_table_info(?1) WHERE pk > 0"
        " HAVING count(*) = 1 AND max(type) = 'INTEGER' COLLATE NOCASE",
        1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, out->name, -1, SQLITE_STATIC);
    code = twin_step(t, statement);
    out->key = "rowid";
    if (code > 0) {
        out->key =
            arena_string(a, (const char *)sqlite3_column_text(statement, 0));
        code = out->key ? TAWAM_OK : error_memory();
    }
    twin_release(statement);
    return code;
}

static int read_columns(foreign_table *out, twin *t, arena *a)
{
    sqlite3_stmt *statement = NULL;
    size_t capacity = 0;
    int code = twin_prepare(&statement, t,
                            "SELECT name, type, \"notnull\""
                            " FROM pragma_table_info(?1) WHERE name <> ?2"
                            " ORDER BY cid",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, out->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, out->key, -1, SQLITE_STATIC);
    while ((code = twin_step(t, statement)) > 0) {
        code = add_column(out, &capacity, statement, a);
        if (code != TAWAM_OK)
            break;
    }
    twin_release(statement);
    foreign_column *list = out->columns;
    out->columns = NULL;
    if (code == TAWAM_OK && out->count) {
        out->columns = arena_copy(a, list, out->count * sizeof *list);
        code = out->columns ? TAWAM_OK : error_memory();
    }
    free(list);
    return code;
}

int foreign_table_read(foreign_table *out, twin *t, const char *name, arena *a)
{
    foreign_table seen = {.name = name};
    int code = read_schema(&seen, t);
    if (code == TAWAM_OK && seen.exists) {
        code = read_geometry(&seen, t, a);
        if (code == TAWAM_OK)
            code = read_key(&seen, t, a);
        if (code == TAWAM_OK)
            code = read_columns(&seen, t, a);
    }
    if (code == TAWAM_OK)
        *out = seen;
    return code;
}
