/* SPDX-License-Identifier: MIT */
/* Through the user's own ssh: a real sshd on the loopback, shared sessions,
 * a TCP connection cut, and what ssh's errors become. */
#include "tests/remote_test.h"
#include "sync/ssh_internal.h"
#include <sys/stat.h>
#include <sys/wait.h>

#define SPEC "refs/heads/device/a:refs/heads/device/a\n"

static char ssh_command[300], base_url[100], relay[512], top[512];

/* The URL of a folder of the scratch; static. */
static const char *url_of(const char *folder)
{
    static char url[400];
    snprintf(url, sizeof url, "%s%s", base_url, at(folder));
    return url;
}

static int start_sshd(void)
{
    char *said = sh_out("sh %s/tests/sshd.sh start %s/sshd", top, scratch);
    char *second = strchr(said, '\n');
    int up = second && strncmp(said, "ssh://", 6) == 0;
    if (up) {
        *second++ = '\0';
        snprintf(base_url, sizeof base_url, "%s", said);
        snprintf(ssh_command, sizeof ssh_command, "%s", second);
    } else {
        diag("%s", said);
    }
    free(said);
    return up;
}

static void test_round_trip(void)
{
    remote_options options = {.ssh_command = ssh_command};
    remote_traffic traffic = {0};
    sync_sent outcome = SYNC_UNKNOWN;
    char *report = NULL, *refs = NULL;
    is_int(remote_push(&outcome, &report, &traffic, at("log.git"), "hq",
                       url_of("hq.git"), SPEC, &options),
           TAWAM_OK, "push through sshd: %s", error_message());
    is_int(outcome, SYNC_SENT, "sent");
    is_str(report, "ok refs/heads/device/a\n", "the report says so");
    ok(same_ref("log.git", "refs/heads/device/a", "hq.git",
                "refs/heads/device/a") &&
           sound("hq.git"),
       "the server has it, sound");
    ok(traffic.bytes_out > 3000 && traffic.bytes_in > 100, "bytes counted");
    sh("git init -q --bare -b main two.git");
    is_int(remote_fetch(&refs, &traffic, at("two.git"), "hq", url_of("hq.git"),
                        &options),
           TAWAM_OK, "fetch through sshd");
    ok(refs && strstr(refs, " refs/heads/device/a\n"), "the refs are listed");
    ok(same_ref("two.git", "refs/remotes/hq/device/a", "hq.git",
                "refs/heads/device/a") &&
           sound("two.git"),
       "the log has it, sound");
    ok(traffic.bytes_in > 3000 && traffic.bytes_out > 50, "bytes counted");
    free(refs);
    refs = NULL;
    sh("git init -q --bare -b main empty.git");
    is_int(remote_list(&refs, NULL, url_of("empty.git"), &options), TAWAM_OK,
           "list an empty repository");
    is_str(refs, "", "no refs");
    free(refs);
    free(report);
}

/* Two that write one line: git's server refuses the second. */
static void test_refused(void)
{
    remote_options options = {.ssh_command = ssh_command};
    sync_sent outcome = SYNC_UNKNOWN;
    char *report = NULL;
    sh("git init -q --bare -b main clone.git");
    commits("clone.git", "device/a", 2, 100);
    is_int(remote_push(&outcome, &report, NULL, at("clone.git"), "hq",
                       url_of("hq.git"), SPEC, &options),
           TAWAM_OK, "push other commits onto a line");
    is_int(outcome, SYNC_REFUSED, "refused");
    free(report);
    report = NULL;
    sh("printf '#!/bin/sh\\nprintf \"not \\\\033[31mtoday\\\\n\"\\nexit 1\\n' "
       "> "
       "hq.git/hooks/pre-receive && chmod +x hq.git/hooks/pre-receive");
    commits("log.git", "device/a", 1, 100);
    is_int(remote_push(&outcome, &report, NULL, at("log.git"), "hq",
                       url_of("hq.git"), SPEC, &options),
           TAWAM_OK, "push against a hook that says no");
    is_int(outcome, SYNC_REFUSED, "refused");
    ok(report && strstr(report, "hook declined"), "with its reason: %s",
       report ? report : "");
    ok(report && strstr(report, "today") && !strchr(report, 27),
       "and the hook's words, safe for a terminal");
    sh("rm hq.git/hooks/pre-receive");
    free(report);
}

