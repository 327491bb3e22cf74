/* SPDX-License-Identifier: MIT */
/* What is likely a mistake, though the form can be made: misspelt names of
 * sheets and columns, texts that a language lacks, lists that nobody asks,
 * rules without effect. */
#include "form/xlsform_internal.h"
#include <ctype.h>
#include <string.h>

/* ---- sheets ---- */

static const char *const SHEETS[] = {"survey",   "choices", "settings",
                                     "entities", "osm",     "external_choices"};

static int is_sheet_name(const char *name)
{
    for (size_t i = 0; i < sizeof SHEETS / sizeof *SHEETS; i++)
        if (text_equal_nocase(SHEETS[i], name))
            return 1;
    return 0;
}

const char *nearest_sheet(const xlsform *x, sheet_kind kind)
{
    const char *names[WORKBOOK_SHEETS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < x->w->sheet_count; i++)
        if (x->w->sheets[i].name[0] != '_' &&
            !is_sheet_name(x->w->sheets[i].name))
            names[count++] = x->w->sheets[i].name;
    return text_nearest(SHEETS[kind], names, count);
}

static void warn_sheets(xlsform *x)
{
    const sheet *sheets[] = {&x->survey,         &x->choices, &x->settings,
                             &x->entities_sheet, &x->osm,     &x->external};
    for (size_t i = 1; i < sizeof SHEETS / sizeof *SHEETS; i++) {
        const char *near = nearest_sheet(x, (sheet_kind)i);
        if (!sheets[i]->table && near && i != SHEET_OSM)
            xlsform_warning(x, NULL, 0, NULL,
                            _("the sheet '%s' is not read; is it %s? (A name "
                              "that begins with _ is never meant.)"),
                            near, SHEETS[i]);
    }
}

/* ---- columns ---- */

static const char *const SURVEY_COLUMNS[] = {
    "type",        "name",          "label",
    "hint",        "guidance_hint", "required",
    "relevant",    "constraint",    "constraint_message",
    "calculation", "default",       "appearance",
    "readonly",    "trigger",       "choice_filter",
    "parameters",  "repeat_count",  "save_to",
    "image",       "big-image",     "audio",
    "video",       "autoplay",      "rows",
    "intent",      "disabled",      "required_message",
    "calculate",   "relevance",     "no_app_error_string",
    "compact_tag", "note",          "notes",
    "comment",     "comments",      "list_name",
    "sms_field",   "sms_option",    "caption",
    "read_only",   "tags",          "order"};
static const char *const SETTINGS_COLUMNS[] = {"form_title",
                                               "form_id",
                                               "version",
                                               "instance_name",
                                               "default_language",
                                               "public_key",
                                               "submission_url",
                                               "auto_send",
                                               "auto_delete",
                                               "style",
                                               "name",
                                               "namespaces",
                                               "clean_text_values",
                                               "allow_choice_duplicates",
                                               "prefix",
                                               "delimiter",
                                               "id_string",
                                               "client_editable",
                                               "omit_instanceid",
                                               "instance_xmlns",
                                               "instance_id",
                                               "flat",
                                               "sms_keyword",
                                               "sms_separator",
                                               "sms_allow_media",
                                               "sms_date_format",
                                               "sms_datetime_format",
                                               "sms_response",
                                               "add_none_option"};

const char *survey_column(size_t at)
{
    return at < sizeof SURVEY_COLUMNS / sizeof *SURVEY_COLUMNS
               ? SURVEY_COLUMNS[at]
               : NULL;
}

const char *setting_name(size_t at)
{
    return at < sizeof SETTINGS_COLUMNS / sizeof *SETTINGS_COLUMNS
               ? SETTINGS_COLUMNS[at]
               : NULL;
}

