/* SPDX-License-Identifier: MIT */
/* TAP out of C, for prove. A test prints one line a check, then the plan:
 *
 *   int main(void)
 *   {
 *       ok(fid > 0, "a fresh row gets an id");
 *       is_str(text_fold("É"), "e", "accents fold");
 *       return done_testing();
 *   }
 *
 * Names are printf formats. Every check returns 1 if it passed. Strings of
 * is_str() are printed by diag() with controls escaped. */
#ifndef TAWAM_TESTS_TAP_H
#define TAWAM_TESTS_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

/* A comment on standard error, shown by prove -v and on failure. */
__attribute__((format(printf, 1, 2), unused)) static void
diag(const char *format, ...)
{
    va_list arguments;

    fputs("# ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

/* One result line; a failed one says where it stands. */
static int tap_result(int passed, const char *file, int line,
                      const char *directive, const char *format,
                      va_list arguments)
{
    printf("%sok %d - ", passed ? "" : "not ", ++tap_count);
    vprintf(format, arguments);
    printf("%s\n", directive);
    fflush(stdout);
    if (!passed && !*directive) {
        tap_failed++;
        diag("failed at %s:%d", file, line);
    }
    return passed;
}

__attribute__((format(printf, 4, 5), unused)) static int
tap_ok(int passed, const char *file, int line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    tap_result(passed, file, line, "", format, arguments);
    va_end(arguments);
    return passed;
}

__attribute__((unused)) static void tap_show(const char *what, const char *text)
{
    fprintf(stderr, "# %s: ", what);
    for (; text && *text; text++)
        fprintf(stderr, (unsigned char)*text < ' ' ? "\\x%02x" : "%c",
                (unsigned char)*text);
    fputs(text ? "\n" : "NULL\n", stderr);
}

__attribute__((format(printf, 5, 6), unused)) static int
tap_is_str(const char *got, const char *wanted, const char *file, int line,
           const char *format, ...)
{
    int same = got == wanted || (got && wanted && strcmp(got, wanted) == 0);
    va_list arguments;

    va_start(arguments, format);
    tap_result(same, file, line, "", format, arguments);
    va_end(arguments);
    if (!same) {
        tap_show("   got", got);
        tap_show("wanted", wanted);
    }
    return same;
}

__attribute__((format(printf, 5, 6), unused)) static int
tap_is_int(long long got, long long wanted, const char *file, int line,
           const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    tap_result(got == wanted, file, line, "", format, arguments);
    va_end(arguments);
    if (got != wanted)
        diag("   got: %lld\n# wanted: %lld", got, wanted);
    return got == wanted;
}

/* Count a known fault: it may fail without failing the run. */
__attribute__((format(printf, 2, 3), unused)) static int
todo(int passed, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    tap_result(passed, "", 0, " # TODO", format, arguments);
    va_end(arguments);
    return passed;
}

/* One check that can't run here, with the reason. */
__attribute__((format(printf, 1, 2), unused)) static void
skip(const char *format, ...)
{
    va_list arguments;

    printf("ok %d # SKIP ", ++tap_count);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* Stop the whole run of prove: going on would be of no use. */
__attribute__((format(printf, 1, 2), noreturn, unused)) static void
bail(const char *format, ...)
{
    va_list arguments;

    fputs("Bail out! ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    exit(255);
}

/* This whole test can't run here, with the reason; before any check. */
__attribute__((format(printf, 1, 2), noreturn, unused)) static void
skip_all(const char *format, ...)
{
    va_list arguments;

    fputs("1..0 # SKIP ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    exit(0);
}

/* The plan, and the exit status for main(). */
__attribute__((unused)) static int done_testing(void)
{
    printf("1..%d\n", tap_count);
    if (tap_failed > 0)
        diag("%d of %d failed", tap_failed, tap_count);
    return tap_failed > 0;
}

#define ok(passed, ...) tap_ok(!!(passed), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, wanted, ...)                                               \
    tap_is_str(got, wanted, __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, wanted, ...)                                               \
    tap_is_int((long long)(got), (long long)(wanted), __FILE__, __LINE__,      \
               __VA_ARGS__)

#endif
