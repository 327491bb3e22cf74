/* SPDX-License-Identifier: MIT */
/* Rows become a record again. */
#include "form/store_internal.h"
#include <stdio.h>
#include <string.h>

typedef struct reading {
    twin *t;
    const form_layout *l;
    record *r;
    arena *a;
    int (*heard)(void *caller, form_node *instance, int64_t fid);
    void *caller;
} reading;

/* The cells of a row by the names of the layout's columns: NULL kind where
 * the layer has no such column. */
typedef struct stored_cells {
    const twin_layer *layer;
    twin_cell *cells;
} stored_cells;

static int read_cells(stored_cells *out, reading *g, const form_layer *layer,
                      int64_t fid)
{
    int code = twin_layer_find(&out->layer, g->t, layer->name);
    return code == TAWAM_OK
               ? twin_row_read(&out->cells, g->t, out->layer, fid, g->a)
               : code;
}

static const twin_value *cell_of(const stored_cells *row, const char *name,
                                 twin_type *type)
{
    static const twin_value nothing = {0};
    for (size_t i = 0; i < row->layer->column_count; i++)
        if (text_equal_nocase(row->layer->columns[i].name, name)) {
            if (type)
                *type = row->layer->columns[i].type;
            return &row->cells[i].value;
        }
    return &nothing;
}

static const char *text_cell(const stored_cells *row, const form_layer *layer,
                             form_column_role role)
{
    const form_column *c = form_layer_column(layer, role, NULL);
    const twin_value *v = c ? cell_of(row, c->name, NULL) : NULL;
    return v && v->kind == TWIN_KIND_TEXT ? v->bytes : "";
}

/* ---- values ---- */

static double number_cell(const stored_cells *row, const form_layer *layer,
                          form_column_role role, const form_item *item)
{
    const form_column *c = form_layer_column(layer, role, item);
    const twin_value *v = c ? cell_of(row, c->name, NULL) : NULL;
    return !v                             ? 0
           : v->kind == TWIN_KIND_REAL    ? v->real
           : v->kind == TWIN_KIND_INTEGER ? (double)v->integer
                                          : 0;
}

/* The geometry's text, unless there is one in ODK's spelling beside it. */
static int put_place(reading *g, const stored_cells *row,
                     const form_layer *layer, const form_column *c,
                     form_node *node)
{
    const twin_value *v = cell_of(row, c->name, NULL);
    buffer text = {0};
    int code;
    if (v->kind != TWIN_KIND_BYTES || *node->value)
        return TAWAM_OK;
    code = store_place_text(
        &text, v->bytes, v->length,
        number_cell(row, layer, FORM_COLUMN_ALTITUDE, c->item),
        number_cell(row, layer, FORM_COLUMN_ACCURACY, c->item));
    if (code == TAWAM_OK)
        code = record_put(g->r, node, (const char *)text.data);
    buffer_free(&text);
    return code;
}

static int put_action(reading *g, const char *text, form_node *entity)
{
    static const char *const names[] = {"create", "update"};
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < 2; i++) {
        char name[8] = "@";
        const form_item *item;
        form_node *a;
        memcpy(name + 1, names[i], 7);
        item = form_item_child(entity->item, name);
        a = item ? form_item_node(item, entity) : NULL;
        /* "1" stays as the form has it */
        if (a && !strstr(text, names[i]))
            code = record_put(g->r, a, "");
        else if (a && strcmp(a->value, "1") != 0)
            code = record_put(g->r, a, "true");
    }
    return code;
}

static int put_column(reading *g, const stored_cells *row,
                      const form_layer *layer, const form_column *c,
                      form_node *instance)
{
    form_node *node = c->item ? record_near(instance, c->item) : NULL;
    twin_type type = c->type;
    const twin_value *v = cell_of(row, c->name, &type);
    const char *text = "";
    int code = TAWAM_OK;
    if (!node)
        return code;
    if (c->role == FORM_COLUMN_PLACE)
        return put_place(g, row, layer, c, node);
    if (c->role != FORM_COLUMN_VALUE && c->role != FORM_COLUMN_ENTITY &&
        c->role != FORM_COLUMN_PLACE_TEXT && c->role != FORM_COLUMN_ACTION)
        return code;
    code = store_text(&text, v, c->type, g->a);
    if (code != TAWAM_OK)
        return code;
    return c->role == FORM_COLUMN_ACTION ? put_action(g, text, node)
                                         : record_put(g->r, node, text);
}

static int put_columns(reading *g, const stored_cells *row,
                       const form_layer *layer, form_node *instance)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < layer->count; i++)
        if (layer->columns[i].item)
            code = put_column(g, row, layer, &layer->columns[i], instance);
    return code;
}

/* ---- repeats ---- */

