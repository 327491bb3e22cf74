/* SPDX-License-Identifier: MIT */
/* What main publishes, onto the shelf. The setting forms_read remembers what
 * was read last: by which version of this program, and which commit of main.
 * Labels may be set before the layers that they are of come. */
#include "work/forms_internal.h"
#include "work/workflow.h"
#include <stdlib.h>
#include <string.h>

typedef struct refresh {
    territory *t;
    buffer *news; /* or NULL */
    arena *memory;
    shelf_form *shelf; /* as it was */
    size_t count;
    int anew;         /* another tawam read it last: everything again */
    const char **put; /* ids of which a version was put; owned */
    size_t put_count, put_capacity;
} refresh;

static shelf_form *on_shelf(refresh *r, const char *id, const char *version)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->shelf[i].id, id) == 0 &&
            strcmp(r->shelf[i].version, version) == 0)
            return &r->shelf[i];
    return NULL;
}

/* 1 for what is the machine's trouble, and no fault of the form. */
static int is_ours(int code)
{
    return code == TAWAM_EMEMORY || code == TAWAM_EFULL ||
           code == TAWAM_EBUSY || code == TAWAM_EENVIRONMENT ||
           code == TAWAM_ECANCELLED;
}

/* ---- one version ---- */

/* The first error of M with its place, else error_message(). In MEMORY. */
static const char *reason(const form_messages *m, arena *memory)
{
    char *words = NULL;
    const char *kept;
    for (size_t i = 0; i < m->count && !words; i++)
        if (!m->list[i].is_warning && m->list[i].row)
            words = memory_format(_("sheet %s, row %zu, %s: %s"),
                                  m->list[i].sheet, m->list[i].row,
                                  m->list[i].column, m->list[i].text);
    if (!words)
        words = text_safe(error_message(), strlen(error_message()), 0);
    kept = words ? arena_string(memory, words) : NULL;
    free(words);
    return kept ? kept : "?";
}

static int check_names(const form *f, const forms_version *v)
{
    if (strcmp(f->id, v->id) == 0 && strcmp(f->version, v->version) == 0)
        return TAWAM_OK;
    return error_set(TAWAM_EDAMAGED,
                     _("it stands in main as %.60s, version '%.60s', but calls "
                       "itself %.60s, version '%.60s'"),
                     v->id, v->version, f->id, f->version);
}

static int compile(buffer *xml, form **f, form_messages *m,
                   const forms_content *c, const forms_version *v)
{
    int code = form_source_xform(xml, m, c->source, v->id);
    if (code == TAWAM_OK)
        code = form_read_xform(f, xml->data ? (const char *)xml->data : "",
                               xml->length);
    return code == TAWAM_OK ? check_names(*f, v) : code;
}

static void tell(refresh *r, const forms_version *v, const shelf_form *put,
                 const shelf_form *before)
{
    char *title, *version;
    if (!r->news)
        return;
    title = text_safe(*put->title ? put->title : v->id,
                      strlen(*put->title ? put->title : v->id), 0);
    version = text_safe(v->version, strlen(v->version), 0);
    if (title && version && *put->problem)
        buffer_format(r->news,
                      _("Form %s, version %s, can't be used here: %s\n"), title,
                      *version ? version : "-", put->problem);
    else if (title && version && before && !*before->problem && !r->anew)
        buffer_format(r->news,
                      _("Form %s, version %s, was published twice with "
                        "different content; the later one counts. Publish it "
                        "anew under a newer version.\n"),
                      title, *version ? version : "-");
    else if (title && version && (!before || *before->problem))
        buffer_format(r->news, _("Form %s, version %s, is here.\n"), title,
                      *version ? version : "-");
    free(title);
    free(version);
}

/* Read V out of main and put it, or why it can't be used. */
static int put_version(refresh *r, const forms_version *v,
                       const shelf_form *before)
{
    forms_content c = {0};
    form_messages *m = NULL;
    form *f = NULL;
    buffer xml = {0};
    shelf_form put = {.id = v->id,
                      .version = v->version,
                      .title = before ? before->title : "",
                      .source = v->source,
                      .problem = "",
                      .current = before ? before->current : 0};
    int code = form_messages_new(&m);
    if (code == TAWAM_OK)
        code = forms_read(&c, r->t, v);
    if (code == TAWAM_OK)
        code = compile(&xml, &f, m, &c, v);
    if (code != TAWAM_OK && !is_ours(code)) {
        put.problem = reason(m, r->memory);
        code = TAWAM_OK;
    }
    if (code == TAWAM_OK && f && f->title)
        put.title = f->title;
    put.published = c.published;
    if (code == TAWAM_OK)
        code = *put.problem
                   ? shelf_put(r->t->twin, &put, NULL, 0, NULL, 0)
                   : shelf_put(r->t->twin, &put, (const char *)xml.data,
                               xml.length, c.files, c.file_count);
    if (code == TAWAM_OK)
        tell(r, v, &put, before);
    if (code == TAWAM_OK)
        code = memory_reserve((void **)&r->put, &r->put_capacity,
                              r->put_count + 1, sizeof *r->put);
    if (code == TAWAM_OK)
        r->put[r->put_count++] = v->id;
    form_free(f);
    form_messages_free(m);
    forms_content_clear(&c);
    buffer_free(&xml);
    return code;
}

