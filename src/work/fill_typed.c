/* SPDX-License-Identifier: MIT */
/* What a person types -> what a record keeps. Digits may be Arabic-Indic, the
 * decimal sign a comma, words in English, French or Arabic, whatever the
 * languages of the form and the program are.
 *
 *   a choice   its number or code, or letters of its label; several "1 3 4",
 *              "134", "+2", "-3"; a ranking is all of them in order
 *   a number   12,5  1 250  ١٢٫٥;  + and - where the form has a counter
 *   a date     010526 1/5/26 1.5 2026-05-01 "1 mai" today hier اليوم -1d +2w
 *   a time     1430 14:30 14h30 now
 *   a point    34.92 -2.32  34,92 -2,32  34°55'12"N 2°19'W  a place's name
 *   a line     such points with ";" between, or one more point
 */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- signs ---- */

/* The ASCII sign that POINT stands for; 0: it goes; POINT itself otherwise. */
static uint32_t plain_sign(uint32_t point)
{
    if (point >= 0x0660 && point <= 0x0669)
        return '0' + point - 0x0660;
    if (point >= 0x06F0 && point <= 0x06F9)
        return '0' + point - 0x06F0;
    switch (point) {
    case 0x066B: /* Arabic decimal separator */
    case 0x060C: /* Arabic comma */
        return ',';
    case 0x061B:
        return ';';
    case 0x066C: /* Arabic thousands separator */
    case 0x00A0:
    case 0x2007:
    case 0x2009:
    case 0x202F:
    case '\t':
        return ' ';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2212:
        return '-';
    case 0x2018:
    case 0x2019:
    case 0x2032:
        return '\'';
    case 0x201C:
    case 0x201D:
    case 0x2033:
        return '"';
    case 0x061C: /* marks of direction */
    case 0x200E:
    case 0x200F:
        return 0;
    default:
        return (point >= 0x202A && point <= 0x202E) ||
                       (point >= 0x2066 && point <= 0x2069)
                   ? 0
                   : point;
    }
}

char *fill_ascii(const char *text)
{
    size_t left = strlen(text);
    buffer plain = {0};
    char *out;
    while (left) {
        uint32_t point;
        char sign[4];
        size_t used = text_decode(&point, text, left);
        point = plain_sign(point);
        if (point && (point != ' ' || plain.length))
            buffer_bytes(&plain, sign, text_encode(sign, point));
        text += used;
        left -= used;
    }
    while (plain.length && plain.data[plain.length - 1] == ' ')
        plain.length--;
    buffer_byte(&plain, '\0');
    out = buffer_take(&plain);
    return out;
}

int fill_not_understood(const char *format, const char *typed)
{
    char *safe = text_safe(typed, strlen(typed), 0);
    error_set(TAWAM_ENO, format, safe ? safe : "");
    free(safe);
    return TAWAM_ENO;
}

/* ---- numbers ---- */

/* 1 if the groups that SEPARATOR makes of TEXT up to END are of three digits
 * (the first of one to three). */
static int groups_well(const char *text, const char *end, char separator)
{
    size_t digits = 0;
    int is_first = 1;
    for (const char *at = text; at < end; at++) {
        if (*at != separator) {
            digits++;
            continue;
        }
        if (is_first ? digits < 1 || digits > 3 : digits != 3)
            return 0;
        is_first = 0;
        digits = 0;
    }
    return is_first || digits == 3;
}

static size_t count_sign(const char *text, char sign)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == sign;
    return count;
}

/* Where the fraction of TEXT (digits, '.', ',') begins: its decimal sign, or
 * the end; NULL: the separators make no sense. *GROUP: that of thousands. */
static const char *decimal_sign(const char *text, char *group)
{
    const char *dot = strrchr(text, '.'), *comma = strrchr(text, ',');
    const char *end = text + strlen(text);
    const char *last = dot > comma ? dot : comma;
    *group = '\0';
    if (!last)
        return end;
    if (count_sign(text, *last) > 1) {
        *group = *last;
        return dot && comma ? NULL : end;
    }
    if (dot && comma)
        *group = *last == '.' ? ',' : '.';
    return last;
}

/* "1 250,5" -> "1250" and "5", without idle zeros; 0: no number. */
static int split_number(char *whole, char *part, size_t size, const char *text)
{
    char group, *w = whole, *p = part;
    const char *sign, *at;
    char clean[64];
    size_t length = 0;
    for (at = text; *at; at++) {
        int blank = *at == ' ' || *at == '\'' || *at == '_';
        if (length + 1 >= sizeof clean ||
            (!blank && !strchr("0123456789.,", *at)))
            return 0;
        if (!blank)
            clean[length++] = *at;
    }
    clean[length] = '\0';
    sign = decimal_sign(clean, &group);
    if (!sign || !strpbrk(clean, "0123456789") ||
        (group && !groups_well(clean, sign, group)) || length >= size)
        return 0;
    for (at = clean; at < sign; at++)
        if (*at != group && (w != whole || *at != '0'))
            *w++ = *at;
    if (w == whole)
        *w++ = '0';
    *w = '\0';
    for (at = sign + (*sign != 0); *at; at++)
        *p++ = *at;
    *p = '\0';
    return 1;
}

static void drop_zeros(char *part)
{
    size_t length = strlen(part);
    while (length && part[length - 1] == '0')
        part[--length] = '\0';
}

