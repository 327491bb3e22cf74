/* SPDX-License-Identifier: MIT */
/* files: the text of a cell that names a file.
 *
 *     attachments/STEM-SIZE-SHA256-ID[.EXTENSION]
 *
 * It is the file's path from the folder of twin.gpkg, so that QGIS's widget
 * "Attachment" shows the picture and any program finds it; the name stands
 * first since columns are cut at the right. Read from its end, where each part
 * has a fixed form, so the stem may hold what it likes of what is allowed. */
#include "sync/files_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX FILES_FOLDER "/"
#define STEM_MOST 60
#define EXTENSION_MOST 8
#define HASH_DIGITS 64
#define ID_DIGITS 40

static int is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* A letter of another script: past Latin-1's signs, nothing a terminal or a
 * file system takes for more than a letter. */
static int is_letter(const char *text, size_t length)
{
    uint32_t point = 0;
    int good;
    char *safe;
    if (text_decode(&point, text, length) != length || point < 0xc0 ||
        point == 0xfffd)
        return 0;
    safe = text_safe(text, length, 0);
    good = safe && strlen(safe) == length && memcmp(safe, text, length) == 0;
    free(safe);
    return good;
}

/* Bytes of the letter at TEXT if a stem may hold it, else 0. */
static size_t stem_letter(const char *text, size_t length)
{
    uint32_t point;
    size_t n;
    if (is_plain(*text))
        return 1;
    n = text_decode(&point, text, length);
    return n > 1 && is_letter(text, n) ? n : 0;
}

static int is_stem(const char *text, size_t length)
{
    size_t at = 0;
    if (length < 1 || length > STEM_MOST)
        return 0;
    while (at < length) {
        size_t n = stem_letter(text + at, length - at);
        if (!n)
            return 0;
        at += n;
    }
    return 1;
}

static int is_extension(const char *text, size_t length)
{
    return length >= 1 && length <= EXTENSION_MOST &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789") >= length;
}

/* Take DIGITS hexadecimal digits and the '-' before them off the end of
 * TEXT[0..*length). */
static int take_hex(char *out, size_t digits, const char *text, size_t *length)
{
    size_t at = *length - digits;
    if (*length < digits + 1 || text[at - 1] != '-' ||
        strspn(text + at, "0123456789abcdef") < digits)
        return 0;
    memcpy(out, text + at, digits);
    out[digits] = 0;
    *length = at - 1;
    return 1;
}

/* Likewise "-SIZE", without leading zeros. */
static int take_size(int64_t *size, const char *text, size_t *length)
{
    size_t at = *length;
    int64_t value = 0;
    while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9')
        at--;
    if (at < 2 || text[at - 1] != '-' || *length - at < 1 ||
        *length - at > 10 || text[at] == '0')
        return 0;
    for (size_t i = at; i < *length; i++)
        value = value * 10 + (text[i] - '0');
    *size = value;
    *length = at - 1;
    return value <= FILES_SIZE_MAX;
}

int files_key_read(files_key *out, const char *text, size_t length)
{
    char copy[FILES_VALUE_SIZE];
    const size_t prefix = sizeof PREFIX - 1;
    char *name, *dot;
    files_key key = {0};
    if (length <= prefix + HASH_DIGITS + ID_DIGITS || length >= sizeof copy ||
        memcmp(text, PREFIX, prefix) != 0 || memchr(text, 0, length))
        return 0;
    memcpy(copy, text, length);
    copy[length] = 0;
    name = copy + prefix;
    dot = strchr(name, '.');
    length = dot ? (size_t)(dot - name) : length - prefix;
    if ((dot && !is_extension(dot + 1, strlen(dot + 1))) ||
        !take_hex(key.id, ID_DIGITS, name, &length) ||
        !take_hex(key.hash, HASH_DIGITS, name, &length) ||
        !take_size(&key.size, name, &length) || !is_stem(name, length))
        return 0;
    snprintf(key.name, sizeof key.name, "%.*s%.10s", (int)length, name,
             dot ? dot : "");
    *out = key;
    return 1;
}

int files_key_of(files_key *out, const twin_value *value)
{
    return value->kind == TWIN_KIND_TEXT &&
           files_key_read(out, value->bytes, value->length);
}

char *files_key_value(char out[FILES_VALUE_SIZE], const files_key *key)
{
    const char *dot = strrchr(key->name, '.');
    int stem = dot ? (int)(dot - key->name) : (int)strlen(key->name);
    snprintf(out, FILES_VALUE_SIZE, PREFIX "%.*s-%lld-%s-%s%.10s", stem,
             key->name, (long long)key->size, key->hash, key->id,
             dot ? dot : "");
    return out;
}

void files_key_say(buffer *out, const files_key *key)
{
    char size[32];
    text_from_bytes(size, (uint64_t)key->size);
    buffer_format(out, "%s, %s", key->name, size);
}

/* ---- a name for a new one ---- */

/* What may not stand in a stem becomes '_', several of them one. */
static void make_stem(buffer *out, const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t n = stem_letter(text + at, length - at);
        if (n && out->length + n > STEM_MOST)
            break;
        if (n)
            buffer_bytes(out, text + at, n);
        else if (out->length && out->length < STEM_MOST &&
                 out->data[out->length - 1] != '_')
            buffer_byte(out, '_');
        at += n ? n : 1;
    }
    if (!out->length)
        buffer_text(out, "file");
}

int files_name(char out[FILES_NAME_SIZE], const char *path)
{
    const char *name = file_name(path), *dot = strrchr(name, '.');
    char extension[EXTENSION_MOST + 1] = "";
    buffer stem = {0};
    int code;
    if (dot && strlen(dot + 1) <= EXTENSION_MOST) {
        snprintf(extension, sizeof extension, "%s", dot + 1);
        text_lower_ascii(extension);
    }
    if (!is_extension(extension, strlen(extension)))
        dot = NULL;
    make_stem(&stem, name, dot ? (size_t)(dot - name) : strlen(name));
    code = buffer_check(&stem);
    if (!code)
        snprintf(out, FILES_NAME_SIZE, "%s%s%s", (char *)stem.data,
                 dot ? "." : "", dot ? extension : "");
    buffer_free(&stem);
    return code;
}
