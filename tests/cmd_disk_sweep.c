/* SPDX-License-Identifier: MIT */
/* A disk that is full, or fails, once or from then on, at each operation that
 * writes: a clear error with exit status 3, nothing acknowledged lost, no half
 * state, and a repeat completes (tests/fault/sweep.h). A spread of points, or
 * with TAWAM_FULL=1 all of them in each way. */
#include "tests/fault/operations.h"

int main(int count, char **words)
{
    static const fault_mode modes[] = {FAULT_EIO, FAULT_FULL, FAULT_EIO_ON,
                                       FAULT_FULL_ONCE};

    (void)count;
    return sweep_of_faults(
        words, modes, sizeof modes / sizeof *modes, 12,
        (reliability){
            .name = "disk",
            .tried = "EIO or ENOSPC at a write, flush, create, rename or "
                     "unlink, once or from then on",
            .blind = "stores into a mapped file; failing reads (see reads)"});
}
