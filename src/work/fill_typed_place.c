/* SPDX-License-Identifier: MIT */
/* Points, lines and areas as a person types them. */
#include "work/fill_internal.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- decimal degrees ---- */

/* The words of TEXT that stand apart by blanks and ';', without commas at their
 * ends; at most MOST. 0: too many or too long. */
static size_t split_words(char words[][32], size_t most, const char *text)
{
    size_t count = 0;
    while (*(text += strspn(text, " ;"))) {
        size_t length = strcspn(text, " ;"), kept = length;
        while (kept && text[kept - 1] == ',')
            kept--;
        if (count == most || kept >= 32)
            return 0;
        memcpy(words[count], text, kept);
        words[count][kept] = '\0';
        count += kept > 0;
        text += length;
    }
    return count;
}

/* "34.92,-2.32" and "34,92,-2,32" as two words; "34,92" is one number. */
static size_t split_commas(char words[4][32])
{
    char copy[32], *at[4] = {copy}, *comma;
    size_t count = 1;
    strcpy(copy, words[0]);
    for (char *c = copy; (c = strchr(c, ',')); count++) {
        if (count == 4)
            return 0;
        *c++ = '\0';
        at[count] = c;
    }
    if (count == 4) {
        snprintf(words[0], 32, "%.15s.%.15s", at[0], at[1]);
        snprintf(words[1], 32, "%.15s.%.15s", at[2], at[3]);
        return 2;
    }
    if (count != 2)
        return count == 1;
    comma = strchr(words[0], ',');
    if (!strchr(at[0], '.') && !strchr(at[1], '.') && comma[1] != '-')
        return 1; /* one number with a decimal comma */
    snprintf(words[0], 32, "%s", at[0]);
    snprintf(words[1], 32, "%s", at[1]);
    return 2;
}

static int decimal_word(double *out, char *word)
{
    char *end, *comma = strchr(word, ',');
    if (comma)
        *comma = '.';
    if (strspn(word, "+-0123456789.") != strlen(word) || !*word)
        return 0;
    *out = strtod(word, &end);
    return *end == '\0';
}

/* Two to four numbers: latitude, longitude, altitude, accuracy. 0: not that. */
static int read_decimal(double n[4], const char *text)
{
    char words[4][32];
    size_t count = split_words(words, 4, text);
    if (count == 1)
        count = split_commas(words);
    memset(n, 0, 4 * sizeof *n);
    for (size_t i = 0; i < count; i++)
        if (!decimal_word(&n[i], words[i]))
            return 0;
    return count >= 2;
}

/* ---- degrees, minutes, seconds ---- */

typedef struct angle {
    double parts[3]; /* degrees, minutes, seconds */
    int count;
    int is_negative;
    char side; /* N S E W, 0 not told */
} angle;

/* The side that the letters at AT name; 0: none. *LENGTH of the word. */
static char side_at(size_t *length, const char *at)
{
    static const struct {
        const char *start;
        char side;
    } sides[] = {{"شر", 'E'}, {"ش", 'N'}, {"ج", 'S'}, {"ق", 'E'}, {"غ", 'W'},
                 {"n", 'N'},  {"s", 'S'}, {"e", 'E'}, {"w", 'W'}, {"o", 'W'}};
    static const char *const words[] = {"n",     "nord", "north", "s",    "sud",
                                        "south", "e",    "est",   "east", "w",
                                        "west",  "o",    "ouest"};
    int known = 0;
    *length = strcspn(at, " 0123456789.,;-+");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        known |=
            strlen(words[i]) == *length && strncmp(at, words[i], *length) == 0;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        if (strncmp(at, sides[i].start, strlen(sides[i].start)) == 0)
            return known || (unsigned char)*at >= 0x80 ? sides[i].side : '\0';
    return '\0';
}

static int add_part(angle *a, const char **at)
{
    char word[32];
    size_t length = strspn(*at, "0123456789.,");
    while (length && strchr(",.", (*at)[length - 1]))
        length--;
    if (!length || length >= sizeof word || a->count == 3)
        return 0;
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length;
    return decimal_word(&a->parts[a->count++], word);
}

