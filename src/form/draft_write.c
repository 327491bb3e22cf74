/* SPDX-License-Identifier: MIT */
/* A draft's rows: what of a record goes into which table. */
#include "form/draft_internal.h"
#include <string.h>

int draft_sql(sqlite3_stmt **out, twin *t, int64_t id, const char *sql)
{
    int code = twin_prepare(out, t, sql, 1);
    if (code == TAWAM_OK)
        sqlite3_bind_int64(*out, 1, id);
    return code;
}

int draft_run(twin *t, sqlite3_stmt *statement)
{
    int code = twin_step(t, statement);
    twin_release(statement);
    return code < 0 ? code : TAWAM_OK;
}

/* ---- paths ---- */

static int find_path(int64_t *id, twin *t, const char *path)
{
    sqlite3_stmt *find = NULL;
    int code = twin_prepare(
        &find, t, "SELECT id FROM main.tawam_draft_path WHERE path = ?1", 1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(find, 1, path, -1, SQLITE_STATIC);
    code = twin_step(t, find);
    if (code > 0)
        *id = sqlite3_column_int64(find, 0);
    twin_release(find);
    return code;
}

int draft_path_id(int64_t *id, draft *d, const form_item *item)
{
    sqlite3_stmt *insert = NULL;
    int code;
    *id = d->paths[item->number];
    if (*id)
        return TAWAM_OK;
    code = find_path(id, d->t, item->path);
    if (code == 0)
        code = twin_prepare(
            &insert, d->t,
            "INSERT INTO main.tawam_draft_path (path) VALUES (?1)", 1);
    else
        code = code > 0 ? TAWAM_OK : code;
    if (code == TAWAM_OK && insert) {
        sqlite3_bind_text(insert, 1, item->path, -1, SQLITE_STATIC);
        code = draft_run(d->t, insert);
        *id = sqlite3_last_insert_rowid(twin_database(d->t));
    }
    if (code == TAWAM_OK)
        d->paths[item->number] = *id;
    return code;
}

/* ---- values and instances ---- */

static int is_asked(const form_item *item)
{
    return item->control && item->control->kind != FORM_TRIGGER;
}

static int write_value(draft *d, const form_node *node)
{
    sqlite3_stmt *statement = NULL;
    int64_t path = 0;
    int code = draft_path_id(&path, d, node->item);
    if (code == TAWAM_OK)
        code = draft_sql(
            &statement, d->t, d->id,
            *node->value ? "REPLACE INTO main.tawam_draft_value"
                           " (draft, instance, path, value, asked)"
                           " VALUES (?1, ?2, ?3, ?4, ?5)"
                         : "DELETE FROM main.tawam_draft_value WHERE draft = ?1"
                           " AND instance = ?2 AND path = ?3");
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int64(statement, 2, draft_instance_of(node));
    sqlite3_bind_int64(statement, 3, path);
    if (*node->value || node->is_attribute) {
        sqlite3_bind_text(statement, 4, node->value, -1, SQLITE_STATIC);
        sqlite3_bind_int(statement, 5, node->item->control && node->is_given);
    }
    return draft_run(d->t, statement);
}

static int write_instance(draft *d, form_node *node)
{
    sqlite3_stmt *statement = NULL;
    const draft_instance *at;
    int64_t path = 0;
    int code = node->number ? TAWAM_OK : draft_number(d, node, 0);
    if (code == TAWAM_OK)
        code = draft_path_id(&path, d, node->item);
    if (code == TAWAM_OK)
        code = draft_sql(&statement, d->t, d->id,
                         "REPLACE INTO main.tawam_draft_instance"
                         " (draft, number, path, parent, position, fid)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (code != TAWAM_OK)
        return code;
    at = &d->instances[node->number];
    sqlite3_bind_int64(statement, 2, node->number);
    sqlite3_bind_int64(statement, 3, path);
    sqlite3_bind_int64(statement, 4, draft_instance_of(node->parent));
    sqlite3_bind_int64(statement, 5, at->position);
    if (at->fid)
        sqlite3_bind_int64(statement, 6, at->fid);
    return draft_run(d->t, statement);
}

static int write_attributes(draft *d, const form_node *node)
{
    int code = TAWAM_OK;
    if (node == record_root(d->r))
        return code; /* they say which form it is */
    for (const form_node *a = node->attributes; code == TAWAM_OK && a;
         a = a->next)
        if (a->item && strcmp(a->value, a->item->node->value) != 0)
            code = write_value(d, a);
    return code;
}

/* TOP and all below it: instances, and values that are not empty. */
static int write_below(draft *d, form_node *top)
{
    int code = TAWAM_OK;
    for (form_node *n = top; code == TAWAM_OK && n;
         n = form_node_after(n, top, 1)) {
        if (!n->item)
            continue;
        if (n->is_repeat)
            code = write_instance(d, n);
        if (code == TAWAM_OK && !n->first && *n->value)
            code = write_value(d, n);
        if (code == TAWAM_OK)
            code = write_attributes(d, n);
    }
    return code;
}

/* Instances around NODE that have no number yet, outermost first. */
static int write_new_instances(draft *d, form_node *node)
{
    form_node *outermost = NULL;
    for (form_node *n = node; n; n = n->parent)
        if (n->is_repeat && !n->number)
            outermost = n;
    return outermost ? write_below(d, outermost) : TAWAM_OK;
}

static int is_attached(const draft *d, const form_node *node)
{
    const form_node *root = record_root(d->r);
    while (node && node != root)
        node = node->parent;
    return node != NULL;
}

static int write_changed(draft *d)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < d->dirty_count; i++) {
        form_node *node = d->dirty[i];
        if (!is_attached(d, node))
            continue;
        code = write_new_instances(d, node);
        if (code == TAWAM_OK && !node->first && node->item)
            code = write_value(d, node);
    }
    return code;
}

