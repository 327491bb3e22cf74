/* SPDX-License-Identifier: MIT */
/* files: attachments (photos, sound, documents) that rows name. FORMAT.md,
 * "Attachments", says what is where, to the byte.
 *
 *   a cell          attachments/well-482133-SHA256-ID.jpg      travels as data
 *   DIR/attachments/well-482133-SHA256-ID.jpg                  the bytes, here
 *   refs/heads/files/DEVICE                                    the way they go
 *
 * Invariants:
 *  1. Bytes are on the disk, whole and flushed, before a row names them:
 *     temporary, fsync, rename, fsync of the folder, then the transaction.
 *  2. A file is known by its SHA-256. What arrives is stored only if hash and
 *     size are those of the cell; else it is kept aside under .refused and not
 *     asked for again by itself.
 *  3. Nothing is ever removed but by files_drop(), and that only after the
 *     remote has shown that it has it.
 *  4. Data goes first: nothing here runs before the data has met, and a
 *     failure here leaves what was synced as it is.
 *  5. A name from outside reaches the file system only as part of a cell that
 *     files_key_read() has accepted: no '/', no control character, no leading
 *     dot can be in it.
 */
#ifndef TAWAM_FILES_H
#define TAWAM_FILES_H

#include "base/base.h"
#include "sync/sync.h"

#define FILES_FOLDER "attachments"
#define FILES_SIZE_MAX ((int64_t)256 << 20) /* bytes of one file */
#define FILES_NAME_SIZE 72   /* "well.jpg" with its NUL, at most */
#define FILES_VALUE_SIZE 256 /* a whole cell with its NUL, at most */

/* What a cell says of a file. */
typedef struct files_key {
    char name[FILES_NAME_SIZE]; /* for people: "well.jpg" */
    int64_t size;               /* bytes, 1 to FILES_SIZE_MAX */
    char hash[DIGEST_HEX_SIZE]; /* SHA-256 */
    char id[SYNC_ID_SIZE];      /* of the git blob to ask for: FORMAT.md */
} files_key;

/* 1 if the text is an attachment's cell, and what it says; 0 for any other
 * text, which then is just a text. */
int files_key_read(files_key *out, const char *text, size_t length);
int files_key_of(files_key *out, const twin_value *value); /* likewise */
/* KEY as a cell holds it. Returns OUT. */
char *files_key_value(char out[FILES_VALUE_SIZE], const files_key *key);
/* "well.jpg, 482 kB", safe to show; appended. */
void files_key_say(buffer *out, const files_key *key);

/* ---- this replica's folder ------------------------------------------------
 */
/* Copy the file at PATH in and say what its cell is to hold. The same bytes
 * again take the name they have here. TAWAM_EUSAGE for what is no file, empty
 * or too large; TAWAM_EFULL leaves nothing behind. */
int files_take_in(files_key *out, sync_desk *s, const char *path);
/* Name the file in a cell, in one transaction with what is remembered of it
 * (so that it is sent). The cell's column must hold text. */
int files_attach(sync_desk *s, const twin_layer *layer, int64_t fid,
                 const twin_column *column, const files_key *key);
/* Where its bytes are, as an absolute path (caller frees); TAWAM_ENOTFOUND
 * without a message when they are not here. */
int files_path(char **out, sync_desk *s, const files_key *key);
/* 1 or 0, negative where the disk did not say. */
int files_here(sync_desk *s, const files_key *key);

/* A place that names a file. */
typedef struct files_place {
    files_key key;
    const twin_layer *layer; /* NULL: no row names it now */
    int64_t fid;
    const twin_column *column;
    int here;      /* its bytes are in the folder */
    int at_remote; /* the remote is known to have it */
    int own;       /* attached on this device */
    int refused;   /* what the remote gave was something else */
    int shown;     /* 0: one of several answers, not the one shown */
} files_place;
/* Every place that names a file now, by layer, fid, column, the answers of
 * conflicts too; then those here or remembered that none names. REMOTE is what
 * `at_remote` is about. Non-zero from CALL stops and is returned. */
int files_each(sync_desk *s, const char *remote,
               int (*call)(void *context, const files_place *place),
               void *context);

typedef struct files_counts {
    int64_t unsent, unsent_bytes;   /* here, named, not at the remote */
    int64_t missing, missing_bytes; /* named, not here */
    int64_t here, here_bytes;
} files_counts;
/* All of it, reading every layer. */
int files_count(files_counts *out, sync_desk *s, const char *remote);
/* For a screen, without reading a layer: `unsent` of the files attached here,
 * the others as of the last files_count() by files_exchange(). */
int files_glance(files_counts *out, sync_desk *s, const char *remote);

/* Hash every file here. CALL gets each that is not what its name says, with
 * what is wrong. *checked, *wrong: how many. */
int files_verify(int64_t *checked, int64_t *wrong, sync_desk *s,
                 int (*call)(void *context, const char *name, const char *what),
                 void *context);

/* ---- meeting --------------------------------------------------------------
 */
/* What a sync brings of others' files; a setting of the replica, none where it
 * was never set. */
#define FILES_FOLLOW_SETTING "follow-attachments"
typedef struct files_follow {
    enum { FILES_NONE, FILES_MINE, FILES_ALL, FILES_UP_TO } what;
    int64_t size; /* of FILES_UP_TO */
} files_follow;
void files_follow_get(files_follow *out, sync_desk *s);
/* "none", "mine", "all" or a size: "300k", "2M", "500000". TAWAM_EUSAGE. */
int files_follow_read(files_follow *out, const char *text);

typedef struct files_result {
    int64_t sent, sent_bytes; /* files, bytes of files */
    int64_t received, received_bytes;
    int64_t absent;               /* asked for; the remote has them not (yet) */
    int64_t refused;              /* not what the cells say */
    int64_t left, left_bytes;     /* wait still, of what was to be moved */
    uint64_t bytes_in, bytes_out; /* on the wire */
    char refused_name[FILES_NAME_SIZE]; /* of the last one refused */
    int whole_lines; /* 1: the server gives no single files */
} files_result;

/* After a sync of data with the same REMOTE: send what is here and it lacks,
 * then receive what follow-attachments says, both smallest first. What got
 * through stays; a repeat goes on. Stages SYNC_FILES_SENDING and
 * SYNC_FILES_RECEIVING; done and total are bytes of files. */
int files_exchange(files_result *out, sync_desk *s, const char *remote,
                   const char *url, const sync_options *options);
/* Receive these, whatever follow-attachments says. TAWAM_OK when all COUNT are
 * here. TAWAM_ENOTFOUND: the remote has none of the missing ones (yet). */
int files_get(files_result *out, sync_desk *s, const char *remote,
              const char *url, const files_key *keys, size_t count,
              const sync_options *options);
/* Remove the bytes here of those that the remote shows, now, that it has.
 * *dropped, *bytes. The others stay, and KEPT (may be NULL) hears of them. */
int files_drop(int64_t *dropped, int64_t *bytes, sync_desk *s,
               const char *remote, const char *url, const files_key *keys,
               size_t count, const sync_options *options,
               void (*kept)(void *context, const files_key *key),
               void *context);

#endif
