/* SPDX-License-Identifier: MIT */
/* format: which kind of file it is, by its name, then its first bytes. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "exchange/exchange_internal.h"

static const struct {
    const char *name;
    exchange_format format;
} NAMES[] = {
    {"csv", EXCHANGE_CSV},          {"tsv", EXCHANGE_CSV},
    {"txt", EXCHANGE_CSV},          {"tab", EXCHANGE_CSV},
    {"geojson", EXCHANGE_GEOJSON},  {"json", EXCHANGE_GEOJSON},
    {"geojsonl", EXCHANGE_GEOJSON}, {"geojsons", EXCHANGE_GEOJSON},
    {"ndjson", EXCHANGE_GEOJSON},   {"gpkg", EXCHANGE_GPKG},
};

static int by_name(exchange_format *out, const char *name)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (text_equal_nocase(NAMES[i].name, name)) {
            *out = NAMES[i].format;
            return 1;
        }
    return 0;
}

int exchange_format_parse(exchange_format *out, const char *name)
{
    if (by_name(out, name))
        return TAWAM_OK;
    return error_set(TAWAM_EUSAGE,
                     _("no format '%s'; there are csv, geojson and gpkg"),
                     name);
}

static exchange_format by_bytes(const char *head, size_t length)
{
    size_t at = length >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (length >= 16 && memcmp(head, "SQLite format 3", 16) == 0)
        return EXCHANGE_GPKG;
    while (at < length && strchr(" \t\r\n", head[at]) && head[at])
        at++;
    if (at < length && (head[at] == '{' || head[at] == 0x1E))
        return EXCHANGE_GEOJSON;
    return EXCHANGE_CSV;
}

int exchange_format_of(exchange_format *out, const char *path)
{
    char head[256];
    ssize_t length = 0;
    struct stat kind;
    int fd = -1;

    if (strcmp(path, "-") == 0) {
        *out = EXCHANGE_CSV;
        return TAWAM_OK;
    }
    if (by_name(out, file_extension(path)))
        return TAWAM_OK;
    if (stat(path, &kind) < 0)
        return error_system(_("open '%s'"), path);
    if (!S_ISREG(kind.st_mode)) { /* of a pipe nothing may be taken */
        *out = EXCHANGE_CSV;
        return TAWAM_OK;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_system(_("open '%s'"), path);
    length = pread(fd, head, sizeof head, 0);
    if (length < 0)
        error_system(_("read %s"), path);
    close(fd);
    if (length < 0)
        return error_code();
    *out = by_bytes(head, (size_t)length);
    return TAWAM_OK;
}
