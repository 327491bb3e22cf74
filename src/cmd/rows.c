/* SPDX-License-Identifier: MIT */
/* tawam rows: the rows of a layer, in order of fid. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/terminal.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"where", 0, "SQL", VERB_TEXT,
     N_("only rows where this SQL expression holds")},
    {"limit", 'n', "NUMBER", VERB_TEXT, N_("so many rows at most")},
    {"format", 0, "csv|json|table", VERB_FORMAT,
     N_("how to print; else a table on a terminal, CSV elsewhere")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_ROWS = {
    .name = "rows",
    .forms = "L [--where SQL] [--limit N] [--format csv|json|table]",
    .summary = N_("print the rows of a layer"),
    .help = N_("Prints the rows of layer L in order of fid: fid first, then "
               "its columns, geometry as WKT."),
    .options = OPTIONS,
    .least = 1,
    .most = 1,
    .words = {VERB_LAYER},
    .run = run};

typedef struct format {
    enum table_style style;
    int json;
} format;

/* A table for a person's eyes, CSV for a pipe, unless told. */
static int read_format(format *f, const verb_arguments *a)
{
    const char *name = verb_value(a, "format");

    f->json = cmd_json(a) || (name != NULL && strcmp(name, "json") == 0);
    f->style = terminal_is_out() ? TABLE_ALIGNED : TABLE_CSV;
    if (name == NULL || f->json)
        return TAWAM_OK;
    if (strcmp(name, "csv") == 0)
        f->style = TABLE_CSV;
    else if (strcmp(name, "table") == 0)
        f->style = TABLE_ALIGNED;
    else
        return error_set(TAWAM_EUSAGE, _("--format is csv, json or table"));
    return TAWAM_OK;
}

/* SELECT fid, every column FROM LAYER, as the options say. */
static void select_sql(buffer *sql, const twin_layer *layer, const char *where,
                       int64_t limit)
{
    buffer_text(sql, "SELECT fid");
    for (size_t i = 0; i < layer->column_count; i++) {
        buffer_text(sql, ", ");
        twin_quote(sql, layer->columns[i].name);
    }
    buffer_text(sql, " FROM ");
    twin_quote(sql, layer->name);
    if (where != NULL)
        buffer_format(sql, " WHERE (%s\n)", where);
    buffer_format(sql, " ORDER BY fid LIMIT %lld", (long long)limit);
}

/* WHERE comes from outside: it runs under the authorizer, reading only. */
static int print_layer(territory *t, const twin_layer *layer, const format *f,
                       const char *where, int64_t limit)
{
    buffer sql = {0};
    sqlite3_stmt *statement = NULL;
    twin_type *types = memory_array(layer->column_count + 1, sizeof *types);
    int code = types ? TAWAM_OK : TAWAM_EMEMORY;

    if (code == TAWAM_OK) {
        types[0] = TWIN_INTEGER;
        for (size_t i = 0; i < layer->column_count; i++)
            types[i + 1] = layer->columns[i].type;
        select_sql(&sql, layer, where, limit);
        code = buffer_check(&sql);
    }
    if (code == TAWAM_OK) {
        code =
            twin_query_begin(&statement, t->twin, (const char *)sql.data, 0, 0);
        if (code == TAWAM_OK)
            code = cmd_print_rows(t->twin, statement, types, f->style, f->json);
        sqlite3_finalize(statement);
        twin_query_end(t->twin);
    }
    free(types);
    buffer_free(&sql);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    const twin_layer *layer = NULL;
    format f = {0};
    int64_t limit = -1;
    int code = read_format(&f, a);

    if (code == TAWAM_OK)
        code = verb_number(&limit, a, "limit", -1, 0);
    if (code == TAWAM_OK)
        code = cmd_open(&t, a, 0);
    if (code == TAWAM_OK)
        code = cmd_layer(&layer, t, a, 0);
    if (code == TAWAM_OK)
        code = print_layer(t, layer, &f, verb_value(a, "where"), limit);
    territory_close(t);
    return code;
}
