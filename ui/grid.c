/* SPDX-License-Identifier: MIT */
/* grid: cells and the few ways to put something into them. */
#include <stdlib.h>
#include <string.h>
#include "ui/grid.h"

#define GRID_MAX 1000 /* columns or rows */

static const cell blank = {.points = {' '}, .width = 1};

/* The same size only clears, so that a frame allocates nothing. */
int grid_resize(grid *g, int width, int height)
{
    width = width < 1 ? 1 : width > GRID_MAX ? GRID_MAX : width;
    height = height < 1 ? 1 : height > GRID_MAX ? GRID_MAX : height;
    if (!g->cells || width != g->width || height != g->height) {
        cell *cells =
            memory_array((size_t)width * (size_t)height, sizeof *cells);
        if (!cells)
            return TAWAM_EMEMORY;
        free(g->cells);
        g->cells = cells;
        g->width = width;
        g->height = height;
    }
    grid_clear(g);
    return TAWAM_OK;
}

void grid_free(grid *g)
{
    free(g->cells);
    g->cells = NULL;
    g->width = g->height = 0;
}

void grid_clear(grid *g)
{
    size_t count = (size_t)g->width * (size_t)g->height;
    for (size_t i = 0; i < count; i++)
        g->cells[i] = blank;
    g->cursor_y = g->cursor_x = 0;
}

cell *grid_at(const grid *g, int y, int x)
{
    if (y < 0 || x < 0 || y >= g->height || x >= g->width)
        return NULL;
    return &g->cells[(size_t)y * (size_t)g->width + (size_t)x];
}

/* Blank the other half of a wide cell that is about to be overwritten. */
static void split_wide(grid *g, int y, int x)
{
    cell *c = grid_at(g, y, x);
    if (!c)
        return;
    cell *other = c->width == 2   ? grid_at(g, y, x + 1)
                  : c->width == 0 ? grid_at(g, y, x - 1)
                                  : NULL;
    if (other) {
        other->points[0] = ' ';
        other->points[1] = 0;
        other->width = 1;
    }
}

/* What stands for POINT where only ASCII can be shown. */
static uint32_t ascii_of(uint32_t point)
{
    static const struct {
        uint32_t from, to;
    } signs[] = {{0x2026, '~'}, {0x203A, '>'}, {0x25B6, '>'},  {0x2502, '|'},
                 {0x2500, '-'}, {0x25CF, '*'}, {0x2191, '^'},  {0x2193, 'v'},
                 {0x2192, '>'}, {0x00B7, '.'}, {0x2019, '\''}, {0x00A0, ' '},
                 {0x202F, ' '}, {0x2013, '-'}, {0x2713, '+'},  {0x2588, '#'},
                 {0x2591, '-'}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (signs[i].from == point)
            return signs[i].to;
    char bytes[5] = {0};
    text_encode(bytes, point);
    char *folded = text_fold(bytes);
    uint32_t letter = '?';
    if (folded && folded[0] > ' ' && folded[0] < 127 && !folded[1])
        letter = (uint32_t)folded[0];
    free(folded);
    return letter;
}

/* A wide letter that would stick out at the right is not drawn. */
void grid_put(grid *g, int y, int x, const uint32_t *points, int count,
              int width, role r)
{
    cell *c = grid_at(g, y, x);
    if (!c || (width == 2 && !grid_at(g, y, x + 1)))
        return;
    split_wide(g, y, x);
    memset(c->points, 0, sizeof c->points);
    c->role = (uint8_t)r;
    c->width = (uint8_t)width;
    for (int i = 0; i < count && i < CELL_POINTS; i++)
        c->points[i] = points[i];
    if (g->ascii && c->points[0] > 126) {
        c->points[0] = ascii_of(c->points[0]);
        c->points[1] = 0;
        c->width = 1;
        if (width == 2)
            grid_fill(g, y, x + 1, 1, ' ', r);
    } else if (width == 2) {
        split_wide(g, y, x + 1);
        cell *right = grid_at(g, y, x + 1);
        *right = blank;
        right->points[0] = 0;
        right->width = 0;
        right->role = (uint8_t)r;
    }
}

void grid_fill(grid *g, int y, int x, int width, uint32_t point, role r)
{
    for (int i = 0; i < width; i++)
        grid_put(g, y, x + i, &point, 1, 1, r);
}

void grid_role(grid *g, int y, int x, int width, role r)
{
    for (int i = 0; i < width; i++) {
        cell *c = grid_at(g, y, x + i);
        if (c)
            c->role = (uint8_t)r;
    }
}

/* Fences of a wide letter ride on its left half, the one that is sent. */
void grid_fence(grid *g, int y, int x, uint16_t fence)
{
    cell *c = grid_at(g, y, x);
    if (c && c->width == 0 && x > 0)
        c = grid_at(g, y, x - 1);
    for (int i = 0; c && i < CELL_FENCES; i++) {
        if (c->fences[i])
            continue;
        c->fences[i] = fence;
        return;
    }
}

void grid_cursor(grid *g, int y, int x)
{
    g->cursor_y = y < 0 ? 0 : y >= g->height ? g->height - 1 : y;
    g->cursor_x = x < 0 ? 0 : x >= g->width ? g->width - 1 : x;
}

/* Trailing blanks are cut by remembering where the last sign ended. */
void grid_row_text(buffer *out, const grid *g, int y)
{
    size_t end = out->length;
    for (int x = 0; x < g->width; x++) {
        const cell *c = grid_at(g, y, x);
        for (int i = 0; i < CELL_POINTS && c->points[i]; i++) {
            char bytes[4];
            size_t length = text_encode(bytes, c->points[i]);
            buffer_bytes(out, bytes, length);
        }
        if (c->points[0] != ' ' || c->points[1])
            end = out->length;
    }
    if (!out->failed && out->length > end) {
        out->length = end;
        out->data[end] = '\0';
    }
}

void grid_text(buffer *out, const grid *g)
{
    for (int y = 0; y < g->height; y++) {
        grid_row_text(out, g, y);
        buffer_byte(out, '\n');
    }
}

char role_letter(role r)
{
    static const char letters[ROLE_COUNT + 1] = ".TSHCMLDKIPXFGWE";
    return (unsigned)r < ROLE_COUNT ? letters[r] : '?';
}

void grid_roles(buffer *out, const grid *g)
{
    for (int y = 0; y < g->height; y++) {
        for (int x = 0; x < g->width; x++)
            buffer_byte(out, (uint8_t)role_letter(grid_at(g, y, x)->role));
        buffer_byte(out, '\n');
    }
}
