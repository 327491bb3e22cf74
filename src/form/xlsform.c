/* SPDX-License-Identifier: MIT */
/* The whole of an XLSForm: settings, checks across rows, the XForm. */
#include "form/xlsform_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

static const char *setting(xlsform *x, const char *name)
{
    const workbook_row *row = x->settings.table && x->settings.table->row_count
                                  ? &x->settings.table->rows[0]
                                  : NULL;
    return sheet_cell(&x->settings, row, name);
}

static const char *first_of(const char *a, const char *b)
{
    return *a ? a : b;
}

static void read_settings(xlsform *x, const char *name)
{
    const char *id = setting(x, "form_id"), *old = setting(x, "id_string");
    x->id = first_of(first_of(id, old), name);
    x->title = first_of(setting(x, "form_title"), x->id);
    x->version = setting(x, "version");
    x->default_language = first_of(setting(x, "default_language"), "default");
    x->instance_name = setting(x, "instance_name");
    x->root.name = first_of(setting(x, "name"), "data");
    x->root.path = xlsform_format(x, "/%s", x->root.name);
    for (size_t i = 0; x->settings.table && i < x->settings.column_count; i++)
        if (strncmp(x->settings.columns[i].base, "attribute::", 11) == 0)
            pair_add(x, &x->root.attributes, x->settings.columns[i].base + 11,
                     setting(x, x->settings.columns[i].base));
    if (*id && *old)
        xlsform_warning(x, &x->settings, 0, "form_id",
                        _("form_id and id_string are both there: form_id "
                          "counts"));
}

/* ---- parameters ---- */

static const struct {
    const char *type;
    const char *keys; /* separated by blanks, one before and after each */
} PARAMETERS[] = {
    {"select one", " randomize seed value label "},
    {"select multiple", " randomize seed value label "},
    {"rank", " randomize seed value label "},
    {"geopoint", " allow-mock-accuracy capture-accuracy reference-geometry "
                 "warning-accuracy "},
    {"geotrace", " allow-mock-accuracy incremental reference-geometry "},
    {"geoshape", " allow-mock-accuracy incremental reference-geometry "},
    {"range", " start end step placeholder tick_interval tick_labelset "},
    {"image", " max-pixels app "},
    {"photo", " max-pixels app "},
    {"audio", " quality "},
    {"background-audio", " quality "},
    {"text", " rows "},
    {"string", " rows "},
    {"audit", " location-priority location-min-interval location-max-age "
              "track-changes track-changes-reasons identify-user "}};

static const char *allowed_keys(const question_type *t)
{
    for (size_t i = 0; i < sizeof PARAMETERS / sizeof *PARAMETERS; i++)
        if (strcmp(PARAMETERS[i].type, t->name) == 0)
            return PARAMETERS[i].keys;
    return NULL;
}

static int is_number(const char *text)
{
    double number;
    if (text_decimal(&number, text) == TAWAM_OK)
        return 1;
    error_clear();
    return 0;
}

static int is_one_reference(const char *text)
{
    const char *end = strncmp(text, "${", 2) == 0 ? strchr(text, '}') : NULL;
    return end && !end[1];
}

static void check_values(xlsform *x, const element *e)
{
    static const char *const flags[] = {"allow-mock-accuracy", "randomize",
                                        "incremental", "track-changes", NULL};
    static const char *const numbers[] = {"capture-accuracy",
                                          "warning-accuracy",
                                          "max-pixels",
                                          "start",
                                          "end",
                                          "step",
                                          "rows",
                                          NULL};
    size_t row = e->row->number;
    const pair *seed = pair_find(e->parameters, "seed");
    for (int i = 0; flags[i]; i++) {
        const pair *p = pair_find(e->parameters, flags[i]);
        if (p && !text_equal_nocase(p->value, "true") &&
            !text_equal_nocase(p->value, "false"))
            xlsform_error(x, &x->survey, row, "parameters",
                          _("%s is true or false, not '%s'"), flags[i],
                          p->value);
    }
    for (int i = 0; numbers[i]; i++) {
        const pair *p = pair_find(e->parameters, numbers[i]);
        if (p && !is_number(p->value))
            xlsform_error(x, &x->survey, row, "parameters",
                          _("%s is a number, not '%s'"), numbers[i], p->value);
    }
    if (seed && !pair_find(e->parameters, "randomize"))
        xlsform_error(x, &x->survey, row, "parameters",
                      _("a seed needs randomize=true"));
    if (seed && !is_number(seed->value) && !is_one_reference(seed->value))
        xlsform_error(x, &x->survey, row, "parameters",
                      _("the seed is a number or a question, ${name}"));
}

