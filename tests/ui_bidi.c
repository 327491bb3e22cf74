/* SPDX-License-Identifier: MIT */
/* Text gets into cells in the order in which it is read, whatever the script;
 * the fribidi program is the judge of the order. */
#include "tests/ui_support.h"
#include "ui/bidi.h"

static const char *const labels[] = {
    "جماعة سطات",         /* two words */
    "سلام لالة",          /* lam-alef */
    "مُحَمَّد",               /* harakat */
    "جماعة سطات رقم 12",  /* digits after */
    "12 دوار (الزاوية)",  /* brackets are mirrored */
    "ID 7 | جماعة",       /* Latin first */
    "الماء: réseau ONEE", /* Arabic first, Latin in it */
    "ⴰⵣⵓⵍ Berkane",       /* Tifinagh is left to right */
    "نسبة 54,3 %",
    "أولاد بوعبد السيد - Aghbal",
    "٣ آبار", /* Arabic-Indic digits */
    "plain Latin"};
#define LABELS (sizeof labels / sizeof *labels)

/* What the fribidi program makes of LABEL, its fillers removed. */
static char *oracle(const char *label)
{
    ui_must(file_write_atomic(ui_path("in"), label, strlen(label)), "in");
    char *command = memory_format(
        "fribidi --nobreak --nopad --clean %s 2>/dev/null", ui_path("in"));
    FILE *pipe = popen(command, "r");
    char line[512] = "";
    if (!pipe || !fgets(line, sizeof line, pipe))
        line[0] = '\0';
    if (pipe)
        pclose(pipe);
    free(command);
    line[strcspn(line, "\n")] = '\0';
    buffer out = {0};
    for (size_t at = 0, length = strlen(line); at < length;) {
        uint32_t point = 0;
        size_t bytes = text_decode(&point, line + at, length - at);
        if (point != 0xFEFF && point != 0x200B)
            buffer_bytes(&out, line + at, bytes);
        at += bytes;
    }
    return buffer_take(&out);
}

static char *row_of(grid *g)
{
    buffer out = {0};
    grid_row_text(&out, g, 0);
    return buffer_take(&out);
}

static void order_is_fribidis(grid *g)
{
    for (size_t i = 0; i < LABELS; i++) {
        char *wanted = oracle(labels[i]);
        grid_clear(g);
        g->bidi = BIDI_APP;
        cell_text(g, 0, 2, 60, labels[i], ALIGN_LEFT, ROLE_NORMAL);
        char *got = row_of(g);
        is_str(strlen(got) > 2 ? got + 2 : got, wanted,
               "label %zu in fribidi's order", i + 1);
        free(wanted);
        free(got);
    }
}

static void modes_keep_width(grid *g)
{
    for (size_t i = 0; i < LABELS; i++)
        for (int mode = BIDI_OFF; mode <= BIDI_APP; mode++) {
            grid_clear(g);
            g->bidi = (bidi_mode)mode;
            int used =
                cell_text(g, 0, 2, 60, labels[i], ALIGN_LEFT, ROLE_NORMAL);
            is_int(used, cell_text_width(labels[i], (bidi_mode)mode),
                   "label %zu, mode %d: the width is the width", i + 1, mode);
        }
    ok(cell_text_width("لا", BIDI_APP) == 1 &&
           cell_text_width("لا", BIDI_OFF) == 2,
       "lam-alef is one cell when shaped");
}

static void logical_modes(grid *g)
{
    for (int mode = BIDI_OFF; mode <= BIDI_TERMINAL; mode++) {
        grid_clear(g);
        g->bidi = (bidi_mode)mode;
        cell_text(g, 0, 2, 60, labels[3], ALIGN_LEFT, ROLE_NORMAL);
        char *got = row_of(g);
        is_str(got + 2, labels[3], "mode %d keeps the logical order", mode);
        free(got);
    }
}

