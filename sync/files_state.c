/* SPDX-License-Identifier: MIT */
/* files: what this replica remembers of files, in two tables of its own that
 * travel nowhere:
 *
 *   tawam_file(hash, value, layer, fid, added)   attached on this device, to
 *                                                which row first
 *   tawam_file_at(file, remote, state)           1 the remote showed that it
 *                                                has it; 2 what it gave was
 *                                                something else
 *
 * `file` is hash-id: a cell that pairs a good hash with a wrong id must not
 * stand in the way of the right one. Both tables can be lost without harm:
 * what is here is in the folder, what the remote has is asked again. */
#include "sync/files_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char SCHEMA[] =
    "CREATE TABLE IF NOT EXISTS tawam_file("
    " hash TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL,"
    " layer TEXT NOT NULL, fid INTEGER NOT NULL,"
    " added INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS tawam_file_at("
    " file TEXT NOT NULL, remote TEXT NOT NULL, state INTEGER NOT NULL,"
    " PRIMARY KEY(file, remote)) WITHOUT ROWID;";

int files_has_tables(sync_desk *s)
{
    sqlite3_stmt *statement = NULL;
    int found = twin_prepare(&statement, s->t,
                             "SELECT 1 FROM sqlite_master WHERE type='table'"
                             " AND name='tawam_file_at'",
                             0);
    if (found)
        return found;
    found = twin_step(s->t, statement);
    sqlite3_finalize(statement);
    return found;
}

int files_tables(sync_desk *s)
{
    int there = files_has_tables(s);
    if (there)
        return there < 0 ? there : TAWAM_OK;
    return twin_execute(s->t, SCHEMA);
}

/* Prepare SQL and bind the texts (NULL ends them). */
static int prepare(sqlite3_stmt **out, sync_desk *s, const char *sql,
                   const char *a, const char *b)
{
    int code = twin_prepare(out, s->t, sql, 0);
    if (!code && ((a && sqlite3_bind_text(*out, 1, a, -1, SQLITE_TRANSIENT)) ||
                  (b && sqlite3_bind_text(*out, 2, b, -1, SQLITE_TRANSIENT)))) {
        code = error_memory();
        sqlite3_finalize(*out);
        *out = NULL;
    }
    return code;
}

static int finish(sync_desk *s, sqlite3_stmt *statement)
{
    int code = twin_step(s->t, statement);
    sqlite3_finalize(statement);
    return code < 0 ? code : TAWAM_OK;
}

#define FILE_SIZE (DIGEST_HEX_SIZE + SYNC_ID_SIZE)

static const char *file_of(char out[FILE_SIZE], const files_key *key)
{
    snprintf(out, FILE_SIZE, "%.64s-%.40s", key->hash, key->id);
    return out;
}

/* ---- where files are ---- */

int files_state_at(sync_desk *s, const files_key *key, const char *remote)
{
    char file[FILE_SIZE];
    sqlite3_stmt *statement = NULL;
    int state = 0;
    if (files_has_tables(s) <= 0 ||
        prepare(&statement, s,
                "SELECT state FROM tawam_file_at WHERE file=?1 AND remote=?2",
                file_of(file, key), remote))
        return 0;
    if (twin_step(s->t, statement) == 1)
        state = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return state;
}

int files_set_at(sync_desk *s, const files_key *key, const char *remote,
                 int state)
{
    char file[FILE_SIZE];
    sqlite3_stmt *statement = NULL;
    int code = files_tables(s);
    if (!code)
        code = prepare(&statement, s,
                       "INSERT OR REPLACE INTO tawam_file_at"
                       " VALUES(?1, ?2, ?3)",
                       file_of(file, key), remote);
    if (code)
        return code;
    sqlite3_bind_int(statement, 3, state);
    return finish(s, statement);
}

int files_forget_at(sync_desk *s, const char *remote)
{
    sqlite3_stmt *statement = NULL;
    int code = files_has_tables(s);
    if (code <= 0)
        return code;
    code = prepare(&statement, s,
                   "DELETE FROM tawam_file_at WHERE remote=?1 AND state=1",
                   remote, NULL);
    return code ? code : finish(s, statement);
}

/* ---- attached here ---- */

static int remember_own(sync_desk *s, const files_key *key, const char *layer,
                        int64_t fid)
{
    char value[FILES_VALUE_SIZE];
    sqlite3_stmt *statement = NULL;
    int code = prepare(&statement, s,
                       "INSERT OR REPLACE INTO tawam_file"
                       " VALUES(?1, ?2, ?3, ?4, ?5)",
                       key->hash, files_key_value(value, key));
    if (code)
        return code;
    sqlite3_bind_text(statement, 3, layer, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, fid);
    sqlite3_bind_int64(statement, 5, clock_now());
    return finish(s, statement);
}

