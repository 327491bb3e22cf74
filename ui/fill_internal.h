/* SPDX-License-Identifier: MIT */
/* fill_view: a page of a form on the screen, and what is being typed on it.
 * Shared by screen_fill.c and the ui/fill_*.c that it is made of.
 *
 *   key --> fill_choices | fill_field | fill_grid | fill_list
 *             (letters, digits, arrows within a question)
 *       --> screen_fill: actions (next, back, outline, note ...)
 *
 * Invariants:
 *  1. `page` is what fill_look() gave last; after any call that changes the
 *     record or the place, fill_view_look() is called before it is used.
 *  2. What is typed stays until it was taken, whatever is refused.
 *  3. A function that takes a key draws nothing, one that draws changes nothing
 *     but positions that follow from the size.
 */
#ifndef TAWAM_UI_FILL_INTERNAL_H
#define TAWAM_UI_FILL_INTERNAL_H

#include "ui/screen.h"
#include "ui/side.h"
#include "work/fill.h"

/* What is asked in the place of the page. */
typedef enum fill_asking {
    FILL_ASKS_NOTHING,
    FILL_ASKS_USER,
    FILL_ASKS_REASON
} fill_asking;
#define FILL_USERS 2 /* names offered at most */

typedef struct fill_view {
    fill *fill;
    ui_context *ui;
    char title[160];       /* of the form */
    const fill_page *page; /* borrowed from `fill`; NULL: not to be used */
    int is_new;            /* 1: begun here, also an edit; not an old draft */
    int changed;           /* 1: something was answered, noted or added */
    size_t at;             /* question of the page in focus */
    form_node *node;       /* of it; NULL: none */
    input typed;
    int touched;   /* 1: what is typed is not what is stored */
    int standing;  /* 1: an answer stands there that a letter takes the place
                      of */
    char *refused; /* why it was not taken; NULL */
    buffer echo;   /* what is typed, in words */
    int more;      /* 1: guidance is shown */
    /* choices, or places to take a point from */
    list list;   /* of what `matches` lists; of a repeat's or closing lines */
    int on_list; /* 1: the cursor is on a line of it, not in what is typed */
    int in_grid; /* 1: the page was last drawn as a table */
    int per_row; /* choices side by side when last drawn */
    size_t *matches;
    size_t match_count;
    size_t choice_count; /* choices there were when they were matched */
    int picking;         /* 1: places are listed in the question's place */
    arena *place_memory;
    fill_place *places;
    size_t place_count;
    char *aside; /* what was half typed when that began; NULL: nothing */
    /* the note being written, of the question or cell `noted` (NULL: none) */
    form_node *noted;
    char *note, *note_before; /* since the last pause; when it began */
    int note_flagged;
    int note_kept;           /* 1: some of it went into the record in a pause */
    fill_asking asking;      /* `typed` is the answer to that */
    char *users[FILL_USERS]; /* names offered; NULL: no more */
    struct fill_roster *roster;   /* a repeat as a table; NULL: as a list */
    int warned;                   /* 1: that an answer is needed was said */
    struct fill_list_line *lines; /* of a repeat or closing page */
    size_t line_count, line_capacity;
} fill_view;

typedef enum fill_list_kind {
    FILL_LIST_INSTANCE,
    FILL_LIST_QUESTION,
    FILL_LIST_ADD,
    FILL_LIST_ON,
    FILL_LIST_SAVE
} fill_list_kind;

typedef struct fill_list_line {
    fill_list_kind kind;
    fill_state state;
    char number[24]; /* of an instance or a question; "" */
    char *path;      /* likewise; NULL */
    char *text;
} fill_list_line;

/* What became of a key or an action inside a question. */
typedef enum fill_result {
    FILL_IGNORED,
    FILL_STAYS, /* done; the same question */
    FILL_TAKEN  /* the answer was taken: go on */
} fill_result;

/* Tags of answers; that of screen_outline has a path as its text, "" none. */
enum {
    FILL_TAG_OUTLINE = 1,
    FILL_TAG_QUESTION,
    FILL_TAG_NOTE,
    FILL_TAG_DELETE
};

