/* SPDX-License-Identifier: MIT */
/* Time. The calendar is reckoned here (proleptic Gregorian, days from
 * 1970-01-01), since timegm() and strptime() know neither milliseconds nor a
 * strict form, and gmtime()'s range is wider than four-digit years. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/error.h"
#include "base/text.h"

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_DAY INT64_C(86400000)
#define EARLIEST INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define LATEST INT64_C(253402300799999)   /* 9999-12-31T23:59:59.999Z */

#define COMMIT_ROOM (INT64_C(1) << 26) /* seconds a wall clock never takes */

static int64_t (*replaced)(void);
static int64_t fixed_at;

static int64_t milliseconds_of(clockid_t which)
{
    struct timespec now = {0};

    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / 1000000;
}

int64_t clock_now(void)
{
    return replaced ? replaced() : milliseconds_of(CLOCK_REALTIME);
}

void clock_source(int64_t (*source)(void))
{
    replaced = source;
}

static int64_t stopped_clock(void)
{
    return fixed_at;
}

void clock_fix(int64_t milliseconds)
{
    fixed_at = milliseconds;
    replaced = stopped_clock;
}

int64_t clock_monotonic(void)
{
    return milliseconds_of(CLOCK_MONOTONIC);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t clamp(int64_t milliseconds)
{
    if (milliseconds < EARLIEST)
        return EARLIEST;
    return milliseconds > LATEST ? LATEST : milliseconds;
}

int clock_zone_minutes(int64_t milliseconds)
{
    time_t seconds = (time_t)floor_divide(clamp(milliseconds), MS_PER_SECOND);
    struct tm local = {0};

    if (!localtime_r(&seconds, &local))
        return 0;
    return (int)(local.tm_gmtoff / 60);
}

static int is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

int clock_valid_date(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in_month(year, month);
}

/* Days before 1 January of YEAR, counted from 0001-01-01. */
static int64_t days_before_year(int year)
{
    int64_t y = year - 1;

    return y * 365 + y / 4 - y / 100 + y / 400;
}

/* Days from 1970-01-01 to a valid date. */
static int64_t days_of_date(int year, int month, int day)
{
    int64_t days = days_before_year(year) - days_before_year(1970);

    for (int m = 1; m < month; m++)
        days += days_in_month(year, m);
    return days + day - 1;
}

static void date_of_days(int64_t days, int *year, int *month, int *day)
{
    int64_t since_one = days + days_before_year(1970);
    int y = (int)(since_one / 366) + 1; /* never too late */
    int m = 1;

    while (days_before_year(y + 1) <= since_one)
        y++;
    since_one -= days_before_year(y);
    while (since_one >= days_in_month(y, m))
        since_one -= days_in_month(y, m++);
    *year = y;
    *month = m;
    *day = (int)since_one + 1;
}

/* WITH_SECONDS: the whole form with milliseconds and Z; else to the minute. */
static void format_time(char *out, int64_t milliseconds, int with_seconds)
{
    int64_t days = floor_divide(milliseconds, MS_PER_DAY);
    int rest = (int)(milliseconds - days * MS_PER_DAY);
    int year = 0, month = 0, day = 0;
    char all[96] = ""; /* as long as the compiler fears */

    date_of_days(days, &year, &month, &day);
    snprintf(all, sizeof all, "%04d-%02d-%02d%c%02d:%02d:%02d.%03dZ", year,
             month, day, with_seconds ? 'T' : ' ', rest / 3600000,
             rest / 60000 % 60, rest / 1000 % 60, rest % 1000);
    if (!with_seconds)
        all[strlen("2026-11-22 20:30")] = '\0';
    memcpy(out, all, strlen(all) + 1);
}

void clock_format(char *out, int64_t milliseconds)
{
    format_time(out, clamp(milliseconds), 1);
}

void clock_format_local(char *out, int64_t milliseconds)
{
    int64_t zone = clock_zone_minutes(milliseconds);

    format_time(out, clamp(clamp(milliseconds) + zone * 60000), 0);
}

/* ---- parsing ---- */

/* Read COUNT digits at *AT into *VALUE and move on; 0 if they aren't there. */
static int take_digits(int *value, const char **at, int count)
{
    int v = 0;

    for (int i = 0; i < count; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9')
            return 0;
        v = v * 10 + (c - '0');
    }
    *at += count;
    *value = v;
    return 1;
}

static int take_char(const char **at, char wanted)
{
    if (**at != wanted)
        return 0;
    (*at)++;
    return 1;
}

/* A fraction of a second of 1 to 9 digits, cut to milliseconds. */
static int take_fraction(int *milliseconds, const char **at)
{
    int count = 0;
    int value = 0;

    for (; **at >= '0' && **at <= '9'; (*at)++, count++) {
        if (count < 3)
            value = value * 10 + (**at - '0');
    }
    for (int i = count; i < 3; i++)
        value *= 10;
    *milliseconds = value;
    return count >= 1 && count <= 9;
}

/* HH:MM[:SS[.fff]] as milliseconds of the day. */
static int take_time(int64_t *of_day, const char **at)
{
    int hour = 0, minute = 0, second = 0, milliseconds = 0;

    if (!take_digits(&hour, at, 2) || !take_char(at, ':') ||
        !take_digits(&minute, at, 2))
        return 0;
    if (take_char(at, ':')) {
        if (!take_digits(&second, at, 2))
            return 0;
        if (take_char(at, '.') && !take_fraction(&milliseconds, at))
            return 0;
    }
    if (hour > 23 || minute > 59 || second > 59)
        return 0;
    *of_day =
        ((hour * INT64_C(60) + minute) * 60 + second) * 1000 + milliseconds;
    return 1;
}

/* Nothing, Z, or +hh:mm / -hh:mm, as minutes east. */
static int take_zone(int *minutes_east, const char **at)
{
    int hour = 0, minute = 0;
    int sign = **at == '-' ? -1 : 1;

    *minutes_east = 0;
    if (**at == '\0' || take_char(at, 'Z'))
        return 1;
    if (!take_char(at, '+') && !take_char(at, '-'))
        return 0;
    if (!take_digits(&hour, at, 2) || !take_char(at, ':') ||
        !take_digits(&minute, at, 2) || hour > 14 || minute > 59)
        return 0;
    *minutes_east = sign * (hour * 60 + minute);
    return 1;
}

static int take_all(int64_t *milliseconds, const char *at)
{
    int year = 0, month = 0, day = 0, minutes_east = 0;
    int64_t of_day = 0;

    if (!take_digits(&year, &at, 4) || !take_char(&at, '-') ||
        !take_digits(&month, &at, 2) || !take_char(&at, '-') ||
        !take_digits(&day, &at, 2) || !clock_valid_date(year, month, day))
        return 0;
    if (*at != '\0') {
        if (!take_char(&at, 'T') && !take_char(&at, ' '))
            return 0;
        if (!take_time(&of_day, &at) || !take_zone(&minutes_east, &at))
            return 0;
    }
    if (*at != '\0')
        return 0;
    *milliseconds = days_of_date(year, month, day) * MS_PER_DAY + of_day -
                    minutes_east * INT64_C(60000);
    return 1;
}

int clock_parse(int64_t *milliseconds, const char *text)
{
    if (!take_all(milliseconds, text))
        return error_set(TAWAM_EUSAGE,
                         _("'%s' is no date: write YYYY-MM-DD or "
                           "YYYY-MM-DDTHH:MM:SSZ"),
                         text);
    return TAWAM_OK;
}

int64_t clock_commit_seconds(int64_t seconds)
{
    if (seconds < 0)
        return 0;
    return seconds < CLOCK_COMMIT_LAST ? seconds : CLOCK_COMMIT_LAST;
}

int64_t clock_hybrid_seconds(int64_t wall_milliseconds, int64_t latest)
{
    int64_t wall = floor_divide(wall_milliseconds, MS_PER_SECOND);

    if (wall > CLOCK_COMMIT_LAST - COMMIT_ROOM)
        wall = CLOCK_COMMIT_LAST - COMMIT_ROOM;
    if (latest >= CLOCK_COMMIT_LAST)
        return CLOCK_COMMIT_LAST;
    return clock_commit_seconds(wall > latest ? wall : latest + 1);
}
