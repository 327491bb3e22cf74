/* SPDX-License-Identifier: MIT */
/* convert: a cell of a file becomes the value that a column stores, or a
 * reason why not.
 *
 *  1. Nothing is lost silently: a leading zero under an integer column, a
 *     time of day under a date, a fraction under an integer are refused. A
 *     type that the person named (--types) is read as liberally as a form
 *     field; what is inferred or already there, strictly first.
 *  2. No memory is taken a cell, but from the row's arena for dates and WKT.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "exchange/exchange_internal.h"

/* Forget why a value could not be read, unless it was for lack of memory:
 * import_row.c then ends the import instead of rejecting the row. */
static void forget_error(void)
{
    if (error_code() != TAWAM_EMEMORY)
        error_clear();
}

enum { NUMBER_SIZE = 64, SHOWN_COLUMNS = 40 };

static int refuse(char reason[EXCHANGE_REASON_SIZE], const twin_value *v,
                  const char *format)
{
    char *safe = NULL, *shown = NULL;
    if (v->kind == TWIN_KIND_TEXT)
        safe = text_safe(v->bytes, v->length < 200 ? v->length : 200, 0);
    else if (v->kind == TWIN_KIND_INTEGER)
        safe = memory_format("%lld", (long long)v->integer);
    else if (v->kind == TWIN_KIND_REAL)
        safe = memory_format("%.15g", v->real);
    if (safe)
        shown = text_ellipsis(safe, SHOWN_COLUMNS);
    snprintf(reason, EXCHANGE_REASON_SIZE, format,
             shown ? shown : _("a value of bytes"));
    free(safe);
    free(shown);
    return 1;
}

static const char *is_not(twin_type type)
{
    switch (type) {
    case TWIN_BOOLEAN:
        return _("'%s' is neither yes nor no");
    case TWIN_INTEGER:
        return _("'%s' is not an integer");
    case TWIN_DECIMAL:
        return _("'%s' is not a number");
    case TWIN_DATE:
        return _("'%s' is not a date, YYYY-MM-DD");
    case TWIN_DATETIME:
        return _("'%s' is not a date with a time, YYYY-MM-DDTHH:MM:SSZ");
    case TWIN_GEOMETRY:
        return _("'%s' is not a geometry");
    default:
        return _("'%s' can't be stored here");
    }
}

static void trim(const char **text, size_t *length)
{
    while (*length && (**text == ' ' || **text == '\t')) {
        (*text)++;
        (*length)--;
    }
    while (*length &&
           ((*text)[*length - 1] == ' ' || (*text)[*length - 1] == '\t'))
        (*length)--;
}

/* Digits with perhaps a sign, and ".0" as spreadsheets write it. */
static int read_integer(int64_t *out, const char *text, size_t length)
{
    uint64_t sum = 0;
    size_t at = length && text[0] == '-', from = at;
    for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
        if (sum > (uint64_t)INT64_MAX / 10)
            return 0;
        sum = sum * 10 + (uint64_t)(text[at] - '0');
        if (sum > (uint64_t)INT64_MAX)
            return 0;
    }
    if (at == from)
        return 0;
    if (at < length && text[at] == '.' && at + 1 < length)
        for (at++; at < length && text[at] == '0';)
            at++;
    if (at != length)
        return 0;
    *out = from ? -(int64_t)sum : (int64_t)sum;
    return 1;
}

/* Up to 15 digits and a power of ten up to 22: both are exact as doubles, so
 * one division rounds right (Clinger 1990). Else 0. */
static int read_short_decimal(double *out, const char *text, size_t length)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3, 1e4,  1e5,
                                    1e6,  1e7,  1e8,  1e9, 1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15};
    int64_t sum = 0;
    size_t at = text[0] == '-', digits = 0, fraction = 0, point = 0;
    for (; at < length; at++) {
        if (text[at] == '.' && !point) {
            point = 1;
            continue;
        }
        if (text[at] < '0' || text[at] > '9' || ++digits > 15)
            return 0;
        sum = sum * 10 + (text[at] - '0');
        fraction += point;
    }
    if (digits == 0)
        return 0;
    *out = (double)sum / powers[fraction];
    if (text[0] == '-' && sum)
        *out = -*out;
    return 1;
}

static int read_decimal(double *out, const char *text, size_t length,
                        char delimiter)
{
    char copy[NUMBER_SIZE];
    char *comma = NULL;
    if (length == 0 || length >= sizeof copy)
        return 0;
    if (read_short_decimal(out, text, length))
        return 1;
    memcpy(copy, text, length);
    copy[length] = 0;
    comma = strchr(copy, ',');
    if (comma && delimiter == ';')
        *comma = '.';
    if (text_decimal(out, copy) < 0) {
        forget_error();
        return 0;
    }
    return isfinite(*out);
}

