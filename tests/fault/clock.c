/* SPDX-License-Identifier: MIT */
/* The library's clock: for a program that has it preloaded, and its children,
 * it is another time.
 *
 *   TAWAM_CLOCK=SECONDS       since 1970, when the program starts; may be
 *                             negative
 *   TAWAM_CLOCK_JUMP=N:DELTA  at the Nth question for the time in a process
 *                             the clock jumps by DELTA seconds
 *
 * After fault_stop_clock() it stands still.
 *
 * The kernel's own stamps on files stay what they are. */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "shim.h"

static int moved, stopped;
static struct timespec stopped_at;
static long offset; /* seconds between the clock that is shown and the real */
static long jump_at, jump_by;
static atomic_long asked;

static struct timespec real_time(void)
{
    struct timespec now = {0};

    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    return now;
}

__attribute__((constructor)) static void begin(void)
{
    const char *start = getenv("TAWAM_CLOCK");
    const char *jump = getenv("TAWAM_CLOCK_JUMP");
    char *rest = NULL;

    if (!start)
        return;
    moved = 1;
    offset = strtol(start, NULL, 10) - real_time().tv_sec;
    if (jump) {
        jump_at = strtol(jump, &rest, 10);
        jump_by = *rest ? strtol(rest + 1, NULL, 10) : 0;
    }
}

void fault_stop_clock(int64_t milliseconds)
{
    stopped = 1;
    stopped_at.tv_sec = milliseconds / 1000;
    stopped_at.tv_nsec = milliseconds % 1000 * 1000000;
}

static struct timespec shown_time(void)
{
    struct timespec now = stopped ? stopped_at : real_time();
    long number = moved ? atomic_fetch_add(&asked, 1) + 1 : 0;

    if (stopped || !moved)
        return now;
    now.tv_sec += offset;
    if (jump_at && number >= jump_at)
        now.tv_sec += jump_by;
    return now;
}

int clock_gettime(clockid_t which, struct timespec *out)
{
    if (which != CLOCK_REALTIME)
        return (int)syscall(SYS_clock_gettime, which, out);
    *out = shown_time();
    return 0;
}

time_t time(time_t *out)
{
    time_t now = shown_time().tv_sec;

    if (out)
        *out = now;
    return now;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now = shown_time();

    (void)zone;
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}
