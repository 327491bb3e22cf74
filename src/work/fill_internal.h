/* SPDX-License-Identifier: MIT */
/* fill, private: what its files share. */
#ifndef TAWAM_WORK_FILL_INTERNAL_H
#define TAWAM_WORK_FILL_INTERNAL_H

#include "form/audit.h"
#include "form/draft.h"
#include "form/lists.h"
#include "form/shelf.h"
#include "work/fill.h"

/* ---- the way through the form (fill_steps.c) ----
 * One step a page, hidden ones among them so that a place can always be found
 * again, and one where a counted repeat begins, which is no page. */
typedef enum step_kind {
    STEP_QUESTION = 1,
    STEP_LIST,   /* a field-list */
    STEP_COUNT,  /* before the instances of a repeat that has a count */
    STEP_REPEAT, /* after the instances: another? */
    STEP_CLOSING /* the last one */
} step_kind;

typedef struct fill_step {
    step_kind kind;
    int is_hidden;               /* not a page now */
    const form_element *element; /* NULL: closing */
    form_node *node;  /* the question's; of a list its group's, below which its
                         questions stand; else the instances' parent */
    size_t questions; /* in it, that are relevant and take an answer */
    size_t number;    /* of the first of those, from 1 */
} fill_step;

typedef struct fill_remark { /* of a record in memory */
    const form_node *node;
    char *text;
    int flagged;
} fill_remark;

/* A question of the page it stands at, for the audit. */
typedef struct fill_asked {
    form_node *node;
    char *before;     /* its value when the page was reached */
    int64_t answered; /* ms; 0: not yet */
} fill_asked;

typedef struct fill_audit {
    audit_writer *writer;
    fill_asked *asked;
    size_t count, capacity;
    int64_t shown;       /* ms: since when the page is there; 0: no page is */
    int64_t last;        /* ms: of the last thing the person did on it */
    int is_unsaved;      /* the draft has not got all events */
    audit_kind began_by; /* start, resume or edit */
} fill_audit;

/* ---- where it is filled (fill_where.c) ---- */
typedef struct fill_fix {
    int64_t at; /* ms: when it was asked for */
    audit_place place;
} fill_fix;

#define FILL_FIXES 64 /* kept at most, for as long as the form says */

typedef struct fill_where {
    char *host;   /* NULL: localhost */
    int port;     /* 0: gpsd's */
    int is_open;  /* 1: `socket` is one, connected or about to be */
    int is_heard; /* 1: gpsd was told to watch */
    int socket;
    int64_t asked;   /* ms: the last time, or try to connect; 0: never */
    buffer waiting;  /* what came of a line */
    char latest[40]; /* the time that gpsd gives the last fix */
    fill_fix fixes[FILL_FIXES];
    size_t count;
} fill_where;

struct fill {
    territory *territory; /* borrowed; NULL: none */
    const form *form;
    form *own_form; /* to be freed */
    record *record;
    record *own_record;        /* in memory; to be freed */
    draft *draft;              /* or this */
    form_surroundings *around; /* device, author, layers: of a draft */
    record_surroundings surroundings;
    fill_audit audit;
    fill_where where;
    char *user;           /* who is at it; NULL: nobody said yet */
    char *last_user;      /* of the time before, on this replica; NULL */
    const char *users[2]; /* offered */
    char *reason;         /* why the record is changed; NULL: not said yet */
    int is_over;          /* finished or discarded */
    int is_touched;       /* something was entered, or it is an older draft */
    fill_remark *remarks;
    size_t remark_count, remark_capacity;
    fill_step *steps;
    size_t step_count, step_capacity;
    size_t total;   /* relevant questions that take an answer */
    int is_stale;   /* the steps are of before an answer */
    fill_step here; /* a copy: found again in new steps */
    size_t at;      /* its index */
    arena *memory;  /* of the page */
    fill_page page;
    int is_looked; /* the page is of now */
    arena *outline;
    char *found; /* what fill_find() returned */
    const char **languages;
    char code[16];     /* of the language */
    char fallback[16]; /* of a form that does not tell */
};

/* ---- fill_steps.c ---- */
/* The steps are of now, and f->at is where it stands. */
int fill_steps(fill *f);
/* What changed an answer or the instances calls it. */
void fill_touch(fill *f);
int fill_stand(fill *f, size_t step); /* go there */
/* Each control of the list E below NODE, in order. GROUP is the label's owner
 * when it begins an inner group, else NULL. Non-zero from CALL stops. */
