/* SPDX-License-Identifier: MIT */
/* side: drawing from the side where a language begins to be read. Columns are
 * counted from there: X = 0 is the first column of the area at the left, in
 * Arabic the last one, at the right. What is drawn is otherwise as bidi.h says;
 * numbers stay left to right. */
#ifndef TAWAM_UI_SIDE_H
#define TAWAM_UI_SIDE_H

#include "ui/grid.h"
#include "ui/widgets.h"

typedef struct side {
    grid *grid;
    area area;
    int rtl; /* 1: it begins at the right */
} side;

/* TEXT into WIDTH columns from X, beginning at the beginning; returns the
 * columns used. */
int side_text(const side *s, int y, int x, int width, const char *text, role r);
/* The same, ending at the end of the WIDTH columns. */
int side_text_end(const side *s, int y, int x, int width, const char *text,
                  role r);
/* A number of a column of WIDTH: its last digit is at the right in either
 * direction, so that units stand below units. */
void side_number(const side *s, int y, int x, int width, const char *number,
                 role r);
/* TEXT over at most HEIGHT rows, broken at blanks and ends of lines; returns
 * the rows taken. HEIGHT 0: nothing. */
int side_paragraph(const side *s, int y, int x, int width, int height,
                   const char *text, role r);
/* The rows that TEXT takes in WIDTH columns, at most MOST. */
int side_paragraph_rows(const char *text, int width, int most);
void side_input(const side *s, int y, int x, int width, input *i);
/* One sign; the grid's cursor at X. */
void side_sign(const side *s, int y, int x, uint32_t sign, role r);
void side_cursor(const side *s, int y, int x);
/* WIDTH cells from X get ROLE. */
void side_role(const side *s, int y, int x, int width, role r);

#endif
