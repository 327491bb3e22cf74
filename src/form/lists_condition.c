/* SPDX-License-Identifier: MIT */
/* Conditions: what a predicate says of a row, as SQL. It is written only where
 * its outcome is the evaluator's for every value; texts are compared byte by
 * byte, numbers by the evaluator's own functions, after a range that an index
 * finds. */
#include "form/lists_query.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what does not depend on the row ---- */

int query_is_call(const expression *x, const char *name)
{
    return x->kind == EXPRESSION_CALL && strcmp(x->function->name, name) == 0;
}

int query_is_one_of(const expression *x, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(x->function->name, *names) == 0)
            return 1;
    return 0;
}

int query_is_fickle(const expression *x)
{
    static const char *const fickle[] = {"random", "uuid", "once", "randomize",
                                         NULL};
    static const char *const plain[] = {"true",    "false", "today",   "now",
                                        "current", "pi",    "version", NULL};
    if (x->kind != EXPRESSION_CALL)
        return 0;
    return query_is_one_of(x, fickle) ||
           (!x->part_count && !query_is_one_of(x, plain));
}

static int is_constant(const expression *x);

static int are_constant(expression *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_constant(list[i]))
            return 0;
    return 1;
}

/* Of a predicate further in, whose nodes are its own. */
static int has_fickle(const expression *x)
{
    if (query_is_call(x, "random") || query_is_call(x, "uuid") ||
        query_is_call(x, "once"))
        return 1;
    for (size_t i = 0; i < x->part_count; i++)
        if (has_fickle(x->parts[i]))
            return 1;
    for (size_t i = 0; i < x->filter_count; i++)
        if (has_fickle(x->filters[i]))
            return 1;
    for (size_t i = 0; i < x->step_count; i++)
        for (size_t k = 0; k < x->steps[i].predicate_count; k++)
            if (has_fickle(x->steps[i].predicates[k]))
                return 1;
    return 0;
}

static int is_constant(const expression *x)
{
    if (x->kind == EXPRESSION_PATH)
        return (x->absolute || x->part_count) &&
               are_constant(x->parts, x->part_count) && !has_fickle(x);
    return !query_is_fickle(x) && are_constant(x->parts, x->part_count);
}

int query_constant(xpath_value *out, query *q, const expression *x)
{
    int code;
    if (!is_constant(x))
        return 0;
    code = evaluate(out, q->e, x);
    if (code == TAWAM_EUSAGE || code == TAWAM_ENOTFOUND)
        error_clear();
    return code == TAWAM_OK ? 1 : code == TAWAM_EMEMORY ? code : 0;
}

/* ---- operands ---- */

typedef struct operand {
    const list_column *column; /* or NULL: */
    int is_column;             /* with no column: a name that no row has */
    xpath_value value;
} operand;

int query_is_column(const char **name, const expression *x)
{
    const step *s = x->steps;
    size_t count = x->step_count;
    if (x->kind != EXPRESSION_PATH || x->absolute || x->part_count || !count)
        return 0;
    if (count == 2 && s->axis == AXIS_SELF && !s->name &&
        !s->predicate_count) { /* "./name" */
        s++;
        count--;
    }
    *name = s->name;
    return count == 1 && s->axis == AXIS_CHILD && s->name && !s->prefix[0] &&
           !s->predicate_count;
}

static int read_operand(operand *out, query *q, const expression *x)
{
    const char *name = NULL;
    *out = (operand){0};
    if (query_is_column(&name, x)) {
        out->is_column = 1;
        out->column = list_column_find(q->v->table, name);
        return 1;
    }
    return query_constant(&out->value, q, x);
}

static const char *text_of(const operand *o)
{
    return o->column ? o->column->text : "NULL";
}

/* A value in the condition, by its number, since parts change places. */
static int bind_value(query *q, const char *text, double number)
{
    int code = memory_reserve((void **)&q->bounds, &q->bound_capacity,
                              q->bound_count + 1, sizeof *q->bounds);
    if (code != TAWAM_OK)
        return code;
    q->bounds[q->bound_count++] = (bound){text, number};
    buffer_format(&q->where, "?%zu", q->bound_count);
    return 1;
}

static void want_equal(query *q, const char *sql)
{
    if (q->inner) {
        if (q->v->table->row_count >= LIST_INDEX_FROM)
            list_make_index(q->v->table, sql);
        return;
    }
    for (size_t i = 0; i < q->equal_count; i++)
        if (strcmp(q->equal[i], sql) == 0)
            return;
    if (q->equal_count < EQUAL_MOST)
        q->equal[q->equal_count++] = sql;
}

