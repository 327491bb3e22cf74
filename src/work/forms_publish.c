/* SPDX-License-Identifier: MIT */
/* Publishing a form.
 *
 *   read, convert, compile (all messages) -> attachments -> the versions that
 *   main has -> layers made or widened -> one commit of main -> the shelf
 *
 * Layers come first: a kill after them costs a repeat, while a form in main
 * without its layers on HQ's desk would wait for its first record. */
#include "work/forms_internal.h"
#include "work/workflow.h"
#include <stdlib.h>
#include <string.h>

enum { TIMES = 4 /* main may move meanwhile */ };

typedef struct publication {
    territory *t;
    const work_form_options *o;
    form_messages *m;
    form *f;
    form_layout *layout;
    forms_content content;
    char *folder;    /* "forms/ID/VERSION" */
    buffer manifest; /* as it will be */
} publication;

/* ---- reading and checking ---- */

/* What was checked is what is published: the sheets as CSV mean the same. */
static int check_same(const publication *p, const buffer *xml)
{
    form_messages *m = NULL;
    buffer again = {0};
    int code = form_messages_new(&m);
    if (code == TAWAM_OK)
        code = form_source_xform(&again, m, p->content.source, p->f->id);
    if (code == TAWAM_OK && (again.length != xml->length ||
                             memcmp(again.data, xml->data, xml->length) != 0))
        code = error_set(TAWAM_EUSAGE,
                         _("the form is another one once its sheets are CSV "
                           "files; save it as CSV and publish that folder"));
    buffer_free(&again);
    form_messages_free(m);
    return code;
}

static int check_identity(publication *p)
{
    const char *words[] = {p->f->id, p->f->version};
    if (!*p->f->id)
        return error_set(TAWAM_EUSAGE,
                         _("the form has no id: settings, column form_id"));
    for (int i = 0; i < 2; i++) {
        if (strlen(words[i]) > 100)
            return error_set(TAWAM_EUSAGE,
                             _("'%.40s…' is longer than 100 bytes"), words[i]);
        for (const char *c = words[i]; *c; c++)
            if ((unsigned char)*c < ' ' || *c == 127)
                return error_set(TAWAM_EUSAGE,
                                 _("the form's id and version can't hold "
                                   "control characters"));
    }
    if (*p->f->version)
        return TAWAM_OK;
    return form_messages_add(p->m, 1,
                             _("the form has no version: a change of it will "
                               "need one (settings, column version)"));
}

static int read_form(publication *p)
{
    buffer xml = {0};
    int code = form_file_xform(&xml, p->m, p->o->file);
    if (code == TAWAM_OK)
        code = form_read_xform(&p->f, xml.data ? (const char *)xml.data : "",
                               xml.length);
    if (code == TAWAM_OK)
        code = form_source_read(&p->content.source, p->o->file);
    if (code == TAWAM_OK)
        code = check_same(p, &xml);
    if (code == TAWAM_OK)
        code = check_identity(p);
    if (code == TAWAM_OK)
        code = forms_find_files(&p->content, p->m, p->t->twin, p->f, p->o->file,
                                p->o->attach);
    if (code == TAWAM_OK && p->m->errors) {
        size_t i = 0;
        while (p->m->list[i].is_warning)
            i++;
        code = error_set(TAWAM_EUSAGE, "%s", p->m->list[i].text);
    }
    buffer_free(&xml);
    return code;
}

/* ---- the manifest ---- */

static int add_line(buffer *out, const char *prefix, const char *name,
                    const void *bytes, size_t length)
{
    digest *d = NULL;
    uint8_t sum[DIGEST_SIZE];
    char hex[DIGEST_HEX_SIZE];
    int code = digest_new(&d);
    if (code != TAWAM_OK)
        return code;
    digest_add(d, length ? bytes : "", length);
    digest_finish(d, sum);
    digest_hex(hex, sum);
    buffer_format(out, "%s  %s%s\n", hex, prefix, name);
    return buffer_check(out);
}

