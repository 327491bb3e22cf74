/* SPDX-License-Identifier: MIT */
/* XML of a record -> rows.
 *
 * What stands in a submission was relevant where it was made, what does not
 * was not: the form's rules are not evaluated, since they may look at the
 * clock or at lists that have changed. */
#include "form/store_internal.h"
#include "form/submission.h"
#include <stdlib.h>
#include <string.h>

typedef struct submission {
    twin *t;
    const form *f;
    form_layout *l;
    record *r;
    arena *a;
    submission_report *report;
    const char *instance_id, *deprecated_id, *version;
    int64_t fid; /* of the row that it changes; 0: a new one */
    int64_t *rows;
    size_t row_count, row_capacity;
} submission;

/* ---- the report ---- */

static int report_line(submission *s, const char *text)
{
    submission_report *r = s->report;
    const char **lines;
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? r->capacity * 2 : 16;
        lines = arena_alloc(s->a, r->capacity * sizeof *lines);
        if (!lines)
            return TAWAM_EMEMORY;
        if (r->count)
            memcpy(lines, r->lines, r->count * sizeof *lines);
        r->lines = lines;
    }
    r->lines[r->count] = arena_string(s->a, text);
    return r->lines[r->count++] ? TAWAM_OK : TAWAM_EMEMORY;
}

static int report_node(submission *s, const char *words, const char *above,
                       const char *name)
{
    char *safe = text_safe(name, strlen(name), 0);
    char *line = safe ? memory_format(words, above, safe) : NULL;
    int code = line ? report_line(s, line) : TAWAM_EMEMORY;
    free(safe);
    free(line);
    return code;
}

static int report_warning(void *caller, const char *path, const char *text)
{
    submission *s = caller;
    char *line = memory_format("%s: %s", path, text);
    int code = line ? report_line(s, line) : TAWAM_EMEMORY;
    free(line);
    return code;
}

/* NODE's value is wrong, as error_message() says. */
static int report_kept(submission *s, const form_node *node)
{
    return report_node(s, _("%s: %s; kept as it is"), node->item->path,
                       error_message());
}

/* ---- values ---- */

static void hide_below(form_node *top)
{
    for (form_node *n = top; n; n = form_node_after(n, top, 1))
        n->is_hidden = 1;
}

static int put_attributes(submission *s, const form_node *from, form_node *to)
{
    int code = TAWAM_OK;
    for (const form_node *a = from->attributes; code == TAWAM_OK && a;
         a = a->next)
        for (form_node *b = to->attributes; b; b = b->next)
            if (strcmp(a->name, b->name) == 0 && b->item)
                code = record_put(s->r, b, a->value);
    /* One that is not there, was empty there. */
    for (form_node *b = to->attributes; code == TAWAM_OK && b; b = b->next)
        if (b->item && !form_attribute(from, b->name))
            code = record_put(s->r, b, "");
    return code;
}

static int put_value(submission *s, const form_node *from, form_node *to)
{
    const char *value = from->value;
    int code = TAWAM_OK;
    if (!record_accepts(&value, s->r, to->item, from->value)) {
        value = from->value;
        record_say_type(to->item, value);
        code = report_kept(s, to);
    }
    if (code == TAWAM_OK)
        code = record_put(s->r, to, value);
    record_forget(s->r);
    return code;
}

static form_node *child_named(const form_node *node, const char *name)
{
    form_node *c = node ? node->first : NULL;
    while (c && (c->is_text || strcmp(c->name, name) != 0))
        c = c->next;
    return c;
}

/* A row by position for the instance that came NUMBERth. */
static int number_instance(submission *s, form_node *instance)
{
    int code = memory_reserve((void **)&s->rows, &s->row_capacity,
                              s->row_count + 1, sizeof *s->rows);
    if (code == TAWAM_OK) {
        instance->number = (uint32_t)s->row_count;
        s->rows[s->row_count++] = 0;
    }
    return code;
}

static int put_element(submission *s, const form_node *from, form_node *to);

