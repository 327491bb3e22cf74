/* SPDX-License-Identifier: MIT */
/* fill: a form being filled by a person, without a screen. Screens draw what
 * fill_look() returns, line mode prints it; both hand in what was typed.
 *
 *   fill_new ── fill_look ── fill_enter ── fill_next ── … ── fill_finish
 *                  │  ^          │            │
 *                  └──┴──────────┴────────────┘   fill_free at any moment:
 *                                                 the draft goes on there
 *
 * Invariants:
 *  1. What fill_enter() and the like took is on disk when they return (where
 *     the record is a draft of a territory; fill_new_form() keeps it in
 *     memory).
 *  2. Moving about changes no answer. A counted repeat gets the instances it
 *     lacks when it is reached, and never loses one.
 *  3. Answers are stored in ODK's spelling whatever was typed: numbers with
 *     ASCII digits and a point, dates as 2026-05-01.
 *
 * "Doesn't know" and "refuses" are answers where the form has them, by our
 * convention (fill_special.c): a choice named dk, dont_know, nsp, -88 …, rf,
 * refused, -99 …, or a number as 88 or 99 whose label says so; for other
 * questions the control's attribute missing="dk=-88 rf=-99", in any namespace
 * (XLSForm column body::tawam:missing). Likewise body::tawam:warn is an
 * expression, and an answer of which it is true is taken with a warning, whose
 * words are body::tawam:warn_message.
 */
#ifndef TAWAM_WORK_FILL_H
#define TAWAM_WORK_FILL_H

#include "base/base.h"
#include "form/form.h"
#include "work/territory.h"

typedef struct fill fill;

/* ---- begin, end ---- */

/* A new draft of the current version of the form in the territory's shelf. T
 * is borrowed. TAWAM_ENOTFOUND names the nearest form. */
int fill_new(fill **out, territory *t, const char *form_id);
/* Goes on with a draft, at the same place, under the version of its form that
 * it was begun with; under the current one when this replica has that no more
 * (draft_upgrade). TAWAM_ENOTFOUND: it has none; the draft is kept. */
int fill_open(fill **out, territory *t, int64_t draft);
/* Goes on under the current version. */
int fill_upgrade(fill **out, territory *t, int64_t draft);
/* CALL gets what that left no place for. */
int fill_each_aside(fill *f,
                    int (*call)(void *caller, const char *path,
                                const char *value, const char *version),
                    void *caller);
/* A finalised record again. */
int fill_edit(fill **out, territory *t, const char *form_id, int64_t fid);
/* A form without a territory (T NULL) or beside one: the record is in memory
 * alone. F and T are borrowed; S may be NULL. */
int fill_new_form(fill **out, const form *f, const record_surroundings *s,
                  territory *t);
/* Nothing that was entered into a draft is lost. */
void fill_free(fill *f);

const form *fill_form(const fill *f);
record *fill_record(fill *f);
int64_t fill_draft(const fill *f); /* its number; 0: in memory */
/* 0: a new draft in which nothing was entered, not worth keeping. */
int fill_is_touched(const fill *f);

/* ---- who, why, where: what the form's audit asks for ---- */

/* 1: the form asks who is at it (identify-user) and nobody said yet: until
 * then no answer is taken, and the audit does not begin. Asked anew each time
 * that a draft is opened. */
int fill_asks_user(const fill *f);
/* Those offered as that, two at most: who it was last on this replica, then the
 * replica's author. Borrowed until the next call on F. */
int fill_users(const char *const **names, size_t *count, fill *f);
/* TAWAM_ENO: it is blank. */
int fill_set_user(fill *f, const char *name);
/* Goes to the closing page. *ASKS 1: nothing else bars finishing, F edits a
 * finished record, something was changed in it, and the form wants to know why
 * (track-changes-reasons). */
int fill_asks_reason(int *asks, fill *f);
/* TAWAM_ENO: it is blank. Goes into the audit when it is finished. */
int fill_set_reason(fill *f, const char *text);
/* As fill_set_typed(): TEXT is a reason half typed; NULL: nothing is. */
int fill_set_half_reason(fill *f, const char *text);
/* NULL: nothing is half typed. Borrowed until the next change. */
const char *fill_half_reason(const fill *f);
/* 1: the audit tells where it is filled (location-priority), as long as a gpsd
 * answers; whoever is at it is to know that. */