static void want_range(query *q, const char *sql)
{
    if (!q->inner && !q->range)
        q->range = sql;
}

/* ---- comparing ---- */

static int is_whole(const char *text)
{
    int64_t number;
    buffer again = {0};
    int same = text_integer(&number, text) == TAWAM_OK;
    error_clear();
    buffer_format(&again, "%lld", (long long)number);
    same = same && again.data && strcmp((char *)again.data, text) == 0;
    buffer_free(&again);
    return same;
}

/* Text of COLUMN is TEXT. */
static int equal_text(query *q, const operand *column, const char *text)
{
    const list_column *c = column->column;
    int code;
    if (!*text) {
        buffer_format(&q->where, "ifnull(%s, '') = ''", text_of(column));
        return 1;
    }
    if (c && c->kind == LIST_INTEGER && is_whole(text)) {
        buffer_format(&q->where, "%s = CAST(", c->stored);
        code = bind_value(q, text, 0);
        buffer_text(&q->where, " AS INTEGER)");
        want_equal(q, c->stored);
        return code;
    }
    buffer_format(&q->where, "%s = ", text_of(column));
    if (c && c->kind == LIST_TEXT)
        want_equal(q, c->stored);
    return bind_value(q, text, 0);
}

/* SQL for COLUMN as a number; NULL for none. In the evaluation's memory. */
static const char *number_of(query *q, const operand *column)
{
    const char *text = text_of(column);
    size_t size = strlen(text) + 20;
    char *sql;
    if (column->column && column->column->kind == LIST_INTEGER)
        return column->column->stored;
    sql = arena_alloc(q->e->memory, size);
    if (sql) {
        memcpy(sql, "tawam_number(", 13);
        memcpy(sql + 13, text, strlen(text));
        memcpy(sql + 13 + strlen(text), ")", 2);
    }
    return sql;
}

/* An index over a call can stand in the lists' own database alone: no other
 * program knows the function. */
static int may_index_number(const query *q, const operand *column)
{
    return column->column &&
           (!q->v->table->layer_of || column->column->kind == LIST_INTEGER);
}

#define NEAR 2e-12 /* more than the evaluator's tolerance */

/* First what an index finds, a little more than is wanted; then exactly. */
static int compare_number(query *q, const operand *column,
                          operator_kind operator, double number)
{
    const char *sql = number_of(q, column);
    double low = number - NEAR, high = number + NEAR;
    int mask = operator== OPERATOR_LESS    ? 1 :
               operator== OPERATOR_AT_MOST ? 3
               :
               operator== OPERATOR_MORE ? 4
               :
               operator== OPERATOR_AT_LEAST ? 6
                                            : 2;
    int code;
    if (!sql)
        return TAWAM_EMEMORY;
    buffer_format(&q->where, "(%s ", sql);
    buffer_text(&q->where, mask == 2 ? "BETWEEN " : mask < 4 ? "<= " : ">= ");
    code = bind_value(q, NULL, mask == 1 || mask == 3 ? high : low);
    if (code == 1 && mask == 2) {
        buffer_text(&q->where, " AND ");
        code = bind_value(q, NULL, high);
    }
    buffer_format(&q->where, " AND tawam_compare(%s, ", text_of(column));
    if (code == 1)
        code = bind_value(q, NULL, number);
    buffer_format(&q->where, ") & %d)", mask);
    if (may_index_number(q, column)) /* what is near is a range, too */
        want_range(q, sql);
    return code;
}

static operator_kind flip(operator_kind operator)
{
    switch (operator) {
    case OPERATOR_LESS:
        return OPERATOR_MORE;
    case OPERATOR_AT_MOST:
        return OPERATOR_AT_LEAST;
    case OPERATOR_MORE:
        return OPERATOR_LESS;
    case OPERATOR_AT_LEAST:
        return OPERATOR_AT_MOST;
    default:
        return operator;
    }
}

static int compare_columns(query *q, operator_kind operator, const operand * a,
                           const operand *b)
{
    int mask = operator== OPERATOR_LESS    ? 1 :
               operator== OPERATOR_AT_MOST ? 3
               :
               operator== OPERATOR_MORE ? 4
               :
               operator== OPERATOR_AT_LEAST ? 6
                                            : 0;
    if (mask)
        buffer_format(&q->where, "tawam_compare(%s, %s) & %d", text_of(a),
                      text_of(b), mask);
    else
        buffer_format(&q->where, "ifnull(%s, '') %s ifnull(%s, '')",
                      text_of(a), operator== OPERATOR_EQUAL ? "=" : "<>",
                      text_of(b));
    return 1;
}

