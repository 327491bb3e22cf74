/* SPDX-License-Identifier: MIT */
/* Where the block of each entity list stands: in the form, a group or a repeat.
 *
 *   scope      the form or a repeat: what a record, or an instance, has once
 *   container  the form, a group or a repeat; has one entity at most
 *
 * An entity belongs to the deepest scope that is named for it, by save_to or by
 * ${name} in its own columns; all else that is named must stand in that scope
 * or above. Within the scope it takes the container of its save_to questions,
 * or if another list has that, the next above.
 */
#include "form/xlsform_internal.h"
#include <string.h>

typedef struct place_reference {
    const element *element; /* that is saved, or named */
    element *container;     /* in which it stands */
    int saves;
    struct place_reference *next;
} place_reference;

typedef struct placing {
    entity *entity;
    place_reference *references; /* in the order of the survey */
    element *scope;              /* the deepest named */
    const element *scope_named;  /* by this */
    element *wanted;
    struct placing *next;
} placing;

/* ---- containers ---- */

static element *scope_of(element *e)
{
    while (e->kind != ELEMENT_REPEAT && e->parent)
        e = e->parent;
    return e;
}

static size_t repeats_above(const element *e)
{
    size_t count = 0;
    for (; e; e = e->parent)
        count += e->kind == ELEMENT_REPEAT;
    return count;
}

/* Steps from E to its scope. */
static size_t depth_in_scope(const element *e)
{
    size_t count = 0;
    for (; e->kind != ELEMENT_REPEAT && e->parent; e = e->parent)
        count++;
    return count;
}

static int is_at_or_above(const element *above, const element *e)
{
    while (e && e != above)
        e = e->parent;
    return e != NULL;
}

static element *common_of(element *a, const element *b)
{
    while (!is_at_or_above(a, b))
        a = a->parent;
    return a;
}

/* ---- what names an entity ---- */

static int names_question(const entity *n, const char *name)
{
    const char *const texts[] = {n->label, n->entity_id, n->create_if,
                                 n->update_if};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (const char *at = texts[i]; (at = strstr(at, "${")); at += 2)
            if (strncmp(at + 2, name, length) == 0 && at[2 + length] == '}')
                return 1;
    return 0;
}

static size_t row_of(const element *e)
{
    return e->row ? e->row->number : 0;
}

static void add_reference(xlsform *x, placing *p, element *e, int saves)
{
    place_reference *r = arena_alloc(x->memory, sizeof *r),
                    **last = &p->references;
    if (!r) {
        x->failed = 1;
        return;
    }
    *r = (place_reference){e, e->parent, saves, NULL};
    while (*last)
        last = &(*last)->next;
    *last = r;
}

static int is_property_name(const char *name)
{
    return is_xml_name(name) && strncmp(name, "__", 2) != 0 &&
           !text_equal_nocase(name, "name") &&
           !text_equal_nocase(name, "label");
}

/* The placing whose list E is saved to; NULL after telling why there is none.
 */
static placing *saved_to(xlsform *x, placing *all, const element *e)
{
    const char *hash = strchr(e->save_to, '#');
    size_t length = hash ? (size_t)(hash - e->save_to) : 0;
    placing *p = all;
    if (!all)
        xlsform_error(x, &x->survey, row_of(e), "save_to",
                      _("save_to needs an entities sheet that names the "
                        "list"));
    else if (hash && strchr(hash + 1, '#'))
        xlsform_error(x, &x->survey, row_of(e), "save_to",
                      _("'%s': a list, one #, and a property"), e->save_to);
    else if (!hash && all->next)
        xlsform_error(x, &x->survey, row_of(e), "save_to",
                      _("there are several entity lists: write list#%s"),
                      e->save_to);
    else {
        while (hash && p &&
               (strncmp(p->entity->dataset, e->save_to, length) != 0 ||
                p->entity->dataset[length]))
            p = p->next;
        if (!p)
            xlsform_error(x, &x->survey, row_of(e), "save_to",
                          _("there is no entity list '%.*s' in the sheet "
                            "entities"),
                          (int)length, e->save_to);
        return p;
    }
    return NULL;
}

static const char *property_of(const element *e)
{
    const char *hash = strchr(e->save_to, '#');
    return hash ? hash + 1 : e->save_to;
}

static void add_saved(xlsform *x, placing *all, element *e)
{
    placing *p = saved_to(x, all, e);
    const char *property = property_of(e);
    if (!p)
        return;
    if (!is_property_name(property))
        xlsform_error(x, &x->survey, row_of(e), "save_to",
                      _("'%s' can't name a property: letters, digits, - "
                        "and _, not name, label or __…"),
                      property);
    for (const place_reference *r = p->references; r; r = r->next)
        if (r->saves && strcmp(property_of(r->element), property) == 0)
            xlsform_error(x, &x->survey, row_of(e), "save_to",
                          _("row %zu is saved to '%s' already"),
                          row_of(r->element), property);
    add_reference(x, p, e, 1);
}