int fill_tells_place(const fill *f);
/* Where that gpsd is; HOST NULL: localhost, PORT 0: gpsd's. Before the first
 * fill_look(). */
int fill_set_gpsd(fill *f, const char *host, int port);

/* ---- where it stands ---- */

typedef enum fill_kind {
    FILL_NOTE, /* takes no answer; may show a value */
    FILL_TEXT,
    FILL_INTEGER,
    FILL_DECIMAL,
    FILL_DATE,
    FILL_TIME,
    FILL_DATETIME,
    FILL_ONE,
    FILL_MANY,
    FILL_RANK,
    FILL_RANGE,
    FILL_POINT,
    FILL_TRACE,
    FILL_SHAPE,
    FILL_FILE,
    FILL_ACKNOWLEDGE
} fill_kind;

typedef enum fill_state {
    FILL_EMPTY, /* no answer, and none is needed */
    FILL_OPEN,  /* no answer, and one is required */
    FILL_DONE,
    FILL_WRONG /* an answer that a rule does not allow */
} fill_state;

typedef enum fill_date_detail { /* of FILL_DATE */
                                FILL_DAY,
                                FILL_MONTH, /* appearance month-year: the first
                                               of the month is stored */
                                FILL_YEAR   /* appearance year */
} fill_date_detail;

/* All texts are plain (Markdown's marks taken out), may have ends of lines,
 * come from outside (text_safe() before a terminal), and are never NULL. */
typedef struct fill_question {
    form_node *node;
    const form_item *item;
    fill_kind kind;
    fill_state state;
    const char *path;     /* "/data/member[2]/age" */
    const char *name;     /* "age" */
    const char *label;    /* in the form's language; else the name */
    const char *hint;     /* "" none */
    const char *guidance; /* more help, shown on request; "" none */
    const char *group;    /* of a list: label of an inner group that begins
                             with this question; "" */
    const char *value;    /* as stored; "" none */
    const char *echo;     /* the value in words, in the form's language */
    const char *message;  /* why it is wrong; "" */
    const char *needed;   /* why it may not stay open, in the form's words;
                             "" when it is not open or the form has none */
    const char *warning;  /* why an answer that is allowed is to be looked at
                             again (tawam:warn); "" */
    const record_choice *choices; /* of ONE, MANY, RANK; plain labels */
    size_t choice_count;
    unsigned char *chosen; /* by choice: 1 chosen; of RANK its place from 1 */
    const char *range_start, *range_end, *range_step; /* of RANGE; "" not told
                                                       */
    const char *note;                /* remark on this question; "" none */
    const char *not_known, *refused; /* the values which say so; NULL: none */
    double capture_accuracy; /* metres that are good enough for a point from
                                gpsd; 0: not told */
    double warning_accuracy; /* metres from which on it is too bad; 0 */
    int columns; /* choices a line that the form asks for; 0: not told */
    int rows;    /* lines of a text box; 0: not told */
    fill_date_detail detail;
    char calendar; /* 'i' islamic: the echo has both; 0 */
    unsigned required : 1;
    unsigned readonly : 1;
    unsigned masked : 1; /* don't show what is typed */
    unsigned multiline : 1;
    unsigned quick : 1;     /* go on as soon as a choice is made */
    unsigned search : 1;    /* filter the choices by what is typed */
    unsigned minimal : 1;   /* choices in a box that opens */
    unsigned likert : 1;    /* choices side by side */
    unsigned thousands : 1; /* the echo has blanks between thousands */
    unsigned digits : 1;    /* a text of digits (appearance numbers) */
    unsigned counter : 1;   /* + and - keys */
    unsigned rating : 1;
    unsigned barcode : 1;
    unsigned flagged : 1; /* for the supervisor */
} fill_question;

typedef enum fill_page_kind {
    FILL_QUESTIONS, /* one, or a field-list */
    FILL_REPEAT,    /* "member: 3 so far; another?" */
    FILL_CLOSING
} fill_page_kind;

