/* SPDX-License-Identifier: MIT */
/* Attachments and layers become tables, once a process. */
#include "form/lists_internal.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct list_entry {
    char *key; /* the source, or "layer NAME" */
    list_table *table;
    struct list_entry *next;
} list_entry;

struct form_lists {
    form_lists_source source;
    char *folder;
    sqlite3 *database; /* of the tables; opened at the first */
    int in_twin;       /* the functions are on the twin's connection */
    int made;          /* tables so far: names */
    list_entry *entries;
};

int form_lists_new(form_lists **out, const form_lists_source *source)
{
    form_lists *l = memory_new(sizeof *l);
    if (!l)
        return TAWAM_EMEMORY;
    l->source = *source;
    if (source->folder && !(l->folder = memory_string(source->folder))) {
        free(l);
        return TAWAM_EMEMORY;
    }
    l->source.folder = l->folder;
    *out = l;
    return TAWAM_OK;
}

void form_lists_free(form_lists *l)
{
    if (!l)
        return;
    for (list_entry *e = l->entries, *next; e; e = next) {
        next = e->next;
        list_table_free(e->table);
        free(e->key);
        free(e);
    }
    sqlite3_close(l->database);
    free(l->folder);
    free(l);
}

static list_table *entry_of(const form_lists *l, const char *key)
{
    for (const list_entry *e = l->entries; e; e = e->next)
        if (strcmp(e->key, key) == 0)
            return e->table;
    return NULL;
}

/* FOUND is L's from here on, also on failure. */
static int keep(form_lists *l, const char *key, list_table *found)
{
    list_entry *e = memory_new(sizeof *e);
    if (!e || !(e->key = memory_string(key))) {
        free(e);
        list_table_free(found);
        return TAWAM_EMEMORY;
    }
    e->table = found;
    e->next = l->entries; /* the last made of a key is found first */
    l->entries = e;
    return TAWAM_OK;
}

/* ---- the database of tables ---- */

/* A nameless file that SQLite removes: lists are made again from what they
 * came from, so nothing in it need last. */
static int open_database(form_lists *l)
{
    if (l->database)
        return TAWAM_OK;
    if (sqlite3_open_v2("", &l->database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ||
        sqlite3_exec(l->database,
                     "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                     "PRAGMA cache_size=-8000; PRAGMA temp_store=FILE",
                     NULL, NULL, NULL))
        return list_sql_error(l->database, _("opening the lists"));
    return list_register(l->database);
}

typedef struct loading {
    form_lists *l;
    list_table *t;
    sqlite3_stmt *insert;
} loading;

static int execute(loading *in, const char *sql)
{
    return sqlite3_exec(in->l->database, sql, NULL, NULL, NULL)
               ? list_sql_error(in->l->database, _("reading a list"))
               : TAWAM_OK;
}

static int add_column(void *context, const char *name)
{
    loading *in = context;
    char sql[120], column[24];
    int code;
    if (in->t->column_count >= FORM_LIST_COLUMNS_MOST)
        return error_set(TAWAM_EUSAGE, _("it has more than %d columns"),
                         FORM_LIST_COLUMNS_MOST);
    snprintf(column, sizeof column, "c%zu", in->t->column_count);
    snprintf(sql, sizeof sql, "ALTER TABLE %s ADD COLUMN %s TEXT", in->t->from,
             column);
    sqlite3_finalize(in->insert);
    in->insert = NULL;
    code = execute(in, sql);
    return code == TAWAM_OK
               ? list_table_column(in->t, name, column, column, LIST_TEXT)
               : code;
}

static int prepare_insert(loading *in)
{
    buffer sql = {0};
    int code;
    buffer_format(&sql, "INSERT INTO %s VALUES (NULL", in->t->from);
    for (size_t i = 0; i < in->t->column_count; i++)
        buffer_text(&sql, ", ?");
    buffer_byte(&sql, ')');
    code = buffer_check(&sql);
    if (code == TAWAM_OK &&
        sqlite3_prepare_v2(in->l->database, (char *)sql.data, -1, &in->insert,
                           NULL))
        code = list_sql_error(in->l->database, _("reading a list"));
    buffer_free(&sql);
    return code;
}

static int add_row(void *context, const char *const *cells, size_t count)
{
    loading *in = context;
    int code = in->insert ? TAWAM_OK : prepare_insert(in);
    if (code != TAWAM_OK)
        return code;
    for (size_t i = 0; i < count; i++)
        if (cells[i])
            sqlite3_bind_text(in->insert, (int)i + 1, cells[i], -1,
                              SQLITE_STATIC);
        else
            sqlite3_bind_null(in->insert, (int)i + 1);
    sqlite3_step(in->insert);
    in->t->row_count++;
    return sqlite3_reset(in->insert)
               ? list_sql_error(in->l->database, _("reading a list"))
               : TAWAM_OK;
}

/* ---- files ---- */

static int has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name), size = strlen(ending);
    return length >= size && text_equal_nocase(name + length - size, ending);
}

