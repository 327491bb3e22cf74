/* SPDX-License-Identifier: MIT */
/* Memory that runs out, for the program and all its libraries (SQLite, libgit2,
 * libc): one allocation fails, or it and all later ones. A clear error with
 * exit status 3 and no crash, nothing acknowledged lost, a repeat completes
 * (tests/fault/sweep.h). A command makes up to a hundred thousand allocations,
 * from some thousand places: the first from a call stack is failed, for a
 * spread of stacks; twenty times as many with TAWAM_FULL=1. */
#include "tests/fault/operations.h"

int main(int count, char **words)
{
    static const fault_mode modes[] = {FAULT_MEMORY, FAULT_MEMORY_ON};

    (void)count;
    return sweep_of_faults(
        words, modes, sizeof modes / sizeof *modes, 10,
        (reliability){
            .name = "memory",
            .tried = "an allocation of any library fails, once or from then on",
            .blind = "the second and later allocations from one call stack; "
                     "memory that is promised and not there (overcommit)"});
}
