/* SPDX-License-Identifier: MIT */
/* Labels as plain text: the part of Markdown and HTML that forms' labels may
 * have (ODK: emphasis, strong, headings, links, spans, line breaks) without its
 * marks. */
#include "work/fill_internal.h"
#include <string.h>

/* Length of the HTML tag at AT, 0 if there is none. A "<" before a blank or a
 * digit is a sign. */
static size_t tag_length(const char *at)
{
    const char *end;
    if (at[0] != '<' || !strchr("/abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                                at[1] ? at[1] : ' '))
        return 0;
    end = strchr(at, '>');
    return end && end - at < 200 ? (size_t)(end - at) + 1 : 0;
}

/* [words](address): the length of the words, and of it all; 0: none. */
static size_t link_length(size_t *all, const char *at)
{
    const char *close = at[0] == '[' ? strchr(at, ']') : NULL, *end;
    if (!close || close[1] != '(' || !(end = strchr(close, ')')))
        return 0;
    *all = (size_t)(end - at) + 1;
    return (size_t)(close - at) - 1;
}

static int is_word_sign(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* Length of a mark of emphasis at AT; 0: it is a sign ("3 * 4", "my_name",
 * "*" alone for what is required). */
static size_t mark_length(const char *text, const char *at)
{
    size_t length = strspn(at, *at == '_' ? "_" : "*");
    char before = at > text ? at[-1] : ' ', after = at[length];
    char sign = *at;
    int opens = after && after != ' ' && after != '\n' &&
                (sign == '*' || !is_word_sign(before));
    int closes = before != ' ' && before != '\n' &&
                 (sign == '*' || !is_word_sign(after));
    if (length > 3)
        return 0;
    if (opens && memchr(at + length, sign, strlen(at + length)))
        return length;
    return closes && at > text && memchr(text, sign, (size_t)(at - text))
               ? length
               : 0;
}

static size_t heading_length(const char *text, const char *at)
{
    size_t length = strspn(at, "#");
    if ((at > text && at[-1] != '\n') || length > 6 || at[length] != ' ')
        return 0;
    return length + 1;
}

static void write_plain(buffer *out, const char *text, const char *end)
{
    for (const char *at = text; at < end && *at;) {
        size_t skip = 0, words, all = 0;
        if (*at == '\\' && at[1] && strchr("\\*_#[]<", at[1])) {
            buffer_byte(out, (uint8_t)at[1]);
            at += 2;
            continue;
        }
        if (*at == '<' && (skip = tag_length(at)) && strncmp(at, "<br", 3) == 0)
            buffer_byte(out, '\n');
        else if (*at == '#')
            skip = heading_length(text, at);
        else if (*at == '*' || *at == '_')
            skip = mark_length(text, at);
        else if (*at == '[' && (words = link_length(&all, at))) {
            write_plain(out, at + 1, at + 1 + words);
            skip = all;
        }
        if (!skip)
            buffer_byte(out, (uint8_t)*at);
        at += skip ? skip : 1;
    }
}

/* pyxform puts blanks around values in labels, also at the ends. */
int fill_plain(const char **out, const char *text, arena *memory)
{
    size_t length;
    buffer plain = {0};
    char *copy;
    text += strspn(text, " \t\r\n");
    length = strlen(text);
    while (length && strchr(" \t\r\n", text[length - 1]))
        length--;
    copy = arena_alloc(memory, length + 1);
    if (!copy)
        return TAWAM_EMEMORY;
    memcpy(copy, text, length);
    if (strpbrk(copy, "*_#[<\\")) {
        write_plain(&plain, copy, copy + length);
        buffer_byte(&plain, '\0');
        /* It only ever gets shorter. */
        if (!plain.failed)
            memcpy(copy, plain.data, plain.length);
        buffer_free(&plain);
    }
    *out = copy;
    return TAWAM_OK;
}
