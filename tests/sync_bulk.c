/* SPDX-License-Identifier: MIT */
/* What is merged in bulk, without triggers: the R-tree follows, capture works
 * again afterwards, and no trigger of another program has run. */
#include "tests/sync_fixture.h"

#include <sqlite3.h>

#define WELLS 60

static char hq[256];
static int64_t fids[WELLS];

static void place(desk *d, int64_t fid, double x, double y)
{
    buffer blob = {0};
    twin_cell cell = {desk_column(d, "geom"), {0}};
    if (x > -900)
        MUST(geometry_from_point(&blob, x, y));
    cell.value.kind = blob.length ? TWIN_KIND_BYTES : TWIN_KIND_NULL;
    cell.value.bytes = (const char *)blob.data;
    cell.value.length = blob.length;
    MUST(twin_row_update(NULL, d->t, desk_layer(d, "well"), fid, &cell, 1));
    buffer_free(&blob);
}

static int64_t number(desk *d, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t value = -1;
    MUST(twin_prepare(&s, d->t, sql, 0));
    if (twin_step(d->t, s) == 1)
        value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return value;
}

/* twin_check() compares the R-tree with the table. */
static void tree_holds(desk *d, int64_t boxes, const char *what)
{
    ok(twin_check(d->t) == TAWAM_OK, "%s: the R-tree equals the table", what) ||
        (diag("%s", error_message()), 0);
    ok(number(d, "SELECT count(*) FROM rtree_well_geom") == boxes,
       "%s: it holds %lld boxes", what, (long long)boxes);
}

static void fill(desk *a)
{
    int i;
    desk_declare(a);
    for (i = 0; i < WELLS; i++) {
        fids[i] = desk_add(a, "well");
        place(a, fids[i], i % 3 ? 1 + i / 100.0 : -999, 34);
    }
    desk_sync(a, hq);
}

/* Points moved, taken away, given, and a row deleted. */
static void edit(desk *a)
{
    place(a, fids[1], 5, 35);
    place(a, fids[2], -999, 0);
    place(a, fids[3], 6, 36);
    MUST(desk_delete(a, fids[4]));
    desk_set(a, fids[5], "name", "renamed");
    desk_sync(a, hq);
}

static void capture_is_on(desk *b)
{
    twin_pending_counts c = {0};
    MUST(twin_execute(b->t, "UPDATE well SET name = 'here' WHERE rowid ="
                            " (SELECT min(rowid) FROM well)"));
    MUST(twin_pending_count(b->t, &c));
    ok(c.updated == 1, "an edit after a merge is captured");
    ok(number(b, "SELECT off FROM tawam_capture") == 0, "capture is on");
    desk_sync(b, hq);
}

/* One as GDAL counts the rows of a layer by, and one that changes them. */
static void other_triggers_rest(desk *a, desk *b)
{
    int i;
    MUST(twin_execute(
        b->t, "CREATE TABLE gpkg_ogr_contents(table_name TEXT PRIMARY KEY,"
              " feature_count INTEGER);"
              "INSERT INTO gpkg_ogr_contents VALUES('well', 60);"
              "CREATE TRIGGER trigger_insert_feature_count_well"
              " AFTER INSERT ON well BEGIN UPDATE gpkg_ogr_contents SET"
              " feature_count = feature_count + 1; END;"
              "CREATE TRIGGER other_insert AFTER INSERT ON well BEGIN"
              " UPDATE well SET name = 'other' WHERE fid = NEW.fid; END"));
    for (i = 0; i < 3; i++)
        place(a, desk_add(a, "new"), 7 + i, 35);
    desk_sync(a, hq);
    desk_sync(b, hq);
    ok(number(b, "SELECT count(*) FROM well WHERE name = 'other'") == 0,
       "another program's trigger did not change the rows that came");
    ok(number(b, "SELECT feature_count IS NULL FROM gpkg_ogr_contents") == 1,
       "a count that it keeps is forgotten");
    ok(twin_check(b->t) == TAWAM_OK, "and the R-tree equals the table");
    desk_add(b, "own");
    ok(number(b, "SELECT count(*) FROM well WHERE name = 'other'") == 1,
       "they run on what is edited here");
    desk_sync(b, hq);
}

int main(void)
{
    desk a = {0}, b = {0};
    snprintf(hq, sizeof hq, "%s/hq.git", fixture_make());
    MUST(sync_create_bare(hq));
    desk_found(&a, "a");
    fill(&a);
    desk_clone(&b, "b", hq);
    tree_holds(&b, WELLS * 2 / 3, "after a clone");
    edit(&a);
    desk_sync(&b, hq);
    tree_holds(&b, WELLS * 2 / 3 - 1, "after edits came");
    capture_is_on(&b);
    desk_sync(&a, hq);
    other_triggers_rest(&a, &b);
    desk_sync(&a, hq);
    is_str(desk_hash(&a), desk_hash(&b), "both have one state");
    desk_close(&a);
    desk_close(&b);
    fixture_remove();
    return done_testing();
}
