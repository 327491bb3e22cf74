/* SPDX-License-Identifier: MIT */
/* The other half of the library: allocations of the program and of all its
 * libraries are counted, and the Nth fails (memory), or it and all later ones
 * (memory-on). Nothing is counted before fault_arm().
 *
 * A sync makes tens of thousands, most at the same places. fault_note_sites()
 * therefore finds the first of each distinct call stack, eight frames deep, so
 * that a test fails one of each. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "shim.h"

enum { SITES = 1 << 16, DEPTH = 8, SKIPPED = 2 };

/* Shared with the children. */
static struct shared {
    _Atomic uint64_t count;
    _Atomic uint64_t seen[SITES]; /* hashes of call stacks; 0: free */
    _Atomic uint32_t site_count;
    uint32_t numbers[SITES];
    uint64_t names[SITES]; /* of the same: hashes that outlive the process */
} * shared;

static int armed, noting;
static uint64_t fail_at;
static fault_mode mode;
static _Thread_local int inside; /* backtrace() may allocate */

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t each);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

/* FRAME's place in its program or library, which is loaded elsewhere each
 * time. */
static uint64_t place_of(void *frame)
{
    Dl_info where = {0};

    return dladdr(frame, &where) && where.dli_fbase
               ? (uint64_t)((char *)frame - (char *)where.dli_fbase)
               : 0;
}

void fault_note_site(uint64_t number)
{
    void *frames[DEPTH + SKIPPED];
    int depth = backtrace(frames, DEPTH + SKIPPED);
    uint64_t hash = 1469598103934665603u;
    uint64_t expected = 0;

    for (int i = SKIPPED; i < depth; i++)
        hash = (hash ^ place_of(frames[i])) * 1099511628211u;
    hash |= 1;
    for (uint64_t at = (hash >> 20) % SITES;; at = (at + 1) % SITES) {
        expected = 0;
        if (atomic_compare_exchange_strong(&shared->seen[at], &expected, hash))
            break;
        if (expected == hash)
            return;
    }
    uint32_t next = atomic_fetch_add(&shared->site_count, 1);
    if (next < SITES / 2) {
        shared->numbers[next] = (uint32_t)number;
        shared->names[next] = hash;
    }
}

/* 1 if this allocation may go through. */
static int permit(void)
{
    uint64_t number;

    if (!armed || inside)
        return 1;
    number = atomic_fetch_add(&shared->count, 1) + 1;
    if (noting) {
        inside = 1;
        fault_note_site(number);
        inside = 0;
    }
    if (fail_at == 0 || number < fail_at)
        return 1;
    if (number > fail_at && mode != FAULT_MEMORY_ON)
        return 1;
    fault_bite();
    errno = ENOMEM;
    return 0;
}

void fault_arm_memory(fault_mode how, uint64_t at)
{
    if (!shared)
        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    atomic_store(&shared->count, 0);
    mode = how;
    fail_at = at;
    armed = 1;
}

void fault_note_sites(fault_mode of)
{
    void *frame[1];

    backtrace(frame, 1); /* loads what it needs */
    for (int i = 0; i < SITES; i++)
        atomic_store(&shared->seen[i], 0);
    atomic_store(&shared->site_count, 0);
    if (fault_is_read(of))
        fault_note_reads();
    else
        noting = 1;
}

uint64_t fault_allocations(void)
{
    return atomic_load(&shared->count);
}

uint64_t fault_sites(const uint32_t **numbers, const uint64_t **names)
{
    uint32_t count = atomic_load(&shared->site_count);

    *numbers = shared->numbers;
    *names = shared->names;
    return count < SITES / 2 ? count : SITES / 2;
}

void *malloc(size_t bytes)
{
    return permit() ? __libc_malloc(bytes) : NULL;
}

void *calloc(size_t count, size_t each)
{
    return permit() ? __libc_calloc(count, each) : NULL;
}

void *realloc(void *old, size_t bytes)
{
    return permit() ? __libc_realloc(old, bytes) : NULL;
}

void *memalign(size_t alignment, size_t bytes)
{
    return permit() ? __libc_memalign(alignment, bytes) : NULL;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return memalign(alignment, bytes);
}

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    void *fresh = memalign(alignment, bytes);

    if (!fresh)
        return ENOMEM;
    *out = fresh;
    return 0;
}
