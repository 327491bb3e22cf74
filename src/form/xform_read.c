/* SPDX-License-Identifier: MIT */
/* An XForm (ODK XForms 1.0) -> a form: its parts are found here, and its
 * primary instance becomes items. Rules, texts and controls follow in
 * xform_bind.c, xform_text.c, xform_action.c and xform_body.c, the order of
 * evaluation in graph.c. */
#include "form/definition_internal.h"
#include "form/lists_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- small helpers for all of them ---- */

const char *attribute_of(const form_node *node, const char *name)
{
    const form_node *a = form_attribute(node, name);
    return a ? a->value : NULL;
}

form_node *child_of(const form_node *node, const char *name)
{
    form_node *c = node ? node->first : NULL;
    while (c && strcmp(c->name, name) != 0)
        c = c->next;
    return c;
}

int form_compile(const xpath **out, form *f, const char *text,
                 const char *where, const char *what)
{
    xpath *x = NULL;
    int code = xpath_compile(&x, f->names, text);
    if (code == TAWAM_OK)
        code = memory_reserve((void **)&f->expressions, &f->expression_capacity,
                              f->expression_count + 1, sizeof *f->expressions);
    else
        code = error_add("%s, %s", where, what);
    if (code != TAWAM_OK) {
        xpath_free(x);
        return code;
    }
    f->expressions[f->expression_count++] = x;
    *out = x;
    return TAWAM_OK;
}

#define CHILDREN_FEW 16 /* more are found through a table */

static size_t slot_of(const form_item *item, const char *name)
{
    size_t hash = 5381;
    for (const char *at = name; *at; at++)
        hash = hash * 33 + (unsigned char)*at;
    hash ^= hash >> 17;
    while (item->table[hash & (item->table_size - 1)] &&
           strcmp(item->table[hash & (item->table_size - 1)]->name, name) != 0)
        hash++;
    return hash & (item->table_size - 1);
}

form_item *form_item_child(const form_item *item, const char *name)
{
    form_item *c = item ? item->first : NULL;
    if (item && item->table)
        return item->table[slot_of(item, name)];
    while (c && strcmp(c->name, name) != 0)
        c = c->next;
    return c;
}

/* CHILD is in the table of ITEM, which has one from CHILDREN_FEW on. */
static int index_child(form *f, form_item *item, form_item *child)
{
    size_t size = item->table_size ? 2 * item->table_size : 64;
    if (item->child_count <= CHILDREN_FEW)
        return TAWAM_OK;
    if (item->table && 2 * item->child_count <= item->table_size) {
        item->table[slot_of(item, child->name)] = child;
        return TAWAM_OK;
    }
    item->table = arena_alloc(f->memory, size * sizeof *item->table);
    if (!item->table)
        return TAWAM_EMEMORY;
    item->table_size = size;
    for (form_item *c = item->first; c; c = c->next)
        item->table[slot_of(item, c->name)] = c;
    return TAWAM_OK;
}

form_node *form_item_node(const form_item *item, form_node *node)
{
    form_node *a;
    if (!item->is_attribute)
        return node->item == item ? node : NULL;
    a = node->item == item->parent ? node->attributes : NULL;
    while (a && a->item != item)
        a = a->next;
    return a;
}

const form_item *form_item_element(const form_item *item)
{
    return item->is_attribute ? item->parent : item;
}

/* A name without its prefix, up to a "/" or the end; of an attribute with its
 * "@". */
static const char *next_name(char *name, size_t size, const char *at)
{
    size_t length = strcspn(at, "/");
    const char *colon = memchr(at, ':', length);
    const char *from = colon ? colon + 1 : at;
    size_t take = (size_t)(at + length - from), sign = colon && *at == '@';
    if (take + sign >= size)
        take = size - 1 - sign;
    name[0] = '@';
    memcpy(name + sign, from, take);
    name[sign + take] = '\0';
    return at + length + (at[length] == '/');
}

form_item *form_resolve(form *f, const char *reference,
                        const form_item *context)
{
    const char *at = reference + strspn(reference, " \t\r\n");
    form_item *item = (form_item *)(uintptr_t)context;
    char name[256];
    size_t length;
    if (strncmp(at, "current()/", 10) == 0)
        at += 10;
    if (*at == '/') {
        at = next_name(name, sizeof name, at + 1);
        item = f->root && strcmp(f->root->name, name) == 0 ? f->root : NULL;
    }
    while (item && *at && *at != ' ') {
        at = next_name(name, sizeof name, at);
        for (length = strlen(name);
             length && strchr(" \t\r\n", name[length - 1]);)
            name[--length] = '\0';
        if (strcmp(name, "..") == 0)
            item = item->parent;
        else if (strcmp(name, ".") != 0)
            item = form_item_child(item, name);
    }
    return item;
}

form_item *form_find(const form *f, const char *path)
{
    form *same = (form *)(uintptr_t)f;
    return form_resolve(same, path, NULL);
}

