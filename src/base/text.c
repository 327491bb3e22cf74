/* SPDX-License-Identifier: MIT */
/* UTF-8, safe text, and numbers as text. Nothing here depends on the locale:
 * a decimal comma in the user's language must not change a file. */
#include "base/text.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/text_internal.h"

#define REPLACEMENT 0xFFFDU

/* ---- UTF-8 (RFC 3629: no overlong forms, surrogates, or above 10FFFF) ---- */

/* Length that a lead byte announces, its payload in *POINT; 0 if it is none. */
static size_t lead_byte(uint32_t *point, unsigned char byte)
{
    if (byte < 0x80) {
        *point = byte;
        return 1;
    }
    if (byte >= 0xC2 && byte <= 0xDF) {
        *point = byte & 0x1FU;
        return 2;
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        *point = byte & 0x0FU;
        return 3;
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        *point = byte & 0x07U;
        return 4;
    }
    return 0;
}

static int is_scalar(uint32_t point)
{
    return point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF);
}

/* Bytes of the sequence at TEXT, 0 if it is not valid. */
static size_t decode_strict(uint32_t *point, const char *text, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t value = 0;
    size_t size = lead_byte(&value, (unsigned char)text[0]);

    if (size == 0 || size > length)
        return 0;
    for (size_t i = 1; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if ((byte & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (byte & 0x3FU);
    }
    if (value < least[size] || !is_scalar(value))
        return 0;
    *point = value;
    return size;
}

size_t text_decode(uint32_t *point, const char *text, size_t length)
{
    size_t size = decode_strict(point, text, length);

    if (size > 0)
        return size;
    *point = REPLACEMENT;
    return 1;
}

size_t text_encode(char out[4], uint32_t point)
{
    if (!is_scalar(point))
        return 0;
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)((0xF00U >> size & 0xFF) | point);
    return size;
}

int text_valid(const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        uint32_t point = 0;
        size_t size = decode_strict(&point, text + at, length - at);
        if (size == 0)
            return 0;
        at += size;
    }
    return 1;
}

/* ---- safe text ---- */

static int is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point <= 0x9F);
}

static int is_bidi_control(uint32_t point)
{
    return point == 0x061C || point == 0x200E || point == 0x200F ||
           (point >= 0x202A && point <= 0x202E) ||
           (point >= 0x2066 && point <= 0x2069);
}

int text_is_unsafe(uint32_t point)
{
    return is_control(point) || is_bidi_control(point) || point == 0x2028 ||
           point == 0x2029 ||                      /* line separators */
           point == 0x200B || point == 0xFEFF ||   /* no width at all */
           (point >= 0x2060 && point <= 0x206F) || /* word joiner ... */
           (point >= 0xFFF9 && point <= 0xFFFB) || /* annotations */
           (point >= 0xE0000 && point <= 0xE007F); /* tags */
}

static void append_escape(buffer *out, uint32_t point)
{
    if (point == '\n')
        buffer_text(out, "\\n");
    else if (point == '\t')
        buffer_text(out, "\\t");
    else if (point == '\r')
        buffer_text(out, "\\r");
    else if (point < 0x80)
        buffer_format(out, "\\x%02x", point);
    else
        buffer_format(out, "\\u%04x", point);
}

char *text_safe(const char *text, size_t length, int keep_lines)
{
    buffer out = {0};

    for (size_t at = 0; at < length;) {
        uint32_t point = 0;
        size_t size = decode_strict(&point, text + at, length - at);

        if (size == 0)
            buffer_format(&out, "\\x%02x", (unsigned char)text[at++]);
        else if (keep_lines && (point == '\n' || point == '\t'))
            buffer_byte(&out, (uint8_t)point);
        else if (text_is_unsafe(point))
            append_escape(&out, point);
        else
            buffer_bytes(&out, text + at, size);
        at += size;
    }
    return buffer_take(&out);
}

/* ---- ASCII ---- */

