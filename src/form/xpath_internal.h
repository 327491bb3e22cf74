/* SPDX-License-Identifier: MIT */
/* xpath, private: words, the syntax tree, an evaluation. */
#ifndef TAWAM_FORM_XPATH_INTERNAL_H
#define TAWAM_FORM_XPATH_INTERNAL_H

#include "form/xpath.h"

/* ---- words: xpath_lex.c ---- */
typedef enum token_kind {
    TOKEN_END = 0,
    TOKEN_NUMBER,
    TOKEN_TEXT,     /* in quotes */
    TOKEN_NAME,     /* may have a prefix; may be "*" or "p:*" */
    TOKEN_OPERATOR, /* of `operator` */
    TOKEN_SIGN /* one of ( ) [ ] , / @ . and ".." "//" "::" "|", in `sign` */
} token_kind;

typedef enum operator_kind {
    OPERATOR_OR = 1,
    OPERATOR_AND,
    OPERATOR_EQUAL,
    OPERATOR_UNEQUAL,
    OPERATOR_LESS,
    OPERATOR_AT_MOST,
    OPERATOR_MORE,
    OPERATOR_AT_LEAST,
    OPERATOR_PLUS,
    OPERATOR_MINUS,
    OPERATOR_TIMES,
    OPERATOR_DIV,
    OPERATOR_MOD,
    OPERATOR_UNION
} operator_kind;

enum { SIGN_PARENT = 256, SIGN_DESCENDANT, SIGN_AXIS };

typedef struct token {
    token_kind kind;
    operator_kind operator;
    int sign; /* the character, or SIGN_… */
    double number;
    const char *text; /* into the expression; of TEXT without its quotes */
    size_t length;
    size_t column; /* in bytes, from 1 */
} token;

typedef struct lexer {
    const char *text, *at;
    token_kind before; /* the word before: decides what * and `and` are */
    int before_sign;
} lexer;

int lexer_next(token *out, lexer *l);

/* ---- the tree: xpath_parse.c ---- */
typedef struct expression expression;

typedef enum axis_kind {
    AXIS_CHILD,
    AXIS_PARENT,
    AXIS_SELF,
    AXIS_ATTRIBUTE
} axis_kind;

typedef struct step {
    axis_kind axis;
    const char *name;   /* interned local name; NULL: any node */
    const char *prefix; /* interned, "" none */
    expression **predicates;
    size_t predicate_count;
} step;

typedef struct function function;

typedef enum expression_kind {
    EXPRESSION_NUMBER,
    EXPRESSION_TEXT,
    EXPRESSION_CHAIN,  /* parts[0] op[0] parts[1] op[1] … from the left */
    EXPRESSION_NEGATE, /* of parts[0] */
    EXPRESSION_CALL,   /* of `function` with parts */
    EXPRESSION_PATH    /* steps from the context, the top, or parts[0] */
} expression_kind;

struct expression {
    expression_kind kind;
    double number;
    const char *text;
    const function *function;
    expression **parts;
    size_t part_count;
    operator_kind *operators; /* of a chain: part_count - 1 */
    int absolute;             /* of a path */
    expression **filters;     /* predicates of parts[0] of a path */
    size_t filter_count;
    step *steps;
    size_t step_count;
};

struct xpath {
    arena *memory;
    form_names *names;
    const char *text;
    expression *root;
};

/* ---- evaluating: xpath_eval.c, xpath_path.c ---- */
typedef struct evaluation {
    const xpath_context *c;
    arena *memory;
    form_node *node; /* the context node now */
    size_t position, size;
    int depth;
    size_t *steps; /* taken so far, by all that one evaluation asks */
} evaluation;

int evaluate(xpath_value *out, evaluation *e, const expression *x);
/* Steps of a path from its beginning. WHOLE 1: through all instances of
 * repeats, also of those in which the context stands. */
int evaluate_path(xpath_value *out, evaluation *e, const expression *x,
                  int whole);
/* Keep of the node set in *SET what PREDICATE accepts. */
int apply_predicate(xpath_value *set, evaluation *e,
                    const expression *predicate);
int compare_values(int *out, evaluation *e, operator_kind operator,
                   const xpath_value * a, const xpath_value *b);
/* A comparison of numbers, with the tolerance that they have. */
int numbers_compare(operator_kind operator, double a, double b);
/* Is the word WANTED one of LIST's, which have blanks between? */
int is_selected(const char *list, const char *wanted);
/* How many nodes path X leads to; *done 0: they are to be found for that. */
int count_path(double *out, int *done, evaluation *e, const expression *x);

/* ---- values: xpath_value.c ---- */
int value_text(const char **out, evaluation *e, const xpath_value *v);
double value_number(evaluation *e, const xpath_value *v);
int value_boolean(evaluation *e, const xpath_value *v);
const char *node_value(const form_node *node, arena *memory);
double text_to_number(const char *text);
void set_text(xpath_value *out, const char *text);
void set_number(xpath_value *out, double number);
void set_boolean(xpath_value *out, int boolean);
int set_format(xpath_value *out, evaluation *e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- functions ---- */
typedef int (*strict_call)(xpath_value *out, evaluation *e,
                           const xpath_value *arguments, size_t count);
typedef int (*lazy_call)(xpath_value *out, evaluation *e,
                         expression *const *arguments, size_t count);
struct function {
    const char *name;
    int least, most;    /* arguments; most -1: any number */
    strict_call strict; /* gets values; */
    lazy_call lazy;     /* or expressions, one of the two */
};
/* By NAME of LENGTH bytes, or NULL. */
const function *function_find(const char *name, size_t length);
const char *function_nearest(const char *name);
/* That at place AT of all there are; NULL past the last. */
const function *function_at(size_t at);
/* A table of one file, ended by a NULL name. */
extern const function FUNCTIONS_TEXT[], FUNCTIONS_LOGIC[], FUNCTIONS_NUMBER[],
    FUNCTIONS_NODES[], FUNCTIONS_DATE[], FUNCTIONS_PLACE[], FUNCTIONS_CODE[];

/* "FUNCTION(): " and words; TAWAM_EUSAGE. */
int function_error(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- dates: xpath_date.c ---- */
/* Days since 1970 of ISO text: whole for a date, with a fraction for a moment
 * (of UTC; a text without a zone is of the local one). 1 if TEXT is one. */
int date_days(double *days, const char *text);
/* 1: "hh:mm", "hh:mm:ss.sss" and a zone or none, and nothing else. */
int date_is_time(const char *text);
#endif
