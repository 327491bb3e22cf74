/* SPDX-License-Identifier: MIT */
/* tawam form list: the forms of this replica. */
#include "cmd/form_internal.h"
#include "cmd/terminal.h"
#include "work/forms.h"
#include <stdlib.h>
#include <string.h>

static const char *state_name(work_form_state state)
{
    static const char *const NAMES[] = {"",          "current",  "older",
                                        "withdrawn", "unusable", "unknown"};
    return NAMES[state];
}

static const char *state_words(work_form_state state)
{
    switch (state) {
    case WORK_FORM_CURRENT:
        return "";
    case WORK_FORM_OLDER:
        return _("older version");
    case WORK_FORM_WITHDRAWN:
        return _("not published any more");
    case WORK_FORM_UNUSABLE:
        return _("can't be used here");
    default:
        return _("this form is not here");
    }
}

static void write_json(buffer *out, const work_form_line *list, size_t count)
{
    json_writer w = {.out = out, .indent = 2};
    json_write_array(&w);
    for (size_t i = 0; i < count; i++) {
        const work_form_line *line = &list[i];
        json_write_object(&w);
        json_write_pair(&w, "id", line->id);
        json_write_pair(&w, "version", line->version);
        json_write_pair(&w, "title", line->title);
        json_write_pair(&w, "state", state_name(line->state));
        json_write_pair_integer(&w, "records", line->records);
        json_write_pair_integer(&w, "drafts", line->drafts);
        if (line->published)
            cmd_json_time(&w, "published", line->published);
        if (*line->problem)
            json_write_pair(&w, "problem", line->problem);
        json_write_end(&w);
    }
    json_write_end(&w);
}

static int write_table(buffer *out, const work_form_line *list, size_t count)
{
    const char *headings[] = {_("form"),   _("version"), _("records"),
                              _("drafts"), _("title"),   ""};
    table *lines = NULL;
    int code = table_new(&lines, TABLE_ALIGNED, headings, 6, 0);
    if (code == TAWAM_OK) {
        table_right(lines, 2);
        table_right(lines, 3);
    }
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        char records[24], drafts[24];
        text_from_decimal(records, (double)list[i].records);
        text_from_decimal(drafts, (double)list[i].drafts);
        const char *cells[] = {
            list[i].id,    *list[i].version ? list[i].version : "-",
            records,       drafts,
            list[i].title, state_words(list[i].state)};
        code = table_row(lines, cells);
    }
    if (code == TAWAM_OK)
        code = table_take(lines, out, 1);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        if (*list[i].problem) {
            cmd_safe(out, list[i].id);
            buffer_text(out, ": ");
            cmd_safe(out, list[i].problem);
            buffer_byte(out, '\n');
        }
    table_free(lines);
    return code;
}

int cmd_form_list(const verb_arguments *a)
{
    territory *t = NULL;
    work_form_line *list = NULL;
    size_t count = 0;
    arena *memory = NULL;
    buffer out = {0};
    int code = arena_new(&memory);
    if (code == TAWAM_OK)
        code = cmd_open(&t, a, 0);
    if (code == TAWAM_OK && !twin_is_read_only(t->twin))
        code = work_forms_refresh(NULL, t);
    if (code == TAWAM_OK)
        code = work_forms_list(&list, &count, t, memory);
    if (code == TAWAM_OK && cmd_json(a)) {
        write_json(&out, list, count);
        code = cmd_flush_json(&out);
    } else if (code == TAWAM_OK && !count) {
        buffer_text(&out, _("No forms yet: tawam form publish FILE on HQ's "
                            "desk adds one, a sync brings it.\n"));
        code = cmd_say(&out);
    } else if (code == TAWAM_OK) {
        code = write_table(&out, list, count);
        if (code == TAWAM_OK)
            code = cmd_flush(&out);
    }
    buffer_free(&out);
    territory_close(t);
    arena_free(memory);
    return code;
}
