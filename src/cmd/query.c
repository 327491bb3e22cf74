/* SPDX-License-Identifier: MIT */
/* tawam query: SQL over the replica, reading only unless told. */
#include <sqlite3.h>
#include <string.h>
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"format", 0, "csv|json|table", VERB_FORMAT,
     N_("how to print; else bare values, columns by tab")},
    {"write", 0, NULL, VERB_TEXT, N_("the statement may change rows")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_QUERY = {
    .name = "query",
    .forms = "SQL [--format csv|json|table] [--write]",
    .summary = N_("ask in SQL"),
    .help = N_("Runs one SQL statement, reading only; a layer is a table. "
               "With --write it may change layers, captured like any edit; "
               "the GeoPackage functions that the plain sqlite3 shell lacks "
               "are there.\n\nBare output: one row a line, columns by tab, "
               "NULL empty; tab, newline and backslash as \\t, \\n and \\\\."),
    .options = OPTIONS,
    .least = 1,
    .most = 1,
    .run = run};

/* --format and --json -> STYLE; *json 1 for JSON. */
static int read_format(enum table_style *style, int *json,
                       const verb_arguments *a)
{
    const char *format = verb_value(a, "format");

    *json = cmd_json(a);
    *style = TABLE_BARE;
    if (format == NULL || strcmp(format, "bare") == 0)
        return TAWAM_OK;
    if (strcmp(format, "csv") == 0)
        *style = TABLE_CSV;
    else if (strcmp(format, "table") == 0)
        *style = TABLE_ALIGNED;
    else if (strcmp(format, "json") == 0)
        *json = 1;
    else
        return error_set(TAWAM_EUSAGE,
                         _("--format is csv, json or table (or left out)"));
    return TAWAM_OK;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    sqlite3_stmt *statement = NULL;
    enum table_style style;
    int json;
    int write = verb_value(a, "write") != NULL;
    int begun = 0;
    int code = read_format(&style, &json, a);

    if (code == TAWAM_OK)
        code = cmd_open(&t, a, write);
    if (code == TAWAM_OK) {
        begun = 1;
        code = twin_query_begin(&statement, t->twin, verb_word(a, 0), write, 0);
    }
    if (code == TAWAM_OK)
        code = cmd_print_rows(t->twin, statement, NULL, style, json);
    sqlite3_finalize(statement);
    if (begun)
        twin_query_end(t->twin);
    territory_close(t);
    return code;
}
