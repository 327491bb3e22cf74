/* SPDX-License-Identifier: MIT */
/* audit: how a record was filled: which question, when, how long, and what
 * came of it. About three bytes a question (FORMAT.md, "Audit").
 *
 * Invariants:
 *  1. What was written is read again, with times to a tenth of a second.
 *  2. Any bytes can be read: what is no audit is an error, never a crash.
 */
#ifndef TAWAM_FORM_AUDIT_H
#define TAWAM_FORM_AUDIT_H

#include "form/definition.h"

/* Numbers stand in stored bytes: never change one. */
typedef enum audit_kind {
    AUDIT_SEEN = 0,     /* a question was shown and left as it was */
    AUDIT_ANSWERED = 1, /* it got its first answer */
    AUDIT_CHANGED = 2,  /* its answer became another, or none */
    AUDIT_REFUSED = 3,  /* an answer was not taken */
    AUDIT_JUMP = 4,     /* from here to somewhere else by its name */
    AUDIT_ADDED = 5,    /* an instance of a repeat came */
    AUDIT_REMOVED = 6,
    AUDIT_START = 7,    /* the form was begun; no item from here on */
    AUDIT_RESUME = 8,   /* opened again */
    AUDIT_EXIT = 9,     /* left unfinished */
    AUDIT_CLOSING = 10, /* the closing page was shown */
    AUDIT_FINALIZE = 11,
    AUDIT_EDIT = 12, /* a finalised record was opened again */
    AUDIT_LANGUAGE = 13,
    AUDIT_PAUSE = 14,  /* nobody did anything */
    AUDIT_WARNED = 15, /* an answer that the form warns of was left standing */
    AUDIT_REASON = 16  /* why a finalised record was changed was said */
} audit_kind;
#define AUDIT_KINDS 17

/* Texts that go with an event where the form asks for them (its audit's
 * track-changes, identify-user, track-changes-reasons). */
typedef enum audit_text {
    AUDIT_OLD = 0,        /* the answer before */
    AUDIT_NEW = 1,        /* and after */
    AUDIT_USER = 2,       /* who began or went on */
    AUDIT_CHANGED_FOR = 3 /* with AUDIT_REASON: the reason */
} audit_text;
#define AUDIT_TEXTS 4
#define AUDIT_TEXT_MOST 65536 /* bytes that are kept of one */

/* Where it was filled, where the form asks for that (location-…). */
typedef struct audit_place {
    int32_t latitude, longitude; /* 10^-7 degrees, WGS 84 */
    uint32_t accuracy; /* centimetres; 0: from a receiver that is none */
} audit_place;
#define AUDIT_DEGREE 10000000

#define AUDIT_DEPTH 8 /* repeats within each other, at most */

typedef struct audit_event {
    audit_kind kind;
    const form_item *item; /* NULL: none, or not in this form */
    uint32_t number;       /* of the item among the form's elements; 0 none */
    uint32_t instances[AUDIT_DEPTH]; /* of the repeats around, outer first,
                                        from 1 */
    size_t instance_count;
    int64_t start, end;             /* ms; end not before start */
    const char *texts[AUDIT_TEXTS]; /* by audit_text; NULL: none. Read: until
                                       the next audit_next() */
    int has_place;                  /* 1: PLACE is where it was */
    audit_place place;
} audit_event;

/* EVENT's item and instances are those of NODE. */
void audit_event_at(audit_event *event, const form_node *node);

typedef struct audit_writer audit_writer;
/* Goes on after BYTES (LENGTH 0: from the beginning). */
int audit_writer_new(audit_writer **out, const void *bytes, size_t length);
void audit_writer_free(audit_writer *w);
int audit_add(audit_writer *w, const audit_event *event);
/* All so far; borrowed until the next audit_add(). */
const buffer *audit_bytes(const audit_writer *w);

/* An audit of form FROM (NULL: not at hand) as one of form TO, appended: items
 * by their paths; an event whose item TO has not is one without an item. */
int audit_convert(buffer *out, const form *from, const form *to,
                  const void *bytes, size_t length);

typedef struct audit_reader audit_reader;
/* F may be NULL: then items are numbers alone. BYTES are borrowed. */
int audit_reader_new(audit_reader **out, const form *f, const void *bytes,
                     size_t length);
void audit_reader_free(audit_reader *r);
/* 1 an event, 0 the end, TAWAM_EDAMAGED, TAWAM_ENEWER. */
int audit_next(audit_event *event, audit_reader *r);

/* The reasons that AFTER has and BEFORE, an earlier state of it (LENGTH 0:
 * none), has not, with "; " between, appended; nothing where there are none. */
int audit_new_reasons(buffer *out, const void *before, size_t before_length,
                      const void *after, size_t after_length);

/* ---- as ODK's audit.csv (audit_csv.c) ---- */
/* An audit of F as CSV, appended. Events that ODK has no word for are called
 * "language", "pause" and "warning". */
int audit_write_csv(buffer *csv, const form *f, const void *bytes,
                    size_t length);
/* CSV as the audit of R, a record of F, appended; events of kinds that are not
 * kept (location tracking enabled …) are left out. TAWAM_EUSAGE: it is no
 * audit. */
struct record;
int audit_read_csv(buffer *out, const form *f, struct record *r,
                   const char *csv, size_t length);

#endif
