/* SPDX-License-Identifier: MIT */
/* Actions: setvalue elements of the model, of repeats and of controls. */
#include "form/definition_internal.h"
#include <string.h>

#define BLANKS " \t\r\n"

/* 0: there is no event of this name, LENGTH bytes long. */
static unsigned event_named(const char *name, size_t length)
{
    static const struct {
        const char *name;
        unsigned event;
    } events[] = {{"odk-instance-first-load", FORM_FIRST_LOAD},
                  {"odk-instance-load", FORM_EACH_LOAD},
                  {"xforms-ready", FORM_FIRST_LOAD},
                  {"xforms-value-changed", FORM_VALUE_CHANGED},
                  {"odk-new-repeat", FORM_NEW_REPEAT},
                  {"jr-insert", FORM_NEW_REPEAT},
                  {"xforms-revalidate", FORM_REVALIDATE}};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (strlen(events[i].name) == length &&
            memcmp(name, events[i].name, length) == 0)
            return events[i].event;
    return 0;
}

/* An action that waits for an event which never comes would be lost without a
 * word. */
static int read_events(form_action *action, const char *names)
{
    const char *at = names;
    while (*(at += strspn(at, BLANKS))) {
        size_t length = strcspn(at, BLANKS);
        unsigned event = event_named(at, length);
        if (!event)
            return error_set(
                TAWAM_EUSAGE, _("%s, setvalue: there is no event '%.*s'"),
                action->target->path, (int)(length < 60 ? length : 60), at);
        action->events |= event;
        at += length;
    }
    if (!action->events)
        return error_set(TAWAM_EUSAGE,
                         _("%s, setvalue: the event that sets it off is "
                           "missing"),
                         action->target->path);
    return TAWAM_OK;
}

static int is_action(const form_node *node)
{
    return strcmp(node->name, "setvalue") == 0;
}

static void append(form_action **list, form_action *action)
{
    while (*list)
        list = &(*list)->next;
    *list = action;
}

/* PATH without what stands in brackets, in F's memory; NULL: memory is out. */
static const char *plain_path(const form *f, const char *path)
{
    char *copy = arena_copy(f->memory, path, strlen(path) + 1), *to = copy;
    size_t depth = 0;
    char quote = 0;
    for (const char *at = path; copy && *at; at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (depth && (*at == '"' || *at == '\''))
            quote = *at;
        else if (*at == '[')
            depth++;
        else if (*at == ']' && depth)
            depth--;
        else if (!depth)
            *to++ = *at;
    }
    if (copy)
        *to = '\0';
    return copy;
}

/* A target with predicates, /data/r[position() = 2]/x, is found anew each time.
 */
static int read_place(form_action *action, form *f, const char *path,
                      const form_item *context)
{
    const char *plain = plain_path(f, path);
    if (!plain)
        return TAWAM_EMEMORY;
    action->target = form_resolve(f, plain, context);
    return action->target ? form_compile(&action->place, f, path,
                                         action->target->path, "setvalue")
                          : TAWAM_OK;
}

/* NODE belongs to the control of CONTEXT (its value's changes), or to REPEAT
 * (its new instances), or to the model (both NULL). */
int form_read_action(form *f, const form_node *node, form_item *context,
                     form_item *repeat)
{
    const char *reference = attribute_of(node, "ref");
    const form_item *from = context ? context : repeat;
    const char *value = attribute_of(node, "value");
    const char *event = attribute_of(node, "event");
    form_action *action = arena_alloc(f->memory, sizeof *action);
    int code = action ? TAWAM_OK : TAWAM_EMEMORY;
    if (code != TAWAM_OK || !is_action(node))
        return code;
    if (reference && strchr(reference, '['))
        code = read_place(action, f, reference, from);
    else
        action->target = form_target(&reference, f, node, from);
    if (code != TAWAM_OK)
        return code;
    if (!action->target)
        return error_set(TAWAM_EUSAGE,
                         _("a setvalue is about %.100s, which is not in the "
                           "primary instance"),
                         reference);
    code = read_events(action, event ? event : "");
    action->words = node->value;
    if (code == TAWAM_OK && value)
        code = form_compile(&action->value, f, value, action->target->path,
                            "setvalue");
    if (code == TAWAM_OK)
        append(context  ? &context->changed
               : repeat ? &repeat->added
                        : &f->actions,
               action);
    return code;
}

int form_read_actions(form *f, const form_node *model)
{
    int code = TAWAM_OK;
    for (const form_node *n = model->first; code == TAWAM_OK && n; n = n->next)
        if (is_action(n))
            code = form_read_action(f, n, NULL, NULL);
    return code;
}
