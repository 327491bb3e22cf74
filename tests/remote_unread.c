/* SPDX-License-Identifier: MIT */
/* One object in a folder's repository does not read (EIO): it is left out and
 * the rest comes, with an error that is this machine's, for nothing is known of
 * what the file holds. One that reads and is not what its id says is damage. */
#include "sync/log_private_internal.h"
#include "sync/missing_internal.h"
#include "sync/sync_internal.h"
#include "tests/sync_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Of this process and of the child that a transfer runs in. */
static struct stat unread; /* st_ino 0: none */

ssize_t read(int fd, void *bytes, size_t length)
{
    struct stat s;

    if (unread.st_ino && fstat(fd, &s) == 0 && s.st_ino == unread.st_ino &&
        s.st_dev == unread.st_dev) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_read, fd, bytes, length);
}

static char hq[300], taken_to[300], hurt[400];
static char lines[2][SYNC_ID_SIZE];

static void path_of(char path[400], const char *folder, const char *id)
{
    snprintf(path, 400, "%.290s/objects/%.2s/%s", folder, id, id + 2);
}

/* Lines a and b of a commit each, in files of their own; main at a's. */
static void make_hq(void)
{
    static int nth;
    gitlog_new commit = {"T",  "t@example.org", 1000000, 0,
                         1000, "a\n",           NULL,    0};
    gitlog *log = NULL;

    snprintf(hq, sizeof hq, "%s/hq%d.git", fixture_folder, ++nth);
    MUST(gitlog_create(&log, hq));
    MUST(gitlog_write_changes(lines[0], log, "changes", 7, &commit));
    commit.message = "b\n";
    MUST(gitlog_write_changes(lines[1], log, "other", 5, &commit));
    MUST(gitlog_set_ref(log, "refs/heads/main", lines[0]));
    MUST(gitlog_set_ref(log, "refs/heads/device/a", lines[0]));
    MUST(gitlog_set_ref(log, "refs/heads/device/b", lines[1]));
    gitlog_free(log);
    path_of(hurt, hq, lines[1]);
}

/* Fetch into a new log. What is asked for afterwards comes from FOLLOWED: the
 * refs that the log then has of the remote's, and what the remote shows. */
static int fetch_anew(int followed[2], char **shown)
{
    static int nth;
    char id[SYNC_ID_SIZE];
    gitlog *log = NULL;
    int code;

    snprintf(taken_to, sizeof taken_to, "%s/to%d.git", fixture_folder, ++nth);
    MUST(gitlog_create(&log, taken_to));
    *shown = NULL;
    error_clear();
    code = remote_fetch(shown, NULL, taken_to, "hq", hq, NULL);
    followed[0] = gitlog_ref(id, log, "refs/remotes/hq/device/a") == TAWAM_OK;
    followed[1] = gitlog_ref(id, log, "refs/remotes/hq/device/b") == TAWAM_OK;
    gitlog_free(log);
    return code;
}

static void fetch_hurt(int wanted, const char *words, const char *what)
{
    int followed[2], code;
    char *shown = NULL, why[600];

    code = fetch_anew(followed, &shown);
    snprintf(why, sizeof why, "%s", error_message());
    is_int(code, wanted, "%s: the error", what);
    ok(strstr(why, "refs/heads/device/b cannot be read there") &&
           strstr(why, words),
       "%s: says which and why (%s)", what, why);
    ok(shown && strstr(shown, "refs/heads/device/b\n"),
       "%s: and what the remote shows", what);
    ok(followed[0] && !followed[1], "%s: the rest came", what);
    free(shown);
}

static void try_fetch(void)
{
    struct stat s;
    int followed[2];
    char *shown = NULL;

    if (stat(hurt, &s) < 0)
        bail("no %s", hurt);
    unread = s;
    fetch_hurt(TAWAM_EENVIRONMENT, strerror(EIO), "a file that does not read");
    unread.st_ino = 0;
    is_int(fetch_anew(followed, &shown), TAWAM_OK, "once it reads, all comes");
    ok(followed[0] && followed[1], "both lines");
    free(shown);
    if (chmod(hurt, 0600) < 0 || truncate(hurt, 20) < 0)
        bail("cannot cut %s", hurt);
    fetch_hurt(TAWAM_EDAMAGED, "", "a file that is cut off");
    unlink(hurt);
    fetch_hurt(TAWAM_EDAMAGED, "", "a file that is gone");
}