static int erase_rows(twin *t, int64_t id, int all)
{
    static const char *const statements[] = {
        "DELETE FROM main.tawam_draft_value WHERE draft = ?1",
        "DELETE FROM main.tawam_draft_instance WHERE draft = ?1",
        "DELETE FROM main.tawam_draft_note WHERE draft = ?1",
        "DELETE FROM main.tawam_draft_before WHERE draft = ?1",
        "DELETE FROM main.tawam_draft_aside WHERE draft = ?1",
        DRAFT_FORGET_TYPED,
        "DELETE FROM main.tawam_draft WHERE id = ?1"};
    size_t count = all ? sizeof statements / sizeof *statements : 2;
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        sqlite3_stmt *statement = NULL;
        code = draft_sql(&statement, t, id, statements[i]);
        if (code == TAWAM_OK)
            code = draft_run(t, statement);
    }
    return code;
}

int draft_erase(twin *t, int64_t id)
{
    return erase_rows(t, id, 1);
}

int draft_write_all(draft *d)
{
    int code = erase_rows(d->t, d->id, 0);
    return code == TAWAM_OK ? write_below(d, record_root(d->r)) : code;
}

int draft_write_position(draft *d, uint32_t number)
{
    sqlite3_stmt *statement = NULL;
    int code = draft_sql(&statement, d->t, d->id,
                         "UPDATE main.tawam_draft_instance SET position = ?3"
                         " WHERE draft = ?1 AND number = ?2");
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int64(statement, 2, number);
    sqlite3_bind_int64(statement, 3, d->instances[number].position);
    return draft_run(d->t, statement);
}

static int erase_instance(draft *d, uint32_t number)
{
    static const char *const statements[] = {
        "DELETE FROM main.tawam_draft_value WHERE draft = ?1"
        " AND instance = ?2",
        "DELETE FROM main.tawam_draft_note WHERE draft = ?1"
        " AND instance = ?2",
        "DELETE FROM main.tawam_draft_instance WHERE draft = ?1"
        " AND number = ?2"};
    int code = TAWAM_OK;
    for (size_t i = 0;
         code == TAWAM_OK && i < sizeof statements / sizeof *statements; i++) {
        sqlite3_stmt *statement = NULL;
        code = draft_sql(&statement, d->t, d->id, statements[i]);
        if (code != TAWAM_OK)
            break;
        sqlite3_bind_int64(statement, 2, number);
        code = draft_run(d->t, statement);
    }
    d->instances[number].node = NULL;
    return code;
}

