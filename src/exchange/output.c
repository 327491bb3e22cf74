/* SPDX-License-Identifier: MIT */
/* output: a file that is whole or absent. Written under another name beside
 * its place, flushed to disk, renamed; or straight to a stream, for "-". */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "exchange/exchange_internal.h"

int output_temporary(char **out, const char *file)
{
    const char *name = file_name(file);
    uint8_t chance[4];
    int result = random_bytes(chance, sizeof chance);
    if (result < 0)
        return result;
    if (!*name || file_is_folder(file) > 0)
        return error_set(TAWAM_EUSAGE, _("'%s' is a folder; name a file"),
                         file);
    *out =
        memory_format("%.*s.%s.tawam-%02x%02x%02x%02x", (int)(name - file),
                      file, name, chance[0], chance[1], chance[2], chance[3]);
    return *out ? TAWAM_OK : TAWAM_EMEMORY;
}

int output_open(output *out, const char *file, void *stream)
{
    output o = {0};
    int result = TAWAM_OK, fd = -1;

    if (!file || strcmp(file, "-") == 0) {
        out->file = stream;
        out->ours = 0;
        return TAWAM_OK;
    }
    o.path = memory_string(file);
    result = o.path ? output_temporary(&o.temporary, file) : TAWAM_EMEMORY;
    if (result == TAWAM_OK) {
        fd = open(o.temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        o.file = fd >= 0 ? fdopen(fd, "w") : NULL;
        if (!o.file)
            result = error_system(_("write '%s'"), file);
    }
    o.ours = 1;
    *out = o;
    if (result < 0)
        output_abandon(out);
    return result;
}

static int cannot_write(const output *o)
{
    if (o->ours)
        return error_system(_("write '%s'"), o->path);
    return error_system(_("write the output"));
}

int output_write(output *o, buffer *bytes)
{
    int result = buffer_check(bytes);
    if (result == TAWAM_OK && bytes->length &&
        fwrite(bytes->data, bytes->length, 1, o->file) != 1)
        result = cannot_write(o);
    buffer_clear(bytes);
    return result;
}

/* The folder that FILE stands in. Caller frees. */
static char *folder_of(const char *file)
{
    size_t length = (size_t)(file_name(file) - file);
    return length ? memory_string_length(file, length) : memory_string(".");
}

int output_publish(const char *temporary, const char *file)
{
    char *folder = folder_of(file);
    int result = folder ? TAWAM_OK : TAWAM_EMEMORY;
    if (result == TAWAM_OK && rename(temporary, file) < 0)
        result = error_system(_("write '%s'"), file);
    if (result == TAWAM_OK)
        result = file_sync_folder(folder);
    free(folder);
    return result;
}

int output_finish(output *o)
{
    int result = TAWAM_OK;
    if (fflush(o->file) != 0)
        result = cannot_write(o);
    if (!o->ours)
        return result;
    if (result == TAWAM_OK && fsync(fileno(o->file)) < 0)
        result = cannot_write(o);
    if (fclose(o->file) != 0 && result == TAWAM_OK)
        result = cannot_write(o);
    o->file = NULL;
    if (result == TAWAM_OK)
        result = output_publish(o->temporary, o->path);
    if (result == TAWAM_OK) {
        free(o->temporary);
        o->temporary = NULL;
    }
    return result;
}

void output_abandon(output *o)
{
    if (!o->ours)
        return;
    if (o->file)
        fclose(o->file);
    if (o->temporary)
        unlink(o->temporary);
    free(o->temporary);
    free(o->path);
    memset(o, 0, sizeof *o);
}
