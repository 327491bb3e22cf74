/* SPDX-License-Identifier: MIT */
/* fill_roster: what the table of a repeat is made of; fill_roster.c reads it
 * and takes keys, fill_roster_draw.c draws it. */
#ifndef TAWAM_UI_FILL_ROSTER_INTERNAL_H
#define TAWAM_UI_FILL_ROSTER_INTERNAL_H

#include "ui/fill_internal.h"

typedef struct roster_cell {
    const char *path; /* NULL: not asked in this row */
    const char *echo;
    fill_state state;
} roster_cell;

struct fill_roster {
    arena *memory;     /* of all below */
    const char *first; /* path of the first row's instance */
    const char **keys; /* of columns: the path below the instance */
    const char **labels;
    size_t *places; /* of their items in the form */
    int *widths;
    size_t columns, rows;
    fill_state *states;             /* of rows */
    roster_cell *cells;             /* row by row */
    size_t row, column;             /* where the cursor is */
    size_t first_column, first_row; /* shown */
    size_t height;                  /* rows shown */
};

#endif
