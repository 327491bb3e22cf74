/* SPDX-License-Identifier: MIT */
/* remote, private: one connection of libgit2's smart protocol (HTTPS),
 * shared by fetch (remote_git.c) and push (remote_push.c). Child only. */
#ifndef TAWAM_REMOTE_CONNECTION_INTERNAL_H
#define TAWAM_REMOTE_CONNECTION_INTERNAL_H

#include "sync/remote_internal.h"
#include "sync/credentials_internal.h"

typedef struct remote_connection {
    const remote_job *job;
    remote_line *line;
    git_remote *remote;
    git_remote_callbacks callbacks;
    credentials credentials;
    uint64_t in_before, out_before; /* HTTPS: before this connection */
    remote_push_plan *plan;         /* during an upload */
    int failed;                     /* 1: a callback had no memory */
} remote_connection;

/* Connect for DIRECTION, by TRANSPORT (NULL: libgit2's own), which gets C as
 * its payload; HEADERS (may be NULL) go with each request. Else as below. */
int remote_connection_begin(remote_connection *c, const remote_job *job,
                            git_repository *repository, git_direction direction,
                            remote_line *line, git_transport_cb transport,
                            const git_strarray *headers);
/* Connect for DIRECTION and read the refs into HEADS. REPOSITORY NULL: only
 * to list. C need not be set before; remote_connection_close() after, also
 * when this failed. */
int remote_connection_open(remote_connection *c, remote_heads *heads,
                           const remote_job *job, git_repository *repository,
                           git_direction direction, remote_line *line);
void remote_connection_close(remote_connection *c); /* C is zero then */
/* The error of the connection, whoever noticed it first; ERROR is libgit2's,
 * WHAT the words before it. */
int remote_connection_error(remote_connection *c, int error, const char *what);
/* Download what HEADS name and the repository lacks: one pack, whole or not
 * at all. The connection can do nothing more afterwards. */
int remote_download(remote_connection *c, const remote_heads *heads);
/* The same for commits and pieces of files by id. TAWAM_ENO: the server gives
 * nothing by id. */
int remote_download_ids(remote_connection *c, const git_oid *ids, size_t count);

#endif
