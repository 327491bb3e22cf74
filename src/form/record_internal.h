/* SPDX-License-Identifier: MIT */
/* record, private: what its files share. */
#ifndef TAWAM_FORM_RECORD_INTERNAL_H
#define TAWAM_FORM_RECORD_INTERNAL_H

#include "form/definition_internal.h"
#include "form/record.h"

/* Where a trigger waits to be evaluated: below each of these nodes. */
typedef struct scope_list {
    form_node **nodes;
    size_t count, capacity;
} scope_list;

struct record {
    const form *f;
    form_names *names;
    form_document *document;
    record_surroundings surroundings;
    size_t language;          /* index in the form's */
    arena *memory;            /* of one evaluation */
    int inside;               /* an evaluation is under way: keep its memory */
    int acting;               /* actions set off by each other, so deep */
    int is_recomputing;       /* what changes then waits for its turn */
    int takes_parts;          /* record_take_parts() */
    arena *answers;           /* what choices and texts return */
    scope_list *waiting;      /* by trigger */
    uint64_t *is_waiting;     /* a bit a trigger */
    size_t first_waiting;     /* no trigger below it waits */
    struct form_lists *lists; /* of its own, or NULL */
    const char *source;       /* what is asked of `attachment` */
    struct record_list {      /* secondary instances from outside */
        const char *id;
        form_document *document; /* one of the two */
        struct list_view *view;
    } * loaded;
    size_t loaded_count, loaded_capacity;
    void (*listener)(void *caller, form_node *node); /* of changes, or NULL */
    void *listening;
};

/* X on NODE, in the record's surroundings. Its result lives until
 * record_forget(). */
int record_evaluate(xpath_value *out, record *r, const xpath *x,
                    form_node *node);
void record_forget(record *r);
/* Rows that X leads to on NODE, as xpath_pull() (lists_internal.h). */
struct list_pull;
int record_pull(int *done, record *r, const xpath *x, form_node *node,
                const struct list_pull *p);

/* The top of secondary instance ID; TAWAM_ENOTFOUND (no message). */
int record_instance(form_node **top, record *r, const char *id);
void record_forget_lists(record *r); /* rows that are nodes */
void record_free_lists(record *r);

/* A record without any node. */
int record_make(record **out, const form *f, const record_surroundings *s);
/* Without what the form shows of instances and templates of repeats below TOP.
 */
void record_strip(form_node *top);
/* An instance of ITEM below PARENT, as its template is: before BEFORE (NULL:
 * behind the others). No event, no rule. */
int record_copy_repeat(form_node **out, record *r, form_node *parent,
                       form_item *item, form_node *before);
/* Actions, wherever they stand, on EVENTS of the whole record: of loading and
 * of finalising. */
int record_act_on_record(record *r, unsigned events);

/* As record_answer() with a value of its type, also none where one is
 * required. */
int record_take(record_outcome *outcome, record *r, form_node *node,
                const char *value);

/* ---- record_allow.c: what a question itself allows ---- */
/* *outcome becomes RECORD_CONSTRAINT, with words in error_message(), where
 * VALUE is not on the scale of ITEM's range. What the control's attribute
 * `missing` names (dk=-88) is allowed. */
void record_in_range(record_outcome *outcome, const form_item *item,
                     const char *value);
/* The same where VALUE, places in their one spelling, has fewer points than
 * ITEM's trace or shape must have, or a shape is not closed. */
void record_has_points(record_outcome *outcome, const form_item *item,
                       const char *value);
/* The same where NODE's value has a word that is none of its select's choices.
 * A list that is not at hand allows all. */
int record_among_choices(record_outcome *outcome, record *r, form_node *node);

/* ---- record_text.c ---- */
/* Value of the path REFERENCE below NODE, children by name only; "" for what
 * is hidden or not there, NULL without memory. */
const char *record_value_below(const form_node *node, const char *reference,
                               arena *memory);
/* *is: the table from which NODE's choices come has VALUE; *done 0: it is no
 * table. */
int record_table_offers(int *done, int *is, record *r, form_node *node,
                        const char *value);

/* ---- recompute.c ---- */
/* All rules but calculates, everywhere; nothing waits after that. */
int record_reflect(record *r);
/* What reads NODE waits. */
int record_changed(record *r, form_node *node);
/* What reads the repeat ITEM below PARENT waits, after an instance came or
 * went; MOVED 1: others stand at another place than before. */
int record_repeat_changed(record *r, form_node *parent, const form_item *item,
                          int moved);
/* All rules of the items below TOP (and its own) wait, in TOP alone. */
int record_wait_below(record *r, form_node *top);
/* Until nothing waits. */
int record_recompute(record *r);
/* NODE (and what is below it) is hidden if it or what it is in is not
 * relevant. */
void record_inherit(form_node *node);

/* ---- record_value.c ---- */
/* V as ITEM's type keeps it: "" for no number. In r->memory. */
int record_convert(const char **out, record *r, const form_item *item,
                   const xpath_value *v);
/* VALUE as a person or another program gave it; 0 if it is none of the type.
 */
int record_accepts(const char **out, record *r, const form_item *item,
                   const char *value);
/* error_message() says why VALUE is none of ITEM's type. */
void record_say_type(const form_item *item, const char *value);
/* Default values of places below TOP in the spelling that answers have. */
int record_spell(record *r, form_node *top);
/* NODE's value becomes VALUE; *differs tells whether it was another. */
int record_set(int *differs, record *r, form_node *node, const char *value);

/* ---- record_action.c ---- */
/* Those of LIST with an event of EVENTS, seen from NODE. */
int record_act(record *r, const form_action *list, unsigned events,
               form_node *node);
int record_preload(record *r, form_node *top);
/* The node of ITEM that stands in the same instances as NODE does. */
form_node *record_near(const form_node *node, const form_item *item);

#endif
