/* SPDX-License-Identifier: MIT */
/* Rows of the survey sheet -> a tree of elements; rows of choices -> lists. */
#include "form/xlsform_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- elements ---- */

element *element_new(xlsform *x, element *parent, element_kind kind,
                     const char *name)
{
    element *e = arena_alloc(x->memory, sizeof *e);
    if (!e) {
        x->failed = 1;
        return NULL;
    }
    e->kind = kind;
    e->name = name;
    e->parent = parent;
    e->relevant = e->required = e->readonly = e->constraint = e->calculation =
        e->default_value = e->trigger = e->choice_filter = e->appearance =
            e->repeat_count = e->save_to = e->list = e->file = "";
    *(parent->last ? &parent->last->next : &parent->first) = e;
    parent->last = e;
    return e;
}

element *element_after(const element *e, const element *top)
{
    if (e->first)
        return e->first;
    while (e != top && !e->next)
        e = e->parent;
    return e == top ? NULL : e->next;
}

const char *element_path(xlsform *x, const element *e)
{
    element *own = (element *)(uintptr_t)e;
    if (!e->path)
        own->path = xlsform_format(
            x, "%s/%s", e->parent ? element_path(x, e->parent) : "", e->name);
    return e->path;
}

element *element_named(xlsform *x, const char *name, size_t *count)
{
    element *found = NULL;
    *count = 0;
    for (element *e = x->root.first; e; e = element_after(e, &x->root))
        if (e->kind != ELEMENT_EXTERNAL && strcmp(e->name, name) == 0) {
            found = found ? found : e;
            ++*count;
        }
    return found;
}

/* ---- the type column ---- */

static int words_begin(const char *text, const char *const *names,
                       const char **rest)
{
    for (; *names; names++) {
        const char *at = text, *n = *names;
        while (*n && (*at == *n || (*n == ' ' && *at == '_') ||
                      (*at >= 'A' && *at <= 'Z' && *at + 32 == *n)))
            at++, n++;
        if (!*n && (*at == ' ' || *at == '\0' || *at == '\t')) {
            *rest = at + strspn(at, " \t");
            return 1;
        }
    }
    return 0;
}

static const char *const SELECT_ONE[] = {"select one from",
                                         "select one",
                                         "select1",
                                         "select1 from",
                                         "add select one prompt using",
                                         NULL};
static const char *const SELECT_MANY[] = {"select multiple from",
                                          "select multiple",
                                          "select all that apply from",
                                          "select all that apply",
                                          "add select multiple prompt using",
                                          NULL};
static const char *const ONE_EXTERNAL[] = {"select one external", NULL};
static const char *const ONE_FROM_FILE[] = {"select one from file", NULL};
static const char *const MANY_FROM_FILE[] = {"select multiple from file", NULL};
static const char *const RANK[] = {"rank", NULL};
static const char *const OSM[] = {"osm", NULL};
static const char *const BEGIN_GROUP[] = {"begin group", "begin lgroup group",
                                          NULL};
static const char *const BEGIN_REPEAT[] = {"begin repeat", "begin lgroup",
                                           NULL};
static const char *const BEGIN_LOOP[] = {"begin loop over", "begin loop", NULL};
static const char *const END_GROUP[] = {"end group", NULL};
static const char *const END_REPEAT[] = {"end repeat", "end lgroup", NULL};
static const char *const END_LOOP[] = {"end loop", NULL};

/* "LIST or_other", "${repeat question}", "file.csv". */
static void read_select(xlsform *x, element *e, const char *type,
                        const char *rest, int from_file)
{
    char *list = xlsform_format(x, "%s", rest);
    size_t length = strlen(list);
    static const char *const others[] = {" or_other", " or specify other",
                                         " or other"};
    e->type = question_type_find(type);
    for (size_t i = 0; i < 3; i++) {
        size_t size = strlen(others[i]);
        if (length > size && strcmp(list + length - size, others[i]) == 0) {
            e->or_other = 1;
            length -= size;
            list[length] = '\0';
        }
    }
    if (from_file)
        e->file = list;
    e->list = list;
    if (!*list)
        xlsform_error(x, &x->survey, e->row->number, "type",
                      _("%s needs the name of its choice list"), type);
}

