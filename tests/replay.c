/* SPDX-License-Identifier: MIT */
/* main() for a fuzz target where libFuzzer is not: each file named on the
 * command line goes through the target once; `make test` does so with
 * tests/corpus/, which holds what fuzzing found and past crashes. */
#include <stdint.h>
#include <stdio.h>
#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int count, char **files)
{
    for (int i = 1; i < count; i++) {
        buffer bytes = {0};
        if (file_read(&bytes, files[i], 1 << 24) < 0) {
            fprintf(stderr, "%s: %s\n", files[i], error_message());
            return 1;
        }
        error_clear();
        LLVMFuzzerTestOneInput(bytes.data ? bytes.data : (const uint8_t *)"",
                               bytes.length);
        buffer_free(&bytes);
    }
    return 0;
}
