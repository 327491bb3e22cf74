/* SPDX-License-Identifier: MIT */
/* A table as a record sees it: nodes, made for the rows that an expression
 * leads to, each once, so that two ways to a row lead to one node. */
#include "form/lists_internal.h"
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_MOST ((size_t)2 << 20) /* bytes of nodes between evaluations */

int list_view_new(list_view **out, form_names *names, list_table *t)
{
    list_view *v = memory_new(sizeof *v);
    int code = v ? arena_new(&v->memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        v->table = t;
        v->names = memory_array(t->column_count + 1, sizeof *v->names);
        v->item = form_name(names, t->item, strlen(t->item));
        v->root.name = form_name(names, t->root, strlen(t->root));
        code = v->names && v->item && v->root.name ? TAWAM_OK : TAWAM_EMEMORY;
    }
    for (size_t i = 0; code == TAWAM_OK && i < t->column_count; i++) {
        v->names[i] =
            form_name(names, t->columns[i].name, strlen(t->columns[i].name));
        code = v->names[i] ? TAWAM_OK : TAWAM_EMEMORY;
    }
    if (code != TAWAM_OK) {
        list_view_free(v);
        return code;
    }
    v->top.name = v->top.space = v->top.value = "";
    v->top.first = v->top.last = &v->root;
    v->root.space = v->root.value = "";
    v->root.parent = &v->top;
    v->root.is_list = 1;
    *out = v;
    return TAWAM_OK;
}

void list_view_free(list_view *v)
{
    if (!v)
        return;
    arena_free(v->memory);
    free(v->names);
    free(v->rows.numbers);
    free(v->rows.nodes);
    free(v);
}

list_view *list_view_of(const form_node *root)
{
    return (list_view *)((uintptr_t)root - offsetof(list_view, root));
}

void list_view_forget(list_view *v)
{
    v->is_used = 0;
    if (v->rows.count == 0 ||
        (!v->table->layer_of && arena_size(v->memory) < KEPT_MOST))
        return;
    memset(v->rows.nodes, 0, v->rows.size * sizeof *v->rows.nodes);
    v->rows.count = 0;
    arena_reset(v->memory);
}

/* ---- which rows are nodes ---- */

static size_t find_row(const struct list_rows *r, int64_t number)
{
    size_t at =
        (size_t)((uint64_t)number * 0x9e3779b97f4a7c15u >> 20) & (r->size - 1);
    while (r->nodes[at] && r->numbers[at] != number)
        at = (at + 1) & (r->size - 1);
    return at;
}

static int grow_rows(struct list_rows *r)
{
    struct list_rows larger = {.size = r->size ? 2 * r->size : 64,
                               .count = r->count};
    larger.numbers = memory_array(larger.size, sizeof *larger.numbers);
    larger.nodes = memory_array(larger.size, sizeof *larger.nodes);
    if (!larger.numbers || !larger.nodes) {
        free(larger.numbers);
        free(larger.nodes);
        return TAWAM_EMEMORY;
    }
    for (size_t i = 0; i < r->size; i++)
        if (r->nodes[i]) {
            size_t at = find_row(&larger, r->numbers[i]);
            larger.numbers[at] = r->numbers[i];
            larger.nodes[at] = r->nodes[i];
        }
    free(r->numbers);
    free(r->nodes);
    *r = larger;
    return TAWAM_OK;
}

/* ---- making one ---- */

/* An element of ROW, not yet below it, from what STATEMENT has AT. */
static int make_cell(form_node **out, list_view *v, size_t column,
                     struct sqlite3_stmt *statement, int at, arena *memory)
{
    const char *text = (const char *)sqlite3_column_text(statement, at);
    size_t length = (size_t)sqlite3_column_bytes(statement, at);
    form_node *cell = arena_alloc(memory, sizeof *cell);
    if (!cell)
        return TAWAM_EMEMORY;
    cell->name = v->names[column];
    cell->space = cell->value = "";
    cell->number = (uint32_t)column + 1;
    if (length)
        cell->value = arena_copy(memory, text, length + 1);
    *out = cell;
    return cell->value ? TAWAM_OK : TAWAM_EMEMORY;
}

static int add_cell(list_view *v, form_node *row, size_t column,
                    struct sqlite3_stmt *statement, arena *memory)
{
    int at = (int)column + 1, code;
    form_node *cell = NULL;
    if (v->table->columns[column].is_late ||
        (!v->table->layer_of &&
         sqlite3_column_type(statement, at) == SQLITE_NULL))
        return TAWAM_OK;
    code = make_cell(&cell, v, column, statement, at, memory);
    if (code == TAWAM_OK)
        form_node_insert(cell, row, NULL);
    return code;
}

