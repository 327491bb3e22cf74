/* SPDX-License-Identifier: MIT */
/* Publishing: what main's commit has as parents and files, versions by name,
 * two desks that publish at once, replicas that follow what is published. */
#include "sync/sync_internal.h"
#include "tests/sync_fixture.h"

#include <sys/wait.h>

static char hq[256];

static void publish(char id[SYNC_ID_SIZE], desk *d, const char *name)
{
    sync_publication p = {name, NULL, NULL, 0};
    sync_published made;
    char recorded[SYNC_ID_SIZE];
    MUST(sync_record(recorded, NULL, d->s, NULL));
    MUST(sync_publish(&made, d->s, &p));
    if (id)
        memcpy(id, made.id, SYNC_ID_SIZE);
}

static void main_of(char id[SYNC_ID_SIZE], desk *d)
{
    MUST(gitlog_ref(id, d->s->log, MAIN_REF));
}

static size_t parents_of(desk *d, const char *id)
{
    gitlog_commit *c = NULL;
    size_t count;
    MUST(gitlog_read(&c, d->s->log, id));
    count = c->parent_count;
    gitlog_commit_free(c);
    return count;
}

static int covers(desk *d, const char *above, const char *below)
{
    return gitlog_contains(d->s->log, above, below);
}

static void write_file(desk *d, const char *path, const char *text)
{
    sync_file file = {path, text, strlen(text)};
    MUST(sync_write_main(d->s, &file, 1, "Settings"));
}

static const char *read_file(desk *d, const char *path)
{
    static buffer out;
    buffer_clear(&out);
    buffer_text(&out, "");
    if (sync_read_main(&out, d->s, path))
        return "(none)";
    return out.data ? (const char *)out.data : "";
}

/* ---- one desk --------------------------------------------------------------
 */

static void test_names(void)
{
    static const char *const good[] = {"v1", "2026-autumn", "été", "1.0+rc_2",
                                       "خريف-2026"};
    static const char *const bad[] = {
        "",
        "HEAD",
        "main",
        "2026",
        "deadbeef",
        "2026-11-26",
        "a b",
        "a/b",
        "-v",
        ".v",
        "a..b",
        "a.",
        "x.lock",
        "a\nVersion",
        "a~1",
        "\xff\xfe",
        "a:b",
        "0123456789012345678901234567890123456789012345678901234567890v"};
    size_t i;
    for (i = 0; i < sizeof good / sizeof *good; i++)
        ok(sync_version_name_valid(good[i]), "%s can name a version", good[i]);
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(!sync_version_name_valid(bad[i]), "bad name %zu can't", i);
}

static void test_parents(desk *a, desk *b)
{
    char before[SYNC_ID_SIZE], first[SYNC_ID_SIZE], second[SYNC_ID_SIZE];
    char head[SYNC_ID_SIZE], other[SYNC_ID_SIZE];
    sync_published seen;

    main_of(before, a);
    desk_add(a, "one");
    publish(first, a, "v1");
    ok(first[0] && covers(a, first, before), "main moved forward");
    MUST(sync_head(head, a->s));
    ok(covers(a, first, head), "and holds what was pending");
    is_int((int)parents_of(a, first), 2, "main before and one head");
    main_of(other, a);
    is_str(other, first, "main's ref is there");

    publish(second, a, NULL);
    is_str(second, "", "nothing new: no commit");

    desk_sync(a, hq);
    desk_sync(b, hq);
    desk_add(b, "two");
    desk_sync(b, hq);
    MUST(sync_head(other, b->s));
    is_int((int)parents_of(b, other), 1,
           "a line's first commit: main alone, which holds the rest");
    desk_sync(a, hq);
    desk_add(a, "three");
    MUST(sync_publish_preview(&seen, a->s));
    is_int((int)seen.commits, 1, "preview: b's commit is new");
    publish(second, a, "v2");
    ok(covers(a, second, other), "another's head is accepted");
    is_int((int)parents_of(a, second), 2,
           "a's own commit had seen b's: two parents, not three");
    MUST(sync_resolve(other, a->s, "v1"));
    is_str(other, first, "a version by its name");
    desk_sync(a, hq);
    desk_sync(b, hq);
    MUST(sync_resolve(other, b->s, "v2"));
    is_str(other, second, "also where it came by sync");
}

