/* SPDX-License-Identifier: MIT */
/* fill_list: the pages between the questions, which are lists: the instances of
 * a repeat, and the last page, which counts what is left to do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

void fill_list_free(fill_view *v)
{
    for (size_t i = 0; i < v->line_count; i++) {
        free(v->lines[i].path);
        free(v->lines[i].text);
    }
    free(v->lines);
    v->lines = NULL;
    v->line_count = v->line_capacity = 0;
}

/* TEXT is taken over, also on failure; PATH is copied, NULL none; NUMBER 0
 * none. */
static int add_line(fill_view *v, fill_list_kind kind, fill_state state,
                    size_t number, const char *path, char *text)
{
    char *copy = path ? memory_string(path) : NULL;
    int error = !text || (path && !copy)
                    ? TAWAM_EMEMORY
                    : memory_reserve((void **)&v->lines, &v->line_capacity,
                                     v->line_count + 1, sizeof *v->lines);
    if (error < 0) {
        free(copy);
        free(text);
        return error;
    }
    fill_list_line *line = &v->lines[v->line_count++];
    *line = (fill_list_line){
        .kind = kind, .state = state, .path = copy, .text = text};
    if (number)
        snprintf(line->number, sizeof line->number, "%zu", number);
    return TAWAM_OK;
}

/* ---- a repeat ---- */

/* In the order of the record. An instance has a line of the
 * outline whose path is PREFIX[number]. */
static int add_instances(fill_view *v, const char *prefix)
{
    const fill_line *lines = NULL;
    size_t count = 0, length = strlen(prefix);
    int error = fill_outline(&lines, &count, v->fill);
    for (size_t i = 0; error == TAWAM_OK && i < count; i++) {
        const fill_line *l = &lines[i];
        if (l->kind != FILL_LINE_INSTANCE ||
            strncmp(l->path, prefix, length) != 0 || l->path[length] != '[' ||
            strchr(l->path + length, '/'))
            continue;
        error = add_line(v, FILL_LIST_INSTANCE, l->state, v->line_count + 1,
                         l->path, memory_string(*l->echo ? l->echo : l->label));
    }
    return error;
}

/* The way on has the cursor once there is an instance: a new one is made on
 * purpose only. */
static int begin_repeat(fill_view *v)
{
    const fill_page *p = v->page;
    char *parent = fill_path(p->parent);
    char *prefix =
        parent ? memory_format("%s/%s", parent, p->repeat->name) : NULL;
    int may_add = fill_may_add(v->fill, p->repeat);
    char *label = memory_string(p->repeat_label);
    int error = prefix && label ? add_instances(v, prefix) : TAWAM_EMEMORY;
    size_t instances = v->line_count;
    if (error == TAWAM_OK && may_add)
        error = add_line(v, FILL_LIST_ADD, FILL_EMPTY, 0, NULL,
                         memory_format(_("Add: %s %zu"), label, instances + 1));
    if (error == TAWAM_OK)
        error = add_line(v, FILL_LIST_ON, FILL_EMPTY, 0, NULL,
                         memory_string(_("No more: go on")));
    v->list.cursor = (int64_t)(instances || !may_add ? v->line_count - 1 : 0);
    free(label);
    free(prefix);
    free(parent);
    return error;
}

/* ---- the last page ---- */

static int wants_a_look(const fill_line *l)
{
    return l->kind == FILL_LINE_QUESTION &&
           (l->state == FILL_OPEN || l->state == FILL_WRONG || l->flagged ||
            *l->note);
}

