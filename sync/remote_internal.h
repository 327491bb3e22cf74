/* SPDX-License-Identifier: MIT */
/* remote, private: what its files share. Nothing outside includes this.
 *
 *        parent (has the replica open)         child (has only git)
 *   remote.c        public calls, tries
 *   remote_child.c  fork, frames in, watchdog <- frames out   remote_line.c
 *   remote_url.c    kind of place                 remote_git.c   entry
 *   link.c          what the link carries         remote_path.c, _folder.c
 *                                                 remote_ssh.c, _ssh_push.c,
 *                                                   _ahead.c
 *                                                   protocol*.c, packet.c,
 *                                                   ssh*.c       the bytes
 *                                                   missing.c, lost.c
 *                                                                what to ask
 *                                                   incoming.c, salvage.c
 *                                                 https.c      lost things by
 *                                                                https
 *                                                 remote_push.c, _connection.c,
 *                                                   _slice.c, certificates.c,
 *                                                   credentials.c  https
 *                                                 remote_refs.c  heads, plans
 *                                                 remote_lock.c  GITDIR's lock
 *
 * Invariants:
 *  1. Only code called from remote_work() may touch libgit2 or the network,
 *     and it runs in the child only.
 *  2. What the child says to the parent are frames of a remote_line; an error
 *     message in one has been made safe for a terminal.
 */
#ifndef TAWAM_REMOTE_INTERNAL_H
#define TAWAM_REMOTE_INTERNAL_H

#include <unistd.h>
#include <git2.h>
#include "sync/remote.h"

/* ---- where: remote_url.c ---- */
typedef enum remote_kind {
    REMOTE_PATH = 1, /* a folder or file:// */
    REMOTE_SSH = 2,  /* ssh:// or user@host:path */
    REMOTE_HTTP = 3  /* https://, and http:// to this computer only */
} remote_kind;

typedef struct remote_place {
    remote_kind kind;
    char *url;  /* as given */
    char *path; /* the folder here, or on the server; NULL for HTTP */
    char *host; /* NULL for a path; brackets of IPv6 removed */
    char *user; /* NULL when not named */
    char *port; /* NULL when not named; digits */
} remote_place;

/* What URL names. TAWAM_EUSAGE for an unknown scheme, an unencrypted one, or
 * a host, user or path that a program could take for an option. Zeroed OUT;
 * remote_place_clear() afterwards, also after a failure. */
int remote_place_parse(remote_place *out, const char *url);
void remote_place_clear(remote_place *place);

/* ---- what to do ---- */
typedef enum remote_task { REMOTE_LIST, REMOTE_FETCH, REMOTE_PUSH } remote_task;

typedef struct remote_job {
    remote_task task;
    remote_place place;
    const char *gitdir;   /* NULL for a list */
    const char *name;     /* the remote's, in refs/remotes/; NULL for a list */
    const char *wanted;   /* of a fetch or list; NULL: what a sync needs */
    const char *refspecs; /* of a push */
    const char *ssh_command;         /* words split at blanks */
    const char *ssh_socket;          /* of the shared session, or NULL */
    const char *ca_file, *ca_folder; /* from the environment, or NULL */
    int open; /* 1: a shared session was there before this try */
    int lost; /* 1: a fetch of what was lost (lost_internal.h) */
} remote_job;

/* What came back, in the parent. */
typedef struct remote_answer {
    char *refs;        /* NULL if it did not come that far */
    char *report;      /* likewise */
    sync_sent outcome; /* of a push; SYNC_UNKNOWN from the first byte sent */
    remote_traffic traffic;
    uint64_t opened, broke, kept; /* as in remote_state */
} remote_answer;
void remote_answer_clear(remote_answer *answer);

