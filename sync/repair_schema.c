/* SPDX-License-Identifier: MIT */
/* repair: a table that a bit in its CREATE statement hides or changes.
 *
 * The statement stands once, in sqlite_schema, and where it can't be parsed
 * SQLite passes the whole table over, sound as it may be; where it can be, a
 * column has another name or type, and no integrity check minds. Of our own
 * tables the statements are known: in a copy they are put there again.
 */
#include "sync/repair_internal.h"
#include "sync/merge_internal.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Every table of a replica but the layers, empty. A result of SQLite's. */
static int make_model(sqlite3 **model)
{
    int result = sqlite3_open(":memory:", model);

    for (const char *const *sql = twin_tables(); !result && *sql; sql++)
        result = sqlite3_exec(*model, *sql, NULL, NULL, NULL);
    return result ? result
                  : sqlite3_exec(*model, merge_tables(), NULL, NULL, NULL);
}

/* CALL for the name and the statement of each of our tables, until it returns
 * other than 0, which is returned. */
static int each_table(int (*call)(sqlite3 *db, const char *name,
                                  const char *statement),
                      sqlite3 *db)
{
    sqlite3 *model = NULL;
    sqlite3_stmt *s = NULL;
    int code = TAWAM_OK;
    int result = make_model(&model);

    if (!result)
        result = sqlite3_prepare_v2(model,
                                    "SELECT name, sql FROM sqlite_schema WHERE"
                                    " type='table' AND name GLOB 'tawam_*'",
                                    -1, &s, NULL);
    while (!result && !code && sqlite3_step(s) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(s, 0);
        const char *statement = (const char *)sqlite3_column_text(s, 1);

        code = name && statement ? call(db, name, statement) : error_memory();
    }
    if (sqlite3_finalize(s) || result)
        code = error_memory(); /* of nothing else can it fail */
    sqlite3_close(model);
    return code;
}

/* 1 if a query of the table NAME can be made, 0 if not; <0 error. */
static int can_be_asked(sqlite3 *db, const char *name)
{
    sqlite3_stmt *s = NULL;
    char *sql = memory_format("SELECT 1 FROM \"%s\"", name);
    int result = sql ? sqlite3_prepare_v2(db, sql, -1, &s, NULL) : SQLITE_NOMEM;
    int code = result ? salvage_failure(db, result) : TAWAM_OK;

    sqlite3_finalize(s);
    free(sql);
    return code ? code : result == SQLITE_OK;
}

/* The row of sqlite_schema is found by what is left of it. A table that a
 * later version has and this file never had is in none. */
static int list_row(sqlite3 *db, const char *name, const char *statement,
                    const char *sql)
{
    sqlite3_stmt *s = NULL;
    int code = TAWAM_OK;
    int result = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

    if (!result) {
        sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 2, statement, -1, SQLITE_STATIC);
        result = sqlite3_step(s);
    }
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        code = salvage_failure(db, result);
    sqlite3_finalize(s);
    return code ? code : result == SQLITE_ROW;
}

#define WHICH " rootpage > 0 AND (name = ?1 OR sql = ?2)"

static int look_at(sqlite3 *db, const char *name, const char *statement)
{
    int sound = can_be_asked(db, name);

    if (sound < 0)
        return sound;
    if (sound) /* a bit that changed a word leaves the length */
        return list_row(db, name, statement,
                        "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND"
                        " name = ?1 AND sql <> ?2 AND length(sql) ="
                        " length(?2)");
    return list_row(db, name, statement,
                    "SELECT 1 FROM sqlite_schema WHERE" WHICH);
}

static int put_back(sqlite3 *db, const char *name, const char *statement)
{
    int hidden = look_at(db, name, statement);

    if (hidden > 0)
        hidden = list_row(db, name, statement,
                          "UPDATE sqlite_schema SET type = 'table', name = ?1,"
                          " tbl_name = ?1, sql = ?2 WHERE" WHICH);
    return hidden < 0 ? hidden : 0;
}

/* ---- tables that are not as they were made ---- */

/* Each table's name, and its columns as a text. */
static const char SHAPES[] =
    "SELECT s.name, (SELECT group_concat(c.name || ' ' || c.type || ' ' ||"
    " c.\"notnull\" || ' ' || c.pk, ',') FROM pragma_table_info(s.name) c)"
    " FROM sqlite_schema s WHERE s.type='table' AND (s.name GLOB 'tawam_*' OR"
    " s.name GLOB 'gpkg_*') ORDER BY s.name";

/* The same of one table of the replica; no row where it is not there. */
static const char SHAPE[] =
    "SELECT group_concat(name || ' ' || type || ' ' || \"notnull\" || ' ' ||"
    " pk, ',') FROM pragma_table_info(?1) HAVING count(*) > 0";

/* A table that came later than this replica is made when it is wanted. */
static int compare_shape(twin *t, sqlite3_stmt *shape, const char *name,
                         const char *wanted)
{
    const char *found = NULL;
    int code, same;

    sqlite3_reset(shape);
    sqlite3_bind_text(shape, 1, name, -1, SQLITE_STATIC);
    code = twin_step(t, shape);
    found = code == 1 ? (const char *)sqlite3_column_text(shape, 0) : NULL;
    same = code == 1 ? found && strcmp(found, wanted) == 0
                     : strncmp(name, "gpkg_", 5) != 0;
    return code < 0 ? code
           : same   ? TAWAM_OK
                    : error_set(TAWAM_EDAMAGED,
                                _("table %s of the replica is not what it was "
                                    "made as"),
                                name);
}

int repair_check_tables(twin *t)
{
    sqlite3 *model = NULL;
    sqlite3_stmt *s = NULL, *shape = NULL;
    int result = make_model(&model);
    int code = result ? error_memory() : twin_prepare(&shape, t, SHAPE, 0);

    if (!code && sqlite3_prepare_v2(model, SHAPES, -1, &s, NULL))
        code = error_memory();
    while (!code && (result = sqlite3_step(s)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(s, 0);
        const char *wanted = (const char *)sqlite3_column_text(s, 1);

        code = name && wanted ? compare_shape(t, shape, name, wanted)
                              : error_memory();
    }
    if (!code && result != SQLITE_DONE)
        code = error_memory();
    sqlite3_finalize(shape);
    sqlite3_finalize(s);
    sqlite3_close(model);
    return code;
}

int salvage_schema_hides(sqlite3 *db)
{
    return each_table(look_at, db);
}

int salvage_mend_schema(sqlite3 *db)
{
    return each_table(put_back, db);
}
