/* SPDX-License-Identifier: MIT */
/* tawam form fill, private: line mode's session. */
#ifndef TAWAM_CMD_FORM_FILL_INTERNAL_H
#define TAWAM_CMD_FORM_FILL_INTERNAL_H

#include "cmd/cmd.h"
#include "work/fill.h"

typedef enum fill_end {
    FILL_GOES_ON = 0,
    FILL_LEFT,     /* :save, :quit, the end of what is typed */
    FILL_FINISHED, /* finalised */
    FILL_GONE      /* discarded */
} fill_end;

typedef struct line_mode {
    const verb_arguments *arguments;
    fill *fill;
    const fill_page *page;
    form_node *asked;      /* of the page's questions; NULL: none yet */
    const form_node *said; /* the question said last, in full */
    int backwards;         /* notes are passed in the direction of moving */
    buffer out;            /* said, not yet printed */
    char *line;            /* what was typed, without its end */
    size_t capacity;
    int is_paused;   /* until a line is typed */
    int asks_reason; /* 1: why the record is changed is to be said next */
    int is_terminal; /* stdin is one: it shows what is typed */
    fill_end end;
    int64_t row;   /* when finished */
    char *caption; /* likewise; what the record is called */
} line_mode;

/* ---- form_fill_say.c ---- */
/* TEXT, safe, and the end of a line; several lines stay several. */
void line_say(line_mode *m, const char *text);
/* "12/40 Household > member 2 of 3: Fatima" */
void line_say_heading(line_mode *m, const fill_question *q);
void line_say_question(line_mode *m, const fill_question *q);
/* Choices with what to type before them; only those of INDEXES unless NULL. */
void line_say_choices(line_mode *m, const fill_question *q,
                      const size_t *indexes, size_t count);
void line_say_help(line_mode *m, const fill_question *q);
int line_say_outline(line_mode *m);
/* Closing page: counts, and what is open or wrong by number. */
int line_say_closing(line_mode *m);
/* The message of an error, or of an answer not taken. */
void line_say_error(line_mode *m);

/* ---- form_fill_command.c ---- */
/* Does ":go 12" and the like; Q may be NULL. */
int line_command(line_mode *m, const fill_question *q, const char *command);

/* GPS with the address that --gpsd gives; *HOST is the caller's. */
int line_gpsd(fill_gps *gps, char **host, const line_mode *m);

/* ---- form_fill_ask.c ---- */
/* Until m->end says how it ended. */
int line_interview(line_mode *m);

#endif
