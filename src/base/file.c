/* SPDX-License-Identifier: MIT */
/* Files and folders. What file_write_atomic() has returned TAWAM_OK for stays
 * through a power cut; what failed has left the old content and no rubbish. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"

/* close() whose error nobody wants: the file was only read, or has failed. */
static void close_quietly(int fd)
{
    int number = errno;

    if (fd >= 0)
        close(fd);
    errno = number;
}

/* ---- reading ---- */

static int read_all(buffer *out, int fd, const char *path, size_t limit)
{
    size_t total = 0;

    for (;;) {
        uint8_t chunk[16384];
        ssize_t got = read(fd, chunk, sizeof chunk);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_system(_("read %s"), path);
        if (got == 0)
            return buffer_check(out);
        total += (size_t)got;
        if (total > limit)
            return error_set(TAWAM_EUSAGE, _("%s is larger than %zu bytes"),
                             path, limit);
        buffer_bytes(out, chunk, (size_t)got);
    }
}

int file_read(buffer *out, const char *path, size_t limit)
{
    size_t before = out->length;
    int standard_input = strcmp(path, "-") == 0;
    int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int result = 0;

    if (fd < 0)
        return error_system(_("open %s"), path);
    result =
        read_all(out, fd, standard_input ? _("standard input") : path, limit);
    if (!standard_input)
        close_quietly(fd);
    if (result < 0) {
        out->length = before;
        if (out->data)
            out->data[before] = '\0';
    }
    return result;
}

/* ---- writing ---- */

static int write_all(int fd, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t put = write(fd, bytes, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        bytes += put;
        length -= (size_t)put;
    }
    return 0;
}

/* Open a new file beside TARGET; its name goes to *NAME. */
static int open_temporary(char **name, const char *target)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        uint64_t random = 0;
        int fd = -1;

        if (random_bytes(&random, sizeof random) < 0)
            return -1;
        free(*name);
        *name =
            memory_format("%s.%016llx.tmp", target, (unsigned long long)random);
        if (!*name)
            return -1;
        fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* The file to replace: PATH, or what it links to. Caller frees. */
static char *resolve_target(const char *path)
{
    char resolved[PATH_MAX];

    return memory_string(realpath(path, resolved) ? resolved : path);
}

/* The folder PATH stands in. Caller frees. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return memory_string(".");
    return memory_string_length(path,
                                slash == path ? 1 : (size_t)(slash - path));
}

/* Write, flush and close the temporary FD with the rights of TARGET. */
static int fill_temporary(int fd, const char *target, const void *bytes,
                          size_t length)
{
    struct stat old;
    int failed = write_all(fd, bytes, length) < 0;

    if (!failed && stat(target, &old) == 0)
        failed = fchmod(fd, old.st_mode & 07777) < 0;
    failed = failed || fsync(fd) < 0;
    if (failed) {
        close_quietly(fd);
        return -1;
    }
    return close(fd);
}

int file_write_atomic(const char *path, const void *bytes, size_t length)
{
    char *target = resolve_target(path);
    char *folder = target ? folder_of(target) : NULL;
    char *temporary = NULL;
    int created = 0;
    int fd = -1;
    int result = TAWAM_EMEMORY;

    if (!folder)
        goto cleanup;
    errno = ENOMEM;
    fd = open_temporary(&temporary, target);
    if (fd < 0) {
        result = error_system(_("write %s"), path);
        goto cleanup;
    }
    created = 1;
    if (fill_temporary(fd, target, bytes, length) < 0 ||
        rename(temporary, target) < 0) {
        result = error_system(_("write %s"), path);
        goto cleanup;
    }
    created = 0;
    result = file_sync_folder(folder);
cleanup:
    if (created)
        unlink(temporary);
    free(temporary);
    free(folder);
    free(target);
    return result;
}

int file_sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = TAWAM_OK;

    if (fd < 0)
        return error_system(_("open %s"), path);
    /* Some network and FUSE file systems have no fsync of a folder. */
    if (fsync(fd) < 0 && errno != EINVAL && errno != ENOSYS)
        result = error_system(_("flush %s"), path);
    close_quietly(fd);
    return result;
}

