/* SPDX-License-Identifier: MIT */
/* https, private to remote: a stream of bytes to git-upload-pack behind HTTPS,
 * for protocol.c, in place of one through ssh. TLS, proxies, passwords and
 * redirections are libgit2's; what is asked for is ours. Child only. */
#ifndef TAWAM_HTTPS_INTERNAL_H
#define TAWAM_HTTPS_INTERNAL_H

#include "sync/remote_internal.h"

typedef struct https_stream https_stream;

/* Connect; the refs, or the abilities of version 2, come with the first read.
 */
int https_open(https_stream **out, const remote_job *job, remote_line *line);
/* As ssh_read() and ssh_write(): what is written is sent as one request when an
 * answer is read for. */
int https_read(size_t *got, https_stream *s, void *bytes, size_t size);
int https_write(https_stream *s, const void *bytes, size_t length);
uint64_t https_moved(const https_stream *s); /* without HTTP's own and TLS */
void https_close(https_stream *s);

#endif
