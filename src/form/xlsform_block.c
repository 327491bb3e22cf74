/* SPDX-License-Identifier: MIT */
/* Rows that begin and end groups, repeats, loops and table-lists. A loop is
 * written out: a group for each choice of its list. */
#include "form/xlsform_internal.h"
#include <string.h>

static const char *const BEGIN_GROUP[] = {"begin group", NULL};
static const char *const BEGIN_REPEAT[] = {"begin repeat", "begin lgroup",
                                           "begin looped group", NULL};
static const char *const BEGIN_LOOP[] = {"begin loop over", "begin loop", NULL};
static const char *const END_GROUP[] = {"end group", NULL};
static const char *const END_REPEAT[] = {"end repeat", "end lgroup",
                                         "end looped group", NULL};
static const char *const END_LOOP[] = {"end loop", NULL};

const char *block_word(size_t at)
{
    static const char *const *const all[] = {
        BEGIN_GROUP, BEGIN_REPEAT, BEGIN_LOOP, END_GROUP, END_REPEAT, END_LOOP};
    return words_at(all, sizeof all / sizeof *all, at);
}

static void check_block(xlsform *x, element *e)
{
    size_t row = e->row->number;
    static const char *const kinds[] = {"", "group", "repeat"};
    if (*e->required && strcmp(e->required, "false()") != 0)
        xlsform_error(x, &x->survey, row, "required",
                      _("a %s can't be required: put it at a question "
                        "inside"),
                      kinds[e->kind]);
    if (*e->save_to)
        xlsform_error(x, &x->survey, row, "save_to",
                      _("a %s can't be saved as a property: put it at a "
                        "question inside"),
                      kinds[e->kind]);
    if (!e->label.count && !label_in_itext(e) &&
        (e->kind == ELEMENT_REPEAT || strcmp(e->appearance, "field-list") != 0))
        xlsform_warning(x, &x->survey, row, "label",
                        _("the %s '%s' has no label"), kinds[e->kind], e->name);
}

/* ---- table-list: the choices stand once, at the top ---- */

/* The word table-list of E's appearance becomes field-list, and a note inside
 * says what its label said. */
static void begin_table(xlsform *x, block *b, element *e)
{
    static const char word[] = "table-list";
    const char *at = strstr(e->appearance, word);
    const char *rest = at ? at + sizeof word - 1 : NULL;
    element *note;
    if (!at || (at > e->appearance && at[-1] != ' ') || (*rest && *rest != ' '))
        return;
    b->table = "";
    e->appearance =
        at > e->appearance
            ? xlsform_format(x, "field-list %.*s%s",
                             (int)(at - e->appearance - 1), e->appearance, rest)
            : xlsform_format(x, "field-list%s", rest);
    if (!e->label.count && !e->hint.count)
        return;
    note = add_made(
        x, e, "note",
        xlsform_format(x, "generated_table_list_label_%zu", e->row->number));
    if (!note)
        return;
    note->label = e->label;
    note->hint = e->hint;
    e->label = e->hint = (translations){0};
}

/* A select of a table-list; the first brings the heading. */
void join_table(xlsform *x, block *b, element *e)
{
    size_t row = e->row->number;
    if (!*b->table)
        b->table = e->list;
    if (strcmp(b->table, e->list) != 0)
        xlsform_error(x, &x->survey, row, "type",
                      _("the questions of a table-list have one list: this has "
                        "%s, the first %s"),
                      e->list, b->table);
    e->appearance = "list-nolabel";
}

void add_table_heading(xlsform *x, block *b, const element *probe,
                       const char *filter)
{
    size_t row = probe->row->number;
    element *e;
    if (*filter)
        xlsform_error(x, &x->survey, row, "choice_filter",
                      _("a table-list can't have a choice filter"));
    e = add_made(
        x, b->now, probe->type->name,
        xlsform_format(x, "reserved_name_for_field_list_labels_%zu", row));
    if (!e)
        return;
    e->list = probe->list;
    e->file = probe->file;
    e->appearance = "label";
    e->label = one_text(x, " ");
}

/* ---- begin and end ---- */

/* A count that is computed is a node of its own, before the repeat. */
static void add_count(xlsform *x, element *parent, const workbook_row *row,
                      const char *name)
{
    const char *count = sheet_cell(&x->survey, row, "repeat_count");
    element *e;
    if (!*count || is_one_reference(count))
        return;
    e = add_made(x, parent, "calculate", xlsform_format(x, "%s_count", name));
    if (!e)
        return;
    e->calculation = count;
    e->readonly = "true()";
}

static void begin_block(xlsform *x, block *b, const workbook_row *row,
                        element_kind kind, const char *over)
{
    const char *name = sheet_cell(&x->survey, row, "name");
    element *e;
    check_row_name(x, name, row->number);
    if (b->depth + 1 >= sizeof b->over / sizeof *b->over) {
        xlsform_error(x, &x->survey, row->number, "type",
                      _("groups stand more than 30 deep within each other"));
        return;
    }
    add_count(x, b->now, row, name);
    e = element_new(x, b->now, kind, name);
    if (!e)
        return;
    e->row = row;
    read_columns(x, e);
    if (*e->repeat_count && !is_one_reference(e->repeat_count))
        e->repeat_count = xlsform_format(x, "${%s_count}", name);
    b->now = e;
    b->over[++b->depth] = over;
    e->is_loop = over != NULL;
    if (*sheet_cell(&x->survey, row, "intent"))
        pair_add(x, &e->controls, "intent",
                 sheet_cell(&x->survey, row, "intent"));
    check_block(x, e);
    begin_table(x, b, e);
}

