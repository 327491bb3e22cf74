/* SPDX-License-Identifier: MIT */
/* incoming, private to remote: what a fetch has brought so far, apart from the
 * log until nothing of it is missing any more.
 *
 *     log.git/tawam.incoming/
 *         part           a pack as it comes, byte by byte
 *         pack/          what came before: whole packs, or whole objects of
 *                        packs that were cut, made packs of their own
 *
 *     incoming_open   nothing there, or what a cut, a kill or a power cut left:
 *       |             then `part` is salvaged first
 *     incoming_take   part grows
 *       |
 *     incoming_end    part -> pack/ : whole, or as many objects as are whole
 *       |
 *     incoming_keep   pack/ -> the log, and the folder goes
 *
 * Invariants:
 *  1. The log gets only what is whole: nobody else ever meets a commit here
 *     whose tree, file or parent is missing.
 *  2. What is in pack/ was hashed and is flushed to disk.
 */
#ifndef TAWAM_INCOMING_INTERNAL_H
#define TAWAM_INCOMING_INTERNAL_H

#include "sync/remote_internal.h"

typedef struct incoming incoming;

/* For LOCAL, which sees what is in pack/ from then on (in this process only).
 * The gitdir's lock must be held. */
int incoming_open(incoming **out, git_repository *local, remote_line *line);
void incoming_free(incoming *in);

/* A protocol_take: CONTEXT is the incoming. TAWAM_EFULL well before the disk
 * is. */
int incoming_take(void *context, const uint8_t *bytes, size_t length);
/* The pack ended, WHOLE or cut. *objects: how many were put into pack/. A
 * whole one that is damaged is TAWAM_EDAMAGED. */
int incoming_end(size_t *objects, incoming *in, int whole);
/* Of the last pack that was cut: the size of the object that the cut went
 * through, unpacked, and how much of it came, packed. 0: none. */
uint64_t incoming_cut_object(uint64_t *came, const incoming *in);
/* Move everything into the log. */
int incoming_keep(incoming *in);
/* Put what IDS reach into the log, and keep the rest here. */
int incoming_keep_some(incoming *in, const git_oid *ids, size_t count);

/* What the cut went through. */
typedef struct salvage_cut {
    uint64_t size; /* of the object, unpacked; 0: there is none */
    uint64_t came; /* bytes of it */
} salvage_cut;
/* Make the first COMPLETE objects of the pack at PATH, which may be cut
 * anywhere, a whole pack. *objects 0: there is none, the file is of no use. */
int salvage_pack(size_t *objects, salvage_cut *cut, const char *path);

#endif
