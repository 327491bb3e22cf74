/* SPDX-License-Identifier: MIT */
/* Time: the wall clock (a test may replace it), ISO 8601, and the hybrid
 * logical clock that orders commits. */
#ifndef TAWAM_BASE_CLOCK_H
#define TAWAM_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds since 1970-01-01 UTC. The source can be replaced for tests;
 * NULL restores the real one. clock_fix() stops it at a value. */
int64_t clock_now(void);
void clock_source(int64_t (*source)(void));
void clock_fix(int64_t milliseconds);
/* Milliseconds that only grow, for durations and watchdogs. */
int64_t clock_monotonic(void);
/* Minutes east of UTC of the local zone at that time. */
int clock_zone_minutes(int64_t milliseconds);

/* "2026-11-22T20:30:05.123Z" (24 characters + NUL, the form GeoPackage wants
 * of a DATETIME), OUT at least 32 bytes; years 0001 to 9999, else clamped. */
void clock_format(char *out, int64_t milliseconds);
/* "2026-11-22 20:30" in local time. */
void clock_format_local(char *out, int64_t milliseconds);
/* Accepts YYYY-MM-DD, with T or blank HH:MM[:SS[.mmm]], with Z, +hh:mm or none
 * (none is UTC). TAWAM_OK or TAWAM_EUSAGE with a message. */
int clock_parse(int64_t *milliseconds, const char *text);
/* 1 if Y-M-D is a day of the Gregorian calendar, years 1 to 9999. */
int clock_valid_date(int year, int month, int day);

/* What a commit's date can be: libgit2 1.5 writes 32 bits without a sign, so
 * a clock before 1970 would be one in 2106, and one past 2106 years behind. */
#define CLOCK_COMMIT_LAST INT64_C(0xFFFFFFFF) /* 2106-02-07 */
/* SECONDS, or the nearest that a commit's date can be. */
int64_t clock_commit_seconds(int64_t seconds);
/* Hybrid logical clock in whole seconds, for git's committer date: the later
 * of the wall clock and one second past LATEST (the latest of the parents';
 * INT64_MIN without any). A wall clock past 2103 counts as 2103, so that a
 * wrong one leaves room for 67 million commits after it; at the end of what a
 * date can be, LATEST is given again. */
int64_t clock_hybrid_seconds(int64_t wall_milliseconds, int64_t latest);

#endif
