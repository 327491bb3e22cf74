/* SPDX-License-Identifier: MIT */
/* shelf: see shelf.h. XML and attachments are zstd frames that say their own
 * size; an attachment that zstd does not make smaller is kept as it is. */
#include "form/shelf.h"
#include "form/layout.h"
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { LEVEL = 9 };

static const char SCHEMA[] =
    "CREATE TABLE IF NOT EXISTS tawam_form("
    " id TEXT NOT NULL, version TEXT NOT NULL, title TEXT NOT NULL,"
    " source TEXT NOT NULL, problem TEXT NOT NULL,"
    " current INTEGER NOT NULL, withdrawn INTEGER NOT NULL,"
    " published INTEGER NOT NULL, xml BLOB, PRIMARY KEY(id, version));"
    /* packed 1: bytes is a zstd frame */
    "CREATE TABLE IF NOT EXISTS tawam_form_file("
    " id TEXT NOT NULL, version TEXT NOT NULL, name TEXT NOT NULL,"
    " packed INTEGER NOT NULL, bytes BLOB NOT NULL,"
    " PRIMARY KEY(id, version, name));";

/* 1 if the tables are there, 0 if not, <0 error. */
static int has_tables(twin *t)
{
    sqlite3_stmt *s = NULL;
    int found = twin_prepare(&s, t,
                             "SELECT 1 FROM sqlite_master WHERE type='table'"
                             " AND name='tawam_form_file'",
                             1);
    if (found != TAWAM_OK)
        return found;
    found = twin_step(t, s);
    twin_release(s);
    return found;
}

/* SQL with the texts bound from ?1 on (NULL ends them). */
static int prepare(sqlite3_stmt **out, twin *t, const char *sql, const char *a,
                   const char *b, const char *c)
{
    const char *const texts[] = {a, b, c};
    int code = twin_prepare(out, t, sql, 1);
    for (int i = 0; code == TAWAM_OK && i < 3 && texts[i]; i++)
        if (sqlite3_bind_text(*out, i + 1, texts[i], -1, SQLITE_TRANSIENT))
            code = error_memory();
    if (code != TAWAM_OK && *out) {
        twin_release(*out);
        *out = NULL;
    }
    return code;
}

static int run(twin *t, const char *sql, const char *a, const char *b)
{
    sqlite3_stmt *s = NULL;
    int code = prepare(&s, t, sql, a, b, NULL);
    if (code == TAWAM_OK)
        code = twin_step(t, s);
    if (s)
        twin_release(s);
    return code < 0 ? code : TAWAM_OK;
}

/* ---- packing ---- */

/* LENGTH bytes as a zstd frame into OUT, which is empty. */
static int pack(buffer *out, const void *bytes, size_t length)
{
    size_t bound = ZSTD_compressBound(length), size;
    uint8_t *to = memory_new(bound);
    if (!to)
        return TAWAM_EMEMORY;
    size = ZSTD_compress(to, bound, bytes, length, LEVEL);
    if (ZSTD_isError(size)) {
        free(to);
        return error_memory();
    }
    out->data = to;
    out->length = size;
    out->capacity = bound;
    return TAWAM_OK;
}

static int unpack(buffer *out, const void *bytes, size_t length, size_t most)
{
    unsigned long long size = ZSTD_getFrameContentSize(bytes, length);
    uint8_t *to;
    size_t got;
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
        size > most)
        return error_set(TAWAM_EDAMAGED,
                         _("a form in the replica is damaged; `tawam sync` "
                           "reads it again"));
    to = memory_new((size_t)size + 1);
    if (!to)
        return TAWAM_EMEMORY;
    got = ZSTD_decompress(to, (size_t)size, bytes, length);
    if (ZSTD_isError(got) || got != size) {
        free(to);
        if (ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation)
            return error_memory();
        return error_set(TAWAM_EDAMAGED,
                         _("a form in the replica is damaged; `tawam sync` "
                           "reads it again"));
    }
    buffer_bytes(out, to, (size_t)size);
    free(to);
    return buffer_check(out);
}

/* ---- listing ---- */

int shelf_compare_versions(const char *a, const char *b)
{
    return text_compare(a, b);
}

static int by_id_and_version(const void *a, const void *b)
{
    const shelf_form *one = a, *two = b;
    int order = strcmp(one->id, two->id);
    return order ? order : shelf_compare_versions(two->version, one->version);
}

/* NULL without memory, which sqlite3_column_text() wants some of too. */
static const char *text_at(sqlite3_stmt *s, int column, arena *a)
{
    int empty = sqlite3_column_type(s, column) == SQLITE_NULL;
    const unsigned char *text = sqlite3_column_text(s, column);
    return text || empty ? arena_string(a, empty ? "" : (const char *)text)
                         : NULL;
}

