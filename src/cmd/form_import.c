/* SPDX-License-Identifier: MIT */
/* tawam form import: finished records from files. */
#include "cmd/form_internal.h"
#include "work/form_import.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WRONG_SHOWN = 20, REPEATS_MOST = 30 };

typedef struct report {
    const verb_arguments *a;
    int64_t wrong;
    int is_xml;
    buffer lines; /* for JSON: an array under way */
    json_writer json;
} report;

static void on_wrong(void *context, size_t row, const char *column,
                     const char *reason)
{
    report *r = context;
    if (r->wrong++ >= WRONG_SHOWN && !cmd_json(r->a))
        return;
    if (cmd_json(r->a)) {
        json_write_object(&r->json);
        json_write_pair_integer(&r->json, "row", (int64_t)row);
        json_write_pair(&r->json, "column", column);
        json_write_pair(&r->json, "message", reason);
        json_write_end(&r->json);
    } else if (!cmd_quiet(r->a)) {
        char *safe = text_safe(column, strlen(column), 0);
        fprintf(stderr, _("row %zu, %s: %s\n"), row, safe && *safe ? safe : "-",
                reason);
        free(safe);
    }
}

static void on_tell(void *context, const char *file, const char *words)
{
    report *r = context;
    if (cmd_json(r->a)) {
        json_write_object(&r->json);
        json_write_pair(&r->json, "file", file);
        json_write_pair(&r->json, "message", words);
        json_write_end(&r->json);
    } else if (!cmd_quiet(r->a)) {
        char *safe = text_safe(file, strlen(file), 0);
        fprintf(stderr, "%s: %s\n", safe ? safe : "?", words);
        free(safe);
    }
}

static int print(report *r, const work_form_import_result *done)
{
    buffer out = {0};
    int code;
    if (cmd_json(r->a)) {
        json_writer w = {.out = &out};
        json_write_end(&r->json);
        json_write_object(&w);
        json_write_pair_integer(&w, "rows", done->rows);
        json_write_pair_integer(&w, "records", done->records);
        json_write_pair_integer(&w, "wrong", done->wrong);
        json_write_pair_integer(&w, "already", done->already);
        json_write_pair(&w, "reject_file", done->rejects);
        json_write_key(&w, "errors");
        json_write_raw(&w, (char *)r->lines.data);
        json_write_end(&w);
        code = cmd_flush_json(&out);
    } else {
        if (!cmd_quiet(r->a)) {
            buffer_format(&out,
                          ngettext("%lld row: ", "%lld rows: ",
                                   (unsigned long)done->rows),
                          (long long)done->rows);
            buffer_format(&out,
                          ngettext("%lld record", "%lld records",
                                   (unsigned long)done->records),
                          (long long)done->records);
            if (done->already)
                buffer_format(&out, _(", %lld here already"),
                              (long long)done->already);
            if (done->wrong && !done->rejects)
                buffer_format(&out, _(", %lld wrong"), (long long)done->wrong);
            else if (done->wrong) {
                buffer_format(&out, _(", %lld wrong, kept in "),
                              (long long)done->wrong);
                cmd_safe(&out, done->rejects);
            }
            buffer_text(&out, ".\n");
            if (done->already && !r->is_xml && !verb_value(r->a, "key"))
                buffer_text(&out, _("What is here already was left as it is; "
                                    "--again imports it once more.\n"));
        }
        code = cmd_say(&out);
    }
    buffer_free(&out);
    return code;
}

/* "member=m.csv,job=j.csv" split in place. */
static size_t split_repeats(const char **list, char *text)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, ",", &rest); word && count < REPEATS_MOST;
         word = strtok_r(NULL, ",", &rest))
        list[count++] = word;
    return count;
}

static int import_csv(work_form_import_result *done, report *r, territory *t)
{
    const char *repeats[REPEATS_MOST];
    const char *given = verb_value(r->a, "repeat");
    char *copy = memory_string(given ? given : "");
    work_form_import_options o = {.form = verb_word(r->a, 1),
                                  .file = verb_word(r->a, 2),
                                  .repeats = repeats,
                                  .rejects = verb_value(r->a, "reject-file"),
                                  .key = verb_value(r->a, "key"),
                                  .again = verb_value(r->a, "again") != NULL,
                                  .wrong = on_wrong,
                                  .context = r};
    int code = copy ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && verb_word(r->a, 3))
        code = error_set(TAWAM_EUSAGE,
                         _("one CSV file at a time; repeats come with "
                           "--repeat NAME=FILE"));
    if (code == TAWAM_OK) {
        o.repeat_count = split_repeats(repeats, copy);
        code = work_form_import(done, t, &o);
    }
    free(copy);
    return code;
}

static int import_xml(work_form_import_result *done, report *r, territory *t)
{
    work_form_submissions o = {.form = verb_word(r->a, 1),
                               .files = r->a->words + 2,
                               .count = r->a->word_count - 2,
                               .tell = on_tell,
                               .context = r};
    return work_form_import_submissions(done, t, &o);
}

int cmd_form_import(const verb_arguments *a)
{
    report r = {.a = a};
    work_form_import_result done = {0};
    territory *t = NULL;
    int is_xml = text_equal_nocase(file_extension(verb_word(a, 2)), "xml");
    int code = cmd_open(&t, a, 1);
    r.is_xml = is_xml;
    r.json = (json_writer){.out = &r.lines};
    json_write_array(&r.json);
    if (code == TAWAM_OK)
        code = is_xml ? import_xml(&done, &r, t) : import_csv(&done, &r, t);
    if (code == TAWAM_OK)
        code = print(&r, &done);
    if (code == TAWAM_OK && done.wrong)
        code = error_set(TAWAM_ENO,
                         ngettext("%lld row was wrong", "%lld rows were wrong",
                                  (unsigned long)done.wrong),
                         (long long)done.wrong);
    free(done.rejects);
    buffer_free(&r.lines);
    territory_close(t);
    return code;
}
