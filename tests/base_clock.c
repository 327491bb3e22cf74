/* SPDX-License-Identifier: MIT */
/* Time: the calendar against the C library's, parsing, the hybrid clock. */
#include "base/base.h"
#include "tests/tap.h"

#include <time.h>

static void check_parse(const char *text, const char *wanted)
{
    int64_t at = 0;
    char out[32] = "";

    is_int(clock_parse(&at, text), TAWAM_OK, "'%s' is a date", text);
    clock_format(out, at);
    is_str(out, wanted, "'%s' is %s", text, wanted);
}

static void dates_are_read(void)
{
    check_parse("2026-11-22", "2026-11-22T00:00:00.000Z");
    check_parse("2026-11-22T20:30", "2026-11-22T20:30:00.000Z");
    check_parse("2026-11-22 20:30:05", "2026-11-22T20:30:05.000Z");
    check_parse("2026-11-22T20:30:05.1239Z", "2026-11-22T20:30:05.123Z");
    check_parse("2026-11-22T20:30:05.5+01:00", "2026-11-22T19:30:05.500Z");
    check_parse("2026-01-01T00:30+01:00", "2025-12-31T23:30:00.000Z");
    check_parse("2024-02-29T23:00-09:30", "2024-03-01T08:30:00.000Z");
    check_parse("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z");
    check_parse("0001-01-01", "0001-01-01T00:00:00.000Z");
    check_parse("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z");
}

static void wrong_dates_are_refused(void)
{
    static const char *const wrong[] = {
        "",
        "2026",
        "2026-13-01",
        "2026-00-10",
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "26-11-22",
        "2026-11-2",
        "2026-11-22T",
        "2026-11-22T24:00",
        "2026-11-22T12:60",
        "2026-11-22x",
        "2026-11-22T12:00:60",
        "2026-11-22T12:00z",
        "2026-11-22T12:00+1",
        "2026-11-22T12:00+15:00",
        " 2026-11-22",
        "2026-11-22 ",
        "0000-01-01",
        "2026-11-22T12:00:00.",
        "2026-11-22T12:00ZZ",
        "2026-11-22Z",
        "22/11/2026",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t at = 42;
        is_int(clock_parse(&at, wrong[i]), TAWAM_EUSAGE, "'%s' is refused",
               wrong[i]);
        is_int(at, 42, "and writes nothing");
    }
}

static void leap_years_follow_gregory(void)
{
    ok(clock_valid_date(2024, 2, 29), "2024 leaps");
    ok(clock_valid_date(2000, 2, 29), "2000 leaps");
    ok(!clock_valid_date(1900, 2, 29), "1900 doesn't");
    ok(!clock_valid_date(2023, 2, 29), "2023 doesn't");
    ok(!clock_valid_date(2024, 2, 30), "no 30 February");
    ok(!clock_valid_date(10000, 1, 1), "no year 10000");
    ok(!clock_valid_date(2024, 12, 0), "no day 0");
}

static void the_calendar_agrees_with_the_c_library(void)
{
    int wrong = 0;

    /* Every 20 hours and some milliseconds from year 1 to 9999. */
    for (int64_t at = INT64_C(-62135596800000); at <= INT64_C(253402300799999);
         at += INT64_C(72000000) * 37 + 1234567) {
        time_t seconds = (time_t)((at - ((at % 1000) + 1000) % 1000) / 1000);
        struct tm utc;
        char wanted[64], got[32];
        int64_t back = 0;

        gmtime_r(&seconds, &utc);
        snprintf(wanted, sizeof wanted, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                 utc.tm_min, utc.tm_sec, (int)(((at % 1000) + 1000) % 1000));
        clock_format(got, at);
        if (strcmp(got, wanted) != 0 || clock_parse(&back, got) < 0 ||
            back != at)
            wrong++;
    }
    is_int(wrong, 0, "100,000 days agree with gmtime and read back");
}

static void years_are_clamped(void)
{
    char out[32];

    clock_format(out, INT64_MIN);
    is_str(out, "0001-01-01T00:00:00.000Z", "no year before 1");
    clock_format(out, INT64_MAX);
    is_str(out, "9999-12-31T23:59:59.999Z", "none after 9999");
    clock_format_local(out, INT64_MIN);
    is_int(strlen(out), 16, "local time is clamped too");
}

static void zones_come_from_the_system(void)
{
    char out[32];

    setenv("TZ", "XXX-05:30", 1);
    tzset();
    is_int(clock_zone_minutes(0), 330, "half hours count");
    clock_format_local(out, 0);
    is_str(out, "1970-01-01 05:30", "local time is shifted");
    setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
    tzset();
    is_int(clock_zone_minutes(INT64_C(1767225600000)), -300, "winter");
    is_int(clock_zone_minutes(INT64_C(1782864000000)), -240, "summer");
    clock_format_local(out, INT64_C(1767225600000));
    is_str(out, "2025-12-31 19:00", "west of UTC it is the day before");
    setenv("TZ", "UTC", 1);
    tzset();
}

static int64_t my_clock(void)
{
    return 77;
}

static void clocks_can_be_replaced(void)
{
    clock_fix(1234);
    is_int(clock_now(), 1234, "a fixed clock stands still");
    clock_source(my_clock);
    is_int(clock_now(), 77, "a clock of one's own");
    clock_source(NULL);
    ok(clock_now() > INT64_C(1600000000000), "the real one is after 2020");
    int64_t before = clock_monotonic();
    ok(clock_monotonic() >= before, "the monotonic one doesn't run back");
}

static void hybrid_time_never_runs_back(void)
{
    is_int(clock_hybrid_seconds(5000, 0), 5, "the wall clock when it is ahead");
    is_int(clock_hybrid_seconds(5999, 5), 6, "one past the parent when equal");
    is_int(clock_hybrid_seconds(5000, 100), 101, "and when behind");
    is_int(clock_hybrid_seconds(-1, -100), 0, "1969 is no date of a commit");
    is_int(clock_hybrid_seconds(7999, INT64_MIN), 7, "without a parent");
    is_int(clock_hybrid_seconds(INT64_C(16725225600000), 5), 4227858431,
           "a clock in 2500 counts as one in 2103");
    is_int(clock_hybrid_seconds(5000, 4227858431), 4227858432,
           "which leaves room after it");
    is_int(clock_hybrid_seconds(0, INT64_MAX), CLOCK_COMMIT_LAST,
           "no overflow");
    is_int(clock_commit_seconds(-86400), 0, "before 1970");
    is_int(clock_commit_seconds(INT64_C(1) << 32), CLOCK_COMMIT_LAST,
           "past 32 bits");
}

int main(void)
{
    dates_are_read();
    wrong_dates_are_refused();
    leap_years_follow_gregory();
    the_calendar_agrees_with_the_c_library();
    years_are_clamped();
    zones_come_from_the_system();
    clocks_can_be_replaced();
    hybrid_time_never_runs_back();
    return done_testing();
}
