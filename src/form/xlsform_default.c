/* SPDX-License-Identifier: MIT */
/* Is a default value computed? XLSForm doesn't say it, so it is told from the
 * words of the cell: an operator, a call, a predicate or a reference. Words are
 * cut as pyxform cuts them, since forms were written against that:
 * `2022-10-12`, `12:30:00`, `-5`, `my-house` and `'a + b'` are one word each,
 * `2-a` is three.
 */
#include "form/xlsform_internal.h"
#include <string.h>

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_name_begin(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static size_t name_length(const char *at)
{
    size_t length = 0;
    if (is_name_begin(*at))
        while (is_name_begin(at[length]) || is_digit(at[length]) ||
               at[length] == '-' || at[length] == '.')
            length++;
    return length;
}

/* Bytes at AT that are like PATTERN, in which 0 is any digit; 0: none. */
static size_t pattern_length(const char *at, const char *pattern)
{
    size_t i = 0;
    for (; pattern[i]; i++)
        if (pattern[i] == '0' ? !is_digit(at[i]) : at[i] != pattern[i])
            return 0;
    return i;
}

/* A date, a time with its zone, or both; 0: none. */
static size_t moment_length(const char *at)
{
    size_t sign = *at == '-', date = pattern_length(at + sign, "0000-00-00");
    size_t from = date ? sign + date + 1 : 0, zone, time;
    if (date && at[sign + date] != 'T')
        return sign + date;
    time = pattern_length(at + from, "00:00:00");
    if (!time)
        return date ? sign + date : 0;
    zone = pattern_length(at + from + time, "+00:00") +
           pattern_length(at + from + time, "-00:00");
    return from + time + zone;
}

/* "-5", "5.25", ".5"; 0: none. */
static size_t number_length(const char *at)
{
    size_t length = *at == '-', digits = 0;
    for (; is_digit(at[length]); length++)
        digits++;
    if (at[length] == '.' && (digits || is_digit(at[length + 1])))
        for (length++; is_digit(at[length]); length++)
            digits++;
    return digits ? length : 0;
}

/* What stands in quotes; 0: no quote is closed. */
static size_t quoted_length(const char *at)
{
    const char *end = *at == '"' || *at == '\'' ? strchr(at + 1, *at) : NULL;
    return end ? (size_t)(end - at) + 1 : 0;
}

/* Length of a word that computes nothing. */
static size_t plain_length(const char *at)
{
    size_t length = moment_length(at);
    if (!length)
        length = number_length(at);
    if (!length)
        length = quoted_length(at);
    return length;
}

/* Does an operator stand at AT, or "${"? */
static int is_operator(const char *at)
{
    return strchr("*+-|", *at) || strncmp(at, " mod ", 5) == 0 ||
           strncmp(at, " div ", 5) == 0 || strncmp(at, "${", 2) == 0;
}

/* In dates and places a "-" is no operator, and nothing else is one. */
static int has_dashes(const element *e)
{
    const char *type = e->type->bind ? e->type->bind : "";
    return strncmp(type, "date", 4) == 0 || strncmp(type, "geo", 3) == 0;
}

int is_dynamic_default(const element *e, const char *text)
{
    for (const char *at = text; *at;) {
        size_t length = plain_length(at);
        if (length) {
            at += length;
            continue;
        }
        if (is_operator(at))
            return *at != '-' || !has_dashes(e);
        length = name_length(at);
        if (length && at[length] == ':')
            length += 1 + name_length(at + length + 1);
        if (length && (at[length] == '(' || at[length] == '['))
            return 1;
        at += length ? length : 1;
    }
    return 0;
}
