/* SPDX-License-Identifier: MIT */
/* What is likely a mistake in an XForm that can be read: elements nobody knows,
 * paths that lead nowhere or to several nodes where one value is wanted,
 * instances and translations that are not there. */
#include "form/definition_internal.h"
#include <string.h>

int form_warning(form *f, const char *where, const char *format, ...)
{
    form_message place = {"", 0, where, "", 1};
    va_list arguments;
    int code = TAWAM_OK;
    va_start(arguments, format);
    if (f->messages)
        code = form_message_add(f->messages, &place, format, arguments);
    va_end(arguments);
    return code;
}

static int is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0)
            return 1;
    return 0;
}

/* ---- elements ---- */

static int warn_children(form *f, const form_node *node,
                         const char *const *known)
{
    int code = TAWAM_OK;
    for (const form_node *n = node ? node->first : NULL; code == TAWAM_OK && n;
         n = n->next)
        if (!n->is_text && !is_one_of(n->name, known))
            code = form_warning(f, n->name,
                                _("an element <%.60s> in <%.60s> means nothing "
                                  "here"),
                                n->name, node->name);
    return code;
}

static int warn_body(form *f, const form_node *body)
{
    static const char *const known[] = {
        "group",    "repeat",      "input",       "secret", "select1", "select",
        "rank",     "upload",      "trigger",     "range",  "label",   "hint",
        "setvalue", "setgeopoint", "recordaudio", "help",   NULL};
    static const char *const blocks[] = {"group", "repeat", "body", NULL};
    int code = TAWAM_OK;
    for (const form_node *n = body; code == TAWAM_OK && n;) {
        int is_block = is_one_of(n->name, blocks);
        if (is_block)
            code = warn_children(f, n, known);
        n = form_node_after(n, body, is_block);
    }
    return code;
}

static int warn_model(form *f, const form_node *model)
{
    static const char *const known[] = {
        "instance",    "itext",       "bind",   "submission", "setvalue",
        "setgeopoint", "recordaudio", "action", "send",       NULL};
    return warn_children(f, model, known);
}

/* ---- expressions ---- */

typedef struct warning_walk {
    form *f;
    const form_item *own; /* whose rule it is */
    const char *rule;
    int said; /* one warning of a kind is enough for a rule */
} warning_walk;

static int walk(warning_walk *w, const expression *x, const form_item *context,
                int wants_value);

static int walk_all(warning_walk *w, expression *const *list, size_t count,
                    const form_item *context, int wants_value)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = walk(w, list[i], context, wants_value);
    return code;
}

static int say(warning_walk *w, int kind, const char *format)
{
    if (w->said & kind)
        return TAWAM_OK;
    w->said |= kind;
    return form_warning(w->f, w->own->path, format, w->rule);
}

/* Functions that take nodes, not one value. */
static int takes_nodes(const expression *x)
{
    static const char *const names[] = {"count",     "count-non-empty",
                                        "sum",       "min",
                                        "max",       "join",
                                        "concat",    "randomize",
                                        "position",  "indexed-repeat",
                                        "area",      "distance",
                                        "geofence",  "intersects",
                                        "checklist", "once",
                                        NULL};
    return is_one_of(x->function->name, names);
}

static int is_at_or_above(const form_item *a, const form_item *b)
{
    return b->number >= a->number && b->number < a->end;
}

static const form_item *step_from(const step *s, const form_item *item,
                                  const form_item *root, int from_top)
{
    if (from_top)
        return s->axis == AXIS_CHILD && s->name &&
                       strcmp(root->name, s->name) == 0
                   ? root
                   : NULL;
    if (s->axis == AXIS_PARENT)
        return item->parent;
    if (s->axis == AXIS_SELF)
        return item;
    return s->axis == AXIS_CHILD && s->name ? form_item_child(item, s->name)
                                            : NULL;
}

/* A path of the record, from ITEM (the top when FROM_TOP). */
static int walk_steps(warning_walk *w, const expression *x,
                      const form_item *item, int from_top, int wants_value)
{
    int many = 0, lost = 0, code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < x->step_count; i++) {
        const step *s = &x->steps[i];
        int known = item || (from_top && i == 0);
        const form_item *next =
            known ? step_from(s, item, w->f->root, from_top && i == 0) : NULL;
        lost |= known && !next && s->axis == AXIS_CHILD && s->name;
        many |= next && next->is_repeat && s->axis == AXIS_CHILD &&
                !s->predicate_count && !is_at_or_above(next, w->own);
        item = next;
        code = walk_all(w, s->predicates, s->predicate_count, item, 1);
    }
    if (code == TAWAM_OK && lost)
        code =
            say(w, 1, _("%s: a path leads to nothing in the primary instance"));
    if (code == TAWAM_OK && many && wants_value)
        code = say(w, 2,
                   _("%s: a path leads to every instance of a repeat where one "
                     "value is wanted: the first is taken"));
    return code;
}