/* An integer's "1,250" may be meant as either number. */
static int whole_number(const char *part, const char *typed)
{
    if (strlen(part) == 3)
        return fill_not_understood(
            _("'%.40s' may be read in two ways; write it without , or ."),
            typed);
    return part[strspn(part, "0")]
               ? fill_not_understood(_("'%.40s' is not a whole number"), typed)
               : TAWAM_OK;
}

static int count_on(buffer *out, const fill_question *q, const char *text)
{
    int64_t present = 0;
    if (*q->value && text_integer(&present, q->value) != TAWAM_OK)
        present = 0;
    error_clear();
    buffer_format(out, "%lld", (long long)(present + (*text == '+' ? 1 : -1)));
    return TAWAM_OK;
}

int fill_typed_number(buffer *out, const fill_question *q, const char *typed)
{
    char whole[64], part[64], *text = fill_ascii(typed), *at = text;
    int is_negative, code = TAWAM_OK;
    if (!text)
        return TAWAM_EMEMORY;
    if (q->counter && (strcmp(text, "+") == 0 || strcmp(text, "-") == 0)) {
        code = count_on(out, q, text);
        goto cleanup;
    }
    is_negative = *at == '-';
    at += *at == '-' || *at == '+';
    at += strspn(at, " ");
    if (!split_number(whole, part, sizeof whole, at)) {
        code = fill_not_understood(_("'%.40s' is not a number"), typed);
        goto cleanup;
    }
    if (q->item->type == FORM_INTEGER) {
        code = whole_number(part, typed);
        *part = '\0';
    }
    if (code == TAWAM_OK && strlen(whole) > 18)
        code = fill_not_understood(_("'%.40s' is too long a number"), typed);
    drop_zeros(part);
    if (code == TAWAM_OK)
        buffer_format(out, "%s%s%s%s",
                      is_negative && (*part || strcmp(whole, "0") != 0) ? "-"
                                                                        : "",
                      whole, *part ? "." : "", part);
cleanup:
    free(text);
    return code;
}

/* ---- yes and no ---- */

/* 1 yes, 0 no, -1 neither. */
static int yes_or_no(const char *typed)
{
    static const struct {
        const char *word;
        int is;
    } words[] = {{"yes", 1},  {"y", 1},   {"oui", 1}, {"o", 1},
                 {"ok", 1},   {"x", 1},   {"1", 1},   {"true", 1},
                 {"vrai", 1}, {"نعم", 1}, {"ايه", 1}, {"no", 0},
                 {"n", 0},    {"non", 0}, {"0", 0},   {"false", 0},
                 {"faux", 0}, {"لا", 0}};
    char *text = fill_ascii(typed), *folded = text ? text_fold(text) : NULL;
    int is = -1;
    for (size_t i = 0; folded && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, folded) == 0)
            is = words[i].is;
    free(text);
    free(folded);
    return is;
}

static int typed_acknowledge(buffer *out, const char *typed)
{
    int is = yes_or_no(typed);
    if (is < 0)
        return fill_not_understood(_("'%.40s' is neither yes nor no"), typed);
    buffer_text(out, is ? "OK" : "");
    return TAWAM_OK;
}

static int typed_text(buffer *out, const fill_question *q, const char *typed)
{
    int is;
    char *text;
    if (!text_valid(typed, strlen(typed)))
        return error_set(TAWAM_ENO, _("this is not text in UTF-8"));
    if (q->item->type == FORM_BOOLEAN) {
        is = yes_or_no(typed);
        if (is < 0)
            return fill_not_understood(_("'%.40s' is neither yes nor no"),
                                       typed);
        buffer_text(out, is ? "true" : "false");
        return TAWAM_OK;
    }
    if (!q->digits && !q->barcode) {
        buffer_text(out, typed);
        return TAWAM_OK;
    }
    text = fill_ascii(typed);
    if (!text)
        return TAWAM_EMEMORY;
    buffer_text(out, text);
    free(text);
    return TAWAM_OK;
}

/* ---- by kind ---- */

int fill_typed(buffer *out, fill *f, const fill_question *q, const char *typed)
{
    if (!typed[strspn(typed, " \t\r\n")] && q->kind != FILL_TEXT)
        return TAWAM_OK;
    switch (q->kind) {
    case FILL_INTEGER:
    case FILL_DECIMAL:
    case FILL_RANGE:
        return fill_typed_number(out, q, typed);
    case FILL_DATE:
        return fill_typed_date(out, q, typed);
    case FILL_TIME:
        return fill_typed_time(out, typed);
    case FILL_DATETIME:
        return fill_typed_datetime(out, q, typed);
    case FILL_ONE:
    case FILL_MANY:
    case FILL_RANK:
        return fill_typed_choice(out, q, typed);
    case FILL_POINT:
        return fill_typed_point(out, f, typed);
    case FILL_TRACE:
    case FILL_SHAPE:
        return fill_typed_points(out, f, q, typed);
    case FILL_FILE:
        return fill_typed_file(out, f, q, typed);
    case FILL_ACKNOWLEDGE:
        return typed_acknowledge(out, typed);
    case FILL_NOTE:
        return error_set(TAWAM_ENO, _("this takes no answer"));
    case FILL_TEXT:
    default:
        return typed_text(out, q, typed);
    }
}
