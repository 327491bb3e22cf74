/* SPDX-License-Identifier: MIT */
/* XPath: every operator, function and rule, on values and on a small household.
 */
#include "tests/tap.h"
#include "form/form.h"
#include "form/xpath_internal.h"
#include <math.h>
#include <stdlib.h>
#include <time.h>

static form_names *names;
static form_document *household, *villages;
static arena *memory;
static xpath_context context;

static const char RECORD[] =
    "<data id='f' xmlns='http://www.w3.org/2002/xforms'>"
    "<name>Amina</name><age>35</age><empty/><yes>true</yes><no>false</no>"
    "<born>1991-05-02</born><water>well tap</water>"
    "<member><who>Ali</who><age>7</age><toy><kind>ball</kind></toy>"
    "<toy><kind>kite</kind></toy></member>"
    "<member><who>Salma</who><age>9</age><toy><kind>doll</kind></toy></member>"
    "<member><who>Omar</who><age/></member>"
    "<square>0 0 0 0;0 1 0 0;1 1 0 0;1 0 0 0;0 0 0 0</square>"
    "<bow>0 0;1 1;1 0;0 1</bow>"
    "</data>";
static const char VILLAGES[] =
    "<root><item><name>zegzel</name><label>Zegzel</label><people>15000</people>"
    "</item><item><name>tafoghalt</name><label>Tafoghalt</label>"
    "<people>4500</people></item></root>";

static int find_instance(form_node **top, void *caller, const char *id)
{
    (void)caller;
    if (strcmp(id, "villages") != 0)
        return TAWAM_ENOTFOUND;
    *top = form_document_top(villages);
    return TAWAM_OK;
}

static int find_text(const char **text, void *caller, const char *id)
{
    (void)caller;
    *text = strcmp(id, "q1") == 0 ? "Your name?" : "";
    return TAWAM_OK;
}

static int find_choice(const char **text, void *caller, const char *value,
                       const char *reference)
{
    (void)caller;
    *text = strcmp(value, "tap") == 0 && strcmp(reference, "/data/water") == 0
                ? "Tap"
                : "";
    return TAWAM_OK;
}

static int find_property(const char **text, void *caller, const char *name)
{
    (void)caller;
    *text = strcmp(name, "version") == 0 ? "7" : "laptop-3";
    return TAWAM_OK;
}

/* ---- which functions were called, with how many arguments ---- */

#define COUNTS 12 /* 0 to 11 arguments */
static int called[200][COUNTS];

static size_t place_of(const function *f)
{
    size_t at = 0;
    while (function_at(at) && function_at(at) != f)
        at++;
    return at;
}

static void see_calls(const expression *x)
{
    if (x->kind == EXPRESSION_CALL && x->part_count < COUNTS)
        called[place_of(x->function)][x->part_count]++;
    for (size_t i = 0; i < x->part_count; i++)
        see_calls(x->parts[i]);
    for (size_t i = 0; i < x->step_count; i++)
        for (size_t k = 0; k < x->steps[i].predicate_count; k++)
            see_calls(x->steps[i].predicates[k]);
}

/* The value as text with a letter of its kind before it, or "!" and the error.
 * Borrowed until the next call. */
static const char *eval(const char *words)
{
    static char result[600];
    xpath *x = NULL;
    xpath_value v;
    const char *text = "";
    int code = xpath_compile(&x, names, words);
    if (code == TAWAM_OK)
        code = xpath_evaluate(&v, x, &context);
    if (code == TAWAM_OK)
        code = xpath_to_text(&text, &v, memory);
    if (code != TAWAM_OK)
        snprintf(result, sizeof result, "!%s", error_message());
    else if (v.kind == XPATH_NODESET)
        snprintf(result, sizeof result, "%zu nodes %s", v.count, text);
    else
        snprintf(result, sizeof result, "%c %s", "?nsibd"[v.kind], text);
    if (code == TAWAM_OK)
        see_calls(x->root);
    xpath_free(x);
    arena_reset(memory);
    return result;
}

typedef struct expectation {
    const char *expression, *value; /* of an error: a part of its message */
} expectation;

static void check_all(const expectation *list)
{
    for (; list->expression; list++) {
        const char *got = eval(list->expression);
        if (list->value[0] == '!')
            ok(got[0] == '!' && strstr(got, list->value + 1), "%s is refused",
               list->expression) ||
                (diag("got %s", got), 0);
        else
            is_str(got, list->value, "%s", list->expression);
    }
}

