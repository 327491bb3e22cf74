/* SPDX-License-Identifier: MIT */
/* Predicates as SQL. A predicate is translated where its outcome in SQL is the
 * evaluator's, for every value; of an `and` each side alone. What is left over
 * is evaluated on the rows that remain, one at a time.
 *
 *   [region = current()/../region and count(x) > 2][position() <= 5]
 *      region = ?                      to SQL
 *      count(x) > 2                    by the evaluator, row by row
 *      position() <= 5                 by the evaluator, on what is left (LIMIT
 *                                      where nothing before it was left over)
 */
#include "form/lists_query.h"
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* ---- predicates ---- */

/* Does X read where its row stands among the others? */
static int reads_position(const expression *x)
{
    if (x->kind == EXPRESSION_CALL && !x->part_count && query_is_fickle(x))
        return 1;
    for (size_t i = 0; i < x->part_count; i++)
        if (reads_position(x->parts[i]))
            return 1;
    return 0;
}

static int is_truth(const expression *x)
{
    static const char *const calls[] = {
        "not",         "selected",  "contains", "boolean", "true",
        "starts-with", "ends-with", "false",    "regex",   NULL};
    const char *name;
    return (x->kind == EXPRESSION_CHAIN &&
            x->operators[x->part_count - 2] <= OPERATOR_AT_LEAST) ||
           (x->kind == EXPRESSION_CALL && query_is_one_of(x, calls)) ||
           query_is_column(&name, x);
}

/* The condition that stands in WHERE from LENGTH on goes behind the others if
 * it calls a function; or away. */
static void move_part(query *q, size_t length, int away)
{
    const char *part = q->where.data ? (char *)q->where.data + length : "";
    if (!away && !strstr(part, "tawam_"))
        return;
    if (!away)
        buffer_text(&q->costly, part);
    q->where.length = length;
    if (q->where.data)
        q->where.data[length] = '\0';
}

/* One side of an `and`: into SQL, or what it was before. */
static int take_part(query *q, const expression *x)
{
    size_t length = q->where.length, bounds = q->bound_count;
    size_t equals = q->equal_count;
    const char *range = q->range, *begin = q->begin;
    int code;
    buffer_text(&q->where, " AND ");
    code = query_condition(q, x);
    if (code < 0)
        return code;
    move_part(q, length, code == 0);
    if (code == 1)
        return TAWAM_OK;
    q->bound_count = bounds;
    q->equal_count = equals;
    q->range = range;
    q->begin = begin;
    if (q->rest_count < REST_MOST)
        q->rest[q->rest_count] = x;
    q->rest_count++;
    return TAWAM_OK;
}

/* [position() <= 5], [3]: with nothing left over before it, a LIMIT. 1 or 0. */
static int take_position(query *q, const expression *x)
{
    xpath_value v;
    operator_kind operator= OPERATOR_EQUAL;
    int code;
    if (x->kind == EXPRESSION_CHAIN && x->part_count == 2 &&
        query_is_call(x->parts[0], "position") && !x->parts[0]->part_count) {
        operator= x->operators[0];
        x = x->parts[1];
    }
    code = query_constant(&v, q, x);
    if (code != 1 || v.kind != XPATH_NUMBER || isnan(v.number))
        return code == 1 ? 0 : code;
    if (operator== OPERATOR_EQUAL) {
        int is_place = v.number >= 1 && v.number == floor(v.number);
        q->limit = is_place && v.number < 1e15 ? 1 : 0;
        q->offset = q->limit > 0 ? v.number - 1 : 0;
        return 1;
    }
    if (operator!= OPERATOR_LESS && operator!= OPERATOR_AT_MOST)
        return 0;
    q->limit = operator== OPERATOR_LESS ? ceil(v.number) - 1 : floor(v.number);
    q->limit = q->limit < 0 ? 0 : q->limit > 1e15 ? 1e15 : q->limit;
    return 1;
}

static int take_predicate(query *q, const expression *x)
{
    int code = take_position(q, x);
    if (code != 0)
        return code;
    if (reads_position(x) || !is_truth(x))
        return 0;
    if (x->kind != EXPRESSION_CHAIN || x->operators[0] != OPERATOR_AND)
        code = take_part(q, x);
    else
        for (size_t i = 0; code == TAWAM_OK && i < x->part_count; i++)
            code = take_part(q, x->parts[i]);
    if (q->rest_count > REST_MOST) { /* then all of it again */
        q->rest[0] = x;
        q->rest_count = 1;
    }
    return code == TAWAM_OK ? 1 : code;
}

/* As many of S's predicates as can be. */
static int translate(query *q, const step *s)
{
    int code = 1;
    q->limit = -1;
    while (code == 1 && q->taken < s->predicate_count && !q->rest_count &&
           q->limit < 0) {
        code = take_predicate(q, s->predicates[q->taken]);
        if (code == 1)
            q->taken++;
    }
    if (code >= 0)
        code = buffer_check(&q->where);
    return code == TAWAM_OK ? buffer_check(&q->costly) : code;
}