static int read_type(xlsform *x, element *e, const char *type)
{
    const char *rest = "";
    if (words_begin(type, ONE_EXTERNAL, &rest)) {
        e->type = question_type_find("text");
        e->query = rest;
    } else if (words_begin(type, ONE_FROM_FILE, &rest))
        read_select(x, e, "select one", rest, 1);
    else if (words_begin(type, MANY_FROM_FILE, &rest))
        read_select(x, e, "select multiple", rest, 1);
    else if (words_begin(type, SELECT_ONE, &rest))
        read_select(x, e, "select one", rest, 0);
    else if (words_begin(type, SELECT_MANY, &rest))
        read_select(x, e, "select multiple", rest, 0);
    else if (words_begin(type, RANK, &rest))
        read_select(x, e, "rank", rest, 0);
    else if (words_begin(type, OSM, &rest)) {
        e->type = question_type_find("osm");
        e->tags = rest;
    } else
        e->type = question_type_find(type);
    return e->type != NULL;
}

/* ---- one row ---- */

static int is_name_char(unsigned char c, int first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c >= 0x80 ||
           (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

static int is_xml_name(const char *name)
{
    if (!*name)
        return 0;
    for (size_t i = 0; name[i]; i++)
        if (!is_name_char((unsigned char)name[i], i == 0))
            return 0;
    return 1;
}

static void check_name(xlsform *x, const element *parent, const char *name,
                       size_t row)
{
    if (!*name)
        xlsform_error(x, &x->survey, row, "name",
                      _("the question or group has no name"));
    else if (!is_xml_name(name))
        xlsform_error(x, &x->survey, row, "name",
                      _("'%s' can't be a name: begin with a letter or _, go on "
                        "with letters, digits, - _ and ."),
                      name);
    else if (strcmp(name, "meta") == 0)
        xlsform_error(x, &x->survey, row, "name",
                      _("the name meta is kept for the form's own data"));
    else
        for (const element *e = parent->first; e; e = e->next)
            if (strcmp(e->name, name) == 0 && e->row && e->row->number != row) {
                xlsform_error(x, &x->survey, row, "name",
                              _("'%s' is used already in row %zu: names are "
                                "used once within a group"),
                              name, e->row->number);
                break;
            }
}

/* "key=value key2=value2", commas and semicolons too. */
static void read_parameters(xlsform *x, element *e, const char *text)
{
    while (*(text += strspn(text, " ,;\t\n"))) {
        size_t key = strcspn(text, "= ,;\t\n"), gap, value;
        const char *at = text + key;
        char *name, *end;
        at += strspn(at, " ");
        if (*at != '=') {
            xlsform_error(x, &x->survey, e->row->number, "parameters",
                          _("expected key=value, with a blank between two"));
            return;
        }
        at++;
        gap = strspn(at, " ");
        at += gap;
        value = *at == '"' && strchr(at + 1, '"')
                    ? (size_t)(strchr(at + 1, '"') - at) + 1
                    : strcspn(at, " ,;\t\n");
        name = xlsform_format(x, "%.*s", (int)key, text);
        text_lower_ascii(name);
        end = xlsform_format(x, "%.*s", (int)value, at);
        pair_add(x, &e->parameters, name, end);
        text = at + value;
    }
}

static const char *yes_no(const char *text)
{
    static const char *const yes[] = {"yes", "true", "true()"};
    static const char *const no[] = {"no", "false", "false()"};
    for (size_t i = 0; i < 3; i++) {
        if (text_equal_nocase(text, yes[i]))
            return "true()";
        if (text_equal_nocase(text, no[i]))
            return "false()";
    }
    return text;
}

static void read_attributes(xlsform *x, element *e)
{
    static const struct {
        const char *prefix;
        size_t place;
    } kinds[] = {{"bind::", offsetof(element, binds)},
                 {"body::", offsetof(element, controls)},
                 {"control::", offsetof(element, controls)},
                 {"instance::", offsetof(element, attributes)}};
    const sheet *s = &x->survey;
    for (size_t i = 0; i < s->column_count; i++)
        for (size_t k = 0; k < 4; k++) {
            size_t length = strlen(kinds[k].prefix);
            const char *cell = e->row->cells[s->columns[i].index];
            if (*cell &&
                strncmp(s->columns[i].base, kinds[k].prefix, length) == 0)
                pair_add(x, (pair **)(void *)((char *)e + kinds[k].place),
                         s->columns[i].base + length, cell);
        }
}

static void read_texts(xlsform *x, element *e)
{
    static const char *const media[MEDIA_COUNT] = {"image", "big-image",
                                                   "audio", "video"};
    e->label = sheet_texts(x, &x->survey, e->row, "label");
    e->hint = sheet_texts(x, &x->survey, e->row, "hint");
    e->guidance = sheet_texts(x, &x->survey, e->row, "guidance_hint");
    e->constraint_message =
        sheet_texts(x, &x->survey, e->row, "constraint_message");
    e->required_message =
        sheet_texts(x, &x->survey, e->row, "required_message");
    e->no_app_message =
        sheet_texts(x, &x->survey, e->row, "no_app_error_string");
    for (int i = 0; i < MEDIA_COUNT; i++)
        e->media[i] = sheet_texts(x, &x->survey, e->row, media[i]);
}

static void read_columns(xlsform *x, element *e)
{
    const sheet *s = &x->survey;
    const workbook_row *row = e->row;
    read_texts(x, e);
    e->relevant = yes_no(sheet_cell(s, row, "relevant"));
    e->required = yes_no(sheet_cell(s, row, "required"));
    e->readonly = yes_no(sheet_cell(s, row, "readonly"));
    e->constraint = yes_no(sheet_cell(s, row, "constraint"));
    e->calculation = yes_no(sheet_cell(s, row, "calculation"));
    e->default_value = sheet_cell(s, row, "default");
    e->trigger = sheet_cell(s, row, "trigger");
    e->choice_filter = sheet_cell(s, row, "choice_filter");
    e->appearance = sheet_cell(s, row, "appearance");
    e->repeat_count = sheet_cell(s, row, "repeat_count");
    e->save_to = sheet_cell(s, row, "save_to");
    read_parameters(x, e, sheet_cell(s, row, "parameters"));
    read_attributes(x, e);
}

/* ---- blocks ---- */

typedef struct block {
    element *now;         /* the innermost that is open */
    const char *over[32]; /* of a loop at that depth: its list; else NULL */
    size_t depth;
} block;

static void begin_block(xlsform *x, block *b, const workbook_row *row,
                        element_kind kind, const char *over)
{
    const char *name = sheet_cell(&x->survey, row, "name");
    element *e;
    check_name(x, b->now, name, row->number);
    if (b->depth + 1 >= sizeof b->over / sizeof *b->over) {
        xlsform_error(x, &x->survey, row->number, "type",
                      _("groups stand more than 30 deep within each other"));
        return;
    }
    e = element_new(x, b->now, kind, name);
    if (!e)
        return;
    e->row = row;
    read_columns(x, e);
    b->now = e;
    b->over[++b->depth] = over;
    if (kind == ELEMENT_REPEAT && !e->label.count)
        xlsform_warning(x, &x->survey, row->number, "label",
                        _("the repeat '%s' has no label"), name);
}

/* A copy of what a loop holds, for one choice. */
static void copy_into(xlsform *x, element *to, const element *from,
                      const char *label)
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
        e->loop_label = label;
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
        copy_into(x, group, &inner, plain_text(x, &choices->list[i].label));
    }
}

