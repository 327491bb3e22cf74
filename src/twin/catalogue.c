/* SPDX-License-Identifier: MIT */
/* catalogue: the layers and columns in memory, read from tawam_layer and
 * tawam_column, and the names they may have.
 *
 * Invariants:
 *  1. It is read again only when another connection committed, or this one
 *     changed the schema or undid something; an equal one is thrown away, so
 *     pointers handed out mostly stay the present ones.
 *  2. A replaced catalogue is kept until the replica is closed: a pointer
 *     into it may be out of date, never dangling.
 */
#include "twin/twin_internal.h"

void catalogue_free(catalogue *c)
{
    while (c) {
        catalogue *older = c->older;
        arena_free(c->memory);
        free(c);
        c = older;
    }
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

int name_compare(const char *a, const char *b)
{
    for (size_t i = 0;; i++) {
        unsigned char x = (unsigned char)lower(a[i]);
        unsigned char y = (unsigned char)lower(b[i]);
        if (x != y)
            return x < y ? -1 : 1;
        if (!x)
            return strcmp(a, b);
    }
}

/* ---- reading ------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
    return name_compare(((const layer_entry *)a)->layer.name,
                        ((const layer_entry *)b)->layer.name);
}

static int add_entry(catalogue *c, size_t *capacity, sqlite3_stmt *statement)
{
    int code = memory_reserve((void **)&c->entries, capacity, c->count + 1,
                              sizeof *c->entries);
    if (code != TAWAM_OK)
        return code;
    layer_entry e = {0};
    e.layer.id = sqlite3_column_int(statement, 0);
    e.layer.name = arena_string(
        c->memory, (const char *)sqlite3_column_text(statement, 1));
    e.layer.geometry = (twin_geometry)sqlite3_column_int(statement, 2);
    e.recorded_geometry = sqlite3_column_type(statement, 3) == SQLITE_NULL
                              ? -1
                              : sqlite3_column_int(statement, 3);
    e.layer.recorded = e.recorded_geometry >= 0;
    e.layer.wider = e.recorded_geometry != (int)e.layer.geometry;
    e.drift = sqlite3_column_int(statement, 4);
    if (!e.layer.name)
        return error_memory();
    c->entries[c->count++] = e;
    return TAWAM_OK;
}

static int read_layers(catalogue *c, twin *t)
{
    sqlite3_stmt *statement = NULL;
    size_t capacity = 0;
    int code = twin_prepare(&statement, t,
                            "SELECT id, name, geometry, recorded_geometry,"
                            " drift FROM main.tawam_layer",
                            1);
    if (code != TAWAM_OK)
        return code;
    while ((code = twin_step(t, statement)) > 0) {
        code = add_entry(c, &capacity, statement);
        if (code != TAWAM_OK)
            break;
    }
    twin_release(statement);
    /* The entries move into the arena, so that one free releases all. */
    layer_entry *list = c->entries;
    c->entries = NULL;
    if (code == TAWAM_OK && c->count) {
        c->entries = arena_copy(c->memory, list, c->count * sizeof *list);
        code = c->entries ? TAWAM_OK : error_memory();
        if (code == TAWAM_OK)
            qsort(c->entries, c->count, sizeof *list, compare_entries);
    }
    free(list);
    return code;
}

/* uuid first, geom last, the others as they were added. */
static const char READ_COLUMNS[] =
    "SELECT id, name, type, recorded_type FROM main.tawam_column"
    " WHERE layer = ?1 ORDER BY name = 'geom', name <> 'uuid', position, id";

static int read_columns(layer_entry *e, catalogue *c, twin *t)
{
    sqlite3_stmt *statement = NULL;
    twin_column *list = NULL;
    size_t used = 0, capacity = 0;
    int code = twin_prepare(&statement, t, READ_COLUMNS, 1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, e->layer.id);
    while ((code = twin_step(t, statement)) > 0) {
        code =
            memory_reserve((void **)&list, &capacity, used + 1, sizeof *list);
        if (code != TAWAM_OK)
            break;
        list[used] = (twin_column){
            .id = sqlite3_column_int(statement, 0),
            .name = arena_string(
                c->memory, (const char *)sqlite3_column_text(statement, 1)),
            .type = (twin_type)sqlite3_column_int(statement, 2),
            .recorded_type = (twin_type)sqlite3_column_int(statement, 3)};
        if (!list[used++].name) {
            code = error_memory();
            break;
        }
    }
    twin_release(statement);
    if (code == TAWAM_OK && used) {
        e->layer.columns = arena_copy(c->memory, list, used * sizeof *list);
        code = e->layer.columns ? TAWAM_OK : error_memory();
        e->layer.column_count = used;
    }
    free(list);
    return code;
}

