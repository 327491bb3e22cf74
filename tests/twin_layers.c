/* SPDX-License-Identifier: MIT */
/* Layers: widening converts what is stored and what was kept, whatever the
 * order of declarations; recorded and pending schema; labels; rows found. */
#include "tests/tap.h"
#include "tests/twin_support.h"

static const twin_layer *find(twin *t, const char *name)
{
    const twin_layer *layer = NULL;
    if (twin_layer_find(&layer, t, name) != TAWAM_OK)
        diag("%s", error_message());
    return layer;
}

static char *read_text(twin *t, const twin_layer *layer, int64_t fid,
                       const char *column)
{
    arena *a = NULL;
    twin_cell *cells = NULL;
    const twin_column *c = NULL;
    buffer out = {0};
    arena_new(&a);
    if (twin_column_find(&c, layer, column) == TAWAM_OK &&
        twin_row_read(&cells, t, layer, fid, a) == TAWAM_OK)
        twin_value_text(&out, c->type, &cells[c - layer->columns].value);
    arena_free(a);
    buffer_byte(&out, 0);
    return (char *)out.data;
}

static void is_cell(twin *t, const twin_layer *layer, int64_t fid,
                    const char *column, const char *wanted)
{
    char *text = read_text(t, layer, fid, column);
    is_str(text, wanted, "%s is now %s", column, wanted);
    free(text);
}

static void widens(twin *t)
{
    const twin_column_definition first[] = {{"count", TWIN_INTEGER},
                                            {"day", TWIN_DATE}};
    const twin_column_definition then[] = {
        {"COUNT", TWIN_DECIMAL}, {"day", TWIN_DATETIME}, {"note", TWIN_TEXT}};
    const twin_column_definition last[] = {{"count", TWIN_TEXT},
                                           {"day", TWIN_TEXT}};
    twin_pending_counts c = {0};
    int64_t fid = 0;
    ok_code(twin_layer_declare(t, "stop", TWIN_NO_GEOMETRY, first, 2), "stop");
    const twin_layer *layer = find(t, "STOP");
    ok(layer && !layer->recorded && layer->columns[0].recorded_type == 0,
       "a new layer is not recorded yet");
    twin_cell cells[] = {cell(layer, "count", integer_value(5)),
                         cell(layer, "day", text_value("2026-11-22"))};
    ok_code(twin_row_insert(&fid, t, layer, cells, 2), "a row");
    ok_code(twin_pending_clear(t), "recorded");
    layer = find(t, "stop");
    ok(layer->recorded && layer->columns[1].recorded_type == TWIN_INTEGER,
       "now it is");
    cells[0].value = integer_value(6);
    ok_code(twin_row_update(NULL, t, layer, fid, cells, 1), "an edit");
    ok_code(twin_layer_declare(t, "stop", TWIN_POINT, then, 3), "widen");
    layer = find(t, "stop");
    ok(layer->geometry == TWIN_POINT && layer->column_count == 5 &&
           layer->columns[1].type == TWIN_DECIMAL &&
           layer->columns[1].recorded_type == TWIN_INTEGER &&
           strcmp(layer->columns[4].name, "geom") == 0,
       "a geometry, a column and wider types");
    is_str(layer->columns[1].name, "count", "the first spelling stays");
    is_cell(t, layer, fid, "count", "6");
    is_cell(t, layer, fid, "day", "2026-11-22T00:00:00.000Z");
    ok(twin_pending_count(t, &c) == TAWAM_OK && c.updated == 1 && c.layers == 1,
       "one row and one layer are pending");
    cells[0].value = real_value(5);
    ok_code(twin_row_update(NULL, t, layer, fid, cells, 1), "put back");
    ok(twin_pending_count(t, &c) == TAWAM_OK && c.updated == 0,
       "5 was kept as 5.0: nothing is pending");
    ok_code(twin_layer_declare(t, "stop", TWIN_POLYGON, last, 2), "to text");
    layer = find(t, "stop");
    is_cell(t, layer, fid, "count", "5");
    is_cell(t, layer, fid, "day", "2026-11-22");
    ok(layer->geometry == TWIN_ANY_GEOMETRY, "points and polygons: GEOMETRY");
    ok_code(twin_check(t), "all checks");
    int64_t before = twin_change_counter(t);
    ok_code(twin_layer_declare(t, "stop", TWIN_POINT, first, 2), "again");
    ok(twin_change_counter(t) == before, "declaring what is there is nothing");
}

