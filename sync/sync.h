/* SPDX-License-Identifier: MIT */
/* sync: the history of a territory and how replicas meet. Owns DIR/log.git
 * and the replica's tables tawam_commit, tawam_row, tawam_cell, tawam_delete,
 * tawam_touch, tawam_conflict (merge_internal.h says what each holds).
 *
 * Invariants (DESIGN §4):
 *  1. The state (layers, columns, rows, open conflicts) is a function of the
 *     set of accepted commits, whatever order they came in.
 *  2. Order of a record: objects written and flushed; one SQLite transaction
 *     (pending cleared, head, watermark); then the ref. The head in the
 *     replica is the truth.
 *  3. An edit never claims to have seen what it had not: what is pending is
 *     recorded, under the heads applied so far, before anything is applied.
 *  4. A ref of the log is only ever moved forward, and only our own line is
 *     written by us.
 */
#ifndef TAWAM_SYNC_H
#define TAWAM_SYNC_H

#include "base/base.h"
#include "twin/twin.h"
#include "sync/changeset.h"

#define SYNC_LOG_FOLDER "log.git"
#define SYNC_ID_SIZE 41 /* a commit id in hex + NUL */

/* A desk: one replica with its log. (Not `sync`: unistd.h has that name.) */
typedef struct sync_desk sync_desk;

/* libgit2 as this program sets it up, once. All here do it; a caller that uses
 * libgit2 itself does it first. */
int sync_start_git(void);

/* ---- the log ---- */
typedef struct sync_identity {
    const char *device;      /* "laptop-3": letters, digits, . _ - ; 1 to 40 */
    const char *author_name; /* "Amina Berrada" */
    const char *author_mail; /* may be "" */
} sync_identity;

/* 1 if NAME can be a device's name. */
int sync_device_name_valid(const char *name);

/* Make DIR/log.git beside a new replica T and remember WHO in its settings
 * (device, author_name, author_mail). */
int sync_create(sync_desk **out, twin *t, const sync_identity *who);
/* Open the log beside T; recovers what a crash left (a ref behind the
 * replica's head is moved; a ref ahead of it is applied; locks of dead
 * processes are removed). T stays the caller's. */
int sync_open(sync_desk **out, twin *t);
void sync_free(sync_desk *s);
twin *sync_twin(sync_desk *s);
/* Present identity; strings borrowed. set: checks, stores. */
void sync_who(sync_identity *out, sync_desk *s);
int sync_set_who(sync_desk *s, const sync_identity *who);

/* The published branch `main`: made by init with the territory's settings.
 * Writes FILES (path, bytes) as one commit on top of main; fails with
 * TAWAM_ENO if main moved. */
typedef struct sync_file {
    const char *path; /* "territory.conf" */
    const void *bytes;
    size_t length;
} sync_file;
int sync_write_main(sync_desk *s, const sync_file *files, size_t count,
                    const char *message);
/* ---- publishing ----
 * A version of the central dataset is a commit of main. Its parents are main's
 * commit before and the heads accepted into it; its name, if it has one, is
 * the trailer `Version: NAME` of its message (FORMAT.md says why no tag). */
#define SYNC_VERSION_MAX 60 /* bytes of a version's name */
/* 1 if NAME can be a version's: what git takes for a tag, and neither the
 * beginning of a commit id, a date, HEAD nor main. */
int sync_version_name_valid(const char *name);

typedef struct sync_publication {
    const char *version;    /* its name, or NULL */
    const char *message;    /* what is new, for a person; NULL: made */
    const sync_file *files; /* to put into main; may be unchanged */
    size_t file_count;
} sync_publication;
typedef struct sync_published {
    char id[SYNC_ID_SIZE]; /* of the new commit of main; "": nothing was new */
    int64_t commits, devices; /* accepted since main's commit before */
    int64_t heads;            /* its parents besides that one */
    int already;              /* 1: it was there, under that name */
} sync_published;
/* Make everything applied here main's next version. What is pending is not
 * recorded first (work_publish does that). A name that a version, a tag or a
 * device has is TAWAM_ENO, and so is main having moved meanwhile: then the
 * same call does it on top of the new one. Where main is that version already
 * and nothing is new, that is the answer. */
int sync_publish(sync_published *out, sync_desk *s, const sync_publication *p);
/* The same, told and not done. */
int sync_publish_preview(sync_published *out, sync_desk *s);

/* What a new dictionary would save, told by writing the newest changesets with
 * it and with main's present one; the older ones it is made from. */
