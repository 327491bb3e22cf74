/* SPDX-License-Identifier: MIT */
/* widgets: list, input line, table columns. */
#include <stdlib.h>
#include <string.h>
#include "ui/widgets.h"

/* ---- list ---------------------------------------------------------------- */

/* A page keeps one row of the page before in sight. */
int list_act(list *l, action_id id)
{
    int64_t page = l->height > 1 ? l->height - 1 : 1;
    int64_t to = l->cursor;
    switch (id) {
    case ACTION_UP:
        to--;
        break;
    case ACTION_DOWN:
        to++;
        break;
    case ACTION_PAGE_UP:
        to -= page;
        l->top -= page;
        break;
    case ACTION_PAGE_DOWN:
        to += page;
        l->top += page;
        break;
    case ACTION_FIRST:
        to = 0;
        break;
    case ACTION_LAST:
        to = l->count - 1;
        break;
    default:
        return 0;
    }
    l->cursor = to;
    list_fit(l, l->count, l->height);
    return 1;
}

/* The last page is full where there are rows enough. */
void list_fit(list *l, int64_t count, int height)
{
    l->count = count;
    l->height = height < 1 ? 1 : height;
    if (l->cursor >= count)
        l->cursor = count - 1;
    if (l->cursor < 0)
        l->cursor = 0;
    if (l->top > count - l->height)
        l->top = count - l->height;
    if (l->cursor >= l->top + l->height)
        l->top = l->cursor - l->height + 1;
    if (l->cursor < l->top)
        l->top = l->cursor;
    if (l->top < 0)
        l->top = 0;
}

int list_mark(const list *l, grid *g, int y, int x, int64_t item)
{
    if (item != l->cursor)
        return 0;
    uint32_t sign = '>';
    grid_put(g, y, x, &sign, 1, 1, ROLE_CURSOR);
    grid_cursor(g, y, x);
    return 1;
}

/* ---- input --------------------------------------------------------------- */

const char *input_text(const input *i)
{
    return i->text.data ? (const char *)i->text.data : "";
}

void input_set(input *i, const char *text)
{
    buffer_clear(&i->text);
    buffer_text(&i->text, text);
    i->cursor = i->text.length;
}

void input_free(input *i)
{
    buffer_free(&i->text);
    i->cursor = 0;
}

/* Bytes of the grapheme at byte AT: a letter with the marks that follow. */
static size_t grapheme(const input *i, size_t at)
{
    const char *text = input_text(i);
    size_t end = at;
    uint32_t point = 0;
    while (end < i->text.length) {
        size_t bytes = text_decode(&point, text + end, i->text.length - end);
        if (end > at && text_point_width(point) > 0)
            break;
        end += bytes;
    }
    return end - at;
}

/* Start of the grapheme that ends at byte AT. */
static size_t grapheme_before(const input *i, size_t at)
{
    size_t start = 0;
    while (start < at) {
        size_t next = start + grapheme(i, start);
        if (next >= at)
            break;
        start = next;
    }
    return start;
}

/* At the cursor, which goes behind it. */
static void insert(input *i, const char *bytes, size_t length)
{
    buffer_bytes(&i->text, bytes, length);
    if (i->text.failed)
        return;
    uint8_t *at = i->text.data + i->cursor;
    memmove(at + length, at, i->text.length - length - i->cursor);
    memcpy(at, bytes, length);
    i->cursor += length;
}

/* Bytes FROM to TO, which must be whole letters. */
static void erase(input *i, size_t from, size_t to)
{
    memmove(i->text.data + from, i->text.data + to, i->text.length - to + 1);
    i->text.length -= to - from;
    i->cursor = from;
}

/* Start of the word before the cursor, blanks after it included. */
static size_t word_before(const input *i)
{
    const char *text = input_text(i);
    size_t at = i->cursor;
    while (at > 0 && text[at - 1] == ' ')
        at--;
    while (at > 0 && text[at - 1] != ' ')
        at--;
    return at;
}

/* In Arabic, Left goes forward: towards the end of the text. */
static input_result move_key(input *i, int key)
{
    size_t forward = i->cursor + grapheme(i, i->cursor);
    size_t backward = grapheme_before(i, i->cursor);
    if (key == UI_KEY_LEFT)
        i->cursor = i->mirrored ? forward : backward;
    else if (key == UI_KEY_RIGHT)
        i->cursor = i->mirrored ? backward : forward;
    else if (key == UI_KEY_HOME || key == 'A' - '@')
        i->cursor = 0;
    else if (key == UI_KEY_END || key == 'E' - '@')
        i->cursor = i->text.length;
    else
        return INPUT_IGNORED;
    return INPUT_MOVED;
}

