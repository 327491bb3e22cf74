/* SPDX-License-Identifier: MIT */
/* One step of tawam or of SQLite's session extension, measured inside one
 * process: speed STEP ARGUMENTS prints
 *
 *   STEP <wall ms> <CPU ms> <peak RSS KiB> <flushes> [what it did]
 *
 * fsync() and fdatasync() of the libraries come here and are counted; with
 * SPEED_NO_FLUSH=1 they do nothing else, which shows the work without the
 * disk. Used by speed.sh and log.sh.
 */
#define SQLITE_ENABLE_SESSION
#define SQLITE_ENABLE_PREUPDATE_HOOK
#include "sync/sync.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* ---- measuring ---- */

static long flushes;

static int flush(long call, int file)
{
    static int skip = -1;
    if (skip < 0)
        skip = getenv("SPEED_NO_FLUSH") != NULL;
    flushes++;
    return skip ? 0 : (int)syscall(call, file);
}

int fsync(int file)
{
    return flush(SYS_fsync, file);
}

int fdatasync(int file)
{
    return flush(SYS_fdatasync, file);
}

typedef struct stamp {
    double wall, cpu; /* seconds */
    long flushes;
} stamp;

static stamp now(void)
{
    struct timespec t;
    struct rusage u;
    clock_gettime(CLOCK_MONOTONIC, &t);
    getrusage(RUSAGE_SELF, &u);
    return (stamp){(double)t.tv_sec + (double)t.tv_nsec / 1e9,
                   (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6,
                   flushes};
}

static void report(const char *step, stamp from, long long did)
{
    stamp to = now();
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("%s %.3f %.3f %ld %ld %lld\n", step, (to.wall - from.wall) * 1e3,
           (to.cpu - from.cpu) * 1e3, u.ru_maxrss, to.flushes - from.flushes,
           did);
}

static void check(int code, const char *doing)
{
    if (code == TAWAM_OK)
        return;
    fprintf(stderr, "%s: %d %s\n", doing, code, error_message());
    exit(3);
}

static void check_sql(int result, sqlite3 *db, const char *doing)
{
    if (result == SQLITE_OK)
        return;
    fprintf(stderr, "%s: %s\n", doing, sqlite3_errmsg(db));
    exit(3);
}

/* ---- tawam ---- */

/* Record what is pending in the replica DIR. */
static void record(char **arguments)
{
    twin *t = NULL;
    sync_desk *s = NULL;
    changeset_counts c = {0};
    char id[SYNC_ID_SIZE];
    check(twin_open(&t, arguments[0], 0), "open");
    check(sync_open(&s, t), "open log");
    stamp from = now();
    check(sync_record(id, &c, s, NULL), "record");
    report("record", from, c.inserted + c.updated + c.deleted);
    sync_free(s);
    twin_close(t);
}

/* Apply what DIR/log.git holds and DIR/twin.gpkg does not. */
static void apply(char **arguments)
{
    twin *t = NULL;
    sync_desk *s = NULL;
    sync_result r = {0};
    check(twin_open(&t, arguments[0], 0), "open");
    check(sync_open(&s, t), "open log");
    stamp from = now();
    check(sync_merge(&r, s, NULL), "merge");
    report("apply", from, r.commits_applied);
    sync_result_clear(&r);
    sync_free(s);
    twin_close(t);
}

static int count_change(void *context, const sync_change *change)
{
    (void)change;
    ++*(long long *)context;
    return 0;
}

/* Rows that differ between versions A and B of the replica DIR. */
static void diff(char **arguments)
{
    twin *t = NULL;
    sync_desk *s = NULL;
    long long rows = 0;
    check(twin_open(&t, arguments[0], TWIN_READ_ONLY), "open");
    check(sync_open(&s, t), "open log");
    stamp from = now();
    check(sync_diff(s, arguments[1], arguments[2], count_change, &rows),
          "diff");
    report("diff", from, rows);
    sync_free(s);
    twin_close(t);
}

/* ---- SQLite's session extension, through a connection set as ours are ---- */

static sqlite3 *open_plain(twin **t, const char *directory)
{
    check(twin_open(t, directory, 0), "open");
    return twin_database(*t);
}

/* The changes from DIR's TABLE in file OLD to that in DIR, into FILE. */
static void session_diff(char **arguments)
{
    twin *t = NULL;
    sqlite3 *db = open_plain(&t, arguments[0]);
    sqlite3_session *session = NULL;
    char *error = NULL, *sql;
    void *bytes = NULL;
    int length = 0;
    FILE *file;
    sql = sqlite3_mprintf("ATTACH %Q AS old", arguments[1]);
    check_sql(sqlite3_exec(db, sql, NULL, NULL, NULL), db, sql);
    sqlite3_free(sql);
    stamp from = now();
    check_sql(sqlite3session_create(db, "main", &session), db, "session");
    check_sql(sqlite3session_attach(session, arguments[2]), db, "attach");
    check_sql(sqlite3session_diff(session, "old", arguments[2], &error), db,
              "session_diff");
    check_sql(sqlite3session_changeset(session, &length, &bytes), db,
              "changeset");
    report("session_diff", from, length);
    file = fopen(arguments[3], "wb");
    if (!file || fwrite(bytes, 1, (size_t)length, file) != (size_t)length ||
        fclose(file) != 0)
        exit(3);
    sqlite3_free(bytes);
    sqlite3session_delete(session);
    twin_close(t);
}

static int on_conflict(void *context, int conflict,
                       sqlite3_changeset_iter *changes)
{
    (void)context;
    (void)changes;
    fprintf(stderr, "changeset_apply: conflict %d\n", conflict);
    return SQLITE_CHANGESET_ABORT;
}

/* Apply changeset FILE to the tables of DIR/twin.gpkg, whose capture triggers
 * speed.sh has dropped. */
static void session_apply(char **arguments)
{
    twin *t = NULL;
    sqlite3 *db = open_plain(&t, arguments[0]);
    buffer file = {0};
    check(file_read(&file, arguments[1], (size_t)1 << 30), "read");
    stamp from = now();
    check_sql(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), db,
              "begin");
    check_sql(sqlite3changeset_apply(db, (int)file.length, file.data, NULL,
                                     on_conflict, NULL),
              db, "apply");
    check_sql(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), db, "commit");
    report("session_apply", from, (long long)file.length);
    buffer_free(&file);
    twin_close(t);
}

