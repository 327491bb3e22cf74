/* SPDX-License-Identifier: MIT */
/* What is refused or warned of in an XLSForm, with its sheet, row and column:
 * parameters of each type, names, references, expressions, sheets, columns,
 * translations; and what old names and parameters become. */
#include "tests/xlsform_support.h"

/* The first message with WORDS, an error or a warning; NULL. */
static const form_message *find_message(const char *words, int is_warning)
{
    for (size_t i = 0; i < messages->count; i++)
        if (messages->list[i].is_warning == is_warning &&
            strstr(messages->list[i].text, words))
            return &messages->list[i];
    return NULL;
}

/* A form whose survey has HEAD as its columns, and ROWS; MORE sheets. */
typedef struct trial {
    const char *rows; /* from row 2 on */
    size_t row;       /* of the message */
    const char *column, *words;
} trial;

static void try_all(const char *head, const char *more, const trial *list,
                    int is_warning)
{
    buffer text = {0};
    for (; list->rows; list++) {
        const form_message *m;
        int taken;
        buffer_clear(&text);
        buffer_format(&text, "| survey |\n| | %s |\n%s%s", head, list->rows,
                      more);
        taken = convert((char *)text.data);
        m = find_message(list->words, is_warning);
        if (!ok(taken == is_warning && m && m->row == list->row &&
                    strcmp(m->column, list->column) == 0,
                "%s: %s", is_warning ? "warned" : "refused", list->words))
            diag("%s: %s (row %zu, %s)\n# %s", taken ? "accepted" : "refused",
                 m                 ? m->text
                 : messages->count ? messages->list[0].text
                                   : "no message",
                 m ? m->row : 0, m ? m->column : "-", (char *)text.data);
    }
    buffer_free(&text);
}

#define CHOICES                                                                \
    "| choices |\n| | list_name | name | label |\n"                            \
    "| | c | a | A |\n| | c | b | B |\n"                                       \
    "| | water | a | A |\n| | water | b | B |\n| | t | 0 | Nil |\n| | t | 10 " \
    "| Ten |\n| | w | x | X |\n| | w | y | Y |\n"

/* ---- parameters ---- */

