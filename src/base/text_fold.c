/* SPDX-License-Identifier: MIT */
/* Folding for search and order: what a person takes for the same letter
 * becomes the same letter.
 *
 * Marks are dropped and letters that Unicode composes from a base and a mark
 * fold to that base, so a text folds alike however it was composed: hence
 * also و for ؤ and ي for ئ. A cursor yields folded code points one by one;
 * compare and contains need no memory. */
#include "base/text.h"
#include "base/text_internal.h"

#include <string.h>

/* Base letters of Latin blocks by code point; '.' stays as it is (or is in
 * the list of pairs below). */
static const char latin_1[] = /* U+00C0 */
    "aaaaaa.ceeeeiiiidnooooo.ouuuuy..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y";
static const char latin_a[] = /* U+0100 */
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkkkllllllllll"
    "nnnnnnnnnoooooo..rrrrrrsssssssstttttt"
    "uuuuuuuuuuuuwwyyyzzzzzzs";
static const char latin_b[] = /* U+01CD */
    "aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa..ooaaaaeeeeiiiioooorrrr"
    "uuuusstt..hh";
static const char latin_more[] = /* U+1E00 */
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnn"
    "nnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyy"
    "zzzzzzhtwyas....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooo"
    "oooooooooooouuuuuuuuuuuuuuyyyyyyyy";

_Static_assert(sizeof latin_1 == 64 + 1, "U+00C0 to U+00FF");
_Static_assert(sizeof latin_a == 128 + 1, "U+0100 to U+017F");

static const struct {
    uint32_t first;
    uint32_t count;
    const char *bases;
} latin[] = {
    {0x00C0, sizeof latin_1 - 1, latin_1},
    {0x0100, sizeof latin_a - 1, latin_a},
    {0x01CD, sizeof latin_b - 1, latin_b},
    {0x1E00, sizeof latin_more - 1, latin_more},
};

/* One code point to one or two. Ascending, for the search by halves. */
static const struct {
    uint16_t from, to, then;
} pairs[] = {
    {0x00A0, ' ', 0},    {0x00C6, 'a', 'e'},  {0x00DE, 't', 'h'},
    {0x00DF, 's', 's'},  {0x00E6, 'a', 'e'},  {0x00FE, 't', 'h'},
    {0x0132, 'i', 'j'},  {0x0133, 'i', 'j'},  {0x0152, 'o', 'e'},
    {0x0153, 'o', 'e'},  {0x0190, 0x025B, 0}, {0x0194, 0x0263, 0},
    {0x01E2, 'a', 'e'},  {0x01E3, 'a', 'e'},  {0x01FC, 'a', 'e'},
    {0x01FD, 'a', 'e'},  {0x0622, 0x0627, 0}, {0x0623, 0x0627, 0},
    {0x0624, 0x0648, 0}, {0x0625, 0x0627, 0}, {0x0626, 0x064A, 0},
    {0x0629, 0x0647, 0}, {0x0649, 0x064A, 0}, {0x0671, 0x0627, 0},
    {0x06A9, 0x0643, 0}, {0x06AD, 0x0643, 0}, {0x06AF, 0x0643, 0},
    {0x06CC, 0x064A, 0}, {0x0763, 0x0643, 0}, {0x1E9E, 's', 's'},
    {0x2018, '\'', 0},   {0x2019, '\'', 0},   {0x202F, ' ', 0},
    {0xFB00, 'f', 'f'},  {0xFB01, 'f', 'i'},  {0xFB02, 'f', 'l'},
};

#define TATWEEL 0x0640

