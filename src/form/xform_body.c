/* SPDX-License-Identifier: MIT */
/* The body: controls, groups and repeats. */
#include "form/definition_internal.h"
#include <string.h>

static int read_below(form *f, const form_node *node, form_element *into,
                      form_item *context, form_item *repeat);

/* A new last element of INTO (NULL: none), for NODE of the body. */
static int add_element(form_element **out, form *f, form_element *into,
                       form_element_kind kind, const form_node *node,
                       form_item *item)
{
    form_element *e = arena_alloc(f->memory, sizeof *e);
    const char *appearance = attribute_of(node, "appearance");
    const form_node *label = child_of(node, "label");
    if (!e)
        return TAWAM_EMEMORY;
    *e = (form_element){.kind = kind,
                        .node = node,
                        .item = item,
                        .appearance = appearance ? appearance : "",
                        .parent = into};
    if (into) {
        *(into->last ? &into->last->next : &into->first) = e;
        into->last = e;
    }
    *out = e;
    return label && kind != FORM_QUESTION
               ? form_read_text(&e->label, f, label, item->path)
               : TAWAM_OK;
}

static form_control_kind kind_of(const form_node *node)
{
    static const struct {
        const char *name;
        form_control_kind kind;
    } kinds[] = {{"input", FORM_INPUT},        {"secret", FORM_INPUT},
                 {"select1", FORM_SELECT_ONE}, {"select", FORM_SELECT_MANY},
                 {"rank", FORM_RANK},          {"upload", FORM_UPLOAD},
                 {"trigger", FORM_TRIGGER},    {"range", FORM_RANGE}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(node->name, kinds[i].name) == 0)
            return kinds[i].kind;
    return 0;
}

/* ---- choices ---- */

static int read_choices(form_control *c, form *f, const form_node *node,
                        const char *where)
{
    size_t count = 0;
    int code = TAWAM_OK;
    for (const form_node *n = node->first; n; n = n->next)
        count += strcmp(n->name, "item") == 0;
    c->choices = arena_alloc(f->memory, (count + 1) * sizeof *c->choices);
    if (!c->choices)
        return TAWAM_EMEMORY;
    for (const form_node *n = node->first; code == TAWAM_OK && n; n = n->next) {
        form_choice *choice = &c->choices[c->choice_count];
        const form_node *value = child_of(n, "value");
        const form_node *label = child_of(n, "label");
        if (strcmp(n->name, "item") != 0)
            continue;
        if (!value)
            return error_set(TAWAM_EUSAGE, _("%s: a choice has no value"),
                             where);
        choice->value = value->value;
        if (label)
            code = form_read_text(&choice->label, f, label, where);
        c->choice_count++;
    }
    return code;
}

/* "jr:itext(child)" -> child. */
static const char *itext_child(form *f, const char *reference)
{
    const char *from = strstr(reference, "jr:itext("), *to;
    if (!from)
        return NULL;
    to = strchr(from + 9, ')');
    return to ? form_name(f->names, from + 9, (size_t)(to - from - 9)) : NULL;
}

static int read_itemset(form_control *c, form *f, const form_node *itemset,
                        const char *where)
{
    const char *nodeset = attribute_of(itemset, "nodeset");
    const form_node *value = child_of(itemset, "value");
    const form_node *label = child_of(itemset, "label");
    const char *reference = label ? attribute_of(label, "ref") : NULL;
    if (!nodeset || !value || !attribute_of(value, "ref"))
        return error_set(TAWAM_EUSAGE,
                         _("%s: an itemset needs a nodeset and the ref of its "
                           "values"),
                         where);
    c->value_path = attribute_of(value, "ref");
    c->label_path = reference;
    c->label_itext = reference ? itext_child(f, reference) : NULL;
    return form_compile(&c->itemset, f, nodeset, where, "itemset");
}

static int read_warning(form_control *c, form *f, const form_node *node,
                        const char *where)
{
    const char *warning = attribute_of(node, "warn");
    const char *words = attribute_of(node, "warn_message");
    int code = TAWAM_OK;
    if (warning && *warning)
        code = form_compile(&c->warning, f, warning, where, "warn");
    return code == TAWAM_OK && words
               ? form_read_words(&c->warning_words, f, words)
               : code;
}