static int count_changes(void *context, const sync_change *change)
{
    (void)change;
    ++*(int *)context;
    return 0;
}

static void test_versions(desk *a)
{
    twin *then = NULL;
    int changes = 0;
    MUST(sync_diff(a->s, "v1", "v2", count_changes, &changes));
    is_int(changes, 2, "diff takes names");
    MUST(sync_checkout(&then, a->s, "v1"));
    twin_close(then);
    is_int(sync_checkout(&then, a->s, "v9"), TAWAM_ENOTFOUND,
           "no such version");
}

static void test_refused_arguments(desk *a)
{
    static const char *const names[] = {"v1", "a", "2026-01-01", "b c"};
    static const int codes[] = {TAWAM_ENO, TAWAM_ENO, TAWAM_EUSAGE,
                                TAWAM_EUSAGE};
    sync_published made = {{0}, 0, 0, 0, 0};
    char before[SYNC_ID_SIZE], after[SYNC_ID_SIZE];
    size_t i;
    sync_publication p = {NULL, "Fine\n\nDevice: b\nSequence: 9", NULL, 0};
    main_of(before, a);
    desk_add(a, "pending");
    for (i = 0; i < 4; i++) {
        sync_publication named = {names[i], NULL, NULL, 0};
        is_int(sync_publish(&made, a->s, &named), codes[i], "name %s refused",
               names[i]);
    }
    is_int(sync_publish(&made, a->s, &p), TAWAM_EUSAGE,
           "a message can't forge a trailer");
    main_of(after, a);
    is_str(after, before, "and main stays");
}

/* A head that this program refuses is no parent; what it had seen is. */
static void test_refused_head(desk *a)
{
    char good[SYNC_ID_SIZE], bad[SYNC_ID_SIZE], id[SYNC_ID_SIZE];
    const char *parents[1] = {good};
    gitlog_new commit = {"Bad",         "b@example.org",
                         1700000000000, 0,
                         1700000000,    "bad\n\nDevice: bad\nSequence: 1\n",
                         parents,       1};
    sync_result r = {0};
    desk_add(a, "good");
    MUST(sync_record(good, NULL, a->s, NULL));
    MUST(gitlog_write_changes(bad, a->s->log, "rubbish", 7, &commit));
    MUST(gitlog_set_ref(a->s->log, "refs/remotes/x/device/bad", bad));
    MUST(sync_merge(&r, a->s, NULL));
    is_int((int)r.commits_refused, 1, "a commit is refused");
    publish(id, a, "without-bad");
    is_int(covers(a, id, bad), 0, "what is refused is not published");
    is_int(covers(a, id, good), 1, "what it had seen is");
    sync_result_clear(&r);
    MUST(gitlog_delete_ref(a->s->log, "refs/remotes/x/device/bad"));
}

/* ---- following what is published --------------------------------------------
 */

static void test_follow(desk *a, desk *b)
{
    desk c = {{0}, NULL, NULL};
    int64_t fid;
    desk_sync(a, hq);
    desk_make(&c, "c");
    MUST(twin_set_setting(c.t, "follow", "published"));
    sync_result r = {0};
    MUST(sync_clone(&r, c.s, "hq", hq, NULL));
    sync_result_clear(&r);
    desk_sync(b, hq);
    fid = desk_add(b, "not yet published");
    desk_sync(b, hq);
    desk_sync(a, hq);
    desk_sync(&c, hq);
    is_str(desk_get(&c, fid, "name"), "(gone)",
           "who follows what is published has not what is not");
    is_str(desk_get(a, fid, "name"), "not yet published", "others do");
    publish(NULL, a, NULL);
    desk_sync(a, hq);
    desk_sync(&c, hq);
    is_str(desk_get(&c, fid, "name"), "not yet published",
           "publishing brings it");
    is_str(desk_hash(&c), desk_hash(a), "one state");
    desk_set(&c, fid, "note", "c's");
    desk_sync(&c, hq);
    desk_sync(a, hq);
    is_str(desk_get(a, fid, "note"), "c's", "and its own edits travel");
    desk_close(&c);
}

