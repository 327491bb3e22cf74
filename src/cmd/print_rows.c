/* SPDX-License-Identifier: MIT */
/* print_rows: the rows of a prepared statement as a table, CSV, bare values or
 * a JSON array of objects. CSV, bare and JSON go out as they come. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/terminal.h"

enum { FLUSH_BYTES = 1 << 16 };

/* One result set on its way out. */
typedef struct rows {
    twin *twin;
    sqlite3_stmt *statement;
    const twin_type *types; /* a column each, or NULL */
    size_t columns;
    buffer *cells; /* text of a row's cells */
    const char **texts;
} rows;

/* The type to print column I of VALUE with: geometry shows itself. */
static twin_type type_of(const rows *r, size_t i, const twin_value *value)
{
    if (r->types != NULL)
        return r->types[i];
    switch (value->kind) {
    case TWIN_KIND_INTEGER:
        return TWIN_INTEGER;
    case TWIN_KIND_REAL:
        return TWIN_DECIMAL;
    case TWIN_KIND_BYTES: {
        int code = geometry_check(value->bytes, value->length);
        error_clear();
        return code == TAWAM_OK ? TWIN_GEOMETRY : TWIN_BLOB;
    }
    default:
        return TWIN_TEXT;
    }
}

/* The texts of the present row's cells; they live until the next one. */
static int row_texts(rows *r)
{
    for (size_t i = 0; i < r->columns; i++) {
        twin_value value = twin_value_column(r->statement, (int)i);
        buffer_clear(&r->cells[i]);
        twin_value_text(&r->cells[i], type_of(r, i, &value), &value);
        int code = buffer_check(&r->cells[i]);
        if (code != TAWAM_OK)
            return code;
        r->texts[i] = r->cells[i].data ? (const char *)r->cells[i].data : "";
    }
    return TAWAM_OK;
}

/* Aligned rows wait for the last; others leave in pieces. */
static int print_texts(rows *r, enum table_style style)
{
    buffer out = {0};
    table *lines = NULL;
    const char **headings = memory_array(r->columns + 1, sizeof *headings);
    int step = 0;
    int code = headings ? TAWAM_OK : TAWAM_EMEMORY;

    for (size_t i = 0; code == TAWAM_OK && i < r->columns; i++)
        headings[i] = sqlite3_column_name(r->statement, (int)i);
    if (code == TAWAM_OK)
        code = table_new(&lines, style, headings, r->columns,
                         terminal_is_out() ? terminal_width() : 0);
    while (code == TAWAM_OK && (step = twin_step(r->twin, r->statement)) == 1) {
        code = row_texts(r);
        if (code == TAWAM_OK)
            code = table_row(lines, r->texts);
        if (code == TAWAM_OK && style != TABLE_ALIGNED)
            code = table_take(lines, &out, 0);
        if (code == TAWAM_OK && out.length > FLUSH_BYTES)
            code = cmd_flush(&out);
    }
    if (code == TAWAM_OK && step < 0)
        code = step;
    if (code == TAWAM_OK)
        code = table_take(lines, &out, 1);
    if (code == TAWAM_OK)
        code = cmd_flush(&out);
    table_free(lines);
    free(headings);
    buffer_free(&out);
    return code;
}

/* fid is a string, since JavaScript's numbers end at 2^53. */
static void row_json(rows *r, json_writer *w)
{
    json_write_object(w);
    for (size_t i = 0; i < r->columns; i++) {
        const char *name = sqlite3_column_name(r->statement, (int)i);
        twin_value value = twin_value_column(r->statement, (int)i);
        json_write_key(w, name);
        if (value.kind == TWIN_KIND_INTEGER && text_equal_nocase(name, "fid"))
            json_write_fid(w, value.integer);
        else
            cmd_json_value(w, type_of(r, i, &value), &value);
    }
    json_write_end(w);
}

static int print_json(rows *r)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int code = TAWAM_OK;
    int step = 0;

    json_write_array(&w);
    while (code == TAWAM_OK && (step = twin_step(r->twin, r->statement)) == 1) {
        row_json(r, &w);
        if (out.length > FLUSH_BYTES)
            code = cmd_flush(&out);
    }
    if (code == TAWAM_OK && step < 0)
        code = step;
    json_write_end(&w);
    if (code == TAWAM_OK)
        code = cmd_flush_json(&out);
    buffer_free(&out);
    return code;
}

int cmd_print_rows(twin *t, sqlite3_stmt *statement, const twin_type *types,
                   enum table_style style, int json)
{
    rows r = {.twin = t, .statement = statement, .types = types};
    int code;

    r.columns = (size_t)sqlite3_column_count(statement);
    if (r.columns == 0) { /* it changes something and answers nothing */
        code = twin_step(t, statement);
        return code < 0 ? code : TAWAM_OK;
    }
    if (json)
        return print_json(&r);
    r.cells = memory_array(r.columns, sizeof *r.cells);
    r.texts = memory_array(r.columns, sizeof *r.texts);
    code = r.cells && r.texts ? print_texts(&r, style) : TAWAM_EMEMORY;
    for (size_t i = 0; r.cells != NULL && i < r.columns; i++)
        buffer_free(&r.cells[i]);
    free(r.cells);
    free(r.texts);
    return code;
}
