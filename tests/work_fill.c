/* SPDX-License-Identifier: MIT */
/* The interview without a screen: pages, repeats, outline, languages, drafts.
 */
#include "tests/fill_support.h"

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
    ok(fill_to_open(NULL, i, NULL, 1) == TAWAM_OK, "to the first open one");
    is_str(here(), "/data/chief", "which is the head");
    ok(fill_to_open(NULL, i, NULL, 1) == TAWAM_OK, "and the next");
    is_str(here(), "/data/member[2]/name", "is the second member's name");
    ok(fill_to_open(NULL, i, NULL, -1) == TAWAM_OK, "and back");
    is_str(here(), "/data/chief", "to the head");
    type("/data/chief", "Ali");
    is_str(type("/data/chief", ""), "an answer is required",
           "nothing is no answer to a required question");
    ok(fill_clear(i, record_find(fill_record(i), "/data/chief")) == TAWAM_OK,
       "but its answer can be taken back");
    is_str(record_find(fill_record(i), "/data/chief")->value, "",
           "and is open again");
    type("/data/chief", "Ali");
    type("/data/member[2]/name", "Omar");
    ok(fill_finish(&(int64_t){0}, i) == TAWAM_OK, "now it can: %s",
       error_message());
    close_form();
}

/* ---- outline, finding, languages ---- */

static const fill_line *line_at(const char *path)
{
    const fill_line *lines = NULL;
    size_t count = 0;
    if (fill_outline(&lines, &count, i))
        bail("%s", error_message());
    for (size_t n = 0; n < count; n++)
        if (strcmp(lines[n].path, path) == 0)
            return &lines[n];
    bail("no line %s", path);
    return NULL;
}

static void test_outline(void)
{
    const fill_line *l;
    open_form(HOUSEHOLD);
    l = line_at("/data/chief");
    ok(l->state == FILL_OPEN && l->open == 1 && l->number == 1,
       "a required question is open");
    l = line_at("/data/home");
    ok(l->kind == FILL_LINE_GROUP && l->empty == 2 && l->state == FILL_EMPTY,
       "a group counts its relevant questions");
    type("/data/home/rooms", "3");
    type("/data/home/water", "no");
    l = line_at("/data/home");
    ok(l->done == 2 && l->empty == 1 && l->state == FILL_DONE,
       "two done, one that became relevant empty");
    is_str(line_at("/data/home/water")->echo, "No", "with the echo");
    type("/data/member[1]/name", "Fatima");
    fill_go(i, "/data/member[1]/name");
    fill_add(i, fill_look(&page, i) ? NULL : page->instance);
    l = line_at("/data/member+");
    ok(l->kind == FILL_LINE_REPEAT && l->open == 1 && l->done == 1,
       "a repeat counts all its instances");
    l = line_at("/data/member[1]");
    ok(l->kind == FILL_LINE_INSTANCE && l->depth == 1, "an instance");
    is_str(l->label, "Member 1", "has a number");
    is_str(l->echo, "Fatima", "and a name");
    ok(line_at("/data/member[2]/name")->is_here, "where it stands is marked");
    fill_set_note(i, record_find(fill_record(i), "/data/chief"), "?", 1);
    ok(line_at("/data/chief")->flagged, "a flag");
    is_str(line_at("/data/chief")->note, "?", "and a note");
    close_form();
}

static const char *find(const char *words)
{
    const char *path = NULL;
    return fill_find(&path, i, words) ? error_message() : path;
}

static void test_find(void)
{
    open_form(HOUSEHOLD);
    is_str(find("1"), "/data/chief", "by number");
    is_str(find("٢"), "/data/home/rooms", "in Arabic digits");
    is_str(find("water"), "/data/home/water", "by name");
    is_str(find("anything"), "/data/end", "by words");
    is_str(find("HEAD of"), "/data/chief", "whatever their case");
    is_str(find("/data/cows"), "/data/cows", "by path");
    is_str(find("xyz"), "no question has the number, name or words 'xyz'",
           "or not at all");
    is_str(find("99"), "no question has the number, name or words '99'",
           "no such number");
    ok(fill_go(i, "/data/home/why") == TAWAM_ENO, "what is hidden: %s",
       error_message());
    ok(fill_go(i, "/data/nothing") == TAWAM_ENOTFOUND, "what is not there");
    ok(fill_go(i, "/data/member[1]") == TAWAM_OK, "an instance");
    is_str(here(), "/data/member[1]/name", "is its first question");
    ok(fill_go(i, "/data/member+") == TAWAM_OK, "the page after a repeat");
    is_str(here(), "Member? 1", "by the path of the outline");
    close_form();
}

