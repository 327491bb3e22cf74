/* SPDX-License-Identifier: MIT */
/* Edits by other programs: ogr2ogr and the sqlite3 shell write the live
 * replica; what they did is pending, put back leaves nothing, their rows get
 * ids of ours, and tables they replaced are mended. */
#include <sys/wait.h>
#include "tests/tap.h"
#include "tests/twin_support.h"

static char *folder;

/* Runs a shell command with $G the replica's file; 1 if it succeeded. */
static int run(const char *command)
{
    char line[2000];
    snprintf(line, sizeof line, "D='%s' G='%s/twin.gpkg'; %s", folder, folder,
             command);
    int status = system(line);
    return status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int is_pending(twin *t, const char *what, int64_t inserted,
                      int64_t updated, int64_t deleted)
{
    twin_pending_counts c = {0};
    int code = twin_pending_count(t, &c);
    int right = ok(code == TAWAM_OK && c.inserted == inserted &&
                       c.updated == updated && c.deleted == deleted,
                   "%s", what);
    if (!right)
        diag("%s; %lld inserted, %lld updated, %lld deleted",
             code ? error_message() : "", (long long)c.inserted,
             (long long)c.updated, (long long)c.deleted);
    return right;
}

static int64_t number(twin *t, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(twin_database(t), sql, -1, &s, NULL) != SQLITE_OK)
        diag("%s", sqlite3_errmsg(twin_database(t)));
    else if (sqlite3_step(s) == SQLITE_ROW)
        value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return value;
}

static int prepare(twin *t)
{
    int drifted = -1;
    ok_code(twin_pending_prepare(t, &drifted), "prepare for a record");
    return drifted;
}

static void fill(twin *t)
{
    const twin_layer *h = household(t), *w = water_point(t);
    const twin_column_definition refers[] = {{"household_fid", TWIN_INTEGER}};
    int64_t fid = 0;
    buffer blob = {0};
    ok_code(twin_layer_declare(t, "person", TWIN_NO_GEOMETRY, refers, 1),
            "a layer that refers to another");
    twin_cell ali[] = {cell(h, "name", text_value("Ali")),
                       cell(h, "people", integer_value(4))};
    ok_code(twin_row_insert(&fid, t, h, ali, 2), "a household");
    geometry_from_point(&blob, -2.31, 34.92);
    twin_cell well[] = {cell(w, "name", text_value("Aïn Sultan")),
                        cell(w, "flow", real_value(1.5)),
                        cell(w, "geom", (twin_value){.kind = TWIN_KIND_BYTES})};
    well[2].value.bytes = (const char *)blob.data;
    well[2].value.length = blob.length;
    ok_code(twin_row_insert(&fid, t, w, well, 3), "a water point");
    ok_code(twin_set_label(t, "water_point", "name", "", "fr", "Nom"), "label");
    buffer_free(&blob);
    ok(prepare(t) == 0, "nothing has drifted");
    ok_code(twin_pending_clear(t), "recorded");
    is_pending(t, "nothing is pending", 0, 0, 0);
}

static void shell_edits(twin *t)
{
    ok(run("sqlite3 $G \"UPDATE household SET people = 5\""), "sqlite3 edits");
    is_pending(t, "the edit is seen", 0, 1, 0);
    ok(run("sqlite3 $G \"UPDATE household SET people = 4\""), "and puts back");
    is_pending(t, "which leaves nothing", 0, 0, 0);
    ok(run("sqlite3 $G \"INSERT OR IGNORE INTO household (name)"
           " VALUES ('Zohra'); INSERT INTO person (household_fid)"
           " SELECT max(fid) FROM household WHERE name = 'Zohra'\""),
       "sqlite3 adds a row and a reference to it");
    int64_t before = number(t, "SELECT fid FROM household WHERE name='Zohra'");
    ok(prepare(t) == 0, "no drift");
    int64_t after = number(t, "SELECT fid FROM household WHERE name='Zohra'");
    char uuid[37], sql[200];
    twin_uuid_from_fid(uuid, after);
    snprintf(sql, sizeof sql,
             "SELECT uuid = '%s' FROM household WHERE"
             " name = 'Zohra'",
             uuid);
    ok(before > 0 && after > 0 && before != after, "it has an id of ours now");
    ok(number(t, sql) == 1, "and a uuid");
    ok(number(t, "SELECT household_fid FROM person") == after,
       "the reference moved with it");
    is_pending(t, "two rows are new", 2, 0, 0);
    ok(run("sqlite3 $G \"INSERT INTO household (uuid, name) SELECT uuid, name"
           " FROM household WHERE name = 'Ali'\""),
       "copy and paste");
    prepare(t);
    ok(number(t, "SELECT count(DISTINCT uuid) FROM household") == 3,
       "a doubled uuid is replaced");
    ok_code(twin_pending_clear(t), "recorded");
}

