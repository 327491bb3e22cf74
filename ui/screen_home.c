/* SPDX-License-Identifier: MIT */
/* screen_home: the territory at a glance. The layers, then forms, conflicts,
 * log and sync, as one list; beside or below it how things stand. Layers of
 * forms' records are left to the screens of forms and layers: a territory of
 * eight forms has ten of them, and the rest would not fit on a screen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "form/draft.h"
#include "form/layout.h"
#include "form/shelf.h"
#include "ui/layer_list_internal.h"

typedef struct home_state {
    layer_list layers;
    list list;
    size_t forms, drafts; /* current ones; records begun */
} home_state;

/* What comes after the layers. */
static const unsigned others[] = {ACTION_ON_FORMS, ACTION_ON_CONFLICTS,
                                  ACTION_ON_LOG, ACTION_ON_SYNC};
#define OTHERS (sizeof others / sizeof *others)
#define FACTS 6
#define STEPS 6

static int leave_out_records(layer_list *l, const char *form_id)
{
    buffer name = {0};
    int error = form_record_layer(&name, form_id);
    if (error == TAWAM_OK)
        layer_list_leave_out(l, (const char *)name.data);
    buffer_free(&name);
    return error;
}

static int count_forms(home_state *state, twin *t)
{
    arena *memory = NULL;
    shelf_form *forms = NULL;
    draft_entry *drafts = NULL;
    size_t count = 0;
    int error = arena_new(&memory);
    if (error == TAWAM_OK)
        error = shelf_list(&forms, &count, t, memory);
    if (error == TAWAM_OK)
        error = draft_list(&drafts, &state->drafts, t, memory);
    state->forms = 0;
    for (size_t i = 0; error == TAWAM_OK && i < count; i++) {
        state->forms += forms[i].current && !forms[i].withdrawn;
        error = leave_out_records(&state->layers, forms[i].id);
    }
    arena_free(memory);
    return error;
}

static int home_read(screen *s)
{
    home_state *state = s->state;
    twin *t = s->ui->territory->twin;
    int error = layer_list_read(&state->layers, t, s->ui->language);
    return error < 0 ? error : count_forms(state, t);
}

static int home_open(screen *s, const screen_target *target)
{
    (void)target;
    return home_read(s);
}

/* Layers are counted one a slice; until then their number is … */
static int home_load(screen *s)
{
    home_state *state = s->state;
    return layer_list_load(&state->layers, s->ui->territory->twin);
}

/* ---- how things stand ---- */

/* At most FACTS lines of a label and what it says. */
typedef struct facts {
    const char *labels[FACTS];
    char values[FACTS][320];
    int count;
} facts;

/* The next value, to be written into; its label is kept as it is. */
static char *add_fact(facts *f, const char *label)
{
    f->labels[f->count] = label;
    return f->values[f->count++];
}

/* "2 new, 1 deleted": what there is none of is left out. */
static void add_part(buffer *out, int64_t count, const char *words)
{
    if (!count)
        return;
    if (out->length)
        buffer_text(out, ", ");
    buffer_format(out, words, (long long)count);
}

static void unsent_text(char *out, size_t size, const sync_status *now)
{
    const twin_pending_counts *p = &now->pending;
    int64_t changed = p->updated + p->affirmed;
    buffer text = {0};
    add_part(&text, p->inserted,
             ngettext("%lld new", "%lld new", (unsigned long)p->inserted));
    add_part(&text, changed,
             ngettext("%lld changed", "%lld changed", (unsigned long)changed));
    add_part(
        &text, p->deleted,
        ngettext("%lld removed", "%lld removed", (unsigned long)p->deleted));
    add_part(&text, now->commits_unsent,
             ngettext("%lld commit", "%lld commits",
                      (unsigned long)now->commits_unsent));
    snprintf(out, size, "%s", text.length ? (char *)text.data : _("nothing"));
    buffer_free(&text);
}

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