static int read_row(shelf_form *f, sqlite3_stmt *s, arena *a)
{
    *f = (shelf_form){text_at(s, 0, a),         text_at(s, 1, a),
                      text_at(s, 2, a),         text_at(s, 3, a),
                      text_at(s, 4, a),         sqlite3_column_int(s, 5),
                      sqlite3_column_int(s, 6), sqlite3_column_int64(s, 7)};
    return f->id && f->version && f->title && f->source && f->problem
               ? TAWAM_OK
               : error_memory();
}

int shelf_list(shelf_form **list, size_t *count, twin *t, arena *a)
{
    sqlite3_stmt *s = NULL;
    shelf_form *found = NULL;
    size_t number = 0, capacity = 0;
    int code = TAWAM_OK;
    *list = NULL;
    *count = 0;
    code = has_tables(t);
    if (code <= 0)
        return code;
    code = prepare(&s, t,
                   "SELECT id, version, title, source, problem, current,"
                   " withdrawn, published FROM tawam_form",
                   NULL, NULL, NULL);
    while (code == TAWAM_OK && (code = twin_step(t, s)) == 1) {
        code = memory_reserve((void **)&found, &capacity, number + 1,
                              sizeof *found);
        if (code == TAWAM_OK)
            code = read_row(&found[number], s, a);
        number += code == TAWAM_OK;
    }
    if (s)
        twin_release(s);
    if (code == TAWAM_OK && number) {
        qsort(found, number, sizeof *found, by_id_and_version);
        *list = arena_copy(a, found, number * sizeof *found);
        *count = number;
        code = *list ? TAWAM_OK : error_memory();
    }
    free(found);
    return code;
}

/* ---- finding ---- */

/* A form that is gone leaves its records: say where they are. 0: none are. */
static int say_records(twin *t, const char *id)
{
    const twin_layer *layer = NULL;
    buffer name = {0};
    int said = form_record_layer(&name, id) == TAWAM_OK &&
               twin_layer_find(&layer, t, (char *)name.data) == TAWAM_OK;
    if (said)
        error_set(TAWAM_ENOTFOUND,
                  _("the form is not here any more; its records are in the "
                    "layer %s, which `tawam export` takes"),
                  (char *)name.data);
    buffer_free(&name);
    return said;
}

/* Say what there is instead of ID, of which LIST has no version. */
static int no_such_form(twin *t, const shelf_form *list, size_t count,
                        const char *id)
{
    if (say_records(t, id))
        return TAWAM_ENOTFOUND;
    const char **names = memory_array(count + 1, sizeof *names);
    const char *nearest = NULL;
    char *safe = text_safe(id, strlen(id), 0);
    for (size_t i = 0; names && i < count; i++)
        names[i] = list[i].id;
    if (names)
        nearest = text_nearest(id, names, count);
    if (!count)
        error_set(TAWAM_ENOTFOUND,
                  _("no form '%.60s': this replica holds none; `tawam form "
                    "publish FILE` on HQ's desk adds one, a sync brings it"),
                  safe ? safe : "?");
    else if (nearest)
        error_set(TAWAM_ENOTFOUND, _("no form '%.60s'; nearest: %.60s"),
                  safe ? safe : "?", nearest);
    else
        error_set(TAWAM_ENOTFOUND,
                  _("no form '%.60s'; `tawam form list` shows what there is"),
                  safe ? safe : "?");
    free(safe);
    free(names);
    return TAWAM_ENOTFOUND;
}

static int no_such_version(const shelf_form *list, size_t count, const char *id,
                           const char *version)
{
    buffer have = {0};
    char *safe =
        text_safe(version ? version : "", strlen(version ? version : ""), 0);
    for (size_t i = 0; i < count && have.length < 200; i++)
        if (strcmp(list[i].id, id) == 0)
            buffer_format(&have, "%s%s", have.length ? ", " : "",
                          list[i].version[0] ? list[i].version : "-");
    if (version)
        error_set(TAWAM_ENOTFOUND,
                  _("form %.60s has no version '%.60s' here, only: %s"), id,
                  safe ? safe : "?", have.data ? (char *)have.data : "");
    else
        error_set(TAWAM_ENOTFOUND,
                  _("form %.60s is not published any more; its versions are "
                    "kept for what was recorded: %s"),
                  id, have.data ? (char *)have.data : "");
    free(safe);
    buffer_free(&have);
    return TAWAM_ENOTFOUND;
}