/* Text against text is text; a boolean or a moment is left to the evaluator,
 * as are several nodes as one value. */
static int equal_constant(query *q, const operand *column, const xpath_value *v)
{
    const char *text = "";
    int code;
    if (v->kind == XPATH_NUMBER)
        return compare_number(q, column, OPERATOR_EQUAL, v->number);
    if (v->kind == XPATH_BOOLEAN || v->kind == XPATH_DATE)
        return 0;
    code = value_text(&text, q->e, v);
    return code == TAWAM_OK ? equal_text(q, column, text) : code;
}

static int comparison(query *q, operator_kind operator, const expression * left,
                      const expression *right)
{
    operand a, b, *column = &a, *other = &b;
    int code = read_operand(&a, q, left);
    if (code == 1)
        code = read_operand(&b, q, right);
    if (code != 1)
        return code;
    if (a.is_column && b.is_column)
        return compare_columns(q, operator, & a, &b);
    if (!a.is_column) {
        column = &b;
        other = &a;
        operator= flip(operator);
    }
    if (other->value.kind == XPATH_NODESET && other->value.count > 1)
        return 0;
    if (operator== OPERATOR_EQUAL)
        return equal_constant(q, column, &other->value);
    if (operator!= OPERATOR_UNEQUAL)
        return compare_number(q, column, operator,
                              value_number(q->e, &other->value));
    q->inner++;
    buffer_text(&q->where, "NOT ifnull(");
    code = equal_constant(q, column, &other->value);
    buffer_text(&q->where, ", 0)");
    q->inner--;
    return code;
}

int query_equal(query *q, const list_column *column, const char *text)
{
    operand o = {.is_column = 1, .column = column};
    return equal_text(q, &o, text);
}

/* ---- functions ---- */

#define BLANKS " \t\r\n"
#define WORDS_MOST 200 /* of a selected() */

/* What stands after all texts that begin with TEXT; NULL: nothing does. */
static const char *after_prefix(query *q, const char *text)
{
    size_t length = strlen(text);
    char *copy = arena_copy(q->e->memory, text, length + 1);
    while (copy && length && (unsigned char)copy[length - 1] == 0xff)
        copy[--length] = '\0';
    if (!copy || !length)
        return NULL;
    copy[length - 1] = (char)((unsigned char)copy[length - 1] + 1);
    return copy;
}

static int starts_with(query *q, const operand *column, const char *text)
{
    const list_column *c = column->column;
    const char *end = *text ? after_prefix(q, text) : NULL;
    int code;
    if (!c || c->kind != LIST_TEXT || !end)
        return 0;
    buffer_format(&q->where, "(%s >= ", c->stored);
    code = bind_value(q, text, 0);
    buffer_format(&q->where, " AND %s < ", c->stored);
    if (code == 1)
        code = bind_value(q, end, 0);
    buffer_byte(&q->where, ')');
    want_range(q, c->stored);
    if (!q->inner)
        q->begin = c->stored;
    return code;
}

static int write_operand(query *q, const operand *o)
{
    const char *text = "";
    int code;
    if (o->is_column) {
        buffer_text(&q->where, text_of(o));
        return 1;
    }
    code = value_text(&text, q->e, &o->value);
    return code == TAWAM_OK ? bind_value(q, text, 0) : code;
}

/* selected(WORDS, COLUMN): the column is one of them, blanks around it aside;
 * where there are none, so is a column that has nothing. 0: too many for a
 * condition. */
static int one_of_words(query *q, const operand *column, const char *words)
{
    const char *text = text_of(column);
    size_t size = strlen(text) + 20, count = 0, length;
    char *sql = arena_alloc(q->e->memory, size);
    int code = 1;
    if (!sql)
        return TAWAM_EMEMORY;
    words += strspn(words, BLANKS);
    if (!*words) {
        buffer_format(&q->where, "trim(ifnull(%s, ''), ' \t\r\n') = ''", text);
        return 1;
    }
    snprintf(sql, size, "trim(%s, ' \t\r\n')", text);
    buffer_format(&q->where, "%s IN (", sql);
    for (; code == 1 && *words;
         words += length + strspn(words + length, BLANKS)) {
        char *word;
        length = strcspn(words, BLANKS);
        word = arena_copy(q->e->memory, words, length + 1);
        if (!word)
            return TAWAM_EMEMORY;
        word[length] = '\0';
        if (count++)
            buffer_text(&q->where, ", ");
        code = count > WORDS_MOST ? 0 : bind_value(q, word, 0);
    }
    buffer_byte(&q->where, ')');
    if (column->column && column->column->kind == LIST_TEXT)
        want_equal(q, sql);
    return code;
}