/* ---- the language ---- */

static const expectation OPERATORS[] = {
    {"1 + 2 * 3", "i 7"},
    {"(1 + 2) * 3", "i 9"},
    {"10 - 4 - 3", "i 3"},
    {"7 mod 4", "i 3"},
    {"-7 mod 4", "i -3"},
    {"1 div 4", "i 0.25"},
    {"1 div 0", "i Infinity"},
    {"-1 div 0", "i -Infinity"},
    {"5 mod 0", "i NaN"},
    {"-'19'", "i -19"},
    {"--3", "i 3"},
    {"- - - 3", "i -3"},
    {"2 - -2", "i 4"},
    {".5 + 5.", "i 5.5"},
    {"1230000000000000000000", "i 1230000000000000000000"},
    {"0.1 + 0.2", "i 0.30000000000000004"},
    {"0.0000001", "i 0.0000001"},
    {"-0", "i 0"},
    {"\"it's\"", "s it's"},
    {"'say \"x\"'", "s say \"x\""},
    {"1 < 2 = true()", "b true"},
    {"-3 < 3 = 6 >= 6", "b true"},
    {"true() or date('no date')", "b true"},
    {"false() and date('no date')", "b false"},
    {"false() or false() or true()", "b true"},
    {"true() and true() and false()", "b false"},
    {"1 = 1.0000000000001", "b true"},
    {"1 = 1.00001", "b false"},
    {"'abc' != 'abc'", "b false"},
    {"17 = '17.0'", "b true"},
    {"'17' = '17.0'", "b false"},
    {"'-17' > '-172'", "b true"},
    {"'' < 1", "b false"},
    {"'' = 0", "b false"},
    {"0 = false()", "b true"},
    {"'true' = true()", "b true"},
    {"'false' = true()", "b false"},
    {"/data/no = false()", "b true"},
    {"/data/yes = true()", "b true"},
    {"'1 2' * 1", "i NaN"},
    {"'1e3' + 0", "i NaN"},
    {"'2001-12-26' > '2001-12-25'", "b true"},
    {"'1970-01-11' - '1970-01-01'", "i 10"},
    {NULL, NULL}};

static const expectation PATHS[] = {
    {"/data/name", "1 nodes Amina"},
    {"/data/nothing", "0 nodes "},
    {"/data/nothing = ''", "b true"},
    {"/data/empty = ''", "b true"},
    {"/data/member", "3 nodes Ali7ballkite"},
    {"/data/member/age", "3 nodes 7"},
    {"/data/member[2]/who", "1 nodes Salma"},
    {"/data/member[who = 'Omar']/age", "1 nodes "},
    {"/data/member[age > 6][2]/who", "1 nodes Salma"},
    {"/data/member[age > 6 and who != 'Ali']/who", "1 nodes Salma"},
    {"/data/member[position() = 3]/who", "1 nodes Omar"},
    {"/data/member[0]", "0 nodes "},
    {"/data/member[1.5]", "0 nodes "},
    {"/data/member/toy/kind", "3 nodes ball"},
    {"/data/member/toy[1]/kind", "2 nodes ball"},
    {"/data/member/toy/..", "2 nodes Ali7ballkite"},
    {"/data/member/toy/../who", "2 nodes Ali"},
    {"/data/*[2]", "1 nodes 35"},
    {"/data/./name", "1 nodes Amina"},
    {"/data/child::name", "1 nodes Amina"},
    {"/data/name/parent::data/age", "1 nodes 35"},
    {"/data/name/parent::other", "0 nodes "},
    {"/data/name/self::node()", "1 nodes Amina"},
    {"/data/@id", "1 nodes f"},
    {"/data/attribute::id", "1 nodes f"},
    {"/data/age | /data/name | /data/age", "2 nodes Amina"},
    {"(/data/member)[2]/who", "1 nodes Salma"},
    {"instance('villages')/root/item[name = 'zegzel']/people", "1 nodes 15000"},
    {"instance('villages')/root/item[people < 5000]/label",
     "1 nodes Tafoghalt"},
    {"count(/data/*)", "i 12"},
    {"if(/data/empty, 'full', 'empty')", "s empty"},
    {"/data/age + 1", "i 36"},
    {"/data/div", "0 nodes "},
    {"/data/name div 2", "i NaN"},
    {NULL, NULL}};

