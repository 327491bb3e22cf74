/* SPDX-License-Identifier: MIT */
/* link, private to remote: what the link has carried before it broke, and how
 * much to ask of it next.
 *
 *       free  --cut after n bytes-->  limit n  (of a push n/2: what was
 *                                    written may never have left)
 *     limit n  --cut beyond what was carried before, p-->  limit p 8/7
 *     limit n  --cut before that--> as from free
 *              both: twice the patience
 *     limit n  --patience connections that carried half a budget-->
 *                                    limit 3/2 n
 *     limit n  --grown beyond LINK_FREE--> free
 *
 * A connection is given 7/8 of the limit (its budget) and is then closed by
 * us, whole, and another begun: what is cut is what was asked for too much.
 * Kept in log.git/tawam.link, a line of text; losing it costs one cut.
 */
#ifndef TAWAM_LINK_INTERNAL_H
#define TAWAM_LINK_INTERNAL_H

#include <stdint.h>

#define LINK_LEAST 4096u      /* bytes; no limit is below */
#define LINK_FREE (64u << 20) /* a limit beyond is none */

typedef struct link_memory {
    uint64_t limit;    /* bytes, both ways, a connection carries; 0: free */
    uint64_t good;     /* connections that carried their budget since */
    uint64_t patience; /* so many of them before more is tried */
    uint64_t proven;   /* the most that one of them carried; 0: none yet */
} link_memory;

void link_read(link_memory *out, const char *gitdir);
/* A connection broke after MOVED bytes. SENDING: they were sent, at most. */
void link_cut(const char *gitdir, uint64_t moved, int sending);
/* A connection that moved MOVED bytes came to its end. */
void link_carried(const char *gitdir, uint64_t moved);
uint64_t link_budget(const link_memory *m); /* bytes; 0: no bound */

#endif
