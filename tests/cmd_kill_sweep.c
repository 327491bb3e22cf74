/* SPDX-License-Identifier: MIT */
/* No write at which tawam is killed, alone or with its children, before it or
 * half-way through, loses anything (tests/fault/sweep.h says what is looked
 * at): a spread of writes with all those near a commit, or with TAWAM_FULL=1
 * every one in each way. */
#include "tests/fault/operations.h"

static const fault_mode MODES[] = {FAULT_KILL, FAULT_TORN, FAULT_GROUP};
enum { MODE_COUNT = 3, POINTS = 24 };

static void sweep(tally *sum, const operation *o)
{
    const char *full = getenv("TAWAM_FULL");
    int all = full && *full;
    expectation e;
    tally t = {0};
    size_t count = 0;
    uint64_t *points;
    int status = expect(&e, o, 0);

    ok(status == 0 && e.writes >= 5, "%s: %llu writes", o->name,
       (unsigned long long)e.writes);
    points = choose_points(&count, e.writes, all ? 0 : POINTS);
    for (size_t i = 0; i < count; i++)
        for (int m = 0; m < MODE_COUNT; m++)
            if (all || (int)(i % MODE_COUNT) == m)
                trial(&t, o, &e, MODES[m], points[i]);
    ok(t.losses == 0, "%s: nothing lost, killed at %ld points of %llu", o->name,
       t.trials, (unsigned long long)e.writes * MODE_COUNT);
    ok(t.dead >= t.trials / 2, "%s: it died at %ld, and said yes at %ld",
       o->name, t.dead, t.done);
    sum->trials += t.trials;
    sum->losses += t.losses;
    sum->dead += t.dead;
    free(points);
    forget(&e);
}

int main(int count, char **words)
{
    tally sum = {0};
    char controls[200];

    (void)count;
    sweep_begin(words);
    make_states();
    for (int i = 0; i < OPERATION_COUNT; i++)
        if (sweep_wanted(OPERATIONS[i].name))
            sweep(&sum, &OPERATIONS[i]);
    snprintf(controls, sizeof controls, "%ld of %ld ended by death", sum.dead,
             sum.trials);
    reliability_report(&(reliability){
        .name = "kill",
        .tried = "killed before or half-way through a write",
        .trials = sum.trials,
        .losses = sum.losses,
        .controls = controls,
        .blind = "what a disk would have kept (see power-cut)"});
    sweep_end();
    return done_testing();
}
