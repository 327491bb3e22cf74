/* SPDX-License-Identifier: MIT */
/* again, private to sync: the repository into which is fetched what the log
 * lost, and that borrows the log's own objects meanwhile (lost_internal.h). Of
 * waiting commits (waiting.c) and of a repair (repair_history.c). */
#ifndef TAWAM_AGAIN_INTERNAL_H
#define TAWAM_AGAIN_INTERNAL_H

#include "sync/log_internal.h"

/* Make it at PATH, anew. FROM is the log's objects folder, as seen from
 * PATH/objects; the settings beside it hold here too. Nothing is asked for of
 * the commits IDS and what is below them; those that the log itself has lost
 * are left out. */
int again_make(const char *path, const char *from,
               char (*const ids)[SYNC_ID_SIZE], size_t count);
/* From here on it has only what is its own. */
int again_part(const char *path);
/* What it has goes into LOG, where LOG lacks it. *taken: objects. */
int again_take(int64_t *taken, gitlog *log, const char *path);

#endif
