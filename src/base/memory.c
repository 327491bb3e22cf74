/* SPDX-License-Identifier: MIT */
/* Allocation. Every function here asks permit() before it hands out memory, so
 * that a test can make any single one of them fail (memory_fail_at).
 *
 *   arena -> [block: next | capacity | used | bytes...] -> [block] -> NULL
 *            newest first; the last in the chain is the one a reset keeps
 */
#include "base/memory.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"

#define ARENA_BLOCK 8192
#define BUFFER_FIRST 64

static atomic_long made;    /* allocations since the program began */
static atomic_long fail_at; /* value of `made` at which one fails; 0 never */

/* Count one allocation; 0 if a test wants this one to fail. */
static int permit(void)
{
    long number = atomic_fetch_add(&made, 1) + 1;

    if (atomic_load(&fail_at) != number)
        return 1;
    atomic_store(&fail_at, 0);
    error_memory();
    return 0;
}

static void (*_Atomic on_exhausted)(void);

void memory_on_exhausted(void (*call)(void))
{
    atomic_store(&on_exhausted, call);
}

void memory_exhausted(void)
{
    void (*call)(void) = atomic_load(&on_exhausted);

    if (call)
        call();
}

void memory_fail_at(long nth)
{
    atomic_store(&fail_at, nth > 0 ? atomic_load(&made) + nth : 0);
}

long memory_allocations(void)
{
    return atomic_load(&made);
}

void *memory_array(size_t count, size_t each)
{
    void *fresh = NULL;
    size_t bytes = 0;

    if (!permit())
        return NULL;
    /* calloc() checks as well, but a sanitizer's then ends the program. */
    if (!__builtin_mul_overflow(count, each, &bytes))
        fresh = calloc(bytes ? bytes : 1, 1);
    if (!fresh)
        error_memory();
    return fresh;
}

void *memory_new(size_t bytes)
{
    return memory_array(bytes, 1);
}

