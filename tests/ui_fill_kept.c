/* SPDX-License-Identifier: MIT */
/* What is typed and no answer yet is kept whatever else one does meanwhile:
 * another language, a note, a place, the answer before, a table of a repeat.
 * The form is tests/ui_fill.md. */
#include "tests/ui_fill_form.h"

static territory *t;

static void script_is(const char *script, const char *what)
{
    char *whole = memory_format(":forms\n<Enter>\n%s", script);
    int error = ui_script(t, whole, &(ui_options){.language = "fr"});
    if (error < 0)
        diag("%s", error_message());
    is_int(error, TAWAM_OK, "%s", what);
    free(whole);
}

static void languages(void)
{
    script_is(":question members\ntype 7\n<F9>\n<F9>\n"
              ":assert How many people\n:assert    7\n<Enter>\n"
              ":assert Income\n<BackTab>\n:assert    7\n",
              "a number half typed stays when the language changes");
    script_is(":question visited\ntype 010526\n:assert vendredi\n<F9>\n<F9>\n"
              ":assert Friday\n",
              "what it means is said in the other language");
    script_is(":question members\ntype 90\n<Enter>\n:assert De 1\n<F9>\n<F9>\n"
              ":assert    90\n<Enter>\n:assert From 1 to 40\n",
              "a refused one stays, and is refused in the other language");
    script_is(":question commune\ntype berk\n:assert 1/15\n<F9>\n<F9>\n"
              ":assert berk\n:assert 1/15\n<Enter>\n<BackTab>\n"
              ":assert (x) Berkane\n",
              "so do letters of a choice");
    script_is(":question water\ntype puits\n:assert 1/5\n<F9>\n<F9>\n"
              ":assert no choice has\n<Backspace>\n<^U>\n:assert Protected\n",
              "and where the other language has them not, it is said");
}

/* What is stored as 2026-05-01 stands in the line as one types it, and is
 * nothing new when it is. */
static void dates(void)
{
    script_is(":question visited\ntype 010526\n<Enter>\n:question visited\n"
              ":assert    01/05/2026\n:assert vendredi 1er mai 2026\n<Enter>\n"
              ":question visited\n<Backspace>5<Enter>\n:question visited\n"
              ":assert    01/05/2025\n:assert jeudi 1er mai 2025\n",
              "a date is gone on with as it is typed");
    script_is(":question at\ntype 1430\n<Enter>\n:question at\n"
              ":assert    14:30\n<Enter>\n:question at\n:assert 14:30\n",
              "so is a time, without its zone");
    script_is(":question next\ntype 010526 1430\n<Enter>\n"
              ":question next\n:assert    01/05/2026 14:30\n"
              ":assert vendredi\n",
              "and both together");
}

static void other_answers(void)
{
    script_is(":question name\ntype Une vie\n<F7>\n:assert no answer yet\n"
              ":assert Une vie\n<^Q>\n:assert Une vie\n<Enter>\n"
              ":question name\n:assert Une vie\n",
              "the answer before does not take the place of a line");
    script_is(":question place\ntype 34 5\n<F3>\n:assert no answer yet\n"
              ":assert 34 5\n",
              "nor does a point from the GPS");
}

static void places(void)
{
    script_is(":question place\ntype 34.92 -2.32\n<F5>\n:assert letters of\n"
              "<Esc>\n:assert 34.92 -2.32\n<Enter>\n:question place\n"
              ":assert 34.92\n",
              "a point half typed is there again behind the list of places");
    script_is(":question place\ntype zeg\n<F5>\n:assert no place has\n"
              ":assert zeg\n<Esc>\n:assert zeg\n",
              "what is no point is looked for among the places");
    script_is(":question place\ntype 34.92 -2.32\n<F5>\ntype zz\n<F4>\n"
              ":assert Outline\n<Esc>\n:assert 34.92\n",
              "who leaves the list by another key hands the point in");
}

static void notes(void)
{
    script_is(":question members\ntype 7\n<F8>\ntype douteux\n<Enter>\n"
              ":assert douteux\n:assert    7\n<Enter>\n:question members\n"
              ":assert    7\n",
              "a note leaves what is half typed where it is");
    script_is(":question name\n:note court\n<F8>\ntype  et plus\n<Esc>\n"
              ":assert court\n",
              "Esc leaves the note that was");
}

/* Two members, the table open, the cursor on the name of the first. */
#define TABLE                                                                  \
    ":question first_name\ntype Ali\n<Enter><Enter>a\ntype Sara\n<Enter>\n"    \
    "<Enter>\nt\n"

