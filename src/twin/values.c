/* SPDX-License-Identifier: MIT */
/* values: cells in memory. Comparing, converting between types, the text of a
 * value, and the way to and from prepared statements.
 *
 * Invariants (FORMAT.md, "Values"):
 *  1. A value that twin_value_convert(…, T) returned is stored by SQLite in a
 *     column declared T as it is: no affinity changes it any more. So what is
 *     captured, sent and applied elsewhere stays the same bytes.
 *  2. For a value so stored under T and T <= U <= V, converting to U and then
 *     to V gives what converting to V gives.
 *  3. No NaN, no infinity, no negative zero.
 */
#include "twin/twin_internal.h"
#include <float.h>
#include <math.h>

static const twin_value NULL_VALUE = {.kind = TWIN_KIND_NULL};

static int compare_bytes(const twin_value *a, const twin_value *b)
{
    size_t common = a->length < b->length ? a->length : b->length;
    int order = common ? memcmp(a->bytes, b->bytes, common) : 0;
    if (order)
        return order;
    return (a->length > b->length) - (a->length < b->length);
}

int twin_value_compare(const twin_value *a, const twin_value *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    switch (a->kind) {
    case TWIN_KIND_INTEGER:
        return (a->integer > b->integer) - (a->integer < b->integer);
    case TWIN_KIND_REAL:
        return (a->real > b->real) - (a->real < b->real);
    case TWIN_KIND_TEXT:
    case TWIN_KIND_BYTES:
        return compare_bytes(a, b);
    case TWIN_KIND_NULL:
        break;
    }
    return 0;
}

int twin_value_equal(const twin_value *a, const twin_value *b)
{
    return twin_value_compare(a, b) == 0;
}

int twin_value_copy(twin_value *out, const twin_value *value, arena *a)
{
    twin_value copy = *value;
    if (value->kind >= TWIN_KIND_TEXT) {
        /* One byte more, so that text can be handed on as a C string. */
        char *bytes = arena_alloc(a, value->length + 1);
        if (!bytes)
            return error_memory();
        if (value->length)
            memcpy(bytes, value->bytes, value->length);
        copy.bytes = bytes;
    }
    *out = copy;
    return TAWAM_OK;
}

/* ---- conversion --------------------------------------------------------- */

/* Finite, and without a negative zero, which SQLite keeps in some columns and
 * not in others. */
static double tame(double real)
{
    if (isnan(real) || real == 0)
        return 0;
    if (isinf(real))
        return real > 0 ? DBL_MAX : -DBL_MAX;
    return real;
}

static twin_value integer_value(int64_t integer)
{
    return (twin_value){.kind = TWIN_KIND_INTEGER, .integer = integer};
}

static twin_value real_value(double real)
{
    return (twin_value){.kind = TWIN_KIND_REAL, .real = tame(real)};
}

/* As SQLite's INTEGER and NUMERIC affinity does: a whole number strictly
 * between -2^63 and 2^63 is an integer. */
static twin_value whole_or_real(double real)
{
    real = tame(real);
    if (real == trunc(real) && fabs(real) < 9223372036854775808.0)
        return integer_value((int64_t)real);
    return real_value(real);
}

static int is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A number written in decimal: sign, the first digits that matter, and the
 * power of ten of the first of them. */
typedef struct decimal_text {
    char digits[41]; /* without leading zeros; "" for zero */
    int count;       /* of digits kept */
    long dropped;    /* digits after the kept ones */
    long exponent;   /* of ten, for the digit after the last one read */
    int negative;
    int plain; /* 1: an integer without point or exponent */
} decimal_text;

static void take_digit(decimal_text *d, char digit)
{
    if (d->count == 0 && digit == '0')
        return;
    if (d->count < 40)
        d->digits[d->count++] = digit;
    else
        d->dropped++;
}

/* Reads what SQLite's affinity takes for a number: sign, digits, a point,
 * an exponent. 0 if [P, END) is something else. */
static int scan_decimal(decimal_text *d, const char *p, const char *end)
{
    int digits = 0;
    d->plain = 1;
    if (p < end && (*p == '+' || *p == '-'))
        d->negative = *p++ == '-';
    for (; p < end && *p >= '0' && *p <= '9'; p++, digits = 1)
        take_digit(d, *p);
    if (p < end && *p == '.') {
        d->plain = 0;
        for (p++; p < end && *p >= '0' && *p <= '9'; p++, digits = 1) {
            take_digit(d, *p);
            d->exponent--;
        }
    }
    if (digits && p < end && (*p == 'e' || *p == 'E')) {
        d->plain = 0;
        int negative = 0;
        long power = 0;
        if (++p < end && (*p == '+' || *p == '-'))
            negative = *p++ == '-';
        if (p == end)
            return 0;
        for (; p < end && *p >= '0' && *p <= '9'; p++)
            if (power < 100000)
                power = power * 10 + (*p - '0');
        d->exponent += negative ? -power : power;
    }
    return digits && p == end;
}

