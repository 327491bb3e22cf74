/* SPDX-License-Identifier: MIT */
/* Answers as people type them, in three languages, and how they are echoed. */
#include "tests/fill_support.h"
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static void is_like(const char *got, const char *part, const char *name)
{
    if (!ok(strstr(got, part) != NULL, "%s", name))
        diag("%s", got);
}

/* ---- typed answers ---- */

#define KINDS                                                                  \
    "| survey |\n"                                                             \
    "| | type | name | label | appearance | parameters | "                     \
    "body::tawam:missing |\n"                                                  \
    "| | text | t | Text | | | |\n"                                            \
    "| | text | ph | Phone | numbers | | |\n"                                  \
    "| | integer | i | Integer | | | dk=-88 rf=-99 |\n"                        \
    "| | integer | c | Counter | counter | | |\n"                              \
    "| | decimal | d | Decimal | thousands-sep | | |\n"                        \
    "| | range | r | Range | | start=0 end=10 step=2 | |\n"                    \
    "| | range | r5 | Range | | start=1 end=5 step=0.5 | |\n"                  \
    "| | date | day | Date | islamic | | |\n"                                  \
    "| | date | my | Month | month-year | | |\n"                               \
    "| | date | y | Year | year | | |\n"                                       \
    "| | time | tm | Time | | | |\n"                                           \
    "| | datetime | dt | Date and time | | | |\n"                              \
    "| | select_one src | one | One | quick | | |\n"                           \
    "| | select_one code | cd | Coded | | | |\n"                               \
    "| | select_multiple src | many | Many | columns-2 | | |\n"                \
    "| | rank yn | rk | Rank | | | |\n"                                        \
    "| | geopoint | p | Point | | | |\n"                                       \
    "| | geotrace | tr | Trace | | | |\n"                                      \
    "| | geoshape | sh | Shape | | | |\n"                                      \
    "| | acknowledge | ok | Read it? | | | |\n"                                \
    "| | barcode | bar | Code | | | |\n"                                       \
    "| | text | pin | Secret | masked | | |\n"                                 \
    "| choices |\n"                                                            \
    "| | list_name | name | label |\n"                                         \
    "| | src | well | Puits protégé |\n"                                     \
    "| | src | open | Puits ouvert |\n"                                        \
    "| | src | tap | Robinet à domicile |\n"                                  \
    "| | src | river | Oued |\n"                                               \
    "| | src | truck | شاحنة صهريجية |\n"                          \
    "| | src | nsp | Ne sait pas |\n"                                          \
    "| | code | 1 | Oui |\n"                                                   \
    "| | code | 2 | Non |\n"                                                   \
    "| | code | 88 | Ne sait pas |\n"                                          \
    "| | code | 99 | Refus |\n"                                                \
    "| | yn | a | Eau |\n"                                                     \
    "| | yn | b | Route |\n"                                                   \
    "| | yn | c | École |\n"                                                  \
    "| settings |\n"                                                           \
    "| | form_id | namespaces |\n"                                             \
    "| | kinds | tawam=\"https://tawam.example/ns\" |\n"

