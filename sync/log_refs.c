/* SPDX-License-Identifier: MIT */
/* Which refs a repository has, by its own files. libgit2 1.5.1 lists the folder
 * refs/ up to the first one it cannot open, and says nothing (refdb_fs.c,
 * iterator_load_loose_paths: a failed step ends the loop as the end does): a
 * fetch then finds "nothing new" where a disk failed. So names are listed here,
 * and libgit2 is asked for each by name.
 */
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PACKED_MOST (256 << 20) /* bytes of packed-refs */
#define DEPTH_MOST 64           /* folders in one another */

typedef struct listing {
    gitlog_names *names;
    size_t capacity;
    const char *folder; /* the repository's */
    const char *glob;   /* NULL: all */
} listing;

/* NAME, LENGTH bytes, if it fits. */
static int keep(listing *l, const char *name, size_t length)
{
    char *copy = memory_format("%.*s", (int)length, name);
    int code;

    if (!copy)
        return error_memory();
    if (l->glob && fnmatch(l->glob, copy, 0) != 0) {
        free(copy);
        return TAWAM_OK;
    }
    code = memory_reserve((void **)&l->names->list, &l->capacity,
                          l->names->count + 1, sizeof *l->names->list);
    if (code) {
        free(copy);
        return code;
    }
    l->names->list[l->names->count++] = copy;
    return TAWAM_OK;
}

/* ---- one file a ref ---- */

typedef struct ref_folder {
    listing *l;
    const char *name; /* "refs", "refs/heads"... */
    int depth;
} ref_folder;

static int list_folder(listing *l, const char *name, int depth);

/* ENTRY of a folder; a lock is no ref, and what is gone by now neither. */
static int list_entry(void *context, const char *entry)
{
    const ref_folder *in = context;
    listing *l = in->l;
    size_t length = strlen(entry);
    struct stat info;
    char *below = memory_format("%s/%s", in->name, entry);
    char *path = below ? file_join(l->folder, below) : NULL;
    int code = TAWAM_OK;

    if (!path)
        code = error_memory();
    else if (length > 5 && strcmp(entry + length - 5, ".lock") == 0)
        ;
    else if (lstat(path, &info) < 0)
        code = errno == ENOENT ? TAWAM_OK : error_system(_("read %s"), path);
    else if (S_ISDIR(info.st_mode))
        code = list_folder(l, below, in->depth + 1);
    else
        code = keep(l, below, strlen(below));
    free(path);
    free(below);
    return code;
}

/* The refs below the folder NAME. */
static int list_folder(listing *l, const char *name, int depth)
{
    ref_folder in = {l, name, depth};
    char *path = file_join(l->folder, name);
    int code;

    if (!path)
        code = error_memory();
    else if (depth > DEPTH_MOST)
        code = error_set(TAWAM_EDAMAGED, "%s: %s", path, strerror(ELOOP));
    else
        code = file_entries(path, list_entry, &in);
    free(path);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

/* ---- packed-refs ---- */

/* Lines "ID NAME"; those with # and ^ say more about others. Read after the
 * folders: who packs a ref writes it here before the file goes. */
static int list_packed(listing *l)
{
    buffer text = {0};
    char *path = file_join(l->folder, "packed-refs");
    const char *at;
    int code = path ? file_exists(path) : error_memory();

    if (code > 0)
        code = file_read(&text, path, PACKED_MOST);
    at = (const char *)text.data;
    while (!code && at && *at) {
        size_t length = strcspn(at, "\r\n");

        if (length > 41 && *at != '#' && *at != '^')
            code = keep(l, at + 41, length - 41);
        at += length;
        at += strspn(at, "\r\n");
    }
    buffer_free(&text);
    free(path);
    return code;
}

/* ---- both ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once. */
static void put_in_order(gitlog_names *names)
{
    size_t used = 0;

    if (names->count > 1)
        qsort(names->list, names->count, sizeof *names->list, by_name);
    for (size_t i = 0; i < names->count; i++)
        if (used > 0 && strcmp(names->list[used - 1], names->list[i]) == 0)
            free(names->list[i]);
        else
            names->list[used++] = names->list[i];
    names->count = used;
}

int gitlog_list(gitlog_names *out, git_repository *repository, const char *glob)
{
    listing l = {out, 0, git_repository_commondir(repository), glob};
    int code;

    *out = (gitlog_names){0};
    code = list_folder(&l, "refs", 0);
    if (!code)
        code = list_packed(&l);
    if (code)
        gitlog_names_free(out);
    else
        put_in_order(out);
    return code;
}

void gitlog_names_free(gitlog_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i]);
    free(names->list);
    *names = (gitlog_names){0};
}
