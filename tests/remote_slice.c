/* SPDX-License-Identifier: MIT */
/* Links and servers of several kinds: what a fetch and a push over a link that
 * always breaks need, with protocol 0 and 2, with and without the setting that
 * lets one ask by commit id; how little is fetched beside many unsent commits;
 * a server that shows a line and withholds its commits; parts left by a kill.
 * tests/relay stands for ssh. Bytes are counted, nothing is timed. */
#include "tests/remote_test.h"
#include "sync/incoming_internal.h"
#include "sync/link_internal.h"

#define LINE "refs/heads/device/a"
#define LIMIT 30000

static char relay[512];

static int run(int is_push, const char *gitdir, const char *server,
               const char *link)
{
    char command[900], url[300];
    sync_options how = {.retries = 12, .retry_ms = 5};
    remote_options options = {.sync = &how, .ssh_command = command};
    sync_sent outcome = SYNC_NOTHING_TO_SEND;
    snprintf(command, sizeof command, "%s --count=%s %s", relay, at("count"),
             link);
    snprintf(url, sizeof url, "ssh://here%s", at(server));
    sh("rm -f count");
    error_clear();
    if (!is_push)
        return remote_fetch(NULL, NULL, at(gitdir), "hq", url, &options);
    int code = remote_push(&outcome, NULL, NULL, at(gitdir), "hq", url,
                           LINE ":" LINE "\n", &options);
    return code == TAWAM_OK && outcome != SYNC_SENT ? TAWAM_ENO : code;
}

/* Bytes of all connections, both ways; *connections of them. */
static long counted(int *connections)
{
    char *text = sh_out("awk '{n += $1 + $2} END {print n + 0, NR}' count");
    long bytes = 0;
    *connections = 0;
    sscanf(text, "%ld %d", &bytes, connections);
    free(text);
    return bytes;
}

/* The same over a link that holds, for its bytes, and over one that breaks. */
static void compare(int is_push, const char *kind, const char *link,
                    const char *setting)
{
    int connections = 0;
    char cut[100];
    snprintf(cut, sizeof cut, "%s --cut-both=%d", link, LIMIT);
    const char *to = is_push ? "to.git" : "from.git";
    const char *prepare = "rm -rf to.git mine.git && git init -q --bare to.git "
                          "&& cp -r from.git mine.git && git -C %s config "
                          "uploadpack.allowAnySHA1InWant %s";
    sh(prepare, to, setting);
    const char *mine = is_push ? "mine.git" : "to.git";
    is_int(run(is_push, mine, to, link), TAWAM_OK, "%s, a link that holds: %s",
           kind, error_message());
    long payload = counted(&connections);
    is_int(connections, 1, "is one connection, of %ld bytes", payload);
    sh(prepare, to, setting);
    is_int(run(is_push, mine, to, cut), TAWAM_OK,
           "a link that breaks every %d bytes: %s", LIMIT, error_message());
    long total = counted(&connections);
    ok(total * 2 <= payload * 3, "is %ld bytes in %d, %.2f times as much",
       total, connections, (double)total / (double)payload);
    ok(is_push
           ? same_ref("from.git", LINE, "to.git", LINE)
           : same_ref("from.git", LINE, "to.git", "refs/remotes/hq/device/a"),
       "and all of it is there");
    ok(sound("to.git") && !file_exists(at("to.git/tawam.incoming")), "sound");
}

static void test_kinds(void)
{
    sh("git init -q --bare -b main from.git");
    commits("from.git", "device/a", 24, 12000);
    compare(0, "fetch, version 2", "", "false");
    compare(0, "fetch, version 0, by id", "--old", "true");
    compare(0, "fetch, version 0, tips only", "--old", "false");
    compare(1, "push", "", "false");
}

/* One commit of 30 files, 240 kB in all: no cut leaves room for it, so its
 * files go one by one. */
static void test_large_commit(void)
{
    sh("rm -rf from.git; git init -q --bare -b main from.git");
    commits("from.git", "device/a", 1, 3000);
    int status =
        sh("cd from.git && for i in $(seq 30); do "
           "b=$(head -c 8000 /dev/urandom | git hash-object -w "
           "--stdin); printf '100644 blob %%s\\tf%%d\\n' $b $i; done | "
           "git mktree > tree && c=$(printf '040000 tree %%s\\tforms\\n'"
           " $(cat tree) | git mktree) && git update-ref " LINE
           " $(git commit-tree $c -p " LINE " -m form)");
    is_int(status, 0, "a large commit is made");
    compare(0, "fetch of a large commit, version 2", "", "false");
    compare(0, "version 0, by id", "--old", "true");
    compare(1, "push of a large commit", "", "false");
    char *refs = sh_out("git -C to.git for-each-ref refs/tawam");
    is_str(refs, "", "no ref is left of what went ahead");
    free(refs);
}

