/* SPDX-License-Identifier: MIT */
/* screen_choices: pick a value of a column that has choices. The answer is the
 * choice's name; "" empties the field. */
#include <stdlib.h>
#include <string.h>
#include "ui/listing.h"

typedef struct choices_state {
    listing listing;
    char **names; /* of each line */
    size_t count;
    char title[128];
} choices_state;

/* The cursor starts on the present value. */
static int add_choice(choices_state *c, const char *name, const char *label,
                      const char *present)
{
    c->names[c->count] = memory_string(name);
    if (!c->names[c->count])
        return TAWAM_EMEMORY;
    if (strcmp(name, present) == 0)
        c->listing.list.cursor = (int64_t)c->count;
    c->count++;
    return listing_add(&c->listing, memory_string(label), 0, ROLE_NORMAL);
}

/* A column without choices of its own is a boolean: yes and no. */
static int choices_open(screen *s, const screen_target *target)
{
    choices_state *c = s->state;
    fields *all = NULL;
    int error = fields_load(&all, s->ui->territory->twin, target->layer,
                            s->ui->language);
    const field *f = error < 0 ? NULL : fields_by_column(all, target->column);
    if (error == TAWAM_OK && !f)
        error = error_set(TAWAM_ENOTFOUND, _("the column is gone"));
    if (f) {
        copy_text(c->title, sizeof c->title, f->label);
        c->names = memory_array(f->choice_count + 4, sizeof *c->names);
        error = c->names ? add_choice(c, "", _("(empty)"), target->text)
                         : TAWAM_EMEMORY;
        for (size_t i = 0; error == TAWAM_OK && i < f->choice_count; i++)
            error = add_choice(c, f->choices[i].name, f->choices[i].label,
                               target->text);
        if (error == TAWAM_OK && !f->choice_count) {
            error = add_choice(c, "1", _("yes"), target->text);
            if (error == TAWAM_OK)
                error = add_choice(c, "0", _("no"), target->text);
        }
    }
    fields_free(all);
    return error;
}

static int choices_act(screen *s, const screen_call *call, request *out)
{
    choices_state *c = s->state;
    switch (call->action->id) {
    case ACTION_CHOOSE:
        out->kind = REQUEST_ANSWER;
        out->tag = 1;
        copy_text(out->text, sizeof out->text,
                  c->names[c->listing.list.cursor]);
        return SCREEN_HANDLED;
    case ACTION_CANCEL:
        out->kind = REQUEST_BACK;
        return SCREEN_HANDLED;
    default:
        return listing_act(&c->listing, s->ui, call, out);
    }
}

static void choices_answer(screen *s, const screen_answer *answer, request *out)
{
    choices_state *c = s->state;
    (void)out;
    listing_answer(&c->listing, s->ui, answer);
}

static void choices_draw(screen *s, grid *g, area a)
{
    choices_state *c = s->state;
    int64_t cursor = c->listing.list.cursor;
    for (size_t i = 0; i < c->listing.count; i++)
        c->listing.lines[i].role =
            (int64_t)i == cursor ? ROLE_CURSOR : ROLE_NORMAL;
    listing_draw(&c->listing, g, a);
}

static void choices_title(screen *s, buffer *out)
{
    const choices_state *c = s->state;
    buffer_text(out, c->title);
}

static void choices_close(screen *s)
{
    choices_state *c = s->state;
    for (size_t i = 0; i < c->count; i++)
        free(c->names[i]);
    free(c->names);
    listing_free(&c->listing);
}

const screen_class screen_choices = {
    .id = ACTION_ON_CHOICES,
    .state_size = sizeof(choices_state),
    .open = choices_open,
    .draw = choices_draw,
    .act = choices_act,
    .answer = choices_answer,
    .title = choices_title,
    .close = choices_close,
};
