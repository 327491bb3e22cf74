/* SPDX-License-Identifier: MIT */
/* Secondary instances as tables: attachments of three kinds, and layers of the
 * twin; what is missing, and what is short of memory. */
#include "tests/lists_support.h"

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

int main(void)
{
    lists_begin("lists");
    test_csv();
    test_geojson();
    test_xml();
    test_missing();
    test_memory();
    test_layer();
    lists_end();
    return done_testing();
}
