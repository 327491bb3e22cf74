/* SPDX-License-Identifier: MIT */
/* The terminal, through a pseudo-terminal and libvterm: what it shows is what
 * the memory grid holds, how many bytes that takes, and how it is left. */
#include "tests/ui_terminal.h"

/* The same steps in memory. */
static char *memory_screen(const char *steps, int width, int height)
{
    territory *t = NULL;
    ui_options o = {.language = "en", .width = width, .height = height};
    ui_must(territory_open(&t, ui_path("a"), 0), "open");
    char *script =
        memory_format("%s:save-screen %s\n", steps, ui_path("screen"));
    ui_must(ui_script(t, script, &o), "script");
    free(script);
    territory_close(t);
    return ui_read(ui_path("screen"));
}

static void same_screen(terminal *term, const char *steps, int width,
                        int height, const char *what)
{
    char *wanted = memory_screen(steps, width, height);
    char *got = screen_text(term);
    if (!ok(strcmp(got, wanted) == 0, "%s: the terminal shows the grid", what))
        diag("\n%s---\n%s", got, wanted);
    free(wanted);
    free(got);
}

static void screens_and_budgets(void)
{
    terminal term;
    start(&term, "app", 0);
    read_until(&term, MARK);
    budget(&term, 4000, "first screen");
    same_screen(&term, "", 80, 24, "home");
    press(&term, "\r");
    same_screen(&term, ":layer household\n", 80, 24, "rows");
    press(&term, "j");
    budget(&term, 150, "one row down");
    press(&term, "j");
    budget(&term, 150, "one more");
    same_screen(&term, ":layer household\njj\n", 80, 24, "two rows down");
    press(&term, "\006");
    budget(&term, 2000, "a page down, half of it Arabic (3 bytes a letter)");
    same_screen(&term, ":layer household\njj<^F>\n", 80, 24, "a page down");
    press(&term, "\033OA");
    budget(&term, 150, "one row up by the arrow key");
    press(&term, "\033OC");
    budget(&term, 150, "one column to the right");
    press(&term, "?");
    same_screen(&term, ":layer household\njj<^F><Up><Right>?\n", 80, 24,
                "help");
    press(&term, "q");
    same_screen(&term, ":layer household\njj<^F><Up><Right>\n", 80, 24,
                "back from help");
    resize(&term, 120, 40);
    same_screen(&term, ":layer household\njj<^F><Up><Right>\n:resize 120x40\n",
                80, 24, "resized");
    press(&term, "q");
    press(&term, "j\r");
    same_screen(&term, ":resize 120x40\n:layer street_light\n", 80, 24,
                "another layer");
    resize(&term, 80, 24);
    press(&term, "\006");
    budget(&term, 1500, "a page of Latin text and numbers down");
    press(&term, "j");
    budget(&term, 150, "one row down there");
    press(&term, "q");
    if (write(term.fd, "q", 1) != 1)
        diag("the program is gone");
    int status = finish(&term);
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ends with status 0");
    ok(memmem(term.all.data, term.all.length, "\033[?1049l", 8) != NULL,
       "and leaves the alternate screen");
    buffer_free(&term.all);
}

/* Ten times the poll for changes runs out: nothing may be written. */
static void idle_writes_nothing(void)
{
    terminal term;
    size_t bytes = 0;
    start(&term, "app", 1);
    read_until(&term, MARK);
    for (int i = 0; i < 10; i++) {
        read_until(&term, MARK);
        bytes += term.bytes;
    }
    is_int((long)bytes, 0, "ten polls while idle write nothing");
    kill(term.child, SIGTERM);
    int status = finish(&term);
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
       "SIGTERM ends it in order");
    ok(memmem(term.all.data, term.all.length, "\033[?1049l", 8) != NULL,
       "and the alternate screen is left");
    buffer_free(&term.all);
}

static void a_crash_gives_the_terminal_back(void)
{
    terminal term;
    crash_at_idle = 2;
    start(&term, "app", 1);
    int status = finish(&term);
    crash_at_idle = 0;
    ok(!(WIFEXITED(status) && WEXITSTATUS(status) == 0), "it crashed");
    ok(memmem(term.all.data, term.all.length, "\033[?1049l", 8) != NULL,
       "the alternate screen was left before");
    buffer_free(&term.all);
}