int shelf_find(shelf_form *out, twin *t, const char *id, const char *version,
               arena *a)
{
    shelf_form *list = NULL;
    size_t count = 0;
    int known = 0;
    int code = shelf_list(&list, &count, t, a);
    if (code != TAWAM_OK)
        return code;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].id, id) != 0)
            continue;
        known = 1;
        if (version ? strcmp(list[i].version, version) == 0 : list[i].current) {
            *out = list[i];
            return TAWAM_OK;
        }
    }
    return known ? no_such_version(list, count, id, version)
                 : no_such_form(t, list, count, id);
}

/* ---- what they hold ---- */

/* Read COLUMNS "packed, bytes" of the statement's row; it is released. */
static int take_bytes(buffer *out, twin *t, sqlite3_stmt *s, size_t most)
{
    int code = twin_step(t, s);
    const void *bytes;
    size_t length;
    if (code == 1) {
        bytes = sqlite3_column_blob(s, 1);
        length = (size_t)sqlite3_column_bytes(s, 1);
        code = TAWAM_OK;
        if (sqlite3_column_int(s, 0))
            code = unpack(out, bytes, length, most);
        else
            buffer_bytes(out, bytes, length);
        if (code == TAWAM_OK)
            code = buffer_check(out);
    } else if (code == 0)
        code = TAWAM_ENOTFOUND;
    twin_release(s);
    return code;
}

int shelf_xml(buffer *out, twin *t, const char *id, const char *version)
{
    sqlite3_stmt *s = NULL;
    arena *a = NULL;
    shelf_form f;
    int code = arena_new(&a);
    if (code == TAWAM_OK)
        code = shelf_find(&f, t, id, version, a);
    if (code == TAWAM_OK && *f.problem)
        code = error_set(TAWAM_ENEWER,
                         _("form %.60s, version %.60s, can't be used: %s"), id,
                         f.version, f.problem);
    if (code == TAWAM_OK)
        code = prepare(&s, t,
                       "SELECT 1, xml FROM tawam_form"
                       " WHERE id=?1 AND version=?2 AND xml IS NOT NULL",
                       id, f.version, NULL);
    if (code == TAWAM_OK)
        code = take_bytes(out, t, s, FORM_XML_MOST);
    arena_free(a);
    return code;
}

int shelf_open(form **out, twin *t, const char *id, const char *version)
{
    buffer xml = {0};
    int code = shelf_xml(&xml, t, id, version);
    if (code == TAWAM_OK)
        code = form_read_xform(out, xml.data ? (const char *)xml.data : "",
                               xml.length);
    buffer_free(&xml);
    return code;
}

/* VERSION, or for NULL the current one's, from A. */
static int version_of(const char **out, twin *t, const char *id,
                      const char *version, arena *a)
{
    shelf_form f;
    int code = TAWAM_OK;
    *out = version;
    if (!version && (code = shelf_find(&f, t, id, NULL, a)) == TAWAM_OK)
        *out = f.version;
    return code;
}

int shelf_file(buffer *out, twin *t, const char *id, const char *version,
               const char *name)
{
    sqlite3_stmt *s = NULL;
    arena *a = NULL;
    int code = arena_new(&a), tables = code ? code : has_tables(t);
    if (code == TAWAM_OK && tables <= 0)
        code = tables ? tables : TAWAM_ENOTFOUND;
    if (code == TAWAM_OK)
        code = version_of(&version, t, id, version, a);
    if (code == TAWAM_OK)
        code = prepare(&s, t,
                       "SELECT packed, bytes FROM tawam_form_file"
                       " WHERE id=?1 AND version=?2 AND name=?3",
                       id, version, name);
    if (code == TAWAM_OK)
        code = take_bytes(out, t, s, SHELF_FILE_MOST);
    if (code == TAWAM_ENOTFOUND)
        error_set(TAWAM_ENOTFOUND, _("form %.60s has no attachment %.100s"), id,
                  name);
    arena_free(a);
    return code;
}

int shelf_file_names(const char ***names, size_t *count, twin *t,
                     const char *id, const char *version, arena *a)
{
    sqlite3_stmt *s = NULL;
    const char **found = NULL;
    size_t capacity = 0;
    int code = TAWAM_OK;
    *names = NULL;
    *count = 0;
    code = has_tables(t);
    if (code <= 0)
        return code;
    code = version_of(&version, t, id, version, a);
    if (code == TAWAM_OK)
        code = prepare(&s, t,
                       "SELECT name FROM tawam_form_file"
                       " WHERE id=?1 AND version=?2 ORDER BY name",
                       id, version, NULL);
    while (code == TAWAM_OK && (code = twin_step(t, s)) == 1) {
        code = memory_reserve((void **)&found, &capacity, *count + 1,
                              sizeof *found);
        if (code == TAWAM_OK && !(found[*count] = text_at(s, 0, a)))
            code = error_memory();
        *count += code == TAWAM_OK;
    }
    if (s)
        twin_release(s);
    if (code == TAWAM_OK && *count &&
        !(*names = arena_copy(a, found, *count * sizeof *found)))
        code = error_memory();
    free(found);
    return code;
}

