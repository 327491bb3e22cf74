/* SPDX-License-Identifier: MIT */
/* layer_list: names, labels and row counts of the layers, for the screens home
 * and layers. Counting goes one layer a slice. */
#ifndef TAWAM_UI_LAYER_LIST_INTERNAL_H
#define TAWAM_UI_LAYER_LIST_INTERNAL_H

#include "ui/listing.h"

typedef struct layer_item {
    char *name, *label; /* owned */
    int64_t rows;       /* -1: not counted yet */
    int columns;        /* without the uuid */
    twin_geometry geometry;
} layer_item;

typedef struct layer_list {
    layer_item *items;
    size_t count;
    size_t counted;
} layer_list;

int layer_list_read(layer_list *l, twin *t, const char *language);
int layer_list_load(layer_list *l, twin *t); /* 1 there is more to count */
/* Without the layer NAME and those called NAME_… */
void layer_list_leave_out(layer_list *l, const char *name);
void layer_list_free(layer_list *l);
void layer_list_rows(char out[32], const layer_item *item);

#endif
