/* SPDX-License-Identifier: MIT */
/* xpath: expressions of forms. Compile once, evaluate often.
 *
 * The language: XPath 1.0's operators, paths by child, parent, self and
 * attribute, predicates, and the functions of ODK XForms. Where engines differ:
 *  - several nodes as one value: the first one;
 *  - a path to nothing is the empty text, so that `/data/x = ''` is true;
 *  - numbers are equal within 1e-12: so near to 0 one is false, so near to a
 *    whole number it is written as that;
 *  - round() of a text reads a decimal comma, nothing else does;
 *  - a text that is a date counts as days since 1970 where a number is wanted;
 *  - sum(), max() and min() pass over what is no number, coalesce() too: an
 *    unanswered question is no reason for the total to be none;
 *  - a text 'true' or 'false' against a boolean is compared as text, since that
 *    is how a record keeps booleans;
 *  - an absolute path that leads through a repeat in which the context node
 *    stands means this instance of it.
 *
 * Invariant: neither compiling nor evaluating goes deeper than XPATH_DEPTH_MOST
 * levels of brackets; longer chains of operators and steps take no depth. An
 * evaluation ends after XPATH_STEPS_MOST steps, with an error.
 */
#ifndef TAWAM_FORM_XPATH_H
#define TAWAM_FORM_XPATH_H

#include "base/base.h"
#include "form/document.h"

#define XPATH_TEXT_MOST ((size_t)1 << 20) /* bytes of an expression */
#define XPATH_DEPTH_MOST 1000
#define XPATH_NEARLY 1e-12 /* numbers nearer to each other are equal */
/* Parts of an expression that one evaluation may look at: what 100,000 rows
 * take a hundred times over, a second or so. */
#define XPATH_STEPS_MOST 30000000

typedef struct xpath xpath; /* a compiled expression; immutable */

/* NAMES must be those of the documents it will be evaluated on. TAWAM_EUSAGE
 * says the column and what is wrong: syntax, unknown function, wrong number of
 * arguments, an axis that forms don't have. */
int xpath_compile(xpath **out, form_names *names, const char *text);
void xpath_free(xpath *x);
const char *xpath_text(const xpath *x); /* as given */

typedef enum xpath_kind {
    XPATH_NODESET = 1,
    XPATH_STRING = 2,
    XPATH_NUMBER = 3,
    XPATH_BOOLEAN = 4,
    XPATH_DATE = 5 /* text and days both: date(), today(), now() */
} xpath_kind;

/* A value; what it points to lives in the evaluation's arena or its nodes. */
typedef struct xpath_value {
    xpath_kind kind;
    int boolean;       /* of XPATH_BOOLEAN */
    double number;     /* of XPATH_NUMBER; days of XPATH_DATE */
    const char *text;  /* of XPATH_STRING, XPATH_DATE: ISO 8601 */
    form_node **nodes; /* of XPATH_NODESET, in document order */
    size_t count;
} xpath_value;

/* What an evaluation may ask its surroundings. Any call may be NULL: then the
 * functions that need it say that they can't be used here. */
typedef struct xpath_context {
    arena *memory;   /* for results; the caller resets it */
    form_node *node; /* where relative paths begin, current(); may be NULL */
    form_node *top;  /* where absolute paths begin; may be NULL */
    const char *language; /* for names of months: "fr", "ar", else English */
    void *caller;         /* handed to the calls */
    /* The top node of secondary instance ID; TAWAM_ENOTFOUND. */
    int (*instance)(form_node **top, void *caller, const char *id);
    /* Text of an itext id / label of a choice of the question at REFERENCE. */
    int (*itext)(const char **text, void *caller, const char *id);
    int (*choice_name)(const char **text, void *caller, const char *value,
                       const char *reference);
    /* Of the device: "deviceid", "username", and "version" of the form. */
    int (*property)(const char **text, void *caller, const char *name);
    /* What uuid() gives; NULL: a random one. */
    int (*uuid)(char out[37], void *caller);
} xpath_context;

int xpath_evaluate(xpath_value *out, const xpath *x, const xpath_context *c);

/* Conversions of XPath 1.0, section 4, with the choices above. */
int xpath_to_text(const char **out, const xpath_value *v, arena *memory);
double xpath_to_number(const xpath_value *v, arena *memory);
int xpath_to_boolean(const xpath_value *v, arena *memory);
/* A number as XPath writes it: no exponent, "NaN", "Infinity". */
int xpath_number_text(const char **out, double number, arena *memory);
/* NUMBER with PLACES decimals (-30 to 30; below 0: tens), as round() does. */
double xpath_number_round(double number, int places);

#endif
