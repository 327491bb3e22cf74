/* SPDX-License-Identifier: MIT */
/* A record's row and those of its repeats. */
#include "form/store_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- layers ---- */

int store_layer(const twin_layer **out, store_job *j, const form_layer *layer)
{
    return twin_layer_find(out, j->t, layer->name);
}

int store_column_id(int *id, const twin_layer *layer, const char *name)
{
    const twin_column *column = NULL;
    int code = twin_column_find(&column, layer, name);
    if (code == TAWAM_OK)
        *id = column->id;
    return code;
}

int store_uuid(const char **out, twin *t, const twin_layer *layer, int64_t fid,
               arena *a)
{
    twin_cell *cells = NULL;
    int code = twin_row_read(&cells, t, layer, fid, a);
    if (code != TAWAM_OK)
        return code;
    *out = cells[0].value.kind == TWIN_KIND_TEXT ? cells[0].value.bytes : "";
    return TAWAM_OK;
}

/* "SELECT fid … WHERE PARENT = ?1 ORDER BY position", prepared. */
static int prepare_children(sqlite3_stmt **out, twin *t,
                            const form_layer *child)
{
    const form_column *parent =
        form_layer_column(child, FORM_COLUMN_PARENT, NULL);
    buffer sql = {0};
    int code;
    buffer_text(&sql, "SELECT fid FROM main.");
    twin_quote(&sql, child->name);
    buffer_text(&sql, " WHERE ");
    twin_quote(&sql, parent->name);
    buffer_text(&sql, " = ?1 ORDER BY position, fid");
    code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(out, t, (const char *)sql.data, 1);
    buffer_free(&sql);
    return code;
}

int store_children(int64_t **fids, size_t *count, twin *t,
                   const form_layer *child, const char *uuid, arena *a)
{
    sqlite3_stmt *read = NULL;
    int64_t *list = NULL, *kept;
    size_t n = 0, capacity = 0;
    int code = prepare_children(&read, t, child);
    if (code == TAWAM_OK)
        sqlite3_bind_text(read, 1, uuid, -1, SQLITE_STATIC);
    while (code == TAWAM_OK && (code = twin_step(t, read)) > 0) {
        code = memory_reserve((void **)&list, &capacity, n + 1, sizeof *list);
        if (code == TAWAM_OK)
            list[n++] = sqlite3_column_int64(read, 0);
    }
    twin_release(read);
    kept = code == TAWAM_OK ? arena_alloc(a, (n + 1) * sizeof *kept) : NULL;
    if (kept && n)
        memcpy(kept, list, n * sizeof *kept);
    free(list);
    if (code == TAWAM_OK && !kept)
        code = TAWAM_EMEMORY;
    if (code != TAWAM_OK)
        return code;
    *fids = kept;
    *count = n;
    return TAWAM_OK;
}

/* ---- cells ---- */

static int is_hidden(const form_node *node)
{
    return node->is_attribute ? node->parent->is_hidden : node->is_hidden;
}

static int is_yes(const form_item *entity, const char *name, form_node *node)
{
    const form_item *item = form_item_child(entity, name);
    const form_node *a = item ? form_item_node(item, node) : NULL;
    return a && (strcmp(a->value, "1") == 0 || strcmp(a->value, "true") == 0);
}

static int action_cell(twin_value *out, form_node *node)
{
    int create = is_yes(node->item, "@create", node);
    int update = is_yes(node->item, "@update", node);
    const char *text = create && update ? "create update"
                       : create         ? "create"
                       : update         ? "update"
                                        : "";
    *out = (twin_value){.kind = *text ? TWIN_KIND_TEXT : TWIN_KIND_NULL,
                        .bytes = text,
                        .length = strlen(text)};
    return TAWAM_OK;
}

/* *BLOB empty when TEXT is no geometry; *EXACT 1 if the geometry with its
 * altitude and accuracy says all of TEXT. */
static int measure_place(buffer *blob, int *exact, double heights[2],
                         const form_item *item, const char *text)
{
    buffer again = {0};
    int code = store_geometry(blob, item->type, text);
    *exact = 0;
    if (code == TAWAM_ENO)
        return TAWAM_OK;
    if (item->type == FORM_GEOPOINT)
        store_heights(&heights[0], &heights[1], text);
    if (code == TAWAM_OK)
        code = store_place_text(&again, blob->data, blob->length, heights[0],
                                heights[1]);
    if (code == TAWAM_OK)
        *exact = strcmp((const char *)again.data, text) == 0;
    buffer_free(&again);
    return code;
}