static const expectation FAULTS[] = {
    {"", "!empty"},
    {"1 +", "!ends where"},
    {"(1", "!) was expected"},
    {"1 2", "!column 3"},
    {"foo(", "!foo"},
    {"'abc", "!never closed"},
    {"/data//name", "!// is not part"},
    {"//name", "!// is not part"},
    {"/data/descendant::name", "!axes"},
    {"/data/text()", "!node() only"},
    {"$x", "!variables"},
    {"1 & 2", "!no meaning"},
    {"1e5", "!exponent"},
    {"selcted('a', 'a')", "!did you mean selected()"},
    {"not-a-function()", "!no function"},
    {"true(5)", "!takes 0 arguments"},
    {"substr('a')", "!2 to 3"},
    {"concat(1,)", "!an argument"},
    {"join()", "!at least 1"},
    {"/data[1", "!] was expected"},
    {"'a'/b", "!no node"},
    {"'a' | 'b'", "!nodes only"},
    {"instance('none')/root", "!no instance 'none'"},
    {"count(5)", "!path"},
    {"sum(5)", "!path"},
    {NULL, NULL}};

/* ---- functions ---- */

static const expectation TEXTS[] = {
    {"string(1)", "s 1"},
    {"string(/data/name)", "s Amina"},
    {"string(true())", "s true"},
    {"concat('a', 1, true(), /data/member/who)", "s a1trueAliSalmaOmar"},
    {"concat()", "s "},
    {"concat(/data/member/who)", "s AliSalmaOmar"},
    {"concat('a', 'b')", "s ab"},
    {"concat('ab', '', 1 div 4)", "s ab0.25"},
    {"join(' ', 'a', '', 'b')", "s a  b"},
    {"join('-', /data/member/who, 'x')", "s Ali-Salma-Omar-x"},
    {"join(',')", "s "},
    {"substr('hello', 1)", "s ello"},
    {"substr('hello', 1, 4)", "s ell"},
    {"substr('hello', -3)", "s llo"},
    {"substr('hello', 1, -1)", "s ell"},
    {"substr('ماء بارد', 4)", "s بارد"},
    {"substr('hello', 9)", "s "},
    {"substring-before('a-b-c', '-')", "s a"},
    {"substring-before('abc', '-')", "s "},
    {"substring-after('a-b-c', '-')", "s b-c"},
    {"substring-after('abc', '-')", "s "},
    {"translate('hello', 'lo', 'L')", "s heLL"},
    {"translate('été', 'é', 'e')", "s ete"},
    {"string-length('été')", "i 3"},
    {"normalize-space('  a \n  b ')", "s a b"},
    {"contains('abc', 'bc')", "b true"},
    {"contains('abc', 'bd')", "b false"},
    {"starts-with('abc', 'ab')", "b true"},
    {"starts-with('abc', '')", "b true"},
    {"ends-with('abc', 'bc')", "b true"},
    {"ends-with('bc', 'abc')", "b false"},
    {"regex('0612345678', '0[5-7]\\d{8}')", "b true"},
    {"regex('x0612345678', '0[5-7]\\d{8}')", "b false"},
    {"regex('ماء', '\\p{L}+')", "b true"},
    {"regex('a', '(')", "!regex"},
    {"regex('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', '(a+)+')",
     "!too many steps"},
    {NULL, NULL}};