/* "jr://file-csv/douars.csv" -> "douars.csv"; NULL: not a file's name. */
static const char *file_of(const char *source)
{
    const char *name = strrchr(source, '/');
    return strncmp(source, "jr://", 5) == 0 && name[1] && name[1] != '.'
               ? name + 1
               : NULL;
}

static int read_file(size_t *length, void *context, void *bytes, size_t size)
{
    *length = fread(bytes, 1, size, context);
    return *length < size && ferror((FILE *)context)
               ? error_system(_("read the file"))
               : TAWAM_OK;
}

/* What a table is filled from: bytes, or nodes. */
typedef struct list_content {
    const list_input *in;
    const form_node *root;
    form_names *names; /* of a file that is XML; else NULL */
} list_content;

static int name_table(list_table *t, const char *root, const char *item)
{
    t->root = arena_string(t->memory, root);
    t->item = arena_string(t->memory, item);
    return t->root && t->item ? TAWAM_OK : TAWAM_EMEMORY;
}

static int read_content(const list_output *out, list_table *t,
                        const list_content *c, const char *name)
{
    list_xml_names names = {0};
    int code;
    if (c->root) {
        code = list_read_nodes(out, c->root);
        return code == TAWAM_OK
                   ? name_table(t, c->root->name, c->root->first->name)
                   : code;
    }
    if (!c->names)
        return has_ending(name, ".geojson") ? list_read_geojson(out, c->in)
                                            : list_read_csv(out, c->in);
    code = list_read_xml(out, c->in, &names, c->names);
    return code == TAWAM_OK ? name_table(t, names.root, names.item) : code;
}

static int fill_table(form_lists *l, list_table *t, const char *name,
                      const list_content *content)
{
    loading load = {.l = l, .t = t};
    list_output out = {add_column, add_row, &load};
    char sql[80];
    int code;
    snprintf(sql, sizeof sql, "BEGIN; CREATE TABLE %s(row INTEGER PRIMARY KEY)",
             t->from);
    code = execute(&load, sql);
    if (code == TAWAM_OK)
        code = read_content(&out, t, content, name);
    sqlite3_finalize(load.insert);
    if (code != TAWAM_OK) {
        char *safe = text_safe(name, strlen(name), 0);
        snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS %s; COMMIT", t->from);
        sqlite3_exec(l->database, sql, NULL, NULL, NULL);
        error_add("%s", safe ? safe : "?");
        free(safe);
        return code;
    }
    return execute(&load, "COMMIT");
}

static int make_table(form_lists *l, const char *key, const char *name,
                      const list_content *content)
{
    list_table *t = NULL;
    char from[32];
    int code = open_database(l);
    snprintf(from, sizeof from, "list_%d", ++l->made);
    if (code == TAWAM_OK)
        code = list_table_new(&t, l->database, from, "row");
    if (code == TAWAM_OK)
        code = fill_table(l, t, name, content);
    if (code == TAWAM_OK)
        return keep(l, key, t);
    list_table_free(t);
    return code;
}

