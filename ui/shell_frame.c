/* SPDX-License-Identifier: MIT */
/* shell_frame: one frame.
 *
 *   row 1        place › layer › row        unsynced 3 · ! conflicts 2 · ...
 *   body         the top screen
 *   last but one a message, or what is being typed
 *   last         keys of this screen; a hint that has no room is left out whole
 */
#include <stdio.h>
#include <string.h>
#include "ui/shell_internal.h"

#define STATUS_PIECES 4

/* The facts that never give way, as pieces of text. */
typedef struct status_line {
    char text[STATUS_PIECES][80];
    role roles[STATUS_PIECES];
    int count;
} status_line;

/* A conflict has a sign of its own, not only its colour. */
static void add_status(status_line *l, role r, const char *label, int64_t count)
{
    if (l->count == STATUS_PIECES)
        return;
    snprintf(l->text[l->count], sizeof l->text[0], "  %s%s %lld",
             r == ROLE_CONFLICT ? "! " : "", label, (long long)count);
    l->roles[l->count++] = r;
}

/* At most STATUS_PIECES, the gravest first. When nothing is pending or unsent,
 * that is said. */
static void make_status(status_line *l, const shell *sh)
{
    const sync_status *now = &sh->ui.status;
    int64_t pending = now->pending.inserted + now->pending.updated +
                      now->pending.deleted + now->pending.affirmed;
    l->count = 0;
    if (sh->ui.read_only) {
        snprintf(l->text[0], sizeof l->text[0], "  %s", _("read-only"));
        l->roles[l->count++] = ROLE_WARNING;
    }
    if (now->conflicts)
        add_status(l, ROLE_CONFLICT, _("conflicts"), now->conflicts);
    if (pending)
        add_status(l, ROLE_PENDING, _("unsynced"), pending);
    else if (now->commits_unsent)
        add_status(l, ROLE_PENDING, _("to send"), now->commits_unsent);
    else if (sh->ui.files.unsent)
        add_status(l, ROLE_PENDING, _("files to send"), sh->ui.files.unsent);
    else if (l->count < STATUS_PIECES) {
        snprintf(l->text[l->count], sizeof l->text[0], "  %s", _("all sent"));
        l->roles[l->count++] = ROLE_STATUS;
    }
}

/* Right-aligned; returns the columns taken. */
static int draw_status(shell *sh, grid *g)
{
    status_line l;
    int widths[STATUS_PIECES], total = 0;
    make_status(&l, sh);
    for (int i = 0; i < l.count; i++) {
        widths[i] = cell_text_width(l.text[i], g->bidi);
        total += widths[i];
    }
    int at = g->width - total;
    for (int i = 0; i < l.count; i++) {
        cell_text(g, 0, at, widths[i], l.text[i], ALIGN_LEFT, l.roles[i]);
        at += widths[i];
    }
    return total;
}

/* The titles of the screens one came through; the first ones give way. */
static void draw_crumbs(shell *sh, grid *g, int width)
{
    buffer titles[STACK_MAX] = {{0}};
    int columns[STACK_MAX] = {0}, used = 0, first = sh->depth;
    buffer_text(&titles[0], sh->place ? sh->place : "");
    for (int i = 1; i < sh->depth; i++)
        if (sh->stack[i].class->title)
            sh->stack[i].class->title(&sh->stack[i], &titles[i]);
    for (int i = 0; i < sh->depth; i++)
        columns[i] = titles[i].data
                         ? cell_text_width((char *)titles[i].data, g->bidi) + 3
                         : 0;
    while (first > 0 &&
           (first == sh->depth || used + columns[first - 1] <= width - 2))
        used += columns[--first];
    int at = 1;
    if (first > 0)
        at += cell_text(g, 0, at, width - at, "… › ", ALIGN_LEFT, ROLE_DIM);
    for (int i = first; i < sh->depth; i++) {
        if (!titles[i].data)
            continue;
        if (i > first)
            at += cell_text(g, 0, at, width - at, " › ", ALIGN_LEFT, ROLE_DIM);
        at += cell_text(g, 0, at, width - at, (char *)titles[i].data,
                        ALIGN_LEFT, ROLE_TITLE);
    }
    for (int i = 0; i < sh->depth; i++)
        buffer_free(&titles[i]);
}

typedef struct hint {
    char key[48]; /* as it is called in the language */
    const char *word;
} hint;