static void test_parameters_are_checked(void)
{
    static const trial list[] = {
        {"| | range | r | R | step=0 | |\n", 2, "parameters", "can't be 0"},
        {"| | range | r | R | start=a | |\n", 2, "parameters", "is a number"},
        {"| | range | r | R | start=1 end=5 step=10 | |\n", 2, "parameters",
         "larger than the whole"},
        {"| | range | r | R | end=11 step=2 tick_interval=3 | |\n", 2,
         "parameters", "no multiple of step"},
        {"| | range | r | R | placeholder=11 | |\n", 2, "parameters",
         "outside of the range"},
        {"| | range | r | R | placeholder=1.5 | |\n", 2, "parameters",
         "between two steps"},
        {"| | range | r | R | tick_interval=3 | picker |\n", 2, "parameters",
         "not 'picker'"},
        {"| | range | r | R | tick_labelset=zz | |\n", 2, "parameters",
         "no choice list 'zz'"},
        {"| | range | r | R | tick_labelset=w | |\n", 2, "parameters",
         "'x' is no number"},
        {"| | range | r | R | start=2 tick_labelset=t | |\n", 2, "parameters",
         "'0' is outside"},
        {"| | range | r | R | start=0 tick_interval=4 tick_labelset=t | |\n", 2,
         "parameters", "'10' stands between"},
        {"| | range | r | R | start=0 end=20 tick_labelset=t | no-ticks |\n", 2,
         "parameters", "only start and end"},
        {"| | range | r | R | foo=1 | |\n", 2, "parameters", "no parameter"},
        {"| | text | r | R | rows=x | |\n", 2, "parameters", "is a number"},
        {"| | text | r | R | rows | |\n", 2, "parameters", "key=value"},
        {"| | text | r | R | rows= | |\n", 2, "parameters", "key=value"},
        {"| | image | r | R | max-pixels=1.5 | |\n", 2, "parameters",
         "is a number"},
        {"| | image | r | R | app=camera | |\n", 2, "parameters", "no point"},
        {"| | image | r | R | app=a..b | |\n", 2, "parameters", "is empty"},
        {"| | image | r | R | app=a._b | |\n", 2, "parameters", "begins with"},
        {"| | image | r | R | app=a.b/c | |\n", 2, "parameters", "points only"},
        {"| | audio | r | R | quality=loud | |\n", 2, "parameters",
         "not 'loud'"},
        {"| | background-audio | r | | quality=external | |\n", 2, "parameters",
         "not 'external'"},
        {"| | geopoint | r | R | capture-accuracy=x | |\n", 2, "parameters",
         "is a number"},
        {"| | geopoint | r | R | incremental=true | |\n", 2, "parameters",
         "no parameter"},
        {"| | geotrace | r | R | incremental=false | |\n", 2, "parameters",
         "not 'false'"},
        {"| | geoshape | r | R | reference-geometry=zz | |\n", 2, "type",
         "no choice list 'zz'"},
        {"| | select_one c | r | R | value=x | |\n", 2, "parameters",
         "no parameter"},
        {"| | select_one c | r | R | seed=1 | |\n", 2, "parameters",
         "randomize=true"},
        {"| | select_one c | r | R | randomize=maybe | |\n", 2, "parameters",
         "not 'maybe'"},
        {"| | select_one c | r | R | randomize=true seed=x | |\n", 2,
         "parameters", "a number or a question"},
        {"| | select_one_from_file f.csv | r | R | value=a* | |\n", 2,
         "parameters", "name of a column"},
        {"| | audit | | | location-max-age=1 | |\n", 2, "parameters",
         "all needed"},
        {"| | audit | | | location-priority=x location-min-interval=1 "
         "location-max-age=2 | |\n",
         2, "parameters", "not 'x'"},
        {"| | audit | | | location-priority=balanced "
         "location-min-interval=60 location-max-age=5 | |\n",
         2, "parameters", "or more"},
        {"| | audit | | | track-changes-reasons=always | |\n", 2, "parameters",
         "on-form-edit"},
        {NULL, 0, NULL, NULL}};
    try_all("type | name | label | parameters | appearance", CHOICES, list, 0);
}

static void test_parameters_become_attributes(void)
{
    accepted("| survey |\n| | type | name | label | parameters | appearance |\n"
             "| | range | r | R | start=0 end=10 tick_interval=5 "
             "placeholder=3 tick_labelset=t | vertical |\n"
             "| | range | d | D | step=0.5 | |\n"
             "| | range | w | W | end=10.0 | |\n"
             "| | audit | | | location-priority=balanced "
             "location-min-interval=60 location-max-age=300, "
             "track-changes=TRUE; identify-user=true "
             "track-changes-reasons=on-form-edit | |\n"
             "| | image | i | I | app=com.a.b max-pixels=640 | annotate |\n"
             "| | image | j | J | app=com.a.b max-pixels=640 | signature |\n"
             "| | audio | k | K | quality=low | |\n"
             "| | background-audio | l | | quality=voice-only | |\n"
             "| | geotrace | m | M | incremental=yes | |\n"
             "| | text | n | N | rows = 5 | |\n" CHOICES,
             "parameters of all types");
    has("odk:tick-interval=\"5\"", "ticks");
    has("odk:placeholder=\"3\"", "the place where a range begins");
    has("itemset nodeset=\"instance('t')/root/item\"", "labels of ticks");
    has("<bind nodeset=\"/data/d\" type=\"decimal\"", "half steps");
    has("<bind nodeset=\"/data/w\" type=\"int\"", "10.0 is whole");
    has("odk:location-max-age=\"300\"", "places in the audit");
    has("odk:track-changes=\"true\"", "changes in the audit, in small letters");
    has("odk:identify-user=\"true\"", "who fills the form in");
    has("<upload ref=\"/data/i\" mediatype=\"image/*\" "
        "appearance=\"annotate\" intent=\"com.a.b\"",
        "an application that takes the photo");
    has("appearance=\"signature\">", "but none that signs");
    has("<bind nodeset=\"/data/k\" type=\"binary\" odk:quality=\"low\"",
        "quality of sound");
    has("<odk:recordaudio ref=\"/data/l\" event=\"odk-instance-load\" "
        "odk:quality=\"voice-only\"/>",
        "sound in the background");
    has("incremental=\"true\"", "incremental");
    has("rows=\"5\"", "rows");
}

