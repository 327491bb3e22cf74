/* SPDX-License-Identifier: MIT */
/* backend: what shows a grid and where keys come from. Two of them: a terminal
 * (ncurses) and memory (tests, scripts, plain dumps). The shell knows only
 * these functions. */
#ifndef TAWAM_UI_BACKEND_H
#define TAWAM_UI_BACKEND_H

#include "ui/grid.h"
#include "ui/key.h"
#include "ui/theme.h"

typedef struct backend backend;
struct backend {
    void (*size)(backend *b, int *width, int *height);
    /* Show G: only what differs from what is shown is sent, in one write, then
     * the cursor is put where G has it. ANEW 1: everything is sent. */
    void (*show)(backend *b, const grid *g, int anew);
    void (*ring)(backend *b);
    /* The next key. WAIT: milliseconds, 0 not at all, -1 for ever. */
    int (*key)(backend *b, int wait);
    void (*theme)(backend *b, const theme *t);
    /* Give the terminal to the shell that started us until we are resumed. */
    void (*suspend)(backend *b);
    /* Another size; TAWAM_EUSAGE where the terminal decides that. */
    int (*resize)(backend *b, int width, int height);
    /* Give the terminal back as it was. */
    void (*close)(backend *b);
};

typedef struct curses_options {
    const theme *theme;
    int escape_delay; /* ms to wait for the rest of a key after Esc */
    int no_color;     /* 1: attributes only */
    int late_replies; /* 1: an answer of bidi_detect may still come */
} curses_options;
/* Take over the terminal on standard input and output. TAWAM_EENVIRONMENT
 * when it is none or of an unknown kind. One at a time. A crash or a signal
 * gives the terminal back first. */
int backend_curses(backend **out, const curses_options *options);

/* A grid of that size and nothing else; its keys are UI_KEY_END_OF_INPUT. */
int backend_memory(backend **out, int width, int height);
/* What backend_memory() was last shown. */
const grid *backend_memory_grid(const backend *b);

#endif