/* The two statements that run once a row, written once. */
static int write_sql(layer_entry *e, catalogue *c)
{
    buffer insert = {0}, read = {0};
    buffer_text(&insert, "INSERT INTO main.");
    twin_quote(&insert, e->layer.name);
    buffer_text(&insert, " (fid");
    buffer_text(&read, "SELECT ");
    for (size_t i = 0; i < e->layer.column_count; i++) {
        buffer_text(&insert, ", ");
        twin_quote(&insert, e->layer.columns[i].name);
        buffer_text(&read, i ? ", " : "");
        twin_quote(&read, e->layer.columns[i].name);
    }
    buffer_text(&insert, ") VALUES (?");
    for (size_t i = 0; i < e->layer.column_count; i++)
        buffer_text(&insert, ",?");
    buffer_text(&insert, ")");
    buffer_text(&read, " FROM main.");
    twin_quote(&read, e->layer.name);
    buffer_text(&read, " WHERE fid = ?1");
    if (!insert.failed && !read.failed) {
        e->insert_sql = arena_string(c->memory, (const char *)insert.data);
        e->read_sql = arena_string(c->memory, (const char *)read.data);
    }
    buffer_free(&insert);
    buffer_free(&read);
    return e->insert_sql && e->read_sql ? TAWAM_OK : error_memory();
}

static int catalogue_read(catalogue **out, twin *t)
{
    catalogue *c = memory_new(sizeof *c);
    if (!c)
        return error_memory();
    int code = arena_new(&c->memory);
    if (code == TAWAM_OK)
        code = read_layers(c, t);
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++) {
        code = read_columns(&c->entries[i], c, t);
        if (code == TAWAM_OK)
            code = write_sql(&c->entries[i], c);
    }
    if (code != TAWAM_OK) {
        catalogue_free(c);
        return code;
    }
    *out = c;
    return TAWAM_OK;
}

static int same_layer(const layer_entry *a, const layer_entry *b)
{
    if (a->layer.id != b->layer.id || a->layer.geometry != b->layer.geometry ||
        a->recorded_geometry != b->recorded_geometry || a->drift != b->drift ||
        a->layer.column_count != b->layer.column_count ||
        strcmp(a->layer.name, b->layer.name) != 0)
        return 0;
    for (size_t i = 0; i < a->layer.column_count; i++) {
        const twin_column *x = &a->layer.columns[i], *y = &b->layer.columns[i];
        if (x->id != y->id || x->type != y->type ||
            x->recorded_type != y->recorded_type ||
            strcmp(x->name, y->name) != 0)
            return 0;
    }
    return 1;
}

static int same_catalogue(const catalogue *a, const catalogue *b)
{
    if (a->count != b->count)
        return 0;
    for (size_t i = 0; i < a->count; i++)
        if (!same_layer(&a->entries[i], &b->entries[i]))
            return 0;
    return 1;
}

int catalogue_refresh(twin *t)
{
    int64_t version = t->seen_version;
    /* Inside our own transaction nobody else can have changed it. */
    if (t->catalogue && !t->catalogue_stale && t->depth > 0)
        return TAWAM_OK;
    int code = sql_integer(&version, t, 0, "PRAGMA main.data_version");
    if (code != TAWAM_OK)
        return code;
    if (t->catalogue && !t->catalogue_stale && version == t->seen_version)
        return TAWAM_OK;
    catalogue *fresh = NULL;
    code = catalogue_read(&fresh, t);
    if (code != TAWAM_OK)
        return code;
    if (t->catalogue && same_catalogue(t->catalogue, fresh)) {
        catalogue_free(fresh);
    } else {
        fresh->older = t->catalogue;
        t->catalogue = fresh;
    }
    t->catalogue_stale = 0;
    t->seen_version = version;
    return TAWAM_OK;
}

/* ---- finding ---- */

size_t twin_layer_count(twin *t)
{
    return catalogue_refresh(t) == TAWAM_OK ? t->catalogue->count : 0;
}

const twin_layer *twin_layer_at(twin *t, size_t index)
{
    if (!t->catalogue && catalogue_refresh(t) != TAWAM_OK)
        return NULL;
    return index < t->catalogue->count ? &t->catalogue->entries[index].layer
                                       : NULL;
}

