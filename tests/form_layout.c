/* SPDX-License-Identifier: MIT */
/* Layouts: which layers and columns a form's records have. */
#include "form/layout.h"
#include "tests/form_store.h"

static const char *const LARGE =
    "| survey |\n"
    "| | type | name | label | calculation | save_to | appearance |\n"
    "| | text | name | Name | | | |\n"
    "| | note | hello | Hello ${name} | | | |\n"
    "| | acknowledge | agreed | Yes? | | | |\n"
    "| | begin group | one | One | | | |\n"
    "| | integer | count | Count | | | |\n"
    "| | text | uuid | Own number | | | |\n"
    "| | date | seen | Seen | | | |\n"
    "| | end group | | | | | |\n"
    "| | begin group | two | Two | | | |\n"
    "| | decimal | Count | Count | | | |\n"
    "| | geopoint | place | Where | | where | |\n"
    "| | geopoint | second | And where | | | |\n"
    "| | select_multiple l | uses | Uses | | uses | |\n"
    "| | image | photo | Photo | | | |\n"
    "| | end group | | | | | |\n"
    "| | calculate | twice | | 2 * ${count} | | |\n"
    "| | text | tawam_x | X | | | |\n"
    "| | text | a_name_that_is_far_too_long_for_a_column_of_a_layer_of_tawam_1 "
    "|"
    " L | | | |\n"
    "| | text | "
    "a_name_that_is_far_too_long_for_a_column_of_a_layer_of_tawam_123"
    " | L | | | |\n"
    "| | select_one l | heads | Heads | | | label |\n"
    "| | select_one l | row | Row | | | list-nolabel |\n"
    "| | begin repeat | member | Member | | | |\n"
    "| | text | called | Called | | | |\n"
    "| | time | wakes | Wakes | | | |\n"
    "| | begin repeat | job | Job | | | |\n"
    "| | geotrace | way | Way | | | |\n"
    "| | integer | position | Position | | | |\n"
    "| | end repeat | | | | | |\n"
    "| | end repeat | | | | | |\n"
    "| choices |\n"
    "| | list_name | name | label |\n"
    "| | l | a | A |\n"
    "| settings |\n"
    "| | form_id | instance_name |\n"
    "| | household | ${name} |\n"
    "| entities |\n"
    "| | list_name | label |\n"
    "| | water_point | ${name} |\n";

static void write_layer(buffer *out, const form_layer *layer)
{
    buffer_format(out, "%s (%s):", layer->name,
                  twin_geometry_name(layer->geometry));
    for (size_t i = 0; i < layer->count; i++)
        buffer_format(out, " %s %s", layer->columns[i].name,
                      twin_type_name(layer->columns[i].type));
    buffer_byte(out, '\n');
}

static void test_large(twin *t)
{
    form *f = store_form(LARGE);
    form_layout *l = NULL;
    buffer out = {0};
    const twin_layer *layer = NULL;
    ok_code(form_layout_new(&l, f), "a layout");
    for (size_t i = 0; i < l->count; i++)
        write_layer(&out, &l->layers[i]);
    for (size_t i = 0; i < l->list_count; i++)
        write_layer(&out, &l->lists[i]);
    is_str((char *)out.data,
           "household_record (POINT): form_version text instance_id text"
           " deprecated_id text audit blob note text name text agreed text"
           " one_count integer one_uuid text seen date two_Count decimal"
           " place text place_altitude decimal place_accuracy decimal"
           " second text uses text photo text twice text data_tawam_x text"
           " a_name_that_is_far_too_long_for_a_column_of_a_layer_of_tawam_1"
           " text"
           " a_name_that_is_far_too_long_for_a_column_of_a_layer_of_"
           "3ff53a9e"
           " text row text water_point_action text water_point_uuid text"
           " water_point_label text instanceName text geom geometry\n"
           "household_record_member (NONE): household_record_uuid text"
           " position integer called text wakes text\n"
           "household_record_member_job (LINESTRING):"
           " household_record_member_uuid text position integer way text"
           " job_position integer geom geometry\n"
           "water_point (POINT): label text uses text geom geometry\n",
           "layers and columns");
    ok_code(form_layout_declare(t, l), "declared");
    ok_code(twin_layer_find(&layer, t, "household_record_member_job"),
            "a layer of a repeat in a repeat");
    is_int(twin_layer_count(t), 4, "four layers");
    ok_code(form_layout_declare(t, l), "again");
    ok_code(twin_check(t), "the replica is whole");
    is_int(l->entity_count, 1, "an entity");
    is_int(l->entities[0].count, 2, "with two properties");
    buffer_free(&out);
    form_layout_free(l);
    form_free(f);
}

/* A later version widens what is there. */
static void test_wider(twin *t)
{
    form *f = store_form("| survey |\n"
                         "| | type | name | label |\n"
                         "| | text | name | Name |\n"
                         "| | decimal | seen | Seen |\n"
                         "| | text | more | More |\n"
                         "| settings |\n"
                         "| | form_id | version |\n"
                         "| | household | 2 |\n");
    form_layout *l = NULL;
    const twin_layer *layer = NULL;
    const twin_column *column = NULL;
    form_layout_new(&l, f);
    ok_code(form_layout_declare(t, l), "a later version");
    twin_layer_find(&layer, t, "household_record");
    ok_code(twin_column_find(&column, layer, "more"), "a column more");
    twin_column_find(&column, layer, "seen");
    is_int(column->type, TWIN_TEXT, "a type joined: date and decimal");
    ok_code(twin_column_find(&column, layer, "place_altitude"),
            "nothing is narrowed");
    form_layout_free(l);
    form_free(f);
}

static void test_names(void)
{
    buffer name = {0};
    char column[TWIN_NAME_MAX + 1];
    form_record_layer(&name, "tawam_x");
    is_str((char *)name.data, "form_tawam_x_record", "a form called tawam_x");
    buffer_clear(&name);
    form_record_layer(&name, "a form, with \"marks\"");
    is_str((char *)name.data, "a form, with _marks__record", "marks");
    form_property_column(column, "geom");
    is_str(column, "property_geom", "a property called geom");
    form_property_column(column, "flow");
    is_str(column, "flow", "one called flow");
    buffer_free(&name);
}

int main(void)
{
    char *folder = scratch_folder("layout");
    twin *t = NULL;
    if (twin_create(&t, folder))
        bail("%s", error_message());
    test_large(t);
    test_wider(t);
    test_names();
    twin_close(t);
    remove_folder(folder);
    return done_testing();
}
