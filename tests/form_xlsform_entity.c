/* SPDX-License-Identifier: MIT */
/* Entities of an XLSForm: where the block of each stands, what creates, updates
 * or does both, and what is refused. */
#include "tests/xlsform_support.h"

#define SURVEY "| survey |\n| | type | name | label | save_to |\n"

static void test_creating(void)
{
    accepted(SURVEY "| | text | a | A | kind |\n"
                    "| entities |\n| | list_name | label |\n"
                    "| | trees | ${a} |\n",
             "an entity is created");
    has("<entity dataset=\"trees\" id=\"\" create=\"1\"><label/></entity>",
        "its block");
    has("entities:saveto=\"kind\"", "a property");
    has("<setvalue ref=\"/data/meta/entity/@id\" "
        "event=\"odk-instance-first-load\" value=\"uuid()\"/>",
        "a new id");
    has("entities:entities-version=\"2024.1.0\"", "the specification of 2024");
}

static void test_updating(void)
{
    accepted(SURVEY
             "| | csv-external | trees | | |\n| | text | a | A | kind |\n"
             "| entities |\n| | list_name | entity_id | update_if |\n"
             "| | trees | ${a} | ${a} != '' |\n",
             "an entity is updated");
    has("update=\"1\" baseVersion=\"\" branchId=\"\" trunkVersion=\"\"",
        "its block");
    has("nodeset=\"/data/meta/entity/@baseVersion\" "
        "calculate=\"instance('trees')/root/item[name= /data/a ]/__version\"",
        "the version it was");
    has("nodeset=\"/data/meta/entity/@update\" calculate=\" /data/a  != ''\"",
        "when");
    ok(!strstr((char *)xml.data, "uuid()"), "no new id");
}

static void test_creating_or_updating(void)
{
    accepted(SURVEY "| | select_one_from_file trees.csv | a | A | kind |\n"
                    "| entities |\n| | list_name | entity_id | update_if | "
                    "create_if | label |\n"
                    "| | trees | coalesce(${a}, uuid()) | ${a} != '' | "
                    "${a} = '' | 'L' |\n",
             "one of both");
    has("create=\"1\" update=\"1\"", "its block has both");
    has("@create\" calculate=\" /data/a  = ''\"", "when it is created");
}

static void test_in_repeats(void)
{
    accepted(SURVEY "| | begin_repeat | r | R | |\n"
                    "| | begin_group | g | G | |\n| | text | a | A | p |\n"
                    "| | end_group | | | |\n"
                    "| | begin_group | h | H | |\n| | text | b | B | q |\n"
                    "| | end_group | | | |\n| | end_repeat | | | |\n"
                    "| entities |\n| | list_name | label |\n"
                    "| | trees | ${a} |\n",
             "an entity in each instance");
    has("nodeset=\"/data/r/meta/entity/@id\"",
        "stands in the repeat when its questions share no group");
    has("event=\"odk-new-repeat\" value=\"uuid()\"", "each has its own id");
    has("calculate=\" ../../../g/a \"", "and its own label");
    has("entities-version=\"2025.1.0\"", "the specification of 2025");
}

static void test_several_lists(void)
{
    accepted(SURVEY "| | begin_group | g | G | |\n| | text | a | A | e1#p |\n"
                    "| | end_group | | | |\n"
                    "| | begin_group | h | H | |\n| | text | b | B | e2#p |\n"
                    "| | begin_repeat | r | R | |\n| | text | c | C | e3#p |\n"
                    "| | end_repeat | | | |\n| | end_group | | | |\n"
                    "| entities |\n| | list_name | label |\n"
                    "| | e1 | ${a} |\n| | e2 | ${b} |\n| | e3 | ${c} |\n"
                    "| | e4 | 'x' |\n",
             "several lists");
    has("/data/g/meta/entity/label", "one in a group");
    has("/data/h/meta/entity/label", "one in a group with a repeat");
    has("/data/h/r/meta/entity/label", "one in the repeat");
    has("/data/meta/entity/label", "what nothing is saved to, in the form");
}

#define LISTS "| entities |\n| | list_name | label |\n| | e1 | 'x' |\n"

static void test_refusals(void)
{
    refused(SURVEY "| | text | a | A | p |\n", "survey", 2, "save_to",
            "needs an entities sheet");
    refused(SURVEY "| | text | a | A | p |\n| | text | b | B | p |\n" LISTS,
            "survey", 3, "save_to", "row 2 is saved to 'p'");
    refused(SURVEY "| | text | a | A | name |\n" LISTS, "survey", 2, "save_to",
            "can't name a property");
    refused(SURVEY "| | text | a | A | __p |\n" LISTS, "survey", 2, "save_to",
            "can't name a property");
    refused(SURVEY "| | text | a | A | e9#p |\n" LISTS, "survey", 2, "save_to",
            "no entity list 'e9'");
    refused(SURVEY "| | text | a | A | e1#p#q |\n" LISTS, "survey", 2,
            "save_to", "one #");
    refused(SURVEY "| | text | a | A | p |\n" LISTS "| | e2 | 'y' |\n",
            "survey", 2, "save_to", "write list#p");
    refused(SURVEY "| | begin_group | g | G | p |\n| | text | a | A | |\n"
                   "| | end_group | | | |\n" LISTS,
            "survey", 2, "save_to", "can't be saved");
    refused(SURVEY "| | text | a | A | e1#p |\n| | text | b | B | e2#p "
                   "|\n" LISTS "| | e2 | 'y' |\n",
            "entities", 3, "list_name", "a group of its own");
    refused(SURVEY "| | begin_repeat | r | R | |\n| | text | a | A | p |\n"
                   "| | end_repeat | | | |\n| | begin_repeat | s | S | |\n"
                   "| | text | b | B | q |\n| | end_repeat | | | |\n" LISTS,
            "survey", 6, "save_to", "different repeats");
    refused(SURVEY "| | text | a | A | |\n" LISTS "| | e1 | 'y' |\n",
            "entities", 3, "list_name", "in row 2 already");
    refused(SURVEY "| | text | a | A | |\n" LISTS "| | e.2 | 'y' |\n",
            "entities", 3, "list_name", "can't name an entity list");
    refused(SURVEY "| | text | a | A | |\n| entities |\n"
                   "| | list_name | lable | label |\n| | e | x | 'x' |\n",
            "entities", 1, "lable", "did you mean label");
    refused(SURVEY
            "| | text | a | A | |\n| entities |\n"
            "| | list_name | label | update_if |\n| | e | 'x' | true() |\n",
            "entities", 2, "update_if", "which entity");
    refused(SURVEY "| | text | a | A | |\n| entities |\n"
                   "| | list_name | create_if |\n| | e | true() |\n",
            "entities", 2, "label", "needs a label");
}

int main(void)
{
    test_creating();
    test_updating();
    test_creating_or_updating();
    test_in_repeats();
    test_several_lists();
    test_refusals();
    free_converted();
    return done_testing();
}
