/* SPDX-License-Identifier: MIT */
/* XLSForms (as Markdown) -> XForms: types, columns, references, translations,
 * entities; and what is wrong told by sheet, row and column. */
#include "tests/xlsform_support.h"

#define SURVEY "| survey |\n| | type | name | label |\n"

/* ---- questions ---- */

static void test_types(void)
{
    static const struct {
        const char *type, *bind, *control;
    } types[] = {
        {"text", "type=\"string\"", "<input ref=\"/data/q\""},
        {"integer", "type=\"int\"", "<input ref=\"/data/q\""},
        {"decimal", "type=\"decimal\"", "<input ref=\"/data/q\""},
        {"date", "type=\"date\"", "<input ref=\"/data/q\""},
        {"time", "type=\"time\"", "<input ref=\"/data/q\""},
        {"dateTime", "type=\"dateTime\"", "<input ref=\"/data/q\""},
        {"note", "readonly=\"true()\"", "<input ref=\"/data/q\""},
        {"acknowledge", "type=\"string\"", "<trigger ref=\"/data/q\""},
        {"range", "type=\"int\"", "start=\"1\" end=\"10\" step=\"1\""},
        {"geopoint", "type=\"geopoint\"", "<input ref=\"/data/q\""},
        {"geotrace", "type=\"geotrace\"", "<input ref=\"/data/q\""},
        {"geoshape", "type=\"geoshape\"", "<input ref=\"/data/q\""},
        {"image", "type=\"binary\"", "mediatype=\"image/*\""},
        {"audio", "type=\"binary\"", "mediatype=\"audio/*\""},
        {"video", "type=\"binary\"", "mediatype=\"video/*\""},
        {"file", "type=\"binary\"", "mediatype=\"application/*\""},
        {"barcode", "type=\"barcode\"", "<input ref=\"/data/q\""},
        {"start", "jr:preload=\"timestamp\"", "</h:body>"},
        {"today", "jr:preload=\"date\"", "</h:body>"},
        {"deviceid", "jr:preloadParams=\"deviceid\"", "</h:body>"},
        {"start-geopoint", "<odk:setgeopoint ref=\"/data/q\"", "</h:body>"}};
    char text[200];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        snprintf(text, sizeof text, SURVEY "| | %s | q | Q |\n", types[i].type);
        accepted(text, types[i].type);
        has(types[i].bind, types[i].bind);
        has(types[i].control, types[i].control);
    }
}

static void test_columns(void)
{
    accepted("| survey |\n"
             "| | type | name | label | relevance | required | "
             "constraint | constraint_message | calculation | default | "
             "appearance | read only |\n"
             "| | integer | a | A | | yes | . > 1 | too small | | 5 | "
             "numbers | |\n"
             "| | text | b | B ${a} | ${a} > 3 | | | | | | | TRUE |\n"
             "| | calculate | c | | | | | | ${a} * 2 | | | |\n"
             "| | date | d | D | | | | | | today() | | |\n",
             "rules and their aliases");
    has("<a>5</a>", "a static default is in the instance");
    has("constraint=\". &gt; 1\"", "a constraint");
    has("jr:constraintMsg=\"too small\"", "its message");
    has("required=\"true()\"", "yes is true()");
    has("relevant=\" /data/a  &gt; 3\"", "relevance, a reference");
    has("readonly=\"true()\"", "TRUE is true()");
    has("<label> B <output value=\" /data/a \"/></label>",
        "a value in a label");
    has("calculate=\" /data/a  * 2\"", "a calculation");
    has("<setvalue ref=\"/data/d\" event=\"odk-instance-first-load\" "
        "value=\"today()\"/>",
        "a computed default is an action");
    has("appearance=\"numbers\"", "an appearance");
}

static void test_choices(void)
{
    accepted("| survey |\n"
             "| | type | name | label | choice_filter | parameters |\n"
             "| | select_one towns | t | Town | | |\n"
             "| | select_multiple towns | m | Towns | region = ${t} | "
             "randomize=true, seed=42 |\n"
             "| | rank towns | r | Rank | | |\n"
             "| | select_one_from_file wells.csv | w | Well | | "
             "value=code label=title |\n"
             "| | select_one towns or_other | o | Other? | | |\n"
             "| choices |\n"
             "| | list_name | name | label | region |\n"
             "| | towns | a | A | n |\n"
             "| | towns | b | B | s |\n",
             "selects");
    has("<instance id=\"towns\"><root><item><name>a</name><label>A</label>"
        "<region>n</region></item>",
        "a list is an instance");
    has("nodeset=\"randomize(instance('towns')/root/item[region =  /data/t ], "
        "42)\"",
        "a filter, by chance with a seed");
    has("<odk:rank ref=\"/data/r\"", "rank");
    has("<instance id=\"wells\" src=\"jr://file-csv/wells.csv\"/>",
        "choices from a file");
    has("<value ref=\"code\"/><label ref=\"title\"/>", "its columns");
    has("<item><name>other</name><label>Other</label></item>", "or_other");
    has("relevant=\"selected(../o, 'other')\"", "what it asks besides");
}