/* ---- asking ---- */

/* Where only the first rows are wanted, an index of the equal columns and the
 * row's number gives rows in their order, and the search ends early; SQLite
 * would take one with a range and sort. A text whose beginning is given stands
 * behind, so that rows without it are not even looked up. The name of that
 * index, or NULL: SQLite may choose. */
static const char *make_index(query *q)
{
    buffer columns = {0};
    const char *name = NULL;
    int is_first = q->limit >= 0 && q->equal_count;
    if (q->v->table->row_count < LIST_INDEX_FROM ||
        (!q->equal_count && !q->range))
        return NULL;
    for (size_t i = 0; i < q->equal_count; i++)
        buffer_format(&columns, "%s%s", i ? ", " : "", q->equal[i]);
    if (is_first)
        buffer_format(&columns, ", %s%s%s", q->v->table->row,
                      q->begin ? ", " : "", q->begin ? q->begin : "");
    else if (q->range)
        buffer_format(&columns, "%s%s", q->equal_count ? ", " : "", q->range);
    if (buffer_check(&columns) == TAWAM_OK)
        name = list_make_index(q->v->table, (char *)columns.data);
    buffer_free(&columns);
    return is_first ? name : NULL;
}

/* FROM and all that follows. */
static void write_end(buffer *sql, query *q)
{
    const char *index = make_index(q);
    buffer_format(sql, " FROM %s", q->v->table->from);
    if (index)
        buffer_format(sql, " INDEXED BY %s", index);
    buffer_text(sql, " WHERE 1");
    if (q->where.length)
        buffer_text(sql, (const char *)q->where.data);
    if (q->costly.length)
        buffer_text(sql, (const char *)q->costly.data);
    buffer_format(sql, " ORDER BY %s", q->v->table->row);
    if (q->limit >= 0)
        buffer_format(sql, " LIMIT %.0f OFFSET %.0f", q->limit, q->offset);
}

static int ask(struct sqlite3_stmt **out, query *q, const char *sql)
{
    int code = list_prepare(out, q->v->table, sql);
    q->v->is_used = 1;
    for (size_t i = 0; code == TAWAM_OK && i < q->bound_count; i++) {
        const bound *b = &q->bounds[i];
        int bad = b->text ? sqlite3_bind_text(*out, (int)i + 1, b->text, -1,
                                              SQLITE_STATIC)
                          : sqlite3_bind_double(*out, (int)i + 1, b->number);
        if (bad)
            code = list_sql_error(q->v->table->database, _("reading a list"));
    }
    return code;
}

/* ---- what is left over, on one row ---- */

typedef struct trial {
    arena *row, *result;
} trial;

static int is_kept(int *out, query *q, struct sqlite3_stmt *statement, trial *t)
{
    evaluation inner = *q->e;
    form_node *row = NULL;
    xpath_value v;
    int code = list_view_try_row(&row, q->v, statement, t->row);
    inner.memory = t->result;
    inner.node = row;
    *out = 1;
    for (size_t i = 0; code == TAWAM_OK && *out && i < q->rest_count; i++) {
        code = evaluate(&v, &inner, q->rest[i]);
        if (code == TAWAM_OK)
            *out = value_boolean(&inner, &v);
    }
    arena_reset(t->row);
    arena_reset(t->result);
    return code;
}

static int add_row(xpath_value *out, size_t *capacity, query *q,
                   struct sqlite3_stmt *statement)
{
    if (out->count == *capacity) {
        size_t larger = *capacity ? 2 * *capacity : 16;
        form_node **nodes = arena_alloc(q->e->memory, larger * sizeof *nodes);
        if (!nodes)
            return TAWAM_EMEMORY;
        if (out->count)
            memcpy(nodes, out->nodes, out->count * sizeof *nodes);
        out->nodes = nodes;
        *capacity = larger;
    }
    return list_view_row(&out->nodes[out->count++], q->v, statement);
}

static int read_rows(xpath_value *out, query *q, struct sqlite3_stmt *statement)
{
    trial t = {0};
    size_t capacity = 0;
    int code = TAWAM_OK, keep = 1, more;
    if (q->rest_count) {
        code = arena_new(&t.row);
        if (code == TAWAM_OK)
            code = arena_new(&t.result);
    }
    while (code == TAWAM_OK &&
           (more = list_step_row(q->v->table, statement)) != 0) {
        code = more < 0 ? more : TAWAM_OK;
        if (code == TAWAM_OK && q->rest_count)
            code = is_kept(&keep, q, statement, &t);
        if (code == TAWAM_OK && keep)
            code = add_row(out, &capacity, q, statement);
    }
    arena_free(t.row);
    arena_free(t.result);
    return code;
}