/* Backspace in an empty line is MOVED, which a command prompt takes as leaving.
 */
static input_result erase_key(input *i, int key)
{
    size_t before = i->text.length;
    if (!before && (key == UI_KEY_BACKSPACE || key == UI_KEY_DELETE))
        return INPUT_MOVED;
    if (key == UI_KEY_BACKSPACE)
        erase(i, grapheme_before(i, i->cursor), i->cursor);
    else if (key == UI_KEY_DELETE || key == 'D' - '@')
        erase(i, i->cursor, i->cursor + grapheme(i, i->cursor));
    else if (!before)
        return INPUT_IGNORED;
    else if (key == 'U' - '@')
        erase(i, 0, i->cursor);
    else if (key == 'K' - '@')
        erase(i, i->cursor, i->text.length);
    else if (key == 'W' - '@')
        erase(i, word_before(i), i->cursor);
    else
        return INPUT_IGNORED;
    return i->text.length != before ? INPUT_CHANGED : INPUT_MOVED;
}

input_result input_type(input *i, uint32_t point)
{
    char bytes[4];
    size_t length = text_encode(bytes, point);
    insert(i, bytes, length);
    return INPUT_CHANGED;
}

/* Letters first; then keys that move, then keys that erase. */
input_result input_key(input *i, int key)
{
    if (key == UI_KEY_ENTER)
        return INPUT_ACCEPTED;
    if (key == UI_KEY_ESCAPE || key == 'C' - '@')
        return INPUT_CANCELLED;
    if (key >= ' ' && key < 0x110000)
        return input_type(i, (uint32_t)key);
    input_result result = move_key(i, key);
    if (result == INPUT_IGNORED && i->text.data)
        result = erase_key(i, key);
    return result;
}

void input_draw(input *i, grid *g, int y, int x, int width)
{
    i->mirrored = g->bidi != BIDI_OFF && text_starts_rtl(input_text(i));
    cell_input(g, y, x, width, input_text(i), i->cursor, ROLE_INPUT);
}

/* ---- parts of rows ------------------------------------------------------- */

/* Two rounds: who is shown at all, then who gets what is left. */
void columns_fit(int *widths, const int *wanted, size_t count, int total,
                 int gap)
{
    const int least = 4, comfortable = 15;
    int used = 0;
    size_t shown = 0;
    /* How many fit at all, when each gets at most a comfortable width. */
    for (size_t i = 0; i < count; i++) {
        int need = wanted[i] < comfortable ? wanted[i] : comfortable;
        widths[i] = 0;
        if (shown == i && used + need + (i ? gap : 0) <= total) {
            used += need + (i ? gap : 0);
            widths[i] = need;
            shown++;
        }
    }
    if (!shown && count && total >= least) {
        widths[0] = total;
        return;
    }
    /* What is left goes to the first, which names the row, then to the others
     * that want more, a column each in turn. */
    for (; shown && used < total && widths[0] < wanted[0]; used++)
        widths[0]++;
    for (int given = 1; given && used < total;) {
        given = 0;
        for (size_t i = 0; i < shown && used < total; i++)
            if (widths[i] < wanted[i]) {
                widths[i]++;
                used++;
                given = 1;
            }
    }
}

/* A word longer than half a row is broken. */
size_t text_row(const char *text, int width)
{
    size_t length = text_fit(text, width, NULL);
    if (!text[length])
        return length;
    for (size_t at = length; at > length / 2; at--)
        if (text[at] == ' ')
            return at;
    return length;
}

int draw_paragraph(grid *g, area a, const char *text, role r)
{
    int row = 0;
    while (row < a.height) {
        size_t length = text_row(text, a.width);
        int last = !text[length] || !length || row + 1 == a.height;
        char *part = memory_format("%.*s", (int)length, text);
        cell_text(g, a.y + row++, a.x, a.width, last || !part ? text : part,
                  ALIGN_START, r);
        free(part);
        if (last)
            break;
        text += length;
        text += strspn(text, " ");
    }
    return row;
}

void draw_heading(grid *g, int y, int x, int width, const char *text)
{
    cell_text(g, y, x, width, text, ALIGN_LEFT, ROLE_HEADING);
}
