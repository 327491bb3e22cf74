/* SPDX-License-Identifier: MIT */
/* Where answers go: a draft of the territory, on disk when a call returns, or
 * a record in memory. Everything else here asks these few functions. */
#include "form/submission.h"
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- answers ---- */

int fill_store_answer(record_outcome *o, fill *f, form_node *node,
                      const char *value)
{
    return f->draft ? draft_answer(o, f->draft, node, value)
                    : record_answer(o, f->record, node, value);
}

int fill_store_clear(fill *f, form_node *node)
{
    int code = record_clear(f->record, node);
    return code == TAWAM_OK ? fill_store_save(f) : code;
}

int fill_store_add(form_node **out, fill *f, form_node *parent,
                   const form_item *item)
{
    form_item *same = (form_item *)(uintptr_t)item;
    return f->draft ? draft_add_repeat(out, f->draft, parent, same)
                    : record_add_repeat(out, f->record, parent, same);
}

static void drop_remarks(fill *f, const form_node *instance)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->remark_count; i++) {
        const form_node *n = f->remarks[i].node;
        while (n && n != instance)
            n = n->parent;
        if (n)
            free(f->remarks[i].text);
        else
            f->remarks[kept++] = f->remarks[i];
    }
    f->remark_count = kept;
}

int fill_store_remove(fill *f, form_node *instance)
{
    if (f->draft)
        return draft_remove_repeat(f->draft, instance);
    drop_remarks(f, instance);
    return record_remove_repeat(f->record, instance);
}

int fill_store_move(fill *f, form_node *instance, int by)
{
    return f->draft ? draft_move_repeat(f->draft, instance, by)
                    : record_move_repeat(f->record, instance, by);
}

int fill_store_place(fill *f, const char *place)
{
    return f->draft ? draft_set_place(f->draft, place) : TAWAM_OK;
}

int fill_store_language(fill *f, const char *name)
{
    return f->draft ? draft_set_language(f->draft, name)
                    : record_set_language(f->record, name);
}

int fill_store_audit(fill *f, const buffer *bytes)
{
    return f->draft ? draft_audit_set(f->draft, bytes->data, bytes->length)
                    : TAWAM_OK;
}

int fill_store_save(fill *f)
{
    return f->draft ? draft_save(f->draft) : TAWAM_OK;
}

/* ---- notes ---- */

static fill_remark *find_remark(fill *f, const form_node *node)
{
    for (size_t i = 0; i < f->remark_count; i++)
        if (f->remarks[i].node == node)
            return &f->remarks[i];
    return NULL;
}

int fill_store_note(const char **text, int *flagged, fill *f,
                    const form_node *node)
{
    const fill_remark *r;
    char *path;
    int code;
    if (f->draft) {
        path = fill_path(node);
        code = path ? draft_note(text, flagged, f->draft, path) : TAWAM_EMEMORY;
        free(path);
        return code;
    }
    r = find_remark(f, node);
    *text = r ? r->text : "";
    *flagged = r && r->flagged;
    return TAWAM_OK;
}

static int set_remark(fill *f, const form_node *node, const char *text,
                      int flagged)
{
    fill_remark *r = find_remark(f, node);
    char *copy = memory_string(text);
    int code = copy ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && !r) {
        code = memory_reserve((void **)&f->remarks, &f->remark_capacity,
                              f->remark_count + 1, sizeof *f->remarks);
        if (code == TAWAM_OK) {
            r = &f->remarks[f->remark_count++];
            *r = (fill_remark){.node = node};
        }
    }
    if (code != TAWAM_OK) {
        free(copy);
        return code;
    }
    free(r->text);
    r->text = copy;
    r->flagged = flagged;
    return TAWAM_OK;
}

int fill_store_set_note(fill *f, const form_node *node, const char *text,
                        int flagged)
{
    char *path;
    int code;
    if (!f->draft)
        return set_remark(f, node, text, flagged);
    path = fill_path(node);
    code = path ? draft_set_note(f->draft, path, text, flagged) : TAWAM_EMEMORY;
    free(path);
    return code;
}