/* ---- two at once ---- */

static void test_two_desks(desk *a, desk *b)
{
    char of_a[SYNC_ID_SIZE], of_b[SYNC_ID_SIZE], id[SYNC_ID_SIZE];
    char joined[SYNC_ID_SIZE];
    sync_result r = {0};

    desk_sync(a, hq);
    desk_sync(b, hq);
    write_file(a, "notes.md", "common\n");
    write_file(a, "x.conf", "[s]\n\ta = 1\n\tb = 2\n\tc = 3\n\td = 4\n");
    desk_sync(a, hq);
    desk_sync(b, hq);

    clock_fix(clock_now() + 3000);
    desk_add(a, "of a");
    write_file(a, "x.conf", "[s]\n\ta = from-a\n\tb = 2\n\tc = 3\n\td = 4\n");
    write_file(a, "only-a.csv", "a\n");
    write_file(a, "notes.md", "a's words\n");
    publish(of_a, a, "autumn");
    clock_fix(clock_now() + 60000);
    desk_add(b, "of b");
    write_file(b, "x.conf", "[s]\n\ta = from-b\n\tb = 2\n\tc = 3\n\td = b\n");
    write_file(b, "only-b.csv", "b\n");
    write_file(b, "notes.md", "b's words\n");
    publish(of_b, b, "autumn");
    clock_source(NULL);

    desk_sync(a, hq);
    MUST(sync_run(&r, b->s, "hq", hq, NULL));
    ok(r.joined[0] && r.sent == SYNC_SENT, "the second to sync joins both");
    memcpy(joined, r.joined, sizeof joined);
    sync_result_clear(&r);
    ok(covers(b, joined, of_a) && covers(b, joined, of_b), "losing neither");
    desk_sync(a, hq);
    main_of(id, a);
    is_str(id, joined, "the first gets it by its next sync");
    is_str(desk_hash(a), desk_hash(b), "one state");
    is_str(read_file(a, "only-a.csv"), "a\n", "a's file");
    is_str(read_file(a, "only-b.csv"), "b\n", "b's file");
    is_str(read_file(a, "notes.md"), "b's words\n", "of prose the later one");
    is_str(read_file(a, "x.conf"),
           "[s]\n\ta = from-a\n\ta = from-b\n\tb = 2\n\tc = 3\n\td = b\n",
           "of settings both, the later one last");
    is_int(sync_resolve(id, a->s, "autumn"), TAWAM_ENO,
           "a name given twice is said to be");
    ok(strstr(error_message(), "2 versions") != NULL, "in so many words: %s",
       error_message());
}

/* Joined by two who have not heard of each other: one commit. */
static void test_same_join(desk *a, desk *b)
{
    char one[SYNC_ID_SIZE], two[SYNC_ID_SIZE], stick[256];
    desk_sync(a, hq);
    desk_sync(b, hq);
    write_file(a, "p.conf", "[p]\n\ta = 1\n");
    write_file(b, "p.conf", "[p]\n\tb = 2\n");
    snprintf(stick, sizeof stick, "%s/stick.git", fixture_folder);
    MUST(sync_create_bare(stick));
    desk_sync(a, hq);    /* a's main is at HQ … */
    desk_sync(b, stick); /* … b's on a stick */
    desk_sync(b, hq);
    desk_sync(a, stick);
    main_of(one, a);
    main_of(two, b);
    is_str(one, two, "two who join the same make the same commit");
    is_int(sync_join_main(one, a->s, two), TAWAM_OK, "again: nothing to do");
    is_str(one, "", "and nothing done");
}

/* ---- several processes ---- */

enum { PROCESSES = 3, ROUNDS = 8 };