static int put_child(submission *s, const form_node *from, form_node *parent)
{
    form_item *item = form_item_child(parent->item, from->name);
    form_node *to = NULL;
    int code = TAWAM_OK;
    if (form_attribute(from, "template"))
        return code;
    if (item && item->is_repeat) {
        code = record_put_repeat(&to, s->r, parent, item, NULL);
        if (code == TAWAM_OK) {
            hide_below(to);
            code = number_instance(s, to);
        }
    } else if (item)
        to = child_named(parent, from->name);
    if (code == TAWAM_OK && !to) {
        if (strcmp(from->name, "deprecatedID") == 0)
            return code; /* has a column of its own */
        return report_node(s, _("%s: there is no '%s' in the form; left out"),
                           parent->item->path, from->name);
    }
    return code == TAWAM_OK ? put_element(s, from, to) : code;
}

static int put_element(submission *s, const form_node *from, form_node *to)
{
    int code = TAWAM_OK;
    to->is_hidden = 0;
    if (to != record_root(s->r))
        code = put_attributes(s, from, to);
    if (code == TAWAM_OK && !to->first)
        return put_value(s, from, to);
    for (const form_node *c = from->first; code == TAWAM_OK && c; c = c->next)
        if (!c->is_text)
            code = put_child(s, c, to);
    return code;
}

/* What its rules speak against now was taken by the tool that made it: told,
 * and kept. A rule that can't be asked here is not. */
static int report_rules(submission *s)
{
    form_node *root = record_root(s->r);
    int code = TAWAM_OK;
    for (form_node *n = root; code == TAWAM_OK && n;
         n = form_node_after(n, root, !n->is_hidden)) {
        record_outcome outcome = RECORD_OK;
        const char *value = n->value;
        if (n->is_hidden || !n->item || !n->item->control || n->first ||
            !record_accepts(&value, s->r, n->item, n->value))
            continue;
        code = record_check(&outcome, s->r, n);
        if (code == TAWAM_OK && outcome == RECORD_CONSTRAINT)
            code = report_kept(s, n);
        else if (code != TAWAM_EMEMORY)
            code = TAWAM_OK;
    }
    error_clear();
    record_forget(s->r);
    return code == TAWAM_EMEMORY ? error_memory() : code;
}

/* ---- the row that it is, or was ---- */

/* Instances get the rows that stand in their places. */
static int match_rows(submission *s, const form_layer *layer,
                      form_node *instance, const char *uuid)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < s->l->count; i++) {
        const form_layer *child = &s->l->layers[i];
        const twin_layer *rows = NULL;
        form_node *around, *n;
        int64_t *fids = NULL;
        size_t count = 0, at = 0;
        if (child->parent != layer)
            continue;
        around = record_near(instance, child->item->parent);
        code = twin_layer_find(&rows, s->t, child->name);
        if (code == TAWAM_OK)
            code = store_children(&fids, &count, s->t, child, uuid, s->a);
        for (n = around ? around->first : NULL;
             code == TAWAM_OK && n && at < count; n = n->next) {
            const char *own = "";
            if (n->item != child->item)
                continue;
            s->rows[n->number] = fids[at];
            code = store_uuid(&own, s->t, rows, fids[at++], s->a);
            if (code == TAWAM_OK)
                code = match_rows(s, child, n, own);
        }
    }
    return code;
}

/* ---- the whole ---- */

static int check_root(submission *s, const form_node *root)
{
    const form_node *id = root ? form_attribute(root, "id") : NULL;
    const form_node *version = root ? form_attribute(root, "version") : NULL;
    const form_node *encrypted =
        root ? form_attribute(root, "encrypted") : NULL;
    const form_node *meta = child_named(root, "meta");
    const form_node *own = child_named(meta, "instanceID");
    const form_node *old = child_named(meta, "deprecatedID");
    if (!id || strcmp(id->value, s->f->id) != 0)
        return error_set(TAWAM_EUSAGE,
                         _("this is a record of the form '%.60s', not of "
                           "'%.60s'"),
                         id ? id->value : "", s->f->id);
    if (encrypted && strcmp(encrypted->value, "yes") == 0)
        return error_set(TAWAM_EUSAGE, _("this record is encrypted; decrypt it "
                                         "first, with the form's private key"));
    if (strcmp(root->name, s->f->root->name) != 0)
        return error_set(TAWAM_EUSAGE,
                         _("the record begins with '%.60s', the form's with "
                           "'%.60s'"),
                         root->name, s->f->root->name);
    s->instance_id = own ? own->value : "";
    s->deprecated_id = old ? old->value : "";
    s->version = version ? version->value : "";
    return TAWAM_OK;
}