static char lower_ascii(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int text_equal_nocase(const char *a, const char *b)
{
    while (*a && lower_ascii(*a) == lower_ascii(*b)) {
        a++;
        b++;
    }
    return lower_ascii(*a) == lower_ascii(*b);
}

int text_compare_nocase(const char *a, const char *b)
{
    while (*a && lower_ascii(*a) == lower_ascii(*b)) {
        a++;
        b++;
    }
    return (unsigned char)lower_ascii(*a) - (unsigned char)lower_ascii(*b);
}

void text_lower_ascii(char *text)
{
    for (; *text; text++)
        *text = lower_ascii(*text);
}

/* ---- numbers ---- */

static size_t count_digits(const char *text)
{
    return strspn(text, "0123456789");
}

int text_integer(int64_t *out, const char *text)
{
    const char *digits = text + (*text == '-');
    size_t count = count_digits(digits);
    long long value = 0;

    if (count == 0 || digits[count] != '\0')
        return error_set(TAWAM_EUSAGE, _("'%s' is not a whole number"), text);
    errno = 0;
    value = strtoll(text, NULL, 10);
    if (errno == ERANGE)
        return error_set(TAWAM_EUSAGE, _("'%s' is too large a number"), text);
    *out = value;
    return TAWAM_OK;
}

/* 1 if TEXT is [-]digits[.digits][e[+-]digits] with a digit before the e. */
static int is_decimal(const char *text)
{
    const char *at = text + (*text == '-');
    size_t digits = count_digits(at);

    at += digits;
    if (*at == '.') {
        size_t after = count_digits(at + 1);
        digits += after;
        at += 1 + after;
    }
    if (digits == 0)
        return 0;
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '+' || *at == '-';
        if (count_digits(at) == 0)
            return 0;
        at += count_digits(at);
    }
    return *at == '\0';
}

/* The C locale, for the point in decimals; glibc makes it without memory. */
static locale_t c_locale(void)
{
    static locale_t made;

    if (!made)
        made = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return made;
}

int text_decimal(double *out, const char *text)
{
    double value = 0;

    if (!is_decimal(text))
        return error_set(TAWAM_EUSAGE, _("'%s' is not a number"), text);
    value = strtod_l(text, NULL, c_locale());
    if (!isfinite(value))
        return error_set(TAWAM_EUSAGE, _("'%s' is too large a number"), text);
    *out = value;
    return TAWAM_OK;
}

/* 15 digits are always the shortest if they read back (DBL_DIG); a subnormal
 * has fewer, so it is tried from one digit on. */
static void shortest_digits(char *out, double value)
{
    locale_t before = uselocale(c_locale());

    for (int digits = isnormal(value) ? 15 : 1; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    uselocale(before);
}

void text_from_decimal(char *out, double value)
{
    if (isnan(value))
        snprintf(out, 32, "nan");
    else if (isinf(value))
        snprintf(out, 32, "%s", value < 0 ? "-inf" : "inf");
    else if (fabs(value) < 9007199254740992.0 && trunc(value) == value)
        snprintf(out, 32, "%lld", (long long)value);
    else
        shortest_digits(out, value);
}

/* A / B to the nearest, without overflow. */
static uint64_t divide_rounded(uint64_t a, uint64_t b)
{
    return a / b + (a % b >= (b + 1) / 2);
}

void text_from_bytes(char *out, uint64_t bytes)
{
    static const char units[] = "kMGTPE";
    uint64_t size = 1000;
    size_t unit = 0;

    if (bytes < 1000) {
        snprintf(out, 32, "%llu B", (unsigned long long)bytes);
        return;
    }
    while (unit + 1 < sizeof units - 1 && divide_rounded(bytes, size) >= 1000) {
        size *= 1000;
        unit++;
    }
    uint64_t tenths = divide_rounded(bytes, size / 10);
    if (tenths < 100)
        snprintf(out, 32, "%llu.%llu %cB", (unsigned long long)(tenths / 10),
                 (unsigned long long)(tenths % 10), units[unit]);
    else
        snprintf(out, 32, "%llu %cB",
                 (unsigned long long)divide_rounded(bytes, size), units[unit]);
}
