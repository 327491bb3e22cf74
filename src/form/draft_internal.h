/* SPDX-License-Identifier: MIT */
/* draft, private: what its files share. */
#ifndef TAWAM_FORM_DRAFT_INTERNAL_H
#define TAWAM_FORM_DRAFT_INTERNAL_H

#include <sqlite3.h>
#include "form/draft.h"
#include "form/store_internal.h"

/* An instance of a repeat; number 0 is the record itself. */
typedef struct draft_instance {
    form_node *node;   /* NULL: gone */
    uint32_t position; /* greater: later among its like */
    int64_t fid;       /* the row it was read from; 0: none */
} draft_instance;

struct draft {
    twin *t;
    const form *f;
    record *r;
    int64_t id;
    int64_t fid;      /* of the row it becomes */
    int edits;        /* 1: that row is there already */
    int64_t revision; /* writes of it that we know of */
    int64_t kept;     /* that before the transaction under way */
    int64_t unsure;   /* what it is if the last transaction ended otherwise than
                         we were told */
    char instance_id[42];      /* "uuid:" and a uuid */
    int64_t ids_given;         /* of its run, by uuid() */
    int ids_counted;           /* 1: ids_given is known */
    draft_instance *instances; /* by number */
    size_t instance_count, instance_capacity;
    uint32_t last_position;
    form_node **dirty; /* changed, not yet written; is_noted of each is 1 */
    size_t dirty_count, dirty_capacity;
    int64_t *paths; /* row of tawam_draft_path by item number; 0: not known */
    const form_item *name_item; /* meta/instanceName, or NULL */
    int moved_aside; /* 1: something had no place; its rows are to go */
    int rewrite;     /* 1: a write failed; the next one writes all */
    int audit_dirty;
    buffer audit;
    char *place, *language;
    char *typed_path, *typed; /* what is half typed, NULL nothing */
    int typed_old;            /* 1: it goes with the next write */
    char *note;               /* what draft_note() returned last */
    char **warnings;          /* of finalising */
    size_t warning_count, warning_capacity;
};

/* ---- draft.c ---- */
/* A draft without a record. S may be NULL. */
int draft_make(draft **out, twin *t, const form *f);
/* The number of the innermost instance around NODE; 0: none. */
uint32_t draft_instance_of(const form_node *node);
/* CODE, after a change could not be written: ends the transaction. */
int draft_failed(draft *d, int code);
/* From here on changes of the record are to be written. */
void draft_listen(draft *d);
/* NODE is instance NUMBER (0: the next). */
int draft_number(draft *d, form_node *node, uint32_t number);
/* "/data/member[2]/age", appended. */
void draft_path_of(buffer *out, const form_node *node);

/* ---- draft_edit.c ---- */
int draft_store_instance(draft *d); /* its instanceID, when its fid has not */

/* ---- draft_ids.c ---- */
/* What a draft adds to the surroundings of its record: ids, its replica. */
void draft_surroundings(record_surroundings *s, draft *d);

/* ---- draft_note.c ---- */
#define DRAFT_FORGET_TYPED "DELETE FROM main.tawam_draft_typed WHERE draft = ?1"
/* Reads what was half typed when the draft was left. */
int draft_read_typed(draft *d);
/* In a transaction: nothing is half typed any more. */
int draft_forget_typed(draft *d);

/* ---- draft_upgrade.c ---- */
/* D's record, read from another version's rows, becomes one of D's form: what
 * is new in it begins, every rule is evaluated. BEFORE: that version; NULL. */
int draft_take_version(draft *d, const form *before);
/* D's audit, of the version BEFORE (NULL: not at hand), by D's form's items. */
int draft_convert_audit(draft *d, const form *before);

/* ---- draft_write.c ---- */
/* SQL of this file's kind, prepared, with the draft's id as ?1. */
int draft_sql(sqlite3_stmt **out, twin *t, int64_t id, const char *sql);
/* To its end; released. */
int draft_run(twin *t, sqlite3_stmt *statement);
/* The row of tawam_draft, when it is new. */
int draft_insert(draft *d);
/* All of the record. */
int draft_write_all(draft *d);
/* What changed, and the head. */
int draft_write(draft *d);
int draft_write_position(draft *d, uint32_t number);
/* INSTANCE and all below it, out of the tables. */
int draft_erase_below(draft *d, const form_node *instance);
int draft_path_id(int64_t *id, draft *d, const form_item *item);
/* Everything of draft ID. */
int draft_erase(twin *t, int64_t id);

/* ---- draft_before.c: what an edit began with ---- */
typedef struct draft_before_value {
    int64_t instance, path; /* path 0: of the row, see schema.c */
    const char *value;
} draft_before_value;

typedef struct draft_before {
    arena *memory;
    draft_before_value *list; /* by instance, path */
    size_t count;
    store_row *known; /* rows of instances */
    size_t known_count;
} draft_before;

int draft_before_load(draft_before *out, draft *d);
void draft_before_free(draft_before *b);
const char *draft_before_find(const draft_before *b, int64_t instance,
                              int64_t path); /* NULL: none */
/* NODE's value then; NULL: its instance was not there. */
int draft_before_node(const char **before, const draft_before *b, draft *d,
                      const form_node *node);

/* ---- draft_rows.c: a draft's rows, without its form ---- */
typedef struct draft_row_instance {
    int64_t number, parent, fid;
    const char *path;
    uint32_t position;
} draft_row_instance;

typedef struct draft_row_value {
    int64_t instance;
    const char *path, *value;
    int is_given; /* as of form_node */
} draft_row_value;

typedef struct draft_rows {
    arena *memory;                 /* texts */
    draft_row_instance *instances; /* by number */
    size_t instance_count;
    draft_row_value *values; /* by instance, then as their paths came */
    size_t value_count;
} draft_rows;

int draft_rows_load(draft_rows *out, twin *t, int64_t id);
void draft_rows_free(draft_rows *rows);
/* NULL: the record itself, or none of that number. */
draft_row_instance *draft_rows_instance(const draft_rows *rows, int64_t number);
/* "/data/member[2]/age" of a value of INSTANCE, appended. */
void draft_rows_path(buffer *out, const draft_rows *rows, int64_t instance,
                     const char *path);

/* ---- draft_read.c ---- */
/* Values and instances into the record that D has; what there is no place for
 * goes aside, as of VERSION. */
int draft_read(draft *d, const char *version);

#endif
