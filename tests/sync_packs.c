/* SPDX-License-Identifier: MIT */
/* Packs of log.git, and of a folder that is pushed to: many objects are written
 * as one, many packs become few, and no object is ever lost on the way: killed
 * at a write, on a full or failing disk, with another process reading or git
 * repacking, beside a damaged pack. */
#include "tests/reliability.h"
#include "tests/sync_fixture.h"
#include "sync/log_private_internal.h"
#include "sync/remote_internal.h"
#include "sync/sync_internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>

#define PACKS 56
#define COMMITS_A_PACK 2
#define LOOSE_COMMITS 5
#define COMMITS (PACKS * COMMITS_A_PACK + LOOSE_COMMITS)

static char made[300];  /* a log with many packs, never changed */
static char there[300]; /* a copy of it, for one trial */
static char ids[COMMITS][SYNC_ID_SIZE];
static const char *self;

static int shell(const char *format, ...)
{
    char command[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    return system(command);
}

/* ---- a log with many packs ---- */

static void add_commit(gitlog *log, int i)
{
    const char *parent = i ? ids[i - 1] : NULL;
    char message[100], bytes[200];
    gitlog_new commit = {"T",      "t@example.org", 1000000 + i, 0,
                         1000 + i, message,         &parent,     i ? 1 : 0};
    snprintf(message, sizeof message, "%d\n\nDevice: a\nSequence: %d\n", i,
             i + 1);
    snprintf(bytes, sizeof bytes, "changes number %d, %d", i, i * 7919);
    MUST(gitlog_write_changes(ids[i], log, bytes, strlen(bytes), &commit));
}

static void make_log(void)
{
    gitlog *log = NULL;
    int i, k, n = 0;
    snprintf(made, sizeof made, "%s/made.git", fixture_make());
    snprintf(there, sizeof there, "%s/there.git", fixture_folder);
    MUST(gitlog_create(&log, made));
    for (i = 0; i < PACKS; i++) {
        gitlog_batch_begin(log);
        for (k = 0; k < COMMITS_A_PACK; k++)
            add_commit(log, n++);
        MUST(gitlog_batch_write(log));
        gitlog_batch_drop(log);
    }
    while (n < COMMITS)
        add_commit(log, n++);
    MUST(gitlog_set_ref(log, "refs/heads/device/a", ids[n - 1]));
    gitlog_free(log);
}

static void copy_log(void)
{
    if (shell("rm -rf '%s'; cp -a '%s' '%s'", there, made, there))
        bail("no copy of the log");
}

/* ---- looking ---- */

/* Files in objects/pack whose name ends so. */
static int count_files(const char *log, const char *ending)
{
    char path[400];
    struct dirent *e;
    int count = 0;
    DIR *d;
    snprintf(path, sizeof path, "%s/objects/pack", log);
    d = opendir(path);
    while (d && (e = readdir(d))) {
        size_t n = strlen(e->d_name), k = strlen(ending);
        count += n >= k && strcmp(e->d_name + n - k, ending) == 0;
    }
    if (d)
        closedir(d);
    return count;
}

/* Commits of LOG, opened anew, that can be read with their changes. */
static int readable_commits(const char *path)
{
    gitlog *log = NULL;
    int i, count = 0;
    if (gitlog_open(&log, path))
        return -1;
    for (i = 0; i < COMMITS; i++) {
        gitlog_commit *commit = NULL;
        buffer bytes = {0};
        count += gitlog_read(&commit, log, ids[i]) == TAWAM_OK &&
                 gitlog_changes(&bytes, log, ids[i], 1000) == TAWAM_OK;
        buffer_free(&bytes);
        gitlog_commit_free(commit);
    }
    gitlog_free(log);
    return count;
}

static int64_t objects_of(const char *path)
{
    gitlog *log = NULL;
    int64_t objects = 0;
    MUST(gitlog_open(&log, path));
    MUST(gitlog_check_objects(&objects, log));
    gitlog_free(log);
    return objects;
}

static int consolidate(const char *path)
{
    gitlog *log = NULL;
    int code = gitlog_open(&log, path);
    if (!code)
        code = gitlog_consolidate(log);
    gitlog_free(log);
    return code;
}

/* The same as after a push to that folder. */
static int consolidate_folder(const char *path)
{
    git_repository *repository = NULL;
    remote_line line = {.fd = open("/dev/null", O_WRONLY)};
    int code = gitlog_initialise();
    if (!code && git_repository_open_bare(&repository, path) < 0)
        code = TAWAM_EDAMAGED;
    if (!code)
        code = gitlog_guard(repository);
    if (!code)
        code = remote_stick_consolidate(repository, &line);
    git_repository_free(repository);
    close(line.fd);
    return code;
}

/* ---- the tests ---- */

static void test_batch(void)
{
    is_int(count_files(made, ".pack"), PACKS,
           "each batch of several commits is one pack");
    is_int(readable_commits(made), COMMITS, "and all can be read");
    if (shell("git --version >/dev/null 2>&1") == 0)
        ok(shell("git -C '%s' fsck --strict --full >/dev/null 2>&1", made) == 0,
           "git finds nothing wrong with them");
}

static void test_few_are_left(void)
{
    char command[600];
    copy_log();
    snprintf(command, sizeof command,
             "cd '%s/objects/pack' && ls *.pack | tail -n +50 |"
             " while read -r p; do rm -f \"$p\" \"${p%%.pack}.idx\"; done",
             there);
    if (system(command))
        bail("no packs removed");
    is_int(count_files(there, ".pack"), 49, "with 49 packs");
    is_int(consolidate(there), TAWAM_OK, "there is nothing to do");
    is_int(count_files(there, ".pack"), 49, "and nothing is done");
}

static void test_consolidate(void)
{
    copy_log();
    is_int(consolidate(there), TAWAM_OK, "56 packs are put together");
    is_int(count_files(there, ".pack"), 1, "into one");
    is_int(count_files(there, ".idx"), 1, "with one index");
    is_int(readable_commits(there), COMMITS, "all commits can be read");
    is_int(objects_of(there), COMMITS * 3, "no object is missing or double");
    ok(shell("test -z \"$(find '%s/objects' -path '*/[0-9a-f][0-9a-f]/*' -type "
             "f)\"",
             there) == 0,
       "no loose object is left");
    if (shell("git --version >/dev/null 2>&1") == 0)
        ok(shell("git -C '%s' fsck --strict --full >/dev/null 2>&1", there) ==
               0,
           "git finds nothing wrong");
}

static void add_others(gitlog *log, int number, size_t length)
{
    uint8_t *bytes = memory_array(1, length);
    gitlog_new commit = {"T",    "t@example.org", number, 0,
                         number, "other",         NULL,   0};
    char id[SYNC_ID_SIZE];
    int k;
    gitlog_batch_begin(log);
    for (k = 0; bytes && k < 2; k++) {
        random_bytes(bytes, length);
        MUST(gitlog_write_changes(id, log, bytes, length, &commit));
    }
    MUST(gitlog_batch_write(log));
    gitlog_batch_drop(log);
    free(bytes);
}

/* A large pack stays as it is while small ones are put together. */
static void test_tiers(void)
{
    gitlog *log = NULL;
    int i;
    copy_log();
    MUST(gitlog_open(&log, there));
    add_others(log, 0, 300000);
    MUST(gitlog_consolidate(log));
    is_int(count_files(there, ".pack"), 2, "of 57 packs the large one stays");
    for (i = 1; i <= 20; i++)
        add_others(log, i, 100);
    MUST(gitlog_consolidate(log));
    is_int(count_files(there, ".pack"), 22, "22 packs stay 22");
    for (i = 21; i <= 50; i++)
        add_others(log, i, 100);
    MUST(gitlog_consolidate(log));
    is_int(count_files(there, ".pack"), 2, "of 52 the large one stays");
    gitlog_free(log);
    is_int(readable_commits(there), COMMITS, "all commits can be read");
}

static void test_keep(void)
{
    copy_log();
    if (shell("cd '%s/objects/pack' && for p in $(ls *.pack | head -3);"
              " do : >\"${p%%.pack}.keep\"; done",
              there))
        bail("no .keep");
    MUST(consolidate(there));
    is_int(count_files(there, ".pack"), 4, "packs with .keep stay");
    copy_log();
    if (shell("git -C '%s' multi-pack-index write 2>/dev/null", there))
        bail("no multi-pack-index");
    MUST(consolidate(there));
    is_int(count_files(there, ".pack"), PACKS, "git's multi-pack index, too");
}

/* Bytes in the middle of a pack flipped: it stays, the others go. */
static void test_damaged(void)
{
    char name[400];
    FILE *f;
    int c;
    copy_log();
    snprintf(name, sizeof name, "%s/name", fixture_folder);
    if (shell("ls '%s'/objects/pack/*.pack | head -1 | tr -d '\\n' >'%s' &&"
              " chmod u+w \"$(cat '%s')\"",
              there, name, name))
        bail("no pack");
    f = fopen(name, "r");
    name[0] = 0;
    if (!f || !fgets(name, sizeof name, f))
        bail("no name");
    fclose(f);
    f = fopen(name, "r+");
    if (!f)
        bail("%s", name);
    fseek(f, 60, SEEK_SET);
    c = fgetc(f);
    fseek(f, 60, SEEK_SET);
    fputc(c ^ 0x55, f);
    fclose(f);
    is_int(consolidate(there), TAWAM_OK, "beside a damaged pack");
    ok(file_exists(name), "the damaged one is left alone");
    is_int(count_files(there, ".pack"), 2, "the others are put together");
    is_int(count_files(there, ".idx"), 2, "with their indexes");
}

/* Another process has the log open, some packs mapped and some not. */
static void test_reader(void)
{
    int go[2], status = -1, i;
    pid_t reader;
    char byte = 0;
    copy_log();
    if (pipe(go))
        bail("no pipe");
    reader = fork();
    if (reader == 0) {
        gitlog *log = NULL;
        gitlog_commit *commit = NULL;
        int bad = gitlog_open(&log, there);
        for (i = 0; !bad && i < COMMITS; i += 9) {
            bad = gitlog_read(&commit, log, ids[i]);
            gitlog_commit_free(commit);
            commit = NULL;
        }
        if (read(go[0], &byte, 1) != 1)
            bad = 1;
        for (i = 0; !bad && i < COMMITS; i++) {
            buffer bytes = {0};
            bad = gitlog_changes(&bytes, log, ids[i], 1000);
            buffer_free(&bytes);
        }
        _exit(bad ? 1 : 0);
    }
    usleep(200000); /* either order must do */
    is_int(consolidate(there), TAWAM_OK, "while another process reads");
    if (write(go[1], &byte, 1) != 1)
        bail("no byte");
    waitpid(reader, &status, 0);
    is_int(status, 0, "that one still reads all");
    close(go[0]);
    close(go[1]);
}

static void *locked_elsewhere(void)
{
    char path[400];
    file_lock *lock = NULL;
    snprintf(path, sizeof path, "%s/tawam-pack.lock", there);
    MUST(file_lock_take(&lock, path, 0));
    return lock;
}

static void test_one_at_a_time(void)
{
    file_lock *lock;
    copy_log();
    lock = locked_elsewhere();
    is_int(consolidate(there), TAWAM_OK, "another process is at it already");
    is_int(count_files(there, ".pack"), PACKS, "so it is left to that one");
    file_lock_release(lock);
}

/* ---- a folder that is pushed to ---- */

static void nothing(void *context)
{
    (void)context;
}

static int untrue(void *context, const char *folder, const char *name)
{
    char *path = memory_format("%s/pack-%s.pack", folder, name);
    *(int *)context = path && file_exists(path);
    free(path);
    return error_set(TAWAM_EDAMAGED, "it reads otherwise");
}

static void test_folder(void)
{
    int done = 0, there_when_asked = 0;
    gitlog_medium medium = {&there_when_asked, nothing, untrue};
    git_repository *repository = NULL;
    copy_log();
    if (shell(": >'%s/gc.pid'", there))
        bail("no gc.pid");
    is_int(consolidate_folder(there), TAWAM_OK, "a folder where git collects");
    is_int(count_files(there, ".pack"), PACKS, "is left to git");
    shell("rm '%s/gc.pid'", there);
    if (git_repository_open_bare(&repository, there) < 0)
        bail("no repository");
    is_int(gitlog_consolidate_folder(&done, repository, &medium),
           TAWAM_EDAMAGED, "a medium that gives back other bytes");
    git_repository_free(repository);
    ok(there_when_asked && !done, "is asked first");
    is_int(count_files(there, ".pack"), PACKS + 1, "and loses nothing by it");
    if (geteuid() == 0) {
        copy_log();
        if (shell("chown 12345 $(ls '%s'/objects/pack/*.pack | head -3)",
                  there))
            bail("no other owner");
        MUST(consolidate_folder(there));
        is_int(count_files(there, ".pack"), 4, "other users' packs stay");
    } else {
        skip("other users' packs: not root");
    }
    copy_log();
    MUST(consolidate_folder(there));
    is_int(count_files(there, ".pack"), 1, "a folder's packs become one");
    is_int(readable_commits(there), COMMITS, "with all commits");
    is_int(objects_of(there), COMMITS * 3, "and no object double");
}

/* git puts them together too, at the same time, ten times. */
static void test_beside_git(void)
{
    int lost = 0;
    if (shell("git --version >/dev/null 2>&1") != 0) {
        skip("no git");
        return;
    }
    for (int i = 0; i < 10; i++) {
        int status = -1;
        pid_t git;
        copy_log();
        git = fork();
        if (git == 0)
            _exit(shell("git -C '%s' repack -a -d -q >/dev/null 2>&1", there));
        usleep((useconds_t)i * 2000); /* any order must do */
        lost += consolidate_folder(there) == TAWAM_EDAMAGED;
        waitpid(git, &status, 0);
        lost += readable_commits(there) != COMMITS ||
                shell("git -C '%s' fsck --full --strict >/dev/null 2>&1",
                      there) != 0;
    }
    is_int(lost, 0, "beside git's own repack nothing is lost");
}

/* ---- faults ---- */

static const char *const MODES[] = {"kill", "torn", "enospc", "eio"};

/* Consolidate in another process, as the log's own or as a FOLDER, with a fault
 * at write AT; its operations. */
static int64_t run_with_fault(const char *mode, int64_t at, int folder)
{
    char path[400];
    uint64_t count = 0;
    FILE *f;
    snprintf(path, sizeof path, "%s/count", fixture_folder);
    unlink(path);
    shell("LD_PRELOAD='%s/tests/kill_at_write.so' TAWAM_FAULT_COUNT='%s'"
          " TAWAM_FAULT_MODE=%s TAWAM_FAULT_AT=%lld setsid -w '%s' %s"
          " '%s' >/dev/null 2>&1",
          getenv("BUILD"), path, mode, (long long)at, self,
          folder ? "folder" : "consolidate", there);
    f = fopen(path, "r");
    if (f) {
        if (fread(&count, sizeof count, 1, f) != 1)
            count = 0;
        fclose(f);
    }
    return (int64_t)count;
}

/* 1 if nothing is lost and a repeat finishes. */
static int survives(int *between)
{
    int packs = count_files(there, ".pack");
    int loose = shell("test -z \"$(find '%s/objects' -path "
                      "'*/[0-9a-f][0-9a-f]/*' -type f)\"",
                      there) != 0;
    *between += (packs != PACKS && packs != 1) || (packs == 1 && loose);
    if (readable_commits(there) != COMMITS || consolidate(there) != TAWAM_OK)
        return 0;
    return readable_commits(there) == COMMITS;
}

static void test_faults(int folder)
{
    char shim[400], controls[200];
    int64_t writes, at, step;
    int losses = 0, trials = 0, between = 0;
    size_t m;
    snprintf(shim, sizeof shim, "%s/tests/kill_at_write.so",
             getenv("BUILD") ? getenv("BUILD") : "build");
    if (!getenv("BUILD") || !file_exists(shim)) {
        skip("no kill_at_write.so in this build");
        return;
    }
    copy_log();
    writes = run_with_fault("kill", 0, folder);
    ok(writes > 2 * PACKS, "a run has %lld write operations",
       (long long)writes);
    step = getenv("TAWAM_FULL") ? 1 : writes / 9 + 1;
    for (m = 0; m < sizeof MODES / sizeof *MODES; m++)
        for (at = 1 + (int64_t)m; at <= writes; at += step, trials++) {
            copy_log();
            run_with_fault(MODES[m], at, folder);
            if (!survives(&between)) {
                diag("%s at %lld: %s", MODES[m], (long long)at,
                     error_message());
                losses++;
            }
        }
    is_int(losses, 0, "%d faults: nothing lost, and a repeat finishes", trials);
    ok(between > 0, "%d of them left it half done", between);
    snprintf(controls, sizeof controls,
             "%d of %d faults left packs half removed or both there", between,
             trials);
    reliability_report(&(reliability){
        .name = folder ? "packs-of-a-stick" : "packs-put-together",
        .tried = folder ? "kill, torn write, full disk, EIO while packs of a "
                          "stick become one"
                        : "kill, torn write, full disk, EIO while packs of the "
                          "log become one",
        .trials = trials,
        .losses = losses,
        .controls = controls,
        .blind = "what a disk does with writes it was told to flush"});
}

int main(int count, char **arguments)
{
    self = arguments[0];
    if (count == 3 && strcmp(arguments[1], "consolidate") == 0)
        return consolidate(arguments[2]) == TAWAM_OK ? 0 : 1;
    if (count == 3 && strcmp(arguments[1], "folder") == 0)
        return consolidate_folder(arguments[2]) == TAWAM_OK ? 0 : 1;
    make_log();
    test_batch();
    test_few_are_left();
    test_consolidate();
    test_tiers();
    test_keep();
    test_damaged();
    test_reader();
    test_one_at_a_time();
    test_folder();
    test_beside_git();
    test_faults(0);
    test_faults(1);
    fixture_remove();
    return done_testing();
}
