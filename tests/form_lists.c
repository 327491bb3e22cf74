/* SPDX-License-Identifier: MIT */
/* Secondary instances as tables: attachments of three kinds, layers of the
 * twin, and predicates that give the same nodes whichever way they are asked:
 * the same rows are also an XML attachment, which the plain evaluator reads. */
#include "tests/twin_support.h"
#include "form/form.h"
#include "form/shelf.h"
#include "form/record_internal.h"

#define MUST(call)                                                             \
    do {                                                                       \
        if ((call) != TAWAM_OK)                                                \
            bail("%s: %s", #call, error_message());                            \
    } while (0)

static const char FORM[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' "
    "xmlns:h='http://www.w3.org/1999/xhtml' "
    "xmlns:jr='http://openrosa.org/javarosa'><h:head><model>"
    "<instance><data id='f'><q/><s/><n/><pick/><again/></data></instance>"
    "<instance id='csv' src='jr://file-csv/rows.csv'/>"
    "<instance id='semi' src='jr://file-csv/semi.csv'/>"
    "<instance id='json' src='jr://file/rows.geojson'/>"
    "<instance id='xml' src='jr://file/rows.xml'/>"
    "<instance id='places' src='jr://file/places.geojson'/>"
    "<instance id='bad' src='jr://file-csv/bad.csv'/>"
    "<instance id='gone' src='jr://file-csv/gone.csv'/>"
    "<instance id='water_point' src='jr://file-csv/water_point.csv'/>"
    "<instance id='__last-saved' src='jr://instance/last-saved'><data/>"
    "</instance>"
    "<bind nodeset='/data/n' type='int'/>"
    "</model></h:head><h:body>"
    "<select1 ref='/data/pick'><itemset nodeset=\"instance('csv')/root/item"
    "[a = current()/../q]\"><value ref='name'/><label ref='b'/></itemset>"
    "</select1></h:body></h:html>";

static char *folder;
static form *f;
static record *r;
static form_surroundings *around;
static twin *t;

static void put(const char *name, const char *text)
{
    char *path = file_join(folder, name);
    MUST(file_write_atomic(path, text, strlen(text)));
    free(path);
}

static void open_record(void)
{
    record_free(r);
    form_surroundings_free(around);
    r = NULL;
    around = NULL;
    if (!f)
        MUST(form_read_xform(&f, FORM, strlen(FORM)));
    MUST(form_file_surroundings(&around, folder, t));
    MUST(record_new(&r, f, form_surroundings_record(around)));
}

/* Texts of the nodes that WORDS lead to, or its value, with "|" between;
 * in one static place of two. */
static const char *ask(const char *words)
{
    static char *kept[2];
    static int turn;
    buffer out = {0};
    xpath_value v;
    xpath *x = NULL;
    const char *text = "";
    int code = xpath_compile(&x, f->names, words);
    if (code == TAWAM_OK)
        code = record_evaluate(&v, r, x, record_find(r, "/data/pick"));
    if (code == TAWAM_OK && v.kind == XPATH_NODESET)
        for (size_t i = 0; i < v.count; i++) {
            buffer_text(&out, i ? "|" : "");
            buffer_text(&out, node_value(v.nodes[i], r->memory));
        }
    else if (code == TAWAM_OK) {
        code = xpath_to_text(&text, &v, r->memory);
        buffer_text(&out, text);
    }
    if (code != TAWAM_OK)
        buffer_format(&out, "error: %s", error_message());
    record_forget(r);
    xpath_free(x);
    buffer_text(&out, "");
    turn = !turn;
    free(kept[turn]);
    kept[turn] = out.data ? buffer_take(&out) : memory_string("");
    return kept[turn];
}

static void answer(const char *path, const char *text)
{
    record_outcome outcome;
    MUST(record_answer(&outcome, r, record_find(r, path), text));
}

/* ---- the kinds of attachments ---- */

static void test_csv(void)
{
    const record_choice *choices = NULL;
    size_t count = 0;
    put("rows.csv",
        "\xef\xbb\xbfname,a,b\r\n1,x,\"One, \"\"two\"\"\nlines\"\r\n"
        "\r\n2,y,Deux\r\n3,x\r\n4,x,\xd9\x85\xd8\xa7\xd8\xa1,more\n");
    put("semi.csv", "name;a,b\n1;x,y\n2;z\n");
    open_record();
    is_str(ask("instance('csv')/root/item[a = 'x']/name"), "1|3|4",
           "CSV with a byte order mark, in its order");
    is_str(ask("instance('csv')/root/item[name = 1]/b"), "One, \"two\"\nlines",
           "quotes, commas and lines within");
    is_str(ask("instance('csv')/root/item[name = '3']/b"), "",
           "a short row ends in empty cells");
    is_str(ask("count(instance('csv')/root/item[b = ''])"), "1",
           "and they are counted as empty");
    answer("/data/q", "x");
    MUST(record_choices(&choices, &count, r, record_find(r, "/data/pick")));
    ok(count == 3, "an itemset with a filter on it");
    is_str(count == 3 ? choices[1].label : "", "", "with its labels");
    is_str(count == 3 ? choices[2].label : "", "\xd9\x85\xd8\xa7\xd8\xa1",
           "Arabic among them");
    is_str(ask("jr:choice-name('4', '/data/pick')"), choices[2].label,
           "and the name of one");
    is_str(ask("jr:choice-name('2', '/data/pick')"), "",
           "of one that the filter leaves out, none");
    is_str(ask("pulldata('csv', 'b', 'name', 2)"), "Deux", "pulldata");
    is_str(ask("instance('semi')/root/item[b = 'z']/name"), "",
           "a semicolon in the header divides");
    is_str(ask("instance('semi')/root/item[2]/*"), "2|z",
           "and then a comma is a sign like others");
}

static void test_geojson(void)
{
    put("places.geojson",
        "{\"features\": [\n"
        "{\"type\":\"Feature\",\"id\":\"p1\",\"geometry\":{\"type\":\"Point\","
        "\"coordinates\":[-2.32,34.92]},\"properties\":{\"title\":\"A ]}\\\"\","
        "\"n\":3,\"deep\":{\"x\":[1]}}},"
        "{\"type\":\"Feature\",\"geometry\":{\"type\":\"LineString\","
        "\"coordinates\":[[1,2],[3.5,4]]},\"properties\":{\"id\":7,"
        "\"other\":null,\"yes\":true}},"
        "{\"type\":\"Feature\",\"id\":\"p3\",\"geometry\":{\"type\":"
        "\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]},"
        "\"properties\":null}], \"x\": [1,{\"a\":2}], \"type\": "
        "\"FeatureCollection\" }");
    open_record();
    is_str(ask("instance('places')/root/item/id"), "p1|7|p3", "ids");
    is_str(ask("instance('places')/root/item/geometry"),
           "34.92 -2.32 0 0|2 1 0 0; 4 3.5 0 0|0 0 0 0; 0 1 0 0; 1 1 0 0; 0 0 "
           "0 0",
           "points, lines and shapes as ODK writes them");
    is_str(ask("instance('places')/root/item[id = 'p1']/title"), "A ]}\"",
           "brackets and quotes in a text");
    is_str(ask("instance('places')/root/item[n = 3]/deep"), "{\"x\":[1]}",
           "what is deeper is kept as it is");
    is_str(ask("instance('places')/root/item[yes = 'true']/id"), "7",
           "a truth is a word");
    is_str(ask("count(instance('places')/root/item/other)"), "1",
           "a property that is null is there, one that is absent is not");
}

static int is_list(const char *id)
{
    form_node *top = NULL;
    MUST(record_instance(&top, r, id));
    return top->first->is_list;
}

/* What is no table, in a list that begins as a long one. WHAT stands behind
 * COUNT items; the root has NAME and maybe more. */
static void put_list(const char *name, const char *root, int count,
                     const char *what)
{
    buffer xml = {0};
    buffer_format(&xml, "<%s>\n", root);
    for (int i = 0; i < count; i++)
        buffer_format(&xml, "<item><name>%d</name><a>x%60d</a></item>\n", i, i);
    buffer_format(&xml, "%s</root>", what);
    put(name, (char *)xml.data);
    buffer_free(&xml);
}

static void test_xml(void)
{
    static const char *const others[] = {
        "<other><name>n</name></other>",
        "<item id='1'><name>n</name></item>",
        "<item><name><b>n</b></name></item>",
        "<item><a>x</a><name>n</name></item>",
        "<item><name>n</name><name>m</name></item>",
        "<item>n</item>",
        "<item> </item>",
        "words",
        "<item>n<name>n</name></item>"};
    buffer wide = {0};
    int wrong = 0;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        put_list("rows.xml", "root", 1000, others[i]);
        open_record();
        wrong += strcmp(ask("concat(count(instance('xml')/root/*), "
                            "instance('xml')/root/item[2]/name)"),
                        i == 7 ? "10001" : "10011") != 0;
        wrong += is_list("xml");
    }
    is_int(wrong, 0, "XML that is no table to its end is read as nodes");
    put_list(
        "rows.xml", "root", 1000,
        "<item><![CDATA[]]><name>n<![CDATA[&amp;]]>&lt;</name><!-- c --><b/>"
        "</item>");
    open_record();
    is_str(ask("instance('xml')/root/item[1001]/name"), "n&amp;<",
           "what XML has besides elements and texts is read");
    is_str(ask("concat(count(instance('xml')/root/item/b), "
               "count(instance('xml')/root/item/a))"),
           "11000", "an element that some items have");
    put_list("rows.xml", "root xmlns='urn:x'", 1000, "");
    open_record();
    ok(is_list("xml"), "a name of a namespace is no attribute");
    for (int i = 0; i < 1200; i++)
        buffer_format(&wide, "%s<c%d/>%s", i ? "" : "<item>", i,
                      i < 1199 ? "" : "</item>");
    put_list("rows.xml", "root", 1000, (char *)wide.data);
    open_record();
    is_str(ask("count(instance('xml')/root/item[1001]/*)"), "1200",
           "more elements than a table has columns");
    buffer_free(&wide);
    put_list("rows.xml", "list xmlns='urn:x'", 1000, "");
    open_record();
    ok(strstr(ask("instance('xml')/root/item"),
              "rows.xml: not XML: line 1002:"),
       "what is not XML is said with the line");
    put_list("rows.xml", "root", 1000, "<item><name>n</name><a>&e;</a></item>");
    open_record();
    ok(strstr(ask("instance('xml')/root/item"), "line 1002:") != NULL,
       "an entity of one's own too");
    put_list("rows.xml", "root", 190000, "<item><name id='1'>n</name></item>");
    open_record();
    ok(strstr(ask("instance('xml')/root/item"),
              "rows.xml: line 190002, 'name': it has an attribute; more than"),
       "a large one must be a table, and where it is none is said");
    put_list("rows.xml", "root", 190000, "");
    open_record();
    is_str(ask("instance('xml')/root/item[name = '189999']/name"), "189999",
           "else it is read");
}

static void test_missing(void)
{
    put("bad.csv", "a,b\n1,\"open\n");
    open_record();
    ok(strstr(ask("instance('gone')/root/item"), "gone.csv is missing") != NULL,
       "a missing file is named when it is needed");
    is_str(ask("instance('bad')/root/item"),
           "error: bad.csv: row 2: a quotation mark is not closed",
           "a broken one with the row");
    ok(strstr(ask("instance('never')/root/item"), "never") != NULL,
       "an instance that nobody has");
    is_str(ask("count(instance('__last-saved')/data/x)"), "0",
           "nothing was saved before");
    is_str(ask("count(instance('csv')/root/item)"), "4",
           "the record is as good as before");
}

/* One allocation after another fails, from reading the files to the answer. */
static void test_memory(void)
{
    static const char words[] = "concat(instance('csv')/root/item[a = 'x' and "
                                "string-length(b) > 0][1]/b, count(instance("
                                "'places')/root/item[n > 1]))";
    const char *wanted = ask(words);
    char *right = memory_string(wanted);
    int failed = 0, other = 0;
    long left = 1;
    for (long n = 1; left > 0 && n < 5000; n++) {
        long before = memory_allocations();
        form_surroundings *s = NULL;
        record *one = NULL;
        xpath_value v;
        xpath *x = NULL;
        const char *text = "";
        int code = xpath_compile(&x, f->names, words);
        memory_fail_at(n);
        if (code == TAWAM_OK)
            code = form_file_surroundings(&s, folder, NULL);
        if (code == TAWAM_OK)
            code = record_new(&one, f, form_surroundings_record(s));
        if (code == TAWAM_OK)
            code = record_evaluate(&v, one, x, record_root(one));
        if (code == TAWAM_OK)
            code = xpath_to_text(&text, &v, one->memory);
        memory_fail_at(0);
        left = memory_allocations() - before - n + 1;
        failed += code == TAWAM_EMEMORY;
        other += code != TAWAM_OK && code != TAWAM_EMEMORY;
        if (code != TAWAM_OK && code != TAWAM_EMEMORY)
            diag("allocation %ld: %d %s", n, code, error_message());
        if (code == TAWAM_OK && strcmp(text, right) != 0)
            other++;
        record_free(one);
        form_surroundings_free(s);
        xpath_free(x);
    }
    error_clear();
    free(right);
    ok(left <= 0 && !other && failed > 100,
       "any of %d allocations may fail, and it is said", failed);
}

/* ---- layers ---- */

static void add_point(const char *label, int64_t number, int works, double rate)
{
    const twin_layer *layer = NULL;
    int64_t fid = 0;
    buffer place = {0};
    twin_cell cells[6];
    MUST(twin_layer_find(&layer, t, "water_point"));
    MUST(geometry_from_point(&place, -2.32, (double)number / 2));
    for (size_t i = 1; i < layer->column_count; i++) {
        twin_value v = {0};
        const char *name = layer->columns[i].name;
        if (strcmp(name, "label") == 0)
            v = text_value(label);
        else if (strcmp(name, "depth") == 0)
            v = (twin_value){.kind = TWIN_KIND_INTEGER, .integer = number};
        else if (strcmp(name, "works") == 0)
            v = (twin_value){.kind = TWIN_KIND_INTEGER, .integer = works};
        else if (strcmp(name, "rate") == 0)
            v = (twin_value){.kind = TWIN_KIND_REAL, .real = rate};
        else
            v = (twin_value){.kind = TWIN_KIND_BYTES,
                             .bytes = (const char *)place.data,
                             .length = place.length};
        cells[i - 1] = (twin_cell){layer->columns[i].id, v};
    }
    MUST(twin_row_insert(&fid, t, layer, cells, layer->column_count - 1));
    buffer_free(&place);
}

static int last_saved(buffer *out, void *caller, const char *id)
{
    (void)caller;
    buffer_format(out, "<data id='%s'><x>before</x></data>", id);
    return TAWAM_OK;
}

static void test_shelf(void)
{
    static const char csv[] = "name,a\n1,from the shelf\n";
    shelf_attachment file = {"rows.csv", csv, sizeof csv - 1};
    shelf_form entry = {.id = "f", .version = "2", .title = "F"};
    record_surroundings mine;
    MUST(shelf_put(t, &entry, FORM, strlen(FORM), &file, 1));
    MUST(shelf_set_current(t, "f", "2"));
    record_free(r);
    form_surroundings_free(around);
    MUST(shelf_surroundings(&around, t, "f", NULL));
    MUST(record_new(&r, f, form_surroundings_record(around)));
    is_str(ask("instance('csv')/root/item/a"), "from the shelf",
           "an attachment of the shelf");
    ok(strstr(ask("instance('gone')/root"), "gone.csv is missing") != NULL,
       "one that the shelf has not");
    is_str(ask("count(instance('water_point')/root/item)"), "3",
           "and layers beside it");
    mine = *form_surroundings_record(around);
    mine.last_saved = last_saved;
    record_free(r);
    MUST(record_new(&r, f, &mine));
    is_str(ask("instance('__last-saved')/data/x"), "before",
           "the record finalised last");
}

/* As an export does, which opens a record for each row that it walks. */
static void test_while_rows_are_walked(void)
{
    sqlite3_stmt *walk = NULL;
    MUST(twin_prepare(&walk, t, "SELECT fid FROM water_point", 0));
    if (twin_step(t, walk) != 1)
        bail("no rows");
    open_record();
    is_str(ask("count(instance('water_point')/root/item[depth >= 30])"), "2",
           "lists open while a statement of the replica runs");
    sqlite3_finalize(walk);
}

static void test_layer(void)
{
    static const twin_column_definition columns[] = {{"label", TWIN_TEXT},
                                                     {"depth", TWIN_INTEGER},
                                                     {"works", TWIN_BOOLEAN},
                                                     {"rate", TWIN_DECIMAL}};
    char *home = scratch_folder("lists-twin"), words[200];
    const twin_layer *layer = NULL;
    MUST(twin_create(&t, home));
    MUST(twin_layer_declare(t, "water_point", TWIN_POINT, columns, 4));
    add_point("Ain Zohra", 12, 1, 0.5);
    add_point("Puits 4", 30, 0, 1e-3);
    open_record();
    is_str(ask("instance('water_point')/root/item[depth > 20]/label"),
           "Puits 4", "a layer stands for an attachment that is not there");
    is_str(ask("instance('water_point')/root/item[works = 'true']/geometry"),
           "6 -2.32 0 0", "with a geometry as ODK writes it");
    is_str(ask("instance('water_point')/root/item[depth = '30']/rate"), "0.001",
           "numbers as XPath writes them");
    snprintf(words, sizeof words,
             "instance('water_point')/root/item[name = '%s']/__version",
             ask("instance('water_point')/root/item[label = 'Puits 4']/name"));
    is_str(ask(words), "1", "its name is the row's uuid");
    is_str(ask("join('|', instance('water_point')/root/item[depth = 12]/*"
               "[position() > 1 and position() != 5])"),
           "Ain Zohra|1|6 -2.32 0 0|12|true|0.5",
           "all its elements, in their order, those made late too");
    is_str(ask("instance('water_point')/root/item[contains(geometry, '15 ') "
               "and string-length(.) > 60]/label"),
           "Puits 4", "which a condition left over reads as well");
    is_str(ask("count(instance('water_point')/root/item[1]/geometry) + "
               "count(instance('water_point')/root/item[1]/*)"),
           "9", "and which are counted");
    is_str(ask("concat(instance('water_point')/root/item[1]/geometry, "
               "instance('water_point')/root/item[1]/geometry, "
               "count(instance('water_point')/root/item[1]/*))"),
           "6 -2.32 0 06 -2.32 0 08", "each is there once");
    add_point("New", 31, 1, 2);
    is_str(ask("count(instance('water_point')/root/item[depth >= 30])"), "2",
           "it is live");
    MUST(twin_layer_find(&layer, t, "water_point"));
    MUST(twin_layer_declare(
        t, "water_point", TWIN_POINT,
        (const twin_column_definition[]){{"owner", TWIN_TEXT}}, 1));
    is_str(ask("count(instance('water_point')/root/item/owner)"), "3",
           "and so are its columns");
    test_while_rows_are_walked();
    test_shelf();
    record_free(r);
    form_surroundings_free(around);
    r = NULL;
    around = NULL;
    twin_close(t);
    t = NULL;
    remove_folder(home);
}

/* ---- the same nodes, whichever way ---- */

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
    folder = scratch_folder("lists");
    MUST(file_make_folders(folder));
    test_csv();
    test_geojson();
    test_xml();
    test_missing();
    test_memory();
    test_layer();
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
    record_free(r);
    form_surroundings_free(around);
    form_free(f);
    twin_close(t);
    remove_folder(home);
    remove_folder(folder);
    return done_testing();
}
