/* SPDX-License-Identifier: MIT */
/* Dates, times and moments (ODK XForms, "Date and time functions").
 *
 * A date counts whole days since 1970-01-01 of the calendar, whatever the zone.
 * A moment counts days of UTC with a fraction; written without a zone it is of
 * the local one, and it is written with the local one. So a day's date never
 * shifts by a zone.
 */
#include "form/xpath_internal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000.0

typedef struct moment {
    int year, month, day;
    int has_time;
    int hour, minute, second, millisecond;
    int has_zone, zone; /* minutes east of UTC */
} moment;

/* ---- the calendar ---- */

/* Days from 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static int64_t days_from_date(int64_t year, int month, int day)
{
    int64_t era, year_of_era, day_of_year;
    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 -
           year_of_era / 100 + day_of_year - 719468;
}

static void date_from_days(moment *m, int64_t days)
{
    int64_t era, day_of_era, year_of_era, day_of_year, month;
    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    day_of_era = days - era * 146097;
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                   day_of_era / 146096) /
                  365;
    day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    month = (5 * day_of_year + 2) / 153;
    m->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    m->month = (int)(month < 10 ? month + 3 : month - 9);
    m->year = (int)(year_of_era + era * 400 + (m->month <= 2));
}

/* ---- reading ---- */

static int read_digits(int *out, const char **at, int count)
{
    *out = 0;
    for (int i = 0; i < count; i++) {
        if (**at < '0' || **at > '9')
            return 0;
        *out = *out * 10 + *(*at)++ - '0';
    }
    return 1;
}

static int read_char(const char **at, char c)
{
    if (**at != c)
        return 0;
    (*at)++;
    return 1;
}

/* "Z", "+hh:mm", "-hh" or nothing. */
static int read_zone(moment *m, const char **at)
{
    int hours = 0, minutes = 0, sign;
    if (read_char(at, 'Z')) {
        m->has_zone = 1;
        return 1;
    }
    sign = **at == '+' ? 1 : **at == '-' ? -1 : 0;
    if (!sign)
        return 1;
    (*at)++;
    if (!read_digits(&hours, at, 2))
        return 0;
    read_char(at, ':');
    if (**at && !read_digits(&minutes, at, 2))
        return 0;
    m->has_zone = 1;
    m->zone = sign * (hours * 60 + minutes);
    return hours <= 18 && minutes < 60;
}

/* "hh:mm", "hh:mm:ss", "hh:mm:ss.sss" and a zone. */
static int read_time(moment *m, const char **at)
{
    int scale = 100;
    if (!read_digits(&m->hour, at, 2) || !read_char(at, ':') ||
        !read_digits(&m->minute, at, 2))
        return 0;
    if (read_char(at, ':') && !read_digits(&m->second, at, 2))
        return 0;
    if (read_char(at, '.'))
        for (; **at >= '0' && **at <= '9'; (*at)++, scale /= 10)
            m->millisecond += (**at - '0') * scale;
    m->has_time = 1;
    return read_zone(m, at) && m->hour < 24 && m->minute < 60 && m->second < 61;
}

static int read_moment(moment *m, const char *text)
{
    const char *at = text + strspn(text, " \t\r\n");
    *m = (moment){0};
    if (!read_digits(&m->year, &at, 4) || !read_char(&at, '-') ||
        !read_digits(&m->month, &at, 2) || !read_char(&at, '-') ||
        !read_digits(&m->day, &at, 2) ||
        !clock_valid_date(m->year, m->month, m->day))
        return 0;
    if (read_char(&at, 'T') && !read_time(m, &at))
        return 0;
    return at[strspn(at, " \t\r\n")] == '\0';
}

int date_is_time(const char *text)
{
    moment m = {0};
    return read_time(&m, &text) && *text == '\0';
}

/* ---- days and back ---- */

/* Minutes east of UTC where the local clock shows LOCAL ms. */
static int zone_of_local(double local)
{
    int zone = clock_zone_minutes((int64_t)local);
    return clock_zone_minutes((int64_t)local - zone * 60000LL);
}

