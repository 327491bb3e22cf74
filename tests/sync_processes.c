/* SPDX-License-Identifier: MIT */
/* Several processes with one replica open (a screen, a cron sync), and a
 * caller that has a transaction of its own: nothing is lost, nothing undone
 * comes back, and no ref goes backwards.
 *
 * Where the order matters the second process is a second connection in this
 * one, so that the test decides who comes first. */
#include "tests/sync_fixture.h"
#include "sync/sync_internal.h"
#include "tests/reliability.h"

#include <sys/wait.h>

static char hq[256];

static void open_again(desk *other, const desk *d)
{
    snprintf(other->dir, sizeof other->dir, "%s", d->dir);
    desk_open(other);
}

static const char *ref_of(desk *d)
{
    static char ids[4][SYNC_ID_SIZE];
    static int next;
    char ref[80];
    next = (next + 1) % 4;
    sync_own_ref(ref, d->s);
    MUST(gitlog_ref(ids[next], d->s->log, ref));
    return ids[next];
}

static const char *head_of(desk *d)
{
    static char ids[4][SYNC_ID_SIZE];
    static int next;
    next = (next + 1) % 4;
    MUST(sync_head(ids[next], d->s));
    return ids[next];
}

static void verified(desk *d, const char *what)
{
    sync_verification v;
    is_int(sync_verify(&v, d->s, NULL, NULL, NULL), TAWAM_OK, "%s: verified %s",
           what, error_message());
}

/* The caller's transaction is undone after sync_record was called in it. */
static void test_callers_rollback(desk *a, desk *b)
{
    int64_t fid = desk_add(a, "kept"), theirs;
    char head[SYNC_ID_SIZE], id[SYNC_ID_SIZE];
    desk_sync(a, hq);
    desk_sync(b, hq);
    snprintf(head, sizeof head, "%s", head_of(a));
    MUST(twin_begin(a->t));
    MUST(desk_set(a, fid, "note", "undone"));
    MUST(sync_record(id, NULL, a->s, NULL));
    is_str(ref_of(a), head, "no ref moves before the caller's commit");
    twin_rollback(a->t);
    is_str(head_of(a), head, "a caller's rollback undoes the record");
    theirs = desk_add(b, "theirs");
    MUST(desk_set(b, fid, "note", "b's"));
    desk_sync(b, hq);
    desk_sync(a, hq);
    is_str(desk_get(a, theirs, "name"), "theirs", "then others are merged");
    MUST(desk_set(a, fid, "note", "a's"));
    MUST(desk_set(b, fid, "note", "b's again"));
    desk_sync(b, hq);
    desk_sync(a, hq);
    desk_sync(b, hq);
    desk_close(a);
    desk_open(a);
    is_int(sync_conflict_count(a->s), 1, "under their own numbers");
    is_str(desk_hash(a), desk_hash(b), "and what was undone stays undone");
    verified(a, "after a caller's rollback");

    MUST(twin_begin(a->t));
    MUST(desk_set(a, fid, "note", "settled"));
    MUST(sync_record(id, NULL, a->s, NULL));
    MUST(twin_commit(a->t));
    desk_sync(a, hq);
    is_str(ref_of(a), head_of(a), "the ref follows at the next sync");
    is_str(ref_of(a), id, "to what the caller's transaction kept");
}

typedef struct meanwhile {
    desk *other;
    sync_stage stage;
    int done;
} meanwhile;

static int merge_meanwhile(void *context, const sync_progress *p)
{
    meanwhile *x = context;
    sync_result r = {0};
    if (p->stage == SYNC_MERGING && !x->done++)
        MUST(sync_merge(&r, x->other->s, NULL));
    sync_result_clear(&r);
    return 0;
}

