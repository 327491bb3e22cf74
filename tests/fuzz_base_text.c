/* SPDX-License-Identifier: MIT */
/* Fuzzing of what reads foreign bytes in base: make fuzz FUZZ_SECONDS=60.
 * What must hold for any input is asserted, not only that nothing crashes. */
#include "base/base.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Safe text is valid, has no control, and is safe already. */
static void try_safe(const char *text, size_t length)
{
    char *safe = text_safe(text, length, 0);
    char *again = text_safe(safe, strlen(safe), 0);

    assert(text_valid(safe, strlen(safe)));
    for (const char *at = safe; *at; at++)
        assert((unsigned char)*at >= ' ' && *at != 0x7F);
    assert(strcmp(safe, again) == 0);
    free(safe);
    free(again);
}

/* Folding once is folding for good, and gives valid text. */
static void try_fold(const char *text)
{
    char *folded = text_fold(text);
    char *again = text_fold(folded);
    const char *names[] = {text, "water_point"};

    assert(text_valid(folded, strlen(folded)));
    assert(strcmp(folded, again) == 0);
    assert(text_compare(text, text) == 0);
    assert(text_compare(text, folded) == -text_compare(folded, text));
    text_nearest("household", names, 2);
    free(folded);
    free(again);
}

static void try_width(const char *text, int columns)
{
    char *cut = text_ellipsis(text, columns);
    int used = 0;

    assert(text_fit(text, columns, &used) <= strlen(text));
    assert(used <= columns);
    assert(text_width(cut) <= columns);
    free(cut);
}

static void try_values(const char *text)
{
    int64_t integer = 0;
    int64_t at = 0;
    double decimal = 0;
    char out[32];

    if (text_integer(&integer, text) == TAWAM_OK)
        assert(text_decimal(&decimal, text) == TAWAM_OK);
    if (text_decimal(&decimal, text) == TAWAM_OK) {
        double back = 0;
        text_from_decimal(out, decimal);
        assert(text_decimal(&back, out) == TAWAM_OK && back == decimal);
    }
    if (clock_parse(&at, text) == TAWAM_OK)
        clock_format(out, at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = memory_string_length((const char *)data, size);
    buffer b = {0};
    json_writer w = {.out = &b};

    try_safe(text, size);
    try_fold(text);
    try_width(text, size > 0 ? data[0] % 20 : 0);
    try_values(text);
    json_write_string_length(&w, text, size);
    assert(text_valid((const char *)b.data, b.length));
    buffer_free(&b);
    free(text);
    return 0;
}
