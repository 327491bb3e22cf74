/* SPDX-License-Identifier: MIT */
/* Lists that are nodes already, in the form or in an XML file, as rows: where
 * they are long, and no more than a table: items of one name, each with texts
 * of different names, in one order, without attributes. */
#include "form/lists_internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct columns {
    const char **names; /* interned */
    size_t count, capacity;
} columns;

/* The number of NAME among those from FROM on; the count when it is new. */
static size_t find_column(const columns *c, const char *name, size_t from)
{
    while (from < c->count && c->names[from] != name)
        from++;
    return from;
}

/* A name that stands before one already passed would come back elsewhere. */
static int add_names(columns *c, const form_node *item)
{
    size_t from = 0;
    for (const form_node *n = item->first; n; n = n->next) {
        size_t at = find_column(c, n->name, from);
        if (n->is_text || n->first || n->attributes)
            return 0;
        if (at == c->count) {
            if (find_column(c, n->name, 0) < c->count ||
                c->count >= FORM_LIST_COLUMNS_MOST ||
                memory_reserve((void **)&c->names, &c->capacity, c->count + 1,
                               sizeof *c->names) != TAWAM_OK)
                return 0;
            c->names[c->count++] = n->name;
        }
        from = at + 1;
    }
    return 1;
}

static int read_names(columns *c, const form_node *root)
{
    size_t rows = 0;
    int good = root->attributes == NULL && root->next == NULL;
    for (const form_node *n = root->first; good && n; n = n->next, rows++)
        good = !n->is_text && n->name == root->first->name && !n->attributes &&
               !*n->value && add_names(c, n);
    return good && rows >= LIST_NODES_FROM;
}

int list_is_table(const form_node *root)
{
    columns c = {0};
    size_t rows = 0;
    int is = 0;
    for (const form_node *n = root ? root->first : NULL; n; n = n->next)
        rows++;
    if (rows >= LIST_NODES_FROM)
        is = read_names(&c, root);
    free(c.names);
    return is;
}

static int write_row(const list_output *out, const columns *c,
                     const char **cells, const form_node *item)
{
    size_t at = 0;
    memset(cells, 0, c->count * sizeof *cells);
    for (const form_node *n = item->first; n; n = n->next) {
        at = find_column(c, n->name, at);
        cells[at++] = n->value;
    }
    return out->row(out->context, cells, c->count);
}

int list_read_nodes(const list_output *out, const form_node *root)
{
    columns c = {0};
    const char **cells = NULL;
    int code = read_names(&c, root) ? TAWAM_OK : TAWAM_EUSAGE;
    if (code == TAWAM_OK)
        cells = memory_array(c.count + 1, sizeof *cells);
    if (code == TAWAM_OK && !cells)
        code = TAWAM_EMEMORY;
    for (size_t i = 0; code == TAWAM_OK && i < c.count; i++)
        code = out->column(out->context, c.names[i]);
    for (const form_node *n = root->first; code == TAWAM_OK && n; n = n->next)
        code = write_row(out, &c, cells, n);
    free(cells);
    free(c.names);
    return code;
}

uint64_t list_hash_nodes(const form_node *root)
{
    uint64_t hash = LIST_HASH;
    for (const form_node *n = root; n; n = form_node_after(n, root, 1))
        hash = list_hash(
            list_hash(list_hash(list_hash(hash, n->name), "<"), n->value), ">");
    return hash;
}
