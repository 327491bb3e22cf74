/* SPDX-License-Identifier: MIT */
/* Answers which say that there is none: "doesn't know" and "refuses".
 *
 * A form allows them, by our convention, where a choice list has a choice
 *   named dk, dont_know, nsp, -88 … / rf, refused, -99 …, or
 *   whose code is a number as 8, 88, 98, 9, 99 and whose label says so,
 * and elsewhere where the control has an attribute missing="dk=-88 rf=-99". */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

static int is_in(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (text_equal_nocase(word, *list))
            return 1;
    return 0;
}

static int says(const char *label, const char *const *list)
{
    char *folded = text_fold(label);
    int is = 0;
    for (; folded && *list && !is; list++)
        is = strstr(folded, *list) != NULL;
    free(folded);
    return is;
}

static int is_numeric(const char *value)
{
    const char *digits = value + (*value == '-');
    return *digits && strspn(digits, "0123456789") == strlen(digits);
}

static int is_not_known(const record_choice *c)
{
    static const char *const names[] = {
        "dk",          "dont_know", "don_t_know",  "do_not_know",
        "doesnt_know", "nsp",       "ne_sait_pas", "unknown",
        "inconnu",     "-88",       "-98",         NULL};
    static const char *const words[] = {
        "don't know",   "dont know",   "does not know", "do not know",
        "doesn't know", "ne sait pas", "ne sais pas",   "nsp",
        "لا اعرف",      "لا يعرف",     "لا تعرف",       "لا ادري",
        "لا يدري",      NULL};
    return is_in(c->value, names) ||
           (is_numeric(c->value) && says(c->label, words));
}

static int is_refused(const record_choice *c)
{
    static const char *const names[] = {"rf",  "refused", "refuse", "refus",
                                        "ref", "-99",     "-97",    NULL};
    static const char *const words[] = {"refus", "prefer not", "رفض", "يرفض",
                                        NULL};
    return is_in(c->value, names) ||
           (is_numeric(c->value) && says(c->label, words));
}

void fill_specials(fill_question *q)
{
    for (size_t i = 0; i < q->choice_count; i++)
        if (!q->not_known && is_not_known(&q->choices[i]))
            q->not_known = q->choices[i].value;
        else if (!q->refused && is_refused(&q->choices[i]))
            q->refused = q->choices[i].value;
}

int fill_specials_of_control(fill_question *q, arena *memory)
{
    const char *words = fill_attribute(q->item->control->node, "missing");
    static const char *const keys[] = {"dk=", "rf="};
    const char **places[] = {&q->not_known, &q->refused};
    for (int i = 0; i < 2; i++) {
        const char *at = strstr(words, keys[i]);
        char *copy;
        if (!at || (at > words && at[-1] != ' '))
            continue;
        at += 3;
        copy = arena_copy(memory, at, strcspn(at, " ") + 1);
        if (!copy)
            return TAWAM_EMEMORY;
        copy[strcspn(at, " ")] = '\0';
        *places[i] = copy;
    }
    return TAWAM_OK;
}

static int set_special(record_outcome *outcome, fill *f, form_node *node,
                       int refused)
{
    fill_question q;
    arena *memory = NULL;
    const char *value;
    int code = arena_new(&memory);
    if (code == TAWAM_OK)
        code = fill_question_read(&q, f, node, NULL, memory);
    if (code == TAWAM_OK) {
        value = refused ? q.refused : q.not_known;
        code =
            value ? fill_set(outcome, f, node, value)
                  : error_set(TAWAM_ENO, _("the form has no such answer here"));
    }
    arena_free(memory);
    return code;
}

int fill_not_know(record_outcome *outcome, fill *f, form_node *node)
{
    return set_special(outcome, f, node, 0);
}

int fill_refuse(record_outcome *outcome, fill *f, form_node *node)
{
    return set_special(outcome, f, node, 1);
}
