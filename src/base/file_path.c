/* SPDX-License-Identifier: MIT */
/* Paths as text. */
#include "base/file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/error.h"
#include "base/text.h"

char *file_join(const char *folder, const char *name)
{
    size_t length = strlen(folder);

    while (length > 1 && folder[length - 1] == '/')
        length--;
    while (*name == '/')
        name++;
    if (length == 0)
        return memory_string(name);
    if (length == 1 && folder[0] == '/')
        return memory_format("/%s", name);
    return memory_format("%.*s/%s", (int)length, folder, name);
}

/* Copy PATH without empty and "." parts. */
static void append_parts(buffer *out, const char *path)
{
    while (*path) {
        size_t length = strcspn(path, "/");
        if (length > 0 && !(length == 1 && *path == '.')) {
            buffer_byte(out, '/');
            buffer_bytes(out, path, length);
        }
        path += length + (path[length] == '/');
    }
}

/* 1 if a part of PATH is "..": only the kernel knows where that leads. */
static int climbs(const char *path)
{
    for (const char *at = path; (at = strstr(at, "..")) != NULL; at += 2) {
        if ((at == path || at[-1] == '/') && (at[2] == '/' || at[2] == '\0'))
            return 1;
    }
    return 0;
}

char *file_absolute(const char *path)
{
    char here[PATH_MAX];
    buffer out = {0};

    if (climbs(path) && realpath(path, here))
        return memory_string(here);
    if (path[0] != '/') {
        if (!getcwd(here, sizeof here)) {
            error_system("%s", _("find the current folder"));
            return NULL;
        }
        append_parts(&out, here);
    }
    append_parts(&out, path);
    if (out.length == 0)
        buffer_byte(&out, '/');
    return buffer_take(&out);
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

const char *file_extension(const char *path)
{
    const char *name = file_name(path);
    const char *dot = strrchr(name, '.');

    return dot && dot != name ? dot + 1 : "";
}
