/* SPDX-License-Identifier: MIT */
/* What the tests of exchange/ share: a scratch folder with a replica in it,
 * files from text, an import whose notes and rejects are kept as text. */
#ifndef TAWAM_TESTS_EXCHANGE_SUPPORT_H
#define TAWAM_TESTS_EXCHANGE_SUPPORT_H

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "exchange/exchange.h"
#include "tests/tap.h"

typedef struct desk {
    char *folder;
    twin *twin;
    exchange_import_options options;
    exchange_result result;
    int code;
    char message[1024];
    buffer notes, rejects; /* a line each */
} desk;

__attribute__((unused)) static void
on_reject(void *context, int64_t line, const char *column, const char *reason)
{
    desk *d = context;
    buffer_format(&d->rejects, "%lld %s: %s\n", (long long)line,
                  column ? column : "-", reason);
}

__attribute__((unused)) static void on_note(void *context, const char *text)
{
    desk *d = context;
    buffer_format(&d->notes, "%s\n", text);
}

static void must(int code, const char *what)
{
    if (code < 0) {
        printf("Bail out! %s: %s\n", what, error_message());
        exit(1);
    }
}

/* A test that opens hundreds of desks sets this to a folder in memory. */
static const char *desk_root = "/tmp";

__attribute__((unused)) static void desk_open(desk *d)
{
    char name[64];
    snprintf(name, sizeof name, "%s/tawam-exchange-XXXXXX", desk_root);
    memset(d, 0, sizeof *d);
    if (!mkdtemp(name))
        must(error_system("mkdtemp"), "scratch folder");
    d->folder = memory_string(name);
    char *replica = file_join(name, "replica");
    must(twin_create(&d->twin, replica), "twin_create");
    free(replica);
    d->options.reject = on_reject;
    d->options.note = on_note;
    d->options.context = d;
}

__attribute__((unused)) static void desk_close(desk *d)
{
    twin_close(d->twin);
    file_remove_tree(d->folder);
    free(d->folder);
    buffer_free(&d->notes);
    buffer_free(&d->rejects);
    exchange_result_clear(&d->result);
}

/* A path in the scratch folder; from a small ring, so not to be freed. */
__attribute__((unused)) static const char *at(const desk *d, const char *name)
{
    static char ring[8][256];
    static int next;
    char *out = ring[next++ % 8];
    snprintf(out, sizeof ring[0], "%s/%s", d->folder, name);
    return out;
}

__attribute__((unused)) static const char *put(const desk *d, const char *name,
                                               const void *bytes, size_t length)
{
    const char *path = at(d, name);
    must(file_write_atomic(path, bytes, length), "write");
    return path;
}

/* The whole of a file; to be freed. NULL if it is not there. */
__attribute__((unused)) static char *contents(const char *path)
{
    buffer b = {0};
    if (!path || file_read(&b, path, 64 << 20) < 0)
        return NULL;
    buffer_byte(&b, 0);
    return buffer_take(&b);
}

static const char *text_of(const buffer *b)
{
    return b->data ? (const char *)b->data : "";
}

__attribute__((unused)) static int
import_path(desk *d, const char *path, const char *layer, const char *key)
{
    buffer_clear(&d->notes);
    buffer_clear(&d->rejects);
    exchange_result_clear(&d->result);
    error_clear();
    d->options.layer = layer;
    d->options.key = key;
    d->code = exchange_import(&d->result, d->twin, path, &d->options);
    snprintf(d->message, sizeof d->message, "%s", error_message());
    return d->code;
}

/* Import TEXT as a file called NAME. */
__attribute__((unused)) static int import_text(desk *d, const char *name,
                                               const char *text,
                                               const char *layer,
                                               const char *key)
{
    return import_path(d, put(d, name, text, strlen(text)), layer, key);
}

__attribute__((unused)) static const char *rejects_of(const desk *d)
{
    return text_of(&d->rejects);
}

__attribute__((unused)) static const char *notes_of(const desk *d)
{
    return text_of(&d->notes);
}

/* All rows of a query as text: cells by |, rows by newline. Static. */
__attribute__((unused)) static const char *rows(desk *d, const char *sql)
{
    static buffer out;
    sqlite3_stmt *q = NULL;
    buffer_clear(&out);
    if (sqlite3_prepare_v2(twin_database(d->twin), sql, -1, &q, NULL))
        return sqlite3_errmsg(twin_database(d->twin));
    while (sqlite3_step(q) == SQLITE_ROW) {
        if (out.length)
            buffer_byte(&out, '\n');
        for (int i = 0; i < sqlite3_column_count(q); i++) {
            const char *cell = (const char *)sqlite3_column_text(q, i);
            buffer_format(&out, "%s%s", i ? "|" : "", cell ? cell : "NULL");
        }
    }
    sqlite3_finalize(q);
    return out.data ? (const char *)out.data : "";
}

/* 1 if HAYSTACK has NEEDLE; else shows it. */
__attribute__((unused)) static int has(const char *haystack, const char *needle)
{
    int found = haystack && strstr(haystack, needle) != NULL;
    if (!found)
        diag("'%s' has no '%s'", haystack ? haystack : "(null)", needle);
    return found;
}

#endif
