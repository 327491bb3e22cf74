/* SPDX-License-Identifier: MIT */
/* layout, private: names and kinds of items. */
#ifndef TAWAM_FORM_LAYOUT_INTERNAL_H
#define TAWAM_FORM_LAYOUT_INTERNAL_H

#include "form/layout.h"

/* A name that is to be: PREFIXES groups above ITEM, ITEM's name, SUFFIX. */
typedef struct name_wish {
    const form_item *item; /* NULL: SUFFIX alone, fixed */
    const form_item *top;  /* groups up to here count, itself too */
    const char *stem;      /* instead of ITEM's own name, or NULL */
    const char *suffix;
    size_t prefixes;
    const char *name; /* what came of it */
} name_wish;

/* Names from MEMORY: valid as columns (or layers, with HEAD and "_" before
 * them) and all different. */
int layout_name_all(name_wish *wishes, size_t count, const char *head,
                    arena *memory);
/* TEXT itself, or, over 63 bytes, its beginning and a hash of it. */
const char *layout_shorten(const char *text, arena *memory);
int layout_is_place(const form_item *item);  /* geopoint, trace or shape */
int layout_is_entity(const form_item *item); /* meta/entity of a list */
twin_type layout_type(const form_item *item);
twin_geometry layout_geometry(const form_item *item);
int layout_add_entities(form_layout *l);

#endif
