/* SPDX-License-Identifier: MIT */
/* A disk that is full, or fails, once or from then on, at each operation that
 * writes: a clear error with exit status 3, nothing acknowledged lost, no half
 * state, and a repeat completes (tests/fault/sweep.h). A spread of points, or
 * with TAWAM_FULL=1 all of them in each way. */
#include "tests/fault/operations.h"

static const fault_mode MODES[] = {FAULT_EIO, FAULT_FULL, FAULT_EIO_ON,
                                   FAULT_FULL_ONCE};
enum { MODE_COUNT = 4, POINTS = 12 };

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
        .name = "disk",
        .tried = "EIO or ENOSPC at a write, flush, create, rename or unlink, "
                 "once or from then on",
        .trials = sum.trials,
        .losses = sum.losses,
        .controls = controls,
        .blind = "stores into a mapped file; failing reads"});
    sweep_end();
    return done_testing();
}
