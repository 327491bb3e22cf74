/* SPDX-License-Identifier: MIT */
/* Errors and memory: messages, exit codes, growth, overflow, and a sweep in
 * which every single allocation of a scenario fails once. */
#include "base/base.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdint.h>

static void errors_keep_code_and_words(void)
{
    error_clear();
    is_str(error_message(), "", "no message before the first error");
    is_int(error_set(TAWAM_ENOTFOUND, "no layer '%s'", "road"), TAWAM_ENOTFOUND,
           "error_set returns its code");
    is_int(error_add("importing %s", "a.csv"), TAWAM_ENOTFOUND,
           "context keeps the code");
    is_str(error_message(), "importing a.csv: no layer 'road'",
           "context stands before the message");
    error_set(TAWAM_ENO, "again: %s", error_message());
    is_str(error_message(), "again: importing a.csv: no layer 'road'",
           "the message may be its own argument");
    errno = ENOSPC;
    is_int(error_system("write %s", "x"), TAWAM_EFULL, "ENOSPC is a full disk");
    is_str(error_message(), "cannot write x: No space left on device",
           "a system error gives the reason");
    errno = EACCES;
    is_int(error_system("read"), TAWAM_EENVIRONMENT, "EACCES is environment");
}

static void long_messages_end_in_a_whole_character(void)
{
    char text[3000] = "";

    for (size_t i = 0; i + 2 < sizeof text - 1; i += 2)
        memcpy(text + i, "\xC3\xA9", 3); /* é */
    error_set(TAWAM_ENO, "x%s", text);
    is_int(strlen(error_message()), 1023, "1,023 bytes are kept");
    ok(text_valid(error_message(), 1023), "cut between characters");
    error_set(TAWAM_ENO, "%s", text);
    is_int(strlen(error_message()), 1022, "half a character is dropped");
    ok(text_valid(error_message(), 1022), "and the rest is valid");
}

static void every_code_has_an_exit_status(void)
{
    static const int status[] = {0, 1, 2, 3, 4, 5, 6, 3, 1, 3, 1, 3, 3, 1};

    for (int code = 0; code > -14; code--)
        is_int(error_exit_status(code), status[-code], "exit status of %d",
               code);
}

static void sizes_are_checked(void)
{
    void *array = NULL;
    size_t capacity = 0;

    ok(memory_array(SIZE_MAX / 2, 3) == NULL, "a product that overflows fails");
    is_int(error_code(), TAWAM_EMEMORY, "with the code for no memory");
    is_int(memory_reserve(&array, &capacity, SIZE_MAX / 2, 8), TAWAM_EMEMORY,
           "so does an array");
    ok(array == NULL && capacity == 0, "which stays as it was");
    ok(memory_string(NULL) == NULL, "a copy of NULL is NULL");

    uint8_t *one = memory_new(0);
    ok(one && *one == 0, "no bytes still give a byte");
    free(one);
}