/* "to send 3, 4.1 MB; not here 12, 8 MB". Returns 0 when there are none. */
static int files_text(char *out, size_t size, const files_counts *c)
{
    char unsent[32], missing[32];
    buffer text = {0};
    text_from_bytes(unsent, (uint64_t)c->unsent_bytes);
    text_from_bytes(missing, (uint64_t)c->missing_bytes);
    if (c->unsent)
        buffer_format(&text, _("to send %lld, %s"), (long long)c->unsent,
                      unsent);
    if (c->unsent && c->missing)
        buffer_text(&text, "; ");
    if (c->missing)
        buffer_format(&text, _("not here %lld, %s"), (long long)c->missing,
                      missing);
    snprintf(out, size, "%s", text.data ? (char *)text.data : "");
    buffer_free(&text);
    return c->unsent || c->missing;
}

/* What the list beside it doesn't say, most important first. */
static void make_facts(facts *f, const screen *s)
{
    const home_state *state = s->state;
    const sync_status *now = &s->ui->status;
    sync_identity who = {.device = ""};
    size_t size = sizeof f->values[0];
    f->count = 0;
    if (state->drafts)
        snprintf(add_fact(f, _("Drafts")), size, _("%zu, F goes on with them"),
                 state->drafts);
    unsent_text(add_fact(f, _("Not sent yet")), size, now);
    if (files_text(f->values[f->count], size, &s->ui->files))
        add_fact(f, _("Attachments"));
    last_sync_text(add_fact(f, _("Last sync")), size, now);
    if (now->waiting || now->refused)
        snprintf(add_fact(f, _("Held back")), size,
                 _("commits waiting %lld, refused %lld"),
                 (long long)now->waiting, (long long)now->refused);
    if (s->ui->territory->sync)
        sync_who(&who, s->ui->territory->sync);
    snprintf(add_fact(f, _("This device")), size, "%s  %s", who.device,
             who.author_name ? who.author_name : "");
}

/* Values start in one column unless a label is longer. */
static void draw_facts(const facts *f, grid *g, area a)
{
    int labels = 16;
    for (int i = 0; i < f->count; i++) {
        int one = cell_text_width(f->labels[i], g->bidi);
        if (one > labels)
            labels = one < 24 ? one : 24;
    }
    int x = a.x + labels + 2;
    for (int i = 0; i < f->count && i < a.height; i++) {
        cell_text(g, a.y + i, a.x, labels, f->labels[i], ALIGN_START,
                  ROLE_LABEL);
        cell_text(g, a.y + i, x, a.x + a.width - x, f->values[i], ALIGN_LEFT,
                  ROLE_NORMAL);
    }
}

/* ---- the list ---- */

/* Beside sync stands what it would send: rows, else commits; nothing when all
 * is sent. */
static void other_text(char *out, size_t size, const screen *s, unsigned id)
{
    const home_state *state = s->state;
    const sync_status *now = &s->ui->status;
    const twin_pending_counts *p = &now->pending;
    int64_t rows = p->inserted + p->updated + p->deleted + p->affirmed;
    int64_t count = id == ACTION_ON_FORMS       ? (int64_t)state->forms
                    : id == ACTION_ON_CONFLICTS ? now->conflicts
                    : id == ACTION_ON_LOG       ? now->commits
                    : rows                      ? rows
                                                : now->commits_unsent;
    if (id == ACTION_ON_SYNC && !count)
        *out = '\0';
    else
        snprintf(out, size, "%lld", (long long)count);
}

static const char *item_label(const home_state *state, int64_t item)
{
    int64_t layers = (int64_t)state->layers.count;
    return item < layers ? state->layers.items[item].label
                         : action_screen_title(others[item - layers]);
}

/* Columns for the labels: what the longest needs, so that the counts stand
 * beside them. */
static int label_width(const home_state *state, const grid *g, int most)
{
    int64_t count = (int64_t)(state->layers.count + OTHERS);
    int widest = 16;
    for (int64_t i = 0; i < count; i++) {
        int one = cell_text_width(item_label(state, i), g->bidi);
        if (one > widest)
            widest = one;
    }
    return widest < most ? widest : most;
}

/* The layers, then the other screens, as one list. LABELS: columns for those.
 */
