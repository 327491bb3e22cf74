/* SPDX-License-Identifier: MIT */
/* parse: what a person typed becomes a value, with every check, in the three
 * languages' habits: 12,5 and ١٢, oui and نعم, 31/12/2026.
 *
 * Invariants:
 *  1. What twin_value_text printed is read back as the same value (but for
 *     empty text, which is read as no value).
 *  2. A refusal says what is wrong and what would be right.
 */
#include "twin/twin_internal.h"
#include <math.h>

static int wrong(twin_type type, const char *text, const char *example)
{
    static const char *const words[] = {
        [TWIN_BOOLEAN] = N_("'%s' is neither yes nor no; write it like %s"),
        [TWIN_INTEGER] = N_("'%s' is no whole number; write it like %s"),
        [TWIN_DECIMAL] = N_("'%s' is no number; write it like %s"),
        [TWIN_DATE] = N_("'%s' is no date; write it like %s"),
        [TWIN_DATETIME] = N_("'%s' is no date with a time; write it like %s"),
        [TWIN_GEOMETRY] = N_("'%s' is no place; write it like %s")};
    char *message = memory_format(_(words[type]), text, example);
    int code = message ? error_set(TAWAM_EUSAGE, "%s", message) : TAWAM_EMEMORY;
    free(message);
    return code;
}

/* Arabic-Indic and Persian digits, and the Arabic decimal and thousands signs,
 * in ASCII; blanks at the ends dropped. From ARENA. */
