/* SPDX-License-Identifier: MIT */
/* sql: statements, transactions, SQLite's errors in our words.
 *
 * Transactions:
 *
 *   none --begin--> open(1) --begin--> open(2) …
 *   open(n) --commit--> open(n-1);   open(1) --commit--> on disk, none
 *   open(n) --rollback--> doomed(n-1); doomed(1) --commit--> undone, error
 *   open(1) --rollback--> undone, none
 *
 * Invariants:
 *  1. Capture is on again in every transaction that gets committed.
 *  2. A statement in the cache stays until the replica is closed: a holder
 *     need not fear that it is dropped between prepare and step.
 */
#include "twin/twin_internal.h"
#include <stdarg.h>

/* ---- errors ---- */

static const char *where(const twin *t)
{
    return *t->directory ? t->directory : _("the temporary files (TMPDIR)");
}

int twin_sql_error(twin *t, const char *doing)
{
    int code = sqlite3_errcode(t->database);
    const char *message = sqlite3_errmsg(t->database);
    if (twin_disk_failed(t->database))
        return error_set(TAWAM_EENVIRONMENT,
                         _("%s: reading or writing the disk with %s failed "
                           "(%s)"),
                         doing, where(t), message);
    switch (code & 0xFF) {
    case SQLITE_FULL:
        return error_set(TAWAM_EFULL,
                         _("%s: the disk with %s is full; nothing of it was "
                           "kept. Free some space and repeat"),
                         doing, where(t));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(TAWAM_EBUSY,
                         _("%s: another program is writing to %s; try again "
                           "when it has finished"),
                         doing, where(t));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return error_set(TAWAM_EENVIRONMENT, _("%s: %s cannot be written (%s)"),
                         doing, where(t), message);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(TAWAM_EDAMAGED,
                         _("%s: the replica in %s is damaged (%s); `tawam "
                           "repair` mends it"),
                         doing, where(t), message);
    case SQLITE_NOMEM:
        return error_memory();
    case SQLITE_INTERRUPT:
        return error_set(TAWAM_ECANCELLED, _("%s: stopped"), doing);
    default:
        return error_set(TAWAM_EUSAGE, "%s: %s", doing, message);
    }
}

/* ---- statements ---- */

void twin_quote(buffer *sql, const char *name)
{
    buffer_byte(sql, '"');
    for (; *name; name++) {
        if (*name == '"')
            buffer_byte(sql, '"');
        buffer_byte(sql, (uint8_t)*name);
    }
    buffer_byte(sql, '"');
}

void sql_literal(buffer *sql, const char *text)
{
    buffer_byte(sql, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buffer_byte(sql, '\'');
        buffer_byte(sql, (uint8_t)*text);
    }
    buffer_byte(sql, '\'');
}

int twin_execute(twin *t, const char *sql)
{
    if (sqlite3_exec(t->database, sql, NULL, NULL, NULL) == SQLITE_OK)
        return TAWAM_OK;
    return twin_sql_error(t, _("writing to the replica"));
}

int sql_run(twin *t, const char *format, ...)
{
    va_list arguments;
    buffer sql = {0};
    va_start(arguments, format);
    buffer_vformat(&sql, format, arguments);
    va_end(arguments);
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_execute(t, (const char *)sql.data);
    buffer_free(&sql);
    return code;
}

/* Eight bytes at a time: statements are long and asked for once a row. */
static uint64_t hash_text(const char *text)
{
    size_t length = strlen(text);
    uint64_t hash = length, word = 0;
    for (; length >= sizeof word; length -= sizeof word, text += sizeof word) {
        memcpy(&word, text, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, text, length);
    return (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
}

static int prepare_new(sqlite3_stmt **out, twin *t, const char *sql,
                       unsigned flags)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(t->database, sql, -1, flags, &statement, NULL) !=
        SQLITE_OK)
        return twin_sql_error(t, _("reading the replica"));
    *out = statement;
    return TAWAM_OK;
}

static int cache_add(twin *t, const char *sql, uint64_t hash,
                     sqlite3_stmt *statement)
{
    int code = memory_reserve((void **)&t->cache, &t->cache_capacity,
                              t->cache_count + 1, sizeof *t->cache);
    char *copy = code == TAWAM_OK ? memory_string(sql) : NULL;
    if (!copy)
        return error_memory();
    t->cache[t->cache_count++] =
        (cached_statement){.sql = copy, .hash = hash, .statement = statement};
    return TAWAM_OK;
}

int twin_prepare(struct sqlite3_stmt **out, twin *t, const char *sql,
                 int cached)
{
    if (!cached)
        return prepare_new(out, t, sql, 0);
    uint64_t hash = hash_text(sql);
    for (size_t i = 0; i < t->cache_count; i++) {
        cached_statement *c = &t->cache[i];
        /* A busy one is being read by a caller further up. */
        if (c->hash == hash && strcmp(c->sql, sql) == 0 &&
            !sqlite3_stmt_busy(c->statement)) {
            *out = c->statement;
            return TAWAM_OK;
        }
    }
    sqlite3_stmt *statement = NULL;
    int code = prepare_new(&statement, t, sql, SQLITE_PREPARE_PERSISTENT);
    if (code == TAWAM_OK)
        code = cache_add(t, sql, hash, statement);
    if (code != TAWAM_OK) {
        sqlite3_finalize(statement);
        return code;
    }
    *out = statement;
    return TAWAM_OK;
}

