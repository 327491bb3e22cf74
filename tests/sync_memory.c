/* SPDX-License-Identifier: MIT */
/* Each allocation of a record, a merge, a look at the history fails once:
 * nothing crashes, and the replica is as it was or as it should be. */
#include "tests/sync_fixture.h"
#include "sync/sync_internal.h"

/* Allocations of one operation that are failed at most: a revert that gets
 * through makes the next one longer. */
#define MOST 400

static char hq[256];

typedef int (*operation)(desk *d, void *context);

static int record(desk *d, void *context)
{
    char id[SYNC_ID_SIZE];
    (void)context;
    return sync_record(id, NULL, d->s, "under strain");
}

static int merge_all(desk *d, void *context)
{
    sync_result r = {0};
    int code = sync_merge(&r, d->s, NULL);
    (void)context;
    sync_result_clear(&r);
    return code;
}

static int ignore_change(void *context, const sync_change *c)
{
    (void)context;
    (void)c;
    return 0;
}

static int show(desk *d, void *context)
{
    return sync_show(d->s, context, ignore_change, NULL);
}

static int history(desk *d, void *context)
{
    return sync_history(d->s, desk_layer(d, "well"), *(int64_t *)context,
                        ignore_change, NULL);
}

static int ignore_conflict(void *context, const sync_conflict *c)
{
    (void)context;
    (void)c;
    return 0;
}

static int conflicts(desk *d, void *context)
{
    (void)context;
    return sync_conflicts(d->s, ignore_conflict, NULL);
}

static int reopen(desk *d, void *context)
{
    sync_desk *other = NULL;
    int code = sync_open(&other, d->t);
    (void)context;
    sync_free(other);
    return code;
}

static int revert(desk *d, void *context)
{
    char id[SYNC_ID_SIZE];
    char head[SYNC_ID_SIZE];
    int64_t kept;
    int code = sync_head(head, d->s);
    (void)context;
    return code ? code : sync_revert(id, &kept, d->s, head, NULL, NULL);
}

/* Fail the 1st, 2nd, 3rd … allocation until there is none left to fail. What
 * can do without one (a cache) may. */
static void sweep(const char *name, operation run, desk *d, void *context)
{
    char state[DIGEST_HEX_SIZE];
    long n, started, used = 1;
    int code, wrong = 0, changed = 0, refused = 0;
    snprintf(state, sizeof state, "%s", desk_hash(d));
    for (n = 1; n < MOST && used >= n - 1; n++) {
        started = memory_allocations();
        memory_fail_at(n);
        code = run(d, context);
        memory_fail_at(0);
        used = memory_allocations() - started;
        refused += code != TAWAM_OK;
        if (code != TAWAM_OK && code != TAWAM_EMEMORY && wrong++ < 3)
            diag("%s, allocation %ld: %d %s", name, n, code, error_message());
        if (code == TAWAM_OK)
            snprintf(state, sizeof state, "%s", desk_hash(d));
        else if (strcmp(state, desk_hash(d)) != 0 && changed++ < 3)
            diag("%s, allocation %ld: the state changed", name, n);
    }
    ok(refused > 0, "%s gets through after %d failures", name, refused);
    is_int(wrong, 0, "%s: each is said to be memory", name);
    is_int(changed, 0, "%s: and leaves the state alone", name);
}

static void verified(desk *d, const char *what)
{
    sync_verification v;
    is_int(sync_verify(&v, d->s, NULL, NULL, NULL), TAWAM_OK, "%s: verified %s",
           what, error_message());
}

/* What B sent is in A's log, and not merged. */
static void fetch_only(desk *d)
{
    char command[700];
    snprintf(command, sizeof command,
             "git -C %s/log.git fetch -q %s"
             " '+refs/heads/device/*:refs/remotes/hq/device/*'",
             d->dir, hq);
    if (system(command))
        bail("failed: %s", command);
}

int main(void)
{
    desk a = {0}, b = {0};
    char id[SYNC_ID_SIZE];
    int64_t one, two;
    fixture_make();
    snprintf(hq, sizeof hq, "%s/hq.git", fixture_folder);
    MUST(sync_create_bare(hq));
    desk_found(&a, "a");
    desk_declare(&a);
    one = desk_add(&a, "one");
    two = desk_add(&a, "two");
    desk_sync(&a, hq);
    desk_clone(&b, "b", hq);
    MUST(desk_set(&a, one, "name", "a's"));
    MUST(desk_delete(&a, two));
    desk_add(&a, "three");
    sweep("record", record, &a, NULL);
    verified(&a, "record");
    MUST(desk_set(&b, one, "name", "b's"));
    MUST(desk_set(&b, two, "note", "still there"));
    MUST(sync_record(id, NULL, b.s, NULL));
    desk_sync(&b, hq);
    MUST(sync_head(id, b.s));
    fetch_only(&a);
    desk_add(&a, "pending while merging");
    sweep("merge", merge_all, &a, NULL);
    verified(&a, "merge");
    is_int(sync_conflict_count(a.s), 2, "both conflicts are there");
    sweep("show", show, &a, id);
    sweep("history", history, &a, &one);
    sweep("conflicts", conflicts, &a, NULL);
    sweep("open", reopen, &a, NULL);
    sweep("revert", revert, &a, NULL);
    verified(&a, "revert");
    desk_close(&a);
    desk_close(&b);
    fixture_remove();
    return done_testing();
}