static int place_cell(twin_value *out, store_job *j, const form_column *column,
                      const char *text)
{
    buffer blob = {0};
    double heights[2] = {0, 0}, height;
    int exact = 0, code;
    *out = (twin_value){0};
    if (!*text)
        return TAWAM_OK;
    code = measure_place(&blob, &exact, heights, column->item, text);
    height = heights[column->role == FORM_COLUMN_ACCURACY];
    if (code != TAWAM_OK || !blob.length)
        height = 0;
    if (code == TAWAM_OK && column->role == FORM_COLUMN_PLACE_TEXT && !exact)
        code = store_value(out, TWIN_TEXT, text, j->memory);
    else if (code == TAWAM_OK && column->role == FORM_COLUMN_PLACE &&
             blob.length) {
        *out =
            (twin_value){.kind = TWIN_KIND_BYTES,
                         .bytes = arena_copy(j->memory, blob.data, blob.length),
                         .length = blob.length};
        code = out->bytes ? TAWAM_OK : TAWAM_EMEMORY;
    } else if (height != 0 && column->type == TWIN_DECIMAL)
        *out = (twin_value){.kind = TWIN_KIND_REAL, .real = height};
    buffer_free(&blob);
    return code;
}

int store_cell(twin_value *out, store_job *j, const form_column *column,
               form_node *instance)
{
    form_node *node = column->item ? record_near(instance, column->item) : NULL;
    *out = (twin_value){0};
    if (!node || is_hidden(node))
        return TAWAM_OK;
    switch (column->role) {
    case FORM_COLUMN_VALUE:
    case FORM_COLUMN_ENTITY:
        return store_value(out, column->type, node->value, j->memory);
    case FORM_COLUMN_ACTION:
        return action_cell(out, node);
    case FORM_COLUMN_PLACE:
    case FORM_COLUMN_PLACE_TEXT:
    case FORM_COLUMN_ALTITUDE:
    case FORM_COLUMN_ACCURACY:
        return place_cell(out, j, column, node->value);
    default:
        return TAWAM_OK;
    }
}

/* ---- rows ---- */

/* A row that is being put together. */
typedef struct row_cells {
    const twin_layer *layer;
    twin_cell *cells;
    size_t count;
} row_cells;

static int add_cell(row_cells *row, const char *column, twin_value value)
{
    int id = 0, code = store_column_id(&id, row->layer, column);
    if (code == TAWAM_OK)
        row->cells[row->count++] = (twin_cell){id, value};
    return code;
}

static twin_value text_of(const char *text)
{
    return (twin_value){.kind = *text ? TWIN_KIND_TEXT : TWIN_KIND_NULL,
                        .bytes = text,
                        .length = strlen(text)};
}

int store_unchanged(int *is, store_job *j, const form_node *node)
{
    const char *before = NULL;
    const char *now = is_hidden(node) ? "" : node->value;
    int code = j->began_with(&before, j->caller, node);
    *is = code == TAWAM_OK && before && strcmp(before, now) == 0;
    return code;
}

/* A cell that others changed since the edit began, and the edit too: said. */
static int compare_cell(store_job *j, const row_cells *row,
                        const form_column *c, const form_node *node,
                        const twin_cell *present, const twin_value *now)
{
    const char *before = NULL;
    char *line;
    twin_value old = {0}, new = *now;
    buffer text = {0};
    int code = j->began_with(&before, j->caller, node);
    if (code != TAWAM_OK || !before || c->role != FORM_COLUMN_VALUE || !j->warn)
        return code;
    code = store_value(&old, c->type, before, j->memory);
    for (size_t i = 0; code == TAWAM_OK && i < row->layer->column_count; i++) {
        const twin_column *column = &row->layer->columns[i];
        char one[64], two[64];
        if (!text_equal_nocase(column->name, c->name))
            continue;
        old = twin_value_convert(&old, column->type, one);
        new = twin_value_convert(now, column->type, two);
        if (twin_value_equal(&present[i].value, &old) ||
            twin_value_equal(&present[i].value, &new))
            break;
        twin_value_text(&text, column->type, &present[i].value);
        line = buffer_check(&text) == TAWAM_OK
                   ? memory_format(_("changed by somebody else meanwhile, to "
                                     "'%.200s'; this edit stands"),
                                   text.data ? (char *)text.data : "")
                   : NULL;
        code =
            line ? j->warn(j->caller, node->item->path, line) : TAWAM_EMEMORY;
        free(line);
    }
    buffer_free(&text);
    return code;
}