/* TEXT is folded; angles begin after a side or when one has ended: by its side,
 * by a sign, by a comma, or with degrees again. 0: not that. */
static int read_angles(angle a[2], const char *text)
{
    int n = 0, ends = 0; /* the present angle is complete */
    int is_marked = 0; /* sides or signs of degrees: else it is just numbers */
    size_t length;
    char side;
    memset(a, 0, 2 * sizeof *a);
    while (*(text += strspn(text, " ;,"))) {
        if ((unsigned char)*text == 0xC2 && (unsigned char)text[1] == 0xB0) {
            text += 2; /* ° */
            is_marked = 1;
            continue;
        }
        if (strchr("'\"", *text)) {
            text++;
            is_marked = 1;
            continue;
        }
        side = isdigit((unsigned char)*text) || *text == '-'
                   ? '\0'
                   : side_at(&length, text);
        if (side) {
            if (a[n].side && n == 0 && a[0].count)
                n = 1;
            if (a[n].side)
                return 0;
            a[n].side = side;
            is_marked = 1;
            text += length;
            ends = a[n].count > 0;
            continue;
        }
        if (*text == '-' || *text == '+' || ends || a[n].count == 3) {
            if (a[n].count && n == 1)
                return 0;
            n = a[n].count ? 1 : n;
            ends = 0;
            a[n].is_negative = *text == '-';
            text += *text == '-' || *text == '+';
        }
        if (!add_part(&a[n], &text))
            return 0;
    }
    return a[0].count && a[1].count && is_marked;
}

static int angle_value(double *out, const angle *a)
{
    *out = a->parts[0] + a->parts[1] / 60 + a->parts[2] / 3600;
    if (a->is_negative || a->side == 'S' || a->side == 'W')
        *out = -*out;
    return a->parts[1] < 60 && a->parts[2] < 60;
}

/* Rounded to a thousandth of a second of arc or so. */
static double tidy(double degrees)
{
    return round(degrees * 1e8) / 1e8;
}

static int read_degrees(double n[4], const char *text)
{
    angle a[2];
    int first;
    char *folded = text_fold(text);
    int is = folded && read_angles(a, folded);
    free(folded);
    if (!is)
        return 0;
    /* Longitude may come first where the sides say so. */
    first = a[0].side == 'E' || a[0].side == 'W' || a[1].side == 'N' ||
            a[1].side == 'S';
    if ((a[first].side == 'E' || a[first].side == 'W') ||
        (a[!first].side == 'N' || a[!first].side == 'S'))
        return 0;
    memset(n, 0, 4 * sizeof *n);
    is = angle_value(&n[0], &a[first]) && angle_value(&n[1], &a[!first]);
    n[0] = tidy(n[0]);
    n[1] = tidy(n[1]);
    return is;
}

/* ---- a point ---- */

static int write_point(buffer *out, const double n[4])
{
    char digits[32];
    if (fabs(n[0]) > 90 || fabs(n[1]) > 180)
        return error_set(TAWAM_ENO,
                         fabs(n[0]) <= 180 && fabs(n[1]) <= 90
                             ? _("latitude comes first, then longitude; a "
                                 "latitude is from -90 to 90")
                             : _("a latitude is from -90 to 90, a longitude "
                                 "from -180 to 180"));
    for (int i = 0; i < 4; i++) {
        text_from_decimal(digits, n[i]);
        buffer_format(out, "%s%s", i ? " " : "", digits);
    }
    return TAWAM_OK;
}

/* "zegzel#2", "zegzel #2": the second of the places of that name. */
static int place_named(double n[4], fill *f, const char *typed)
{
    char *words = memory_string(typed),
         *hash = words ? strrchr(words, '#') : NULL;
    fill_place *list = NULL;
    size_t count = 0, wanted = 0;
    arena *memory = NULL;
    int code = words ? arena_new(&memory) : TAWAM_EMEMORY;
    if (hash && strspn(hash + 1, "0123456789") == strlen(hash + 1)) {
        wanted = (size_t)strtol(hash + 1, NULL, 10);
        *hash = '\0';
        while (hash > words && hash[-1] == ' ')
            *--hash = '\0';
    }
    if (code == TAWAM_OK && f)
        code = fill_places(&list, &count, f, words, 20, memory);
    if (code == TAWAM_OK && count == 0)
        code = fill_not_understood(
            _("'%.60s' is neither a point (as 34.92 -2.32 or 34°55'N 2°19'W) "
              "nor a place that the territory knows"),
            typed);
    else if (code == TAWAM_OK && count > 1 && (wanted < 1 || wanted > count))
        code = fill_say_places(f, list, count);
    else if (code == TAWAM_OK) {
        memset(n, 0, 4 * sizeof *n);
        n[0] = list[wanted ? wanted - 1 : 0].latitude;
        n[1] = list[wanted ? wanted - 1 : 0].longitude;
    }
    arena_free(memory);
    free(words);
    return code;
}

