/* SPDX-License-Identifier: MIT */
/* UTF-8, safe text, numbers. Hostile bytes first. */
#include "base/base.h"
#include "tests/tap.h"

#include <float.h>
#include <locale.h>
#include <math.h>

static void all_code_points_survive(void)
{
    long wrong = 0;

    for (uint32_t point = 0; point <= 0x110000; point++) {
        char bytes[4];
        uint32_t back = 0;
        size_t size = text_encode(bytes, point);
        int valid = point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF);

        if (!valid)
            wrong += size != 0;
        else
            wrong += text_decode(&back, bytes, size) != size || back != point ||
                     !text_valid(bytes, size);
    }
    is_int(wrong, 0, "each code point encodes and decodes, surrogates don't");
}

static void bad_bytes_are_replaced_one_by_one(void)
{
    static const char *const bad[] = {
        "\x80",             /* a tail without a lead */
        "\xC0\xAF",         /* '/' in two bytes */
        "\xE0\x80\xAF",     /* and in three */
        "\xED\xA0\x80",     /* a surrogate */
        "\xF4\x90\x80\x80", /* above U+10FFFF */
        "\xF8\x88\x80\x80", /* five-byte form */
        "\xE2\x82",         /* cut */
        "\xC3",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t point = 0;
        is_int(text_decode(&point, bad[i], strlen(bad[i])), 1,
               "bad sequence %zu takes one byte", i);
        is_int(point, 0xFFFD, "and reads as U+FFFD");
        ok(!text_valid(bad[i], strlen(bad[i])), "and is not valid");
    }
}

static void check_safe(const char *in, size_t length, int keep_lines,
                       const char *wanted, const char *what)
{
    char *out = text_safe(in, length, keep_lines);

    is_str(out, wanted, "safe: %s", what);
    free(out);
}

static void foreign_text_is_made_safe(void)
{
    check_safe("\033[2Jx", 5, 0, "\\x1b[2Jx", "an escape sequence shows");
    check_safe("a\0b", 3, 0, "a\\x00b", "NUL shows");
    check_safe("\xC2\x9B"
               "31m",
               5, 0, "\\u009b31m", "CSI in one character (C1) shows");
    check_safe("\x9B", 1, 0, "\\x9b", "a stray C1 byte shows");
    check_safe("a\xE2\x80\xAEtxt", 7, 0, "a\\u202etxt", "bidi override shows");
    check_safe("\xE2\x81\xA6", 3, 0, "\\u2066", "bidi isolate shows");
    check_safe("\xE2\x80\xA8", 3, 1, "\\u2028", "line separator shows");
    check_safe("a\tb\nc\r", 6, 0, "a\\tb\\nc\\r", "lines become escapes");
    check_safe("a\tb\nc\r", 6, 1, "a\tb\nc\\r", "or stay, but not a return");
    check_safe("\x7F", 1, 0, "\\x7f", "delete shows");
    check_safe("ماء é 水", strlen("ماء é 水"), 0, "ماء é 水",
               "letters stay as they are");
    check_safe("\xF3\xA0\x81\x81", 4, 0, "\\ue0041", "hidden tags show");
    check_safe("", 0, 0, "", "nothing stays nothing");
}

static void no_byte_reaches_the_terminal_raw(void)
{
    int wrong = 0;

    for (int a = 0; a < 256; a++) {
        for (int b = 0; b < 256; b++) {
            char in[] = {(char)a, (char)b};
            char *out = text_safe(in, 2, 0);
            for (const char *at = out; *at; at++)
                wrong += (unsigned char)*at < ' ' || *at == 0x7F;
            wrong += !text_valid(out, strlen(out));
            free(out);
        }
    }
    is_int(wrong, 0, "any two bytes come out valid and without controls");
}

static void check_integer(const char *text, int code, int64_t wanted)
{
    int64_t value = 0;

    is_int(text_integer(&value, text), code, "'%s' as an integer", text);
    if (code == TAWAM_OK)
        ok(value == wanted, "gives %lld", (long long)wanted);
}

static void check_decimal(const char *text, int code, double wanted)
{
    double value = 0;

    is_int(text_decimal(&value, text), code, "'%s' as a decimal", text);
    if (code == TAWAM_OK)
        ok(value == wanted, "gives %.17g", wanted);
}