static int is_call(const expression *x, const char *name)
{
    return x->kind == EXPRESSION_CALL && strcmp(x->function->name, name) == 0;
}

static int walk_path(warning_walk *w, const expression *x,
                     const form_item *context, int wants_value)
{
    int code;
    if (x->absolute)
        return walk_steps(w, x, NULL, 1, wants_value);
    if (!x->part_count)
        return walk_steps(w, x, context, 0, wants_value);
    if (is_call(x->parts[0], "current"))
        return walk_steps(w, x, w->own, 0, wants_value);
    code = walk(w, x->parts[0], context, 0);
    if (code == TAWAM_OK)
        code = walk_all(w, x->filters, x->filter_count, NULL, 1);
    return code == TAWAM_OK ? walk_steps(w, x, NULL, 0, 0) : code;
}

static int warn_instance(warning_walk *w, const expression *x)
{
    const char *id = x->part_count && x->parts[0]->kind == EXPRESSION_TEXT
                         ? x->parts[0]->text
                         : NULL;
    for (size_t i = 0; id && i < w->f->instance_count; i++)
        if (strcmp(w->f->instances[i].id, id) == 0)
            return TAWAM_OK;
    if (!id || w->said & 4)
        return TAWAM_OK;
    w->said |= 4;
    return form_warning(w->f, w->own->path,
                        _("%s: the form has no instance '%.60s'; it is looked "
                          "for among the attachments and layers"),
                        w->rule, id);
}

static int walk(warning_walk *w, const expression *x, const form_item *context,
                int wants_value)
{
    int code = TAWAM_OK;
    if (x->kind == EXPRESSION_PATH)
        return walk_path(w, x, context, wants_value);
    if (is_call(x, "instance"))
        code = warn_instance(w, x);
    if (code != TAWAM_OK)
        return code;
    return walk_all(w, x->parts, x->part_count, context,
                    x->kind != EXPRESSION_CALL || !takes_nodes(x));
}

static int warn_rules(form *f, const form_item *item)
{
    const struct {
        const char *name;
        const xpath *x;
    } rules[] = {{"calculate", item->calculate},
                 {"relevant", item->relevant},
                 {"required", item->required},
                 {"readonly", item->readonly},
                 {"constraint", item->constraint},
                 {"jr:count", item->repeat_count},
                 {"itemset", item->control ? item->control->itemset : NULL}};
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < sizeof rules / sizeof *rules;
         i++) {
        warning_walk w = {f, item, rules[i].name, 0};
        if (rules[i].x)
            code = walk(&w, rules[i].x->root, item,
                        strcmp(rules[i].name, "itemset") != 0);
    }
    return code;
}

/* ---- translations ---- */

static int has_translation(const form_language *l, const char *id)
{
    size_t low = 0, high = l->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(l->texts[middle].id, id);
        if (order == 0)
            return 1;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static int warn_text(form *f, const form_item *item, const form_text *t)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && t->itext && i < f->language_count;
         i++)
        if (!has_translation(&f->languages[i], t->itext))
            code = form_warning(f, item->path,
                                _("the language '%.40s' has no text '%.80s'"),
                                f->languages[i].name, t->itext);
    if (code == TAWAM_OK && t->itext && !f->language_count)
        code = form_warning(f, item->path,
                            _("the form has no translations, and so no text "
                              "'%.80s'"),
                            t->itext);
    return code;
}

static int warn_texts(form *f, const form_item *item)
{
    const form_control *c = item->control;
    int code = TAWAM_OK;
    if (!c)
        return TAWAM_OK;
    code = warn_text(f, item, &c->label);
    if (code == TAWAM_OK)
        code = warn_text(f, item, &c->hint);
    for (size_t i = 0; code == TAWAM_OK && i < c->choice_count; i++)
        code = warn_text(f, item, &c->choices[i].label);
    return code;
}

int form_warn(form *f)
{
    const form_node *root = form_document_root(f->source);
    const form_node *head = child_of(root, "head");
    int code = warn_model(f, child_of(head, "model"));
    if (code == TAWAM_OK)
        code = warn_body(f, child_of(root, "body"));
    for (size_t i = 0; code == TAWAM_OK && i < f->item_count; i++) {
        code = warn_rules(f, f->items[i]);
        if (code == TAWAM_OK)
            code = warn_texts(f, f->items[i]);
    }
    return code;
}
