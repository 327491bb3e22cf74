/* SPDX-License-Identifier: MIT */
/* JSON out. What it writes is also safe to show on a terminal: controls, bidi
 * controls and line separators in strings become \u escapes, which a JSON
 * reader turns back. A broken nesting marks the buffer failed. */
#include "base/json.h"

#include <math.h>
#include <string.h>
#include "base/error.h"
#include "base/text.h"
#include "base/text_internal.h"

static void new_line(json_writer *w)
{
    if (w->indent == 0)
        return;
    buffer_byte(w->out, '\n');
    for (int i = 0; i < w->depth * w->indent; i++)
        buffer_byte(w->out, ' ');
}

/* What stands before a value or key: nothing after a key, else a comma. */
static void before(json_writer *w)
{
    if (w->after_key) {
        w->after_key = 0;
        return;
    }
    if (w->depth == 0)
        return;
    if (w->filled[w->depth - 1])
        buffer_byte(w->out, ',');
    w->filled[w->depth - 1] = 1;
    new_line(w);
}

static void open_level(json_writer *w, char opening, char closing)
{
    before(w);
    if (w->depth >= (int)sizeof w->closing) {
        error_set(TAWAM_EDAMAGED, "JSON is nested too deep");
        w->out->failed = 1;
        return;
    }
    buffer_byte(w->out, (uint8_t)opening);
    w->closing[w->depth] = closing;
    w->filled[w->depth] = 0;
    w->depth++;
}

void json_write_object(json_writer *w)
{
    open_level(w, '{', '}');
}

void json_write_array(json_writer *w)
{
    open_level(w, '[', ']');
}

void json_write_end(json_writer *w)
{
    if (w->depth == 0)
        return;
    w->depth--;
    if (w->filled[w->depth])
        new_line(w);
    buffer_byte(w->out, (uint8_t)w->closing[w->depth]);
    if (w->depth == 0 && w->indent > 0)
        buffer_byte(w->out, '\n');
}

/* The two-character escape of a control, or 0. */
static char short_escape(uint32_t point)
{
    switch (point) {
    case '\n':
        return 'n';
    case '\t':
        return 't';
    case '\r':
        return 'r';
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '"':
    case '\\':
        return (char)point;
    default:
        return 0;
    }
}

static void escape_point(buffer *out, uint32_t point)
{
    char letter = short_escape(point);

    if (letter)
        buffer_format(out, "\\%c", letter);
    else if (point > 0xFFFF) /* a surrogate pair */
        buffer_format(out, "\\u%04x\\u%04x", 0xD800 + ((point - 0x10000) >> 10),
                      0xDC00 + ((point - 0x10000) & 0x3FF));
    else
        buffer_format(out, "\\u%04x", point);
}

static void write_string(buffer *out, const char *text, size_t length)
{
    buffer_byte(out, '"');
    for (size_t at = 0; at < length;) {
        uint32_t point = 0;
        size_t used = text_decode(&point, text + at, length - at);

        if (point == '"' || point == '\\' || text_is_unsafe(point))
            escape_point(out, point);
        else if (point == 0xFFFD) /* also what stands for invalid bytes */
            buffer_text(out, "\xEF\xBF\xBD");
        else
            buffer_bytes(out, text + at, used);
        at += used;
    }
    buffer_byte(out, '"');
}

void json_write_key(json_writer *w, const char *key)
{
    before(w);
    write_string(w->out, key, strlen(key));
    buffer_text(w->out, w->indent > 0 ? ": " : ":");
    w->after_key = 1;
}

void json_write_string_length(json_writer *w, const char *text, size_t length)
{
    before(w);
    write_string(w->out, text, length);
}

void json_write_raw(json_writer *w, const char *json)
{
    before(w);
    buffer_text(w->out, json);
}

void json_write_null(json_writer *w)
{
    json_write_raw(w, "null");
}

void json_write_string(json_writer *w, const char *text)
{
    if (text)
        json_write_string_length(w, text, strlen(text));
    else
        json_write_null(w);
}

void json_write_integer(json_writer *w, int64_t value)
{
    before(w);
    buffer_format(w->out, "%lld", (long long)value);
}

void json_write_decimal(json_writer *w, double value)
{
    char text[32] = "null";

    if (isfinite(value))
        text_from_decimal(text, value);
    json_write_raw(w, text);
}

void json_write_boolean(json_writer *w, int value)
{
    json_write_raw(w, value ? "true" : "false");
}

void json_write_fid(json_writer *w, int64_t fid)
{
    before(w);
    buffer_format(w->out, "\"%lld\"", (long long)fid);
}

void json_write_pair(json_writer *w, const char *key, const char *text)
{
    json_write_key(w, key);
    json_write_string(w, text);
}

void json_write_pair_integer(json_writer *w, const char *key, int64_t value)
{
    json_write_key(w, key);
    json_write_integer(w, value);
}
