/* SPDX-License-Identifier: MIT */
/* Which row has the run of ids that its own begins (src/form/FORMAT.md, Ids).
 */
#include "form/store_internal.h"
#include "tests/twin_support.h"

/* Only what begins a run has it: the row after it is of the run, and so is a
 * row that another program put in the middle of one. */
static void test_whose_run(void)
{
    const int64_t first = INT64_C(70368744177664) * TWIN_RUN;
    const struct {
        int64_t row, named;
        int has;
        const char *what;
    } rows[] = {
        {first, first, 1, "a record in its run's first place"},
        {first + 1, first + 1, 0, "one in the middle of a run"},
        {first, first + TWIN_RUN, 0, "one whose instanceID is another row's"}};
    char id[64] = "uuid:";

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        twin_uuid_from_fid(id + 5, rows[i].named);
        is_int(store_has_run(rows[i].row, id), rows[i].has, "%s: %d",
               rows[i].what, rows[i].has);
    }
    is_int(store_has_run(first, "uuid:11111111-2222-4333-8444-555555555555"), 0,
           "an id of another program: no run");
}

static int begin_runs(twin *t, const char *layer)
{
    sqlite3_stmt *find = NULL;
    char *sql =
        memory_format("SELECT count(*) FROM \"%s\" WHERE fid %% 32 = 0", layer);
    int count = -1;
    if (twin_prepare(&find, t, sql, 0) == TAWAM_OK && twin_step(t, find) == 1)
        count = sqlite3_column_int(find, 0);
    sqlite3_finalize(find);
    free(sql);
    return count;
}

/* Rows of records that came in another way than through a form: by hand, by a
 * CSV, by another program that counts its own. */
static void test_other_rows(void)
{
    static const twin_column_definition columns[] = {
        {"form_version", TWIN_TEXT}, {"name", TWIN_TEXT}};
    static const char *const layers[] = {"x_record", "x_list"};
    char *home = scratch_folder("store-id");
    twin *t = NULL;
    int drifted = 0;
    if (twin_create(&t, home))
        bail("%s", error_message());
    for (int i = 0; i < 2; i++) {
        const twin_layer *layer = NULL;
        int64_t fid;
        char *sql = memory_format(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            " WHERE i < 96) INSERT INTO %s(name) SELECT i FROM n",
            layers[i]);
        if (twin_layer_declare(t, layers[i], TWIN_NO_GEOMETRY, columns + i,
                               (size_t)(2 - i)) ||
            twin_layer_find(&layer, t, layers[i]) || twin_execute(t, sql))
            bail("%s", error_message());
        for (int k = 0; k < 96; k++)
            if (twin_row_insert(&fid, t, layer, NULL, 0))
                bail("%s", error_message());
        if (twin_pending_prepare(t, &drifted))
            bail("%s", error_message());
        free(sql);
    }
    is_int(begin_runs(t, "x_record"), 0, "no row of records begins a run");
    is_int(begin_runs(t, "x_list"), 6, "of a list, as they come");
    twin_close(t);
    remove_folder(home);
}

int main(void)
{
    test_whose_run();
    test_other_rows();
    return done_testing();
}
