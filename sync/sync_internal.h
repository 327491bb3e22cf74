/* SPDX-License-Identifier: MIT */
/* What the files of sync/ above log and merge share. */
#ifndef TAWAM_SYNC_INTERNAL_H
#define TAWAM_SYNC_INTERNAL_H

#include "sync/merge_internal.h"
#include "sync/teeth_internal.h"

struct sync_desk {
    twin *t; /* borrowed */
    gitlog *log;
    merge *m;
    char device[48];
    char *author_name, *author_mail;
    int unmoved; /* 1: a head was recorded whose ref is still to be moved */
};

#define DEVICE_REFS "refs/heads/device/"
#define MAIN_REF "refs/heads/main"

/* A desk over T and LOG, which is its own from then on (also when it fails).
 * Nothing is recovered. */
int sync_wrap(sync_desk **out, twin *t, gitlog *log);

/* "refs/heads/device/NAME" of our own line. */
void sync_own_ref(char out[80], const sync_desk *s);
/* Our line's last commit as the replica knows it; "" before the first. */
int sync_head(char id[SYNC_ID_SIZE], sync_desk *s);
int sync_set_head(sync_desk *s, const char *id);

/* Identity as stored now: another process may have changed it. */
int sync_refresh_who(sync_desk *s);

/* Record what is pending inside the caller's transaction; sync_move_ref()
 * after its commit moves the ref to the replica's head, never backwards (in a
 * transaction it does nothing, and the next call does it). (sync_record does
 * both.) */
int sync_record_inside(char id[SYNC_ID_SIZE], changeset_counts *counts,
                       sync_desk *s, const char *message);
int sync_move_ref(sync_desk *s);

/* 1 if some ref matches GLOB. */
int sync_any_ref(sync_desk *s, const char *glob);
/* Our line becomes NAME-2 (or the next free); the old name's ref goes to
 * OTHER_HEAD unless NULL. Nothing is rewritten. */
int sync_fork(sync_desk *s, const char *other_head);
/* Our line stands at OTHER elsewhere (in log.git, on a remote): whichever
 * contains the other wins; if neither does, sync_fork. */
int sync_reconcile_line(sync_desk *s, const char *other);

struct remote_options; /* remote.h */

/* The id of REF in "ID REF\n" lines, or "" when it is not there. */
void sync_listed_ref(char id[SYNC_ID_SIZE], const char *refs, const char *ref);
/* 1 if a line of REFS leads to commit ID, or may, objects of it missing here;
 * 0 if none does, <0 error. */
int sync_shown(sync_desk *s, const char *refs, const char *id);
/* What REFS show that REMOTE lacks is sent; r->head is where ours stands, and
 * r->sent tells what became of it. As remote_push(). */
int sync_send(sync_result *r, sync_desk *s, const char *remote, const char *url,
              const char *refs, const struct remote_options *options);

/* Commits wait for objects that the remote's REFS ("ID REF" lines) lead to:
 * these are asked for, by themselves where the remote lets one (waiting.c), and
 * taken. *TAKEN objects; 0 also where this was tried in vain already. */
int sync_ask_again(int64_t *taken, sync_result *r, sync_desk *s,
                   const char *remote, const char *url, const char *refs,
                   const struct remote_options *wire);

/* The commit of main that calls itself NAME. TAWAM_ENOTFOUND, without a
 * message; TAWAM_ENO if several do. */
int sync_resolve_version(char id[SYNC_ID_SIZE], sync_desk *s, const char *name);
/* What a name (no id, no date) stands for: a tag, branch, version or device.
 * TAWAM_ENOTFOUND without a message. */
int sync_resolve_name(char id[SYNC_ID_SIZE], sync_desk *s, const char *name);
/* THEIRS is another commit of main than ours is at: ours moves on to it if it
 * holds ours, stays if it is held by ours, and else both are joined: ID gets
 * the commit that does it, "" otherwise. What is not applied here is left for
 * the next time. */
int sync_join_main(char id[SYNC_ID_SIZE], sync_desk *s, const char *theirs);

/* Parents of our line's next commit: OWN, its last one ("" before the first),
 * then heads that hold whatever touched the rows now pending, and some more
 * (parents.c). Inside the record's transaction; caller frees *out. */
int sync_choose_parents(char (**out)[SYNC_ID_SIZE], size_t *count, sync_desk *s,
                        const char *own);
/* The dictionary to write a commit with that has SEEN those: of the newest
 * main among them, so that whoever has the commit's ancestors can read it.
 * NULL where that has none. Borrowed, until another is asked for. */
int sync_dictionary_for(const changeset_dictionary **out, sync_desk *s,
                        const vector *seen);

/* How many commits that were refused as of a newer format this program reads:
 * the replica is to be made anew (repair.h), since their descendants were
 * applied without them. */
int sync_readable_again(int64_t *count, sync_desk *s);

/* A version: what it has seen, and its newest commits. */
typedef struct version {
    vector seen;
} version;
int version_resolve(version *out, sync_desk *s, const char *text);
void version_clear(version *v);

/* Replay into a new scratch what VERSION has seen (minus commit EXCEPT unless
 * 0), restricted to FILTER's rows unless NULL. */
int replay_version(twin **out, merge **with, sync_desk *s, const vector *seen,
                   int64_t except, const row_filter *filter);

/* The same on top of a copy of BASE, which holds what DONE has seen of the
 * same rows. FILTER is needed then. */
int replay_from(twin **out, merge **with, sync_desk *s, twin *base,
                const vector *done, const vector *seen, int64_t except,
                const row_filter *filter);

/* Commits that V has seen and OTHER has not, in no order: CALL(number, id). */
int version_beyond(sync_desk *s, const vector *v, const vector *other,
                   int (*call)(void *context, int64_t number, const char *id),
                   void *context);
/* Commits by number that V has seen, in order: CALL(number, id). */
int version_each(sync_desk *s, const vector *seen,
                 int (*call)(void *context, int64_t number, const char *id),
                 void *context);

/* Rows of a commit's changeset to CALL, decoded. */
int sync_load_changes(changeset **out, sync_desk *s, const char *id);

/* Compare the layers whose capture was broken with the recorded state and note
 * the differences as pending. Inside a transaction. */
int sync_compare_drift(sync_desk *s);

/* TAWAM_OK if every table of T but the layers has the columns it was made
 * with; TAWAM_EDAMAGED names the first that hasn't. */
int repair_check_tables(twin *t);

/* 1 and in *OUT the first layer of which another program may have changed rows
 * that nothing notes, 0 none, <0 error. */
int uncaptured_layer(const twin_layer **out, twin *t);
/* Take up what it wrote, as the next record would: its changes are pending
 * afterwards. 1 done, 0 not, since a layer has no table any more (a record
 * would note all its rows as deleted), <0 error. */
int uncaptured_take(sync_desk *s);

/* sync_state_hash's work, over any replica with its merge. */
int state_hash(char hex[DIGEST_HEX_SIZE], twin *t, merge *m);

/* The merge's tables in HERE against those of a replay in the order in which
 * HERE applied its commits; TAWAM_EDAMAGED names the first difference. */
int compare_merge_tables(twin *here, twin *replayed);

/* A sync_commit made from a commit of the log; borrows from it. */
void sync_commit_from(sync_commit *out, const gitlog_commit *commit, int state,
                      const char *reason);

#endif