/* ---- looking ---- */

/* A look at PATH failed, with errno: 0 if nothing has that name, else what is
 * there is not known. */
static int not_seen(const char *path)
{
    static const int NOTHING[] = {ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG};

    for (size_t i = 0; i < sizeof NOTHING / sizeof *NOTHING; i++) {
        if (errno == NOTHING[i])
            return 0;
    }
    return error_system(_("read %s"), path);
}

int file_exists(const char *path)
{
    struct stat found;

    return lstat(path, &found) == 0 ? 1 : not_seen(path);
}

int file_is_folder(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 ? S_ISDIR(found.st_mode) : not_seen(path);
}

int64_t file_size(const char *path)
{
    struct stat found;
    int code = TAWAM_OK;

    if (stat(path, &found) == 0)
        return (int64_t)found.st_size;
    code = not_seen(path);
    return code ? code : TAWAM_ENOTFOUND;
}

static int is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int file_entries(const char *path, int (*call)(void *context, const char *name),
                 void *context)
{
    DIR *folder = opendir(path);
    const struct dirent *entry = NULL;
    int result = TAWAM_OK;

    if (!folder) {
        result = not_seen(path);
        return result ? result : TAWAM_ENOTFOUND;
    }
    while (result == TAWAM_OK && (errno = 0, entry = readdir(folder))) {
        if (!is_dot(entry->d_name))
            result = call(context, entry->d_name);
    }
    if (result == TAWAM_OK && errno)
        result = error_system(_("read %s"), path);
    closedir(folder);
    return result;
}

static int not_empty(void *context, const char *name)
{
    (void)context;
    (void)name;
    return 1;
}

int file_empty_folder(const char *path)
{
    int found = file_entries(path, not_empty, NULL);

    if (found < 0 && found != TAWAM_ENOTFOUND)
        return found;
    return found == TAWAM_OK;
}

/* ---- folders ---- */

static int make_folder(const char *path)
{
    int is_folder;

    if (mkdir(path, 0777) == 0)
        return TAWAM_OK;
    is_folder = errno == EEXIST ? file_is_folder(path) : 0;
    if (is_folder)
        return is_folder < 0 ? is_folder : TAWAM_OK;
    return error_system(_("make folder %s"), path);
}

int file_make_folders(const char *path)
{
    char *partial = memory_string(path);
    int result = TAWAM_OK;

    if (!partial)
        return TAWAM_EMEMORY;
    for (char *at = partial; *at && result == TAWAM_OK; at++) {
        if (*at != '/' || at == partial)
            continue;
        *at = '\0';
        result = file_is_folder(partial);
        result =
            result ? (result < 0 ? result : TAWAM_OK) : make_folder(partial);
        *at = '/';
    }
    if (result == TAWAM_OK)
        result = make_folder(path);
    free(partial);
    return result;
}

static int remove_entry(int parent, const char *name);

/* Remove what is in the folder open as FD, which is taken over. */
static int remove_entries(int fd)
{
    DIR *folder = fdopendir(fd);
    const struct dirent *entry = NULL;
    int failed = 0;

    if (!folder) {
        close_quietly(fd);
        return -1;
    }
    while (!failed && (errno = 0, entry = readdir(folder)) != NULL) {
        if (!is_dot(entry->d_name))
            failed = remove_entry(dirfd(folder), entry->d_name) < 0;
    }
    int number = errno;
    failed = failed || number;
    closedir(folder);
    errno = number;
    return failed ? -1 : 0;
}

/* -1 with errno. A link is removed, what it points to is not. */
static int remove_entry(int parent, const char *name)
{
    int fd =
        openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno != ENOTDIR && errno != ELOOP)
        return -1;
    if (fd < 0)
        return unlinkat(parent, name, 0);
    if (remove_entries(fd) < 0)
        return -1;
    return unlinkat(parent, name, AT_REMOVEDIR);
}

int file_remove_tree(const char *path)
{
    int there = file_exists(path);

    if (there <= 0)
        return there;
    if (remove_entry(AT_FDCWD, path) < 0)
        return error_system(_("remove %s"), path);
    return TAWAM_OK;
}
