/* SPDX-License-Identifier: MIT */
/* A folder as the other side: what is copied, what is refused, what a fresh or
 * missing stick does, two pushers at once. git itself is the judge. */
#include "tests/remote_test.h"
#include "sync/log_internal.h"
#include <sys/resource.h>

#define MUST(call)                                                             \
    do {                                                                       \
        if ((call) < 0)                                                        \
            bail("%s: %s", #call, error_message());                            \
    } while (0)
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define OURS "refs/heads/device/a:refs/heads/device/a\n"

static sync_sent outcome;
static char *report, *refs;
static remote_traffic traffic;

static int push(const char *name, const char *url, const char *refspecs)
{
    free(report);
    report = NULL;
    outcome = SYNC_NOTHING_TO_SEND;
    return remote_push(&outcome, &report, &traffic, at("log.git"), name, url,
                       refspecs, NULL);
}

static int fetch(const char *name, const char *url)
{
    free(refs);
    refs = NULL;
    return remote_fetch(&refs, &traffic, at("log.git"), name, url, NULL);
}

static void test_push(void)
{
    is_int(push("hq", at("hq.git"), OURS), TAWAM_OK, "push to a bare folder");
    is_int(outcome, SYNC_SENT, "sent");
    is_str(report, "ok refs/heads/device/a\n", "the report says so");
    ok(same_ref("log.git", "refs/heads/device/a", "hq.git",
                "refs/heads/device/a"),
       "the folder has our commit");
    ok(sound("hq.git"), "git fsck is content there");
    ok(traffic.bytes_out > 3000, "bytes of the pack were counted");
    ok(same_ref("log.git", "refs/remotes/hq/device/a", "log.git",
                "refs/heads/device/a"),
       "the remote's ref is followed");
    is_int(push("hq", at("hq.git"), OURS), TAWAM_OK, "the same push again");
    is_int(outcome, SYNC_SENT, "is sent still");
    is_int(traffic.bytes_out, 0, "and copies nothing");
    ok(!file_exists(at("hq.git/tawam.pushing")), "no journal stays");
}

static void test_push_only_new(void)
{
    commits("log.git", "device/a", 1, 500);
    is_int(push("hq", at("hq.git"), OURS), TAWAM_OK, "one more commit");
    ok(traffic.bytes_out > 500 && traffic.bytes_out < 1500,
       "only the new one travels (%llu bytes)",
       (unsigned long long)traffic.bytes_out);
}

static void test_fetch(void)
{
    sh("git init -q --bare -b main log2.git && "
       "git -C hq.git update-ref refs/heads/main refs/heads/device/a && "
       "git -C hq.git tag v1 refs/heads/main && "
       "git -C hq.git tag -a -m one v2 refs/heads/main && "
       "git -C hq.git update-ref refs/heads/stray refs/heads/main && "
       "git -C hq.git update-ref refs/heads/device/x/y refs/heads/main && "
       "git -C hq.git update-ref refs/notes/n refs/heads/main");
    is_int(
        remote_fetch(&refs, &traffic, at("log2.git"), "hq", at("hq.git"), NULL),
        TAWAM_OK, "fetch into an empty log");
    ok(sound("log2.git"), "git fsck is content with it");
    ok(same_ref("log2.git", "refs/remotes/hq/main", "hq.git",
                "refs/heads/main"),
       "main is followed");
    ok(same_ref("log2.git", "refs/remotes/hq/device/a", "hq.git",
                "refs/heads/device/a"),
       "a device line is followed");
    ok(same_ref("log2.git", "refs/tags/v2", "hq.git", "refs/tags/v2"),
       "an annotated tag arrives");
    char *all = sh_out("git -C log2.git for-each-ref --format='%%(refname)'");
    is_str(all,
           "refs/remotes/hq/device/a\nrefs/remotes/hq/main\nrefs/tags/v1\n"
           "refs/tags/v2",
           "and nothing else is taken");
    free(all);
    ok(refs && strstr(refs, " refs/heads/main\n") && !strstr(refs, "stray"),
       "the list has what we take");
    ok(traffic.bytes_in > 3000, "bytes are counted");
    is_int(
        remote_fetch(NULL, &traffic, at("log2.git"), "hq", at("hq.git"), NULL),
        TAWAM_OK, "fetch again");
    is_int(traffic.bytes_in, 0, "copies nothing");
}

static void test_follow_rewrite(void)
{
    sh("git init -q --bare -b main other.git");
    commits("other.git", "device/a", 2, 100);
    sh("git -C hq.git fetch -q -f ../other.git device/a:device/a; "
       "git -C hq.git update-ref -d refs/heads/device/x/y; "
       "git -C hq.git update-ref -d refs/heads/main; "
       "git -C hq.git tag -f v1 refs/heads/device/a");
    char *tag = ref_of("log2.git", "refs/tags/v1");
    is_int(
        remote_fetch(NULL, &traffic, at("log2.git"), "hq", at("hq.git"), NULL),
        TAWAM_OK, "fetch from a folder whose line was rewritten");
    ok(same_ref("log2.git", "refs/remotes/hq/device/a", "other.git",
                "refs/heads/device/a"),
       "the followed ref moves there");
    char *gone = ref_of("log2.git", "refs/remotes/hq/main");
    is_str(gone, "none", "a ref that is gone there is pruned");
    free(gone);
    gone = ref_of("log2.git", "refs/tags/v1");
    is_str(gone, tag, "a tag that moved there stays here");
    free(gone);
    free(tag);
}

static void test_push_refused(void)
{
    is_int(push("hq", at("hq.git"), OURS), TAWAM_OK,
           "push onto a line with other commits");
    is_int(outcome, SYNC_REFUSED, "is refused");
    ok(report && strncmp(report, "ng refs/heads/device/a ", 23) == 0,
       "with a reason");
    ok(same_ref("hq.git", "refs/heads/device/a", "other.git",
                "refs/heads/device/a"),
       "nothing of theirs is overwritten");
    is_int(fetch("hq", at("hq.git")), TAWAM_OK, "after a fetch");
    is_int(push("hq", at("hq.git"), OURS), TAWAM_OK, "push again");
    is_int(outcome, SYNC_REFUSED, "is refused again");
    is_int(push("hq", at("hq.git"),
                OURS "refs/heads/device/a:refs/heads/device/a-2\n"),
           TAWAM_OK, "push both to the old and to a new line");
    is_int(outcome, SYNC_REFUSED, "the outcome is the first's");
    ok(report && strstr(report, "ok refs/heads/device/a-2\n"),
       "the second went through");
}

static void test_sticks(void)
{
    char *safe = NULL;
    is_int(fetch("stick", at("media/stick")), TAWAM_EUNREACHABLE,
           "fetch from a stick that is not plugged in");
    ok(strstr(error_message(), at("media/stick")), "names it");
    is_int(push("stick", at("media/stick"), OURS), TAWAM_EUNREACHABLE,
           "push to one whose parent is not there either");
    sh("mkdir -p media/stick/lost+found media/full && echo hi > media/full/x");
    is_int(fetch("stick", at("media/stick")), TAWAM_OK,
           "fetch from a fresh one");
    is_str(refs, "", "shows no refs");
    is_int(push("stick", at("media/stick"), OURS), TAWAM_OK, "push to it");
    is_int(outcome, SYNC_SENT, "sent: a repository was made");
    ok(sound("media/stick"), "and is sound");
    safe = sh_out("git -C media/stick config receive.denyNonFastForwards; "
                  "git -C media/stick symbolic-ref HEAD");
    is_str(safe, "true\nrefs/heads/main", "guarded, HEAD is main");
    free(safe);
    is_int(push("new", at("media/new.git"), OURS), TAWAM_OK,
           "push to a folder yet to be made");
    is_int(outcome, SYNC_SENT, "sent");
    sh("rm -rf media/stick/* media/new.git");
    is_int(fetch("stick", at("media/stick")), TAWAM_EUNREACHABLE,
           "a known stick that is empty now is not taken for a fresh one");
    is_int(push("stick", at("media/stick"), OURS), TAWAM_EUNREACHABLE,
           "nor pushed to");
    is_int(push("new", at("media/new.git"), OURS), TAWAM_EUNREACHABLE,
           "nor is a known folder that is gone made again");
    is_int(push("full", at("media/full"), OURS), TAWAM_EREFUSED,
           "a folder of other files is refused");
    is_int(push("file", at("media/full/x"), OURS), TAWAM_EREFUSED,
           "a file is refused");
}

static void test_list(void)
{
    char *list = NULL;
    char url[300];
    snprintf(url, sizeof url, "file://%s", at("hq.git"));
    is_int(remote_list(&list, NULL, url, NULL), TAWAM_OK, "list by file://");
    ok(list && strstr(list, " refs/heads/device/a-2\n"), "shows the lines");
    free(list);
    list = NULL;
    is_int(remote_list(&list, NULL, at("nowhere"), NULL), TAWAM_EUNREACHABLE,
           "list of nothing");
    is_int(remote_list(&list, NULL, "ssh://-oProxyCommand=x/y", NULL),
           TAWAM_EUSAGE, "a host that is an option is refused");
    is_int(remote_list(&list, NULL, "git://example.org/x", NULL), TAWAM_EUSAGE,
           "an unencrypted scheme is refused");
    is_int(remote_list(&list, NULL, "http://example.org/x", NULL), TAWAM_EUSAGE,
           "so is http:// to elsewhere");
}

/* A push died and left its journal and a lock file. */
static void test_stale_lock(void)
{
    commits("log.git", "device/b", 1, 100);
    sh("git init -q --bare -b main lock.git && mkdir -p "
       "lock.git/refs/heads/device log.git/refs/remotes/lock/device && "
       "echo refs/heads/device/b > lock.git/tawam.pushing && "
       "touch lock.git/refs/heads/device/b.lock && "
       "touch lock.git/objects/pack/pack_git2_abcdef && "
       "touch log.git/refs/remotes/lock/device/b.lock");
    is_int(
        push("lock", at("lock.git"), "refs/heads/device/b:refs/heads/device/b"),
        TAWAM_OK, "push after one that died");
    is_int(outcome, SYNC_SENT, "gets through its lock files");
    ok(!file_exists(at("lock.git/objects/pack/pack_git2_abcdef")),
       "and its partial pack is gone");
    commits("log.git", "device/b", 1, 100);
    sh("touch lock.git/refs/heads/device/b.lock");
    is_int(
        push("lock", at("lock.git"), "refs/heads/device/b:refs/heads/device/b"),
        TAWAM_OK, "push against a lock that may be alive");
    is_int(outcome, SYNC_REFUSED, "is refused, not forced");
    ok(file_exists(at("lock.git/refs/heads/device/b.lock")),
       "and the lock stays");
}

/* Eight logs push to one folder at the same time, each its own line. */
static void test_many_pushers(void)
{
    pid_t pids[8];
    int good = 0;
    sh("git init -q --bare -b main many.git");
    for (int i = 0; i < 8; i++) {
        char name[32], line[32];
        snprintf(name, sizeof name, "m%d.git", i);
        snprintf(line, sizeof line, "device/m%d", i);
        sh("git init -q --bare -b main %s", name);
        commits(name, line, 3, 300);
    }
    for (int i = 0; i < 8; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            char gitdir[128], spec[128];
            sync_sent sent = SYNC_UNKNOWN;
            snprintf(gitdir, sizeof gitdir, "%s/m%d.git", scratch, i);
            snprintf(spec, sizeof spec,
                     "refs/heads/device/m%d:refs/heads/device/m%d", i, i);
            int code = remote_push(&sent, NULL, NULL, gitdir, "hq",
                                   at("many.git"), spec, NULL);
            _exit(code == TAWAM_OK && sent == SYNC_SENT ? 0 : 1);
        }
    }
    for (int i = 0; i < 8; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        good += status == 0;
    }
    is_int(good, 8, "eight pushers at once all get through");
    char *count = sh_out("git -C many.git for-each-ref | wc -l");
    is_str(count, "8", "and the folder has every line");
    free(count);
    ok(sound("many.git"), "and is sound");
}

