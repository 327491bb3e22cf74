/* SPDX-License-Identifier: MIT */
/* fill_act: what can be done about a question besides answering it, and with
 * the instances of a repeat. */
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

#define BAD_ACCURACY 100 /* metres, where the form does not say */

/* ---- the other actions on a question ---- */

static void no_question(fill_view *v)
{
    ui_say(v->ui, ROLE_WARNING, "%s", _("There is no question here"));
}

/* Another answer would take the place of what is half typed: first that is
 * taken or dropped. 1: there is such. */
static int bars(fill_view *v)
{
    const char *half = fill_view_half(v);
    if (!half || !*half)
        return 0;
    ui_say(v->ui, ROLE_WARNING, "%s",
           _("What is typed is no answer yet: Enter takes it, Esc drops it"));
    v->ui->bell = 1;
    return 1;
}

/* What fill_ditto() and the like gave; ON 1: to the next question then. */
static void given(fill_view *v, int error, record_outcome outcome, int on)
{
    if (error == TAWAM_ENO) {
        ui_say_error(v->ui);
        fill_view_look(v);
        return;
    }
    if (!fill_view_taken(v, error, outcome))
        return;
    fill_view_focus(v, (long)v->at);
    if (on)
        fill_view_go_on(v);
}

static int breathe(void *context, double accuracy, int64_t waited)
{
    fill_view *v = context;
    if (accuracy < 0)
        ui_say(v->ui, ROLE_NORMAL, _("GPS: no fix yet, %lld s; Esc stops"),
               (long long)(waited / 1000));
    else
        ui_say(v->ui, ROLE_NORMAL, _("GPS: ±%.0f m, %lld s; Esc stops"),
               accuracy, (long long)(waited / 1000));
    return ui_breathe(v->ui);
}

void fill_take_gps(fill_view *v)
{
    char point[96];
    record_outcome outcome = RECORD_OK;
    const fill_question *q = fill_view_question(v);
    fill_gps gps = {
        .port = v->ui->gpsd_port, .progress = breathe, .context = v};
    if (!q || q->kind != FILL_POINT || q->readonly) {
        ui_say(v->ui, ROLE_WARNING, "%s", _("This question is not a point"));
        return;
    }
    if (bars(v))
        return;
    gps.accuracy = q->capture_accuracy;
    double bad = q->warning_accuracy;
    if (fill_point_from_gpsd(point, &gps) < 0) {
        ui_say_error(v->ui);
        return;
    }
    v->ui->message[0] = '\0';
    given(v, fill_set(&outcome, v->fill, v->node, point), outcome, 0);
    double accuracy = strtod(strrchr(point, ' '), NULL);
    if (outcome == RECORD_OK && accuracy > (bad > 0 ? bad : BAD_ACCURACY))
        ui_say(v->ui, ROLE_WARNING,
               _("Only ±%.0f m: F3 tries again where it sees more sky"),
               accuracy);
}

void fill_pick_place(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    if (!q || q->kind != FILL_POINT || q->readonly)
        ui_say(v->ui, ROLE_WARNING, "%s", _("This question is not a point"));
    else if (fill_places_begin(v) < 0)
        ui_say_error(v->ui);
}

/* NAME "": the one after the present. */
void fill_switch_language(fill_view *v, const char *name)
{
    const char *const *names = NULL;
    size_t count = fill_languages(&names, v->fill), at = 0;
    if (count < 2 && !*name) {
        ui_say(v->ui, ROLE_WARNING, "%s", _("This form has one language only"));
        return;
    }
    while (at < count && strcmp(names[at], fill_language(v->fill)) != 0)
        at++;
    if (fill_set_language(v->fill, *name ? name : names[(at + 1) % count]) < 0)
        ui_say_error(v->ui);
    else
        ui_say(v->ui, ROLE_NORMAL, "%s", fill_language(v->fill));
    if (v->roster)
        return; /* which reads itself again */
    fill_view_look(v);
    fill_view_reread(v);
}

int fill_view_give(int *error, record_outcome *outcome, fill_view *v,
                   form_node *node, action_id id)
{
    *outcome = RECORD_OK;
    if (bars(v))
        return 0;
    *error = id == ACTION_DITTO       ? fill_ditto(outcome, v->fill, node)
             : id == ACTION_NOT_KNOWN ? fill_not_know(outcome, v->fill, node)
                                      : fill_refuse(outcome, v->fill, node);
    return 1;
}

static void give(fill_view *v, action_id id)
{
    record_outcome outcome;
    int error;
    if (fill_view_give(&error, &outcome, v, v->node, id))
        given(v, error, outcome, id != ACTION_DITTO);
}

