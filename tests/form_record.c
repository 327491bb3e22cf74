/* SPDX-License-Identifier: MIT */
/* Records of XForms: loading, rules, repeats, actions, choices, submission. */
#include "tests/tap.h"
#include "form/form.h"

#define HEAD                                                                   \
    "<h:html xmlns='http://www.w3.org/2002/xforms' "                           \
    "xmlns:h='http://www.w3.org/1999/xhtml' "                                  \
    "xmlns:jr='http://openrosa.org/javarosa' "                                 \
    "xmlns:orx='http://openrosa.org/xforms' "                                  \
    "xmlns:odk='http://www.opendatakit.org/xforms'>"                           \
    "<h:head><h:title>Test</h:title><model>"
#define BODY "</model></h:head><h:body>"
#define END "</h:body></h:html>"

static form *f;
static record *r;

static const char *property(void *caller, const char *name)
{
    (void)caller;
    return strcmp(name, "deviceid") == 0 ? "laptop-3" : "";
}

static int attachment(buffer *out, void *caller, const char *source)
{
    (void)caller;
    if (strcmp(source, "jr://file/list.xml") != 0)
        return TAWAM_ENOTFOUND;
    buffer_text(out, "<root><item><name>a</name></item></root>");
    return TAWAM_OK;
}

static const record_surroundings AROUND = {.property = property,
                                           .attachment = attachment};

static void close_all(void)
{
    record_free(r);
    form_free(f);
    r = NULL;
    f = NULL;
}

static void open_form(const char *xml)
{
    close_all();
    if (form_read_xform(&f, xml, strlen(xml)) || record_new(&r, f, &AROUND))
        bail("%s", error_message());
}

static const char *value(const char *path)
{
    const form_node *node = record_find(r, path);
    return !node ? "(not there)" : node->is_hidden ? "(hidden)" : node->value;
}

static record_outcome answer(const char *path, const char *text)
{
    record_outcome outcome = RECORD_OK;
    form_node *node = record_find(r, path);
    if (!node || record_answer(&outcome, r, node, text))
        bail("%s: %s", path, error_message());
    return outcome;
}

static form_node *add(const char *parent, const char *name)
{
    form_node *node = NULL, *above = record_find(r, parent);
    form_item *item = above ? form_item_child(above->item, name) : NULL;
    if (!item || record_add_repeat(&node, r, above, item))
        bail("%s/%s: %s", parent, name, error_message());
    return node;
}

static void is_written(const char *wanted, const char *name)
{
    buffer xml = {0};
    const char *at;
    ok(record_write(&xml, r) == TAWAM_OK, "%s is written", name);
    at = strstr((char *)xml.data, " id=");
    is_str(at ? at : (char *)xml.data, wanted, "%s", name);
    buffer_free(&xml);
}

/* ---- rules ---- */

