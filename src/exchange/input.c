/* SPDX-License-Identifier: MIT */
/* input: the bytes of a text file, as UTF-8, a chunk at a time.
 *
 *  1. A byte order mark chooses UTF-8 or UTF-16 and is not part of the text;
 *     without one it is UTF-8, and its readers check that.
 *  2. A file is read twice (types first, rows then). What can't be, a pipe,
 *     is copied to an unnamed temporary file.
 *  3. Memory is two chunks, whatever the file.
 *  4. What is no text by its first bytes is refused with what it seems to be.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "exchange/exchange_internal.h"

enum { CHUNK = 64 * 1024, HEAD = 4096 };

static int read_some(int fd, void *out, size_t want, size_t *got)
{
    ssize_t n = 0;
    do
        n = read(fd, out, want);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return error_system(_("read the file"));
    *got = (size_t)n;
    return TAWAM_OK;
}

static int write_all(int fd, const uint8_t *bytes, size_t length)
{
    while (length) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_system(_("copy standard input"));
        bytes += n;
        length -= (size_t)n;
    }
    return TAWAM_OK;
}

/* Replace the pipe IN->fd by an unnamed file with all it had to say. */
static int spool(input *in)
{
    FILE *file = tmpfile();
    int fd = file ? dup(fileno(file)) : -1;
    int result = TAWAM_OK;
    size_t got = 0;

    if (fd < 0)
        result = error_system(_("make a temporary file"));
    while (result == TAWAM_OK) {
        result = read_some(in->fd, in->raw, CHUNK, &got);
        if (result < 0 || got == 0)
            break;
        result = write_all(fd, in->raw, got);
    }
    if (file)
        fclose(file);
    if (result < 0) {
        if (fd >= 0)
            close(fd);
        return result;
    }
    close(in->fd);
    in->fd = fd;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return error_system(_("read the temporary file"));
    return TAWAM_OK;
}

static int64_t nanoseconds(const struct stat *s)
{
    return (int64_t)s->st_mtim.tv_sec * 1000000000 + s->st_mtim.tv_nsec;
}

static int look_at_file(input *in)
{
    struct stat s;
    if (fstat(in->fd, &s) < 0)
        return error_system(_("read '%s'"), in->name);
    if (S_ISDIR(s.st_mode))
        return error_set(TAWAM_EUSAGE, _("'%s' is a folder, not a file"),
                         in->name);
    if (!S_ISREG(s.st_mode)) {
        int result = spool(in);
        if (result < 0)
            return result;
        if (fstat(in->fd, &s) < 0)
            return error_system(_("read '%s'"), in->name);
    }
    in->total = (uint64_t)s.st_size;
    in->modified = nanoseconds(&s);
    return TAWAM_OK;
}

