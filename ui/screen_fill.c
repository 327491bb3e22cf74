/* SPDX-License-Identifier: MIT */
/* screen_fill: a form being filled. Letters are always input here; what can be
 * done is on keys that are none, and on letters only where nothing is typed (a
 * note, a repeat's page, the last page).
 *
 * What was accepted is on disk, so leaving is always safe: the record stays a
 * draft and goes on at the same question. A line half typed is no answer: it
 * is kept beside the draft whenever typing pauses, and when the screen closes
 * (also because the terminal went away), and stands in the line again when the
 * draft is opened. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

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
    int error = target->fid ? fill_edit(&v->fill, t, target->text, target->fid)
                            : fill_new(&v->fill, t, target->text);
    v->is_new = error == TAWAM_OK && !fill_is_touched(v->fill);
    if (v->is_new && *v->ui->language)
        fill_set_language(v->fill, v->ui->language); /* if it has it */
    return error;
}

/* What was half typed when it was left stands in its line again. */
static void type_again(fill_view *v)
{
    int asks = 0;
    if (v->page->kind == FILL_CLOSING && fill_half_reason(v->fill) &&
        (fill_asks_reason(&asks, v->fill) < 0 ||
         (asks && fill_ask_begin(v, FILL_ASKS_REASON) < 0)))
        ui_say_error(v->ui);
    if (v->page->kind == FILL_REPEAT)
        fill_roster_resume(v);
    for (size_t i = 0; v->page->kind == FILL_QUESTIONS && i < v->page->count;
         i++) {
        const fill_question *q = &v->page->questions[i];
        const char *typed = fill_typed_for(v->fill, q->node);
        if (typed && !q->readonly && !fill_has_choices(q)) {
            fill_view_focus(v, (long)i);
            fill_field_type(v, typed);
            return;
        }
    }
}

/* Typing pauses: what is half typed or written is kept. */
static void fill_screen_rest(screen *s)
{
    fill_view *v = s->state;
    fill_note_rest(v);
    if (v->asking) {
        fill_ask_rest(v);
        return;
    }
    const char *half = fill_view_half(v);
    if (!half && fill_half_reason(v->fill))
        return; /* it stands there again when the record is saved */
    if (fill_set_typed(v->fill, fill_view_node(v), half) < 0)
        ui_say_error(v->ui);
    v->changed |= half != NULL;
}

/* Who is at it is to know that places are recorded. */
static void say_beginning(fill_view *v, int goes_on)
{
    int places = fill_tells_place(v->fill);
    if (goes_on || places)
        ui_say(v->ui, places ? ROLE_WARNING : ROLE_GOOD, "%s%s%s",
               goes_on ? _("Goes on where it was left; nothing accepted was "
                           "lost")
                       : "",
               goes_on && places ? " · " : "",
               places ? _("It records where it is filled (GPS)") : "");
}

static int fill_screen_open(screen *s, const screen_target *target)
{
    fill_view *v = s->state;
    v->ui = s->ui;
    /* by way of the help screen one gets to the list of forms again */
    if (s->ui->filling)
        return error_set(TAWAM_EUSAGE,
                         _("a form is being filled below; q goes back to it"));
    int error = open_record(v, target);
    if (error < 0)
        return error;
    s->ui->filling = v->fill;
    fill_set_fallback(v->fill, s->ui->language);
    error = fill_set_gpsd(v->fill, NULL, s->ui->gpsd_port);
    if (error == TAWAM_OK)
        error = fill_look(&v->page, v->fill);
    if (error == TAWAM_OK) {
        char *title =
            form_shown_title(s->ui, fill_form(v->fill)->id, v->page->title);
        copy_text(v->title, sizeof v->title, title ? title : v->page->title);
        free(title);
        fill_view_focus(v, 0);
        if (!fill_asks_user(v->fill))
            type_again(v);
        else
            error = fill_ask_begin(v, FILL_ASKS_USER);
        say_beginning(v, !*target->text);
    }
    return error;
}