/* Now it is Friday, 1 May 2026, 13:00 UTC. A message is known by a part. */
static const struct {
    const char *name, *typed, *wanted;
    int is_refused; /* then WANTED stands in the message */
} TYPED[] = {
    {"t", "Aït Ben Haddou", "Aït Ben Haddou", 0},
    {"t", "٣ دوار", "٣ دوار", 0},
    {"t", "", "", 0},
    {"ph", "٠٦ ١٢", "06 12", 0},
    {"bar", " ABC-١٢ ", "ABC-12", 0},
    /* whole numbers */
    {"i", "12", "12", 0},
    {"i", "١٢", "12", 0},
    {"i", "۱۲", "12", 0},
    {"i", "007", "7", 0},
    {"i", "-5", "-5", 0},
    {"i", "−5", "-5", 0},
    {"i", "+5", "5", 0},
    {"i", "0", "0", 0},
    {"i", "-0", "0", 0},
    {"i", "1 250", "1250", 0},
    {"i", "1\u00a0250", "1250", 0},
    {"i", "1\u202f250\u202f000", "1250000", 0},
    {"i", "١٬٢٥٠", "1250", 0},
    {"i", "1.250.000", "1250000", 0},
    {"i", "1,250,000", "1250000", 0},
    {"i", "3.0", "3", 0},
    {"i", "3,0", "3", 0},
    {"i", "\u200f١٢\u200f", "12", 0},
    {"i", "1,250", "two ways", 1},
    {"i", "1.250", "two ways", 1},
    {"i", "3,5", "not a whole number", 1},
    {"i", "abc", "not a number", 1},
    {"i", "12a", "not a number", 1},
    {"i", "1.2.3", "not a number", 1},
    {"i", "--5", "not a number", 1},
    {"i", "1234567890123456789", "too long", 1},
    {"c", "+", "1", 0},
    {"c", "+", "2", 0},
    {"c", "-", "1", 0},
    {"c", "9", "9", 0},
    /* decimal numbers */
    {"d", "12.5", "12.5", 0},
    {"d", "12,5", "12.5", 0},
    {"d", "١٢٫٥", "12.5", 0},
    {"d", "١٢،٥", "12.5", 0},
    {"d", "12,50", "12.5", 0},
    {"d", "12", "12", 0},
    {"d", ".5", "0.5", 0},
    {"d", ",5", "0.5", 0},
    {"d", "-0,25", "-0.25", 0},
    {"d", "1 250,75", "1250.75", 0},
    {"d", "1.250,75", "1250.75", 0},
    {"d", "1,250.75", "1250.75", 0},
    {"d", "1,250", "1.25", 0},
    {"d", "1'250.5", "1250.5", 0},
    {"d", "1.25,750", "not a number", 1},
    {"d", "12,5,1", "not a number", 1},
    {"d", "1e5", "not a number", 1},
    {"d", ".", "not a number", 1},
    /* ranges */
    {"r", "4", "4", 0},
    {"r", "0", "0", 0},
    {"r", "٨", "8", 0},
    {"r", "10", "10", 0},
    {"r", "3", "steps of 2", 1},
    {"r", "12", "from 0 to 10", 1},
    {"r", "-2", "from 0 to 10", 1},
    {"r5", "2,5", "2.5", 0},
    {"r5", "2.3", "steps of 0.5", 1},
    {"r5", "0,5", "from 1 to 5", 1},
    /* dates */
    {"day", "010526", "2026-05-01", 0},
    {"day", "01052026", "2026-05-01", 0},
    {"day", "1/5/26", "2026-05-01", 0},
    {"day", "01/05/2026", "2026-05-01", 0},
    {"day", "1-5-2026", "2026-05-01", 0},
    {"day", "1.5.2026", "2026-05-01", 0},
    {"day", "1 5 2026", "2026-05-01", 0},
    {"day", "1.5", "2026-05-01", 0},
    {"day", "1/5", "2026-05-01", 0},
    {"day", "0105", "2026-05-01", 0},
    {"day", "2026-05-01", "2026-05-01", 0},
    {"day", "2026/5/1", "2026-05-01", 0},
    {"day", "٠١/٠٥/٢٠٢٦", "2026-05-01", 0},
    {"day", "١ ماي ٢٠٢٦", "2026-05-01", 0},
    {"day", "1 mai", "2026-05-01", 0},
    {"day", "1 mai 2026", "2026-05-01", 0},
    {"day", "1er mai 2026", "2026-05-01", 0},
    {"day", "1 MAI 26", "2026-05-01", 0},
    {"day", "12 août 1985", "1985-08-12", 0},
    {"day", "12 aout 85", "1985-08-12", 0},
    {"day", "3 févr. 2026", "2026-02-03", 0},
    {"day", "3 sept 2025", "2025-09-03", 0},
    {"day", "May 3, 2026", "2026-05-03", 0},
    {"day", "3 May 2026", "2026-05-03", 0},
    {"day", "5 غشت 2025", "2025-08-05", 0},
    {"day", "5 شتنبر", "2026-09-05", 0},
    {"day", "311299", "1999-12-31", 0},
    {"day", "1/1/36", "2036-01-01", 0},
    {"day", "1/1/37", "1937-01-01", 0},
    {"day", "29/2/24", "2024-02-29", 0},
    {"day", "today", "2026-05-01", 0},
    {"day", "Today", "2026-05-01", 0},
    {"day", "t", "2026-05-01", 0},
    {"day", "aujourd'hui", "2026-05-01", 0},
    {"day", "aujourd’hui", "2026-05-01", 0},
    {"day", "auj", "2026-05-01", 0},
    {"day", "اليوم", "2026-05-01", 0},
    {"day", "yesterday", "2026-04-30", 0},
    {"day", "hier", "2026-04-30", 0},
    {"day", "أمس", "2026-04-30", 0},
    {"day", "demain", "2026-05-02", 0},
    {"day", "غدا", "2026-05-02", 0},
    {"day", "-1d", "2026-04-30", 0},
    {"day", "-1", "2026-04-30", 0},
    {"day", "-1j", "2026-04-30", 0},
    {"day", "-3 jours", "2026-04-28", 0},
    {"day", "+2w", "2026-05-15", 0},
    {"day", "-1 semaine", "2026-04-24", 0},
    {"day", "-1m", "2026-04-01", 0},
    {"day", "-3 mois", "2026-02-01", 0},
    {"day", "-10y", "2016-05-01", 0},
    {"day", "-2 ans", "2024-05-01", 0},
    {"day", "-٣ ي", "2026-04-28", 0},
    {"day", "-1 أسبوع", "2026-04-24", 0},
    {"day", "-1 شهر", "2026-04-01", 0},
    {"day", "-1 سنة", "2025-05-01", 0},
    {"day", "31/2/2026", "no day of the calendar", 1},
    {"day", "29/2/26", "no day of the calendar", 1},
    {"day", "1/13/26", "no day of the calendar", 1},
    {"day", "32/1/26", "no day of the calendar", 1},
    {"day", "0/1/26", "no day of the calendar", 1},
    {"day", "soon", "not a date", 1},
    {"day", "1", "not a date", 1},
    {"day", "1/5/26/7", "not a date", 1},
    {"day", "mai", "not a date", 1},
    {"day", "12345", "not a date", 1},
    {"day", "-5x", "not a date", 1},
    {"my", "05/2026", "2026-05-01", 0},
    {"my", "5.26", "2026-05-01", 0},
    {"my", "0526", "2026-05-01", 0},
    {"my", "052026", "2026-05-01", 0},
    {"my", "2026-05", "2026-05-01", 0},
    {"my", "mai 2026", "2026-05-01", 0},
    {"my", "mai", "2026-05-01", 0},
    {"my", "2026 mai", "2026-05-01", 0},
    {"my", "15/3/2025", "2025-03-01", 0},
    {"my", "-2m", "2026-03-01", 0},
    {"my", "13/2026", "no day of the calendar", 1},
    {"my", "x", "not a month", 1},
    {"y", "2026", "2026-01-01", 0},
    {"y", "٢٠٢٦", "2026-01-01", 0},
    {"y", "85", "1985-01-01", 0},
    {"y", "-1y", "2025-01-01", 0},
    {"y", "1/5/2024", "2024-01-01", 0},
    {"y", "202", "not a year", 1},
    /* times */
    {"tm", "1430", "14:30:00.000+00:00", 0},
    {"tm", "14:30", "14:30:00.000+00:00", 0},
    {"tm", "14h30", "14:30:00.000+00:00", 0},
    {"tm", "14.30", "14:30:00.000+00:00", 0},
    {"tm", "14h", "14:00:00.000+00:00", 0},
    {"tm", "9", "09:00:00.000+00:00", 0},
    {"tm", "930", "09:30:00.000+00:00", 0},
    {"tm", "9:05", "09:05:00.000+00:00", 0},
    {"tm", "0005", "00:05:00.000+00:00", 0},
    {"tm", "14:30:15", "14:30:15.000+00:00", 0},
    {"tm", "143015", "14:30:15.000+00:00", 0},
    {"tm", "2:30 pm", "14:30:00.000+00:00", 0},
    {"tm", "12 am", "00:00:00.000+00:00", 0},
    {"tm", "١٤:٣٠", "14:30:00.000+00:00", 0},
    {"tm", "now", "13:00:00.000+00:00", 0},
    {"tm", "maintenant", "13:00:00.000+00:00", 0},
    {"tm", "الآن", "13:00:00.000+00:00", 0},
    {"tm", "25:00", "not a time", 1},
    {"tm", "14:60", "not a time", 1},
    {"tm", "noon", "not a time", 1},
    {"dt", "1/5/2026 14:30", "2026-05-01T14:30:00.000+00:00", 0},
    {"dt", "hier 0830", "2026-04-30T08:30:00.000+00:00", 0},
    {"dt", "2026-05-01T14:30", "2026-05-01T14:30:00.000+00:00", 0},
    {"dt", "now", "2026-05-01T13:00:00.000+00:00", 0},
    {"dt", "1 mai 2026 9h", "2026-05-01T09:00:00.000+00:00", 0},
    {"dt", "demain", "date and time", 1},
    /* one choice */
    {"one", "1", "well", 0},
    {"one", "٣", "tap", 0},
    {"one", "tap", "tap", 0},
    {"one", "TAP", "tap", 0},
    {"one", "robinet", "tap", 0},
    {"one", "domicile", "tap", 0},
    {"one", "a domicile", "tap", 0},
    {"one", "Puits protégé", "well", 0},
    {"one", "puits prot", "well", 0},
    {"one", "oued", "river", 0},
    {"one", "شاحنه", "truck", 0},
    {"one", "صهريج", "truck", 0},
    {"one", "", "", 0},
    {"one", "puits", "2 choices are meant: 1 Puits protégé, 2 Puits ouvert", 1},
    {"one", "7", "no choice is '7'", 1},
    {"one", "0", "no choice", 1},
    {"one", "mosquée", "no choice", 1},
    {"cd", "1", "1", 0},
    {"cd", "88", "88", 0},
    {"cd", "٨٨", "88", 0},
    {"cd", "01", "1", 0},
    {"cd", "non", "2", 0},
    {"cd", "3", "no choice", 1},
    {"cd", "4", "no choice", 1},
    /* several choices: in the list's order */
    {"many", "1 3 4", "well tap river", 0},
    {"many", "4,1", "well river", 0},
    {"many", "1;3", "well tap", 0},
    {"many", "134", "well tap river", 0},
    {"many", "١ ٣", "well tap", 0},
    {"many", "١،٣", "well tap", 0},
    {"many", "+2", "well open tap", 0},
    {"many", "-1", "open tap", 0},
    {"many", "-2 +5", "tap truck", 0},
    {"many", "robinet", "tap", 0},
    {"many", "puits ouvert, oued", "open river", 0},
    {"many", "well river", "well river", 0},
    {"many", "+oued -well", "river", 0},
    {"many", "1 9", "no choice is '9'", 1},
    {"many", "", "", 0},
    /* a ranking */
    {"rk", "3 1 2", "c a b", 0},
    {"rk", "213", "b a c", 0},
    {"rk", "route, ecole, eau", "b c a", 0},
    {"rk", "1 2", "all 3 choices", 1},
    {"rk", "1 1 2", "named twice", 1},
    /* points */
    {"p", "34.92 -2.32", "34.92 -2.32 0.0 0.0", 0},
    {"p", "34,92 -2,32", "34.92 -2.32 0.0 0.0", 0},
    {"p", "34.92, -2.32", "34.92 -2.32 0.0 0.0", 0},
    {"p", "34.92,-2.32", "34.92 -2.32 0.0 0.0", 0},
    {"p", "34,92,-2,32", "34.92 -2.32 0.0 0.0", 0},
    {"p", "34,92; -2,32", "34.92 -2.32 0.0 0.0", 0},
    {"p", "34,92, -2,32", "34.92 -2.32 0.0 0.0", 0},
    {"p", "٣٤٫٩٢ -٢٫٣٢", "34.92 -2.32 0.0 0.0", 0},
    {"p", "34 -2", "34.0 -2.0 0.0 0.0", 0},
    {"p", "34,-2", "34.0 -2.0 0.0 0.0", 0},
    {"p", "34.92 -2.32 560 5", "34.92 -2.32 560.0 5.0", 0},
    {"p", "34.5 N 2.5 W", "34.5 -2.5 0.0 0.0", 0},
    {"p", "34.5N 2.5W", "34.5 -2.5 0.0 0.0", 0},
    {"p", "N 34.5 W 2.5", "34.5 -2.5 0.0 0.0", 0},
    {"p", "34,5 N, 2,5 O", "34.5 -2.5 0.0 0.0", 0},
    {"p", "2.5 W 34.5 N", "34.5 -2.5 0.0 0.0", 0},
    {"p", "34°30'N 2°30'W", "34.5 -2.5 0.0 0.0", 0},
    {"p", "34°30′N, 2°30′O", "34.5 -2.5 0.0 0.0", 0},
    {"p", "34 30 N 2 30 W", "34.5 -2.5 0.0 0.0", 0},
    {"p", "34°30'0\" N 2°15'36\" W", "34.5 -2.26 0.0 0.0", 0},
    {"p", "34 30 36 N 2 15 36 O", "34.51 -2.26 0.0 0.0", 0},
    {"p", "34°30,6' N 2°15,6' E", "34.51 2.26 0.0 0.0", 0},
    {"p", "34°30' -2°30'", "34.5 -2.5 0.0 0.0", 0},
    {"p", "34°30' شمال 2°30' غرب", "34.5 -2.5 0.0 0.0", 0},
    {"p", "33 30 sud 7 30 est", "-33.5 7.5 0.0 0.0", 0},
    {"p", "134.92 -2.32", "latitude comes first", 1},
    {"p", "34.92 -192.32", "a longitude from -180", 1},
    {"p", "34,92", "neither a point", 1},
    {"p", "34°70'N 2°30'W", "neither a point", 1},
    {"p", "34 N 2 N", "neither a point", 1},
    {"p", "Zegzel", "neither a point", 1},
    {"p", "1 2 3 4 5", "neither a point", 1},
    {"p", "", "", 0},
    /* lines and areas */
    {"tr", "34 -2", "34.0 -2.0 0.0 0.0", 0},
    {"tr", "34.1 -2", "34.0 -2.0 0.0 0.0; 34.1 -2.0 0.0 0.0", 0},
    {"tr", "-", "34.0 -2.0 0.0 0.0", 0},
    {"tr", "35 -1; 35,1 -1", "35.0 -1.0 0.0 0.0; 35.1 -1.0 0.0 0.0", 0},
    {"tr", "35 -1; x", "neither a point", 1},
    {"sh", "0 0", "0.0 0.0 0.0 0.0", 0},
    {"sh", "0 1", "0.0 0.0 0.0 0.0; 0.0 1.0 0.0 0.0", 0},
    {"sh", "1 1",
     "0.0 0.0 0.0 0.0; 0.0 1.0 0.0 0.0; 1.0 1.0 0.0 0.0; 0.0 0.0 0.0 0.0", 0},
    {"sh", "-", "0.0 0.0 0.0 0.0; 0.0 1.0 0.0 0.0", 0},
    {"sh", "0 0; 0 1; 1 1; 0 0",
     "0.0 0.0 0.0 0.0; 0.0 1.0 0.0 0.0; 1.0 1.0 0.0 0.0; 0.0 0.0 0.0 0.0", 0},
    /* yes */
    {"ok", "oui", "OK", 0},
    {"ok", "لا", "", 0},
    {"ok", "نعم", "OK", 0},
    {"ok", "1", "OK", 0},
    {"ok", "perhaps", "neither yes nor no", 1},
};