static void test_repeats(void)
{
    accepted("| survey |\n"
             "| | type | name | label | calculation | repeat_count | default "
             "|\n"
             "| | integer | n | N | | | |\n"
             "| | begin repeat | m | Member | | ${n} | |\n"
             "| | text | who | Who | | | concat('a', ${n}) |\n"
             "| | begin group | g | G | | | |\n"
             "| | calculate | c | | concat(${who}, count(${m}), "
             "indexed-repeat(${who}, ${m}, 1)) | | |\n"
             "| | end group | | | | | |\n"
             "| | end repeat | | | | | |\n"
             "| | select_one ${who} | head | Head | | | |\n",
             "a repeat");
    has("<m jr:template=\"\">", "a template");
    has("jr:count=\" /data/n \"", "a count");
    has("concat( ../../who , count( /data/m ), indexed-repeat( /data/m/who , "
        " /data/m , 1))",
        "relative inside the repeat, absolute in indexed-repeat()");
    has("nodeset=\"/data/m[./who != '']\"", "choices out of a repeat");
    has("event=\"odk-new-repeat\" value=\"concat('a',  /data/n )\"",
        "a computed default in each new instance");
}

static void test_translations(void)
{
    accepted("| survey |\n"
             "| | type | name | label::Français (fr) | label::العربية (ar) | "
             "hint::Français (fr) | image |\n"
             "| | select_one y | q | Eau ? | ماء؟ | aide | eau.png |\n"
             "| | note | n | Merci | | | |\n"
             "| choices |\n"
             "| | list_name | name | label::Français (fr) | "
             "label::العربية (ar) |\n"
             "| | y | oui | Oui | نعم |\n"
             "| settings |\n"
             "| | form_title | form_id | version | default_language |\n"
             "| | Eau | water | 3 | Français (fr) |\n",
             "two languages");
    has("<translation lang=\"Français (fr)\" default=\"true()\">",
        "the default language");
    has("<text id=\"y-0\"><value>نعم</value>", "choices are translated");
    has("<text id=\"/data/q:label\"><value>Eau ?</value><value "
        "form=\"image\">jr://images/eau.png</value></text>",
        "an image beside a label");
    has("<text id=\"/data/n:label\"><value>-</value>", "what is missing is -");
    has("<hint ref=\"jr:itext('/data/q:hint')\"/>", "a hint");
    has("<label ref=\"jr:itext(itextId)\"/>", "labels of choices");
    has("<h:title>Eau</h:title>", "the title");
    has("<data id=\"water\" version=\"3\">", "id and version");
}

static void test_more(void)
{
    accepted("| survey |\n"
             "| | type | name | label | trigger | calculation |\n"
             "| | text | a | A | | |\n"
             "| | text | b | B | ${a} | now() |\n"
             "| | calculate | c | | | ${last-saved#a} |\n"
             "| | calculate | d | | | pulldata('prices', 'p', 'k', ${a}) |\n"
             "| settings |\n"
             "| | instance_name | style |\n"
             "| | concat(${a}, '!') | pages |\n",
             "triggers, last saved, pulldata, settings");
    has("<setvalue ref=\"/data/b\" event=\"xforms-value-changed\" "
        "value=\"now()\"/></input>",
        "a trigger");
    has(" instance('__last-saved')/data/a ", "a value saved before");
    has("<instance id=\"__last-saved\" src=\"jr://instance/last-saved\"/>",
        "its instance");
    has("<instance id=\"prices\" src=\"jr://file-csv/prices.csv\"/>",
        "pulldata() names its file");
    has("<bind nodeset=\"/data/meta/instanceName\" type=\"string\" "
        "calculate=\"concat( /data/a , '!')\"/>",
        "an instance's name");
    has("<h:body class=\"pages\">", "a style");
}

