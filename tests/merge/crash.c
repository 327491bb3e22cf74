/* SPDX-License-Identifier: MIT */
/* The calls that change files, before the C library's own: what the program
 * and its libraries call by these names arrives here. */
#include "tests/merge/crash.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static int left; /* calls until the end; 0: never */

void crash_at_write(int n)
{
    left = n;
}

#ifndef __SANITIZE_ADDRESS__
static void count(void)
{
    if (left && --left == 0)
        _exit(CRASHED);
}

ssize_t write(int file, const void *bytes, size_t length)
{
    count();
    return syscall(SYS_write, file, bytes, length);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at)
{
    count();
    return syscall(SYS_pwrite64, file, bytes, length, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at)
{
    count();
    return syscall(SYS_pwrite64, file, bytes, length, at);
}

int ftruncate(int file, off_t length)
{
    count();
    return (int)syscall(SYS_ftruncate, file, length);
}

int ftruncate64(int file, off64_t length)
{
    count();
    return (int)syscall(SYS_ftruncate, file, length);
}

int rename(const char *from, const char *to)
{
    count();
    return (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

int link(const char *from, const char *to)
{
    count();
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
    count();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
#endif
