/* SPDX-License-Identifier: MIT */
/* Answers into the record, and instances of repeats. */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

/* The audit hears of it; the message stays. */
static int refused(fill *f, const form_node *node)
{
    char *message = memory_string(error_message());
    int code =
        message ? fill_audit_event(f, AUDIT_REFUSED, node) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        error_set(TAWAM_ENO, "%s", message);
    free(message);
    return code;
}

static int check_takes(const fill *f, const form_node *node)
{
    int code = fill_check_user(f);
    if (code != TAWAM_OK)
        return code;
    return node->is_readonly || fill_kind_of(node) == FILL_NOTE
               ? error_set(TAWAM_ENO, _("this question takes no answer"))
               : TAWAM_OK;
}

int fill_set(record_outcome *outcome, fill *f, form_node *node,
             const char *value)
{
    int code = check_takes(f, node);
    char *before = code == TAWAM_OK ? memory_string(node->value) : NULL;
    *outcome = RECORD_OK;
    if (code != TAWAM_OK || !before)
        return code == TAWAM_OK ? TAWAM_EMEMORY : code;
    code = fill_store_answer(outcome, f, node, value);
    fill_touch(f);
    f->is_touched = 1;
    if (code == TAWAM_OK && *outcome == RECORD_OK)
        code = fill_audit_answered(f, node, before);
    else if (code == TAWAM_OK)
        code = refused(f, node);
    free(before);
    return code;
}

int fill_clear(fill *f, form_node *node)
{
    int code = check_takes(f, node);
    char *before = code == TAWAM_OK ? memory_string(node->value) : NULL;
    if (code == TAWAM_OK)
        code = before ? fill_store_clear(f, node) : TAWAM_EMEMORY;
    fill_touch(f);
    f->is_touched = 1;
    if (code == TAWAM_OK)
        code = fill_audit_answered(f, node, before);
    free(before);
    return code;
}

/* NODE's question: the one of the page when that is of now (a list of 100,000
 * choices takes a tenth of a second to read), else read into OWN. */
static int question_of(const fill_question **out, fill_question *own, fill *f,
                       form_node *node, arena *memory)
{
    int code;
    for (size_t i = 0; f->is_looked && i < f->page.count; i++)
        if (f->page.questions[i].node == node) {
            *out = &f->page.questions[i];
            return TAWAM_OK;
        }
    code = fill_question_read(own, f, node, NULL, memory);
    *out = own;
    return code;
}

/* VALUE's words without CHOICE, or with it, in the order of Q's list (of a
 * ranking: at the end). */
static int toggled(buffer *out, const fill_question *q, const char *choice)
{
    size_t index = 0;
    while (index < q->choice_count &&
           strcmp(q->choices[index].value, choice) != 0)
        index++;
    if (index == q->choice_count)
        return fill_not_understood(_("no choice is '%.60s'"), choice);
    if (q->kind == FILL_ONE) {
        buffer_text(out, q->chosen[index] ? "" : choice);
        return TAWAM_OK;
    }
    for (size_t place = 1; q->kind == FILL_RANK && place <= q->choice_count;
         place++)
        for (size_t i = 0; i < q->choice_count; i++)
            if (q->chosen[i] == place && i != index)
                buffer_format(out, "%s%s", out->length ? " " : "",
                              q->choices[i].value);
    for (size_t i = 0; i < q->choice_count; i++)
        if (q->kind == FILL_RANK ? i == index && !q->chosen[i]
                                 : (i == index) != q->chosen[i])
            buffer_format(out, "%s%s", out->length ? " " : "",
                          q->choices[i].value);
    return TAWAM_OK;
}

static int toggle(buffer *out, fill *f, const fill_question *q,
                  const char *choice)
{
    (void)f;
    return q->choice_count ? toggled(out, q, choice)
                           : error_set(TAWAM_ENO, _("it has no choices"));
}

/* What WORDS mean by CALL becomes NODE's value. */
static int enter(record_outcome *outcome, fill *f, form_node *node,
                 int (*call)(buffer *, fill *, const fill_question *,
                             const char *),
                 const char *words)
{
    fill_question own;
    const fill_question *q = NULL;
    buffer value = {0};
    arena *memory = NULL;
    int code = arena_new(&memory);
    *outcome = RECORD_OK;
    if (code == TAWAM_OK)
        code = question_of(&q, &own, f, node, memory);
    if (code == TAWAM_OK)
        code = call(&value, f, q, words);
    if (code == TAWAM_ENO) {
        *outcome = RECORD_WRONG_TYPE;
        code = refused(f, node);
    } else if (code == TAWAM_OK && (code = buffer_check(&value)) != TAWAM_OK)
        ;
    else if (code == TAWAM_OK && call == toggle && !value.length)
        code = fill_clear(f, node); /* the last one out: open again */
    else if (code == TAWAM_OK)
        code = fill_set(outcome, f, node,
                        value.data ? (const char *)value.data : "");
    buffer_free(&value);
    arena_free(memory);
    return code;
}

int fill_enter(record_outcome *outcome, fill *f, form_node *node,
               const char *words)
{
    return enter(outcome, f, node, fill_typed, words);
}

