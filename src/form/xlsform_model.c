/* SPDX-License-Identifier: MIT */
/* The model: what a record looks like, lists of choices, rules. */
#include "form/xlsform_internal.h"
#include <string.h>

/* ---- the primary instance ---- */

static void write_node(buffer *out, xlsform *x, const element *e,
                       int in_instance);

static int is_media(const element *e)
{
    return e->type->media && strncmp(e->type->media, "image", 5) == 0;
}

void write_pairs(buffer *out, xlsform *x, const element *e, const pair *list)
{
    for (const pair *p = list; p; p = p->next) {
        if (strstr(p->key, "::"))
            continue; /* warned of */
        buffer_format(out, " %s=\"", p->key);
        write_expression(out, x, p->value, e, REFERENCE_EXPRESSION, NULL);
        buffer_byte(out, '"');
    }
}

static void write_leaf(buffer *out, xlsform *x, const element *e)
{
    buffer_format(out, "<%s", e->name);
    write_pairs(out, x, e, e->attributes);
    if (!*e->default_value || is_dynamic_default(e, e->default_value)) {
        buffer_text(out, "/>");
        return;
    }
    buffer_byte(out, '>');
    if (is_media(e) && !strstr(e->default_value, "jr://images/"))
        buffer_text(out, "jr://images/");
    form_write_text(out, e->default_value, 0);
    buffer_format(out, "</%s>", e->name);
}

static int is_audit(const element *e)
{
    return e->kind == ELEMENT_QUESTION && strcmp(e->type->name, "audit") == 0;
}

int xlsform_omits_id(const xlsform *x)
{
    return strcmp(yes_no(xlsform_setting(x, "omit_instanceid")), "true()") == 0;
}

static void write_meta(buffer *out, xlsform *x)
{
    buffer meta = {0};
    if (x->root.entity)
        write_entity_meta(&meta, x, x->root.entity);
    for (const element *e = x->root.first; e; e = element_after(e, &x->root))
        if (is_audit(e))
            buffer_text(&meta, "<audit/>");
    if (!xlsform_omits_id(x))
        buffer_text(&meta, "<instanceID/>");
    if (*x->instance_name)
        buffer_text(&meta, "<instanceName/>");
    if (meta.length) {
        buffer_text(out, "<meta>");
        buffer_bytes(out, meta.data, meta.length);
        buffer_text(out, "</meta>");
    }
    x->failed |= meta.failed;
    buffer_free(&meta);
}

/* What stands below E. In a template only a repeat that stands directly in it
 * is a template alone; elsewhere each has a template and an instance. */
static void write_children(buffer *out, xlsform *x, const element *e,
                           int in_instance, int in_template)
{
    for (const element *c = e->first; c; c = c->next) {
        if (c->kind == ELEMENT_EXTERNAL || is_audit(c))
            continue;
        if (c->kind == ELEMENT_REPEAT && !in_instance) {
            buffer_format(out, "<%s jr:template=\"\">", c->name);
            write_children(out, x, c, 0, 1);
            buffer_format(out, "</%s>", c->name);
        }
        if (c->kind != ELEMENT_REPEAT || !in_template)
            write_node(out, x, c, in_instance || c->kind == ELEMENT_REPEAT);
    }
    if (e->entity && e != &x->root) {
        buffer_text(out, "<meta>");
        write_entity_meta(out, x, e->entity);
        buffer_text(out, "</meta>");
    }
}

static void write_node(buffer *out, xlsform *x, const element *e,
                       int in_instance)
{
    if (e->kind == ELEMENT_QUESTION) {
        write_leaf(out, x, e);
        return;
    }
    buffer_format(out, "<%s", e->name);
    write_pairs(out, x, e, e->attributes);
    if (!e->first && !e->entity) {
        buffer_text(out, "/>");
        return;
    }
    buffer_byte(out, '>');
    write_children(out, x, e, in_instance, 0);
    buffer_format(out, "</%s>", e->name);
}

