/* SPDX-License-Identifier: MIT */
/* screen_outline: all questions of the record on the screen below, with what is
 * done, open and wrong: signs and counts, not colours alone. Enter goes there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"
#include "ui/listing.h"

typedef struct outline_line {
    fill_line_kind kind;
    fill_state state;
    char *path, *label, *echo; /* owned */
    int depth;
    size_t open, wrong, done, number;
    int flagged, noted;
} outline_line;

typedef struct outline_state {
    listing listing; /* its lines hold what is searched */
    outline_line *lines;
    size_t count;
    int rtl;
} outline_state;

static int copy_line(outline_state *o, const fill_line *from)
{
    outline_line *to = &o->lines[o->count];
    *to = (outline_line){.kind = from->kind,
                         .state = from->state,
                         .path = memory_string(from->path),
                         .label = memory_string(from->label),
                         .echo = memory_string(from->echo),
                         .depth = from->depth,
                         .open = from->open,
                         .wrong = from->wrong,
                         .done = from->done,
                         .number = from->number,
                         .flagged = from->flagged,
                         .noted = *from->note != '\0'};
    if (from->is_here)
        o->listing.list.cursor = (int64_t)o->count;
    o->count++;
    if (!to->path || !to->label || !to->echo)
        return TAWAM_EMEMORY;
    return listing_add(&o->listing,
                       memory_format("%zu %s %s %s", from->number, from->label,
                                     from->echo, from->path),
                       0, ROLE_NORMAL);
}

static int outline_open(screen *s, const screen_target *target)
{
    outline_state *o = s->state;
    const fill_line *lines = NULL;
    size_t count = 0;
    (void)target;
    if (!s->ui->filling)
        return error_set(TAWAM_EUSAGE, _("no form is being filled"));
    o->rtl = fill_is_rtl(s->ui->filling);
    int error = fill_outline(&lines, &count, s->ui->filling);
    if (error == TAWAM_OK) {
        o->lines = memory_array(count + 1, sizeof *o->lines);
        error = o->lines ? TAWAM_OK : TAWAM_EMEMORY;
    }
    for (size_t i = 0; error == TAWAM_OK && i < count; i++)
        error = copy_line(o, &lines[i]);
    return error;
}

static void outline_close(screen *s)
{
    outline_state *o = s->state;
    for (size_t i = 0; i < o->count; i++) {
        free(o->lines[i].path);
        free(o->lines[i].label);
        free(o->lines[i].echo);
    }
    free(o->lines);
    listing_free(&o->listing);
}

/* The screen below hears of it also when nothing was chosen: what it had of
 * the page is of before the outline was asked for. */
static int outline_act(screen *s, const screen_call *call, request *out)
{
    outline_state *o = s->state;
    size_t at = (size_t)o->listing.list.cursor;
    action_id id = call->action->id;
    if (id == ACTION_OPEN || id == ACTION_BACK || id == ACTION_CANCEL) {
        out->kind = REQUEST_ANSWER;
        out->tag = FILL_TAG_OUTLINE;
        if (id == ACTION_OPEN && at < o->count)
            copy_text(out->text, sizeof out->text, o->lines[at].path);
        return SCREEN_HANDLED;
    }
    return listing_act(&o->listing, s->ui, call, out);
}

static void outline_answer(screen *s, const screen_answer *answer, request *out)
{
    outline_state *o = s->state;
    (void)out;
    listing_answer(&o->listing, s->ui, answer);
}

/* ---- drawing ---- */

/* Of a group how many are done, and how many not; of a question its answer. */
static void value_text(char *out, size_t size, const outline_line *l)
{
    if (l->kind == FILL_LINE_QUESTION) {
        copy_text(out, size, l->echo);
        return;
    }
    size_t length = (size_t)snprintf(out, size, "%zu/%zu", l->done,
                                     l->done + l->open + l->wrong);
    if (l->open && length < size)
        length +=
            (size_t)snprintf(out + length, size - length, " ?%zu", l->open);
    if (l->wrong && length < size)
        snprintf(out + length, size - length, " !%zu", l->wrong);
}

static role label_role(const outline_line *l, int here)
{
    return here                            ? ROLE_CURSOR
           : l->kind == FILL_LINE_QUESTION ? ROLE_NORMAL
                                           : ROLE_LABEL;
}

static void draw_line(const outline_state *o, const side *s, int y, size_t at)
{
    const outline_line *l = &o->lines[at];
    char number[24] = "", value[512], mark[3] = "";
    int width = s->area.width, x = 4 + (l->depth < 8 ? l->depth : 8) * 2;
    int here = (int64_t)at == o->listing.list.cursor;
    int values = width * 2 / 5;
    if (here) {
        side_sign(s, y, 0, s->rtl ? '<' : '>', ROLE_CURSOR);
        side_cursor(s, y, 0);
    }
    side_text(s, y, 1, 1, fill_state_sign(l->state), fill_state_role(l->state));
    if (l->flagged || l->noted)
        snprintf(mark, sizeof mark, "%s%s", l->flagged ? "*" : "",
                 l->noted ? "n" : "");
    side_text(s, y, 2, 2, mark, ROLE_PENDING);
    if (l->kind == FILL_LINE_QUESTION && l->number) {
        snprintf(number, sizeof number, "%zu", l->number);
        side_number(s, y, x, 3, number, ROLE_DIM);
        x += 4;
    }
    value_text(value, sizeof value, l);
    if (!*value)
        values = -1;
    side_text(s, y, x, width - values - x - 1, l->label, label_role(l, here));
    side_text(s, y, width - values, values, value,
              l->kind == FILL_LINE_QUESTION ? ROLE_NORMAL : ROLE_DIM);
}

static void outline_draw(screen *s, grid *g, area a)
{
    outline_state *o = s->state;
    side sides = {g, {a.y, a.x + 1, a.height, a.width - 2}, o->rtl};
    list *l = &o->listing.list;
    list_fit(l, (int64_t)o->count, a.height);
    for (int i = 0; i < a.height && l->top + i < l->count; i++)
        draw_line(o, &sides, a.y + i, (size_t)(l->top + i));
}

static void outline_title(screen *s, buffer *out)
{
    (void)s;
    buffer_text(out, action_screen_title(ACTION_ON_OUTLINE));
}

const screen_class screen_outline = {
    .id = ACTION_ON_OUTLINE,
    .state_size = sizeof(outline_state),
    .open = outline_open,
    .draw = outline_draw,
    .act = outline_act,
    .answer = outline_answer,
    .title = outline_title,
    .close = outline_close,
};
