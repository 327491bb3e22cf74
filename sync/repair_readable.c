/* SPDX-License-Identifier: MIT */
/* repair: can every file be read at all? Asked first, by plain reads.
 *
 * libgit2 and SQLite take some of what the machine fails at (a sector that
 * can't be read, too many open files, a file of somebody else's) for objects
 * that are not there or rows that are damaged. What a file holds is not known
 * then, so nothing may be given up for it: the repair ends before it begins.
 */
#include "sync/repair_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 65536
#define DEPTH 32 /* folders in folders; git's own are five deep */

static int unreadable(const char *path)
{
    int number = errno;
    int code = error_system(_("read %s"), path);
    if (number == ENOENT) /* another process took it away just now */
        return TAWAM_OK;
    if (code == TAWAM_EENVIRONMENT)
        error_set(code,
                  _("%s can't be read (%s), so nothing was done: if it stays "
                    "so, put a copy of what can be read in its place, then "
                    "repair again"),
                  path, strerror(number));
    return code;
}

static int read_file(const char *path)
{
    char *piece = memory_new(PIECE);
    ssize_t got = 1;
    int code = piece ? TAWAM_OK : error_memory();
    int fd = code ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (!code && fd < 0)
        code = errno == ELOOP ? TAWAM_OK : unreadable(path);
    while (fd >= 0 && !code && got > 0) {
        got = read(fd, piece, PIECE);
        if (got < 0)
            code = unreadable(path);
    }
    if (fd >= 0)
        close(fd);
    free(piece);
    return code;
}

static int read_folder(const char *folder, int depth);

static int read_path(const char *path, int depth)
{
    struct stat s;
    if (lstat(path, &s) != 0)
        return unreadable(path);
    if (S_ISDIR(s.st_mode))
        return depth < DEPTH ? read_folder(path, depth + 1) : TAWAM_OK;
    return S_ISREG(s.st_mode) ? read_file(path) : TAWAM_OK;
}

static int read_folder(const char *folder, int depth)
{
    DIR *list = opendir(folder);
    struct dirent *e = NULL;
    int code = list ? TAWAM_OK : unreadable(folder);
    while (list && !code && (errno = 0, e = readdir(list))) {
        char *path;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        path = file_join(folder, e->d_name);
        code = path ? read_path(path, depth) : error_memory();
        free(path);
    }
    if (list && !code && !e && errno)
        code = unreadable(folder);
    if (list)
        closedir(list);
    return code;
}

int repair_readable(const repair *r, const char *file)
{
    static const char *const ENDS[] = {"", "-journal", "-wal"};
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i < sizeof ENDS / sizeof *ENDS; i++) {
        char *path = memory_format("%s%s", file, ENDS[i]);
        code = path ? read_path(path, 0) : error_memory();
        free(path);
    }
    return code ? code : read_path(r->log_path, 0);
}
