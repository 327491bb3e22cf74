/* SPDX-License-Identifier: MIT */
/* The layers and columns of a form's records. */
#include "form/layout_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MOST 1990 /* SQLite's 2000, less ours */

/* ---- items ---- */

int layout_is_place(const form_item *item)
{
    return item->type >= FORM_GEOPOINT && item->type <= FORM_GEOSHAPE;
}

static int has_elements(const form_item *item)
{
    const form_item *c = item->first;
    while (c && c->is_attribute)
        c = c->next;
    return c != NULL;
}

static int is_meta(const form_item *item)
{
    return item && strcmp(item->name, "meta") == 0;
}

int layout_is_entity(const form_item *item)
{
    const form_item *set = form_item_child(item, "@dataset");
    return strcmp(item->name, "entity") == 0 && is_meta(item->parent) &&
           item->parent->parent && set && *set->node->value;
}

static int is_in_entity(const form_item *item)
{
    while (item && !layout_is_entity(item))
        item = item->parent;
    return item != NULL;
}

static int is_target(const form *f, const form_item *item)
{
    for (const form_action *a = f->actions; a; a = a->next)
        if (a->target == item)
            return 1;
    for (size_t i = 0; i < f->item_count; i++) {
        for (const form_action *a = f->items[i]->changed; a; a = a->next)
            if (a->target == item)
                return 1;
        for (const form_action *a = f->items[i]->added; a; a = a->next)
            if (a->target == item)
                return 1;
    }
    return 0;
}

static int is_true(const xpath *x)
{
    const char *text = x ? xpath_text(x) : "";
    text += strspn(text, " \t\r\n");
    return strncmp(text, "true()", 6) == 0 &&
           text[6 + strspn(text + 6, " \t\r\n")] == '\0';
}

/* Words on the screen that never have a value. */
static int is_note(const form *f, const form_item *item)
{
    return item->control && item->control->kind == FORM_INPUT &&
           item->type == FORM_TEXT && is_true(item->readonly) &&
           !item->calculate && !item->preload && !*item->node->value &&
           !is_target(f, item);
}

/* Headings of a grid: they show the names of its choices, and take no answer
 * (appearance `label`; table-list makes one). */
static int is_heading(const form_item *item)
{
    const form_control *c = item->control;
    const char *looks = c ? c->appearance : "";
    if (!c || (c->kind != FORM_SELECT_ONE && c->kind != FORM_SELECT_MANY))
        return 0;
    while (*(looks += strspn(looks, " "))) {
        size_t word = strcspn(looks, " ");
        if (word == 5 && strncmp(looks, "label", word) == 0)
            return 1;
        looks += word;
    }
    return 0;
}

/* What of the meta block has columns of its own kind, or none. */
static int is_special(const form_item *item)
{
    static const char *const names[] = {"instanceID", "deprecatedID", "audit"};
    if (!is_meta(item->parent))
        return 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(item->name, names[i]) == 0)
            return 1;
    return 0;
}

static int is_stored(const form *f, const form_item *item)
{
    return !item->is_attribute && !has_elements(item) && !item->is_repeat &&
           item->parent && !is_special(item) && !is_in_entity(item) &&
           !is_note(f, item) && !is_heading(item);
}

twin_type layout_type(const form_item *item)
{
    const form_control *c = item->control;
    if (c && (c->kind == FORM_SELECT_MANY || c->kind == FORM_RANK))
        return TWIN_TEXT;
    switch (item->type) {
    case FORM_INTEGER:
        return TWIN_INTEGER;
    case FORM_DECIMAL:
        return TWIN_DECIMAL;
    case FORM_DATE:
        return TWIN_DATE;
    case FORM_DATETIME:
        return TWIN_DATETIME;
    default:
        return TWIN_TEXT;
    }
}

twin_geometry layout_geometry(const form_item *item)
{
    return item->type == FORM_GEOPOINT   ? TWIN_POINT
           : item->type == FORM_GEOTRACE ? TWIN_LINESTRING
           : item->type == FORM_GEOSHAPE ? TWIN_POLYGON
                                         : TWIN_ANY_GEOMETRY;
}

/* ---- layers ---- */

static form_layer *layer_of(const form_layout *l, const form_item *item)
{
    const form_item *up = item;
    while (up->parent && !up->is_repeat)
        up = up->parent;
    for (size_t i = 0; i < l->count; i++)
        if (l->layers[i].item == up)
            return &l->layers[i];
    return &l->layers[0];
}

const form_layer *form_layout_of(const form_layout *l, const form_item *item)
{
    return layer_of(l, item);
}

const form_column *form_layer_column(const form_layer *layer,
                                     form_column_role role,
                                     const form_item *item)
{
    for (size_t i = 0; i < layer->count; i++)
        if (layer->columns[i].role == role &&
            (!item || layer->columns[i].item == item))
            return &layer->columns[i];
    return NULL;
}