/* A refused answer leaves what was there. */
static void test_typed(void)
{
    open_form(KINDS);
    for (size_t n = 0; n < sizeof TYPED / sizeof *TYPED; n++) {
        char path[40];
        const char *got, *before;
        snprintf(path, sizeof path, "/data/%s", TYPED[n].name);
        before = record_find(fill_record(i), path)->value;
        got = type(path, TYPED[n].typed);
        if (!TYPED[n].is_refused) {
            is_str(got, TYPED[n].wanted, "%s: '%s'", TYPED[n].name,
                   TYPED[n].typed);
            continue;
        }
        ok(strstr(got, TYPED[n].wanted) != NULL &&
               strcmp(record_find(fill_record(i), path)->value, before) == 0,
           "%s: '%s': %s", TYPED[n].name, TYPED[n].typed, got);
    }
    close_form();
}

/* Whatever is typed, it is refused or becomes what the engine takes; and what
 * was taken can be echoed. */
static void test_anything(void)
{
    static const char *const pieces[] = {
        "1",  "0",  "26",   "99999999", "-", "+",   ".",   ",",     ";",  " ",
        "/",  ":",  "#",    "°",        "'", "\"",  "N",   "W",     "٣",  "٫",
        "ش",  "غ",  "m",    "mai",      "h", "pm",  "-1d", "today", "\t", "é",
        "\\", "%s", "\xff", "\xd9",     "T", "oui", "[",   "e5"};
    uint32_t seed = 12345;
    int taken = 0, refused = 0;
    open_form(KINDS);
    for (int n = 0; n < 6000; n++) {
        const form_item *item;
        form_node *node;
        record_outcome outcome;
        char typed[128] = "";
        size_t used = 0;
        node = record_root(fill_record(i))->first;
        for (int skip = n % 22; skip-- && node->next;)
            node = node->next;
        item = node->item;
        for (int parts = 1 + n % 7; parts--;) {
            const char *piece;
            seed = seed * 1103515245 + 12345;
            piece = pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)];
            memcpy(typed + used, piece, strlen(piece) + 1);
            used += strlen(piece);
        }
        if (!item->control)
            continue;
        if (fill_enter(&outcome, i, node, typed))
            bail("%s: %s", item->path, error_message());
        *(outcome == RECORD_OK ? &taken : &refused) += 1;
        if (fill_go(i, item->path) || fill_look(&page, i) ||
            (*node->value && !*page->questions[0].echo))
            bail("%s: '%s' has no echo", item->path, node->value);
    }
    ok(taken > 500 && refused > 500, "%d strings taken, %d refused", taken,
       refused);
    close_form();
}