/* ---- rows ---- */

static void test_rows_are_checked(void)
{
    static const trial list[] = {
        {"| | txt | a | A | | | |\n", 2, "type", "did you mean text"},
        {"| | | a | A | | | |\n", 2, "type", "has no type"},
        {"| | text | | A | | | |\n", 2, "name", "no name"},
        {"| | text | 1a | A | | | |\n", 2, "name", "can't be a name"},
        {"| | text | a b | A | | | |\n", 2, "name", "can't be a name"},
        {"| | text | meta | A | | | |\n", 2, "name", "kept"},
        {"| | text | a | | | | |\n", 2, "label", "no label"},
        {"| | calculate | a | | | | |\n", 2, "calculation", "no calculation"},
        {"| | text | a | A | | | |\n| | text | a | A | | | |\n", 3, "name",
         "used already in row 2"},
        {"| | begin_repeat | data | A | | | |\n| | text | b | B | | | |\n"
         "| | end_repeat | | | | | |\n",
         2, "name", "like the whole form"},
        {"| | begin_repeat | r | R | | | |\n| | csv-external | b | | | | |\n"
         "| | end_repeat | | | | | |\n",
         3, "type", "outside of repeats"},
        {"| | csv-external | b | | | | |\n| | xml-external | b | | | | |\n", 3,
         "name", "row 2 already"},
        {"| | begin_loop over c | g | G | | | |\n| | text | b | B | | | |\n"
         "| | end_group | | | | | |\n",
         4, "type", "ends a group"},
        {"| | end_group | g | | | | |\n", 2, "type", "no begin"},
        {"| | begin_group | g | G | | | |\n| | text | b | B | | | |\n", 2,
         "type", "never ends"},
        {"| | audit | trail | | | | |\n", 2, "name", "leave its name empty"},
        {"| | select_one watr | a | A | | | |\n", 2, "type", "mean water"},
        {"| | select_one_from_file a.txt | a | A | | | |\n", 2, "type",
         "ends in .csv"},
        {"| | select_one_from_file a.b.csv | a | A | | | |\n", 2, "type",
         "ends in .csv"},
        {"| | select_one_external c | a | A | | | |\n", 2, "type",
         "external_choices"},
        {"| | background-geopoint | a | | | | |\n", 2, "trigger",
         "needs a trigger"},
        {"| | text | a | A | b | | |\n| | text | b | B | | | |\n", 2, "trigger",
         "commas between"},
        {"| | text | a | A | ${b} ${b} | | |\n| | text | b | B | | | |\n", 2,
         "trigger", "commas between"},
        {"| | text | a | A | ${c} | | |\n| | calculate | c | | | 1 | |\n", 2,
         "trigger", "is not asked"},
        {"| | text | a | A | ${z} | | |\n", 2, "trigger", "no question named"},
        {"| | text | a | ${ b } | | | |\n", 2, "label", "written ${name}"},
        {"| | text | a | A | | ${a | |\n", 2, "calculation", "written ${name}"},
        {"| | text | abcd | A | | ${abce} | |\n", 2, "calculation",
         "did you mean ${abcd}"},
        {"| | text | a | A | | concat(1 | |\n", 2, "calculation",
         ") was expected"},
        {"| | text | a | A | | conca('a') | |\n", 2, "calculation",
         "did you mean concat"},
        {"| | text | a | A | | | . > |\n", 2, "required",
         "where a value was expected"},
        {NULL, 0, NULL, NULL}};
    try_all("type | name | label | trigger | calculation | required", CHOICES,
            list, 0);
}