static int draw_row(store_job *j, submission *s)
{
    const char *uuid = store_uuid_of(s->instance_id);
    const twin_layer *layer = NULL;
    int code = twin_layer_find(&layer, s->t, s->l->layers[0].name);
    if (uuid && twin_fid_from_uuid(&j->fid, uuid)) {
        j->has_run = store_has_run(j->fid, s->instance_id);
        return code;
    }
    if (uuid)
        j->uuid = uuid;
    else if (*s->instance_id)
        j->instance_id = s->instance_id;
    if (code == TAWAM_OK && *s->instance_id)
        code = store_id_of(&j->fid, s->instance_id);
    if (code == TAWAM_OK && j->fid) {
        code = twin_row_exists(s->t, layer, j->fid);
        if (!code)
            return TAWAM_OK;
    }
    return code >= 0 ? twin_draw_row(&j->fid, s->t, layer) : code;
}

static int write_rows(submission *s)
{
    const twin_layer *layer = NULL;
    const char *uuid = "";
    store_job j = {.t = s->t,
                   .l = s->l,
                   .r = s->r,
                   .memory = s->a,
                   .fid = s->fid,
                   .exists = s->fid != 0,
                   .version = s->version,
                   .made_by = s->instance_id,
                   .warn = report_warning,
                   .caller = s};
    int code = TAWAM_OK;
    if (j.exists) {
        j.instance_id = s->instance_id;
        j.deprecated_id = s->deprecated_id;
        s->report->was_edit = 1;
        code = twin_layer_find(&layer, s->t, s->l->layers[0].name);
        if (code == TAWAM_OK)
            code = store_uuid(&uuid, s->t, layer, s->fid, s->a);
        if (code == TAWAM_OK)
            code = match_rows(s, &s->l->layers[0], record_root(s->r), uuid);
    } else {
        code = draw_row(&j, s);
        if (*s->deprecated_id)
            j.deprecated_id = s->deprecated_id;
    }
    j.rows = s->rows;
    j.row_count = s->row_count;
    if (code == TAWAM_OK)
        code = store_entities(&j);
    if (code == TAWAM_OK)
        code = store_write(&j);
    s->fid = j.fid;
    return code;
}

/* Inside the transaction. */
static int take(submission *s, const form_node *root)
{
    record_surroundings around = {.twin = s->t};
    const char *layer = s->l->layers[0].name;
    int code = form_layout_declare(s->t, s->l);
    if (code == TAWAM_OK)
        code = store_find(&s->fid, s->t, layer, s->instance_id, 1);
    if (code == TAWAM_OK && s->fid) {
        s->report->was_there = 1;
        return code;
    }
    if (code == TAWAM_OK && *s->deprecated_id)
        code = store_find(&s->fid, s->t, layer, s->deprecated_id, 0);
    if (code == TAWAM_OK)
        code = record_restore(&s->r, s->f, &around);
    if (code != TAWAM_OK)
        return code;
    hide_below(record_root(s->r));
    s->rows = memory_array(1, sizeof *s->rows);
    s->row_count = s->row_capacity = s->rows ? 1 : 0;
    code = s->rows ? put_element(s, root, record_root(s->r)) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = report_rules(s);
    return code == TAWAM_OK ? write_rows(s) : code;
}

int submission_read(int64_t *fid, submission_report *report, twin *t,
                    const form *f, const char *xml, size_t length, arena *a)
{
    submission s = {.t = t, .f = f, .a = a, .report = report};
    form_names *names = NULL;
    form_document *d = NULL;
    int code = form_names_new(&names);
    *report = (submission_report){0};
    if (code == TAWAM_OK)
        code = form_document_read(&d, names, xml, length);
    if (code == TAWAM_OK)
        code = check_root(&s, form_document_root(d));
    if (code == TAWAM_OK)
        code = form_layout_new(&s.l, f);
    if (code == TAWAM_OK)
        code = twin_begin(t);
    if (code == TAWAM_OK) {
        code = take(&s, form_document_root(d));
        if (code == TAWAM_OK)
            code = twin_commit(t);
        else
            twin_rollback(t);
    }
    if (code == TAWAM_OK)
        *fid = s.fid;
    record_free(s.r);
    free(s.rows);
    form_layout_free(s.l);
    form_document_free(d);
    form_names_free(names);
    return code;
}
