/* SPDX-License-Identifier: MIT */
/* Fuzzing of git's protocol as we speak it over SSH: whatever a server says,
 * in whatever pieces it comes, is taken or refused with words that are safe
 * for a terminal, within bounds. And the pieces make no difference: what comes
 * byte by byte is understood as what comes at once.
 *
 * The input: a byte of flags (below), a byte for the length of the pieces, and
 * the server's bytes in the small language of tests/fuzz_server.h.
 */
#include "sync/protocol_internal.h"
#include "tests/fuzz_server.h"
#include <git2/sys/repository.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    FLAG_PUSH = 1,  /* else a fetch */
    FLAG_DEPTH = 2, /* a fetch asks for a depth, from an edge */
    FLAG_AGAIN = 4, /* a second request on the connection */
    FLAG_ALL = 8    /* every ref is wanted */
};

#define ID "1234567890123456789012345678901234567890"
#define LINE "refs/heads/device/a"
#define TAKE_MOST (1u << 22)

/* All that a dialogue has led to, as text. */
typedef struct result {
    buffer text, pack;
} result;

static int null = -1;
static git_repository *repository; /* in memory, empty */
static char host[] = "host";

static int take(void *context, const uint8_t *bytes, size_t length)
{
    result *r = context;
    buffer_bytes(&r->pack, bytes, length);
    return r->pack.length > TAKE_MOST ? TAWAM_EFULL : buffer_check(&r->pack);
}

/* How a step ended. No words without a failure, no failure without words. */
static void note(result *r, const char *step, int code)
{
    const char *words = code == TAWAM_OK ? "" : error_message();
    if (code != TAWAM_OK && !*words)
        abort();
    if (!fuzz_harmless(words))
        abort();
    buffer_format(&r->text, "%s %d %s\n", step, code, words);
}

static void note_heads(result *r, const remote_heads *heads)
{
    for (size_t i = 0; i < heads->count; i++) {
        if (!remote_ref_accepted(heads->list[i].name) ||
            !remote_ref_wanted(heads->wanted, heads->list[i].name))
            abort();
        buffer_format(&r->text, "%s %s\n", git_oid_tostr_s(&heads->list[i].id),
                      heads->list[i].name);
    }
}

static void fetch(result *r, protocol *p, int flags)
{
    git_oid id;
    git_oid_fromstr(&id, ID);
    protocol_request request = {
        .wants = &id, .want_count = 1, .haves = &id, .have_count = 1};
    if (flags & FLAG_DEPTH) {
        request.edges = &id;
        request.edge_count = 1;
        request.depth = 3;
    }
    int code = protocol_fetch(p, &request, take, r);
    note(r, "fetch", code);
    if (code == TAWAM_OK && !p->spent && flags & FLAG_AGAIN)
        note(r, "again", protocol_fetch(p, &request, take, r));
}

/* Two lines go; what the report says of each. */
static void push(result *r, protocol *p)
{
    remote_update updates[2] = {{.destination = (char *)LINE, .chosen = 1},
                                {.destination = (char *)LINE "b", .chosen = 1}};
    remote_push_plan plan = {.updates = updates, .count = 2};
    git_packbuilder *builder = NULL;
    if (git_packbuilder_new(&builder, repository) < 0)
        abort();
    int code = protocol_push(p, &plan, builder);
    note(r, "push", code);
    for (size_t i = 0; i < 2; i++) {
        remote_update *u = &updates[i];
        if (code == TAWAM_OK && !u->accepted == !u->reason)
            abort(); /* the one or the other, or no success */
        if (u->reason && !fuzz_harmless(u->reason))
            abort();
        buffer_format(&r->text, "%d %s\n", u->accepted,
                      u->reason ? u->reason : "");
        free(u->reason);
    }
    git_packbuilder_free(builder);
}

static void talk(result *r, int flags, size_t piece)
{
    static protocol p;
    remote_line line = {.fd = null, .last_sent = INT64_MAX};
    remote_job job = {.place = {.kind = REMOTE_SSH, .host = host}};
    remote_heads heads = {.wanted = flags & FLAG_ALL ? REMOTE_WANT_ALL : NULL};
    fuzz_server_pieces(piece);
    int code = protocol_open(&p, &heads, &job, &line, !(flags & FLAG_PUSH));
    note(r, "open", code);
    note_heads(r, &heads);
    if (code == TAWAM_OK && !p.spent && flags & FLAG_PUSH)
        push(r, &p);
    else if (code == TAWAM_OK && !p.spent)
        fetch(r, &p, flags);
    protocol_close(&p);
    if (!fuzz_harmless(line.state.words))
        abort();
    buffer_format(&r->text, "words %s\n", line.state.words);
    buffer_free(&line.partial);
    remote_heads_clear(&heads);
}

static void start(void)
{
    git_odb *odb = NULL;
    git_libgit2_init();
    null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (git_repository_new(&repository) < 0 || git_odb_new(&odb) < 0 ||
        git_repository_set_odb(repository, odb) < 0)
        abort();
    git_odb_free(odb);
    ssh_stand_in_for_tests(fuzz_server_open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    result whole = {0}, pieces = {0};
    if (!repository)
        start();
    if (size < 2)
        return 0;
    fuzz_server_says(data + 2, size - 2);
    talk(&whole, data[0], 0);
    talk(&pieces, data[0], data[1] + 1u);
    if (buffer_check(&whole.text) || buffer_check(&pieces.text) ||
        whole.text.length != pieces.text.length ||
        memcmp(whole.text.data, pieces.text.data, whole.text.length) != 0 ||
        whole.pack.length != pieces.pack.length ||
        (whole.pack.length &&
         memcmp(whole.pack.data, pieces.pack.data, whole.pack.length) != 0))
        abort();
    buffer_free(&whole.text);
    buffer_free(&whole.pack);
    buffer_free(&pieces.text);
    buffer_free(&pieces.pack);
    return 0;
}
