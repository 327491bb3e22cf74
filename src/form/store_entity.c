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
    int64_t fid; /* of the entity; 0: it is not there */
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

static int find_entity(int64_t *fid, twin *t, const twin_layer *layer,
                       const char *id)
{
    sqlite3_stmt *find = NULL;
    buffer sql = {0};
    int code;
    buffer_text(&sql, "SELECT fid FROM main.");
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " WHERE uuid = ?1 LIMIT 1");
    code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(&find, t, (const char *)sql.data, 1);
    buffer_free(&sql);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(find, 1, id, -1, SQLITE_STATIC);
    code = twin_step(t, find);
    *fid = code > 0 ? sqlite3_column_int64(find, 0) : 0;
    twin_release(find);
    return code < 0 ? code : TAWAM_OK;
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

/* *same 1 if ITEM's value at NODE is what the record's row has already. */
static int is_same(int *same, store_job *j, const form_item *item,
                   form_node *node)
{
    const form_layer *layer = form_layout_of(j->l, item);
    const twin_layer *rows = NULL;
    twin_cell *cells = NULL;
    int64_t fid = row_of(j, node);
    int code = TAWAM_OK;
    *same = 0;
    if (j->began_with)
        return store_unchanged(same, j, node);
    code = fid ? store_layer(&rows, j, layer) : TAWAM_OK;
    if (code == TAWAM_OK && fid)
        code = twin_row_exists(j->t, rows, fid);
    if (code <= 0)
        return code;
    code = twin_row_read(&cells, j->t, rows, fid, j->memory);
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
    int same = 0, code;
    if (!node || node->is_hidden)
        return TAWAM_OK;
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
    if (code == TAWAM_OK && e->e->label)
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
    /* This record made it already. */
    int again = e->j->exists && row_of(e->j, e->node) != 0;
    int code = TAWAM_OK;
    e->id = value_of(e->e->id, e->node);
    e->scope = e->node->parent->parent;
    if (!creates && !updates)
        return TAWAM_OK;
    code = store_layer(&e->layer, e->j, e->e->list);
    if (code == TAWAM_OK && *e->id)
        code = find_entity(&e->fid, e->j->t, e->layer, e->id);
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
