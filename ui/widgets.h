/* SPDX-License-Identifier: MIT */
/* widgets: what screens are made of. A widget is plain data plus a function
 * that takes a key or an action and one that draws; it knows no screen. */
#ifndef TAWAM_UI_WIDGETS_H
#define TAWAM_UI_WIDGETS_H

#include "ui/bidi.h"
#include "ui/grid.h"
#include "ui/key.h"
#include "work/action.h"

/* ---- list: which of COUNT items has the cursor and which stands on top --- */
typedef struct list {
    int64_t count;
    int64_t cursor; /* 0 to count - 1; 0 when empty */
    int64_t top;    /* first one shown */
    int height;     /* rows shown at the last list_fit() */
} list;

/* Do a moving action; 1 if it was one. */
int list_act(list *l, action_id id);
/* COUNT items shown in HEIGHT rows: cursor and top are put right. */
void list_fit(list *l, int64_t count, int height);
/* Row Y of the list that starts at AREA: draws the mark of the cursor in the
 * first column and puts the grid's cursor there. 1 if ITEM has the cursor. */
int list_mark(const list *l, grid *g, int y, int x, int64_t item);

/* ---- input: a line being typed ------------------------------------------ */
typedef struct input {
    buffer text;   /* UTF-8 in logical order */
    size_t cursor; /* byte, between two graphemes */
    int mirrored;  /* drawn right to left: Left goes forward */
} input;

typedef enum input_result {
    INPUT_IGNORED, /* no key of a line */
    INPUT_MOVED,
    INPUT_CHANGED,
    INPUT_ACCEPTED, /* Enter */
    INPUT_CANCELLED /* Esc, ^C */
} input_result;

void input_set(input *i, const char *text); /* cursor at the end */
const char *input_text(const input *i);     /* never NULL */
input_result input_key(input *i, int key);
/* POINT as a letter at the cursor, also one that is a key otherwise. */
input_result input_type(input *i, uint32_t point);
void input_draw(input *i, grid *g, int y, int x, int width);
void input_free(input *i);

/* ---- parts of rows ------------------------------------------------------- */
/* Share TOTAL columns of the screen among COUNT that want WANTED each, GAP
 * between: as many as fit with up to 15 each are shown, the last ones get 0;
 * what is left goes to the first, then to all in turn. */
void columns_fit(int *widths, const int *wanted, size_t count, int total,
                 int gap);
/* TEXT over as many rows of A as it needs, broken at blanks; what has no room
 * is cut. Returns the rows taken, at least 1 when A has one. */
int draw_paragraph(grid *g, area a, const char *text, role r);
/* Bytes of TEXT for a row of WIDTH columns: all, else up to a blank. */
size_t text_row(const char *text, int width);
/* A heading with a line of blanks up to WIDTH, role heading. */
void draw_heading(grid *g, int y, int x, int width, const char *text);
#endif