static double moment_days(const moment *m)
{
    double days = (double)days_from_date(m->year, m->month, m->day), ms;
    if (!m->has_time)
        return days;
    ms = days * DAY_MS + m->hour * 3600000.0 + m->minute * 60000.0 +
         m->second * 1000.0 + m->millisecond;
    return (ms - (m->has_zone ? m->zone : zone_of_local(ms)) * 60000.0) /
           DAY_MS;
}

int date_days(double *days, const char *text)
{
    moment m;
    if (!read_moment(&m, text))
        return 0;
    *days = moment_days(&m);
    return 1;
}

/* The local clock at DAYS of UTC. */
static void moment_from_days(moment *m, double days)
{
    int64_t ms = (int64_t)floor(days * DAY_MS + 0.5), day, rest;
    *m = (moment){.has_time = 1, .has_zone = 1};
    m->zone = clock_zone_minutes(ms);
    ms += m->zone * 60000LL;
    day = ms / 86400000 - (ms % 86400000 < 0);
    rest = ms - day * 86400000;
    date_from_days(m, day);
    m->hour = (int)(rest / 3600000);
    m->minute = (int)(rest / 60000 % 60);
    m->second = (int)(rest / 1000 % 60);
    m->millisecond = (int)(rest % 1000);
}

static int set_date(xpath_value *out, evaluation *e, const moment *m)
{
    double days = moment_days(m);
    char zone[16] = "Z";
    int code;
    if (m->zone)
        snprintf(zone, sizeof zone, "%c%02d:%02d", m->zone < 0 ? '-' : '+',
                 (m->zone < 0 ? -m->zone : m->zone) / 60 % 100,
                 (m->zone < 0 ? -m->zone : m->zone) % 60);
    code =
        m->has_time
            ? set_format(out, e, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%s",
                         m->year, m->month, m->day, m->hour, m->minute,
                         m->second, m->millisecond, zone)
            : set_format(out, e, "%04d-%02d-%02d", m->year, m->month, m->day);
    out->kind = XPATH_DATE;
    out->number = days;
    return code;
}

/* ---- date(), date-time(), today(), now() ---- */

static int within_years(double days)
{
    return days >= -719162 && days <= 2932896; /* years 1 to 9999 */
}

static int no_date(const char *name, const char *text, int is_time)
{
    char *safe = text_safe(text, strlen(text), 0);
    function_error(name,
                   is_time ? _("'%.60s' is no time; write 14:30")
                           : _("'%.60s' is no date; write 2026-05-31"),
                   safe ? safe : "");
    free(safe);
    return TAWAM_EUSAGE;
}

/* 1 if V is nothing: an empty text, or the number that one gives. TEXT is V as
 * text. */
static int is_nothing(const xpath_value *v, const char *text)
{
    return v->kind == XPATH_NUMBER ? isnan(v->number) : !*text;
}

/* V as a moment; 1 if it is one, 0 if empty, or the error of NAME. */
static int argument_moment(moment *m, evaluation *e, const char *name,
                           const xpath_value *v)
{
    const char *text = "";
    int code = value_text(&text, e, v);
    if (code != TAWAM_OK)
        return code;
    if (is_nothing(v, text))
        return 0;
    if (v->kind == XPATH_NUMBER && within_years(v->number)) {
        double days = floor(v->number);
        if (days == v->number) {
            *m = (moment){0};
            date_from_days(m, (int64_t)days);
        } else
            moment_from_days(m, v->number);
        return 1;
    }
    if (v->kind != XPATH_NUMBER && read_moment(m, text))
        return 1;
    return no_date(name, text, 0);
}

/* A moment's date is that of its own zone; of a number the whole days count. */
static int call_date(xpath_value *out, evaluation *e,
                     const xpath_value *arguments, size_t count)
{
    moment m;
    xpath_value days = arguments[0];
    int is;
    if (days.kind == XPATH_NUMBER)
        days.number = trunc(days.number);
    is = argument_moment(&m, e, "date", &days);
    (void)count;
    if (is < 0)
        return is;
    set_text(out, "");
    if (!is)
        return TAWAM_OK;
    m.has_time = m.has_zone = m.zone = 0;
    return set_date(out, e, &m);
}

