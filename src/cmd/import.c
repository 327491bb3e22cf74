/* SPDX-License-Identifier: MIT */
/* tawam import: rows of a file into a layer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"

enum { REJECTS_SHOWN = 20 };

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"layer", 0, "L", VERB_LAYER, N_("the layer; it is made if absent")},
    {"key", 0, "COLUMN", VERB_TEXT,
     N_("rows with this value there already are updated, cell by cell")},
    {"types", 0, "LIST", VERB_TEXT,
     N_("types over those inferred: code=text,pop=integer")},
    {"strict", 0, NULL, VERB_TEXT,
     N_("the first wrong row ends it, and nothing is stored")},
    {"no-geometry", 0, NULL, VERB_TEXT,
     N_("latitude and longitude stay columns")},
    {"source-layer", 0, "NAME", VERB_TEXT,
     N_("the table of a GeoPackage that has several")},
    {"reject-file", 0, "FILE", VERB_FILE,
     N_("where wrong rows go; else FILE.rejects.csv")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_IMPORT = {
    .name = "import",
    .forms = "FILE --layer L [--key COLUMN] [--types LIST] [--strict]",
    .summary = N_("take in CSV, GeoJSON or GeoPackage"),
    .help = N_("Reads FILE (\"-\" is standard input, as CSV) into layer L. "
               "Types are inferred and shown; values with a leading zero or "
               "more than 15 digits stay text; latitude and longitude columns "
               "become points.\n\nWith --key, rows there already change only "
               "in the cells that differ, and rows that FILE lacks stay. "
               "Wrong rows are reported, put in the reject file, and don't "
               "stop the others. An import that was cut off goes on by "
               "repeating it."),
    .options = OPTIONS,
    .least = 1,
    .most = 1,
    .words = {VERB_FILE},
    .run = run};

/* What the callbacks of one import share; progress stands first, since
 * cmd_exchange_progress takes it for its context. */
typedef struct import {
    cmd_progress progress;
    const verb_arguments *arguments;
    buffer notes; /* a line each */
    int64_t rejects;
} import;

/* What was inferred is kept until the end, so that JSON can hold it too. */
static void on_note(void *context, const char *text)
{
    import *i = context;

    cmd_safe(&i->notes, text);
    buffer_byte(&i->notes, '\n');
}

/* A wrong row is told at once, the first few of them. */
static void on_reject(void *context, int64_t line, const char *column,
                      const char *reason)
{
    import *i = context;
    buffer out = {0};

    if (i->rejects++ < REJECTS_SHOWN && !cmd_quiet(i->arguments)) {
        cmd_progress_end(&i->progress);
        buffer_format(&out, _("line %lld"), (long long)line);
        if (column != NULL && column[0] != 0) {
            buffer_text(&out, ", ");
            cmd_safe(&out, column);
        }
        buffer_text(&out, ": ");
        cmd_safe(&out, reason);
        if (!out.failed)
            fprintf(stderr, "%s\n", (const char *)out.data);
    }
    buffer_free(&out);
}

/* Cuts i->notes into its lines. */
static void report_json(buffer *out, import *i, const exchange_result *r)
{
    json_writer w = {.out = out};
    char *rest = NULL;

    json_write_object(&w);
    json_write_pair_integer(&w, "read", r->read);
    json_write_pair_integer(&w, "inserted", r->inserted);
    json_write_pair_integer(&w, "updated", r->updated);
    json_write_pair_integer(&w, "cells_changed", r->cells_changed);
    json_write_pair_integer(&w, "unchanged", r->unchanged);
    json_write_pair_integer(&w, "rejected", r->rejected);
    json_write_pair(&w, "reject_file", r->reject_file);
    json_write_key(&w, "notes");
    json_write_array(&w);
    if (i->notes.data != NULL)
        for (char *line = strtok_r((char *)i->notes.data, "\n", &rest);
             line != NULL; line = strtok_r(NULL, "\n", &rest))
            json_write_string(&w, line);
    json_write_end(&w);
    json_write_end(&w);
}

static void report_text(buffer *out, import *i, const exchange_result *r)
{
    if (!cmd_quiet(i->arguments) && i->notes.data != NULL)
        buffer_bytes(out, i->notes.data, i->notes.length);
    buffer_format(out,
                  _("%lld read, %lld inserted, %lld updated (%lld cells), "
                    "%lld unchanged, %lld rejected"),
                  (long long)r->read, (long long)r->inserted,
                  (long long)r->updated, (long long)r->cells_changed,
                  (long long)r->unchanged, (long long)r->rejected);
    if (r->reject_file != NULL) {
        buffer_text(out, " → ");
        cmd_safe(out, r->reject_file);
    }
    buffer_byte(out, '\n');
}

static int report(import *i, const exchange_result *r)
{
    buffer out = {0};
    int code;

    if (i->rejects > REJECTS_SHOWN && !cmd_quiet(i->arguments))
        fprintf(stderr, _("… and %lld more\n"),
                (long long)(i->rejects - REJECTS_SHOWN));
    if (cmd_json(i->arguments)) {
        report_json(&out, i, r);
        code = cmd_flush_json(&out);
    } else {
        report_text(&out, i, r);
        code = cmd_say(&out);
    }
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
import i = {.arguments = a };
    exchange_result result = {0};
    exchange_import_options o = {.layer = verb_value(a, "layer"),
                                 .key = verb_value(a, "key"),
                                 .types = verb_value(a, "types"),
                                 .source_layer = verb_value(a, "source-layer"),
                                 .reject_file = verb_value(a, "reject-file"),
                                 .no_geometry =
                                     verb_value(a, "no-geometry") != NULL,
                                 .strict = verb_value(a, "strict") != NULL,
                                 .progress = cmd_exchange_progress,
                                 .reject = on_reject,
                                 .note = on_note,
                                 .context = &i};
    int code;

    if (o.layer == NULL)
        return error_set(TAWAM_EUSAGE, _("say into which layer: --layer L"));
    code = cmd_open(&t, a, 1);
    if (code == TAWAM_OK) {
        cmd_progress_begin(&i.progress, a);
        code = exchange_import(&result, t->twin, verb_word(a, 0), &o);
        cmd_progress_end(&i.progress);
    }
    if (code == TAWAM_OK)
        code = report(&i, &result);
    exchange_result_clear(&result);
    buffer_free(&i.notes);
    territory_close(t);
    return code;
}
