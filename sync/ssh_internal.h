/* SPDX-License-Identifier: MIT */
/* ssh, private to remote: git's smart protocol through the user's own `ssh`.
 *
 * libgit2 speaks the protocol; this is the stream below it: a process with
 * three pipes. Every byte is counted in the remote_line. What ssh wrote on
 * its standard error becomes the error. Lives in the child process only.
 */
#ifndef TAWAM_SSH_INTERNAL_H
#define TAWAM_SSH_INTERNAL_H

#include <git2/sys/transport.h>
#include "sync/remote_internal.h"

/* Of one connection; lives as long as the git_remote does. */
typedef struct ssh_session {
    const remote_job *job;
    remote_line *line;
    git_smart_subtransport_definition definition; /* filled by ssh_use() */
    int failure;   /* TAWAM_E... once ssh ended early, else 0 */
    char *message; /* then: what to tell the user, safe; NULL */
} ssh_session;

/* Make CALLBACKS use SESSION for the connection. Their payload must be a
 * struct that begins with SESSION, since libgit2 hands over nothing else. */
void ssh_use(git_remote_callbacks *callbacks, ssh_session *session);
void ssh_session_clear(ssh_session *session);

/* The words of the command line (NULL-terminated, caller frees with
 * ssh_arguments_free) for SERVICE, "git-upload-pack" or "git-receive-pack". */
int ssh_arguments(char ***out, const remote_job *job, const char *service);
void ssh_arguments_free(char **arguments);
/* PATH in single quotes for a Unix shell on the other side; appended. */
void ssh_quote(buffer *out, const char *path);

/* What became of ssh, from its exit STATUS (as of waitpid) and its standard
 * error, in words; sets the error and returns its code. */
int ssh_failure(const remote_job *job, int status, const char *words,
                size_t length);

/* A folder of ours with mode 0700 for control sockets, below FOLDER; NULL when
 * there is none that is safe and short enough. Caller frees. */
char *ssh_socket_folder(const char *folder);

#endif
