/* SPDX-License-Identifier: MIT */
/* What the fuzz targets of lists share: a reader gets any bytes as an
 * attachment; names of columns and cells must be text. */
#ifndef TAWAM_TESTS_FUZZ_LIST_H
#define TAWAM_TESTS_FUZZ_LIST_H

#include "form/lists_internal.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct fuzz_list {
    size_t columns;
    int may_lack; /* a row may have no cell of a column */
} fuzz_list;

static inline void fuzz_list_text(const char *text)
{
    if (!text || !text_valid(text, strlen(text)))
        abort();
}

static inline int fuzz_list_column(void *context, const char *name)
{
    fuzz_list_text(name);
    ((fuzz_list *)context)->columns++;
    return TAWAM_OK;
}

static inline int fuzz_list_row(void *context, const char *const *cells,
                                size_t count)
{
    const fuzz_list *list = context;
    if (count != list->columns)
        abort();
    for (size_t i = 0; i < count; i++)
        if (cells[i] || !list->may_lack)
            fuzz_list_text(cells[i]);
    return TAWAM_OK;
}

/* READER (list_read_csv …) on the bytes. */
static inline void
fuzz_list_read(int (*reader)(const list_output *, const list_input *),
               int may_lack, const uint8_t *data, size_t size)
{
    fuzz_list list = {0, may_lack};
    list_output out = {fuzz_list_column, fuzz_list_row, &list};
    list_bytes bytes = {(const char *)data, size, 0};
    list_input in = {list_bytes_read, &bytes};
    reader(&out, &in);
    error_clear();
}

#endif