/* Columns a hint takes, with the GAP blanks after it. */
static int hint_width(const grid *g, const char *key, const char *word, int gap)
{
    return cell_text_width(key, g->bidi) + 1 + cell_text_width(word, g->bidi) +
           gap;
}

/* One hint, "key word", if it and its gap have room before END; the column
 * after them. */
static int draw_hint(grid *g, int at, int end, const hint *h, int gap)
{
    int width = hint_width(g, h->key, h->word, gap), y = g->height - 1;
    int key = cell_text_width(h->key, g->bidi);
    if (at + width > end)
        return at;
    cell_text(g, y, at, key, h->key, ALIGN_LEFT, ROLE_KEY);
    cell_text(g, y, at + key + 1, width - key - 1 - gap, h->word, ALIGN_LEFT,
              ROLE_NORMAL);
    return at + width;
}

/* 1 if the action only opens the screen one is on. */
static int leads_here(const action *a, unsigned screen_id)
{
    return (a->id == ACTION_LOG && screen_id == ACTION_ON_LOG) ||
           (a->id == ACTION_FORMS && screen_id == ACTION_ON_FORMS) ||
           (a->id == ACTION_CONFLICTS && screen_id == ACTION_ON_CONFLICTS);
}

/* What its key does now: letters are text while one TYPES. 0: not shown. */
static int make_hint(hint *out, shell *sh, const action *a, int types)
{
    char key[24];
    screen *s = shell_top(sh);
    if (!a->hint || !(a->screens & s->class->id) || a->id == ACTION_HELP ||
        a->id == ACTION_BACK ||
        ((a->flags & ACTION_WRITES) && sh->ui.read_only) ||
        leads_here(a, s->class->id) ||
        (s->class->offers && !s->class->offers(s, a->id)))
        return 0;
    action_first_key(key, a);
    if (types && ui_key_is_letter(ui_key_parse(key)))
        return 0;
    snprintf(out->key, sizeof out->key, "%s",
             a->id == ACTION_TAKE ? "1-9" : ui_key_label(key));
    out->word = _(a->hint);
    return 1;
}

/* How many of COUNT hints WIDTH has room for, GAP blanks behind each; the sum
 * of their columns is not more than that. */
static int hints_that_fit(const grid *g, const hint *hints, int count, int gap,
                          int width)
{
    int fit = 0, used = 0;
    for (int i = 0; i < count; i++) {
        int one = hint_width(g, hints[i].key, hints[i].word, gap);
        if (used + one > width)
            continue;
        used += one;
        fit++;
    }
    return fit;
}

/* The ways back and to help always have their room; the others in the order
 * of the table, as far as they fit. They stand closer where that makes room
 * for one more. */
static void draw_action_hints(shell *sh, grid *g)
{
    enum { HINTS = 40 };
    hint hints[HINTS], back, help;
    screen *s = shell_top(sh);
    int types = s->class->typing && s->class->typing(s), count = 0, gap = 2;
    back.word = sh->depth > 1 ? _(action_by_id(ACTION_BACK)->hint) : _("leave");
    help.word = _(action_by_id(ACTION_HELP)->hint);
    copy_text(back.key, sizeof back.key, types ? ui_key_label("Esc") : "q");
    copy_text(help.key, sizeof help.key, types ? "F1" : "?");
    for (size_t i = 0; i < action_count() && count < HINTS; i++)
        count += make_hint(&hints[count], sh, action_at(i), types);
    int ends = hint_width(g, back.key, back.word, 2) +
               hint_width(g, help.key, help.word, 0);
    int at = 1, room = g->width - 1 - ends;
    /* closer, the end too gets a column */
    if (hints_that_fit(g, hints, count, 1, room + 1) >
        hints_that_fit(g, hints, count, 2, room)) {
        gap = 1;
        room++;
    }
    for (int i = 0; i < count; i++)
        at = draw_hint(g, at, 1 + room, &hints[i], gap);
    at = draw_hint(g, at, g->width + gap, &back, gap);
    draw_hint(g, at, g->width, &help, 0);
}

static void draw_prompt_hint(grid *g, int *at, const char *key,
                             const char *word)
{
    hint h = {.word = word};
    copy_text(h.key, sizeof h.key, key);
    *at = draw_hint(g, *at, g->width + 2, &h, 2);
}