static void free_query(query *q)
{
    buffer_free(&q->where);
    buffer_free(&q->costly);
    free(q->bounds);
}

int list_step(xpath_value *out, size_t *taken, evaluation *e, const step *s,
              list_view *v)
{
    query q = {.e = e, .v = v};
    buffer sql = {0};
    struct sqlite3_stmt *statement = NULL;
    int code;
    *out = (xpath_value){.kind = XPATH_NODESET};
    *taken = s->predicate_count;
    if (s->prefix[0] || (s->name && s->name != v->item))
        return TAWAM_OK;
    code = translate(&q, s);
    if (code == TAWAM_OK) {
        buffer_format(&sql, "SELECT %s", v->table->row);
        for (size_t i = 0; i < v->table->column_count; i++)
            buffer_format(&sql, ", %s",
                          v->table->columns[i].is_late
                              ? "NULL"
                              : v->table->columns[i].text);
        write_end(&sql, &q);
        code = buffer_check(&sql);
    }
    if (code == TAWAM_OK)
        code = ask(&statement, &q, (char *)sql.data);
    if (code == TAWAM_OK)
        code = read_rows(out, &q, statement);
    *taken = q.taken;
    list_release(v->table, statement);
    buffer_free(&sql);
    free_query(&q);
    return code;
}

int list_count(double *out, int *done, evaluation *e, const step *s,
               list_view *v)
{
    query q = {.e = e, .v = v};
    buffer sql = {0};
    struct sqlite3_stmt *statement = NULL;
    int code = TAWAM_OK;
    *out = 0;
    *done = 1;
    if (s->prefix[0] || (s->name && s->name != v->item))
        return TAWAM_OK;
    code = translate(&q, s);
    *done = q.taken == s->predicate_count && !q.rest_count;
    if (code == TAWAM_OK && *done) {
        buffer_text(&sql, "SELECT count(*) FROM (SELECT 1");
        write_end(&sql, &q);
        buffer_byte(&sql, ')');
        code = buffer_check(&sql);
        if (code == TAWAM_OK)
            code = ask(&statement, &q, (char *)sql.data);
        if (code == TAWAM_OK && list_step_row(v->table, statement) == 1)
            *out = (double)sqlite3_column_int64(statement, 0);
        list_release(v->table, statement);
    }
    buffer_free(&sql);
    free_query(&q);
    return code;
}

static const char *text_at(struct sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

static int pull(query *q, const list_column *value, const list_column *label,
                const list_pull *p)
{
    struct sqlite3_stmt *statement = NULL;
    buffer sql = {0};
    int code, more;
    buffer_format(&sql, "SELECT %s, %s", value->text,
                  label ? label->text : "''");
    write_end(&sql, q);
    code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = ask(&statement, q, (char *)sql.data);
    while (code == TAWAM_OK &&
           (more = list_step_row(q->v->table, statement)) != 0)
        code = more < 0 ? more
                        : p->call(p->context, text_at(statement, 0),
                                  text_at(statement, 1));
    list_release(q->v->table, statement);
    buffer_free(&sql);
    return code;
}

/* One value alone can't be asked for where only the first rows count. */
int list_pull_rows(int *done, evaluation *e, const step *s, list_view *v,
                   const list_pull *p)
{
    query q = {.e = e, .v = v};
    const list_column *value = list_column_find(v->table, p->value);
    const list_column *label = list_column_find(v->table, p->label);
    int code;
    *done = 0;
    if (!value || s->prefix[0] || (s->name && s->name != v->item))
        return TAWAM_OK;
    code = translate(&q, s);
    *done = code == TAWAM_OK && q.taken == s->predicate_count &&
            !q.rest_count && !(p->only && q.limit >= 0);
    if (*done && p->only) {
        buffer_text(&q.where, " AND ");
        code = query_equal(&q, value, p->only) == 1 ? TAWAM_OK : TAWAM_EMEMORY;
        q.limit = 1;
    }
    if (code == TAWAM_OK && *done)
        code = pull(&q, value, label, p);
    free_query(&q);
    return code;
}

static int keep_text(void *context, const char *value, const char *label)
{
    const char **out = ((void **)context)[0];
    *out = arena_string(((void **)context)[1], label);
    (void)value;
    return *out ? TAWAM_OK : TAWAM_EMEMORY;
}

int list_lookup(const char **out, evaluation *e, list_view *v,
                const char *column, const char *key, const char *value)
{
    const step every = {.axis = AXIS_CHILD, .prefix = ""};
    void *context[2] = {(void *)out, e->memory};
    list_pull p = {key, column, value, keep_text, context};
    int done = 0;
    *out = "";
    return list_pull_rows(&done, e, &every, v, &p);
}