/* ---- echoes ---- */

static const struct {
    const char *name, *value, *english, *french, *arabic;
} ECHOES[] = {
    {"day", "2026-05-01", "Friday 1 May 2026 (14 Dhu al-qada 1447)",
     "vendredi 1er mai 2026 (14 dhou al qi`da 1447)",
     "الجمعة 1 ماي 2026 (14 ذو القعدة 1447)"},
    {"day", "1999-12-31", "Friday 31 December 1999 (23 Ramadan 1420)",
     "vendredi 31 décembre 1999 (23 ramadan 1420)",
     "الجمعة 31 دجنبر 1999 (23 رمضان 1420)"},
    {"my", "2026-08-01", "August 2026", "août 2026", "غشت 2026"},
    {"y", "2026-01-01", "2026", "2026", "2026"},
    {"tm", "14:30:00.000+01:00", "14:30", "14:30", "14:30"},
    {"tm", "14:30:05.000+01:00", "14:30:05", "14:30:05", "14:30:05"},
    {"dt", "2026-05-01T14:30:00.000+01:00", "Friday 1 May 2026 14:30",
     "vendredi 1er mai 2026 14:30", "الجمعة 1 ماي 2026 14:30"},
    {"d", "1234567.5", "1,234,567.5", "1 234 567,5", "1 234 567,5"},
    {"d", "-0.25", "-0.25", "-0,25", "-0,25"},
    {"i", "1234", "1234", "1234", "1234"},
    {"r5", "2.5", "2.5", "2,5", "2,5"},
    {"one", "well", "Puits protégé", "Puits protégé", "Puits protégé"},
    {"many", "well river", "Puits protégé, Oued", "Puits protégé, Oued",
     "Puits protégé، Oued"},
    {"rk", "c a b", "1. École, 2. Eau, 3. Route", "1. École, 2. Eau, 3. Route",
     "1. École، 2. Eau، 3. Route"},
    {"p", "34.9215 -2.3201 0 5", "34.9215 N, 2.3201 W (±5 m)",
     "34,9215 N, 2,3201 O (±5 m)", "34,9215 شمالا، 2,3201 غربا (±5 م)"},
    {"p", "-1 2 0 0", "1 S, 2 E", "1 S, 2 E", "1 جنوبا، 2 شرقا"},
    {"tr", "0 0 0 0; 0 0.01 0 0", "2 points, 1113 m", "2 points, 1113 m",
     "نقطتان، 1113 م"},
    {"tr", "0 0 0 0; 0 0.01 0 0; 0 0 0 0", "3 points, 2226 m",
     "3 points, 2226 m", "3 نقط، 2226 م"},
    {"tr", "0 0 0 0; 0 1 0 0", "2 points, 111.32 km", "2 points, 111,32 km",
     "نقطتان، 111,32 كم"},
    {"ok", "OK", "yes", "oui", "نعم"},
    {"pin", "1234é", "*****", "*****", "*****"},
    {"t", "as it is", "as it is", "as it is", "as it is"},
};