/* Both found the same commits to apply; the other one was quicker. */
static void test_applied_meanwhile(desk *a, desk *b)
{
    desk cron = {0};
    meanwhile x = {&cron, SYNC_MERGING, 0};
    sync_options options = {.progress = merge_meanwhile, .context = &x};
    sync_result r = {0};
    char id[SYNC_ID_SIZE];
    int64_t fid = 0;
    int i;
    for (i = 0; i < 150; i++) {
        fid = desk_add(b, "one of many");
        MUST(sync_record(id, NULL, b->s, NULL));
    }
    desk_sync(b, hq);
    open_again(&cron, a);
    is_int(sync_run(&r, a->s, "hq", hq, &options), TAWAM_OK,
           "commits applied by another process meanwhile are no error %s",
           error_message());
    ok(x.done > 0, "(it was meanwhile)");
    sync_result_clear(&r);
    is_str(desk_get(a, fid, "name"), "one of many", "and all are there");
    is_str(desk_hash(a), desk_hash(b), "once");
    desk_close(&cron);
}

/* Of two that recorded, the one whose commit came first moves the ref last. */
static void test_ref_moves_forward(desk *a)
{
    desk cron = {0};
    char first[SYNC_ID_SIZE], older[SYNC_ID_SIZE], ref[80];
    open_again(&cron, a);
    desk_add(a, "first");
    MUST(sync_record(first, NULL, a->s, NULL));
    desk_add(&cron, "second");
    MUST(sync_record(first, NULL, cron.s, NULL));
    a->s->unmoved = 1;
    desk_add(&cron, "third");
    MUST(sync_record(first, NULL, cron.s, NULL));
    MUST(sync_move_ref(a->s));
    is_str(ref_of(a), first, "a slow process moves no ref backwards");
    sync_own_ref(ref, a->s);
    MUST(gitlog_ref(older, a->s->log, MAIN_REF));
    MUST(gitlog_forward_ref(a->s->log, ref, older));
    is_str(ref_of(a), first, "a ref that is ahead stays");
    is_int(gitlog_replace_ref(a->s->log, MAIN_REF, first, first), TAWAM_ENO,
           "main that somebody moved is not overwritten");
    desk_close(&cron);
}

static int record_meanwhile(void *context, const sync_progress *p)
{
    meanwhile *x = context;
    char id[SYNC_ID_SIZE];
    if (p->stage >= x->stage && !x->done++) {
        desk_add(x->other, "meanwhile");
        MUST(sync_record(id, NULL, x->other->s, NULL));
    }
    return 0;
}

/* What another process recorded while we pushed is not "sent". */
static void test_recorded_while_pushing(desk *a)
{
    desk screen = {0};
    meanwhile x = {&screen, SYNC_PUSHING, 0};
    sync_options options = {.progress = record_meanwhile, .context = &x};
    sync_result r = {0};
    sync_status status;
    open_again(&screen, a);
    desk_add(a, "pushed");
    MUST(sync_run(&r, a->s, "hq", hq, &options));
    ok(x.done > 0, "(it was meanwhile)");
    sync_result_clear(&r);
    MUST(sync_get_status(&status, a->s));
    is_int(status.commits_unsent, 1, "what was recorded meanwhile is unsent");
    desk_sync(a, hq);
    MUST(sync_get_status(&status, a->s));
    is_int(status.commits_unsent, 0, "until the next sync");
    desk_close(&screen);
}

/* A record by another process during a verification is no damage. */
static void test_recorded_while_verifying(desk *a)
{
    desk screen = {0};
    meanwhile x = {&screen, SYNC_MERGING, 0};
    sync_options options = {.progress = record_meanwhile, .context = &x};
    sync_verification v;
    open_again(&screen, a);
    is_int(sync_verify(&v, a->s, &options, NULL, NULL), TAWAM_OK,
           "what is recorded while verifying is no damage %s", error_message());
    ok(x.done > 0, "(it was meanwhile)");
    desk_close(&screen);
}

static int save_device(void *context, const sync_commit *c)
{
    snprintf(context, 48, "%s", c->device);
    return 0;
}

