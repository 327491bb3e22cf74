/* SPDX-License-Identifier: MIT */
/* forms, private: the forms of main as files.
 *
 *   forms/ID/current           the version's folder name and a newline
 *   forms/ID/VERSION/          survey.csv …, or form.xml
 *   forms/ID/VERSION/files/    attachments
 *   forms/ID/VERSION/manifest  "SHA-256, two blanks, name" of each file, as
 *                              sha256sum -c reads it; and when, by whom
 *
 * Without a manifest (put there by hand) every file counts. A large one is a
 * folder of pieces, survey.csv.parts/0001 … */
#ifndef TAWAM_WORK_FORMS_INTERNAL_H
#define TAWAM_WORK_FORMS_INTERNAL_H

#include "form/layout.h"
#include "work/forms.h"

#define FORMS_FOLDER "forms"
#define FORMS_MANIFEST "manifest"
#define FORMS_FILES "files/"
#define FORMS_CURRENT "current"
#define FORMS_PARTS ".parts/"

/* TEXT as a name of a folder or file: what can't stand in one as %XX; "" is
 * "-". Caller frees. */
char *forms_path_part(const char *text);
/* The text such a name stands for. Caller frees. */
char *forms_path_text(const char *part);

/* ---- main's forms: forms_main.c ---- */
typedef struct forms_version {
    const char *id, *version; /* decoded */
    const char *folder;       /* "forms/ID/VERSION" */
    const char **names;       /* files below it; owned array */
    size_t count, capacity;
    char source[DIGEST_HEX_SIZE]; /* follows from names and contents */
    digest *sum;                  /* while it is listed */
} forms_version;

typedef struct forms_catalogue {
    arena *memory;
    forms_version *list; /* by path */
    size_t count, capacity;
} forms_catalogue;
int forms_catalogue_read(forms_catalogue **out, territory *t);
void forms_catalogue_free(forms_catalogue *c);
/* What forms/ID/current says, decoded; "" and TAWAM_OK when it says nothing.
 * Caller frees. */
int forms_current(char **version, territory *t, const char *id);

/* A version read out of main. */
typedef struct forms_content {
    form_source *source;     /* owned */
    shelf_attachment *files; /* owned, with names and bytes */
    size_t file_count, file_capacity;
    int64_t published;
} forms_content;
/* TAWAM_EDAMAGED when a file is not what the manifest says. */
int forms_read(forms_content *out, territory *t, const forms_version *v);
void forms_content_clear(forms_content *c);
int forms_content_add(forms_content *c, const char *name, buffer *bytes);

/* ---- large files in pieces: forms_pieces.c ---- */
typedef struct forms_file_list {
    sync_file *files; /* owned, with their paths; the bytes are borrowed */
    size_t count, capacity;
} forms_file_list;
/* Add PATH (taken over, NULL is TAWAM_EMEMORY) with BYTES (borrowed), in
 * pieces that a link cut every 30 kB carries. */
int forms_file_add(forms_file_list *l, char *path, const void *bytes,
                   size_t length);
void forms_file_list_clear(forms_file_list *l);
/* PATH of main, whole or put together; TAWAM_ENOTFOUND where it is neither. */
int forms_file_read(buffer *out, territory *t, const char *path);

/* ---- attachments a form names: forms_files.c ---- */
/* Find each, in FOLDER or, for NULL, beside FILE, into C. Those that are lists
 * of the twin need not be there. */
int forms_find_files(forms_content *c, form_messages *m, twin *t, const form *f,
                     const char *file, const char *folder);

/* ---- labels: forms_labels.c ---- */
/* What the form's own words call its layers, columns and choices. */
int forms_set_labels(twin *t, const form *f);

/* ---- what a new version changes: forms_changes.c ---- */
/* Warnings for columns that get a wider type and questions that are gone. */
int forms_warn_changes(form_messages *m, twin *t, const form_layout *l);

#endif
