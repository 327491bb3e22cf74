/* SPDX-License-Identifier: MIT */
/* Fuzzing of the reader of main's settings: the first two lines are section and
 * key, the rest is the file. A value that is found and written again quoted is
 * read as the same. */
#include <stdlib.h>
#include <string.h>
#include "work/config_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 1 if VALUE can be written: the writer's are one line of text. */
static int plain(const char *value)
{
    return !strchr(value, '\r') && !strchr(value, '\t');
}

static void try_again(const char *value)
{
    buffer text = {0};
    char *again = NULL;
    buffer_text(&text, "[a]\nb = ");
    config_quote(&text, value);
    if (buffer_check(&text) ||
        config_value(&again, (char *)text.data, "a", "b") ||
        (plain(value) && strcmp(again, value) != 0))
        abort();
    buffer_free(&text);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = memory_string_length((const char *)data, size);
    char *key = text ? strchr(text, '\n') : NULL, *rest, *value = NULL;
    rest = key ? strchr(key + 1, '\n') : NULL;
    if (rest) {
        *key++ = 0;
        *rest++ = 0;
        if (config_value(&value, rest, text, key) == TAWAM_OK)
            try_again(value);
    }
    free(value);
    free(text);
    return 0;
}
