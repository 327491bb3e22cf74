/* SPDX-License-Identifier: MIT */
/* Locks on files: POSIX record locks. A forked child doesn't have its
 * parent's, so a helper that outlives us can't keep one. They don't exclude
 * the process itself, hence the list of what this process holds.
 *
 * One thread takes locks. A lock file is read by nothing else, since any
 * close() of it would drop the lock. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

struct file_lock {
    file_lock *next;
    int fd;
    pid_t owner; /* after a fork the list is the parent's */
    dev_t device;
    ino_t inode;
};

static file_lock *held;

static int held_here(const struct stat *file)
{
    for (const file_lock *l = held; l; l = l->next) {
        if (l->device == file->st_dev && l->inode == file->st_ino &&
            l->owner == getpid())
            return 1;
    }
    return 0;
}

static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static int busy(int fd, const char *path)
{
    struct flock other = whole_file();

    if (fcntl(fd, F_GETLK, &other) == 0 && other.l_type != F_UNLCK &&
        other.l_pid > 0)
        return error_set(TAWAM_EBUSY,
                         _("%s is in use by process %ld: wait until it is "
                           "done, or end it"),
                         path, (long)other.l_pid);
    return error_set(TAWAM_EBUSY,
                     _("%s is in use: wait until the other is done"), path);
}

/* Poll, as no call waits for a lock with a limit of time. */
static int lock_within(int fd, const char *path, int64_t wait)
{
    int64_t end = clock_monotonic() + wait;
    struct timespec pause = {.tv_nsec = 1000000};

    for (;;) {
        struct flock request = whole_file();

        if (fcntl(fd, F_SETLK, &request) == 0)
            return TAWAM_OK;
        if (errno != EACCES && errno != EAGAIN && errno != EINTR)
            return error_system(_("lock %s"), path);
        if (clock_monotonic() >= end)
            return busy(fd, path);
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 50000000)
            pause.tv_nsec *= 2;
    }
}

int file_lock_take(file_lock **out, const char *path, int64_t wait)
{
    struct stat file;
    file_lock *lock = memory_new(sizeof *lock);
    int result = TAWAM_EMEMORY;

    if (!lock)
        return TAWAM_EMEMORY;
    /* Looked at before it is opened: closing it would drop our own lock. */
    if (stat(path, &file) == 0 && held_here(&file)) {
        free(lock);
        return error_set(TAWAM_EBUSY, _("%s is locked by this program already"),
                         path);
    }
    lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock->fd < 0 || fstat(lock->fd, &file) < 0)
        result = error_system(_("open %s"), path);
    else
        result = lock_within(lock->fd, path, wait);
    if (result < 0) {
        if (lock->fd >= 0)
            close(lock->fd);
        free(lock);
        return result;
    }
    lock->owner = getpid();
    lock->device = file.st_dev;
    lock->inode = file.st_ino;
    lock->next = held;
    held = lock;
    *out = lock;
    return TAWAM_OK;
}

void file_lock_release(file_lock *lock)
{
    if (!lock)
        return;
    for (file_lock **at = &held; *at; at = &(*at)->next) {
        if (*at == lock) {
            *at = lock->next;
            break;
        }
    }
    close(lock->fd);
    free(lock);
}