typedef struct sync_training {
    char id[17];   /* of a better one, 16 hex digits; "": the present stays */
    size_t length; /* its bytes, sent once to every replica */
    int64_t tried; /* commits written both ways; 0: too few to tell */
    int64_t before, after; /* their bytes now and with it */
} sync_training;
/* BYTES gets the file that main is to hold as SYNC_DICTIONARY_FOLDER/ID, if a
 * better one was found: one that saves a twentieth and, in as many commits as
 * were looked at, what it costs itself; EAGER: one that saves anything. */
int sync_train(sync_training *out, buffer *bytes, sync_desk *s, int eager);
#define SYNC_DICTIONARY_FOLDER "dictionary"
/* The id and a newline. */
#define SYNC_DICTIONARY_CURRENT "dictionary/current"
/* The changeset in BYTES, read with the dictionary that the repository at PATH
 * has for it (any of the territory: log.git, HQ's). */
int sync_read_changes(changeset **out, const void *bytes, size_t length,
                      const char *path);
/* A file of main as of now; TAWAM_ENOTFOUND without a message. */
int sync_read_main(buffer *out, sync_desk *s, const char *path);
/* Every file of main below FOLDER, sorted as git does: its path from there and
 * an id that changes when its bytes do. Non-zero from CALL stops and is
 * returned. Nothing is there: no call. */
int sync_list_main(sync_desk *s, const char *folder,
                   int (*call)(void *context, const char *path, const char *id),
                   void *context);
/* ---- HQ's repository ---- */
typedef struct sync_hq_setting {
    const char *name;  /* of git's configuration, or a file in the repository */
    const char *value; /* NULL: it is left as it is, and `why` says so */
    const char *why;   /* in plain words, translated */
} sync_hq_setting;
/* BEFORE: what it was; "" not there. Non-zero stops. */
typedef int (*sync_hq_call)(void *context, const sync_hq_setting *setting,
                            const char *before);
/* Give the bare repository at PATH all that helps bad links and power cuts on
 * a plain git server, and tell of each. A repeat changes nothing.
 * TAWAM_EENVIRONMENT: no bare repository is there, or it can't be written. */
int sync_hq_configure(const char *path, sync_hq_call call, void *context);
/* The same as a shell script that makes PATH where it is not there, for a
 * server that one reaches by ssh only. */
void sync_hq_script(buffer *out, const char *path);
/* What PLACE (a path, user@host:path, ssh://…) names: the folder, and in HOST
 * the words after "ssh" that lead to it, NULL for a path here. Caller frees
 * both. TAWAM_EUSAGE for https. */
int sync_hq_place(char **path, char **host, const char *place);
/* Make PATH such a repository, HEAD main. TAWAM_EENVIRONMENT if something is
 * there. */
int sync_create_bare(const char *path);

/* ---- recording ---- */
/* Record what is pending as one commit (several when it is large: 200,000
 * cells each). MESSAGE NULL: a summary is made. ID gets the last commit; ""
 * when nothing was pending. COUNTS (may be NULL) over all. */
int sync_record(char id[SYNC_ID_SIZE], changeset_counts *counts, sync_desk *s,
                const char *message);

/* ---- meeting ---- */
typedef enum sync_stage {
    SYNC_CONNECTING = 1,
    SYNC_FETCHING = 2,
    SYNC_MERGING = 3,
    SYNC_PUSHING = 4,
    SYNC_CHECKING = 5,      /* reading back the remote's refs */
    SYNC_WAITING = 6,       /* the link broke: the next try comes in wait_ms */
    SYNC_FILES_SENDING = 7, /* attachments, after the data: files.h */
    SYNC_FILES_RECEIVING = 8
} sync_stage;

typedef struct sync_progress {
    sync_stage stage;
    uint64_t done, total; /* objects, commits while merging, bytes of files
                             while these move; total 0: ? */
    uint64_t bytes_in, bytes_out; /* on the wire so far, this sync */
    double rate;                  /* bytes a second, lately */
    const char *text;   /* the remote's words, safe, or ""; waiting: why */
    int64_t wait_ms;    /* while waiting: until the next try */
    int retry, retries; /* while waiting: which try of how many it will be */
} sync_progress;
/* Called several times a second, also while waiting. Non-zero: stop. */
typedef int (*sync_progress_call)(void *context, const sync_progress *p);

typedef struct sync_options {
    sync_progress_call progress; /* may be NULL */
    void *context;
    int64_t stall_ms; /* give up after so long without a byte; 0: 60,000 */
    int wake_fd;      /* > 0: poll this too and call progress when readable */
    int retries;      /* tries after a link that broke, counted anew whenever
                         one got something through; 0: none. A remote that
                         was never reached is not tried again */
    int64_t retry_ms; /* wait before the first, doubled for each further one
                         up to a minute, give or take half; 0: 1,000 */
} sync_options;

