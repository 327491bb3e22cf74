/* SPDX-License-Identifier: MIT */
/* Records as XML: written from rows, identified. Reading is in
 * submission_read.c. */
#include "form/audit.h"
#include "form/submission.h"
#include "form/store_internal.h"
#include <stdlib.h>
#include <string.h>

/* The version that the row says, whatever F's is. */
static int put_version(record *r, const char *version)
{
    form_node *a = record_root(r)->attributes;
    while (a && strcmp(a->name, "version") != 0)
        a = a->next;
    return a && *version ? record_put(r, a, version) : TAWAM_OK;
}

int submission_write(buffer *xml, twin *t, const form *f, int64_t fid)
{
    record_surroundings s = {.twin = t};
    form_layout *l = NULL;
    stored_row row = {0};
    record *r = NULL;
    arena *a = NULL;
    int code = form_layout_new(&l, f);
    if (code == TAWAM_OK)
        code = arena_new(&a);
    if (code == TAWAM_OK)
        code = store_read(&r, &row, t, l, fid, &s, a, NULL, NULL);
    if (code == TAWAM_OK)
        code = put_version(r, row.version);
    if (code == TAWAM_OK)
        code = record_resume(r);
    if (code == TAWAM_OK && f->audit && row.audit_length) {
        form_node *audit = record_near(record_root(r), f->audit);
        code = audit ? record_put(r, audit, SUBMISSION_AUDIT) : TAWAM_OK;
    }
    if (code == TAWAM_OK)
        code = record_write(xml, r);
    record_free(r);
    arena_free(a);
    form_layout_free(l);
    return code;
}

/* ---- the audit ---- */

/* Row FID: its record and what else it has, from A. */
static int read_row(record **r, stored_row *row, twin *t, const form *f,
                    int64_t fid, arena *a)
{
    record_surroundings s = {.twin = t};
    form_layout *l = NULL;
    int code = form_layout_new(&l, f);
    if (code == TAWAM_OK)
        code = store_read(r, row, t, l, fid, &s, a, NULL, NULL);
    form_layout_free(l);
    return code;
}

int submission_audit_write(buffer *csv, twin *t, const form *f, int64_t fid)
{
    stored_row row = {0};
    record *r = NULL;
    arena *a = NULL;
    int code = f->audit ? arena_new(&a) : TAWAM_ENOTFOUND;
    if (code == TAWAM_OK)
        code = read_row(&r, &row, t, f, fid, a);
    if (code == TAWAM_OK)
        code = row.audit_length
                   ? audit_write_csv(csv, f, row.audit, row.audit_length)
                   : TAWAM_ENOTFOUND;
    record_free(r);
    arena_free(a);
    return code;
}

static int put_audit(twin *t, const form *f, int64_t fid, const buffer *bytes)
{
    const twin_layer *layer = NULL;
    twin_cell cell = {.value = {.kind = TWIN_KIND_BYTES,
                                .bytes = (const char *)bytes->data,
                                .length = bytes->length}};
    buffer name = {0};
    int code = form_record_layer(&name, f->id);
    if (code == TAWAM_OK)
        code = twin_layer_find(&layer, t, (const char *)name.data);
    if (code == TAWAM_OK)
        code = store_column_id(&cell.column, layer, "audit");
    if (code == TAWAM_OK)
        code = twin_row_update(NULL, t, layer, fid, &cell, 1);
    buffer_free(&name);
    return code;
}

int submission_audit_read(twin *t, const form *f, int64_t fid, int changed,
                          const char *csv, size_t length)
{
    stored_row row = {0};
    record *r = NULL;
    arena *a = NULL;
    buffer bytes = {0};
    int code = arena_new(&a);
    if (code == TAWAM_OK)
        code = read_row(&r, &row, t, f, fid, a);
    if (code == TAWAM_OK && (changed || !row.audit_length))
        code = audit_read_csv(&bytes, f, r, csv, length);
    if (code == TAWAM_OK && bytes.length)
        code = put_audit(t, f, fid, &bytes);
    buffer_free(&bytes);
    record_free(r);
    arena_free(a);
    return code;
}

int submission_last(buffer *xml, twin *t, const form *f)
{
    char *name = memory_format("last-record.%s", f->id), *value = NULL;
    int64_t fid = 0;
    int code = name ? twin_setting(&value, t, name) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = text_integer(&fid, value);
    if (code == TAWAM_OK)
        code = submission_write(xml, t, f, fid);
    if (code == TAWAM_EUSAGE || code == TAWAM_ENOTFOUND) {
        error_clear(); /* its row is gone */
        code = TAWAM_ENOTFOUND;
    }
    free(name);
    free(value);
    return code;
}

/* ---- which record it is ---- */

static const form_node *child_named(const form_node *node, const char *name)
{
    const form_node *c = node ? node->first : NULL;
    while (c && (c->is_text || strcmp(c->name, name) != 0))
        c = c->next;
    return c;
}

static const char *attribute(const form_node *node, const char *name)
{
    const form_node *a = form_attribute(node, name);
    return a ? a->value : "";
}

int submission_identify(submission_head *out, const char *xml, size_t length,
                        arena *a)
{
    form_names *names = NULL;
    form_document *d = NULL;
    const form_node *root, *meta, *id, *audit;
    int code = form_names_new(&names);
    if (code == TAWAM_OK)
        code = form_document_read(&d, names, xml, length);
    root = code == TAWAM_OK ? form_document_root(d) : NULL;
    if (code == TAWAM_OK && (!root || !*attribute(root, "id")))
        code = error_set(TAWAM_EUSAGE,
                         _("this is no record: its first element does not "
                           "say, by id=, which form it is of"));
    if (code == TAWAM_OK) {
        meta = child_named(root, "meta");
        id = child_named(meta, "instanceID");
        audit = child_named(meta, "audit");
        *out = (submission_head){
            .form = arena_string(a, attribute(root, "id")),
            .version = arena_string(a, attribute(root, "version")),
            .instance_id = arena_string(a, id ? id->value : ""),
            .audit = arena_string(a, audit ? audit->value : "")};
        code = out->form && out->version && out->instance_id && out->audit
                   ? TAWAM_OK
                   : TAWAM_EMEMORY;
    }
    form_document_free(d);
    form_names_free(names);
    return code;
}
