/* SPDX-License-Identifier: MIT */
/* Where a form is filled, for its audit (location-…): gpsd is asked for its
 * last fix (?POLL of gpsd_json(5)) now and then, and what it answers is kept
 * for as long as the form says. Nothing here ever waits: what came is taken
 * when an event is written, and without a gpsd there is no place.
 *
 *   closed ── connect ── watching ──?POLL;── answer ── a fix, or none yet
 *     ^                     │ ^                 │
 *     └──── it hung up ─────┘ └─────────────────┘ again when it is due
 *
 * Times are the wall clock's, as the audit's are. A fix that gpsd tells again
 * (its own time of it is the same) is as old as it was. */
#include "work/fill_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GPSD_PORT 2947
#define LINE_MOST 65536 /* bytes of an answer */
#define READS_MOST 16   /* of 4,096 bytes a look: who talks on stops no key */
#define AGAIN 1000      /* ms at least between two questions, as in Collect */

int fill_tells_place(const fill *f)
{
    return f->draft && f->form->audit_places == 1;
}

int fill_set_gpsd(fill *f, const char *host, int port)
{
    char *copy = host ? memory_string(host) : NULL;
    if (host && !copy)
        return TAWAM_EMEMORY;
    free(f->where.host);
    f->where.host = copy;
    f->where.port = port;
    return TAWAM_OK;
}

/* ---- the connection ---- */

static void hang_up(fill_where *w)
{
    if (w->is_open)
        close(w->socket);
    w->is_open = w->is_heard = 0;
    buffer_clear(&w->waiting);
}

/* Begins to connect to A; 0: nobody is there. */
static int call_one(fill_where *w, const struct addrinfo *a)
{
    int one =
        socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (one < 0)
        return 0;
    if (connect(one, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS) {
        close(one);
        return 0;
    }
    w->socket = one;
    w->is_open = 1;
    return 1;
}

static void call_gpsd(fill_where *w)
{
    struct addrinfo want = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    char service[16];
    snprintf(service, sizeof service, "%d", w->port ? w->port : GPSD_PORT);
    if (getaddrinfo(w->host ? w->host : "localhost", service, &want, &list) !=
        0)
        return;
    for (const struct addrinfo *a = list; a && !w->is_open; a = a->ai_next)
        if (call_one(w, a)) {
            struct pollfd ready = {w->socket, POLLOUT, 0};
            if (poll(&ready, 1, 0) == 1 && (ready.revents & POLLERR))
                hang_up(w); /* refused: perhaps the next address */
        }
    freeaddrinfo(list);
}

static int say(fill_where *w, const char *words)
{
    size_t length = strlen(words);
    if (send(w->socket, words, length, MSG_NOSIGNAL) == (ssize_t)length)
        return 1;
    hang_up(w);
    return 0;
}

/* ---- what it answers ---- */

static void keep(fill_where *w, const gpsd_fix *fix)
{
    fill_fix one = {
        .at = w->asked,
        .place = {(int32_t)lround(fix->latitude * AUDIT_DEGREE),
                  (int32_t)lround(fix->longitude * AUDIT_DEGREE),
                  (uint32_t)lround(fmin(fix->accuracy, 1e6) * 100)}};
    if (*fix->time && strcmp(fix->time, w->latest) == 0)
        return;
    snprintf(w->latest, sizeof w->latest, "%s", fix->time);
    if (w->count == FILL_FIXES)
        memmove(w->fixes, w->fixes + 1, --w->count * sizeof *w->fixes);
    w->fixes[w->count++] = one;
}

/* A TPV, or a POLL with one a receiver. */
static void read_answer(fill_where *w, const char *line, size_t length)
{
    json_t *report = json_loadb(line, length, 0, NULL);
    const json_t *list = json_object_get(report, "tpv");
    gpsd_fix fix;
    if (fill_gpsd_fix(&fix, report))
        keep(w, &fix);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (fill_gpsd_fix(&fix, json_array_get(list, i)))
            keep(w, &fix);
    json_decref(report);
}

static void read_answers(fill_where *w)
{
    char bytes[4096], *end;
    ssize_t got = 1;
    for (int reads = 0; w->is_heard && reads < READS_MOST; reads++) {
        got = recv(w->socket, bytes, sizeof bytes, 0);
        if (got <= 0)
            break;
        buffer_bytes(&w->waiting, bytes, (size_t)got);
        while (w->waiting.length &&
               (end = memchr(w->waiting.data, '\n', w->waiting.length))) {
            size_t length = (size_t)(end - (char *)w->waiting.data);
            read_answer(w, (char *)w->waiting.data, length);
            w->waiting.length -= length + 1;
            memmove(w->waiting.data, end + 1, w->waiting.length);
        }
        if (w->waiting.length > LINE_MOST || w->waiting.failed)
            hang_up(w);
    }
    if (w->is_heard &&
        (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)))
        hang_up(w);
}

/* ---- asking ---- */

/* The form's interval is between fixes; until there is one it is asked again
 * sooner, since a receiver that was asleep has none at once. */
static int is_due(const fill *f, int64_t now)
{
    const fill_where *w = &f->where;
    int64_t gap = f->form->place_gap > AGAIN ? f->form->place_gap : AGAIN;
    int64_t since = w->count ? now - w->fixes[w->count - 1].at : gap;
    return !w->asked || now < w->asked ||
           (now - w->asked >= AGAIN && since >= gap);
}

void fill_where_ask(fill *f)
{
    fill_where *w = &f->where;
    int64_t now = clock_now();
    struct pollfd ready = {0, POLLOUT, 0};
    if (!fill_tells_place(f) || fill_asks_user(f))
        return;
    read_answers(w);
    if (w->is_heard && !is_due(f, now))
        return;
    if (!w->is_open && is_due(f, now)) {
        w->asked = now;
        call_gpsd(w);
    }
    ready.fd = w->socket;
    if (!w->is_open || poll(&ready, 1, 0) != 1)
        return;
    if (!w->is_heard)
        w->is_heard = say(w, "?WATCH={\"enable\":true,\"json\":false};\n");
    if (w->is_heard) {
        w->asked = now;
        say(w, "?POLL;\n");
    }
}

int fill_where_now(audit_place *out, fill *f)
{
    fill_where *w = &f->where;
    const fill_fix *best = NULL;
    int64_t oldest = clock_now() - f->form->place_life;
    size_t kept = 0;
    if (!fill_tells_place(f))
        return 0;
    read_answers(w);
    for (size_t i = 0; i < w->count; i++)
        if (w->fixes[i].at >= oldest)
            w->fixes[kept++] = w->fixes[i];
    w->count = kept;
    for (size_t i = 0; i < kept; i++)
        if (!best || w->fixes[i].place.accuracy <= best->place.accuracy)
            best = &w->fixes[i];
    if (best)
        *out = best->place;
    return best != NULL;
}

void fill_where_free(fill *f)
{
    hang_up(&f->where);
    buffer_free(&f->where.waiting);
    free(f->where.host);
}
