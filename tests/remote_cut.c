/* SPDX-License-Identifier: MIT */
/* A link that breaks, stalls or loses the reply: whatever happens, both
 * repositories stay sound, a repeat succeeds, and SENT is never said while the
 * other side lacks the commit. tests/relay stands for ssh, so that a point is
 * a byte of git's own protocol; pushes and fetches are each cut at 200 points
 * of the whole dialogue, 100 of them within its last 500 bytes.
 *
 * What the dialogue says is the same each time (no words of progress), so each
 * cut before the end must be noticed; there is no tolerance. */
#include "tests/remote_test.h"
#include "tests/reliability.h"
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#define LINE "refs/heads/device/a"
#define SPEC LINE ":" LINE "\n"
#define URL_PREFIX "ssh://here"

static char relay[512];
static long up_bytes, down_bytes; /* of the dialogue last counted */

static int run(sync_sent *outcome, remote_traffic *traffic, int is_push,
               const char *gitdir, const char *server, const char *link,
               const sync_options *how)
{
    char command[700], url[300];
    remote_options options = {.sync = how, .ssh_command = command};
    snprintf(command, sizeof command, "%s %s", relay, link);
    snprintf(url, sizeof url, URL_PREFIX "%s", at(server));
    if (!is_push)
        return remote_fetch(NULL, traffic, at(gitdir), "hq", url, &options);
    return remote_push(outcome, NULL, traffic, at(gitdir), "hq", url, SPEC,
                       &options);
}

static int push(sync_sent *outcome, const char *link)
{
    *outcome = SYNC_NOTHING_TO_SEND;
    return run(outcome, NULL, 1, "log.git", "to.git", link, NULL);
}

static int fetch(const char *link)
{
    return run(NULL, NULL, 0, "to.git", "from.git", link, NULL);
}

/* The sums of what the relay counted in COUNT connections. */
static void read_count(int count, long *up, long *down)
{
    char *text = sh_out("test $(wc -l < count) = %d && awk '{u+=$1;d+=$2} "
                        "END {print u, d}' count; rm -f count",
                        count);
    *up = *down = -1;
    sscanf(text, "%ld %ld", up, down);
    free(text);
}

static void test_counts(void)
{
    sync_sent outcome = SYNC_UNKNOWN;
    remote_traffic traffic = {0};
    char link[200];
    snprintf(link, sizeof link, "--count=%s", at("count"));
    sh("cp -r base.git to.git");
    is_int(run(&outcome, &traffic, 1, "log.git", "to.git", link, NULL),
           TAWAM_OK, "push through the relay: %s", error_message());
    is_int(outcome, SYNC_SENT, "sent");
    read_count(1, &up_bytes, &down_bytes);
    is_int(traffic.bytes_out, up_bytes, "by one connection; bytes out counted");
    is_int(traffic.bytes_in, down_bytes, "every byte in was counted");
    ok(up_bytes > 10000, "the push is %ld bytes up, %ld down", up_bytes,
       down_bytes);
    ok(same_ref("log.git", LINE, "to.git", LINE), "the server has it");
}

/* ---- 200 points ---- */

#define POINTS 200
#define LAST 500 /* bytes, of which every fifth is a point */

/* Where the dialogue of TOTAL bytes is cut the Ith time. */
static long point(int i, long total)
{
    int spread = POINTS - LAST / 5;
    return i < spread ? (total - LAST) * i / spread
                      : total - LAST + (i - spread) * 5L;
}

/* What REF of GITDIR is at, in *out; 0: there is none. Without a program,
 * since it is asked some thousand times. */
static int quick_ref(git_oid *out, const char *gitdir, const char *ref)
{
    git_repository *repository = NULL;
    int there = git_repository_open_bare(&repository, at(gitdir)) == 0 &&
                git_reference_name_to_id(out, repository, ref) == 0;
    git_repository_free(repository);
    return there;
}