/* Saving stands first; the cursor is on the first thing that bars it. */
static int begin_closing(fill_view *v)
{
    const fill_line *lines = NULL;
    size_t count = 0, bars = 0;
    int error = add_line(v, FILL_LIST_SAVE, FILL_EMPTY, 0, NULL,
                         memory_string(_("Save the record")));
    if (error == TAWAM_OK)
        error = fill_outline(&lines, &count, v->fill);
    for (size_t i = 0; error == TAWAM_OK && i < count; i++) {
        const fill_line *l = &lines[i];
        if (!wants_a_look(l))
            continue;
        int open = l->state == FILL_OPEN || l->state == FILL_WRONG;
        if (open && !bars)
            bars = v->line_count;
        const char *what = l->state == FILL_OPEN    ? _("to answer")
                           : l->state == FILL_WRONG ? _("wrong")
                           : l->flagged             ? _("flagged")
                                                    : _("note");
        char *words =
            memory_format("%s%s%s", l->label, *l->note ? "  · " : "", l->note);
        error =
            add_line(v, FILL_LIST_QUESTION, l->state, l->number, l->path,
                     words ? memory_format(_("%s: %s"), what, words) : NULL);
        free(words);
    }
    v->list.cursor = (int64_t)bars;
    return error;
}

int fill_list_begin(fill_view *v)
{
    int64_t cursor = v->list.cursor;
    size_t before = v->line_count;
    fill_page_kind kind = v->page->kind;
    fill_list_free(v);
    v->list.top = 0;
    int error = kind == FILL_REPEAT ? begin_repeat(v) : begin_closing(v);
    if (before == v->line_count && cursor < (int64_t)before)
        v->list.cursor = cursor;
    v->list.count = (int64_t)v->line_count;
    int looked = fill_look(&v->page, v->fill);
    return error < 0 ? error : looked;
}

const fill_list_line *fill_list_here(const fill_view *v)
{
    size_t at = (size_t)v->list.cursor;
    return at < v->line_count ? &v->lines[at] : NULL;
}

/* ---- drawing ---- */

/* "answered 34 · open 2 · wrong 1 ..."; nothing is left out: none is said. */
static int draw_counts(const fill_page *p, const side *s, int y, int height)
{
    char text[256];
    snprintf(text, sizeof text,
             _("answered %zu, open %zu, wrong %zu, left empty %zu, flagged "
               "%zu"),
             p->done, p->open, p->wrong, p->empty, p->flagged);
    return side_paragraph(s, y, 2, s->area.width - 2, height, text,
                          p->open || p->wrong ? ROLE_WARNING : ROLE_GOOD);
}

static int draw_question(const fill_view *v, const side *s, int y, int height)
{
    const fill_page *p = v->page;
    char text[256];
    if (p->kind == FILL_CLOSING)
        return draw_counts(p, s, y, height);
    snprintf(text, sizeof text, _("%s: %zu"), p->repeat_label, p->instances);
    return side_paragraph(s, y, 2, s->area.width - 2, height, text, ROLE_TITLE);
}

static void draw_line(const fill_view *v, const side *s, int y, int64_t at)
{
    const fill_list_line *l = &v->lines[at];
    int here = at == v->list.cursor;
    int listed = l->kind == FILL_LIST_INSTANCE || l->kind == FILL_LIST_QUESTION;
    if (here) {
        side_sign(s, y, 0, s->rtl ? '<' : '>', ROLE_CURSOR);
        side_cursor(s, y, 0);
    }
    side_text(s, y, 2, 1, listed ? fill_state_sign(l->state) : "",
              fill_state_role(l->state));
    side_number(s, y, 4, 3, l->number, ROLE_KEY);
    int x = listed ? 9 : 4;
    side_text(s, y, x, s->area.width - x, l->text,
              here     ? ROLE_CURSOR
              : listed ? ROLE_NORMAL
                       : ROLE_LABEL);
}

void fill_list_draw(fill_view *v, const side *s, int y, int height)
{
    int used = draw_question(v, s, y, 3) + (height > 10);
    y += used;
    height -= used;
    list_fit(&v->list, (int64_t)v->line_count, height);
    for (int i = 0; i < height && v->list.top + i < v->list.count; i++)
        draw_line(v, s, y + i, v->list.top + i);
}
