/* SPDX-License-Identifier: MIT */
/* tawam form check | convert | run | bench: forms without a screen. */
#include "cmd/cmd.h"
#include "cmd/form_steps.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"attach", 0, "FOLDER", VERB_FOLDER,
     N_("where the form's attachments are")},
    {"to", 0, "xform", VERB_FORMAT, N_("what to convert to: xform, its XML")},
    {"tz", 0, "ZONE", VERB_TEXT, N_("time zone, as Africa/Casablanca")},
    {"now", 0, "TIME", VERB_TEXT, N_("what now() is, in ISO 8601")},
    {"seed", 0, "NUMBER", VERB_TEXT, N_("makes what is random the same again")},
    {"times", 'n', "NUMBER", VERB_TEXT, N_("how often bench does it all (20)")},
    {"dump", 0, "each|end", VERB_FORMAT,
     N_("print the record after each step, or at the end alone")},
    {NULL, 0, NULL, 0, NULL}};

const verb CMD_FORM = {
    .name = "form",
    .forms = "check FILE\nconvert FILE --to xform\nrun FILE STEPS.json\n"
             "bench FILE STEPS.json",
    .summary = N_("check a form, convert it, or fill it from a file"),
    .help = N_("FILE is an XLSForm (.xlsx, .md, or a folder with survey.csv, "
               "choices.csv, settings.csv and entities.csv) or an XForm "
               "(.xml).\n\n"
               "check says, as JSON, whether it is accepted and what is "
               "wrong, by sheet, row and column. convert prints the XForm "
               "that an XLSForm stands for.\n\n"
               "run takes the steps of a JSON file ({\"steps\":[{\"op\":"
               "\"answer\",\"ref\":\"/data/name\",\"value\":\"A\"}]}) and "
               "prints one line of JSON a step. Steps: answer, newRepeat, "
               "ensureRepeat, removeRepeat, get, choices, setLanguage, "
               "validate, finalize; references count from 1.\n\n"
               "bench takes the same steps, -n times over, each time on a new "
               "record, and prints what they cost in processor time: reading "
               "the form, a new record, an answer (median, 99th percentile, "
               "worst), and the most memory."),
    .options = OPTIONS,
    .least = 2,
    .most = 3,
    .words = {VERB_TEXT, VERB_FILE, VERB_FILE},
    .run = run};

/* ---- check, convert ---- */

static void write_messages(json_writer *w, const char *key,
                           const form_messages *m, int warnings)
{
    json_write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; i < m->count; i++) {
        if (m->list[i].is_warning != warnings)
            continue;
        json_write_object(w);
        json_write_pair(w, "sheet", m->list[i].sheet);
        json_write_pair_integer(w, "row", (int64_t)m->list[i].row);
        json_write_pair(w, "column", m->list[i].column);
        json_write_pair(w, "message", m->list[i].text);
        json_write_end(w);
    }
}

/* An error of the XForm itself, which is of no sheet, is one of the list. */
static void write_outcome(buffer *out, const form_messages *m, int code)
{
    json_writer w = {.out = out};
    json_write_object(&w);
    json_write_key(&w, "accept");
    json_write_boolean(&w, code == TAWAM_OK);
    write_messages(&w, "errors", m, 0);
    if (code != TAWAM_OK && !m->errors) {
        json_write_object(&w);
        json_write_pair(&w, "message", error_message());
        json_write_end(&w);
    }
    json_write_end(&w);
    write_messages(&w, "warnings", m, 1);
    json_write_end(&w);
    json_write_end(&w);
}

static int check(const verb_arguments *a)
{
    form *f = NULL;
    form_messages *m = NULL;
    buffer out = {0};
    int code = form_messages_new(&m), flushed;
    if (code == TAWAM_OK)
        code = form_file_read(&f, m, verb_word(a, 1));
    if (code == TAWAM_OK || code == TAWAM_EUSAGE) {
        write_outcome(&out, m, code);
        flushed = cmd_flush_json(&out);
        code = flushed != TAWAM_OK ? flushed
               : code == TAWAM_OK
                   ? code
                   : error_set(TAWAM_ENO, _("the form is not accepted"));
    }
    buffer_free(&out);
    form_free(f);
    form_messages_free(m);
    return code;
}

static int convert(const verb_arguments *a)
{
    const char *to = verb_value(a, "to");
    form_messages *m = NULL;
    buffer xml = {0};
    int code;
    if (to && strcmp(to, "xform") != 0)
        return error_set(TAWAM_EUSAGE, _("--to is xform"));
    code = form_messages_new(&m);
    if (code == TAWAM_OK)
        code = form_file_xform(&xml, m, verb_word(a, 1));
    for (size_t i = 0; m && code == TAWAM_EUSAGE && i < m->count; i++)
        if (!m->list[i].is_warning) {
            code = error_set(TAWAM_ENO, _("sheet %s, row %zu, %s: %s"),
                             m->list[i].sheet, m->list[i].row,
                             m->list[i].column, m->list[i].text);
            break;
        }
    if (code == TAWAM_OK)
        code = cmd_flush(&xml);
    buffer_free(&xml);
    form_messages_free(m);
    return code;
}

static int set_chance_and_clock(const verb_arguments *a)
{
    const char *zone = verb_value(a, "tz"), *now = verb_value(a, "now");
    int64_t time = 0, seed = 0;
    int code = verb_number(&seed, a, "seed", 0, 1);
    if (code == TAWAM_OK && seed)
        random_seed_for_tests((uint64_t)seed);
    if (zone) {
        setenv("TZ", zone, 1);
        tzset();
    }
    if (code == TAWAM_OK && now) {
        code = clock_parse(&time, now);
        if (code == TAWAM_OK)
            clock_fix(time);
    }
    return code;
}

static int run(const verb_arguments *a)
{
    const char *what = verb_word(a, 0);
    int code = set_chance_and_clock(a);
    if (code != TAWAM_OK)
        return code;
    if (strcmp(what, "check") == 0)
        return check(a);
    if (strcmp(what, "convert") == 0)
        return convert(a);
    if (strcmp(what, "run") == 0)
        return form_run(a);
    if (strcmp(what, "bench") == 0)
        return form_bench(a);
    return error_set(TAWAM_EUSAGE,
                     _("after form comes check, convert, run or bench"));
}