const twin_layer *twin_layer_by_id(twin *t, int id)
{
    if (catalogue_refresh(t) != TAWAM_OK)
        return NULL;
    for (size_t i = 0; i < t->catalogue->count; i++)
        if (t->catalogue->entries[i].layer.id == id)
            return &t->catalogue->entries[i].layer;
    return NULL;
}

const twin_layer *catalogue_lookup(twin *t, const char *name)
{
    if (catalogue_refresh(t) != TAWAM_OK)
        return NULL;
    for (size_t i = 0; i < t->catalogue->count; i++)
        if (text_equal_nocase(t->catalogue->entries[i].layer.name, name))
            return &t->catalogue->entries[i].layer;
    return NULL;
}

/* "no WHAT 'word'[; nearest: …]" over COUNT names. */
static int not_found(const char *what, const char *word,
                     const char *const *names, size_t count)
{
    const char *nearest = names ? text_nearest(word, names, count) : NULL;
    char *safe = text_safe(word, strlen(word), 0);
    int code;
    if (nearest)
        code = error_set(TAWAM_ENOTFOUND, _("no %s '%s'; the nearest is '%s'"),
                         what, safe ? safe : "?", nearest);
    else
        code = error_set(TAWAM_ENOTFOUND, _("no %s '%s'"), what,
                         safe ? safe : "?");
    free(safe);
    return code;
}

int twin_layer_find(const twin_layer **out, twin *t, const char *name)
{
    int code = catalogue_refresh(t);
    if (code != TAWAM_OK)
        return code;
    const twin_layer *found = catalogue_lookup(t, name);
    if (found) {
        *out = found;
        return TAWAM_OK;
    }
    const char **names = memory_array(t->catalogue->count, sizeof *names);
    for (size_t i = 0; names && i < t->catalogue->count; i++)
        names[i] = t->catalogue->entries[i].layer.name;
    code = not_found(_("layer"), name, names, t->catalogue->count);
    free(names);
    return code;
}

const twin_column *twin_column_named(const twin_layer *layer, const char *name)
{
    for (size_t i = 0; layer && i < layer->column_count; i++)
        if (text_equal_nocase(layer->columns[i].name, name))
            return &layer->columns[i];
    return NULL;
}

int twin_column_find(const twin_column **out, const twin_layer *layer,
                     const char *name)
{
    const twin_column *found = twin_column_named(layer, name);
    if (found) {
        *out = found;
        return TAWAM_OK;
    }
    const char **names = memory_array(layer->column_count, sizeof *names);
    for (size_t i = 0; names && i < layer->column_count; i++)
        names[i] = layer->columns[i].name;
    int code = not_found(_("column"), name, names, layer->column_count);
    free(names);
    return code;
}

const twin_column *twin_column_by_id(const twin_layer *layer, int id)
{
    for (size_t i = 0; i < layer->column_count; i++)
        if (layer->columns[i].id == id)
            return &layer->columns[i];
    return NULL;
}

/* ---- names ---- */

static int has_prefix(const char *name, const char *prefix)
{
    for (; *prefix; name++, prefix++)
        if (lower(*name) != *prefix)
            return 0;
    return 1;
}

static int has_control(const char *name, size_t length)
{
    for (size_t i = 0; i < length;) {
        uint32_t point = 0;
        i += text_decode(&point, name + i, length - i);
        if (point < 0x20 || (point >= 0x7F && point < 0xA0))
            return 1;
    }
    return 0;
}

int twin_name_check(const char *name, int is_column)
{
    static const char *const RESERVED[] = {"tawam_", "gpkg_", "rtree_",
                                           "sqlite_"};
    size_t length = strlen(name);
    if (length < 1 || length > TWIN_NAME_MAX)
        return error_set(TAWAM_EUSAGE,
                         _("a name has 1 to %d bytes; this one has %zu"),
                         TWIN_NAME_MAX, length);
    if (!text_valid(name, length) || has_control(name, length))
        return error_set(TAWAM_EUSAGE, _("a name is valid UTF-8 without "
                                         "control characters"));
    for (size_t i = 0; i < sizeof RESERVED / sizeof *RESERVED; i++)
        if (has_prefix(name, RESERVED[i]))
            return error_set(TAWAM_EUSAGE,
                             _("'%s' begins with %s, which is kept for the "
                               "program's own tables"),
                             name, RESERVED[i]);
    if (is_column && text_equal_nocase(name, "fid"))
        return error_set(TAWAM_EUSAGE,
                         _("'%s' cannot be a column: every row has a fid "
                           "already; call it fid_source"),
                         name);
    return TAWAM_OK;
}
