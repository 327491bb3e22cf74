/* SPDX-License-Identifier: MIT */
/* screen_home: the territory at a glance. The layers, then conflicts, log and
 * sync, as one list; beside or below it how things stand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/layer_list_internal.h"

typedef struct home_state {
    layer_list layers;
    list list;
} home_state;

/* What comes after the layers. */
static const unsigned others[] = {ACTION_ON_CONFLICTS, ACTION_ON_LOG,
                                  ACTION_ON_SYNC};
#define OTHERS (sizeof others / sizeof *others)
#define FACTS 6

static int home_open(screen *s, const screen_target *target)
{
    home_state *state = s->state;
    (void)target;
    return layer_list_read(&state->layers, s->ui->territory->twin,
                           s->ui->language);
}

/* Layers are counted one a slice; until then their number is … */
static int home_load(screen *s)
{
    home_state *state = s->state;
    return layer_list_load(&state->layers, s->ui->territory->twin);
}

/* ---- how things stand
 * ---------------------------------------------------------- */

static void last_sync_text(char *out, size_t size, const sync_status *now)
{
    char when[32];
    if (!now->last_sync) {
        snprintf(out, size, "%s", _("never"));
        return;
    }
    clock_format_local(when, now->last_sync);
    snprintf(out, size, "%s  %s", when, now->last_remote);
}

static void pending_text(char *out, size_t size, const sync_status *now)
{
    const twin_pending_counts *p = &now->pending;
    if (!p->inserted && !p->updated && !p->deleted && !p->affirmed) {
        snprintf(out, size, "%s", _("nothing"));
        return;
    }
    snprintf(out, size, _("%lld new, %lld changed, %lld deleted"),
             (long long)p->inserted, (long long)(p->updated + p->affirmed),
             (long long)p->deleted);
}

/* Values start in one column unless a label is longer. */
static void draw_fact(grid *g, int y, area a, const char *label,
                      const char *value, role r)
{
    int used = cell_text(g, y, a.x, 20, label, ALIGN_LEFT, ROLE_LABEL);
    int x = a.x + (used > 18 ? used + 1 : 19);
    cell_text(g, y, x, a.x + a.width - x, value, ALIGN_LEFT, r);
}

/* Draws what fits into A, most important first. */
static void draw_facts(screen *s, grid *g, area a)
{
    const sync_status *now = &s->ui->status;
    char value[FACTS][320];
    sync_identity who = {.device = ""};
    const char *labels[FACTS] = {_("To record"), _("To send"),
                                 _("Conflicts"), _("Last sync"),
                                 _("History"),   _("This device")};
    pending_text(value[0], sizeof value[0], now);
    snprintf(value[1], sizeof value[1], "%lld", (long long)now->commits_unsent);
    snprintf(value[2], sizeof value[2], "%lld", (long long)now->conflicts);
    last_sync_text(value[3], sizeof value[3], now);
    snprintf(value[4], sizeof value[4],
             now->waiting || now->refused
                 ? _("%lld, waiting %lld, refused %lld")
                 : "%lld",
             (long long)now->commits, (long long)now->waiting,
             (long long)now->refused);
    if (s->ui->territory->sync)
        sync_who(&who, s->ui->territory->sync);
    snprintf(value[5], sizeof value[5], "%s  %s", who.device,
             who.author_name ? who.author_name : "");
    for (int i = 0; i < FACTS && i < a.height; i++)
        draw_fact(g, a.y + i, a, labels[i], value[i],
                  i == 2 && now->conflicts ? ROLE_CONFLICT : ROLE_NORMAL);
}

/* ---- the list
 * --------------------------------------------------------------------- */

static void other_text(char *out, size_t size, const screen *s, unsigned id)
{
    const sync_status *now = &s->ui->status;
    int64_t count = id == ACTION_ON_CONFLICTS ? now->conflicts
                    : id == ACTION_ON_LOG     ? now->commits
                                              : now->commits_unsent;
    snprintf(out, size, "%lld", (long long)count);
}