int draft_erase_below(draft *d, const form_node *instance)
{
    int code = TAWAM_OK;
    for (const form_node *n = instance; code == TAWAM_OK && n;
         n = form_node_after(n, instance, 1))
        if (n->is_repeat && n->number)
            code = erase_instance(d, n->number);
    return code;
}

/* ---- the draft's own row ---- */

int draft_insert(draft *d)
{
    sqlite3_stmt *insert = NULL;
    int code = twin_prepare(
        &insert, d->t,
        "INSERT INTO main.tawam_draft (form, version, title, place, language,"
        " started, changed, fid, edits) VALUES (?2, ?3, ?4, '', '', ?5, ?5,"
        " ?6, ?7)",
        1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(insert, 2, d->f->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 3, d->f->version, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 4, d->f->title, -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 5, clock_now());
    sqlite3_bind_int64(insert, 6, d->fid);
    sqlite3_bind_int(insert, 7, d->edits);
    code = draft_run(d->t, insert);
    if (code == TAWAM_OK)
        d->id = sqlite3_last_insert_rowid(twin_database(d->t));
    return code;
}

/* What a list shows it by: its name, else the first answer in words. */
const char *draft_caption(const draft *d)
{
    form_node *root = record_root(d->r);
    const form_node *name =
        d->name_item ? record_near(root, d->name_item) : NULL;
    /* concat(code, ' ', date) of a code that is still to come */
    const char *called = name ? name->value + strspn(name->value, " ") : "";
    if (*called)
        return called;
    for (form_node *n = root; n; n = form_node_after(n, root, !n->is_hidden))
        if (n->item && !n->is_hidden && !n->first && *n->value &&
            is_asked(n->item) && n->item->control->kind == FORM_INPUT &&
            n->item->type <= FORM_DECIMAL)
            return n->value;
    return "";
}

/* Why no row was written: another window was faster. */
static int say_lost(const draft *d)
{
    sqlite3_stmt *find = NULL;
    int code = draft_sql(&find, d->t, d->id,
                         "SELECT 1 FROM main.tawam_draft WHERE id = ?1");
    if (code == TAWAM_OK)
        code = twin_step(d->t, find);
    twin_release(find);
    if (code < 0)
        return code;
    return code ? error_set(TAWAM_ECONFLICT,
                            _("draft %lld was changed in another window; leave "
                              "it here and open it again"),
                            (long long)d->id)
                : error_set(TAWAM_ENOTFOUND,
                            _("draft %lld is gone: it was finished or "
                              "discarded elsewhere"),
                            (long long)d->id);
}

static int write_head(draft *d)
{
    sqlite3_stmt *update = NULL;
    int code =
        draft_sql(&update, d->t, d->id,
                  "UPDATE main.tawam_draft SET changed = ?2, caption = ?3,"
                  " audit = CASE WHEN ?5 THEN ?4 ELSE audit END,"
                  " revision = revision + 1"
                  " WHERE id = ?1 AND revision IN (?6, ?7)"
                  " RETURNING revision");
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int64(update, 2, clock_now());
    sqlite3_bind_text(update, 3, draft_caption(d), -1, SQLITE_STATIC);
    if (d->audit_dirty && d->audit.length)
        sqlite3_bind_blob(update, 4, d->audit.data, (int)d->audit.length,
                          SQLITE_STATIC);
    sqlite3_bind_int(update, 5, d->audit_dirty);
    sqlite3_bind_int64(update, 6, d->revision);
    sqlite3_bind_int64(update, 7, d->unsure);
    code = twin_step(d->t, update);
    if (code > 0)
        d->revision = sqlite3_column_int64(update, 0);
    twin_release(update);
    return code > 0 ? TAWAM_OK : code < 0 ? code : say_lost(d);
}

int draft_write(draft *d)
{
    int code = write_head(d);
    if (code == TAWAM_OK && d->typed_old)
        code = draft_forget_typed(d);
    if (code == TAWAM_OK)
        code = d->rewrite ? draft_write_all(d) : write_changed(d);
    if (code != TAWAM_OK)
        return code;
    for (size_t i = 0; i < d->dirty_count; i++)
        d->dirty[i]->is_noted = 0;
    d->dirty_count = 0;
    d->rewrite = d->audit_dirty = 0;
    return TAWAM_OK;
}
