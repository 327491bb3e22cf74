/* SPDX-License-Identifier: MIT */
/* A finished record as a draft again. */
#include "form/audit.h"
#include "form/draft_internal.h"
#include "form/store_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The draft that edits the row of FID; 0: none. */
static int find_edit(int64_t *id, twin *t, const form *f, int64_t fid)
{
    sqlite3_stmt *find = NULL;
    int code = twin_prepare(&find, t,
                            "SELECT id FROM main.tawam_draft WHERE fid = ?1"
                            " AND edits = 1 AND form = ?2 ORDER BY id LIMIT 1",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int64(find, 1, fid);
    sqlite3_bind_text(find, 2, f->id, -1, SQLITE_STATIC);
    code = twin_step(t, find);
    *id = code > 0 ? sqlite3_column_int64(find, 0) : 0;
    twin_release(find);
    return code < 0 ? code : TAWAM_OK;
}

static int hear_instance(void *caller, form_node *instance, int64_t fid)
{
    draft *d = caller;
    int code = draft_number(d, instance, 0);
    if (code == TAWAM_OK)
        d->instances[instance->number].fid = fid;
    return code;
}

/* "! /data/age: a guess" and its further lines, from *AT on. */
static int restore_note(draft *d, const char **at)
{
    const char *from = *at, *colon;
    int flagged = strncmp(from, "! ", 2) == 0, code = TAWAM_OK;
    buffer path = {0}, text = {0};
    from += flagged ? 2 : 0;
    colon = strstr(from, ": ");
    for (*at = from; **at && !((*at)[0] == '\n' && (*at)[1] != ' '); ++*at)
        continue;
    if (colon && colon < *at) {
        buffer_bytes(&path, from, (size_t)(colon - from));
        for (const char *p = colon + 2; p < *at; p++) {
            buffer_byte(&text, (uint8_t)*p);
            p += *p == '\n';
        }
        buffer_text(&text, "");
        code = buffer_check(&path);
        if (code == TAWAM_OK)
            code = buffer_check(&text);
        /* What its form has no place for any more stays in the log. */
        if (code == TAWAM_OK && record_find(d->r, (const char *)path.data))
            code = draft_set_note(d, (const char *)path.data,
                                  text.data ? (const char *)text.data : "",
                                  flagged);
    }
    *at += **at == '\n';
    buffer_free(&path);
    buffer_free(&text);
    return code;
}

/* A random version 4 uuid after "uuid:". */
static int draw_instance_id(draft *d)
{
    uint8_t b[16];
    int code = random_bytes(b, sizeof b);
    if (code != TAWAM_OK)
        return code;
    b[6] = (uint8_t)((b[6] & 0x0F) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3F) | 0x80);
    snprintf(d->instance_id, sizeof d->instance_id,
             "uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
             b[11], b[12], b[13], b[14], b[15]);
    return TAWAM_OK;
}

int draft_store_instance(draft *d)
{
    sqlite3_stmt *update = NULL;
    int code = draft_sql(&update, d->t, d->id,
                         "UPDATE main.tawam_draft SET instance_id = ?2"
                         " WHERE id = ?1");
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(update, 2, d->instance_id, -1, SQLITE_STATIC);
    return draft_run(d->t, update);
}

/* What it begins with, to tell at its end what was changed here and what by
 * others meanwhile. */
static int store_before(draft *d, const char *note)
{
    static const char *const statements[] = {
        "INSERT INTO main.tawam_draft_before SELECT draft, instance, path,"
        " value FROM main.tawam_draft_value WHERE draft = ?1",
        "INSERT INTO main.tawam_draft_before SELECT draft, number, 0,"
        " fid || ' ' || p.path FROM main.tawam_draft_instance i"
        " JOIN main.tawam_draft_path p ON p.id = i.path WHERE draft = ?1",
        "INSERT INTO main.tawam_draft_before VALUES (?1, 0, 0, ?2)"};
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < 3; i++) {
        sqlite3_stmt *insert = NULL;
        code = draft_sql(&insert, d->t, d->id, statements[i]);
        if (code != TAWAM_OK)
            break;
        if (i == 2)
            sqlite3_bind_text(insert, 2, note, -1, SQLITE_STATIC);
        code = draft_run(d->t, insert);
    }
    return code;
}

static int write_new(draft *d, const stored_row *row)
{
    const char *note = row->note;
    int code = draft_begin(d);
    if (code != TAWAM_OK)
        return code;
    d->rewrite = 1;
    code = draft_insert(d);
    if (code == TAWAM_OK)
        code = draft_store_instance(d);
    if (code == TAWAM_OK)
        code = draft_save(d);
    if (code == TAWAM_OK)
        code = store_before(d, row->note);
    while (code == TAWAM_OK && *note)
        code = restore_note(d, &note);
    return code == TAWAM_OK ? draft_commit(d) : draft_failed(d, code);
}