/* One line of a stick is damaged: the others arrive, and it is named. */
static void test_damaged(void)
{
    sh("git init -q --bare -b main bad.git && git init -q --bare -b main "
       "from-bad.git");
    commits("bad.git", "device/good", 2, 300);
    commits("bad.git", "device/bad", 3, 300);
    sh("b=$(git -C bad.git rev-parse device/bad~1:changes.zst) && "
       "f=bad.git/objects/$(echo $b | cut -c1-2)/$(echo $b | cut -c3-) && "
       "chmod u+w $f && printf 'xxxxxxxxxxxx' | dd of=$f bs=1 seek=40 "
       "conv=notrunc");
    int code = remote_fetch(NULL, NULL, at("from-bad.git"), "stick",
                            at("bad.git"), NULL);
    ok(code < 0, "fetch from a damaged stick fails");
    ok(strstr(error_message(), "device/bad"), "says where: %s",
       error_message());
    ok(same_ref("from-bad.git", "refs/remotes/stick/device/good", "bad.git",
                "refs/heads/device/good"),
       "the sound line arrived");
    char *bad = ref_of("from-bad.git", "refs/remotes/stick/device/bad");
    is_str(bad, "none", "the damaged one is not followed");
    free(bad);
    ok(sound("from-bad.git"), "and the log is sound");
}