/* One file that is larger than the link carries: what it is, and what to do. */
static void test_large_file(void)
{
    for (int is_push = 0; is_push < 2; is_push++) {
        sh("rm -rf from.git to.git; git init -q --bare -b main from.git; "
           "git init -q --bare to.git");
        commits("from.git", "device/a", 1, 3000);
        commits("from.git", "device/a", 1, 90000);
        is_int(is_push ? run(1, "from.git", "to.git", "--cut-both=30000")
                       : run(0, "to.git", "from.git", "--cut-both=30000"),
               TAWAM_EUNREACHABLE, "a file that no connection carries: %s",
               error_message());
        ok(strstr(error_message(), "90") && strstr(error_message(), "stick"),
           "its size is said, and what to do");
        ok(sound("from.git") && sound("to.git"), "both sides are sound");
    }
}

/* Two lines that merged each other, small commits: by depth from a tip. */
static void test_merged_lines(void)
{
    char link[60];
    int connections = 0;
    sh("rm -rf from.git to.git; git init -q --bare -b main from.git; "
       "git init -q --bare to.git");
    for (int i = 0; i < 6; i++) {
        commits("from.git", "device/a", 4, 700);
        commits("from.git", "device/b", 3, 700);
        sh("cd from.git && t=$(git rev-parse device/b^{tree}) && "
           "git update-ref refs/heads/device/b $(git commit-tree $t -p "
           "device/b -p device/a -m merge)");
    }
    for (int old = 0; old < 2; old++) {
        snprintf(link, sizeof link, "--cut-both=8000 %s", old ? "--old" : "");
        sh("rm -rf to.git; git init -q --bare to.git");
        is_int(run(0, "to.git", "from.git", link), TAWAM_OK,
               "lines that merged each other, version %d: %s", old ? 0 : 2,
               error_message());
        long total = counted(&connections);
        diag("%ld bytes in %d connections", total, connections);
        ok(same_ref("from.git", "refs/heads/device/b", "to.git",
                    "refs/remotes/hq/device/b") &&
               sound("to.git"),
           "arrive whole");
    }
}

/* 270 commits wait to be sent; three are to be fetched. */
static void test_unsent(void)
{
    int connections = 0;
    sh("rm -rf from.git to.git; git init -q --bare -b main from.git");
    commits("from.git", "device/hq", 40, 3000);
    sh("cp -r from.git to.git && git -C to.git update-ref "
       "refs/remotes/hq/device/hq refs/heads/device/hq && "
       "git -C to.git update-ref refs/heads/device/me refs/heads/device/hq && "
       "git -C to.git update-ref -d refs/heads/device/hq");
    sh("cd to.git && t=$(git rev-parse device/me^{tree}) && "
       "p=$(git rev-parse device/me) && for i in $(seq 270); do "
       "p=$(git commit-tree $t -p $p -m $i); done && "
       "git update-ref refs/heads/device/me $p");
    commits("from.git", "device/hq", 3, 3000);
    char *pack = sh_out("git -C from.git rev-list --objects "
                        "device/hq~3..device/hq | git -C from.git "
                        "pack-objects -q --stdout | wc -c");
    long three = atol(pack);
    free(pack);
    for (int old = 0; old < 2; old++) {
        sh("rm -rf again.git && cp -r to.git again.git");
        is_int(run(0, "again.git", "from.git", old ? "--old" : ""), TAWAM_OK,
               "a fetch beside 270 unsent commits, version %d: %s", old ? 0 : 2,
               error_message());
        long total = counted(&connections);
        ok(three > 9000 && total <= three + 900,
           "is %ld bytes for three commits of %ld", total, three);
        ok(same_ref("from.git", "refs/heads/device/hq", "again.git",
                    "refs/remotes/hq/device/hq"),
           "they are here");
    }
}