static int quick_same(const char *a, const char *ref_a, const char *b,
                      const char *ref_b)
{
    git_oid one, two;
    return quick_ref(&one, a, ref_a) && quick_ref(&two, b, ref_b) &&
           git_oid_equal(&one, &two);
}

/* Commits below LINE of GITDIR. */
static int quick_count(const char *gitdir)
{
    git_repository *repository = NULL;
    git_revwalk *walk = NULL;
    git_oid id;
    int count = 0;
    if (git_repository_open_bare(&repository, at(gitdir)) == 0 &&
        git_revwalk_new(&walk, repository) == 0 &&
        git_revwalk_push_glob(walk, "*") == 0)
        while (git_revwalk_next(&id, walk) == 0)
            count++;
    git_revwalk_free(walk);
    git_repository_free(repository);
    return count;
}

/* Both sound, in one command; 1 if they are. */
static int both_sound(const char *a, const char *b)
{
    return sh("git -C %s fsck --full --strict --no-dangling && "
              "git -C %s fsck --full --strict --no-dangling",
              a, b) == 0;
}

static int wrong(const char *what, long n, int code, sync_sent outcome)
{
    diag("%s cut at %ld: code %d, outcome %d: %s", what, n, code, (int)outcome,
         error_message());
    return 0;
}

/* One cut push, its aftermath, its repeat. 1 if all is as promised. */
static int cut_push(const char *how, long n, int *arrived)
{
    sync_sent outcome = SYNC_UNKNOWN;
    char link[300];
    int good = 1;
    snprintf(link, sizeof link, "--cut-both=%ld %s", n, how);
    sh("rm -rf to.git log.git/tawam.link log.git/refs/remotes && "
       "cp -r base.git to.git");
    int code = push(&outcome, link);
    int there = quick_same("log.git", LINE, "to.git", LINE);
    *arrived += there;
    /* a second look fits before the cut wherever the first came to the pack */
    if ((code == TAWAM_OK) != there || (outcome == SYNC_SENT) != there ||
        (code != TAWAM_OK && code != TAWAM_EUNREACHABLE) ||
        !both_sound("to.git", "log.git"))
        good = wrong("a push", n, code, outcome);
    if (push(&outcome, "") != TAWAM_OK || outcome != SYNC_SENT ||
        !quick_same("log.git", LINE, "to.git", LINE) || !sound("to.git"))
        good = wrong("the repeat of a push", n, code, outcome);
    if (quick_count("to.git") != 15)
        good = wrong("commits are doubled or lost: a push", n, code, outcome);
    return good;
}

static void test_push_cuts(void)
{
    long total = up_bytes + down_bytes;
    int good = 0, arrived = 0;
    char control[100];
    for (int i = 0; i < POINTS; i++)
        good += cut_push(i % 2 ? "--reset" : "", point(i, total), &arrived);
    is_int(good, POINTS, "a push cut at %d points of its %ld bytes", POINTS,
           total);
    ok(arrived > 0 && arrived < POINTS / 2,
       "the commit had arrived in %d of them", arrived);
    snprintf(control, sizeof control,
             "%d of %d pushes did not arrive, of %d only the reply was lost",
             POINTS - arrived, POINTS, arrived);
    reliability_report(&(reliability){
        .name = "cut-push",
        .tried = "a push cut after N bytes, both ways summed, every other time "
                 "with the server killed",
        .trials = POINTS,
        .losses = POINTS - good,
        .controls = control,
        .blind = "a server that loses what it has acknowledged"});
}

