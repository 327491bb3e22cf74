/* SPDX-License-Identifier: MIT */
/* match: key -> row, for the layer's rows and the file's rows so far.
 *
 * One temporary table, filled by one pass over the layer; a row of the file
 * costs one look-up and one write in it, whatever the size of the layer. It
 * is SQLite's, so it moves to disk when it is large, and goes back with the
 * transaction that a batch is.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include "exchange/exchange_internal.h"

struct match {
    twin *twin;
    sqlite3_stmt *find, *insert, *mark;
};

/* No column types: keys are compared as they are, without affinity. */
#define CREATE                                                                 \
    "CREATE TEMP TABLE tawam_import_key(key PRIMARY KEY, fid, rows, line) "    \
    "WITHOUT ROWID"

static int fill(match *m, const twin_layer *layer, int column, int own_fid)
{
    const twin_column *c = column ? twin_column_by_id(layer, column) : NULL;
    buffer sql = {0};
    int result = TAWAM_OK;

    buffer_text(&sql, "INSERT INTO temp.tawam_import_key "
                      "SELECT key, min(fid), count(*), 0 FROM (");
    if (own_fid) {
        buffer_text(&sql, "SELECT CAST(fid AS TEXT) AS key, fid FROM ");
        twin_quote(&sql, layer->name);
    }
    if (c) {
        buffer_text(&sql, own_fid ? " UNION ALL SELECT CAST(" : "SELECT ");
        twin_quote(&sql, c->name);
        buffer_text(&sql,
                    own_fid ? " AS TEXT), fid FROM " : " AS key, fid FROM ");
        twin_quote(&sql, layer->name);
    }
    buffer_text(&sql, ") WHERE key IS NOT NULL GROUP BY key");
    result = buffer_check(&sql);
    if (result == TAWAM_OK && (c || own_fid))
        result = twin_execute(m->twin, (const char *)sql.data);
    buffer_free(&sql);
    return result;
}

int match_open(match **out, twin *t, const twin_layer *layer, int column,
               int own_fid)
{
    match *m = memory_new(sizeof *m);
    int result = m ? TAWAM_OK : TAWAM_EMEMORY;
    if (result < 0)
        return result;
    m->twin = t;
    result = twin_execute(t, "DROP TABLE IF EXISTS temp.tawam_import_key");
    if (result == TAWAM_OK)
        result = twin_execute(t, CREATE);
    if (result == TAWAM_OK)
        result = fill(m, layer, column, own_fid);
    if (result == TAWAM_OK)
        result = twin_prepare(&m->find, t,
                              "SELECT fid, rows, line "
                              "FROM temp.tawam_import_key WHERE key = ?1",
                              0);
    if (result == TAWAM_OK)
        result = twin_prepare(&m->insert, t,
                              "INSERT INTO temp.tawam_import_key "
                              "VALUES (?1, 0, 0, ?2)",
                              0);
    if (result == TAWAM_OK)
        result = twin_prepare(&m->mark, t,
                              "UPDATE temp.tawam_import_key "
                              "SET line = ?2 WHERE key = ?1",
                              0);
    if (result < 0)
        match_close(m);
    else
        *out = m;
    return result;
}

void match_close(match *m)
{
    if (!m)
        return;
    sqlite3_finalize(m->find);
    sqlite3_finalize(m->insert);
    sqlite3_finalize(m->mark);
    /* Gone already if the transaction that made it was rolled back; and what
     * went wrong before is the message to keep. */
    sqlite3_exec(twin_database(m->twin),
                 "DROP TABLE IF EXISTS temp.tawam_import_key", NULL, NULL,
                 NULL);
    free(m);
}

int match_find(match_row *out, match *m, const twin_value *key)
{
    int result = twin_value_bind(m->find, 1, key);
    if (result == TAWAM_OK)
        result = twin_step(m->twin, m->find);
    if (result == 1) {
        out->fid = sqlite3_column_int64(m->find, 0);
        out->count = sqlite3_column_int64(m->find, 1);
        out->line = sqlite3_column_int64(m->find, 2);
    }
    twin_release(m->find);
    return result;
}

int match_used(match *m, const twin_value *key, int found, int64_t line)
{
    sqlite3_stmt *statement = found ? m->mark : m->insert;
    int result = twin_value_bind(statement, 1, key);
    if (result == TAWAM_OK) {
        sqlite3_bind_int64(statement, 2, line);
        result = twin_step(m->twin, statement);
    }
    twin_release(statement);
    return result;
}
