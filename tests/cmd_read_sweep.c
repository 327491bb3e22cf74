/* SPDX-License-Identifier: MIT */
/* A disk that does not read any more: EIO at a read, an open, a look at a file
 * or a folder's entries, once, from then on for the same file, or from then on
 * for all. What can't be read is never taken for what is not there: a clear
 * error with exit status 3, no ref, log or conflict given up, nothing
 * acknowledged lost, a repeat completes (tests/fault/sweep.h). The first read
 * from each of some call stacks of some operations; with TAWAM_FULL=1 from each
 * call stack of all, in each way (an hour or more; TAWAM_SITES= : every read,
 * which is some twenty times as long). */
#include "tests/fault/operations.h"

int main(int count, char **words)
{
    static const fault_mode modes[] = {FAULT_READ, FAULT_READ_FILE,
                                       FAULT_READ_ON};

    const char *full = getenv("TAWAM_FULL");

    (void)count;
    /* TODO(issue 3): every read in every way is still to be tried; the first of
     * each call stack was, of all operations, in one way at least. */
    if (full && *full)
        setenv("TAWAM_SITES", "1", 0);
    else /* the others cost more than they are likely to tell each time */
        setenv("TAWAM_ACTIONS",
               "set add delete record push pull import layer settle revert "
               "labels export save publish form-import attach",
               0);
    return sweep_of_faults(
        words, modes, sizeof modes / sizeof *modes, 4,
        (reliability){
            .name = "reads",
            .tried = "EIO at a read, open, stat or entry of a folder, once, "
                     "from then on of one file, or of all",
            .blind = "pages of mapped files (packs, SQLite's -shm); looks at "
                     "names that nothing has; what the system itself reads"});
}