static void draw_item(screen *s, grid *g, int y, int x, int labels,
                      int64_t item)
{
    const home_state *state = s->state;
    int64_t layers = (int64_t)state->layers.count;
    int here = list_mark(&state->list, g, y, x, item);
    int conflicts =
        item >= layers && others[item - layers] == ACTION_ON_CONFLICTS;
    char count[32];
    role r = here ? ROLE_CURSOR : item < layers ? ROLE_NORMAL : ROLE_LABEL;
    if (item < layers)
        layer_list_rows(count, &state->layers.items[item]);
    else
        other_text(count, sizeof count, s, others[item - layers]);
    cell_text(g, y, x + 2, labels, item_label(state, item), ALIGN_START, r);
    cell_text(g, y, x + 2 + labels + 1, 10, count, ALIGN_RIGHT,
              conflicts && s->ui->status.conflicts ? ROLE_CONFLICT
                                                   : ROLE_NORMAL);
}

/* ---- what to do next ---- */

static int add_step(const char **lines, int count, const char *line)
{
    lines[count] = line;
    return count + 1;
}

/* First what waits to be done, then what a person who has never seen the
 * program needs. Returns how many lines, at most STEPS. */
static int make_steps(const char *lines[STEPS], const screen *s, int has_layers)
{
    const home_state *state = s->state;
    const sync_status *now = &s->ui->status;
    const twin_pending_counts *p = &now->pending;
    int count = 0;
    if (now->conflicts)
        count = add_step(lines, count,
                         _("Answers contradict each other: c shows them, "
                           "to be settled."));
    if (state->drafts && !s->ui->read_only)
        count = add_step(lines, count,
                         _("A record is begun and not finished: F shows it, "
                           "Enter goes on."));
    if (!s->ui->read_only && (p->inserted || p->updated || p->deleted ||
                              p->affirmed || now->commits_unsent))
        count = add_step(lines, count,
                         _("Your changes are kept here; s sends them when "
                           "there is a network."));
    count = add_step(
        lines, count,
        has_layers ? _("Enter opens a layer; in it f filters, Enter opens a "
                       "row, e changes a value.")
                   : _("No layer yet: tawam import FILE --layer NAME makes "
                       "one."));
    count = add_step(lines, count,
                     _("s sends what you changed and receives what others "
                       "did; u takes back an edit."));
    return add_step(
        lines, count,
        _("? shows the keys of any screen, : takes commands, q goes back."));
}

static void draw_steps(screen *s, grid *g, area a)
{
    const home_state *state = s->state;
    const char *lines[STEPS];
    int count = make_steps(lines, s, state->layers.count > 0);
    int end = a.y + a.height;
    for (int i = 0; i < count && a.y < end; i++) {
        a.height = end - a.y;
        a.y += draw_paragraph(g, a, lines[i],
                              i < count - 3 ? ROLE_NORMAL : ROLE_DIM);
    }
}

/* The list keeps its rows; facts and steps take what is left, the facts beside
 * the list where there is room. */
static void home_draw(screen *s, grid *g, area a)
{
    home_state *state = s->state;
    facts known;
    make_facts(&known, s);
    int wide = a.width >= 100;
    int64_t count = (int64_t)(state->layers.count + OTHERS);
    int labels = label_width(state, g, wide ? 40 : a.width - 14);
    int height = a.height - 1, y = a.y + 1;
    int below = wide ? 0 : height - (int)count - 1;
    below = below < 0 ? 0 : below > known.count ? known.count : below;
    height -= below ? below + 1 : 0;
    list_fit(&state->list, count, height);
    for (int i = 0; i < height && state->list.top + i < count; i++)
        draw_item(s, g, y + i, a.x, labels, state->list.top + i);
    int after = y + (int)(wide && count < known.count ? known.count : count);
    area facts_at =
        wide ? (area){y, a.x + labels + 18, height, a.width - labels - 19}
             : (area){after + 1, a.x + 2, below, a.width - 3};
    if (wide || below)
        draw_facts(&known, g, facts_at);
    after += below ? below + 2 : 1;
    draw_steps(s, g,
               (area){after, a.x + 2, a.y + a.height - after, a.width - 3});
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
    if (home_read(s) < 0)
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
