/* SPDX-License-Identifier: MIT */
/* 300,000 rows: shown, scrolled, sorted, filtered and searched without being
 * loaded; the memory they take is counted, not timed. */
#include <sqlite3.h>
#include <sys/resource.h>
#include "tests/ui_support.h"
#include "ui/rows_view.h"

#define ROWS 300000

static territory *t;
static fields *shown;

/* Fill the layer in one statement; names repeat with a period of 997. */
static void fill(void)
{
    ui_must(twin_begin(t->twin), "begin");
    ui_must(twin_capture_off(t->twin), "capture");
    ui_must(
        twin_execute(
            t->twin,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
            "n WHERE i < 300000) INSERT INTO household(fid, name, members, "
            "water_source) SELECT i * 7, 'Ménage ' || ((i * 7919) % 997), "
            "i % 11, CASE i % 3 WHEN 0 THEN 'well' ELSE 'piped' END FROM n"),
        "fill");
    ui_must(twin_commit(t->twin), "commit");
}

static long load_all(rows_view *v)
{
    long slices = 0;
    int more = 1;
    while (more > 0) {
        more = rows_view_load(v);
        slices++;
    }
    is_int(more, 0, "loading ends");
    return slices;
}

static void first_slice_shows(rows_view *v)
{
    is_int((long)rows_view_count(v), 0, "nothing is read by opening");
    int more = rows_view_load(v);
    ok(more >= 0 && rows_view_count(v) > 0,
       "the first slice has rows to show: %lld", (long long)rows_view_count(v));
    load_all(v);
    is_int((long)rows_view_count(v), ROWS, "in the end all are known");
    ok(rows_view_fid(v, 0) == 7 && rows_view_fid(v, ROWS - 1) == 7L * ROWS,
       "in the order of their ids");
    is_int((long)rows_view_index(v, 7 * 1000), 999, "an id's place is found");
    is_int((long)rows_view_index(v, 8), -1, "that of no row is not");
}

static char *value_at(int64_t fid, const char *column)
{
    arena *a = NULL;
    const twin_layer *layer = NULL;
    twin_cell *cells = NULL;
    buffer out = {0};
    ui_must(arena_new(&a), "arena");
    ui_must(twin_layer_find(&layer, t->twin, "household"), "layer");
    ui_must(twin_row_read(&cells, t->twin, layer, fid, a), "row");
    for (size_t i = 0; i < layer->column_count; i++)
        if (cells[i].column == ui_column(layer, column))
            twin_value_text(&out, layer->columns[i].type, &cells[i].value);
    arena_free(a);
    return buffer_take(&out);
}

static void sorting(rows_view *v)
{
    const field *members = fields_by_name(shown, "members");
    rows_view_sort(v, members->column, 1);
    is_int((long)rows_view_count(v), ROWS,
           "the old order is shown until the new is made");
    load_all(v);
    int wrong = 0;
    long last = 99;
    for (int64_t i = 0; i < ROWS; i += 9973) {
        char *value = value_at(rows_view_fid(v, i), "members");
        wrong += atol(value) > last;
        last = atol(value);
        free(value);
    }
    is_int(wrong, 0, "sorted downwards by number");
    rows_view_sort(v, 0, 0);
    load_all(v);
    is_int((long)rows_view_fid(v, 1), 14, "and back to the order of ids");
}

static void filtering(rows_view *v)
{
    ui_must(rows_view_filter(v, "MENAGE 50"), "filter");
    int64_t first = 0;
    while (rows_view_load(v) > 0)
        if (!first)
            first = rows_view_count(v);
    ok(first > 0 && first < rows_view_count(v),
       "rows show while the filter runs: first %lld, then %lld",
       (long long)first, (long long)rows_view_count(v));
    long wanted = 0;
    for (int i = 1; i <= ROWS; i++) {
        int number = (int)((i * 7919L) % 997);
        wanted += number == 50 || (number >= 500 && number <= 509);
    }
    is_int((long)rows_view_count(v), wanted,
           "accents and case do not matter; all are found");
    ui_must(rows_view_filter(v, "puits"), "filter");
    load_all(v);
    is_int((long)rows_view_count(v), ROWS / 3, "choices are found by label");
    ui_must(rows_view_filter(v, ""), "filter");
    load_all(v);
    is_int((long)rows_view_count(v), ROWS, "no filter, all rows");
}

/* What a whole program needs for it, screen included. */
static void on_screen(void)
{
    struct rusage usage;
    int error = ui_script(t,
                          ":layer household\n:assert 1/300000\n<End>\n"
                          ":assert 300000/300000\n<PageUp>\n"
                          ":go 150000\n:assert 150000/300000\n"
                          "/\ntype Ménage 996\n<Enter>\n:assert Ménage 996\n"
                          "f\ntype Ménage 77\n<Enter>\n:assert Ménage 77\n"
                          "<Esc>\n:assert /300000\n"
                          ":sort -name\n:assert Ménage 999\n",
                          NULL);
    if (error < 0)
        diag("%s", error_message());
    ok(error == TAWAM_ENO && strstr(error_message(), "Ménage 999"),
       "the script ends at the one false assertion: 996 is the highest");
#ifdef __SANITIZE_ADDRESS__
    skip("a sanitizer needs memory of its own");
    return;
#endif
    getrusage(RUSAGE_SELF, &usage);
    ok(usage.ru_maxrss < 96 * 1024, "at most 96 MB were in use: %ld kB",
       usage.ru_maxrss);
}

