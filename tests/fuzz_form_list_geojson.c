/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as a GeoJSON attachment. A row has cells for the
 * columns there are so far, and all of them are text. */
#include "tests/fuzz_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_list_read(list_read_geojson, 1, data, size);
    return 0;
}
