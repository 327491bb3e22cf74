/* SPDX-License-Identifier: MIT */
/* Functions on numbers (ODK XForms, "Number functions"). */
#include "form/xpath_internal.h"
#include <math.h>
#include <string.h>

/* ---- of one or two numbers ---- */

#define ONE(NAME, RESULT)                                                      \
    static int call_##NAME(xpath_value *out, evaluation *e,                    \
                           const xpath_value *arguments, size_t count)         \
    {                                                                          \
        double x = value_number(e, &arguments[0]);                             \
        (void)count;                                                           \
        set_number(out, RESULT);                                               \
        return TAWAM_OK;                                                       \
    }
#define TWO(NAME, RESULT)                                                      \
    static int call_##NAME(xpath_value *out, evaluation *e,                    \
                           const xpath_value *arguments, size_t count)         \
    {                                                                          \
        double x = value_number(e, &arguments[0]);                             \
        double y = value_number(e, &arguments[1]);                             \
        (void)count;                                                           \
        set_number(out, RESULT);                                               \
        return TAWAM_OK;                                                       \
    }

ONE(int, trunc(x))
ONE(abs, fabs(x))
ONE(floor, floor(x))
ONE(ceiling, ceil(x))
ONE(sqrt, sqrt(x))
ONE(exp, exp(x))
ONE(exp10, pow(10, x))
ONE(log, log(x))
ONE(log10, log10(x))
ONE(sin, sin(x))
ONE(cos, cos(x))
ONE(tan, tan(x))
ONE(asin, asin(x))
ONE(acos, acos(x))
ONE(atan, atan(x))
TWO(atan2, atan2(x, y))
TWO(pow, pow(x, y))

static int call_number(xpath_value *out, evaluation *e,
                       const xpath_value *arguments, size_t count)
{
    xpath_value node = {.kind = XPATH_NODESET, .nodes = &e->node, .count = 1};
    if (count == 0 && !e->node)
        return function_error("number", _("no node is here"));
    set_number(out, value_number(e, count ? &arguments[0] : &node));
    return TAWAM_OK;
}

static int call_pi(xpath_value *out, evaluation *e,
                   const xpath_value *arguments, size_t count)
{
    (void)e, (void)arguments, (void)count;
    set_number(out, 3.14159265358979323846);
    return TAWAM_OK;
}

/* From 0 up to 1, 1 not included. */
static int call_random(xpath_value *out, evaluation *e,
                       const xpath_value *arguments, size_t count)
{
    uint64_t bits = 0;
    int code = random_bytes(&bits, sizeof bits);
    (void)e, (void)arguments, (void)count;
    set_number(out, (double)(bits >> 11) / 9007199254740992.0);
    return code;
}

#define PLACES_MOST 30 /* beyond them there is nothing to round */

/* A text is read with a decimal comma too, as JavaRosa reads it: round('14,6')
 * is 15. That is so in round() alone; everywhere else a comma is no decimal
 * point, and what a person types was converted when it was entered. */
static double number_to_round(evaluation *e, const xpath_value *v)
{
    double x = value_number(e, v);
    const char *text = "";
    char *copy, *comma;
    if (!isnan(x) || value_text(&text, e, v) != TAWAM_OK || !strchr(text, ','))
        return x;
    copy = arena_copy(e->memory, text, strlen(text) + 1);
    if (!copy)
        return x;
    for (comma = copy; (comma = strchr(comma, ','));)
        *comma = '.';
    return text_to_number(copy);
}

static int call_round(xpath_value *out, evaluation *e,
                      const xpath_value *arguments, size_t count)
{
    double places = count > 1 ? trunc(value_number(e, &arguments[1])) : 0;
    double x = number_to_round(e, &arguments[0]);
    set_number(out, fabs(places) <= PLACES_MOST
                        ? xpath_number_round(x, (int)places)
                        : (double)NAN);
    return TAWAM_OK;
}

/* ---- of many ---- */

/* CALL for each number: of every node, or of the values. What is no number, as
 * an answer that is still empty, does not count (JavaRosa). */
static int each_number(evaluation *e, const xpath_value *arguments,
                       size_t count, void (*call)(double *sum, double x),
                       double *sum)
{
    for (size_t i = 0; i < count; i++) {
        const xpath_value *v = &arguments[i];
        size_t nodes = v->kind == XPATH_NODESET ? v->count : 1;
        for (size_t k = 0; k < nodes; k++) {
            const char *text = v->kind == XPATH_NODESET
                                   ? node_value(v->nodes[k], e->memory)
                                   : "";
            double x = v->kind != XPATH_NODESET ? value_number(e, v)
                       : text                   ? text_to_number(text)
                                                : (double)NAN;
            if (!text)
                return TAWAM_EMEMORY;
            if (!isnan(x))
                call(sum, x);
        }
    }
    return TAWAM_OK;
}

static void add(double *sum, double x)
{
    *sum += x;
}

/* NaN at first. */
static void keep_larger(double *largest, double x)
{
    if (!(x <= *largest))
        *largest = x;
}

static void keep_smaller(double *smallest, double x)
{
    if (!(x >= *smallest))
        *smallest = x;
}

static int call_sum(xpath_value *out, evaluation *e,
                    const xpath_value *arguments, size_t count)
{
    double sum = 0;
    int code;
    if (arguments[0].kind != XPATH_NODESET)
        return function_error("sum", _("it adds up nodes; give it a path"));
    code = each_number(e, arguments, count, add, &sum);
    set_number(out, sum);
    return code;
}

static int call_max(xpath_value *out, evaluation *e,
                    const xpath_value *arguments, size_t count)
{
    double largest = (double)NAN;
    int code = each_number(e, arguments, count, keep_larger, &largest);
    set_number(out, largest);
    return code;
}

static int call_min(xpath_value *out, evaluation *e,
                    const xpath_value *arguments, size_t count)
{
    double smallest = (double)NAN;
    int code = each_number(e, arguments, count, keep_smaller, &smallest);
    set_number(out, smallest);
    return code;
}

const function FUNCTIONS_NUMBER[] = {{"number", 0, 1, call_number, NULL},
                                     {"int", 1, 1, call_int, NULL},
                                     {"round", 1, 2, call_round, NULL},
                                     {"floor", 1, 1, call_floor, NULL},
                                     {"ceiling", 1, 1, call_ceiling, NULL},
                                     {"abs", 1, 1, call_abs, NULL},
                                     {"pow", 2, 2, call_pow, NULL},
                                     {"sqrt", 1, 1, call_sqrt, NULL},
                                     {"exp", 1, 1, call_exp, NULL},
                                     {"exp10", 1, 1, call_exp10, NULL},
                                     {"log", 1, 1, call_log, NULL},
                                     {"log10", 1, 1, call_log10, NULL},
                                     {"sin", 1, 1, call_sin, NULL},
                                     {"cos", 1, 1, call_cos, NULL},
                                     {"tan", 1, 1, call_tan, NULL},
                                     {"asin", 1, 1, call_asin, NULL},
                                     {"acos", 1, 1, call_acos, NULL},
                                     {"atan", 1, 1, call_atan, NULL},
                                     {"atan2", 2, 2, call_atan2, NULL},
                                     {"pi", 0, 0, call_pi, NULL},
                                     {"random", 0, 0, call_random, NULL},
                                     {"sum", 1, 1, call_sum, NULL},
                                     {"max", 0, -1, call_max, NULL},
                                     {"min", 0, -1, call_min, NULL},
                                     {NULL, 0, 0, NULL, NULL}};