/* The reply is lost, and the second look says what happened. */
static void test_lost_reply(void)
{
    sync_sent outcome = SYNC_UNKNOWN;
    char link[300];
    snprintf(link, sizeof link, "--cut-down=%ld --once=%s", down_bytes - 20,
             at("once"));
    sh("rm -rf to.git log.git/tawam.link && cp -r base.git to.git && "
       "touch once");
    is_int(push(&outcome, link), TAWAM_OK, "the reply of a push is lost");
    is_int(outcome, SYNC_SENT, "but the remote's refs show that it is there");
    /* the reply is lost, and then there is no connection any more */
    sh("printf '#!/bin/sh\\nrm once2 && exec %s --cut-down=%ld \"$@\"\\n"
       "echo no route >&2; exit 255\\n' > gone; sed -i 's,once2,%s/once2,' "
       "gone; chmod +x gone; touch once2; rm -rf to.git log.git/tawam.link && "
       "cp -r base.git to.git",
       relay, down_bytes - 20, scratch);
    char *kept = memory_string(relay);
    snprintf(relay, sizeof relay, "%s", at("gone"));
    is_int(push(&outcome, ""), TAWAM_EUNREACHABLE, "the link stays broken");
    is_int(outcome, SYNC_UNKNOWN, "then it is not known");
    snprintf(relay, sizeof relay, "%s", kept);
    free(kept);
    is_int(push(&outcome, ""), TAWAM_OK, "a repeat");
    is_int(outcome, SYNC_SENT, "finds it there");
}

/* The server hands its pack on as it comes, in more pieces or fewer, each with
 * five bytes of its own: a cut so near the end may come after the end. */
#define UNSURE 40 /* bytes */

static int cut_fetch(const char *how, long n, long total, int *resumed)
{
    char link[64];
    int good = 1;
    snprintf(link, sizeof link, "--cut-both=%ld %s", n, how);
    sh("rm -rf to.git && cp -r base.git to.git");
    int code = fetch(link);
    int there =
        quick_same("from.git", LINE, "to.git", "refs/remotes/hq/device/a");
    *resumed += file_exists(at("to.git/tawam.incoming/pack"));
    if ((code == TAWAM_OK) != there || (there && n < total - UNSURE) ||
        (!there && code != TAWAM_EUNREACHABLE) ||
        !both_sound("to.git", "from.git"))
        good = wrong("a fetch", n, code, 0);
    code = fetch("");
    if (code != TAWAM_OK || !sound("to.git") ||
        !quick_same("from.git", LINE, "to.git", "refs/remotes/hq/device/a"))
        good = wrong("the repeat of a fetch", n, code, 0);
    if (file_exists(at("to.git/tawam.incoming"))) {
        diag("a fetch cut at %ld leaves what came", n);
        good = 0;
    }
    return good;
}

static void test_fetch_cuts(void)
{
    char link[200], control[100];
    long up = 0, down = 0;
    int good = 0, resumed = 0;
    snprintf(link, sizeof link, "--count=%s", at("count"));
    sh("rm -rf to.git from.git && cp -r base.git to.git && cp -r log.git "
       "from.git");
    is_int(fetch(link), TAWAM_OK, "fetch through the relay");
    read_count(1, &up, &down);
    long total = up + down;
    for (int i = 0; i < POINTS; i++)
        good +=
            cut_fetch(i % 2 ? "--reset" : "", point(i, total), total, &resumed);
    is_int(good, POINTS, "a fetch cut at %d points of its %ld bytes", POINTS,
           total);
    ok(resumed > POINTS / 2, "of which %d left something to go on from",
       resumed);
    snprintf(control, sizeof control,
             "all %d noticed; %d left whole objects that the repeat used",
             POINTS, resumed);
    reliability_report(
        &(reliability){.name = "cut-fetch",
                       .tried = "a fetch cut after N bytes, both ways summed",
                       .trials = POINTS,
                       .losses = POINTS - good,
                       .controls = control,
                       .blind = "bytes changed on the way (ssh's own checks)"});
}

/* Old and new protocol: the same result, a cut at some points. */
static void test_old_protocol(void)
{
    int good = 0, resumed = 0;
    for (int i = 0; i < 8; i++)
        good += cut_fetch("--old", 300 + i * 2200, LONG_MAX, &resumed);
    is_int(good, 8, "the same with protocol version 0");
}

