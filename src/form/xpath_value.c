/* SPDX-License-Identifier: MIT */
/* Values and what they are as text, number and boolean (XPath 1.0, section 4,
 * with the choices that xpath.h names). */
#include "form/lists_internal.h"
#include "form/xpath_internal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void set_text(xpath_value *out, const char *text)
{
    *out = (xpath_value){.kind = XPATH_STRING, .text = text};
}

void set_number(xpath_value *out, double number)
{
    *out = (xpath_value){.kind = XPATH_NUMBER, .number = number};
}

void set_boolean(xpath_value *out, int boolean)
{
    *out = (xpath_value){.kind = XPATH_BOOLEAN, .boolean = boolean != 0};
}

int set_format(xpath_value *out, evaluation *e, const char *format, ...)
{
    buffer text = {0};
    va_list arguments;
    const char *copy = NULL;
    va_start(arguments, format);
    buffer_vformat(&text, format, arguments);
    va_end(arguments);
    if (buffer_check(&text) == TAWAM_OK)
        copy = arena_copy(e->memory, text.data ? (char *)text.data : "",
                          text.length + 1);
    buffer_free(&text);
    if (!copy)
        return TAWAM_EMEMORY;
    set_text(out, copy);
    return TAWAM_OK;
}

const char *node_value(const form_node *node, arena *memory)
{
    buffer text = {0};
    const char *copy;
    if (node->is_row && list_row_need(node, NULL, 0) != TAWAM_OK)
        return NULL;
    if (!node->first)
        return node->value;
    form_node_text(&text, node);
    copy = buffer_check(&text) == TAWAM_OK
               ? arena_copy(memory, text.data ? (char *)text.data : "",
                            text.length + 1)
               : NULL;
    buffer_free(&text);
    return copy;
}

/* ---- text ---- */

/* DIGITS of a number 0.DIGITS x 10^POINT, without an exponent. */
static void write_plain(buffer *out, const char *digits, int point)
{
    int count = (int)strlen(digits);
    if (point <= 0) {
        buffer_text(out, "0.");
        for (int i = point; i < 0; i++)
            buffer_byte(out, '0');
        buffer_text(out, digits);
        return;
    }
    for (int i = 0; i < point || i < count; i++) {
        if (i == point)
            buffer_byte(out, '.');
        buffer_byte(out, i < count ? (uint8_t)digits[i] : '0');
    }
}

/* The shortest digits that read back as NUMBER. */
static void shortest(char digits[32], int *point, double number)
{
    char text[40];
    size_t length = 0;
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision - 1, number);
        if (strtod(text, NULL) == number)
            break;
    }
    for (const char *at = text; *at && *at != 'e'; at++)
        if (*at != '.')
            digits[length++] = *at;
    while (length > 1 && digits[length - 1] == '0')
        length--;
    digits[length] = '\0';
    *point = atoi(strchr(text, 'e') + 1) + 1;
}

/* 1 if the number of DIGITS (0.DIGITS x 10^POINT) is nearer to the next one
 * above than to what its first KEEP digits are; a half goes up, so of a
 * negative number it does not. */
static int rounds_away(const char *digits, int keep, int is_negative)
{
    if (keep < 0 || digits[keep] < '5')
        return 0;
    return digits[keep] > '5' || digits[keep + 1] || !is_negative;
}

/* Halves go up (XPath 1.0, section 4.4), and the decimals count that the number
 * is written with: 1.005 at two places is 1.01, although the double nearest to
 * 1.005 lies below the half. */
double xpath_number_round(double number, int places)
{
    char digits[32], text[64];
    int point, keep;
    if (!isfinite(number) || number == 0)
        return number;
    shortest(digits, &point, fabs(number));
    keep = point + places;
    if (keep >= (int)strlen(digits))
        return number;
    text[0] = '0';
    memcpy(text + 1, digits, sizeof digits);
    if (rounds_away(digits, keep, number < 0))
        for (int i = keep; ++text[i] > '9'; i--)
            text[i] = '0';
    snprintf(text + 1 + (keep > 0 ? keep : 0), 16, "e%d", -places);
    return copysign(strtod(text, NULL), number);
}

/* A whole number that a double holds exactly: most numbers in a form. */
static int whole_text(const char **out, int64_t number, arena *memory)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t left = number < 0 ? (uint64_t)-number : (uint64_t)number;
    *--at = '\0';
    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (number < 0)
        *--at = '-';
    *out = arena_copy(memory, at, (size_t)(digits + sizeof digits - at));
    return *out ? TAWAM_OK : TAWAM_EMEMORY;
}