/* A terminal that says it is Konsole gets logical order. */
static void asks_the_terminal(void)
{
    terminal term;
    start(&term, NULL, 0);
    read_until(&term, "\033[c");
    press(&term, "\033P!|7E4B4445\033\\\033[?62;1;4c");
    press(&term, "\r");
    char *shown = screen_text(&term);
    ok(strstr(shown, "محمد") != NULL,
       "a terminal that reorders by itself gets logical order");
    free(shown);
    kill(term.child, SIGTERM);
    finish(&term);
    buffer_free(&term.all);
}

/* Another process changes a row: the next poll shows it. */
static void others_are_seen(void)
{
    terminal term;
    territory *t = NULL;
    const twin_layer *layer = NULL;
    int64_t fid = 0;
    start(&term, "app", 1);
    read_until(&term, MARK);
    press(&term, "\r");
    ui_must(territory_open(&t, ui_path("a"), 0), "open");
    ui_must(twin_layer_find(&layer, t->twin, "household"), "layer");
    ui_must(twin_row_find(&fid, t->twin, layer, "name=Youssef Berrada 5"),
            "row");
    twin_cell cell_new = {ui_column(layer, "name"), ui_text("Seen Elsewhere")};
    ui_must(twin_row_update(NULL, t->twin, layer, fid, &cell_new, 1), "set");
    territory_close(t);
    /* What was drawn for the key may come first. */
    char *shown = screen_text(&term);
    for (int i = 0; i < 2000 && !strstr(shown, "Seen Elsewhere"); i++) {
        do
            read_until(&term, MARK);
        while (term.bytes);
        free(shown);
        shown = screen_text(&term);
    }
    ok(strstr(shown, "Seen Elsewhere") != NULL,
       "what another process changed is shown");
    free(shown);
    kill(term.child, SIGTERM);
    finish(&term);
    buffer_free(&term.all);
}

/* Keys that come faster than frames: the second edit begins with what the
 * first one stored. */
static void edits_in_a_row(void)
{
    terminal term;
    start(&term, "app", 0);
    read_until(&term, MARK);
    press(&term, ":layer street_light\r");
    press(&term, "\r");
    press(&term, "\rX\r\rY\r");
    char *shown = screen_text(&term);
    ok(strstr(shown, "XY") != NULL, "both edits are there");
    ok(strstr(shown, "meanwhile") == NULL, "and nobody else's");
    free(shown);
    kill(term.child, SIGTERM);
    finish(&term);
    buffer_free(&term.all);
}

/* A layer without Arabic, as dense as the screen is wide. */
static void add_street_lights(twin *t)
{
    const twin_column_definition columns[] = {
        {"code", TWIN_TEXT},    {"street", TWIN_TEXT},  {"status", TWIN_TEXT},
        {"watt", TWIN_INTEGER}, {"changed", TWIN_DATE}, {"lux", TWIN_DECIMAL}};
    static const char *const streets[] = {"Avenue Hassan II", "Rue de Fès",
                                          "Boulevard Mohammed V", "Rue 14"};
    static const char *const states[] = {"ok", "defective lamp", "broken"};
    const twin_layer *layer = NULL;
    ui_must(twin_layer_declare(t, "street_light", TWIN_NO_GEOMETRY, columns, 6),
            "declare");
    ui_must(twin_begin(t), "begin");
    for (int i = 0; i < 90; i++) {
        char code[16], day[16];
        int64_t fid = 0;
        ui_must(twin_layer_find(&layer, t, "street_light"), "layer");
        snprintf(code, sizeof code, "SL-%04d", i * 37 % 1000);
        snprintf(day, sizeof day, "20%02d-%02d-%02d", 10 + i % 16, i % 12 + 1,
                 i % 28 + 1);
        twin_cell cells[] = {
            {ui_column(layer, "code"), ui_text(code)},
            {ui_column(layer, "street"), ui_text(streets[i % 4])},
            {ui_column(layer, "status"), ui_text(states[i % 3])},
            {ui_column(layer, "watt"), ui_whole(40 + i * 13 % 210)},
            {ui_column(layer, "changed"), ui_text(day)},
            {ui_column(layer, "lux"),
             {.kind = TWIN_KIND_REAL, .real = i % 17 + 0.5}}};
        ui_must(twin_row_insert(&fid, t, layer, cells, 6), "insert");
    }
    ui_must(twin_commit(t), "commit");
}

int main(void)
{
    ui_set_up();
    territory *t = ui_territory(ui_path("a"), 60);
    add_street_lights(t->twin);
    ui_record(t, "sixty households");
    territory_close(t);
    screens_and_budgets();
    idle_writes_nothing();
    a_crash_gives_the_terminal_back();
    asks_the_terminal();
    others_are_seen();
    edits_in_a_row();
    return done_testing();
}