/* A line that has one point so far is counted as one. */
static void test_one_point(void)
{
    static const char *const codes[] = {"en", "fr", "ar"};
    static const char *const wanted[] = {"1 point, 0 m", "1 point, 0 m",
                                         "نقطة واحدة، 0 م"};
    record_outcome outcome;
    open_form(KINDS);
    if (fill_enter(&outcome, i, record_find(fill_record(i), "/data/tr"),
                   "34.92 -2.32"))
        bail("%s", error_message());
    for (int l = 0; l < 3; l++) {
        fill_set_fallback(i, codes[l]);
        is_str(at("/data/tr")->echo, wanted[l], "one point in %s", codes[l]);
    }
    close_form();
}

static void test_echoes(void)
{
    static const char *const codes[] = {"en", "fr", "ar"};
    record_outcome outcome;
    open_form(KINDS);
    for (size_t n = 0; n < sizeof ECHOES / sizeof *ECHOES; n++) {
        const char *wanted[] = {ECHOES[n].english, ECHOES[n].french,
                                ECHOES[n].arabic};
        char path[40];
        snprintf(path, sizeof path, "/data/%s", ECHOES[n].name);
        if (fill_set(&outcome, i, record_find(fill_record(i), path),
                     ECHOES[n].value) ||
            outcome)
            bail("%s: %s", path, error_message());
        for (int l = 0; l < 3; l++) {
            fill_set_fallback(i, codes[l]);
            is_str(at(path)->echo, wanted[l], "%s %s in %s", ECHOES[n].name,
                   ECHOES[n].value, codes[l]);
        }
    }
    close_form();
}