int xpath_number_text(const char **out, double number, arena *memory)
{
    char digits[32];
    int point;
    buffer text = {0};
    const char *fixed = isnan(number)    ? "NaN"
                        : number == 0    ? "0"
                        : !isinf(number) ? NULL
                        : number > 0     ? "Infinity"
                                         : "-Infinity";
    if (fixed) {
        *out = fixed;
        return TAWAM_OK;
    }
    if (fabs(number) < 9007199254740992.0 && number == trunc(number))
        return whole_text(out, (int64_t)number, memory);
    if (number < 0)
        buffer_byte(&text, '-');
    shortest(digits, &point, fabs(number));
    write_plain(&text, digits, point);
    *out = buffer_check(&text) == TAWAM_OK
               ? arena_copy(memory, (char *)text.data, text.length + 1)
               : NULL;
    buffer_free(&text);
    return *out ? TAWAM_OK : TAWAM_EMEMORY;
}

/* What equals a whole number is written as one: 0.1 * 3 * 10. */
static double without_noise(double number)
{
    double whole = nearbyint(number);
    return fabs(number - whole) < XPATH_NEARLY ? whole : number;
}

int xpath_to_text(const char **out, const xpath_value *v, arena *memory)
{
    switch (v->kind) {
    case XPATH_NODESET:
        *out = v->count ? node_value(v->nodes[0], memory) : "";
        return *out ? TAWAM_OK : TAWAM_EMEMORY;
    case XPATH_NUMBER:
        return xpath_number_text(out, without_noise(v->number), memory);
    case XPATH_BOOLEAN:
        *out = v->boolean ? "true" : "false";
        return TAWAM_OK;
    default:
        *out = v->text;
        return TAWAM_OK;
    }
}

/* ---- numbers ---- */

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Length of a number at TEXT: "-"? digits ("." digits?)? | "." digits. 0: none.
 */
static size_t number_length(const char *text)
{
    size_t at = text[0] == '-', digits = 0;
    for (; text[at] >= '0' && text[at] <= '9'; at++)
        digits++;
    if (text[at] == '.')
        for (at++; text[at] >= '0' && text[at] <= '9'; at++)
            digits++;
    return digits ? at : 0;
}

/* Up to 15 digits and nothing else: exact without strtod(). */
static int short_whole(double *out, const char *text)
{
    int64_t number = 0;
    size_t i = 0;
    for (; i < 15 && text[i] >= '0' && text[i] <= '9'; i++)
        number = number * 10 + (text[i] - '0');
    *out = (double)number;
    return i > 0 && !text[i];
}

double text_to_number(const char *text)
{
    double days;
    size_t length;
    if (short_whole(&days, text))
        return days;
    while (is_blank(*text))
        text++;
    length = number_length(text);
    if (length) {
        const char *rest = text + length;
        while (is_blank(*rest))
            rest++;
        if (*rest == '\0')
            return strtod(text, NULL);
    }
    return date_days(&days, text) ? days : (double)NAN;
}

double xpath_to_number(const xpath_value *v, arena *memory)
{
    const char *text = "";
    switch (v->kind) {
    case XPATH_NUMBER:
    case XPATH_DATE:
        return v->number;
    case XPATH_BOOLEAN:
        return v->boolean;
    case XPATH_STRING:
        return text_to_number(v->text);
    default:
        if (xpath_to_text(&text, v, memory) != TAWAM_OK)
            return (double)NAN;
        return text_to_number(text);
    }
}

/* A path is true where its first node has a value, not where it merely leads
 * somewhere: a record has a node for every question. */
int xpath_to_boolean(const xpath_value *v, arena *memory)
{
    const char *text = "";
    switch (v->kind) {
    case XPATH_BOOLEAN:
        return v->boolean;
    case XPATH_NUMBER:
        return fabs(v->number) > XPATH_NEARLY; /* not of NaN */
    case XPATH_NODESET:
        return xpath_to_text(&text, v, memory) == TAWAM_OK && *text;
    default:
        return v->text[0] != '\0';
    }
}

int value_text(const char **out, evaluation *e, const xpath_value *v)
{
    return xpath_to_text(out, v, e->memory);
}

double value_number(evaluation *e, const xpath_value *v)
{
    return xpath_to_number(v, e->memory);
}

int value_boolean(evaluation *e, const xpath_value *v)
{
    return xpath_to_boolean(v, e->memory);
}
