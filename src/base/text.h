/* SPDX-License-Identifier: MIT */
/* Text: UTF-8, its width on a terminal, folding for search, and text_safe()
 * through which every foreign byte goes before a terminal sees it. */
#ifndef TAWAM_BASE_TEXT_H
#define TAWAM_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <libintl.h>
#include "base/memory.h"

/* Words a person reads are marked for translation; keys, JSON and formats are
 * not. N_ marks a string in a table, which its reader passes to _(). */
#define _(text) gettext(text)
#define N_(text) text

/* Decode one code point at TEXT (LENGTH bytes left, at least 1) into *point;
 * returns the bytes used, 1 to 4. An invalid byte gives U+FFFD and 1. */
size_t text_decode(uint32_t *point, const char *text, size_t length);
/* Encode POINT into OUT (4 bytes at most); returns the bytes, 0 if invalid. */
size_t text_encode(char out[4], uint32_t point);
int text_valid(const char *text, size_t length); /* 1 if valid UTF-8 */

/* Columns a code point / a text takes: 0 for combining marks and controls, 2
 * for wide ones. Independent of the locale. */
int text_point_width(uint32_t point);
int text_width(const char *text);

/* Bytes of TEXT that fit in COLUMNS without cutting a grapheme (a base letter
 * with its combining marks); *used (may be NULL) gets the columns. */
size_t text_fit(const char *text, int columns, int *used);
/* TEXT cut to COLUMNS, with a final … where something was cut. Caller frees. */
char *text_ellipsis(const char *text, int columns);

/* For search: lower case, no accents (é = e), أ إ آ ٱ = ا, ة = ه, ى = ي,
 * no tatweel or harakat, Arabic-Indic digits = 0-9, ݣ گ = ك. Caller frees. */
char *text_fold(const char *text);
/* 1 if folded NEEDLE stands in folded HAYSTACK (both already folded). */
int text_contains(const char *haystack, const char *needle);
/* Compare for display order: folded first, then bytes. Numbers by value. */
int text_compare(const char *a, const char *b);

/* Make foreign text safe for a terminal: C0, C1, DEL, invalid bytes, bidi
 * controls and line separators become visible escapes (\x1b, \u202e); tab and
 * newline too unless KEEP_LINES. Caller frees; never NULL text in. */
char *text_safe(const char *text, size_t length, int keep_lines);

/* The nearest of COUNT names to WORD by edit distance (folded), or NULL if
 * none is near (more than a third of the letters differ). Borrowed. */
const char *text_nearest(const char *word, const char *const *names,
                         size_t count);

int text_equal_nocase(const char *a, const char *b); /* ASCII only */
/* <0, 0, >0 by the bytes of both in ASCII lower case, whatever the locale
 * (strcasecmp() goes by it: in Turkish I is no i). */
int text_compare_nocase(const char *a, const char *b);
void text_lower_ascii(char *text);

/* Whole-string numbers: TAWAM_OK or TAWAM_EUSAGE. Blanks at the ends and
 * anything after are errors. Decimal takes "." only. Never locale-bound. */
int text_integer(int64_t *out, const char *text);
int text_decimal(double *out, const char *text);
/* Shortest decimal text that reads back as VALUE: "0.1", "5", "1e+20". OUT has
 * at least 32 bytes. A whole number below 2^53 prints without a point. */
void text_from_decimal(char *out, double value);

/* "1.2 kB", "34 MB": decimal units. OUT has at least 32 bytes. */
void text_from_bytes(char *out, uint64_t bytes);

#endif
