/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as a CSV attachment. Every row has a cell for each
 * column, and all of them are text. */
#include "form/lists_internal.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_column(void *context, const char *name)
{
    if (!text_valid(name, strlen(name)))
        __builtin_trap();
    ++*(size_t *)context;
    return TAWAM_OK;
}

static int on_row(void *context, const char *const *cells, size_t count)
{
    if (count != *(size_t *)context)
        __builtin_trap();
    for (size_t i = 0; i < count; i++)
        if (!cells[i] || !text_valid(cells[i], strlen(cells[i])))
            __builtin_trap();
    return TAWAM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t columns = 0;
    list_output out = {on_column, on_row, &columns};
    list_bytes bytes = {(const char *)data, size, 0};
    list_input in = {list_bytes_read, &bytes};
    list_read_csv(&out, &in);
    error_clear();
    return 0;
}