static void test_mistakes_are_warned_of(void)
{
    static const trial list[] = {
        {"| | text | a | A | true() | | | |\n", 2, "relevant",
         "always relevant"},
        {"| | text | a | A | no | | | |\n", 2, "relevant", "never relevant"},
        {"| | integer | a | A | | ${a} > 1 | | |\n", 2, "constraint",
         "says . for its own"},
        {"| | integer | a | A | | 1 | | |\n", 2, "constraint",
         "does not look at the answer"},
        {"| | integer | a | A | | | x | |\n", 2, "default", "is no number"},
        {"| | select_one c | a | A | | | x | |\n", 2, "default",
         "none of the choices"},
        {"| | note | a | A | | | | yes |\n", 2, "required",
         "can't be answered"},
        {"| | text | a | A | | | | |\n| | text | A | A | | | | |\n", 3, "name",
         "capital letters"},
        {"| | begin_group | g | | | | | |\n| | text | a | A | | | | |\n"
         "| | end_group | | | | | | |\n",
         2, "label", "has no label"},
        {"| | begin_group | g | G | | | | |\n| | end_group | | | | | | |\n", 2,
         "type", "holds no question"},
        {"| | text | aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaa | A | | | | |\n",
         2, "name", "is cut by"},
        {"| | simserial | s | | | | | |\n", 2, "type", "any more"},
        {"| | image | s | S | | | | |\n", 2, "parameters", "max-pixels"},
        {"| | | | | | | | yes |\n| | text | a | A | | | | |\n", 2, "type",
         "left out"},
        {"| | text | a | A | | | | |\n", 2, "list_name", "no question asks"},
        {NULL, 0, NULL, NULL}};
    try_all("type | name | label | relevant | constraint | default | required",
            CHOICES, list, 1);
}

static void test_misspelt_names_are_warned_of(void)
{
    const form_message *m;
    accepted("| survey |\n| | type | name | label | relevent |\n"
             "| | text | a | A | |\n"
             "| settingss |\n| | form_title |\n| | T |\n",
             "misspelt names do no harm");
    m = find_message("did you mean relevant", 1);
    ok(m && strcmp(m->column, "relevent") == 0, "a column");
    ok(find_message("is it settings", 1) != NULL, "a sheet");
    ok(!convert("| survye |\n| | type | name |\n"), "no survey");
    ok(find_message("called 'survye'", 0) != NULL, "but one like it");
}

static void test_missing_translations_are_counted(void)
{
    const form_message *m;
    accepted("| survey |\n"
             "| | type | name | label::French (fr) | label::Arabic (ar) | "
             "hint::French (fr) | constraint_message | constraint |\n"
             "| | text | a | A | | | | |\n"
             "| | text | b | B | | | no | . != 'x' |\n"
             "| | text | c | C | C | H | | |\n",
             "translations");
    m = find_message("no label in the language 'Arabic (ar)'", 1);
    ok(m && m->row == 2 && strstr(m->text, "1 more"), "rows without a label");
    m = find_message("no hint in the language 'Arabic (ar)'", 1);
    ok(m && m->row == 4, "no column for hints");
    ok(!find_message("constraint_message in", 1),
       "a message without a language is for all");
}

/* ---- old and rare ---- */

static void test_old_types(void)
{
    static const struct {
        const char *type, *part;
    } types[] = {
        {"q string", "type=\"string\""},
        {"add integer prompt", "type=\"int\""},
        {"q decimal", "type=\"decimal\""},
        {"add date prompt", "type=\"date\""},
        {"q dateTime", "type=\"dateTime\""},
        {"add date time prompt", "type=\"dateTime\""},
        {"q note", "readonly=\"true()\""},
        {"add acknowledge prompt", "<trigger"},
        {"q location", "type=\"geopoint\""},
        {"gps", "type=\"geopoint\""},
        {"q geoshape", "type=\"geoshape\""},
        {"q picture", "mediatype=\"image/*\""},
        {"add audio prompt", "mediatype=\"audio/*\""},
        {"q video", "mediatype=\"video/*\""},
        {"add file prompt", "mediatype=\"application/*\""},
        {"q barcode", "type=\"barcode\""},
        {"percentage", "constraint=\"0 &lt;= . and . &lt;= 100\""},
        {"number of days in last month", "<hint>Enter a number 0-31.</hint>"},
        {"number of days in last year", ". &lt;= 365"},
        {"phone number", "constraint=\"regex(., '^\\d*$')\""},
        {"imei", "jr:preloadParams=\"deviceid\""},
        {"get start time", "jr:preloadParams=\"start\""},
        {"end time", "jr:preloadParams=\"end\""},
        {"get today", "jr:preload=\"date\""},
        {"sim id", "jr:preloadParams=\"simserial\""},
        {"uri:deviceid", "jr:preloadParams=\"uri:deviceid\""},
        {"username", "jr:preloadParams=\"username\""},
        {"email", "jr:preloadParams=\"email\""}};
    char text[200];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        snprintf(text, sizeof text,
                 "| survey |\n| | type | name | label |\n| | %s | q | Q |\n",
                 types[i].type);
        accepted(text, types[i].type);
        has(types[i].part, types[i].part);
    }
}

