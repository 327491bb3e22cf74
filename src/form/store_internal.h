/* SPDX-License-Identifier: MIT */
/* store, private: records as rows. What draft.c finishes and submission.c reads
 * goes through here.
 *
 *   record --store_write--> the record's row, rows of repeats, entities
 *          <--store_read--
 */
#ifndef TAWAM_FORM_STORE_INTERNAL_H
#define TAWAM_FORM_STORE_INTERNAL_H

#include <sqlite3.h>
#include "form/layout.h"
#include "form/record_internal.h"

/* ---- store_value.c: texts of a record and values of a row ---- */
/* TEXT as a column of TYPE holds it; borrows from TEXT or A. */
int store_value(twin_value *out, twin_type type, const char *text, arena *a);
/* And back; from A. */
int store_text(const char **out, const twin_value *value, twin_type type,
               arena *a);

/* ---- store_place.c: ODK's places and geometry ---- */
/* The geometry of "34.9 -2.3 0.0 0.0; …", appended; TAWAM_ENO when it is none,
 * without a message. */
int store_geometry(buffer *blob, form_type type, const char *text);
/* Altitude and accuracy of a point; 0 without. */
void store_heights(double *altitude, double *accuracy, const char *text);
/* The text that a geometry stands for, appended. */
int store_place_text(buffer *out, const void *blob, size_t length,
                     double altitude, double accuracy);

/* ---- store_write.c ---- */
/* A row of a repeat's layer: a fid may stand in several layers, since other
 * programs count theirs up. */
typedef struct store_row {
    int64_t fid;
    const form_item *item;
} store_row;

typedef struct store_job {
    twin *t;
    const form_layout *l;
    record *r;
    arena *memory;
    int64_t fid;         /* of the record's row */
    int exists;          /* 1: the row is there and gets what differs */
    int has_run;         /* 1: FID begins a run that is the record's */
    const char *made_by; /* the instanceID that made new rows of repeats, or of
                            the edit that did; "": none */
    size_t *made;        /* how many by layer of L; store_write() sets it */
    const char *uuid;    /* of a new row; NULL: the fid's */
    const char *version;
    const char *instance_id, *deprecated_id; /* NULL: as they are */
    const void *audit;
    size_t audit_length;
    const char *note;    /* "" none */
    const int64_t *rows; /* fid by instances' number; 0: new */
    size_t row_count;
    size_t changed; /* out: cells and rows that differed */
    /* Of an edit: what the record began with, so that what others changed
     * meanwhile is not undone; NULL: all is as the record says. *before is
     * NODE's value then, NULL when its instance was not there. */
    int (*began_with)(const char **before, void *caller, const form_node *node);
    const store_row *known; /* rows of repeats that were there then */
    size_t known_count;
    /* A sentence about what could not be done as the form says. */
    int (*warn)(void *caller, const char *path, const char *text);
    void *caller;
} store_job;

/* In the caller's transaction; the layers are declared. */
int store_write(store_job *j);
/* The layer of a record's or list's; TAWAM_ENOTFOUND. */
int store_layer(const twin_layer **out, store_job *j, const form_layer *layer);
/* COLUMN's value of INSTANCE: what is not relevant is NULL. */
int store_cell(twin_value *out, store_job *j, const form_column *column,
               form_node *instance);
/* 1 if NODE is as it was when the edit began. */
int store_unchanged(int *is, store_job *j, const form_node *node);
/* The id of COLUMN in LAYER. */
int store_column_id(int *id, const twin_layer *layer, const char *name);
/* A row of CHILD whose parent is the row UUID: its fid; by position. */
int store_children(int64_t **fids, size_t *count, twin *t,
                   const form_layer *child, const char *uuid, arena *a);
/* "uuid" of a row; from A. */
int store_uuid(const char **out, twin *t, const twin_layer *layer, int64_t fid,
               arena *a);

/* ---- store_find.c ---- */
/* The uuid in "uuid:…", in ID; NULL when it is none so. */
const char *store_uuid_of(const char *id);
/* A row of LAYER whose COLUMN (a name of ours) is VALUE; 0: none. */
int store_find_by(int64_t *fid, twin *t, const char *layer, const char *column,
                  const char *value);
/* The row of LAYER that is record ID, or was it before its last edit (OLDER);
 * 0: none. */
int store_find(int64_t *fid, twin *t, const char *layer, const char *id,
               int older);

/* ---- store_id.c: ids of rows, FORMAT.md, "Ids" ---- */
/* A run's places: the record, rows of repeats, what uuid() gave. */
enum { STORE_RUN_ROWS = 16, STORE_RUN_UUIDS = TWIN_RUN - STORE_RUN_ROWS };
/* The id that a row gets whose uuid, or instanceID, is TEXT. */
int store_id_of(int64_t *fid, const char *text);
/* 1 if the record INSTANCE_ID in row FID has the run that FID begins. */
int store_has_run(int64_t fid, const char *instance_id);
/* The id of a new row of CHILD below the row PARENT; 0: any will do. *EXISTS 1:
 * it is there already, left from a record that was deleted. */
int store_choose_id(int64_t *fid, int *exists, store_job *j,
                    const form_layer *child, const char *parent);

/* ---- store_entity.c ---- */
/* What the record makes and changes in entity lists. Before its rows are
 * written: an edit changes only what differs from them. */
int store_entities(store_job *j);

/* ---- store_read.c ---- */
typedef struct stored_row {
    const char *uuid, *version, *instance_id, *deprecated_id, *note;
    const void *audit;
    size_t audit_length;
} stored_row;
/* The record of row FID: its values, nothing evaluated yet. Each instance is
 * told of with its row; HEARD may be NULL. OUT's texts are from A. */
int store_read(record **out, stored_row *row, twin *t, const form_layout *l,
               int64_t fid, const record_surroundings *s, arena *a,
               int (*heard)(void *caller, form_node *instance, int64_t fid),
               void *caller);

#endif
