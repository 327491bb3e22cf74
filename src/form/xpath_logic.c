/* SPDX-License-Identifier: MIT */
/* Functions that decide, and those on the answers of a select (ODK XForms,
 * "Boolean functions", "Select functions"). */
#include "form/xpath_internal.h"
#include <math.h>
#include <string.h>

#define BLANKS " \t\r\n"

/* ---- deciding ---- */

static int call_true(xpath_value *out, evaluation *e,
                     const xpath_value *arguments, size_t count)
{
    (void)e, (void)arguments, (void)count;
    set_boolean(out, 1);
    return TAWAM_OK;
}

static int call_false(xpath_value *out, evaluation *e,
                      const xpath_value *arguments, size_t count)
{
    (void)e, (void)arguments, (void)count;
    set_boolean(out, 0);
    return TAWAM_OK;
}

static int call_boolean(xpath_value *out, evaluation *e,
                        const xpath_value *arguments, size_t count)
{
    (void)count;
    set_boolean(out, value_boolean(e, &arguments[0]));
    return TAWAM_OK;
}

static int call_not(xpath_value *out, evaluation *e,
                    const xpath_value *arguments, size_t count)
{
    (void)count;
    set_boolean(out, !value_boolean(e, &arguments[0]));
    return TAWAM_OK;
}

static int call_boolean_from_string(xpath_value *out, evaluation *e,
                                    const xpath_value *arguments, size_t count)
{
    const char *text = "";
    int code = value_text(&text, e, &arguments[0]);
    (void)count;
    set_boolean(out, strcmp(text, "1") == 0 || text_equal_nocase(text, "true"));
    return code;
}

static int call_if(xpath_value *out, evaluation *e,
                   expression *const *arguments, size_t count)
{
    xpath_value condition;
    int code = evaluate(&condition, e, arguments[0]);
    (void)count;
    if (code != TAWAM_OK)
        return code;
    return evaluate(out, e, arguments[value_boolean(e, &condition) ? 1 : 2]);
}

/* The first that is not empty; NaN is what an empty number gives. */
static int call_coalesce(xpath_value *out, evaluation *e,
                         expression *const *arguments, size_t count)
{
    int code = TAWAM_OK, found = 0;
    for (size_t i = 0; code == TAWAM_OK && i < count && !found; i++) {
        const char *text = "";
        code = evaluate(out, e, arguments[i]);
        if (code == TAWAM_OK)
            code = value_text(&text, e, out);
        found = *text && !(out->kind == XPATH_NUMBER && isnan(out->number));
    }
    return code;
}

/* What the node holds already, else the expression. */
static int call_once(xpath_value *out, evaluation *e,
                     expression *const *arguments, size_t count)
{
    const char *text = e->node ? node_value(e->node, e->memory) : "";
    (void)count;
    if (!text)
        return TAWAM_EMEMORY;
    if (!*text)
        return evaluate(out, e, arguments[0]);
    set_text(out, text);
    return TAWAM_OK;
}

/* It only makes an expression depend on the others. */
static int call_depend(xpath_value *out, evaluation *e,
                       const xpath_value *arguments, size_t count)
{
    (void)e, (void)count;
    *out = arguments[0];
    return TAWAM_OK;
}

/* ---- checklists ---- */

/* Is TEXT an answer that counts? A number above 0 (the specification); of other
 * words what evaluates to true, but for a plain no: the documentation counts
 * yes, JavaRosa any text. */
static int is_checked_text(const char *text)
{
    double number = text_to_number(text);
    if (!isnan(number))
        return number > 0;
    return *text && !text_equal_nocase(text, "no") &&
           !text_equal_nocase(text, "false") && strcmp(text, "NaN") != 0;
}

static int is_checked(evaluation *e, const xpath_value *v)
{
    const char *text = "";
    if (v->kind == XPATH_BOOLEAN)
        return v->boolean;
    if (v->kind == XPATH_NUMBER)
        return v->number > 0;
    return value_text(&text, e, v) == TAWAM_OK && is_checked_text(text);
}

/* A MINIMUM or MAXIMUM that IS_NONE does not count. */
static void set_within(xpath_value *out, double sum, double minimum,
                       double maximum, int (*is_none)(double limit))
{
    set_boolean(out, (is_none(minimum) || sum >= minimum) &&
                         (is_none(maximum) || sum <= maximum));
}

static int is_negative(double limit)
{
    return limit < 0;
}

/* Weights may be below 0, and so may their sum: only -1 means none. */
static int is_minus_one(double limit)
{
    return limit == -1;
}

