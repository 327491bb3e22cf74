/* SPDX-License-Identifier: MIT */
/* rows_view: a layer's rows in an order, filtered, without loading them.
 *
 *   layer --slices by fid--> base (row ids in order) --filter--> matches
 *
 * A view holds row ids only, 8 bytes a row; rows are read as they come on
 * screen. All work is done in slices of a few milliseconds by rows_view_load(),
 * so that keys work meanwhile, and each slice is a reading transaction of its
 * own: nobody who writes is kept waiting.
 *
 * Invariants:
 *  1. rows_view_count() and rows_view_fid() answer at any time; while a new
 *     filter runs, from what it has found so far; while the order is being
 *     remade, from the old one.
 *  2. A row may be gone by the time it is read: the reader is told so.
 */
#ifndef TAWAM_UI_ROWS_VIEW_H
#define TAWAM_UI_ROWS_VIEW_H

#include "base/base.h"
#include "twin/twin.h"
#include "ui/fields.h"

typedef struct rows_view rows_view;

/* T and F are borrowed and must outlive the view. */
int rows_view_open(rows_view **out, twin *t, const fields *f);
void rows_view_close(rows_view *v);

/* Order by a column (0: by fid). Takes effect when loaded. */
void rows_view_sort(rows_view *v, int column, int descending);
/* Only rows that hold TEXT in some column as it is shown; "" for all. Folded:
 * case, accents, Arabic variants do not matter. */
int rows_view_filter(rows_view *v, const char *text);
/* The layer changed and has fields F now: make order and filter again, showing
 * the old ones meanwhile. */
int rows_view_again(rows_view *v, const fields *f);

/* Do some milliseconds' work: 1 there is more, 0 all done, negative error. */
int rows_view_load(rows_view *v);
int rows_view_busy(const rows_view *v);

int64_t rows_view_total(const rows_view *v); /* rows before the filter */
int64_t rows_view_count(const rows_view *v); /* rows to show */
int64_t rows_view_fid(const rows_view *v, int64_t index); /* 0 outside */
int64_t rows_view_index(const rows_view *v, int64_t fid); /* -1 not there */
/* 1 if the row holds folded TEXT in some column as shown, 0 not, negative. */
int rows_view_holds(rows_view *v, int64_t fid, const char *folded);

#endif
