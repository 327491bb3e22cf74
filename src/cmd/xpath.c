/* SPDX-License-Identifier: MIT */
/* tawam xpath eval: the value of one expression, without a form. */
#include "cmd/cmd.h"
#include "form/form.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"xml", 0, "FILE", VERB_FILE, N_("the record that paths lead through")},
    {"context", 0, "PATH", VERB_TEXT,
     N_("the node that relative paths begin at")},
    {"tz", 0, "ZONE", VERB_TEXT, N_("time zone, as Africa/Casablanca")},
    {"now", 0, "TIME", VERB_TEXT, N_("what now() is, in ISO 8601")},
    {NULL, 0, NULL, 0, NULL}};

const verb CMD_XPATH = {
    .name = "xpath",
    .forms = "eval EXPRESSION",
    .summary = N_("evaluate an expression as forms do"),
    .help = N_("Prints the value of an XPath expression, with the functions "
               "and rules that forms follow, as JSON: its type (number, "
               "string, boolean or nodeset) and value. A date is its text; of "
               "nodes the values are listed.\n\n"
               "tawam xpath eval \"round(2.5) + string-length('ab')\""),
    .options = OPTIONS,
    .least = 2,
    .most = 2,
    .words = {VERB_TEXT, VERB_TEXT},
    .run = run};

/* ---- what the expression sees ---- */

typedef struct surroundings {
    form_names *names;
    form_document *record;
    arena *memory;
    xpath *expression;
} surroundings;

static int read_record(surroundings *s, const char *file)
{
    buffer xml = {0};
    int code = file_read(&xml, file, FORM_XML_MOST);
    if (code == TAWAM_OK)
        code = form_document_read(&s->record, s->names, (char *)xml.data,
                                  xml.length);
    buffer_free(&xml);
    return code == TAWAM_OK ? code : error_add("%s", file);
}

static int find_context(xpath_context *c, surroundings *s, const char *path)
{
    xpath *x = NULL;
    xpath_value v;
    int code = xpath_compile(&x, s->names, path);
    if (code == TAWAM_OK)
        code = xpath_evaluate(&v, x, c);
    xpath_free(x);
    if (code == TAWAM_OK && (v.kind != XPATH_NODESET || !v.count))
        code = error_set(TAWAM_EUSAGE, _("it leads to no node"));
    if (code != TAWAM_OK)
        return error_add("--context");
    c->node = v.nodes[0];
    return TAWAM_OK;
}

static int set_clock(const verb_arguments *a)
{
    const char *zone = verb_value(a, "tz"), *now = verb_value(a, "now");
    int64_t time;
    int code;
    if (zone) {
        setenv("TZ", zone, 1);
        tzset();
    }
    if (!now)
        return TAWAM_OK;
    code = clock_parse(&time, now);
    if (code == TAWAM_OK)
        clock_fix(time);
    return code;
}

/* ---- the answer ---- */

static void write_number(json_writer *w, double number, arena *memory)
{
    const char *text = "";
    if (isfinite(number))
        json_write_decimal(w, number);
    else if (xpath_number_text(&text, number, memory) == TAWAM_OK)
        json_write_string(w, text); /* JSON has no word for it */
}

static int write_nodes(json_writer *w, const xpath_value *v, arena *memory)
{
    int code = TAWAM_OK;
    json_write_array(w);
    for (size_t i = 0; code == TAWAM_OK && i < v->count; i++) {
        const char *text = "";
        xpath_value one = {
            .kind = XPATH_NODESET, .nodes = v->nodes + i, .count = 1};
        code = xpath_to_text(&text, &one, memory);
        json_write_string(w, text);
    }
    json_write_end(w);
    return code;
}

static int write_value(buffer *out, const xpath_value *v, arena *memory)
{
    static const char *const names[] = {"",       "nodeset", "string",
                                        "number", "boolean", "string"};
    json_writer w = {.out = out};
    int code = TAWAM_OK;
    json_write_object(&w);
    json_write_pair(&w, "type", names[v->kind]);
    json_write_key(&w, "value");
    switch (v->kind) {
    case XPATH_NODESET:
        code = write_nodes(&w, v, memory);
        break;
    case XPATH_NUMBER:
        write_number(&w, v->number, memory);
        break;
    case XPATH_BOOLEAN:
        json_write_boolean(&w, v->boolean);
        break;
    default:
        json_write_string(&w, v->text);
    }
    json_write_end(&w);
    return code;
}

static int answer(surroundings *s, const verb_arguments *a)
{
    const char *file = verb_value(a, "xml"), *path = verb_value(a, "context");
    xpath_context c = {.memory = s->memory};
    xpath_value v;
    buffer out = {0};
    int code = file ? read_record(s, file) : TAWAM_OK;
    if (s->record)
        c.top = c.node = form_document_top(s->record);
    if (code == TAWAM_OK && path)
        code = find_context(&c, s, path);
    if (code == TAWAM_OK)
        code = xpath_compile(&s->expression, s->names, verb_word(a, 1));
    if (code == TAWAM_OK)
        code = xpath_evaluate(&v, s->expression, &c);
    if (code == TAWAM_OK)
        code = write_value(&out, &v, s->memory);
    if (code == TAWAM_OK)
        code = cmd_flush_json(&out);
    buffer_free(&out);
    /* A wrong expression is the answer "no", not a wrong command line. */
    return code == TAWAM_EUSAGE ? error_set(TAWAM_ENO, "%s", error_message())
                                : code;
}

static int run(const verb_arguments *a)
{
    surroundings s = {0};
    int code = set_clock(a);
    if (code == TAWAM_OK && strcmp(verb_word(a, 0), "eval") != 0)
        code = error_set(TAWAM_EUSAGE, _("the word after xpath is eval"));
    if (code == TAWAM_OK)
        code = form_names_new(&s.names);
    if (code == TAWAM_OK)
        code = arena_new(&s.memory);
    if (code == TAWAM_OK)
        code = answer(&s, a);
    xpath_free(s.expression);
    form_document_free(s.record);
    arena_free(s.memory);
    form_names_free(s.names);
    return code;
}