/* What a repair asks for: a head that does not read is not one that the remote
 * lacks, for then it would be given up. */
static void try_lost(void)
{
    remote_traffic traffic = {0};
    gitlog *log = NULL;

    make_hq();
    if (stat(hurt, &unread) < 0)
        bail("no %s", hurt);
    snprintf(taken_to, sizeof taken_to, "%s/lost.git", fixture_folder);
    MUST(gitlog_create(&log, taken_to));
    gitlog_free(log);
    is_int(
        remote_fetch_lost(&traffic, taken_to, hq, REMOTE_WANTED_BY_SYNC, NULL),
        TAWAM_EENVIRONMENT, "a head does not read");
    unread.st_ino = 0;
    is_int(
        remote_fetch_lost(&traffic, taken_to, hq, REMOTE_WANTED_BY_SYNC, NULL),
        TAWAM_OK, "once it reads, it comes");
    MUST(gitlog_open(&log, taken_to));
    is_int(gitlog_has(log, lines[1]), 1, "the commit of that line");
    gitlog_free(log);
}

/* The walk that says what a remote by SSH has to send. */
static void try_walk(void)
{
    gitlog *log = NULL;
    missing *m = NULL;
    struct stat s;
    git_oid tip;

    make_hq();
    MUST(gitlog_open(&log, hq));
    for (size_t i = 0; i < 2; i++)
        MUST(gitlog_delete_ref(log,
                               i ? "refs/heads/main" : "refs/heads/device/a"));
    git_oid_fromstr(&tip, lines[0]);
    path_of(hurt, hq, lines[0]);
    if (stat(hurt, &s) < 0)
        bail("no %s", hurt);
    unread = s;
    MUST(missing_new(&m, log->repository));
    is_int(missing_add(m, &tip), TAWAM_EENVIRONMENT,
           "a commit that does not read is not missing");
    is_int(missing_look_again(m), TAWAM_EENVIRONMENT, "nor at a second look");
    missing_free(m);
    unread.st_ino = 0;
    MUST(missing_new(&m, log->repository));
    MUST(missing_add(m, &tip));
    is_int((int64_t)missing_seen(m), 1, "once it reads, it is here");
    missing_free(m);
    gitlog_free(log);
}

/* What the walk read once does not read when it is asked what is whole. */
static void try_search(void)
{
    const char *parent = lines[0];
    gitlog_new commit = {"T",  "t@example.org", 2000000, 0,
                         2000, "c\n",           &parent, 1};
    char tip_id[SYNC_ID_SIZE], tip_path[400];
    gitlog *log = NULL;
    missing *m = NULL;
    struct stat s;
    git_oid tip;

    make_hq();
    MUST(gitlog_open(&log, hq));
    MUST(gitlog_write_changes(tip_id, log, "third", 5, &commit));
    for (size_t i = 0; i < 2; i++)
        MUST(gitlog_delete_ref(log,
                               i ? "refs/heads/main" : "refs/heads/device/a"));
    gitlog_free(log);
    git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
    path_of(hurt, hq, lines[0]);
    path_of(tip_path, hq, tip_id);
    if (unlink(hurt) < 0 || stat(tip_path, &s) < 0)
        bail("no %s", hurt);
    git_oid_fromstr(&tip, tip_id);
    MUST(gitlog_open(&log, hq));
    MUST(missing_new(&m, log->repository));
    MUST(missing_add(m, &tip));
    is_int((int64_t)missing_absent(m), 1, "the parent is missing");
    ok(!missing_is_whole(m, &tip), "so the tip is not whole");
    unread = s;
    ok(!missing_is_whole(m, &tip), "nor where its parents do not read");
    unread.st_ino = 0;
    git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 1);
    missing_free(m);
    gitlog_free(log);
}

/* Each object in a file of its own. */
static void unpack(const char *folder)
{
    char command[700];

    snprintf(command, sizeof command,
             "cd %s && mkdir away && mv objects/pack/* away && for p in "
             "away/*.pack; do git unpack-objects -q <$p || exit 1; done; "
             "rm -r away",
             folder);
    if (system(command) != 0)
        bail("cannot unpack");
}