/* Push a new commit to hq.git, which refuses it; WORDS are in the reason. */
static void expect_refusal(const char *words, const char *name)
{
    remote_options options = {.ssh_command = ssh_command};
    sync_sent outcome = SYNC_UNKNOWN;
    char *report = NULL;
    is_int(remote_push(&outcome, &report, NULL, at("log.git"), "hq",
                       url_of("hq.git"), SPEC, &options),
           TAWAM_OK, "%s", name);
    is_int(outcome, SYNC_REFUSED, "refused");
    ok(report && strstr(report, words), "why: %s", report ? report : "");
    free(report);
}

/* Git's report names the step that failed; the reason is on the side band. */
static void test_reasons(void)
{
    char *reason;
    commits("log.git", "device/a", 1, 20000);
    sh("git -C hq.git config receive.maxInputSize 500");
    expect_refusal("exceeds maximum allowed size", "a server with a limit");
    sh("git -C hq.git config --unset receive.maxInputSize");
    sh("printf '#!/bin/sh\necho\necho =====\necho main is protected\n"
       "echo =====\nexit 1\n' >hq.git/hooks/update && "
       "chmod +x hq.git/hooks/update");
    expect_refusal("a rule of the server forbids it (hook declined: "
                   "main is protected)",
                   "a branch that is protected");
    sh("rm hq.git/hooks/update");
    reason = remote_refusal(
        "unpack-objects abnormal exit",
        "fatal: unable to write loose object file: No space left on device");
    ok(reason && strstr(reason, "its disk is full"), "a full disk: %s",
       reason ? reason : "");
    free(reason);
    reason = remote_refusal("unable to create temporary object directory", "");
    ok(reason && strstr(reason, "full or read-only"), "a disk not written: %s",
       reason ? reason : "");
    free(reason);
    reason = remote_refusal("failed to update ref", "Counting objects: 3");
    is_str(reason, "failed to update ref", "other words stay as they are");
    free(reason);
}

static void expect(const char *url, const char *command, int wanted,
                   const char *words, const char *name)
{
    remote_options options = {.ssh_command = command};
    char *refs = NULL;
    error_clear();
    is_int(remote_list(&refs, NULL, url, &options), wanted, "%s", name);
    ok(strstr(error_message(), words), "says: %s", error_message());
    free(refs);
}

static void test_errors(void)
{
    char command[400];
    expect(url_of("nowhere.git"), ssh_command, TAWAM_EREFUSED,
           "`tawam remote` sets the address", "no repository there");
    expect("ssh://127.0.0.1:1/x", ssh_command, TAWAM_EUNREACHABLE, "refused",
           "nobody listens");
    snprintf(command, sizeof command, "%s -o UserKnownHostsFile=/dev/null",
             ssh_command);
    expect(url_of("hq.git"), command, TAWAM_EENVIRONMENT,
           "connect once by hand with ssh to check it "
           "(Host key verification failed)",
           "a server that is not known");
    sh("ssh-keygen -q -t ed25519 -N '' -f other && "
       "{ cut -d ' ' -f 1 sshd/known_hosts | tr '\\n' ' '; cat other.pub; } "
       ">changed");
    snprintf(command, sizeof command, "%s -o UserKnownHostsFile=%s",
             ssh_command, at("changed"));
    expect(url_of("hq.git"), command, TAWAM_EENVIRONMENT,
           "another than the one known here",
           "a server whose key is another one");
    snprintf(command, sizeof command, "%s -o IdentityFile=/dev/null",
             ssh_command);
    sh("mv sshd/user_key sshd/away");
    expect(url_of("hq.git"), command, TAWAM_EREFUSED,
           "load your key with ssh-add", "a key that is not known");
    sh("mv sshd/away sshd/user_key");
    expect(url_of("hq.git"), "no-such-ssh", TAWAM_EENVIRONMENT, "no-such-ssh",
           "a command that is not there");
}