int list_open_nodes(list_table **found, form_lists *l, const form_node *root)
{
    list_content content = {.root = root};
    char key[40];
    int code = TAWAM_OK;
    *found = NULL;
    if (!list_is_table(root))
        return TAWAM_OK;
    snprintf(key, sizeof key, "nodes %016llx",
             (unsigned long long)list_hash_nodes(root));
    *found = entry_of(l, key);
    if (!*found)
        code = make_table(l, key, root->name, &content);
    if (code == TAWAM_OK)
        *found = entry_of(l, key);
    return code;
}

static int too_large(const char *name, size_t most)
{
    char *safe = text_safe(name, strlen(name), 0), words[32];
    text_from_bytes(words, most);
    error_set(TAWAM_EUSAGE,
              _("%s: the attachment is larger than the %s allowed"),
              safe ? safe : "?", words);
    free(safe);
    return TAWAM_EUSAGE;
}

static int is_table_file(const char *name)
{
    return has_ending(name, ".csv") || has_ending(name, ".geojson");
}

/* XML as nodes; what is a long table becomes one. */
static int read_document(form_document **out, form_lists *l, form_names *names,
                         const char *source, const char *name,
                         const buffer *bytes)
{
    list_content content = {0};
    int code = form_document_read(out, names,
                                  bytes->data ? (const char *)bytes->data : "",
                                  bytes->length);
    if (code != TAWAM_OK)
        return error_add("%s", name);
    content.root = form_document_root(*out);
    if (!list_is_table(content.root))
        return TAWAM_OK;
    code = make_table(l, source, name, &content);
    form_document_free(*out);
    *out = NULL;
    return code;
}

/* The message so far says where it is no table. */
static int too_large_as_nodes(void)
{
    char *place = memory_string(error_message()), words[32];
    text_from_bytes(words, FORM_LIST_XML_MOST);
    error_set(TAWAM_EUSAGE,
              _("%s; more than %s of XML must be a plain table: items of one "
                "name, in each texts of different names, no attributes"),
              place ? place : "?", words);
    free(place);
    return TAWAM_EUSAGE;
}

#define XML_SHORT 65536 /* bytes: read as nodes at once */

/* What IN gives, SIZE bytes, as a table. TAWAM_ENO: it is XML that is to be
 * read as nodes; else the place where a large one is no table is an error. */
static int open_table(form_lists *l, form_names *names, const char *source,
                      const char *name, const list_input *in, size_t size)
{
    list_content content = {.in = in};
    int code;
    if (size > FORM_LIST_MOST)
        return too_large(name, FORM_LIST_MOST);
    if (!is_table_file(name)) {
        if (size <= XML_SHORT)
            return TAWAM_ENO;
        content.names = names;
    }
    code = make_table(l, source, name, &content);
    if (code != TAWAM_ENO)
        return code;
    if (size <= FORM_LIST_XML_MOST) {
        error_clear();
        return TAWAM_ENO;
    }
    return too_large_as_nodes();
}

static int open_bytes(form_document **document, form_lists *l,
                      form_names *names, const char *source, const char *name,
                      const buffer *bytes)
{
    list_bytes at = {bytes->data ? (const char *)bytes->data : "",
                     bytes->length, 0};
    list_input in = {list_bytes_read, &at};
    int code = open_table(l, names, source, name, &in, bytes->length);
    return code == TAWAM_ENO
               ? read_document(document, l, names, source, name, bytes)
               : code;
}

static int open_path(form_document **document, form_lists *l, form_names *names,
                     const char *source, const char *name, const char *path)
{
    FILE *file = fopen(path, "rb");
    list_input in = {read_file, file};
    buffer bytes = {0};
    int64_t size = file_size(path);
    int code;
    if (!file || size < 0) {
        code = !file ? error_system(_("open %s"), path) : (int)size;
        if (file)
            fclose(file);
        return code;
    }
    code = open_table(l, names, source, name, &in, (size_t)size);
    fclose(file);
    if (code != TAWAM_ENO)
        return code;
    code = file_read(&bytes, path, FORM_LIST_XML_MOST);
    if (code == TAWAM_OK)
        code = read_document(document, l, names, source, name, &bytes);
    buffer_free(&bytes);
    return code;
}

