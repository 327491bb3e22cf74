/* SPDX-License-Identifier: MIT */
/* screen: what the shell knows of a screen, and a screen of the shell.
 *
 * A screen is a struct of a few functions and a state of its own. It never
 * calls another screen: it returns a request, which the shell carries out.
 *
 *       key --> shell --action--> act() --request--> shell --> other screen
 *                 |                                              |
 *                 +--- load() a slice --- draw() <--- answer() --+
 *
 * Invariants:
 *  1. act(), key() and answer() draw nothing and print nothing; draw() changes
 *     nothing but positions that follow from the size.
 *  2. load() works for some milliseconds at most, except while it calls
 *     ui_breathe() several times a second.
 *  3. A screen below another keeps its cursor and scroll.
 */
#ifndef TAWAM_UI_SCREEN_H
#define TAWAM_UI_SCREEN_H

#include "sync/files.h"
#include "ui/bidi.h"
#include "ui/fields.h"
#include "ui/grid.h"
#include "ui/key.h"
#include "ui/widgets.h"
#include "work/action.h"
#include "work/edit.h"
#include "work/territory.h"

/* ---- what a screen may use ---- */
typedef struct ui_context {
    territory *territory;
    edit_stack *edits;
    char language[16]; /* "fr" */
    int read_only;
    sync_status status; /* as of the last look */
    files_counts files; /* likewise */
    char message[512];  /* shown in the last row but one until the next key */
    role message_role;
    struct fill *filling; /* the record on the screen below, for its outline;
                             NULL */
    int gpsd_port;        /* as in ui_options */
    int bell; /* 1: the next frame comes with the terminal's bell, once */
    struct shell *shell;
} ui_context;

void ui_say(ui_context *ui, role r, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void ui_say_error(ui_context *ui); /* the thread's error message */
/* So many rows are deleted, and PARTS that belonged to them. */
void ui_say_deleted(ui_context *ui, size_t rows, size_t parts);
/* For work that blocks: draw what changed (at most twice a second) and look at
 * the keys. 1: the person wants it stopped. */
int ui_breathe(ui_context *ui);
/* The status has changed for sure (a sync, a record): read it again. */
void ui_status_changed(ui_context *ui);

/* ---- where to, and what to ask ---- */
typedef struct screen_target {
    char layer[TWIN_NAME_MAX + 1];
    int64_t fid;
    int column;     /* id */
    char id[64];    /* of a commit or conflict; the remote of a sync */
    unsigned about; /* the screen that help is about */
    char text[512]; /* a present value */
} screen_target;

typedef enum request_kind {
    REQUEST_NONE,
    REQUEST_OPEN,    /* `screen` on `target`, on top of this one */
    REQUEST_REPLACE, /* the same, in place of this one */
    REQUEST_BACK,    /* close this one */
    REQUEST_ANSWER,  /* close this one; `text` goes to answer() below */
    REQUEST_PROMPT,  /* ask for a line: `question`, beginning with `text` */
    REQUEST_CONFIRM  /* ask yes or no; yes answers with "y" */
} request_kind;

typedef struct request {
    request_kind kind;
    unsigned screen; /* its bit in the action table */
    screen_target target;
    char question[256];
    char text[4096];
    int tag;  /* comes back with the answer */
    int live; /* 1: answer() hears of each change too (INPUT_CHANGED) */
} request;

/* ---- a screen ---- */
enum { SCREEN_IGNORED = 0, SCREEN_HANDLED = 1 };

typedef struct screen_call {
    const action *action;
    const char *argument; /* what followed the command, "" */
} screen_call;

typedef struct screen_answer {
    int tag;
    input_result how; /* ACCEPTED, CANCELLED, or CHANGED of a live one */
    const char *text; /* "" when cancelled */
} screen_answer;

typedef struct screen screen;

typedef struct screen_class {
    unsigned id;       /* its bit in the action table */
    size_t state_size; /* zeroed for open() */
    int (*open)(screen *s, const screen_target *target);
    /* 1 there is more to load, 0 nothing, negative error (shown). May be NULL,
     * as may all below but draw. */
    int (*load)(screen *s);
    void (*draw)(screen *s, grid *g, area a);
    int (*act)(screen *s, const screen_call *call, request *out);
    /* While typing() is 1, keys come here instead of becoming actions; one that
     * is no letter and that key() ignores is an action all the same. */
    int (*typing)(screen *s);
    int (*key)(screen *s, int key, request *out);
    /* 0: the action can't be done at this moment, so the last row needn't say
     * its key. Without it all can. */
    int (*offers)(screen *s, action_id id);
    int shows_actions; /* 1: the last row shows actions while one types too */
    void (*answer)(screen *s, const screen_answer *answer, request *out);
    /* The replica changed, by this process or another: read again. */
    void (*changed)(screen *s);
    /* Typing has paused, or gone on for long: once after keys that were
     * pressed. Draws nothing. */
    void (*rest)(screen *s);
    /* Its part of the first row. Appends. */
    void (*title)(screen *s, buffer *out);
    void (*close)(screen *s);
} screen_class;

struct screen {
    const screen_class *class;
    ui_context *ui;
    void *state;
    int64_t seen; /* twin_change_counter at the last changed() */
};

extern const screen_class screen_home, screen_layers, screen_rows, screen_row,
    screen_add, screen_choices, screen_sync, screen_conflicts, screen_conflict,
    screen_log, screen_changes, screen_help, screen_forms, screen_fill,
    screen_outline;

/* Conveniences for act(): fill OUT and return SCREEN_HANDLED. */
int request_open(request *out, unsigned screen_id, const char *layer,
                 int64_t fid);
int request_prompt(request *out, int tag, const char *question,
                   const char *text, int live);
int request_confirm(request *out, int tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Copy foreign text into a fixed field, whole letters only. */
void copy_text(char *to, size_t size, const char *from);

#endif