static int call_checklist(xpath_value *out, evaluation *e,
                          const xpath_value *arguments, size_t count)
{
    double sum = 0;
    for (size_t i = 2; i < count; i++) {
        const xpath_value *v = &arguments[i];
        if (v->kind != XPATH_NODESET)
            sum += is_checked(e, v);
        for (size_t k = 0; v->kind == XPATH_NODESET && k < v->count; k++)
            sum += is_checked_text(node_value(v->nodes[k], e->memory));
    }
    set_within(out, sum, value_number(e, &arguments[0]),
               value_number(e, &arguments[1]), is_negative);
    return TAWAM_OK;
}

static int call_weighted_checklist(xpath_value *out, evaluation *e,
                                   const xpath_value *arguments, size_t count)
{
    double sum = 0;
    if (count % 2)
        return function_error("weighted-checklist",
                              _("a value without its weight"));
    for (size_t i = 2; i + 1 < count; i += 2)
        if (is_checked(e, &arguments[i]))
            sum += value_number(e, &arguments[i + 1]);
    set_within(out, sum, value_number(e, &arguments[0]),
               value_number(e, &arguments[1]), is_minus_one);
    return TAWAM_OK;
}

/* ---- selects: words with blanks between ---- */

/* The next word of *AT; its length, 0 at the end. */
static size_t next_word(const char **word, const char **at)
{
    size_t length;
    *word = *at + strspn(*at, BLANKS);
    length = strcspn(*word, BLANKS);
    *at = *word + length;
    return length;
}

int is_selected(const char *list, const char *wanted)
{
    const char *word;
    size_t length, size;
    wanted += strspn(wanted, BLANKS);
    for (size = strlen(wanted); size && strchr(BLANKS, wanted[size - 1]);)
        size--;
    if (!size) /* nothing is selected where nothing is (JavaRosa, Enketo) */
        return !list[strspn(list, BLANKS)];
    while ((length = next_word(&word, &list)))
        if (length == size && memcmp(word, wanted, size) == 0)
            return 1;
    return 0;
}

static int call_selected(xpath_value *out, evaluation *e,
                         const xpath_value *arguments, size_t count)
{
    const char *list = "", *wanted = "";
    int code = value_text(&list, e, &arguments[0]);
    (void)count;
    if (code == TAWAM_OK)
        code = value_text(&wanted, e, &arguments[1]);
    set_boolean(out, code == TAWAM_OK && is_selected(list, wanted));
    return code;
}

static int call_selected_at(xpath_value *out, evaluation *e,
                            const xpath_value *arguments, size_t count)
{
    const char *list = "", *word = "";
    double at = value_number(e, &arguments[1]);
    size_t length = 0;
    char *copy;
    int code = value_text(&list, e, &arguments[0]);
    (void)count;
    if (code != TAWAM_OK)
        return code;
    for (double i = 0; at >= 0 && i <= trunc(at); i++)
        if (!(length = next_word(&word, &list)))
            break;
    copy = arena_alloc(e->memory, length + 1);
    if (!copy)
        return TAWAM_EMEMORY;
    memcpy(copy, word, length);
    set_text(out, copy);
    return TAWAM_OK;
}

static int call_count_selected(xpath_value *out, evaluation *e,
                               const xpath_value *arguments, size_t count)
{
    const char *list = "", *word;
    double number = 0;
    int code = value_text(&list, e, &arguments[0]);
    (void)count;
    while (code == TAWAM_OK && next_word(&word, &list))
        number++;
    set_number(out, number);
    return code;
}

const function FUNCTIONS_LOGIC[] = {
    {"true", 0, 0, call_true, NULL},
    {"false", 0, 0, call_false, NULL},
    {"boolean", 1, 1, call_boolean, NULL},
    {"not", 1, 1, call_not, NULL},
    {"boolean-from-string", 1, 1, call_boolean_from_string, NULL},
    {"if", 3, 3, NULL, call_if},
    {"coalesce", 2, -1, NULL, call_coalesce},
    {"once", 1, 1, NULL, call_once},
    {"depend", 1, -1, call_depend, NULL},
    {"checklist", 2, -1, call_checklist, NULL},
    {"weighted-checklist", 2, -1, call_weighted_checklist, NULL},
    {"selected", 2, 2, call_selected, NULL},
    {"is-selected", 2, 2, call_selected, NULL},
    {"selected-at", 2, 2, call_selected_at, NULL},
    {"count-selected", 1, 1, call_count_selected, NULL},
    {NULL, 0, 0, NULL, NULL}};
