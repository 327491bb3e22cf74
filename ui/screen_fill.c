/* SPDX-License-Identifier: MIT */
/* screen_fill: a form being filled. Letters are always input here; what can be
 * done is on keys that are none, and on letters only where nothing is typed (a
 * note, a repeat's page, the last page).
 *
 * What was accepted is on disk, so leaving is always safe: the record stays a
 * draft and goes on at the same question. A line half typed is handed in when
 * the screen closes, also because the terminal went away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

enum { TAG_OUTLINE = FILL_TAG_OUTLINE, TAG_QUESTION, TAG_NOTE, TAG_DELETE };

/* ---- opening and closing ---- */

/* The text of the target is the form of a new record, or of the record FID to
 * be edited; without a text, FID is a draft. */
static int open_record(fill_view *v, const screen_target *target)
{
    territory *t = v->ui->territory;
    if (v->ui->read_only)
        return error_set(TAWAM_EUSAGE,
                         _("Read-only: no form can be filled here"));
    if (!*target->text)
        return fill_open(&v->fill, t, target->fid);
    if (target->fid)
        return fill_edit(&v->fill, t, target->text, target->fid);
    int error = fill_new(&v->fill, t, target->text);
    if (error == TAWAM_OK && *v->ui->language)
        fill_set_language(v->fill, v->ui->language); /* if it has it */
    return error;
}

static int fill_screen_open(screen *s, const screen_target *target)
{
    fill_view *v = s->state;
    v->ui = s->ui;
    int error = open_record(v, target);
    if (error < 0)
        return error;
    fill_set_fallback(v->fill, s->ui->language);
    s->ui->filling = v->fill;
    error = fill_look(&v->page, v->fill);
    if (error == TAWAM_OK) {
        copy_text(v->title, sizeof v->title, v->page->title);
        fill_view_focus(v, 0);
    }
    if (error == TAWAM_OK && !*target->text)
        ui_say(s->ui, ROLE_GOOD, "%s",
               _("Goes on where it was left; nothing accepted was lost"));
    return error;
}

static void fill_screen_close(screen *s)
{
    fill_view *v = s->state;
    record_outcome outcome = RECORD_OK;
    const fill_question *q = fill_view_question(v);
    if (q && v->touched && !v->picking && !fill_has_choices(q))
        fill_enter(&outcome, v->fill, v->node, input_text(&v->typed));
    if (s->ui->filling == v->fill)
        s->ui->filling = NULL;
    fill_list_free(v);
    fill_free(v->fill);
    arena_free(v->place_memory);
    input_free(&v->typed);
    buffer_free(&v->echo);
    free(v->matches);
    free(v->refused);
}

/* ---- moving ---- */

/* A page was turned (or not: TAWAM_ENO at the first and the last). */
static void turned(fill_view *v, int error, long at)
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
static void go_on(fill_view *v)
{
    if (!fill_view_step(v, 1))
        turned(v, fill_next(v->fill), 0);
}

static void go_back(fill_view *v)
{
    if (!fill_view_step(v, -1))
        turned(v, fill_back(v->fill), -1);
}

static void go_to_path(fill_view *v, const char *path)
{
    char *copy = memory_string(path);
    int error = copy ? fill_go(v->fill, copy) : TAWAM_EMEMORY;
    if (error == TAWAM_ENO)
        ui_say_error(v->ui);
    turned(v, error, 0);
    for (size_t i = 0; copy && error == TAWAM_OK && v->page &&
                       v->page->kind == FILL_QUESTIONS && i < v->page->count;
         i++)
        if (strcmp(v->page->questions[i].path, copy) == 0)
            fill_view_focus(v, (long)i);
    free(copy);
}

static void find(fill_view *v, const char *words)
{
    const char *path = NULL;
    if (!*words)
        return;
    if (fill_find(&path, v->fill, words) == TAWAM_OK) {
        go_to_path(v, path);
        return;
    }
    ui_say_error(v->ui);
    fill_view_look(v);
}

/* ---- accepting ---- */

