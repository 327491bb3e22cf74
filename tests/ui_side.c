/* SPDX-License-Identifier: MIT */
/* Drawing from the side where a language begins to be read. */
#include "tests/ui_support.h"
#include "ui/side.h"

static grid g;

static void row_is(int y, const char *wanted, const char *what)
{
    buffer row = {0};
    grid_row_text(&row, &g, y);
    is_str(row.data ? (char *)row.data : "", wanted, "%s", what);
    buffer_free(&row);
}

static side start(int rtl)
{
    ui_must(grid_resize(&g, 20, 4), "grid");
    g.bidi = BIDI_APP;
    return (side){&g, {0, 1, 4, 18}, rtl};
}

static void texts(void)
{
    side s = start(0);
    side_text(&s, 0, 2, 8, "abc", ROLE_NORMAL);
    side_text_end(&s, 1, 2, 8, "12", ROLE_NORMAL);
    row_is(0, "   abc", "left to right begins at the left");
    row_is(1, "         12", "and numbers end at the end");
    s = start(1);
    side_text(&s, 0, 2, 8, "abc", ROLE_NORMAL);
    side_text_end(&s, 1, 2, 8, "12", ROLE_NORMAL);
    row_is(0, "              abc", "right to left begins at the right");
    row_is(1, "         12", "and ends at the left");
    side_sign(&s, 2, 0, '<', ROLE_CURSOR);
    side_cursor(&s, 2, 0);
    row_is(2, "                  <", "its first column is the last one");
    ok(g.cursor_y == 2 && g.cursor_x == 18, "and so is the cursor's");
}

/* A label that begins with a Latin word is still of an Arabic form. */
static void direction_is_known(void)
{
    side s = start(1);
    side_text(&s, 0, 0, 18, "GPS \xd8\xa8?", ROLE_NORMAL);
    row_is(0, "             ?\xef\xba\x8f GPS",
           "the question mark stands at the left");
    s = start(0);
    side_text(&s, 0, 0, 18, "GPS \xd8\xa8?", ROLE_NORMAL);
    row_is(0, " GPS \xef\xba\x8f?", "left to right it stands at the right");
}

static void paragraphs(void)
{
    side s = start(0);
    is_int(side_paragraph(&s, 0, 0, 8, 4, "one two three\nfour", ROLE_NORMAL),
           3, "broken at a blank and at the end of a line");
    row_is(1, " three", "the second row");
    row_is(2, " four", "the third");
    s = start(0);
    is_int(side_paragraph(&s, 0, 0, 8, 1, "one two three", ROLE_NORMAL), 1,
           "no more rows than there are");
    row_is(0, " one two…", "and what is missing is told");
    is_int(side_paragraph_rows("one two three\nfour", 8, 9), 3,
           "the rows are known beforehand");
    is_int(side_paragraph_rows("", 8, 9), 0, "nothing takes none");
}

static void typing(void)
{
    input i = {.cursor = 0};
    side s = start(1);
    input_set(&i, "34");
    side_input(&s, 0, 0, 10, &i);
    row_is(0, "                34", "a number being typed stands at the right");
    ok(g.cursor_x == 18, "with the cursor behind it");
    input_type(&i, '\n');
    is_str(input_text(&i), "34\n", "a line's end can be typed");
    input_free(&i);
}

int main(void)
{
    ui_set_up();
    texts();
    direction_is_known();
    paragraphs();
    typing();
    grid_free(&g);
    return done_testing();
}
