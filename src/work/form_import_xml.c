/* SPDX-License-Identifier: MIT */
/* Submissions in ODK's XML, from any tool, as records. */
#include "form/submission.h"
#include "work/form_import_internal.h"
#include "work/forms.h"
#include <stdlib.h>
#include <string.h>

#define AUDIT_CSV_MOST ((size_t)16 << 20) /* bytes */

typedef struct reading {
    territory *t;
    const work_form_submissions *o;
    work_form_import_result *done;
    arena *memory;
    form *f; /* of the version read last */
    char *version;
} reading;

/* The form of that version, or where it is not here the current one. */
static int open_version(reading *r, const char *version)
{
    int code;
    if (r->f && strcmp(r->version, version) == 0)
        return TAWAM_OK;
    form_free(r->f);
    free(r->version);
    r->f = NULL;
    r->version = memory_string(version);
    if (!r->version)
        return TAWAM_EMEMORY;
    code = shelf_open(&r->f, r->t->twin, r->o->form, version);
    return code == TAWAM_ENOTFOUND
               ? shelf_open(&r->f, r->t->twin, r->o->form, NULL)
               : code;
}

static void tell(reading *r, const char *file, const char *words)
{
    char *safe = text_safe(words, strlen(words), 0);
    if (r->o->tell && safe)
        r->o->tell(r->o->context, file, safe);
    free(safe);
}

/* 1 for what is the machine's trouble, and no fault of the file. */
static int is_ours(int code)
{
    return code == TAWAM_EMEMORY || code == TAWAM_EFULL || code == TAWAM_EBUSY;
}

/* The audit that FILE, x.xml, names: x.audit.csv beside it, else audit.csv, as
 * where each submission has a folder. */
static int read_audit(reading *r, const char *file, const char *name,
                      int64_t fid, int changed)
{
    const char *slash = strrchr(file, '/');
    int folder = slash ? (int)(slash - file) + 1 : 0;
    int stem = (int)(strlen(file) - strlen(file_extension(file)));
    char *beside = memory_format("%.*s%s", stem, file, name);
    char *alone = memory_format("%.*s%s", folder, file, name);
    const char *found = beside && file_exists(beside) ? beside : alone;
    buffer csv = {0};
    int code = beside && alone ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && (strchr(name, '/') || !file_exists(found)))
        tell(r, file, _("its audit is not beside it"));
    else if (code == TAWAM_OK)
        code = file_read(&csv, found, AUDIT_CSV_MOST);
    if (code == TAWAM_OK && csv.length)
        code = submission_audit_read(r->t->twin, r->f, fid, changed,
                                     (const char *)csv.data, csv.length);
    /* the record is there; one whose audit does not read now is read later */
    if (code != TAWAM_OK && !is_ours(code) && code != TAWAM_EENVIRONMENT) {
        tell(r, found, error_message());
        code = TAWAM_OK;
    }
    buffer_free(&csv);
    free(beside);
    free(alone);
    return code;
}

typedef struct listener {
    reading *r;
    const char *file;
} listener;

static void on_media(void *context, const char *words)
{
    const listener *l = context;
    tell(l->r, l->file, words);
}

/* A photo that was not there is taken in when the submission is imported again
 * with it. */
static int read_media(reading *r, const char *file, int64_t fid)
{
    const char *slash = strrchr(file, '/');
    listener l = {r, file};
    char *folder =
        memory_string_length(file, slash ? (size_t)(slash - file) + 1 : 0);
    int code = folder ? import_media(r->t, r->f, fid, folder, on_media, &l)
                      : TAWAM_EMEMORY;
    if (code != TAWAM_OK && !is_ours(code)) { /* the record is there */
        tell(r, file, error_message());
        code = TAWAM_OK;
    }
    free(folder);
    return code;
}

static int read_one(reading *r, const buffer *xml, const char *file)
{
    submission_head head = {0};
    submission_report report = {0};
    const char *bytes = xml->data ? (const char *)xml->data : "";
    int64_t fid = 0;
    int code = submission_identify(&head, bytes, xml->length, r->memory);
    if (code == TAWAM_OK)
        code = open_version(r, head.version);
    if (code == TAWAM_OK)
        code = submission_read(&fid, &report, r->t->twin, r->f, bytes,
                               xml->length, r->memory);
    for (size_t i = 0; code == TAWAM_OK && i < report.count; i++)
        tell(r, file, report.lines[i]);
    if (code == TAWAM_OK && *head.audit && r->f->audit)
        code = read_audit(r, file, head.audit, fid, !report.was_there);
    if (code == TAWAM_OK)
        code = read_media(r, file, fid);
    if (code == TAWAM_OK && report.was_there)
        r->done->already++;
    else if (code == TAWAM_OK)
        r->done->records++;
    return code;
}

int work_form_import_submissions(work_form_import_result *out, territory *t,
                                 const work_form_submissions *options)
{
    reading r = {.t = t, .o = options, .done = out};
    int code = work_forms_refresh(NULL, t);
    *out = (work_form_import_result){0};
    if (code == TAWAM_OK) /* an id that is none is said at once */
        code = open_version(&r, "");
    if (code == TAWAM_OK)
        code = arena_new(&r.memory);
    for (size_t i = 0; code == TAWAM_OK && i < options->count; i++) {
        buffer xml = {0};
        int has_read = 0;
        code = file_read(&xml, options->files[i], FORM_XML_MOST);
        if (code == TAWAM_OK) {
            has_read = 1;
            code = read_one(&r, &xml, options->files[i]);
        }
        out->rows++;
        /* once it is read, that tells of the replica's disk */
        if (code != TAWAM_OK && !is_ours(code) &&
            !(has_read && code == TAWAM_EENVIRONMENT)) {
            tell(&r, options->files[i], error_message());
            out->wrong++;
            code = TAWAM_OK;
        }
        buffer_free(&xml);
        arena_reset(r.memory);
    }
    form_free(r.f);
    free(r.version);
    arena_free(r.memory);
    return code;
}
