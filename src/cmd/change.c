/* SPDX-License-Identifier: MIT */
/* change: one changed row after another, as JSON or as
 *
 *   ~ water_point Fontaine [8123…]
 *       status: ok → broken
 */
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "work/forms.h"

enum { FLUSH_BYTES = 1 << 16 };

void cmd_changes_begin(cmd_changes *c, territory *t, const verb_arguments *a)
{
    memset(c, 0, sizeof *c);
    c->territory = t;
    c->arguments = a;
    c->json.out = &c->out;
}

static const char *operation_name(changeset_operation operation)
{
    switch (operation) {
    case CHANGESET_INSERT:
        return "insert";
    case CHANGESET_DELETE:
        return "delete";
    case CHANGESET_AFFIRM:
        return "affirm";
    default:
        return "update";
    }
}

/* before or after: null where there was no row, as where the value is NULL
 * (the operation tells which). */
static void json_side(json_writer *w, const char *key, twin_type type, int has,
                      const twin_value *value)
{
    json_write_key(w, key);
    if (has)
        cmd_json_value(w, type, value);
    else
        json_write_null(w);
}

static void change_json(cmd_changes *c, const sync_change *change)
{
    json_writer *w = &c->json;

    json_write_object(w);
    if (c->with_commit && change->commit != NULL) {
        json_write_pair(w, "commit", change->commit->id);
        json_write_pair(w, "author", change->commit->author);
        json_write_pair(w, "device", change->commit->device);
        cmd_json_time(w, "time", change->commit->time);
    }
    json_write_pair(w, "layer", change->layer);
    json_write_key(w, "fid");
    json_write_fid(w, change->fid);
    json_write_pair(w, "operation", operation_name(change->operation));
    json_write_key(w, "cells");
    json_write_array(w);
    for (size_t i = 0; i < change->cell_count; i++) {
        const sync_change_cell *cell = &change->cells[i];
        json_write_object(w);
        json_write_pair(w, "column", cell->column);
        json_side(w, "before", cell->type, cell->has_before, &cell->before);
        json_side(w, "after", cell->type, cell->has_after, &cell->after);
        json_write_end(w);
    }
    json_write_end(w);
    json_write_end(w);
}

/* "      status: ok → broken"; for a new or a deleted row its value alone. */
static void say_cell(cmd_changes *c, const sync_change *change,
                     const sync_change_cell *cell)
{
    const verb_arguments *a = c->arguments;
    int one_side = change->operation == CHANGESET_INSERT ||
                   change->operation == CHANGESET_DELETE;
    const twin_value *only =
        change->operation == CHANGESET_INSERT ? &cell->after : &cell->before;

    if (one_side && only->kind == TWIN_KIND_NULL)
        return;
    buffer_text(&c->out, "    ");
    cmd_safe(&c->out, cell->column);
    buffer_text(&c->out, ": ");
    if (one_side) {
        cmd_say_value(&c->out, cell->type, only);
    } else if (change->operation == CHANGESET_AFFIRM ||
               (cell->has_before && cell->has_after &&
                twin_value_equal(&cell->before, &cell->after))) {
        cmd_say_value(&c->out, cell->type, &cell->after);
        buffer_format(&c->out, " %s", _("(affirmed)"));
    } else {
        buffer_text(&c->out, cmd_color(a, 'r'));
        cmd_say_value(&c->out, cell->type, &cell->before);
        buffer_format(&c->out, "%s → %s", cmd_color(a, '0'), cmd_color(a, 'g'));
        cmd_say_value(&c->out, cell->type, &cell->after);
        buffer_text(&c->out, cmd_color(a, '0'));
    }
    buffer_byte(&c->out, '\n');
}

/* Below a record's audit: why it was changed, where that says it. */
static int say_reasons(cmd_changes *c, const sync_change_cell *cell)
{
    buffer reasons = {0};
    int code = work_change_reasons(&reasons, cell);

    if (reasons.length) {
        buffer_format(&c->out, "    %s: ", _("reason"));
        buffer_byte(&reasons, '\0');
        cmd_safe(&c->out, (const char *)reasons.data);
        buffer_byte(&c->out, '\n');
    }
    buffer_free(&reasons);
    return code;
}

/* Above a change in a history: who, when, where. */
static void say_commit(cmd_changes *c, const sync_commit *commit)
{
    char time[32];

    clock_format_local(time, commit->time);
    buffer_format(&c->out, "%s%.10s%s  %s  ", cmd_color(c->arguments, 'b'),
                  commit->id, cmd_color(c->arguments, '0'), time);
    cmd_safe(&c->out, commit->author);
    if (commit->device[0] != 0) {
        buffer_text(&c->out, "  (");
        cmd_safe(&c->out, commit->device);
        buffer_byte(&c->out, ')');
    }
    buffer_byte(&c->out, '\n');
}

/* The row of a change as a person names it: as it is now, or, when it is gone,
 * by what its cells were. */
static void say_row(cmd_changes *c, const sync_change *change)
{
    static const char *const NAMES[] = {"name", "nom", "label", "title",
                                        "code"};

    for (size_t n = 0; change->operation == CHANGESET_DELETE &&
                       n < sizeof NAMES / sizeof *NAMES;
         n++)
        for (size_t i = 0; i < change->cell_count; i++) {
            const sync_change_cell *cell = &change->cells[i];
            if (strncasecmp(cell->column, NAMES[n], strlen(NAMES[n])) != 0 ||
                cell->before.kind == TWIN_KIND_NULL)
                continue;
            cmd_say_value(&c->out, cell->type, &cell->before);
            buffer_format(&c->out, " [%lld]", (long long)change->fid);
            return;
        }
    cmd_say_row(&c->out, c->territory, change->layer, change->fid);
}

static int change_say(cmd_changes *c, const sync_change *change)
{
    static const char MARKS[] = {' ', '+', '~', '-', '!'};
    int code = TAWAM_OK;

    if (c->with_commit && change->commit != NULL)
        say_commit(c, change->commit);
    buffer_format(
        &c->out, "%c ",
        change->operation <= CHANGESET_AFFIRM ? MARKS[change->operation] : '?');
    cmd_safe(&c->out, change->layer);
    buffer_byte(&c->out, ' ');
    say_row(c, change);
    buffer_byte(&c->out, '\n');
    for (size_t i = 0; code == TAWAM_OK && i < change->cell_count; i++) {
        say_cell(c, change, &change->cells[i]);
        code = say_reasons(c, &change->cells[i]);
    }
    return code;
}

int cmd_change(void *context, const sync_change *change)
{
    cmd_changes *c = context;
    int code = TAWAM_OK;

    c->count++;
    if (cmd_json(c->arguments))
        change_json(c, change);
    else
        code = change_say(c, change);
    if (code != TAWAM_OK)
        return code;
    if (c->out.length < FLUSH_BYTES)
        return buffer_check(&c->out);
    return cmd_json(c->arguments) ? cmd_flush(&c->out) : cmd_say(&c->out);
}