static int write_manifest(publication *p)
{
    sync_identity who;
    char time[32];
    int code = TAWAM_OK;
    sync_who(&who, p->t->sync);
    clock_format(time, clock_now());
    buffer_format(&p->manifest, "# published %s by %s (%s)\n", time,
                  who.author_name, who.device);
    for (size_t i = 0; code == TAWAM_OK && i < p->content.source->count; i++) {
        const form_part *part = &p->content.source->parts[i];
        code =
            add_line(&p->manifest, "", part->name, part->bytes, part->length);
    }
    for (size_t i = 0; code == TAWAM_OK && i < p->content.file_count; i++) {
        const shelf_attachment *file = &p->content.files[i];
        char *name = forms_path_part(file->name);
        code = name ? add_line(&p->manifest, FORMS_FILES, name, file->bytes,
                               file->length)
                    : TAWAM_EMEMORY;
        free(name);
    }
    return code;
}

static const char *without_comments(const char *manifest)
{
    while (*manifest == '#') {
        manifest += strcspn(manifest, "\n");
        manifest += *manifest == '\n';
    }
    return manifest;
}

/* ---- the versions there are ---- */

/* TAWAM_ENO when main has this version with other content, or a newer one;
 * *already 1 when it has just this. */
static int check_versions(int *already, publication *p)
{
    buffer theirs = {0};
    forms_catalogue *c = NULL;
    char *path = memory_format("%s/%s", p->folder, FORMS_MANIFEST);
    int code = path ? forms_catalogue_read(&c, p->t) : TAWAM_EMEMORY;
    *already = 0;
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++) {
        const forms_version *v = &c->list[i];
        int order;
        if (strcmp(v->id, p->f->id) != 0)
            continue;
        order = strcmp(v->version, p->f->version) == 0
                    ? 0
                    : shelf_compare_versions(p->f->version, v->version);
        if (strcmp(v->version, p->f->version) == 0) {
            buffer_clear(&theirs);
            if (sync_read_main(&theirs, p->t->sync, path) == TAWAM_OK &&
                theirs.data &&
                strcmp(without_comments((char *)theirs.data),
                       without_comments((char *)p->manifest.data)) == 0)
                *already = 1;
            else
                code = error_set(
                    TAWAM_ENO,
                    _("version '%.60s' of %.60s is published with other "
                      "content: devices have it, so it can't change; give the "
                      "form a newer version (settings, column version)"),
                    p->f->version, p->f->id);
        } else if (order <= 0) {
            code = error_set(TAWAM_ENO,
                             _("version '%.60s' of %.60s is published, which "
                               "is newer than '%.60s': give the form a newer "
                               "version (settings, column version)"),
                             v->version, p->f->id, p->f->version);
        }
    }
    forms_catalogue_free(c);
    buffer_free(&theirs);
    free(path);
    return code;
}

/* ---- into main ---- */

static char *path_in(const publication *p, const char *prefix, const char *name)
{
    char *part = *prefix ? forms_path_part(name) : memory_string(name);
    char *path =
        part ? memory_format("%s/%s%s", p->folder, prefix, part) : NULL;
    free(part);
    return path;
}

static int list_files(forms_file_list *list, const publication *p,
                      const char *current_path, const buffer *current)
{
    const form_source *source = p->content.source;
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < source->count; i++)
        code = forms_file_add(list, path_in(p, "", source->parts[i].name),
                              source->parts[i].bytes, source->parts[i].length);
    for (size_t i = 0; code == TAWAM_OK && i < p->content.file_count; i++) {
        const shelf_attachment *f = &p->content.files[i];
        code = forms_file_add(list, path_in(p, FORMS_FILES, f->name),
                              f->bytes ? f->bytes : "", f->length);
    }
    if (code == TAWAM_OK)
        code = forms_file_add(list, path_in(p, "", FORMS_MANIFEST),
                              p->manifest.data, p->manifest.length);
    if (code == TAWAM_OK)
        code = forms_file_add(list, memory_string(current_path), current->data,
                              current->length);
    return code;
}