/* Repeats directly within LAYER's item, with names that differ. */
static int name_repeats(form_layout *l, form_layer *layer)
{
    const form *f = l->f;
    name_wish *wishes =
        arena_alloc(l->memory, (f->item_count + 1) * sizeof *wishes);
    form_layer **made =
        arena_alloc(l->memory, (f->item_count + 1) * sizeof *made);
    size_t count = 0;
    int code = wishes && made ? TAWAM_OK : TAWAM_EMEMORY;
    for (size_t n = layer->item->number + 1;
         code == TAWAM_OK && n < layer->item->end; n++) {
        const form_item *item = f->items[n];
        const form_item *around = item->parent;
        while (around != layer->item && !around->is_repeat)
            around = around->parent;
        if (!item->is_repeat || around != layer->item)
            continue;
        made[count] = &l->layers[l->count++];
        *made[count] = (form_layer){.item = item, .parent = layer};
        wishes[count++] =
            (name_wish){.item = item, .top = layer->item, .suffix = ""};
    }
    if (code == TAWAM_OK)
        code = layout_name_all(wishes, count, layer->name, l->memory);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        made[i]->name = wishes[i].name;
    return code;
}

static int add_layers(form_layout *l)
{
    buffer name = {0};
    size_t most = 1;
    int code = form_record_layer(&name, l->f->id);
    for (size_t i = 0; i < l->f->item_count; i++)
        most += l->f->items[i]->is_repeat != 0;
    l->layers = arena_alloc(l->memory, most * sizeof *l->layers);
    if (code == TAWAM_OK && !l->layers)
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        l->layers[l->count++] =
            (form_layer){.name = arena_string(l->memory, (char *)name.data),
                         .item = l->f->root};
        code = l->layers[0].name ? TAWAM_OK : TAWAM_EMEMORY;
    }
    for (size_t i = 0; code == TAWAM_OK && i < l->count; i++)
        code = name_repeats(l, &l->layers[i]);
    buffer_free(&name);
    return code;
}

/* ---- columns: first wishes, then names ---- */

typedef struct column_list {
    form_column *columns;
    name_wish *wishes;
    size_t count;
} column_list;

static void add_column(column_list *list, form_column_role role, twin_type type,
                       const form_item *item, const form_item *top,
                       const char *suffix)
{
    list->columns[list->count] =
        (form_column){.name = "geom", .type = type, .role = role, .item = item};
    list->wishes[list->count++] =
        (name_wish){.item = role < FORM_COLUMN_VERSION ? item : NULL,
                    .top = top,
                    .suffix = suffix};
}

/* The columns that are no item's. */
static int add_own(column_list *list, const form_layer *layer, arena *memory)
{
    if (!layer->parent) {
        add_column(list, FORM_COLUMN_VERSION, TWIN_TEXT, NULL, NULL,
                   "form_version");
        add_column(list, FORM_COLUMN_INSTANCE, TWIN_TEXT, NULL, NULL,
                   "instance_id");
        add_column(list, FORM_COLUMN_DEPRECATED, TWIN_TEXT, NULL, NULL,
                   "deprecated_id");
        add_column(list, FORM_COLUMN_AUDIT, TWIN_BLOB, NULL, NULL, "audit");
        add_column(list, FORM_COLUMN_NOTE, TWIN_TEXT, NULL, NULL, "note");
    } else {
        buffer name = {0};
        const char *kept = NULL;
        buffer_format(&name, "%s_uuid", layer->parent->name);
        if (buffer_check(&name) == TAWAM_OK)
            kept = layout_shorten((const char *)name.data, memory);
        buffer_free(&name);
        if (!kept)
            return TAWAM_EMEMORY;
        add_column(list, FORM_COLUMN_PARENT, TWIN_TEXT, NULL, NULL, kept);
        add_column(list, FORM_COLUMN_POSITION, TWIN_INTEGER, NULL, NULL,
                   "position");
    }
    return TAWAM_OK;
}

/* A place that is the layer's geometry, and what a geometry does not hold. */
static void add_place(column_list *list, form_layer *layer,
                      const form_item *item)
{
    layer->geometry = layout_geometry(item);
    add_column(list, FORM_COLUMN_PLACE_TEXT, TWIN_TEXT, item, layer->item, "");
    if (item->type == FORM_GEOPOINT) {
        add_column(list, FORM_COLUMN_ALTITUDE, TWIN_DECIMAL, item, layer->item,
                   "_altitude");
        add_column(list, FORM_COLUMN_ACCURACY, TWIN_DECIMAL, item, layer->item,
                   "_accuracy");
    }
}

/* LIST_uuid, LIST_action, LIST_label …: what of an entity the record keeps. */
static int add_entity(column_list *list, const form_layer *layer,
                      const form_item *entity, arena *memory)
{
    const char *dataset = form_item_child(entity, "@dataset")->node->value;
    size_t first = list->count;
    add_column(list, FORM_COLUMN_ACTION, TWIN_TEXT, entity, layer->item,
               "_action");
    for (const form_item *c = entity->first; c; c = c->next) {
        const char *name = c->name + c->is_attribute;
        size_t size = strlen(name) + 2;
        char *suffix = arena_alloc(memory, size);
        if (!suffix)
            return TAWAM_EMEMORY;
        snprintf(suffix, size, "_%s", name);
        if (strcmp(c->name, "@dataset") != 0 &&
            strcmp(c->name, "@create") != 0 && strcmp(c->name, "@update") != 0)
            add_column(list, FORM_COLUMN_ENTITY, TWIN_TEXT, c, layer->item,
                       strcmp(c->name, "@id") == 0 ? "_uuid" : suffix);
    }
    for (size_t i = first; i < list->count; i++)
        list->wishes[i].stem = dataset;
    return TAWAM_OK;
}

