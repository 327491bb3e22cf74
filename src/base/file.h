/* SPDX-License-Identifier: MIT */
/* Files: whole reads with a limit, atomic durable writes, locks, folders. */
#ifndef TAWAM_BASE_FILE_H
#define TAWAM_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include "base/memory.h"

/* Whole file into OUT (appended); more than LIMIT bytes is TAWAM_EUSAGE. PATH
 * "-" reads standard input. */
int file_read(buffer *out, const char *path, size_t limit);

/* Write BYTES to PATH so that after a power cut PATH is the old or the new
 * content whole: temporary beside it, fsync, rename, fsync of the folder. */
int file_write_atomic(const char *path, const void *bytes, size_t length);
int file_sync_folder(const char *path); /* fsync a directory */

int file_exists(const char *path);       /* 1 anything there */
int file_is_folder(const char *path);    /* 1 a directory */
int file_make_folders(const char *path); /* mkdir -p, 0777 & ~umask */
int file_empty_folder(const char *path); /* 1 if a folder without entries */
int file_remove_tree(const char *path);  /* rm -r, no links followed */
int64_t file_size(const char *path);     /* -1 if not there */

/* Join two path parts with one '/'. Caller frees; NULL on no memory. */
char *file_join(const char *folder, const char *name);
/* Absolute form of PATH, which need not exist. Caller frees. */
char *file_absolute(const char *path);
const char *file_name(const char *path);      /* after the last '/' */
const char *file_extension(const char *path); /* after the last '.', or "" */

/* An exclusive advisory lock that the kernel drops when the process dies.
 * WAIT milliseconds at most (0: do not wait); TAWAM_EBUSY if another has it. */
typedef struct file_lock file_lock;
int file_lock_take(file_lock **out, const char *path, int64_t wait);
void file_lock_release(file_lock *lock);

#endif
