/* SPDX-License-Identifier: MIT */
/* Notes and flags on the nodes of a draft, and what is half typed for one. */
#include "form/draft_internal.h"
#include <stdlib.h>
#include <string.h>

/* One of several nodes of a name: "[2]". */
static size_t place_among(const form_node *node)
{
    size_t place = 1;
    for (const form_node *n = node->previous; n; n = n->previous)
        place += n->item == node->item;
    return place;
}

void draft_path_of(buffer *out, const form_node *node)
{
    const form_node *above[FORM_DEPTH_MOST + 2];
    size_t count = 0;
    for (const form_node *n = node; n && n->item && count <= FORM_DEPTH_MOST;
         n = n->parent)
        above[count++] = n;
    while (count--) {
        const form_node *n = above[count];
        buffer_format(out, "/%s", n->item->name);
        if (n->is_repeat)
            buffer_format(out, "[%zu]", place_among(n));
    }
}

static int find_node(form_node **out, draft *d, const char *path)
{
    *out = record_find(d->r, path);
    if (!*out || !(*out)->item)
        return error_set(TAWAM_EUSAGE, _("%.100s is not in the record"), path);
    return TAWAM_OK;
}

/* SQL with draft, instance and path bound as ?1 to ?3. */
static int note_sql(sqlite3_stmt **out, draft *d, const form_node *node,
                    const char *sql)
{
    int64_t path = 0;
    int code = draft_path_id(&path, d, node->item);
    if (code == TAWAM_OK)
        code = draft_sql(out, d->t, d->id, sql);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int64(*out, 2, draft_instance_of(node));
    sqlite3_bind_int64(*out, 3, path);
    return TAWAM_OK;
}

int draft_set_note(draft *d, const char *path, const char *text, int flagged)
{
    sqlite3_stmt *statement = NULL;
    form_node *node = NULL;
    int code = find_node(&node, d, path);
    if (code == TAWAM_OK)
        code = draft_begin(d);
    if (code != TAWAM_OK)
        return code;
    code = note_sql(&statement, d, node,
                    *text || flagged
                        ? "REPLACE INTO main.tawam_draft_note"
                          " (draft, instance, path, text, flagged)"
                          " VALUES (?1, ?2, ?3, ?4, ?5)"
                        : "DELETE FROM main.tawam_draft_note WHERE"
                          " draft = ?1 AND instance = ?2 AND path = ?3");
    if (code == TAWAM_OK && (*text || flagged)) {
        sqlite3_bind_text(statement, 4, text, -1, SQLITE_STATIC);
        sqlite3_bind_int(statement, 5, flagged != 0);
    }
    if (code == TAWAM_OK)
        code = draft_run(d->t, statement);
    if (code == TAWAM_OK)
        code = draft_write(d);
    return code == TAWAM_OK ? draft_commit(d) : draft_failed(d, code);
}

int draft_note(const char **text, int *flagged, draft *d, const char *path)
{
    sqlite3_stmt *find = NULL;
    form_node *node = NULL;
    char *copy = NULL;
    int code = find_node(&node, d, path), marked = 0;
    if (code != TAWAM_OK)
        return code;
    code = draft_sql(&find, d->t, d->id,
                     "SELECT text, flagged FROM main.tawam_draft_note"
                     " JOIN main.tawam_draft_path p ON p.id ="
                     " tawam_draft_note.path WHERE draft = ?1 AND instance = ?2"
                     " AND p.path = ?3");
    if (code == TAWAM_OK) {
        sqlite3_bind_int64(find, 2, draft_instance_of(node));
        sqlite3_bind_text(find, 3, node->item->path, -1, SQLITE_STATIC);
        code = twin_step(d->t, find);
    }
    if (code >= 0) {
        copy = memory_string(
            code > 0 ? (const char *)sqlite3_column_text(find, 0) : "");
        marked = code > 0 && sqlite3_column_int(find, 1);
        code = copy ? TAWAM_OK : TAWAM_EMEMORY;
    }
    twin_release(find);
    if (code != TAWAM_OK)
        return code;
    free(d->note);
    *text = d->note = copy;
    *flagged = marked;
    return TAWAM_OK;
}