static int call_date_time(xpath_value *out, evaluation *e,
                          const xpath_value *arguments, size_t count)
{
    moment m;
    int is = argument_moment(&m, e, "date-time", &arguments[0]);
    (void)count;
    if (is < 0)
        return is;
    set_text(out, "");
    if (!is)
        return TAWAM_OK;
    m.has_time = 1;
    if (!m.has_zone) {
        double local = (double)days_from_date(m.year, m.month, m.day) * DAY_MS +
                       m.hour * 3600000.0 + m.minute * 60000.0;
        m.zone = zone_of_local(local);
        m.has_zone = 1;
    }
    return set_date(out, e, &m);
}

static int set_now(xpath_value *out, evaluation *e, int has_time)
{
    moment m;
    moment_from_days(&m, (double)clock_now() / DAY_MS);
    if (!has_time)
        m.has_time = m.has_zone = m.zone = 0;
    return set_date(out, e, &m);
}

static int call_now(xpath_value *out, evaluation *e,
                    const xpath_value *arguments, size_t count)
{
    (void)arguments, (void)count;
    return set_now(out, e, 1);
}

static int call_today(xpath_value *out, evaluation *e,
                      const xpath_value *arguments, size_t count)
{
    (void)arguments, (void)count;
    return set_now(out, e, 0);
}

/* ---- as numbers ---- */

static int call_decimal_date_time(xpath_value *out, evaluation *e,
                                  const xpath_value *arguments, size_t count)
{
    const char *text = "";
    int code = value_text(&text, e, &arguments[0]);
    double days = value_number(e, &arguments[0]);
    (void)count;
    set_text(out, "");
    if (code != TAWAM_OK || is_nothing(&arguments[0], text))
        return code;
    set_number(out, days);
    return arguments[0].kind == XPATH_BOOLEAN || !within_years(days)
               ? no_date("decimal-date-time", text, 0)
               : TAWAM_OK;
}

/* Milliseconds of M's time of day on the local clock; of a time without a date
 * the local zone is today's. */
static double local_time(const moment *m, int has_date)
{
    double ms = m->hour * 3600000.0 + m->minute * 60000.0 + m->second * 1000.0 +
                m->millisecond;
    int64_t at = has_date ? (int64_t)(moment_days(m) * DAY_MS) : clock_now();
    if (m->has_zone)
        ms += (clock_zone_minutes(at) - m->zone) * 60000.0;
    return ms - floor(ms / DAY_MS) * DAY_MS;
}

/* The part of a day that a time is in the device's zone (ODK XForms,
 * decimal-time()); of a number what is behind the point. */
static int call_decimal_time(xpath_value *out, evaluation *e,
                             const xpath_value *arguments, size_t count)
{
    const char *text = "", *at;
    moment m = {0};
    int code = value_text(&text, e, &arguments[0]);
    (void)count;
    at = text;
    set_text(out, "");
    if (code != TAWAM_OK || is_nothing(&arguments[0], text))
        return code;
    if (arguments[0].kind == XPATH_NUMBER)
        set_number(out, arguments[0].number - floor(arguments[0].number));
    else if (read_moment(&m, text))
        set_number(out, m.has_time ? local_time(&m, 1) / DAY_MS : 0);
    else {
        m = (moment){0};
        if (read_time(&m, &at) && !*at)
            set_number(out, local_time(&m, 0) / DAY_MS);
        else
            code = no_date("decimal-time", text, 1);
    }
    return code;
}

/* ---- format-date ---- */

static const char *const MONTHS[3][12] = {
    {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
     "Nov", "Dec"},
    {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.",
     "oct.", "nov.", "déc."},
    {"يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو", "يوليوز", "غشت",
     "شتنبر", "أكتوبر", "نونبر", "دجنبر"}}; /* as said in Morocco */
