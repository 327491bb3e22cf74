/* SPDX-License-Identifier: MIT */
/* Canonical texts that stand for numbers: dates, datetimes, uuids; and reals
 * that stand for decimals. A scan says 1 only if printing gives back the very
 * same bytes, so that nothing is lost by storing the number.
 */
#include <math.h>
#include <string.h>
#include "sync/changeset_internal.h"

static const double POWERS[LANE_EXPONENT + 1] = {
    1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

#define LARGEST_PLACE 0x7fefffffffffffff /* of the largest finite double */

static int place_of(int64_t *place, double value)
{
    uint64_t bits = 0, magnitude = 0;

    memcpy(&bits, &value, 8);
    magnitude = bits & INT64_MAX;
    if (magnitude > LARGEST_PLACE || (signbit(value) && magnitude == 0))
        return 0;
    *place = signbit(value) ? -(int64_t)magnitude : (int64_t)magnitude;
    return 1;
}

static double at_place(int64_t place)
{
    uint64_t bits = place < 0 ? 0 - (uint64_t)place : (uint64_t)place;
    double value = 0;

    if (bits > LARGEST_PLACE)
        return NAN;
    memcpy(&value, &bits, 8);
    return place < 0 ? -value : value;
}

/* Below 2^50 the product is off by less than 1/2, so llround finds the only
 * integer that may do; the division, correctly rounded, decides. */
int decimal_scale(int64_t *whole, double value, unsigned exponent)
{
    double scaled = 0;

    if (exponent == EXPONENT_EXACT)
        return place_of(whole, value);
    scaled = value * POWERS[exponent];
    if (!(fabs(scaled) < (double)LANE_WHOLE))
        return 0;
    *whole = llround(scaled);
    if (*whole == 0 && signbit(value))
        return 0;
    return decimal_unscale(*whole, exponent) == value;
}

double decimal_unscale(int64_t whole, unsigned exponent)
{
    return exponent == EXPONENT_EXACT ? at_place(whole)
                                      : (double)whole / POWERS[exponent];
}

/* COUNT digits as a number; -1 if one is none. */
static int digits(const char *text, int count)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

void print_digits(char *out, int count, int64_t value)
{
    while (count--) {
        out[count] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* Days since 1970-01-01 of a Gregorian day, and back, by whole 400-year eras
 * of 146,097 days counted from 1 March of year 0 (a year that ends with
 * February has its leap day last). Years 0 to 9999. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = year + 400 - (month <= 2); /* never negative */
    int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

    return 365 * y + y / 4 - y / 100 + y / 400 + of_year - 719468 - 146097;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
    int64_t shifted = days + 719468 + 146097;
    int64_t era = shifted / 146097, of_era = shifted % 146097;
    int64_t y =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;

    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(era * 400 + y - 400 + (*month <= 2));
}

int date_scan(int64_t *days, const char *text, size_t length)
{
    int year, month, day;
    char again[32];

    if (length != 10 || text[4] != '-' || text[7] != '-')
        return 0;
    year = digits(text, 4);
    month = digits(text + 5, 2);
    day = digits(text + 8, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1)
        return 0;
    *days = days_of(year, month, day);
    date_print(again, *days);
    return memcmp(again, text, 10) == 0;
}

/* DAYS from DATE_MIN to DATE_MAX. */
void date_print(char *out, int64_t days)
{
    int year = 0, month = 0, day = 0;

    date_of(days, &year, &month, &day);
    print_digits(out, 4, year);
    out[4] = '-';
    print_digits(out + 5, 2, month);
    out[7] = '-';
    print_digits(out + 8, 2, day);
    out[10] = '\0';
}

int datetime_scan(int64_t *milliseconds, const char *text, size_t length)
{
    int64_t days = 0;
    int hour, minute, second, fraction;

    if (length != 24 || !date_scan(&days, text, 10) || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':' || text[19] != '.' ||
        text[23] != 'Z')
        return 0;
    hour = digits(text + 11, 2);
    minute = digits(text + 14, 2);
    second = digits(text + 17, 2);
    fraction = digits(text + 20, 3);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 59 || fraction < 0)
        return 0;
    *milliseconds = days * DAY_MILLISECONDS +
                    ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
    return 1;
}

void datetime_print(char *out, int64_t milliseconds)
{
    int64_t days = milliseconds / DAY_MILLISECONDS;
    int64_t rest = milliseconds % DAY_MILLISECONDS;

    if (rest < 0) {
        rest += DAY_MILLISECONDS;
        days--;
    }
    date_print(out, days);
    out[10] = 'T';
    print_digits(out + 11, 2, rest / 3600000);
    out[13] = ':';
    print_digits(out + 14, 2, rest / 60000 % 60);
    out[16] = ':';
    print_digits(out + 17, 2, rest / 1000 % 60);
    out[19] = '.';
    print_digits(out + 20, 3, rest % 1000);
    memcpy(out + 23, "Z", 2);
}

/* ---- uuids ---- */

static int is_dash(int i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

int uuid_scan(uint8_t out[16], const char *text, size_t length)
{
    int nibbles = 0;

    if (length != 36)
        return 0;
    memset(out, 0, 16);
    for (int i = 0; i < 36; i++) {
        char c = text[i];
        if (is_dash(i)) {
            if (c != '-')
                return 0;
            continue;
        }
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return 0;
        out[nibbles / 2] = (uint8_t)(out[nibbles / 2] << 4 |
                                     (c <= '9' ? c - '0' : c - 'a' + 10));
        nibbles++;
    }
    return 1;
}

void uuid_print(char out[37], const uint8_t in[16])
{
    int nibbles = 0;

    for (int i = 0; i < 36; i++) {
        if (is_dash(i)) {
            out[i] = '-';
            continue;
        }
        out[i] =
            "0123456789abcdef"[in[nibbles / 2] >> (nibbles % 2 ? 0 : 4) & 15];
        nibbles++;
    }
    out[36] = '\0';
}