/* What of the record's row is no answer. */
static int add_own_cell(row_cells *row, store_job *j, const form_column *c)
{
    switch (c->role) {
    case FORM_COLUMN_VERSION:
        return add_cell(row, c->name, text_of(j->version));
    case FORM_COLUMN_INSTANCE:
        return j->instance_id ? add_cell(row, c->name, text_of(j->instance_id))
                              : TAWAM_OK;
    case FORM_COLUMN_DEPRECATED:
        return j->deprecated_id
                   ? add_cell(row, c->name, text_of(j->deprecated_id))
                   : TAWAM_OK;
    case FORM_COLUMN_NOTE:
        return j->note ? add_cell(row, c->name, text_of(j->note)) : TAWAM_OK;
    case FORM_COLUMN_AUDIT:
        return j->audit_length
                   ? add_cell(row, c->name,
                              (twin_value){.kind = TWIN_KIND_BYTES,
                                           .bytes = j->audit,
                                           .length = j->audit_length})
                   : TAWAM_OK;
    default:
        return TAWAM_OK;
    }
}

static int collect_cell(row_cells *row, store_job *j, const form_column *c,
                        form_node *instance, const twin_cell *present)
{
    form_node *node = c->item ? record_near(instance, c->item) : NULL;
    int compared = j->began_with && node && c->role != FORM_COLUMN_ACTION;
    int same = 0;
    twin_value value = {0};
    int code = compared ? store_unchanged(&same, j, node) : TAWAM_OK;
    if (code != TAWAM_OK || same)
        return code;
    code = store_cell(&value, j, c, instance);
    if (code == TAWAM_OK && compared && present)
        code = compare_cell(j, row, c, node, present, &value);
    return code == TAWAM_OK ? add_cell(row, c->name, value) : code;
}

/* All cells that INSTANCE's values give; of an edit, of the row FID (0: a new
 * one), those that it changed. *ROW's cells have room for three more. */
static int collect(row_cells *row, store_job *j, const form_layer *layer,
                   form_node *instance, int64_t fid)
{
    twin_cell *present = NULL;
    int code = store_layer(&row->layer, j, layer);
    row->count = 0;
    row->cells =
        arena_alloc(j->memory, (layer->count + 4) * sizeof *row->cells);
    if (code == TAWAM_OK && !row->cells)
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK && j->began_with && fid)
        code = twin_row_read(&present, j->t, row->layer, fid, j->memory);
    for (size_t i = 0; code == TAWAM_OK && i < layer->count; i++) {
        const form_column *c = &layer->columns[i];
        code = c->role >= FORM_COLUMN_VERSION
                   ? add_own_cell(row, j, c)
                   : collect_cell(row, j, c, instance, present);
    }
    return code;
}

static int put_row(int64_t *fid, store_job *j, const row_cells *row, int exists)
{
    size_t changed = 0;
    int code;
    if (exists) {
        code = twin_row_update(&changed, j->t, row->layer, *fid, row->cells,
                               row->count);
        j->changed += changed;
        return code;
    }
    j->changed++;
    return *fid
               ? twin_row_insert_drawn(j->t, row->layer, *fid, row->cells,
                                       row->count)
               : twin_row_insert(fid, j->t, row->layer, row->cells, row->count);
}

/* ---- repeats ---- */

static int delete_row(store_job *j, const form_layer *layer, int64_t fid);

/* 1 if the edit has seen the row: others may have added some since. */
static int is_known(const store_job *j, const form_layer *layer, int64_t fid)
{
    for (size_t i = 0; i < j->known_count; i++)
        if (j->known[i].fid == fid && j->known[i].item == layer->item)
            return 1;
    return !j->began_with;
}

/* Those of the rows below PARENT that KEPT (NULL: nobody) does not have. */
static int delete_others(store_job *j, const form_layer *child,
                         const char *parent, const int64_t *kept, size_t count)
{
    int64_t *fids = NULL;
    size_t there = 0;
    int code = store_children(&fids, &there, j->t, child, parent, j->memory);
    for (size_t i = 0; code == TAWAM_OK && i < there; i++) {
        size_t k = 0;
        while (k < count && kept[k] != fids[i])
            k++;
        if (k == count && (!kept || is_known(j, child, fids[i])))
            code = delete_row(j, child, fids[i]);
    }
    return code;
}

static int delete_row(store_job *j, const form_layer *layer, int64_t fid)
{
    const twin_layer *rows = NULL;
    const char *uuid = "";
    int code = store_layer(&rows, j, layer);
    if (code == TAWAM_OK)
        code = store_uuid(&uuid, j->t, rows, fid, j->memory);
    for (size_t i = 0; code == TAWAM_OK && i < j->l->count; i++)
        if (j->l->layers[i].parent == layer)
            code = delete_others(j, &j->l->layers[i], uuid, NULL, 0);
    if (code == TAWAM_OK)
        code = twin_row_delete(j->t, rows, fid);
    j->changed++;
    return code;
}