/* ---- writing ---- */

static int put_form(twin *t, const shelf_form *f, const char *xml,
                    size_t length)
{
    sqlite3_stmt *s = NULL;
    buffer packed = {0};
    int code = xml ? pack(&packed, xml, length) : TAWAM_OK;
    if (code == TAWAM_OK)
        code = prepare(&s, t,
                       "INSERT OR REPLACE INTO tawam_form(id, version, title,"
                       " source, problem, current, withdrawn, published, xml)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                       f->id, f->version, f->title);
    if (code == TAWAM_OK) {
        sqlite3_bind_text(s, 4, f->source ? f->source : "", -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 5, f->problem ? f->problem : "", -1,
                          SQLITE_STATIC);
        sqlite3_bind_int(s, 6, f->current);
        sqlite3_bind_int(s, 7, f->withdrawn);
        sqlite3_bind_int64(s, 8, f->published);
        if (xml)
            sqlite3_bind_blob64(s, 9, packed.data, packed.length,
                                SQLITE_STATIC);
        code = twin_step(t, s);
        twin_release(s);
    }
    buffer_free(&packed);
    return code < 0 ? code : TAWAM_OK;
}

static int put_file(twin *t, const shelf_form *f, const shelf_attachment *file)
{
    sqlite3_stmt *s = NULL;
    buffer packed = {0};
    int smaller, code;
    if (file->length > SHELF_FILE_MOST)
        return error_set(TAWAM_EUSAGE,
                         _("attachment %.100s is larger than 64 MB"),
                         file->name);
    code = pack(&packed, file->bytes ? file->bytes : "", file->length);
    smaller = packed.length < file->length;
    if (code == TAWAM_OK)
        code = prepare(&s, t,
                       "INSERT OR REPLACE INTO tawam_form_file(id, version,"
                       " name, packed, bytes) VALUES(?1, ?2, ?3, ?4, ?5)",
                       f->id, f->version, file->name);
    if (code == TAWAM_OK) {
        sqlite3_bind_int(s, 4, smaller);
        if (smaller)
            sqlite3_bind_blob64(s, 5, packed.data, packed.length,
                                SQLITE_STATIC);
        else
            sqlite3_bind_blob64(s, 5, file->length ? file->bytes : "",
                                file->length, SQLITE_STATIC);
        code = twin_step(t, s);
        twin_release(s);
    }
    buffer_free(&packed);
    return code < 0 ? code : TAWAM_OK;
}

/* TAWAM_OK with a transaction begun and the tables there. */
static int begin(twin *t)
{
    int code = twin_begin(t), tables;
    if (code != TAWAM_OK)
        return code;
    tables = has_tables(t);
    code = tables < 0 ? tables : tables ? TAWAM_OK : twin_execute(t, SCHEMA);
    if (code != TAWAM_OK)
        twin_rollback(t);
    return code;
}

static int end(twin *t, int code)
{
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}

int shelf_put(twin *t, const shelf_form *f, const char *xml, size_t length,
              const shelf_attachment *files, size_t count)
{
    int code = begin(t);
    if (code != TAWAM_OK)
        return code;
    if (f->current)
        code =
            run(t, "UPDATE tawam_form SET current=0 WHERE id=?1", f->id, NULL);
    if (code == TAWAM_OK)
        code = run(t, "DELETE FROM tawam_form_file WHERE id=?1 AND version=?2",
                   f->id, f->version);
    if (code == TAWAM_OK)
        code = put_form(t, f, xml, length);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = put_file(t, f, &files[i]);
    return end(t, code);
}

int shelf_set_current(twin *t, const char *id, const char *version)
{
    int code = begin(t);
    if (code != TAWAM_OK)
        return code;
    code = run(t,
               "UPDATE tawam_form SET current=(version IS ?2)"
               " WHERE id=?1 AND current<>(version IS ?2)",
               id, version);
    return end(t, code);
}

int shelf_set_withdrawn(twin *t, const char *id, const char *version,
                        int withdrawn)
{
    int code = begin(t);
    if (code != TAWAM_OK)
        return code;
    code = run(t,
               withdrawn ? "UPDATE tawam_form SET withdrawn=1, current=0"
                           " WHERE id=?1 AND version=?2"
                         : "UPDATE tawam_form SET withdrawn=0"
                           " WHERE id=?1 AND version=?2",
               id, version);
    return end(t, code);
}
