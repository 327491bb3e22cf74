/* SPDX-License-Identifier: MIT */
/* missing, private to remote: which commits below some tips are not here, or
 * not whole, and which are. */
#ifndef TAWAM_MISSING_INTERNAL_H
#define TAWAM_MISSING_INTERNAL_H

#include "sync/remote_internal.h"

typedef struct missing missing;

/* What the refs of REPOSITORY reach counts as whole. Borrowed. */
int missing_new(missing **out, git_repository *repository);
void missing_free(missing *m);

/* From here on an object counts as here when it can be read: one that is
 * damaged is missing. */
void missing_read(missing *m);
/* Look at TIP and below it. What this machine could not look at (a disk that
 * does not read) is not missing: the call fails, and so do all after it. */
int missing_add(missing *m, const git_oid *tip);
/* Objects came: look again at what was missing. */
int missing_look_again(missing *m);

/* How many commits are known to be not here at all, and how many are here
 * without some of their files. Both 0: nothing is missing. */
size_t missing_absent(const missing *m);
size_t missing_partial(const missing *m);
size_t missing_seen(const missing *m); /* commits beyond the refs, whole */

/* Their ids, at most MOST of them: absent ones in the order in which they were
 * met, partial ones oldest first. Returns how many. */
size_t missing_absent_ids(git_oid *out, size_t most, const missing *m);
size_t missing_partial_ids(git_oid *out, size_t most, const missing *m);
/* Trees and files that partial commits lack, at most MOST. Returns how many. */
size_t missing_objects(git_oid *out, size_t most, missing *m);

/* 1 if TIP and everything below it are here. */
int missing_is_whole(missing *m, const git_oid *tip);
/* The whole commits reached from TIP by whole ones that have a parent which is
 * not: where a history cut off by depth ends. Caller frees *out. */
int missing_edges(git_oid **out, size_t *count, missing *m, const git_oid *tip);

#endif
