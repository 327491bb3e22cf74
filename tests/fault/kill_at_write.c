/* SPDX-License-Identifier: MIT */
/* A library for LD_PRELOAD that counts the write operations of a program and
 * its children, and makes the Nth go wrong.
 *
 *   TAWAM_FAULT_AT=N       which one, from 1; unset or 0: only count
 *   TAWAM_FAULT_MODE       kill: the process dies just before it (default)
 *                          group: so does its whole process group
 *                          torn: half of a write happens, then the group dies
 *                          eio: it fails with EIO, once
 *                          eio-on: it and each later one
 *                          enospc: it, and each later one that needs room,
 *                          fails with ENOSPC
 *                          enospc-once: only the first that needs room
 *                          (memory…: see fail_alloc.c; eio-read…: fail_read.c)
 *   TAWAM_FAULT_COUNT=FILE where the count stands, as one native 64-bit
 *                          integer that all processes share: remove it before
 *                          a run, read it with od -An -N 8 -t u8
 *   TAWAM_FAULT_LOG=FILE   each operation, one a line: its number, the
 *                          process, its kind, with ! if it goes wrong, where
 *   TAWAM_FAULT_UNDER=FOLDER  only what is below this folder (an absolute path
 *                          without links) is counted, and goes wrong
 *
 * Counted is what changes files or folders: write, pwrite, writev, ftruncate
 * and fsync on regular files or folders, open that creates, rename, link,
 * symlink, unlink, mkdir, rmdir, and what stdio writes to a file opened by
 * fopen() or fdopen() for writing. Not counted: pipes, sockets, terminals,
 * other streams, and stores into a mapped file (libgit2 writes packs so).
 * Calls go to the kernel directly.
 *
 * A test that forks instead of starting programs calls fault_arm() of shim.h
 * in the child. */
#include <dlfcn.h>
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
#include "shim.h"

static _Atomic uint64_t alone;           /* the count, if no file shares it */
static _Atomic uint64_t *count = &alone; /* mapped: shared with children */
static _Atomic uint64_t *bitten;         /* beside it: faults that happened */
static char *kinds;                      /* then the first letter of each */
static uint64_t fault_at;
static fault_mode mode;
static const char *log_path;
static const char *under; /* NULL: everywhere */
static int in_sweep;      /* fault_arm() was called */

static fault_mode mode_named(const char *name)
{
    for (int i = 0; name && i < FAULT_MODES; i++) {
        if (strcmp(name, FAULT_NAMES[i]) == 0)
            return (fault_mode)i;
    }
    return FAULT_KILL;
}

void fault_arm(fault_mode how, uint64_t at)
{
    atomic_store(count, 0);
    atomic_store(bitten, 0);
    in_sweep = 1;
    mode = how;
    fault_at = how < FAULT_MEMORY ? at : 0;
    fault_arm_memory(how, fault_is_memory(how) ? at : 0);
    fault_arm_read(how, fault_is_read(how) ? at : 0);
}

void fault_under(const char *path)
{
    under = path;
}

uint64_t fault_writes(void)
{
    return atomic_load(count);
}

uint64_t fault_bitten(void)
{
    return atomic_load(bitten);
}

void fault_bite(void)
{
    atomic_fetch_add(bitten, 1);
}

int fault_bitten_first(void)
{
    return atomic_load(bitten) == 0;
}

enum { SHARED_BYTES = 2 * sizeof(uint64_t) + FAULT_KINDS };

const char *fault_kinds(void)
{
    return kinds;
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
        if (fd < 0 || syscall(SYS_ftruncate, fd, (off_t)SHARED_BYTES) < 0)
            abort();
    } else {
        flags |= MAP_ANONYMOUS;
    }
    shared = mmap(NULL, SHARED_BYTES, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (shared == MAP_FAILED)
        abort();
    count = shared;
    bitten = count + 1;
    kinds = (char *)(count + 2);
    if (fd >= 0)
        close(fd);
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("TAWAM_FAULT_AT");

    share_count(getenv("TAWAM_FAULT_COUNT"));
    mode = mode_named(getenv("TAWAM_FAULT_MODE"));
    under = getenv("TAWAM_FAULT_UNDER");
    log_path = getenv("TAWAM_FAULT_LOG");
    fault_at = at ? strtoull(at, NULL, 10) : 0;
    if (fault_is_read(mode))
        fault_arm_read(mode, fault_at);
    if (fault_at && fault_is_memory(mode))
        fault_arm_memory(mode, fault_at);
    if (mode >= FAULT_MEMORY)
        fault_at = 0;
}

