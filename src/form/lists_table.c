/* SPDX-License-Identifier: MIT */
/* A list as an SQLite table: its columns, its statements, its indexes. */
#include "form/lists_internal.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int list_sql_error(struct sqlite3 *database, const char *doing)
{
    int known = sqlite3_errcode(database) & 0xFF;
    int code = twin_disk_failed(database) ? TAWAM_EENVIRONMENT
               : known == SQLITE_FULL     ? TAWAM_EFULL
               : known == SQLITE_NOMEM    ? TAWAM_EMEMORY
               : known == SQLITE_BUSY     ? TAWAM_EBUSY
               : known == SQLITE_LOCKED   ? TAWAM_EBUSY
               : known == SQLITE_CORRUPT || known == SQLITE_NOTADB
                   ? TAWAM_EDAMAGED
                   : TAWAM_EENVIRONMENT;
    return error_set(code, "%s: %s", doing, sqlite3_errmsg(database));
}

int list_table_new(list_table **out, struct sqlite3 *database, const char *from,
                   const char *row)
{
    list_table *t = memory_new(sizeof *t);
    int code = t ? arena_new(&t->memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        t->database = database;
        t->from = arena_string(t->memory, from);
        t->row = arena_string(t->memory, row);
        t->item = "item";
        t->root = "root";
        code = t->from && t->row ? TAWAM_OK : TAWAM_EMEMORY;
    }
    if (code == TAWAM_OK)
        *out = t;
    else
        list_table_free(t);
    return code;
}

void list_table_free(list_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < LIST_STATEMENTS; i++) {
        sqlite3_finalize(t->statements[i].statement);
        free(t->statements[i].sql);
    }
    for (struct list_index *i = t->indexes, *next; i; i = next) {
        next = i->next;
        free(i->columns);
        free(i);
    }
    for (size_t i = 0; i < t->column_count; i++)
        list_text_free(t->columns[i].packed);
    free(t->columns);
    arena_free(t->memory);
    free(t);
}

int list_table_column(list_table *t, const char *name, const char *text,
                      const char *stored, list_kind kind)
{
    list_column c = {.kind = kind};
    int code = memory_reserve((void **)&t->columns, &t->column_capacity,
                              t->column_count + 1, sizeof *t->columns);
    if (code != TAWAM_OK)
        return code;
    c.name = arena_string(t->memory, name);
    c.text = arena_string(t->memory, text);
    c.stored = stored ? arena_string(t->memory, stored) : NULL;
    if (!c.name || !c.text || (stored && !c.stored))
        return TAWAM_EMEMORY;
    t->columns[t->column_count++] = c;
    return TAWAM_OK;
}

const list_column *list_column_find(const list_table *t, const char *name)
{
    for (size_t i = 0; i < t->column_count; i++)
        if (strcmp(t->columns[i].name, name) == 0)
            return &t->columns[i];
    return NULL;
}

/* ---- statements ---- */

static struct list_statement *free_place(list_table *t)
{
    for (size_t tries = 0; tries < LIST_STATEMENTS; tries++) {
        struct list_statement *s =
            &t->statements[t->next_statement++ % LIST_STATEMENTS];
        if (!s->in_use) {
            sqlite3_finalize(s->statement);
            free(s->sql);
            *s = (struct list_statement){0};
            return s;
        }
    }
    return NULL; /* so many within each other */
}

int list_prepare(struct sqlite3_stmt **out, list_table *t, const char *sql)
{
    struct list_statement *place = NULL;
    for (size_t i = 0; i < LIST_STATEMENTS && !place; i++)
        if (t->statements[i].sql && !t->statements[i].in_use &&
            strcmp(t->statements[i].sql, sql) == 0)
            place = &t->statements[i];
    if (!place) {
        place = free_place(t);
        if (place && !(place->sql = memory_string(sql)))
            return TAWAM_EMEMORY;
        if (sqlite3_prepare_v2(t->database, sql, -1,
                               place ? &place->statement : out,
                               NULL) != SQLITE_OK)
            return list_sql_error(t->database, _("reading a list"));
    }
    if (place) {
        place->in_use = 1;
        *out = place->statement;
    }
    return TAWAM_OK;
}

void list_release(list_table *t, struct sqlite3_stmt *statement)
{
    if (!statement)
        return;
    for (size_t i = 0; i < LIST_STATEMENTS; i++)
        if (t->statements[i].statement == statement) {
            sqlite3_reset(statement);
            sqlite3_clear_bindings(statement);
            t->statements[i].in_use = 0;
            return;
        }
    sqlite3_finalize(statement);
}

