/* SPDX-License-Identifier: MIT */
/* fill_view: which question has the focus, and what was taken or refused. */
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

const fill_question *fill_view_question(const fill_view *v)
{
    return v->page && v->page->kind == FILL_QUESTIONS && v->at < v->page->count
               ? &v->page->questions[v->at]
               : NULL;
}

static void forget_refusal(fill_view *v)
{
    free(v->refused);
    v->refused = NULL;
    v->warned = 0;
}

/* That an answer is missing need not be said while one is typed; why one was
 * not taken stays, but for letters of a choice that are wiped out. */
void fill_view_typing(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    int is_gone = q && fill_has_choices(q) && !v->typed.text.length;
    if (v->warned || is_gone)
        forget_refusal(v);
}

/* Notes take no answer: in a list the focus passes them. -1: there is no such
 * question. */
static long next_question(const fill_view *v, long at, int by)
{
    for (long i = at; i >= 0 && i < (long)v->page->count; i += by)
        if (v->page->questions[i].kind != FILL_NOTE)
            return i;
    return -1;
}

int fill_view_step(fill_view *v, int by)
{
    long to = v->page && v->page->kind == FILL_QUESTIONS
                  ? next_question(v, (long)v->at + by, by)
                  : -1;
    if (to >= 0)
        fill_view_focus(v, to);
    return to >= 0;
}

void fill_view_focus(fill_view *v, long at)
{
    forget_refusal(v);
    v->more = v->picking = v->touched = 0;
    free(v->aside);
    v->aside = NULL;
    v->per_row = 1;
    v->node = NULL;
    input_set(&v->typed, "");
    if (!v->page)
        return;
    if (v->page->kind != FILL_QUESTIONS) {
        if (fill_list_begin(v) < 0)
            ui_say_error(v->ui);
        return;
    }
    long count = (long)v->page->count;
    long to = next_question(v, at < 0 ? count + at : at, at < 0 ? -1 : 1);
    v->at = to >= 0 ? (size_t)to : 0;
    const fill_question *q = fill_view_question(v);
    fill_list_free(v); /* the cursor is of this page's choices now */
    if (!q)
        return;
    v->node = q->node;
    if (fill_has_choices(q))
        fill_choices_begin(v);
    else
        fill_field_begin(v);
}

int fill_view_look(fill_view *v)
{
    int error = fill_look(&v->page, v->fill);
    if (error < 0) {
        v->page = NULL;
        ui_say_error(v->ui);
        return error;
    }
    for (size_t i = 0;
         v->node && v->page->kind == FILL_QUESTIONS && i < v->page->count; i++)
        if (v->page->questions[i].node == v->node) {
            const fill_question *q = &v->page->questions[i];
            v->at = i;
            /* a live list may have got shorter: another process syncs */
            if (fill_has_choices(q) && q->choice_count != v->choice_count)
                fill_choices_begin(v);
            return TAWAM_OK;
        }
    fill_view_focus(v, (long)v->at);
    return TAWAM_OK;
}

void fill_view_refuse(fill_view *v, const char *why)
{
    free(v->refused);
    v->refused = memory_string(why);
    v->ui->bell = 1;
}

/* The line typed becomes the stored one, as it would be when come upon. */
int fill_view_taken(fill_view *v, int error, record_outcome outcome)
{
    form_node *node = v->node;
    if (error < 0 || outcome != RECORD_OK) {
        fill_view_refuse(v, error_message());
        fill_view_look(v);
        return 0;
    }
    forget_refusal(v);
    v->touched = 0;
    v->changed = 1;
    if (fill_view_look(v) < 0)
        return 0;
    const fill_question *q = fill_view_question(v);
    if (q && v->node == node && !fill_has_choices(q))
        fill_field_begin(v);
    return 1;
}

int fill_view_enter(fill_view *v, const char *typed)
{
    record_outcome outcome = RECORD_OK;
    char *text = memory_string(typed); /* the line itself may be set anew */
    int error =
        text ? fill_enter(&outcome, v->fill, v->node, text) : TAWAM_EMEMORY;
    free(text);
    return fill_view_taken(v, error, outcome);
}

const char *fill_view_half(const fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    int in_line = v->roster || (q && !fill_has_choices(q));
    return v->picking              ? v->aside
           : in_line && v->touched ? input_text(&v->typed)
                                   : NULL;
}

void fill_view_reread(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    forget_refusal(v);
    if (!q || v->picking || !v->touched)
        return;
    if (fill_has_choices(q))
        fill_choices_reread(v);
    else
        fill_field_reread(v);
}

int fill_view_keep_typed(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    if (v->picking)
        fill_places_leave(v);
    if (!q || !v->touched)
        return 1;
    int taken = fill_has_choices(q) ? fill_choices_keep(v)
                                    : fill_view_enter(v, input_text(&v->typed));
    if (!taken)
        ui_say(v->ui, ROLE_NORMAL, "%s",
               _("Not taken; Esc puts back what was there before"));
    return taken;
}

/* ---- moving ---- */

/* A page was turned (or not: TAWAM_ENO at the first and the last). */
void fill_view_turned(fill_view *v, int error, long at)
{
    if (error < 0) {
        if (error != TAWAM_ENO)
            ui_say_error(v->ui);
        fill_view_look(v);
        return;
    }
    v->node = NULL;
    if (fill_look(&v->page, v->fill) < 0) {
        v->page = NULL;
        ui_say_error(v->ui);
    }
    fill_view_focus(v, at);
}

/* To the next question of the page, else to the next page. */
void fill_view_go_on(fill_view *v)
{
    if (!fill_view_step(v, 1))
        fill_view_turned(v, fill_next(v->fill), 0);
}