/* ---- what a question says of itself ---- */

static void test_looks(void)
{
    const fill_question *q;
    open_form(KINDS);
    ok(at("/data/one")->quick && at("/data/one")->kind == FILL_ONE, "quick");
    is_int(at("/data/many")->columns, 2, "columns-2");
    ok(at("/data/pin")->masked && !at("/data/t")->masked, "masked");
    ok(at("/data/bar")->barcode, "barcode");
    ok(at("/data/c")->counter, "counter");
    ok(at("/data/d")->thousands, "thousands-sep");
    ok(at("/data/day")->calendar == 'i' && !at("/data/my")->calendar,
       "islamic");
    q = at("/data/r");
    is_str(q->range_end, "10", "a range's end");
    is_str(q->range_step, "2", "and step");
    ok(fill_shows_codes(at("/data/cd")) && !fill_shows_codes(at("/data/one")),
       "codes that are numbers stand before the choices");
    close_form();
}

/* ---- not known, refused, by letters, toggled ---- */

static const char *
do_special(int (*call)(record_outcome *, fill *, form_node *), const char *path)
{
    record_outcome outcome;
    form_node *node = record_find(fill_record(i), path);
    int code = call(&outcome, i, node);
    return code || outcome ? error_message() : node->value;
}

static void test_specials(void)
{
    open_form(KINDS);
    is_str(do_special(fill_not_know, "/data/cd"), "88",
           "a code 88 that says so");
    is_str(do_special(fill_refuse, "/data/cd"), "99", "a code 99 that says so");
    is_str(do_special(fill_not_know, "/data/one"), "nsp", "a choice nsp");
    is_str(do_special(fill_refuse, "/data/one"),
           "the form has no such answer here", "no refusal in the list");
    is_str(do_special(fill_not_know, "/data/i"), "-88", "missing: dk=-88");
    is_str(do_special(fill_refuse, "/data/i"), "-99", "missing: rf=-99");
    is_str(do_special(fill_refuse, "/data/t"),
           "the form has no such answer here", "a text has none");
    close_form();
}

static const char *do_toggle(const char *path, const char *choice)
{
    record_outcome outcome;
    form_node *node = record_find(fill_record(i), path);
    if (fill_toggle(&outcome, i, node, choice) || outcome)
        return error_message();
    return node->value;
}

