/* SPDX-License-Identifier: MIT */
/* Where answers go: the record in memory. Everything else here asks these few
 * functions. */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

int fill_store_answer(record_outcome *o, fill *f, form_node *node,
                      const char *value)
{
    return record_answer(o, f->record, node, value);
}

int fill_store_add(form_node **out, fill *f, form_node *parent,
                   const form_item *item)
{
    return record_add_repeat(out, f->record, parent,
                             (form_item *)(uintptr_t)item);
}

int fill_store_remove(fill *f, form_node *instance)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->remark_count; i++) {
        const form_node *n = f->remarks[i].node;
        while (n && n != instance)
            n = n->parent;
        if (n)
            free(f->remarks[i].text);
        else
            f->remarks[kept++] = f->remarks[i];
    }
    f->remark_count = kept;
    return record_remove_repeat(f->record, instance);
}

int fill_store_move(fill *f, form_node *instance, int by)
{
    return record_move_repeat(f->record, instance, by);
}

int fill_store_place(fill *f, const char *place)
{
    (void)f;
    (void)place;
    return TAWAM_OK;
}

int fill_store_language(fill *f, const char *name)
{
    return record_set_language(f->record, name);
}

static fill_remark *find_remark(fill *f, const form_node *node)
{
    for (size_t i = 0; i < f->remark_count; i++)
        if (f->remarks[i].node == node)
            return &f->remarks[i];
    return NULL;
}

int fill_store_note(const char **text, int *flagged, fill *f,
                    const form_node *node)
{
    const fill_remark *r = find_remark(f, node);
    *text = r ? r->text : "";
    *flagged = r && r->flagged;
    return TAWAM_OK;
}

int fill_store_set_note(fill *f, const form_node *node, const char *text,
                        int flagged)
{
    fill_remark *r = find_remark(f, node);
    char *copy = memory_string(text);
    int code = copy ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && !r) {
        code = memory_reserve((void **)&f->remarks, &f->remark_capacity,
                              f->remark_count + 1, sizeof *f->remarks);
        if (code == TAWAM_OK) {
            r = &f->remarks[f->remark_count++];
            *r = (fill_remark){.node = node};
        }
    }
    if (code != TAWAM_OK) {
        free(copy);
        return code;
    }
    free(r->text);
    r->text = copy;
    r->flagged = flagged;
    return TAWAM_OK;
}

int fill_store_last(char **value, fill *f, const form_node *node)
{
    (void)f;
    (void)node;
    *value = NULL;
    return TAWAM_OK;
}

int fill_store_finish(int64_t *fid, fill *f)
{
    *fid = 0;
    return record_finish(f->record);
}

int fill_discard(fill *f)
{
    (void)f;
    return TAWAM_OK;
}

void fill_store_free(fill *f)
{
    for (size_t i = 0; i < f->remark_count; i++)
        free(f->remarks[i].text);
    free(f->remarks);
    record_free(f->own_record);
}
