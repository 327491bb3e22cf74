/* SPDX-License-Identifier: MIT */
/* infer: what a written value looks like, and the type of a column of them.
 *
 * Rules, from the issue; each exists because some real file broke without it:
 *  1. 0/1 is integer, never boolean: counts are 0 or 1 all the time.
 *  2. A leading zero or more than 15 digits is a code, not a number, and one
 *     such value keeps the whole column text ("021130109", a fid, an IMEI).
 *  3. A sign "+" (telephone), a bare exponent ("12E4", a block number) and a
 *     date in any order but year-month-day stay text: a guess would lose
 *     something. `--types` overrides.
 *  4. A decimal comma counts only in a file delimited by ";", which is what
 *     writes one (Excel in French); "1,234" elsewhere may be a thousand.
 */
#include <string.h>
#include <strings.h>
#include "exchange/exchange_internal.h"

enum { DIGITS_MAX = 15 };

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(const char *text, size_t length, size_t at)
{
    size_t from = at;
    while (at < length && is_digit(text[at]))
        at++;
    return at - from;
}

static int number_at(const char *text, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

/* Digits that count: from the first that is not 0 (of 0.05 one). */
static size_t significant(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length && text[i] != 'e' && text[i] != 'E'; i++)
        if (is_digit(text[i]) && (count || text[i] != '0'))
            count++;
    return count;
}

/* AT stands past the digits before the point: the point and what follows. */
static unsigned form_of_fraction(const char *text, size_t length, size_t at,
                                 char delimiter)
{
    unsigned form = FORM_TEXT;
    if (at < length && text[at] == '.')
        form = FORM_DECIMAL;
    else if (at < length && text[at] == ',' && delimiter == ';')
        form = FORM_COMMA;
    else
        return FORM_TEXT;
    size_t fraction = digits_at(text, length, at + 1);
    if (fraction == 0)
        return FORM_TEXT;
    at += 1 + fraction;
    if (at < length && (text[at] == 'e' || text[at] == 'E'))
        return FORM_TEXT; /* form_of_exponent decides */
    return at == length ? form : FORM_TEXT;
}

/* An exponent makes a number only with a point or a sign: 1.5e3, 1e+20; and
 * only where a double neither overflows nor vanishes. WHOLE: digits before
 * the point. */
static unsigned form_of_exponent(const char *text, size_t length, size_t at,
                                 size_t whole)
{
    int sure = 0, negative = 0;
    if (at < length && text[at] == '.') {
        at += 1 + digits_at(text, length, at + 1);
        sure = 1;
    }
    if (at >= length || (text[at] != 'e' && text[at] != 'E'))
        return FORM_TEXT;
    at++;
    if (at < length && (text[at] == '+' || text[at] == '-')) {
        negative = text[at++] == '-';
        sure = 1;
    }
    size_t digits = digits_at(text, length, at);
    if (!sure || digits == 0 || digits > 3 || at + digits != length)
        return FORM_TEXT;
    int power = number_at(text + at, (int)digits);
    int fits = negative ? power <= 300 : power + (int)whole <= 308;
    return fits ? FORM_DECIMAL : FORM_TEXT;
}

static unsigned form_of_number(const char *text, size_t length, char delimiter)
{
    size_t start = text[0] == '-';
    size_t whole = digits_at(text, length, start);
    size_t at = start + whole;
    unsigned form = FORM_TEXT;

    if (at == length)
        form = whole ? FORM_INTEGER : FORM_TEXT;
    else
        form = form_of_fraction(text, length, at, delimiter);
    if (form == FORM_TEXT && whole && whole <= DIGITS_MAX)
        form = form_of_exponent(text, length, at, whole);
    if (form == FORM_TEXT)
        return form;
    if (whole > 1 && text[start] == '0')
        return FORM_LEADING_ZERO;
    size_t digits = form == FORM_INTEGER
                        ? whole
                        : significant(text + start, length - start);
    return digits > DIGITS_MAX ? FORM_LONG : form;
}

