/* SPDX-License-Identifier: MIT */
/* protocol, private to remote: git's smart protocol over SSH, as a client
 * (gitprotocol-pack(5), gitprotocol-v2(5)).
 *
 * libgit2 1.5 speaks it too, but can ask for nothing but whole branches, and
 * loses what a cut transfer had brought. Here a fetch may name single commits
 * and a depth, and the bytes of a pack go to the caller as they come.
 *
 *     protocol_open   version and abilities, refs
 *       |    fetch side, version 2: as often as one likes   protocol_fetch
 *       |    fetch side, version 0: once, then it is spent  protocol_fetch
 *       |    push side: once, then it is spent              protocol_push
 *     protocol_close  says good-bye if nothing was asked
 *
 * Version 2 is asked for by GIT_PROTOCOL in the environment, which many
 * servers take (git's own advice); Debian's sshd takes only LANG and LC_*,
 * and then it is version 0, with an own connection for each request.
 */
#ifndef TAWAM_PROTOCOL_INTERNAL_H
#define TAWAM_PROTOCOL_INTERNAL_H

#include "sync/packet_internal.h"

enum protocol_ability {
    PROTOCOL_SIDE_BAND = 1,
    PROTOCOL_OFS_DELTA = 2,
    PROTOCOL_ANY_WANT = 4, /* any reachable commit may be asked for by its id */
    PROTOCOL_SHALLOW = 8,  /* a depth may be given */
    PROTOCOL_RELATIVE = 16, /* and counted from what we have */
    PROTOCOL_NO_PROGRESS = 32,
    PROTOCOL_REPORT = 64, /* of a push: each ref's fate is told */
    PROTOCOL_QUIET = 128,
    PROTOCOL_ANY_TIP = 256, /* with ANY_WANT: any object, not commits alone */
    PROTOCOL_DELETE = 512   /* a push may remove refs */
};

typedef struct protocol {
    const remote_job *job;
    remote_line *line;
    ssh_stream *stream; /* NULL when closed */
    int version;        /* 0 or 2 */
    unsigned abilities;
    int fetching; /* 0: a push */
    int spent;    /* nothing more can be asked on this connection */
    packet_reader reader;
} protocol;

/* Connect and read into HEADS (which is emptied first) what it accepts. P need
 * not be set before; protocol_close() after, also when this failed. */
int protocol_open(protocol *p, remote_heads *heads, const remote_job *job,
                  remote_line *line, int fetching);
void protocol_close(protocol *p);
uint64_t protocol_moved(const protocol *p); /* bytes on this connection */

/* What to ask for. Ids are borrowed. */
typedef struct protocol_request {
    const git_oid *wants;
    size_t want_count;
    const git_oid *haves; /* commits we have with all their ancestors */
    size_t have_count;
    const git_oid *edges; /* commits we have without their parents */
    size_t edge_count;
    unsigned depth; /* generations from the wants (with edges: from these);
                       0: all */
} protocol_request;

/* Takes bytes of a pack; non-zero stops with that code. */
typedef int (*protocol_take)(void *context, const uint8_t *bytes,
                             size_t length);

/* Ask, and hand the pack over piece by piece. TAWAM_OK: all of it came. */
int protocol_fetch(protocol *p, const protocol_request *request,
                   protocol_take take, void *context);

/* Send what PLAN's updates with `chosen` set name, with the pack that BUILDER
 * makes, and read the report: `confirmed` or `reason` is set in each. */
int protocol_push(protocol *p, remote_push_plan *plan,
                  git_packbuilder *builder);

/* A piece of a side band: what is on band 1 is left in *out (kind FLUSH at the
 * end) as soon as it has come; words go to the line; a fatal word is
 * TAWAM_EREFUSED. */
int protocol_read_band(packet *out, protocol *p);

#endif