static int read_row(draft *d, stored_row *row, const record_surroundings *s,
                    arena *a)
{
    record_surroundings own = s ? *s : (record_surroundings){0};
    form_layout *l = NULL;
    int code = form_layout_new(&l, d->f);
    draft_surroundings(&own, d);
    own.instance_id = s ? s->instance_id : NULL; /* the row has it */
    if (code == TAWAM_OK) /* number 0 is the record's own */
        code = memory_reserve((void **)&d->instances, &d->instance_capacity, 1,
                              sizeof *d->instances);
    if (code == TAWAM_OK) {
        d->instances[d->instance_count++] = (draft_instance){0};
        code =
            store_read(&d->r, row, d->t, l, d->fid, &own, a, hear_instance, d);
    }
    form_layout_free(l);
    return code;
}

/* ANSWERED is by number of item. */
static void only_answered(form_node *node, const unsigned char *answered)
{
    if (node->item && !answered[node->item->number])
        node->is_given = 0;
    for (form_node *n = node->first; n; n = n->next)
        if (!n->is_text)
            only_answered(n, answered);
}

/* The row does not tell a default that was worked out when the record was
 * begun from an answer; the audit tells whom a person answered. Where it has
 * no answers at all (a record from a file), any value stays one. */
static int tell_answers(draft *d)
{
    audit_event event;
    audit_reader *reader = NULL;
    size_t size = d->f->root->end + 1, count = 0;
    unsigned char *answered = memory_new(size);
    int more = answered ? audit_reader_new(&reader, d->f, d->audit.data,
                                           d->audit.length)
                        : TAWAM_EMEMORY;
    if (more == TAWAM_OK)
        while ((more = audit_next(&event, reader)) > 0)
            if (event.item && event.item->number < size &&
                (event.kind == AUDIT_ANSWERED || event.kind == AUDIT_CHANGED)) {
                answered[event.item->number] = 1;
                count++;
            }
    if (more == TAWAM_OK && count)
        only_answered(record_root(d->r), answered);
    audit_reader_free(reader);
    free(answered);
    if (more == TAWAM_EDAMAGED || more == TAWAM_ENEWER) {
        error_clear(); /* it is kept as it is, and tells nothing */
        return TAWAM_OK;
    }
    return more;
}

static int begin_edit(draft *d, const record_surroundings *s)
{
    stored_row row = {0};
    arena *a = NULL;
    int code = arena_new(&a);
    if (code == TAWAM_OK)
        code = read_row(d, &row, s, a);
    if (code == TAWAM_OK)
        code = draw_instance_id(d);
    if (code == TAWAM_OK) {
        d->instances[0].node = record_root(d->r);
        buffer_bytes(&d->audit, row.audit, row.audit_length);
        d->audit_dirty = row.audit_length > 0;
        code = buffer_check(&d->audit);
    }
    if (code == TAWAM_OK && d->audit.length &&
        strcmp(row.version, d->f->version) != 0)
        code = draft_convert_audit(d, NULL);
    if (code == TAWAM_OK && d->audit.length)
        code = tell_answers(d);
    if (code == TAWAM_OK)
        code = record_resume(d->r);
    if (code == TAWAM_OK) {
        draft_listen(d);
        code = write_new(d, &row);
    }
    if (code == TAWAM_OK)
        code = record_load_again(d->r);
    if (code == TAWAM_OK)
        code = draft_save(d);
    arena_free(a);
    return code;
}

int draft_edit(draft **out, twin *t, const form *f, int64_t fid,
               const record_surroundings *s)
{
    draft *d = NULL;
    int64_t there = 0;
    int code = find_edit(&there, t, f, fid);
    if (code == TAWAM_OK && there)
        return draft_open(out, t, there, f, s);
    if (code == TAWAM_OK)
        code = draft_make(&d, t, f);
    if (code == TAWAM_OK) {
        d->fid = fid;
        d->edits = 1;
        code = begin_edit(d, s);
    }
    if (code == TAWAM_OK)
        *out = d;
    else {
        if (d)
            d->id = 0;
        draft_free(d);
    }
    return code;
}

int draft_row_version(char **version, twin *t, const char *form_id, int64_t fid)
{
    const twin_layer *layer = NULL;
    const twin_column *column = NULL;
    twin_cell *cells = NULL;
    arena *a = NULL;
    buffer name = {0};
    char *copy = NULL;
    int code = form_record_layer(&name, form_id);
    if (code == TAWAM_OK)
        code = twin_layer_find(&layer, t, (const char *)name.data);
    if (code == TAWAM_OK)
        code = twin_column_find(&column, layer, "form_version");
    if (code == TAWAM_OK)
        code = arena_new(&a);
    if (code == TAWAM_OK)
        code = twin_row_read(&cells, t, layer, fid, a);
    for (size_t i = 0; code == TAWAM_OK && i < layer->column_count; i++)
        if (cells[i].column == column->id)
            copy = cells[i].value.kind == TWIN_KIND_TEXT
                       ? memory_string_length(cells[i].value.bytes,
                                              cells[i].value.length)
                       : memory_string("");
    if (code == TAWAM_OK && !copy)
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        *version = copy;
    arena_free(a);
    buffer_free(&name);
    return code;
}
