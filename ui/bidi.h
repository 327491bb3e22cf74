/* SPDX-License-Identifier: MIT */
/* bidi: the one way by which text gets into cells. Text is stored, searched,
 * cut and edited in logical order everywhere; only here is it reordered.
 *
 * Three modes, after an experiment with seven terminals (xterm, VTE, tmux,
 * mlterm, Konsole, kitty, PuTTY; Debian 12):
 *   app       FriBidi's visual order and presentation forms, between LRO and
 *             PDF. Right in xterm, VTE, tmux and whatever knows no bidi.
 *   terminal  logical order between two LRM. Right in Konsole, VTE, and gives
 *             correct text to copy; used where the terminal says it reorders.
 *   off       logical, nothing else.
 * The fences keep a terminal that reorders whole rows from moving columns;
 * they ride on the cell before the text and on its last cell and take no
 * column. So text that may be Arabic should not start in column 0: there it is
 * moved right by one.
 *
 * Foreign text may be handed in as it is: what text_safe() would change is
 * changed here.
 */
#ifndef TAWAM_UI_BIDI_H
#define TAWAM_UI_BIDI_H

#include "ui/grid.h"

typedef enum text_align {
    ALIGN_LEFT,
    ALIGN_RIGHT,
    ALIGN_START /* right for text whose first letter is a right-to-left one */
} text_align;

/* Write TEXT into WIDTH columns from (y, x), cut with … where it doesn't fit;
 * columns it doesn't fill stay as they are. Returns the columns used. */
int cell_text(grid *g, int y, int x, int width, const char *text,
              text_align align, role r);
/* The same for a text being edited: shows the part around byte CURSOR and puts
 * the grid's cursor on it; the whole field is filled. */
void cell_input(grid *g, int y, int x, int width, const char *text,
                size_t cursor, role r);
/* Columns TEXT takes in MODE (lam-alef is one when shaped). */
int cell_text_width(const char *text, bidi_mode mode);
/* 1 if the first letter of TEXT is a right-to-left one. */
int text_starts_rtl(const char *text);
/* Once all is drawn: where there is right-to-left text, the first cell of each
 * row gets a mark, so that no terminal takes a row for a right-to-left one. */
void cell_text_finish(grid *g);

/* "app", "terminal", "off"; -1 for anything else ("auto" is the caller's). */
int bidi_mode_parse(const char *name);

/* Ask the terminal on FD (raw mode is set and put back) who it is; 1 s at
 * most, nothing asked when FD is no terminal or TERM is linux or dumb. *late
 * gets 1 when no answer came, so that a late one can be thrown away. */
bidi_mode bidi_detect(int fd, const char *term, int *late);
/* The decision alone: what the replies (LENGTH bytes, raw) say. *complete gets
 * 1 once the last one (DA1) is in. */
bidi_mode bidi_decide(const char *replies, size_t length, int *complete);

#endif