static int add_items(column_list *list, form_layout *l, form_layer *layer)
{
    const form *f = l->f;
    const form_item *place = NULL;
    int code = TAWAM_OK;
    for (size_t n = layer->item->number;
         code == TAWAM_OK && n < layer->item->end; n++) {
        const form_item *item = f->items[n];
        if (layer_of(l, item) != layer)
            continue;
        if (layout_is_entity(item))
            code = add_entity(list, layer, item, l->memory);
        else if (!is_stored(f, item))
            continue;
        else if (layout_is_place(item) && !place)
            add_place(list, layer, place = item);
        else
            add_column(list, FORM_COLUMN_VALUE, layout_type(item), item,
                       layer->item, "");
    }
    return code;
}

static int add_columns(form_layout *l, form_layer *layer)
{
    size_t most =
        (layer->item->end - layer->item->number) + l->f->item_count / 4 + 16;
    column_list list = {
        .columns = arena_alloc(l->memory, most * sizeof *list.columns),
        .wishes = arena_alloc(l->memory, most * sizeof *list.wishes)};
    const form_item *place = NULL;
    int code = list.columns && list.wishes ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = add_own(&list, layer, l->memory);
    if (code == TAWAM_OK)
        code = add_items(&list, l, layer);
    if (code == TAWAM_OK)
        code = layout_name_all(list.wishes, list.count, NULL, l->memory);
    for (size_t i = 0; code == TAWAM_OK && i < list.count; i++) {
        list.columns[i].name = list.wishes[i].name;
        if (list.columns[i].role == FORM_COLUMN_PLACE_TEXT)
            place = list.columns[i].item;
    }
    if (code == TAWAM_OK && place)
        list.columns[list.count++] =
            (form_column){"geom", TWIN_GEOMETRY, FORM_COLUMN_PLACE, place};
    layer->columns = list.columns;
    layer->count = list.count;
    return code;
}

/* ---- the whole ---- */

int form_layout_new(form_layout **out, const form *f)
{
    form_layout *l = memory_new(sizeof *l);
    int code = l ? arena_new(&l->memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        l->f = f;
        code = add_layers(l);
    }
    for (size_t i = 0; code == TAWAM_OK && i < l->count; i++)
        code = add_columns(l, &l->layers[i]);
    if (code == TAWAM_OK)
        code = layout_add_entities(l);
    if (code == TAWAM_OK)
        *out = l;
    else
        form_layout_free(l);
    return code;
}

void form_layout_free(form_layout *l)
{
    if (!l)
        return;
    arena_free(l->memory);
    free(l);
}

static int declare_layer(twin *t, const form_layer *layer)
{
    twin_column_definition *columns =
        memory_array(layer->count + 1, sizeof *columns);
    int code = columns ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && layer->count > COLUMNS_MOST)
        code = error_set(TAWAM_EUSAGE,
                         _("layer '%s' would have %zu columns; a form has "
                           "room for %d questions outside of repeats"),
                         layer->name, layer->count, COLUMNS_MOST);
    for (size_t i = 0; code == TAWAM_OK && i < layer->count; i++)
        columns[i] = (twin_column_definition){layer->columns[i].name,
                                              layer->columns[i].type};
    if (code == TAWAM_OK)
        code = twin_layer_declare(t, layer->name, layer->geometry, columns,
                                  layer->count);
    free(columns);
    return code;
}

/* Rows of a repeat are looked for by the row they belong to. */
static int index_parent(twin *t, const form_layer *layer)
{
    const form_column *parent =
        form_layer_column(layer, FORM_COLUMN_PARENT, NULL);
    const twin_layer *found = NULL;
    buffer sql = {0};
    int code = parent ? twin_layer_find(&found, t, layer->name) : TAWAM_OK;
    if (code != TAWAM_OK || !parent)
        return code;
    buffer_format(&sql, "CREATE INDEX IF NOT EXISTS main.tawam_%d_parent ON ",
                  found->id);
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " (");
    twin_quote(&sql, parent->name);
    buffer_byte(&sql, ')');
    code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_execute(t, (const char *)sql.data);
    buffer_free(&sql);
    return code;
}

int form_layout_declare(twin *t, const form_layout *l)
{
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    for (size_t i = 0; code == TAWAM_OK && i < l->count; i++)
        code = declare_layer(t, &l->layers[i]);
    for (size_t i = 0; code == TAWAM_OK && i < l->count; i++)
        code = index_parent(t, &l->layers[i]);
    for (size_t i = 0; code == TAWAM_OK && i < l->list_count; i++)
        code = declare_layer(t, &l->lists[i]);
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}
