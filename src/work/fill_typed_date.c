/* SPDX-License-Identifier: MIT */
/* Dates and times as a person types them. The day stands before the month, as
 * in Morocco and France; of a year of two digits, that is meant which is not
 * more than ten years ahead. */
#include "work/fill_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct date {
    int year, month, day; /* 0: not told */
} date;

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- parts ---- */

static int this_year(void)
{
    int year, month, day;
    fill_date_of(&year, &month, &day, fill_today());
    return year;
}

/* 26 -> 2026, 85 -> 1985; DIGITS is how many were typed. */
static int whole_year(int year, size_t digits)
{
    int now = this_year(), century = now - now % 100;
    if (digits > 2)
        return year;
    year += century;
    return year > now + 10 ? year - 100 : year;
}

static int number_at(const char *text, size_t digits)
{
    int number = 0;
    for (size_t i = 0; i < digits; i++)
        number = 10 * number + (text[i] - '0');
    return number;
}

/* The month that the folded word at TEXT names (three letters at least, or all
 * of it); 0: none. *LENGTH is the word's. */
static int month_at(size_t *length, const char *text)
{
    *length = strcspn(text, " ./-,0123456789");
    for (int month = 1; month <= 12; month++)
        for (int t = FILL_EN; t <= FILL_AR; t++) {
            char *name = text_fold(fill_month_name((fill_tongue)t, month));
            int is = name && *length &&
                     (strlen(name) == *length ||
                      (*length >= 3 && *length < strlen(name))) &&
                     strncmp(name, text, *length) == 0;
            free(name);
            if (is)
                return month;
        }
    return 0;
}

/* ---- today, -1d ---- */

static int is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return 1;
    return 0;
}

/* TEXT is folded. 1: a word for a day, so many from today. */
static int named_day(int *from_today, const char *text)
{
    static const char *const today[] = {
        "today", "t", "aujourd'hui", "aujourdhui", "auj", "اليوم", NULL};
    static const char *const before[] = {"yesterday", "hier", "امس", "البارحه",
                                         NULL};
    static const char *const after[] = {"tomorrow", "demain", "غدا", NULL};
    *from_today = is_one_of(text, before) ? -1 : is_one_of(text, after);
    return *from_today || is_one_of(text, today);
}

/* 'd', 'w', 'm', 'y' of a unit in three languages; 0. */
static char unit_of(const char *word)
{
    static const struct {
        const char *start;
        char unit;
    } units[] = {{"d", 'd'},  {"j", 'd'}, {"ي", 'd'},  {"w", 'w'},
                 {"se", 'w'}, {"s", 'w'}, {"اس", 'w'}, {"m", 'm'},
                 {"شه", 'm'}, {"ش", 'm'}, {"y", 'y'},  {"a", 'y'},
                 {"سن", 'y'}, {"س", 'y'}, {"عا", 'y'}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strncmp(word, units[i].start, strlen(units[i].start)) == 0)
            return units[i].unit;
    return *word ? '\0' : 'd';
}

static int days_in(int year, int month)
{
    int day = 31;
    while (!clock_valid_date(year, month, day))
        day--;
    return day;
}

/* "-1d", "+2w", "-3 mois". The day of a shorter month is its last. */
static int relative(date *out, const char *text)
{
    const char *at = text + 1;
    size_t digits;
    char unit;
    int amount, months;
    if (*text != '-' && *text != '+')
        return 0;
    at += strspn(at, " ");
    digits = strspn(at, "0123456789");
    unit = unit_of(at + digits + strspn(at + digits, " "));
    if (!digits || digits > 5 || !unit)
        return 0;
    amount = number_at(at, digits) * (*text == '-' ? -1 : 1);
    fill_date_of(&out->year, &out->month, &out->day,
                 fill_today() + (unit == 'd'   ? amount
                                 : unit == 'w' ? 7 * amount
                                               : 0));
    if (unit == 'd' || unit == 'w')
        return 1;
    months =
        out->year * 12 + out->month - 1 + (unit == 'm' ? amount : 12 * amount);
    out->year = months / 12;
    out->month = months % 12 + 1;
    if (out->year < 1 || out->year > 9999)
        return 0;
    if (out->day > days_in(out->year, out->month))
        out->day = days_in(out->year, out->month);
    return 1;
}

/* ---- numbers ---- */

typedef struct number {
    int value;
    size_t digits;
    int is_month; /* it was a name */
} number;

/* Numbers and names of months in TEXT (folded), at most four; -1: something
 * else is in it. */
