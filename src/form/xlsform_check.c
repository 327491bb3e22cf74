/* SPDX-License-Identifier: MIT */
/* What rows and sheets say of each other: settings, lists, triggers, names. */
#include "form/xlsform_internal.h"
#include <string.h>

/* ---- settings ---- */

const char *xlsform_setting(const xlsform *x, const char *name)
{
    const workbook_row *row = x->settings.table && x->settings.table->row_count
                                  ? &x->settings.table->rows[0]
                                  : NULL;
    const pair *p = pair_find(x->row_settings, name);
    return p ? p->value : sheet_cell(&x->settings, row, name);
}

/* ---- lists of choices ---- */

/* Languages of a list's labels into T (NULL: only count them). */
static size_t list_languages(const choice_list *l, translation *t)
{
    size_t count = 0;
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < l->list[i].label.count; k++) {
            const char *language = l->list[i].label.list[k].language;
            size_t n = 0;
            while (t && n < count &&
                   strcmp(t[n].language ? t[n].language : "",
                          language ? language : "") != 0)
                n++;
            if (t && n < count)
                continue;
            if (t)
                t[count] = (translation){language, "Other"};
            count++;
        }
    return count;
}

static void add_other_choice(xlsform *x, choice_list *l)
{
    choice *larger;
    translation *t;
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->list[i].name, "other") == 0)
            return;
    larger = arena_alloc(x->memory, (l->count + 1) * sizeof *larger);
    t = arena_alloc(x->memory, (list_languages(l, NULL) + 1) * sizeof *t);
    if (!larger || !t) {
        x->failed = 1;
        return;
    }
    if (l->count)
        memcpy(larger, l->list, l->count * sizeof *larger);
    t[0] = (translation){NULL, "Other"};
    larger[l->count] = (choice){.name = "other", .label = {t, 1}};
    if (l->count && list_languages(l, NULL))
        larger[l->count].label.count = list_languages(l, t);
    l->list = larger;
    l->count++;
}

/* 1 if FILE is STEM and an ending. */
static int is_stem(const char *file, const char *stem)
{
    size_t length = strlen(stem);
    return strncmp(file, stem, length) == 0 && file[length] == '.';
}

/* The question in a repeat whose answers are the choices. */
static void find_answers(xlsform *x, element *e)
{
    size_t row = e->row ? e->row->number : 0, count;
    char *name = xlsform_format(
        x, "%.*s", (int)(strchr(e->list, '}') - e->list - 2), e->list + 2);
    element *question = element_named(x, name, &count), *up;
    /* of a repeat its places count */
    if (question && question->kind == ELEMENT_REPEAT)
        for (question = question->first;
             question && strcmp(question->name, "geometry") != 0;)
            question = question->next;
    up = question;
    while (up && up->kind != ELEMENT_REPEAT)
        up = up->parent;
    e->list_of = up ? question : NULL;
    if (!e->list_of)
        xlsform_error(x, &x->survey, row, "type",
                      _("'%s' is no question in a repeat: its answers "
                        "can't be choices"),
                      name);
}

/* Is NAME a list that is attached? Places to draw on may be such. */
static int is_attached(xlsform *x, const element *e, const char *name)
{
    for (const element *o = x->root.first; o; o = element_after(o, &x->root))
        if ((o->kind == ELEMENT_EXTERNAL && strcmp(o->name, name) == 0) ||
            (*o->file && o != e && is_stem(o->file, name)))
            return 1;
    for (const entity *n = x->entities; n; n = n->next)
        if (strcmp(n->dataset, name) == 0)
            return 1;
    return 0;
}

static const char *nearest_list(xlsform *x, const char *name)
{
    const char *names[200];
    size_t count = 0;
    for (const choice_list *l = x->lists; l && count < 200; l = l->next)
        names[count++] = l->name;
    return text_nearest(name, names, count);
}

static void no_list(xlsform *x, const element *e)
{
    size_t row = e->row ? e->row->number : 0;
    const char *near = nearest_list(x, e->list);
    if (near)
        xlsform_error(x, &x->survey, row, "type",
                      _("there is no choice list '%s' in the sheet choices; "
                        "did you mean %s?"),
                      e->list, near);
    else
        xlsform_error(x, &x->survey, row, "type",
                      _("there is no choice list '%s' in the sheet choices"),
                      e->list);
}

/* Answers are written with blanks between: none may have one. */
static void check_blanks(xlsform *x, const element *e)
{
    const choice_list *l = e->choices;
    if (strcmp(e->type->name, "select multiple") != 0)
        return;
    for (size_t i = 0; i < l->count; i++)
        if (strchr(l->list[i].name, ' '))
            xlsform_error(x, &x->choices,
                          l->list[i].row ? l->list[i].row->number : 0, "name",
                          _("'%s' has a blank: choices of a select_multiple "
                            "can't"),
                          l->list[i].name);
}