/* What the keys mean at this moment: in a prompt other than on a screen. */
static void draw_hints(shell *sh, grid *g)
{
    screen *s = shell_top(sh);
    int at = 1;
    if (sh->candidates[0]) {
        cell_text(g, g->height - 1, 1, g->width - 1, sh->candidates, ALIGN_LEFT,
                  ROLE_NORMAL);
        return;
    }
    if (sh->prompt.kind == PROMPT_CONFIRM) {
        draw_prompt_hint(g, &at, "y", _("yes"));
        draw_prompt_hint(g, &at, _("any other key"), _("no"));
        return;
    }
    if (sh->prompt.kind == PROMPT_NONE &&
        (s->class->shows_actions ||
         !(s->class->typing && s->class->typing(s)))) {
        draw_action_hints(sh, g);
        return;
    }
    draw_prompt_hint(g, &at, ui_key_label("Enter"), _("accept"));
    draw_prompt_hint(g, &at, ui_key_label("Esc"), _("cancel"));
    if (sh->prompt.kind == PROMPT_COMMAND)
        draw_prompt_hint(g, &at, ui_key_label("Tab"), _("complete"));
}

/* A message that needs it takes the place of the hints too: what to do about
 * an error stands at its end. */
static void draw_said(shell *sh, grid *g, int y)
{
    const ui_context *ui = &sh->ui;
    int at = 1;
    if (ui->message[0] &&
        (ui->message_role == ROLE_ERROR || ui->message_role == ROLE_WARNING))
        at += cell_text(g, y, at, 2, "! ", ALIGN_LEFT, ui->message_role);
    size_t first = text_row(ui->message, g->width - at - 1);
    char line[sizeof ui->message];
    memcpy(line, ui->message, first);
    line[first] = '\0';
    cell_text(g, y, at, g->width - at, line, ALIGN_LEFT, ui->message_role);
    const char *rest = ui->message + first;
    rest += strspn(rest, " ");
    if (*rest) {
        grid_fill(g, y + 1, 0, g->width, ' ', ROLE_NORMAL);
        cell_text(g, y + 1, at, g->width - at, rest, ALIGN_LEFT,
                  ui->message_role);
    }
}

/* A prompt takes the place of the message. */
static void draw_message(shell *sh, grid *g)
{
    prompt *p = &sh->prompt;
    int y = g->height - 2, at = 1;
    if (p->kind == PROMPT_NONE) {
        draw_said(sh, g, y);
        return;
    }
    at += cell_text(g, y, at, g->width - 12, p->question, ALIGN_LEFT,
                    p->kind == PROMPT_CONFIRM ? ROLE_WARNING : ROLE_LABEL);
    if (p->kind == PROMPT_CONFIRM) {
        grid_cursor(g, y, at + 1);
        return;
    }
    if (p->kind == PROMPT_LINE)
        at++;
    input_draw(&p->input, g, y, at, g->width - at - 1);
}

/* Not an error: the program goes on, and with more room all is there again. */
static void draw_too_small(grid *g)
{
    char text[80];
    snprintf(text, sizeof text, _("too small: needs %dx%d"), LEAST_WIDTH,
             LEAST_HEIGHT);
    cell_text(g, 0, 0, g->width, text, ALIGN_LEFT, ROLE_NORMAL);
}

/* The order matters: a prompt's cursor is placed last. */
void shell_draw(shell *sh)
{
    int width = 0, height = 0;
    grid *g = &sh->grid;
    screen *s = shell_top(sh);
    sh->backend->size(sh->backend, &width, &height);
    if (grid_resize(g, width, height) < 0)
        return;
    g->bidi = sh->bidi;
    g->ascii = sh->ascii;
    g->rtl = 0;
    if (g->width < LEAST_WIDTH || g->height < LEAST_HEIGHT) {
        draw_too_small(g);
    } else {
        area body = {.y = 1, .width = g->width, .height = g->height - 3};
        s->class->draw(s, g, body);
        draw_crumbs(sh, g, g->width - draw_status(sh, g) - 1);
        draw_hints(sh, g);
        draw_message(sh, g);
    }
    cell_text_finish(g);
    sh->backend->show(sh->backend, g, sh->draw_anew);
    if (sh->ui.bell)
        sh->backend->ring(sh->backend);
    sh->ui.bell = 0;
    sh->draw_anew = 0;
    sh->changed = 0;
    sh->drawn_at = clock_monotonic();
}
