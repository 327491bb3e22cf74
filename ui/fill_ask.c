/* SPDX-License-Identifier: MIT */
/* fill_ask: what a form's audit asks beside its questions, in the place of the
 * page: who fills the form, before anything else; why a finished record was
 * changed, before it is saved again. A reason half typed is kept as a half
 * typed answer is. */
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

static void free_users(fill_view *v)
{
    for (size_t i = 0; i < FILL_USERS; i++) {
        free(v->users[i]);
        v->users[i] = NULL;
    }
}

static int read_users(fill_view *v)
{
    const char *const *names = NULL;
    size_t count = 0;
    int error = fill_users(&names, &count, v->fill);
    free_users(v);
    for (size_t i = 0; error == TAWAM_OK && i < count && i < FILL_USERS; i++) {
        v->users[i] = memory_string(names[i]);
        error = v->users[i] ? TAWAM_OK : TAWAM_EMEMORY;
    }
    return error;
}

int fill_ask_begin(fill_view *v, fill_asking what)
{
    const char *text = NULL;
    int error = what == FILL_ASKS_USER ? read_users(v) : TAWAM_OK;
    if (error < 0)
        return error;
    text = what == FILL_ASKS_USER ? v->users[0] : fill_half_reason(v->fill);
    char *copy = memory_string(text ? text : "");
    if (!copy)
        return TAWAM_EMEMORY;
    fill_view_focus(v, 0); /* nothing typed or refused is left */
    v->asking = what;
    input_set(&v->typed, copy);
    free(copy);
    return TAWAM_OK;
}

int fill_ask_accept(fill_view *v)
{
    const char *text = input_text(&v->typed);
    int error = v->asking == FILL_ASKS_USER ? fill_set_user(v->fill, text)
                                            : fill_set_reason(v->fill, text);
    if (error < 0) {
        fill_view_refuse(v, error_message());
        return 0;
    }
    return 1;
}

void fill_ask_end(fill_view *v)
{
    v->asking = FILL_ASKS_NOTHING;
    input_set(&v->typed, "");
    if (fill_look(&v->page, v->fill) < 0) {
        v->page = NULL;
        ui_say_error(v->ui);
    }
    fill_view_focus(v, 0);
}

void fill_ask_rest(fill_view *v)
{
    const char *text = input_text(&v->typed);
    if (v->asking != FILL_ASKS_REASON)
        return;
    v->changed |= *text != '\0';
    if (fill_set_half_reason(v->fill, *text ? text : NULL) < 0)
        ui_say_error(v->ui);
}

void fill_ask_free(fill_view *v)
{
    free_users(v);
}

/* ---- keys ---- */

/* The name in the line, among those offered; FILL_USERS: another one. */
static size_t user_here(const fill_view *v)
{
    size_t i = 0;
    while (i < FILL_USERS &&
           (!v->users[i] || strcmp(v->users[i], input_text(&v->typed))))
        i++;
    return i;
}

void fill_ask_move(fill_view *v, int by)
{
    size_t count = 0, at = user_here(v);
    while (count < FILL_USERS && v->users[count])
        count++;
    if (v->asking != FILL_ASKS_USER || !count)
        return;
    at = at == FILL_USERS ? (by > 0 ? 0 : count - 1)
                          : (at + count + (size_t)by) % count;
    input_set(&v->typed, v->users[at]);
}

fill_result fill_ask_key(fill_view *v, int key)
{
    if (key == UI_KEY_ENTER || key == UI_KEY_ESCAPE || key == UI_KEY_UP ||
        key == UI_KEY_DOWN || key == 'C' - '@')
        return FILL_IGNORED;
    input_result how = input_key(&v->typed, key);
    if (how == INPUT_CHANGED) {
        free(v->refused);
        v->refused = NULL;
    }
    return how == INPUT_IGNORED ? FILL_IGNORED : FILL_STAYS;
}

/* ---- drawing ---- */

static void draw_users(const fill_view *v, const side *s, int y, int height)
{
    size_t here = user_here(v);
    for (size_t i = 0; i < FILL_USERS && v->users[i] && (int)i < height; i++) {
        if (i == here)
            side_sign(s, y + (int)i, 0, s->rtl ? '<' : '>', ROLE_CURSOR);
        side_text(s, y + (int)i, 2, s->area.width - 2, v->users[i],
                  i == here ? ROLE_CURSOR : ROLE_NORMAL);
    }
}

void fill_ask_draw(fill_view *v, const side *s, int y, int height)
{
    int width = s->area.width, end = y + height;
    int is_user = v->asking == FILL_ASKS_USER;
    y += side_paragraph(s, y, 0, width, end - y,
                        is_user ? _("Who fills this form? *")
                                : _("Why is this record changed? *"),
                        ROLE_TITLE);
    y += side_paragraph(
        s, y, 2, width - 2, end - y - 2,
        is_user ? _("The form wants the name of whoever fills it: it is kept "
                    "with what happens from here on.")
                : _("The form wants a reason before a finished record that "
                    "was changed is saved."),
        ROLE_DIM);
    y += height > 8;
    if (y < end)
        side_input(s, y++, 2, width - 2, &v->typed);
    if (v->refused && y < end) {
        side_text(s, y, 0, 1, "!", ROLE_ERROR);
        y +=
            side_paragraph(s, y, 2, width - 2, end - y, v->refused, ROLE_ERROR);
    }
    y += height > 8;
    draw_users(v, s, y, is_user ? end - y : 0);
}
