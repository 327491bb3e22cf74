/* SPDX-License-Identifier: MIT */
/* The merge simulator has teeth: each of these bugs, put into sync/ one at a
 * time (sync/teeth_internal.h), is found within the number of seeds stated
 * beside it. `found` is a seed that did; it is tried first, and only if it no
 * longer does, because the making of histories changed, all from 1 on.
 *
 *   teeth_merge.t             as `make test` runs it
 *   TAWAM_FULL=1              all from 1 on: the numbers as measured
 *   teeth_merge.t BUG         one of them, by number
 */
#include "tests/merge/sim.h"
#include "tests/reliability.h"
#include "tests/tap.h"

#include <stdlib.h>

int teeth_bug;

typedef struct tooth {
    enum teeth bug;
    const char *name;
    int within;       /* seeds from 1 */
    int found;        /* one of them */
    const char *file; /* or of tests/histories/, where chance takes too long */
} tooth;

static const tooth list[] = {
    {UPDATE_OF_DELETED, "an update of a deleted row is dropped", 100, 3, NULL},
    {CONFLICT_FORGOTTEN, "conflicts are forgotten by the next merge", 100, 3,
     NULL},
    {FALSE_CONFLICT, "equal values are a conflict", 100, 6, NULL},
    {WATERMARK_AHEAD, "applied is committed before the data", 100, 21, NULL},
    {LAST_BY_CLOCK, "an earlier value is taken for seen", 100, 3, NULL},
    {LOST_TOMBSTONE, "a delete leaves no mark", 100, 3, NULL},
    {UNSTABLE_SORT, "equal times go by order of arrival", 100, 3, NULL},
    {FIRST_PARENT_ONLY, "nothing known of the second parent's past", 100, 4,
     NULL},
    {AFFIRM_DROPPED, "an affirmed cell is not written", 100, 3, NULL},
    {CAPTURE_ON, "what is applied counts as edited here", 100, 1, NULL},
    {UNKNOWN_COLUMN, "a column that is not here is dropped", 100, 5, NULL},
    {REVERT_NEWER, "revert undoes what was written since", 100, 13, NULL},
    {FORK_UNNOTICED, "a cloned laptop goes on with its name", 100, 6, NULL},
    {STALE_RTREE, "a merge does not move the R-tree", 100, 7, NULL},
    {REF_TOO_EARLY, "a ref moves before the transaction", 100, 39, NULL},
    {ROLLBACK_REMEMBERED, "a rollback leaves numbers remembered", 0, 0,
     "rollback-remembered"},
    {NO_ROW_ENTRY, "the row itself is not written by an affirm", 100, 36, NULL},
    {HALF_REFUSED, "half of a refused commit stays", 100, 24, NULL},
    {CONCURRENT_ORIGIN, "a first value gives way unseen", 100, 4, NULL},
    {FRESH_NULL, "a new row's NULL is not remembered", 100, 46, NULL},
    {WITHHELD_IS_SENT, "nothing to send, where our line is withheld", 0, 0,
     "own-line-withheld"},
    {PENDING_AFTER, "pending edits are recorded after a merge", 100, 7, NULL},
    {OWN_CLOCK_ONLY, "logical time does not pass the parents'", 100, 1, NULL},
    {ASIDE_LOST, "values of a deleted row are not kept", 100, 3, NULL},
    {DELETE_WINS, "a delete beats what it had not seen", 100, 3, NULL},
    {NO_TOUCH, "who touched a row is not remembered", 100, 1, NULL},
    {OWN_PARENT_ONLY, "a commit names its own line alone as parent", 100, 3,
     NULL},
    {NULL_UNSAID, "a row comes back without its NULLs", 0, 0,
     "null-said-again"},
    {NO_RECHECK, "wider types ask no conflict again", 100, 16, NULL},
    {REVERT_OF_OTHERS, "revert removes a row that others wrote to", 100, 1,
     NULL},
    {LINE_LET_GO, "what a remote lost is let go of here too", 0, 0,
     "hq-from-a-backup"},
};
#define TEETH_LISTED ((int)(sizeof list / sizeof *list))

/* ---- what some of the bugs do ---- */

void teeth_drop_unknown(const changeset *c, twin *t)
{
    size_t i, k;
    for (i = 0; i < c->layer_count; i++) {
        changeset_layer *from = &c->layers[i];
        const twin_layer *layer = NULL;
        const twin_column *column = NULL;
        if (twin_layer_find(&layer, t, from->name))
            continue;
        for (k = 0; k < from->column_count; k++)
            if (twin_column_find(&column, layer, from->columns[k].name))
                from->columns[k].name = "note"; /* any other */
    }
    error_clear();
}

void teeth_commit_between(twin *t)
{
    if (twin_commit(t) || twin_begin(t) || twin_capture_off(t))
        fprintf(stderr, "no commit between: %s\n", error_message());
}

void teeth_move_early(sync_desk *s, const char *id)
{
    char ref[80];
    sync_own_ref(ref, s);
    gitlog_forward_ref(s->log, ref, id);
}

/* ---- the test ---- */

static int finds(const tooth *t, int seed, char *why, size_t room)
{
    static sim_history h;
    int failed;
    sim_make_history(&h, (uint64_t)seed, 0);
    teeth_bug = (int)t->bug;
    failed = sim_fails(&h, why, room);
    teeth_bug = TEETH_NONE;
    return failed;
}

static int file_finds(const tooth *t, char *why, size_t room)
{
    static sim_history h;
    const char *top = getenv("TOP");
    char path[1024];
    FILE *in;
    int failed, clean;
    snprintf(path, sizeof path, "%s/tests/histories/%s.history",
             top ? top : ".", t->file);
    in = fopen(path, "r");
    if (!in || sim_read_history(&h, in) < 0)
        return 0;
    fclose(in);
    clean = !sim_fails(&h, why, room);
    teeth_bug = (int)t->bug;
    failed = sim_fails(&h, why, room);
    teeth_bug = TEETH_NONE;
    return clean && failed;
}

/* The seed that finds it, 0 if none does. */
static int bite(const tooth *t, char *why, size_t room)
{
    int seed;
    if (t->file)
        return file_finds(t, why, room);
    if (t->found && !getenv("TAWAM_FULL") && finds(t, t->found, why, room))
        return t->found;
    for (seed = 1; seed <= t->within; seed++)
        if (finds(t, seed, why, room))
            return seed;
    return 0;
}

int main(int argc, char **argv)
{
    int only = argc > 1 ? atoi(argv[1]) : 0, i, found = 0, tried = 0;
    char why[400], controls[80];
    sim_found();
    for (i = 0; i < TEETH_LISTED; i++) {
        int seed;
        if (only && (int)list[i].bug != only)
            continue;
        tried++;
        seed = bite(&list[i], why, sizeof why);
        found += seed != 0;
        ok(seed != 0, "%2d %s: found by seed %d of %d", (int)list[i].bug,
           list[i].name, seed, list[i].within);
        if (seed)
            diag("%s", why);
    }
    snprintf(controls, sizeof controls, "%d of %d bugs found", found, tried);
    reliability_report(&(reliability){
        .name = "merge-teeth",
        .tried =
            "a known bug is put into the merge; the simulator looks for it",
        .trials = tried,
        .losses = tried - found,
        .controls = controls,
        .blind = "bugs nobody thought of"});
    sim_leave();
    return done_testing();
}
