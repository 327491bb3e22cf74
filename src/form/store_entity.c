/* SPDX-License-Identifier: MIT */
/* What a record makes of entities (ODK Entities specification, "Declaring
 * Entities in forms"):
 *
 *   create   update   the entity is there        it is not
 *     yes      no     left alone, said           made
 *     no       yes    changed                    said; nothing is made
 *     yes      yes    changed                    made
 *
 * An update is ordinary edits of cells: what someone else changed meanwhile is
 * a conflict of these cells, which the log keeps and lists. */
#include "form/store_internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct entity_job {
    store_job *j;
    const form_entity *e;
    form_node *node;  /* the entity element */
    form_node *scope; /* the instance it is about */
    const char *id;
    int64_t fid; /* of the entity; 0: it is not there and gets all values */
    const twin_layer *layer;
    twin_cell *cells;
    size_t count;
} entity_job;

static const char *value_of(const form_item *item, form_node *node)
{
    const form_node *found = item ? record_near(node, item) : NULL;
    return found ? found->value : "";
}

static int is_yes(const form_item *item, form_node *node)
{
    const char *value = value_of(item, node);
    return strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
}

static int warn(entity_job *e, const char *words)
{
    char *text, *safe;
    int code = TAWAM_OK;
    if (!e->j->warn)
        return code;
    safe = text_safe(e->id, strlen(e->id), 0);
    text = safe ? memory_format(words, e->e->list->name, safe) : NULL;
    code =
        text ? e->j->warn(e->j->caller, e->e->item->path, text) : TAWAM_EMEMORY;
    free(safe);
    free(text);
    return code;
}

/* ---- what differs from the record's row, in an edit ---- */

/* The fid of the row that holds the values of INSTANCE; 0: none. */
static int64_t row_of(const store_job *j, const form_node *instance)
{
    const form_node *n = instance;
    while (n && !n->is_repeat)
        n = n->parent;
    if (!n)
        return j->exists ? j->fid : 0;
    return n->number && n->number < j->row_count ? j->rows[n->number] : 0;
}

/* The row of LAYER that has INSTANCE's values, as it is until they are written:
 * 1, or 0 if there is none. */
static int read_row(const twin_layer **rows, twin_cell **cells, store_job *j,
                    const form_layer *layer, const form_node *instance)
{
    int64_t fid = row_of(j, instance);
    int code = fid ? store_layer(rows, j, layer) : TAWAM_OK;
    if (code == TAWAM_OK && fid)
        code = twin_row_exists(j->t, *rows, fid);
    if (code <= 0)
        return code;
    code = twin_row_read(cells, j->t, *rows, fid, j->memory);
    return code == TAWAM_OK ? 1 : code;
}

/* 1 if the record said before that it makes this entity; then it did. */
static int made_already(const entity_job *e)
{
    const form_layer *layer = form_layout_of(e->j->l, e->e->item);
    const twin_layer *rows = NULL;
    twin_cell *cells = NULL;
    int code = read_row(&rows, &cells, e->j, layer, e->node);
    if (code <= 0)
        return code;
    for (size_t i = 0; i < layer->count; i++)
        for (size_t k = 0; k < rows->column_count; k++)
            if (layer->columns[i].role == FORM_COLUMN_ACTION &&
                layer->columns[i].item == e->e->item &&
                text_equal_nocase(rows->columns[k].name,
                                  layer->columns[i].name)) {
                const twin_value *v = &cells[k].value;
                return v->kind == TWIN_KIND_TEXT && v->length >= 6 &&
                       memcmp(v->bytes, "create", 6) == 0;
            }
    return 0;
}

/* *same 1 if ITEM's value at NODE is what the record's row has already. */
static int is_same(int *same, store_job *j, const form_item *item,
                   form_node *node)
{
    const form_layer *layer = form_layout_of(j->l, item);
    const twin_layer *rows = NULL;
    twin_cell *cells = NULL;
    int code = TAWAM_OK;
    *same = 0;
    if (j->began_with)
        return store_unchanged(same, j, node);
    code = read_row(&rows, &cells, j, layer, node);
    if (code <= 0)
        return code;
    code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < layer->count; i++) {
        const form_column *c = &layer->columns[i];
        char storage[64];
        twin_value value = {0};
        if (c->item != item || c->role > FORM_COLUMN_ENTITY)
            continue;
        code = store_cell(&value, j, c, node);
        *same = 1;
        for (size_t k = 0; code == TAWAM_OK && k < rows->column_count; k++)
            if (text_equal_nocase(rows->columns[k].name, c->name)) {
                value =
                    twin_value_convert(&value, rows->columns[k].type, storage);
                if (!twin_value_equal(&value, &cells[k].value)) {
                    *same = 0;
                    return TAWAM_OK;
                }
            }
    }
    return code;
}

/* ---- cells ---- */

static int add_cell(entity_job *e, const char *column, twin_value value)
{
    int id = 0, code = store_column_id(&id, e->layer, column);
    if (code == TAWAM_OK)
        e->cells[e->count++] = (twin_cell){id, value};
    return code;
}