int fill_typed_point(buffer *out, fill *f, const char *typed)
{
    double n[4];
    char *text = fill_ascii(typed);
    int code = text ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && !read_decimal(n, text) && !read_degrees(n, text))
        code = place_named(n, f, text);
    if (code == TAWAM_OK)
        code = write_point(out, n);
    free(text);
    return code;
}

/* ---- lines and areas ---- */

/* The points of VALUE, one string each, in MEMORY; an area's last one, which
 * is its first again, left out. */
static int points_of(const char ***out, size_t *count, const char *value,
                     int closed, arena *memory)
{
    size_t most = 1;
    const char **list;
    for (const char *at = value; *at; at++)
        most += *at == ';';
    list = arena_alloc(memory, (most + 1) * sizeof *list);
    *count = 0;
    if (!list)
        return TAWAM_EMEMORY;
    while (*(value += strspn(value, " ;"))) {
        size_t length = strcspn(value, ";"), kept = length;
        char *one;
        while (kept && value[kept - 1] == ' ')
            kept--;
        one = arena_alloc(memory, kept + 1);
        if (!one)
            return TAWAM_EMEMORY;
        memcpy(one, value, kept);
        list[(*count)++] = one;
        value += length;
    }
    if (closed && *count > 1 && strcmp(list[0], list[*count - 1]) == 0)
        --*count;
    *out = list;
    return TAWAM_OK;
}

/* Three points of an area or more are closed by the first. */
static void write_points(buffer *out, const char *const *list, size_t count,
                         int closed)
{
    for (size_t i = 0; i < count; i++)
        buffer_format(out, "%s%s", i ? "; " : "", list[i]);
    if (closed && count > 2)
        buffer_format(out, "; %s", list[0]);
}

int fill_typed_points(buffer *out, fill *f, const fill_question *q,
                      const char *typed)
{
    const char **list = NULL, **typed_list = NULL, **all;
    size_t count = 0, typed_count = 0;
    arena *memory = NULL;
    char *text = fill_ascii(typed);
    int closed = q->kind == FILL_SHAPE;
    int code = text ? arena_new(&memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = points_of(&list, &count, q->value, closed, memory);
    if (code == TAWAM_OK)
        code = points_of(&typed_list, &typed_count, text, 0, memory);
    if (code == TAWAM_OK && strcmp(text, "-") == 0) { /* without the last */
        write_points(out, list, count ? count - 1 : 0, closed);
        goto cleanup;
    }
    all = code == TAWAM_OK
              ? arena_alloc(memory, (count + typed_count + 1) * sizeof *all)
              : NULL;
    if (code == TAWAM_OK && !all)
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK && typed_count > 1)
        count = 0; /* a whole line replaces what was there */
    if (code == TAWAM_OK && count)
        memcpy(all, list, count * sizeof *all);
    for (size_t i = 0; code == TAWAM_OK && i < typed_count; i++) {
        buffer one = {0};
        code = fill_typed_point(&one, f, typed_list[i]);
        if (code == TAWAM_OK &&
            !(all[count++] = arena_string(memory, (char *)one.data)))
            code = TAWAM_EMEMORY;
        buffer_free(&one);
    }
    if (code == TAWAM_OK && closed && typed_count > 1 && count > 1 &&
        strcmp(all[0], all[count - 1]) == 0)
        count--;
    if (code == TAWAM_OK)
        write_points(out, all, count, closed);
cleanup:
    arena_free(memory);
    free(text);
    return code;
}