/* "YYYY-MM-DD" with nothing, or a time, after it. */
static int is_date_at(const char *text)
{
    return digits_at(text, 4, 0) == 4 && text[4] == '-' &&
           digits_at(text, 7, 5) == 2 && text[7] == '-' &&
           digits_at(text, 10, 8) == 2 &&
           clock_valid_date(number_at(text, 4), number_at(text + 5, 2),
                            number_at(text + 8, 2));
}

/* "Z", "+hh:mm", "-hh:mm" or nothing. */
static int is_zone(const char *text, size_t length)
{
    if (length == 0 || (length == 1 && text[0] == 'Z'))
        return 1;
    return length == 6 && (text[0] == '+' || text[0] == '-') &&
           digits_at(text, 3, 1) == 2 && text[3] == ':' &&
           digits_at(text, 6, 4) == 2 && number_at(text + 1, 2) < 24 &&
           number_at(text + 4, 2) < 60;
}

/* "HH:MM[:SS[.f{1,3}]]" and a zone: to the millisecond, what we can store. */
static int is_time(const char *text, size_t length)
{
    size_t at = 5;
    if (length < 5 || digits_at(text, 2, 0) != 2 || text[2] != ':' ||
        digits_at(text, 5, 3) != 2 || number_at(text, 2) > 23 ||
        number_at(text + 3, 2) > 59)
        return 0;
    if (at < length && text[at] == ':') {
        if (length < 8 || digits_at(text, 8, 6) != 2 ||
            number_at(text + 6, 2) > 59)
            return 0;
        at = 8;
        if (at < length && text[at] == '.') {
            size_t fraction = digits_at(text, length, at + 1);
            if (fraction == 0 || fraction > 3)
                return 0;
            at += 1 + fraction;
        }
    }
    return is_zone(text + at, length - at);
}

static unsigned form_of_moment(const char *text, size_t length)
{
    if (length < 10 || !is_date_at(text))
        return FORM_TEXT;
    if (length == 10)
        return FORM_DATE;
    if ((text[10] == 'T' || text[10] == ' ') && is_time(text + 11, length - 11))
        return FORM_DATETIME;
    return FORM_TEXT;
}

static int is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

static int is_boolean(const char *text, size_t length)
{
    return is_word(text, length, "true") || is_word(text, length, "false") ||
           is_word(text, length, "yes") || is_word(text, length, "no");
}

static int is_uuid(const char *text, size_t length)
{
    if (length != 36)
        return 0;
    for (size_t i = 0; i < 36; i++) {
        char c = text[i];
        int dash = i == 8 || i == 13 || i == 18 || i == 23;
        int hex =
            is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !hex)
            return 0;
    }
    return 1;
}

