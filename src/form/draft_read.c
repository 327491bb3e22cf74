/* SPDX-License-Identifier: MIT */
/* A draft's rows become a record again. What its form has no place for (that
 * is another version, or was compiled otherwise) goes aside, never away. */
#include "form/draft_internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    draft *d;
    draft_rows rows;
    const char *version; /* which the rows are of */
} reading;

static form_node *instance_node(const draft *d, int64_t number)
{
    return number >= 0 && (size_t)number < d->instance_count
               ? d->instances[number].node
               : NULL;
}

static int put_aside(reading *g, const draft_row_value *v)
{
    draft *d = g->d;
    sqlite3_stmt *insert = NULL;
    buffer path = {0};
    int code;
    if (!*v->value)
        return TAWAM_OK;
    draft_rows_path(&path, &g->rows, v->instance, v->path);
    code = buffer_check(&path);
    if (code == TAWAM_OK)
        code = draft_sql(&insert, d->t, d->id,
                         "REPLACE INTO main.tawam_draft_aside"
                         " (draft, version, path, value)"
                         " VALUES (?1, ?2, ?3, ?4)");
    if (code == TAWAM_OK) {
        sqlite3_bind_text(insert, 2, g->version, -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 3, (char *)path.data, -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 4, v->value, -1, SQLITE_STATIC);
        code = draft_run(d->t, insert);
    }
    d->moved_aside = 1;
    buffer_free(&path);
    return code;
}

/* ---- instances ---- */

/* The instance of ITEM below PARENT that comes after POSITION; NULL. */
static form_node *after_position(const draft *d, const form_node *parent,
                                 const form_item *item, uint32_t position)
{
    form_node *n = parent->last, *after = NULL;
    for (; n; n = n->previous) {
        if (n->item != item)
            continue;
        if (d->instances[n->number].position < position)
            break;
        after = n;
    }
    return after;
}

/* Without a place for it, its values have none either. */
static int put_instance(reading *g, const draft_row_instance *i)
{
    draft *d = g->d;
    form_item *item = form_find(d->f, i->path);
    form_node *around = instance_node(d, i->parent), *parent, *node = NULL;
    int code;
    if (i->number <= 0 || i->number > UINT32_MAX / 2)
        return error_set(TAWAM_EDAMAGED, _("draft %lld is damaged"),
                         (long long)d->id);
    parent = item && item->is_repeat && around
                 ? record_near(around, item->parent)
                 : NULL;
    if (!parent) {
        d->moved_aside = 1;
        return TAWAM_OK;
    }
    code = record_put_repeat(&node, d->r, parent, item,
                             after_position(d, parent, item, i->position));
    if (code == TAWAM_OK)
        code = draft_number(d, node, (uint32_t)i->number);
    if (code == TAWAM_OK) {
        d->instances[i->number].position = i->position;
        d->instances[i->number].fid = i->fid;
        if (i->position > d->last_position)
            d->last_position = i->position;
    }
    return code;
}

/* ---- values ---- */

static int put_value(reading *g, const draft_row_value *v)
{
    draft *d = g->d;
    form_node *around = instance_node(d, v->instance);
    const form_item *item = form_find(d->f, v->path);
    form_node *node = around && item ? record_near(around, item) : NULL;
    const char *kept = v->value;
    int fits = node && !node->first &&
               (strcmp(g->version, d->f->version) == 0 ||
                record_accepts(&kept, d->r, item, v->value));
    int code = fits ? record_put(d->r, node, kept) : put_aside(g, v);
    if (fits && code == TAWAM_OK)
        node->is_given = v->is_given != 0;
    record_forget(d->r);
    return code;
}

int draft_read(draft *d, const char *version)
{
    reading g = {.d = d, .version = version};
    int code = draft_rows_load(&g.rows, d->t, d->id);
    for (size_t i = 0; code == TAWAM_OK && i < g.rows.instance_count; i++)
        code = put_instance(&g, &g.rows.instances[i]);
    for (size_t i = 0; code == TAWAM_OK && i < g.rows.value_count; i++)
        code = put_value(&g, &g.rows.values[i]);
    draft_rows_free(&g.rows);
    return code;
}
