/* SPDX-License-Identifier: MIT */
/* A value in words, in the language of the form: what was understood of what
 * was typed. */
#include "work/fill_internal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- choices ---- */

static void echo_choices(buffer *out, const fill_question *q, fill_tongue t)
{
    const char *comma = t == FILL_AR ? "، " : ", ";
    size_t known = 0;
    if (q->kind == FILL_RANK) {
        for (size_t place = 1; place <= q->choice_count; place++)
            for (size_t i = 0; i < q->choice_count; i++)
                if (q->chosen[i] == place)
                    buffer_format(out, "%s%zu. %s", out->length ? comma : "",
                                  place, q->choices[i].label);
        return;
    }
    for (size_t i = 0; i < q->choice_count; i++)
        if (q->chosen[i]) {
            buffer_format(out, "%s%s", known++ ? comma : "",
                          q->choices[i].label);
        }
    if (!known)
        buffer_text(out, q->value);
}

/* ---- numbers ---- */

/* NUMBER ("-1234.5") with the decimal sign of the language, and THOUSANDS
 * apart. */
static void echo_number(buffer *out, const char *number, fill_tongue t,
                        int thousands)
{
    size_t digits;
    if (*number == '-')
        buffer_byte(out, (uint8_t)*number++);
    digits = strspn(number, "0123456789");
    for (size_t i = 0; i < digits; i++) {
        if (thousands && i && (digits - i) % 3 == 0)
            buffer_text(out, t == FILL_EN ? "," : " ");
        buffer_byte(out, (uint8_t)number[i]);
    }
    for (const char *at = number + digits; *at; at++)
        buffer_byte(out, (uint8_t)(*at == '.' && t != FILL_EN ? ',' : *at));
}

/* ---- dates and times ---- */

static void echo_day(buffer *out, int64_t days, const fill_question *q,
                     fill_tongue t)
{
    int year, month, day;
    fill_date_of(&year, &month, &day, days);
    if (q->detail == FILL_YEAR)
        buffer_format(out, "%d", year);
    else if (q->detail == FILL_MONTH)
        buffer_format(out, "%s %d", fill_month_name(t, month), year);
    else
        buffer_format(out, "%s %d%s %s %d",
                      fill_weekday_name(t, (int)(((days + 4) % 7 + 7) % 7)),
                      day, t == FILL_FR && day == 1 ? "er" : "",
                      fill_month_name(t, month), year);
    if (q->calendar != 'i')
        return;
    fill_hijri_of(&year, &month, &day, days);
    if (q->detail == FILL_DAY)
        buffer_format(out, " (%d %s %d)", day, fill_hijri_month(t, month),
                      year);
    else
        buffer_format(out, " (%s %d)", fill_hijri_month(t, month), year);
}

/* The date at the start of VALUE; 0: it is none. */
static int echo_date(buffer *out, const fill_question *q, fill_tongue t)
{
    int year, month, day;
    if (sscanf(q->value, "%4d-%2d-%2d", &year, &month, &day) != 3 ||
        !clock_valid_date(year, month, day))
        return 0;
    echo_day(out, fill_days(year, month, day), q, t);
    return 1;
}

static void echo_time(buffer *out, const char *value)
{
    size_t length = strncmp(value + 5, ":00", 3) == 0 ? 5 : 8;
    buffer_bytes(out, value, strlen(value) < length ? strlen(value) : length);
}

/* ---- places ---- */

static void echo_coordinate(buffer *out, double value, fill_tongue t,
                            int is_longitude)
{
    static const char *const signs[3][4] = {{"N", "S", "E", "W"},
                                            {"N", "S", "E", "O"},
                                            {"شمالا", "جنوبا", "شرقا", "غربا"}};
    char digits[40];
    text_from_decimal(digits, round(fabs(value) * 1e6) / 1e6);
    echo_number(out, digits, t, 0);
    buffer_format(out, " %s", signs[t][2 * is_longitude + (value < 0)]);
}

