/* SPDX-License-Identifier: MIT */
/* A server that lies: strange refs, broken packs, endless lines, escape
 * sequences. A script stands for ssh and says what it wants. Whatever it is,
 * the fetch ends with an error or takes only what is sound, and no byte of
 * it reaches an error message unmade safe. */
#include "tests/remote_test.h"

#define LINE "refs/heads/device/a"
#define ID "1234567890123456789012345678901234567890"

/* Append one pkt-line of LENGTH bytes. */
static void packet_bytes(buffer *out, const char *text, size_t length)
{
    buffer_format(out, "%04zx", length + 4);
    buffer_bytes(out, text, length);
}

static void packet(buffer *out, const char *text)
{
    packet_bytes(out, text, strlen(text));
}

static void say(const char *name, buffer *said)
{
    if (file_write_atomic(at(name), said->data ? (char *)said->data : "",
                          said->length) < 0)
        bail("cannot write what is said");
    buffer_free(said);
}

/* A server that says SAID at once; then, unless ANSWER is NULL, it waits until
 * the client is done asking, says that, and reads on. */
static int fetch_from(buffer *said, buffer *answer)
{
    char command[200];
    sync_options how = {.stall_ms = 5000};
    remote_options options = {.ssh_command = command, .sync = &how};
    snprintf(command, sizeof command, "%s", at("liar"));
    say("said", said);
    if (answer)
        say("answer", answer);
    sh("{ echo '#!/bin/sh'; echo 'cat %s/said'; if [ -n '%s' ]; then "
       "echo \"sed '/done/q' > /dev/null\"; echo 'cat %s/answer'; "
       "echo 'cat > /dev/null'; fi; } > liar; chmod +x liar",
       scratch, answer ? "answer" : "", scratch);
    error_clear();
    return remote_fetch(NULL, NULL, at("log.git"), "hq", "ssh://liar/x",
                        &options);
}

/* Nothing of it stays, nothing unsafe is said. */
static void expect_refused(buffer *said, buffer *answer, const char *name)
{
    int code = fetch_from(said, answer);
    const char *words = error_message();
    int safe = 1;
    for (const char *c = words; *c; c++)
        safe = safe && ((unsigned char)*c >= ' ' && *c != 127);
    ok(code < 0, "%s: refused (%d)", name, code);
    ok(*words && safe, "%s: with a safe reason: %s", name, safe ? words : "?");
    char *refs = sh_out("git -C log.git for-each-ref refs/remotes refs/tags");
    is_str(refs, "", "%s: nothing is followed", name);
    free(refs);
}

#define CAPABILITIES "multi_ack side-band-64k ofs-delta agent=liar"

static void advertise(buffer *said)
{
    char line[200];
    int length = snprintf(line, sizeof line, ID " refs/heads/main%c%s\n", 0,
                          CAPABILITIES);
    packet_bytes(said, line, (size_t)length);
    buffer_text(said, "0000");
}

static void test_words(void)
{
    buffer said = {0};
    packet(&said, "ERR go \x1b[2J away\n");
    expect_refused(&said, NULL, "an ERR packet with an escape sequence");
    buffer_text(&said, "zzzz not git at all");
    expect_refused(&said, NULL, "no pkt-line");
    expect_refused(&said, NULL, "nothing said");
    buffer_text(&said, "fff");
    expect_refused(&said, NULL, "half a length");
    buffer_text(&said, "0003");
    expect_refused(&said, NULL, "an impossible length");
    packet(&said, ID);
    expect_refused(&said, NULL, "an id without a name");
    for (int i = 0; i < 100000; i++)
        buffer_text(&said, "shell banner of some server ");
    expect_refused(&said, NULL, "megabytes of a banner");
}

static void test_pack(void)
{
    buffer said = {0}, answer = {0};
    advertise(&said);
    packet(&answer, "NAK\n");
    packet(&answer, "\x01not a pack at all, not at all, and longer than 20");
    buffer_text(&answer, "0000");
    expect_refused(&said, &answer, "no pack");
    advertise(&said);
    packet(&answer, "NAK\n");
    packet_bytes(&answer,
                 "\x01PACK\0\0\0\2\xff\xff\xff\xff\x9f\xff\xff\xff\x7f", 18);
    buffer_text(&answer, "0000");
    expect_refused(&said, &answer, "a pack of four milliard objects");
    advertise(&said);
    packet(&answer, "NAK\n");
    packet(&answer, "\x03"
                    "disk \x1b]0;x\x07 full\n");
    buffer_text(&answer, "0000");
    expect_refused(&said, &answer, "a fatal error on the side band");
}

