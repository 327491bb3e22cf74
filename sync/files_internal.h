/* SPDX-License-Identifier: MIT */
/* What the files_*.c share.
 *
 *   files_key.c     a cell's text
 *   files_pieces.c  a file's pieces and their ids
 *   files_store.c   the folder attachments/
 *   files_list.c    lists of files
 *   files_state.c   what this replica remembers
 *   files_places.c  which rows name files, what is to move
 *   files_link.c    how much goes at a time; progress
 *   files_send.c    the line refs/heads/files/DEVICE, step by step
 *   files_receive.c pieces by id, put together and checked
 *   files.c         exchange, get, drop
 */
#ifndef TAWAM_FILES_INTERNAL_H
#define TAWAM_FILES_INTERNAL_H

#include <git2.h>
#include "sync/files.h"
#include "sync/remote.h"
#include "sync/sync_internal.h"

/* ---- pieces: files_pieces.c ---- */
#define FILES_PIECE 16384 /* bytes; the last one of a file is shorter */
#define FILES_LIST 512    /* ids in a list; 20 bytes each */
#define FILES_ID 20

/* How many pieces a file of SIZE bytes has, and lists of their ids: 0 for one
 * piece, whose id is the file's. At most FILES_LIST lists: two kinds. */
size_t files_piece_count(int64_t size);
size_t files_group_count(int64_t size); /* lists of the lowest kind */
size_t files_piece_length(int64_t size, size_t index);
/* Id of a blob. */
int files_blob_id(uint8_t id[FILES_ID], const void *bytes, size_t length);
/* The file's id from those of its pieces. */
int files_root(uint8_t id[FILES_ID], const buffer *ids);
void files_hex(char out[SYNC_ID_SIZE], const uint8_t id[FILES_ID]);

/* ---- the folder: files_store.c ---- */
/* attachments/NAME, absolute; NAME "" is the folder. Caller frees. */
/* A name for people from a path: "My well (2).JPG" -> "My_well_2_.jpg". */
int files_name(char out[FILES_NAME_SIZE], const char *path);

char *files_in_folder(sync_desk *s, const char *name);
int files_make_folder(sync_desk *s);
/* A whole file at TEMPORARY becomes KEY's. */
int files_put(sync_desk *s, const files_key *key, const char *temporary);
/* 1 if the file at PATH has the bytes that KEY means, 0 if it has others,
 * negative if it can't be read. */
int files_is(const files_key *key, const char *path);
/* Names here that are attachments, in any order. */
int files_folder_each(sync_desk *s,
                      int (*call)(void *context, const files_key *key),
                      void *context);
/* Only one process at a time moves files; TAWAM_EBUSY at once. */
int files_lock(file_lock **out, sync_desk *s);

/* ---- lists: files_list.c ---- */
/* Files; sorted by hash, each (hash and id) stands once. */
typedef struct files_list {
    files_key *keys;
    size_t count, capacity;
    int by_hash; /* 1: sorted so, 0: not */
} files_list;
int files_list_add(files_list *list, const files_key *key);
void files_list_by_hash(files_list *list); /* and what is double goes */
void files_list_by_size(files_list *list); /* smallest first, then by hash */
int files_list_has(const files_list *list, const char *hash); /* by hash */
void files_list_free(files_list *list);
/* What is in the folder, by hash. */
int files_list_here(files_list *out, sync_desk *s);

/* ---- what is remembered: files_state.c ---- */
enum { FILES_AT = 1, FILES_WRONG = 2 };
int files_tables(sync_desk *s);     /* made where they are missing */
int files_has_tables(sync_desk *s); /* 1, 0; <0 error */
/* State of KEY at REMOTE: FILES_AT, FILES_WRONG, 0 not known. */
int files_state_at(sync_desk *s, const files_key *key, const char *remote);
int files_set_at(sync_desk *s, const files_key *key, const char *remote,
                 int state);