form_item *form_target(const char **reference, form *f, const form_node *node,
                       const form_item *context)
{
    const char *own = attribute_of(node, "ref");
    const char *id = own ? NULL : attribute_of(node, "bind");
    const form_node *head = child_of(form_document_root(f->source), "head");
    const form_node *n = id ? child_of(head, "model") : NULL;
    *reference = own ? own : id ? id : "?";
    for (n = n ? n->first : NULL; n; n = n->next) {
        const char *name = attribute_of(n, "id");
        if (name && strcmp(n->name, "bind") == 0 && strcmp(name, id) == 0)
            break;
    }
    if (n)
        own = attribute_of(n, attribute_of(n, "nodeset") ? "nodeset" : "ref");
    return own  ? form_resolve(f, own, n ? NULL : context)
           : id ? form_resolve(f, id, context)
                : NULL;
}

/* ---- items ---- */

/* NAME is interned. */
static int new_item(form_item **out, form *f, form_item *parent,
                    form_node *node, const char *name)
{
    form_item *item = arena_alloc(f->memory, sizeof *item);
    size_t size = (parent ? strlen(parent->path) : 0) + strlen(name) + 2;
    char *path = item ? arena_alloc(f->memory, size) : NULL;
    if (!path)
        return TAWAM_EMEMORY;
    snprintf(path, size, "%s/%s", parent ? parent->path : "", name);
    *item = (form_item){.name = name,
                        .space = node->space,
                        .path = path,
                        .parent = parent,
                        .node = node,
                        .constraint_message = "",
                        .required_message = ""};
    if (parent) {
        *(parent->last ? &parent->last->next : &parent->first) = item;
        parent->last = item;
        parent->child_count++;
    }
    node->item = item;
    *out = item;
    return parent ? index_child(f, parent, item) : TAWAM_OK;
}

/* Of several nodes of one name (instances of a repeat that the form holds, and
 * their template) one item is made; a template counts before the others. */
static int note_again(form_item *item, form_node *node)
{
    node->item = item;
    for (const form_node *n = node->previous; n; n = n->previous)
        item->is_several = item->is_several || n->item == item;
    if (form_attribute(node, "template"))
        item->template = node;
    return TAWAM_OK;
}

/* What stands on NODE itself, but for what only says what it is. */
static int add_attributes(form *f, form_item *item, form_node *node)
{
    int code = TAWAM_OK;
    for (form_node *a = node->attributes; code == TAWAM_OK && a; a = a->next) {
        char name[256];
        form_item *one;
        if (strcmp(a->space, SPACE_JAVAROSA) == 0)
            continue;
        snprintf(name, sizeof name, "@%s", a->name);
        one = form_item_child(item, name);
        if (!one) {
            const char *own = form_name(f->names, name, strlen(name));
            code = own ? new_item(&one, f, item, a, own) : TAWAM_EMEMORY;
        }
        if (code == TAWAM_OK) {
            one->is_attribute = 1;
            a->item = one;
        }
    }
    return code;
}

/* NODE and what is below it: an item each, those of one path shared. */
static int add_items(form *f, form_item *parent, form_node *node)
{
    form_item *item = form_item_child(parent, node->name);
    int code = TAWAM_OK;
    if (item)
        code = note_again(item, node);
    else {
        code = new_item(&item, f, parent, node, node->name);
        if (code == TAWAM_OK && form_attribute(node, "template"))
            item->template = node;
    }
    if (code == TAWAM_OK)
        code = add_attributes(f, item, node);
    for (form_node *c = node->first; code == TAWAM_OK && c; c = c->next)
        if (!c->is_text)
            code = add_items(f, item, c);
    if (!parent)
        f->root = item;
    return code;
}

/* Number ITEM and those below, depth first. */
static int number_items(form *f, form_item *item, size_t *capacity)
{
    int code = memory_reserve((void **)&f->items, capacity, f->item_count + 1,
                              sizeof *f->items);
    if (code != TAWAM_OK)
        return code;
    item->number = f->item_count;
    f->items[f->item_count++] = item;
    for (form_item *c = item->first; code == TAWAM_OK && c; c = c->next)
        code = number_items(f, c, capacity);
    item->end = f->item_count;
    return code;
}

int form_read_items(form *f, form_node *instance)
{
    form_node *root = instance->first;
    size_t capacity = 0;
    int code;
    while (root && root->is_text)
        root = root->next;
    if (!root)
        return error_set(TAWAM_EUSAGE, _("the primary instance is empty"));
    code = add_items(f, NULL, root);
    if (code == TAWAM_OK)
        code = number_items(f, f->root, &capacity);
    f->id = attribute_of(root, "id");
    f->version = attribute_of(root, "version");
    f->id = f->id ? f->id : "";
    f->version = f->version ? f->version : "";
    return code;
}

/* ---- secondary instances ---- */