static int has_leading_zero(const char *text, size_t length)
{
    size_t at = length && text[0] == '-';
    return at + 1 < length && text[at] == '0' && text[at + 1] >= '0' &&
           text[at + 1] <= '9';
}

/* Keeps the last resort from a thousand written "1,234". */
static int ambiguous(const char *text, size_t length, const cell_rules *rules)
{
    return rules->type <= TWIN_DECIMAL && rules->delimiter != ';' &&
           memchr(text, ',', length) != NULL;
}

/* As a person types it into a form: d/m/yyyy, oui, نعم, 12,5. */
static int read_liberally(twin_value *out, const char *text, size_t length,
                          const cell_rules *rules, arena *a)
{
    char *copy = NULL;
    if (ambiguous(text, length, rules))
        return 0;
    copy = arena_alloc(a, length + 1);
    if (!copy)
        return 0;
    memcpy(copy, text, length);
    if (twin_value_parse(out, rules->type, copy, a) == TAWAM_OK)
        return 1;
    forget_error();
    return 0;
}

static int is_canonical_datetime(const char *text, size_t length)
{
    return length == 24 && text[10] == 'T' && text[16] == ':' &&
           text[19] == '.' && text[23] == 'Z';
}

static int read_moment(twin_value *out, const char *text, size_t length,
                       const cell_rules *rules, arena *a)
{
    unsigned form = form_of_text(text, length, 0);
    char *copy = NULL;
    int64_t milliseconds = 0;

    if (!(form & (FORM_DATE | FORM_DATETIME)))
        return 0;
    out->kind = TWIN_KIND_TEXT;
    out->bytes = text;
    out->length = length;
    if (rules->type == TWIN_DATE)
        return form == FORM_DATE;
    if (is_canonical_datetime(text, length))
        return 1;
    copy = arena_alloc(a, length < 32 ? 32 : length + 1);
    if (!copy)
        return 0;
    memcpy(copy, text, length);
    if (clock_parse(&milliseconds, copy) < 0) {
        forget_error();
        return 0;
    }
    clock_format(copy, milliseconds);
    out->bytes = copy;
    out->length = strlen(copy);
    return 1;
}

static int read_geometry(twin_value *out, const twin_value *in, arena *a,
                         char reason[EXCHANGE_REASON_SIZE])
{
    buffer blob = {0};
    char *wkt = arena_alloc(a, in->length + 1);
    int result = wkt ? TAWAM_OK : error_memory();

    if (result == TAWAM_OK) {
        memcpy(wkt, in->bytes, in->length);
        result = geometry_from_wkt(&blob, wkt);
    }
    if (result == TAWAM_OK) {
        out->kind = TWIN_KIND_BYTES;
        out->length = blob.length;
        out->bytes = arena_copy(a, blob.data, blob.length);
        result = out->bytes ? TAWAM_OK : error_memory();
    }
    if (result < 0) {
        snprintf(reason, EXCHANGE_REASON_SIZE, "%s", error_message());
        forget_error();
    }
    buffer_free(&blob);
    return result < 0;
}

static int read_boolean(int64_t *out, const char *text, size_t length)
{
    if (length == 1 && (text[0] == '0' || text[0] == '1')) {
        *out = text[0] == '1';
        return 1;
    }
    if (form_of_text(text, length, 0) != FORM_BOOLEAN)
        return 0;
    *out = (text[0] | 32) == 't' || (text[0] | 32) == 'y';
    return 1;
}

/* A text cell under a column that is none. 1 done, 0 not possible. */
static int read_strictly(twin_value *out, const char *text, size_t length,
                         const cell_rules *rules, arena *a)
{
    switch (rules->type) {
    case TWIN_BOOLEAN:
        out->kind = TWIN_KIND_INTEGER;
        return read_boolean(&out->integer, text, length);
    case TWIN_INTEGER:
        out->kind = TWIN_KIND_INTEGER;
        return read_integer(&out->integer, text, length);
    case TWIN_DECIMAL:
        out->kind = TWIN_KIND_REAL;
        return read_decimal(&out->real, text, length, rules->delimiter);
    case TWIN_DATE:
    case TWIN_DATETIME:
        return read_moment(out, text, length, rules, a);
    default:
        return 0;
    }
}