/* The integer D is, if it is one of 64 bits. */
static int decimal_integer(int64_t *out, const decimal_text *d)
{
    uint64_t sum = 0;
    if (!d->plain || d->count > 19)
        return 0;
    for (int i = 0; i < d->count; i++)
        sum = sum * 10 + (uint64_t)(d->digits[i] - '0');
    if (sum > (uint64_t)INT64_MAX + (uint64_t)d->negative)
        return 0;
    *out = d->negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return 1;
}

static double decimal_real(const decimal_text *d)
{
    char text[80];
    char *stop = NULL;
    long power = d->exponent + d->dropped;
    if (d->count == 0 || power + d->count < -400)
        return 0;
    if (power + d->count > 310)
        return d->negative ? -DBL_MAX : DBL_MAX;
    /* No point in it, so strtod reads it alike in every locale. */
    snprintf(text, sizeof text, "%s%.*se%ld", d->negative ? "-" : "", d->count,
             d->digits, power);
    return tame(strtod(text, &stop));
}

/* The number a text is, if SQLite's affinity would make it one. */
static int number_of_text(twin_value *out, const twin_value *text)
{
    decimal_text d = {0};
    int64_t integer = 0;
    const char *p = text->bytes, *end = text->bytes + text->length;
    while (p < end && is_blank(*p))
        p++;
    while (end > p && is_blank(end[-1]))
        end--;
    if (!scan_decimal(&d, p, end))
        return 0;
    if (decimal_integer(&integer, &d))
        *out = integer_value(integer);
    else
        *out = whole_or_real(decimal_real(&d));
    return 1;
}

static twin_value to_numeric(const twin_value *value)
{
    twin_value number = *value;
    if (value->kind == TWIN_KIND_REAL)
        return whole_or_real(value->real);
    if (value->kind == TWIN_KIND_TEXT && number_of_text(&number, value))
        return number;
    return *value;
}

static twin_value to_decimal(const twin_value *value)
{
    twin_value number = to_numeric(value);
    if (number.kind == TWIN_KIND_INTEGER)
        return real_value((double)number.integer);
    return number;
}

/* "2026-11-22" at LENGTH 10, with every digit in its place. */
static int is_date(const char *text, size_t length)
{
    static const char PATTERN[] = "dddd-dd-dd";
    if (length != 10)
        return 0;
    for (size_t i = 0; i < 10; i++) {
        int digit = text[i] >= '0' && text[i] <= '9';
        if (PATTERN[i] == 'd' ? !digit : text[i] != '-')
            return 0;
    }
    return 1;
}

static const char MIDNIGHT[] = "T00:00:00.000Z";

static twin_value to_datetime(const twin_value *value, char storage[64])
{
    if (value->kind != TWIN_KIND_TEXT || !is_date(value->bytes, value->length))
        return to_numeric(value);
    memcpy(storage, value->bytes, 10);
    memcpy(storage + 10, MIDNIGHT, sizeof MIDNIGHT);
    return (twin_value){.kind = TWIN_KIND_TEXT, .bytes = storage, .length = 24};
}

static twin_value number_to_text(const twin_value *value, char storage[64])
{
    const int64_t LIMIT = INT64_C(1) << 53;
    if (value->kind == TWIN_KIND_INTEGER && value->integer > -LIMIT &&
        value->integer < LIMIT)
        snprintf(storage, 64, "%lld", (long long)value->integer);
    else if (value->kind == TWIN_KIND_INTEGER)
        text_from_decimal(storage, (double)value->integer);
    else
        text_from_decimal(storage, tame(value->real));
    return (twin_value){
        .kind = TWIN_KIND_TEXT, .bytes = storage, .length = strlen(storage)};
}

static twin_value to_text(const twin_value *value, char storage[64])
{
    if (value->kind == TWIN_KIND_INTEGER || value->kind == TWIN_KIND_REAL)
        return number_to_text(value, storage);
    twin_value text = *value;
    if (value->kind == TWIN_KIND_TEXT && value->length == 24 &&
        is_date(value->bytes, 10) &&
        memcmp(value->bytes + 10, MIDNIGHT, 14) == 0)
        text.length = 10;
    return text;
}