/* The layers, then the other screens, as one list. */
static void draw_item(screen *s, grid *g, int y, area a, int64_t item)
{
    const home_state *state = s->state;
    int64_t layers = (int64_t)state->layers.count;
    int here = list_mark(&state->list, g, y, a.x, item);
    char count[32];
    const char *label = NULL;
    role r = here ? ROLE_CURSOR : ROLE_NORMAL;
    if (item < layers) {
        label = state->layers.items[item].label;
        layer_list_rows(count, &state->layers.items[item]);
    } else {
        label = action_screen_title(others[item - layers]);
        other_text(count, sizeof count, s, others[item - layers]);
        if (!here)
            r = ROLE_LABEL;
    }
    int width = a.width - 14 > 40 ? 40 : a.width - 14;
    cell_text(g, y, a.x + 2, width, label, ALIGN_START, r);
    cell_text(g, y, a.x + 3 + width, 10, count, ALIGN_RIGHT,
              item == layers && s->ui->status.conflicts ? ROLE_CONFLICT
                                                        : ROLE_NORMAL);
}

/* What a person who has never seen the program needs. */
static void draw_first_steps(grid *g, area a, int has_layers)
{
    const char *lines[] = {
        has_layers ? _("Enter opens a layer; in it f filters, Enter opens a "
                       "row, e changes a value.")
                   : _("No layer yet: tawam import FILE --layer NAME makes "
                       "one."),
        _("s sends what you changed and receives what others did; u takes "
          "back an edit."),
        _("? shows the keys of any screen, : takes commands, q goes back.")};
    for (int i = 0; i < 3 && i < a.height; i++)
        cell_text(g, a.y + i, a.x, a.width, lines[i], ALIGN_LEFT, ROLE_DIM);
}

/* The list keeps its rows; facts and first steps take what is left. */
static void home_draw(screen *s, grid *g, area a)
{
    home_state *state = s->state;
    int wide = a.width >= 100;
    int64_t count = (int64_t)(state->layers.count + OTHERS);
    area left = {a.y + 1, a.x, a.height - 1, wide ? 58 : a.width};
    int below = wide ? 0 : left.height - (int)count - 1;
    below = below < 0 ? 0 : below > FACTS ? FACTS : below;
    int height = left.height - (below ? below + 1 : 0);
    list_fit(&state->list, count, height);
    for (int i = 0; i < height && state->list.top + i < count; i++)
        draw_item(s, g, left.y + i, left, state->list.top + i);
    int y = left.y + (int)count + 1;
    area facts = wide ? (area){left.y, 62, left.height, a.width - 63}
                      : (area){y, a.x + 2, below, a.width - 3};
    if (count < height + 1)
        draw_facts(s, g, facts);
    if (!wide)
        y += below + 1;
    else if (count < FACTS)
        y += FACTS - (int)count;
    area steps = {y, a.x + 2, a.y + a.height - y, a.width - 3};
    draw_first_steps(g, steps, state->layers.count > 0);
}

static int home_act(screen *s, const screen_call *call, request *out)
{
    home_state *state = s->state;
    size_t at = (size_t)state->list.cursor;
    if (list_act(&state->list, call->action->id))
        return SCREEN_HANDLED;
    if (call->action->id != ACTION_OPEN)
        return SCREEN_IGNORED;
    if (at < state->layers.count)
        return request_open(out, ACTION_ON_ROWS, state->layers.items[at].name,
                            0);
    unsigned id = others[at - state->layers.count];
    if (id == ACTION_ON_SYNC && s->ui->read_only) {
        ui_say(s->ui, ROLE_WARNING, "%s", _("Read-only: no sync"));
        return SCREEN_HANDLED;
    }
    return request_open(out, id, NULL, 0);
}

/* The old counts stay until the new ones are there. */
static void home_changed(screen *s)
{
    home_state *state = s->state;
    if (layer_list_read(&state->layers, s->ui->territory->twin,
                        s->ui->language) < 0)
        ui_say_error(s->ui);
}

static void home_close(screen *s)
{
    home_state *state = s->state;
    layer_list_free(&state->layers);
}

const screen_class screen_home = {
    .id = ACTION_ON_HOME,
    .state_size = sizeof(home_state),
    .open = home_open,
    .load = home_load,
    .draw = home_draw,
    .act = home_act,
    .changed = home_changed,
    .close = home_close,
};