/* TEXT with WORD, "%(label)s", as VALUE. */
static const char *substitute(xlsform *x, const char *text, const char *word,
                              const char *value)
{
    const char *at;
    while ((at = strstr(text, word)))
        text = xlsform_format(x, "%.*s%s%s", (int)(at - text), text, value,
                              at + strlen(word));
    return text;
}

static const char *label_in(const choice *c, const char *language)
{
    for (size_t i = 0; language && i < c->label.count; i++)
        if (c->label.list[i].language &&
            strcmp(c->label.list[i].language, language) == 0)
            return c->label.list[i].text;
    return c->label.count ? c->label.list[0].text : c->name;
}

static translations texts_for(xlsform *x, const translations *t,
                              const choice *c)
{
    translation *list = arena_alloc(x->memory, (t->count + 1) * sizeof *list);
    if (!list) {
        x->failed = 1;
        return *t;
    }
    for (size_t i = 0; i < t->count; i++) {
        const char *language = t->list[i].language;
        const char *text =
            substitute(x, t->list[i].text, "%(label)s", label_in(c, language));
        list[i] =
            (translation){language, substitute(x, text, "%(name)s", c->name)};
    }
    return (translations){list, t->count};
}

/* A copy of what a loop holds, for one choice (NULL: deeper inside). */
static void copy_into(xlsform *x, element *to, const element *from,
                      const choice *of)
{
    for (const element *c = from->first; c; c = c->next) {
        element *e = element_new(x, to, c->kind, c->name), *next;
        if (!e)
            return;
        next = e->next;
        *e = *c;
        e->parent = to;
        e->next = next;
        e->path = NULL;
        e->first = e->last = NULL;
        if (of) {
            e->label = texts_for(x, &c->label, of);
            e->hint = texts_for(x, &c->hint, of);
            e->guidance = texts_for(x, &c->guidance, of);
        }
        copy_into(x, e, c, NULL);
    }
}

/* The loop's children once for each choice of its list. */
static void unroll(xlsform *x, element *loop, const char *list)
{
    choice_list *choices = choice_list_find(x, list);
    element inner = {.first = loop->first, .last = loop->last};
    if (!choices) {
        xlsform_error(x, &x->survey, loop->row->number, "type",
                      _("there is no choice list '%s'"), list);
        return;
    }
    choices->used = 1;
    loop->first = loop->last = NULL;
    for (size_t i = 0; i < choices->count; i++) {
        element *group =
            element_new(x, loop, ELEMENT_GROUP, choices->list[i].name);
        if (!group)
            return;
        group->label = choices->list[i].label;
        group->row = loop->row;
        copy_into(x, group, &inner, &choices->list[i]);
    }
}

static const char *block_name(element_kind kind, int is_loop)
{
    return is_loop ? "loop" : kind == ELEMENT_REPEAT ? "repeat" : "group";
}

static void end_block(xlsform *x, block *b, const workbook_row *row,
                      element_kind kind, int is_loop)
{
    if (b->now == &x->root) {
        xlsform_error(x, &x->survey, row->number, "type",
                      _("this end has no begin"));
        return;
    }
    if (b->now->kind != kind || b->now->is_loop != is_loop)
        xlsform_error(x, &x->survey, row->number, "type",
                      _("this ends a %s, but the %s '%s' of row %zu is open"),
                      block_name(kind, is_loop),
                      block_name(b->now->kind, b->now->is_loop), b->now->name,
                      b->now->row->number);
    b->table = NULL;
    if (b->over[b->depth])
        unroll(x, b->now, b->over[b->depth]);
    b->depth--;
    b->now = b->now->parent;
}

int read_block(xlsform *x, block *b, const workbook_row *row, const char *type)
{
    const char *rest = "";
    if (words_begin(type, BEGIN_GROUP, &rest))
        begin_block(x, b, row, ELEMENT_GROUP, NULL);
    else if (words_begin(type, BEGIN_REPEAT, &rest))
        begin_block(x, b, row, ELEMENT_REPEAT, NULL);
    else if (words_begin(type, BEGIN_LOOP, &rest))
        begin_block(
            x, b, row, ELEMENT_GROUP,
            xlsform_format(x, "%s",
                           strncmp(rest, "over ", 5) == 0 ? rest + 5 : rest));
    else if (words_begin(type, END_GROUP, &rest))
        end_block(x, b, row, ELEMENT_GROUP, 0);
    else if (words_begin(type, END_LOOP, &rest))
        end_block(x, b, row, ELEMENT_GROUP, 1);
    else if (words_begin(type, END_REPEAT, &rest))
        end_block(x, b, row, ELEMENT_REPEAT, 0);
    else
        return 0;
    return 1;
}
