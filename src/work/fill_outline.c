/* SPDX-License-Identifier: MIT */
/* The form as a tree of lines with what is done, open and wrong below each.
 * Built in one walk; counts of a group are complete when it is left. */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct outline {
    fill *f;
    fill_line *lines;
    size_t count, capacity, number;
    int depth;
    const form_node *here; /* the first question of the page it stands at */
} outline;

static int new_line(size_t *index, outline *o, fill_line_kind kind,
                    const char *label, const char *path)
{
    int code = memory_reserve((void **)&o->lines, &o->capacity, o->count + 1,
                              sizeof *o->lines);
    if (code != TAWAM_OK)
        return code;
    *index = o->count++;
    o->lines[*index] = (fill_line){.kind = kind,
                                   .label = label,
                                   .path = path,
                                   .echo = "",
                                   .note = "",
                                   .depth = o->depth};
    return TAWAM_OK;
}

static int path_of(const char **out, outline *o, const form_node *node,
                   const char *end)
{
    char *path = fill_path(node);
    char *whole = path ? memory_format("%s%s", path, end) : NULL;
    *out = whole ? arena_string(o->f->outline, whole) : NULL;
    free(path);
    free(whole);
    return *out ? TAWAM_OK : TAWAM_EMEMORY;
}

/* ---- one question ---- */

static int add_question(outline *o, const form_element *e, form_node *node)
{
    fill_question q;
    fill_line *l;
    size_t index = 0;
    int code;
    if (node->is_hidden || fill_kind_of(node) == FILL_NOTE)
        return TAWAM_OK;
    code = fill_question_read(&q, o->f, node, e, o->f->outline);
    if (code == TAWAM_OK)
        code = new_line(&index, o, FILL_LINE_QUESTION, q.label, q.path);
    if (code != TAWAM_OK)
        return code;
    l = &o->lines[index];
    l->echo = q.echo;
    l->note = q.note;
    l->flagged = q.flagged;
    l->state = q.state;
    l->number = ++o->number;
    l->is_here = node == o->here;
    *(q.state == FILL_OPEN    ? &l->open
      : q.state == FILL_WRONG ? &l->wrong
      : q.state == FILL_DONE  ? &l->done
                              : &l->empty) = 1;
    return TAWAM_OK;
}

/* ---- what holds others ---- */

/* Line INDEX has what came after it below it; without any question it goes. */
static void close_line(outline *o, size_t index)
{
    fill_line *l = &o->lines[index];
    for (size_t i = index + 1; i < o->count; i++)
        if (o->lines[i].kind == FILL_LINE_QUESTION) {
            l->open += o->lines[i].open;
            l->wrong += o->lines[i].wrong;
            l->done += o->lines[i].done;
            l->empty += o->lines[i].empty;
            l->flagged |= o->lines[i].flagged;
        }
    l->state = l->wrong  ? FILL_WRONG
               : l->open ? FILL_OPEN
               : l->done ? FILL_DONE
                         : FILL_EMPTY;
    if (o->count == index + 1 && l->kind != FILL_LINE_REPEAT)
        o->count--;
}

static int add_below(outline *o, const form_element *e, form_node *node);

static int add_group(outline *o, const form_element *e, form_node *node)
{
    const char *label = "", *path = "";
    size_t index = 0;
    int code = fill_group_label(&label, o->f, e, node, o->f->outline);
    if (code != TAWAM_OK || !*label)
        return code == TAWAM_OK ? add_below(o, e, node) : code;
    code = path_of(&path, o, node, "");
    if (code == TAWAM_OK)
        code = new_line(&index, o, FILL_LINE_GROUP, label, path);
    o->depth++;
    if (code == TAWAM_OK)
        code = add_below(o, e, node);
    o->depth--;
    if (code == TAWAM_OK)
        close_line(o, index);
    return code;
}

