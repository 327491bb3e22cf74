/* SPDX-License-Identifier: MIT */
/* remote: who may write to a repository, and what a dead transfer left there.
 *
 * Invariants:
 *  1. One transfer at a time writes to a log.git; the kernel drops the lock of
 *     a process that died (base/file.h).
 *  2. A lock file of git's is removed only when the process that made it must
 *     be dead: under refs/remotes/ and refs/tags/ of a log nobody but the
 *     holder of tawam.lock writes; in a shared repository only those named in
 *     the journal of a push that did not end.
 */
#include "sync/remote_internal.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define LOCK_NAME "tawam.lock"
#define JOURNAL_NAME "tawam.pushing"
#define LOCK_WAIT 10000    /* ms */
#define SHARED_LOCK_AGE 60 /* s: the log's own packed-refs.lock */
#define FOLDER_DEPTH 6     /* of refs/remotes/NAME/device/X */
#define JOURNAL_LIMIT (1 << 20)

static int ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

/* Remove every "*.lock" below FOLDER. */
static void remove_locks(const char *folder, int depth)
{
    DIR *d = opendir(folder);
    struct dirent *entry = NULL;
    while (d && (entry = readdir(d)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *path = file_join(folder, entry->d_name);
        struct stat st;
        if (path && lstat(path, &st) == 0) {
            if (S_ISDIR(st.st_mode) && depth > 0)
                remove_locks(path, depth - 1);
            else if (S_ISREG(st.st_mode) && ends_with(path, ".lock"))
                unlink(path);
        }
        free(path);
    }
    if (d)
        closedir(d);
}

/* Packs that were being received: libgit2 writes them as pack_git2_XXXXXX
 * and renames them when whole. */
static void remove_partial_packs(const char *gitdir)
{
    char *folder = memory_format("%s/objects/pack", gitdir);
    DIR *d = folder ? opendir(folder) : NULL;
    struct dirent *entry = NULL;
    while (d && (entry = readdir(d)) != NULL) {
        if (!strstr(entry->d_name, "_git2_"))
            continue;
        char *path = file_join(folder, entry->d_name);
        if (path)
            unlink(path);
        free(path);
    }
    if (d)
        closedir(d);
    free(folder);
}

static void clear_log(const char *gitdir)
{
    static const char *const ours[] = {"refs/remotes", "refs/tags"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        char *folder = file_join(gitdir, ours[i]);
        if (folder)
            remove_locks(folder, FOLDER_DEPTH);
        free(folder);
    }
    struct stat st;
    char *packed = file_join(gitdir, "packed-refs.lock");
    if (packed && stat(packed, &st) == 0 &&
        st.st_mtime + SHARED_LOCK_AGE < time(NULL))
        unlink(packed);
    free(packed);
}

/* Take the lock; while waiting, the watchdog is told that it is not the
 * remote's silence. */
static int take_lock(file_lock **out, const char *gitdir, remote_line *line)
{
    char *path = file_join(gitdir, LOCK_NAME);
    if (!path)
        return error_memory();
    int code = file_lock_take(out, path, 0);
    if (code == TAWAM_EBUSY) {
        line->state.waiting = 1;
        line->changed = 1;
        remote_line_flush(line);
        code = file_lock_take(out, path, LOCK_WAIT);
        line->state.waiting = 0;
        remote_line_moved(line);
        remote_line_flush(line);
        if (code == TAWAM_EBUSY)
            error_set(TAWAM_EBUSY,
                      _("another tawam is at work on '%s': try again when it "
                        "is done"),
                      gitdir);
    }
    free(path);
    return code;
}

int remote_lock_gitdir(file_lock **out, const char *gitdir, remote_line *line)
{
    int code = take_lock(out, gitdir, line);
    if (code == TAWAM_OK) {
        clear_log(gitdir);
        remove_partial_packs(gitdir);
    }
    return code;
}

/* The lock files of the refs that a push which did not end was moving. */
static int clear_journal(const char *gitdir)
{
    buffer names = {0};
    char *journal = file_join(gitdir, JOURNAL_NAME), *rest = NULL;
    int code = journal ? file_exists(journal) : error_memory();
    if (code > 0)
        code = file_read(&names, journal, JOURNAL_LIMIT);
    if (code == TAWAM_EUSAGE) /* too long to be one */
        code = TAWAM_OK;
    if (code < 0 || !names.data)
        goto cleanup;
    for (char *name = strtok_r((char *)names.data, "\n", &rest); name;
         name = strtok_r(NULL, "\n", &rest)) {
        if (!remote_ref_accepted(name))
            continue;
        char *lock = memory_format("%s/%s.lock", gitdir, name);
        if (lock)
            unlink(lock);
        free(lock);
    }
    unlink(journal);
    remove_partial_packs(gitdir);
cleanup:
    buffer_free(&names);
    free(journal);
    return code;
}

int remote_lock_folder(file_lock **out, const char *gitdir, remote_line *line)
{
    int code = take_lock(out, gitdir, line);
    if (code == TAWAM_OK && (code = clear_journal(gitdir)) != TAWAM_OK) {
        file_lock_release(*out);
        *out = NULL;
    }
    return code;
}

int remote_journal_write(const char *gitdir, const remote_push_plan *plan)
{
    buffer names = {0};
    char *journal = file_join(gitdir, JOURNAL_NAME);
    int code = journal ? TAWAM_OK : error_memory();
    for (size_t i = 0; i < plan->count; i++)
        if (plan->updates[i].pushable)
            buffer_format(&names, "%s\n", plan->updates[i].destination);
    if (code == TAWAM_OK && (code = buffer_check(&names)) == TAWAM_OK)
        code = file_write_atomic(journal, names.data ? (void *)names.data : "",
                                 names.length);
    buffer_free(&names);
    free(journal);
    return code;
}

void remote_journal_remove(const char *gitdir)
{
    char *journal = file_join(gitdir, JOURNAL_NAME);
    if (journal)
        unlink(journal);
    free(journal);
}
