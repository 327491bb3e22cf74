/* SPDX-License-Identifier: MIT */
/* gitlog: log.git, the bare repository that holds a territory's history.
 * Knows commits, refs and objects; nothing of rows. Ids are 40 hex digits.
 *
 * Invariants:
 *  1. Every object and ref is fsynced before a function that wrote it returns.
 *  2. A commit of a device has one file, changes.zst, or a folder of that name
 *     with its pieces; a commit of main has the published files and neither.
 *  3. What is read back was hashed again by libgit2 and matches its name.
 */
#ifndef TAWAM_LOG_INTERNAL_H
#define TAWAM_LOG_INTERNAL_H

#include "base/base.h"
#include "sync/sync.h"

typedef struct gitlog gitlog;

/* libgit2 set up once for the process: fsync, strict hashes. */
int gitlog_initialise(void);
int gitlog_create(gitlog **out, const char *path); /* bare, HEAD main */
int gitlog_open(gitlog **out, const char *path);
void gitlog_free(gitlog *log);
const char *gitlog_path(const gitlog *log);

#define GITLOG_PARENTS_MAX 4096

typedef struct gitlog_commit {
    char id[SYNC_ID_SIZE];
    char (*parents)[SYNC_ID_SIZE];
    size_t parent_count;
    char *device;     /* "" for a commit of main */
    int64_t sequence; /* 0 for a commit of main */
    char *author;     /* "Name <mail>" as written */
    int64_t time;     /* author's clock, ms */
    int zone_minutes;
    int64_t logical; /* committer's seconds */
    char *message;
    changeset_counts counts; /* as the trailer says */
    int published;
    char *version; /* the name main's commit gives itself; "" none */
} gitlog_commit;

/* TAWAM_ENOTFOUND when the object is missing, TAWAM_EDAMAGED when it is not
 * what it says. Caller frees. */
int gitlog_read(gitlog_commit **out, gitlog *log, const char *id);
void gitlog_commit_free(gitlog_commit *commit);
/* The one entry of the tree of a device's commit. */
#define GITLOG_CHANGES "changes.zst"
/* A changes.zst is at most so long; of a longer one, so long are the pieces. */
#define GITLOG_PIECE ((size_t)16384)
/* Bytes of changes.zst of a device's commit, appended; at most LIMIT. */
int gitlog_changes(buffer *out, gitlog *log, const char *id, size_t limit);
/* The same, read, with the dictionary it needs. TAWAM_ENOTFOUND if that or the
 * commit is not there. */
int gitlog_load(changeset **out, gitlog *log, const char *id);
/* The same of bytes that need not be LOG's own. */
int gitlog_decode(changeset **out, gitlog *log, const void *bytes,
                  size_t length);
/* The dictionary with ID out of LOG's blobs, borrowed until others are asked
 * for or LOG is freed. TAWAM_ENOTFOUND (no message), TAWAM_EDAMAGED. */
int gitlog_dictionary(const changeset_dictionary **out, gitlog *log,
                      uint64_t id);
/* The one that COMMIT of main names in dictionary/current and holds as
 * dictionary/ID. TAWAM_ENOTFOUND, without a message, where there is none or it
 * is not what it says. */
#define GITLOG_DICTIONARY_FOLDER "dictionary/"
#define GITLOG_CURRENT GITLOG_DICTIONARY_FOLDER "current"
int gitlog_main_dictionary(const changeset_dictionary **out, gitlog *log,
                           const char *commit);

typedef struct gitlog_new {
    const char *author_name, *author_mail;
    int64_t time; /* ms */
    int zone_minutes;
    int64_t logical; /* seconds */
    const char *message;
    const char *const *parents;
    size_t parent_count;
} gitlog_new;
/* Write blobs, tree and commit with changes.zst = BYTES. Moves no ref. */
int gitlog_write_changes(char id[SYNC_ID_SIZE], gitlog *log, const void *bytes,
                         size_t length, const gitlog_new *commit);
/* From here on objects are only kept, until _write() puts them on disk, durable
 * before it returns: many as one pack. _drop() forgets what was not written and
 * ends the batch; it follows in any case. _bytes(): what is kept. */
