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
        json_write_pair(&w, "reject_file", done->rejects);
        json_write_key(&w, "errors");
        json_write_raw(&w, (char *)r->lines.data);
        json_write_end(&w);
        code = cmd_flush_json(&out);
    } else {
        if (!cmd_quiet(r->a)) {
            buffer_format(&out, _("%lld rows: %lld records"),
                          (long long)done->rows, (long long)done->records);
            if (done->wrong) {
                buffer_format(&out, _(", %lld wrong, kept in "),
                              (long long)done->wrong);
                cmd_safe(&out, done->rejects ? done->rejects : "?");
            }
            buffer_text(&out, ".\n");
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

int cmd_form_import(const verb_arguments *a)
{
    const char *repeats[REPEATS_MOST];
    const char *given = verb_value(a, "repeat");
    char *copy = memory_string(given ? given : "");
    report r = {.a = a};
    work_form_import_options o = {.form = verb_word(a, 1),
                                  .file = verb_word(a, 2),
                                  .repeats = repeats,
                                  .rejects = verb_value(a, "reject-file"),
                                  .wrong = on_wrong,
                                  .context = &r};
    work_form_import_result done = {0};
    territory *t = NULL;
    int code = copy ? cmd_open(&t, a, 1) : TAWAM_EMEMORY;
    r.json = (json_writer){.out = &r.lines};
    json_write_array(&r.json);
    if (code == TAWAM_OK) {
        o.repeat_count = split_repeats(repeats, copy);
        code = work_form_import(&done, t, &o);
    }
    if (code == TAWAM_OK)
        code = print(&r, &done);
    if (code == TAWAM_OK && done.wrong)
        code = error_set(TAWAM_ENO,
                         ngettext("%lld row was wrong", "%lld rows were wrong",
                                  (unsigned long)done.wrong),
                         (long long)done.wrong);
    free(done.rejects);
    free(copy);
    buffer_free(&r.lines);
    territory_close(t);
    return code;
}
