/* SPDX-License-Identifier: MIT */
/* A changeset as text, one change a line, for `tawam cat` and git's textconv.
 * Everything foreign goes through text_safe(), so a line stays a line.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

static void print_safe(buffer *out, const char *text, size_t length)
{
    char *safe = text_safe(text, length, 0);

    if (!safe)
        out->failed = 1;
    else
        buffer_text(out, safe);
    free(safe);
}

/* Does the text need quotes to be told from what follows, or from NULL? */
static int needs_quotes(const char *text, size_t length)
{
    return length == 0 || memchr(text, ' ', length) ||
           memchr(text, '"', length);
}

static void print_value(buffer *out, twin_type type, const twin_value *value)
{
    buffer text = {0};

    if (value->kind == TWIN_KIND_NULL)
        return;
    twin_value_text(&text, type, value);
    if (text.failed)
        out->failed = 1;
    const char *bytes = text.data ? (const char *)text.data : "";
    int quoted =
        value->kind == TWIN_KIND_TEXT && needs_quotes(bytes, text.length);
    if (quoted)
        buffer_byte(out, '"');
    print_safe(out, bytes, text.length);
    if (quoted)
        buffer_byte(out, '"');
    buffer_free(&text);
}

static void print_row(buffer *out, const changeset_layer *layer,
                      const changeset_row *row)
{
    static const char signs[] = " +~-!";

    buffer_byte(out, (uint8_t)signs[row->operation]);
    buffer_byte(out, ' ');
    print_safe(out, layer->name, strlen(layer->name));
    buffer_format(out, " %lld", (long long)row->fid);
    for (uint32_t i = 0; i < row->cell_count; i++) {
        const changeset_cell *cell = &layer->cells[row->first_cell + i];
        const changeset_column *column = &layer->columns[cell->column];
        buffer_byte(out, ' ');
        print_safe(out, column->name, strlen(column->name));
        buffer_byte(out, '=');
        print_value(out, column->type, &cell->value);
    }
    if (row->operation == CHANGESET_AFFIRM)
        buffer_text(out, " (affirmed)");
    buffer_byte(out, '\n');
}

void changeset_print(buffer *out, const changeset *c)
{
    for (size_t i = 0; i < c->layer_count; i++)
        for (size_t j = 0; j < c->layers[i].row_count; j++)
            print_row(out, &c->layers[i], &c->layers[i].rows[j]);
}
