/* SPDX-License-Identifier: MIT */
/* config: see config_internal.h. Syntax after git-config(1): "[section]",
 * "key = value", '#' and ';' begin a comment, double quotes keep blanks,
 * backslash escapes \" \\ \n \t. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "work/config_internal.h"

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The value that begins at TEXT and ends with its line, unquoted. */
static void read_value(buffer *out, const char *text, const char *end)
{
    int quoted = 0;
    size_t solid = 0; /* length up to the last byte that is no loose blank */

    for (; text < end; text++) {
        if (*text == '"') {
            quoted = !quoted;
            solid = out->length;
        } else if (*text == '\\' && text + 1 < end) {
            char c = *++text;
            buffer_byte(out, c == 'n' ? '\n' : c == 't' ? '\t' : (uint8_t)c);
            solid = out->length;
        } else if (!quoted && (*text == '#' || *text == ';')) {
            break;
        } else {
            buffer_byte(out, (uint8_t)*text);
            if (quoted || !is_blank(*text))
                solid = out->length;
        }
    }
    if (!out->failed && out->data != NULL) {
        out->length = solid;
        out->data[solid] = 0;
    }
}

/* 1 if LINE is "[SECTION]"; 0 if another section; -1 if no section line. */
static int section_line(const char *line, const char *end, const char *section)
{
    size_t length = strlen(section);

    if (*line != '[')
        return -1;
    return (size_t)(end - line) >= length + 2 &&
           strncasecmp(line + 1, section, length) == 0 &&
           line[length + 1] == ']';
}

/* Where the value of KEY begins on LINE, or NULL if the line is another's. */
static const char *value_of(const char *line, const char *end, const char *key)
{
    size_t length = strlen(key);

    if ((size_t)(end - line) <= length || strncasecmp(line, key, length) != 0)
        return NULL;
    line += length;
    while (line < end && is_blank(*line))
        line++;
    if (line == end || *line != '=')
        return NULL;
    for (line++; line < end && is_blank(*line); line++)
        ;
    return line;
}

int config_value(char **out, const char *text, const char *section,
                 const char *key)
{
    buffer value = {0};
    int inside = 0;
    int found = 0;

    while (*text != 0) {
        const char *end = text + strcspn(text, "\n");
        while (text < end && is_blank(*text))
            text++;
        int is_section = section_line(text, end, section);
        if (is_section >= 0)
            inside = is_section;
        const char *start = inside ? value_of(text, end, key) : NULL;
        if (start != NULL) {
            buffer_clear(&value);
            read_value(&value, start, end);
            found = 1;
        }
        text = *end ? end + 1 : end;
    }
    if (!found) {
        buffer_free(&value);
        return TAWAM_ENOTFOUND;
    }
    buffer_text(&value, "");
    *out = value.length ? buffer_take(&value) : memory_string("");
    buffer_free(&value);
    return *out ? TAWAM_OK : TAWAM_EMEMORY;
}

void config_quote(buffer *out, const char *value)
{
    buffer_byte(out, '"');
    for (; *value != 0; value++) {
        if (*value == '"' || *value == '\\')
            buffer_format(out, "\\%c", *value);
        else if (*value == '\n')
            buffer_text(out, "\\n");
        else
            buffer_byte(out, (uint8_t)*value);
    }
    buffer_byte(out, '"');
}