static int child(const char *dir, int n)
{
    desk d = {{0}, NULL, NULL};
    int round, failures = 0;
    snprintf(d.dir, sizeof d.dir, "%s", dir);
    desk_open(&d);
    for (round = 0; round < ROUNDS; round++) {
        char name[32], recorded[SYNC_ID_SIZE];
        int tries, code = TAWAM_ENO;
        sync_publication p = {name, NULL, NULL, 0};
        sync_published made;
        snprintf(name, sizeof name, "p%d-r%d", n, round);
        desk_add(&d, name);
        MUST(sync_record(recorded, NULL, d.s, NULL));
        for (tries = 0; code == TAWAM_ENO && tries < 200; tries++)
            code = sync_publish(&made, d.s, &p);
        failures += code != TAWAM_OK;
        if (code)
            diag("%s: %s", name, error_message());
    }
    desk_close(&d);
    return failures;
}

static void test_processes(desk *a)
{
    char dir[256], id[SYNC_ID_SIZE], top[SYNC_ID_SIZE];
    pid_t pids[PROCESSES];
    int n, round, bad = 0;
    snprintf(dir, sizeof dir, "%s", a->dir);
    desk_close(a);
    fflush(stdout);
    for (n = 0; n < PROCESSES; n++)
        if ((pids[n] = fork()) == 0)
            _exit(child(dir, n));
    for (n = 0; n < PROCESSES; n++) {
        int status = 0;
        waitpid(pids[n], &status, 0);
        bad += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    }
    desk_open(a);
    is_int(bad, 0, "%d processes publish at once", PROCESSES);
    main_of(top, a);
    for (n = 0, bad = 0; n < PROCESSES; n++)
        for (round = 0; round < ROUNDS; round++) {
            char name[32];
            snprintf(name, sizeof name, "p%d-r%d", n, round);
            bad += sync_resolve(id, a->s, name) != TAWAM_OK ||
                   covers(a, top, id) != 1;
        }
    is_int(bad, 0, "each of their %d versions is in main", PROCESSES * ROUNDS);
}

/* main's ref moved and the replica not told: what a crash leaves. */
static void test_crash(desk *a)
{
    char before[SYNC_ID_SIZE], id[SYNC_ID_SIZE], next[SYNC_ID_SIZE];
    char copy[300], file[300];
    buffer bytes = {0};
    sync_verification v;
    desk_add(a, "before the crash");
    MUST(sync_record(id, NULL, a->s, NULL));
    main_of(before, a);
    snprintf(file, sizeof file, "%s/twin.gpkg", a->dir);
    snprintf(copy, sizeof copy, "%s/copy", a->dir);
    MUST(file_read(&bytes, file, 1u << 30));
    publish(id, a, "crashed");
    desk_close(a);
    MUST(file_write_atomic(file, bytes.data, bytes.length));
    buffer_free(&bytes);
    desk_open(a);
    is_int((int)merge_number(a->s->m, id), 0, "main is ahead of the replica");
    desk_add(a, "after it");
    publish(next, a, "after");
    ok(covers(a, next, id), "the next version stands on the one before");
    MUST(sync_resolve(before, a->s, "crashed"));
    is_str(before, id, "which is there");
    is_int(sync_verify(&v, a->s, NULL, NULL, NULL), TAWAM_OK, "all well: %s",
           error_message());
}

int main(void)
{
    desk a = {0}, b = {0};
    fixture_make();
    snprintf(hq, sizeof hq, "%s/hq.git", fixture_folder);
    MUST(sync_create_bare(hq));
    test_names();
    desk_found(&a, "a");
    desk_declare(&a);
    desk_sync(&a, hq);
    desk_clone(&b, "b", hq);
    test_parents(&a, &b);
    test_versions(&a);
    test_refused_arguments(&a);
    test_refused_head(&a);
    test_follow(&a, &b);
    test_two_desks(&a, &b);
    test_same_join(&a, &b);
    test_processes(&a);
    test_crash(&a);
    desk_close(&a);
    desk_close(&b);
    fixture_remove();
    return done_testing();
}