static void tables(void)
{
    script_is(TABLE
              "<Right>\ntype 41\n<F9>\n<F9>\n:assert First name\n"
              ":assert 41\n<Enter>\n<F12>\n:question age\n:assert    41\n",
              "a cell half typed stays when the language changes");
    script_is(TABLE "<Right>\ntype 41\n<F7>\n:assert no answer yet\n"
                    ":assert 41\n",
              "and is not overwritten by the answer before");
    script_is(TABLE "<Right>\ntype 41\n<F8>\ntype douteux\n<Enter>\n"
                    ":assert 41\n<Enter>\n<F12>\n<Home><Enter><Tab>\n"
                    ":assert douteux\n",
              "a cell has a note of its own");
    script_is(TABLE "<Right>\ntype 41\n<^X>\n:assert Flagged\n<F12>\n<F2>\n"
                    ":assert flagged 1\n",
              "and a flag");
    script_is(TABLE "<Right>\ntype 41\n<F11>\n:question age\n:assert 41\n",
              "what leads away hands it in");
    script_is(TABLE "<Right>\ntype 900\n<F11>\n:assert Moins de 120\n"
                    ":assert 900\n<F2>\n:assert 900\n",
              "and stays where it is refused");
}

static void several(void)
{
    script_is(":question power\n9\n:assert no choice has\n \n"
              ":assert no choice is '9'\n<Backspace>\n2 \n"
              ":assert [x] Pann\n",
              "a number that no choice has is refused by the blank too");
    script_is(":question power\n1 \n34\n<Enter>\n:question power\n"
              ":assert [x] R\n:assert [x] Butane\n:assert [x] Bois\n",
              "numbers in a row go in besides what is in");
    script_is(":question power\n1 \n34 \n:assert [x] Butane\n:assert [x] Bois\n"
              ":assert [x] R\n:assert 3/24\n",
              "also by the blank");
}

/* Wiping an answer out is asked about where one is needed, and then done. */
static void wiped_out(void)
{
    script_is(":question members\ntype 7\n<Enter>\n:question members\n<^U>\n"
              "<Enter>\n:assert ! \n:assert Enter again leaves it open\n"
              "<Esc>\n:assert    7\n<^U>\n<Enter>\n<Enter>\n"
              ":assert Revenu\n<F2>\n:assert Combien de personnes\n",
              "a needed number is taken back by a second Enter");
    script_is(":question water\n1\n<Enter>\n:question water\n"
              ":assert (x) R\n \n:assert ( ) R\n<F2>\n"
              ":assert D'où vient\n",
              "a needed choice by the blank");
    char *steps = memory_format(":question visited\ntype 99\n<Enter>\n"
                                ":assert ! '99'\n<Esc>\n:save-screen %s\n",
                                ui_path("escaped"));
    script_is(steps, "a date that is none");
    char *screen = ui_read(ui_path("escaped"));
    ok(*screen && !strstr(screen, "! '99'"),
       "Esc takes away why it was refused");
    free(screen);
    free(steps);
}

/* Part of a ranking is kept, and is no answer yet. */
static void ranking(void)
{
    script_is(":question ranked\n2 \n<Enter>\n:assert names all 3 choices\n"
              ":assert Enter again leaves it open\n<Enter>\n"
              ":assert Position\n<F2>\n:assert wrong 1\n:assert Rangez\n"
              ":question ranked\n1 \n3 \n<Enter>\n:assert Position\n<F2>\n"
              ":assert wrong 0\n",
              "a ranking names every choice before the record is finished");
}

/* Two drafts by the same name are told apart by their forms. */
static void narrow_list(void)
{
    char *steps = memory_format(":question name\ntype Une\n<Enter>\n<Esc>\n"
                                ":resize 60x20\n:assert Une%*sToutes les\n"
                                ":resize 80x24\n",
                                26, "");
    script_is(steps, "a narrow list of drafts names the form");
    free(steps);
}

/* The list of an inner repeat has nothing to do with the outer one, whose
 * members it neither deletes nor moves. */
#define NESTED                                                                 \
    ":forms\n/Nested\n<Enter>\n<Enter>\ntype Ali\n<Enter>\ntype cat\n<Enter>"  \
    "<Enter>\na\ntype Zoe\n<Enter>\na\ntype dog\n<Enter>\n:assert Animal: 1\n"

static void nested_is(const char *script, const char *what)
{
    int error = ui_script(t, script, &(ui_options){.language = "en"});
    if (error < 0)
        diag("%s", error_message());
    is_int(error, TAWAM_OK, "%s", what);
}

static void nested(void)
{
    nested_is(NESTED "d\n:assert cursor on one\ny\n<Enter>\n"
                     ":assert Person: 2\n:assert Zoe\n",
              "behind the animals d deletes no person");
    nested_is(NESTED "-\n:assert cursor on one\n<Enter>\n"
                     ":assert 1  Ali\n:assert 2  Zoe\n",
              "and - moves none");
}

/* In a list of questions F11 goes from one to the next. */
static void next_open(void)
{
    script_is(":question rooms\n<F11>\n:assert ( ) Oui\n<F11>\n"
              ":assert Prénom *\n",
              "the next open one of the same page");
}

int main(void)
{
    ui_set_up();
    t = ui_territory(ui_path("a"), 3);
    ui_record(t, "three households");
    put_form(t, "ui_fill.md", "kinds", "Toutes les questions");
    languages();
    dates();
    other_answers();
    places();
    notes();
    tables();
    several();
    wiped_out();
    next_open();
    ranking();
    narrow_list();
    put_form(t, "ui_fill_nested.md", "nested", "Nested");
    nested();
    territory_close(t);
    return done_testing();
}
