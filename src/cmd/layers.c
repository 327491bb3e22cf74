/* SPDX-License-Identifier: MIT */
/* tawam layers: the layers and their columns. */
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/terminal.h"

static int run(const verb_arguments *a);

const verb CMD_LAYERS = {
    .name = "layers",
    .forms = "[L]",
    .summary = N_("list the layers, or the columns of one"),
    .help = N_("Lists the layers with their rows and geometry; with L, its "
               "columns and their types. With -q names alone."),
    .least = 0,
    .most = 1,
    .words = {VERB_LAYER},
    .run = run};

static void layer_json(json_writer *w, twin *t, const twin_layer *layer)
{
    json_write_object(w);
    json_write_pair(w, "name", layer->name);
    json_write_pair(w, "label",
                    twin_label(t, layer->name, "", "", terminal_language()));
    json_write_pair(w, "geometry",
                    layer->geometry ? twin_geometry_name(layer->geometry)
                                    : NULL);
    json_write_pair_integer(w, "rows", twin_row_count(t, layer));
    json_write_key(w, "columns");
    json_write_array(w);
    for (size_t i = 0; i < layer->column_count; i++) {
        const char *name = layer->columns[i].name;
        json_write_object(w);
        json_write_pair(w, "name", name);
        json_write_pair(w, "type", twin_type_name(layer->columns[i].type));
        json_write_pair(
            w, "label",
            twin_label(t, layer->name, name, "", terminal_language()));
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

static int list_json(twin *t, const twin_layer *only)
{
    buffer out = {0};
    json_writer w = {.out = &out, .indent = 2};
    int code;

    if (only != NULL) {
        layer_json(&w, t, only);
    } else {
        json_write_array(&w);
        for (size_t i = 0; i < twin_layer_count(t); i++)
            layer_json(&w, t, twin_layer_at(t, i));
        json_write_end(&w);
    }
    code = cmd_flush_json(&out);
    buffer_free(&out);
    return code;
}

/* End and print an aligned table. */
static int print_table(table *lines)
{
    buffer out = {0};
    int code = table_take(lines, &out, 1);

    if (code == TAWAM_OK)
        code = cmd_flush(&out);
    buffer_free(&out);
    return code;
}

static int list_layers(twin *t)
{
    const char *headings[] = {_("layer"), _("rows"), _("geometry"), _("label")};
    table *lines = NULL;
    int code = table_new(&lines, TABLE_ALIGNED, headings, 4, 0);

    if (code == TAWAM_OK)
        table_right(lines, 1);
    for (size_t i = 0; code == TAWAM_OK && i < twin_layer_count(t); i++) {
        const twin_layer *layer = twin_layer_at(t, i);
        char rows[24];
        int64_t count = twin_row_count(t, layer);
        text_from_decimal(rows, (double)count);
        const char *cells[] = {
            layer->name, rows,
            layer->geometry ? twin_geometry_name(layer->geometry) : "",
            twin_label(t, layer->name, "", "", terminal_language())};
        code = table_row(lines, cells);
    }
    if (code == TAWAM_OK)
        code = print_table(lines);
    table_free(lines);
    return code;
}

static int list_columns(twin *t, const twin_layer *layer)
{
    const char *headings[] = {_("column"), _("type"), _("label")};
    table *lines = NULL;
    int code = table_new(&lines, TABLE_ALIGNED, headings, 3, 0);

    for (size_t i = 0; code == TAWAM_OK && i < layer->column_count; i++) {
        const twin_column *column = &layer->columns[i];
        const char *cells[] = {
            column->name, twin_type_name(column->type),
            twin_label(t, layer->name, column->name, "", terminal_language())};
        code = table_row(lines, cells);
    }
    if (code == TAWAM_OK)
        code = print_table(lines);
    table_free(lines);
    return code;
}

/* For scripts and for completion. */
static int list_names(twin *t, const twin_layer *only)
{
    buffer out = {0};
    int code;

    if (only == NULL)
        for (size_t i = 0; i < twin_layer_count(t); i++)
            buffer_format(&out, "%s\n", twin_layer_at(t, i)->name);
    else
        for (size_t i = 0; i < only->column_count; i++)
            buffer_format(&out, "%s\n", only->columns[i].name);
    code = cmd_flush(&out);
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    const twin_layer *layer = NULL;
    int code = cmd_open(&t, a, 0);

    if (code == TAWAM_OK && a->word_count > 0)
        code = cmd_layer(&layer, t, a, 0);
    if (code == TAWAM_OK) {
        if (cmd_json(a))
            code = list_json(t->twin, layer);
        else if (cmd_quiet(a))
            code = list_names(t->twin, layer);
        else
            code = layer ? list_columns(t->twin, layer) : list_layers(t->twin);
    }
    territory_close(t);
    return code;
}
