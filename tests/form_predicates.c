/* SPDX-License-Identifier: MIT */
/* Predicates on lists give the same nodes whichever way they are asked: the
 * same rows are a table and an XML attachment, which the plain evaluator
 * reads; predicates are drawn at random. */
#include "tests/lists_support.h"

#define ROWS 1900 /* enough for indexes, short enough to stay nodes */

static uint32_t chance = 7;

static size_t pick(size_t count)
{
    chance = chance * 1664525 + 1013904223;
    return (size_t)(chance >> 8) % count;
}

#define PICK(list) list[pick(sizeof list / sizeof *list)]

static const char *const CELLS[] = {
    "",           "0",    "1",          "2",     "10",        "1.0",
    "-3",         "abc",  " 1 ",        "eau",   "eau puits", "eab",
    "2020-05-01", "true", "eau",        "false", "0.10",      "r\xc3\xa9",
    "puits eau",  "1,5",  "2020-05-02", "e",     "100"};

/* The list XML in the file NAME, which has something that no table has. */
static void put_nodes(const char *name, const buffer *xml)
{
    char *text = memory_format("<root is='nodes'>%s",
                               (char *)xml->data + strlen("<root>"));
    put(name, text);
    free(text);
}

/* The same rows three times, so that they become a table: as an attachment, and
 * in a form. */
static void write_long(const buffer *xml)
{
    const char *rows = (const char *)xml->data + strlen("<root>");
    int length = (int)(xml->length - strlen("<root></root>"));
    buffer all = {0}, text = {0};
    const char *cut = strstr(FORM, "<instance id='csv'");
    buffer_text(&all, "<root>");
    for (int i = 0; i < 3; i++)
        buffer_format(&all, "%.*s", length, rows);
    buffer_text(&all, "</root>");
    put("long.xml", (char *)all.data);
    buffer_format(&text, "%.*s<instance id='inside'>%s</instance>",
                  (int)(cut - FORM), FORM, all.data);
    buffer_text(&text, "<instance id='long' src='jr://file/long.xml'/>"
                       "<instance id='thin' src='jr://file/thin.xml'/>"
                       "<instance id='sparse' src='jr://file/sparse.xml'/>");
    /* With another item in between it is no table. */
    buffer_format(&text, "<instance id='plain'>%.*s<other/></root></instance>",
                  (int)(all.length - strlen("</root>")), all.data);
    buffer_text(&text, cut);
    form_free(f);
    f = NULL;
    record_free(r);
    r = NULL;
    MUST(form_read_xform(&f, (char *)text.data, text.length));
    buffer_free(&all);
    buffer_free(&text);
}

/* The rows as CSV, GeoJSON and XML; of c some are absent in the last two. */
static void write_rows(void)
{
    buffer csv = {0}, json = {0}, xml = {0}, sparse = {0};
    buffer_text(&csv, "name,a,b,c\n");
    buffer_text(&json, "{\"type\":\"FeatureCollection\",\"features\":[");
    buffer_text(&xml, "<root>");
    buffer_text(&sparse, "<root>");
    for (int i = 0; i < ROWS; i++) {
        const char *a = PICK(CELLS), *b = PICK(CELLS), *c = PICK(CELLS);
        int absent = pick(3) == 0;
        buffer_format(&csv, "%d,\"%s\",\"%s\",\"%s\"\n", i, a, b, c);
        buffer_format(&json,
                      "%s{\"type\":\"Feature\",\"properties\":{\"name\":"
                      "\"%d\",\"a\":\"%s\",\"b\":\"%s\"",
                      i ? "," : "", i, a, b);
        buffer_format(&xml,
                      "<item><name>%d</name><a>%s</a><b>%s</b><c>%s</c>"
                      "</item>",
                      i, a, b, c);
        buffer_format(&sparse,
                      "<item><geometry/><name>%d</name><a>%s</a><b>%s</b>", i,
                      a, b);
        if (!absent) {
            buffer_format(&json, ",\"c\":\"%s\"", c);
            buffer_format(&sparse, "<c>%s</c>", c);
        }
        buffer_text(&json, "}}");
        buffer_text(&sparse, "</item>");
    }
    buffer_text(&json, "]}");
    buffer_text(&xml, "</root>");
    buffer_text(&sparse, "</root>");
    put("rows.csv", (char *)csv.data);
    put("rows.geojson", (char *)json.data);
    put_nodes("rows.xml", &xml);
    put_nodes("sparse.xml", &sparse);
    put("thin.xml", (char *)sparse.data);
    write_long(&xml);
    buffer_free(&csv);
    buffer_free(&json);
    buffer_free(&xml);
    buffer_free(&sparse);
}