/* ---- controls ---- */

static int read_control(form *f, const form_node *node, form_control_kind kind,
                        form_element *into, form_item *context)
{
    const char *reference;
    const char *appearance = attribute_of(node, "appearance");
    form_item *item = form_target(&reference, f, node, context);
    const form_node *label = child_of(node, "label");
    const form_node *hint = child_of(node, "hint");
    const form_node *itemset = child_of(node, "itemset");
    form_control *c = arena_alloc(f->memory, sizeof *c);
    form_element *e;
    int code = c ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && !item)
        return error_set(TAWAM_EUSAGE,
                         _("a control is about %.100s, which is not in the "
                           "primary instance"),
                         reference);
    if (code == TAWAM_OK)
        code = add_element(&e, f, into, FORM_QUESTION, node, item);
    if (code != TAWAM_OK)
        return code;
    c->kind = kind;
    c->node = node;
    c->appearance = appearance ? appearance : "";
    if (label)
        code = form_read_text(&c->label, f, label, item->path);
    if (code == TAWAM_OK && hint)
        code = form_read_text(&c->hint, f, hint, item->path);
    if (code == TAWAM_OK && itemset)
        code = read_itemset(c, f, itemset, item->path);
    else if (code == TAWAM_OK && kind <= FORM_RANK)
        code = read_choices(c, f, node, item->path);
    if (code == TAWAM_OK)
        code = read_warning(c, f, node, item->path);
    item->control = c;
    for (const form_node *n = node->first; code == TAWAM_OK && n; n = n->next)
        code = form_read_action(f, n, item, NULL);
    return code;
}

/* ---- groups and repeats ---- */

static void mark_instances(form_node *root, const form_item *item)
{
    for (form_node *n = root; n; n = form_node_after(n, root, 1))
        if (n->item == item)
            n->is_repeat = 1;
}

static int read_repeat(form *f, const form_node *node, form_element *into,
                       form_item *context)
{
    const char *nodeset = attribute_of(node, "nodeset");
    const char *count = attribute_of(node, "count");
    form_item *item = nodeset ? form_resolve(f, nodeset, context) : NULL;
    form_element *e = NULL;
    int code;
    if (!item || !item->parent)
        return error_set(TAWAM_EUSAGE,
                         _("a repeat is about %.100s, which is not in the "
                           "primary instance"),
                         nodeset ? nodeset : "?");
    item->is_repeat = 1;
    if (!item->template)
        item->template = item->node;
    mark_instances(f->root->node, item);
    code = add_element(&e, f, into, FORM_REPEAT, node, item);
    if (code == TAWAM_OK && count)
        code =
            form_compile(&item->repeat_count, f, count, item->path, "jr:count");
    return code == TAWAM_OK ? read_below(f, node, e, item, item) : code;
}

static int read_group(form *f, const form_node *node, form_element *into,
                      form_item *context, form_item *repeat)
{
    const char *reference = attribute_of(node, "ref");
    form_item *inner =
        reference ? form_resolve(f, reference, context) : context;
    form_element *e = NULL;
    int code;
    if (!inner)
        inner = context;
    code = add_element(&e, f, into, FORM_GROUP, node, inner);
    return code == TAWAM_OK ? read_below(f, node, e, inner, repeat) : code;
}

static int read_below(form *f, const form_node *node, form_element *into,
                      form_item *context, form_item *repeat)
{
    int code = TAWAM_OK;
    for (const form_node *n = node->first; code == TAWAM_OK && n; n = n->next) {
        form_control_kind kind = kind_of(n);
        if (kind)
            code = read_control(f, n, kind, into, context);
        else if (strcmp(n->name, "repeat") == 0)
            code = read_repeat(f, n, into, context);
        else if (strcmp(n->name, "group") == 0)
            code = read_group(f, n, into, context, repeat);
        else if (strcmp(n->name, "setvalue") == 0)
            code = form_read_action(f, n, NULL, repeat);
    }
    return code;
}

int form_read_body(form *f, const form_node *body)
{
    int code = add_element(&f->body, f, NULL, FORM_GROUP, body, f->root);
    return code == TAWAM_OK ? read_below(f, body, f->body, f->root, NULL)
                            : code;
}
