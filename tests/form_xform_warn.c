/* SPDX-License-Identifier: MIT */
/* XForms that can be read but hold what is likely a mistake; those that are
 * newer than we know; controls by their bind's id; expressions without end. */
#include "tests/tap.h"
#include "form/form.h"

#define HEAD                                                                   \
    "<h:html xmlns=\"http://www.w3.org/2002/xforms\" "                         \
    "xmlns:h=\"http://www.w3.org/1999/xhtml\" "                                \
    "xmlns:jr=\"http://openrosa.org/javarosa\" "                               \
    "xmlns:odk=\"http://www.opendatakit.org/xforms\" "                         \
    "xmlns:entities=\"http://www.opendatakit.org/xforms/entities\">"           \
    "<h:head><h:title>T</h:title>"
#define INSTANCE                                                               \
    "<instance><data id=\"t\"><a/><b/><r jr:template=\"\"><n/></r></data>"     \
    "</instance>"
#define REPEAT "<group ref=\"/data/r\"><repeat nodeset=\"/data/r\"/></group>"

static form *f;
static form_messages *messages;

static int read_form(const char *model, const char *body)
{
    buffer xml = {0};
    int code;
    form_free(f);
    form_messages_free(messages);
    f = NULL;
    messages = NULL;
    buffer_format(&xml,
                  HEAD "<model>" INSTANCE "%s</model></h:head><h:body>%s" REPEAT
                       "</h:body></h:html>",
                  model, body);
    if (form_messages_new(&messages))
        bail("no memory");
    code = form_check_xform(&f, messages, (char *)xml.data, xml.length);
    buffer_free(&xml);
    return code;
}

static void warned(const char *model, const char *body, const char *place,
                   const char *words)
{
    int code = read_form(model, body), found = 0;
    for (size_t i = 0; i < messages->count; i++)
        found |= strcmp(messages->list[i].column, place) == 0 &&
                 strstr(messages->list[i].text, words) &&
                 messages->list[i].is_warning;
    if (!ok(code == TAWAM_OK && found, "%s: %s", place, words))
        diag("%d %s: %s", code, error_message(),
             messages->count ? messages->list[0].text : "no warning");
}

static void silent(const char *model, const char *body, const char *name)
{
    int code = read_form(model, body);
    if (!ok(code == TAWAM_OK && messages->count == 0, "%s", name))
        diag("%s", code ? error_message() : messages->list[0].text);
}

#define BIND(RULES) "<bind nodeset=\"/data/a\" " RULES "/>"
#define IN_REPEAT(RULES) "<bind nodeset=\"/data/r/n\" " RULES "/>"

static void test_paths(void)
{
    warned(BIND("calculate=\"/data/zz + 1\""), "", "/data/a",
           "leads to nothing");
    warned(BIND("calculate=\"../zz\""), "", "/data/a", "leads to nothing");
    warned(BIND("relevant=\"/data/r/n = 1\""), "", "/data/a",
           "one value is wanted");
    warned(BIND("calculate=\"position(../zz)\""), "", "/data/a",
           "leads to nothing");
    silent(BIND("calculate=\"sum(/data/r/n) + count(/data/r)\""), "",
           "functions of nodes take several");
    silent(BIND("calculate=\"/data/r[1]/n\""), "", "a predicate takes one");
}

static void test_places(void)
{
    silent(IN_REPEAT("constraint=\"/data/r/n = 1\""), "",
           "in a repeat its own instance is meant");
    silent(BIND("calculate=\"count(instance('l')/root/item[x = "
                "current()/../b])\"") "<instance id=\"l\"><root/></instance>",
           "", "rows of a list have names of their own");
    warned(BIND("calculate=\"instance('q')/root/x\""), "", "/data/a",
           "no instance 'q'");
}

static void test_elements(void)
{
    warned("<bind nodeset=\"/data/gone\" type=\"int\"/>", "", "/data/gone",
           "not in the primary instance");
    warned(BIND("type=\"strnig\""), "", "/data/a", "no type 'strnig'");
    warned(BIND("type=\"int\"") BIND("type=\"int\""), "", "/data/a",
           "two binds");
    warned("<blink/>", "", "blink", "in <model>");
    warned("", "<group><marquee/></group>", "marquee", "in <group>");
    warned("", "<input ref=\"/data/a\"><label ref=\"jr:itext('x')\"/></input>",
           "/data/a", "no translations");
    warned("<itext><translation lang=\"fr\"><text id=\"x\"><value>X</value>"
           "</text></translation><translation lang=\"ar\"/></itext>",
           "<input ref=\"/data/a\"><label ref=\"jr:itext('x')\"/></input>",
           "/data/a", "'ar' has no text 'x'");
    silent(BIND("type=\"xsd:string\" required=\"true()\""),
           "<input ref=\"/data/a\"><label>A</label></input>",
           "a good form is quiet");
}