static const char *const COLUMNS[] = {"a", "b", "c", "./a", "zzz"};
static const char *const CONSTANTS[] = {"1",
                                        "2",
                                        "0.1",
                                        "'1'",
                                        "'eau'",
                                        "''",
                                        "'2020-05-01'",
                                        "-3",
                                        "10 + 0",
                                        "true()",
                                        "'abc'",
                                        "1 div 0",
                                        "0 div 0",
                                        "string(2)",
                                        "'eau puits'",
                                        "'e'",
                                        "'true'",
                                        "date('2020-05-01')",
                                        "current()/../q",
                                        "current()/../n",
                                        "current()/../s",
                                        "' 1 '",
                                        "concat('ea', 'u')",
                                        "'r\xc3\xa9'",
                                        "'100'",
                                        "false()"};
static const char *const OPERATORS[] = {
    "=", "=", "=", "!=", "<", "<=", ">", ">="};

static void write_condition(buffer *out, int depth)
{
    static const char *const texts[] = {"selected", "selected", "contains",
                                        "starts-with"};
    switch (pick(depth > 2 ? 7 : 11)) {
    case 0:
    case 1:
    case 2:
        buffer_format(out, "%s %s %s", PICK(COLUMNS), PICK(OPERATORS),
                      PICK(CONSTANTS));
        break;
    case 3:
        buffer_format(out, "%s %s %s", PICK(CONSTANTS), PICK(OPERATORS),
                      PICK(COLUMNS));
        break;
    case 4:
        buffer_format(out, "%s(%s, %s)", PICK(texts),
                      pick(4) ? PICK(COLUMNS) : PICK(CONSTANTS),
                      pick(4) ? PICK(CONSTANTS) : PICK(COLUMNS));
        break;
    case 5: /* not for SQL */
        buffer_text(out, pick(2)   ? "string-length(b) > 3"
                         : pick(2) ? "count(c) = 1"
                         : pick(2) ? "number(a) + 1 = 2"
                                   : "position() mod 3 = 1");
        break;
    case 6:
        buffer_text(out, PICK(COLUMNS));
        if (pick(2))
            buffer_format(out, " %s %s", PICK(OPERATORS), PICK(COLUMNS));
        break;
    case 7:
        buffer_text(out, "not(");
        write_condition(out, depth + 1);
        buffer_text(out, ")");
        break;
    default: {
        const char *between = pick(3) ? " and " : " or ";
        buffer_text(out, "(");
        write_condition(out, depth + 1);
        for (size_t i = 1 + pick(2); i-- > 0;) {
            buffer_text(out, between);
            write_condition(out, depth + 1);
        }
        buffer_text(out, ")");
    }
    }
}

static void write_predicate(buffer *out)
{
    buffer_text(out, "[");
    switch (pick(10)) {
    case 0:
        buffer_format(out, "%zu", 1 + pick(4));
        break;
    case 1:
        buffer_format(out, "position() %s %zu", PICK(OPERATORS), pick(9));
        break;
    case 2: /* without brackets around: each side for itself */
        write_condition(out, 1);
        buffer_text(out, " and ");
        write_condition(out, 1);
        break;
    default:
        write_condition(out, 0);
    }
    buffer_text(out, "]");
}

/* A layer with texts and numbers, and as XML what it is to a form. */
static void make_layer(char *home)
{
    static const twin_column_definition columns[] = {{"code", TWIN_TEXT},
                                                     {"a", TWIN_INTEGER},
                                                     {"b", TWIN_TEXT},
                                                     {"c", TWIN_DECIMAL}};
    const twin_layer *layer = NULL;
    buffer xml = {0};
    MUST(twin_create(&t, home));
    MUST(twin_layer_declare(t, "rows", TWIN_NO_GEOMETRY, columns, 4));
    MUST(twin_layer_find(&layer, t, "rows"));
    MUST(twin_begin(t));
    buffer_text(&xml, "<root>");
    for (int i = 0; i < 1200; i++) {
        twin_cell cells[4];
        char code[20];
        const char *b = PICK(CELLS);
        int64_t fid, a = (int64_t)pick(5);
        double c = (double)pick(4) / 10;
        snprintf(code, sizeof code, "%d", i);
        buffer_format(&xml, "<item><code>%d</code><a>", i);
        for (int k = 0; k < 4; k++) {
            const twin_column *column = NULL;
            MUST(twin_column_find(&column, layer, columns[k].name));
            cells[k].column = column->id;
        }
        cells[0].value = text_value(code);
        cells[1].value =
            (twin_value){.kind = a ? TWIN_KIND_INTEGER : 0, .integer = a};
        cells[2].value = text_value(b);
        cells[3].value = (twin_value){.kind = TWIN_KIND_REAL, .real = c};
        if (a)
            buffer_format(&xml, "%lld", (long long)a);
        buffer_format(&xml, "</a><b>%s</b><c>%g</c></item>", b, c);
        MUST(twin_row_insert(&fid, t, layer, cells, 4));
    }
    buffer_text(&xml, "</root>");
    MUST(twin_commit(t));
    put_nodes("sparse.xml", &xml);
    buffer_free(&xml);
}