static int split(number out[4], const char *text)
{
    int count = 0;
    while (*(text += strspn(text, " ./-,"))) {
        size_t length = strspn(text, "0123456789");
        if (count == 4 || length > 8)
            return -1;
        out[count] = (number){number_at(text, length), length, 0};
        if (!length) {
            out[count].value = month_at(&length, text);
            out[count].is_month = 1;
            if (!out[count].value)
                return -1;
        }
        text += length;
        /* French: 1er mai */
        if (out[count].value == 1 && strncmp(text, "er ", 3) == 0)
            text += 2;
        count++;
    }
    return count;
}

/* "010526", "01052026", "0105"; for a month "0526", "052026". */
static int run_together(date *out, const number *n, fill_date_detail detail)
{
    char text[16];
    size_t day = detail == FILL_DAY ? 2 : 0, rest;
    snprintf(text, sizeof text, "%0*d", (int)n->digits, n->value);
    if (n->digits < day + 2)
        return 0;
    rest = n->digits - day - 2;
    if (rest != 0 && rest != 2 && rest != 4)
        return 0;
    if (rest == 0 && detail != FILL_DAY)
        return 0;
    if (day)
        out->day = number_at(text, 2);
    out->month = number_at(text + day, 2);
    out->year =
        rest ? whole_year(number_at(text + day + 2, rest), rest) : this_year();
    return 1;
}

static int one_number(date *out, const number *n, fill_date_detail detail)
{
    if (n->is_month) {
        *out = (date){this_year(), n->value, 0};
        return detail == FILL_MONTH;
    }
    if (detail == FILL_YEAR || (detail == FILL_MONTH && n->digits == 0)) {
        out->year = whole_year(n->value, n->digits);
        return n->digits == 2 || n->digits == 4;
    }
    return run_together(out, n, detail);
}

/* Day and month, or month and year. */
static int two_numbers(date *out, const number *n, fill_date_detail detail)
{
    int year_first = n[0].digits == 4;
    if (detail == FILL_DAY) {
        int first = n[0].is_month;
        *out = (date){this_year(), n[!first].value, n[first].value};
        return n[first].digits <= 2 && n[!first].digits <= 2 &&
               n[0].is_month + n[1].is_month < 2;
    }
    out->year = whole_year(n[!year_first].value, n[!year_first].digits);
    out->month = n[year_first].value;
    return !n[!year_first].is_month;
}

static int three_numbers(date *out, const number *n)
{
    if (n[0].digits > 2) /* 2026-05-01 */
        *out = (date){n[0].value, n[1].value, n[2].value};
    else if (n[0].is_month) /* May 1, 2026 */
        *out =
            (date){whole_year(n[2].value, n[2].digits), n[0].value, n[1].value};
    else
        *out =
            (date){whole_year(n[2].value, n[2].digits), n[1].value, n[0].value};
    return !n[2].is_month && n[2].digits <= 4;
}

/* FOLDED text as a date; 0: it is none. */
static int read_date(date *out, const char *folded, fill_date_detail detail)
{
    number n[4];
    int from_today, count;
    if (named_day(&from_today, folded)) {
        fill_date_of(&out->year, &out->month, &out->day,
                     fill_today() + from_today);
        return 1;
    }
    if (relative(out, folded))
        return 1;
    count = split(n, folded);
    return count == 1   ? one_number(out, &n[0], detail)
           : count == 2 ? two_numbers(out, n, detail)
           : count == 3 ? three_numbers(out, n)
                        : 0;
}

static int say_no_date(const char *typed, fill_date_detail detail)
{
    return fill_not_understood(
        detail == FILL_YEAR ? _("'%.40s' is not a year; type it as 2026")
        : detail == FILL_MONTH
            ? _("'%.40s' is not a month; type it as 05/2026")
            : _("'%.40s' is not a date; type it as 1/5/2026, 010526, today "
                "or -1d"),
        typed);
}

static int typed_date(date *out, const fill_question *q, const char *typed)
{
    char *text = fill_ascii(typed), *folded = text ? text_fold(text) : NULL;
    int code = folded ? TAWAM_OK : TAWAM_EMEMORY;
    *out = (date){0};
    if (code == TAWAM_OK && !read_date(out, folded, q->detail))
        code = say_no_date(typed, q->detail);
    free(text);
    free(folded);
    if (code != TAWAM_OK)
        return code;
    if (q->detail != FILL_DAY)
        out->day = 1;
    if (q->detail == FILL_YEAR)
        out->month = 1;
    return clock_valid_date(out->year, out->month, out->day)
               ? TAWAM_OK
               : error_set(TAWAM_ENO, _("%d/%d/%d is no day of the calendar"),
                           out->day, out->month, out->year);
}

int fill_typed_date(buffer *out, const fill_question *q, const char *typed)
{
    date d;
    int code = typed_date(&d, q, typed);
    if (code == TAWAM_OK)
        buffer_format(out, "%04d-%02d-%02d", d.year, d.month, d.day);
    return code;
}

/* ---- times ---- */

typedef struct time_of_day {
    int hour, minute, second;
} time_of_day;