void twin_release(struct sqlite3_stmt *statement)
{
    if (!statement)
        return;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

void sql_close_all(twin *t)
{
    for (size_t i = 0; i < t->cache_count; i++) {
        sqlite3_finalize(t->cache[i].statement);
        free(t->cache[i].sql);
    }
    free(t->cache);
    t->cache = NULL;
    t->cache_count = t->cache_capacity = 0;
    for (size_t i = 0; i < sizeof t->updates / sizeof *t->updates; i++) {
        sqlite3_finalize(t->updates[i].statement);
        free(t->updates[i].sql);
        t->updates[i] = (cached_statement){0};
    }
}

int twin_prepare_update(sqlite3_stmt **out, twin *t, const char *sql)
{
    const size_t size = sizeof t->updates / sizeof *t->updates;
    uint64_t hash = hash_text(sql);
    for (size_t i = 0; i < size; i++) {
        cached_statement *c = &t->updates[i];
        if (c->sql && c->hash == hash && strcmp(c->sql, sql) == 0) {
            *out = c->statement;
            return TAWAM_OK;
        }
    }
    cached_statement fresh = {.hash = hash, .sql = memory_string(sql)};
    if (!fresh.sql)
        return error_memory();
    int code = prepare_new(&fresh.statement, t, sql, SQLITE_PREPARE_PERSISTENT);
    if (code != TAWAM_OK) {
        free(fresh.sql);
        return code;
    }
    cached_statement *oldest = &t->updates[t->update_turn++ % size];
    sqlite3_finalize(oldest->statement);
    free(oldest->sql);
    *oldest = fresh;
    *out = fresh.statement;
    return TAWAM_OK;
}

int twin_step(twin *t, struct sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return 1;
    if (code == SQLITE_DONE)
        return 0;
    return twin_sql_error(t, sqlite3_stmt_readonly(statement)
                                 ? _("reading the replica")
                                 : _("writing to the replica"));
}

int sql_finish(twin *t, sqlite3_stmt *statement)
{
    int code = twin_step(t, statement);
    twin_release(statement);
    return code < 0 ? code : TAWAM_OK;
}

int sql_integer(int64_t *out, twin *t, int64_t otherwise, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t, sql, 1);
    if (code != TAWAM_OK)
        return code;
    code = twin_step(t, statement);
    if (code >= 0)
        *out = code && sqlite3_column_type(statement, 0) != SQLITE_NULL
                   ? sqlite3_column_int64(statement, 0)
                   : otherwise;
    twin_release(statement);
    return code < 0 ? code : TAWAM_OK;
}

int sql_for_row(twin *t, const char *sql, int layer, int64_t fid)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t, sql, 1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, layer);
    sqlite3_bind_int64(statement, 2, fid);
    return sql_finish(t, statement);
}

/* ---- transactions ---- */

/* The transaction is gone: what was remembered of it goes too. */
static void forget_transaction(twin *t)
{
    t->depth = 0;
    t->doomed = 0;
    t->capture_off = 0;
    bulk_end(t);
}

/* An interrupt is in force as long as any statement is running, for a ROLLBACK
 * too: then all end first. */
static void roll_back(twin *t)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_get_autocommit(t->database) ||
        sqlite3_exec(t->database, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK)
        return;
    while ((s = sqlite3_next_stmt(t->database, s)))
        sqlite3_reset(s);
    sqlite3_exec(t->database, "ROLLBACK", NULL, NULL, NULL);
}

static void undo(twin *t)
{
    roll_back(t);
    t->catalogue_stale = 1;
    forget_transaction(t);
}

int twin_begin(twin *t)
{
    if (t->depth > 0) {
        t->depth++;
        return TAWAM_OK;
    }
    if (t->read_only)
        return error_set(TAWAM_EENVIRONMENT, _("%s is open for reading only"),
                         where(t));
    int code = TAWAM_OK;
    if (sqlite3_exec(t->database, "BEGIN IMMEDIATE", NULL, NULL, NULL) !=
        SQLITE_OK)
        code = twin_sql_error(t, _("beginning a change"));
    /* Once for the whole transaction: from here nobody else can change it. */
    if (code == TAWAM_OK && t->catalogue)
        code = catalogue_refresh(t);
    /* (A BEGIN that was interrupted may have begun.) */
    if (code != TAWAM_OK) {
        undo(t);
        return code;
    }
    t->depth = 1;
    t->doomed = 0;
    t->capture_off = 0;
    return TAWAM_OK;
}

static int commit_outermost(twin *t)
{
    if (sqlite3_get_autocommit(t->database)) {
        /* SQLite itself gave it up: full disk, I/O error. */
        undo(t);
        return error_set(TAWAM_EENVIRONMENT,
                         _("the change was undone by an earlier failure: %s"),
                         error_message());
    }
    int code = TAWAM_OK;
    if (t->capture_off && !t->scratch)
        code = twin_execute(t, "UPDATE main.tawam_capture SET off = 0");
    if (code == TAWAM_OK &&
        sqlite3_exec(t->database, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        code = twin_sql_error(t, _("keeping the change"));
    if (code != TAWAM_OK)
        undo(t);
    forget_transaction(t);
    return code;
}

int twin_commit(twin *t)
{
    if (t->depth <= 0)
        return error_set(TAWAM_EUSAGE, "commit without begin");
    if (t->depth > 1) {
        t->depth--;
        return t->doomed ? t->doomed : TAWAM_OK;
    }
    if (!t->doomed)
        return commit_outermost(t);
    int code = t->doomed;
    undo(t);
    if (error_code() == TAWAM_OK)
        return error_set(code, _("the change was undone, since a part of it "
                                 "failed"));
    return code;
}

void twin_rollback(twin *t)
{
    if (t->depth <= 0)
        return;
    if (t->depth == 1) {
        undo(t);
        return;
    }
    t->depth--;
    if (!t->doomed)
        t->doomed = error_code() < 0 ? error_code() : TAWAM_ENO;
}

int twin_in_transaction(const twin *t)
{
    return t->depth > 0;
}