static const expectation LOGIC[] = {
    {"not(true())", "b false"},
    {"boolean('false')", "b true"},
    {"boolean('')", "b false"},
    {"boolean(0)", "b false"},
    {"boolean(number('x'))", "b false"},
    {"boolean-from-string('TRUE')", "b true"},
    {"boolean-from-string(1.0)", "b true"},
    {"boolean-from-string(1.0001)", "b false"},
    {"if(1 > 2, date('x'), 'no')", "s no"},
    {"coalesce('', /data/empty, 'z')", "s z"},
    {"coalesce(/data/name, date('x'))", "1 nodes Amina"},
    {"coalesce(number('x'), 5)", "i 5"},
    {"coalesce('', number(''))", "i NaN"},
    {"coalesce('', '', 0)", "i 0"},
    {"coalesce(1)", "!at least 2"},
    {"coalesce('', '', '', 'd')", "s d"},
    {"coalesce('', '', '', '', 5)", "i 5"},
    {"depend('a')", "s a"},
    {"depend(3, /data/age)", "i 3"},
    {"depend(3, 1, 2)", "i 3"},
    {"depend(true(), 1, 2, 3)", "b true"},
    {"checklist(0, 0)", "b true"},
    {"checklist(1, 2)", "b false"},
    {"checklist(1, 1, /data/member/age)", "b false"},
    {"checklist(2, 2, /data/member/age)", "b true"},
    {"checklist(1, -1, 'yes')", "b true"},
    {"checklist(1, -1, 'no')", "b false"},
    {"weighted-checklist(0, 0)", "b true"},
    {"weighted-checklist(1, 5)", "b false"},
    {"is-selected('a b', 'b')", "b true"},
    {"is-selected('a b', 'c')", "b false"},
    {"checklist(1, 2, true(), 1, 0)", "b true"},
    {"checklist(3, -1, true(), 1, 0)", "b false"},
    {"checklist(-1, 1, true(), 1)", "b false"},
    {"weighted-checklist(5, 9, true(), 5, 0, 100)", "b true"},
    {"weighted-checklist(6, -1, true(), 5)", "b false"},
    {"weighted-checklist(-1, 2, true(), -9)", "b true"},
    {"weighted-checklist(-5, -2, true(), -3)", "b true"},
    {"weighted-checklist(-5, -4, true(), -3)", "b false"},
    {"weighted-checklist(1, 2, 3)", "!weight"},
    {"selected(/data/water, 'tap')", "b true"},
    {"selected(/data/water, 'ta')", "b false"},
    {"selected('1 2', 2)", "b true"},
    {"selected('a b', '  b ')", "b true"},
    {"selected('', '')", "b true"},
    {"selected(' ', ' ')", "b true"},
    {"selected('a', '')", "b false"},
    {"selected('', 'a')", "b false"},
    {"selected-at('a b c', 1)", "s b"},
    {"selected-at('a b c', 3)", "s "},
    {"selected-at('a b c', -1)", "s "},
    {"count-selected(' a  b ')", "i 2"},
    {"count-selected('')", "i 0"},
    {NULL, NULL}};

static const expectation NUMBERS[] = {
    {"number(' 12 ')", "i 12"},
    {"number('1,5')", "i NaN"},
    {"number('')", "i NaN"},
    {"number(true())", "i 1"},
    {"int(-3.7)", "i -3"},
    {"int('x')", "i NaN"},
    {"round(2.5)", "i 3"},
    {"round(-2.5)", "i -2"},
    {"round(12345.15, 1)", "i 12345.2"},
    {"round(12350, -2)", "i 12400"},
    {"round('14,6')", "i 15"},
    {"round('-2,45', 1)", "i -2.4"},
    {"round('1,2,3')", "i NaN"},
    {"int('14,6')", "i NaN"},
    {"round(1.005, 2)", "i 1.01"},
    {"round(2.345, 2)", "i 2.35"},
    {"round(-2.345, 2)", "i -2.34"},
    {"round(-2.3451, 2)", "i -2.35"},
    {"round(0.5)", "i 1"},
    {"round(-0.5)", "i 0"},
    {"round(0.4)", "i 0"},
    {"round(99.95, 1)", "i 100"},
    {"round(999.5)", "i 1000"},
    {"round(60, -2)", "i 100"},
    {"round(50, -2)", "i 100"},
    {"round(-50, -2)", "i 0"},
    {"round(4, -2)", "i 0"},
    {"round(-1251, -2)", "i -1300"},
    {"round(0.00012345, 6)", "i 0.000123"},
    {"round(1230000000000000000000, 2)", "i 1230000000000000000000"},
    {"string(0.1 * 3 * 10)", "s 3"},
    {"string(0.0000000000001)", "s 0"},
    {"string(1234567.000001)", "s 1234567.000001"},
    {"boolean(0.0000000000001)", "b false"},
    {"boolean(-0.000001)", "b true"},
    {"boolean(number('x'))", "b false"},
    {"floor(-1.5)", "i -2"},
    {"ceiling(1.2)", "i 2"},
    {"abs(-3.5)", "i 3.5"},
    {"pow(2, 10)", "i 1024"},
    {"sqrt(16)", "i 4"},
    {"exp(0)", "i 1"},
    {"exp10(3)", "i 1000"},
    {"log(1)", "i 0"},
    {"log10(1000)", "i 3"},
    {"sin(0)", "i 0"},
    {"cos(0)", "i 1"},
    {"tan(0)", "i 0"},
    {"asin(0)", "i 0"},
    {"acos(1)", "i 0"},
    {"atan(0)", "i 0"},
    {"atan2(0, 0)", "i 0"},
    {"round(pi(), 5)", "i 3.14159"},
    {"random() >= 0 and random() < 1", "b true"},
    {"sum(/data/member[age != '']/age)", "i 16"},
    {"sum(/data/member/age)", "i 16"},
    {"sum(/data/empty)", "i 0"},
    {"sum(/data/nothing)", "i 0"},
    {"max(3, 9, 4)", "i 9"},
    {"min(/data/member[age != '']/age)", "i 7"},
    {"max(/data/member/age)", "i 9"},
    {"max(/data/nothing)", "i NaN"},
    {"max()", "i NaN"},
    {"max('x', -3)", "i -3"},
    {"min(/data/member/age)", "i 7"},
    {"min(4, '', 3)", "i 3"},
    {"min()", "i NaN"},
    {"min(-1 div 0, 2)", "i -Infinity"},
    {"round(14.3, 30)", "i 14.3"},
    {"round(14.3, 31)", "i NaN"},
    {"round(14.3, -31)", "i NaN"},
    {"round(14.3, 'x')", "i NaN"},
    {NULL, NULL}};

