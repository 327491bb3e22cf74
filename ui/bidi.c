/* SPDX-License-Identifier: MIT */
/* bidi: shaping one line of text into glyphs, and glyphs into cells.
 *
 *   text --text_safe--> points --FriBidi--> glyphs in visual order --> cells
 *
 * A glyph is what one cell (or two) holds: a base and its marks, and which
 * logical point it came from, so that a cursor can be placed. FriBidi before
 * 1.0.9 gets isolates wrong; text_safe() makes them visible, so none comes. */
#include <stdlib.h>
#include <string.h>
#include <fribidi.h>
#include "ui/bidi.h"

#define LINE_MAX_POINTS 640 /* of one line; the rest is cut */
#define LRM 0x200E
#define PDF 0x202C
#define LRO 0x202D
#define ELLIPSIS "\xe2\x80\xa6"
#define LAM_ALEF_FILLER 0xFEFF

typedef struct glyph {
    uint32_t points[CELL_POINTS];
    uint8_t count;
    uint8_t width;
    int16_t logical; /* index of the base among the points of the line */
} glyph;

typedef struct line {
    glyph glyphs[LINE_MAX_POINTS];
    int count;
    int columns;
    int has_rtl;    /* some right-to-left letter */
    int starts_rtl; /* the first strong letter is one */
} line;

/* Letters of the right-to-left scripts (Hebrew to Arabic Extended-A and the
 * presentation forms). Digits are not letters. */
static int is_rtl(uint32_t point)
{
    if (point < 0x590)
        return 0;
    if (point >= 0x660 && point <= 0x669)
        return 0;
    return point <= 0x8FF || (point >= 0xFB1D && point <= 0xFDFF) ||
           (point >= 0xFE70 && point <= 0xFEFC) ||
           (point >= 0x10800 && point <= 0x10FFF) ||
           (point >= 0x1E800 && point <= 0x1EFFF);
}

/* Letters that settle a direction: not digits, blanks or signs. Good enough
 * for what is typed; FriBidi decides when text is drawn. */
static int is_letter(uint32_t point)
{
    return (point >= 'A' && point <= 'Z') || (point >= 'a' && point <= 'z') ||
           (point >= 0xC0 && point < 0x2000) || point >= 0x2C00;
}

int text_starts_rtl(const char *text)
{
    size_t length = strlen(text);
    for (size_t at = 0; at < length;) {
        uint32_t point = 0;
        at += text_decode(&point, text + at, length - at);
        if (is_rtl(point) || is_letter(point))
            return is_rtl(point);
    }
    return 0;
}

/* Zero-width joiners and marks of direction: FriBidi has used them; in a cell
 * they would only confuse. */
static int is_joiner(uint32_t point)
{
    return point >= 0x200B && point <= 0x200F;
}

/* What may stand in a cell for POINT. What is drawn has been through
 * text_safe(); what is being edited has not, since its bytes must stay. */
static uint32_t printable(uint32_t point)
{
    int control = point < ' ' || (point >= 0x7F && point < 0xA0);
    int direction = (point >= 0x202A && point <= 0x202E) ||
                    (point >= 0x2066 && point <= 0x2069) ||
                    (point >= 0x200E && point <= 0x200F) || point == 0x61C;
    int line_end = point == 0x2028 || point == 0x2029;
    if (point == '\n')
        return 0x21B5;
    return control || direction || line_end ? 0xFFFD : point;
}

/* Decode LENGTH bytes into POINTS; returns how many. */
static int decode(uint32_t *points, const char *text, size_t length)
{
    int count = 0;
    size_t at = 0;
    while (at < length && count < LINE_MAX_POINTS) {
        at += text_decode(&points[count], text + at, length - at);
        points[count] = printable(points[count]);
        count++;
    }
    return count;
}

/* Add a point in visual order: a base starts a glyph, a mark joins the last. */
static void add_point(line *l, uint32_t point, int logical)
{
    int width = text_point_width(point);
    if (point == LAM_ALEF_FILLER || is_joiner(point))
        return;
    if (width > 0 || l->count == 0) {
        glyph *g = &l->glyphs[l->count++];
        memset(g, 0, sizeof *g);
        g->logical = (int16_t)logical;
        g->width = (uint8_t)(width > 0 ? width : 1);
        if (width <= 0)
            g->points[g->count++] = ' ';
        g->points[g->count++] = point;
        l->columns += g->width;
        return;
    }
    glyph *last = &l->glyphs[l->count - 1];
    if (last->count < CELL_POINTS)
        last->points[last->count++] = point;
}