/* The actions that act on the question in focus; 0 for others. */
int fill_act_question(fill_view *v, const screen_call *call, request *out)
{
    action_id id = call->action->id;
    int gives =
        id == ACTION_DITTO || id == ACTION_NOT_KNOWN || id == ACTION_REFUSED;
    if (!gives && id != ACTION_FLAG && id != ACTION_NOTE)
        return 0;
    if (!fill_view_node(v) || (gives && !fill_view_question(v)))
        no_question(v);
    else if (gives)
        give(v, id);
    else if (id == ACTION_FLAG)
        fill_note_flag(v);
    else
        fill_note_begin(v, call->argument, out);
    return 1;
}

/* ---- repeats ---- */

/* The instance that the cursor is on; on a page of questions the one around
 * them. In a list the one around it is not meant: who deletes the last of Ali's
 * animals must not delete Ali. */
static form_node *instance_here(const fill_view *v)
{
    if (!v->page || v->page->kind != FILL_REPEAT)
        return v->page ? v->page->instance : NULL;
    const fill_list_line *l = fill_list_here(v);
    return l && l->kind == FILL_LIST_INSTANCE
               ? record_find(fill_record(v->fill), l->path)
               : NULL;
}

static void move_instance(fill_view *v, int by)
{
    form_node *instance = instance_here(v);
    int64_t to = v->list.cursor + by;
    if (!instance)
        ui_say(v->ui, ROLE_WARNING, "%s", _("Put the cursor on one of them"));
    else if (v->page->kind != FILL_REPEAT ||
             fill_move(v->fill, instance, by) < 0)
        ui_say(v->ui, ROLE_WARNING, "%s", _("It can't be moved there"));
    else
        v->list.cursor = to;
    fill_view_look(v);
}

static void ask_delete(fill_view *v, request *out)
{
    const fill_list_line *l = fill_list_here(v);
    if (!instance_here(v))
        ui_say(v->ui, ROLE_WARNING, "%s",
               v->page && v->page->kind == FILL_REPEAT
                   ? _("Put the cursor on one of them")
                   : _("Nothing here can be deleted"));
    else if (v->page->kind == FILL_REPEAT)
        request_confirm(out, FILL_TAG_DELETE,
                        _("Delete %s with all its answers?"), l->text);
    else
        request_confirm(out, FILL_TAG_DELETE,
                        _("Delete %s with all its answers?"), v->page->heading);
}

/* Back to the page of the repeat ITEM, whose last instance is LAST (NULL: it
 * has none): the next one behind that. */
static void back_to_repeat(fill_view *v, const form_item *item,
                           const char *last)
{
    int error = last ? fill_go(v->fill, last) : TAWAM_OK;
    if (error == TAWAM_OK)
        error = fill_look(&v->page, v->fill);
    while (error == TAWAM_OK &&
           !(v->page->kind == FILL_REPEAT && v->page->repeat == item)) {
        error = fill_next(v->fill);
        if (error == TAWAM_OK)
            error = fill_look(&v->page, v->fill);
    }
    fill_view_turned(v, error, 0);
}

void fill_delete_instance(fill_view *v)
{
    form_node *instance = instance_here(v);
    const form_item *item =
        v->page->kind == FILL_REPEAT ? v->page->repeat : NULL;
    size_t left = item && v->page->instances ? v->page->instances - 1 : 0;
    char *parent = item ? fill_path(v->page->parent) : NULL;
    char *last = parent && left
                     ? memory_format("%s/%s[%zu]", parent, item->name, left)
                     : NULL;
    int error = instance ? fill_remove(v->fill, instance) : TAWAM_OK;
    if (error < 0)
        ui_say_error(v->ui);
    if (error == TAWAM_OK && item)
        back_to_repeat(v, item, last);
    else
        fill_view_turned(v, TAWAM_OK, 0);
    free(parent);
    free(last);
}

static void add_instance(fill_view *v)
{
    form_node *after =
        v->page && v->page->kind != FILL_REPEAT ? v->page->instance : NULL;
    int error = v->page && (after || v->page->kind == FILL_REPEAT)
                    ? fill_add(v->fill, after)
                    : error_set(TAWAM_ENO, _("Nothing can be added here"));
    if (error == TAWAM_ENO)
        ui_say_error(v->ui);
    v->changed |= error == TAWAM_OK;
    fill_view_turned(v, error, 0);
}

/* 0 for other actions. */
int fill_act_repeat(fill_view *v, action_id id, request *out)
{
    const fill_question *q = fill_view_question(v);
    int by = id == ACTION_MOVE_DOWN ? 1 : -1;
    switch (id) {
    case ACTION_ADD:
        if (fill_view_keep_typed(v))
            add_instance(v);
        return 1;
    case ACTION_DELETE:
        ask_delete(v, out);
        return 1;
    case ACTION_MOVE_UP:
    case ACTION_MOVE_DOWN:
        if (!q)
            move_instance(v, by);
        else if (fill_has_choices(q))
            fill_choices_move(v, by);
        else
            fill_field_step(v, by);
        return 1;
    default:
        return 0;
    }
}
