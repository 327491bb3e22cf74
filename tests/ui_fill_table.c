/* SPDX-License-Identifier: MIT */
/* A repeat as a table that is wider than the screen, and what counts as
 * answered in a record that is edited. The form is tests/ui_fill_wide.md. */
#include "tests/ui_fill_form.h"

static territory *t;

static void script_in(int width, int height, const char *script,
                      const char *what)
{
    ui_options o = {.language = "fr", .width = width, .height = height};
    int error = ui_script(t, script, &o);
    if (error < 0)
        diag("%s", error_message());
    is_int(error, TAWAM_OK, "%s", what);
}

/* Two members, the table open, the cursor on the name of the second. */
#define TABLE                                                                  \
    ":forms\n<Enter>\n:question first_name\ntype Ali\n<Enter>\ntype 41\n"      \
    "<Enter>\n:question last\n<Enter>\na\ntype Sara\n<Enter>\ntype 9\n"        \
    "<Enter>\n:question last\n<Enter>\nt\n"

static void columns(void)
{
    script_in(60, 20,
              TABLE ":assert Prénom\n:assert  >\n<Right><Right><Right><Right>"
                    "<Right><Right><Right><Right><Right>\n:assert Dernière\n"
                    ":assert <\ntype vu\n<Enter><BackTab>\n:assert vu\n",
              "a table's last column is gone to");
    script_in(60, 20,
              TABLE "<Right><Right><Right><Right><Right><Right><Right><Right>"
                    "<Right><Left><Left><Left><Left><Left><Left><Left><Left>"
                    "<Left><Left>\n:assert Prénom\n:assert Ali\n",
              "and the first again");
    script_in(40, 12, TABLE "<Right><Right><Right>\n:assert Métier\n",
              "also on a screen of 40 columns");
    ui_golden(t, "fill_table_60x20", TABLE "<Right><Right><Right><Right>\n", 60,
              20, "fr");
}

static void cells(void)
{
    script_in(80, 24,
              TABLE "<Right><Right><Right><Right><Right>\ntype 7\n<Enter>\n"
                    ":assert takes no answer\n<Esc>\n",
              "a cell that is worked out takes no answer");
    script_in(80, 24,
              TABLE "<Right><Right><Right><Right><Right><Right>\n<^Q>\n"
                    "<Right>\n:assert Champ cultiv\n:assert ne sait pas\n",
              "'not known' is a key there too");
    script_in(80, 24,
              TABLE "<Right><Right><Right><Right><Right><Right><Right><Right>"
                    "<F3>\n:assert points are typed\ntype 34.92 -2.32\n"
                    "<Enter>\n:assert 34,92\n",
              "a point is typed");
}

/* Codes that are numbers are shown and typed, also negative ones. */
static void codes(void)
{
    script_in(80, 24,
              ":forms\n<Enter>\n:question coded\n:assert -88 ( ) ne sait\n"
              "type -88\n:assert > -88\n<Enter>\n:question coded\n"
              ":assert (x) ne sait\n2\n<Enter>\n:question coded\n"
              ":assert (x) non\n<^Q>\n:question coded\n"
              ":assert (x) ne sait\n",
              "a code is typed");
}

/* The date is a default of its first day: it counts as no answer, neither
 * before nor in an edit. */
static void defaults(void)
{
    script_in(80, 24,
              ":forms\n<Enter>\n:question village\ntype Zegzel\n<Enter>\n"
              "<Enter>\ntype Ali\n<Enter>\n<F2>\n:assert answered "
              "2,\n<Home><Enter>\n:assert Saved\n",
              "a default is no answer");
    script_in(80, 24,
              ":layer wide_record\nE\n<F2>\n:assert answered 2,\n<Esc>\n"
              "E\n:question visited\ntype 010526\n<Enter>\n<F2>\n"
              ":assert answered 3,\n<Home><Enter>\n:assert Saved\nE\n<F2>\n"
              ":assert answered 3,\n",
              "nor in an edit, until a person changes it");
    is_int(ui_script(t, ":layer wide_record\nE\n:assert Date of the visit\n",
                     &(ui_options){.language = "en"}),
           TAWAM_OK, "an edit is in the language of who edits");
}

/* A trace is typed point by point; what it lacks is said at once, and it is not
 * finished with one point. */
static void points(void)
{
    script_in(80, 24,
              ":forms\n<Enter>\n:question way\ntype 34.92 -2.32\n<Enter>\n"
              ":assert a line has two points\ntype 34.93 -2.31\n<Enter>\n"
              ":assert The end\n<BackTab>\n:assert 2 points\n",
              "a trace is typed point by point");
    script_in(80, 24,
              ":forms\n<Enter>\n:question way\ntype 34.92 -2.32\n<Enter>\n"
              "<Enter>\n:assert Chemin\n<Home><Enter>\n:assert not finished\n",
              "one that has one point can be left, not finished");
}

int main(void)
{
    ui_set_up();
    t = ui_territory(ui_path("a"), 3);
    ui_record(t, "three households");
    put_form(t, "ui_fill_wide.md", "wide", "Membres");
    columns();
    cells();
    codes();
    points();
    defaults();
    territory_close(t);
    return done_testing();
}