/* The same from a table and from a document: all ids, in order; and counted. */
static int agrees(const char *one, const char *other, const char *predicates)
{
    const char *forms[] = {strcmp(one, "rows") == 0
                               ? "instance('%s')/root/item%s/code"
                               : "instance('%s')/root/item%s/name",
                           "count(instance('%s')/root/item%s)"};
    for (int i = 0; i < 2; i++) {
        char *mine = memory_format(forms[i], one, predicates);
        char *wanted = memory_format(forms[i], other, predicates);
        const char *got = ask(mine), *want = ask(wanted);
        int same = strcmp(got, want) == 0 ||
                   (!strncmp(got, "error", 5) && !strncmp(want, "error", 5));
        if (!same)
            diag("%s\n#  got: %.300s\n# want: %.300s", mine, got, want);
        free(mine);
        free(wanted);
        if (!same)
            return 0;
    }
    return 1;
}

static void test_predicates(int rounds, const char *one, const char *other,
                            const char *name)
{
    int wrong = 0, some = 0;
    for (int i = 0; i < rounds && wrong < 3; i++) {
        buffer p = {0};
        char *words;
        for (size_t k = 1 + pick(2) * pick(2); k-- > 0;)
            write_predicate(&p);
        if (i % 50 == 0) {
            answer("/data/q", PICK(CELLS));
            answer("/data/s", PICK(CELLS));
            answer("/data/n", pick(2) ? "1" : "10");
        }
        wrong += !agrees(one, other, (char *)p.data);
        words = memory_format("instance('%s')/root/item%s", one, p.data);
        some += *ask(words) != '\0';
        free(words);
        buffer_free(&p);
    }
    ok(wrong == 0, "%s: %d predicates keep the same rows", name, rounds);
    ok(some > rounds / 4, "(%d of them some)", some);
}

/* Each function of texts with each column and each constant, both ways. */
static void test_calls(const char *one, const char *other, const char *name)
{
    static const char *const texts[] = {"selected", "contains", "starts-with"};
    size_t columns = sizeof COLUMNS / sizeof *COLUMNS;
    size_t constants = sizeof CONSTANTS / sizeof *CONSTANTS;
    int wrong = 0;
    for (size_t i = 0; i < 6 * columns * constants && wrong < 3; i++) {
        const char *column = COLUMNS[i / 6 % columns];
        const char *constant = CONSTANTS[i / 6 / columns];
        char *predicate = memory_format("[%s(%s, %s)]", texts[i % 3],
                                        i % 6 < 3 ? column : constant,
                                        i % 6 < 3 ? constant : column);
        wrong += !agrees(one, other, predicate);
        free(predicate);
    }
    is_int(wrong, 0, "%s: functions of texts keep the same rows", name);
}

static void is_a_table(const char *id, int wanted)
{
    ok(is_list(id) == wanted, "%s is %s", id, wanted ? "a table" : "nodes");
}
int main(void)
{
    int rounds = getenv("TAWAM_FULL") ? 2000 : 400;
    char *home = scratch_folder("lists-rows");
    lists_begin("predicates");
    write_rows();
    open_record();
    test_predicates(rounds, "csv", "xml", "CSV");
    test_predicates(rounds, "json", "sparse", "GeoJSON, some columns absent");
    test_calls("csv", "xml", "CSV");
    test_calls("json", "sparse", "GeoJSON");
    test_predicates(rounds / 4, "long", "plain", "a long XML file");
    test_predicates(rounds / 4, "inside", "plain", "a long list in the form");
    test_predicates(rounds / 4, "thin", "sparse", "XML, some columns absent");
    is_a_table("thin", 1);
    is_a_table("sparse", 0);
    is_a_table("inside", 1);
    is_a_table("long", 1);
    is_a_table("plain", 0);
    make_layer(home);
    open_record();
    test_predicates(rounds, "rows", "sparse", "a layer");
    test_calls("rows", "sparse", "a layer");
    lists_end();
    remove_folder(home);
    return done_testing();
}
