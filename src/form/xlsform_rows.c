/* SPDX-License-Identifier: MIT */
/* Rows of the survey sheet -> a tree of elements; rows of choices -> lists. */
#include "form/xlsform_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- the type column ---- */

int words_begin(const char *text, const char *const *names, const char **rest)
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
                                         "select1 from",
                                         "select1",
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

const char *words_at(const char *const *const *lists, size_t count, size_t at)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; lists[i][k]; k++)
            if (at-- == 0)
                return lists[i][k];
    return NULL;
}

const char *select_name(size_t at)
{
    static const char *const *const all[] = {
        SELECT_ONE,     SELECT_MANY, ONE_EXTERNAL, ONE_FROM_FILE,
        MANY_FROM_FILE, RANK,        OSM};
    return words_at(all, sizeof all / sizeof *all, at);
}
/* A list is a file by its ending, whatever the type is called. */
static int is_list_file(const char *list)
{
    const char *dot = strrchr(list, '.');
    return dot && dot > list &&
           (text_equal_nocase(dot, ".csv") || text_equal_nocase(dot, ".xml") ||
            text_equal_nocase(dot, ".geojson"));
}

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
    if (from_file || is_list_file(list))
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

static int is_within(uint32_t point, const uint32_t (*ranges)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (point >= ranges[i][0] && point <= ranges[i][1])
            return 1;
    return 0;
}

/* Namespaces in XML 1.0, NCName: what may begin a name, what may follow. */
static int is_name_point(uint32_t point, int first)
{
    static const uint32_t begin[][2] = {
        {'A', 'Z'},       {'_', '_'},       {'a', 'z'},        {0xc0, 0xd6},
        {0xd8, 0xf6},     {0xf8, 0x2ff},    {0x370, 0x37d},    {0x37f, 0x1fff},
        {0x200c, 0x200d}, {0x2070, 0x218f}, {0x2c00, 0x2fef},  {0x3001, 0xd7ff},
        {0xf900, 0xfdcf}, {0xfdf0, 0xfffd}, {0x10000, 0xeffff}};
    static const uint32_t follow[][2] = {
        {'-', '.'}, {'0', '9'}, {0xb7, 0xb7}, {0x300, 0x36f}, {0x203f, 0x2040}};
    return is_within(point, begin, sizeof begin / sizeof *begin) ||
           (!first && is_within(point, follow, sizeof follow / sizeof *follow));
}

int is_xml_name(const char *name)
{
    int colons = 0, first = 1;
    uint32_t point;
    for (const char *at = name; *at;
         at += text_decode(&point, at, strlen(at))) {
        if (*at == ':' && !first && !colons && at[1]) {
            colons = first = 1;
            continue;
        }
        text_decode(&point, at, strlen(at));
        if (!is_name_point(point, first))
            return 0;
        first = 0;
    }
    return *name != '\0';
}

void check_row_name(xlsform *x, const char *name, size_t row)
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
    if (e->kind == ELEMENT_QUESTION) /* a group has nowhere to show it */
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

void read_columns(xlsform *x, element *e)
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
    check_row_name(x, e->name, row->number);
    for (const element *up = b->now; up; up = up->parent)
        if (up->kind == ELEMENT_REPEAT) {
            xlsform_error(x, &x->survey, row->number, "type",
                          _("an attached list belongs outside of repeats: "
                            "there is one of it in the form"));
            break;
        }
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
    check_row_name(x, name, row->number);
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
    if (e->or_other && (*e->file || strncmp(e->list, "${", 2) == 0))
        xlsform_error(x, &x->survey, row, "type",
                      _("or_other needs a list of the sheet choices: '%s' is "
                        "none"),
                      e->list);
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

static const char *const ROW_SETTINGS[][2] = {
    {"set form title", "form_title"},
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
#define ROW_SETTING_COUNT (sizeof ROW_SETTINGS / sizeof *ROW_SETTINGS)

const char *row_setting(size_t at)
{
    return at < ROW_SETTING_COUNT ? ROW_SETTINGS[at][0] : NULL;
}

/* A setting that stands in the survey: "set form title". */
static int read_setting(xlsform *x, const workbook_row *row, const char *type)
{
    for (size_t i = 0; i < ROW_SETTING_COUNT; i++)
        if (strcmp(ROW_SETTINGS[i][0], type) == 0) {
            pair_add(x, &x->row_settings, ROW_SETTINGS[i][1],
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
