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

/* Three answers: 1, 0, or negative where the disk did not say (a failed read is
 * no absence). As a truth value that is "may be": ask > 0 before what only a
 * yes allows. */
int file_exists(const char *path);       /* anything there */
int file_is_folder(const char *path);    /* a directory, or a link to one */
int file_empty_folder(const char *path); /* a folder without entries */
/* Bytes; TAWAM_ENOTFOUND, without a message, if nothing is there; negative with
 * one where the disk did not say. */
int64_t file_size(const char *path);

/* CALL with the name of each entry of the folder PATH but . and .., in no
 * order, until it returns other than TAWAM_OK, which is returned.
 * TAWAM_ENOTFOUND, without a message, if there is no such folder. */
int file_entries(const char *path, int (*call)(void *context, const char *name),
                 void *context);

int file_make_folders(const char *path); /* mkdir -p, 0777 & ~umask */
int file_remove_tree(const char *path);  /* rm -r, no links followed */

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