#define LANGUAGES                                                                     \
    "| survey |\n"                                                                    \
    "| | type | name | label::Français (fr) | label::العربية (ar) | "         \
    "hint::Français (fr) | guidance_hint::Français (fr) |\n"                        \
    "| | date | d | **Date** de la *visite* | تاريخ الزيارة | Le jour | " \
    "Sur le carnet |\n"                                                               \
    "| | select_one yn | q | Eau\\_ici ? | ماء؟ | | |\n"                          \
    "| choices |\n"                                                                   \
    "| | list_name | name | label::Français (fr) | label::العربية (ar) |\n"   \
    "| | yn | yes | Oui | نعم |\n"                                                 \
    "| | yn | no | Non | لا |\n"                                                    \
    "| settings |\n"                                                                  \
    "| | form_id | default_language |\n"                                              \
    "| | test | Français (fr) |\n"

static void test_languages(void)
{
    const char *const *names = NULL;
    open_form(LANGUAGES);
    is_int(fill_languages(&names, i), 2, "two languages");
    is_str(names[1], "العربية (ar)", "by their names");
    is_str(fill_language_code(i), "fr", "the default's code");
    is_str(at("/data/d")->label, "Date de la visite", "no marks of Markdown");
    is_str(at("/data/d")->hint, "Le jour", "a hint");
    is_str(at("/data/d")->guidance, "Sur le carnet", "and guidance");
    is_str(type("/data/d", "غدا"), "2026-05-02", "words of another language");
    is_str(at("/data/d")->echo, "samedi 2 mai 2026", "echoed in the form's");
    type("/data/q", "oui");
    ok(!fill_is_rtl(i) && fill_set_language(i, "ar") == TAWAM_OK &&
           fill_is_rtl(i),
       "Arabic by its code");
    is_str(at("/data/d")->echo, "السبت 2 ماي 2026", "the echo too");
    is_str(at("/data/q")->echo, "نعم", "and a choice");
    is_str(at("/data/q")->label, "ماء؟", "and labels");
    ok(fill_set_language(i, "franc") == TAWAM_OK, "by the start of a name");
    is_str(at("/data/q")->label, "Eau_ici ?", "an escaped sign");
    ok(fill_set_language(i, "es") == TAWAM_ENOTFOUND, "one it has not: %s",
       error_message());
    is_str(fill_language_code(i), "fr", "and stays");
    close_form();
}

/* ---- repeats ---- */

#define NESTED                                                                 \
    "| survey |\n"                                                             \
    "| | type | name | label | appearance | relevant |\n"                      \
    "| | select_one yn | any | Any? | | |\n"                                   \
    "| | begin_repeat | house | House | | ${any} != 'no' |\n"                  \
    "| | text | street | Street | | |\n"                                       \
    "| | begin_repeat | room | Room | field-list | |\n"                        \
    "| | text | use | Use | | |\n"                                             \
    "| | integer | size | Size | | |\n"                                        \
    "| | end_repeat | | | | |\n"                                               \
    "| | end_repeat | | | | |\n"                                               \
    "| choices |\n"                                                            \
    "| | list_name | name | label |\n"                                         \
    "| | yn | yes | Yes |\n"                                                   \
    "| | yn | no | No |\n"

static const char *ditto(const char *path)
{
    record_outcome outcome;
    form_node *node = record_find(fill_record(i), path);
    return fill_ditto(&outcome, i, node) ? error_message() : node->value;
}