typedef enum sync_sent {
    SYNC_NOTHING_TO_SEND = 0,
    SYNC_SENT = 1,    /* the remote's refs show our commit */
    SYNC_REFUSED = 2, /* the remote said no: `why` */
    SYNC_UNKNOWN = 3, /* the reply was lost; a repeat is harmless */
    SYNC_NOT_SENT = 4 /* it failed before anything left */
} sync_sent;

typedef struct sync_result {
    char recorded[SYNC_ID_SIZE]; /* "" when nothing was pending */
    changeset_counts recorded_counts;
    int64_t commits_received, commits_applied, commits_waiting,
        commits_refused; /* by this sync */
    int64_t commits_sent;
    int64_t lines_sent; /* of other devices */
    int moved_back;     /* 1: the remote has less than it once had */
    changeset_counts applied_counts;
    sync_sent sent;
    char head[SYNC_ID_SIZE];
    uint64_t bytes_in, bytes_out;
    int64_t conflicts_new, conflicts_open;
    char renamed_to[48];       /* our new device name after a fork, else "" */
    char joined[SYNC_ID_SIZE]; /* main's commit that joins two, else "" */
    char *why;         /* refusal in the remote's words (safe), or NULL */
    int read_back;     /* 1: sent to a folder, and read again from its
                          medium: a stick can be taken out */
    char *forms;       /* what became of main's forms, a sentence a line,
                          or NULL: work/forms.h fills it */
    char *left_out;    /* a line that the remote shows but can't give, and
                          why (safe), or NULL; the sync then fails with */
    int left_out_code; /* TAWAM_EDAMAGED, or TAWAM_EENVIRONMENT where its
                          disk did not read */
} sync_result;
void sync_result_clear(sync_result *r);

/* record -> fetch -> merge -> push -> check. URL: a path, ssh://, user@host:p,
 * https://. REMOTE is the name the fetched refs are kept under. Each step is
 * durable by itself; a repeat goes on. Errors: TAWAM_EUNREACHABLE, EREFUSED,
 * ECANCELLED; RESULT holds what was done before. */
int sync_run(sync_result *result, sync_desk *s, const char *remote,
             const char *url, const sync_options *options);
/* First contact of a clone: fetch everything, apply it. T must be new. */
int sync_clone(sync_result *result, sync_desk *s, const char *remote,
               const char *url, const sync_options *options);
/* Names of device lines the remote shows, and whether main exists (before a
 * clone chooses its name). Names in *names: one a line. */
int sync_peek(char **names, int *has_main, const char *url,
              const sync_options *options);
/* Apply whatever is in log.git but not in the replica. */
int sync_merge(sync_result *result, sync_desk *s, const sync_options *options);

/* ---- reading the history ---- */
typedef struct sync_commit {
    char id[SYNC_ID_SIZE];
    const char *device; /* "" for a commit of main */
    int64_t sequence;
    const char *author; /* Name <mail>, raw: print through text_safe */
    int64_t time;       /* author's clock, ms */
    int64_t logical;    /* committer's seconds: the order among concurrent */
    int zone_minutes;
    const char *message; /* whole, raw */
    const char *summary; /* first line, raw */
    int published;       /* 1: a commit of main */
    const char *version; /* its name as one of main, or "" */
    int state;           /* 1 applied, 2 refused, 3 waiting */
    const char *reason;  /* why refused, or "" */
    changeset_counts counts;
} sync_commit;

/* Newest first; non-zero from CALL stops (and is returned if negative). */
int sync_log(sync_desk *s,
             int (*call)(void *context, const sync_commit *commit),
             void *context);
/* The same without the SKIP newest, for a screen that reads in portions. */
int sync_log_from(sync_desk *s, size_t skip,
                  int (*call)(void *context, const sync_commit *commit),
                  void *context);
/* The commits of main alone, newest first. */
int sync_versions(sync_desk *s,
                  int (*call)(void *context, const sync_commit *commit),
                  void *context);
/* Each device of which commits are applied here, by name: how many, and the
 * author's clock (ms) of the latest. Non-zero from CALL stops. */
int sync_devices(sync_desk *s,
                 int (*call)(void *context, const char *device, int64_t commits,
                             int64_t latest),
                 void *context);
/* VERSION text, wherever one is taken below: a commit id or its start (4
 * digits or more, unique), a version's name, a tag, main, a device's name, a
 * date (everything known by then), or HEAD (all that is recorded or merged
 * here). A version is a set of commits closed under ancestors: for HEAD and a
 * date it may have several newest ones. Pass the person's text on as it is;
 * sync_resolve is for commands that need one commit (then HEAD is our own
 * line's last one, a date the newest commit by then). TAWAM_ENOTFOUND names the
 * nearest. */
