/* SPDX-License-Identifier: MIT */
/* https: see the header.
 *
 * libgit2's smart transport can ask for whole branches alone; its HTTP below
 * that is a part of its own (git2/sys/transport.h), which we put between:
 *
 *     git_remote_connect -> smart transport -> ours -> libgit2's HTTP
 *
 *     GET info/refs: read whole and kept, for protocol.c
 *                    (the smart transport is told of a server without refs)
 *     POST: one for each request that protocol.c writes
 *           (ours to HTTP alone)
 *
 * protocol.c writes each request in one piece and waits for nothing in between,
 * so it needs no state on the server.
 */
#include "sync/https_internal.h"
#include "sync/remote_connection_internal.h"
#include <git2/sys/transport.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 16384
#define REFS_MOST ((size_t)64 << 20) /* bytes of what is shown at first */

/* "# service=git-upload-pack", flush, no refs, flush. */
static const char NOTHING[] = "001e# service=git-upload-pack\n0000"
                              "003e0000000000000000000000000000000000000000 "
                              "capabilities^{}\0\n0000";

typedef struct told_stream {
    git_smart_subtransport_stream parent;
    size_t at; /* of NOTHING */
} told_stream;

typedef struct between {
    git_smart_subtransport parent;
    git_smart_subtransport *http; /* owned */
    https_stream *stream;         /* borrowed */
} between;

struct https_stream {
    remote_connection c; /* first: its callbacks' payload is this */
    remote_line *line;
    const remote_job *job;
    between *link; /* libgit2's; NULL before it is made and after its end */
    buffer shown;  /* the answer to GET */
    size_t shown_at;
    buffer request;                        /* written, not sent yet */
    git_smart_subtransport_stream *answer; /* being read; owned; NULL */
    uint64_t moved;
};

static void count(https_stream *s, uint64_t in, uint64_t out)
{
    s->moved += in + out;
    s->line->state.bytes_in += in;
    s->line->state.bytes_out += out;
    s->line->state.activity++;
    remote_line_moved(s->line);
}

/* ---- what the smart transport is told ---- */

static int told_read(git_smart_subtransport_stream *stream, char *bytes,
                     size_t size, size_t *got)
{
    told_stream *t = (told_stream *)stream;
    size_t left = sizeof NOTHING - 1 - t->at;
    *got = size < left ? size : left;
    memcpy(bytes, NOTHING + t->at, *got);
    t->at += *got;
    return 0;
}

static int told_write(git_smart_subtransport_stream *stream, const char *bytes,
                      size_t length)
{
    (void)stream;
    (void)bytes;
    (void)length;
    return -1;
}

static void told_free(git_smart_subtransport_stream *stream)
{
    free(stream);
}

/* All of the answer to GET into S->shown; a libgit2 code. */
static int read_shown(https_stream *s, git_smart_subtransport_stream *answer)
{
    char block[BLOCK];
    size_t got = 0;
    int error = 0;
    do {
        error = answer->read(answer, block, sizeof block, &got);
        if (error == 0) {
            buffer_bytes(&s->shown, block, got);
            count(s, got, 0);
        }
    } while (error == 0 && got && s->shown.length < REFS_MOST);
    return error == 0 && buffer_check(&s->shown) < 0 ? -1 : error;
}

static int between_action(git_smart_subtransport_stream **out,
                          git_smart_subtransport *subtransport, const char *url,
                          git_smart_service_t action)
{
    between *b = (between *)subtransport;
    git_smart_subtransport_stream *answer = NULL;
    told_stream *told = NULL;
    int error = action == GIT_SERVICE_UPLOADPACK_LS
                    ? b->http->action(&answer, b->http, url, action)
                    : -1;
    if (error == 0)
        error = read_shown(b->stream, answer);
    if (answer)
        answer->free(answer);
    if (error == 0 && !(told = memory_new(sizeof *told)))
        error = -1;
    if (error < 0)
        return error;
    told->parent = (git_smart_subtransport_stream){subtransport, told_read,
                                                   told_write, told_free};
    *out = &told->parent;
    return 0;
}