/* A whole pack, but without what the ref names. */
static void test_wrong_pack(void)
{
    buffer said = {0}, answer = {0}, band = {0}, pack = {0};
    commits("other.git", "device/o", 1, 100);
    sh("git -C other.git rev-list --objects device/o | "
       "git -C other.git pack-objects --stdout -q > pack");
    if (file_read(&pack, at("pack"), 60000) < 0)
        bail("no pack");
    advertise(&said);
    packet(&answer, "NAK\n");
    buffer_byte(&band, 1);
    buffer_bytes(&band, pack.data, pack.length);
    packet_bytes(&answer, (char *)band.data, band.length);
    buffer_text(&answer, "0000");
    buffer_free(&band);
    buffer_free(&pack);
    int code = fetch_from(&said, &answer);
    char *refs = sh_out("git -C log.git for-each-ref refs/remotes");
    is_str(refs, "", "a pack without what was asked for: nothing is followed");
    free(refs);
    diag("code %d: %s", code, error_message());
    ok(sound("log.git"), "and the log is sound");
}

/* A push to a server that shows no ref at any time and reports TEXT. */
static int push_to(const char *text, sync_sent *outcome)
{
    char command[200], line[200];
    sync_options how = {.stall_ms = 5000};
    remote_options options = {.ssh_command = command, .sync = &how};
    buffer said = {0}, report = {0};
    int length = snprintf(line, sizeof line,
                          "0000000000000000000000000000000000000000 "
                          "capabilities^{}%c%s\n",
                          0, "report-status side-band-64k agent=liar");
    packet_bytes(&said, line, (size_t)length);
    buffer_text(&said, "0000");
    say("said", &said);
    length = snprintf(line, sizeof line, "\x01%s", text);
    packet_bytes(&report, line, (size_t)length);
    buffer_text(&report, "0000");
    say("report", &report);
    snprintf(command, sizeof command, "%s", at("liar"));
    /* twenty connections are no answer, but a loop */
    sh("rm -f calls; { echo '#!/bin/sh'; echo 'cd %s; echo x >> calls'; "
       "echo '[ $(wc -l < calls) -lt 20 ] || exit 9'; "
       "echo 'cat said; head -c 300 > /dev/null; cat report'; "
       "echo 'cat > /dev/null'; } > liar; chmod +x liar",
       scratch);
    error_clear();
    *outcome = SYNC_NOTHING_TO_SEND;
    return remote_push(outcome, NULL, NULL, at("log.git"), "hq", "ssh://liar/x",
                       LINE ":" LINE "\n", &options);
}

static void expect_unsent(const char *report, const char *name)
{
    sync_sent outcome = SYNC_SENT;
    int code = push_to(report, &outcome);
    char *calls = sh_out("wc -l < calls");
    ok(outcome != SYNC_SENT && (code != TAWAM_OK || outcome == SYNC_REFUSED),
       "%s: not called sent (%d): %s", name, code, error_message());
    ok(atoi(calls) < 5, "in %s connections", calls);
    free(calls);
}

/* Reports of a push that say nothing, two things, or what is not so. */
static void test_reports(void)
{
    expect_unsent("0000", "an empty report");
    expect_unsent("000eunpack ok\n0000", "a report that names no ref");
    expect_unsent("0013unpack no room\n001bok refs/heads/device/a\n0000",
                  "'unpack no room', but ok");
    expect_unsent("000eunpack ok\n001bok refs/heads/device/a\n"
                  "001eng refs/heads/device/a no\n0000",
                  "ok and no");
    /* in slices, so that one connection does not do it */
    sh("echo 'limit 4096 good 0 patience 4 proven 0' > log.git/tawam.link");
    expect_unsent("000eunpack ok\n001bok refs/heads/device/a\n0000",
                  "ok, but its refs never move");
    sh("rm -f log.git/tawam.link");
}

static void test_names(void)
{
    static const char *const names[] = {
        "refs/heads/device/../../../config",
        "refs/heads/device/a.lock",
        "refs/heads/device/a\x1b[31m",
        "refs/heads/device/a b",
        "refs/heads/device/.hidden",
        "refs/heads/device/x/y",
        "refs/heads/MAIN",
        "refs/remotes/hq/main",
        "HEAD",
        "refs/heads/device/",
        "refs/tags/..",
        "refs/heads/device/1234567890123456789012345678901234567890123456789"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *safe = text_safe(names[i], strlen(names[i]), 0);
        ok(!remote_ref_accepted(names[i]), "'%s' is no ref of ours", safe);
        free(safe);
    }
    ok(remote_ref_accepted("refs/heads/device/laptop-3.b_c"),
       "a device's line is");
    ok(remote_ref_accepted("refs/tags/v2026.1"), "a tag is");
}

int main(void)
{
    scratch_begin();
    git_libgit2_init();
    sh("git init -q --bare -b main log.git && git init -q --bare -b main "
       "other.git");
    commits("log.git", "device/a", 3, 2000);
    test_words();
    test_pack();
    test_wrong_pack();
    test_reports();
    test_names();
    ok(sound("log.git"), "after all of it the log is sound");
    git_libgit2_shutdown();
    scratch_end();
    return done_testing();
}