static void ogr_edits(twin *t)
{
    static const char MAKE[] =
        "printf '%s' '{\"type\":\"FeatureCollection\",\"features\":[{\"type\":"
        "\"Feature\",\"properties\":{\"name\":\"Puits\",\"flow\":2},"
        "\"geometry\":{\"type\":\"Point\",\"coordinates\":[-2.4,34.8,7]}}]}'"
        " > $D/a.json && ";
    char line[1500];
    snprintf(line, sizeof line,
             "%s ogr2ogr -append -nln water_point $G $D/a.json -dim XYZ", MAKE);
    ok(run(line), "ogr2ogr appends a feature with a height");
    ok(prepare(t) == 0, "no drift");
    is_pending(t, "one new row", 1, 0, 0);
    ok(number(t, "SELECT length(geom) FROM water_point WHERE name = 'Puits'") ==
           29,
       "its geometry has two dimensions");
    ok_code(twin_check(t), "the R-tree has it");
    ok(run("ogrinfo -q $G -sql \"UPDATE water_point SET flow = 3 WHERE"
           " name = 'Aïn Sultan'\""),
       "ogrinfo edits");
    is_pending(t, "the edit is seen", 1, 1, 0);
    ok(run("ogrinfo -q $G -sql \"UPDATE water_point SET flow = 1.5 WHERE"
           " name = 'Aïn Sultan'\""),
       "and puts back");
    is_pending(t, "which leaves nothing", 1, 0, 0);
    ok(run("ogrinfo -q $G -sql \"DELETE FROM water_point WHERE"
           " name = 'Aïn Sultan'\""),
       "ogrinfo deletes");
    is_pending(t, "the delete is seen", 1, 0, 1);
    ok_code(twin_pending_clear(t), "recorded");
}

static void schema_edits(twin *t)
{
    const twin_layer *layer = NULL;
    const twin_column *column = NULL;
    ok(run("ogrinfo -q $G -sql \"ALTER TABLE water_point ADD COLUMN depth"
           " DOUBLE\" && ogrinfo -q $G -sql \"UPDATE water_point SET"
           " depth = 12\""),
       "a column is added and filled");
    is_pending(t, "no trigger sees that", 0, 0, 0);
    ok(prepare(t) == 0, "a new column is no drift");
    is_pending(t, "its values are pending", 0, 1, 0);
    ok_code(twin_layer_find(&layer, t, "water_point"), "the layer");
    ok(layer && twin_column_find(&column, layer, "depth") == TAWAM_OK &&
           column->type == TWIN_DECIMAL,
       "has the column, a decimal");
    ok_code(twin_pending_clear(t), "recorded");
    ok(run("ogr2ogr -append -nln market $G $D/a.json"), "a new layer");
    ok(run("ogr2ogr -append -nln odd -lco FID=id -lco GEOMETRY_NAME=shape $G"
           " $D/a.json"),
       "one with its own names");
    ok(run("ogr2ogr -append -nln far -t_srs EPSG:3857 $G $D/a.json"),
       "one in another reference system");
    ok(prepare(t) == 0, "new layers are no drift");
    is_pending(t, "their rows are new", 2, 0, 0);
    ok(twin_layer_find(&layer, t, "odd") == TAWAM_OK &&
           layer->geometry == TWIN_POINT,
       "the odd one is a layer of points");
    ok(number(t, "SELECT count(*) FROM odd WHERE geom IS NOT NULL AND"
                 " uuid IS NOT NULL") == 1,
       "with our columns");
    ok(twin_layer_find(&layer, t, "far") == TAWAM_ENOTFOUND,
       "the far one is left alone");
    ok_code(twin_check(t), "all checks");
    ok_code(twin_pending_clear(t), "recorded");
}

