/* SPDX-License-Identifier: MIT */
/* Media of a submission: its XML names files, which ODK Briefcase and Central
 * put beside it, or into a folder `media` there. They become attachments, and
 * the record's cells name them as such (sync/files.h). */
#include "form/layout.h"
#include "work/files.h"
#include "work/form_import_internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct media {
    territory *t;
    const char *folder; /* ends in '/', or "" */
    void (*tell)(void *context, const char *words);
    void *context;
} media;

static void tell_missing(const media *m, const char *name)
{
    char *words = memory_format(_("the file %.200s is not beside it"), name);
    if (words)
        m->tell(m->context, words);
    free(words);
}

/* Where NAME is; *out NULL: nowhere. A name that leads elsewhere is none. */
static int find_media(char **out, const media *m, const char *name)
{
    static const char *const places[] = {"", "media/"};
    *out = NULL;
    if (strchr(name, '/') || *name == '.')
        return TAWAM_OK;
    for (size_t i = 0; i < sizeof places / sizeof *places && !*out; i++) {
        char *path = memory_format("%s%s%s", m->folder, places[i], name);
        if (!path)
            return TAWAM_EMEMORY;
        if (file_exists(path) && file_is_folder(path) <= 0)
            *out = path;
        else
            free(path);
    }
    return TAWAM_OK;
}

static int take_in(media *m, const char *layer, int64_t fid, const char *column,
                   const twin_value *cell)
{
    files_key key;
    char *path = NULL, *name;
    int code;
    if (files_key_of(&key, cell))
        return TAWAM_OK; /* it is one already */
    name = memory_string_length(cell->bytes, cell->length);
    code = name ? find_media(&path, m, name) : TAWAM_EMEMORY;
    if (code == TAWAM_OK && path)
        code = work_attach(&key, m->t, layer, fid, column, path, 0);
    else if (code == TAWAM_OK)
        tell_missing(m, name);
    if (code == TAWAM_EUSAGE) { /* empty, or too large; it says so */
        m->tell(m->context, error_message());
        error_clear();
        code = TAWAM_OK;
    }
    free(name);
    free(path);
    return code;
}

/* The files that row FID of LAYER, which is laid out as FORM_LAYER, names. */
static int take_row(media *m, const form_layer *of, const twin_layer *layer,
                    int64_t fid, arena *a)
{
    twin_cell *cells = NULL;
    char *name = arena_string(a, layer->name);
    int code =
        name ? twin_row_read(&cells, m->t->twin, layer, fid, a) : TAWAM_EMEMORY;
    size_t count = layer->column_count;
    for (size_t i = 0; code == TAWAM_OK && i < of->count; i++) {
        const form_column *c = &of->columns[i];
        const twin_column *column = NULL;
        if (!c->item || c->item->type != FORM_BINARY ||
            c->role != FORM_COLUMN_VALUE)
            continue;
        code = twin_layer_find(&layer, m->t->twin, name);
        if (code == TAWAM_OK)
            code = twin_column_find(&column, layer, c->name);
        for (size_t k = 0; code == TAWAM_OK && k < count; k++)
            if (cells[k].column == column->id &&
                cells[k].value.kind == TWIN_KIND_TEXT && cells[k].value.length)
                code = take_in(m, name, fid, c->name, &cells[k].value);
    }
    return code;
}

int import_media(territory *t, const form *f, int64_t fid, const char *folder,
                 void (*tell)(void *context, const char *words), void *context)
{
    media m = {t, folder, tell, context};
    const twin_layer *layer = NULL;
    form_layout *l = NULL;
    twin_part *parts = NULL;
    arena *a = NULL;
    size_t count = 0;
    int code = form_layout_new(&l, f);
    if (code == TAWAM_OK)
        code = arena_new(&a);
    if (code == TAWAM_OK)
        code = twin_layer_find(&layer, t->twin, l->layers[0].name);
    if (code == TAWAM_OK)
        code = twin_row_parts(&parts, &count, t->twin, layer, fid);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        for (size_t k = 0; code == TAWAM_OK && k < l->count; k++) {
            layer = twin_layer_by_id(t->twin, parts[i].layer);
            if (layer && text_equal_nocase(layer->name, l->layers[k].name))
                code = take_row(&m, &l->layers[k], layer, parts[i].fid, a);
        }
    free(parts);
    arena_free(a);
    form_layout_free(l);
    return code;
}
