/* SPDX-License-Identifier: MIT */
/* A library for LD_PRELOAD that counts the write operations of a program and
 * its children, and makes the Nth go wrong.
 *
 *   TAWAM_FAULT_AT=N       which one, from 1; unset or 0: only count
 *   TAWAM_FAULT_MODE       kill: the process dies just before it (default)
 *                          group: so does its whole process group
 *                          torn: half of a write happens, then the group dies
 *                          eio: it fails with EIO, once
 *                          enospc: it, and each later one that needs room,
 *                          fails with ENOSPC
 *   TAWAM_FAULT_COUNT=FILE where the count stands, as one native 64-bit
 *                          integer that all processes share: zero or remove
 *                          it before a run, read it with od -An -t u8
 *   TAWAM_FAULT_LOG=FILE   each operation, one a line
 *
 * Counted is what changes files or folders: write, pwrite, writev, ftruncate
 * and fsync on regular files or folders, open that creates, rename, link,
 * symlink, unlink, mkdir, rmdir. Not counted: pipes, sockets, terminals, and
 * what stdio writes, since libc doesn't go through its own symbols there.
 * Calls go to the kernel directly, so nothing here needs dlsym(). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum mode { KILL, GROUP, TORN, EIO_ONCE, NO_SPACE };

static _Atomic uint64_t alone;           /* the count, if no file shares it */
static _Atomic uint64_t *count = &alone; /* mapped: shared with children */
static uint64_t fault_at;
static enum mode mode;
static int log_fd = -1;

static enum mode mode_named(const char *name)
{
    static const char *const names[] = {"kill", "group", "torn", "eio",
                                        "enospc"};

    for (int i = 0; name && i < 5; i++) {
        if (strcmp(name, names[i]) == 0)
            return (enum mode)i;
    }
    return KILL;
}

static int raw_open(const char *path, int flags, mode_t rights)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, rights);
}

static void share_count(const char *path)
{
    int flags = MAP_SHARED;
    int fd = -1;
    void *shared = NULL;

    if (path) {
        fd = raw_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0 || syscall(SYS_ftruncate, fd, (off_t)sizeof *count) < 0)
            abort();
    } else {
        flags |= MAP_ANONYMOUS;
    }
    shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (shared == MAP_FAILED)
        abort();
    count = shared;
    if (fd >= 0)
        close(fd);
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("TAWAM_FAULT_AT");
    const char *log = getenv("TAWAM_FAULT_LOG");

    share_count(getenv("TAWAM_FAULT_COUNT"));
    mode = mode_named(getenv("TAWAM_FAULT_MODE"));
    if (log)
        log_fd = raw_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    fault_at = at ? strtoull(at, NULL, 10) : 0;
}

/* 1 if FD is a file or folder, whose change outlives the process. */
static int lasts(int fd)
{
    struct stat s;

    return fd != log_fd && fstat(fd, &s) == 0 &&
           (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode));
}

__attribute__((noreturn)) static void die(void)
{
    kill(mode == KILL ? getpid() : 0, SIGKILL);
    for (;;)
        pause();
}

static void note(uint64_t number, const char *what, const char *path, int fd)
{
    char line[600], link[64], target[400] = "";
    int length = 0;
    ssize_t got = 0;

    if (log_fd < 0)
        return;
    if (!path) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        got = readlink(link, target, sizeof target - 1);
        target[got > 0 ? got : 0] = '\0';
        path = target;
    }
    length = snprintf(line, sizeof line, "%llu %ld %s %.400s\n",
                      (unsigned long long)number, (long)getpid(), what, path);
    syscall(SYS_write, log_fd, line, (size_t)length);
}

enum verdict { PASS, TEAR, FAIL };

/* Count one operation and say what becomes of it. NEEDS_ROOM: it takes space
 * on the disk. Dies here when that is what was asked for. */