static void warn_columns(xlsform *x, const sheet *s, const char *const *known,
                         size_t count)
{
    for (size_t i = 0; s->table && i < s->column_count; i++) {
        const char *base = s->columns[i].base, *near;
        int found = strstr(base, "::") != NULL;
        for (size_t k = 0; k < count && !found; k++)
            found = strcmp(known[k], base) == 0;
        near = found ? NULL : text_nearest(base, known, count);
        if (near)
            xlsform_warning(x, s, 1, base,
                            _("the column '%s' is not read; did you mean %s?"),
                            s->table->headers[s->columns[i].index], near);
    }
}

/* Columns of choices become elements: their names must be such. */
static void warn_choice_columns(xlsform *x)
{
    for (size_t i = 0; x->choices.table && i < x->choices.column_count; i++) {
        const sheet_column *c = &x->choices.columns[i];
        if (!is_xml_name(c->base) && !strstr(c->base, "::"))
            xlsform_warning(x, &x->choices, 1, c->base,
                            _("the column '%s' is left out: a name has no "
                              "blanks and begins with a letter or _"),
                            x->choices.table->headers[c->index]);
    }
}

/* ---- languages ---- */

static const char *language_of(const xlsform *x, const sheet_column *c)
{
    return c->language ? c->language : x->default_language;
}

static int is_text_column(const sheet_column *c)
{
    static const char *const bases[] = {
        "label", "hint",  "guidance_hint",      "image",           "big-image",
        "audio", "video", "constraint_message", "required_message"};
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        if (strcmp(bases[i], c->base) == 0)
            return 1;
    return 0;
}

static const sheet_column *find_text(const xlsform *x, const sheet *s,
                                     const char *base, const char *language)
{
    for (size_t i = 0; i < s->column_count; i++)
        if (strcmp(s->columns[i].base, base) == 0 &&
            strcmp(language_of(x, &s->columns[i]), language) == 0)
            return &s->columns[i];
    return NULL;
}

/* Rows that have a text in A's column and none in B's (NULL: none has). */
static size_t count_lacks(const sheet *s, const sheet_column *a,
                          const sheet_column *b, size_t *first)
{
    size_t count = 0;
    for (size_t i = 0; i < s->table->row_count; i++) {
        const workbook_row *row = &s->table->rows[i];
        if (*row->cells[a->index] && (!b || !*row->cells[b->index])) {
            *first = count ? *first : row->number;
            count++;
        }
    }
    return count;
}

static void warn_lacks(xlsform *x, const sheet *s, const sheet_column *a,
                       const char *language)
{
    const sheet_column *b = find_text(x, s, a->base, language);
    size_t first = 0, count = count_lacks(s, a, b, &first);
    if (count == 1)
        xlsform_warning(x, s, first, a->base, _("no %s in the language '%s'"),
                        a->base, language);
    else if (count)
        xlsform_warning(x, s, first, a->base,
                        _("no %s in the language '%s', here and in %zu more "
                          "rows"),
                        a->base, language, count - 1);
}

/* Does a column of BASE name a language? Else it is for all of them. */
static int is_spoken(const sheet *s, const char *base)
{
    for (size_t i = 0; i < s->column_count; i++)
        if (strcmp(s->columns[i].base, base) == 0 && s->columns[i].language)
            return 1;
    return 0;
}

/* For each kind of text its fullest language is what others lack. */
static void warn_translations(xlsform *x, const sheet *s)
{
    for (size_t i = 0; s->table && i < s->column_count; i++) {
        const sheet_column *a = &s->columns[i];
        size_t none, own;
        int fullest = is_text_column(a) && is_spoken(s, a->base);
        own = fullest ? count_lacks(s, a, NULL, &none) : 0;
        for (size_t k = 0; k < s->column_count && fullest; k++) {
            const sheet_column *b = &s->columns[k];
            size_t other = strcmp(a->base, b->base) == 0 && k != i
                               ? count_lacks(s, b, NULL, &none)
                               : 0;
            fullest = other < own || (other == own && (k > i || !other));
        }
        for (size_t k = 0; k < x->language_count && fullest; k++)
            if (strcmp(x->languages[k].name, language_of(x, a)) != 0)
                warn_lacks(x, s, a, x->languages[k].name);
    }
}