/* One commit of main; TAWAM_ENO if main moved meanwhile. */
static int write_files(work_form_published *out, publication *p)
{
    forms_file_list list = {0};
    const char *version = strrchr(p->folder, '/') + 1;
    char *path = memory_format("%.*s/%s", (int)(version - 1 - p->folder),
                               p->folder, FORMS_CURRENT);
    char *title = text_safe(p->f->title, strlen(p->f->title), 0);
    buffer message = {0}, current = {0};
    int code = path && title ? TAWAM_OK : TAWAM_EMEMORY;
    buffer_format(&current, "%s\n", version);
    buffer_format(&message, "Form %s (%s), version %s", title ? title : "",
                  p->f->id, *p->f->version ? p->f->version : "-");
    if (code == TAWAM_OK)
        code = list_files(&list, p, path, &current);
    for (size_t i = 0; i < list.count; i++)
        out->bytes += (int64_t)list.files[i].length;
    if (code == TAWAM_OK)
        code = buffer_check(&message);
    if (code == TAWAM_OK)
        code = sync_write_main(p->t->sync, list.files, list.count,
                               (char *)message.data);
    forms_file_list_clear(&list);
    free(path);
    free(title);
    buffer_free(&message);
    buffer_free(&current);
    return code;
}

static int publish_once(work_form_published *out, publication *p)
{
    int code = check_versions(&out->already, p);
    out->bytes = 0;
    if (code == TAWAM_OK && !out->already)
        code = write_files(out, p);
    return code;
}

/* 1 if main's version of the form is this one, or a newer one: not because
 * main moved. */
static int is_refused(publication *p)
{
    int already = 0;
    return check_versions(&already, p) == TAWAM_ENO;
}

static int publish(work_form_published *out, publication *p)
{
    int code = TAWAM_OK;
    for (int i = 0; i < TIMES; i++) {
        code = publish_once(out, p);
        if (code != TAWAM_ENO || is_refused(p))
            break;
    }
    if (code == TAWAM_OK)
        code = work_forms_refresh(NULL, p->t);
    if (code == TAWAM_OK)
        code = sync_resolve(out->commit, p->t->sync, "main");
    return code;
}

/* ---- the whole ---- */

static int keep_words(work_form_published *out, const publication *p)
{
    int code = arena_new(&out->memory);
    if (code != TAWAM_OK)
        return code;
    out->id = arena_string(out->memory, p->f->id);
    out->version = arena_string(out->memory, p->f->version);
    out->title = arena_string(out->memory, p->f->title);
    out->attachments = p->content.file_count;
    return out->id && out->version && out->title ? TAWAM_OK : TAWAM_EMEMORY;
}

static char *folder_of(const form *f)
{
    char *id = forms_path_part(f->id), *version = forms_path_part(f->version);
    char *folder = id && version
                       ? memory_format("%s/%s/%s", FORMS_FOLDER, id, version)
                       : NULL;
    free(id);
    free(version);
    return folder;
}

int work_form_publish(work_form_published *out, form_messages *m, territory *t,
                      const work_form_options *options)
{
    publication p = {.t = t, .o = options, .m = m};
    work_form_published done = {0};
    int already = 0;
    int code = read_form(&p);
    if (code == TAWAM_OK)
        code = form_layout_new(&p.layout, p.f);
    if (code == TAWAM_OK)
        code =
            (p.folder = folder_of(p.f)) ? keep_words(&done, &p) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = write_manifest(&p);
    if (code == TAWAM_OK)
        code = work_forms_refresh(NULL, t);
    if (code == TAWAM_OK)
        code = check_versions(&already, &p);
    if (code == TAWAM_OK && !already)
        code = forms_warn_changes(m, t->twin, p.layout);
    if (code == TAWAM_OK)
        code = form_layout_declare(t->twin, p.layout);
    if (code == TAWAM_OK)
        code = publish(&done, &p);
    if (code == TAWAM_OK)
        *out = done;
    else
        work_form_published_clear(&done);
    form_layout_free(p.layout);
    form_free(p.f);
    forms_content_clear(&p.content);
    buffer_free(&p.manifest);
    free(p.folder);
    return code;
}

void work_form_published_clear(work_form_published *p)
{
    arena_free(p->memory);
    memset(p, 0, sizeof *p);
}
