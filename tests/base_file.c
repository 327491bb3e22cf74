/* SPDX-License-Identifier: MIT */
/* Files: limits, atomic writes that keep the old content, locks between
 * processes, removal that follows no link. */
#include "base/base.h"
#include "tests/tap.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What does not read: a folder at all, or its second entry and those after. */
static int folder_fails, entry_fails;

DIR *opendir(const char *path)
{
    DIR *(*real)(const char *) = NULL;

    *(void **)&real = dlsym(RTLD_NEXT, "opendir");
    if (!folder_fails)
        return real(path);
    errno = EIO;
    return NULL;
}

struct dirent *readdir(DIR *folder)
{
    struct dirent *(*real)(DIR *) = NULL;

    *(void **)&real = dlsym(RTLD_NEXT, "readdir");
    if (!entry_fails || entry_fails++ == 1)
        return real(folder);
    errno = EIO;
    return NULL;
}

static void read_is(const char *path, const char *wanted, const char *what)
{
    buffer b = {0};

    is_int(file_read(&b, path, 1000), TAWAM_OK, "%s can be read", path);
    is_str((char *)b.data, wanted, "%s", what);
    buffer_free(&b);
}

static void make_link(const char *target, const char *path)
{
    if (symlink(target, path) < 0)
        bail("cannot link %s", path);
}

static int entries(const char *folder)
{
    DIR *open_folder = opendir(folder);
    int count = -2; /* . and .. */

    while (open_folder && readdir(open_folder))
        count++;
    closedir(open_folder);
    return count;
}

static void reading_has_a_limit(void)
{
    buffer b = {0};

    file_write_atomic("ten", "0123456789", 10);
    buffer_text(&b, "before:");
    is_int(file_read(&b, "ten", 9), TAWAM_EUSAGE, "more than allowed fails");
    is_str((char *)b.data, "before:", "and appends nothing");
    is_int(file_read(&b, "ten", 10), TAWAM_OK, "as much as allowed is read");
    is_str((char *)b.data, "before:0123456789", "and appended");
    is_int(file_read(&b, "absent", 10), TAWAM_EENVIRONMENT, "no such file");
    is_str(error_message(), "cannot open absent: No such file or directory",
           "is said by name");
    is_int(file_read(&b, ".", 10), TAWAM_EENVIRONMENT, "a folder is no file");
    buffer_free(&b);
}

static void atomic_writes_replace(void)
{
    is_int(file_write_atomic("a", "one", 3), TAWAM_OK, "a new file");
    read_is("a", "one", "holds what was written");
    chmod("a", 0600);
    is_int(file_write_atomic("a", "two", 3), TAWAM_OK, "an old file");
    read_is("a", "two", "is replaced");
    struct stat s;
    stat("a", &s);
    is_int(s.st_mode & 0777, 0600, "its rights stay");
    make_link("a", "link");
    is_int(file_write_atomic("link", "three", 5), TAWAM_OK, "through a link");
    read_is("a", "three", "the file it points to changes");
    ok(lstat("link", &s) == 0 && S_ISLNK(s.st_mode), "the link stays a link");
    is_int(file_write_atomic("empty", "", 0), TAWAM_OK, "no bytes");
    is_int(file_size("empty"), 0, "make an empty file");
}

/* A limit on the size of files stands for a full disk: write() fails after
 * some bytes are in the temporary file. */
static void a_failed_write_keeps_the_old(void)
{
    static char large[100000];
    struct rlimit before, small = {.rlim_cur = 5000};
    int count = 0;

    file_write_atomic("keep", "old", 3);
    count = entries(".");
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    is_int(file_write_atomic("keep", large, sizeof large), TAWAM_EFULL,
           "a write that can't end fails");
    setrlimit(RLIMIT_FSIZE, &before);
    read_is("keep", "old", "the old content is there");
    is_int(entries("."), count, "no temporary file is left");
    is_int(file_write_atomic("no/such/folder/x", "x", 1), TAWAM_EENVIRONMENT,
           "a folder that isn't there is an error");
    mkdir("folder", 0777);
    is_int(file_write_atomic("folder", "x", 1), TAWAM_EENVIRONMENT,
           "a folder isn't replaced by a file");
    is_int(entries("."), count + 1, "nor is anything left beside it");
    rmdir("folder");
}

