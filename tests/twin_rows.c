/* SPDX-License-Identifier: MIT */
/* Rows and what is pending: edits are captured, put back they leave nothing,
 * and the file says what DESIGN §3 asks of it. */
#include "tests/tap.h"
#include "tests/twin_support.h"

static int count_only(twin *t, const char *what, int64_t inserted,
                      int64_t updated, int64_t deleted)
{
    twin_pending_counts c = {0};
    int code = twin_pending_count(t, &c);
    return ok(code == TAWAM_OK && c.inserted == inserted &&
                  c.updated == updated && c.deleted == deleted,
              "%s: %lld inserted, %lld updated, %lld deleted", what,
              (long long)inserted, (long long)updated, (long long)deleted) ||
           (diag("%s; got %lld %lld %lld", error_message(),
                 (long long)c.inserted, (long long)c.updated,
                 (long long)c.deleted),
            0);
}

static int64_t pragma(twin *t, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t value = -1;
    sqlite3_prepare_v2(twin_database(t), sql, -1, &s, NULL);
    if (sqlite3_step(s) == SQLITE_ROW)
        value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return value;
}

static void settings_hold(twin *t)
{
    sqlite3_stmt *s = NULL;
    ok(pragma(t, "PRAGMA application_id") == 0x47504B47, "application id GPKG");
    ok(pragma(t, "PRAGMA user_version") == 10301, "GeoPackage 1.3.1");
    ok(pragma(t, "PRAGMA synchronous") == 3, "synchronous EXTRA");
    ok(pragma(t, "PRAGMA recursive_triggers") == 0,
       "triggers as GDAL has them");
    ok(pragma(t, "PRAGMA cell_size_check") == 1, "cell sizes are checked");
    ok(pragma(t, "PRAGMA foreign_keys") == 0, "foreign keys are off");
    sqlite3_prepare_v2(twin_database(t), "PRAGMA journal_mode", -1, &s, NULL);
    sqlite3_step(s);
    is_str((const char *)sqlite3_column_text(s, 0), "delete",
           "a rollback journal");
    sqlite3_finalize(s);
}

static void edits_are_captured(twin *t, const twin_layer *layer)
{
    int64_t fid = 0, other = 0;
    size_t changed = 9;
    twin_cell ali[] = {cell(layer, "name", text_value("Ali")),
                       cell(layer, "people", integer_value(4))};
    ok_code(twin_row_insert(&fid, t, layer, ali, 2), "insert a row");
    ok_code(twin_row_insert(&other, t, layer, NULL, 0), "insert an empty row");
    ok(fid > 0 && other == fid + 1, "ids of one process are neighbours");
    count_only(t, "after two inserts", 2, 0, 0);
    ok_code(twin_row_delete(t, layer, other), "delete the second");
    count_only(t, "it leaves no trace", 1, 0, 0);
    ok_code(twin_pending_clear(t), "recorded");
    count_only(t, "after a record", 0, 0, 0);

    twin_cell five[] = {cell(layer, "name", text_value("Ali")),
                        cell(layer, "people", integer_value(5))};
    ok_code(twin_row_update(&changed, t, layer, fid, five, 2), "update");
    ok(changed == 1, "only the cell that differs is written");
    count_only(t, "after an update", 0, 1, 0);
    ok_code(twin_row_update(NULL, t, layer, fid, ali, 2), "put back");
    count_only(t, "a value put back leaves nothing", 0, 0, 0);

    ok_code(twin_row_delete(t, layer, fid), "delete");
    count_only(t, "after a delete", 0, 0, 1);
    ok(twin_row_update(NULL, t, layer, fid, ali, 2) == TAWAM_ENOTFOUND,
       "a deleted row cannot be updated");
    char sql[300], uuid[37];
    twin_uuid_from_fid(uuid, fid);
    snprintf(sql, sizeof sql,
             "INSERT INTO household (fid, uuid, name, people) VALUES"
             " (%lld, '%s', 'Ali', 4)",
             (long long)fid, uuid);
    ok_code(twin_execute(t, sql), "insert the same row again");
    count_only(t, "deleted and put back as it was: nothing", 0, 0, 0);
    ok_code(twin_execute(t, "UPDATE household SET name = 'ALI'"), "case");
    count_only(t, "a change of case is a change", 0, 1, 0);
    ok_code(twin_execute(t, "UPDATE household SET name = 'Ali'"), "back");
    count_only(t, "and back", 0, 0, 0);
}

static void replace_is_seen(twin *t, int64_t fid)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "REPLACE INTO household (fid, name, people)"
             " VALUES (%lld, 'Zohra', 4)",
             (long long)fid);
    ok_code(twin_execute(t, sql), "REPLACE INTO over a recorded row");
    count_only(t, "REPLACE is an update", 0, 1, 0);
    ok_code(twin_execute(t, "UPDATE household SET rowid = 77"),
            "the fid changed under its other name");
    count_only(t, "a new fid is a delete and an insert", 1, 0, 1);
}

