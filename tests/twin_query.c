/* SPDX-License-Identifier: MIT */
/* SQL from a person: what is allowed, what is refused and why. */
#include "tests/tap.h"
#include "tests/twin_support.h"

static int answer(twin *t, const char *sql, int write, int steps)
{
    sqlite3_stmt *s = NULL;
    int code = twin_query_begin(&s, t, sql, write, steps);
    while (code >= 0 && (code = twin_step(t, s)) > 0)
        ;
    sqlite3_finalize(s);
    twin_query_end(t);
    return code;
}

static void refused(twin *t, int write, const char *sql)
{
    int code = answer(t, sql, write, 0);
    if (!ok(code == TAWAM_EUSAGE, "%.60s -> %s", sql, error_message()))
        diag("code %d", code);
}

static void allowed(twin *t, int write, const char *sql)
{
    ok_code(answer(t, sql, write, 0), "%.60s", sql);
}

int main(void)
{
    char *directory = scratch_folder("query");
    twin *t = NULL;
    twin_pending_counts c = {0};
    ok_code(twin_create(&t, directory), "create");
    household(t);
    water_point(t);
    /* As a command finds it: nothing is connected yet. */
    twin_close(t);
    ok_code(twin_open(&t, directory, 0), "open");
    allowed(t, 0, "SELECT count(*) FROM household; -- and a remark");
    allowed(t, 0,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
            " FROM n WHERE i < 10) SELECT sum(i) FROM n");
    allowed(t, 0, "SELECT * FROM pragma_table_info('household')");
    allowed(t, 0,
            "SELECT ST_AsText(geom), id FROM water_point JOIN"
            " rtree_water_point_geom ON id = fid");
    refused(t, 0, "UPDATE household SET name = 'x'");
    refused(t, 0, "SELECT 1; SELECT 2");
    refused(t, 0, "");
    refused(t, 0, "SELECT nothing FROM household");
    refused(t, 0, "ATTACH '/tmp/x.db' AS x");
    refused(t, 0, "PRAGMA synchronous = OFF");
    refused(t, 0, "PRAGMA user_version = 3");
    refused(t, 0, "SELECT load_extension('x')");
    refused(t, 0, "CREATE TEMP TABLE x(y)");
    refused(t, 0, "BEGIN");
    refused(t, 0, "VACUUM INTO '/tmp/x'");
    ok(answer(t,
              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
              " FROM n) SELECT count(*) FROM n",
              0, 1) == TAWAM_ECANCELLED,
       "endless: %s", error_message());
    allowed(t, 1, "INSERT INTO household (name) VALUES ('Ali')");
    allowed(t, 1,
            "INSERT INTO water_point (name, geom) VALUES ('w',"
            " ST_GeomFromText('POINT (-2.3 34.9)'))");
    refused(t, 1,
            "INSERT INTO water_point (geom) VALUES"
            " (ST_GeomFromText('POINT'))");
    refused(t, 1, "UPDATE tawam_capture SET off = 1");
    refused(t, 1, "DELETE FROM gpkg_contents");
    refused(t, 1, "DELETE FROM rtree_water_point_geom");
    refused(t, 1, "DELETE FROM rtree_water_point_geom_node");
    refused(t, 1, "DROP TABLE household");
    refused(t, 1, "CREATE TABLE x(y)");
    refused(t, 1, "UPDATE sqlite_schema SET sql = ''");
    ok(twin_pending_count(t, &c) == TAWAM_OK && c.inserted == 2,
       "what it wrote is pending");
    ok_code(twin_check(t), "the replica checks");
    twin_close(t);
    remove_folder(directory);
    return done_testing();
}
