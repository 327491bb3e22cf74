/* SPDX-License-Identifier: MIT */
/* The body: what is asked. */
#include "form/xlsform_internal.h"
#include <string.h>

/* ---- labels ---- */

static void write_text(buffer *out, xlsform *x, const element *e,
                       const char *tag, int in_itext, const translations *t)
{
    const char *text = plain_text(x, t);
    if (in_itext)
        buffer_format(out, "<%s ref=\"jr:itext('%s:%s')\"/>", tag,
                      element_path(x, e), tag);
    else if (!*text)
        buffer_format(out, "<%s/>", tag);
    else {
        buffer_format(out, "<%s>", tag);
        write_expression(out, x, text, e, REFERENCE_TEXT, tag);
        buffer_format(out, "</%s>", tag);
    }
}

static void write_label_and_hint(buffer *out, xlsform *x, const element *e)
{
    int hint = e->hint.count || e->guidance.count;
    if (e->label.count || label_in_itext(e) || hint)
        write_text(out, x, e, "label", label_in_itext(e), &e->label);
    if (hint)
        write_text(out, x, e, "hint",
                   is_translated(&e->hint) || e->guidance.count, &e->hint);
}

/* ---- choices ---- */

static int is_inside(const element *e, const element *above)
{
    while (e && e != above)
        e = e->parent;
    return e != NULL;
}

static void write_inline_choices(buffer *out, xlsform *x, const element *e)
{
    const choice_list *l = e->choices;
    for (size_t i = 0; i < l->count; i++) {
        buffer_text(out, "<item>");
        if (l->translated)
            buffer_format(out, "<label ref=\"jr:itext('%s-%zu')\"/>", l->name,
                          i);
        else {
            buffer_text(out, "<label>");
            write_expression(out, x, plain_text(x, &l->list[i].label), e,
                             REFERENCE_TEXT, "label");
            buffer_text(out, "</label>");
        }
        buffer_text(out, "<value>");
        form_write_text(out, l->list[i].name, 0);
        buffer_text(out, "</value></item>");
    }
}

static void write_filter(buffer *out, xlsform *x, const element *e)
{
    if (!*e->choice_filter)
        return;
    buffer_byte(out, '[');
    write_expression(out, x, e->choice_filter, e, REFERENCE_FILTER,
                     "choice_filter");
    buffer_byte(out, ']');
}

/* From inside REPEAT to all its instances: up and down again; NULL when E is
 * not inside. */
static char *path_to_repeat(xlsform *x, const element *e, const element *repeat)
{
    buffer path = {0};
    const element *up = e->parent;
    char *copy;
    buffer_text(&path, "..");
    for (; up && up != repeat->parent; up = up->parent)
        buffer_text(&path, up == repeat ? "/../" : "/..");
    copy = up && is_inside(e, repeat)
               ? xlsform_format(x, "%s%s", path.data ? (char *)path.data : "",
                                repeat->name)
               : NULL;
    x->failed |= path.failed;
    buffer_free(&path);
    return copy;
}

/* Instances of the repeat in which the question of choices stands. */
static void write_repeat_nodes(buffer *out, xlsform *x, const element *e)
{
    const element *question = e->list_of, *repeat = question->parent;
    const char *below;
    char *relative;
    while (repeat->kind != ELEMENT_REPEAT)
        repeat = repeat->parent;
    below = element_path(x, question) + strlen(element_path(x, repeat)) + 1;
    relative = *e->file || pair_find(e->parameters, "reference-geometry")
                   ? NULL
                   : path_to_repeat(x, e, repeat);
    if (!relative)
        relative = relative_path(x, e, repeat, "");
    buffer_text(out, relative ? relative : element_path(x, repeat));
    if (*e->choice_filter)
        write_filter(out, x, e);
    else
        buffer_format(out, "[./%s != '']", below);
}