static void check_file(xlsform *x, const element *e)
{
    const char *slash = strrchr(e->file, '/');
    const char *base = slash ? slash + 1 : e->file, *dot = strchr(base, '.');
    if (!dot || dot == base ||
        (!text_equal_nocase(dot, ".csv") && !text_equal_nocase(dot, ".xml") &&
         !text_equal_nocase(dot, ".geojson")))
        xlsform_error(x, &x->survey, e->row ? e->row->number : 0, "type",
                      _("'%s': a file of choices ends in .csv, .xml or "
                        ".geojson"),
                      e->file);
}

static void find_choices(xlsform *x, element *e, int attached)
{
    if (strncmp(e->list, "${", 2) == 0 && strchr(e->list, '}')) {
        find_answers(x, e);
        return;
    }
    if (*e->file) {
        check_file(x, e);
        if (asks_by_search(e))
            xlsform_error(x, &x->survey, e->row ? e->row->number : 0,
                          "appearance",
                          _("search() goes with a list of the sheet choices, "
                            "not with the file '%s'"),
                          e->file);
        return;
    }
    e->choices = choice_list_find(x, e->list);
    if (!e->choices && attached && is_attached(x, e, e->list))
        return;
    if (!e->choices) {
        no_list(x, e);
        return;
    }
    e->choices->used = 1;
    check_blanks(x, e);
    if (e->or_other)
        add_other_choice(x, e->choices);
}

/* reference-geometry=LIST or a file: places to be seen while drawing. */
static void find_reference_geometry(xlsform *x, element *e)
{
    const pair *p = pair_find(e->parameters, "reference-geometry");
    const char *dot = p ? strrchr(p->value, '.') : NULL;
    if (!p)
        return;
    e->list = p->value;
    if (dot &&
        (text_equal_nocase(dot, ".csv") || text_equal_nocase(dot, ".geojson") ||
         text_equal_nocase(dot, ".xml")))
        e->file = p->value;
    find_choices(x, e, 1);
}

/* select_one_external: its choices stand in a sheet of their own. */
static void find_outside(xlsform *x, const element *e)
{
    const choice_list *l = x->outside;
    while (l && strcmp(l->name, e->query) != 0)
        l = l->next;
    if (!x->external.table)
        xlsform_error(x, &x->survey, e->row->number, "type",
                      _("select_one_external needs a sheet external_choices "
                        "with the columns list_name and name"));
    else if (!l)
        xlsform_error(x, &x->survey, e->row->number, "type",
                      _("there is no choice list '%s' in the sheet "
                        "external_choices"),
                      e->query);
    if (!*e->choice_filter)
        xlsform_warning(x, &x->survey, e->row->number, "choice_filter",
                        _("select_one_external is meant for lists with a "
                          "choice filter"));
}

/* ---- triggers ---- */

static void add_action(xlsform *x, element *by, element *target)
{
    action *a = arena_alloc(x->memory, sizeof *a), **last = &by->actions;
    if (!a) {
        x->failed = 1;
        return;
    }
    *a = (action){target, NULL};
    while (*last)
        last = &(*last)->next;
    *last = a;
}

/* AT begins with "${"; past the reference, NULL when it is none. */
static const char *read_trigger(xlsform *x, element *e, const char *at)
{
    const char *end = strchr(at, '}');
    size_t count, row = e->row->number;
    const char *name =
        end ? xlsform_format(x, "%.*s", (int)(end - at - 2), at + 2) : "";
    element *by = element_named(x, name, &count);
    if (!end)
        return NULL;
    if (!by || by->kind != ELEMENT_QUESTION)
        xlsform_error(x, &x->survey, row, "trigger",
                      _("there is no question named '%s'"), name);
    else if (by->is_silent || strcmp(by->type->name, "calculate") == 0)
        xlsform_error(x, &x->survey, row, "trigger",
                      _("'%s' is not asked, so nothing happens when it "
                        "changes"),
                      name);
    else if (!by->type->control)
        xlsform_warning(x, &x->survey, row, "trigger",
                        _("'%s' is not asked, so nothing happens when it "
                          "changes"),
                        name);
    else
        add_action(x, by, e);
    return end + 1;
}

/* "${a}, ${b}". */
static void find_triggers(xlsform *x, element *e)
{
    const char *at = e->trigger;
    while (at && *at) {
        at += strspn(at, " ");
        at = strncmp(at, "${", 2) == 0 ? read_trigger(x, e, at) : NULL;
        if (at)
            at += strspn(at, " ");
        if (at && *at == ',')
            at++;
        else if (at && *at)
            at = NULL;
    }
    if (!at)
        xlsform_error(x, &x->survey, e->row->number, "trigger",
                      _("a trigger is a question, ${name}, or several with "
                        "commas between"));
}

