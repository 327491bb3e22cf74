/* SPDX-License-Identifier: MIT */
/* Several files in one input of a fuzz target: "=NAME" on a line, and then what
 * that file holds, up to the next line that begins with '='. */
#ifndef TAWAM_TESTS_FUZZ_PARTS_H
#define TAWAM_TESTS_FUZZ_PARTS_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FUZZ_NAME_SIZE 200

/* The next file from *AT on: its name and bytes (borrowed). 0 at the end. */
static inline int fuzz_next_part(char name[FUZZ_NAME_SIZE], const char **from,
                                 size_t *length, const char **at,
                                 const char *end)
{
    const char *line, *to;
    while (*at < end && **at != '=')
        (*at)++;
    if (*at >= end || !(line = memchr(*at, '\n', (size_t)(end - *at))))
        return 0;
    snprintf(name, FUZZ_NAME_SIZE, "%.*s", (int)(line - *at - 1), *at + 1);
    *from = line + 1;
    to = *from < end ? memmem(*from, (size_t)(end - *from), "\n=", 2) : NULL;
    *length = (size_t)((to ? to : end) - *from);
    *at = to ? to + 1 : end;
    return 1;
}

#endif