static void bad_names(twin *t)
{
    const twin_column_definition fid[] = {{"FID", TWIN_TEXT}};
    const twin_column_definition geom[] = {{"geom", TWIN_TEXT}};
    char longer[80];
    memset(longer, 'x', 64);
    longer[64] = '\0';
    const char *const names[] = {"",     "tawam_x", "GPKG_x", "sqlite_x",
                                 longer, "a\nb",    "\xff",   "rtree_a"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ok(twin_layer_declare(t, names[i], TWIN_NO_GEOMETRY, NULL, 0) ==
               TAWAM_EUSAGE,
           "refused: %s", error_message());
    ok(twin_layer_declare(t, "l", TWIN_NO_GEOMETRY, fid, 1) == TAWAM_EUSAGE,
       "%s", error_message());
    ok(twin_layer_declare(t, "l", TWIN_NO_GEOMETRY, geom, 1) == TAWAM_EUSAGE,
       "%s", error_message());
    ok_code(twin_layer_declare(t, "odd \"name'; DROP", TWIN_POINT, NULL, 0),
            "any other name will do");
    const twin_layer *layer = find(t, "odd \"name'; DROP");
    int64_t rowid = 0;
    ok_code(twin_row_insert(&rowid, t, layer, NULL, 0), "a row in it");
    ok_code(twin_check(t), "and it checks");
    ok(twin_layer_find(&layer, t, "stpo") == TAWAM_ENOTFOUND &&
           strstr(error_message(), "stop"),
       "%s", error_message());
}

static int join_choices(void *context, const char *choice, const char *label)
{
    buffer_format(context, "%s=%s ", choice, label);
    return TAWAM_OK;
}

static void labels(twin *t)
{
    buffer all = {0};
    ok_code(twin_set_label(t, "stop", "", "", "fr", "Arrêt"), "a layer's");
    ok_code(twin_set_label(t, "stop", "note", "", "ar", "ملاحظة"),
            "a column's");
    ok_code(twin_set_label(t, "stop", "note", "", "fr", "Remarque"), "in two");
    ok_code(twin_set_label(t, "stop", "note", "b", "fr", "Bon"), "a choice's");
    ok_code(twin_set_label(t, "stop", "note", "a", "fr", "Mauvais"),
            "a second");
    ok_code(twin_set_label(t, "stop", "note", "b", "en", "Good"), "in English");
    is_str(twin_label(t, "stop", "", "", "fr"), "Arrêt", "the layer");
    is_str(twin_label(t, "stop", "note", "", "fr"), "Remarque", "the column");
    is_str(twin_label(t, "stop", "note", "", "es"), "ملاحظة", "any language");
    is_str(twin_label(t, "stop", "note", "b", "ar"), "Good", "else English");
    is_str(twin_label(t, "stop", "count", "", "fr"), "count", "else the name");
    twin_choices(t, "stop", "note", "fr", join_choices, &all);
    is_str((char *)all.data, "b=Bon a=Mauvais ", "choices in their order");
    buffer_free(&all);
}

static void rows_are_found(twin *t)
{
    const twin_column_definition columns[] = {{"code", TWIN_TEXT},
                                              {"nom_fr", TWIN_TEXT}};
    char number[32], uuid[37];
    int64_t a = 0, b = 0, found = 0;
    ok_code(twin_layer_declare(t, "place", TWIN_NO_GEOMETRY, columns, 2),
            "place");
    const twin_layer *layer = find(t, "place");
    twin_cell cells[] = {cell(layer, "code", text_value("01")),
                         cell(layer, "nom_fr", text_value("Zegzel"))};
    twin_row_insert(&a, t, layer, cells, 2);
    cells[0].value = text_value("02");
    twin_row_insert(&b, t, layer, cells, 2);
    snprintf(number, sizeof number, "%lld", (long long)a);
    twin_uuid_from_fid(uuid, b);
    ok(twin_row_find(&found, t, layer, number) == TAWAM_OK && found == a,
       "by fid");
    ok(twin_row_find(&found, t, layer, uuid) == TAWAM_OK && found == b,
       "by uuid");
    ok(twin_row_find(&found, t, layer, "code=02") == TAWAM_OK && found == b,
       "by a column");
    ok(twin_row_find(&found, t, layer, "nom_fr=Zegzel") == TAWAM_ENO &&
           strstr(error_message(), "2 rows"),
       "%s", error_message());
    ok(twin_row_find(&found, t, layer, "code=09") == TAWAM_ENOTFOUND, "%s",
       error_message());
    ok(twin_row_find(&found, t, layer, "cod=09") == TAWAM_ENOTFOUND &&
           strstr(error_message(), "'code'"),
       "%s", error_message());
    char *caption = NULL;
    ok_code(twin_row_caption(&caption, t, layer, a), "a caption");
    is_str(caption, "Zegzel", "the name in French rather than the code");
    free(caption);
}

static void recorded_by_others(twin *t)
{
    const twin_column_definition mine[] = {{"x", TWIN_TEXT}};
    const twin_column_definition theirs[] = {{"x", TWIN_INTEGER}};
    ok_code(twin_layer_declare(t, "both", TWIN_NO_GEOMETRY, mine, 1), "mine");
    ok_code(twin_begin(t), "begin");
    ok_code(twin_capture_off(t), "applying");
    ok_code(twin_layer_declare(t, "both", TWIN_POINT, theirs, 1), "theirs");
    ok_code(twin_commit(t), "commit");
    const twin_layer *layer = find(t, "both");
    ok(layer->recorded && layer->columns[1].type == TWIN_TEXT &&
           layer->columns[1].recorded_type == TWIN_INTEGER &&
           layer->columns[2].recorded_type == TWIN_GEOMETRY,
       "the recorded type is what commits declared, the present one the join");
}

int main(void)
{
    char *directory = scratch_folder("layers");
    twin *t = NULL;
    ok_code(twin_create(&t, directory), "create");
    if (!t)
        return done_testing();
    widens(t);
    bad_names(t);
    labels(t);
    rows_are_found(t);
    recorded_by_others(t);
    ok_code(twin_check(t), "all checks at the end");
    twin_close(t);
    remove_folder(directory);
    return done_testing();
}
