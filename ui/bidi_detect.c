/* SPDX-License-Identifier: MIT */
/* bidi_detect: does this terminal reorder Arabic by itself? Four questions in
 * one write, the last of which (DA1) every terminal answers, so the answers
 * are complete when its reply is in:
 *
 *   CSI = c     DA3: Konsole says ~KDE (7E4B4445)
 *   CSI > q     XTVERSION: "Konsole ..."
 *   CSI 8 $ p   DECRQM of the bidi mode: 1 set, 2 reset = it knows it (VTE)
 *   CSI c       DA1
 *
 * Only those that say so get `terminal`; all else, tmux and the unknown too,
 * gets `app`. (VTE inside tmux stays silent: right as well, by the fences.) */
#include <ctype.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "ui/bidi.h"

#define ASKED "\033[=c\033[>q\033[8$p\033[c"
#define PATIENCE_MS 1000

static int contains(const char *bytes, size_t length, const char *word)
{
    return memmem(bytes, length, word, strlen(word)) != NULL;
}

/* 1 once a DA1 reply, CSI ? digits and semicolons c, is among the bytes. */
static int has_device_attributes(const char *bytes, size_t length)
{
    for (size_t i = 0; i + 3 < length; i++) {
        if (memcmp(bytes + i, "\033[?", 3) != 0)
            continue;
        size_t at = i + 3;
        while (at < length &&
               (isdigit((unsigned char)bytes[at]) || bytes[at] == ';'))
            at++;
        if (at < length && bytes[at] == 'c')
            return 1;
    }
    return 0;
}

bidi_mode bidi_decide(const char *replies, size_t length, int *complete)
{
    *complete = has_device_attributes(replies, length);
    if (contains(replies, length, "7E4B4445") ||
        contains(replies, length, "Konsole") ||
        contains(replies, length, "\033[8;1$y") ||
        contains(replies, length, "\033[8;2$y"))
        return BIDI_TERMINAL;
    return BIDI_APP;
}

/* Read replies until they are complete or patience ends. */
static bidi_mode listen(int fd, int *late)
{
    char replies[512];
    size_t length = 0;
    int complete = 0;
    int64_t end = clock_monotonic() + PATIENCE_MS;
    while (!complete && length < sizeof replies) {
        int64_t left = end - clock_monotonic();
        struct pollfd one = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&one, 1, (int)left) <= 0)
            break;
        ssize_t got = read(fd, replies + length, sizeof replies - length);
        if (got <= 0)
            break;
        length += (size_t)got;
        bidi_decide(replies, length, &complete);
    }
    *late = !complete;
    return bidi_decide(replies, length, &complete);
}

/* Canonical mode is switched off for the time of the question only; ncurses
 * sets its own modes afterwards. */
bidi_mode bidi_detect(int fd, const char *term, int *late)
{
    struct termios saved, raw;
    *late = 0;
    if (!isatty(fd) || !term || strcmp(term, "dumb") == 0 ||
        strncmp(term, "linux", 5) == 0 || tcgetattr(fd, &saved) != 0)
        return BIDI_APP;
    raw = saved;
    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(fd, TCSANOW, &raw) != 0)
        return BIDI_APP;
    bidi_mode mode = BIDI_APP;
    if (write(fd, ASKED, sizeof ASKED - 1) == (ssize_t)sizeof ASKED - 1)
        mode = listen(fd, late);
    tcsetattr(fd, TCSANOW, &saved);
    return mode;
}