static void fences(grid *g)
{
    grid_clear(g);
    g->bidi = BIDI_APP;
    cell_text(g, 0, 2, 20, "سلام", ALIGN_LEFT, ROLE_NORMAL);
    cell_text_finish(g);
    is_int(grid_at(g, 0, 1)->fences[0], 0x202D, "LRO stands before");
    is_int(grid_at(g, 0, 4)->fences[0], 0x202C, "PDF on the last letter");
    is_int(grid_at(g, 0, 0)->fences[0], 0x200E, "LRM on the row's first cell");
    grid_clear(g);
    g->bidi = BIDI_TERMINAL;
    cell_text(g, 0, 2, 20, "سلام", ALIGN_LEFT, ROLE_NORMAL);
    is_int(grid_at(g, 0, 1)->fences[0], 0x200E, "LRM before, terminal mode");
    is_int(grid_at(g, 0, 5)->fences[0], 0x200E, "LRM after");
    grid_clear(g);
    cell_text(g, 0, 2, 20, "latin", ALIGN_LEFT, ROLE_NORMAL);
    cell_text_finish(g);
    ok(!grid_at(g, 0, 0)->fences[0] && !grid_at(g, 0, 1)->fences[0],
       "Latin has no fence");
    g->bidi = BIDI_APP;
    grid_clear(g);
    cell_text(g, 0, 0, 10, "سلام", ALIGN_LEFT, ROLE_NORMAL);
    is_int((long)grid_at(g, 0, 0)->points[0], ' ',
           "Arabic in column 0 moves right by one, for its fence");
}

static void cut_and_aligned(grid *g)
{
    grid_clear(g);
    g->bidi = BIDI_APP;
    int used = cell_text(g, 0, 2, 6, "جماعة سطات", ALIGN_START, ROLE_NORMAL);
    ok(used <= 6, "cut to its field");
    ok(grid_at(g, 0, 2)->points[0] == 0x2026 ||
           grid_at(g, 0, 3)->points[0] == 0x2026,
       "the … stands at the left, where Arabic ends");
    is_int((long)grid_at(g, 0, 8)->points[0], ' ', "nothing beyond the field");
    grid_clear(g);
    cell_text(g, 0, 2, 20, "سلام", ALIGN_START, ROLE_NORMAL);
    is_int((long)grid_at(g, 0, 21)->points[0], 0xFEB3,
           "Arabic begins at the right end of its field");
    grid_clear(g);
    cell_text(g, 0, 2, 8, "a very long label", ALIGN_LEFT, ROLE_NORMAL);
    char *got = row_of(g);
    is_str(got, "  a very …", "Latin is cut with …");
    free(got);
}

static void foreign_text(grid *g)
{
    grid_clear(g);
    g->bidi = BIDI_APP;
    cell_text(g, 0, 2, 60,
              "a\x1b[2Jb\xe2\x80\xae"
              "c\xff",
              ALIGN_LEFT, ROLE_NORMAL);
    char *got = row_of(g);
    ok(!strchr(got, 27) && strstr(got, "\\x1b") && strstr(got, "202e"),
       "controls and overrides are shown, not obeyed: %s", got);
    int clean = 1;
    for (int x = 0; x < g->width; x++)
        for (int i = 0; i < CELL_POINTS; i++) {
            uint32_t point = grid_at(g, 0, x)->points[i];
            clean &= point == 0 || (point >= ' ' && point != 127 &&
                                    !(point >= 0x80 && point < 0xA0) &&
                                    !(point >= 0x202A && point <= 0x202E));
        }
    ok(clean, "no cell holds a control");
    free(got);
}

static void cursor_in_arabic(grid *g)
{
    const char *text = "سلام";
    grid_clear(g);
    g->bidi = BIDI_APP;
    cell_input(g, 0, 5, 20, text, 0, ROLE_INPUT);
    int at_start = g->cursor_x;
    cell_input(g, 0, 5, 20, text, strlen(text), ROLE_INPUT);
    int at_end = g->cursor_x;
    ok(at_end < at_start, "the cursor moves left through Arabic (%d to %d)",
       at_start, at_end);
    cell_input(g, 0, 5, 20, "abc", 1, ROLE_INPUT);
    is_int(g->cursor_x, 6, "and right through Latin");
    cell_input(g, 0, 5, 6, "abcdefghijklmnop", 16, ROLE_INPUT);
    ok(g->cursor_x >= 5 && g->cursor_x < 11,
       "a long text scrolls so that the cursor stays in its field");
}