/* ---- the line from child to parent: remote_line.c ---- */
enum remote_frame {
    REMOTE_FRAME_PROGRESS = 'P', /* remote_state */
    REMOTE_FRAME_REFS = 'R',     /* text */
    REMOTE_FRAME_REPORT = 'L',   /* text */
    REMOTE_FRAME_OUTCOME = 'O',  /* one byte, a sync_sent */
    REMOTE_FRAME_END = 'E'       /* int32 code, message */
};
/* A frame: one byte of kind, four of length (this computer's order), and as
 * many bytes. Longer than this is an error of ours. */
#define REMOTE_FRAME_LIMIT (64u << 20)
#define REMOTE_WORDS_SIZE 200

/* The state shown to the user, sent whole. */
typedef struct remote_state {
    uint64_t done, total;         /* objects */
    uint64_t bytes_in, bytes_out; /* exact for SSH */
    uint64_t activity;            /* grows with anything that moved */
    uint64_t opened; /* bytes_in + bytes_out when this connection began */
    uint64_t broke;  /* bytes on the connection that broke, if another one was
                        made after it; else 0 */
    uint64_t kept;   /* grows with what a cut can't take away any more */
    int32_t stage;   /* sync_stage */
    int32_t waiting; /* 1: for a lock, not for the remote */
    int32_t no_ids;  /* as in remote_traffic */
    char words[REMOTE_WORDS_SIZE]; /* the remote's, safe */
} remote_state;

typedef struct remote_line {
    int fd;
    remote_state state;
    int64_t last_sent; /* monotonic ms of the last progress frame */
    int changed;       /* state differs from what was sent */
    buffer partial;    /* the remote's words up to their line's end */
} remote_line;

void remote_line_frame(remote_line *line, enum remote_frame kind,
                       const void *bytes, size_t length);
void remote_line_stage(remote_line *line, sync_stage stage);
void remote_line_moved(remote_line *line); /* numbers changed; throttled */
void remote_line_flush(remote_line *line); /* send now if changed */
/* Raw words of the remote (side band): the last whole line is kept, safe. */
void remote_line_words(remote_line *line, const char *text, size_t length);
void remote_line_outcome(remote_line *line, sync_sent outcome);

/* ---- parent: remote_child.c ---- */
/* Do JOB in a child. ANSWER is filled also on failure; its traffic, zero at
 * first, is added to. */
int remote_run(remote_answer *answer, const remote_job *job,
               const sync_options *options);

/* A test's own network: CALL does the jobs in place of a child (NULL: as
 * ever), with the same contract as remote_run(). */
typedef int remote_stand_in(remote_answer *answer, const remote_job *job);
void remote_stand_in_for_tests(remote_stand_in *call);

/* ---- child: remote_git.c ---- */
/* Everything, with the error set on failure. */
int remote_work(const remote_job *job, remote_line *line);
/* The error libgit2 left, as one of ours: "WHAT: its words". */
int remote_git_error(const char *what);

/* Add to the error of a link that broke that one file, SIZE bytes, is more than
 * it carries; its code. */
int remote_too_large(uint64_t size);

/* One ref to push. */
typedef struct remote_update {
    char *source, *destination;
    git_oid ours;
    git_oid theirs; /* what the remote shows; zero: nothing */
    int pushable;   /* 1: new or a fast-forward */
    int confirmed;  /* 1: there, as the remote's refs or its report say */
    git_oid step;   /* of a slice: how far this push goes; ours at last */
    int chosen;     /* 1: part of this push */
    int accepted;   /* 1: the report says that it went as far as step */
    char *reason;   /* of a refusal, safe; NULL */
} remote_update;
typedef struct remote_push_plan {
    remote_update *updates;
    size_t count, capacity;
    const struct remote_head *drops; /* refs to remove with it; borrowed */
    size_t drop_count;
} remote_push_plan;

