/* SPDX-License-Identifier: MIT */
/* definition: a form, compiled: what may be in a record, and the rules.
 *
 *   form ─ item /data                      an item for each node of a record,
 *            ├ item name   bind, control   however many instances it may have
 *            └ item member (repeat)
 *                └ item age
 *        ─ triggers   the rules that are evaluated when something changes, in
 *                     an order in which each comes after what it depends on
 *
 * Invariants:
 *  1. A form does not change after it was read, and many records may share it.
 *  2. Items are numbered depth first: those below an item are a range.
 *  3. A trigger's rank is above that of every trigger that can change what it
 *     reads. A form in which that can't be is refused (a cycle).
 */
#ifndef TAWAM_FORM_DEFINITION_H
#define TAWAM_FORM_DEFINITION_H

#include "base/base.h"
#include "form/document.h"
#include "form/messages.h"
#include "form/xpath.h"

/* The newest version of the entities specification that is understood. */
enum { FORM_ENTITIES_YEAR = 2025, FORM_ENTITIES_NUMBER = 1 };

typedef enum form_type {
    FORM_TEXT = 0,
    FORM_INTEGER,
    FORM_DECIMAL,
    FORM_BOOLEAN,
    FORM_DATE,
    FORM_TIME,
    FORM_DATETIME,
    FORM_GEOPOINT,
    FORM_GEOTRACE,
    FORM_GEOSHAPE,
    FORM_BINARY,
    FORM_BARCODE
} form_type;

typedef enum form_control_kind {
    FORM_INPUT = 1,
    FORM_SELECT_ONE,
    FORM_SELECT_MANY,
    FORM_RANK,
    FORM_UPLOAD,
    FORM_TRIGGER, /* acknowledge */
    FORM_RANGE
} form_control_kind;

/* Text with values in it, or a name of the translations. */
typedef struct form_text {
    const char *itext;             /* id; NULL: the parts */
    const xpath *itext_expression; /* jr:itext(…) computed; or NULL */
    struct form_text_part {
        const char *words;   /* or NULL: */
        const xpath *output; /* a value */
    } * parts;
    size_t count;
} form_text;

/* Choices: of a list in the form, or found by an expression. */
typedef struct form_choice {
    const char *value;
    form_text label;
} form_choice;

typedef struct form_control {
    form_control_kind kind;
    const form_node *node;  /* in the form's XML: start, rows, mediatype … */
    const char *appearance; /* "" none */
    form_text label, hint;
    form_choice *choices;
    size_t choice_count;
    const xpath *itemset; /* nodes of the choices; NULL: `choices` */
    const char *value_path, *label_path; /* below such a node */
    const char *label_itext; /* child that names a translation, or NULL */
    /* Attribute `warn` (tawam:warn): an answer of which it is true is taken,
     * but the person is told to look again. NULL: none. */
    const xpath *warning;
    form_text warning_words; /* attribute `warn_message` */
} form_control;

typedef enum form_event {
    FORM_FIRST_LOAD = 1,
    FORM_EACH_LOAD = 2,
    FORM_VALUE_CHANGED = 4,
    FORM_NEW_REPEAT = 8,
    FORM_REVALIDATE = 16 /* when a record is finalised */
} form_event;

typedef struct form_item form_item;

/* What the body shows, in its order: the way a person is led through. */
typedef enum form_element_kind {
    FORM_GROUP = 1,
    FORM_REPEAT,
    FORM_QUESTION
} form_element_kind;
typedef struct form_element {
    form_element_kind kind;
    const form_node *node;  /* in the form's XML */
    form_item *item;        /* of a group without a ref: the one it stands in */
    const char *appearance; /* "" none */
    form_text label;        /* of a group or repeat; a question's: control */
    struct form_element *parent, *first, *last, *next;
} form_element;

/* setvalue: when EVENTS happen, TARGET gets a value. */
typedef struct form_action {
    unsigned events;
    form_item *target;
    const xpath *place; /* which of the target's instances; NULL: the nearest */
    const xpath *value; /* NULL: `words` */
    const char *words;
    struct form_action *next;
} form_action;

typedef struct form_edge {
    size_t trigger;         /* number */
    const form_item *scope; /* only where it stands in the same instance of
                               this as what changed */
} form_edge;