static void check_background(xlsform *x, const element *e)
{
    if (strcmp(e->type->name, "background-geopoint") != 0)
        return;
    if (!*e->trigger)
        xlsform_error(x, &x->survey, e->row->number, "trigger",
                      _("a background-geopoint needs a trigger"));
    if (*e->calculation)
        xlsform_error(x, &x->survey, e->row->number, "calculation",
                      _("a background-geopoint can't have a calculation"));
}

int asks_by_search(const element *e)
{
    return strstr(e->appearance, "search(") != NULL;
}

/* A list that is searched in a file stands in its question; another question
 * can't have it. */
static void check_search(xlsform *x)
{
    for (const element *e = x->root.first; e; e = element_after(e, &x->root))
        if (e->choices && asks_by_search(e))
            e->choices->inlined = 1;
    for (const element *e = x->root.first; e; e = element_after(e, &x->root))
        if (e->choices && e->choices->inlined && !asks_by_search(e))
            xlsform_error(x, &x->survey, e->row ? e->row->number : 0,
                          "appearance",
                          _("the list '%s' is used with search() by another "
                            "question: give this one a list of its own"),
                          e->list);
}

/* ---- names ---- */

static size_t row_of(const element *e)
{
    return e->row ? e->row->number : 0;
}

/* What stands beside an attached list has another name. */
static void check_beside_attached(xlsform *x, const element *e)
{
    for (const element *o = e->parent->first; o; o = o->next)
        if (o->kind != ELEMENT_EXTERNAL && strcmp(o->name, e->name) == 0)
            xlsform_error(x, &x->survey, row_of(e), "name",
                          _("'%s' is used already in row %zu: names are "
                            "used once within a group"),
                          e->name, row_of(o));
}

/* Attached lists have one name each in the whole form. */
static void check_attached(xlsform *x)
{
    for (const element *e = x->root.first; e; e = element_after(e, &x->root))
        if (e->kind == ELEMENT_EXTERNAL)
            check_beside_attached(x, e);
    for (const element *e = x->root.first; e; e = element_after(e, &x->root))
        for (const element *o = x->root.first;
             e->kind == ELEMENT_EXTERNAL && o && o != e;
             o = element_after(o, &x->root))
            if (o->kind == ELEMENT_EXTERNAL && strcmp(o->name, e->name) == 0)
                xlsform_error(x, &x->survey, e->row->number, "name",
                              _("the attached list '%s' is in row %zu already"),
                              e->name, o->row->number);
}

static void check_twice(xlsform *x, const element *a, const element *b)
{
    int once = !a->row || !b->row || a->row != b->row; /* not of one loop */
    if (a->parent == b->parent && once)
        xlsform_error(x, &x->survey, row_of(b), "name",
                      _("'%s' is used already in row %zu: names are "
                        "used once within a group"),
                      b->name, row_of(a));
    else if (a->kind == ELEMENT_REPEAT && b->kind == ELEMENT_REPEAT)
        xlsform_error(x, &x->survey, row_of(b), "name",
                      _("two repeats are named '%s': a repeat's name "
                        "is used once in a form"),
                      b->name);
}

/* Equal names stand side by side in the index. */
static void check_names(xlsform *x)
{
    size_t count;
    element_named(x, "", &count);
    for (size_t i = 0; i < x->element_count; i++) {
        const element *e = x->by_name[i];
        if (e->kind == ELEMENT_REPEAT && strcmp(e->name, x->root.name) == 0)
            xlsform_error(x, &x->survey, row_of(e), "name",
                          _("a repeat can't be named like the whole form, "
                            "'%s'"),
                          e->name);
        for (size_t k = i; k-- > 0 && i - k < 50 &&
                           strcmp(x->by_name[k]->name, e->name) == 0;)
            check_twice(x, x->by_name[k], e);
    }
}

/* ---- all ---- */

void xlsform_join(xlsform *x)
{
    check_names(x);
    check_attached(x);
    for (element *e = x->root.first; e; e = element_after(e, &x->root)) {
        if (e->kind != ELEMENT_QUESTION)
            continue;
        if (e->row)
            check_parameters(x, e);
        if (e->query)
            find_outside(x, e);
        else if (*e->list)
            find_choices(x, e, 0);
        else
            find_reference_geometry(x, e);
        if (*e->trigger && e->row)
            find_triggers(x, e);
        if (e->row)
            check_background(x, e);
    }
    check_search(x);
}
