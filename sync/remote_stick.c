/* SPDX-License-Identifier: MIT */
/* remote: what was written to a folder, read again from its medium; and its
 * packs, put together (log_pack.c).
 *
 * A write that the kernel took is on the stick after fsync and syncfs, if the
 * stick tells the truth. So before "sent" is said, the pages that the kernel
 * keeps of the new files are dropped, the files are read anew, and their own
 * sums compared. (A stick's own cache can't be seen through; nor a share's
 * server, whose kernel answers.)
 */
#include "sync/log_private_internal.h"
#include "sync/remote_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/sha1.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if MBEDTLS_VERSION_MAJOR >= 3 /* the same under their new names */
#define mbedtls_sha1_starts_ret mbedtls_sha1_starts
#define mbedtls_sha1_update_ret mbedtls_sha1_update
#define mbedtls_sha1_finish_ret mbedtls_sha1_finish
#endif

#define TAIL 20 /* a pack ends in the SHA-1 of all before it */

static int add_pack(void *context, const char *name)
{
    buffer *names = context;
    if (strcmp(file_extension(name), "pack") == 0)
        buffer_format(names, "%s\n", name);
    return TAWAM_OK;
}

int remote_stick_packs(char **out, const char *gitdir)
{
    char *folder = file_join(gitdir, "objects/pack");
    buffer names = {0};
    int code;
    buffer_text(&names, "\n");
    code = folder ? file_entries(folder, add_pack, &names) : error_memory();
    if (code == TAWAM_OK || code == TAWAM_ENOTFOUND)
        code = buffer_check(&names);
    if (code == TAWAM_OK)
        *out = buffer_take(&names);
    buffer_free(&names);
    free(folder);
    return code;
}

/* Read PATH from the medium, its sum compared with its last bytes. */
static int reread_pack(const char *path)
{
    static uint8_t block[65536];
    uint8_t sum[TAIL] = {0}, tail[TAIL];
    mbedtls_sha1_context sha;
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int64_t left;
    ssize_t got = 0;
    if (fd < 0 || fstat(fd, &info) < 0) {
        error_system(_("read back '%s'"), path);
        if (fd >= 0)
            close(fd);
        return error_code();
    }
    left = info.st_size - TAIL;
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    mbedtls_sha1_init(&sha);
    mbedtls_sha1_starts_ret(&sha);
    while (left > 0 &&
           (got = read(fd, block,
                       left < (int64_t)sizeof block ? (size_t)left
                                                    : sizeof block)) > 0) {
        mbedtls_sha1_update_ret(&sha, block, (size_t)got);
        left -= got;
    }
    mbedtls_sha1_finish_ret(&sha, sum);
    mbedtls_sha1_free(&sha);
    if (left == 0)
        got = read(fd, tail, TAIL);
    int whole = left == 0 && got == TAIL;
    int code = whole     ? TAWAM_OK
               : got < 0 ? error_system(_("read back '%s'"), path)
                         : TAWAM_EDAMAGED;
    close(fd);
    if (whole && memcmp(sum, tail, TAIL) != 0)
        code = TAWAM_EDAMAGED;
    return code == TAWAM_EDAMAGED
               ? error_set(code,
                           _("'%s' reads back otherwise than it was written: "
                             "don't trust that medium"),
                           path)
               : code;
}

static void forget_pages(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

/* A pack and its index. */
static int reread(const char *folder, const char *name)
{
    char *pack = file_join(folder, name), *index = NULL;
    int code = pack ? TAWAM_OK : error_memory();
    if (code == TAWAM_OK)
        index = memory_format("%.*s.idx", (int)(strlen(pack) - 5), pack);
    if (code == TAWAM_OK && !index)
        code = error_memory();
    if (code == TAWAM_OK)
        code = reread_pack(pack);
    if (code == TAWAM_OK) {
        forget_pages(index);
        code = gitlog_check_index(index);
    }
    free(pack);
    free(index);
    return code;
}

int remote_stick_reread(const char *gitdir, const char *before,
                        const remote_push_plan *plan)
{
    char *folder = file_join(gitdir, "objects/pack"), *now = NULL, *rest = NULL;
    int code = folder ? remote_stick_packs(&now, gitdir) : error_memory();
    for (size_t i = 0; code == TAWAM_OK && i < plan->count; i++) {
        char *ref = file_join(gitdir, plan->updates[i].destination);
        if (ref)
            forget_pages(ref);
        free(ref);
    }
    for (char *name = code == TAWAM_OK ? strtok_r(now, "\n", &rest) : NULL;
         name && code == TAWAM_OK; name = strtok_r(NULL, "\n", &rest)) {
        char *line = memory_format("\n%s\n", name);
        code = !line                  ? error_memory()
               : strstr(before, line) ? TAWAM_OK
                                      : reread(folder, name);
        free(line);
    }
    free(now);
    free(folder);
    return code;
}

/* What was written must be on the stick itself before it is called sent: fsync
 * of the files does not flush the folders of every file system. */
int remote_stick_flush(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = fd < 0 || syncfs(fd) < 0 ? error_system(_("flush '%s'"), path)
                                        : TAWAM_OK;
    if (fd >= 0)
        close(fd);
    return code;
}

/* ---- its packs ---- */

typedef struct settling {
    remote_line *line;
    int untrue; /* it reads otherwise than it was written */
} settling;

static void moved(void *context)
{
    settling *s = context;
    remote_line_moved(s->line);
}

static int settle(void *context, const char *folder, const char *name)
{
    settling *s = context;
    char *pack = memory_format("pack-%s.pack", name);
    int code = pack ? remote_stick_flush(folder) : error_memory();
    if (code == TAWAM_OK)
        code = reread(folder, pack);
    s->untrue = code == TAWAM_EDAMAGED;
    free(pack);
    return code;
}

int remote_stick_consolidate(git_repository *theirs, remote_line *line)
{
    settling s = {line, 0};
    gitlog_medium medium = {&s, moved, settle};
    int done = 0;
    int code = gitlog_consolidate_folder(&done, theirs, &medium);
    /* too small for it, or damaged in an older place: as it was */
    if (code == TAWAM_EFULL || (code == TAWAM_EDAMAGED && !s.untrue)) {
        error_clear();
        code = TAWAM_OK;
    }
    return code == TAWAM_OK && done
               ? remote_stick_flush(git_repository_commondir(theirs))
               : code;
}