static int put_children(reading *g, const form_layer *layer,
                        form_node *instance, const char *uuid);

static int put_child(reading *g, const form_layer *child, form_node *around,
                     int64_t fid)
{
    form_item *item = (form_item *)(uintptr_t)child->item;
    stored_cells row = {0};
    form_node *node = NULL;
    int code = read_cells(&row, g, child, fid);
    if (code == TAWAM_OK)
        code = record_put_repeat(&node, g->r, around, item, NULL);
    if (code == TAWAM_OK && g->heard)
        code = g->heard(g->caller, node, fid);
    if (code == TAWAM_OK)
        code = put_columns(g, &row, child, node);
    return code == TAWAM_OK
               ? put_children(g, child, node,
                              row.cells[0].value.kind == TWIN_KIND_TEXT
                                  ? row.cells[0].value.bytes
                                  : "")
               : code;
}

static int put_children(reading *g, const form_layer *layer,
                        form_node *instance, const char *uuid)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < g->l->count; i++) {
        const form_layer *child = &g->l->layers[i];
        form_node *around;
        const twin_layer *there = NULL;
        int64_t *fids = NULL;
        size_t count = 0;
        if (child->parent != layer)
            continue;
        around = record_near(instance, child->item->parent);
        code = around ? twin_layer_find(&there, g->t, child->name)
                      : TAWAM_ENOTFOUND;
        if (code == TAWAM_ENOTFOUND) {
            error_clear(); /* a repeat of a version not declared here */
            code = TAWAM_OK;
            continue;
        }
        if (code == TAWAM_OK)
            code = store_children(&fids, &count, g->t, child, uuid, g->a);
        for (size_t k = 0; code == TAWAM_OK && k < count; k++)
            code = put_child(g, child, around, fids[k]);
    }
    return code;
}

/* ---- the whole ---- */

static form_node *child_named(const form_node *node, const char *name)
{
    form_node *c = node ? node->first : NULL;
    while (c && (c->is_text || strcmp(c->name, name) != 0))
        c = c->next;
    return c;
}

/* instanceID, and deprecatedID, for which most forms have no place. */
static int put_ids(reading *g, const stored_row *row)
{
    form_node *meta = child_named(record_root(g->r), "meta");
    form_node *id = child_named(meta, "instanceID");
    form_node *old = child_named(meta, "deprecatedID");
    char text[64];
    int code = TAWAM_OK;
    snprintf(text, sizeof text, "uuid:%.40s", row->uuid);
    if (id)
        code =
            record_put(g->r, id, *row->instance_id ? row->instance_id : text);
    if (code == TAWAM_OK && *row->deprecated_id && meta && !old)
        code = form_node_add(&old, g->r->document, meta, "deprecatedID",
                             id ? id->space : meta->space);
    if (code == TAWAM_OK && old)
        code = record_put(g->r, old, row->deprecated_id);
    return code;
}

static void read_own(stored_row *out, const stored_cells *row,
                     const form_layer *layer)
{
    const form_column *audit =
        form_layer_column(layer, FORM_COLUMN_AUDIT, NULL);
    const twin_value *v = cell_of(row, audit->name, NULL);
    *out = (stored_row){
        .uuid = row->cells[0].value.kind == TWIN_KIND_TEXT
                    ? row->cells[0].value.bytes
                    : "",
        .version = text_cell(row, layer, FORM_COLUMN_VERSION),
        .instance_id = text_cell(row, layer, FORM_COLUMN_INSTANCE),
        .deprecated_id = text_cell(row, layer, FORM_COLUMN_DEPRECATED),
        .note = text_cell(row, layer, FORM_COLUMN_NOTE),
        .audit = v->kind == TWIN_KIND_BYTES ? v->bytes : NULL,
        .audit_length = v->kind == TWIN_KIND_BYTES ? v->length : 0};
}

int store_read(record **out, stored_row *row, twin *t, const form_layout *l,
               int64_t fid, const record_surroundings *s, arena *a,
               int (*heard)(void *caller, form_node *instance, int64_t fid),
               void *caller)
{
    reading g = {t, l, NULL, a, heard, caller};
    stored_cells cells = {0};
    int code = read_cells(&cells, &g, &l->layers[0], fid);
    if (code != TAWAM_OK)
        return code;
    read_own(row, &cells, &l->layers[0]);
    code = record_restore(&g.r, l->f, s);
    if (code == TAWAM_OK)
        code = put_ids(&g, row);
    if (code == TAWAM_OK)
        code = put_columns(&g, &cells, &l->layers[0], record_root(g.r));
    if (code == TAWAM_OK)
        code = put_children(&g, &l->layers[0], record_root(g.r), row->uuid);
    if (code == TAWAM_OK)
        *out = g.r;
    else
        record_free(g.r);
    return code;
}
