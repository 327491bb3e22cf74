/* SPDX-License-Identifier: MIT */
/* A query of a list in the making: lists_condition.c writes conditions,
 * lists_query.c makes a query of them and asks it. */
#ifndef TAWAM_FORM_LISTS_QUERY_H
#define TAWAM_FORM_LISTS_QUERY_H

#include "form/lists_internal.h"

#define REST_MOST 32 /* parts of one predicate that the evaluator keeps */
#define EQUAL_MOST 4 /* columns of an index */

typedef struct bound {
    const char *text; /* or NULL: a number */
    double number;
} bound;

typedef struct query {
    evaluation *e;
    list_view *v;
    buffer where;  /* conditions, " AND " between */
    buffer costly; /* those that call functions: to be looked at last */
    bound *bounds;
    size_t bound_count, bound_capacity;
    const char *equal[EQUAL_MOST]; /* SQL compared for equality, each row */
    size_t equal_count;
    const char *range; /* and one for its size; NULL */
    const char *begin; /* a column whose beginning is given; NULL */
    int inner;         /* below an `or` or a not(): such can't share an index */
    size_t taken;      /* predicates dealt with */
    const expression *rest[REST_MOST]; /* of the last of them */
    size_t rest_count;
    double limit; /* rows; below 0: all */
    double offset;
} query;

/* X as a truth, appended. 1; 0: it can't be said in SQL; or an error. NULL
 * counts as false. */
int query_condition(query *q, const expression *x);
/* COLUMN's text is TEXT; 1 or an error. */
int query_equal(query *q, const list_column *column, const char *text);
/* 1: *out is X's value, whatever the row. 0: it has none such, and the
 * evaluator will say why if it comes to it. */
int query_constant(xpath_value *out, query *q, const expression *x);
/* 1: X is the path of a column alone. */
int query_is_column(const char **name, const expression *x);
/* X is a call that has another value each time, or in each row. */
int query_is_fickle(const expression *x);
int query_is_call(const expression *x, const char *name);
int query_is_one_of(const expression *x, const char *const *names);

#endif
