/* SPDX-License-Identifier: MIT */
/* Memory: plain malloc and free for what lives long, an arena for what dies
 * together, a buffer for bytes that grow. All sizes are checked for overflow.
 * On failure the functions return NULL (or mark the buffer failed) and have
 * set TAWAM_EMEMORY; nothing aborts. free() releases all but arenas/buffers. */
#ifndef TAWAM_BASE_MEMORY_H
#define TAWAM_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <stdarg.h>

void *memory_new(size_t bytes);                /* zeroed; bytes 0 gives 1 */
void *memory_array(size_t count, size_t each); /* zeroed */
char *memory_string(const char *text);         /* copy; NULL gives NULL */
char *memory_string_length(const char *text, size_t length);
char *memory_format(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Make *array hold at least NEEDED elements of EACH bytes, doubling;
 * *capacity is in elements; new ones are not zeroed. On failure *array stays
 * as it was. */
int memory_reserve(void **array, size_t *capacity, size_t needed, size_t each);

/* Tests make the Nth allocation from now fail (1 = the next), once. 0 never.
 * Counts every call above and below. */
void memory_fail_at(long nth);
long memory_allocations(void); /* made since the program began */

/* For a library that can't be trusted to go on without memory (log_memory.c
 * says why libgit2 is one): does CALL, which ends the process in order. main
 * and the screens set it; with none set, memory_exhausted() returns, and the
 * library gets its NULL. CALL must not allocate. */
void memory_on_exhausted(void (*call)(void));
void memory_exhausted(void);

/* Arena: everything allocated from it is freed at once. */
typedef struct arena arena;
int arena_new(arena **out);
void arena_free(arena *a);
void arena_reset(arena *a);                /* keeps its first block for reuse */
void *arena_alloc(arena *a, size_t bytes); /* zeroed, aligned for anything */
char *arena_string(arena *a, const char *text);
void *arena_copy(arena *a, const void *bytes, size_t length);
size_t arena_size(const arena *a); /* bytes handed out */

/* Buffer: zero-initialise to use. After any failed append `failed` stays set,
 * later appends do nothing, so one check at the end serves. `data` is always
 * NUL-terminated past `length` when not NULL. */
typedef struct buffer {
    uint8_t *data;
    size_t length;
    size_t capacity;
    int failed;
} buffer;

void buffer_bytes(buffer *b, const void *bytes, size_t length);
void buffer_byte(buffer *b, uint8_t byte);
void buffer_text(buffer *b, const char *text);
void buffer_format(buffer *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_vformat(buffer *b, const char *format, va_list arguments);
void buffer_clear(buffer *b); /* length 0, keeps the memory */
void buffer_free(buffer *b);  /* and makes it usable again */
/* The text, owned by the caller, and B empty; NULL if it had failed. */
char *buffer_take(buffer *b);
int buffer_check(const buffer *b); /* TAWAM_OK or TAWAM_EMEMORY, set */

#endif
