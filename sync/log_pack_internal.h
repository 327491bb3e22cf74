/* SPDX-License-Identifier: MIT */
/* Packs of log.git written by us: objects are known whole, nothing is looked
 * for that they could be a difference of (a changeset is like no other), so a
 * pack is a header, each object deflated, and a sum. libgit2's indexer checks
 * it, makes the index, flushes both and their folder, and renames them. */
#ifndef TAWAM_LOG_PACK_INTERNAL_H
#define TAWAM_LOG_PACK_INTERNAL_H

#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

typedef struct pack_stream pack_stream;

/* Begin a pack of COUNT objects in LOG's objects/pack. */
int pack_begin(pack_stream **out, gitlog *log, size_t count);
int pack_add(pack_stream *p, git_object_t type, const void *bytes,
             size_t length);
/* All COUNT are added: the pack is durable and in place. NAME gets the hash in
 * its file's name, "pack-NAME.pack". P is freed, whatever comes of it. */
int pack_finish(char name[SYNC_ID_SIZE], pack_stream *p);
/* Without a pack: what was begun is removed. */
void pack_free(pack_stream *p);

#endif