static int add_instance(outline *o, const form_element *e, form_node *node,
                        const char *label)
{
    const char *path = "", *name = "";
    char *own = memory_format("%s %zu", label, fill_position(node));
    const char *kept = own ? arena_string(o->f->outline, own) : NULL;
    size_t index = 0;
    int code = kept ? path_of(&path, o, node, "") : TAWAM_EMEMORY;
    free(own);
    if (code == TAWAM_OK)
        code = fill_instance_name(&name, o->f, e, node, NULL, o->f->outline);
    if (code == TAWAM_OK)
        code = new_line(&index, o, FILL_LINE_INSTANCE, kept, path);
    if (code != TAWAM_OK)
        return code;
    o->lines[index].echo = name;
    o->depth++;
    code = add_below(o, e, node);
    o->depth--;
    if (code == TAWAM_OK)
        close_line(o, index);
    return code;
}

static int add_repeat(outline *o, const form_element *e, form_node *context)
{
    form_node *parent = fill_node_below(context, e->item->parent);
    const char *label = "", *path = "";
    char *end = memory_format("/%s+", e->item->name);
    size_t index = 0;
    int relevant = 0, code = end ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && parent)
        code = record_repeat_relevant(&relevant, o->f->record, parent, e->item);
    if (code == TAWAM_OK && relevant)
        code = fill_group_label(&label, o->f, e, parent, o->f->outline);
    if (code == TAWAM_OK && relevant)
        code = path_of(&path, o, parent, end);
    if (code == TAWAM_OK && relevant)
        code = new_line(&index, o, FILL_LINE_REPEAT, label, path);
    free(end);
    if (code != TAWAM_OK || !relevant)
        return code;
    o->lines[index].is_here = o->f->here.kind == STEP_REPEAT &&
                              o->f->here.element == e &&
                              o->f->here.node == parent;
    o->depth++;
    for (form_node *n = parent->first; code == TAWAM_OK && n; n = n->next)
        if (n->item == e->item && !n->is_hidden)
            code = add_instance(o, e, n, label);
    o->depth--;
    if (code == TAWAM_OK)
        close_line(o, index);
    return code;
}

static int add_below(outline *o, const form_element *e, form_node *node)
{
    int code = TAWAM_OK;
    for (const form_element *c = e->first; code == TAWAM_OK && c; c = c->next) {
        /* A group around a repeat of the same node is no node. */
        form_node *n = c->item->is_repeat && node->item != c->item
                           ? node
                           : fill_node_below(node, c->item);
        if (c->kind == FORM_REPEAT)
            code = add_repeat(o, c, node);
        else if (n && c->kind == FORM_GROUP && n == node &&
                 c->item->is_repeat && node->item != c->item)
            code = add_below(o, c, node);
        else if (n && c->kind == FORM_GROUP)
            code = add_group(o, c, n);
        else if (n)
            code = add_question(o, c, n);
    }
    return code;
}

static int keep_first(void *context, const form_element *question,
                      form_node *node, const form_element *group)
{
    (void)question;
    (void)group;
    if (node->is_hidden || fill_kind_of(node) == FILL_NOTE)
        return 0;
    *(const form_node **)context = node;
    return 1;
}

int fill_outline(const fill_line **lines, size_t *count, fill *f)
{
    outline o = {.f = f};
    fill_line *kept;
    int code = fill_settle(f);
    arena_reset(f->outline);
    o.here = f->here.node;
    if (code == TAWAM_OK && f->here.kind == STEP_LIST)
        fill_list_each(f->here.element, f->here.node, keep_first, &o.here);
    if (code == TAWAM_OK)
        code = add_below(&o, f->form->body, record_root(f->record));
    kept = code == TAWAM_OK
               ? arena_copy(f->outline, o.lines ? (void *)o.lines : (void *)"",
                            o.count * sizeof *o.lines)
               : NULL;
    free(o.lines);
    if (code == TAWAM_OK && !kept)
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        *lines = kept;
        *count = o.count;
    }
    return code;
}