twin_value twin_value_convert(const twin_value *value, twin_type type,
                              char storage[64])
{
    if (value->kind == TWIN_KIND_NULL)
        return NULL_VALUE;
    twin_value out;
    switch (type) {
    case TWIN_DECIMAL:
        return to_decimal(value);
    case TWIN_DATETIME:
        return to_datetime(value, storage);
    case TWIN_TEXT:
        return to_text(value, storage);
    case TWIN_BLOB:
        out = to_text(value, storage);
        out.kind = TWIN_KIND_BYTES;
        return out;
    case TWIN_BOOLEAN:
    case TWIN_INTEGER:
    case TWIN_DATE:
    case TWIN_GEOMETRY:
        break;
    }
    return to_numeric(value);
}

/* ---- text --------------------------------------------------------------- */

static void append_base64(buffer *out, const unsigned char *in, size_t length)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                 "qrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned group = (unsigned)in[i] << 16;
        if (left > 1)
            group |= (unsigned)in[i + 1] << 8;
        if (left > 2)
            group |= in[i + 2];
        buffer_byte(out, (uint8_t)DIGITS[group >> 18]);
        buffer_byte(out, (uint8_t)DIGITS[group >> 12 & 63]);
        buffer_byte(out,
                    left > 1 ? (uint8_t)DIGITS[group >> 6 & 63] : (uint8_t)'=');
        buffer_byte(out, left > 2 ? (uint8_t)DIGITS[group & 63] : (uint8_t)'=');
    }
}

static void append_geometry(buffer *out, const twin_value *value)
{
    size_t before = out->length;
    if (geometry_to_wkt(out, value->bytes, value->length) == TAWAM_OK)
        return;
    /* Not a geometry after all: show its bytes rather than nothing. */
    error_clear();
    if (!out->failed)
        out->length = before;
    append_base64(out, (const unsigned char *)value->bytes, value->length);
}

void twin_value_text(buffer *out, twin_type type, const twin_value *value)
{
    char number[64];
    switch (value->kind) {
    case TWIN_KIND_NULL:
        break;
    case TWIN_KIND_INTEGER:
        buffer_format(out, "%lld", (long long)value->integer);
        break;
    case TWIN_KIND_REAL:
        text_from_decimal(number, value->real);
        buffer_text(out, number);
        break;
    case TWIN_KIND_TEXT:
        buffer_bytes(out, value->bytes, value->length);
        break;
    case TWIN_KIND_BYTES:
        if (type == TWIN_GEOMETRY)
            append_geometry(out, value);
        else
            append_base64(out, (const unsigned char *)value->bytes,
                          value->length);
        break;
    }
}

/* ---- statements --------------------------------------------------------- */

int twin_value_bind(struct sqlite3_stmt *statement, int index,
                    const twin_value *value)
{
    int code = SQLITE_OK;
    switch (value->kind) {
    case TWIN_KIND_NULL:
        code = sqlite3_bind_null(statement, index);
        break;
    case TWIN_KIND_INTEGER:
        code = sqlite3_bind_int64(statement, index, value->integer);
        break;
    case TWIN_KIND_REAL:
        code = sqlite3_bind_double(statement, index, tame(value->real));
        break;
    case TWIN_KIND_TEXT:
        code = sqlite3_bind_text64(statement, index,
                                   value->bytes ? value->bytes : "",
                                   value->length, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case TWIN_KIND_BYTES:
        code = sqlite3_bind_blob64(statement, index,
                                   value->bytes ? value->bytes : "",
                                   value->length, SQLITE_STATIC);
        break;
    }
    if (code == SQLITE_OK)
        return TAWAM_OK;
    if (code == SQLITE_NOMEM)
        return error_memory();
    return error_set(TAWAM_EUSAGE, _("a value is too large to be stored (%s)"),
                     sqlite3_errstr(code));
}

twin_value twin_value_column(struct sqlite3_stmt *statement, int index)
{
    twin_value value = NULL_VALUE;
    switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
        return integer_value(sqlite3_column_int64(statement, index));
    case SQLITE_FLOAT:
        return real_value(sqlite3_column_double(statement, index));
    case SQLITE_TEXT:
        value.kind = TWIN_KIND_TEXT;
        value.bytes = (const char *)sqlite3_column_text(statement, index);
        break;
    case SQLITE_BLOB:
        value.kind = TWIN_KIND_BYTES;
        value.bytes = sqlite3_column_blob(statement, index);
        break;
    default:
        return value;
    }
    value.length = (size_t)sqlite3_column_bytes(statement, index);
    if (!value.bytes) {
        value.bytes = "";
        value.length = 0;
    }
    return value;
}

int number_parse(double *out, const char *p, const char *end)
{
    decimal_text d = {0};
    if (!scan_decimal(&d, p, end))
        return 0;
    *out = decimal_real(&d);
    return 1;
}