/* The parent's open descriptors and its libgit2 do not disturb the child. */
static void test_open_packs(void)
{
    git_repository *repository = NULL;
    git_reference *ref = NULL;
    git_commit *commit = NULL;
    git_libgit2_init();
    sh("git -C log.git repack -q -a -d");
    git_repository_open_bare(&repository, at("log.git"));
    git_reference_lookup(&ref, repository, "refs/heads/device/a");
    git_commit_lookup(&commit, repository, git_reference_target(ref));
    ok(commit != NULL, "a pack of the log is open here");
    sh("git init -q --bare -b main packs.git");
    is_int(push("packs", at("packs.git"), OURS), TAWAM_OK, "push meanwhile");
    is_int(outcome, SYNC_SENT, "sent");
    git_commit *parent = NULL;
    ok(git_commit_parent(&parent, commit, 0) == 0,
       "the pack is still good here");
    git_commit_free(parent);
    git_commit_free(commit);
    git_reference_free(ref);
    git_repository_free(repository);
    git_libgit2_shutdown();
}

/* Attachments lie on lines of their own, which no sync of data brings. */
static void test_some(void)
{
    char *shown = NULL, *id = NULL, *wanted = NULL;
    sync_sent sent = SYNC_UNKNOWN;
    sh("git init -q --bare -b main some.git && git init -q --bare some.to");
    commits("some.git", "device/a", 2, 100);
    commits("some.git", "files/a/photo", 2, 100);
    commits("some.git", "files/b", 3, 100);
    is_int(
        remote_fetch(&shown, NULL, at("some.to"), "hq", at("some.git"), NULL),
        TAWAM_OK, "a sync's fetch");
    ok(!strstr(shown, "files") && strstr(shown, "device/a"),
       "shows no attachment");
    free(shown);
    is_int(remote_fetch_some(&shown, NULL, at("some.to"), "hq", at("some.git"),
                             "refs/heads/files/a/\n", NULL),
           TAWAM_OK, "a folder of lines is asked for");
    ok(!strstr(shown, "device/a") && !strstr(shown, "files/b"),
       "and nothing else shown");
    ok(same_ref("some.git", "refs/heads/files/a/photo", "some.to",
                "refs/remotes/hq/files/a/photo"),
       "is followed");
    ok(same_ref("some.git", "refs/heads/device/a", "some.to",
                "refs/remotes/hq/device/a"),
       "the others stay as they were");
    free(shown);
    id = ref_of("some.git", "refs/heads/files/b~1");
    wanted = memory_format("%s\n", id);
    is_int(remote_fetch_some(NULL, NULL, at("some.to"), "hq", at("some.git"),
                             wanted, NULL),
           TAWAM_OK, "a commit is asked for by its id: %s", error_message());
    is_int(sh("git -C some.to fsck --connectivity-only %s", id), 0,
           "is there, whole");
    is_int(remote_fetch_some(NULL, NULL, at("some.to"), "hq", at("some.git"),
                             "0123456789012345678901234567890123456789\n",
                             NULL),
           TAWAM_EREFUSED, "one that is not there: %s", error_message());
    is_int(remote_push(&sent, NULL, NULL, at("some.git"), "hq", at("some.to"),
                       "refs/heads/files/b:refs/heads/files/b\n", NULL),
           TAWAM_OK, "a line of attachments is pushed");
    is_int(sent, SYNC_SENT, "sent");
    is_int(remote_list_some(&shown, NULL, at("some.to"), "refs/heads/files/b",
                            NULL),
           TAWAM_OK, "and listed");
    ok(strstr(shown, "files/b") != NULL, "by its name");
    free(shown);
    free(id);
    free(wanted);
}

