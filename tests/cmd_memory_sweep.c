/* SPDX-License-Identifier: MIT */
/* Memory that runs out, for the program and all its libraries (SQLite, libgit2,
 * libc): one allocation fails, or it and all later ones. A clear error with
 * exit status 3 and no crash, nothing acknowledged lost, a repeat completes
 * (tests/fault/sweep.h). A command makes up to a hundred thousand allocations,
 * from some thousand places: the first from a call stack is failed, for a
 * spread of stacks; twenty times as many with TAWAM_FULL=1. */
#include "tests/fault/operations.h"

static const fault_mode MODES[] = {FAULT_MEMORY, FAULT_MEMORY_ON};
enum { MODE_COUNT = 2, POINTS = 10 };

int main(int count, char **words)
{
    tally sum = {0};
    char controls[200];

    (void)count;
    sweep_begin(words);
    make_states();
    for (int i = 0; i < OPERATION_COUNT; i++)
        if (sweep_wanted(OPERATIONS[i].name))
            sweep(&sum, &OPERATIONS[i], MODES, MODE_COUNT, POINTS);
    snprintf(controls, sizeof controls,
             "%ld of %ld ended the command with an error, %ld were survived",
             sum.failed, sum.trials, sum.done);
    reliability_report(&(reliability){
        .name = "memory",
        .tried = "an allocation of any library fails, once or from then on",
        .trials = sum.trials,
        .losses = sum.losses,
        .controls = controls,
        .blind = "the second and later allocations from one call stack; "
                 "memory that is promised and not there (overcommit)"});
    sweep_end();
    return done_testing();
}
