/* SPDX-License-Identifier: MIT */
/* The third part of the library: reads are counted, and the Nth fails with EIO,
 * as those of a worn disk do.
 *
 *   eio-read        the Nth read fails, once
 *   eio-read-file   it, and each later one of the same file or folder
 *   eio-read-on     it and all later ones
 *
 * Counted is what looks at something that is there, below the folder of
 * fault_under() or TAWAM_FAULT_UNDER (/proc, /sys, /dev and what the system is
 * made of, never): read, pread, readv, open without creating, opendir, readdir
 * (each entry, for the kernel hands them out in blocks), scandir, stat and its
 * kin, access, readlink, realpath, and what stdio reads of a file opened by
 * fopen() for reading. Not counted: a look at a name that nothing has, and
 * pages of a mapped file. Nothing is counted before fault_arm(). */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "shim.h"

/* Shared with the children. */
static struct shared {
    _Atomic uint64_t count;
    _Atomic uint64_t device, inode; /* of what does not read any more */
} * shared;

static int armed, noting;
static uint64_t fail_at;
static fault_mode mode;
static _Thread_local int inside; /* the library's own look at a file */

void fault_arm_read(fault_mode how, uint64_t at)
{
    if (!shared)
        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    atomic_store(&shared->count, 0);
    atomic_store(&shared->device, 0);
    atomic_store(&shared->inode, 0);
    mode = how;
    fail_at = at;
    armed = fault_is_read(how);
}

void fault_note_reads(void)
{
    noting = 1;
}

uint64_t fault_reads(void)
{
    return atomic_load(&shared->count);
}

static int raw_stat(int folder, const char *path, struct stat *s, int flags)
{
    return (int)syscall(SYS_newfstatat, folder, path, s, flags);
}

/* 1 if the file of S is the one that does not read, which the one at which the
 * fault began becomes. */
static int same_file(const struct stat *s)
{
    uint64_t none = 0;

    if (atomic_compare_exchange_strong(&shared->inode, &none, s->st_ino))
        atomic_store(&shared->device, s->st_dev);
    return atomic_load(&shared->inode) == s->st_ino &&
           atomic_load(&shared->device) == s->st_dev;
}

static int goes_wrong(uint64_t number, const struct stat *s)
{
    if (fail_at == 0 || number < fail_at)
        return 0;
    if (mode == FAULT_READ_ON)
        return 1;
    if (mode == FAULT_READ_FILE)
        return same_file(s);
    return fault_bitten_first();
}

/* Count one read of what S tells of, found at PATH or open as FD, and say
 * whether it fails; errno is then EIO. */
static int judge(const char *what, const char *path, int fd,
                 const struct stat *s)
{
    int wrong = 0, error = errno;
    uint64_t number = 0;

    inside = 1;
    if ((S_ISREG(s->st_mode) || S_ISDIR(s->st_mode) || S_ISLNK(s->st_mode)) &&
        fault_concerns(path, fd)) {
        number = atomic_fetch_add(&shared->count, 1) + 1;
        if (noting)
            fault_note_site(number);
        wrong = goes_wrong(number, s);
        fault_log(number, what, wrong, path, fd);
    }
    inside = 0;
    if (wrong)
        fault_bite();
    errno = wrong ? EIO : error;
    return wrong;
}

/* The same for PATH, beside FOLDER where it is relative, if that is there. */
static int judge_path(const char *what, int folder, const char *path, int flags)
{
    struct stat s;
    int error = errno;

    if (!armed || inside || raw_stat(folder, path, &s, flags) < 0) {
        errno = error;
        return 0;
    }
    return judge(what, path, folder, &s);
}

static int judge_open(const char *what, int fd)
{
    struct stat s;
    int error = errno;

    if (!armed || inside || raw_stat(fd, "", &s, AT_EMPTY_PATH) < 0) {
        errno = error;
        return 0;
    }
    return judge(what, NULL, fd, &s);
}