static void echo_point(buffer *out, const char *value, fill_tongue t)
{
    double n[4] = {0};
    if (sscanf(value, "%lf %lf %lf %lf", &n[0], &n[1], &n[2], &n[3]) < 2)
        return;
    echo_coordinate(out, n[0], t, 0);
    buffer_text(out, t == FILL_AR ? "، " : ", ");
    echo_coordinate(out, n[1], t, 1);
    if (n[3] > 0)
        buffer_format(out, t == FILL_AR ? " (±%.0f م)" : " (±%.0f m)", n[3]);
}

/* Great-circle metres on the sphere that ODK's functions use (radius
 * 6,378,100 m). */
static double metres(const double a[2], const double b[2])
{
    double r = acos(-1) / 180, x = sin((b[0] - a[0]) * r / 2),
           y = sin((b[1] - a[1]) * r / 2);
    double h = x * x + cos(a[0] * r) * cos(b[0] * r) * y * y;
    return 2 * 6378100 * asin(sqrt(h < 1 ? h : 1));
}

/* In the form's language, which need not be the program's: not by ngettext().
 */
static void echo_count(buffer *out, size_t count, fill_tongue t)
{
    static const char *const one[3] = {"1 point", "1 point", "نقطة واحدة"};
    if (count == 1)
        buffer_text(out, one[t]);
    else if (t == FILL_AR && count == 2)
        buffer_text(out, "نقطتان");
    else
        buffer_format(out, "%zu %s", count,
                      t != FILL_AR                            ? "points"
                      : count % 100 >= 3 && count % 100 <= 10 ? "نقط"
                                                              : "نقطة");
}

static void echo_points(buffer *out, const char *value, fill_tongue t)
{
    double before[2] = {0}, now[2], length = 0;
    size_t count = 0;
    char digits[40];
    for (const char *at = value; *at;) {
        if (sscanf(at, "%lf %lf", &now[0], &now[1]) == 2) {
            if (count++)
                length += metres(before, now);
            memcpy(before, now, sizeof before);
        }
        at += strcspn(at, ";");
        at += *at == ';';
    }
    echo_count(out, count, t);
    buffer_text(out, t == FILL_AR ? "، " : ", ");
    text_from_decimal(digits, length < 10000 ? round(length)
                                             : round(length / 10) / 100);
    echo_number(out, digits, t, 0);
    buffer_text(out, length < 10000 ? (t == FILL_AR ? " م" : " m")
                                    : (t == FILL_AR ? " كم" : " km"));
}

/* ---- all ---- */

static void write_echo(buffer *out, const fill_question *q, fill_tongue t)
{
    static const char *const yes[3] = {"yes", "oui", "نعم"};
    const char *clock;
    switch (q->kind) {
    case FILL_ONE:
    case FILL_MANY:
    case FILL_RANK:
        echo_choices(out, q, t);
        break;
    case FILL_INTEGER:
    case FILL_DECIMAL:
    case FILL_RANGE:
        echo_number(out, q->value, t, q->thousands);
        break;
    case FILL_DATE:
        echo_date(out, q, t);
        break;
    case FILL_TIME:
        echo_time(out, q->value);
        break;
    case FILL_DATETIME:
        clock = strchr(q->value, 'T');
        if (echo_date(out, q, t) && clock) {
            buffer_byte(out, ' ');
            echo_time(out, clock + 1);
        }
        break;
    case FILL_POINT:
        echo_point(out, q->value, t);
        break;
    case FILL_TRACE:
    case FILL_SHAPE:
        echo_points(out, q->value, t);
        break;
    case FILL_ACKNOWLEDGE:
        buffer_text(out, strcmp(q->value, "OK") == 0 ? yes[t] : q->value);
        break;
    default:
        if (q->masked)
            for (const char *at = q->value; *at; at++)
                buffer_bytes(out, "*", ((unsigned char)*at & 0xC0) != 0x80);
    }
    if (!out->length)
        buffer_text(out, q->value);
}

int fill_echo(const char **out, fill *f, const fill_question *q, arena *memory)
{
    buffer words = {0};
    int code;
    *out = "";
    if (!*q->value)
        return TAWAM_OK;
    write_echo(&words, q, fill_tongue_of(f));
    code = buffer_check(&words);
    if (code == TAWAM_OK) {
        *out = arena_string(memory, words.data ? (char *)words.data : "");
        code = *out ? TAWAM_OK : TAWAM_EMEMORY;
    }
    buffer_free(&words);
    return code;
}
