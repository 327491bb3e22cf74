/* SPDX-License-Identifier: MIT */
/* tawam get: one row, or one value of it. */
#include <string.h>
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

const verb CMD_GET = {
    .name = "get",
    .forms = "L ROW [COLUMN]",
    .summary = N_("print one row or one value"),
    .help = N_("Prints the row of layer L as lines of column, tab, value, fid "
               "first; or the bare value of COLUMN. Tab, newline and "
               "backslash in a value are escaped, NULL is empty, geometry is "
               "WKT. ROW is a fid, a uuid, or COLUMN=VALUE where that is "
               "unique."),
    .least = 2,
    .most = 3,
    .words = {VERB_LAYER, VERB_TEXT, VERB_TEXT},
    .run = run};

/* The value as bare output has it. */
static void bare(buffer *out, twin_type type, const twin_value *value)
{
    buffer text = {0};

    twin_value_text(&text, type, value);
    table_bare_field(out, text.data ? (const char *)text.data : "",
                     text.length);
    buffer_free(&text);
}

/* A value; fid as the string that it is in JSON. */
static void print_one(buffer *out, const verb_arguments *a, twin_type type,
                      const twin_value *value, int is_fid)
{
    json_writer w = {.out = out};

    if (!cmd_json(a))
        bare(out, type, value);
    else if (is_fid)
        json_write_fid(&w, value->integer);
    else
        cmd_json_value(&w, type, value);
    buffer_byte(out, '\n');
}

static void print_row(buffer *out, const verb_arguments *a,
                      const twin_layer *layer, int64_t fid,
                      const twin_cell *cells)
{
    json_writer w = {.out = out, .indent = 2};

    if (cmd_json(a)) {
        json_write_object(&w);
        json_write_key(&w, "fid");
        json_write_fid(&w, fid);
    } else {
        buffer_format(out, "fid\t%lld\n", (long long)fid);
    }
    for (size_t i = 0; i < layer->column_count; i++) {
        const twin_column *column = &layer->columns[i];
        if (cmd_json(a)) {
            json_write_key(&w, column->name);
            cmd_json_value(&w, column->type, &cells[i].value);
        } else {
            buffer_format(out, "%s\t", column->name);
            bare(out, column->type, &cells[i].value);
            buffer_byte(out, '\n');
        }
    }
    if (cmd_json(a)) {
        json_write_end(&w);
        buffer_byte(out, '\n');
    }
}

/* The whole row, one value, or the fid. */
static int print(territory *t, const verb_arguments *a, const twin_layer *layer,
                 int64_t fid, arena *memory)
{
    buffer out = {0};
    const char *name = verb_word(a, 2);
    const twin_column *column = NULL;
    twin_cell *cells = NULL;
    twin_value own = {.kind = TWIN_KIND_INTEGER, .integer = fid};
    int is_fid = name != NULL && text_equal_nocase(name, "fid");
    int code = TAWAM_OK;

    if (name != NULL && !is_fid)
        code = twin_column_find(&column, layer, name);
    if (code == TAWAM_OK)
        code = twin_row_read(&cells, t->twin, layer, fid, memory);
    if (code == TAWAM_OK) {
        if (is_fid)
            print_one(&out, a, TWIN_INTEGER, &own, 1);
        else if (column != NULL)
            print_one(&out, a, column->type,
                      &cells[column - layer->columns].value, 0);
        else
            print_row(&out, a, layer, fid, cells);
        code = cmd_flush(&out);
    }
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    const twin_layer *layer = NULL;
    arena *memory = NULL;
    int64_t fid = 0;
    int code = cmd_open(&t, a, 0);

    if (code == TAWAM_OK)
        code = arena_new(&memory);
    if (code == TAWAM_OK)
        code = cmd_layer(&layer, t, a, 0);
    if (code == TAWAM_OK)
        code = cmd_row(&fid, t, layer, a, 1);
    if (code == TAWAM_OK)
        code = print(t, a, layer, fid, memory);
    arena_free(memory);
    territory_close(t);
    return code;
}
