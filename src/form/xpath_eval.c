/* SPDX-License-Identifier: MIT */
/* A tree -> its value. */
#include "form/xpath_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- comparing ---- */

int numbers_compare(operator_kind operator, double a, double b)
{
    int equal = a == b || fabs(a - b) < XPATH_NEARLY;
    switch (operator) {
    case OPERATOR_EQUAL:
        return equal;
    case OPERATOR_UNEQUAL:
        return !equal;
    case OPERATOR_LESS:
        return a < b && !equal;
    case OPERATOR_AT_MOST:
        return a < b || equal;
    case OPERATOR_MORE:
        return a > b && !equal;
    default:
        return a > b || equal;
    }
}

/* Equal as booleans; but a text 'true' or 'false' as the text it is. */
static int equal_booleans(int *out, evaluation *e, const xpath_value *a,
                          const xpath_value *b)
{
    const xpath_value *other = a->kind == XPATH_BOOLEAN ? b : a;
    const xpath_value *boolean = other == a ? b : a;
    const char *text = "";
    if (other->kind == XPATH_NODESET || other->kind == XPATH_STRING) {
        int code = value_text(&text, e, other);
        if (code != TAWAM_OK)
            return code;
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
            *out = (text[0] == 't') == boolean->boolean;
            return TAWAM_OK;
        }
    }
    *out = value_boolean(e, a) == value_boolean(e, b);
    return TAWAM_OK;
}

static int equal_texts(int *out, evaluation *e, const xpath_value *a,
                       const xpath_value *b)
{
    const char *one = "", *two = "";
    int code = value_text(&one, e, a);
    if (code == TAWAM_OK)
        code = value_text(&two, e, b);
    if (code == TAWAM_OK)
        *out = strcmp(one, two) == 0;
    return code;
}

/* A moment against a text is compared by days, if the text is a date. */
static int equal_dates(int *out, evaluation *e, const xpath_value *a,
                       const xpath_value *b)
{
    double one = value_number(e, a), two = value_number(e, b);
    if (isnan(one) || isnan(two))
        return equal_texts(out, e, a, b);
    *out = numbers_compare(OPERATOR_EQUAL, one, two);
    return TAWAM_OK;
}

static int either(const xpath_value *a, const xpath_value *b, xpath_kind kind)
{
    return a->kind == kind || b->kind == kind;
}

int compare_values(int *out, evaluation *e, operator_kind operator,
                   const xpath_value * a, const xpath_value *b)
{
    int equal = 0, code;
    if ((operator!= OPERATOR_EQUAL && operator!= OPERATOR_UNEQUAL) ||
        (either(a, b, XPATH_NUMBER) && !either(a, b, XPATH_BOOLEAN))) {
        *out =
            numbers_compare(operator, value_number(e, a), value_number(e, b));
        return TAWAM_OK;
    }
    code = either(a, b, XPATH_BOOLEAN) ? equal_booleans(&equal, e, a, b)
           : either(a, b, XPATH_DATE)  ? equal_dates(&equal, e, a, b)
                                       : equal_texts(&equal, e, a, b);
    *out = equal == (operator== OPERATOR_EQUAL);
    return code;
}

/* ---- operators ---- */

static double calculate(operator_kind operator, double a, double b)
{
    switch (operator) {
    case OPERATOR_PLUS:
        return a + b;
    case OPERATOR_MINUS:
        return a - b;
    case OPERATOR_TIMES:
        return a * b;
    case OPERATOR_DIV:
        return a / b;
    default:
        return fmod(a, b);
    }
}

static int compare_nodes(const void *a, const void *b)
{
    return form_node_order(*(form_node *const *)a, *(form_node *const *)b);
}

static int unite(xpath_value *out, evaluation *e, const xpath_value *a,
                 const xpath_value *b)
{
    size_t kept = 0, total = a->count + b->count;
    form_node **nodes;
    if (a->kind != XPATH_NODESET || b->kind != XPATH_NODESET)
        return error_set(TAWAM_EUSAGE, _("| joins nodes only"));
    nodes = arena_alloc(e->memory, (total + 1) * sizeof *nodes);
    if (!nodes)
        return TAWAM_EMEMORY;
    if (a->count)
        memcpy(nodes, a->nodes, a->count * sizeof *nodes);
    if (b->count)
        memcpy(nodes + a->count, b->nodes, b->count * sizeof *nodes);
    qsort(nodes, total, sizeof *nodes, compare_nodes);
    for (size_t i = 0; i < total; i++)
        if (kept == 0 || nodes[kept - 1] != nodes[i])
            nodes[kept++] = nodes[i];
    *out = (xpath_value){.kind = XPATH_NODESET, .nodes = nodes, .count = kept};
    return TAWAM_OK;
}