int fill_toggle(record_outcome *outcome, fill *f, form_node *node,
                const char *choice)
{
    return enter(outcome, f, node, toggle, choice);
}

/* ---- the same as before ---- */

/* NODE's like in the instance before the nearest one around it; NULL. */
static const form_node *in_instance_before(const form_node *node)
{
    form_node *instance = fill_instance_of(node), *before;
    if (!instance)
        return NULL;
    before = instance->previous;
    while (before && before->item != instance->item)
        before = before->previous;
    return before ? fill_node_below(before, node->item) : NULL;
}

int fill_ditto(record_outcome *outcome, fill *f, form_node *node)
{
    const form_node *before = in_instance_before(node);
    char *value = NULL;
    int code = TAWAM_OK;
    *outcome = RECORD_OK;
    if (before && *before->value)
        value = memory_string(before->value);
    else
        code = fill_store_last(&value, f, node);
    if (code == TAWAM_OK && !value)
        return error_set(TAWAM_ENO, _("there is no earlier answer"));
    if (code == TAWAM_OK)
        code = fill_set(outcome, f, node, value);
    free(value);
    return code;
}

int fill_set_note(fill *f, const form_node *node, const char *text, int flagged)
{
    f->is_looked = 0;
    f->is_touched = 1;
    if (!text_valid(text, strlen(text)))
        return error_set(TAWAM_ENO, _("this is not text in UTF-8"));
    int code = fill_check_user(f);
    return code != TAWAM_OK ? code
                            : fill_store_set_note(f, node, text, flagged);
}

/* ---- repeats ---- */

static const form_element *element_of(const form_element *e,
                                      const form_item *item)
{
    const form_element *found = NULL;
    if (e->kind == FORM_REPEAT && e->item == item)
        return e;
    for (const form_element *c = e->first; c && !found; c = c->next)
        found = element_of(c, item);
    return found;
}

int fill_may_add(fill *f, const form_item *repeat)
{
    const form_element *e = element_of(f->form->body, repeat);
    const char *fixed = e ? fill_attribute(e->node, "noAddRemove") : "";
    return !repeat->repeat_count && strcmp(fixed, "true()") != 0 &&
           strcmp(fixed, "true") != 0;
}

static int check_may(fill *f, const form_item *item)
{
    int code = fill_check_user(f);
    if (code != TAWAM_OK)
        return code;
    return fill_may_add(f, item)
               ? TAWAM_OK
               : error_set(TAWAM_ENO,
                           _("the form itself says how many there are"));
}

/* To the first page of INSTANCE. */
static int go_to(fill *f, const form_node *instance)
{
    char *path = fill_path(instance);
    int code = path ? fill_go(f, path) : TAWAM_EMEMORY;
    free(path);
    if (code == TAWAM_ENO) { /* all in it is hidden */
        error_clear();
        code = fill_settle(f);
    }
    return code;
}

int fill_add(fill *f, form_node *instance)
{
    form_node *parent = NULL, *made = NULL;
    const form_item *item = NULL;
    int code = fill_settle(f);
    if (code == TAWAM_OK && instance) {
        parent = instance->parent;
        item = instance->item;
    } else if (code == TAWAM_OK && f->here.kind == STEP_REPEAT) {
        parent = f->here.node;
        item = f->here.element->item;
    } else if (code == TAWAM_OK)
        code = error_set(TAWAM_ENO, _("this is no repeat"));
    if (code == TAWAM_OK)
        code = check_may(f, item);
    if (code == TAWAM_OK)
        code = fill_store_add(&made, f, parent, item);
    if (code == TAWAM_OK)
        code = fill_audit_event(f, AUDIT_ADDED, made);
    f->is_touched = 1;
    fill_touch(f);
    return code == TAWAM_OK ? go_to(f, made) : code;
}

/* Where to stand when INSTANCE is gone: the page before it; -1: the first. */
static int stand_before(fill *f, const form_node *instance)
{
    size_t i = 0;
    while (i < f->step_count) {
        const form_node *n = f->steps[i].node;
        while (n && n != instance)
            n = n->parent;
        if (n)
            break;
        i++;
    }
    while (i > 0 && f->steps[i - 1].is_hidden)
        i--;
    return i > 0 ? fill_stand(f, i - 1) : fill_to_start(f);
}

int fill_remove(fill *f, form_node *instance)
{
    int code = check_may(f, instance->item);
    if (code == TAWAM_OK)
        code = fill_steps(f);
    if (code == TAWAM_OK)
        code = stand_before(f, instance);
    if (code == TAWAM_OK)
        code = fill_audit_event(f, AUDIT_REMOVED, instance);
    if (code == TAWAM_OK)
        code = fill_store_remove(f, instance);
    fill_touch(f);
    return code == TAWAM_OK ? fill_settle(f) : code;
}

int fill_move(fill *f, form_node *instance, int by)
{
    int code = fill_check_user(f);
    if (code == TAWAM_OK)
        code = fill_store_move(f, instance, by);
    fill_touch(f);
    return code == TAWAM_OK ? fill_settle(f) : code;
}