int sync_resolve(char id[SYNC_ID_SIZE], sync_desk *s, const char *version);
int sync_read_commit(sync_desk *s, const char *id,
                     int (*call)(void *context, const sync_commit *commit),
                     void *context);

/* One changed row with its cells before and after. */
typedef struct sync_change_cell {
    const char *column;
    twin_type type;
    int has_before, has_after; /* 0: there was no row */
    twin_value before, after;
} sync_change_cell;
typedef struct sync_change {
    const char *layer;
    int64_t fid;
    changeset_operation operation;
    const sync_change_cell *cells;
    size_t cell_count;
    const sync_commit *commit; /* in a history: whose change; else NULL */
} sync_change;
typedef int (*sync_change_call)(void *context, const sync_change *change);

int sync_show(sync_desk *s, const char *id, sync_change_call call,
              void *context);
/* From version A to version B, by row and cell, ordered by layer, fid. */
int sync_diff(sync_desk *s, const char *a, const char *b, sync_change_call call,
              void *context);
/* Oldest first; each change with its commit. */
int sync_history(sync_desk *s, const twin_layer *layer, int64_t fid,
                 sync_change_call call, void *context);
/* The whole state at VERSION in a scratch replica the caller closes. */
int sync_checkout(twin **out, sync_desk *s, const char *version);
/* What still stands of commit ID becomes undone as pending edits, which are
 * then recorded; *kept gets the number of cells and rows that were changed
 * since and so stay, each reported to CALL (may be NULL). */
int sync_revert(char new_id[SYNC_ID_SIZE], int64_t *kept, sync_desk *s,
                const char *id, sync_change_call call, void *context);

/* ---- conflicts ---- */
typedef struct sync_conflict_value {
    int is_delete;    /* the row's deletion, against its edit */
    twin_value value; /* of a cell; for a row edit: NULL kind */
    const char *author, *device;
    int64_t time;
    char commit[SYNC_ID_SIZE];
} sync_conflict_value;
typedef enum sync_conflict_kind {
    SYNC_CONFLICT_VALUES = 1,    /* two answers in one cell */
    SYNC_CONFLICT_DELETE = 2,    /* deleted there, edited here */
    SYNC_CONFLICT_REFERENCE = 3, /* broken reference: listed, harmless */
    SYNC_CONFLICT_DOUBLE = 4     /* two rows with one uuid */
} sync_conflict_kind;
typedef struct sync_conflict {
    char id[17]; /* hex; the same on every replica */
    sync_conflict_kind kind;
    const twin_layer *layer;
    int64_t fid;
    const twin_column *column;         /* NULL for a whole row */
    const sync_conflict_value *values; /* the shown one first */
    size_t value_count;
} sync_conflict;
int sync_conflicts(sync_desk *s,
                   int (*call)(void *context, const sync_conflict *conflict),
                   void *context);
int64_t sync_conflict_count(sync_desk *s); /* or an error's code, < 0 */
/* Settle: take the Nth value listed (1 = the shown one), give another value,
 * keep or delete the row. Becomes pending, recorded at the next sync; the
 * conflict is listed no more at once. */
int sync_settle_take(sync_desk *s, const char *id, size_t nth);
int sync_settle_value(sync_desk *s, const char *id, const twin_value *value);
int sync_settle_row(sync_desk *s, const char *id, int keep);

/* ---- verification ---- */
/* SHA-256 over layers, columns, types, rows and open conflicts of the recorded
 * state (pending edits left out). FORMAT.md specifies it. */
int sync_state_hash(char hex[DIGEST_HEX_SIZE], sync_desk *s);
typedef struct sync_verification {
    char hash[DIGEST_HEX_SIZE];     /* of the replica */
    char replayed[DIGEST_HEX_SIZE]; /* of the log, replayed into an empty one */
    int64_t commits, refused, objects;
} sync_verification;
/* Replays, compares, checks the GeoPackage and every git object and its hash.
 * TAWAM_EDAMAGED names what is wrong. TAWAM_ENO where that can't be said before
 * a record: another program changed a layer, and nothing noted what. CALL gets
 * each refused commit. */
int sync_verify(sync_verification *out, sync_desk *s,
                const sync_options *options,
                int (*call)(void *context, const sync_commit *refused),
                void *context);

/* Counts for the home screen. */
typedef struct sync_status {
    twin_pending_counts pending;
    int64_t commits_unsent; /* of our line, beyond what a remote showed last */
    int64_t last_sync;      /* ms of the last complete one, 0 never */
    char last_remote[256];
    char head[SYNC_ID_SIZE];
    int64_t commits, waiting, refused, conflicts;
    int64_t readable_again; /* refused by an older program, readable now */
} sync_status;
int sync_get_status(sync_status *out, sync_desk *s);

#endif