char *memory_string_length(const char *text, size_t length)
{
    char *copy = NULL;

    if (!text)
        return NULL;
    if (length == SIZE_MAX) {
        error_memory();
        return NULL;
    }
    copy = memory_new(length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

char *memory_string(const char *text)
{
    return text ? memory_string_length(text, strlen(text)) : NULL;
}

char *memory_format(const char *format, ...)
{
    buffer b = {0};
    va_list arguments;

    va_start(arguments, format);
    buffer_vformat(&b, format, arguments);
    va_end(arguments);
    return buffer_take(&b);
}

int memory_reserve(void **array, size_t *capacity, size_t needed, size_t each)
{
    size_t wanted = *capacity < 8 ? 8 : *capacity;
    size_t bytes = 0;
    void *grown = NULL;

    if (needed <= *capacity)
        return TAWAM_OK;
    while (wanted < needed)
        wanted = wanted > SIZE_MAX / 2 ? needed : wanted * 2;
    if (__builtin_mul_overflow(wanted, each, &bytes))
        return error_memory();
    if (!permit())
        return TAWAM_EMEMORY;
    grown = realloc(*array, bytes ? bytes : 1);
    if (!grown)
        return error_memory();
    *array = grown;
    *capacity = wanted;
    return TAWAM_OK;
}

/* ---- arena ---- */

typedef struct block {
    struct block *next;
    size_t capacity;
    size_t used;
    alignas(max_align_t) uint8_t bytes[];
} block;

struct arena {
    block *newest;
    size_t handed_out;
};

int arena_new(arena **out)
{
    arena *a = memory_new(sizeof *a);

    if (!a)
        return TAWAM_EMEMORY;
    *out = a;
    return TAWAM_OK;
}

void arena_free(arena *a)
{
    if (!a)
        return;
    while (a->newest) {
        block *next = a->newest->next;
        free(a->newest);
        a->newest = next;
    }
    free(a);
}

void arena_reset(arena *a)
{
    while (a->newest && a->newest->next) {
        block *next = a->newest->next;
        free(a->newest);
        a->newest = next;
    }
    if (a->newest)
        a->newest->used = 0;
    a->handed_out = 0;
}

/* A block with room for BYTES, made the newest; NULL without memory. */
static block *arena_grow(arena *a, size_t bytes)
{
    size_t capacity = bytes > ARENA_BLOCK ? bytes : ARENA_BLOCK;
    block *fresh = NULL;

    if (capacity <= SIZE_MAX - sizeof *fresh)
        fresh = malloc(sizeof *fresh + capacity);
    if (!fresh) {
        error_memory();
        return NULL;
    }
    fresh->capacity = capacity;
    fresh->used = 0;
    fresh->next = a->newest;
    a->newest = fresh;
    return fresh;
}

void *arena_alloc(arena *a, size_t bytes)
{
    const size_t align = alignof(max_align_t);
    block *b = a->newest;
    size_t rounded = 0;
    void *result = NULL;

    if (!permit())
        return NULL;
    if (__builtin_add_overflow(bytes ? bytes : 1, align - 1, &rounded)) {
        error_memory();
        return NULL;
    }
    rounded &= ~(align - 1);
    if (!b || b->capacity - b->used < rounded)
        b = arena_grow(a, rounded);
    if (!b)
        return NULL;
    result = b->bytes + b->used;
    b->used += rounded;
    a->handed_out += bytes;
    memset(result, 0, rounded);
    return result;
}

void *arena_copy(arena *a, const void *bytes, size_t length)
{
    void *copy = arena_alloc(a, length);

    if (copy && length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

char *arena_string(arena *a, const char *text)
{
    return text ? arena_copy(a, text, strlen(text) + 1) : NULL;
}

size_t arena_size(const arena *a)
{
    return a->handed_out;
}

/* ---- buffer ---- */

/* Room for MORE bytes and the final NUL; 0 if the buffer has failed. */
static int buffer_room(buffer *b, size_t more)
{
    size_t needed = 0;

    if (b->failed)
        return 0;
    if (__builtin_add_overflow(b->length, more, &needed) ||
        __builtin_add_overflow(needed, 1, &needed)) {
        error_memory();
        b->failed = 1;
        return 0;
    }
    if (needed <= b->capacity)
        return 1;
    if (needed < BUFFER_FIRST)
        needed = BUFFER_FIRST;
    void *grown = b->data;
    if (memory_reserve(&grown, &b->capacity, needed, 1) < 0) {
        b->failed = 1;
        return 0;
    }
    b->data = grown;
    return 1;
}

void buffer_bytes(buffer *b, const void *bytes, size_t length)
{
    if (!buffer_room(b, length))
        return;
    if (length > 0)
        memcpy(b->data + b->length, bytes, length);
    b->length += length;
    b->data[b->length] = '\0';
}

void buffer_byte(buffer *b, uint8_t byte)
{
    buffer_bytes(b, &byte, 1);
}

void buffer_text(buffer *b, const char *text)
{
    buffer_bytes(b, text, strlen(text));
}

void buffer_vformat(buffer *b, const char *format, va_list arguments)
{
    va_list again;
    int length = 0;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        error_set(TAWAM_EMEMORY, "cannot format text");
        b->failed = 1;
        return;
    }
    if (!buffer_room(b, (size_t)length))
        return;
    vsnprintf((char *)b->data + b->length, (size_t)length + 1, format,
              arguments);
    b->length += (size_t)length;
}

void buffer_format(buffer *b, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    buffer_vformat(b, format, arguments);
    va_end(arguments);
}

void buffer_clear(buffer *b)
{
    b->length = 0;
    b->failed = 0;
    if (b->data)
        b->data[0] = '\0';
}

void buffer_free(buffer *b)
{
    free(b->data);
    *b = (buffer){0};
}

char *buffer_take(buffer *b)
{
    char *text = NULL;

    if (!b->data)
        buffer_bytes(b, "", 0);
    if (b->failed) {
        buffer_free(b);
        return NULL;
    }
    text = (char *)b->data;
    *b = (buffer){0};
    return text;
}

int buffer_check(const buffer *b)
{
    return b->failed ? error_memory() : TAWAM_OK;
}