/* user@host:folder, and a command with quoted words. */
static void test_short_form(void)
{
    char command[500], url[300], *refs = NULL, *user = sh_out("id -un");
    remote_options options = {.ssh_command = command};
    snprintf(command, sizeof command, "%s -p %s -o 'LogLevel=ERROR' \"-T\"",
             ssh_command, strrchr(base_url, ':') + 1);
    snprintf(url, sizeof url, "%s@127.0.0.1:%s", user, at("hq.git"));
    is_int(remote_list(&refs, NULL, url, &options), TAWAM_OK,
           "list by user@host:folder: %s", error_message());
    ok(refs && strstr(refs, "device/a"), "shows the line");
    free(refs);
    free(user);
}

/* A folder whose name a shell would act on. */
static void test_quoting(void)
{
    remote_options options = {.ssh_command = ssh_command};
    char *refs = NULL;
    buffer quoted = {0};
    ssh_quote(&quoted, "it's !x $(y) `z`");
    buffer_byte(&quoted, 0);
    is_str((char *)quoted.data, "'it'\\''s '\\!'x $(y) `z`'",
           "a folder's name is quoted");
    buffer_free(&quoted);
    sh("git init -q --bare \"a'b \\$(touch hacked) c.git\"");
    is_int(remote_list(&refs, NULL, url_of("a'b%20$(touch%20hacked) c.git"),
                       &options),
           TAWAM_OK, "a folder with quotes and blanks: %s", error_message());
    ok(!file_exists(at("hacked")), "is not acted on");
    free(refs);
}

/* The TCP connection below ssh is cut in the middle. */
static void test_tcp_cut(void)
{
    char command[1200];
    sync_sent outcome = SYNC_NOTHING_TO_SEND;
    remote_options options = {.ssh_command = command};
    int good = 0, points[] = {100, 1500, 4000, 6000, 12000};
    commits("log.git", "device/a", 4, 3000);
    sh("cat > cutter <<'END'\n#!/bin/sh\nexec %s -o "
       "ProxyCommand=\"%s --cut-up=$(cat %s/point) --connect=%%h:%%p\" \"$@\"\n"
       "END\nchmod +x cutter",
       ssh_command, relay, scratch);
    snprintf(command, sizeof command, "%s/cutter", scratch);
    for (size_t i = 0; i < 5; i++) {
        /* forget what the link carried: else it asks for less, and succeeds */
        sh("echo %d > point; rm -f log.git/tawam.link", points[i]);
        int code = remote_push(&outcome, NULL, NULL, at("log.git"), "hq",
                               url_of("hq.git"), SPEC, &options);
        good += code == TAWAM_EUNREACHABLE && outcome != SYNC_SENT &&
                sound("hq.git");
        if (code != TAWAM_EUNREACHABLE)
            diag("%d: %d %s", points[i], code, error_message());
    }
    is_int(good, 5, "TCP cut at five points: %s", error_message());
    options.ssh_command = ssh_command;
    is_int(remote_push(&outcome, NULL, NULL, at("log.git"), "hq",
                       url_of("hq.git"), SPEC, &options),
           TAWAM_OK, "the repeat");
    is_int(outcome, SYNC_SENT, "gets through");
}

