/* SPDX-License-Identifier: MIT */
/* files: attachments, as verbs and screens name them. TO is a remote's name,
 * an address or a path; NULL: hq. See sync/files.h for what each promises. */
#ifndef TAWAM_WORK_FILES_H
#define TAWAM_WORK_FILES_H

#include "sync/files.h"
#include "work/workflow.h"

/* Copy the file at PATH in and name it in COLUMN of the row; with CREATE a
 * column that is not there is made. The row is looked for before anything is
 * copied. */
int work_attach(files_key *out, territory *t, const char *layer, int64_t fid,
                const char *column, const char *path, int create);
/* What follows a work_sync() with the same TO. */
int work_files_exchange(files_result *result, territory *t, const char *to,
                        const sync_options *options);
int work_files_get(files_result *result, territory *t, const char *to,
                   const files_key *keys, size_t count,
                   const sync_options *options);
int work_files_drop(int64_t *dropped, int64_t *bytes, territory *t,
                    const char *to, const files_key *keys, size_t count,
                    const sync_options *options,
                    void (*kept)(void *context, const files_key *key),
                    void *context);
/* The files that WORDS name: LAYER [ROW [COLUMN]], or one cell's text (also of
 * an earlier version); no words: every one. Caller frees *keys. */
int work_files_pick(files_key **keys, size_t *count, territory *t,
                    const char *const *words, size_t word_count);

#endif