typedef struct fill_page {
    fill_page_kind kind;
    fill_question *questions; /* those that are relevant */
    size_t count;
    int is_list;          /* a field-list, even with one question */
    int is_grid;          /* rows: questions that have choices; columns: the
                             choices of the first such */
    const char *title;    /* of the form */
    const char *heading;  /* "Household > member 3 of 7: Fatima"; "" */
    size_t number, total; /* of the first question among the relevant ones */
    /* of FILL_REPEAT */
    const form_item *repeat;
    form_node *parent;
    const char *repeat_label;
    size_t instances;
    /* the nearest instance of a repeat around the page, for add, remove and
     * move; NULL: none */
    form_node *instance;
    /* of FILL_CLOSING; fill_outline() lists them. DONE are those that a person
     * answered: what is as a default or calculation has it is in none. */
    size_t open, wrong, empty, done, flagged;
} fill_page;

/* The question of NODE, wherever F stands; its words are from A. */
int fill_question_at(fill_question *out, fill *f, form_node *node, arena *a);
/* The page it stands at. Borrowed until the next call on F. */
int fill_look(const fill_page **page, fill *f);

/* ---- moving ---- */

/* To the next page; TAWAM_ENO at the closing one. */
int fill_next(fill *f);
/* TAWAM_ENO at the first. */
int fill_back(fill *f);
/* To the page with PATH (of a question, a group, an instance of a repeat).
 * TAWAM_ENOTFOUND; TAWAM_ENO for what is hidden. */
int fill_go(fill *f, const char *path);
int fill_to_start(fill *f);
int fill_to_closing(fill *f);
/* To the page of the next (BY 1) or previous (-1) question that is open or
 * wrong, counted from FROM of the present page (NULL: from the page), round the
 * end; *found (may be NULL) becomes it. TAWAM_ENO when there is none. */
int fill_to_open(form_node **found, fill *f, const form_node *from, int by);
/* The path of what WORDS names: a question's number, name or path, or words of
 * its label (folded); the next such one behind the present place, round the
 * end. Borrowed until the next call. TAWAM_ENOTFOUND. */
int fill_find(const char **path, fill *f, const char *words);
/* "/data/member[2]/age" of a node; caller frees. */
char *fill_path(const form_node *node);

/* ---- answers ---- */

/* What a person typed for NODE: see fill_typed.c. "" clears. *outcome and
 * error_message() say why it was not taken; then nothing changed and what was
 * typed is the caller's to show again. A message may list what was meant. */
int fill_enter(record_outcome *outcome, fill *f, form_node *node,
               const char *typed);
/* What TYPED would be taken for, in words, appended; nothing where it is not
 * understood (yet), and for texts, choices and files. Changes nothing. */
int fill_preview(buffer *out, fill *f, const fill_question *q,
                 const char *typed);
/* A value in ODK's spelling. */
int fill_set(record_outcome *outcome, fill *f, form_node *node,
             const char *value);
/* The answer is taken back, also where one is required: it is open again. */
int fill_clear(fill *f, form_node *node);
/* MANY: the choice goes in or out; RANK: to the end, or out; ONE: it is the
 * answer, or none any more. CHOICE is its value. */
int fill_toggle(record_outcome *outcome, fill *f, form_node *node,
                const char *choice);
/* 1 if the choices' own codes are numbers, as 1, 2, 88: then those stand before
 * the choices and are what is typed; 0: their numbers from 1 are. */
int fill_shows_codes(const fill_question *q);
/* Indexes of Q's choices whose label or value has LETTERS (folded): those that
 * begin with them first, then those with a word that does, then the others.
 * Caller frees. */
int fill_match_choices(size_t **indexes, size_t *count, const fill_question *q,
                       const char *letters);
/* The value of this question in the instance before, or else in the record
 * that was finalised last (TAWAM_ENO: there is none). */
int fill_ditto(record_outcome *outcome, fill *f, form_node *node);
/* TAWAM_ENO where the form has no such answer. */
int fill_not_know(record_outcome *outcome, fill *f, form_node *node);
int fill_refuse(record_outcome *outcome, fill *f, form_node *node);
/* TEXT is half typed for NODE, and no answer: kept on disk until the record
 * changes; NULL: nothing is. Of a record in memory nothing is kept. */
int fill_set_typed(fill *f, const form_node *node, const char *text);
/* What was half typed for NODE when the draft was left, NULL nothing. Borrowed
 * until the next change. */