static int write_children(store_job *j, const form_layer *layer,
                          form_node *instance, const char *uuid);

/* A row that is made anew has all its cells, whatever the edit changed. */
static int collect_new(row_cells *row, store_job *j, const form_layer *child,
                       form_node *node, int64_t fid)
{
    store_job whole = *j;
    int code;
    if (!fid)
        whole.began_with = NULL;
    code = collect(row, &whole, child, node, fid);
    return code;
}

/* 1 in *IS if nothing below INSTANCE is other than when the edit began. */
static int is_untouched(int *is, store_job *j, form_node *instance)
{
    int code = TAWAM_OK;
    *is = j->began_with != NULL;
    for (form_node *n = instance; code == TAWAM_OK && *is && n;
         n = form_node_after(n, instance, 1))
        if (n->item && !n->first)
            code = store_unchanged(is, j, n);
    return code;
}

static int write_child(int64_t *out, store_job *j, const form_layer *child,
                       form_node *node, const char *parent, int64_t position)
{
    const form_column *reference =
        form_layer_column(child, FORM_COLUMN_PARENT, NULL);
    row_cells row = {0};
    const char *uuid = "";
    int64_t fid =
        node->number && node->number < j->row_count ? j->rows[node->number] : 0;
    const twin_layer *rows = NULL;
    int code = store_layer(&rows, j, child), untouched = 0, exists;
    /* One that somebody deleted meanwhile comes back as a new one, if it was
     * changed here. */
    exists = code == TAWAM_OK && fid ? twin_row_exists(j->t, rows, fid) : 0;
    if (exists < 0)
        return exists;
    if (code == TAWAM_OK && fid && !exists)
        code = is_untouched(&untouched, j, node);
    *out = 0;
    if (code == TAWAM_OK && !exists && !untouched)
        code = store_choose_id(&fid, &exists, j, child, parent);
    if (code != TAWAM_OK || untouched)
        return code;
    code = collect_new(&row, j, child, node, exists ? fid : 0);
    if (code == TAWAM_OK)
        code = add_cell(&row, reference->name, text_of(parent));
    if (code == TAWAM_OK)
        code = add_cell(
            &row, "position",
            (twin_value){.kind = TWIN_KIND_INTEGER, .integer = position});
    if (code != TAWAM_OK)
        return code;
    code = put_row(&fid, j, &row, exists);
    if (code == TAWAM_OK)
        code = store_uuid(&uuid, j->t, row.layer, fid, j->memory);
    if (code == TAWAM_OK)
        code = write_children(j, child, node, uuid);
    *out = fid;
    return code;
}

/* The instances of CHILD's repeat below INSTANCE. */
static int write_repeat(store_job *j, const form_layer *child,
                        form_node *instance, const char *uuid)
{
    form_node *around = record_near(instance, child->item->parent);
    int64_t *kept;
    size_t most = 1, count = 0;
    int code = TAWAM_OK;
    for (form_node *n = around ? around->first : NULL; n; n = n->next)
        most += n->item == child->item;
    kept = arena_alloc(j->memory, most * sizeof *kept);
    if (!kept)
        return TAWAM_EMEMORY;
    for (form_node *n = around ? around->first : NULL; code == TAWAM_OK && n;
         n = n->next)
        if (n->item == child->item && !n->is_hidden) {
            code = write_child(&kept[count], j, child, n, uuid,
                               (int64_t)count + 1);
            count++;
        }
    if (code == TAWAM_OK && j->exists)
        code = delete_others(j, child, uuid, kept, count);
    return code;
}

static int write_children(store_job *j, const form_layer *layer,
                          form_node *instance, const char *uuid)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < j->l->count; i++)
        if (j->l->layers[i].parent == layer)
            code = write_repeat(j, &j->l->layers[i], instance, uuid);
    return code;
}

int store_write(store_job *j)
{
    row_cells row = {0};
    const char *uuid = "";
    int code;
    j->made = arena_alloc(j->memory, j->l->count * sizeof *j->made);
    if (!j->made)
        return TAWAM_EMEMORY;
    memset(j->made, 0, j->l->count * sizeof *j->made);
    code = collect(&row, j, &j->l->layers[0], record_root(j->r),
                   j->exists ? j->fid : 0);
    if (code == TAWAM_OK && j->uuid && !j->exists)
        code = add_cell(&row, "uuid", text_of(j->uuid));
    if (code == TAWAM_OK)
        code = put_row(&j->fid, j, &row, j->exists);
    if (code == TAWAM_OK)
        code = store_uuid(&uuid, j->t, row.layer, j->fid, j->memory);
    return code == TAWAM_OK
               ? write_children(j, &j->l->layers[0], record_root(j->r), uuid)
               : code;
}