static const expectation NODES[] = {
    {"count(/data/member)", "i 3"},
    {"count-non-empty(/data/member/age)", "i 2"},
    {"position(/data/member[3])", "i 3"},
    {"position(/data/nothing)", "i 0"},
    {"current()/name", "0 nodes "},
    {"pulldata('villages', 'people', 'name', 'tafoghalt')", "s 4500"},
    {"pulldata('villages', 'people', 'name', 'nowhere')", "s "},
    {"indexed-repeat(/data/member/who, /data/member, 2)", "1 nodes Salma"},
    {"indexed-repeat(/data/member/toy/kind, /data/member, 1, "
     "/data/member/toy, 2)",
     "1 nodes kite"},
    {"indexed-repeat(/data/member/toy/kind, /data, 1, /data/member, 1, "
     "/data/member/toy, 2)",
     "1 nodes kite"},
    {"indexed-repeat(/data/member/toy/kind, /data, 1, /data/member, 2, "
     "/data/member/toy, 1, /data/member/toy/kind, 1)",
     "1 nodes doll"},
    {"indexed-repeat(/data/member/toy/kind, /data, 1, /data/member, 1, "
     "/data/member/toy, 2, /data/member/toy/kind, 1, "
     "/data/member/toy/kind, 1)",
     "1 nodes kite"},
    {"indexed-repeat(/data/member/who, /data/member, 9)", "0 nodes "},
    {"indexed-repeat(/data/member/who, /data/member, 0)", "1 nodes Ali"},
    {"indexed-repeat(/data/member/who, /data/member, 'x')", "1 nodes Ali"},
    {"indexed-repeat(/data/member/who, /data/member, 1, /data)", "!number"},
    {"indexed-repeat('who', /data/member, 1)", "!path"},
    {"jr:itext('q1')", "s Your name?"},
    {"jr:choice-name('tap', '/data/water')", "s Tap"},
    {"property('deviceid')", "s laptop-3"},
    {"version()", "s 7"},
    {"count(randomize(/data/member))", "i 3"},
    {"join('', randomize(/data/member/who, 42)) = "
     "join('', randomize(/data/member/who, 42))",
     "b true"},
    {NULL, NULL}};