static void test_repeats(void)
{
    open_form(NESTED);
    is_str(here(), "/data/any", "the first question");
    is_str(next(), "/data/house[1]/street", "the first house");
    type("/data/house[1]/street", "Rue A");
    is_str(next(), "/data/house[1]/room[1]/use list", "a room is one page");
    type("/data/house[1]/room[1]/use", "kitchen");
    type("/data/house[1]/room[1]/size", "12");
    is_str(here(), "/data/house[1]/room[1]/use list", "still there");
    is_str(page->heading, "House 1 of 1: Rue A > Room 1 of 1: kitchen",
           "a heading through two repeats");
    is_str(next(), "Room? 1", "another room?");
    is_str(page->heading, "House 1 of 1: Rue A", "in that house");
    ok(fill_add(i, NULL) == TAWAM_OK, "one more");
    is_str(here(), "/data/house[1]/room[2]/use list", "its page");
    is_str(ditto("/data/house[1]/room[2]/use"), "kitchen", "as before");
    is_str(ditto("/data/house[1]/street"), "there is no earlier answer",
           "nothing before the first");
    type("/data/house[1]/room[2]/size", "20");
    here();
    ok(fill_move(i, page->instance, -1) == TAWAM_OK, "the second goes up");
    is_str(here(), "/data/house[1]/room[1]/use list", "it is the first now");
    is_str(page->questions[1].value, "20", "with its answers");
    is_str(next(), "/data/house[1]/room[2]/use list", "then the other");
    is_str(page->questions[1].value, "12", "with its own");
    ok(fill_remove(i, page->instance) == TAWAM_OK, "it goes");
    is_str(here(), "/data/house[1]/room[1]/use list", "back at the one before");
    is_str(next(), "Room? 1", "one is left");
    is_str(next(), "House? 1", "and the outer repeat's page");
    ok(fill_remove(i, record_find(fill_record(i), "/data/house[1]")) ==
           TAWAM_OK,
       "the only house goes");
    is_str(here(), "/data/any", "to what is before the repeat");
    is_str(next(), "House? 0", "which can be begun anew");
    ok(fill_add(i, NULL) == TAWAM_OK, "by adding");
    is_str(here(), "/data/house[1]/street", "one");
    type("/data/any", "no");
    is_str(here(), "closing", "what is hidden is left");
    is_str(back(), "/data/any", "and no page");
    is_str(next(), "closing", "in neither direction");
    close_form();
}

#define FIXED                                                                  \
    "<h:html xmlns='http://www.w3.org/2002/xforms' "                           \
    "xmlns:h='http://www.w3.org/1999/xhtml' "                                  \
    "xmlns:jr='http://openrosa.org/javarosa'><h:head><h:title>F</h:title>"     \
    "<model><instance><data id='f'><r><a/></r><r><a/></r></data></instance>"   \
    "<bind nodeset='/data/r/a' type='int'/></model></h:head><h:body>"          \
    "<repeat nodeset='/data/r' jr:noAddRemove='true()'>"                       \
    "<input ref='/data/r/a'><label>A</label></input></repeat>"                 \
    "</h:body></h:html>"

static void test_fixed(void)
{
    close_form();
    if (form_read_xform(&f, FIXED, strlen(FIXED)) ||
        fill_new_form(&i, f, NULL, NULL))
        bail("%s", error_message());
    is_str(here(), "/data/r[1]/a", "an instance that the form has");
    ok(fill_add(i, page->instance) == TAWAM_ENO &&
           fill_remove(i, page->instance) == TAWAM_ENO,
       "noAddRemove: %s", error_message());
    is_str(next(), "/data/r[2]/a", "the other");
    is_str(next(), "closing", "and nobody asks for more");
    close_form();
}

/* ---- grids ---- */

#define GRID                                                                   \
    "| survey |\n"                                                             \
    "| | type | name | label | appearance |\n"                                 \
    "| | begin_group | have | What do you have? | table-list |\n"              \
    "| | select_one yn | radio | Radio | |\n"                                  \
    "| | select_one yn | tv | Television | |\n"                                \
    "| | end_group | | | |\n"                                                  \
    "| | begin_group | own | By hand | field-list |\n"                         \
    "| | select_one yn | head | Columns | label |\n"                           \
    "| | select_one yn | a | A | list-nolabel |\n"                             \
    "| | select_one yn | b | B | list-nolabel |\n"                             \
    "| | end_group | | | |\n"                                                  \
    "| | begin_group | other | Other | field-list |\n"                         \
    "| | select_one yn | c | C | |\n"                                          \
    "| | text | d | D | |\n"                                                   \
    "| | end_group | | | |\n"                                                  \
    "| choices |\n"                                                            \
    "| | list_name | name | label |\n"                                         \
    "| | yn | yes | Yes |\n"                                                   \
    "| | yn | no | No |\n"