/* Another process met the fork and renamed us. */
static void test_renamed_meanwhile(desk *a)
{
    desk cron = {0};
    char id[SYNC_ID_SIZE], old[SYNC_ID_SIZE], device[48];
    open_again(&cron, a);
    snprintf(old, sizeof old, "%s", head_of(a));
    /* a fork that was killed half-way had made its ref */
    MUST(gitlog_set_ref(a->s->log, "refs/heads/device/a-2", old));
    MUST(sync_fork(cron.s, NULL));
    is_str(cron.s->device, "a-2", "an interrupted fork is finished");
    desk_add(a, "under the new name");
    MUST(sync_record(id, NULL, a->s, NULL));
    MUST(sync_read_commit(a->s, id, save_device, device));
    is_str(device, cron.s->device, "a record takes the name that is stored");
    is_str(ref_of(&cron), id, "and moves that line");
    MUST(gitlog_ref(id, a->s->log, "refs/heads/device/a"));
    is_str(id, old, "not the old one");
    desk_sync(a, hq);
    desk_close(&cron);
}

/* 60 records, or as many as TAWAM_ROUNDS says; 1,000 with TAWAM_FULL=1. The
 * pipe that tells of them holds 8,000. */
static int rounds(void)
{
    const char *wanted = getenv("TAWAM_ROUNDS");
    const char *full = getenv("TAWAM_FULL");
    if (wanted && atoi(wanted) > 0 && atoi(wanted) <= 8000)
        return atoi(wanted);
    return full && *full ? 1000 : 60;
}

/* One process edits and records, the other syncs, as fast as they can. */
static void test_two_processes(desk *a, desk *b)
{
    const int edits = rounds();
    int64_t fid;
    int pipes[2], i, status = 0, missing = 0;
    char control[100];
    pid_t child;
    desk_close(a);
    if (pipe(pipes))
        bail("no pipe");
    child = fork();
    if (child == 0) {
        char id[SYNC_ID_SIZE];
        desk_open(a);
        for (i = 0; i < edits; i++) {
            fid = desk_add(a, "from the screen");
            MUST(sync_record(id, NULL, a->s, NULL));
            if (write(pipes[1], &fid, sizeof fid) != sizeof fid)
                _exit(1);
        }
        desk_close(a);
        _exit(0);
    }
    desk_open(a);
    i = 0;
    do {
        desk_add(b, "from b");
        desk_sync(b, hq);
        desk_sync(a, hq);
        i++;
    } while (waitpid(child, &status, WNOHANG) == 0);
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
       "one records, the other syncs (%d times)", i);
    snprintf(control, sizeof control, "%d syncs in the time of %d records", i,
             edits);
    for (i = 0; i < edits; i++) {
        if (read(pipes[0], &fid, sizeof fid) != sizeof fid)
            bail("the child said less");
        missing += strcmp(desk_get(a, fid, "name"), "from the screen") != 0;
    }
    close(pipes[0]);
    close(pipes[1]);
    desk_sync(a, hq);
    desk_sync(b, hq);
    desk_sync(a, hq);
    is_int(missing, 0, "every row acknowledged is there");
    is_str(ref_of(a), head_of(a), "the ref stands at the head");
    is_str(desk_hash(a), desk_hash(b), "one state");
    verified(a, "two processes");
    reliability_report(&(reliability){
        .name = "processes",
        .tried = "one process edits and records, another syncs the same "
                 "replica, as fast as they can",
        .trials = edits,
        .losses = missing + (strcmp(desk_hash(a), desk_hash(b)) != 0),
        .controls = control,
        .blind = "more than two at once; file systems without locks"});
}

int main(void)
{
    desk a = {0}, b = {0};
    fixture_make();
    snprintf(hq, sizeof hq, "%s/hq.git", fixture_folder);
    MUST(sync_create_bare(hq));
    desk_found(&a, "a");
    desk_declare(&a);
    desk_sync(&a, hq);
    desk_clone(&b, "b", hq);
    test_callers_rollback(&a, &b);
    test_applied_meanwhile(&a, &b);
    test_ref_moves_forward(&a);
    test_recorded_while_pushing(&a);
    test_recorded_while_verifying(&a);
    test_two_processes(&a, &b);
    test_renamed_meanwhile(&a);
    desk_close(&a);
    desk_close(&b);
    fixture_remove();
    return done_testing();
}