static const expectation DATES[] = {
    {"date('2026-05-31')", "d 2026-05-31"},
    {"date('1983-09-31')", "!no date"},
    {"date('')", "s "},
    {"date(1)", "d 1970-01-02"},
    {"date(-1)", "d 1969-12-31"},
    {"date(1.5)", "d 1970-01-02"},
    {"date(-0.5)", "d 1970-01-01"},
    {"date(-1.5)", "d 1969-12-31"},
    {"date(number('x'))", "s "},
    {"date(1 div 0)", "!no date"},
    {"date(true())", "!no date"},
    {"date-time('')", "s "},
    {"date-time(1.5)", "d 1970-01-02T12:00:00.000Z"},
    {"date('2026-05-31T23:30:00.000+01:00')", "d 2026-05-31"},
    {"date('2024-02-29') + 1", "i 19783"},
    {"date(date('2024-02-29') + 1)", "d 2024-03-01"},
    {"date-time('2000-01-01T10:20:30.000')", "d 2000-01-01T10:20:30.000Z"},
    {"date-time('2000-01-01T10:20:30+01:00')",
     "d 2000-01-01T10:20:30.000+01:00"},
    {"now()", "d 2026-11-26T20:42:00.000Z"},
    {"today()", "d 2026-11-26"},
    {"today() = '2026-11-26'", "b true"},
    {"today() > date('2026-11-25')", "b true"},
    {"decimal-date-time('2000-01-01T10:20:30.000Z')", "i 10957.430902777778"},
    {"decimal-date-time('1970-01-01T00:00:00.000-01:00') * 24", "i 1"},
    {"decimal-time('06:00:00.000')", "i 0.25"},
    {"decimal-time('07:00:00.000+01:00')", "i 0.25"},
    {"decimal-time('23:00:00.000-07:00')", "i 0.25"},
    {"decimal-time('1999-01-02T00:00:00.000+18:00')", "i 0.25"},
    {"decimal-date-time('1970-01-03')", "i 2"},
    {"decimal-date-time(2.5)", "i 2.5"},
    {"decimal-date-time('')", "s "},
    {"decimal-date-time(/data/empty)", "s "},
    {"decimal-date-time('x')", "!no date"},
    {"decimal-time('1999-01-01T18:00:00.000Z')", "i 0.75"},
    {"decimal-time('1999-01-01')", "i 0"},
    {"decimal-time(-0.75)", "i 0.25"},
    {"decimal-time(number('x'))", "s "},
    {"decimal-time('x')", "!no time"},
    {"decimal-date-time(1 div 0)", "!no date"},
    {"decimal-date-time(true())", "!no date"},
    {"decimal-date-time(1.25)", "i 1.25"},
    {"format-date(number('x'), '%Y')", "s "},
    {"format-date(1, '%d')", "s 02"},
    {"format-date('2018-01-02', '%Y-%m-%e %b %a %y %n %d')",
     "s 2018-01-2 Jan Tue 18 1 02"},
    {"format-date('2018-01-02T09:05:07.008', '%H:%h:%M:%S.%3 %%')",
     "s 09:9:05:07.008 %"},
    {"format-date-time('2018-01-02T09:05:07.008Z', '%H:%M')", "s 09:05"},
    {"format-date('', '%Y')", "s "},
    {"format-date('2018-01-02', '%Q')", "!%Q"},
    {"format-date('2018-01-02', '%')", "!lone"},
    {NULL, NULL}};

static const expectation PLACES[] = {
    {"round(distance('34.92 -2.32 0 0', '34.93 -2.32 0 0'))", "i 1113"},
    {"distance('34.92 -2.32')", "i 0"},
    {"round(distance('0 0', '0 1', '0 2') div 1000)", "i 223"},
    {"round(distance('0 0', '0 1', '0 2', '0 3') div 1000)", "i 334"},
    {"round(area(/data/square) div 1000000)", "i 12391"},
    {"enclosed-area('0 0;1 1')", "i 0"},
    {"geofence('0.5 0.5 0 0', /data/square)", "b true"},
    {"geofence('1.5 0.5 0 0', /data/square)", "b false"},
    {"geofence('', /data/square)", "!empty"},
    {"geofence('0 0', '')", "!three points"},
    {"intersects(/data/bow)", "b true"},
    {"intersects(/data/square)", "b false"},
    {"distance('here', 'there')", "!no place"},
    {"area('91 0;0 0;1 1')", "!no place"},
    {NULL, NULL}};

