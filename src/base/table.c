/* SPDX-License-Identifier: MIT */
/* Tables as text. CSV and bare rows are written at once; aligned ones are
 * kept, as their columns' widths are known only at the end.
 *
 *   cells: [r0c0][r0c1]...[r1c0]...   one array, row after row
 *
 * CSV lines end in LF, not CRLF: every reader of RFC 4180 takes it, and so do
 * the Unix tools. */
#include "base/table.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/text.h"

#define GAP 2       /* blanks between aligned columns */
#define NARROWEST 4 /* an aligned column isn't cut below this */

struct table {
    enum table_style style;
    int fit; /* columns of the terminal, 0 any */
    size_t count;
    char **headings;
    int *right;
    char **cells;
    size_t rows;
    size_t capacity;
    buffer ready; /* CSV and bare, written but not taken */
};

void table_free(table *t)
{
    if (!t)
        return;
    for (size_t i = 0; t->headings && i < t->count; i++)
        free(t->headings[i]);
    for (size_t i = 0; t->cells && i < t->rows * t->count; i++)
        free(t->cells[i]);
    free(t->headings);
    free(t->right);
    free(t->cells);
    buffer_free(&t->ready);
    free(t);
}

/* ---- CSV and bare ---- */

static int needs_quotes(const char *text, size_t length)
{
    if (length == 0)
        return 0;
    if (text[0] == ' ' || text[length - 1] == ' ')
        return 1;
    for (size_t i = 0; i < length; i++) {
        if (strchr(",\"\r\n", text[i]) && text[i] != '\0')
            return 1;
    }
    return 0;
}

void table_csv_field(buffer *out, const char *text, size_t length)
{
    if (!needs_quotes(text, length)) {
        buffer_bytes(out, text, length);
        return;
    }
    buffer_byte(out, '"');
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"')
            buffer_byte(out, '"');
        buffer_byte(out, (uint8_t)text[i]);
    }
    buffer_byte(out, '"');
}

void table_bare_field(buffer *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\t')
            buffer_text(out, "\\t");
        else if (text[i] == '\n')
            buffer_text(out, "\\n");
        else if (text[i] == '\r')
            buffer_text(out, "\\r");
        else if (text[i] == '\\')
            buffer_text(out, "\\\\");
        else
            buffer_byte(out, (uint8_t)text[i]);
    }
}

static void write_plain_row(table *t, const char *const *cells)
{
    for (size_t i = 0; i < t->count; i++) {
        const char *cell = cells[i] ? cells[i] : "";
        size_t length = strlen(cell);

        if (i > 0)
            buffer_byte(&t->ready, t->style == TABLE_CSV ? ',' : '\t');
        if (t->style == TABLE_BARE)
            table_bare_field(&t->ready, cell, length);
        else if (t->count == 1 && length == 0)
            buffer_text(&t->ready, "\"\""); /* not a blank line */
        else
            table_csv_field(&t->ready, cell, length);
    }
    buffer_byte(&t->ready, '\n');
}

/* ---- building ---- */

static int copy_headings(table *t, const char *const *headings)
{
    t->headings = memory_array(t->count, sizeof *t->headings);
    t->right = memory_array(t->count, sizeof *t->right);
    if (!t->headings || !t->right)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < t->count; i++) {
        t->headings[i] = text_safe(headings[i], strlen(headings[i]), 0);
        if (!t->headings[i])
            return TAWAM_EMEMORY;
    }
    return TAWAM_OK;
}

int table_new(table **out, enum table_style style, const char *const *headings,
              size_t count, int width)
{
    table *t = memory_new(sizeof *t);

    if (!t)
        return TAWAM_EMEMORY;
    t->style = style;
    t->count = count;
    t->fit = width;
    if (copy_headings(t, headings) < 0) {
        table_free(t);
        return TAWAM_EMEMORY;
    }
    if (style == TABLE_CSV)
        write_plain_row(t, headings);
    if (buffer_check(&t->ready) < 0) {
        table_free(t);
        return TAWAM_EMEMORY;
    }
    *out = t;
    return TAWAM_OK;
}

void table_right(table *t, size_t column)
{
    if (column < t->count)
        t->right[column] = 1;
}

