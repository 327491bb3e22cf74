/* SPDX-License-Identifier: MIT */
/* Records as ODK Central writes them in CSV: a file for the records, one a
 * repeat. Columns are of all versions that records are of; a name that a later
 * version has dropped stands at the end. */
#include "form/layout.h"
#include "work/form_export_internal.h"
#include "work/forms_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLUSH_BYTES = 1 << 16 };

typedef struct csv_column {
    const char *path; /* below the level's: "more/people" */
    int is_place;
} csv_column;

/* The records, or a repeat of them. */
typedef struct csv_level {
    const char *path; /* below the root: "" or "group/member" */
    const char *name; /* of the repeat */
    int parent;       /* index; -1 none */
    csv_column *columns;
    size_t count, capacity;
    char *file, *partial;
    FILE *stream;
    buffer out;
    size_t cells; /* of the row under way */
} csv_level;

typedef struct csv_export {
    arena *memory;
    csv_level *levels; /* the records first, an outer one before its inner */
    size_t count, capacity;
    int64_t records;
} csv_export;

/* ---- which columns ---- */

/* PATH of an item without the root's: "/data/a/b" -> "a/b". */
static const char *below_root(const char *path)
{
    const char *slash = strchr(path + 1, '/');
    return slash ? slash + 1 : "";
}

static int find_level(const csv_export *x, const char *path)
{
    for (size_t i = 0; i < x->count; i++)
        if (strcmp(x->levels[i].path, path) == 0)
            return (int)i;
    return -1;
}

static const form_item *level_item(const form_item *item)
{
    for (item = item->parent; item->parent && !item->is_repeat;)
        item = item->parent;
    return item;
}

static int add_level(csv_export *x, const form_item *item)
{
    const char *path = below_root(item->path);
    csv_level *level;
    int code;
    if (find_level(x, path) >= 0)
        return TAWAM_OK;
    code = memory_reserve((void **)&x->levels, &x->capacity, x->count + 1,
                          sizeof *x->levels);
    if (code != TAWAM_OK)
        return code;
    level = &x->levels[x->count];
    *level = (csv_level){
        .path = arena_string(x->memory, path),
        .name = arena_string(x->memory, item->name),
        .parent = item->parent
                      ? find_level(x, below_root(level_item(item)->path))
                      : -1};
    x->count++;
    return level->path && level->name ? TAWAM_OK : TAWAM_EMEMORY;
}

static int add_column(csv_export *x, const form_item *item)
{
    const form_item *around = level_item(item);
    const char *path = item->path + strlen(around->path) + 1;
    csv_level *level = &x->levels[find_level(x, below_root(around->path))];
    int code;
    for (size_t i = 0; i < level->count; i++)
        if (strcmp(level->columns[i].path, path) == 0)
            return TAWAM_OK;
    code = memory_reserve((void **)&level->columns, &level->capacity,
                          level->count + 1, sizeof *level->columns);
    if (code != TAWAM_OK)
        return code;
    level->columns[level->count].path = arena_string(x->memory, path);
    level->columns[level->count].is_place = item->type == FORM_GEOPOINT;
    return level->columns[level->count++].path ? TAWAM_OK : TAWAM_EMEMORY;
}

static int is_leaf(const form_item *item)
{
    const form_item *child = item->first;
    while (child && child->is_attribute)
        child = child->next;
    return !child && !item->is_attribute && item->parent;
}

/* Items with values; what nobody is told, a note, is none. */
static int is_column(const form_item *item)
{
    return is_leaf(item) && !item->is_repeat &&
           strcmp(item->name, "entity") != 0 &&
           strcmp(item->parent->name, "entity") != 0;
}

static int add_form_columns(csv_export *x, const form *f)
{
    int code = add_level(x, f->root);
    for (size_t i = 1; code == TAWAM_OK && i < f->item_count; i++) {
        if (f->items[i]->is_repeat)
            code = add_level(x, f->items[i]);
        if (code == TAWAM_OK && is_column(f->items[i]))
            code = add_column(x, f->items[i]);
    }
    return code;
}

/* ---- writing ---- */

static void part_cell(csv_level *l, const char *text, size_t length)
{
    if (l->cells++)
        buffer_byte(&l->out, ',');
    table_csv_field(&l->out, text, length);
}

static void cell(csv_level *l, const char *text)
{
    part_cell(l, text, strlen(text));
}

static void end_row(csv_level *l)
{
    buffer_byte(&l->out, '\n');
    l->cells = 0;
}

/* "34.9 -2.3 0 5" as four cells. */
static void place_cells(csv_level *l, const char *text)
{
    for (int i = 0; i < 4; i++) {
        size_t length = strcspn(text, " ;");
        part_cell(l, text, length);
        text += length + (text[length] == ' ');
    }
}

static void write_header(csv_level *l)
{
    static const char *const PARTS[] = {"-Latitude", "-Longitude", "-Altitude",
                                        "-Accuracy"};
    for (size_t i = 0; i < l->count; i++)
        for (int k = 0; k < (l->columns[i].is_place ? 4 : 1); k++) {
            char *name = memory_format("%s%s", l->columns[i].path,
                                       l->columns[i].is_place ? PARTS[k] : "");
            for (char *c = name; c && *c; c++)
                *c = *c == '/' ? '-' : *c;
            cell(l, name ? name : "");
            l->out.failed |= !name;
            free(name);
        }
    if (l->parent >= 0)
        cell(l, "PARENT_KEY");
    cell(l, "KEY");
    if (l->parent < 0)
        cell(l, "FormVersion");
    end_row(l);
}

