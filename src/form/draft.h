/* SPDX-License-Identifier: MIT */
/* draft: a record in progress, kept in the replica answer by answer.
 *
 *   draft_new ──answers──> draft ──draft_finalize──> a row, its children,
 *       ^                    │                       entities; draft gone
 *       └── draft_open <─────┘ (any time, after a kill too)
 *   a row ──draft_edit──> draft ──draft_finalize──> the same row, changed
 *
 * Invariants:
 *  1. When a function that changes a draft returned TAWAM_OK, the change is on
 *     disk (twin.h, invariant 5), unless the caller holds draft_begin().
 *  2. A draft opened again is the record that it was: hidden values, results
 *     of once(), uuid() and now(), the order of repeats. Actions that
 *     happened don't happen again; calculates keep what they gave until
 *     something that they read changes, or the record is finalised.
 *  3. A change writes what changed, however big the record.
 *  4. When writing fails, the record in memory has the change, and the next
 *     write that succeeds brings all of it to disk.
 *  5. A draft needs its form to be filled, not to be listed, exported or kept.
 */
#ifndef TAWAM_FORM_DRAFT_H
#define TAWAM_FORM_DRAFT_H

#include "form/record.h"
#include "twin/twin.h"

typedef struct draft draft;

/* A new draft of F, which is borrowed like what S points to. */
int draft_new(draft **out, twin *t, const form *f,
              const record_surroundings *s);
/* The same, of a record whose instanceID is known: "uuid:" and a uuid. NULL:
 * one is drawn. Whether such a record is there is the caller's to ask
 * (submission_find). */
int draft_new_as(draft **out, twin *t, const form *f,
                 const record_surroundings *s, const char *instance_id);
/* The instanceID of the record of form FORM_ID that KEY names, wherever it is
 * made; 41 bytes and a NUL. */
int draft_key(char out[42], const char *form_id, const char *key);
/* The draft ID, of F's id and version; TAWAM_ENOTFOUND; TAWAM_EUSAGE says of
 * which form or version it is when that is another. */
int draft_open(draft **out, twin *t, int64_t id, const form *f,
               const record_surroundings *s);
/* The same under F, another version of its form, which the draft is of from
 * then on. Answers go by path; what F has no place for is kept aside, and
 * stands in the row's notes at the end. BEFORE is the version that it was of,
 * so that what is new begins as in a new record; NULL: not at hand. One who
 * would rather not opens the draft with its old version. */
int draft_upgrade(draft **out, twin *t, int64_t id, const form *before,
                  const form *f, const record_surroundings *s);
/* CALL gets what was put aside: the path it had, in which version. */
int draft_each_aside(draft *d,
                     int (*call)(void *caller, const char *path,
                                 const char *value, const char *version),
                     void *caller);
/* Nothing is lost by it. */
void draft_free(draft *d);
int64_t draft_id(const draft *d);
/* The row that it becomes, or already is (*edits, which may be NULL: 1). */
int64_t draft_row(int *edits, const draft *d);
record *draft_record(draft *d);

/* ---- changes ---- */
/* As record_answer(), and on disk. */
int draft_answer(record_outcome *outcome, draft *d, form_node *node,
                 const char *value);
int draft_add_repeat(form_node **out, draft *d, form_node *parent,
                     form_item *item);
int draft_remove_repeat(draft *d, form_node *instance);
int draft_move_repeat(draft *d, form_node *instance, int by);
/* What else changed in the record: record_choices() takes back values. */
int draft_save(draft *d);
/* Changes from here to draft_commit() are on disk when that returned OK, all
 * or none, at the cost of one. Nests. */
int draft_begin(draft *d);
int draft_commit(draft *d);

