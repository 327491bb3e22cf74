/* SPDX-License-Identifier: MIT */
/* disk: what SQLite does not tell apart when a disk does not read.
 *
 *  1. A read that fails with EIO is SQLITE_CORRUPT to it, as if the bytes were
 *     wrong (vdbe.c turns SQLITE_IOERR_CORRUPTFS into that). Only the number
 *     that the file remembers says which it was.
 *  2. A journal that cannot be looked at is one that is not there: then the
 *     half-written pages of a change that was cut off are read, and written
 *     over. Our connections ask through a VFS of their own, which is the
 *     system's but for this one question.
 */
#include <errno.h>
#include <sys/stat.h>
#include "twin/twin_internal.h"

static int is_read_error(int number)
{
    return number == EIO || number == ENXIO || number == ERANGE;
}

static int file_failed(sqlite3 *database, int which)
{
    sqlite3_file *file = NULL;
    int number = 0;
    if (sqlite3_file_control(database, "main", which, (void *)&file) !=
            SQLITE_OK ||
        !file || !file->pMethods ||
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number) !=
            SQLITE_OK)
        return 0;
    return is_read_error(number);
}

int twin_disk_failed(struct sqlite3 *database)
{
    switch (sqlite3_errcode(database) & 0xFF) {
    case SQLITE_IOERR:
        return 1;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return file_failed(database, SQLITE_FCNTL_FILE_POINTER) ||
               file_failed(database, SQLITE_FCNTL_JOURNAL_POINTER);
    default:
        return 0;
    }
}

/* ---- the VFS ---- */

static sqlite3_vfs checked;
static int (*ask)(sqlite3_vfs *, const char *, int, int *);

static int ask_checked(sqlite3_vfs *vfs, const char *path, int flags,
                       int *answer)
{
    struct stat s;
    if (flags == SQLITE_ACCESS_EXISTS && lstat(path, &s) != 0 &&
        errno != ENOENT && errno != ENOTDIR)
        return SQLITE_IOERR_ACCESS;
    int code = ask(vfs, path, flags, answer);
    /* It says no where its own look fails. */
    if (code == SQLITE_OK && flags == SQLITE_ACCESS_EXISTS && !*answer)
        *answer = stat(path, &s) == 0 && (!S_ISREG(s.st_mode) || s.st_size > 0);
    return code;
}

const char *disk_vfs(void)
{
    static const char NAME[] = "tawam";
    sqlite3_vfs *system = checked.zName ? NULL : sqlite3_vfs_find(NULL);
    if (system) {
        checked = *system;
        ask = system->xAccess;
        checked.pNext = NULL;
        checked.xAccess = ask_checked;
        checked.zName = NAME;
        if (sqlite3_vfs_register(&checked, 0) != SQLITE_OK)
            checked.zName = NULL;
    }
    return checked.zName;
}