/* Where POINT stands in pairs[], or -1. */
static int find_pair(uint32_t point)
{
    int low = 0;
    int high = (int)(sizeof pairs / sizeof pairs[0]) - 1;

    while (low <= high) {
        int middle = (low + high) / 2;
        if (pairs[middle].from == point)
            return middle;
        if (pairs[middle].from < point)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return -1;
}

static uint32_t latin_base(uint32_t point)
{
    for (size_t i = 0; i < sizeof latin / sizeof latin[0]; i++) {
        uint32_t offset = point - latin[i].first;
        if (point >= latin[i].first && offset < latin[i].count &&
            latin[i].bases[offset] != '.')
            return (uint32_t)latin[i].bases[offset];
    }
    return point;
}

/* Greek and Cyrillic capitals, and the two rows of Arabic digits. */
static uint32_t other_base(uint32_t point)
{
    if (point >= 0x0391 && point <= 0x03A9)
        return point + 32;
    if (point >= 0x0400 && point <= 0x040F)
        return point + 80;
    if (point >= 0x0410 && point <= 0x042F)
        return point + 32;
    if (point >= 0x0660 && point <= 0x0669)
        return point - 0x0660 + '0';
    if (point >= 0x06F0 && point <= 0x06F9)
        return point - 0x06F0 + '0';
    return latin_base(point);
}

fold_cursor fold_start(const char *text)
{
    return (fold_cursor){.at = text, .left = strlen(text)};
}

/* 1 if POINT leaves nothing behind: marks, joiners, tatweel. */
static int is_dropped(uint32_t point)
{
    return point == TATWEEL || (point >= 0x300 && text_point_width(point) == 0);
}

uint32_t fold_next(fold_cursor *cursor)
{
    uint32_t point = cursor->pending;

    cursor->pending = 0;
    while (point == 0 && cursor->left > 0) {
        size_t used = text_decode(&point, cursor->at, cursor->left);
        cursor->at += used;
        cursor->left -= used;
        if (is_dropped(point))
            point = 0;
    }
    if (point < 0x80)
        return point >= 'A' && point <= 'Z' ? point + 32 : point;
    int pair = find_pair(point);
    if (pair < 0)
        return other_base(point);
    cursor->pending = pairs[pair].then;
    return pairs[pair].to;
}

char *text_fold(const char *text)
{
    fold_cursor cursor = fold_start(text);
    buffer out = {0};
    uint32_t point = 0;

    while ((point = fold_next(&cursor)) != 0) {
        char bytes[4];
        buffer_bytes(&out, bytes, text_encode(bytes, point));
    }
    return buffer_take(&out);
}

int text_contains(const char *haystack, const char *needle)
{
    return strstr(haystack, needle) != NULL;
}

/* ---- order ---- */

static int is_digit(uint32_t point)
{
    return point >= '0' && point <= '9';
}

/* Runs of digits by value: without leading zeros the longer is the larger.
 * Both cursors stand past the first digit, which is given; they end past the
 * run, with the code point after it in *NEXT_A and *NEXT_B. */
static int compare_numbers(fold_cursor *a, uint32_t *next_a, fold_cursor *b,
                           uint32_t *next_b)
{
    int order = 0;

    while (*next_a == '0')
        *next_a = fold_next(a);
    while (*next_b == '0')
        *next_b = fold_next(b);
    while (is_digit(*next_a) && is_digit(*next_b)) {
        if (order == 0)
            order = (*next_a > *next_b) - (*next_a < *next_b);
        *next_a = fold_next(a);
        *next_b = fold_next(b);
    }
    if (is_digit(*next_a) || is_digit(*next_b))
        order = is_digit(*next_a) ? 1 : -1;
    return order;
}

int text_compare(const char *a, const char *b)
{
    fold_cursor left = fold_start(a);
    fold_cursor right = fold_start(b);
    uint32_t x = fold_next(&left);
    uint32_t y = fold_next(&right);

    while (x != 0 && y != 0) {
        if (is_digit(x) && is_digit(y)) {
            int order = compare_numbers(&left, &x, &right, &y);
            if (order != 0)
                return order;
            continue;
        }
        if (x != y)
            return x < y ? -1 : 1;
        x = fold_next(&left);
        y = fold_next(&right);
    }
    if (x != y)
        return x < y ? -1 : 1;
    return strcmp(a, b);
}

/* ---- the nearest name ---- */

#define NEAREST_LETTERS 64 /* longer names are compared by their start */

static size_t folded_letters(uint32_t out[NEAREST_LETTERS], const char *text)
{
    fold_cursor cursor = fold_start(text);
    size_t count = 0;

    while (count < NEAREST_LETTERS && (out[count] = fold_next(&cursor)) != 0)
        count++;
    return count;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters changed, added, lost, or two neighbours swapped (optimal string
 * alignment; Damerau 1964), kept in three rows. */
static size_t edit_distance(const uint32_t *a, size_t a_count,
                            const uint32_t *b, size_t b_count)
{
    size_t rows[3][NEAREST_LETTERS + 1];

    for (size_t j = 0; j <= b_count; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_count; i++) {
        size_t *now = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *two_above = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_count; j++) {
            size_t cost = a[i - 1] != b[j - 1];
            now[j] =
                least(least(above[j], now[j - 1]) + 1, above[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_count % 3][b_count];
}

const char *text_nearest(const char *word, const char *const *names,
                         size_t count)
{
    uint32_t wanted[NEAREST_LETTERS];
    size_t wanted_count = folded_letters(wanted, word);
    size_t best_distance = SIZE_MAX;
    const char *best = NULL;

    for (size_t i = 0; i < count; i++) {
        uint32_t letters[NEAREST_LETTERS];
        size_t length = folded_letters(letters, names[i]);
        size_t longer = length > wanted_count ? length : wanted_count;
        size_t distance = edit_distance(wanted, wanted_count, letters, length);

        if (distance * 3 <= longer && distance < best_distance) {
            best_distance = distance;
            best = names[i];
        }
    }
    return best;
}
