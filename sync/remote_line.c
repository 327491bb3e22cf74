/* SPDX-License-Identifier: MIT */
/* remote: the child's side of the pipe. Frames are written whole; when the
 * parent is gone, so is the reader, and the child ends. */
#include "sync/remote_internal.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_EVERY 100 /* ms between two frames of progress */

static void write_whole(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length) {
        ssize_t n = write(fd, at, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(1); /* nobody listens any more */
        at += n;
        length -= (size_t)n;
    }
}

void remote_line_frame(remote_line *line, enum remote_frame kind,
                       const void *bytes, size_t length)
{
    char head[5] = {(char)kind};
    uint32_t size = (uint32_t)length;
    memcpy(head + 1, &size, sizeof size);
    write_whole(line->fd, head, sizeof head);
    write_whole(line->fd, bytes, length);
}

void remote_line_flush(remote_line *line)
{
    if (!line->changed)
        return;
    remote_line_frame(line, REMOTE_FRAME_PROGRESS, &line->state,
                      sizeof line->state);
    line->last_sent = clock_monotonic();
    line->changed = 0;
}

void remote_line_moved(remote_line *line)
{
    line->state.activity++;
    line->changed = 1;
    if (clock_monotonic() - line->last_sent >= PROGRESS_EVERY)
        remote_line_flush(line);
}

void remote_line_stage(remote_line *line, sync_stage stage)
{
    line->state.stage = (int32_t)stage;
    line->state.done = line->state.total = 0;
    line->state.activity++;
    line->changed = 1;
    remote_line_flush(line);
}

void remote_line_outcome(remote_line *line, sync_sent outcome)
{
    uint8_t byte = (uint8_t)outcome;
    remote_line_frame(line, REMOTE_FRAME_OUTCOME, &byte, 1);
}

/* 1 if WORDS say something that the report will not say again: no ruler, and
 * not what git's server adds after a hook's own words. */
static int is_telling(const char *words)
{
    size_t i = 0;
    if (strncmp(words, "error: hook declined", 20) == 0)
        return 0;
    while (words[i] && !isalnum((unsigned char)words[i]) &&
           (unsigned char)words[i] < 128)
        i++;
    return words[i] != '\0';
}

/* Keep what stands in the unfinished line, cut to what can be shown. */
static void show_words(remote_line *line)
{
    buffer *words = &line->partial;
    if (words->failed || !words->length)
        return;
    char *safe = text_safe((const char *)words->data, words->length, 0);
    if (safe && is_telling(safe)) {
        safe[text_fit(safe, REMOTE_WORDS_SIZE / 4 * 3, NULL)] = '\0';
        size_t length = strnlen(safe, REMOTE_WORDS_SIZE - 1);
        memcpy(line->state.words, safe, length);
        line->state.words[length] = '\0';
    }
    free(safe);
    buffer_clear(words);
}

void remote_line_words(remote_line *line, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n' || text[i] == '\r')
            show_words(line);
        else if (line->partial.length < REMOTE_WORDS_SIZE)
            buffer_byte(&line->partial, (uint8_t)text[i]);
    }
    remote_line_moved(line);
}