static void test_a_loop_names_its_choice(void)
{
    accepted("| survey |\n| | type | name | label::fr | label::en |\n"
             "| | begin_loop over c | l | L | L |\n"
             "| | integer | n | Combien de %(label)s (%(name)s) ? | "
             "How many %(label)s? |\n"
             "| | end_loop | | | |\n"
             "| choices |\n| | list_name | name | label::fr | label::en |\n"
             "| | c | car | voitures | cars |\n",
             "a loop");
    has("<value>Combien de voitures (car) ?</value>", "in one language");
    has("<value>How many cars?</value>", "and in another");
}

static void test_single_colons(void)
{
    accepted("| survey |\n"
             "| | type | name | label:fr | label:en | media:image:fr | "
             "bind:relevant | bind:jr:constraintMsg | bind:constraint | "
             "body:appearance | jr:count |\n"
             "| | text | a | A | B | x.png | 1 = 1 | msg | . != '' | "
             "multiline | |\n"
             "| | begin repeat | r | R | R | | | | | | 2 |\n"
             "| | text | b | A | B | | | | | | |\n"
             "| | end repeat | | | | | | | | | |\n",
             "columns of before ::");
    has("<value form=\"image\">jr://images/x.png</value>", "media");
    has("relevant=\"1 = 1\" constraint=\". != ''\" jr:constraintMsg=\"msg\"",
        "binds");
    has("appearance=\"multiline\"", "body");
    has("jr:count=\" /data/r_count \"", "jr:count");
}

static void test_a_list_that_is_a_file(void)
{
    accepted("| survey |\n| | type | name | label |\n"
             "| | select_one cities.csv | c | C |\n",
             "a list that ends in .csv is a file");
    has("<instance id=\"cities\" src=\"jr://file-csv/cities.csv\"/>",
        "and attached");
}

static void test_typographic_quotes(void)
{
    accepted("| survey |\n| | type | name | label | relevant |\n"
             "| | text | a | L’eau | |\n"
             "| | text | b | B | ${a} = ‘x’ or ${a} = “y” |\n",
             "typographic quotes");
    has("<label>L’eau</label>", "stay in labels");
    has("relevant=\" /data/a  = 'x' or  /data/a  = &quot;y&quot;\"",
        "are plain in expressions");
}

static void test_a_table_list(void)
{
    accepted("| survey |\n| | type | name | label | appearance | hint |\n"
             "| | begin_group | g | Table | table-list minimal | H |\n"
             "| | select_one c | a | A | | |\n"
             "| | select_one c | b | B | | |\n"
             "| | end_group | | | | |\n" CHOICES,
             "a table-list");
    has("<group ref=\"/data/g\" appearance=\"field-list minimal\">",
        "is a field-list");
    has("<input ref=\"/data/g/generated_table_list_label_2\">"
        "<label>Table</label><hint>H</hint></input>",
        "a note says its label");
    has("<select1 ref=\"/data/g/reserved_name_for_field_list_labels_3\" "
        "appearance=\"label\"><label> </label>",
        "choices stand on top");
    has("<select1 ref=\"/data/g/b\" appearance=\"list-nolabel\">",
        "and not in its rows");
    ok(!convert("| survey |\n| | type | name | label | appearance |\n"
                "| | begin_group | g | Table | table-list |\n"
                "| | select_one c | a | A | |\n"
                "| | select_one w | b | B | |\n"
                "| | end_group | | | |\n" CHOICES) &&
           find_message("one list", 0),
       "two lists are refused");
}

