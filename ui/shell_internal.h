/* SPDX-License-Identifier: MIT */
/* shell: the stack of screens, the prompt, and what the parts of the shell
 * (loop, frame, commands) share. Private to ui/shell*.c. */
#ifndef TAWAM_UI_SHELL_INTERNAL_H
#define TAWAM_UI_SHELL_INTERNAL_H

#include "ui/backend.h"
#include "ui/screen.h"
#include "ui/script.h"
#include "ui/ui.h"

#define STACK_MAX 32
#define HISTORY_MAX 50
#define LEAST_WIDTH 40
#define LEAST_HEIGHT 12

typedef enum prompt_kind {
    PROMPT_NONE,
    PROMPT_LINE,    /* a screen asked for a line */
    PROMPT_CONFIRM, /* a screen asked yes or no */
    PROMPT_COMMAND  /* the person typed `:` */
} prompt_kind;

typedef struct prompt {
    prompt_kind kind;
    char question[256];
    input input;
    int tag, live;
} prompt;

typedef struct shell {
    ui_context ui;
    const ui_options *options;
    backend *backend;
    script *script;
    grid grid;
    screen stack[STACK_MAX];
    int depth; /* screens on the stack */
    prompt prompt;
    char *history[HISTORY_MAX]; /* of commands, newest last */
    int history_count, history_at;
    char *place;   /* the territory's name */
    int done;      /* leave */
    int error;     /* what ui_run returns */
    int draw_anew; /* everything is to be sent */
    int changed;   /* the next frame may differ from the last */
    bidi_mode bidi;
    int ascii;
    char candidates[512];   /* completions, in the last row; "" */
    int status_old;         /* the status is to be read again */
    int64_t status_counter; /* change counter it was read at */
    int64_t drawn_at;       /* monotonic ms of the last frame */
    int64_t key_at;         /* likewise, of the last key */
    int64_t busy_since;     /* of the first key since rest(); 0: none */
    char arguments[512];    /* of the command being done */
} shell;

screen *shell_top(shell *sh);
/* Open a screen on top; an error is shown as the message. */
int shell_open(shell *sh, unsigned id, const screen_target *target);
void shell_close_top(shell *sh);
void shell_carry_out(shell *sh, request *r);
/* Do an action by itself or by the top screen. */
void shell_act(shell *sh, const action *a, const char *argument);
void shell_key(shell *sh, int key);
/* Read the status again if the replica changed. */
void shell_look(shell *sh);

/* shell_frame.c: the whole frame, and showing it. */
void shell_draw(shell *sh);

/* shell_command.c: a line typed after `:`, its completion, the settings. */
void shell_command(shell *sh, const char *line);
void shell_complete(shell *sh);
int shell_set(shell *sh, const char *assignment);

#endif
