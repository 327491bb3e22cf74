/* SPDX-License-Identifier: MIT */
/* libgit2's memory. When there is none left the process ends, in order, with
 * words and status 3 (base/memory.h, memory_exhausted).
 *
 * libgit2 1.5.1 does not live through it: failing one allocation after another
 * (tests/cmd_memory_sweep.c), its error object recursed for ever, reading a
 * configuration went through a NULL pointer, a fetch found "nothing new", and
 * a commit was said to be written and was not, so that the replica recorded
 * what its log did not hold. A process that dies loses nothing: that is what
 * tests/cmd_kill_sweep.c proves at every write. So dying is the safe answer,
 * and the only one that does not depend on a hundred places in a library.
 */
#include "sync/log_private_internal.h"

#include <git2.h>
#include <git2/sys/alloc.h>
#include <stdlib.h>
#include <string.h>

/* What libgit2 gets for MEMORY of BYTES bytes; NULL for none wanted is fine. */
static void *or_end(void *memory, size_t bytes)
{
    if (!memory && bytes > 0)
        memory_exhausted();
    return memory;
}

static void *allocate(size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return or_end(malloc(bytes), bytes);
}

static void *reallocate(void *old, size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return or_end(realloc(old, bytes), bytes);
}

#if LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 7
/* Later ones make these of the two above. */
static void *allocate_array(size_t count, size_t each, const char *file,
                            int line)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, each, &bytes))
        return NULL;
    return allocate(bytes, file, line);
}

static void *allocate_zeroed(size_t count, size_t each, const char *file,
                             int line)
{
    (void)file;
    (void)line;
    return or_end(calloc(count, each), 1);
}

static void *reallocate_array(void *old, size_t count, size_t each,
                              const char *file, int line)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, each, &bytes))
        return NULL;
    return reallocate(old, bytes, file, line);
}

/* LENGTH bytes of TEXT, and a NUL. */
static char *copy_exactly(const char *text, size_t length, const char *file,
                          int line)
{
    char *copy = length < SIZE_MAX ? allocate(length + 1, file, line) : NULL;
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

static char *copy_at_most(const char *text, size_t length, const char *file,
                          int line)
{
    return copy_exactly(text, strnlen(text, length), file, line);
}

static char *copy_text(const char *text, const char *file, int line)
{
    return copy_exactly(text, strlen(text), file, line);
}
#endif

void gitlog_set_allocator(void)
{
    static git_allocator ours = {
        .gmalloc = allocate,
        .grealloc = reallocate,
#if LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 7
        .gcalloc = allocate_zeroed,
        .gstrdup = copy_text,
        .gstrndup = copy_at_most,
        .gsubstrdup = copy_exactly,
        .greallocarray = reallocate_array,
        .gmallocarray = allocate_array,
#endif
        .gfree = free,
    };
    git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &ours);
}