static int between_close(git_smart_subtransport *subtransport)
{
    between *b = (between *)subtransport;
    return b->http->close(b->http);
}

static void between_free(git_smart_subtransport *subtransport)
{
    between *b = (between *)subtransport;
    b->stream->link = NULL;
    b->http->free(b->http);
    free(b);
}

static int make_between(git_smart_subtransport **out, git_transport *owner,
                        void *context)
{
    between *b = memory_new(sizeof *b);
    int error = b ? git_smart_subtransport_http(&b->http, owner, NULL) : -1;
    if (error < 0) {
        free(b);
        return error;
    }
    b->parent =
        (git_smart_subtransport){between_action, between_close, between_free};
    b->stream = context;
    b->stream->link = b;
    *out = &b->parent;
    return 0;
}

static int make_transport(git_transport **out, git_remote *owner, void *payload)
{
    git_smart_subtransport_definition definition = {make_between, 1, payload};
    return git_transport_smart(out, owner, &definition);
}

/* ---- from outside ---- */

/* Version 0 begins with a line of HTTP's own. */
static void skip_service(https_stream *s)
{
    static const char SERVICE[] = "001e# service=git-upload-pack\n0000";
    if (s->shown.length >= sizeof SERVICE - 1 &&
        memcmp(s->shown.data, SERVICE, sizeof SERVICE - 1) == 0)
        s->shown_at = sizeof SERVICE - 1;
}

int https_open(https_stream **out, const remote_job *job, remote_line *line)
{
    char *version[] = {(char[]){"Git-Protocol: version=2"}};
    git_strarray headers = {version, 1};
    https_stream *s = memory_new(sizeof *s);
    if (!s)
        return TAWAM_EMEMORY;
    s->line = line;
    s->job = job;
    int code = remote_connection_begin(&s->c, job, NULL, GIT_DIRECTION_FETCH,
                                       line, make_transport, &headers);
    if (code == TAWAM_OK) {
        skip_service(s);
        *out = s;
    } else {
        https_close(s);
    }
    return code;
}

static void end_answer(https_stream *s)
{
    if (s->answer)
        s->answer->free(s->answer);
    s->answer = NULL;
}

/* Send what was written. */
static int send_request(https_stream *s)
{
    end_answer(s);
    int error = s->link ? s->link->http->action(&s->answer, s->link->http,
                                                s->job->place.url,
                                                GIT_SERVICE_UPLOADPACK)
                        : -1;
    if (error == 0)
        error = s->answer->write(s->answer, (char *)s->request.data,
                                 s->request.length);
    if (error < 0)
        return remote_connection_error(&s->c, error, _("the transfer was cut"));
    count(s, 0, s->request.length);
    s->request.length = 0;
    return TAWAM_OK;
}

int https_read(size_t *got, https_stream *s, void *bytes, size_t size)
{
    size_t left = s->shown.length - s->shown_at;
    int code = TAWAM_OK, error;
    remote_line_flush(s->line);
    if (left) {
        *got = size < left ? size : left;
        memcpy(bytes, s->shown.data + s->shown_at, *got);
        s->shown_at += *got;
        return TAWAM_OK;
    }
    if (s->request.length)
        code = send_request(s);
    if (code != TAWAM_OK)
        return code;
    *got = 0;
    error = s->answer ? s->answer->read(s->answer, bytes, size, got) : 0;
    if (error < 0)
        return remote_connection_error(&s->c, error, _("the transfer was cut"));
    if (!*got) /* the protocol says when it is done */
        return error_set(TAWAM_EUNREACHABLE,
                         _("the transfer was cut: %s ended it early"),
                         s->job->place.host);
    count(s, *got, 0);
    return TAWAM_OK;
}

int https_write(https_stream *s, const void *bytes, size_t length)
{
    buffer_bytes(&s->request, bytes, length);
    return buffer_check(&s->request);
}

uint64_t https_moved(const https_stream *s)
{
    return s->moved;
}

void https_close(https_stream *s)
{
    if (!s)
        return;
    end_answer(s);
    remote_connection_close(&s->c);
    buffer_free(&s->shown);
    buffer_free(&s->request);
    free(s);
}
