/* SPDX-License-Identifier: MIT */
/* What cells say: that each ${name} is one question, and each expression can
 * be read. Told here, where sheet, row and column are known. */
#include "form/xlsform_internal.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- ${name} ---- */

static int is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' ||
           c == ':' || (unsigned char)c >= 0x80;
}

/* Length of a reference at AT, "${name}" or "${last-saved#name}"; 0: none. */
static size_t reference_length(const char *at, const char **name)
{
    static const char saved[] = "last-saved#";
    const char *from = at + 2, *to;
    if (strncmp(from, saved, sizeof saved - 1) == 0)
        from += sizeof saved - 1;
    for (to = from; is_name_char(*to);)
        to++;
    *name = from;
    return to > from && *to == '}' && !isdigit((unsigned char)*from) &&
                   *from != '-' && *from != '.'
               ? (size_t)(to - at) + 1
               : 0;
}

static void check_name(xlsform *x, const sheet *s, size_t row, const char *base,
                       const char *name)
{
    size_t count = 0;
    const char *near;
    element_named(x, name, &count);
    if (count == 1 ||
        (!count && strcmp(name, "instanceID") == 0 && !xlsform_omits_id(x)))
        return;
    /* Many are hardly misspellings, and each asks all names. */
    near = count || x->m->errors > 20 ? NULL : element_nearest(x, name);
    if (count > 1)
        xlsform_error(x, s, row, base,
                      _("%zu questions are named '%s': which one is meant "
                        "can't be told"),
                      count, name);
    else if (near)
        xlsform_error(x, s, row, base,
                      _("there is no question named '%s'; did you mean ${%s}?"),
                      name, near);
    else
        xlsform_error(x, s, row, base, _("there is no question named '%s'"),
                      name);
}

/* 1 if all of TEXT's references can be read; of those, names are checked. */
static int check_references(xlsform *x, const sheet *s, size_t row,
                            const char *base, const char *text)
{
    for (const char *at = text; (at = strstr(at, "${"));) {
        const char *name;
        size_t length = reference_length(at, &name);
        if (!length) {
            xlsform_error(x, s, row, base,
                          _("a reference is written ${name}, with a question's "
                            "name and no blanks: '%.20s'"),
                          at);
            return 0;
        }
        check_name(
            x, s, row, base,
            xlsform_format(x, "%.*s", (int)(at + length - 1 - name), name));
        at += length;
    }
    return 1;
}

/* ---- expressions ---- */

/* TEXT with " /name " for each ${name}: as long, so that columns fit. */
static char *plain_expression(xlsform *x, const char *text)
{
    char *copy = xlsform_format(x, "%s", text);
    for (char *at = copy; (at = strstr(at, "${"));) {
        char *hash = strchr(at, '#'), *end = strchr(at, '}');
        at[0] = ' ';
        at[1] = '/';
        if (end)
            *end = ' ';
        if (hash && hash < end)
            *hash = '_';
    }
    return copy;
}

static void check_expression(xlsform *x, form_names *names, const sheet *s,
                             size_t row, const char *base, const char *text)
{
    xpath *compiled = NULL;
    int code = *text
                   ? xpath_compile(&compiled, names, plain_expression(x, text))
                   : TAWAM_OK;
    x->failed |= code == TAWAM_EMEMORY;
    if (code != TAWAM_OK && code != TAWAM_EMEMORY) {
        xlsform_error(x, s, row, base, "%s", error_message());
        error_clear();
    }
    xpath_free(compiled);
}

/* ---- the sheets ---- */

static int is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return 1;
    return 0;
}

static void check_sheet(xlsform *x, const sheet *s, const char *const *columns)
{
    for (size_t i = 0; s->table && i < s->table->row_count; i++)
        for (size_t k = 0; k < s->column_count; k++) {
            const workbook_row *row = &s->table->rows[i];
            const char *base = s->columns[k].base;
            const char *cell = row->cells[s->columns[k].index];
            if (strstr(cell, "${") &&
                (is_one_of(base, columns) || strstr(base, "::")))
                check_references(x, s, row->number, base, cell);
        }
}

static void check_element(xlsform *x, form_names *names, const element *e)
{
    const struct {
        const char *base, *text;
    } expressions[] = {
        {"relevant", e->relevant},
        {"required", e->required},
        {"readonly", e->readonly},
        {"constraint", e->constraint},
        {"calculation", e->calculation},
        {"choice_filter", e->choice_filter},
        {"repeat_count", e->repeat_count},
        {"default",
         *e->default_value && e->type && is_dynamic_default(e, e->default_value)
             ? e->default_value
             : ""}};
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++)
        check_expression(x, names, &x->survey, e->row->number,
                         expressions[i].base, expressions[i].text);
}

static void check_entity(xlsform *x, form_names *names, const entity *n)
{
    const struct {
        const char *base, *text;
    } expressions[] = {{"label", n->label},
                       {"entity_id", n->entity_id},
                       {"create_if", n->create_if},
                       {"update_if", n->update_if}};
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++)
        check_expression(x, names, &x->entities_sheet, n->row,
                         expressions[i].base, expressions[i].text);
}

void xlsform_check_cells(xlsform *x)
{
    static const char *const survey[] = {"label",
                                         "hint",
                                         "guidance_hint",
                                         "relevant",
                                         "required",
                                         "readonly",
                                         "constraint",
                                         "calculation",
                                         "constraint_message",
                                         "default",
                                         "required_message",
                                         "no_app_error_string",
                                         "choice_filter",
                                         "appearance",
                                         "repeat_count",
                                         "parameters",
                                         "image",
                                         "big-image",
                                         "audio",
                                         "video",
                                         "intent",
                                         NULL};
    static const char *const choices[] = {"label", "image", "big-image",
                                          "audio", "video", NULL};
    static const char *const settings[] = {"instance_name", "form_title",
                                           "style", NULL};
    static const char *const entities[] = {"label", "entity_id", "create_if",
                                           "update_if", NULL};
    size_t errors = x->m->errors;
    form_names *names = NULL;
    check_sheet(x, &x->settings, settings);
    check_sheet(x, &x->entities_sheet, entities);
    check_sheet(x, &x->survey, survey);
    check_sheet(x, &x->choices, choices);
    if (x->m->errors != errors || form_names_new(&names) != TAWAM_OK)
        return;
    for (const element *e = x->root.first; e; e = element_after(e, &x->root))
        if (e->row && e->kind != ELEMENT_EXTERNAL)
            check_element(x, names, e);
    for (const entity *n = x->entities; n; n = n->next)
        check_entity(x, names, n);
    check_expression(x, names, &x->settings, 2, "instance_name",
                     x->instance_name);
    form_names_free(names);
}