static enum verdict judge(const char *what, const char *path, int fd,
                          int needs_room)
{
    uint64_t number = atomic_fetch_add(count, 1) + 1;
    int number_before = errno;

    note(number, what, path, fd);
    errno = number_before;
    if (fault_at == 0 || number < fault_at)
        return PASS;
    if (mode == NO_SPACE && needs_room) {
        errno = ENOSPC;
        return FAIL;
    }
    if (number > fault_at || mode == NO_SPACE)
        return PASS;
    if (mode == EIO_ONCE) {
        errno = EIO;
        return FAIL;
    }
    if (mode == TORN && fd >= 0 && needs_room)
        return TEAR;
    die();
}

/* ---- the operations; exported under their 64-bit names as well ---- */

#define ALSO(name, other) __typeof__(name) other __attribute__((alias(#name)))

ssize_t write(int fd, const void *bytes, size_t length)
{
    enum verdict v = lasts(fd) ? judge("write", NULL, fd, 1) : PASS;

    if (v == FAIL)
        return -1;
    if (v == TEAR) {
        syscall(SYS_write, fd, bytes, length / 2);
        die();
    }
    return syscall(SYS_write, fd, bytes, length);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at)
{
    enum verdict v = lasts(fd) ? judge("pwrite", NULL, fd, 1) : PASS;

    if (v == FAIL)
        return -1;
    if (v == TEAR) {
        syscall(SYS_pwrite64, fd, bytes, length / 2, at);
        die();
    }
    return syscall(SYS_pwrite64, fd, bytes, length, at);
}
ALSO(pwrite, pwrite64);

ssize_t writev(int fd, const struct iovec *parts, int parts_count)
{
    enum verdict v = lasts(fd) ? judge("writev", NULL, fd, 1) : PASS;

    if (v == FAIL)
        return -1;
    if (v == TEAR) {
        syscall(SYS_writev, fd, parts, parts_count / 2);
        die();
    }
    return syscall(SYS_writev, fd, parts, parts_count);
}

int fsync(int fd)
{
    if (lasts(fd) && judge("fsync", NULL, fd, 0) == FAIL)
        return -1;
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    if (lasts(fd) && judge("fdatasync", NULL, fd, 0) == FAIL)
        return -1;
    return (int)syscall(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t length)
{
    if (lasts(fd) && judge("ftruncate", NULL, fd, 0) == FAIL)
        return -1;
    return (int)syscall(SYS_ftruncate, fd, length);
}
ALSO(ftruncate, ftruncate64);

int openat(int folder, const char *path, int flags, ...)
{
    mode_t rights = 0;

    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_list rest;
        va_start(rest, flags);
        rights = va_arg(rest, mode_t);
        va_end(rest);
    }
    /* Opening what is there creates nothing, whatever the flag says. */
    if ((flags & O_CREAT) && faccessat(folder, path, F_OK, 0) < 0) {
        errno = 0;
        if (judge("create", path, -1, 1) == FAIL)
            return -1;
    }
    return (int)syscall(SYS_openat, folder, path, flags, rights);
}
ALSO(openat, openat64);

int open(const char *path, int flags, ...)
{
    mode_t rights = 0;

    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_list rest;
        va_start(rest, flags);
        rights = va_arg(rest, mode_t);
        va_end(rest);
    }
    return openat(AT_FDCWD, path, flags, rights);
}
ALSO(open, open64);

int creat(const char *path, mode_t rights)
{
    return openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, rights);
}
ALSO(creat, creat64);

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    if (judge("rename", to, -1, 0) == FAIL)
        return -1;
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to,
           int flags)
{
    if (judge("link", to, -1, 1) == FAIL)
        return -1;
    return (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int symlink(const char *target, const char *path)
{
    if (judge("symlink", path, -1, 1) == FAIL)
        return -1;
    return (int)syscall(SYS_symlinkat, target, AT_FDCWD, path);
}

int unlinkat(int folder, const char *path, int flags)
{
    if (judge("unlink", path, -1, 0) == FAIL)
        return -1;
    return (int)syscall(SYS_unlinkat, folder, path, flags);
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int folder, const char *path, mode_t rights)
{
    if (judge("mkdir", path, -1, 1) == FAIL)
        return -1;
    return (int)syscall(SYS_mkdirat, folder, path, rights);
}

int mkdir(const char *path, mode_t rights)
{
    return mkdirat(AT_FDCWD, path, rights);
}