twin_geometry wkt_type(const char *text, size_t length)
{
    char word[24] = "";
    size_t used = 0;
    twin_geometry type = TWIN_NO_GEOMETRY;

    while (used < length && used < sizeof word - 1 &&
           ((text[used] | 32) >= 'a' && (text[used] | 32) <= 'z')) {
        word[used] = (char)(text[used] & ~32);
        used++;
    }
    while (used < length && text[used] == ' ')
        used++;
    /* Then "(", or Z, M, ZM, EMPTY: a lone word is somebody's text. */
    if (used == length || !strchr("(ZMEzme", text[used]))
        return TWIN_NO_GEOMETRY;
    for (type = TWIN_POINT; type <= TWIN_GEOMETRYCOLLECTION; type++)
        if (strcmp(word, twin_geometry_name(type)) == 0)
            return type;
    return TWIN_NO_GEOMETRY;
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

unsigned form_of_text(const char *text, size_t length, char delimiter)
{
    unsigned form = FORM_TEXT;
    trim(&text, &length);
    if (length == 0)
        return FORM_TEXT;
    if (is_digit(text[0]) || text[0] == '-' || text[0] == '.') {
        form = form_of_number(text, length, delimiter);
        if (form == FORM_TEXT)
            form = form_of_moment(text, length);
    } else if (length <= 5 && is_boolean(text, length)) {
        form = FORM_BOOLEAN;
    }
    if (form == FORM_TEXT && is_uuid(text, length))
        form |= FORM_UUID;
    else if (form == FORM_TEXT && wkt_type(text, length))
        form |= FORM_WKT;
    return form;
}

/* What a typed cell (JSON, SQLite) says of its column. Text there is text: a
 * number in quotes was quoted by someone; only dates have no other way. */
static unsigned form_of_typed(const source_cell *cell)
{
    unsigned form = FORM_TEXT;
    switch (cell->type) {
    case TWIN_BOOLEAN:
        return FORM_BOOLEAN;
    case TWIN_INTEGER:
        return FORM_INTEGER;
    case TWIN_DECIMAL:
        return FORM_DECIMAL;
    case TWIN_BLOB:
        return FORM_BLOB;
    default:
        form = form_of_moment(cell->value.bytes, cell->value.length);
        if (form == FORM_TEXT && is_uuid(cell->value.bytes, cell->value.length))
            form |= FORM_UUID;
        return form;
    }
}

static void add_geometry(inference *i, const source_cell *cell)
{
    twin_geometry type = TWIN_NO_GEOMETRY;
    const twin_value *v = &cell->value;
    if (cell->type == TWIN_GEOMETRY) {
        if (geometry_type(&type, v->bytes, v->length) < 0)
            error_clear(); /* said again, as a rejected row, in pass two */
    } else {
        type = wkt_type(v->bytes, v->length);
    }
    if (!type)
        return;
    i->geometry = i->geometry ? twin_geometry_join(i->geometry, type) : type;
}

void inference_add(inference *i, const source_cell *cell, char delimiter)
{
    unsigned form = 0;
    const twin_value *v = &cell->value;

    if (cell->absent || v->kind == TWIN_KIND_NULL ||
        (v->kind == TWIN_KIND_TEXT && v->length == 0))
        return;
    if (cell->type == TWIN_GEOMETRY) {
        add_geometry(i, cell);
        form = FORM_WKT | FORM_TEXT;
    } else if (cell->type != 0) {
        form = form_of_typed(cell);
    } else {
        form = form_of_text(v->bytes, v->length, delimiter);
        if (form & FORM_WKT)
            add_geometry(i, cell);
    }
    i->common = i->filled++ ? i->common & form : form;
    i->seen |= form;
}

twin_type inference_type(const inference *i)
{
    unsigned seen = i->seen;
    if (seen == FORM_BLOB)
        return TWIN_BLOB;
    if (seen == FORM_BOOLEAN)
        return TWIN_BOOLEAN;
    if (seen == FORM_INTEGER)
        return TWIN_INTEGER;
    if (seen == FORM_DECIMAL || seen == (FORM_INTEGER | FORM_DECIMAL) ||
        seen == FORM_COMMA || seen == (FORM_INTEGER | FORM_COMMA))
        return TWIN_DECIMAL;
    if (seen == FORM_DATE)
        return TWIN_DATE;
    if (seen == FORM_DATETIME || seen == (FORM_DATE | FORM_DATETIME))
        return TWIN_DATETIME;
    return TWIN_TEXT;
}

const char *inference_remark(const inference *i)
{
    unsigned numbers = FORM_INTEGER | FORM_DECIMAL | FORM_COMMA |
                       FORM_LEADING_ZERO | FORM_LONG;
    if (i->filled == 0)
        return N_("every value is empty");
    if (i->seen & ~numbers)
        return NULL; /* text for a plainer reason */
    if (i->seen & FORM_LEADING_ZERO)
        return N_("leading zeros");
    if (i->seen & FORM_LONG)
        return N_("more than 15 digits");
    if (i->seen & FORM_COMMA && i->seen & FORM_DECIMAL)
        return N_("decimal points and commas");
    if (i->seen & FORM_COMMA)
        return N_("decimal comma");
    return NULL;
}
