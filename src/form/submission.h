/* SPDX-License-Identifier: MIT */
/* submission: a finished record as XML in ODK's format (ODK XForms,
 * "Submission"), written from its rows and read back from any tool's.
 *
 * Invariants:
 *  1. What is written and read again elsewhere is written there to the same
 *     bytes: all that the form has a place for is kept.
 *  2. A record is read once: whoever reads it again gets the row it has.
 *  3. What a submission has and its form has not is listed, never silent.
 */
#ifndef TAWAM_FORM_SUBMISSION_H
#define TAWAM_FORM_SUBMISSION_H

#include "form/record.h"
#include "twin/twin.h"

/* The record of row FID of F's layer, appended: relevant nodes alone. F is the
 * version that the record was made with (draft_row_version). */
int submission_write(buffer *xml, twin *t, const form *f, int64_t fid);

/* What reading one had to say; texts are from the arena given. */
typedef struct submission_report {
    int was_there;      /* 1: that instanceID is a row already; nothing done */
    int was_edit;       /* 1: a row that was there became this */
    const char **lines; /* nodes without a place, values of a wrong type or
                           against a rule, entities that could not be made or
                           changed */
    size_t count, capacity;
} submission_report;
/* XML (LENGTH bytes) becomes a record of F, with what it says of entities, in
 * one transaction. What rules of the form speak against is kept, as another
 * tool took it, and told. Another form's or an encrypted one is refused,
 * TAWAM_EUSAGE. */
int submission_read(int64_t *fid, submission_report *report, twin *t,
                    const form *f, const char *xml, size_t length, arena *a);

/* The row of F's record INSTANCE_ID, or of the one that was edited into it; 0:
 * there is none. */
int submission_find(int64_t *fid, twin *t, const form *f,
                    const char *instance_id);

/* The audit of row FID as audit.csv, appended; TAWAM_ENOTFOUND without a
 * message: F asks for none, or the row has none. */
int submission_audit_write(buffer *csv, twin *t, const form *f, int64_t fid);
/* CSV becomes the audit of row FID; of one that has an audit only where CHANGED
 * is 1: the submission that it came with changed the row. */
int submission_audit_read(twin *t, const form *f, int64_t fid, int changed,
                          const char *csv, size_t length);
/* What meta/audit says where there is one: the file's name. */
#define SUBMISSION_AUDIT "audit.csv"

/* Which form, version and record XML is of; from A. */
typedef struct submission_head {
    /* "" where there is none; audit: the file that it names */
    const char *form, *version, *instance_id, *audit;
} submission_head;
int submission_identify(submission_head *out, const char *xml, size_t length,
                        arena *a);

/* The record of F that was finished last on this replica, as XML, appended;
 * TAWAM_ENOTFOUND without a message. What record_surroundings.last_saved asks.
 */
int submission_last(buffer *xml, twin *t, const form *f);

#endif
