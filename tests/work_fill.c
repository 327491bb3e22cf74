/* SPDX-License-Identifier: MIT */
/* The interview without a screen: pages, answers as people type them, echoes,
 * outline, languages. */
#include "tests/tap.h"
#include <time.h>
#include "form/audit.h"
#include "form/draft.h"
#include "form/shelf.h"
#include "work/fill.h"
#include <stdlib.h>

static form *f;
static fill *i;
static const fill_page *page;

static void close_form(void)
{
    fill_free(i);
    form_free(f);
    i = NULL;
    f = NULL;
}

static void convert(buffer *xml, const char *markdown)
{
    workbook *w = NULL;
    form_messages *m = NULL;
    if (form_messages_new(&m) ||
        workbook_read_markdown(&w, markdown, strlen(markdown)))
        bail("%s", error_message());
    if (xlsform_convert(xml, m, w, "test"))
        bail("%s", m->count ? m->list[0].text : error_message());
    workbook_free(w);
    form_messages_free(m);
}

static void open_form(const char *markdown)
{
    buffer xml = {0};
    close_form();
    convert(&xml, markdown);
    if (form_read_xform(&f, (char *)xml.data, xml.length) ||
        fill_new_form(&i, f, NULL, NULL))
        bail("%s", error_message());
    buffer_free(&xml);
}

static const char *here(void)
{
    static char words[256];
    if (fill_look(&page, i))
        bail("%s", error_message());
    if (page->kind == FILL_CLOSING)
        return "closing";
    if (page->kind == FILL_REPEAT)
        snprintf(words, sizeof words, "%s? %zu", page->repeat_label,
                 page->instances);
    else
        snprintf(words, sizeof words, "%s%s", page->questions[0].path,
                 page->is_list ? " list" : "");
    return words;
}

static const char *next(void)
{
    if (fill_next(i))
        return error_message();
    return here();
}

static const char *back(void)
{
    if (fill_back(i))
        return error_message();
    return here();
}

/* What a person types at PATH: the value then, or why it was not taken. */
static const char *type(const char *path, const char *typed)
{
    record_outcome outcome;
    form_node *node = record_find(fill_record(i), path);
    if (!node)
        bail("no %s", path);
    if (fill_enter(&outcome, i, node, typed))
        bail("%s: %s", path, error_message());
    return outcome == RECORD_OK ? node->value : error_message();
}

#define HOUSEHOLD                                                              \
    "| survey |\n"                                                             \
    "| | type | name | label | required | relevant | appearance | "            \
    "repeat_count | constraint |\n"                                            \
    "| | note | hello | Welcome | | | | | |\n"                                 \
    "| | text | chief | Head of household | yes | | | | |\n"                   \
    "| | begin_group | home | Home | | | field-list | | |\n"                   \
    "| | integer | rooms | Rooms | | | | | . < 30 |\n"                         \
    "| | select_one yn | water | Water inside? | | | | | |\n"                  \
    "| | text | why | Why not? | | ${water} = 'no' | | | |\n"                  \
    "| | end_group | | | | | | | |\n"                                          \
    "| | begin_repeat | member | Member | | | | | |\n"                         \
    "| | text | name | Name | yes | | | | |\n"                                 \
    "| | integer | age | Age of ${name} | | | | | |\n"                         \
    "| | end_repeat | | | | | | | |\n"                                         \
    "| | integer | cows | How many cows? | | | | | |\n"                        \
    "| | begin_repeat | cow | Cow | | | | ${cows} | |\n"                       \
    "| | text | colour | Colour | | | | | |\n"                                 \
    "| | end_repeat | | | | | | | |\n"                                         \
    "| | text | end | Anything else? | | | | | |\n"                            \
    "| choices |\n"                                                            \
    "| | list_name | name | label |\n"                                         \
    "| | yn | yes | Yes |\n"                                                   \
    "| | yn | no | No |\n"