/* ---- child: refs of the remote, remote_refs.c ---- */
typedef struct remote_head {
    git_oid id;
    char *name;   /* full: refs/heads/... */
    int withheld; /* 1: shown, but not all of it was given: not followed */
} remote_head;
typedef struct remote_heads {
    remote_head *list;
    size_t count, capacity;
    const char *wanted; /* lines as remote_fetch_some() has them; borrowed */
    int keep_ahead;     /* 1: also note the refs of remote_ahead_internal.h */
    remote_head *ahead;
    size_t ahead_count, ahead_capacity;
} remote_heads;
/* All that remote_ref_accepted() takes. */
#define REMOTE_WANT_ALL "refs/"
#define REMOTE_HEADS_LIMIT 100000

/* 1 if NAME is one we take: main, a device line, one of files/, a tag. */
int remote_ref_accepted(const char *name);
/* 1 if a line of WANTED (NULL: what a sync needs) names it or its folder. */
int remote_ref_wanted(const char *wanted, const char *name);
/* The next commit id that WANTED names; moves *wanted behind it. 0: no more. */
int remote_wanted_id(git_oid *id, const char **wanted);
/* All of them, in order; caller frees. WANTED may be NULL. */
int remote_wanted_ids(git_oid **ids, size_t *count, const char *wanted);
/* Add if accepted and wanted; TAWAM_OK also when ignored. */
int remote_heads_add(remote_heads *heads, const git_oid *id, const char *name);
const git_oid *remote_heads_find(const remote_heads *heads, const char *name);
void remote_heads_clear(remote_heads *heads);
/* "ID REFNAME\n" a head, sent to the parent. */
int remote_heads_send(const remote_heads *heads, remote_line *line);
/* Make refs/remotes/NAME/ show HEADS: moved by force, pruned; tags are only
 * added; what no ref would lead to any more is kept. A head whose object is not
 * here is left as it was. TAWAM_EREFUSED, with nothing changed: their main and
 * ours, both here, have nothing in common: another territory. */
int remote_heads_track(git_repository *repository, const char *name,
                       const remote_heads *heads);
/* 1 if CODE tells of this machine: memory, a full disk, one that does not read.
 * An object that libgit2 finds absent, or not what its id says, does not: its
 * last words are looked at, so clear them before what may fail. */
int remote_error_is_ours(int code);
/* The error of a head that the remote shows but can't give, made of the one
 * set: TAWAM_EDAMAGED, or CODE where it is ours. */
int remote_head_unreadable(int code, const char *name);
/* 1 if refs/remotes/NAME/ has anything: the place was met before. */
int remote_heads_known(git_repository *repository, const char *name);

/* ---- lines a remote had and has no more: remote_kept.c ---- */
/* What refs/remotes/NAME/ has and HEADS have not, and no other ref leads to,
 * gets a ref below REMOTE_KEPT. Before anything moves. */
int remote_keep_lost(git_repository *repository, const char *name,
                     const remote_heads *heads);
/* Those refs go that are not needed any more. */
int remote_drop_kept(git_repository *repository);

/* The plan of a push: parse REFSPECS, find our ids. */
int remote_plan_make(remote_push_plan *plan, git_repository *repository,
                     const char *refspecs);
void remote_plan_clear(remote_push_plan *plan);
/* Compare with what the remote shows: sets theirs, pushable, confirmed,
 * reason; *PUSHABLE: how many are. Fails where our own log can't be looked
 * into: that is no refusal of the remote's. */
int remote_plan_compare(size_t *pushable, remote_push_plan *plan,
                        git_repository *repository, const remote_heads *heads);
/* After a push: which of them the remote's refs now show. */
int remote_plan_confirm(remote_push_plan *plan, git_repository *repository,
                        const remote_heads *heads);
int remote_update_refuse(remote_update *update, const char *reason);
/* Why: STATUS as the report gives it, WORDS the last of the side band, both
 * of the remote, with what that means and who can help. Not made safe; NULL
 * without memory; caller frees. */
char *remote_refusal(const char *status, const char *words);
/* 1 if the remote refused something because another pusher was at it. */
int remote_plan_was_locked(const remote_push_plan *plan);
/* Send report and outcome. Only what was read back is called sent. */
int remote_plan_send(const remote_push_plan *plan, remote_line *line);

