/* SPDX-License-Identifier: MIT */
/* remote: bytes between log.git and another repository. Used by sync.c only;
 * knows git and the network, nothing of replicas or changesets.
 *
 * Invariants:
 *  1. All network work happens in a child process that touches only the git
 *     repository; a watchdog in the parent kills it when no byte moved for
 *     `stall_ms`, or when progress() asks to stop. What arrived whole stays.
 *  2. SYNC_SENT is returned only when the remote's report named our ref ok, or
 *     its refs, read anew, show our commit.
 *  3. Everything is fsynced (GIT_OPT_ENABLE_FSYNC_GITDIR).
 *  4. Texts of the remote go through text_safe() before they leave here.
 *
 * Transports: a path (libgit2's local one; a folder that is no repository is
 * made one when pushing: a fresh USB stick), https:// (libgit2's own, with
 * credentials from `git credential`; for what was lost, our protocol over
 * libgit2's HTTP), and ssh:// or user@host:path by a client
 * of git's protocol of our own (protocol_internal.h) through the user's `ssh`
 * ($GIT_SSH_COMMAND is read by cmd/ and handed down in
 * remote_options.ssh_command). By SSH a transfer that was cut goes on from
 * what had come, and a link that breaks often is asked for no more at a time
 * than it was seen to carry; FORMAT.md, "Over a link that breaks".
 */
#ifndef TAWAM_REMOTE_H
#define TAWAM_REMOTE_H

#include "base/base.h"
#include "sync/sync.h"

typedef struct remote_options {
    const sync_options *sync; /* progress, stall, wake fd; may be NULL */
    const char *ssh_command;  /* "ssh" when NULL; words split at blanks,
                                 quotes and backslashes as in a shell */
} remote_options;

/* Set once by main() from the environment; "ssh" by default. */
void remote_set_ssh_command(const char *command);
/* Likewise, $XDG_RUNTIME_DIR: where the control sockets go that let a fetch
 * and the push after it share one ssh session. NULL or never set: a private
 * folder in /tmp. Without a safe one sessions are not shared. */
void remote_set_runtime_folder(const char *folder);
/* Likewise, $GIT_SSL_CAINFO and $GIT_SSL_CAPATH: a file and a folder of
 * certificates (PEM) of the authorities that vouch for servers by HTTPS, in
 * place of git's http.sslCAInfo and http.sslCAPath. NULL or "": not set. */
void remote_set_authorities(const char *file, const char *folder);

typedef struct remote_traffic {
    uint64_t bytes_in, bytes_out;
    int no_ids; /* 1: of what was lost, lines were asked for: the server gives
                   nothing by its id */
} remote_traffic;

/* What a sync of data needs. */
#define REMOTE_WANTED_BY_SYNC                                                  \
    "refs/heads/main\nrefs/heads/device/\nrefs/tags/\n"

/* Lines that a remote had and has no more begin so:
 * refs/remotes/+ID/device/NAME (remote_kept.c). */
#define REMOTE_KEPT "refs/remotes/+"

/* Fetch the remote's refs/heads/main and refs/heads/device/ * (all of them)
 * and tags into GITDIR under refs/remotes/NAME/…, pruned to what the remote
 * shows. *refs (may be NULL; caller frees) lists "ID REFNAME\n" as the remote
 * shows them. An empty remote is no error, nor is an empty folder that NAME
 * never met; one that it did meet, or a missing one, is TAWAM_EUNREACHABLE.
 * TAWAM_EDAMAGED, or TAWAM_EENVIRONMENT where a folder's disk did not read,
 * with *refs set: what could be read there came all the same. Without: nothing
 * did. *refs is NULL at first. */
int remote_fetch(char **refs, remote_traffic *traffic, const char *gitdir,
                 const char *name, const char *url,
                 const remote_options *options);

/* The same for what WANTED names alone, one a line: a full ref name
 * ("refs/heads/files/a3"), everything below a folder ("refs/heads/files/",
 * with the slash), or an id in 40 digits: of a commit, which is then in GITDIR
 * with all its ancestors and no ref, or of a blob, a piece of a file. Only refs
 * so named are followed and pruned, *refs lists only them. A ref the remote has
 * not is no error; an id it does not give is TAWAM_EREFUSED, and then none of
 * the ids came; a server that gives nothing by id is TAWAM_ENO. NULL: main, the
 * device lines, the tags. */
int remote_fetch_some(char **refs, remote_traffic *traffic, const char *gitdir,
                      const char *name, const char *url, const char *wanted,
                      const remote_options *options);

/* What a log lost, and only that, into GITDIR, which borrows from the log;
 * lost_internal.h says how, and what WANTED is. Whatever came is there, also
 * after an error: TAWAM_ENO: the server lets nobody ask for so little;
 * TAWAM_EREFUSED: it has not all of it. */
#define REMOTE_APPLIED "refs/tawam/applied/" /* and a number */
int remote_fetch_lost(remote_traffic *traffic, const char *gitdir,
                      const char *url, const char *wanted,
                      const remote_options *options);

/* Push local refs: each "SOURCE:DESTINATION\n" (full ref names), never forced.
 * Destinations: main, device/ and files/ lines, tags.
 * OUTCOME is for the first; *report (caller frees) has a line "ok REF" or
 * "ng REF reason" for each. Returns TAWAM_OK when the dialogue took place,
 * whatever the outcome; EUNREACHABLE, ECANCELLED otherwise (then OUTCOME is
 * SYNC_UNKNOWN if anything had been sent). refs/remotes/NAME/… show what
 * the remote then has. SYNC_SENT too when the remote
 * had it already, or has newer commits that contain it. Nothing sent before a
 * failure: OUTCOME is SYNC_NOTHING_TO_SEND. */
int remote_push(sync_sent *outcome, char **report, remote_traffic *traffic,
                const char *gitdir, const char *name, const char *url,
                const char *refspecs, const remote_options *options);

/* The remote's refs, "ID REFNAME\n" a line, without a local repository. */
int remote_list(char **refs, remote_traffic *traffic, const char *url,
                const remote_options *options);

/* The same of what WANTED names (refs and folders as above). */
int remote_list_some(char **refs, remote_traffic *traffic, const char *url,
                     const char *wanted, const remote_options *options);

/* Local path or file:// URL? Then *path (caller frees) is the folder. */
int remote_is_path(char **path, const char *url);

#endif
