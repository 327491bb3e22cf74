/* SPDX-License-Identifier: MIT */
/* Values as a record keeps them: text, by type (ODK XForms, "Data types"). */
#include "form/record_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

int record_set(int *differs, record *r, form_node *node, const char *value)
{
    int code;
    *differs = strcmp(node->value, value) != 0;
    if (!*differs)
        return TAWAM_OK;
    code = form_node_set(r->document, node, value);
    node->is_given = 0;
    if (code == TAWAM_OK && r->listener && !node->is_noted) {
        node->is_noted = 1;
        r->listener(r->listening, node);
    }
    return code;
}

/* ---- places ---- */

/* "34.9 -2.3" as "34.9 -2.3 0.0 0.0": four numbers with a point in them. */
static int write_place(buffer *out, const char *text, size_t length)
{
    char word[160], *at = word;
    const char *digits;
    arena *memory = NULL;
    int count = 0, code;
    if (length >= sizeof word)
        return 0;
    memcpy(word, text, length);
    word[length] = '\0';
    if (strspn(word, "0123456789+-.eE \t\r\n") != length)
        return 0; /* strtod takes "nan" and "0x1f" */
    code = arena_new(&memory);
    for (; code == TAWAM_OK && count < 4; count++) {
        char *end;
        double number = strtod(at, &end);
        if (end == at || (count < 2 && fabs(number) > (count ? 180 : 90)))
            break;
        code = xpath_number_text(&digits, number, memory);
        if (code == TAWAM_OK)
            buffer_format(out, "%s%s%s", count ? " " : "", digits,
                          strchr(digits, '.') ? "" : ".0");
        at = end;
    }
    arena_free(memory);
    for (int i = count; count >= 2 && i < 4; i++)
        buffer_text(out, " 0.0");
    return count >= 2 && at[strspn(at, " \t\r\n")] == '\0';
}

/* Points of a line with "; " between, none after the last. 0: no places. */
static int write_places(buffer *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, ";");
        if (strspn(text, " \t\r\n") < length) {
            if (out->length)
                buffer_text(out, "; ");
            if (!write_place(out, text, length))
                return 0;
        }
        text += length + (text[length] == ';');
    }
    return 1;
}

static int is_place(form_type type)
{
    return type == FORM_GEOPOINT || type == FORM_GEOTRACE ||
           type == FORM_GEOSHAPE;
}

/* *TEXT in the one spelling that places have; 0 if it is none. */
static int spell_places(const char **text, record *r)
{
    buffer spelled = {0};
    const char *copy = NULL;
    int is = write_places(&spelled, *text);
    if (is && buffer_check(&spelled) == TAWAM_OK)
        copy = arena_copy(r->memory, spelled.data ? (char *)spelled.data : "",
                          spelled.length + 1);
    buffer_free(&spelled);
    if (copy)
        *text = copy;
    return is;
}

int record_spell(record *r, form_node *top)
{
    int code = TAWAM_OK, differs;
    for (form_node *n = top; code == TAWAM_OK && n;
         n = form_node_after(n, top, 1)) {
        const char *text = n->value;
        if (n->item && is_place(n->item->type) && *text &&
            spell_places(&text, r))
            code = record_set(&differs, r, n, text);
    }
    record_forget(r);
    return code;
}

/* ---- by type ---- */

int record_convert(const char **out, record *r, const form_item *item,
                   const xpath_value *v)
{
    double number;
    if (v->kind == XPATH_NUMBER && !isfinite(v->number)) {
        *out = "";
        return TAWAM_OK;
    }
    if (item->type != FORM_INTEGER && item->type != FORM_DECIMAL) {
        int code = xpath_to_text(out, v, r->memory);
        if (code == TAWAM_OK && is_place(item->type))
            spell_places(out, r);
        if (code == TAWAM_OK && item->type == FORM_DATE && strlen(*out) > 10 &&
            (*out)[10] == 'T') {
            char *day = arena_copy(r->memory, *out, 11);
            if (!day)
                return TAWAM_EMEMORY;
            day[10] = '\0';
            *out = day;
        }
        return code;
    }
    number = xpath_to_number(v, r->memory);
    if (!isfinite(number)) {
        *out = "";
        return TAWAM_OK;
    }
    return xpath_number_text(
        out, item->type == FORM_INTEGER ? trunc(number) : number, r->memory);
}

/* ---- what comes from outside ---- */

static int is_date(const char *value)
{
    double days;
    return strlen(value) >= 10 && date_days(&days, value);
}

static int is_truth(const char *value)
{
    static const char *const words[] = {"true", "false", "1", "0"};
    int is = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        is |= strcmp(words[i], value) == 0;
    return is;
}

/* XML has no way to write the other control characters. */
static int is_text(const char *value)
{
    for (; *value; value++)
        if ((unsigned char)*value < 0x20 && !strchr("\t\n\r", *value))
            return 0;
    return 1;
}

/* The day of a date with a time: what of *OUT a date keeps. */
static int spell_date(const char **out, record *r)
{
    char *day;
    if (!is_date(*out))
        return 0;
    *out += strspn(*out, " \t\r\n");
    if (strlen(*out) > 10 && (day = arena_alloc(r->memory, 11))) {
        memcpy(day, *out, 10);
        *out = day;
    }
    return 1;
}

/* Whole, and of 18 digits at most: a column of whole numbers holds it. Of
 * "3.0", as spreadsheets write it, *OUT is "3". */
static int spell_whole(const char **out, record *r)
{
    size_t sign = **out == '-';
    size_t digits = strspn(*out + sign, "0123456789");
    const char *rest = *out + sign + digits;
    char *whole;
    if (!digits || digits > 18)
        return 0;
    if (*rest == '\0')
        return 1;
    if (*rest != '.' || rest[1 + strspn(rest + 1, "0")])
        return 0;
    whole = arena_alloc(r->memory, sign + digits + 1);
    if (!whole)
        return 0;
    memcpy(whole, *out, sign + digits);
    *out = whole;
    return 1;
}

int record_accepts(const char **out, record *r, const form_item *item,
                   const char *value)
{
    double number = text_to_number(value);
    *out = value;
    if (!*value)
        return 1;
    if (item->control && item->control->kind == FORM_TRIGGER)
        return strcmp(value, "OK") == 0;
    switch (item->type) {
    case FORM_INTEGER:
        return spell_whole(out, r);
    case FORM_DECIMAL:
        return isfinite(number) && !is_date(value);
    case FORM_DATE:
        return spell_date(out, r);
    case FORM_DATETIME:
        return is_date(value);
    case FORM_TIME:
        return date_is_time(value);
    case FORM_BOOLEAN:
        return is_truth(value);
    case FORM_GEOPOINT:
    case FORM_GEOTRACE:
    case FORM_GEOSHAPE:
        return spell_places(out, r);
    default:
        return is_text(value);
    }
}