/* POINTS in visual order, joined and mirrored; 0 when FriBidi fails. RTL: the
 * direction is known, else the first letter says it. */
static int shape_app(line *l, const uint32_t *points, int count, int rtl)
{
    FriBidiChar visual[LINE_MAX_POINTS + 1];
    FriBidiStrIndex to_logical[LINE_MAX_POINTS + 1];
    FriBidiParType base = rtl ? FRIBIDI_PAR_RTL : FRIBIDI_PAR_ON;
    if (!fribidi_log2vis(points, count, &base, visual, NULL, to_logical, NULL))
        return 0;
    l->starts_rtl = FRIBIDI_IS_RTL(base);
    for (int i = 0; i < count; i++)
        add_point(l, visual[i], to_logical[i]);
    return 1;
}

/* Fill L from LENGTH bytes of safe text: in visual order where the mode says so
 * and there is something to reorder, else as it comes. */
static void shape(line *l, const char *text, size_t length, bidi_mode mode,
                  int rtl)
{
    uint32_t points[LINE_MAX_POINTS];
    int count = decode(points, text, length);
    l->count = l->columns = l->has_rtl = l->starts_rtl = 0;
    for (int i = 0; i < count && !l->has_rtl; i++)
        l->has_rtl = is_rtl(points[i]);
    l->starts_rtl = l->has_rtl && text_starts_rtl(text);
    if (l->has_rtl && mode == BIDI_APP && shape_app(l, points, count, rtl))
        return;
    for (int i = 0; i < count; i++)
        add_point(l, points[i], i);
}

/* TEXT itself when a terminal may see it as it is, else a safe copy in *owned,
 * which the caller frees. */
static const char *safe(char **owned, const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    while (*byte >= 0x20 && *byte < 0x7F)
        byte++;
    if (!*byte)
        return text;
    *owned = text_safe(text, strlen(text), 0);
    return *owned ? *owned : "?";
}

/* Shape the first BYTES of TEXT with a … after them; 1 if WIDTH holds it. CUT
 * has room for both. */
static int shape_start(line *l, char *cut, const char *text, size_t bytes,
                       int width, const grid *g)
{
    memcpy(cut, text, bytes);
    memcpy(cut + bytes, ELLIPSIS, sizeof ELLIPSIS);
    shape(l, cut, strlen(cut), g->bidi, g->rtl);
    return l->columns <= width;
}

/* Shape as much of TEXT as WIDTH columns hold, with a final … if not all. The
 * cut is tried from where the letters would fit one by one: further left while
 * it is too wide (a mark without a letter takes a column of its own), else
 * further right while it fits (lam-alef takes one column for two letters). */
static void shape_cut(line *l, const char *text, int width, const grid *g)
{
    size_t length = strlen(text);
    shape(l, text, length, g->bidi, g->rtl);
    if (l->columns <= width && l->count < LINE_MAX_POINTS)
        return;
    char *cut = memory_new(length + sizeof ELLIPSIS);
    line *wider = memory_new(sizeof *wider);
    int columns = width - 1;
    l->count = l->columns = 0;
    while (cut && wider && columns >= 0 &&
           !shape_start(l, cut, text, text_fit(text, columns, NULL), width, g))
        columns--;
    while (
        cut && wider && l->has_rtl && ++columns <= 2 * width &&
        shape_start(wider, cut, text, text_fit(text, columns, NULL), width, g))
        *l = *wider;
    free(wider);
    free(cut);
}

/* Put L into cells from (y, x), at most WIDTH columns of it. Fences ride on
 * the cell before and on the last. */
static void place(grid *g, int y, int x, int width, const line *l, role r)
{
    int fenced = l->has_rtl && g->bidi != BIDI_OFF && l->count > 0;
    if (fenced)
        grid_fence(g, y, x - 1, g->bidi == BIDI_APP ? LRO : LRM);
    int at = x;
    for (int i = 0; i < l->count; i++) {
        const glyph *one = &l->glyphs[i];
        if (at + one->width > x + width)
            break;
        grid_put(g, y, at, one->points, one->count, one->width, r);
        at += one->width;
    }
    if (fenced)
        grid_fence(g, y, at - 1, g->bidi == BIDI_APP ? PDF : LRM);
}

