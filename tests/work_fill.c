/* SPDX-License-Identifier: MIT */
/* The interview without a screen: pages, answers as people type them, echoes,
 * outline, languages. */
#include "tests/tap.h"
#include <time.h>
#include "work/fill.h"

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

static void open_form(const char *markdown)
{
    workbook *w = NULL;
    form_messages *m = NULL;
    buffer xml = {0};
    close_form();
    if (form_messages_new(&m) ||
        workbook_read_markdown(&w, markdown, strlen(markdown)))
        bail("%s", error_message());
    if (xlsform_convert(&xml, m, w, "test"))
        bail("%s", m->count ? m->list[0].text : error_message());
    if (form_read_xform(&f, (char *)xml.data, xml.length) ||
        fill_new_form(&i, f, NULL, NULL))
        bail("%s", error_message());
    buffer_free(&xml);
    workbook_free(w);
    form_messages_free(m);
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

int main(void)
{
    clock_fix(1777640400000); /* 2026-05-01T13:00:00Z, a Friday */
    setenv("TZ", "UTC", 1);
    tzset();
    test_pages();
    return done_testing();
}
