/* SPDX-License-Identifier: MIT */
/* xlsform, private: the questionnaire between its sheets and its XForm.
 *
 *   sheets -> xlsform_sheet.c   columns by their canonical names
 *          -> xlsform_rows.c, xlsform_block.c    a tree of elements;
 *             xlsform_parameters.c, xlsform_choices.c   their parameters, lists
 *          -> xlsform_check.c   what rows and sheets say of each other
 *          -> xlsform_entity.c, xlsform_entity_place.c   what the entities
 *                              sheet adds to it, and where
 *          -> xlsform_reference_check.c, xlsform_warn.c   each cell's
 *                              references and expressions; likely mistakes
 *          -> xlsform_prefix.c  prefixes that no setting declares
 *          -> xlsform_text.c    which texts need translations
 *          -> xlsform_model.c, xlsform_body.c   XML
 */
#ifndef TAWAM_FORM_XLSFORM_INTERNAL_H
#define TAWAM_FORM_XLSFORM_INTERNAL_H

#include "form/document.h"
#include "form/xlsform.h"
#include "form/xpath.h"

/* ---- columns: xlsform_sheet.c ---- */
typedef struct sheet_column {
    const char *base;     /* canonical: "label", "bind::relevant", "image" */
    const char *language; /* NULL: none was named */
    size_t index;
} sheet_column;

typedef struct sheet {
    const workbook_sheet *table; /* NULL: the workbook has none */
    const char *name;
    sheet_column *columns;
    size_t column_count;
} sheet;

typedef enum sheet_kind {
    SHEET_SURVEY,
    SHEET_CHOICES,
    SHEET_SETTINGS,
    SHEET_ENTITIES,
    SHEET_OSM,
    SHEET_EXTERNAL
} sheet_kind;

/* ---- translations ---- */
typedef struct translation {
    const char *language; /* NULL: the default one */
    const char *text;
} translation;

typedef struct translations {
    translation *list;
    size_t count;
} translations;

enum { MEDIA_IMAGE, MEDIA_BIG_IMAGE, MEDIA_AUDIO, MEDIA_VIDEO, MEDIA_COUNT };

/* ---- question types: xlsform_types.c ---- */
typedef struct question_type {
    const char *name;
    const char *bind;    /* type of the bind; NULL: it has no bind */
    const char *control; /* element of the body; NULL: it is not asked */
    const char *media;   /* of an upload */
    const char *preload, *parameters;
    const char *readonly, *constraint;
    const char *action; /* "odk:setgeopoint": what happens on loading */
    const char *hint;   /* where the row gives none; or NULL */
} question_type;
const question_type *question_type_find(const char *name);
const char *question_type_nearest(const char *name);

/* ---- what there is: for the test that each name has a case ---- */
/* The name at place AT of each table, NULL past its end. */
const char *question_type_name(size_t at);
const char *select_name(size_t at); /* "select one from": a list follows */
const char *block_word(size_t at);  /* "begin group" */
const char *row_setting(size_t at); /* settings that are rows of the survey */
const char *setting_name(size_t at);
const char *sheet_alias(sheet_kind kind, size_t at);
const char *survey_column(size_t at); /* of the survey, canonical */
/* Keys with a blank around each, of TYPE ("select one", "image"). */
const char *parameter_keys(const char **type, size_t at);

/* ---- the tree ---- */
typedef enum element_kind {
    ELEMENT_SURVEY,
    ELEMENT_GROUP,
    ELEMENT_REPEAT,
    ELEMENT_QUESTION,
    ELEMENT_EXTERNAL /* an attached list */
} element_kind;

typedef struct pair {
    const char *key, *value;
    struct pair *next;
} pair;

typedef struct choice_list choice_list;
typedef struct text_id text_id;

typedef struct action { /* a question's change gives TARGET its value */
    struct element *target;
    struct action *next;
} action;

typedef struct element {
    element_kind kind;
    const char *name, *path;
    struct element *parent, *first, *last, *next;
    const question_type *type;
    const workbook_row *row; /* NULL: made */
    translations label, hint, guidance, media[MEDIA_COUNT];
    translations constraint_message, required_message, no_app_message;
    pair *binds, *controls, *attributes; /* bind::, body::, instance:: */
    pair *parameters;
    const char *relevant, *required, *readonly, *constraint, *calculation;
    const char *default_value, *trigger, *choice_filter, *appearance;
    const char *repeat_count, *save_to;
    const char *list;        /* choice list, instance or repeat's question */
    const char *file;        /* of select_one_from_file, csv-external */
    choice_list *choices;    /* of the sheet; NULL */
    struct element *list_of; /* the question in a repeat that gives choices */
    int or_other;
    int is_silent;           /* has no control although its type has */
    int is_loop;             /* a group that was one */
    size_t number;           /* in the order of the survey */
    const text_id *label_id; /* of its label and media; NULL: not in itext */
    const char *query;       /* of a select_one_external; NULL */
    const char *tags;        /* of an osm question: its list */
    struct entity *entity;   /* whose meta block it holds */
    struct entity *reserved; /* who saves what stands in it */
    action *actions;         /* questions it triggers */
} element;

