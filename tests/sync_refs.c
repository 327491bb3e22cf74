/* SPDX-License-Identifier: MIT */
/* A folder of refs that cannot be opened (a disk that fails, no memory in
 * opendir(3)) is never taken for one without refs: of the log's own, and of a
 * remote by path, from which a sync would bring "nothing new". */
#include "tests/sync_fixture.h"
#include "sync/remote.h"
#include "sync/sync_internal.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <sys/mman.h>

/* libgit2's opendir() is this one: the Nth folder fails with an errno. Counted
 * together with the child that a transfer runs in. */
static int fail_at, fail_with;
static _Atomic int *opened;

DIR *opendir(const char *path)
{
    DIR *(*real)(const char *);

    *(void **)&real = dlsym(RTLD_NEXT, "opendir");
    if (fail_at && ++*opened == fail_at) {
        errno = fail_with;
        return NULL;
    }
    return real(path);
}

static void arm(int at, int with)
{
    *opened = 0;
    fail_at = at;
    fail_with = with;
}

/* 1 if the armed folder was met; disarms. */
static int bitten(void)
{
    int met = *opened >= fail_at;

    fail_at = 0;
    return met;
}

static int count_ref(void *context, const char *name, const char *id)
{
    (void)name;
    (void)id;
    ++*(int *)context;
    return 0;
}

static const char *const REFS[] = {"refs/heads/device/a", "refs/heads/main",
                                   "refs/remotes/hq/device/b"};

static char made[300], third[300];

static void make_log(void)
{
    gitlog_new commit = {"T",  "t@example.org", 1000000, 0,
                         1000, "a\n",           NULL,    0};
    char id[SYNC_ID_SIZE];
    gitlog *log = NULL;

    snprintf(made, sizeof made, "%s/made.git", fixture_make());
    snprintf(third, sizeof third, "%s/third.git", fixture_folder);
    MUST(gitlog_create(&log, made));
    MUST(gitlog_write_changes(id, log, "changes", 7, &commit));
    for (size_t i = 0; i < 3; i++)
        MUST(gitlog_set_ref(log, REFS[i], id));
    gitlog_free(log);
}

static void list_own(int with)
{
    int at = 1, lied = 0, met = 1, refused = 0;

    for (; met; at++) {
        gitlog *log = NULL;
        int seen = 0, code;

        MUST(gitlog_open(&log, made));
        arm(at, with);
        code = gitlog_refs(log, "refs/*", count_ref, &seen);
        met = bitten();
        lied += code == TAWAM_OK && seen != 3;
        refused += code != TAWAM_OK;
        gitlog_free(log);
    }
    ok(refused >= 2, "%d folders of the log's refs were closed to it (%s)",
       refused, strerror(with));
    ok(lied == 0, "and no list was short and said to be whole (%d)", lied);
}

static void fetch_from_there(int with)
{
    int at = 1, lied = 0, met = 1, refused = 0;

    for (; met; at++) {
        remote_traffic traffic = {0};
        gitlog *log = NULL;
        char *refs = NULL;
        int code;

        file_remove_tree(third);
        MUST(gitlog_create(&log, third));
        gitlog_free(log);
        arm(at, with);
        code = remote_fetch(&refs, &traffic, third, "hq", made,
                            &(remote_options){0});
        met = bitten();
        lied += code == TAWAM_OK &&
                !(strstr(refs, REFS[0]) && strstr(refs, REFS[1]));
        refused += code != TAWAM_OK;
        free(refs);
    }
    ok(refused >= 2, "%d fetches were refused", refused);
    ok(lied == 0, "and none brought less and said yes (%d)", lied);
}

int main(void)
{
    opened = mmap(NULL, sizeof *opened, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (opened == MAP_FAILED)
        bail("no shared memory");
    make_log();
    list_own(EIO);
    list_own(ENOMEM);
    fetch_from_there(EIO);
    fetch_from_there(ENOMEM);
    fixture_remove();
    return done_testing();
}
