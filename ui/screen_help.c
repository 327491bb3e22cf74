/* SPDX-License-Identifier: MIT */
/* screen_help: what can be done on the screen below, from the action table. */
#include <stdio.h>
#include <string.h>
#include "ui/key.h"
#include "ui/listing.h"

typedef struct help_state {
    listing listing;
    unsigned about;
    int width; /* of the screen that the lines were broken for */
} help_state;

#define KEYS_WIDTH 21

/* "Enter, e" of "Enter e"; a command without a key as ":name ARGUMENT". */
static void keys_text(char *out, size_t size, const action *a)
{
    size_t at = 0;
    if (!*a->keys) {
        snprintf(out, size, ":%s%s%s", a->name, a->argument ? " " : "",
                 a->argument ? a->argument : "");
        return;
    }
    for (const char *key = a->keys; *key;) {
        char name[24];
        size_t length = strcspn(key, " ");
        snprintf(name, sizeof name, "%.*s", (int)length, key);
        int wrote = snprintf(out + at, size - at, "%s%s", at ? ", " : "",
                             ui_key_label(name));
        at += wrote > 0 ? (size_t)wrote : 0;
        if (at >= size)
            return;
        key += length;
        key += strspn(key, " ");
    }
}

/* The first line has the keys before it, those after it nothing. */
static int add_action(listing *l, const action *a, int width)
{
    char keys[96];
    const char *help = _(a->help), *left = keys;
    int error = TAWAM_OK;
    keys_text(keys, sizeof keys, a);
    while (*help && error == TAWAM_OK) {
        size_t length = text_row(help, width);
        if (!length)
            length = strlen(help);
        error = listing_add_pair(
            l, left, memory_format("%.*s", (int)length, help), ROLE_NORMAL);
        help += length;
        help += strspn(help, " ");
        left = " ";
    }
    return error;
}

/* A group that has nothing on this screen gets no title. */
static int add_group(listing *l, action_group group, unsigned about, int width)
{
    int titled = 0, error = TAWAM_OK;
    for (size_t i = 0; i < action_count() && error == TAWAM_OK; i++) {
        const action *a = action_at(i);
        if (a->group != group || !(a->screens & about))
            continue;
        if (!titled++) {
            if (l->count)
                error = listing_add(l, memory_string(""), 0, ROLE_NORMAL);
            if (error == TAWAM_OK)
                error = listing_add(l, memory_string(action_group_title(group)),
                                    0, ROLE_HEADING);
        }
        if (error == TAWAM_OK)
            error = add_action(l, a, width);
    }
    return error;
}

static int help_open(screen *s, const screen_target *target)
{
    help_state *state = s->state;
    state->about = target->about;
    state->listing.left_width = KEYS_WIDTH;
    state->listing.left_role = ROLE_KEY;
    return TAWAM_OK;
}

/* The language changed: the lines are made again. */
static void help_changed(screen *s)
{
    help_state *state = s->state;
    state->width = 0;
}

/* The lines follow from the width. */
static void help_draw(screen *s, grid *g, area a)
{
    help_state *state = s->state;
    int error = TAWAM_OK;
    if (state->width != a.width) {
        listing_clear(&state->listing);
        for (int group = 0; group < ACTION_GROUPS && error == TAWAM_OK; group++)
            error = add_group(&state->listing, (action_group)group,
                              state->about, a.width - KEYS_WIDTH - 3);
        state->width = a.width;
    }
    listing_draw(&state->listing, g, a);
}

static int help_act(screen *s, const screen_call *call, request *out)
{
    help_state *state = s->state;
    if (call->action->id == ACTION_CANCEL) { /* as every help is left */
        out->kind = REQUEST_BACK;
        return SCREEN_HANDLED;
    }
    return listing_act(&state->listing, s->ui, call, out);
}

static void help_answer(screen *s, const screen_answer *answer, request *out)
{
    help_state *state = s->state;
    (void)out;
    listing_answer(&state->listing, s->ui, answer);
}

static void help_title(screen *s, buffer *out)
{
    const help_state *state = s->state;
    buffer_format(out, "%s: %s", _("Help"), action_screen_title(state->about));
}

static void help_close(screen *s)
{
    help_state *state = s->state;
    listing_free(&state->listing);
}

const screen_class screen_help = {
    .id = ACTION_ON_HELP,
    .state_size = sizeof(help_state),
    .open = help_open,
    .draw = help_draw,
    .act = help_act,
    .answer = help_answer,
    .changed = help_changed,
    .title = help_title,
    .close = help_close,
};
