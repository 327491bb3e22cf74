/* SPDX-License-Identifier: MIT */
/* ui: the screens. One call opens the first screen on a territory and returns
 * when the person leaves. The only room that includes curses, and with cmd the
 * only one that reads the environment.
 *
 * The caller has set the locale and gettext's text domain. */
#ifndef TAWAM_UI_H
#define TAWAM_UI_H

#include "work/territory.h"

typedef enum ui_backend {
    UI_CURSES, /* the terminal on standard input and output */
    UI_MEMORY  /* no terminal; for scripts */
} ui_backend;

typedef struct ui_options {
    territory *territory; /* open; stays the caller's */
    ui_backend backend;
    int width, height;    /* of UI_MEMORY; 0: 80 x 24 */
    const char *script;   /* a file of actions (script.h), "-" standard input;
                             NULL: keys from the terminal */
    const char *bidi;     /* "auto" or NULL, "app", "terminal", "off" */
    const char *theme;    /* "default" or NULL, "mono", "sun" */
    const char *language; /* "fr": of labels; NULL: from the locale */
    const char *layer;    /* open this layer at once; NULL: the first screen */
    int ascii;            /* 1: nothing but ASCII; also where the locale has
                             no UTF-8 */
    int read_only;        /* 1: nothing can be changed */
    int gpsd_port;        /* of gpsd on this machine; 0: its own, 2947 */
    int poll_ms;          /* how often to look for changes by other processes
                             while nothing is typed; 0: 5,000 */
    /* Called whenever the program is about to wait for a key, everything
     * being drawn: tests know by it when a step is over. May be NULL. */
    void (*idle)(void *context);
    void *context;
} ui_options;

/* TAWAM_OK when the person left; TAWAM_EENVIRONMENT without a terminal; with a
 * script, TAWAM_ENO when an assertion failed and TAWAM_EUSAGE for a line that
 * is none (both name the line). */
int ui_run(const ui_options *options);

#endif