/* Forget what REMOTE had: it is another one, or lost it. */
int files_forget_at(sync_desk *s, const char *remote);
/* 1 if HASH was attached here, 0 if not, negative (so true) where the replica
 * did not say. */
int files_is_own(sync_desk *s, const char *hash);
int files_forget_own(sync_desk *s, const char *hash);
/* Files attached here: CALL with the row they were attached to. */
int files_own_each(sync_desk *s,
                   int (*call)(void *context, const files_key *key,
                               const char *layer, int64_t fid),
                   void *context);

/* ---- who names files: files_places.c ---- */
/* Rows and open conflicts; of PLACE only the key and where it stands. */
int files_named_each(sync_desk *s,
                     int (*call)(void *context, files_place *place),
                     void *context);
/* What goes to REMOTE: here, named by a row or a commit, not there yet. */
int files_to_send(files_list *out, sync_desk *s, const char *remote);
/* What a sync brings by FOLLOW. */
int files_to_receive(files_list *out, sync_desk *s, const char *remote,
                     const files_follow *follow);
void files_keep_glance(sync_desk *s, const files_counts *counts);

/* ---- the link: files_link.c ---- */
#define FILES_BUDGET_MOST ((size_t)2 << 20)
typedef struct files_link {
    sync_desk *s;
    const char *remote, *url;
    const sync_options *options; /* the caller's, may be NULL */
    files_result *result;
    size_t budget;  /* bytes of pieces to move in one connection */
    size_t ceiling; /* what failed last; not reached again for a while */
    int good;       /* transfers since that got through */
    int failures;   /* in succession */
    int whole;      /* 1: the lines were fetched whole, into .all.git */
    int keeps;      /* 1: what a cut transfer had brought stays (not http) */
    int no_lines;   /* 1: this must not happen, TAWAM_ENO instead */
    sync_stage stage;
    uint64_t done, total; /* bytes of files */
    sync_options told;    /* handed to remote_*; its call comes back here */
    remote_options wire;
} files_link;
void files_link_begin(files_link *l, sync_desk *s, const char *remote,
                      const char *url, const sync_options *options,
                      files_result *result);
void files_link_stage(files_link *l, sync_stage stage, uint64_t total);
/* Count TRAFFIC of a transfer that ended with CODE, and learn from it. 1: try
 * again, in smaller parts; 0: CODE stands. */
int files_link_again(files_link *l, int code, const remote_traffic *traffic);
/* The same of a list of refs: that it came says nothing of what the link
 * carries, and failures before it stay counted. */
int files_link_list_again(files_link *l, int code,
                          const remote_traffic *traffic);

/* ---- moving ---- */
/* A bare repository in the folder, its packs removed (ANEW 1) or as it was.
 * *path (caller frees) and, unless NULL, *out. */
int files_repository(git_repository **out, char **path, sync_desk *s,
                     const char *name, int anew);
/* Send LIST, in its order. */
int files_send(files_link *l, const files_list *list);
/* The remote no longer has the line of ours it had: another stick, a server
 * made anew. Then what it was known to have is forgotten. */
int files_check_line(files_link *l);
/* Receive LIST, in its order. */
int files_receive(files_link *l, const files_list *list);
/* Ask for the last blob of each of LIST; those the remote gives to CALL. */
int files_ask(files_link *l, const files_key *keys, size_t count,
              int (*call)(void *context, const files_key *key,
                          const buffer *blob),
              void *context);

/* A pack in the memory, of blobs: files_pack.c */
typedef struct files_pack {
    buffer bytes;
    uint32_t count;
} files_pack;
int files_pack_add(files_pack *pack, const void *bytes, size_t length);
/* Put it into REPOSITORY as its only one; frees it. */
int files_pack_store(files_pack *pack, git_repository *repository);
void files_pack_wipe(const char *repository_path); /* removes all packs there */

#endif
