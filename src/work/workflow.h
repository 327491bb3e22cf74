/* SPDX-License-Identifier: MIT */
/* workflow: one function a workflow, for verbs and screens alike. Each leaves
 * what it worked on whole when it fails, and tells its progress by callback.
 *
 * Rules:
 *  1. A new replica is made in DIR.part and moved to DIR when it is whole, so
 *     a DIR that exists is never half a replica; twin.gpkg moves last.
 *  2. After every meeting (sync, clone) the forms and labels that main
 *     publishes are read again when main, or for labels the set of layers, has
 *     changed.
 */
#ifndef TAWAM_WORK_WORKFLOW_H
#define TAWAM_WORK_WORKFLOW_H

#include "base/base.h"
#include "exchange/exchange.h"
#include "sync/repair.h"
#include "work/territory.h"

/* ---- making a replica --------------------------------------------------- */
typedef struct work_new {
    const char *directory;   /* absent or empty */
    const char *name;        /* of the territory; NULL: the folder's name */
    const char *device;      /* what the user asked for, or NULL */
    const char *device_else; /* when device is NULL: user-host */
    const char *author_name, *author_mail;
    const char *remote;      /* URL of hq; clone: where from */
    const char *bare_remote; /* init: also make this bare repository */
} work_new;

/* A new territory in DIRECTORY, with main's territory.conf, devices.conf and
 * README.md; the remote hq set when REMOTE or BARE_REMOTE is given. */
int work_init(territory **out, const work_new *options);
/* A clone of REMOTE. Without DEVICE, DEVICE_ELSE with a number where the
 * remote has that line; a DEVICE the remote has is TAWAM_ENO. When it was cut
 * off, the same call goes on from DIR.part. RESULT as of sync_clone. */
int work_clone(territory **out, sync_result *result, const work_new *options,
               const sync_options *meeting);

/* ---- meeting ---- */
/* sync_run with TO: a remote's name, an URL or a path; NULL: hq. Then forms and
 * labels are read again where main changed, also when the rest of the sync
 * failed (RESULT's forms says which are new). Absolute paths are remembered as
 * they are; nothing is stored for an URL that is no named remote. */
int work_sync(sync_result *result, territory *t, const char *to,
              const sync_options *options);
/* The error that RESULT's outcome is where the meeting itself took place:
 * EREFUSED, or EUNREACHABLE when the answer was lost. */
int work_sync_outcome(const sync_result *result);
/* What is done on a bad link, where OPTIONS does not say (stall_ms 0, retries
 * -1): as the settings of T say, or for T NULL the defaults. */
#define WORK_STALL "sync.stall"     /* seconds */
#define WORK_RETRIES "sync.retries" /* a number */
#define WORK_STALL_DEFAULT "60"
#define WORK_RETRIES_DEFAULT "5"
void work_link_settings(sync_options *options, territory *t);
/* Where TO leads: *remote gets the name refs are kept under, *url the address;
 * caller frees both. TAWAM_EUSAGE when there is no such remote. */
int work_remote(char **remote, char **url, territory *t, const char *to);

/* ---- HQ's repository ---- */
/* sync_hq_configure at PATH, which is made where nothing is: *MADE gets 1,
 * *WHERE the absolute path (caller frees). */
int work_hq_init(char **where, int *made, const char *path, sync_hq_call call,
                 void *context);

/* ---- publishing ---- */
typedef struct work_publish_options {
    const char *version; /* its name, or NULL */
    const char *message; /* NULL: made */
    int retrain;         /* 1: a new dictionary if it saves anything at all;
                            -1: none, since making one takes seconds */
} work_publish_options;
typedef struct work_publication {
    char recorded[SYNC_ID_SIZE]; /* what was pending, or "" */
    changeset_counts recorded_counts;
    sync_published made;    /* made.id "": nothing was new */
    sync_training training; /* training.id: the new dictionary, or "" */
    int64_t conflicts;      /* open in what was published */
} work_publication;
/* Record what is pending, then make all that is applied here main's next
 * version: with the figures in its README.md, and a dictionary made of recent
 * changes where that is worth its bytes. It travels at the next sync. */
int work_publish(work_publication *out, territory *t,
                 const work_publish_options *options);

/* ---- damage ---- */
/* sync_repair (repair.h), and labels read again where the replica was made
 * anew. A path in OPTIONS need not be absolute. */
int work_repair(sync_repair_result *out, const char *directory,
                const sync_repair_options *options);

/* ---- labels ---- */
typedef struct work_labels_result {
    int64_t rows, labels, layers;
} work_labels_result;
/* Read a dictionary (CSV with layer,column,choice and one column a language),
 * set every label in it and publish it in main as labels/LAYER.csv. A line
 * about a layer or column that does not exist is TAWAM_EUSAGE: nothing is
 * set. */
int work_labels(work_labels_result *out, territory *t, const char *file);
/* Set the labels that main publishes, if they may have changed. */
int work_labels_refresh(territory *t);
/* The commit of main that this replica has, "" if it has none. A log that can't
 * be read is no log without main. */
int work_main(char id[SYNC_ID_SIZE], territory *t);
/* work_forms_refresh() (forms.h), then work_labels_refresh(), whose labels
 * stand over the forms' own. RESULT (may be NULL) gets what is new. */
int work_main_refresh(sync_result *result, territory *t);

/* ---- rows and versions ---- */
/* Export LAYER as it was at VERSION. OPTIONS as of exchange_export. */
int work_at_export(int64_t *rows, territory *t, const char *version,
                   const char *file, void *stream,
                   const exchange_export_options *options);
/* The replica, or its state at VERSION (may be NULL), as one new FILE. */
int work_save(territory *t, const char *file, const char *version);

/* What joining two doubled rows did. */
typedef struct work_merge_result {
    int64_t filled;     /* cells the first row took from the second */
    int64_t references; /* cells elsewhere that now name the first row */
    int64_t differing;  /* cells where both had a value: the first's stays */
} work_merge_result;
/* Make rows KEPT and GONE of LAYER one, in one transaction: empty cells of
 * KEPT filled from GONE, references (columns LAYER_fid and LAYER_uuid of any
 * layer) moved, GONE deleted. DIFFERS (may be NULL) hears of each cell where
 * both had another value: KEPT's stays. */
int work_merge_rows(work_merge_result *out, territory *t,
                    const twin_layer *layer, int64_t kept, int64_t gone,
                    void (*differs)(void *context, const twin_column *column,
                                    const twin_value *kept,
                                    const twin_value *lost),
                    void *context);

/* Settle conflict ID by a value as a person types it. */
int work_settle_text(territory *t, const char *id, const char *text);
/* 1 if that cell (COLUMN NULL: the row) is an open conflict; 0; negative. */
int work_in_conflict(territory *t, const twin_layer *layer, int64_t fid,
                     const twin_column *column);
/* The whole id of the conflict that begins with START; TAWAM_ENOTFOUND. */
int work_conflict_find(char id[17], territory *t, const char *start);

/* ---- the user's list of replicas ---- */
/* Add DIRECTORY to the list KNOWN (made with its folders), once. */
int work_remember(const char *known, const char *directory);

#endif
