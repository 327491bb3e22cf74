/* SPDX-License-Identifier: MIT */
/* A record from its beginning to its end, and answers. */
#include "form/lists_internal.h"
#include "form/record_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- evaluating, in the record's surroundings ---- */

static int find_instance(form_node **top, void *caller, const char *id)
{
    return record_instance(top, caller, id);
}

static int find_translation(const char **text, void *caller, const char *id);
static int find_choice_name(const char **text, void *caller, const char *value,
                            const char *reference);

static int find_property(const char **text, void *caller, const char *name)
{
    record *r = caller;
    *text = strcmp(name, "version") == 0 ? r->f->version
            : r->surroundings.property
                ? r->surroundings.property(r->surroundings.caller, name)
                : "";
    return TAWAM_OK;
}

static int draw_uuid(char out[37], void *caller)
{
    record *r = caller;
    return r->surroundings.uuid(out, r->surroundings.drawing);
}

static xpath_context context_of(record *r, form_node *node)
{
    return (xpath_context){.memory = r->memory,
                           .node = node,
                           .top = form_document_top(r->document),
                           .language = r->f->language_count
                                           ? r->f->languages[r->language].name
                                           : "",
                           .caller = r,
                           .instance = find_instance,
                           .itext = find_translation,
                           .choice_name = find_choice_name,
                           .property = find_property,
                           .uuid = r->surroundings.uuid ? draw_uuid : NULL};
}

int record_evaluate(xpath_value *out, record *r, const xpath *x,
                    form_node *node)
{
    xpath_context c = context_of(r, node);
    int code;
    r->inside++;
    code = xpath_evaluate(out, x, &c);
    r->inside--;
    return code;
}

int record_pull(int *done, record *r, const xpath *x, form_node *node,
                const list_pull *p)
{
    xpath_context c = context_of(r, node);
    int code;
    r->inside++;
    code = xpath_pull(done, x, &c, p);
    r->inside--;
    return code;
}

void record_forget(record *r)
{
    if (r->inside)
        return;
    arena_reset(r->memory);
    record_forget_lists(r);
}

/* ---- making one ---- */

static void remove_nodes(form_node *top, int (*is_one)(const form_node *node))
{
    form_node *n = top->first;
    while (n) {
        int one = is_one(n);
        form_node *next = form_node_after(n, top, !one);
        if (one)
            form_node_remove(n);
        n = next;
    }
}

static int is_template(const form_node *node)
{
    return !node->is_text && form_attribute(node, "template") != NULL;
}

static int is_instance(const form_node *node)
{
    return node->is_repeat;
}

static int is_inner_template(const form_node *node)
{
    return is_template(node) || is_instance(node);
}

void record_strip(form_node *top)
{
    remove_nodes(top, is_inner_template);
}

int record_act_on_record(record *r, unsigned events)
{
    int code = record_act(r, r->f->actions, events, NULL);
    for (size_t i = 0; code == TAWAM_OK && i < r->f->item_count; i++) {
        code = record_act(r, r->f->items[i]->changed, events, NULL);
        if (code == TAWAM_OK)
            code = record_act(r, r->f->items[i]->added, events, NULL);
    }
    return code;
}

/* Those of the model whose target lies in the new instance come first, then
 * those that stand in the repeat (JavaRosa, FormDef.createNewRepeat). */
static int act_on_adding(record *r, form_node *instance)
{
    const form_item *item = instance->item;
    int code = TAWAM_OK;
    for (form_action *a = r->f->actions; code == TAWAM_OK && a; a = a->next)
        if (a->target->number >= item->number &&
            a->target->number < item->end) {
            form_action one = *a;
            one.next = NULL;
            code = record_act(r, &one, FORM_NEW_REPEAT, instance);
        }
    return code == TAWAM_OK
               ? record_act(r, item->added, FORM_NEW_REPEAT, instance)
               : code;
}

static int load(record *r)
{
    form_node *root = NULL;
    int code = form_node_copy(&root, r->document, r->f->root->node);
    if (code != TAWAM_OK)
        return code;
    form_node_insert(root, form_document_top(r->document), NULL);
    remove_nodes(root, is_template);
    code = record_spell(r, root);
    if (code == TAWAM_OK)
        code = record_preload(r, root);
    if (code == TAWAM_OK)
        code = record_act_on_record(r, FORM_FIRST_LOAD | FORM_EACH_LOAD);
    if (code == TAWAM_OK)
        code = record_wait_below(r, root);
    return code == TAWAM_OK ? record_recompute(r) : code;
}

