/* SPDX-License-Identifier: MIT */
/* At the end of time all logical times are one (FORMAT.md, "Commits"): a clock
 * of 2106 in one commit is enough, and every later one has it. What several
 * orders of the same commits come to is one state all the same.
 *
 * A row is made in two places at once, somebody who has seen both affirms it,
 * and somebody who has seen neither deletes it: of the two that made it a
 * replica remembers the first that came, and which write stands against the
 * delete must not depend on that. */
#include "sync/sync_internal.h"
#include "tests/sync_fixture.h"

#define END INT64_C(4294967295)
#define TRIALS 8

static gitlog *written;

/* A commit that does WHAT to row FID, behind PARENTS. */
static void put(char id[SYNC_ID_SIZE], const char *device, int64_t fid,
                changeset_operation what, const char *const *parents,
                size_t parent_count)
{
    char message[100];
    gitlog_new commit = {"O", "o@example.org", 0,       0,
                         END, message,         parents, parent_count};
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    buffer bytes = {0};
    snprintf(message, sizeof message, "x\n\nDevice: %s\nSequence: 1\n", device);
    MUST(changeset_new(&c));
    MUST(changeset_add_layer(&layer, c, "well", TWIN_NO_GEOMETRY));
    MUST(changeset_add_row(c, layer, fid, what));
    MUST(changeset_encode(&bytes, c));
    MUST(gitlog_write_changes(id, written, bytes.data, bytes.length, &commit));
    buffer_free(&bytes);
    changeset_free(c);
}

/* The state after IDS, applied in that order. */
static void state_after(char hash[DIGEST_HEX_SIZE], const char *const *ids,
                        size_t count)
{
    twin *t = NULL;
    merge *m = NULL;
    size_t i;
    MUST(twin_open_scratch(&t));
    MUST(merge_new(&m, t, written));
    MUST(twin_begin(t));
    MUST(twin_capture_off(t));
    for (i = 0; i < count; i++)
        if (merge_apply(m, ids[i], NULL, NULL) != 1)
            ok(0, "commit %zu: %s", i, error_message());
    MUST(twin_commit(t));
    MUST(state_hash(hash, t, m));
    merge_free(m);
    twin_close(t);
}

int main(void)
{
    char path[300], one[SYNC_ID_SIZE], two[SYNC_ID_SIZE], both[SYNC_ID_SIZE],
        gone[SYNC_ID_SIZE];
    char first[DIGEST_HEX_SIZE], second[DIGEST_HEX_SIZE];
    int64_t fid;
    int same = 0;
    snprintf(path, sizeof path, "%s/order.git", fixture_make());
    MUST(gitlog_create(&written, path));
    for (fid = 1; fid <= TRIALS; fid++) {
        const char *const made[] = {one, two};
        put(one, "one", fid, CHANGESET_INSERT, NULL, 0);
        put(two, "two", fid, CHANGESET_INSERT, NULL, 0);
        put(both, "both", fid, CHANGESET_AFFIRM, made, 2);
        put(gone, "gone", fid, CHANGESET_DELETE, NULL, 0);
        state_after(first, (const char *const[]){one, two, both, gone}, 4);
        state_after(second, (const char *const[]){gone, two, one, both}, 4);
        same += strcmp(first, second) == 0;
    }
    is_int(same, TRIALS, "two orders give one state at the end of time");
    gitlog_free(written);
    fixture_remove();
    return done_testing();
}