static void test_stall(void)
{
    sync_options how = {.stall_ms = 400};
    sync_sent outcome = SYNC_UNKNOWN;
    sh("rm -rf to.git log.git/tawam.link && cp -r base.git to.git");
    is_int(run(NULL, NULL, 0, "to.git", "from.git", "--stall-down=3000", &how),
           TAWAM_EUNREACHABLE, "a fetch that stalls is given up");
    ok(strstr(error_message(), "no answer"), "and says so: %s",
       error_message());
    ok(sound("to.git"), "the log is sound");
    is_int(run(NULL, NULL, 0, "to.git", "from.git", "--stall-down=0", &how),
           TAWAM_EUNREACHABLE, "so is one that never answers");
    is_int(run(&outcome, NULL, 1, "log.git", "to.git", "--stall-up=5000", &how),
           TAWAM_EUNREACHABLE, "a push that stalls is given up");
    is_int(outcome, SYNC_UNKNOWN, "its outcome is not known");
    is_int(run(&outcome, NULL, 1, "log.git", "to.git", "--stall-up=0", &how),
           TAWAM_EUNREACHABLE, "a push that stalls before anything was sent");
    /* "0000" is the first that goes up, so refs came down before. */
    ok(outcome != SYNC_SENT, "is not said to be sent");
    is_int(fetch(""), TAWAM_OK, "the next fetch gets through");
    char *left = sh_out("ls to.git/objects/pack | grep git2");
    is_str(left, "", "and clears what the killed one left");
    free(left);
}

struct calls {
    int count, stop_at;
    uint64_t most_in;
    int stages;
    double least_rate, most_rate;
};

static int count_calls(void *context, const sync_progress *p)
{
    struct calls *calls = context;
    calls->count++;
    calls->stages |= 1 << p->stage;
    if (p->bytes_in > calls->most_in)
        calls->most_in = p->bytes_in;
    if (p->rate < calls->least_rate)
        calls->least_rate = p->rate;
    if (p->rate > calls->most_rate)
        calls->most_rate = p->rate;
    return calls->stop_at && calls->count >= calls->stop_at;
}

static void test_cancel(void)
{
    struct calls calls = {.stop_at = 2};
    sync_options how = {.progress = count_calls, .context = &calls};
    int64_t before = clock_monotonic();
    is_int(run(NULL, NULL, 0, "to.git", "from.git", "--stall-down=0", &how),
           TAWAM_ECANCELLED, "progress() stops a stalled fetch");
    ok(clock_monotonic() - before < 5000, "at once");
    is_int(calls.count, 2, "and is not called again");
    is_int(waitpid(-1, NULL, WNOHANG), -1, "no child is left");
}

static void test_wake(void)
{
    struct calls calls = {.stop_at = 1};
    int ends[2];
    if (pipe(ends) < 0 || write(ends[1], "k", 1) != 1)
        bail("no pipe");
    sync_options how = {
        .progress = count_calls, .context = &calls, .wake_fd = ends[0]};
    is_int(run(NULL, NULL, 0, "to.git", "from.git", "--stall-down=0", &how),
           TAWAM_ECANCELLED, "a readable wake descriptor asks progress()");
    close(ends[0]);
    close(ends[1]);
}