static void test_toggle(void)
{
    size_t *list = NULL, count = 0;
    open_form(KINDS);
    is_str(do_toggle("/data/many", "river"), "river", "one in");
    is_str(do_toggle("/data/many", "well"), "well river",
           "in the list's order");
    is_str(do_toggle("/data/many", "river"), "well", "and out");
    is_str(do_toggle("/data/one", "tap"), "tap", "of one");
    is_str(do_toggle("/data/one", "well"), "well", "another instead");
    is_str(do_toggle("/data/one", "well"), "", "and none");
    is_str(do_toggle("/data/rk", "b"), "b", "a ranking begins");
    is_str(do_toggle("/data/rk", "a"), "b a", "and goes on");
    is_str(do_toggle("/data/rk", "b"), "a", "the first leaves it");
    is_str(do_toggle("/data/many", "x"), "no choice is 'x'", "no such choice");
    ok(fill_match_choices(&list, &count, at("/data/one"), "p") == TAWAM_OK &&
           count == 3 && list[0] == 0 && list[1] == 1,
       "begins with p: the two wells first");
    free(list);
    ok(fill_match_choices(&list, &count, at("/data/one"), "صه") == TAWAM_OK &&
           count == 1 && list[0] == 4,
       "a word in Arabic begins so");
    free(list);
    close_form();
}

/* ---- gpsd ---- */

typedef struct fake {
    int listener, port;
    const char *reports;
    pthread_t thread;
} fake;

/* Says what gpsd would, and waits for the other side to go. */
static void *serve(void *context)
{
    fake *g = context;
    char bytes[256];
    int client = accept(g->listener, NULL, NULL);
    if (client < 0)
        return NULL;
    if (recv(client, bytes, sizeof bytes, 0) > 0 &&
        send(client, g->reports, strlen(g->reports), MSG_NOSIGNAL) > 0)
        while (recv(client, bytes, sizeof bytes, 0) > 0)
            continue;
    close(client);
    return NULL;
}

static void start_fake(fake *g, const char *reports)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    g->reports = reports;
    g->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (g->listener < 0 ||
        bind(g->listener, (struct sockaddr *)&address, size) ||
        listen(g->listener, 1) ||
        getsockname(g->listener, (struct sockaddr *)&address, &size) ||
        pthread_create(&g->thread, NULL, serve, g))
        bail("no socket");
    g->port = ntohs(address.sin_port);
}

static void stop_fake(fake *g)
{
    shutdown(g->listener, SHUT_RDWR);
    pthread_join(g->thread, NULL);
    close(g->listener);
}

static int stop_at_once(void *context, double accuracy, int64_t waited)
{
    (void)accuracy;
    (void)waited;
    ++*(int *)context;
    return 1;
}

static const char *ask_gpsd(const char *reports, fill_gps gps)
{
    static char point[96];
    fake g;
    int code;
    start_fake(&g, reports);
    gps.host = "127.0.0.1";
    gps.port = g.port;
    gps.wait = gps.wait ? gps.wait : 300;
    code = fill_point_from_gpsd(point, &gps);
    stop_fake(&g);
    return code ? error_message() : point;
}

#define VERSION_LINE                                                           \
    "{\"class\":\"VERSION\",\"release\":\"3.22\",\"rev\":\"3.22\"}\r\n"

static void test_gpsd(void)
{
    int asked = 0;
    fill_gps none = {0}, cancel = {.progress = stop_at_once, .context = &asked};
    /* No machine is so busy that a report is later. */
    fill_gps soon = {.wait = 30000}, late = {.wait = 2000};
    is_str(ask_gpsd(VERSION_LINE
                    "{\"class\":\"TPV\",\"mode\":1}\n"
                    "{\"class\":\"TPV\",\"mode\":3,\"lat\":34.92,\"lon\":-2.32,"
                    "\"altHAE\":560.5,\"eph\":3.5}\n",
                    soon),
           "34.92 -2.32 560.5 3.5", "a good fix is taken at once");
    is_str(ask_gpsd("{\"class\":\"TPV\",\"mode\":2,\"lat\":1,\"lon\":2,"
                    "\"epx\":20,\"epy\":30}\n"
                    "{\"class\":\"TPV\",\"mode\":2,\"lat\":1.5,\"lon\":2,"
                    "\"epx\":12,\"epy\":9}\n"
                    "{\"class\":\"TPV\",\"mode\":2,\"lat\":1.7,\"lon\":2,"
                    "\"epx\":50,\"epy\":9}\n",
                    late),
           "1.5 2 0 12", "else the best that came in time");
    is_like(ask_gpsd(VERSION_LINE "{\"class\":\"TPV\",\"mode\":1}\n", none),
            "no fix yet", "none in time");
    is_like(ask_gpsd("not JSON\n{\"class\":\"TPV\",\"mode\":3,\"lat\":900,"
                     "\"lon\":1}\n{\"class\":\"TPV\",\"mode\":3}\n[1]\n",
                     none),
            "no fix yet", "nonsense is no fix");
    is_like(ask_gpsd(VERSION_LINE, cancel), "stopped", "it can be stopped");
    is_int(asked, 1, "when it asked the first time");
    none.host = "127.0.0.1";
    none.port = 1;
    ok(fill_point_from_gpsd((char[96]){0}, &none) == TAWAM_EENVIRONMENT,
       "no gpsd there: %s", error_message());
}

