/* SPDX-License-Identifier: MIT */
/* form_export: see form_export.h. Records are read as submissions, whatever
 * they are written as: one way of telling what a record holds. */
#include "work/form_export_internal.h"
#include "form/draft.h"
#include "form/submission.h"
#include "work/forms_internal.h"
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* ---- the form itself ---- */

int work_form_export_xform(buffer *xml, territory *t, const char *id,
                           const char *version)
{
    return shelf_xml(xml, t->twin, id, version);
}

static int write_into(const char *folder, const char *name, const void *bytes,
                      size_t length)
{
    char *path = file_join(folder, name);
    int code = path ? file_write_atomic(path, length ? bytes : "", length)
                    : TAWAM_EMEMORY;
    free(path);
    return code;
}

static int write_content(int64_t *files, const forms_content *c,
                         const char *folder)
{
    int code = file_make_folders(folder);
    for (size_t i = 0; code == TAWAM_OK && i < c->source->count; i++) {
        const form_part *part = &c->source->parts[i];
        code = write_into(folder, part->name, part->bytes, part->length);
        *files += code == TAWAM_OK;
    }
    for (size_t i = 0; code == TAWAM_OK && i < c->file_count; i++) {
        char *name = forms_path_part(c->files[i].name);
        code = name ? write_into(folder, name, c->files[i].bytes,
                                 c->files[i].length)
                    : TAWAM_EMEMORY;
        *files += code == TAWAM_OK;
        free(name);
    }
    return code;
}

int work_form_export_sheets(int64_t *files, territory *t, const char *id,
                            const char *version, const char *folder)
{
    forms_catalogue *c = NULL;
    forms_content content = {0};
    arena *a = NULL;
    shelf_form f;
    int code = arena_new(&a), found = 0;
    *files = 0;
    if (code == TAWAM_OK)
        code = shelf_find(&f, t->twin, id, version, a);
    if (code == TAWAM_OK)
        code = forms_catalogue_read(&c, t);
    for (size_t i = 0; code == TAWAM_OK && i < c->count && !found; i++) {
        found = strcmp(c->list[i].id, f.id) == 0 &&
                strcmp(c->list[i].version, f.version) == 0;
        if (found)
            code = forms_read(&content, t, &c->list[i]);
    }
    if (code == TAWAM_OK && !found)
        code = error_set(TAWAM_ENOTFOUND,
                         _("main has form %.60s no more; its XForm is here: "
                           "--to xform"),
                         id);
    if (code == TAWAM_OK)
        code = write_content(files, &content, folder);
    forms_content_clear(&content);
    forms_catalogue_free(c);
    arena_free(a);
    return code;
}

/* ---- the forms that records are of ---- */

static int add_form(export_forms *f, const char *version)
{
    form *opened = NULL;
    int own = 1, code;
    for (size_t i = 0; i < f->count; i++)
        if (version && strcmp(f->list[i].version, version) == 0)
            return TAWAM_OK;
    code = memory_reserve((void **)&f->list, &f->capacity, f->count + 1,
                          sizeof *f->list);
    if (code == TAWAM_OK)
        code = shelf_open(&opened, f->t->twin, f->id, version);
    if (code == TAWAM_ENOTFOUND && f->count) { /* as the current one */
        opened = f->list[0].form;
        own = 0;
        code = TAWAM_OK;
    }
    if (code != TAWAM_OK)
        return code;
    f->list[f->count].form = opened;
    f->list[f->count].is_own = own;
    f->list[f->count].version =
        arena_string(f->memory, version ? version : opened->version);
    if (!f->list[f->count++].version)
        return TAWAM_EMEMORY;
    return TAWAM_OK;
}

/* The current version, or the newest that is left of a withdrawn form. */
static int add_current(export_forms *f)
{
    shelf_form *list = NULL;
    size_t count = 0;
    int code = add_form(f, NULL), listed;
    if (code != TAWAM_ENOTFOUND)
        return code;
    listed = shelf_list(&list, &count, f->t->twin, f->memory);
    if (listed != TAWAM_OK)
        return listed;
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].id, f->id) == 0 && !*list[i].problem)
            return add_form(f, list[i].version);
    return code;
}

