/* SPDX-License-Identifier: MIT */
/* A server for the fuzz targets of the protocol, and what must hold of any
 * text of its.
 *
 * What it says is written in a small language, so that a mutation of it still
 * has lines of the right length more often than not:
 *
 *     F0        begins a pkt-line: its length is filled in where it ends
 *     F1 F2 F3  0000, 0001, 0002; a pkt-line ends here
 *     F4        a pkt-line ends here
 *     F5 N C    C, N+1 times 256
 *     F6        the connection ends; the next one goes on from here
 *     F7 C      C, whatever it is
 *     else      itself
 *
 * Nobody waits for what the client says. */
#ifndef TAWAM_TESTS_FUZZ_SERVER_H
#define TAWAM_TESTS_FUZZ_SERVER_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/base.h"

#define FUZZ_CONNECTIONS 8
#define FUZZ_SAYS_MOST (1u << 19) /* bytes in all */
#define FUZZ_PIECES 1000          /* of a connection, more or less, at most */

static struct {
    buffer says;
    size_t ends[FUZZ_CONNECTIONS]; /* in says */
    size_t count;                  /* of ends */
    size_t next;                   /* the connection that comes next */
    size_t piece;                  /* bytes; 0: all at once */
} fuzz_server;

static void fuzz_end_line(size_t *line)
{
    buffer *says = &fuzz_server.says;
    char digits[9];
    size_t length = says->length - *line;
    if (*line != SIZE_MAX && length <= 0xffff) {
        snprintf(digits, sizeof digits, "%04zx", length);
        memcpy(says->data + *line, digits, 4);
    }
    *line = SIZE_MAX;
}

/* One word of the language at DATA; how many bytes it has. */
static size_t fuzz_word(size_t *line, const uint8_t *data, size_t size)
{
    buffer *says = &fuzz_server.says;
    static const char *const marks[] = {"0000", "0001", "0002"};
    uint8_t c = data[0];
    if (c >= 0xf0 && c <= 0xf4)
        fuzz_end_line(line);
    if (c == 0xf0) {
        *line = says->length;
        buffer_text(says, "0000");
    } else if (c >= 0xf1 && c <= 0xf3) {
        buffer_text(says, marks[c - 0xf1]);
    } else if (c == 0xf5 && size > 2) {
        for (size_t i = 0; i < 256 * (data[1] + (size_t)1); i++)
            buffer_byte(says, data[2]);
        return 3;
    } else if (c == 0xf6 && fuzz_server.count < FUZZ_CONNECTIONS - 1) {
        fuzz_end_line(line);
        fuzz_server.ends[fuzz_server.count++] = says->length;
    } else if (c == 0xf7 && size > 1) {
        buffer_byte(says, data[1]);
        return 2;
    } else if (c != 0xf4) {
        buffer_byte(says, c);
    }
    return 1;
}

/* What the server says from now on. */
__attribute__((unused)) static void fuzz_server_says(const uint8_t *data,
                                                     size_t size)
{
    size_t line = SIZE_MAX;
    buffer_free(&fuzz_server.says);
    memset(&fuzz_server, 0, sizeof fuzz_server);
    while (size && fuzz_server.says.length < FUZZ_SAYS_MOST) {
        size_t taken = fuzz_word(&line, data, size);
        data += taken;
        size -= taken;
    }
    fuzz_end_line(&line);
    fuzz_server.ends[fuzz_server.count++] = fuzz_server.says.length;
    if (buffer_check(&fuzz_server.says) < 0)
        abort();
}

/* It begins anew, in pieces of PIECE bytes (0: at once). */
__attribute__((unused)) static void fuzz_server_pieces(size_t piece)
{
    fuzz_server.next = 0;
    fuzz_server.piece = piece;
}

/* An ssh_stand_in. */
__attribute__((unused)) static int
fuzz_server_open(int *from, int *to, size_t *most, const char *service)
{
    size_t n = fuzz_server.next++;
    size_t begin = n && n <= fuzz_server.count ? fuzz_server.ends[n - 1] : 0;
    size_t end = n < fuzz_server.count ? fuzz_server.ends[n] : begin;
    (void)service;
    *from = memfd_create("says", MFD_CLOEXEC);
    *to = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (*from < 0 || *to < 0 ||
        (end > begin && write(*from, fuzz_server.says.data + begin,
                              end - begin) != (ssize_t)(end - begin)) ||
        lseek(*from, 0, SEEK_SET) != 0)
        abort();
    if (fuzz_server.piece)
        *most = fuzz_server.piece + (end - begin) / FUZZ_PIECES;
    return TAWAM_OK;
}

/* 1 if TEXT is valid UTF-8 without control characters of any kind, bidi marks
 * and separators of lines. */
__attribute__((unused)) static int fuzz_harmless(const char *text)
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

#endif