static void test_a_computed_count_is_a_node(void)
{
    accepted("| survey |\n| | type | name | label | repeat_count |\n"
             "| | integer | n | N | |\n"
             "| | begin_repeat | r | R | ${n} + 1 |\n"
             "| | text | q | Q | |\n| | end_repeat | | | |\n"
             "| | begin_repeat | s | S | ${n} |\n"
             "| | text | t | T | |\n| | end_repeat | | | |\n",
             "counts of repeats");
    has("<bind nodeset=\"/data/r_count\" type=\"string\" readonly=\"true()\" "
        "calculate=\" /data/n  + 1\"/>",
        "the count's node");
    has("jr:count=\" /data/r_count \"", "is what the repeat asks");
    has("jr:count=\" /data/n \"", "a question alone is asked itself");
}

static void test_several_triggers(void)
{
    accepted("| survey |\n| | type | name | label | trigger | calculation |\n"
             "| | text | a | A | | |\n| | text | b | B | | |\n"
             "| | dateTime | c | C | ${a}, ${b} | now() |\n"
             "| | calculate | d | | ${a} | 1 |\n"
             "| | text | e | E | ${b} | |\n",
             "triggers");
    has("<label>A</label>"
        "<setvalue ref=\"/data/c\" event=\"xforms-value-changed\" "
        "value=\"now()\"/>"
        "<setvalue ref=\"/data/d\" event=\"xforms-value-changed\" "
        "value=\"1\"/></input>",
        "what the first changes");
    has("<label>B</label>"
        "<setvalue ref=\"/data/c\" event=\"xforms-value-changed\" "
        "value=\"now()\"/>"
        "<setvalue ref=\"/data/e\" event=\"xforms-value-changed\"/></input>",
        "what the second changes");
}

static void test_settings(void)
{
    accepted(
        "| survey |\n| | type | name | label | body::esri:a |\n"
        "| | text | a | A | x=${a} |\n"
        "| | set form title | Title | | |\n"
        "| settings |\n"
        "| | form_id | prefix | delimiter | instance_xmlns | namespaces | "
        "attribute::esri:x |\n"
        "| | I | P | , | http://x | esri=\"http://e\" f='http://f' | v |\n",
        "settings");
    has("<h:title>Title</h:title>", "a title in the survey");
    has("xmlns:esri=\"http://e\" xmlns:f=\"http://f\"",
        "namespaces in either quotes");
    has("id=\"I\"", "its id");
    has("odk:prefix=\"P\" odk:delimiter=\",\"", "what a compact record needs");
    has(" xmlns=\"http://x\"", "a namespace of the record");
    has("esri:x=\"v\"", "an attribute of the record");
    has("esri:a=\"x= /data/a \"", "references in attributes");
}

static void test_settings_are_checked(void)
{
#define ONE "| survey |\n| | type | name | label |\n| | text | a | A |\n"
    const form_message *m;
    ok(!convert(ONE "| settings |\n| | name |\n| | my form |\n"),
       "a record's name is an XML name");
    m = find_message("'my form' can't be a name", 0);
    ok(m && m->row == 2 && strcmp(m->column, "name") == 0, "the cell is named");
    ok(!convert(ONE "| settings |\n| | omit_instanceID | public_key |\n"
                    "| | yes | k |\n") &&
           find_message("need their instanceID", 0),
       "encrypted records have an id");
    accepted(ONE "| settings |\n| | omit_instanceID |\n| | yes |\n",
             "others may do without");
    ok(!strstr((char *)xml.data, "meta"), "and have no meta block then");
    accepted(ONE "| settings |\n| | clean_text_values |\n| | maybe |\n",
             "a setting that is neither yes nor no");
    ok(find_message("yes or no is expected", 1) != NULL, "is warned of");
#undef ONE
}