static void test_pages(void)
{
    open_form(HOUSEHOLD);
    is_str(here(), "/data/hello", "the first page is the note");
    is_str(back(), "this is the beginning of the form", "nothing before it");
    is_str(next(), "/data/chief", "then a question");
    is_int(page->number, 1, "it is the first");
    is_str(next(), "/data/home/rooms list", "a field-list is one page");
    is_int(page->count, 2, "without the question that is not relevant");
    type("/data/home/water", "2");
    is_str(here(), "/data/home/rooms list", "still there after an answer");
    is_int(page->count, 3, "with the question that became relevant");
    is_str(page->heading, "Home", "the group is the heading");
    is_str(next(), "/data/member[1]/name", "the repeat's first instance");
    is_str(page->heading, "Member 1 of 1", "the heading counts");
    type("/data/member[1]/name", "Fatima");
    is_str(next(), "/data/member[1]/age", "its next question");
    is_str(page->heading, "Member 1 of 1: Fatima", "and names it");
    is_str(page->questions[0].label, "Age of Fatima", "a label with a value");
    is_str(next(), "Member? 1", "another?");
    ok(fill_add(i, NULL) == TAWAM_OK, "one more");
    is_str(here(), "/data/member[2]/name", "its first question");
    is_str(page->heading, "Member 2 of 2", "the second of two");
    is_str(next(), "/data/member[2]/age", "required, but can be left");
    is_str(next(), "Member? 2", "another?");
    is_str(next(), "/data/cows", "behind the repeat");
    is_str(next(), "/data/end", "no cows without an answer");
    is_str(back(), "/data/cows", "back");
    type("/data/cows", "2");
    is_str(next(), "/data/cow[1]/colour", "the count makes instances");
    is_str(next(), "/data/cow[2]/colour", "two of them");
    is_str(next(), "/data/end", "and asks for no more");
    type("/data/cows", "1");
    is_str(next(), "closing", "the closing page");
    is_int(page->open, 2, "two required questions without an answer");
    is_str(next(), "this is the end of the form", "nothing behind it");
    ok(fill_finish(&(int64_t){0}, i) == TAWAM_ENO, "it can't be finished");
    ok(fill_to_open(i, 1) == TAWAM_OK, "to the first open one");
    is_str(here(), "/data/chief", "which is the head");
    ok(fill_to_open(i, 1) == TAWAM_OK, "and the next");
    is_str(here(), "/data/member[2]/name", "is the second member's name");
    ok(fill_to_open(i, -1) == TAWAM_OK, "and back");
    is_str(here(), "/data/chief", "to the head");
    type("/data/chief", "Ali");
    type("/data/member[2]/name", "Omar");
    ok(fill_finish(&(int64_t){0}, i) == TAWAM_OK, "now it can: %s",
       error_message());
    close_form();
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

/* ---- drafts ---- */

static char folder[] = "/tmp/tawam-fill-XXXXXX";

/* A territory in a folder of its own with the form of MARKDOWN on its shelf. */
static twin *open_territory(territory *t, const char *markdown)
{
    shelf_form s = {0};
    buffer xml = {0};
    char *path = file_join(folder, "t");
    *t = (territory){.directory = path};
    if (twin_create(&t->twin, path))
        bail("%s", error_message());
    open_form(markdown);
    convert(&xml, markdown);
    s = (shelf_form){.id = f->id,
                     .version = f->version,
                     .title = f->title,
                     .source = "",
                     .problem = "",
                     .current = 1};
    if (shelf_put(t->twin, &s, (char *)xml.data, xml.length, NULL, 0))
        bail("%s", error_message());
    buffer_free(&xml);
    close_form();
    return t->twin;
}

static void open_draft(territory *t, int64_t number)
{
    fill_free(i);
    i = NULL;
    if (number ? fill_open(&i, t, number) : fill_new(&i, t, "test"))
        bail("%s", error_message());
}

static int audit_count(twin *t, int64_t number, audit_kind kind)
{
    draft *d = NULL;
    form *own = NULL;
    buffer bytes = {0};
    audit_reader *r = NULL;
    audit_event event;
    int count = 0, code;
    if (shelf_open(&own, t, "test", NULL) ||
        draft_open(&d, t, number, own, NULL) || draft_audit(&bytes, d) ||
        audit_reader_new(&r, own, bytes.data, bytes.length))
        bail("%s", error_message());
    while ((code = audit_next(&event, r)) == 1)
        count += event.kind == kind;
    ok(code == 0, "the audit can be read");
    audit_reader_free(r);
    buffer_free(&bytes);
    draft_free(d);
    form_free(own);
    return count;
}

static void test_drafts(void)
{
    territory t;
    twin *w;
    int64_t number;
    if (!mkdtemp(folder))
        bail("mkdtemp");
    w = open_territory(&t, HOUSEHOLD);
    open_draft(&t, 0);
    number = fill_draft(i);
    ok(number > 0, "a draft has a number");
    here();
    next();
    is_str(type("/data/chief", "Ali"), "Ali", "an answer");
    is_str(next(), "/data/home/rooms list", "the next page");
    type("/data/home/water", "no");
    is_str(type("/data/home/rooms", "30"),
           "the form does not allow this answer", "a constraint");
    fill_set_note(i, record_find(fill_record(i), "/data/home/rooms"),
                  "he was not sure", 1);
    next();
    next();
    next();
    ok(fill_add(i, NULL) == TAWAM_OK, "a second member");
    is_str(here(), "/data/member[2]/name", "at its name");
    open_draft(&t, number);
    is_str(here(), "/data/member[2]/name", "opened again at the same place");
    fill_go(i, "/data/home/rooms");
    is_str(here(), "/data/home/rooms list", "by its path");
    is_str(page->questions[0].note, "he was not sure", "with its note");
    ok(page->questions[0].flagged, "and flag");
    is_str(page->questions[1].echo, "No", "and answers");
    ok(fill_pause(i) == TAWAM_OK, "a pause");
    here();
    fill_free(i);
    i = NULL;
    is_int(audit_count(w, number, AUDIT_ANSWERED), 2, "two were answered");
    is_int(audit_count(w, number, AUDIT_REFUSED), 1, "one was refused");
    is_int(audit_count(w, number, AUDIT_PAUSE), 1, "one pause");
    is_int(audit_count(w, number, AUDIT_RESUME), 1, "opened again once");
    is_int(audit_count(w, number, AUDIT_EXIT), 2, "left twice");
    open_draft(&t, number);
    ok(fill_discard(i) == TAWAM_OK, "discarded");
    fill_free(i);
    i = NULL;
    ok(fill_open(&i, &t, number) == TAWAM_ENOTFOUND, "it is gone");
    twin_close(w);
    free(t.directory);
    file_remove_tree(folder);
}

int main(void)
{
    clock_fix(1777640400000); /* 2026-05-01T13:00:00Z, a Friday */
    setenv("TZ", "UTC", 1);
    tzset();
    test_pages();
    test_typed();
    test_drafts();
    return done_testing();
}
