/* SPDX-License-Identifier: MIT */
/* What a step in a record costs, in instructions counted by callgrind, so that
 * a busy machine changes nothing:
 *
 *   adding a repeat, taking one out, an answer in it    with 5 and with 500
 *   an answer that 420 rules of relevance read          in all
 *   a filter on a list of 100,000 rows                  and of 1,000
 *   contains() on such a list                           in all
 *   a row of a layer of the replica                     with 10 points in its
 *                                                       outline and with 4,000
 *
 * The counted function runs in this program again, under valgrind, which is
 * told to count only there. */
#include "tests/twin_support.h"
#include "form/form.h"
#include "form/record_internal.h"

#define FEW 5
#define MANY 500
#define FIELDS 30

#define MUST(call)                                                             \
    do {                                                                       \
        if ((call) != TAWAM_OK)                                                \
            bail("%s: %s", #call, error_message());                            \
    } while (0)

static const char *self;
static form *f;
static record *r;

/* ---- the forms ---- */

/* Thirty fields a member: rules that read a neighbour, by a relative and by an
 * absolute path, where the member stands, and a total above. */
static void write_repeats(buffer *xml)
{
    buffer_text(xml, "<h:html xmlns='http://www.w3.org/2002/xforms' "
                     "xmlns:h='http://www.w3.org/1999/xhtml' "
                     "xmlns:jr='http://openrosa.org/javarosa'><h:head><model>"
                     "<instance><data id='r'><total/><rate/>"
                     "<member jr:template=''>");
    for (int i = 1; i <= FIELDS; i++)
        buffer_format(xml, "<f%d/>", i);
    buffer_text(xml, "<g1/><g2/></member><end/></data></instance><bind "
                     "nodeset='/data/total' calculate='count(/data/member)'/>"
                     "<bind nodeset='/data/member/g1' calculate='../../rate * "
                     "2'/><bind nodeset='/data/member/g2' calculate='../g1 + "
                     "../../rate'/>");
    for (int i = 3; i <= FIELDS; i++) {
        static const char *const rules[] = {
            "relevant='../f1 != \"x\"'", "calculate='concat(../f1, 1)'",
            "calculate='/data/member/f1'", "calculate='position(..)'",
            "constraint='. &lt; 9'"};
        buffer_format(xml, "<bind nodeset='/data/member/f%d' %s/>", i,
                      rules[i % 5]);
    }
    buffer_text(xml, "</model></h:head><h:body><group><repeat "
                     "nodeset='/data/member'><input ref='/data/member/f1'/>"
                     "</repeat></group></h:body></h:html>");
}

/* One question that 420 others depend on. */
static void write_rules(buffer *xml)
{
    buffer_text(xml, "<h:html xmlns='http://www.w3.org/2002/xforms' "
                     "xmlns:h='http://www.w3.org/1999/xhtml'><h:head><model>"
                     "<instance><data id='r'><age/><p0/>");
    for (int i = 0; i < 420; i++)
        buffer_format(xml, "<q%d/>", i);
    buffer_text(xml, "</data></instance>");
    for (int i = 0; i < 420; i++)
        buffer_format(xml,
                      "<bind nodeset='/data/q%d' relevant='/data/age &gt; %d "
                      "and selected(/data/%s%d, \"yes\")'/>",
                      i, i % 50, i ? "q" : "p", i ? i - 1 : 0);
    buffer_text(xml, "</model></h:head><h:body/></h:html>");
}

/* A select whose itemset is filtered; its list is a CSV in FOLDER. */
static void write_lists(buffer *xml)
{
    buffer_text(
        xml,
        "<h:html xmlns='http://www.w3.org/2002/xforms' "
        "xmlns:h='http://www.w3.org/1999/xhtml'><h:head><model><instance>"
        "<data id='r'><commune/><douar/></data></instance><instance "
        "id='douars' src='jr://file-csv/douars.csv'/></model></h:head><h:body>"
        "<input ref='/data/commune'/><select1 ref='/data/douar'><itemset "
        "nodeset=\"instance('douars')/root/item[region = 'r1' and commune = "
        "/data/commune]\"><value ref='name'/><label ref='label'/></itemset>"
        "</select1></h:body></h:html>");
}

/* A count of the rows whose label has what was typed. */
static void write_search(buffer *xml)
{
    buffer_text(
        xml,
        "<h:html xmlns='http://www.w3.org/2002/xforms' "
        "xmlns:h='http://www.w3.org/1999/xhtml'><h:head><model><instance>"
        "<data id='r'><commune/><n/></data></instance><instance "
        "id='douars' src='jr://file-csv/douars.csv'/><bind nodeset='/data/n' "
        "calculate=\"count(instance('douars')/root/item[contains(label, "
        "/data/commune)])\"/></model></h:head><h:body>"
        "<input ref='/data/commune'/></h:body></h:html>");
}

/* The name of a commune, which is a row of the replica. */
static void write_live(buffer *xml)
{
    buffer_text(
        xml,
        "<h:html xmlns='http://www.w3.org/2002/xforms' "
        "xmlns:h='http://www.w3.org/1999/xhtml'><h:head><model><instance>"
        "<data id='r'><commune/><n/></data></instance><instance "
        "id='commune' src='jr://file-csv/commune.csv'/><bind nodeset='/data/n' "
        "calculate=\"concat(instance('commune')/root/item[code = "
        "/data/commune]/label, instance('commune')/root/item[code = "
        "/data/commune]/state)\"/></model></h:head><h:body>"
        "<input ref='/data/commune'/></h:body></h:html>");
}

/* A commune in T whose outline has POINTS points. */
static void make_commune(twin *t, int points)
{
    static const twin_column_definition columns[] = {
        {"code", TWIN_TEXT}, {"label", TWIN_TEXT}, {"state", TWIN_TEXT}};
    const twin_layer *layer = NULL;
    buffer words = {0}, place = {0};
    twin_cell cells[2];
    int64_t fid = 0;
    buffer_text(&words, "POLYGON((");
    for (int i = 0; i < points; i++)
        buffer_format(&words, "%.6f %.6f,", -2.3 + i * 1e-5, 34.9 + i % 7);
    buffer_text(&words, "-2.3 34.9))");
    MUST(geometry_from_wkt(&place, (char *)words.data));
    MUST(twin_layer_declare(t, "commune", TWIN_POLYGON, columns, 3));
    MUST(twin_layer_find(&layer, t, "commune"));
    cells[0] =
        (twin_cell){twin_column_named(layer, "code")->id, text_value("40")};
    cells[1] = (twin_cell){twin_column_named(layer, "geom")->id,
                           {.kind = TWIN_KIND_BYTES,
                            .bytes = (const char *)place.data,
                            .length = place.length}};
    MUST(twin_row_insert(&fid, t, layer, cells, 2));
    buffer_free(&place);
    buffer_free(&words);
}

static void write_douars(const char *folder, int rows)
{
    char *path = file_join(folder, "douars.csv");
    buffer csv = {0};
    buffer_text(&csv, "name,label,region,commune\n");
    for (int i = 0; i < rows; i++) /* 20 in each commune */
        buffer_format(&csv, "d%d,Douar %d,r%d,c%d\n", i, i, i % 2,
                      i % (rows / 20));
    MUST(file_make_folders(folder));
    MUST(file_write_atomic(path, csv.data, csv.length));
    buffer_free(&csv);
    free(path);
}

/* ---- the counted functions: not inlined, found by name ---- */

static form_node *member(int number)
{
    char path[60];
    snprintf(path, sizeof path, "/data/member[%d]/f1", number);
    return record_find(r, path);
}

static void answer(form_node *node, const char *value)
{
    record_outcome outcome;
    MUST(record_answer(&outcome, r, node, value));
    if (outcome != RECORD_OK)
        bail("%s", error_message());
}

__attribute__((noinline)) void counted_add(form_node *node);
void counted_add(form_node *node)
{
    form_node *root = record_root(r), *made;
    (void)node;
    MUST(record_add_repeat(&made, r, root,
                           form_item_child(root->item, "member")));
}

__attribute__((noinline)) void counted_remove(form_node *node);
void counted_remove(form_node *node)
{
    MUST(record_remove_repeat(r, node->parent));
}

__attribute__((noinline)) void counted_answer(form_node *node);
void counted_answer(form_node *node)
{
    answer(node, "40");
}

/* Rules of every member read it. */
__attribute__((noinline)) void counted_rate(form_node *node);
void counted_rate(form_node *node)
{
    (void)node;
    answer(record_find(r, "/data/rate"), "3");
}

__attribute__((noinline)) void counted_filter(form_node *node);
void counted_filter(form_node *node)
{
    const record_choice *list;
    size_t count = 0;
    MUST(record_choices(&list, &count, r, node));
    if (count != 20)
        bail("%zu choices", count);
}

__attribute__((noinline)) void counted_contains(form_node *node);
void counted_contains(form_node *node)
{
    answer(node, "ar 777");
    if (atoi(record_find(r, "/data/n")->value) < 1)
        bail("contains() found nothing");
}

static const struct {
    const char *name;
    void (*run)(form_node *node);
} STEPS[] = {
    {"counted_add", counted_add},       {"counted_remove", counted_remove},
    {"counted_answer", counted_answer}, {"counted_rate", counted_rate},
    {"counted_filter", counted_filter}, {"counted_contains", counted_contains}};

/* ---- this program again ---- */

static form_node *prepare_members(int count)
{
    form_node *root = record_root(r), *node = NULL;
    for (int i = 0; i < count; i++)
        MUST(record_add_repeat(&node, r, root,
                               form_item_child(root->item, "member")));
    for (int i = 1; i <= count; i++)
        answer(member(i), "z");
    return member(count);
}

/* The index is there after the first filter. */
static form_node *prepare_filter(void)
{
    const record_choice *list;
    size_t found = 0;
    form_node *node = record_find(r, "/data/douar");
    answer(record_find(r, "/data/commune"), "c3");
    MUST(record_choices(&list, &found, r, node));
    answer(record_find(r, "/data/commune"), "c7");
    return node;
}

/* Its texts are packed after the first one. */
static form_node *prepare_search(void)
{
    form_node *node = record_find(r, "/data/commune");
    answer(node, "zzz");
    return node;
}

static int run_step(const char *kind, const char *name, int number,
                    const char *folder)
{
    buffer xml = {0};
    form_surroundings *around = NULL;
    form_node *node = NULL;
    twin *t = NULL;
    char *home = NULL;
    (*kind == 'm'   ? write_repeats
     : *kind == 'r' ? write_rules
     : *kind == 's' ? write_search
     : *kind == 'c' ? write_live
                    : write_lists)(&xml);
    if (*kind == 'c') {
        home = scratch_folder("form-counts-twin");
        MUST(twin_create(&t, home));
        make_commune(t, number);
    }
    MUST(form_read_xform(&f, (char *)xml.data, xml.length));
    MUST(form_file_surroundings(&around, folder, t));
    MUST(record_new(&r, f, form_surroundings_record(around)));
    node = *kind == 'm'                   ? prepare_members(number)
           : *kind == 'r'                 ? record_find(r, "/data/age")
           : *kind == 's' || *kind == 'c' ? prepare_search()
                                          : prepare_filter();
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
        if (strcmp(name, STEPS[i].name) == 0)
            STEPS[i].run(node);
    record_free(r);
    form_surroundings_free(around);
    form_free(f);
    buffer_free(&xml);
    twin_close(t);
    if (home)
        remove_folder(home);
    return 0;
}

static double count(const char *kind, const char *name, int number,
                    const char *folder)
{
    char command[1500], line[500];
    double sum = 0;
    FILE *said;
    snprintf(command, sizeof command,
             "valgrind --tool=callgrind --callgrind-out-file=/dev/null"
             " --toggle-collect=%s '%s' %s %s %d '%s' 2>&1",
             name, self, kind, name, number, folder);
    said = popen(command, "r");
    while (said && fgets(line, sizeof line, said)) {
        char *at = strstr(line, "Collected : ");
        if (at)
            sum += strtod(at + 12, NULL);
    }
    if (said && pclose(said) != 0)
        sum = 0;
    return sum;
}

/* ---- the checks ---- */

static void is_steady(const char *what, double most, const char *name)
{
    double few = count("members", what, FEW, "/");
    double many = count("members", what, MANY, "/");
    diag("%s: %.0f instructions with %d, %.0f with %d", name, few, FEW, many,
         MANY);
    ok(few > 0 && many > 0 && many < most * few + 30 * (MANY - FEW),
       "%s among %d costs no more than among %d but to count them", name, MANY,
       FEW);
}

static void is_cheap(double instructions, double most, const char *name)
{
    diag("%s: %.0f instructions", name, instructions);
    ok(instructions > 0 && instructions < most,
       "%s takes fewer than %.1f million instructions", name, most / 1e6);
}

int main(int count_of_words, char **words)
{
    char *folder = scratch_folder("form-counts");
    int rows = getenv("TAWAM_FULL") ? 100000 : 20000;
    double few, many;
    self = words[0];
    if (count_of_words == 5)
        return run_step(words[1], words[2], atoi(words[3]), words[4]);
    if (system("valgrind --version > /dev/null 2>&1") != 0) {
        printf("1..0 # SKIP valgrind is not installed\n");
        return 0;
    }
    is_steady("counted_add", 1.1, "adding a repeat");
    is_steady("counted_remove", 1.3, "taking the last one out");
    is_steady("counted_answer", 1.3, "an answer in one");
    few = count("members", "counted_rate", FEW, "/");
    many = count("members", "counted_rate", MANY, "/");
    diag("an answer that each reads: %.0f, %.0f instructions", few, many);
    ok(few > 0 && many > 0 && many < 1.2 * few * MANY / FEW,
       "an answer that each of %d reads costs no more for each", MANY);
    /* At some 3 instructions a nanosecond this is a third of a millisecond a
     * million. */
    is_cheap(count("rules", "counted_answer", 0, "/"), 6e6,
             "an answer that 420 rules read");
    write_douars(folder, 1000);
    few = count("lists", "counted_filter", 0, folder);
    write_douars(folder, rows);
    many = count("lists", "counted_filter", 0, folder);
    is_cheap(many, 2e6, "a filter on a long list");
    ok(few > 0 && many < 1.3 * few,
       "a filter costs as much on a long list as on 1,000 rows");
    diag("%.0f instructions on 1,000 rows", few);
    /* looked for in all their texts: 38 a row */
    is_cheap(count("search", "counted_contains", 0, folder), 50.0 * rows,
             "contains() on a long list");
    few = count("commune", "counted_answer", 10, folder);
    many = count("commune", "counted_answer", 4000, folder);
    diag("a row's label: %.0f, %.0f instructions", few, many);
    ok(few > 0 && many > 0 && many < 1.2 * few,
       "a row of a layer is read without its outline");
    remove_folder(folder);
    return done_testing();
}