static void fill_screen_close(screen *s)
{
    fill_view *v = s->state;
    if (v->fill)
        fill_screen_rest(s);
    /* a look at a form leaves no draft behind */
    if (v->fill && v->is_new && !v->changed)
        fill_discard(v->fill);
    if (s->ui->filling == v->fill)
        s->ui->filling = NULL;
    fill_note_free(v);
    fill_ask_free(v);
    fill_list_free(v);
    fill_roster_free(v);
    fill_free(v->fill);
    arena_free(v->place_memory);
    input_free(&v->typed);
    buffer_free(&v->echo);
    free(v->matches);
    free(v->refused);
    free(v->aside);
}

/* ---- moving ---- */

static void go_back(fill_view *v)
{
    if (!fill_view_step(v, -1))
        fill_view_turned(v, fill_back(v->fill), -1);
}

static void go_to_path(fill_view *v, const char *path)
{
    char *copy = memory_string(path);
    int error = copy ? fill_go(v->fill, copy) : TAWAM_EMEMORY;
    if (error == TAWAM_ENO)
        ui_say_error(v->ui);
    fill_view_turned(v, error, 0);
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

/* A reason that the form wants is asked for first. 1: it is. */
static int asks_reason(fill_view *v)
{
    int asks = 0;
    int error = fill_asks_reason(&asks, v->fill);
    if (error == TAWAM_OK && asks)
        error = fill_ask_begin(v, FILL_ASKS_REASON);
    if (error < 0) {
        ui_say_error(v->ui);
        fill_view_look(v);
    }
    return error < 0 || asks;
}

static void save(fill_view *v, request *out)
{
    int64_t fid = 0;
    if (asks_reason(v))
        return;
    char caption[80], name[sizeof v->title + sizeof caption + 8];
    copy_text(caption, sizeof caption, fill_caption(v->fill));
    snprintf(name, sizeof name, "%s%s%s", v->title, *caption ? " · " : "",
             caption);
    if (fill_finish(&fid, v->fill) < 0) {
        ui_say_error(v->ui);
        v->ui->bell = 1;
        fill_view_look(v);
        return;
    }
    v->page = NULL;
    v->changed = 1;
    ui_status_changed(v->ui);
    ui_say(v->ui, ROLE_GOOD, _("Saved: %s. The next sync sends it (s)"), name);
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
        v->changed = 1;
        fill_view_turned(v, fill_add(v->fill, NULL), 0);
        break;
    case FILL_LIST_ON:
        fill_view_turned(v, fill_next(v->fill), 0);
        break;
    case FILL_LIST_SAVE:
        save(v, out);
        break;
    }
}

/* An answer that is needed and missing is asked for once more; one that was
 * typed and that the form finds unusual is asked about. */
static void answered(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    int part = q && q->kind == FILL_RANK && q->state == FILL_WRONG;
    int open = part || (q && q->state == FILL_OPEN);
    int unusual = q && *q->warning && !fill_has_choices(q);
    if ((open || unusual) && !v->warned) {
        fill_view_refuse(v, *q->message  ? q->message
                            : unusual    ? q->warning
                            : *q->needed ? q->needed
                                         : _("An answer is needed here"));
        ui_say(v->ui, ROLE_NORMAL, "%s",
               open ? _("Enter again leaves it open")
                    : _("Enter again keeps it"));
        v->warned = 1;
        return;
    }
    fill_view_go_on(v);
}

/* A needed answer that was wiped out: Enter asks once, then takes it back. */
static void accept_nothing(fill_view *v, const fill_question *q)
{
    if (v->warned) {
        if (fill_view_taken(v, fill_clear(v->fill, q->node), RECORD_OK))
            fill_view_go_on(v);
        return;
    }
    fill_view_refuse(v, *q->needed ? q->needed : _("An answer is needed here"));
    ui_say(v->ui, ROLE_NORMAL, "%s",
           _("Enter again leaves it open, Esc puts the answer back"));
    v->warned = 1;
}