static void end_block(xlsform *x, block *b, const workbook_row *row,
                      element_kind kind)
{
    static const char *const names[] = {"", "group", "repeat"};
    if (b->now == &x->root) {
        xlsform_error(x, &x->survey, row->number, "type",
                      _("this end has no begin"));
        return;
    }
    if (b->now->kind != kind)
        xlsform_error(x, &x->survey, row->number, "type",
                      _("this ends a %s, but the %s '%s' of row %zu is open"),
                      names[kind], names[b->now->kind], b->now->name,
                      b->now->row->number);
    if (b->over[b->depth])
        unroll(x, b->now, b->over[b->depth]);
    b->depth--;
    b->now = b->now->parent;
}

static int read_block(xlsform *x, block *b, const workbook_row *row,
                      const char *type)
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
    else if (words_begin(type, END_GROUP, &rest) ||
             words_begin(type, END_LOOP, &rest))
        end_block(x, b, row, ELEMENT_GROUP);
    else if (words_begin(type, END_REPEAT, &rest))
        end_block(x, b, row, ELEMENT_REPEAT);
    else
        return 0;
    return 1;
}

/* ---- questions ---- */

static void unknown_type(xlsform *x, const workbook_row *row, const char *type)
{
    const char *near = question_type_nearest(type);
    if (near)
        xlsform_error(x, &x->survey, row->number, "type",
                      _("there is no question type '%s'; did you mean %s?"),
                      type, near);
    else
        xlsform_error(x, &x->survey, row->number, "type",
                      _("there is no question type '%s'"), type);
}

