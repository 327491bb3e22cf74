/* SPDX-License-Identifier: MIT */
/* query: SQL that a person typed or that came with data.
 *
 * Invariants:
 *  1. One statement. SQLite's authorizer sees every table, function and
 *     pragma it names, views and triggers included; without WRITE the
 *     statement must also be one that SQLite calls read-only.
 *  2. With WRITE it may insert, update, delete in layers; tables of ours and
 *     the R-trees change through their triggers only.
 *  3. The authorizer is on while the statement is prepared, so our own
 *     statements between begin and end are not judged by it.
 */
#include "twin/twin_internal.h"

static int refuse(twin *t, const char *what)
{
    t->query_refused = what;
    return SQLITE_DENY;
}

static int starts(const char *name, const char *prefix)
{
    return name && sqlite3_strnicmp(name, prefix, (int)strlen(prefix)) == 0;
}

static int may_write(twin *t, const char *name, const char *trigger)
{
    if (!t->query_write)
        return refuse(t, _("it changes data (use --write for that)"));
    if (trigger)
        return SQLITE_OK;
    for (size_t i = 0; i < t->catalogue->count; i++)
        if (text_equal_nocase(t->catalogue->entries[i].layer.name, name))
            return SQLITE_OK;
    return refuse(t, _("it changes a table that is no layer"));
}

static int may_pragma(twin *t, const char *name, const char *value)
{
    static const char *const TELLING[] = {
        "table_info",     "table_xinfo",    "table_list",       "index_list",
        "index_info",     "index_xinfo",    "foreign_key_list", "database_list",
        "user_version",   "application_id", "page_count",       "function_list",
        "compile_options"};
    for (size_t i = 0; i < sizeof TELLING / sizeof *TELLING; i++) {
        /* The last few could be set: they are told only without a value. */
        int settable = starts(name, "user_") || starts(name, "application_");
        if (text_equal_nocase(name, TELLING[i]) && !(settable && value))
            return SQLITE_OK;
    }
    return refuse(t, _("this PRAGMA is not allowed here"));
}

static int may_call(twin *t, const char *name)
{
    static const char *const NEVER[] = {"load_extension", "readfile",
                                        "writefile",      "edit",
                                        "fts3_tokenizer", "tawam_convert"};
    for (size_t i = 0; i < sizeof NEVER / sizeof *NEVER; i++)
        if (text_equal_nocase(name, NEVER[i]))
            return refuse(t, _("it calls a function that is not allowed here"));
    return SQLITE_OK;
}

static int authorize(void *context, int action, const char *first,
                     const char *second, const char *database,
                     const char *trigger)
{
    twin *t = context;
    (void)database;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        return may_call(t, second ? second : "");
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
        return may_write(t, first ? first : "", trigger);
    case SQLITE_PRAGMA:
        return may_pragma(t, first ? first : "", second);
    default:
        return refuse(t, _("only SELECT (and with --write INSERT, UPDATE, "
                           "DELETE on layers) is allowed here"));
    }
}

#define STEPS_EACH 10000 /* virtual-machine steps between two calls */

static int count_steps(void *context)
{
    twin *t = context;
    t->query_steps -= STEPS_EACH;
    return t->query_steps <= 0;
}

/* Nothing but blanks, comments and semicolons. */
static int is_blank_rest(const char *sql)
{
    while (*sql) {
        if (*sql == ';' || *sql == ' ' || (*sql >= '\t' && *sql <= '\r')) {
            sql++;
        } else if (sql[0] == '-' && sql[1] == '-') {
            sql += strcspn(sql, "\n");
        } else if (sql[0] == '/' && sql[1] == '*') {
            const char *end = strstr(sql + 2, "*/");
            sql = end ? end + 2 : sql + strlen(sql);
        } else {
            return 0;
        }
    }
    return 1;
}

/* A virtual table is connected when a statement first names it, and connecting
 * looks to the authorizer like CREATE TABLE. So those a query may name are
 * connected before it judges. */
static int connect_one(twin *t, const char *name)
{
    sqlite3_stmt *statement = NULL;
    buffer sql = {0};
    buffer_text(&sql, "SELECT 1 FROM ");
    twin_quote(&sql, name);
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        sqlite3_prepare_v2(t->database, (const char *)sql.data, -1, &statement,
                           NULL);
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return code;
}

static int connect_virtual(twin *t)
{
    static const char *const BUILT_IN[] = {"pragma_table_info",
                                           "pragma_table_xinfo",
                                           "pragma_table_list",
                                           "pragma_index_list",
                                           "pragma_index_info",
                                           "pragma_index_xinfo",
                                           "pragma_database_list",
                                           "pragma_foreign_key_list",
                                           "json_each",
                                           "json_tree"};
    int code = TAWAM_OK;
    for (size_t i = 0;
         code == TAWAM_OK && i < sizeof BUILT_IN / sizeof *BUILT_IN; i++)
        code = connect_one(t, BUILT_IN[i]);
    for (size_t i = 0; code == TAWAM_OK && i < t->catalogue->count; i++) {
        const twin_layer *layer = &t->catalogue->entries[i].layer;
        if (layer->geometry == TWIN_NO_GEOMETRY)
            continue;
        char *tree = memory_format("rtree_%s_geom", layer->name);
        code = tree ? connect_one(t, tree) : error_memory();
        free(tree);
    }
    return code;
}

static int prepare_judged(sqlite3_stmt **out, twin *t, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    const char *rest = "";
    t->query_refused = NULL;
    sqlite3_set_authorizer(t->database, authorize, t);
    int prepared = sqlite3_prepare_v2(t->database, sql, -1, &statement, &rest);
    sqlite3_set_authorizer(t->database, NULL, NULL);
    int code = TAWAM_OK;
    if (t->query_refused)
        code = error_set(TAWAM_EUSAGE, _("this query is refused: %s"),
                         t->query_refused);
    else if (prepared != SQLITE_OK)
        code = twin_sql_error(t, _("this query"));
    else if (!statement)
        code = error_set(TAWAM_EUSAGE, _("the query is empty"));
    else if (!is_blank_rest(rest))
        code = error_set(TAWAM_EUSAGE,
                         _("one statement at a time; the second begins with "
                           "'%.20s'"),
                         rest);
    else if (!t->query_write && !sqlite3_stmt_readonly(statement))
        code = error_set(TAWAM_EUSAGE, _("this query is refused: it changes "
                                         "data (use --write for that)"));
    if (code != TAWAM_OK) {
        sqlite3_finalize(statement);
        return code;
    }
    *out = statement;
    return TAWAM_OK;
}

int twin_query_begin(struct sqlite3_stmt **out, twin *t, const char *sql,
                     int write, int steps)
{
    if (write && t->read_only)
        return error_set(TAWAM_EENVIRONMENT, _("%s is open for reading only"),
                         t->directory);
    int code = catalogue_refresh(t);
    if (code != TAWAM_OK)
        return code;
    code = connect_virtual(t);
    if (code != TAWAM_OK)
        return code;
    t->query_write = write;
    code = prepare_judged(out, t, sql);
    if (code == TAWAM_OK && steps > 0) {
        t->query_steps = (int64_t)steps * 1000000;
        sqlite3_progress_handler(t->database, STEPS_EACH, count_steps, t);
    }
    return code;
}

void twin_query_end(twin *t)
{
    t->query_write = 0;
    t->query_steps = -1;
    sqlite3_progress_handler(t->database, 0, NULL, NULL);
}