static int set_cell(sync_desk *s, const twin_layer *layer, int64_t fid,
                    int column, const files_key *key)
{
    char text[FILES_VALUE_SIZE];
    twin_cell cell = {.column = column};
    files_key_value(text, key);
    cell.value = (twin_value){
        .kind = TWIN_KIND_TEXT, .bytes = text, .length = strlen(text)};
    return twin_row_update(NULL, s->t, layer, fid, &cell, 1);
}

int files_attach(sync_desk *s, const twin_layer *layer, int64_t fid,
                 const twin_column *column, const files_key *key)
{
    char name[TWIN_NAME_MAX + 1];
    int id = layer->id, column_id = column->id, code;
    if (column->type != TWIN_TEXT)
        return error_set(TAWAM_EUSAGE,
                         _("%s holds %s: an attachment needs a column of "
                           "text"),
                         column->name, twin_type_name(column->type));
    snprintf(name, sizeof name, "%s", layer->name);
    code = twin_begin(s->t);
    if (code)
        return code;
    code = files_tables(s);
    layer = twin_layer_by_id(s->t, id);
    if (!code)
        code = layer ? set_cell(s, layer, fid, column_id, key)
                     : error_set(TAWAM_ENOTFOUND, _("the layer is gone"));
    if (!code)
        code = remember_own(s, key, name, fid);
    if (!code)
        return twin_commit(s->t);
    twin_rollback(s->t);
    return code;
}

int files_is_own(sync_desk *s, const char *hash)
{
    sqlite3_stmt *statement = NULL;
    int found = files_has_tables(s);
    if (found > 0 && (found = prepare(&statement, s,
                                      "SELECT 1 FROM tawam_file WHERE hash=?1",
                                      hash, NULL)) == TAWAM_OK)
        found = twin_step(s->t, statement);
    sqlite3_finalize(statement);
    return found;
}

int files_forget_own(sync_desk *s, const char *hash)
{
    sqlite3_stmt *statement = NULL;
    int code = prepare(&statement, s, "DELETE FROM tawam_file WHERE hash=?1",
                       hash, NULL);
    return code ? code : finish(s, statement);
}

int files_own_each(sync_desk *s,
                   int (*call)(void *context, const files_key *key,
                               const char *layer, int64_t fid),
                   void *context)
{
    sqlite3_stmt *statement = NULL;
    int step = 0, code = files_has_tables(s);
    if (code <= 0)
        return code;
    code = prepare(&statement, s,
                   "SELECT value, layer, fid FROM tawam_file ORDER BY hash",
                   NULL, NULL);
    while (!code && (step = twin_step(s->t, statement)) == 1) {
        files_key key;
        const char *value = (const char *)sqlite3_column_text(statement, 0);
        if (value && files_key_read(&key, value, strlen(value)))
            code = call(context, &key,
                        (const char *)sqlite3_column_text(statement, 1),
                        sqlite3_column_int64(statement, 2));
    }
    sqlite3_finalize(statement);
    return code ? code : step < 0 ? step : TAWAM_OK;
}

/* ---- what a sync brings ---- */

int files_follow_read(files_follow *out, const char *text)
{
    static const struct {
        const char *word;
        int what;
    } words[] = {
        {"none", FILES_NONE}, {"mine", FILES_MINE}, {"all", FILES_ALL}};
    char *end = NULL;
    double number;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_equal_nocase(text, words[i].word)) {
            *out = (files_follow){.what = words[i].what};
            return TAWAM_OK;
        }
    number = strtod(text, &end);
    if (end != text && (*end == 'k' || *end == 'K'))
        number *= 1e3, end++;
    else if (end != text && (*end == 'M' || *end == 'm'))
        number *= 1e6, end++;
    if (end == text || *end || !(number >= 1) || number > 1e12)
        return error_set(TAWAM_EUSAGE,
                         _("'%.40s' is neither none, mine, all nor a size as "
                           "in 300k or 2M"),
                         text);
    *out = (files_follow){.what = FILES_UP_TO, .size = (int64_t)number};
    return TAWAM_OK;
}

void files_follow_get(files_follow *out, sync_desk *s)
{
    char *text = NULL;
    *out = (files_follow){.what = FILES_NONE};
    if (twin_setting(&text, s->t, FILES_FOLLOW_SETTING) == TAWAM_OK &&
        files_follow_read(out, text))
        error_clear(); /* another program's word: nothing by itself */
    free(text);
}
