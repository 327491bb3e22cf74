/* SPDX-License-Identifier: MIT */
/* What the files of repair share. */
#ifndef TAWAM_REPAIR_INTERNAL_H
#define TAWAM_REPAIR_INTERNAL_H

#include "sync/log_private_internal.h"
#include "sync/repair.h"
#include "sync/sync_internal.h"

typedef struct salvage salvage;

typedef struct repair {
    const char *directory; /* borrowed */
    char *log_path;        /* DIRECTORY/log.git */
    char *temp;            /* DIRECTORY/repair.tmp */
    char stamp[24];        /* 20261126-204913, of this repair */
    const sync_repair_options *o;
    sync_repair_result *out;
    salvage *old; /* the replica as far as it can be read; never NULL */
    gitlog *log;  /* NULL until its files are in order */
    int missing;  /* commits known of whose objects are not here */
} repair;

/* ---- repair.c ---- */
void repair_say(repair *r, sync_repair_word word, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Move log.git/NAME out of the way, if it is there. */
int repair_aside(repair *r, const char *name);
/* OLD gets a second NAME, which nothing has; where the disk knows no links
 * (exFAT), a copy. Its folder is not flushed. */
int repair_second_name(const repair *r, const char *old, const char *name);
/* TEXT as it may be shown: made safe, static, for one sentence (4 of them). */
const char *repair_safe(const char *text);

/* ---- repair_readable.c ---- */
/* TAWAM_OK if the bytes of FILE (the replica), its journals and everything in
 * the log can be read, whatever they are; else which can't. */
int repair_readable(const repair *r, const char *file);

/* ---- repair_files.c: everything of the log but objects ---- */
/* Folders, HEAD, config, packed-refs, ref files with no id in them. Makes a new
 * empty log where none is left. With `check`, *usable gets 0 when git could not
 * open what is there. */
int repair_files(int *usable, repair *r);

/* ---- repair_objects.c ---- */
/* Pack indexes, packs, loose objects: afterwards each that is there is what
 * its id says. */
int repair_objects(repair *r);

/* ---- repair_history.c ---- */
/* Commits that a ref or the replica names and that are not whole are asked for
 * at the remotes; refs that lead nowhere are set anew. */
int repair_history(repair *r);
/* The packs of the repository at PATH become the log's, each under a second
 * name; one of a name that the log has is left. */
int repair_take_packs(repair *r, const char *path);

/* ---- repair_missing.c ---- */
/* Ids, each once. */
typedef struct repair_ids {
    char (*ids)[SYNC_ID_SIZE]; /* in order of coming */
    size_t count, capacity;
    size_t *slots; /* index + 1, by id; 0: free */
    size_t slot_count;
} repair_ids;
void repair_ids_clear(repair_ids *ids);
typedef struct repair_known {
    repair *r;
    repair_ids all;     /* every commit that is named or an ancestor of one */
    repair_ids missing; /* of these, the ones that are not whole */
} repair_known;
/* Fill both sets of KNOWN, in which R is set. Clear it afterwards. */
int repair_find_missing(repair_known *known);
void repair_known_clear(repair_known *known);
/* How many are missing, or an error's code. */
int64_t repair_count_missing(repair *r);
/* Of the commits below which nothing is missing, those that no other of them
 * contains. Zeroed OUT; clear it afterwards. */
int repair_sound_heads(repair_ids *out, const repair_known *known);
/* 1 if commit ID and its files (not its ancestors) are here, 0 if not, <0 where
 * that can't be known: nothing may be given up then. */
int repair_whole(gitlog *log, const char *id);

/* ---- repair_salvage.c: reading what is left of a replica ---- */
typedef struct salvage_commit {
    char id[SYNC_ID_SIZE], device[48];
    int64_t number, sequence;
    int published;
} salvage_commit;

typedef struct salvage_column {
    int id;
    char name[TWIN_NAME_MAX + 1];
    twin_type type, recorded_type;
} salvage_column;

typedef struct salvage_layer {
    int id;
    char name[TWIN_NAME_MAX + 1];
    twin_geometry geometry;
    salvage_column *columns; /* owned, in their order */
    size_t count;
} salvage_layer;

/* A row that was edited since the last record, or that a lost commit wrote. */
typedef struct salvage_row {
    int layer;
    int64_t fid;
    int pending; /* 1: the triggers noted it */
    int existed, drawn;
    int lost; /* 1: a commit that is nowhere wrote it: all cells count */
} salvage_row;

struct salvage {
    struct sqlite3 *db;      /* NULL: nothing can be read */
    char *copy;              /* the patched copy it reads, or NULL */
    int commits_known;       /* 1: the list of commits is complete */
    int layers_known;        /* 1: all layers and columns are in LAYERS */
    int pending_known;       /* 1: what is pending was read whole */
    int deleted_known;       /* 1: all rows deleted since are among ROWS */
    int unlisted;            /* 1: rows of a layer that was to be listed whole
                              * could not all be read */
    salvage_commit *commits; /* in order of application */
    size_t commit_count;
    salvage_layer *layers;
    size_t layer_count;
    salvage_row *rows; /* sorted by layer, fid */
    size_t row_count, row_capacity;
};

/* Read what can be read of FILE, which is not changed; a copy is made in
 * FOLDER (NULL: none may be) where SQLite would not open the file as it is. */
int salvage_open(salvage **out, const char *file, const char *folder);
/* 1 if a table of ours is in DB and can't be asked for, as its statement is
 * damaged (repair_schema.c); 0; <0 error. */
int salvage_schema_hides(struct sqlite3 *db);
/* Put the statements of such tables back into DB, a copy with writable_schema;
 * takes effect when it is opened anew. */
int salvage_mend_schema(struct sqlite3 *db);
void salvage_free(salvage *old);
/* A setting, or NULL where there is none to be read. Caller frees. Negative: it
 * may be there, and can't be had now. */
int salvage_setting(char **value, salvage *old, const char *name);
/* CALL with each setting that is still readable. *WHOLE (or NULL) gets 1 if
 * they are all. */
int salvage_settings(int *whole, salvage *old,
                     int (*call)(void *context, const char *name,
                                 const char *value),
                     void *context);
const salvage_layer *salvage_layer_by_id(const salvage *old, int id);
/* TAWAM_OK if RESULT of reading DB can be damage; else the error that keeps it
 * from being known (no memory, a disk that does not read): nothing may be given
 * up then. */
int salvage_failure(struct sqlite3 *db, int result);
/* Rows that the commits NUMBERS wrote join old->rows. */
int salvage_add_lost(salvage *old, const int64_t *numbers, size_t count);
/* Every row of every layer that can be read joins old->rows. */
int salvage_add_all(salvage *old);

/* ---- repair_rebuild.c ---- */
#define REPAIR_NAMED 20 /* rows and commits said one by one; then how many */

typedef struct rebuild {
    repair *r;
    sync_desk *s; /* the new replica with the old log */
    arena *memory;
    int64_t *lost; /* numbers, in the old one, of commits not applied here */
    size_t lost_count, lost_capacity;
    int64_t restored, unsaved; /* rows */
} rebuild;

/* 1 if a replica is there and is what the log says; 0 if not (told why);
 * negative: it can't be asked. */
int repair_replica_sound(repair *r);
/* twin.gpkg made anew from the log, with what the old one held beyond it. */
int repair_rebuild(repair *r);

/* ---- repair_rows.c ---- */
/* Edits that were not recorded, labels, rows of lost commits: from the old
 * replica into the new one, whose commits are applied. */
int repair_rows(rebuild *b);

#endif
