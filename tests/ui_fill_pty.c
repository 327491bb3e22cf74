/* SPDX-License-Identifier: MIT */
/* A form filled on a terminal: the bytes it takes, and what is left of it when
 * the program is killed. */
#include "tests/ui_fill_form.h"
#include "tests/ui_terminal.h"

static void budgets(void)
{
    terminal term;
    start(&term, "app", 0);
    read_until(&term, MARK);
    press(&term, "F");
    press(&term, "\r");
    press(&term, "\r");
    budget(&term, 1500, "to the next question");
    press(&term, "F");
    budget(&term, 150, "a letter");
    press(&term, "\r");
    budget(&term, 1500, "to a question with choices");
    shows(&term, "2/24", "an answer and Enter");
    press(&term, "\033OB");
    budget(&term, 150, "the cursor on a choice");
    press(&term, "\033OB");
    budget(&term, 150, "one choice down");
    press(&term, "\r");
    budget(&term, 1500, "the choice taken, the next question");
    press(&term, "2");
    press(&term, " ");
    budget(&term, 150, "one of several chosen");
    press(&term, "\r");
    press(&term, "1");
    budget(&term, 1500, "a quick choice, and a list of fifteen");
    press(&term, "b");
    budget(&term, 1500, "the list narrowed");
    press(&term, "\007");
    press(&term, "rooms\r");
    shows(&term, "18/24", "go to a question");
    press(&term, "3\r");
    budget(&term, 1500, "within a list of questions");
    press(&term, "\024");
    budget(&term, 2500, "the outline");
    press(&term, "j");
    budget(&term, 150, "one line down there");
    kill(term.child, SIGTERM);
    finish(&term);
    buffer_free(&term.all);
}

static void idle_writes_nothing(void)
{
    terminal term;
    size_t bytes = 0;
    start(&term, "app", 1);
    read_until(&term, MARK);
    press(&term, "F");
    press(&term, "\r");
    for (int quiet = 0; quiet < 5; quiet = term.bytes ? 0 : quiet + 1)
        read_until(&term, MARK);
    for (int i = 0; i < 10; i++) {
        read_until(&term, MARK);
        bytes += term.bytes;
    }
    is_int((long)bytes, 0, "a question that waits writes nothing");
    kill(term.child, SIGTERM);
    finish(&term);
    buffer_free(&term.all);
}

/* The draft of the terminal before is the first in the list. */
static void open_draft(terminal *term)
{
    start(term, "app", 0);
    read_until(term, MARK);
    press(term, "F");
    press(term, "\t");
    press(term, "\r");
}

#define HALF                                                                   \
    "SELECT count(*) FROM tawam_draft_typed WHERE text = '7' AND path = "      \
    "'/data/members'"
#define ANSWERS                                                                \
    "SELECT count(*) FROM tawam_draft_value v JOIN tawam_draft_path p ON "     \
    "p.id = v.path WHERE p.path = '/data/members'"

/* The program writes what is half typed when typing has paused: not before, so
 * there is no mark to wait for. */
static void wait_for_half(void)
{
    for (int tries = 0; tries < 600 && count(HALF) == 0; tries++)
        poll(NULL, 0, 100);
    is_int((long)count(HALF), 1, "half typed, and on disk");
}

/* PAUSES 1: after the last key the person looks up for a while. */
static void killed(int signal, int pauses, const char *half, const char *what)
{
    terminal term;
    int64_t answers = count(ANSWERS);
    start(&term, "app", 0);
    read_until(&term, MARK);
    press(&term, "F");
    press(&term, "\r\r");
    press(&term, "Fatima\r");
    press(&term, "2\r");
    press(&term, "1 3 \r");
    press(&term, "\007members\r");
    press(&term, "7");
    if (pauses)
        wait_for_half();
    kill(term.child, signal);
    finish(&term);
    buffer_free(&term.all);
    is_int((long)(count(ANSWERS) - answers), 0, "%s: it is no answer", what);
    open_draft(&term);
    shows(&term, "6/24", what);
    shows(&term, half, what);
    if (strchr(half, '7')) {
        press(&term, "\r");
        shows(&term, "7/24", "taken with Enter");
        is_int((long)count(HALF), 0, "nothing is half typed then");
    }
    press(&term, "\007power\r");
    shows(&term, "[x] Butane", what);
    press(&term, "\033[Z");
    shows(&term, "(x) Puits", what);
    press(&term, "\033[Z");
    shows(&term, "Fatima", what);
    kill(term.child, SIGTERM);
    finish(&term);
    buffer_free(&term.all);
}

static void wait_for(const char *sql, const char *what)
{
    for (int tries = 0; tries < 600 && count(sql) == 0; tries++)
        poll(NULL, 0, 100);
    is_int((long)count(sql), 1, "%s", what);
}

static void killed_in_a_table(void)
{
    terminal term;
    start(&term, "app", 0);
    read_until(&term, MARK);
    press(&term, "F");
    press(&term, "\r\007first_name\r");
    press(&term, "Sara\r\r");
    press(&term, "t");
    press(&term, "\t4");
    wait_for("SELECT count(*) FROM tawam_draft_typed WHERE text = '4'",
             "half typed in a table, and on disk");
    kill(term.child, SIGKILL);
    finish(&term);
    buffer_free(&term.all);
    open_draft(&term);
    shows(&term, "1 Sara   4", "after kill -9 in a table");
    press(&term, "1\r");
    press(&term, "\033[24~");
    press(&term, "\007age\r");
    shows(&term, "   41", "gone on with, and taken");
    kill(term.child, SIGTERM);
    finish(&term);
    buffer_free(&term.all);
}

static void killed_in_a_note(void)
{
    terminal term;
    start(&term, "app", 0);
    read_until(&term, MARK);
    press(&term, "F");
    press(&term, "\r\007members\r");
    press(&term, "\033[19~");
    press(&term, "doute");
    wait_for("SELECT count(*) FROM tawam_draft_note WHERE text = 'doute'",
             "a note half written, and on disk");
    kill(term.child, SIGKILL);
    finish(&term);
    buffer_free(&term.all);
    open_draft(&term);
    shows(&term, "doute", "after kill -9 in a note");
    kill(term.child, SIGTERM);
    finish(&term);
    buffer_free(&term.all);
}

int main(void)
{
    ui_set_up();
    terminal_language = "fr";
    territory *t = ui_territory(ui_path("a"), 3);
    ui_record(t, "three households");
    put_form(t, "ui_fill.md", "kinds", "Toutes les questions");
    territory_close(t);
    budgets();
    idle_writes_nothing();
    killed(SIGKILL, 0, "Combien", "after kill -9");
    killed(SIGHUP, 0, "   7", "after the lid was closed");
    killed(SIGKILL, 1, "   7", "after kill -9 in a pause");
    killed_in_a_table();
    killed_in_a_note();
    return done_testing();
}