static const char *const WEEKDAYS[3][7] = {
    {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
    {"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."},
    {"الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت"}};

static int language_of(const evaluation *e)
{
    const char *language = e->c->language ? e->c->language : "";
    return strncmp(language, "fr", 2) == 0   ? 1
           : strncmp(language, "ar", 2) == 0 ? 2
                                             : 0;
}

static int append_part(buffer *out, evaluation *e, const moment *m, char part)
{
    int language = language_of(e);
    int64_t days = days_from_date(m->year, m->month, m->day);
    switch (part) {
    case 'Y':
        buffer_format(out, "%04d", m->year);
        return 1;
    case 'y':
        buffer_format(out, "%02d", m->year % 100);
        return 1;
    case 'm':
        buffer_format(out, "%02d", m->month);
        return 1;
    case 'n':
        buffer_format(out, "%d", m->month);
        return 1;
    case 'b':
        buffer_text(out, MONTHS[language][m->month - 1]);
        return 1;
    case 'd':
        buffer_format(out, "%02d", m->day);
        return 1;
    case 'e':
        buffer_format(out, "%d", m->day);
        return 1;
    case 'a':
        buffer_text(out, WEEKDAYS[language][((days + 4) % 7 + 7) % 7]);
        return 1;
    case '%':
        buffer_byte(out, '%');
        return 1;
    default:
        return 0;
    }
}

static int append_time_part(buffer *out, const moment *m, char part)
{
    switch (part) {
    case 'H':
        buffer_format(out, "%02d", m->hour);
        return 1;
    case 'h':
        buffer_format(out, "%d", m->hour);
        return 1;
    case 'M':
        buffer_format(out, "%02d", m->minute);
        return 1;
    case 'S':
        buffer_format(out, "%02d", m->second);
        return 1;
    case '3':
        buffer_format(out, "%03d", m->millisecond);
        return 1;
    default:
        return 0;
    }
}

static int format_moment(xpath_value *out, evaluation *e, const char *name,
                         const moment *m, const char *format)
{
    buffer text = {0};
    int code = TAWAM_OK;
    for (; code == TAWAM_OK && *format; format++) {
        if (*format != '%')
            buffer_byte(&text, (uint8_t)*format);
        else if (!format[1])
            code = function_error(name, _("a lone %% at the format's end"));
        else if (append_part(&text, e, m, format[1]) ||
                 append_time_part(&text, m, format[1]))
            format++;
        else
            code = function_error(
                name,
                _("%%%c is no part of a date; there "
                  "are Y y m n b d e a H h M S 3"),
                format[1] >= ' ' && format[1] < 127 ? format[1] : '?');
    }
    if (code == TAWAM_OK)
        code = buffer_check(&text);
    if (code == TAWAM_OK)
        code = set_format(out, e, "%s", text.data ? (char *)text.data : "");
    buffer_free(&text);
    return code;
}

static int call_format(xpath_value *out, evaluation *e, const char *name,
                       const xpath_value *arguments)
{
    const char *format = "";
    moment m;
    int is = argument_moment(&m, e, name, &arguments[0]);
    int code = is < 0 ? is : value_text(&format, e, &arguments[1]);
    set_text(out, "");
    return code == TAWAM_OK && is ? format_moment(out, e, name, &m, format)
                                  : code;
}

static int call_format_date(xpath_value *out, evaluation *e,
                            const xpath_value *arguments, size_t count)
{
    (void)count;
    return call_format(out, e, "format-date", arguments);
}

static int call_format_date_time(xpath_value *out, evaluation *e,
                                 const xpath_value *arguments, size_t count)
{
    (void)count;
    return call_format(out, e, "format-date-time", arguments);
}

const function FUNCTIONS_DATE[] = {
    {"today", 0, 0, call_today, NULL},
    {"now", 0, 0, call_now, NULL},
    {"date", 1, 1, call_date, NULL},
    {"date-time", 1, 1, call_date_time, NULL},
    {"decimal-date-time", 1, 1, call_decimal_date_time, NULL},
    {"decimal-time", 1, 1, call_decimal_time, NULL},
    {"format-date", 2, 2, call_format_date, NULL},
    {"format-date-time", 2, 2, call_format_date_time, NULL},
    {NULL, 0, 0, NULL, NULL}};
