/* SPDX-License-Identifier: MIT */
/* Fuzzing of what of a server's words reaches a person: whatever it says, in
 * whatever pieces, holds no control character of any kind, is valid UTF-8 and
 * bounded. Also the addresses of remotes. */
#include "sync/remote_internal.h"
#include "tests/fuzz_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int null = -1;
    remote_line line = {0};
    remote_place place = {0};
    char *text = memory_string_length((const char *)data, size);
    if (null < 0)
        null = open("/dev/null", O_WRONLY);
    line.fd = null;
    for (size_t at = 0, step; at < size; at += step) {
        step = 1 + data[at] % 7;
        if (step > size - at)
            step = size - at;
        remote_line_words(&line, (const char *)data + at, step);
        if (!fuzz_harmless(line.state.words) ||
            memchr(line.state.words, 0, REMOTE_WORDS_SIZE) == NULL)
            abort();
    }
    buffer_free(&line.partial);
    if (text && remote_place_parse(&place, text) == TAWAM_OK) {
        if ((place.host && place.host[0] == '-') ||
            (place.user && place.user[0] == '-') ||
            (place.kind == REMOTE_SSH && (!place.host || !*place.host)))
            abort();
    } else if (!error_message()[0]) {
        abort();
    }
    remote_place_clear(&place);
    free(text);
    return 0;
}
