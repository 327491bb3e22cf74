/* SPDX-License-Identifier: MIT */
/* side: every column is turned around in one place, left_of(). */
#include <stdlib.h>
#include <string.h>
#include "ui/side.h"

/* Column of the grid where WIDTH columns from X begin at the left. */
static int left_of(const side *s, int x, int width)
{
    return s->rtl ? s->area.x + s->area.width - x - width : s->area.x + x;
}

static int draw(const side *s, int y, int x, int width, const char *text,
                role r, int at_end)
{
    s->grid->rtl = s->rtl;
    int used = cell_text(s->grid, y, left_of(s, x, width), width, text,
                         s->rtl == at_end ? ALIGN_LEFT : ALIGN_RIGHT, r);
    s->grid->rtl = 0;
    return used;
}

int side_text(const side *s, int y, int x, int width, const char *text, role r)
{
    return draw(s, y, x, width, text, r, 0);
}

int side_text_end(const side *s, int y, int x, int width, const char *text,
                  role r)
{
    return draw(s, y, x, width, text, r, 1);
}

void side_number(const side *s, int y, int x, int width, const char *number,
                 role r)
{
    cell_text(s->grid, y, left_of(s, x, width), width, number, ALIGN_RIGHT, r);
}

/* Bytes of TEXT for one row, and in *next where the one after it begins. */
static size_t row_of(const char *text, int width, const char **next)
{
    size_t line = strcspn(text, "\n"), length = text_row(text, width);
    if (length >= line) {
        *next = text + line + (text[line] == '\n');
        return line;
    }
    if (!length) /* no room for a single letter */
        length = line;
    *next = text + length;
    *next += strspn(*next, " ");
    return length;
}

int side_paragraph_rows(const char *text, int width, int most)
{
    int rows = 0;
    while (*text && rows < most) {
        row_of(text, width, &text);
        rows++;
    }
    return rows;
}

/* What does not fit ends in …, which is what cell_text makes of the rest. */
int side_paragraph(const side *s, int y, int x, int width, int height,
                   const char *text, role r)
{
    int row = 0;
    while (*text && row < height) {
        const char *rest = text;
        size_t length = row_of(text, width, &rest);
        int last = row + 1 == height && *rest;
        char *part = memory_format("%.*s", (int)length, text);
        side_text(s, y + row++, x, width, last || !part ? text : part, r);
        free(part);
        text = rest;
    }
    return row;
}

void side_input(const side *s, int y, int x, int width, input *i)
{
    s->grid->rtl = s->rtl;
    input_draw(i, s->grid, y, left_of(s, x, width), width);
    s->grid->rtl = 0;
}

void side_sign(const side *s, int y, int x, uint32_t sign, role r)
{
    grid_put(s->grid, y, left_of(s, x, 1), &sign, 1, 1, r);
}

void side_cursor(const side *s, int y, int x)
{
    grid_cursor(s->grid, y, left_of(s, x, 1));
}

void side_role(const side *s, int y, int x, int width, role r)
{
    grid_role(s->grid, y, left_of(s, x, width), width, r);
}
