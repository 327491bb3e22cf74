/* SPDX-License-Identifier: MIT */
/* Fuzzing of the cells that name an attachment: what is taken for one is a
 * name that leads out of no folder, and its text is the only one of its key. */
#include <stdlib.h>
#include <string.h>
#include "sync/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_name(const char *name)
{
    if (!*name || *name == '.' || strchr(name, '/'))
        abort();
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = memory_string_length((const char *)data, size);
    char again[FILES_VALUE_SIZE];
    files_key key;
    if (!text)
        abort();
    if (files_key_read(&key, text, size)) {
        if (key.size < 0 || strlen(key.hash) != 64 || strlen(key.id) != 40)
            abort();
        files_key_value(again, &key);
        if (strlen(again) != size || memcmp(again, text, size) != 0)
            abort();
        try_name(strrchr(again, '/') + 1);
    }
    error_clear();
    free(text);
    return 0;
}