static void memory_may_run_out(void)
{
    long before = memory_allocations();
    int wrong = 0;

    file_write_atomic("keep", "new", 3);
    long count = memory_allocations() - before;
    for (long nth = 1; nth <= count; nth++) {
        memory_fail_at(nth);
        wrong += file_write_atomic("keep", "bad", 3) != TAWAM_EMEMORY;
    }
    memory_fail_at(0);
    ok(count > 0 && wrong == 0, "each of %ld allocations may fail", count);
    read_is("keep", "new", "and the old content stays");
}

static void folders_come_and_go(void)
{
    is_int(file_make_folders("d/e/f"), TAWAM_OK, "made with what is above");
    is_int(file_make_folders("d/e/f/"), TAWAM_OK, "once more is no error");
    ok(file_is_folder("d/e/f") && file_empty_folder("d/e/f"), "it is empty");
    ok(!file_empty_folder("d/e"), "the one above isn't");
    ok(!file_empty_folder("nowhere"), "nor is one that isn't there");
    is_int(file_make_folders("a/b"), TAWAM_EENVIRONMENT, "not below a file");
    file_make_folders("outside");
    file_write_atomic("outside/kept", "x", 1);
    make_link("../outside", "d/out");
    make_link("../outside/kept", "d/e/file");
    make_link("nowhere", "d/e/dangling");
    file_write_atomic("d/e/f/x", "x", 1);
    is_int(file_remove_tree("d"), TAWAM_OK, "removed with all below");
    ok(!file_exists("d"), "it is gone");
    ok(file_exists("outside/kept"), "what links pointed to is not");
    is_int(file_remove_tree("d"), TAWAM_OK, "once more is no error");
    make_link("nowhere", "dangling");
    ok(file_exists("dangling"), "a link to nowhere is something");
    is_int(file_size("dangling"), TAWAM_ENOTFOUND, "without a size");
    is_int(file_sync_folder("."), TAWAM_OK, "a folder can be flushed");
    is_int(file_sync_folder("a"), TAWAM_EENVIRONMENT, "a file isn't a folder");
}

/* CONTEXT counts down to the entry at which it stops. */
static int count_down(void *context, const char *name)
{
    int *left = context;
    ok(strcmp(name, ".") != 0 && strcmp(name, "..") != 0, "an entry: %s", name);
    return --*left == 0 ? 7 : TAWAM_OK;
}

static void entries_are_listed(void)
{
    int left = 10;
    file_make_folders("entries/one");
    file_write_atomic("entries/two", "x", 1);
    is_int(file_entries("entries", count_down, &left), TAWAM_OK, "all came");
    is_int(left, 8, "both entries");
    left = 1;
    is_int(file_entries("entries", count_down, &left), 7, "until it is enough");
    is_int(file_entries("entries/two", count_down, &left), TAWAM_ENOTFOUND,
           "a file is no folder");
    is_int(file_entries("no such", count_down, &left), TAWAM_ENOTFOUND,
           "nor is what is not there");
    is_int(file_empty_folder("entries/one"), 1, "an empty folder");
    is_int(file_empty_folder("entries"), 0, "and one that is not");
    is_int(file_empty_folder("no such"), 0, "what is not there is none");
}

static int let_pass(void *context, const char *name)
{
    (void)context;
    (void)name;
    return TAWAM_OK;
}

/* A folder that does not read is neither empty nor absent. */
static void an_unread_folder_is_no_empty_one(void)
{
    folder_fails = 1;
    is_int(file_entries("entries", let_pass, NULL), TAWAM_EENVIRONMENT,
           "a folder that does not read");
    is_int(file_empty_folder("entries"), TAWAM_EENVIRONMENT, "is not empty");
    folder_fails = 0;
    entry_fails = 1;
    is_int(file_entries("entries", let_pass, NULL), TAWAM_EENVIRONMENT,
           "nor is one whose second entry does not read");
    entry_fails = 0;
    is_int(file_empty_folder("entries"), 0, "once it reads, all is there");
}

static void path_is(char *path, const char *wanted)
{
    is_str(path, wanted, "the path %s", wanted);
    free(path);
}

