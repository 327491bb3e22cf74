/* SPDX-License-Identifier: MIT */
/* tawam labels: what layers, columns and choices are called. */
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

const verb CMD_LABELS = {
    .name = "labels",
    .forms = "FILE",
    .summary = N_("set and publish labels from a dictionary"),
    .help = N_("Reads a CSV dictionary with the columns layer, column, choice "
               "and one for each language (fr, ar, en), sets every label that "
               "is not empty, and publishes them in main as labels/L.csv, so "
               "that the other replicas have them after their next sync. A "
               "line with an empty column is about the layer, one with an "
               "empty choice about the column."),
    .least = 1,
    .most = 1,
    .words = {VERB_FILE},
    .run = run};

static int report(const work_labels_result *r, const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int code;

    if (cmd_json(a)) {
        json_write_object(&w);
        json_write_pair_integer(&w, "rows", r->rows);
        json_write_pair_integer(&w, "labels", r->labels);
        json_write_pair_integer(&w, "layers", r->layers);
        json_write_end(&w);
        buffer_byte(&out, '\n');
    } else if (!cmd_quiet(a)) {
        buffer_format(&out, _("%lld labels, %lld layers\n"),
                      (long long)r->labels, (long long)r->layers);
    }
    code = cmd_say(&out);
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    work_labels_result result = {0};
    int code = cmd_open(&t, a, 1);

    if (code == TAWAM_OK)
        code = work_labels(&result, t, verb_word(a, 0));
    if (code == TAWAM_OK)
        code = report(&result, a);
    territory_close(t);
    return code;
}