static void overwritten(twin *t)
{
    arena *a = NULL;
    int *ids = NULL;
    size_t count = 0;
    const twin_layer *layer = NULL;
    ok(run("ogr2ogr -overwrite -nln water_point $G $D/a.json"),
       "ogr2ogr -overwrite replaces a layer");
    ok(prepare(t) == 1, "that is drift");
    arena_new(&a);
    ok_code(twin_drift(&ids, &count, t, a), "ask for it");
    twin_layer_find(&layer, t, "water_point");
    ok(count == 1 && ids[0] == layer->id, "it is that layer");
    ok(number(t, "SELECT count(*) FROM pragma_table_info('water_point')"
                 " WHERE name IN ('fid','uuid','name','flow','seen','depth',"
                 "'geom')") == 7,
       "every column is there again");
    ok_code(twin_check(t), "and the R-tree");
    ok(number(t, "SELECT count(*) FROM gpkg_data_columns WHERE"
                 " title = 'Nom'") == 1,
       "and the label");
    ok_code(twin_drift_done(t, ids[0]), "compared");
    ok(run("sqlite3 $G 'DROP TRIGGER tawam_1_delete; DROP TABLE person'"),
       "a trigger and a table are dropped");
    ok(prepare(t) == 1, "both drifted");
    ok_code(twin_drift(&ids, &count, t, a), "ask again");
    ok(count == 2, "two layers");
    for (size_t i = 0; i < count; i++)
        ok_code(twin_drift_done(t, ids[i]), "compared");
    ok_code(twin_pending_clear(t), "clear");
    ok(prepare(t) == 0, "and then nothing is wrong any more");
    is_pending(t, "nor pending", 0, 0, 0);
    arena_free(a);
}

/* A record that finds nothing must write nothing, whatever names a layer has;
 * a table with rules loses them. */
static void quiet(twin *t)
{
    const twin_column_definition columns[] = {{"unique_check", TWIN_TEXT}};
    ok_code(twin_layer_declare(t, "checkpoint", TWIN_POINT, columns, 1),
            "a layer called checkpoint");
    prepare(t);
    ok_code(twin_pending_clear(t), "recorded");
    int64_t version = number(t, "PRAGMA schema_version");
    prepare(t);
    ok(number(t, "PRAGMA schema_version") == version, "nothing is rebuilt");
    ok(run("sqlite3 $G \"CREATE TABLE strict(id INTEGER PRIMARY KEY, a TEXT"
           " NOT NULL UNIQUE CHECK(a <> '')); INSERT INTO strict VALUES"
           " (1, 'x'); INSERT INTO gpkg_contents (table_name, data_type)"
           " VALUES ('strict', 'attributes')\""),
       "a table with rules");
    prepare(t);
    ok_code(twin_execute(t, "INSERT INTO strict (a) VALUES ('x'), ('')"),
            "as a layer it has none");
    version = number(t, "PRAGMA schema_version");
    prepare(t);
    ok(number(t, "PRAGMA schema_version") == version, "and is left so");
}

static void left_in_wal(void)
{
    twin *t = NULL;
    ok(run("sqlite3 $G 'PRAGMA journal_mode=WAL; UPDATE household SET people ="
           " 9' >/dev/null"),
       "a program leaves the file in WAL mode");
    ok_code(twin_open(&t, folder, 0), "open");
    ok(t && number(t, "SELECT count(*) FROM pragma_journal_mode WHERE"
                      " journal_mode = 'delete'") == 1,
       "it is a rollback journal again");
    twin_close(t);
}

/* GDAL's own validator, warnings as errors. */
static void validates(void)
{
    if (!run("/usr/bin/python3 -c 'import osgeo_utils.samples.validate_gpkg'"
             " 2>/dev/null")) {
        skip("python3-gdal is not installed");
        return;
    }
    ok(run("/usr/bin/python3 -m osgeo_utils.samples.validate_gpkg --extra"
           " --warning-as-error $G >&2"),
       "GDAL's validator accepts the file");
    ok(run("ogrinfo -al -so $G >$D/info 2>&1 && ! grep -iE 'error|warning'"
           " $D/info >&2"),
       "ogrinfo opens every layer");
}

int main(void)
{
    if (system("ogr2ogr --version >/dev/null 2>&1 && "
               "sqlite3 --version >/dev/null 2>&1") != 0)
        skip_all("ogr2ogr and sqlite3 are needed");
    twin *t = NULL;
    folder = scratch_folder("foreign");
    ok_code(twin_create(&t, folder), "create");
    if (!t)
        return done_testing();
    fill(t);
    validates();
    shell_edits(t);
    ogr_edits(t);
    schema_edits(t);
    overwritten(t);
    quiet(t);
    validates();
    twin_close(t);
    left_in_wal();
    remove_folder(folder);
    return done_testing();
}
