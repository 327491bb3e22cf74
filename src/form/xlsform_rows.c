/* SPDX-License-Identifier: MIT */
/* Rows of the survey sheet -> a tree of elements; rows of choices -> lists. */
#include "form/xlsform_internal.h"
#include <stdlib.h>
#include <string.h>

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
static const char *const BEGIN_GROUP[] = {"begin group", NULL};
static const char *const BEGIN_REPEAT[] = {"begin repeat", "begin lgroup",
                                           "begin looped group", NULL};
static const char *const BEGIN_LOOP[] = {"begin loop over", "begin loop", NULL};
static const char *const END_GROUP[] = {"end group", NULL};
static const char *const END_REPEAT[] = {"end repeat", "end lgroup",
                                         "end looped group", NULL};
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

int is_xml_name(const char *name)
{
    int colons = 0, first = 1;
    for (const char *at = name; *at; at++) {
        if (*at == ':' && !first && !colons && at[1]) {
            colons = first = 1;
            continue;
        }
        if (!is_name_char((unsigned char)*at, first))
            return 0;
        first = 0;
    }
    return *name != '\0';
}

static void check_name(xlsform *x, const char *name, size_t row)
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
}

const char *yes_no(const char *text)
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

/* Columns that are attributes of the control under their own names. */
static void read_control_columns(xlsform *x, element *e)
{
    static const char *const names[] = {"autoplay", "rows"};
    for (int i = 0; i < 2; i++) {
        const char *cell = sheet_cell(&x->survey, e->row, names[i]);
        if (*cell)
            pair_add(x, &e->controls, names[i], cell);
    }
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
    read_control_columns(x, e);
}

/* ---- blocks ---- */

typedef struct block {
    element *now;         /* the innermost that is open */
    const char *over[32]; /* of a loop at that depth: its list; else NULL */
    size_t depth;
    const char *table; /* list of the table-list that is open, "" not known
                          yet; NULL: none is */
} block;

