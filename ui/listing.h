/* SPDX-License-Identifier: MIT */
/* listing: a list of lines in memory with a search: what the screens of
 * layers, choices, conflicts, log, changes and help have in common. */
#ifndef TAWAM_UI_LISTING_H
#define TAWAM_UI_LISTING_H

#include "ui/screen.h"

#define LISTING_SEARCH 1000 /* tag of its prompt */

typedef struct listing_line {
    char *text;    /* owned */
    char left[64]; /* a key or date that stands before it, "" for none */
    role role;
    int indent; /* columns */
} listing_line;

typedef struct listing {
    list list;
    listing_line *lines;
    size_t count, capacity;
    char *needle;    /* folded, NULL before the first search */
    char sought[64]; /* the same as typed, perhaps cut */
    int left_width;  /* columns of `left`, blank included */
    role left_role;
} listing;

void listing_free(listing *l);
void listing_clear(listing *l); /* lines away; cursor and needle stay */
/* TEXT is taken over, also on failure. */
int listing_add(listing *l, char *text, int indent, role r);
/* The same with something before it. */
int listing_add_pair(listing *l, const char *left, char *text, role r);
/* Moving and searching; SCREEN_IGNORED for other actions. */
int listing_act(listing *l, ui_context *ui, const screen_call *call,
                request *out);
/* 1 if the answer was to its search. */
int listing_answer(listing *l, ui_context *ui, const screen_answer *answer);
/* Draw the lines into A, from its first column on. */
void listing_draw(listing *l, grid *g, area a);

#endif
