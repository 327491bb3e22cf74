/* SPDX-License-Identifier: MIT */
/* screen_layers: the layers with what they hold; and what screen_home shares
 * with it, the list of layers counted one by one while keys work. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/layer_list_internal.h"

/* ---- the list that both screens show ---- */

void layer_list_free(layer_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->items[i].name);
        free(l->items[i].label);
    }
    free(l->items);
    *l = (layer_list){.items = NULL};
}

/* The name is copied before the label is asked for, which may read the
 * catalogue again. */
static int add_layer(layer_list *l, twin *t, const twin_layer *layer,
                     const char *language)
{
    layer_item *item = &l->items[l->count];
    *item = (layer_item){.rows = -1,
                         .columns = (int)layer->column_count - 1,
                         .geometry = layer->geometry};
    item->name = memory_string(layer->name);
    if (!item->name)
        return TAWAM_EMEMORY;
    item->label = memory_string(twin_label(t, item->name, "", "", language));
    l->count++;
    return item->label ? TAWAM_OK : TAWAM_EMEMORY;
}

int layer_list_read(layer_list *l, twin *t, const char *language)
{
    layer_list old = *l;
    size_t count = twin_layer_count(t);
    int error = TAWAM_OK;
    *l = (layer_list){.items = memory_array(count + 1, sizeof *l->items)};
    if (!l->items)
        error = TAWAM_EMEMORY;
    for (size_t i = 0; i < count && error == TAWAM_OK; i++)
        error = add_layer(l, t, twin_layer_at(t, i), language);
    /* The old counts are shown until the new are known. */
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < old.count; k++)
            if (strcmp(old.items[k].name, l->items[i].name) == 0)
                l->items[i].rows = old.items[k].rows;
    layer_list_free(&old);
    return error;
}

void layer_list_leave_out(layer_list *l, const char *name)
{
    size_t length = strlen(name), kept = 0;
    for (size_t i = 0; i < l->count; i++) {
        layer_item *item = &l->items[i];
        if (strncmp(item->name, name, length) == 0 &&
            (!item->name[length] || item->name[length] == '_')) {
            free(item->name);
            free(item->label);
        } else {
            l->items[kept++] = *item;
        }
    }
    l->count = kept;
}

int layer_list_load(layer_list *l, twin *t)
{
    const twin_layer *layer = NULL;
    if (l->counted >= l->count)
        return 0;
    layer_item *item = &l->items[l->counted++];
    if (twin_layer_find(&layer, t, item->name) == TAWAM_OK)
        item->rows = twin_row_count(t, layer);
    return l->counted < l->count;
}

void layer_list_rows(char out[32], const layer_item *item)
{
    snprintf(out, 32, item->rows < 0 ? "…" : "%lld", (long long)item->rows);
}

/* ---- the screen ---- */

typedef struct layers_state {
    layer_list layers;
    listing listing; /* its lines hold label and name, for the search */
} layers_state;

static int layers_read(screen *s)
{
    layers_state *state = s->state;
    int error = layer_list_read(&state->layers, s->ui->territory->twin,
                                s->ui->language);
    listing_clear(&state->listing);
    for (size_t i = 0; i < state->layers.count && error == TAWAM_OK; i++)
        error = listing_add(&state->listing,
                            memory_format("%s %s", state->layers.items[i].label,
                                          state->layers.items[i].name),
                            0, ROLE_NORMAL);
    return error;
}

static int layers_open(screen *s, const screen_target *target)
{
    (void)target;
    return layers_read(s);
}

static int layers_load(screen *s)
{
    layers_state *state = s->state;
    return layer_list_load(&state->layers, s->ui->territory->twin);
}

static void draw_layer(const layer_item *item, grid *g, int y, area a,
                       int label_width, role r)
{
    char rows[32], columns[32];
    int x = a.x + 2;
    layer_list_rows(rows, item);
    snprintf(columns, sizeof columns, "%d", item->columns);
    cell_text(g, y, x, label_width, item->label, ALIGN_START, r);
    x += label_width + 1;
    cell_text(g, y, x, 10, rows, ALIGN_RIGHT, ROLE_NORMAL);
    cell_text(g, y, x + 11, 8, columns, ALIGN_RIGHT, ROLE_DIM);
    if (a.width >= 72)
        cell_text(g, y, x + 21, 14,
                  item->geometry ? twin_geometry_name(item->geometry) : "-",
                  ALIGN_LEFT, ROLE_DIM);
}

/* Narrow screens leave the geometry out. */
static void layers_draw(screen *s, grid *g, area a)
{
    layers_state *state = s->state;
    list *l = &state->listing.list;
    int width = a.width - 2 - 11 - 9 - (a.width >= 72 ? 16 : 0) - 1;
    int x = a.x + 2 + width + 1;
    if (width > 40)
        x -= width - 40, width = 40;
    draw_heading(g, a.y, a.x + 2, width, _("Layer"));
    cell_text(g, a.y, x, 10, _("Rows"), ALIGN_RIGHT, ROLE_HEADING);
    cell_text(g, a.y, x + 11, 8, _("Columns"), ALIGN_RIGHT, ROLE_HEADING);
    if (a.width >= 72)
        draw_heading(g, a.y, x + 21, 14, _("Geometry"));
    list_fit(l, (int64_t)state->layers.count, a.height - 1);
    for (int i = 0; i < a.height - 1 && l->top + i < l->count; i++) {
        int here = list_mark(l, g, a.y + 1 + i, a.x, l->top + i);
        draw_layer(&state->layers.items[l->top + i], g, a.y + 1 + i, a, width,
                   here ? ROLE_CURSOR : ROLE_NORMAL);
    }
    if (!state->layers.count)
        cell_text(g, a.y + 2, a.x + 2, a.width - 2,
                  _("No layer yet: tawam import FILE --layer NAME makes one"),
                  ALIGN_LEFT, ROLE_NORMAL);
}

static int layers_act(screen *s, const screen_call *call, request *out)
{
    layers_state *state = s->state;
    size_t at = (size_t)state->listing.list.cursor;
    if (call->action->id == ACTION_OPEN && at < state->layers.count)
        return request_open(out, ACTION_ON_ROWS, state->layers.items[at].name,
                            0);
    return listing_act(&state->listing, s->ui, call, out);
}

static void layers_answer(screen *s, const screen_answer *answer, request *out)
{
    layers_state *state = s->state;
    (void)out;
    listing_answer(&state->listing, s->ui, answer);
}

static void layers_changed(screen *s)
{
    if (layers_read(s) < 0)
        ui_say_error(s->ui);
}

static void layers_title(screen *s, buffer *out)
{
    (void)s;
    buffer_text(out, action_screen_title(ACTION_ON_LAYERS));
}

static void layers_close(screen *s)
{
    layers_state *state = s->state;
    layer_list_free(&state->layers);
    listing_free(&state->listing);
}

const screen_class screen_layers = {
    .id = ACTION_ON_LAYERS,
    .state_size = sizeof(layers_state),
    .open = layers_open,
    .load = layers_load,
    .draw = layers_draw,
    .act = layers_act,
    .answer = layers_answer,
    .changed = layers_changed,
    .title = layers_title,
    .close = layers_close,
};