static void test_controls_by_id(void)
{
    form_item *item;
    silent("<bind id=\"one\" nodeset=\"/data/a\" type=\"int\"/>",
           "<input bind=\"one\"><label>A</label></input>",
           "a control may name its bind");
    item = f ? form_find(f, "/data/a") : NULL;
    ok(item && item->control, "and belongs to its node");
    ok((read_form("", "<input bind=\"two\"/>")) == TAWAM_EUSAGE,
       "a bind that is not there is an error");
}

static void test_newer_forms(void)
{
    static const struct {
        const char *attribute;
        int taken;
    } models[] = {{"entities:entities-version=\"2022.1.0\"", 1},
                  {"entities:entities-version=\"2025.1.0\"", 1},
                  {"entities:entities-version=\"2025.2.0\"", 0},
                  {"entities:entities-version=\"2031.1\"", 0},
                  {"odk:xforms-version=\"1.0.0\"", 1},
                  {"odk:xforms-version=\"2.0.0\"", 0}};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        buffer xml = {0};
        form *one = NULL;
        int code;
        buffer_format(&xml,
                      HEAD "<model %s>" INSTANCE "</model></h:head><h:body>"
                           "</h:body></h:html>",
                      models[i].attribute);
        code = form_read_xform(&one, (char *)xml.data, xml.length);
        ok((code == TAWAM_OK) == models[i].taken &&
               (code == TAWAM_OK || strstr(error_message(), "tawam")),
           "%s", models[i].attribute);
        form_free(one);
        buffer_free(&xml);
    }
}

static void test_what_is_no_form(void)
{
    static const struct {
        const char *text, *words;
    } files[] = {{"", "is empty"},
                 {"<!DOCTYPE html>\n<html><body>", "web page"},
                 {"<HTML><body>Log in</body></HTML>", "web page"},
                 {"<data/>", "no XForm"},
                 {HEAD, "line 1"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        form *one = NULL;
        int code = form_read_xform(&one, files[i].text, strlen(files[i].text));
        if (!ok(code == TAWAM_EUSAGE && strstr(error_message(), files[i].words),
                "%s", files[i].words))
            diag("%s", error_message());
        form_free(one);
    }
}

static void test_an_expression_without_end(void)
{
    buffer rows = {0}, model = {0};
    record *r = NULL;
    for (int i = 0; i < 400; i++)
        buffer_format(&rows, "<i><x>%d</x></i>", i);
    buffer_format(&model,
                  "<instance id=\"l\"><root>%s</root></instance>" BIND(
                      "calculate=\"count(instance('l')/root/i[count("
                      "instance('l')/root/i[count(instance('l')/root/i[x = 1 "
                      "or x = 2]) > 0]) > 0])\""),
                  (char *)rows.data);
    ok((read_form((char *)model.data, "")) == TAWAM_OK, "it can be read");
    ok((f ? record_new(&r, f, NULL) : -1) == TAWAM_EUSAGE,
       "but ends with an error");
    ok(strstr(error_message(), "steps") != NULL, "that says why");
    record_free(r);
    buffer_free(&rows);
    buffer_free(&model);
}

/* Among many siblings each is found, attributes too. */
static void test_many_questions(void)
{
    buffer xml = {0};
    form *one = NULL;
    int found = 0;
    buffer_text(&xml, HEAD "<model><instance><data id=\"t\" version=\"1\">");
    for (int i = 0; i < 300; i++)
        buffer_format(&xml, "<q%d/>", i);
    buffer_text(&xml, "<q7 k=\"v\"/></data></instance>");
    for (int i = 0; i < 300; i++)
        buffer_format(&xml, "<bind nodeset=\"/data/q%d\" type=\"int\"/>", i);
    buffer_text(&xml, "</model></h:head><h:body/></h:html>");
    ok(form_read_xform(&one, (char *)xml.data, xml.length) == TAWAM_OK,
       "a form of 300 questions");
    for (int i = 0; one && i < 300; i++) {
        char path[40];
        const form_item *item;
        snprintf(path, sizeof path, "/data/q%d", i);
        item = form_find(one, path);
        found +=
            item && item->type == FORM_INTEGER && strcmp(item->path, path) == 0;
    }
    ok(found == 300, "each is found");
    ok(one && form_find(one, "/data/@version") && form_find(one, "/data/@id") &&
           form_find(one, "/data/q7/@k") && !form_find(one, "/data/q300"),
       "attributes too, and no other");
    form_free(one);
    buffer_free(&xml);
}

int main(void)
{
    test_many_questions();
    test_paths();
    test_places();
    test_elements();
    test_controls_by_id();
    test_newer_forms();
    test_what_is_no_form();
    test_an_expression_without_end();
    form_free(f);
    form_messages_free(messages);
    return done_testing();
}