/* What a kill left in the middle of a pack is used by the next fetch. */
static void test_left_part(void)
{
    int connections = 0;
    sh("rm -rf from.git to.git; git init -q --bare -b main from.git; "
       "git init -q --bare to.git");
    commits("from.git", "device/a", 8, 6000);
    sh("mkdir -p to.git/tawam.incoming/pack && git -C from.git rev-list "
       "--objects --all | git -C from.git pack-objects -q --stdout | "
       "head -c 40000 > to.git/tawam.incoming/part");
    is_int(run(0, "to.git", "from.git", ""), TAWAM_OK,
           "a part left by a kill: %s", error_message());
    long total = counted(&connections);
    ok(total < 20000, "only %ld bytes of 48,000 are fetched", total);
    ok(sound("to.git") &&
           same_ref("from.git", LINE, "to.git", "refs/remotes/hq/device/a"),
       "and all is here");
    sh("rm -rf to.git; git init -q --bare to.git; mkdir -p "
       "to.git/tawam.incoming/pack; head -c 5000 /dev/urandom > "
       "to.git/tawam.incoming/part");
    is_int(run(0, "to.git", "from.git", ""), TAWAM_OK,
           "a part that is nonsense is thrown away: %s", error_message());
    ok(sound("to.git"), "and harms nothing");
}

/* A server that shows a line but leaves its commits out of what it gives:
 * two repositories, the refs of the one before the objects of the other. */
static void test_withheld(void)
{
    char command[300];
    char *refs = NULL;
    remote_options options = {.ssh_command = command};
    sh("rm -rf from.git to.git; git init -q --bare -b main from.git; "
       "git init -q --bare to.git");
    commits("from.git", "device/a", 2, 300);
    commits("from.git", "device/b", 2, 300);
    /* wants of b become wants of a, of the same length */
    sh("printf '#!/bin/sh\\nunset GIT_PROTOCOL\\na=%%s\\nb=%%s\\nexec sed -u "
       "\"s/want $b/want $a/\" | git upload-pack %s/from.git\\n' "
       "$(git -C from.git rev-parse device/a) "
       "$(git -C from.git rev-parse device/b) > liar; chmod +x liar",
       scratch);
    snprintf(command, sizeof command, "%s", at("liar"));
    is_int(
        remote_fetch(&refs, NULL, at("to.git"), "hq", "ssh://liar/x", &options),
        TAWAM_OK, "a server that withholds a line: %s", error_message());
    ok(refs && strstr(refs, "device/b"), "which it shows");
    ok(same_ref("from.git", LINE, "to.git", "refs/remotes/hq/device/a"),
       "the other line is followed");
    char *b = ref_of("to.git", "refs/remotes/hq/device/b");
    is_str(b, "none", "that one is not");
    ok(sound("to.git"), "the log is sound");
    free(b);
    free(refs);
}

/* The link's memory. */
static void test_memory(void)
{
    link_memory m;
    sh("mkdir -p memory");
    link_read(&m, at("memory"));
    is_int(link_budget(&m), 0, "a link is free at first");
    link_cut(at("memory"), 30000, 0);
    link_read(&m, at("memory"));
    is_int(link_budget(&m), 26250, "after a cut it gets 7/8");
    for (int i = 0; i < 4; i++)
        link_carried(at("memory"), 26000);
    link_read(&m, at("memory"));
    ok(m.limit == 45000, "four times carried: it grows");
    link_cut(at("memory"), 30000, 0);
    link_read(&m, at("memory"));
    ok(m.limit >= 29000 && m.limit < 30000 && m.patience == 8,
       "too far: back to what was carried, with more patience");
    link_cut(at("memory"), 9000, 0);
    link_read(&m, at("memory"));
    is_int(m.limit, 9000, "a link that got worse gets less");
    sh("echo nonsense > memory/tawam.link");
    link_read(&m, at("memory"));
    is_int(m.limit, 0, "nonsense is none");
}

int main(int argc, char **argv)
{
    char *absolute = file_absolute(argv[0]);
    (void)argc;
    char *slash = absolute ? strrchr(absolute, '/') : NULL;
    if (!slash)
        bail("where am I?");
    snprintf(relay, sizeof relay, "%.*s/relay", (int)(slash - absolute),
             absolute);
    free(absolute);
    if (!file_exists(relay))
        skip_all("tests/relay is not built");
    scratch_begin();
    test_memory();
    test_kinds();
    test_large_commit();
    test_large_file();
    test_merged_lines();
    test_unsent();
    test_left_part();
    test_withheld();
    scratch_end();
    return done_testing();
}
