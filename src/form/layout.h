/* SPDX-License-Identifier: MIT */
/* layout: where a form's records stand in the replica (FORMAT.md, "Records").
 *
 *   form household        layer household_record          one row a record
 *     repeat member         household_record_member       one row an instance
 *       repeat job            household_record_member_job
 *   meta/entity @dataset  layer water_point               an entity list
 *
 * Invariants:
 *  1. A layout follows from the form alone: two replicas make the same one.
 *  2. Names are valid in a replica and differ within their layer, whatever
 *     the form calls its questions.
 *  3. A column's name never means two questions of one form: where two have a
 *     name, both are told apart by the groups they are in.
 */
#ifndef TAWAM_FORM_LAYOUT_H
#define TAWAM_FORM_LAYOUT_H

#include "form/definition.h"
#include "twin/twin.h"

typedef enum form_column_role {
    /* of an item */
    FORM_COLUMN_VALUE = 0,
    FORM_COLUMN_PLACE,      /* geom */
    FORM_COLUMN_ALTITUDE,   /* of that place, metres; NULL: 0 */
    FORM_COLUMN_ACCURACY,   /* likewise */
    FORM_COLUMN_PLACE_TEXT, /* that place in ODK's spelling, where geom with
                               altitude and accuracy can't say it */
    FORM_COLUMN_ENTITY,     /* an entity's attribute or label */
    FORM_COLUMN_ACTION,     /* "create", "update", "create update": the entity
                               element's attributes of these names that hold */
    /* of the row */
    FORM_COLUMN_VERSION,    /* of the form */
    FORM_COLUMN_INSTANCE,   /* instanceID, where it is not the uuid's */
    FORM_COLUMN_DEPRECATED, /* the instanceID before the last edit */
    FORM_COLUMN_AUDIT,
    FORM_COLUMN_NOTE,
    FORM_COLUMN_PARENT,   /* uuid of the row around */
    FORM_COLUMN_POSITION, /* among its like, from 1 */
    /* of an entity list */
    FORM_COLUMN_LABEL,
    FORM_COLUMN_PROPERTY, /* may be of several items */
    FORM_COLUMN_GEOMETRY  /* geom, likewise */
} form_column_role;

typedef struct form_column {
    const char *name;
    twin_type type;
    form_column_role role;
    const form_item *item; /* NULL: none */
} form_column;

typedef struct form_layer {
    const char *name;
    const form_item *item; /* the root, a repeat; NULL: an entity list */
    const struct form_layer *parent;
    twin_geometry geometry;
    form_column *columns; /* without uuid */
    size_t count, capacity;
} form_layer;

typedef struct form_property {
    const form_item *item;
    const char *column; /* of the list's layer; "geom" */
} form_property;

/* A meta/entity block of the form. */
typedef struct form_entity {
    const form_item *item;  /* the entity element */
    const form_item *scope; /* the root, group or repeat it is about */
    const form_layer *list;
    const form_item *id, *create, *update, *label; /* NULL: not there */
    form_property *properties;
    size_t count, capacity;
} form_entity;

typedef struct form_layout {
    arena *memory;
    const form *f;
    form_layer *layers; /* the record's first, an outer one before its inner */
    size_t count;
    form_layer *lists;
    size_t list_count;
    form_entity *entities; /* by document order */
    size_t entity_count;
} form_layout;

/* F is borrowed and must outlive it. */
int form_layout_new(form_layout **out, const form *f);
void form_layout_free(form_layout *l);
/* Makes the layers, or widens those that are there. One transaction. */
int form_layout_declare(twin *t, const form_layout *l);
/* The layer whose rows hold ITEM's values; never NULL. */
const form_layer *form_layout_of(const form_layout *l, const form_item *item);
/* The first column of that role (and of ITEM unless that is NULL); NULL. */
const form_column *form_layer_column(const form_layer *layer,
                                     form_column_role role,
                                     const form_item *item);
/* "household" -> "household_record", as published forms of that id have it. */
int form_record_layer(buffer *out, const char *form_id);
/* The column that an entity's PROPERTY stands in: its name, but for those that
 * a layer keeps for itself or can't have. OUT holds TWIN_NAME_MAX + 1. */
void form_property_column(char *out, const char *property);

#endif