static void capture_off_holds(twin *t, const twin_layer *layer)
{
    int64_t fid = 0;
    ok_code(twin_pending_clear(t), "clear");
    ok_code(twin_begin(t), "begin");
    ok_code(twin_capture_off(t), "capture off");
    ok_code(twin_row_insert(&fid, t, layer, NULL, 0), "insert unseen");
    ok_code(twin_commit(t), "commit");
    count_only(t, "what came from others is not pending", 0, 0, 0);
    ok_code(twin_row_delete(t, layer, fid), "delete after it");
    count_only(t, "capture is on again", 0, 0, 1);
    ok_code(twin_begin(t), "begin");
    ok_code(twin_begin(t), "begin inside");
    ok_code(twin_row_insert(&fid, t, layer, NULL, 0), "insert");
    twin_rollback(t);
    ok(twin_commit(t) < 0, "a rollback inside dooms the whole");
    ok(!twin_row_exists(t, layer, fid), "and nothing of it is kept");
}

/* Ids of runs are nobody else's, also where a block ends. */
static void runs_are_apart(twin *t)
{
    int64_t before = 0, first = 0, one = 0;
    int aligned = 0, apart = 0, blocks = 0;
    for (int i = 0; i < 40000; i++) {
        int code = twin_draw_run(&first, t);
        if (code != TAWAM_OK || twin_draw_fid(&one, t, 0) != TAWAM_OK)
            break;
        aligned += first > 0 && first % TWIN_RUN == 0;
        blocks += first / (1 << 19) != before / (1 << 19);
        apart += one / TWIN_RUN != first / TWIN_RUN && first != before;
        before = first;
    }
    is_int(aligned, 40000, "a run begins at a multiple of its length");
    is_int(apart, 40000, "no other id is of it");
    ok(blocks > 1, "over the ends of %d blocks", blocks);
}

static const twin_layer *layer_of(twin *t, const char *name, const char *one,
                                  const char *other)
{
    const twin_column_definition columns[] = {{one, TWIN_TEXT},
                                              {other, TWIN_INTEGER}};
    const twin_layer *layer = NULL;
    ok_code(twin_layer_declare(t, name, TWIN_NO_GEOMETRY, columns, 2), "%s",
            name);
    ok_code(twin_layer_find(&layer, t, name), "find it");
    return layer;
}

/* What is deleted with a row: only what its layer's name begins. */
static void parts_go_by_name(twin *t)
{
    twin_part *list = NULL;
    size_t count = 0;
    const twin_layer *whole = layer_of(t, "visit", "form_version", "n");
    const twin_layer *part =
        layer_of(t, "Visit_stop", "visit_uuid", "position");
    const twin_layer *stranger =
        layer_of(t, "track_log", "visit_uuid", "position");
    const char *uuid = "00000000-0000-8000-8000-000000000001";
    int64_t fid = 0, below = 0;
    twin_cell own = cell(whole, "uuid", text_value(uuid));
    twin_cell mine = cell(part, "visit_uuid", text_value(uuid));
    twin_cell theirs = cell(stranger, "visit_uuid", text_value(uuid));
    ok_code(twin_row_insert(&fid, t, whole, &own, 1), "a record");
    ok_code(twin_row_insert(&below, t, stranger, &theirs, 1), "what names it");
    ok_code(twin_row_insert(&below, t, part, &mine, 1), "and a part of it");
    ok_code(twin_row_parts(&list, &count, t, whole, fid), "its parts");
    ok(count == 2 && list[0].fid == fid && list[1].fid == below &&
           list[1].layer == part->id,
       "are those of layers that its name begins");
    free(list);
}

int main(void)
{
    char *directory = scratch_folder("rows");
    twin *t = NULL;
    const twin_layer *layer = NULL;
    ok_code(twin_create(&t, directory), "create a replica");
    settings_hold(t);
    layer = household(t);
    ok(layer != NULL, "declare a layer");
    edits_are_captured(t, layer);
    runs_are_apart(t);
    replace_is_seen(t, pragma(t, "SELECT fid FROM household"));
    capture_off_holds(t, layer);
    parts_go_by_name(t);
    ok_code(twin_check(t), "the replica checks");
    twin_close(t);
    twin *again = NULL;
    ok(twin_create(&again, directory) == TAWAM_EENVIRONMENT,
       "a second replica in one folder is refused");
    ok_code(twin_open(&again, directory, 0), "open it again");
    ok(again && twin_layer_count(again) == 4, "its layers are there");
    twin_close(again);
    remove_folder(directory);
    return done_testing();
}