/* ---- fill_view.c: the question in focus ---- */
/* NULL on a page that has none. */
const fill_question *fill_view_question(const fill_view *v);
/* Look at the page again; the focus stays on its question where that is still
 * there, else it goes to the one in its place. */
int fill_view_look(fill_view *v);
/* The question AT of the page (from its end, if negative: -1 the last), or the
 * lines of a page that has none. What was typed is forgotten. */
void fill_view_focus(fill_view *v, long at);
/* To the next (1) or previous (-1) question of the page; 0: there is none. */
int fill_view_step(fill_view *v, int by);
/* Hand TYPED in for the question in focus; 1 if it was taken. What is refused
 * is kept with its reason, and the bell rings once. */
int fill_view_enter(fill_view *v, const char *typed);
/* The same for what stands in the line, before one goes elsewhere; 1: nothing
 * is left to hand in. */
int fill_view_keep_typed(fill_view *v);
/* What is typed and no answer yet, in the line or a table's cell or set aside
 * for the list of places; NULL: nothing. */
const char *fill_view_half(const fill_view *v);
/* The language changed: what is typed is read again, what was said about it is
 * said no more. */
void fill_view_reread(fill_view *v);
/* The same for what a call of fill_set() and the like returned. */
int fill_view_taken(fill_view *v, int error, record_outcome outcome);
void fill_view_refuse(fill_view *v, const char *why);
/* What is typed changed. */
void fill_view_typing(fill_view *v);
/* A page was turned, by a call that returned ERROR (TAWAM_ENO: not, at the
 * first and the last): look, and go to question AT, as in fill_view_focus(). */
void fill_view_turned(fill_view *v, int error, long at);
/* To the next question of the page, else to the next page. */
void fill_view_go_on(fill_view *v);

/* ---- fill_act.c: besides answering ---- */
/* Ditto, not known, refused, flag, note; 0 for other actions. */
int fill_act_question(fill_view *v, const screen_call *call, request *out);
/* Adding, deleting and moving; 0 for other actions. */
int fill_act_repeat(fill_view *v, action_id id, request *out);
/* NODE gets what ditto, "not known" or "refused" (ID) give; what is half typed
 * bars that, and is said: 0. Else 1, with what the call returned. */
int fill_view_give(int *error, record_outcome *outcome, fill_view *v,
                   form_node *node, action_id id);
void fill_take_gps(fill_view *v);
void fill_pick_place(fill_view *v);
/* NAME "": the one after the present. */
void fill_switch_language(fill_view *v, const char *name);
/* The one asked about is deleted: it was agreed to. */
void fill_delete_instance(fill_view *v);

/* ---- fill_note.c: notes and flags ---- */
/* Of the question in focus, or of the cell of a table; NULL: there is none. */
form_node *fill_view_node(const fill_view *v);
void fill_note_flag(fill_view *v);
/* Ask for the note in a prompt; with GIVEN it is written at once. */
void fill_note_begin(fill_view *v, const char *given, request *out);
void fill_note_answer(fill_view *v, const screen_answer *answer);
/* What is half written goes into the record. */
void fill_note_rest(fill_view *v);
void fill_note_free(fill_view *v);

/* ---- fill_choices.c: ONE, MANY, RANK; the list of places ---- */
int fill_has_choices(const fill_question *q);
/* All choices, the cursor on the answer, nothing typed. */
void fill_choices_begin(fill_view *v);
/* What is typed goes in before one leaves: a number, or letters that only one
 * choice has; those of several are let go. 0: it was refused. */
int fill_choices_keep(fill_view *v);
/* The list by what is typed, in another language perhaps. */
void fill_choices_reread(fill_view *v);
fill_result fill_choices_key(fill_view *v, int key);
/* Enter: what is chosen is taken. */
fill_result fill_choices_accept(fill_view *v);
/* A ranked choice goes up (-1) or down (1). */
fill_result fill_choices_move(fill_view *v, int by);
/* The rows that the answers want in WIDTH columns. */
int fill_choices_rows(const fill_view *v, const fill_question *q, int width);
void fill_choices_draw(fill_view *v, const side *s, int y, int height);
/* Number of choice I as it is shown and typed: its code where all codes are
 * numbers, else its place from 1. */