static void collect_references(xlsform *x, placing *all)
{
    for (element *e = x->root.first; e; e = element_after(e, &x->root)) {
        if (*e->save_to && e->kind == ELEMENT_QUESTION)
            add_saved(x, all, e);
        for (placing *p = all; p; p = p->next)
            if (e->kind != ELEMENT_EXTERNAL &&
                names_question(p->entity, e->name))
                add_reference(x, p, e, 0);
    }
}

/* ---- where it should stand ---- */

static void find_scope(placing *p)
{
    for (const place_reference *r = p->references; r; r = r->next) {
        element *scope = scope_of(r->container);
        if (!p->scope || repeats_above(scope) > repeats_above(p->scope)) {
            p->scope = scope;
            p->scope_named = r->element;
        }
    }
}

static int is_deeper(const element *a, const element *b)
{
    size_t one = repeats_above(a), two = repeats_above(b);
    return one > two || (one == two && depth_in_scope(a) > depth_in_scope(b));
}

/* The container that holds all that is saved; if nothing is, the deepest of
 * what is named. */
static void find_wanted(placing *p)
{
    element *common = NULL, *deepest = NULL;
    for (const place_reference *r = p->references; r; r = r->next) {
        if (r->saves)
            common = common ? common_of(common, r->container) : r->container;
        if (scope_of(r->container) == p->scope &&
            (!deepest || is_deeper(r->container, deepest)))
            deepest = r->container;
    }
    if (common && !is_at_or_above(p->scope, common))
        common = p->scope;
    p->wanted = common ? common : deepest;
}

static void check_scopes(xlsform *x, const placing *p)
{
    for (const place_reference *r = p->references; r; r = r->next) {
        element *scope = scope_of(r->container);
        int fits = is_at_or_above(scope, p->scope);
        if (r->saves && scope != p->scope)
            xlsform_error(x, &x->survey, row_of(r->element), "save_to",
                          _("'%s' and '%s' stand in different repeats: they "
                            "can't belong to one entity of '%s'; a calculate "
                            "can bring a value over"),
                          r->element->name, p->scope_named->name,
                          p->entity->dataset);
        else if (!fits)
            xlsform_error(x, &x->entities_sheet, p->entity->row, "label",
                          _("'%s' and '%s' stand in different repeats: they "
                            "can't belong to one entity of '%s'; a calculate "
                            "can bring a value over"),
                          r->element->name, p->scope_named->name,
                          p->entity->dataset);
    }
}

/* The repeat that the sheet names for it. */
static element *named_repeat(xlsform *x, const entity *n)
{
    size_t count;
    char *name = xlsform_format(x, "%s", n->repeat);
    element *e;
    if (is_one_reference(name)) {
        name += 2;
        *strchr(name, '}') = '\0';
    }
    e = element_named(x, name, &count);
    if (e && e->kind == ELEMENT_REPEAT)
        return e;
    xlsform_error(x, &x->entities_sheet, n->row, "repeat",
                  _("there is no repeat named '%s'"), name);
    return &x->root;
}

static void find_place(xlsform *x, placing *p)
{
    find_scope(p);
    if (!p->scope)
        p->scope = &x->root;
    find_wanted(p);
    if (*p->entity->repeat)
        p->wanted = p->scope = named_repeat(x, p->entity);
    if (!p->wanted)
        p->wanted = p->scope;
    check_scopes(x, p);
}

/* ---- one a container ---- */

/* All between what is saved and the block is the entity's. */
static void reserve(placing *p)
{
    for (const place_reference *r = p->references; r; r = r->next)
        for (element *e = r->container; r->saves && e; e = e->parent) {
            e->reserved = p->entity;
            if (e == p->entity->place)
                break;
        }
    p->entity->place->reserved = p->entity;
}

static int is_taken_from(const placing *p)
{
    for (const place_reference *r = p->references; r; r = r->next)
        if (r->saves && r->container->reserved)
            return 1;
    return 0;
}

static void put_entity(xlsform *x, placing *p)
{
    element *e = p->wanted;
    while (e != p->scope && e->parent && (e->entity || e->reserved) &&
           !is_taken_from(p))
        e = e->parent;
    if (e->entity || e->reserved) {
        const entity *other = e->entity ? e->entity : e->reserved;
        xlsform_error(x, &x->entities_sheet, p->entity->row, "list_name",
                      _("'%s' would stand where '%s' is: put what is saved to "
                        "each into a group of its own"),
                      p->entity->dataset, other->dataset);
        p->entity->place = &x->root;
        return;
    }
    e->entity = p->entity;
    p->entity->place = e;
    reserve(p);
}

void place_entities(xlsform *x)
{
    placing *all = NULL, **last = &all;
    for (entity *n = x->entities; n; n = n->next) {
        *last = arena_alloc(x->memory, sizeof **last);
        if (!*last) {
            x->failed = 1;
            return;
        }
        **last = (placing){.entity = n};
        last = &(*last)->next;
    }
    collect_references(x, all);
    for (placing *p = all; p; p = p->next)
        find_place(x, p);
    if (all && !all->next && all->scope == &x->root)
        all->wanted = &x->root; /* one alone: as forms of 2024.1 have it */
    for (placing *p = all; p; p = p->next)
        put_entity(x, p);
}