/* ---- half typed ---- */

int fill_set_typed(fill *f, const form_node *node, const char *text)
{
    char *path = node && text ? fill_path(node) : NULL;
    int code = TAWAM_OK;
    if (f->draft && !f->is_over && (path || !text))
        code = draft_set_typed(f->draft, path, text);
    else if (text && !path)
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK && text)
        f->is_touched = 1;
    free(path);
    return code;
}

const char *fill_typed_for(const fill *f, const form_node *node)
{
    const char *of = "", *typed = f->draft ? draft_typed(&of, f->draft) : NULL;
    char *path = typed ? fill_path(node) : NULL;
    if (typed && (!path || strcmp(path, of) != 0))
        typed = NULL;
    free(path);
    return typed;
}

/* ---- the record before, the end ---- */

/* The node of TOP's document where NODE stands in its own; of repeats the
 * first instances. */
static const form_node *same_node(const form_node *top, const form_node *node)
{
    const form_node *above, *n;
    if (!node->parent || !*node->name)
        return top;
    above = same_node(top, node->parent);
    for (n = above ? above->first : NULL; n; n = n->next)
        if (n->name == node->name) /* interned */
            return n;
    return NULL;
}

int fill_store_last(char **value, fill *f, const form_node *node)
{
    form_document *document = NULL;
    const form_node *same = NULL;
    buffer xml = {0};
    int code = f->draft ? submission_last(&xml, f->territory->twin, f->form)
                        : TAWAM_ENOTFOUND;
    *value = NULL;
    if (code == TAWAM_OK)
        code = form_document_read(&document, f->form->names,
                                  (const char *)xml.data, xml.length);
    if (code == TAWAM_OK)
        same = same_node(form_document_top(document), node);
    if (same && *same->value) {
        *value = memory_string(same->value);
        code = *value ? TAWAM_OK : TAWAM_EMEMORY;
    }
    form_document_free(document);
    buffer_free(&xml);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

/* The row, and that its files are to be sent, in one transaction. */
static int finish_draft(int64_t *fid, fill *f)
{
    twin *t = f->territory->twin;
    int64_t number = draft_id(f->draft);
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = draft_finalize(fid, f->draft);
    if (code == TAWAM_OK) {
        f->is_over = 1; /* unless that is undone */
        code = fill_files_send(f);
    }
    if (code == TAWAM_OK)
        code = twin_commit(t);
    else
        twin_rollback(t);
    if (code != TAWAM_OK && f->is_over) {
        draft_take_back(f->draft, number);
        f->is_over = 0;
    }
    return code;
}

/* The events of the end, and the end. */
static int end_draft(int64_t *fid, fill *f)
{
    int code = f->reason ? fill_audit_event(f, AUDIT_REASON, NULL) : TAWAM_OK;
    if (code == TAWAM_OK)
        code = fill_audit_event(f, AUDIT_FINALIZE, NULL);
    return code == TAWAM_OK ? finish_draft(fid, f) : code;
}

int fill_store_finish(int64_t *fid, fill *f)
{
    buffer before = {0};
    int code;
    *fid = 0;
    if (!f->draft)
        return record_finish(f->record);
    code = fill_audit_leave(f);
    if (code == TAWAM_OK)
        code = fill_audit_copy(&before, f);
    if (code == TAWAM_OK && (code = end_draft(fid, f)) != TAWAM_OK)
        fill_audit_back(f, &before);
    buffer_free(&before);
    return code;
}

const char *const *fill_warnings(size_t *count, const fill *f)
{
    *count = 0;
    return f->draft ? draft_warnings(count, f->draft) : NULL;
}

int fill_discard(fill *f)
{
    int code = f->draft ? draft_discard(f->territory->twin, draft_id(f->draft))
                        : TAWAM_OK;
    if (code == TAWAM_OK)
        f->is_over = 1;
    return code;
}

void fill_store_free(fill *f)
{
    for (size_t i = 0; i < f->remark_count; i++)
        free(f->remarks[i].text);
    free(f->remarks);
    draft_free(f->draft);
    record_free(f->own_record);
}