void gitlog_batch_begin(gitlog *log);
size_t gitlog_batch_bytes(const gitlog *log);
int gitlog_batch_write(gitlog *log);
void gitlog_batch_drop(gitlog *log);
/* Write a commit whose tree is BASE's (NULL: empty) with FILES put in. */
int gitlog_write_files(char id[SYNC_ID_SIZE], gitlog *log, const char *base,
                       const sync_file *files, size_t count,
                       const gitlog_new *commit);
int gitlog_read_file(buffer *out, gitlog *log, const char *id,
                     const char *path);
/* The same of at most LIMIT bytes; more is TAWAM_EDAMAGED, and not read. */
int gitlog_read_small_file(buffer *out, gitlog *log, const char *id,
                           const char *path, size_t limit);
/* Every file below FOLDER of the commit's tree: its path from there and its
 * blob's id. Non-zero from CALL stops and is returned. TAWAM_ENOTFOUND without
 * a message. */
int gitlog_list_files(gitlog *log, const char *id, const char *folder,
                      int (*call)(void *context, const char *path,
                                  const char *blob),
                      void *context);
/* The id of its blob. TAWAM_ENOTFOUND without a message. */
int gitlog_file_id(char blob[SYNC_ID_SIZE], gitlog *log, const char *id,
                   const char *path);
/* Write the commit that joins EARLIER and LATER, two commits of main neither
 * of which has seen the other: its tree has what either changed since they
 * parted. Where both changed a file, the lines of .conf and .csv files are
 * merged, and both kept where they contradict (LATER's last, which counts);
 * of any other file LATER's is taken. The same two give the same tree. */
int gitlog_write_join(char id[SYNC_ID_SIZE], gitlog *log, const char *earlier,
                      const char *later, const gitlog_new *commit);

/* Refs by full name. _ref, _peel: TAWAM_ENOTFOUND without a message; any other
 * code says that it isn't known whether there is such a ref. */
int gitlog_ref(char id[SYNC_ID_SIZE], gitlog *log, const char *name);
/* The commit that a ref or annotated tag comes to. */
int gitlog_peel(char id[SYNC_ID_SIZE], gitlog *log, const char *name);
int gitlog_set_ref(gitlog *log, const char *name, const char *id);
/* The same where it goes forward: a ref that holds what ID has not stays. */
int gitlog_forward_ref(gitlog *log, const char *name, const char *id);
/* The same if it is at EXPECTED ("": not there) now, else TAWAM_ENO. */
int gitlog_replace_ref(gitlog *log, const char *name, const char *id,
                       const char *expected);
int gitlog_delete_ref(gitlog *log, const char *name);
int gitlog_refs(gitlog *log, const char *glob,
                int (*call)(void *context, const char *name, const char *id),
                void *context);
/* 1 if ANCESTOR is DESCENDANT or one of its ancestors, 0 not, <0 error. */
int gitlog_contains(gitlog *log, const char *descendant, const char *ancestor);
/* 1 if A and B have a commit in common. */
int gitlog_related(gitlog *log, const char *a, const char *b);
int gitlog_has(gitlog *log, const char *id); /* 1 there, 0 not, <0 error */

/* Commits reachable from INCLUDE and not from HIDE, parents first, among
 * equals the older logical time. What hangs on missing objects is left out.
 * *ids: COUNT of them, caller frees. */
int gitlog_walk(char (**ids)[SYNC_ID_SIZE], size_t *count, gitlog *log,
                const char *const *include, size_t include_count,
                const char *const *hide, size_t hide_count);

/* Full id of the one commit whose id starts with PREFIX (4 to 40 digits). */
int gitlog_expand(char id[SYNC_ID_SIZE], gitlog *log, const char *prefix);
/* Objects of FROM that LOG lacks or can't read are copied to it. */
int gitlog_take_missing(int64_t *taken, gitlog *log, gitlog *from);
/* Where packs or loose objects are many, the smaller ones become one pack
 * (log_pack.c). TAWAM_OK too when another process is at it. */
int gitlog_consolidate(gitlog *log);
/* Read and hash every object. *objects: how many. TAWAM_EDAMAGED: which. */
int gitlog_check_objects(int64_t *objects, gitlog *log);
/* Read every ref, HEAD too: each leads to an object that is there, else
 * TAWAM_EDAMAGED says which does not. */
int gitlog_check_refs(gitlog *log);

#endif