/* Theirs is another territory: no ref of it is ever here, not even for as long
 * as it takes to look. */
static void test_other_territory(void)
{
    char *shown = NULL;
    sh("git init -q --bare -b main ours.git; git init -q --bare -b main "
       "other.git");
    commits("ours.git", "main", 2, 100);
    commits("other.git", "main", 2, 100);
    commits("other.git", "device/b", 2, 100);
    is_int(
        remote_fetch(&shown, NULL, at("ours.git"), "x", at("other.git"), NULL),
        TAWAM_EREFUSED, "another territory: %s", error_message());
    shown = sh_out("git -C ours.git for-each-ref refs/remotes");
    is_str(shown, "", "leaves no ref");
    free(shown);
    sh("git -C other.git fetch -q ../ours.git main:main -f && git -C other.git "
       "update-ref refs/heads/device/b main");
    is_int(remote_fetch(NULL, NULL, at("ours.git"), "x", at("other.git"), NULL),
           TAWAM_OK, "our own: %s", error_message());
}

/* Our own log can't be looked into: no word of the remote's having refused. */
static void test_blind(void)
{
    git_repository *repository = NULL;
    remote_heads heads = {.wanted = REMOTE_WANT_ALL};
    remote_push_plan plan = {0};
    struct rlimit before, none;
    git_oid theirs;
    size_t pushable = 9;
    int code, next;
    sh("git init -q --bare -b main blind.git");
    commits("blind.git", "device/a", 1, 100);
    MUST(gitlog_initialise());
    MUST(git_repository_open_bare(&repository, at("blind.git")));
    MUST(git_oid_fromstr(&theirs, "1234567890123456789012345678901234567890"));
    MUST(remote_plan_make(&plan, repository,
                          "refs/heads/device/a:refs/heads/device/a\n"));
    MUST(remote_heads_add(&heads, &theirs, "refs/heads/device/a"));
    MUST(remote_plan_compare(&pushable, &plan, repository, &heads));
    ok(!pushable && plan.updates[0].reason, "a newer commit there is refused");
    next = dup(0); /* the next one that would be opened */
    close(next);
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = (rlim_t)next;
    setrlimit(RLIMIT_NOFILE, &none);
    code = remote_plan_compare(&pushable, &plan, repository, &heads);
    setrlimit(RLIMIT_NOFILE, &before);
    is_int(code, TAWAM_EENVIRONMENT, "without files to open: %s",
           error_message());
    ok(!pushable && !plan.updates[0].reason && !plan.updates[0].confirmed,
       "nothing is sent, and nothing was refused");
    remote_plan_clear(&plan);
    remote_heads_clear(&heads);
    git_repository_free(repository);
}

int main(void)
{
    scratch_begin();
    sh("git init -q --bare -b main hq.git && git init -q --bare -b main "
       "log.git");
    commits("log.git", "device/a", 5, 700);
    test_push();
    test_push_only_new();
    test_fetch();
    test_follow_rewrite();
    test_push_refused();
    test_sticks();
    test_list();
    test_some();
    test_stale_lock();
    test_many_pushers();
    test_damaged();
    test_open_packs();
    test_other_territory();
    test_blind();
    free(report);
    free(refs);
    scratch_end();
    return done_testing();
}