static int make_row(list_row **out, list_view *v,
                    struct sqlite3_stmt *statement, arena *memory)
{
    list_row *row = arena_alloc(memory, sizeof *row);
    int code = row ? TAWAM_OK : TAWAM_EMEMORY;
    if (!row)
        return code;
    row->node.name = v->item;
    row->node.space = row->node.value = "";
    row->node.parent = &v->root;
    row->node.is_row = 1;
    row->number = sqlite3_column_int64(statement, 0);
    row->memory = memory;
    for (size_t i = 0; code == TAWAM_OK && i < v->table->column_count; i++)
        code = add_cell(v, &row->node, i, statement, memory);
    *out = row;
    return code;
}

static int prepare_column(list_table *t, size_t column)
{
    int code =
        t->columns[column].prepare ? t->columns[column].prepare(t) : TAWAM_OK;
    if (code == TAWAM_OK)
        t->columns[column].prepare = NULL;
    return code;
}

/* Reads COLUMN of ROW and puts it before BEFORE. */
static int add_late(list_view *v, list_row *row, size_t column,
                    form_node *before)
{
    list_table *t = v->table;
    struct sqlite3_stmt *statement = NULL;
    form_node *cell = NULL;
    buffer sql = {0};
    int code = prepare_column(t, column);
    buffer_format(&sql, "SELECT %s FROM %s WHERE %s = ?",
                  t->columns[column].text, t->from, t->row);
    if (code == TAWAM_OK)
        code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = list_prepare(&statement, t, (char *)sql.data);
    if (code == TAWAM_OK) {
        sqlite3_bind_int64(statement, 1, row->number);
        code = list_step_row(t, statement);
    }
    if (code >= 0) /* 0: the row is gone since; then it is empty */
        code = make_cell(&cell, v, column, statement, 0, row->memory);
    if (code == TAWAM_OK)
        form_node_insert(cell, &row->node, before);
    list_release(t, statement);
    buffer_free(&sql);
    return code;
}

/* The elements stand in the columns' order, and know their number from 1. */
int list_row_need(const form_node *node, const char *name, size_t length)
{
    list_view *v = list_view_of(node->parent);
    list_row *row = (list_row *)(void *)(uintptr_t)node;
    form_node *at = node->first;
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < v->table->column_count; i++) {
        if (at && at->number == i + 1)
            at = at->next;
        else if (v->table->columns[i].is_late &&
                 (!name || (strlen(v->names[i]) == length &&
                            memcmp(v->names[i], name, length) == 0)))
            code = add_late(v, row, i, at);
    }
    return code;
}

int list_view_row(form_node **out, list_view *v, struct sqlite3_stmt *statement)
{
    int64_t number = sqlite3_column_int64(statement, 0);
    list_row *row = NULL;
    size_t at;
    int code = TAWAM_OK;
    if (v->rows.count * 2 >= v->rows.size)
        code = grow_rows(&v->rows);
    if (code != TAWAM_OK)
        return code;
    at = find_row(&v->rows, number);
    if (!v->rows.nodes[at]) {
        code = make_row(&row, v, statement, v->memory);
        if (code != TAWAM_OK)
            return code;
        v->rows.numbers[at] = number;
        v->rows.nodes[at] = &row->node;
        v->rows.count++;
    }
    *out = v->rows.nodes[at];
    return TAWAM_OK;
}

int list_view_try_row(form_node **out, list_view *v,
                      struct sqlite3_stmt *statement, arena *memory)
{
    int64_t number = sqlite3_column_int64(statement, 0);
    list_row *row = NULL;
    int code = TAWAM_OK;
    *out = v->rows.size ? v->rows.nodes[find_row(&v->rows, number)] : NULL;
    if (!*out) {
        code = make_row(&row, v, statement, memory);
        if (code == TAWAM_OK)
            *out = &row->node;
    }
    return code;
}

static int64_t number_of(const form_node *row)
{
    return ((const list_row *)(const void *)row)->number;
}

int list_row_order(const form_node *a, const form_node *b)
{
    return number_of(a) < number_of(b) ? -1 : 1;
}

double list_row_position(const form_node *row)
{
    list_table *t = list_view_of(row->parent)->table;
    struct sqlite3_stmt *statement = NULL;
    buffer sql = {0};
    double position = 0;
    buffer_format(&sql, "SELECT count(*) FROM %s WHERE %s <= ?", t->from,
                  t->row);
    if (buffer_check(&sql) == TAWAM_OK &&
        list_prepare(&statement, t, (char *)sql.data) == TAWAM_OK) {
        sqlite3_bind_int64(statement, 1, number_of(row));
        if (list_step_row(t, statement) == 1)
            position = (double)sqlite3_column_int64(statement, 0);
        list_release(t, statement);
    }
    buffer_free(&sql);
    return position;
}
