/* SPDX-License-Identifier: MIT */
/* repair: a damaged replica or log made whole again, from what is left of
 * either and from the remotes.
 *
 * What each part is restored from:
 *   log.git's HEAD, config, folders   their fixed content
 *   a pack's index                    its pack
 *   objects                           what a damaged pack still gives; remotes
 *   refs                              the replica's head; remotes' refs; the
 *                                     commits themselves
 *   twin.gpkg                         the log, replayed; then the edits that
 *                                     were not recorded, from the damaged file
 *   commits that are nowhere          their rows as the damaged replica still
 *                                     has them, as edits not yet recorded
 *
 * Invariants:
 *  1. Nothing damaged is overwritten or removed: it is moved to
 *     twin.gpkg.damaged-DATE, or to the same path under log.git.damaged-DATE.
 *  2. What replaces it is whole and flushed before it is moved into place, so
 *     a kill at any moment leaves something that the next repair goes on with.
 *  3. Done twice, the second finds nothing.
 */
#ifndef TAWAM_REPAIR_H
#define TAWAM_REPAIR_H

#include "sync/sync.h"

typedef enum sync_repair_word {
    SYNC_REPAIR_FOUND = 1, /* a fault */
    SYNC_REPAIR_DONE = 2,  /* what was done about one */
    SYNC_REPAIR_LOST = 3   /* what could not be saved: which row, commit */
} sync_repair_word;

typedef struct sync_repair_options {
    int check;          /* 1: look and say, change nothing */
    int offline;        /* 1: ask no remote; what is missing counts as lost */
    const char *device; /* whose line this is, where nothing here says it */
    const char *url;    /* ask this one too; NULL: the replica's remotes */
    const sync_options *meeting; /* for the remotes; may be NULL */
    /* TEXT is safe for a terminal, without a final dot or newline. */
    void (*tell)(void *context, sync_repair_word word, const char *text);
    void *context;
} sync_repair_options;

typedef struct sync_repair_result {
    int64_t found, done, lost;    /* how many of each were told */
    int rebuilt;                  /* 1: twin.gpkg was made anew */
    uint64_t bytes_in, bytes_out; /* from and to remotes */
} sync_repair_result;

/* Look through DIRECTORY, which holds a replica, a log, or what is left of
 * them, and mend it. TAWAM_OK: all is whole now (out->lost says whether
 * something is gone for good), or with `check`, looked through.
 * TAWAM_EUNREACHABLE: one of the remotes, which may hold what is missing, was
 * not reached or failed half-way; nothing was given up, the rest is done.
 * TAWAM_EBUSY: another program has the replica open. TAWAM_EENVIRONMENT: there
 * is nothing of a territory there, or a file can't be read. */
int sync_repair(sync_repair_result *out, const char *directory,
                const sync_repair_options *options);

#endif
