/* SPDX-License-Identifier: MIT */
/* A fetch by SSH, private to remote_ssh.c, which makes it, and
 * remote_ssh_ask.c, which decides what each request is for. */
#ifndef TAWAM_REMOTE_SSH_INTERNAL_H
#define TAWAM_REMOTE_SSH_INTERNAL_H

#include "sync/incoming_internal.h"
#include "sync/lost_internal.h"
#include "sync/missing_internal.h"
#include "sync/protocol_internal.h"

#define SSH_WANTS_MOST 4000 /* ids a request */
#define SSH_HAVES_MOST 512

typedef struct ssh_fetch {
    const remote_job *job;
    git_repository *local;
    remote_line *line;
    remote_heads heads;
    protocol p;
    missing *missing;
    incoming *incoming;
    int asked;                      /* on this connection, something was */
    int by_object;                  /* the request is for single objects */
    uint64_t budget;                /* bytes a connection; 0: no bound */
    uint64_t pack_bytes;            /* received in this call */
    uint64_t pack_commits;          /* whole commits they brought */
    uint64_t object_bytes, objects; /* of requests for single objects */
    lost_files lost;                /* of a job for what was lost */
    unsigned reach;                 /* generations it asks for next */
    git_oid wants[SSH_WANTS_MOST];
    git_oid haves[SSH_HAVES_MOST];
} ssh_fetch;

/* Bytes that this connection may still move; UINT64_MAX: as many as come. */
uint64_t ssh_room(const ssh_fetch *f);
/* Bytes of a commit with its files, and of a single object, by what has come
 * so far. */
uint64_t ssh_commit_size(const ssh_fetch *f);
uint64_t ssh_object_size(const ssh_fetch *f);
/* What both have: into F->haves; how many. */
size_t ssh_collect_haves(ssh_fetch *f);
/* The next request, which borrows from F and from *EDGES (caller frees).
 * Nothing is left to ask for where it wants nothing. */
int ssh_plan_request(ssh_fetch *f, protocol_request *r, git_oid **edges);

#endif
