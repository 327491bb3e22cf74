/* SPDX-License-Identifier: MIT */
/* repair: what can still be read of a damaged replica.
 *
 * SQLite reads it, told to go on where the schema or a page is damaged
 * (writable_schema), from a connection that can't write. Where it takes the
 * file for none at all, a copy is read whose first 100 bytes are made anew;
 * where a transaction was cut off, a copy with its journal, which is rolled
 * back there, or with its write-ahead log, where QGIS had left one. A table is
 * read from its beginning until a page is damaged, then from its end; rows that
 * are asked for one by one may lie between.
 */
#include "sync/repair_internal.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT ((size_t)8 << 30)
#define PAGE 4096

/* ---- opening ---- */

static void set_big(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

/* The first 100 bytes as our own files have them (SQLite's file format, 1.3:
 * 4,096-byte pages, rollback journal or else write-ahead log, UTF-8). */
static void make_head(uint8_t *head, size_t length, int wal)
{
    static const uint8_t START[24] =
        "SQLite format 3\0\x10\0\1\1\0\x40\x20\x20";
    memset(head, 0, 100);
    memcpy(head, START, sizeof START);
    head[18] = head[19] = wal ? 2 : 1;
    set_big(head + 24, 1); /* changes; the same at 92 makes 28 count */
    set_big(head + 28, (uint32_t)(length / PAGE));
    set_big(head + 40, 1); /* schema cookie */
    set_big(head + 44, 4); /* schema format */
    set_big(head + 56, 1); /* UTF-8 */
    set_big(head + 92, 1);
    set_big(head + 96, 3040001);
}

static int copy_file(const char *from, const char *to, int new_head, int wal)
{
    buffer bytes = {0};
    int code = file_read(&bytes, from, FILE_LIMIT);
    if (!code && new_head && bytes.length >= 512)
        make_head(bytes.data, bytes.length, wal);
    if (!code)
        code = file_write_atomic(to, bytes.data ? (char *)bytes.data : "",
                                 bytes.length);
    buffer_free(&bytes);
    return code;
}

static char *uri_of(const char *file, const char *options)
{
    buffer uri = {0};
    buffer_text(&uri, "file:");
    for (const char *p = file; *p; p++) {
        if (*p == '?' || *p == '#' || *p == '%')
            buffer_format(&uri, "%%%02X", (unsigned char)*p);
        else
            buffer_byte(&uri, (uint8_t)*p);
    }
    buffer_text(&uri, options);
    return buffer_take(&uri);
}

int salvage_failure(struct sqlite3 *db, int result)
{
    const char *words = db ? sqlite3_errmsg(db) : sqlite3_errstr(result);
    int number = db ? sqlite3_system_errno(db) : 0;
    if (db && twin_disk_failed(db)) /* which may call itself damage */
        result = SQLITE_IOERR;
    switch (result & 0xFF) {
    case SQLITE_NOMEM:
        return error_memory();
    case SQLITE_CANTOPEN: /* a header that promises what is not there */
        if (number != EMFILE && number != ENFILE && number != EACCES &&
            number != EIO && number != ENOMEM)
            return TAWAM_OK;
        break;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
        break;
    default:
        return TAWAM_OK;
    }
    return error_set((result & 0xFF) == SQLITE_FULL ? TAWAM_EFULL
                                                    : TAWAM_EENVIRONMENT,
                     _("reading the old %s failed (%s): nothing was given up; "
                       "repeat"),
                     TWIN_FILE, words);
}

/* Open FILE so that damage is passed over; 0 and *db NULL when even the list
 * of tables can't be read. */
static int open_database(sqlite3 **db, const char *file, int immutable)
{
    char *uri = uri_of(file, immutable ? "?immutable=1" : "?mode=rw");
    sqlite3_stmt *s = NULL;
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                (immutable ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    int result = uri ? sqlite3_open_v2(uri, db, flags, NULL) : SQLITE_NOMEM;
    int code = TAWAM_OK;
    free(uri);
    if (result == SQLITE_OK)
        result = sqlite3_exec(*db,
                              "PRAGMA writable_schema = ON;"
                              "PRAGMA cell_size_check = ON;"
                              "PRAGMA temp_store = MEMORY",
                              NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_prepare_v2(*db,
                                    "SELECT 1 FROM sqlite_schema WHERE name"
                                    " GLOB 'tawam_*'",
                                    -1, &s, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(s);
    if (result != SQLITE_ROW)
        code = salvage_failure(*db, result);
    sqlite3_finalize(s);
    if (result != SQLITE_ROW) {
        sqlite3_close(*db);
        *db = NULL;
    }
    return code;
}

/* The copy, its tables' statements mended. */
static int open_copy(salvage *old)
{
    int code = open_database(&old->db, old->copy, 0);
    if (code || !old->db)
        return code;
    code = salvage_mend_schema(old->db);
    sqlite3_close(old->db);
    old->db = NULL;
    return code ? code : open_database(&old->db, old->copy, 0);
}

/* What holds back, or holds, a part of FILE: "-journal", "-wal", or NULL. */
static int find_journal(const char **end, const char *file)
{
    static const char *const ENDS[] = {"-journal", "-wal"};
    static const int64_t HEADS[] = {512, 32}; /* bytes; no more is none */
    *end = NULL;
    for (size_t i = 0; !*end && i < sizeof ENDS / sizeof *ENDS; i++) {
        char *path = memory_format("%s%s", file, ENDS[i]);
        int64_t size = path ? file_size(path) : TAWAM_EMEMORY;
        free(path);
        if (size < 0 && size != TAWAM_ENOTFOUND)
            return (int)size;
        if (size > HEADS[i])
            *end = ENDS[i];
    }
    error_clear();
    return TAWAM_OK;
}

/* FILE into old->copy, and what stands beside it under the name ending in END
 * (or NULL). */
static int make_copy(salvage *old, const char *file, const char *end, int head)
{
    char *from = memory_format("%s%s", file, end ? end : "-journal");
    char *to = memory_format("%s%s", old->copy, end ? end : "-journal");
    int wal = end && strcmp(end, "-wal") == 0;
    int code =
        from && to ? copy_file(file, old->copy, head, wal) : error_memory();
    if (to)
        unlink(to);
    if (!code && end)
        code = copy_file(from, to, 0, 0);
    free(from);
    free(to);
    return code;
}

/* The file as it is; then copies of it, less and less like it. */
static int find_readable(salvage *old, const char *file, const char *folder)
{
    const char *end = NULL;
    int code = find_journal(&end, file), hidden = 0;
    if (!code && !(end && folder))
        code = open_database(&old->db, file, 1);
    if (!code && old->db && folder)
        hidden = salvage_schema_hides(old->db);
    if (hidden) {
        code = hidden < 0 ? hidden : TAWAM_OK;
        sqlite3_close(old->db);
        old->db = NULL;
    }
    for (int head = 0; !code && !old->db && folder && head < 2; head++) {
        old->copy = file_join(folder, "salvage.gpkg");
        code = old->copy ? make_copy(old, file, end, head) : error_memory();
        if (!code)
            code = open_copy(old);
        if (!old->db || code) {
            free(old->copy);
            old->copy = NULL;
        }
    }
    return code;
}

void salvage_free(salvage *old)
{
    if (!old)
        return;
    sqlite3_close(old->db);
    free(old->copy);
    free(old->commits);
    for (size_t i = 0; i < old->layer_count; i++)
        free(old->layers[i].columns);
    free(old->layers);
    free(old->rows);
    free(old);
}

/* ---- reading a table from both ends ---- */

/* CALL with each row that SQL gives, ordered by KEYS and, where that stops at
 * damage, by KEYS backwards (rows may come twice). *whole gets 1 if nothing was
 * in the way. */
static int both_ends(int *whole, salvage *old, const char *sql,
                     const char *keys, const char *backwards,
                     int (*call)(void *context, sqlite3_stmt *s), void *context)
{
    int code = TAWAM_OK;
    *whole = old->db != NULL;
    for (int turn = 0; !code && old->db && turn < 2; turn++) {
        sqlite3_stmt *s = NULL;
        char *text =
            memory_format("%s ORDER BY %s", sql, turn ? backwards : keys);
        int result = text ? sqlite3_prepare_v2(old->db, text, -1, &s, NULL)
                          : SQLITE_NOMEM;
        free(text);
        while (result == SQLITE_OK || result == SQLITE_ROW) {
            result = sqlite3_step(s);
            if (result == SQLITE_ROW && (code = call(context, s)) != TAWAM_OK)
                break;
        }
        sqlite3_finalize(s);
        if (!code && result != SQLITE_DONE)
            code = salvage_failure(old->db, result);
        if (result == SQLITE_DONE || code)
            break;
        *whole = 0;
    }
    return code;
}

static const char *text_at(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? text : "";
}

/* One more, zeroed, at the end of a list that is never long. */
static int add_one(void **list, size_t *count, size_t each)
{
    size_t room = *count < 16 ? 16 : *count * 2;
    if (*count == 0 || (*count >= 16 && (*count & (*count - 1)) == 0)) {
        void *more = memory_array(room, each);
        if (!more)
            return error_memory();
        if (*count)
            memcpy(more, *list, *count * each);
        free(*list);
        *list = more;
    }
    memset((char *)*list + *count * each, 0, each);
    ++*count;
    return TAWAM_OK;
}

/* ---- settings ---- */

int salvage_setting(char **value, salvage *old, const char *name)
{
    sqlite3_stmt *s = NULL;
    const char *text = NULL;
    int code = TAWAM_OK, result = SQLITE_DONE;
    *value = NULL;
    if (old->db)
        result = sqlite3_prepare_v2(
            old->db, "SELECT value FROM tawam_setting WHERE name=?", -1, &s,
            NULL);
    if (s) {
        sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
        result = sqlite3_step(s);
    }
    if (result == SQLITE_ROW) {
        text = text_at(s, 0);
        if (sqlite3_errcode(old->db) == SQLITE_NOMEM ||
            (text_valid(text, strlen(text)) && !(*value = memory_string(text))))
            code = error_memory();
    } else {
        code = salvage_failure(old->db, result);
    }
    sqlite3_finalize(s);
    return code;
}

typedef struct setting_call {
    int (*call)(void *context, const char *name, const char *value);
    void *context;
} setting_call;

static int one_setting(void *context, sqlite3_stmt *s)
{
    setting_call *c = context;
    const char *name = text_at(s, 0), *value = text_at(s, 1);
    if (!*name || !text_valid(name, strlen(name)) ||
        !text_valid(value, strlen(value)))
        return TAWAM_OK;
    return c->call(c->context, name, value);
}

int salvage_settings(int *whole, salvage *old,
                     int (*call)(void *context, const char *name,
                                 const char *value),
                     void *context)
{
    setting_call c = {call, context};
    int all = 0;
    return both_ends(whole ? whole : &all, old,
                     "SELECT name, value FROM tawam_setting", "name",
                     "name DESC", one_setting, &c);
}

/* ---- commits ---- */

static int one_commit(void *context, sqlite3_stmt *s)
{
    salvage *old = context;
    salvage_commit *c;
    int code;
    const char *id = text_at(s, 1);
    if (strlen(id) != 40 || strspn(id, "0123456789abcdef") != 40) {
        old->commits_known = 0;
        return TAWAM_OK;
    }
    code = add_one((void **)&old->commits, &old->commit_count,
                   sizeof *old->commits);
    if (code)
        return code;
    c = &old->commits[old->commit_count - 1];
    c->number = sqlite3_column_int64(s, 0);
    snprintf(c->id, sizeof c->id, "%s", id);
    snprintf(c->device, sizeof c->device, "%.40s", text_at(s, 2));
    c->sequence = sqlite3_column_int64(s, 3);
    c->published = sqlite3_column_int(s, 4);
    return TAWAM_OK;
}

static int by_number(const void *a, const void *b)
{
    const salvage_commit *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* Numbers run from 1 without a gap: a list that does is whole. */
static int read_commits(salvage *old)
{
    int whole = 0, code;
    size_t i, kept = 0;
    old->commits_known = 1;
    code = both_ends(&whole, old,
                     "SELECT number, id, device, sequence, published"
                     " FROM tawam_commit",
                     "number", "number DESC", one_commit, old);
    if (old->commit_count)
        qsort(old->commits, old->commit_count, sizeof *old->commits, by_number);
    for (i = 0; i < old->commit_count; i++)
        if (!i || old->commits[i].number != old->commits[kept - 1].number)
            old->commits[kept++] = old->commits[i];
    old->commit_count = kept;
    old->commits_known = old->commits_known && whole && kept &&
                         old->commits[kept - 1].number == (int64_t)kept;
    return code;
}

/* ---- layers ---- */

static salvage_layer *layer_by_id(salvage *old, int id)
{
    for (size_t i = 0; i < old->layer_count; i++)
        if (old->layers[i].id == id)
            return &old->layers[i];
    return NULL;
}

const salvage_layer *salvage_layer_by_id(const salvage *old, int id)
{
    return layer_by_id((salvage *)old, id);
}

static int one_layer(void *context, sqlite3_stmt *s)
{
    salvage *old = context;
    salvage_layer *l;
    int code, id = sqlite3_column_int(s, 0);
    const char *name = text_at(s, 1);
    if (layer_by_id(old, id) || twin_name_check(name, 0)) {
        error_clear();
        return TAWAM_OK;
    }
    code =
        add_one((void **)&old->layers, &old->layer_count, sizeof *old->layers);
    if (code)
        return code;
    l = &old->layers[old->layer_count - 1];
    l->id = id;
    snprintf(l->name, sizeof l->name, "%s", name);
    l->geometry = (twin_geometry)sqlite3_column_int(s, 2);
    if ((int)l->geometry < 0 || l->geometry > TWIN_ANY_GEOMETRY)
        l->geometry = TWIN_NO_GEOMETRY;
    return TAWAM_OK;
}

static int one_column(void *context, sqlite3_stmt *s)
{
    salvage *old = context;
    salvage_layer *l = layer_by_id(old, sqlite3_column_int(s, 0));
    salvage_column c = {.id = sqlite3_column_int(s, 1)};
    const char *name = text_at(s, 2);
    int type = sqlite3_column_int(s, 3), code;
    if (!l || c.id < 1 || type < TWIN_BOOLEAN || type > TWIN_GEOMETRY ||
        twin_name_check(name, 1)) {
        error_clear();
        return TAWAM_OK;
    }
    for (size_t i = 0; i < l->count; i++)
        if (l->columns[i].id == c.id)
            return TAWAM_OK;
    snprintf(c.name, sizeof c.name, "%s", name);
    c.type = (twin_type)type;
    c.recorded_type = (twin_type)sqlite3_column_int(s, 4);
    code = add_one((void **)&l->columns, &l->count, sizeof *l->columns);
    if (!code)
        l->columns[l->count - 1] = c;
    return code;
}

static int read_layers(salvage *old)
{
    int whole = 0;
    int code = both_ends(&old->layers_known, old,
                         "SELECT id, name, geometry FROM"
                         " tawam_layer",
                         "id", "id DESC", one_layer, old);
    if (!code)
        code = both_ends(&whole, old,
                         "SELECT layer, id, name, type, recorded_type FROM"
                         " tawam_column",
                         "layer, id", "layer DESC, id DESC", one_column, old);
    old->layers_known = old->layers_known && whole;
    return code;
}

/* ---- rows ---- */

static int by_row(const void *a, const void *b)
{
    const salvage_row *x = a, *y = b;
    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;
    return (x->fid > y->fid) - (x->fid < y->fid);
}

static int add_row(salvage *old, const salvage_row *row)
{
    int code = memory_reserve((void **)&old->rows, &old->row_capacity,
                              old->row_count + 1, sizeof *old->rows);
    if (!code)
        old->rows[old->row_count++] = *row;
    return code;
}

/* Sorted, each once: what is known of a row from either joins. */
static void settle_rows(salvage *old)
{
    size_t i, kept = 0;
    if (old->row_count)
        qsort(old->rows, old->row_count, sizeof *old->rows, by_row);
    for (i = 0; i < old->row_count; i++) {
        salvage_row *last = kept ? &old->rows[kept - 1] : NULL;
        if (!last || by_row(last, &old->rows[i]) != 0) {
            old->rows[kept++] = old->rows[i];
            continue;
        }
        last->lost |= old->rows[i].lost;
        if (old->rows[i].pending && !last->pending) {
            last->pending = 1;
            last->existed = old->rows[i].existed;
            last->drawn = old->rows[i].drawn;
        }
    }
    old->row_count = kept;
}

static int one_pending(void *context, sqlite3_stmt *s)
{
    salvage_row row = {.layer = sqlite3_column_int(s, 0),
                       .fid = sqlite3_column_int64(s, 1),
                       .pending = 1,
                       .existed = sqlite3_column_int(s, 2) != 0,
                       .drawn = sqlite3_column_int(s, 3) != 0};
    return layer_by_id(context, row.layer) ? add_row(context, &row) : TAWAM_OK;
}

/* 1 if SQL, which reads the whole of a table, gets through it; 0 if damage
 * stands in the way; <0 error. */
static int reads_through(salvage *old, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int code = TAWAM_OK;
    int result = sqlite3_prepare_v2(old->db, sql, -1, &s, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(s);
    if (result != SQLITE_ROW)
        code = salvage_failure(old->db, result);
    sqlite3_finalize(s);
    return code ? code : result == SQLITE_ROW;
}

/* Where not all noted rows can be read: the cells that are noted tell of those
 * that existed, of a deleted one all; the table of the layer tells of new ones.
 */
static int read_noted_rows(salvage *old)
{
    return both_ends(&old->deleted_known, old,
                     "SELECT DISTINCT layer, fid, 1, 0 FROM"
                     " tawam_pending_cell",
                     "layer, fid", "layer DESC, fid DESC", one_pending, old);
}

static int read_pending(salvage *old)
{
    int whole = 1;
    int code =
        both_ends(&old->pending_known, old,
                  "SELECT layer, fid, existed, drawn FROM"
                  " tawam_pending_row",
                  "layer, fid", "layer DESC, fid DESC", one_pending, old);
    old->deleted_known = old->pending_known;
    if (!code && old->db && !old->pending_known)
        code = read_noted_rows(old);
    settle_rows(old);
    if (!code && old->db)
        whole = reads_through(old, "SELECT count(*), sum(length(before)) FROM"
                                   " tawam_pending_cell");
    if (!code && old->db && whole > 0)
        whole = reads_through(old, "SELECT count(*), sum(fid) FROM"
                                   " tawam_pending_affirm");
    if (whole < 0)
        return whole;
    old->pending_known = old->pending_known && whole && old->db;
    return code;
}

typedef struct adding {
    salvage *old;
    int layer, lost;
} adding;

static int one_more(void *context, sqlite3_stmt *s)
{
    adding *a = context;
    salvage_row row = {.layer = a->layer ? a->layer : sqlite3_column_int(s, 1),
                       .fid = sqlite3_column_int64(s, 0),
                       .lost = a->lost};
    return layer_by_id(a->old, row.layer) ? add_row(a->old, &row) : TAWAM_OK;
}

int salvage_add_lost(salvage *old, const int64_t *numbers, size_t count)
{
    static const char *const TABLES[][2] = {{"tawam_row", "origin"},
                                            {"tawam_touch", "commit"},
                                            {"tawam_cell", "commit"},
                                            {"tawam_delete", "commit"}};
    int code = TAWAM_OK, all = 1;
    for (size_t i = 0; !code && i < count; i++)
        for (size_t k = 0; !code && k < sizeof TABLES / sizeof *TABLES; k++) {
            adding a = {old, 0, 1};
            int whole = 0;
            char *sql = memory_format("SELECT fid, layer FROM %s WHERE"
                                      " \"%s\"=%lld",
                                      TABLES[k][0], TABLES[k][1],
                                      (long long)numbers[i]);
            code = sql ? both_ends(&whole, old, sql, "layer, fid",
                                   "layer DESC, fid DESC", one_more, &a)
                       : error_memory();
            free(sql);
            all = all && whole;
        }
    settle_rows(old);
    return !code && !all ? salvage_add_all(old) : code;
}

int salvage_add_all(salvage *old)
{
    int code = TAWAM_OK, whole;
    for (size_t i = 0; !code && i < old->layer_count; i++) {
        adding a = {old, old->layers[i].id, 1};
        buffer sql = {0};
        buffer_text(&sql, "SELECT fid FROM ");
        twin_quote(&sql, old->layers[i].name);
        code = buffer_check(&sql);
        if (!code)
            code = both_ends(&whole, old, (char *)sql.data, "fid", "fid DESC",
                             one_more, &a);
        if (!code && !whole)
            old->unlisted = 1;
        buffer_free(&sql);
    }
    settle_rows(old);
    return code;
}

int salvage_open(salvage **out, const char *file, const char *folder)
{
    salvage *old = memory_new(sizeof *old);
    int64_t size = old ? file_size(file) : error_memory();
    int code = size < 0 && size != TAWAM_ENOTFOUND ? (int)size : TAWAM_OK;
    if (!code && size >= 512)
        code = find_readable(old, file, folder);
    if (!code)
        code = read_layers(old);
    if (!code)
        code = read_commits(old);
    if (!code)
        code = read_pending(old);
    if (code) {
        salvage_free(old);
        return code;
    }
    *out = old;
    return TAWAM_OK;
}