static void warn_languages(xlsform *x)
{
    int known = strcmp(x->default_language, "default") == 0;
    if (x->language_count < 2 && known)
        return;
    for (size_t i = 0; i < x->language_count && !known; i++)
        known = strcmp(x->languages[i].name, x->default_language) == 0;
    if (!known && x->language_count)
        xlsform_warning(x, &x->settings, 2, "default_language",
                        _("no text is in the default language '%s'"),
                        x->default_language);
    if (x->language_count < 2)
        return;
    warn_translations(x, &x->survey);
    warn_translations(x, &x->choices);
    for (const element *e = x->root.first; e; e = element_after(e, &x->root))
        if (e->or_other && e->row) {
            xlsform_warning(x, &x->survey, e->row->number, "type",
                            _("or_other brings the words Other and Specify "
                              "other in English only: write a choice and a "
                              "question of your own"));
            return;
        }
}

/* ---- lists ---- */

/* Is the list NAME asked by an expression, instance('name')? */
static int is_named(const xlsform *x, const char *name)
{
    const workbook_sheet *t = x->survey.table;
    for (size_t i = 0; i < t->row_count; i++)
        for (size_t k = 0; k < t->column_count; k++) {
            const char *at = strstr(t->rows[i].cells[k], name);
            if (at && at > t->rows[i].cells[k] &&
                (at[-1] == '\'' || at[-1] == '"'))
                return 1;
        }
    return 0;
}

static void warn_lists(xlsform *x)
{
    for (const choice_list *l = x->lists; l; l = l->next) {
        size_t row = l->count && l->list[0].row ? l->list[0].row->number : 0;
        if (!l->used && !is_named(x, l->name))
            xlsform_warning(x, &x->choices, row, "list_name",
                            _("no question asks the list '%s'"), l->name);
        else if (l->count == 1)
            xlsform_warning(x, &x->choices, row, "list_name",
                            _("the list '%s' has one choice only"), l->name);
    }
}

/* ---- names ---- */

#define NAME_LONG 64 /* letters that tables and databases commonly take */

static int differs_by_case(const element *a, const element *b)
{
    return a->parent == b->parent && strcmp(a->name, b->name) != 0 &&
           text_equal_nocase(a->name, b->name);
}

static void warn_names(xlsform *x)
{
    for (const element *e = x->root.first; e; e = element_after(e, &x->root)) {
        const element *other = e->parent->first;
        for (int i = 0; e->row && other && other != e && i < 2000; i++) {
            if (differs_by_case(other, e))
                break;
            other = other->next;
        }
        if (e->row && other && other != e && differs_by_case(other, e))
            xlsform_warning(x, &x->survey, e->row->number, "name",
                            _("'%s' and '%s' differ by capital letters only: "
                              "some programs take them for one"),
                            other->name, e->name);
        if (e->row && strlen(e->name) > NAME_LONG)
            xlsform_warning(x, &x->survey, e->row->number, "name",
                            _("a name of more than %d letters is cut by some "
                              "programs"),
                            NAME_LONG);
    }
}

/* ---- rules ---- */

static int holds_reference(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = text; (at = strstr(at, "${")); at += 2)
        if (strncmp(at + 2, name, length) == 0 && at[2 + length] == '}')
            return 1;
    return 0;
}

static void warn_rules(xlsform *x, const element *e)
{
    size_t row = e->row->number;
    if (strcmp(e->relevant, "true()") == 0)
        xlsform_warning(x, &x->survey, row, "relevant",
                        _("it is always relevant: the cell can be empty"));
    if (strcmp(e->relevant, "false()") == 0)
        xlsform_warning(x, &x->survey, row, "relevant",
                        _("it is never relevant: nobody will see it"));
    if (holds_reference(e->constraint, e->name))
        xlsform_warning(x, &x->survey, row, "constraint",
                        _("a constraint says . for its own question: ${%s} is "
                          "the answer of before"),
                        e->name);
    else if (*e->constraint && !strchr(e->constraint, '.') && e->type &&
             e->type->control)
        xlsform_warning(x, &x->survey, row, "constraint",
                        _("the constraint does not look at the answer; write . "
                          "for it"));
    if (e->constraint_message.count && !*e->constraint &&
        !(e->type && e->type->constraint))
        xlsform_warning(x, &x->survey, row, "constraint_message",
                        _("there is a message but no constraint"));
    if (e->required_message.count && !*e->required)
        xlsform_warning(x, &x->survey, row, "required_message",
                        _("there is a message, but it is not required"));
}