static void test_grid(void)
{
    open_form(GRID);
    here();
    ok(page->is_grid, "table-list is a grid");
    is_int(page->total, 6, "its row of names is no question");
    type("/data/have/radio", "1");
    here();
    ok(page->questions[page->count - 2].chosen[0], "an answer in a cell");
    next();
    ok(page->is_grid && page->count == 2, "label and list-nolabel by hand");
    next();
    ok(!page->is_grid && page->is_list, "a list with a text is none");
    close_form();
}

/* ---- choices that depend on answers ---- */

#define CASCADE                                                                \
    "| survey |\n"                                                             \
    "| | type | name | label | choice_filter | required | relevant |\n"        \
    "| | select_one where | province | Province | | yes | |\n"                 \
    "| | select_one town | commune | Commune | in=${province} | yes | |\n"     \
    "| | text | street | Street | | | ${commune} != '' |\n"                    \
    "| choices |\n"                                                            \
    "| | list_name | name | label | in |\n"                                    \
    "| | where | b | Berkane | |\n"                                            \
    "| | where | o | Oujda | |\n"                                              \
    "| | town | zegzel | Zegzel | b |\n"                                       \
    "| | town | ahfir | Ahfir | b |\n"                                         \
    "| | town | bni | Bni Drar | o |\n"

static void test_cascade(void)
{
    open_form(CASCADE);
    type("/data/province", "berkane");
    is_int(at("/data/commune")->choice_count, 2, "choices of that province");
    is_str(type("/data/commune", "2"), "ahfir", "one of them");
    is_str(at("/data/commune")->echo, "Ahfir", "chosen");
    type("/data/province", "oujda");
    ok(fill_to_closing(i) == TAWAM_OK, "straight to the end");
    is_str(here(), "closing", "is there");
    is_int(page->open, 1, "what is no choice any more is open again");
    is_int(page->total, 2, "and what hung on it is not asked");
    is_str(record_find(fill_record(i), "/data/commune")->value, "",
           "though it is required");
    close_form();
}

/* ---- faults of the form ---- */

#define FAULTY                                                                 \
    "| survey |\n"                                                             \
    "| | type | name | label | constraint | parameters |\n"                    \
    "| | text | a | A | ${c} = '' or regex(., ${c}) | |\n"                     \
    "| | select_one_from_file gone.csv | b | B | | |\n"                        \
    "| | text | c | C | | |\n"                                                 \
    "| | geopoint | p | P | | capture-accuracy=3 warning-accuracy=50 |\n"

/* They keep a person from nothing but the question that has them. */
static void test_faults(void)
{
    open_form(FAULTY);
    type("/data/a", "x");
    type("/data/c", "[");
    is_int(at("/data/a")->state, FILL_WRONG, "a rule that can't be asked");
    ok(*page->questions[0].message != '\0', "says so: %s",
       page->questions[0].message);
    is_str(next(), "/data/b", "on");
    ok(page->questions[0].choice_count == 0 &&
           strstr(page->questions[0].message, "gone.csv") != NULL,
       "an attachment that is missing: %s", page->questions[0].message);
    is_str(next(), "/data/c", "on");
    is_str(next(), "/data/p", "to the last");
    is_int((int)page->questions[0].capture_accuracy, 3, "capture-accuracy");
    is_int((int)page->questions[0].warning_accuracy, 50, "warning-accuracy");
    is_str(next(), "closing", "to the end");
    is_int(page->wrong, 1, "where it counts as wrong");
    close_form();
}

/* ---- warnings ---- */

#define WARNING                                                                \
    "| survey |\n"                                                             \
    "| | type | name | label | body::tawam:warn | body::tawam:warn_message "   \
    "|\n"                                                                      \
    "| | integer | a | A | . > 100 | |\n"                                      \
    "| | integer | b | B | . > ${a} * 10 | More than ten times? |\n"           \
    "| settings |\n"                                                           \
    "| | form_id | namespaces |\n"                                             \
    "| | test | tawam=\"https://tawam.example/ns\" |\n"

