/* SPDX-License-Identifier: MIT */
/* Drafts without their forms: listed, discarded, exported. */
#include "form/draft_internal.h"
#include <string.h>

/* A replica that is only read may be older than drafts are. */
static int has_drafts(twin *t)
{
    sqlite3_stmt *find = NULL;
    int code = twin_prepare(&find, t,
                            "SELECT 1 FROM main.sqlite_schema"
                            " WHERE name = 'tawam_draft'",
                            1);
    if (code == TAWAM_OK)
        code = twin_step(t, find);
    twin_release(find);
    return code;
}

#define ENTRY_SQL                                                              \
    "SELECT id, form, version, title, caption, started, changed, fid, edits,"  \
    " (SELECT count(*) FROM main.tawam_draft_value v WHERE v.draft = d.id"     \
    " AND v.asked) FROM main.tawam_draft d"

static const char *text_of(sqlite3_stmt *row, int column, arena *a)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return arena_string(a, text ? text : "");
}

static int read_entry(draft_entry *e, sqlite3_stmt *row, arena *a)
{
    *e = (draft_entry){.id = sqlite3_column_int64(row, 0),
                       .form = text_of(row, 1, a),
                       .version = text_of(row, 2, a),
                       .title = text_of(row, 3, a),
                       .caption = text_of(row, 4, a),
                       .started = sqlite3_column_int64(row, 5),
                       .changed = sqlite3_column_int64(row, 6),
                       .fid = sqlite3_column_int64(row, 7),
                       .edits = sqlite3_column_int(row, 8),
                       .answers = sqlite3_column_int64(row, 9)};
    return e->form && e->version && e->title && e->caption ? TAWAM_OK
                                                           : TAWAM_EMEMORY;
}

static int count_drafts(size_t *count, twin *t)
{
    sqlite3_stmt *read = NULL;
    int code =
        twin_prepare(&read, t, "SELECT count(*) FROM main.tawam_draft", 1);
    if (code == TAWAM_OK)
        code = twin_step(t, read);
    if (code > 0)
        *count = (size_t)sqlite3_column_int64(read, 0);
    twin_release(read);
    return code < 0 ? code : TAWAM_OK;
}

int draft_list(draft_entry **list, size_t *count, twin *t, arena *a)
{
    sqlite3_stmt *read = NULL;
    draft_entry *found = NULL;
    size_t most = 0, n = 0;
    int there = has_drafts(t), code = there < 0 ? there : TAWAM_OK;
    if (there > 0)
        code = count_drafts(&most, t);
    if (code == TAWAM_OK) {
        found = arena_alloc(a, (most + 1) * sizeof *found);
        code = found ? TAWAM_OK : TAWAM_EMEMORY;
    }
    if (code == TAWAM_OK && most)
        code = twin_prepare(&read, t,
                            ENTRY_SQL " ORDER BY changed DESC, id DESC", 1);
    while (read && n < most && code == TAWAM_OK &&
           (code = twin_step(t, read)) > 0)
        code = read_entry(&found[n++], read, a);
    twin_release(read);
    if (code != TAWAM_OK)
        return code;
    *list = found;
    *count = n;
    return TAWAM_OK;
}

static int no_draft(int64_t id)
{
    return error_set(TAWAM_ENOTFOUND, _("there is no draft %lld"),
                     (long long)id);
}

int draft_find(draft_entry *out, twin *t, int64_t id, arena *a)
{
    sqlite3_stmt *read = NULL;
    int code = has_drafts(t);
    if (code <= 0)
        return code < 0 ? code : no_draft(id);
    code = draft_sql(&read, t, id, ENTRY_SQL " WHERE id = ?1");
    if (code == TAWAM_OK)
        code = twin_step(t, read);
    code = code > 0 ? read_entry(out, read, a) : code < 0 ? code : no_draft(id);
    twin_release(read);
    return code;
}

int draft_discard(twin *t, int64_t id)
{
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = draft_erase(t, id);
    if (code == TAWAM_OK && sqlite3_changes(twin_database(t)) == 0)
        code = no_draft(id);
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}
