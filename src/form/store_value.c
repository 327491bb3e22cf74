/* SPDX-License-Identifier: MIT */
/* A value as a record has it, text, and as a row has it, by type. */
#include "form/store_internal.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A moment, as a datetime column holds it; what is none stays as it is. A
 * moment without a zone is of the local one (xpath_date.c). */
static int moment_value(twin_value *out, const char *text, arena *a)
{
    char stamp[32];
    double days = 0;
    if (!strchr(text, 'T') || !date_days(&days, text) || !isfinite(days))
        return TAWAM_OK;
    clock_format(stamp, llround(days * 86400000));
    out->bytes = arena_string(a, stamp);
    out->length = strlen(stamp);
    return out->bytes ? TAWAM_OK : TAWAM_EMEMORY;
}

int store_value(twin_value *out, twin_type type, const char *text, arena *a)
{
    twin_value v = {
        .kind = TWIN_KIND_TEXT, .bytes = text, .length = strlen(text)};
    int code = TAWAM_OK;
    if (!*text)
        v = (twin_value){0};
    else if (type == TWIN_INTEGER && text_integer(&v.integer, text) == TAWAM_OK)
        v.kind = TWIN_KIND_INTEGER;
    else if (type == TWIN_DECIMAL && text_decimal(&v.real, text) == TAWAM_OK)
        v.kind = TWIN_KIND_REAL;
    else if (type == TWIN_DATETIME)
        code = moment_value(&v, text, a);
    error_clear();
    if (code == TAWAM_OK)
        *out = v;
    return code;
}

/* A moment in the local zone, as now() writes it: what a person sees in it is
 * the hour that a clock here shows. */
static const char *moment_text(const char *stamp, arena *a)
{
    char text[64], zone[8] = "Z";
    int64_t ms = 0;
    int minutes;
    if (strlen(stamp) < 11 || clock_parse(&ms, stamp) != TAWAM_OK) {
        error_clear();
        return stamp;
    }
    minutes = clock_zone_minutes(ms);
    clock_format(text, ms + minutes * INT64_C(60000));
    if (minutes)
        snprintf(zone, sizeof zone, "%c%02d:%02d", minutes < 0 ? '-' : '+',
                 (minutes < 0 ? -minutes : minutes) / 60 % 100,
                 (minutes < 0 ? -minutes : minutes) % 60);
    snprintf(text + 23, sizeof text - 23, "%s", zone);
    return arena_string(a, text);
}

int store_text(const char **out, const twin_value *value, twin_type type,
               arena *a)
{
    char digits[32];
    switch (value->kind) {
    case TWIN_KIND_NULL:
        *out = "";
        return TAWAM_OK;
    case TWIN_KIND_INTEGER:
        snprintf(digits, sizeof digits, "%lld", (long long)value->integer);
        *out = arena_string(a, digits);
        break;
    case TWIN_KIND_REAL:
        return xpath_number_text(out, value->real, a);
    default: {
        char *text = arena_alloc(a, value->length + 1);
        if (text && value->length)
            memcpy(text, value->bytes, value->length);
        *out = text && type == TWIN_DATETIME ? moment_text(text, a) : text;
    }
    }
    return *out ? TAWAM_OK : TAWAM_EMEMORY;
}