static int apply(xpath_value *left, evaluation *e, operator_kind operator,
                 const xpath_value * right)
{
    int truth = 0, code = TAWAM_OK;
    if (operator== OPERATOR_UNION)
        return unite(left, e, left, right);
    if (operator>= OPERATOR_PLUS) {
        set_number(left, calculate(operator, value_number(e, left),
                                   value_number(e, right)));
        return TAWAM_OK;
    }
    code = compare_values(&truth, e, operator, left, right);
    set_boolean(left, truth);
    return code;
}

/* `and` and `or` stop as soon as the outcome is certain. */
static int evaluate_logic(xpath_value *out, evaluation *e, const expression *x)
{
    int stop_at = x->operators[0] == OPERATOR_OR, truth = !stop_at;
    int code = TAWAM_OK;
    for (size_t i = 0;
         code == TAWAM_OK && truth != stop_at && i < x->part_count; i++) {
        xpath_value v;
        code = evaluate(&v, e, x->parts[i]);
        if (code == TAWAM_OK)
            truth = value_boolean(e, &v);
    }
    set_boolean(out, truth);
    return code;
}

static int evaluate_chain(xpath_value *out, evaluation *e, const expression *x)
{
    xpath_value left, right;
    int code;
    if (x->operators[0] == OPERATOR_OR || x->operators[0] == OPERATOR_AND)
        return evaluate_logic(out, e, x);
    code = evaluate(&left, e, x->parts[0]);
    for (size_t i = 1; code == TAWAM_OK && i < x->part_count; i++) {
        code = evaluate(&right, e, x->parts[i]);
        if (code == TAWAM_OK)
            code = apply(&left, e, x->operators[i - 1], &right);
    }
    if (code == TAWAM_OK)
        *out = left;
    return code;
}

/* ---- calls ---- */

static int evaluate_call(xpath_value *out, evaluation *e, const expression *x)
{
    xpath_value few[8], *arguments = few;
    int code = TAWAM_OK;
    if (x->function->lazy)
        return x->function->lazy(out, e, x->parts, x->part_count);
    if (x->part_count > sizeof few / sizeof *few) {
        arguments = arena_alloc(e->memory, x->part_count * sizeof *arguments);
        if (!arguments)
            return TAWAM_EMEMORY;
    }
    for (size_t i = 0; code == TAWAM_OK && i < x->part_count; i++)
        code = evaluate(&arguments[i], e, x->parts[i]);
    return code == TAWAM_OK
               ? x->function->strict(out, e, arguments, x->part_count)
               : code;
}

static int evaluate_kind(xpath_value *out, evaluation *e, const expression *x)
{
    xpath_value v;
    int code;
    switch (x->kind) {
    case EXPRESSION_NUMBER:
        set_number(out, x->number);
        return TAWAM_OK;
    case EXPRESSION_TEXT:
        set_text(out, x->text);
        return TAWAM_OK;
    case EXPRESSION_CHAIN:
        return evaluate_chain(out, e, x);
    case EXPRESSION_NEGATE:
        code = evaluate(&v, e, x->parts[0]);
        if (code == TAWAM_OK)
            set_number(out, -value_number(e, &v));
        return code;
    case EXPRESSION_CALL:
        return evaluate_call(out, e, x);
    default:
        return evaluate_path(out, e, x, 0);
    }
}

int evaluate(xpath_value *out, evaluation *e, const expression *x)
{
    int code;
    /* Brackets cost a few levels of the tree each. */
    if (++e->depth > 4 * XPATH_DEPTH_MOST)
        return error_set(TAWAM_EUSAGE, _("the expression is too deep"));
    if (++*e->steps > XPATH_STEPS_MOST)
        return error_set(TAWAM_EUSAGE,
                         _("the expression takes more than %d steps: it asks "
                           "for every row of a list again and again"),
                         XPATH_STEPS_MOST);
    code = evaluate_kind(out, e, x);
    e->depth--;
    return code;
}

int xpath_evaluate(xpath_value *out, const xpath *x, const xpath_context *c)
{
    size_t steps = 0;
    evaluation e = {.c = c,
                    .memory = c->memory,
                    .node = c->node,
                    .position = 1,
                    .size = 1,
                    .steps = &steps};
    return evaluate(out, &e, x->root);
}