static int is_now(const char *folded)
{
    static const char *const words[] = {"now", "maintenant", "الان", "n", NULL};
    return is_one_of(folded, words);
}

static void time_now(time_of_day *out)
{
    int64_t now = clock_now();
    int64_t local = now / 1000 + clock_zone_minutes(now) * 60;
    int64_t seconds = ((local % 86400) + 86400) % 86400;
    *out = (time_of_day){(int)(seconds / 3600), (int)(seconds / 60 % 60),
                         (int)(seconds % 60)};
}

/* "pm", "p.m.", "م": 12; "am", "ص": 0; else -1. *LENGTH without it. */
static int half_of_day(const char *text, size_t *length)
{
    static const struct {
        const char *end;
        int hours;
    } ends[] = {{"pm", 12},  {"p.m.", 12}, {"am", 0},
                {"a.m.", 0}, {"م", 12},    {"ص", 0}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i].end);
        if (*length > end && strcmp(text + *length - end, ends[i].end) == 0) {
            *length -= end;
            return ends[i].hours;
        }
    }
    return -1;
}

static int read_time(time_of_day *out, const char *folded)
{
    int parts[3] = {0}, count = 0, half;
    size_t length = strlen(folded), digits = 0;
    half = half_of_day(folded, &length);
    for (size_t i = 0; i < length; i += digits) {
        while (i < length && strchr(" :.hms", folded[i]))
            i++;
        digits = strspn(folded + i, "0123456789");
        if (i == length)
            break;
        if (!digits || digits > 6 || count == 3 || i + digits > length)
            return 0;
        parts[count++] = number_at(folded + i, digits);
    }
    if (count == 1 && digits >= 3) { /* 1430, 930, 143005 */
        int seconds = digits >= 5;
        int value = parts[0];
        parts[2] = seconds ? value % 100 : 0;
        value = seconds ? value / 100 : value;
        parts[1] = value % 100;
        parts[0] = value / 100;
    }
    if (half >= 0 && parts[0] <= 12)
        parts[0] = parts[0] % 12 + half;
    *out = (time_of_day){parts[0], parts[1], parts[2]};
    return count > 0 && is_digit(folded[0]) && out->hour <= 23 &&
           out->minute <= 59 && out->second <= 59;
}

static int typed_time(time_of_day *out, const char *typed)
{
    char *text = fill_ascii(typed), *folded = text ? text_fold(text) : NULL;
    int code = folded ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && is_now(folded))
        time_now(out);
    else if (code == TAWAM_OK && !read_time(out, folded))
        code = fill_not_understood(
            _("'%.40s' is not a time; type it as 1430, 14:30 or now"), typed);
    free(text);
    free(folded);
    return code;
}

/* Minutes east of UTC at that local time. */
static int zone_at(int64_t local_milliseconds)
{
    int zone = clock_zone_minutes(local_milliseconds);
    return clock_zone_minutes(local_milliseconds - (int64_t)zone * 60000);
}

static void write_time(buffer *out, int64_t days, const time_of_day *t)
{
    int64_t seconds = t->hour * 3600 + t->minute * 60 + t->second;
    int zone = zone_at((days * 86400 + seconds) * 1000);
    buffer_format(out, "%02d:%02d:%02d.000%c%02d:%02d", t->hour, t->minute,
                  t->second, zone < 0 ? '-' : '+', abs(zone) / 60,
                  abs(zone) % 60);
}

int fill_typed_time(buffer *out, const char *typed)
{
    time_of_day t;
    int code = typed_time(&t, typed);
    if (code == TAWAM_OK)
        write_time(out, fill_today(), &t);
    return code;
}

/* A date, and behind its last blank a time; "now" alone. */
int fill_typed_datetime(buffer *out, const fill_question *q, const char *typed)
{
    char *text = fill_ascii(typed), *blank, *folded = NULL;
    time_of_day t;
    date d;
    int code = text && (folded = text_fold(text)) ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && is_now(folded)) {
        time_now(&t);
        fill_date_of(&d.year, &d.month, &d.day, fill_today());
    } else if (code == TAWAM_OK) {
        blank = strrchr(text, ' ');
        if (!blank)
            blank = strchr(text, 'T');
        if (!blank)
            code = fill_not_understood(
                _("'%.40s': type date and time, as 1/5/2026 14:30"), typed);
        else {
            *blank = '\0';
            code = typed_date(&d, q, text);
            if (code == TAWAM_OK)
                code = typed_time(&t, blank + 1);
        }
    }
    if (code == TAWAM_OK) {
        buffer_format(out, "%04d-%02d-%02dT", d.year, d.month, d.day);
        write_time(out, fill_days(d.year, d.month, d.day), &t);
    }
    free(text);
    free(folded);
    return code;
}