/* Where to go on: any text, "" at first. Borrowed. */
int draft_set_place(draft *d, const char *path);
const char *draft_place(const draft *d);
/* TAWAM_ENOTFOUND when the form has no such language. "" the form's first. */
int draft_set_language(draft *d, const char *name);
const char *draft_language(const draft *d);
/* A note on the node at PATH, "" for none, and a mark that somebody should
 * look at it. It stays with its instance of a repeat. */
int draft_set_note(draft *d, const char *path, const char *text, int flagged);
/* *text "" and *flagged 0 without one; borrowed until the next draft_note. */
int draft_note(const char **text, int *flagged, draft *d, const char *path);
/* CALL gets each note, by the path that its node has now. */
int draft_each_note(draft *d,
                    int (*call)(void *caller, const char *path,
                                const char *text, int flagged),
                    void *caller);
/* TEXT is being typed for the node at PATH ("$": for the closing page), and no
 * answer yet; one line a draft. On disk when it returns; gone with the next
 * answer or instance, or by TEXT NULL. */
int draft_set_typed(draft *d, const char *path, const char *text);
/* NULL when nothing is half typed; borrowed until the next change. */
const char *draft_typed(const char **path, const draft *d);
/* The audit (audit.h), whole. On disk with the next change of the draft, or
 * by draft_save() or draft_free(). */
int draft_audit_set(draft *d, const void *bytes, size_t length);
int draft_audit(buffer *out, draft *d);

/* ---- those there are ---- */
typedef struct draft_entry {
    int64_t id;
    const char *form, *version, *title;
    const char *caption; /* its instanceName, else its first answer, else "" */
    int64_t started, changed; /* ms */
    int64_t answers; /* given by a person: no defaults, nothing calculated */
    int64_t fid;     /* the row it becomes or is an edit of */
    int edits;       /* 1: that row is there */
} draft_entry;
/* Latest change first; from A. */
int draft_list(draft_entry **list, size_t *count, twin *t, arena *a);
/* TAWAM_ENOTFOUND. */
int draft_find(draft_entry *out, twin *t, int64_t id, arena *a);
int draft_discard(twin *t, int64_t id);
/* What the record is called: its instanceName, else its first answer, else "".
 * Borrowed until the next change. */
const char *draft_caption(const draft *d);
/* All of it as XML, hidden values too, without its form. */
int draft_export(buffer *xml, twin *t, int64_t id);

/* ---- the end ---- */
/* What keeps it from being finished: relevant questions alone count. */
typedef struct draft_faults {
    size_t required, wrong;
    form_node *first; /* in the order of the form; NULL: nothing does */
} draft_faults;
/* Each answer against its rules. With a fault, error_message() has the words
 * of the first one's rule. */
int draft_check(draft_faults *out, draft *d);
/* The record as a row of its layer, rows of its repeats, and what it makes and
 * changes in entity lists, in one transaction; the draft is gone after it, D
 * is to be freed. TAWAM_ENO says how many answers are open or wrong and the
 * first of them; then, and on any error, the draft is as it was. */
int draft_finalize(int64_t *fid, draft *d);
/* The caller's transaction around draft_finalize() was rolled back: D is the
 * draft ID again, as it was. */
void draft_take_back(draft *d, int64_t id);
/* What finishing could not do as the form says (an entity to update that is
 * gone), a sentence each; such stand in the row's notes too. Borrowed. */
const char *const *draft_warnings(size_t *count, const draft *d);
/* The finished record of row FID as a draft: the one that is under way
 * already, else a new one. Finishing it changes the row. F may be another
 * version than the row's: what it has no place for stays in the row. */
int draft_edit(draft **out, twin *t, const form *f, int64_t fid,
               const record_surroundings *s);
/* *IS 1: an answer that a person can give, or an instance of a repeat, is
 * another than when the edit began; 0: none is, or D edits nothing. */
int draft_is_changed(int *is, draft *d);
/* The version of the form that the record FID was made with. Caller frees. */
int draft_row_version(char **version, twin *t, const char *form_id,
                      int64_t fid);

#endif