static void write_nodeset(buffer *out, xlsform *x, const element *e)
{
    const pair *random = pair_find(e->parameters, "randomize");
    const pair *seed = pair_find(e->parameters, "seed");
    int shuffled = random && text_equal_nocase(random->value, "true");
    const char *dot = *e->file ? strrchr(e->file, '.') : NULL;
    if (shuffled)
        buffer_text(out, "randomize(");
    if (e->list_of)
        write_repeat_nodes(out, x, e);
    else {
        buffer_format(out, "instance('%.*s')/root/item",
                      dot ? (int)(dot - e->file) : (int)strlen(e->list),
                      e->list);
        write_filter(out, x, e);
    }
    if (shuffled && seed) {
        buffer words = {0};
        const char *at;
        write_expression(&words, x, seed->value, e, REFERENCE_EXPRESSION,
                         "parameters");
        at = words.data ? (char *)words.data : "";
        at += strspn(at, " ");
        buffer_format(out, ", %.*s", (int)strcspn(at, " "), at);
        x->failed |= words.failed;
        buffer_free(&words);
    }
    if (shuffled)
        buffer_byte(out, ')');
}

static const char *parameter(const element *e, const char *key,
                             const char *otherwise)
{
    const pair *p = pair_find(e->parameters, key);
    return p ? p->value : otherwise;
}

static void write_itemset(buffer *out, xlsform *x, const element *e)
{
    const char *dot = *e->file ? strrchr(e->file, '.') : NULL;
    int places = dot && text_equal_nocase(dot, ".geojson");
    const char *value = parameter(e, "value", places ? "id" : "name");
    const char *label = parameter(e, "label", places ? "title" : "label");
    if (e->list_of) {
        const element *repeat = e->list_of->parent;
        while (repeat->kind != ELEMENT_REPEAT)
            repeat = repeat->parent;
        value = label =
            element_path(x, e->list_of) + strlen(element_path(x, repeat)) + 1;
    }
    buffer_text(out, "<itemset nodeset=\"");
    write_nodeset(out, x, e);
    buffer_format(out, "\"><value ref=\"%s\"/>", value);
    if (e->choices && e->choices->translated)
        buffer_text(out, "<label ref=\"jr:itext(itextId)\"/>");
    else
        buffer_format(out, "<label ref=\"%s\"/>", label);
    buffer_text(out, "</itemset>");
}

/* ---- controls ---- */