static void test_rules(void)
{
    open_form(HEAD
              "<instance><data id='t'><age/><adult/><work><job/><pay/></work>"
              "<note>x</note><twice/></data></instance>"
              "<bind nodeset='/data/age' type='int' constraint='. &lt; 130' "
              "jr:constraintMsg='too old' required='true()'/>"
              "<bind nodeset='/data/adult' calculate='/data/age >= 18'/>"
              "<bind nodeset='/data/work' relevant=\"/data/adult = 'true'\"/>"
              "<bind nodeset='/data/work/pay' type='decimal' "
              "relevant=\"../job != ''\" readonly='/data/age > 60'/>"
              "<bind nodeset='/data/twice' type='decimal' "
              "calculate='/data/work/pay * 2'/>" BODY
              "<input ref='/data/age'><label>Age</label></input>" END);
    is_str(value("/data/adult"), "false", "a rule is evaluated on loading");
    is_str(value("/data/work/job"), "(hidden)",
           "what is not relevant is hidden");
    is_int(answer("/data/age", "35"), RECORD_OK, "an answer");
    is_str(value("/data/adult"), "true", "what depends on it follows");
    is_str(value("/data/work/job"), "", "and what depends on that");
    is_str(value("/data/work/pay"), "(hidden)", "inner relevance");
    answer("/data/work/job", "baker");
    answer("/data/work/pay", "2500.5");
    is_str(value("/data/twice"), "5001", "a number as XPath writes it");
    is_int(answer("/data/age", "200"), RECORD_CONSTRAINT, "a constraint");
    is_str(error_message(), "too old", "its message");
    is_str(value("/data/age"), "35", "a refused answer changes nothing");
    is_int(answer("/data/age", "old"), RECORD_WRONG_TYPE, "no whole number");
    is_int(answer("/data/age", "3.5"), RECORD_WRONG_TYPE, "nor this");
    is_int(answer("/data/age", "-."), RECORD_WRONG_TYPE, "nor a point");
    is_int(answer("/data/age", "34.00"), RECORD_OK,
           "a whole number as spreadsheets write it");
    is_str(value("/data/age"), "34", "is kept without its point");
    answer("/data/age", "35");
    is_int(answer("/data/age", "9999999999999999999"), RECORD_WRONG_TYPE,
           "nor one that no column holds");
    is_int(answer("/data/age", ""), RECORD_REQUIRED, "an answer is required");
    answer("/data/age", "12");
    is_str(value("/data/work/pay"), "(hidden)", "hidden again");
    is_str(value("/data/twice"), "", "what is hidden reads as nothing");
    is_written(" id=\"t\"><age>12</age><adult>false</adult><note>x</note>"
               "<twice/></data>",
               "without what is hidden");
    answer("/data/age", "61");
    is_str(value("/data/work/pay"), "2500.5", "its value was kept");
    ok(record_find(r, "/data/work/pay")->is_readonly, "read-only by a rule");
}

static const char *refusal(const char *xml)
{
    form *one = NULL;
    if (form_read_xform(&one, xml, strlen(xml)) == TAWAM_OK) {
        form_free(one);
        return "accepted";
    }
    return error_message();
}

static void refused(const char *xml, const char *words, const char *name)
{
    const char *got = refusal(xml);
    ok(strstr(got, words), "refused: %s", name) || (diag("got %s", got), 0);
}

static void test_bad_forms(void)
{
#define SMALL "<instance><data id='t'><a/><b/><g><c/></g></data></instance>"
    refused(HEAD SMALL "<bind nodeset='/data/a' calculate='/data/b'/>"
                       "<bind nodeset='/data/b' calculate='/data/a'/>" BODY END,
            "/data/a", "a cycle of two");
    refused(HEAD SMALL "<bind nodeset='/data/a' calculate='. + 1'/>" BODY END,
            "Cycle", "a rule that reads its own result");
    refused(HEAD SMALL
            "<bind nodeset='/data/g' relevant=\"/data/g/c = '1'\"/>" BODY END,
            "Cycle", "a group that depends on what is in it");
    refused(HEAD SMALL "<bind nodeset='/data/a' readonly='. > 1'/>" BODY END,
            "Cycle", "an answer that locks itself");
    refused(HEAD SMALL
            "<bind nodeset='/data/a' required=\"/data/a = ''\"/>" BODY END,
            "Cycle", "or requires itself");
    is_str(refusal(HEAD SMALL "<bind nodeset='/data/a' "
                              "constraint='. > 1 and /data/b > 1'/>"
                              "<bind nodeset='/data/b' "
                              "constraint='/data/a > 1'/>" BODY END),
           "accepted", "constraints are in no cycle");
    refused(HEAD SMALL BODY "<input ref='/data/none'/>" END, "/data/none",
            "a control about nothing");
    refused(HEAD SMALL "<bind nodeset='/data/a' relevant='1 +'/>" BODY END,
            "/data/a, relevant", "an expression that is wrong");
    refused(HEAD SMALL
            "<bind nodeset='/data/a' calculate='nofunc()'/>" BODY END,
            "nofunc", "an unknown function");
    refused(HEAD SMALL "<setvalue event='odk-instance-load on-a-whim' "
                       "ref='/data/a'/>" BODY END,
            "no event 'on-a-whim'", "an event that never comes");
    refused(HEAD SMALL "<setvalue ref='/data/a'/>" BODY END, "is missing",
            "an action without an event");
    refused(HEAD "</model></h:head></h:html>", "no instance", "no instance");
    refused("<form/>", "no XForm", "other XML");
    refused("no XML", "not XML", "no XML at all");
}