static int convert_text(twin_value *out, const twin_value *in,
                        const cell_rules *rules, arena *a,
                        char reason[EXCHANGE_REASON_SIZE])
{
    const char *text = in->bytes;
    size_t length = in->length;

    if (rules->type == TWIN_TEXT) {
        *out = *in;
        return 0;
    }
    trim(&text, &length);
    memset(out, 0, sizeof *out);
    if (length == 0)
        return 0;
    if (rules->type == TWIN_GEOMETRY && wkt_type(text, length))
        return read_geometry(out, in, a, reason);
    if ((rules->type == TWIN_INTEGER || rules->type == TWIN_DECIMAL) &&
        !rules->forced && has_leading_zero(text, length))
        return refuse(reason, in,
                      _("'%s' would lose its leading zero in a column of "
                        "numbers (--types COLUMN=text keeps it)"));
    if (read_strictly(out, text, length, rules, a) ||
        read_liberally(out, text, length, rules, a))
        return 0;
    memset(out, 0, sizeof *out);
    return refuse(reason, in, is_not(rules->type));
}

/* 1 if V is what a column of TYPE holds. */
static int fits(const twin_value *v, twin_type type)
{
    switch (type) {
    case TWIN_BOOLEAN:
        return v->kind == TWIN_KIND_INTEGER &&
               (v->integer == 0 || v->integer == 1);
    case TWIN_INTEGER:
        return v->kind == TWIN_KIND_INTEGER;
    case TWIN_DECIMAL:
        return v->kind == TWIN_KIND_INTEGER || v->kind == TWIN_KIND_REAL;
    case TWIN_TEXT:
        return v->kind == TWIN_KIND_TEXT;
    case TWIN_BLOB:
        return 1;
    case TWIN_GEOMETRY:
        return v->kind == TWIN_KIND_BYTES;
    default:
        return 0;
    }
}

static int convert_typed(twin_value *out, const twin_value *in,
                         const cell_rules *rules, arena *a,
                         char reason[EXCHANGE_REASON_SIZE])
{
    char *storage = arena_alloc(a, 64);
    if (!storage)
        return refuse(reason, in, _("no memory for '%s'"));
    *out = twin_value_convert(in, rules->type, storage);
    if (!fits(out, rules->type))
        return refuse(reason, in, is_not(rules->type));
    if (rules->type == TWIN_GEOMETRY &&
        geometry_check(out->bytes, out->length) < 0) {
        snprintf(reason, EXCHANGE_REASON_SIZE, "%s", error_message());
        forget_error();
        return 1;
    }
    return 0;
}

int cell_convert(twin_value *out, const source_cell *in,
                 const cell_rules *rules, arena *a,
                 char reason[EXCHANGE_REASON_SIZE])
{
    if (in->value.kind == TWIN_KIND_NULL) {
        memset(out, 0, sizeof *out);
        return 0;
    }
    if (in->value.kind == TWIN_KIND_TEXT)
        return convert_text(out, &in->value, rules, a, reason);
    return convert_typed(out, &in->value, rules, a, reason);
}

int cell_degrees(double *degrees, const source_cell *in, char delimiter)
{
    const twin_value *v = &in->value;
    const char *text = v->bytes;
    size_t length = v->length;

    if (in->absent || v->kind == TWIN_KIND_NULL)
        return 0;
    if (v->kind == TWIN_KIND_INTEGER)
        *degrees = (double)v->integer;
    else if (v->kind == TWIN_KIND_REAL)
        *degrees = v->real;
    if (v->kind != TWIN_KIND_TEXT)
        return v->kind == TWIN_KIND_BYTES ? -1 : 1;
    trim(&text, &length);
    if (length == 0)
        return 0;
    return read_decimal(degrees, text, length, delimiter) ? 1 : -1;
}

static int is_empty(const twin_value *v)
{
    return v->kind == TWIN_KIND_NULL ||
           (v->kind == TWIN_KIND_TEXT && v->length == 0);
}

int cell_same(const twin_value *stored, const twin_value *incoming,
              twin_type type, int written, buffer scratch[2])
{
    if (twin_value_equal(stored, incoming))
        return 1;
    if (is_empty(stored) && is_empty(incoming))
        return written;
    if (type != TWIN_GEOMETRY && !written)
        return 0;
    buffer_clear(&scratch[0]);
    buffer_clear(&scratch[1]);
    twin_value_text(&scratch[0], type, stored);
    twin_value_text(&scratch[1], type, incoming);
    return !scratch[0].failed && !scratch[1].failed &&
           scratch[0].length == scratch[1].length && scratch[0].length &&
           memcmp(scratch[0].data, scratch[1].data, scratch[0].length) == 0;
}