/* A writer is never kept waiting by a view that is half made. */
static void writers_go_on(rows_view *v)
{
    sqlite3 *other = NULL;
    rows_view_sort(v, 0, 0);
    ok(rows_view_load(v) == 1, "a view is half made");
    ok(sqlite3_open(ui_path("a/twin.gpkg"), &other) == SQLITE_OK &&
           sqlite3_exec(other,
                        "BEGIN EXCLUSIVE; UPDATE tawam_setting SET value = "
                        "value; COMMIT",
                        NULL, NULL, NULL) == SQLITE_OK,
       "another connection writes meanwhile");
    sqlite3_close(other);
    load_all(v);
}

/* What a form asks first says little in a list. */
static void references_stand_back(void)
{
    const twin_column_definition columns[] = {{"label", TWIN_TEXT},
                                              {"commune_code", TWIN_TEXT},
                                              {"code", TWIN_TEXT},
                                              {"status", TWIN_TEXT}};
    static const char *const order[] = {"label", "code", "status",
                                        "commune_code", "geom"};
    fields *f = NULL;
    size_t right = 0;
    ui_must(twin_layer_declare(t->twin, "stop", TWIN_POINT, columns, 4),
            "stop");
    ui_must(fields_load(&f, t->twin, "stop", "fr"), "fields of stop");
    for (size_t i = 0; i < f->count && i < 5; i++)
        right += strcmp(f->items[i].name, order[i]) == 0;
    ok(right == 5, "the place's code stands after what the row itself says");
    fields_free(f);
}

/* Of a form's records the answers come first, whatever their names; what no
 * question shows is behind them. */
static void answers_stand_first(void)
{
    const twin_column_definition columns[] = {
        {"form_version", TWIN_TEXT},  {"instance_id", TWIN_TEXT},
        {"deprecated_id", TWIN_TEXT}, {"note", TWIN_TEXT},
        {"new_id", TWIN_TEXT},        {"commune_code", TWIN_TEXT},
        {"status", TWIN_TEXT}};
    static const char *const order[] = {
        "commune_code",  "status", "form_version", "instance_id",
        "deprecated_id", "note",   "new_id"};
    fields *f = NULL;
    size_t right = 0;
    ui_must(twin_layer_declare(t->twin, "stop_record", TWIN_NO_GEOMETRY,
                               columns, 7),
            "stop_record");
    ui_must(twin_set_label(t->twin, "stop_record", "commune_code", "", "fr",
                           "Commune"),
            "a label");
    ui_must(
        twin_set_label(t->twin, "stop_record", "status", "", "fr", "\u00c9tat"),
        "a label");
    ui_must(twin_set_label(t->twin, "stop_record", "form_version", "", "fr",
                           "Version"),
            "a label");
    ui_must(twin_set_label(t->twin, "stop_record", "note", "", "fr",
                           "Notes sur les questions"),
            "a label");
    ui_must(fields_load(&f, t->twin, "stop_record", "fr"), "its fields");
    for (size_t i = 0; i < f->count && i < 7; i++)
        right += strcmp(f->items[i].name, order[i]) == 0;
    is_int((long)right, 7, "answers first");
    fields_free(f);
}

static void add_commune(const char *code, const char *fr, const char *ar)
{
    const twin_layer *layer = NULL;
    ui_must(twin_layer_find(&layer, t->twin, "commune"), "commune");
    twin_cell cells[] = {{ui_column(layer, "code"), ui_text(code)},
                         {ui_column(layer, "name_fr"), ui_text(fr)},
                         {ui_column(layer, "name_ar"), ui_text(ar)}};
    int64_t fid = 0;
    ui_must(twin_row_insert(&fid, t->twin, layer, cells, 3), fr);
}

/* CODE in the column commune_code of stops, in LANGUAGE; then what that is
 * when it is typed. */
static void reads_as(const char *code, const char *language, const char *name)
{
    fields *f = NULL;
    arena *a = NULL;
    buffer text = {0};
    twin_value typed = {0}, value = ui_text(code);
    ui_must(fields_load(&f, t->twin, "stop", language), "fields of stop");
    ui_must(arena_new(&a), "memory");
    const field *one = fields_by_name(f, "commune_code");
    field_text(&text, one, &value);
    buffer_byte(&text, '\0');
    is_str((char *)text.data, name, "%s is %s", code, name);
    ui_must(field_parse(&typed, one, (char *)text.data, a), "parse");
    ok(typed.length == strlen(code) &&
           memcmp(typed.bytes, code, typed.length) == 0,
       "and typed so it is %s", code);
    buffer_free(&text);
    arena_free(a);
    fields_free(f);
}