static void check_block(xlsform *x, element *e)
{
    size_t row = e->row->number;
    static const char *const kinds[] = {"", "group", "repeat"};
    if (strcmp(e->required, "false()") == 0)
        e->required = "";
    if (*e->required)
        xlsform_error(x, &x->survey, row, "required",
                      _("a %s can't be required: put it at a question inside"),
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

static element *add_made(xlsform *x, element *parent, const char *type,
                         const char *name)
{
    element *e = element_new(x, parent, ELEMENT_QUESTION, name);
    if (e)
        e->type = question_type_find(type);
    return e;
}

static translations one_text(xlsform *x, const char *text)
{
    translation *t = arena_alloc(x->memory, sizeof *t);
    if (!t) {
        x->failed = 1;
        return (translations){0};
    }
    *t = (translation){NULL, text};
    return (translations){t, 1};
}

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
static void join_table(xlsform *x, block *b, element *e)
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

static void add_table_heading(xlsform *x, block *b, const element *probe,
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
    check_name(x, name, row->number);
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
    element *e = add_made(x, select->parent, "text",
                          xlsform_format(x, "%s_other", select->name));
    if (!e)
        return;
    e->label = one_text(x, "Specify other.");
    e->relevant = xlsform_format(x, "selected(../%s, 'other')", select->name);
}

/* Guidance alone is not enough: it may not be shown. */
static int has_label(const element *e)
{
    size_t found = e->label.count + e->hint.count;
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
    check_name(x, e->name, row->number);
    for (const element *up = b->now; up; up = up->parent)
        if (up->kind == ELEMENT_REPEAT)
            xlsform_warning(x, &x->survey, row->number, "type",
                            _("an attached list belongs outside of repeats: "
                              "there is one of it in the form"));
    e->file =
        xlsform_format(x,
                       strncmp(type, "csv", 3) == 0 ? "jr://file-csv/%s.csv"
                                                    : "jr://file/%s.xml",
                       e->name);
}

/* The name of a question; notes and the audit have one of their own. */
static const char *question_name(xlsform *x, const workbook_row *row,
                                 const question_type *t)
{
    const char *name = sheet_cell(&x->survey, row, "name");
    if (strcmp(t->name, "audit") == 0) {
        if (*name && strcmp(name, "audit") != 0)
            xlsform_error(x, &x->survey, row->number, "name",
                          _("the audit is always called audit: leave its name "
                            "empty"));
        return "audit";
    }
    if (!*name && strcmp(t->name, "note") == 0)
        return xlsform_format(x, "generated_note_name_%zu", row->number);
    check_name(x, name, row->number);
    return name;
}

static void check_question(xlsform *x, element *e)
{
    size_t row = e->row->number;
    if (!e->label.count && strcmp(e->appearance, "label") == 0)
        e->label = one_text(x, " "); /* it shows its choices only */
    if (!e->hint.count && e->type->hint)
        e->hint = one_text(x, e->type->hint);
    if (e->type->control && !has_label(e) && (*e->calculation || *e->trigger))
        e->is_silent = 1; /* computed, and nobody is asked */
    else if (e->type->control && !has_label(e))
        xlsform_error(x, &x->survey, row, "label",
                      _("the question '%s' has no label and no hint"), e->name);
    if (e->or_other && *e->choice_filter)
        xlsform_error(x, &x->survey, row, "choice_filter",
                      _("or_other and a choice filter don't go together"));
    if (strcmp(e->type->name, "calculate") == 0 && !*e->calculation &&
        !is_dynamic_default(e, e->default_value))
        xlsform_error(x, &x->survey, row, "calculation",
                      _("'%s' has no calculation"), e->name);
    if (e->media[MEDIA_BIG_IMAGE].count && !e->media[MEDIA_IMAGE].count)
        xlsform_error(x, &x->survey, row, "big-image",
                      _("a big-image needs an image beside it"));
    if (strcmp(e->type->name, "subscriberid") == 0 ||
        strcmp(e->type->name, "simserial") == 0)
        xlsform_warning(x, &x->survey, row, "type",
                        _("devices do not tell their %s any more"),
                        e->type->name);
}

static void read_question(xlsform *x, block *b, const workbook_row *row,
                          const char *type)
{
    element probe = {.row = row, .list = "", .file = ""}, *e;
    const char *name;
    if (!read_type(x, &probe, type)) {
        unknown_type(x, row, type);
        return;
    }
    name = question_name(x, row, probe.type);
    if (b->table && !*b->table && *probe.list)
        add_table_heading(x, b, &probe,
                          sheet_cell(&x->survey, row, "choice_filter"));
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
    if (b->table && *e->list)
        join_table(x, b, e);
    check_question(x, e);
    if (e->or_other)
        add_other(x, e);
}

/* A setting that stands in the survey: "set form title". */
static int read_setting(xlsform *x, const workbook_row *row, const char *type)
{
    static const char *const names[][2] = {{"set form title", "form_title"},
                                           {"form_title", "form_title"},
                                           {"set form id", "form_id"},
                                           {"form_id", "form_id"},
                                           {"public_key", "public_key"},
                                           {"submission_url", "submission_url"},
                                           {"auto_send", "auto_send"},
                                           {"auto_delete", "auto_delete"},
                                           {"prefix", "prefix"},
                                           {"delimiter", "delimiter"},
                                           {"sms_keyword", "sms_keyword"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], type) == 0) {
            pair_add(x, &x->row_settings, names[i][1],
                     sheet_cell(&x->survey, row, "name"));
            return 1;
        }
    return 0;
}

/* 1 if the row is left out: the old column disabled. */
static int is_disabled(xlsform *x, const workbook_row *row)
{
    const char *cell = sheet_cell(&x->survey, row, "disabled");
    if (*cell)
        xlsform_warning(x, &x->survey, row->number, "disabled",
                        _("the column disabled is no part of XLSForm any more: "
                          "use relevant"));
    return strcmp(yes_no(cell), "true()") == 0;
}

static void read_untyped(xlsform *x, const workbook_row *row)
{
    const char *name = sheet_cell(&x->survey, row, "name");
    if (*name || sheet_texts(x, &x->survey, row, "label").count)
        xlsform_error(x, &x->survey, row->number, "type",
                      _("the question '%s' has no type"), name);
    else
        xlsform_warning(x, &x->survey, row->number, "type",
                        _("the row has no type and is left out"));
}

static void read_row(xlsform *x, block *b, const workbook_row *row)
{
    const char *type = sheet_cell(&x->survey, row, "type");
    if (is_disabled(x, row))
        return;
    if (!*type)
        read_untyped(x, row);
    else if (read_setting(x, row, type) || read_block(x, b, row, type))
        return;
    else if (strcmp(type, "csv-external") == 0 ||
             strcmp(type, "xml-external") == 0)
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