/* Over what a column body:: says of the same attribute. */
static void add_control_parameters(xlsform *x, element *e)
{
    static const struct {
        const char *key, *attribute, *type;
    } known[] = {{"capture-accuracy", "accuracyThreshold", NULL},
                 {"warning-accuracy", "unacceptableAccuracyThreshold", NULL},
                 {"incremental", "incremental", NULL},
                 {"rows", "rows", NULL},
                 {"app", "intent", NULL},
                 {"placeholder", "odk:placeholder", "range"},
                 {"tick_interval", "odk:tick-interval", "range"}};
    static const struct {
        const char *key, *otherwise;
    } range[] = {{"start", "1"}, {"end", "10"}, {"step", "1"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const char *value = parameter(e, known[i].key, NULL);
        if (value && i == 2)
            value = "true";
        if (value && i == 4 && *e->appearance &&
            strcmp(e->appearance, "annotate") != 0)
            value = NULL;
        if (value &&
            (!known[i].type || strcmp(known[i].type, e->type->name) == 0))
            pair_add(x, &e->controls, known[i].attribute, value);
    }
    for (size_t i = 0; strcmp(e->type->name, "range") == 0 && i < 3; i++)
        pair_add(x, &e->controls, range[i].key,
                 parameter(e, range[i].key, range[i].otherwise));
}

static void write_controls(buffer *out, xlsform *x, const element *e)
{
    if (*e->appearance) {
        buffer_text(out, " appearance=\"");
        write_expression(out, x, e->appearance, e, REFERENCE_EXPRESSION,
                         "appearance");
        buffer_byte(out, '"');
    }
    write_pairs(out, x, e, e->controls);
}

static void write_tags(buffer *out, xlsform *x, const element *e)
{
    const choice_list *l = x->tags;
    while (l && (!e->tags || strcmp(l->name, e->tags) != 0))
        l = l->next;
    for (size_t i = 0; l && i < l->count; i++) {
        buffer_text(out, "<tag key=\"");
        form_write_text(out, l->list[i].name, 1);
        buffer_text(out, "\"><label>");
        form_write_text(out, plain_text(x, &l->list[i].label), 0);
        buffer_text(out, "</label></tag>");
    }
}

static void write_triggered(buffer *out, xlsform *x, const element *e)
{
    for (const action *a = e->actions; a; a = a->next)
        write_setvalue(out, x, a->target, "xforms-value-changed",
                       a->target->calculation, a->target);
}

static void write_question(buffer *out, xlsform *x, element *e)
{
    const question_type *t = e->type;
    if (!t->control || e->is_silent)
        return;
    buffer_format(out, "<%s ref=\"%s\"", t->control, element_path(x, e));
    if (t->media && !pair_find(e->controls, "mediatype"))
        buffer_format(out, " mediatype=\"%s\"", t->media);
    if (e->query) {
        buffer_format(out, " query=\"instance('%s')/root/item", e->query);
        write_filter(out, x, e);
        buffer_byte(out, '"');
    }
    add_control_parameters(x, e);
    write_controls(out, x, e);
    buffer_byte(out, '>');
    write_label_and_hint(out, x, e);
    if (*e->list && asks_by_search(e) && e->choices)
        write_inline_choices(out, x, e);
    else if (*e->list)
        write_itemset(out, x, e);
    write_tags(out, x, e);
    write_triggered(out, x, e);
    buffer_format(out, "</%s>", t->control);
}

/* ---- groups and repeats ---- */

static void write_below(buffer *out, xlsform *x, const element *top);

/* Default values and entities of each new instance. */
static void write_new_repeat(buffer *out, xlsform *x, const element *top)
{
    for (const element *e = top->first; e; e = e->next) {
        if (e->kind == ELEMENT_QUESTION && *e->default_value &&
            is_dynamic_default(e, e->default_value))
            write_setvalue(out, x, e, "odk-new-repeat", e->default_value, e);
        if (e->kind == ELEMENT_GROUP)
            write_new_repeat(out, x, e);
    }
    if (top->entity)
        write_entity_repeat_action(out, x, top->entity);
}

static void write_repeat(buffer *out, xlsform *x, const element *e)
{
    const char *path = element_path(x, e);
    buffer_format(out, "<group ref=\"%s\">", path);
    write_text(out, x, e, "label", label_in_itext(e), &e->label);
    buffer_format(out, "<repeat nodeset=\"%s\"", path);
    write_controls(out, x, e);
    if (*e->repeat_count) {
        buffer_text(out, " jr:count=\"");
        write_expression(out, x, e->repeat_count, e, REFERENCE_EXPRESSION,
                         "repeat_count");
        buffer_byte(out, '"');
    }
    buffer_byte(out, '>');
    write_below(out, x, e);
    write_new_repeat(out, x, e);
    buffer_text(out, "</repeat></group>");
}

static void write_group(buffer *out, xlsform *x, const element *e)
{
    buffer_format(out, "<group ref=\"%s\"", element_path(x, e));
    write_controls(out, x, e);
    buffer_byte(out, '>');
    if (e->label.count)
        write_text(out, x, e, "label", label_in_itext(e), &e->label);
    write_below(out, x, e);
    buffer_text(out, "</group>");
}

static void write_below(buffer *out, xlsform *x, const element *top)
{
    for (element *e = top->first; e; e = e->next)
        if (e->kind == ELEMENT_REPEAT)
            write_repeat(out, x, e);
        else if (e->kind == ELEMENT_GROUP)
            write_group(out, x, e);
        else if (e->kind == ELEMENT_QUESTION)
            write_question(out, x, e);
}

void write_body(buffer *out, xlsform *x)
{
    const char *style = xlsform_setting(x, "style");
    buffer_text(out, "<h:body");
    if (*style) {
        buffer_text(out, " class=\"");
        form_write_text(out, style, 1);
        buffer_byte(out, '"');
    }
    buffer_byte(out, '>');
    write_below(out, x, &x->root);
    buffer_text(out, "</h:body>");
}