static void write_attribute(buffer *out, const char *name, const char *value)
{
    buffer_format(out, " %s=\"", name);
    form_write_text(out, value, 1);
    buffer_byte(out, '"');
}

static void write_primary(buffer *out, xlsform *x)
{
    static const struct {
        const char *setting, *attribute;
    } known[] = {{"version", "version"},
                 {"instance_xmlns", "xmlns"},
                 {"prefix", "odk:prefix"},
                 {"delimiter", "odk:delimiter"}};
    buffer_format(out, "<instance><%s", x->root.name);
    write_attribute(out, "id", x->id);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (*xlsform_setting(x, known[i].setting))
            write_attribute(out, known[i].attribute,
                            xlsform_setting(x, known[i].setting));
    for (const pair *p = x->root.attributes; p; p = p->next)
        if (strcmp(p->key, "id") != 0 &&
            (strcmp(p->key, "version") != 0 || !*x->version))
            write_attribute(out, p->key, p->value);
    buffer_byte(out, '>');
    write_children(out, x, &x->root, 0, 0);
    write_meta(out, x);
    buffer_format(out, "</%s></instance>", x->root.name);
}

/* ---- secondary instances ---- */

static void write_pair(buffer *out, const char *name, const char *value)
{
    buffer_format(out, "<%s>", name);
    form_write_text(out, value, 0);
    buffer_format(out, "</%s>", name);
}

/* A column of the author's: an element of each choice, if its name can be one.
 */
static int is_own_column(const char *base)
{
    static const char *const known[] = {"list_name", "name",  "label", "image",
                                        "big-image", "audio", "video", NULL};
    for (int i = 0; known[i]; i++)
        if (strcmp(known[i], base) == 0)
            return 0;
    return is_xml_name(base);
}

static void write_choice(buffer *out, xlsform *x, const choice_list *l,
                         size_t at)
{
    const choice *c = &l->list[at];
    const sheet *s = &x->choices;
    buffer_text(out, "<item>");
    if (l->translated)
        buffer_format(out, "<itextId>%s-%zu</itextId>", l->name, at);
    write_pair(out, "name", c->name);
    if (!l->translated && c->label.count)
        write_pair(out, "label", plain_text(x, &c->label));
    for (size_t i = 0; c->row && i < s->column_count; i++) {
        const char *cell = c->row->cells[s->columns[i].index];
        if (*cell && is_own_column(s->columns[i].base))
            write_pair(out, s->columns[i].base, cell);
    }
    buffer_text(out, "</item>");
}

static void write_list(buffer *out, xlsform *x, const choice_list *l)
{
    buffer_format(out, "<instance id=\"%s\"><root>", l->name);
    for (size_t i = 0; i < l->count; i++)
        write_choice(out, x, l, i);
    buffer_text(out, "</root></instance>");
}

typedef struct sources {
    const char *ids[256], *uris[256];
    size_t count;
} sources;

static void write_source(buffer *out, xlsform *x, sources *s, const char *id,
                         const char *uri, size_t row)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->ids[i], id) == 0) {
            if (strcmp(s->uris[i], uri) != 0)
                xlsform_error(x, &x->survey, row, "name",
                              _("'%s' names two instances: %s and %s"), id,
                              s->uris[i], uri);
            return;
        }
    if (s->count == sizeof s->ids / sizeof *s->ids) {
        xlsform_error(x, &x->survey, row, "type", _("too many attachments"));
        return;
    }
    s->ids[s->count] = id;
    s->uris[s->count++] = uri;
    buffer_format(out, "<instance id=\"%s\" src=\"%s\"/>", id, uri);
}

/* "dir/places.csv" -> id "places", source by its kind. */
static void write_file_source(buffer *out, xlsform *x, sources *s,
                              const char *file, size_t row)
{
    const char *dot = strrchr(file, '.');
    int is_csv = dot && text_equal_nocase(dot, ".csv");
    if (!dot || (!is_csv && !text_equal_nocase(dot, ".xml") &&
                 !text_equal_nocase(dot, ".geojson"))) {
        xlsform_error(x, &x->survey, row, "type",
                      _("'%s': a file of choices ends in .csv, .xml or "
                        ".geojson"),
                      file);
        return;
    }
    write_source(
        out, x, s, xlsform_format(x, "%.*s", (int)(dot - file), file),
        xlsform_format(x, is_csv ? "jr://file-csv/%s" : "jr://file/%s", file),
        row);
}

