/* SPDX-License-Identifier: MIT */
/* refusal: why a remote took no push, in our words. Git's server says little in
 * its report ("unpack-objects abnormal exit"); the reason stands before it on
 * the side band, and neither says what to do.
 */
#include "sync/remote_internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct cause {
    const char *words; /* of git or the system there */
    const char *meaning;
} cause;

/* The first whose words were said. */
static const cause CAUSES[] = {
    {"No space left", N_("its disk is full; tell who runs the server")},
    {"uota exceeded", N_("its disk is full; tell who runs the server")},
    {"Read-only file system",
     N_("its disk can't be written to; tell who runs the server")},
    {"nsufficient permission",
     N_("this account may not write there; tell who runs the server")},
    {"Permission denied",
     N_("this account may not write there; tell who runs the server")},
    {"unable to create temporary object directory",
     N_("nothing can be written there: its disk is full or read-only, or this "
        "account may not; tell who runs the server")},
    {"maximum allowed size",
     N_("it takes no more at a time; tell who runs the server")},
    {"hook declined", N_("a rule of the server forbids it")},
};

/* 1 if STATUS has its reason on the side band. */
static int is_told_aside(const char *status)
{
    return strstr(status, "hook") || strstr(status, "abnormal exit") ||
           strstr(status, "unpacker error");
}

char *remote_refusal(const char *status, const char *words)
{
    char *said = *words && is_told_aside(status)
                     ? memory_format("%s: %s", status, words)
                     : memory_string(status);
    for (size_t i = 0; said && i < sizeof CAUSES / sizeof *CAUSES; i++) {
        if (!strstr(said, CAUSES[i].words))
            continue;
        char *meant = memory_format("%s (%s)", _(CAUSES[i].meaning), said);
        free(said);
        return meant;
    }
    return said;
}
