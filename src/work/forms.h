/* SPDX-License-Identifier: MIT */
/* forms: questionnaires in main, and how they come to every replica's shelf.
 *
 *   a file --work_form_publish--> main: forms/ID/VERSION/… --sync-->
 *       work_forms_refresh: the shelf (form/shelf.h) of each replica
 *
 * Invariants:
 *  1. A version once published does not change: other content needs another
 *     version, and a newer one than all before.
 *  2. A form that can't be used here never stops a sync: the shelf keeps why.
 *  3. Publishing works without a remote, and on two desks at once; a kill at
 *     any moment leaves main with the whole version or without it.
 */
#ifndef TAWAM_WORK_FORMS_H
#define TAWAM_WORK_FORMS_H

#include "form/form.h"
#include "work/territory.h"

typedef struct work_form_options {
    const char *file;   /* .xlsx, .md, .xml, a folder of CSV sheets */
    const char *attach; /* where attachments are; NULL: beside the file */
} work_form_options;

typedef struct work_form_published {
    arena *memory; /* of the words */
    const char *id, *version, *title;
    int already;               /* 1: this very version was published before */
    size_t attachments;        /* files that go with it */
    int64_t bytes;             /* of all that was put into main */
    char commit[SYNC_ID_SIZE]; /* of main, or "" */
} work_form_published;

/* Check the form, put it into main and make the layers for its records and
 * entities. M gets all messages, warnings too. It travels at the next sync.
 * TAWAM_EUSAGE: the form or its attachments are not as they should be;
 * TAWAM_ENO: that version is published with other content, or a newer one is.
 */
int work_form_publish(work_form_published *out, form_messages *m, territory *t,
                      const work_form_options *options);
void work_form_published_clear(work_form_published *p);

/* Make the shelf equal to main's forms, where main or the layers changed. NEWS
 * (may be NULL) gets a sentence a line on each form that is new or can't be
 * used. */
int work_forms_refresh(buffer *news, territory *t);

/* ---- what there is ---- */
typedef enum work_form_state {
    WORK_FORM_CURRENT = 1,
    WORK_FORM_OLDER,     /* has records or drafts; a newer one is current */
    WORK_FORM_WITHDRAWN, /* main has it no more */
    WORK_FORM_UNUSABLE,  /* `problem` says why */
    WORK_FORM_UNKNOWN    /* there are records, but no such form or version */
} work_form_state;

typedef struct work_form_line {
    const char *id, *version, *title, *problem;
    work_form_state state;
    int64_t records, drafts;
    int64_t published; /* ms, 0 unknown */
} work_form_line;

/* Each form's current version, and every other with records or drafts, or that
 * can't be used; by id, newest first. From A. */
int work_forms_list(work_form_line **list, size_t *count, territory *t,
                    arena *a);

/* The reasons that the change CELL brought into a record's audit, with "; "
 * between, appended; nothing where there are none, or where it is no audit or
 * one that can't be read. TAWAM_EMEMORY. */
int work_change_reasons(buffer *out, const sync_change_cell *cell);

#endif