/* ---- repeats ---- */

static const char HOUSEHOLD[] =
    HEAD "<instance><data id='h'><limit>10</limit>"
         "<member jr:template=''><name/><age>1</age><place/><old/>"
         "<toy jr:template=''><kind/><of/></toy></member>"
         "<total/><count/></data></instance>"
         "<bind nodeset='/data/member/age' type='int'/>"
         "<bind nodeset='/data/member/place' calculate='position(..)'/>"
         "<bind nodeset='/data/member/old' calculate='../age > /data/limit'/>"
         "<bind nodeset='/data/member/toy/of' "
         "calculate='/data/member/name'/>"
         "<bind nodeset='/data/total' calculate='sum(/data/member/age)'/>"
         "<bind nodeset='/data/count' calculate='count(/data/member)'/>" BODY
         "<repeat nodeset='/data/member'><input ref='name'/><input ref='age'/>"
         "<repeat nodeset='/data/member/toy'><input ref='kind'/></repeat>"
         "<setvalue event='odk-new-repeat' ref='/data/member/name' "
         "value=\"concat('member ', position(..))\"/></repeat>" END;

static void test_repeats(void)
{
    open_form(HOUSEHOLD);
    is_str(value("/data/member"), "(not there)", "a template is no instance");
    is_str(value("/data/total"), "0", "a sum of none");
    add("/data", "member");
    add("/data", "member");
    add("/data", "member");
    is_str(value("/data/member[2]/place"), "2", "position of an instance");
    is_str(value("/data/member[3]/name"), "member 3", "setvalue on adding");
    is_str(value("/data/member[1]/age"), "1", "a default value");
    is_str(value("/data/total"), "3", "a sum over instances");
    is_str(value("/data/count"), "3", "their number");
    answer("/data/member[2]/age", "40");
    is_str(value("/data/member[2]/old"), "true", "a rule in its own instance");
    is_str(value("/data/member[1]/old"), "false", "and not in another");
    answer("/data/limit", "0");
    is_str(value("/data/member[3]/old"), "true", "a rule that reads outside");
    add("/data/member[2]", "toy");
    is_str(value("/data/member[2]/toy/of"), "member 2",
           "an absolute path means this instance");
    answer("/data/member[2]/name", "Ali");
    is_str(value("/data/member[2]/toy/of"), "Ali", "and follows it");
    is_str(value("/data/member[1]/toy"), "(not there)", "inner repeats apart");
    record_remove_repeat(r, record_find(r, "/data/member[1]"));
    is_str(value("/data/member[1]/name"), "Ali", "one removed");
    is_str(value("/data/member[1]/place"), "1", "the others move up");
    is_str(value("/data/total"), "41", "the sum follows");
    is_str(value("/data/count"), "2", "so does the number");
    is_written(" id=\"h\"><limit>0</limit>"
               "<member><name>Ali</name><age>40</age><place>1</place>"
               "<old>true</old><toy><kind/><of>Ali</of></toy></member>"
               "<member><name>member 3</name><age>1</age><place>2</place>"
               "<old>true</old></member><total>41</total><count>2</count>"
               "</data>",
               "a record with repeats");
}

static void test_repeat_count(void)
{
    long wanted = 0;
    open_form(HEAD "<instance><data id='c'><n>2</n><g><x/></g></data>"
                   "</instance><bind nodeset='/data/n' type='int'/>" BODY
                   "<repeat nodeset='/data/g' jr:count='/data/n'>"
                   "<input ref='x'/></repeat>" END);
    ok(!record_repeat_count(&wanted, r, record_find(r, "/data"),
                            form_find(f, "/data/g")),
       "a count is evaluated");
    is_int(wanted, 2, "how many a count asks for");
}

