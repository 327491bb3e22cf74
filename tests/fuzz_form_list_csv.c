/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as a CSV attachment. Every row has a cell for each
 * column, and all of them are text. */
#include "tests/fuzz_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_list_read(list_read_csv, 0, data, size);
    return 0;
}