static int call_note(draft *d, sqlite3_stmt *read,
                     int (*call)(void *caller, const char *path,
                                 const char *text, int flagged),
                     void *caller)
{
    int64_t number = sqlite3_column_int64(read, 0);
    const form_item *item =
        form_find(d->f, (const char *)sqlite3_column_text(read, 1));
    form_node *around = number >= 0 && (size_t)number < d->instance_count
                            ? d->instances[number].node
                            : NULL;
    const form_node *node = around && item ? record_near(around, item) : NULL;
    buffer path = {0};
    int code = TAWAM_OK;
    if (!node)
        return code;
    draft_path_of(&path, node);
    code = buffer_check(&path);
    if (code == TAWAM_OK)
        code = call(caller, (const char *)path.data,
                    (const char *)sqlite3_column_text(read, 2),
                    sqlite3_column_int(read, 3));
    buffer_free(&path);
    return code;
}

int draft_each_note(draft *d,
                    int (*call)(void *caller, const char *path,
                                const char *text, int flagged),
                    void *caller)
{
    sqlite3_stmt *read = NULL;
    int code = twin_prepare(&read, d->t,
                            "SELECT n.instance, p.path, n.text, n.flagged"
                            " FROM main.tawam_draft_note n"
                            " JOIN main.tawam_draft_path p ON p.id = n.path"
                            " WHERE n.draft = ?1 ORDER BY n.instance, n.path",
                            0);
    if (code == TAWAM_OK)
        sqlite3_bind_int64(read, 1, d->id);
    while (code == TAWAM_OK && (code = twin_step(d->t, read)) > 0)
        code = call_note(d, read, call, caller);
    sqlite3_finalize(read);
    return code;
}

/* ---- half typed ---- */

int draft_read_typed(draft *d)
{
    sqlite3_stmt *find = NULL;
    int code = draft_sql(&find, d->t, d->id,
                         "SELECT path, text FROM main.tawam_draft_typed"
                         " WHERE draft = ?1");
    if (code == TAWAM_OK)
        code = twin_step(d->t, find);
    if (code > 0) {
        d->typed_path = memory_string((char *)sqlite3_column_text(find, 0));
        d->typed = memory_string((char *)sqlite3_column_text(find, 1));
        code = d->typed_path && d->typed ? TAWAM_OK : TAWAM_EMEMORY;
    }
    twin_release(find);
    return code;
}

static void drop_typed(draft *d)
{
    free(d->typed_path);
    free(d->typed);
    d->typed_path = d->typed = NULL;
    d->typed_old = 0;
}

int draft_forget_typed(draft *d)
{
    sqlite3_stmt *statement = NULL;
    int code = draft_sql(&statement, d->t, d->id, DRAFT_FORGET_TYPED);
    if (code == TAWAM_OK)
        code = draft_run(d->t, statement);
    if (code == TAWAM_OK)
        drop_typed(d);
    return code;
}

static int write_typed(draft *d)
{
    sqlite3_stmt *statement = NULL;
    int code = draft_sql(&statement, d->t, d->id,
                         "REPLACE INTO main.tawam_draft_typed"
                         " (draft, path, text) SELECT id, ?2, ?3"
                         " FROM main.tawam_draft WHERE id = ?1");
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 2, d->typed_path, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, d->typed, -1, SQLITE_STATIC);
    return draft_run(d->t, statement);
}

int draft_set_typed(draft *d, const char *path, const char *text)
{
    int code = TAWAM_OK;
    if (!text && !d->typed)
        return code;
    if (text && d->typed && strcmp(text, d->typed) == 0 &&
        strcmp(path, d->typed_path) == 0)
        return code;
    drop_typed(d);
    if (text) {
        d->typed_path = memory_string(path);
        d->typed = memory_string(text);
        code = d->typed_path && d->typed ? TAWAM_OK : TAWAM_EMEMORY;
    }
    if (code == TAWAM_OK)
        code = draft_begin(d);
    if (code != TAWAM_OK)
        return code;
    code = text ? write_typed(d) : draft_forget_typed(d);
    if (code == TAWAM_OK)
        return draft_commit(d);
    drop_typed(d); /* the next time it is written, also if it is the same */
    return draft_failed(d, code);
}

const char *draft_typed(const char **path, const draft *d)
{
    *path = d->typed ? d->typed_path : "";
    return d->typed;
}