/* Every trigger of ours in DIR/twin.gpkg goes; GeoPackage's stay. */
static void strip(char **arguments)
{
    twin *t = NULL;
    sqlite3 *db = open_plain(&t, arguments[0]);
    sqlite3_stmt *names = NULL;
    buffer sql = {0};
    check_sql(sqlite3_prepare_v2(db,
                                 "SELECT 'DROP TRIGGER \"' || name || '\";'"
                                 " FROM sqlite_schema WHERE type = 'trigger'"
                                 " AND name LIKE 'tawam\\_%' ESCAPE '\\'",
                                 -1, &names, NULL),
              db, "triggers");
    while (sqlite3_step(names) == SQLITE_ROW)
        buffer_text(&sql, (const char *)sqlite3_column_text(names, 0));
    sqlite3_finalize(names);
    if (sql.data)
        check_sql(sqlite3_exec(db, (const char *)sql.data, NULL, NULL, NULL),
                  db, "drop");
    buffer_free(&sql);
    twin_close(t);
}

static const struct {
    const char *name;
    int arguments;
    void (*run)(char **arguments);
} STEPS[] = {{"record", 1, record},
             {"apply", 1, apply},
             {"diff", 3, diff},
             {"session-diff", 4, session_diff},
             {"session-apply", 2, session_apply},
             {"strip", 1, strip}};

int main(int count, char **arguments)
{
    size_t i;
    for (i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
        if (count == STEPS[i].arguments + 2 &&
            strcmp(arguments[1], STEPS[i].name) == 0) {
            STEPS[i].run(arguments + 2);
            return 0;
        }
    fprintf(stderr, "speed: which step?\n");
    return 2;
}