static void accept(fill_view *v, request *out)
{
    const fill_question *q = fill_view_question(v);
    if (!q) {
        accept_line(v, out);
        return;
    }
    if (q->required && *q->value && fill_field_is_emptied(v)) {
        accept_nothing(v, q);
        return;
    }
    fill_result result =
        fill_has_choices(q) ? fill_choices_accept(v) : fill_field_accept(v);
    if (result == FILL_TAKEN)
        answered(v);
}

/* ---- actions ---- */

/* From the question in focus, that of the same page first. */
static void next_open(fill_view *v)
{
    const fill_question *q = fill_view_question(v);
    form_node *found = NULL;
    int error = fill_to_open(&found, v->fill, q ? q->node : NULL, 1);
    if (error == TAWAM_ENO)
        ui_say_error(v->ui);
    fill_view_turned(v, error, 0);
    for (size_t i = 0; error == TAWAM_OK && v->page &&
                       v->page->kind == FILL_QUESTIONS && i < v->page->count;
         i++)
        if (v->page->questions[i].node == found)
            fill_view_focus(v, (long)i);
}

/* 0 for other actions. Whatever leads away hands in first what is typed; if
 * that is refused one stays. */
static int act_moving(fill_view *v, action_id id)
{
    int on_lines = v->page && v->page->kind != FILL_QUESTIONS;
    if (on_lines && list_act(&v->list, id))
        return 1;
    if (id != ACTION_UP && id != ACTION_DOWN && id != ACTION_PREVIOUS &&
        id != ACTION_PASS && id != ACTION_PAGE_UP && id != ACTION_PAGE_DOWN &&
        id != ACTION_FINISH && id != ACTION_NEXT_OPEN)
        return 0;
    if (!fill_view_keep_typed(v))
        return 1;
    if (id == ACTION_UP || id == ACTION_PREVIOUS)
        go_back(v);
    else if (id == ACTION_DOWN || id == ACTION_PASS)
        fill_view_go_on(v);
    else if (id == ACTION_PAGE_UP)
        fill_view_turned(v, fill_back(v->fill), 0);
    else if (id == ACTION_PAGE_DOWN)
        fill_view_turned(v, fill_next(v->fill), 0);
    else if (id == ACTION_NEXT_OPEN)
        next_open(v);
    else
        fill_view_turned(v, fill_to_closing(v->fill), 0);
    return 1;
}

/* A line that is refused bars the way out once. */
static int leave(fill_view *v, request *out)
{
    if (!v->refused && !fill_view_keep_typed(v))
        return SCREEN_HANDLED;
    if (v->is_new && !v->changed)
        ui_say(v->ui, ROLE_NORMAL, "%s",
               _("Nothing was changed: no draft is kept"));
    else
        ui_say(v->ui, ROLE_GOOD, "%s",
               _("Kept as a draft; it goes on from the list of forms (F)"));
    out->kind = REQUEST_BACK;
    return SCREEN_HANDLED;
}