static void add_other(xlsform *x, element *select)
{
    element *e = element_new(x, select->parent, ELEMENT_QUESTION,
                             xlsform_format(x, "%s_other", select->name));
    translation *t = arena_alloc(x->memory, sizeof *t);
    if (!e || !t) {
        x->failed = 1;
        return;
    }
    *t = (translation){NULL, "Specify other."};
    e->type = question_type_find("text");
    e->label = (translations){t, 1};
    e->relevant = xlsform_format(x, "selected(../%s, 'other')", select->name);
}

static int has_label(const element *e)
{
    size_t found = e->label.count + e->hint.count + e->guidance.count;
    for (int i = 0; i < MEDIA_COUNT; i++)
        found += e->media[i].count;
    return found > 0;
}

static void read_external(xlsform *x, block *b, const workbook_row *row,
                          const char *type)
{
    element *e = element_new(x, b->now, ELEMENT_EXTERNAL,
                             sheet_cell(&x->survey, row, "name"));
    if (!e)
        return;
    e->row = row;
    e->file =
        xlsform_format(x,
                       strncmp(type, "csv", 3) == 0 ? "jr://file-csv/%s.csv"
                                                    : "jr://file/%s.xml",
                       e->name);
}

static void read_question(xlsform *x, block *b, const workbook_row *row,
                          const char *type)
{
    const char *name = sheet_cell(&x->survey, row, "name");
    element probe = {.row = row, .list = "", .file = ""}, *e;
    if (!read_type(x, &probe, type)) {
        unknown_type(x, row, type);
        return;
    }
    if (strcmp(probe.type->name, "audit") == 0)
        name = *name ? name : "audit";
    check_name(x, b->now, name, row->number);
    e = element_new(x, b->now, ELEMENT_QUESTION, name);
    if (!e)
        return;
    e->row = row;
    e->type = probe.type;
    e->list = probe.list;
    e->file = probe.file;
    e->or_other = probe.or_other;
    e->tags = probe.tags ? probe.tags : "";
    e->query = probe.query;
    read_columns(x, e);
    if (e->type->control && !has_label(e) && *e->calculation && !*e->trigger)
        e->is_silent = 1; /* computed, and nobody is asked */
    else if (e->type->control && !has_label(e))
        xlsform_error(x, &x->survey, row->number, "label",
                      _("the question '%s' has no label and no hint"), name);
    if (e->or_other && *e->choice_filter)
        xlsform_error(x, &x->survey, row->number, "choice_filter",
                      _("or_other and a choice filter don't go together"));
    if (e->or_other)
        add_other(x, e);
}