/* FIRST and SECOND declared a layer each and synced; THIRD has neither. What
 * SECOND recorded does not read at FOLDER. */
static void sync_without(desk *third, const char *folder, const char *head)
{
    sync_result r = {0};
    const twin_layer *layer = NULL;
    struct stat s;

    path_of(hurt, folder, head);
    if (stat(hurt, &s) < 0)
        bail("no %s", hurt);
    unread = s;
    is_int(sync_run(&r, third->s, "hq", folder, NULL), TAWAM_EENVIRONMENT,
           "a sync ends with this machine's error");
    ok(strstr(error_message(), "device/second") != NULL, "says of whose line");
    ok(r.left_out && r.left_out_code == TAWAM_EENVIRONMENT,
       "the result tells what was left out");
    sync_result_clear(&r);
    MUST(twin_layer_find(&layer, third->t, "well"));
    ok(twin_layer_find(&layer, third->t, "lamp") == TAWAM_ENOTFOUND,
       "what could be read is merged, the rest is not");
    unread.st_ino = 0;
    desk_sync(third, folder);
    MUST(twin_layer_find(&layer, third->t, "lamp"));
}

/* The newest main at FOLDER does not read: lines are taken from a remote whose
 * main we met before, nothing is from one that may be another territory. */
static void sync_without_main(desk *third, desk *stranger, const char *folder)
{
    sync_result r = {0};
    const twin_layer *layer = NULL;
    char main[SYNC_ID_SIZE];
    struct stat s;

    gitlog *log = NULL;
    MUST(gitlog_open(&log, folder));
    MUST(gitlog_ref(main, log, "refs/heads/main"));
    gitlog_free(log);
    path_of(hurt, folder, main);
    if (stat(hurt, &s) < 0)
        bail("no %s", hurt);
    unread = s;
    is_int(sync_run(&r, third->s, "hq", folder, NULL), TAWAM_EENVIRONMENT,
           "main does not read: %s", error_message());
    sync_result_clear(&r);
    is_int(twin_layer_find(&layer, third->t, "mast"), TAWAM_OK,
           "a line beside it is merged");
    is_int(sync_run(&r, stranger->s, "hq", folder, NULL), TAWAM_EENVIRONMENT,
           "nor for a stranger");
    sync_result_clear(&r);
    is_int(twin_layer_find(&layer, stranger->t, "mast"), TAWAM_ENOTFOUND,
           "who takes nothing");
    unread.st_ino = 0;
    desk_sync(third, folder);
    is_int(sync_run(&r, stranger->s, "hq", folder, NULL), TAWAM_EREFUSED,
           "once it reads, the stranger is refused");
    sync_result_clear(&r);
}

static void try_sync(void)
{
    static const char conf[] = "[territory]\n\tname = Other\n";
    sync_file file = {"territory.conf", conf, sizeof conf - 1};
    desk first, second, third, stranger;
    sync_result r = {0};
    char folder[300], head[SYNC_ID_SIZE];

    snprintf(folder, sizeof folder, "%s/met.git", fixture_folder);
    mkdir(folder, 0777);
    desk_found(&first, "first");
    desk_sync(&first, folder);
    desk_clone(&second, "second", folder);
    desk_clone(&third, "third", folder);
    desk_declare(&first);
    desk_sync(&first, folder);
    MUST(twin_layer_declare(second.t, "lamp", TWIN_POINT, NULL, 0));
    MUST(sync_record(head, &r.recorded_counts, second.s, NULL));
    desk_sync(&second, folder);
    MUST(sync_head(head, second.s));
    unpack(folder);
    sync_without(&third, folder, head);
    is_str(desk_hash(&third), desk_hash(&second), "a repeat completes");
    MUST(twin_layer_declare(second.t, "mast", TWIN_POINT, NULL, 0));
    desk_sync(&second, folder);
    MUST(sync_write_main(first.s, &file, 1, "Another"));
    desk_sync(&first, folder);
    unpack(folder);
    desk_found(&stranger, "stranger");
    sync_without_main(&third, &stranger, folder);
    desk_close(&stranger);
    desk_close(&first);
    desk_close(&second);
    desk_close(&third);
}

int main(void)
{
    fixture_make();
    make_hq();
    try_fetch();
    try_lost();
    try_walk();
    try_search();
    try_sync();
    fixture_remove();
    return done_testing();
}