typedef struct choice {
    const char *name;
    translations label, media[MEDIA_COUNT];
    const workbook_row *row; /* NULL: made */
} choice;

struct choice_list {
    const char *name;
    choice *list;
    size_t count, capacity;
    int used;       /* some question asks it */
    int translated; /* its labels are in itext */
    int inlined;    /* asked with search(): written into the control */
    struct choice_list *next;
};

typedef struct entity {
    const char *dataset;
    const char *entity_id, *create_if, *update_if, *label, *repeat;
    element *place; /* survey, group or repeat that holds it */
    size_t row;
    struct entity *next;
} entity;

struct text_id { /* "/data/q:label", once for all languages */
    const char *text;
    const element *owner; /* relative paths lead from it */
    size_t number;
};

typedef struct text_entry {
    const text_id *id;
    const char *form; /* "image", "guidance"; NULL: the plain value */
    const char *text; /* NULL: the id has no value in this language */
    size_t next;      /* entry of the same id in this language; SIZE_MAX none */
} text_entry;

typedef struct text_language {
    const char *name;
    text_entry *list;
    size_t count, capacity;
} text_language;

typedef struct xlsform {
    const workbook *w;
    form_messages *m;
    arena *memory;
    sheet survey, choices, settings, entities_sheet, osm, external;
    element root;
    element **by_name; /* all but attached lists, sorted; NULL: not yet */
    size_t element_count;
    choice_list *lists, *tags, *outside; /* of choices, osm and
                                            external_choices */
    entity *entities;
    pair *row_settings; /* settings that stand in rows of the survey */
    const char *title, *id, *version, *default_language, *instance_name;
    int keep_blanks; /* clean_text_values no */
    int uses_last_saved;
    size_t text_count; /* ids of texts */
    text_language *languages;
    size_t language_count, language_capacity;
    int failed; /* memory ran out */
} xlsform;

/* ---- xlsform_sheet.c ---- */
int sheet_open(sheet *s, xlsform *x, sheet_kind kind);
/* The cell of ROW under canonical BASE; "" when there is none. */
const char *sheet_cell(const sheet *s, const workbook_row *row,
                       const char *base);
/* Typographic quotes become plain ones, but for labels and other texts. */
void sheet_plain_quotes(const sheet *s);
const char *sheet_header(const sheet *s, const char *base);
int sheet_has(const sheet *s, const char *base);
/* All cells of ROW under BASE, by language. */
translations sheet_texts(xlsform *x, const sheet *s, const workbook_row *row,
                         const char *base);
