/* SPDX-License-Identifier: MIT */
/* contains() over a long list. SQLite steps from row to row and hands each text
 * to a function, some 90 ns a row; here the texts of a column stand in one
 * piece of memory, and the C library looks through it at memory's speed.
 *
 *   bytes   A i n \0 B i r \0 \0 ...     starts   0 4 8 9 ...
 *
 * Only of lists that never change: rows of the replica are others' too. */
#include "form/lists_internal.h"
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define PACKED_MOST ((size_t)16 << 20) /* bytes of one column */

struct list_text {
    buffer bytes;     /* each text and a NUL, in the order of the rows */
    uint32_t *starts; /* of each row, and the end */
    size_t count, capacity;
};

void list_text_free(struct list_text *p)
{
    if (!p)
        return;
    buffer_free(&p->bytes);
    free(p->starts);
    free(p);
}

/* 1, or 0: it is too long, or rows are not numbered one after the other. */
static int add_text(struct list_text *p, struct sqlite3_stmt *statement)
{
    const void *text = sqlite3_column_text(statement, 1);
    size_t length = (size_t)sqlite3_column_bytes(statement, 1);
    int code;
    if (sqlite3_column_int64(statement, 0) != (int64_t)p->count + 1 ||
        p->bytes.length + length + 1 > PACKED_MOST)
        return 0;
    code = memory_reserve((void **)&p->starts, &p->capacity, p->count + 2,
                          sizeof *p->starts);
    if (code != TAWAM_OK)
        return code;
    p->starts[p->count++] = (uint32_t)p->bytes.length;
    buffer_bytes(&p->bytes, text ? text : "", length);
    buffer_byte(&p->bytes, 0);
    code = buffer_check(&p->bytes);
    p->starts[p->count] = (uint32_t)p->bytes.length;
    return code == TAWAM_OK ? 1 : code;
}

static int pack(struct list_text *p, list_table *t, const list_column *c)
{
    struct sqlite3_stmt *statement = NULL;
    buffer sql = {0};
    int code, more = 0;
    buffer_format(&sql, "SELECT %s, %s FROM %s ORDER BY %s", t->row, c->text,
                  t->from, t->row);
    code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = list_prepare(&statement, t, (char *)sql.data);
    if (code == TAWAM_OK)
        for (code = 1; code == 1 && (more = list_step_row(t, statement)) == 1;)
            code = add_text(p, statement);
    list_release(t, statement);
    buffer_free(&sql);
    return more < 0 ? more : code;
}

/* The row that the byte AT is of, from 0. */
static size_t row_at(const struct list_text *p, size_t at)
{
    size_t low = 0, high = p->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        *(p->starts[middle] <= at ? &low : &high) = middle;
    }
    return low;
}

static int prepare(list_table *t, list_column *c)
{
    int code;
    if (c->packed || c->is_unpackable)
        return c->packed != NULL;
    c->packed = memory_new(sizeof *c->packed);
    code = c->packed ? pack(c->packed, t, c) : TAWAM_EMEMORY;
    if (code != 1) {
        list_text_free(c->packed);
        c->packed = NULL;
        c->is_unpackable = code == 0;
    }
    return code;
}

int list_rows_with(size_t rows[LIST_FOUND_MOST], size_t *count, list_table *t,
                   const list_column *column, const char *text)
{
    size_t length = strlen(text), from = 0;
    list_column *c = &t->columns[column - t->columns];
    const uint8_t *found;
    int code;
    *count = 0;
    if (t->layer_of || t->row_count < LIST_INDEX_FROM || !length)
        return 0;
    code = prepare(t, c);
    if (code != 1)
        return code;
    while ((found = memmem(c->packed->bytes.data + from,
                           c->packed->bytes.length - from, text, length))) {
        size_t row = row_at(c->packed, (size_t)(found - c->packed->bytes.data));
        if (*count == LIST_FOUND_MOST)
            return 0;
        rows[(*count)++] = row + 1;
        from = c->packed->starts[row + 1];
    }
    return 1;
}
