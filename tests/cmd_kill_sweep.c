/* SPDX-License-Identifier: MIT */
/* No write at which tawam is killed, alone or with its children, before it or
 * half-way through, loses anything (tests/fault/sweep.h says what is looked
 * at): a spread of writes with all those near a commit, or with TAWAM_FULL=1
 * every one in each way. */
#include "tests/fault/operations.h"

static const fault_mode MODES[] = {FAULT_KILL, FAULT_TORN, FAULT_GROUP};
enum { MODE_COUNT = 3, POINTS = 24 };

/* A program that makes the mistakes is found out. */
static void control(tally *t)
{
    expectation e;

    expected_to_fail = 1;
    expect(&e, &CARELESS, FAULT_KILL);
    for (uint64_t at = 1; at <= e.writes; at++)
        trial(t, &CARELESS, &e, FAULT_KILL, at);
    forget(&e);
    expected_to_fail = 0;
    ok(t->losses > t->trials / 4,
       "a careless program is found out at %ld of %ld", t->losses, t->trials);
}

int main(int count, char **words)
{
    tally sum = {0}, careless_sum = {0};
    char controls[200];

    (void)count;
    sweep_begin(words);
    make_states();
    sweep_all(&sum, MODES, MODE_COUNT, POINTS);
    control(&careless_sum);
    snprintf(controls, sizeof controls,
             "%ld of %ld killed the program, %ld its transfer, leaving %ld "
             "states; a careless program lost at %ld of %ld",
             sum.dead, sum.trials, sum.failed, sum.states, careless_sum.losses,
             careless_sum.trials);
    reliability_report(
        &(reliability){.name = "kill",
                       .tried = "killed before or half-way through a write",
                       .trials = sum.trials,
                       .losses = sum.losses,
                       .controls = controls,
                       .blind = "what a disk would have kept (see power-cut)"});
    sweep_end();
    return done_testing();
}