static void test_entities(void)
{
    accepted("| survey |\n"
             "| | type | name | label | save_to |\n"
             "| | text | code | Code | code |\n"
             "| | select_one_from_file well.csv | which | Which | |\n"
             "| entities |\n"
             "| | list_name | label | entity_id | create_if | update_if |\n"
             "| | well | ${code} | ${which} | ${which} = '' | "
             "${which} != '' |\n",
             "an entity made or changed");
    has("entities:saveto=\"code\"", "a property");
    has("<entity dataset=\"well\" id=\"\" create=\"1\" update=\"1\" "
        "baseVersion=\"\" branchId=\"\" trunkVersion=\"\"><label/></entity>",
        "its meta block");
    has("entities:entities-version=\"2024.1.0\"", "the version");
    has("<bind nodeset=\"/data/meta/entity/@create\" calculate=\" /data/which "
        " = ''\"",
        "when it is made");
    accepted("| survey |\n"
             "| | type | name | label |\n"
             "| | begin repeat | r | R |\n| | text | q | Q |\n"
             "| | end repeat | | |\n"
             "| entities |\n| | list_name | label |\n| | e | ${q} |\n",
             "one in each instance of a repeat");
    has("calculate=\" ../../../q \"", "its label");
    has("entities:entities-version=\"2025.1.0\"", "the version of that");
    accepted("| survey |\n"
             "| | type | name | label | save_to |\n"
             "| | begin group | one | One | |\n"
             "| | text | p | P | a#p |\n"
             "| | begin group | inner | Inner | |\n"
             "| | text | q | Q | a#q |\n"
             "| | end group | | | |\n| | end group | | | |\n"
             "| | begin group | two | Two | |\n"
             "| | text | r | R | b#r |\n"
             "| | end group | | | |\n"
             "| entities |\n| | list_name | label |\n"
             "| | a | ${p} |\n| | b | ${r} |\n",
             "two lists, a group each");
    has("<q/></inner><meta><entity dataset=\"a\"",
        "each stands in what holds all that is saved to it");
    has("<r/><meta><entity dataset=\"b\"", "the other too");
}

/* ---- what is wrong ---- */

static void test_errors(void)
{
    refused("| choices |\n| | list_name | name |\n| | a | b |\n", "", 0, "",
            "no sheet survey");
    refused("| survey |\n| | name | label |\n| | a | A |\n", "survey", 1,
            "type", "no column type");
    refused(SURVEY "| | txt | a | A |\n", "survey", 2, "type",
            "did you mean text");
    refused(SURVEY "| | text | a b | A |\n", "survey", 2, "name",
            "can't be a name");
    refused(SURVEY "| | text | | A |\n", "survey", 2, "name", "no name");
    refused(SURVEY "| | text | a | A |\n| | text | a | B |\n", "survey", 3,
            "name", "used already in row 2");
    refused(SURVEY "| | text | a | |\n", "survey", 2, "label", "no label");
    refused(SURVEY "| | text | a | ${b} |\n", "survey", 2, "label",
            "no question named 'b'");
    refused(SURVEY "| | select_one l | a | A |\n", "survey", 2, "type",
            "no choice list 'l'");
    refused(SURVEY "| | begin group | g | G |\n| | text | a | A |\n", "survey",
            2, "type", "never ends");
    refused(SURVEY "| | text | a | A |\n| | end group | | |\n", "survey", 3,
            "type", "no begin");
    refused(SURVEY "| | begin repeat | g | G |\n| | text | a | A |\n"
                   "| | end group | | |\n",
            "survey", 4, "type", "ends a group");
    refused("| survey |\n| | type | name | label | label |\n"
            "| | text | a | A | B |\n",
            "survey", 1, "", "two columns");
    refused("| survey |\n| | type | name | label | parameters |\n"
            "| | geopoint | a | A | speed=5 |\n",
            "survey", 2, "parameters", "no parameter 'speed'");
    refused(SURVEY "| | select_one l | a | A |\n"
                   "| choices |\n| | list_name | name | label |\n"
                   "| | l | x | X |\n| | l | x | Y |\n",
            "choices", 3, "name", "already in row 2");
    refused("| survey |\n| | type | name | label | save_to |\n"
            "| | text | a | A | p |\n",
            "survey", 2, "save_to", "entities sheet");
    refused("| survey |\n| | type | name | label |\n| | text | a | A |\n"
            "| entities |\n| | list_name | label |\n| | __x | ${a} |\n",
            "entities", 2, "list_name", "can't name an entity list");
    convert(SURVEY "| | txt | a | A |\n| | text | | B |\n");
    is_int((long long)messages->errors, 2, "all that is wrong is told at once");
}

static void test_warnings(void)
{
    accepted("| survey |\n| | type | name | label::French |\n"
             "| | text | a | A |\n",
             "a language without a code");
    ok(messages->count == 1 && messages->list[0].is_warning &&
           strstr(messages->list[0].text, "French"),
       "is a warning");
    accepted("| survey |\n| | type | name | label |\n| | note | n | a < b & c "
             "\"d\" |\n",
             "signs of XML in a label");
    has("<label>a &lt; b &amp; c \"d\"</label>", "are escaped");
    has_not("a < b", "everywhere");
}

static void test_memory(void)
{
    static const char markdown[] =
        "| survey |\n| | type | name | label::fr | relevant |\n"
        "| | select_one l | a | A | |\n| | text | b | B ${a} | ${a} = 1 |\n"
        "| choices |\n| | list_name | name | label::fr |\n| | l | x | X |\n";
    without_memory(markdown);
}

int main(void)
{
    test_types();
    test_columns();
    test_choices();
    test_repeats();
    test_translations();
    test_more();
    test_entities();
    test_errors();
    test_warnings();
    test_memory();
    free_converted();
    return done_testing();
}