/* ---- actions and what happens by itself ---- */

static void test_actions(void)
{
    record_outcome outcome;
    open_form(HEAD
              "<instance><data id='a'><q/><copy/><first/><device/><day/>"
              "<orx:meta><orx:instanceID/></orx:meta></data></instance>"
              "<bind nodeset='/data/device' jr:preload='property' "
              "jr:preloadParams='deviceid'/>"
              "<bind nodeset='/data/day' type='date' jr:preload='date' "
              "jr:preloadParams='today'/>"
              "<bind nodeset='/data/orx:meta/orx:instanceID' jr:preload='uid'/>"
              "<setvalue event='odk-instance-first-load' ref='/data/first' "
              "value=\"concat('a', 'b')\"/>" BODY
              "<input ref='/data/q'><setvalue event='xforms-value-changed' "
              "ref='/data/copy' value='/data/q * 2'/></input>" END);
    is_str(value("/data/first"), "ab", "setvalue on the first load");
    is_str(value("/data/device"), "laptop-3", "a property");
    is_str(value("/data/day"), "2026-11-26", "today");
    is_int((long long)strlen(value("/data/meta/instanceID")), 41, "an id");
    answer("/data/q", "21");
    is_str(value("/data/copy"), "42", "setvalue on a change");
    answer("/data/copy", "7");
    answer("/data/q", "21");
    is_str(value("/data/copy"), "7", "no change, no event");
    open_form(HEAD
              "<instance><data id='p'><a/><b/></data></instance>" BODY
              "<input ref='/data/a'><setvalue ref='/data/b' "
              "event='xforms-value-changed' value='/data/a + 1'/></input>"
              "<input ref='/data/b'><setvalue ref='/data/a' "
              "event='xforms-value-changed' value='/data/b + 1'/></input>" END);
    ok(record_answer(&outcome, r, record_find(r, "/data/a"), "1") ==
               TAWAM_EUSAGE &&
           strstr(error_message(), "for ever"),
       "actions that set each other off end in an error");
    open_form(HEAD
              "<instance><data id='c'><a/><b/><twice/><c/><d/></data>"
              "</instance><bind nodeset='/data/b' type='int'/>"
              "<bind nodeset='/data/twice' calculate='/data/b * 2'/>"
              "<setvalue event='odk-instance-first-load' ref='/data/b' "
              "value='4'/>"
              "<setvalue event='odk-instance-first-load' ref='/data/d' "
              "value='/data/twice'/>" BODY "<input ref='/data/a'>"
              "<setvalue event='xforms-value-changed' ref='/data/b' "
              "value='/data/a'/>"
              "<setvalue event='xforms-value-changed' ref='/data/c' "
              "value='/data/twice'/></input>"
              "<input ref='/data/b'><setvalue event='xforms-value-changed' "
              "ref='/data/d' value='/data/twice'/></input>" END);
    is_str(value("/data/d"), "8", "an action sees what the one before made");
    answer("/data/a", "5");
    is_str(value("/data/c"), "10", "so it does on a change");
    is_str(value("/data/d"), "10", "and one that was set off by another");
    open_form(HEAD
              "<instance><data id='e'><a/><end/><r jr:template=''><x/><y/></r>"
              "<r><x/><y/></r></data></instance>"
              "<setvalue event='odk-new-repeat' ref='/data/r/y' "
              "value='position(..)'/>"
              "<setvalue event='xforms-revalidate' ref='/data/end' "
              "value=\"concat(/data/a, '!')\"/>" BODY "<input ref='/data/a'/>"
              "<group ref='/data/r'><repeat nodeset='/data/r'>"
              "<input ref='/data/r/x'/>"
              "<setvalue event='odk-instance-first-load odk-new-repeat' "
              "ref='/data/r/x' value='position(..) * 10'/>"
              "</repeat></group>" END);
    is_str(value("/data/r[1]/x"), "10", "a repeat's action on the first load");
    is_str(value("/data/r[1]/y"), "", "no new instance was made");
    add("/data", "r");
    is_str(value("/data/r[2]/x"), "20", "the same on a new instance");
    is_str(value("/data/r[2]/y"), "2", "and one that stands in the model");
    answer("/data/a", "yes");
    is_str(value("/data/end"), "", "before the end");
    ok(record_finish(r) == TAWAM_OK, "finalising");
    is_str(value("/data/end"), "yes!", "an action on xforms-revalidate");
}