void fill_choice_number(char out[24], const fill_question *q, size_t i);

/* ---- fill_places.c: `picking` ---- */
int fill_places_begin(fill_view *v);
/* Back to the line, with what was half typed in it. */
void fill_places_leave(fill_view *v);
fill_result fill_places_key(fill_view *v, int key);
void fill_places_draw(fill_view *v, const side *s, int y, int height);

/* ---- fill_field.c: what is typed in a line ---- */
void fill_field_begin(fill_view *v);
fill_result fill_field_key(fill_view *v, int key);
fill_result fill_field_accept(fill_view *v);
/* 1 if what stood in the line was wiped out and nothing typed for it. */
int fill_field_is_emptied(const fill_view *v);
/* TEXT stands in the line as if it was typed. */
void fill_field_type(fill_view *v, const char *text);
void fill_field_reread(fill_view *v);
/* A number goes up or down by the step. */
fill_result fill_field_step(fill_view *v, int by);
int fill_field_rows(const fill_view *v, const fill_question *q, int width);
void fill_field_draw(fill_view *v, const side *s, int y, int height);

/* ---- fill_grid.c: a table of questions with the same choices ---- */
/* 1: the page is one, and WIDTH columns hold it. */
int fill_grid_fits(const fill_page *p, int width);
fill_result fill_grid_key(fill_view *v, int key);
void fill_grid_draw(fill_view *v, const side *s, int y, int height);

/* ---- fill_list.c: the pages between questions: a repeat, the end ---- */
/* Read the lines anew; the page is looked at again. */
int fill_list_begin(fill_view *v);
void fill_list_free(fill_view *v);
const fill_list_line *fill_list_here(const fill_view *v); /* NULL: no line */
void fill_list_draw(fill_view *v, const side *s, int y, int height);

/* ---- fill_roster.c: a repeat as a table, `roster` ---- */
/* TAWAM_ENO when it has no instances or no questions of its own. */
int fill_roster_open(fill_view *v);
void fill_roster_free(fill_view *v);
fill_result fill_roster_key(fill_view *v, int key);
/* 0 for other actions. */
int fill_roster_act(fill_view *v, const screen_call *call);
form_node *fill_roster_node(const fill_view *v); /* of the cell; NULL: none */
/* What was half typed into a cell when the draft was left stands in it again,
 * in the table; without such a cell nothing happens. */
void fill_roster_resume(fill_view *v);
void fill_roster_draw(fill_view *v, const side *s, int y, int height);

/* ---- fill_ask.c: who, why, in the place of the page: `asking` ---- */
int fill_ask_begin(fill_view *v, fill_asking what);
/* What is typed is taken; 0: it is refused, and why is shown. */
int fill_ask_accept(fill_view *v);
/* Back to the page. */
void fill_ask_end(fill_view *v);
/* A reason that is half typed goes to the draft. */
void fill_ask_rest(fill_view *v);
void fill_ask_free(fill_view *v);
/* Another of the names that are offered stands in the line. */
void fill_ask_move(fill_view *v, int by);
fill_result fill_ask_key(fill_view *v, int key);
void fill_ask_draw(fill_view *v, const side *s, int y, int height);

/* ---- screen_forms.c ---- */
/* What the form ID is called on the screen: its records' label in the user's
 * language, which main may give, else its TITLE. Caller frees. */
char *form_shown_title(ui_context *ui, const char *id, const char *title);

/* ---- fill_page.c: the whole body ---- */
void fill_page_draw(fill_view *v, grid *g, area a);
/* Why the answer in focus is not taken or is wrong; the rows taken. */
int fill_draw_reason(const fill_view *v, const side *s, int y, int height);
/* "✓" done, "?" open, "!" wrong, "·" empty: a sign of one column. */
const char *fill_state_sign(fill_state state);
role fill_state_role(fill_state state);

#endif