/* pulldata('file', …) in an expression asks for file.csv. */
static void write_pulldata(buffer *out, xlsform *x, sources *s,
                           const char *text, size_t row)
{
    const char *at = text;
    while ((at = strstr(at, "pulldata"))) {
        const char *from = at + 8 + strspn(at + 8, " "), *to;
        at++;
        if (*from != '(')
            continue;
        from += 1 + strspn(from + 1, " ");
        if ((*from != '\'' && *from != '"') || !(to = strchr(from + 1, *from)))
            continue;
        write_source(out, x, s,
                     xlsform_format(x, "%.*s", (int)(to - from - 1), from + 1),
                     xlsform_format(x, "jr://file-csv/%.*s.csv",
                                    (int)(to - from - 1), from + 1),
                     row);
    }
}

/* Is L called as an attached list is? An error: which one is asked? */
static int is_source(xlsform *x, const sources *s, const choice_list *l)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->ids[i], l->name) == 0) {
            xlsform_error(x, &x->choices,
                          l->count && l->list[0].row ? l->list[0].row->number
                                                     : 0,
                          "list_name", _("'%s' names two instances: %s and %s"),
                          l->name, s->uris[i], "choices");
            return 1;
        }
    return 0;
}

static void write_sources(buffer *out, xlsform *x)
{
    sources s = {.count = 0};
    for (const element *e = x->root.first; e; e = element_after(e, &x->root)) {
        size_t row = e->row ? e->row->number : 0;
        const char *const expressions[] = {
            e->calculation, e->constraint,    e->readonly,     e->required,
            e->relevant,    e->default_value, e->choice_filter};
        if (e->kind == ELEMENT_EXTERNAL)
            write_source(out, x, &s, e->name, e->file, row);
        for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++)
            write_pulldata(out, x, &s, expressions[i], row);
        if (e->kind == ELEMENT_QUESTION && *e->file)
            write_file_source(out, x, &s, e->file, row);
    }
    if (x->uses_last_saved)
        write_source(out, x, &s, "__last-saved", "jr://instance/last-saved", 0);
    for (const choice_list *l = x->lists; l; l = l->next)
        if (!l->inlined && !is_source(x, &s, l))
            write_list(out, x, l);
}

/* ---- binds ---- */

static void write_rule(buffer *out, xlsform *x, const element *e,
                       const char *name, const char *text, const char *column)
{
    if (!*text)
        return;
    buffer_format(out, " %s=\"", name);
    write_expression(out, x, text, e, REFERENCE_EXPRESSION, column);
    buffer_byte(out, '"');
}

static void write_message(buffer *out, xlsform *x, const element *e,
                          const char *name, const translations *t)
{
    if (!t->count)
        return;
    buffer_format(out, " %s=\"", name);
    if (is_message_in_itext(name, t))
        buffer_format(out, "jr:itext('%s:%s')", element_path(x, e), name);
    else
        write_expression(out, x, t->list[0].text, e, REFERENCE_EXPRESSION,
                         name);
    buffer_byte(out, '"');
}

/* Parameters that are attributes of the bind, over what a column bind:: says of
 * the same. */
