/* SPDX-License-Identifier: MIT */
/* A record from values that were kept elsewhere, and what happens at its end.
 *
 * Invariant: between record_restore() and record_resume() no rule and no
 * action runs, so that what was kept comes back as it was.
 */
#include "form/record_internal.h"
#include <string.h>

void record_listen(record *r, void (*call)(void *caller, form_node *node),
                   void *caller)
{
    r->listener = call;
    r->listening = caller;
}

/* Values of TOP's leaves. Attributes stay as the form has them: most of them
 * say what a node is. */
static int blank(record *r, form_node *top)
{
    int code = TAWAM_OK;
    for (form_node *n = top; code == TAWAM_OK && n;
         n = form_node_after(n, top, 1))
        if (n->item && !n->first)
            code = form_node_set(r->document, n, "");
    return code;
}

int record_restore(record **out, const form *f, const record_surroundings *s)
{
    record *r = NULL;
    form_node *root = NULL;
    int code = record_make(&r, f, s);
    if (code == TAWAM_OK)
        code = form_node_copy(&root, r->document, f->root->node);
    if (code == TAWAM_OK) {
        form_node_insert(root, form_document_top(r->document), NULL);
        record_strip(root);
        code = blank(r, root);
    }
    if (code == TAWAM_OK)
        *out = r;
    else
        record_free(r);
    return code;
}

int record_put(record *r, form_node *node, const char *value)
{
    const form_item *item = node->item;
    /* Who gave it is told no more: any value that a person could have. */
    node->is_given = *value && item && item->control && !item->calculate &&
                     strcmp(value, item->node->value) != 0;
    return form_node_set(r->document, node, value);
}

int record_put_repeat(form_node **out, record *r, form_node *parent,
                      form_item *item, form_node *before)
{
    int code = record_copy_repeat(out, r, parent, item, before);
    return code == TAWAM_OK ? blank(r, *out) : code;
}

int record_resume(record *r)
{
    return record_reflect(r);
}

int record_load_again(record *r)
{
    int code = record_act_on_record(r, FORM_EACH_LOAD);
    return code == TAWAM_OK ? record_recompute(r) : code;
}

/* ---- the end ---- */

static int is_end_time(const form_item *item)
{
    return item->preload && strcmp(item->preload, "timestamp") == 0 &&
           item->preload_parameters &&
           strcmp(item->preload_parameters, "end") == 0;
}

static int set_end(record *r, form_node *node, const char *now)
{
    int differs = 0, code = record_set(&differs, r, node, now);
    return code == TAWAM_OK && differs ? record_changed(r, node) : code;
}

static int set_ends(record *r)
{
    form_node *root = record_root(r);
    xpath *x = NULL;
    xpath_value v;
    const char *now = NULL;
    int code = xpath_compile(&x, r->names, "now()");
    if (code == TAWAM_OK)
        code = record_evaluate(&v, r, x, root);
    if (code == TAWAM_OK)
        code = xpath_to_text(&now, &v, r->memory);
    for (form_node *n = root; code == TAWAM_OK && n;
         n = form_node_after(n, root, 1))
        if (n->item && is_end_time(n->item))
            code = set_end(r, n, now);
    xpath_free(x);
    record_forget(r);
    return code;
}

int record_finish(record *r)
{
    int code = record_act_on_record(r, FORM_REVALIDATE);
    if (code == TAWAM_OK)
        code = set_ends(r);
    if (code == TAWAM_OK)
        code = record_wait_below(r, record_root(r));
    return code == TAWAM_OK ? record_recompute(r) : code;
}
