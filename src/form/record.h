/* SPDX-License-Identifier: MIT */
/* record: a form being filled. Answers go in, rules are evaluated, and what a
 * submission holds comes out.
 *
 *   answer -> constraint on the candidate -> committed -> what depends on it,
 *   each rule once, by rank -> actions on the change -> what depends on those
 *
 * Invariants:
 *  1. After every call each rule's outcome is that of the present values.
 *  2. A value that is hidden stays in memory, reads as nothing, and is not in
 *     a submission; it is there again when it is relevant again.
 *  3. A refused answer changes nothing.
 */
#ifndef TAWAM_FORM_RECORD_H
#define TAWAM_FORM_RECORD_H

#include "form/definition.h"

typedef struct record record;

/* What a record asks of its surroundings; may be NULL, then nothing is known.
 */
typedef struct record_surroundings {
    void *caller;
    /* "deviceid", "username", "email", "phonenumber"; "" unknown. Borrowed. */
    const char *(*property)(void *caller, const char *name);
    /* The bytes of what an instance's source names ("jr://file-csv/x.csv"),
     * appended; TAWAM_ENOTFOUND. */
    int (*attachment)(buffer *out, void *caller, const char *source);
    /* XML of the record of form ID that was finalised last, appended;
     * TAWAM_ENOTFOUND: there is none. */
    int (*last_saved)(buffer *out, void *caller, const char *id);
    struct twin *twin;        /* whose layers are entity lists; NULL: none */
    struct form_lists *lists; /* attachments and layers as tables (lists.h),
                                 shared by records; NULL: the record makes its
                                 own of `attachment` and `twin` */
    /* The instanceID it is to have; NULL: one is drawn. Borrowed. */
    const char *instance_id;
    /* What uuid() gives, so that ids cost no bytes; NULL: random ones. */
    int (*uuid)(char out[37], void *drawing);
    void *drawing;
} record_surroundings;

/* A new record, with everything that happens on loading done. F is borrowed
 * and must outlive it. */
int record_new(record **out, const form *f, const record_surroundings *s);
void record_free(record *r);
form_node *record_root(const record *r);

/* The node at PATH: "/data/member[2]/age", numbers from 1, [1] when left out.
 * NULL if it is not there. */
form_node *record_find(const record *r, const char *path);

typedef enum record_outcome {
    RECORD_OK = 0,
    RECORD_CONSTRAINT = 1, /* the constraint does not hold, or it is not on the
                              scale of a range: not taken */
    RECORD_REQUIRED = 2,   /* empty, and it may not be: not taken */
    RECORD_WRONG_TYPE = 3  /* not a value of its type: not taken */
} record_outcome;

/* NODE gets VALUE ("": none). *outcome says whether; words for a person are
 * in error_message() when it was not. A choice that the select has not is
 * taken, as ODK's clients do: record_choices() takes it back, and
 * record_check() speaks against it. */
int record_answer(record_outcome *outcome, record *r, form_node *node,
                  const char *value);
/* NODE has no value any more, also where one is required. */
int record_clear(record *r, form_node *node);
/* Does NODE's present value satisfy its rules (and if it can be changed: is it
 * on its scale, are its words among its choices)? What is hidden does. */
int record_check(record_outcome *outcome, record *r, form_node *node);

/* *OUT the words to say of NODE's answer, which is allowed but to be looked at
 * again; "" none. Borrowed as record_text(). */
int record_warning(const char **out, record *r, form_node *node);

/* A new last instance of the repeat ITEM below PARENT. */
int record_add_repeat(form_node **out, record *r, form_node *parent,
                      form_item *item);
int record_remove_repeat(record *r, form_node *instance);
/* INSTANCE goes BY places on among its like (back: negative); no farther than
 * there are some. */
int record_move_repeat(record *r, form_node *instance, int by);
/* How many instances of ITEM below PARENT its count asks for; -1: it has none.
 */
int record_repeat_count(long *out, record *r, form_node *parent,
                        const form_item *item);
/* 1 if instances of ITEM below PARENT are or would be relevant, as far as
 * ITEM's own rule and what it is in say; also when there is none yet. */
int record_repeat_relevant(int *out, record *r, form_node *parent,
                           const form_item *item);

/* ---- a record that was kept elsewhere, and its end ---- */
/* CALL hears of each node whose value changed, whoever changed it; once until
 * it takes NODE's is_noted back. Not of nodes that a new repeat brings. */
void record_listen(record *r, void (*call)(void *caller, form_node *node),
                   void *caller);
/* A record in which nothing has happened: no value, no instance of a repeat,
 * attributes as the form has them.
 * record_put() and record_put_repeat() fill it (a value that may have been an
 * answer, none calculated and no default, is taken for one: is_given),
 * record_resume() makes it one that can be answered. */
int record_restore(record **out, const form *f, const record_surroundings *s);
int record_put(record *r, form_node *node, const char *value);
/* BEFORE: another instance, NULL: it is the last. */
int record_put_repeat(form_node **out, record *r, form_node *parent,
                      form_item *item, form_node *before);
/* Every rule is evaluated but calculates, whose values are there. */
int record_resume(record *r);
/* As when a record is opened again: actions of each (not the first) load. */
int record_load_again(record *r);
/* As when a record is finalised: actions on xforms-revalidate, the time of its
 * end, all calculates anew. */
int record_finish(record *r);

/* ---- choices and texts ---- */
typedef struct record_choice {
    const char *value, *label; /* until the next call that asks for choices */
} record_choice;
/* The choices of NODE's select; a value that is none of them any more is
 * taken back. Borrowed until the next such call. */
int record_choices(const record_choice **list, size_t *count, record *r,
                   form_node *node);
/* The label of VALUE among the choices of NODE's select, "" if it is none.
 * Borrowed until choices are asked for again. */
int record_choice_label(const char **out, record *r, form_node *node,
                        const char *value);
/* Text with its values, as NODE sees them; borrowed likewise. */
int record_text(const char **out, record *r, const form_text *text,
                form_node *node);
/* The guidance that goes with a hint; "" none. */
int record_guidance(const char **out, record *r, const form_text *hint,
                    form_node *node);
const char *record_language(const record *r); /* its name; "" none */
/* TAWAM_ENOTFOUND when the form has no such language. */
int record_set_language(record *r, const char *name);
/* From now on a trace or shape is answered point by point, as a person walks:
 * record_answer() takes one that has fewer points than it must, and
 * record_check() speaks against it until it has them. */
void record_take_parts(record *r);

/* ---- out ---- */
/* The submission: what is relevant, without templates, as XML. */
int record_write(buffer *out, const record *r);

#endif
