/* SPDX-License-Identifier: MIT */
/* print: text, values and commits on stdout, for people and for programs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/terminal.h"

enum { SAY_VALUE_COLUMNS = 60 };

int cmd_json(const verb_arguments *a)
{
    return verb_value(a, "json") != NULL;
}

int cmd_quiet(const verb_arguments *a)
{
    return verb_value(a, "quiet") != NULL;
}

/* ---- out ---- */

int cmd_say(buffer *out)
{
    int code = buffer_check(out);

    if (code == TAWAM_OK && out->length > 0 &&
        fwrite(out->data, 1, out->length, stdout) != out->length)
        code = error_system(_("write to standard output"));
    buffer_clear(out);
    return code;
}

int cmd_flush(buffer *out)
{
    char *safe = NULL;
    int code = buffer_check(out);

    if (code != TAWAM_OK || out->length == 0 || !terminal_is_out())
        return cmd_say(out);
    safe = text_safe((const char *)out->data, out->length, 1);
    if (safe == NULL)
        return TAWAM_EMEMORY;
    if (fputs(safe, stdout) < 0)
        code = error_system(_("write to standard output"));
    free(safe);
    buffer_clear(out);
    return code;
}

int cmd_flush_json(buffer *out)
{
    buffer_byte(out, '\n');
    return cmd_flush(out);
}

void cmd_safe(buffer *out, const char *text)
{
    char *safe = text_safe(text, strlen(text), 0);

    if (safe == NULL)
        out->failed = 1;
    else
        buffer_text(out, safe);
    free(safe);
}

const char *cmd_color(const verb_arguments *a, char role)
{
    const char *without = getenv("NO_COLOR");

    if (verb_value(a, "no-color") != NULL || !terminal_is_out() ||
        (without != NULL && without[0] != 0))
        return "";
    switch (role) {
    case 'b':
        return "\033[1m";
    case 'r':
        return "\033[31m";
    case 'g':
        return "\033[32m";
    case 'd':
        return "\033[2m";
    default:
        return "\033[0m";
    }
}

/* ---- values ---- */

void cmd_json_value(json_writer *w, twin_type type, const twin_value *value)
{
    buffer text = {0};

    switch (value->kind) {
    case TWIN_KIND_NULL:
        json_write_null(w);
        break;
    case TWIN_KIND_INTEGER:
        if (type == TWIN_BOOLEAN &&
            (value->integer == 0 || value->integer == 1))
            json_write_boolean(w, (int)value->integer);
        else if (llabs(value->integer) > (1LL << 53))
            json_write_fid(w, value->integer);
        else
            json_write_integer(w, value->integer);
        break;
    case TWIN_KIND_REAL:
        json_write_decimal(w, value->real);
        break;
    case TWIN_KIND_TEXT:
        json_write_string_length(w, value->bytes, value->length);
        break;
    case TWIN_KIND_BYTES:
        twin_value_text(&text, type, value);
        json_write_string_length(w, text.data ? (const char *)text.data : "",
                                 text.length);
        break;
    }
    buffer_free(&text);
}

void cmd_say_value(buffer *out, twin_type type, const twin_value *value)
{
    buffer text = {0};
    char *safe = NULL;
    char *cut = NULL;

    if (value->kind == TWIN_KIND_NULL) {
        buffer_text(out, _("(empty)"));
        return;
    }
    twin_value_text(&text, type, value);
    safe = text_safe(text.data ? (const char *)text.data : "", text.length, 0);
    cut = safe ? text_ellipsis(safe, SAY_VALUE_COLUMNS) : NULL;
    if (cut == NULL)
        out->failed = 1;
    else
        buffer_text(out, cut);
    free(safe);
    free(cut);
    buffer_free(&text);
}

/* ---- commits ---- */

void cmd_json_time(json_writer *w, const char *key, int64_t time)
{
    char text[32];

    clock_format(text, time);
    json_write_pair(w, key, text);
}

void cmd_json_counts(json_writer *w, const changeset_counts *counts)
{
    json_write_pair_integer(w, "inserted", counts->inserted);
    json_write_pair_integer(w, "updated", counts->updated);
    json_write_pair_integer(w, "deleted", counts->deleted);
    json_write_pair_integer(w, "affirmed", counts->affirmed);
    json_write_pair_integer(w, "cells", counts->cells);
}

static const char *state_name(int state)
{
    return state == 2 ? "refused" : state == 3 ? "waiting" : "applied";
}

/* The message without its trailers: what the person wrote or would read. */
static size_t body_length(const char *message)
{
    static const char *const first[] = {
        "\n\nDevice:", "\n\nSequence:", "\n\nVersion:"};
    size_t length = strlen(message);

    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        const char *trailers = strstr(message, first[i]);
        if (trailers != NULL && (size_t)(trailers - message) < length)
            length = (size_t)(trailers - message);
    }
    while (length > 0 && message[length - 1] == '\n')
        length--;
    return length;
}

void cmd_json_commit(json_writer *w, const sync_commit *c)
{
    json_write_pair(w, "id", c->id);
    json_write_pair(w, "device", c->device);
    json_write_pair_integer(w, "sequence", c->sequence);
    json_write_pair(w, "author", c->author);
    cmd_json_time(w, "time", c->time);
    json_write_key(w, "message");
    json_write_string_length(w, c->message, body_length(c->message));
    json_write_key(w, "published");
    json_write_boolean(w, c->published);
    json_write_pair(w, "version", c->version[0] ? c->version : NULL);
    json_write_pair(w, "state", state_name(c->state));
    json_write_pair(w, "reason", c->reason);
    cmd_json_counts(w, &c->counts);
}

/* ", 3 inserted": one part of a sentence of counts. */
static void say_count(buffer *out, size_t begin, int64_t count,
                      const char *format)
{
    if (count == 0)
        return;
    if (out->length > begin)
        buffer_text(out, ", ");
    buffer_format(out, format, (long long)count);
}

void cmd_say_counts(buffer *out, const changeset_counts *counts)
{
    size_t begin = out->length;

    say_count(out, begin, counts->inserted, _("%lld inserted"));
    say_count(out, begin, counts->updated, _("%lld updated"));
    say_count(out, begin, counts->deleted, _("%lld deleted"));
    say_count(out, begin, counts->affirmed, _("%lld affirmed"));
    if (out->length == begin)
        buffer_text(out, _("no rows"));
}

void cmd_say_row(buffer *out, territory *t, const char *layer_name, int64_t fid)
{
    const twin_layer *layer = NULL;
    char *caption = NULL;

    if (twin_layer_find(&layer, t->twin, layer_name) == TAWAM_OK &&
        twin_row_caption(&caption, t->twin, layer, fid) == TAWAM_OK &&
        caption != NULL && caption[0] != 0) {
        cmd_safe(out, caption);
        buffer_format(out, " [%lld]", (long long)fid);
    } else {
        buffer_format(out, "[%lld]", (long long)fid);
    }
    error_clear();
    free(caption);
}