static void add_bind_parameters(xlsform *x, element *e)
{
    static const struct {
        const char *key, *attribute;
    } known[] = {{"allow-mock-accuracy", "odk:allow-mock-accuracy"},
                 {"max-pixels", "orx:max-pixels"},
                 {"quality", "odk:quality"},
                 {"location-priority", "odk:location-priority"},
                 {"location-min-interval", "odk:location-min-interval"},
                 {"location-max-age", "odk:location-max-age"},
                 {"track-changes", "odk:track-changes"},
                 {"track-changes-reasons", "odk:track-changes-reasons"},
                 {"identify-user", "odk:identify-user"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const pair *p = pair_find(e->parameters, known[i].key);
        if (!p || (i == 2 && strcmp(e->type->name, "background-audio") == 0))
            continue;
        pair_add(x, &e->binds, known[i].attribute, p->value);
    }
}

/* An attribute that the question's type gives, unless a column bind:: does. */
static void write_preset(buffer *out, const element *e, const char *name,
                         const char *value)
{
    if (value && !pair_find(e->binds, name))
        buffer_format(out, " %s=\"%s\"", name, value);
}

/* int, or decimal if a parameter of the range is not whole. */
static const char *bind_type(const element *e)
{
    static const char *const keys[] = {"start", "end", "step", "tick_interval",
                                       "placeholder"};
    if (strcmp(e->type->name, "range") == 0)
        for (int i = 0; i < 5; i++) {
            const pair *p = pair_find(e->parameters, keys[i]);
            const char *point = p ? strchr(p->value, '.') : NULL;
            if (point && point[1 + strspn(point + 1, "0")])
                return "decimal";
        }
    return e->type->bind;
}

static const char *either(const char *a, const char *b)
{
    return *a ? a : b ? b : "";
}

static int has_rules(const element *e)
{
    return *e->relevant || *e->required || *e->readonly || *e->constraint ||
           *e->calculation || e->binds || e->constraint_message.count ||
           e->required_message.count;
}

static void write_bind(buffer *out, xlsform *x, element *e)
{
    int question = e->kind == ELEMENT_QUESTION;
    const question_type *t = e->type;
    if ((!question || !t->bind) && !has_rules(e))
        return;
    if (question && strcmp(t->name, "audit") == 0)
        buffer_format(out, "<bind nodeset=\"%s/meta/audit\"", x->root.path);
    else
        buffer_format(out, "<bind nodeset=\"%s\"", element_path(x, e));
    if (question) {
        add_bind_parameters(x, e);
        write_preset(out, e, "type", bind_type(e));
        write_preset(out, e, "jr:preload", t->preload);
        write_preset(out, e, "jr:preloadParams", t->parameters);
    }
    write_rule(out, x, e, "relevant", e->relevant, "relevant");
    write_rule(out, x, e, "required", e->required, "required");
    write_rule(out, x, e, "readonly",
               either(e->readonly, question ? t->readonly : NULL), "readonly");
    write_rule(out, x, e, "constraint",
               either(e->constraint, question ? t->constraint : NULL),
               "constraint");
    if (!*e->trigger)
        write_rule(out, x, e, "calculate", e->calculation, "calculation");
    write_message(out, x, e, "jr:constraintMsg", &e->constraint_message);
    write_message(out, x, e, "jr:requiredMsg", &e->required_message);
    write_message(out, x, e, "jr:noAppErrorString", &e->no_app_message);
    for (const pair *p = e->binds; p; p = p->next)
        write_rule(out, x, e, p->key, p->value, "bind");
    if (*e->save_to) {
        const char *hash = strchr(e->save_to, '#');
        buffer_format(out, " entities:saveto=\"%s\"",
                      hash ? hash + 1 : e->save_to);
    }
    buffer_text(out, "/>");
}

/* ---- actions ---- */

void write_setvalue(buffer *out, xlsform *x, const element *e,
                    const char *events, const char *value,
                    const element *context)
{
    if (e->type->action) {
        buffer_format(out, "<%s ref=\"%s\" event=\"%s\"", e->type->action,
                      element_path(x, e), events);
        const pair *quality = pair_find(e->parameters, "quality");
        if (quality)
            buffer_format(out, " odk:quality=\"%s\"", quality->value);
        buffer_text(out, "/>");
        return;
    }
    buffer_format(out, "<setvalue ref=\"%s\" event=\"%s\"", element_path(x, e),
                  events);
    if (*value) {
        buffer_text(out, " value=\"");
        write_expression(out, x, value, context, REFERENCE_EXPRESSION,
                         "default");
        buffer_byte(out, '"');
    }
    buffer_text(out, "/>");
}

static void write_loading(buffer *out, xlsform *x, const element *e)
{
    if (e->kind != ELEMENT_QUESTION)
        return;
    if (e->type->action && !*e->trigger)
        write_setvalue(out, x, e,
                       strcmp(e->type->name, "background-audio") == 0
                           ? "odk-instance-load"
                           : "odk-instance-first-load",
                       "", e);
    else if (*e->default_value && is_dynamic_default(e, e->default_value))
        write_setvalue(out, x, e, "odk-instance-first-load", e->default_value,
                       e);
}

/* Rules in the order of the survey; what a group holds besides, at its end. */
static void write_rules(buffer *out, xlsform *x, const element *top)
{
    for (element *e = top->first; e; e = e->next) {
        if (e->kind == ELEMENT_EXTERNAL || is_audit(e))
            continue;
        write_bind(out, x, e);
        write_loading(out, x, e);
        write_rules(out, x, e);
        if (e->entity)
            write_entity_binds(out, x, e->entity);
    }
}

static void write_meta_binds(buffer *out, xlsform *x)
{
    const char *preload = xlsform_setting(x, "instance_id");
    if (x->root.entity)
        write_entity_binds(out, x, x->root.entity);
    for (element *e = x->root.first; e; e = element_after(e, &x->root))
        if (is_audit(e))
            write_bind(out, x, e);
    if (!xlsform_omits_id(x))
        buffer_format(out,
                      "<bind nodeset=\"%s/meta/instanceID\" type=\"string\" "
                      "readonly=\"true()\" jr:preload=\"%s\"/>",
                      x->root.path, *preload ? preload : "uid");
    if (*x->instance_name) {
        buffer_format(out,
                      "<bind nodeset=\"%s/meta/instanceName\" type=\"string\" "
                      "calculate=\"",
                      x->root.path);
        write_expression(out, x, x->instance_name, &x->root,
                         REFERENCE_EXPRESSION, NULL);
        buffer_text(out, "\"/>");
    }
}

/* ---- the whole ---- */

static void write_submission(buffer *out, xlsform *x)
{
    const char *url = xlsform_setting(x, "submission_url");
    const char *key = xlsform_setting(x, "public_key");
    const char *send = xlsform_setting(x, "auto_send");
    const char *forget = xlsform_setting(x, "auto_delete");
    int editable =
        strcmp(yes_no(xlsform_setting(x, "client_editable")), "true()") == 0;
    if (!*url && !*key && !*send && !*forget && !editable)
        return;
    buffer_text(out, "<submission");
    if (*url) {
        buffer_text(out, " action=\"");
        form_write_text(out, url, 1);
        buffer_text(out, "\" method=\"post\"");
    }
    if (*key) {
        buffer_text(out, " base64RsaPublicKey=\"");
        form_write_text(out, key, 1);
        buffer_byte(out, '"');
    }
    if (*send)
        buffer_format(out, " orx:auto-send=\"%s\"", send);
    if (*forget)
        buffer_format(out, " orx:auto-delete=\"%s\"", forget);
    if (editable)
        buffer_text(out, " odk:client-editable=\"true\"");
    buffer_text(out, "/>");
}

void write_model(buffer *out, xlsform *x)
{
    buffer rules = {0};
    /* First the rules: they tell whether a last saved record is asked for. */
    write_rules(&rules, x, &x->root);
    write_meta_binds(&rules, x);
    buffer_text(out, "<model odk:xforms-version=\"1.0.0\"");
    if (x->entities)
        buffer_format(out, " entities:entities-version=\"%s\"",
                      entities_version(x));
    buffer_byte(out, '>');
    write_submission(out, x);
    write_itext(out, x);
    write_primary(out, x);
    write_sources(out, x);
    buffer_bytes(out, rules.data, rules.length);
    buffer_text(out, "</model>");
    x->failed |= rules.failed;
    buffer_free(&rules);
}