int fill_list_each(const form_element *e, form_node *node,
                   int (*call)(void *context, const form_element *question,
                               form_node *node, const form_element *group),
                   void *context);
/* The node of ITEM below CONTEXT, first instances on the way; NULL. */
form_node *fill_node_below(form_node *context, const form_item *item);
int fill_has_word(const char *appearance, const char *word);
int fill_is_list(const form_element *e);
fill_kind fill_kind_of(const form_node *node);
/* 1 if it is for showing the names of columns alone (appearance label). */
int fill_is_header(const form_item *item);
size_t fill_instances(const form_node *parent, const form_item *item);
/* From 1. */
size_t fill_position(const form_node *instance);
/* The nearest instance of a repeat above NODE, or itself; NULL. */
form_node *fill_instance_of(const form_node *node);
/* Instances that the count of step S lacks come; those past it in which nothing
 * was answered go (a form begins with one, even where the count is 0), never
 * others. *CHANGED tells how many. */
int fill_ensure_count(size_t *changed, fill *f, const fill_step *s);
const char *fill_attribute(const form_node *node, const char *name);

typedef struct fill_ref { /* a relevant question */
    size_t step, number;  /* number: 0 for a note */
    const form_element *element;
    form_node *node;
} fill_ref;
/* All of them in order; caller frees. The steps are made anew. */
int fill_refs(fill_ref **list, size_t *count, fill *f);

/* ---- fill_move.c ---- */
/* Where it stands, as fill_place_go() takes it. Caller frees. */
char *fill_place_of(const fill *f);
/* A place that is gone is the beginning. */
int fill_place_go(fill *f, const char *place);
/* From a step that is hidden or gone to one that is a page. */
int fill_settle(fill *f);

/* ---- fill_audit.c: who did what when ---- */
int fill_audit_begin(fill *f, audit_kind kind);
/* The page is left: an event a question. */
int fill_audit_leave(fill *f);
/* The page was reached. */
int fill_audit_page(fill *f);
/* NODE was answered, and BEFORE was its value. Of a question that the page does
 * not ask (a cell of a table of instances) this is the event. */
int fill_audit_answered(fill *f, form_node *node, const char *before);
/* One event now, at NODE (NULL: none). */
int fill_audit_event(fill *f, audit_kind kind, const form_node *node);
/* The page is as if it had not been shown. */
void fill_audit_forget(fill *f);
/* All events so far to OUT, appended; and back to those of BEFORE, when what
 * they told of was undone. */
int fill_audit_copy(buffer *out, const fill *f);
void fill_audit_back(fill *f, const buffer *before);
void fill_audit_free(fill *f);

/* ---- fill_who.c ---- */
/* TAWAM_ENO as long as it is to be said who is at it. */
int fill_check_user(const fill *f);
/* TAWAM_ENO where a reason is to be said and none is. */
int fill_check_reason(fill *f);
void fill_who_free(fill *f);

/* ---- fill_where.c ---- */
/* Ask gpsd where this is, when that is due; never waits. */
void fill_where_ask(fill *f);
/* The best fix of those that are not too old; 0: there is none. */
int fill_where_now(audit_place *out, fill *f);
void fill_where_free(fill *f);

/* ---- fill_gpsd.c ---- */
typedef struct gpsd_fix {
    double latitude, longitude, altitude, accuracy; /* metres */
    const char *time; /* as gpsd says it, "" not; of the report */
} gpsd_fix;
struct json_t;
/* 1: REPORT is a TPV with a fix. */
int fill_gpsd_fix(gpsd_fix *out, const struct json_t *report);

/* ---- fill_file.c ---- */
/* Files that the finished record names are to be sent. In a transaction. */
int fill_files_send(fill *f);

/* ---- fill.c, fill_begin.c ---- */
/* An interview without a record yet. */
int fill_make(fill **out, const form *f, territory *t);
/* The record's language is another. */
void fill_learn_language(fill *f);
void fill_begin_free(fill *f);

/* ---- fill_store.c: the record, a draft or in memory ---- */
int fill_store_audit(fill *f, const buffer *bytes);
/* What else changed is on disk too. */
int fill_store_save(fill *f);
int fill_store_answer(record_outcome *o, fill *f, form_node *node,
                      const char *value);
int fill_store_clear(fill *f, form_node *node);
int fill_store_add(form_node **out, fill *f, form_node *parent,
                   const form_item *item);