int record_make(record **out, const form *f, const record_surroundings *s)
{
    record *r = memory_new(sizeof *r);
    int code = r ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        r->f = f;
        r->names = f->names;
        if (s)
            r->surroundings = *s;
        r->first_waiting = f->trigger_count;
        r->waiting = memory_array(f->trigger_count + 1, sizeof *r->waiting);
        r->is_waiting =
            memory_array(f->trigger_count / 64 + 1, sizeof *r->is_waiting);
        code = r->waiting && r->is_waiting ? TAWAM_OK : TAWAM_EMEMORY;
    }
    if (code == TAWAM_OK)
        code = arena_new(&r->memory);
    if (code == TAWAM_OK)
        code = arena_new(&r->answers);
    if (code == TAWAM_OK)
        code = form_document_new(&r->document, r->names);
    if (code == TAWAM_OK)
        *out = r;
    else
        record_free(r);
    return code;
}

int record_new(record **out, const form *f, const record_surroundings *s)
{
    record *r = NULL;
    int code = record_make(&r, f, s);
    if (code == TAWAM_OK)
        code = load(r);
    if (code == TAWAM_OK)
        *out = r;
    else
        record_free(r);
    return code;
}

void record_free(record *r)
{
    if (!r)
        return;
    for (size_t i = 0; r->waiting && i < r->f->trigger_count; i++)
        free(r->waiting[i].nodes);
    free(r->waiting);
    free(r->is_waiting);
    record_free_lists(r);
    arena_free(r->memory);
    arena_free(r->answers);
    form_document_free(r->document);
    free(r);
}

form_node *record_root(const record *r)
{
    return form_document_root(r->document);
}

/* ---- finding ---- */

/* "name[2]" at *AT: the child of NODE it names. */
static form_node *find_step(form_node *node, const char **at)
{
    size_t length = strcspn(*at, "/[");
    const char *colon = memchr(*at, ':', length);
    const char *name = colon ? colon + 1 : *at;
    size_t size = (size_t)(*at + length - name);
    long number = 1;
    *at += length;
    if (*name == '@') {
        form_node *a = node->attributes;
        while (a &&
               (strncmp(a->name, name + 1, size - 1) != 0 || a->name[size - 1]))
            a = a->next;
        return a;
    }
    if (**at == '[') {
        char *end;
        number = strtol(*at + 1, &end, 10);
        if (*end != ']')
            return NULL;
        *at = end + 1;
    }
    for (form_node *c = node->first; c; c = c->next)
        if (strncmp(c->name, name, size) == 0 && !c->name[size] &&
            !c->is_text && --number == 0)
            return c;
    return NULL;
}

form_node *record_find(const record *r, const char *path)
{
    form_node *node = form_document_top(r->document);
    while (node && *path == '/') {
        path++;
        node = find_step(node, &path);
    }
    return *path ? NULL : node;
}

/* ---- answers ---- */

/* 1 if NODE's constraint holds (as it does where there is no value). */
static int holds(int *out, record *r, form_node *node)
{
    xpath_value v;
    int code;
    *out = 1;
    if (!node->item->constraint || !*node->value)
        return TAWAM_OK;
    code = record_evaluate(&v, r, node->item->constraint, node);
    if (code == TAWAM_OK)
        *out = xpath_to_boolean(&v, r->memory);
    record_forget(r);
    return code == TAWAM_OK ? code
                            : error_add("%s, constraint", node->item->path);
}

/* The form's own words, in the record's language, or else ours. */
static void say_outcome(record_outcome outcome, record *r, form_node *node)
{
    const form_item *item = node->item;
    const char *own = outcome == RECORD_REQUIRED ? item->required_message
                                                 : item->constraint_message;
    const char *words = outcome == RECORD_REQUIRED
                            ? _("an answer is required")
                            : _("the form does not allow this answer");
    if (outcome != RECORD_REQUIRED && outcome != RECORD_CONSTRAINT)
        return;
    if (*own &&
        record_text(&own, r,
                    outcome == RECORD_REQUIRED ? &item->required_words
                                               : &item->constraint_words,
                    node) == TAWAM_OK &&
        *own)
        words = own;
    record_forget(r);
    error_set(TAWAM_ENO, "%s", words);
}

/* What the question allows by itself; says why not. */
static int allowed(record_outcome *outcome, record *r, form_node *node)
{
    record_in_range(outcome, node->item, node->value);
    if (*outcome == RECORD_OK)
        record_has_points(outcome, node->item, node->value);
    return *outcome == RECORD_OK ? record_among_choices(outcome, r, node)
                                 : TAWAM_OK;
}

int record_check(record_outcome *outcome, record *r, form_node *node)
{
    int good = 1, code = TAWAM_OK;
    *outcome = RECORD_OK;
    if (node->is_hidden)
        return TAWAM_OK;
    if (!node->is_readonly) /* else nobody could mend it */
        code = allowed(outcome, r, node);
    if (code != TAWAM_OK || *outcome != RECORD_OK)
        return code;
    if (node->is_required && !*node->value)
        *outcome = RECORD_REQUIRED;
    else if ((code = holds(&good, r, node)) == TAWAM_OK && !good)
        *outcome = RECORD_CONSTRAINT;
    say_outcome(*outcome, r, node);
    return code;
}