int list_step_row(list_table *t, struct sqlite3_stmt *statement)
{
    int went = sqlite3_step(statement);
    return went == SQLITE_ROW ? 1
           : went == SQLITE_DONE
               ? 0
               : list_sql_error(t->database, _("reading a list"));
}

/* ---- indexes ---- */

uint64_t list_hash(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

int list_create_index(char name[32], struct sqlite3 *database, const char *from,
                      const char *columns)
{
    uint64_t hash = list_hash(list_hash(LIST_HASH, columns), from);
    buffer sql = {0};
    int made;
    snprintf(name, 32, "tawam_list_%016llx", (unsigned long long)hash);
    buffer_format(&sql, "CREATE INDEX IF NOT EXISTS %s ON %s (%s)", name, from,
                  columns);
    made = buffer_check(&sql) == TAWAM_OK &&
           !sqlite3_exec(database, (char *)sql.data, NULL, NULL, NULL);
    error_clear();
    buffer_free(&sql);
    return made;
}

/* A replica that can't be written now is read without one. An index in the
 * replica stays, kept by SQLite itself. */
const char *list_make_index(list_table *t, const char *columns)
{
    struct list_index *index;
    for (index = t->indexes; index; index = index->next)
        if (strcmp(index->columns, columns) == 0)
            return index->name[0] ? index->name : NULL;
    index = memory_new(sizeof *index);
    if (!index || !(index->columns = memory_string(columns))) {
        free(index);
        error_clear();
        return NULL;
    }
    if (!list_create_index(index->name, t->database, t->from, columns))
        index->name[0] = '\0';
    index->next = t->indexes;
    t->indexes = index;
    return index->name[0] ? index->name : NULL;
}

/* ---- what conditions call ---- */

static const char *argument(sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);
    return text ? text : "";
}

/* number('…'); NULL stands for NaN. */
static void call_number(sqlite3_context *c, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_double(c, text_to_number(argument(values[0])));
}

/* The bits of 1: a < b, 2: a = b, 4: a > b, or 0, in the evaluator's words. */
static void call_compare(sqlite3_context *c, int count, sqlite3_value **values)
{
    double number[2];
    (void)count;
    for (int i = 0; i < 2; i++)
        number[i] = sqlite3_value_type(values[i]) == SQLITE_FLOAT
                        ? sqlite3_value_double(values[i])
                        : text_to_number(argument(values[i]));
    sqlite3_result_int(
        c, numbers_compare(OPERATOR_LESS, number[0], number[1]) |
               numbers_compare(OPERATOR_EQUAL, number[0], number[1]) << 1 |
               numbers_compare(OPERATOR_MORE, number[0], number[1]) << 2);
}

static void call_selected(sqlite3_context *c, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_int(c,
                       is_selected(argument(values[0]), argument(values[1])));
}

static void call_contains(sqlite3_context *c, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_int(c, strstr(argument(values[0]), argument(values[1])) !=
                              NULL);
}

static void call_starts(sqlite3_context *c, int count, sqlite3_value **values)
{
    const char *start = argument(values[1]);
    (void)count;
    sqlite3_result_int(c,
                       strncmp(argument(values[0]), start, strlen(start)) == 0);
}

static int has_function(struct sqlite3 *database, const list_function *f)
{
    sqlite3_stmt *s = NULL;
    char sql[80];
    int has;
    snprintf(sql, sizeof sql, "SELECT %s(NULL%s)", f->name,
             f->count > 1 ? ", NULL" : "");
    has = sqlite3_prepare_v2(database, sql, -1, &s, NULL) == SQLITE_OK;
    sqlite3_finalize(s);
    return has;
}

int list_add_functions(struct sqlite3 *database, const list_function *all,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!has_function(database, &all[i]) &&
            sqlite3_create_function_v2(
                database, all[i].name, all[i].count,
                SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                all[i].call, NULL, NULL, NULL) != SQLITE_OK)
            return list_sql_error(database, _("opening the lists"));
    return TAWAM_OK;
}

int list_register(struct sqlite3 *database)
{
    static const list_function all[] = {{"tawam_number", 1, call_number},
                                        {"tawam_compare", 2, call_compare},
                                        {"tawam_selected", 2, call_selected},
                                        {"tawam_contains", 2, call_contains},
                                        {"tawam_starts", 2, call_starts}};
    return list_add_functions(database, all, sizeof all / sizeof *all);
}