static void check_parameters(xlsform *x, const element *e)
{
    const char *keys = allowed_keys(e->type);
    for (const pair *p = e->parameters; keys && p; p = p->next) {
        char *word = xlsform_format(x, " %s ", p->key);
        if (!strstr(keys, word))
            xlsform_error(x, &x->survey, e->row->number, "parameters",
                          _("%s has no parameter '%s'; there are:%s"),
                          e->type->name, p->key, keys);
    }
    check_values(x, e);
}

/* ---- what rows say of each other ---- */

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

static void find_choices(xlsform *x, element *e)
{
    size_t row = e->row ? e->row->number : 0, count;
    if (strncmp(e->list, "${", 2) == 0 && strchr(e->list, '}')) {
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
        return;
    }
    if (*e->file)
        return;
    e->choices = choice_list_find(x, e->list);
    for (element *o = x->root.first; !e->choices && o;
         o = element_after(o, &x->root))
        if ((o->kind == ELEMENT_EXTERNAL && strcmp(o->name, e->list) == 0) ||
            (*o->file && o != e && is_stem(o->file, e->list)))
            return; /* an attached list */
    if (!e->choices) {
        xlsform_error(x, &x->survey, row, "type",
                      _("there is no choice list '%s' in the sheet choices"),
                      e->list);
        return;
    }
    e->choices->used = 1;
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
    find_choices(x, e);
}

static void find_trigger(xlsform *x, element *e)
{
    const char *at = e->trigger, *end;
    while ((at = strstr(at, "${")) && (end = strchr(at, '}'))) {
        size_t count;
        char *name = xlsform_format(x, "%.*s", (int)(end - at - 2), at + 2);
        element *by = element_named(x, name, &count);
        if (!by)
            xlsform_error(x, &x->survey, e->row->number, "trigger",
                          _("there is no question named '%s'"), name);
        else {
            element **last = &by->actions;
            while (*last)
                last = &(*last)->next_action;
            *last = e;
        }
        at = end;
    }
}

