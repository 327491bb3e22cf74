/* SPDX-License-Identifier: MIT */
/* backend_memory: keeps the last grid shown. For tests and scripts. */
#include <stdlib.h>
#include <string.h>
#include "ui/backend.h"

typedef struct memory_backend {
    backend calls; /* first, so that the two pointers are one */
    int width, height;
    grid shown;
} memory_backend;

static void memory_size(backend *b, int *width, int *height)
{
    const memory_backend *m = (const memory_backend *)b;
    *width = m->width;
    *height = m->height;
}

/* Keeps a copy: the grid shown is not the one being drawn. */
static void memory_show(backend *b, const grid *g, int anew)
{
    memory_backend *m = (memory_backend *)b;
    (void)anew;
    if (grid_resize(&m->shown, g->width, g->height) < 0)
        return;
    memcpy(m->shown.cells, g->cells,
           (size_t)g->width * (size_t)g->height * sizeof *g->cells);
    grid_cursor(&m->shown, g->cursor_y, g->cursor_x);
}

static void memory_ring(backend *b)
{
    (void)b;
}

/* Nobody ever types here: a wait for a key is the end. */
static int memory_key(backend *b, int wait)
{
    (void)b;
    return wait == 0 ? UI_KEY_NONE : UI_KEY_END_OF_INPUT;
}

static void memory_theme(backend *b, const theme *t)
{
    (void)b;
    (void)t;
}

static void memory_suspend(backend *b)
{
    (void)b;
}

static int memory_resize(backend *b, int width, int height)
{
    memory_backend *m = (memory_backend *)b;
    m->width = width;
    m->height = height;
    return TAWAM_OK;
}

static void memory_close(backend *b)
{
    if (!b)
        return;
    grid_free(&((memory_backend *)b)->shown);
    free(b);
}

int backend_memory(backend **out, int width, int height)
{
    memory_backend *m = memory_new(sizeof *m);
    if (!m)
        return TAWAM_EMEMORY;
    m->calls = (backend){.size = memory_size,
                         .show = memory_show,
                         .ring = memory_ring,
                         .key = memory_key,
                         .theme = memory_theme,
                         .suspend = memory_suspend,
                         .resize = memory_resize,
                         .close = memory_close};
    m->width = width;
    m->height = height;
    *out = &m->calls;
    return TAWAM_OK;
}

const grid *backend_memory_grid(const backend *b)
{
    return &((const memory_backend *)b)->shown;
}