static void test_warnings(void)
{
    open_form(WARNING);
    is_str(type("/data/a", "101"), "101", "an unusual answer is taken");
    is_str(at("/data/a")->warning, "this is unusual: is it right?",
           "with a warning");
    is_int(at("/data/a")->state, FILL_DONE, "and done");
    type("/data/a", "3");
    is_str(at("/data/a")->warning, "", "none where it is usual");
    type("/data/b", "31");
    is_str(at("/data/b")->warning, "More than ten times?",
           "the form's own words");
    ok(fill_to_closing(i) == TAWAM_OK && fill_look(&page, i) == TAWAM_OK &&
           page->wrong == 0,
       "nothing is wrong");
    close_form();
}

/* ---- memory ---- */

static int whole_interview(void)
{
    record_outcome outcome;
    const fill_line *lines;
    size_t count;
    int64_t fid;
    fill *own = NULL;
    int code = fill_new_form(&own, f, NULL, NULL);
    if (code == TAWAM_OK)
        code = fill_enter(&outcome, own,
                          record_find(fill_record(own), "/data/chief"), "Ali");
    if (code == TAWAM_OK)
        code =
            fill_enter(&outcome, own,
                       record_find(fill_record(own), "/data/home/water"), "ye");
    if (code == TAWAM_OK)
        code = fill_go(own, "/data/home/water");
    if (code == TAWAM_OK)
        code = fill_look(&page, own);
    if (code == TAWAM_OK)
        code = fill_outline(&lines, &count, own);
    if (code == TAWAM_OK)
        code = fill_finish(&fid, own);
    fill_free(own);
    return code;
}

/* Each allocation fails once: an error, or a detail less (a choice that is not
 * recognised as "doesn't know"), never a crash, a leak or a false finish. */
static void test_memory(void)
{
    int failed = 0, wrong = 0;
    long before, all;
    open_form(HOUSEHOLD);
    before = memory_allocations();
    is_int(whole_interview(), TAWAM_ENO, "an interview with an open question");
    all = memory_allocations() - before;
    for (long nth = 1; nth <= all; nth++) {
        int code;
        memory_fail_at(nth);
        code = whole_interview();
        memory_fail_at(0);
        failed += code == TAWAM_EMEMORY;
        wrong += code != TAWAM_EMEMORY && code != TAWAM_ENO;
    }
    ok(wrong == 0 && failed > all / 2,
       "%d of %ld allocations failing are errors, none is anything worse",
       failed, all);
    close_form();
}

/* ---- drafts ---- */

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
    if (!mkdtemp(fill_folder))
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
    file_remove_tree(fill_folder);
}

/* ---- what counts as answered ---- */

static void answers_counted(void)
{
    open_form("| survey |\n"
              "| | type | name | label | default | calculation | read_only |\n"
              "| | text | chief | Head | | | |\n"
              "| | text | place | Place | Berkane | | |\n"
              "| | date | day | Day | today() | | |\n"
              "| | integer | cows | Cows | 3 | | |\n"
              "| | integer | legs | Legs | | ${cows} * 4 | yes |\n"
              "| | acknowledge | agreed | Agreed | | | |\n");
    ok(fill_to_closing(i) == TAWAM_OK, "to the end");
    is_str(here(), "closing", "of a form with defaults");
    is_int(page->done, 0, "defaults and calculations are no answers");
    type("/data/chief", "Ali");
    type("/data/cows", "4");
    fill_set(&(record_outcome){0}, i,
             record_find(fill_record(i), "/data/agreed"), "OK");
    ok(fill_to_closing(i) == TAWAM_OK, "to the end again");
    is_str(here(), "closing", "of what was answered");
    is_int(page->done, 3, "what a person gave is");
    is_int(page->empty, 0, "and nothing is empty");
    close_form();
}

int main(void)
{
    answers_counted();
    stop_clock();
    test_pages();
    test_outline();
    test_find();
    test_languages();
    test_repeats();
    test_fixed();
    test_grid();
    test_cascade();
    test_faults();
    test_warnings();
    test_memory();
    test_drafts();
    return done_testing();
}