static void warn_default(xlsform *x, const element *e)
{
    const choice_list *l = e->choices;
    const char *type = e->type->bind ? e->type->bind : "";
    int many = strcmp(e->type->name, "select one") != 0, found = !l || many;
    if (!*e->default_value || is_dynamic_default(e, e->default_value))
        return;
    for (size_t i = 0; !found && i < l->count; i++)
        found = strcmp(l->list[i].name, e->default_value) == 0;
    if (!found)
        xlsform_warning(x, &x->survey, e->row->number, "default",
                        _("'%s' is none of the choices of %s"),
                        e->default_value, l->name);
    if ((strcmp(type, "int") == 0 && !is_whole(e->default_value)) ||
        (strcmp(type, "decimal") == 0 && !is_number(e->default_value)))
        xlsform_warning(x, &x->survey, e->row->number, "default",
                        _("'%s' is no number"), e->default_value);
}

static void warn_question(xlsform *x, const element *e)
{
    const char *readonly = *e->readonly        ? e->readonly
                           : e->type->readonly ? e->type->readonly
                                               : "";
    warn_default(x, e);
    if (*e->required && strcmp(e->required, "false()") != 0 &&
        strcmp(readonly, "true()") == 0 && !*e->calculation &&
        !*e->default_value)
        xlsform_warning(x, &x->survey, e->row->number, "required",
                        _("'%s' can't be answered, so it should not be "
                          "required"),
                        e->name);
    for (const pair *p = e->binds; p; p = p->next)
        if (strstr(p->key, "::"))
            xlsform_warning(x, &x->survey, e->row->number, NULL,
                            _("the column '%s' is not read"), p->key);
}

static void warn_elements(xlsform *x)
{
    for (const element *e = x->root.first; e; e = element_after(e, &x->root)) {
        if (!e->row || e->kind == ELEMENT_EXTERNAL)
            continue;
        warn_rules(x, e);
        if (e->kind == ELEMENT_QUESTION)
            warn_question(x, e);
        else if (!e->first)
            xlsform_warning(x, &x->survey, e->row->number, "type",
                            _("'%s' holds no question"), e->name);
    }
}

static void warn_settings(xlsform *x)
{
    static const char *const flags[] = {
        "clean_text_values", "allow_choice_duplicates", "omit_instanceid"};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        const char *value = xlsform_setting(x, flags[i]);
        const char *known = yes_no(value);
        if (*value && strcmp(known, "true()") != 0 &&
            strcmp(known, "false()") != 0)
            xlsform_warning(x, &x->settings, 2, flags[i],
                            _("yes or no is expected, not '%s'"), value);
    }
    if (x->settings.table && x->settings.table->row_count > 1)
        xlsform_warning(x, &x->settings, 3, NULL,
                        _("settings are read from their first row only"));
}

void xlsform_warn(xlsform *x)
{
    warn_sheets(x);
    warn_columns(x, &x->survey, SURVEY_COLUMNS,
                 sizeof SURVEY_COLUMNS / sizeof *SURVEY_COLUMNS);
    warn_columns(x, &x->settings, SETTINGS_COLUMNS,
                 sizeof SETTINGS_COLUMNS / sizeof *SETTINGS_COLUMNS);
    warn_choice_columns(x);
    warn_settings(x);
    warn_languages(x);
    warn_lists(x);
    warn_names(x);
    warn_elements(x);
}