static void save(fill_view *v, request *out)
{
    int64_t fid = 0;
    if (fill_finish(&fid, v->fill) < 0) {
        ui_say_error(v->ui);
        v->ui->bell = 1;
        fill_view_look(v);
        return;
    }
    v->page = NULL;
    ui_status_changed(v->ui);
    ui_say(v->ui, ROLE_GOOD, _("Saved: %s. The next sync sends it (s)"),
           v->title);
    out->kind = REQUEST_BACK;
}

static void accept_line(fill_view *v, request *out)
{
    const fill_list_line *l = fill_list_here(v);
    if (!l)
        return;
    switch (l->kind) {
    case FILL_LIST_INSTANCE:
    case FILL_LIST_QUESTION:
        go_to_path(v, l->path);
        break;
    case FILL_LIST_ADD:
        turned(v, fill_add(v->fill, NULL), 0);
        break;
    case FILL_LIST_ON:
        turned(v, fill_next(v->fill), 0);
        break;
    case FILL_LIST_SAVE:
        save(v, out);
        break;
    }
}

/* An answer that is needed and missing is asked for once more. */
static void answered(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    if (q && q->state == FILL_OPEN && !v->warned) {
        fill_view_refuse(v, *q->message ? q->message
                                        : _("An answer is needed here"));
        ui_say(v->ui, ROLE_NORMAL, "%s", _("Enter again leaves it open"));
        v->warned = 1;
        return;
    }
    go_on(v);
}

static void accept(fill_view *v, request *out)
{
    const fill_question *q = fill_view_question(v);
    if (!q) {
        accept_line(v, out);
        return;
    }
    fill_result result =
        fill_has_choices(q) ? fill_choices_accept(v) : fill_field_accept(v);
    if (result == FILL_TAKEN)
        answered(v);
}

/* ---- the other actions on a question ---- */

static void no_question(fill_view *v)
{
    ui_say(v->ui, ROLE_WARNING, "%s", _("There is no question here"));
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
        go_on(v);
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

static void take_gps(fill_view *v)
{
    char point[96];
    record_outcome outcome = RECORD_OK;
    const fill_question *q = fill_view_question(v);
    fill_gps gps = {.progress = breathe, .context = v};
    if (!q || q->kind != FILL_POINT || q->readonly) {
        ui_say(v->ui, ROLE_WARNING, "%s", _("This question is not a point"));
        return;
    }
    if (fill_point_from_gpsd(point, &gps) < 0) {
        ui_say_error(v->ui);
        return;
    }
    v->ui->message[0] = '\0';
    given(v, fill_set(&outcome, v->fill, v->node, point), outcome, 0);
}

static void pick_place(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    if (!q || q->kind != FILL_POINT || q->readonly)
        ui_say(v->ui, ROLE_WARNING, "%s", _("This question is not a point"));
    else if (fill_places_begin(v) < 0)
        ui_say_error(v->ui);
}

static void set_note(fill_view *v, const char *text, int flagged)
{
    if (fill_set_note(v->fill, v->node, text, flagged) < 0)
        ui_say_error(v->ui);
    fill_view_look(v);
}

/* NAME "": the one after the present. */
static void set_language(fill_view *v, const char *name)
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
    fill_view_look(v);
}

/* The actions that act on the question in focus; 0 for others. */
static int act_question(fill_view *v, const screen_call *call, request *out)
{
    record_outcome o = RECORD_OK;
    const fill_question *q = fill_view_question(v);
    switch (call->action->id) {
    case ACTION_DITTO:
        if (q)
            given(v, fill_ditto(&o, v->fill, v->node), o, 0);
        break;
    case ACTION_NOT_KNOWN:
        if (q)
            given(v, fill_not_know(&o, v->fill, v->node), o, 1);
        break;
    case ACTION_REFUSED:
        if (q)
            given(v, fill_refuse(&o, v->fill, v->node), o, 1);
        break;
    case ACTION_FLAG:
        if (q)
            set_note(v, q->note, !q->flagged);
        break;
    case ACTION_NOTE:
        if (q && *call->argument)
            set_note(v, call->argument, q->flagged);
        else if (q)
            request_prompt(out, TAG_NOTE, _("Note:"), q->note, 0);
        break;
    default:
        return 0;
    }
    if (!q)
        no_question(v);
    return 1;
}

/* ---- repeats ---- */