static int flush(csv_level *l, size_t least)
{
    int code = buffer_check(&l->out);
    if (code == TAWAM_OK && l->out.length > least) {
        if (fwrite(l->out.data, 1, l->out.length, l->stream) != l->out.length)
            code = error_system(_("write %s"), l->file);
        buffer_clear(&l->out);
    }
    return code;
}

static int open_level(csv_export *x, csv_level *l, const char *id,
                      const char *folder)
{
    size_t alike = 0;
    char *part = forms_path_part(id), *name = NULL;
    int code = TAWAM_OK;
    for (size_t i = 0; i < x->count && &x->levels[i] != l; i++)
        alike +=
            x->levels[i].parent >= 0 && strcmp(x->levels[i].name, l->name) == 0;
    if (part && l->parent < 0)
        name = memory_format("%s.csv", part);
    else if (part && !alike)
        name = memory_format("%s-%s.csv", part, l->name);
    else if (part)
        name = memory_format("%s-%s~%zu.csv", part, l->name, alike);
    l->file = name ? file_join(folder, name) : NULL;
    l->partial = l->file ? memory_format("%s.part", l->file) : NULL;
    free(part);
    free(name);
    if (!l->partial)
        return TAWAM_EMEMORY;
    l->stream = fopen(l->partial, "we");
    if (!l->stream)
        code = error_system(_("write %s"), l->partial);
    write_header(l);
    return code;
}

/* ---- rows ---- */

static const form_node *child_at(const form_node *node, const char *path)
{
    while (node && *path) {
        size_t length = strcspn(path, "/");
        const form_node *c = node->first;
        while (c && (c->is_text || strncmp(c->name, path, length) != 0 ||
                     c->name[length]))
            c = c->next;
        node = c;
        path += length + (path[length] == '/');
    }
    return node;
}

static int write_node(csv_export *x, size_t level, const form_node *node,
                      const char *key, const char *parent_key,
                      const char *version);

/* Rows of the level BELOW, which stands directly in the one NODE is of. */
static int write_repeats(csv_export *x, size_t level, size_t below,
                         const form_node *node, const char *key)
{
    const csv_level *l = &x->levels[below];
    size_t skip = strlen(x->levels[level].path), last;
    const char *path = l->path + (skip ? skip + 1 : 0);
    const form_node *parent;
    char *around;
    size_t number = 0;
    int code = TAWAM_OK;
    last = strlen(path) - strlen(l->name);
    around = memory_string_length(path, last ? last - 1 : 0);
    if (!around)
        return TAWAM_EMEMORY;
    parent = child_at(node, around);
    for (const form_node *c = parent ? parent->first : NULL;
         code == TAWAM_OK && c; c = c->next) {
        char *own;
        if (c->is_text || strcmp(c->name, l->name) != 0)
            continue;
        own = memory_format("%s/%s[%zu]", key, path, ++number);
        code = own ? write_node(x, below, c, own, key, NULL) : TAWAM_EMEMORY;
        free(own);
    }
    free(around);
    return code;
}

static int write_node(csv_export *x, size_t level, const form_node *node,
                      const char *key, const char *parent_key,
                      const char *version)
{
    csv_level *l = &x->levels[level];
    int code;
    for (size_t i = 0; i < l->count; i++) {
        const form_node *value = child_at(node, l->columns[i].path);
        const char *text = value ? value->value : "";
        if (l->columns[i].is_place)
            place_cells(l, text);
        else
            cell(l, text);
    }
    if (parent_key)
        cell(l, parent_key);
    cell(l, key);
    if (!parent_key)
        cell(l, version);
    end_row(l);
    code = flush(l, FLUSH_BYTES);
    for (size_t i = level + 1; code == TAWAM_OK && i < x->count; i++)
        if (x->levels[i].parent == (int)level)
            code = write_repeats(x, level, i, node, key);
    return code;
}

static int write_record(void *context, const export_record *one)
{
    csv_export *x = context;
    x->records++;
    return write_node(x, 0, one->root, one->instance_id, NULL, one->version);
}

/* ---- the whole ---- */

static int finish_level(csv_level *l)
{
    int code = flush(l, 0);
    if (code == TAWAM_OK &&
        (fflush(l->stream) != 0 || fsync(fileno(l->stream)) != 0))
        code = error_system(_("write %s"), l->file);
    if (code == TAWAM_OK && rename(l->partial, l->file) != 0)
        code = error_system(_("write %s"), l->file);
    return code;
}

static void close_levels(csv_export *x)
{
    for (size_t i = 0; i < x->count; i++) {
        csv_level *l = &x->levels[i];
        if (l->stream)
            fclose(l->stream);
        if (l->partial)
            unlink(l->partial); /* not there when it became the file */
        free(l->partial);
        free(l->file);
        free(l->columns);
        buffer_free(&l->out);
    }
    free(x->levels);
    arena_free(x->memory);
}

int work_form_export_csv(int64_t *records, territory *t, const char *id,
                         const char *folder)
{
    export_forms f = {0};
    csv_export x = {0};
    int code = export_forms_open(&f, t, id);
    if (code == TAWAM_OK)
        code = arena_new(&x.memory);
    for (size_t i = 0; code == TAWAM_OK && i < f.count; i++)
        code = add_form_columns(&x, f.list[i].form);
    if (code == TAWAM_OK)
        code = file_make_folders(folder);
    for (size_t i = 0; code == TAWAM_OK && i < x.count; i++)
        code = open_level(&x, &x.levels[i], id, folder);
    if (code == TAWAM_OK)
        code = export_each(&f, write_record, &x);
    for (size_t i = 0; code == TAWAM_OK && i < x.count; i++)
        code = finish_level(&x.levels[i]);
    *records = x.records;
    close_levels(&x);
    export_forms_close(&f);
    return code;
}