static void numbers_are_strict(void)
{
    check_integer("0", TAWAM_OK, 0);
    check_integer("-9223372036854775808", TAWAM_OK, INT64_MIN);
    check_integer("9223372036854775807", TAWAM_OK, INT64_MAX);
    check_integer("9223372036854775808", TAWAM_EUSAGE, 0);
    check_integer("", TAWAM_EUSAGE, 0);
    check_integer("-", TAWAM_EUSAGE, 0);
    check_integer(" 1", TAWAM_EUSAGE, 0);
    check_integer("1 ", TAWAM_EUSAGE, 0);
    check_integer("+1", TAWAM_EUSAGE, 0);
    check_integer("0x10", TAWAM_EUSAGE, 0);
    check_integer("1.0", TAWAM_EUSAGE, 0);
    check_decimal("0.1", TAWAM_OK, 0.1);
    check_decimal("-5", TAWAM_OK, -5);
    check_decimal(".5", TAWAM_OK, 0.5);
    check_decimal("5.", TAWAM_OK, 5);
    check_decimal("1e-3", TAWAM_OK, 0.001);
    check_decimal("1E+20", TAWAM_OK, 1e20);
    check_decimal("1,5", TAWAM_EUSAGE, 0);
    check_decimal(".", TAWAM_EUSAGE, 0);
    check_decimal("1e", TAWAM_EUSAGE, 0);
    check_decimal("inf", TAWAM_EUSAGE, 0);
    check_decimal("nan", TAWAM_EUSAGE, 0);
    check_decimal("0x1p3", TAWAM_EUSAGE, 0);
    check_decimal("1e999", TAWAM_EUSAGE, 0);
    check_decimal(" 1", TAWAM_EUSAGE, 0);
    check_decimal("1 ", TAWAM_EUSAGE, 0);
}

static void check_shortest(double value, const char *wanted)
{
    char text[32];

    text_from_decimal(text, value);
    is_str(text, wanted, "%.17g prints as %s", value, wanted);
}

static void decimals_print_shortest(void)
{
    check_shortest(0.1, "0.1");
    check_shortest(5, "5");
    check_shortest(-3, "-3");
    check_shortest(0, "0");
    check_shortest(1e15, "1000000000000000");
    check_shortest(9007199254740991.0, "9007199254740991");
    check_shortest(1e20, "1e+20");
    check_shortest(-2.3205, "-2.3205");
    check_shortest(34.920833333333334, "34.920833333333334");
    check_shortest(5e-324, "5e-324");
    check_shortest(DBL_MAX, "1.7976931348623157e+308");
}

static void decimals_read_back(void)
{
    int wrong = 0;

    random_seed_for_tests(7);
    for (int i = 0; i < 20000; i++) {
        double value = 0, back = 0;
        char text[32];

        random_bytes(&value, sizeof value);
        if (!isfinite(value))
            continue;
        text_from_decimal(text, value);
        wrong += text_decimal(&back, text) < 0 || back != value;
    }
    random_seed_for_tests(0);
    is_int(wrong, 0, "20,000 random doubles read back as themselves");
}

static void the_locale_changes_no_number(void)
{
    static const char *const with_comma[] = {"fr_FR.UTF-8", "fr_MA.UTF-8",
                                             "de_DE.UTF-8"};
    const char *set = NULL;

    for (size_t i = 0; i < 3 && !set; i++)
        set = setlocale(LC_ALL, with_comma[i]);
    if (!set) {
        skip("no locale with a decimal comma is installed");
        return;
    }
    check_shortest(0.5, "0.5");
    check_decimal("0.5", TAWAM_OK, 0.5);
    setlocale(LC_ALL, "C");
}

static void check_bytes(uint64_t bytes, const char *wanted)
{
    char text[32];

    text_from_bytes(text, bytes);
    is_str(text, wanted, "%llu bytes", (unsigned long long)bytes);
}

static void sizes_read_well(void)
{
    check_bytes(0, "0 B");
    check_bytes(999, "999 B");
    check_bytes(1000, "1.0 kB");
    check_bytes(1249, "1.2 kB");
    check_bytes(9950, "10 kB");
    check_bytes(34000000, "34 MB");
    check_bytes(999499, "999 kB");
    check_bytes(999600, "1.0 MB");
    check_bytes(UINT64_MAX, "18 EB");
}

static void ascii_case_is_ascii_only(void)
{
    char name[] = "Water_POINT É";

    ok(text_equal_nocase("Household", "hOUSEHOLD"), "case doesn't count");
    ok(!text_equal_nocase("road", "roads"), "length does");
    ok(!text_equal_nocase("É", "é"), "letters beyond ASCII do");
    ok(text_compare_nocase("hd", "Id") < 0 &&
           text_compare_nocase("Id", "ID") == 0 &&
           text_compare_nocase("id", "i") > 0 &&
           text_compare_nocase("z", "é") < 0,
       "order by bytes in ASCII lower case");
    text_lower_ascii(name);
    is_str(name, "water_point É", "only ASCII is lowered");
}

int main(void)
{
    all_code_points_survive();
    bad_bytes_are_replaced_one_by_one();
    foreign_text_is_made_safe();
    no_byte_reaches_the_terminal_raw();
    numbers_are_strict();
    decimals_print_shortest();
    decimals_read_back();
    the_locale_changes_no_number();
    sizes_read_well();
    ascii_case_is_ascii_only();
    return done_testing();
}
