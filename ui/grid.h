/* SPDX-License-Identifier: MIT */
/* grid: the screen as cells. Screens draw into it, a backend shows it; neither
 * knows of the other.
 *
 *   cell  points   what stands there: a base and up to two combining marks
 *         fences   bidi marks that follow it on the way to the terminal
 *         role     what it is for; a theme says how that looks
 *         width    1; 2 for a wide one, whose right half is a cell of width 0
 *
 * Invariants:
 *  1. Each cell has a printable base (a blank at least); controls never get in.
 *  2. A wide cell is whole: overwriting a half blanks the other.
 *  3. Drawing outside the grid does nothing.
 *  4. The cursor is always inside the grid: it sits on what has the focus.
 */
#ifndef TAWAM_UI_GRID_H
#define TAWAM_UI_GRID_H

#include <stdint.h>
#include "base/base.h"

/* Base and marks; with two fences this is what an ncurses cell can hold. */
#define CELL_POINTS 3
#define CELL_FENCES 2

typedef enum role {
    ROLE_NORMAL,
    ROLE_TITLE,    /* first row: where one is */
    ROLE_STATUS,   /* first row: unsynced, conflicts, last sync */
    ROLE_HEADING,  /* of a table or a part */
    ROLE_CURSOR,   /* the item in focus */
    ROLE_MARKED,   /* marked rows */
    ROLE_LABEL,    /* a field's name */
    ROLE_DIM,      /* less important: ids, types, empty values */
    ROLE_KEY,      /* a key in the hints */
    ROLE_INPUT,    /* being typed */
    ROLE_PENDING,  /* changed, not yet recorded */
    ROLE_CONFLICT, /* answers that contradict each other */
    ROLE_MATCH,    /* what a filter or search found */
    ROLE_GOOD,
    ROLE_WARNING,
    ROLE_ERROR,
    ROLE_COUNT
} role;

/* How Arabic gets to the eye; see bidi.h. */
typedef enum bidi_mode {
    BIDI_OFF,      /* raw, in logical order */
    BIDI_TERMINAL, /* logical, fenced: the terminal reorders */
    BIDI_APP       /* we reorder and shape, fenced so that none does it again */
} bidi_mode;

typedef struct cell {
    uint32_t points[CELL_POINTS]; /* 0 after the last */
    uint16_t fences[CELL_FENCES]; /* 0 after the last */
    uint8_t role;
    uint8_t width;
} cell;

typedef struct grid {
    int width, height;
    int cursor_y, cursor_x;
    bidi_mode bidi;
    int ascii; /* 1: only ASCII may be shown */
    int rtl;   /* 1: what is drawn now is of a right-to-left language, whatever
                  its first letter; a line being typed stands at the right */
    cell *cells;
} grid;

/* A part of the grid. */
typedef struct area {
    int y, x, height, width;
} area;

/* G zeroed; width and height from 1 to 1,000. The content is blank after. */
int grid_resize(grid *g, int width, int height);
void grid_free(grid *g);
void grid_clear(grid *g); /* blank, role normal, cursor at 0,0 */
cell *grid_at(const grid *g, int y, int x); /* NULL outside */
/* Put a base with COUNT - 1 marks, WIDTH 1 or 2 columns wide. */
void grid_put(grid *g, int y, int x, const uint32_t *points, int count,
              int width, role r);
/* WIDTH cells from x on get POINT (one column wide) / another role. */
void grid_fill(grid *g, int y, int x, int width, uint32_t point, role r);
void grid_role(grid *g, int y, int x, int width, role r);
/* Let FENCE follow the cell; a third one is dropped. */
void grid_fence(grid *g, int y, int x, uint16_t fence);
void grid_cursor(grid *g, int y, int x); /* clamped */

/* Text of the whole grid, a line a row, trailing blanks cut, fences left out;
 * / its roles as letters (role_letter), a line a row. Appended. */
void grid_text(buffer *out, const grid *g);
void grid_roles(buffer *out, const grid *g);
/* The text of one row, trailing blanks cut, fences left out. Appended. */
void grid_row_text(buffer *out, const grid *g, int y);
/* '.' normal, 'T' title ... one for each role. */
char role_letter(role r);

#endif
