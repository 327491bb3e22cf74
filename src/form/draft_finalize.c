/* SPDX-License-Identifier: MIT */
/* The end of a draft: checked, stored, gone. */
#include "form/draft_internal.h"
#include "form/store_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- checking ---- */

/* Calculated nodes and those nobody is asked about can't be mended. */
static int is_checked(const form_node *n)
{
    return n->item && n->item->control && !n->first && !n->is_hidden;
}

int draft_check(draft_faults *out, draft *d)
{
    form_node *root = record_root(d->r);
    draft_faults faults = {0};
    int code = TAWAM_OK;
    for (form_node *n = root; code == TAWAM_OK && n;
         n = form_node_after(n, root, !n->is_hidden)) {
        record_outcome outcome = RECORD_OK;
        if (!is_checked(n))
            continue;
        code = record_check(&outcome, d->r, n);
        faults.required += outcome == RECORD_REQUIRED;
        faults.wrong += outcome == RECORD_CONSTRAINT;
        if (outcome != RECORD_OK && !faults.first)
            faults.first = n;
    }
    if (code == TAWAM_OK && faults.first) { /* its words again */
        record_outcome outcome;
        code = record_check(&outcome, d->r, faults.first);
    }
    if (code == TAWAM_OK)
        *out = faults;
    return code;
}

static int refuse(draft *d, const draft_faults *faults)
{
    char *why = memory_string(error_message());
    buffer path = {0};
    int code;
    draft_path_of(&path, faults->first);
    code = why ? buffer_check(&path) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = draft_save(d);
    if (code == TAWAM_OK)
        code = error_set(TAWAM_ENO,
                         _("%zu answers are missing and %zu are wrong; the "
                           "first, %.200s: %s"),
                         faults->required, faults->wrong,
                         (const char *)path.data, why);
    buffer_free(&path);
    free(why);
    return code;
}

/* ---- notes ---- */

/* A line of the column `note`: "! " when flagged, the path, ": ", the text, a
 * blank before each further line of it (FORMAT.md). */
static int write_note(void *caller, const char *path, const char *text,
                      int flagged)
{
    buffer *out = caller;
    if (out->length)
        buffer_byte(out, '\n');
    buffer_format(out, "%s%s: ", flagged ? "! " : "", path);
    for (; *text; text++) {
        buffer_byte(out, (uint8_t)*text);
        if (*text == '\n')
            buffer_byte(out, ' ');
    }
    return buffer_check(out);
}

/* What an upgrade put aside is a line of its own. */
static int write_aside(void *caller, const char *path, const char *value,
                       const char *version)
{
    char *text = memory_format("%s (%s)", value, version);
    int code = text ? write_note(caller, path, text, 0) : TAWAM_EMEMORY;
    free(text);
    return code;
}

typedef struct warning_list {
    draft *d;
    buffer *note;
    draft_before before; /* of an edit */
} warning_list;

static int add_warning(void *caller, const char *path, const char *text)
{
    warning_list *w = caller;
    draft *d = w->d;
    char *copy = memory_string(text);
    int code = copy
                   ? memory_reserve((void **)&d->warnings, &d->warning_capacity,
                                    d->warning_count + 1, sizeof *d->warnings)
                   : TAWAM_EMEMORY;
    if (code != TAWAM_OK) {
        free(copy);
        return code;
    }
    d->warnings[d->warning_count++] = copy;
    return write_note(w->note, path, text, 1);
}

const char *const *draft_warnings(size_t *count, const draft *d)
{
    *count = d->warning_count;
    return (const char *const *)d->warnings;
}

static int began_with(const char **before, void *caller, const form_node *node)
{
    warning_list *w = caller;
    return draft_before_node(before, &w->before, w->d, node);
}

static void forget_warnings(draft *d)
{
    while (d->warning_count)
        free(d->warnings[--d->warning_count]);
}

/* ---- storing ---- */

/* What an edit writes of its numbers: a new instanceID, and the one before. */
static int name_edit(store_job *j, draft *d, const form_layout *l)
{
    const twin_layer *layer = NULL;
    stored_row row = {0};
    record *before = NULL;
    char *old;
    int code = twin_layer_find(&layer, d->t, l->layers[0].name);
    if (code == TAWAM_OK)
        code = store_read(&before, &row, d->t, l, d->fid, NULL, j->memory, NULL,
                          NULL);
    if (code != TAWAM_OK)
        return error_add("%s", _("the record that was edited"));
    record_free(before);
    old = arena_alloc(j->memory, strlen(row.uuid) + 6);
    if (!old)
        return TAWAM_EMEMORY;
    memcpy(old, "uuid:", 5);
    memcpy(old + 5, row.uuid, strlen(row.uuid) + 1);
    j->deprecated_id = *row.instance_id ? row.instance_id : old;
    j->instance_id = d->instance_id;
    return code;
}

