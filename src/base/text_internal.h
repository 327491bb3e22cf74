/* SPDX-License-Identifier: MIT */
/* text: what its files share. Private to base. */
#ifndef TAWAM_BASE_TEXT_INTERNAL_H
#define TAWAM_BASE_TEXT_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

/* 1 if POINT may not reach a terminal: controls, bidi controls, line
 * separators, invisible formatting (but not the joiners that Persian, Indic
 * scripts and emoji need). */
int text_is_unsafe(uint32_t point);

/* Reads a text as folded code points, without allocating.
 *   fold_cursor c = fold_start(text);
 *   while ((point = fold_next(&c)) != 0) ... */
typedef struct fold_cursor {
    const char *at;
    size_t left;
    uint32_t pending; /* second letter of œ = oe, 0 none */
} fold_cursor;

fold_cursor fold_start(const char *text);
uint32_t fold_next(fold_cursor *cursor); /* 0 at the end */

#endif