/* 1 if FD is a file or folder, whose change outlives the process. */
static int lasts(int fd)
{
    struct stat s;

    return syscall(SYS_newfstatat, fd, "", &s, AT_EMPTY_PATH) == 0 &&
           (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode));
}

__attribute__((noreturn)) static void die(void)
{
    kill(mode == FAULT_KILL ? getpid() : 0, SIGKILL);
    for (;;)
        pause();
}

/* The name of what FD is open on, "" if it has none. */
static const char *name_of(int fd, char *target, size_t size)
{
    char link[64];
    ssize_t got = 0;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    got = syscall(SYS_readlinkat, AT_FDCWD, link, target, size - 1);
    target[got > 0 ? got : 0] = '\0';
    return target;
}

/* 1 if PATH, beside the folder FD where it is relative, or with NULL what FD is
 * open on, lies under the folder that the run is about. */
int fault_concerns(const char *path, int fd)
{
    size_t length = under ? strlen(under) : 0;
    char target[4096] = "";

    if (!under)
        return 1;
    if (!path || (path[0] != '/' && fd != AT_FDCWD))
        path = name_of(fd, target, sizeof target);
    else if (path[0] != '/')
        path = getcwd(target, sizeof target);
    return path && strncmp(path, under, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

enum verdict { PASS, TEAR, FAIL, DIE };

/* Opened each time: a process that closes what it inherits would give a kept
 * number to a file of its own. */
static void note(uint64_t number, const char *what, enum verdict v,
                 const char *path, int fd)
{
    char line[600], target[400];
    int length = 0, log = -1, error = errno;

    if (!log_path)
        return;
    log = raw_open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log < 0)
        abort();
    if (!path)
        path = name_of(fd, target, sizeof target);
    length = snprintf(line, sizeof line, "%llu %ld %s%s %.400s\n",
                      (unsigned long long)number, (long)getpid(), what,
                      v == PASS ? "" : "!", path);
    syscall(SYS_write, log, line, (size_t)length);
    close(log);
    errno = error;
}

/* Fail one with NUMBER; all that come after it too, if STAYING. */
static enum verdict refuse(int number, int staying)
{
    if (!staying && atomic_exchange(bitten, 1) != 0)
        return PASS;
    if (staying)
        fault_bite();
    errno = number;
    return FAIL;
}

/* What becomes of operation NUMBER. NEEDS_ROOM: it takes space on the disk. */
static enum verdict decide(uint64_t number, int needs_room, int tears)
{
    if (fault_at == 0 || number < fault_at)
        return PASS;
    if (mode == FAULT_FULL || mode == FAULT_FULL_ONCE)
        return needs_room ? refuse(ENOSPC, mode == FAULT_FULL) : PASS;
    if (mode == FAULT_EIO_ON)
        return refuse(EIO, 1);
    if (number > fault_at)
        return PASS;
    if (mode == FAULT_EIO)
        return refuse(EIO, 0);
    fault_bite();
    return mode == FAULT_TORN && tears ? TEAR : DIE;
}

void fault_log(uint64_t number, const char *what, int failed, const char *path,
               int fd)
{
    note(number, what, failed ? FAIL : PASS, path, fd);
}

/* Count one operation, on what FD is open on or on PATH, which is beside the
 * folder FD if relative, and say what becomes of it. Dies here when that is
 * what was asked for. */
static enum verdict judge(const char *what, const char *path, int fd,
                          int needs_room)
{
    int error = errno;
    uint64_t number = 0;
    enum verdict v = PASS;

    if (!fault_concerns(path, fd)) {
        errno = error;
        return PASS;
    }
    number = atomic_fetch_add(count, 1) + 1;
    if (number <= FAULT_KINDS)
        kinds[number - 1] = what[0];
    errno = error;
    v = decide(number, needs_room, !path && needs_room);
    note(number, what, v, path, fd);
    if (v == DIE)
        die();
    return v;
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
    int chance = fault_open_chance(path);

    if (chance >= 0)
        return chance;

    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_list rest;
        va_start(rest, flags);
        rights = va_arg(rest, mode_t);
        va_end(rest);
    }
    /* Opening what is there creates nothing, whatever the flag says. */
    if ((flags & O_CREAT) && syscall(SYS_faccessat, folder, path, F_OK) < 0) {
        errno = 0;
        if (judge("open", path, folder, 1) == FAIL)
            return -1;
    } else if (fault_open_fails(folder, path, flags)) {
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
    if (judge("rename", to, to_folder, 0) == FAIL)
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
    if (judge("link", to, to_folder, 1) == FAIL)
        return -1;
    return (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int symlink(const char *target, const char *path)
{
    if (judge("symlink", path, AT_FDCWD, 1) == FAIL)
        return -1;
    return (int)syscall(SYS_symlinkat, target, AT_FDCWD, path);
}

int unlinkat(int folder, const char *path, int flags)
{
    if (judge("unlink", path, folder, 0) == FAIL)
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
    if (judge("directory", path, folder, 1) == FAIL)
        return -1;
    return (int)syscall(SYS_mkdirat, folder, path, rights);
}

int mkdir(const char *path, mode_t rights)
{
    return mkdirat(AT_FDCWD, path, rights);
}

/* ---- stdio: libc's own writes don't come by here, a cookie's do ---- */

enum { STREAMS = 16 };
static struct {
    FILE *file;
    int fd;
} streams[STREAMS];

static ssize_t stream_write(void *cookie, const char *bytes, size_t length)
{
    ssize_t wrote = write((int)(intptr_t)cookie, bytes, length);

    return wrote < 0 ? 0 : wrote;
}

static int stream_close(void *cookie)
{
    int fd = (int)(intptr_t)cookie;

    for (int i = 0; i < STREAMS; i++) {
        if (streams[i].file && streams[i].fd == fd)
            streams[i].file = NULL;
    }
    return close(fd);
}

static ssize_t stream_read(void *cookie, char *bytes, size_t length)
{
    return read((int)(intptr_t)cookie, bytes, length);
}

static int stream_seek(void *cookie, off64_t *to, int whence)
{
    off_t at = lseek((int)(intptr_t)cookie, *to, whence);

    *to = at;
    return at < 0 ? -1 : 0;
}

/* A stream over FD that is only written, or (HOW "r") only read. */
static FILE *stream_over(int fd, const char *how)
{
    cookie_io_functions_t calls = {.read = stream_read,
                                   .write = stream_write,
                                   .seek = how[0] == 'r' ? stream_seek : NULL,
                                   .close = stream_close};
    FILE *file = fopencookie((void *)(intptr_t)fd, how, calls);

    for (int i = 0; file && i < STREAMS; i++) {
        if (!streams[i].file) {
            streams[i].file = file;
            streams[i].fd = fd;
            break;
        }
    }
    return file;
}

FILE *fdopen(int fd, const char *how)
{
    static FILE *(*real)(int, const char *);

    if (how[0] == 'w' && !strchr(how, '+') && lasts(fd))
        return stream_over(fd, "w");
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "fdopen");
    return real(fd, how);
}

FILE *fopen(const char *path, const char *how)
{
    static FILE *(*real)(const char *, const char *);
    int fd = -1;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "fopen");
    /* A third of a short command's time goes into libgit2's reading of these,
     * for HTTPS, which no sweep uses. */
    if (in_sweep && strstr(path, "ca-certificates.crt")) {
        errno = ENOENT;
        return NULL;
    }
    if (strchr(how, '+') || (how[0] != 'w' && how[0] != 'r') ||
        (how[0] == 'r' && !fault_reads_stream(path)))
        return real(path, how);
    fd = how[0] == 'r'
             ? open(path, O_RDONLY | O_CLOEXEC)
             : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return fd < 0 ? NULL : stream_over(fd, how[0] == 'r' ? "r" : "w");
}
ALSO(fopen, fopen64);

int fileno(FILE *file)
{
    static int (*real)(FILE *);

    for (int i = 0; i < STREAMS; i++) {
        if (streams[i].file == file)
            return streams[i].fd;
    }
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "fileno");
    return real(file);
}
