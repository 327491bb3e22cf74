/* SPDX-License-Identifier: MIT */
/* What a step costs grows with what changed, not with what is there: counted
 * in instructions by callgrind, so that a busy machine changes nothing.
 *
 *   diff of two versions, recording   table of 3,000 rows and of 20,000,
 *                                     edits side by side and all over it
 *   sync with nothing to do           log of 60 commits and of 600
 *
 * The counted function runs in this program again, under valgrind, which is
 * told to count only there. */
#include "tests/sync_fixture.h"
#include "sync/sync_internal.h"

#define FEW 3000
#define MANY 20000
#define SHORT 60
#define LONG 600
#define EDITED 8     /* rows, side by side */
#define SCATTERED 40 /* rows, in as many commits as there are */

static const char *self;

/* ---- the counted functions: not inlined, found by name ---- */

static int count_change(void *context, const sync_change *change)
{
    (void)change;
    ++*(int *)context;
    return 0;
}

__attribute__((noinline)) void counted_diff(desk *d, const char *from);
void counted_diff(desk *d, const char *from)
{
    int rows = 0;
    MUST(sync_diff(d->s, from, "HEAD", count_change, &rows));
    if (rows != EDITED && rows != SCATTERED)
        bail("%d rows differ", rows);
}

__attribute__((noinline)) void counted_record(desk *d, const char *unused);
void counted_record(desk *d, const char *unused)
{
    changeset_counts c = {0};
    char id[SYNC_ID_SIZE];
    (void)unused;
    MUST(sync_record(id, &c, d->s, NULL));
    if (c.updated != EDITED)
        bail("%lld rows recorded", (long long)c.updated);
}

__attribute__((noinline)) void counted_sync(desk *d, const char *url);
void counted_sync(desk *d, const char *url)
{
    desk_sync(d, url);
}

static const struct {
    const char *name;
    void (*run)(desk *d, const char *argument);
} STEPS[] = {{"counted_diff", counted_diff},
             {"counted_record", counted_record},
             {"counted_sync", counted_sync}};

static int run_step(const char *name, const char *directory,
                    const char *argument)
{
    desk d = {0};
    size_t i;
    snprintf(d.dir, sizeof d.dir, "%s", directory);
    desk_open(&d);
    for (i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
        if (strcmp(name, STEPS[i].name) == 0)
            STEPS[i].run(&d, argument);
    desk_close(&d);
    return 0;
}

/* Instructions of STEP in the replica of D, which is closed meanwhile. */
static double count(desk *d, const char *step, const char *argument)
{
    char command[1500], line[500];
    double sum = 0;
    FILE *said;
    desk_close(d);
    snprintf(command, sizeof command,
             "valgrind --tool=callgrind --callgrind-out-file=/dev/null"
             " --toggle-collect=%s '%s' %s '%s' '%s' 2>&1",
             step, self, step, d->dir, argument);
    said = popen(command, "r");
    while (said && fgets(line, sizeof line, said)) {
        char *at = strstr(line, "Collected : ");
        if (at)
            sum += strtod(at + 12, NULL);
    }
    if (said && pclose(said) != 0)
        sum = 0;
    desk_open(d);
    return sum;
}

/* ---- what is counted ---- */

static void make_rows(desk *d, const char *name, int rows)
{
    int i;
    desk_found(d, name);
    desk_declare(d);
    MUST(twin_begin(d->t));
    for (i = 0; i < rows; i++) {
        char text[40]; /* such that a commit holds less than FEW rows */
        snprintf(text, sizeof text, "%016llx",
                 (unsigned long long)(i + 1) * 0x9e3779b97f4a7c15ull);
        desk_add(d, text);
    }
    MUST(twin_commit(d->t));
}

static void record(desk *d, char id[SYNC_ID_SIZE])
{
    MUST(sync_record(id, NULL, d->s, NULL));
}

static void edit(desk *d, const char *note)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "UPDATE well SET note = '%s' WHERE fid IN"
             " (SELECT fid FROM well ORDER BY fid LIMIT %d OFFSET 500)",
             note, EDITED);
    MUST(twin_execute(d->t, sql));
}

static void scatter(desk *d, int rows)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "UPDATE well SET note = 'far' WHERE fid IN (SELECT fid FROM"
             " (SELECT fid, row_number() OVER (ORDER BY fid) AS n FROM well)"
             " WHERE n %% %d = 0)",
             rows / SCATTERED);
    MUST(twin_execute(d->t, sql));
}

static void grows_little(double few, double many, double most, const char *what)
{
    int little = few > 0 && many > 0 && many / few < most;

    ok(little, "%s: %.2f times the instructions (%.1f and %.1f million)", what,
       few > 0 ? many / few : 0, few / 1e6, many / 1e6);
}

static void count_rows(double out[3], const char *name, int rows)
{
    desk d = {0};
    char id[SYNC_ID_SIZE], last[SYNC_ID_SIZE], before[SYNC_ID_SIZE];
    make_rows(&d, name, rows);
    record(&d, id);
    edit(&d, "seen");
    record(&d, last);
    out[0] = count(&d, "counted_diff", id);
    edit(&d, "seen again");
    out[1] = count(&d, "counted_record", "");
    MUST(sync_head(before, d.s)); /* what was counted is recorded */
    scatter(&d, rows);
    record(&d, last);
    out[2] = count(&d, "counted_diff", before);
    desk_close(&d);
}

static double count_syncs(const char *name, int commits)
{
    desk d = {0};
    char hq[300], id[SYNC_ID_SIZE];
    int64_t fid;
    double counted;
    int i;
    snprintf(hq, sizeof hq, "%s/%s-hq.git", fixture_folder, name);
    MUST(sync_create_bare(hq));
    desk_found(&d, name);
    desk_declare(&d);
    fid = desk_add(&d, "well");
    for (i = 0; i < commits; i++) {
        char text[40];
        snprintf(text, sizeof text, "note %d", i);
        MUST(desk_set(&d, fid, "note", text));
        record(&d, id);
    }
    desk_sync(&d, hq);
    desk_sync(&d, hq);
    counted = count(&d, "counted_sync", hq);
    desk_close(&d);
    return counted;
}

int main(int argument_count, char **arguments)
{
    double few[3], many[3], brief, lengthy;
    self = arguments[0];
    if (argument_count == 4)
        return run_step(arguments[1], arguments[2], arguments[3]);
#ifdef __SANITIZE_ADDRESS__
    skip_all("valgrind can't run what AddressSanitizer is built into");
#endif
    if (system("valgrind --version >/dev/null 2>&1") != 0)
        skip_all("valgrind is not here");
    fixture_make();
    count_rows(few, "few", FEW);
    count_rows(many, "many", MANY);
    grows_little(few[0], many[0], 1.5, "diff in seven times the rows");
    grows_little(few[2], many[2], 1.5,
                 "diff of edits all over seven times the rows");
    grows_little(few[1], many[1], 1.5, "a record in seven times the rows");
    brief = count_syncs("short", SHORT);
    lengthy = count_syncs("long", LONG);
    grows_little(brief, lengthy, 1.5,
                 "sync with nothing to do after ten times the commits");
    fixture_remove();
    return done_testing();
}