static int open_in_folder(form_document **document, form_lists *l,
                          form_names *names, const char *source,
                          const char *name)
{
    char *path = file_join(l->folder, name);
    int64_t size = path ? file_size(path) : TAWAM_EMEMORY;
    int code = size < 0 ? (int)size
               : file_is_folder(path) != 0
                   ? TAWAM_ENOTFOUND
                   : open_path(document, l, names, source, name, path);
    free(path);
    return code;
}

static int open_file(form_document **document, form_lists *l, form_names *names,
                     const char *source)
{
    const char *name = file_of(source);
    buffer bytes = {0};
    int code = TAWAM_ENOTFOUND;
    if (!name)
        return TAWAM_ENOTFOUND;
    if (l->folder)
        code = open_in_folder(document, l, names, source, name);
    if (code == TAWAM_ENOTFOUND && l->source.file) {
        code = l->source.file(&bytes, l->source.caller, name);
        if (code == TAWAM_OK)
            code = open_bytes(document, l, names, source, name, &bytes);
        buffer_free(&bytes);
    }
    return code;
}

/* ---- layers ---- */

/* The layer that ID names, or a file that is not there: its name without an
 * ending. */
static int open_layer(list_table **found, form_lists *l, const char *id)
{
    const char *dot = strrchr(id, '.');
    size_t length = dot ? (size_t)(dot - id) : strlen(id);
    char name[TWIN_NAME_MAX + 1], key[TWIN_NAME_MAX + 10];
    int code;
    if (!l->source.twin || length == 0 || length > TWIN_NAME_MAX)
        return TAWAM_ENOTFOUND;
    memcpy(name, id, length);
    name[length] = '\0';
    snprintf(key, sizeof key, "layer %s", name);
    *found = entry_of(l, key);
    if (*found && !list_layer_changed(*found))
        return TAWAM_OK;
    if (!l->in_twin) {
        code = list_register(twin_database(l->source.twin));
        if (code != TAWAM_OK)
            return code;
        l->in_twin = 1;
    }
    code = list_layer_open(found, l->source.twin, name);
    return code == TAWAM_OK ? keep(l, key, *found) : code;
}

int list_open(list_table **found, form_document **document, form_lists *l,
              form_names *names, const char *id, const char *source)
{
    const char *file = source ? file_of(source) : NULL;
    int code = TAWAM_ENOTFOUND;
    *document = NULL;
    *found = source ? entry_of(l, source) : NULL;
    if (*found)
        return TAWAM_OK;
    if (source) {
        code = open_file(document, l, names, source);
        if (code == TAWAM_OK && !*document)
            *found = entry_of(l, source);
    }
    return code == TAWAM_ENOTFOUND ? open_layer(found, l, file ? file : id)
                                   : code;
}

/* ---- what is missing ---- */

static int has_file(form_lists *l, const char *name)
{
    buffer bytes = {0};
    char *path = l->folder ? file_join(l->folder, name) : NULL;
    int has = path && file_exists(path);
    if (!has && l->source.file)
        has = l->source.file(&bytes, l->source.caller, name) == TAWAM_OK;
    error_clear();
    buffer_free(&bytes);
    free(path);
    return has;
}

int form_lists_missing(form_lists *l, const form *f,
                       int (*call)(void *context, const char *file),
                       void *context)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < f->instance_count; i++) {
        const char *source = f->instances[i].source;
        const char *name = source ? file_of(source) : NULL;
        list_table *found = NULL;
        if (!name || strncmp(source, "jr://instance/", 14) == 0 ||
            has_file(l, name))
            continue;
        if (open_layer(&found, l, name) != TAWAM_OK) {
            error_clear();
            code = call(context, name);
        }
    }
    return code;
}