/* What is typed into COLUMN: how it ends, and the code it is. */
static void parses_as(const char *column, const char *text, int end,
                      const char *code, const char *what)
{
    fields *f = NULL;
    arena *a = NULL;
    twin_value typed = {0};
    ui_must(fields_load(&f, t->twin, "stop", "fr"), "fields of stop");
    ui_must(arena_new(&a), "memory");
    const field *one = fields_by_name(f, column);
    int error = field_parse(&typed, one, text, a);
    ok(error == end && typed.length == strlen(code) &&
           (!typed.length || memcmp(typed.bytes, code, typed.length) == 0),
       "%s", what);
    arena_free(a);
    fields_free(f);
}

/* Rows of stop that the filter TEXT leaves in LANGUAGE. */
static long filtered(const char *text, const char *language)
{
    rows_view *v = NULL;
    fields *f = NULL;
    ui_must(fields_load(&f, t->twin, "stop", language), "fields of stop");
    ui_must(rows_view_open(&v, t->twin, f), "view of stop");
    ui_must(rows_view_filter(v, text), "filter");
    load_all(v);
    long count = (long)rows_view_count(v);
    rows_view_close(v);
    fields_free(f);
    return count;
}

static void names_are_searched(void)
{
    const twin_layer *layer = NULL;
    int64_t fid = 0;
    ui_must(twin_layer_find(&layer, t->twin, "stop"), "stop");
    twin_cell cell = {ui_column(layer, "commune_code"), ui_text("02.2")};
    ui_must(twin_row_insert(&fid, t->twin, layer, &cell, 1), "a stop");
    is_int(filtered("zegzel", "fr"), 1, "a row is found by the name it shows");
    is_int(filtered("زكزل", "ar"), 1, "in any language");
    is_int(filtered("02.2", "fr"), 0, "not by the code that it does not");
}

/* A choice whose label is another's code. */
static void choices_by_code(void)
{
    ui_label(t->twin, "stop", "status", "1", "2", "2");
    ui_label(t->twin, "stop", "status", "2", "bon", "حسن");
    ui_label(t->twin, "stop", "status", "3", "bon", "حسن");
    parses_as("status", "2", TAWAM_OK, "2", "a choice's code is that choice");
    parses_as("status", "Bon", TAWAM_EUSAGE, "", "a label of two is not taken");
    parses_as("status", "1", TAWAM_OK, "1", "the code of one is");
}

/* Where a column has the code of another layer's row, that row's name stands,
 * as long as the layer is not large. */
static void codes_are_named(void)
{
    const twin_column_definition columns[] = {
        {"code", TWIN_TEXT}, {"name_fr", TWIN_TEXT}, {"name_ar", TWIN_TEXT}};
    ui_must(
        twin_layer_declare(t->twin, "commune", TWIN_NO_GEOMETRY, columns, 3),
        "commune");
    reads_as("02.2", "fr", "02.2");
    add_commune("02.2", "Zegzel", "زكزل");
    add_commune("02.1", "Ahfir", "أحفير");
    reads_as("02.2", "fr", "Zegzel");
    reads_as("02.1", "ar", "أحفير");
    reads_as("02.3", "fr", "02.3");
    names_are_searched();
    add_commune("02.4", "02.1", "واحد");
    reads_as("02.2", "fr", "Zegzel");
    parses_as("commune_code", "02.1", TAWAM_OK, "02.1",
              "a code is that code, not a name");
    add_commune("02.5", "Zegzel", "زكزل");
    parses_as("commune_code", "zegzel", TAWAM_EUSAGE, "",
              "a name that two have is not taken");
    parses_as("commune_code", "ahfir", TAWAM_OK, "02.1", "one that one has is");
    ui_must(twin_begin(t->twin), "begin");
    for (int i = 0; i < 999; i++) {
        char code[16];
        snprintf(code, sizeof code, "03.%d", i);
        add_commune(code, "Loin", "بعيد");
    }
    ui_must(twin_commit(t->twin), "commit");
    reads_as("02.1", "fr", "02.1");
}

int main(void)
{
    rows_view *v = NULL;
    ui_set_up();
    t = ui_territory(ui_path("a"), 0);
    fill();
    ui_must(fields_load(&shown, t->twin, "household", "fr"), "fields");
    ui_must(rows_view_open(&v, t->twin, shown), "view");
    first_slice_shows(v);
    sorting(v);
    filtering(v);
    writers_go_on(v);
    rows_view_close(v);
    fields_free(shown);
    references_stand_back();
    answers_stand_first();
    codes_are_named();
    choices_by_code();
    on_screen();
    territory_close(t);
    return done_testing();
}