static int add_instance(form *f, form_node *node)
{
    int code = memory_reserve((void **)&f->instances, &f->instance_capacity,
                              f->instance_count + 1, sizeof *f->instances);
    if (code != TAWAM_OK)
        return code;
    f->instances[f->instance_count++] = (struct form_instance){
        attribute_of(node, "id"), node, attribute_of(node, "src"),
        list_is_table(node->first)};
    return TAWAM_OK;
}

static int read_instances(form *f, const form_node *model)
{
    form_node *primary = NULL;
    int code = TAWAM_OK;
    for (form_node *n = model->first; code == TAWAM_OK && n; n = n->next) {
        if (strcmp(n->name, "instance") != 0)
            continue;
        if (!primary)
            primary = n;
        else if (attribute_of(n, "id"))
            code = add_instance(f, n);
    }
    if (code == TAWAM_OK && !primary)
        return error_set(TAWAM_EUSAGE,
                         _("the model has no instance: a form needs one that "
                           "says what a record looks like"));
    return code == TAWAM_OK ? form_read_items(f, primary) : code;
}

/* ---- entities ---- */

/* A form says which version of the entities specification it follows,
 * YYYY.N.n; one that is newer may ask for what is unknown here (ODK Entities,
 * section 3: such a form is to be rejected). */
static int check_entities_version(const form_node *model)
{
    const char *text = attribute_of(model, "entities-version");
    long year, number = 0;
    char *end, *safe;
    if (!text)
        return TAWAM_OK;
    year = strtol(text, &end, 10);
    if (*end == '.')
        number = strtol(end + 1, &end, 10);
    if (year > 2000 &&
        (year < FORM_ENTITIES_YEAR ||
         (year == FORM_ENTITIES_YEAR && number <= FORM_ENTITIES_NUMBER)))
        return TAWAM_OK;
    safe = text_safe(text, strlen(text), 0);
    error_set(TAWAM_EUSAGE,
              _("its entities are of version %.40s of the specification; this "
                "program knows up to %d.%d: a newer tawam may"),
              safe ? safe : "?", FORM_ENTITIES_YEAR, FORM_ENTITIES_NUMBER);
    free(safe);
    return TAWAM_EUSAGE;
}

/* ---- the whole ---- */

static int check_version(const form_node *model)
{
    const char *version = attribute_of(model, "xforms-version");
    if (version && strtol(version, NULL, 10) > 1)
        return error_set(TAWAM_EUSAGE,
                         _("the form is of version %.20s of ODK XForms; this "
                           "tawam knows 1: update tawam"),
                         version);
    return TAWAM_OK;
}

static int read_parts(form *f)
{
    const form_node *root = form_document_root(f->source);
    const form_node *head = child_of(root, "head");
    const form_node *model = child_of(head, "model");
    const form_node *body = child_of(root, "body");
    const form_node *title = child_of(head, "title");
    int code;
    if (!root || strcmp(root->name, "html") != 0 || !model)
        return error_set(TAWAM_EUSAGE,
                         _("this is no XForm: html with head, model and body "
                           "was expected"));
    f->title = title ? title->value : "";
    code = check_entities_version(model);
    if (code == TAWAM_OK)
        code = check_version(model);
    if (code == TAWAM_OK)
        code = read_instances(f, model);
    if (code == TAWAM_OK)
        code = form_read_itext(f, model);
    if (code == TAWAM_OK)
        code = form_read_binds(f, model);
    if (code == TAWAM_OK && body)
        code = form_read_body(f, body);
    if (code == TAWAM_OK)
        code = form_read_actions(f, model);
    return code == TAWAM_OK ? form_make_graph(f) : code;
}

int form_check_xform(form **out, form_messages *m, const char *xml,
                     size_t length)
{
    form *f = memory_new(sizeof *f);
    int code = f ? form_names_new(&f->names) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = arena_new(&f->memory);
    if (code == TAWAM_OK)
        code = form_document_read(&f->source, f->names, xml, length);
    if (code == TAWAM_OK) {
        f->messages = m;
        code = read_parts(f);
    }
    if (code == TAWAM_OK && m)
        code = form_warn(f);
    if (code == TAWAM_OK) {
        f->messages = NULL;
        *out = f;
    } else
        form_free(f);
    return code;
}

int form_read_xform(form **out, const char *xml, size_t length)
{
    return form_check_xform(out, NULL, xml, length);
}

void form_free(form *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->expression_count; i++)
        xpath_free(f->expressions[i]);
    for (size_t i = 0; i < f->item_count; i++)
        free(f->items[i]->edges);
    for (size_t i = 0; i < f->language_count; i++)
        free(f->languages[i].texts);
    free(f->expressions);
    free(f->items);
    free(f->triggers);
    free(f->languages);
    free(f->instances);
    form_document_free(f->source);
    arena_free(f->memory);
    form_names_free(f->names);
    free(f);
}
