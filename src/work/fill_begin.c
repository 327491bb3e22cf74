/* SPDX-License-Identifier: MIT */
/* An interview's beginning: a form of the shelf, a draft of it, and what the
 * form asks of its surroundings. */
#include "form/submission.h"
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- surroundings ----
 * Those of the shelf, and the record that was finished last. */

static const char *find_property(void *caller, const char *name)
{
    const fill *f = caller;
    const record_surroundings *s = form_surroundings_record(f->around);
    return s->property ? s->property(s->caller, name) : "";
}

static int find_attachment(buffer *out, void *caller, const char *source)
{
    const fill *f = caller;
    const record_surroundings *s = form_surroundings_record(f->around);
    return s->attachment ? s->attachment(out, s->caller, source)
                         : TAWAM_ENOTFOUND;
}

static int find_last_saved(buffer *out, void *caller, const char *id)
{
    const fill *f = caller;
    return strcmp(id, f->form->id) == 0
               ? submission_last(out, f->territory->twin, f->form)
               : TAWAM_ENOTFOUND;
}

static int surround(fill *f)
{
    int code = shelf_surroundings(&f->around, f->territory->twin, f->form->id,
                                  f->form->version);
    if (code != TAWAM_OK)
        return code;
    f->surroundings = *form_surroundings_record(f->around);
    f->surroundings.caller = f;
    f->surroundings.property = find_property;
    f->surroundings.attachment = find_attachment;
    f->surroundings.last_saved = find_last_saved;
    return TAWAM_OK;
}

void fill_begin_free(fill *f)
{
    form_surroundings_free(f->around);
}

/* ---- forms of the shelf ---- */

/* F's form is VERSION (NULL: the current one) of ID. */
static int prepare(fill **out, territory *t, const char *id,
                   const char *version)
{
    form *own = NULL;
    fill *made = NULL;
    int code = shelf_open(&own, t->twin, id, version);
    if (code == TAWAM_OK)
        code = fill_make(&made, own, t);
    if (code != TAWAM_OK) {
        form_free(own);
        return code;
    }
    made->own_form = own;
    code = surround(made);
    if (code == TAWAM_OK)
        *out = made;
    else
        fill_free(made);
    return code;
}

static int start(fill *f, audit_kind kind)
{
    const char *place;
    int code = TAWAM_OK;
    f->record = draft_record(f->draft);
    record_take_parts(f->record);
    place = draft_place(f->draft);
    fill_learn_language(f);
    code = fill_audit_begin(f, kind);
    if (code == TAWAM_OK) {
        char *copy = memory_string(place);
        code = copy ? fill_place_go(f, copy) : TAWAM_EMEMORY;
        free(copy);
    }
    return code;
}

static int end(fill **out, fill *made, int code)
{
    if (code == TAWAM_OK)
        *out = made;
    else
        fill_free(made);
    return code;
}

int fill_new(fill **out, territory *t, const char *form_id)
{
    fill *made = NULL;
    int code = prepare(&made, t, form_id, NULL);
    if (code == TAWAM_OK)
        code =
            draft_new(&made->draft, t->twin, made->form, &made->surroundings);
    if (code == TAWAM_OK)
        code = start(made, AUDIT_START);
    return end(out, made, code);
}

/* The form of a draft is nowhere here any more. */
static int say_gone(const draft_entry *entry)
{
    return error_set(TAWAM_ENOTFOUND,
                     _("this replica has the form '%.60s' of draft %lld no "
                       "more; the draft is kept: 'tawam form fill --draft "
                       "%lld --out FILE' writes it as XML"),
                     entry->form, (long long)entry->id, (long long)entry->id);
}

/* The form that ENTRY goes on with: its version, or, with UPGRADE or when that
 * is gone, the current one; *upgrade tells. */
static int prepare_of_draft(fill **out, int *upgrade, territory *t,
                            const draft_entry *entry)
{
    int code = *upgrade ? TAWAM_ENOTFOUND
                        : prepare(out, t, entry->form, entry->version);
    if (code != TAWAM_ENOTFOUND)
        return code;
    *upgrade = 1;
    code = prepare(out, t, entry->form, NULL);
    return code == TAWAM_ENOTFOUND ? say_gone(entry) : code;
}

/* Under the current version, with what its own version (when that is at hand)
 * tells of what is new. */
static int upgrade_draft(fill *made, territory *t, const draft_entry *entry)
{
    form *before = NULL;
    int code = shelf_open(&before, t->twin, entry->form, entry->version);
    if (code != TAWAM_OK && code != TAWAM_ENOTFOUND)
        return code;
    error_clear();
    code = draft_upgrade(&made->draft, t->twin, entry->id, before, made->form,
                         &made->surroundings);
    form_free(before);
    return code;
}

static int open_draft(fill **out, territory *t, int64_t number, int upgrade)
{
    draft_entry entry = {0};
    fill *made = NULL;
    arena *memory = NULL;
    int code = arena_new(&memory);
    if (code == TAWAM_OK)
        code = draft_find(&entry, t->twin, number, memory);
    if (code == TAWAM_OK)
        code = prepare_of_draft(&made, &upgrade, t, &entry);
    if (code == TAWAM_OK)
        code = upgrade ? upgrade_draft(made, t, &entry)
                       : draft_open(&made->draft, t->twin, number, made->form,
                                    &made->surroundings);
    arena_free(memory);
    if (code == TAWAM_OK) {
        made->is_touched = 1;
        code = start(made, AUDIT_RESUME);
    }
    return end(out, made, code);
}

int fill_open(fill **out, territory *t, int64_t number)
{
    return open_draft(out, t, number, 0);
}

int fill_upgrade(fill **out, territory *t, int64_t number)
{
    return open_draft(out, t, number, 1);
}

int fill_each_aside(fill *f,
                    int (*call)(void *caller, const char *path,
                                const char *value, const char *version),
                    void *caller)
{
    return f->draft ? draft_each_aside(f->draft, call, caller) : TAWAM_OK;
}

/* The row's own version of the form, or else the current one. */
static int prepare_of_row(fill **out, territory *t, const char *id, int64_t fid)
{
    char *version = NULL;
    int code = draft_row_version(&version, t->twin, id, fid);
    if (code == TAWAM_OK)
        code = prepare(out, t, id, version);
    if (code == TAWAM_ENOTFOUND && version) {
        error_clear();
        code = prepare(out, t, id, NULL);
    }
    free(version);
    return code;
}

/* 1 in *IS if a draft that edits the row is under way. */
static int is_under_way(int *is, territory *t, const char *form_id, int64_t fid)
{
    draft_entry *list = NULL;
    size_t count = 0;
    arena *memory = NULL;
    int code = arena_new(&memory);
    *is = 0;
    if (code == TAWAM_OK)
        code = draft_list(&list, &count, t->twin, memory);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        *is |= list[i].edits && list[i].fid == fid &&
               strcmp(list[i].form, form_id) == 0;
    arena_free(memory);
    return code;
}

int fill_edit(fill **out, territory *t, const char *form_id, int64_t fid)
{
    fill *made = NULL;
    int code = prepare_of_row(&made, t, form_id, fid);
    if (code == TAWAM_OK)
        code = is_under_way(&made->is_touched, t, made->form->id, fid);
    if (code == TAWAM_OK)
        code = draft_edit(&made->draft, t->twin, made->form, fid,
                          &made->surroundings);
    if (code == TAWAM_OK)
        code = start(made, AUDIT_EDIT);
    return end(out, made, code);
}
