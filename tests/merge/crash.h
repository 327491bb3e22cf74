/* SPDX-License-Identifier: MIT */
/* The process ends in the middle of a write, as if it had been killed. */
#ifndef TAWAM_TESTS_MERGE_CRASH_H
#define TAWAM_TESTS_MERGE_CRASH_H

enum { CRASHED = 77 }; /* its exit status */

/* From now on, the Nth call that changes a file (write, rename, link, unlink,
 * truncate) ends the process before it. Under a sanitizer, which has these
 * calls for itself: nothing happens. */
void crash_at_write(int n);

#endif