static int asks_by_search(const element *e)
{
    return strncmp(e->appearance, "search(", 7) == 0;
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

static void check_repeat_names(xlsform *x)
{
    for (const element *e = x->root.first; e; e = element_after(e, &x->root))
        for (const element *o = x->root.first; o && o != e;
             o = element_after(o, &x->root))
            if (e->kind == ELEMENT_REPEAT && o->kind == ELEMENT_REPEAT &&
                strcmp(e->name, o->name) == 0)
                xlsform_error(x, &x->survey, e->row ? e->row->number : 0,
                              "name",
                              _("two repeats are named '%s': a repeat's name "
                                "is used once in a form"),
                              e->name);
}

static void join_rows(xlsform *x)
{
    for (element *e = x->root.first; e; e = element_after(e, &x->root)) {
        if (e->kind != ELEMENT_QUESTION)
            continue;
        if (e->row)
            check_parameters(x, e);
        if (*e->list)
            find_choices(x, e);
        else
            find_reference_geometry(x, e);
        if (*e->trigger && e->row)
            find_trigger(x, e);
    }
    check_search(x);
    check_repeat_names(x);
}

/* ---- the whole ---- */

static void write_all(buffer *out, xlsform *x)
{
    const char *more = setting(x, "namespaces");
    buffer body = {0};
    write_body(&body, x); /* first: it may ask for a last saved record */
    buffer_text(out, "<?xml version=\"1.0\"?><h:html "
                     "xmlns=\"http://www.w3.org/2002/xforms\" "
                     "xmlns:h=\"http://www.w3.org/1999/xhtml\" "
                     "xmlns:ev=\"http://www.w3.org/2001/xml-events\" "
                     "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "
                     "xmlns:jr=\"http://openrosa.org/javarosa\" "
                     "xmlns:orx=\"http://openrosa.org/xforms\" "
                     "xmlns:odk=\"http://www.opendatakit.org/xforms\"");
    if (x->entities)
        buffer_text(out, " xmlns:entities="
                         "\"http://www.opendatakit.org/xforms/entities\"");
    while (*(more += strspn(more, " "))) { /* prefix="uri" */
        size_t prefix = strcspn(more, "=");
        const char *end = more[prefix] && more[prefix + 1] == '"'
                              ? strchr(more + prefix + 2, '"')
                              : NULL;
        if (!end)
            break;
        buffer_format(out, " xmlns:%.*s", (int)(end + 1 - more), more);
        more = end + 1;
    }
    buffer_text(out, "><h:head><h:title>");
    form_write_text(out, x->title, 0);
    buffer_text(out, "</h:title>");
    write_model(out, x);
    buffer_text(out, "</h:head>");
    buffer_bytes(out, body.data, body.length);
    buffer_text(out, "</h:html>");
    x->failed |= body.failed;
    buffer_free(&body);
}

static int open_sheets(xlsform *x)
{
    int code = sheet_open(&x->survey, x, SHEET_SURVEY);
    if (code == TAWAM_OK)
        code = sheet_open(&x->choices, x, SHEET_CHOICES);
    if (code == TAWAM_OK)
        code = sheet_open(&x->settings, x, SHEET_SETTINGS);
    if (code == TAWAM_OK)
        code = sheet_open(&x->entities_sheet, x, SHEET_ENTITIES);
    if (code == TAWAM_OK)
        code = sheet_open(&x->osm, x, SHEET_OSM);
    if (code == TAWAM_OK && !x->survey.table)
        xlsform_error(x, NULL, 0, NULL, _("there is no sheet survey"));
    else if (code == TAWAM_OK && !sheet_has(&x->survey, "type"))
        xlsform_error(x, &x->survey, 1, "type", _("there is no column type"));
    return code;
}

/* Blanks in a row become one, unless the settings forbid it. */
static void collapse_blanks(const workbook *w)
{
    for (size_t i = 0; i < w->sheet_count; i++)
        for (size_t k = 0; k < w->sheets[i].row_count; k++)
            for (size_t n = 0; n < w->sheets[i].column_count; n++) {
                char *at = (char *)(uintptr_t)w->sheets[i].rows[k].cells[n];
                char *to = at;
                for (; *at; at++)
                    if (at[0] != ' ' || at[1] != ' ')
                        *to++ = *at;
                if (to != at)
                    *to = '\0';
            }
}

static int read_sheets(xlsform *x, const char *name)
{
    int code = open_sheets(x);
    if (code != TAWAM_OK || x->m->errors)
        return code;
    if (!text_equal_nocase(setting(x, "clean_text_values"), "no"))
        collapse_blanks(x->w);
    read_settings(x, name);
    code = xlsform_read_choices(x);
    if (code == TAWAM_OK)
        code = xlsform_read_rows(x);
    if (code == TAWAM_OK)
        join_rows(x);
    if (code == TAWAM_OK)
        code = xlsform_read_entities(x);
    return code == TAWAM_OK ? xlsform_collect_texts(x) : code;
}

int xlsform_convert(buffer *xml, form_messages *m, const workbook *w,
                    const char *name)
{
    xlsform x = {.w = w, .m = m};
    int code = arena_new(&x.memory);
    if (code == TAWAM_OK)
        code = read_sheets(&x, name);
    if (code == TAWAM_OK && !m->errors)
        write_all(xml, &x);
    if (code == TAWAM_OK && x.failed)
        code = error_memory();
    if (code == TAWAM_OK)
        code = buffer_check(xml);
    if (code == TAWAM_OK && m->errors) {
        size_t first = 0;
        while (m->list[first].is_warning)
            first++;
        code = error_set(TAWAM_EUSAGE, "%s", m->list[first].text);
    }
    for (size_t i = 0; i < x.language_count; i++)
        free(x.languages[i].list);
    free(x.languages);
    arena_free(x.memory);
    return code;
}