int fault_open_fails(int folder, const char *path, int flags)
{
    return judge_path("open", folder, path,
                      flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0);
}

int fault_reads_stream(const char *path)
{
    return armed && fault_concerns(path, AT_FDCWD);
}

/* ---- the operations; exported under their 64-bit names as well ---- */

#define ALSO(name, other)                                                      \
    __typeof__(name) also_##other __asm__(#other)                              \
        __attribute__((alias(#name), copy(name)))

ssize_t read(int fd, void *bytes, size_t length)
{
    return judge_open("read", fd) ? -1 : syscall(SYS_read, fd, bytes, length);
}

ssize_t pread(int fd, void *bytes, size_t length, off_t at)
{
    return judge_open("pread", fd)
               ? -1
               : syscall(SYS_pread64, fd, bytes, length, at);
}
ALSO(pread, pread64);

ssize_t readv(int fd, const struct iovec *parts, int parts_count)
{
    return judge_open("readv", fd) ? -1
                                   : syscall(SYS_readv, fd, parts, parts_count);
}

int fstatat(int folder, const char *path, struct stat *s, int flags)
{
    return judge_path("stat", folder, path, flags)
               ? -1
               : raw_stat(folder, path, s, flags);
}
ALSO(fstatat, fstatat64);

int stat(const char *path, struct stat *s)
{
    return fstatat(AT_FDCWD, path, s, 0);
}
ALSO(stat, stat64);

int lstat(const char *path, struct stat *s)
{
    return fstatat(AT_FDCWD, path, s, AT_SYMLINK_NOFOLLOW);
}
ALSO(lstat, lstat64);

int fstat(int fd, struct stat *s)
{
    return judge_open("fstat", fd) ? -1 : raw_stat(fd, "", s, AT_EMPTY_PATH);
}
ALSO(fstat, fstat64);

int faccessat(int folder, const char *path, int wanted, int flags)
{
    static int (*real)(int, const char *, int, int);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "faccessat");
    return judge_path("access", folder, path, 0)
               ? -1
               : real(folder, path, wanted, flags);
}

int access(const char *path, int wanted)
{
    return faccessat(AT_FDCWD, path, wanted, 0);
}

ssize_t readlinkat(int folder, const char *path, char *target, size_t size)
{
    return judge_path("readlink", folder, path, AT_SYMLINK_NOFOLLOW)
               ? -1
               : syscall(SYS_readlinkat, folder, path, target, size);
}

ssize_t readlink(const char *path, char *target, size_t size)
{
    return readlinkat(AT_FDCWD, path, target, size);
}

/* The next of NAME, kept in *REAL. */
static void *find(void **real, const char *name)
{
    if (!*real)
        *real = dlsym(RTLD_NEXT, name);
    return *real;
}

char *realpath(const char *path, char *resolved)
{
    static void *real;

    if (judge_path("realpath", AT_FDCWD, path, 0))
        return NULL;
    return ((char *(*)(const char *, char *))find(&real, "realpath"))(path,
                                                                      resolved);
}

DIR *opendir(const char *path)
{
    static void *real;

    if (judge_path("opendir", AT_FDCWD, path, 0))
        return NULL;
    return ((DIR * (*)(const char *)) find(&real, "opendir"))(path);
}

struct dirent *readdir(DIR *folder)
{
    static void *real;

    if (judge_open("readdir", dirfd(folder)))
        return NULL;
    return ((struct dirent * (*)(DIR *)) find(&real, "readdir"))(folder);
}
ALSO(readdir, readdir64);

typedef int (*filter)(const struct dirent *);
typedef int (*order)(const struct dirent **, const struct dirent **);
int scandir(const char *path, struct dirent ***names, filter wanted,
            order compare)
{
    static void *real;

    if (judge_path("scandir", AT_FDCWD, path, 0))
        return -1;
    return ((int (*)(const char *, struct dirent ***, filter, order))find(
        &real, "scandir"))(path, names, wanted, compare);
}
ALSO(scandir, scandir64);
