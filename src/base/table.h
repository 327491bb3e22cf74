/* SPDX-License-Identifier: MIT */
/* Rows of text printed as an aligned table, as CSV (RFC 4180), or bare (tabs,
 * with tab, newline and backslash escaped). Cells are made text_safe() in the
 * aligned form only. */
#ifndef TAWAM_BASE_TABLE_H
#define TAWAM_BASE_TABLE_H

#include "base/memory.h"

enum table_style { TABLE_ALIGNED, TABLE_CSV, TABLE_BARE };

typedef struct table table;
/* COUNT columns with headings (copied). WIDTH: columns of the terminal that
 * the aligned form must fit by cutting its widest columns; 0: any. */
int table_new(table **out, enum table_style style, const char *const *headings,
              size_t count, int width);
void table_free(table *t);
void table_right(table *t, size_t column); /* numbers stand right */
/* Add a row of COUNT cells (copied; NULL is empty). CSV and bare rows can be
 * flushed with table_take() as they come; aligned ones wait for the end. */
int table_row(table *t, const char *const *cells);
/* Append what is printed so far to OUT and forget it. At the end LAST is 1. */
int table_take(table *t, buffer *out, int last);

/* One CSV field, quoted where needed / one bare field, escaped. */
void table_csv_field(buffer *out, const char *text, size_t length);
void table_bare_field(buffer *out, const char *text, size_t length);

#endif