static void open_table(fill_view *v)
{
    if (!v->page || v->page->kind != FILL_REPEAT)
        ui_say(v->ui, ROLE_WARNING, "%s",
               _("Only a repeat's page can be a table"));
    else if (fill_roster_open(v) < 0)
        ui_say_error(v->ui);
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
            return request_prompt(out, FILL_TAG_QUESTION,
                                  _("Question (number, name or word):"), "", 0);
        find(v, call->argument);
        return SCREEN_HANDLED;
    case ACTION_FORM_LANGUAGE:
        fill_switch_language(v, call->argument);
        return SCREEN_HANDLED;
    case ACTION_GPS:
        fill_take_gps(v);
        return SCREEN_HANDLED;
    case ACTION_PLACE:
        fill_pick_place(v);
        return SCREEN_HANDLED;
    case ACTION_TABLE:
        open_table(v);
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

/* While who or why is asked. */
static int act_asking(fill_view *v, action_id id, request *out)
{
    fill_asking asked = v->asking;
    switch (id) {
    case ACTION_NEXT:
        if (!fill_ask_accept(v))
            return SCREEN_HANDLED;
        fill_ask_end(v);
        if (asked == FILL_ASKS_REASON)
            save(v, out);
        else if (v->page)
            type_again(v);
        return SCREEN_HANDLED;
    case ACTION_UP:
    case ACTION_DOWN:
        fill_ask_move(v, id == ACTION_UP ? -1 : 1);
        return SCREEN_HANDLED;
    case ACTION_BACK:
    case ACTION_CANCEL:
        if (asked == FILL_ASKS_USER)
            return leave(v, out);
        fill_ask_rest(v);
        fill_ask_end(v);
        return SCREEN_HANDLED;
    default:
        return SCREEN_IGNORED;
    }
}

static int fill_screen_act(screen *s, const screen_call *call, request *out)
{
    fill_view *v = s->state;
    action_id id = call->action->id;
    if (v->asking)
        return act_asking(v, id, out);
    if (v->roster && fill_roster_act(v, call))
        return SCREEN_HANDLED;
    if (act_moving(v, id) || fill_act_repeat(v, id, out) ||
        fill_act_question(v, call, out))
        return SCREEN_HANDLED;
    return act_program(v, call, out);
}

static void fill_screen_answer(screen *s, const screen_answer *answer,
                               request *out)
{
    fill_view *v = s->state;
    (void)out;
    if (answer->tag == FILL_TAG_NOTE)
        fill_note_answer(v, answer);
    if (answer->how != INPUT_ACCEPTED)
        return;
    switch (answer->tag) {
    case FILL_TAG_OUTLINE:
        if (*answer->text)
            go_to_path(v, answer->text);
        else
            fill_view_look(v);
        break;
    case FILL_TAG_QUESTION:
        find(v, answer->text);
        break;
    case FILL_TAG_DELETE:
        fill_delete_instance(v);
        break;
    }
}

/* ---- keys ---- */

/* Letters are input wherever something can be typed or chosen. */
static int fill_screen_typing(screen *s)
{
    const fill_view *v = s->state;
    const fill_question *q = fill_view_question(v);
    return v->picking || v->roster || v->asking ||
           (q && q->kind != FILL_NOTE && !q->readonly);
}

static int fill_screen_key(screen *s, int key, request *out)
{
    fill_view *v = s->state;
    const fill_question *q = fill_view_question(v);
    (void)out;
    if (v->asking)
        return fill_ask_key(v, key) == FILL_IGNORED ? SCREEN_IGNORED
                                                    : SCREEN_HANDLED;
    if (key == UI_KEY_ENTER && !v->picking)
        return SCREEN_IGNORED;
    if (v->roster)
        return fill_roster_key(v, key) == FILL_IGNORED ? SCREEN_IGNORED
                                                       : SCREEN_HANDLED;
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
    if (v->asking)
        return id == ACTION_NEXT || id == ACTION_BACK || id == ACTION_CANCEL ||
               id == ACTION_HELP;
    switch (id) {
    case ACTION_ADD:
    case ACTION_DELETE:
        return in_repeat;
    case ACTION_GPS:
    case ACTION_PLACE:
        return q && q->kind == FILL_POINT && !q->readonly;
    case ACTION_NOT_KNOWN:
        return q && q->not_known && !q->readonly;
    case ACTION_REFUSED:
        return q && q->refused && !q->readonly;
    case ACTION_NEW_LINE:
        return q && q->multiline;
    case ACTION_TABLE:
        return v->page && v->page->kind == FILL_REPEAT;
    case ACTION_DITTO:
        return (q && q->kind != FILL_NOTE && !q->readonly) || v->roster;
    case ACTION_NOTE:
        return fill_view_node(v) != NULL;
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
    .rest = fill_screen_rest,
    .close = fill_screen_close,
};