void xlsform_error(xlsform *x, const sheet *s, size_t row, const char *base,
                   const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void xlsform_warning(xlsform *x, const sheet *s, size_t row, const char *base,
                     const char *format, ...)
    __attribute__((format(printf, 5, 6)));
char *xlsform_format(xlsform *x, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
pair *pair_find(pair *list, const char *key);
void pair_add(xlsform *x, pair **list, const char *key, const char *value);

/* ---- xlsform_rows.c, xlsform_choices.c ---- */
int xlsform_read_rows(xlsform *x);
int xlsform_read_choices(xlsform *x);
/* A name, or a prefix of the settings' namespaces, ":" and a name. */
int is_xml_name(const char *name);
const char *yes_no(const char *text); /* "true()", "false()" or TEXT */

/* Does TEXT begin with one of NAMES (blanks or "_", any case), ended by NULL?
 * *REST is what follows. */
int words_begin(const char *text, const char *const *names, const char **rest);
/* Name AT of COUNT lists one after the other; NULL past the last. */
const char *words_at(const char *const *const *lists, size_t count, size_t at);
/* An error if NAME, of ROW, can't be one. */
void check_row_name(xlsform *x, const char *name, size_t row);
void read_columns(xlsform *x, element *e); /* of its row */

/* ---- xlsform_block.c ---- */
typedef struct block {
    element *now;         /* the innermost that is open */
    const char *over[32]; /* of a loop at that depth: its list; else NULL */
    size_t depth;
    const char *table; /* list of the table-list that is open, "" not known
                          yet; NULL: none is */
} block;
/* 1 if ROW begins or ends a block. */
int read_block(xlsform *x, block *b, const workbook_row *row, const char *type);
/* E is a select in a table-list, FIRST the one that brings the heading. */
void join_table(xlsform *x, block *b, element *e);
void add_table_heading(xlsform *x, block *b, const element *probe,
                       const char *filter);

/* ---- xlsform_parameters.c ---- */
/* "key=value key2=value2", commas and semicolons too. */
void read_parameters(xlsform *x, element *e, const char *text);
void check_parameters(xlsform *x, element *e);
/* A number, and a whole one. */
int is_number(const char *text);
int is_whole(const char *text);
int is_one_reference(const char *text); /* "${name}" and no more */

/* ---- xlsform_check.c ---- */
/* Finds lists and triggers that rows name, and what doesn't fit. */
void xlsform_join(xlsform *x);
const char *xlsform_setting(const xlsform *x, const char *name);
int xlsform_omits_id(const xlsform *x); /* the record has no instanceID */

/* ---- xlsform_reference_check.c, xlsform_warn.c ---- */
/* References and expressions, each with its place. */
void xlsform_check_cells(xlsform *x);
/* xlsform_prefix.c: prefixes of names that no setting declares. */
void xlsform_check_prefixes(xlsform *x);
/* prefix="uri" prefix='uri' ..., with blanks between, as declarations. */
void write_namespaces(buffer *out, const char *text);
/* Warns of what is likely a mistake; also of names of sheets and columns. */
void xlsform_warn(xlsform *x);
/* The sheet whose name is near KIND's, which is missing; or NULL. */
const char *nearest_sheet(const xlsform *x, sheet_kind kind);

/* ---- xlsform_element.c ---- */
element *element_new(xlsform *x, element *parent, element_kind kind,
                     const char *name);
choice_list *choice_list_find(xlsform *x, const char *name);
/* A question that no row is for, and a text without a language. */
element *add_made(xlsform *x, element *parent, const char *type,
                  const char *name);
translations one_text(xlsform *x, const char *text);
/* The next element, depth first; NULL at the end. */
element *element_after(const element *e, const element *top);
/* The first of that name, and how many there are. All must have been read. */
element *element_named(xlsform *x, const char *name, size_t *count);
const char *element_nearest(xlsform *x, const char *name); /* or NULL */

/* ---- xlsform_reference.c ---- */
typedef enum reference_use {
    REFERENCE_EXPRESSION,
    REFERENCE_FILTER, /* of choices: the context is a choice */
    REFERENCE_TEXT
} reference_use;
/* TEXT with each ${name} as a path seen from CONTEXT, appended, escaped for an
 * attribute; for REFERENCE_TEXT as <output> elements, escaped for content. */
void write_expression(buffer *out, xlsform *x, const char *text,
                      const element *context, reference_use use,
                      const char *column);
int has_reference(const char *text);
/* Is DEFAULT computed? (XLSForm's rule: an operator, a call, a path.) */
int asks_by_search(const element *e); /* appearance search(…) */
int is_dynamic_default(const element *e, const char *text); /* _default.c */
const char *element_path(xlsform *x, const element *e);
/* "" or "../../x" from CONTEXT; NULL when no repeat is shared. */
char *relative_path(xlsform *x, const element *context, const element *to,
                    const char *below);

/* ---- xlsform_text.c ---- */
int xlsform_collect_texts(xlsform *x);
/* Is the text with these translations in itext? */
int is_translated(const translations *t);
int label_in_itext(const element *e);
/* That of a message, by its attribute "jr:constraintMsg": its references are
 * values then. */
int is_message_in_itext(const char *attribute, const translations *t);
const char *plain_text(const xlsform *x, const translations *t);
void write_itext(buffer *out, xlsform *x);

/* ---- xlsform_entity.c ---- */
int xlsform_read_entities(xlsform *x);
/* xlsform_entity_place.c: each entity's place, and what save_to says. */
void place_entities(xlsform *x);
void write_entity_meta(buffer *out, xlsform *x, const entity *e);
void write_entity_binds(buffer *out, xlsform *x, const entity *e);
void write_entity_repeat_action(buffer *out, xlsform *x, const entity *e);
const char *entities_version(const xlsform *x);

/* ---- xlsform_model.c, xlsform_body.c ---- */
void write_model(buffer *out, xlsform *x);
void write_body(buffer *out, xlsform *x);
/* LIST as attributes, references in their values as paths. */
void write_pairs(buffer *out, xlsform *x, const element *e, const pair *list);
/* A setvalue (or setgeopoint) that gives E its value on EVENTS. */
void write_setvalue(buffer *out, xlsform *x, const element *e,
                    const char *events, const char *value,
                    const element *context);

#endif
