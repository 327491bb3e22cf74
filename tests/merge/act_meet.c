/* SPDX-License-Identifier: MIT */
/* Reverting, meeting, and meetings that end badly. */
#include "tests/merge/act.h"

#include "tests/merge/crash.h"
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- reverting ---- */

typedef struct nth {
    int left;
    char id[SYNC_ID_SIZE];
} nth;

static int find_nth(void *context, const sync_commit *c)
{
    nth *x = context;
    if (c->published)
        return 0;
    memcpy(x->id, c->id, SYNC_ID_SIZE);
    return x->left-- <= 0;
}

/* 1 if of the writes that stand in the cell only COMMIT's does. */
static int stands_alone(const sim_view *v, int row, int column, int commit)
{
    const sim_write *list[4];
    int n = sim_standing(list, 4, &v->known, row, column);
    return n == 1 && list[0]->commit == commit;
}

/* What was undone of COMMIT must have stood, and what stood is undone. */
static void check_revert(const sim_view *was, const sim_view *now, int commit)
{
    static sim_state before;
    sim_set seen = sim_commits[commit].seen;
    int row, column;
    seen.bits[commit / 64] &= ~(UINT64_C(1) << (commit % 64));
    sim_evaluate(&before, &seen, was->types);
    for (row = 0; row < SIM_ROWS; row++)
        for (column = 0; column < SIM_COLUMNS; column++) {
            const sim_value *a = &was->now[row][column];
            const sim_value *b = &now->now[row][column];
            if (!was->there[row] || !now->there[row])
                continue;
            if (stands_alone(was, row, column, commit) && before.there[row]
                    ? !sim_value_equal(b, &before.now[row][column])
                    : !sim_value_equal(a, b))
                sim_fail("revert: %s of row%d is not what it should be",
                         sim_columns[column], row);
        }
    for (row = 0; row < SIM_ROWS; row++)
        if (was->there[row] && !now->there[row])
            for (column = sim_first_write(row, WRITES_ROW); column >= 0;
                 column = sim_writes[column].next)
                if (sim_has(&was->known, sim_writes[column].commit) &&
                    !sim_has(&sim_commits[commit].seen,
                             sim_writes[column].commit))
                    sim_fail("revert removed row%d, which others wrote to",
                             row);
}

void act_revert(sim_replica *r, int back)
{
    static sim_view was;
    nth x = {back, ""};
    char id[SYNC_ID_SIZE];
    int64_t kept = 0;
    int code, commit;
    SIM_MUST(sync_record(id, NULL, r->s, NULL));
    sim_account(r, 0);
    SIM_MUST(sync_log(r->s, find_nth, &x));
    commit = x.id[0] ? sim_find_commit(x.id) : -1;
    if (commit < 0 || sim->failure[0])
        return;
    was = r->view;
    code = sync_revert(id, &kept, r->s, x.id, NULL, NULL);
    if (code < 0 && code != TAWAM_ENO && code != TAWAM_EDAMAGED)
        sim_fail("revert: %s", error_message());
    if (code == TAWAM_EDAMAGED && !sim_commits[commit].refused)
        sim_fail("revert: %s", error_message());
    act_take_over(r);
    if (!code && !sim_commits[commit].refused)
        check_revert(&was, &r->view, commit);
}

/* ---- meeting ---- */

static void check_sent(sim_replica *r, const sync_result *result, int remote)
{
    char ref[80];
    int there, head = r->view.head[0] ? sim_find_commit(r->view.head) : -1;
    if (head < 0 || head < sim->base_commits)
        return;
    sync_own_ref(ref, r->s);
    there = sim_wire_ref(remote, ref);
    if ((result->sent == SYNC_SENT || result->sent == SYNC_NOTHING_TO_SEND) &&
        (there < 0 || !sim_has(&sim_commits[there].ancestors, head)))
        sim_fail("said to be sent: %.8s, but the remote does not show it",
                 r->view.head);
}

static int may_fail(const sim_plan *p, int code)
{
    if (code == TAWAM_EUNREACHABLE)
        return p->down != DOWN_OK || (p->up != UP_OK && p->up != UP_TWICE);
    if (code == TAWAM_EDAMAGED)
        return p->down == DOWN_TORN || p->down == DOWN_WITHHELD;
    return 0;
}

/* Each of the places keeps its name: under another's it would seem to have
 * lost the lines that only that one has. */
static const char *const PLACES[] = {"hq", "stick", "stick2"};

/* 1 when it went through. */
int act_meet(sim_replica *r, const sim_plan *p)
{
    sync_result result = {0};
    int code;
    sim_wire_plan(p);
    code = sync_run(&result, r->s, PLACES[p->remote], "ssh://sim/x", NULL);
    if (getenv("TAWAM_TRACE"))
        fprintf(stderr,
                "# %d: sync gives %d, waiting %d, recorded %.8s, sent %d%s%s\n",
                sim->step, code, (int)result.commits_waiting, result.recorded,
                result.sent, code ? ": " : "", code ? error_message() : "");
    if (code < 0 && !may_fail(p, code))
        sim_fail("sync: %d %s", code, error_message());
    if (!code && result.sent != SYNC_SENT &&
        result.sent != SYNC_NOTHING_TO_SEND)
        sim_fail("sync: not sent (%d) %s", result.sent,
                 result.why ? result.why : "");
    /* what was withheld may be followed only after the push */
    sim_account(r, code == 0 && p->down != DOWN_WITHHELD);
    if (!code)
        check_sent(r, &result, p->remote);
    sync_result_clear(&result);
    return code == 0;
}

/* A child does it and is gone in the middle. */
void act_crash(sim_replica *r, int remote, int at)
{
    sim_plan p = {.remote = remote, .up = UP_DEAD};
    pid_t child;
    int status;
    sim_close(r);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        sync_result result = {0};
        if (twin_open(&r->t, r->dir, 0) || sync_open(&r->s, r->t))
            _exit(3);
        sim_wire_plan(&p);
        crash_at_write(at);
        sync_run(&result, r->s, PLACES[remote], "ssh://sim/x", NULL);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) ||
        (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != CRASHED))
        sim_fail("the child that should crash did otherwise");
    random_seed_for_tests(sim->history->seed * 31 + (uint64_t)sim->step + 7777);
    sim_open(r);
    sim_account(r, 0);
}

static int fail_commit(void *left)
{
    return --*(int *)left == 0;
}

static int interrupt_once(void *left)
{
    return --*(int *)left == 0;
}

/* A disk that is full at some COMMIT, or in the middle of a statement. */
void act_full(sim_replica *r, int remote, int n)
{
    sim_plan p = {.remote = remote};
    sync_result result = {0};
    sqlite3 *db = twin_database(r->t);
    sim_wire_plan(&p);
    if (n <= 3)
        sqlite3_commit_hook(db, fail_commit, &n);
    else
        sqlite3_progress_handler(db, 5, interrupt_once, &n);
    sync_run(&result, r->s, PLACES[remote], "ssh://sim/x", NULL);
    sqlite3_commit_hook(db, NULL, NULL);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    sync_result_clear(&result);
    if (sync_move_ref(r->s) < 0) /* what was recorded may wait for that */
        sim_fail("after a full disk: %s", error_message());
    sim_account(r, 0);
}
