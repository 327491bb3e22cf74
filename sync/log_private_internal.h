/* SPDX-License-Identifier: MIT */
/* What log.c and log_commit.c share. */
#ifndef TAWAM_LOG_PRIVATE_INTERNAL_H
#define TAWAM_LOG_PRIVATE_INTERNAL_H

#include <git2.h>
#include "sync/changeset.h"

#define GITLOG_DICTIONARIES 4

typedef struct gitlog_batch gitlog_batch;

struct gitlog {
    git_repository *repository; /* owned */
    char *path;                 /* owned; the folder log.git */
    gitlog_batch *batch;        /* the repository's; log_batch.c */
    changeset_dictionary *dictionaries[GITLOG_DICTIONARIES]; /* or NULL */
};
/* Free those that are open. */
void gitlog_forget_dictionaries(struct gitlog *log);

/* Objects of LOG can be written in batches. */
int gitlog_batch_attach(struct gitlog *log);
/* Before libgit2 starts: its memory is ours to give (log_memory.c). */
void gitlog_set_allocator(void);

/* Full names of refs, sorted, each once; gitlog_names_free() when done. */
typedef struct gitlog_names {
    char **list;
    size_t count;
} gitlog_names;

/* The refs of REPOSITORY whose names GLOB fits ("refs/heads/" and a star, which
 * takes slashes too), all with NULL, whether or not they can be followed
 * (log_refs.c). On failure OUT is empty: TAWAM_EENVIRONMENT, TAWAM_EMEMORY, and
 * TAWAM_EDAMAGED for folders 64 deep. */
int gitlog_list(gitlog_names *out, git_repository *repository,
                const char *glob);
void gitlog_names_free(gitlog_names *names);

/* 1 if REPOSITORY has the object ID, 0 if it has not, TAWAM_EENVIRONMENT or
 * TAWAM_EMEMORY where its folders or packs could not be read (log_seen.c). */
int gitlog_has_object(git_repository *repository, const git_oid *id);

/* A pack is to be written into REPOSITORY's folder of packs; PROGRESS, with
 * PAYLOAD, may be NULL. Not git_odb_write_pack(): where libgit2 1.5.1 could not
 * look at that folder when it began, it writes into the process's own folder
 * and says yes. Returns as libgit2. */
int gitlog_new_pack(git_indexer **out, git_repository *repository,
                    git_indexer_progress_cb progress, void *payload);

/* CODE, unless libgit2's last words are of the machine and not of the data: no
 * memory, a full disk, a disk that does not read, too many open files. Whoever
 * takes a failure for damage or absence asks this first, and clears libgit2's
 * words before the call (it says nothing new where it merely finds nothing).
 * TAWAM_OK as CODE: was it the machine? */
int gitlog_code(int code);
/* The same with libgit2's words after DOING as the message. */
int gitlog_error(int code, const char *doing);
/* TAWAM_ENOTFOUND, without a message, for WHAT libgit2 did not find; unless the
 * machine failed: then as gitlog_error(). */
int gitlog_absent(const char *what);
/* git_merge_base() said GIT_ENOTFOUND: 1 where there is no base, 0 where a
 * commit on the way was not found. */
int gitlog_no_base(void);
/* 1 if the object ID is in ODB and is what its id says, which is asked twice; 0
 * if not; negative where that can't be known now. *OUT (or NULL): the object,
 * for git_odb_object_free(). */
int gitlog_read_object(git_odb_object **out, git_odb *odb, const git_oid *id);
/* 40 hex digits, or TAWAM_ENOTFOUND. */
int gitlog_oid(git_oid *out, const char *id);

/* Write a commit with that tree. Moves no ref. */
struct gitlog_new;
int gitlog_write_commit(char id[41], struct gitlog *log, const git_oid *tree,
                        const struct gitlog_new *commit);

/* Device, sequence and counts of C, as its message (set, as is `device`) says
 * them; what is none of these stays as it was. */
struct gitlog_commit;
void gitlog_read_trailers(struct gitlog_commit *c);

/* What a folder's packs are put together on. */
typedef struct gitlog_medium {
    void *context;
    void (*moved)(void *context); /* one more object */
    /* pack-NAME.pack and its index are in FOLDER and flushed: to be found again
     * on the medium itself before what they stand for goes. */
    int (*settle)(void *context, const char *folder, const char *name);
} gitlog_medium;
/* gitlog_consolidate() for a folder that is pushed to, of the files that belong
 * to this user. *DONE: files were removed. */
int gitlog_consolidate_folder(int *done, struct git_repository *repository,
                              const gitlog_medium *medium);

/* git_repository_open_ext(), asked twice. TAWAM_ENOTFOUND, without a message
 * but with libgit2's words, if PATH is none; what can't be read is another
 * error. */
int gitlog_open_repository(struct git_repository **out, const char *path,
                           unsigned flags);

/* Read REPOSITORY's loose objects behind a check of our own (log_loose.c), and
 * those of repositories it borrows from; check its pack indexes. TAWAM_EDAMAGED
 * names one that is not what its sum says. */
int gitlog_guard(struct git_repository *repository);

/* Where the ref NAME of REPOSITORY leads. TAWAM_ENOTFOUND, without a message,
 * if there is none that leads somewhere; what can't be read is another error.
 */
int gitlog_find_ref(git_oid *out, struct git_repository *repository,
                    const char *name);

/* What a log's config says besides git's own. */
void gitlog_configure(struct git_config *config);

/* Loose objects of FOLDER, behind the check; libgit2 owns it once added. A
 * libgit2 code. */
int gitlog_loose_backend(struct git_odb_backend **out, const char *folder);
/* A pack index is what its own sum says, else TAWAM_EDAMAGED. */
int gitlog_check_index(const char *path);
/* A line of packed-refs (without its end) as git reads it. */
int gitlog_packed_line(const char *line, size_t length, int first);

/* GITDIR's HEAD and packed-refs have the form without which git itself would
 * open nothing there; TAWAM_EDAMAGED names the one that has not. */
int gitlog_check_files(const char *gitdir);

/* ---- log_commit.c ---- */
/* TAWAM_ENOTFOUND, TAWAM_EDAMAGED; *out is the caller's. */
int gitlog_lookup(git_commit **out, struct gitlog *log, const char *id);
/* The blob's bytes, at most LIMIT; more is TAWAM_EDAMAGED, and not read. */
int gitlog_append_blob(buffer *out, struct gitlog *log, const git_oid *id,
                       size_t limit);

#endif
