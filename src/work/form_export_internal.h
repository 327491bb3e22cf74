/* SPDX-License-Identifier: MIT */
/* form_export, private: going through a form's records. */
#ifndef TAWAM_WORK_FORM_EXPORT_INTERNAL_H
#define TAWAM_WORK_FORM_EXPORT_INTERNAL_H

#include "work/form_export.h"

typedef struct export_record {
    int64_t fid;
    const form *form;    /* of the version that it was made with */
    const char *version; /* as its row says */
    const buffer *xml;   /* its submission */
    const form_node *root;
    const char *instance_id; /* "uuid:…" */
} export_record;

typedef int (*export_call)(void *context, const export_record *one);

typedef struct export_forms {
    territory *t;
    const char *id;
    arena *memory;
    struct {
        const char *version;
        form *form; /* owned, or the current one */
        int is_own;
    } * list; /* the current one first */
    size_t count, capacity;
} export_forms;

/* The current version of form ID, and every other that records are of and the
 * shelf has. A form of which only older versions are left is opened too. */
int export_forms_open(export_forms *out, territory *t, const char *id);
void export_forms_close(export_forms *f);
/* CALL for each record, by row id. Non-zero stops and is returned. */
int export_each(export_forms *f, export_call call, void *context);

#endif