static void test_progress(void)
{
    struct calls calls = {0};
    sync_options how = {.progress = count_calls, .context = &calls};
    remote_traffic traffic = {0};
    sh("rm -rf to.git && cp -r base.git to.git");
    is_int(run(NULL, &traffic, 0, "to.git", "from.git", "--rate=60000", &how),
           TAWAM_OK, "a slow fetch");
    ok(calls.count >= 2, "progress() is called meanwhile (%d times)",
       calls.count);
    ok(calls.most_in > 0 && calls.most_in <= traffic.bytes_in,
       "with bytes that grow");
    ok(calls.stages & (1 << SYNC_FETCHING), "and the stage");
    /* what was written and never left is taken back from the count */
    calls = (struct calls){0};
    sync_sent outcome = SYNC_NOTHING_TO_SEND;
    sh("rm -rf to.git && cp -r base.git to.git");
    is_int(run(&outcome, NULL, 1, "log.git", "to.git",
               "--delay=300 --rate=8000 --cut-both=6000", &how),
           TAWAM_EUNREACHABLE, "a slow push that is cut");
    ok(calls.most_rate > 0 && calls.most_rate < 1e9 && calls.least_rate >= 0,
       "never had a rate beyond belief: %g to %g B/s", calls.least_rate,
       calls.most_rate);
}

/* Wait until the relay has written who it and its parent are. */
static void wait_for_relay(int *relay_pid, int *parent)
{
    char line[64] = "";
    *relay_pid = *parent = 0;
    for (int i = 0; i < 4000 && *parent == 0; i++) {
        FILE *file = fopen(at("pid"), "r");
        if (file && fgets(line, sizeof line, file) && strchr(line, '\n'))
            sscanf(line, "%d %d", relay_pid, parent);
        if (file)
            fclose(file);
        poll(NULL, 0, 5);
    }
}

/* 1 if PID runs; one that nobody has reaped yet does not. */
static int alive(int pid)
{
    char path[64], state = 'Z';
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = 'Z';
    if (file)
        fclose(file);
    return state != 'Z' && state != 'X';
}

/* The parent dies by kill -9: so does everything it started. */
static void test_parent_killed(void)
{
    char link[300];
    int relay_pid = 0, child = 0;
    snprintf(link, sizeof link, "--stall-down=0 --pid=%s", at("pid"));
    sh("rm -f pid");
    pid_t pid = fork();
    if (pid == 0) {
        sync_sent outcome;
        push(&outcome, link);
        _exit(0);
    }
    wait_for_relay(&relay_pid, &child);
    ok(relay_pid > 0 && alive(relay_pid), "a transfer runs");
    ok(child != pid, "in a process of its own");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    for (int i = 0;
         i < 4000 && (kill(relay_pid, 0) == 0 || kill(child, 0) == 0); i++)
        poll(NULL, 0, 5);
    ok(!alive(child), "its parent killed, it goes too");
    ok(!alive(relay_pid), "and ssh with it");
    is_int(fetch(""), TAWAM_OK, "and the log's lock is free");
}

/* The child dies by a signal: an error in words, not a hang. */
static void test_child_killed(void)
{
    char link[300];
    sh("rm -f pid");
    pid_t helper = fork();
    if (helper == 0) {
        int relay_pid = 0, child = 0;
        wait_for_relay(&relay_pid, &child);
        kill(child, SIGKILL);
        _exit(0);
    }
    snprintf(link, sizeof link, "--stall-down=0 --pid=%s", at("pid"));
    is_int(fetch(link), TAWAM_EENVIRONMENT, "the transfer's process is killed");
    ok(strstr(error_message(), "signal 9"), "and that is said: %s",
       error_message());
    waitpid(helper, NULL, 0);
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
    git_libgit2_init(); /* the quick ones use it here */
    sh("git init -q --bare -b main base.git");
    commits("base.git", "device/a", 3, 200);
    sh("cp -r base.git log.git");
    commits("log.git", "device/a", 12, 1500);
    sh("git -C base.git repack -q -a -d --no-write-bitmap-index; "
       "git -C log.git repack -q -a -d --no-write-bitmap-index; "
       "rm -rf base.git/hooks log.git/hooks; "
       "git -C base.git config receive.autogc false");
    test_counts();
    test_push_cuts();
    test_lost_reply();
    test_fetch_cuts();
    test_old_protocol();
    test_stall();
    test_cancel();
    test_wake();
    test_progress();
    test_parent_killed();
    test_child_killed();
    scratch_end();
    return done_testing();
}