/* An edit that changed nothing leaves the row as it was. */
static int write_names(store_job *j, const store_job *names,
                       const form_layout *l)
{
    twin_cell cells[2];
    const twin_layer *layer = NULL;
    const form_column *id =
        form_layer_column(&l->layers[0], FORM_COLUMN_INSTANCE, NULL);
    const form_column *old =
        form_layer_column(&l->layers[0], FORM_COLUMN_DEPRECATED, NULL);
    int code = twin_layer_find(&layer, j->t, l->layers[0].name);
    if (code == TAWAM_OK)
        code = store_column_id(&cells[0].column, layer, id->name);
    if (code == TAWAM_OK)
        code = store_column_id(&cells[1].column, layer, old->name);
    if (code == TAWAM_OK)
        code = store_value(&cells[0].value, TWIN_TEXT, names->instance_id,
                           j->memory);
    if (code == TAWAM_OK)
        code = store_value(&cells[1].value, TWIN_TEXT, names->deprecated_id,
                           j->memory);
    return code == TAWAM_OK
               ? twin_row_update(NULL, j->t, layer, j->fid, cells, 2)
               : code;
}

/* For submission_last(). */
static int note_last(draft *d)
{
    char *name = memory_format("last-record.%s", d->f->id), fid[24];
    int code;
    snprintf(fid, sizeof fid, "%lld", (long long)d->fid);
    code = name ? twin_set_setting(d->t, name, fid) : TAWAM_EMEMORY;
    free(name);
    return code;
}

static int store(draft *d, store_job *j, const form_layout *l, buffer *note,
                 const char *was_note)
{
    store_job names = *j;
    int code = form_layout_declare(d->t, l);
    if (code == TAWAM_OK && d->edits)
        code = name_edit(&names, d, l);
    if (code == TAWAM_OK)
        code = draft_each_note(d, write_note, note);
    if (code == TAWAM_OK)
        code = draft_each_aside(d, write_aside, note);
    if (code == TAWAM_OK)
        code = store_entities(j);
    j->note = note->data ? (const char *)note->data : "";
    if (d->edits && was_note && strcmp(was_note, j->note) == 0)
        j->note = NULL; /* somebody else may have changed them */
    if (code == TAWAM_OK)
        code = store_write(j);
    if (code == TAWAM_OK && d->edits && j->changed)
        code = write_names(j, &names, l);
    if (code == TAWAM_OK && !d->edits)
        code = note_last(d);
    return code == TAWAM_OK ? draft_erase(d->t, d->id) : code;
}

static int store_draft(draft *d, const form_layout *l)
{
    buffer note = {0};
    warning_list warnings = {.d = d, .note = &note};
    arena *memory = NULL;
    int64_t *rows = memory_array(d->instance_count + 1, sizeof *rows);
    int code = rows ? arena_new(&memory) : TAWAM_EMEMORY;
    store_job j = {.t = d->t,
                   .l = l,
                   .r = d->r,
                   .memory = memory,
                   .fid = d->fid,
                   .exists = d->edits,
                   .has_run =
                       !d->edits && store_has_run(d->fid, d->instance_id),
                   .made_by = d->instance_id,
                   .version = d->f->version,
                   .audit = d->audit.data,
                   .audit_length = d->audit.length,
                   .rows = rows,
                   .row_count = d->instance_count,
                   .warn = add_warning,
                   .caller = &warnings};
    if (!d->edits && !j.has_run)
        j.uuid = d->instance_id + 5;
    for (size_t i = 0; code == TAWAM_OK && i < d->instance_count; i++)
        rows[i] = d->instances[i].fid;
    if (code == TAWAM_OK && d->edits)
        code = draft_before_load(&warnings.before, d);
    if (code == TAWAM_OK && warnings.before.count) {
        j.began_with = began_with;
        j.known = warnings.before.known;
        j.known_count = warnings.before.known_count;
    }
    if (code == TAWAM_OK)
        code = draft_begin(d);
    if (code == TAWAM_OK) {
        code =
            store(d, &j, l, &note, draft_before_find(&warnings.before, 0, 0));
        code = code == TAWAM_OK ? draft_commit(d) : draft_failed(d, code);
    }
    if (code != TAWAM_OK)
        forget_warnings(d);
    draft_before_free(&warnings.before);
    buffer_free(&note);
    arena_free(memory);
    free(rows);
    return code;
}

int draft_finalize(int64_t *fid, draft *d)
{
    draft_faults faults = {0};
    form_layout *l = NULL;
    int code = record_finish(d->r);
    if (code == TAWAM_OK)
        code = draft_check(&faults, d);
    if (code == TAWAM_OK && faults.first)
        return refuse(d, &faults);
    if (code == TAWAM_OK)
        code = draft_save(d);
    if (code == TAWAM_OK)
        code = form_layout_new(&l, d->f);
    if (code == TAWAM_OK)
        code = store_draft(d, l);
    form_layout_free(l);
    if (code != TAWAM_OK)
        return code;
    d->id = 0; /* it is no more */
    *fid = d->fid;
    return TAWAM_OK;
}
