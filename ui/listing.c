/* SPDX-License-Identifier: MIT */
/* listing: lines, search, drawing. */
#include <stdlib.h>
#include <string.h>
#include "ui/listing.h"

void listing_clear(listing *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->lines[i].text);
    l->count = 0;
}

void listing_free(listing *l)
{
    listing_clear(l);
    free(l->lines);
    free(l->needle);
    *l = (listing){.lines = NULL};
}

int listing_add(listing *l, char *text, int indent, role r)
{
    int error = text ? memory_reserve((void **)&l->lines, &l->capacity,
                                      l->count + 1, sizeof *l->lines)
                     : TAWAM_EMEMORY;
    if (error < 0) {
        free(text);
        return error;
    }
    l->lines[l->count++] =
        (listing_line){.text = text, .role = r, .indent = indent};
    l->list.count = (int64_t)l->count;
    return TAWAM_OK;
}

int listing_add_pair(listing *l, const char *left, char *text, role r)
{
    int error = listing_add(l, text, 0, r);
    if (error == TAWAM_OK)
        copy_text(l->lines[l->count - 1].left,
                  sizeof l->lines[l->count - 1].left, left);
    return error;
}

/* 1 if the line holds the needle. */
static int holds(const listing *l, const listing_line *line)
{
    char *whole = memory_format("%s %s", line->left, line->text);
    char *folded = whole ? text_fold(whole) : NULL;
    int found = folded && text_contains(folded, l->needle);
    free(folded);
    free(whole);
    return found;
}

/* Go to the next line (STEP 1 or -1) that holds the needle, around the end. */
static void find(listing *l, ui_context *ui, int step)
{
    int64_t count = (int64_t)l->count;
    for (int64_t i = 1; l->needle && i <= count; i++) {
        int64_t at = ((l->list.cursor + step * i) % count + count) % count;
        if (!holds(l, &l->lines[at]))
            continue;
        l->list.cursor = at;
        list_fit(&l->list, count, l->list.height);
        return;
    }
    ui_say(ui, ROLE_WARNING, _("'%s' is not found"),
           l->needle ? l->sought : "");
}

/* A new needle starts below the cursor; the empty one forgets the old. */
static void search(listing *l, ui_context *ui, const char *text)
{
    free(l->needle);
    l->needle = *text ? text_fold(text) : NULL;
    copy_text(l->sought, sizeof l->sought, text);
    if (l->needle)
        find(l, ui, 1);
}

int listing_act(listing *l, ui_context *ui, const screen_call *call,
                request *out)
{
    l->list.count = (int64_t)l->count;
    if (list_act(&l->list, call->action->id))
        return SCREEN_HANDLED;
    if (call->action->id == ACTION_SEARCH && !*call->argument)
        return request_prompt(out, LISTING_SEARCH, _("Search:"), "", 0);
    if (call->action->id == ACTION_SEARCH)
        search(l, ui, call->argument);
    else if (call->action->id == ACTION_SEARCH_NEXT)
        find(l, ui, 1);
    else if (call->action->id == ACTION_SEARCH_PREVIOUS)
        find(l, ui, -1);
    else
        return SCREEN_IGNORED;
    return SCREEN_HANDLED;
}

int listing_answer(listing *l, ui_context *ui, const screen_answer *answer)
{
    if (answer->tag != LISTING_SEARCH)
        return 0;
    if (answer->how == INPUT_ACCEPTED)
        search(l, ui, answer->text);
    return 1;
}

/* Only lines on screen are looked at. */
void listing_draw(listing *l, grid *g, area a)
{
    list_fit(&l->list, (int64_t)l->count, a.height);
    for (int i = 0; i < a.height && l->list.top + i < l->list.count; i++) {
        int64_t item = l->list.top + i;
        const listing_line *line = &l->lines[item];
        int x = a.x + 2 + line->indent;
        list_mark(&l->list, g, a.y + i, a.x, item);
        if (*line->left) {
            cell_text(g, a.y + i, x, l->left_width - 1, line->left, ALIGN_LEFT,
                      l->left_role);
            x += l->left_width;
        }
        cell_text(g, a.y + i, x, a.x + a.width - x, line->text, ALIGN_LEFT,
                  line->role);
    }
}
