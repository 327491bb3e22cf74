/* SPDX-License-Identifier: MIT */
/* ssh, private to remote: a stream of bytes through the user's own `ssh`.
 *
 * A process with three pipes. Every byte is counted in the remote_line. What
 * ssh wrote on its standard error becomes the error. Lives in the child
 * process only.
 */
#ifndef TAWAM_SSH_INTERNAL_H
#define TAWAM_SSH_INTERNAL_H

#include "sync/remote_internal.h"

typedef struct ssh_stream ssh_stream;

#define SSH_FETCH "git-upload-pack"
#define SSH_PUSH "git-receive-pack"

/* Start ssh at the job's place for SERVICE, one of the two. Errors of the link
 * show at the first read. */
int ssh_open(ssh_stream **out, const remote_job *job, remote_line *line,
             const char *service);
/* A test's own server: CALL gives the two ends of a stream to SERVICE in place
 * of ssh (NULL: as ever), non-blocking, closed by the stream; a read brings
 * *most bytes at most. */
typedef int ssh_stand_in(int *from, int *to, size_t *most, const char *service);
void ssh_stand_in_for_tests(ssh_stand_in *call);
/* Wait for some bytes, SIZE at most. TAWAM_EUNREACHABLE or EREFUSED when ssh
 * ended, in its words. */
int ssh_read(size_t *got, ssh_stream *s, void *bytes, size_t size);
int ssh_write(ssh_stream *s, const void *bytes, size_t length); /* all */
uint64_t ssh_moved(const ssh_stream *s); /* bytes so far, both ways */
void ssh_close(ssh_stream *s);

/* The words of the command line (NULL-terminated, caller frees with
 * ssh_arguments_free) for SERVICE, "git-upload-pack" or "git-receive-pack". */
int ssh_arguments(char ***out, const remote_job *job, const char *service);
void ssh_arguments_free(char **arguments);
/* 1 if one login serves several connections. Only plain `ssh` does that:
 * another command line may mean another connection each time. */
int ssh_shares_session(const remote_job *job);
/* The same for ending a shared session; *out NULL where none is shared. */
int ssh_end_arguments(char ***out, const remote_job *job);
/* 1 if a session to the job's place is open already. It may be dead: ssh sees
 * that only when the system gives its connection up, a quarter of an hour. */
int ssh_session_is_open(const remote_job *job);
/* End the shared session, if there is one: after a cut it may hang on a
 * connection that is dead, and the next ssh with it. Three seconds at most.
 * The error that was set stays. In the parent: the child may hang on it. */
void ssh_end_session(const remote_job *job);
/* PATH in single quotes for a Unix shell on the other side; appended. */
void ssh_quote(buffer *out, const char *path);

/* What became of ssh, from its exit STATUS (as of waitpid) and its standard
 * error, in words; sets the error and returns its code. */
int ssh_failure(const remote_job *job, int status, const char *words,
                size_t length);

/* Where the session to PLACE has its control socket, in a folder below FOLDER
 * (NULL: below /tmp) that nobody else can enter; NULL when there is none that
 * is safe and short enough. Caller frees. */
char *ssh_socket(const char *folder, const remote_place *place);

#endif