/* What a file with these first bytes is, if it is no text. */
static const char *known_binary(const uint8_t *head, size_t length)
{
    static const struct {
        const char *magic;
        size_t length;
        const char *what;
    } known[] = {
        {"PK\003\004", 4,
         N_("a spreadsheet or ZIP archive: save it as CSV first")},
        {"SQLite format 3", 16,
         N_("an SQLite file: if it is a GeoPackage, name it .gpkg")},
        {"\037\213", 2, N_("compressed: gunzip it first")},
        {"\xD0\xCF\x11\xE0", 4, N_("an old Excel file: save it as CSV first")},
        {"%PDF", 4, N_("a PDF: export its table as CSV first")},
        {"<!DOCTYPE", 9, N_("a web page: was it downloaded right?")},
        {"<html", 5, N_("a web page: was it downloaded right?")},
        {"<?xml", 5, N_("XML: save it as CSV or GeoJSON first")},
        {"\xFF\xFE\0\0", 4, N_("UTF-32: save it as UTF-8 first")},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (length >= known[i].length &&
            memcmp(head, known[i].magic, known[i].length) == 0)
            return known[i].what;
    return NULL;
}

static int check_head(input *in, const uint8_t *head, size_t length)
{
    const char *what = known_binary(head, length);
    const uint8_t *nul = NULL;
    if (what)
        return error_set(TAWAM_EUSAGE, _("'%s' is %s"), in->name, _(what));
    if (in->encoding == INPUT_UTF8)
        nul = length ? memchr(head, 0, length) : NULL;
    if (nul)
        return error_set(TAWAM_EUSAGE,
                         _("'%s' is not text: byte %zu is NUL. If it is "
                           "UTF-16, save it with a byte order mark or as "
                           "UTF-8"),
                         in->name, (size_t)(nul - head) + 1);
    return TAWAM_OK;
}

static int detect(input *in)
{
    uint8_t head[HEAD];
    ssize_t n = pread(in->fd, head, sizeof head, 0);
    size_t length = n > 0 ? (size_t)n : 0;

    if (n < 0)
        return error_system(_("read '%s'"), in->name);
    if (length >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0) {
        in->skip = 3;
    } else if (length >= 2 && memcmp(head, "\xFF\xFE", 2) == 0) {
        in->encoding = INPUT_UTF16_LE;
        in->skip = 2;
    } else if (length >= 2 && memcmp(head, "\xFE\xFF", 2) == 0) {
        in->encoding = INPUT_UTF16_BE;
        in->skip = 2;
    }
    return check_head(in, head, length);
}

int input_open_descriptor(input *out, int fd, const char *name)
{
    int result = TAWAM_OK;
    memset(out, 0, sizeof *out);
    out->fd = fd;
    out->name = memory_string(name);
    out->raw = memory_new(CHUNK);
    result = out->name && out->raw ? look_at_file(out) : TAWAM_EMEMORY;
    if (result == TAWAM_OK)
        result = detect(out);
    if (result == TAWAM_OK) {
        /* Two bytes of UTF-16 become three of UTF-8 at most. */
        out->text =
            out->encoding == INPUT_UTF8 ? out->raw : memory_new(CHUNK * 2);
        result = out->text ? input_rewind(out) : TAWAM_EMEMORY;
    }
    if (result < 0)
        input_close(out);
    return result;
}

int input_descriptor(int *fd, const char *path)
{
    int opened = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
                                        : open(path, O_RDONLY | O_CLOEXEC);
    if (opened < 0)
        return error_system(_("open '%s'"), path);
    *fd = opened;
    return TAWAM_OK;
}

void input_close(input *in)
{
    if (in->name || in->raw)
        close(in->fd);
    if (in->text != in->raw)
        free(in->text);
    free(in->raw);
    free(in->name);
    memset(in, 0, sizeof *in);
    in->fd = -1;
}

int input_rewind(input *in)
{
    struct stat s;
    if (fstat(in->fd, &s) < 0)
        return error_system(_("read '%s'"), in->name);
    if ((uint64_t)s.st_size != in->total || nanoseconds(&s) != in->modified)
        return error_set(TAWAM_EENVIRONMENT,
                         _("'%s' changed while it was read; import it again"),
                         in->name);
    if (lseek(in->fd, (off_t)in->skip, SEEK_SET) < 0)
        return error_system(_("read '%s' twice"), in->name);
    in->done = in->skip;
    in->raw_kept = in->at = in->filled = 0;
    return TAWAM_OK;
}

static unsigned unit_at(const input *in, size_t at)
{
    const uint8_t *b = in->raw + at;
    return in->encoding == INPUT_UTF16_LE ? b[0] | (unsigned)b[1] << 8
                                          : b[1] | (unsigned)b[0] << 8;
}

static void put_point(input *in, uint32_t point)
{
    size_t n = text_encode((char *)in->text + in->filled, point);
    if (n == 0)
        in->text[in->filled++] = 0xFF;
    in->filled += n;
}

/* raw[0 .. length) to text; what is cut by the end is kept at raw's start. */
static void decode_utf16(input *in, size_t length, int last)
{
    size_t at = 0;
    in->at = in->filled = 0;
    while (at + 2 <= length) {
        unsigned unit = unit_at(in, at);
        if (unit >= 0xD800 && unit < 0xDC00) {
            if (at + 4 > length && !last)
                break;
            unsigned low = at + 4 <= length ? unit_at(in, at + 2) : 0;
            if (low >= 0xDC00 && low < 0xE000) {
                put_point(in,
                          0x10000 + ((unit - 0xD800u) << 10) + (low - 0xDC00u));
                at += 4;
                continue;
            }
        }
        /* text_encode refuses a half pair, so it becomes 0xFF. */
        put_point(in, unit);
        at += 2;
    }
    if (last && at < length)
        in->text[in->filled++] = 0xFF;
    in->raw_kept = last ? 0 : length - at;
    memmove(in->raw, in->raw + at, in->raw_kept);
}

int input_fill(input *in)
{
    size_t got = 0;
    do {
        int result = read_some(in->fd, in->raw + in->raw_kept,
                               CHUNK - in->raw_kept, &got);
        if (result < 0)
            return error_add("%s", in->name);
        in->done += got;
        if (in->encoding == INPUT_UTF8) {
            in->at = 0;
            in->filled = got;
        } else {
            decode_utf16(in, in->raw_kept + got, got == 0);
        }
    } while (got != 0 && in->filled == 0);
    return in->filled != 0;
}
