/* SPDX-License-Identifier: MIT */
/* Entity lists as layers: what a form saves to them. */
#include "form/layout_internal.h"
#include <string.h>

/* The entity that ITEM's value is saved to: that of the nearest group or
 * repeat around it that has one (ODK Entities 2025.1). */
static form_entity *entity_around(form_layout *l, const form_item *item)
{
    for (const form_item *up = item->parent; up; up = up->parent)
        for (size_t i = 0; i < l->entity_count; i++)
            if (l->entities[i].scope == up)
                return &l->entities[i];
    return NULL;
}

static form_layer *list_named(form_layout *l, const char *name)
{
    for (size_t i = 0; i < l->list_count; i++)
        if (text_equal_nocase(l->lists[i].name, name))
            return &l->lists[i];
    return NULL;
}

static int add_list_column(form_layout *l, form_layer *list, const char *name,
                           twin_type type, form_column_role role,
                           const form_item *item)
{
    form_column *columns;
    for (size_t i = 0; i < list->count; i++)
        if (text_equal_nocase(list->columns[i].name, name)) {
            list->columns[i].type = twin_type_join(list->columns[i].type, type);
            return TAWAM_OK;
        }
    if (list->count == list->capacity) {
        size_t most = list->capacity ? list->capacity * 2 : 16;
        columns = arena_alloc(l->memory, most * sizeof *columns);
        if (!columns)
            return TAWAM_EMEMORY;
        if (list->count)
            memcpy(columns, list->columns, list->count * sizeof *columns);
        list->columns = columns;
        list->capacity = most;
    }
    list->columns[list->count++] =
        (form_column){arena_string(l->memory, name), type, role, item};
    return list->columns[list->count - 1].name ? TAWAM_OK : TAWAM_EMEMORY;
}

static int add_entity(form_layout *l, const form_item *item)
{
    const char *dataset = form_item_child(item, "@dataset")->node->value;
    form_entity *e = &l->entities[l->entity_count];
    form_layer *list = list_named(l, dataset);
    int code = twin_name_check(dataset, 0);
    if (code != TAWAM_OK)
        return error_add("%s", item->path);
    if (!list) {
        list = &l->lists[l->list_count++];
        *list = (form_layer){.name = dataset};
        code = add_list_column(l, list, "label", TWIN_TEXT, FORM_COLUMN_LABEL,
                               NULL);
    }
    *e = (form_entity){.item = item,
                       .scope = item->parent->parent,
                       .list = list,
                       .id = form_item_child(item, "@id"),
                       .create = form_item_child(item, "@create"),
                       .update = form_item_child(item, "@update"),
                       .label = form_item_child(item, "label")};
    l->entity_count++;
    return code;
}

/* ---- properties ---- */

static int is_place(const form_item *item)
{
    return layout_is_place(item) || strcmp(item->save_to, "geometry") == 0;
}

/* The one of E's properties that is the list's geometry: that which is called
 * so, else the first place; NULL. */
static const form_item *geometry_item(form_layout *l, const form_entity *e)
{
    const form_item *first = NULL;
    for (size_t i = 0; i < l->f->item_count; i++) {
        const form_item *item = l->f->items[i];
        if (!item->save_to || !is_place(item) || entity_around(l, item) != e)
            continue;
        if (strcmp(item->save_to, "geometry") == 0)
            return item;
        if (!first)
            first = item;
    }
    return first;
}

static int add_property(form_layout *l, form_entity *e, const form_item *item,
                        int is_geometry)
{
    form_layer *list = list_named(l, e->list->name);
    char name[TWIN_NAME_MAX + 1] = "geom";
    int code = TAWAM_OK;
    if (is_geometry)
        list->geometry =
            twin_geometry_join(list->geometry, layout_geometry(item));
    else
        form_property_column(name, item->save_to);
    code = add_list_column(
        l, list, name, is_geometry ? TWIN_GEOMETRY : layout_type(item),
        is_geometry ? FORM_COLUMN_GEOMETRY : FORM_COLUMN_PROPERTY, item);
    e->properties[e->count++] =
        (form_property){item, arena_string(l->memory, name)};
    return code;
}

static int add_properties(form_layout *l, form_entity *e)
{
    const form_item *geometry = geometry_item(l, e);
    int code = TAWAM_OK;
    e->properties =
        arena_alloc(l->memory, (l->f->item_count + 1) * sizeof *e->properties);
    if (!e->properties)
        return TAWAM_EMEMORY;
    for (size_t i = 0; code == TAWAM_OK && i < l->f->item_count; i++) {
        const form_item *item = l->f->items[i];
        if (item->save_to && *item->save_to && entity_around(l, item) == e)
            code = add_property(l, e, item, item == geometry);
    }
    return code;
}

/* The geometry stands last in a layer. */
static void put_geometry_last(form_layer *list)
{
    for (size_t i = 0; i + 1 < list->count; i++)
        if (list->columns[i].role == FORM_COLUMN_GEOMETRY) {
            form_column geometry = list->columns[i];
            list->columns[i] = list->columns[i + 1];
            list->columns[i + 1] = geometry;
        }
}

int layout_add_entities(form_layout *l)
{
    size_t most = 1;
    int code = TAWAM_OK;
    for (size_t i = 0; i < l->f->item_count; i++)
        most += layout_is_entity(l->f->items[i]) != 0;
    l->entities = arena_alloc(l->memory, most * sizeof *l->entities);
    l->lists = arena_alloc(l->memory, most * sizeof *l->lists);
    if (!l->entities || !l->lists)
        return TAWAM_EMEMORY;
    for (size_t i = 0; code == TAWAM_OK && i < l->f->item_count; i++)
        if (layout_is_entity(l->f->items[i]))
            code = add_entity(l, l->f->items[i]);
    for (size_t i = 0; code == TAWAM_OK && i < l->entity_count; i++)
        code = add_properties(l, &l->entities[i]);
    for (size_t i = 0; i < l->list_count; i++)
        put_geometry_last(&l->lists[i]);
    return code;
}