static char *plain_digits(const char *text, arena *a)
{
    size_t length = strlen(text), used = 0;
    char *out = arena_alloc(a, length + 1);
    if (!out)
        return NULL;
    while (length && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    for (size_t i = 0; i < length;) {
        uint32_t point = 0;
        size_t step = text_decode(&point, text + i, length - i);
        if (point >= 0x660 && point <= 0x669)
            out[used++] = (char)('0' + (point - 0x660));
        else if (point >= 0x6F0 && point <= 0x6F9)
            out[used++] = (char)('0' + (point - 0x6F0));
        else if (point == 0x66B)
            out[used++] = '.';
        else if (point == 0x2212)
            out[used++] = '-';
        else
            for (size_t k = 0; k < step; k++)
                out[used++] = text[i + k];
        i += step;
    }
    while (used && (out[used - 1] == ' ' || out[used - 1] == '\t'))
        used--;
    out[used] = '\0';
    return out;
}

static int parse_boolean(twin_value *out, const char *text)
{
    static const char *const YES[] = {"1", "yes", "true", "oui", "نعم", "y"};
    static const char *const NO[] = {"0", "no", "false", "non", "لا", "n"};
    char *folded = text_fold(text);
    if (!folded)
        return error_memory();
    int answer = -1;
    for (size_t i = 0; i < sizeof YES / sizeof *YES; i++) {
        if (strcmp(folded, YES[i]) == 0)
            answer = 1;
        if (strcmp(folded, NO[i]) == 0)
            answer = 0;
    }
    free(folded);
    if (answer < 0)
        return wrong(TWIN_BOOLEAN, text, "yes / no, oui / non, 1 / 0");
    *out = (twin_value){.kind = TWIN_KIND_INTEGER, .integer = answer};
    return TAWAM_OK;
}

static int parse_integer(twin_value *out, const char *text)
{
    int64_t integer = 0;
    if (text_integer(&integer, *text == '+' ? text + 1 : text) != TAWAM_OK)
        return wrong(TWIN_INTEGER, text, "12");
    *out = (twin_value){.kind = TWIN_KIND_INTEGER, .integer = integer};
    return TAWAM_OK;
}

/* One comma and no point: the comma is the decimal sign. */
static int read_decimal(double *out, char *text)
{
    char *comma = strchr(text, ',');
    if (comma && !strchr(comma + 1, ',') && !strchr(text, '.'))
        *comma = '.';
    int code = text_decimal(out, *text == '+' ? text + 1 : text);
    if (code == TAWAM_OK && !isfinite(*out))
        code = TAWAM_EUSAGE;
    if (comma)
        *comma = ',';
    return code;
}

static int parse_decimal(twin_value *out, char *text)
{
    double real = 0;
    if (read_decimal(&real, text) != TAWAM_OK)
        return wrong(TWIN_DECIMAL, text, "12.5");
    *out = (twin_value){.kind = TWIN_KIND_REAL, .real = real == 0 ? 0 : real};
    return TAWAM_OK;
}

static int text_result(twin_value *out, const char *text, arena *a)
{
    char *copy = arena_string(a, text);
    if (!copy)
        return error_memory();
    *out = (twin_value){
        .kind = TWIN_KIND_TEXT, .bytes = copy, .length = strlen(copy)};
    return TAWAM_OK;
}

/* "31/12/2026" or "2026-12-31" at the start of TEXT as ISO into DAY; returns
 * the bytes it took, 0 if it is no day of the calendar. */
static size_t read_day(char day[11], const char *text)
{
    int a = 0, b = 0, c = 0, used = 0;
    if (sscanf(text, "%2d/%2d/%4d%n", &a, &b, &c, &used) == 3 && used) {
        int swap = a;
        a = c;
        c = swap;
    } else if (sscanf(text, "%4d-%2d-%2d%n", &a, &b, &c, &used) != 3 || !used) {
        return 0;
    }
    if (a < 1000 || !clock_valid_date(a, b, c))
        return 0;
    snprintf(day, 11, "%04u-%02u-%02u", (unsigned)a % 10000u,
             (unsigned)b % 100u, (unsigned)c % 100u);
    return (size_t)used;
}

static int parse_date(twin_value *out, const char *text, arena *a)
{
    char day[11];
    size_t used = read_day(day, text);
    if (!used || text[used] != '\0')
        return wrong(TWIN_DATE, text, "2026-11-22, 22/11/2026");
    return text_result(out, day, a);
}

static int parse_datetime(twin_value *out, const char *text, arena *a)
{
    char day[11], iso[32];
    int64_t milliseconds = 0;
    size_t used = read_day(day, text);
    char *whole = used ? memory_format("%s%s", day, text + used) : NULL;
    if (used && !whole)
        return error_memory();
    int code = whole ? clock_parse(&milliseconds, whole) : TAWAM_EUSAGE;
    free(whole);
    if (code != TAWAM_OK)
        return wrong(TWIN_DATETIME, text,
                     "2026-11-22T20:30:00Z, 22/11/2026 20:30");
    clock_format(iso, milliseconds);
    return text_result(out, iso, a);
}

static int base64_digit(int c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

static int parse_blob(twin_value *out, const char *text, arena *a)
{
    size_t length = strlen(text), used = 0;
    while (length && text[length - 1] == '=')
        length--;
    unsigned char *bytes = arena_alloc(a, length + 1);
    if (!bytes)
        return error_memory();
    unsigned group = 0, bits = 0;
    for (size_t i = 0; i < length; i++) {
        int digit = base64_digit((unsigned char)text[i]);
        if (digit < 0 || length % 4 == 1)
            return error_set(TAWAM_EUSAGE, _("not base64: a blob is written "
                                             "in A-Z a-z 0-9 + / ="));
        group = (group << 6 | (unsigned)digit) & 0xFFFFFF;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[used++] = (unsigned char)(group >> bits);
        }
    }
    *out = (twin_value){
        .kind = TWIN_KIND_BYTES, .bytes = (const char *)bytes, .length = used};
    return TAWAM_OK;
}

/* "34.92, -2.31", "34.92 -2.31" or "34,92; -2,31": latitude first. */
static int parse_pair(buffer *blob, char *text, const char *typed)
{
    static const char EXAMPLE[] = "34.9297, -2.3149 (latitude, longitude) or "
                                  "POINT (-2.3149 34.9297)";
    double latitude = 0, longitude = 0;
    char *cut = strchr(text, ';');
    if (!cut)
        cut = strchr(text, ',');
    if (!cut)
        cut = strpbrk(text, " \t");
    if (!cut)
        return wrong(TWIN_GEOMETRY, typed, EXAMPLE);
    *cut++ = '\0';
    for (char *end = cut - 1; end > text && end[-1] == ' ';)
        *--end = '\0';
    while (*cut == ' ' || *cut == '\t')
        cut++;
    if (read_decimal(&latitude, text) != TAWAM_OK ||
        read_decimal(&longitude, cut) != TAWAM_OK)
        return wrong(TWIN_GEOMETRY, typed, EXAMPLE);
    if (fabs(latitude) > 90)
        return error_set(TAWAM_EUSAGE,
                         _("latitude %s is not between -90 and 90; write "
                           "latitude first, then longitude"),
                         text);
    if (fabs(longitude) > 180)
        return error_set(TAWAM_EUSAGE,
                         _("longitude %s is not between -180 and 180"), cut);
    return geometry_from_point(blob, longitude, latitude);
}

static int geometry_of_text(buffer *blob, char *text, arena *a)
{
    int letter =
        (*text >= 'A' && *text <= 'Z') || (*text >= 'a' && *text <= 'z');
    if (letter)
        return geometry_from_wkt(blob, text);
    char *copy = arena_string(a, text); /* parse_pair cuts it */
    if (!copy)
        return error_memory();
    return parse_pair(blob, copy, text);
}

static int parse_geometry(twin_value *out, char *text, arena *a)
{
    buffer blob = {0};
    int code = geometry_of_text(&blob, text, a);
    if (code == TAWAM_OK) {
        char *bytes = arena_copy(a, blob.data, blob.length);
        code = bytes ? TAWAM_OK : error_memory();
        *out = (twin_value){
            .kind = TWIN_KIND_BYTES, .bytes = bytes, .length = blob.length};
    }
    buffer_free(&blob);
    return code;
}

int twin_value_parse(twin_value *out, twin_type type, const char *text,
                     arena *a)
{
    if (*text == '\0') {
        *out = (twin_value){.kind = TWIN_KIND_NULL};
        return TAWAM_OK;
    }
    if (!text_valid(text, strlen(text)))
        return error_set(TAWAM_EUSAGE, _("this text is not valid UTF-8; "
                                         "convert the file to UTF-8"));
    char *plain = type == TWIN_TEXT ? NULL : plain_digits(text, a);
    if (type != TWIN_TEXT && !plain)
        return error_memory();
    twin_value value = {.kind = TWIN_KIND_NULL};
    int code = TAWAM_OK;
    switch (type) {
    case TWIN_BOOLEAN:
        code = parse_boolean(&value, plain);
        break;
    case TWIN_INTEGER:
        code = parse_integer(&value, plain);
        break;
    case TWIN_DECIMAL:
        code = parse_decimal(&value, plain);
        break;
    case TWIN_DATE:
        code = parse_date(&value, plain, a);
        break;
    case TWIN_DATETIME:
        code = parse_datetime(&value, plain, a);
        break;
    case TWIN_TEXT:
        code = text_result(&value, text, a);
        break;
    case TWIN_BLOB:
        code = parse_blob(&value, plain, a);
        break;
    case TWIN_GEOMETRY:
        code = parse_geometry(&value, plain, a);
        break;
    }
    if (code == TAWAM_OK)
        *out = value;
    return code;
}
