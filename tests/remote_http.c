/* SPDX-License-Identifier: MIT */
/* HTTP with a name and a password from `git credential`, against git's own
 * http-backend. (https:// differs below libgit2's stream only.) */
#include "tests/remote_test.h"
#include <poll.h>

#define SPEC "refs/heads/device/a:refs/heads/device/a\n"

static char base_url[64];

static const char *url_of(const char *folder)
{
    static char url[200];
    snprintf(url, sizeof url, "%s/%s", base_url, folder);
    return url;
}

/* The server; it ends when the pipe is closed. */
static FILE *start_server(void)
{
    char command[800], *port = NULL;
    const char *top = getenv("TOP");
    snprintf(command, sizeof command,
             "exec python3 %s/tests/git_http.py %s amina secret %s/port "
             "2>>%s/log",
             top ? top : ".", scratch, scratch, scratch);
    FILE *server = popen(command, "w");
    for (int i = 0; server && i < 2000 && !file_exists(at("port")); i++)
        poll(NULL, 0, 5);
    port = sh_out("cat port");
    snprintf(base_url, sizeof base_url, "http://127.0.0.1:%s", port);
    free(port);
    return server;
}

/* What the helper gives; it notes what it is told. */
static void set_helper(const char *password)
{
    sh("printf '#!/bin/sh\\necho $1 >> told\\ncat > /dev/null\\n"
       "[ $1 = get ] && { echo username=amina; echo password=%s; }\\n' > "
       "helper && chmod +x helper && rm -f told && "
       "git config --global credential.helper \"!cd $PWD && ./helper\"",
       password);
}

static void test_round_trip(void)
{
    sync_sent outcome = SYNC_UNKNOWN;
    remote_traffic traffic = {0};
    char *refs = NULL, *report = NULL;
    set_helper("secret");
    is_int(remote_push(&outcome, &report, &traffic, at("log.git"), "hq",
                       url_of("hq.git"), SPEC, NULL),
           TAWAM_OK, "push over HTTP: %s", error_message());
    is_int(outcome, SYNC_SENT, "sent");
    ok(same_ref("log.git", "refs/heads/device/a", "hq.git",
                "refs/heads/device/a") &&
           sound("hq.git"),
       "the server has it, sound");
    ok(traffic.bytes_out > 3000, "bytes counted (%llu)",
       (unsigned long long)traffic.bytes_out);
    char *told = sh_out("sort -u told | tr '\\n' ' '");
    is_str(told, "get store ",
           "the helper was asked, and told that it is good");
    free(told);
    sh("git init -q --bare -b main two.git");
    is_int(remote_fetch(&refs, &traffic, at("two.git"), "hq", url_of("hq.git"),
                        NULL),
           TAWAM_OK, "fetch over HTTP: %s", error_message());
    ok(same_ref("two.git", "refs/remotes/hq/device/a", "hq.git",
                "refs/heads/device/a") &&
           sound("two.git"),
       "the log has it, sound");
    ok(traffic.bytes_in > 3000, "bytes counted");
    ok(refs && strstr(refs, " refs/heads/device/a\n"), "the refs are listed");
    free(refs);
    free(report);
}

static void test_refused(void)
{
    char *refs = NULL;
    set_helper("wrong");
    is_int(remote_list(&refs, NULL, url_of("hq.git"), NULL), TAWAM_EREFUSED,
           "a wrong password is refused: %s", error_message());
    char *told = sh_out("sort -u told | tr '\\n' ' '");
    is_str(told, "erase get ", "and the helper is told");
    free(told);
    set_helper("secret");
    is_int(remote_list(&refs, NULL, url_of("no.git"), NULL), TAWAM_EREFUSED,
           "no repository there: %s", error_message());
    is_int(remote_list(&refs, NULL, "http://127.0.0.1:1/x", NULL),
           TAWAM_EUNREACHABLE, "nobody listens: %s", error_message());
    sh("git config --global --unset credential.helper");
    is_int(remote_list(&refs, NULL, url_of("hq.git"), NULL), TAWAM_EREFUSED,
           "no helper: refused, not asked for: %s", error_message());
    free(refs);
}

int main(void)
{
    if (system("python3 -c 'import http.server' 2>/dev/null && "
               "test -x \"$(git --exec-path)/git-http-backend\""))
        skip_all("python3 or git http-backend is not installed");
    scratch_begin();
    sh("git init -q --bare -b main hq.git && git init -q --bare -b main "
       "log.git && git -C hq.git config http.receivepack true");
    commits("log.git", "device/a", 5, 700);
    FILE *server = start_server();
    test_round_trip();
    test_refused();
    if (server)
        pclose(server);
    scratch_end();
    return done_testing();
}