static void read_row(xlsform *x, block *b, const workbook_row *row)
{
    const char *type = sheet_cell(&x->survey, row, "type");
    const char *name = sheet_cell(&x->survey, row, "name");
    if (!*type) {
        if (*name)
            xlsform_error(x, &x->survey, row->number, "type",
                          _("the question '%s' has no type"), name);
        return;
    }
    if (read_block(x, b, row, type))
        return;
    if (strcmp(type, "csv-external") == 0 || strcmp(type, "xml-external") == 0)
        read_external(x, b, row, type);
    else
        read_question(x, b, row, type);
}

int xlsform_read_rows(xlsform *x)
{
    block b = {.now = &x->root};
    const workbook_sheet *t = x->survey.table;
    for (size_t i = 0; i < t->row_count; i++)
        read_row(x, &b, &t->rows[i]);
    if (b.now != &x->root && b.now->row)
        xlsform_error(x, &x->survey, b.now->row->number, "type",
                      _("'%s' begins here and never ends"), b.now->name);
    return x->failed ? TAWAM_EMEMORY : TAWAM_OK;
}

/* ---- choices ---- */

choice_list *choice_list_find(xlsform *x, const char *name)
{
    choice_list *l = x->lists;
    while (l && strcmp(l->name, name) != 0)
        l = l->next;
    return l;
}

static choice_list *get_list(xlsform *x, choice_list **end, const char *name)
{
    while (*end && strcmp((*end)->name, name) != 0)
        end = &(*end)->next;
    if (!*end) {
        *end = arena_alloc(x->memory, sizeof **end);
        if (*end)
            (*end)->name = name;
        else
            x->failed = 1;
    }
    return *end;
}

static void add_choice(xlsform *x, choice_list *l, const choice *c)
{
    if ((l->count & (l->count - 1)) == 0) { /* room doubles */
        choice *larger = arena_alloc(x->memory, (l->count ? 2 * l->count : 1) *
                                                    sizeof *larger);
        if (!larger) {
            x->failed = 1;
            return;
        }
        if (l->count)
            memcpy(larger, l->list, l->count * sizeof *larger);
        l->list = larger;
    }
    l->list[l->count++] = *c;
}

static void read_choice(xlsform *x, const sheet *s, choice_list **lists,
                        const workbook_row *row, int doubles)
{
    static const char *const media[MEDIA_COUNT] = {"image", "big-image",
                                                   "audio", "video"};
    const char *list = sheet_cell(s, row, "list_name");
    choice c = {.name = sheet_cell(s, row, "name"), .row = row};
    choice_list *l;
    if (!*list)
        return; /* a remark beside the lists */
    l = get_list(x, lists, list);
    if (!*c.name) {
        xlsform_error(x, s, row->number, "name", _("the choice has no name"));
        return;
    }
    for (size_t i = 0; l && !doubles && i < l->count; i++)
        if (strcmp(l->list[i].name, c.name) == 0) {
            xlsform_error(x, s, row->number, "name",
                          _("the list '%s' has the choice '%s' already in row "
                            "%zu"),
                          list, c.name, l->list[i].row->number);
            break;
        }
    c.label = sheet_texts(x, s, row, "label");
    for (int i = 0; i < MEDIA_COUNT; i++)
        c.media[i] = sheet_texts(x, s, row, media[i]);
    if (!c.label.count)
        xlsform_warning(x, s, row->number, "label",
                        _("the choice '%s' has no label"), c.name);
    if (l)
        add_choice(x, l, &c);
}

int xlsform_read_choices(xlsform *x)
{
    const workbook_sheet *t = x->choices.table;
    int doubles =
        x->settings.table && x->settings.table->row_count &&
        text_equal_nocase(
            yes_no(sheet_cell(&x->settings, &x->settings.table->rows[0],
                              "allow_choice_duplicates")),
            "true()");
    for (size_t i = 0; t && i < t->row_count; i++)
        read_choice(x, &x->choices, &x->lists, &t->rows[i], doubles);
    t = x->osm.table;
    for (size_t i = 0; t && i < t->row_count; i++)
        read_choice(x, &x->osm, &x->tags, &t->rows[i], 0);
    return x->failed ? TAWAM_EMEMORY : TAWAM_OK;
}