struct form_item {
    const char *name, *space; /* interned */
    const char *path;         /* "/data/member/age" */
    form_item *parent, *first, *last, *next;
    form_item **table; /* those below it by name, where they are many */
    size_t table_size, child_count;
    size_t number, end; /* those below have number < n < end */
    form_node *node;    /* in the form: attributes, the default value */
    form_type type;
    const char *preload, *preload_parameters; /* NULL none */
    const char *save_to; /* property of an entity, or NULL */
    const xpath *calculate, *relevant, *required, *readonly, *constraint;
    const char *constraint_message, *required_message; /* "" none */
    form_text constraint_words, required_words; /* the same, translated */
    const form_control *control;
    form_action *changed; /* actions on a change of its value */
    /* of a repeat */
    int is_repeat;
    int is_several;   /* the form shows several nodes of it beside each other */
    int is_bound;     /* some bind is about it */
    int is_attribute; /* its name begins with "@"; the item above has it */
    const xpath *repeat_count; /* NULL: as many as the person adds */
    form_node *template;       /* what a new instance is a copy of */
    form_action *added;        /* actions on a new instance */
    form_edge *edges;          /* who reads it */
    size_t edge_count, edge_capacity;
};

typedef enum form_rule {
    FORM_CALCULATE,
    FORM_RELEVANT,
    FORM_READONLY,
    FORM_REQUIRED
} form_rule;

typedef struct form_trigger {
    form_item *item;
    form_rule rule;
    const xpath *expression;
} form_trigger;

typedef struct form_language {
    const char *name;
    struct form_translation {
        const char *id;
        form_text text;
        form_text guidance; /* of a hint; no parts: none */
    } * texts;              /* sorted by id */
    size_t count, capacity;
} form_language;

typedef struct form {
    form_names *names;
    arena *memory;
    form_document *source; /* the XML, which items' nodes belong to */
    const char *title, *id, *version;
    form_item *root;
    form_item **items;  /* by number */
    form_element *body; /* a group without a label: all of it */
    size_t item_count;
    form_trigger *triggers; /* by rank */
    size_t trigger_count, trigger_capacity;
    form_item *audit;     /* meta/audit; NULL: it asks for none */
    int audit_values;     /* 1: it wants answers before and after a change */
    int audit_user;       /* 1: and who it was */
    int audit_reasons;    /* 1: and why a finalised record was changed */
    int audit_places;     /* 1: and where; 2: where that costs no power */
    int64_t place_gap;    /* ms between two places asked for, at least */
    int64_t place_life;   /* ms after which a place is not told any more */
    form_action *actions; /* of the model: on loading */
    form_language *languages; /* the default one first */
    size_t language_count, language_capacity;
    struct form_instance { /* secondary */
        const char *id;
        form_node *top;
        const char *source; /* "jr://file-csv/x.csv", or NULL: inside */
        int is_long;        /* inside, and may be a table: see lists.h */
    } * instances;
    size_t instance_count, instance_capacity;
    form_messages *messages; /* while it is read, or NULL */
    xpath **expressions;     /* all, to be freed */
    size_t expression_count, expression_capacity;
} form;

/* Read an XForm (XML). TAWAM_EUSAGE says where and what is wrong. */
int form_read_xform(form **out, const char *xml, size_t length);
/* The same; M (NULL: nobody) gets what is likely a mistake. */
int form_check_xform(form **out, form_messages *m, const char *xml,
                     size_t length);
void form_free(form *f);
/* By path, "/data/member/age" without numbers; NULL if there is none. */
form_item *form_find(const form *f, const char *path);
form_item *form_item_child(const form_item *item, const char *name);
/* What of NODE, a node of ITEM or, if that is an attribute, of the item above
 * it, is ITEM's: itself, or its attribute; NULL. */
form_node *form_item_node(const form_item *item, form_node *node);
/* 1: a node has one child of ITEM at most. */
static inline int form_item_is_single(const form_item *item)
{
    return !item->is_repeat && !item->is_several;
}
/* The item whose nodes are to be looked for: ITEM, or the one above. */
const form_item *form_item_element(const form_item *item);

#endif
