/* SPDX-License-Identifier: MIT */
/* tawam export, and tawam at VERSION export: rows of a layer into a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/terminal.h"

static int run(const verb_arguments *a);
static int run_at(const verb_arguments *a);

const verb_option CMD_EXPORT_OPTIONS[] = {
    {"format", 0, "csv|geojson|gpkg", VERB_FORMAT,
     N_("what to write; else as the name of FILE says, else csv")},
    {"output", 'o', "FILE", VERB_FILE,
     N_("where to, also given as FILE; else standard output")},
    {"where", 0, "SQL", VERB_TEXT,
     N_("only rows where this SQL expression holds")},
    {"limit", 'n', "NUMBER", VERB_TEXT, N_("so many rows at most")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_EXPORT = {
    .name = "export",
    .forms = "L [FILE] [--format csv|geojson|gpkg]",
    .summary = N_("write a layer to CSV, GeoJSON or GeoPackage"),
    .help = N_("Writes the rows of layer L in order of fid. A FILE is written "
               "beside and renamed: it is whole or absent. CSV has fid first, "
               "then the columns, geometry as WKT."),
    .options = CMD_EXPORT_OPTIONS,
    .least = 1,
    .most = 2,
    .words = {VERB_LAYER, VERB_FILE},
    .run = run};

const verb CMD_AT = {
    .name = "at",
    .forms = "VERSION export L [FILE] [--format csv|geojson|gpkg]",
    .summary = N_("export a layer as it was at a version"),
    .help = N_("As export, from the state at VERSION: a commit id or its "
               "start, a tag, a device's name, HEAD, or a date."),
    .options = CMD_EXPORT_OPTIONS,
    .least = 3,
    .most = 4,
    .words = {VERB_TEXT, VERB_TEXT, VERB_LAYER, VERB_FILE},
    .run = run_at};

/* --format, else what FILE's name ends with, else CSV. */
static int read_format(exchange_format *out, const verb_arguments *a,
                       const char *file)
{
    const char *name = verb_value(a, "format");
    const char *extension = file ? file_extension(file) : "";

    if (name == NULL)
        name =
            strcmp(extension, "geojson") == 0 || strcmp(extension, "json") == 0
                ? "geojson"
            : strcmp(extension, "gpkg") == 0 ? "gpkg"
                                             : "csv";
    return exchange_format_parse(out, name);
}

/* Rows of now, or of VERSION. */
static int call(int64_t *rows, territory *t, const char *version,
                const char *file, FILE *stream,
                const exchange_export_options *o)
{
    if (version != NULL)
        return work_at_export(rows, t, version, file, stream, o);
    return exchange_export(rows, t->twin, file, stream, o);
}

/* To standard output; through a buffer that is made safe on a terminal. */
static int to_stdout(int64_t *rows, territory *t, const char *version,
                     const exchange_export_options *o)
{
    buffer out = {0};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = stdout;
    int code;

    if (terminal_is_out() && (stream = open_memstream(&text, &length)) == NULL)
        return error_memory();
    code = call(rows, t, version, "-", stream, o);
    if (stream != stdout) {
        fclose(stream);
        buffer_bytes(&out, text, length);
        if (code == TAWAM_OK)
            code = cmd_flush(&out);
    } else if (code == TAWAM_OK && fflush(stdout) != 0) {
        code = error_system(_("write to standard output"));
    }
    buffer_free(&out);
    free(text);
    return code;
}

static int report(int64_t rows, const char *file, const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int code;

    if (cmd_json(a)) {
        json_write_object(&w);
        json_write_pair_integer(&w, "rows", rows);
        json_write_pair(&w, "file", file);
        json_write_end(&w);
        buffer_byte(&out, '\n');
    } else if (!cmd_quiet(a)) {
        buffer_format(
            &out, ngettext("%lld row → ", "%lld rows → ", (unsigned long)rows),
            (long long)rows);
        cmd_safe(&out, file);
        buffer_byte(&out, '\n');
    }
    code = cmd_say(&out);
    buffer_free(&out);
    return code;
}

int cmd_export(territory *t, const verb_arguments *a, size_t n,
               const char *version)
{
    cmd_progress progress;
    const char *word = verb_word(a, n + 1), *option = verb_value(a, "output");
    const char *file = word ? word : option;
    int64_t rows = 0;
    exchange_export_options o = {.layer = verb_word(a, n),
                                 .where = verb_value(a, "where"),
                                 .progress = cmd_exchange_progress,
                                 .context = &progress};
    int code = read_format(&o.format, a, file);

    if (code == TAWAM_OK && word && option)
        code =
            error_set(TAWAM_EUSAGE, _("two files to write: %s and --output %s"),
                      word, option);
    if (file != NULL && strcmp(file, "-") == 0)
        file = NULL;
    if (code == TAWAM_OK)
        code = verb_number(&o.limit, a, "limit", -1, 0);
    if (code == TAWAM_OK && file == NULL && o.format == EXCHANGE_GPKG)
        code = error_set(TAWAM_EUSAGE,
                         _("a GeoPackage wants a file: -o FILE.gpkg"));
    if (code != TAWAM_OK)
        return code;
    cmd_progress_begin(&progress, a);
    if (file == NULL) {
        progress.quiet = 1;
        return to_stdout(&rows, t, version, &o);
    }
    code = call(&rows, t, version, file, NULL, &o);
    cmd_progress_end(&progress);
    return code == TAWAM_OK ? report(rows, file, a) : code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    int code = cmd_open(&t, a, 0);

    if (code == TAWAM_OK)
        code = cmd_export(t, a, 0, NULL);
    territory_close(t);
    return code;
}

static int run_at(const verb_arguments *a)
{
    territory *t = NULL;
    int code = TAWAM_OK;

    if (strcmp(verb_word(a, 1), "export") != 0)
        return error_set(TAWAM_EUSAGE, _("use: tawam at VERSION export L …"));
    code = cmd_open(&t, a, 0);
    if (code == TAWAM_OK)
        code = cmd_export(t, a, 2, verb_word(a, 0));
    territory_close(t);
    return code;
}
