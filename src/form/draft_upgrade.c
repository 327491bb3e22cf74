/* SPDX-License-Identifier: MIT */
/* A draft under another version of its form. */
#include "form/audit.h"
#include "form/draft_internal.h"
#include <string.h>

static int is_new(const form *before, const form_item *item)
{
    return before && !form_find(before, item->path);
}

/* NODE, which the version before did not have, as a new record has it. */
static int begin_node(draft *d, form_node *node)
{
    const char *words = node->item->node->value;
    int code = TAWAM_OK;
    if (!node->first && !*node->value && *words)
        code = record_put(d->r, node, words);
    if (code == TAWAM_OK && node->item->preload)
        code = record_preload(d->r, node);
    return code;
}

/* First-load actions whose targets are new. */
static int begin_actions(draft *d, const form *before)
{
    int code = TAWAM_OK;
    for (const form_action *a = d->f->actions; code == TAWAM_OK && a;
         a = a->next) {
        form_action one = *a;
        one.next = NULL;
        if (is_new(before, a->target))
            code = record_act(d->r, &one, FORM_FIRST_LOAD, NULL);
    }
    return code;
}

static int store_version(draft *d)
{
    sqlite3_stmt *update = NULL;
    int code = draft_sql(&update, d->t, d->id,
                         "UPDATE main.tawam_draft SET version = ?2,"
                         " title = ?3 WHERE id = ?1");
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(update, 2, d->f->version, -1, SQLITE_STATIC);
    sqlite3_bind_text(update, 3, d->f->title, -1, SQLITE_STATIC);
    return draft_run(d->t, update);
}

/* Notes on nodes that are not in the form any more. */
static int move_notes_aside(draft *d)
{
    static const char *const statements[] = {
        "INSERT OR REPLACE INTO main.tawam_draft_aside"
        " (draft, version, path, value)"
        " SELECT n.draft, 'note ' || n.instance, p.path, n.text"
        " FROM main.tawam_draft_note n"
        " JOIN main.tawam_draft_path p ON p.id = n.path"
        " WHERE n.draft = ?1 AND n.path = ?2",
        "DELETE FROM main.tawam_draft_note WHERE draft = ?1 AND path = ?2"};
    sqlite3_stmt *read = NULL, *move = NULL;
    int code = twin_prepare(&read, d->t,
                            "SELECT DISTINCT n.path, p.path"
                            " FROM main.tawam_draft_note n"
                            " JOIN main.tawam_draft_path p ON p.id = n.path"
                            " WHERE n.draft = ?1",
                            0);
    if (code == TAWAM_OK)
        sqlite3_bind_int64(read, 1, d->id);
    while (code == TAWAM_OK && (code = twin_step(d->t, read)) > 0) {
        int there =
            form_find(d->f, (const char *)sqlite3_column_text(read, 1)) != NULL;
        code = TAWAM_OK;
        for (size_t i = 0; code == TAWAM_OK && !there && i < 2; i++) {
            code = draft_sql(&move, d->t, d->id, statements[i]);
            if (code != TAWAM_OK)
                break;
            sqlite3_bind_int64(move, 2, sqlite3_column_int64(read, 0));
            code = draft_run(d->t, move);
        }
    }
    sqlite3_finalize(read);
    return code;
}

int draft_convert_audit(draft *d, const form *before)
{
    buffer converted = {0};
    int code =
        audit_convert(&converted, before, d->f, d->audit.data, d->audit.length);
    if (code == TAWAM_EDAMAGED || code == TAWAM_ENEWER) {
        error_clear(); /* it says nothing to anybody here; the log has it */
        code = TAWAM_OK;
    }
    if (code == TAWAM_OK)
        code = draft_audit_set(d, converted.data, converted.length);
    buffer_free(&converted);
    return code;
}

int draft_take_version(draft *d, const form *before)
{
    form_node *root = record_root(d->r);
    int code = record_resume(d->r);
    for (form_node *n = root; code == TAWAM_OK && n;
         n = form_node_after(n, root, 1))
        if (n->item && is_new(before, n->item))
            code = begin_node(d, n);
    if (code == TAWAM_OK)
        code = begin_actions(d, before);
    if (code == TAWAM_OK)
        code = record_wait_below(d->r, root);
    if (code == TAWAM_OK)
        code = record_recompute(d->r);
    if (code == TAWAM_OK)
        code = draft_convert_audit(d, before);
    if (code == TAWAM_OK)
        code = move_notes_aside(d);
    if (code == TAWAM_OK)
        code = store_version(d);
    d->rewrite = 1;
    return code;
}

int draft_each_aside(draft *d,
                     int (*call)(void *caller, const char *path,
                                 const char *value, const char *version),
                     void *caller)
{
    sqlite3_stmt *read = NULL;
    int code = twin_prepare(&read, d->t,
                            "SELECT path, value, version"
                            " FROM main.tawam_draft_aside WHERE draft = ?1"
                            " ORDER BY version, path",
                            0);
    if (code == TAWAM_OK)
        sqlite3_bind_int64(read, 1, d->id);
    while (code == TAWAM_OK && (code = twin_step(d->t, read)) > 0)
        code = call(caller, (const char *)sqlite3_column_text(read, 0),
                    (const char *)sqlite3_column_text(read, 1),
                    (const char *)sqlite3_column_text(read, 2));
    sqlite3_finalize(read);
    return code;
}
