/* SPDX-License-Identifier: MIT */
/* What devices will notice of a new version of a form: columns that hold more
 * than before, questions that are asked no more. */
#include "work/forms_internal.h"
#include <stdlib.h>
#include <string.h>

enum { NAMED_MOST = 20 /* questions in one warning */ };

/* The column of LAYER in the twin becomes one of another type? */
static int warn_widening(form_messages *m, twin *t, const form_layer *layer)
{
    const twin_layer *there = NULL;
    int code = twin_layer_find(&there, t, layer->name);
    if (code == TAWAM_ENOTFOUND) {
        error_clear();
        return TAWAM_OK;
    }
    for (size_t i = 0; code == TAWAM_OK && i < layer->count; i++) {
        const form_column *c = &layer->columns[i];
        const twin_column *old = NULL;
        twin_type joined;
        if (twin_column_find(&old, there, c->name) != TAWAM_OK) {
            error_clear();
            continue;
        }
        joined = twin_type_join(old->type, c->type);
        if (joined != old->type)
            code = form_messages_add(
                m, 1, _("column %s of layer %s becomes %s; it was %s"), c->name,
                layer->name, twin_type_name(joined), twin_type_name(old->type));
        else if (joined != c->type && c->role == FORM_COLUMN_VALUE)
            code = form_messages_add(
                m, 1, _("column %s of layer %s stays %s; the form asks for %s"),
                c->name, layer->name, twin_type_name(old->type),
                twin_type_name(c->type));
    }
    return code;
}

/* Questions of BEFORE that L has no column for. */
static int warn_dropped(form_messages *m, const form_layout *before,
                        const form_layout *l)
{
    buffer names = {0};
    size_t dropped = 0;
    int code = TAWAM_OK;
    for (size_t i = 0; i < before->f->item_count; i++) {
        const form_item *item = before->f->items[i];
        const form_item *now = form_find(l->f, item->path);
        if (!item->control || item->first || (now && now->control))
            continue;
        if (dropped++ < NAMED_MOST)
            buffer_format(&names, "%s%s", names.length ? ", " : "", item->name);
    }
    if (dropped > NAMED_MOST)
        buffer_text(&names, ", …");
    if (dropped)
        code = form_messages_add(
            m, 1,
            ngettext("%zu question of version '%s' is asked no more: %s",
                     "%zu questions of version '%s' are asked no more: %s",
                     dropped),
            dropped, before->f->version, (char *)names.data);
    buffer_free(&names);
    return code;
}

int forms_warn_changes(form_messages *m, twin *t, const form_layout *l)
{
    form *f = NULL;
    form_layout *before = NULL;
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < l->count; i++)
        code = warn_widening(m, t, &l->layers[i]);
    for (size_t i = 0; code == TAWAM_OK && i < l->list_count; i++)
        code = warn_widening(m, t, &l->lists[i]);
    if (code != TAWAM_OK)
        return code;
    if (shelf_open(&f, t, l->f->id, NULL) != TAWAM_OK) {
        error_clear();
        return TAWAM_OK;
    }
    code = form_layout_new(&before, f);
    if (code == TAWAM_OK)
        code = warn_dropped(m, before, l);
    form_layout_free(before);
    form_free(f);
    return code;
}