/* Plain `ssh` shares one session between a fetch and the push after it. */
static void test_shared_session(void)
{
    char *path = memory_string(getenv("PATH")), *count = NULL, *check = NULL;
    char folder[200];
    sync_sent outcome = SYNC_UNKNOWN;
    sh("mkdir -p bin run && chmod 700 run && printf "
       "'#!/bin/sh\\nexec /usr/bin/env PATH=\"%%s\" %s \"$@\"\\n' \"$PATH\" > "
       "bin/ssh && chmod +x bin/ssh",
       ssh_command);
    char *with = memory_format("%s/bin:%s", scratch, path);
    setenv("PATH", with, 1);
    remote_set_runtime_folder(at("run"));
    commits("log.git", "device/a", 1, 100);
    sh("grep -c Accepted sshd/sshd.log > before");
    is_int(
        remote_fetch(NULL, NULL, at("log.git"), "hq", url_of("hq.git"), NULL),
        TAWAM_OK, "fetch by plain ssh: %s", error_message());
    is_int(remote_push(&outcome, NULL, NULL, at("log.git"), "hq",
                       url_of("hq.git"), SPEC, NULL),
           TAWAM_OK, "and push");
    is_int(outcome, SYNC_SENT, "sent");
    count = sh_out("echo $(($(grep -c Accepted sshd/sshd.log) - $(cat "
                   "before)))");
    is_str(count, "1", "the server saw one login for all of it");
    check = sh_out("stat -c %%a run/tawam");
    is_str(check, "700", "the sockets are in a private folder");
    snprintf(folder, sizeof folder, "%s", at("run/tawam"));
    remote_job job = {.ssh_command = "ssh"};
    is_int(remote_place_parse(&job.place, url_of("hq.git")), TAWAM_OK, "a job");
    char *socket = ssh_socket(at("run"), &job.place);
    job.ssh_socket = socket;
    ok(ssh_session_is_open(&job), "a session is open");
    error_set(TAWAM_EUNREACHABLE, "cut");
    ssh_end_session(&job);
    ok(!ssh_session_is_open(&job) && error_code() == TAWAM_EUNREACHABLE,
       "and ended, the error stays");
    error_clear();
    char *left = sh_out("ls run/tawam; true");
    is_str(left, "", "and gone when the session is ended: after a cut it is");
    free(left);
    chmod(folder, 0755);
    ok(ssh_socket(at("run"), &job.place) == NULL,
       "a folder that others may enter is not used");
    remote_place_clear(&job.place);
    free(socket);
    setenv("PATH", path, 1);
    remote_set_runtime_folder(NULL);
    free(with);
    free(path);
    free(count);
    free(check);
}

/* Six pushers to one server at once, one line each, and a tag of one name. */
static void test_pushers(void)
{
    pid_t pids[6];
    int good = 0;
    sh("git init -q --bare -b main many.git");
    for (int i = 0; i < 6; i++) {
        char name[32], line[32];
        snprintf(name, sizeof name, "p%d.git", i);
        snprintf(line, sizeof line, "device/p%d", i);
        sh("git init -q --bare -b main %s", name);
        commits(name, line, 2, 300);
    }
    for (int i = 0; i < 6; i++) {
        if ((pids[i] = fork()) == 0) {
            remote_options options = {.ssh_command = ssh_command};
            char gitdir[128], spec[128];
            sync_sent sent = SYNC_UNKNOWN;
            snprintf(gitdir, sizeof gitdir, "%s/p%d.git", scratch, i);
            snprintf(spec, sizeof spec,
                     "refs/heads/device/p%d:refs/heads/device/p%d", i, i);
            int code = remote_push(&sent, NULL, NULL, gitdir, "hq",
                                   url_of("many.git"), spec, &options);
            _exit(code == TAWAM_OK && sent == SYNC_SENT ? 0 : 1);
        }
    }
    for (int i = 0; i < 6; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        good += status == 0;
    }
    is_int(good, 6, "six pushers at once all get through");
    ok(sound("many.git"), "and the server's repository is sound");
}

int main(int argc, char **argv)
{
    char *absolute = file_absolute(argv[0]), *slash = NULL;
    (void)argc;
    if (!absolute || !(slash = strrchr(absolute, '/')))
        bail("where am I?");
    snprintf(relay, sizeof relay, "%.*s/relay", (int)(slash - absolute),
             absolute);
    free(absolute);
    if (getenv("TOP"))
        snprintf(top, sizeof top, "%s", getenv("TOP"));
    else if (!getcwd(top, sizeof top))
        bail("where am I?");
    if (system("command -v sshd >/dev/null || test -x /usr/sbin/sshd"))
        skip_all("sshd is not installed");
    scratch_begin();
    if (!start_sshd())
        skip_all("sshd does not run here");
    sh("git init -q --bare -b main hq.git && git init -q --bare -b main "
       "log.git");
    commits("log.git", "device/a", 5, 700);
    test_round_trip();
    test_refused();
    test_reasons();
    test_errors();
    test_short_form();
    test_quoting();
    test_tcp_cut();
    test_shared_session();
    test_pushers();
    sh("sh %s/tests/sshd.sh stop %s/sshd", top, scratch);
    scratch_end();
    return done_testing();
}
