/* SPDX-License-Identifier: MIT */
/* What a form's audit asks on the screen: who fills it, before anything else,
 * and why a finished record was changed, before it is saved again. The form is
 * tests/ui_fill_ask.md. */
#include "tests/ui_fill_form.h"
#include "tests/ui_terminal.h"

static territory *t;

static void script_is(const char *language, const char *script,
                      const char *what)
{
    int error = ui_script(t, script,
                          &(ui_options){.language = language, .gpsd_port = 1});
    if (error < 0)
        diag("%s", error_message());
    is_int(error, TAWAM_OK, "%s", what);
}

#define DRAFTS "SELECT count(*) FROM tawam_draft"

static void who(void)
{
    script_is("en",
              ":forms\n<Enter>\n:assert Who fills this form?\n"
              ":assert It records where it is filled\n<^U>\n<Enter>\n"
              ":assert a name is needed\ntype Omar\n:assert Omar\n<Enter>\n"
              ":assert Nom du chef\n:assert 1/2\n",
              "a name is asked for first");
    is_int((long)count(DRAFTS), 0, "of which no draft is left");
    script_is("en",
              ":forms\n<Enter>\n:assert > Omar\n<Down>\n"
              ":assert > Amina Berrada\n<Down>\n:assert > Omar\n<Up>\n<Enter>\n"
              "type Fatima\n<Enter>\n",
              "the last one and the author are offered");
    is_int((long)count(DRAFTS), 1, "an answer makes a draft");
    script_is("ar",
              ":forms\n<Tab>\n<Enter>\n:assert > Amina Berrada\n<Esc>\n"
              ":assert Kept as a draft\n",
              "opened again it is asked again; Esc leaves it");
    script_is("en",
              ":forms\n<Tab>\n<Enter>\n<Enter>\n:assert 2/2\n<F2>\n<Enter>\n"
              ":assert Saved: M\n",
              "a new record wants no reason");
}

/* The list of the form's records, the first one, again. */
#define EDIT ":forms\nr\n<Enter>\nE\n<Enter>\n"

static void why(void)
{
    script_is("en", EDIT "<F2>\n<Enter>\n:assert Saved: M\n",
              "nor does one that was not changed");
    script_is("en",
              EDIT "type x\n<Enter>\n<F2>\n<Enter>\n:assert Why is this\n"
                   "<Enter>\n:assert a reason is needed\ntype mal\n<Esc>\n"
                   ":assert The end\n<Enter>\n:assert    mal\n",
              "a change does; what is half typed stays");
    script_is("en",
              ":forms\n<Tab>\n<Enter>\n<Enter>\n:assert Why is this\n"
              ":assert    mal\n",
              "also when the program was left");
}

static void open_draft(terminal *term)
{
    start(term, "app", 0);
    read_until(term, MARK);
    press(term, "F");
    press(term, "\t");
    press(term, "\r");
    press(term, "\r");
}

#define AUDITED                                                                \
    "SELECT count(*) FROM followed_record WHERE instr(audit, CAST('mal lu' "   \
    "AS BLOB))"

static void killed(void)
{
    terminal term;
    terminal_language = "fr";
    terminal_gpsd_port = 1;
    open_draft(&term);
    press(&term, " lu");
    for (int tries = 0;
         tries < 600 && !count("SELECT count(*) FROM tawam_draft_typed WHERE "
                               "path = '$' AND text = 'mal lu'");
         tries++)
        poll(NULL, 0, 100);
    kill(term.child, SIGKILL);
    finish(&term);
    buffer_free(&term.all);
    open_draft(&term);
    shows(&term, "   mal lu", "after kill -9");
    is_int((long)count(AUDITED), 0, "it is no reason yet");
    press(&term, "\r");
    is_int((long)count(AUDITED), 1, "taken with Enter, and in the audit");
    is_int((long)count(DRAFTS), 0, "the record is finished");
    kill(term.child, SIGTERM);
    finish(&term);
    buffer_free(&term.all);
}

/* Where the record's history is, the reason is said. */
static void history(void)
{
    ui_must(territory_open(&t, ui_path("a"), 0), "open");
    ui_record(t, "changed");
    script_is("fr", ":forms\nr\n<Enter>\nH\n:assert reason: mal lu\n",
              "in words");
    territory_close(t);
}

int main(void)
{
    ui_set_up();
    t = ui_territory(ui_path("a"), 3);
    ui_record(t, "three households");
    put_form(t, "ui_fill_ask.md", "followed", "Ménage suivi");
    who();
    why();
    territory_close(t);
    killed();
    history();
    return done_testing();
}
