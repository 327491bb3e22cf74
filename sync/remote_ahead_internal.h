/* SPDX-License-Identifier: MIT */
/* ahead, private to remote: files of a commit that is larger than the link
 * carries, sent before it.
 *
 *     refs/tawam/ahead/ID   on the server: the carrier of what went ahead of
 *                           commit ID (its first 16 digits)
 *     carrier               a commit whose tree has those files by their ids;
 *                           its parent is the carrier before it
 *
 *     too large --some files, a carrier--> less is left --...--> it fits
 *                                                                  |
 *                     the commit itself; the carrier's ref is removed with it
 *
 * The carriers stand in the log's objects too, where no ref reaches them: so
 * after a cut what the server shows tells how far it came.
 */
#ifndef TAWAM_REMOTE_AHEAD_INTERNAL_H
#define TAWAM_REMOTE_AHEAD_INTERNAL_H

#include "sync/remote_internal.h"

#define AHEAD_PREFIX "refs/tawam/ahead/"

/* Files that are to be sent. */
typedef struct ahead_files {
    git_oid *ids;    /* owned */
    uint64_t *sizes; /* as packed, more or less; owned */
    size_t count, capacity, size_capacity;
    uint64_t largest; /* of the sizes */
} ahead_files;
void ahead_files_clear(ahead_files *files);

/* Add what COMMIT has and neither its first parent nor the tree SENT (NULL:
 * none) has; *bytes grows by that. */
int ahead_files_add(ahead_files *files, uint64_t *bytes, git_repository *local,
                    const git_commit *commit, const git_tree *sent);

/* The ref of what goes ahead of COMMIT. Caller frees. */
char *ahead_ref(const git_oid *commit);
/* The carrier that HEADS show for COMMIT, where it is one of ours; NULL. */
const git_oid *ahead_shown(const remote_heads *heads, git_repository *local,
                           const git_oid *commit);
/* The tree of carrier ID; *out is the caller's. */
int ahead_tree(git_tree **out, git_repository *local, const git_oid *id);
/* Make the next carrier: FILES as far as SPACE has room, one at least, after
 * the carrier BEFORE (NULL: it is the first); and the pack of what is new. */
int ahead_carry(git_oid *carrier, git_packbuilder **pack, git_repository *local,
                const ahead_files *files, const git_oid *before,
                uint64_t space);

#endif
