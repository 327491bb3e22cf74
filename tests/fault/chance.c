/* SPDX-License-Identifier: MIT */
/* The fifth part of the library: after fault_seed() what the kernel calls
 * random follows from a number, in this process and its children: getrandom(),
 * getentropy() and /dev/urandom, which is all that tawam, SQLite and libgit2
 * ask. So a command run twice from one state writes the same bytes, as long as
 * its processes take their turns alike. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>
#include "shim.h"

static int seeded;
static uint64_t state;

void fault_seed(uint64_t seed)
{
    seeded = 1;
    state = seed;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next(void)
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void fill(void *out, size_t length)
{
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = next();
        memcpy((char *)out + i, &word, length - i < 8 ? length - i : 8);
    }
}

ssize_t getrandom(void *out, size_t length, unsigned flags)
{
    if (!seeded)
        return syscall(SYS_getrandom, out, length, flags);
    fill(out, length);
    return (ssize_t)length;
}

int getentropy(void *out, size_t length)
{
    if (!seeded)
        return syscall(SYS_getrandom, out, length, 0) == (long)length ? 0 : -1;
    fill(out, length);
    return 0;
}

/* A file in memory with more bytes than anybody takes from it at once. */
int fault_open_chance(const char *path)
{
    char bytes[4096];
    int fd = -1;

    if (!seeded || strcmp(path, "/dev/urandom") != 0)
        return -1;
    fill(bytes, sizeof bytes);
    fd = (int)syscall(SYS_memfd_create, "urandom", 1u /* MFD_CLOEXEC */);
    if (fd >= 0 && (syscall(SYS_write, fd, bytes, sizeof bytes) < 0 ||
                    syscall(SYS_lseek, fd, 0, SEEK_SET) < 0))
        return -1;
    return fd;
}