static void test_the_default_language_by_name(void)
{
    accepted("| survey |\n| | type | name | label | label::fr |\n"
             "| | text | a | plain | nommé |\n"
             "| settings |\n| | default_language |\n| | fr |\n",
             "a label with and without the default language");
    has("<value>nommé</value>", "the named one counts");
    ok(!strstr((char *)xml.data, "<value>plain</value>"), "alone");
}

static void test_choices_are_checked(void)
{
    ok(!convert("| survey |\n| | type | name | label |\n"
                "| | select_multiple c | a | A |\n"
                "| choices |\n| | list_name | name | label |\n"
                "| | c | a b | A |\n") &&
           find_message("has a blank", 0),
       "no blanks in choices of many");
    ok(!convert("| survey |\n| | type | name | label |\n"
                "| | text | a | A |\n"
                "| choices |\n| | list_name | name | label |\n"
                "| | c | a | ${zz} |\n") &&
           find_message("named 'zz'", 0),
       "references in labels of choices");
    accepted("| survey |\n| | type | name | label |\n"
             "| | select_one c | a | A |\n"
             "| choices |\n| | list_name | name | label | my notes | size |\n"
             "| | c | a | A | x | 3 |\n| | c | b | B | | |\n",
             "columns of choices");
    has("<size>3</size></item>", "are elements");
    ok(find_message("'my notes' is left out", 1) != NULL,
       "but for those that can't be");
}

static void test_silent_and_unnamed(void)
{
    accepted("| survey |\n"
             "| | type | name | label | appearance | disabled | image | "
             "big-image |\n"
             "| | note | | Hello | | | a.png | b.png |\n"
             "| | select_one c | l | | label | | | |\n"
             "| | text | x | X | | yes | | |\n" CHOICES,
             "a note without a name");
    has("<generated_note_name_2/>", "gets one");
    has("<value form=\"big-image\">jr://images/b.png</value>", "a big image");
    has("<label> </label>", "a select may show its choices alone");
    ok(!strstr((char *)xml.data, "/data/x"), "a disabled row is left out");
    ok(!convert("| survey |\n| | type | name | label | big-image |\n"
                "| | text | a | A | b.png |\n") &&
           find_message("beside it", 0),
       "a big image alone is refused");
    ok(!convert("| survey |\n| | type | name | guidance_hint |\n"
                "| | text | a | G |\n") &&
           find_message("no label", 0),
       "guidance alone is no label");
}

/* Each allocation fails once, in a form that has some of everything. */
static void test_memory(void)
{
    static const char markdown[] =
        "| survey |\n| | type | name | label::fr | label::en | hint | "
        "parameters | calculation | trigger | repeat_count | save_to | "
        "appearance |\n"
        "| | begin_group | t | T | T | | | | | | | table-list |\n"
        "| | select_one c | qa | A | A | h | | | | | | |\n"
        "| | end_group | | | | | | | | | | |\n"
        "| | begin_loop over c | l | L | L | | | | | | | |\n"
        "| | text | x | %(label)s | X | | | | | | | |\n"
        "| | end_loop | | | | | | | | | | |\n"
        "| | begin_repeat | r | R | R | | | | | 1 + 1 | | |\n"
        "| | text | qb | B ${qa} | B | | | | | | p | |\n"
        "| | calculate | d | | | | | ${qb} | ${qb} | | | |\n"
        "| | end_repeat | | | | | | | | | | |\n"
        "| | range | n | N | | | end=5 tick_interval=2 | | | | | |\n" CHOICES
        "| entities |\n| | list_name | label |\n| | trees | ${qb} |\n";
    without_memory(markdown);
}

int main(void)
{
    test_memory();
    test_parameters_are_checked();
    test_parameters_become_attributes();
    test_rows_are_checked();
    test_mistakes_are_warned_of();
    test_misspelt_names_are_warned_of();
    test_missing_translations_are_counted();
    test_old_types();
    test_a_loop_names_its_choice();
    test_typographic_quotes();
    test_single_colons();
    test_a_list_that_is_a_file();
    test_a_table_list();
    test_a_computed_count_is_a_node();
    test_several_triggers();
    test_settings();
    test_settings_are_checked();
    test_the_default_language_by_name();
    test_choices_are_checked();
    test_silent_and_unnamed();
    free_converted();
    return done_testing();
}