const char *fill_typed_for(const fill *f, const form_node *node);
/* TEXT "" takes the note away. */
int fill_set_note(fill *f, const form_node *node, const char *text,
                  int flagged);

/* ---- repeats ---- */

/* Another instance of the repeat at whose page it stands, or after INSTANCE's
 * last sibling when that is not NULL; goes to its first question. TAWAM_ENO
 * where the form fixes their number. */
int fill_add(fill *f, form_node *instance);
/* With all its answers; the page is then the one before. */
int fill_remove(fill *f, form_node *instance);
int fill_move(fill *f, form_node *instance, int by); /* -1 up, 1 down */
/* 1 if instances may be added and removed by hand. */
int fill_may_add(fill *f, const form_item *repeat);

/* ---- languages ---- */

/* Names as the form has them, its default first; 0: it has one, unnamed. */
size_t fill_languages(const char *const **names, fill *f);
const char *fill_language(const fill *f);
/* By name, code ("ar") or the beginning of a name. */
int fill_set_language(fill *f, const char *name);
/* "fr", "ar", "en" …; "" unknown. */
const char *fill_language_code(const fill *f);
/* For echoes of a form that does not say its language; "en" if never called. */
void fill_set_fallback(fill *f, const char *code);
int fill_is_rtl(const fill *f);

/* ---- the whole ---- */

typedef enum fill_line_kind {
    FILL_LINE_GROUP,
    FILL_LINE_REPEAT,
    FILL_LINE_INSTANCE,
    FILL_LINE_QUESTION
} fill_line_kind;

typedef struct fill_line {
    fill_line_kind kind;
    const char *path; /* for fill_go() */
    const char *label;
    const char *echo; /* of a question; of an instance its name */
    const char *note;
    int depth;        /* 0: outermost */
    fill_state state; /* of what is below the worst: WRONG, OPEN, DONE, EMPTY */
    size_t open, wrong, done, empty; /* questions below (or itself) */
    size_t number;                   /* of a question, as in fill_page */
    unsigned flagged : 1, is_here : 1;
} fill_line;

/* What is relevant, in order. Borrowed until the next call on F. */
int fill_outline(const fill_line **lines, size_t *count, fill *f);

/* Finalise. TAWAM_ENO says how many questions are open or wrong, or that a
 * reason is wanted. *FID is the
 * new row (0: in memory; then fill_record() has it all). */
int fill_finish(int64_t *fid, fill *f);
/* What the record is called: its instanceName, else its first answer; "" where
 * it has neither. Borrowed until the next change; ask before fill_finish(). */
const char *fill_caption(const fill *f);
/* What finishing could not do as the form says (an entity to update that is
 * gone), a sentence each. Borrowed. */
const char *const *fill_warnings(size_t *count, const fill *f);
/* The draft and its answers go for ever. */
int fill_discard(fill *f);
/* Nobody is at it: the audit's clock stops until the next fill_look(). */
int fill_pause(fill *f);

/* ---- places ---- */

typedef struct fill_place {
    const char *name;  /* "Zegzel" */
    const char *layer; /* "commune" */
    double latitude, longitude;
} fill_place;
/* Places of the territory that have WORDS in their name (folded), at most
 * MOST, those that begin with them first. TAWAM_OK with *count 0: none. */
int fill_places(fill_place **list, size_t *count, fill *f, const char *words,
                size_t most, arena *a);

typedef struct fill_gps {
    const char *host; /* NULL: localhost */
    int port;         /* 0: gpsd's, 2947 */
    int64_t wait;     /* milliseconds at most; 0: 30 s */
    double accuracy;  /* metres that are good enough; 0: 5 */
    /* Asked four times a second; non-zero stops. ACCURACY in metres, negative:
     * no fix yet. May be NULL. */
    int (*progress)(void *context, double accuracy, int64_t waited);
    void *context;
} fill_gps;
/* A point from gpsd in ODK's spelling, as good as came in time. TAWAM_ENO: no
 * fix in time; TAWAM_ECANCELLED; TAWAM_EENVIRONMENT: no gpsd there. */
int fill_point_from_gpsd(char out[96], const fill_gps *gps);

#endif