static void reserve_keeps_what_is_there(void)
{
    int *numbers = NULL;
    size_t capacity = 0;
    int same = 1;

    for (int i = 0; i < 1000; i++) {
        void *grown = numbers;
        if (memory_reserve(&grown, &capacity, (size_t)i + 1, sizeof *numbers))
            bail("no memory");
        numbers = grown;
        numbers[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        same = same && numbers[i] == i;
    ok(same, "1000 elements survive growth");
    ok(capacity >= 1000 && capacity < 2048, "capacity doubles: %zu", capacity);
    free(numbers);
}

static void arenas_align_and_reset(void)
{
    arena *a = NULL;
    int aligned = 1, zero = 1;

    if (arena_new(&a) < 0)
        bail("no memory");
    for (size_t size = 1; size < 500; size++) {
        uint8_t *bytes = arena_alloc(a, size);
        aligned = aligned && (uintptr_t)bytes % _Alignof(max_align_t) == 0;
        for (size_t i = 0; i < size; i++)
            zero = zero && bytes[i] == 0;
        memset(bytes, 0xFF, size);
    }
    ok(aligned, "all arena memory is aligned");
    ok(zero, "and zeroed");
    is_int(arena_size(a), 499 * 500 / 2, "its size is what was handed out");
    arena_reset(a);
    is_int(arena_size(a), 0, "nothing after a reset");
    uint8_t *again = arena_alloc(a, 100);
    is_int(again[0] | again[99], 0, "memory used again is zeroed");
    ok(arena_alloc(a, 1000000) != NULL, "a piece larger than a block");
    ok(arena_alloc(a, SIZE_MAX - 3) == NULL, "an absurd size fails");
    is_str(arena_string(a, "مرحبا"), "مرحبا", "text is copied");
    arena_free(a);
    arena_free(NULL);
}

static void buffers_grow_and_fail_once(void)
{
    buffer b = {0};

    buffer_format(&b, "%d-%s", 7, "x");
    buffer_byte(&b, '!');
    is_str((char *)b.data, "7-x!", "formatted and appended");
    memory_fail_at(1);
    for (int i = 0; i < 200; i++)
        buffer_text(&b, "0123456789");
    is_int(b.failed, 1, "a failed append is remembered");
    is_int(buffer_check(&b), TAWAM_EMEMORY, "and told at the end");
    is_int(b.length < 200, 1, "later appends do nothing");
    ok(buffer_take(&b) == NULL, "a failed buffer gives no text");
    ok(b.data == NULL && !b.failed, "and is usable again");
    char *empty = buffer_take(&b);
    is_str(empty, "", "an empty buffer gives empty text");
    free(empty);
    for (int i = 0; i < 200; i++)
        buffer_text(&b, "0123456789");
    is_int(b.length, 2000, "no append is lost");
    buffer_free(&b);
}

/* ---- the sweep ---- */

/* Uses each function that allocates; 0 when all went well. Leaks are found by
 * the sanitizer, in the run with SANITIZE=1. */
static int scenario(void)
{
    static const char *const cells[] = {"Zegzel", "زكزل"};
    arena *a = NULL;
    table *t = NULL;
    digest *d = NULL;
    buffer out = {0};
    char *folded = NULL, *safe = NULL, *joined = NULL, *cut = NULL;
    char *absolute = NULL, *formatted = NULL;
    int result = TAWAM_EMEMORY;

    if (arena_new(&a) < 0 || !arena_string(a, "x") || !arena_alloc(a, 9999))
        goto cleanup;
    if (!(folded = text_fold("Œuvre")) || !(safe = text_safe("a\033b", 3, 0)) ||
        !(joined = file_join("a", "b")) ||
        !(cut = text_ellipsis("abcdef", 3)) ||
        !(absolute = file_absolute("x")) ||
        !(formatted = memory_format("%d", 7)))
        goto cleanup;
    if (table_new(&t, TABLE_ALIGNED, cells, 2, 0) < 0 ||
        table_row(t, cells) < 0 || table_take(t, &out, 1) < 0)
        goto cleanup;
    if (digest_new(&d) < 0)
        goto cleanup;
    json_writer w = {.out = &out};
    json_write_object(&w);
    json_write_pair(&w, "long",
                    "a text longer than what is left in the buffer, "
                    "which has to grow for it once more");
    json_write_end(&w);
    result = buffer_check(&out);
cleanup:
    digest_free(d);
    table_free(t);
    buffer_free(&out);
    free(folded);
    free(safe);
    free(joined);
    free(cut);
    free(absolute);
    free(formatted);
    arena_free(a);
    return result;
}

static void each_allocation_can_fail(void)
{
    long before = memory_allocations();
    long count = 0;
    int wrong = 0;

    is_int(scenario(), TAWAM_OK, "the scenario runs");
    count = memory_allocations() - before;
    ok(count > 20, "it allocates %ld times", count);
    for (long nth = 1; nth <= count; nth++) {
        error_clear();
        memory_fail_at(nth);
        if (scenario() != TAWAM_EMEMORY || error_code() != TAWAM_EMEMORY) {
            diag("allocation %ld of %ld failed unnoticed", nth, count);
            wrong++;
        }
    }
    is_int(wrong, 0, "each failed allocation is reported");
    memory_fail_at(0);
    is_int(scenario(), TAWAM_OK, "and then all is well again");
}

int main(void)
{
    errors_keep_code_and_words();
    long_messages_end_in_a_whole_character();
    every_code_has_an_exit_status();
    sizes_are_checked();
    reserve_keeps_what_is_there();
    arenas_align_and_reset();
    buffers_grow_and_fail_once();
    each_allocation_can_fail();
    return done_testing();
}
