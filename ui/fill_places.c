/* SPDX-License-Identifier: MIT */
/* fill_places: a point taken from the places of the territory. The list stands
 * in the place of the question until one is taken or Esc leaves it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

#define PLACES_MOST 200

static void look_up(fill_view *v)
{
    arena_reset(v->place_memory);
    v->places = NULL;
    v->place_count = 0;
    v->list.cursor = v->list.top = 0;
    if (fill_places(&v->places, &v->place_count, v->fill, input_text(&v->typed),
                    PLACES_MOST, v->place_memory) < 0)
        ui_say_error(v->ui);
}

/* What is typed and no point is letters of a place. */
int fill_places_begin(fill_view *v)
{
    int error = v->place_memory ? TAWAM_OK : arena_new(&v->place_memory);
    int letters = v->touched && !v->echo.length;
    char *half = v->touched ? memory_string(input_text(&v->typed)) : NULL;
    if (error == TAWAM_OK && v->touched && !half)
        error = TAWAM_EMEMORY;
    if (error < 0) {
        free(half);
        return error;
    }
    fill_view_focus(v, (long)v->at);
    v->aside = half;
    v->picking = 1;
    input_set(&v->typed, letters ? half : "");
    look_up(v);
    return TAWAM_OK;
}

/* The line as it was before; why a place was refused stays. */
void fill_places_leave(fill_view *v)
{
    char *half = v->aside;
    v->picking = 0;
    v->aside = NULL;
    fill_field_begin(v);
    if (half)
        fill_field_type(v, half);
    free(half);
}

/* ODK's spelling: height and accuracy are not known, so they are 0. */
static fill_result take(fill_view *v)
{
    char value[96];
    record_outcome outcome = RECORD_OK;
    size_t at = (size_t)v->list.cursor;
    if (at >= v->place_count)
        return FILL_STAYS;
    snprintf(value, sizeof value, "%.7f %.7f 0 0", v->places[at].latitude,
             v->places[at].longitude);
    int error = fill_set(&outcome, v->fill, fill_view_question(v)->node, value);
    if (fill_view_taken(v, error, outcome))
        fill_view_focus(v, (long)v->at);
    else
        fill_places_leave(v);
    return FILL_STAYS;
}

fill_result fill_places_key(fill_view *v, int key)
{
    static const struct {
        int key;
        action_id action;
    } moves[] = {{UI_KEY_UP, ACTION_UP},
                 {UI_KEY_DOWN, ACTION_DOWN},
                 {UI_KEY_PAGE_UP, ACTION_PAGE_UP},
                 {UI_KEY_PAGE_DOWN, ACTION_PAGE_DOWN}};
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        if (moves[i].key == key) {
            v->list.count = (int64_t)v->place_count;
            list_act(&v->list, moves[i].action);
            return FILL_STAYS;
        }
    switch (input_key(&v->typed, key)) {
    case INPUT_ACCEPTED:
        return take(v);
    case INPUT_CANCELLED:
        fill_places_leave(v);
        return FILL_STAYS;
    case INPUT_CHANGED:
        look_up(v);
        return FILL_STAYS;
    case INPUT_MOVED:
        return FILL_STAYS;
    case INPUT_IGNORED:
        break;
    }
    return FILL_IGNORED;
}

/* A row a place: its name, and what kind of place it is. Beside what is typed
 * stands what to do when there is none. */
void fill_places_draw(fill_view *v, const side *s, int y, int height)
{
    int width = s->area.width;
    list_fit(&v->list, (int64_t)v->place_count, height - 1);
    for (int row = 0; row + 1 < height && v->list.top + row < v->list.count;
         row++) {
        const fill_place *p = &v->places[v->list.top + row];
        int here = v->list.top + row == v->list.cursor;
        if (here)
            side_sign(s, y + 1 + row, 0, s->rtl ? '<' : '>', ROLE_CURSOR);
        side_text(s, y + 1 + row, 2, width * 2 / 3 - 2, p->name,
                  here ? ROLE_CURSOR : ROLE_NORMAL);
        side_text(s, y + 1 + row, width * 2 / 3 + 1, width / 3 - 1,
                  twin_label(v->ui->territory->twin, p->layer, "", "",
                             v->ui->language),
                  ROLE_DIM);
    }
    side_input(s, y, 2, width / 2, &v->typed);
    if (!v->place_count)
        side_text(s, y + 2, 2, width - 2,
                  *input_text(&v->typed)
                      ? _("no place has these letters; Esc to type the point")
                      : _("letters of the place's name"),
                  ROLE_DIM);
}
