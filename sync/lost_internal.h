/* SPDX-License-Identifier: MIT */
/* lost, private to remote: a fetch of what a log should have and lost. It goes
 * into an empty repository that borrows the log's objects, with the commits
 * that were applied as its refs:
 *
 *     log.git/again.git/objects/info/alternates   the log
 *     log.git/again.git/refs/tawam/applied/N      what nobody waits for
 *
 *     wanted    REF                      what waits: down to the applied ones,
 *                                        all that is not here is asked for
 *               ID COMMIT REF DEPTH      one file: it stands in COMMIT's tree,
 *                                        and in one of the DEPTH commits from
 *                                        REF's tip on
 *
 * "Here" is what can be read: an object that is damaged is asked for too.
 */
#ifndef TAWAM_LOST_INTERNAL_H
#define TAWAM_LOST_INTERNAL_H

#include "sync/remote_internal.h"

typedef struct lost_file {
    git_oid id, commit;
    char *ref;
    unsigned depth; /* 1 or more */
    int here;       /* 1: it came */
} lost_file;
typedef struct lost_files {
    lost_file *list;
    size_t count, capacity;
} lost_files;

/* The files that WANTED names. TAWAM_EMEMORY. Zeroed OUT; clear afterwards. */
int lost_files_parse(lost_files *out, const char *wanted);
void lost_files_clear(lost_files *files);
/* Look which are here now. Returns how many are not, or an error. */
int64_t lost_files_left(lost_files *files, git_repository *repository);

/* Put into PACK what TO can't read of FILES and of the commits that WALK (over
 * FROM) gives. *ungiven: how much of that FROM can't give either. */
int lost_collect(size_t *ungiven, git_packbuilder *pack, git_repository *to,
                 git_repository *from, git_revwalk *walk,
                 const lost_files *files);

#endif