/* ---- child: a folder, remote_path.c ---- */
int remote_path_list(const remote_job *job, remote_line *line);
int remote_path_fetch(const remote_job *job, git_repository *local,
                      remote_line *line);
int remote_path_push(const remote_job *job, git_repository *local,
                     remote_line *line);

/* ---- slices for a link that drops: remote_slice.c ---- */
#define REMOTE_SLICE_PREFIX "refs/tawam/slice-"
/* How many commits of a line go at a time; 0: all at once. */
int remote_slice_step(const char *gitdir);
/* Remember that a transfer got through, or was cut. */
void remote_slice_mark(const char *gitdir, int got_through);
/* A ref of ours for the next STEP commits of UPDATE, the NUMBERth of a plan;
 * NULL when the rest fits in one step (or it cannot be told). Caller frees. */
char *remote_slice_source(git_repository *repository,
                          const remote_update *update, size_t number, int step);
void remote_slice_clear(git_repository *repository); /* those refs */

/* ---- child: read back from the medium, remote_stick.c ---- */
/* Names of the packs in GITDIR, each between newlines. Caller frees *OUT. */
int remote_stick_packs(char **out, const char *gitdir);
/* Read from the medium what a push of PLAN wrote: packs that BEFORE does not
 * name, their indexes; refs are forgotten, to be read anew. TAWAM_EDAMAGED: it
 * reads otherwise than it was written. */
int remote_stick_reread(const char *gitdir, const char *before,
                        const remote_push_plan *plan);
/* Flush the file system of PATH, a folder. */
int remote_stick_flush(const char *path);
/* Where packs in THEIRS are many, the smaller ones become one, which is read
 * back from the medium before they go. What can't be done for want of room, or
 * for older damage, is left. */
int remote_stick_consolidate(git_repository *theirs, remote_line *line);

/* ---- child: is there a repository, remote_folder.c ---- */
/* The repository at exactly PATH, its objects guarded (log_loose.c), since a
 * stick may be damaged. TAWAM_ENOTFOUND, without a message: none is there. */
int remote_folder_open_at(git_repository **out, const char *path);
/* The repository at the job's path. *out stays NULL, without an error, where
 * one could be made: an empty folder that LOCAL (may be NULL) never met. */
int remote_folder_open(git_repository **out, const remote_job *job,
                       git_repository *local);
/* For a push: the repository, made where there is none yet. */
int remote_folder_open_or_make(git_repository **out, const remote_job *job,
                               git_repository *local, remote_line *line);
/* CODE is of a write to the folder PATH, and is returned. Its error, git's or
 * the system's words, becomes one that says what the matter is and what to do,
 * where it is full, can't be written or is gone. */
int remote_folder_words(int code, const char *path);

/* ---- child: SSH, remote_ssh.c and remote_ssh_push.c ---- */
int remote_ssh_list(const remote_job *job, remote_line *line);
int remote_ssh_fetch(const remote_job *job, git_repository *local,
                     remote_line *line);
int remote_ssh_push(const remote_job *job, git_repository *local,
                    remote_line *line);

/* ---- child: HTTPS, remote_push.c ---- */
int remote_http_push(const remote_job *job, git_repository *local,
                     remote_line *line);

/* ---- child: locks, remote_lock.c ---- */
/* Take GITDIR/tawam.lock (waiting 10 s at most, then TAWAM_EBUSY) and clear
 * what a dead transfer left under it. */
int remote_lock_gitdir(file_lock **out, const char *gitdir, remote_line *line);
/* The same for a bare repository that several devices push to. The journal
 * file names the refs about to be locked, so that the next one knows which
 * lock files are a dead tawam's and not a living git's. */
int remote_lock_folder(file_lock **out, const char *gitdir, remote_line *line);
int remote_journal_write(const char *gitdir, const remote_push_plan *plan);
void remote_journal_remove(const char *gitdir);

#endif
