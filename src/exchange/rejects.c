/* SPDX-License-Identifier: MIT */
/* rejects: the rows that were wrong, as they came, in a file that imports
 * again once they are corrected.
 *
 *  1. No file is made before the first wrong row.
 *  2. Where it goes was not named: FILE.rejects.csv, with a number if there
 *     is one already (someone may be correcting it); beside the replica if
 *     it can't be made beside FILE (a stick that is write-protected).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "exchange/exchange_internal.h"

enum { NUMBER_MAX = 999 };

/* A new file BASE + SUFFIX, numbered if need be: a descriptor or -1, errno. */
static int open_new(char **path, const char *base, const char *suffix)
{
    for (int number = 1; number <= NUMBER_MAX; number++) {
        char *name = number == 1
                         ? memory_format("%s%s", base, suffix)
                         : memory_format("%s.%d%s", base, number, suffix);
        int fd = name
                     ? open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)
                     : -1;
        if (fd >= 0) {
            *path = name;
            return fd;
        }
        free(name);
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

static int open_default(rejects *r, const char *suffix)
{
    const char *base = strcmp(r->source, "-") == 0 ? "stdin" : r->source;
    int fd = open_new(&r->path, base, suffix);
    if (fd < 0 && r->fallback && *r->fallback) {
        char *other = file_join(r->fallback, file_name(base));
        if (other)
            fd = open_new(&r->path, other, suffix);
        free(other);
    }
    if (fd < 0)
        error_system(_("make the file of rejected rows '%s%s'"), base, suffix);
    return fd;
}

static int open_wanted(rejects *r)
{
    int fd = open(r->wanted, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        error_system(_("write the rejected rows to '%s'"), r->wanted);
        return -1;
    }
    r->path = memory_string(r->wanted);
    return fd;
}

static int write_bytes(rejects *r)
{
    int result = buffer_check(&r->bytes);
    if (result == TAWAM_OK && r->bytes.length &&
        fwrite(r->bytes.data, r->bytes.length, 1, r->file) != 1)
        result = error_system(_("write the rejected rows to '%s'"), r->path);
    buffer_clear(&r->bytes);
    return result;
}

int rejects_add(rejects *r, source *s)
{
    int first = r->file == NULL;
    if (first) {
        int fd = r->wanted ? open_wanted(r) : open_default(r, s->reject_suffix);
        if (fd < 0)
            return error_code();
        r->file = fdopen(fd, "w");
        if (!r->file || !r->path) {
            close(fd);
            return error_memory();
        }
    }
    s->class->raw_frame(s, &r->bytes, first ? 0 : 1);
    s->class->raw(s, &r->bytes);
    return write_bytes(r);
}

int rejects_finish(rejects *r, source *s)
{
    int result = TAWAM_OK;
    if (!r->file)
        return TAWAM_OK;
    s->class->raw_frame(s, &r->bytes, 2);
    result = write_bytes(r);
    if (fclose(r->file) != 0 && result == TAWAM_OK)
        result = error_system(_("write the rejected rows to '%s'"), r->path);
    r->file = NULL;
    return result;
}

void rejects_clear(rejects *r)
{
    if (r->file)
        fclose(r->file);
    free(r->path);
    buffer_free(&r->bytes);
    memset(r, 0, sizeof *r);
}
