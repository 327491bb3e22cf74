/* SPDX-License-Identifier: MIT */
/* Drafts: beginning, opening, changing. The tables are in twin/schema.c. */
#include "form/draft_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- hearing of changes ---- */

static void hear(void *caller, form_node *node)
{
    draft *d = caller;
    if (memory_reserve((void **)&d->dirty, &d->dirty_capacity,
                       d->dirty_count + 1, sizeof *d->dirty) == TAWAM_OK)
        d->dirty[d->dirty_count++] = node;
    else
        d->rewrite = 1;
}

uint32_t draft_instance_of(const form_node *node)
{
    while (node && !node->is_repeat)
        node = node->parent;
    return node ? node->number : 0;
}

int draft_number(draft *d, form_node *node, uint32_t number)
{
    size_t wanted = number ? number : d->instance_count,
           had = d->instance_count;
    int code;
    if (wanted >= UINT32_MAX - 1)
        return error_set(TAWAM_EDAMAGED,
                         _("a draft's instance has the number "
                           "%zu"),
                         wanted);
    code = memory_reserve((void **)&d->instances, &d->instance_capacity,
                          wanted + 1, sizeof *d->instances);
    if (code != TAWAM_OK)
        return code;
    while (d->instance_count <= wanted)
        d->instances[d->instance_count++] = (draft_instance){0};
    d->instances[wanted].node = node;
    if (wanted >= had || !number)
        d->instances[wanted].position = ++d->last_position;
    node->number = (uint32_t)wanted;
    return TAWAM_OK;
}

/* ---- making one ---- */

int draft_make(draft **out, twin *t, const form *f)
{
    draft *d = memory_new(sizeof *d);
    int code = d ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        d->t = t;
        d->f = f;
        d->paths = memory_array(f->item_count + 1, sizeof *d->paths);
        d->place = memory_string("");
        d->language = memory_string("");
        code = d->paths && d->place && d->language ? TAWAM_OK : TAWAM_EMEMORY;
        for (size_t i = 0; i < f->item_count; i++)
            if (strcmp(f->items[i]->name, "instanceName") == 0 &&
                f->items[i]->parent && f->items[i]->parent->parent == f->root)
                d->name_item = f->items[i];
    }
    if (code == TAWAM_OK)
        *out = d;
    else
        draft_free(d);
    return code;
}

void draft_listen(draft *d)
{
    d->instances[0].node = record_root(d->r);
    record_listen(d->r, hear, d);
}

/* The instanceID a record of this row gets (FORMAT.md). */
static void name_instance(draft *d)
{
    char uuid[37];
    twin_uuid_from_fid(uuid, d->fid);
    snprintf(d->instance_id, sizeof d->instance_id, "uuid:%s", uuid);
}

/* The id of its row, and its instanceID: GIVEN, or NULL. */
static int choose_instance(draft *d, const char *given)
{
    int code;
    if (!given) {
        code = twin_draw_run(&d->fid, d->t);
        name_instance(d);
        return code;
    }
    if (!store_uuid_of(given))
        return error_set(TAWAM_EUSAGE, _("'%.60s' is not uuid: and a uuid"),
                         given);
    snprintf(d->instance_id, sizeof d->instance_id, "%s", given);
    return store_id_of(&d->fid, given);
}

int draft_new(draft **out, twin *t, const form *f, const record_surroundings *s)
{
    return draft_new_as(out, t, f, s, NULL);
}

int draft_new_as(draft **out, twin *t, const form *f,
                 const record_surroundings *s, const char *instance_id)
{
    record_surroundings own = s ? *s : (record_surroundings){0};
    draft *d = NULL;
    int code = draft_make(&d, t, f);
    if (code == TAWAM_OK)
        code = choose_instance(d, instance_id);
    if (code == TAWAM_OK) {
        d->ids_counted = 1;
        draft_surroundings(&own, d);
        code = record_new(&d->r, f, &own);
    }
    if (code == TAWAM_OK)
        code = draft_number(d, record_root(d->r), 0);
    if (code == TAWAM_OK) {
        draft_listen(d);
        d->rewrite = 1;
        code = draft_begin(d);
    }
    if (code == TAWAM_OK) {
        code = draft_insert(d);
        if (code == TAWAM_OK && instance_id)
            code = draft_store_instance(d);
        code = code == TAWAM_OK ? draft_save(d) : draft_failed(d, code);
        code = code == TAWAM_OK ? draft_commit(d) : code;
    }
    if (code == TAWAM_OK)
        *out = d;
    else {
        if (d)
            d->id = 0; /* nothing there to save */
        draft_free(d);
    }
    return code;
}