static const expectation CODES[] = {
    {"digest('some text', 'MD5', 'hex')", "s 552e21cd4cd9918678e3c1a0df491bc3"},
    {"digest('some text', 'MD5')", "s VS4hzUzZkYZ448Gg30kbww=="},
    {"digest('abc', 'SHA-1', 'hex')",
     "s a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"digest('abc', 'SHA-256', 'hex')",
     "s ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"string-length(digest('abc', 'SHA-384', 'hex'))", "i 96"},
    {"string-length(digest('abc', 'SHA-512', 'hex'))", "i 128"},
    {"digest('abc', 'CRC')", "!one of"},
    {"digest('abc', 'MD5', 'octal')", "!base64 or hex"},
    {"base64-decode('2YXYp9ih')", "s ماء"},
    {"base64-decode('?')", "!no base64"},
    {"base64-decode('aGVsbG8=')", "s hello"},
    {"base64-decode('aGVsbG8')", "s hello"},
    {"base64-decode('aGVs bG8gdw')", "s hello w"},
    {"base64-decode('aGVsb')", "!no base64"},
    {"base64-decode('')", "s "},
    {"base64-decode('/w==')", "!no text"},
    {"string-length(uuid())", "i 36"},
    {"substr(uuid(), 14, 15)", "s 4"},
    {"string-length(uuid(12))", "i 12"},
    {"uuid(0)", "!length"},
    {"extract-signed('AAAA', 'AAAA')", "s "},
    /* RFC 8032, section 7.1, test 2: message 0x72, "r" */
    {"extract-signed('kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+"
     "vbadoIWsHkPhWZbkWPNh"
     "PQ8R2MOHsurrQwKu6wDSkWErsMAHI=', "
     "'PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=')",
     "s r"},
    {"extract-signed('kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+"
     "vbadoIWsHkPhWZbkWPNh"
     "PQ8R2MOHsurrQwKu6wDSkWErsMAHM=', "
     "'PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=')",
     "s "},
    {NULL, NULL}};

/* ---- rules that need a place in the household ---- */

static form_node *member(int at)
{
    form_node *n = form_document_root(household)->first;
    for (; n; n = n->next)
        if (strcmp(n->name, "member") == 0 && at-- == 1)
            return n;
    return NULL;
}

static void test_context(void)
{
    static const expectation inside[] = {
        {"who", "1 nodes Salma"},
        {"../name", "1 nodes Amina"},
        {".", "1 nodes Salma9doll"},
        {"position(.)", "i 2"},
        {"position(..)", "i 1"},
        {"current()/who", "1 nodes Salma"},
        {"../member[age < current()/age]/who", "1 nodes Ali"},
        {"string()", "s Salma9doll"},
        {"string-length()", "i 10"},
        {"normalize-space()", "s Salma9doll"},
        {"/data/member/who", "1 nodes Salma"},
        {"count(/data/member)", "i 3"},
        {"/data/member[1]/who", "1 nodes Ali"},
        {"indexed-repeat(/data/member/who, /data/member, position(.) - 1)",
         "1 nodes Ali"},
        {NULL, NULL}};
    for (int i = 1; i <= 3; i++)
        member(i)->is_repeat = 1;
    context.node = member(2);
    check_all(inside);
    context.node = member(2)->first;
    is_str(eval("once('other')"), "s Salma", "once() keeps what is there");
    is_str(eval("number()"), "i NaN", "number() of the context");
    context.node = member(3)->last;
    is_str(eval("once('new')"), "s new", "once() fills what is empty");
    context.node = member(3);
    member(3)->is_hidden = 1;
    context.node = form_document_top(household);
    is_str(eval("count(/data/member)"), "i 2", "a hidden node is not counted");
    is_str(eval("/data/member[3]"), "0 nodes ", "nor reached");
    member(3)->is_hidden = 0;
}

static void test_months(void)
{
    context.language = "fr";
    is_str(eval("format-date('2026-08-01', '%e %b, %a')"), "s 1 août, sam.",
           "French months");
    context.language = "ar";
    is_str(eval("format-date('2026-08-01', '%b')"), "s غشت",
           "months as in Morocco");
    context.language = NULL;
}

static void test_zone(void)
{
    setenv("TZ", "XXX-05:30", 1);
    tzset();
    is_str(eval("decimal-time('2000-01-01T06:30:00.000Z')"), "i 0.5",
           "a moment's time of day on the clock of the device");
    is_str(eval("decimal-time('2000-01-01T18:30:00.000Z')"), "i 0",
           "midnight there");
    is_str(eval("decimal-time('12:00:00.000+05:30')"), "i 0.5",
           "a time of its own zone");
    is_str(eval("decimal-time('18:00:00')"), "i 0.75", "one without a zone");
    is_str(eval("date('2000-01-01T23:30:00.000Z')"), "d 2000-01-01",
           "a moment's date is that of its own zone");
    setenv("TZ", "UTC", 1);
    tzset();
}

static void test_nothing_there(void)
{
    xpath_context before = context;
    context = (xpath_context){.memory = memory};
    ok(eval("/data")[0] == '!', "a path without a household is an error");
    ok(eval("name")[0] == '!', "a relative one too");
    ok(eval("jr:itext('a')")[0] == '!' && eval("version()")[0] == '!' &&
           eval("instance('a')")[0] == '!' && eval("number()")[0] == '!',
       "so is asking a form that is not there");
    context = before;
}

/* ---- every function, with each number of arguments ---- */

static void test_wrong_counts(const function *f)
{
    char text[200] = "";
    size_t length;
    for (int count = 0; count <= COUNTS; count++) {
        if (count >= f->least && (f->most < 0 || count <= f->most))
            continue;
        length = (size_t)snprintf(text, sizeof text, "%s(", f->name);
        for (int i = 0; i < count; i++)
            length += (size_t)snprintf(text + length, sizeof text - length,
                                       i ? ", 1" : "1");
        snprintf(text + length, sizeof text - length, ")");
        if (eval(text)[0] != '!' || !strstr(eval(text), "argument"))
            ok(0, "%s is refused", text);
    }
}

/* Called from the least to the most arguments it takes, or three more than the
 * least when there is no most, with a value that was looked at. Only odd
 * numbers make sense for indexed-repeat(), even ones for weighted-checklist().
 */
static void test_every_function_is_called(void)
{
    const function *f;
    size_t count = 0;
    int missing = 0;
    for (; (f = function_at(count)); count++) {
        int most = f->most < 0 ? f->least + 3 : f->most;
        int odd = strcmp(f->name, "indexed-repeat") == 0;
        int even = strcmp(f->name, "weighted-checklist") == 0;
        for (int i = f->least; i <= most; i++)
            if (!called[count][i] && !(odd && i % 2 == 0) &&
                !(even && i % 2 == 1)) {
                diag("no case calls %s() with %d", f->name, i);
                missing++;
            }
        test_wrong_counts(f);
    }
    ok(count > 70 && missing == 0,
       "each of %zu functions is called with all numbers of arguments", count);
}

/* ---- depth and length ---- */

static void test_depth(void)
{
    buffer text = {0};
    for (int i = 0; i < 800; i++)
        buffer_text(&text, "if(1, ");
    buffer_text(&text, "7");
    for (int i = 0; i < 800; i++)
        buffer_text(&text, ", 0)");
    is_str(eval((char *)text.data), "i 7", "800 calls within each other");
    buffer_clear(&text);
    for (int i = 0; i < 100000; i++)
        buffer_byte(&text, '(');
    ok(strstr(eval((char *)text.data), "deep"), "100,000 brackets are refused");
    buffer_clear(&text);
    for (int i = 0; i < 100000; i++)
        buffer_text(&text, "1+");
    buffer_text(&text, "1");
    is_str(eval((char *)text.data), "i 100001", "a sum of 100,001 numbers");
    buffer_clear(&text);
    for (int i = 0; i < 100000; i++)
        buffer_text(&text, "./");
    buffer_text(&text, "data/age");
    is_str(eval((char *)text.data), "1 nodes 35", "a path of 100,002 steps");
    buffer_clear(&text);
    for (size_t i = 0; i < XPATH_TEXT_MOST; i++)
        buffer_byte(&text, ' ');
    buffer_text(&text, "1");
    ok(eval((char *)text.data)[0] == '!', "more than a megabyte is refused");
    buffer_free(&text);
}

/* Each allocation fails once: an error, nothing lost, no crash. */
static void test_memory(void)
{
    static const char words[] =
        "concat(join(',', /data/member[age > 6]/who), sum(/data/age), "
        "format-date(today(), '%d'), regex('a', 'a+'), digest('a', 'MD5'))";
    int failed = 0, done = 0;
    for (long nth = 1; !done && nth < 1000; nth++) {
        memory_fail_at(nth);
        done = eval(words)[0] != '!';
        memory_fail_at(0);
        failed += !done;
    }
    ok(done && failed > 5, "each of %d allocations failing is an error",
       failed);
}

int main(void)
{
    static const expectation *const tables[] = {
        OPERATORS, PATHS, FAULTS, TEXTS,  LOGIC,
        NUMBERS,   NODES, DATES,  PLACES, CODES};
    if (form_names_new(&names) || arena_new(&memory) ||
        form_document_read(&household, names, RECORD, sizeof RECORD - 1) ||
        form_document_read(&villages, names, VILLAGES, sizeof VILLAGES - 1))
        bail("%s", error_message());
    context = (xpath_context){.memory = memory,
                              .node = form_document_top(household),
                              .top = form_document_top(household),
                              .instance = find_instance,
                              .itext = find_text,
                              .choice_name = find_choice,
                              .property = find_property};
    setenv("TZ", "UTC", 1);
    clock_fix(1795725720000); /* 2026-11-26T20:42:00Z */
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        check_all(tables[i]);
    test_context();
    test_months();
    test_zone();
    test_nothing_there();
    test_every_function_is_called();
    test_depth();
    test_memory();
    form_document_free(household);
    form_document_free(villages);
    arena_free(memory);
    form_names_free(names);
    return done_testing();
}