/* A byte or letter that has made trouble somewhere. */
static void add_trouble(buffer *out, unsigned dice)
{
    static const uint32_t points[] = {0x1B,   0x0A,   0x200F, 0x202E, 0x2067,
                                      0x0627, 0x0644, 0x064E, 0x0020, 0x0041,
                                      0x0301, 0x4E00, 0xFEFF, 0x200D, 0x1F600,
                                      0x0031, 0x9B,   0x2028, 0x0645, 0x0028};
    char bytes[4];
    if (dice % 23 == 0)
        buffer_byte(out, (uint8_t)(0x80 | (dice >> 8)));
    else
        buffer_bytes(out, bytes, text_encode(bytes, points[(dice >> 4) % 20]));
}

/* 1 if all cells are printable, and blank but for columns 10 to 10 + WIDTH
 * (a wide letter or a fence aside). */
static int stays_inside(const grid *g, int width)
{
    for (int x = 0; x < g->width; x++) {
        const cell *c = grid_at(g, 1, x);
        int outside = x < 10 || x >= 10 + width;
        if (outside && c->points[0] != ' ')
            return 0;
        for (int i = 0; i < CELL_POINTS; i++) {
            uint32_t point = c->points[i];
            if ((point && point < ' ') || (point >= 0x7F && point < 0xA0) ||
                (point >= 0x202A && point <= 0x202E))
                return 0;
        }
    }
    return 1;
}

static void anything_at_all(grid *g)
{
    unsigned dice = 1;
    int wrong = 0, cursor_out = 0;
    for (int round = 0; round < 5000; round++) {
        buffer text = {0};
        int width = 2 + round % 24;
        for (int i = 0; i < round % 40; i++) {
            dice = dice * 1664525u + 1013904223u;
            add_trouble(&text, dice >> 8);
        }
        buffer_text(&text, "");
        g->bidi = (bidi_mode)(round % 3);
        grid_clear(g);
        cell_text(g, 1, 10, width, (char *)text.data,
                  (text_align)(round / 3 % 3), ROLE_NORMAL);
        wrong += !stays_inside(g, width);
        grid_clear(g);
        cell_input(g, 1, 10, width, (char *)text.data, text.length, ROLE_INPUT);
        wrong += !stays_inside(g, width);
        cursor_out += g->cursor_x < 10 || g->cursor_x >= 10 + width;
        buffer_free(&text);
    }
    is_int(wrong, 0, "5,000 nasty texts stay in their field, without controls");
    is_int(cursor_out, 0, "and so does the cursor");
}

static void deciding(void)
{
    static const struct {
        const char *replies;
        bidi_mode mode;
        int complete;
    } cases[] = {
        {"\033P!|7E4B4445\033\\\033[?62;1;4c", BIDI_TERMINAL, 1},
        {"\033P>|Konsole 22.12.3\033\\\033[?62c", BIDI_TERMINAL, 1},
        {"\033P!|7E565445\033\\\033[8;1$y\033[?65;1;9c", BIDI_TERMINAL, 1},
        {"\033P>|XTerm(379)\033\\\033[8;0$y\033[?64;1c", BIDI_APP, 1},
        {"\033P>|tmux 3.3a\033\\\033[?1;2c", BIDI_APP, 1},
        {"\033[8;1$", BIDI_APP, 0},
        {"", BIDI_APP, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int complete = -1;
        bidi_mode mode =
            bidi_decide(cases[i].replies, strlen(cases[i].replies), &complete);
        ok(mode == cases[i].mode && complete == cases[i].complete,
           "terminal %zu is recognised", i + 1);
    }
}

int main(void)
{
    grid g = {0};
    ui_set_up();
    ui_must(grid_resize(&g, 80, 3), "grid");
    if (system("command -v fribidi >/dev/null 2>&1") == 0)
        order_is_fribidis(&g);
    else
        skip("no fribidi program to judge the order");
    modes_keep_width(&g);
    logical_modes(&g);
    fences(&g);
    cut_and_aligned(&g);
    foreign_text(&g);
    cursor_in_arabic(&g);
    anything_at_all(&g);
    deciding();
    grid_free(&g);
    return done_testing();
}