static void paths_are_joined_and_split(void)
{
    char here[4096], wanted[5000];

    if (!getcwd(here, sizeof here))
        bail("no current folder");
    path_is(file_join("a", "b"), "a/b");
    path_is(file_join("a//", "/b"), "a/b");
    path_is(file_join("/", "b"), "/b");
    path_is(file_join("", "b"), "b");
    path_is(file_absolute("/x/./y//z/"), "/x/y/z");
    path_is(file_absolute("/"), "/");
    snprintf(wanted, sizeof wanted, "%s/not/there", here);
    path_is(file_absolute("./not/there"), wanted);
    path_is(file_absolute("."), here);
    path_is(file_absolute("outside/../outside/.."), here);
    is_str(file_name("/a/b.csv"), "b.csv", "the last part");
    is_str(file_name("b"), "b", "or the whole");
    is_str(file_extension("/a.d/b.tar.gz"), "gz", "the last ending");
    is_str(file_extension("/a.d/b"), "", "a folder's dot is no ending");
    is_str(file_extension(".profile"), "", "nor is a first dot");
}

/* Run ACTION in a child and give its exit status. */
static int in_child(int (*action)(void))
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(action());
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static file_lock *mine;

static int try_lock(void)
{
    file_lock *lock = NULL;

    return file_lock_take(&lock, "lock", 0) == TAWAM_EBUSY;
}

static int release_parents(void)
{
    file_lock_release(mine);
    return 0;
}

static void locks_hold_between_processes(void)
{
    file_lock *again = NULL;

    is_int(file_lock_take(&mine, "lock", 0), TAWAM_OK, "a free lock is taken");
    is_int(in_child(try_lock), 1, "another process is told it is busy");
    is_int(file_lock_take(&again, "lock", 0), TAWAM_EBUSY,
           "so is this process, the second time");
    is_int(in_child(release_parents), 0, "a child closes what it inherited");
    is_int(in_child(try_lock), 1, "and the lock still holds");
    file_lock_release(mine);
    is_int(in_child(try_lock), 0, "after release another may have it");
    is_int(file_lock_take(&mine, "lock", 0), TAWAM_OK, "and we again");
    file_lock_release(mine);
    file_lock_release(NULL);
    is_int(file_lock_take(&mine, "no/such/lock", 0), TAWAM_EENVIRONMENT,
           "a lock needs its folder");
}

/* The child takes the lock, says so, and waits to be killed. */
static pid_t start_holder(void)
{
    int ends[2];
    char byte = 0;
    pid_t child = 0;

    if (pipe(ends) < 0 || (child = fork()) < 0)
        bail("cannot fork");
    if (child == 0) {
        file_lock *lock = NULL;
        byte = file_lock_take(&lock, "lock", 0) == TAWAM_OK;
        if (write(ends[1], &byte, 1) == 1)
            pause();
        _exit(0);
    }
    close(ends[1]);
    ok(read(ends[0], &byte, 1) == 1 && byte == 1, "a child has the lock");
    close(ends[0]);
    return child;
}

static void a_dead_process_holds_no_lock(void)
{
    pid_t child = start_holder();
    char holder[64];

    is_int(file_lock_take(&mine, "lock", 5), TAWAM_EBUSY, "we wait in vain");
    snprintf(holder, sizeof holder, "process %ld", (long)child);
    ok(strstr(error_message(), holder), "and learn who has it");
    kill(child, SIGKILL);
    is_int(file_lock_take(&mine, "lock", 60000), TAWAM_OK,
           "killed, it gives the lock to who waits");
    file_lock_release(mine);
    waitpid(child, NULL, 0);
}

int main(void)
{
    char folder[] = "/tmp/tawam-base-file-XXXXXX";

    if (!mkdtemp(folder) || chdir(folder) < 0)
        bail("no folder for the test");
    reading_has_a_limit();
    entries_are_listed();
    an_unread_folder_is_no_empty_one();
    atomic_writes_replace();
    a_failed_write_keeps_the_old();
    memory_may_run_out();
    folders_come_and_go();
    paths_are_joined_and_split();
    locks_hold_between_processes();
    a_dead_process_holds_no_lock();
    if (chdir("/") < 0 || file_remove_tree(folder) < 0)
        diag("%s stays behind", folder);
    return done_testing();
}