void record_say_type(const form_item *item, const char *value)
{
    static const char *const names[] = {
        N_("text"),
        N_("a whole number"),
        N_("a number"),
        N_("true or false"),
        N_("a date as 2026-05-31"),
        N_("a time as 14:30:00.000+01:00"),
        N_("a date and time as 2026-05-31T14:30:00.000+01:00"),
        N_("a place: latitude, from -90 to 90, and longitude, from -180 to "
           "180"),
        N_("a line of places with ; between"),
        N_("an area: places with ; between")};
    char *safe = text_safe(value, strlen(value), 0);
    if (item->control && item->control->kind == FORM_TRIGGER)
        error_set(TAWAM_ENO, _("'%.60s' is not OK, the only answer here"),
                  safe ? safe : "");
    else if (item->type == FORM_TEXT || item->type > FORM_GEOSHAPE)
        error_set(TAWAM_ENO, _("'%.60s' has control characters in it"),
                  safe ? safe : "");
    else
        error_set(TAWAM_ENO, _("'%.60s' is not %s"), safe ? safe : "",
                  _(names[item->type]));
    free(safe);
}

/* The candidate is in its place while it is checked; a refused one goes. */
int record_take(record_outcome *outcome, record *r, form_node *node,
                const char *value)
{
    const char *before = node->value;
    unsigned was_given = node->is_given;
    int differs = 0, good = 1;
    int code = record_set(&differs, r, node, value);
    if (code == TAWAM_OK)
        code = holds(&good, r, node);
    if (code != TAWAM_OK || !good) {
        node->value = before;
        node->is_given = was_given & 1;
        *outcome = code == TAWAM_OK ? RECORD_CONSTRAINT : RECORD_OK;
        return code;
    }
    if (!differs)
        return TAWAM_OK;
    node->is_given = *value != '\0';
    code = record_changed(r, node);
    if (code == TAWAM_OK)
        code = record_recompute(r);
    if (code == TAWAM_OK)
        code = record_act(r, node->item->changed, FORM_VALUE_CHANGED, node);
    return code == TAWAM_OK ? record_recompute(r) : code;
}

void record_take_parts(record *r)
{
    r->takes_parts = 1;
}

int record_answer(record_outcome *outcome, record *r, form_node *node,
                  const char *value)
{
    const char *kept = value;
    int code = TAWAM_OK;
    *outcome = RECORD_OK;
    if (!node->item || node->first)
        return error_set(TAWAM_EUSAGE, _("%s takes no answer"),
                         node->item ? node->item->path : "?");
    if (node->is_readonly && node->item->control)
        return error_set(TAWAM_EUSAGE, _("%s is read-only: it takes no answer"),
                         node->item->path);
    if (!record_accepts(&kept, r, node->item, value)) {
        *outcome = RECORD_WRONG_TYPE;
        record_say_type(node->item, value);
        return TAWAM_OK;
    }
    record_in_range(outcome, node->item, kept);
    if (*outcome == RECORD_OK && !r->takes_parts)
        record_has_points(outcome, node->item, kept);
    if (*outcome != RECORD_OK) /* it has said why */
        return TAWAM_OK;
    if (!*kept && node->is_required && !node->is_hidden)
        *outcome = RECORD_REQUIRED;
    else
        code = record_take(outcome, r, node, kept);
    say_outcome(*outcome, r, node);
    return code;
}

int record_clear(record *r, form_node *node)
{
    record_outcome outcome = RECORD_OK;
    if (!node->item || node->first)
        return error_set(TAWAM_EUSAGE, _("%s takes no answer"),
                         node->item ? node->item->path : "?");
    return record_take(&outcome, r, node, "");
}

int record_warning(const char **out, record *r, form_node *node)
{
    const form_control *c = node->item ? node->item->control : NULL;
    xpath_value v;
    int truth = 0, code;
    *out = "";
    if (!c || !c->warning || !*node->value || node->is_hidden)
        return TAWAM_OK;
    code = record_evaluate(&v, r, c->warning, node);
    if (code == TAWAM_OK)
        truth = xpath_to_boolean(&v, r->memory);
    record_forget(r);
    if (code == TAWAM_OK && truth)
        code = record_text(out, r, &c->warning_words, node);
    if (code == TAWAM_OK && truth && !**out)
        *out = _("this is unusual: is it right?");
    return code == TAWAM_OK ? code : error_add("%s, warn", node->item->path);
}

/* ---- repeats ---- */

static form_node *last_of(const form_node *parent, const form_item *item)
{
    form_node *n = parent->last;
    while (n && n->item != item)
        n = n->previous;
    return n;
}