static void test_attributes(void)
{
    open_form(HEAD
              "<instance><data id='e'><q/><meta><entity dataset='e1' id='' "
              "create='1'><label/></entity></meta></data></instance>"
              "<bind nodeset='/data/meta/entity/@id' readonly='true()'/>"
              "<bind nodeset='/data/meta/entity/@create' "
              "calculate=\"if(/data/q = '', '', '1')\"/>"
              "<bind nodeset='/data/meta/entity/label' "
              "calculate=\"concat( ../../../q , ../@dataset)\"/>"
              "<setvalue ref='/data/meta/entity/@id' "
              "event='odk-instance-first-load' value=\"concat('a', 1)\"/>" BODY
              "<input ref='/data/q'/>" END);
    is_str(value("/data/meta/entity/@id"), "a1", "setvalue of an attribute");
    is_str(value("/data/meta/entity/@create"), "", "a rule of one");
    answer("/data/q", "x");
    is_str(value("/data/meta/entity/@create"), "1", "which follows");
    is_written(" id=\"e\"><q>x</q><meta><entity dataset=\"e1\" id=\"a1\" "
               "create=\"1\"><label>xe1</label></entity></meta></data>",
               "attributes");
}

/* ---- choices and texts ---- */

static void is_choices(const char *path, const char *wanted, const char *name)
{
    const record_choice *list = NULL;
    size_t count = 0;
    buffer all = {0};
    if (record_choices(&list, &count, r, record_find(r, path)))
        bail("%s", error_message());
    for (size_t i = 0; i < count; i++)
        buffer_format(&all, "%s=%s ", list[i].value, list[i].label);
    is_str(all.data ? (char *)all.data : "", wanted, "%s", name);
    buffer_free(&all);
}

static void test_choices(void)
{
    const char *text = "";
    open_form(
        HEAD
        "<itext><translation lang='fr' default='true()'>"
        "<text id='q'><value>Eau de <output value='/data/name'/></value>"
        "<value form='image'>jr://x</value></text>"
        "<text id='w1'><value>Puits</value></text></translation>"
        "<translation lang='ar'><text id='w1'><value>بئر</value></text>"
        "</translation></itext>"
        "<instance><data id='s'><name>Ali</name><kind/><water/><many/>"
        "<label/></data></instance>"
        "<instance id='waters'><root>"
        "<item><kind>in</kind><name>well</name><itextId>w1</itextId></item>"
        "<item><kind>out</kind><name>tap</name><itextId>w2</itextId></item>"
        "</root></instance>"
        "<instance id='file' src='jr://file/list.xml'/>"
        "<instance id='gone' src='jr://file/gone.xml'/>"
        "<bind nodeset='/data/label' "
        "calculate=\"jr:choice-name(/data/many, '/data/many')\"/>" BODY
        "<select1 ref='/data/water'><label ref=\"jr:itext('q')\"/>"
        "<itemset nodeset=\"instance('waters')/root/item[kind = "
        "current()/../kind]\"><value ref='name'/>"
        "<label ref='jr:itext(itextId)'/></itemset></select1>"
        "<select ref='/data/many'><item><label>One</label>"
        "<value>1</value></item><item><label>Two</label><value>2</value>"
        "</item></select>" END);
    is_choices("/data/water", "", "no choice fits yet");
    answer("/data/kind", "in");
    is_choices("/data/water", "well=Puits ", "a filtered list, translated");
    answer("/data/water", "well");
    answer("/data/kind", "out");
    is_choices("/data/water", "tap=w2 ",
               "the filter follows; an id without "
               "a text is shown itself");
    is_str(value("/data/water"), "", "a choice that is no more is taken back");
    is_choices("/data/many", "1=One 2=Two ", "choices in the form itself");
    answer("/data/many", "2");
    is_str(value("/data/label"), "Two", "jr:choice-name()");
    ok(!record_text(&text, r, &form_find(f, "/data/water")->control->label,
                    record_find(r, "/data/water")),
       "a label");
    is_str(text, "Eau de Ali", "with a value in it");
    ok(!record_set_language(r, "ar") && record_set_language(r, "de"),
       "languages of the form");
    answer("/data/kind", "in");
    is_choices("/data/water", "well=بئر ", "in Arabic");
}