/* "SELECT WHAT FROM the record layer …"; *OUT NULL where no layer is. */
static int select_records(sqlite3_stmt **out, export_forms *f, const char *what,
                          const char *end)
{
    const twin_layer *layer = NULL;
    buffer name = {0}, sql = {0};
    int code = form_record_layer(&name, f->id);
    if (code == TAWAM_OK)
        code = twin_layer_find(&layer, f->t->twin, (char *)name.data);
    if (code == TAWAM_OK) {
        buffer_format(&sql, "SELECT %s FROM ", what);
        twin_quote(&sql, layer->name);
        buffer_format(&sql, " %s", end);
        code = buffer_check(&sql);
        if (code == TAWAM_OK)
            code = twin_prepare(out, f->t->twin, (char *)sql.data, 0);
    } else if (code == TAWAM_ENOTFOUND) {
        error_clear();
        code = TAWAM_OK;
    }
    buffer_free(&name);
    buffer_free(&sql);
    return code;
}

int export_forms_open(export_forms *out, territory *t, const char *id)
{
    sqlite3_stmt *s = NULL;
    int code;
    *out = (export_forms){.t = t, .id = id};
    code = arena_new(&out->memory);
    if (code == TAWAM_OK)
        code = add_current(out);
    if (code == TAWAM_OK)
        code = select_records(&s, out, "DISTINCT coalesce(form_version, '')",
                              "ORDER BY 1 DESC");
    while (code == TAWAM_OK && s && (code = twin_step(t->twin, s)) == 1)
        code = add_form(out, (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    return code;
}

void export_forms_close(export_forms *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->list[i].is_own)
            form_free(f->list[i].form);
    free(f->list);
    arena_free(f->memory);
    memset(f, 0, sizeof *f);
}

/* ---- records ---- */

static const char *instance_of(const form_node *root)
{
    for (const form_node *n = root; n; n = form_node_after(n, root, 1))
        if (strcmp(n->name, "instanceID") == 0)
            return n->value;
    return "";
}

static int each_one(export_forms *f, int64_t fid, const char *version,
                    export_call call, void *context)
{
    export_record one = {.fid = fid, .version = version};
    form_document *d = NULL;
    form_names *names = NULL;
    buffer xml = {0};
    int code = form_names_new(&names);
    for (size_t i = 0; i < f->count && !one.form; i++)
        if (strcmp(f->list[i].version, version) == 0)
            one.form = f->list[i].form;
    if (!one.form) /* recorded since the forms were opened */
        one.form = f->list[0].form;
    if (code == TAWAM_OK)
        code = submission_write(&xml, f->t->twin, one.form, fid);
    if (code == TAWAM_OK)
        code =
            form_document_read(&d, names, (const char *)xml.data, xml.length);
    if (code == TAWAM_OK) {
        one.xml = &xml;
        one.root = form_document_root(d);
        one.instance_id = instance_of(one.root);
        code = call(context, &one);
    }
    form_document_free(d);
    form_names_free(names);
    buffer_free(&xml);
    return code;
}

int export_each(export_forms *f, export_call call, void *context)
{
    sqlite3_stmt *s = NULL;
    int code = select_records(&s, f, "fid, coalesce(form_version, '')",
                              "ORDER BY fid");
    while (code == TAWAM_OK && s && (code = twin_step(f->t->twin, s)) == 1)
        code = each_one(f, sqlite3_column_int64(s, 0),
                        (const char *)sqlite3_column_text(s, 1), call, context);
    sqlite3_finalize(s);
    return code;
}

/* ---- submissions ---- */

typedef struct submissions {
    const char *folder;
    twin *t;
    int64_t count;
} submissions;

/* The submission PART.xml names its audit.csv; beside others in one folder
 * that is PART.audit.csv. */
static int write_audit(submissions *s, const export_record *one,
                       const char *part)
{
    buffer csv = {0};
    char *name = memory_format("%s." SUBMISSION_AUDIT, part);
    int code = name ? submission_audit_write(&csv, s->t, one->form, one->fid)
                    : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = write_into(s->folder, name, csv.data, csv.length);
    buffer_free(&csv);
    free(name);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

static int write_submission(void *context, const export_record *one)
{
    submissions *s = context;
    const char *id = one->instance_id;
    char *part, *name;
    int code;
    if (strncmp(id, "uuid:", 5) == 0)
        id += 5;
    part = forms_path_part(id);
    name = part ? memory_format("%s.xml", part) : NULL;
    code = name ? write_into(s->folder, name, one->xml->data, one->xml->length)
                : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = write_audit(s, one, part);
    s->count += code == TAWAM_OK;
    free(part);
    free(name);
    return code;
}

int work_form_export_submissions(int64_t *records, territory *t, const char *id,
                                 const char *folder)
{
    export_forms f = {0};
    submissions s = {.folder = folder, .t = t->twin};
    int code = export_forms_open(&f, t, id);
    if (code == TAWAM_OK)
        code = file_make_folders(folder);
    if (code == TAWAM_OK)
        code = export_each(&f, write_submission, &s);
    *records = s.count;
    export_forms_close(&f);
    return code;
}