/* Keep a row for the aligned form, already safe for the terminal. */
static int keep_row(table *t, const char *const *cells)
{
    size_t first = t->rows * t->count;
    void *grown = t->cells;

    if (memory_reserve(&grown, &t->capacity, first + t->count,
                       sizeof *t->cells) < 0)
        return TAWAM_EMEMORY;
    t->cells = grown;
    for (size_t i = 0; i < t->count; i++) {
        const char *cell = cells[i] ? cells[i] : "";
        t->cells[first + i] = text_safe(cell, strlen(cell), 0);
        if (!t->cells[first + i]) {
            while (i > 0)
                free(t->cells[first + --i]);
            return TAWAM_EMEMORY;
        }
    }
    t->rows++;
    return TAWAM_OK;
}

int table_row(table *t, const char *const *cells)
{
    if (t->style == TABLE_ALIGNED)
        return keep_row(t, cells);
    write_plain_row(t, cells);
    return buffer_check(&t->ready);
}

/* ---- aligned ---- */

static void measure(const table *t, int *widths)
{
    for (size_t i = 0; i < t->count; i++)
        widths[i] = text_width(t->headings[i]);
    for (size_t i = 0; i < t->rows * t->count; i++) {
        int width = text_width(t->cells[i]);
        if (width > widths[i % t->count])
            widths[i % t->count] = width;
    }
}

/* Take columns from the widest until the row fits, none below NARROWEST. */
static void narrow(const table *t, int *widths)
{
    int total = GAP * ((int)t->count - 1);

    for (size_t i = 0; i < t->count; i++)
        total += widths[i];
    while (t->fit > 0 && total > t->fit) {
        size_t widest = 0;
        for (size_t i = 1; i < t->count; i++) {
            if (widths[i] > widths[widest])
                widest = i;
        }
        if (widths[widest] <= NARROWEST)
            return;
        widths[widest]--;
        total--;
    }
}

static void pad(buffer *out, int columns)
{
    while (columns-- > 0)
        buffer_byte(out, ' ');
}

static int write_aligned_row(const table *t, buffer *out, const int *widths,
                             char *const *cells)
{
    int owed = 0; /* blanks before the next text; never at a line's end */

    for (size_t i = 0; i < t->count; i++) {
        char *cut = text_ellipsis(cells[i], widths[i]);
        int rest = 0;

        if (!cut)
            return TAWAM_EMEMORY;
        rest = widths[i] - text_width(cut);
        if (t->right[i]) {
            owed += rest;
            rest = 0;
        }
        if (*cut) {
            pad(out, owed);
            owed = 0;
            buffer_text(out, cut);
        } else {
            rest = widths[i] - (t->right[i] ? widths[i] : 0);
        }
        owed += rest + GAP;
        free(cut);
    }
    buffer_byte(out, '\n');
    return TAWAM_OK;
}

static void write_rule(const table *t, buffer *out, const int *widths)
{
    for (size_t i = 0; i < t->count; i++) {
        pad(out, i > 0 ? GAP : 0);
        for (int c = 0; c < widths[i]; c++)
            buffer_byte(out, '-');
    }
    buffer_byte(out, '\n');
}

static int write_aligned(const table *t, buffer *out)
{
    int *widths = memory_array(t->count, sizeof *widths);
    int result = TAWAM_EMEMORY;

    if (!widths)
        return TAWAM_EMEMORY;
    measure(t, widths);
    narrow(t, widths);
    result = write_aligned_row(t, out, widths, t->headings);
    if (result == TAWAM_OK)
        write_rule(t, out, widths);
    for (size_t r = 0; r < t->rows && result == TAWAM_OK; r++)
        result = write_aligned_row(t, out, widths, t->cells + r * t->count);
    free(widths);
    return result < 0 ? result : buffer_check(out);
}

int table_take(table *t, buffer *out, int last)
{
    if (t->style == TABLE_ALIGNED)
        return last ? write_aligned(t, out) : TAWAM_OK;
    if (buffer_check(&t->ready) < 0)
        return TAWAM_EMEMORY;
    if (t->ready.length > 0)
        buffer_bytes(out, t->ready.data, t->ready.length);
    buffer_clear(&t->ready);
    return buffer_check(out);
}