/* ---- places ---- */

static void add_place(twin *t, const twin_layer *layer, const char *name,
                      double longitude, double latitude)
{
    const twin_column *column = NULL, *geom = NULL;
    buffer blob = {0};
    twin_cell cells[2] = {{0}};
    int64_t fid;
    if (twin_column_find(&column, layer, "name_fr") ||
        twin_column_find(&geom, layer, "geom") ||
        geometry_from_point(&blob, longitude, latitude))
        bail("%s", error_message());
    cells[0] = (twin_cell){
        column->id,
        {.kind = TWIN_KIND_TEXT, .bytes = name, .length = strlen(name)}};
    cells[1] = (twin_cell){geom->id,
                           {.kind = TWIN_KIND_BYTES,
                            .bytes = (char *)blob.data,
                            .length = blob.length}};
    if (twin_row_insert(&fid, t, layer, cells, 2))
        bail("%s", error_message());
    buffer_free(&blob);
}

static void test_places(void)
{
    twin_column_definition columns[] = {{"name_fr", TWIN_TEXT}};
    const twin_layer *layer = NULL;
    territory t = {0};
    char folder[] = "/tmp/tawam-places-XXXXXX";
    char *path;
    if (!mkdtemp(folder) || !(path = file_join(folder, "t")) ||
        twin_create(&t.twin, path) ||
        twin_layer_declare(t.twin, "douar", TWIN_POINT, columns, 1) ||
        twin_layer_find(&layer, t.twin, "douar"))
        bail("%s", error_message());
    add_place(t.twin, layer, "Zegzel", -2.35, 34.84);
    add_place(t.twin, layer, "Zegzel el Fouqani", -2.36, 34.85);
    add_place(t.twin, layer, "Tafoughalt", -2.41, 34.81);
    add_place(t.twin, layer, "Sidi Bouhria", -2.33, 34.74);
    add_place(t.twin, layer, "Sidi Slimane", -2.39, 34.79);
    open_form(KINDS);
    fill_free(i);
    if (fill_new_form(&i, f, NULL, &t))
        bail("%s", error_message());
    is_str(type("/data/p", "tafoughalt"), "34.81 -2.41 0.0 0.0", "a name");
    is_str(type("/data/p", "Zegzel"), "34.84 -2.35 0.0 0.0",
           "what is called just so is meant");
    is_str(type("/data/p", "fouqani"), "34.85 -2.36 0.0 0.0", "a word of it");
    is_str(type("/data/p", "sidi"),
           "several places: 1 Sidi Bouhria (douar), 2 Sidi Slimane (douar); "
           "type more of the name, or #1, #2 … behind it",
           "several are listed");
    if (twin_set_label(t.twin, "douar", "", "", "en", "Hamlets"))
        bail("%s", error_message());
    is_like(type("/data/p", "sidi"), "1 Sidi Bouhria (Hamlets)",
            "by what their layer is called");
    is_str(type("/data/p", "sidi #2"), "34.79 -2.39 0.0 0.0", "the second");
    add_place(t.twin, layer, "Aklim", -2.43, 34.92);
    add_place(t.twin, layer, "Aklim", -2.45, 34.95);
    is_like(type("/data/p", "aklim"), "1 Aklim (Hamlets), 2 Aklim (Hamlets)",
            "two of one name are listed");
    is_str(type("/data/p", "aklim #1"), "34.92 -2.43 0.0 0.0",
           "#1 behind the name is the first");
    is_str(type("/data/p", "aklim#2"), "34.95 -2.45 0.0 0.0", "without blank");
    is_str(type("/data/p", "aklim #٢"), "34.95 -2.45 0.0 0.0",
           "with an Arabic digit");
    is_like(type("/data/p", "aklim #3"), "several places",
            "there is no third: which there are");
    is_str(type("/data/tr", "zegzel; tafoughalt"),
           "34.84 -2.35 0.0 0.0; 34.81 -2.41 0.0 0.0", "a line of places");
    is_like(type("/data/p", "Fès"), "neither a point", "no such place");
    close_form();
    twin_close(t.twin);
    free(path);
    file_remove_tree(folder);
}

int main(void)
{
    stop_clock();
    test_typed();
    test_anything();
    test_echoes();
    test_one_point();
    test_looks();
    test_specials();
    test_toggle();
    test_gpsd();
    test_places();
    return done_testing();
}
