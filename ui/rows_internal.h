/* SPDX-License-Identifier: MIT */
/* rows: the state of the screen of a layer's rows, shared by what it does
 * (screen_rows.c) and how it is drawn (rows_draw.c). */
#ifndef TAWAM_UI_ROWS_INTERNAL_H
#define TAWAM_UI_ROWS_INTERNAL_H

#include "ui/rows_view.h"
#include "ui/screen.h"

#define COLUMN_MAX 40  /* columns of the terminal a field may want */
#define SAMPLE_ROWS 64 /* rows that decide how wide a field is */

typedef struct fid_set {
    int64_t *fids; /* sorted */
    size_t count, capacity;
} fid_set;

typedef struct rows_state {
    fields *fields;
    rows_view *view;
    list list;
    arena *memory; /* of the row being drawn */
    int *wanted;   /* width each field would like; NULL: not measured yet */
    int *widths;   /* given to them at the last draw; 0 not shown */
    size_t focus;  /* field the cursor is in */
    size_t first;  /* first field shown after the caption */
    int sort_column, descending;
    char filter[256];  /* as typed */
    fid_set marked;    /* by the person */
    fid_set conflicts; /* rows with an open one */
    int conflicts_old; /* 1: to be read again */
    int64_t keep;      /* row the cursor returns to once loaded; 0 none */
    char *needle;      /* folded, searched for */
    char sought[64];   /* the same as typed, perhaps cut */
    int64_t search_at; /* next index to look at */
    int64_t search_left;
    int search_step;   /* 1 or -1 while a search runs, 0 not */
    char made_by[256]; /* id of the form whose records these are; "" none */
} rows_state;

int fid_set_has(const fid_set *s, int64_t fid);
int fid_set_toggle(fid_set *s, int64_t fid); /* 1 it is in now, 0 out */
void fid_set_clear(fid_set *s);

/* Measure the fields by the first rows there are. */
int rows_measure(rows_state *r, twin *t);
/* Bring `first` to where the field in focus can be seen, and share WIDTH. */
void rows_share(rows_state *r, int width);
void rows_draw(screen *s, grid *g, area a);

#endif
