/* SPDX-License-Identifier: MIT */
/* Fuzzing of what of a server's words reaches a person: whatever it says, in
 * whatever pieces, holds no control character of any kind, is valid UTF-8 and
 * bounded. Also the addresses of remotes. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "sync/remote_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No C0, DEL or C1 (U+0080 to U+009F), no bidi control, no line or paragraph
 * separator. */
static int harmless(const char *text)
{
    static const char *const BAD[] = {
        "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9",
        "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad",
        "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8",
        "\xe2\x81\xa9", "\xd8\x9c"};
    const uint8_t *c = (const uint8_t *)text;
    for (; *c; c++)
        if (*c < 32 || *c == 127 || (c[0] == 0xc2 && c[1] < 0xa0))
            return 0;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        if (strstr(text, BAD[i]))
            return 0;
    return text_valid(text, strlen(text));
}

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
        if (!harmless(line.state.words) ||
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
