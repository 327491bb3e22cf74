/* SPDX-License-Identifier: MIT */
/* A point from gpsd: JSON over TCP (gpsd_json(5)). A TPV report with mode 2 or
 * 3 is a fix; eph, or the larger of epx and epy, is its error in metres at 95 %
 * confidence. The best fix that came is the answer when it is good enough, or
 * when time is over. */
#include "work/fill_internal.h"
#include <arpa/inet.h>
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

#define LINE_MOST 16384 /* bytes of a report; gpsd's own limit is 10,240 */
#define TICK 250        /* milliseconds between two looks at `progress` */
#define UNTOLD 100 /* metres, of a fix that does not say: not to be trusted */

/* ---- the connection ---- */

static int connect_to(int *out, const struct addrinfo *a)
{
    int one =
        socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    struct pollfd wait = {one, POLLOUT, 0};
    int fault = 0;
    socklen_t size = sizeof fault;
    if (one < 0)
        return 0;
    fcntl(one, F_SETFL, O_NONBLOCK);
    if (connect(one, a->ai_addr, a->ai_addrlen) != 0 &&
        (errno != EINPROGRESS || poll(&wait, 1, 3000) != 1 ||
         getsockopt(one, SOL_SOCKET, SO_ERROR, &fault, &size) != 0 || fault)) {
        close(one);
        return 0;
    }
    *out = one;
    return 1;
}

static int open_gpsd(int *out, const char *host, int port)
{
    struct addrinfo want = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    static const char watch[] = "?WATCH={\"enable\":true,\"json\":true};\n";
    char service[16];
    int is_open = 0;
    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(host, service, &want, &list) == 0)
        for (const struct addrinfo *a = list; a && !is_open; a = a->ai_next)
            is_open = connect_to(out, a);
    if (list)
        freeaddrinfo(list);
    if (is_open && send(*out, watch, sizeof watch - 1, MSG_NOSIGNAL) ==
                       (ssize_t)(sizeof watch - 1))
        return TAWAM_OK;
    if (is_open)
        close(*out);
    return error_set(TAWAM_EENVIRONMENT,
                     _("no gpsd answers at %.100s, port %d"), host, port);
}

/* ---- reports ---- */

static double number_of(const json_t *report, const char *key, double elsewise)
{
    const json_t *value = json_object_get(report, key);
    return json_is_number(value) ? json_number_value(value) : elsewise;
}

int fill_gpsd_fix(gpsd_fix *out, const json_t *report)
{
    const char *class = json_string_value(json_object_get(report, "class"));
    const char *time = json_string_value(json_object_get(report, "time"));
    double latitude = number_of(report, "lat", 1000);
    double longitude = number_of(report, "lon", 1000);
    double x = number_of(report, "epx", 0), y = number_of(report, "epy", 0);
    double accuracy = number_of(report, "eph", x > y ? x : y);
    if (!class || strcmp(class, "TPV") != 0 ||
        number_of(report, "mode", 0) < 2 || !(fabs(latitude) <= 90) ||
        !(fabs(longitude) <= 180))
        return 0;
    if (!(accuracy > 0))
        accuracy = UNTOLD;
    *out = (gpsd_fix){latitude, longitude,
                      number_of(report, "altHAE", number_of(report, "alt", 0)),
                      accuracy, time ? time : ""};
    return 1;
}

static void read_report(gpsd_fix *best, const char *line, size_t length)
{
    json_t *report = json_loadb(line, length, 0, NULL);
    gpsd_fix fix;
    if (fill_gpsd_fix(&fix, report) &&
        (best->accuracy < 0 || fix.accuracy <= best->accuracy))
        *best = fix;
    best->time = ""; /* which was the report's */
    json_decref(report);
}

/* What has come, line by line; 0 when the other side has closed. */
static int read_lines(gpsd_fix *best, buffer *waiting, int connection)
{
    char bytes[2048], *end;
    ssize_t got = recv(connection, bytes, sizeof bytes, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        return 0;
    if (got > 0)
        buffer_bytes(waiting, bytes, (size_t)got);
    while (waiting->data &&
           (end = memchr(waiting->data, '\n', waiting->length))) {
        size_t length = (size_t)(end - (char *)waiting->data);
        read_report(best, (char *)waiting->data, length);
        waiting->length -= length + 1;
        memmove(waiting->data, end + 1, waiting->length);
    }
    if (waiting->length > LINE_MOST)
        buffer_clear(waiting);
    return !waiting->failed;
}

static int wait_for_fix(gpsd_fix *best, int connection, const fill_gps *gps)
{
    int64_t start = clock_monotonic(), wait = gps->wait ? gps->wait : 30000;
    double good = gps->accuracy > 0 ? gps->accuracy : 5;
    buffer waiting = {0};
    int is_open = 1, code = TAWAM_OK;
    while (is_open && (best->accuracy < 0 || best->accuracy > good)) {
        struct pollfd ready = {connection, POLLIN, 0};
        int64_t waited = clock_monotonic() - start;
        if (waited >= wait)
            break;
        if (gps->progress &&
            gps->progress(gps->context, best->accuracy, waited)) {
            code = error_set(TAWAM_ECANCELLED, _("stopped"));
            break;
        }
        if (poll(&ready, 1,
                 wait - waited < TICK ? (int)(wait - waited) : TICK) > 0)
            is_open = read_lines(best, &waiting, connection);
    }
    buffer_free(&waiting);
    return code;
}

int fill_point_from_gpsd(char out[96], const fill_gps *gps)
{
    gpsd_fix best = {.accuracy = -1}; /* none yet */
    double n[4];
    char digits[4][32];
    int connection = -1;
    int code = open_gpsd(&connection, gps->host ? gps->host : "localhost",
                         gps->port ? gps->port : 2947);
    if (code != TAWAM_OK)
        return code;
    code = wait_for_fix(&best, connection, gps);
    close(connection);
    if (code == TAWAM_OK && best.accuracy < 0)
        code = error_set(TAWAM_ENO, _("the receiver has no fix yet: go where "
                                      "it sees the sky, or type the point"));
    if (code != TAWAM_OK)
        return code;
    n[0] = best.latitude;
    n[1] = best.longitude;
    n[2] = best.altitude;
    n[3] = best.accuracy;
    for (int i = 0; i < 4; i++)
        text_from_decimal(digits[i], n[i]);
    snprintf(out, 96, "%.22s %.22s %.22s %.22s", digits[0], digits[1],
             digits[2], digits[3]);
    return TAWAM_OK;
}