/* The safe copy is cut and shaped; a field that starts in column 0 gives its
 * first column to the fence when the text is Arabic. */
int cell_text(grid *g, int y, int x, int width, const char *text,
              text_align align, role r)
{
    char *owned = NULL;
    if (!text || !*text || width < 1 || y < 0 || y >= g->height)
        return 0;
    if (x + width > g->width)
        width = g->width - x;
    text = safe(&owned, text);
    line *l = width > 0 ? memory_new(sizeof *l) : NULL;
    int used = 0;
    if (l) {
        shape_cut(l, text, width, g);
        int moved = x == 0 && l->has_rtl && g->bidi != BIDI_OFF;
        if (moved && l->columns >= width && width > 1)
            shape_cut(l, text, width - 1, g);
        int right =
            align == ALIGN_RIGHT ||
            (align == ALIGN_START && l->starts_rtl && g->bidi != BIDI_OFF);
        used = l->columns + moved;
        place(g, y, right ? x + width - l->columns : x + moved, l->columns, l,
              r);
    }
    free(l);
    free(owned);
    return used;
}

/* Byte offset of the first letter to show so that the cursor is inside WIDTH
 * columns: the text is stepped over by half a field at a time. */
static size_t window_start(const char *text, size_t cursor, int width)
{
    size_t start = 0;
    while (start < cursor) {
        size_t fits = text_fit(text + start, width - 1, NULL);
        if (start + fits > cursor || (!text[start + fits] && fits))
            break;
        size_t half = text_fit(text + start, (width + 1) / 2, NULL);
        if (!half)
            break;
        start += half;
    }
    return start;
}

/* Only the part that is shown is shaped, so a long text costs no more. The
 * logical letter under the cursor is looked for among the glyphs. */
void cell_input(grid *g, int y, int x, int width, const char *text,
                size_t cursor, role r)
{
    if (width < 2)
        return;
    grid_fill(g, y, x, width, ' ', r);
    size_t start = window_start(text, cursor, width);
    size_t length = text_fit(text + start, width - 1, NULL);
    /* A blank at the end is what the cursor stands on after the last letter;
     * in Arabic it comes out at the left. */
    char *shown = memory_format("%.*s ", (int)length, text + start);
    line *l = memory_new(sizeof *l);
    if (shown && l) {
        uint32_t point[LINE_MAX_POINTS];
        size_t before = cursor - start < length ? cursor - start : length;
        int logical = decode(point, shown, before);
        shape(l, shown, strlen(shown), g->bidi, 0);
        if (g->rtl && l->columns < width)
            x += width - l->columns, width = l->columns;
        place(g, y, x, width, l, r);
        int column = x, best = x + l->columns - 1;
        for (int i = 0; i < l->count; i++) {
            if (l->glyphs[i].logical == logical)
                best = column;
            column += l->glyphs[i].width;
        }
        grid_cursor(g, y, best < x + width ? best : x + width - 1);
    }
    free(l);
    free(shown);
}

int cell_text_width(const char *text, bidi_mode mode)
{
    char *owned = NULL;
    line *l = memory_new(sizeof *l);
    int columns = 0;
    if (l) {
        text = safe(&owned, text);
        shape(l, text, strlen(text), mode, 0);
        columns = l->columns;
    }
    free(owned);
    free(l);
    return columns;
}

static int holds_rtl(const grid *g)
{
    size_t count = (size_t)g->width * (size_t)g->height;
    for (size_t i = 0; i < count; i++)
        if (is_rtl(g->cells[i].points[0]))
            return 1;
    return 0;
}

/* All rows, once one needs it: then the first column is the same in every
 * frame and needn't be sent again. */
void cell_text_finish(grid *g)
{
    if (g->bidi == BIDI_OFF || !holds_rtl(g))
        return;
    for (int y = 0; y < g->height; y++) {
        cell *first = grid_at(g, y, 0);
        if (first->fences[CELL_FENCES - 1])
            continue;
        first->fences[1] = first->fences[0];
        first->fences[0] = LRM;
    }
}

int bidi_mode_parse(const char *name)
{
    static const char *const names[] = {"off", "terminal", "app"};
    for (int i = 0; i < 3; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}