static int geometry_value(twin_value *out, entity_job *e,
                          const form_property *p, const char *text)
{
    buffer blob = {0};
    int code = *text ? store_geometry(&blob, p->item->type, text) : TAWAM_OK;
    *out = (twin_value){0};
    if (code == TAWAM_ENO)
        code = warn(e, _("%s %s: what was to be its geometry is no place"));
    else if (code == TAWAM_OK && blob.length) {
        *out = (twin_value){
            .kind = TWIN_KIND_BYTES,
            .bytes = arena_copy(e->j->memory, blob.data, blob.length),
            .length = blob.length};
        code = out->bytes ? TAWAM_OK : TAWAM_EMEMORY;
    }
    buffer_free(&blob);
    return code;
}

/* What is not relevant does not change an entity, what is empty empties. */
static int add_property(entity_job *e, const form_property *p)
{
    const form_column *c = NULL;
    form_node *node = record_near(e->scope, p->item);
    twin_value value = {0};
    int same = 0, code = TAWAM_OK;
    if (!node || node->is_hidden)
        return TAWAM_OK;
    if (e->fid)
        code = is_same(&same, e->j, p->item, node);
    if (code != TAWAM_OK || same)
        return code;
    for (size_t i = 0; i < e->e->list->count; i++)
        if (strcmp(e->e->list->columns[i].name, p->column) == 0)
            c = &e->e->list->columns[i];
    code = c && c->role == FORM_COLUMN_GEOMETRY
               ? geometry_value(&value, e, p, node->value)
               : store_value(&value, c ? c->type : TWIN_TEXT, node->value,
                             e->j->memory);
    return code == TAWAM_OK ? add_cell(e, p->column, value) : code;
}

static int collect(entity_job *e)
{
    const char *label = value_of(e->e->label, e->node);
    int code = store_layer(&e->layer, e->j, e->e->list), same = 0;
    e->count = 0;
    e->cells = arena_alloc(e->j->memory, (e->e->count + 3) * sizeof *e->cells);
    if (code == TAWAM_OK && !e->cells)
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK && e->fid && e->e->label)
        code = is_same(&same, e->j, e->e->label,
                       record_near(e->node, e->e->label));
    if (code == TAWAM_OK && *label && !same)
        code = add_cell(e, "label",
                        (twin_value){.kind = TWIN_KIND_TEXT,
                                     .bytes = label,
                                     .length = strlen(label)});
    for (size_t i = 0; code == TAWAM_OK && i < e->e->count; i++)
        code = add_property(e, &e->e->properties[i]);
    return code;
}

/* ---- one entity ---- */

static int create(entity_job *e)
{
    int64_t fid = 0;
    int code = collect(e), taken = 0;
    if (code == TAWAM_OK && *e->id)
        code = store_id_of(&fid, e->id);
    if (code == TAWAM_OK && fid)
        taken = twin_row_exists(e->j->t, e->layer, fid);
    if (taken < 0)
        return taken;
    if (taken)
        fid = 0; /* one whose uuid was changed by hand */
    if (code == TAWAM_OK && *e->id)
        code = add_cell(e, "uuid",
                        (twin_value){.kind = TWIN_KIND_TEXT,
                                     .bytes = e->id,
                                     .length = strlen(e->id)});
    if (code == TAWAM_OK && !*value_of(e->e->label, e->node))
        code = warn(e, _("%s %s was made without a label"));
    if (code != TAWAM_OK)
        return code;
    return fid ? twin_row_insert_drawn(e->j->t, e->layer, fid, e->cells,
                                       e->count)
               : twin_row_insert(&fid, e->j->t, e->layer, e->cells, e->count);
}

static int update(entity_job *e)
{
    int code = collect(e);
    return code == TAWAM_OK && e->count
               ? twin_row_update(NULL, e->j->t, e->layer, e->fid, e->cells,
                                 e->count)
               : code;
}

static int apply(entity_job *e)
{
    int creates = is_yes(e->e->create, e->node);
    int updates = is_yes(e->e->update, e->node);
    int again, code = TAWAM_OK;
    e->id = value_of(e->e->id, e->node);
    e->scope = e->node->parent->parent;
    if (!creates && !updates)
        return TAWAM_OK;
    again = e->j->exists ? made_already(e) : 0;
    code = again < 0 ? again : store_layer(&e->layer, e->j, e->e->list);
    if (code == TAWAM_OK && *e->id)
        code = store_find_by(&e->fid, e->j->t, e->layer->name, "uuid", e->id);
    if (code != TAWAM_OK)
        return code;
    if (e->fid && (updates || again))
        return update(e);
    if (e->fid)
        return warn(e, _("%s %s is there already; it was left as it is"));
    if (!creates || again)
        return warn(e, _("%s %s is not there any more; what this record says "
                         "of it is in the record alone"));
    return create(e);
}

int store_entities(store_job *j)
{
    form_node *root = record_root(j->r);
    int code = TAWAM_OK;
    if (!j->l->entity_count)
        return code;
    for (form_node *n = root; code == TAWAM_OK && n;
         n = form_node_after(n, root, !n->is_hidden)) {
        if (n->is_hidden || !n->item)
            continue;
        for (size_t i = 0; code == TAWAM_OK && i < j->l->entity_count; i++)
            if (j->l->entities[i].item == n->item) {
                entity_job e = {.j = j, .e = &j->l->entities[i], .node = n};
                code = apply(&e);
            }
    }
    return code;
}