static int refresh_version(refresh *r, const forms_version *v)
{
    const shelf_form *before = on_shelf(r, v->id, v->version);
    if (before && !r->anew && !*before->problem &&
        strcmp(before->source, v->source) == 0)
        return before->withdrawn
                   ? shelf_set_withdrawn(r->t->twin, v->id, v->version, 0)
                   : TAWAM_OK;
    return put_version(r, v, before);
}

/* ---- all of them ---- */

/* Versions that main has no more. */
static int withdraw(refresh *r, const forms_catalogue *c)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < r->count; i++) {
        const shelf_form *f = &r->shelf[i];
        int found = f->withdrawn;
        for (size_t k = 0; k < c->count && !found; k++)
            found = strcmp(c->list[k].id, f->id) == 0 &&
                    strcmp(c->list[k].version, f->version) == 0;
        if (!found)
            code = shelf_set_withdrawn(r->t->twin, f->id, f->version, 1);
    }
    return code;
}

/* Of ID: the version that forms/ID/current names, or where that can't be used
 * here the newest that can. */
static int choose_current(refresh *r, const char *id, const shelf_form *list,
                          size_t count)
{
    const char *chosen = NULL;
    char *named = NULL;
    int code = forms_current(&named, r->t, id);
    if (code != TAWAM_OK)
        return code;
    for (size_t i = 0; i < count; i++) {
        const shelf_form *f = &list[i];
        if (strcmp(f->id, id) != 0 || *f->problem || f->withdrawn)
            continue;
        if (!chosen || strcmp(f->version, named) == 0)
            chosen = f->version;
    }
    code = shelf_set_current(r->t->twin, id, chosen);
    free(named);
    return code;
}

static int refresh_current(refresh *r)
{
    shelf_form *list = NULL;
    size_t count = 0;
    int code = shelf_list(&list, &count, r->t->twin, r->memory);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        if (i == 0 || strcmp(list[i].id, list[i - 1].id) != 0)
            code = choose_current(r, list[i].id, list, count);
    return code;
}

static int was_put(const refresh *r, const char *id)
{
    for (size_t i = 0; i < r->put_count; i++)
        if (strcmp(r->put[i], id) == 0)
            return 1;
    return 0;
}

/* The labels of each form that is new here, then main's own over them. */
static int refresh_labels(refresh *r)
{
    shelf_form *list = NULL;
    size_t count = 0;
    int code = shelf_list(&list, &count, r->t->twin, r->memory);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        form *f = NULL;
        if (!list[i].current || *list[i].problem || !was_put(r, list[i].id))
            continue;
        code = shelf_open(&f, r->t->twin, list[i].id, list[i].version);
        if (code == TAWAM_OK)
            code = forms_set_labels(r->t->twin, f);
        form_free(f);
    }
    if (code == TAWAM_OK && count)
        code = twin_set_setting(r->t->twin, "labels_read", "");
    return code == TAWAM_OK ? work_labels_refresh(r->t) : code;
}

static int refresh_all(refresh *r)
{
    forms_catalogue *c = NULL;
    int code = shelf_list(&r->shelf, &r->count, r->t->twin, r->memory);
    if (code == TAWAM_OK)
        code = forms_catalogue_read(&c, r->t);
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++)
        code = refresh_version(r, &c->list[i]);
    if (code == TAWAM_OK)
        code = withdraw(r, c);
    if (code == TAWAM_OK && (c->count || r->count))
        code = refresh_current(r);
    if (code == TAWAM_OK && r->put_count)
        code = refresh_labels(r);
    free(r->put); /* it borrowed from the catalogue */
    forms_catalogue_free(c);
    return code;
}

/* All of it, or nothing when the machine fails. */
static int refresh_whole(refresh *r, const char *present)
{
    int code = arena_new(&r->memory);
    if (code == TAWAM_OK)
        code = twin_begin(r->t->twin);
    if (code == TAWAM_OK) {
        code = refresh_all(r);
        if (code == TAWAM_OK)
            code = twin_set_setting(r->t->twin, "forms_read", present);
        if (code == TAWAM_OK)
            code = twin_commit(r->t->twin);
        else
            twin_rollback(r->t->twin);
    }
    arena_free(r->memory);
    return code;
}

int work_forms_refresh(buffer *news, territory *t)
{
    char main_id[SYNC_ID_SIZE] = "";
    char *last = NULL, *present = NULL;
    refresh r = {.t = t, .news = news};
    int code = TAWAM_OK;
    code = work_main(main_id, t);
    if (code != TAWAM_OK || !main_id[0])
        return code;
    present = memory_format("%s %s", TAWAM_VERSION, main_id);
    if (!present)
        return TAWAM_EMEMORY;
    code = twin_setting(&last, t->twin, "forms_read");
    if (code != TAWAM_OK && code != TAWAM_ENOTFOUND)
        goto cleanup;
    code = TAWAM_OK;
    if (last && strcmp(last, present) == 0)
        goto cleanup;
    r.anew = !last || strcspn(last, " ") != strlen(TAWAM_VERSION) ||
             strncmp(last, present, strlen(TAWAM_VERSION)) != 0;
    code = refresh_whole(&r, present);
cleanup:
    free(last);
    free(present);
    return code;
}