/* contains(COLUMN, TEXT) as the rows themselves. 0: not so. */
static int rows_with(query *q, const operand *column, const char *text)
{
    size_t rows[LIST_FOUND_MOST], count = 0;
    int code = column->column ? list_rows_with(rows, &count, q->v->table,
                                               column->column, text)
                              : 0;
    if (code != 1)
        return code;
    buffer_format(&q->where, "%s IN (", q->v->table->row);
    for (size_t i = 0; i < count; i++)
        buffer_format(&q->where, "%s%zu", i ? "," : "", rows[i]);
    buffer_byte(&q->where, ')');
    return 1;
}

static int text_call(query *q, const expression *x, const char *name)
{
    operand a, b;
    const char *text = "";
    int code = read_operand(&a, q, x->parts[0]);
    if (code == 1)
        code = read_operand(&b, q, x->parts[1]);
    if (code != 1)
        return code;
    if (a.is_column && !b.is_column && query_is_call(x, "starts-with")) {
        code = value_text(&text, q->e, &b.value);
        code = code == TAWAM_OK ? starts_with(q, &a, text) : code;
        if (code != 0)
            return code;
    }
    if (a.is_column && !b.is_column && query_is_call(x, "contains")) {
        code = value_text(&text, q->e, &b.value);
        code = code == TAWAM_OK ? rows_with(q, &a, text) : code;
        if (code != 0)
            return code;
    }
    if (!a.is_column && b.is_column && query_is_call(x, "selected")) {
        code = value_text(&text, q->e, &a.value);
        return code == TAWAM_OK ? one_of_words(q, &b, text) : code;
    }
    buffer_format(&q->where, "%s(", name);
    code = write_operand(q, &a);
    buffer_text(&q->where, ", ");
    if (code == 1)
        code = write_operand(q, &b);
    buffer_byte(&q->where, ')');
    return code;
}

/* ---- conditions ---- */

static int negation(query *q, const expression *x)
{
    int code;
    q->inner++;
    buffer_text(&q->where, "NOT ifnull(");
    code = query_condition(q, x);
    buffer_text(&q->where, ", 0)");
    q->inner--;
    return code;
}

static int all_of(query *q, const expression *x)
{
    int is_or = x->operators[0] == OPERATOR_OR, code = 1;
    q->inner += is_or;
    buffer_byte(&q->where, '(');
    for (size_t i = 0; code == 1 && i < x->part_count; i++) {
        if (i)
            buffer_text(&q->where, is_or ? " OR " : " AND ");
        code = query_condition(q, x->parts[i]);
    }
    buffer_byte(&q->where, ')');
    q->inner -= is_or;
    return code;
}

static int call_condition(query *q, const expression *x)
{
    if (query_is_call(x, "not"))
        return negation(q, x->parts[0]);
    if (query_is_call(x, "selected"))
        return text_call(q, x, "tawam_selected");
    if (query_is_call(x, "contains"))
        return text_call(q, x, "tawam_contains");
    if (query_is_call(x, "starts-with"))
        return text_call(q, x, "tawam_starts");
    return 0;
}

int query_condition(query *q, const expression *x)
{
    xpath_value v;
    const char *name = NULL;
    operand o;
    int code = query_constant(&v, q, x);
    if (code == 1)
        buffer_text(&q->where, value_boolean(q->e, &v) ? "1" : "0");
    if (code != 0)
        return code;
    if (x->kind == EXPRESSION_CALL)
        return call_condition(q, x);
    if (x->kind == EXPRESSION_CHAIN) {
        operator_kind operator= x->operators[0];
        if (operator== OPERATOR_OR || operator== OPERATOR_AND)
            return all_of(q, x);
        return operator>= OPERATOR_EQUAL && operator<= OPERATOR_AT_LEAST &&
                   x->part_count == 2
                   ? comparison(q, operator, x->parts[0], x->parts[1])
                   : 0;
    }
    if (!query_is_column(&name, x))
        return 0;
    code = read_operand(&o, q, x);
    buffer_format(&q->where, "ifnull(%s, '') <> ''", text_of(&o));
    return code;
}