/* The instance that the cursor is on, or that is around the question. */
static form_node *instance_here(const fill_view *v)
{
    const fill_list_line *l =
        v->page && v->page->kind == FILL_REPEAT ? fill_list_here(v) : NULL;
    if (l && l->kind == FILL_LIST_INSTANCE)
        return record_find(fill_record(v->fill), l->path);
    return v->page ? v->page->instance : NULL;
}

static void move_instance(fill_view *v, int by)
{
    form_node *instance = instance_here(v);
    int64_t to = v->list.cursor + by;
    if (!instance || v->page->kind != FILL_REPEAT ||
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
        ui_say(v->ui, ROLE_WARNING, "%s", _("Nothing here can be deleted"));
    else if (v->page->kind == FILL_REPEAT)
        request_confirm(out, TAG_DELETE, _("Delete %s with all its answers?"),
                        l->text);
    else
        request_confirm(out, TAG_DELETE, _("Delete %s with all its answers?"),
                        v->page->heading);
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
    turned(v, error, 0);
}

static void delete_instance(fill_view *v)
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
        turned(v, TAWAM_OK, 0);
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
    turned(v, error, 0);
}

/* 0 for other actions. */
static int act_repeat(fill_view *v, action_id id, request *out)
{
    const fill_question *q = fill_view_question(v);
    int by = id == ACTION_MOVE_DOWN ? 1 : -1;
    switch (id) {
    case ACTION_ADD:
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

/* ---- actions ---- */

/* 0 for other actions. Whatever leads away hands in first what is typed; if
 * that is refused one stays. */
static int act_moving(fill_view *v, action_id id)
{
    int on_lines = v->page && v->page->kind != FILL_QUESTIONS;
    if (on_lines && list_act(&v->list, id))
        return 1;
    if (id != ACTION_UP && id != ACTION_DOWN && id != ACTION_PREVIOUS &&
        id != ACTION_PASS && id != ACTION_PAGE_UP && id != ACTION_PAGE_DOWN &&
        id != ACTION_FINISH)
        return 0;
    if (!fill_view_keep_typed(v))
        return 1;
    if (id == ACTION_UP || id == ACTION_PREVIOUS)
        go_back(v);
    else if (id == ACTION_DOWN || id == ACTION_PASS)
        go_on(v);
    else if (id == ACTION_PAGE_UP)
        turned(v, fill_back(v->fill), 0);
    else if (id == ACTION_PAGE_DOWN)
        turned(v, fill_next(v->fill), 0);
    else
        turned(v, fill_to_closing(v->fill), 0);
    return 1;
}

/* A line that is refused bars the way out once. */
static int leave(fill_view *v, request *out)
{
    if (!v->refused && !fill_view_keep_typed(v))
        return SCREEN_HANDLED;
    if (v->page)
        ui_say(v->ui, ROLE_GOOD, "%s",
               _("Kept as a draft; it goes on from the list of forms (F)"));
    out->kind = REQUEST_BACK;
    return SCREEN_HANDLED;
}

static int act_program(fill_view *v, const screen_call *call, request *out)
{
    const fill_question *q = fill_view_question(v);
    switch (call->action->id) {
    case ACTION_NEXT:
        accept(v, out);
        return SCREEN_HANDLED;
    case ACTION_OUTLINE:
        if (!fill_view_keep_typed(v))
            return SCREEN_HANDLED;
        v->page = NULL; /* until the outline answers */
        return request_open(out, ACTION_ON_OUTLINE, NULL, 0);
    case ACTION_QUESTION:
        if (!fill_view_keep_typed(v))
            return SCREEN_HANDLED;
        if (!*call->argument)
            return request_prompt(out, TAG_QUESTION,
                                  _("Question (number, name or word):"), "", 0);
        find(v, call->argument);
        return SCREEN_HANDLED;
    case ACTION_FORM_LANGUAGE:
        set_language(v, call->argument);
        return SCREEN_HANDLED;
    case ACTION_GPS:
        take_gps(v);
        return SCREEN_HANDLED;
    case ACTION_PLACE:
        pick_place(v);
        return SCREEN_HANDLED;
    case ACTION_NEW_LINE:
        ui_say(v->ui, ROLE_WARNING, "%s", _("This answer is one line"));
        return SCREEN_HANDLED;
    case ACTION_HELP:
        /* "-" stands for a text that the language has not */
        if (!q || !*q->guidance || strcmp(q->guidance, "-") == 0 || v->more)
            return SCREEN_IGNORED;
        v->more = 1;
        return SCREEN_HANDLED;
    case ACTION_BACK:
    case ACTION_CANCEL:
        return leave(v, out);
    default:
        return SCREEN_IGNORED;
    }
}

static int fill_screen_act(screen *s, const screen_call *call, request *out)
{
    fill_view *v = s->state;
    action_id id = call->action->id;
    if (act_moving(v, id) || act_repeat(v, id, out) ||
        act_question(v, call, out))
        return SCREEN_HANDLED;
    return act_program(v, call, out);
}

static void fill_screen_answer(screen *s, const screen_answer *answer,
                               request *out)
{
    fill_view *v = s->state;
    const fill_question *q = fill_view_question(v);
    (void)out;
    if (answer->how != INPUT_ACCEPTED)
        return;
    switch (answer->tag) {
    case TAG_OUTLINE:
        if (*answer->text)
            go_to_path(v, answer->text);
        else
            fill_view_look(v);
        break;
    case TAG_QUESTION:
        find(v, answer->text);
        break;
    case TAG_NOTE:
        if (q)
            set_note(v, answer->text, q->flagged);
        break;
    case TAG_DELETE:
        delete_instance(v);
        break;
    }
}

/* ---- keys ---- */

/* Letters are input wherever something can be typed or chosen. */
static int fill_screen_typing(screen *s)
{
    const fill_view *v = s->state;
    const fill_question *q = fill_view_question(v);
    return v->picking || (q && q->kind != FILL_NOTE && !q->readonly);
}

static int fill_screen_key(screen *s, int key, request *out)
{
    fill_view *v = s->state;
    const fill_question *q = fill_view_question(v);
    (void)out;
    if (key == UI_KEY_ENTER && !v->picking)
        return SCREEN_IGNORED;
    fill_result result = v->picking ? fill_places_key(v, key)
                         : v->page->is_grid && v->in_grid
                             ? fill_grid_key(v, key)
                         : fill_has_choices(q) ? fill_choices_key(v, key)
                                               : fill_field_key(v, key);
    if (result == FILL_TAKEN)
        answered(v);
    return result == FILL_IGNORED ? SCREEN_IGNORED : SCREEN_HANDLED;
}

/* Keys that do nothing on this page are not shown. */
static int fill_screen_offers(screen *s, action_id id)
{
    const fill_view *v = s->state;
    const char *const *names = NULL;
    const fill_question *q = fill_view_question(v);
    int in_repeat =
        v->page && (v->page->kind == FILL_REPEAT || v->page->instance != NULL);
    switch (id) {
    case ACTION_ADD:
    case ACTION_DELETE:
        return in_repeat;
    case ACTION_GPS:
    case ACTION_PLACE:
        return q && q->kind == FILL_POINT && !q->readonly;
    case ACTION_NOT_KNOWN:
        return q && q->not_known;
    case ACTION_REFUSED:
        return q && q->refused;
    case ACTION_NEW_LINE:
        return q && q->multiline;
    case ACTION_DITTO:
    case ACTION_NOTE:
        return q != NULL;
    case ACTION_FINISH:
        return v->page && v->page->kind != FILL_CLOSING;
    case ACTION_FORM_LANGUAGE:
        return fill_languages(&names, v->fill) > 1;
    default:
        return 1;
    }
}

static void fill_screen_draw(screen *s, grid *g, area a)
{
    fill_page_draw(s->state, g, a);
}

static void fill_screen_title(screen *s, buffer *out)
{
    const fill_view *v = s->state;
    buffer_text(out,
                *v->title ? v->title : action_screen_title(ACTION_ON_FILL));
}

const screen_class screen_fill = {
    .id = ACTION_ON_FILL,
    .state_size = sizeof(fill_view),
    .open = fill_screen_open,
    .draw = fill_screen_draw,
    .act = fill_screen_act,
    .typing = fill_screen_typing,
    .key = fill_screen_key,
    .offers = fill_screen_offers,
    .shows_actions = 1,
    .answer = fill_screen_answer,
    .title = fill_screen_title,
    .close = fill_screen_close,
};