int fill_store_remove(fill *f, form_node *instance);
int fill_store_move(fill *f, form_node *instance, int by);
int fill_store_place(fill *f, const char *place);
int fill_store_language(fill *f, const char *name);
/* *TEXT "" none; borrowed until the next such call. */
int fill_store_note(const char **text, int *flagged, fill *f,
                    const form_node *node);
int fill_store_set_note(fill *f, const form_node *node, const char *text,
                        int flagged);
/* NODE's value in the record finalised last; *VALUE NULL: none. */
int fill_store_last(char **value, fill *f, const form_node *node);
int fill_store_finish(int64_t *fid, fill *f);
void fill_store_free(fill *f);

/* ---- fill_look.c ---- */
/* All of NODE's question, in MEMORY. */
int fill_question_read(fill_question *q, fill *f, form_node *node,
                       const form_element *e, arena *memory);
/* Its label alone. */
int fill_label(const char **out, fill *f, form_node *node, arena *memory);
/* NODE's state; *WORDS, from MEMORY, why it is OPEN or WRONG, else untouched.
 * WORDS may be NULL. */
int fill_state_of(fill_state *state, const char **words, fill *f,
                  form_node *node, arena *memory);
/* The label of a group or repeat; "" none. */
int fill_group_label(const char **out, fill *f, const form_element *e,
                     form_node *node, arena *memory);

/* ---- fill_special.c ---- */
/* Q's choices that say there is no answer. */
void fill_specials(fill_question *q);
/* Those that its control's attribute names. */
int fill_specials_of_control(fill_question *q, arena *memory);

/* ---- fill_heading.c ---- */
int fill_heading(const char **out, fill *f, const form_element *e,
                 form_node *node, arena *memory);
/* What INSTANCE is called: its first answer in words; "" none yet. NOT is a
 * question whose answer does not count (the one being asked). */
int fill_instance_name(const char **out, fill *f, const form_element *repeat,
                       form_node *instance, const form_node * not,
                       arena *memory);

/* ---- fill_plain.c ---- */
/* TEXT without Markdown's marks and HTML's tags. */
int fill_plain(const char **out, const char *text, arena *memory);

/* ---- fill_echo.c ---- */
int fill_echo(const char **out, fill *f, const fill_question *q, arena *memory);

/* ---- fill_words.c: languages and calendars ---- */
typedef enum fill_language_index { FILL_EN, FILL_FR, FILL_AR } fill_tongue;
fill_tongue fill_tongue_of(const fill *f);
const char *fill_month_name(fill_tongue t, int month);  /* 1 to 12 */
const char *fill_weekday_name(fill_tongue t, int day);  /* 0: Sunday */
const char *fill_hijri_month(fill_tongue t, int month); /* 1 to 12 */
int64_t fill_days(int year, int month, int day);        /* since 1970 */
void fill_date_of(int *year, int *month, int *day, int64_t days);
/* Tabular Islamic calendar, civil epoch, leap years 2 5 7 10 13 16 18 21 24 26
 * 29 of 30. The observed month may begin a day earlier or later. */
void fill_hijri_of(int *year, int *month, int *day, int64_t days);
int64_t fill_today(void); /* local day, since 1970 */
void fill_language_find(char out[16], const char *name);

/* ---- fill_typed*.c ---- */
/* What a person typed as Q's kind stores it, appended. TAWAM_ENO says why it
 * can't be understood; OUT may then be anything. */
int fill_typed(buffer *out, fill *f, const fill_question *q, const char *typed);
int fill_typed_choice(buffer *out, const fill_question *q, const char *typed);
int fill_typed_date(buffer *out, const fill_question *q, const char *typed);
int fill_typed_time(buffer *out, const char *typed);
int fill_typed_datetime(buffer *out, const fill_question *q, const char *typed);
int fill_typed_number(buffer *out, const fill_question *q, const char *typed);
/* F NULL: no names of places. */
int fill_typed_point(buffer *out, fill *f, const char *typed);
int fill_typed_points(buffer *out, fill *f, const fill_question *q,
                      const char *typed);
int fill_typed_file(buffer *out, fill *f, const fill_question *q,
                    const char *typed);
/* TAWAM_ENO with the names of places that were meant. */
int fill_say_places(fill *f, const fill_place *list, size_t count);
/* TEXT with ASCII digits for Arabic-Indic ones, their marks and blanks made
 * plain, without blanks at its ends. Caller frees. */
char *fill_ascii(const char *text);
/* error_set(TAWAM_ENO, …) with TYPED made safe in its "%s". */
int fill_not_understood(const char *format, const char *typed);

#endif