/* Messages and guidance speak the record's language; the body is kept in its
 * order. */
static void test_words(void)
{
    const char *text = "";
    form_element *e;
    open_form(
        HEAD
        "<instance><data id='x'><g><n/></g></data></instance><itext>"
        "<translation lang='fr'><text id='m'><value>de 0 à <output "
        "value='5 + 4'/></value></text><text id='h'><value>aide</value>"
        "<value form='guidance'>plus d’aide</value></text></translation>"
        "<translation lang='ar'><text id='m'><value>من 0 إلى 9</value></text>"
        "</translation></itext><bind nodeset='/data/g/n' type='int' "
        "constraint='. &lt; 10' jr:constraintMsg=\"jr:itext('m')\" "
        "required='true()' jr:requiredMsg='il le faut'/>" BODY
        "<group ref='/data/g' appearance='field-list'><label>G</label>"
        "<input ref='/data/g/n'><hint "
        "ref=\"jr:itext('h')\"/></input></group>" END);
    is_int(answer("/data/g/n", "12"), RECORD_CONSTRAINT, "12 is too much");
    is_str(error_message(), "de 0 à 9", "in the form's words, with a value");
    ok(record_set_language(r, "ar") == TAWAM_OK, "another language");
    answer("/data/g/n", "12");
    is_str(error_message(), "من 0 إلى 9", "in Arabic");
    answer("/data/g/n", "");
    is_str(error_message(), "il le faut", "words without a translation");
    e = f->body->first;
    ok(e && e->kind == FORM_GROUP && strcmp(e->appearance, "field-list") == 0 &&
           e->first && e->first->kind == FORM_QUESTION &&
           strcmp(e->first->item->name, "n") == 0 && !e->first->next &&
           !e->next,
       "the body: a group, in it a question");
    ok(record_guidance(&text, r, &e->first->item->control->hint,
                       record_find(r, "/data/g/n")) == TAWAM_OK,
       "guidance of a hint");
    is_str(text, "plus d’aide", "is its own text");
}

static void test_attachment(void)
{
    static const char xml[] =
        HEAD "<instance><data id='x'><n/></data></instance>"
             "<instance id='l' src='jr://file/%s.xml'/>"
             "<bind nodeset='/data/n' "
             "calculate=\"count(instance('l')/root/item)\"/>" BODY END;
    char text[1000];
    record *missing = NULL;
    snprintf(text, sizeof text, xml, "list");
    open_form(text);
    is_str(value("/data/n"), "1", "an instance from a file");
    snprintf(text, sizeof text, xml, "gone");
    close_all();
    if (form_read_xform(&f, text, strlen(text)))
        bail("%s", error_message());
    ok(record_new(&missing, f, &AROUND) == TAWAM_EUSAGE &&
           strstr(error_message(), "gone.xml"),
       "a missing attachment is named");
}

/* ---- cost and faults ---- */

/* Evaluations are counted by the allocations they make. */
static long cost_of_one_more(int members)
{
    long before;
    open_form(HOUSEHOLD);
    for (int i = 0; i < members; i++)
        add("/data", "member");
    before = memory_allocations();
    add("/data", "member");
    return memory_allocations() - before;
}