/* Where a first instance goes: before the first child whose item comes later.
 */
static form_node *place_of(const form_node *parent, const form_item *item)
{
    form_node *n = parent->first;
    while (n && (!n->item || n->item->number < item->number))
        n = n->next;
    return n;
}

int record_copy_repeat(form_node **out, record *r, form_node *parent,
                       form_item *item, form_node *before)
{
    form_node *node = NULL, *last = last_of(parent, item);
    int code = form_node_copy(&node, r->document, item->template);
    if (code != TAWAM_OK)
        return code;
    node->is_repeat = 1;
    record_strip(node);
    for (form_node **a = &node->attributes; *a;)
        if (strcmp((*a)->name, "template") == 0)
            *a = (*a)->next;
        else
            a = &(*a)->next;
    if (!before)
        before = last ? last->next : place_of(parent, item);
    form_node_insert(node, parent, before);
    record_inherit(node);
    *out = node;
    return TAWAM_OK;
}

int record_add_repeat(form_node **out, record *r, form_node *parent,
                      form_item *item)
{
    form_node *node = NULL;
    int code = record_copy_repeat(&node, r, parent, item, NULL);
    if (code == TAWAM_OK)
        code = record_repeat_changed(r, parent, item, 0);
    if (code == TAWAM_OK)
        code = record_preload(r, node);
    if (code == TAWAM_OK)
        code = act_on_adding(r, node);
    if (code == TAWAM_OK)
        code = record_wait_below(r, node);
    if (code == TAWAM_OK)
        code = record_recompute(r);
    *out = node;
    return code;
}

int record_remove_repeat(record *r, form_node *instance)
{
    form_node *parent = instance->parent;
    const form_item *item = instance->item;
    int was_last = !instance->next || instance->next->item != item;
    int code;
    if (!instance->is_repeat)
        return error_set(TAWAM_EUSAGE, _("%s is no repeat"), item->path);
    form_node_remove(instance);
    code = record_repeat_changed(r, parent, item, !was_last);
    return code == TAWAM_OK ? record_recompute(r) : code;
}

int record_move_repeat(record *r, form_node *instance, int by)
{
    form_node *parent = instance->parent, *before = instance->next, *n;
    const form_item *item = instance->item;
    int code;
    if (!instance->is_repeat)
        return error_set(TAWAM_EUSAGE, _("%s is no repeat"), item->path);
    for (n = instance->previous; by < 0 && n; n = n->previous)
        if (n->item == item) {
            before = n;
            by++;
        }
    for (n = instance->next; by > 0 && n; n = n->next)
        if (n->item == item) {
            before = n->next;
            by--;
        }
    form_node_remove(instance);
    form_node_insert(instance, parent, before);
    code = record_repeat_changed(r, parent, item, 1);
    return code == TAWAM_OK ? record_recompute(r) : code;
}

int record_repeat_count(long *out, record *r, form_node *parent,
                        const form_item *item)
{
    xpath_value v;
    form_node *context = last_of(parent, item);
    double number;
    int code;
    *out = -1;
    if (!item->repeat_count)
        return TAWAM_OK;
    code =
        record_evaluate(&v, r, item->repeat_count, context ? context : parent);
    if (code == TAWAM_OK) {
        number = xpath_to_number(&v, r->memory);
        *out = number >= 1 && number <= 100000 ? (long)number : 0;
    }
    record_forget(r);
    return code;
}

int record_repeat_relevant(int *out, record *r, form_node *parent,
                           const form_item *item)
{
    /* Stands where an instance would: relative paths lead from it. */
    form_node none = {.name = item->name,
                      .space = item->space,
                      .value = "",
                      .parent = parent,
                      .item = (form_item *)(uintptr_t)item,
                      .is_repeat = 1};
    xpath_value v;
    int code;
    *out = !parent->is_hidden;
    if (!*out || !item->relevant)
        return TAWAM_OK;
    code = record_evaluate(&v, r, item->relevant, &none);
    if (code == TAWAM_OK)
        *out = xpath_to_boolean(&v, r->memory);
    record_forget(r);
    return code == TAWAM_OK ? code : error_add("%s, relevant", item->path);
}

/* ---- texts: see record_text.c ---- */

static int find_translation(const char **text, void *caller, const char *id)
{
    form_text t = {.itext = id};
    return record_text(text, caller, &t, NULL);
}

static int find_choice_name(const char **text, void *caller, const char *value,
                            const char *reference)
{
    record *r = caller;
    const form_item *item = form_find(r->f, reference);
    form_node *node = item ? record_near(record_root(r), item) : NULL;
    *text = "";
    return node && item->control && *value
               ? record_choice_label(text, r, node, value)
               : TAWAM_OK;
}