/* ---- opening ---- */

static int copy_text(char **place, const char *text)
{
    char *copy = memory_string(text ? text : "");
    if (!copy)
        return TAWAM_EMEMORY;
    free(*place);
    *place = copy;
    return TAWAM_OK;
}

static int check_form(const draft *d, const char *id, const char *version,
                      int any)
{
    if (strcmp(id, d->f->id) != 0)
        return error_set(TAWAM_EUSAGE,
                         _("draft %lld is of the form %.60s, not of %.60s"),
                         (long long)d->id, id, d->f->id);
    if (!any && strcmp(version, d->f->version) != 0)
        return error_set(TAWAM_EUSAGE,
                         _("draft %lld is of version '%.60s' of the form "
                           "%.60s, this is version '%.60s'"),
                         (long long)d->id, version, id, d->f->version);
    return TAWAM_OK;
}

static const char *text_at(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

/* The draft's row: everything that is not the record. ANY 1: also one of
 * another version of the form; *version is freed by the caller. */
static int read_head(char **version, draft *d, int any)
{
    sqlite3_stmt *head = NULL;
    int code = draft_sql(&head, d->t, d->id,
                         "SELECT form, version, place, language, fid, edits,"
                         " audit, instance_id, revision"
                         " FROM main.tawam_draft WHERE id = ?1");
    if (code == TAWAM_OK)
        code = twin_step(d->t, head);
    if (code == 0)
        code = error_set(TAWAM_ENOTFOUND, _("there is no draft %lld"),
                         (long long)d->id);
    else if (code > 0)
        code = check_form(d, text_at(head, 0), text_at(head, 1), any);
    if (code == TAWAM_OK)
        code = copy_text(version, text_at(head, 1));
    if (code == TAWAM_OK)
        code = copy_text(&d->place, text_at(head, 2));
    if (code == TAWAM_OK)
        code = copy_text(&d->language, text_at(head, 3));
    if (code == TAWAM_OK) {
        const char *id = text_at(head, 7);
        d->fid = sqlite3_column_int64(head, 4);
        d->edits = sqlite3_column_int(head, 5);
        d->revision = sqlite3_column_int64(head, 8);
        d->unsure = d->kept = d->revision;
        buffer_bytes(&d->audit, sqlite3_column_blob(head, 6),
                     (size_t)sqlite3_column_bytes(head, 6));
        name_instance(d);
        if (*id)
            snprintf(d->instance_id, sizeof d->instance_id, "%s", id);
        code = buffer_check(&d->audit);
    }
    twin_release(head);
    return code == TAWAM_OK ? draft_read_typed(d) : code;
}

/* The record as it was, nothing evaluated; reading may put values aside. */
static int read_record(draft *d, const char *version,
                       const record_surroundings *s)
{
    record_surroundings own = s ? *s : (record_surroundings){0};
    int code;
    draft_surroundings(&own, d);
    code = record_restore(&d->r, d->f, &own);
    if (code == TAWAM_OK)
        code = draft_number(d, record_root(d->r), 0);
    if (code == TAWAM_OK)
        code = draft_read(d, version);
    if (code == TAWAM_OK && *d->language &&
        record_set_language(d->r, d->language) != TAWAM_OK)
        error_clear(); /* the form's first serves */
    d->rewrite |= d->moved_aside;
    return code;
}

/* BEFORE: the form of the version that it is of, when that is another and at
 * hand. */
static int open_record(draft *d, const form *before, int any,
                       const record_surroundings *s)
{
    char *version = NULL;
    int code = read_head(&version, d, any);
    if (code == TAWAM_OK)
        code = read_record(d, version, s);
    if (code == TAWAM_OK && strcmp(version, d->f->version) == 0)
        code = record_resume(d->r);
    else if (code == TAWAM_OK)
        code = draft_take_version(d, before);
    if (code == TAWAM_OK) {
        draft_listen(d);
        code = record_load_again(d->r);
    }
    if (code == TAWAM_OK)
        code = draft_save(d);
    free(version);
    return code;
}

static int open_any(draft **out, twin *t, int64_t id, const form *before,
                    const form *f, int any, const record_surroundings *s)
{
    draft *d = NULL;
    int code = draft_make(&d, t, f);
    int begun = code == TAWAM_OK && !twin_is_read_only(t);
    if (code == TAWAM_OK)
        d->id = id;
    if (begun) {
        code = draft_begin(d);
        begun = code == TAWAM_OK;
    }
    if (code == TAWAM_OK)
        code = open_record(d, before, any, s);
    if (begun)
        code = code == TAWAM_OK ? draft_commit(d) : draft_failed(d, code);
    if (code == TAWAM_OK)
        *out = d;
    else {
        if (d)
            d->id = 0;
        draft_free(d);
    }
    return code;
}

int draft_open(draft **out, twin *t, int64_t id, const form *f,
               const record_surroundings *s)
{
    return open_any(out, t, id, NULL, f, 0, s);
}

int draft_upgrade(draft **out, twin *t, int64_t id, const form *before,
                  const form *f, const record_surroundings *s)
{
    return open_any(out, t, id, before, f, 1, s);
}

void draft_free(draft *d)
{
    if (!d)
        return;
    if (d->id && d->r && (d->audit_dirty || d->dirty_count || d->rewrite) &&
        !twin_is_read_only(d->t) && draft_save(d) != TAWAM_OK)
        error_clear();
    record_free(d->r);
    for (size_t i = 0; i < d->warning_count; i++)
        free(d->warnings[i]);
    free(d->warnings);
    free(d->instances);
    free(d->dirty);
    free(d->paths);
    free(d->place);
    free(d->language);
    free(d->note);
    free(d->typed_path);
    free(d->typed);
    buffer_free(&d->audit);
    free(d);
}

int64_t draft_id(const draft *d)
{
    return d->id;
}

int64_t draft_row(int *edits, const draft *d)
{
    if (edits)
        *edits = d->edits;
    return d->fid;
}

record *draft_record(draft *d)
{
    return d->r;
}

/* ---- transactions ---- */

/* What is on disk is not what was thought. What another window wrote is still
 * told by the revision: the next write is refused like this one. */
static void doubt(draft *d)
{
    d->rewrite = 1;
    d->revision = d->kept;
    memset(d->paths, 0, d->f->item_count * sizeof *d->paths);
}

void draft_take_back(draft *d, int64_t id)
{
    d->id = id;
    doubt(d);
}

int draft_failed(draft *d, int code)
{
    twin_rollback(d->t);
    doubt(d);
    return code;
}

int draft_begin(draft *d)
{
    if (!twin_in_transaction(d->t))
        d->kept = d->revision;
    return twin_begin(d->t);
}

/* Inside another transaction it may still be undone. */
int draft_commit(draft *d)
{
    int code = twin_commit(d->t);
    if (code != TAWAM_OK) {
        d->unsure = d->revision;
        doubt(d);
    } else if (twin_in_transaction(d->t))
        d->unsure = d->kept;
    else
        d->unsure = d->kept = d->revision;
    return code;
}

int draft_save(draft *d)
{
    int code;
    if (!d->dirty_count && !d->rewrite && !d->audit_dirty && !d->typed_old)
        return TAWAM_OK;
    code = draft_begin(d);
    if (code != TAWAM_OK) {
        d->rewrite = 1;
        return code;
    }
    code = draft_write(d);
    return code == TAWAM_OK ? draft_commit(d) : draft_failed(d, code);
}

/* ---- changes ---- */

int draft_answer(record_outcome *outcome, draft *d, form_node *node,
                 const char *value)
{
    int code = record_answer(outcome, d->r, node, value);
    if (code != TAWAM_OK || *outcome != RECORD_OK)
        return code;
    d->typed_old = d->typed != NULL;
    return draft_save(d);
}

int draft_add_repeat(form_node **out, draft *d, form_node *parent,
                     form_item *item)
{
    form_node *node = NULL;
    int code = record_add_repeat(&node, d->r, parent, item);
    if (code != TAWAM_OK)
        return code;
    if (!node->is_noted) {
        node->is_noted = 1;
        hear(d, node);
    }
    *out = node;
    d->typed_old = d->typed != NULL; /* paths change */
    return draft_save(d);
}

int draft_remove_repeat(draft *d, form_node *instance)
{
    int code = instance->is_repeat ? draft_begin(d) : TAWAM_OK;
    if (code != TAWAM_OK)
        return code;
    code = record_remove_repeat(d->r, instance);
    if (!instance->is_repeat)
        return code;
    if (code == TAWAM_OK)
        code = draft_erase_below(d, instance);
    d->typed_old = d->typed != NULL;
    if (code == TAWAM_OK)
        code = draft_write(d);
    return code == TAWAM_OK ? draft_commit(d) : draft_failed(d, code);
}

static int compare_positions(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, two = *(const uint32_t *)b;
    return (one > two) - (one < two);
}

/* The positions that INSTANCE and its like have, given out anew in their
 * present order. */
static int number_again(draft *d, const form_node *instance)
{
    uint32_t *positions;
    size_t count = 0, i = 0;
    int code = TAWAM_OK;
    for (form_node *n = instance->parent->first; n; n = n->next)
        count += n->item == instance->item && n->number;
    positions = memory_array(count + 1, sizeof *positions);
    if (!positions)
        return TAWAM_EMEMORY;
    for (form_node *n = instance->parent->first; n; n = n->next)
        if (n->item == instance->item && n->number)
            positions[i++] = d->instances[n->number].position;
    qsort(positions, count, sizeof *positions, compare_positions);
    i = 0;
    for (form_node *n = instance->parent->first; code == TAWAM_OK && n;
         n = n->next)
        if (n->item == instance->item && n->number) {
            draft_instance *at = &d->instances[n->number];
            if (at->position != positions[i]) {
                at->position = positions[i];
                code = draft_write_position(d, n->number);
            }
            i++;
        }
    free(positions);
    return code;
}

int draft_move_repeat(draft *d, form_node *instance, int by)
{
    int code = draft_begin(d);
    if (code != TAWAM_OK)
        return code;
    code = record_move_repeat(d->r, instance, by);
    if (code == TAWAM_OK)
        code = number_again(d, instance);
    d->typed_old = d->typed != NULL;
    if (code == TAWAM_OK)
        code = draft_write(d);
    return code == TAWAM_OK ? draft_commit(d) : draft_failed(d, code);
}

/* ---- what is not the record ---- */

static int set_head(draft *d, const char *sql, const char *text)
{
    sqlite3_stmt *statement = NULL;
    int code = draft_begin(d);
    if (code != TAWAM_OK)
        return code;
    code = draft_sql(&statement, d->t, d->id, sql);
    if (code == TAWAM_OK) {
        sqlite3_bind_text(statement, 2, text, -1, SQLITE_STATIC);
        code = draft_run(d->t, statement);
    }
    if (code == TAWAM_OK && (d->dirty_count || d->rewrite || d->audit_dirty))
        code = draft_write(d);
    return code == TAWAM_OK ? draft_commit(d) : draft_failed(d, code);
}

int draft_set_place(draft *d, const char *path)
{
    int code =
        strcmp(path, d->place) == 0 ? TAWAM_OK : copy_text(&d->place, path);
    return code == TAWAM_OK ? set_head(d,
                                       "UPDATE main.tawam_draft SET place = ?2"
                                       " WHERE id = ?1 AND place IS NOT ?2",
                                       d->place)
                            : code;
}

const char *draft_place(const draft *d)
{
    return d->place;
}

int draft_set_language(draft *d, const char *name)
{
    const char *first = d->f->language_count ? d->f->languages[0].name : NULL;
    int code = *name || first ? record_set_language(d->r, *name ? name : first)
                              : TAWAM_OK;
    if (code == TAWAM_OK)
        code = copy_text(&d->language, name);
    return code == TAWAM_OK ? set_head(d,
                                       "UPDATE main.tawam_draft SET"
                                       " language = ?2 WHERE id = ?1",
                                       d->language)
                            : code;
}

const char *draft_language(const draft *d)
{
    return d->language;
}

int draft_audit_set(draft *d, const void *bytes, size_t length)
{
    buffer_clear(&d->audit);
    buffer_bytes(&d->audit, bytes, length);
    d->audit_dirty = 1;
    return buffer_check(&d->audit);
}

int draft_audit(buffer *out, draft *d)
{
    buffer_bytes(out, d->audit.data, d->audit.length);
    return buffer_check(out);
}