static void test_cost(void)
{
    long few = cost_of_one_more(5), many = cost_of_one_more(500);
    ok(many <= few + few / 2 + 20,
       "a member among 500 (%ld allocations) costs as among 5 (%ld)", many,
       few);
}

static void test_memory(void)
{
    int failed = 0, done = 0;
    close_all();
    for (long nth = 1; !done && nth < 5000; nth++) {
        form_node *node = NULL;
        memory_fail_at(nth);
        done = !form_read_xform(&f, HOUSEHOLD, strlen(HOUSEHOLD)) &&
               !record_new(&r, f, NULL) &&
               !record_add_repeat(&node, r, record_root(r),
                                  form_find(f, "/data/member"));
        memory_fail_at(0);
        failed += !done;
        if (!done)
            close_all();
    }
    ok(done && failed > 50, "each of %d allocations failing is an error",
       failed);
}

/* A target may be one instance of a repeat, found anew each time. */
static void test_targets_with_predicates(void)
{
    open_form(HEAD "<instance><data id='a'><src/><which>2</which>"
                   "<r><x/></r><r><x/></r><r><x/></r><out/></data></instance>"
                   "<setvalue event='odk-instance-first-load' "
                   "ref=\"/data/r[position() = 3]/x\" value=\"'last'\"/>" BODY
                   "<input ref='/data/src'>"
                   "<setvalue event='xforms-value-changed' "
                   "ref=\"/data/r[position() = /data/which]/x[. != ']']\" "
                   "value='concat(../../src, position(..))'/></input>" END);
    is_str(value("/data/r[3]/x"), "last", "one instance on the first load");
    is_str(value("/data/r[1]/x"), "", "not the others");
    answer("/data/src", "a");
    is_str(value("/data/r[2]/x"), "a2",
           "one by another's answer; its value is seen from it");
    answer("/data/which", "1");
    answer("/data/src", "b");
    is_str(value("/data/r[1]/x"), "b1", "then another one");
    is_str(value("/data/r[2]/x"), "a2", "the one before is left alone");
    answer("/data/which", "9");
    answer("/data/src", "c");
    is_str(value("/data/r[1]/x"), "b1", "none, and nothing happens");
}

/* Read-only is inherited, by instances that come later too. */
static void test_readonly_groups(void)
{
    open_form(HEAD
              "<instance><data id='a'><lock/><g><x/><r><y/></r></g><z/></data>"
              "</instance>"
              "<bind nodeset='/data/g' readonly='/data/lock = 1'/>"
              "<bind nodeset='/data/g/x' readonly='/data/lock = 2'/>" BODY
              "<input ref='/data/lock'/><input ref='/data/g/x'/>"
              "<group ref='/data/g/r'><repeat nodeset='/data/g/r'>"
              "<input ref='/data/g/r/y'/></repeat></group>"
              "<input ref='/data/z'/>" END);
    ok(!record_find(r, "/data/g/x")->is_readonly, "nothing is locked at first");
    answer("/data/lock", "1");
    ok(record_find(r, "/data/g/x")->is_readonly &&
           record_find(r, "/data/g/r/y")->is_readonly &&
           !record_find(r, "/data/z")->is_readonly,
       "what stands in a locked group is");
    add("/data/g", "r");
    ok(record_find(r, "/data/g/r[2]/y")->is_readonly,
       "also an instance that comes later");
    answer("/data/lock", "2");
    ok(record_find(r, "/data/g/x")->is_readonly &&
           !record_find(r, "/data/g/r[2]/y")->is_readonly,
       "what has a rule of its own stays");
    answer("/data/lock", "");
    ok(!record_find(r, "/data/g/x")->is_readonly, "and is free again");
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    clock_fix(1795725720000); /* 2026-11-26T20:42:00Z */
    test_rules();
    test_bad_forms();
    test_repeats();
    test_repeat_count();
    test_actions();
    test_attributes();
    test_choices();
    test_words();
    test_attachment();
    test_cost();
    test_memory();
    test_targets_with_predicates();
    test_readonly_groups();
    close_all();
    return done_testing();
}
