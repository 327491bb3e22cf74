/* SPDX-License-Identifier: MIT */
/* The forms of a replica with their records and drafts, those that are gone
 * too: a record outlives the form it is of. */
#include "form/draft.h"
#include "work/forms_internal.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct listing {
    territory *t;
    arena *memory;
    shelf_form *shelf;
    size_t shelf_count;
    work_form_line *lines; /* owned */
    size_t count, capacity;
} listing;

static work_form_line *find_line(listing *l, const char *id,
                                 const char *version)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->lines[i].id, id) == 0 &&
            strcmp(l->lines[i].version, version) == 0)
            return &l->lines[i];
    return NULL;
}

static int add_line(work_form_line **out, listing *l, const char *id,
                    const char *version)
{
    work_form_line *line = find_line(l, id, version);
    if (!line) {
        if (memory_reserve((void **)&l->lines, &l->capacity, l->count + 1,
                           sizeof *l->lines) != TAWAM_OK)
            return TAWAM_EMEMORY;
        line = &l->lines[l->count];
        *line = (work_form_line){.id = arena_string(l->memory, id),
                                 .version = arena_string(l->memory, version),
                                 .title = "",
                                 .problem = "",
                                 .state = WORK_FORM_UNKNOWN};
        if (!line->id || !line->version)
            return TAWAM_EMEMORY;
        l->count++;
    }
    *out = line;
    return TAWAM_OK;
}

static int add_shelf(listing *l)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < l->shelf_count; i++) {
        const shelf_form *f = &l->shelf[i];
        work_form_line *line = NULL;
        code = add_line(&line, l, f->id, f->version);
        if (code != TAWAM_OK)
            return code;
        line->title = f->title;
        line->problem = f->problem;
        line->published = f->published;
        line->state = *f->problem    ? WORK_FORM_UNUSABLE
                      : f->withdrawn ? WORK_FORM_WITHDRAWN
                      : f->current   ? WORK_FORM_CURRENT
                                     : WORK_FORM_OLDER;
    }
    return code;
}

/* ---- records ---- */

static int count_records(listing *l, const char *id, const char *layer)
{
    sqlite3_stmt *s = NULL;
    buffer sql = {0};
    int code;
    buffer_text(&sql, "SELECT coalesce(form_version, ''), count(*) FROM ");
    twin_quote(&sql, layer);
    buffer_text(&sql, " GROUP BY 1");
    code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(&s, l->t->twin, (char *)sql.data, 0);
    while (code == TAWAM_OK && (code = twin_step(l->t->twin, s)) == 1) {
        work_form_line *line = NULL;
        code = add_line(&line, l, id, (const char *)sqlite3_column_text(s, 0));
        if (code == TAWAM_OK)
            line->records += sqlite3_column_int64(s, 1);
    }
    sqlite3_finalize(s);
    buffer_free(&sql);
    return code;
}

/* The form of which LAYER holds the records, "" for none: with a form on the
 * shelf its id, else the name without its ending. */
static int form_of_layer(char *id, size_t size, listing *l,
                         const twin_layer *layer)
{
    static const char ENDING[] = "_record";
    size_t length = strlen(layer->name), ending = strlen(ENDING);
    const twin_column *version = NULL;
    buffer name = {0};
    *id = '\0';
    if (length <= ending ||
        !text_equal_nocase(layer->name + length - ending, ENDING))
        return TAWAM_OK;
    if (twin_column_find(&version, layer, "form_version") != TAWAM_OK) {
        error_clear();
        return TAWAM_OK;
    }
    for (size_t i = 0; i < l->shelf_count && !*id; i++) {
        buffer_clear(&name);
        if (form_record_layer(&name, l->shelf[i].id) == TAWAM_OK &&
            text_equal_nocase((char *)name.data, layer->name))
            snprintf(id, size, "%s", l->shelf[i].id);
    }
    buffer_free(&name);
    if (!*id)
        snprintf(id, size, "%.*s", (int)(length - ending), layer->name);
    return TAWAM_OK;
}

static int add_records(listing *l)
{
    size_t count = twin_layer_count(l->t->twin);
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        const twin_layer *layer = twin_layer_at(l->t->twin, i);
        char id[256];
        code = form_of_layer(id, sizeof id, l, layer);
        if (code == TAWAM_OK && *id)
            code = count_records(l, id, layer->name);
    }
    return code;
}

/* ---- drafts ---- */

static int add_drafts(listing *l)
{
    draft_entry *drafts = NULL;
    size_t count = 0;
    int code = draft_list(&drafts, &count, l->t->twin, l->memory);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        work_form_line *line = NULL;
        code = add_line(&line, l, drafts[i].form, drafts[i].version);
        if (code == TAWAM_OK) {
            line->drafts++;
            if (!*line->title)
                line->title = drafts[i].title;
        }
    }
    return code;
}

/* ---- the whole ---- */

static int is_shown(const work_form_line *line)
{
    return line->records || line->drafts || line->state == WORK_FORM_CURRENT ||
           line->state == WORK_FORM_UNUSABLE;
}

static int by_id_and_version(const void *a, const void *b)
{
    const work_form_line *one = a, *two = b;
    int order = strcmp(one->id, two->id);
    return order ? order : shelf_compare_versions(two->version, one->version);
}

int work_forms_list(work_form_line **list, size_t *count, territory *t,
                    arena *a)
{
    listing l = {.t = t, .memory = a};
    size_t shown = 0;
    int code = shelf_list(&l.shelf, &l.shelf_count, t->twin, a);
    if (code == TAWAM_OK)
        code = add_shelf(&l);
    if (code == TAWAM_OK)
        code = add_records(&l);
    if (code == TAWAM_OK)
        code = add_drafts(&l);
    for (size_t i = 0; i < l.count; i++)
        if (is_shown(&l.lines[i]))
            l.lines[shown++] = l.lines[i];
    *list = NULL;
    *count = 0;
    if (code == TAWAM_OK && shown) {
        qsort(l.lines, shown, sizeof *l.lines, by_id_and_version);
        *list = arena_copy(a, l.lines, shown * sizeof *l.lines);
        *count = shown;
        code = *list ? TAWAM_OK : TAWAM_EMEMORY;
    }
    free(l.lines);
    return code;
}
